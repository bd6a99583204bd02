"""The Program: how it prints, what `verify` refuses, and what lowering makes explicit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tfsession as tf
from tfsession.compile.program import verify

pytestmark = pytest.mark.usefixtures("graph")


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setenv("TFSESSION_SIMULATED_GPUS", "2x64MiB")


def program(fetches, feeds=(), config=None):
    """The optimised program of a run, and its text."""
    with tf.Session(config=config) as session:
        plan = session._runner.plan(fetches, list(feeds), dict.fromkeys(feeds))
        verify(plan.step.program)
        return plan.step.program


def test_a_program_prints_itself():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.matmul(x, tf.ones([3, 2]), name="y")
    assert str(program(tf.nn.relu(y, name="z"), [x])) == "\n".join(
        [
            "feeds %0",
            "%1 = constant float32[3,2]",
            "%2 = MatMul(%0, %1)  # CPU:0  y",
            "%3 = Relu(%2)  # CPU:0  z",
            "return %3",
        ]
    )


def test_copies_between_devices_are_instructions(two_gpus):
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.device("/gpu:1"):
        y = tf.negative(x, name="y")
    z = tf.exp(y, name="z")
    assert str(program(z, [x])) == "\n".join(
        [
            "feeds %0",
            "%1 = Copy(%0)  # GPU:1  y",
            "%2 = Neg(%1)  # GPU:1  y",
            "%3 = Copy(%2)  # GPU:0  z",
            "%4 = Exp(%3)  # GPU:0  z",
            "%5 = Copy(%4)  # GPU:0  z",
            "return %5",
        ]
    )


def test_a_tensor_crosses_once_for_each_device(two_gpus):
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.device("/gpu:1"):
        fetches = [tf.negative(x), tf.exp(x)]
    copies = [i for i in program(fetches, [x]).instructions if i.name == "Copy"]
    assert [i.inputs for i in copies] == [(0,), copies[1].inputs, copies[2].inputs]
    assert len(copies) == 3


def test_a_copy_waits_for_what_makes_its_value_and_for_nothing_else(two_gpus):
    """A branch that waits for a queue hands the value on, too."""
    x = tf.exp(tf.placeholder_with_default(np.zeros(2, np.float32), [2]))
    with tf.device("/cpu:0"):
        queue = tf.FIFOQueue(1, [tf.bool], [[]])
        enqueue, condition = queue.enqueue(True), queue.dequeue()
    branch = tf.cond(condition, lambda: x + 1.0, lambda: x - 1.0)
    with tf.device("/cpu:0"):
        beside = tf.negative(x)
    with tf.Session() as session:
        session.run(enqueue)
        found = session.run([branch, beside])
    np.testing.assert_array_equal(found, [[2.0, 2.0], [-1.0, -1.0]])


def test_shape_arithmetic_stays_on_the_host(two_gpus):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    rows = tf.shape(x)[0]
    y = tf.reshape(x, [rows * 3], name="y")
    instructions = program(y, [x]).instructions
    # The feed goes up once, the result comes down once: the GPU is never asked for a shape.
    assert [i.name for i in instructions].count("Copy") == 2
    assert instructions[-2].name == "Reshape"


def test_verify_refuses_a_value_that_is_written_twice():
    x = tf.placeholder(tf.float32, [], name="x")
    good = program(tf.exp(x), [x])
    bad = dataclasses.replace(good, instructions=[*good.instructions, *good.instructions])
    with pytest.raises(AssertionError, match="written twice"):
        verify(bad)


def test_verify_refuses_a_value_that_is_read_too_early():
    x = tf.placeholder(tf.float32, [], name="x")
    good = program(tf.exp(tf.negative(x)), [x])
    with pytest.raises(AssertionError, match="read before it is written"):
        verify(dataclasses.replace(good, instructions=good.instructions[::-1]))


def test_verify_refuses_a_read_on_another_device(two_gpus):
    x = tf.placeholder(tf.float32, [], name="x")
    good = program(tf.exp(x), [x])
    skipped = [
        dataclasses.replace(i, inputs=(0,)) if i.name == "Exp" else i for i in good.instructions
    ]
    moved = dataclasses.replace(
        good, values=[dataclasses.replace(good.values[0], where="elsewhere"), *good.values[1:]]
    )
    with pytest.raises(AssertionError, match="on another device"):
        verify(dataclasses.replace(moved, instructions=skipped))


def test_a_variable_is_read_where_it_is_used():
    v = tf.get_variable("v", [2], initializer=tf.zeros_initializer())
    text = str(program(tf.exp(v)))
    assert "Read()" in text
    assert "Identity" not in text


def test_explain_shows_program_and_source():
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.Session() as session:
        text = session.explain(tf.exp(tf.negative(x, name="minus"), name="e"), [x])
    assert "%1 = Neg(%0)  # CPU:0  minus" in text
    assert "def step(v0" in text
    assert "del v0" in text
    assert session is not None


def test_results_do_not_depend_on_where_things_run(two_gpus):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    with tf.device("/gpu:1"):
        y = tf.matmul(x, x)
    with tf.device("/cpu:0"):
        z = y + 1.0
    with tf.Session() as session:
        value = np.array([[1, 2], [3, 4]], np.float32)
        np.testing.assert_allclose(session.run(z, {x: value}), value @ value + 1)
