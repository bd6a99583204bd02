"""Placement against TensorFlow's, on graphs that both have placed on a machine without a GPU."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from placement_graphs import GRAPHS, run

import tfsession as tf
from tfsession.compile.program import short_device

GOLDEN = json.loads((Path(__file__).parent / "golden" / "placement.json").read_text())


@pytest.fixture(autouse=True)
def no_gpus(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("TFSESSION_SIMULATED_GPUS", raising=False)


@pytest.mark.parametrize("name", GRAPHS)
def test_placed_as_by_tensorflow(name, capsys):
    error = run(tf, GRAPHS[name])
    lines = [line.split(": ") for line in capsys.readouterr().err.splitlines()]
    devices = {line[0]: f"device:{short_device(line[2])}" for line in lines if len(line) == 3}
    assert error == GOLDEN[name]["error"]
    assert ({} if error else devices) == GOLDEN[name]["devices"]


def test_the_golden_file_is_of_these_graphs():
    assert GOLDEN.keys() == GRAPHS.keys()
    assert sum(bool(record["error"]) for record in GOLDEN.values()) > 20
