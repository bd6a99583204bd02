"""The incomplete gamma and beta functions."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import TensorLike, build
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops import math
from tfsession.ops.math import unbroadcast
from tfsession.ops.special import lgamma
from tfsession.registry import gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims, broadcast_dims, merge_dims

__all__ = ["betainc", "igamma", "igammac"]

_WIDE_FLOATS = "T: {float32, float64}"

# ---- Igamma, Igammac, IgammaGradA ----

for _name in ("Igamma", "Igammac", "IgammaGradA"):
    op(f"{_name}(a: T, x: T) -> z: T", _WIDE_FLOATS)
undefined_gradient("IgammaGradA")


@shape("Igamma", "Igammac", "IgammaGradA")
def igamma_shape(a: Tensor, x: Tensor) -> Dims:
    """The inputs' shapes broadcast."""
    return broadcast_dims(a.dims, x.dims)


@gradient("Igamma")
def igamma_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """By the integrand exp(-x) x ** (a - 1) / gamma(a), and an op of its own for `a`."""
    a, x = op.inputs
    slope = math.exp(-x + (a - 1) * math.log(x) - lgamma(a))
    return unbroadcast(a, x, build("Mul", build("IgammaGradA", a, x), dy), build("Mul", slope, dy))


@gradient("Igammac")
def igammac_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """The opposite of igamma's."""
    return igamma_gradient(op, -dy)


def igamma(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """Computes the lower regularized incomplete gamma function P(a, x).

    Args:
      a: positive; float32 or float64.
      x: not negative; of the dtype of `a`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the dtype of `a`; nan where an argument is out of range.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Igamma".
    """
    result: Tensor = build("Igamma", a, x, name=name)
    return result


def igammac(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """Computes the upper regularized incomplete gamma function Q(a, x) = 1 - P(a, x).

    Args:
      a: positive; float32 or float64.
      x: not negative; of the dtype of `a`, of a shape that broadcasts with it.
      name: a name for the operation.

    Returns:
      A Tensor of the dtype of `a`; nan where an argument is out of range.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Igammac".
    """
    result: Tensor = build("Igammac", a, x, name=name)
    return result


# ---- Betainc ----

op("Betainc(a: T, b: T, x: T) -> z: T", _WIDE_FLOATS)


@shape("Betainc")
def betainc_shape(a: Tensor, b: Tensor, x: Tensor) -> Dims:
    """The one shape that those inputs have which are no scalars."""
    result: Dims = ()
    for dims in (a.dims, b.dims, x.dims):
        if dims != ():
            result = dims if result == () else merge_dims(result, dims)
    return result


@gradient("Betainc")
def betainc_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Of `x` alone, as in TensorFlow: the integrand."""
    a, b, x = op.inputs
    log_beta = lgamma(a) + lgamma(b) - lgamma(a + b)
    slope = math.exp((b - 1) * math.log(1 - x) + (a - 1) * math.log(x) - log_beta)
    return [None, None, unbroadcast(op.outputs[0], x, None, build("Mul", slope, dy))[1]]


def betainc(a: TensorLike, b: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """Computes the regularized incomplete beta function I_x(a, b).

    Args:
      a: positive; float32 or float64.
      b: positive; of the dtype of `a`.
      x: in [0, 1]; of the dtype of `a`. Inputs that are no scalars have the same shape.
      name: a name for the operation.

    Returns:
      A Tensor of the dtype of `a`; nan where an argument is out of range.

    Raises:
      ValueError: the shapes are known, and not the same.
      InvalidArgumentError: at a run, they are not the same.

    Source: TensorFlow 1.15, core/ops/math_ops.cc "Betainc".
    """
    result: Tensor = build("Betainc", a, b, x, name=name)
    return result
