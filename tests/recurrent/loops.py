"""`tf.nn.dynamic_rnn`, `static_rnn` and their like."""

from __future__ import annotations

from typing import Any

from tests.recurrent.outcome import sequences

LENGTHS = [5, 3, 2, 0]


def steps(tf: Any) -> Any:
    """The inputs as a list of steps."""
    return tf.unstack(sequences(tf), axis=1)


class Pair:
    """A cell by its members alone, with structures for input, output and state."""

    def __init__(self, tf: Any) -> None:
        self.tf = tf
        self.state_size = (2, 3)
        self.output_size = (2, tf.TensorShape([3, 1]))

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros."""
        return self.tf.zeros([batch_size, 2], dtype), self.tf.zeros([batch_size, 3], dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        first = self.tf.tanh(inputs[0][:, :2] + state[0])
        second = state[1] + inputs[1]
        return (first, self.tf.expand_dims(second, 2)), (first, second)


def unknown_sizes(tf: Any) -> Any:
    """Numbers of steps and sequences that are known only while the graph runs."""
    inputs = tf.placeholder_with_default(sequences(tf), [None, None, 3])
    lengths = tf.placeholder_with_default(LENGTHS, [None])
    cells = tf.nn.rnn_cell
    with tf.variable_scope("encoder", initializer=tf.random_normal_initializer()):
        both = cells.MultiRNNCell([cells.BasicLSTMCell(2), cells.LSTMCell(3, num_proj=2)])
        outputs, state = tf.nn.dynamic_rnn(both, inputs, lengths, dtype=tf.float32)
    with tf.variable_scope("decoder"):
        both = cells.MultiRNNCell([cells.BasicLSTMCell(2), cells.LSTMCell(3, num_proj=2)])
        return tf.nn.dynamic_rnn(both, outputs, initial_state=state, swap_memory=True)


def shared(tf: Any) -> Any:
    """One cell in two loops."""
    cell = tf.nn.rnn_cell.LSTMCell(2)
    with tf.variable_scope("a"):
        _, state = tf.nn.dynamic_rnn(cell, sequences(tf), dtype=tf.float32)
    with tf.variable_scope("b"):
        return tf.nn.dynamic_rnn(cell, sequences(tf), initial_state=state)


def reused(tf: Any) -> Any:
    """A second cell with the variables of the first."""
    with tf.variable_scope("a"):
        cell = tf.nn.rnn_cell.LSTMCell(2)
        _, state = tf.nn.dynamic_rnn(cell, sequences(tf), dtype=tf.float32)
    with tf.variable_scope("a", reuse=True):
        cell = tf.nn.rnn_cell.LSTMCell(2)
        return tf.nn.dynamic_rnn(cell, sequences(tf), initial_state=state)


def raw(tf: Any) -> Any:
    """A loop that feeds a cell itself, and counts."""
    cell = tf.nn.rnn_cell.GRUCell(2)
    rows = tf.TensorArray(tf.float32, size=5, element_shape=[4, 3])
    rows = rows.unstack(tf.transpose(sequences(tf), [1, 0, 2]))

    def loop_fn(time: Any, output: Any, state: Any, count: Any) -> Any:
        ended = time >= tf.constant(LENGTHS)
        following = tf.cond(tf.reduce_all(ended), lambda: tf.zeros([4, 3]), lambda: rows.read(time))
        if output is None:
            return ended, following, cell.zero_state(4, tf.float32), None, tf.constant(7)
        return ended, following, state, output, count + 1

    outputs, state, count = tf.nn.raw_rnn(cell, loop_fn)
    return outputs.stack(), state, count


class Saver:
    """Where `static_state_saving_rnn` reads and writes its state."""

    def __init__(self, tf: Any) -> None:
        self.tf = tf

    def state(self, name: str) -> Any:
        """The first state."""
        return self.tf.ones([4, 2], name=f"{name}_state")

    def save_state(self, name: str, value: Any) -> Any:
        """Keeps the last one."""
        return self.tf.identity(value, name=f"{name}_saved")


def gradients(tf: Any) -> Any:
    """The gradients of a loop."""
    inputs = tf.placeholder_with_default(sequences(tf), [None, None, 3])
    cell = tf.nn.rnn_cell.LSTMCell(2, use_peepholes=True)
    outputs, state = tf.nn.dynamic_rnn(cell, inputs, LENGTHS, dtype=tf.float32)
    loss = tf.reduce_sum(outputs * outputs) + tf.reduce_sum(state.c)
    return tf.gradients(loss, [inputs, *tf.trainable_variables()])


def in_while_loop(tf: Any) -> Any:
    """A cell that is called first inside a loop of one's own."""
    cell = tf.nn.rnn_cell.GRUCell(2)
    inputs = steps(tf)[0]
    return tf.while_loop(
        lambda i, state: i < 3,
        lambda i, state: (i + 1, cell(inputs, state)[0]),
        [0, tf.zeros([4, 2])],
    )


PROGRAMS = {
    "dynamic": lambda tf: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.BasicRNNCell(2), sequences(tf), dtype=tf.float32
    ),
    "dynamic_lengths": lambda tf: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.LSTMCell(2), sequences(tf), LENGTHS, dtype=tf.float32
    ),
    "dynamic_int64_lengths": lambda tf: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(2),
        sequences(tf),
        tf.constant(LENGTHS, tf.int64),
        initial_state=tf.ones([4, 2]),
        parallel_iterations=7,
        scope="net",
    ),
    "dynamic_time_major": lambda tf: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(2),
        tf.transpose(sequences(tf), [1, 0, 2]),
        LENGTHS,
        dtype=tf.float32,
        time_major=True,
    ),
    "dynamic_structures": lambda tf: tf.nn.dynamic_rnn(
        Pair(tf), (sequences(tf), 2 * sequences(tf)), LENGTHS, dtype=tf.float32
    ),
    "dynamic_dropout": lambda tf: tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicLSTMCell(2), 0.5, 0.5),
        sequences(tf),
        dtype=tf.float32,
    ),
    "unknown_sizes": unknown_sizes,
    "shared": shared,
    "reused": reused,
    "static": lambda tf: tf.nn.static_rnn(
        tf.nn.rnn_cell.GRUCell(2), steps(tf), dtype=tf.float32, scope="net"
    ),
    "static_lengths": lambda tf: tf.nn.static_rnn(
        tf.nn.rnn_cell.BasicLSTMCell(2), steps(tf), dtype=tf.float32, sequence_length=LENGTHS
    ),
    "static_structures": lambda tf: tf.nn.static_rnn(
        Pair(tf), [(x, x) for x in steps(tf)], dtype=tf.float32, sequence_length=LENGTHS
    ),
    "state_saving": lambda tf: tf.nn.static_state_saving_rnn(
        tf.nn.rnn_cell.LSTMCell(2), steps(tf), Saver(tf), ("c", "h"), LENGTHS
    ),
    "bidirectional": lambda tf: tf.nn.bidirectional_dynamic_rnn(
        tf.nn.rnn_cell.BasicLSTMCell(2),
        tf.nn.rnn_cell.GRUCell(2),
        sequences(tf),
        dtype=tf.float32,
    ),
    "bidirectional_lengths": lambda tf: tf.nn.bidirectional_dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(2),
        tf.nn.rnn_cell.GRUCell(2),
        tf.transpose(sequences(tf), [1, 0, 2]),
        LENGTHS,
        dtype=tf.float32,
        time_major=True,
        scope="both",
    ),
    "static_bidirectional": lambda tf: tf.nn.static_bidirectional_rnn(
        tf.nn.rnn_cell.BasicLSTMCell(2), tf.nn.rnn_cell.GRUCell(2), steps(tf), dtype=tf.float32
    ),
    "static_bidirectional_lengths": lambda tf: tf.nn.static_bidirectional_rnn(
        tf.nn.rnn_cell.GRUCell(2),
        tf.nn.rnn_cell.GRUCell(2),
        steps(tf),
        dtype=tf.float32,
        sequence_length=LENGTHS,
    ),
    "raw": raw,
    "gradients": gradients,
    "in_while_loop": in_while_loop,
}
