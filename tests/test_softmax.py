"""What the losses of neural networks refuse, and how their operations are called."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf

pytestmark = pytest.mark.usefixtures("graph")


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        ([[7.0]], 0, r"labels must be 1-D, but got shape \[\]"),
        ([[7.0]], [[0]], r"labels must be 1-D, but got shape \[1,1\]"),
        (np.ones((4, 3)), [0, 1], r"logits shape \[4,3\] and labels shape \[2\]"),
        (np.ones((1, 3)), [5], r"label value of 5 which is outside the valid range of \[0, 3\)"),
    ],
)
def test_labels_that_do_not_fit_are_refused_in_the_run(logits, labels, message):
    loss = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(
        features=tf.placeholder_with_default(logits, None),
        labels=tf.placeholder_with_default(labels, None),
    )[0]
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(loss)


def test_distributions_that_do_not_fit_are_refused_in_the_run():
    loss = tf.raw_ops.SoftmaxCrossEntropyWithLogits(
        features=tf.placeholder_with_default([[0.0, 1.0, 2.0]], None),
        labels=tf.placeholder_with_default([[0.0, 1.0]], None),
    )[0]
    wanted = r"logits_size=\[1,3\] labels_size=\[1,2\]"
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=wanted):
        session.run(loss)


def test_names_of_losses(graph):
    """Programs fetch losses by name, and seeds follow from how many operations there are."""
    logits, labels = tf.ones([2, 3]), tf.constant([0, 1])
    scope = "SparseSoftmaxCrossEntropyWithLogits"
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    assert loss.name == f"{scope}/{scope}:0"
    named = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=logits, name="loss"
    )
    assert named.name == "loss/loss:0"
    tf.nn.softmax_cross_entropy_with_logits_v2(labels=logits, logits=logits, name="dense")
    names = {operation.name for operation in graph.get_operations()}
    assert {"dense/Slice/begin", "dense/Slice_1/begin", "dense/Slice_2/size"} <= names
    assert tf.nn.softmax(logits, axis=0).name == "transpose_1:0"
