"""`tf.contrib.crf`."""

from __future__ import annotations

from typing import Any

import numpy as np

TAGS = np.array([[0, 1, 2, 1, 0], [2, 2, 1, 0, 0], [1, 0, 0, 0, 0]], "int32")
LENGTHS = [5, 3, 1]


def potentials(tf: Any, steps: int = 5) -> Any:
    """What speaks for each of three tags, of shape [3, steps, 3]."""
    values = np.sin(np.arange(45) * 1.3).reshape(3, 5, 3).astype("float32")
    return tf.constant(values[:, :steps])


def transitions(tf: Any) -> Any:
    """What speaks for each pair of tags."""
    return tf.constant(np.cos(np.arange(9) * 0.7).reshape(3, 3).astype("float32"))


def likelihood(tf: Any) -> Any:
    """The likelihood of tags, and its gradients."""
    inputs = potentials(tf)
    result, variable = tf.contrib.crf.crf_log_likelihood(
        inputs, tf.constant(TAGS), tf.constant(LENGTHS)
    )
    return result, tf.gradients(result, [inputs, variable])


def unknown_sizes(tf: Any) -> Any:
    """A number of steps that is known only while the graph runs."""
    inputs = tf.placeholder_with_default(potentials(tf), [None, None, 3])
    tags = tf.placeholder_with_default(TAGS, [None, None])
    lengths = tf.placeholder_with_default(LENGTHS, [None])
    result, variable = tf.contrib.crf.crf_log_likelihood(inputs, tags, lengths)
    return result, tf.contrib.crf.crf_decode(inputs, variable, lengths)


def scores(tf: Any) -> Any:
    """All scores."""
    crf = tf.contrib.crf
    inputs, pairs, lengths = potentials(tf), transitions(tf), tf.constant(LENGTHS)
    bitmap = tf.one_hot(TAGS, 3, on_value=True, off_value=False, dtype=tf.bool)
    return [
        crf.crf_unary_score(tf.constant(TAGS), lengths, inputs),
        crf.crf_binary_score(tf.constant(TAGS), lengths, pairs),
        crf.crf_sequence_score(inputs, tf.constant(TAGS), lengths, pairs),
        crf.crf_multitag_sequence_score(inputs, bitmap, lengths, pairs),
        crf.crf_log_norm(inputs, lengths, pairs),
    ]


def one_step(tf: Any) -> Any:
    """Sequences of one step."""
    inputs, lengths = potentials(tf, 1), tf.constant([1, 1, 0])
    result, pairs = tf.contrib.crf.crf_log_likelihood(inputs, tf.constant(TAGS[:, :1]), lengths)
    return result, tf.contrib.crf.crf_decode(inputs, pairs, lengths)


# Of the operations of sequences with one step a few differ.
RESULTS_ONLY = {
    "crf.likelihood": likelihood,
    "crf.unknown_sizes": unknown_sizes,
    "crf.scores": scores,
    "crf.one_step": one_step,
    "crf.decode": lambda tf: tf.contrib.crf.crf_decode(
        potentials(tf), transitions(tf), tf.constant(LENGTHS)
    ),
}
