"""Moving averages: their numbers and the names of their variables, as TensorFlow has them."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf
from tfsession.python.training.moving_averages import assign_moving_average


@pytest.mark.parametrize("use_resource", [False, True])
def test_an_average_that_starts_without_a_value(session, use_resource):
    with tf.variable_scope("sc"):
        v = tf.get_variable("v", [2], initializer=tf.zeros_initializer(), use_resource=use_resource)
        x = tf.placeholder(tf.float32, [2])
        update = assign_moving_average(v, x, 0.9)
    session.run(tf.global_variables_initializer())
    # As TensorFlow has them, to the last digit that a float32 holds.
    for first, wanted in ((1, [0.99999976, 1.9999995]), (2, [1.5263153, 1.9999994]),
                          (3, [2.07011, 1.9999993])):  # fmt: skip
        np.testing.assert_allclose(session.run(update, {x: [first, 2]}), wanted, 3e-7)
        np.testing.assert_allclose(session.run(v), wanted, 3e-7)
    assert update.op.name == "sc/AssignMovingAvg" or use_resource
    names = [variable.name for variable in tf.global_variables()]
    assert names == ["sc/v:0", "sc/sc/v/biased:0", "sc/sc/v/local_step:0"]
    assert tf.trainable_variables() == [v]


def test_two_averages_of_one_variable(session):
    v = tf.get_variable("v", [], initializer=tf.zeros_initializer())
    for value in (1.0, 2.0, 3.0):
        assign_moving_average(v, value, 0.5)
    names = [variable.op.name for variable in tf.global_variables()][1:]
    assert names == [
        *("v/biased", "v/local_step", "v/biased_1", "v/local_step_1"),
        *("v/biased_2", "v/local_step_2"),
    ]


def test_without_correction(session):
    v = tf.Variable([1.0, 3.0])
    update = assign_moving_average(v, [2.0, 1.0], 0.75, zero_debias=False)
    session.run(v.initializer)
    assert session.run(update).tolist() == [1.25, 2.5]
    assert tf.global_variables() == [v]


def test_averages_of_tensors_are_corrected_and_those_of_variables_need_not_be(session):
    v = tf.Variable([1.0, 2.0], name="v")
    x = v * 2
    averages = tf.train.ExponentialMovingAverage(0.9, zero_debias=True)
    update = averages.apply([v, x])
    step = v.assign_add([1.0, 1.0])
    session.run(tf.global_variables_initializer())
    found = []
    for _ in range(3):
        session.run(update)
        found.append(session.run([averages.average(v), averages.average(x)]))
        session.run(step)
    wanted = [[[1, 2], [2, 4]], [[1.1, 2.1], [3.0526316, 5.0526314]],
              [[1.29, 2.29], [4.1402206, 6.1402206]]]  # fmt: skip
    np.testing.assert_allclose(found, wanted, 3e-7)
    assert [variable.op.name for variable in tf.global_variables()] == [
        *("v", "v/ExponentialMovingAverage", "mul/ExponentialMovingAverage"),
        *("mul/ExponentialMovingAverage/biased", "mul/ExponentialMovingAverage/local_step"),
    ]
