"""Kernels of dilation: a maximum over the taps of a filter, all windows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError, UnimplementedError
from tfsession.registry import kernel

from .array import shape_text

Array = Any

# ---- Dilation2D, Dilation2DBackpropInput, Dilation2DBackpropFilter ----


def _sizes(
    input: Array, filter: Array, strides: Sequence[int], rates: Sequence[int], padding: bytes
) -> tuple[list[int], list[int]]:
    """How many windows each axis has, and what is added before it."""
    for name, values in (("Stride", strides), ("Rate", rates)):
        if values[0] != 1 or values[3] != 1:
            raise UnimplementedError.of(f"{name} is only supported across spatial dimensions.")
    if input.ndim != 4:
        raise InvalidArgumentError.of(f"input must be 4-dimensional{shape_text(input.shape)}")
    if filter.ndim != 3:
        raise InvalidArgumentError.of(f"filter must be 3-dimensional: {shape_text(filter.shape)}")
    if input.shape[3] != filter.shape[2]:
        raise InvalidArgumentError.of(
            f"input and filter must have the same depth: {input.shape[3]} vs {filter.shape[2]}"
        )
    counts, before = [], []
    for axis in (0, 1):
        size, stride = input.shape[axis + 1], strides[axis + 1]
        reach = (filter.shape[axis] - 1) * rates[axis + 1] + 1
        if padding == b"SAME":
            count = -(-size // stride)
            before.append(max(0, (count - 1) * stride + reach - size) // 2)
        else:
            count = (size - reach) // stride + 1
            before.append(0)
        counts.append(max(0, count))
    return counts, before


def _taps(
    xp: Any,
    input: Array,
    filter: Array,
    strides: Sequence[int],
    rates: Sequence[int],
    padding: bytes,
) -> Iterator[tuple[int, int, Array, tuple[slice, slice], tuple[slice, slice]]]:
    """For each tap: its place, what windows see there, and where that lies in both images."""
    counts, before = _sizes(input, filter, strides, rates, padding)
    for row in range(filter.shape[0]):
        for column in range(filter.shape[1]):
            spans = [
                _span(
                    place * rates[axis + 1] - before[axis],
                    strides[axis + 1],
                    counts[axis],
                    input.shape[axis + 1],
                )
                for axis, place in enumerate((row, column))
            ]
            windows = (spans[0][0], spans[1][0])
            pixels = (spans[0][1], spans[1][1])
            yield row, column, input[:, pixels[0], pixels[1]], windows, pixels


def _span(start: int, stride: int, count: int, size: int) -> tuple[slice, slice]:
    """Which windows have a tap inside the image, and where it lies there."""
    first = max(0, -(start // stride)) if start < 0 else 0
    last = min(count, (size - 1 - start) // stride + 1)
    last = max(last, first)
    begin = start + first * stride
    return slice(first, last), slice(begin, begin + (last - first) * stride, stride)


def _lowest(dtype: np.dtype[Any]) -> Any:
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


@kernel("Dilation2D")
def dilation2d(
    xp: Any,
    input: Array,
    filter: Array,
    strides: Sequence[int],
    rates: Sequence[int],
    padding: bytes,
) -> Array:
    """The largest sums."""
    return _dilated(xp, input, filter, strides, rates, padding)[0]


def _dilated(
    xp: Any,
    input: Array,
    filter: Array,
    strides: Sequence[int],
    rates: Sequence[int],
    padding: bytes,
) -> tuple[Array, Array]:
    """The largest sums, and the number of the first tap that has each."""
    counts, _ = _sizes(input, filter, strides, rates, padding)
    sizes = (input.shape[0], *counts, input.shape[3])
    result = xp.full(sizes, _lowest(input.dtype), input.dtype)
    winner = xp.zeros(sizes, np.int32)
    taps = _taps(xp, input, filter, strides, rates, padding)
    for number, (row, column, seen, windows, _) in enumerate(taps):
        sums = seen + filter[row, column]
        part = (slice(None), *windows)
        is_larger = sums > result[part]
        result[part] = xp.where(is_larger, sums, result[part])
        winner[part] = xp.where(is_larger, np.int32(number), winner[part])
    return result, winner


@kernel("Dilation2DBackpropInput")
def dilation2d_backprop_input(
    xp: Any,
    input: Array,
    filter: Array,
    out_backprop: Array,
    strides: Sequence[int],
    rates: Sequence[int],
    padding: bytes,
) -> Array:
    """Gives each gradient to the pixel that made the maximum."""
    _, winner = _dilated(xp, input, filter, strides, rates, padding)
    result = xp.zeros_like(input)
    taps = _taps(xp, input, filter, strides, rates, padding)
    for number, (_, _, _, windows, pixels) in enumerate(taps):
        part = (slice(None), *windows)
        chosen = xp.where(winner[part] == number, out_backprop[part], input.dtype.type(0))
        result[(slice(None), *pixels)] += chosen
    return result


@kernel("Dilation2DBackpropFilter")
def dilation2d_backprop_filter(
    xp: Any,
    input: Array,
    filter: Array,
    out_backprop: Array,
    strides: Sequence[int],
    rates: Sequence[int],
    padding: bytes,
) -> Array:
    """Gives each gradient to the tap that made the maximum."""
    _, winner = _dilated(xp, input, filter, strides, rates, padding)
    result = xp.zeros_like(filter)
    for number in range(filter.shape[0] * filter.shape[1]):
        chosen = xp.where(winner == number, out_backprop, input.dtype.type(0))
        place = divmod(number, filter.shape[1])
        result[place] = chosen.sum(axis=(0, 1, 2), dtype=input.dtype)
    return result
