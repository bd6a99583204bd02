"""Layers make the graphs, the variables and the numbers that TensorFlow 1.15 makes."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tfsession as tf
from tests import layer_programs
from tests.golden.record_layers import observe
from tests.programs import ROOT

GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="module")
def told():
    return json.loads((GOLDEN / "layers.json").read_text())


@pytest.fixture(scope="module")
def numbers():
    return dict(np.load(GOLDEN / "layers.npz"))


@pytest.mark.parametrize("name", layer_programs.PROGRAMS)
def test_a_program_is_as_on_tensorflow(name, told, numbers):
    graph, found = observe(tf, layer_programs.PROGRAMS[name])
    assert graph["nodes"] == told[name]["nodes"]
    assert graph == told[name]
    expected = {
        key.partition("/")[2]: v for key, v in numbers.items() if key.startswith(f"{name}/")
    }
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=2e-4, atol=2e-5, err_msg=key)
