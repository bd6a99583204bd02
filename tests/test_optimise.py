"""Each pass on a small program: what it leaves, as text."""

from __future__ import annotations

import numpy as np
import pytest

import tfsession as tf
from tfsession.compile import optimise, rewrites
from tfsession.compile.kernel_table import load_kernels
from tfsession.compile.lower import lower
from tfsession.compile.program import Program, verify
from tfsession.compile.prune import prune
from tfsession.resources.containers import ResourceManager

pytestmark = pytest.mark.usefixtures("graph")


def lowered(fetches, feeds=(), targets=()) -> Program:
    """The program of the fetches before any pass."""
    load_kernels()
    with tf.Session() as session:
        operations = prune([*fetches, *targets], feeds)
        placement = session._runner.placed.place(operations)
        program = lower(
            operations, fetches, feeds, placement, session._runner.devices, ResourceManager()
        )
    verify(program)
    return program


def names(program):
    return [i.name for i in program.instructions]


def test_forward_removes_identities():
    x = tf.placeholder(tf.float32, [2])
    program = optimise.forward(lowered([tf.exp(tf.identity(tf.stop_gradient(x)))], [x]))
    verify(program)
    assert names(program) == ["Exp"]


def test_fold_computes_constants():
    program = optimise.fold(lowered([tf.constant(2.0) * tf.constant(3.0)]))
    verify(program)
    assert names(program) == []
    assert program.constants[program.fetches[0]] == np.float32(6)


def test_fold_leaves_what_fails_for_the_run():
    zero = tf.constant(0)
    fetch = tf.floordiv(tf.constant(1), zero)
    assert "FloorDiv" in names(optimise.fold(lowered([fetch])))
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="by zero"):
        session.run(fetch)


def test_fold_leaves_large_constants():
    big = tf.fill([1 << 12, 1 << 12], 1.0)
    assert names(optimise.fold(lowered([big]))) == ["Fill"]


def test_fold_leaves_random_numbers():
    assert "RandomUniform" in names(optimise.fold(lowered([tf.random_uniform([2])])))


def test_merge_computes_equal_things_once():
    x = tf.placeholder(tf.float32, [2])
    program = optimise.merge(lowered([tf.exp(x), tf.exp(x)], [x]))
    verify(program)
    assert names(program) == ["Exp"]
    assert program.fetches[0] == program.fetches[1]


def test_merge_keeps_different_attributes_apart():
    x = tf.placeholder(tf.float32, [2, 2])
    program = optimise.merge(lowered([tf.matmul(x, x), tf.matmul(x, x, transpose_a=True)], [x]))
    assert names(program) == ["MatMul", "MatMul"]


def test_merge_keeps_random_ops_apart():
    a, b = tf.random_uniform([2], seed=1), tf.random_uniform([2], seed=1)
    program = optimise.optimise(lowered([a, b]), check=True)
    assert names(program).count("RandomUniform") == 2


def test_drop_removes_what_nobody_reads():
    x = tf.placeholder(tf.float32, [2])
    a, b = tf.split(x, 2)
    program = optimise.drop(lowered([a], [x]))
    assert names(program) == ["Split"]
    assert b is not None


def test_writes_are_never_dropped():
    v = tf.get_variable("v", [], initializer=tf.zeros_initializer())
    program = optimise.optimise(
        lowered([], targets=[v.initializer, tf.assign_add(v, 1.0).op]), check=True
    )
    assert names(program) == ["Assign", "AssignAdd"]


def test_fetching_one_value_twice_gives_one_object():
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x)
    with tf.Session() as session:
        a, b = session.run([y, y], {x: [0, 1]})
    assert a is b


def test_join_makes_one_product_of_a_sum_of_products():
    x = tf.placeholder(tf.float32, [None, 3])
    parts = [tf.matmul(x + float(i), tf.exp(x), transpose_a=True) for i in range(5)]
    total = tf.add_n(parts)
    program = rewrites.join(lowered([total], [x]))
    verify(program)
    assert names(program)[-1] == "_SumOfProducts"
    assert "MatMul" not in names(program)
    value = np.arange(6, dtype=np.float32).reshape(2, 3)
    with tf.Session() as session:
        result = session.run(total, {x: value})
    expected = sum((value + i).T @ np.exp(value) for i in range(5))
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_join_leaves_products_that_others_read():
    x = tf.placeholder(tf.float32, [2, 3])
    parts = [tf.matmul(x + float(i), x, transpose_a=True) for i in range(5)]
    program = rewrites.join(lowered([tf.add_n(parts), parts[0]], [x]))
    assert names(program).count("MatMul") == 5


def pooled_gradient():
    """The gradient of pooled activations, and the placeholders that it depends on."""
    z = tf.placeholder(tf.float32, [2, 4, 4, 3])
    x = tf.nn.relu(z)
    y = tf.nn.max_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], "SAME")
    (dz,) = tf.gradients(tf.reduce_sum(y * y * y), z)
    return z, dz


def test_exchange_masks_the_gradients_of_windows():
    z, dz = pooled_gradient()
    program = optimise.merge(optimise.forward(lowered([dz], [z])))
    before = [n for n in names(program) if n in ("MaxPoolGrad", "ReluGrad")]
    assert before == ["MaxPoolGrad", "ReluGrad"]
    program = rewrites.exchange(program)
    verify(program)
    after = [i for i in program.instructions if i.name in ("MaxPoolGrad", "ReluGrad")]
    assert [i.name for i in after] == ["ReluGrad", "MaxPoolGrad"]
    assert program.values[after[0].outputs[0]].dims == (2, 2, 2, 3)
    assert program.fetches == after[1].outputs


def test_exchange_keeps_every_value(monkeypatch):
    z, dz = pooled_gradient()
    # Small integers: many ties, many zeros.
    value = np.random.RandomState(0).randint(-2, 3, z.shape.as_list())
    with tf.Session() as session:
        exchanged = session.run(dz, {z: value})
    monkeypatch.delitem(optimise.PASSES, "exchange")
    with tf.Session() as session:
        np.testing.assert_array_equal(exchanged, session.run(dz, {z: value}))


def test_exchange_leaves_gradients_that_others_read():
    z, dz = pooled_gradient()
    pool = next(op for op in tf.get_default_graph().get_operations() if op.type == "MaxPoolGrad")
    program = optimise.merge(optimise.forward(lowered([dz, pool.outputs[0]], [z])))
    assert rewrites.exchange(program) is program
