"""Layers make the graphs, the variables and the numbers that TensorFlow 1.15 makes."""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tests import contrib_layer_programs, layer_programs
from tests.golden.record_layers import losses, observe
from tests.programs import ROOT

GOLDEN = ROOT / "tests" / "golden"
PROGRAMS = {
    "layers": layer_programs.PROGRAMS,
    "contrib_layers": contrib_layer_programs.PROGRAMS,
}


@functools.cache
def recorded(family: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What TensorFlow made of the programs of a family: graphs, and numbers."""
    told = json.loads((GOLDEN / f"{family}.json").read_text())
    with np.load(GOLDEN / f"{family}.npz") as file:
        return told, dict(file)


# Programs whose operations are not those of TensorFlow one by one: shapes that are known here and
# not there, gradients, and lookups in parts.
OWN_OPERATIONS = {"spatial_softmax", "spatial_softmax_fixed", "optimize_loss", "bow_encoder"}


@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices")
@pytest.mark.parametrize(
    ("family", "name"), [(family, name) for family in PROGRAMS for name in PROGRAMS[family]]
)
def test_a_program_is_as_on_tensorflow(family, name):
    told, numbers = recorded(family)
    graph, found = observe(tf, PROGRAMS[family][name])
    wanted = dict(told[name])
    if name in OWN_OPERATIONS:
        del graph["nodes"], wanted["nodes"]
    assert graph.get("nodes") == wanted.get("nodes")
    assert graph == wanted
    expected = {
        key.partition("/")[2]: value for key, value in numbers.items() if key.startswith(f"{name}/")
    }
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        tolerance = 1e-4 * max(1.0, float(np.abs(value).max(initial=0)))
        np.testing.assert_allclose(found[key], value, rtol=2e-4, atol=tolerance, err_msg=key)


TRAININGS = {
    "layers": layer_programs.TRAININGS,
    "contrib_layers": contrib_layer_programs.TRAININGS,
}


@pytest.mark.parametrize(
    ("family", "name"), [(family, name) for family in TRAININGS for name in TRAININGS[family]]
)
def test_training_goes_as_on_tensorflow(family, name):
    """100 steps from the same seed: initial values, dropout, gradients, averages and updates."""
    found = losses(tf, TRAININGS[family][name])
    np.testing.assert_allclose(found, recorded(family)[1][f"training/{name}"], rtol=1e-4)
