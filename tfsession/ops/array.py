"""Ops that make, reshape, join, split and rearrange tensors.

What picks elements of a tensor (slices, gathers, masks) is in `tfsession.ops.indexing`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession import shapes as static_shapes
from tfsession.build import build, constant_of_array, convert_shape, convert_to_tensor
from tfsession.build import constant as build_constant
from tfsession.dtypes import DType, as_dtype
from tfsession.graph import Operation, Tensor
from tfsession.indexed_slices import SparseTensor, SparseTensorValue
from tfsession.registry import gradient, no_gradient, op
from tfsession.registry import shape as shape_function
from tfsession.scopes import name_scope
from tfsession.shape_inference import constant_value, constant_value_as_shape
from tfsession.shapes import Dims, TensorShape, merge_dims, with_rank, with_rank_at_least

__all__ = [
    "batch_to_space",
    "batch_to_space_nd",
    "bitcast",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "broadcast_to",
    "check_numerics",
    "concat",
    "constant",
    "depth_to_space",
    "diag",
    "diag_part",
    "ensure_shape",
    "expand_dims",
    "fill",
    "guarantee_const",
    "identity",
    "identity_n",
    "invert_permutation",
    "matrix_band_part",
    "matrix_diag",
    "matrix_diag_part",
    "matrix_set_diag",
    "matrix_transpose",
    "meshgrid",
    "newaxis",
    "one_hot",
    "ones",
    "ones_like",
    "pad",
    "parallel_stack",
    "placeholder",
    "placeholder_with_default",
    "prevent_gradient",
    "rank",
    "required_space_to_batch_paddings",
    "reshape",
    "reverse",
    "reverse_sequence",
    "reverse_v2",
    "sequence_mask",
    "shape",
    "shape_n",
    "size",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
    "sparse_placeholder",
    "split",
    "squeeze",
    "stack",
    "stop_gradient",
    "tile",
    "transpose",
    "unstack",
    "zeros",
    "zeros_like",
]

# What `x[tf.newaxis]` and `x[None]` have in common.
newaxis = None

# A filled tensor below this size becomes a constant, a larger one an op.
_SMALL_CONSTANT_ELEMENTS = 1000


def deprecated_argument(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    """Returns the value of an argument that has two names.

    Raises:
      ValueError: both are given.
    """
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old


def canonical_axis(axis: int, rank: int) -> int:
    """Returns `axis` counted from the front.

    Raises:
      ValueError: there is no such axis.
    """
    if not -rank <= axis < rank:
        raise ValueError(f"Dimension size must be in the range [{-rank}, {rank}), but is {axis}")
    return axis + rank if axis < 0 else axis


# ---- Const ----

op("Const() -> output: dtype", "value: tensor; dtype: type")


@shape_function("Const")
def _const_shape(value: np.ndarray[tuple[int, ...], Any]) -> Dims:
    return value.shape


no_gradient("Const")


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """Makes a constant tensor.

    Args:
      value: a number, string, (nested) list of these, or an array.
      dtype: dtype of the elements; None takes that of `value`: float32 for Python floats, int32 for
        ints.
      shape: shape of the result; None takes that of `value`. Missing elements repeat the last one.
      name: name of the operation.
      verify_shape: whether `value` must have exactly `shape`.

    Raises:
      TypeError: an element is not of `dtype`, or `value` has not `shape` though it must.
      ValueError: `value` has more elements than `shape`.

    Source: TensorFlow 1.15 `tf.constant`.
    """
    kind = None if dtype is None else as_dtype(dtype)
    if shape is None:
        return build_constant(value, kind, name)
    dims = static_shapes.as_dims(shape)
    if dims is None or None in dims:
        raise ValueError(f"constant: shape {shape!r} must be fully defined")
    sizes = [size for size in dims if size is not None]
    if verify_shape:
        present = np.shape(value)
        if present != tuple(sizes):
            raise TypeError(f"Expected Tensor's shape: {tuple(sizes)}, got {present}.")
    return build_constant(value, kind, name, sizes)


# ---- Placeholder ----

op("Placeholder() -> output: dtype", "dtype: type; shape: shape = unknown")


@shape_function("Placeholder")
def _placeholder_shape(shape: Dims) -> Dims:
    return shape


no_gradient("Placeholder")


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """Makes a tensor whose value is always fed.

    Args:
      dtype: dtype of the elements.
      shape: static shape that the fed values must fit; None allows any.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.placeholder`.
    """
    result: Tensor = build(
        "Placeholder", dtype=dtype, shape=static_shapes.as_dims(shape), name=name
    )
    return result


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """Makes a sparse tensor whose value is always fed.

    Args:
      dtype: dtype of the elements.
      shape: [rank] of the dense tensor, in which None is an unknown size; None allows any rank.
      name: prefix of the operations' names.

    Source: TensorFlow 1.15 `tf.sparse_placeholder`.
    """
    shape_name = None if name is None else f"{name}/shape"
    dims: Dims = None
    if shape is None:
        rank = None
        dense_shape = placeholder(dtypes.int64, [None], shape_name)
    elif isinstance(shape, Tensor):
        rank = None if shape.dims is None else shape.dims[0]
        dense_shape = shape
    else:
        dims = static_shapes.as_dims(shape)
        assert dims is not None
        rank = len(dims)
        default = np.array([-1 if size is None else size for size in dims], np.int64)
        default_name = None if name is None else f"{name}/shape_default"
        dense_shape = placeholder_with_default(
            constant_of_array(default, default_name), default.shape, shape_name
        )
    result = SparseTensor(
        values=placeholder(dtype, [None], None if name is None else f"{name}/values"),
        indices=placeholder(
            dtypes.int64, [None, rank], None if name is None else f"{name}/indices"
        ),
        dense_shape=dense_shape,
    )
    # The sizes that are known stay known, though the default may be fed another value.
    result._known_dims = dims
    return result


# ---- PlaceholderWithDefault ----

op("PlaceholderWithDefault(input: dtype) -> output: dtype", "dtype: type; shape: shape")


@shape_function("PlaceholderWithDefault")
def _placeholder_with_default_shape(input: Tensor, shape: Dims) -> Dims:
    if not static_shapes.dims_compatible(input.dims, shape):
        merge_dims(input.dims, shape)
    return shape


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Makes a tensor that has the value of `input` unless it is fed.

    Args:
      input: the default value.
      shape: static shape that fed values must fit.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.placeholder_with_default`.
    """
    result: Tensor = build(
        "PlaceholderWithDefault", input, shape=static_shapes.as_dims(shape), name=name
    )
    return result


# ---- Identity ----

op("Identity(input: T) -> output: T", "T: type")
op("Snapshot(input: T) -> output: T", "T: type")
op("GuaranteeConst(input: T) -> output: T", "T: type", stateful=True)
op("StopGradient(input: T) -> output: T", "T: type")
op("PreventGradient(input: T) -> output: T", "T: type; message: string = ''")
op("DeepCopy(x: T) -> y: T", "T: type", stateful=True)


@shape_function("Identity", "Snapshot", "GuaranteeConst", "StopGradient", "PreventGradient")
def _unchanged_shape(input: Tensor) -> Dims:
    return input.dims


@shape_function("DeepCopy")
def _deep_copy_shape(x: Tensor) -> Dims:
    return x.dims


@gradient("Identity", "Snapshot", "PlaceholderWithDefault")
def _identity_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [dy]


no_gradient("GuaranteeConst", "StopGradient", "DeepCopy")


@gradient("PreventGradient")
def _prevent_gradient_gradient(op: Operation, dy: Tensor) -> list[Any]:
    raise LookupError(f"Gradient explicitly disabled. Reason: {op.attrs['message'].decode()!r}")


def identity(input: Any, name: str | None = None) -> Tensor:
    """Returns a tensor with the value of `input`.

    Source: TensorFlow 1.15 `tf.identity`.
    """
    result: Tensor = build("Identity", input, name=name)
    return result


def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """Returns `input`, promising that its value never changes.

    Source: TensorFlow 1.15 `tf.guarantee_const`.
    """
    result: Tensor = build("GuaranteeConst", input, name=name)
    return result


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """Returns `input`, through which no gradient passes.

    Source: TensorFlow 1.15 `tf.stop_gradient`.
    """
    result: Tensor = build("StopGradient", input, name=name)
    return result


def prevent_gradient(input: Any, message: str = "", name: str | None = None) -> Tensor:
    """Returns `input`; asking for a gradient through it raises LookupError.

    Source: TensorFlow 1.15 `array_ops.prevent_gradient`.
    """
    result: Tensor = build("PreventGradient", input, message=message, name=name)
    return result


# ---- IdentityN ----

op("IdentityN(input: T) -> output: T", "T: list(type) >= 1")


@shape_function("IdentityN")
def _identity_n_shape(input: list[Tensor]) -> list[Dims]:
    return [tensor.dims for tensor in input]


@gradient("IdentityN")
def _identity_n_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    return list(dy)


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """Returns tensors with the values of a list of tensors, all computed before any is returned.

    Source: TensorFlow 1.15 `tf.identity_n`.
    """
    result: list[Tensor] = build("IdentityN", input, name=name)
    return result


# ---- EnsureShape ----

op("EnsureShape(input: T) -> output: T", "shape: shape; T: type")


@shape_function("EnsureShape")
def _ensure_shape_shape(input: Tensor, shape: Dims) -> Dims:
    return merge_dims(input.dims, shape)


@gradient("EnsureShape")
def _ensure_shape_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [dy]


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """Returns `x`, having checked its shape when it runs.

    Args:
      x: a tensor.
      shape: the shape, in which None stands for any size.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.ensure_shape`.
    """
    result: Tensor = build("EnsureShape", x, shape=static_shapes.as_dims(shape), name=name)
    return result


# ---- CheckNumerics ----

op(
    "CheckNumerics(tensor: T) -> output: T",
    "T: {bfloat16, float16, float32, float64}; message: string",
)


@shape_function("CheckNumerics")
def _check_numerics_shape(tensor: Tensor) -> Dims:
    return tensor.dims


@gradient("CheckNumerics")
def _check_numerics_gradient(op: Operation, dy: Tensor) -> list[Any]:
    message = "Not a number (NaN) or infinity (Inf) values detected in gradient."
    return [check_numerics(dy, message)]


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """Returns `tensor`; a NaN or an infinity in it is an InvalidArgumentError.

    Source: TensorFlow 1.15 `tf.check_numerics`.
    """
    result: Tensor = build("CheckNumerics", tensor, message=message, name=name)
    return result


# ---- Bitcast ----

_BITCAST_TYPES = (
    "{bfloat16, float16, float32, float64, int64, int32, uint8, uint16, uint32, uint64, int8, "
    "int16, complex64, complex128, qint8, quint8, qint16, quint16, qint32}"
)
op("Bitcast(input: T) -> output: type", f"T: {_BITCAST_TYPES}; type: {_BITCAST_TYPES}")


@shape_function("Bitcast")
def _bitcast_shape(input: Tensor, type: DType) -> Dims:
    dims, old, new = input.dims, input.dtype.base_dtype.size, type.size
    if dims is None or old == new:
        return dims
    if old > new:
        return (*dims, old // new)
    if not dims:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    if dims[-1] is not None and dims[-1] != new // old:
        raise ValueError(f"Cannot bitcast due to shape. {dims[-1]} does not match {new // old}")
    return dims[:-1]


no_gradient("Bitcast")


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """Reads the bytes of a tensor as another dtype.

    Args:
      input: [...]; [..., n] where the new dtype is n times as large.
      type: the new dtype; where it is n times smaller, the result is [..., n].
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.bitcast`.
    """
    result: Tensor = build("Bitcast", input, type=type, name=name)
    return result


# ---- Shape ----

op("Shape(input: T) -> output: out_type", "T: type; out_type: {int32, int64} = int32")
op(
    "ShapeN(input: N * T) -> output: N * out_type",
    "N: int >= 1; T: type; out_type: {int32, int64} = int32",
)


@shape_function("Shape")
def _shape_shape(input: Tensor) -> Dims:
    return (None if input.dims is None else len(input.dims),)


@shape_function("ShapeN")
def _shape_n_shape(input: list[Tensor]) -> list[Dims]:
    return [_shape_shape(tensor) for tensor in input]


no_gradient("Shape", "ShapeN")


def shape(
    input: Any, name: str | None = None, out_type: Any = dtypes.int32, *, optimize: bool = True
) -> Tensor:
    """Returns the shape of a tensor.

    Args:
      input: a tensor or SparseTensor.
      name: name of the operation.
      out_type: int32 or int64.
      optimize: whether a statically known shape becomes a constant.

    Returns:
      [rank of input].

    Source: TensorFlow 1.15 `tf.shape`.
    """
    out_type = as_dtype(out_type)
    with name_scope(name, "Shape", [input]) as scope:
        if isinstance(input, (SparseTensor, SparseTensorValue)):
            result: Tensor = build("Cast", input.dense_shape, DstT=out_type, name=scope)
            return result
        tensor = convert_to_tensor(input)
        dims = tensor.dims
        if optimize and dims is not None and None not in dims:
            return constant_of_array(np.array(dims, out_type.numpy), scope, out_type)
        result = build("Shape", tensor, out_type=out_type, name=scope)
        return result


def shape_n(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> list[Tensor]:
    """Returns the shapes of several tensors of one dtype.

    Source: TensorFlow 1.15 `tf.shape_n`.
    """
    result: list[Tensor] = build("ShapeN", input, out_type=out_type, name=name)
    return result


# ---- Size ----

op("Size(input: T) -> output: out_type", "T: type; out_type: {int32, int64} = int32")


@shape_function("Size")
def _scalar_shape() -> Dims:
    return ()


no_gradient("Size")


def size(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """Returns the number of elements of a tensor.

    Args:
      input: a tensor or SparseTensor.
      name: name of the operation.
      out_type: int32 or int64.

    Returns:
      a scalar.

    Source: TensorFlow 1.15 `tf.size`.
    """
    out_type = as_dtype(out_type)
    with name_scope(name, "Size", [input]) as scope:
        if isinstance(input, (SparseTensor, SparseTensorValue)):
            sizes = build("Cast", input.dense_shape, DstT=out_type)
            result: Tensor = build("Prod", sizes, 0, name=scope)
            return result
        tensor = convert_to_tensor(input)
        count = static_shapes.element_count(tensor.dims)
        if count is not None:
            return constant_of_array(np.array(count, out_type.numpy), scope, out_type)
        result = build("Size", tensor, out_type=out_type, name=scope)
        return result


# ---- Rank ----

op("Rank(input: T) -> output: int32", "T: type")
shape_function("Rank")(_scalar_shape)
no_gradient("Rank")


def rank(input: Any, name: str | None = None) -> Tensor:
    """Returns the number of axes of a tensor, a scalar.

    Source: TensorFlow 1.15 `tf.rank`.
    """
    with name_scope(name, "Rank", [input]) as scope:
        if isinstance(input, (SparseTensor, SparseTensorValue)):
            return size(input.dense_shape, name=scope)
        tensor = convert_to_tensor(input)
        if tensor.dims is not None:
            return constant_of_array(np.array(len(tensor.dims), np.int32), scope, dtypes.int32)
        result: Tensor = build("Rank", tensor, name=scope)
        return result


# ---- Fill ----

op(
    "Fill(dims: index_type, value: T) -> output: T",
    "T: type; index_type: {int32, int64} = int32",
)


@shape_function("Fill")
def _fill_shape(dims: Tensor, value: Tensor) -> Dims:
    with_rank(dims.dims, 1)
    with_rank(value.dims, 0)
    return constant_value_as_shape(dims)


@gradient("Fill")
def _fill_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [None, build("Sum", dy, _all_axes(dy))]


def _all_axes(x: Tensor) -> Any:
    """The axes of `x`, as an array where their number is known."""
    if x.dims is not None:
        return np.arange(len(x.dims), dtype=np.int32)
    return build("Range", 0, rank(x), 1)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """Makes a tensor filled with a scalar.

    Args:
      dims: [rank], the shape.
      value: a scalar.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.fill`.
    """
    if isinstance(dims, (TensorShape, list, tuple)):
        with name_scope(name, "Fill", [dims, value]) as scope:
            dims = convert_shape(dims, name="dims")
            result: Tensor = build("Fill", dims, value, name=scope)
            return result
    result = build("Fill", dims, value, name=name)
    return result


def _filled(value: int, shape: Any, dtype: Any, name: str | None, default_name: str) -> Tensor:
    kind = as_dtype(dtype).base_dtype
    element: Any = value
    if kind is dtypes.bool:
        element = bool(value)
    elif kind is dtypes.string:
        element = b"" if value == 0 else value
    with name_scope(name, default_name, [shape]) as scope:
        if not isinstance(shape, Tensor):
            dims = _whole_dims(shape)
            if dims is not None:
                if int(np.prod(dims, dtype=np.int64)) < _SMALL_CONSTANT_ELEMENTS:
                    return _full_constant(dims, element, kind, scope)
                shape = constant_of_array(_sizes_array(dims), "shape_as_tensor")
        if not isinstance(shape, Tensor):
            shape = convert_to_tensor(shape, dtypes.int32)
        if shape.dims is not None and not shape.dims:
            shape = reshape(shape, [-1])
        result: Tensor = build("Fill", shape, build_constant(element, kind), name=scope)
        return result


def _sizes_array(dims: Sequence[int]) -> np.ndarray[Any, Any]:
    return np.array(dims, np.int32 if all(size < 2**31 for size in dims) else np.int64)


def _full_constant(dims: tuple[int, ...], element: Any, kind: DType, name: str) -> Tensor:
    array = np.full(dims, element, kind.numpy)
    return constant_of_array(array, name, kind)


def _whole_dims(shape: Any) -> tuple[int, ...] | None:
    """The sizes of a fully known shape; None where `shape` holds tensors or unknown sizes."""
    try:
        dims = static_shapes.as_dims(shape)
    except (TypeError, ValueError):
        return None
    if dims is None:
        return None
    sizes = tuple(size for size in dims if size is not None)
    return sizes if len(sizes) == len(dims) else None


def zeros(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Makes a tensor of zeros.

    Args:
      shape: [rank], a list of ints, a TensorShape or a tensor.
      dtype: dtype of the elements.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.zeros`.
    """
    return _filled(0, shape, dtype, name, "zeros")


def ones(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """Makes a tensor of ones.

    Args:
      shape: [rank], a list of ints, a TensorShape or a tensor.
      dtype: dtype of the elements.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.ones`.
    """
    return _filled(1, shape, dtype, name, "ones")


# ---- ZerosLike, OnesLike ----

op("ZerosLike(x: T) -> y: T", "T: type")
op(
    "OnesLike(x: T) -> y: T",
    "T: {bfloat16, float16, float32, float64, int8, uint8, int16, uint16, int32, int64, complex64, "
    "complex128, bool}",
)


@shape_function("ZerosLike", "OnesLike")
def _like_shape(x: Tensor) -> Dims:
    return x.dims


no_gradient("ZerosLike", "OnesLike")


def zeros_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Makes a tensor of zeros of the shape of another.

    Args:
      tensor: the tensor whose shape and dtype count.
      dtype: dtype of the result; None: that of `tensor`.
      name: name of the operation.
      optimize: whether a statically known shape becomes a constant.

    Source: TensorFlow 1.15 `tf.zeros_like`.
    """
    with name_scope(name, "zeros_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        kind = tensor.dtype.base_dtype if dtype is None else as_dtype(dtype)
        if optimize and static_shapes.is_fully_defined(tensor.dims) and kind != dtypes.variant:
            return zeros(tensor.dims, kind, name=scope)
        if kind != tensor.dtype.base_dtype:
            return zeros(shape(tensor, optimize=optimize), kind, name=scope)
        result: Tensor = build("ZerosLike", tensor, name=scope)
        return result


def ones_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Makes a tensor of ones of the shape of another.

    Args:
      tensor: the tensor whose shape and dtype count.
      dtype: dtype of the result; None: that of `tensor`.
      name: name of the operation.
      optimize: whether a statically known shape becomes a constant.

    Source: TensorFlow 1.15 `tf.ones_like`.
    """
    with name_scope(name, "ones_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        kind = tensor.dtype.base_dtype if dtype is None else as_dtype(dtype)
        return ones(shape(tensor, optimize=optimize), kind, name=scope)


# ---- Reshape ----

op(
    "Reshape(tensor: T, shape: Tshape) -> output: T",
    "T: type; Tshape: {int32, int64} = int32",
)


@shape_function("Reshape")
def _reshape_shape(tensor: Tensor, shape: Tensor) -> Dims:
    wanted = constant_value_as_shape(shape)
    dims = tensor.dims
    if wanted is None or dims is None or None not in wanted:
        _check_element_count(dims, wanted)
        return wanted
    if wanted.count(None) > 1:
        return wanted
    count = static_shapes.element_count(dims)
    if count is None:
        return wanted
    # The one unknown size follows from the number of elements; zeros on both sides cancel.
    known = math.prod(n for n in wanted if n is not None)
    if known == 0 and count == 0:
        count = math.prod(n for n in dims if n)
        known = math.prod(n for n in wanted if n)
        return tuple(count // known if n is None else n for n in wanted)
    if known == 0 or count % known:
        raise ValueError(f"Dimension size must be evenly divisible by {known} but is {count}")
    return tuple(count // known if n is None else n for n in wanted)


def _check_element_count(dims: Dims, wanted: Dims) -> None:
    have, want = static_shapes.element_count(dims), static_shapes.element_count(wanted)
    if have is not None and want is not None and have != want:
        raise ValueError(
            f"Cannot reshape a tensor with {have} elements to shape "
            f"{static_shapes.format_dims(wanted)} ({want} elements)"
        )


@gradient("Reshape")
def _reshape_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [reshape(dy, shape(op.inputs[0])), None]


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """Returns the elements of a tensor in another shape.

    Args:
      tensor: any tensor.
      shape: [rank], int32 or int64; one size may be -1 and follows from the number of elements.
      name: name of the operation.

    Raises:
      ValueError: the numbers of elements are known and differ.

    Source: TensorFlow 1.15 `tf.reshape`.
    """
    result: Tensor = build("Reshape", tensor, shape, name=name)
    return result


# ---- ExpandDims ----

op(
    "ExpandDims(input: T, dim: Tdim) -> output: T",
    "T: type; Tdim: {int32, int64} = int32",
)


@shape_function("ExpandDims")
def _expand_dims_shape(input: Tensor, dim: Tensor) -> Dims:
    dims = input.dims
    axis = constant_value(dim)
    if dims is None:
        return None
    if axis is None:
        return (None,) * (len(dims) + 1)
    position, last = int(axis.item()), len(dims)
    if not -last - 1 <= position <= last:
        raise ValueError(f"dim {position} not in the interval [{-last - 1}, {last}].")
    position += last + 1 if position < 0 else 0
    return (*dims[:position], 1, *dims[position:])


@gradient("ExpandDims")
def _expand_dims_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [reshape(dy, shape(op.inputs[0])), None]


def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Puts an axis of size 1 into a shape.

    Args:
      input: any tensor.
      axis: where the new axis is in the result; negative counts from the end.
      name: name of the operation.
      dim: the old name of `axis`.

    Raises:
      ValueError: `axis` is missing or out of range.

    Source: TensorFlow 1.15 `tf.expand_dims`.
    """
    axis = deprecated_argument("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    result: Tensor = build("ExpandDims", input, axis, name=name)
    return result


# ---- Squeeze ----

op("Squeeze(input: T) -> output: T", "T: type; squeeze_dims: list(int) >= 0 = []")


@shape_function("Squeeze")
def _squeeze_shape(input: Tensor, squeeze_dims: list[int]) -> Dims:
    dims = input.dims
    if dims is None:
        return None
    if not squeeze_dims:
        return None if None in dims else tuple(n for n in dims if n != 1)
    axes = {_squeezed_axis(axis, dims) for axis in squeeze_dims}
    return tuple(n for axis, n in enumerate(dims) if axis not in axes)


def _squeezed_axis(axis: int, dims: tuple[int | None, ...]) -> int:
    count = len(dims)
    if not -count <= axis < count:
        raise ValueError(f"Tried to squeeze dim index {axis} for tensor with {count} dimensions.")
    position = axis + count if axis < 0 else axis
    if dims[position] not in (1, None):
        raise ValueError(
            f"Can not squeeze dim[{axis}], expected a dimension of 1, got {dims[position]}"
        )
    return position


@gradient("Squeeze")
def _squeeze_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [reshape(dy, shape(op.inputs[0]))]


def squeeze(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Tensor:
    """Drops axes of size 1.

    Args:
      input: any tensor.
      axis: an axis or list of axes; None drops all of size 1.
      name: name of the operation.
      squeeze_dims: the old name of `axis`.

    Raises:
      ValueError: an axis is out of range or known not to be of size 1.

    Source: TensorFlow 1.15 `tf.squeeze`.
    """
    axis = deprecated_argument("axis", axis, "squeeze_dims", squeeze_dims)
    if np.isscalar(axis):
        axis = [axis]
    result: Tensor = build("Squeeze", input, squeeze_dims=axis, name=name)
    return result


# ---- Transpose ----

op("Transpose(x: T, perm: Tperm) -> y: T", "T: type; Tperm: {int32, int64} = int32")
op("ConjugateTranspose(x: T, perm: Tperm) -> y: T", "T: type; Tperm: {int32, int64} = int32")


@shape_function("Transpose", "ConjugateTranspose")
def _transpose_shape(x: Tensor, perm: Tensor) -> Dims:
    axes = constant_value(perm)
    count = len(x.dims) if x.dims is not None else None
    if count is None:
        count = len(axes) if axes is not None else (perm.dims or (None,))[0]
    if count is None:
        return None
    with_rank(perm.dims, 1)
    if perm.dims is not None and perm.dims[0] is not None and perm.dims[0] != count:
        raise ValueError(f"Dimension must be {count} but is {perm.dims[0]}")
    dims = with_rank(x.dims, count)
    if axes is None:
        return (None,) * count
    order = [int(axis) for axis in axes]
    for axis in order:
        if not -count <= axis < count:
            raise ValueError(f"perm dim {axis} is out of range of input rank {count}")
    return tuple(dims[axis] for axis in order)


def _inverse(perm: Tensor) -> Any:
    """The permutation that undoes `perm`."""
    known = constant_value(perm)
    if known is None:
        return invert_permutation(perm)
    return np.argsort(known % max(len(known), 1)).astype(known.dtype)


@gradient("Transpose")
def _transpose_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("Transpose", dy, _inverse(op.inputs[1])), None]


@gradient("ConjugateTranspose")
def _conjugate_transpose_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("ConjugateTranspose", dy, _inverse(op.inputs[1])), None]


def transpose(a: Any, perm: Any = None, name: str = "transpose", conjugate: bool = False) -> Tensor:
    """Reorders the axes of a tensor.

    Args:
      a: any tensor.
      perm: [rank of a]: axis i of the result is axis perm[i] of `a`; None reverses the axes.
      name: name of the operation.
      conjugate: whether complex elements are conjugated.

    Raises:
      ValueError: `perm` is known and does not fit.

    Source: TensorFlow 1.15 `tf.transpose`.
    """
    with name_scope(name, "transpose", [a]) as scope:
        tensor = convert_to_tensor(a, name="x") if conjugate or perm is None else a
        op_type = "Transpose"
        if conjugate and tensor.dtype.is_complex:
            op_type = "ConjugateTranspose"
        if perm is None:
            if tensor.dims is not None:
                perm = np.arange(len(tensor.dims) - 1, -1, -1, dtype=np.int32)
            else:
                axes = rank(tensor)
                perm = (axes - 1) - build("Range", 0, axes, 1, name="Range")
        result: Tensor = build(op_type, tensor, perm, name=scope)
        return result


def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """Swaps the last two axes of a tensor.

    Args:
      a: [..., m, n].
      name: name of the operations' scope.
      conjugate: whether complex elements are conjugated.

    Raises:
      ValueError: `a` is known to have less than two axes.

    Source: TensorFlow 1.15 `tf.matrix_transpose`.
    """
    with name_scope(name, "matrix_transpose", [a]):
        tensor = convert_to_tensor(a, name="a")
        if tensor.dims is not None:
            count = len(tensor.dims)
            if count < 2:
                raise ValueError(
                    "Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: "
                    f"{tensor.shape}"
                )
            perm: Any = [*range(count - 2), count - 1, count - 2]
        else:
            axes = rank(tensor)
            perm = concat([build("Range", 0, axes - 2, 1), [axes - 1, axes - 2]], 0)
        return transpose(tensor, perm=perm, conjugate=conjugate)


# ---- InvertPermutation ----

op("InvertPermutation(x: T) -> y: T", "T: {int32, int64} = int32")


@shape_function("InvertPermutation")
def _invert_permutation_shape(x: Tensor) -> Dims:
    return with_rank(x.dims, 1)


no_gradient("InvertPermutation")


def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """Returns the permutation that undoes another: ``y[x[i]] = i``.

    Args:
      x: [n], the numbers 0 to n - 1 in some order.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.invert_permutation`.
    """
    result: Tensor = build("InvertPermutation", x, name=name)
    return result


# ---- ConcatV2 ----

op("Concat(concat_dim: int32, values: N * T) -> output: T", "N: int >= 2; T: type")
op(
    "ConcatV2(values: N * T, axis: Tidx) -> output: T",
    "N: int >= 2; T: type; Tidx: {int32, int64} = int32",
)


@shape_function("ConcatV2")
def _concat_v2_shape(values: list[Tensor], axis: Tensor) -> Dims:
    return _concatenated(values, axis)


@shape_function("Concat")
def _concat_shape(concat_dim: Tensor, values: list[Tensor]) -> Dims:
    return _concatenated(values, concat_dim)


def _concatenated(values: list[Tensor], axis: Tensor) -> Dims:
    with_rank(axis.dims, 0)
    where = constant_value(axis)
    dims = [tensor.dims for tensor in values]
    if where is None:
        ranks = {len(d) for d in dims if d is not None}
        if len(ranks) > 1:
            low, high = sorted(ranks)[:2]
            raise ValueError(f"Shapes must be equal rank, but are {low} and {high}")
        return (None,) * ranks.pop() if ranks else None
    position = int(where)
    before: Dims = None
    after: Dims = None
    total: int | None = 0
    is_rank_known = True
    for d in dims:
        if d is None:
            is_rank_known = False
            total = None
            continue
        if position >= len(d) or position < -len(d):
            at_least = -position if position < 0 else position + 1
            raise ValueError(f"Shape must be at least rank {at_least} but is rank {len(d)}")
        split_at = position % len(d)
        before, after = merge_dims(before, d[:split_at]), merge_dims(after, d[split_at + 1 :])
        part = d[split_at]
        total = None if total is None or part is None else total + part
    if before is None or after is None or (not is_rank_known and position < 0 and before is None):
        return None
    return (*before, total, *after)


@gradient("ConcatV2")
def _concat_v2_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [*_concat_parts(op.inputs[:-1], op.inputs[-1], dy), None]


@gradient("Concat")
def _concat_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [None, *_concat_parts(op.inputs[1:], op.inputs[0], dy)]


def _concat_parts(values: list[Tensor], axis: Tensor, dy: Any) -> list[Any]:
    """The parts of the gradient that belong to each of the concatenated tensors."""
    from tfsession.indexed_slices import IndexedSlices

    if len(values) == 1:
        return [dy]
    if isinstance(dy, IndexedSlices):
        dy = convert_to_tensor(dy)
    where = constant_value(axis)
    dims = [tensor.dims for tensor in values]
    if where is not None and all(d is not None and None not in d for d in dims):
        parts, start = [], 0
        for d in dims:
            assert d is not None
            begin = np.zeros(len(d), np.int32)
            begin[int(where)] = start
            parts.append(build("Slice", dy, begin, np.array(d, np.int32)))
            start += d[int(where)] or 0
        return parts
    sizes = [shape(tensor) for tensor in values]
    # ConcatOffset wants an axis that counts from the front.
    if where is not None and int(where) >= 0:
        front: Any = int(where)
    else:
        front = build("FloorMod", axis, rank(values[0]))
        if front.dtype != dtypes.int32:
            front = build("Cast", front, DstT=dtypes.int32)
    offsets = build("ConcatOffset", front, sizes)
    return [build("Slice", dy, begin, length) for begin, length in zip(offsets, sizes, strict=True)]


def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """Joins tensors along an axis they have.

    Args:
      values: a list of tensors of one dtype, which differ in the size of `axis` only.
      axis: a scalar; negative counts from the end.
      name: name of the operation.

    Raises:
      ValueError: shapes are known and do not fit.

    Source: TensorFlow 1.15 `tf.concat`.
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        with name_scope(name) as scope:
            where = convert_to_tensor(axis, dtypes.int32, name="concat_dim")
            where.shape.assert_has_rank(0)
            return identity(values[0], name=scope)
    result: Tensor = build("ConcatV2", list(values), axis, name=name)
    return result


# ---- ConcatOffset ----

op("ConcatOffset(concat_dim: int32, shape: N * int32) -> offset: N * int32", "N: int >= 2")


@shape_function("ConcatOffset")
def _concat_offset_shape(shape: list[Tensor]) -> list[Dims]:
    return [with_rank(tensor.dims, 1) for tensor in shape]


no_gradient("ConcatOffset")


# ---- ParallelConcat ----

op("ParallelConcat(values: N * T) -> output: T", "N: int >= 1; T: type; shape: shape")


@shape_function("ParallelConcat")
def _parallel_concat_shape(values: list[Tensor], shape: Dims) -> Dims:
    if shape is None or None in shape:
        raise ValueError("shape attr must be fully defined.")
    joined: Dims = None
    for tensor in values:
        joined = merge_dims(joined, tensor.dims)
        if joined is None or None in joined:
            raise ValueError("All input shapes must be fully defined.")
        if joined[0] != 1:
            raise ValueError("Size of first dimension must be 1.")
    return shape


no_gradient("ParallelConcat")


def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """Stacks tensors of fully known, equal shapes along a new first axis.

    Args:
      values: a list of n tensors [...].
      name: name of the operations' scope.

    Returns:
      [n, ...].

    Source: TensorFlow 1.15 `tf.parallel_stack`.
    """
    with name_scope(name, "parallel_stack", values):
        tensors = [convert_to_tensor(value) for value in values]
        dims = tensors[0].dims or ()
        rows = [expand_dims(tensor, 0) for tensor in tensors]
        result: Tensor = build("ParallelConcat", rows, shape=(len(rows), *dims))
        return result


# ---- Split ----

op(
    "Split(split_dim: int32, value: T) -> output: num_split * T",
    "num_split: int >= 1; T: type",
)


@shape_function("Split")
def _split_shape(split_dim: Tensor, value: Tensor, num_split: int) -> list[Dims]:
    dims, where = value.dims, constant_value(split_dim)
    if dims is None:
        return [None] * num_split
    if where is None:
        return [(None,) * len(dims)] * num_split
    axis = canonical_axis(int(where), (with_rank_at_least(dims, 1) and len(dims)) or 0)
    total = dims[axis]
    if total is not None and total % num_split:
        raise ValueError(f"Dimension size must be evenly divisible by {num_split} but is {total}")
    part = None if total is None else total // num_split
    return [(*dims[:axis], part, *dims[axis + 1 :])] * num_split


@gradient("Split")
def _split_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    return [None, concat(list(dy), op.inputs[0])]


op(
    "SplitV(value: T, size_splits: Tlen, split_dim: int32) -> output: num_split * T",
    "num_split: int >= 1; T: type; Tlen: {int32, int64} = int64",
)


@shape_function("SplitV")
def _split_v_shape(
    value: Tensor, size_splits: Tensor, split_dim: Tensor, num_split: int
) -> list[Dims]:
    dims, where = value.dims, constant_value(split_dim)
    sizes = constant_value_as_shape(size_splits)
    if dims is None:
        return [None] * num_split
    if where is None:
        return [(None,) * len(dims)] * num_split
    axis = canonical_axis(int(where), len(dims))
    if sizes is None:
        sizes = (None,) * num_split
    known = sum(n for n in sizes if n is not None)
    total = dims[axis]
    if total is not None and sizes.count(None) == 1:
        if known > total:
            raise ValueError(f"can't split axis of size {total} into pieces of size {list(sizes)}")
        if constant_value(size_splits) is not None:
            sizes = tuple(total - known if n is None else n for n in sizes)
    elif total is not None and None not in sizes and known != total:
        raise ValueError(
            "Sum of output sizes must match the size of the original Tensor along the split "
            "dimension or the sum of the positive sizes must be less if it contains a -1"
        )
    return [(*dims[:axis], part, *dims[axis + 1 :]) for part in sizes]


@gradient("SplitV")
def _split_v_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    return [concat(list(dy), op.inputs[2]), None, None]


def split(
    value: Any,
    num_or_size_splits: Any,
    axis: Any = 0,
    num: int | None = None,
    name: str = "split",
) -> list[Tensor]:
    """Splits a tensor along an axis.

    Args:
      value: any tensor.
      num_or_size_splits: the number of equal parts; or the sizes of the parts, of which one may be
        -1 and takes the rest.
      axis: a scalar; negative counts from the end.
      num: how many parts there are where `num_or_size_splits` is a tensor of unknown shape.
      name: name of the operation.

    Raises:
      ValueError: the sizes do not fit, or their number is not known.

    Source: TensorFlow 1.15 `tf.split`.
    """
    result: list[Tensor]
    if isinstance(num_or_size_splits, (int, np.integer, static_shapes.Dimension)):
        result = build("Split", axis, value, num_split=int(num_or_size_splits), name=name)
        return result
    sizes = convert_to_tensor(num_or_size_splits)
    if sizes.dims == ():
        raise ValueError(
            "Rank-0 tensors are not supported as the num_or_size_splits argument to split. "
            f"Argument provided: {num_or_size_splits}"
        )
    if num is None:
        num = sizes.dims[0] if sizes.dims else None
        if num is None:
            raise ValueError(f"Cannot infer num from shape {num_or_size_splits}")
    result = build("SplitV", value, sizes, axis, num_split=num, name=name)
    return result


# ---- Pack ----

op("Pack(values: N * T) -> output: T", "N: int >= 1; T: type; axis: int = 0")


@shape_function("Pack")
def _pack_shape(values: list[Tensor], axis: int) -> Dims:
    dims: Dims = values[0].dims
    for tensor in values[1:]:
        dims = merge_dims(dims, tensor.dims)
    if dims is None:
        return None
    position = _new_axis(axis, len(dims))
    return (*dims[:position], len(values), *dims[position:])


def _new_axis(axis: int, rank: int) -> int:
    if not -rank - 1 <= axis <= rank:
        raise ValueError(f"Invalid axis {axis}: must be in [{-rank - 1},{rank + 1})")
    return axis + rank + 1 if axis < 0 else axis


@gradient("Pack")
def _pack_gradient(op: Operation, dy: Tensor) -> list[Any]:
    result: list[Any] = build("Unpack", dy, num=op.attrs["N"], axis=op.attrs["axis"])
    return result


def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """Joins tensors along a new axis.

    Args:
      values: a list of n tensors of one shape and dtype.
      axis: where the new axis of size n is in the result; negative counts from the end.
      name: name of the operation.

    Raises:
      ValueError: `axis` is out of range, or shapes are known and differ.

    Source: TensorFlow 1.15 `tf.stack`.
    """
    if axis == 0:
        try:
            return convert_to_tensor(values, name=name)
        except (TypeError, ValueError):
            # Elements that convert one by one, such as a list of NumPy and Python values.
            pass
    first = convert_to_tensor(values[0], name=name)
    if first.dims is not None:
        count = len(first.dims) + 1
        if not -count <= axis < count:
            raise ValueError(f"axis = {axis} not in [{-count}, {count})")
    result: Tensor = build("Pack", list(values), axis=axis, name=name)
    return result


# ---- Unpack ----

op("Unpack(value: T) -> output: num * T", "num: int >= 0; T: type; axis: int = 0")


@shape_function("Unpack")
def _unpack_shape(value: Tensor, num: int, axis: int) -> list[Dims]:
    dims = value.dims
    if dims is None:
        return [None] * num
    count = len(dims)
    if not -count <= axis < count:
        raise ValueError(f"Invalid axis {axis}: must be in [{-count},{count})")
    position = axis % count
    static_shapes.with_value(dims[position], num)
    return [dims[:position] + dims[position + 1 :]] * num


@gradient("Unpack")
def _unpack_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    return [stack(list(dy), axis=op.attrs["axis"])]


def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str = "unstack"
) -> list[Tensor]:
    """Splits a tensor into the slices along an axis, which is dropped.

    Args:
      value: any tensor of rank 1 or more.
      num: the size of `axis`; None where it is statically known.
      axis: negative counts from the end.
      name: name of the operation.

    Raises:
      ValueError: `axis` is out of range, or `num` is neither given nor known.

    Source: TensorFlow 1.15 `tf.unstack`.
    """
    if num is None:
        value = convert_to_tensor(value)
        dims = value.dims
        if dims is not None:
            count = len(dims)
            if not -count <= axis < count:
                raise ValueError(f"axis = {axis} not in [{-count}, {count})")
            num = dims[axis]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {value.shape}")
    result: list[Tensor] = build("Unpack", value, num=num, axis=axis, name=name)
    return result


# ---- Tile ----

op(
    "Tile(input: T, multiples: Tmultiples) -> output: T",
    "T: type; Tmultiples: {int32, int64} = int32",
)
op("TileGrad(input: T, multiples: int32) -> output: T", "T: type")


@shape_function("Tile")
def _tile_shape(input: Tensor, multiples: Tensor) -> Dims:
    factors = constant_value_as_shape(multiples)
    if factors is None:
        return None if input.dims is None else (None,) * len(input.dims)
    dims = with_rank(input.dims, len(factors))
    return tuple(
        None if n is None or factor is None else n * factor
        for n, factor in zip(dims, factors, strict=True)
    )


@shape_function("TileGrad")
def _tile_grad_shape(input: Tensor) -> Dims:
    return None if input.dims is None else (None,) * len(input.dims)


@gradient("Tile")
def _tile_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, multiples = op.inputs
    factors, dims = constant_value(multiples), x.dims
    if factors is not None and dims is not None and None not in dims:
        split_shape: Any = np.array([n for pair in zip(factors, dims, strict=True) for n in pair])
        split_shape = split_shape.astype(np.int32)
        axes: Any = np.arange(0, 2 * len(dims), 2, dtype=np.int32)
    else:
        sizes = shape(x, out_type=multiples.dtype)
        split_shape = reshape(transpose(stack([multiples, sizes])), [-1])
        axes = build("Range", 0, size(split_shape), 2)
    dx = build("Sum", reshape(dy, split_shape), axes)
    if dims is not None:
        dx.set_shape(dims)
    return [dx, None]


no_gradient("TileGrad")


def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """Repeats a tensor along its axes.

    Args:
      input: any tensor.
      multiples: [rank of input], how often along each axis.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.tile`.
    """
    result: Tensor = build("Tile", input, multiples, name=name)
    return result


# ---- Pad ----

op(
    "Pad(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32",
)
op(
    "PadV2(input: T, paddings: Tpaddings, constant_values: T) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32",
)
op(
    "MirrorPad(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32; mode: {'REFLECT', 'SYMMETRIC'}",
)
op(
    "MirrorPadGrad(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32; mode: {'REFLECT', 'SYMMETRIC'}",
)


@shape_function("Pad", "PadV2", "MirrorPad")
def _pad_shape(input: Tensor, paddings: Tensor) -> Dims:
    return _padded(input, paddings, 1)


@shape_function("MirrorPadGrad")
def _mirror_pad_grad_shape(input: Tensor, paddings: Tensor) -> Dims:
    return _padded(input, paddings, -1)


def _padded(input: Tensor, paddings: Tensor, sign: int) -> Dims:
    rows, columns = with_rank(paddings.dims, 2)
    static_shapes.with_value(columns, 2)
    amounts = constant_value(paddings)
    if amounts is None:
        if input.dims is None:
            return None if rows is None else (None,) * rows
        if rows is not None:
            with_rank(input.dims, rows)
        return (None,) * len(input.dims)
    dims = with_rank(input.dims, len(amounts))
    if (amounts < 0).any():
        raise ValueError("Paddings must be non-negative")
    return tuple(
        None if n is None else n + sign * int(total)
        for n, total in zip(dims, amounts.sum(axis=1), strict=True)
    )


@gradient("Pad", "PadV2")
def _pad_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, paddings = op.inputs[:2]
    amounts, dims = constant_value(paddings), x.dims
    if amounts is not None:
        begin: Any = amounts[:, 0]
    else:
        # The first column of the paddings.
        begin = reshape(build("Slice", paddings, [0, 0], stack([rank(x), 1])), [-1])
    if dims is not None and None not in dims:
        sizes: Any = np.array(dims, paddings.dtype.numpy)
    else:
        sizes = shape(x, out_type=paddings.dtype)
    if isinstance(begin, np.ndarray):
        begin = constant_of_array(begin, "begin", paddings.dtype)
    return [build("Slice", dy, begin, sizes), *[None] * (len(op.inputs) - 1)]


@gradient("MirrorPad")
def _mirror_pad_gradient(op: Operation, dy: Tensor) -> list[Any]:
    dx = build("MirrorPadGrad", dy, op.inputs[1], mode=op.attrs["mode"])
    if op.inputs[0].dims is not None:
        dx.set_shape(op.inputs[0].dims)
    return [dx, None]


@gradient("MirrorPadGrad")
def _mirror_pad_grad_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("MirrorPad", dy, op.inputs[1], mode=op.attrs["mode"]), None]


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: Any = 0,
) -> Tensor:
    """Pads a tensor on both sides of its axes.

    Args:
      tensor: any tensor.
      paddings: [rank, 2], how much before and after each axis.
      mode: CONSTANT, REFLECT (without repeating the border) or SYMMETRIC (repeating it), in any
        case.
      name: name of the operation.
      constant_values: a scalar, the padding of mode CONSTANT.

    Raises:
      ValueError: an unknown mode, or paddings that do not fit.

    Source: TensorFlow 1.15 `tf.pad`.
    """
    kind = mode.upper()
    result: Tensor
    if kind == "CONSTANT":
        if not isinstance(constant_values, Tensor) and np.all(constant_values == 0):
            result = build("Pad", tensor, paddings, name=name)
        else:
            result = build("PadV2", tensor, paddings, constant_values, name=name)
    elif kind in ("REFLECT", "SYMMETRIC"):
        result = build("MirrorPad", tensor, paddings, mode=kind, name=name)
    else:
        raise ValueError(f"Unknown padding mode: {mode}")
    return result


# ---- OneHot ----

op(
    "OneHot(indices: TI, depth: int32, on_value: T, off_value: T) -> output: T",
    "axis: int = -1; T: type; TI: {uint8, int32, int64} = int64",
)


@shape_function("OneHot")
def _one_hot_shape(
    indices: Tensor, depth: Tensor, on_value: Tensor, off_value: Tensor, axis: int
) -> Dims:
    if axis < -1:
        raise ValueError(f"axis must be >= -1, but is {axis}")
    for scalar in (depth, on_value, off_value):
        with_rank(scalar.dims, 0)
    if indices.dims is None:
        return None
    value = constant_value(depth)
    if value is not None and value < 0:
        raise ValueError(f"depth must be non-negative, but is {int(value)}")
    position = len(indices.dims) if axis == -1 else axis
    if position > len(indices.dims):
        raise ValueError(f"axis must be in the range [-1, {len(indices.dims)}], but is {axis}")
    count = None if value is None else int(value)
    return (*indices.dims[:position], count, *indices.dims[position:])


no_gradient("OneHot")


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Makes of each index a vector that is on there and off elsewhere.

    Args:
      indices: [...], integers; those outside [0, depth) give vectors that are off everywhere.
      depth: a scalar, the length of the vectors.
      on_value: a scalar; None: 1.
      off_value: a scalar; None: 0.
      axis: where the vectors' axis is in the result; None or -1: last.
      dtype: dtype of the result; None: that of the values given, or float32.
      name: name of the operation.

    Raises:
      TypeError: the dtypes of the values and `dtype` differ.

    Source: TensorFlow 1.15 `tf.one_hot`.
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value]) as scope:
        on_dtype = None if on_value is None else convert_to_tensor(on_value).dtype.base_dtype
        off_dtype = None if off_value is None else convert_to_tensor(off_value).dtype.base_dtype
        if on_dtype is None and off_dtype is None:
            kind = dtypes.float32 if dtype is None else as_dtype(dtype)
        elif dtype is None:
            kind = on_dtype or off_dtype or dtypes.float32
        else:
            kind = as_dtype(dtype)
            for which, found in (("on_value", on_dtype), ("off_value", off_dtype)):
                if found is not None and found != kind:
                    raise TypeError(
                        f"dtype {found} of {which} does not match dtype parameter {kind}"
                    )
        if on_value is None:
            on_value, on_dtype = convert_to_tensor(1, kind, name="on_value"), kind
        if off_value is None:
            off_value, off_dtype = convert_to_tensor(0, kind, name="off_value"), kind
        if on_dtype != off_dtype:
            raise TypeError(
                f"dtype {on_dtype} of on_value does not match dtype {off_dtype} of off_value"
            )
        result: Tensor = build("OneHot", indices, depth, on_value, off_value, axis=axis, name=scope)
        return result


# ---- ReverseV2 ----

_REVERSIBLE = (
    "{uint8, int8, uint16, int16, int32, int64, bool, bfloat16, float16, float32, float64, "
    "complex64, complex128, string}"
)
op(
    "ReverseV2(tensor: T, axis: Tidx) -> output: T",
    f"Tidx: {{int32, int64}} = int32; T: {_REVERSIBLE}",
)
op("Reverse(tensor: T, dims: bool) -> output: T", f"T: {_REVERSIBLE}")


@shape_function("ReverseV2")
def _reverse_v2_shape(tensor: Tensor, axis: Tensor) -> Dims:
    with_rank(axis.dims, 1)
    axes = constant_value(axis)
    if axes is not None and tensor.dims is not None:
        count = len(tensor.dims)
        seen: set[int] = set()
        for a in axes.tolist():
            if not -count <= a < count:
                raise ValueError(f"'axis'[{len(seen)}] = {a} is out of valid range [0, {count - 1}")
            if a % count in seen:
                raise ValueError(f"axis {a} specified more than once.")
            seen.add(a % count)
    return tensor.dims


@shape_function("Reverse")
def _reverse_shape(tensor: Tensor, dims: Tensor) -> Dims:
    (count,) = with_rank(dims.dims, 1)
    return tensor.dims if count is None else with_rank(tensor.dims, count)


@gradient("ReverseV2", "Reverse")
def _reverse_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build(op.type, dy, op.inputs[1]), None]


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """Reverses a tensor along some axes.

    Args:
      tensor: any tensor.
      axis: [n], int32 or int64, the axes.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.reverse`.
    """
    result: Tensor = build("ReverseV2", tensor, axis, name=name)
    return result


reverse_v2 = reverse


# ---- ReverseSequence ----

op(
    "ReverseSequence(input: T, seq_lengths: Tlen) -> output: T",
    "seq_dim: int; batch_dim: int = 0; T: type; Tlen: {int32, int64} = int64",
)


@shape_function("ReverseSequence")
def _reverse_sequence_shape(
    input: Tensor, seq_lengths: Tensor, seq_dim: int, batch_dim: int
) -> Dims:
    (count,) = with_rank(seq_lengths.dims, 1)
    dims = input.dims
    if dims is None:
        return None
    if batch_dim >= len(dims):
        raise ValueError(f"batch_dim must be < input rank: {batch_dim} vs. {len(dims)}")
    if seq_dim >= len(dims):
        raise ValueError(f"seq_dim must be < input rank: {seq_dim} vs. {len(dims)}")
    batch = static_shapes.merge_dim(dims[batch_dim], count)
    return tuple(batch if axis == batch_dim else n for axis, n in enumerate(dims))


@gradient("ReverseSequence")
def _reverse_sequence_gradient(op: Operation, dy: Tensor) -> list[Any]:
    dx = build(
        "ReverseSequence",
        dy,
        op.inputs[1],
        seq_dim=op.attrs["seq_dim"],
        batch_dim=op.attrs["batch_dim"],
    )
    return [dx, None]


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """Reverses the first part of each sequence of a batch.

    Args:
      input: any tensor.
      seq_lengths: [batch], int32 or int64, how many elements of each sequence are reversed.
      seq_axis: the axis of the sequences.
      batch_axis: the axis of the batch; None: 0.
      name: name of the operation.
      seq_dim: the old name of `seq_axis`.
      batch_dim: the old name of `batch_axis`.

    Source: TensorFlow 1.15 `tf.reverse_sequence`.
    """
    seq_axis = deprecated_argument("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch_axis = deprecated_argument("batch_axis", batch_axis, "batch_dim", batch_dim)
    result: Tensor = build(
        "ReverseSequence", input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis, name=name
    )
    return result


# ---- BroadcastTo ----

op(
    "BroadcastTo(input: T, shape: Tidx) -> output: T",
    "T: type; Tidx: {int32, int64} = int32",
)


@shape_function("BroadcastTo")
def _broadcast_to_shape(input: Tensor, shape: Tensor) -> Dims:
    with_rank(shape.dims, 1)
    wanted = constant_value_as_shape(shape)
    if wanted is None or input.dims is None:
        return wanted
    if len(input.dims) > len(wanted):
        raise ValueError(f"Shape must be at most rank {len(wanted)} but is rank {len(input.dims)}")
    for n, m in zip(reversed(input.dims), reversed(wanted), strict=False):
        if n not in (None, 1) and m is not None and n != m:
            raise ValueError(f"Dimensions must be equal, but are {n} and {m}")
    return wanted


@gradient("BroadcastTo")
def _broadcast_to_gradient(op: Operation, dy: Tensor) -> list[Any]:
    x, wanted = op.inputs
    dims, target = x.dims, op.outputs[0].dims
    if dims is not None and target is not None and None not in dims and None not in target:
        missing = len(target) - len(dims)
        axes: Any = [
            axis
            for axis, n in enumerate(target)
            if axis < missing or (dims[axis - missing] == 1 and n != 1)
        ]
        if not axes:
            return [dy, None]
        axes = np.array(axes, np.int32)
    else:
        sizes = shape(x, out_type=wanted.dtype)
        axes = build("BroadcastGradientArgs", wanted, sizes)[1]
    total = build("Sum", dy, axes, keep_dims=True)
    return [reshape(total, shape(x)), None]


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Repeats a tensor along new axes and axes of size 1, to a shape.

    Args:
      input: any tensor.
      shape: [rank], the shape of the result.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.broadcast_to`.
    """
    result: Tensor = build("BroadcastTo", input, shape, name=name)
    return result


# ---- BroadcastArgs ----

op("BroadcastArgs(s0: T, s1: T) -> r0: T", "T: {int32, int64} = int32")


@shape_function("BroadcastArgs")
def _broadcast_args_shape(s0: Tensor, s1: Tensor) -> Dims:
    (a,), (b,) = with_rank(s0.dims, 1), with_rank(s1.dims, 1)
    return (None,) if a is None or b is None else (max(a, b),)


no_gradient("BroadcastArgs")


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """Returns the shape that two shapes, given as tensors, broadcast to.

    Source: TensorFlow 1.15 `tf.broadcast_dynamic_shape`.
    """
    result: Tensor = build("BroadcastArgs", shape_x, shape_y)
    return result


def broadcast_static_shape(shape_x: TensorShape, shape_y: TensorShape) -> TensorShape:
    """Returns the shape that two static shapes broadcast to.

    Raises:
      ValueError: they do not fit.

    Source: TensorFlow 1.15 `tf.broadcast_static_shape`.
    """
    a, b = static_shapes.as_dims(shape_x), static_shapes.as_dims(shape_y)
    try:
        return TensorShape(static_shapes.broadcast_dims(a, b))
    except ValueError:
        raise ValueError(
            f"Incompatible shapes for broadcasting: {TensorShape(a)} and {TensorShape(b)}"
        ) from None


# ---- MatrixBandPart ----

op(
    "MatrixBandPart(input: T, num_lower: Tindex, num_upper: Tindex) -> band: T",
    "T: type; Tindex: {int32, int64} = int64",
)


@shape_function("MatrixBandPart")
def _matrix_band_part_shape(input: Tensor) -> Dims:
    return with_rank_at_least(input.dims, 2)


@gradient("MatrixBandPart")
def _matrix_band_part_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("MatrixBandPart", dy, op.inputs[1], op.inputs[2]), None, None]


def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Zeroes matrices outside a band around the diagonal.

    Args:
      input: [..., m, n].
      num_lower: how many diagonals below the main one are kept; negative: all.
      num_upper: how many above; negative: all.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.matrix_band_part`.
    """
    result: Tensor = build("MatrixBandPart", input, num_lower, num_upper, name=name)
    return result


# ---- MatrixDiag ----

op("MatrixDiag(diagonal: T) -> output: T", "T: type")
op("MatrixDiagPart(input: T) -> diagonal: T", "T: type")
op("MatrixSetDiag(input: T, diagonal: T) -> output: T", "T: type")


@shape_function("MatrixDiag")
def _matrix_diag_shape(diagonal: Tensor) -> Dims:
    dims = with_rank_at_least(diagonal.dims, 1)
    return None if dims is None else (*dims, dims[-1])


@shape_function("MatrixDiagPart")
def _matrix_diag_part_shape(input: Tensor) -> Dims:
    dims = with_rank_at_least(input.dims, 2)
    if dims is None:
        return None
    rows, columns = dims[-2:]
    return (*dims[:-2], None if rows is None or columns is None else min(rows, columns))


@shape_function("MatrixSetDiag")
def _matrix_set_diag_shape(input: Tensor, diagonal: Tensor) -> Dims:
    dims = with_rank_at_least(input.dims, 2)
    part = with_rank_at_least(diagonal.dims, 1)
    if dims is None:
        return None
    merge_dims(_matrix_diag_part_shape(input), part)
    return dims if part is None else (*(merge_dims(dims[:-2], part[:-1]) or ()), *dims[-2:])


@gradient("MatrixDiag")
def _matrix_diag_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("MatrixDiagPart", dy)]


@gradient("MatrixDiagPart")
def _matrix_diag_part_gradient(op: Operation, dy: Tensor) -> list[Any]:
    dims = op.inputs[0].dims
    if dims is not None and dims[-1] is not None and dims[-1] == dims[-2]:
        return [build("MatrixDiag", dy)]
    return [build("MatrixSetDiag", zeros_like(op.inputs[0]), dy)]


@gradient("MatrixSetDiag")
def _matrix_set_diag_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [
        build("MatrixSetDiag", dy, zeros_like(op.inputs[1])),
        build("MatrixDiagPart", dy),
    ]


def matrix_diag(diagonal: Any, name: str = "diag") -> Tensor:
    """Makes matrices with given diagonals and zeros elsewhere.

    Args:
      diagonal: [..., n].
      name: name of the operation.

    Returns:
      [..., n, n].

    Source: TensorFlow 1.15 `tf.matrix_diag`, main diagonal.
    """
    result: Tensor = build("MatrixDiag", diagonal, name=name)
    return result


def matrix_diag_part(input: Any, name: str = "diag_part") -> Tensor:
    """Returns the diagonals of matrices.

    Args:
      input: [..., m, n].
      name: name of the operation.

    Returns:
      [..., min(m, n)].

    Source: TensorFlow 1.15 `tf.matrix_diag_part`, main diagonal.
    """
    result: Tensor = build("MatrixDiagPart", input, name=name)
    return result


def matrix_set_diag(input: Any, diagonal: Any, name: str = "set_diag") -> Tensor:
    """Returns matrices with other diagonals.

    Args:
      input: [..., m, n].
      diagonal: [..., min(m, n)].
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.matrix_set_diag`, main diagonal.
    """
    result: Tensor = build("MatrixSetDiag", input, diagonal, name=name)
    return result


# ---- Diag ----

_DIAGONAL_TYPES = "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}"
op("Diag(diagonal: T) -> output: T", f"T: {_DIAGONAL_TYPES}")
op("DiagPart(input: T) -> diagonal: T", f"T: {_DIAGONAL_TYPES}")


@shape_function("Diag")
def _diag_shape(diagonal: Tensor) -> Dims:
    dims = with_rank_at_least(diagonal.dims, 1)
    return None if dims is None else dims + dims


@shape_function("DiagPart")
def _diag_part_shape(input: Tensor) -> Dims:
    dims = input.dims
    if dims is None:
        return None
    if len(dims) % 2 or not dims:
        raise ValueError(f"Input must have even and non-zero rank, input rank is {len(dims)}")
    half = len(dims) // 2
    return merge_dims(dims[:half], dims[half:])


@gradient("Diag")
def _diag_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("DiagPart", dy)]


@gradient("DiagPart")
def _diag_part_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("Diag", dy)]


def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Makes a tensor with a given diagonal: ``y[i, ..., i, ...] = diagonal[i, ...]``.

    Args:
      diagonal: [...].
      name: name of the operation.

    Returns:
      [..., ...], zero elsewhere.

    Source: TensorFlow 1.15 `tf.diag`.
    """
    result: Tensor = build("Diag", diagonal, name=name)
    return result


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """Returns the diagonal of a tensor [..., ...] of equal halves.

    Source: TensorFlow 1.15 `tf.diag_part`.
    """
    result: Tensor = build("DiagPart", input, name=name)
    return result


# ---- SpaceToDepth, DepthToSpace ----

_BLOCK_ATTRS = (
    "T: type; block_size: int >= 2; data_format: {'NHWC', 'NCHW', 'NCHW_VECT_C'} = 'NHWC'"
)
op("SpaceToDepth(input: T) -> output: T", _BLOCK_ATTRS)
op("DepthToSpace(input: T) -> output: T", _BLOCK_ATTRS)


@shape_function("SpaceToDepth")
def _space_to_depth_shape(input: Tensor, block_size: int, data_format: bytes) -> Dims:
    batch, height, width, depth = _as_nhwc(input.dims, data_format)
    result = (
        batch,
        _quotient(height, block_size),
        _quotient(width, block_size),
        None if depth is None else depth * block_size * block_size,
    )
    return _from_nhwc(result, data_format)


@shape_function("DepthToSpace")
def _depth_to_space_shape(input: Tensor, block_size: int, data_format: bytes) -> Dims:
    batch, height, width, depth = _as_nhwc(input.dims, data_format)
    result = (
        batch,
        None if height is None else height * block_size,
        None if width is None else width * block_size,
        _quotient(depth, block_size * block_size),
    )
    return _from_nhwc(result, data_format)


def _as_nhwc(dims: Dims, data_format: bytes) -> tuple[int | None, ...]:
    if data_format == b"NHWC":
        return with_rank(dims, 4)
    if data_format == b"NCHW":
        batch, depth, height, width = with_rank(dims, 4)
        return batch, height, width, depth
    batch, depth, height, width, inner = with_rank(dims, 5)
    return batch, height, width, None if depth is None or inner is None else depth * inner


def _from_nhwc(dims: tuple[int | None, ...], data_format: bytes) -> Dims:
    batch, height, width, depth = dims
    if data_format == b"NHWC":
        return dims
    if data_format == b"NCHW":
        return batch, depth, height, width
    return batch, _quotient(depth, 4), height, width, 4


def _quotient(n: int | None, divisor: int) -> int | None:
    if n is None:
        return None
    if n % divisor:
        raise ValueError(f"Dimension size must be evenly divisible by {divisor} but is {n}")
    return n // divisor


@gradient("SpaceToDepth")
def _space_to_depth_gradient(op: Operation, dy: Tensor) -> list[Any]:
    a = op.attrs
    return [build("DepthToSpace", dy, block_size=a["block_size"], data_format=a["data_format"])]


@gradient("DepthToSpace")
def _depth_to_space_gradient(op: Operation, dy: Tensor) -> list[Any]:
    a = op.attrs
    return [build("SpaceToDepth", dy, block_size=a["block_size"], data_format=a["data_format"])]


def space_to_depth(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Moves blocks of an image into its channels.

    Args:
      input: [batch, height, width, channels], or with the axes of `data_format`.
      block_size: the edge b of the blocks, in pixels.
      name: name of the operation.
      data_format: NHWC, NCHW or NCHW_VECT_C.

    Returns:
      [batch, height / b, width / b, channels * b * b].

    Source: TensorFlow 1.15 `tf.space_to_depth`.
    """
    result: Tensor = build(
        "SpaceToDepth", input, block_size=block_size, data_format=data_format, name=name
    )
    return result


def depth_to_space(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Moves channels of an image into blocks of pixels; undoes `space_to_depth`.

    Args:
      input: [batch, height, width, channels], or with the axes of `data_format`.
      block_size: the edge b of the blocks, in pixels.
      name: name of the operation.
      data_format: NHWC, NCHW or NCHW_VECT_C.

    Returns:
      [batch, height * b, width * b, channels / (b * b)].

    Source: TensorFlow 1.15 `tf.depth_to_space`.
    """
    result: Tensor = build(
        "DepthToSpace", input, block_size=block_size, data_format=data_format, name=name
    )
    return result


# ---- SpaceToBatchND, BatchToSpaceND ----

op(
    "SpaceToBatchND(input: T, block_shape: Tblock_shape, paddings: Tpaddings) -> output: T",
    "T: type; Tblock_shape: {int32, int64} = int32; Tpaddings: {int32, int64} = int32",
)
op(
    "BatchToSpaceND(input: T, block_shape: Tblock_shape, crops: Tcrops) -> output: T",
    "T: type; Tblock_shape: {int32, int64} = int32; Tcrops: {int32, int64} = int32",
)
op(
    "SpaceToBatch(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: {int32, int64} = int32; block_size: int >= 2",
)
op(
    "BatchToSpace(input: T, crops: Tidx) -> output: T",
    "T: type; block_size: int >= 2; Tidx: {int32, int64} = int32",
)


@shape_function("SpaceToBatchND")
def _space_to_batch_nd_shape(input: Tensor, block_shape: Tensor, paddings: Tensor) -> Dims:
    return _blocked(input, constant_value(block_shape), constant_value(paddings), True)


@shape_function("BatchToSpaceND")
def _batch_to_space_nd_shape(input: Tensor, block_shape: Tensor, crops: Tensor) -> Dims:
    return _blocked(input, constant_value(block_shape), constant_value(crops), False)


@shape_function("SpaceToBatch")
def _space_to_batch_shape(input: Tensor, paddings: Tensor, block_size: int) -> Dims:
    with_rank(input.dims, 4)
    return _blocked(input, np.array([block_size] * 2), constant_value(paddings), True)


@shape_function("BatchToSpace")
def _batch_to_space_shape(input: Tensor, crops: Tensor, block_size: int) -> Dims:
    with_rank(input.dims, 4)
    return _blocked(input, np.array([block_size] * 2), constant_value(crops), False)


def _blocked(
    input: Tensor,
    block: np.ndarray[Any, Any] | None,
    borders: np.ndarray[Any, Any] | None,
    to_batch: bool,
) -> Dims:
    """The shape after blocks went to the batch, or came back from there."""
    dims = input.dims
    if dims is None:
        return None
    if block is None:
        return (None,) * len(dims)
    if len(dims) < len(block) + 1:
        raise ValueError(f"Shape must be at least rank {len(block) + 1} but is rank {len(dims)}")
    if (block < 1).any():
        raise ValueError("block_shape must be positive")
    factor = int(np.prod(block))
    if to_batch:
        batch = None if dims[0] is None else dims[0] * factor
    else:
        batch = _quotient(dims[0], factor)
    spatial: list[int | None] = []
    for axis, step in enumerate(block.tolist()):
        n = dims[axis + 1]
        if n is None or borders is None:
            spatial.append(None)
        elif to_batch:
            spatial.append(_quotient(n + int(borders[axis].sum()), step))
        else:
            spatial.append(n * step - int(borders[axis].sum()))
    return (batch, *spatial, *dims[len(block) + 1 :])


@gradient("SpaceToBatchND")
def _space_to_batch_nd_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("BatchToSpaceND", dy, op.inputs[1], op.inputs[2]), None, None]


@gradient("BatchToSpaceND")
def _batch_to_space_nd_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("SpaceToBatchND", dy, op.inputs[1], op.inputs[2]), None, None]


@gradient("SpaceToBatch")
def _space_to_batch_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("BatchToSpace", dy, op.inputs[1], block_size=op.attrs["block_size"]), None]


@gradient("BatchToSpace")
def _batch_to_space_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [build("SpaceToBatch", dy, op.inputs[1], block_size=op.attrs["block_size"]), None]


def space_to_batch_nd(
    input: Any, block_shape: Any, paddings: Any, name: str | None = None
) -> Tensor:
    """Moves blocks of the spatial axes, zero-padded, into the batch.

    Args:
      input: [batch, spatial sizes (m of them), ...].
      block_shape: [m], the edges of the blocks.
      paddings: [m, 2], zeros before and after each spatial axis.
      name: name of the operation.

    Returns:
      [batch * product of block_shape, padded sizes / block_shape, ...].

    Source: TensorFlow 1.15 `tf.space_to_batch_nd`.
    """
    result: Tensor = build("SpaceToBatchND", input, block_shape, paddings, name=name)
    return result


def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """Moves blocks from the batch to the spatial axes, and crops; undoes `space_to_batch_nd`.

    Args:
      input: [batch, spatial sizes (m of them), ...].
      block_shape: [m], the edges of the blocks.
      crops: [m, 2], what to cut before and after each spatial axis.
      name: name of the operation.

    Returns:
      [batch / product of block_shape, sizes * block_shape - crops, ...].

    Source: TensorFlow 1.15 `tf.batch_to_space_nd`.
    """
    result: Tensor = build("BatchToSpaceND", input, block_shape, crops, name=name)
    return result


def space_to_batch(
    input: Any,
    paddings: Any,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """Moves square blocks of an image into the batch.

    Args:
      input: [batch, height, width, channels].
      paddings: [2, 2], zeros before and after height and width.
      block_size: the edge of the blocks, in pixels.
      name: name of the operation.
      block_shape: the new name of `block_size`.

    Source: TensorFlow 1.15 `tf.space_to_batch`.
    """
    block = deprecated_argument("block_shape", block_shape, "block_size", block_size)
    edges = np.array([block, block]) if np.ndim(block) == 0 else block
    result = space_to_batch_nd(input, block_shape=_as_int32(edges), paddings=paddings, name=name)
    return result


def batch_to_space(
    input: Any,
    crops: Any,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """Moves square blocks from the batch into images; undoes `space_to_batch`.

    Args:
      input: [batch, height, width, channels].
      crops: [2, 2], what to cut before and after height and width.
      block_size: the edge of the blocks, in pixels.
      name: name of the operation.
      block_shape: the new name of `block_size`.

    Source: TensorFlow 1.15 `tf.batch_to_space`.
    """
    block = deprecated_argument("block_shape", block_shape, "block_size", block_size)
    edges = np.array([block, block]) if np.ndim(block) == 0 else block
    return batch_to_space_nd(input, block_shape=_as_int32(edges), crops=crops, name=name)


def _as_int32(value: Any) -> Any:
    return value.astype(np.int32) if isinstance(value, np.ndarray) else value


def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Returns the paddings that make sizes divisible by blocks, and the crops that undo them.

    Args:
      input_shape: [n], int32, spatial sizes.
      block_shape: [n], int32, the edges of the blocks.
      base_paddings: [n, 2], int32, the least paddings; None: zeros.
      name: name of the operations' scope.

    Returns:
      paddings and crops, both [n, 2].

    Raises:
      ValueError: the number n is not known.

    Source: TensorFlow 1.15 `tf.required_space_to_batch_paddings`.
    """
    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        input_shape = convert_to_tensor(input_shape, dtypes.int32, name="input_shape")
        block_shape = convert_to_tensor(block_shape, dtypes.int32, name="block_shape")
        count = with_rank(block_shape.dims, 1)[0]
        if count is None:
            raise ValueError("block_shape must be fully defined")
        if count == 0:
            nothing = zeros([0, 2], dtypes.int32)
            return nothing, nothing
        input_shape.shape.assert_is_compatible_with([count])
        if base_paddings is None:
            base_paddings = zeros([count, 2], dtypes.int32)
        else:
            base_paddings = convert_to_tensor(base_paddings, dtypes.int32, name="base_paddings")
            base_paddings.shape.assert_is_compatible_with([count, 2])
        sizes, edges = constant_value(input_shape), constant_value(block_shape)
        base = constant_value(base_paddings)
        if sizes is not None and edges is not None and base is not None:
            start, end = base[:, 0], base[:, 1]
            extra = -(sizes + start + end) % edges
            return (
                constant(np.stack([start, end + extra], 1).astype(np.int32), name="paddings"),
                constant(np.stack([0 * extra, extra], 1).astype(np.int32), name="crops"),
            )
        first, last = base_paddings[:, 0], base_paddings[:, 1]
        missing = (block_shape - (input_shape + first + last) % block_shape) % block_shape
        end_padding = last + missing
        paddings = stack([[first[i], end_padding[i]] for i in range(count)], name="paddings")
        crops = stack([[0, missing[i]] for i in range(count)], name="crops")
        return paddings, crops


# ---- Compositions ----


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = dtypes.bool, name: str | None = None
) -> Tensor:
    """Returns masks of the first elements of sequences.

    Args:
      lengths: [...], integers.
      maxlen: a scalar, the length of the masks; None: the greatest of `lengths`.
      dtype: dtype of the result.
      name: name of the operations' scope.

    Returns:
      [..., maxlen], whose element j is whether j < length.

    Raises:
      ValueError: `maxlen` is not a scalar.

    Source: TensorFlow 1.15 `tf.sequence_mask`.
    """
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            maxlen = build("Max", lengths, convert_to_tensor(_all_axes(lengths)))
            maxlen = build("Maximum", build_constant(0, maxlen.dtype), maxlen)
        else:
            maxlen = convert_to_tensor(maxlen)
        if maxlen.dims:
            raise ValueError("maxlen must be scalar for sequence_mask")
        kind = maxlen.dtype.base_dtype
        row = build("Range", build_constant(0, kind), maxlen, build_constant(1, kind))
        column = build("Cast", expand_dims(lengths, -1), DstT=kind)
        result: Tensor = build("Less", row, column)
        if dtype is None or as_dtype(dtype).is_compatible_with(result.dtype):
            return result
        result = build("Cast", result, DstT=as_dtype(dtype))
        return result


def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """Repeats coordinate vectors over a grid.

    Args:
      *args: n tensors, each flattened to a vector.
      **kwargs: `indexing`, "xy" (the default: the first two axes are swapped) or "ij"; `name`.

    Returns:
      n tensors of rank n.

    Raises:
      TypeError: another keyword.
      ValueError: another indexing.

    Source: TensorFlow 1.15 `tf.meshgrid`.
    """
    indexing = kwargs.pop("indexing", "xy")
    name = kwargs.pop("name", "meshgrid")
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with name_scope(name, "meshgrid", args):
        count = len(args)
        # Vector i lies along axis i; for "xy" the first two change places.
        axes = list(range(count))
        if indexing == "xy" and count > 1:
            axes[:2] = [1, 0]
        vectors = [
            reshape(stack(x), [-1 if axis == where else 1 for axis in range(count)])
            for x, where in zip(args, axes, strict=True)
        ]
        if not vectors:
            return []
        lengths = [size(x) for x in args]
        ordered = [lengths[axes[axis]] for axis in range(count)]
        mult_fact = ones(ordered, vectors[0].dtype)
        return [x * mult_fact for x in vectors]
