"""Kernels of ops that give images another size.

Rows and columns are resized one after the other. What is not a plain choice of pixels is a product
with a matrix of weights [new size, old size]; the gradient is the product with its transpose. A
product spreads what is not finite over whole rows and columns. So on a CPU, where a result is not
finite, it is computed again from the few pixels that count.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import shape_text
from .launch import kernel_with

Array = Any

# The steps between two pixels that bicubic weights are known for.
_CUBIC_STEPS = 1024
# The pixels around a place, from the one before it.
_CUBIC_OFFSETS = (-1, 0, 1, 2)
# How many pairs of sizes the weights are remembered for.
_REMEMBERED_SIZES = 64


def _checked_size(images: Array, size: Array) -> tuple[int, int]:
    if images.ndim != 4:
        raise InvalidArgumentError.of(f"input must be 4-dimensional{shape_text(images.shape)}")
    if size.shape != (2,):
        raise InvalidArgumentError.of(f"shape_t must be 1-dimensional{shape_text(size.shape)}")
    height, width = size.tolist()
    if height <= 0 or width <= 0:
        raise InvalidArgumentError.of("output dimensions must be positive")
    if images.shape[1] == 0 or images.shape[2] == 0:
        raise InvalidArgumentError.of("input image must be of non-zero size")
    return height, width


def _scale(old: int, new: int, align_corners: bool) -> np.float32:
    """How many old pixels a new one is from the next."""
    if align_corners and new > 1:
        return np.float32(old - 1) / np.float32(new - 1)
    return np.float32(old) / np.float32(new)


def _places(xp: Any, old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> Array:
    """Where the new pixels are, in old pixels."""
    scale = _scale(old, new, align_corners)
    numbers = xp.arange(new, dtype=np.float32)
    if half_pixel_centers:
        return (numbers + np.float32(0.5)) * scale - np.float32(0.5)
    return numbers * scale


# ---- Weights ----


def _remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps what was computed for the CPU; a GPU computes it where it is used, in no time."""
    on_cpu = functools.lru_cache(_REMEMBERED_SIZES)(functools.partial(function, np))

    @functools.wraps(function)
    def call(xp: Any, *arguments: Any) -> Any:
        return on_cpu(*arguments) if xp is np else function(xp, *arguments)

    return call


@_remembered
def _linear(
    xp: Any, old: int, new: int, align_corners: bool, half_pixel_centers: bool
) -> tuple[Array, Array, Array]:
    """The pixels before and behind each place, and how far it is from the first."""
    places = _places(xp, old, new, align_corners, half_pixel_centers)
    floor = xp.floor(places)
    lower = floor.clip(0, old - 1).astype(np.int64)
    upper = xp.ceil(places).clip(0, old - 1).astype(np.int64)
    return lower, upper, places - floor


class _Weights:
    """What new pixels are made of.

    Attributes:
      entries: pairs of pixels [new] and their weights [new].
      matrix: the same [new, old].
      leaves_out: whether a pixel of weight 0 is left out; else 0 times infinity is NaN.
    """

    def __init__(
        self, xp: Any, old: int, entries: Iterable[tuple[Array, Any]], leaves_out: bool = False
    ) -> None:
        self.entries = list(entries)
        self.leaves_out = leaves_out
        self._old = old
        numbers = xp.arange(old)
        matrix: Array = 0
        for pixels, weights in self.entries:
            matrix = matrix + (pixels[:, None] == numbers) * weights[:, None]
        self.matrix = matrix.astype(np.float32)

    def new(self, images: Array, axis: int) -> Array:
        """`images` resized along an axis."""
        parts = [
            self._times(images.take(pixels, axis), weights, axis)
            for pixels, weights in self.entries
        ]
        return sum(parts[1:], parts[0])

    def old(self, grads: Array, axis: int) -> Array:
        """The gradient of `new`."""
        shape = list(grads.shape)
        shape[axis] = self._old
        result = np.zeros(shape, grads.dtype)
        rows = np.moveaxis(result, axis, 0)
        for pixels, weights in self.entries:
            np.add.at(rows, pixels, np.moveaxis(self._times(grads, weights, axis), axis, 0))
        return result

    def _times(self, x: Array, weights: Array, axis: int) -> Array:
        weights = weights.reshape([-1 if i == axis else 1 for i in range(4)]).astype(x.dtype)
        return np.where(weights == 0, 0, x) * weights if self.leaves_out else x * weights


@_remembered
def _linear_weights(
    xp: Any, old: int, new: int, align_corners: bool, half_pixel_centers: bool
) -> _Weights:
    lower, upper, part = _linear(xp, old, new, align_corners, half_pixel_centers)
    return _Weights(xp, old, [(lower, 1 - part), (upper, part)])


@_remembered
def _nearest(xp: Any, old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> Array:
    """The pixel that is nearest to each place."""
    scale = _scale(old, new, align_corners)
    numbers = xp.arange(new, dtype=np.float32)
    if half_pixel_centers:
        numbers = numbers + np.float32(0.5)
    places = numbers * scale
    if align_corners:
        # Halves are rounded up.
        places = places + np.float32(0.5)
    return xp.floor(places).clip(0, old - 1).astype(np.int64)


@_remembered
def _nearest_weights(
    xp: Any, old: int, new: int, align_corners: bool, half_pixel_centers: bool
) -> _Weights:
    pixels = _nearest(xp, old, new, align_corners, half_pixel_centers)
    return _Weights(xp, old, [(pixels, xp.ones(new, np.float32))])


def _cubic(xp: Any, distance: Array, sharpness: float) -> Array:
    """R. Keys, "Cubic convolution interpolation for digital image processing", 1981."""
    a, x = sharpness, abs(distance)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return xp.where(x <= 1, near, far)


@_remembered
def _cubic_weights(
    xp: Any, old: int, new: int, align_corners: bool, half_pixel_centers: bool
) -> _Weights:
    places = _places(xp, old, new, align_corners, half_pixel_centers)
    first = xp.floor(places)
    part = xp.rint((places - first) * _CUBIC_STEPS).astype(np.float64) / _CUBIC_STEPS
    pixels = [first.astype(np.int64) + offset for offset in _CUBIC_OFFSETS]
    inside = [p.clip(0, old - 1) for p in pixels]
    if not half_pixel_centers:
        weights = [_cubic(xp, part - offset, -0.75) for offset in _CUBIC_OFFSETS]
        return _Weights(xp, old, zip(inside, weights, strict=True))
    # What is outside has no weight, and the others have it all.
    weights = [
        _cubic(xp, part - offset, -0.5) * (p == q)
        for offset, p, q in zip(_CUBIC_OFFSETS, pixels, inside, strict=True)
    ]
    total = sum(weights)
    return _Weights(xp, old, zip(inside, [w / total for w in weights], strict=True))


@_remembered
def _area_weights(xp: Any, old: int, new: int, align_corners: bool) -> _Weights:
    scale = float(_scale(old, new, align_corners))
    begin = xp.arange(new) * scale
    end = begin + scale
    first = xp.floor(begin)
    entries = []
    for offset in range(math.ceil(scale) + 1):
        pixels = first + offset
        covered = xp.minimum(pixels + 1, end) - xp.maximum(pixels, begin)
        # Beyond the last pixel it is repeated.
        inside = pixels.clip(0, old - 1).astype(np.int64)
        entries.append((inside, covered.clip(0, None) / scale))
    return _Weights(xp, old, entries, leaves_out=True)


Multiply = Callable[[Array, Array], Array]

# A call of CuPy's cuBLAS cannot be captured.
_with_products = functools.partial(
    kernel_with,
    on_cpu=lambda xp: xp.matmul,
    on_gpu=lambda device: device.blas.batched_gemm,
)


def _product(multiply: Multiply, images: Array, rows: Array, columns: Array) -> Array:
    """``rows @ image @ columns^T`` for each channel of each image."""
    batch, height, width, channels = images.shape
    rows, columns = (m.astype(images.dtype, copy=False)[None] for m in (rows, columns))
    new = rows.shape[1], columns.shape[1]
    tall = multiply(rows, images.reshape(batch, height, width * channels))
    wide = multiply(columns, tall.reshape(batch * new[0], width, channels))
    return wide.reshape(batch, *new, channels)


def _resized(
    xp: Any, multiply: Multiply, images: Array, rows: _Weights, columns: _Weights
) -> Array:
    """Images of other sizes."""
    result = _product(multiply, images, rows.matrix, columns.matrix)
    if xp is np and not np.isfinite(result).all():
        return columns.new(rows.new(images, 1), 2)
    return result


def _resized_back(
    xp: Any, multiply: Multiply, grads: Array, rows: _Weights, columns: _Weights
) -> Array:
    """The gradient of `_resized`."""
    result = _product(multiply, grads, rows.matrix.T, columns.matrix.T)
    if xp is np and not np.isfinite(result).all():
        return columns.old(rows.old(grads, 1), 2)
    return result


# ---- ResizeBilinear ----


@kernel("ResizeBilinear", host=("size",))
def resize_bilinear(
    xp: Any, images: Array, size: Array, align_corners: bool, half_pixel_centers: bool
) -> Array:
    """Means of neighbours along the rows, then of rows."""
    height, width = _checked_size(images, size)
    where = (align_corners, half_pixel_centers)
    left, right, across = _linear(xp, images.shape[2], width, *where)
    top, bottom, down = _linear(xp, images.shape[1], height, *where)
    images = images.astype(np.float32, copy=False)
    wide = _between(images, left, right, across[:, None], 2)
    return _between(wide, top, bottom, down[:, None, None], 1)


def _between(x: Array, lower: Array, upper: Array, part: Array, axis: int) -> Array:
    first = x.take(lower, axis)
    step = x.take(upper, axis)
    step -= first
    step *= part
    first += step
    return first


@_with_products("ResizeBilinearGrad")
def resize_bilinear_grad(
    xp: Any,
    multiply: Multiply,
    grads: Array,
    original_image: Array,
    align_corners: bool,
    half_pixel_centers: bool,
) -> Array:
    """Each pixel's weights, transposed."""
    return _gradient(
        xp, multiply, _linear_weights, grads, original_image, align_corners, half_pixel_centers
    )


def _gradient(
    xp: Any,
    multiply: Multiply,
    weights: Callable[..., _Weights],
    grads: Array,
    original_image: Array,
    *where: bool,
) -> Array:
    _, height, width, _ = original_image.shape
    rows = weights(xp, height, grads.shape[1], *where)
    columns = weights(xp, width, grads.shape[2], *where)
    dx = _resized_back(xp, multiply, grads, rows, columns)
    return dx.astype(original_image.dtype, copy=False)


# ---- ResizeNearestNeighbor ----


@kernel("ResizeNearestNeighbor", host=("size",))
def resize_nearest_neighbor(
    xp: Any, images: Array, size: Array, align_corners: bool, half_pixel_centers: bool
) -> Array:
    """A choice of rows and of columns."""
    height, width = _checked_size(images, size)
    where = (align_corners, half_pixel_centers)
    rows = _nearest(xp, images.shape[1], height, *where)
    columns = _nearest(xp, images.shape[2], width, *where)
    # The smaller of the two goes between.
    if height < images.shape[1]:
        return images.take(rows, 1).take(columns, 2)
    return images.take(columns, 2).take(rows, 1)


@_with_products("ResizeNearestNeighborGrad", host=("size",))
def resize_nearest_neighbor_grad(
    xp: Any,
    multiply: Multiply,
    grads: Array,
    size: Array,
    align_corners: bool,
    half_pixel_centers: bool,
) -> Array:
    """Sums over the copies of each pixel."""
    height, width = _checked_size(grads, size)
    where = (align_corners, half_pixel_centers)
    rows = _nearest_weights(xp, height, grads.shape[1], *where)
    columns = _nearest_weights(xp, width, grads.shape[2], *where)
    wide = grads if grads.dtype in (np.float32, np.float64) else grads.astype(np.float32)
    if grads.dtype.kind in "iu":
        wide = grads.astype(np.float64)
    return _resized_back(xp, multiply, wide, rows, columns).astype(grads.dtype, copy=False)


# ---- ResizeBicubic ----


@_with_products("ResizeBicubic", host=("size",))
def resize_bicubic(
    xp: Any,
    multiply: Multiply,
    images: Array,
    size: Array,
    align_corners: bool,
    half_pixel_centers: bool,
) -> Array:
    """Weights of four pixels in each direction."""
    height, width = _checked_size(images, size)
    where = (align_corners, half_pixel_centers)
    rows = _cubic_weights(xp, images.shape[1], height, *where)
    columns = _cubic_weights(xp, images.shape[2], width, *where)
    return _resized(xp, multiply, images.astype(np.float32, copy=False), rows, columns)


@_with_products("ResizeBicubicGrad")
def resize_bicubic_grad(
    xp: Any,
    multiply: Multiply,
    grads: Array,
    original_image: Array,
    align_corners: bool,
    half_pixel_centers: bool,
) -> Array:
    """Each pixel's weights, transposed."""
    return _gradient(
        xp, multiply, _cubic_weights, grads, original_image, align_corners, half_pixel_centers
    )


# ---- ResizeArea ----


@_with_products("ResizeArea", host=("size",))
def resize_area(
    xp: Any, multiply: Multiply, images: Array, size: Array, align_corners: bool
) -> Array:
    """Weights of the pixels that a new one covers."""
    height, width = _checked_size(images, size)
    rows = _area_weights(xp, images.shape[1], height, align_corners)
    columns = _area_weights(xp, images.shape[2], width, align_corners)
    return _resized(xp, multiply, images.astype(np.float32, copy=False), rows, columns)
