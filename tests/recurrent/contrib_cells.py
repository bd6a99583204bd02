"""`tf.contrib.rnn`."""

from __future__ import annotations

from typing import Any

from tests.recurrent.cells import one, two
from tests.recurrent.outcome import sequences, step


def embedded(tf: Any) -> Any:
    """Ids as inputs, twice."""
    cell = tf.contrib.rnn.EmbeddingWrapper(tf.nn.rnn_cell.LSTMCell(2), 7, 3)
    ids = tf.constant([1, 2, 3, 0])
    _, state = cell(ids, cell.zero_state(4, tf.float32))
    return cell(ids, state)


def convolved(tf: Any) -> Any:
    """An LSTM on images."""
    cell = tf.contrib.rnn.Conv2DLSTMCell(
        input_shape=[2, 2, 3], output_channels=2, kernel_shape=[3, 3], skip_connection=True
    )
    images = tf.reshape(sequences(tf), [5, 2, 2, 3])
    return cell(images, cell.zero_state(5, tf.float32))


def stacked(tf: Any, time_major: bool, lengths: Any) -> Any:
    """Two layers that read in both directions."""
    forward, backward = ([tf.nn.rnn_cell.GRUCell(2), tf.nn.rnn_cell.GRUCell(3)] for _ in range(2))
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        forward,
        backward,
        tf.transpose(sequences(tf), [1, 0, 2]) if time_major else sequences(tf),
        dtype=tf.float32,
        sequence_length=lengths,
        time_major=time_major,
    )


def stacked_static(tf: Any) -> Any:
    """The same without a loop."""
    forward, backward = ([tf.nn.rnn_cell.GRUCell(2), tf.nn.rnn_cell.GRUCell(3)] for _ in range(2))
    steps = tf.unstack(sequences(tf), axis=1)
    return tf.contrib.rnn.stack_bidirectional_rnn(forward, backward, steps, dtype=tf.float32)


def fused(tf: Any, use_dynamic_rnn: bool) -> Any:
    """A cell that reads a whole sequence from its end."""
    cell = tf.contrib.rnn.FusedRNNCellAdaptor(tf.nn.rnn_cell.GRUCell(2), use_dynamic_rnn)
    reverse = tf.contrib.rnn.TimeReversedFusedRNN(cell)
    inputs = tf.transpose(sequences(tf), [1, 0, 2])
    return reverse(inputs, dtype=tf.float32, sequence_length=[5, 3, 2, 1])


def block_loop(tf: Any) -> Any:
    """A block cell in a loop, and the gradients of its variables."""
    cell = tf.contrib.rnn.LSTMBlockCell(2, use_peephole=True)
    outputs, _ = tf.nn.dynamic_rnn(cell, sequences(tf), [5, 3, 2, 1], dtype=tf.float32)
    return outputs, tf.gradients(tf.reduce_sum(outputs * outputs), tf.trainable_variables())


# TensorFlow computes these by one operation each.
RESULTS_ONLY = {
    "contrib_cells.lstm_block": lambda tf: one(tf, tf.contrib.rnn.LSTMBlockCell(2)),
    "contrib_cells.lstm_block_peephole": lambda tf: two(
        tf, tf.contrib.rnn.LSTMBlockCell(2, forget_bias=0.5, cell_clip=0.3, use_peephole=True)
    ),
    "contrib_cells.gru_block": lambda tf: two(tf, tf.contrib.rnn.GRUBlockCell(2)),
    "contrib_cells.gru_block_v2": lambda tf: two(tf, tf.contrib.rnn.GRUBlockCellV2(2)),
    "contrib_cells.block_loop": block_loop,
}

PROGRAMS = {
    "layer_norm": lambda tf: two(
        tf,
        tf.contrib.rnn.LayerNormBasicLSTMCell(2, dropout_keep_prob=0.5, dropout_prob_seed=7),
    ),
    "layer_norm_off": lambda tf: one(
        tf, tf.contrib.rnn.LayerNormBasicLSTMCell(2, layer_norm=False, activation=tf.nn.relu)
    ),
    "nas": lambda tf: two(tf, tf.contrib.rnn.NASCell(2, num_proj=3, use_bias=True)),
    "coupled": lambda tf: two(
        tf,
        tf.contrib.rnn.CoupledInputForgetGateLSTMCell(
            2, use_peepholes=True, num_proj=3, proj_clip=0.1
        ),
    ),
    "coupled_layer_norm": lambda tf: one(
        tf,
        tf.contrib.rnn.CoupledInputForgetGateLSTMCell(2, layer_norm=True, state_is_tuple=False),
    ),
    "groups": lambda tf: one(
        tf, tf.contrib.rnn.GLSTMCell(4, number_of_groups=2, num_proj=2), depth=4
    ),
    "independent": lambda tf: (
        one(tf, tf.contrib.rnn.IndRNNCell(3)),
        one(tf, tf.contrib.rnn.IndyGRUCell(3)),
        one(tf, tf.contrib.rnn.IndyLSTMCell(3)),
    ),
    "convolved": convolved,
    "ugrnn": lambda tf: two(tf, tf.contrib.rnn.UGRNNCell(2)),
    "intersection": lambda tf: one(tf, tf.contrib.rnn.IntersectionRNNCell(4, num_in_proj=4)),
    "sru": lambda tf: two(tf, tf.contrib.rnn.SRUCell(3)),
    "attention": lambda tf: two(
        tf, tf.contrib.rnn.AttentionCellWrapper(tf.nn.rnn_cell.LSTMCell(2), 3)
    ),
    "attention_flat": lambda tf: one(
        tf,
        tf.contrib.rnn.AttentionCellWrapper(
            tf.nn.rnn_cell.GRUCell(2),
            3,
            attn_size=4,
            attn_vec_size=5,
            input_size=6,
            state_is_tuple=False,
        ),
    ),
    "embedded": embedded,
    "input_projection": lambda tf: two(
        tf,
        tf.contrib.rnn.InputProjectionWrapper(tf.nn.rnn_cell.GRUCell(2), 3, activation=tf.nn.relu),
    ),
    "output_projection": lambda tf: two(
        tf, tf.contrib.rnn.OutputProjectionWrapper(tf.nn.rnn_cell.GRUCell(2), 3)
    ),
    "highway": lambda tf: one(
        tf,
        tf.contrib.rnn.HighwayWrapper(
            tf.nn.rnn_cell.GRUCell(3), couple_carry_transform_gates=False
        ),
    ),
    "stacked": lambda tf: stacked(tf, False, [5, 3, 2, 0]),
    "stacked_time_major": lambda tf: stacked(tf, True, None),
    "stacked_static": stacked_static,
    "fused": lambda tf: fused(tf, False),
    "fused_dynamic": lambda tf: fused(tf, True),
    "axes": lambda tf: (
        tf.contrib.rnn.transpose_batch_time(sequences(tf)),
        tf.constant(tf.contrib.rnn.best_effort_input_batch_size([step(tf)])),
    ),
}
