"""Columns of categories: words, numbers and buckets as ids."""

from __future__ import annotations

import abc
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tfsession.dtypes import DType, as_dtype, float32, int64, string
from tfsession.feature_column.transformed import Transformed, to_sparse
from tfsession.graph.composites import SparseTensor
from tfsession.graph.scopes import control_dependencies
from tfsession.ops.array import fill, identity, shape
from tfsession.ops.check import assert_greater_equal, assert_less
from tfsession.ops.indexing import where
from tfsession.ops.lookup import index_table_from_file, index_table_from_tensor
from tfsession.ops.math import cast, logical_or
from tfsession.ops.parsing import VarLenFeature
from tfsession.ops.strings import as_string, string_to_hash_bucket_fast

__all__ = [
    "CategoricalColumn",
    "IdsAndWeights",
    "categorical_column_with_hash_bucket",
    "categorical_column_with_identity",
    "categorical_column_with_vocabulary_file",
    "categorical_column_with_vocabulary_list",
    "check_key",
    "weighted_categorical_column",
]


class IdsAndWeights(NamedTuple):
    """Ids of a batch, and weights or None: SparseTensors of one shape."""

    id_tensor: SparseTensor
    weight_tensor: SparseTensor | None


class CategoricalColumn(abc.ABC):
    """What columns of categories share: ids in a SparseTensor."""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The name that its variables and operations have."""

    @property
    @abc.abstractmethod
    def num_buckets(self) -> int:
        """How many ids there are."""

    @property
    @abc.abstractmethod
    def parse_example_spec(self) -> dict[str, Any]:
        """What `tf.parse_example` needs to make its features."""

    @abc.abstractmethod
    def transformed(self, features: Transformed) -> Any:
        """The ids."""

    def ids_and_weights(self, features: Transformed) -> IdsAndWeights:
        """Ids, and weights where there are some."""
        return IdsAndWeights(features.get(self), None)


def check_key(key: Any) -> None:
    """Raises where the name of a feature is no string.

    Raises:
      ValueError: it is none.
    """
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")


def _check_dtype(dtype: DType, prefix: str) -> None:
    if dtype is not string and not dtype.is_integer:
        raise ValueError(f"{prefix} must be string or integer. dtype: {dtype!r}.")


class _KeyedColumn(CategoricalColumn):
    """A column of one feature."""

    key: str
    dtype: DType

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A list of values."""
        return {self.key: VarLenFeature(self.dtype)}

    def transformed(self, features: Transformed) -> Any:
        """The ids."""
        return self._ids(to_sparse(features.get(self.key)))

    @abc.abstractmethod
    def _ids(self, values: SparseTensor) -> SparseTensor:
        """The ids of values."""

    def _checked(self, values: SparseTensor) -> SparseTensor:
        """Values of the dtype of the column: integers where it has integers.

        Raises:
          ValueError: one has strings, the other numbers.
        """
        if values.dtype.is_integer != self.dtype.is_integer:
            raise ValueError(
                "Column dtype and SparseTensors dtype must be compatible. key: "
                f"{self.key}, column dtype: {self.dtype!r}, tensor dtype: {values.dtype!r}"
            )
        return values


def _with_values(ids: SparseTensor, values: Any) -> SparseTensor:
    return SparseTensor(ids.indices, values, ids.dense_shape)


# ---- Hash ----


class _HashedFields(NamedTuple):
    key: str
    hash_bucket_size: int
    dtype: DType


class HashedCategoricalColumn(_HashedFields, _KeyedColumn):
    """A column whose ids are hashes."""

    @property
    def num_buckets(self) -> int:
        """How many hashes there are."""
        return self.hash_bucket_size

    def _ids(self, values: SparseTensor) -> SparseTensor:
        values = self._checked(values)
        words = values.values if self.dtype is string else as_string(values.values)
        found = string_to_hash_bucket_fast(words, self.hash_bucket_size, name="lookup")
        return _with_values(values, found)


def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = string
) -> HashedCategoricalColumn:
    """A column whose ids are hashes of strings or integers.

    Args:
      key: the name of the feature.
      hash_bucket_size: how many ids there are.
      dtype: string or an integer type.

    Raises:
      ValueError: a value is out of its range.

    Source: TensorFlow 1.15 `tf.feature_column.categorical_column_with_hash_bucket`.
    """
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(
            f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}"
        )
    check_key(key)
    dtype = as_dtype(dtype)
    _check_dtype(dtype, f"column_name: {key} dtype")
    return HashedCategoricalColumn(key, hash_bucket_size, dtype)


# ---- Identity ----


class _IdentityFields(NamedTuple):
    key: str
    number_buckets: int
    default_value: int | None


class IdentityCategoricalColumn(_IdentityFields, _KeyedColumn):
    """A column whose values are its ids."""

    dtype = int64

    @property
    def num_buckets(self) -> int:
        """How many ids there are."""
        return self.number_buckets

    def _ids(self, values: SparseTensor) -> SparseTensor:
        if not values.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {values.dtype}")
        ids = cast(values.values, int64, name="values")
        size = cast(self.number_buckets, int64, name="num_buckets")
        zero = cast(0, int64, name="zero")
        if self.default_value is None:
            checks = [
                assert_less(ids, size, data=(ids, size), name="assert_less_than_num_buckets"),
                assert_greater_equal(ids, zero, data=(ids,), name="assert_greater_or_equal_0"),
            ]
            with control_dependencies(checks):
                ids = identity(ids)
        else:
            is_outside = logical_or(ids < zero, ids >= size, name="out_of_range")
            default = cast(self.default_value, int64)
            ids = where(is_outside, fill(shape(ids), default, name="default_values"), ids)
        return _with_values(values, ids)


def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> IdentityCategoricalColumn:
    """A column whose values are its ids.

    Args:
      key: the name of the feature, of integers.
      num_buckets: how many ids there are.
      default_value: the id of values outside; where None, they are errors.

    Raises:
      ValueError: a value is out of its range.

    Source: TensorFlow 1.15 `tf.feature_column.categorical_column_with_identity`.
    """
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(
            f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}"
        )
    check_key(key)
    return IdentityCategoricalColumn(key, num_buckets, default_value)


# ---- Vocabularies ----


class _ListFields(NamedTuple):
    key: str
    vocabulary_list: tuple[Any, ...]
    dtype: DType
    default_value: int
    num_oov_buckets: int


class VocabularyListCategoricalColumn(_ListFields, _KeyedColumn):
    """A column whose ids are places in a list."""

    @property
    def num_buckets(self) -> int:
        """How many ids there are, those of other words among them."""
        return len(self.vocabulary_list) + self.num_oov_buckets

    def _ids(self, values: SparseTensor) -> SparseTensor:
        values = self._checked(values)
        dtype = self.dtype
        if dtype.is_integer:
            values, dtype = cast(values, int64), int64
        table = index_table_from_tensor(
            vocabulary_list=self.vocabulary_list,
            default_value=self.default_value,
            num_oov_buckets=self.num_oov_buckets,
            dtype=dtype,
            name=f"{self.key}_lookup",
        )
        found: SparseTensor = table.lookup(values)
        return found


def categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Sequence[Any] | None,
    dtype: Any = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> VocabularyListCategoricalColumn:
    """A column whose ids are places in a list.

    Args:
      key: the name of the feature.
      vocabulary_list: words or integers.
      dtype: string or an integer type; that of the list when None.
      default_value: the id of others; -1: they are left out.
      num_oov_buckets: how many ids others have, by their hashes.

    Raises:
      ValueError: the list is empty or has something twice, or a value is out of its range.

    Source: TensorFlow 1.15 `tf.feature_column.categorical_column_with_vocabulary_list`.
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    found = np.array(vocabulary_list).dtype
    there = string if found.kind in "USO" else as_dtype(found)
    _check_oov(key, num_oov_buckets, default_value)
    _check_dtype(there, f"column_name: {key} vocabulary dtype")
    dtype = there if dtype is None else as_dtype(dtype)
    _check_dtype(dtype, f"column_name: {key} dtype")
    if dtype.is_integer != there.is_integer:
        raise ValueError(
            f"dtype {dtype!r} and vocabulary dtype {there!r} do not match, column_name: {key}"
        )
    check_key(key)
    words = tuple(vocabulary_list)
    return VocabularyListCategoricalColumn(key, words, dtype, default_value, num_oov_buckets)


def _check_oov(key: str, num_oov_buckets: int, default_value: int | None) -> None:
    if num_oov_buckets:
        if default_value not in (-1, None):
            raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
        if num_oov_buckets < 0:
            raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")


class _FileFields(NamedTuple):
    key: str
    vocabulary_file: str
    vocabulary_size: int
    num_oov_buckets: int
    dtype: DType
    default_value: int


class VocabularyFileCategoricalColumn(_FileFields, _KeyedColumn):
    """A column whose ids are lines of a file."""

    @property
    def num_buckets(self) -> int:
        """How many ids there are, those of other words among them."""
        return self.vocabulary_size + self.num_oov_buckets

    def _ids(self, values: SparseTensor) -> SparseTensor:
        values = self._checked(values)
        dtype = self.dtype
        if dtype.is_integer:
            values, dtype = cast(values, int64), int64
        table = index_table_from_file(
            vocabulary_file=self.vocabulary_file,
            num_oov_buckets=self.num_oov_buckets,
            vocab_size=self.vocabulary_size,
            default_value=self.default_value,
            key_dtype=dtype,
            name=f"{self.key}_lookup",
        )
        found: SparseTensor = table.lookup(values)
        return found


def categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = string,
) -> VocabularyFileCategoricalColumn:
    """A column whose ids are lines of a file.

    Args:
      key: the name of the feature.
      vocabulary_file: the file, a word in each line.
      vocabulary_size: how many lines count; None for all.
      num_oov_buckets: how many ids other words have, by their hashes.
      default_value: the id of others; -1 or None: they are left out.
      dtype: string or an integer type.

    Raises:
      ValueError: there is no such file, or a value is out of its range.

    Source: TensorFlow 1.15 `tf.feature_column.categorical_column_with_vocabulary_file`.
    """
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if vocabulary_size is None:
        if not os.path.exists(vocabulary_file):
            raise ValueError(f"vocabulary_file in {key} does not exist.")
        with open(vocabulary_file, "rb") as file:
            vocabulary_size = sum(1 for _ in file)
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    _check_oov(key, num_oov_buckets, default_value)
    dtype = as_dtype(dtype)
    _check_dtype(dtype, f"column_name: {key} dtype")
    check_key(key)
    return VocabularyFileCategoricalColumn(
        key,
        vocabulary_file,
        vocabulary_size,
        num_oov_buckets or 0,
        dtype,
        -1 if default_value is None else default_value,
    )


# ---- Weights ----


class _WeightedFields(NamedTuple):
    categorical_column: Any
    weight_feature_key: str
    dtype: DType


class WeightedCategoricalColumn(_WeightedFields, CategoricalColumn):
    """A column with a weight for each id."""

    @property
    def name(self) -> str:
        """The names of both."""
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def num_buckets(self) -> int:
        """How many ids there are."""
        return int(self.categorical_column.num_buckets)

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """The features of the column, and the weights.

        Raises:
          ValueError: a feature is there already with another description.
        """
        spec: dict[str, Any] = dict(self.categorical_column.parse_example_spec)
        weights = VarLenFeature(self.dtype)
        if spec.get(self.weight_feature_key, weights) != weights:
            raise ValueError(
                f"Parse config {weights} already exists for {self.weight_feature_key}."
            )
        return {**spec, self.weight_feature_key: weights}

    def transformed(self, features: Transformed) -> Any:
        """Ids and weights.

        Raises:
          ValueError: the weights are of another dtype.
        """
        weights = features.get(self.weight_feature_key)
        if weights.dtype.base_dtype != self.dtype.base_dtype:
            raise ValueError(f"Bad dtype, expected {self.dtype}, but got {weights.dtype}.")
        weights = to_sparse(weights, ignored=0.0)
        if not weights.dtype.is_floating:
            weights = cast(weights, float32)
        return features.get(self.categorical_column), weights

    def ids_and_weights(self, features: Transformed) -> IdsAndWeights:
        """Ids and weights."""
        return IdsAndWeights(*features.get(self))


def weighted_categorical_column(
    categorical_column: Any, weight_feature_key: str, dtype: Any = float32
) -> WeightedCategoricalColumn:
    """A column with a weight for each id.

    Args:
      categorical_column: the column.
      weight_feature_key: the name of the feature that has the weights.
      dtype: their dtype, a number.

    Raises:
      ValueError: the dtype is no number.

    Source: TensorFlow 1.15 `tf.feature_column.weighted_categorical_column`.
    """
    dtype = as_dtype(dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype {dtype!r} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, dtype)
