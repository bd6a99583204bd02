"""Convolution of each channel with filters of its own.

There is no matrix product in it: each tap is a multiplication and an addition of whole rows. They
pay when the rows are still in a cache, so the CPU handles windows in blocks, by all threads.

Where a channel has several filters, it is repeated, and from then on each channel has one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfsession.registry import kernel

from . import threads
from .patches import Block, Geometry, cut_into_blocks
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

# Bytes of the results of a block. Smaller ones, which fit a core's cache with their inputs and
# products, were slower: they take more calls.
_BLOCK_BYTES = 1 << 19


def _blocks(xp: Any, x: Array, geometry: Geometry) -> list[list[Block]]:
    """Windows on `x` in blocks; on a GPU, which has no such cache, in a single one."""
    if xp is not np:
        return [[(slice(0, len(x)), slice(0, geometry.outs[0]), geometry)]]
    bytes_of_row = math.prod(geometry.outs[1:]) * x.shape[-1] * x.itemsize
    return cut_into_blocks(len(x), geometry, bytes_of_row, _BLOCK_BYTES)


def _factors(xp: Any, filter: Array, geometry: Geometry, dtype: np.dtype[Any]) -> Array:
    """The filter as [taps, out width, channels], so that a row is multiplied in one run."""
    taps = filter.astype(dtype, copy=False).reshape(math.prod(geometry.window), 1, -1)
    return xp.ascontiguousarray(
        xp.broadcast_to(taps, (len(taps), geometry.outs[-1], taps.shape[-1]))
    )


# ---- DepthwiseConv2dNative ----


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
    wide = compute_dtype(input.dtype)
    x = channels_last(input, data_format).astype(wide, copy=False)
    check_channels(x, filter)
    geometry = lay_windows(
        x.shape[1:-1], filter.shape[:-2], strides, dilations, padding, data_format
    )
    x = _repeated(xp, x, filter.shape[-1])
    factors = _factors(xp, filter, geometry, wide)
    result = xp.zeros((len(x), *geometry.outs, x.shape[-1]), wide)
    blocks = [block for group in _blocks(xp, x, geometry) for block in group]

    def work(index: int) -> None:
        images, rows, part = blocks[index]
        source, target = x[images], result[images, rows]
        spare = xp.empty_like(target)
        for factor, (windows, places) in zip(factors, each_tap(part), strict=True):
            sums, products = target[windows], spare[windows]
            xp.multiply(source[places], factor[windows[-1]], out=products)
            xp.add(sums, products, out=sums)

    threads.parallel(len(blocks), work)
    return restored(xp, result.astype(input.dtype, copy=False), data_format)


def _repeated(xp: Any, x: Array, times: int) -> Array:
    return x if times == 1 else xp.repeat(x, times, axis=-1)


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
    wide = compute_dtype(filter.dtype)
    dy = channels_last(out_backprop, data_format).astype(wide, copy=False)
    sizes = input_sizes_of(input_sizes, dy, filter, data_format)
    check_ranks(4, input=sizes, filter=filter.shape, out_backprop=dy.shape)
    geometry = lay_windows(
        sizes[1:-1],
        filter.shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        is_gradient=True,
    )
    op = "DepthwiseConv2DBackpropInput"
    check_gradient(op, sizes, filter.shape, dy.shape, geometry, is_depthwise=True)
    factors = _factors(xp, filter, geometry, wide)
    result = xp.zeros((*sizes[:-1], dy.shape[-1]), wide)
    groups = _blocks(xp, dy, geometry)

    def work(index: int) -> None:
        # Windows of the same image may share places, so one thread handles all its blocks.
        for images, rows, part in groups[index]:
            source, target = dy[images, rows], result[images]
            spare = xp.empty_like(source)
            for factor, (windows, places) in zip(factors, each_tap(part), strict=True):
                sums, products = target[places], spare[windows]
                xp.multiply(source[windows], factor[windows[-1]], out=products)
                xp.add(sums, products, out=sums)

    threads.parallel(len(groups), work)
    if filter.shape[-1] > 1:
        result = result.reshape(*sizes, filter.shape[-1]).sum(axis=-1)
    return restored(xp, result.astype(filter.dtype, copy=False), data_format)


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
    wide = compute_dtype(input.dtype)
    x = channels_last(input, data_format).astype(wide, copy=False)
    dy = channels_last(out_backprop, data_format).astype(wide, copy=False)
    check_ranks(4, input=x.shape, filter=filter_sizes, out_backprop=dy.shape)
    shape = tuple(int(size) for size in filter_sizes)
    geometry = lay_windows(
        x.shape[1:-1],
        shape[:-2],
        strides,
        dilations,
        padding,
        data_format,
        is_gradient=True,
    )
    op = "DepthwiseConv2DBackpropFilter"
    check_gradient(op, x.shape, shape, dy.shape, geometry, is_depthwise=True)
    x = _repeated(xp, x, shape[-1])
    blocks = [block for group in _blocks(xp, x, geometry) for block in group]
    shares = threads.shares(len(blocks))
    # Each thread adds up its own blocks; the columns of windows are added up at the end.
    width = geometry.outs[-1]
    totals = xp.zeros((len(shares), math.prod(geometry.window), width, x.shape[-1]), wide)

    def work(share: int) -> None:
        for images, rows, part in blocks[shares[share]]:
            source, right = x[images], dy[images, rows]
            for total, (windows, places) in zip(totals[share], each_tap(part), strict=True):
                total[windows[-1]] += _summed_products(xp, source[places], right[windows])

    threads.parallel(len(shares), work)
    result = totals.sum(axis=(0, 2)).reshape(shape)
    return result.astype(input.dtype, copy=False)


def _summed_products(xp: Any, x: Array, dy: Array) -> Array:
    """Products added up over images and rows, [width, channels]."""
    if xp is not np:
        return xp.sum(x * dy, axis=(0, 1))
    return np.einsum("nhwc,nhwc->wc", x, dy)
