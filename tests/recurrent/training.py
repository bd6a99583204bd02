"""Programs that train recurrent networks."""

from __future__ import annotations

from typing import Any

import numpy as np

TEXT = b"the quick brown fox jumps over the lazy dog and runs away from it " * 8


def lstm_classifier(tf: Any) -> Any:
    """Sums of sequences of different lengths, told from the last state of an LSTM."""
    generator = np.random.RandomState(0)
    data = generator.uniform(-1, 1, [32, 12, 4]).astype("float32")
    lengths = generator.randint(3, 13, 32)
    labels = np.array([x[:n].sum() > 0 for x, n in zip(data, lengths)], "int32")  # noqa: B905
    inputs = tf.placeholder_with_default(data, [None, 12, 4])
    cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.LSTMCell(16), output_keep_prob=0.9)
    _, state = tf.nn.dynamic_rnn(
        cell, inputs, sequence_length=lengths.astype("int32"), dtype=tf.float32
    )
    kernel = tf.get_variable("softmax/kernel", [16, 2])
    bias = tf.get_variable("softmax/bias", [2], initializer=tf.zeros_initializer())
    logits = tf.matmul(state.h, kernel) + bias
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    return loss, tf.train.AdamOptimizer(0.02).minimize(loss)


def char_rnn(tf: Any) -> Any:
    """The next character of a text, from two GRUs; gradients are clipped."""
    codes = np.frombuffer(TEXT, np.uint8)
    letters, ids = np.unique(codes, return_inverse=True)
    ids = ids[:481].astype("int32")
    inputs, targets = ids[:-1].reshape(16, 30), ids[1:].reshape(16, 30)
    embedding = tf.get_variable("embedding", [len(letters), 12])
    cells = [tf.nn.rnn_cell.GRUCell(24) for _ in range(2)]
    cell = tf.nn.rnn_cell.MultiRNNCell(cells)
    outputs, _ = tf.nn.dynamic_rnn(
        cell,
        tf.nn.embedding_lookup(embedding, inputs),
        initial_state=cell.zero_state(16, tf.float32),
    )
    kernel = tf.get_variable("softmax/kernel", [24, len(letters)])
    logits = tf.matmul(tf.reshape(outputs, [-1, 24]), kernel)
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.reshape(targets, [-1]), logits=logits
        )
    )
    variables = tf.trainable_variables()
    clipped, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 1.0)
    optimizer = tf.train.AdamOptimizer(0.01)
    return loss, optimizer.apply_gradients(list(zip(clipped, variables)))  # noqa: B905


def seq2seq_with_attention(tf: Any) -> Any:
    """Sequences that are to be turned round, by an encoder and a decoder that attends."""
    generator = np.random.RandomState(1)
    source = generator.randint(2, 10, [16, 6]).astype("int32")
    target = source[:, ::-1]
    given = np.concatenate([np.ones([16, 1], "int32"), target[:, :-1]], 1)
    lengths = tf.fill([16], 6)
    embedding = tf.get_variable("embedding", [10, 8])
    seq2seq = tf.contrib.seq2seq
    with tf.variable_scope("encoder"):
        memory, state = tf.nn.dynamic_rnn(
            tf.nn.rnn_cell.LSTMCell(16),
            tf.nn.embedding_lookup(embedding, source),
            sequence_length=lengths,
            dtype=tf.float32,
        )
    with tf.variable_scope("decoder"):
        mechanism = seq2seq.LuongAttention(16, memory, lengths)
        cell = seq2seq.AttentionWrapper(
            tf.nn.rnn_cell.LSTMCell(16), mechanism, attention_layer_size=16
        )
        decoder = seq2seq.BasicDecoder(
            cell,
            seq2seq.TrainingHelper(tf.nn.embedding_lookup(embedding, given), lengths),
            cell.zero_state(16, tf.float32).clone(cell_state=state),
            tf.layers.Dense(10, use_bias=False),
        )
        outputs, _, _ = seq2seq.dynamic_decode(decoder)
    loss = seq2seq.sequence_loss(outputs.rnn_output, tf.constant(target), tf.ones([16, 6]))
    return loss, tf.train.AdamOptimizer(0.01).minimize(loss)


TRAININGS = {
    "seq2seq_with_attention": seq2seq_with_attention,
    "lstm_classifier": lstm_classifier,
    "char_rnn": char_rnn,
}
