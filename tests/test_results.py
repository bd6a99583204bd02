"""Each program of tests/results makes what TensorFlow 1.15 made of it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests.programs import ROOT
from tests.recurrent import outcome
from tests.results import PROGRAMS


@functools.cache
def golden() -> dict[str, Any]:
    with np.load(ROOT / "tests" / "golden" / "results.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", PROGRAMS)
def test_results(name):
    results = outcome.outcome(tf, PROGRAMS[name])["results"]
    assert len(results) == sum(key.rpartition(" ")[0] == name for key in golden())
    for number, result in enumerate(results):
        wanted = golden()[f"{name} {number}"]
        assert result.dtype == wanted.dtype
        assert result.shape == wanted.shape
        if wanted.dtype.kind in "fc":
            np.testing.assert_allclose(result, wanted, rtol=1e-4, atol=1e-5, err_msg=str(number))
        else:
            np.testing.assert_array_equal(result, wanted, err_msg=str(number))
