"""Several writes of one variable, and of several variables from each other."""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("a write takes what the memory holds when it runs")


@program
def assign_of_an_assign(tf):
    """A chain through the references that assigns return."""
    v = tf.Variable(1.0)
    chain = tf.assign_sub(tf.assign_add(tf.assign(v, 5.0), 3.0), 1.0)
    return [chain, v]


@program
def assign_computed_from_an_assign(tf):
    """The value of an assign is computed with, then assigned."""
    v = tf.Variable(1.0)
    doubled = tf.assign(v, v * 2.0)
    return [tf.assign_add(v, doubled * 10.0), v]


@program
def assign_plus_the_variable(tf):
    """The output of an assign added to a read that nothing orders after it."""
    v = tf.Variable(1.0)
    return [tf.assign(v, 5.0) + v]


@program
def assign_plus_a_copy(tf):
    """The output of an assign added to a copy that nothing orders after it."""
    v = tf.Variable(1.0)
    return [tf.assign(v, 5.0) + v * 2.0]


@program
def assign_of_itself(tf):
    """Reading and writing in one element-wise sweep."""
    v = tf.Variable([1.0, 2.0, 3.0])
    return [v.assign(-v), v.assign(v), v.assign(tf.reverse(v, [0])), v]


@program
def assign_under_control_dependencies(tf):
    """Three writes in a row; the middle one reads."""
    v = tf.Variable(1.0)
    with tf.control_dependencies([v.assign(2.0)]):
        middle = v.assign(v * 10.0)
    with tf.control_dependencies([middle]):
        last = v.assign_add(1.0)
    return [last, v]


@program
def value_computed_before_the_dependency(tf):
    """The value to assign was built outside of the dependencies, so nothing orders it."""
    v = tf.Variable(1.0)
    tenfold = v * 10.0
    with tf.control_dependencies([v.assign(2.0)]):
        return [v.assign(tenfold), v]


@program
def view_computed_before_the_dependency(tf):
    """The value to assign is a read from before: it is the memory, and has the write."""
    v, w = tf.Variable(1.0), tf.Variable(0.0)
    read = v.read_value()
    with tf.control_dependencies([v.assign(2.0)]):
        return [w.assign(read), w]


@program
def unordered_writes_in_a_group(tf):
    """Two counters commute, whatever their order."""
    v = tf.Variable(1.0)
    return [tf.group(v.assign_add(1.0), v.assign_sub(5.0)), v]


@program
def unordered_assigns_in_a_group(tf):
    """Two assigns that nothing orders: one of them is the last."""
    v = tf.Variable(1.0)
    return [tf.group(v.assign(2.0), v.assign(3.0)), v]


@program
def tuple_waits_for_all(tf):
    """`tf.tuple` hands out the read after the write, and the read is the memory."""
    v = tf.Variable(1.0)
    read, write = tf.tuple([tf.identity(v), v.assign(4.0)])
    return [[read * 2.0, write * 3.0]]


@program
def tuple_of_a_copy(tf):
    """`tf.tuple` around a copy that nothing orders before the write."""
    v = tf.Variable(1.0)
    copy, write = tf.tuple([v * 1.5, v.assign(4.0)])
    return [[copy + 0.5, write * 3.0]]


@program
def swap_by_copies(tf):
    """The swap that works: both values computed, then both assigned."""
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    old_a, old_b = a + 0.0, b + 0.0
    with tf.control_dependencies([old_a, old_b]):
        return [tf.group(a.assign(old_b), b.assign(old_a)), [a, b]]


@program
def swap_by_identities(tf):
    """The swap that people write: the identities are the memory, and one value is lost."""
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    old_a, old_b = tf.identity(a), tf.identity(b)
    with tf.control_dependencies([old_a, old_b]):
        first = a.assign(old_b)
    with tf.control_dependencies([first]):
        return [b.assign(old_a), [a, b]]


@program
def swap_of_unordered_assigns(tf):
    """Two assigns from each other's variable, nothing in between."""
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    return [tf.group(a.assign(b), b.assign(a)), [a, b]]


@program
def rotation_of_three(tf):
    """a takes b, b takes c, c takes the copy of a."""
    a, b, c = tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0)
    old_a = a * 1.0
    with tf.control_dependencies([old_a]):
        first = a.assign(b)
    with tf.control_dependencies([first]):
        second = b.assign(c)
    with tf.control_dependencies([second]):
        return [c.assign(old_a), [a, b, c]]


@program
def fibonacci(tf):
    """Two variables step on together."""
    a, b = tf.Variable(0.0), tf.Variable(1.0)
    total = a + b
    with tf.control_dependencies([total]):
        first = a.assign(b)
    with tf.control_dependencies([first]):
        second = b.assign(total)
    return [second] * 5 + [a]


@program
def scatter_of_a_gather(tf):
    """Rows doubled in place, the second write under the first."""
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    first = tf.scatter_update(v, [0, 2], tf.gather(v, [0, 2]) * 2.0)
    with tf.control_dependencies([first]):
        second = tf.scatter_sub(v, [2], tf.gather(v, [0]))
    return [second, v]


@program
def scatter_through_its_output(tf):
    """The output of a scatter is the memory and takes the next scatter."""
    v = tf.Variable([1.0, 2.0, 3.0])
    chain = tf.scatter_add(tf.scatter_update(v, [0], [10.0]), [0, 1], [1.0, 1.0])
    return [chain, tf.gather(chain, [0]) * 2.0, v]


@program
def scatter_with_the_variable_as_updates(tf):
    """The updates are a slice of the memory that is written."""
    v = tf.Variable([1.0, 2.0, 3.0, 4.0])
    return [tf.scatter_update(v, [0, 1], v[2:]), tf.scatter_mul(v, [3, 3], v[:2]), v]


@program
def scatter_with_repeated_indices(tf):
    """Each of the equal indices counts; the update was computed once, before."""
    v = tf.Variable([1.0, 1.0])
    return [tf.scatter_add(v, [0, 0, 1], tf.gather(v, [0, 0, 1]) * 2.0), v]


@program
def scatter_nd_then_gather_nd(tf):
    """Single elements, under control dependencies."""
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.control_dependencies([tf.scatter_nd_update(v, [[0, 1]], [20.0])]):
        element = tf.gather_nd(v, [[0, 1]])
    return [tf.scatter_nd_add(v, [[1, 0]], element * 2.0), v]


@program
def slice_assigned(tf):
    """`v[1:3].assign(...)` from a slice of the same variable."""
    v = tf.Variable([1.0, 2.0, 3.0, 4.0])
    return [v[1:3].assign(v[2:4] * 10.0), v]


@program
def dependent_variables(tf):
    """A mean that is read by the variance, which is written under the mean's write."""
    mean, variance = tf.Variable(0.0), tf.Variable(1.0)
    with tf.control_dependencies([mean.assign_add(0.5 * (4.0 - mean))]):
        update = variance.assign(0.5 * variance + 0.5 * tf.square(4.0 - mean))
    return [update, update, [mean, variance]]


@program
def no_operation_between(tf):
    """A chain over `no_op` and `group` is a chain."""
    v = tf.Variable(1.0)
    with tf.control_dependencies([v.assign(2.0)]):
        gate = tf.no_op()
    with tf.control_dependencies([tf.group(gate, tf.group(gate))]):
        return [v * 3.0, v]


@program
def two_operations_of_one_memory(tf):
    """Two variable operations with one shared name are one memory."""
    first, second = (
        tf.raw_ops.VariableV2(
            shape=[], dtype=tf.float32, shared_name="memory", container="", name=name
        )
        for name in ("first", "second")
    )
    write = tf.assign(first, 1.0)
    with tf.control_dependencies([write]):
        add = tf.assign_add(second, 2.0)
    with tf.control_dependencies([add]):
        return [[write, tf.negative(first)], second]


@program
def integers_and_booleans(tf):
    """Every dtype has a memory."""
    count, flag = tf.Variable(0), tf.Variable(False)
    with tf.control_dependencies([count.assign_add(1)]):
        update = flag.assign(tf.greater(count, 1))
    return [[update, count], [update, count], flag]


@program
def strings(tf):
    """A string variable that appends to itself."""
    v = tf.Variable("a")
    before = tf.identity(v)
    with tf.control_dependencies([before]):
        write = v.assign(tf.strings.join([v, "b"]))
    with tf.control_dependencies([write]):
        return [tf.strings.join([before, "!"]), v]
