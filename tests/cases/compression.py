"""Records of tfsession/ops/compression.py."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import numpy as np

from tests.cases.record import Case

TEXTS = (b"", b"one", b"two " * 99)


def _inputs(compress: Any) -> Any:
    return lambda rng, dtype: [np.array([compress(text) for text in TEXTS], object)]


CASES = [
    Case(
        "DecodeCompressed",
        kind or "none",
        lambda tf, x, kind=kind: tf.decode_compressed(x, kind),
        _inputs(compress),
        dtypes=("string",),
        expected=lambda x: np.array(TEXTS, object),
        gradient=False,
    )
    for kind, compress in (("", bytes), ("ZLIB", zlib.compress), ("GZIP", gzip.compress))
]
