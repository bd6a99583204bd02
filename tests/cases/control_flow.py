"""Records of the ops that decide what runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case, normal

ANY = ("float32", "float64", "int32")
X = normal((2, 3))


def _is_small(tf: Any, x: Any) -> Any:
    """A condition that is true, but not known while the graph is built."""
    return tf.reduce_all(tf.less(tf.cast(x, tf.float32), 1000.0))


def _switch(tf: Any, x: Any) -> Any:
    false, true = tf.raw_ops.Switch(data=x, pred=_is_small(tf, x))
    return tf.raw_ops.Merge(inputs=[false, tf.negative(true)])


def _merge(tf: Any, x: Any) -> Any:
    return tf.cond(_is_small(tf, x), lambda: tf.negative(x), lambda: x)


def _loop(tf: Any, x: Any) -> Any:
    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y + x), [tf.constant(0), x])[1]


def _reference(tf: Any, x: Any, function: Any) -> Any:
    """Builds with a reference of a variable that holds x, once it does."""
    kind = x.dtype.base_dtype
    variable = tf.raw_ops.VariableV2(shape=[2, 3], dtype=kind)
    filled = tf.raw_ops.Assign(ref=variable, value=x)
    with tf.control_dependencies([filled]):
        return function(variable)


def _ref_switch(tf: Any, x: Any) -> Any:
    def build(variable: Any) -> Any:
        ready = tf.identity(tf.constant(False))
        false, true = tf.raw_ops.RefSwitch(data=variable, pred=ready)
        return tf.identity(tf.raw_ops.RefMerge(inputs=[false, true])[0])

    return _reference(tf, x, build)


def _ref_loop(tf: Any, x: Any) -> Any:
    def build(variable: Any) -> Any:
        first = [tf.constant(0), variable]
        return tf.identity(tf.while_loop(lambda i, _: i < 3, lambda i, v: (i + 1, v), first)[1])

    return _reference(tf, x, build)


def _ref_identity(tf: Any, x: Any) -> Any:
    return _reference(tf, x, lambda v: tf.identity(tf.raw_ops.RefIdentity(input=v)))


def _stack(tf: Any, x: Any) -> Any:
    stack = tf.raw_ops.StackV2(max_size=2, elem_type=x.dtype)
    push = tf.raw_ops.StackPushV2(handle=stack, elem=x)
    with tf.control_dependencies([push]):
        again = tf.raw_ops.StackPushV2(handle=stack, elem=x + x)
    with tf.control_dependencies([again]):
        last = tf.raw_ops.StackPopV2(handle=stack, elem_type=x.dtype)
    with tf.control_dependencies([last]):
        first = tf.raw_ops.StackPopV2(handle=stack, elem_type=x.dtype)
    with tf.control_dependencies([first]):
        close = tf.raw_ops.StackCloseV2(handle=stack)
    with tf.control_dependencies([close]):
        return [tf.identity(last), tf.identity(first)]


def _four_times(x: Any) -> Any:
    return x + x + x + x


def _same(x: Any) -> Any:
    return x


def _stacked(x: Any) -> Any:
    return [x + x, x]


CASES = [
    Case("Switch", "", _switch, X, ANY, lambda x: [-x, np.int32(1)]),
    Case("Merge", "", _merge, X, ANY, lambda x: -x),
    *[
        Case(op, "", _loop, X, ANY, _four_times)
        for op in ("Enter", "Exit", "NextIteration", "LoopCond")
    ],
    *[
        Case(op, "", _ref_switch, X, ANY, _same, gradient=False, unknown=False)
        for op in ("RefSwitch", "RefMerge")
    ],
    *[
        Case(op, "", _ref_loop, X, ANY, _same, gradient=False, unknown=False)
        for op in ("RefEnter", "RefExit", "RefNextIteration")
    ],
    Case("RefIdentity", "", _ref_identity, X, ANY, _same, gradient=False, unknown=False),
    *[
        Case(op, "", _stack, X, ANY, _stacked, gradient=False)
        for op in ("StackV2", "StackPushV2", "StackPopV2", "StackCloseV2")
    ],
]
