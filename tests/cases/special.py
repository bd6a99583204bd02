"""Records of tfsession/ops/special.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import FLOATS, WIDE_FLOATS, Case


def spread(low: float, high: float) -> Any:
    """Inputs: numbers at equal distances, which meet every range of a formula."""
    return lambda rng, dtype: [np.linspace(low, high, 41).astype(dtype)]


CASES = [
    Case("Erf", "", lambda tf, x: tf.erf(x), spread(-4, 4), dtypes=(*FLOATS, "bfloat16")),
    Case(
        "Erf",
        "limits",
        lambda tf, x: tf.erf(x),
        lambda rng, dtype: [np.array([-np.inf, 0, 9, np.inf, np.nan], dtype)],
        gradient=False,
    ),
    Case("Erfc", "", lambda tf, x: tf.erfc(x), spread(-3, 5), dtypes=(*FLOATS, "bfloat16")),
    Case("Erfc", "tail", lambda tf, x: tf.erfc(x) * 1e30, spread(5, 8), dtypes=("float64",)),
    Case("Lgamma", "", lambda tf, x: tf.lgamma(x), spread(0.05, 20), dtypes=FLOATS),
    Case("Lgamma", "negative", lambda tf, x: tf.lgamma(x), spread(-3.9, -3.1), dtypes=WIDE_FLOATS),
    Case("Digamma", "", lambda tf, x: tf.digamma(x), spread(0.05, 20), dtypes=FLOATS),
    Case(
        "Digamma", "negative", lambda tf, x: tf.digamma(x), spread(-3.9, -3.1), dtypes=WIDE_FLOATS
    ),
    Case(
        "Zeta",
        "",
        lambda tf, x, q: tf.math.zeta(x, q),
        lambda rng, dtype: [
            np.linspace(1.5, 6, 12).astype(dtype),
            np.linspace(0.5, 8, 12).astype(dtype),
        ],
        dtypes=WIDE_FLOATS,
        gradient=False,
    ),
    Case(
        "Zeta",
        "offset",
        lambda tf, q: tf.math.zeta(tf.cast(3, q.dtype), q),
        spread(0.5, 8),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Polygamma",
        "",
        lambda tf, x: [tf.math.polygamma(tf.cast(n, x.dtype), x) for n in range(4)],
        spread(0.5, 8),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Lgamma",
        "lbeta",
        lambda tf, x: tf.lbeta(x),
        lambda rng, dtype: [rng.uniform(0.5, 3, (3, 4)).astype(dtype)],
        dtypes=WIDE_FLOATS,
    ),
]
