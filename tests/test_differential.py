"""Random graphs: our result against NumPy, evaluated op by op, with every pass on and off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import tfsession as tf
from tfsession.compile.optimise import PASSES

SHAPES = [(), (3,), (1,), (2, 3), (3, 3), (2, 1), (4, 2, 3), (1, 3)]


@dataclass
class Pair:
    """A tensor and the value that NumPy computes for it."""

    tensor: Any
    value: np.ndarray


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# name: (TensorFlow, NumPy); results stay small enough that errors do not grow along a chain.
UNARY = {
    "tanh": (lambda x: tf.tanh(x), np.tanh),
    "sigmoid": (lambda x: tf.sigmoid(x), sigmoid),
    "negative": (lambda x: -x, np.negative),
    "abs": (lambda x: abs(x), np.abs),
    "square": (lambda x: tf.square(tf.tanh(x)), lambda x: np.tanh(x) ** 2),
    "exp": (lambda x: tf.exp(-tf.abs(x)), lambda x: np.exp(-np.abs(x))),
    "sqrt": (lambda x: tf.sqrt(tf.abs(x)), lambda x: np.sqrt(np.abs(x))),
    "sin": (lambda x: tf.sin(x), np.sin),
    "cos": (lambda x: tf.cos(x), np.cos),
    "relu": (lambda x: tf.nn.relu(x), lambda x: np.maximum(x, 0)),
    "sign": (lambda x: tf.sign(x), np.sign),
    "identity": (lambda x: tf.identity(x), lambda x: x),
    "stop_gradient": (lambda x: tf.stop_gradient(x), lambda x: x),
    "zeros_like": (lambda x: tf.zeros_like(x), np.zeros_like),
    "ones_like": (lambda x: tf.ones_like(x), np.ones_like),
    "expand_dims": (lambda x: tf.expand_dims(x, 0), lambda x: x[None]),
    "flatten": (lambda x: tf.reshape(x, [-1]), lambda x: x.reshape(-1)),
    "transpose": (lambda x: tf.transpose(x), np.transpose),
    "squeeze": (lambda x: tf.squeeze(x), np.squeeze),
    "reduce_mean": (lambda x: tf.reduce_mean(x), np.mean),
    "reduce_max": (lambda x: tf.reduce_max(x), np.max),
    "reduce_sum_keep": (
        lambda x: tf.tanh(tf.reduce_sum(x, keepdims=True)),
        lambda x: np.tanh(np.sum(x, keepdims=True)),
    ),
    "shape": (
        lambda x: tf.cast(tf.reduce_sum(tf.shape(x)), tf.float32),
        lambda x: np.float32(sum(x.shape)),
    ),
    "softplus": (
        lambda x: tf.nn.softplus(x),
        lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
    ),
    "double": (
        lambda x: tf.concat([tf.reshape(x, [-1])] * 2, 0),
        lambda x: np.concatenate([x.reshape(-1)] * 2),
    ),
    "tile": (
        lambda x: tf.tile(tf.reshape(x, [1, -1]), [2, 1]),
        lambda x: np.tile(x.reshape(1, -1), (2, 1)),
    ),
    "pad": (lambda x: tf.pad(tf.reshape(x, [-1]), [[1, 1]]), lambda x: np.pad(x.reshape(-1), 1)),
    "first": (lambda x: tf.reshape(x, [-1])[:1], lambda x: x.reshape(-1)[:1]),
    "reverse": (lambda x: tf.reshape(x, [-1])[::-1], lambda x: x.reshape(-1)[::-1]),
    "self_sum": (lambda x: tf.add_n([x, x, x]), lambda x: 3 * x),
}

BINARY = {
    "add": (lambda x, y: x + y, np.add),
    "subtract": (lambda x, y: x - y, np.subtract),
    "multiply": (lambda x, y: tf.tanh(x) * y, lambda x, y: np.tanh(x) * y),
    "maximum": (lambda x, y: tf.maximum(x, y), np.maximum),
    "minimum": (lambda x, y: tf.minimum(x, y), np.minimum),
    "divide": (lambda x, y: x / (1.0 + tf.abs(y)), lambda x, y: x / (1 + np.abs(y))),
    "squared_difference": (
        lambda x, y: tf.squared_difference(tf.tanh(x), tf.tanh(y)),
        lambda x, y: (np.tanh(x) - np.tanh(y)) ** 2,
    ),
    "less": (
        lambda x, y: tf.cast(tf.less(x, y), tf.float32),
        lambda x, y: (x < y).astype(np.float32),
    ),
}


def broadcastable(x, y):
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return False
    return True


@st.composite
def graphs(draw):
    """A list of choices from which `build` makes a graph."""
    count = draw(st.integers(5, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    steps = [
        (
            draw(st.sampled_from(sorted(UNARY) + 2 * sorted(BINARY) + ["matmul", "select"])),
            draw(st.integers(0, 10**6)),
            draw(st.integers(0, 10**6)),
        )
        for _ in range(count)
    ]
    fetches = draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=4))
    return seed, steps, fetches


def build(choice):
    """The graph of a choice: feeds, fetched tensors and the values that NumPy expects."""
    seed, steps, fetches = choice
    rng = np.random.default_rng(seed)
    feeds, pool = {}, []
    for index, shape in enumerate(SHAPES):
        value = rng.standard_normal(shape).astype(np.float32)
        if index % 3 == 0:
            pool.append(Pair(tf.constant(value), value))
        elif index % 3 == 1:
            static = shape if index % 2 else [None] * len(shape)
            tensor = tf.placeholder(tf.float32, static)
            feeds[tensor] = value
            pool.append(Pair(tensor, value))
        else:
            tensor = tf.placeholder_with_default(value, shape)
            pool.append(Pair(tensor, value))
    for name, first, second in steps:
        x = pool[first % len(pool)]
        if name in UNARY:
            ours, reference = UNARY[name]
            new = Pair(ours(x.tensor), np.asarray(reference(x.value), np.float32))
        else:
            partners = [p for p in pool if broadcastable(x.value, p.value)]
            y = partners[second % len(partners)]
            if name == "matmul":
                a, b = x.value.reshape(1, -1), x.value.reshape(-1, 1)
                new = Pair(
                    tf.tanh(
                        tf.matmul(tf.reshape(x.tensor, [1, -1]), tf.reshape(x.tensor, [-1, 1]))
                    ),
                    np.tanh(a @ b),
                )
            elif name == "select":
                new = Pair(
                    tf.where(x.tensor > 0.0, x.tensor, tf.zeros_like(x.tensor)),
                    np.where(x.value > 0, x.value, 0).astype(np.float32),
                )
            else:
                ours, reference = BINARY[name]
                new = Pair(
                    ours(x.tensor, y.tensor), np.asarray(reference(x.value, y.value), np.float32)
                )
        if new.value.size <= 512:
            pool.append(new)
    chosen = [pool[f % len(pool)] for f in fetches] + [pool[-1]]
    return feeds, [p.tensor for p in chosen], [p.value for p in chosen]


def check(choice):
    with tf.Graph().as_default():
        feeds, tensors, expected = build(choice)
        for off in [(), *((name,) for name in PASSES), tuple(PASSES)]:
            with tf.Session() as session:
                session._runner.passes_off = frozenset(off)
                session._runner.verifies = True
                results = session.run(tensors, feeds)
                again = session.run(tensors, feeds)
            for result, second, value, tensor in zip(
                results, again, expected, tensors, strict=True
            ):
                label = f"{tensor.name} without {off}"
                np.testing.assert_allclose(result, value, 2e-4, 2e-4, err_msg=label)
                np.testing.assert_array_equal(result, second, err_msg=label)
                assert tensor.shape.is_compatible_with(np.shape(result)), label


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=CHECKS)
@given(graphs())
def test_random_graphs(choice):
    check(choice)


@pytest.mark.long
@settings(max_examples=2000, deadline=None, suppress_health_check=CHECKS)
@given(graphs())
def test_many_random_graphs(choice):
    check(choice)
