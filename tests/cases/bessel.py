"""Records of tfsession/ops/bessel.py."""

from __future__ import annotations

from tests.cases.record import FLOATS, WIDE_FLOATS, Case
from tests.cases.special import spread

CASES = [
    Case("BesselI0e", "", lambda tf, x: tf.math.bessel_i0e(x), spread(-30, 30), dtypes=FLOATS),
    Case("BesselI1e", "", lambda tf, x: tf.math.bessel_i1e(x), spread(-30, 30), dtypes=FLOATS),
    Case("BesselI0e", "i0", lambda tf, x: tf.math.bessel_i0(x), spread(-5, 5), dtypes=WIDE_FLOATS),
    Case("BesselI1e", "i1", lambda tf, x: tf.math.bessel_i1(x), spread(-5, 5), dtypes=WIDE_FLOATS),
]
