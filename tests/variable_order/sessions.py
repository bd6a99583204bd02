"""Variables across runs, callables, queues, sessions, and their initialisation."""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("what is kept between runs")


@program
def partial_run_around_a_write(tf):
    """A read in the first part, the write in the second."""
    v, x = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    copy, write = v * 2.0, v.assign_add(x)

    def run(session):
        handle = session.partial_run_setup([copy, write], [x])
        return [
            session.partial_run(handle, copy),
            session.partial_run(handle, write, {x: 5.0}),
        ]

    return run


@program
def partial_run_reads_after_a_write(tf):
    """The write in the first part; in the second a read under it and a fed placeholder."""
    v, x = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    write = v.assign(7.0)
    with tf.control_dependencies([write]):
        read = v * x

    def run(session):
        handle = session.partial_run_setup([write, read], [x])
        return [session.partial_run(handle, write), session.partial_run(handle, read, {x: 2.0})]

    return run


@program
def partial_run_of_a_view(tf):
    """What the first part fetched of the memory is the caller's, whatever is written later."""
    v, x = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    view, write = tf.identity(v), v.assign(x)
    with tf.control_dependencies([write]):
        after = view * 1.0

    def run(session):
        handle = session.partial_run_setup([view, write, after], [x])
        first = session.partial_run(handle, view)
        return [first, session.partial_run(handle, [write, after], {x: 9.0}), first]

    return run


@program
def callable_of_a_step_and_a_read(tf):
    """`make_callable` returns what `run` does."""
    w = tf.Variable(0.0)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w - 5.0))

    def run(session):
        step = session.make_callable([train, w])
        return [step(), step(), step()]

    return run


@program
def callable_that_counts(tf):
    """A callable with a fed value, a write, and a read under it."""
    v, x = tf.Variable(0.0), tf.placeholder(tf.float32, [])
    with tf.control_dependencies([v.assign_add(x)]):
        read = v * 2.0

    def run(session):
        add = session.make_callable(read, [x])
        return [add(1.0), add(10.0), session.run(v)]

    return run


@program
def queue_between_read_and_write(tf):
    """A copy goes through a queue in an earlier run, and is assigned back."""
    v, queue = tf.Variable(1.0), tf.FIFOQueue(3, tf.float32, [[]])
    push, pull = queue.enqueue(v * 2.0), v.assign(queue.dequeue())
    return [push, v.assign(5.0), v, pull, v]


@program
def queue_of_the_memory(tf):
    """A plain read goes through a queue; what comes out in a later run is the memory."""
    v, queue = tf.Variable(1.0), tf.FIFOQueue(3, tf.float32, [[]])
    out = queue.dequeue()
    return [queue.enqueue(v), v.assign(5.0), out + 0.5]


@program
def queue_of_batches_before_a_step(tf):
    """The step waits for its input, and its gradient is of the weights after the wait."""
    queue, w = tf.FIFOQueue(9, tf.float32, [[]]), tf.Variable(1.0)
    fill, x = queue.enqueue_many([[1.0, 1.0, 1.0]]), queue.dequeue()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w * x))
    return [fill, [train, w], [train, w], [train, w]]


@program
def step_waits_for_its_queue(tf):
    """Filling the queue and the step that waits for it are in one run."""
    queue, w = tf.FIFOQueue(9, tf.float32, [[]]), tf.Variable(1.0)
    x = queue.dequeue()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w * x))
    fill = queue.enqueue(w + 1.0)
    return [[train, fill, w], w]


@program
def write_while_a_step_waits(tf):
    """The write is made before the element that the read waits for."""
    queue, w = tf.FIFOQueue(9, tf.float32, [[]]), tf.Variable(1.0)
    product = w * queue.dequeue()
    with tf.control_dependencies([w.assign(4.0)]):
        fill = queue.enqueue(10.0)
    return [[product, fill]]


@program
def queue_counts_its_elements(tf):
    """A counter that is raised under each dequeue."""
    queue, count = tf.FIFOQueue(9, tf.float32, [[]]), tf.Variable(0)
    x = queue.dequeue()
    with tf.control_dependencies([x]):
        counted = count.assign_add(1)
    return [queue.enqueue_many([[3.0, 4.0]]), [x, counted], [x, counted], queue.size()]


@program
def initial_value_from_another(tf):
    """`initialized_value` orders the initialisers."""
    a = tf.Variable([2.0, 3.0])
    b = tf.Variable(a.initialized_value() * 10.0)
    return [[a, b]]


@program
def initial_value_again(tf):
    """Both are initialised again after writes, one under the other."""
    a = tf.Variable(2.0)
    b = tf.Variable(a.initialized_value() * 10.0)
    return [tf.group(a.assign(5.0), b.assign(6.0)), a.initializer, b.initializer, [a, b]]


@program
def initialised_from_a_written_variable(tf):
    """The second initialiser, alone, reads what the first variable holds now."""
    a = tf.Variable(2.0)
    b = tf.Variable(a.initialized_value() * 10.0)
    return [a.assign(5.0), b.initializer, [a, b]]


@program
def initialised_from_each_other_in_one_run(tf):
    """All initialisers in one run, after a write: nothing orders the two."""
    a = tf.Variable(2.0)
    b = tf.Variable(a.initialized_value() * 10.0)
    return [a.assign(5.0), tf.global_variables_initializer(), [a, b]]


@program
def initialised_and_read_in_one_run(tf):
    """A read under the initialiser."""
    v = tf.Variable(3.0)
    with tf.control_dependencies([v.initializer]):
        read = v * 2.0
    return [v.assign(8.0), read, v]


@program
def initialiser_is_the_memory(tf):
    """A constant that initialises two variables is not their common memory."""
    value = tf.constant([1.0, 2.0])
    a, b = tf.Variable(value), tf.Variable(value)
    return [a.assign_add([1.0, 1.0]), [a, b, value]]


@program
def variable_assigned_to_another_is_a_copy(tf):
    """An assign takes the values, never the memory."""
    a, b = tf.Variable([1.0, 2.0]), tf.Variable([0.0, 0.0])
    return [b.assign(a), a.assign_add([10.0, 10.0]), [a, b]]


@program
def new_memory_from_another(tf):
    """The same where the assign takes new memory."""
    a = tf.Variable([1.0, 2.0])
    b = tf.Variable([0.0], validate_shape=False)
    take = tf.assign(b, tf.identity(a), validate_shape=False)
    return [take, a.assign_add([10.0, 10.0]), [a, b]]


@program
def fed_array_assigned(tf):
    """A fed array is copied into the variable; neither later changes the other."""
    import numpy as np

    v, x = tf.Variable([0.0, 0.0]), tf.placeholder(tf.float32, [2])
    write, add = v.assign(x), v.assign_add([1.0, 1.0])

    def run(session):
        array = np.float32([5.0, 6.0])
        results = [session.run(write, {x: array}), session.run(add)]
        array[:] = 0.0
        return [*results, session.run(v), array]

    return run


@program
def load_between_runs(tf):
    """`v.load` writes between two runs."""
    v = tf.Variable(1.0)
    double = v * 2.0

    def run(session):
        before = session.run(double)
        v.load(4.0, session)
        return [before, session.run([double, v])]

    return run


@program
def read_fed_in_its_place(tf):
    """A fed value stands for a read; the write beside it takes it, the memory is not read."""
    v = tf.Variable(1.0)
    read = tf.identity(v)
    write = v.assign(read * 2.0)

    def run(session):
        return [session.run([write, read], {read: 10.0}), session.run([write, v])]

    return run


@program
def two_sessions_of_one_graph(tf):
    """Each session has a memory of its own."""
    v = tf.Variable(1.0)
    add = v.assign_add(1.0)

    def run(session):
        # On fewer devices than the graph may have been built for.
        config = tf.ConfigProto(allow_soft_placement=True)
        with tf.Session(graph=session.graph, config=config) as other:
            other.run(v.initializer)
            return [session.run(add), other.run(add), other.run(add), session.run(v)]

    return run


@program
def containers(tf):
    """One name in two containers is two memories; in one container it is one."""
    make = lambda container, name: tf.raw_ops.VariableV2(  # noqa: E731
        shape=[], dtype=tf.float32, shared_name="shared", container=container, name=name
    )
    a, b, c = make("first", "a"), make("second", "b"), make("first", "c")
    writes = [tf.assign(a, 1.0), tf.assign(b, 2.0)]

    def run(session):
        for write in writes:
            session.run(write)
        return [*session.run([a, b, c]), session.run(tf.assign_add(c, 5.0)), *session.run([a, b])]

    return run


@program
def same_graph_imported_twice(tf):
    """Imported variables of one shared name are one memory."""
    with tf.Graph().as_default() as inner:
        v = tf.raw_ops.VariableV2(
            shape=[], dtype=tf.float32, shared_name="imported", container="", name="v"
        )
        tf.assign(v, 3.0, name="write")
        tf.assign_add(v, 1.0, name="add")
    first, second = (
        tf.import_graph_def(inner.as_graph_def(), name=name, return_elements=["write:0", "add:0"])
        for name in ("first", "second")
    )
    return [first[0], second[1], first[1]]
