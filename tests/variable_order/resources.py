"""The same with resource variables: a read is a value of its own moment."""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("a resource variable is read at its read operation")


def _variable(tf, initial):
    return tf.Variable(initial, use_resource=True)


@program
def resource_read_before_a_write(tf):
    """A read, a write under it, a consumer of the read under the write."""
    v = _variable(tf, [1.0, 2.0])
    before = v.read_value()
    with tf.control_dependencies([before]):
        write = v.assign([10.0, 20.0])
    with tf.control_dependencies([write]):
        return [[before, tf.negative(before), v.read_value()]]


@program
def resource_identity_before_a_write(tf):
    """The identity of a read is that read's value."""
    v = _variable(tf, 1.0)
    before = tf.identity(v)
    with tf.control_dependencies([before]):
        write = v.assign_add(4.0)
    with tf.control_dependencies([write]):
        return [[before * 2.0, v * 2.0]]


@program
def resource_assigned_beside_the_variable(tf):
    """`run([v.assign_add(1), v])`: what an assign returns is read under it."""
    v = _variable(tf, 1.0)
    return [[v.assign_add(1.0), v]]


@program
def resource_step_beside_the_variable(tf):
    """`run([train, v])`: the plain read has its own moment."""
    v = _variable(tf, 0.0)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(v - 5.0))
    return [[train, v]]


@program
def resource_step_then_clip(tf):
    """A clip under the step."""
    v = _variable(tf, 0.0)
    train = tf.train.AdamOptimizer(0.5).minimize(tf.square(v - 5.0))
    with tf.control_dependencies([train]):
        clip = v.assign(tf.clip_by_value(v, -0.25, 0.25))
    return [[train, clip], clip]


@program
def resource_clip_beside_step(tf):
    """`run([train, clip])`."""
    v = _variable(tf, 0.0)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(v - 5.0))
    clip = v.assign(tf.clip_by_value(v, -0.5, 0.5))
    return [[train, clip], v]


@program
def resource_moving_average_in_a_branch(tf):
    """The update and the read in one branch, the read in the other."""
    average, training = _variable(tf, 0.0), tf.placeholder(tf.bool, [])

    def update():
        with tf.control_dependencies([average.assign(average * 0.5 + 0.5)]):
            return average.read_value()

    mean = tf.cond(training, update, lambda: average.read_value())
    return lambda session: [session.run(mean, {training: x}) for x in (True, True, False)]


@program
def resource_loop_condition(tf):
    """The read in the condition is made anew in every iteration."""
    v = _variable(tf, 0.0)

    def body(i):
        with tf.control_dependencies([v.assign_add(1.0)]):
            return i + 1

    return [tf.while_loop(lambda i: v < 3.0, body, [0]), v]


@program
def resource_loop_with_a_read_from_outside(tf):
    """A read from outside of the loop never changes."""
    v = _variable(tf, 0.0)
    outside = v.read_value()

    def body(i):
        with tf.control_dependencies([v.assign_add(1.0)]):
            return i + 1

    with tf.control_dependencies([outside]):
        loop = tf.while_loop(lambda i: outside < 3.0, body, [0], maximum_iterations=5)
    return [loop, v]


@program
def resource_square_in_every_iteration(tf):
    """`v = v * v`, four times."""
    v = _variable(tf, 2.0)

    def body(i):
        with tf.control_dependencies([v.assign(v * v)]):
            return i + 1

    return [tf.while_loop(lambda i: i < 4, body, [0], parallel_iterations=1), v]


@program
def resource_swap(tf):
    """The swap that loses a value with references works."""
    a, b = _variable(tf, 1.0), _variable(tf, 2.0)
    old_a, old_b = a.read_value(), b.read_value()
    with tf.control_dependencies([old_a, old_b]):
        return [tf.group(a.assign(old_b), b.assign(old_a)), [a, b]]


@program
def resource_scatter_then_gather(tf):
    """A row is gathered under the scatter; a gather from before is a copy."""
    v = _variable(tf, [[1.0], [2.0], [3.0]])
    before = tf.gather(v, [1])
    with tf.control_dependencies([before]):
        write = tf.scatter_update(v, [1], [[20.0]])
    with tf.control_dependencies([write]):
        return [[before + 0.0, tf.gather(v, [1]), v.read_value()]]


@program
def resource_sparse_step(tf):
    """An embedding trained by rows, read under the step."""
    table = _variable(tf, [[1.0], [2.0], [3.0]])
    rows = tf.nn.embedding_lookup(table, [0, 2, 0])
    train = tf.train.AdagradOptimizer(0.5).minimize(tf.reduce_sum(tf.square(rows)))
    with tf.control_dependencies([train]):
        return [[rows, table.read_value()]]


@program
def resource_average_under_the_step(tf):
    """`ExponentialMovingAverage.apply` under the step."""
    w = _variable(tf, 0.0)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(w - 4.0))
    average = tf.train.ExponentialMovingAverage(0.5)
    with tf.control_dependencies([train]):
        apply = average.apply([w])
    return [apply, [average.average(w), w]] * 2


@program
def resource_queue(tf):
    """What is read into a queue stays as it was read."""
    v, queue = _variable(tf, 1.0), tf.FIFOQueue(3, tf.float32, [[]])
    push, write, out = queue.enqueue(v), v.assign(5.0), queue.dequeue()
    return [push, write.op, out + 0.5]


@program
def resource_and_reference_beside(tf):
    """Both kinds, read before a write of both: one value is kept, the other is the memory."""
    kept, memory = _variable(tf, 1.0), tf.Variable(1.0)
    before = [kept.read_value(), memory.read_value()]
    with tf.control_dependencies(before):
        writes = [kept.assign(2.0), memory.assign(2.0)]
    with tf.control_dependencies(writes):
        return [[before[0] * 10.0, before[1] * 10.0]]
