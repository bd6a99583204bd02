"""Towers on several devices with averaged gradients train as one device does."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import tfsession as tf
from tfsession.compile.program import short_device

EXAMPLE = Path(__file__).parents[1] / "examples" / "data_parallel.py"
GPUS = ["/gpu:0", "/gpu:1"]


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("data_parallel", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def virtual_gpus():
    """A ConfigProto that makes two GPUs of the first card."""
    config = tf.ConfigProto(device_count={"GPU": 2})
    config.gpu_options.visible_device_list = "0"
    config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[256, 256])
    return config


def check(example, towers, variables, config):
    losses, weights = example.train(towers, variables, config=config)
    expected_losses, expected_weights = example.train(["/cpu:0"])
    np.testing.assert_allclose(losses, expected_losses, rtol=2e-6)
    for found, expected in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("variables", ["/cpu:0", "/gpu:0"])
@pytest.mark.parametrize("is_virtual", [False, True])
def test_two_simulated_gpus(example, monkeypatch, variables, is_virtual):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1GiB" if is_virtual else "2x256MiB")
    check(example, GPUS, variables, virtual_gpus() if is_virtual else None)


@pytest.mark.parametrize("variables", ["/cpu:0", "/gpu:0"])
def test_one_simulated_gpu(example, monkeypatch, variables):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    check(example, ["/gpu:0"], variables, None)


@pytest.mark.gpu
@pytest.mark.usefixtures("real_cupy")
@pytest.mark.parametrize("variables", ["/cpu:0", "/gpu:0"])
def test_two_virtual_gpus_of_a_card(example, variables):
    check(example, GPUS, variables, virtual_gpus())


def test_resource_variables(example, monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x256MiB")
    references = example.train(GPUS, "/gpu:1")
    tf.enable_resource_variables()
    try:
        resources = example.train(GPUS, "/gpu:1")
    finally:
        tf.disable_resource_variables()
    for one, two in zip(references, resources, strict=True):
        for found, expected in zip(one, two, strict=True):
            np.testing.assert_array_equal(found, expected)


def test_every_tower_is_on_its_gpu_and_a_value_is_copied_once(example, monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x256MiB")
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x, y, step, _ = example.training(GPUS, "/cpu:0")
        session.run(tf.global_variables_initializer())
        feeds = {x: np.ones([4, 8]), y: np.ones([4, 1])}
        session.run(step, feeds)
        gpus = {d.name: d for d in session._runner.devices.values() if d.kind == "GPU"}
        before = {name: (d.copies_in, d.copies_out) for name, d in gpus.items()}
        session.run(step, feeds)
        for name, device in gpus.items():
            copies = device.copies_in - before[name][0], device.copies_out - before[name][1]
            # Three variables, two parts of the batch and the number of its rows go in, three
            # gradients come out.
            assert copies == (6, 3), short_device(name)
    devices = {op.name: op.device for op in graph.get_operations()}
    assert devices["tower0/MatMul"] == "/gpu:0"
    assert devices["tower1/MatMul"] == "/gpu:1"
