"""Sparse tensors as strings, as queues hold them: each is three TensorProtos."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, build
from tfsession.graph.composites import SparseTensor, SparseTensorValue
from tfsession.graph.operation import Tensor
from tfsession.registry import op, shape, undefined_gradient
from tfsession.shapes import Dims, merge_dim, with_rank, with_rank_at_least

__all__ = ["deserialize_many_sparse", "serialize_many_sparse", "serialize_sparse"]

_PARTS = "sparse_indices: int64, sparse_values: T, sparse_shape: int64"


def _sparse(sp_input: Any) -> SparseTensor:
    if isinstance(sp_input, SparseTensorValue):
        return SparseTensor.from_value(sp_input)
    if not isinstance(sp_input, SparseTensor):
        raise TypeError("Input must be a SparseTensor.")
    return sp_input


# ---- SerializeSparse, SerializeManySparse ----

for _name in ("SerializeSparse", "SerializeManySparse"):
    op(
        f"{_name}({_PARTS}) -> serialized_sparse: out_type",
        "T: type; out_type: {string, variant} = string",
    )


@shape("SerializeSparse")
def serialize_sparse_shape(
    sparse_indices: Tensor, sparse_values: Tensor, sparse_shape: Tensor
) -> Dims:
    _check_parts(sparse_indices, sparse_values, sparse_shape)
    return (3,)


@shape("SerializeManySparse")
def serialize_many_sparse_shape(
    sparse_indices: Tensor, sparse_values: Tensor, sparse_shape: Tensor
) -> Dims:
    _check_parts(sparse_indices, sparse_values, sparse_shape)
    return (None, 3)


def _check_parts(sparse_indices: Tensor, sparse_values: Tensor, sparse_shape: Tensor) -> None:
    with_rank(sparse_indices.dims, 2)
    with_rank(sparse_values.dims, 1)
    with_rank(sparse_shape.dims, 1)


undefined_gradient("SerializeSparse", "SerializeManySparse")


def serialize_sparse(sp_input: Any, name: str | None = None) -> Tensor:
    """A sparse tensor as strings.

    Args:
      sp_input: a SparseTensor.
      name: a name for the operation.

    Returns:
      [3], string: TensorProtos of its indices, values and dense shape.

    Raises:
      TypeError: `sp_input` is no SparseTensor.

    Source: TensorFlow 1.15 `tf.io.serialize_sparse`.
    """
    given = _sparse(sp_input)
    result: Tensor = build(
        "SerializeSparse", given.indices, given.values, given.dense_shape, name=name
    )
    return result


def serialize_many_sparse(sp_input: Any, name: str | None = None) -> Tensor:
    """Each row of a sparse tensor as strings.

    Args:
      sp_input: a SparseTensor [N, ...] of rank 2 or more, in row-major order.
      name: a name for the operation.

    Returns:
      [N, 3], string: TensorProtos of the indices, values and dense shape of `sp_input[n, ...]`.

    Raises:
      TypeError: `sp_input` is no SparseTensor.
      InvalidArgumentError: when run: its rank is 1.

    Source: TensorFlow 1.15 `tf.io.serialize_many_sparse`.
    """
    given = _sparse(sp_input)
    result: Tensor = build(
        "SerializeManySparse", given.indices, given.values, given.dense_shape, name=name
    )
    return result


# ---- DeserializeManySparse ----

op(
    "DeserializeManySparse(serialized_sparse: string) -> "
    "sparse_indices: int64, sparse_values: dtype, sparse_shape: int64",
    "dtype: type",
)


@shape("DeserializeManySparse")
def deserialize_many_sparse_shape(serialized_sparse: Tensor) -> list[Dims]:
    dims = with_rank(serialized_sparse.dims, 2)
    merge_dim(dims[1], 3)
    return [(None, None), (None,), (None,)]


undefined_gradient("DeserializeManySparse")


# ---- DeserializeSparse ----

op(
    "DeserializeSparse(serialized_sparse: Tserialized) -> "
    "sparse_indices: int64, sparse_values: dtype, sparse_shape: int64",
    "dtype: type; Tserialized: {string, variant} = string",
)


@shape("DeserializeSparse")
def deserialize_sparse_shape(serialized_sparse: Tensor) -> list[Dims]:
    dims = serialized_sparse.dims
    if dims is not None:
        with_rank_at_least(dims, 1)
        merge_dim(dims[-1], 3)
    return [(None, None), (None,), (None,)]


undefined_gradient("DeserializeSparse")


def deserialize_many_sparse(
    serialized_sparse: TensorLike,
    dtype: DTypeLike,
    rank: int | None = None,
    name: str | None = None,
) -> SparseTensor:
    """The sparse tensors of a batch, one below the other.

    Args:
      serialized_sparse: [N, 3], string, of `serialize_sparse` or `serialize_many_sparse`.
      dtype: the dtype of their values.
      rank: the rank of each, where it is known.
      name: a name for the operation.

    Returns:
      A SparseTensor of one rank more. Its sizes are the largest of all.

    Raises:
      InvalidArgumentError: when run: a string is no such tensor, or ranks or dtypes differ.

    Source: TensorFlow 1.15 `tf.io.deserialize_many_sparse`.
    """
    indices, values, dense_shape = build(
        "DeserializeManySparse", serialized_sparse, dtype=as_dtype(dtype), name=name
    )
    if rank is not None:
        indices.set_shape([None, rank + 1])
        dense_shape.set_shape([rank + 1])
    return SparseTensor(indices, values, dense_shape)
