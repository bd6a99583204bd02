"""Reads that are fetched beside writes.

What is fetched of the memory itself is looked at when the run is over, so it holds every write of
the run. A fetched computation has the value of the moment in which it ran.
"""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("a fetched read is looked at when the run is over")


def _step(tf, v):
    return tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(v - 5.0))


@program
def step_then_variable(tf):
    """`run([train, v])`."""
    v = tf.Variable(0.0)
    return [[_step(tf, v), v]] * 3


@program
def variable_then_step(tf):
    """`run([v, train])`: the order of fetches is no order."""
    v = tf.Variable(0.0)
    train = _step(tf, v)
    return [[v, train]] * 3


@program
def counter_then_variable(tf):
    """`run([v.assign_add(1), v])`."""
    v = tf.Variable(1.0)
    return [[v.assign_add(1.0), v]] * 2


@program
def variable_then_counter(tf):
    """`run([v, v.assign_add(1)])`."""
    v = tf.Variable(1.0)
    return [[v, v.assign_add(1.0)]] * 2


@program
def read_value_beside_a_write(tf):
    """`read_value` made before the write, fetched with it."""
    v = tf.Variable(1.0)
    read = v.read_value()
    return [[read, v.assign(5.0)]]


@program
def identities_around_a_write(tf):
    """Identities made before and after the write, fetched with it."""
    v = tf.Variable(1.0)
    before = tf.identity(v)
    write = v.assign_add(1.0)
    return [{"before": before, "write": write, "after": tf.identity(v)}]


@program
def reshaped_beside_a_write(tf):
    """A view of another shape."""
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    return [[tf.reshape(v, [4]), v.assign_add([[1.0, 1.0], [1.0, 1.0]])]]


@program
def two_writes_fetched(tf):
    """What two counters of one variable return is one memory."""
    v = tf.Variable(1.0)
    return [[v.assign_add(1.0), v.assign_add(10.0)]]


@program
def two_ordered_assigns_fetched(tf):
    """Both assigns show the last value."""
    v = tf.Variable(1.0)
    first = v.assign(5.0)
    with tf.control_dependencies([first]):
        second = v.assign(6.0)
    return [[first, second, v]]


@program
def copy_after_a_write_by_creation(tf):
    """`run([v.assign(5), v + 0])`: nothing orders the two."""
    v = tf.Variable(1.0)
    return [[v.assign(5.0), v + 0.0]]


@program
def copy_before_a_write_by_creation(tf):
    """`run([v + 0, v.assign(5)])`: nothing orders the two."""
    v = tf.Variable(1.0)
    copy = v + 0.0
    return [[copy, v.assign(5.0)]]


@program
def doubles_around_a_write_by_creation(tf):
    """Computations made before and after a write, nothing in between."""
    v = tf.Variable(1.0)
    before = v * 2.0
    write = v.assign(5.0)
    return [[before, write, v * 3.0]]


@program
def loss_beside_a_step(tf):
    """`run([train, loss])`: the loss is what the gradient is taken of, from before the step."""
    v = tf.Variable(0.0)
    loss = tf.square(v - 5.0)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    return [[train, loss]] * 2


@program
def accuracy_beside_a_step(tf):
    """A metric that no gradient needs, computed from the weights that the step updates."""
    v = tf.Variable([0.5, -0.5])
    train = tf.train.GradientDescentOptimizer(1.0).minimize(tf.reduce_sum(tf.square(v - 1.0)))
    predicted = tf.cast(v * 10.0 > 6.0, tf.float32)
    return [[train, tf.reduce_mean(predicted)]]


@program
def global_step_beside_a_step(tf):
    """`run([train, global_step])` counts the step."""
    v = tf.Variable(0.0)
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(v - 5.0), global_step=step)
    return [[train, step]] * 3


@program
def counted_up_to_beside_the_counter(tf):
    """`count_up_to` returns the number before it; the counter has the one after it."""
    counter = tf.Variable(0)
    return [[counter.count_up_to(3), counter]] * 3


@program
def counted_beyond_the_limit(tf):
    """The run after the last fails, and counts nothing."""
    counter = tf.Variable(0)
    return [counter.count_up_to(2)] * 3 + [counter]


@program
def scattered_beside_the_variable(tf):
    """A row written, the table fetched."""
    v = tf.Variable([[1.0], [2.0], [3.0]])
    return [[v, tf.scatter_add(v, [1], [[10.0]]), tf.identity(v)]]


@program
def what_was_fetched_stays(tf):
    """An array of the caller's is no memory of the variable's."""
    v = tf.Variable([1.0, 2.0])
    add = v.assign_add([1.0, 1.0])

    def run(session):
        kept = [session.run(v), session.run(add), session.run(v.read_value())]
        session.run(add)
        return kept

    return run


@program
def variable_fetched_twice(tf):
    """The same memory twice, beside a write."""
    v = tf.Variable(1.0)
    return [[v, v, v.assign(2.0), v._ref(), v.value()]]


@program
def eval_between_steps(tf):
    """`v.eval()` and `op.run()` between runs."""
    v = tf.Variable(1.0)
    double = v.assign(v * 2.0)

    def run(session):
        double.op.run(session=session)
        between = v.eval(session)
        return [between, double.eval(session=session), v.read_value().eval(session=session)]

    return run
