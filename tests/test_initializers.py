"""Initializers and regularizers."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf
from tfsession import initializers
from tfsession.variables import regularizers

pytestmark = pytest.mark.usefixtures("graph")


def value(tensor):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(tensor)


def test_constants():
    np.testing.assert_array_equal(value(tf.zeros_initializer()([2])), [0, 0])
    np.testing.assert_array_equal(value(tf.ones_initializer(tf.int32)([2])), [1, 1])
    np.testing.assert_array_equal(
        value(tf.constant_initializer([1, 2])([2, 2], dtype=tf.int64)), [[1, 2], [2, 2]]
    )
    np.testing.assert_array_equal(value(initializers.identity(2.0)([2, 3])), [[2, 0, 0], [0, 2, 0]])


@pytest.mark.parametrize("axis", [0, 1])
def test_parts_of_an_identity_matrix_make_one_identity_matrix(axis):
    with tf.variable_scope(
        "parts",
        partitioner=tf.variable_axis_size_partitioner(8, axis=axis),
        initializer=tf.initializers.identity(gain=2.0),
    ):
        matrix = tf.get_variable("matrix", [3, 2])
    assert len(list(matrix)) > 1
    np.testing.assert_array_equal(value(tf.identity(matrix)), [[2, 0], [0, 2], [0, 0]])


@pytest.mark.parametrize("distribution", ["uniform", "truncated_normal", "untruncated_normal"])
@pytest.mark.parametrize(
    ("mode", "count"), [("fan_in", 9 * 20), ("fan_out", 9 * 60), ("fan_avg", 9 * 40)]
)
def test_variance(distribution, mode, count):
    initializer = initializers.variance_scaling(2.0, mode, distribution, seed=1)
    numbers = value(initializer([3, 3, 20, 60]))
    assert abs(numbers.var() * count / 2 - 1) < 0.05
    assert abs(numbers.mean()) < 0.01


@pytest.mark.parametrize(
    "initializer",
    [
        tf.random_uniform_initializer(-1.0, 1.0, seed=3),
        tf.random_normal_initializer(1.0, 2.0, seed=3),
        tf.truncated_normal_initializer(seed=3),
        initializers.glorot_normal(seed=3),
        initializers.glorot_uniform(seed=3),
        initializers.variance_scaling(seed=3),
    ],
    ids=lambda i: type(i).__name__,
)
def test_config_makes_an_equal_one(initializer):
    again = type(initializer).from_config(initializer.get_config())
    np.testing.assert_array_equal(value(initializer([4, 4])), value(again([4, 4])))


@pytest.mark.parametrize(
    "arguments", [{"scale": 0.0}, {"mode": "fan"}, {"distribution": "other"}, {"dtype": tf.int32}]
)
def test_refusals(arguments):
    with pytest.raises(ValueError, match=r"must be positive|Invalid|Expected floating"):
        initializers.variance_scaling(**arguments)


def test_default_of_get_variable_is_glorot_uniform():
    w = tf.get_variable("w", [200, 100])
    numbers = value(w)
    limit = np.sqrt(6 / 300)
    assert np.abs(numbers).max() <= limit < np.abs(numbers).max() * 1.01


def test_regularizers():
    w = tf.constant([3.0, -4.0])
    assert value(regularizers.l1_regularizer(0.5)(w)) == 3.5
    assert value(regularizers.l2_regularizer(0.5)(w)) == 6.25
    assert value(regularizers.l1_l2(0.5, 0.5)(w)) == 16.0
    assert regularizers.l2_regularizer(0.0)(w) is None
