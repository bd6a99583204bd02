"""Optimizers: whole trajectories against numbers of TensorFlow, and what is around them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import tfsession as tf

GOLDEN = Path(__file__).parent / "golden"
_spec = importlib.util.spec_from_file_location("record_training", GOLDEN / "record_training.py")
recorded = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(recorded)


@pytest.fixture(scope="module")
def golden():
    return np.load(GOLDEN / "trajectories.npz")


@pytest.mark.parametrize("variant", recorded.VARIANTS, ids=lambda v: recorded.key(*v))
def test_trajectory(golden, variant):
    np.testing.assert_allclose(
        recorded.trajectory(tf, *variant), golden[recorded.key(*variant)], rtol=2e-5, atol=2e-6
    )


def test_slots_have_the_names_of_tensorflow(graph):
    w = tf.get_variable("w", [2])
    optimizer = tf.train.AdamOptimizer()
    optimizer.minimize(tf.reduce_sum(w))
    assert [v.op.name for v in tf.global_variables()] == [
        "w",
        "beta1_power",
        "beta2_power",
        "w/Adam",
        "w/Adam_1",
    ]
    assert optimizer.get_slot_names() == ["m", "v"]
    assert optimizer.get_slot(w, "m").op.name == "w/Adam"
    assert optimizer.get_slot(w, "none") is None


def test_no_gradient(graph):
    tf.get_variable("w", [2])
    with pytest.raises(ValueError, match="No gradients provided for any variable, check your"):
        tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))


def test_no_variable(graph):
    with pytest.raises(ValueError, match="No variables to optimize"):
        tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))


def test_constraint_holds_after_the_update(graph):
    w = tf.get_variable("w", initializer=[1.0, -1.0], constraint=lambda x: tf.maximum(x, 0.0))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(w))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        np.testing.assert_allclose(session.run(w), [0.9, 0.0])


def test_clip_by_global_norm(graph):
    clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([4.0])], 1.0)
    assert clipped[1] is None
    with tf.Session() as session:
        assert session.run(norm) == 5.0
        np.testing.assert_allclose(session.run([clipped[0], clipped[2]]), [[0.6], [0.8]], rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda s: tf.train.exponential_decay(1.0, s, 10, 0.5), 0.5**0.5),
        (lambda s: tf.train.exponential_decay(1.0, s, 10, 0.5, staircase=True), 1.0),
        (lambda s: tf.train.piecewise_constant(s, [4, 8], [1.0, 0.5, 0.1]), 0.5),
        (lambda s: tf.train.polynomial_decay(1.0, s, 10, 0.0), 0.5),
        (lambda s: tf.train.natural_exp_decay(1.0, s, 10, 1.0), np.exp(-0.5)),
        (lambda s: tf.train.inverse_time_decay(1.0, s, 10, 1.0), 1 / 1.5),
        (lambda s: tf.train.cosine_decay(1.0, s, 10), 0.5),
    ],
)
def test_learning_rates_at_step_5_of_10(graph, make, expected):
    rate = make(tf.constant(5))
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(rate), expected, rtol=1e-6)


OPTIMIZERS = {
    "gradient descent": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "adam": lambda: tf.train.AdamOptimizer(0.1),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "adadelta": lambda: tf.train.AdadeltaOptimizer(0.1),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.1),
    "centered rmsprop": lambda: tf.train.RMSPropOptimizer(0.1, centered=True),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1),
}


def trained(minimize, variable):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(minimize)
        return session.run(variable)


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"ftrl"}))
def test_the_shape_of_a_variable_may_be_unknown(graph, name):
    results = []
    for dims in ([2], None, [None]):
        initial = tf.placeholder_with_default(np.array([1.0, 2.0], np.float32), dims)
        v = tf.Variable(initial, validate_shape=dims == [2])
        minimize = OPTIMIZERS[name]().minimize(tf.reduce_sum(v * v), var_list=[v])
        results.append(trained(minimize, v).tolist())
    assert results[0] == results[1] == results[2] != [1.0, 2.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_loss_may_be_a_function(graph, name):
    x, y = (tf.get_variable(n, initializer=2.0, use_resource=True) for n in "xy")
    given, computed = (
        OPTIMIZERS[name]().minimize(loss, var_list=[x]) for loss in (lambda: x**2, x**2)
    )
    assert trained(given, [x, y]) == trained(computed, [x, y])
    assert trained(OPTIMIZERS[name]().minimize(lambda: x**2), [x, y]) == trained(given, [x, y])


def test_a_loss_that_is_a_function_trains_the_resources_that_it_reads(graph):
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    x, y, z = (tf.get_variable(n, initializer=2.0, use_resource=True) for n in "xyz")
    w = tf.get_variable("w", initializer=2.0, use_resource=False)
    frozen = tf.get_variable("frozen", initializer=2.0, use_resource=True, trainable=False)

    def variables(*args, **kwargs):
        return [v.op.name for _, v in optimizer.compute_gradients(*args, **kwargs)]

    assert variables(lambda: x * y * w * frozen) == ["x", "y"]
    assert variables(lambda: x * y, [z]) == ["z"]
    assert variables(lambda: w * w) == []
    assert variables(lambda: x * y, grad_loss=2.0) == ["x", "y"]
