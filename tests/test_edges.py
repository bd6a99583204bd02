"""The programs of tests/edges.py give what TensorFlow 1.15.5 gives."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests.edges import EDGES
from tests.test_ops import GOLDEN, device as device

# What TensorFlow rounds differently: its half floats are computed in steps, its float32 in vectors.
PRECISION = {"float16": 4e-3, "float32": 5e-5, "float64": 1e-8}

# A GPU computes these otherwise, in TensorFlow too: it does not look at the numbers.
NOT_ON_GPU = {
    "whole numbers that are not there are not divided by zero",
    *(name for name in EDGES if name.startswith(("a pixel that is not", "all maxima of"))),
}


@functools.cache
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "edges.npz") as numbers:
        return dict(numbers)


def wanted(name: str, index: int) -> np.ndarray:
    """A recorded result."""
    key = f"{name}/{index}"
    if f"{key}/hex" in golden():
        decode = np.vectorize(bytes.fromhex, otypes=[object])
        found: np.ndarray = decode(golden()[f"{key}/hex"])
        return found
    assert key in golden(), "not recorded yet: python tests/golden/record_edges.py"
    return golden()[key]


def run(build: Any, device: str) -> list[Any]:
    config = tf.ConfigProto(allow_soft_placement=True)
    with (
        tf.Graph().as_default(),
        tf.device(f"/device:{device}:0"),
        tf.Session(config=config) as session,
    ):
        built = build(tf)
        values: list[Any] = session.run(
            list(built) if isinstance(built, (list, tuple)) else [built]
        )
    return values


@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices")
@pytest.mark.parametrize("name", EDGES)
def test_at_its_edges(name: str, device: str) -> None:
    if device == "GPU" and name in NOT_ON_GPU:
        return
    if f"{name}/error" in golden():
        with pytest.raises(Exception) as raised:  # noqa: PT011  # the class is compared
            run(EDGES[name], device)
        assert type(raised.value).__name__ == golden()[f"{name}/error"]
        return
    for index, value in enumerate(run(EDGES[name], device)):
        expected = wanted(name, index)
        actual = np.asarray(value, object if expected.dtype.kind == "O" else None)
        assert actual.dtype == expected.dtype
        assert actual.shape == expected.shape
        limit = PRECISION.get(expected.dtype.name)
        if limit is None:
            np.testing.assert_array_equal(actual, expected)
        else:
            np.testing.assert_allclose(actual, expected, rtol=limit, atol=limit * 1e-2)
