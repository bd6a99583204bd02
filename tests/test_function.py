"""Functions of tensors: Defun, and gradients of one's own."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf
from tfsession.autodiff.functions import Defun

pytestmark = pytest.mark.usefixtures("graph")


def run(*fetches):
    with tf.Session() as session:
        return session.run(fetches[0] if len(fetches) == 1 else list(fetches))


# ---- Calls ----


def test_a_call_has_the_name_of_the_function():
    @Defun(tf.float32, tf.float32, func_name="APlus2B")
    def a_plus_2b(a, b):
        return a + b * 2

    call = a_plus_2b([1.0], [2.0])
    again = a_plus_2b(call, [1.0], name="next")
    assert (call.op.name, again.op.name) == ("APlus2B", "next")
    assert run(call, again) == [[5.0], [7.0]]


def test_results():
    @Defun()
    def both(x, y):
        return x + y, x - y

    @Defun(tf.float32)
    def nothing(x):
        tf.identity(x)

    total, difference = both(3.0, 1.0)
    assert run(total, difference) == [4.0, 2.0]
    assert isinstance(nothing(1.0), tf.Operation)
    assert run(nothing(1.0)) is None


def test_functions_in_functions_and_loops():
    @Defun(tf.float32)
    def cube(x):
        return x * x * x

    @Defun(tf.float32, tf.float32)
    def cube_plus(x, y):
        return cube(x) + y

    assert run(cube_plus(3.0, -2.0)) == 25
    _, last = tf.while_loop(lambda i, x: i < 2, lambda i, x: (i + 1, cube(x)), [0, 2.0])
    assert run(last) == 2.0**9


def test_what_is_around_is_seen():
    v = tf.Variable(3.0)

    @Defun(tf.float32)
    def scaled(x):
        return x * v * tf.get_variable("w", [], initializer=tf.ones_initializer())

    with tf.variable_scope("scope"):
        y = scaled(2.0)
    assert [v.name for v in tf.global_variables()] == ["Variable:0", "scope/w:0"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(y) == 6


def test_wrong_definitions():
    with pytest.raises(ValueError, match="must be callable"):
        Defun()(3)
    with pytest.raises(ValueError, match="are not supported"):
        Defun()(lambda a=1: a)
    with pytest.raises(ValueError, match="are not supported"):
        Defun()(lambda **a: a)
    with pytest.raises(ValueError, match="more arguments than the number of specified input"):
        Defun(tf.float32)(lambda a, b: a)
    with pytest.raises(ValueError, match="fewer arguments than the number of specified input"):
        Defun(tf.float32, tf.float32)(lambda a: a)
    with pytest.raises(ValueError, match="can not return None"):
        Defun()(lambda: (None, None))()
    with pytest.raises(ValueError, match="Length of out_names"):
        Defun(tf.float32, out_names=["a", "b"])(lambda a: a)(1.0)


def test_wrong_calls():
    one = Defun()(lambda: tf.constant(1))
    plus = Defun(tf.int32)(lambda a: a + 1)
    with pytest.raises(ValueError, match="Expected number of arguments: 0, received: 1"):
        one(1)
    with pytest.raises(ValueError, match="Expected number of arguments: 1, received: 0"):
        plus()
    with pytest.raises(ValueError, match="Unknown keyword arguments"):
        plus(1, device="/gpu:0")


# ---- Gradients ----


def test_gradients_go_through_calls():
    forward = Defun(tf.float32)(lambda x: tf.reduce_sum(tf.tanh(x)))
    x = tf.constant([-1.0, 2.0])
    (dx,) = tf.gradients(forward(x), x)
    np.testing.assert_allclose(run(dx), 1 - np.tanh([-1.0, 2.0]) ** 2, rtol=1e-5)


def test_a_python_function_as_gradient():
    seen = []

    def gradient(op, dy):
        seen.append((len(op.inputs), len(op.outputs)))
        return dy * 5.0

    doubled = Defun(tf.float32, python_grad_func=gradient)(lambda x: x * 2.0)
    x = tf.constant(3.0)
    y = doubled(x)
    assert run(y, *tf.gradients(y, x)) == [6.0, 5.0]
    assert seen == [(1, 1)]


def test_a_function_as_gradient():
    gradient = Defun(tf.float32, tf.float32)(lambda x, dy: x * dy * 100)
    f = Defun(tf.float32, grad_func=gradient)(lambda x: x * x)
    x = tf.constant(3.0)
    assert run(*tf.gradients(f(x), x)) == 300
    with pytest.raises(ValueError, match="Gradient defined twice"):
        Defun(grad_func=gradient, python_grad_func=lambda op, dy: dy)(lambda x: x)


def test_a_gradient_of_wrong_length():
    f = Defun(tf.float32, python_grad_func=lambda op, dy: [dy, dy])(lambda x: x * 2.0)
    x = tf.constant(3.0)
    with pytest.raises(ValueError, match=r"Num gradients 2 generated .* do not match num inputs 1"):
        tf.gradients(f(x), x)


def test_custom_gradient():
    @tf.custom_gradient
    def product(x, y):
        return x * y, lambda dz: (dz * 10.0, dz * 20.0)

    x, y = tf.constant(3.0), tf.constant(4.0)
    z = product(x, y)
    assert run(z, *tf.gradients(z, [x, y])) == [12.0, 10.0, 20.0]
    with pytest.raises(ValueError, match="keywords arguments"):
        product(x, y=y)


def test_all_calls_share_the_variables_of_the_first():
    @Defun(tf.float32)
    def scaled(x):
        return x * tf.get_variable("v", initializer=2.0)

    for _ in range(2):
        with tf.Graph().as_default(), tf.Session() as session:
            with tf.variable_scope("a"):
                first = scaled(1.0)
            with tf.variable_scope("b"):
                second = scaled(3.0)
            assert [v.op.name for v in tf.global_variables()] == ["a/v"]
            assert second.op.name == "b/scaled"
            session.run(tf.global_variables_initializer())
            assert session.run([first, second]) == [2.0, 6.0]


def test_static_shapes_follow_from_the_inputs_of_the_call():
    @Defun(tf.float32, tf.float32, shape_func=lambda op: [op.inputs[1].shape])
    def add(x, y):
        return x + y

    total = add(tf.placeholder(tf.float32), tf.placeholder(tf.float32, [2, 3]))
    assert total.shape.as_list() == [2, 3]


def test_the_python_code_runs_at_the_first_call_of_a_graph():
    runs = []

    @Defun(tf.float32)
    def scaled(x):
        runs.append(tf.get_default_graph())
        with tf.control_dependencies([tf.raw_ops.Assert(condition=x > 0.0, data=[x])]):
            return tf.multiply(x, 2.0, name="twice")

    calls = [scaled(1.0), scaled(2.0), scaled(-1.0)]
    assert run(*calls[:2]) == [2.0, 4.0]
    assert len(runs) == 1
    assert tf.get_default_graph().get_operation_by_name("scaled_2/twice").inputs[0].op.name == (
        "scaled_2/Identity"
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
        run(calls[2])
    with tf.Graph().as_default():
        scaled(1.0)
    assert len(runs) == 2


def test_code_with_loops_runs_at_each_call():
    @Defun(tf.float32)
    def power(x):
        return tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, x])[1]

    x = tf.constant(2.0)
    assert run(power(x), power(power(x)), tf.gradients(power(x), x)[0]) == [16.0, 16.0**4, 32.0]


@pytest.mark.parametrize("is_called", [False, True])
def test_what_is_known_of_a_function(is_called):
    weight = tf.constant(5.0, name="weight")

    @Defun(tf.float32, func_name="weighted")
    def weighted(x):
        return tf.identity(x * weight, name="out"), tf.random_uniform([])

    if is_called:
        weighted(1.0)
    signature = weighted.definition.signature
    assert signature.name == "weighted"
    assert [argument.name for argument in signature.input_arg] == ["x", "weight"]
    assert [argument.type for argument in signature.output_arg] == [tf.float32.as_datatype_enum] * 2
    assert [node.op for node in weighted.definition.node_def][:2] == ["Mul", "Identity"]
    assert list(weighted.definition.node_def[0].input) == ["x", "weight"]
    assert weighted.definition.ret["out"] == "out:output:0"
    assert weighted.captured_inputs == [weight]
    assert [kind for _, kind in weighted.stateful_ops] == ["RandomUniform"]


def test_a_function_without_dtypes_has_one_for_those_of_each_call():
    @Defun()
    def add(x, y):
        return x + y

    assert run(add(1, 2), add(1.5, 2.5)) == [3, 4.0]
    integers = add.instantiate([tf.int32, tf.int32])
    assert integers.declared_input_types == [tf.int32, tf.int32]
    assert add.instantiate([tf.int32, tf.int32]) is integers
