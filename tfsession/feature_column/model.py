"""`tf.feature_column.input_layer` and `linear_model`: what columns make of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tfsession.dtypes import float32
from tfsession.feature_column.categorical import CategoricalColumn
from tfsession.feature_column.dense import (
    DenseColumn,
    default_collections,
)
from tfsession.feature_column.transformed import Transformed
from tfsession.graph import scopes
from tfsession.graph.scopes import GraphKeys
from tfsession.ops.array import concat, reshape, shape
from tfsession.ops.contraction import matmul
from tfsession.ops.initializers import zeros_initializer
from tfsession.ops.math import add_n
from tfsession.ops.nn import bias_add
from tfsession.ops.sparse import sparse_reshape
from tfsession.variables.embedding import safe_embedding_lookup_sparse
from tfsession.variables.partitions import PartitionedVariable
from tfsession.variables.scope import get_variable, variable_scope

__all__ = ["input_layer", "linear_model", "make_parse_example_spec"]


def input_layer(
    features: Mapping[str, Any],
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: Any = None,
    cols_to_output_tensors: Any = None,
) -> Any:
    """The numbers that columns make of a batch, side by side in the order of their names.

    Args:
      features: tensors by name, [batch, ...].
      feature_columns: columns that give numbers.
      weight_collections: where variables are added besides.
      trainable: whether they are trained.
      cols_to_vars: a dict that gets the variables of each column.
      cols_to_output_tensors: a dict that gets the numbers of each column.

    Returns:
      float, [batch, numbers].

    Raises:
      ValueError: there are no columns, two of one name, or some that give no numbers; a feature is
        missing.

    Source: TensorFlow 1.15 `tf.feature_column.input_layer`.
    """
    columns = _normalised(feature_columns)
    for column in columns:
        if not isinstance(column, DenseColumn):
            raise ValueError(
                "Items of feature_columns must be a _DenseColumn. You can wrap a categorical "
                f"column with an embedding_column or indicator_column. Given: {column}"
            )
    collections = default_collections(weight_collections)
    with variable_scope(None, default_name="input_layer", values=features.values()):
        made = Transformed(features)
        ordered = sorted(columns, key=lambda column: str(column.name))
        outputs = []
        for column in ordered:
            with variable_scope(None, default_name=column.var_scope_name):
                before = _count(GraphKeys.GLOBAL_VARIABLES)
                tensor = column.dense_tensor(made, collections, trainable)
                width = column.variable_shape.num_elements()
                output = reshape(tensor, (shape(tensor)[0], width))
                outputs.append(output)
                _note(cols_to_vars, column, before)
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = output
        _check_batch_sizes(outputs, ordered)
        return concat(outputs, 1)


def _count(key: str) -> int:
    return len(scopes.get_collection(key))


def _note(cols_to_vars: Any, column: Any, before: int) -> None:
    if cols_to_vars is not None:
        cols_to_vars[column] = scopes.get_collection(GraphKeys.GLOBAL_VARIABLES)[before:]


def _check_batch_sizes(tensors: Sequence[Any], columns: Sequence[Any]) -> None:
    expected, first = None, 0
    for number, tensor in enumerate(tensors):
        size = tensor.get_shape()[0].value
        if expected is None:
            expected, first = size, number
        elif size is not None and size != expected:
            raise ValueError(
                "Batch size (first dimension) of each feature must be same. Batch size of columns "
                f"({columns[first].name}, {columns[number].name}): ({expected}, {size})"
            )


def _normalised(columns: Any) -> list[Any]:
    """A list of columns with unique names."""
    if isinstance(columns, (DenseColumn, CategoricalColumn)):
        columns = [columns]
    if isinstance(columns, Mapping):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    listed: list[Any] = list(columns)
    for column in listed:
        if not isinstance(column, (DenseColumn, CategoricalColumn)):
            raise ValueError(
                "Items of feature_columns must be a _FeatureColumn. Given (type "
                f"{type(column)}): {column}."
            )
    if not listed:
        raise ValueError("feature_columns must not be empty.")
    named: dict[str, Any] = {}
    for column in listed:
        if column.name in named:
            raise ValueError(
                f"Duplicate feature column name found for columns: {column} and "
                f"{named[column.name]}. This usually means that these columns refer to same base "
                "feature. Either one must be discarded or a duplicated but renamed item must be "
                "inserted in features dict."
            )
        named[column.name] = column
    return listed


def linear_model(
    features: Mapping[str, Any],
    feature_columns: Any,
    units: int = 1,
    sparse_combiner: str = "sum",
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: Any = None,
) -> Any:
    """A sum over columns, each with weights of its own, and a bias.

    Args:
      features: tensors by name, [batch, ...].
      feature_columns: columns of numbers or of categories.
      units: how many sums.
      sparse_combiner: how the categories of an example are combined: "mean", "sqrtn" or "sum".
      weight_collections: where variables are added besides.
      trainable: whether they are trained.
      cols_to_vars: a dict that gets the variables of each column, and of "bias".

    Returns:
      float32, [batch, units].

    Raises:
      ValueError: there are no columns, or two of one name; a feature is missing.

    Source: TensorFlow 1.15 `tf.feature_column.linear_model`.
    """
    columns = _normalised(feature_columns)
    collections = default_collections(weight_collections)
    ordered = sorted(columns, key=lambda column: str(column.name))
    with variable_scope(None, default_name="linear_model", values=features.values()):
        made = Transformed(features)
        sums = []
        for column in ordered:
            with variable_scope(None, default_name=column.name):
                before = _count(GraphKeys.GLOBAL_VARIABLES)
                sums.append(
                    _weighted_sum(column, made, units, sparse_combiner, collections, trainable)
                )
                _note(cols_to_vars, column, before)
        _check_batch_sizes(sums, ordered)
        total = add_n(sums, name="weighted_sum_no_bias")
        before = _count(GraphKeys.GLOBAL_VARIABLES)
        bias = _whole(
            get_variable(
                "bias_weights",
                shape=[units],
                initializer=zeros_initializer(),
                trainable=trainable,
                use_resource=True,
                collections=collections,
            )
        )
        _note(cols_to_vars, "bias", before)
        return bias_add(total, bias, name="weighted_sum")


def _whole(variable: Any) -> Any:
    """A tensor of all parts of a variable."""
    return variable.as_tensor() if isinstance(variable, PartitionedVariable) else variable


def _weighted_sum(
    column: Any,
    features: Transformed,
    units: int,
    combiner: str,
    collections: list[str],
    trainable: bool,
) -> Any:
    is_categorical = isinstance(column, CategoricalColumn)
    size = column.num_buckets if is_categorical else column.variable_shape.num_elements()
    weights = get_variable(
        name="weights",
        shape=(size, units),
        dtype=float32,
        initializer=zeros_initializer(),
        trainable=trainable,
        use_resource=True,
        collections=collections,
    )
    if not is_categorical:
        tensor = column.dense_tensor(features, collections, trainable)
        flat = reshape(tensor, (shape(tensor)[0], size))
        return matmul(flat, _whole(weights), name="weighted_sum")
    ids, id_weights = column.ids_and_weights(features)
    ids = _flat(ids)
    return safe_embedding_lookup_sparse(
        weights,
        ids,
        None if id_weights is None else _flat(id_weights),
        combiner,
        name="weighted_sum",
    )


def _flat(sparse: Any) -> Any:
    """The same as [batch, ids]."""
    return sparse_reshape(sparse, [shape(sparse)[0], -1])


def make_parse_example_spec(feature_columns: Iterable[Any]) -> dict[str, Any]:
    """What `tf.parse_example` needs to make the features of columns.

    Args:
      feature_columns: the columns.

    Returns:
      FixedLenFeature or VarLenFeature by name.

    Raises:
      ValueError: something is no column, or two columns need one feature in two ways.

    Source: TensorFlow 1.15 `tf.feature_column.make_parse_example_spec`.
    """
    spec: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, (DenseColumn, CategoricalColumn)):
            raise ValueError(
                f"All feature_columns must be _FeatureColumn instances. Given: {column}"
            )
        for key, value in column.parse_example_spec.items():
            if key in spec and spec[key] != value:
                raise ValueError(
                    f"feature_columns contain different parse_spec for key {key}. Given {value} "
                    f"and {spec[key]}"
                )
            spec[key] = value
    return spec
