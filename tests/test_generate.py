"""The generated Step: what it drops, reuses, shares, and how it survives being run at once."""

from __future__ import annotations

import gc
import linecache
import threading
import weakref

import numpy as np
import pytest

import tfsession as tf

pytestmark = pytest.mark.usefixtures("graph")


def source(fetches, feeds=()):
    with tf.Session() as session:
        return session._runner.plan(fetches, list(feeds), dict.fromkeys(feeds)).step.source


def test_values_are_dropped_at_their_last_use():
    x = tf.placeholder(tf.float32, [2])
    text = source(tf.exp(tf.negative(x)) + 1.0, [x])
    assert "v1 = negative(v0); del v0" in text
    assert "exp(v1, out=v1); del v1" in text


def test_an_input_that_lives_on_is_not_overwritten():
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x)
    assert "out=" not in source([tf.negative(y), y], [x])


def test_feeds_and_constants_are_never_written():
    x = tf.placeholder(tf.float32, [2])
    value = np.array([1.0, 2.0], np.float32)
    with tf.Session() as session:
        session.run(tf.exp(tf.add(tf.negative(x), [1.0, 2.0])) * x, {x: value})
    np.testing.assert_array_equal(value, [1, 2])


def test_views_are_never_written():
    x = tf.placeholder(tf.float32, [2, 3])
    y = tf.exp(x)
    flat = tf.reshape(y, [6])
    with tf.Session() as session:
        a, b = session.run([tf.negative(flat), tf.square(y)], {x: np.ones((2, 3))})
    np.testing.assert_allclose(a, -np.exp(np.ones(6)), rtol=1e-6)
    np.testing.assert_allclose(b, np.exp(2 * np.ones((2, 3))), rtol=1e-6)


def test_sizes_unknown_until_the_run_are_compared_then():
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.placeholder(tf.float32, [None, 3])
    z = tf.add(tf.exp(x), y)
    with tf.Session() as session:
        for rows in ((2, 2), (1, 2), (2, 1)):
            a, b = np.ones((rows[0], 3)), np.ones((rows[1], 3))
            result = session.run(z, {x: a, y: b})
            np.testing.assert_allclose(result, np.exp(a) + b, rtol=1e-6)


def test_fetched_arrays_are_the_callers_own():
    c = tf.constant([1.0, 2.0])
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    x = tf.placeholder(tf.float32, [2])
    fetches = [c, v, tf.identity(v), tf.reshape(tf.exp(x), [2, 1])]
    with tf.Session() as session:
        session.run(v.initializer)
        first = session.run(fetches, {x: [0, 0]})
        for array in first:
            assert array.flags.owndata
            assert array.flags.writeable
            array[...] = 7
        second = session.run(fetches, {x: [0, 0]})
    np.testing.assert_array_equal(second[0], [1, 2])
    np.testing.assert_array_equal(second[1], [1, 2])
    np.testing.assert_array_equal(second[3], [[1], [1]])


def test_a_fetched_variable_does_not_change_later():
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    add = tf.assign_add(v, [1.0, 1.0])
    with tf.Session() as session:
        session.run(v.initializer)
        before = session.run(v)
        session.run(add)
        np.testing.assert_array_equal(before, [1, 2])
        np.testing.assert_array_equal(session.run(v), [2, 3])


def test_a_write_never_changes_what_was_read_of_a_resource_variable():
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=True)
    before = tf.reshape(tf.identity(v), [2, 1])
    with tf.control_dependencies([before]):
        add = tf.assign_add(v, [1.0, 1.0])
    with tf.control_dependencies([add]):
        after = v.read_value()
        late = before * 1.0
    with tf.Session() as session:
        session.run(v.initializer)
        results = session.run([before, after, late])
    np.testing.assert_array_equal(results[0], [[1], [2]])
    np.testing.assert_array_equal(results[1], [2, 3])
    np.testing.assert_array_equal(results[2], [[1], [2]])


def test_updates_keep_the_address():
    v = tf.get_variable("v", initializer=np.zeros(4, np.float32))
    add = tf.assign_add(v, np.ones(4, np.float32))
    with tf.Session() as session:
        session.run(v.initializer)
        cell = session._runner.resources.lookup("", "variable", "v")
        address = cell.read().ctypes.data
        for _ in range(3):
            session.run(add.op)
        assert cell.read().ctypes.data == address


def test_tracebacks_show_the_source():
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as session:
        step = session._runner.plan(tf.exp(x), [x], {x: None}).step
        assert linecache.getline(step.file_name, 1).startswith("def step(")
        name = step.file_name
        del step
    del session
    gc.collect()
    assert linecache.getline(name, 1) == ""


def test_values_die_before_the_step_ends():
    """A value's memory is free once the last reader has run, not when the step returns."""
    seen = []

    x = tf.placeholder(tf.float32, [4])
    y = tf.exp(x)
    with tf.Session() as session:
        plan = session._runner.plan(tf.reduce_sum(y), [x], {x: None})
        bound = plan.step.function.__kwdefaults__
        original = bound["exp"]

        def watched(*arguments, **keywords):
            result = original(*arguments, **keywords)
            seen.append(weakref.ref(result))
            return result

        plan.step.function.__kwdefaults__ = {**bound, "exp": watched}
        session.run(tf.reduce_sum(y), {x: np.ones(4)})
        session._runner.execute(plan, [np.ones(4, np.float32)])
    assert seen
    assert all(reference() is None for reference in seen)


def test_one_step_runs_in_many_threads():
    x = tf.placeholder(tf.float32, [None])
    y = tf.reduce_sum(tf.square(tf.exp(x) + x))
    with tf.Session() as session:
        expected = {n: session.run(y, {x: np.full(n, 0.5)}) for n in range(1, 9)}
        wrong = []

        def work(n):
            for _ in range(200):
                if session.run(y, {x: np.full(n, 0.5)}) != expected[n]:
                    wrong.append(n)

        threads = [threading.Thread(target=work, args=(n,)) for n in expected]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_updates_from_many_threads_are_not_lost():
    v = tf.get_variable("v", initializer=0.0)
    add = tf.assign_add(v, 1.0, use_locking=True)
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(add.op)

        def work():
            for _ in range(100):
                session.run(add.op)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert session.run(v) == 801


def test_what_comes_after_a_write_sees_it():
    """Also through the variable itself, whose `read` has been made before the write."""
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=False)
    before = v * 1.0
    with tf.control_dependencies([before, tf.assign_add(v, [10.0, 10.0])]):
        after = [tf.identity(v), v * 10.0]
    with tf.Session() as session:
        session.run(v.initializer)
        values = session.run([before, *after])
    np.testing.assert_array_equal(values, [[1, 2], [11, 12], [110, 120]])


def test_a_chain_of_strands_drops_values_late_enough():
    queue = tf.FIFOQueue(10, [tf.float32], [[2]])
    x = tf.placeholder(tf.float32, [2]) * 2.0
    first = x + queue.dequeue()
    second = x * 3.0
    with tf.Session() as session:
        session.run(queue.enqueue([[1.0, 1.0]]))
        values = session.run([first, second], {x: [2, 4]})
    np.testing.assert_array_equal(values, [[3, 5], [6, 12]])


def test_a_constant_waits_for_its_control_inputs():
    queue = tf.FIFOQueue(10, [tf.float32], [[]])
    v = tf.get_variable("v", initializer=0.0, use_resource=False)
    with tf.control_dependencies([queue.dequeue()]):
        assign = tf.assign(v, tf.constant(5.0))
    with tf.Session() as session:
        session.run(v.initializer)
        runner = threading.Thread(target=session.run, args=(assign.op,))
        runner.start()
        assert session.run(v) == 0
        session.run(queue.enqueue([1.0]))
        runner.join()
        assert session.run(v) == 5


def test_outputs_of_one_kernel_share_no_memory():
    x = tf.placeholder(tf.float32, [2, 1, 1, 3])
    scale, offset = tf.ones([3]), tf.zeros([3])
    mean, variance = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.float32, [3])
    _, running, _ = tf.nn.fused_batch_norm(
        x, scale, offset, mean=mean, variance=variance, is_training=False
    )
    fed = np.zeros(3, np.float32)
    with tf.Session() as session:
        feeds = {x: np.ones((2, 1, 1, 3)), mean: fed, variance: np.ones(3, np.float32)}
        session.run(running * 0.0 + 9.0, feeds)
    np.testing.assert_array_equal(fed, [0, 0, 0])


def test_a_failing_operation_that_is_asked_for_fails():
    x = tf.placeholder(tf.float32, [2])
    checked = tf.check_numerics(x, "bad")
    with tf.control_dependencies([checked]):
        after = tf.constant(1.0)
    n = tf.placeholder(tf.int32, [])
    with tf.Session() as session:
        for fetch in (checked.op, after):
            with pytest.raises(tf.errors.InvalidArgumentError, match="bad"):
                session.run(fetch, {x: [np.nan, 1]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="by zero"):
            session.run(tf.floordiv(n, n).op, {n: 0})
