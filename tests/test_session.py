"""Sessions: construction, life, fetches, feeds, errors, and the session usable after each."""

from __future__ import annotations

import collections
import gc
import logging
import threading
import weakref

import attrs
import numpy as np
import pytest

import tfsession as tf
from tfsession.session import GROWING_RUNS, MAX_PLANS


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def session(graph):
    with tf.Session(graph=graph) as session:
        yield session


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
    cell = weakref.ref(session._resources)
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
    second.close()
    session.close()
    session.close()
    assert tf.get_default_session() is None


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
    s = tf.placeholder(tf.string, [None])
    assert session.run(tf.identity(s), {s: ["a", b"b\0"]}).tolist() == [b"a", b"b\0"]


def test_any_tensor_can_be_fed(session):
    a = tf.constant(1.0)
    b = a + 1.0
    assert session.run(b * 3.0, {b: 10.0}) == 30
    assert session.run(b, {a: 10.0}) == 11


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
    plans = len(session._plans)
    tf.constant(5.0)
    for _ in range(5):
        assert session.run(y, {x: 1}) == 2
    assert len(session._plans) == plans


def test_the_cache_is_bounded(session):
    x = tf.constant(0.0)
    for _ in range(MAX_PLANS + 10):
        x = tf.identity(x)
        session.run(x, {x: 1.0})
    assert len(session._plans) <= MAX_PLANS


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
