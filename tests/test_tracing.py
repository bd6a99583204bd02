"""RunOptions and RunMetadata: what a traced run tells, deadlines, and the metadata on errors."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import tfsession as tf
from tfsession.protos import GraphDef
from tfsession.queues import FIFOQueue

TASK = "/job:localhost/replica:0/task:0"
CPU = f"{TASK}/device:CPU:0"
FULL = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


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
    assert list(by_device) == [CPU, f"{TASK}/device:GPU:0", f"{TASK}/device:GPU:1"]
    assert all(names[0] == "_SOURCE" for names in by_device.values())
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
