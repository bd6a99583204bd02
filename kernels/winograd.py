"""Convolutions of images with fewer multiplications than their windows have taps.

A window of r taps takes r multiplications for each output. m neighbouring outputs are also the
coefficients of a product of polynomials of degree m + r - 2, transposed, which its values at
m + r - 1 points determine: m + r - 1 multiplications, after sums that do not depend on the number
of channels that they are multiplied with. On both axes of an image:

  y = A' [(G f G') * (B' x B)] A     for tiles of m x m outputs, with sums over the channels at *

Tiles read 6 x 6 to 8 x 8 elements, whatever fits best: of 6 x 6, windows of 3 taps make 4 x 4
outputs with 0.25 of the multiplications; of 8 x 8, windows of 5 taps as many with 0.16. But the
sums grow, too, and digits are lost: the rounding error is 4 to 12 times that of the plain sum.

The sums over two axes are one product with a Kronecker product, [36, 36] x [36, tiles * channels]
for tiles of 6 x 6, which a BLAS library computes faster than NumPy adds up.

Source: Winograd, Arithmetic Complexity of Computations (1980); Lavin and Gray, Fast Algorithms for
  Convolutional Neural Networks (2016).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import threads
from .patches import Geometry, Patches, cut_into_tiles

Array = Any

# Elements of a tile along an axis, its reach, and the points where polynomials are evaluated. One
# point more, infinity, gives the leading coefficient. This choice of small points rounds least.
_POINTS = {
    6: (0.0, 1.0, -1.0, 0.5, -2.0),
    7: (0.0, 1.0, -1.0, 0.5, -2.0, -0.5),
    8: (0.0, 1.0, -1.0, 0.5, -2.0, -0.5, 2.0),
}

# With more outputs of a tile along an axis rounding errors grow faster than the gain.
_MOST_OUTPUTS = 4

# Below this many multiplications there is too little to gain.
_WORTHWHILE = 20_000_000

# What the passes over memory cost beside the products, as a share of the sums' multiplications.
_OVERHEAD = 1.4

# Bytes of a block's values at the points: they then stay within a core's cache. But a block has at
# least as many tiles as keep the products with large filters busy.
_BLOCK_BYTES = 512 << 10
_LEAST_TILES = 64


@dataclass(frozen=True)
class _Transforms:
    """The matrices of a window; both axes are flattened into one.

    Attributes:
      of_input: [points, elements], elements of a tile to values at the points.
      of_filter: [points, taps].
      of_output: [points, outputs of a tile]; transposed, from products at the points to outputs.
    """

    of_input: Array
    of_filter: Array
    of_output: Array


def _evaluations(reach: int, coefficients: int) -> Array:
    """Values of each power at the points of an axis, [reach, coefficients]."""
    powers = np.arange(coefficients)
    finite = np.power.outer(np.asarray(_POINTS[reach]), powers)
    return np.vstack([finite, powers == coefficients - 1])


@functools.cache
def _transforms(window: tuple[int, ...], reach: int, dtype: np.dtype[Any]) -> _Transforms:
    interpolation = np.linalg.inv(_evaluations(reach, reach)).T

    def both(matrices: list[Array]) -> Array:
        return np.kron(*matrices).astype(dtype)

    return _Transforms(
        of_input=both([interpolation] * 2),
        of_filter=both([_evaluations(reach, taps) for taps in window]),
        of_output=both([_evaluations(reach, reach + 1 - taps) for taps in window]),
    )


@dataclass(frozen=True)
class Tiling:
    """How windows are grouped into tiles.

    Attributes:
      geometry: of the windows, on two axes, without strides and dilations.
      reach: elements of a tile along an axis.
    """

    geometry: Geometry
    reach: int

    @property
    def outputs(self) -> tuple[int, ...]:
        """Outputs of a tile along each axis."""
        return tuple(self.reach + 1 - taps for taps in self.geometry.window)

    @property
    def tiles(self) -> tuple[int, ...]:
        """Tiles along each axis of an image; the last ones may reach beyond it."""
        pairs = zip(self.geometry.outs, self.outputs, strict=True)
        return tuple(-(-out // outputs) for out, outputs in pairs)

    @property
    def of_input(self) -> Geometry:
        """The tiles as windows on the input."""
        reach, ones = (self.reach, self.reach), (1, 1)
        sizes, before = self.geometry.sizes, self.geometry.before
        return Geometry(sizes, reach, self.outputs, ones, before, self.tiles)

    @property
    def of_output(self) -> Geometry:
        """The tiles as windows on the output."""
        outs, ones = self.geometry.outs, (1, 1)
        return Geometry(outs, self.outputs, self.outputs, ones, (0, 0), self.tiles)

    def transforms(self, dtype: np.dtype[Any]) -> _Transforms:
        """The matrices."""
        return _transforms(self.geometry.window, self.reach, dtype)

    def cost(self, channels: int, out_channels: int) -> float:
        """Multiplications for an image, and passes over memory in the same unit."""
        points = self.reach**2
        sums = points * channels + math.prod(self.outputs) * out_channels
        of_point = channels * out_channels + _OVERHEAD * sums
        return math.prod(self.tiles) * points * of_point

    def blocks(
        self, images: int, channels: int, itemsize: int
    ) -> tuple[int, list[tuple[int, int, int, int]]]:
        """Cuts a batch as `cut_into_tiles` does, into blocks of rows of tiles."""
        bytes_of_tile = self.reach**2 * channels * itemsize
        limit = max(_BLOCK_BYTES, _LEAST_TILES * bytes_of_tile)
        return cut_into_tiles(images, self.tiles[0], self.tiles[1] * bytes_of_tile, limit)


def find_tiling(geometry: Geometry, images: int, channels: int, out_channels: int) -> Tiling | None:
    """The best tiling; None where a plain sum over the taps is faster, or the only way."""
    if len(geometry.outs) != 2 or not all(3 <= taps <= 5 for taps in geometry.window):
        return None
    if math.prod(geometry.strides) != 1 or math.prod(geometry.dilations) != 1:
        return None
    plain = math.prod(geometry.outs) * math.prod(geometry.window) * channels * out_channels
    if images * plain < _WORTHWHILE:
        return None
    fine = [reach for reach in _POINTS if reach + 1 - min(geometry.window) <= _MOST_OUTPUTS]
    tilings = [Tiling(geometry, reach) for reach in fine]
    best = min(tilings, key=lambda tiling: tiling.cost(channels, out_channels))
    if images * math.prod(best.tiles) < _LEAST_TILES * threads.size():
        return None
    return best if best.cost(channels, out_channels) < plain else None


class _Buffers:
    """Results of products, by role; a thread's blocks use the same memory over and over."""

    def __init__(self) -> None:
        self._buffers: dict[str, Array] = {}

    def dot(self, role: str, a: Array, b: Array) -> Array:
        """The product of matrices, valid until the next call with this role."""
        return np.dot(a, b, out=self._of(role, (len(a), b.shape[1]), a.dtype))

    def matmul(self, role: str, a: Array, b: Array) -> Array:
        """The products of stacks of matrices, valid until the next call with this role."""
        return np.matmul(a, b, out=self._of(role, (*a.shape[:2], b.shape[2]), a.dtype))

    def _of(self, role: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        if role not in self._buffers or self._buffers[role].shape != shape:
            self._buffers[role] = np.empty(shape, dtype)
        return self._buffers[role]


class _Gathered:
    """Tiles of images, their elements first: [elements, tiles, channels]; one buffer for all."""

    def __init__(self, x: Array, geometry: Geometry, most: int) -> None:
        self._patches = Patches(np, x, geometry, most)
        self._present = (-1, -1)
        self._buffer = np.empty(0, x.dtype)

    def of(self, first: int, last: int, row: int, end: int) -> Array:
        """[elements, tiles * channels] of rows of tiles of images, valid until the next call."""
        if (first, last) != self._present:
            self._present, self._images = (first, last), self._patches.of(first, last)
        view = self._images[:, row:end].transpose(3, 4, 0, 1, 2, 5)
        if self._buffer.shape != view.shape:
            self._buffer = np.empty(view.shape, view.dtype)
        np.copyto(self._buffer, view)
        return self._buffer.reshape(view.shape[0] * view.shape[1], -1)


def convolve(x: Array, filter: Array, tiling: Tiling) -> Array:
    """[N, height, width, C] and [*window, C, O] to [N, *outs, O]."""
    channels, out_channels = filter.shape[2:]
    transforms = tiling.transforms(x.dtype)
    factors = np.dot(transforms.of_filter, filter.reshape(-1, channels * out_channels))
    factors = factors.reshape(-1, channels, out_channels)
    result = np.empty((len(x), *tiling.geometry.outs, out_channels), x.dtype)
    most, blocks = tiling.blocks(len(x), max(channels, out_channels), x.itemsize)
    parts = threads.shares(len(blocks))

    def work(share: int) -> None:
        tiles, buffers = _Gathered(x, tiling.of_input, most), _Buffers()
        for first, last, row, end in blocks[parts[share]]:
            elements = tiles.of(first, last, row, end)
            values = buffers.dot("values", transforms.of_input, elements)
            values = values.reshape(len(values), -1, channels)
            products = buffers.matmul("products", values, factors)
            products = products.reshape(len(products), -1)
            outputs = buffers.dot("outputs", transforms.of_output.T, products)
            high, wide = tiling.outputs
            target = result[first:last, row * high : end * high]
            _spread(outputs.reshape(high, wide, last - first, end - row, -1, out_channels), target)

    threads.parallel(len(parts), work)
    return result


def _spread(outputs: Array, target: Array) -> None:
    """Puts [high, wide, n, rows, columns, O] of tiles in their places in [n, height, width, O]."""
    _, height, width, out_channels = target.shape
    rows = outputs.transpose(2, 3, 0, 4, 1, 5)
    images, down, high, across, wide, _ = rows.shape
    if (down * high, across * wide) == (height, width):
        target.reshape(rows.shape)[...] = rows
    else:
        whole = rows.reshape(images, down * high, across * wide, out_channels)
        target[...] = whole[:, :height, :width]


def filter_gradient(x: Array, dy: Array, tiling: Tiling) -> Array:
    """[N, height, width, C] and [N, *outs, O] to [*window, C, O].

    The transpose of `convolve` by the filter, so with the same matrices:
    G' [sum over tiles of (B' x B) * (A dy A')] G.
    """
    channels, out_channels = x.shape[-1], dy.shape[-1]
    transforms = tiling.transforms(x.dtype)
    most, blocks = tiling.blocks(len(x), max(channels, out_channels), x.itemsize)
    parts = threads.shares(len(blocks))
    totals = np.zeros((len(parts), tiling.reach**2, channels, out_channels), x.dtype)

    def work(share: int) -> None:
        tiles, buffers = _Gathered(x, tiling.of_input, most), _Buffers()
        gradients = _Gathered(dy, tiling.of_output, most)
        for block in blocks[parts[share]]:
            values = buffers.dot("values", transforms.of_input, tiles.of(*block))
            slopes = buffers.dot("slopes", transforms.of_output, gradients.of(*block))
            values = values.reshape(len(values), -1, channels).transpose(0, 2, 1)
            slopes = slopes.reshape(len(slopes), -1, out_channels)
            products = buffers.matmul("products", values, slopes)
            np.add(totals[share], products, out=totals[share])

    threads.parallel(len(parts), work)
    for total in totals[1:]:
        np.add(totals[0], total, out=totals[0])
    result = np.dot(transforms.of_filter.T, totals[0].reshape(tiling.reach**2, -1))
    return result.reshape(*tiling.geometry.window, channels, out_channels)
