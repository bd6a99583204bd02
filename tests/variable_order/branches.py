"""Reads and writes in branches."""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("a branch reads the memory when its operations run")


def _fed(flag, fetches, values):
    """Runs the same fetches with one value of the flag after another."""
    return lambda session: [session.run(fetches, {flag: value}) for value in values]


@program
def moving_average_in_a_branch(tf):
    """Written as batch norm by hand writes it: update and read in training, read otherwise."""
    average, training = tf.Variable(0.0), tf.placeholder(tf.bool, [])

    def update():
        with tf.control_dependencies([tf.assign(average, average * 0.5 + 0.5)]):
            return tf.identity(average)

    mean = tf.cond(training, update, lambda: tf.identity(average))
    return _fed(training, mean, [True, True, False])


@program
def moving_averages_of_mean_and_variance(tf):
    """Two averages, updated in one branch and read in the other, then used to normalise."""
    mean, variance = tf.Variable([0.0, 0.0]), tf.Variable([1.0, 1.0])
    x, training = tf.constant([[1.0, 2.0], [3.0, 6.0]]), tf.placeholder(tf.bool, [])
    batch_mean, batch_variance = tf.nn.moments(x, [0])

    def update():
        first = tf.assign(mean, mean * 0.9 + batch_mean * 0.1)
        second = tf.assign(variance, variance * 0.9 + batch_variance * 0.1)
        with tf.control_dependencies([first, second]):
            return tf.identity(batch_mean), tf.identity(batch_variance)

    used_mean, used_variance = tf.cond(training, update, lambda: (mean, variance))
    y = tf.nn.batch_normalization(x, used_mean, used_variance, None, None, 0.001)
    return _fed(training, y, [True, True, False])


@program
def exponential_moving_average_in_a_branch(tf):
    """`tf.train.ExponentialMovingAverage` applied in one branch, its average read in both."""
    x, training = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    average = tf.train.ExponentialMovingAverage(0.5)
    apply = average.apply([x])

    def update():
        with tf.control_dependencies([apply]):
            return tf.identity(average.average(x))

    read = tf.cond(training, update, lambda: average.average(x))
    move = x.assign_add(1.0)

    def run(session):
        return [session.run(fetch, {training: False}) for fetch in (read, move, read, move, read)]

    return run


@program
def counter_in_a_branch(tf):
    """Counts what was taken."""
    taken, skipped = tf.Variable(0), tf.Variable(0)
    flag = tf.placeholder(tf.bool, [])
    count = tf.cond(flag, lambda: tf.assign_add(taken, 1), lambda: tf.assign_add(skipped, 10))
    return _fed(flag, count, [True, False, False, True])


@program
def branch_under_a_write(tf):
    """The branch is made under a write and reads the variable in it."""
    v = tf.Variable(1.0)
    with tf.control_dependencies([tf.assign(v, 5.0)]):
        r = tf.cond(tf.constant(True), lambda: v * 2.0, lambda: v * 3.0)
    return [r]


@program
def branch_under_a_write_with_a_fed_predicate(tf):
    """The same where nothing is known of the predicate."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    with tf.control_dependencies([tf.assign_add(v, 5.0)]):
        r = tf.cond(flag, lambda: v * 2.0, lambda: tf.identity(v))
    return _fed(flag, r, [True, False])


@program
def write_under_a_branch(tf):
    """A write after a branch; what the branch computed is a copy."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    r = tf.cond(flag, lambda: v * 2.0, lambda: tf.identity(v))
    with tf.control_dependencies([r]):
        write = v.assign_add(10.0)
    with tf.control_dependencies([write]):
        return _fed(flag, [r * 1.0, write], [True, False, True])


@program
def variable_returned_from_a_branch(tf):
    """A branch that returns the variable itself, with a write after it."""
    a, b, flag = tf.Variable(1.0), tf.Variable(2.0), tf.placeholder(tf.bool, [])
    chosen = tf.cond(flag, lambda: a, lambda: b)
    with tf.control_dependencies([chosen]):
        write = tf.group(a.assign_add(10.0), b.assign_add(20.0))
    with tf.control_dependencies([write]):
        return _fed(flag, [chosen, chosen * 1.5], [True, False])


@program
def predicate_from_a_written_variable(tf):
    """The predicate is computed under the write."""
    step, v = tf.Variable(0), tf.Variable(0.0)
    with tf.control_dependencies([step.assign_add(1)]):
        is_second = tf.equal(step % 2, 0)
    update = tf.cond(is_second, lambda: tf.assign_add(v, 1.0), lambda: tf.identity(v))
    return [update] * 4


@program
def predicate_beside_the_write(tf):
    """Predicate and counter in one run, nothing in between."""
    step = tf.Variable(0)
    text = tf.cond(step < 1, lambda: tf.constant(10), lambda: tf.constant(20))
    return [[text, step.assign_add(1)]]


@program
def writes_in_both_branches(tf):
    """Each branch writes; a read under the branch sees it."""
    v, flag = tf.Variable(8.0), tf.placeholder(tf.bool, [])
    halved_or_raised = tf.cond(flag, lambda: v.assign(v * 0.5), lambda: v.assign_add(1.0))
    with tf.control_dependencies([halved_or_raised]):
        after = v * 1.0
    return _fed(flag, [after, halved_or_raised], [True, False, True])


@program
def read_write_read_in_a_branch(tf):
    """A copy, a write and another read, all in one branch."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])

    def taken():
        before = v * 1.0
        with tf.control_dependencies([before]):
            write = v.assign(v * 7.0)
        with tf.control_dependencies([write]):
            return before + 100.0 * v

    return _fed(flag, tf.cond(flag, taken, lambda: v + 0.5), [True, False, True])


@program
def view_write_read_in_a_branch(tf):
    """A plain read, a write and the sum of both reads, all in one branch."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])

    def taken():
        before = tf.identity(v)
        with tf.control_dependencies([before]):
            write = v.assign(7.0)
        with tf.control_dependencies([write]):
            return before + 100.0 * v

    return _fed(flag, tf.cond(flag, taken, lambda: v + 0.5), [True, False])


@program
def read_outside_write_inside(tf):
    """A read made outside is used inside a branch, after the write there."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    outside = v.read_value()

    def taken():
        with tf.control_dependencies([v.assign_add(4.0)]):
            return outside * 2.0

    return _fed(flag, tf.cond(flag, taken, lambda: outside * 3.0), [True, False])


@program
def copy_outside_write_inside(tf):
    """A copy made outside is used inside a branch, after the write there."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    outside = v * 1.0

    def taken():
        with tf.control_dependencies([outside]), tf.control_dependencies([v.assign_add(4.0)]):
            return outside * 2.0

    return _fed(flag, tf.cond(flag, taken, lambda: outside * 3.0), [True, False, True])


@program
def branch_in_a_branch(tf):
    """Counters two branches deep."""
    v = tf.Variable(0.0)
    outer, inner = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])

    def nested():
        with tf.control_dependencies([v.assign_add(1.0)]):
            return tf.cond(inner, lambda: tf.assign(v, v * 2.0), lambda: tf.identity(v))

    r = tf.cond(outer, nested, lambda: v - 0.5)

    def run(session):
        flags = [(True, True), (True, False), (False, True), (True, True)]
        return [session.run(r, {outer: first, inner: second}) for first, second in flags]

    return run


@program
def case_of_a_schedule(tf):
    """`tf.case` chooses by a counter that is raised before."""
    step, v = tf.Variable(0), tf.Variable(1.0)
    with tf.control_dependencies([step.assign_add(1)]):
        now = tf.identity(step)
    update = tf.case(
        [
            (tf.equal(now, 1), lambda: v.assign(v + 1.0)),
            (tf.equal(now, 2), lambda: v.assign(v * 10.0)),
        ],
        default=lambda: v.assign(-v),
        exclusive=True,
    )
    return [update, update, update]


@program
def every_second_step(tf):
    """A slow update that a branch takes every second step, after the fast one."""
    step = tf.train.get_or_create_global_step()
    fast, slow = tf.Variable(0.0), tf.Variable(0.0)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(
        tf.square(fast - 4.0), global_step=step
    )
    with tf.control_dependencies([train]):
        sync = tf.cond(
            tf.equal(step % 2, 0), lambda: tf.assign(slow, fast), lambda: tf.identity(slow)
        )
    return [sync] * 4 + [[fast, slow]]


@program
def gradient_through_a_branch(tf):
    """A loss chosen by a branch, and the step on it."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    loss = tf.cond(flag, lambda: tf.square(v), lambda: 3.0 * v)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    return _fed(flag, [train, v], [True, False, True])


@program
def step_inside_a_branch(tf):
    """A whole training step in a branch, the weights read in the other."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    optimizer = tf.train.GradientDescentOptimizer(0.1)

    def train():
        with tf.control_dependencies([optimizer.minimize(tf.square(v - 5.0))]):
            return v * 1.0

    return _fed(flag, tf.cond(flag, train, lambda: tf.identity(v)), [True, True, False])


@program
def scatter_in_a_branch(tf):
    """A row written in a branch, and a row read from the table after it."""
    table, row = tf.Variable([[1.0], [2.0], [3.0]]), tf.placeholder(tf.int32, [])

    def write():
        with tf.control_dependencies([tf.scatter_add(table, [row], [[10.0]])]):
            return tf.gather(table, row)

    r = tf.cond(row > 0, write, lambda: tf.gather(table, row))
    return _fed(row, r, [0, 1, 1, 2])
