"""Element-wise mathematics, casts, ranges, and the operators of Tensor.

Element-wise ops are lines of tables: the dtypes an op takes, and its gradient as a function of
the input, the output and the incoming gradient. Reductions are in reduction.py, matrix products
in contraction.py.
"""

from __future__ import annotations

import builtins
import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import (
    TensorLike,
    build,
    constant,
    constant_of_array,
    convert_to_tensor,
    register_tensor_conversion_function,
    sizes_array,
)
from tfsession.graph.composites import (
    IndexedSlices,
    SparseTensor,
    convert_n_to_tensor_or_indexed_slices,
)
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import (
    MAX_ELEMENTS,
    Known,
    constant_value,
    elements_of_input,
    elements_of_pairs,
    of_divisors,
    of_integers,
    of_values,
)
from tfsession.registry import (
    gradient,
    no_gradient,
    op,
    run_ranks,
    shape,
    static_elements,
    static_value,
    undefined_gradient,
)
from tfsession.shapes import (
    Dims,
    ShapeLike,
    broadcast_dims,
    is_fully_defined,
    merge_all_dims,
    merge_dims,
    with_rank,
)

__all__ = [
    "abs",
    "accumulate_n",
    "acos",
    "acosh",
    "add",
    "add_n",
    "angle",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cast",
    "ceil",
    "complex",
    "conj",
    "cos",
    "cosh",
    "div",
    "div_no_nan",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_div",
    "floordiv",
    "floormod",
    "greater",
    "greater_equal",
    "imag",
    "is_finite",
    "is_inf",
    "is_nan",
    "less",
    "less_equal",
    "lin_space",
    "linspace",
    "log",
    "log1p",
    "log_sigmoid",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "not_equal",
    "pow",
    "range",
    "real",
    "realdiv",
    "reciprocal",
    "rint",
    "round",
    "rsqrt",
    "saturate_cast",
    "scalar_mul",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "squared_difference",
    "subtract",
    "tan",
    "tanh",
    "to_bfloat16",
    "to_complex64",
    "to_complex128",
    "to_double",
    "to_float",
    "to_int32",
    "to_int64",
    "truediv",
    "truncatediv",
    "truncatemod",
]

_FLOAT = "bfloat16, float16, float32, float64"
_COMPLEX = "complex64, complex128"
_SIGNED = "int8, int16, int32, int64"
_INTEGER = "int8, int16, int32, int64, uint8, uint16, uint32, uint64"
REAL = (
    "float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32, uint64"
)
_NUMBER = (
    "float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, "
    "bfloat16, uint16, complex128, float16, uint32, uint64"
)
_ARITHMETIC = f"{_FLOAT}, uint8, int8, uint16, int16, int32, int64, {_COMPLEX}"

Gradient = Callable[[Tensor, Tensor, Tensor], Tensor]


def _mul(x: Any, y: Any) -> Tensor:
    product: Tensor = build("Mul", x, y)
    return product


def _times(number: float, x: Tensor) -> Tensor:
    product: Tensor = build("Mul", x, number)
    return product


def _one_minus(x: Tensor) -> Tensor:
    difference: Tensor = build("Sub", 1, x, T=x.dtype.base_dtype)
    return difference


def conjugate(x: Tensor) -> Tensor:
    """What the chain rule of complex functions multiplies by."""
    if not x.dtype.is_complex:
        return x
    result: Tensor = build("Conj", x)
    return result


def _op(op_type: str, *inputs: Any) -> Tensor:
    result: Tensor = build(op_type, *inputs)
    return result


# ---- Element by element, one input ----

# op: (dtypes, dx of x, y = op(x) and dy; None says that there is no gradient)
UNARY: dict[str, tuple[str, Gradient | None]] = {
    "Abs": (f"{_FLOAT}, {_SIGNED}", lambda x, y, dy: _mul(dy, _op("Sign", x))),
    "Acos": (
        f"{_FLOAT}, int32, int64, {_COMPLEX}",
        lambda x, y, dy: _op(
            "Neg", _mul(dy, conjugate(_op("Rsqrt", _one_minus(_op("Square", x)))))
        ),
    ),
    "Acosh": (
        f"{_FLOAT}, {_COMPLEX}",
        lambda x, y, dy: _op("RealDiv", dy, conjugate(_op("Sinh", y))),
    ),
    "Asin": (
        f"{_FLOAT}, int32, int64, {_COMPLEX}",
        lambda x, y, dy: _mul(dy, conjugate(_op("Rsqrt", _one_minus(_op("Square", x))))),
    ),
    "Asinh": (
        f"{_FLOAT}, {_COMPLEX}",
        lambda x, y, dy: _op("RealDiv", dy, conjugate(_op("Cosh", y))),
    ),
    "Atan": (
        f"{_FLOAT}, int32, int64, {_COMPLEX}",
        lambda x, y, dy: _op("RealDiv", dy, conjugate(_op("AddV2", _op("Square", x), 1))),
    ),
    "Atanh": (
        f"{_FLOAT}, {_COMPLEX}",
        lambda x, y, dy: _op("RealDiv", dy, conjugate(_one_minus(_op("Square", x)))),
    ),
    "Ceil": (_FLOAT, None),
    "Cos": (
        f"{_FLOAT}, {_COMPLEX}",
        lambda x, y, dy: _op("Neg", _mul(dy, conjugate(_op("Sin", x)))),
    ),
    "Cosh": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _mul(dy, conjugate(_op("Sinh", x)))),
    "Exp": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _mul(dy, conjugate(y))),
    "Expm1": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _mul(dy, conjugate(_op("Exp", x)))),
    "Floor": (_FLOAT, None),
    "Inv": (f"{_FLOAT}, int32, int64, {_COMPLEX}", lambda x, y, dy: _op("InvGrad", y, dy)),
    "Invert": (_INTEGER, None),
    "Log": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _op("RealDiv", dy, conjugate(x))),
    "Log1p": (
        f"{_FLOAT}, {_COMPLEX}",
        lambda x, y, dy: _op("RealDiv", dy, conjugate(_op("AddV2", x, 1))),
    ),
    "Neg": (f"{_FLOAT}, {_SIGNED}, {_COMPLEX}", lambda x, y, dy: -dy),
    "Reciprocal": (
        f"{_FLOAT}, int32, int64, {_COMPLEX}",
        lambda x, y, dy: _op("ReciprocalGrad", y, dy),
    ),
    "Rint": (_FLOAT, None),
    "Round": (f"{_FLOAT}, {_SIGNED}, {_COMPLEX}", None),
    "Rsqrt": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _op("RsqrtGrad", y, dy)),
    "Sigmoid": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _op("SigmoidGrad", conjugate(y), dy)),
    "Sign": (f"{_FLOAT}, {_SIGNED}, {_COMPLEX}", lambda x, y, dy: _op("ZerosLike", x)),
    "Sin": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _mul(dy, conjugate(_op("Cos", x)))),
    "Sinh": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _mul(dy, conjugate(_op("Cosh", x)))),
    "Sqrt": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _op("SqrtGrad", y, dy)),
    "Square": (
        f"{_FLOAT}, {_SIGNED}, {_COMPLEX}",
        lambda x, y, dy: _mul(dy, _times(2, conjugate(x))),
    ),
    "Tan": (
        f"{_FLOAT}, int32, int64, {_COMPLEX}",
        lambda x, y, dy: _mul(dy, conjugate(_op("AddV2", _op("Square", y), 1))),
    ),
    "Tanh": (f"{_FLOAT}, {_COMPLEX}", lambda x, y, dy: _op("TanhGrad", conjugate(y), dy)),
}

PREDICATES = ("IsFinite", "IsInf", "IsNan")


def _unary_gradient(dx: Gradient) -> Callable[[Operation, Tensor], list[Any]]:
    return lambda op, dy: [dx(op.inputs[0], op.outputs[0], dy)]


for _name, (_types, _dx) in UNARY.items():
    op(f"{_name}(x: T) -> y: T", f"T: {{{_types}}}")
    if _dx is None:
        no_gradient(_name)
    else:
        gradient(_name)(_unary_gradient(_dx))
for _name in PREDICATES:
    op(f"{_name}(x: T) -> y: bool", f"T: {{{_FLOAT}}}")
op("LogicalNot(x: bool) -> y: bool")
no_gradient("LogicalNot")
undefined_gradient(*PREDICATES)


@shape(*UNARY, *PREDICATES, "LogicalNot")
def unary_shape(x: Tensor) -> Dims:
    """The shape of `x`."""
    return x.dims


# ---- Element by element, gradients in terms of the output ----

# op of y and dy: its gradients, of y, dy and the incoming gradient, for y and for dy. The kernels
# of the reciprocal and of the roots conjugate y; the other two leave that to the caller, as in
# TensorFlow.
OUTPUT_GRADIENTS: dict[str, tuple[Gradient, Gradient]] = {
    "InvGrad": (
        lambda y, dy, g: _mul(_times(-2, conjugate(g)), _mul(dy, conjugate(y))),
        lambda y, dy, g: _op("InvGrad", conjugate(y), g),
    ),
    "ReciprocalGrad": (
        lambda y, dy, g: _mul(_times(-2, conjugate(g)), _mul(dy, conjugate(y))),
        lambda y, dy, g: _op("ReciprocalGrad", conjugate(y), g),
    ),
    "RsqrtGrad": (
        lambda y, dy, g: _mul(_times(-1.5, conjugate(g)), _mul(dy, _op("Square", conjugate(y)))),
        lambda y, dy, g: _op("RsqrtGrad", conjugate(y), g),
    ),
    "SigmoidGrad": (
        lambda y, dy, g: _mul(_mul(g, conjugate(dy)), _one_minus(_times(2, conjugate(y)))),
        lambda y, dy, g: _op("SigmoidGrad", conjugate(y), g),
    ),
    "SqrtGrad": (
        lambda y, dy, g: _op(
            "Neg",
            _op("RealDiv", _mul(conjugate(g), _times(0.5, dy)), _op("Square", conjugate(y))),
        ),
        lambda y, dy, g: _op("SqrtGrad", conjugate(y), g),
    ),
    "TanhGrad": (
        lambda y, dy, g: _mul(_times(-2, g), _mul(conjugate(dy), conjugate(y))),
        lambda y, dy, g: _op("TanhGrad", conjugate(y), g),
    ),
}


def _output_gradient(first: Gradient, second: Gradient) -> Callable[[Operation, Tensor], list[Any]]:
    def compute(op: Operation, g: Tensor) -> list[Any]:
        y, dy = op.inputs
        return [first(y, dy, g), second(y, dy, g)]

    return compute


for _name, _pair in OUTPUT_GRADIENTS.items():
    op(f"{_name}(y: T, dy: T) -> z: T", f"T: {{{_FLOAT}, {_COMPLEX}}}")
    gradient(_name)(_output_gradient(*_pair))


@shape(*OUTPUT_GRADIENTS)
def output_gradient_shape(y: Tensor, dy: Tensor) -> Dims:
    """The common shape."""
    return merge_dims(y.dims, dy.dims)


# ---- Gradients of broadcasts ----

op(
    "BroadcastGradientArgs(s0: T, s1: T) -> r0: T, r1: T",
    "T: {int32, int64} = int32",
)
no_gradient("BroadcastGradientArgs")


@shape("BroadcastGradientArgs")
def broadcast_gradient_args_shape(s0: Tensor, s1: Tensor) -> list[Dims]:
    """Two vectors of axes."""
    with_rank(s0.dims, 1)
    with_rank(s1.dims, 1)
    return [(None,), (None,)]


def summed_axes(own: Dims, other: Dims) -> list[int] | None:
    """The axes along which a tensor of dims `own` was repeated to fit `other`; None if unknown."""
    if other == () or (own == other and is_fully_defined(own)):
        return []
    if own is None or other is None:
        return None
    missing = builtins.max(len(other) - len(own), 0)
    axes = list(builtins.range(missing))
    for axis, size in enumerate(own, missing):
        position = axis + len(other) - len(own) - missing
        across = other[position] if position >= 0 else 1
        if size == 1:
            if across != 1:
                axes.append(axis)
        elif size is None and across != 1:
            return None
    return axes


def sum_to(dx: Tensor, axes: list[int], x: Tensor) -> Tensor:
    """Sums `dx` over `axes` of the broadcast shape, and gives it the shape of `x`."""
    if not axes:
        return dx
    assert x.dims is not None
    missing = builtins.max(len(dx.dims or ()) - len(x.dims), 0)
    indices = constant_of_array(np.array(axes, np.int32), "reduction_indices")
    if all(axis >= missing for axis in axes):
        kept: Tensor = build("Sum", dx, indices, keep_dims=True)
        return kept
    total: Tensor = build("Sum", dx, indices)
    if all(axis < missing for axis in axes):
        return total
    return _reshape_like(total, x)


def _reshape_like(value: Tensor, x: Tensor) -> Tensor:
    """`value` in the shape of `x`, known or not."""
    if x.dims is not None and x.dims.count(None) <= 1:
        sizes = sizes_array(x.dims)
        if 0 not in x.dims or None not in x.dims:
            result: Tensor = build("Reshape", value, constant_of_array(sizes, "shape"))
            return result
    dynamic: Tensor = build("Reshape", value, build("Shape", x))
    return dynamic


def unbroadcast(x: Tensor, y: Tensor, dx: Tensor | None, dy: Tensor | None) -> list[Tensor | None]:
    """Sums gradients of the broadcast shape of `x` and `y` back to the shapes of the two.

    Where the static shapes tell along which axes an input was repeated, only these sums are built;
    otherwise the axes are computed when the step runs.

    Args:
      x: one input of an element-wise op.
      y: the other.
      dx: the gradient for `x`, before the sum, or None.
      dy: the gradient for `y`, before the sum, or None.

    Returns:
      The two gradients, in the shapes of `x` and `y`.

    Source: TensorFlow 1.15, python/ops/math_grad.py, which does so for equal shapes alone.
    """
    if x.dims != y.dims or not is_fully_defined(x.dims):
        # Slices are summed as the tensor that they stand for.
        dx, dy = (None if d is None else convert_to_tensor(d) for d in (dx, dy))
    axes_x, axes_y = summed_axes(x.dims, y.dims), summed_axes(y.dims, x.dims)
    # A scalar beside a tensor of unknown rank takes the sum of everything.
    if axes_x is not None and axes_y is not None:
        return [
            None if dx is None else sum_to(dx, axes_x, x),
            None if dy is None else sum_to(dy, axes_y, y),
        ]
    shape_x, shape_y = build("Shape", x), build("Shape", y)
    reduced_x, reduced_y = build("BroadcastGradientArgs", shape_x, shape_y)

    def summed(gradient: Tensor | None, reduced: Tensor, shape: Tensor) -> Tensor | None:
        if gradient is None:
            return None
        result: Tensor = build("Reshape", build("Sum", gradient, reduced), shape)
        return result

    return [
        sum_to(dx, axes_x, x)
        if dx is not None and axes_x is not None
        else summed(dx, reduced_x, shape_x),
        sum_to(dy, axes_y, y)
        if dy is not None and axes_y is not None
        else summed(dy, reduced_y, shape_y),
    ]


# ---- Element by element, two inputs ----


def _pow_gradient(x: Tensor, y: Tensor, z: Tensor, dz: Tensor) -> tuple[Tensor, Tensor]:
    x, y, z = conjugate(x), conjugate(y), conjugate(z)
    # From the left, as TensorFlow multiplies: in float16 other products overflow.
    dx = _mul(_mul(dz, y), _op("Pow", x, _op("Sub", y, 1)))
    # Where the logarithm is not defined the exponent has no slope.
    zeros = _op("ZerosLike", x)
    mask = _op("NotEqual", x, zeros) if x.dtype.is_complex else _op("Greater", x, zeros)
    safe = _op("Select", mask, x, _op("OnesLike", x))
    logarithm = _op("Select", mask, _op("Log", safe), zeros)
    return dx, _mul(_mul(dz, z), logarithm)


def _selected(mask: str) -> Callable[..., tuple[Tensor, Tensor]]:
    """The gradient of the op that takes `x` where `mask` says so, and `y` elsewhere."""

    def compute(x: Tensor, y: Tensor, z: Tensor, dz: Tensor) -> tuple[Tensor, Tensor]:
        chosen, zeros = _op(mask, x, y), _op("ZerosLike", dz)
        return _op("Select", chosen, dz, zeros), _op("Select", chosen, zeros, dz)

    return compute


def _divided(divide: str) -> Callable[..., tuple[Tensor, Tensor]]:
    """The gradient of a division, by the same division."""

    def compute(x: Tensor, y: Tensor, z: Tensor, dz: Tensor) -> tuple[Tensor, Tensor]:
        x, y = conjugate(x), conjugate(y)
        dx = _op(divide, dz, y)
        return dx, _mul(dx, _op(divide, _op("Neg", x), y))

    return compute


def _floor_mod_gradient(x: Tensor, y: Tensor, z: Tensor, dz: Tensor) -> tuple[Tensor, Tensor]:
    return dz, _op("Neg", _mul(dz, _op("FloorDiv", x, y)))


def _atan2_gradient(x: Tensor, y: Tensor, z: Tensor, dz: Tensor) -> tuple[Tensor, Tensor]:
    # The op's own names are the other way round: atan2(y, x).
    inverse = _op("RealDiv", dz, _op("AddV2", _op("Square", x), _op("Square", y)))
    return _mul(y, inverse), _op("Neg", _mul(x, inverse))


def _squared_difference_gradient(
    x: Tensor, y: Tensor, z: Tensor, dz: Tensor
) -> tuple[Tensor, Tensor]:
    dx = _mul(_times(2, dz), _op("Sub", x, y))
    return dx, -dx


def _is_not_zero(x: Tensor) -> Tensor:
    indicator: Tensor = cast(_op("NotEqual", x, 0), x.dtype)
    return indicator


def _xdivy_gradient(x: Tensor, y: Tensor, z: Tensor, dz: Tensor) -> tuple[Tensor, Tensor]:
    x, y = conjugate(x), conjugate(y)
    dx = _mul(dz, _op("Xdivy", _is_not_zero(x), y))
    return dx, _mul(dz, _op("Xdivy", _op("Neg", x), _op("Square", y)))


def _xlogy_gradient(x: Tensor, y: Tensor, z: Tensor, dz: Tensor) -> tuple[Tensor, Tensor]:
    x, y = conjugate(x), conjugate(y)
    return _mul(dz, _op("Xlogy", _is_not_zero(x), y)), _mul(dz, _op("Xdivy", x, y))


_DIVIDED = f"{_FLOAT}, uint8, int8, uint16, int16, int32, int64, {_COMPLEX}"
_REMAINDERS = "int32, int64, bfloat16, float16, float32, float64"

# op: (dtypes, gradients for x and y in the shape of z, of x, y, z = op(x, y) and dz)
BINARY: dict[str, tuple[str, Callable[..., tuple[Tensor, Tensor]] | None]] = {
    "Add": (f"{_ARITHMETIC}, string", lambda x, y, z, dz: (dz, dz)),
    "AddV2": (_ARITHMETIC, lambda x, y, z, dz: (dz, dz)),
    "BitwiseAnd": (_INTEGER, None),
    "BitwiseOr": (_INTEGER, None),
    "BitwiseXor": (_INTEGER, None),
    "Div": (_DIVIDED, _divided("RealDiv")),
    "DivNoNan": (f"float16, float32, bfloat16, float64, {_COMPLEX}", _divided("DivNoNan")),
    "FloorDiv": (_DIVIDED, None),
    "FloorMod": (_REMAINDERS, _floor_mod_gradient),
    "LeftShift": (_INTEGER, None),
    "Maximum": (f"{_FLOAT}, int32, int64", _selected("GreaterEqual")),
    "Minimum": (f"{_FLOAT}, int32, int64", _selected("LessEqual")),
    "Mod": (_REMAINDERS, None),
    "Mul": (_ARITHMETIC, lambda x, y, z, dz: (_mul(dz, conjugate(y)), _mul(conjugate(x), dz))),
    "MulNoNan": (
        f"{_FLOAT}, {_COMPLEX}",
        lambda x, y, z, dz: (
            _op("MulNoNan", dz, conjugate(y)),
            _op("MulNoNan", conjugate(x), dz),
        ),
    ),
    "Pow": (f"{_FLOAT}, int32, int64, {_COMPLEX}", _pow_gradient),
    "RealDiv": (_DIVIDED, _divided("RealDiv")),
    "RightShift": (_INTEGER, None),
    "SquaredDifference": (f"{_FLOAT}, int32, int64, {_COMPLEX}", _squared_difference_gradient),
    "Sub": (_ARITHMETIC, lambda x, y, z, dz: (dz, -dz)),
    "TruncateDiv": (_DIVIDED, None),
    "TruncateMod": (_REMAINDERS, None),
    "Xdivy": (f"float16, float32, float64, {_COMPLEX}", _xdivy_gradient),
    "Xlogy": (f"float16, float32, float64, {_COMPLEX}", _xlogy_gradient),
}

COMPARISONS = ("Greater", "GreaterEqual", "Less", "LessEqual")
LOGICAL = ("LogicalAnd", "LogicalOr")


def _binary_gradient(
    function: Callable[..., tuple[Tensor, Tensor]],
) -> Callable[[Operation, Tensor], list[Any]]:
    def compute(op: Operation, dz: Tensor) -> list[Any]:
        x, y = op.inputs
        return unbroadcast(x, y, *function(x, y, op.outputs[0], dz))

    return compute


for _name, (_types, _dxy) in BINARY.items():
    op(f"{_name}(x: T, y: T) -> z: T", f"T: {{{_types}}}")
    if _dxy is None and _name in ("Mod", "TruncateMod"):
        undefined_gradient(_name)
    elif _dxy is None:
        no_gradient(_name)
    else:
        gradient(_name)(_binary_gradient(_dxy))
op("Atan2(y: T, x: T) -> z: T", f"T: {{{_FLOAT}}}")
gradient("Atan2")(_binary_gradient(_atan2_gradient))
op("NextAfter(x1: T, x2: T) -> output: T", "T: {float64, float32} = float32")
gradient("NextAfter")(_binary_gradient(lambda x, y, z, dz: (dz, _op("ZerosLike", dz))))
for _name in COMPARISONS:
    op(f"{_name}(x: T, y: T) -> z: bool", f"T: {{{REAL}}}")
for _name in LOGICAL:
    op(f"{_name}(x: bool, y: bool) -> z: bool")
for _name in ("Equal", "NotEqual"):
    op(
        f"{_name}(x: T, y: T) -> z: bool",
        f"T: {{{_FLOAT}, uint8, int8, int16, int32, int64, complex64, quint8, qint8, qint32, "
        "string, bool, complex128, uint16, uint32, uint64}; incompatible_shape_error: bool = true",
    )
op(
    "ApproximateEqual(x: T, y: T) -> z: bool",
    f"T: {{{_NUMBER}}}; tolerance: float = 9.999999747378752e-06",
)
no_gradient(*COMPARISONS, *LOGICAL, "Equal", "NotEqual", "ApproximateEqual")


@shape("NextAfter")
def nextafter_shape(x1: Tensor, x2: Tensor) -> Dims:
    """The inputs' shapes broadcast."""
    return broadcast_dims(x1.dims, x2.dims)


@shape(*BINARY, "Atan2", *COMPARISONS, *LOGICAL)
def binary_shape(x: Tensor, y: Tensor) -> Dims:
    """The inputs' shapes broadcast."""
    return broadcast_dims(x.dims, y.dims)


@shape("Equal", "NotEqual")
def equality_shape(x: Tensor, y: Tensor, incompatible_shape_error: bool) -> Dims:
    """The inputs' shapes broadcast; unknown where these may not fit and that is no error."""
    if incompatible_shape_error:
        return broadcast_dims(x.dims, y.dims)
    if not (is_fully_defined(x.dims) and is_fully_defined(y.dims)):
        return None
    try:
        return broadcast_dims(x.dims, y.dims)
    except ValueError:
        return ()


@shape("ApproximateEqual")
def approximate_equal_shape(x: Tensor, y: Tensor) -> Dims:
    """The common shape."""
    return merge_dims(x.dims, y.dims)


# ---- Element by element, before a run ----

# op: (what it is of integers, what it is of two sizes of which others in their vectors are unknown)
STATIC_FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[[int, int], int] | None]] = {
    "Abs": (np.abs, None),
    "Add": (np.add, lambda a, b: a + b),
    "AddV2": (np.add, lambda a, b: a + b),
    "Greater": (np.greater, None),
    "GreaterEqual": (np.greater_equal, None),
    "Less": (np.less, None),
    "LessEqual": (np.less_equal, None),
    "Maximum": (np.maximum, builtins.max),
    "Minimum": (np.minimum, builtins.min),
    "Mul": (np.multiply, lambda a, b: a * b),
    "Neg": (np.negative, None),
    "Sub": (np.subtract, lambda a, b: a - b),
}
# op: the same of quotients and remainders; those of C are rounded towards zero.
STATIC_DIVISIONS: dict[str, tuple[Callable[..., Any], Callable[[int, int], int] | None]] = {
    "Div": (lambda x, y: (x - np.fmod(x, y)) // y, None),
    "FloorDiv": (np.floor_divide, lambda a, b: a // b if b else 0),
    "FloorMod": (np.mod, None),
    "Mod": (np.fmod, None),
}

for _name, (_of_arrays, _of_sizes) in (STATIC_FUNCTIONS | STATIC_DIVISIONS).items():
    static_value(_name)((of_divisors if _name in STATIC_DIVISIONS else of_integers)(_of_arrays))
    if _of_sizes is not None:
        static_elements(_name)(elements_of_pairs(_of_sizes))
static_value("Equal")(of_values(np.equal))
static_value("NotEqual")(of_values(np.not_equal))


# ---- Public functions of one input ----


# They leave what a sparse tensor does not have at zero.
_OF_SPARSE_TENSORS = ("Neg", "Sign", "Square", "Sqrt", "Tanh")


def of_sparse_tensors(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function, which also maps the values of a SparseTensor."""

    @functools.wraps(function)
    def mapped(x: Any, name: str | None = None) -> Any:
        if isinstance(x, SparseTensor):
            return SparseTensor(x.indices, function(x.values, name), x.dense_shape)
        return function(x, name)

    return mapped


def _unary(op_type: str, summary: str, details: str = "") -> Callable[..., Tensor]:
    """The public function of an element-wise op of one input."""

    def function(x: Any, name: str | None = None) -> Tensor:
        result: Tensor = build(op_type, x, name=name)
        return result

    if op_type in _OF_SPARSE_TENSORS:
        function = of_sparse_tensors(function)
        details += " Of a SparseTensor, the values are mapped."
    function.__name__ = function.__qualname__ = op_type.lower()
    function.__doc__ = f"""{summary}

    Args:
      x: a Tensor of any shape, or what converts to one.{details}
      name: a name for the operation.

    Returns:
      A Tensor of the shape of `x`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "{op_type}".
    """
    return function


acos = _unary("Acos", "Computes the angle, in radians, whose cosine is `x`.")
acosh = _unary("Acosh", "Computes the inverse hyperbolic cosine.")
asin = _unary("Asin", "Computes the angle, in radians, whose sine is `x`.")
asinh = _unary("Asinh", "Computes the inverse hyperbolic sine.")
atan = _unary("Atan", "Computes the angle, in radians, whose tangent is `x`.")
atanh = _unary("Atanh", "Computes the inverse hyperbolic tangent.")
ceil = _unary("Ceil", "Rounds up.")
cos = _unary("Cos", "Computes the cosine of an angle in radians.")
cosh = _unary("Cosh", "Computes the hyperbolic cosine.")
exp = _unary("Exp", "Computes e ** x.")
expm1 = _unary("Expm1", "Computes e ** x - 1, accurate near 0.")
floor = _unary("Floor", "Rounds down.")
invert = _unary("Invert", "Flips every bit of integers.")
is_finite = _unary("IsFinite", "Tells which elements are neither infinite nor nan.")
is_inf = _unary("IsInf", "Tells which elements are infinite.")
is_nan = _unary("IsNan", "Tells which elements are nan.")
log = _unary("Log", "Computes the natural logarithm.")
log1p = _unary("Log1p", "Computes log(1 + x), accurate near 0.")
logical_not = _unary("LogicalNot", "Computes the truth value of NOT x.")
negative = _unary("Neg", "Computes -x.")
reciprocal = _unary("Reciprocal", "Computes 1 / x.")
rint = _unary("Rint", "Rounds to the nearest whole number, to the even one of two.")
rsqrt = _unary("Rsqrt", "Computes 1 / sqrt(x).")
sigmoid = _unary("Sigmoid", "Computes 1 / (1 + exp(-x)).")
sign = _unary("Sign", "Computes -1, 0 or 1; x / |x| for complex numbers.")
sin = _unary("Sin", "Computes the sine of an angle in radians.")
sinh = _unary("Sinh", "Computes the hyperbolic sine.")
sqrt = _unary("Sqrt", "Computes the square root.")
square = _unary("Square", "Computes x * x.")
tan = _unary("Tan", "Computes the tangent of an angle in radians.")
tanh = _unary("Tanh", "Computes the hyperbolic tangent.")


@of_sparse_tensors
def abs(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes the absolute value; of complex numbers, the modulus.

    Args:
      x: a Tensor of any shape; any number.
      name: a name for the operation.

    Returns:
      A Tensor of the shape of `x`, real.

    Source: TensorFlow 1.15, python/ops/math_ops.py `abs`.
    """
    with name_scope(name, "Abs", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        result: Tensor
        if x.dtype.is_complex:
            result = build("ComplexAbs", x, Tout=x.dtype.real_dtype, name=scope)
        else:
            result = build("Abs", x, name=scope)
        return result


def round(x: TensorLike, name: str | None = None) -> Tensor:
    """Rounds to the nearest whole number, to the even one of two.

    Args:
      x: a Tensor of any shape; integers are returned as they are.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `round`.
    """
    tensor = convert_to_tensor(x, name="x")
    return tensor if tensor.dtype.is_integer else build("Round", tensor, name=name)


def log_sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes log(1 / (1 + exp(-x))), as -softplus(-x).

    Args:
      x: a Tensor of any shape; floating.
      name: a name for the operations.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `log_sigmoid`.
    """
    with name_scope(name, "LogSigmoid", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        result: Tensor = build("Neg", build("Softplus", build("Neg", x)), name=scope)
        return result


# ---- Public functions of two inputs ----


def _binary(op_type: str, summary: str) -> Callable[..., Tensor]:
    """The public function of an element-wise op of two inputs."""

    def function(x: Any, y: Any, name: str | None = None) -> Tensor:
        result: Tensor = build(op_type, x, y, name=name)
        return result

    function.__name__ = function.__qualname__ = op_type.lower()
    function.__doc__ = f"""{summary}

    Args:
      x: a Tensor, or what converts to one.
      y: of the dtype of `x`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape.

    Raises:
      TypeError: the dtypes differ.
      ValueError: the shapes are known and do not broadcast.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "{op_type}".
    """
    return function


add = _binary("Add", "Computes x + y; joins strings.")
bitwise_and = _binary("BitwiseAnd", "Computes x & y of integers, bit by bit.")
bitwise_or = _binary("BitwiseOr", "Computes x | y of integers, bit by bit.")
bitwise_xor = _binary("BitwiseXor", "Computes x ^ y of integers, bit by bit.")
equal = _binary("Equal", "Computes the truth value of x == y.")
floor_div = _binary("FloorDiv", "Computes x / y, rounded down.")
floormod = _binary("FloorMod", "Computes x - floor(x / y) * y, which has the sign of y.")
greater = _binary("Greater", "Computes the truth value of x > y.")
greater_equal = _binary("GreaterEqual", "Computes the truth value of x >= y.")
left_shift = _binary("LeftShift", "Computes x << y.")
less = _binary("Less", "Computes the truth value of x < y.")
less_equal = _binary("LessEqual", "Computes the truth value of x <= y.")
logical_and = _binary("LogicalAnd", "Computes the truth value of x AND y.")
logical_or = _binary("LogicalOr", "Computes the truth value of x OR y.")
maximum = _binary("Maximum", "Computes the larger of x and y.")
minimum = _binary("Minimum", "Computes the smaller of x and y.")
multiply = _binary("Mul", "Computes x * y, element by element.")
not_equal = _binary("NotEqual", "Computes the truth value of x != y.")
realdiv = _binary("RealDiv", "Computes x / y of floating numbers.")
right_shift = _binary("RightShift", "Computes x >> y, which keeps the sign.")
squared_difference = _binary("SquaredDifference", "Computes (x - y) * (x - y).")
subtract = _binary("Sub", "Computes x - y.")
truncatediv = _binary("TruncateDiv", "Computes x / y of integers, rounded towards zero.")
truncatemod = _binary("TruncateMod", "Computes the remainder that has the sign of x.")
xdivy = _binary("Xdivy", "Computes x / y, and 0 where x is 0.")
xlogy = _binary("Xlogy", "Computes x * log(y), and 0 where x is 0.")
mod = floormod


def atan2(y: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """Computes the angle of the point (x, y), in radians from -pi to pi.

    Args:
      y: bfloat16, float16, float32 or float64.
      x: of the dtype of `y`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Atan2".
    """
    result: Tensor = build("Atan2", y, x, name=name)
    return result


def pow(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Computes x ** y.

    Args:
      x: a number.
      y: of the dtype of `x`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape.

    Raises:
      InvalidArgumentError: when it runs: integers, and an exponent is negative.

    Source: TensorFlow 1.15, python/ops/math_ops.py `pow`.
    """
    result: Tensor = build("Pow", x, y, name=name)
    return result


def logical_xor(x: Any, y: Any, name: str | None = "LogicalXor") -> Tensor:
    """Computes the truth value of either x or y, not both.

    Args:
      x: bool.
      y: bool, of a shape that broadcasts with that of `x`.
      name: a name for the last operation.

    Returns:
      A Tensor of the broadcast shape; bool.

    Source: TensorFlow 1.15, python/ops/math_ops.py `logical_xor`.
    """
    either, both = logical_or(x, y), logical_and(x, y)
    return logical_and(either, logical_not(both), name=name)


def div_no_nan(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Computes x / y, and 0 where y is 0.

    Args:
      x: floating or complex.
      y: of the dtype of `x`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape.

    Source: TensorFlow 1.15, python/ops/math_ops.py `div_no_nan`.
    """
    with name_scope(name, "div_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        result: Tensor = build("DivNoNan", x, y, name=scope)
        return result


def reciprocal_no_nan(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes 1 / x, and 0 where x is 0.

    Args:
      x: floating or complex.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `reciprocal_no_nan`.
    """
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        one = constant(1, x.dtype.base_dtype, name="one")
        result: Tensor = build("DivNoNan", one, x, name=scope)
        return result


def nextafter(x1: TensorLike, x2: TensorLike, name: str | None = None) -> Tensor:
    """Returns the number beside `x1` towards `x2`.

    Args:
      x1: float32 or float64.
      x2: of the dtype of `x1`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "NextAfter".
    """
    result: Tensor = build("NextAfter", x1, x2, name=name)
    return result


def multiply_no_nan(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Computes x * y, and 0 where y is 0, even if x is infinite or nan.

    Args:
      x: floating or complex.
      y: of the dtype of `x`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape.

    Source: TensorFlow 1.15, python/ops/math_ops.py `multiply_no_nan`.
    """
    with name_scope(name, "multiply_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        result: Tensor = build("MulNoNan", x, y, name=scope)
        return result


def _same_dtype(x: Tensor, y: Tensor) -> DType:
    x_dtype, y_dtype = x.dtype.base_dtype, y.dtype.base_dtype
    if x_dtype is not y_dtype:
        raise TypeError(f"x and y must have the same dtype, got {x_dtype!r} != {y_dtype!r}")
    return x_dtype


# What Python 3's division of integers computes in; other dtypes stay as they are.
_TRUE_DIVISION = {
    dtypes.uint8: dtypes.float32,
    dtypes.int8: dtypes.float32,
    dtypes.uint16: dtypes.float32,
    dtypes.int16: dtypes.float32,
    dtypes.int32: dtypes.float64,
    dtypes.int64: dtypes.float64,
}


def truediv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Computes x / y as Python 3 does: integers become floating numbers.

    Args:
      x: a number; int8, int16, uint8 and uint16 are divided in float32, int32 and int64 in float64.
      y: of the dtype of `x`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape.

    Raises:
      TypeError: the dtypes differ, or are not numbers.

    Source: TensorFlow 1.15, python/ops/math_ops.py `truediv`.
    """
    with name_scope(name, "truediv", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", preferred_dtype=x.dtype.base_dtype)
        dtype = _same_dtype(x, y)
        if not (dtype.is_floating or dtype.is_complex):
            wide = _TRUE_DIVISION.get(dtype)
            if wide is None:
                raise TypeError(f"Invalid dtype {dtype!r} in __truediv__")
            x, y = cast(x, wide), cast(y, wide)
        result: Tensor = build("RealDiv", x, y, name=scope)
        return result


def div(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Computes x / y as Python 2 does: integers are rounded down.

    Args:
      x: a number.
      y: of the dtype of `x`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape and the dtype of `x`.

    Raises:
      TypeError: the dtypes differ.

    Source: TensorFlow 1.15, python/ops/math_ops.py `div`.
    """
    with name_scope(name, "div", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        dtype = _same_dtype(x, y)
        is_real = dtype.is_floating or dtype.is_complex
        result: Tensor = build("RealDiv" if is_real else "FloorDiv", x, y, name=scope)
        return result


def divide(x: TensorLike, y: TensorLike, name: str | None = None) -> Any:
    """Computes x / y with Python's operator.

    Args:
      x: a Tensor, an array or a number.
      y: the same.
      name: a name for the operation; with it, both become Tensors.

    Returns:
      What `x / y` gives.

    Source: TensorFlow 1.15, python/ops/math_ops.py `divide`.
    """
    return x / y if name is None else truediv(x, y, name)


def floordiv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Computes x / y, rounded down.

    Args:
      x: a number.
      y: of the dtype of `x`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape and the dtype of `x`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `floordiv`.
    """
    with name_scope(name, "floordiv", [x, y]) as scope:
        result: Tensor = build("FloorDiv", x, y, name=scope)
        return result


def scalar_mul(scalar: TensorLike, x: TensorLike, name: str | None = None) -> Any:
    """Multiplies a Tensor or IndexedSlices by a scalar.

    Args:
      scalar: a scalar, of the dtype of `x`.
      x: a Tensor or IndexedSlices.
      name: a name for the operation.

    Returns:
      What `x` is, scaled.

    Raises:
      ValueError: `scalar` is not a scalar.

    Source: TensorFlow 1.15, python/ops/math_ops.py `scalar_mul`.
    """
    scalar = convert_to_tensor(scalar, dtype=x.dtype.base_dtype, name="scalar")
    if scalar.dims != ():
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    if isinstance(x, IndexedSlices):
        values = build("Mul", scalar, x.values, name=name)
        return IndexedSlices(values, x.indices, x.dense_shape)
    return build("Mul", scalar, x, name=name)


def polyval(coeffs: Any, x: TensorLike, name: str | None = None) -> Tensor:
    """Computes a polynomial by Horner's rule.

    Args:
      coeffs: a list of Tensors, the coefficient of the highest power first.
      x: where to compute it.
      name: a name for the operations.

    Returns:
      A Tensor of the broadcast shape.

    Raises:
      ValueError: `coeffs` is not a list.

    Source: TensorFlow 1.15, python/ops/math_ops.py `polyval`.
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type found {type(coeffs)}.")
    with name_scope(name, "polyval", [*coeffs, x]):
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            zeros: Tensor = build("ZerosLike", x, name="zeros_like")
            return zeros
        terms = [
            convert_to_tensor(c, name=f"coeff_{n}" if n else "coeff_0", dtype=x.dtype.base_dtype)
            for n, c in enumerate(coeffs)
        ]
        total = terms[0]
        for term in terms[1:]:
            total = term + total * x
        return total


# ---- Cast ----

op("Cast(x: SrcT) -> y: DstT", "SrcT: type; DstT: type; Truncate: bool = false")
shape("Cast")(unary_shape)


@static_value("Cast")
def cast_value(op: Operation, known: Known) -> Any:
    """The numbers as the run would convert them."""
    value = known.value(op.inputs[0])
    if value is None or value.dtype.hasobject:
        return None
    with np.errstate(all="ignore"):
        return value.astype(op.outputs[0].dtype.base_dtype.numpy)


static_elements("Cast")(elements_of_input)


@gradient("Cast")
def cast_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """The gradient cast back, between floating and complex dtypes."""
    source, target = op.inputs[0].dtype.base_dtype, dy.dtype.base_dtype
    if all(dtype.is_floating or dtype.is_complex for dtype in (source, target)):
        return [cast(dy, source)]
    return [None]


def cast(x: TensorLike, dtype: DTypeLike, name: str | None = None) -> Any:
    """Converts elements to another dtype.

    Args:
      x: a Tensor, SparseTensor or IndexedSlices; any number or bool.
      dtype: what to convert to; fractions are cut off, imaginary parts dropped.
      name: a name for the operation.

    Returns:
      What `x` is, of `dtype`; `x` itself if it has that dtype.

    Raises:
      TypeError: `x` is no number, or `dtype` names no type.

    Source: TensorFlow 1.15, python/ops/math_ops.py `cast`.
    """
    target = as_dtype(dtype).base_dtype
    if type(x) is Tensor:
        source = x.dtype.base_dtype
        if source is target:
            return x
        _warn_of_imaginary_part(source, target)
        return build("Cast", x, DstT=target, name=name)
    if hasattr(x, "handle") and x.dtype.base_dtype is target:
        # A resource variable is read where it is used.
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if hasattr(x, "dense_shape") and hasattr(x, "indices"):
            values = cast(x.values, target, name=scope)
            if type(x).__name__ == "IndexedSlices":
                return type(x)(values, x.indices, x.dense_shape)
            return type(x)(x.indices, values, x.dense_shape)
        x = convert_to_tensor(x, name="x")
        if x.dtype.base_dtype is target:
            return x
        _warn_of_imaginary_part(x.dtype, target)
        return build("Cast", x, DstT=target, name=scope)


def _warn_of_imaginary_part(source: DType, target: DType) -> None:
    if source.is_complex and target.is_floating:
        warnings.warn("Casting complex to real discards imaginary part.", stacklevel=3)


def saturate_cast(value: TensorLike, dtype: DTypeLike, name: str | None = None) -> Tensor:
    """Converts elements to another dtype, those outside its range to the nearest in it.

    Args:
      value: a Tensor; any real number.
      dtype: what to convert to.
      name: a name for the operations.

    Returns:
      A Tensor of the shape of `value`, of `dtype`.

    Source: TensorFlow 1.15, python/ops/math_ops.py `saturate_cast`.
    """
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        source, target = value.dtype.base_dtype, as_dtype(dtype).base_dtype
        if source.min < target.min:
            lowest = convert_to_tensor(target.min, dtype=source, name="min")
            value = build("Maximum", value, lowest)
        if source.max > target.max:
            highest = convert_to_tensor(target.max, dtype=source, name="max")
            value = build("Minimum", value, highest)
        result: Tensor = cast(value, target, name=scope)
        return result


def _conversion(dtype: DType, default_name: str) -> Callable[..., Any]:
    def function(x: Any, name: str | None = default_name) -> Any:
        return cast(x, dtype, name)

    function.__name__ = function.__qualname__ = f"to_{dtype.name}"
    function.__doc__ = f"""Converts elements to {dtype.name}; see `cast`.

    Args:
      x: a Tensor, SparseTensor or IndexedSlices.
      name: a name for the operation.

    Returns:
      What `x` is, of {dtype.name}.

    Source: TensorFlow 1.15, python/ops/math_ops.py.
    """
    return function


to_bfloat16 = _conversion(dtypes.bfloat16, "ToBFloat16")
to_complex64 = _conversion(dtypes.complex64, "ToComplex64")
to_complex128 = _conversion(dtypes.complex128, "ToComplex128")
to_double = _conversion(dtypes.float64, "ToDouble")
to_float = _conversion(dtypes.float32, "ToFloat")
to_int32 = _conversion(dtypes.int32, "ToInt32")
to_int64 = _conversion(dtypes.int64, "ToInt64")


# ---- Complex numbers ----

_PARTS = "T: {complex64, complex128} = complex64; Tout: {float32, float64} = float32"
op("ComplexAbs(x: T) -> y: Tout", _PARTS)
shape("ComplexAbs")(unary_shape)
for _name in ("Real", "Imag", "Angle"):
    op(f"{_name}(input: T) -> output: Tout", _PARTS)
op("Conj(input: T) -> output: T", "T: {complex64, complex128, variant} = complex64")
op(
    "Complex(real: T, imag: T) -> out: Tout",
    "T: {float32, float64} = float32; Tout: {complex64, complex128} = complex64",
)


@shape("Real", "Imag", "Angle", "Conj")
def part_shape(input: Tensor) -> Dims:
    """The shape of `input`."""
    return input.dims


@shape("Complex")
def complex_shape(real: Tensor, imag: Tensor) -> Dims:
    """The inputs' shapes broadcast."""
    return broadcast_dims(real.dims, imag.dims)


def _complex(real: Tensor, imag: Any) -> Tensor:
    target = dtypes.complex64 if real.dtype.base_dtype is dtypes.float32 else dtypes.complex128
    result: Tensor = build("Complex", real, imag, Tout=target)
    return result


@gradient("ComplexAbs")
def complex_abs_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy times the direction of x, and 0 where x is 0."""
    return [_op("DivNoNan", _mul(_complex(dy, 0.0), op.inputs[0]), _complex(op.outputs[0], 0.0))]


@gradient("Real")
def real_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy as real part."""
    return [_complex(dy, 0.0)]


@gradient("Imag")
def imag_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy as imaginary part."""
    return [_complex(build("ZerosLike", dy), dy)]


@gradient("Conj")
def conj_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """The conjugate of dy."""
    return [build("Conj", dy)]


@gradient("Angle")
def angle_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy times the direction in which the angle grows, over the modulus."""
    x = op.inputs[0]
    dtype = dy.dtype.base_dtype
    z = _op("Reciprocal", _complex(build("Imag", x, Tout=dtype), build("Real", x, Tout=dtype)))
    return [_op("Neg", _mul(_complex(dy, 0.0), z))]


@gradient("Complex")
def complex_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """The two parts of dy."""
    x, y = op.inputs
    dtype = x.dtype.base_dtype
    return unbroadcast(x, y, build("Real", dy, Tout=dtype), build("Imag", dy, Tout=dtype))


def complex(real: TensorLike, imag: TensorLike, name: str | None = None) -> Tensor:
    """Makes complex numbers of their parts.

    Args:
      real: float32 or float64.
      imag: of the dtype of `real`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the broadcast shape; complex64 or complex128.

    Raises:
      TypeError: the dtypes differ or are others.

    Source: TensorFlow 1.15, python/ops/math_ops.py `complex`.
    """
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    with name_scope(name, "Complex", [real, imag]) as scope:
        kinds = (real.dtype.base_dtype, imag.dtype.base_dtype)
        if kinds == (dtypes.float64, dtypes.float64):
            target = dtypes.complex128
        elif kinds == (dtypes.float32, dtypes.float32):
            target = dtypes.complex64
        else:
            raise TypeError(
                f"real and imag have incorrect types: {real.dtype.name} {imag.dtype.name}"
            )
        result: Tensor = build("Complex", real, imag, Tout=target, name=scope)
        return result


def real(input: TensorLike, name: str | None = None) -> Tensor:
    """Returns the real parts.

    Args:
      input: a Tensor; returned as it is if not complex.
      name: a name for the operation.

    Returns:
      A Tensor of the shape of `input`, real.

    Source: TensorFlow 1.15, python/ops/math_ops.py `real`.
    """
    with name_scope(name, "Real", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            return input  # type: ignore[no-any-return]  # a Tensor now
        result: Tensor = build("Real", input, Tout=input.dtype.real_dtype, name=scope)
        return result


def imag(input: TensorLike, name: str | None = None) -> Tensor:
    """Returns the imaginary parts.

    Args:
      input: a Tensor; the result is zero if not complex.
      name: a name for the operation.

    Returns:
      A Tensor of the shape of `input`, real.

    Source: TensorFlow 1.15, python/ops/math_ops.py `imag`.
    """
    with name_scope(name, "Imag", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        result: Tensor
        if input.dtype.is_complex:
            result = build("Imag", input, Tout=input.dtype.real_dtype, name=scope)
        else:
            result = build("ZerosLike", input, name="zeros_like")
        return result


def angle(input: TensorLike, name: str | None = None) -> Tensor:
    """Returns the arguments of complex numbers, in radians.

    Args:
      input: a Tensor; the result is zero if not complex.
      name: a name for the operation.

    Returns:
      A Tensor of the shape of `input`, real.

    Source: TensorFlow 1.15, python/ops/math_ops.py `angle`.
    """
    with name_scope(name, "Angle", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        result: Tensor
        if input.dtype.is_complex:
            result = build("Angle", input, Tout=input.dtype.real_dtype, name=scope)
        else:
            result = build("ZerosLike", input, name="zeros_like")
        return result


def conj(x: TensorLike, name: str | None = None) -> Tensor:
    """Returns the complex conjugates.

    Args:
      x: a Tensor; real numbers are returned as they are.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Raises:
      TypeError: `x` is no number.

    Source: TensorFlow 1.15, python/ops/math_ops.py `conj`.
    """
    if type(x) is Tensor and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    with name_scope(name, "Conj", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_floating or x.dtype.is_integer:
            return x  # type: ignore[no-any-return]  # a Tensor now
        if not x.dtype.is_complex and x.dtype.base_dtype is not dtypes.variant:
            raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}")
        result: Tensor = build("Conj", x, name=scope)
        return result


# ---- AddN ----

op("AddN(inputs: N * T) -> sum: T", f"N: int >= 1; T: {{{_NUMBER}, variant}}")


@shape("AddN")
def add_n_shape(inputs: list[Tensor]) -> Dims:
    """The common shape."""
    return merge_all_dims([tensor.dims for tensor in inputs])


@gradient("AddN")
def add_n_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy for each input."""
    return [dy] * len(op.inputs)


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """Adds tensors, without broadcasting.

    Args:
      inputs: a list of Tensors or IndexedSlices of one shape and dtype.
      name: a name for the operation.

    Returns:
      A Tensor of that shape and dtype.

    Raises:
      ValueError: the list is empty, or shapes or dtypes differ.

    Source: TensorFlow 1.15, python/ops/math_ops.py `add_n`.
    """
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(
            "inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and "
            "shape"
        )
    if len(inputs) == 1:
        if isinstance(inputs[0], IndexedSlices) or name is None:
            return convert_to_tensor(inputs[0])
        identity: Tensor = build("Identity", inputs[0], name=name)
        return identity
    result: Tensor = build("AddN", convert_n_to_tensor_or_indexed_slices(inputs), name=name)
    return result


def accumulate_n(
    inputs: Any,
    shape: ShapeLike | None = None,
    tensor_dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Adds tensors, without broadcasting; here the same as `add_n`.

    Args:
      inputs: a list of Tensors of one shape and dtype.
      shape: the shape, if it is not known of the inputs.
      tensor_dtype: the dtype the inputs must have.
      name: a name for the operation.

    Returns:
      A Tensor of that shape and dtype.

    Raises:
      ValueError: the list is empty, or shapes or dtypes differ.
      TypeError: `tensor_dtype` is another.

    Source: TensorFlow 1.15, python/ops/math_ops.py `accumulate_n`. There it is an op of its own.
    """
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(
            "inputs must be a list of at least one Tensor with the same dtype and shape"
        )
    tensors = [convert_to_tensor(value) for value in inputs]
    if any(tensor.dtype.base_dtype is not tensors[0].dtype.base_dtype for tensor in tensors):
        raise ValueError(
            "inputs must be a list of at least one Tensor with the same dtype and shape"
        )
    if tensor_dtype is not None and as_dtype(tensor_dtype) is not tensors[0].dtype.base_dtype:
        raise TypeError(f"tensor_dtype is {tensor_dtype}, but input is of type {tensors[0].dtype}")
    if len(tensors) == 1:
        return tensors[0] if name is None else build("Identity", tensors[0], name=name)
    result: Tensor = build("AddN", tensors, name="AccumulateNV2" if name is None else name)
    if shape is not None:
        result.set_shape(shape)
    return result


# ---- Range ----

op(
    "Range(start: Tidx, limit: Tidx, delta: Tidx) -> output: Tidx",
    "Tidx: {bfloat16, float32, float64, int32, int64} = int32",
)
no_gradient("Range")

run_ranks(
    "Range",
    start=(0, "start must be a scalar, not shape {start}"),
    limit=(0, "limit must be a scalar, not shape {limit}"),
    delta=(0, "delta must be a scalar, not shape {delta}"),
)


def _check_scalars(**inputs: Tensor) -> None:
    """Raises ValueError, with the name of the input, unless all are, or may be, scalars."""
    for name, tensor in inputs.items():
        if tensor.dims:
            rank = len(tensor.dims)
            raise ValueError(f"Shape must be rank 0 but is rank {rank}\n\t for '{name}'")


@shape("Range")
def range_shape(start: Tensor, limit: Tensor, delta: Tensor) -> Dims:
    """A vector, of known length where the inputs are."""
    _check_scalars(start=start, limit=limit, delta=delta)
    values = [constant_value(tensor) for tensor in (start, limit, delta)]
    if any(value is None for value in values):
        return (None,)
    first, last, step = (value.item() for value in values if value is not None)
    if step == 0:
        raise ValueError("Requires delta != 0")
    if step > 0 and first > last:
        raise ValueError(f"Requires start <= limit when delta > 0: {first}/{last}")
    if step < 0 and first < last:
        raise ValueError(f"Requires start >= limit when delta < 0: {first}/{last}")
    return (builtins.max(int(np.ceil((last - first) / step)), 0),)


@static_value("Range")
@of_values
def range_value(start: Any, limit: Any, delta: Any) -> Any:
    """start, start + delta, ... before limit."""
    if delta == 0 or np.abs(limit - start) > MAX_ELEMENTS * np.abs(delta):
        return None
    return np.arange(start, limit, delta, dtype=start.dtype)


_HIERARCHY = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


def range(
    start: TensorLike,
    limit: TensorLike | None = None,
    delta: TensorLike = 1,
    dtype: DTypeLike | None = None,
    name: str | None = "range",
) -> Tensor:
    """Makes the numbers start, start + delta, ... that come before limit.

    Args:
      start: a scalar; the limit, with a start of 0, if `limit` is None.
      limit: a scalar.
      delta: a scalar, not 0.
      dtype: the dtype; by default the widest of the three arguments.
      name: a name for the operation.

    Returns:
      [n].

    Raises:
      ValueError: known values have `delta` 0 or of the wrong sign.

    Source: TensorFlow 1.15, python/ops/math_ops.py `range`.
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        start = convert_to_tensor(start, dtype=dtype, name="start")
        limit = convert_to_tensor(limit, dtype=dtype, name="limit")
        delta = convert_to_tensor(delta, dtype=dtype, name="delta")
        if dtype is None:
            kinds = [tensor.dtype.base_dtype for tensor in (start, limit, delta)]
            if all(kind in _HIERARCHY for kind in kinds):
                widest = builtins.max(kinds, key=_HIERARCHY.index)
                start, limit, delta = (cast(tensor, widest) for tensor in (start, limit, delta))
        result: Tensor = build("Range", start, limit, delta, name=scope)
        return result


def _convert_range(
    value: builtins.range, dtype: DType | None = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    return range(value.start, value.stop, value.step, dtype=dtype, name=name)


register_tensor_conversion_function(builtins.range, _convert_range)


# ---- LinSpace ----

op(
    "LinSpace(start: T, stop: T, num: Tidx) -> output: T",
    "T: {bfloat16, float32, float64}; Tidx: {int32, int64} = int32",
)
no_gradient("LinSpace")
run_ranks(
    "LinSpace",
    start=(0, "start must be a scalar, not shape {start}"),
    stop=(0, "stop must be a scalar, not shape {stop}"),
    num=(0, "num must be a scalar, not shape {num}"),
)


@shape("LinSpace")
def lin_space_shape(start: Tensor, stop: Tensor, num: Tensor) -> Dims:
    """A vector of `num` numbers."""
    _check_scalars(start=start, stop=stop, num=num)
    count = constant_value(num)
    if count is None:
        return (None,)
    if int(count) <= 0:
        raise ValueError(f"Requires num > 0: {int(count)}")
    return (int(count),)


def lin_space(
    start: TensorLike, stop: TensorLike, num: TensorLike, name: str | None = None
) -> Tensor:
    """Makes numbers at equal distances.

    Args:
      start: the first; a scalar of bfloat16, float32 or float64.
      stop: the last, of the dtype of `start`.
      num: how many, at least 1; int32 or int64.
      name: a name for the operation.

    Returns:
      [num], of the dtype of `start`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "LinSpace".
    """
    result: Tensor = build("LinSpace", start, stop, num, name=name)
    return result


linspace = lin_space


# ---- Operators of Tensor ----

# Values that never bring an operator of their own; what they fail with is the user's to see.
_PLAIN = (int, float, str, bytes, list, tuple, np.ndarray, np.generic)


def install_operator(name: str, function: Callable[..., Any]) -> None:
    """Makes `function` the operator ``__name__`` of Tensors, and the reflected one."""
    reflected_name = f"__r{name}__"

    def operator(x: Tensor, y: Any) -> Any:
        if type(y) is Tensor:
            return function(x, y, name=name)
        try:
            return function(x, y, name=name)
        except TypeError:
            if isinstance(y, _PLAIN) or not hasattr(type(y), reflected_name):
                raise
            return NotImplemented

    def reflected(y: Tensor, x: Any) -> Any:
        with name_scope(None, name, [y]) as scope:
            x = convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    Tensor._override_operator(f"__{name}__", operator)
    Tensor._override_operator(reflected_name, reflected)


def _add(x: Any, y: Any, name: str | None = None) -> Tensor:
    is_string = isinstance(x, Tensor) and x.dtype.base_dtype is dtypes.string
    result: Tensor = build("Add" if is_string else "AddV2", x, y, name=name)
    return result


_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "sub": subtract,
    "mul": multiply,
    "div": div,
    "truediv": truediv,
    "floordiv": floordiv,
    "mod": floormod,
    "pow": pow,
    "and": logical_and,
    "or": logical_or,
    "xor": logical_xor,
}
for _name, _function in _OPERATORS.items():
    install_operator(_name, _function)
for _name, _function in {
    "lt": less,
    "le": less_equal,
    "gt": greater,
    "ge": greater_equal,
    "invert": logical_not,
    "neg": negative,
    "abs": abs,
}.items():
    Tensor._override_operator(f"__{_name}__", _function)
