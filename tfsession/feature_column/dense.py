"""Columns of numbers: what networks take in."""

from __future__ import annotations

import abc
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfsession.dtypes import DType, as_dtype, float32, int64
from tfsession.feature_column.categorical import CategoricalColumn, IdsAndWeights, check_key
from tfsession.feature_column.transformed import Transformed
from tfsession.graph import scopes
from tfsession.graph.build import build
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys, name_scope
from tfsession.ops.array import expand_dims, one_hot, reshape, shape, stack
from tfsession.ops.indexing import scatter_nd
from tfsession.ops.initializers import truncated_normal_initializer
from tfsession.ops.math import cast, range
from tfsession.ops.parsing import FixedLenFeature
from tfsession.ops.rearrange import tile, transpose
from tfsession.ops.reduction import reduce_sum
from tfsession.ops.sparse import sparse_merge, sparse_tensor_to_dense
from tfsession.shapes import TensorShape
from tfsession.train.checkpoint_values import init_from_checkpoint
from tfsession.variables.embedding import safe_embedding_lookup_sparse
from tfsession.variables.scope import get_variable

__all__ = [
    "DenseColumn",
    "bucketized_column",
    "embedding_column",
    "indicator_column",
    "numeric_column",
    "shared_embedding_columns",
]


class DenseColumn(abc.ABC):
    """What columns share that give numbers: a tensor [batch, ...]."""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The name that its variables and operations have."""

    @property
    def var_scope_name(self) -> str:
        """The scope of its variables."""
        return self.name

    @property
    @abc.abstractmethod
    def variable_shape(self) -> TensorShape:
        """The shape of the numbers of an example."""

    @property
    @abc.abstractmethod
    def parse_example_spec(self) -> dict[str, Any]:
        """What `tf.parse_example` needs to make its features."""

    @abc.abstractmethod
    def transformed(self, features: Transformed) -> Any:
        """What is made of its features."""

    def dense_tensor(self, features: Transformed, collections: list[str], trainable: bool) -> Any:
        """The numbers.

        Args:
          features: the features of a batch.
          collections: where variables are added.
          trainable: whether they are trained.
        """
        return features.get(self)


# ---- Numbers ----


class _NumericFields(NamedTuple):
    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: DType
    normalizer_fn: Callable[[Any], Any] | None


class NumericColumn(_NumericFields, DenseColumn):
    """A column of numbers as they are, or normalised."""

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.key

    @property
    def variable_shape(self) -> TensorShape:
        """The shape."""
        return TensorShape(self.shape)

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A tensor of a known shape."""
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    def transformed(self, features: Transformed) -> Any:
        """The numbers as float32.

        Raises:
          ValueError: the feature is a SparseTensor.
        """
        tensor = features.get(self.key)
        if isinstance(tensor, SparseTensor):
            raise ValueError(
                "The corresponding Tensor of numerical column must be a Tensor. SparseTensor is "
                f"not supported. key: {self.key}"
            )
        if self.normalizer_fn is not None:
            tensor = self.normalizer_fn(tensor)
        return cast(tensor, float32)


def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> NumericColumn:
    """A column of numbers.

    Args:
      key: the name of the feature.
      shape: the shape of the numbers of an example, or its one dimension.
      default_value: what they are where an example lacks them: one number for all, or an array.
      dtype: a number.
      normalizer_fn: a function of a tensor that gives one of its shape.

    Raises:
      ValueError: the shape is empty, `default_value` has another one, or the dtype is no number.
      TypeError: something is of another type.

    Source: TensorFlow 1.15 `tf.feature_column.numeric_column`.
    """
    shape = _checked_shape(shape, key)
    dtype = as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype!r}, key: {key}")
    default_value = _checked_default(shape, default_value, dtype, key)
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    check_key(key)
    return NumericColumn(key, shape, default_value, dtype, normalizer_fn)


def _checked_shape(shape: Any, key: str) -> tuple[int, ...]:
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else tuple(np.atleast_1d(shape))
    for dimension in shape:
        if not isinstance(dimension, (int, np.integer)):
            raise TypeError(f"shape dimensions must be integer. shape: {_plain(shape)}, key: {key}")
        if dimension < 1:
            raise ValueError(
                f"shape dimensions must be greater than 0. shape: {_plain(shape)}, key: {key}"
            )
    return tuple(int(dimension) for dimension in shape)


def _plain(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same of Python's types, as errors show them."""
    return tuple(np.array(x).item() for x in shape)


def _checked_default(shape: tuple[int, ...], value: Any, dtype: DType, key: str) -> Any:
    if value is None:
        return None
    array = np.asarray(value)
    is_wrong = array.dtype.kind not in "iuf" or (dtype.is_integer and array.dtype.kind == "f")
    if is_wrong:
        raise TypeError(
            "default_value must be compatible with dtype. default_value: "
            f"{value}, dtype: {dtype!r}, key: {key}"
        )
    if array.ndim == 0:
        array = np.full(shape, value)
    if array.shape != shape:
        raise ValueError(
            "The shape of default_value must be equal to given shape. default_value: "
            f"{value}, shape: {shape}, key: {key}"
        )
    kind = float if dtype.is_floating else int
    return _tuples(array.astype(kind).tolist())


def _tuples(values: Any) -> Any:
    return tuple(map(_tuples, values)) if isinstance(values, list) else values


# ---- Buckets ----


class _BucketizedFields(NamedTuple):
    source_column: NumericColumn
    boundaries: tuple[float, ...]


class BucketizedColumn(_BucketizedFields, DenseColumn, CategoricalColumn):
    """Numbers by the interval that they lie in: dense, and categories, too."""

    @property
    def name(self) -> str:
        """The name of the numbers, and what is made of them."""
        return f"{self.source_column.name}_bucketized"

    @property
    def num_buckets(self) -> int:
        """How many intervals all numbers of an example have."""
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    @property
    def variable_shape(self) -> TensorShape:
        """[numbers, intervals]."""
        return TensorShape([*self.source_column.shape, len(self.boundaries) + 1])

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the numbers."""
        return self.source_column.parse_example_spec

    def transformed(self, features: Transformed) -> Any:
        """The intervals."""
        numbers = features.get(self.source_column)
        return build("Bucketize", numbers, boundaries=list(self.boundaries))

    def dense_tensor(self, features: Transformed, collections: list[str], trainable: bool) -> Any:
        """A one for the interval of each number."""
        return one_hot(
            indices=cast(features.get(self), int64),
            depth=len(self.boundaries) + 1,
            on_value=1.0,
            off_value=0.0,
        )

    def ids_and_weights(self, features: Transformed) -> IdsAndWeights:
        """The intervals; each number has ids of its own."""
        buckets = features.get(self)
        batch, count = shape(buckets)[0], self.source_column.shape[0]
        rows = reshape(tile(expand_dims(range(batch), 1), [1, count]), (-1,))
        columns = tile(range(count), [batch])
        ids = reshape(buckets, (-1,)) + (len(self.boundaries) + 1) * columns
        indices = cast(transpose(stack((rows, columns))), int64)
        dense_shape = cast(stack([batch, count]), int64)
        return IdsAndWeights(SparseTensor(indices, ids, dense_shape), None)


def bucketized_column(source_column: Any, boundaries: Sequence[float]) -> BucketizedColumn:
    """Numbers by the interval that they lie in.

    Args:
      source_column: a `numeric_column` of one dimension.
      boundaries: the bounds between intervals, ascending; each is the least of the next one.

    Raises:
      ValueError: the column is another one, or bounds do not ascend.

    Source: TensorFlow 1.15 `tf.feature_column.bucketized_column`.
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(
            "source_column must be a column generated with numeric_column(). Given: "
            f"{source_column}"
        )
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not boundaries and isinstance(boundaries, (list, tuple)):
        raise ValueError("boundaries must not be empty.")
    is_sorted = isinstance(boundaries, (list, tuple)) and all(
        low < high for low, high in itertools.pairwise(boundaries)
    )
    if not is_sorted:
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))


# ---- Indicators ----


class _IndicatorFields(NamedTuple):
    categorical_column: Any


class IndicatorColumn(_IndicatorFields, DenseColumn):
    """How often each id occurs in an example."""

    @property
    def name(self) -> str:
        """The name of the categories, and what is made of them."""
        return f"{self.categorical_column.name}_indicator"

    @property
    def variable_shape(self) -> TensorShape:
        """[1, ids]."""
        return TensorShape([1, self.categorical_column.num_buckets])

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories."""
        spec: dict[str, Any] = self.categorical_column.parse_example_spec
        return spec

    def transformed(self, features: Transformed) -> Any:
        """The counts, or sums of weights."""
        ids, weights = self.categorical_column.ids_and_weights(features)
        size = self.categorical_column.num_buckets
        if weights is not None:
            merged = sparse_merge(sp_ids=ids, sp_values=weights, vocab_size=size)
            dense = scatter_nd(merged.indices, merged.values, merged.dense_shape)
            dense.set_shape([ids.get_shape()[0], size])
            return dense
        dense_ids = sparse_tensor_to_dense(ids, default_value=-1)
        ones = one_hot(dense_ids, depth=size, on_value=1.0, off_value=0.0)
        return reduce_sum(ones, axis=[-2])

    def dense_tensor(self, features: Transformed, collections: list[str], trainable: bool) -> Any:
        """The counts.

        Raises:
          ValueError: the categories are those of a sequence.
        """
        _refuse_sequence("indicator_column", self.name, self.categorical_column)
        return features.get(self)


def indicator_column(categorical_column: Any) -> IndicatorColumn:
    """How often each category occurs in an example.

    Args:
      categorical_column: a column of categories.

    Source: TensorFlow 1.15 `tf.feature_column.indicator_column`.
    """
    return IndicatorColumn(categorical_column)


def _refuse_sequence(kind: str, name: str, categorical_column: Any) -> None:
    if getattr(categorical_column, "is_sequence", False):
        raise ValueError(
            f"In {kind}: {name}. categorical_column must not be of type "
            "_SequenceCategoricalColumn. Suggested fix A: If you wish to use DenseFeatures, use a "
            "non-sequence categorical_column_with_*. Suggested fix B: If you wish to create "
            "sequence input, use SequenceFeatures instead of DenseFeatures. Given (type "
            f"{type(categorical_column)}): {categorical_column}"
        )


# ---- Embeddings ----


class _EmbeddingFields(NamedTuple):
    categorical_column: Any
    dimension: int
    combiner: str
    initializer: Any
    ckpt_to_load_from: str | None
    tensor_name_in_ckpt: str | None
    max_norm: float | None
    trainable: bool


class EmbeddingColumn(_EmbeddingFields, DenseColumn):
    """A vector for each id, those of an example combined."""

    @property
    def name(self) -> str:
        """The name of the categories, and what is made of them."""
        return f"{self.categorical_column.name}_embedding"

    @property
    def variable_shape(self) -> TensorShape:
        """[dimension]."""
        return TensorShape([self.dimension])

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories."""
        spec: dict[str, Any] = self.categorical_column.parse_example_spec
        return spec

    def transformed(self, features: Transformed) -> Any:
        """The ids."""
        return self.categorical_column.ids_and_weights(features)

    def dense_tensor(self, features: Transformed, collections: list[str], trainable: bool) -> Any:
        """The vectors.

        Raises:
          ValueError: the categories are those of a sequence.
        """
        _refuse_sequence("embedding_column", self.name, self.categorical_column)
        table = _table(self, collections, self.trainable and trainable)
        return _looked_up(self, table, features)


class _SharedEmbeddingFields(NamedTuple):
    categorical_column: Any
    dimension: int
    combiner: str
    initializer: Any
    shared_embedding_collection_name: str
    ckpt_to_load_from: str | None
    tensor_name_in_ckpt: str | None
    max_norm: float | None
    trainable: bool


class SharedEmbeddingColumn(_SharedEmbeddingFields, DenseColumn):
    """A vector for each id, from a table that several columns share."""

    @property
    def name(self) -> str:
        """The name of the categories, and what is made of them."""
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def var_scope_name(self) -> str:
        """The scope of the shared table."""
        return self.shared_embedding_collection_name

    @property
    def variable_shape(self) -> TensorShape:
        """[dimension]."""
        return TensorShape([self.dimension])

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories."""
        spec: dict[str, Any] = self.categorical_column.parse_example_spec
        return spec

    def transformed(self, features: Transformed) -> Any:
        """The ids."""
        return self.categorical_column.ids_and_weights(features)

    def dense_tensor(self, features: Transformed, collections: list[str], trainable: bool) -> Any:
        """The vectors; the first of the columns in a graph makes the table.

        Raises:
          ValueError: the collection has something else.
        """
        with name_scope(None, default_name=self.name):
            key = self.shared_embedding_collection_name
            found = scopes.get_collection(key)
            if len(found) > 1:
                raise ValueError(
                    f"Collection {found} can only contain one variable. Suggested fix A: Choose a "
                    "unique name for this collection. Suggested fix B: Do not add any variables "
                    "to this collection. The feature_column library already adds a variable under "
                    "the hood."
                )
            if found:
                table = found[0]
                size = self.categorical_column.num_buckets
                if table.get_shape() != (size, self.dimension):
                    raise ValueError(
                        f"Shared embedding collection {key} contains variable {table.name} of "
                        f"unexpected shape {table.get_shape()}. Expected shape is "
                        f"{(size, self.dimension)}. Suggested fix A: Choose a unique name for this "
                        "collection. Suggested fix B: Do not add any variables to this "
                        "collection. The feature_column library already adds a variable under the "
                        "hood."
                    )
            else:
                table = _table(self, collections, self.trainable and trainable)
                scopes.add_to_collection(key, table)
            return _looked_up(self, table, features)


def _table(column: Any, collections: list[str], trainable: bool) -> Any:
    """The vectors of all ids."""
    table = get_variable(
        name="embedding_weights",
        shape=(column.categorical_column.num_buckets, column.dimension),
        dtype=float32,
        initializer=column.initializer,
        trainable=trainable,
        collections=collections,
    )
    if column.ckpt_to_load_from is not None:
        init_from_checkpoint(column.ckpt_to_load_from, {column.tensor_name_in_ckpt: table})
    return table


def _looked_up(column: Any, table: Any, features: Transformed) -> Tensor:
    ids, weights = features.get(column)
    return safe_embedding_lookup_sparse(
        embedding_weights=table,
        sparse_ids=ids,
        sparse_weights=weights,
        combiner=column.combiner,
        name=f"{column.name}_weights",
        max_norm=column.max_norm,
    )


def _check_embedding(
    dimension: int | None, initializer: Any, checkpoint: Any, tensor_name: Any, what: str
) -> Any:
    """The initializer."""
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (checkpoint is None) != (tensor_name is None):
        raise ValueError(
            "Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them."
        )
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified.{what}")
    return initializer or truncated_normal_initializer(mean=0.0, stddev=1 / math.sqrt(dimension))


def embedding_column(
    categorical_column: Any,
    dimension: int | None,
    combiner: str = "mean",
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """A vector for each category, those of an example combined.

    Args:
      categorical_column: a column of categories.
      dimension: the size of a vector.
      combiner: "mean", "sqrtn" or "sum".
      initializer: initial values; by default of a truncated normal distribution whose standard
        deviation is 1 / sqrt(dimension).
      ckpt_to_load_from, tensor_name_in_ckpt: a checkpoint that has initial values, and their name.
      max_norm: longer vectors are scaled to this length.
      trainable: whether the vectors are trained.

    Raises:
      ValueError: a value is out of its range.

    Source: TensorFlow 1.15 `tf.feature_column.embedding_column`.
    """
    name = getattr(categorical_column, "name", None)
    initializer = _check_embedding(
        dimension,
        initializer,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        f" Embedding of column_name: {name}",
    )
    assert dimension is not None
    return EmbeddingColumn(
        categorical_column,
        dimension,
        combiner,
        initializer,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        max_norm,
        trainable,
    )


def shared_embedding_columns(
    categorical_columns: Sequence[Any],
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[SharedEmbeddingColumn]:
    """Columns of vectors from one table.

    Args:
      categorical_columns: columns of categories, all of one kind and size.
      dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm,
        trainable: as of `embedding_column`.
      shared_embedding_collection_name: the collection and scope of the table.

    Returns:
      A column for each of them, in their order.

    Raises:
      ValueError: columns differ, or a value is out of its range.

    Source: TensorFlow 1.15 `tf.feature_column.shared_embedding_columns`.
    """
    initializer = _check_embedding(
        dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt, ""
    )
    ordered = sorted(categorical_columns, key=lambda column: str(column.name))
    _check_alike(ordered)
    if not shared_embedding_collection_name:
        names = "_".join(column.name for column in ordered)
        shared_embedding_collection_name = f"{names}_shared_embedding"
    return [
        SharedEmbeddingColumn(
            column,
            dimension,
            combiner,
            initializer,
            shared_embedding_collection_name,
            ckpt_to_load_from,
            tensor_name_in_ckpt,
            max_norm,
            trainable,
        )
        for column in categorical_columns
    ]


def _check_alike(columns: Sequence[Any]) -> None:
    first, size = columns[0], columns[0].num_buckets
    inner = getattr(first, "categorical_column", first)
    for column in columns[1:]:
        if column.num_buckets != size:
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same number "
                f"of buckets. Given column: {first} with buckets: {size} does  not match column: "
                f"{column} with buckets: {column.num_buckets}"
            )
        other = getattr(column, "categorical_column", column)
        if not isinstance(other, type(inner)):
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same type, "
                "or be weighted_categorical_column of the same type. Given column: "
                f"{first} of type: {type(first)} does not match given column: {column} of type: "
                f"{type(column)}"
            )


def default_collections(collections: Any) -> list[str]:
    """Collections, with those that all variables of columns are in."""
    wanted = list(collections or ())
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES):
        if key not in wanted:
            wanted.append(key)
    return wanted
