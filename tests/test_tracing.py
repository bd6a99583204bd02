"""RunOptions and RunMetadata: what a traced run tells, deadlines, and the metadata on errors."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import tfsession as tf
from tfsession.devices.timer import COMPUTE
from tfsession.ops.queue import FIFOQueue
from tfsession.protos import CallableOptions, GraphDef
from tfsession.resources import cancellation

TASK = "/job:localhost/replica:0/task:0"
CPU = f"{TASK}/device:CPU:0"
FULL = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)

pytestmark = pytest.mark.usefixtures("graph")


@pytest.fixture
def gpus(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x64MiB")


def traced(session, fetches, feeds=None, options=FULL):
    metadata = tf.RunMetadata()
    result = session.run(fetches, feeds, options=options, run_metadata=metadata)
    return result, metadata


def nodes(metadata):
    """Every node by name, without `_SOURCE`."""
    return {
        node.node_name: node
        for device in metadata.step_stats.dev_stats
        for node in device.node_stats
        if node.node_name != "_SOURCE"
    }


# ---- Step stats ----


def test_step_stats():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.matmul(x, tf.ones([3, 4]), name="y")
    z = tf.reduce_sum(y, name="z")
    with tf.Session() as session:
        before = time.time_ns() // 1000
        result, metadata = traced(session, z, {x: np.ones([2, 3])})
        after = time.time_ns() // 1000
    assert result == 24
    (device,) = metadata.step_stats.dev_stats
    assert device.device == CPU
    names = [node.node_name for node in device.node_stats]
    assert names == ["_SOURCE", "_arg_x_0_0", "y", "z", "_retval_z_0_0"]
    labels = {node.node_name: node.timeline_label for node in device.node_stats}
    assert labels["_SOURCE"] == "_SOURCE = NoOp()"
    assert labels["y"] == "y = MatMul(_arg_x_0_0, ones)"
    assert labels["z"].startswith("z = Sum(y, ")
    assert labels["_retval_z_0_0"] == "_retval_z_0_0 = _Retval(z)"
    starts = []
    for node in device.node_stats:
        assert before - 1000 <= node.all_start_micros <= after + 1000
        assert node.all_start_micros == node.all_start_nanos // 1000
        assert node.all_end_rel_micros >= 1
        assert node.op_start_rel_micros == 0 <= node.op_end_rel_micros
        assert node.op_end_rel_micros <= node.all_end_rel_micros
        assert node.scheduled_micros <= node.all_start_micros
        assert node.all_end_rel_nanos >= node.op_end_rel_nanos >= 0
        starts.append(node.all_start_nanos)
    assert starts == sorted(starts)
    assert nodes(metadata)["y"].thread_id == threading.get_ident() & 0xFFFFFFFF


def test_outputs():
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    first, second = tf.split(x, [1, 3], name="parts")
    texts = tf.as_string(second) if hasattr(tf, "as_string") else tf.identity(second)
    whole = tf.cast(second * 2.0, tf.int64, name="whole")
    with tf.Session() as session:
        _, metadata = traced(session, [first, whole, texts], {x: np.ones([4, 3])})
    (array,) = nodes(metadata)["whole"].output
    description = array.tensor_description
    assert description.dtype == tf.int64.as_datatype_enum
    assert [d.size for d in description.shape.dim] == [3, 3]
    allocation = description.allocation_description
    assert allocation.requested_bytes == allocation.allocated_bytes == 72
    assert allocation.allocator_name == "cpu"
    assert allocation.ptr
    (memory,) = nodes(metadata)["whole"].memory
    assert (memory.allocator_name, memory.total_bytes) == ("cpu", 72)
    parts = nodes(metadata)["parts"].output
    assert [output.slot for output in parts] == [0, 1]
    assert [o.tensor_description.shape.dim[0].size for o in parts] == [1, 3]
    labels = [node.timeline_label for node in nodes(metadata).values()]
    assert any("(parts:1" in label for label in labels)
    assert "_retval_parts_0_0 = _Retval(parts)" in labels


@pytest.mark.parametrize("level", ["SOFTWARE_TRACE", "HARDWARE_TRACE", "FULL_TRACE"])
def test_levels(level):
    options = tf.RunOptions(trace_level=getattr(tf.RunOptions, level))
    with tf.Session() as session:
        _, metadata = traced(session, tf.random_normal([2], name="n"), options=options)
    assert "n/RandomStandardNormal" in nodes(metadata)


def test_every_device_has_its_stats(gpus):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    v = tf.get_variable("v", initializer=tf.ones([2, 2]), use_resource=True)
    with tf.device("/gpu:0"):
        a = tf.matmul(x, x, name="a")
    with tf.device("/gpu:1"):
        b = tf.add(a, v, name="b")
    with tf.device("/cpu:0"):
        c = tf.reduce_sum(b, name="c")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        result, metadata = traced(session, c, {x: np.eye(2)})
    assert result == 6
    by_device = {
        device.device: [node.node_name for node in device.node_stats]
        for device in metadata.step_stats.dev_stats
    }
    of_host = [CPU, f"{TASK}/device:GPU:0", f"{TASK}/device:GPU:1"]
    assert list(by_device) == [
        *of_host,
        *(f"/device:GPU:0/{row}" for row in ("stream:all", "memcpy", "stream:1")),
        *(f"/device:GPU:1/{row}" for row in ("stream:all", "memcpy", "stream:1", "stream:2")),
    ]
    assert all(by_device[name][0] == "_SOURCE" for name in of_host)
    assert "a" in by_device[f"{TASK}/device:GPU:0"]
    assert "b" in by_device[f"{TASK}/device:GPU:1"]
    assert "c" in by_device[CPU]
    found = nodes(metadata)
    (output,) = found["b"].output
    assert output.tensor_description.allocation_description.allocator_name == "GPU_1_bfc"
    # What b reads has been copied to its device.
    inputs = found["b"].timeline_label.partition("(")[2].rstrip(")").split(", ")
    assert all(name.startswith("b/_copy_") for name in inputs)
    assert {found[name].timeline_label.partition(" = ")[2] for name in inputs} == {
        "Copy(a)",
        f"Copy({next(n for n in found if 'ReadVariableOp' in n)})",
    }


def test_traced_values_are_the_same(gpus):
    v = tf.Variable(np.arange(6, dtype=np.float32).reshape(2, 3))
    step = tf.assign_add(v, tf.ones([2, 3]))
    total = tf.reduce_sum(tf.square(v * 2.0))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        plain = session.run(total)
        assert traced(session, total)[0] == plain
        traced(session, step)
        np.testing.assert_array_equal(session.run(v), np.arange(6).reshape(2, 3) + 1)


# ---- Partition graphs ----


def test_partition_graphs(gpus):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    v = tf.Variable(np.ones([2, 2], np.float32), name="v")
    with tf.device("/gpu:0"):
        a = tf.matmul(x, v, name="a")
    with tf.device("/cpu:0"):
        c = tf.add(a, tf.constant(np.float32(3.0), name="three"), name="c")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        options = tf.RunOptions(output_partition_graphs=True)
        _, metadata = traced(session, c, {x: np.eye(2)}, options)
    assert not metadata.step_stats.dev_stats
    cpu, gpu = metadata.partition_graphs
    assert {n.device for n in cpu.node} == {CPU}
    assert {n.device for n in gpu.node} == {f"{TASK}/device:GPU:0"}
    ops = {n.name: n.op for n in (*cpu.node, *gpu.node)}
    assert ops["_arg_x_0_0"] == "_Arg"
    assert ops["_retval_c_0_0"] == "_Retval"
    assert ops["a"] == "MatMul"
    assert ops["three"] == "Const"
    (three,) = [n for n in cpu.node if n.name == "three"]
    assert tf.make_ndarray(three.attr["value"].tensor) == 3
    assert sorted(ops.values()).count("_Send") == sorted(ops.values()).count("_Recv") == 2
    for graph in (cpu, gpu):
        names = [node.name for node in graph.node]
        assert sorted(names) == sorted(set(names))
        for node in graph.node:
            assert all(name.partition(":")[0] in names for name in node.input), node.name


def test_both_are_told_together():
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE, output_partition_graphs=True)
    with tf.Session() as session:
        _, metadata = traced(session, tf.random_normal([]), options=options)
    assert metadata.step_stats.dev_stats
    assert len(metadata.partition_graphs) == 1


@pytest.mark.parametrize("is_taken", [False, True])
def test_partition_graphs_and_costs_of_branches_and_loops(is_taken):
    x = tf.placeholder(tf.float32, [], name="x")
    branch = tf.cond(x > 0.0, lambda: x * 2.0, lambda: tf.exp(x), name="branch")
    i, total = tf.while_loop(
        lambda i, total: i < 3, lambda i, total: (i + 1, total + branch), [0, 0.0], name="loop"
    )
    config = tf.ConfigProto()
    config.graph_options.build_cost_model = 1
    options = tf.RunOptions(output_partition_graphs=True)
    with tf.Session(config=config) as session:
        _, metadata = traced(session, [i, total], {x: 1.0 if is_taken else -1.0}, options)
    (graph,) = metadata.partition_graphs
    inputs = {node.name: list(node.input) for node in graph.node}
    assert len(inputs) == len(graph.node)
    assert all(n.partition(":")[0] in inputs for names in inputs.values() for n in names)
    assert len(inputs["branch/Merge"]) == 2
    assert {"NextIteration", "Enter", "Exit"} <= {node.op for node in graph.node}
    costs = {node.name: node for node in metadata.cost_graph.node}
    assert len(costs) == len(metadata.cost_graph.node)
    assert [node.id for node in metadata.cost_graph.node] == list(range(len(costs)))
    assert len(costs["branch/Merge"].input_info) == 2
    (returned,) = costs["_retval_loop/Exit_1_0_1"].input_info
    left = metadata.cost_graph.node[returned.preceding_node]
    assert left.name == "loop/Exit_1"
    variable = metadata.cost_graph.node[left.input_info[0].preceding_node]
    before = {metadata.cost_graph.node[i.preceding_node].name for i in variable.input_info}
    assert any(name.startswith("loop/add") for name in before)
    assert len(before) == 2


# ---- Devices' own times ----


class ScriptedTimer:
    """A GPU's timer on which every point is 1000 ns behind the one before, and each wait is seen.

    Attributes:
      log: what was asked of it.
    """

    def __init__(self):
        self.log = []
        self.points = 0

    def record(self, stream=COMPUTE, after=None):
        self.points += 1
        self.log.append(("record", stream, after))
        return self.points

    def wait(self):
        self.log.append("wait")

    def elapsed(self, earlier, later):
        assert self.log[-1] == "wait"
        return 1_000_000 * (later - earlier)


def scripted(session):
    """Gives the session's GPUs timers whose times are known."""
    timers = []
    for device in session._runner.devices.values():
        if not device.on_host:
            timers.append(ScriptedTimer())
            device.timer = lambda timer=timers[-1]: timer
    return timers


def two_gpus():
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    with tf.device("/gpu:0"):
        a = tf.matmul(x, x, name="a")
    with tf.device("/gpu:1"):
        b = tf.exp(a, name="b")
    return x, b


def rows(metadata):
    """The devices' own rows: name of the node, start and duration in microseconds."""
    found = {}
    for device in metadata.step_stats.dev_stats:
        if device.device.startswith("/device:"):
            found[device.device] = [
                (n.node_name, n.all_start_micros, n.all_end_rel_micros) for n in device.node_stats
            ]
    return found


def test_times_of_gpus_are_their_own(gpus):
    x, b = two_gpus()
    with tf.Session() as session:
        first, second = scripted(session)
        before = time.time_ns() // 1000
        _, metadata = traced(session, b, {x: np.eye(2)})
    found = rows(metadata)
    names = {row: [name for name, _, _ in nodes] for row, nodes in found.items()}
    copies = [f"{reader}/_copy" for reader in ("a", "b")]
    assert names["/device:GPU:0/stream:all"] == ["a:MatMul"]
    assert names["/device:GPU:1/stream:all"] == ["b:Exp"]
    kinds = {
        row: [name.rpartition(":")[2] for name in nodes]
        for row, nodes in names.items()
        if row.endswith("memcpy")
    }
    assert kinds == {
        "/device:GPU:0/memcpy": ["MEMCPYHtoD"],
        "/device:GPU:1/memcpy": ["MEMCPYPtoP", "MEMCPYDtoH"],
    }
    assert all(n.startswith(copies[0]) for n in names["/device:GPU:0/memcpy"])
    assert names["/device:GPU:1/stream:1"] == [names["/device:GPU:1/memcpy"][0], "b:Exp"]
    assert names["/device:GPU:1/stream:2"] == names["/device:GPU:1/memcpy"][1:]
    # One point is the base; a copy between GPUs has a point on the GPU that it leaves, too.
    base = found["/device:GPU:0/memcpy"][0][1] - 1000
    assert before <= base <= before + 10_000_000
    assert [(start - base, d) for _, start, d in found["/device:GPU:0/stream:1"]] == [
        (1000, 1000),
        (3000, 1000),
    ]
    assert first.log == [("record", 1, None), "wait", *[("record", 1, None)] * 5, "wait"]
    # What a copy waits for is no part of it: its first point comes after that one.
    assert second.log == [
        *(("record", 1, None), "wait"),
        *(("record", 1, 6), ("record", 1, None)),
        *(("record", 1, None), ("record", 1, None)),
        *(("record", 1, None), ("record", 2, 6), ("record", 2, None)),
        "wait",
    ]


def test_the_host_row_says_when_the_host_asked(gpus):
    x, b = two_gpus()
    with tf.Session() as session:
        scripted(session)
        _, metadata = traced(session, b, {x: np.eye(2)})
    found = nodes(metadata)
    # The scripted GPU takes a millisecond for everything; the host has called it and gone on.
    assert found["a"].all_start_nanos + found["a"].all_end_rel_nanos <= found["b"].all_start_nanos
    assert found["a"].timeline_label.startswith("a = MatMul(a/_copy_")
    (copy,) = [n for name, n in found.items() if name.endswith("MEMCPYPtoP")]
    assert copy.timeline_label == "MEMCPYPtoP 16 bytes (Device to Device)"
    assert copy.all_end_rel_nanos == 1_000_000


@pytest.mark.parametrize(
    ("level", "is_timed"),
    [("SOFTWARE_TRACE", False), ("HARDWARE_TRACE", True), ("FULL_TRACE", True)],
)
def test_the_level_says_whether_gpus_are_timed(gpus, level, is_timed):
    x, b = two_gpus()
    options = tf.RunOptions(trace_level=getattr(tf.RunOptions, level))
    with tf.Session() as session:
        timers = scripted(session)
        _, metadata = traced(session, b, {x: np.eye(2)}, options)
        assert bool(rows(metadata)) is is_timed
        assert all(bool(timer.log) is is_timed for timer in timers)
        assert "a" in nodes(metadata)


def test_deadlines_do_not_make_the_host_wait_for_gpus(gpus):
    x, b = two_gpus()
    with tf.Session() as session:
        timers = scripted(session)
        session.run(b, {x: np.eye(2)}, options=tf.RunOptions(timeout_in_ms=10_000))
    assert [timer.log for timer in timers] == [[], []]


def test_costs_of_a_gpu_are_its_own(gpus):
    config = tf.ConfigProto()
    config.graph_options.build_cost_model = 1
    x, b = two_gpus()
    with tf.Session(config=config) as session:
        scripted(session)
        _, metadata = traced(session, b, {x: np.eye(2)}, tf.RunOptions())
    costs = {node.name: node for node in metadata.cost_graph.node}
    assert costs["a"].compute_cost == costs["b"].compute_cost == 1000
    assert [o.size for o in costs["a"].output_info] == [16]
    (read,) = costs["_retval_b_0_0"].input_info
    copy = metadata.cost_graph.node[read.preceding_node]
    assert (copy.is_final, copy.compute_cost) == (True, 1000)
    assert copy.input_info[0].preceding_node == costs["b"].id
    assert costs["_arg_x_0_0"].control_input == [0]
    assert costs["_retval_b_0_0"].id in costs["_SINK"].control_input


def test_costs_name_the_outputs_that_are_read():
    config = tf.ConfigProto()
    config.graph_options.build_cost_model = 1
    x = tf.placeholder(tf.float32, [4], name="x")
    _, second = tf.split(x, 2, name="parts")
    y = tf.exp(second, name="y")
    with tf.Session(config=config) as session:
        _, metadata = traced(session, y, {x: np.ones(4)}, tf.RunOptions())
    costs = {node.name: node for node in metadata.cost_graph.node}
    (read,) = costs["y"].input_info
    assert (read.preceding_node, read.preceding_port) == (costs["parts"].id, 1)


@pytest.mark.gpu
@pytest.mark.usefixtures("real_cupy")
def test_a_gpu_tells_its_own_times():
    with tf.device("/gpu:0"):
        x = tf.random_normal([4096, 4096], name="x")
        y = tf.reduce_sum(tf.matmul(x, x, name="product"), name="y")
    with tf.Session() as session:
        session.run(y)
        before = time.time_ns()
        _, metadata = traced(session, y)
        after = time.time_ns()
    found = rows(metadata)
    times = {name: (start, length) for name, start, length in found["/device:GPU:0/stream:all"]}
    # 137 GFLOP at less than 1 PFLOP/s.
    assert times["product:MatMul"][1] > 137
    assert any(name.endswith(":MEMCPYDtoH") for name, _, _ in found["/device:GPU:0/memcpy"])
    clock = [node for nodes in found.values() for node in nodes]
    assert all(before // 1000 - 1000 <= start for _, start, _ in clock)
    assert all(start + length <= after // 1000 + 1000 for _, start, length in clock)
    in_order = [start for _, start, _ in found["/device:GPU:0/stream:1"]]
    assert in_order == sorted(in_order)


# ---- Memory ----


def test_only_what_is_allocated_counts_as_memory(gpus):
    with tf.device("/gpu:0"):
        x = tf.placeholder(tf.float32, [256, 256], name="x")
        y = tf.matmul(x, x, name="y")
        view = tf.reshape(y, [-1], name="view")
    with tf.Session() as session:
        _, metadata = traced(session, view, {x: np.eye(256)})
    found = nodes(metadata)
    size = 256 * 256 * 4
    (memory,) = found["y"].memory
    assert (memory.allocator_name, memory.total_bytes) == ("GPU_0_bfc", size)
    assert memory.allocator_bytes_in_use >= size
    assert found["y"].timeline_label.startswith("[GPU_0_bfc 0.2MB 0.2MB] y = MatMul(")
    assert not found["view"].memory
    assert found["view"].output
    (copy,) = [n for name, n in found.items() if n.timeline_label.endswith(" = Copy(view)")]
    assert [m.allocator_name for m in copy.memory] == ["cpu"]
    (fed,) = found["_arg_x_0_0"].output
    assert fed.tensor_description.allocation_description.requested_bytes == size


# ---- Metadata ----


def test_without_options_the_metadata_is_emptied():
    metadata = tf.RunMetadata()
    with tf.Session() as session:
        y = tf.random_normal([])
        session.run(y, options=FULL, run_metadata=metadata)
        assert metadata.step_stats.dev_stats
        session.run(y, run_metadata=metadata)
        assert metadata == tf.RunMetadata()
        session.run(y, options=tf.RunOptions(), run_metadata=metadata)
        assert metadata == tf.RunMetadata()


def test_metadata_is_replaced():
    metadata = tf.RunMetadata()
    metadata.partition_graphs.append(GraphDef())
    with tf.Session() as session:
        session.run(tf.random_normal([], name="n"), options=FULL, run_metadata=metadata)
        first = set(nodes(metadata))
        session.run(tf.random_uniform([], name="u"), options=FULL, run_metadata=metadata)
    assert not metadata.partition_graphs
    assert not {name for name in nodes(metadata) if name.startswith("n/")}
    assert {name for name in first if name.startswith("n/")}


def test_metadata_is_left_alone_on_errors():
    x = tf.placeholder(tf.int32, [], name="x")
    metadata = tf.RunMetadata()
    metadata.partition_graphs.append(GraphDef())
    before = metadata.SerializeToString()
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?i)division by zero") as error:
            session.run(6 // x, {x: 0}, options=FULL, run_metadata=metadata)
        assert error.value.op.type == "FloorDiv"
        assert metadata.SerializeToString() == before
        assert session.run(6 // x, {x: 3}, options=FULL, run_metadata=metadata) == 2
    assert metadata.SerializeToString() != before


def test_options_alone():
    with tf.Session() as session:
        assert session.run(tf.constant(1.0) + 1.0, options=FULL) == 2


def test_fetches_that_run_nothing():
    x = tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        result, metadata = traced(session, x, {x: 2.0})
    assert result == 2
    assert metadata == tf.RunMetadata()


def test_fed_and_computed_fetches_together():
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.Session() as session:
        result, metadata = traced(session, [x, x + 1.0], {x: 2.0})
    assert result == [2, 3]
    assert "_arg_x_0_0" in nodes(metadata)


def test_callables_take_options():
    with tf.Session() as session:
        run = session.make_callable(tf.random_normal([], name="n"), accept_options=True)
        metadata = tf.RunMetadata()
        run(options=FULL, run_metadata=metadata)
    assert "n/RandomStandardNormal" in nodes(metadata)


# ---- Options ----


@pytest.mark.parametrize("pool", [-2, 1, 5])
def test_invalid_pool(pool):
    with tf.Session() as session:
        y = tf.constant(1.0)
        text = f"^Invalid inter_op_thread_pool: {pool}$"
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            session.run(y, options=tf.RunOptions(inter_op_thread_pool=pool))
        assert session.run(y) == 1


@pytest.mark.parametrize("pool", [-1, 0])
def test_valid_pool(pool):
    with tf.Session() as session:
        assert session.run(tf.constant(1.0), options=tf.RunOptions(inter_op_thread_pool=pool)) == 1


def test_more_pools():
    config = tf.ConfigProto()
    config.session_inter_op_thread_pool.add()
    config.session_inter_op_thread_pool.add()
    with tf.Session(config=config) as session:
        y = tf.constant(1.0)
        assert session.run(y, options=tf.RunOptions(inter_op_thread_pool=1)) == 1
        with pytest.raises(tf.errors.InvalidArgumentError, match="inter_op_thread_pool: 2"):
            session.run(y, options=tf.RunOptions(inter_op_thread_pool=2))


def test_options_of_another_type():
    with tf.Session() as session, pytest.raises(AttributeError):
        session.run(tf.constant(1.0), options=3)


# ---- Deadlines ----


@pytest.fixture
def empty_queue():
    return FIFOQueue(4, [tf.float32], shapes=[[]])


def assert_times_out(session, fetches, options=None):
    start = time.monotonic()
    with pytest.raises(tf.errors.DeadlineExceededError) as error:
        session.run(fetches, options=options)
    assert error.value.message == "Timed out waiting for notification"
    assert error.value.op is None
    assert time.monotonic() - start < 5


def test_timeout_of_a_run(empty_queue):
    element = empty_queue.dequeue()
    with tf.Session() as session:
        assert_times_out(session, element, tf.RunOptions(timeout_in_ms=50))
        # The session goes on, and the step that was given up takes nothing from the queue.
        session.run(empty_queue.enqueue([7.0]))
        assert session.run(element, options=tf.RunOptions(timeout_in_ms=5000)) == 7


def test_timeout_of_a_session(empty_queue):
    element = empty_queue.dequeue()
    config = tf.ConfigProto(operation_timeout_in_ms=50)
    with tf.Session(config=config) as session:
        assert_times_out(session, element)
        assert_times_out(session, element, tf.RunOptions(timeout_in_ms=-1))
        session.run(empty_queue.enqueue([7.0]))
        assert session.run(element, options=tf.RunOptions(timeout_in_ms=5000)) == 7


def test_timeout_of_partial_runs_and_callables(empty_queue):
    element = empty_queue.dequeue()
    x = tf.placeholder(tf.float32, [], name="x")
    y = x + 1.0
    wanted = CallableOptions(fetch=[element.name])
    late = pytest.raises(tf.errors.DeadlineExceededError, match="Timed out waiting for notif")
    with tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=50)) as session:
        handle = session.partial_run_setup([element, y], [x])
        assert session.partial_run(handle, y, {x: 1.0}) == 2
        with late:
            session.partial_run(handle, element)
        with pytest.raises(tf.errors.InvalidArgumentError, match="Must run 'setup' before"):
            session.partial_run(handle, element)
        with late:
            session.make_callable(element)()
        with late:
            session._make_callable_from_options(wanted)()
        connected = CallableOptions(fetch=[y.name])
        connected.tensor_connection.add(from_tensor=element.name, to_tensor=x.name)
        with late:
            session._make_callable_from_options(connected)()
        assert session.run(y, {x: 1.0}) == 2


def test_what_ends_too_late_has_not_been_in_time():
    run = cancellation.Cancellation()
    reached = threading.Event()
    run.add(reached.set)
    with (
        pytest.raises(tf.errors.DeadlineExceededError, match=r"^Timed out waiting"),
        cancellation.deadline(run, 0.01),
    ):
        # Nothing here is interrupted: the time is over before the work is.
        assert reached.wait(10)


def test_pools_of_callables_are_checked():
    y = tf.constant(1.0) + 1.0
    wanted = CallableOptions(fetch=[y.name])
    wanted.run_options.inter_op_thread_pool = 5
    with tf.Session() as session:
        call = session._make_callable_from_options(wanted)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"^Invalid inter_op_thread_pool: 5"
        ):
            call()


def test_timeout_leaves_the_metadata_alone(empty_queue):
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE, timeout_in_ms=50)
    with tf.Session() as session, pytest.raises(tf.errors.DeadlineExceededError):
        session.run(empty_queue.dequeue(), options=options, run_metadata=metadata)
    assert metadata == tf.RunMetadata()


def test_a_run_in_time():
    options = tf.RunOptions(timeout_in_ms=10000)
    with tf.Session() as session:
        result, metadata = traced(session, tf.constant(1.0) + 2.0, options=options)
    assert result == 3
    assert metadata == tf.RunMetadata()


def test_tracing_what_waits_beside_the_rest(empty_queue):
    element = empty_queue.dequeue()
    with tf.Session() as session:
        (value, _), metadata = traced(session, [element, empty_queue.enqueue([5.0])])
    assert value == 5
    types = {
        node.timeline_label.partition(" = ")[2].partition("(")[0]
        for node in nodes(metadata).values()
    }
    assert {"QueueDequeueV2", "QueueEnqueueV2"} <= types


def test_closing_a_session_ends_a_traced_run(empty_queue):
    session = tf.Session()
    element = empty_queue.dequeue()
    timer = threading.Timer(0.1, session.close)
    timer.start()
    with pytest.raises(tf.errors.CancelledError):
        session.run(element, options=FULL)
    timer.join()


def test_costs_are_measured_every_so_many_runs():
    config = tf.ConfigProto()
    config.graph_options.build_cost_model = 2
    config.graph_options.build_cost_model_after = 1
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.exp(x, name="y")
        measured = []
        for _ in range(5):
            metadata = tf.RunMetadata()
            session.run(y, {x: [0, 0]}, run_metadata=metadata)
            measured.append([node.name for node in metadata.cost_graph.node])
            session.run(y * 2.0, {x: [0, 0]})
    assert [bool(names) for names in measured] == [False, False, True, False, True]
    assert "y" in measured[2]
