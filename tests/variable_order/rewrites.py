"""Programs that TensorFlow's graph optimiser changes.

Its arithmetic rewrites drop control dependencies and turn computations into plain reads. What
TensorFlow gives with its optimiser off is the order that the program asked for, and is ours.
"""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("the order that was asked for, not that of an optimiser")


@program
def reshape_of_a_reshape_under_a_write(tf):
    """Two reshapes become one, which no longer waits for the write."""
    v = tf.Variable([1.0, 2.0])
    with tf.control_dependencies([v.assign([5.0, 6.0])]):
        flat = tf.reshape(tf.reshape(v, [2, 1]), [2])
    return [flat * 2.0]


@program
def common_factor_under_a_write(tf):
    """A soft update: the factor is taken out of the sum, and the sum no longer waits."""
    online, target = tf.Variable([2.0, 3.0]), tf.Variable([0.0, 0.0])
    with tf.control_dependencies([online.assign_sub([1.0, 1.0])]):
        soft = target.assign(0.5 * online + 0.5 * target)
    return [soft, [online, target]]


@program
def double_negation_before_a_write(tf):
    """The two negations of a copy are dropped, and the copy is the memory."""
    v = tf.Variable(1.0)
    copy = tf.negative(tf.negative(v))
    with tf.control_dependencies([copy]):
        write = v.assign(5.0)
    with tf.control_dependencies([write]):
        return [copy * 2.0]


@program
def double_transpose_before_a_write(tf):
    """So are two transposes."""
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    copy = tf.transpose(tf.transpose(v))
    with tf.control_dependencies([copy]):
        write = v.assign_add([[10.0, 10.0], [10.0, 10.0]])
    with tf.control_dependencies([write]):
        return [copy * 2.0]


@program
def sum_with_itself_fetched(tf):
    """The fetched sum is computed apart from the one that the write waits for."""
    v = tf.Variable(1.0)
    double = v + v
    with tf.control_dependencies([double]):
        write = v.assign(5.0)
    with tf.control_dependencies([write]):
        return [[double, -double]]


@program
def reverse_of_nothing_before_a_write(tf):
    """A reversal of no axis is dropped, and the copy is the memory."""
    v = tf.Variable([1.0, 2.0])
    copy = tf.reverse(v, tf.constant([], tf.int32))
    with tf.control_dependencies([copy]):
        write = v.assign([5.0, 6.0])
    with tf.control_dependencies([write]):
        return [copy * 2.0]


@program
def queue_of_a_product_with_one(tf):
    """In a run without writes, `v * 1.0` is a plain read, and shows what a later run writes."""
    v, queue = tf.Variable(1.0), tf.FIFOQueue(3, tf.float32, [[]])
    out = queue.dequeue()
    return [queue.enqueue(v * 1.0), v.assign(5.0), out + 0.5]
