"""Modified Bessel functions of the first kind."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, indexing, math
from tfsession.registry import gradient, op, shape
from tfsession.shapes import Dims

__all__ = ["bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e"]

# ---- BesselI0e, BesselI1e ----

for _name in ("BesselI0e", "BesselI1e"):
    op(f"{_name}(x: T) -> y: T", "T: {bfloat16, float16, float32, float64}")


@shape("BesselI0e", "BesselI1e")
def bessel_shape(x: Tensor) -> Dims:
    """The shape of `x`."""
    return x.dims


@gradient("BesselI0e")
def bessel_i0e_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Derivative i1e(x) - sign(x) * i0e(x)."""
    x, y = op.inputs[0], op.outputs[0]
    return [dy * (build("BesselI1e", x) - math.sign(x) * y)]


@gradient("BesselI1e")
def bessel_i1e_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Derivative i0e(x) - i1e(x) * (sign(x) + 1 / x), one half at 0."""
    x, y = op.inputs[0], op.outputs[0]
    is_zero = math.equal(x, 0)
    safe = indexing.where(is_zero, array.ones_like(x), x)
    slope = build("BesselI0e", safe) - y * (math.sign(safe) + math.reciprocal(safe))
    return [dy * indexing.where(is_zero, 0.5 * array.ones_like(x), slope)]


def bessel_i0e(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes exp(-|x|) I0(x), of the modified Bessel function of order 0.

    Args:
      x: bfloat16, float16, float32 or float64.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "BesselI0e".
    """
    result: Tensor = build("BesselI0e", x, name=name)
    return result


def bessel_i1e(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes exp(-|x|) I1(x), of the modified Bessel function of order 1; see `bessel_i0e`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "BesselI1e".
    """
    result: Tensor = build("BesselI1e", x, name=name)
    return result


def bessel_i0(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes I0(x); `bessel_i0e` does not overflow.

    Source: TensorFlow 1.15, python/ops/special_math_ops.py `bessel_i0`.
    """
    with name_scope(name, "bessel_i0", [x]):
        x = convert_to_tensor(x, name="x")
        return math.exp(math.abs(x)) * bessel_i0e(x)


def bessel_i1(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes I1(x); `bessel_i1e` does not overflow.

    Source: TensorFlow 1.15, python/ops/special_math_ops.py `bessel_i1`.
    """
    with name_scope(name, "bessel_i1", [x]):
        x = convert_to_tensor(x, name="x")
        return math.exp(math.abs(x)) * bessel_i1e(x)
