"""Sessions: construction, life, fetches, feeds, errors, and the session usable after each."""

from __future__ import annotations

import collections
import dataclasses
import gc
import logging
import signal
import threading
import types
import warnings
import weakref

import attrs
import numpy as np
import pytest

import tfsession as tf
from tfsession.compile.step_runtime import SeveralFailures
from tfsession.devices.interchange import is_on_gpu
from tfsession.devices.simulated import SimulatedDevice
from tfsession.graph.composites import IndexedSlicesValue
from tfsession.graph.default_session import default_sessions
from tfsession.protos import CallableOptions
from tfsession.run import op_errors, session as sessions
from tfsession.run.fetches import register_session_run_conversion_functions
from tfsession.run.graph_changes import GROWING_RUNS
from tfsession.run.op_errors import located
from tfsession.run.runner import MAX_PLANS

find = op_errors._failed_instruction

pytestmark = pytest.mark.usefixtures("graph")


# ---- Construction and life ----


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"graph": 3}, TypeError, "graph must be a tf.Graph, but got <class 'int'>"),
        ({"target": 3}, TypeError, "target must be a string, but got <class 'int'>"),
        ({"config": {}}, TypeError, "config must be a tf.ConfigProto, but got <class 'dict'>"),
        ({"target": "local"}, tf.errors.NotFoundError, "No session factory registered"),
        (
            {"config": tf.ConfigProto(device_count={"CPU": 0})},
            tf.errors.NotFoundError,
            "No CPU devices are available in this process",
        ),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        tf.Session(**arguments)


def test_config_given_as_target():
    with pytest.raises(TypeError, match=r'Did you do "Session\(config\)"'):
        tf.Session(tf.ConfigProto())


def test_properties(graph, session):
    tf.constant(1.0, name="c")
    assert session.graph is graph
    assert session.sess_str == b""
    assert [n.name for n in session.graph_def.node] == ["c"]
    (cpu,) = session.list_devices()
    assert cpu.name == "/job:localhost/replica:0/task:0/device:CPU:0"
    assert (cpu.device_type, cpu.memory_limit_bytes) == ("CPU", 268435456)
    assert repr(cpu).startswith(f"_DeviceAttributes({cpu.name}, CPU, 268435456, ")


def test_the_graph_is_the_default_one_of_the_construction(graph):
    session = tf.Session()
    with tf.Graph().as_default():
        assert session.graph is graph
        assert tf.Session(None).sess_str == b""
    session.close()
    assert session.graph_def == graph.as_graph_def()


def test_a_closed_session_refuses_to_run():
    c = tf.constant(1.0)
    session = tf.Session()
    assert session.run(c) == 1
    session.close()
    session.close()
    with pytest.raises(RuntimeError, match=r"^Attempted to use a closed Session\.$"):
        session.run(c)
    assert session.graph is c.graph


def test_an_empty_graph_cannot_run(session):
    with pytest.raises(RuntimeError, match=r"The Session graph is empty\.  Add operations"):
        session.run([])


def test_with_makes_graph_and_session_the_default():
    graph = tf.Graph()
    with tf.Session(graph=graph) as session:
        assert tf.get_default_session() is session
        assert tf.get_default_graph() is graph
        with pytest.raises(RuntimeError, match="not re-entrant"), session:
            pass
    assert tf.get_default_session() is None
    with pytest.raises(RuntimeError, match="closed Session"):
        session.run("x")


def test_exceptions_pass_through_and_close():
    with pytest.raises(ZeroDivisionError), tf.Session() as session:
        raise ZeroDivisionError
    with pytest.raises(RuntimeError, match="closed"):
        session.run([])


def test_an_error_is_not_held_up_by_a_session_that_does_not_close(monkeypatch, caplog):
    monkeypatch.setattr(sessions, "CLOSING_SECONDS", 0.01)
    session = tf.Session()
    entered, let_go = threading.Event(), threading.Event()

    def hold():
        with session._runner.lock:
            entered.set()
            let_go.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait()
    with pytest.raises(ZeroDivisionError), session:
        raise ZeroDivisionError
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.message.startswith("Session failed to close after 0 seconds. Continuing after ")
    closing = [t for t in threading.enumerate() if t.name == "SessionCloseThread"]
    let_go.set()
    for thread in (holder, *closing):
        thread.join()
    assert session._runner.closed


def test_a_block_that_ends_well_closes_in_its_own_thread(monkeypatch):
    monkeypatch.setattr(threading.Thread, "start", None)
    with tf.Session() as session:
        pass
    assert session._runner.closed


def test_an_exception_of_type_op_error_is_logged(caplog):
    with pytest.raises(tf.OpError), tf.Session():
        raise tf.OpError(None, None, "what", 3)
    assert [r.message for r in caplog.records] == ["Session closing due to OpError: what"]
    caplog.clear()
    with pytest.raises(tf.errors.InternalError), tf.Session():
        raise tf.errors.InternalError(None, None, "what")
    assert not caplog.records


def test_as_default_does_not_close():
    c = tf.constant(2.0)
    session = tf.Session()
    with session.as_default(), session.as_default():
        assert c.eval() == 2
    assert session.run(c) == 2
    session.close()


def test_stacks_are_per_thread(session):
    found = []
    thread = threading.Thread(
        target=lambda: found.extend([tf.get_default_session(), tf.get_default_graph()])
    )
    thread.start()
    thread.join()
    assert found[0] is None
    assert found[1] is not session.graph


def test_a_dropped_session_is_collected():
    v = tf.get_variable("v", initializer=np.ones(3, np.float32))
    session = tf.Session()
    session.run(v.initializer)
    reference = weakref.ref(session)
    cell = weakref.ref(session._runner.resources)
    del session
    gc.collect()
    assert reference() is None
    assert cell() is None


def test_variables_belong_to_the_session():
    v = tf.get_variable("v", initializer=1.0)
    with tf.Session() as first, tf.Session() as second:
        first.run(v.initializer)
        assert first.run(v) == 1
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
            second.run(v)


def test_reset_clears_and_closes():
    v = tf.get_variable("v", initializer=1.0)
    session = tf.Session()
    session.run(v.initializer)
    tf.Session.reset("")
    with pytest.raises(tf.errors.CancelledError, match=r"Session has been closed\."):
        session.run(v)
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        tf.Session.reset(3)


class Ends:
    """A fed value that ends its session in the middle of a run: when it is converted."""

    def __init__(self, end):
        self._end = end

    def __array__(self, dtype=None, copy=None):
        self._end()
        return np.zeros((), np.float32)


def in_a_thread(function):
    """What a function of no arguments ends with, in a thread that a test may leave behind."""
    ends = []

    def call():
        try:
            ends.append(function())
        except Exception as error:
            ends.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread, ends


@pytest.mark.parametrize("resets", [False, True])
@pytest.mark.parametrize("kind", ["waits", "reads", "traced", "raw"])
def test_a_run_that_comes_too_late_to_be_cancelled(graph, kind, resets):
    queue = tf.FIFOQueue(1, [tf.float32], [[]])
    v = tf.get_variable("v", initializer=1.0, use_resource=False)
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.add(x, v if kind == "reads" else queue.dequeue(), name="y")
    session = tf.Session()
    session.run(v.initializer)
    value = Ends(lambda: tf.Session.reset("") if resets else session.close())
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE) if kind == "traced" else None
    if kind == "raw":
        raw = session._make_callable_from_options(CallableOptions(feed=["x:0"], fetch=["y:0"]))
        thread, ends = in_a_thread(lambda: raw(value))
    else:
        thread, ends = in_a_thread(lambda: session.run(y, {x: value}, options=options))
    thread.join(20)
    assert not thread.is_alive()
    assert type(ends[0]) is tf.errors.CancelledError
    assert ends[0].message == "Session has been closed."


def test_closing_ends_a_loop():
    begun = tf.get_variable("begun", initializer=0, use_resource=True)
    session = tf.Session()
    session.run(begun.initializer)
    with tf.control_dependencies([begun.assign_add(1)]):
        first = tf.identity(0)
    loop = tf.while_loop(lambda i: i < 1, tf.identity, [first], name="forever")
    thread, ends = in_a_thread(lambda: session.run(loop))
    while session.run(begun) == 0:
        pass
    session.close()
    thread.join(20)
    assert not thread.is_alive()
    assert type(ends[0]) is tf.errors.CancelledError
    assert ends[0].message.startswith("Loop execution was cancelled.\n\t [[node forever/LoopCond")
    assert ends[0].op.type == "LoopCond"


def test_eval_and_run_without_a_session():
    c = tf.constant(1.0)
    with pytest.raises(ValueError, match=r"Cannot evaluate tensor using `eval\(\)`"):
        c.eval()
    with pytest.raises(ValueError, match=r"Cannot execute operation using `run\(\)`"):
        c.op.run()
    with tf.Session(graph=tf.Graph()) as other:
        with pytest.raises(ValueError, match="Cannot use the given session to evaluate tensor"):
            c.eval(session=other)
        with pytest.raises(ValueError, match="Cannot use the default session to execute"):
            c.op.run()


def test_interactive_session():
    config = tf.ConfigProto()
    session = tf.InteractiveSession(config=config)
    assert config.graph_options.place_pruned_graph
    assert tf.constant(3.0).eval() == 3
    with pytest.warns(UserWarning, match="An interactive session is already active"):
        second = tf.InteractiveSession()
    assert second._config.gpu_options.allow_growth
    second.close()
    session.close()
    session.close()
    assert tf.get_default_session() is None


def test_the_graph_of_an_interactive_session_is_the_default_one_where_it_is_given(graph):
    other = tf.Graph()
    session = tf.InteractiveSession(graph=other)
    assert tf.get_default_graph() is other
    session.close()
    assert tf.get_default_graph() is graph


# ---- Fetches ----

Point = collections.namedtuple("Point", ["x", "y"])


@attrs.define
class Box:
    left: object
    right: object


def test_every_structure_of_fetches(session):
    a, b = tf.constant(1.0, name="a"), tf.constant([2.0, 3.0], name="b")
    assert session.run(a) == 1
    assert isinstance(session.run(a), np.float32)
    assert session.run(a.op) is None
    assert session.run("a:0") == 1
    assert session.run("a") is None
    assert [session.run(empty) for empty in ([], (), {})] == [[], (), {}]
    assert session.run([a, [a, (a,)]]) == [1, [1, (1,)]]
    point = session.run(Point(a, {"k": a}))
    assert type(point) is Point
    assert point == Point(1, {"k": 1})
    box = session.run(Box(a, [a.op]))
    assert type(box) is Box
    assert box == Box(1, [None])
    ordered = session.run(collections.OrderedDict([("z", a), ("a", a)]))
    assert type(ordered) is collections.OrderedDict
    assert list(ordered) == ["z", "a"]
    np.testing.assert_array_equal(session.run([b, a])[0], [2, 3])
    first, second = session.run([b, "b:0"])
    assert first is second


def test_names_and_elements_in_other_forms(session):
    parts = tf.split(tf.constant([1.0, 2.0]), 2, name="parts")
    assert session.run(b"parts:0") == 1
    assert session.run("parts:-1") == 2

    class Element:
        def _as_graph_element(self):
            return parts[1]

    assert session.run([Element()]) == [2]
    assert session.run(parts[0] + 0.0, {"parts:0": [5.0]}) == 5


def test_list_and_tuple_of_the_same_fetches_differ(session):
    a = tf.constant(1.0)
    assert session.run([a]) == [1]
    assert session.run((a,)) == (1,)
    assert session.run([a]) == [1]


@pytest.mark.parametrize(
    ("fetch", "error", "message"),
    [
        (None, TypeError, r"Fetch argument None has invalid type <class 'NoneType'>"),
        ([None], TypeError, r"Fetch argument None has invalid type"),
        (
            3,
            TypeError,
            r"Fetch argument 3 has invalid type <class 'int'>, must be a string or Tensor\. "
            r"\(Can not convert a int into a Tensor or Operation\.\)",
        ),
        (
            "zz",
            ValueError,
            r"Fetch argument 'zz' cannot be interpreted as a Tensor\. \(\"The name 'zz' refers to "
            r"an Operation not in the graph\.\"\)",
        ),
        ("a:7", ValueError, r"exists but only has 1 outputs"),
        ("a:x", ValueError, r"looks a like a Tensor name, but is not a valid one"),
        ({1, 2}, TypeError, r"has invalid type <class 'set'>"),
    ],
)
def test_bad_fetches(session, fetch, error, message):
    a = tf.constant(1.0, name="a")
    with pytest.raises(error, match=message):
        session.run(fetch)
    assert session.run(a) == 1


def test_a_fetch_of_another_graph(session):
    tf.constant(1.0)
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    with pytest.raises(ValueError, match="is not an element of this graph"):
        session.run(other)


def test_prevent_fetching(session):
    a = tf.constant(1.0, name="a")
    a.graph.prevent_fetching(a.op)
    with pytest.raises(ValueError, match="Operation 'a' has been marked as not fetchable"):
        session.run(a)


# ---- Feeds ----


def test_feeds_convert(session):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = x * 2.0
    for value in ([1, 2], (1.0, 2.0), np.array([1, 2], np.int64), np.array([1.0, 2.0])):
        np.testing.assert_array_equal(session.run(y, {x: value}), [2, 4])
    np.testing.assert_array_equal(session.run(y, {"x:0": [1]}), [2])
    i = tf.placeholder(tf.int32, [])
    assert session.run(i + 1, {i: 1.7}) == 2
    assert session.run(i + 1, {i: np.int64(2**32 + 4)}) == 5, "only Python's own ints are checked"
    free, flag = tf.placeholder(tf.float32), tf.placeholder(tf.bool, [])
    assert np.isnan(session.run(free + 1.0, {free: None}))
    assert [session.run(free + 1.0, {free: value}) for value in ("1.5", True)] == [2.5, 2]
    assert not session.run(tf.logical_not(flag), {flag: 1})
    with pytest.warns(np.exceptions.ComplexWarning):
        assert session.run(free + 1.0, {free: np.array([1 + 2j])}).tolist() == [2]
    s = tf.placeholder(tf.string, [None])
    assert session.run(tf.identity(s), {s: ["a", b"b\0"]}).tolist() == [b"a", b"b\0"]


def test_any_tensor_can_be_fed(session):
    a = tf.constant(1.0)
    b = a + 1.0
    assert session.run(b * 3.0, {b: 10.0}) == 30
    assert session.run(b, {a: 10.0}) == 11


WRITERS = {
    "Assign": lambda v: v.assign(2.0),
    "AssignAdd": lambda v: v.assign_add(2.0),
    "IsVariableInitialized": lambda v: tf.is_variable_initialized(v),
    "cond/Assign/Switch": lambda v: tf.cond(tf.constant(True), lambda: v.assign(5.0), lambda: v),
    "while/AssignAdd/RefEnter": lambda v: tf.while_loop(
        lambda i: i < 3, lambda i: tf.tuple([i + 1, v.assign_add(1.0)])[0], [0]
    ),
    "GradientDescent/update_b/v/ApplyGradientDescent": lambda v: tf.train.GradientDescentOptimizer(
        0.1
    ).minimize(v * v),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_fed_variable_can_be_read_but_not_written(session, name):
    a = tf.placeholder(tf.float32, [], name="a")
    v = tf.Variable(1.0, name="b/v")
    write = WRITERS[name](v)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=f"Input 0 of node {name} was passed float from _arg_b/v_0_1:0 incompatible with "
        "expected float_ref.",
    ):
        session.run(write, {v: 3.0, a: 1.0})
    assert session.run(v * 2.0, {v: 3.0}) == 6.0
    session.run(v.initializer)
    session.run(write)


def test_a_fed_tensor_that_is_fetched_is_the_fed_array(session):
    x = tf.placeholder(tf.float32, [2])
    value = np.ones(2, np.float32)
    assert session.run(x, {x: value}) is value
    both = session.run([x, x + 1.0], {x: value})
    assert both[0] is value


@pytest.mark.parametrize(
    ("feed", "error", "message"),
    [
        (lambda x: [x], TypeError, "input must be a dictionary"),
        (
            lambda x: {"nope": 1},
            TypeError,
            "Cannot interpret feed_dict key as Tensor: The name 'nope'",
        ),
        (lambda x: {x.op: 1}, TypeError, "Cannot interpret feed_dict key as Tensor"),
        (lambda x: {x: x}, TypeError, "The value of a feed cannot be a tf.Tensor object"),
        (
            lambda x: {x: [1, 2, 3]},
            ValueError,
            r"Cannot feed value of shape \(3,\) for Tensor 'x:0', which has shape '\(2,\)'",
        ),
        (lambda x: {x: "abc"}, ValueError, "could not convert string to float"),
        (lambda x: {(x, x): (1, 2)}, ValueError, "is not unique"),
        (lambda x: {(x,): (1, 2)}, ValueError, "Could not flatten dictionary"),
    ],
)
def test_bad_feeds(session, feed, error, message):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = x + 1.0
    with pytest.raises(error, match=message):
        session.run(y, feed(x))
    np.testing.assert_array_equal(session.run(y, {x: [1, 2]}), [2, 3])


def test_an_int_that_does_not_fit(session):
    i = tf.placeholder(tf.int32, [])
    with pytest.raises(TypeError, match="Type of feed value 1099511627776 with type <class 'int'>"):
        session.run(i + 1, {i: 2**40})


def test_prevent_feeding(session):
    a = tf.constant(1.0)
    a.graph.prevent_feeding(a)
    with pytest.raises(ValueError, match=r"may not be fed\."):
        session.run(a + 1.0, {a: 2.0})


def test_nested_feed_keys(session):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    assert session.run(x - y, {(x, y): (5.0, 3.0)}) == 2
    assert session.run(x - y, {(x, y): (5.0, 4.0)}) == 1


def test_shape_is_checked_in_every_run(session):
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.reduce_sum(x)
    assert session.run(y, {x: np.ones((3, 2))}) == 6
    assert session.run(y, {x: np.ones((4, 2))}) == 8
    with pytest.raises(ValueError, match=r"Cannot feed value of shape \(4, 3\)"):
        session.run(y, {x: np.ones((4, 3))})


# ---- Failing operations ----


def test_an_unfed_placeholder(session):
    x = tf.placeholder(tf.float32, [2, None], name="x")
    y = tf.identity(x)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"for placeholder tensor 'x' with dtype float and shape \[2,\?\]",
    ) as caught:
        session.run(y)
    assert caught.value.op is x.op
    assert caught.value.node_def.name == "x"


def test_a_failing_operation_is_named_with_its_line(session):
    x = tf.placeholder(tf.float32, [None, None])
    product = tf.matmul(x, tf.ones([2, 2]), name="product")  # the user's line
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.run(product, {x: np.ones((1, 1))})
    error = caught.value
    assert "Matrix size-incompatible: In[0]: [1,1], In[1]: [2,2]" in error.message
    assert "[[node product (defined at" in error.message
    assert "test_session.py" in error.message
    assert error.op is product.op
    assert "Original stack trace for 'product'" in str(error)
    (note,) = error.__notes__
    assert "'product' (type MatMul) on CPU:0, inputs: float32[1,1], float32[2,2]" in note
    np.testing.assert_array_equal(session.run(product, {x: np.ones((1, 2))}), [[2, 2]])


def test_shapes_that_do_not_broadcast(session):
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[2\] vs\. \[3\]"
    ):
        session.run(x + y, {x: [1, 2], y: [1, 2, 3]})


def test_integer_division_by_zero(session):
    x = tf.placeholder(tf.int32, [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"):
        session.run(tf.floordiv(1, x), {x: 0})


# ---- The plan cache ----


def test_a_cached_signature_is_not_compiled_again(session):
    x = tf.placeholder(tf.float32, [])
    y = x + 1.0
    session.run(y, {x: 1})
    plans = len(session._runner.plans)
    tf.constant(5.0)
    for _ in range(5):
        assert session.run(y, {x: 1}) == 2
    assert len(session._runner.plans) == plans


def test_the_cache_is_bounded(session):
    x = tf.constant(0.0)
    for _ in range(MAX_PLANS + 10):
        x = tf.identity(x)
        session.run(x, {x: 1.0})
    assert len(session._runner.plans) <= MAX_PLANS


def test_a_graph_that_grows_in_a_loop_is_reported_once(session, caplog):
    x = tf.constant(0.0)
    with caplog.at_level(logging.WARNING, "tfsession"):
        for _ in range(3 * GROWING_RUNS):
            x = x + 1.0
            session.run(x)
    assert [r.message for r in caplog.records if "has grown" in r.message] != []
    assert len([r for r in caplog.records if "has grown" in r.message]) == 1


def test_order_among_unordered_operations_is_creation_order(session):
    v = tf.get_variable("v", initializer=1.0)
    first = tf.assign(v, 2.0)
    second = tf.assign_add(v, 10.0)
    session.run(v.initializer)
    session.run([second.op, first.op])
    assert session.run(v) == 12


# ---- Callables, placement logging ----


def test_make_callable(session):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    z = x - y
    subtract = session.make_callable(z, [x, y])
    assert subtract(3.0, 1.0) == 2
    assert session.make_callable([tf.constant(4.0)])() == [4]
    with pytest.raises(TypeError, match="`feed_list` must be a list or tuple"):
        session.make_callable(z, x)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Must specify at least one target"):
        session.make_callable([])()


def test_placement_is_logged_once(capsys, monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    a = tf.constant([1.0], name="a")
    b = tf.exp(a, name="b")
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
        session.run(b)
        session.run(b)
    text = capsys.readouterr().err
    assert "/device:GPU:0 -> device: 0, name: Simulated GPU" in text
    assert text.count("b: (Exp): /job:localhost/replica:0/task:0/device:GPU:0") == 1


def test_device_memory_runs_out(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1MiB")
    x = tf.placeholder(tf.float32, [None])
    y = tf.exp(x, name="y")
    with tf.Session() as session:
        with pytest.raises(tf.errors.ResourceExhaustedError, match="OOM when allocating") as caught:
            session.run(y, {x: np.zeros(1 << 20)})
        assert caught.value.op is y.op
        assert session.run(y, {x: [0.0]}) == 1


# ---- Identity, containers, interactive sessions ----


def named_config(name, version):
    config = tf.ConfigProto()
    config.experimental.session_metadata.name = name
    config.experimental.session_metadata.version = version
    return config


def test_name_and_version_belong_to_one_open_session():
    session = tf.Session(config=named_config("n", 1))
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"^A session with the same name and version has already been created: ",
    ):
        tf.Session(config=named_config("n", 1))
    tf.Session(config=named_config("n", 2)).close()
    session.close()
    tf.Session(config=named_config("n", 1)).close()
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"^Session version shouldn't be negative: "
    ):
        tf.Session(config=named_config("n", -1))


def test_the_name_is_free_again_where_devices_cannot_be_made():
    config = named_config("n", 1)
    config.device_count["CPU"] = 0
    with pytest.raises(tf.errors.NotFoundError):
        tf.Session(config=config)
    tf.Session(config=named_config("n", 1)).close()


def test_a_target_as_bytes(session):
    assert tf.Session(b"").sess_str == b""
    with pytest.raises(tf.errors.NotFoundError, match='target: "foo://x"'):
        tf.Session("foo://x")


def test_a_session_that_failed_to_be_made_is_collected():
    with pytest.raises(TypeError):
        tf.Session(graph=3)
    gc.collect()


def test_shapes_in_graph_def():
    tf.constant([1.0, 2.0])
    config = tf.ConfigProto(graph_options=tf.GraphOptions(infer_shapes=True))
    session = tf.Session(config=config)
    session.close()
    assert "_output_shapes" in session.graph_def.node[0].attr


def test_devices_are_listed_after_close(session):
    session.close()
    assert [d.device_type for d in session.list_devices()] == ["CPU"]


def test_with_again_after_exit(session):
    c = tf.constant(1.0)
    other = tf.Session()
    with other:
        pass
    with other, pytest.raises(RuntimeError, match="closed Session"):
        other.run(c)


class InterruptedLock:
    """A lock whose owner gets Ctrl-C while it waits for it."""

    def __enter__(self):
        raise KeyboardInterrupt

    acquire = __enter__

    def __exit__(self, *exception):
        raise AssertionError("it was never taken")


def test_an_interrupted_update_gives_its_locks_back(session):
    weights = tf.get_variable("weights", initializer=1.0, use_resource=False)
    optimizer = tf.train.MomentumOptimizer(0.5, 0.9)
    train = optimizer.apply_gradients([(tf.constant(1.0), weights)])
    session.run(tf.global_variables_initializer())
    cells = [
        session._runner.resources.lookup("", "variable", v.op.name) for v in tf.global_variables()
    ]
    second = max(cells, key=id)
    lock, second.lock = second.lock, InterruptedLock()
    with pytest.raises(KeyboardInterrupt):
        session.run(train)
    second.lock = lock
    thread, ends = in_a_thread(lambda: session.run(train))
    thread.join(20)
    assert ends == [None]


def test_an_interrupt_ends_the_threads_of_a_step(session):
    """Ctrl-C comes where threads have been started, and before anybody waits for them."""
    queues = [tf.FIFOQueue(1, tf.float32) for _ in range(2)]
    taken = [queue.dequeue() for queue in queues]
    start, started = threading.Thread.start, []

    def interrupted_start(thread):
        start(thread)
        started.append(thread)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted_start)
        with pytest.raises(KeyboardInterrupt):
            session.run(taken)
    (thread,) = started
    thread.join(20)
    assert not thread.is_alive()


def test_closing_cancels_what_waits():
    queue = tf.FIFOQueue(1, tf.float32)
    taken = queue.dequeue(name="take")
    session = tf.Session()

    def close_when_it_waits():
        while not session._runner.running:
            pass
        session.close()
        closed.append(True)

    closed: list[bool] = []
    closer = threading.Thread(target=close_when_it_waits)
    closer.start()
    with pytest.raises(tf.errors.CancelledError, match=r"^Dequeue operation was canc") as caught:
        session.run(taken)
    assert caught.value.op is taken.op
    closer.join()
    assert closed, "closing does not wait for the step"
    with pytest.raises(RuntimeError, match="closed Session"):
        session.run(taken)


def test_a_keyboard_interrupt_leaves_the_session_usable(session, monkeypatch):
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x)
    session.run(y, {x: [0, 0]})
    feed = session._runner.plans[(y, x)].feeds[0]

    def interrupted(self, value):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(feed), "convert", interrupted)
        with pytest.raises(KeyboardInterrupt):
            session.run(y, {x: [0, 0]})
    np.testing.assert_array_equal(session.run(y, {x: [0, 0]}), [1, 1])
    queue = tf.FIFOQueue(1, tf.float32)
    taken = queue.dequeue()
    # A shell ignores Ctrl-C in what it starts in the background, and Python then leaves it so.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.get_ident()
    timer = threading.Timer(0.2, lambda: signal.pthread_kill(main, signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            session.run(taken)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert not session._runner.running
    np.testing.assert_array_equal(session.run(y, {x: [0, 0]}), [1, 1])


def test_reset_takes_names_and_an_unknown_target():
    v = tf.get_variable("v", initializer=1.0)
    session = tf.Session()
    session.run(v.initializer)
    tf.Session.reset("", "ab")
    with pytest.raises(tf.errors.CancelledError, match="Session has been closed"):
        session.run(v)
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        tf.Session.reset("", [3])
    with pytest.raises(tf.errors.NotFoundError, match="No session factory"):
        tf.Session.reset("local")


def test_interactive_sessions_closed_out_of_order():
    def work():
        first = tf.InteractiveSession(graph=tf.Graph())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            second = tf.InteractiveSession(graph=tf.Graph())
        count = tf.InteractiveSession._active_session_count
        with pytest.raises(AssertionError, match="Nesting violated for default stack of"):
            first.close()
        assert tf.InteractiveSession._active_session_count == count - 1
        second.close()
        found.append(tf.get_default_session() is first)

    found = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [True]


def test_interactive_sessions_are_no_context_managers():
    session = tf.InteractiveSession()
    try:
        with pytest.raises((TypeError, AttributeError)), session:
            pass
    finally:
        session.close()


def test_nesting_of_defaults_is_checked():
    first, second = tf.Session().as_default(), tf.Session().as_default()
    first.__enter__()
    second.__enter__()
    try:
        with pytest.raises(AssertionError, match="Nesting violated for default stack of <class"):
            first.__exit__(None, None, None)
    finally:
        default_sessions.items.clear()


def test_nesting_of_default_graphs_is_checked():
    def work():
        first, second = tf.Graph().as_default(), tf.Graph().as_default()
        first.__enter__()
        second.__enter__()
        with pytest.raises(AssertionError) as caught:
            first.__exit__(None, None, None)
        texts.append(str(caught.value))
        second.__exit__(None, None, None)

    texts = []
    thread = threading.Thread(target=work)  # its stack goes with it
    thread.start()
    thread.join()
    assert texts == [f"Nesting violated for default stack of {tf.Graph} objects"]


def test_the_default_graph_is_not_reset_inside_a_with():
    with (
        tf.Session(),
        pytest.raises(AssertionError, match=r"Do not use tf\.reset_default_graph\(\)"),
    ):
        tf.reset_default_graph()


# ---- Fetches and feeds beyond the common ones ----


@dataclasses.dataclass
class Result:
    loss: object
    parts: object
    note: str = dataclasses.field(default="kept", init=False)


def test_dataclass_objects_are_fetched(session):
    a = tf.constant(1.0)
    asked = Result(a, [a, {"k": a}])
    asked.note = "mine"
    found = session.run(asked)
    assert type(found) is Result
    assert (found.loss, found.parts, found.note) == (1, [1, {"k": 1}], "kept")
    with pytest.raises(TypeError, match="Fetch argument None"):
        session.run(Result(a, None))


def test_containers_of_other_kinds(session):
    a = tf.constant(1.0)
    assert session.run(collections.defaultdict(list, k=a)).default_factory is None
    assert type(session.run(type("L", (list,), {})([a]))) is list
    with pytest.raises(TypeError):
        session.run(type("T", (tuple,), {})([a, a]))
    user = session.run(collections.UserDict(k=a))
    assert type(user) is collections.UserDict
    assert user["k"] == 1


def test_fetched_arrays_are_the_callers_own(session):
    c = tf.constant([1.0, 2.0])
    v = tf.get_variable("v", initializer=np.ones(2, np.float32), use_resource=False)
    session.run(v.initializer)
    for tensor in (c, v, tf.reshape(c, [2, 1]), tf.identity(v)):
        value = session.run(tensor)
        assert value.flags.writeable
        assert value.flags.owndata
        value[...] = 9
        assert 9 not in session.run(tensor)


def test_words_and_extension_types(session):
    assert session.run(tf.constant("s")) == b"s"
    words = session.run(tf.constant(["s", "t"]))
    assert (words.dtype, words.tolist()) == (np.dtype(object), [b"s", b"t"])
    half = session.run(tf.cast(tf.constant([1.5]), tf.bfloat16))
    assert half.dtype.name == "bfloat16"


def test_a_resource_is_fetched_as_opaque_bytes(session):
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    value = session.run(v.handle)
    assert value.dtype == np.dtype([("resource", "u1")])


def test_sparse_and_slices(session):
    sparse = tf.SparseTensor([[0, 1]], [3.0], [2, 2])
    value = session.run(sparse)
    assert type(value) is tf.SparseTensorValue
    np.testing.assert_array_equal(value.dense_shape, [2, 2])
    slices = session.run(tf.IndexedSlices(tf.constant([1.0]), tf.constant([4])))
    assert type(slices) is IndexedSlicesValue
    assert slices.dense_shape is None
    with_shape = tf.IndexedSlices(tf.constant([1.0]), tf.constant([4]), tf.constant([9]))
    assert session.run(with_shape).dense_shape == [9]
    doubled = sparse.values * 2.0
    assert session.run(doubled, {sparse: value}) == [6]
    assert session.run(doubled, {sparse: ([[0, 1]], [5.0])}) == [10]


def test_what_is_registered_is_asked_in_every_run(session):
    class Changing:
        tensor = None

    register_session_run_conversion_functions(
        Changing, lambda c: ([c.tensor], lambda values: values[0] * 10)
    )
    changing = Changing()
    for number in (1.0, 2.0):
        changing.tensor = tf.constant(number)
        assert session.run(changing) == number * 10
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        session.run(changing, {changing: 1})


def test_registering_twice_and_bases():
    class Base:
        pass

    class Derived(Base):
        pass

    functions = (lambda c: ([], list),)
    register_session_run_conversion_functions(Derived, *functions)
    for kind in (Derived, Base, object):
        with pytest.raises(ValueError, match="has already been registered so ignore it"):
            register_session_run_conversion_functions(kind, *functions)
    register_session_run_conversion_functions(type("Further", (Derived,), {}), *functions)


def test_feeding_cuts_the_producer_and_not_the_operation(session):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    with tf.control_dependencies([tf.assign_add(v, 1.0)]):
        z = tf.identity(tf.constant(1.0))
    assert session.run(z + 1.0, {z: 3.0}) == 4
    assert session.run(v) == 0
    x = tf.placeholder(tf.float32, [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value"):
        session.run(x.op, {x: 1.0})


def test_the_last_of_two_keys_for_a_tensor_wins(session):
    x = tf.placeholder(tf.float32, [], name="x")
    assert session.run(x + 0.0, {x: 1.0, "x:0": 2.0}) == 2
    assert session.run(x + 0.0, {"x:0": 2.0, x: 1.0}) == 1


def test_where_all_fetches_are_fed_nothing_runs(session):
    x = tf.placeholder(tf.float32, [])
    assert session.run(x, {x: 1.0}, options=tf.RunOptions(inter_op_thread_pool=7)) == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"^Invalid inter_op_thread_pool: 7$"):
        session.run(x + 1.0, {x: 1.0}, options=tf.RunOptions(inter_op_thread_pool=7))
    with pytest.raises(AttributeError):
        session.run(x, {x: 1.0}, options=3)


def test_words_as_feeds(session):
    word = tf.placeholder(tf.string, [])
    with pytest.raises(TypeError, match="is not compatible with Tensor type <class 'object'>"):
        session.run(tf.identity(word), {word: 3})
    with pytest.raises(tf.errors.InternalError, match="Unsupported object type float"):
        session.run(tf.identity(word), {word: 3.5})
    with pytest.raises(tf.errors.InternalError, match=r"^Unable to convert element to UTF-8$"):
        session.run(tf.identity(word), {word: "\udc80"})
    found = session.run(tf.identity(word), {word: np.bytes_(b"a\0")})
    assert type(found) is bytes
    assert found == b"a\0"


class DeviceArray:
    """An array that claims to be on a GPU."""

    __cuda_array_interface__ = None

    def __init__(self, array):
        self.array = array
        self.dtype = array.dtype

    def get(self):
        return self.array


class DlpackOnly:
    """An array of another library, which offers nothing but DLPack."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **keywords):
        return self._array.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


def test_arrays_of_other_libraries_are_fed(session):
    x = tf.placeholder(tf.float32, [2])
    y = x * 2.0
    array = np.array([1, 2], np.float32)
    for value in (DeviceArray(array), DlpackOnly(array)):
        np.testing.assert_array_equal(session.run(y, {x: value}), [2, 4])


class OnGpu(np.ndarray):
    """An array as CuPy's: NumPy's, but on CUDA device 0."""

    device = types.SimpleNamespace(id=0)
    __cuda_array_interface__ = None

    def get(self):
        return np.array(self)


class OtherLibrary:
    """An array of another library on CUDA device 0, whose dtypes are its own."""

    dtype = "other.float32"
    __cuda_array_interface__ = None

    def __init__(self, array):
        self.array = array


class OtherLibraryByDlpack:
    """The same, which offers nothing but DLPack."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **keywords):
        raise AssertionError("CuPy's own function asks for this")

    def __dlpack_device__(self):
        return 2, 0


def adopt(device, value):
    """An array of CUDA device 0 as one of the simulated GPU."""
    if is_on_gpu(value):
        return value if isinstance(value, OnGpu) else value.array.view(OnGpu)


def test_arrays_of_a_device_of_the_session_stay_there(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    monkeypatch.setattr(SimulatedDevice, "adopt", adopt)
    x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    z = tf.exp(x) + y
    array = np.zeros(2, np.float32)
    with tf.Session() as session:
        gpu = session._runner.devices["/job:localhost/replica:0/task:0/device:GPU:0"]
        values = [array.view(OnGpu), OtherLibrary(array), OtherLibraryByDlpack(array)]
        for value in values:
            before = gpu.copies_in
            found = session.run(z, {x: value, y: [1, 2]})
            np.testing.assert_array_equal(found, [2, 3])
            assert gpu.copies_in == before + 1, "only y is copied"
        np.testing.assert_array_equal(session.run(z, {x: array, y: [1, 2]}), [2, 3])
        # Another dtype is converted on the host, and a fetched feed is a host array.
        wide = np.zeros(2).view(OnGpu)
        np.testing.assert_array_equal(session.run(z, {x: wide, y: [1, 2]}), [2, 3])
        assert type(session.run([x, z], {x: array.view(OnGpu), y: [1, 2]})[0]) is np.ndarray
        with pytest.raises(ValueError, match="Cannot feed value of shape"):
            session.run(z, {x: np.zeros(3, np.float32).view(OnGpu), y: [1, 2]})
        handle = session.partial_run_setup(z, [x, y])
        found = session.partial_run(handle, z, {x: array.view(OnGpu), y: [1, 2]})
        np.testing.assert_array_equal(found, [2, 3])
        graph = tf.get_default_graph()
        graph.prevent_feeding(x)
        with pytest.raises(ValueError, match="may not be fed"):
            session.run(z, {x: array.view(OnGpu), y: [1, 2]})


@pytest.mark.gpu
def test_cupy_arrays_stay_on_the_gpu(real_cupy):
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x) * 2.0
    with tf.Session() as session:
        for _ in range(3):
            value = real_cupy.zeros(2, real_cupy.float32)
            np.testing.assert_allclose(session.run(y, {x: value}), [2, 2])
            value[...] = 5
        (plan,) = session._runner.plans.values()
        assert plan.on_devices


# ---- Steps and the graph ----


def test_equal_steps_are_compiled_once(session):
    a, b = tf.constant(1.0, name="a") + 0.0, tf.no_op()
    c = tf.no_op()
    for fetches in ([a, b, c], (a, c, b), {"k": a, "b": b, "c": c}):
        session.run(fetches)
    assert len(session._runner.plans) == 3
    assert len(session._runner.steps) == 1


def test_a_change_after_a_run_is_reported(session, caplog):
    a = tf.constant(1.0, name="a")
    b = tf.add(a, a, name="b")
    assert session.run(b) == 2
    b.op._set_device("/cpu:0")
    with caplog.at_level(logging.WARNING, "tfsession"):
        session.run([b, a])
    (record,) = [r for r in caplog.records if "was changed by" in r.message]
    assert record.message.startswith(
        "Operation 'b' was changed by setting device after it was run by a session."
    )
    caplog.clear()
    with caplog.at_level(logging.WARNING, "tfsession"), tf.Session() as fresh:
        fresh.run([b, a])
    assert not [r for r in caplog.records if "was changed by" in r.message]


def test_a_static_graph_is_not_extended():
    config = tf.ConfigProto()
    config.experimental.optimize_for_static_graph = True
    a = tf.constant(1.0)
    with tf.Session(config=config) as session:
        assert session.run(a) == 1
        assert session.run(a) == 1
        tf.constant(2.0)
        with pytest.raises(
            tf.errors.FailedPreconditionError, match="Extending the graph is not supported"
        ):
            session.run(a)


def test_a_finalized_graph_runs(session, graph):
    a = tf.constant(1.0)
    graph.finalize()
    assert session.run(a) == 1
    with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified"):
        tf.constant(1.0)


def test_a_fetched_variable_without_value_names_the_fetch(session):
    v = tf.get_variable("v", initializer=1.0, use_resource=False)
    doubled = tf.multiply(v, 2.0, name="doubled")
    with pytest.raises(tf.errors.FailedPreconditionError) as caught:
        session.run(v)
    assert caught.value.message.endswith("\n\t [[{{node _retval_v_0_0}}]]")
    assert caught.value.op is None
    with pytest.raises(tf.errors.FailedPreconditionError) as caught:
        session.run(doubled)
    assert caught.value.op.name == "v/read"


# ---- Errors of a step ----


def test_state_changed_before_an_error_stays(session):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    with tf.control_dependencies([tf.assign_add(v, 1.0)]):
        bad = tf.floordiv(1, tf.placeholder_with_default(0, []), name="bad")
    later = tf.assign_add(v, tf.cast(bad, tf.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        session.run(later)
    assert session.run(v) == 1


def test_a_long_summary_is_cut(graph, session, monkeypatch):
    x = tf.placeholder(tf.float32, [])
    step = session._runner.step([x + 1.0], [], [x])
    instruction = next(iter(step.instructions.values()))
    failures = [tf.errors.InternalError(None, None, letter * 5000) for letter in "xy"]
    on_devices = {
        id(failure): (dataclasses.replace(instruction, device=f"/device:GPU:{number}"), [])
        for number, failure in enumerate(failures)
    }
    monkeypatch.setattr(op_errors, "_failed_instruction", lambda _, e: on_devices[id(e)])
    error = op_errors.op_error(graph, step, SeveralFailures(failures), is_raw=True)
    assert error.message.startswith("2 root error(s) found.\n  (0) Internal: xxx")
    assert len(error.message) == 8192


def test_the_hint_of_errors_about_nhwc(graph):
    error = tf.errors.UnimplementedError(None, None, "it only supports NHWC tensor format")
    text = located(graph, error).message
    assert text.endswith(
        "session_config.graph_options.rewrite_options.disable_meta_optimizer = True"
    )


def test_of_several_failures_on_one_device_the_first_is_raised(session):
    queues = [tf.FIFOQueue(1, tf.float32, [[]], name=name) for name in "qr"]
    session.run([queue.close() for queue in queues])
    taken = [queue.dequeue() + 1.0 for queue in queues]
    for _ in range(20):
        with pytest.raises(tf.errors.OutOfRangeError, match="is closed") as caught:
            session.run(taken)
        assert "root error" not in caught.value.message
        assert caught.value.op is not None


def test_failures_of_several_devices_are_summed_up(graph, monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    x = tf.placeholder(tf.float32, [None])
    with tf.device("/cpu:0"):
        first = tf.reshape(x, [2, 2], name="first")
    with tf.device("/gpu:0"):
        second = tf.reshape(x, [3, 3], name="second")
    with tf.Session() as session:
        step = session._runner.step([first, second], [], [x])
        failures = []
        for name in ("first", "second"):
            single = session._runner.step([graph.get_tensor_by_name(f"{name}:0")], [], [x])
            try:
                single.function(np.ones(1, np.float32))
            except Exception as error:
                failures.append((single, error))
        # The strands of one step fail in its own frames: their lines are found by its file name.
        steps = {id(error): single for single, error in failures}
        monkeypatch.setattr(
            op_errors, "_failed_instruction", lambda _, e, find=find: find(steps[id(e)], e)
        )
        error = op_errors.op_error(graph, step, SeveralFailures([e for _, e in failures]))
    assert error.message.startswith("2 root error(s) found.\n  (0) Invalid argument: ")
    assert "\n  (1) Invalid argument: " in error.message
    assert "\n0 successful operations.\n0 derived errors ignored." in error.message
    assert error.op is first.op


def test_results_count_against_the_memory_of_a_device(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1MiB")
    rows = tf.placeholder(tf.int32, [])
    random = tf.random_uniform([rows, 1024])
    large = tf.get_variable("large", initializer=lambda: tf.ones([1024, 1024]))
    with tf.Session() as session:
        assert session.run(random, {rows: 4}).shape == (4, 1024)
        for fetch in (random, large.initializer):
            with pytest.raises(tf.errors.ResourceExhaustedError, match="OOM when allocating"):
                session.run(fetch, {rows: 1024})
        for _ in range(20):
            session.run(random, {rows: 100})


def test_fetched_arrays_are_row_major(session):
    x = tf.placeholder(tf.float32, [2, 3])
    fetches = [tf.exp(tf.transpose(x)), tf.exp(x), x * 2.0]
    fed = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    for value in session.run(fetches, {x: fed}):
        assert value.flags.c_contiguous


def test_a_py_func_may_run_its_session(session):
    inner = tf.constant(2.0) * 3
    outer = tf.py_func(lambda: session.run(inner), [], tf.float32) + 1
    assert session.run(outer) == 7
