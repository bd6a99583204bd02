"""Records of tfsession/ops/incomplete.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import WIDE_FLOATS, Case


def pairs(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Parameters and arguments on both sides of where the formulas change."""
    return [rng.uniform(0.3, 9, (8, 1)).astype(dtype), rng.uniform(0.1, 12, 9).astype(dtype)]


def triples(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Parameters of the beta function, and numbers between 0 and 1."""
    bounds = ((0.3, 9), (0.3, 9), (0.05, 0.95))
    return [rng.uniform(low, high, 40).astype(dtype) for low, high in bounds]


def outside(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Arguments at and beyond the ends."""
    return [
        np.array([1, 1, 2, -1, np.nan, 2], dtype),
        np.array([0, np.inf, -1, 1, 1, np.nan], dtype),
    ]


CASES = [
    Case("Igamma", "", lambda tf, a, x: tf.igamma(a, x), pairs, WIDE_FLOATS),
    Case("Igammac", "", lambda tf, a, x: tf.igammac(a, x), pairs, WIDE_FLOATS),
    Case(
        "IgammaGradA",
        "",
        lambda tf, a, x: tf.raw_ops.IgammaGradA(a=a, x=x),
        pairs,
        WIDE_FLOATS,
        tolerance=1e-4,
        gradient=False,
    ),
    Case(
        "Igamma",
        "ends",
        lambda tf, a, x: [tf.igamma(a, x), tf.igammac(a, x)],
        outside,
        WIDE_FLOATS,
        gradient=False,
    ),
    Case(
        "Betainc",
        "",
        lambda tf, a, b, x: tf.betainc(a, b, x),
        triples,
        WIDE_FLOATS,
        tolerance=1e-4,
        gradient=False,
    ),
    Case(
        "Betainc",
        "of its limit",
        lambda tf, x: tf.betainc(tf.cast(2.5, x.dtype), tf.cast(1.5, x.dtype), x),
        lambda rng, dtype: [np.linspace(0.05, 0.95, 19).astype(dtype)],
        WIDE_FLOATS,
    ),
]
