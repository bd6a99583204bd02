"""tf.print: what is written, and where."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import tfsession as tf

pytestmark = pytest.mark.usefixtures("graph")


def printed(capsys: pytest.CaptureFixture[str], *inputs, **kwargs) -> str:
    """What a run of tf.print writes to the standard output."""
    operation = tf.print(*inputs, output_stream=sys.stdout, **kwargs)
    with tf.Session() as session:
        assert session.run(operation) is None
    return capsys.readouterr().out


# What TensorFlow 1.15 prints for the same arguments.
@pytest.mark.parametrize(
    ("arguments", "kwargs", "wanted"),
    [
        (lambda x: ["a", x], {}, "a [1 2]\n"),
        (lambda x: [x, {"k": x, "b": [x, 1]}], {}, "[1 2] {'b': [[1 2], 1], 'k': [1 2]}\n"),
        (lambda x: [x, x], {"sep": "|", "end": "<\n"}, "[1 2]|[1 2]<\n"),
        (lambda x: [tf.range(100)], {}, "[0 1 2 ... 97 98 99]\n"),
        (lambda x: [tf.range(9)], {"summarize": -1}, "[0 1 2 3 4 5 6 7 8]\n"),
        (lambda x: [tf.range(9)], {"summarize": 1}, "[0 ... 8]\n"),
        (lambda x: ["just", 1, None, 2.5, True, "%s {}"], {}, "just 1 None 2.5 True %s {}\n"),
        (lambda x: [tf.constant(["a"]), tf.constant("s")], {}, '["a"] "s"\n'),
        (lambda x: [tf.constant([[True, False]])], {}, "[[1 0]]\n"),
        (lambda x: [[x, (1, "a")], [], (), {}], {}, "[[1 2], (1, 'a')] [] () {}\n"),
        (lambda x: [tf.zeros((0,)), np.arange(3)], {}, "[] array([0, 1, 2])\n"),
        (
            lambda x: [tf.SparseTensor([[0, 1]], [3], [2, 2])],
            {},
            "'SparseTensor(indices=[[0 1]], values=[3], shape=[2 2])'\n",
        ),
        (lambda x: [], {}, "\n"),
    ],
)
def test_what_is_printed(capsys, arguments, kwargs, wanted):
    assert printed(capsys, *arguments(tf.constant([1.0, 2.0])), **kwargs) == wanted


def test_variables_are_printed_as_they_are_then(capsys):
    v = tf.get_variable("v", initializer=3)
    operation = tf.print(v, output_stream=sys.stdout)
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(operation)
    assert capsys.readouterr().out == "3\n"


def test_other_streams(capsys, tmp_path):
    path = tmp_path / "out"
    with tf.Session() as session:
        session.run(tf.print("x"))
        session.run(tf.print("y", output_stream=tf.logging.warning))
        for _ in range(2):
            session.run(tf.print("z", output_stream=f"file://{path}"))
    assert capsys.readouterr().err == "x\nW y\n"
    assert path.read_text() == "z\nz\n"


def test_mistakes():
    with pytest.raises(ValueError, match="Unsupported output stream, logging level, or file"):
        tf.print("x", output_stream="bad")
    with pytest.raises(ValueError, match="Unrecognized keyword arguments for tf"):
        tf.print("x", foo=1)


def test_names():
    assert tf.print("x").name == "PrintV2"
    operation = tf.print("x", name="mine")
    assert operation.name == "mine"
    assert operation.inputs[0].op.name == "mine_format"
