"""The distribution function of the normal distribution, its logarithm and its inverse."""

from __future__ import annotations

import math as python_math
from typing import Any

import numpy as np

from tfsession.dtypes import float32, float64
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, indexing, math, special

__all__ = ["log_cdf_laplace", "log_ndtr", "ndtr", "ndtri"]

# Below the first, log_ndtr is a series; above the second it is -ndtr(-x), to the last bit.
_SERIES_BELOW = {float32: -10.0, float64: -20.0}
_SMALL_ABOVE = {float32: 5.0, float64: 8.0}
_TERMS = 3


def _floating(x: TensorLike) -> Any:
    x = convert_to_tensor(x, name="x")
    if x.dtype not in (float32, float64):
        raise TypeError(f"x.dtype={x.dtype} is not handled, see docstring for supported types.")
    return x


def ndtr(x: TensorLike, name: str = "ndtr") -> Tensor:
    """The probability that a standard normal number is at most `x`.

    Args:
      x: float32 or float64.
      name: a name for the operations.

    Raises:
      TypeError: `x` is of another dtype.
    """
    with name_scope(name, values=[x]):
        result: Tensor = _ndtr(_floating(x))
        return result


def _ndtr(x: Tensor) -> Any:
    w = x * python_math.sqrt(0.5)
    z = math.abs(w)
    tail = special.erfc(z)
    outside = indexing.where(math.greater(w, 0.0), 2.0 - tail, tail)
    near = math.less(z, python_math.sqrt(0.5))
    return 0.5 * indexing.where(near, 1.0 + special.erf(w), outside)


def log_ndtr(x: TensorLike, name: str = "log_ndtr") -> Tensor:
    """The logarithm of `ndtr`, accurate far below zero too; see `ndtr`.

    Source: Abramowitz and Stegun, 1972, 26.2.12.
    """
    with name_scope(name, values=[x]):
        x = _floating(x)
        low, high = _SERIES_BELOW[x.dtype], _SMALL_ABOVE[x.dtype]
        # Each branch sees only what it is good for: gradients of others would be nan.
        middle = math.log(_ndtr(math.maximum(x, low)))
        above = -_ndtr(-math.maximum(x, high))
        below = _log_ndtr_series(math.minimum(x, low))
        inside = indexing.where(math.greater(x, low), middle, below)
        return indexing.where(math.greater(x, high), above, inside)


def _log_ndtr_series(x: Tensor) -> Any:
    square = math.square(x)
    total, term = array.ones_like(x), array.ones_like(x)
    for number in range(1, _TERMS + 1):
        term = -term * float(2 * number - 1) / square
        total += term
    return (
        -0.5 * square - math.log(-x) - 0.5 * python_math.log(2 * python_math.pi) + math.log(total)
    )


# Numerators and denominators of Wichura's rational functions, from the highest power on: near the
# middle, in the tails, and far out in the tails.
_NEAR = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
     4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
     1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
     2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
     4.2313330701600911252e1, 1.0),
)  # fmt: skip
_TAIL = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
     1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
     4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
     1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
     2.05319162663775882187e0, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
     2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
     5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
     7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
     5.99832206555887937690e-1, 1.0),
)  # fmt: skip


def _rational(polynomials: tuple[Any, Any], x: Tensor) -> Any:
    above, below = (_polynomial(coefficients, x) for coefficients in polynomials)
    return above / below


def _polynomial(coefficients: tuple[float, ...], x: Tensor) -> Any:
    total = array.zeros_like(x)
    for coefficient in coefficients:
        total = total * x + coefficient
    return total


def ndtri(p: TensorLike, name: str = "ndtri") -> Tensor:
    """The number that a standard normal number does not exceed with probability `p`.

    Args:
      p: float32 or float64, from 0 to 1.
      name: a name for the operations.

    Raises:
      TypeError: `p` is of another dtype.

    Source: Wichura, 1988, Applied Statistics 37, algorithm AS 241.
    """
    with name_scope(name, values=[p]):
        p = _floating(p)
        q = p - 0.5
        is_near = math.less_equal(math.abs(q), 0.425)
        near = q * _rational(_NEAR, 0.180625 - q * q)
        # What is near the middle has no tail: its gradients must not be nan there.
        smaller = indexing.where(
            is_near,
            array.fill(array.shape(p), np.array(0.05, p.dtype.as_numpy_dtype)),
            math.minimum(p, 1.0 - p),
        )
        smallest = np.finfo(p.dtype.as_numpy_dtype).tiny
        r = math.sqrt(-math.log(math.maximum(smaller, smallest)))
        far = indexing.where(
            math.less_equal(r, 5.0), _rational(_TAIL, r - 1.6), _rational(_FAR, r - 5.0)
        )
        inside = indexing.where(is_near, near, math.sign(q) * far)
        infinite = array.fill(array.shape(p), np.array(np.inf, p.dtype.as_numpy_dtype))
        at_end = indexing.where(math.equal(p, 0.0), -infinite, inside)
        return indexing.where(math.equal(p, 1.0), infinite, at_end)


def log_cdf_laplace(x: TensorLike, name: str = "log_cdf_laplace") -> Tensor:
    """The log of the probability that a standard Laplace number is at most `x`; see `ndtr`."""
    with name_scope(name, values=[x]):
        x = _floating(x)
        lower = -python_math.log(2.0) + x
        # Where x is large, exp of the other sign would overflow on the way to the gradient.
        upper = math.log1p(-0.5 * math.exp(-math.abs(x)))
        return indexing.where(math.less(x, 0.0), lower, upper)
