"""Records of tfsession/ops/queue.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case


def rows(rng: Any, dtype: Any) -> list[np.ndarray]:
    """Inputs: three elements."""
    return [rng.integers(0, 9, (3, 2)).astype(dtype)]


def numbers(rng: Any, dtype: Any) -> list[np.ndarray]:
    """Inputs: ten scalars in order."""
    return [np.arange(10, dtype=dtype)]


def filled(tf: Any, x: Any, kind: str = "FIFOQueueV2", dims: Any = (2,), **attrs: Any) -> Any:
    """A queue, and the operation that enqueues the rows of `x`."""
    make = getattr(tf.raw_ops, kind)
    queue = make(component_types=[x.dtype], shapes=[list(dims)], capacity=10, **attrs)
    return queue, tf.raw_ops.QueueEnqueueManyV2(handle=queue, components=[x])


def batch(kind: str, count: int = 3, dims: Any = (2,), **attrs: Any) -> Any:
    """Enqueues all rows and dequeues `count` of them together."""

    def build(tf: Any, x: Any) -> Any:
        queue, enqueue = filled(tf, x, kind, dims, **attrs)
        with tf.control_dependencies([enqueue]):
            return tf.raw_ops.QueueDequeueManyV2(handle=queue, n=count, component_types=[x.dtype])

    return build


def by_priority(tf: Any, x: Any) -> Any:
    """All scalars, which are their own priorities."""
    queue = tf.raw_ops.PriorityQueueV2(component_types=[x.dtype], shapes=[[]])
    enqueue = tf.raw_ops.QueueEnqueueManyV2(handle=queue, components=[x, x])
    with tf.control_dependencies([enqueue]):
        return tf.raw_ops.QueueDequeueManyV2(
            handle=queue, n=10, component_types=[tf.int64, x.dtype]
        )


def rest(tf: Any, x: Any) -> Any:
    """More than there is, of a closed queue."""
    queue, enqueue = filled(tf, x)
    with tf.control_dependencies([enqueue]):
        close = tf.raw_ops.QueueCloseV2(handle=queue)
    with tf.control_dependencies([close]):
        return tf.raw_ops.QueueDequeueUpToV2(handle=queue, n=5, component_types=[x.dtype])


def one(tf: Any, x: Any) -> Any:
    """All rows as one element, without a shape."""
    queue = tf.raw_ops.FIFOQueueV2(component_types=[x.dtype])
    enqueue = tf.raw_ops.QueueEnqueueV2(handle=queue, components=[x])
    with tf.control_dependencies([enqueue]):
        return tf.raw_ops.QueueDequeueV2(handle=queue, component_types=[x.dtype])


def size(tf: Any, x: Any) -> Any:
    """How many elements there are."""
    queue, enqueue = filled(tf, x)
    with tf.control_dependencies([enqueue]):
        return tf.raw_ops.QueueSizeV2(handle=queue)


def closed(tf: Any, x: Any) -> Any:
    """Whether a queue is closed after it was."""
    queue = tf.raw_ops.FIFOQueueV2(component_types=[x.dtype])
    with tf.control_dependencies([tf.raw_ops.QueueCloseV2(handle=queue)]):
        return tf.raw_ops.QueueIsClosedV2(handle=queue)


def same(x: np.ndarray) -> np.ndarray:
    """Elements come out as they went in."""
    return x


KINDS = ("float32", "int64", "bool", "complex64", "bfloat16")


def case(op: str, variant: str, build: Any, expected: Any = same, **options: Any) -> Case:
    """A record whose value follows from its inputs alone."""
    options = {"inputs": rows, "gradient": False, "golden": False, **options}
    return Case(op, variant, build, expected=expected, **options)


CASES = [
    case("FIFOQueueV2", "", batch("FIFOQueueV2"), dtypes=KINDS),
    case("PaddingFIFOQueueV2", "", batch("PaddingFIFOQueueV2", dims=(None,)), dtypes=KINDS),
    case(
        "RandomShuffleQueueV2",
        "",
        batch("RandomShuffleQueueV2", 10, (), seed=87654321, seed2=5),
        lambda x: x[[1, 2, 0, 4, 8, 6, 9, 5, 7, 3]],
        inputs=numbers,
    ),
    case(
        "PriorityQueueV2",
        "",
        by_priority,
        lambda x: [np.sort(x), np.sort(x)],
        inputs=lambda rng, dtype: [rng.permutation(10).astype(dtype)],
        dtypes=("int64",),
    ),
    case("QueueEnqueueV2", "", one, dtypes=KINDS),
    case("QueueEnqueueManyV2", "", batch("FIFOQueueV2", 2), lambda x: x[:2]),
    case("QueueDequeueV2", "", one),
    case("QueueDequeueManyV2", "none", batch("FIFOQueueV2", 0), lambda x: x[:0]),
    case("QueueDequeueUpToV2", "", rest),
    case("QueueCloseV2", "", closed, lambda x: np.True_),
    case("QueueIsClosedV2", "", closed, lambda x: np.True_),
    case("QueueSizeV2", "", size, lambda x: np.int32(3)),
]
