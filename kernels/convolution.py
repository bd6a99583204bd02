"""Convolution.

A convolution is a matrix product of patches with the filter. The patches of the whole batch would
not fit a cache, so they are made tile by tile, in the layout that copies in the longest runs:

  patches  [tile, out height, out width, filter height, filter width, channels]   any case
  columns  [filter height, filter width, channels, tile, out height, out width]   few channels
  rows     [in height, tile, out width, filter width, channels]                   long runs; one
           product for each filter row, on overlapping parts of the same memory

Small windows take fewer multiplications, in winograd.py, where there are many.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession.registry import kernel

from . import threads, winograd
from .launch import C_FLOATS, ints, over_elements
from .patches import Geometry, Patches, cut_into_tiles
from .windows import (
    channels_last,
    check_channels,
    check_gradient,
    check_ranks,
    compute_dtype,
    each_tap,
    input_sizes_of,
    lay_windows,
    restored,
)

Array = Any

# Bytes of patches that a thread makes at a time: what a core's L2 cache of 1 MiB holds was fastest.
_TILE_BYTES = 1 << 20

# On a GPU only memory limits the tile.
_GPU_TILE_BYTES = 256 << 20

# Up to this many channels patches are copied as columns, in runs along the image's width.
_FEW_CHANNELS = 4

# From this many elements (filter width times channels) products by filter row keep the GEMM busy.
_LONG_RUN = 128


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
    wide = compute_dtype(dtype)
    x = np.ascontiguousarray(channels_last(x, data_format), wide)
    check_channels(x, filter)
    geometry = lay_windows(
        x.shape[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
    )
    result = _convolve(x, np.ascontiguousarray(filter, wide), geometry)
    return restored(np, result.astype(dtype, copy=False), data_format)


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
    wide = compute_dtype(dtype)
    x = np.ascontiguousarray(channels_last(x, data_format), wide)
    dy = np.ascontiguousarray(channels_last(dy, data_format), wide)
    check_ranks(x.ndim, filter=filter_sizes, out_backprop=dy.shape)
    window = [int(size) for size in filter_sizes[:-2]]
    geometry = lay_windows(
        x.shape[1:-1],
        window,
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
        is_gradient=True,
    )
    check_gradient(
        _gradient_name("Filter", geometry), x.shape, filter_sizes.tolist(), dy.shape, geometry
    )
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
    wide = compute_dtype(dtype)
    dy = np.ascontiguousarray(channels_last(dy, data_format), wide)
    sizes = input_sizes_of(input_sizes, dy, filter, data_format)
    check_ranks(len(strides), input=sizes, filter=filter.shape, out_backprop=dy.shape)
    geometry = lay_windows(
        sizes[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
        is_gradient=True,
    )
    check_gradient(_gradient_name("Input", geometry), sizes, filter.shape, dy.shape, geometry)
    result = _input_gradient(dy, filter.astype(wide, copy=False), geometry)
    return restored(np, result.astype(dtype, copy=False), data_format)


def _gradient_name(what: str, geometry: Geometry) -> str:
    """How TensorFlow's errors call the gradient by `what`, Input or Filter."""
    is_flat = len(geometry.outs) == 2
    return f"Conv2DCustomBackprop{what}" if is_flat else f"Conv3DBackprop{what}Op"


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
        for tap, (windows, places) in enumerate(each_tap(geometry)):
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
    x = device.xp.ascontiguousarray(channels_last(input, data_format))
    check_channels(x, filter)
    geometry = lay_windows(
        x.shape[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
    )
    return restored(device.xp, _gpu_convolve(device, x, filter, geometry), data_format)


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
    dy = device.xp.ascontiguousarray(channels_last(out_backprop, data_format))
    sizes = input_sizes_of(input_sizes, dy, filter, data_format)
    check_ranks(len(strides), input=sizes, filter=filter.shape, out_backprop=dy.shape)
    geometry = lay_windows(
        sizes[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
        is_gradient=True,
    )
    check_gradient(_gradient_name("Input", geometry), sizes, filter.shape, dy.shape, geometry)
    return restored(device.xp, _gpu_input_gradient(device, dy, filter, geometry), data_format)


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
    x = device.xp.ascontiguousarray(channels_last(input, data_format))
    dy = device.xp.ascontiguousarray(channels_last(out_backprop, data_format))
    check_ranks(x.ndim, filter=filter_sizes, out_backprop=dy.shape)
    window = [int(size) for size in filter_sizes[:-2]]
    geometry = lay_windows(
        x.shape[1:-1],
        window,
        strides,
        dilations,
        padding,
        data_format,
        explicit_paddings,
        is_gradient=True,
    )
    check_gradient(
        _gradient_name("Filter", geometry), x.shape, filter_sizes.tolist(), dy.shape, geometry
    )
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
