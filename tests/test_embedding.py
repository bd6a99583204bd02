"""Embedding tables in several parts: lookups, and gradients that stay rows."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf

TABLE = np.arange(14, dtype=np.float32).reshape(7, 2)
IDS = [6, 0, 3, 1, 5, 3]


def parts_of(strategy: str, use_resource: bool) -> list[tf.Variable]:
    rows = {"mod": [TABLE[i::3] for i in range(3)], "div": [TABLE[:3], TABLE[3:5], TABLE[5:]]}
    return [
        tf.get_variable(f"part{i}", initializer=part, use_resource=use_resource)
        for i, part in enumerate(rows[strategy])
    ]


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("strategy", ["mod", "div"])
def test_lookup_in_parts(strategy, use_resource):
    with tf.Graph().as_default(), tf.Session() as session:
        parts = parts_of(strategy, use_resource)
        ids = tf.placeholder(tf.int64, [None])
        y = tf.nn.embedding_lookup(parts, ids, partition_strategy=strategy)
        assert y.shape.as_list() == [None, 2]
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(session.run(y, {ids: IDS}), TABLE[IDS])


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("strategy", ["mod", "div"])
def test_gradients_of_parts_are_sparse(strategy, use_resource):
    with tf.Graph().as_default(), tf.Session() as session:
        parts = parts_of(strategy, use_resource)
        y = tf.nn.embedding_lookup(parts, IDS, partition_strategy=strategy)
        gradients = tf.gradients(tf.reduce_sum(y * y), parts)
        assert all(isinstance(dx, tf.IndexedSlices) for dx in gradients)
        session.run(tf.global_variables_initializer())
        for part, dx in zip(parts, session.run(gradients), strict=True):
            values = session.run(part)
            np.testing.assert_array_equal(dx.values, 2 * values[dx.indices])
            assert dx.dense_shape.tolist() == list(values.shape)


@pytest.mark.parametrize("strategy", ["mod", "div"])
def test_training_changes_only_what_was_looked_up(strategy):
    with tf.Graph().as_default(), tf.Session() as session:
        parts = parts_of(strategy, use_resource=False)
        y = tf.nn.embedding_lookup(parts, [4, 4, 2], partition_strategy=strategy)
        train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(y))
        everything = tf.nn.embedding_lookup(parts, tf.range(7), partition_strategy=strategy)
        session.run(tf.global_variables_initializer())
        session.run(train)
        wanted = TABLE.copy()
        wanted[4] -= 1.0
        wanted[2] -= 0.5
        np.testing.assert_array_equal(session.run(everything), wanted)


def test_strategies_have_names():
    with pytest.raises(ValueError, match="Unrecognized partition strategy: hash"):
        tf.nn.embedding_lookup([TABLE, TABLE], [0], partition_strategy="hash")
    with pytest.raises(ValueError, match="Need at least one param"):
        tf.nn.embedding_lookup([], [0])


def test_a_table_may_be_an_array_or_several():
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    with tf.Graph().as_default(), tf.Session() as session:
        whole = tf.nn.embedding_lookup(table, [[3], [0]])
        parts = tf.nn.embedding_lookup([table[:2], table[2:]], [1, 3], partition_strategy="div")
        first, second = session.run([whole, parts])
    np.testing.assert_array_equal(first, table[[[3], [0]]])
    np.testing.assert_array_equal(second, table[[1, 3]])
