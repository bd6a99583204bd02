"""What a session shows of its placement: the report, the log and the warning."""

from __future__ import annotations

import dataclasses
import html
import io
import logging
import re
import sys

import pytest
from placement_graphs import classed
from rich.console import Console
from rich.logging import RichHandler

import tfsession as tf
from tfsession.compile.program import short_device
from tfsession.report import placement_log

SOFT = tf.ConfigProto(allow_soft_placement=True)


@pytest.fixture(autouse=True)
def graph(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("TFSESSION_SIMULATED_GPUS", raising=False)
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def gpus(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x1GiB")


def reported(fetches, feeds=(), config=None):
    with tf.Session(config=config) as session:
        return session.explain_placement(fetches, feeds)


def reasons(fetches, config=None):
    return {op.name: op.reason for op in reported(fetches, config=config).ops}


def copies(report):
    return [
        (c.tensor, short_device(c.source), short_device(c.target), c.bytes, c.readers)
        for c in report.copies
    ]


# ---- The report ----


@pytest.mark.usefixtures("gpus")
def test_operations_have_device_request_and_reason():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    with tf.device("/gpu:1"):
        y = tf.exp(x, name="y")
    text = tf.as_string(y, name="text")
    report = reported(text, {x: None})
    assert [(op.name, op.type, short_device(op.device), op.requested) for op in report.ops] == [
        ("y", "Exp", "GPU:1", "/device:GPU:1"),
        ("text", "AsString", "CPU:0", ""),
    ]
    assert [op.reason for op in report.ops] == [
        "requested /device:GPU:1",
        "only CPU has a kernel for AsString",
    ]
    assert not any(op.is_moved for op in report.ops)


@pytest.mark.usefixtures("gpus")
def test_copies_have_ends_readers_and_sizes():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    with tf.device("/gpu:0"):
        a = tf.exp(x, name="a")
    with tf.device("/gpu:1"):
        b = tf.add(tf.sin(a, name="s"), a, name="b")
    report = reported(b, [x])
    assert copies(report) == [
        ("x:0", "CPU:0", "GPU:0", 24, ("a",)),
        ("a:0", "GPU:0", "GPU:1", 24, ("s", "b")),
        ("b:0", "GPU:1", "CPU:0", 24, ()),
    ]
    totals = {short_device(d.name): (d.operations, d.bytes_in, d.bytes_out) for d in report.devices}
    assert totals == {"CPU:0": (0, 24, 24), "GPU:0": (1, 24, 24), "GPU:1": (2, 24, 24)}


@pytest.mark.usefixtures("gpus")
def test_sizes_that_are_not_known_before_the_run():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder(tf.float64, name="y")
    report = reported([tf.exp(x), tf.exp(y)], [x, y])
    assert {c.tensor: (c.bytes, c.dims) for c in report.copies if c.tensor in ("x:0", "y:0")} == {
        "x:0": (None, (None, 3)),
        "y:0": (None, None),
    }
    assert "12 B x ?" in str(report)
    assert "unknown float64<unknown>" in str(report)
    assert "2 (?)" in str(report)


@pytest.mark.usefixtures("gpus")
def test_copies_of_variables_and_loops_have_names():
    with tf.device("/cpu:0"):
        v = tf.get_variable("v", initializer=tf.ones([4]), use_resource=False)
        start = tf.reduce_sum(v._ref(), name="start")

    def grow(x):
        with tf.device("/cpu:0"):
            y = tf.sin(x, name="y")
        return tf.cos(y, name="z")

    with tf.device("/gpu:0"):
        read = tf.exp(v._ref(), name="read")
        grown = tf.while_loop(lambda x: x < 9.0, grow, [start])
    found = {(c[0], c[4][:1]) for c in copies(reported([read, grown]))}
    assert ("v:0", ("read",)) in found
    assert ("while/y:0", ("while/z",)) in found


@pytest.mark.usefixtures("gpus")
def test_totals_of_variables_and_constants():
    with tf.device("/gpu:1"):
        v = tf.get_variable("v", shape=[8, 2], initializer=tf.zeros_initializer())
        w = tf.Variable(tf.placeholder(tf.float32), validate_shape=False, name="w")
        y = tf.reduce_sum(v * tf.constant([1.0, 2.0])) + tf.reduce_sum(w)
    report = reported(y)
    gpu = report.devices[2]
    assert (gpu.variable_bytes, gpu.operations) == (64, len(report.ops))
    graph = tf.get_default_graph()
    constants = [graph.get_tensor_by_name(f"{o.name}:0") for o in report.ops if o.type == "Const"]
    assert constants
    assert gpu.constant_bytes == sum(4 * tensor.shape.num_elements() for tensor in constants)


def test_what_is_fed_does_not_run():
    x = tf.placeholder(tf.float32, [2], name="x")
    report = reported(x, [x])
    assert (report.ops, report.copies) == ((), ())
    assert str(report).startswith("nothing runs: every fetch is fed\n")
    assert [d.operations for d in report.devices] == [0]


def test_a_report_is_data_that_stays_as_it_is():
    report = reported(tf.exp(tf.constant(1.0)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.ops = ()
    assert report.ops[0].reason == "the only device"


@pytest.mark.usefixtures("gpus")
def test_the_table():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    with tf.device("/gpu:1"):
        y = tf.exp(x, name="y")
    assert str(reported(y, [x])) == (
        "Operation  Type  Device  Why\n"
        "---------  ----  ------  -----------------------\n"
        "y          Exp   GPU:1   requested /device:GPU:1\n"
        "\n"
        "Copy of  From   To     Size  For\n"
        "-------  -----  -----  ----  ---------\n"
        "x:0      CPU:0  GPU:1  24 B  y\n"
        "y:0      GPU:1  CPU:0  24 B  the fetch\n"
        "\n"
        "Device  Operations  Variables  Constants  Copies in  Copies out\n"
        "------  ----------  ---------  ---------  ---------  ----------\n"
        "CPU:0   0           0 B        0 B        1 (24 B)   1 (24 B)\n"
        "GPU:0   0           0 B        0 B        0          0\n"
        "GPU:1   1           0 B        0 B        1 (24 B)   1 (24 B)\n"
    )


@pytest.mark.usefixtures("gpus")
def test_the_table_fits_and_names_stay_whole():
    with tf.device("/gpu:7"), tf.name_scope("a_long_name_of_a_scope/and_one_inside_of_it"):
        y = tf.matrix_inverse(tf.ones([2, 2]), name="an_operation_with_a_name")
        train = tf.train.AdamOptimizer().minimize(tf.reduce_sum(tf.Variable(y) * y))
    lines = str(reported(train, config=SOFT)).splitlines()
    name = y.op.name
    assert name in lines
    assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []


# ---- Reasons ----


@pytest.mark.usefixtures("gpus")
def test_reasons_name_what_decided():
    with tf.device("/gpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
        w = tf.get_variable("w", initializer=1.0, use_resource=True)
    with tf.device("/cpu:0"):
        again = tf.assign(v, 2.0, name="again")
        size = tf.shape(tf.placeholder_with_default([1.0], [None], name="x"), name="size")
    found = reasons([v.initializer, w.initializer, w.read_value(), again, size, v.value()])
    assert found["v"] == found["w"] == "requested /device:GPU:1"
    assert found["v/Assign"] == "colocated with v, which requests /device:GPU:1"
    assert found["w/Assign"] == "colocated with w, which requests /device:GPU:1"
    assert found["again"] == "colocated with v, which requests /device:GPU:1"
    assert found["again/value"] == "requested /device:CPU:0"
    assert found["size"] == "requested /device:CPU:0"


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("device", ["/device:GPU:0", ""])
def test_slots_are_where_their_variable_asks_to_be(use_resource, device):
    with tf.device(device):
        v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=use_resource)
        loss = tf.reduce_sum(v * v)
        train = tf.train.AdamOptimizer().minimize(loss)
    found = reasons([train, tf.global_variables_initializer()])
    if device:
        assert found["v"] == f"requested {device}"
    else:
        assert "colocated" not in found["v"]
    tail = f", which requests {device}" if device else ""
    for slot in ("v/Adam", "v/Adam_1", "beta1_power"):
        assert found[slot] == f"colocated with v{tail}"


@pytest.mark.usefixtures("gpus")
def test_no_reason_names_its_own_operation():
    v = tf.get_variable("v", initializer=tf.ones([4, 4]), use_resource=False)
    n = tf.get_variable("n", initializer=tf.constant([1]), use_resource=False)
    with tf.get_default_graph().colocate_with(v.op):
        a = tf.exp(tf.constant(2.0), name="a")
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(tf.gather(v, n)))
    with tf.control_dependencies([train]):
        report = reported([a, tf.global_variables_initializer(), tf.assign_add(n, [1])])
    found = {op.name: op.reason for op in report.ops}
    assert [n for n, reason in found.items() if re.search(f"with {n}([,:;]|$)", reason)] == []
    assert found["n"] == "only CPU has a kernel for VariableV2 of int32"
    assert found["n/Assign"] == "colocated with n: only CPU has a kernel for VariableV2 of int32"
    update = next(op.name for op in report.ops if op.type == "SparseApplyMomentum")
    only = "only CPU has a kernel for SparseApplyMomentum"
    assert found[update] == only
    assert found["v"] == f"colocated with {update}: {only}"


@pytest.mark.usefixtures("gpus")
def test_metadata_and_generators_name_their_neighbours():
    with tf.device("/gpu:1"):
        x = tf.exp(tf.placeholder_with_default([1.0], [None]), name="x")
    size = tf.shape(x, name="size")
    c = tf.constant(1.0, name="c")
    with tf.device("/gpu:1"):
        z = tf.exp(c)
    found = {op.name: (short_device(op.device), op.reason) for op in reported([size, z]).ops}
    assert found["c"] == ("GPU:1", "beside its consumers")
    assert found["size"] == ("GPU:1", "metadata of x, beside it")


@pytest.mark.usefixtures("gpus")
def test_a_graph_that_grows_keeps_its_reasons():
    with tf.device("/gpu:1"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
    with tf.Session() as session:
        before = session.explain_placement(v.initializer)
        again = tf.assign(v, 2.0, name="again")
        after = session.explain_placement([v.initializer, again])
    assert set(before.ops) <= set(after.ops)
    assert {op.name: op.reason for op in after.ops}["again"] == "colocated with v"


@pytest.mark.usefixtures("gpus")
def test_a_step_that_was_compiled_before_is_shown_as_it_runs():
    c = tf.placeholder(tf.float32, [], name="c")
    y = tf.exp(c, name="y")
    with tf.Session() as session:
        before = session.explain_placement(y, [c])
        with tf.device("/gpu:1"):
            z = tf.exp(2.0, name="z")
        classed(tf, y, "z")
        moved = {op.name: op for op in session.explain_placement([y, z, y + 1.0], [c]).ops}
        cached = {op.name: op for op in session.explain_placement(y, [c]).ops}
    assert short_device(moved["y"].device) == "GPU:1"
    assert cached["y"].device == {op.name: op for op in before.ops}["y"].device
    assert short_device(cached["y"].device) == "GPU:0"
    assert cached["y"].reason == "placed when this step was compiled"


def test_reasons_of_soft_placement():
    with tf.device("/gpu:0"):
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
    report = reported(v.initializer, config=SOFT)
    missing = "soft placement: /device:GPU:0 does not exist"
    found = {op.name: op.reason for op in report.ops}
    assert found["v"] == missing
    assert found["v/Assign"] == f"colocated with v; {missing}"
    assert "No GPU is visible to this session: `tfsession doctor` says why." in str(report)
    assert all(op.is_moved for op in report.ops if op.name in ("v", "v/Assign"))


@pytest.mark.usefixtures("gpus")
def test_soft_placement_is_named_where_neighbours_decide():
    with tf.device("/gpu:7"):
        c = tf.placeholder_with_default([1.0], [None], name="c")
        tf.shape(c, name="s")
    found = reasons("s:0", config=SOFT)
    why = "soft placement: /device:GPU:7 does not exist"
    assert found == {
        "c/input": f"{why}; beside its consumers",
        "c": why,
        "s": f"{why}; metadata of c, beside it",
    }


@pytest.mark.usefixtures("gpus")
def test_reasons_of_requests_that_contradict_each_other():
    a = tf.placeholder(tf.float32, name="a")
    b = tf.exp(tf.placeholder(tf.float32), name="b")
    a.op.requested_device, b.op.requested_device = "/device:GPU:1", "/device:CPU:0"
    b.op.attrs["_class"] = [b"loc:@a"]
    with tf.Session(config=SOFT) as session:
        (op,) = session.explain_placement(b, [b.op.inputs[0]]).ops
    assert op.reason == (
        "soft placement: a requests /device:GPU:1, b, colocated with it, /device:CPU:0"
    )
    assert op.is_moved


def test_what_cannot_be_placed_fails_every_time():
    with tf.device("/gpu:0"):
        tf.constant(1.0)
    y = tf.exp(2.0)
    with tf.Session() as session:
        for _ in range(2):
            with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device"):
                session.run(y)


def test_a_gpu_that_is_not_there_says_where_to_look():
    with tf.device("/gpu:0"):
        y = tf.exp(2.0, name="y")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.run(y)
    assert "appears to be a GPU, but CUDA is not enabled." in caught.value.message
    (note,) = caught.value.__notes__
    assert "`tfsession doctor`" in note
    assert "allow_soft_placement=True" in note
    with tf.Graph().as_default(), tf.device("/cpu:7"):
        z = tf.exp(2.0, name="z")
    with (
        tf.Session(graph=z.graph) as session,
        pytest.raises(tf.errors.InvalidArgumentError) as caught,
    ):
        session.run(z)
    assert not hasattr(caught.value, "__notes__")


# ---- The warning ----


def warnings(caplog):
    return [r.getMessage() for r in caplog.records if r.getMessage().startswith("Soft placement")]


def network(size=4):
    """Products of matrices, one after the other."""
    y = x = tf.placeholder(tf.float32, [None, size], name="x")
    for number in range(3):
        y = tf.nn.relu(tf.matmul(y, tf.ones([size, size]), name=f"product{number}"))
    return x, y


def test_work_that_was_meant_for_a_gpu_is_reported_once(caplog):
    with tf.device("/gpu:0"):
        x, y = network()
        with tf.Session(config=SOFT) as session:
            session.run(y, {x: [[1, 2, 3, 4]]})
            session.run(tf.matmul(y, y, transpose_b=True), {x: [[1, 2, 3, 4]]})
    (text,) = warnings(caplog)
    assert text.startswith(
        "Soft placement: 6 operations meant for a GPU are on the CPU, because no GPU is visible to "
        "this session (`tfsession doctor` says why): 3 MatMul, 3 Relu. The first is 'product0' ("
    )
    assert f"{__file__}:" in text
    assert "session.explain_placement(fetches) shows" in text


def test_each_session_warns(caplog):
    with tf.device("/gpu:0"):
        x, y = network()
    for _ in range(2):
        with tf.Session(config=SOFT) as session:
            session.run(y, {x: [[1, 2, 3, 4]]})
    assert len(warnings(caplog)) == 2


def test_little_work_is_not_reported(caplog):
    with tf.device("/gpu:0"):
        y = tf.matmul(tf.ones([2, 3]), tf.ones([3, 2]))
    with tf.Session(config=SOFT) as session:
        session.run(y)
        assert warnings(caplog) == []
        with tf.device("/gpu:0"):
            for _ in range(placement_log.FEW_OPERATIONS):
                y = tf.exp(y)
        session.run(y)
    assert len(warnings(caplog)) == 1


def test_training_on_the_cpu_is_not_reported(caplog):
    x, y = network(100)
    loss = tf.reduce_sum(y * tf.Variable(tf.ones([100])))
    train = tf.train.AdamOptimizer().minimize(loss)
    with tf.Session(config=SOFT) as session:
        session.run(tf.global_variables_initializer())
        session.run(train, {x: [[1.0] * 100]})
    assert warnings(caplog) == []


@pytest.mark.parametrize("has_gpus", [False, True])
def test_what_belongs_on_the_host_is_not_reported(caplog, monkeypatch, has_gpus):
    if has_gpus:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
        monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    with tf.device("/gpu:0"):
        for _ in range(2 * placement_log.FEW_OPERATIONS):
            queue = tf.FIFOQueue(10, [tf.float32], shapes=[[5000]])
            queue.enqueue(tf.ones([5000]))
            values = tf.string_to_number(tf.as_string(queue.dequeue()))
            tf.shape(tf.identity(tf.placeholder(tf.float32)))
            tf.Variable(values)
    with tf.Session(config=SOFT) as session:
        session.run(tf.no_op())
    assert warnings(caplog) == []


def test_gpus_that_are_switched_off_are_not_missed(caplog):
    with tf.device("/gpu:0"):
        x, y = network()
    config = tf.ConfigProto(allow_soft_placement=True, device_count={"GPU": 0})
    with tf.Session(config=config) as session:
        session.run(y, {x: [[1, 2, 3, 4]]})
    assert warnings(caplog) == []


@pytest.mark.usefixtures("gpus")
def test_operations_without_gpu_kernel_are_reported_with_the_reason(caplog):
    values = tf.placeholder(tf.float32, [None])
    with tf.device("/gpu:0"):
        y = tf.segment_max(values, tf.constant([0, 0]))
    with tf.Session(config=SOFT) as session:
        session.run(y, {values: [1, 2]})
    (text,) = warnings(caplog)
    assert text.startswith(
        "Soft placement: 1 operation meant for a GPU is on the CPU: 1 SegmentMax (soft placement: "
        "/device:GPU:0 has no kernel for SegmentMax). The first is 'SegmentMax' ("
    )


@pytest.mark.usefixtures("gpus")
def test_many_operations_without_gpu_kernel_need_no_request(caplog):
    values = tf.placeholder(tf.float32, [None])
    found = [tf.segment_max(values, tf.constant([0, 0])) for _ in range(10)]
    with tf.Session(config=SOFT) as session:
        session.run(found, {values: [1, 2]})
        assert warnings(caplog) == []
        session.run(tf.segment_min(values, tf.constant([0, 0])), {values: [1, 2]})
    (text,) = warnings(caplog)
    assert "10 SegmentMax (only CPU has a kernel for SegmentMax), 1 SegmentMin (" in text


@pytest.mark.usefixtures("gpus")
def test_variables_that_move_are_reported_once_for_all(caplog):
    """TensorFlow writes a dozen lines for each of them."""
    with tf.device("/gpu:0"):
        counters = [tf.get_variable(f"v{n}", [], tf.int32, use_resource=False) for n in range(100)]
    with tf.Session(config=SOFT) as session:
        session.run(counters[0].initializer)
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        text = record.getMessage()
        session.run(tf.assign_add(counters[0], 1))
    assert len(caplog.records) == 1
    assert text.startswith(
        "Failed to place the graph without changing the devices of some resources: 100 are not "
        "where asked for. The first is 'v0' ("
    )
    assert text.endswith(
        "), on CPU:0: soft placement: /device:GPU:0 has no kernel for VariableV2 of int32. The "
        "level DEBUG shows their colocation groups."
    )


@pytest.mark.usefixtures("gpus")
def test_another_gpu_is_a_gpu(caplog):
    with tf.device("/gpu:5"):
        x, y = network()
    with tf.Session(config=SOFT) as session:
        session.run(y, {x: [[1, 2, 3, 4]]})
    assert warnings(caplog) == []


# ---- log_device_placement ----


@pytest.fixture
def logger():
    logger = logging.getLogger("tfsession")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    yield logger
    logger.handlers[:], logger.propagate = handlers, propagate
    logger.setLevel(level)


def logged_placement():
    """Runs two steps, the second one after the graph has grown."""
    y = tf.exp(tf.placeholder_with_default(1.0, [], name="x"), name="y")
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
        session.run(y)
        session.run(y)
        session.run(tf.sin(y, name="z"))


LINES = [
    "Device mapping: no known devices.",
    "x: (PlaceholderWithDefault): /job:localhost/replica:0/task:0/device:CPU:0",
    "y: (Exp): /job:localhost/replica:0/task:0/device:CPU:0",
    "x/input: (Const): /job:localhost/replica:0/task:0/device:CPU:0",
    "z: (Sin): /job:localhost/replica:0/task:0/device:CPU:0",
]


def test_placement_is_written_to_stderr(capsys):
    logged_placement()
    assert capsys.readouterr().err.splitlines() == LINES


def test_placement_goes_through_logging(capsys, caplog, logger):
    logger.setLevel(logging.INFO)
    logged_placement()
    assert [r.getMessage() for r in caplog.records] == LINES
    assert capsys.readouterr().err.splitlines() == LINES


@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_placement_is_not_written_twice_to_a_terminal(capsys, logger, stream):
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(getattr(sys, stream)))
    logged_placement()
    printed = capsys.readouterr()
    shown, silent = (printed.err, printed.out)[:: 1 if stream == "stderr" else -1]
    assert shown.splitlines() == LINES
    assert silent == ""


def test_a_handler_of_rich_is_a_terminal(capsys, logger):
    logger.setLevel(logging.INFO)
    logger.addHandler(RichHandler(console=Console(stderr=True, width=200), show_path=False))
    logged_placement()
    assert capsys.readouterr().err.count("y: (Exp): ") == 1


@pytest.mark.parametrize("case", ["level", "stream", "child"])
def test_handlers_that_show_nothing_do_not_count(capsys, logger, case):
    handler = logging.StreamHandler(io.StringIO() if case == "stream" else sys.stderr)
    handler.setLevel(logging.WARNING if case == "level" else logging.INFO)
    logger.setLevel(logging.INFO)
    other = logging.getLogger("tfsession.other") if case == "child" else logger
    other.addHandler(handler)
    logged_placement()
    other.removeHandler(handler)
    assert capsys.readouterr().err.splitlines() == LINES


def test_notebooks_show_text_with_its_lines(graph):
    y = tf.constant([1.0]) + 1.0
    with tf.Session() as session:
        for shown in (session.explain(y), session.explain_placement(y)):
            page = shown._repr_html_()
            assert page.startswith("<pre")
            assert html.unescape(page.partition(">")[2].removesuffix("</pre>")) == str(shown)
