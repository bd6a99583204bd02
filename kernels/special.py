"""Kernels of the error function, the gamma function's relatives and the zeta function.

All compute in float64 by the method named at each, to a few units in its last place, and round to
the dtype asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession.registry import kernel

Array = Any


def in_float64(function: Callable[..., Array]) -> Callable[..., Array]:
    """Lets a function of float64 arrays take and return any floating dtype and any rank."""

    def compute(xp: Any, *inputs: Array) -> Array:
        wide = [xp.asarray(x).astype(np.float64) for x in inputs]
        return function(xp, *wide).astype(inputs[0].dtype)

    compute.__name__ = function.__name__
    compute.__doc__ = function.__doc__
    return compute


def chebyshev(xp: Any, x: Array, coefficients: tuple[float, ...]) -> Array:
    """The sum of c[n] T_n(x) by Clenshaw's recurrence."""
    twice = x + x
    last, before = xp.zeros_like(x), xp.zeros_like(x)
    for coefficient in coefficients[:0:-1]:
        # before := twice * last - before + coefficient, then the two change places.
        xp.subtract(twice * last, before, out=before)
        before += coefficient
        last, before = before, last
    return x * last - before + coefficients[0]


# ---- Erf, Erfc ----

# Chebyshev coefficients of erf(x) / x over x ** 2 from 0 to 1, computed with 40 digits.
ERF = (
    0.975476939382654096,
    -0.1422612051037136424,
    0.01003558218759979558,
    -0.0005768764699767484765,
    0.00002741993125219606103,
    -1.10431755073445076e-6,
    3.848875542034503695e-8,
    -1.180858253387546697e-9,
    3.233421582605090965e-11,
    -7.991015947004548758e-13,
    1.799072511396145561e-14,
    -3.718635487818692638e-16,
    7.103599003714252971e-18,
)
# The same of erfc(x) exp(x ** 2) / t over t = 2 / (2 + x) from 0 to 2/3, for x from 1.
ERFC = (
    0.4364578527086985551,
    0.1777755652902094259,
    0.02536874329100274097,
    0.001898312458485834704,
    -0.00009114875514598765071,
    -0.0000342314420130630658,
    -3.903404090096348725e-7,
    6.552494838249473301e-7,
    2.149172509082827463e-8,
    -1.576830315534918597e-8,
    -3.873623837875630632e-10,
    4.559568916955200053e-10,
    -5.613203353952800423e-12,
    -1.432454217785161303e-11,
    1.069725076005304371e-12,
    4.307007984940523802e-13,
    -7.513986285954995323e-14,
    -9.720972294440032862e-15,
    4.000483759738131971e-15,
    -3.61410070214419457e-17,
    -1.677503381331644935e-16,
)


def _erf_near_zero(xp: Any, x: Array) -> Array:
    return x * chebyshev(xp, 2 * (x * x) - 1, ERF)


def _erfc_beyond_one(xp: Any, x: Array) -> Array:
    t = 2 / (2 + x)
    # exp(-x * x) in two factors: the square of the upper half of x is exact.
    upper = x.astype(np.float32).astype(np.float64)
    decay = xp.exp(-upper * upper) * xp.exp((upper - x) * (upper + x))
    return t * decay * chebyshev(xp, 3 * t - 1, ERFC)


@kernel("Erf", expression="erf(x)")
@in_float64
def erf(xp: Any, x: Array) -> Array:
    """The error function."""
    size = xp.absolute(x)
    # Beyond 6 nothing changes in float64, and the tail formula is kept from overflow.
    tail = 1 - _erfc_beyond_one(xp, xp.clip(size, 1, 6))
    near = _erf_near_zero(xp, xp.clip(x, -1, 1))
    return xp.where(size < 1, near, xp.where(xp.isnan(x), x, xp.copysign(tail, x)))


@kernel("Erfc", expression="erfc(x)")
@in_float64
def erfc(xp: Any, x: Array) -> Array:
    """1 - erf(x), without the loss of digits."""
    size = xp.absolute(x)
    # erfc(28) is below the smallest float64.
    tail = _erfc_beyond_one(xp, xp.clip(size, 1, 28))
    near = 1 - _erf_near_zero(xp, xp.clip(x, -1, 1))
    return xp.where(size < 1, near, xp.where(xp.isnan(x), x, xp.where(x > 0, tail, 2 - tail)))


# ---- Lgamma, Digamma ----

# B(2n), Bernoulli numbers.
BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
)
# Asymptotic series are summed from here on; smaller arguments are shifted up by recurrence.
SHIFT = 10


@kernel("Lgamma", expression="lgamma(x)")
@in_float64
def lgamma(xp: Any, x: Array) -> Array:
    """log |gamma(x)|: Stirling's series (Abramowitz and Stegun 6.1.40), 6.1.17 below one half."""
    reflected = x < 0.5
    z = xp.where(reflected, 1 - x, x)
    is_small = z < SHIFT
    product = xp.ones_like(z)
    for step in range(SHIFT):
        # Stepping one at a time keeps large arguments out of the product.
        product = xp.where(z + step < SHIFT, product * (z + step), product)
    shifted = xp.where(is_small, z + xp.ceil(SHIFT - z), z)
    squared = 1 / (shifted * shifted)
    series = xp.zeros_like(z)
    for n in range(len(BERNOULLI), 0, -1):
        series = series * squared + BERNOULLI[n - 1] / (2 * n * (2 * n - 1))
    result = (shifted - 0.5) * xp.log(shifted) - shifted
    result += 0.5 * math.log(2 * math.pi) + series / shifted - xp.log(product)
    # Near its zeros at 1 and 2 the difference above is accurate absolutely, not relatively.
    result = xp.where((x == 1) | (x == 2), 0, xp.where(xp.isinf(x), xp.inf, result))
    fraction = xp.absolute(x - xp.rint(x))
    mirrored = math.log(math.pi) - xp.log(xp.sin(math.pi * fraction)) - result
    return xp.where(reflected & xp.isfinite(x), mirrored, result)


@kernel("Digamma")
@in_float64
def digamma(xp: Any, x: Array) -> Array:
    """The derivative of log gamma: Abramowitz and Stegun 6.3.18, 6.3.7 below 0; inf at poles."""
    reflected = x <= 0
    z = xp.where(reflected, 1 - x, x)
    total = xp.zeros_like(z)
    for step in range(SHIFT):
        total = xp.where(z + step < SHIFT, total - 1 / (z + step), total)
    shifted = xp.where(z < SHIFT, z + xp.ceil(SHIFT - z), z)
    squared = 1 / (shifted * shifted)
    series = xp.zeros_like(z)
    for n in range(len(BERNOULLI), 0, -1):
        series = (series + BERNOULLI[n - 1] / (2 * n)) * squared
    result = total + xp.log(shifted) - 0.5 / shifted - series
    fraction = x - xp.rint(x)
    mirrored = result - math.pi / xp.tan(math.pi * fraction)
    mirrored = xp.where((fraction == 0) | (x == -xp.inf), xp.inf, mirrored)
    return xp.where(reflected, mirrored, result)


# ---- Zeta, Polygamma ----

# Negative offsets are stepped up to zero one by one, from here on.
MOST_STEPS = 10_000


def hurwitz(xp: Any, x: Array, q: Array) -> Array:
    """The sum of (q + n) ** -x for x > 1, q >= 0, by Euler-Maclaurin summation."""
    total = xp.power(q, -x)
    for step in range(1, SHIFT):
        total = total + xp.power(q + step, -x)
    base = q + SHIFT
    term = xp.power(base, -x)
    total = total + term * base / (x - 1) + 0.5 * term
    factor = x * term / base
    for n, number in enumerate(BERNOULLI, 1):
        total = total + factor * (number / math.factorial(2 * n))
        factor = factor * (x + 2 * n - 1) * (x + 2 * n) / (base * base)
    return total


@kernel("Zeta", capturable=False)
@in_float64
def zeta(xp: Any, x: Array, q: Array) -> Array:
    """The Hurwitz zeta function; infinite at x = 1 and at the poles of q, nan where undefined."""
    x, q = xp.broadcast_arrays(x, q)
    is_whole = q == xp.floor(q)
    # Powers of negative numbers are real for whole exponents alone.
    is_defined = (x > 1) & ((q > 0) | (~is_whole & (x == xp.floor(x)) & (q > -MOST_STEPS)))
    x_safe, start = xp.where(is_defined, x, 2), xp.where(is_defined, q, 1)
    result = xp.zeros_like(start)
    while bool((start < 0).any()):
        result = xp.where(start < 0, result + xp.power(start, -x_safe), result)
        start = xp.where(start < 0, start + 1, start)
    result = result + hurwitz(xp, x_safe, start)
    is_pole = (x == 1) | ((x > 1) & (q <= 0) & is_whole)
    return xp.where(is_defined, result, xp.where(is_pole, xp.inf, xp.nan))


@kernel("Polygamma", capturable=False)
@in_float64
def polygamma(xp: Any, a: Array, x: Array) -> Array:
    """The derivative of order `a` of digamma, by the zeta function; nan unless `a` is whole."""
    is_derivative = (a > 0) & (a == xp.floor(a))
    order = xp.where(is_derivative, a, 1)
    sign = xp.where(order % 2 == 0, -1.0, 1.0)
    factorial = xp.exp(lgamma(xp, order + 1))
    higher = sign * factorial * zeta(xp, order + 1, x)
    first = digamma(xp, xp.broadcast_to(x, higher.shape))
    return xp.where(is_derivative, higher, xp.where(a == 0, first, xp.nan))
