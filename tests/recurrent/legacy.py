"""`tf.contrib.legacy_seq2seq`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.recurrent.outcome import sequences


def ids(tf: Any, steps: int, most: int) -> Any:
    """Ids for each step, of shape [4]."""
    numbers = (np.arange(4 * steps) * 7 % most).reshape(steps, 4).astype("int32")
    return [tf.constant(row) for row in numbers]


def steps_of(tf: Any) -> Any:
    """Inputs for encoder and decoder."""
    steps = tf.unstack(sequences(tf), axis=1)
    return steps[:3], steps[3:]


def fed_by_tensor(tf: Any) -> Any:
    """A decoder that is told while the graph runs whether to feed its outputs."""
    return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
        ids(tf, 3, 5),
        ids(tf, 2, 6),
        tf.nn.rnn_cell.LSTMCell(2),
        5,
        6,
        3,
        feed_previous=tf.placeholder_with_default(True, []),
    )


def attention_fed_by_tensor(tf: Any) -> Any:
    """The same with attention, which looks before the first step."""
    return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
        ids(tf, 3, 5),
        ids(tf, 2, 6),
        tf.nn.rnn_cell.GRUCell(2),
        5,
        6,
        3,
        num_heads=2,
        feed_previous=tf.placeholder_with_default(False, []),
        initial_state_attention=True,
    )


def one_to_many(tf: Any) -> Any:
    """Two decoders."""
    cells = {"a": tf.nn.rnn_cell.GRUCell(2), "b": tf.nn.rnn_cell.GRUCell(2)}
    inputs = {"a": ids(tf, 2, 6), "b": ids(tf, 3, 4)}
    return tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq(
        ids(tf, 3, 5), inputs, tf.nn.rnn_cell.GRUCell(2), cells, 5, {"a": 6, "b": 4}, 3
    )


def buckets(tf: Any) -> Any:
    """Two lengths."""
    weights = [tf.constant(np.float32([1, 1, 0.5, 0])) for _ in range(4)]

    def seq2seq(encoder: Any, decoder: Any) -> Any:
        cell = tf.nn.rnn_cell.GRUCell(2)
        return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
            encoder, decoder, cell, 5, 6, 3
        )

    return tf.contrib.legacy_seq2seq.model_with_buckets(
        ids(tf, 3, 5), ids(tf, 4, 6), ids(tf, 4, 6), weights, [(2, 2), (3, 4)], seq2seq
    )


def losses(tf: Any) -> Any:
    """All kinds of means."""
    legacy = tf.contrib.legacy_seq2seq
    logits = np.sin(np.arange(24)).reshape(3, 2, 4).astype("float32")
    steps = [tf.constant(row) for row in logits]
    targets = [tf.constant([1, 2]), tf.constant([0, 3]), tf.constant([1, 1])]
    weights = [tf.constant([1.0, 0.5]), tf.constant([1.0, 0.0]), tf.constant([0.0, 0.0])]
    return [
        legacy.sequence_loss_by_example(steps, targets, weights),
        legacy.sequence_loss_by_example(steps, targets, weights, False),
        legacy.sequence_loss(steps, targets, weights),
        legacy.sequence_loss(steps, targets, weights, average_across_batch=False),
    ]


PROGRAMS = {
    "basic": lambda tf: tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(
        *steps_of(tf), cell=tf.nn.rnn_cell.GRUCell(2)
    ),
    "tied": lambda tf: tf.contrib.legacy_seq2seq.tied_rnn_seq2seq(
        *steps_of(tf), cell=tf.nn.rnn_cell.LSTMCell(3), loop_function=lambda prev, i: prev
    ),
    "embedding": lambda tf: tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
        ids(tf, 3, 5), ids(tf, 2, 6), tf.nn.rnn_cell.GRUCell(2), 5, 6, 3, feed_previous=True
    ),
    "embedding_tied": lambda tf: tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(
        ids(tf, 3, 5), ids(tf, 2, 5), tf.nn.rnn_cell.GRUCell(2), 5, 3
    ),
    "attention": lambda tf: tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
        ids(tf, 3, 5), ids(tf, 2, 6), tf.nn.rnn_cell.LSTMCell(2), 5, 6, 3, feed_previous=True
    ),
    "fed_by_tensor": fed_by_tensor,
    "attention_fed_by_tensor": attention_fed_by_tensor,
    "one_to_many": one_to_many,
    "buckets": buckets,
    "losses": losses,
}
