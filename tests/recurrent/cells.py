"""`tf.nn.rnn_cell`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.recurrent.outcome import sequences, step


def one(tf: Any, cell: Any, depth: int = 3) -> Any:
    """A step of a cell."""
    return cell(step(tf, depth), cell.zero_state(4, tf.float32))


def two(tf: Any, cell: Any) -> Any:
    """Two steps of a cell, of which the second stands in a scope."""
    _, state = cell(step(tf), cell.zero_state(4, tf.float32))
    with tf.variable_scope("later"):
        return cell(step(tf), state)


def peepholes(tf: Any) -> Any:
    """An LSTM with everything that it can have."""
    cell = tf.nn.rnn_cell.LSTMCell(
        4,
        use_peepholes=True,
        cell_clip=0.3,
        num_proj=3,
        proj_clip=0.2,
        num_unit_shards=3,
        num_proj_shards=2,
        initializer=tf.random_uniform_initializer(-1, 1),
        forget_bias=2.0,
    )
    return one(tf, cell)


def doubles(tf: Any) -> Any:
    """A cell of doubles."""
    cell = tf.nn.rnn_cell.LSTMCell(2)
    inputs = tf.constant(np.cos(np.arange(12)).reshape(4, 3))
    return cell(inputs, cell.zero_state(4, tf.float64))


def stacked(tf: Any) -> Any:
    """Two cells on top of each other."""
    cells = tf.nn.rnn_cell
    return two(tf, cells.MultiRNNCell([cells.LSTMCell(2), cells.GRUCell(3)]))


def stacked_flat(tf: Any) -> Any:
    """Two cells, of which the states stand one behind the other."""
    cells = tf.nn.rnn_cell
    both = [cells.BasicRNNCell(2), cells.GRUCell(3)]
    return one(tf, cells.MultiRNNCell(both, state_is_tuple=False))


def dropout(tf: Any, **arguments: Any) -> Any:
    """Dropout around two cells."""
    cells = tf.nn.rnn_cell
    both = cells.MultiRNNCell([cells.LSTMCell(2), cells.GRUCell(3)])
    return two(tf, cells.DropoutWrapper(both, **arguments))


def dropout_of_tensors(tf: Any) -> Any:
    """Probabilities that are known only while the graph runs."""
    keep = tf.placeholder_with_default(0.5, [])
    return one(tf, tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(2), keep, keep, 1))


def residual(tf: Any) -> Any:
    """Residual connections, and dropout around them, twice."""
    cells = tf.nn.rnn_cell
    wrapped = [
        cells.DropoutWrapper(cells.ResidualWrapper(cells.LSTMCell(3)), 0.5) for _ in range(2)
    ]
    return two(tf, cells.MultiRNNCell(wrapped))


def own_cell(tf: Any) -> Any:
    """A cell that makes its variables in `call`."""

    class Own(tf.nn.rnn_cell.RNNCell):
        output_size = 3
        state_size = 3

        def __init__(self) -> None:
            super().__init__()
            self.inner = tf.nn.rnn_cell.GRUCell(3)

        def call(self, inputs: Any, state: Any) -> Any:
            output, state = self.inner(inputs, state)
            u = tf.get_variable("u", [3, 3])
            return tf.matmul(output, u) + tf.get_variable("z", [3], trainable=False), state

    cell = Own()
    results = one(tf, cell), one(tf, cell)
    assert [v.op.name for v in cell.variables][-2:] == ["own/u", "own/z"]
    return results


def old_cell(tf: Any) -> Any:
    """A cell that overrides `__call__`."""

    class Old(tf.nn.rnn_cell.RNNCell):
        state_size = output_size = 2

        def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
            with tf.variable_scope(scope or "old"):
                w = tf.get_variable("w", [inputs.shape[1] + 2, 2])
                output = tf.tanh(tf.matmul(tf.concat([inputs, state], 1), w))
            return output, output

    cells = tf.nn.rnn_cell.MultiRNNCell([Old(), Old()])
    return tf.nn.dynamic_rnn(cells, sequences(tf), dtype=tf.float32)


PROGRAMS = {
    "basic": lambda tf: one(tf, tf.nn.rnn_cell.BasicRNNCell(2, activation=tf.nn.relu)),
    "gru": lambda tf: one(tf, tf.nn.rnn_cell.GRUCell(2)),
    "gru_initializers": lambda tf: one(
        tf,
        tf.nn.rnn_cell.GRUCell(
            2,
            kernel_initializer=tf.ones_initializer(),
            bias_initializer=tf.constant_initializer(0.3),
            name="g",
            activation="relu",
        ),
    ),
    "basic_lstm": lambda tf: one(tf, tf.nn.rnn_cell.BasicLSTMCell(2)),
    "basic_lstm_flat": lambda tf: one(
        tf,
        tf.nn.rnn_cell.BasicLSTMCell(
            2, forget_bias=0.5, state_is_tuple=False, activation=tf.sigmoid
        ),
    ),
    "lstm": lambda tf: two(tf, tf.nn.rnn_cell.LSTMCell(2)),
    "lstm_flat": lambda tf: one(
        tf, tf.nn.rnn_cell.LSTMCell(2, state_is_tuple=False, use_peepholes=True, num_proj=3)
    ),
    "peepholes": peepholes,
    "doubles": doubles,
    "stacked": stacked,
    "stacked_flat": stacked_flat,
    "dropout": lambda tf: dropout(
        tf, input_keep_prob=0.5, output_keep_prob=0.6, state_keep_prob=0.7, seed=3
    ),
    "dropout_variational": lambda tf: dropout(
        tf,
        input_keep_prob=0.5,
        output_keep_prob=0.6,
        state_keep_prob=0.7,
        variational_recurrent=True,
        input_size=3,
        dtype=tf.float32,
        seed=3,
    ),
    "dropout_filter": lambda tf: dropout(
        tf,
        state_keep_prob=0.6,
        dropout_state_filter_visitor=lambda state: (
            tf.nn.rnn_cell.LSTMStateTuple(True, False)
            if isinstance(state, tf.nn.rnn_cell.LSTMStateTuple)
            else True
        ),
    ),
    "dropout_of_tensors": dropout_of_tensors,
    "residual": residual,
    "device": lambda tf: one(tf, tf.nn.rnn_cell.DeviceWrapper(tf.nn.rnn_cell.GRUCell(3), "/cpu:0")),
    "own_cell": own_cell,
    "old_cell": old_cell,
}
