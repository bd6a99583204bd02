"""Branches and loops: what runs, what does not, and what the compiler makes of them."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf
from tfsession import errors
from tfsession.compile.lower import lower
from tfsession.compile.optimise import optimise
from tfsession.compile.program import verify
from tfsession.compile.prune import prune
from tfsession.control_flow.cond import CondContext
from tfsession.control_flow.frames import find_frames
from tfsession.control_flow.loop import WhileContext

X = np.array([1.0, 2.0, 3.0], np.float32)

pytestmark = pytest.mark.usefixtures("graph")


def run(fetches, feeds=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feeds)


def names(graph):
    return [op.name for op in graph.get_operations()]


def compiled(fetches, feeds=()):
    """The verified program of some fetches."""
    session = tf.Session()
    tensors = fetches if isinstance(fetches, list) else [fetches]
    operations = prune(tensors, feeds)
    placement = session._runner.placed.place(operations)
    program = lower(
        operations, tensors, feeds, placement, session._runner.devices, session._runner.resources
    )
    verify(program)
    return optimise(program, check=True)


# ---- tf.cond ----


def test_cond_has_tensorflows_names(graph):
    p = tf.placeholder(tf.bool, (), name="p")
    x = tf.placeholder(tf.float32, (3,), name="x")
    tf.cond(p, lambda: tf.exp(x), lambda: x * 2.0)
    assert names(graph) == [
        "p", "x", "cond/Switch", "cond/switch_t", "cond/switch_f", "cond/pred_id",
        "cond/Exp", "cond/Exp/Switch", "cond/mul/y", "cond/mul", "cond/mul/Switch", "cond/Merge",
    ]  # fmt: skip


def test_cond_becomes_if_and_else():
    p, x = tf.placeholder(tf.bool, ()), tf.placeholder(tf.float32, (3,))
    y = tf.cond(p, lambda: tf.exp(x), lambda: tf.negative(x))
    assert str(compiled(y, [p, x])) == (
        "feeds %0, %1\n"
        "%3 = Exp(%1)  # CPU:0  cond/Exp  if %0\n"
        "%4 = Neg(%1)  # CPU:0  cond/Neg  if not %0\n"
        "%5 = Merge(%4)  # CPU:0  cond/Merge  if not %0\n"
        "%5 = Merge(%3)  # CPU:0  cond/Merge  if %0\n"
        "return %5"
    )


@pytest.mark.parametrize("taken", [True, False])
def test_cond_and_its_first_and_second_derivative(taken):
    p, x = tf.placeholder(tf.bool, ()), tf.placeholder(tf.float32, None)
    y = tf.cond(p, lambda: tf.exp(x), lambda: x * x * 3.0)
    (first,) = tf.gradients(y, x)
    (second,) = tf.gradients(first, x)
    values = run([y, first, second], {p: taken, x: X})
    e = np.exp(X)
    wanted = [e, e, e] if taken else [3 * X**2, 6 * X, np.full(3, 6.0)]
    for value, correct in zip(values, wanted, strict=True):
        np.testing.assert_allclose(value, correct, rtol=1e-5)


def test_only_the_branch_that_is_taken_has_effects():
    p = tf.placeholder(tf.bool, ())
    a, b = tf.Variable(0.0), tf.Variable(0.0)
    step = tf.cond(p, lambda: a.assign_add(1.0), lambda: b.assign_add(10.0))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step, {p: True})
        session.run(step, {p: True})
        session.run(step, {p: False})
        assert session.run([a, b]) == [2.0, 10.0]


def test_an_error_of_the_other_branch_does_not_happen():
    p, x = tf.placeholder(tf.bool, ()), tf.placeholder(tf.float32, (1,))
    y = tf.cond(p, lambda: tf.check_numerics(x, "bad"), lambda: tf.zeros([1]))
    assert run(y, {p: False, x: [np.nan]}) == [0.0]
    with pytest.raises(errors.InvalidArgumentError, match="bad : Tensor had NaN") as caught:
        run(y, {p: True, x: [np.nan]})
    assert caught.value.op.name == "cond/CheckNumerics"


def test_a_branch_that_waits_for_a_fed_placeholder():
    p, x = tf.placeholder(tf.bool, ()), tf.placeholder(tf.float32, ())

    def true():
        with tf.control_dependencies([x]):
            return tf.constant(1.0)

    y = tf.cond(p, true, lambda: tf.constant(2.0))
    assert [run(y, {p: taken, x: 5.0}) for taken in (True, False)] == [1.0, 2.0]
    with pytest.raises(errors.InvalidArgumentError, match="You must feed a value"):
        run(y, {p: False})


def test_a_loop_and_its_body_wait_for_a_fed_placeholder():
    x = tf.placeholder(tf.float32, ())

    def body(i):
        with tf.control_dependencies([x]):
            return i + tf.constant(1)

    with tf.control_dependencies([x]):
        limit = tf.constant(3)
        y = tf.while_loop(lambda i: i < limit, body, [0])
    assert run(y, {x: 5.0}) == 3


def test_an_imported_operation_waits_for_a_fed_placeholder(graph):
    x = tf.placeholder(tf.float32, (), name="x")
    with tf.control_dependencies([x]):
        tf.constant(1.0, name="c")
    c, x = tf.import_graph_def(graph.as_graph_def(), return_elements=["c:0", "x:0"])
    assert run(c, {x: 5.0}) == 1.0


def test_a_constant_condition_leaves_one_branch():
    x = tf.placeholder(tf.float32, (3,))
    y = tf.cond(tf.constant(True), lambda: tf.exp(x), lambda: tf.negative(x))
    assert [i.name for i in compiled(y, [x]).instructions] == ["Exp", "Merge"]


def test_a_value_of_a_branch_that_is_not_taken_cannot_be_fetched():
    p, x = tf.placeholder(tf.bool, ()), tf.constant(X)
    _, true = tf.raw_ops.Switch(data=x, pred=p)
    y = tf.exp(true)
    np.testing.assert_allclose(run(y, {p: True}), np.exp(X))
    with pytest.raises(errors.InvalidArgumentError, match=r"Retval\[0\] does not have value"):
        run(y, {p: False})


@pytest.mark.parametrize("p", [True, False])
@pytest.mark.parametrize("q", [True, False])
def test_merge_of_independent_switches(p, q):
    fed_p, fed_q = tf.placeholder(tf.bool, ()), tf.placeholder(tf.bool, ())
    _, a = tf.raw_ops.Switch(data=tf.constant(1.0), pred=fed_p)
    _, b = tf.raw_ops.Switch(data=tf.constant(2.0), pred=fed_q)
    merged, index = tf.raw_ops.Merge(inputs=[a, b])
    feeds = {fed_p: p, fed_q: q}
    if p and q:
        return
    if p or q:
        assert run([merged * 2.0, index], feeds) == [2.0 if p else 4.0, 0 if p else 1]
    else:
        with pytest.raises(errors.InvalidArgumentError, match="does not have value"):
            run(merged, feeds)


def test_deep_chains_of_cases():
    x = tf.placeholder(tf.int32, ())
    pairs = [(tf.equal(x, n), lambda n=n: tf.constant(n * n)) for n in range(120)]
    y = tf.case(pairs, default=lambda: tf.constant(-1))
    with tf.Session() as session:
        assert [session.run(y, {x: n}) for n in (0, 5, 119, 120)] == [0, 25, 119**2, -1]


def test_cond_refuses_what_tensorflow_refuses():
    t = tf.constant(True)
    with pytest.raises(TypeError, match="pred must not be a Python bool"):
        tf.cond(True, lambda: 1, lambda: 2)
    with pytest.raises(ValueError, match="true_fn must have a return value"):
        tf.cond(t, lambda: None, lambda: 2)
    with pytest.raises(ValueError, match="Outputs of true_fn and false_fn must have the same type"):
        tf.cond(t, lambda: 1, lambda: 2.0)
    with pytest.raises(TypeError, match="true_fn must be callable"):
        tf.cond(t, 1, lambda: 2)
    with pytest.raises(TypeError, match="cannot set both true_fn and fn1"):
        tf.cond(t, lambda: 1, lambda: 2, fn1=lambda: 3)


def test_a_condition_may_be_fed_and_read_by_its_branches():
    p = tf.identity(tf.placeholder(tf.bool, ()))
    first = tf.cond(p, lambda: tf.cast(p, tf.float32), lambda: 5.0)
    values = [first, tf.cond(p, lambda: tf.cast(p, tf.float32), lambda: 6.0)]
    assert run(values, {p: True}) == [1.0, 1.0]
    assert run(values, {p: False}) == [5.0, 6.0]


def test_a_condition_must_be_a_scalar():
    p = tf.placeholder(tf.bool)
    y = tf.cond(p, lambda: 1.0, lambda: 2.0)
    with pytest.raises(errors.InvalidArgumentError, match=r"must be a scalar, .* shape \[2\]"):
        run(y, {p: [True, False]})
    assert run(y, {p: True}) == 1.0


# ---- tf.while_loop ----


def test_while_has_tensorflows_names(graph):
    tf.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0)])
    assert names(graph) == [
        "Const", "while/Enter", "while/Merge", "while/Less/y", "while/Less", "while/LoopCond",
        "while/Switch", "while/Identity", "while/add/y", "while/add", "while/NextIteration",
        "while/Exit",
    ]  # fmt: skip


def test_while_becomes_a_loop():
    n = tf.placeholder(tf.int32, ())
    y = tf.while_loop(lambda i: i < n, lambda i: i + 2, [tf.constant(0)])
    program = compiled(y, [n])
    (loop,) = program.instructions
    assert [i.name for i in loop.loop.instructions] == ["LoopCond", "Less", "AddV2"]
    assert "again" in str(program)
    with tf.Session() as session:
        assert "while True:" in session.explain(y, [n])
        assert [session.run(y, {n: k}) for k in (0, 1, 5)] == [0, 2, 6]


@pytest.mark.parametrize("rounds", [0, 1, 4])
def test_gradient_of_a_loop(rounds):
    x, n = tf.placeholder(tf.float32, None), tf.placeholder(tf.int32, ())
    _, y = tf.while_loop(lambda i, _: i < n, lambda i, a: (i + 1, a * x), [tf.constant(0), x])
    (dx,) = tf.gradients(y, x)
    value, gradient = run([y, dx], {x: X, n: rounds})
    np.testing.assert_allclose(value, X ** (rounds + 1), rtol=1e-5)
    np.testing.assert_allclose(gradient, (rounds + 1) * X**rounds, rtol=1e-5)


def check_against_differences(y, x, point):
    """Compares a gradient with central differences."""
    (dx,) = tf.gradients(y, x)
    with tf.Session() as session:
        found = session.run(dx, {x: point})
        for index in range(point.size):
            step = np.zeros_like(point)
            step[index] = 1e-6
            above, below = (session.run(y, {x: point + s}).sum() for s in (step, -step))
            np.testing.assert_allclose(found[index], (above - below) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize("dims", [(3,), None])
def test_gradient_of_branches_and_loops_in_loops(dims):
    x = tf.placeholder(tf.float64, dims)

    def inner(i, a):
        return tf.while_loop(lambda j, _: j <= i, lambda j, b: (j + 1, b * x), [0, a])[1]

    def body(i, a):
        even = tf.equal(i % 2, 0)
        return i + 1, tf.cond(even, lambda: inner(i, a), lambda: tf.sin(a) * x)

    _, y = tf.while_loop(lambda i, _: i < 4, body, [tf.constant(0), x])
    check_against_differences(y, x, np.array([0.5, 1.1, 0.9]))


def test_second_derivative_of_a_loop_is_refused():
    x = tf.placeholder(tf.float32, ())
    _, y = tf.while_loop(lambda i, _: i < 3, lambda i, a: (i + 1, a * x), [tf.constant(0), x])
    (dx,) = tf.gradients(y, x)
    with pytest.raises(TypeError, match="Second-order gradient for while loops not supported"):
        tf.gradients(dx, x)


def test_variables_are_assigned_in_each_round():
    v = tf.Variable(1.0)

    def body(i):
        with tf.control_dependencies([v.assign_add(tf.cast(i, tf.float32))]):
            return tf.identity(i) + 1

    last = tf.while_loop(lambda i: i < 4, body, [tf.constant(0)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(last) == 4
        assert session.run(v) == 7.0


def test_shapes_may_change_where_the_invariant_says_so():
    x = tf.placeholder(tf.float32, (1,))

    def double(i, a):
        return i + 1, tf.concat([a, a], 0)

    with pytest.raises(ValueError, match="enters the loop with shape"):
        tf.while_loop(lambda i, _: i < 3, double, [tf.constant(0), x])
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    _, y = tf.while_loop(lambda i, _: i < 3, double, [tf.constant(0), x], shape_invariants=shapes)
    assert run(y, {x: [2.0]}).tolist() == [2.0] * 8


def test_values_inside_a_loop_stay_inside():
    inside = []
    tf.while_loop(lambda i: i < 3, lambda i: (inside.append(i), i + 1)[1], [tf.constant(0)])
    with pytest.raises(ValueError, match="is in a while loop"):
        tf.add(inside[0], 1)
    with pytest.raises(errors.InaccessibleTensorError, match="marked as not fetchable"):
        run(inside[0])


def test_what_a_loop_does_not_need_is_dropped():
    x = tf.placeholder(tf.float32, (3,))
    loop = tf.while_loop(
        lambda i, a, b: i < 3, lambda i, a, b: (i + 1, a * x, tf.exp(b)), [tf.constant(0), x, x]
    )
    (instruction,) = compiled(loop[1], [x]).instructions
    names = [i.name for i in instruction.loop.instructions]
    assert names == ["LoopCond", "Less", "AddV2", "Mul"]


def powers(w, rounds=3):
    return tf.while_loop(
        lambda i, a: i < rounds, lambda i, a: (i + 1, tf.tanh(a) * w), [0, tf.ones_like(w)]
    )[1]


LOOPS = {
    "a loop": powers,
    "loops in a loop": lambda w: tf.while_loop(
        lambda i, a: i < 3, lambda i, a: (i + 1, powers(a * w, i)), [0, tf.ones_like(w)]
    )[1],
    "branches in a loop": lambda w: tf.while_loop(
        lambda i, a: i < 3,
        lambda i, a: (i + 1, tf.cond(i > 1, lambda: tf.tanh(a) * w, lambda: a * w)),
        [0, tf.ones_like(w)],
    )[1],
    "a loop in a branch": lambda w: tf.cond(tf.constant(True), lambda: powers(w), lambda: w),
    "a loop whose second output is not used": lambda w: tf.while_loop(
        lambda i, a, b: i < 3, lambda i, a, b: (i + 1, a * w * b, b + w), [0, w, w]
    )[1],
    "gather": lambda w: tf.while_loop(
        lambda i, a: i < 2, lambda i, a: (i + 1, a * tf.gather(w, i)), [0, tf.constant(1.0)]
    )[1],
    "map_fn": lambda w: tf.map_fn(lambda x: tf.tanh(x) * w, tf.constant([1.0, 2.0])),
    "scan": lambda w: tf.scan(lambda a, x: tf.tanh(a) * w + x, tf.constant([[1.0, 1.0]] * 3)),
}
WAITS = {
    "assign": lambda z: [tf.Variable(0.0).assign(tf.reduce_sum(z))],
    "assign to a resource": lambda z: [
        tf.get_variable("m", initializer=0.0, use_resource=True).assign(tf.reduce_sum(z))
    ],
    "check": lambda z: [tf.check_numerics(z, "z")],
    "no_op": lambda z: [tf.group(z)],
    "the loop": lambda z: [z],
    "another loop": lambda z: [powers(z)],
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("dims", [[2], [None]])
def test_a_gradient_may_wait_for_what_comes_after_its_loop(loop, wait, dims):
    w = tf.placeholder_with_default([0.5, 2.0], dims)
    z = loop(w)
    with tf.control_dependencies(wait(z)):
        waiting = tf.gradients(z, w)[0]
    plain = tf.gradients(z, w)[0]
    first, second = run([getattr(slices, "values", slices) for slices in (waiting, plain)])
    assert np.abs(second).sum() > 0
    np.testing.assert_array_equal(first, second)


def test_training_may_wait_for_a_moving_average_of_its_loss():
    w, m = tf.Variable(2.0), tf.Variable(0.0)
    z = powers(w)
    with tf.control_dependencies([m.assign(0.9 * m + 0.1 * z)]):
        train = tf.train.GradientDescentOptimizer(0.1).minimize(z)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        # Recorded from TensorFlow 1.15.5.
        np.testing.assert_allclose(session.run([w, m]), [1.8816841, 0.1897333], rtol=1e-4)


def nested(depth, innermost):
    """`depth` loops inside each other, of one round each."""
    if not depth:
        return innermost
    inner = nested(depth - 1, innermost)
    return lambda x: tf.while_loop(lambda i, a: i < 1, lambda i, a: (i + 1, inner(a)), [0, x])[1]


@pytest.mark.parametrize("depth", [9, 10, 25])
def test_loops_may_lie_inside_each_other_however_deep(depth):
    x = tf.placeholder(tf.float32, [])
    y = tf.while_loop(
        lambda i, a: i < 3, lambda i, a: (i + 1, nested(depth - 1, tf.square)(a)), [0, x]
    )[1]
    with tf.Session() as session:
        assert session.run(y, {x: 2.0}) == 256.0
        traced = session.run(y, {x: 2.0}, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE))
        assert traced == 256.0


def test_gradients_of_loops_deep_inside_each_other():
    x = tf.constant(3.0)
    assert run(tf.gradients(nested(12, lambda a: a * a * x)(x), x)) == [27.0]


def test_an_error_deep_inside_loops_names_its_operation():
    y = nested(12, lambda a: tf.floordiv(a, 0, name="divide"))(tf.constant(1))
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(y)
    assert error.value.op.type == "FloorDiv"


def test_loops_deep_inside_each_other_may_wait_for_a_queue():
    queue = tf.FIFOQueue(10, tf.float32, shapes=[[]])
    put = queue.enqueue(nested(12, lambda a: a + 1.0)(tf.constant(1.0)))
    got = nested(12, lambda a: a * queue.dequeue())(tf.constant(3.0))
    with tf.Session() as session:
        assert session.run([got, put])[0] == 6.0


def test_a_loop_may_have_no_round():
    """However early that is known."""
    x = tf.constant(3)
    for condition in (
        lambda i, a: tf.less(1, 0),
        lambda i, a: x > 5,
        lambda i, a: tf.constant(False),
        lambda i, a: tf.logical_and(i < 3, x > 5),
    ):
        y = tf.while_loop(condition, lambda i, a: (i + 1, a * x), [0, x])[1]
        assert run([y, *tf.gradients(tf.cast(y, tf.float32), [])]) == [3]


def test_the_gradient_of_a_loop_without_rounds():
    x = tf.constant(3.0)
    y = tf.while_loop(lambda a: tf.less(1, 0), lambda a: a * x, [x * x])
    assert run(tf.gradients(y, x)) == [6.0]


def test_rows_of_a_resource_are_read_in_loops():
    v = tf.get_variable("v", initializer=[1.0, 2.0, 3.0], use_resource=True)
    read = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + tf.gather(v, i)), [0, 0.0])[1]
    sparse = tf.while_loop(
        lambda i, a: i < 3, lambda i, a: (i + 1, a + v.sparse_read(i)), [0, 0.0]
    )[1]
    mapped = tf.map_fn(lambda i: tf.gather(v, i) * 2.0, tf.constant([0, 2]), dtype=tf.float32)
    chosen = tf.cond(tf.constant(True), lambda: tf.gather(v, 1), lambda: 0.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for y, expected in [
            (read, [1, 1, 1]),
            (sparse, [1, 1, 1]),
            (mapped, [2, 0, 2]),
            (chosen, [0, 1, 0]),
        ]:
            slices = session.run(tf.gradients(y, v)[0])
            dense = np.zeros(3)
            np.add.at(dense, slices.indices, slices.values)
            assert dense.tolist() == expected


def test_slices_go_round_a_loop_as_a_dense_tensor():
    m = tf.constant([[1.0], [2.0]])
    y = tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, a * 2.0), [0, m + 0.0])[1]
    assert run(tf.gradients(tf.gather(y, [0]), m))[0].tolist() == [[4.0], [0.0]]


SPARSE = ([[0, 0]], [1.0], [2, 3])


@pytest.mark.parametrize(
    ("invariant", "shapes"),
    [
        (None, [[None, 2], [None], [2]]),
        ([2], [[None, 2], [None], [2]]),
        ([None], [[None, None], [None], [None]]),
    ],
)
def test_the_number_of_elements_of_a_sparse_loop_variable_may_change(invariant, shapes):
    """Its invariant is the shape of its dense shape."""
    invariants = None if invariant is None else [tf.TensorShape([]), tf.TensorShape(invariant)]
    sparse = tf.while_loop(
        lambda i, s: i < 2,
        lambda i, s: (i + 1, tf.sparse_concat(0, [s, s])),
        [0, tf.SparseTensor(*SPARSE)],
        invariants,
    )[1]
    parts = (sparse.indices, sparse.values, sparse.dense_shape)
    assert [part.shape.as_list() for part in parts] == shapes
    assert run(sparse.indices).tolist() == [[0, 0], [2, 0], [4, 0], [6, 0]]


@pytest.mark.parametrize(
    ("invariant", "message"), [([5], "not compatible"), ([2, 3], "a shape with 1 dimension")]
)
def test_wrong_invariants_of_sparse_loop_variables(invariant, message):
    with pytest.raises(ValueError, match=message):
        tf.while_loop(
            lambda i, s: i < 2,
            lambda i, s: (i + 1, s),
            [0, tf.SparseTensor(*SPARSE)],
            [tf.TensorShape([]), tf.TensorShape(invariant)],
        )


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("dtypes", [(tf.int32, tf.int64), (tf.int64, tf.int32)])
def test_branches_may_have_slices_of_both_index_types(flag, dtypes):
    first, second = (
        tf.IndexedSlices(tf.constant([[v]]), tf.constant([0], dtype), tf.constant([3, 1]))
        for v, dtype in zip((1.0, 2.0), dtypes, strict=True)
    )
    chosen = tf.cond(tf.placeholder_with_default(flag, []), lambda: first, lambda: second)
    assert chosen.indices.dtype is tf.int64
    assert run(chosen.values).tolist() == [[1.0 if flag else 2.0]]
    assert run(chosen.indices).tolist() == [0]


COMPOSITES = {
    "slices": lambda: tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([0, 1])),
    "slices of a known shape": lambda: tf.IndexedSlices(
        tf.constant([[1.0], [2.0]]), tf.constant([0, 1]), tf.constant([3, 1])
    ),
    "sparse tensor": lambda: tf.SparseTensor(*SPARSE),
}


@pytest.mark.parametrize("name", COMPOSITES)
def test_composites_go_through_switch_and_merge(name):
    flow = tf.python.ops.control_flow_ops
    value, flag = COMPOSITES[name](), tf.placeholder_with_default(True, [])
    false, true = flow.switch(value, flag)
    assert type(false) is type(true) is type(value)
    assert true.values.name in ("Switch/Switch:1", "Switch/Switch_1:1")
    merged, index = flow.merge([false, true])
    assert type(merged) is type(value)
    fetched, expected, number = run([merged, value, index])
    assert number == 1
    for found, part in zip(fetched, expected, strict=True):
        np.testing.assert_array_equal(found, part)


def test_slices_of_both_index_types_can_be_merged():
    flow = tf.python.ops.control_flow_ops
    wide = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0], tf.int64))
    narrow = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]))
    flag = tf.placeholder_with_default(True, [])
    merged, _ = flow.merge([flow.switch(wide, flag)[0], flow.switch(narrow, flag)[1]])
    assert merged.indices.dtype is tf.int64
    assert run(merged.indices).tolist() == [0]
    with pytest.raises(ValueError, match="At least one of the merge inputs is None"):
        flow.merge([None])


def test_what_enters_a_loop_may_change_its_shape():
    x = tf.constant([1.0])
    for is_constant, dims in [(True, [1]), (False, None)]:
        entered = tf.raw_ops.Enter(data=x, frame_name="f", is_constant=is_constant)
        assert (None if entered.shape.dims is None else entered.shape.as_list()) == dims
    v = tf.Variable([1.0])
    assert tf.raw_ops.RefEnter(data=v._ref(), frame_name="f").shape.as_list() == [1]


@pytest.mark.parametrize("exclusive", [False, True])
def test_a_case_may_have_one_pair_and_no_default(exclusive):
    flag = tf.placeholder(tf.bool, [])
    y = tf.case([(flag, lambda: tf.constant(1))], exclusive=exclusive)
    assert run(y, {flag: True}) == 1
    with pytest.raises(errors.InvalidArgumentError, match="None of conditions evaluated as True"):
        run(y, {flag: False})


# ---- Imported graphs ----


def test_loops_and_branches_of_imported_graphs_run():
    with tf.Graph().as_default() as original:
        x = tf.placeholder(tf.float32, (), name="x")

        def body(i, a):
            return i + 1, tf.cond(a > 3.0, lambda: a - 1.0, lambda: a * 2.0)

        _, y = tf.while_loop(lambda i, _: i < 5, body, [tf.constant(0), x])
        tf.identity(y, name="y")
    tf.import_graph_def(original.as_graph_def(), name="")
    assert run("y:0", {"x:0": 1.0}) == 5.0


def test_contexts_survive_as_messages(graph):
    x = tf.placeholder(tf.float32, (), name="x")
    tf.while_loop(lambda i, _: i < 5, lambda i, a: (i + 1, a * x), [tf.constant(0), x])
    tf.cond(x > 1.0, lambda: x, lambda: x + 1.0)
    (loop,) = graph.get_collection("while_context")
    branch, _ = graph.get_collection("cond_context")
    messages = loop.to_proto(), branch.to_proto()
    with tf.Graph().as_default() as other:
        tf.import_graph_def(graph.as_graph_def(), name="")
        assert WhileContext.from_proto(messages[0]).to_proto() == messages[0]
        assert CondContext.from_proto(messages[1]).to_proto() == messages[1]
        y = other.get_tensor_by_name("while/Exit_1:0")
        (dx,) = tf.gradients(y, other.get_tensor_by_name("x:0"))
        with tf.Session() as session:
            assert session.run(dx, {"x:0": 2.0}) == 6 * 2.0**5


# ---- Frames ----


def test_frames_of_nested_loops():
    def body(i):
        return tf.while_loop(lambda j: j < 3, lambda j: j + 1, [i]) + 1

    y = tf.while_loop(lambda i: i < 9, body, [tf.constant(0)])
    root = find_frames(prune([y]))
    (outer,) = [m for m in root.members if m not in tf.get_default_graph().get_operations()]
    assert [frame.name for frame in outer.around()] == ["", "while/while_context"]
    assert sum(hasattr(member, "members") for member in outer.members) == 1


# ---- TensorArray, tf.map_fn, tf.scan, tf.foldl, tf.foldr ----


def test_tensor_array_in_a_loop():
    x = tf.placeholder(tf.float64, (3,))
    array = tf.TensorArray(tf.float64, size=0, dynamic_size=True)
    _, array, _ = tf.while_loop(
        lambda i, _t, _a: i < 4,
        lambda i, t, a: (i + 1, t.write(i, a), a * x),
        [tf.constant(0), array, x],
    )
    y = array.stack()
    np.testing.assert_allclose(run(y, {x: X}), [X, X**2, X**3, X**4])
    check_against_differences(y, x, X.astype(np.float64))


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (lambda t: t.write(3, 1.0).flow, "Tried to write to index 3 but array is not resizeable"),
        (lambda t: t.write(0, 1.0).write(0, 1.0).flow, "because it has already been written to"),
        (lambda t: t.read(0), "Could not read from TensorArray index 0"),
        (lambda t: t.read(2), "Tried to read from index 2 but array size is: 2"),
    ],
)
def test_tensor_array_errors(use, text):
    with pytest.raises(errors.InvalidArgumentError, match=text):
        run(use(tf.TensorArray(tf.float32, 2)))


def test_map_fn_and_scan():
    x = tf.placeholder(tf.float64, (3,))
    squares, doubles = tf.map_fn(lambda v: (v * v, v + v), x, dtype=(tf.float64, tf.float64))
    products = tf.scan(lambda a, b: a * b, x)
    backwards = tf.scan(
        lambda a, b: a + b, x, initializer=tf.constant(1.0, tf.float64), reverse=True
    )
    values = run([squares, doubles, products, backwards], {x: X})
    for value, wanted in zip(values, [X**2, 2 * X, [1, 2, 6], [7, 6, 4]], strict=True):
        np.testing.assert_allclose(value, wanted)
    for y in (squares, products, backwards):
        check_against_differences(y, x, X.astype(np.float64))


def test_folds():
    x = tf.placeholder(tf.float64, (3,))
    left = tf.foldl(lambda a, b: a - b, x)
    right = tf.foldr(lambda a, b: a - b, x)
    assert run([left, right], {x: X}) == [-4.0, 0.0]
