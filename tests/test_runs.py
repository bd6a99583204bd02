"""Small programs of whole families: names, variables, errors and numbers are TensorFlow 1.15's."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests.runs.outcome import families, outcome

FOLDER = Path(__file__).parent / "golden" / "runs"
PROGRAMS = [
    pytest.param(family, name, id=f"{family}-{name}")
    for family, runs in families().items()
    for name in runs
]


@functools.cache
def recorded(family: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{family}.json").read_text())
    return found


def assert_same(ours: Any, wanted: Any) -> None:
    """Compares values: floats by single precision, everything else exactly."""
    if isinstance(wanted, dict):
        assert ours == wanted
        return
    a, b = np.asarray(ours), np.asarray(wanted)
    assert a.shape == b.shape
    if b.dtype.kind == "f":
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=3e-6)
    else:
        assert a.tolist() == b.tolist()


def _without_numbers(text: str) -> str:
    """Without those of Python functions, which count all that the process has had."""
    return re.sub(r"pyfunc_\d+", "pyfunc", text)


@pytest.mark.filterwarnings("ignore:.*deprecated")
@pytest.mark.parametrize(("family", "name"), PROGRAMS)
def test_a_program_has_the_outcome_that_it_has_in_tensorflow(family: str, name: str) -> None:
    wanted = json.loads(_without_numbers(json.dumps(recorded(family)[name])))
    found = json.loads(_without_numbers(json.dumps(outcome(tf, families()[family][name]))))
    values = found.pop("values", [])
    wanted_values = wanted.get("values", [])
    assert found == {key: value for key, value in wanted.items() if key != "values"}
    for ours, theirs in zip(values, wanted_values, strict=True):
        for value, wanted_value in zip(ours, theirs, strict=True):
            assert_same(value, wanted_value)
