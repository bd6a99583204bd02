"""Sums over the leading axes of an array, on a GPU."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .launch import C_FLOATS
from .math import HALVES

Array = Any

# Rows that one block sums up, and the blocks that keep a GPU busy.
_ROWS_OF_STRIP = 128
_BUSY_BLOCKS = 2048


def column_sums(device: Any, matrix: Array) -> Array:
    """The sum of [rows, columns] over rows, in the dtype of the matrix; 16-bit floats in float32.

    Of strips first, then of their sums: CuPy's sum has a block for 32 columns, and leaves most of a
    GPU idle where there are few.
    """
    xp, (rows, columns) = device.xp, matrix.shape
    kind = C_FLOATS.get(matrix.dtype)
    if kind is None:
        return xp.sum(matrix, axis=0, dtype=matrix.dtype)
    matrix = xp.ascontiguousarray(matrix)
    result = xp.empty(columns, matrix.dtype)
    if not columns:
        return result
    across = -(-columns // 32)
    strips = max(1, min(-(-rows // _ROWS_OF_STRIP), _BUSY_BLOCKS // across))
    height = -(-rows // strips)

    def start(x: Array, sums: Array, kinds: str, rows: int, height: int, strips: int) -> None:
        function = device.function("rows.cu", f"column_sums<{kinds}>")
        sizes = (np.int64(rows), np.int64(height), np.int64(columns))
        function((across, strips), (32, min(32, max(height, 1))), (x, sums, *sizes))

    if strips == 1:
        start(matrix, result, f"{kind}, {kind}", rows, rows, 1)
        return result
    wide = "float" if matrix.dtype in HALVES else kind
    partial = xp.empty((strips, columns), np.float64 if wide == "double" else np.float32)
    start(matrix, partial, f"{kind}, {wide}", rows, height, strips)
    start(partial, result, f"{wide}, {kind}", strips, strips, 1)
    return result


def is_leading(axes: tuple[int, ...], rank: int) -> bool:
    """Whether axes are the first ones, and not all."""
    return 0 < len(axes) < rank and set(axes) == set(range(len(axes)))


def sum_over_leading(device: Any, x: Array, count: int, keep_dims: bool) -> Array:
    """The sum over the first `count` axes, in the dtype of `x`."""
    rows, rest = x.shape[:count], x.shape[count:]
    sums = column_sums(device, x.reshape(math.prod(rows), math.prod(rest)))
    return sums.reshape((*(1,) * count, *rest) if keep_dims else rest)
