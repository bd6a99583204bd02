"""Kernels of ops that make, reshape, join and split arrays.

What can be a view is one. Shape-like inputs arrive in host memory on every device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType, as_dtype, int32
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .launch import C_INDICES, C_SIZES, over_elements

Array = Any
Dims = tuple[int | None, ...] | None


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
    raise InvalidArgumentError.of(
        f"You must feed a value for placeholder tensor '{state}' with dtype "
        f"{dtype.runtime_name}{suffix}"
    )


@kernel("PlaceholderWithDefault", aliases=True, host_types=(int32,))
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
        raise InvalidArgumentError.of(text.format(shape_text(shape), shape_text(wanted)))


# ---- Identity ----


@kernel("Identity", "StopGradient", aliases=True, host_types=(int32,))
@kernel("Snapshot", "GuaranteeConst", "PreventGradient", aliases=True)
def identity(xp: Any, x: Array) -> Array:
    """The array itself."""
    return x


@kernel("IdentityN", aliases=True, host_types=(int32,))
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
    raise InvalidArgumentError.of(f"{message.decode()} : Tensor had {kinds} values")


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
        raise InvalidArgumentError.of(
            f"Cannot bitcast from {as_dtype(x.dtype).runtime_name} to {type.runtime_name}: "
            f"shape {shape_text(x.shape)}"
        )
    return xp.ascontiguousarray(x).view(new)[..., 0]


# ---- Shape, Size, Rank ----


@kernel("Shape", host=("output",), host_types=(int32,))
def shape(xp: Any, x: Array, out_type: DType) -> Array:
    """The shape, in host memory."""
    return sizes_of(x, out_type, "Shape output type is 32-bit  but")


def sizes_of(x: Array, out_type: DType, text: str) -> Array:
    """The sizes of `x`.

    Raises:
      InvalidArgumentError: one does not fit; `text` and what it is.
    """
    for axis, size in enumerate(x.shape):
        if size > out_type.max:
            raise InvalidArgumentError.of(f"{text} dim {axis} is {size}")
    return np.array(x.shape, out_type.numpy)


@kernel("ShapeN", host=("output",), host_types=(int32,))
def shape_n(xp: Any, *inputs: Array, out_type: DType) -> Any:
    """The shapes, in host memory."""
    text = "ShapeN output type is 32-bit but shape"
    return outputs([sizes_of(x, out_type, f"{text} {i}") for i, x in enumerate(inputs)])


@kernel("Size", host=("output",), host_types=(int32,))
def size(xp: Any, x: Array, out_type: DType) -> Array:
    """The number of elements, in host memory."""
    if x.size > out_type.max:
        raise InvalidArgumentError.of(
            "Number of elements was larger than representable by 32-bit output type"
        )
    return np.array(x.size, out_type.numpy)


@kernel("Rank", host=("output",), host_types=(int32,))
def rank(xp: Any, x: Array) -> Array:
    """The number of axes, in host memory."""
    return np.array(x.ndim, np.int32)


# ---- Fill, ZerosLike, OnesLike ----


@kernel("Fill", host=("dims",), host_types=(int32,))
def fill(xp: Any, dims: Array, value: Array) -> Array:
    """An array of equal elements."""
    sizes = dims.tolist()
    for n in sizes:
        if n < 0:
            raise InvalidArgumentError.of(f"Dimension {n} must be >= 0")
    result = xp.empty(sizes, value.dtype)
    result[...] = value
    return result


@kernel("ZerosLike", host_types=(int32,))
def zeros_like(xp: Any, x: Array) -> Array:
    """Zeros; empty strings."""
    if x.dtype.hasobject:
        return np.full(x.shape, b"", object)
    return xp.zeros(x.shape, x.dtype)


@kernel("OnesLike", host_types=(int32,))
def ones_like(xp: Any, x: Array) -> Array:
    """Ones."""
    return xp.ones(x.shape, x.dtype)


# ---- Reshape, ExpandDims, Squeeze ----


@kernel("Reshape", aliases=True, host=("shape",), host_types=(int32,))
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
    raise InvalidArgumentError.of(_reshape_error(x, sizes))


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


@kernel("ExpandDims", aliases=True, host=("dim",), host_types=(int32,))
def expand_dims(xp: Any, x: Array, dim: Array) -> Array:
    """The array with a further axis."""
    axis, count = int(dim.item()), x.ndim
    if not -count - 1 <= axis <= count:
        raise InvalidArgumentError.of(
            f"Tried to expand dim index {axis} for tensor with {count} dimensions."
        )
    axis += count + 1 if axis < 0 else 0
    return x.reshape((*x.shape[:axis], 1, *x.shape[axis:]))


@kernel("Squeeze", aliases=True, host_types=(int32,))
def squeeze(xp: Any, x: Array, squeeze_dims: list[int]) -> Array:
    """The array without axes of size 1."""
    if not squeeze_dims:
        return x.reshape([n for n in x.shape if n != 1])
    count = x.ndim
    dropped = set()
    for axis in squeeze_dims:
        if not -count <= axis < count:
            raise InvalidArgumentError.of(
                f"Tried to squeeze dim index {axis} for tensor with {count} dimensions."
            )
        if x.shape[axis] != 1:
            raise InvalidArgumentError.of(
                f"Can not squeeze dim[{axis % count}], expected a dimension of 1, "
                f"got {x.shape[axis]}"
            )
        dropped.add(axis % count)
    return x.reshape([n for axis, n in enumerate(x.shape) if axis not in dropped])


# ---- Concat, Pack ----


@kernel("ConcatV2", host=("axis",), host_types=(int32,))
def concat_v2(xp: Any, *inputs: Array) -> Array:
    """Arrays joined along an axis they have."""
    return _concatenated(xp, inputs[:-1], inputs[-1])


@kernel("Concat", host=("concat_dim",), host_types=(int32,))
def concat(xp: Any, concat_dim: Array, *values: Array) -> Array:
    """Arrays joined along an axis they have."""
    return _concatenated(xp, values, concat_dim)


def _concatenated(xp: Any, values: Sequence[Array], axis: Array) -> Array:
    try:
        return xp.concatenate(values, int(axis))
    except ValueError:
        raise InvalidArgumentError.of(_concat_error(values, int(axis))) from None


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
    axis, start = _checked_axis(concat_dim, shapes), 0
    offsets = []
    for sizes in shapes:
        offset = np.zeros_like(sizes)
        offset[axis] = start
        start += int(sizes[axis])
        offsets.append(offset)
    return offsets


def _checked_axis(concat_dim: Array, shapes: Sequence[Array]) -> int:
    """The axis of a concatenation of arrays of these shapes, which must fit together."""
    if concat_dim.ndim:
        raise InvalidArgumentError.of(
            "Concat dim tensor should be a scalar integer, but got shape "
            f"{shape_text(concat_dim.shape)}"
        )
    axis, first = int(concat_dim), shapes[0]
    for index, sizes in enumerate(shapes):
        if sizes.ndim != 1:
            raise InvalidArgumentError.of(
                f"input {index} should be a vector, but got shape {shape_text(sizes.shape)}"
            )
    if not -first.size <= axis < first.size:
        raise InvalidArgumentError.of(f"Concat dim is out of range: {axis} vs. {first.size}")
    axis += first.size if axis < 0 else 0
    for index, sizes in enumerate(shapes):
        if sizes.size != first.size:
            raise InvalidArgumentError.of(
                f"input {index} should contain {first.size} elements, but got {sizes.size}"
            )
        if any(a != b for i, (a, b) in enumerate(zip(sizes, first, strict=True)) if i != axis):
            raise InvalidArgumentError.of(
                f"All dimensions except {axis} must match. Input {index} has shape "
                f"{_spaced(sizes)} and doesn't match input 0 with shape {_spaced(first)}."
            )
    return axis


def _spaced(sizes: Array) -> str:
    return f"[{' '.join(map(str, sizes.tolist()))}]"


@kernel("ParallelConcat")
def parallel_concat(xp: Any, *values: Array) -> Array:
    """Arrays joined along the first axis."""
    return xp.concatenate(values, 0)


@kernel("Pack", host_types=(int32,))
def pack(xp: Any, *values: Array, axis: int) -> Array:
    """Arrays joined along a new axis."""
    first = values[0].shape
    position = axis + len(first) + 1 if axis < 0 else axis
    if not 0 <= position <= len(first):
        raise InvalidArgumentError.of(f"axis = {axis} not in [{-len(first) - 1}, {len(first) + 1})")
    for index, value in enumerate(values):
        if value.shape != first:
            raise InvalidArgumentError.of(
                f"Shapes of all inputs must match: values[0].shape = {shape_text(first)} != "
                f"values[{index}].shape = {shape_text(value.shape)}"
            )
    result = xp.empty((*first[:position], len(values), *first[position:]), values[0].dtype)
    whole = (slice(None),) * position
    for index, value in enumerate(values):
        result[(*whole, index, Ellipsis)] = value
    return result


# ---- Split, Unpack ----


@kernel("Split", aliases=True, host=("split_dim",), host_types=(int32,))
def split(xp: Any, split_dim: Array, x: Array, num_split: int) -> Any:
    """Views of equal parts."""
    if split_dim.ndim:
        raise ValueError("split_dim")  # in the words of registry.run_ranks
    axis = _split_axis(x, split_dim)
    total = x.shape[axis]
    if total % num_split:
        raise InvalidArgumentError.of(
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
    if split_dim.size != 1:
        raise ValueError("split_dim")  # in the words of registry.run_ranks
    axis, count = int(split_dim.item()), int(x.ndim)
    if not -count <= axis < count:
        raise InvalidArgumentError.of(
            f"-input rank(-{count}) <= split_dim < input rank ({count}), but got {axis}"
        )
    return axis % count


@kernel("SplitV", aliases=True, host=("size_splits", "split_dim"), host_types=(int32,))
def split_v(xp: Any, x: Array, size_splits: Array, split_dim: Array) -> Any:
    """Views of parts of given sizes."""
    axis = _split_axis(x, split_dim)
    sizes = size_splits.tolist()
    total = x.shape[axis]
    known = sum(n for n in sizes if n != -1)
    is_open = -1 in sizes
    if sizes.count(-1) > 1:
        raise InvalidArgumentError.of("There can only be one -1 in the input.")
    if (known > total) if is_open else (known != total):
        raise InvalidArgumentError.of(
            "Determined shape must either match input shape along split_dim exactly if fully "
            "specified, or be less than the size of the input along split_dim if not fully "
            f"specified.  Got: {known}"
        )
    sizes = [total - known if n == -1 else n for n in sizes]
    starts = _starts(sizes)
    return outputs([x[along(axis, slice(i, i + n))] for i, n in zip(starts, sizes, strict=True)])


@kernel("Unpack", aliases=True, host_types=(int32,))
def unpack(xp: Any, x: Array, num: int, axis: int) -> Any:
    """Views of the slices along an axis."""
    position = axis + x.ndim if axis < 0 else axis
    if not 0 <= position < x.ndim:
        raise InvalidArgumentError.of(f"axis = {axis} not in [{-x.ndim}, {x.ndim})")
    if x.shape[position] != num:
        raise InvalidArgumentError.of(
            f"Input shape axis {position} must equal {num}, got shape {shape_text(x.shape)}"
        )
    return outputs([x[along(position, i)] for i in range(num)])


# ---- OneHot ----


def _one_hot_shape(indices: Array, depth: Array, axis: int) -> tuple[tuple[int, ...], int]:
    """The shape of the result, and where the new axis is."""
    count = int(depth)
    if count < 0:
        raise InvalidArgumentError.of(f"depth must be non-negative, got: {count}")
    if axis > indices.ndim:
        raise InvalidArgumentError.of(
            f"Expected axis to be -1 or between [0, {indices.ndim + 1}).  But received: {axis}"
        )
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
    """`one_hot` by one kernel, each element of which looks at its index."""
    xp = device.xp
    shape, position = _one_hot_shape(indices, depth, axis)
    result = xp.empty(shape, on_value.dtype)
    index = "unsigned char" if indices.dtype == np.uint8 else C_INDICES[indices.dtype]
    kind = C_SIZES[result.dtype.itemsize]
    sizes = (np.int64(n) for n in (result.size, shape[position], math.prod(shape[position + 1 :])))
    arguments = (xp.ascontiguousarray(indices), on_value, off_value, result, *sizes)
    over_elements(device, "rows_by_index.cu", f"one_hot<{kind}, {index}>", result.size, arguments)
    return result


# ---- Broadcast ----


@kernel("BroadcastTo", aliases=True, host=("shape",), host_types=(int32,))
def broadcast_to(xp: Any, x: Array, shape: Array) -> Array:
    """A view that repeats the array."""
    if shape.ndim != 1:
        raise ValueError("shape")  # in the words of registry.run_ranks
    wanted = shape.tolist()
    if x.ndim > len(wanted):
        raise InvalidArgumentError.of(
            f"Rank of input ({x.ndim}) must be no greater than rank of output shape "
            f"({len(wanted)})."
        )
    try:
        return xp.broadcast_to(x, wanted)
    except ValueError:
        raise InvalidArgumentError.of(
            f"Incompatible shapes: {shape_text(x.shape)} vs. {shape_text(wanted)}"
        ) from None


@kernel("BroadcastArgs", host=("s0", "s1", "r0"))
def broadcast_args(xp: Any, s0: Array, s1: Array) -> Array:
    """The shape that two shapes broadcast to."""
    a, b = s0.tolist(), s1.tolist()
    try:
        return np.array(np.broadcast_shapes(tuple(a), tuple(b)), s0.dtype)
    except ValueError:
        raise InvalidArgumentError.of(
            f"Incompatible shapes: {shape_text(a)} vs. {shape_text(b)}"
        ) from None
