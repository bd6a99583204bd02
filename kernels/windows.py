"""How the attributes of convolution and pooling lay windows on arrays.

Arrays are handled with the channels last; other layouts are transposed around the computation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError, UnimplementedError

from .array import shape_text
from .patches import Geometry, make_geometry

Array = Any


# ---- Layouts ----


def is_channels_first(data_format: bytes) -> bool:
    """Whether the channels come before the spatial axes."""
    return data_format.startswith(b"NC")


def channels_last(x: Array, data_format: bytes) -> Array:
    """`x` with its channels last: a view."""
    if not is_channels_first(data_format):
        return x
    return x.transpose(0, *range(2, x.ndim), 1)


def restored(xp: Any, x: Array, data_format: bytes) -> Array:
    """The inverse of `channels_last`, contiguous."""
    if not is_channels_first(data_format):
        return x
    return xp.ascontiguousarray(x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1)))


def shape_channels_last(shape: Sequence[int], data_format: bytes) -> tuple[int, ...]:
    """A shape with its channels last."""
    sizes = tuple(int(size) for size in shape)
    return (sizes[0], *sizes[2:], sizes[1]) if is_channels_first(data_format) else sizes


def batch_and_channels(values: Sequence[int], data_format: bytes) -> tuple[int, int]:
    """The entries of the other axes than the spatial ones."""
    return values[0], values[1 if is_channels_first(data_format) else -1]


def spatial_of(values: Sequence[Any], data_format: bytes) -> list[Any]:
    """The entries of the spatial axes of a list with one entry for each axis."""
    return list(values[2:]) if is_channels_first(data_format) else list(values[1:-1])


def input_sizes_of(
    input_sizes: Array, dy: Array, filter: Array, data_format: bytes
) -> tuple[int, ...]:
    """The shape of the input, channels last; of two spatial sizes the rest follows."""
    check_ranks(1, input_sizes=np.shape(input_sizes))
    if len(input_sizes) == filter.ndim - 2:
        return (len(dy), *(int(size) for size in input_sizes), filter.shape[-2])
    return shape_channels_last(input_sizes, data_format)


# ---- Windows ----


def lay_windows(
    sizes: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: bytes,
    data_format: bytes,
    explicit_paddings: Sequence[int] = (),
    is_gradient: bool = False,
) -> Geometry:
    """`make_geometry` of a convolution's attributes, which have an entry for every axis.

    Args:
      sizes: of the spatial axes of the input.
      window: of the filter, spatial axes only.
      strides: steps between windows, for every axis.
      dilations: steps between taps, for every axis.
      padding: b"SAME", b"VALID" or b"EXPLICIT".
      data_format: the order of the axes.
      explicit_paddings: zeros before and after every axis, for b"EXPLICIT".
      is_gradient: whether a gradient asks; it refuses with another class of error.

    Raises:
      UnimplementedError: windows step over images or channels.
      InvalidArgumentError: the same in a gradient; taps do; the window does not fit the input.
    """
    if batch_and_channels(strides, data_format) != (1, 1):
        refusal = InvalidArgumentError if is_gradient else UnimplementedError
        raise refusal.of(_UNSUPPORTED.format("strides"))
    if batch_and_channels(dilations, data_format) != (1, 1):
        what = "dilations" if len(sizes) == 2 else "dilations rates"
        raise InvalidArgumentError.of(_UNSUPPORTED.format(what))
    pairs = list(zip(explicit_paddings[0::2], explicit_paddings[1::2], strict=True))
    return make_geometry(
        sizes,
        window,
        spatial_of(strides, data_format),
        spatial_of(dilations, data_format),
        padding,
        spatial_of(pairs, data_format),
    )


_UNSUPPORTED = "Current implementation does not yet support {} in the batch and depth dimensions."


def each_tap(geometry: Geometry) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """For each tap, row by row, the windows in which it meets the input, and where."""
    axes = [list(geometry.taps(axis)) for axis in range(len(geometry.outs))]
    for pairs in itertools.product(*axes):
        yield (slice(None), *(w for w, _ in pairs)), (slice(None), *(p for _, p in pairs))


def check_channels(x: Array, filter: Array) -> None:
    """Compares the channels of an input with those of a filter.

    Raises:
      InvalidArgumentError: they differ.
    """
    if x.shape[-1] != filter.shape[-2]:
        raise InvalidArgumentError.of(
            f"input and filter must have the same depth: {x.shape[-1]} vs {filter.shape[-2]}",
        )


def check_ranks(rank: int, **shapes: Sequence[int]) -> None:
    """Raises InvalidArgumentError where an argument has another number of axes than `rank`."""
    for name, shape in shapes.items():
        if len(shape) != rank:
            raise InvalidArgumentError.of(
                f"{name} must be {rank}-dimensional: {shape_text(tuple(map(int, shape)))}"
            )


def check_output_shape(wanted: tuple[int, ...], data_format: bytes, **arrays: Array) -> None:
    """Compares outputs, or their gradients, with the shape of outputs, channels last.

    Raises:
      InvalidArgumentError: one has another shape.
    """
    for name, array in arrays.items():
        check_ranks(len(wanted), **{name: array.shape})
        if shape_channels_last(array.shape, data_format) != wanted:
            first, *sizes, channels = wanted
            if is_channels_first(data_format):
                wanted = (first, channels, *sizes)
            raise InvalidArgumentError.of(
                f"Expected {name} shape to be {shape_text(wanted)}, "
                f"but got {shape_text(array.shape)}"
            )


def check_gradient(
    op: str,
    x: Sequence[int],
    filter: Sequence[int],
    dy: Sequence[int],
    geometry: Geometry,
    is_depthwise: bool = False,
) -> None:
    """Compares the shapes of a convolution's input, filter and gradient, channels last.

    Raises:
      InvalidArgumentError: they do not fit; the text begins with `op`.
    """
    depth = x[-1] * filter[-1] if is_depthwise else filter[-1]
    reason = None
    if x[0] != dy[0]:
        reason = (
            f"input and out_backprop must have the same batch size"
            f"input batch: {x[0]}outbackprop batch: {dy[0]} batch_dim: 0"
        )
    elif x[-1] != filter[-2]:
        reason = "input depth must be evenly divisible by filter depth"
        if is_depthwise:
            reason = "input and filter must have the same in_depth"
    elif dy[-1] != depth:
        reason = "filter and out_backprop must have the same out_depth"
        if is_depthwise:
            reason = "depth_multiplier * in_depth not equal to out_depth"
    if reason is not None:
        raise InvalidArgumentError.of(f"{op}: {reason}")
    for axis, (size, out) in enumerate(zip(dy[1:-1], geometry.outs, strict=True)):
        if size != out:
            raise InvalidArgumentError.of(
                f"{op}: Size of out_backprop doesn't match computed: actual = {size}, "
                f"computed = {out} spatial_dim: {axis + 1} input: {x[axis + 1]} "
                f"filter: {filter[axis]} output: {size} stride: {geometry.strides[axis]} "
                f"dilation: {geometry.dilations[axis]}"
            )


def compute_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The precision of the products: two-byte floats are summed in float32."""
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype
