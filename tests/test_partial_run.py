"""Partial runs: each operation once, the protocol of handles, and what errors leave behind."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

import tfsession as tf
from tfsession.python.client.session import register_session_run_conversion_functions

pytestmark = pytest.mark.usefixtures("graph")


@pytest.fixture
def abc():
    """Placeholders x, y, z; first = x + y; second = first * z."""
    x, y, z = (tf.placeholder(tf.float32, [], name=name) for name in "xyz")
    first = tf.add(x, y, name="first")
    return x, y, z, first, tf.multiply(first, z, name="second")


def test_a_step_in_two_calls(session, abc):
    x, y, z, first, second = abc
    handle = session.partial_run_setup([first, second], [x, y, z])
    assert session.partial_run(handle, first, {x: 1, y: 2}) == 3
    assert session.partial_run(handle, {"k": [second]}, {z: 5}) == {"k": [15]}


def test_the_text_of_a_handle(session, abc):
    x, y, z, first, second = abc
    handle = session.partial_run_setup([second, first], [z, x, y])
    assert handle == "x:0,y:0,z:0->first:0,second:0//1/;0"
    assert session.partial_run_setup([first, z.op], [x, y]) == "x:0,y:0->first:0/z/1/;1"


def test_every_operation_runs_once(session):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    counted = tf.assign_add(v, 1.0)
    with tf.control_dependencies([counted]):
        left, right = counted + x, counted + y
    handle = session.partial_run_setup([left, right], [x, y])
    assert session.run(v) == 1, "what needs no feed runs at setup"
    assert session.partial_run(handle, left, {x: 10}) == 11
    assert session.partial_run(handle, right, {y: 20}) == 21
    assert session.run(v) == 1


def test_an_operation_waits_for_the_feed_of_its_control_input(session):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    x, z = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    with tf.control_dependencies([x]):
        counted = tf.assign_add(v, 1.0)
    following = z + 1.0
    handle = session.partial_run_setup([counted, following], [x, z])
    assert session.partial_run(handle, following, {z: 1}) == 2
    assert session.run(v) == 0
    assert session.partial_run(handle, counted, {x: 5}) == 1


def test_targets_of_the_setup_run(session, abc):
    x, y, _, first, _ = abc
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    at_once, later = tf.assign_add(v, 1.0), tf.assign_add(v, first)
    handle = session.partial_run_setup([first, at_once.op, later.op], [x, y])
    assert session.run(v) == 1
    session.partial_run(handle, first, {x: 10, y: 20})
    assert session.run(v) == 31


def test_control_edges_wait_for_their_feeds(session):
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    session.run(v.initializer)
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.identity(x)]):
        add = tf.assign_add(v, 1.0)
    doubled = y * 2.0
    handle = session.partial_run_setup([add, doubled], [x, y])
    session.partial_run(handle, doubled, {y: 1})
    assert session.run(v) == 0
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"can't be computed from the feeds"):
        session.partial_run(handle, add)
    assert session.partial_run(handle, add, {x: 1}) == 1


def test_a_value_read_stays_what_it_was(session):
    v = tf.get_variable("v", initializer=np.ones(2, np.float32), use_resource=True)
    session.run(v.initializer)
    x = tf.placeholder(tf.float32, [])
    read = v.read_value()
    total = read * x
    handle = session.partial_run_setup([read, total], [x])
    first = session.partial_run(handle, read)
    first[:] = 7
    session.run(v.assign([5.0, 5.0]))
    np.testing.assert_array_equal(session.partial_run(handle, total, {x: 2}), [2, 2])


def test_handles_interleave_with_each_other_and_with_runs(session, abc):
    x, y, z, first, second = abc
    one = session.partial_run_setup([first, second], [x, y, z])
    two = session.partial_run_setup([first, second], [x, y, z])
    assert session.partial_run(one, first, {x: 1, y: 1}) == 2
    assert session.partial_run(two, first, {x: 2, y: 2}) == 4
    assert session.run(second, {x: 1, y: 2, z: 3}) == 9
    assert session.partial_run(two, second, {z: 10}) == 40
    assert session.partial_run(one, second, {z: 10}) == 20


def test_feeds_alone(session, abc):
    x, y, _, first, _ = abc
    handle = session.partial_run_setup(first, [x, y])
    assert session.partial_run(handle, [], {x: 1}) == []
    assert session.partial_run(handle, first, {y: 2}) == 3


def test_one_feed_needs_no_list(session):
    x = tf.placeholder(tf.float32, [])
    handle = session.partial_run_setup([x + 1.0], x)
    assert session.partial_run(handle, [], {x: 1}) == []


def test_without_a_handle_it_is_run(session, abc):
    x, y, _, first, _ = abc
    assert session.partial_run(None, first, {x: 1, y: 2}) == 3


CALLS = {
    "a feed that was not declared": (
        lambda s, h, t: s.partial_run(h, t["first"], {t["z"]: 1}),
        "The feed z:0 was not specified in partial_run_setup.",
    ),
    "a feed again": (
        lambda s, h, t: s.partial_run(h, [], {t["x"]: 1}),
        "The feed x:0 has already been fed.",
    ),
    "a fetch that was not declared": (
        lambda s, h, t: s.partial_run(h, t["second"]),
        "The fetch second:0 was not specified in partial_run_setup.",
    ),
    "a fetch too early": (
        lambda s, h, t: s.partial_run(h, t["first"]),
        "Fetch y:0 can't be computed from the feeds that have been fed so far.",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_does_not_fit_leaves_the_handle_usable(session, abc, name):
    x, y, z, first, second = abc
    tensors = {"x": x, "y": y, "z": z, "first": first, "second": second}
    handle = session.partial_run_setup([first, x + 1.0], [x, y])
    session.partial_run(handle, [], {x: 1})
    call, message = CALLS[name]
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        call(session, handle, tensors)
    assert caught.value.message == message
    assert session.partial_run(handle, first, {y: 2}) == 3


def test_a_fetch_again(session, abc):
    x, y, z, first, second = abc
    handle = session.partial_run_setup([first, second], [x, y, z])
    session.partial_run(handle, first, {x: 1, y: 2})
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"^The fetch first:0 has already been fetched\.$"
    ):
        session.partial_run(handle, first)
    assert session.partial_run(handle, second, {z: 2}) == 6


def test_a_used_up_or_unknown_handle(session, abc):
    x, y, _, first, _ = abc
    handle = session.partial_run_setup(first, [x, y])
    with tf.Session() as other, pytest.raises(tf.errors.InvalidArgumentError, match="Must run"):
        other.partial_run(handle, first, {x: 1, y: 2})
    session.partial_run(handle, first, {x: 1, y: 2})
    for used in (handle, "nonsense"):
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match=r"^Must run 'setup' before performing partial runs!$",
        ):
            session.partial_run(used, first)


def test_operations_are_fetched_in_the_setup_alone(session, abc):
    x, y, _, first, _ = abc
    handle = session.partial_run_setup([first, first.op], [x, y])
    with pytest.raises(RuntimeError, match=r"^partial_run\(\) requires empty target_list\.$"):
        session.partial_run(handle, first.op, {x: 1, y: 2})
    assert session.partial_run(handle, first, {x: 1, y: 2}) == 3


@pytest.mark.parametrize(
    ("fetches", "feeds", "message"),
    [
        ("x:0", "x:0", "x:0 is both fed and fetched."),
        ([], "x:0", "Must specify at least one target to fetch or execute."),
        ("y:0", ["x:0", "x:0"], 'Endpoint "x:0" fed more than once.'),
    ],
)
def test_a_setup_that_makes_no_sense(session, abc, fetches, feeds, message):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.partial_run_setup(fetches, feeds)
    assert caught.value.message == message


def test_a_key_that_is_no_tensor(session, abc):
    with pytest.raises(KeyError, match="Cannot interpret feed_list key as Tensor: The name 'no:0'"):
        session.partial_run_setup("x:0", ["no:0"])


def test_a_placeholder_that_was_not_declared(session, abc):
    x, y, _, first, second = abc
    handle = session.partial_run_setup([first, second], [x, y])
    with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value") as caught:
        session.partial_run(handle, second, {x: 1, y: 2})
    assert caught.value.op.name == "z"
    with pytest.raises(tf.errors.InvalidArgumentError, match="Must run 'setup'"):
        session.partial_run(handle, first)


def test_an_operation_that_fails_ends_the_handle_and_not_the_session(session):
    i = tf.placeholder(tf.int32, [])
    bad = tf.floordiv(1, i, name="bad")
    handle = session.partial_run_setup([bad], [i])
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero") as caught:
        session.partial_run(handle, bad, {i: 0})
    assert caught.value.op is bad.op
    with pytest.raises(tf.errors.InvalidArgumentError, match="Must run 'setup'"):
        session.partial_run(handle, bad, {i: 1})
    assert session.run(bad, {i: 1}) == 1


def test_identities_and_constants_as_fetches(session):
    x = tf.placeholder(tf.float32, [2])
    same, fixed = tf.identity(x), tf.constant([4.0]) + 1.0
    handle = session.partial_run_setup([same, fixed], [x])
    np.testing.assert_array_equal(session.partial_run(handle, fixed), [5])
    value = np.ones(2, np.float32)
    found = session.partial_run(handle, same, {x: value})
    np.testing.assert_array_equal(found, value)
    assert found is not value


def test_parts_are_compiled_once(session, abc):
    x, y, z, first, second = abc
    for _ in range(3):
        handle = session.partial_run_setup([first, second], [x, y, z])
        session.partial_run(handle, first, {x: 1, y: 2})
        session.partial_run(handle, second, {z: 5})
    (plan,) = session._partial_runs._plans.values()
    assert len(plan._parts) == 3
    assert session._partial_runs._steps == {}


def test_a_step_that_waits_does_not_hold_up_the_setup(session):
    queue = tf.FIFOQueue(2, tf.float32, [[]])
    x = tf.placeholder(tf.float32, [])
    taken = queue.dequeue() + 1.0
    put = queue.enqueue(x)
    with tf.control_dependencies([put]):
        done = tf.identity(x)
    handle = session.partial_run_setup([taken, done], [x])
    assert session.partial_run(handle, done, {x: 4}) == 4
    assert session.partial_run(handle, taken) == 5


def test_closing_ends_a_partial_run_that_waits(graph):
    queue = tf.FIFOQueue(2, tf.float32, [[]])
    taken = queue.dequeue(name="take")
    session = tf.Session(graph=graph)
    handle = session.partial_run_setup([taken])
    timer = threading.Timer(0.1, session.close)
    timer.start()
    with pytest.raises(tf.errors.CancelledError, match=r"^Dequeue operation was canc") as caught:
        session.partial_run(handle, taken)
    assert caught.value.op is taken.op
    timer.join()
    with pytest.raises(RuntimeError, match="closed Session"):
        session.partial_run(handle, taken)


@pytest.mark.parametrize("outer", [True, False])
@pytest.mark.parametrize("inner", [True, False])
@pytest.mark.parametrize("last", ["p", "q", "outer", "inner"])
def test_branches_whose_conditions_and_values_come_in_several_calls(session, outer, inner, last):
    p, q = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    not_first, second = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])
    first = tf.logical_not(not_first)
    count = tf.while_loop(lambda i: i < p, lambda i: i + 4.0, [q])
    chosen = tf.cond(
        first, lambda: tf.cond(second, lambda: p * 2.0, lambda: q + 1.0), lambda: count
    )
    total = chosen + tf.cond(second, lambda: 100.0, lambda: 200.0)
    feeds = {"p": (p, 10), "q": (q, 3), "outer": (not_first, not outer), "inner": (second, inner)}
    handle = session.partial_run_setup([chosen, total], [tensor for tensor, _ in feeds.values()])
    for name, (tensor, value) in feeds.items():
        if name != last:
            session.partial_run(handle, [], {tensor: value})
    found = session.partial_run(handle, [chosen, total], dict([feeds[last]]))
    expected = (20 if inner else 4) if outer else 11
    assert found == [expected, expected + (100 if inner else 200)]


def test_a_value_of_the_branch_that_was_not_taken(session):
    p, otherwise = tf.placeholder(tf.float32, []), tf.placeholder(tf.bool, [])
    condition = tf.logical_not(otherwise)
    no, yes = tf.raw_ops.Switch(data=p, pred=condition, name="way")
    later = tf.add(no, 1.0, name="later")
    for fetch, name in ((no, "way:0"), (later, "later:0")):
        handle = session.partial_run_setup([yes, fetch], [p, otherwise])
        session.partial_run(handle, [], {p: 3})
        assert session.partial_run(handle, yes, {otherwise: False}) == 3
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match=rf"^The tensor returned for {name} was not valid\.$",
        ):
            session.partial_run(handle, fetch)
    assert session.run(yes, {p: 4, condition: True}) == 4


@pytest.mark.parametrize("taken", [True, False])
def test_a_branch_that_waits(session, taken):
    queue = tf.FIFOQueue(2, tf.float32, [[]])
    p, condition = tf.placeholder(tf.float32, []), tf.placeholder(tf.bool, [])
    chosen = tf.cond(condition, queue.dequeue, lambda: p + 1.0)
    total = chosen * 10.0
    session.run(queue.enqueue(7.0))
    handle = session.partial_run_setup([chosen, total], [p, condition])
    session.partial_run(handle, [], {p: 2})
    expected = 7 if taken else 3
    assert session.partial_run(handle, chosen, {condition: taken}) == expected
    assert session.partial_run(handle, total) == expected * 10
    assert session.run(queue.size()) == (0 if taken else 1)


def test_on_a_device(monkeypatch, graph):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1")
    x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    total = tf.exp(x) + y
    product = total * x
    with tf.Session(graph=graph) as session:
        handle = session.partial_run_setup([total, product, tf.exp(x)], [x, y])
        session.partial_run(handle, [], {x: [0, 0]})
        np.testing.assert_array_equal(session.partial_run(handle, total, {y: [1, 2]}), [2, 3])
        np.testing.assert_array_equal(session.partial_run(handle, product), [0, 0])


def test_registered_types_as_feeds(session):
    class Several:
        def __init__(self, *tensors):
            self.tensors = tensors

    register_session_run_conversion_functions(
        Several,
        lambda s: (list(s.tensors), sum),
        lambda s, value: [(t, value) for t in s.tensors],
        lambda s: list(s.tensors),
    )
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    total = x + y
    both = Several(x, y)
    handle = session.partial_run_setup(total, both)
    assert session.partial_run(handle, total, {both: 4}) == 8


def test_a_session_is_collected_though_a_partial_run_waits(graph):
    queue = tf.FIFOQueue(1, tf.float32, [[]])
    x = tf.placeholder(tf.float32, [])
    session = tf.Session()
    session.partial_run_setup([queue.dequeue() + x, x * 2.0], [x])
    (waiting,) = [t for t in threading.enumerate() if t.name == "tfsession partial run"]
    reference = weakref.ref(session)
    del session
    gc.collect()
    assert reference() is None
    waiting.join(20)
    assert not waiting.is_alive()


def test_reset_ends_a_partial_run_that_waits(session):
    queue = tf.FIFOQueue(1, tf.float32, [[]])
    session.partial_run_setup(queue.dequeue())
    (waiting,) = [t for t in threading.enumerate() if t.name == "tfsession partial run"]
    tf.Session.reset("")
    waiting.join(20)
    assert not waiting.is_alive()


def test_a_session_forgets_partial_runs_that_are_over(session, abc):
    x, y, z, first, second = abc
    done = session.partial_run_setup(first, [x, y])
    failing = session.partial_run_setup([tf.check_numerics(x, "x"), first], [x, y])
    session.partial_run_setup([first, second], [x, y, z])
    assert len(session._runner.running) == 3
    session.partial_run(done, first, {x: 1, y: 2})
    with pytest.raises(tf.errors.InvalidArgumentError):
        session.partial_run(failing, [], {x: np.nan})
    assert len(session._runner.running) == len(session._partial_runs._steps) == 1
