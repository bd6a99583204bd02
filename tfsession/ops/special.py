"""The error function, the gamma function's relatives and the zeta function."""

from __future__ import annotations

import math
from typing import Any

from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.math import of_sparse_tensors, unbroadcast
from tfsession.registry import gradient, op, shape
from tfsession.shapes import Dims, broadcast_dims

__all__ = ["digamma", "erf", "erfc", "lbeta", "lgamma", "polygamma", "zeta"]

_FLOATS = "T: {bfloat16, float16, float32, float64}"
_WIDE_FLOATS = "T: {float32, float64}"

# ---- Erf, Erfc, Lgamma, Digamma ----

for _name in ("Erf", "Erfc", "Lgamma", "Digamma"):
    op(f"{_name}(x: T) -> y: T", _FLOATS)


@shape("Erf", "Erfc", "Lgamma", "Digamma")
def special_shape(x: Tensor) -> Dims:
    """The shape of `x`."""
    return x.dims


def _bell(x: Tensor) -> Tensor:
    """2 / sqrt(pi) * exp(-x ** 2)."""
    bell = build("Exp", build("Neg", build("Square", x)))
    scaled: Tensor = build("Mul", 2 / math.sqrt(math.pi), bell, T=x.dtype)
    return scaled


@gradient("Erf")
def erf_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Derivative 2 / sqrt(pi) * exp(-x ** 2)."""
    return [build("Mul", dy, _bell(op.inputs[0]))]


@gradient("Erfc")
def erfc_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """The opposite of erf's."""
    return [build("Neg", build("Mul", dy, _bell(op.inputs[0])))]


@gradient("Lgamma")
def lgamma_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Derivative digamma(x)."""
    return [build("Mul", dy, build("Digamma", op.inputs[0]))]


@gradient("Digamma")
def digamma_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Derivative polygamma(1, x)."""
    x = op.inputs[0]
    return [build("Mul", dy, build("Polygamma", 1.0, x, T=x.dtype))]


@of_sparse_tensors
def erf(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes the error function.

    Args:
      x: bfloat16, float16, float32 or float64.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Erf".
    """
    result: Tensor = build("Erf", x, name=name)
    return result


def erfc(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes 1 - erf(x), accurate where erf(x) is close to 1.

    Args:
      x: bfloat16, float16, float32 or float64.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Erfc".
    """
    result: Tensor = build("Erfc", x, name=name)
    return result


def lgamma(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes log |gamma(x)|.

    Args:
      x: bfloat16, float16, float32 or float64.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Lgamma".
    """
    result: Tensor = build("Lgamma", x, name=name)
    return result


def digamma(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes the derivative of log gamma(x).

    Args:
      x: bfloat16, float16, float32 or float64.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Digamma".
    """
    result: Tensor = build("Digamma", x, name=name)
    return result


# ---- Zeta, Polygamma ----

op("Zeta(x: T, q: T) -> z: T", _WIDE_FLOATS)
op("Polygamma(a: T, x: T) -> z: T", _WIDE_FLOATS)


@shape("Zeta")
def zeta_shape(x: Tensor, q: Tensor) -> Dims:
    """The inputs' shapes broadcast."""
    return broadcast_dims(x.dims, q.dims)


@shape("Polygamma")
def polygamma_shape(a: Tensor, x: Tensor) -> Dims:
    """The inputs' shapes broadcast."""
    return broadcast_dims(a.dims, x.dims)


@gradient("Zeta")
def zeta_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Of `q` alone, as in TensorFlow: -x * zeta(x + 1, q)."""
    x, q = op.inputs
    slope = build("Neg", build("Mul", x, build("Zeta", build("AddV2", x, 1.0), q)))
    return [None, unbroadcast(x, q, None, build("Mul", dy, slope))[1]]


@gradient("Polygamma")
def polygamma_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Of `x` alone, as in TensorFlow: polygamma(a + 1, x)."""
    a, x = op.inputs
    slope = build("Polygamma", build("AddV2", a, 1.0), x)
    return [None, unbroadcast(a, x, None, build("Mul", dy, slope))[1]]


def zeta(x: TensorLike, q: TensorLike, name: str | None = None) -> Tensor:
    """Computes the Hurwitz zeta function, the sum of (q + n) ** -x over n from 0.

    Args:
      x: the exponent; float32 or float64.
      q: the offset; of the dtype of `x`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the dtype of `x`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Zeta".
    """
    result: Tensor = build("Zeta", x, q, name=name)
    return result


def polygamma(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """Computes the derivative of order `a` of digamma.

    Args:
      a: the order, a whole number >= 0; float32 or float64.
      x: of the dtype of `a`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the dtype of `a`.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Polygamma".
    """
    result: Tensor = build("Polygamma", a, x, name=name)
    return result


def lbeta(x: TensorLike, name: str | None = None) -> Tensor:
    """Computes log |beta(x)| over the last axis.

    Args:
      x: [..., n]; float32 or float64.
      name: a name for the operations.

    Returns:
      [...], of the dtype of `x`.

    Source: TensorFlow 1.15, python/ops/special_math_ops.py `lbeta`.
    """
    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        logs = build("Sum", build("Lgamma", x), [-1])
        total = build("Lgamma", build("Sum", x, [-1]))
        result: Tensor = build("Sub", logs, total, name="sub")
        return result
