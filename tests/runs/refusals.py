"""Inputs that operations refuse: while the graph is built, and in a run.

Each program has its inputs once as constants and once as tensors of which nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Op = Callable[..., Any]

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)
ROWS = np.ones((3, 2), np.float32)
CUBE = np.ones((1, 4, 4, 1), np.float32)


def integers(*values: Any) -> np.ndarray:
    """An int32 vector, or an array of more axes."""
    return np.array(values, np.int32)


SCALAR, VECTOR, SQUARE = np.int32(1), integers(1), integers([1])

# ---- Inputs of another rank ----

SIZES: dict[str, Op] = {
    "broadcast_to": lambda tf, n: tf.broadcast_to(MATRIX, n),
    "fill": lambda tf, n: tf.fill(n, 1.0),
    "random_normal": lambda tf, n: tf.random_normal(n),
    "random_uniform": lambda tf, n: tf.random_uniform(n),
    "reshape": lambda tf, n: tf.reshape(MATRIX, n),
    "reverse": lambda tf, n: tf.reverse(MATRIX, n),
    "scatter_nd": lambda tf, n: tf.scatter_nd([[0]], [1.0], n),
    "slice_begin": lambda tf, n: tf.slice(MATRIX, n, [1, 1]),
    "slice_size": lambda tf, n: tf.slice(MATRIX, [0, 0], n),
    "tile": lambda tf, n: tf.tile(MATRIX, n),
    "transpose": lambda tf, n: tf.transpose(MATRIX, n),
}
SCALARS: dict[str, Op] = {
    "concat": lambda tf, n: tf.concat([MATRIX, MATRIX], n),
    "cumprod": lambda tf, n: tf.cumprod(MATRIX, n),
    "cumsum": lambda tf, n: tf.cumsum(MATRIX, n),
    "histogram": lambda tf, n: tf.histogram_fixed_width([1.0, 2.0], [0.0, 1.0], n),
    "linspace": lambda tf, n: tf.linspace(0.0, 1.0, n),
    "one_hot": lambda tf, n: tf.one_hot([0, 1], n),
    "range": lambda tf, n: tf.range(0, 5, n),
    "split": lambda tf, n: tf.split(MATRIX, 2, n),
    "top_k": lambda tf, n: tf.nn.top_k(MATRIX, n),
    "unsorted_segment_sum": lambda tf, n: tf.unsorted_segment_sum(ROWS, [0, 1, 1], n),
}
DIAGONALS: dict[str, Op] = {
    "matrix_diag": lambda tf, x: tf.matrix_diag(x),
    "matrix_diag_part": lambda tf, x: tf.matrix_diag_part(x),
    "matrix_set_diag": lambda tf, x: tf.matrix_set_diag(x, [1.0, 2.0]),
    "matrix_set_diag_of": lambda tf, x: tf.matrix_set_diag(np.ones((2, 2), np.float32), x),
    "bias_add": lambda tf, x: tf.nn.bias_add(np.ones((2, 2), np.float32), x),
}

# ---- Values out of range ----

CASES: dict[str, tuple[Op, tuple[Any, ...]]] = {
    "argmax, axis": (lambda tf, n: tf.argmax(MATRIX, n), (np.int32(2),)),
    "concat, axis": (lambda tf, n: tf.concat([MATRIX, MATRIX], n), (np.int32(-3),)),
    "concat, ranks": (lambda tf, x, y: tf.concat([x, y], 0), (MATRIX, MATRIX[0])),
    "concat, scalars": (lambda tf, x: tf.concat([x, x], 0), (np.float32(1),)),
    "expand_dims, axis": (lambda tf, n: tf.expand_dims(MATRIX, n), (np.int32(9),)),
    "histogram, limits": (
        lambda tf, x: tf.histogram_fixed_width([1.0, 2.0], x, 3),
        (np.float32([1, 0]),),
    ),
    "histogram, no bins": (
        lambda tf, n: tf.histogram_fixed_width([1.0, 2.0], [0.0, 1.0], n),
        (np.int32(0),),
    ),
    "linspace, negative": (lambda tf, n: tf.linspace(0.0, 1.0, n), (np.int32(-3),)),
    "one_hot, negative": (lambda tf, n: tf.one_hot([0, 1], n), (np.int32(-3),)),
    "one_hot, axis": (lambda tf, x: tf.one_hot(x, 3, axis=5), (integers(0, 1),)),
    "range, backwards": (lambda tf, n: tf.range(0, 5, n), (np.int32(-3),)),
    "reduce_sum, axis": (lambda tf, n: tf.reduce_sum(MATRIX, n), (integers(2),)),
    "reshape, elements": (lambda tf, n: tf.reshape(MATRIX, n), (integers(5),)),
    "reverse, axis": (lambda tf, n: tf.reverse(MATRIX, n), (integers(2),)),
    "roll, axis": (lambda tf, n: tf.roll(MATRIX, [1], n), (integers(-4),)),
    "roll, shift": (lambda tf, n: tf.roll(MATRIX, n, [0]), (integers([1]),)),
    "split, axis": (lambda tf, n: tf.split(MATRIX, 2, n), (np.int32(2),)),
    "split, uneven": (lambda tf, x: tf.split(x, 2, 1), (MATRIX,)),
    "split, sizes": (lambda tf, n: tf.split(MATRIX, n, 1, num=2), (integers(1, 1),)),
    "split, sizes beyond": (lambda tf, n: tf.split(MATRIX, n, 1, num=2), (integers(-1, 9),)),
    "split, two open": (lambda tf, n: tf.split(MATRIX, n, 1, num=2), (integers(-1, -1),)),
    "stack, axis": (lambda tf, x: tf.stack([x, x], 7), (MATRIX,)),
    "unstack, axis": (lambda tf, x: tf.unstack(x, 2, 7), (MATRIX,)),
    "top_k, negative": (lambda tf, n: tf.nn.top_k(MATRIX, n), (np.int32(-3),)),
    "space_to_batch_nd, negative": (
        lambda tf, p: tf.space_to_batch_nd(CUBE, [2, 2], p),
        (integers([-1, 1], [0, 0]),),
    ),
    "batch_to_space_nd, crops": (
        lambda tf, p: tf.batch_to_space_nd(np.ones((4, 2, 2, 1), np.float32), [2, 2], p),
        (integers([3, 2], [0, 0]),),
    ),
}

# ---- Segments ----

IDS = {
    "unsorted": integers(0, 2, 1),
    "negative": integers(-1, 0, 1),
    "too few": integers(0, 1),
    "a matrix": integers([0, 1, 2]),
}
SEGMENTS = ("segment_sum", "segment_mean", "segment_max", "segment_prod")
COUNTS = {
    "out of range": (integers(0, 10, 1), np.int32(3)),
    "too few": (integers(0, 1), np.int32(3)),
    "negative count": (integers(0, 1, 1), np.int32(-1)),
}
PICKED = {
    "index out of range": (integers(0, 5), integers(0, 1)),
    "unsorted": (integers(0, 1), integers(1, 0)),
    "negative": (integers(0, 1), integers(-1, 0)),
    "too few": (integers(0, 1, 2), integers(0, 1)),
}


def _segments(name: str) -> Op:
    return lambda tf, ids: getattr(tf, name)(ROWS, ids)


def _unsorted(name: str) -> Op:
    return lambda tf, ids, count: getattr(tf, name)(ROWS, ids, count)


def _picked(name: str, **options: Any) -> Op:
    return lambda tf, indices, ids: getattr(tf, name)(ROWS, indices, ids, **options)


def _all_cases() -> dict[str, tuple[Op, tuple[Any, ...]]]:
    found = dict(CASES)
    for op, build in SIZES.items():
        found.update({f"{op}, a scalar": (build, (SCALAR,)), f"{op}, a matrix": (build, (SQUARE,))})
    for op, build in SCALARS.items():
        found.update({f"{op}, a vector": (build, (VECTOR,)), f"{op}, a matrix": (build, (SQUARE,))})
    for op, build in DIAGONALS.items():
        found[f"{op}, a scalar"] = build, (np.float32(1),)
        found[f"{op}, a vector"] = build, (np.ones(3, np.float32),)
    for op in SEGMENTS:
        found.update({f"{op}, {kind}": (_segments(op), (ids,)) for kind, ids in IDS.items()})
    for op in ("unsorted_segment_sum", "unsorted_segment_max"):
        found.update({f"{op}, {kind}": (_unsorted(op), x) for kind, x in COUNTS.items()})
    for op in ("sparse_segment_sum", "sparse_segment_mean"):
        for kind, inputs in PICKED.items():
            found[f"{op}, {kind}"] = _picked(op), inputs
            found[f"{op} of one, {kind}"] = _picked(op, num_segments=1), inputs
    return found


def _constants(build: Op, inputs: tuple[Any, ...]) -> Op:
    return lambda tf: build(tf, *[tf.constant(value) for value in inputs])


def _unknown(build: Op, inputs: tuple[Any, ...]) -> Op:
    return lambda tf: build(tf, *[tf.placeholder_with_default(value, None) for value in inputs])


RUNS: dict[str, Op] = {}
for _name, (_build, _inputs) in _all_cases().items():
    RUNS[f"{_name}, constant"] = _constants(_build, _inputs)
    RUNS[f"{_name}, in a run"] = _unknown(_build, _inputs)


# ---- Attributes and edges ----


def _padded(*pairs: list[int]) -> Op:
    return lambda tf: tf.nn.conv2d(CUBE, np.ones((2, 2, 1, 1), np.float32), [1] * 4, list(pairs))


def _updated(tf: Any) -> Any:
    total = tf.add(tf.placeholder(tf.float32, [2]), 1.0)
    total.op._update_input(0, tf.placeholder(tf.float32, [3]))
    return total


def _in_a_circle(tf: Any) -> Any:
    first = tf.negative(tf.ones([]), name="first")
    second = tf.negative(first, name="second")
    first.op._update_input(0, second)
    return second


RUNS.update(
    {
        "conv2d, negative padding": _padded([0, 0], [-1, 0], [0, 0], [0, 0]),
        "conv2d, padded batch": _padded([1, 0], [0, 0], [0, 0], [0, 0]),
        "conv2d, padded channels": _padded([0, 0], [0, 0], [0, 0], [0, 1]),
        "gather_nd, batch_dims": lambda tf: tf.gather_nd(MATRIX, [[0], [1]], batch_dims=-1),
        "an input of another shape": _updated,
        "a circle": _in_a_circle,
    }
)
