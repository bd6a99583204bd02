"""Values that no program means: an error of TensorFlow's class at once, and the session goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tfsession as tf


def _hidden(value: Any) -> Any:
    return tf.placeholder_with_default(value, None)


def _pooled(window: int) -> Any:
    image = _hidden(tf.ones([1, 2, 2, 1]))
    return tf.nn.max_pool(image, [1, window, window, 1], [1, 1, 1, 1], "SAME")


VALUES: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a view of more than all memory": (
        lambda: tf.broadcast_to(_hidden(1.0), [2**20, 2**20]),
        tf.errors.ResourceExhaustedError,
        "Unable to allocate",
    ),
    "a tensor of more than all memory": (
        lambda: tf.fill([2**20, 2**20], 1.0),
        tf.errors.ResourceExhaustedError,
        r"OOM when allocating tensor with shape\[1048576,1048576\]",
    ),
    "a window of 2 ** 60 elements": (
        lambda: _pooled(2**30),
        tf.errors.UnimplementedError,
        "Pooling windows of more than",
    ),
    "an integer of 5000 digits": (
        lambda: tf.string_to_number("1" * 5000, tf.int64),
        tf.errors.InvalidArgumentError,
        "could not correctly convert string",
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_nobody_means_is_refused(graph: tf.Graph, name: str) -> None:
    build, kind, text = VALUES[name]
    with tf.Session() as session:
        with pytest.raises(kind, match=text):
            session.run(build())
        assert session.run(tf.constant(1) + 1) == 2


def test_zeros_before_a_number_do_not_count(graph: tf.Graph) -> None:
    with tf.Session() as session:
        assert session.run(tf.string_to_number("0" * 5000 + "17", tf.int64)) == 17


def test_a_timeout_beyond_all_clocks_is_none(graph: tf.Graph) -> None:
    options = tf.RunOptions(timeout_in_ms=2**62)
    with tf.Session() as session:
        assert session.run(tf.constant(1) + 1, options=options) == 2
