"""Kernels of element-wise mathematics, casts and ranges."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from tfsession.dtypes import DType, int32, string
from tfsession.errors import InvalidArgumentError, UnimplementedError
from tfsession.registry import elementwise, kernel

Array = Any

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
# Several roundings in a row would cost a 16-bit float most of its digits.
HALVES = (np.dtype(np.float16), BFLOAT16)


def buffer_for(xp: Any, x: Array, out: Array | None) -> Array:
    """An array to write a result like `x` into; unlike a NumPy scalar, it can be changed."""
    return xp.empty(x.shape, x.dtype) if out is None else out


def either(xp: Any, condition: Array, x: Array, y: Array) -> Array:
    """`xp.where` in the dtype of `x`: CuPy's has no bfloat16, and answers in float32."""
    return xp.where(condition, x, y).astype(x.dtype, copy=False)


def widened(function: Callable[..., Array]) -> Callable[..., Array]:
    """Lets 16-bit floats be computed in float32 and rounded once."""

    def compute(xp: Any, *inputs: Array, out: Array | None = None) -> Array:
        dtype = inputs[0].dtype
        if dtype not in HALVES:
            return function(xp, *inputs, out=out)
        result = function(xp, *[x.astype(np.float32) for x in inputs], out=None)
        if out is None:
            return result.astype(dtype)
        out[...] = result
        return out

    compute.__name__ = function.__name__
    compute.__doc__ = function.__doc__
    return compute


# ---- Element by element, a function of the array library ----

# op: (the function's name, the same in C)
FUNCTIONS = {
    "Acosh": ("arccosh", "acosh(x)"),
    "Asinh": ("arcsinh", "asinh(x)"),
    "Atan2": ("arctan2", "atan2(x, y)"),
    "Atanh": ("arctanh", "atanh(x)"),
    "BitwiseAnd": ("bitwise_and", "x & y"),
    "BitwiseOr": ("bitwise_or", "x | y"),
    "BitwiseXor": ("bitwise_xor", "x ^ y"),
    "Ceil": ("ceil", "ceil(x)"),
    "Cos": ("cos", "cos(x)"),
    "Cosh": ("cosh", "cosh(x)"),
    "Exp": ("exp", "exp(x)"),
    "Expm1": ("expm1", "expm1(x)"),
    "Floor": ("floor", "floor(x)"),
    "Invert": ("invert", "~x"),
    "IsFinite": ("isfinite", "isfinite(x)"),
    "IsInf": ("isinf", "isinf(x)"),
    "IsNan": ("isnan", "isnan(x)"),
    "Log": ("log", "log(x)"),
    "Log1p": ("log1p", "log1p(x)"),
    "LogicalAnd": ("logical_and", "x && y"),
    "LogicalNot": ("logical_not", "!x"),
    "LogicalOr": ("logical_or", "x || y"),
    "NextAfter": ("nextafter", "nextafter(x, y)"),
    "Rint": ("rint", "rint(x)"),
    "Sin": ("sin", "sin(x)"),
    "Sinh": ("sinh", "sinh(x)"),
    "Sqrt": ("sqrt", "sqrt(x)"),
    "Tanh": ("tanh", "tanh(x)"),
}
# Of sizes and indices, too.
INDEX_FUNCTIONS = {
    "Abs": ("absolute", "x < 0 ? -x : x"),
    "Add": ("add", "x + y"),
    "AddV2": ("add", "x + y"),
    "Greater": ("greater", "x > y"),
    "GreaterEqual": ("greater_equal", "x >= y"),
    "Less": ("less", "x < y"),
    "LessEqual": ("less_equal", "x <= y"),
    "Mul": ("multiply", "x * y"),
    "Neg": ("negative", "-x"),
    "Square": ("square", "x * x"),
    "Sub": ("subtract", "x - y"),
}

for _op, (_function, _expression) in FUNCTIONS.items():
    elementwise(_op, _function, _expression)
for _op, (_function, _expression) in INDEX_FUNCTIONS.items():
    elementwise(_op, _function, _expression, host_types=(int32,))


# ---- Angles ----

# Their signatures name integers, of which TensorFlow computes none either.
ANGLES = {
    "Acos": ("arccos", "acos(x)"),
    "Asin": ("arcsin", "asin(x)"),
    "Atan": ("arctan", "atan(x)"),
    "Tan": ("tan", "tan(x)"),
}


def _register_angle(name: str, ufunc: str, expression: str) -> None:
    @kernel(name, expression=expression, writes_out=True)
    def compute(xp: Any, x: Array, out: Array | None = None) -> Array:
        if x.dtype.kind in "iu":
            raise InvalidArgumentError.of(
                f"{name}: x is of {x.dtype.name}; want floating-point or complex numbers"
            )
        return getattr(xp, ufunc)(x, out=out)


for _op, (_function, _expression) in ANGLES.items():
    _register_angle(_op, _function, _expression)


# ---- Element by element, one input ----


@kernel("Sign", expression="x > 0 ? 1 : x < 0 ? -1 : 0", writes_out=True, host_types=(int32,))
def sign(xp: Any, x: Array, out: Array | None = None) -> Array:
    """1, 0 or -1; of complex numbers, their direction. NaN is neither above nor below 0."""
    if x.dtype.kind in "iuc":
        return xp.sign(x, out=out)
    result = xp.sign(x, out=buffer_for(xp, x, out))
    xp.copyto(result, x.dtype.type(0), where=result != result)
    return result


@kernel("Reciprocal", "Inv", expression="1 / x", writes_out=True)
def reciprocal(xp: Any, x: Array, out: Array | None = None) -> Array:
    """1 / x; the two ops are one."""
    return xp.reciprocal(x, out=out)


@kernel("Rsqrt", expression="rsqrt(x)", writes_out=True)
@widened
def rsqrt(xp: Any, x: Array, out: Array | None = None) -> Array:
    """1 / sqrt(x)."""
    y = buffer_for(xp, x, out)
    xp.sqrt(x, out=y)
    return xp.reciprocal(y, out=y)


@kernel("Sigmoid", expression="1 / (1 + exp(-x))", writes_out=True)
@widened
def sigmoid(xp: Any, x: Array, out: Array | None = None) -> Array:
    """1 / (1 + exp(-x)); exp overflows to infinity, whose reciprocal is right."""
    if x.dtype.kind == "c":
        return _complex_sigmoid(xp, x, out)
    y = buffer_for(xp, x, out)
    xp.negative(x, out=y)
    xp.exp(y, out=y)
    xp.add(y, 1, out=y)
    return xp.reciprocal(y, out=y)


def _complex_sigmoid(xp: Any, x: Array, out: Array | None) -> Array:
    """The sigmoid by exponentials that do not overflow: a complex infinity has no reciprocal."""
    is_below = x.real < 0
    decay = xp.exp(xp.where(is_below, x, -x))
    return xp.divide(xp.where(is_below, decay, x.dtype.type(1)), decay + 1, out=out)


@kernel("Round", expression="rint(x)", writes_out=True)
def round_(xp: Any, x: Array, out: Array | None = None) -> Array:
    """The nearest whole number, the even one of two."""
    return xp.positive(x, out=out) if x.dtype.kind in "iu" else xp.rint(x, out=out)


@kernel("ComplexAbs")
def complex_abs(xp: Any, x: Array) -> Array:
    """The modulus."""
    return xp.absolute(x)


@kernel("Real", aliases=True)
def real(xp: Any, input: Array) -> Array:
    """The real parts."""
    return input.real


@kernel("Imag", aliases=True)
def imag(xp: Any, input: Array) -> Array:
    """The imaginary parts."""
    return input.imag


@kernel("Conj", writes_out=True)
def conj(xp: Any, input: Array, out: Array | None = None) -> Array:
    """The complex conjugate."""
    return xp.conjugate(input, out=out)


@kernel("Angle")
def angle(xp: Any, input: Array) -> Array:
    """The argument, in radians."""
    return xp.arctan2(input.imag, input.real)


@kernel("Complex")
def complex_(xp: Any, real: Array, imag: Array, Tout: DType) -> Array:
    """Complex numbers of real and imaginary parts."""
    result = xp.empty(np.broadcast_shapes(real.shape, imag.shape), Tout.numpy)
    result.real = real
    result.imag = imag
    return result


@kernel("Cast", is_maker=True)
def cast(xp: Any, SrcT: DType, DstT: DType, Truncate: bool) -> Callable[[Array], Array]:
    """Converts elements; fractions are cut off, imaginary parts dropped."""
    target = DstT.numpy
    if (SrcT is string) != (DstT is string):
        raise UnimplementedError.of(
            f"Cast {SrcT.runtime_name} to {DstT.runtime_name} is not supported"
        )
    if SrcT.is_complex and not DstT.is_complex:
        return lambda x: x.real.astype(target)
    if Truncate and target == BFLOAT16 and SrcT.is_floating:

        def truncate(x: Array) -> Array:
            bits = xp.ascontiguousarray(x.astype(np.float32)).view(np.uint32) >> np.uint32(16)
            return bits.astype(np.uint16).view(target).reshape(x.shape)

        return truncate
    return lambda x: x.astype(target)


# ---- Element by element, gradients in terms of the output ----


def _conjugate(y: Array) -> Array:
    """What a complex derivative is multiplied by; real numbers as they are."""
    return y.conj() if y.dtype.kind == "c" else y


def _scratch(xp: Any, y: Array, dy: Array, out: Array | None) -> Array:
    """An array for a function of `y` that must not overwrite `dy`, which is read later."""
    return xp.empty(y.shape, y.dtype) if out is None or out is dy else out


@kernel("TanhGrad", expression="y * (1 - x * x)", writes_out=True)
@widened
def tanh_grad(xp: Any, y: Array, dy: Array, out: Array | None = None) -> Array:
    """Computes dy * (1 - y * y)."""
    z = _scratch(xp, y, dy, out)
    xp.multiply(y, y, out=z)
    xp.subtract(1, z, out=z)
    return xp.multiply(z, dy, out=z if out is None else out)


@kernel("SigmoidGrad", expression="y * x * (1 - x)", writes_out=True)
@widened
def sigmoid_grad(xp: Any, y: Array, dy: Array, out: Array | None = None) -> Array:
    """Computes dy * y * (1 - y)."""
    # The product with dy comes last, so y must stay until then.
    z = xp.empty(y.shape, y.dtype) if out is None or out is dy or out is y else out
    xp.subtract(1, y, out=z)
    xp.multiply(z, y, out=z)
    return xp.multiply(z, dy, out=z if out is None else out)


def _zero_for_zero(function: Callable[..., Array]) -> Callable[..., Array]:
    """Lets the gradient of what nothing depends on be 0, also where the derivative is infinite."""

    def compute(xp: Any, y: Array, dy: Array, out: Array | None = None) -> Array:
        is_zero = dy == 0
        result = function(xp, y, dy, out=out)
        xp.copyto(result, result.dtype.type(0), where=is_zero)
        return result

    compute.__name__ = function.__name__
    compute.__doc__ = function.__doc__
    return compute


@kernel("SqrtGrad", expression="y == 0 ? 0 : y * 0.5f / x", writes_out=True)
@widened
@_zero_for_zero
def sqrt_grad(xp: Any, y: Array, dy: Array, out: Array | None = None) -> Array:
    """Computes dy * 0.5 / y; the conjugate of y."""
    y = _conjugate(y)
    z = xp.empty(y.shape, y.dtype) if out is None or out is y else out
    xp.multiply(dy, 0.5, out=z)
    return xp.divide(z, y, out=z if out is None else out)


@kernel("RsqrtGrad", expression="y == 0 ? 0 : y * (-0.5f * x) * (x * x)", writes_out=True)
@widened
@_zero_for_zero
def rsqrt_grad(xp: Any, y: Array, dy: Array, out: Array | None = None) -> Array:
    """Computes dy * -0.5 * y ** 3; the conjugate of y."""
    y = _conjugate(y)
    z = xp.empty(y.shape, y.dtype) if out is None or out is dy or out is y else out
    xp.multiply(y, y, out=z)
    xp.multiply(z, y, out=z)
    xp.multiply(z, -0.5, out=z)
    return xp.multiply(z, dy, out=z if out is None else out)


@kernel("ReciprocalGrad", "InvGrad", expression="y == 0 ? 0 : -y * x * x", writes_out=True)
@widened
@_zero_for_zero
def reciprocal_grad(xp: Any, y: Array, dy: Array, out: Array | None = None) -> Array:
    """Computes -dy * y * y; the conjugate of y."""
    y = _conjugate(y)
    z = _scratch(xp, y, dy, out)
    xp.multiply(y, y, out=z)
    xp.negative(z, out=z)
    return xp.multiply(z, dy, out=z if out is None else out)


# ---- Element by element, division ----


def _check_divisor(x: Array, y: Array) -> None:
    """Raises where a whole number is divided by 0; where there are none, none is."""
    if y.dtype.kind in "iu" and x.size and not y.all():
        raise InvalidArgumentError.of("Integer division by zero")


def quotient(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """The quotient; of integers, rounded towards zero."""
    if x.dtype.kind == "i":
        return xp.floor_divide(x - xp.fmod(x, y), y, out=out)
    if x.dtype.kind == "u":
        return xp.floor_divide(x, y, out=out)
    return xp.divide(x, y, out=out)


def truncated_quotient(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """The quotient, rounded towards zero; of complex numbers, as it is."""
    result = quotient(xp, x, y, out)
    return xp.trunc(result, out=out) if x.dtype.kind not in "iuc" else result


def floored_quotient(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """The quotient, rounded down; unlike NumPy's own, of the rounded x / y."""
    if x.dtype.kind in "iu":
        return xp.floor_divide(x, y, out=out)
    quotient = xp.divide(x, y, out=out)
    if x.dtype.kind == "c":
        return quotient
    return xp.floor(quotient, out=out)


def floored_remainder(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """The remainder, of the sign of the divisor."""
    return xp.remainder(x, y, out=out)


def truncated_remainder(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """The remainder, of the sign of the dividend."""
    return xp.fmod(x, y, out=out)


# op: (what computes it, the same in C, dtypes that stay on the host)
DIVISIONS: dict[str, tuple[Callable[..., Array], str | None, tuple[DType, ...]]] = {
    "Div": (quotient, "x / y", (int32,)),
    "RealDiv": (quotient, "x / y", ()),
    "TruncateDiv": (truncated_quotient, None, ()),
    "FloorDiv": (floored_quotient, None, (int32,)),
    "FloorMod": (floored_remainder, None, (int32,)),
    "Mod": (truncated_remainder, None, (int32,)),
    "TruncateMod": (truncated_remainder, None, (int32,)),
}


def _register_division(
    name: str,
    compute: Callable[..., Array],
    expression: str | None,
    host_types: tuple[DType, ...],
) -> None:
    """A kernel for the CPU, which reports division by zero, and one for the GPU, which cannot."""

    @kernel(name, device="CPU", expression=expression, writes_out=True)
    def on_cpu(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
        _check_divisor(x, y)
        return compute(xp, x, y, out)

    @kernel(name, device="GPU", expression=expression, writes_out=True, host_types=host_types)
    def on_gpu(device: Any, x: Array, y: Array, out: Array | None = None) -> Array:
        return compute(device.xp, x, y, out)


for _op, _division in DIVISIONS.items():
    _register_division(_op, *_division)


def _where(xp: Any, is_zero: Array, value: Array, out: Array | None) -> Array:
    """`value`, and 0 where `is_zero`, whatever `value` is there."""
    result = either(xp, is_zero, value.dtype.type(0), value)
    if out is None:
        return result
    out[...] = result
    return out


@kernel("DivNoNan", expression="y == 0 ? 0 : x / y", writes_out=True)
def div_no_nan(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes x / y, and 0 where y is 0."""
    return _where(xp, y == 0, xp.divide(x, y), out)


@kernel("MulNoNan", expression="y == 0 ? 0 : x * y", writes_out=True)
def mul_no_nan(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes x * y, and 0 where y is 0."""
    return _where(xp, y == 0, xp.multiply(x, y), out)


@kernel("Xdivy", expression="x == 0 ? 0 : x / y", writes_out=True)
def xdivy(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes x / y, and 0 where x is 0."""
    return _where(xp, x == 0, xp.divide(x, y), out)


@kernel("Xlogy", expression="x == 0 ? 0 : x * log(y)", writes_out=True)
@widened
def xlogy(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes x * log(y), and 0 where x is 0."""
    return _where(xp, x == 0, xp.multiply(x, xp.log(y)), out)


# ---- Element by element, two inputs ----


def _selected(name: str, compare: str, expression: str) -> None:
    """Registers a kernel that picks one of two numbers as C does: a NaN in y is passed over."""

    @kernel(name, expression=expression, writes_out=True, host_types=(int32,))
    def select(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
        if y.dtype.kind in "iu" or (xp is np and not np.isnan(y).any()):
            return getattr(xp, name.lower())(x, y, out=out)
        result = either(xp, getattr(xp, compare)(x, y), y, x)
        if out is None:
            return result
        out[...] = result
        return out


_selected("Maximum", "less", "x < y ? y : x")
_selected("Minimum", "greater", "y < x ? y : x")


@kernel("Pow", device="CPU", expression="pow(x, y)", writes_out=True)
def pow_(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes x ** y; the usual exponents 2 and 3 are products, an order of magnitude faster."""
    if y.dtype.kind == "i" and x.size and (y < 0).any():
        raise InvalidArgumentError.of("Integers to negative integer powers are not allowed")
    if y.size == 1 and y.ndim <= x.ndim:
        if y.item() == 2:
            return xp.square(x, out=out)
        if y.item() == 3 and x.dtype not in HALVES:
            return xp.multiply(xp.square(x), x, out=out)
    return xp.power(x, y, out=out)


@kernel("Pow", device="GPU", expression="pow(x, y)", writes_out=True)
def pow_on_gpu(device: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes x ** y."""
    return device.xp.power(x, y, out=out)


@kernel("SquaredDifference", expression="(x - y) * (x - y)", writes_out=True, host_types=(int32,))
def squared_difference(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes (x - y) times its own conjugate."""
    difference = xp.subtract(x, y, out=out)
    if out is None and difference.ndim:
        out = difference
    if difference.dtype.kind == "c":
        return xp.multiply(difference, difference.conj(), out=out)
    return xp.square(difference, out=out)


def _register_equality(name: str, function: str, expression: str) -> None:
    @kernel(
        name,
        is_maker=True,
        ufunc=function,
        expression=expression,
        writes_out=True,
        host_types=(int32,),
    )
    def make(xp: Any, incompatible_shape_error: bool) -> Callable[..., Array]:
        compare = getattr(xp, function)
        if incompatible_shape_error:
            return compare  # type: ignore[no-any-return]  # a function of the array library

        def compare_any(x: Array, y: Array, out: Array | None = None) -> Array:
            try:
                np.broadcast_shapes(x.shape, y.shape)
            except ValueError:
                return np.bool_(function == "not_equal")
            return compare(x, y, out=out)

        return compare_any


_register_equality("Equal", "equal", "x == y")
_register_equality("NotEqual", "not_equal", "x != y")


@kernel("ApproximateEqual")
def approximate_equal(xp: Any, x: Array, y: Array, tolerance: float) -> Array:
    """Whether the distance is below `tolerance`."""
    return xp.absolute(x - y) < tolerance


def _shift_count(xp: Any, y: Array) -> Array:
    """`y` within the width of its dtype, outside of which C leaves shifts undefined."""
    return xp.clip(y, 0, y.dtype.itemsize * 8 - 1)


@kernel("LeftShift", expression="x << y", writes_out=True)
def left_shift(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes x << y."""
    return xp.left_shift(x, _shift_count(xp, y), out=out)


@kernel("RightShift", expression="x >> y", writes_out=True)
def right_shift(xp: Any, x: Array, y: Array, out: Array | None = None) -> Array:
    """Computes x >> y, which keeps the sign."""
    return xp.right_shift(x, _shift_count(xp, y), out=out)


# ---- BroadcastGradientArgs ----


@kernel("BroadcastGradientArgs", host=("s0", "s1", "r0", "r1"))
def broadcast_gradient_args(xp: Any, s0: Array, s1: Array) -> tuple[Array, Array]:
    """The axes over which the gradients of two broadcast tensors are summed."""
    a, b = s0.tolist(), s1.tolist()
    rank = max(len(a), len(b))
    a = [1] * (rank - len(a)) + a
    b = [1] * (rank - len(b)) + b
    for x, y in zip(a, b, strict=True):
        if x != y and x != 1 and y != 1:
            raise InvalidArgumentError.of(
                f"Incompatible shapes: [{','.join(map(str, s0.tolist()))}] vs. "
                f"[{','.join(map(str, s1.tolist()))}]",
            )
    # Where both sizes are 1, nothing is summed: the result is reshaped afterwards.
    r0 = [axis for axis in range(rank) if a[axis] == 1 and (b[axis] != 1 or axis < rank - s0.size)]
    r1 = [axis for axis in range(rank) if b[axis] == 1 and (a[axis] != 1 or axis < rank - s1.size)]
    return np.array(r0, s0.dtype), np.array(r1, s0.dtype)


# ---- AddN ----


@kernel("AddN", writes_out=True, host_types=(int32,))
def add_n(xp: Any, *inputs: Array, out: Array | None = None) -> Array:
    """The sum of all inputs, accumulated in one buffer."""
    if len(inputs) == 1:
        return xp.positive(inputs[0], out=out)
    if inputs[0].dtype in HALVES and len(inputs) > 2:
        total = add_n(xp, *[x.astype(np.float32) for x in inputs])
        if out is None:
            return total.astype(inputs[0].dtype)
        out[...] = total
        return out
    own = sum(x is out for x in inputs)
    if out is not None and own > 1:
        out[...] = add_n(xp, *inputs)
        return out
    if own == 1:
        for x in inputs:
            if x is not out:
                xp.add(out, x, out=out)
        return out
    total = xp.add(inputs[0], inputs[1], out=buffer_for(xp, inputs[0], out))
    for x in inputs[2:]:
        xp.add(total, x, out=total)
    return total


# ---- Range and LinSpace ----


def _number(x: Array) -> Any:
    return x.item() if x.dtype.kind in "iu" else x[()]


@kernel("Range", host=("start", "limit", "delta", "output"))
def range_(xp: Any, start: Array, limit: Array, delta: Array) -> Array:
    """start, start + delta, ... before limit."""
    if start.ndim or limit.ndim or delta.ndim:
        raise ValueError("rank")  # in the words of registry.run_ranks
    first, last, step = (_number(np.asarray(x)) for x in (start, limit, delta))
    if step == 0:
        raise InvalidArgumentError.of(f"Requires delta != 0: {step}")
    if step > 0 and first > last:
        raise InvalidArgumentError.of(f"Requires start <= limit when delta > 0: {first}/{last}")
    if step < 0 and first < last:
        raise InvalidArgumentError.of(f"Requires start >= limit when delta < 0: {first}/{last}")
    if start.dtype.kind in "iu":
        return np.arange(first, last, step, dtype=start.dtype)
    count = math.ceil(abs((float(last) - float(first)) / float(step)))
    return (float(first) + np.arange(count) * float(step)).astype(start.dtype)


@kernel("LinSpace", host=("start", "stop", "num", "output"))
def lin_space(xp: Any, start: Array, stop: Array, num: Array) -> Array:
    """`num` numbers at equal distances from `start` to `stop`."""
    count = int(num)
    if count <= 0:
        raise InvalidArgumentError.of(f"Requires num > 0: {count}")
    return np.linspace(float(start), float(stop), count).astype(start.dtype)
