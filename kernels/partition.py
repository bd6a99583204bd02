"""Kernels that deal rows out to several arrays, and collect them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import outputs, shape_text
from .indexing import position_text

Array = Any

# ---- DynamicPartition ----


@kernel("DynamicPartition", capturable=False)
def dynamic_partition(xp: Any, data: Array, partitions: Array, num_partitions: int) -> Any:
    """One sort, which keeps the order within a partition, and one gather."""
    rank = partitions.ndim
    if data.shape[:rank] != partitions.shape:
        raise InvalidArgumentError.of(
            "data.shape must start with partitions.shape, got data.shape = "
            f"{shape_text(data.shape)}, partitions.shape = {shape_text(partitions.shape)}"
        )
    flat = partitions.reshape(-1)
    if flat.size and (int(flat.min()) < 0 or int(flat.max()) >= num_partitions):
        bad = int(xp.flatnonzero((flat < 0) | (flat >= num_partitions))[0])
        where = position_text(partitions.shape, bad)
        raise InvalidArgumentError.of(
            f"partitions{where} = {int(flat[bad])} is not in [0, {num_partitions})"
        )
    # Partitions of two bytes or fewer are sorted by radix.
    narrow = flat.astype(np.uint16) if num_partitions <= 65536 else flat
    order = xp.argsort(narrow, kind="stable")
    rows = data.reshape((flat.size, *data.shape[rank:])).take(order, axis=0)
    counts = xp.bincount(flat, minlength=num_partitions).tolist()
    parts = []
    start = 0
    for count in counts:
        parts.append(rows[start : start + count])
        start += count
    return outputs(parts)


# ---- DynamicStitch, ParallelDynamicStitch ----


def _stitched(arrays: Sequence[Array]) -> tuple[int, tuple[int, ...], Sequence[Array]]:
    """The number of rows, the shape of each, and the data as rows.

    Raises:
      InvalidArgumentError: the shapes do not fit, or an index is negative.
    """
    indices, data = arrays[: len(arrays) // 2], arrays[len(arrays) // 2 :]
    rest = data[0].shape[indices[0].ndim :]
    rows = []
    count = 0
    for number, (where, values) in enumerate(zip(indices, data, strict=True)):
        if values.shape[: where.ndim] != where.shape:
            raise InvalidArgumentError.of(
                f"data[{number}].shape = {shape_text(values.shape)} does not start with "
                f"indices[{number}].shape = {shape_text(where.shape)}"
            )
        if values.shape[where.ndim :] != rest:
            raise InvalidArgumentError.of(
                f"Need data[0].shape[{indices[0].ndim}:] = data[{number}].shape[{where.ndim}:], "
                f"got data[0].shape = {shape_text(data[0].shape)}, data[{number}].shape = "
                f"{shape_text(values.shape)}, indices[0].shape = {shape_text(indices[0].shape)}, "
                f"indices[{number}].shape = {shape_text(where.shape)}"
            )
        if where.size:
            if int(where.min()) < 0:
                raise InvalidArgumentError.of(f"indices[{number}] is out of range")
            count = max(count, int(where.max()) + 1)
        rows.append(values.reshape((where.size, *rest)))
    return count, rest, rows


@kernel("DynamicStitch", "ParallelDynamicStitch", device="CPU")
def dynamic_stitch(xp: Any, *arrays: Array) -> Array:
    """One scatter for each part, the last row of an index stays."""
    count, rest, rows = _stitched(arrays)
    # What no index names is undefined in TensorFlow; a string must be one.
    empty = b"" if rows[0].dtype.hasobject else 0
    merged = np.full((count, *rest), empty, rows[0].dtype)
    for where, values in zip(arrays, rows, strict=False):
        merged[where.reshape(-1)] = values
    return merged


@kernel(
    "DynamicStitch",
    "ParallelDynamicStitch",
    device="GPU",
    host=("indices",),
    capturable=False,
)
def dynamic_stitch_gpu(device: Any, *arrays: Array) -> Array:
    """One gather; which row is the last of its index is found on the host."""
    xp = device.xp
    count, rest, rows = _stitched(arrays)
    flat = np.concatenate([where.reshape(-1) for where in arrays[: len(rows)]])
    source = np.full(count, -1)
    source[flat] = np.arange(flat.size)
    # The row of zeros at the end is what -1 takes.
    table = xp.concatenate([*rows, xp.zeros((1, *rest), rows[0].dtype)])
    return table.take(xp.asarray(source), axis=0)
