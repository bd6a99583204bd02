"""Ops that deal the rows of a tensor out to several tensors, and collect them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession import shapes as static_shapes
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, indexing, math, reduction
from tfsession.registry import gradient, op, shape
from tfsession.shapes import Dims

__all__ = [
    "dynamic_partition",
    "dynamic_stitch",
]

# ---- DynamicPartition ----

op(
    "DynamicPartition(data: T, partitions: int32) -> outputs: num_partitions * T",
    "num_partitions: int >= 1; T: type",
)


@shape("DynamicPartition")
def dynamic_partition_shape(data: Tensor, partitions: Tensor, num_partitions: int) -> list[Dims]:
    if data.dims is None or partitions.dims is None:
        return [None] * num_partitions
    rank = len(partitions.dims)
    static_shapes.with_rank_at_least(data.dims, rank)
    static_shapes.merge_dims(data.dims[:rank], partitions.dims)
    return [(None, *data.dims[rank:])] * num_partitions


@gradient("DynamicPartition")
def dynamic_partition_gradient(op: Operation, *dy: Any) -> list[Any]:
    data, partitions = op.inputs
    prefix = array.shape(partitions)
    positions = array.reshape(math.range(reduction.reduce_prod(prefix)), prefix)
    dealt = dynamic_partition(positions, partitions, op.attrs["num_partitions"])
    collected = parallel_stitch(dealt, list(dy))
    return [array.reshape(collected, array.shape(data)), None]


def dynamic_partition(
    data: TensorLike, partitions: TensorLike, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """Deals the rows of `data` out: result i has those whose partition is i, in their order.

    Args:
      data: [rows..., ...], any dtype.
      partitions: [rows...], int32; 0 <= partition < num_partitions.
      num_partitions: how many results there are.
      name: a name for the operation.

    Returns:
      num_partitions Tensors [count, ...] of the dtype of `data`.

    Raises:
      ValueError: the shape of `data` does not begin with that of `partitions`.

    Source: TensorFlow 1.15 `tf.dynamic_partition`.
    """
    parts: list[Tensor] = build(
        "DynamicPartition", data, partitions, num_partitions=num_partitions, name=name
    )
    return parts


# ---- DynamicStitch, ParallelDynamicStitch ----

for _name in ("DynamicStitch", "ParallelDynamicStitch"):
    op(f"{_name}(indices: N * int32, data: N * T) -> merged: T", "N: int >= 1; T: type")


@shape("DynamicStitch", "ParallelDynamicStitch")
def dynamic_stitch_shape(indices: list[Tensor], data: list[Tensor]) -> Dims:
    rows: int | None = 0
    rest: Dims = None
    for where, values in zip(indices, data, strict=True):
        known = constant_value(where)
        if known is None:
            rows = None
        elif rows is not None and known.size:
            rows = max(rows, int(known.max()) + 1)
        if where.dims is not None and values.dims is not None:
            rank = len(where.dims)
            static_shapes.with_rank_at_least(values.dims, rank)
            static_shapes.merge_dims(values.dims[:rank], where.dims)
            rest = static_shapes.merge_dims(rest, values.dims[rank:])
    return None if rest is None else (rows, *rest)


@gradient("DynamicStitch", "ParallelDynamicStitch")
def dynamic_stitch_gradient(op: Operation, dy: TensorLike) -> list[Any]:
    indices = op.inputs[: op.attrs["N"]]
    if isinstance(dy, IndexedSlices):
        rows = array.shape(op.outputs[0])[0]
        dy = reduction.unsorted_segment_sum(dy.values, dy.indices, rows)
    return [None] * len(indices) + [indexing.gather(dy, where) for where in indices]


def dynamic_stitch(indices: Sequence[Any], data: Sequence[Any], name: str | None = None) -> Tensor:
    """Collects rows: ``merged[indices[m][i]] = data[m][i]``.

    Args:
      indices: int32 Tensors of any shapes; together they name each row of the result.
      data: as many Tensors, ``data[m]`` of shape indices[m].shape + rest; any dtype.
      name: a name for the operation.

    Returns:
      [largest index + 1] + rest. Where an index occurs more than once the last row stays; rows
      that no index names are zero (in TensorFlow: undefined).

    Raises:
      ValueError: the shapes do not fit.

    Source: TensorFlow 1.15 `tf.dynamic_stitch`.
    """
    merged: Tensor = build("DynamicStitch", indices, data, name=name)
    return merged


def parallel_stitch(indices: Sequence[Any], data: Sequence[Any], name: str | None = None) -> Tensor:
    """As `dynamic_stitch`, where no index occurs twice.

    Source: TensorFlow 1.15 `tf.raw_ops.ParallelDynamicStitch`.
    """
    merged: Tensor = build(
        "ParallelDynamicStitch", [convert_to_tensor(where) for where in indices], data, name=name
    )
    return merged
