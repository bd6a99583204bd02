"""The placer, rule by rule, on simulated devices."""

from __future__ import annotations

import logging

import pytest
from placement_graphs import classed

import tfsession as tf
from tfsession import registry
from tfsession.compile.binding import host_arguments
from tfsession.compile.kernel_table import load_kernels
from tfsession.compile.place import place
from tfsession.compile.program import short_device
from tfsession.devices.cpu import CpuDevice
from tfsession.devices.lister import SimulatedLister, create_devices

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
    a.op.requested_device = "/bogus"
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
    a.op.requested_device, b.op.requested_device = "/device:CPU:0", "/device:CPU:1"
    b.op.attrs["_class"] = [b"loc:@a"]
    fails(
        r"Cannot colocate nodes \{\{colocation_node b\}\} and \{\{colocation_node a\}\}: Cannot "
        r"merge devices with incompatible ids: '/device:CPU:1' and '/device:CPU:0'"
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
    everything = tf.get_default_graph().get_operations()
    second = place(everything, devices, present={v.op: first.devices[v.op]})
    assert second.reasons[v.op] == "placed by an earlier run"
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


# ---- Order of devices ----


def test_devices_of_a_kind_are_ordered_as_text():
    """GPU:10 comes before GPU:2, and no GPU but the first is used unasked."""
    with tf.device("/device:*:*"):
        tf.exp(1.0, name="a")
    tf.get_default_graph().get_operation_by_name("a")._set_device("/device:GPU:*")
    for number in range(40):
        tf.exp(1.0, name=f"many{number}")
    assert set(placed(gpus="12").values()) == {"GPU:0"}
    devices = create_devices(CONFIG, SimulatedLister("12"), {})
    later = [d for d in devices if d.kind == "GPU" and d.index in (2, 10, 11)]
    found = place(tf.get_default_graph().get_operations(), later)
    assert {short_device(name) for name in found.devices.values()} == {"GPU:10"}


def test_placing_changes_nothing_and_gives_the_same_again():
    with tf.device("/gpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
    tf.assign_add(v, 1.0)
    graph = tf.get_default_graph()
    before = graph.as_graph_def().SerializeToString(deterministic=True)
    assert placed() == placed()
    assert list(placed()) == list(placed())
    assert graph.as_graph_def().SerializeToString(deterministic=True) == before


# ---- Operations without a kernel on a GPU ----


def test_what_has_no_gpu_kernel_goes_to_the_cpu():
    tf.FIFOQueue(1, [tf.float32], name="queue").dequeue(name="taken")
    tf.TextLineReader(name="reader")
    tf.random_shuffle(tf.zeros([3]), name="shuffled")
    tf.Print(tf.zeros([3]), ["seen"], name="printed")
    tf.decode_raw(tf.constant(b"abcd"), tf.float32, name="decoded")
    tf.string_to_number("1.5", name="number")
    tf.read_file("nowhere", name="file")
    tf.exp(1.0, name="y")
    found = placed()
    for name in ("queue", "taken", "reader", "shuffled", "decoded", "number", "file"):
        assert found[name] == "CPU:0", name
    assert {d for n, d in found.items() if n.startswith("printed")} == {"CPU:0"}
    assert found["y"] == "GPU:0"


def test_int32_arithmetic_is_placed_on_the_gpu():
    x = tf.placeholder(tf.int32, [2], name="x")
    tf.add(x, x, name="y")
    assert placed()["y"] == "GPU:0"


def test_one_member_without_a_kernel_takes_its_group_along():
    a = tf.random_shuffle(tf.placeholder(tf.float32, [3]), name="a")
    with tf.get_default_graph().colocate_with(a.op):
        tf.exp(1.0, name="b")
    found = placed()
    assert found["a"] == found["b"] == "CPU:0"
    assert reasons()["b"] == "colocated with a: only CPU has a kernel for RandomShuffle"


def test_a_constant_for_the_cpu_alone_is_there():
    tf.random_shuffle(tf.constant([1.0, 2.0], name="c"), name="y")
    assert placed() == {"c": "CPU:0", "y": "CPU:0"}


HOST_ARGUMENTS = {
    "Reshape": (lambda x: tf.reshape(x, [4]), {"shape"}),
    "Sum": (lambda x: tf.reduce_sum(x, 1), {"reduction_indices"}),
    "ConcatV2": (lambda x: tf.concat([x, x], 0), {"axis"}),
    "GatherV2": (lambda x: tf.gather(x, [0]), {"axis"}),
    "StridedSlice": (lambda x: x[0:1], {"begin", "end", "strides"}),
    "Tile": (lambda x: tf.tile(x, [1, 2]), {"multiples"}),
    "Transpose": (lambda x: tf.transpose(x), {"perm"}),
    "Shape": (lambda x: tf.shape(tf.placeholder(tf.float32, [None])), {"output"}),
    "ExpandDims": (lambda x: tf.expand_dims(x, 0), {"dim"}),
    "RandomUniform": (lambda x: tf.random_uniform([2, 2]) + x, {"shape"}),
    "SplitV": (lambda x: tf.split(x, [1, 1])[0], {"size_splits", "split_dim"}),
    "Pad": (lambda x: tf.pad(x, [[0, 1], [0, 1]]), {"paddings"}),
    "Fill": (lambda x: tf.fill([2, 2], x[0, 0]), {"dims"}),
    "Range": (lambda x: tf.range(3), {"start", "limit", "delta", "output"}),
    "ArgMax": (lambda x: tf.argmax(x, 0), {"dimension"}),
    "MatMul": (lambda x: tf.matmul(x, x), set()),
}


@pytest.mark.parametrize("op_type", HOST_ARGUMENTS)
def test_arguments_in_host_memory(op_type):
    build, wanted = HOST_ARGUMENTS[op_type]
    build(tf.placeholder(tf.float32, [2, 2]))
    operations = tf.get_default_graph().get_operations()
    op = next(op for op in operations if op.type == op_type)
    (gpu,) = create_devices(tf.ConfigProto(), SimulatedLister("1"), {})[1:]
    kernel = registry.KERNELS[op_type, "GPU"]
    assert host_arguments(op, kernel, gpu) == wanted
    assert host_arguments(op, kernel, CpuDevice(0)) == set()


def test_int32_works_on_the_host_and_int64_does_not():
    (gpu,) = create_devices(tf.ConfigProto(), SimulatedLister("1"), {})[1:]
    kernel = registry.KERNELS["AddV2", "GPU"]
    for dtype, wanted in ((tf.int32, {"x", "y", "z"}), (tf.int64, set()), (tf.uint8, set())):
        x = tf.placeholder(dtype, [2])
        assert host_arguments((x + x).op, kernel, gpu) == wanted


# ---- Errors, word for word ----


def colocated(name, *groups):
    """An operation with classes that no Python function has checked."""
    x = tf.exp(tf.placeholder(tf.float32, [2]), name=name)
    x.op.attrs["_class"] = [f"loc:@{group}".encode() for group in groups]
    return x


def cpu_only(message):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        place(tf.get_default_graph().get_operations(), [CpuDevice(0)])
    assert caught.value.message == message


def test_error_of_an_op_without_kernel(monkeypatch):
    tf.exp(tf.placeholder(tf.float32, [2], name="x"), name="y")
    monkeypatch.setattr("tfsession.compile.place._kinds_of_type", lambda _: frozenset(("GPU",)))
    cpu_only(
        "No OpKernel was registered to support Op 'Placeholder' used by {{node x}}with these "
        "attrs: [dtype=DT_FLOAT, shape=[2]]\nRegistered devices: [CPU]\nRegistered kernels:\n"
        "  device='GPU'\n\n\t [[x]]"
    )


def test_error_of_a_gpu_without_kernel():
    with tf.device("/gpu:0"):
        tf.string_to_number(tf.placeholder(tf.string, [], name="x"), name="a")
    assert fails("no supported kernel") == (
        "Cannot assign a device for operation a: Could not satisfy explicit device specification "
        "'/device:GPU:0' because no supported kernel for GPU devices is available.\n"
        "Colocation Debug Info:\n"
        "Colocation group had the following types and supported devices: \n"
        "Root Member(assigned_device_name_index_=-1 requested_device_name_='/device:GPU:0' "
        "assigned_device_name_='' resource_device_name_='' supported_device_types_=[CPU] "
        "possible_devices_=[]\n"
        "StringToNumber: CPU \n\n"
        "Colocation members, user-requested devices, and framework assigned devices, if any:\n"
        "  a (StringToNumber) /device:GPU:0\n\n"
        "Op: StringToNumber\nNode attrs: out_type=DT_FLOAT\nRegistered kernels:\n"
        "  device='CPU'; out_type in [DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64]\n"
        "\n\t [[{{node a}}]]"
    )


def test_error_of_a_group_that_asks_otherwise():
    a = tf.random_shuffle(tf.placeholder(tf.float32, [2]), name="a")
    with tf.device("/gpu:0"):
        tf.exp(a, name="b")
    tf.get_default_graph().get_operation_by_name("b").attrs["_class"] = [b"loc:@a"]
    text = fails("was colocated with a group")
    assert text.startswith(
        "Cannot assign a device for operation a: Could not satisfy explicit device specification "
        "'' because the node {{colocation_node a}} was colocated with a group of nodes that "
        "required incompatible device '/device:GPU:0'. All available devices [/job:localhost/"
    )
    assert text.endswith("  a (RandomShuffle) \n  b (Exp) /device:GPU:0\n\n\t [[{{node a}}]]")


def test_error_of_kernels_that_have_no_kind_in_common(monkeypatch):
    from tfsession.compile import place as placer

    real = placer.supported_kinds
    only = {"a": frozenset(("GPU",)), "b": frozenset(("CPU",))}
    monkeypatch.setattr(placer, "supported_kinds", lambda op: only.get(op.name) or real(op))
    tf.exp(tf.placeholder(tf.float32, [2]), name="a")
    colocated("b", "a")
    text = fails("because no device type supports both")
    assert text.startswith(
        "Cannot colocate nodes {{colocation_node b}} and {{colocation_node a}} because no device "
        "type supports both of those nodes and the other nodes colocated with them.\n"
        "Colocation Debug Info:\n"
    )
    assert text.count("Colocation Debug Info:") == 2
    assert text.index("Exp: CPU") < text.index("Exp: GPU")
    assert placed(soft=True)["b"] == "CPU:0"


def test_error_of_a_reference_that_cannot_be_followed(monkeypatch):
    from tfsession.compile import place as placer

    real = placer.supported_kinds
    only = {"v": frozenset(("CPU",)), "use": frozenset(("GPU",))}
    monkeypatch.setattr(placer, "supported_kinds", lambda op: only.get(op.name) or real(op))
    v = tf.get_variable("v", initializer=1.0, use_resource=False)
    tf.assign(v, 2.0, name="use")
    assert fails("Nodes were connected").startswith(
        "Nodes were connected by a reference connection (requiring them to be on the same device), "
        "but the two nodes were assigned two different devices: Cannot colocate nodes "
        "{{colocation_node v}} and {{colocation_node use}} because no device type supports both"
    )


def test_a_variable_without_kernel_for_its_device_moves_and_that_is_logged(caplog):
    with tf.device("/gpu:0"):
        v = tf.get_variable("v", initializer=tf.constant(1), use_resource=False)
    tf.assign_add(v, 1, name="more")
    fails("no supported kernel for GPU devices|required incompatible device")
    caplog.set_level(logging.DEBUG, "tfsession")
    found = placed(soft=True)
    assert found["v"] == found["more"] == "CPU:0"
    (text,) = (r.getMessage() for r in caplog.records if r.levelno == logging.DEBUG)
    assert text.startswith(
        "Failed to place the graph without changing the devices of some resources. Some of the "
        "operations (that had to be colocated with resource generating operations) are not "
        "supported on the resources' devices. Current candidate devices are [\n  /job:localhost"
    )


def test_a_graph_that_cannot_be_placed_fails_in_every_run():
    with tf.device("/gpu:9"):
        tf.constant(1.0)
    c = tf.constant(2.0)
    with tf.Session() as session:
        for _ in range(2):
            with pytest.raises(tf.errors.InvalidArgumentError, match="explicitly assigned"):
                session.run(c)


# ---- The log ----


def lines_of_placement(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if ": (" in line]


def test_what_is_new_is_logged_and_generators_come_last(capsys, monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    c = tf.constant(1.0, name="c")
    y = tf.exp(c, name="y")
    where = "/job:localhost/replica:0/task:0/device:GPU:0"
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
        session.run(y)
        assert lines_of_placement(capsys) == [f"y: (Exp): {where}", f"c: (Const): {where}"]
        session.run(y)
        session.run(c)
        assert lines_of_placement(capsys) == []
        session.run(tf.exp(y, name="z"))
        assert lines_of_placement(capsys) == [f"z: (Exp): {where}"]


def test_devices_without_a_description_are_not_in_the_mapping(capsys):
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)):
        assert "Device mapping: no known devices." in capsys.readouterr().err


# ---- Growing graphs ----


def test_what_has_a_state_stays_and_the_rest_is_placed_anew(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2")
    x = tf.exp(tf.placeholder(tf.float32, [], name="p"), name="x")
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert "GPU:0  x" in session.explain(x, ["p:0"])
        with tf.device("/gpu:1"):
            tf.exp(2.0, name="y")
        classed(tf, x, "y")
        classed(tf, v, "y")
        with pytest.raises(tf.errors.InvalidArgumentError, match="incompatible ids"):
            session.run(v)
        classed(tf, v)
        assert "GPU:1  x" in session.explain(x * 2.0, ["p:0"])
        assert session.run(v) == 1


def test_each_signature_of_a_pruned_graph_is_placed_by_itself(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    config = tf.ConfigProto()
    config.graph_options.place_pruned_graph = True
    with tf.device("/gpu:7"):
        bad = tf.exp(1.0, name="bad")
    good = tf.exp(1.0, name="good")
    with tf.Session(config=config) as session:
        session.run(good)
        with pytest.raises(tf.errors.InvalidArgumentError, match="for operation bad"):
            session.run(bad)
        session.run(good + 1.0)
