"""Records of tfsession/ops/accumulators.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case, normal

FLOATS = ("float32", "float64")


def dense(tf: Any, x: Any) -> list[Any]:
    """The mean of the rows of `x`, how many there were, and how many are left."""
    whole = tf.ConditionalAccumulator(x.dtype, shape=[3])
    rows = tf.unstack(x, 4)
    with tf.control_dependencies([whole.apply_grad(row) for row in rows]):
        count = whole.num_accumulated()
    with tf.control_dependencies([count]):
        mean = whole.take_grad(2)
    with tf.control_dependencies([mean]):
        return [count, mean, whole.num_accumulated()]


def later(tf: Any, x: Any) -> Any:
    """The sum of those rows of `x` that come after the global step has been set."""
    whole = tf.ConditionalAccumulator(x.dtype, reduction_type="SUM")
    with tf.control_dependencies([whole.apply_grad(x[0], local_step=1)]):
        step = whole.set_global_step(3)
    with tf.control_dependencies([step]):
        stale, fresh = whole.apply_grad(x[1], local_step=2), whole.apply_grad(x[2], local_step=3)
    with tf.control_dependencies([stale, fresh]):
        return whole.take_grad(1)


def sparse(tf: Any, x: Any, **options: Any) -> list[Any]:
    """Rows 0 and 2 of one gradient, 1 and 2 of another."""
    whole = tf.SparseConditionalAccumulator(x.dtype, shape=[4, 3], **options)
    first = whole.apply_grad([0, 2], x[:2], [4, 3])
    with tf.control_dependencies([first]):
        slices = tf.IndexedSlices(x[2:], tf.constant([1, 2]), tf.constant([4, 3]))
        second = whole.apply_indexed_slices_grad(slices)
    with tf.control_dependencies([second]):
        count = whole.num_accumulated()
    with tf.control_dependencies([count]):
        return [*whole.take_grad(2), count]


def sparse_later(tf: Any, x: Any) -> list[Any]:
    """The rows that come after the global step has been set; their number is not known."""
    whole = tf.SparseConditionalAccumulator(x.dtype)
    with tf.control_dependencies([whole.set_global_step(1)]):
        stale = whole.apply_grad([0], x[:1])
        fresh = whole.apply_grad([1, 3], x[1:3], local_step=1)
    with tf.control_dependencies([stale, fresh]):
        found = whole.take_indexed_slices_grad(1)
    return [found.indices, found.values, found.dense_shape]


def case(op: str, build: Any, expected: Any) -> Case:
    """A record of four rows of three numbers, without gradient."""
    shape = (4, 3)
    return Case(op, "", build, normal(shape), FLOATS, expected, gradient=False)


def means(x: np.ndarray) -> list[Any]:
    """What `sparse` gives."""
    return [[0, 1, 2], np.stack([x[0], x[2], (x[1] + x[3]) / 2]), [4, 3], np.int32(2)]


def mean(x: np.ndarray) -> list[Any]:
    """What `dense` gives."""
    return [np.int32(4), x.mean(0), np.int32(0)]


def rows(x: np.ndarray) -> list[Any]:
    """What `sparse_later` gives."""
    return [[1, 3], x[1:3], [-1, 3]]


CASES = [
    case("ResourceConditionalAccumulator", dense, mean),
    case("ResourceAccumulatorApplyGradient", dense, mean),
    case("ResourceAccumulatorTakeGradient", dense, mean),
    case("ResourceAccumulatorNumAccumulated", dense, mean),
    case("ResourceAccumulatorSetGlobalStep", later, lambda x: x[0] + x[2]),
    case("SparseConditionalAccumulator", sparse, means),
    case("SparseAccumulatorApplyGradient", sparse, means),
    case("SparseAccumulatorTakeGradient", sparse, means),
    case("AccumulatorNumAccumulated", sparse, means),
    case("AccumulatorSetGlobalStep", sparse_later, rows),
]
