"""Records of tfsession.ops.binning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import NUMBERS, Case, normal


def sequences(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs: sorted sequences with equal numbers among them, and numbers to look for."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        first, *others = (rng.integers(-5, 6, shape).astype(dtype) for shape in shapes)
        return [np.sort(first, axis=-1), *others]

    return make


def search(side: str) -> Callable[..., Any]:
    """The positions row by row."""

    def expected(sequence: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        rows = zip(
            sequence.reshape(-1, sequence.shape[-1]),
            wanted.reshape(-1, wanted.shape[-1]),
            strict=True,
        )
        found = [np.searchsorted(row, values, side=side) for row, values in rows]
        return np.array(found, np.int32).reshape(wanted.shape)

    return expected


BOUNDS = [-3.0, 0.0, 0.5, 4.0]

CASES = [
    Case("Bucketize", "", lambda tf, x: tf.raw_ops.Bucketize(input=x, boundaries=BOUNDS),
         normal((4, 5)), NUMBERS, lambda x: np.digitize(x, BOUNDS).astype(np.int32)),
    Case("Bucketize", "no-bounds", lambda tf, x: tf.raw_ops.Bucketize(input=x, boundaries=[]),
         normal((3,)), NUMBERS, lambda x: np.zeros(x.shape, np.int32)),
    Case("HistogramFixedWidth", "",
         lambda tf, x: tf.histogram_fixed_width(x, tf.constant([-2, 3], x.dtype), nbins=7),
         normal((4, 25)), NUMBERS),
    Case("HistogramFixedWidth", "int64",
         lambda tf, x: tf.histogram_fixed_width(x, [-1.0, 1.0], dtype=tf.int64), normal((50,))),
    Case("HistogramFixedWidth", "empty", lambda tf, x: tf.histogram_fixed_width(x, [0.0, 1.0], 3),
         normal((0,)), expected=lambda x: np.zeros(3, np.int32)),
    Case("Floor", "histogram-bins",
         lambda tf, x: tf.histogram_fixed_width_bins(x, [-1.0, 1.0], nbins=6), normal((4, 5))),
    Case("LowerBound", "", lambda tf, x, y: tf.searchsorted(x, y), sequences((20,), (9,)),
         NUMBERS, search("left")),
    Case("LowerBound", "rows", lambda tf, x, y: tf.searchsorted(x, y),
         sequences((2, 3, 8), (2, 3, 5)), NUMBERS, search("left")),
    Case("LowerBound", "int64", lambda tf, x, y: tf.searchsorted(x, y, out_type=tf.int64),
         sequences((8,), (5,))),
    Case("UpperBound", "", lambda tf, x, y: tf.searchsorted(x, y, side="right"),
         sequences((20,), (9,)), NUMBERS, search("right")),
    Case("UpperBound", "rows", lambda tf, x, y: tf.searchsorted(x, y, "right"),
         sequences((2, 8), (2, 5)), NUMBERS, search("right")),
]  # fmt: skip
