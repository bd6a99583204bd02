"""Reads that stand before a write, and what they show after it.

TensorFlow 1.15 hands a reference variable's memory on through every operation that has nothing to
compute. What such a read shows is what the memory holds when somebody looks; what an operation
computes is a value of its own.
"""

from __future__ import annotations

import numpy as np

from tests.variable_order.table import Table

program = Table("a read that computes nothing is the memory")


def _from_queue(tf, v):
    queue = tf.FIFOQueue(1, tf.float32, [v.shape])
    with tf.control_dependencies([queue.enqueue(v)]):
        return queue.dequeue()


# What is read -> how, of a variable of shape [2, 3].
READS = {
    "the_variable": lambda tf, v: v,
    "the_reference": lambda tf, v: v._ref(),
    "value": lambda tf, v: v.value(),
    "read_value": lambda tf, v: v.read_value(),
    "identity": lambda tf, v: tf.identity(v),
    "identity_of_identity": lambda tf, v: tf.identity(tf.identity(v)),
    "convert_to_tensor": lambda tf, v: tf.convert_to_tensor(v),
    "stop_gradient": lambda tf, v: tf.stop_gradient(v),
    "cast_to_its_own_dtype": lambda tf, v: tf.cast(v, tf.float32),
    "tuple": lambda tf, v: tf.tuple([v])[0],
    "reshape": lambda tf, v: tf.reshape(v, [-1]),
    "expand_dims": lambda tf, v: tf.expand_dims(v, 1),
    "squeeze": lambda tf, v: tf.squeeze(v),
    "placeholder_with_default": lambda tf, v: tf.placeholder_with_default(v, [2, 3]),
    "print": lambda tf, v: tf.Print(v, [], "read"),
    "check_numerics": lambda tf, v: tf.check_numerics(v, "read"),
    "slice_of_everything": lambda tf, v: v[:],
    "stack_of_one": lambda tf, v: tf.stack([v]),
    "concat_of_one": lambda tf, v: tf.concat([v], 0),
    "add_n_of_one": lambda tf, v: tf.add_n([v]),
    "reduce_sum_over_one": lambda tf, v: tf.reduce_sum(tf.expand_dims(v, 0), 0),
    "branch": lambda tf, v: tf.cond(
        tf.placeholder_with_default(True, []), lambda: tf.identity(v), lambda: 2.0 * v
    ),
    "loop": lambda tf, v: tf.while_loop(
        lambda i, x: i < 2, lambda i, x: (i + 1, tf.identity(x)), [0, v]
    )[1],
    "tensor_array": lambda tf, v: tf.TensorArray(tf.float32, 1).write(0, v).read(0),
    "queue": _from_queue,
    "gradient_of_identity": lambda tf, v: tf.gradients(tf.identity(v), v, grad_ys=v)[0],
    "plus_zero": lambda tf, v: v + 0.0,
    "times_one": lambda tf, v: v * 1.0,
    "times_two": lambda tf, v: v * 2.0,
    "gather": lambda tf, v: tf.gather(v, [1, 0]),
    "embedding_lookup": lambda tf, v: tf.nn.embedding_lookup(v, [0]),
    "row": lambda tf, v: v[0],
    "column": lambda tf, v: v[:, 1],
    "unstack": lambda tf, v: tf.unstack(v)[1],
    "transpose": lambda tf, v: tf.transpose(v),
    "stack_of_two": lambda tf, v: tf.stack([v, v]),
    "concat_of_two": lambda tf, v: tf.concat([v, v], 0),
    "where": lambda tf, v: tf.where(tf.greater(v, 2.0), v, -v),
    "relu": lambda tf, v: tf.nn.relu(v),
    "clip": lambda tf, v: tf.clip_by_value(v, -100.0, 100.0),
    "reduce_sum": lambda tf, v: tf.reduce_sum(v),
    "matmul": lambda tf, v: tf.matmul(v, v, transpose_b=True),
    "map_fn": lambda tf, v: tf.map_fn(lambda row: row, v),
    "gradient_of_square": lambda tf, v: tf.gradients(tf.reduce_sum(v * v), v)[0],
}


def _read_before_a_write(read):
    def build(tf):
        initial = np.float32([[1, 2, 3], [4, 5, 6]])
        v = tf.Variable(initial)
        before = read(tf, v)
        with tf.control_dependencies([before]):
            write = v.assign(initial + 10.0)
        with tf.control_dependencies([write]):
            consumer = tf.negative(before)
        return [[before, consumer]]

    return build


# A read, then a write, then a consumer of that read, in this order.
for _name, _read in READS.items():
    program.add("read_before_a_write_by_" + _name, _read_before_a_write(_read))


@program
def row_of_whole_cache_lines(tf):
    """A row of 64 bytes or a multiple is handed on; shorter ones (`row`, above) are copied."""
    initial = np.arange(32, dtype=np.float32).reshape(2, 16)
    v = tf.Variable(initial)
    before = v[1]
    with tf.control_dependencies([before]):
        write = v.assign(initial + 100.0)
    with tf.control_dependencies([write]):
        return [[tf.reduce_sum(before)]]


@program
def what_was_assigned_is_the_memory(tf):
    """The output of an assign, consumed after another assign."""
    v = tf.Variable(1.0)
    first = v.assign(2.0)
    with tf.control_dependencies([first]):
        second = v.assign(3.0)
    with tf.control_dependencies([second]):
        return [[tf.negative(first), first]]


@program
def read_under_a_write(tf):
    """Every way to read that is made under a write sees it."""
    v = tf.Variable(1.0)
    with tf.control_dependencies([v.assign(5.0)]):
        reads = [v.read_value(), tf.identity(v), v + 0.0, v * 2.0, tf.stack([v, v])]
    return [reads]


@program
def bare_variable_under_a_write(tf):
    """A variable named under control dependencies makes no operation that would wait."""
    v = tf.Variable(1.0)
    with tf.control_dependencies([v.assign(5.0)]):
        value = v.value()
    return [value, value, v]


@program
def three_reads_around_a_write(tf):
    """Copies made before and after a write; the read before it is a view."""
    v = tf.Variable(1.0)
    view, copy = tf.identity(v), v + 0.0
    with tf.control_dependencies([view, copy]):
        write = v.assign_add(10.0)
    with tf.control_dependencies([write]):
        after = v + 0.0
        return [[copy + 0.5, view + 0.5, after], v]


@program
def product_of_reads_across_a_write(tf):
    """One product takes a view and a copy of the same moment, after a write."""
    v = tf.Variable(2.0)
    view, copy = v.read_value(), v * 1.0
    with tf.control_dependencies([view, copy]):
        write = v.assign(10.0)
    with tf.control_dependencies([write]):
        return [view * 100.0 + copy]


@program
def view_of_a_view_across_writes(tf):
    """Reshapes and identities in a row are still the memory."""
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    flat = tf.reshape(tf.identity(tf.expand_dims(v, 0)), [4])
    with tf.control_dependencies([flat]):
        write = tf.scatter_update(v, [1], [[30.0, 40.0]])
    with tf.control_dependencies([write]):
        return [[flat * 1.5, tf.gather(flat, [3, 0])]]


@program
def assert_between_read_and_write(tf):
    """An assertion on a read, a write under it, and the read once more."""
    v = tf.Variable(3.0)
    read = tf.identity(v)
    with tf.control_dependencies([tf.Assert(read > 0.0, [read])]):
        write = v.assign(-read)
    with tf.control_dependencies([write]):
        return [tf.identity(read) * 2.0, v]


@program
def new_shape_takes_new_memory(tf):
    """A write of another number of elements leaves what was read before as it was."""
    v = tf.Variable([1.0, 2.0], validate_shape=False)
    before = tf.identity(v)
    with tf.control_dependencies([before]):
        write = tf.assign(v, [5.0, 6.0, 7.0], validate_shape=False)
    with tf.control_dependencies([write]):
        return [[tf.negative(before), tf.negative(v)], v]


@program
def same_size_keeps_the_memory(tf):
    """A write of another shape with as many elements goes into the memory that is there."""
    v = tf.Variable([1.0, 2.0, 3.0, 4.0], validate_shape=False)
    before = tf.identity(v)
    with tf.control_dependencies([before]):
        write = tf.assign(v, [[5.0, 6.0], [7.0, 8.0]], validate_shape=False)
    with tf.control_dependencies([write]):
        return [[tf.negative(before), tf.negative(v)], v]


@program
def shape_that_grows_step_by_step(tf):
    """A variable that is appended to."""
    v = tf.Variable([1.0], validate_shape=False)
    value = v.value()
    value.set_shape([None])
    longer = tf.concat([value, tf.reduce_sum(value, keepdims=True) + 1.0], 0)
    append = tf.assign(v, longer, validate_shape=False)
    return [append, append, tf.shape(v), v]
