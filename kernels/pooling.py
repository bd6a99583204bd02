"""Pooling.

It takes one axis after the other: the maximum of a window is the maximum of its rows' maxima. On
the CPU all threads do, in blocks of windows or images that stay in a core's cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession.dtypes import as_dtype
from tfsession.errors import UnimplementedError
from tfsession.registry import kernel

from . import threads
from .indexing import sums_on_gpu
from .launch import C_FLOATS, ints, over_elements
from .patches import Geometry, cut_into_blocks, make_geometry
from .windows import (
    batch_and_channels,
    channels_last,
    check_output_shape,
    check_ranks,
    compute_dtype,
    each_tap,
    restored,
    shape_channels_last,
    spatial_of,
)

Array = Any

# Bytes of images that a thread routes gradients of pooling through at a time.
_TILE_BYTES = 4 << 20

# Bytes of images that a thread takes the maxima or means of, or spreads means over, at a time.
_BLOCK_BYTES = 1 << 19


# ---- MaxPool ----


@dataclass(frozen=True)
class _Pooling:
    """How a pooling op lays windows on its images.

    Windows across the channels see an image as one of another shape: a row for each pixel, a column
    for each channel.

    Attributes:
      geometry: of the windows.
      data_format: of the op's arrays.
      sizes: the spatial axes of the input.
      is_across: whether windows lie across the channels.
    """

    geometry: Geometry
    data_format: bytes
    sizes: tuple[int, ...]
    is_across: bool = False

    def view(self, x: Array) -> Array:
        """An input, output or gradient as the windows see it; channels last."""
        x = channels_last(x, self.data_format)
        if not self.is_across:
            return x
        return x.reshape(len(x), self.geometry.sizes[0], x.shape[-1], 1)

    def views(self, x: Array, **outputs: Array) -> list[Array]:
        """`view` of an input, and of outputs or gradients of outputs.

        Raises:
          InvalidArgumentError: one of these has another shape than outputs of `x` have.
        """
        *_, channels = shape_channels_last(x.shape, self.data_format)
        wanted = (len(x), *self.geometry.outs, channels)
        if self.is_across:
            wanted = (len(x), *self.sizes, self.geometry.outs[-1])
        check_output_shape(wanted, self.data_format, **outputs)
        return [self.view(x), *map(self.view, outputs.values())]

    def restored(self, xp: Any, x: Array) -> Array:
        """The inverse of `view`, contiguous."""
        if self.is_across:
            x = x.reshape(len(x), *self.sizes, x.shape[-2])
        return restored(xp, x, self.data_format)


def _pooling(
    shape: Sequence[int],
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
) -> _Pooling:
    """Lays windows on an input whose `shape` has the order of `data_format`.

    Raises:
      UnimplementedError: windows span images, or channels in a way that TensorFlow refuses.
      InvalidArgumentError: the window does not fit the input.
    """
    check_ranks(len(ksize), tensor_in=shape)
    *_, channels = whole = shape_channels_last(shape, data_format)
    sizes = tuple(whole[1:-1])
    window, steps = spatial_of(ksize, data_format), spatial_of(strides, data_format)
    taps, across = batch_and_channels(ksize, data_format)
    step, step_across = batch_and_channels(strides, data_format)
    if (taps, step) != (1, 1):
        raise _unsupported("Pooling is not yet supported on the batch dimension.")
    if across == 1 and (step_across == 1 or len(sizes) == 2):  # two dimensions: whatever the stride
        geometry = make_geometry(sizes, window, steps, (1,) * len(sizes), padding)
        if math.prod(window) > _MOST_TAPS:
            raise _unsupported(f"Pooling windows of more than {_MOST_TAPS} elements: {window}")
        return _Pooling(geometry, data_format, sizes)
    if len(sizes) != 2:
        raise _unsupported(_NOT_ACROSS)
    if across > 1 and max(*window, *steps) > 1:
        raise _unsupported(
            "MaxPooling supports exactly one of pooling across depth or pooling across "
            "width/height."
        )
    if across < 1 or channels % across:
        raise _unsupported(
            "Depthwise max pooling requires the depth window to evenly divide the input depth"
        )
    if across != step_across:
        raise _unsupported(
            "Depthwise max pooling requires the depth window to equal the depth stride"
        )
    rows = (math.prod(sizes), channels)
    geometry = make_geometry(rows, (1, across), (1, across), (1, 1), padding)
    return _Pooling(geometry, data_format, sizes, is_across=True)


# Windows are handled element by element: larger ones would take hours.
_MOST_TAPS = 2**26

_NOT_ACROSS = "Pooling is not yet supported on the depth dimension."


def _unsupported(message: str) -> UnimplementedError:
    return UnimplementedError.of(message)


def _reduce_axis(
    xp: Any,
    x: Array,
    geometry: Geometry,
    axis: int,
    combine: Callable[..., Any],
    empty: Any,
    out: Array | None = None,
) -> Array:
    """Combines the taps of one axis, into `out` where a result is made and one is given."""
    before = (slice(None),) * (axis + 1)
    shape = (*x.shape[: axis + 1], geometry.outs[axis], *x.shape[axis + 2 :])
    whole = slice(0, geometry.outs[axis])
    taps = list(geometry.taps(axis))
    if len(taps) == 1 and taps[0][0] == whole:
        return x[(*before, taps[0][1])]
    result = xp.empty(shape, x.dtype) if out is None else out
    if len(taps) > 1 and taps[0][0] == taps[1][0] == whole:
        # The common case needs no initial value.
        combine(x[(*before, taps[0][1])], x[(*before, taps[1][1])], out=result)
        taps = taps[2:]
    else:
        result.fill(empty)
    for windows, places in taps:
        part = result[(*before, windows)]
        combine(part, x[(*before, places)], out=part)
    return result


def _reduce(
    xp: Any, x: Array, geometry: Geometry, combine: Callable[..., Any], empty: Any
) -> Array:
    """Combines the taps of each window, axis by axis; channels last, contiguous."""
    if xp is not np or x.size < threads.LARGE:
        return _reduce_axes(xp, x, geometry, combine, empty)
    result = np.empty((len(x), *geometry.outs, x.shape[-1]), x.dtype)
    row = math.prod(geometry.sizes[1:]) * x.shape[-1] * x.itemsize * geometry.strides[0]
    groups = cut_into_blocks(len(x), geometry, row, _BLOCK_BYTES)
    blocks = [block for group in groups for block in group]

    def work(index: int) -> None:
        images, rows, part = blocks[index]
        _reduce_axes(np, x[images], part, combine, empty, result[images, rows])

    threads.parallel(len(blocks), work)
    return result


def _reduce_axes(
    xp: Any,
    x: Array,
    geometry: Geometry,
    combine: Callable[..., Any],
    empty: Any,
    out: Array | None = None,
) -> Array:
    """`_reduce` of some windows; `out`, where given, gets the result."""
    last = len(geometry.outs) - 1
    for axis in range(last):
        x = _reduce_axis(xp, x, geometry, axis, combine, empty)
    x = _reduce_axis(xp, x, geometry, last, combine, empty, out)
    if out is None:
        # A window of one element is a view of the input, which others may write to.
        return x.copy() if math.prod(geometry.window) == 1 else xp.ascontiguousarray(x)
    if x is not out:
        out[...] = x
    return out


def _maxima(xp: Any, x: Array, geometry: Geometry, least: Any) -> Array:
    """The maximum of each window and `least`; NaN is passed over."""
    if x.dtype.kind in "iu":
        return _reduce(xp, x, geometry, xp.maximum, least)
    if xp is np:
        y = _reduce(xp, x, geometry, xp.maximum, least)
        # NaN, which `maximum` hands on, and infinities are seldom; `fmax` takes twice the time.
        if np.isfinite(y).all():
            return y
    y = _reduce(xp, x, geometry, xp.fmax, least)
    return xp.fmax(y, x.dtype.type(least))


def _lowest_number(dtype: np.dtype[Any]) -> Any:
    """The number that TensorFlow starts from in two dimensions; elsewhere it is -inf."""
    return as_dtype(dtype).min


def _pooled_maximum(
    xp: Any,
    x: Array,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    pooling = _pooling(x.shape, ksize, strides, padding, data_format)
    least = -np.inf if pooling.is_across else _lowest_number(x.dtype)
    return pooling.restored(xp, _maxima(xp, pooling.view(x), pooling.geometry, least))


def _first_elements(xp: Any, x: Array, geometry: Geometry) -> Array:
    """The first element of each window that lies on the image; a new array."""
    for axis, out in enumerate(geometry.outs):
        begins = xp.arange(out) * geometry.strides[axis] - geometry.before[axis]
        x = x.take(xp.maximum(begins, 0), axis=axis + 1)
    return x


def _first_maxima(xp: Any, x: Array, geometry: Geometry) -> tuple[Array, Array]:
    """For each window its first maximum and the number of its tap, as TensorFlow finds it.

    It starts with the window's first element, and goes over to what is greater. So a NaN is chosen
    where it comes first, and is passed over elsewhere.
    """
    best = _first_elements(xp, x, geometry)
    first = xp.zeros((1,) * x.ndim, np.int32)
    for axis, out in enumerate(geometry.outs):
        taps = xp.maximum(geometry.before[axis] - xp.arange(out) * geometry.strides[axis], 0)
        along = taps.reshape([-1 if a == axis + 1 else 1 for a in range(x.ndim)])
        first = first * geometry.window[axis] + along
    tap = xp.broadcast_to(first, best.shape).astype(np.int32)
    for number, (windows, places) in enumerate(each_tap(geometry)):
        is_better = x[places] > best[windows]
        best[windows] = xp.where(is_better, x[places], best[windows])
        tap[windows] = xp.where(is_better, np.int32(number), tap[windows])
    return best, tap


@kernel("MaxPool")
def max_pool(
    xp: Any,
    input: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Maxima of windows of images."""
    return _pooled_maximum(xp, input, ksize, strides, padding, data_format)


def _pool_on_gpu(
    device: Any, name: str, arrays: tuple[Array, ...], result: Array, geometry: Geometry
) -> Array:
    """Starts a kernel of pooling.cu; all arrays have their channels last."""
    xp = device.xp
    sizes = (*geometry.sizes, result.shape[-1], *geometry.outs, *geometry.window)
    arguments = (
        *map(xp.ascontiguousarray, arrays),
        result,
        np.int64(result.size),
        *ints(*sizes, *geometry.strides, *geometry.before),
    )
    kind = C_FLOATS[result.dtype]
    over_elements(device, "pooling.cu", f"{name}<{kind}>", result.size, arguments)
    return result


@kernel("MaxPool", device="GPU")
def max_pool_gpu(
    device: Any,
    input: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """`max_pool` by one kernel."""
    xp = device.xp
    pooling = _pooling(input.shape, ksize, strides, padding, data_format)
    if input.dtype not in C_FLOATS or pooling.is_across:
        return max_pool(xp, input, ksize, strides, padding, data_format)
    x, geometry = pooling.view(input), pooling.geometry
    y = xp.empty((len(x), *geometry.outs, x.shape[-1]), x.dtype)
    return pooling.restored(xp, _pool_on_gpu(device, "max_pool", (x,), y, geometry))


# ---- MaxPoolGrad ----


def _max_pool_gradient(
    xp: Any,
    x: Array,
    y: Array,
    dy: Array,
    geometry: Geometry,
    out: Array | None = None,
    write: Callable[..., None] | None = None,
) -> Array:
    """Gives each window's gradient to its first maximum, row by row; `out` may be `x`.

    `write` writes one tile instead of `_route_gradient`.
    """
    write = write or _route_gradient
    is_apart = all(s >= w for s, w in zip(geometry.strides, geometry.window, strict=True))
    covered = [n * w for n, w in zip(geometry.outs, geometry.window, strict=True)]
    is_whole = geometry.strides == geometry.window and covered == list(geometry.sizes)
    # Windows that meet without a gap write every element, after they have read it.
    if not is_whole:
        result = xp.zeros(x.shape, dy.dtype)
    else:
        result = xp.empty(x.shape, dy.dtype) if out is None else out
    if xp is not np:
        write(xp, x, y, dy, result, geometry, is_apart)
        return result
    # Images are handled in tiles so that the passes below stay within a cache.
    most = max(1, _TILE_BYTES // max(1, x[:1].nbytes))
    tile = max(1, min(most, -(-len(x) // threads.size())))

    def work(index: int) -> None:
        part = slice(index * tile, (index + 1) * tile)
        write(np, x[part], y[part], dy[part], result[part], geometry, is_apart)

    threads.parallel(-(-len(x) // tile), work)
    return result


def _route_gradient(
    xp: Any, x: Array, y: Array, dy: Array, result: Array, geometry: Geometry, is_apart: bool
) -> None:
    """Writes one tile of `_max_pool_gradient`; `is_apart`: no two windows overlap."""
    if xp is not np or not _is_ordinary(x, dy, geometry):
        _, tap = _first_maxima(xp, x, geometry)
        zero = dy.dtype.type(0)
        for number, (windows, places) in enumerate(each_tap(geometry)):
            routed = xp.where(tap[windows] == number, dy[windows], zero)
            if is_apart:
                result[places] = routed
            else:
                result[places] += routed
        return
    is_free = xp.ones(y.shape, np.bool_)
    last = math.prod(geometry.window) - 1
    for tap, (windows, places) in enumerate(each_tap(geometry)):
        free = is_free[windows]
        if not free.size:
            continue
        if tap == last:  # whose maximum is not found yet has it here
            is_first = free
        else:
            is_first = x[places] == y[windows]
            xp.logical_and(is_first, free, out=is_first)
            xp.not_equal(free, is_first, out=free)
        if is_apart:
            xp.multiply(dy[windows], is_first, out=result[places])
        else:
            result[places] += dy[windows] * is_first


def _is_ordinary(x: Array, dy: Array, geometry: Geometry) -> bool:
    """Whether every window has a maximum that equals an element, and products with 0 are 0."""
    first = _first_elements(np, x, geometry)
    return bool((np.isfinite(first) & np.isfinite(dy)).all())


@kernel("MaxPoolGrad", writes_out=True, like=0)
def max_pool_grad(
    xp: Any,
    orig_input: Array,
    orig_output: Array,
    grad: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    out: Array | None = None,
) -> Array:
    """Gradient of `max_pool`; `out` is used where windows do not overlap."""
    pooling = _pooling(orig_input.shape, ksize, strides, padding, data_format)
    x, y, dy = pooling.views(orig_input, orig_output=orig_output, grad=grad)
    target = None if out is None else pooling.view(out)
    return pooling.restored(xp, _max_pool_gradient(xp, x, y, dy, pooling.geometry, target))


@kernel("MaxPoolGrad", device="GPU")
def max_pool_grad_gpu(
    device: Any,
    orig_input: Array,
    orig_output: Array,
    grad: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """`max_pool_grad` by one kernel, which adds up what an element gets in a fixed order."""
    xp = device.xp
    if grad.dtype not in C_FLOATS:
        return max_pool_grad(
            xp, orig_input, orig_output, grad, ksize, strides, padding, data_format
        )
    pooling = _pooling(orig_input.shape, ksize, strides, padding, data_format)
    x, y, dy = pooling.views(orig_input, orig_output=orig_output, grad=grad)
    dx = xp.empty(x.shape, x.dtype)
    name, arrays = "max_pool_gradient", (x, y, dy)
    return pooling.restored(xp, _pool_on_gpu(device, name, arrays, dx, pooling.geometry))


# ---- MaxPoolGradGrad ----


@kernel("MaxPoolGradGrad", "MaxPool3DGradGrad")
def max_pool_grad_grad(
    xp: Any,
    orig_input: Array,
    orig_output: Array,
    grad: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Picks, for each window, the entry of `grad` at its first maximum."""
    pooling = _pooling(orig_input.shape, ksize, strides, padding, data_format)
    x, y = pooling.views(orig_input, orig_output=orig_output)
    grad = pooling.view(grad)
    result, is_free = xp.zeros(y.shape, grad.dtype), xp.ones(y.shape, np.bool_)
    for windows, places in each_tap(pooling.geometry):
        is_first = (x[places] == y[windows]) & is_free[windows]
        result[windows] = xp.where(is_first, grad[places], result[windows])
        is_free[windows] &= ~is_first
    return pooling.restored(xp, result)


# ---- MaxPoolV2 ----


@kernel("MaxPoolV2", host=("ksize", "strides"))
def max_pool_v2(
    xp: Any, input: Array, ksize: Array, strides: Array, padding: bytes, data_format: bytes
) -> Array:
    """`max_pool` with sizes that are tensors."""
    return _pooled_maximum(
        xp, input, [int(k) for k in ksize], [int(s) for s in strides], padding, data_format
    )


@kernel("MaxPoolV2", host=("ksize", "strides"), device="GPU")
def max_pool_v2_gpu(
    device: Any, input: Array, ksize: Array, strides: Array, padding: bytes, data_format: bytes
) -> Array:
    """`max_pool_gpu` with sizes that are tensors."""
    window, steps = [int(k) for k in ksize], [int(s) for s in strides]
    return max_pool_gpu(device, input, window, steps, padding, data_format)


# ---- MaxPoolGradV2 ----


@kernel("MaxPoolGradV2", host=("ksize", "strides"))
def max_pool_grad_v2(
    xp: Any,
    orig_input: Array,
    orig_output: Array,
    grad: Array,
    ksize: Array,
    strides: Array,
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Gradient of `max_pool_v2`."""
    window, steps = [int(k) for k in ksize], [int(s) for s in strides]
    return max_pool_grad(xp, orig_input, orig_output, grad, window, steps, padding, data_format)


@kernel("MaxPoolGradV2", host=("ksize", "strides"), device="GPU")
def max_pool_grad_v2_gpu(
    device: Any,
    orig_input: Array,
    orig_output: Array,
    grad: Array,
    ksize: Array,
    strides: Array,
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Gradient of `max_pool_v2_gpu`."""
    window, steps = [int(k) for k in ksize], [int(s) for s in strides]
    return max_pool_grad_gpu(
        device, orig_input, orig_output, grad, window, steps, padding, data_format
    )


# ---- MaxPoolWithArgmax ----


@kernel("MaxPoolWithArgmax")
def max_pool_with_argmax(
    xp: Any,
    input: Array,
    ksize: list[int],
    strides: list[int],
    Targmax: Any,  # TensorFlow's name
    padding: bytes,
    include_batch_in_index: bool,
) -> list[Array]:
    """Maxima of windows and the flat positions of the first ones."""
    pooling = _pooling(input.shape, ksize, strides, padding, b"NHWC")
    if pooling.is_across:
        raise _unsupported(_NOT_ACROSS)
    geometry = pooling.geometry
    y, tap = _first_maxima(xp, input, geometry)
    argmax = xp.zeros(y.shape, np.int64)
    images, height, width, channels = input.shape
    positions = xp.arange(height * width * channels).reshape(1, height, width, channels)
    if include_batch_in_index:
        offsets = xp.arange(images).reshape(-1, 1, 1, 1) * (height * width * channels)
        positions = positions + offsets
    for number, (windows, places) in enumerate(each_tap(geometry)):
        argmax[windows] += positions[places] * (tap[windows] == number)
    return [y, argmax.astype(Targmax.numpy, copy=False)]


# ---- MaxPoolGradWithArgmax ----


@kernel("MaxPoolGradWithArgmax", device="CPU")
def max_pool_grad_with_argmax(
    xp: Any, input: Array, grad: Array, argmax: Array, include_batch_in_index: bool
) -> Array:
    """Adds gradients at the positions of the maxima."""
    result = np.zeros(input.size, grad.dtype)
    np.add.at(result, _flat_positions(np, input, argmax, include_batch_in_index), grad.reshape(-1))
    return result.reshape(input.shape)


@kernel("MaxPoolGradWithArgmax", device="GPU")
def max_pool_grad_with_argmax_gpu(
    device: Any, input: Array, grad: Array, argmax: Array, include_batch_in_index: bool
) -> Array:
    """Adds gradients at the positions of the maxima."""
    positions = _flat_positions(device.xp, input, argmax, include_batch_in_index)
    return sums_on_gpu(device, None, positions, grad.reshape(-1), input.size).reshape(input.shape)


def _flat_positions(xp: Any, x: Array, argmax: Array, includes_batch: bool) -> Array:
    """Positions in the flat input of the whole batch."""
    if includes_batch or not len(x):
        return argmax.reshape(-1)
    offsets = xp.arange(len(x)).reshape(-1, 1, 1, 1) * (x.size // len(x))
    return (argmax + offsets).reshape(-1)


# ---- AvgPool ----


def _counts(xp: Any, geometry: Geometry) -> Array:
    """How many taps of each window meet the input, [*outs, 1]; on a GPU made there."""
    counts: Array = 1
    for axis, out in enumerate(geometry.outs):
        along = xp.zeros((out, *(1,) * (len(geometry.outs) - axis)), np.int64)
        for windows, _ in geometry.taps(axis):
            along[windows] += 1
        counts = counts * along
    return counts


def _divided(xp: Any, x: Array, geometry: Geometry) -> Array:
    """`x` divided by the counts, in place where it has the precision to compute with."""
    if not geometry.is_padded:
        return xp.multiply(x, x.dtype.type(1 / math.prod(geometry.window)), out=x)
    return xp.divide(x, _counts(xp, geometry).astype(x.dtype), out=x)


def _average_geometry(
    shape: Sequence[int],
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
) -> Geometry:
    """The windows of an op of means; `shape` has the order of `data_format`.

    Raises:
      UnimplementedError: windows span images or channels.
    """
    pooling = _pooling(shape, ksize, strides, padding, data_format)
    if pooling.is_across:
        raise _unsupported("Non-spatial pooling is not yet supported. Volunteers? :)")
    return pooling.geometry


@kernel("AvgPool", "AvgPool3D")
def avg_pool(
    xp: Any,
    value: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Means of windows; what lies outside the input does not count."""
    wide = compute_dtype(value.dtype)
    x = channels_last(value, data_format).astype(wide, copy=False)
    geometry = _average_geometry(value.shape, ksize, strides, padding, data_format)
    result = _reduce(xp, x, geometry, xp.add, 0)
    result = _divided(xp, result, geometry)
    return restored(xp, result.astype(value.dtype, copy=False), data_format)


@kernel("AvgPool", device="GPU")
def avg_pool_gpu(
    device: Any,
    value: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """`avg_pool` by one kernel."""
    xp, x = device.xp, channels_last(value, data_format)
    geometry = _average_geometry(value.shape, ksize, strides, padding, data_format)
    y = xp.empty((len(x), *geometry.outs, x.shape[-1]), x.dtype)
    return restored(xp, _pool_on_gpu(device, "average_pool", (x,), y, geometry), data_format)


# ---- AvgPoolGrad ----


@kernel("AvgPoolGrad", "AvgPool3DGrad", host=("orig_input_shape",))
def avg_pool_grad(
    xp: Any,
    orig_input_shape: Array,
    grad: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Gradient of `avg_pool`: each window's gradient spread over its taps."""
    wide = compute_dtype(grad.dtype)
    geometry = _average_geometry(orig_input_shape, ksize, strides, padding, data_format)
    _check_average(orig_input_shape, grad, geometry, data_format)
    dy = channels_last(grad, data_format).astype(wide, copy=True)
    result = _divided(xp, dy, geometry)
    return restored(xp, _spread(xp, result, geometry).astype(grad.dtype, copy=False), data_format)


def _check_average(shape: Array, grad: Array, geometry: Geometry, data_format: bytes) -> None:
    batch, *_, channels = shape_channels_last(shape, data_format)
    check_output_shape((batch, *geometry.outs, channels), data_format, grad=grad)


def _spread(xp: Any, x: Array, geometry: Geometry) -> Array:
    """Adds what each window has to each of its taps, image by image."""
    if xp is not np or not x.size:
        return _spread_axes(xp, x, geometry)
    result = np.empty((len(x), *geometry.sizes, x.shape[-1]), x.dtype)
    tile = max(1, min(_BLOCK_BYTES // max(1, result[:1].nbytes), -(-len(x) // threads.size())))

    def work(index: int) -> None:
        part = slice(index * tile, (index + 1) * tile)
        _spread_axes(np, x[part], geometry, result[part])

    threads.parallel(-(-len(x) // tile), work)
    return result


def _spread_axes(xp: Any, x: Array, geometry: Geometry, out: Array | None = None) -> Array:
    """`_spread` of some images; `out`, where given, gets the result."""
    for axis in reversed(range(len(geometry.outs))):
        before = (slice(None),) * (axis + 1)
        if axis == 0 and out is not None:
            spread = out
            spread.fill(0)
        else:
            sizes = (*x.shape[: axis + 1], geometry.sizes[axis], *x.shape[axis + 2 :])
            spread = xp.zeros(sizes, x.dtype)
        is_apart = geometry.strides[axis] >= geometry.window[axis]
        for windows, places in geometry.taps(axis):
            part = spread[(*before, places)]
            if is_apart:
                part[...] = x[(*before, windows)]
            else:
                xp.add(part, x[(*before, windows)], out=part)
        x = spread
    return x


@kernel("AvgPoolGrad", host=("orig_input_shape",), device="GPU")
def avg_pool_grad_gpu(
    device: Any,
    orig_input_shape: Array,
    grad: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """`avg_pool_grad` by one kernel, which adds up what an element gets in a fixed order."""
    xp, dy = device.xp, channels_last(grad, data_format)
    shape = shape_channels_last(orig_input_shape, data_format)
    geometry = _average_geometry(orig_input_shape, ksize, strides, padding, data_format)
    _check_average(orig_input_shape, grad, geometry, data_format)
    dx = xp.empty(shape, dy.dtype)
    return restored(
        xp, _pool_on_gpu(device, "average_pool_gradient", (dy,), dx, geometry), data_format
    )


# ---- MaxPool3D ----


@kernel("MaxPool3D")
def max_pool3d(
    xp: Any,
    input: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Maxima of windows of volumes."""
    pooling = _pooling(input.shape, ksize, strides, padding, data_format)
    y = _maxima(xp, pooling.view(input), pooling.geometry, -np.inf)
    return pooling.restored(xp, y)


# ---- MaxPool3DGrad ----


def _share_gradient(
    xp: Any, x: Array, y: Array, dy: Array, result: Array, geometry: Geometry, is_apart: bool
) -> None:
    """Writes one tile: each window's gradient to all elements that equal its finite maximum."""
    has_maximum, zero = xp.isfinite(y), dy.dtype.type(0)
    for windows, places in each_tap(geometry):
        is_maximum = (x[places] == y[windows]) & has_maximum[windows]
        shared = xp.where(is_maximum, dy[windows], zero)
        if is_apart:
            result[places] = shared
        else:
            result[places] += shared


@kernel("MaxPool3DGrad", device="CPU")
def max_pool3d_grad(
    xp: Any,
    orig_input: Array,
    orig_output: Array,
    grad: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Gradient of `max_pool3d`: in TensorFlow on a CPU, of all maxima of a window."""
    pooling = _pooling(orig_input.shape, ksize, strides, padding, data_format)
    x, y, dy = pooling.views(orig_input, orig_output=orig_output, grad=grad)
    dx = _max_pool_gradient(xp, x, y, dy, pooling.geometry, write=_share_gradient)
    return pooling.restored(xp, dx)


@kernel("MaxPool3DGrad", device="GPU")
def max_pool3d_grad_gpu(
    device: Any,
    orig_input: Array,
    orig_output: Array,
    grad: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Gradient of `max_pool3d`: in cuDNN, of the first maximum of a window."""
    xp = device.xp
    return max_pool_grad(xp, orig_input, orig_output, grad, ksize, strides, padding, data_format)
