"""Records of tfsession.ops.partition, and of lookups in tables that are several tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.array import EVERY, anything, int32, texts, with_fixed
from tests.cases.record import FLOATS, Case, normal

PARTITIONS = int32(1, 0, 3, 1, 0, 1)
ODD, EVEN = int32(5, 1, 3), int32([0, 4], [2, 6])


def partitioned(x: np.ndarray, partitions: np.ndarray) -> list[np.ndarray]:
    """The definition of dealing out to four parts."""
    return [x[partitions == i] for i in range(4)]


def stitched(*arrays: np.ndarray) -> np.ndarray:
    """The definition of collecting, where `ODD` and `EVEN` are the indices."""
    result = np.zeros((7, *arrays[0].shape[1:]), arrays[0].dtype)
    result[ODD] = arrays[0]
    for row in (0, 1):
        for column in (0, 1):
            result[EVEN[row, column]] = arrays[1][row, column]
    return result


def lookup(strategy: str, **arguments: Any) -> Callable[..., Any]:
    """Rows of a table in three parts of 3, 2 and 2 rows."""

    def build(tf: Any, *parts: Any) -> Any:
        ids = [[6, 0, 3], [1, 5, 3]]
        return tf.nn.embedding_lookup(list(parts), ids, partition_strategy=strategy, **arguments)

    return build


def looked_up(order: list[tuple[int, int]]) -> Callable[..., Any]:
    """The value of `lookup` where `order` says in which part and row each id is."""
    rows = [order[i] for i in (6, 0, 3, 1, 5, 3)]

    def expected(*parts: np.ndarray) -> np.ndarray:
        return np.stack([parts[part][row] for part, row in rows]).reshape(2, 3, 4)

    return expected


MOD = [(i % 3, i // 3) for i in range(7)]
DIV = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (2, 1)]

CASES = [
    # ---- DynamicPartition ----
    Case("DynamicPartition", "", lambda tf, x, p: tf.dynamic_partition(x, p, 4),
         with_fixed(anything((6, 3)), PARTITIONS), EVERY, partitioned),
    Case("DynamicPartition", "text", lambda tf, x, p: tf.dynamic_partition(x, p, 4),
         with_fixed(texts((6,)), PARTITIONS), expected=partitioned),
    Case("DynamicPartition", "matrix", lambda tf, x, p: tf.dynamic_partition(x, p, 4),
         with_fixed(normal((2, 3, 2)), PARTITIONS.reshape(2, 3)), FLOATS, partitioned),
    Case("DynamicPartition", "one", lambda tf, x, p: tf.dynamic_partition(x, p, 1),
         with_fixed(normal((3,)), int32(0, 0, 0)), FLOATS, lambda x, p: x),
    Case("DynamicPartition", "scalar", lambda tf, x: tf.dynamic_partition(x, 1, 2),
         normal((3,)), FLOATS, lambda x: [x[None][:0], x[None]]),
    Case("DynamicPartition", "empty", lambda tf, x, p: tf.dynamic_partition(x, p, 2),
         with_fixed(normal((0, 2)), int32()), FLOATS, lambda x, p: [x, x]),
    # ---- DynamicStitch ----
    Case("DynamicStitch", "", lambda tf, x, y: tf.dynamic_stitch([ODD, EVEN], [x, y]),
         anything((3, 2), (2, 2, 2)), EVERY, stitched),
    Case("DynamicStitch", "text", lambda tf, x, y: tf.dynamic_stitch([ODD, EVEN], [x, y]),
         texts((3,), (2, 2)), expected=stitched),
    Case("DynamicStitch", "fed", lambda tf, x, y, i, j: tf.dynamic_stitch([i, j], [x, y]),
         with_fixed(normal((3, 2), (2, 2, 2)), ODD, EVEN), FLOATS,
         lambda x, y, i, j: stitched(x, y)),
    Case("DynamicStitch", "scalars", lambda tf, x, y: tf.dynamic_stitch([1, 0], [x, y]),
         normal((), ()), FLOATS, lambda x, y: np.stack([y, x])),
    Case("DynamicStitch", "empty", lambda tf, x, i: tf.dynamic_stitch([i], [x]),
         with_fixed(normal((0, 2)), int32()), FLOATS, lambda x, i: x),
    Case("DynamicStitch", "undoes-partition",
         lambda tf, x, p: tf.dynamic_stitch(
             tf.dynamic_partition(tf.range(6), p, 4), tf.dynamic_partition(x, p, 4)),
         with_fixed(normal((6, 2)), PARTITIONS), FLOATS, lambda x, p: x),
    Case("DynamicStitch", "repeated", lambda tf, x, y: tf.dynamic_stitch([[1, 0], [2, 1]], [x, y]),
         normal((2, 2), (2, 2)), FLOATS, lambda x, y: np.stack([x[1], y[1], y[0]]),
         gradient=False),
    Case("ParallelDynamicStitch", "",
         lambda tf, x, y: tf.raw_ops.ParallelDynamicStitch(indices=[ODD, EVEN], data=[x, y]),
         normal((3, 2), (2, 2, 2)), FLOATS, stitched),
    # ---- Lookups in several parts ----
    Case("DynamicPartition", "lookup-mod", lookup("mod"), normal((3, 4), (2, 4), (2, 4)), FLOATS,
         looked_up(MOD)),
    Case("DynamicPartition", "lookup-div", lookup("div"), normal((3, 4), (2, 4), (2, 4)), FLOATS,
         looked_up(DIV), unknown=False),
    Case("DynamicPartition", "lookup-limited", lookup("mod", max_norm=1.5),
         normal((3, 4), (2, 4), (2, 4)), ("float32", "float64")),
]  # fmt: skip
