"""Callables: make_callable and CallableOptions."""

from __future__ import annotations

import timeit

import numpy as np
import pytest

import tfsession as tf
from tfsession.ops.session_ops import get_session_handle
from tfsession.protos import CallableOptions
from tfsession.run.fetches import signature

pytestmark = pytest.mark.usefixtures("graph")


@pytest.fixture
def pq():
    p, q = (tf.placeholder(tf.float32, [], name=name) for name in "pq")
    return p, q, tf.add(p, q, name="pq")


# ---- make_callable ----


def test_with_feeds_it_is_run(session, pq):
    p, q, total = pq
    for feeds in ([p, q], (p, "q:0")):
        assert session.make_callable(total, feeds)(1.0, 2.0) == 3
    metadata = tf.RunMetadata()
    traced = session.make_callable(total, [p, q])
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    assert traced(1.0, 2.0, options=options, run_metadata=metadata) == 3
    assert metadata.step_stats.dev_stats


def test_too_few_and_too_many_arguments(session, pq):
    p, q, total = pq
    assert session.make_callable(total, [p, q])(1.0, 2.0, 3.0) == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match="placeholder tensor 'q'"):
        session.make_callable(total, [p, q])(1.0)


def test_fetches_are_checked_when_made_without_feeds_and_when_called_with_feeds(session, pq):
    p, _, _ = pq
    with pytest.raises(TypeError, match="Fetch argument 3 has invalid type"):
        session.make_callable(3)
    later = session.make_callable(3, [p])
    with pytest.raises(TypeError, match="Fetch argument 3 has invalid type"):
        later(1.0)


@pytest.mark.parametrize("feeds", ["p", {"p": 1}, 3])
def test_feed_list_is_a_list(session, pq, feeds):
    with pytest.raises(TypeError, match=r"^`feed_list` must be a list or tuple\.$"):
        session.make_callable(pq[2], feeds)


def test_structures_without_feeds(session):
    a = tf.constant(4.0, name="a")
    assert session.make_callable(a)() == 4
    assert session.make_callable([a, {"k": a.op}])() == [4, {"k": None}]
    assert session.make_callable(a.op)() is None
    assert session.make_callable("a:0")() == 4
    with pytest.raises(TypeError, match="positional argument"):
        session.make_callable(a)(1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Must specify at least one target"):
        session.make_callable([])()


def test_options_without_feeds(session):
    a = tf.constant(4.0)
    function = session.make_callable(a, accept_options=True)
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    assert function() == 4
    assert function(options=options, run_metadata=metadata) == 4
    assert metadata.step_stats.dev_stats


def test_errors_are_raw_without_feeds(session, pq):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.make_callable(pq[2])()
    error = caught.value
    assert (error.op, error.node_def) == (None, None)
    assert error.message.endswith("\n\t [[{{node p}}]]")
    assert str(error) == error.message


def test_after_close_and_after_reset(graph):
    a = tf.constant(1.0)
    session = tf.Session(graph=graph)
    function = session.make_callable(a)
    assert function() == 1
    session.close()
    for late in (function, session.make_callable(a)):
        with pytest.raises(tf.errors.CancelledError, match=r"^Session has been closed\.$"):
            late()
    with pytest.raises(RuntimeError, match="closed Session"):
        session.make_callable(a, [])()


def test_on_an_empty_graph():
    with (
        tf.Session(graph=tf.Graph()) as session,
        pytest.raises(tf.errors.InvalidArgumentError, match="Must specify at least one target"),
    ):
        session.make_callable([])()


def test_a_single_handle_is_bytes_and_one_in_a_list_a_handle(session):
    op = get_session_handle(tf.constant(1.0), name="hd")
    assert session.make_callable(op)().startswith(b"hd;0;")
    (handle,) = session.make_callable([op])()
    assert handle.eval() == 1


def test_effects_happen_in_every_call(session):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    add = session.make_callable(tf.assign_add(v, 1.0))
    assert [add(), add()] == [1, 2]


def test_nothing_is_looked_up_without_feeds(session):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    function = session.make_callable(v)
    function()
    step = session._runner.plans[(signature(v),)].step.function
    count = 2000

    def seconds(call):
        return min(timeit.repeat(call, number=count, repeat=7)) / count

    # About 1 microsecond, most of it np.errstate; the bound leaves room for a busy machine.
    assert seconds(function) - seconds(step) < 20e-6


# ---- CallableOptions ----


def made(session, **options):
    return session._make_callable_from_options(CallableOptions(**options))


def test_positional_arguments_and_a_list(session, pq):
    function = made(session, feed=["p:0", "q:0"], fetch=["pq:0", "pq:0"])
    assert function(np.float32(1), np.float32(2)) == [3, 3]


def test_targets(session):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    tf.assign_add(v, 1.0, name="add")
    assert made(session, target=["add"])() == []
    assert session.run(v) == 1


def test_no_shape_check_and_no_conversion(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.identity(x, name="y")
    function = made(session, feed=["x:0"], fetch=["y:0"])
    assert function(np.ones(3, np.float32))[0].shape == (3,)
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"^Expects arg\[0\] to be float but double is provided$",
    ):
        function(np.ones(2))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"feed": ["p:0"]},
            tf.errors.InvalidArgumentError,
            "Must specify at least one target to fetch or execute.",
        ),
        (
            {"feed": ["p:0", "p:0"], "fetch": ["pq:0"]},
            tf.errors.InvalidArgumentError,
            'Endpoint "p:0" fed more than once.',
        ),
        ({"fetch": ["no:0"]}, tf.errors.NotFoundError, "FetchOutputs node no:0: not found"),
        (
            {"feed": ["no:0"], "fetch": ["pq:0"]},
            tf.errors.NotFoundError,
            "FeedInputs: unable to find feed output no:0",
        ),
        (
            {"fetch": ["pq:3"]},
            tf.errors.InvalidArgumentError,
            "FetchOutputs pq:3: output index too large, must be < 1",
        ),
        (
            {"target": ["zz"]},
            tf.errors.NotFoundError,
            "PruneForTargets: Some target nodes not found: zz ",
        ),
        (
            {
                "fetch": ["pq:0"],
                "tensor_connection": [{"from_tensor": "q:0", "to_tensor": "no:0"}],
            },
            tf.errors.NotFoundError,
            "FeedInputs: unable to find feed output no:0",
        ),
        (
            {"fetch": ["pq:0"], "tensor_connection": [{"from_tensor": "no:0", "to_tensor": "p:0"}]},
            tf.errors.InvalidArgumentError,
            'Requested tensor connection from unknown node: "p:0".',
        ),
        (
            {"fetch": ["pq:0"], "tensor_connection": [{"from_tensor": "pq:0", "to_tensor": "p:0"}]},
            tf.errors.InvalidArgumentError,
            'Requested Tensor connection between nodes "p" and "pq" would create a cycle.',
        ),
        (
            {"feed": ["p:0"], "fetch": ["pq:0"], "feed_devices": {"p:0": "/device:GPU:0"}},
            tf.errors.InvalidArgumentError,
            "Device '/device:GPU:0' specified for tensor 'p:0' in CallableOptions does not exist",
        ),
        (
            {"feed": ["p:0"], "fetch": ["pq:0"], "feed_devices": {"p:0": "what"}},
            tf.errors.InvalidArgumentError,
            "Invalid device name ('what') provided for the tensor 'p:0' in CallableOptions",
        ),
        (
            {"fetch": ["pq:0"], "fetch_devices": {"pq:0": "/cpu:0"}},
            tf.errors.UnimplementedError,
            "CallableOptions.fetch_skip_sync = false is not yet implemented. You can set it to "
            "true instead, but MUST ensure that Device::Sync() is invoked on the Device "
            "corresponding to the fetched tensor before dereferencing the Tensor's memory.",
        ),
    ],
)
def test_options_that_make_no_sense(session, pq, options, error, message):
    with pytest.raises(error) as caught:
        made(session, **options)
    assert caught.value.message == message


def test_the_number_of_arguments(session, pq):
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"^Expected 1 feed tensors, but got 0$"
    ):
        made(session, feed=["p:0"], fetch=["pq:0"])()


def test_released_and_unknown_callables(session, pq):
    function = made(session, feed=["p:0", "q:0"], fetch=["pq:0"])
    function.__del__()
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"^Attempted to run callable after handle was released: 0$",
    ):
        function(np.float32(1), np.float32(2))
    function._handle = 77
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"^No such callable handle: 77$"):
        function()
    assert session.run(pq[2], {"p:0": 1, "q:0": 2}) == 3


def test_a_connection_stands_in_for_a_tensor(session, pq):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    tf.assign_add(v, 10.0, name="counted")
    function = made(
        session,
        feed=["q:0"],
        fetch=["pq:0"],
        tensor_connection=[{"from_tensor": "counted:0", "to_tensor": "p:0"}],
    )
    assert function(np.float32(1)) == [11]
    assert function(np.float32(1)) == [21]


def test_connections_in_a_chain(session):
    a = tf.placeholder(tf.float32, [], name="a")
    b = tf.placeholder(tf.float32, [], name="b")
    tf.add(a, 1.0, name="c")
    tf.multiply(b, 3.0, name="d")
    tf.constant(5.0, name="five")
    function = made(
        session,
        fetch=["d:0"],
        tensor_connection=[
            {"from_tensor": "c:0", "to_tensor": "b:0"},
            {"from_tensor": "five:0", "to_tensor": "a:0"},
        ],
    )
    assert function() == [18]


def test_run_metadata(session, pq):
    metadata = tf.RunMetadata()
    function = made(
        session,
        feed=["p:0", "q:0"],
        fetch=["pq:0"],
        run_options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE),
    )
    assert function(np.float32(1), np.float32(2), run_metadata=metadata) == [3]
    assert metadata.step_stats.dev_stats


def test_arrays_stay_on_the_device(monkeypatch, graph):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.exp(x, name="y")
    gpu_name = "/job:localhost/replica:0/task:0/device:GPU:0"
    with tf.Session(graph=graph) as session:
        function = made(
            session,
            feed=["x:0"],
            fetch=["y:0"],
            feed_devices={"x:0": gpu_name},
            fetch_devices={"y:0": gpu_name},
            fetch_skip_sync=True,
        )
        gpu = session._runner.devices[gpu_name]
        before = gpu.copies_in, gpu.copies_out
        (value,) = function(np.zeros(2, np.float32))
        np.testing.assert_array_equal(value, [1, 1])
        (value,) = function(value)
        np.testing.assert_allclose(value, [np.e, np.e], rtol=1e-6)
        assert (gpu.copies_in, gpu.copies_out) == (before[0] + 1, before[1])


def test_what_stays_on_the_device_is_no_variable(monkeypatch, graph):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    gpu_name = "/job:localhost/replica:0/task:0/device:GPU:0"
    variable = tf.Variable(np.zeros(2, np.float32), name="v", use_resource=True)
    tf.identity(variable, name="read")
    add = variable.assign_add([1, 1]).op
    with tf.Session(graph=graph) as session:
        session.run(variable.initializer)
        function = made(
            session, fetch=["read:0"], fetch_devices={"read:0": gpu_name}, fetch_skip_sync=True
        )
        (value,) = function()
        session.run(add)
        np.testing.assert_array_equal(value, [0, 0])


@pytest.mark.gpu
def test_what_was_fed_on_a_gpu_may_change_after_the_call(real_cupy, session):
    x = tf.placeholder(tf.float32, [4], name="x")
    v = tf.Variable(tf.zeros([4]))
    tf.assign_add(v, x, name="add")
    session.run(v.initializer)
    function = made(session, feed=["x:0"], target=["add"], feed_devices={"x:0": "/gpu:0"})
    for _ in range(10):
        array = real_cupy.ones(4, real_cupy.float32)
        function(array)
        array[...] = 100
    np.testing.assert_array_equal(session.run(v), [10] * 4)


@pytest.mark.gpu
def test_partial_runs_take_arrays_of_a_gpu(real_cupy, session):
    x = tf.placeholder(tf.float32, [2])
    y = x * 2.0
    handle = session.partial_run_setup(y, [x])
    found = session.partial_run(handle, y, {x: real_cupy.ones(2, real_cupy.float32)})
    np.testing.assert_array_equal(found, [2, 2])


def test_strings_do_not_live_on_a_gpu(monkeypatch, graph):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    word = tf.identity(tf.placeholder(tf.string, [], name="s"), name="t")
    with tf.Session(graph=graph) as session:
        with pytest.raises(tf.errors.UnimplementedError) as caught:
            made(session, feed=["s:0"], fetch=["t:0"], feed_devices={"s:0": "/gpu:0"})
        assert caught.value.message == (
            "Cannot feed or fetch tensor 's:0' from device "
            "/job:localhost/replica:0/task:0/device:GPU:0 as feeding/fetching from GPU devices is "
            "not yet supported for string tensors"
        )
        assert session.run(word, {"s:0": "x"}) == b"x"
