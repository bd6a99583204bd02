"""Variables in several parts: names, places, values, sharing, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tfsession.variables.partitions import PartitionedVariable

pytestmark = pytest.mark.usefixtures("graph")


def value(fetch: Any) -> Any:
    """Initialises all variables and runs `fetch`."""
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetch)


@pytest.mark.parametrize("use_resource", [False, True])
def test_parts_are_variables_that_know_their_place(use_resource: bool):
    with tf.variable_scope("layer", partitioner=tf.fixed_size_partitioner(2)):
        whole = tf.get_variable("w", [5, 2], use_resource=use_resource)
    assert isinstance(whole, PartitionedVariable)
    assert [part.name for part in whole] == ["layer/w/part_0:0", "layer/w/part_1:0"]
    assert tf.trainable_variables() == list(whole)
    assert [part._save_slice_info.spec for part in whole] == ["5 2 0,3:0,2", "5 2 3,2:0,2"]
    assert (whole.name, whole.get_shape().as_list(), len(whole)) == ("layer/w", [5, 2], 2)
    assert tf.convert_to_tensor(whole).name == "layer/w:0"


def test_an_initializer_makes_each_part_of_the_whole():
    by_value = tf.get_variable(
        "value", initializer=tf.range(7), partitioner=tf.fixed_size_partitioner(3)
    )
    seen = []

    def offset(shape: Any, dtype: Any, partition_info: Any) -> Any:
        seen.append((shape, partition_info.full_shape, partition_info.var_offset))
        return tf.fill(shape, float(partition_info.var_offset[1]))

    by_function = tf.get_variable(
        "function", [2, 4], initializer=offset, partitioner=tf.fixed_size_partitioner(2, axis=1)
    )
    first, second = value([by_value.as_tensor(), by_function.as_tensor()])
    assert first.tolist() == list(range(7))
    assert second.tolist() == [[0, 0, 2, 2]] * 2
    assert seen == [([2, 2], [2, 4], [0, 0]), ([2, 2], [2, 4], [0, 2])]


def test_lookups_training_and_assignment_reach_the_parts():
    table = tf.get_variable(
        "table", [4, 2], initializer=tf.ones_initializer(), partitioner=tf.fixed_size_partitioner(2)
    )
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [0, 1, 1]))
    train = tf.train.MomentumOptimizer(0.5, 0.9).minimize(loss)
    slots = [v for v in tf.global_variables() if "Momentum" in v.name]
    assert [v._save_slice_info.full_name for v in slots] == ["table/Momentum"] * 2
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        # Rows are dealt to the parts in turn: row 1 of the lookup is the first of the second part.
        assert session.run(table.as_tensor()).tolist() == [[0.5, 0.5], [1, 1], [0, 0], [1, 1]]
        session.run(table.assign(np.arange(8, dtype=np.float32).reshape(4, 2)))
        session.run(table.assign_add(tf.ones([4, 2]), read_value=False))
        session.run(table.assign_sub(list(table)))
        assert not session.run(tf.convert_to_tensor(table)).any()


def test_sharing():
    two = tf.fixed_size_partitioner(2)
    whole = tf.get_variable("w", [4], partitioner=two)
    with pytest.raises(ValueError, match="Partitioned variable with name w already exists"):
        tf.get_variable("w", [4], partitioner=two)
    with pytest.raises(ValueError, match="No partitioner was provided, but a partitioned"):
        tf.get_variable("w", [4])
    tf.get_variable("plain", [4])
    with pytest.raises(ValueError, match="but an unpartitioned version"):
        tf.get_variable("plain", [4], partitioner=two)
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        assert tf.get_variable("w") is whole
        assert tf.get_variable("w", [4], partitioner=two) is whole
        with pytest.raises(ValueError, match=r"specified partitions \[3\] and found"):
            tf.get_variable("w", [4], partitioner=tf.fixed_size_partitioner(3))
        with pytest.raises(ValueError, match=r"specified shape \(5,\) and found shape \(4,\)"):
            tf.get_variable("w", [5])
        with pytest.raises(ValueError, match="specified dtype int32 and found dtype float32"):
            tf.get_variable("w", [4], tf.int32)
        with pytest.raises(ValueError, match="PartitionedVariable new does not exist"):
            tf.get_variable("new", [4], partitioner=two)


@pytest.mark.parametrize(
    ("shape", "counts", "message"),
    [
        (None, [2], "must be fully defined"),
        ([3, 3], [2, 2], "Can only slice a variable along one dimension"),
        ([3, 3], [0, 2], "zero partitions"),
        ([3, 3], [2], "does not match the Variable's rank"),
        ([3, 3], 3, "must return a sequence"),
    ],
)
def test_what_no_partition_is(shape: Any, counts: Any, message: str, graph: tf.Graph):
    with pytest.raises(ValueError, match=message):
        tf.get_variable("w", shape, partitioner=lambda **_: counts)
    assert tf.global_variables() == []


def test_a_scalar_has_one_part_and_a_list_of_parts_can_be_made():
    scalar = tf.get_variable("s", [], partitioner=tf.fixed_size_partitioner(2))
    assert isinstance(scalar, tf.Variable)
    parts = tf.create_partitioned_variables([4, 2], [1, 2], tf.ones_initializer())
    assert [part.name for part in parts] == [
        "PartitionedVariable/part_0:0",
        "PartitionedVariable/part_1:0",
    ]
    with pytest.raises(ValueError, match="'shape' and 'slicing'"):
        tf.create_partitioned_variables([4, 2], [2], tf.ones_initializer())
    with pytest.raises(ValueError, match="rank at least 1"):
        tf.create_partitioned_variables([], [], tf.ones_initializer())


def test_partitioners():
    shape = tf.TensorShape([7, 3])
    by_size = tf.variable_axis_size_partitioner(24)
    assert by_size(shape=shape, dtype=tf.float32) == [4, 1]
    assert by_size(shape=shape, dtype=tf.string) == [7, 1]
    limited = tf.variable_axis_size_partitioner(24, axis=1, max_shards=2)
    assert limited(shape=shape, dtype=tf.float32) == [1, 2]
    at_most = tf.min_max_variable_partitioner(5, min_slice_size=40)
    assert at_most(shape=shape, dtype=tf.float32) == [3, 1]
    assert at_most(shape=shape, dtype=tf.float64) == [5, 1]
    with pytest.raises(ValueError, match="must be positive"):
        tf.variable_axis_size_partitioner(0)
    with pytest.raises(ValueError, match="along axis 2"):
        tf.min_max_variable_partitioner(2, axis=2)(shape=shape, dtype=tf.float32)
    with pytest.raises(ValueError, match="not fully defined"):
        by_size(shape=tf.TensorShape([None]), dtype=tf.float32)
