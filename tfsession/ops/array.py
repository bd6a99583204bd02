"""Ops that make, reshape, join and split tensors.

What puts elements in another order is in `tfsession.ops.rearrange`, what picks some of them
(slices, gathers, masks) in `tfsession.ops.indexing`.
"""

from __future__ import annotations

import contextlib
import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession import dtypes, shapes as static_shapes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import (
    TensorLike,
    build,
    constant as build_constant,
    constant_of_array,
    convert_shape,
    convert_sizes,
    convert_to_tensor,
    sizes_array,
)
from tfsession.graph.composites import IndexedSlices, SparseTensor, SparseTensorValue
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import (
    Array,
    Elements,
    Known,
    axis_of_scalar,
    constant_value,
    constant_value_as_shape,
    elements_of_input,
    full,
    of_values,
    size_of_scalar,
)
from tfsession.registry import (
    gradient,
    no_gradient,
    op,
    run_ranks,
    shape as shape_function,
    static_elements,
    static_value,
    undefined_gradient,
)
from tfsession.shapes import (
    Dims,
    ShapeLike,
    TensorShape,
    merge_all_dims,
    merge_dims,
    with_rank,
)

__all__ = [
    "bitcast",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "broadcast_to",
    "check_numerics",
    "concat",
    "constant",
    "ensure_shape",
    "expand_dims",
    "fill",
    "guarantee_const",
    "identity",
    "identity_n",
    "meshgrid",
    "newaxis",
    "one_hot",
    "ones",
    "ones_like",
    "parallel_stack",
    "placeholder",
    "placeholder_with_default",
    "rank",
    "reshape",
    "sequence_mask",
    "shape",
    "shape_n",
    "size",
    "sparse_placeholder",
    "split",
    "squeeze",
    "stack",
    "stop_gradient",
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

op("Const() -> output: dtype", "value: tensor; dtype: type", is_constant=True)


@shape_function("Const")
def _const_shape(value: np.ndarray[tuple[int, ...], Any]) -> Dims:
    return value.shape


no_gradient("Const")


def constant(
    value: TensorLike,
    dtype: DTypeLike | None = None,
    shape: ShapeLike | None = None,
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

op("Placeholder() -> output: dtype", "dtype: type; shape: shape = unknown", is_fed=True)


@shape_function("Placeholder")
def _placeholder_shape(shape: Dims) -> Dims:
    return shape


undefined_gradient("Placeholder")


def placeholder(
    dtype: DTypeLike, shape: ShapeLike | None = None, name: str | None = None
) -> Tensor:
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


def sparse_placeholder(
    dtype: DTypeLike, shape: ShapeLike | None = None, name: str | None = None
) -> SparseTensor:
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
    result.known_dims = dims
    return result


# ---- PlaceholderWithDefault ----

op(
    "PlaceholderWithDefault(input: dtype) -> output: dtype",
    "dtype: type; shape: shape",
    hands_on=True,
)


@shape_function("PlaceholderWithDefault")
def _placeholder_with_default_shape(input: Tensor, shape: Dims) -> Dims:
    if not static_shapes.dims_compatible(input.dims, shape):
        merge_dims(input.dims, shape)
    return shape


def placeholder_with_default(
    input: TensorLike, shape: ShapeLike, name: str | None = None
) -> Tensor:
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

op("Identity(input: T) -> output: T", "T: type", hands_on=True, renames=True)
op("Snapshot(input: T) -> output: T", "T: type", hands_on=True)
op("GuaranteeConst(input: T) -> output: T", "T: type", stateful=True, hands_on=True)
op("StopGradient(input: T) -> output: T", "T: type", hands_on=True)
op("PreventGradient(input: T) -> output: T", "T: type; message: string = ''", hands_on=True)
op("DeepCopy(x: T) -> y: T", "T: type", stateful=True)


@shape_function("Identity", "Snapshot", "GuaranteeConst", "StopGradient", "PreventGradient")
def _unchanged_shape(input: Tensor) -> Dims:
    return input.dims


@shape_function("DeepCopy")
def _deep_copy_shape(x: Tensor) -> Dims:
    return x.dims


@static_value("Identity", "StopGradient", "GuaranteeConst")
def _identity_value(op: Operation, known: Known) -> Any:
    return known.value(op.inputs[0])


static_elements("Identity", "StopGradient")(elements_of_input)


@gradient("Identity", "Snapshot", "PlaceholderWithDefault")
def _identity_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [dy]


no_gradient("StopGradient")
undefined_gradient("GuaranteeConst", "DeepCopy")


@gradient("PreventGradient")
def _prevent_gradient_gradient(op: Operation, dy: Tensor) -> list[Any]:
    raise LookupError(f"Gradient explicitly disabled. Reason: {op.attrs['message'].decode()!r}")


def identity(input: TensorLike, name: str | None = None) -> Any:
    """Returns a tensor with the value of `input`; the parts of a SparseTensor one by one.

    Source: TensorFlow 1.15 `tf.identity`.
    """
    if isinstance(input, SparseTensor):
        parts = (input.indices, input.values, input.dense_shape)
        return SparseTensor(*(build("Identity", part, name=name) for part in parts))
    return build("Identity", input, name=name)


def guarantee_const(input: TensorLike, name: str | None = None) -> Tensor:
    """Returns `input`, promising that its value never changes.

    Source: TensorFlow 1.15 `tf.guarantee_const`.
    """
    result: Tensor = build("GuaranteeConst", input, name=name)
    return result


def stop_gradient(input: TensorLike, name: str | None = None) -> Tensor:
    """Returns `input`, through which no gradient passes.

    Source: TensorFlow 1.15 `tf.stop_gradient`.
    """
    result: Tensor = build("StopGradient", input, name=name)
    return result


def prevent_gradient(input: TensorLike, message: str = "", name: str | None = None) -> Tensor:
    """Returns `input`; asking for a gradient through it raises LookupError.

    Source: TensorFlow 1.15 `array_ops.prevent_gradient`.
    """
    result: Tensor = build("PreventGradient", input, message=message, name=name)
    return result


# ---- IdentityN ----

op("IdentityN(input: T) -> output: T", "T: list(type) >= 1", hands_on=True)


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
    if shape is not None:
        static_shapes.with_rank(input.dims, len(shape))
    return merge_dims(shape, input.dims)


@gradient("EnsureShape")
def _ensure_shape_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [dy]


def ensure_shape(x: TensorLike, shape: ShapeLike, name: str | None = None) -> Tensor:
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
    is_light=True,
    checks=True,
)


@shape_function("CheckNumerics")
def _check_numerics_shape(tensor: Tensor) -> Dims:
    return tensor.dims


@gradient("CheckNumerics")
def _check_numerics_gradient(op: Operation, dy: Tensor) -> list[Any]:
    message = "Not a number (NaN) or infinity (Inf) values detected in gradient."
    return [check_numerics(dy, message)]


def check_numerics(tensor: TensorLike, message: str, name: str | None = None) -> Tensor:
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


undefined_gradient("Bitcast")


def bitcast(input: TensorLike, type: DTypeLike, name: str | None = None) -> Tensor:
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

op(
    "Shape(input: T) -> output: out_type",
    "T: type; out_type: {int32, int64} = int32",
    is_metadata=True,
)
op(
    "ShapeN(input: N * T) -> output: N * out_type",
    "N: int >= 1; T: type; out_type: {int32, int64} = int32",
    is_light=True,
)


@shape_function("Shape")
def _shape_shape(input: Tensor) -> Dims:
    return (None if input.dims is None else len(input.dims),)


@shape_function("ShapeN")
def _shape_n_shape(input: list[Tensor]) -> list[Dims]:
    return [_shape_shape(tensor) for tensor in input]


@static_value("Shape")
def _shape_value(op: Operation, known: Known) -> Any:
    dims = op.inputs[0].dims
    return None if dims is None or None in dims else np.array(dims, np.int64)


@static_value("ShapeN")
def _shape_n_value(op: Operation, known: Known) -> Any:
    shapes = [tensor.dims for tensor in op.inputs]
    if any(dims is None or None in dims for dims in shapes):
        return None
    return [np.array(dims, np.int64) for dims in shapes]


@static_elements("Shape", "ShapeN")
def _shape_elements(tensor: Tensor, known: Known) -> Elements:
    dims = tensor.op.inputs[tensor.value_index].dims
    return None if dims is None else [*dims]


no_gradient("Shape", "ShapeN")


def shape(
    input: TensorLike,
    name: str | None = None,
    out_type: DTypeLike = dtypes.int32,
    *,
    optimize: bool = True,
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
            sizes = np.array(dims, np.int64)
            if sizes.max(initial=0) <= out_type.max:
                return constant_of_array(sizes.astype(out_type.numpy), scope, out_type)
        result = build("Shape", tensor, out_type=out_type, name=scope)
        return result


def shape_n(
    input: Any, out_type: DTypeLike = dtypes.int32, name: str | None = None
) -> list[Tensor]:
    """Returns the shapes of several tensors of one dtype.

    Source: TensorFlow 1.15 `tf.shape_n`.
    """
    result: list[Tensor] = build("ShapeN", input, out_type=out_type, name=name)
    return result


# ---- Size ----

op(
    "Size(input: T) -> output: out_type",
    "T: type; out_type: {int32, int64} = int32",
    is_metadata=True,
)


@shape_function("Size")
def _scalar_shape() -> Dims:
    return ()


@static_value("Size")
def _size_value(op: Operation, known: Known) -> Any:
    dims = op.inputs[0].dims
    if dims is not None and 0 in dims:
        return 0
    return static_shapes.element_count(dims)


no_gradient("Size")


def size(input: TensorLike, name: str | None = None, out_type: DTypeLike = dtypes.int32) -> Tensor:
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
        if count is not None and count <= out_type.max:
            return constant_of_array(np.array(count, out_type.numpy), scope, out_type)
        result = build("Size", tensor, out_type=out_type, name=scope)
        return result


# ---- Rank ----

op("Rank(input: T) -> output: int32", "T: type", is_metadata=True)
shape_function("Rank")(_scalar_shape)


@static_value("Rank")
def _rank_value(op: Operation, known: Known) -> Any:
    dims = op.inputs[0].dims
    return None if dims is None else len(dims)


no_gradient("Rank")


def rank(input: TensorLike, name: str | None = None) -> Tensor:
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
    is_light=True,
)
run_ranks(
    "Fill",
    dims=(1, "dims must be a vector, got shape {dims}"),
    value=(0, "value must be a scalar, got shape {value}"),
)


@shape_function("Fill")
def _fill_shape(dims: Tensor, value: Tensor) -> Dims:
    with_rank(dims.dims, 1)
    with_rank(value.dims, 0)
    sizes = constant_value(dims)
    if sizes is not None and (sizes < 0).any():
        raise ValueError("Fill dimensions must be >= 0")
    return constant_value_as_shape(dims)


@static_value("Fill")
def _fill_value(op: Operation, known: Known) -> Any:
    value = known.value(op.inputs[1])
    return None if value is None else full(op.outputs[0].dims, value[()])


@gradient("Fill")
def _fill_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [None, build("Sum", dy, _all_axes(dy))]


def _all_axes(x: Tensor) -> Any:
    """The axes of `x`, as an array where their number is known."""
    if x.dims is not None:
        return np.arange(len(x.dims), dtype=np.int32)
    return build("Range", 0, rank(x), 1)


def fill(dims: TensorLike, value: TensorLike, name: str | None = None) -> Tensor:
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
        if value != 0:
            raise TypeError(f"Expected string, got {value!r} of type 'int' instead.")
        element = b""
    with name_scope(name, default_name, [shape]) as scope:
        if not isinstance(shape, Tensor):
            dims = _whole_dims(shape)
            if dims is not None:
                # TensorFlow makes no constant where the shape is a number by itself.
                is_list = not isinstance(shape, (int, np.integer))
                if is_list and int(np.prod(dims, dtype=np.int64)) < _SMALL_CONSTANT_ELEMENTS:
                    return _full_constant(dims, element, kind, scope)
                shape = constant_of_array(sizes_array(dims), "shape_as_tensor")
            else:
                _ask_for_size(shape)
        if not isinstance(shape, Tensor):
            shape = convert_to_tensor(shape, preferred_dtype=dtypes.int32)
        if shape.dims is not None and not shape.dims:
            shape = reshape(shape, [-1])
        result: Tensor = build("Fill", shape, build_constant(element, kind), name=scope)
        return result


def _ask_for_size(shape: Any) -> None:
    """Builds what TensorFlow leaves in the graph where a shape holds tensors.

    It asks whether the product of the sizes is small, and gets a tensor for an answer. Nothing
    reads that, but the names and seeds of later operations count it.
    """
    if isinstance(shape, (list, tuple)):
        with contextlib.suppress(TypeError, ValueError):
            _ = functools.reduce(operator.mul, shape) < _SMALL_CONSTANT_ELEMENTS


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


def zeros(shape: TensorLike, dtype: DTypeLike = dtypes.float32, name: str | None = None) -> Tensor:
    """Makes a tensor of zeros.

    Args:
      shape: [rank], a list of ints, a TensorShape or a tensor.
      dtype: dtype of the elements.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.zeros`.
    """
    return _filled(0, shape, dtype, name, "zeros")


def ones(shape: TensorLike, dtype: DTypeLike = dtypes.float32, name: str | None = None) -> Tensor:
    """Makes a tensor of ones.

    Args:
      shape: [rank], a list of ints, a TensorShape or a tensor.
      dtype: dtype of the elements.
      name: name of the operation.

    Source: TensorFlow 1.15 `tf.ones`.
    """
    return _filled(1, shape, dtype, name, "ones")


# ---- ZerosLike, OnesLike ----

op("ZerosLike(x: T) -> y: T", "T: type", is_light=True)
op(
    "OnesLike(x: T) -> y: T",
    "T: {bfloat16, float16, float32, float64, int8, uint8, int16, uint16, int32, int64, complex64, "
    "complex128, bool}",
    is_light=True,
)


@shape_function("ZerosLike", "OnesLike")
def _like_shape(x: Tensor) -> Dims:
    return x.dims


@static_value("ZerosLike", "OnesLike")
def _like_value(op: Operation, known: Known) -> Any:
    dtype = op.inputs[0].dtype.base_dtype
    if not (dtype.is_integer or dtype is dtypes.bool):
        return None
    return full(op.inputs[0].dims, 1 if op.type == "OnesLike" else 0)


no_gradient("ZerosLike", "OnesLike")


def zeros_like(
    tensor: TensorLike,
    dtype: DTypeLike | None = None,
    name: str | None = None,
    optimize: bool = True,
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
    tensor: TensorLike,
    dtype: DTypeLike | None = None,
    name: str | None = None,
    optimize: bool = True,
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
    is_light=True,
)
run_ranks("Reshape", shape=(1, "sizes input must be 1-D, not {shape}"))


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


@static_value("Reshape")
@of_values
def _reshape_value(value: Array, shape: Array) -> Any:
    return value.reshape(shape.tolist())


@gradient("Reshape")
def _reshape_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [reshape(dy, shape(op.inputs[0])), None]


def reshape(tensor: TensorLike, shape: TensorLike, name: str | None = None) -> Tensor:
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
    is_light=True,
)


@shape_function("ExpandDims")
def _expand_dims_shape(input: Tensor, dim: Tensor) -> Dims:
    dims = input.dims
    axis = constant_value(dim)
    if axis is not None and axis.size != 1:
        raise ValueError("'dim' input must be a tensor with a single value")
    if dims is None:
        return None
    if axis is None:
        return (None,) * (len(dims) + 1)
    position, last = int(axis.item()), len(dims)
    if not -last - 1 <= position <= last:
        raise ValueError(f"dim {position} not in the interval [{-last - 1}, {last}].")
    position += last + 1 if position < 0 else 0
    return (*dims[:position], 1, *dims[position:])


@static_value("ExpandDims")
@of_values
def _expand_dims_value(value: Array, dim: Array) -> Any:
    return np.expand_dims(value, int(dim.item()))


@gradient("ExpandDims")
def _expand_dims_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [reshape(dy, shape(op.inputs[0])), None]


def expand_dims(
    input: TensorLike, axis: TensorLike | None = None, name: str | None = None, dim: Any = None
) -> Tensor:
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

op(
    "Squeeze(input: T) -> output: T",
    "T: type; squeeze_dims: list(int) >= 0 = []",
    is_light=True,
)


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
            f"Can not squeeze dim[{position}], expected a dimension of 1, got {dims[position]}"
        )
    return position


@static_value("Squeeze")
def _squeeze_value(op: Operation, known: Known) -> Any:
    value = known.value(op.inputs[0])
    axes = op.attrs["squeeze_dims"]
    return None if value is None else np.squeeze(value, tuple(axes) if axes else None)


@gradient("Squeeze")
def _squeeze_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [reshape(dy, shape(op.inputs[0]))]


def squeeze(
    input: TensorLike, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
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


# ---- ConcatV2 ----

op("Concat(concat_dim: int32, values: N * T) -> output: T", "N: int >= 2; T: type")
op(
    "ConcatV2(values: N * T, axis: Tidx) -> output: T",
    "N: int >= 2; T: type; Tidx: {int32, int64} = int32",
)
run_ranks("ConcatV2", axis=(0, "axis tensor should be a scalar integer, but got shape {axis}"))
run_ranks(
    "Concat",
    concat_dim=(0, "concat_dim tensor should be a scalar integer, but got shape {concat_dim}"),
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
        rank = next((len(d) for d in dims if d is not None), None)
        if rank is None:
            return None
        if rank == 0:
            raise ValueError("Can't concatenate scalars (use tf.stack instead)")
        for d in dims:
            with_rank(d, rank)
        return (None,) * rank
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


@static_value("ConcatV2")
@of_values
def _concat_v2_value(*values_and_axis: Array) -> Any:
    *values, axis = values_and_axis
    return np.concatenate(values, int(axis))


@static_value("Concat")
@of_values
def _concat_value(axis: Array, *values: Array) -> Any:
    return np.concatenate(values, int(axis))


@static_elements("ConcatV2")
def _concat_v2_elements(tensor: Tensor, known: Known) -> Elements:
    return _joined_elements(tensor.op.inputs[:-1], known)


@static_elements("Concat")
def _concat_elements(tensor: Tensor, known: Known) -> Elements:
    return _joined_elements(tensor.op.inputs[1:], known)


def _joined_elements(vectors: Sequence[Tensor], known: Known) -> Elements:
    elements: list[Any] = []
    for vector in vectors:
        found = known.elements(vector)
        if found is None:
            return None
        elements += found
    return elements


@gradient("ConcatV2")
def _concat_v2_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [*_concat_parts(op.inputs[:-1], op.inputs[-1], dy), None]


@gradient("Concat")
def _concat_gradient(op: Operation, dy: Tensor) -> list[Any]:
    return [None, *_concat_parts(op.inputs[1:], op.inputs[0], dy)]


def _concat_parts(values: list[Tensor], axis: Tensor, dy: Any) -> list[Any]:
    """The parts of the gradient that belong to each of the concatenated tensors."""
    if len(values) == 1:
        return [dy]
    where = constant_value(axis)
    if isinstance(dy, IndexedSlices):
        return _concat_slices(values, where, dy)
    dims = [tensor.dims for tensor in values]
    if where is not None and all(d is not None and None not in d for d in dims):
        parts, start = [], 0
        for d in dims:
            assert d is not None
            begin = [0] * len(d)
            begin[int(where)] = start
            begin_and_size = sizes_array([*begin, *d])
            parts.append(build("Slice", dy, *np.split(begin_and_size, 2)))
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


def _concat_slices(values: list[Tensor], axis: Array | None, dy: IndexedSlices) -> list[Any]:
    """The parts of slices: those of its own rows for each tensor, or columns of all rows."""
    if axis is None:
        raise ValueError("Can only compute IndexedSlices gradient with statically-known concat_dim")
    along = int(axis)
    if along < 0:
        dims = values[0].dims
        if dims is None:
            raise ValueError(
                "Can only compute IndexedSlices gradient with negative concat_dim when first value "
                "rank is statically-known."
            )
        along %= len(dims)
    sizes = [shape(tensor) for tensor in values]
    if along == 0:
        return _rows_of_each(sizes, dy)
    parts: list[Any] = []
    for begin, size in zip(build("ConcatOffset", along, sizes), sizes, strict=True):
        # All rows that dy has.
        rows = build("ConcatV2", [shape(dy.indices), build("Slice", size, [1], [-1])], 0)
        parts.append(IndexedSlices(build("Slice", dy.values, begin, rows), dy.indices, size))
    return parts


def _rows_of_each(sizes: list[Tensor], dy: IndexedSlices) -> list[Any]:
    """The slices whose indices lie in each of the tensors that were joined along the first axis."""
    parts: list[Any] = []
    start: Any = 0
    for size in sizes:
        first = build("Cast", start, DstT=dy.indices.dtype)
        end = build("Add", start, build("Reshape", build("Slice", size, [0], [1]), []))
        is_inside = build(
            "LogicalAnd",
            build("GreaterEqual", dy.indices, first),
            build("Less", dy.indices, build("Cast", end, DstT=dy.indices.dtype)),
        )
        places = build("Squeeze", build("Where", is_inside), squeeze_dims=[1])
        indices = build("Sub", build("GatherV2", dy.indices, places, 0), first)
        parts.append(IndexedSlices(build("GatherV2", dy.values, places, 0), indices, size))
        start = end
    return parts


def concat(values: Any, axis: TensorLike, name: str = "concat") -> Tensor:
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
        with name_scope(name):
            where = convert_sizes(axis, "concat_dim")
            where.shape.assert_has_rank(0)
            only: Tensor = identity(values[0], name=name)
            return only
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
    part = (1, *shape[1:])
    for index, tensor in enumerate(values):
        if tensor.dims is None or None in tensor.dims:
            raise ValueError("All input shapes must be fully defined.")
        if tensor.dims[:1] != (1,):
            raise ValueError("Size of first dimension must be 1.")
        try:
            merge_dims(tensor.dims, part)
        except ValueError as error:
            raise ValueError(f"{error}\n\tFrom merging shape {index} with other shapes.") from None
    return shape


undefined_gradient("ParallelConcat")


def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """Stacks tensors of fully known, equal shapes along a new first axis.

    Args:
      values: a list of n tensors [...].
      name: name of the operations' scope.

    Returns:
      [n, ...].

    Source: TensorFlow 1.15 `tf.parallel_stack`.
    """
    values = list(values)
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
run_ranks("Split", split_dim=(0, "split_dim must be a scalar but has rank {split_dim_rank}"))


@shape_function("Split")
def _split_shape(split_dim: Tensor, value: Tensor, num_split: int) -> list[Dims]:
    dims = value.dims
    if dims is None:
        return [None] * num_split
    axis = axis_of_scalar(split_dim, len(dims))
    if axis is None:
        return [(None,) * len(dims)] * num_split
    total = dims[axis]
    if total is not None and total % num_split:
        raise ValueError(
            f"Dimension size must be evenly divisible by {num_split} but is {total}"
            "\n\tNumber of ways to split should evenly divide the split dimension"
        )
    part = None if total is None else total // num_split
    return [(*dims[:axis], part, *dims[axis + 1 :])] * num_split


@static_value("Split")
def _split_value(op: Operation, known: Known) -> Any:
    values = known.inputs(op)
    if values is None:
        return None
    axis, value = values
    return np.split(value, op.attrs["num_split"], int(axis))


@gradient("Split")
def _split_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    return [None, concat(list(dy), op.inputs[0])]


op(
    "SplitV(value: T, size_splits: Tlen, split_dim: int32) -> output: num_split * T",
    "num_split: int >= 1; T: type; Tlen: {int32, int64} = int64",
)
run_ranks(
    "SplitV",
    size_splits=(
        1,
        "size of the split_tensor must be 1-D and have the same elements as outputs got "
        "{size_splits_rank} -D and {size_splits_count} elements",
    ),
)
run_ranks("SplitV", split_dim=(0, "split_dim_tensor must have exactly one element."))


@shape_function("SplitV")
def _split_v_shape(
    value: Tensor, size_splits: Tensor, split_dim: Tensor, num_split: int
) -> list[Dims]:
    with_rank(size_splits.dims, 1)
    dims = value.dims
    if dims is None:
        return [None] * num_split
    if not dims:
        raise ValueError("Can't split scalars")
    sizes, axis = constant_value(size_splits), axis_of_scalar(split_dim, len(dims))
    if axis is None:
        return [(None,) * len(dims)] * num_split
    if sizes is not None and len(sizes) != num_split:
        raise ValueError("Length of size_splits should be equal to num_outputs")
    parts = [None] * num_split if sizes is None else _parts(dims[axis], sizes.tolist())
    return [(*dims[:axis], part, *dims[axis + 1 :]) for part in parts]


def _parts(total: int | None, sizes: list[int]) -> list[int | None]:
    """The sizes of the parts of an axis, in which -1 stands for what the others leave."""
    if sizes.count(-1) > 1:
        raise ValueError("size_splits can only have one -1")
    known = sum(size for size in sizes if size != -1)
    if total is not None and (known > total or (-1 not in sizes and known != total)):
        pieces = ",".join(map(str, sizes))
        raise ValueError(f"can't split axis of size {total} into pieces of size [{pieces}]")
    left = None if total is None else total - known
    return [left if size == -1 else size for size in sizes]


@static_value("SplitV")
@of_values
def _split_v_value(value: Array, sizes: Array, axis: Array) -> Any:
    return None if (sizes < 0).any() else np.split(value, np.cumsum(sizes)[:-1], int(axis))


@gradient("SplitV")
def _split_v_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    return [concat(list(dy), op.inputs[2]), None, None]


def split(
    value: TensorLike,
    num_or_size_splits: TensorLike,
    axis: TensorLike = 0,
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
    # TensorFlow makes this constant even where it is not read: later names and seeds count it.
    sizes = convert_to_tensor(num_or_size_splits)
    if isinstance(num_or_size_splits, (int, np.integer, static_shapes.Dimension)):
        result = build("Split", axis, value, num_split=int(num_or_size_splits), name=name)
        return result
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
    dims = merge_all_dims([tensor.dims for tensor in values])
    if dims is None:
        return None
    position = _new_axis(axis, len(dims))
    return (*dims[:position], len(values), *dims[position:])


def _new_axis(axis: int, rank: int) -> int:
    if not -rank - 1 <= axis <= rank:
        raise ValueError(f"Invalid axis: {axis}; must be in [{-rank - 1},{rank + 1})")
    return axis + rank + 1 if axis < 0 else axis


@static_value("Pack")
def _pack_value(op: Operation, known: Known) -> Any:
    values = known.inputs(op)
    return None if values is None else np.stack(values, op.attrs["axis"])


@static_elements("Pack")
def _pack_elements(tensor: Tensor, known: Known) -> Elements:
    values = [known.value(element) for element in tensor.op.inputs]
    return [None if value is None or value.ndim else value.item() for value in values]


@gradient("Pack")
def _pack_gradient(op: Operation, dy: Tensor) -> list[Any]:
    result: list[Any] = build("Unpack", dy, num=op.attrs["N"], axis=op.attrs["axis"])
    return result


def stack(values: TensorLike, axis: int = 0, name: str = "stack") -> Tensor:
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
        raise ValueError(f"Invalid axis: {axis}; must be in [{-count},{count})")
    position = axis % count
    static_shapes.with_value(dims[position], num)
    return [dims[:position] + dims[position + 1 :]] * num


@static_value("Unpack")
def _unpack_value(op: Operation, known: Known) -> Any:
    value = known.value(op.inputs[0])
    if value is None:
        return None
    axis = op.attrs["axis"]
    return [np.take(value, index, axis) for index in range(value.shape[axis])]


@gradient("Unpack")
def _unpack_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    return [stack(list(dy), axis=op.attrs["axis"])]


def unstack(
    value: TensorLike, num: int | None = None, axis: int = 0, name: str = "unstack"
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


# ---- OneHot ----

op(
    "OneHot(indices: TI, depth: int32, on_value: T, off_value: T) -> output: T",
    "axis: int = -1; T: type; TI: {uint8, int32, int64} = int64",
)
run_ranks(
    "OneHot",
    depth=(0, "depth must be a scalar, but got: {depth}"),
    on_value=(0, "on_value must be a scalar, but got: {on_value}"),
    off_value=(0, "off_value must be a scalar, but got: {off_value}"),
)


@shape_function("OneHot")
def _one_hot_shape(
    indices: Tensor, depth: Tensor, on_value: Tensor, off_value: Tensor, axis: int
) -> Dims:
    if axis < -1:
        raise ValueError(f"axis must be >= -1, but is {axis}")
    count = size_of_scalar(depth, 1)
    if indices.dims is None:
        return None
    position = len(indices.dims) if axis == -1 else axis
    if position > len(indices.dims):
        return None  # the run refuses it
    return (*indices.dims[:position], count, *indices.dims[position:])


no_gradient("OneHot")


def one_hot(
    indices: TensorLike,
    depth: TensorLike,
    on_value: TensorLike | None = None,
    off_value: TensorLike | None = None,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
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


# ---- BroadcastTo ----

op(
    "BroadcastTo(input: T, shape: Tidx) -> output: T",
    "T: type; Tidx: {int32, int64} = int32",
    is_light=True,
)
run_ranks("BroadcastTo", shape=(1, "shape must be a vector of {{int32,int64}}, got shape {shape}"))


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
    # A size that is not 1 stays.
    before = len(wanted) - len(input.dims)
    kept = (*[None] * before, *(None if n == 1 else n for n in input.dims))
    return tuple(n if m is None else m for n, m in zip(kept, wanted, strict=True))


@static_value("BroadcastTo")
@of_values
def _broadcast_to_value(value: Array, shape: Array) -> Any:
    return np.broadcast_to(value, shape)


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


def broadcast_to(input: TensorLike, shape: TensorLike, name: str | None = None) -> Tensor:
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


undefined_gradient("BroadcastArgs")


def broadcast_dynamic_shape(shape_x: TensorLike, shape_y: TensorLike) -> Tensor:
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


# ---- Compositions ----


def sequence_mask(
    lengths: TensorLike,
    maxlen: TensorLike | None = None,
    dtype: DTypeLike = dtypes.bool,
    name: str | None = None,
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
