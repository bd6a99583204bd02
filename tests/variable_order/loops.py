"""Reads and writes in loops."""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("a loop reads the memory in every iteration")


def _count(tf, limit, update):
    """Runs `update(i)` in each of `limit` iterations, one after the other."""

    def body(i):
        with tf.control_dependencies([update(i)]):
            return i + 1

    return tf.while_loop(lambda i: i < limit, body, [0], parallel_iterations=1)


@program
def condition_reads_the_variable(tf):
    """The condition is a read of what the body raises."""
    v = tf.Variable(0.0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return i + 1

    return [tf.while_loop(lambda i: v < 3.0, body, [0]), v]


@program
def condition_beside_an_iteration_limit(tf):
    """The limit is a second counter, and an iteration may begin with it, before the write."""
    v = tf.Variable(0.0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return i + 1

    return [tf.while_loop(lambda i: v < 3.0, body, [0], maximum_iterations=50), v]


@program
def condition_reads_a_copy_from_outside(tf):
    """A copy that was made outside of the loop never changes: the limit ends it."""
    v = tf.Variable(0.0)
    outside = v * 1.0

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return i + 1

    with tf.control_dependencies([outside]):
        loop = tf.while_loop(lambda i: outside < 3.0, body, [0], maximum_iterations=5)
    return [loop, v]


@program
def square_in_every_iteration(tf):
    """`v = v * v`, four times."""
    v = tf.Variable(2.0)
    return [_count(tf, 4, lambda i: tf.assign(v, v * v)), v]


@program
def prefix_sums_by_scatter(tf):
    """Each iteration reads the row that the one before has written."""
    v = tf.Variable(tf.zeros([4]))
    update = lambda i: tf.scatter_update(v, [i + 1], [tf.gather(v, i) + 1.0])  # noqa: E731
    return [_count(tf, 3, update), v]


@program
def counter_beside_a_loop_variable(tf):
    """A loop variable takes the value of the counter in each iteration."""
    v = tf.Variable(0.0)

    def body(i, total):
        with tf.control_dependencies([v.assign_add(1.0)]):
            return i + 1, total + v

    loop = tf.while_loop(lambda i, total: i < 4, body, [0, 0.0], parallel_iterations=1)
    return [loop[1], v]


@program
def counter_output_in_the_loop(tf):
    """The same through the output of the assign."""
    v = tf.Variable(0.0)
    body = lambda i, total: (i + 1, total + v.assign_add(1.0))  # noqa: E731
    loop = tf.while_loop(lambda i, total: i < 4, body, [0, 0.0], parallel_iterations=1)
    return [loop[1], v]


@program
def variable_as_loop_variable(tf):
    """The loop starts from the variable and leaves it alone."""
    v = tf.Variable(1.0)
    return [tf.while_loop(lambda x: x < 5.0, lambda x: x + 1.0, [v]), v]


@program
def variable_as_loop_variable_and_written(tf):
    """The loop starts from the variable, and its body writes it."""
    v = tf.Variable(1.0)

    def body(x):
        with tf.control_dependencies([v.assign(x * 10.0)]):
            return x + 1.0

    return [tf.while_loop(lambda x: x < 5.0, body, [v * 1.0], parallel_iterations=1), v]


@program
def read_as_loop_variable_across_a_write(tf):
    """A plain read goes round and stays the memory; a copy beside it does not."""
    v = tf.Variable(1.0)

    def body(i, view, copy):
        with tf.control_dependencies([v.assign_add(1.0)]):
            return i + 1, tf.identity(view), tf.identity(copy)

    copy = v * 1.0
    with tf.control_dependencies([copy]):
        loop = tf.while_loop(
            lambda i, view, copy: i < 3, body, [0, v.read_value(), copy], parallel_iterations=1
        )
    return [loop, v]


@program
def foldl_from_a_variable(tf):
    """`tf.foldl` with the variable as its initializer."""
    v = tf.Variable(1.0)
    return [tf.foldl(lambda a, x: a + x, tf.constant([1.0, 2.0]), initializer=v), v]


@program
def scan_with_assign(tf):
    """`tf.scan` over a product that a variable keeps."""
    v = tf.Variable(1.0)
    scan = tf.scan(
        lambda a, x: tf.assign(v, v * x) + 0.0,
        tf.constant([2.0, 3.0, 4.0]),
        initializer=0.0,
        parallel_iterations=1,
    )
    return [scan, v]


@program
def map_with_counter(tf):
    """`tf.map_fn` numbers its elements."""
    v = tf.Variable(0.0)
    numbered = tf.map_fn(
        lambda x: x * 10.0 + tf.assign_add(v, 1.0),
        tf.constant([1.0, 2.0, 3.0]),
        parallel_iterations=1,
    )
    return [numbered, v]


@program
def running_maximum(tf):
    """A branch in a loop writes the variable, the next iteration's predicate reads it."""
    v, x = tf.Variable(0.0), tf.constant([3.0, 1.0, 5.0, 4.0])
    update = lambda i: tf.cond(  # noqa: E731
        x[i] > v, lambda: tf.assign(v, x[i]), lambda: tf.identity(v)
    )
    return [_count(tf, 4, update), v]


@program
def counter_in_a_branch_in_a_loop(tf):
    """Even iterations count."""
    even, all_of_them = tf.Variable(0), tf.Variable(0)

    def update(i):
        with tf.control_dependencies([tf.assign_add(all_of_them, 1)]):
            return tf.cond(
                tf.equal(i % 2, 0), lambda: tf.assign_add(even, 1), lambda: tf.identity(even)
            )

    return [_count(tf, 5, update), [even, all_of_them]]


@program
def loop_in_a_branch(tf):
    """A loop that one branch runs, and a read under both."""
    v, flag = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    r = tf.cond(flag, lambda: _count(tf, 3, lambda i: v.assign(v * 2.0)), lambda: tf.constant(0))
    with tf.control_dependencies([r]):
        after = v * 1.0
    return lambda session: [session.run([r, after], {flag: x}) for x in (True, False, True)]


@program
def loop_in_a_loop(tf):
    """Inner iterations add what outer iterations raise."""
    outer, inner = tf.Variable(0.0), tf.Variable(0.0)

    def update(i):
        with tf.control_dependencies([outer.assign_add(1.0)]):
            return _count(tf, 2, lambda j: inner.assign_add(outer))

    return [_count(tf, 3, update), [outer, inner]]


@program
def read_after_a_loop(tf):
    """A read under the loop's result sees what the loop has written."""
    v = tf.Variable(1.0)
    with tf.control_dependencies([_count(tf, 3, lambda i: v.assign_add(1.0))]):
        return [[tf.identity(v), v * 2.0]]


@program
def reads_beside_a_loop(tf):
    """A fetched read and a view, with no dependency on the loop that writes."""
    v = tf.Variable(1.0)
    return [[_count(tf, 3, lambda i: v.assign_add(1.0)), v, v.read_value()]]


@program
def fibonacci_in_a_loop(tf):
    """Two variables step on together, the sum from before both writes."""
    a, b = tf.Variable(0.0), tf.Variable(1.0)

    def update(i):
        total = a + b
        with tf.control_dependencies([total]):
            first = a.assign(b)
        with tf.control_dependencies([first]):
            return b.assign(total)

    return [_count(tf, 6, update), [a, b]]


@program
def swap_by_identities_in_a_loop(tf):
    """The swap that loses a value, in a loop."""
    a, b = tf.Variable(1.0), tf.Variable(2.0)

    def update(i):
        old = tf.identity(a)
        with tf.control_dependencies([old]):
            first = a.assign(b)
        with tf.control_dependencies([first]):
            return b.assign(old * 1.0)

    return [_count(tf, 2, update), [a, b]]


@program
def bisection(tf):
    """Two bounds close in on a root of x * x = 2."""
    low, high = tf.Variable(1.0), tf.Variable(2.0)

    def update(i):
        middle = (low + high) / 2.0
        return tf.cond(
            middle * middle < 2.0, lambda: tf.assign(low, middle), lambda: tf.assign(high, middle)
        )

    return [_count(tf, 8, update), [low, high]]


@program
def backtracking_line_search(tf):
    """The rate is halved until the loss at the trial point is small enough."""
    w, rate = tf.Variable(3.0), tf.Variable(4.0)
    gradient = tf.gradients(tf.square(w), w)[0]

    def body(i):
        with tf.control_dependencies([rate.assign(rate * 0.5)]):
            return i + 1

    search = tf.while_loop(lambda i: tf.square(w - rate * gradient) > 1.0, body, [0])
    with tf.control_dependencies([search]):
        step = w.assign_sub(rate * gradient)
    return [step, [w, rate]]


@program
def newton_in_a_loop(tf):
    """A loop runs until the residual that it reads is small."""
    x = tf.Variable(1.0)

    def body(i):
        with tf.control_dependencies([x.assign(0.5 * (x + 2.0 / x))]):
            return i + 1

    return [tf.while_loop(lambda i: tf.abs(x * x - 2.0) > 1e-2, body, [0]), x]


@program
def steps_in_a_loop(tf):
    """Whole steps of gradient descent by hand in a loop: the gradient is of the new weights."""
    w = tf.Variable(0.0)
    return [_count(tf, 3, lambda i: w.assign_sub(0.1 * 2.0 * (w - 5.0))), w]


@program
def gradient_built_outside_of_the_loop(tf):
    """The gradient is one tensor from outside: every iteration takes the same."""
    w = tf.Variable(0.0)
    gradient = tf.gradients(tf.square(w - 5.0), w)[0]
    with tf.control_dependencies([gradient]):
        return [_count(tf, 3, lambda i: w.assign_sub(0.1 * gradient)), w]


@program
def step_on_a_loop(tf):
    """A loop reads the weights; then its gradient trains them."""
    w = tf.Variable(2.0)
    z = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * w), [0, 1.0])[1]
    train = tf.train.GradientDescentOptimizer(0.01).minimize(z)
    return [[train, w], [train, w]]


@program
def counted_up_to_in_a_loop(tf):
    """`count_up_to` ends a run with an error; what was counted stays."""
    v = tf.Variable(0)
    return [_count(tf, 5, lambda i: v.count_up_to(3)), v]


@program
def array_of_reads_in_a_loop(tf):
    """An array of plain reads holds the memory; stacked after the loop, all show the end."""
    v = tf.Variable(1.0)

    def body(i, array):
        array = array.write(i, tf.identity(v))
        with tf.control_dependencies([array.flow]), tf.control_dependencies([v.assign_add(1.0)]):
            return i + 1, array

    array = tf.TensorArray(tf.float32, 3)
    loop = tf.while_loop(lambda i, array: i < 3, body, [0, array], parallel_iterations=1)
    with tf.control_dependencies([loop[0]]):
        return [loop[1].stack(), v]


@program
def array_of_copies_in_a_loop(tf):
    """An array of computed values keeps each."""
    v = tf.Variable(1.0)

    def body(i, array):
        array = array.write(i, v * 1.0)
        with tf.control_dependencies([array.flow]), tf.control_dependencies([v.assign_add(1.0)]):
            return i + 1, array

    array = tf.TensorArray(tf.float32, 3)
    loop = tf.while_loop(lambda i, array: i < 3, body, [0, array], parallel_iterations=1)
    with tf.control_dependencies([loop[0]]):
        return [loop[1].stack(), v]
