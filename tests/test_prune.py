"""Prune: what is needed, and in which order."""

from __future__ import annotations

import pytest

import tfsession as tf
from tfsession.compile.prune import prune

pytestmark = pytest.mark.usefixtures("graph")


def names(*fetches, feeds=()):
    return [op.name for op in prune(fetches, feeds)]


def test_only_what_the_fetch_needs_runs():
    a = tf.constant(1.0, name="a")
    b = tf.constant(2.0, name="b")
    tf.constant(3.0, name="unused")
    assert names(tf.add(a, b, name="sum")) == ["a", "b", "sum"]


def test_creation_order_wins_among_independent_operations():
    b = tf.constant(2.0, name="b")
    a = tf.constant(1.0, name="a")
    assert names(a, b) == ["b", "a"]


def test_a_fed_tensor_cuts_its_producer():
    a = tf.constant(1.0, name="a")
    b = tf.negative(a, name="b")
    c = tf.negative(b, name="c")
    assert names(c, feeds=[b]) == ["c"]


def test_control_inputs_are_needed():
    a = tf.no_op(name="a")
    with tf.control_dependencies([a]):
        b = tf.constant(1.0, name="b")
    assert names(b) == ["a", "b"]


def test_feeding_an_output_cuts_control_inputs_of_its_producer():
    with tf.control_dependencies([tf.no_op(name="a")]):
        b = tf.constant(1.0, name="b")
    assert names(tf.negative(b, name="c"), feeds=[b]) == ["c"]


def test_an_operation_runs_although_its_output_is_fed():
    a = tf.constant(1.0, name="a")
    assert names(a.op, feeds=[a]) == ["a"]


def test_a_fed_placeholder_is_no_control_input():
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.control_dependencies([x]):
        b = tf.constant(1.0, name="b")
    assert names(b) == ["x", "b"]
    assert names(b, feeds=[x]) == ["b"]


def test_other_fed_operations_run_as_control_inputs():
    x = tf.placeholder_with_default(tf.constant(1.0, name="default"), [], name="x")
    y = tf.negative(x, name="y")
    with tf.control_dependencies([x, y]):
        b = tf.constant(1.0, name="b")
    assert names(b, feeds=[x, y]) == ["default", "x", "y", "b"]


def test_edges_added_later_come_before_creation_order():
    a = tf.no_op(name="a")
    b = tf.no_op(name="b")
    a._add_control_input(b)
    assert names(a) == ["b", "a"]


def test_a_cycle_is_an_error():
    a = tf.no_op(name="a")
    b = tf.no_op(name="b")
    a._add_control_input(b)
    b._add_control_input(a)
    text = "Graph is invalid, contains a cycle with 2 nodes, including: a, b"
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        names(a)


def test_a_deep_graph_needs_no_recursion():
    x = tf.constant(0.0)
    for _ in range(5000):
        x = tf.negative(x)
    assert len(prune([x])) == 5001
