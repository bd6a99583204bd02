"""The placer, rule by rule, on simulated devices."""

from __future__ import annotations

import pytest

import tfsession as tf
from tfsession.devices.cpu import CpuDevice
from tfsession.devices.lister import SimulatedLister, create_devices
from tfsession.lower import load_kernels
from tfsession.place import place
from tfsession.program import short_device

CONFIG = tf.ConfigProto(device_count={"CPU": 2})


@pytest.fixture(autouse=True)
def graph():
    load_kernels()
    with tf.Graph().as_default() as graph:
        yield graph


def placed(soft=False, gpus="2", present=None, operations=None):
    """Short device names by operation name."""
    devices = create_devices(CONFIG, SimulatedLister(gpus), {})
    operations = operations or tf.get_default_graph().get_operations()
    result = place(operations, devices, soft, present)
    assert set(result.reasons) == set(result.devices) == set(operations)
    return {op.name: short_device(name) for op, name in result.devices.items()}


def reasons(**options):
    devices = create_devices(CONFIG, SimulatedLister("2"), {})
    result = place(tf.get_default_graph().get_operations(), devices, **options)
    return {op.name: reason for op, reason in result.reasons.items()}


def fails(message, **options):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message) as caught:
        placed(**options)
    return caught.value.message


def test_the_first_gpu_is_the_default():
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.exp(x, name="y")
    assert placed() == {"x": "GPU:0", "y": "GPU:0"}


def test_without_gpus_everything_is_on_the_first_cpu():
    tf.exp(tf.constant(1.0, name="x"), name="y")
    result = place(tf.get_default_graph().get_operations(), [CpuDevice(1), CpuDevice(0)])
    assert {short_device(d) for d in result.devices.values()} == {"CPU:0"}


def test_explicit_and_partial_requests():
    with tf.device("/gpu:1"):
        tf.constant(1.0, name="a")
    with tf.device("/device:CPU:1"):
        tf.constant(1.0, name="b")
    with tf.device("/cpu:*"):
        tf.constant(1.0, name="c")
    with tf.device("/job:localhost"):
        tf.constant(1.0, name="d")
    assert placed() == {"a": "GPU:1", "b": "CPU:1", "c": "CPU:0", "d": "GPU:0"}


def test_a_missing_device():
    with tf.device("/gpu:7"):
        tf.constant(1.0, name="a")
    text = fails(r"was explicitly assigned to /device:GPU:7 but available devices are \[ /job")
    assert text.startswith("Cannot assign a device for operation a: {{node a}} was explicitly")
    assert text.endswith("Make sure the device specification refers to a valid device.\n\t [[a]]")
    assert placed(soft=True) == {"a": "GPU:0"}
    assert reasons(allow_soft_placement=True)["a"] == "soft placement: /device:GPU:7 does not exist"


def test_a_missing_gpu_without_any():
    with tf.device("/gpu:0"):
        tf.constant(1.0, name="a")
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match="The requested device appears to be a GPU, but CUDA is not enabled",
    ):
        place(tf.get_default_graph().get_operations(), [CpuDevice(0)])


def test_soft_placement_never_changes_the_job():
    with tf.device("/job:worker/gpu:0"):
        tf.constant(1.0, name="a")
    fails("was explicitly assigned to /job:worker/device:GPU:0", soft=True)


def test_a_malformed_request():
    a = tf.constant(1.0, name="a")
    a.op._device = "/bogus"
    fails("Malformed device specification '/bogus' in node")


def test_strings_have_no_gpu_kernel():
    with tf.device("/gpu:0"):
        tf.constant("text", name="a")
    text = fails("no supported kernel for GPU devices is available")
    assert "Colocation Debug Info:" in text
    assert "Registered kernels:\n  device='CPU'" in text
    assert placed(soft=True) == {"a": "CPU:0"}
    assert "has no kernel for Const" in reasons(allow_soft_placement=True)["a"]


def test_int32_variables_have_no_gpu_kernel():
    tf.get_variable("v", initializer=tf.constant(1), use_resource=False)
    assert placed()["v"] == "CPU:0"


def test_references_share_a_device():
    with tf.device("/gpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
    with tf.device("/cpu:0"):
        tf.assign(v, 2.0, name="again")
    found = placed()
    assert {found[n] for n in ("v", "v/Assign", "v/read", "again")} == {"GPU:1"}
    assert found["again/value"] == "CPU:0"


def test_resources_share_a_device():
    with tf.device("/gpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=True)
    tf.identity(v.read_value(), name="y")
    found = placed()
    assert found["v"] == found["v/Assign"] == found["v/Read/ReadVariableOp"] == "GPU:1"
    assert found["y"] == "GPU:0"


def test_classes_share_a_device():
    with tf.device("/gpu:1"):
        a = tf.constant(1.0, name="a")
    with tf.get_default_graph().colocate_with(a.op):
        b = tf.exp(tf.constant(2.0), name="b")
    with tf.get_default_graph().colocate_with(b.op):
        tf.exp(tf.constant(2.0), name="c")
    found = placed()
    assert found["a"] == found["b"] == found["c"] == "GPU:1"


def test_colocation_conflicts():
    a = tf.placeholder(tf.float32, name="a")
    b = tf.placeholder(tf.float32, name="b")
    a.op._device, b.op._device = "/device:CPU:0", "/device:CPU:1"
    b.op.attrs["_class"] = [b"loc:@a"]
    fails(
        r"Cannot colocate nodes \{\{colocation_node b\}\} and \{\{colocation_node a\}\}: Cannot "
        r"merge devices with incompatible ids: '/device:CPU:0' and '/device:CPU:1'"
    )


def test_a_missing_colocation_target_is_no_error():
    a = tf.placeholder(tf.float32, name="a")
    a.op.attrs["_class"] = [b"loc:@nowhere"]
    assert placed() == {"a": "GPU:0"}


def test_generators_follow_their_consumers():
    c = tf.constant(1.0, name="c")
    with tf.device("/cpu:1"):
        tf.exp(c, name="y")
    assert placed() == {"c": "CPU:1", "y": "CPU:1"}


def test_metadata_stays_beside_its_input():
    with tf.device("/cpu:1"):
        x = tf.exp(tf.placeholder(tf.float32, [None]), name="x")
    tf.shape(x, name="s")
    assert placed()["s"] == "CPU:1"


def test_what_was_placed_before_stays():
    with tf.device("/gpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
    before = tf.get_default_graph().get_operations()
    devices = create_devices(CONFIG, SimulatedLister("2"), {})
    first = place(before, devices)
    add = tf.assign_add(v, 1.0, name="add")
    second = place([add.op.inputs[1].op, add.op], devices, present=first.devices)
    assert short_device(second.devices[add.op]) == "GPU:1"


def test_unused_operations_are_placed_unless_the_graph_is_pruned():
    with tf.device("/gpu:3"):
        tf.constant(1.0)
    c = tf.constant(2.0)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError):
        session.run(c)
    config = tf.ConfigProto()
    config.graph_options.place_pruned_graph = True
    with tf.Session(config=config) as session:
        assert session.run(c) == 2


def test_graph_surgery_after_a_run(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2")
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.device("/gpu:1"):
        y = tf.exp(x)
    with tf.Session() as session:
        assert session.run(y, {x: 0}) == 1
        assert session.run(y + 1.0, {x: 0}) == 2
