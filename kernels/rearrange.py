"""Kernels of ops that put elements in another order or among others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import int32
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import along, shape_text
from .math import either

Array = Any
Dims = tuple[int | None, ...] | None

# ---- Transpose ----


@kernel("Transpose", aliases=True, host=("perm",))
def transpose(xp: Any, x: Array, perm: Array) -> Array:
    """A view with the axes in another order."""
    order = perm.tolist()
    try:
        return x.transpose(order) if order else x.reshape(())
    except ValueError:
        raise InvalidArgumentError.of(_transpose_error(x, order)) from None


def _transpose_error(x: Array, order: list[int]) -> str:
    count = x.ndim
    if len(order) != count:
        return (
            f"transpose expects a vector of size {count}. But input(1) is a vector of size "
            f"{len(order)}"
        )
    for axis in order:
        if not -count <= axis < count:
            return f"{axis} is out of range [0 .. {count})"
    missing = next(axis for axis in range(count) if axis not in {a % count for a in order})
    return f"{missing} is missing from {{{','.join(map(str, order))}}}."


@kernel("ConjugateTranspose", aliases=True, host=("perm",))
def conjugate_transpose(xp: Any, x: Array, perm: Array) -> Array:
    """The conjugate with the axes in another order."""
    turned = transpose(xp, x, perm)
    return xp.conjugate(turned) if x.dtype.kind == "c" else turned


@kernel("InvertPermutation", host=("x", "y"))
def invert_permutation(xp: Any, x: Array) -> Array:
    """The permutation that undoes another."""
    count = len(x)
    bad = np.flatnonzero((x < 0) | (x >= count))
    if bad.size:
        raise InvalidArgumentError.of(f"{x[bad[0]]} is not between 0 and {count}")
    result = np.full(count, -1, x.dtype)
    result[x] = np.arange(count, dtype=x.dtype)
    if (result < 0).any():
        values, counts = np.unique(x, return_counts=True)
        raise InvalidArgumentError.of(f"{values[counts > 1][0]} is duplicated in the input.")
    return result


# ---- Tile ----


@kernel("Tile", host=("multiples",))
def tile(xp: Any, x: Array, multiples: Array) -> Array:
    """The array repeated along its axes."""
    if multiples.ndim != 1:
        raise ValueError("multiples")  # in the words of registry.run_ranks
    factors = multiples.tolist()
    if len(factors) != x.ndim:
        raise InvalidArgumentError.of(
            f"Expected multiples argument to be a vector of length {x.ndim} but got length "
            f"{len(factors)}"
        )
    for axis, factor in enumerate(factors):
        if factor < 0:
            raise InvalidArgumentError.of(f"Expected multiples[{axis}] >= 0, but got {factor}")
    if all(factor == 1 for factor in factors):
        return x.copy()
    narrow = [n for size in x.shape for n in (1, size)]
    wide = [n for pair in zip(factors, x.shape, strict=True) for n in pair]
    result = xp.empty(wide, x.dtype)
    result[...] = x.reshape(narrow)
    return result.reshape([n * factor for n, factor in zip(x.shape, factors, strict=True)])


@kernel("TileGrad", host=("multiples",))
def tile_grad(xp: Any, x: Array, multiples: Array) -> Array:
    """The sum of the tiles."""
    factors = multiples.tolist()
    pairs = [
        n for total, factor in zip(x.shape, factors, strict=True) for n in (factor, total // factor)
    ]
    return x.reshape(pairs).sum(axis=tuple(range(0, 2 * x.ndim, 2)), dtype=x.dtype)


# ---- Pad ----


def _checked_paddings(x: Array, paddings: Array) -> list[list[int]]:
    if paddings.shape != (x.ndim, 2):
        raise InvalidArgumentError.of(
            "The first dimension of paddings must be the rank of inputs"
            f"{shape_text(paddings.shape)} {shape_text(x.shape)}"
        )
    amounts: list[list[int]] = paddings.tolist()
    for before, after in amounts:
        if before < 0 or after < 0:
            raise InvalidArgumentError.of(f"Paddings must be non-negative: {before} {after}")
    return amounts


def _surrounded(xp: Any, x: Array, amounts: list[list[int]]) -> tuple[Array, list[slice]]:
    """An array with room around a copy of `x`, and where the copy is."""
    shape = [n + before + after for n, (before, after) in zip(x.shape, amounts, strict=True)]
    inside = [slice(before, before + n) for n, (before, _) in zip(x.shape, amounts, strict=True)]
    result = xp.empty(shape, x.dtype)
    result[(*inside, Ellipsis)] = x
    return result, inside


@kernel("Pad", host=("paddings",), host_types=(int32,))
def pad(xp: Any, x: Array, paddings: Array) -> Array:
    """The array in a border of zeros; of empty strings."""
    return _padded(xp, x, paddings, b"" if x.dtype.hasobject else 0)


@kernel("PadV2", host=("paddings",), host_types=(int32,))
def pad_v2(xp: Any, x: Array, paddings: Array, constant_values: Array) -> Array:
    """The array in a border of equal elements."""
    return _padded(xp, x, paddings, constant_values)


def _padded(xp: Any, x: Array, paddings: Array, value: Any) -> Array:
    amounts = _checked_paddings(x, paddings)
    result, inside = _surrounded(xp, x, amounts)
    # Each element of the border is written once: axes before this one are already complete.
    for axis, (before, after) in enumerate(amounts):
        outer = inside[:axis]
        if before:
            result[(*outer, slice(0, before), Ellipsis)] = value
        if after:
            result[(*outer, slice(result.shape[axis] - after, None), Ellipsis)] = value
    return result


def _mirrors(n: int, before: int, after: int, mode: bytes) -> list[tuple[slice, slice]]:
    """The border parts of a padded axis of n elements, each with the elements that it mirrors."""
    skip = 1 if mode == b"REFLECT" else 0
    last = before + n - 1 - skip
    parts = []
    if before:
        parts.append((slice(0, before), _downward(before - 1 + skip + before, before)))
    if after:
        parts.append((slice(before + n, before + n + after), _downward(last, after)))
    return parts


def _downward(start: int, count: int) -> slice:
    """`count` positions from `start` downwards."""
    stop = start - count
    return slice(start, stop if stop >= 0 else None, -1)


def _check_mirrors(shape: Sequence[int], amounts: list[list[int]], mode: bytes) -> None:
    for n, (before, after) in zip(shape, amounts, strict=True):
        if mode == b"REFLECT" and (before or after) and not (before < n and after < n):
            raise InvalidArgumentError.of(
                "paddings must be less than the dimension size: "
                f"{before}, {after} not less than {n}"
            )
        if mode == b"SYMMETRIC" and not (before <= n and after <= n):
            raise InvalidArgumentError.of(
                "paddings must be no greater than the dimension size: "
                f"{before}, {after} greater than {n}"
            )


@kernel("MirrorPad", host=("paddings",))
def mirror_pad(xp: Any, x: Array, paddings: Array, mode: bytes) -> Array:
    """The array in a border of its mirror images."""
    amounts = _checked_paddings(x, paddings)
    _check_mirrors(x.shape, amounts, mode)
    result, inside = _surrounded(xp, x, amounts)
    for axis, (before, after) in enumerate(amounts):
        outer = (slice(None),) * axis
        inner = inside[axis + 1 :]
        for border, source in _mirrors(x.shape[axis], before, after, mode):
            result[(*outer, border, *inner, Ellipsis)] = result[(*outer, source, *inner, Ellipsis)]
    return result


@kernel("MirrorPadGrad", host=("paddings",))
def mirror_pad_grad(xp: Any, dy: Array, paddings: Array, mode: bytes) -> Array:
    """The sum of each element and its mirror images."""
    amounts = _checked_paddings(dy, paddings)
    shape = [n - sum(pair) for n, pair in zip(dy.shape, amounts, strict=True)]
    _check_mirrors(shape, amounts, mode)
    total = dy.copy()
    for axis, (n, (before, after)) in enumerate(zip(shape, amounts, strict=True)):
        for border, source in _mirrors(n, before, after, mode):
            total[along(axis, source)] += total[along(axis, border)]
        total = total[along(axis, slice(before, before + n))]
    return total


# ---- Reverse ----


@kernel("ReverseV2", aliases=True, host=("axis",), host_types=(int32,))
def reverse_v2(xp: Any, x: Array, axis: Array) -> Array:
    """A view that runs backwards along some axes."""
    index = [slice(None)] * x.ndim
    for position, a in enumerate(axis.tolist()):
        if not -x.ndim <= a < x.ndim:
            raise InvalidArgumentError.of(
                f"'axis'[{position}] = {a} is out of valid range [0, {x.ndim - 1}"
            )
        if index[a].step is not None:
            raise InvalidArgumentError.of(f"axis {a % x.ndim} specified more than once.")
        index[a] = slice(None, None, -1)
    # Never a view of all: TensorFlow copies where there is no axis, too.
    return x[(*index, Ellipsis)] if axis.size else x.copy()


@kernel("Reverse", aliases=True, host=("dims",))
def reverse(xp: Any, x: Array, dims: Array) -> Array:
    """A view that runs backwards along the axes that are marked."""
    return x[(*(slice(None, None, -1 if flag else 1) for flag in dims.tolist()), Ellipsis)]


@kernel("ReverseSequence", device="CPU")
def reverse_sequence(xp: Any, x: Array, seq_lengths: Array, seq_dim: int, batch_dim: int) -> Array:
    """The first part of each sequence of a batch backwards."""
    lengths = np.asarray(seq_lengths)
    if len(lengths) != x.shape[batch_dim]:
        raise InvalidArgumentError.of(
            f"Length of seq_lengths != input.dims({batch_dim}), "
            f"({len(lengths)} vs. {x.shape[batch_dim]})"
        )
    bad = np.flatnonzero((lengths < 0) | (lengths > x.shape[seq_dim]))
    if bad.size:
        where = bad[0]
        if lengths[where] < 0:
            raise InvalidArgumentError.of(f"seq_lens({where}) < 0")
        raise InvalidArgumentError.of(f"seq_lens({where}) > input.dims({seq_dim})")
    return _reversed_sequences(np, x, lengths, seq_dim, batch_dim)


@kernel("ReverseSequence", device="GPU")
def reverse_sequence_gpu(
    device: Any, x: Array, seq_lengths: Array, seq_dim: int, batch_dim: int
) -> Array:
    """As `reverse_sequence`, without a look at the lengths."""
    return _reversed_sequences(device.xp, x, seq_lengths, seq_dim, batch_dim)


def _reversed_sequences(xp: Any, x: Array, lengths: Array, seq_dim: int, batch_dim: int) -> Array:
    sequences = xp.moveaxis(x, (batch_dim, seq_dim), (0, 1))
    steps = xp.arange(sequences.shape[1], dtype=lengths.dtype)
    lengths = lengths[:, None]
    source = xp.where(steps < lengths, lengths - 1 - steps, steps)
    rows = xp.arange(sequences.shape[0])[:, None]
    return xp.moveaxis(sequences[rows, source], (0, 1), (batch_dim, seq_dim))


# ---- Roll ----


@kernel("Roll", host=("shift", "axis"))
def roll(xp: Any, x: Array, shift: Array, axis: Array) -> Array:
    """Two blocks of each axis change places."""
    if x.ndim == 0:
        raise InvalidArgumentError.of("input must be 1-D or higher")
    for name, array in (("shift", shift), ("axis", axis)):
        if array.ndim > 1:
            raise InvalidArgumentError.of(
                f"{name} must be a scalar or a 1-D vector. Found: {shape_text(array.shape)}"
            )
    if shift.shape != axis.shape:
        raise InvalidArgumentError.of("shift and axis must have the same size")
    for place in axis.reshape(-1).tolist():
        if not -x.ndim <= place < x.ndim:
            place += x.ndim if place < 0 else 0
            raise InvalidArgumentError.of(f"axis {place} is out of range")
    return xp.roll(x, tuple(shift.reshape(-1).tolist()), tuple(axis.reshape(-1).tolist()))


# ---- Diagonals ----


@kernel("MatrixBandPart", host=("num_lower", "num_upper"))
def matrix_band_part(xp: Any, x: Array, num_lower: Array, num_upper: Array) -> Array:
    """Matrices, zero outside a band."""
    if x.ndim < 2:
        raise InvalidArgumentError.of(
            f"input must be at least 2-dim, received shape: {shape_text(x.shape)}"
        )
    rows, columns = x.shape[-2:]
    lower, upper = int(num_lower), int(num_upper)
    if lower > rows:
        raise InvalidArgumentError.of(
            f"num_lower must be negative or less or equal to number of rows ({rows}) got: {lower}"
        )
    if upper > columns:
        raise InvalidArgumentError.of(
            "num_upper must be negative or less or equal to number of columns "
            f"({columns}) got: {upper}"
        )
    below = xp.arange(rows)[:, None] - xp.arange(columns)[None, :]
    is_kept = xp.ones((rows, columns), bool)
    if lower >= 0:
        is_kept &= below <= lower
    if upper >= 0:
        is_kept &= below >= -upper
    return either(xp, is_kept, x, x.dtype.type(0))


def _diagonal(matrices: Array) -> Array:
    """A view of the main diagonals of contiguous matrices, to write to."""
    rows, columns = matrices.shape[-2:]
    count = min(rows, columns)
    flat = matrices.reshape((*matrices.shape[:-2], rows * columns))
    return flat[..., : (count - 1) * (columns + 1) + 1 if count else 0 : columns + 1]


@kernel("MatrixDiag")
def matrix_diag(xp: Any, diagonal: Array) -> Array:
    """Matrices with given diagonals."""
    if diagonal.ndim < 1:
        raise InvalidArgumentError.of(
            f"diagonal must be at least 1-dim, received shape: {shape_text(diagonal.shape)}"
        )
    result = xp.zeros((*diagonal.shape, diagonal.shape[-1]), diagonal.dtype)
    _diagonal(result)[...] = diagonal
    return result


@kernel("MatrixDiagPart", aliases=True)
def matrix_diag_part(xp: Any, x: Array) -> Array:
    """A view of the diagonals."""
    if x.ndim < 2:
        raise InvalidArgumentError.of(
            f"input must be at least 2-dim, received shape: {shape_text(x.shape)}"
        )
    return xp.diagonal(x, axis1=-2, axis2=-1)


@kernel("MatrixSetDiag")
def matrix_set_diag(xp: Any, x: Array, diagonal: Array) -> Array:
    """Matrices with other diagonals."""
    if x.ndim < 2 or diagonal.ndim < 1:
        raise ValueError("rank")  # in the words of registry.run_ranks
    if diagonal.shape != (*x.shape[:-2], min(x.shape[-2:])):
        raise InvalidArgumentError.of(
            "Either first dimensions of diagonal don't match input.shape[:-2], or "
            "diagonal.shape[:-1] is not equal to the longests diagonal in range "
            "[lower_diag_index:upper_diag_index]."
        )
    result = xp.array(x, order="C")
    _diagonal(result)[...] = diagonal
    return result


@kernel("Diag")
def diag(xp: Any, diagonal: Array) -> Array:
    """A tensor with a given diagonal."""
    count = diagonal.size
    result = xp.zeros((count, count), diagonal.dtype)
    _diagonal(result)[...] = diagonal.reshape(-1)
    return result.reshape(diagonal.shape + diagonal.shape)


@kernel("DiagPart", aliases=True)
def diag_part(xp: Any, x: Array) -> Array:
    """The diagonal of a tensor."""
    if x.ndim % 2 or x.ndim == 0:
        raise InvalidArgumentError.of(
            "The rank of the tensor should be                                         "
            f" even and positive, got shape {shape_text(x.shape)}"
        )
    half = x.ndim // 2
    for axis in range(half):
        if x.shape[axis] != x.shape[axis + half]:
            raise InvalidArgumentError.of(
                f"Invalid shape {shape_text(x.shape)}: dimensions {axis} and {axis + half} do not "
                "match."
            )
    count = math.prod(x.shape[:half])
    return xp.diagonal(x.reshape(count, count)).reshape(x.shape[:half])


# ---- SpaceToDepth, DepthToSpace ----


def _to_nhwc(x: Array, data_format: bytes) -> Array:
    if data_format == b"NHWC":
        return x
    if data_format == b"NCHW":
        return x.transpose(0, 2, 3, 1)
    batch, depth, height, width, inner = x.shape
    return x.transpose(0, 2, 3, 1, 4).reshape(batch, height, width, depth * inner)


def _from_nhwc(x: Array, data_format: bytes) -> Array:
    if data_format == b"NHWC":
        return x
    if data_format == b"NCHW":
        return x.transpose(0, 3, 1, 2)
    batch, height, width, depth = x.shape
    return x.reshape(batch, height, width, depth // 4, 4).transpose(0, 3, 1, 2, 4)


@kernel("SpaceToDepth", aliases=True)
def space_to_depth(xp: Any, x: Array, block_size: int, data_format: bytes) -> Array:
    """Blocks of pixels moved into channels."""
    image, s = _to_nhwc(x, data_format), block_size
    batch, height, width, depth = image.shape
    if height % s or width % s:
        raise InvalidArgumentError.of(
            f"Image width {width} and height {height} should be divisible by block_size: {s}"
        )
    blocks = image.reshape(batch, height // s, s, width // s, s, depth)
    rows = blocks.transpose(0, 1, 3, 2, 4, 5)
    return _from_nhwc(rows.reshape(batch, height // s, width // s, s * s * depth), data_format)


@kernel("DepthToSpace", aliases=True)
def depth_to_space(xp: Any, x: Array, block_size: int, data_format: bytes) -> Array:
    """Channels moved into blocks of pixels."""
    image, s = _to_nhwc(x, data_format), block_size
    batch, height, width, depth = image.shape
    if depth % (s * s):
        raise InvalidArgumentError.of(
            f"Input depth dimension {depth} should be divisible by: {s * s}"
        )
    rest = depth // (s * s)
    blocks = image.reshape(batch, height, width, s, s, rest)
    rows = blocks.transpose(0, 1, 3, 2, 4, 5)
    return _from_nhwc(rows.reshape(batch, height * s, width * s, rest), data_format)


# ---- SpaceToBatchND, BatchToSpaceND ----


@kernel("SpaceToBatchND", host=("block_shape", "paddings"), aliases=True)
def space_to_batch_nd(xp: Any, x: Array, block_shape: Array, paddings: Array) -> Array:
    """Blocks of the spatial axes moved into the batch."""
    block, count = block_shape.tolist(), len(block_shape)
    _check_blocks(x, block, paddings, "paddings")
    amounts = np.zeros((x.ndim, 2), np.int64)
    amounts[1 : count + 1] = paddings
    padded = pad(xp, x, amounts) if amounts.any() else x
    split_shape = [x.shape[0]]
    for axis, step in enumerate(block):
        n = padded.shape[axis + 1]
        if n % step:
            raise InvalidArgumentError.of(
                f"padded_shape[{axis}]={n} is not divisible by block_shape[{axis}]={step}"
            )
        split_shape += [n // step, step]
    rest = x.shape[count + 1 :]
    order = [
        *range(2, 2 * count + 1, 2),
        0,
        *range(1, 2 * count + 1, 2),
        *range(2 * count + 1, 2 * count + 1 + len(rest)),
    ]
    moved = padded.reshape((*split_shape, *rest)).transpose(order)
    return moved.reshape((x.shape[0] * math.prod(block), *split_shape[1::2], *rest))


def _check_blocks(x: Array, block: list[int], borders: Array, name: str) -> None:
    if x.ndim < len(block) + 1:
        raise InvalidArgumentError.of(
            f"input rank should be >= {len(block) + 1} instead of {x.ndim}"
        )
    if tuple(borders.shape) != (len(block), 2):
        raise InvalidArgumentError.of(
            f"{name} should have shape [{len(block)}, 2] instead of {shape_text(borders.shape)}"
        )
    if any(step < 1 for step in block):
        raise InvalidArgumentError.of("All values in block_shape must be positive")
    if (borders < 0).any():
        raise InvalidArgumentError.of(f"{name.capitalize()} must be non-negative")


@kernel("BatchToSpaceND", host=("block_shape", "crops"), aliases=True)
def batch_to_space_nd(xp: Any, x: Array, block_shape: Array, crops: Array) -> Array:
    """Blocks of the spatial axes moved back from the batch."""
    block, count = block_shape.tolist(), len(block_shape)
    _check_blocks(x, block, crops, "crops")
    factor = math.prod(block)
    if x.shape[0] % factor:
        raise InvalidArgumentError.of(
            f"Input batch dimension ({x.shape[0]}) is not divisible by product of block sizes "
            f"({factor})"
        )
    batch = x.shape[0] // factor
    rest = x.shape[count + 1 :]
    order = [count]
    for axis in range(count):
        order += [count + 1 + axis, axis]
    order += range(2 * count + 1, 2 * count + 1 + len(rest))
    sizes = [n * step for n, step in zip(x.shape[1 : count + 1], block, strict=True)]
    for axis, (n, crop) in enumerate(zip(sizes, crops.tolist(), strict=True)):
        if n < sum(crop):
            raise InvalidArgumentError.of(
                f"cropped_shape[{axis}]={n - sum(crop)} must be non-negative"
            )
    moved = x.reshape((*block, batch, *x.shape[1:])).transpose(order)
    whole = moved.reshape((batch, *sizes, *rest))
    inside = [
        slice(before, n - after) for n, (before, after) in zip(sizes, crops.tolist(), strict=True)
    ]
    return whole[(slice(None), *inside, Ellipsis)]


@kernel("SpaceToBatch", host=("paddings",), aliases=True)
def space_to_batch(xp: Any, x: Array, paddings: Array, block_size: int) -> Array:
    """Square blocks of an image moved into the batch."""
    return space_to_batch_nd(xp, x, np.array([block_size, block_size]), paddings)


@kernel("BatchToSpace", host=("crops",), aliases=True)
def batch_to_space(xp: Any, x: Array, crops: Array, block_size: int) -> Array:
    """Square blocks of an image moved back from the batch."""
    return batch_to_space_nd(xp, x, np.array([block_size, block_size]), crops)
