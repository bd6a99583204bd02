"""Kernels of the incomplete gamma and beta functions.

Power series where they converge fast, continued fractions elsewhere; the derivatives by `a` are
those of the same series and fractions, term by term. All compute in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import shape_text
from .special import digamma, in_float64, lgamma

Array = Any

# Terms of a series at most, and what a term adds at least.
MOST_TERMS = 2000
EPSILON = 2.0**-53
# Numerators and denominators of a fraction are scaled down when they are larger.
LARGE = 2.0**52
# What stands for a denominator of zero.
TINY = 1e-300

# ---- Igamma, Igammac, IgammaGradA ----


def _front(xp: Any, a: Array, x: Array) -> tuple[Array, Array]:
    """x ** a exp(-x) / gamma(a), and the derivative of its logarithm by `a`."""
    log_x = xp.log(x)
    return xp.exp(a * log_x - x - lgamma(xp, a)), log_x - digamma(xp, a)


def _lower(xp: Any, a: Array, x: Array) -> tuple[Array, Array]:
    """P(a, x) by its power series (Abramowitz and Stegun 6.5.29), and its derivative by `a`."""
    term = 1 / a
    slope = -term / a
    total, slopes = term, slope
    divisor = a
    for _ in range(MOST_TERMS):
        divisor = divisor + 1
        slope = (slope - term / divisor) * (x / divisor)
        term = term * (x / divisor)
        total, slopes = total + term, slopes + slope
        if not bool(((term > total * EPSILON) | (abs(slope) > abs(slopes) * EPSILON)).any()):
            break
    front, log_slope = _front(xp, a, x)
    return front * total, front * (slopes + log_slope * total)


def _upper(xp: Any, a: Array, x: Array) -> tuple[Array, Array]:
    """Q(a, x) by its continued fraction (Abramowitz and Stegun 6.5.31), and the derivative.

    The fraction is summed forward: numerators and denominators of its convergents follow a
    recurrence, and so do their derivatives.
    """
    y, z, step = 1 - a, x + 1 - a + 1, 0
    below, before = (xp.ones_like(x), xp.zeros_like(x)), (x, xp.zeros_like(x))
    above = (x + 1, xp.zeros_like(x))
    under = (z * x, -x)
    value, slope = above[0] / under[0], x * above[0] / under[0] ** 2
    for _ in range(MOST_TERMS):
        step, y, z = step + 1, y + 1, z + 2
        factor = y * step

        def following(
            now: Any, last: Any, factor: Array = factor, z: Array = z, n: int = step
        ) -> Any:
            # The derivatives of z and of the factor by `a` are -1 and -n.
            new = now[0] * z - last[0] * factor
            return new, now[1] * z - now[0] - last[1] * factor + last[0] * n

        new_above, new_under = following(above, below), following(under, before)
        ratio = new_above[0] / new_under[0]
        tangent = (new_above[1] - ratio * new_under[1]) / new_under[0]
        is_moving = (abs(ratio - value) > abs(ratio) * EPSILON) | (
            abs(tangent - slope) > abs(tangent) * EPSILON
        )
        value, slope = ratio, tangent
        below, above, before, under = above, new_above, under, new_under
        if not bool(is_moving.any()):
            break
        scale = xp.where(abs(new_above[0]) > LARGE, 1 / LARGE, 1.0)
        below, above, before, under = (
            (part[0] * scale, part[1] * scale) for part in (below, above, before, under)
        )
    front, log_slope = _front(xp, a, x)
    return front * value, front * (slope + log_slope * value)


def _both(xp: Any, a: Array, x: Array) -> tuple[Array, Array, Array]:
    """P, Q and the derivative of P by `a`; nan out of range."""
    a, x = xp.broadcast_arrays(a, x)
    is_valid = (a > 0) & (x > 0) & (x < np.inf) & (a < np.inf)
    uses_series = (x <= 1) | (x <= a)
    # Arguments with which each formula is harmless stand where the other one holds.
    low = _lower(xp, xp.where(is_valid & uses_series, a, 1), xp.where(is_valid & uses_series, x, 1))
    high = _upper(
        xp, xp.where(is_valid & ~uses_series, a, 1), xp.where(is_valid & ~uses_series, x, 2)
    )
    p = xp.where(uses_series, low[0], 1 - high[0])
    q = xp.where(uses_series, 1 - low[0], high[0])
    slope = xp.where(uses_series, low[1], -high[1])
    has_end = (a > 0) & (a < np.inf)
    is_zero, is_all = has_end & (x == 0), has_end & (x == np.inf)
    p = xp.where(is_valid, p, xp.where(is_zero, 0.0, xp.where(is_all, 1.0, np.nan)))
    q = xp.where(is_valid, q, xp.where(is_zero, 1.0, xp.where(is_all, 0.0, np.nan)))
    slope = xp.where(is_valid, slope, xp.where(is_zero | is_all, 0.0, np.nan))
    return p, q, slope


@kernel("Igamma", capturable=False)
@in_float64
def igamma(xp: Any, a: Array, x: Array) -> Array:
    """P(a, x)."""
    return _both(xp, a, x)[0]


@kernel("Igammac", capturable=False)
@in_float64
def igammac(xp: Any, a: Array, x: Array) -> Array:
    """Q(a, x)."""
    return _both(xp, a, x)[1]


@kernel("IgammaGradA", capturable=False)
@in_float64
def igamma_grad_a(xp: Any, a: Array, x: Array) -> Array:
    """The derivative of P(a, x) by `a`."""
    return _both(xp, a, x)[2]


# ---- Betainc ----


def _beta_fraction(xp: Any, a: Array, b: Array, x: Array) -> Array:
    """The continued fraction of I_x(a, b) (Abramowitz and Stegun 26.5.8), by Lentz's method."""

    def safe(number: Array) -> Array:
        return xp.where(abs(number) < TINY, TINY, number)

    c = xp.ones_like(x)
    d = 1 / safe(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / safe(1 + even * d)
        c = safe(1 + even / c)
        result = result * d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / safe(1 + odd * d)
        c = safe(1 + odd / c)
        change = d * c
        result = result * change
        if not bool((abs(change - 1) > 4 * EPSILON).any()):
            break
    return result


def _check_shapes(a: Array, b: Array, x: Array) -> None:
    shapes = {array.shape for array in (a, b, x) if array.ndim}
    if len(shapes) > 1:
        names = ("a", a), ("b", b), ("x", x)
        (first, one), (second, other) = next(
            (left, right)
            for left in names
            for right in names
            if left[1].ndim and right[1].ndim and left[1].shape != right[1].shape
        )
        raise InvalidArgumentError.of(
            f"Shapes of {first} and {second} are inconsistent: "
            f"{shape_text(one.shape)} vs. {shape_text(other.shape)}"
        )


@in_float64
def _betainc(xp: Any, a: Array, b: Array, x: Array) -> Array:
    a, b, x = xp.broadcast_arrays(a, b, x)
    is_valid = (a > 0) & (b > 0) & (x > 0) & (x < 1)
    a_safe, b_safe = xp.where(is_valid, a, 1), xp.where(is_valid, b, 1)
    x_safe = xp.where(is_valid, x, 0.5)
    # I_x(a, b) = 1 - I_(1-x)(b, a), of which one converges fast.
    swaps = x_safe > (a_safe + 1) / (a_safe + b_safe + 2)
    first, second = xp.where(swaps, b_safe, a_safe), xp.where(swaps, a_safe, b_safe)
    place = xp.where(swaps, 1 - x_safe, x_safe)
    log_beta = lgamma(xp, first) + lgamma(xp, second) - lgamma(xp, first + second)
    front = xp.exp(first * xp.log(place) + second * xp.log1p(-place) - log_beta) / first
    result = front * _beta_fraction(xp, first, second, place)
    result = xp.where(swaps, 1 - result, result)
    has_ends = (a > 0) & (b > 0)
    ends = xp.where(x == 0, 0.0, xp.where(x == 1, 1.0, np.nan))
    return xp.where(is_valid, result, xp.where(has_ends, ends, np.nan))


@kernel("Betainc", capturable=False)
def betainc(xp: Any, a: Array, b: Array, x: Array) -> Array:
    """I_x(a, b)."""
    _check_shapes(a, b, x)
    return _betainc(xp, a, b, x)
