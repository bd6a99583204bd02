"""Recurrent networks: each program of tests/recurrent makes what TensorFlow 1.15 made of it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests.programs import ROOT
from tests.recurrent import MODULES, RESULTS_ONLY, TRAININGS, outcome

PROGRAMS = {
    f"{module}.{name}": build
    for module, programs in MODULES.items()
    for name, build in programs.items()
}


@functools.cache
def golden() -> dict[str, Any]:
    with np.load(ROOT / "tests" / "golden" / "recurrent.npz") as arrays:
        return dict(arrays)


def text(name: str) -> list[str]:
    return str(golden()[name]).splitlines()


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    made = outcome.outcome(tf, PROGRAMS[name])
    assert made["variables"] == text(f"{name} variables")
    assert made["operations"] == text(f"{name} operations")
    check_results(name, made["results"])


def check_results(name: str, results: list[Any]) -> None:
    for number, result in enumerate(results):
        wanted = golden()[f"{name} result {number}"]
        assert result.dtype == wanted.dtype
        np.testing.assert_allclose(result, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", RESULTS_ONLY)
def test_results(name):
    check_results(name, outcome.outcome(tf, RESULTS_ONLY[name])["results"])


@pytest.mark.parametrize("name", TRAININGS)
def test_trainings(name):
    losses = outcome.losses(tf, TRAININGS[name])
    np.testing.assert_allclose(losses, golden()[f"losses of {name}"], rtol=1e-4)
    assert losses[-1] < losses[0] / 2
