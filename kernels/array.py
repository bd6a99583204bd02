"""Kernels of ops that make, reshape, join, split and rearrange arrays.

What can be a view is one. Shape-like inputs arrive in host memory on every device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType, as_dtype
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

Array = Any
Dims = tuple[int | None, ...] | None


def invalid(text: str) -> InvalidArgumentError:
    """The error of a value that an op cannot work with; the session adds the op."""
    return InvalidArgumentError(None, None, text)


def shape_text(shape: Sequence[int | None]) -> str:
    """A shape as the runtime's messages write it: `[2,3]`."""
    return f"[{','.join('?' if n is None else str(n) for n in shape)}]"


def outputs(arrays: Sequence[Array]) -> Any:
    """The results of a list output; a single one stands for itself."""
    return arrays[0] if len(arrays) == 1 else arrays


def along(axis: int, entry: Any) -> tuple[Any, ...]:
    """The index expression that has `entry` at `axis` and takes the other axes whole."""
    return (*(slice(None),) * axis, entry, Ellipsis)


# ---- Const, Placeholder ----


@kernel("Const")
def const(xp: Any, value: np.ndarray[Any, Any]) -> Array:
    """The value itself."""
    return value if xp is np else xp.asarray(value)


@kernel("Placeholder", state=lambda resources, op: op.name)
def placeholder(xp: Any, dtype: DType, shape: Dims, state: str) -> Array:
    """A placeholder that runs was not fed.

    Raises:
      InvalidArgumentError: always.
    """
    suffix = f" and shape {shape_text(shape)}" if shape else ""
    raise invalid(
        f"You must feed a value for placeholder tensor '{state}' with dtype "
        f"{dtype.runtime_name}{suffix}"
    )


@kernel("PlaceholderWithDefault", aliases=True)
def placeholder_with_default(xp: Any, input: Array, shape: Dims) -> Array:
    """The default."""
    check_shape(input.shape, shape, "Shape of default value {} is not compatible with the shape {}")
    return input


def check_shape(shape: tuple[int, ...], wanted: Dims, text: str) -> None:
    """Checks an array's shape against a partly known one.

    Raises:
      InvalidArgumentError: it does not fit; `text` has places for both shapes.
    """
    if wanted is None:
        return
    if len(shape) != len(wanted) or any(
        m is not None and n != m for n, m in zip(shape, wanted, strict=True)
    ):
        raise invalid(text.format(shape_text(shape), shape_text(wanted)))


# ---- Identity ----


@kernel("Identity", "Snapshot", "GuaranteeConst", "StopGradient", "PreventGradient", aliases=True)
def identity(xp: Any, x: Array) -> Array:
    """The array itself."""
    return x


@kernel("IdentityN", aliases=True)
def identity_n(xp: Any, *inputs: Array) -> Any:
    """The arrays themselves."""
    return outputs(inputs)


@kernel("DeepCopy")
def deep_copy(xp: Any, x: Array) -> Array:
    """A copy."""
    return x.copy()


@kernel("EnsureShape", aliases=True)
def ensure_shape(xp: Any, x: Array, shape: Dims) -> Array:
    """The array, whose shape is checked."""
    check_shape(x.shape, shape, "Shape of tensor {} is not compatible with expected shape {}.")
    return x


@kernel("CheckNumerics", aliases=True, capturable=False)
def check_numerics(xp: Any, x: Array, message: bytes) -> Array:
    """The array, in which every number must be finite."""
    if xp.isfinite(x).all():
        return x
    has_inf, has_nan = bool(xp.isinf(x).any()), bool(xp.isnan(x).any())
    kinds = " and ".join(
        kind for kind, is_found in (("Inf", has_inf), ("NaN", has_nan)) if is_found
    )
    raise invalid(f"{message.decode()} : Tensor had {kinds} values")


@kernel("Bitcast", aliases=True)
def bitcast(xp: Any, x: Array, type: DType) -> Array:
    """The bytes of the array as another dtype."""
    new = type.numpy
    old_size, new_size = x.dtype.itemsize, new.itemsize
    if old_size == new_size:
        return x.view(new)
    if old_size > new_size:
        return xp.ascontiguousarray(x[..., None]).view(new)
    ratio = new_size // old_size
    if x.ndim == 0 or x.shape[-1] != ratio:
        raise invalid(
            f"Cannot bitcast from {as_dtype(x.dtype).runtime_name} to {type.runtime_name}: "
            f"shape {shape_text(x.shape)}"
        )
    return xp.ascontiguousarray(x).view(new)[..., 0]


# ---- Shape, Size, Rank ----


@kernel("Shape", host=("output",))
def shape(xp: Any, x: Array, out_type: DType) -> Array:
    """The shape, in host memory."""
    return np.array(x.shape, out_type.numpy)


@kernel("ShapeN", host=("output",))
def shape_n(xp: Any, *inputs: Array, out_type: DType) -> Any:
    """The shapes, in host memory."""
    return outputs([np.array(x.shape, out_type.numpy) for x in inputs])


@kernel("Size", host=("output",))
def size(xp: Any, x: Array, out_type: DType) -> Array:
    """The number of elements, in host memory."""
    return np.array(x.size, out_type.numpy)


@kernel("Rank", host=("output",))
def rank(xp: Any, x: Array) -> Array:
    """The number of axes, in host memory."""
    return np.array(x.ndim, np.int32)


# ---- Fill, ZerosLike, OnesLike ----


@kernel("Fill", host=("dims",))
def fill(xp: Any, dims: Array, value: Array) -> Array:
    """An array of equal elements."""
    sizes = dims.tolist()
    for n in sizes:
        if n < 0:
            raise invalid(f"Dimension {n} must be >= 0")
    result = xp.empty(sizes, value.dtype)
    result[...] = value
    return result


@kernel("ZerosLike")
def zeros_like(xp: Any, x: Array) -> Array:
    """Zeros; empty strings."""
    if x.dtype.hasobject:
        return np.full(x.shape, b"", object)
    return xp.zeros(x.shape, x.dtype)


@kernel("OnesLike")
def ones_like(xp: Any, x: Array) -> Array:
    """Ones."""
    return xp.ones(x.shape, x.dtype)


# ---- Reshape, ExpandDims, Squeeze ----


@kernel("Reshape", aliases=True, host=("shape",))
def reshape(xp: Any, x: Array, shape: Array) -> Array:
    """The elements in another shape."""
    sizes = shape.tolist()
    if 0 in sizes and -1 in sizes and x.size == 0:
        # Zeros on both sides cancel; what is left determines the unknown size.
        rest = math.prod(n for n in sizes if n > 0)
        found = math.prod(n for n in x.shape if n > 0) // rest
        sizes = [found if n == -1 else n for n in sizes]
    try:
        if not sizes or min(sizes) >= -1:
            return x.reshape(sizes)
    except ValueError:
        pass
    raise invalid(_reshape_error(x, sizes))


def _reshape_error(x: Array, sizes: list[int]) -> str:
    unknown = None
    product = 1
    for axis, n in enumerate(sizes):
        if n == -1:
            if unknown is not None:
                return f"Only one input size may be -1, not both {unknown} and {axis}"
            unknown = axis
        elif n < 0:
            return f"Size {axis} must be non-negative, not {n}"
        else:
            product *= n
    if unknown is None:
        return (
            f"Input to reshape is a tensor with {x.size} values, but the requested shape has "
            f"{product}"
        )
    if product == 0:
        return (
            "reshape cannot infer the missing input size for an empty tensor unless all "
            "specified input sizes are non-zero"
        )
    return (
        f"Input to reshape is a tensor with {x.size} values, but the requested shape requires a "
        f"multiple of {product}"
    )


@kernel("ExpandDims", aliases=True, host=("dim",))
def expand_dims(xp: Any, x: Array, dim: Array) -> Array:
    """The array with a further axis."""
    axis, count = int(dim.item()), x.ndim
    if not -count - 1 <= axis <= count:
        raise invalid(f"Tried to expand dim index {axis} for tensor with {count} dimensions.")
    axis += count + 1 if axis < 0 else 0
    return x.reshape((*x.shape[:axis], 1, *x.shape[axis:]))


@kernel("Squeeze", aliases=True)
def squeeze(xp: Any, x: Array, squeeze_dims: list[int]) -> Array:
    """The array without axes of size 1."""
    if not squeeze_dims:
        return x.reshape([n for n in x.shape if n != 1])
    count = x.ndim
    dropped = set()
    for axis in squeeze_dims:
        if not -count <= axis < count:
            raise invalid(f"Tried to squeeze dim index {axis} for tensor with {count} dimensions.")
        if x.shape[axis] != 1:
            raise invalid(
                f"Can not squeeze dim[{axis}], expected a dimension of 1, got {x.shape[axis]}"
            )
        dropped.add(axis % count)
    return x.reshape([n for axis, n in enumerate(x.shape) if axis not in dropped])


# ---- Transpose ----


@kernel("Transpose", aliases=True, host=("perm",))
def transpose(xp: Any, x: Array, perm: Array) -> Array:
    """A view with the axes in another order."""
    order = perm.tolist()
    try:
        return x.transpose(order) if order else x.reshape(())
    except ValueError:
        raise invalid(_transpose_error(x, order)) from None


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
    return xp.conjugate(transpose(xp, x, perm))


@kernel("InvertPermutation", host=("x", "y"))
def invert_permutation(xp: Any, x: Array) -> Array:
    """The permutation that undoes another."""
    count = len(x)
    bad = np.flatnonzero((x < 0) | (x >= count))
    if bad.size:
        raise invalid(f"{x[bad[0]]} is not between 0 and {count}")
    result = np.full(count, -1, x.dtype)
    result[x] = np.arange(count, dtype=x.dtype)
    if (result < 0).any():
        values, counts = np.unique(x, return_counts=True)
        raise invalid(f"{values[counts > 1][0]} is duplicated in the input.")
    return result


# ---- Concat, Pack ----


@kernel("ConcatV2", host=("axis",))
def concat_v2(xp: Any, *inputs: Array) -> Array:
    """Arrays joined along an axis they have."""
    return _concatenated(xp, inputs[:-1], inputs[-1])


@kernel("Concat", host=("concat_dim",))
def concat(xp: Any, concat_dim: Array, *values: Array) -> Array:
    """Arrays joined along an axis they have."""
    return _concatenated(xp, values, concat_dim)


def _concatenated(xp: Any, values: Sequence[Array], axis: Array) -> Array:
    try:
        return xp.concatenate(values, int(axis))
    except ValueError:
        raise invalid(_concat_error(values, int(axis))) from None


def _concat_error(values: Sequence[Array], axis: int) -> str:
    first = values[0].shape
    count = len(first)
    if not -count <= axis < count:
        return (
            f"ConcatOp : Expected concatenating dimensions in the range [{-count}, {count}), but "
            f"got {axis}"
        )
    for position, value in enumerate(values):
        shapes = f"shape[0] = {shape_text(first)} vs. shape[{position}] = {shape_text(value.shape)}"
        if value.ndim != count:
            return f"ConcatOp : Ranks of all input tensors should match: {shapes}"
        for other in range(count):
            if other != axis % count and value.shape[other] != first[other]:
                return f"ConcatOp : Dimensions of inputs should match: {shapes}"
    return "ConcatOp : inputs do not fit"


@kernel("ConcatOffset", host=("concat_dim", "shape", "offset"))
def concat_offset(xp: Any, concat_dim: Array, *shapes: Array) -> Any:
    """Where each array begins in their concatenation."""
    axis, start = int(concat_dim), 0
    offsets = []
    for sizes in shapes:
        offset = np.zeros_like(sizes)
        offset[axis] = start
        start += int(sizes[axis])
        offsets.append(offset)
    return offsets


@kernel("ParallelConcat")
def parallel_concat(xp: Any, *values: Array) -> Array:
    """Arrays joined along the first axis."""
    return xp.concatenate(values, 0)


@kernel("Pack")
def pack(xp: Any, *values: Array, axis: int) -> Array:
    """Arrays joined along a new axis."""
    first = values[0].shape
    position = axis + len(first) + 1 if axis < 0 else axis
    for index, value in enumerate(values):
        if value.shape != first:
            raise invalid(
                f"Shapes of all inputs must match: values[0].shape = {shape_text(first)} != "
                f"values[{index}].shape = {shape_text(value.shape)}"
            )
    result = xp.empty((*first[:position], len(values), *first[position:]), values[0].dtype)
    whole = (slice(None),) * position
    for index, value in enumerate(values):
        result[(*whole, index, Ellipsis)] = value
    return result


# ---- Split, Unpack ----


@kernel("Split", aliases=True, host=("split_dim",))
def split(xp: Any, split_dim: Array, x: Array, num_split: int) -> Any:
    """Views of equal parts."""
    axis = _split_axis(x, split_dim)
    total = x.shape[axis]
    if total % num_split:
        raise invalid(
            "Number of ways to split should evenly divide the split dimension, but got split_dim "
            f"{axis} (size = {total}) and num_split {num_split}"
        )
    step = total // num_split
    return outputs([x[along(axis, slice(i, i + step))] for i in _starts([step] * num_split)])


def _starts(sizes: Sequence[int]) -> list[int]:
    starts, position = [], 0
    for n in sizes:
        starts.append(position)
        position += n
    return starts


def _split_axis(x: Array, split_dim: Array) -> int:
    axis, count = int(split_dim), int(x.ndim)
    if not -count <= axis < count:
        raise invalid(f"-input rank(-{count}) <= split_dim < input rank ({count}), but got {axis}")
    return axis % count


@kernel("SplitV", aliases=True, host=("size_splits", "split_dim"))
def split_v(xp: Any, x: Array, size_splits: Array, split_dim: Array) -> Any:
    """Views of parts of given sizes."""
    axis = _split_axis(x, split_dim)
    sizes = size_splits.tolist()
    total = x.shape[axis]
    known = sum(n for n in sizes if n != -1)
    is_open = -1 in sizes
    if (known > total) if is_open else (known != total):
        raise invalid(
            "Determined shape must either match input shape along split_dim exactly if fully "
            "specified, or be less than the size of the input along split_dim if not fully "
            f"specified.  Got: {known}"
        )
    sizes = [total - known if n == -1 else n for n in sizes]
    starts = _starts(sizes)
    return outputs([x[along(axis, slice(i, i + n))] for i, n in zip(starts, sizes, strict=True)])


@kernel("Unpack", aliases=True)
def unpack(xp: Any, x: Array, num: int, axis: int) -> Any:
    """Views of the slices along an axis."""
    position = axis + x.ndim if axis < 0 else axis
    if x.shape[position] != num:
        raise invalid(
            f"Input shape axis {position} must equal {num}, got shape {shape_text(x.shape)}"
        )
    return outputs([x[along(position, i)] for i in range(num)])


# ---- Tile ----


@kernel("Tile", host=("multiples",))
def tile(xp: Any, x: Array, multiples: Array) -> Array:
    """The array repeated along its axes."""
    factors = multiples.tolist()
    if len(factors) != x.ndim:
        raise invalid(
            f"Expected multiples argument to be a vector of length {x.ndim} but got length "
            f"{len(factors)}"
        )
    for axis, factor in enumerate(factors):
        if factor < 0:
            raise invalid(f"Expected multiples[{axis}] >= 0, but got {factor}")
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
        raise invalid(
            "The first dimension of paddings must be the rank of inputs"
            f"{shape_text(paddings.shape)} {shape_text(x.shape)}"
        )
    amounts: list[list[int]] = paddings.tolist()
    for before, after in amounts:
        if before < 0 or after < 0:
            raise invalid(f"Paddings must be non-negative: {before} {after}")
    return amounts


def _surrounded(xp: Any, x: Array, amounts: list[list[int]]) -> tuple[Array, list[slice]]:
    """An array with room around a copy of `x`, and where the copy is."""
    shape = [n + before + after for n, (before, after) in zip(x.shape, amounts, strict=True)]
    inside = [slice(before, before + n) for n, (before, _) in zip(x.shape, amounts, strict=True)]
    result = xp.empty(shape, x.dtype)
    result[(*inside, Ellipsis)] = x
    return result, inside


@kernel("Pad", host=("paddings",))
def pad(xp: Any, x: Array, paddings: Array) -> Array:
    """The array in a border of zeros; of empty strings."""
    return _padded(xp, x, paddings, b"" if x.dtype.hasobject else 0)


@kernel("PadV2", host=("paddings",))
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
            raise invalid(
                "paddings must be less than the dimension size: "
                f"{before}, {after} not less than {n}"
            )
        if mode == b"SYMMETRIC" and not (before <= n and after <= n):
            raise invalid(
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


# ---- OneHot ----


def _one_hot_shape(indices: Array, depth: Array, axis: int) -> tuple[tuple[int, ...], int]:
    """The shape of the result, and where the new axis is."""
    count = int(depth)
    if count < 0:
        raise invalid(f"depth must be non-negative, got: {count}")
    position = indices.ndim if axis == -1 else axis
    return (*indices.shape[:position], count, *indices.shape[position:]), position


@kernel("OneHot", device="CPU")
def one_hot(
    xp: Any, indices: Array, depth: Array, on_value: Array, off_value: Array, axis: int
) -> Array:
    """`on_value` at each index along a new axis, `off_value` elsewhere."""
    shape, position = _one_hot_shape(indices, depth, axis)
    result = np.empty(shape, on_value.dtype)
    result[...] = off_value
    count, inner = shape[position], math.prod(shape[position + 1 :])
    flat = indices.reshape(-1).astype(np.int64)
    # The place of element (outer, index, inner) in the flat result.
    places = np.arange(flat.size, dtype=np.int64)
    if inner != 1 and flat.size:
        places = places // inner * (inner * count) + places % inner
    else:
        places *= count
    places += flat * inner
    is_inside = (flat >= 0) & (flat < count)
    if not is_inside.all():
        places = places[is_inside]
    result.reshape(-1)[places] = on_value
    return result


@kernel("OneHot", device="GPU", host=("depth",))
def one_hot_gpu(
    device: Any, indices: Array, depth: Array, on_value: Array, off_value: Array, axis: int
) -> Array:
    """As `one_hot`, by comparing, which needs no look at the indices."""
    xp = device.xp
    shape, position = _one_hot_shape(indices, depth, axis)
    steps = xp.arange(shape[position], dtype=indices.dtype)
    steps = steps.reshape((-1, *(1,) * (len(shape) - 1 - position)))
    return xp.where(xp.expand_dims(indices, position) == steps, on_value, off_value)


# ---- Reverse ----


@kernel("ReverseV2", aliases=True, host=("axis",))
def reverse_v2(xp: Any, x: Array, axis: Array) -> Array:
    """A view that runs backwards along some axes."""
    index = [slice(None)] * x.ndim
    for position, a in enumerate(axis.tolist()):
        if not -x.ndim <= a < x.ndim:
            raise invalid(f"'axis'[{position}] = {a} is out of valid range [0, {x.ndim - 1}")
        if index[a].step is not None:
            raise invalid(f"axis {a % x.ndim} specified more than once.")
        index[a] = slice(None, None, -1)
    return x[(*index, Ellipsis)]


@kernel("Reverse", aliases=True, host=("dims",))
def reverse(xp: Any, x: Array, dims: Array) -> Array:
    """A view that runs backwards along the axes that are marked."""
    return x[(*(slice(None, None, -1 if flag else 1) for flag in dims.tolist()), Ellipsis)]


@kernel("ReverseSequence", device="CPU")
def reverse_sequence(xp: Any, x: Array, seq_lengths: Array, seq_dim: int, batch_dim: int) -> Array:
    """The first part of each sequence of a batch backwards."""
    lengths = np.asarray(seq_lengths)
    if len(lengths) != x.shape[batch_dim]:
        raise invalid(
            f"Length of seq_lengths != input.dims({batch_dim}), "
            f"({len(lengths)} vs. {x.shape[batch_dim]})"
        )
    bad = np.flatnonzero((lengths < 0) | (lengths > x.shape[seq_dim]))
    if bad.size:
        where = bad[0]
        if lengths[where] < 0:
            raise invalid(f"seq_lens({where}) < 0")
        raise invalid(f"seq_lens({where}) > input.dims({seq_dim})")
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


# ---- Broadcast ----


@kernel("BroadcastTo", aliases=True, host=("shape",))
def broadcast_to(xp: Any, x: Array, shape: Array) -> Array:
    """A view that repeats the array."""
    wanted = shape.tolist()
    if x.ndim > len(wanted):
        raise invalid(
            f"Rank of input ({x.ndim}) must be no greater than rank of output shape "
            f"({len(wanted)})."
        )
    try:
        return xp.broadcast_to(x, wanted)
    except ValueError:
        raise invalid(
            f"Incompatible shapes: {shape_text(x.shape)} vs. {shape_text(wanted)}"
        ) from None


@kernel("BroadcastArgs", host=("s0", "s1", "r0"))
def broadcast_args(xp: Any, s0: Array, s1: Array) -> Array:
    """The shape that two shapes broadcast to."""
    a, b = s0.tolist(), s1.tolist()
    try:
        return np.array(np.broadcast_shapes(tuple(a), tuple(b)), s0.dtype)
    except ValueError:
        raise invalid(f"Incompatible shapes: {shape_text(a)} vs. {shape_text(b)}") from None


# ---- Diagonals ----


@kernel("MatrixBandPart", host=("num_lower", "num_upper"))
def matrix_band_part(xp: Any, x: Array, num_lower: Array, num_upper: Array) -> Array:
    """Matrices, zero outside a band."""
    if x.ndim < 2:
        raise invalid(f"input must be at least 2-dim, received shape: {shape_text(x.shape)}")
    rows, columns = x.shape[-2:]
    lower, upper = int(num_lower), int(num_upper)
    if lower > rows:
        raise invalid(
            f"num_lower must be negative or less or equal to number of rows ({rows}) got: {lower}"
        )
    if upper > columns:
        raise invalid(
            "num_upper must be negative or less or equal to number of columns "
            f"({columns}) got: {upper}"
        )
    below = xp.arange(rows)[:, None] - xp.arange(columns)[None, :]
    is_kept = xp.ones((rows, columns), bool)
    if lower >= 0:
        is_kept &= below <= lower
    if upper >= 0:
        is_kept &= below >= -upper
    return xp.where(is_kept, x, x.dtype.type(0))


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
        raise invalid(f"input must be at least 1-dim, received shape: {shape_text(diagonal.shape)}")
    result = xp.zeros((*diagonal.shape, diagonal.shape[-1]), diagonal.dtype)
    _diagonal(result)[...] = diagonal
    return result


@kernel("MatrixDiagPart", aliases=True)
def matrix_diag_part(xp: Any, x: Array) -> Array:
    """A view of the diagonals."""
    if x.ndim < 2:
        raise invalid(f"input must be at least 2-dim, received shape: {shape_text(x.shape)}")
    return xp.diagonal(x, axis1=-2, axis2=-1)


@kernel("MatrixSetDiag")
def matrix_set_diag(xp: Any, x: Array, diagonal: Array) -> Array:
    """Matrices with other diagonals."""
    if diagonal.shape != (*x.shape[:-2], min(x.shape[-2:])):
        raise invalid(
            "must have diagonal.shape == input.shape[:-2] + min(input.shape[-2:]), but received "
            f"input shape: {shape_text(x.shape)} and diagonal shape: {shape_text(diagonal.shape)}"
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


@kernel("DiagPart")
def diag_part(xp: Any, x: Array) -> Array:
    """The diagonal of a tensor."""
    if x.ndim % 2 or x.ndim == 0:
        raise invalid(
            "The rank of the tensor should be                                         "
            f" even and positive, got shape {shape_text(x.shape)}"
        )
    half = x.ndim // 2
    for axis in range(half):
        if x.shape[axis] != x.shape[axis + half]:
            raise invalid(
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


@kernel("SpaceToDepth")
def space_to_depth(xp: Any, x: Array, block_size: int, data_format: bytes) -> Array:
    """Blocks of pixels moved into channels."""
    image, s = _to_nhwc(x, data_format), block_size
    batch, height, width, depth = image.shape
    if height % s or width % s:
        raise invalid(
            f"Image width {width} and height {height} should be divisible by block_size: {s}"
        )
    blocks = image.reshape(batch, height // s, s, width // s, s, depth)
    rows = blocks.transpose(0, 1, 3, 2, 4, 5)
    return _from_nhwc(rows.reshape(batch, height // s, width // s, s * s * depth), data_format)


@kernel("DepthToSpace")
def depth_to_space(xp: Any, x: Array, block_size: int, data_format: bytes) -> Array:
    """Channels moved into blocks of pixels."""
    image, s = _to_nhwc(x, data_format), block_size
    batch, height, width, depth = image.shape
    if depth % (s * s):
        raise invalid(f"Input depth dimension {depth} should be divisible by: {s * s}")
    rest = depth // (s * s)
    blocks = image.reshape(batch, height, width, s, s, rest)
    rows = blocks.transpose(0, 1, 3, 2, 4, 5)
    return _from_nhwc(rows.reshape(batch, height * s, width * s, rest), data_format)


# ---- SpaceToBatchND, BatchToSpaceND ----


@kernel("SpaceToBatchND", host=("block_shape", "paddings"))
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
            raise invalid(
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
        raise invalid(f"input rank should be >= {len(block) + 1} instead of {x.ndim}")
    if tuple(borders.shape) != (len(block), 2):
        raise invalid(
            f"{name} should have shape [{len(block)}, 2] instead of {shape_text(borders.shape)}"
        )
    if any(step < 1 for step in block):
        raise invalid("All values in block_shape must be positive")
    if (borders < 0).any():
        raise invalid(f"{name} must be non-negative")


@kernel("BatchToSpaceND", host=("block_shape", "crops"))
def batch_to_space_nd(xp: Any, x: Array, block_shape: Array, crops: Array) -> Array:
    """Blocks of the spatial axes moved back from the batch."""
    block, count = block_shape.tolist(), len(block_shape)
    _check_blocks(x, block, crops, "crops")
    factor = math.prod(block)
    if x.shape[0] % factor:
        raise invalid(
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
    moved = x.reshape((*block, batch, *x.shape[1:])).transpose(order)
    whole = moved.reshape((batch, *sizes, *rest))
    inside = [
        slice(before, n - after) for n, (before, after) in zip(sizes, crops.tolist(), strict=True)
    ]
    return whole[(slice(None), *inside, Ellipsis)]


@kernel("SpaceToBatch", host=("paddings",))
def space_to_batch(xp: Any, x: Array, paddings: Array, block_size: int) -> Array:
    """Square blocks of an image moved into the batch."""
    return space_to_batch_nd(xp, x, np.array([block_size, block_size]), paddings)


@kernel("BatchToSpace", host=("crops",))
def batch_to_space(xp: Any, x: Array, crops: Array, block_size: int) -> Array:
    """Square blocks of an image moved back from the batch."""
    return batch_to_space_nd(xp, x, np.array([block_size, block_size]), crops)
