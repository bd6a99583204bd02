"""Records of tfsession/ops/edit_distance.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case

MADE = [(0, 0), (0, 1), (0, 2), (1, 0), (3, 0), (3, 1)]
WANTED = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 0)]


def _distance(normalize: bool) -> Any:
    return lambda tf, x, y: tf.edit_distance(
        tf.SparseTensor(np.int64(MADE), x, [4, 3]),
        tf.SparseTensor(np.int64(WANTED), y, [4, 3]),
        normalize,
    )


CASES = [
    Case(
        "EditDistance",
        "normalized" if normalize else "counted",
        _distance(normalize),
        lambda rng, dtype: [rng.integers(0, 3, 6).astype(dtype) for _ in range(2)],
        dtypes=("int32", "int64"),
        gradient=False,
    )
    for normalize in (True, False)
]
