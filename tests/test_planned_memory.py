"""Memory of simulated GPUs that a step takes as a whole, against counting every result."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf
from tfsession.devices import simulated

GPU = "/job:localhost/replica:0/task:0/device:GPU:0"
KIB = 1 << 10


@pytest.fixture(autouse=True)
def graph(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "1x1MiB")
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def counted(monkeypatch):
    """The arrays that were counted one by one: their bytes."""
    sizes = []
    account = simulated.SimulatedDevice.account

    def note(self, array):
        sizes.append(array.nbytes)
        account(self, array)

    monkeypatch.setattr(simulated.SimulatedDevice, "account", note)
    return sizes


def layers(count, size=4 * KIB):
    """Layers whose values all live until the gradients come back; 4 bytes an element."""
    x = y = tf.random_uniform([size])
    for _ in range(count):
        y = tf.tanh(y * 1.5)
    return tf.reduce_sum(tf.gradients(y, x)[0])


def peak(session):
    return session.memory_info()[GPU].peak_bytes_in_use


def in_use(session):
    return session.memory_info()[GPU].bytes_in_use


def test_a_step_of_known_shapes_counts_nothing(counted):
    fetch = layers(5)
    with tf.Session() as session:
        session.run(fetch)
        assert counted == []
        assert in_use(session) < 17 * KIB  # a constant: the gradient that comes in
        assert peak(session) > 5 * 16 * KIB
        session.run(fetch)
        assert counted == []


def test_the_peak_is_that_of_counting(counted, monkeypatch):
    """At most a value or two above it: results may be written over what they are made from."""
    fetch = layers(10)
    with tf.Session() as session:
        session.run(fetch)
        planned = peak(session)
    monkeypatch.setattr(
        "tfsession.compile.generate.with_peaks", lambda plain, counting, peaks: counting
    )
    with tf.Session() as session:
        session.run(fetch)
        assert counted
        assert 0 <= planned - peak(session) <= 2 * 16 * KIB


def test_what_does_not_fit_is_counted_to_name_the_operation(counted):
    fetch = layers(100)
    small = tf.reduce_sum(tf.tanh(tf.random_uniform([10])))
    with tf.Session() as session:
        with pytest.raises(
            tf.errors.ResourceExhaustedError, match=r"OOM .* shape\[4096\]"
        ) as caught:
            session.run(fetch)
        assert counted
        assert "tanh" in caught.value.message.lower()
        assert in_use(session) < 17 * KIB
        counted.clear()
        session.run(small)
        assert not counted


def test_unknown_shapes_are_counted(counted):
    x = tf.placeholder(tf.float32, [None])
    with tf.Session() as session:
        session.run(tf.tanh(tf.tile(x, [2])), {x: np.ones(100)})
    assert 800 in counted


def branch():
    condition = tf.placeholder_with_default(True, [])
    return tf.cond(condition, lambda: tf.random_uniform([9]), lambda: tf.zeros([9]))


def loop():
    return tf.while_loop(lambda i: i[0] < 3.0, lambda i: i + 1.0, [tf.zeros([5])])


def array():
    return tf.TensorArray(tf.float32, 2).unstack(tf.tanh(tf.fill([2, 8], 1.0))).stack()


@pytest.mark.parametrize("build", [branch, loop, array])
def test_what_the_plan_does_not_follow_is_counted(counted, build):
    with tf.Session() as session:
        session.run(build())
    assert counted


def test_values_that_outlive_the_step_are_counted(counted):
    v = tf.Variable(tf.random_uniform([1000]))
    handle = tf.get_session_handle(tf.random_uniform([2000]))
    with tf.Session() as session:
        session.run(v.initializer)
        assert 4000 <= in_use(session) < 5000
        kept = session.run(handle)
        assert 12000 <= in_use(session) < 13000
        session.run(v.assign_add(tf.random_uniform([1000])).op)
        assert 12000 <= in_use(session) < 13000
        kept.delete()
        assert in_use(session) < 5000


def test_a_session_that_closes_during_a_step_leaves_nothing():
    device = simulated.SimulatedDevice(memory_limit=1000)
    assert device.reserve(800)
    assert not device.reserve(300)
    device.close()
    device.release(800)
    assert device.memory_statistics().in_use == 0
    other = simulated.SimulatedDevice(memory_limit=1000)
    assert other.reserve(1000)
    other.release(1000)
    assert other.memory_statistics().in_use == 0
