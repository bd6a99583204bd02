"""Records of the ops that order, check and print: what passes through them stays as it is."""

from __future__ import annotations

from typing import Any

from tests.cases.record import Case, normal

ANY = ("float32", "float64", "int32")


def _behind(tf: Any, operation: Any, x: Any) -> Any:
    with tf.control_dependencies([operation]):
        return tf.identity(x)


def _trigger(tf: Any, x: Any) -> Any:
    with tf.control_dependencies([tf.negative(x)]):
        return _behind(tf, tf.raw_ops.ControlTrigger(), x)


def _assert(tf: Any, x: Any) -> Any:
    return _behind(tf, tf.Assert(tf.reduce_all(tf.equal(x, x)), [x, "equal"], summarize=2), x)


def _same(x: Any) -> Any:
    return x


CASES = [
    Case("NoOp", "", lambda tf, x: _behind(tf, tf.no_op(), x), normal((2, 3)), ANY, _same),
    Case("ControlTrigger", "", _trigger, normal((2, 3)), ANY, _same),
    Case("Assert", "", _assert, normal((2, 3)), ANY, _same),
    Case("Print", "", lambda tf, x: tf.Print(x, [x, tf.shape(x)], "x: ", summarize=2),
         normal((2, 3)), ANY, _same),
    Case("Print", "never", lambda tf, x: tf.Print(x, [x], first_n=0), normal((2, 3)), ANY, _same),
]  # fmt: skip
