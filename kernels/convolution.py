"""Convolution and pooling.

Arrays are handled with the channels last; other layouts are transposed around the computation.

A convolution is a matrix product of patches with the filter. The patches of the whole batch would
not fit a cache, so they are made tile by tile, in the layout that copies in the longest runs:

  patches  [tile, out height, out width, filter height, filter width, channels]   any case
  columns  [filter height, filter width, channels, tile, out height, out width]   few channels
  rows     [in height, tile, out width, filter width, channels]                   long runs; one
           product for each filter row, on overlapping parts of the same memory

Small windows take fewer multiplications, in winograd.py, where there are many.

Pooling takes one axis after the other: the maximum of a window is the maximum of its rows' maxima.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.kernels import threads, winograd
from tfsession.kernels.launch import C_FLOATS, ints, over_elements
from tfsession.kernels.patches import Geometry, Patches, cut_into_tiles, make_geometry
from tfsession.registry import kernel

Array = Any

# Bytes of patches that a thread makes at a time: what a core's L2 cache of 1 MiB holds was fastest.
_TILE_BYTES = 1 << 20

# Bytes of images that a thread routes gradients of pooling through at a time.
_POOL_TILE = 4 << 20

# On a GPU only memory limits the tile.
_GPU_TILE_BYTES = 256 << 20

# Up to this many channels patches are copied as columns, in runs along the image's width.
_FEW_CHANNELS = 4

# From this many elements (filter width times channels) products by filter row keep the GEMM busy.
_LONG_RUN = 128


# ---- Arguments ----
def _is_channels_first(data_format: bytes) -> bool:
    return data_format.startswith(b"NC")


def _spatial(data_format: bytes, values: Sequence[Any]) -> list[Any]:
    """The entries of the spatial axes of a list with one entry for each axis."""
    return list(values[2:]) if _is_channels_first(data_format) else list(values[1:-1])


def _channels_last(x: Array, data_format: bytes) -> Array:
    """`x` with its channels last: a view."""
    if not _is_channels_first(data_format):
        return x
    return x.transpose(0, *range(2, x.ndim), 1)


def _restored(xp: Any, x: Array, data_format: bytes) -> Array:
    """The inverse of `_channels_last`, contiguous."""
    if not _is_channels_first(data_format):
        return x
    return xp.ascontiguousarray(x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1)))


def _shape_channels_last(shape: Sequence[int], data_format: bytes) -> tuple[int, ...]:
    sizes = tuple(int(size) for size in shape)
    return (sizes[0], *sizes[2:], sizes[1]) if _is_channels_first(data_format) else sizes


def _pairs(explicit_paddings: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(explicit_paddings[0::2], explicit_paddings[1::2], strict=True))


def _convolution_geometry(
    sizes: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: bytes,
    data_format: bytes,
    explicit_paddings: Sequence[int] = (),
) -> Geometry:
    """`make_geometry` of attributes that have an entry for every axis."""
    return make_geometry(
        sizes,
        window,
        _spatial(data_format, strides),
        _spatial(data_format, dilations),
        padding,
        _spatial(data_format, _pairs(explicit_paddings)) if explicit_paddings else (),
    )


def _compute_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The precision of the products: two-byte floats are summed in float32."""
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype


# ---- Patches ----


def _layout(geometry: Geometry, channels: int) -> str:
    """The layout of patches that is fastest for a shape; see the head of this file."""
    if channels <= _FEW_CHANNELS and geometry.strides[-1] == 1:
        return "columns"
    is_plain = geometry.strides[0] == geometry.dilations[0] == geometry.dilations[-1] == 1
    is_long = geometry.window[-1] * channels >= _LONG_RUN
    if len(geometry.outs) == 2 and geometry.window[0] > 1 and is_plain and is_long:
        return "rows"
    return "patches"


# Called with a layout, the patches of a tile, the tile, and the number of the thread's share.
Visit = Callable[[str, Array, tuple[int, int, int, int], int], None]


def _visit_patches(x: Array, geometry: Geometry, layout: str, visit: Visit) -> None:
    """Calls ``visit`` with the patches of each tile, copied in a layout; several threads do."""
    channels, outs, window = x.shape[-1], geometry.outs, geometry.window
    bytes_of_row = math.prod(outs[1:]) * math.prod(window) * channels * x.dtype.itemsize
    if layout == "rows":
        bytes_of_row //= window[0]
        # Each row of the padded input is unrolled once, and read by `window[0]` rows of windows.
        geometry = Geometry(
            geometry.sizes,
            (1, window[1]),
            geometry.strides,
            geometry.dilations,
            geometry.before,
            (geometry.spans[0], outs[1]),
        )
    tile, tiles = cut_into_tiles(len(x), outs[0], bytes_of_row, _TILE_BYTES)
    parts = threads.shares(len(tiles))

    def work(share: int) -> None:
        _visit_tiles(x, geometry, window, tile, tiles[parts[share]], layout, visit, share)

    threads.parallel(len(parts), work)


def _visit_tiles(
    x: Array,
    geometry: Geometry,
    window: Sequence[int],
    tile: int,
    tiles: Sequence[tuple[int, int, int, int]],
    layout: str,
    visit: Visit,
    share: int,
) -> None:
    """One thread's part of `_visit_patches`, with buffers of its own."""
    spatial = len(geometry.outs)
    source = Patches(np, x, geometry, tile)
    buffer = None
    present, patches = (-1, -1), x
    for first, last, row, end in tiles:
        if (first, last) != present:
            present, patches = (first, last), source.of(first, last)
        if layout == "rows":
            part = patches[:, row : end + window[0] - 1, :, 0].transpose(1, 0, 2, 3, 4)
        elif layout == "columns":
            part = patches[:, row:end]
            part = part.transpose(*range(1 + spatial, 2 + 2 * spatial), *range(1 + spatial))
        else:
            part = patches[:, row:end]
        if buffer is None or buffer.shape != part.shape:
            buffer = np.empty(part.shape, x.dtype)
        np.copyto(buffer, part)
        visit(layout, buffer, (first, last, row, end), share)


# ---- Products with patches ----


def _convolve(x: Array, filter: Array, geometry: Geometry) -> Array:
    """[N, *sizes, C] and [*window, C, O] to [N, *outs, O]."""
    images, channels, out_channels = len(x), x.shape[-1], filter.shape[-1]
    result = np.empty((images, *geometry.outs, out_channels), x.dtype)
    if not result.size:
        return result
    if not x.size:
        result.fill(0)
        return result
    if math.prod(geometry.window) == 1 and not geometry.is_padded:
        picked = x[(slice(None), *(slice(None, None, s) for s in geometry.strides))]
        threads.multiply(
            picked.reshape(-1, channels),
            filter.reshape(channels, out_channels),
            result.reshape(-1, out_channels),
        )
        return result
    tiling = winograd.find_tiling(geometry, images, channels, out_channels)
    if tiling is not None:
        return winograd.convolve(x, filter, tiling)
    matrix = filter.reshape(-1, out_channels)
    by_row = filter.reshape(geometry.window[0], -1, out_channels)

    def visit(layout: str, buffer: Array, tile: tuple[int, int, int, int], share: int) -> None:
        first, last, row, end = tile
        target = result[first:last, row:end]
        if layout == "rows":
            target[...] = _sum_of_rows(buffer, by_row, end - row).transpose(1, 0, 2, 3)
            return
        if layout == "columns":
            left = buffer.reshape(len(matrix), -1).T
        else:
            left = buffer.reshape(-1, len(matrix))
        # A tile is either whole images or rows of one image, so the slice is contiguous.
        np.dot(left, matrix, out=target.reshape(-1, out_channels))

    _visit_patches(x, geometry, _layout(geometry, channels), visit)
    return result


def _sum_of_rows(buffer: Array, by_row: Array, rows: int) -> Array:
    """Sums over filter rows: [rows + taps - 1, tile, width, window, channels]
    and [taps, window * channels, O] to [rows, tile, width, O].
    """
    tile, width = buffer.shape[1:3]
    flat, step = buffer.reshape(-1, by_row.shape[1]), tile * width
    total = np.dot(flat[: rows * step], by_row[0])
    part = np.empty_like(total)
    for tap in range(1, len(by_row)):
        np.dot(flat[tap * step : (tap + rows) * step], by_row[tap], out=part)
        np.add(total, part, out=total)
    return total.reshape(rows, tile, width, -1)


def _filter_gradient(x: Array, dy: Array, geometry: Geometry) -> Array:
    """[N, *sizes, C] and [N, *outs, O] to [*window, C, O]."""
    channels, out_channels = x.shape[-1], dy.shape[-1]
    shape = (*geometry.window, channels, out_channels)
    result = np.zeros((math.prod(geometry.window) * channels, out_channels), x.dtype)
    if not x.size or not dy.size:
        return result.reshape(shape)
    if math.prod(geometry.window) == 1 and not geometry.is_padded:
        picked = x[(slice(None), *(slice(None, None, s) for s in geometry.strides))]
        threads.multiply(picked.reshape(-1, channels).T, dy.reshape(-1, out_channels), result)
        return result.reshape(shape)
    tiling = winograd.find_tiling(geometry, len(x), channels, out_channels)
    if tiling is not None:
        return winograd.filter_gradient(x, dy, tiling)
    # Each thread adds up its own tiles.
    totals = [result] + [np.zeros_like(result) for _ in range(threads.size() - 1)]

    def visit(layout: str, buffer: Array, tile: tuple[int, int, int, int], share: int) -> None:
        first, last, row, end = tile
        part, total = dy[first:last, row:end], totals[share]
        if layout == "rows":
            _add_row_gradients(buffer, part, total)
            return
        right = part.reshape(-1, out_channels)
        if layout == "columns":
            left = buffer.reshape(len(total), -1)
        else:
            left = buffer.reshape(-1, len(total)).T
        np.add(total, np.dot(left, right), out=total)

    _visit_patches(x, geometry, _layout(geometry, channels), visit)
    for total in totals[1:]:
        np.add(result, total, out=result)
    return result.reshape(shape)


def _add_row_gradients(buffer: Array, dy: Array, result: Array) -> None:
    """Adds the products of each filter row; `dy` is [tile, rows, width, O]."""
    tile, rows, width, out_channels = dy.shape
    run = buffer.shape[3] * buffer.shape[4]
    flat, step = buffer.reshape(-1, run), tile * width
    right = dy.transpose(1, 0, 2, 3).reshape(-1, out_channels)
    for tap in range(len(result) // run):
        part = result[tap * run : (tap + 1) * run]
        left = flat[tap * step : (tap + rows) * step].T
        np.add(part, np.dot(left, right), out=part)


def _input_gradient(dy: Array, filter: Array, geometry: Geometry) -> Array:
    """[N, *outs, O] and [*window, C, O] to [N, *sizes, C]."""
    axes = list(zip(geometry.window, geometry.dilations, geometry.before, strict=True))
    before = tuple((taps - 1) * gap - zeros for taps, gap, zeros in axes)
    is_dense = math.prod(geometry.strides) == 1 and min(before, default=0) >= 0
    if not is_dense or filter.shape[-2] <= _FEW_CHANNELS:
        return _scattered(dy, filter, geometry)
    # With stride 1 the gradient is the convolution of dy with the filter turned around.
    spatial = len(geometry.outs)
    turned = filter[(slice(None, None, -1),) * spatial].swapaxes(-1, -2)
    ones = geometry.strides
    return _convolve(
        dy,
        np.ascontiguousarray(turned),
        Geometry(geometry.outs, geometry.window, ones, geometry.dilations, before, geometry.sizes),
    )


def _scattered(dy: Array, filter: Array, geometry: Geometry) -> Array:
    """Adds the contribution of each tap where it came from."""
    channels, out_channels = filter.shape[-2:]
    result = np.zeros((len(dy), *geometry.sizes, channels), dy.dtype)
    if not result.size or not dy.size:
        return result
    row_bytes = math.prod(geometry.outs) * math.prod(geometry.window) * channels * dy.itemsize
    tile, _ = cut_into_tiles(len(dy), 1, row_bytes, _TILE_BYTES)
    matrix = np.ascontiguousarray(filter.reshape(-1, out_channels))
    taps = list(itertools.product(*(list(geometry.taps(a)) for a in range(len(geometry.outs)))))

    def work(index: int) -> None:
        first = index * tile
        part, target = dy[first : first + tile], result[first : first + tile]
        # One row for each tap and channel: the additions below then run over contiguous memory.
        columns = np.dot(matrix, part.reshape(-1, out_channels).T)
        columns = columns.reshape(len(taps), channels, len(part), *geometry.outs)
        for tap, windows_and_places in enumerate(taps):
            windows = (slice(None), *(w for w, _ in windows_and_places))
            places = (slice(None), *(p for _, p in windows_and_places))
            target[places] += np.moveaxis(columns[tap][(slice(None), *windows)], 0, -1)

    threads.parallel(-(-len(dy) // tile), work)
    return result


# ---- Conv2D ----


def _check_channels(x: Array, filter: Array) -> None:
    if x.shape[-1] != filter.shape[-2]:
        raise InvalidArgumentError(
            None,
            None,
            f"input and filter must have the same depth: {x.shape[-1]} vs {filter.shape[-2]}",
        )


def _convolution(
    x: Array,
    filter: Array,
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
    dilations: Sequence[int],
    explicit_paddings: Sequence[int] = (),
) -> Array:
    """The convolution of any number of spatial axes, on the CPU."""
    dtype = x.dtype
    wide = _compute_dtype(dtype)
    x = np.ascontiguousarray(_channels_last(x, data_format), wide)
    _check_channels(x, filter)
    geometry = _convolution_geometry(
        x.shape[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
    )
    result = _convolve(x, np.ascontiguousarray(filter, wide), geometry)
    return _restored(np, result.astype(dtype, copy=False), data_format)


def _convolution_filter_gradient(
    x: Array,
    filter_sizes: Array,
    dy: Array,
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
    dilations: Sequence[int],
    explicit_paddings: Sequence[int] = (),
) -> Array:
    """The gradient by the filter, on the CPU."""
    dtype = x.dtype
    wide = _compute_dtype(dtype)
    x = np.ascontiguousarray(_channels_last(x, data_format), wide)
    dy = np.ascontiguousarray(_channels_last(dy, data_format), wide)
    window = [int(size) for size in filter_sizes[:-2]]
    geometry = _convolution_geometry(
        x.shape[1:-1], window, strides, dilations, padding, data_format, explicit_paddings
    )
    _check_gradient_shape(dy, geometry)
    return _filter_gradient(x, dy, geometry).astype(dtype, copy=False)


def _convolution_input_gradient(
    input_sizes: Array,
    filter: Array,
    dy: Array,
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
    dilations: Sequence[int],
    explicit_paddings: Sequence[int] = (),
) -> Array:
    """The gradient by the input, on the CPU."""
    dtype = dy.dtype
    wide = _compute_dtype(dtype)
    dy = np.ascontiguousarray(_channels_last(dy, data_format), wide)
    sizes = _input_sizes(input_sizes, dy, filter, data_format)
    geometry = _convolution_geometry(
        sizes[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
    )
    _check_gradient_shape(dy, geometry)
    result = _input_gradient(dy, filter.astype(wide, copy=False), geometry)
    return _restored(np, result.astype(dtype, copy=False), data_format)


def _input_sizes(
    input_sizes: Array, dy: Array, filter: Array, data_format: bytes
) -> tuple[int, ...]:
    """The shape of the input, channels last; of two spatial sizes the rest follows."""
    if len(input_sizes) == filter.ndim - 2:
        return (len(dy), *(int(size) for size in input_sizes), filter.shape[-2])
    return _shape_channels_last(input_sizes, data_format)


def _check_gradient_shape(dy: Array, geometry: Geometry) -> None:
    for size, out in zip(dy.shape[1:-1], geometry.outs, strict=True):
        if size != out:
            raise InvalidArgumentError(
                None,
                None,
                f"Size of out_backprop doesn't match computed: actual = {size}, computed = {out}",
            )


@kernel("Conv2D", device="CPU", uses_blas=True)
def conv2d(
    xp: Any,
    input: Array,
    filter: Array,
    strides: list[int],
    padding: bytes,
    explicit_paddings: list[int],
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Convolution of images."""
    return _convolution(input, filter, strides, padding, data_format, dilations, explicit_paddings)


# ---- Conv2DBackpropInput ----


@kernel("Conv2DBackpropInput", host=("input_sizes",), device="CPU", uses_blas=True)
def conv2d_backprop_input(
    xp: Any,
    input_sizes: Array,
    filter: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    explicit_paddings: list[int],
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `conv2d` by its input."""
    return _convolution_input_gradient(
        input_sizes,
        filter,
        out_backprop,
        strides,
        padding,
        data_format,
        dilations,
        explicit_paddings,
    )


# ---- Conv2DBackpropFilter ----


@kernel("Conv2DBackpropFilter", host=("filter_sizes",), device="CPU", uses_blas=True)
def conv2d_backprop_filter(
    xp: Any,
    input: Array,
    filter_sizes: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    explicit_paddings: list[int],
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `conv2d` by its filter."""
    return _convolution_filter_gradient(
        input,
        filter_sizes,
        out_backprop,
        strides,
        padding,
        data_format,
        dilations,
        explicit_paddings,
    )


# ---- Conv3D ----


@kernel("Conv3D", device="CPU", uses_blas=True)
def conv3d(
    xp: Any,
    input: Array,
    filter: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Convolution of volumes."""
    return _convolution(input, filter, strides, padding, data_format, dilations)


# ---- Conv3DBackpropInputV2 ----


@kernel("Conv3DBackpropInputV2", host=("input_sizes",), device="CPU", uses_blas=True)
def conv3d_backprop_input(
    xp: Any,
    input_sizes: Array,
    filter: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `conv3d` by its input."""
    return _convolution_input_gradient(
        input_sizes, filter, out_backprop, strides, padding, data_format, dilations
    )


# ---- Conv3DBackpropFilterV2 ----


@kernel("Conv3DBackpropFilterV2", host=("filter_sizes",), device="CPU", uses_blas=True)
def conv3d_backprop_filter(
    xp: Any,
    input: Array,
    filter_sizes: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `conv3d` by its filter."""
    return _convolution_filter_gradient(
        input, filter_sizes, out_backprop, strides, padding, data_format, dilations
    )


# ---- Convolution on the GPU ----


def _gemm(device: Any, a: Array, b: Array, transpose_a: bool = False) -> Array:
    """A product on the device's own cuBLAS handle; a simulated GPU has none."""
    blas = getattr(device, "blas", None)
    if blas is None:
        return np.matmul(a.T if transpose_a else a, b)
    return blas.gemm(a, b, transpose_a=transpose_a)


def _gpu_tiles(images: int, channels: int, itemsize: int, geometry: Geometry) -> tuple[int, range]:
    bytes_of_image = math.prod(geometry.outs) * math.prod(geometry.window) * channels * itemsize
    tile = max(1, min(images, _GPU_TILE_BYTES // max(1, bytes_of_image)))
    return tile, range(0, images, tile)


def _has_own_kernels(device: Any, dtype: np.dtype[Any], geometry: Geometry) -> bool:
    """Whether patches are moved by patches.cu; a simulated GPU has no CUDA kernels."""
    return len(geometry.outs) == 2 and dtype in C_FLOATS and hasattr(device, "function")


def _move_patches(device: Any, name: str, source: Array, target: Array, geometry: Geometry) -> None:
    """Starts a kernel of patches.cu; the channels are the last axis of both arrays."""
    sizes = (*geometry.sizes, target.shape[-1], *geometry.outs, *geometry.window)
    steps = (*geometry.strides, *geometry.dilations, *geometry.before)
    arguments = (source, target, np.int64(target.size), *ints(*sizes, *steps))
    kind = C_FLOATS[source.dtype]
    over_elements(device, "patches.cu", f"{name}<{kind}>", target.size, arguments)


def _gpu_patches(
    device: Any, x: Array, geometry: Geometry, tile: int
) -> Callable[[int, int], Array]:
    """A function of the first and last image that makes their patches, contiguous."""
    xp = device.xp
    is_plain = math.prod(geometry.window) == 1 and not geometry.is_padded
    if is_plain or not _has_own_kernels(device, x.dtype, geometry):
        source = Patches(xp, x, geometry, tile)
        return lambda first, last: xp.ascontiguousarray(source.of(first, last))

    def make(first: int, last: int) -> Array:
        shape = (last - first, *geometry.outs, *geometry.window, x.shape[-1])
        patches = xp.empty(shape, x.dtype)
        _move_patches(device, "images_to_patches", x[first:last], patches, geometry)
        return patches

    return make


def _gpu_convolve(device: Any, x: Array, filter: Array, geometry: Geometry) -> Array:
    """`_convolve` for a device."""
    xp, out_channels = device.xp, filter.shape[-1]
    result = xp.zeros((len(x), *geometry.outs, out_channels), x.dtype)
    if not result.size or not x.size:
        return result
    matrix = xp.ascontiguousarray(filter).reshape(-1, out_channels)
    tile, starts = _gpu_tiles(len(x), x.shape[-1], x.dtype.itemsize, geometry)
    patches_of = _gpu_patches(device, x, geometry, tile)
    for first in starts:
        patches = patches_of(first, min(first + tile, len(x)))
        rows = _gemm(device, patches.reshape(-1, len(matrix)), matrix)
        result[first : first + tile] = rows.reshape(-1, *geometry.outs, out_channels)
    return result


def _gpu_filter_gradient(device: Any, x: Array, dy: Array, geometry: Geometry) -> Array:
    """`_filter_gradient` for a device."""
    xp, channels, out_channels = device.xp, x.shape[-1], dy.shape[-1]
    rows = math.prod(geometry.window) * channels
    result = xp.zeros((rows, out_channels), x.dtype)
    if x.size and dy.size:
        tile, starts = _gpu_tiles(len(x), channels, x.dtype.itemsize, geometry)
        patches_of = _gpu_patches(device, x, geometry, tile)
        for first in starts:
            last = min(first + tile, len(x))
            patches = patches_of(first, last).reshape(-1, rows)
            right = dy[first:last].reshape(-1, out_channels)
            result += _gemm(device, patches, right, transpose_a=True)
    return result.reshape(*geometry.window, channels, out_channels)


def _gpu_input_gradient(device: Any, dy: Array, filter: Array, geometry: Geometry) -> Array:
    """`_input_gradient` for a device."""
    xp, spatial = device.xp, len(geometry.outs)
    axes = list(zip(geometry.window, geometry.dilations, geometry.before, strict=True))
    before = tuple((taps - 1) * gap - zeros for taps, gap, zeros in axes)
    if math.prod(geometry.strides) == 1 and min(before, default=0) >= 0:
        turned = filter[(slice(None, None, -1),) * spatial].swapaxes(-1, -2)
        flipped = Geometry(
            geometry.outs,
            geometry.window,
            geometry.strides,
            geometry.dilations,
            before,
            geometry.sizes,
        )
        return _gpu_convolve(device, dy, turned, flipped)
    channels, out_channels = filter.shape[-2:]
    result = xp.zeros((len(dy), *geometry.sizes, channels), dy.dtype)
    if not result.size or not dy.size:
        return result
    matrix = xp.ascontiguousarray(filter.reshape(-1, out_channels).T)
    tile, starts = _gpu_tiles(len(dy), channels, dy.dtype.itemsize, geometry)
    for first in starts:
        part, target = dy[first : first + tile], result[first : first + tile]
        patches = _gemm(device, part.reshape(-1, out_channels), matrix)
        patches = patches.reshape(*part.shape[:-1], -1, channels)
        if _has_own_kernels(device, dy.dtype, geometry):
            _move_patches(device, "patches_to_images", patches, target, geometry)
            continue
        for tap, (windows, places) in enumerate(_taps(geometry)):
            target[places] += patches[..., tap, :][windows]
    return result


@kernel("Conv2D", device="GPU")
def conv2d_gpu(
    device: Any,
    input: Array,
    filter: Array,
    strides: list[int],
    padding: bytes,
    explicit_paddings: list[int],
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Convolution of images: patches, then one product a tile."""
    x = device.xp.ascontiguousarray(_channels_last(input, data_format))
    _check_channels(x, filter)
    geometry = _convolution_geometry(
        x.shape[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
    )
    return _restored(device.xp, _gpu_convolve(device, x, filter, geometry), data_format)


@kernel("Conv2DBackpropInput", host=("input_sizes",), device="GPU")
def conv2d_backprop_input_gpu(
    device: Any,
    input_sizes: Array,
    filter: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    explicit_paddings: list[int],
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `conv2d_gpu` by its input."""
    dy = device.xp.ascontiguousarray(_channels_last(out_backprop, data_format))
    sizes = _input_sizes(input_sizes, dy, filter, data_format)
    geometry = _convolution_geometry(
        sizes[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
    )
    _check_gradient_shape(dy, geometry)
    return _restored(device.xp, _gpu_input_gradient(device, dy, filter, geometry), data_format)


@kernel("Conv2DBackpropFilter", host=("filter_sizes",), device="GPU")
def conv2d_backprop_filter_gpu(
    device: Any,
    input: Array,
    filter_sizes: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    explicit_paddings: list[int],
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `conv2d_gpu` by its filter."""
    x = device.xp.ascontiguousarray(_channels_last(input, data_format))
    dy = device.xp.ascontiguousarray(_channels_last(out_backprop, data_format))
    window = [int(size) for size in filter_sizes[:-2]]
    geometry = _convolution_geometry(
        x.shape[1:-1], window, strides, dilations, padding, data_format, explicit_paddings
    )
    _check_gradient_shape(dy, geometry)
    return _gpu_filter_gradient(device, x, dy, geometry)


@kernel("Conv3D", device="GPU")
def conv3d_gpu(
    device: Any,
    input: Array,
    filter: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Convolution of volumes."""
    return conv2d_gpu(device, input, filter, strides, padding, [], data_format, dilations)


@kernel("Conv3DBackpropInputV2", host=("input_sizes",), device="GPU")
def conv3d_backprop_input_gpu(
    device: Any,
    input_sizes: Array,
    filter: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `conv3d_gpu` by its input."""
    return conv2d_backprop_input_gpu(
        device, input_sizes, filter, out_backprop, strides, padding, [], data_format, dilations
    )


@kernel("Conv3DBackpropFilterV2", host=("filter_sizes",), device="GPU")
def conv3d_backprop_filter_gpu(
    device: Any,
    input: Array,
    filter_sizes: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `conv3d_gpu` by its filter."""
    return conv2d_backprop_filter_gpu(
        device, input, filter_sizes, out_backprop, strides, padding, [], data_format, dilations
    )


# ---- DepthwiseConv2dNative ----


def _taps(geometry: Geometry) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """For each tap, row by row, the windows in which it meets the input, and where."""
    axes = [list(geometry.taps(axis)) for axis in range(len(geometry.outs))]
    for pairs in itertools.product(*axes):
        yield (slice(None), *(w for w, _ in pairs)), (slice(None), *(p for _, p in pairs))


@kernel("DepthwiseConv2dNative")
def depthwise_conv2d(
    xp: Any,
    input: Array,
    filter: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Convolution of each channel with filters of its own."""
    wide = _compute_dtype(input.dtype)
    x = _channels_last(input, data_format).astype(wide, copy=False)
    _check_channels(x, filter)
    geometry = _convolution_geometry(
        x.shape[1:-1], filter.shape[:-2], strides, dilations, padding, data_format
    )
    channels, multiplier = filter.shape[-2:]
    result = xp.zeros((len(x), *geometry.outs, channels, multiplier), wide)
    taps = filter.astype(wide, copy=False).reshape(-1, channels, multiplier)
    for factors, (windows, places) in zip(taps, _taps(geometry), strict=True):
        result[windows] += x[places][..., None] * factors
    result = result.reshape(*result.shape[:-2], channels * multiplier)
    return _restored(xp, result.astype(input.dtype, copy=False), data_format)


# ---- DepthwiseConv2dNativeBackpropInput ----


@kernel("DepthwiseConv2dNativeBackpropInput", host=("input_sizes",))
def depthwise_conv2d_backprop_input(
    xp: Any,
    input_sizes: Array,
    filter: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `depthwise_conv2d` by its input."""
    wide = _compute_dtype(filter.dtype)
    dy = _channels_last(out_backprop, data_format).astype(wide, copy=False)
    sizes = _input_sizes(input_sizes, dy, filter, data_format)
    geometry = _convolution_geometry(
        sizes[1:-1], filter.shape[:-2], strides, dilations, padding, data_format
    )
    channels, multiplier = filter.shape[-2:]
    dy = xp.ascontiguousarray(dy).reshape(*dy.shape[:-1], channels, multiplier)
    result = xp.zeros(sizes, wide)
    taps = filter.astype(wide, copy=False).reshape(-1, channels, multiplier)
    for factors, (windows, places) in zip(taps, _taps(geometry), strict=True):
        result[places] += xp.sum(dy[windows] * factors, axis=-1)
    return _restored(xp, result.astype(filter.dtype, copy=False), data_format)


# ---- DepthwiseConv2dNativeBackpropFilter ----


@kernel("DepthwiseConv2dNativeBackpropFilter", host=("filter_sizes",))
def depthwise_conv2d_backprop_filter(
    xp: Any,
    input: Array,
    filter_sizes: Array,
    out_backprop: Array,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Array:
    """Gradient of `depthwise_conv2d` by its filter."""
    wide = _compute_dtype(input.dtype)
    x = _channels_last(input, data_format).astype(wide, copy=False)
    dy = _channels_last(out_backprop, data_format).astype(wide, copy=False)
    shape = tuple(int(size) for size in filter_sizes)
    geometry = _convolution_geometry(
        x.shape[1:-1], shape[:-2], strides, dilations, padding, data_format
    )
    dy = xp.ascontiguousarray(dy).reshape(*dy.shape[:-1], *shape[-2:])
    result = xp.zeros((math.prod(shape[:-2]), *shape[-2:]), wide)
    axes = tuple(range(x.ndim - 1))
    for tap, (windows, places) in enumerate(_taps(geometry)):
        result[tap] = xp.sum(x[places][..., None] * dy[windows], axis=axes)
    return result.reshape(shape).astype(input.dtype, copy=False)


# ---- MaxPool ----


def _pool_geometry(
    shape: Sequence[int],
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
) -> Geometry:
    """`make_geometry` of a pooling op; `shape` has its channels last.

    Raises:
      InvalidArgumentError: windows span images or channels.
    """
    channel = 1 if _is_channels_first(data_format) else -1
    if ksize[0] != 1 or strides[0] != 1 or ksize[channel] != 1 or strides[channel] != 1:
        raise InvalidArgumentError(
            None, None, "Pooling is not yet supported on the batch or depth dimension."
        )
    return _convolution_geometry(
        shape[1:-1],
        _spatial(data_format, ksize),
        strides,
        (1,) * len(ksize),
        padding,
        data_format,
    )


def _lowest(dtype: np.dtype[Any]) -> Any:
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def _reduce_axis(
    xp: Any, x: Array, geometry: Geometry, axis: int, combine: Callable[..., Any], empty: Any
) -> Array:
    """Combines the taps of one axis."""
    before = (slice(None),) * (axis + 1)
    shape = (*x.shape[: axis + 1], geometry.outs[axis], *x.shape[axis + 2 :])
    whole = slice(0, geometry.outs[axis])
    taps = list(geometry.taps(axis))
    if len(taps) == 1 and taps[0][0] == whole:
        return x[(*before, taps[0][1])]
    result = xp.empty(shape, x.dtype)
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


def _max_pool(xp: Any, x: Array, geometry: Geometry) -> Array:
    """Maxima of windows, axis by axis; channels last."""
    if xp is not np or x.size < threads.LARGE:
        return _max_of_windows(xp, x, geometry)
    result = np.empty((len(x), *geometry.outs, x.shape[-1]), x.dtype)
    parts = threads.shares(len(x))

    def work(part: int) -> None:
        result[parts[part]] = _max_of_windows(np, x[parts[part]], geometry)

    threads.parallel(len(parts), work)
    return result


def _max_of_windows(xp: Any, x: Array, geometry: Geometry) -> Array:
    result = x
    for axis in range(len(geometry.outs)):
        result = _reduce_axis(xp, result, geometry, axis, xp.maximum, _lowest(x.dtype))
    return xp.ascontiguousarray(result)


def _pooled_maximum(
    xp: Any,
    x: Array,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    x = _channels_last(x, data_format)
    geometry = _pool_geometry(x.shape, ksize, strides, padding, data_format)
    return _restored(xp, _max_pool(xp, x, geometry), data_format)


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
    if input.dtype not in C_FLOATS:
        return max_pool(xp, input, ksize, strides, padding, data_format)
    x = _channels_last(input, data_format)
    geometry = _pool_geometry(x.shape, ksize, strides, padding, data_format)
    y = xp.empty((len(x), *geometry.outs, x.shape[-1]), x.dtype)
    return _restored(xp, _pool_on_gpu(device, "max_pool", (x,), y, geometry), data_format)


# ---- MaxPoolGrad ----


def _max_pool_gradient(
    xp: Any, x: Array, y: Array, dy: Array, geometry: Geometry, out: Array | None = None
) -> Array:
    """Gives each window's gradient to its first maximum, row by row; `out` may be `x`."""
    is_apart = all(s >= w for s, w in zip(geometry.strides, geometry.window, strict=True))
    covered = [n * w for n, w in zip(geometry.outs, geometry.window, strict=True)]
    is_whole = geometry.strides == geometry.window and covered == list(geometry.sizes)
    # Windows that meet without a gap write every element, after they have read it.
    if not is_whole:
        result = xp.zeros(x.shape, dy.dtype)
    else:
        result = xp.empty(x.shape, dy.dtype) if out is None else out
    if xp is not np:
        _route_gradient(xp, x, y, dy, result, geometry, is_apart)
        return result
    # Images are handled in tiles so that the passes below stay within a cache.
    most = max(1, _POOL_TILE // max(1, x[:1].nbytes))
    tile = max(1, min(most, -(-len(x) // threads.size())))

    def work(index: int) -> None:
        part = slice(index * tile, (index + 1) * tile)
        _route_gradient(np, x[part], y[part], dy[part], result[part], geometry, is_apart)

    threads.parallel(-(-len(x) // tile), work)
    return result


def _route_gradient(
    xp: Any, x: Array, y: Array, dy: Array, result: Array, geometry: Geometry, is_apart: bool
) -> None:
    """Writes one tile of `_max_pool_gradient`; `is_apart`: no two windows overlap."""
    is_free = xp.ones(y.shape, np.bool_)
    last = math.prod(geometry.window) - 1
    for tap, (windows, places) in enumerate(_taps(geometry)):
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
    x = _channels_last(orig_input, data_format)
    geometry = _pool_geometry(x.shape, ksize, strides, padding, data_format)
    y, dy = _channels_last(orig_output, data_format), _channels_last(grad, data_format)
    target = None if out is None else _channels_last(out, data_format)
    return _restored(xp, _max_pool_gradient(xp, x, y, dy, geometry, target), data_format)


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
    x = _channels_last(orig_input, data_format)
    geometry = _pool_geometry(x.shape, ksize, strides, padding, data_format)
    arrays = (x, _channels_last(orig_output, data_format), _channels_last(grad, data_format))
    dx = xp.empty(x.shape, x.dtype)
    return _restored(
        xp, _pool_on_gpu(device, "max_pool_gradient", arrays, dx, geometry), data_format
    )


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
    x = _channels_last(orig_input, data_format)
    geometry = _pool_geometry(x.shape, ksize, strides, padding, data_format)
    y, grad = _channels_last(orig_output, data_format), _channels_last(grad, data_format)
    result, is_free = xp.zeros(y.shape, grad.dtype), xp.ones(y.shape, np.bool_)
    for windows, places in _taps(geometry):
        is_first = (x[places] == y[windows]) & is_free[windows]
        result[windows] += grad[places] * is_first
        is_free[windows] &= ~is_first
    return _restored(xp, result, data_format)


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
    geometry = _pool_geometry(input.shape, ksize, strides, padding, b"NHWC")
    y = _max_pool(xp, input, geometry)
    argmax, is_free = xp.zeros(y.shape, np.int64), xp.ones(y.shape, np.bool_)
    images, height, width, channels = input.shape
    positions = xp.arange(height * width * channels).reshape(1, height, width, channels)
    if include_batch_in_index:
        offsets = xp.arange(images).reshape(-1, 1, 1, 1) * (height * width * channels)
        positions = positions + offsets
    for windows, places in _taps(geometry):
        is_first = (input[places] == y[windows]) & is_free[windows]
        argmax[windows] += positions[places] * is_first
        is_free[windows] &= ~is_first
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
    """Adds gradients at the positions of the maxima, in float32 or float64 atomics."""
    xp = device.xp
    wide = _compute_dtype(grad.dtype)
    result = xp.zeros(input.size, wide)
    positions = _flat_positions(xp, input, argmax, include_batch_in_index)
    xp.add.at(result, positions, grad.reshape(-1).astype(wide, copy=False))
    return result.astype(grad.dtype, copy=False).reshape(input.shape)


def _flat_positions(xp: Any, x: Array, argmax: Array, includes_batch: bool) -> Array:
    """Positions in the flat input of the whole batch."""
    if includes_batch or not len(x):
        return argmax.reshape(-1)
    offsets = xp.arange(len(x)).reshape(-1, 1, 1, 1) * (x.size // len(x))
    return (argmax + offsets).reshape(-1)


# ---- AvgPool ----


def _counts(geometry: Geometry) -> Array:
    """How many taps of each window meet the input, [*outs, 1]."""
    counts = np.ones((1,) * len(geometry.outs), np.int64)
    for axis, out in enumerate(geometry.outs):
        along = np.zeros(out, np.int64)
        for windows, _ in geometry.taps(axis):
            along[windows] += 1
        shape = [1] * len(geometry.outs)
        shape[axis] = out
        counts = counts * along.reshape(shape)
    return counts[..., None]


def _divided(xp: Any, x: Array, geometry: Geometry) -> Array:
    """`x` divided by the counts, in place where it has the precision to compute with."""
    if not geometry.is_padded:
        return xp.multiply(x, x.dtype.type(1 / math.prod(geometry.window)), out=x)
    return xp.divide(x, xp.asarray(_counts(geometry).astype(x.dtype)), out=x)


@kernel("AvgPool", "AvgPool3D", capturable=False)
def avg_pool(
    xp: Any,
    value: Array,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Array:
    """Means of windows; what lies outside the input does not count."""
    wide = _compute_dtype(value.dtype)
    x = _channels_last(value, data_format).astype(wide, copy=False)
    geometry = _pool_geometry(x.shape, ksize, strides, padding, data_format)
    result = x
    for axis in range(len(geometry.outs)):
        result = _reduce_axis(xp, result, geometry, axis, xp.add, 0)
    if math.prod(geometry.window) == 1:
        result = result.copy()
    result = _divided(xp, result, geometry)
    return _restored(xp, result.astype(value.dtype, copy=False), data_format)


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
    xp, x = device.xp, _channels_last(value, data_format)
    geometry = _pool_geometry(x.shape, ksize, strides, padding, data_format)
    y = xp.empty((len(x), *geometry.outs, x.shape[-1]), x.dtype)
    return _restored(xp, _pool_on_gpu(device, "average_pool", (x,), y, geometry), data_format)


# ---- AvgPoolGrad ----


@kernel("AvgPoolGrad", "AvgPool3DGrad", host=("orig_input_shape",), capturable=False)
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
    wide = _compute_dtype(grad.dtype)
    shape = _shape_channels_last(orig_input_shape, data_format)
    geometry = _pool_geometry(shape, ksize, strides, padding, data_format)
    dy = _channels_last(grad, data_format).astype(wide, copy=True)
    result = _divided(xp, dy, geometry)
    is_apart = all(s >= w for s, w in zip(geometry.strides, geometry.window, strict=True))
    for axis in reversed(range(len(geometry.outs))):
        before = (slice(None),) * (axis + 1)
        sizes = (*result.shape[: axis + 1], geometry.sizes[axis], *result.shape[axis + 2 :])
        spread = xp.zeros(sizes, wide)
        for windows, places in geometry.taps(axis):
            if is_apart:
                spread[(*before, places)] = result[(*before, windows)]
            else:
                spread[(*before, places)] += result[(*before, windows)]
        result = spread
    return _restored(xp, result.astype(grad.dtype, copy=False), data_format)


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
    xp, dy = device.xp, _channels_last(grad, data_format)
    shape = _shape_channels_last(orig_input_shape, data_format)
    geometry = _pool_geometry(shape, ksize, strides, padding, data_format)
    dx = xp.empty(shape, dy.dtype)
    return _restored(
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
    return _pooled_maximum(xp, input, ksize, strides, padding, data_format)


# ---- MaxPool3DGrad ----


@kernel("MaxPool3DGrad")
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
    """Gradient of `max_pool3d`."""
    return max_pool_grad(xp, orig_input, orig_output, grad, ksize, strides, padding, data_format)
