"""Records of tfsession/ops/fractional_pooling.py, with windows that are no matter of chance."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tests.cases.record import WIDE_FLOATS, Case, normal

ROWS, COLUMNS = [0, 2, 3, 5, 8], [0, 1, 3, 6, 9]


def pooled(name: str, overlapping: bool) -> Any:
    """Builds an op whose ratios leave no choice."""
    return lambda tf, x: list(
        getattr(tf.nn, name)(x, [1.0, 2.0, 2.0, 1.0], overlapping=overlapping)
    )


def averaged_back(overlapping: bool) -> Any:
    """Builds the gradient of means."""
    return lambda tf, dy: tf.raw_ops.FractionalAvgPoolGrad(
        orig_input_tensor_shape=tf.constant([2, 8, 9, 3], tf.int64),
        out_backprop=dy,
        row_pooling_sequence=tf.constant(ROWS, tf.int64),
        col_pooling_sequence=tf.constant(COLUMNS, tf.int64),
        overlapping=overlapping,
    )


def largest_back(tf: Any, x: Any, dy: Any) -> Any:
    """Builds the gradient of largest elements."""
    rows = [tf.reduce_max(x[:, a:b], 1, keepdims=True) for a, b in pairwise(ROWS)]
    tall = tf.concat(rows, 1)
    parts = [tf.reduce_max(tall[:, :, a:b], 2, keepdims=True) for a, b in pairwise(COLUMNS)]
    return tf.raw_ops.FractionalMaxPoolGrad(
        orig_input=x,
        orig_output=tf.concat(parts, 2),
        out_backprop=dy,
        row_pooling_sequence=tf.constant(ROWS, tf.int64),
        col_pooling_sequence=tf.constant(COLUMNS, tf.int64),
        overlapping=False,
    )


def blocks(x: np.ndarray) -> np.ndarray:
    """[..., 4]: the blocks of 2 by 2 pixels."""
    batch, rows, columns, channels = x.shape
    split = x.reshape(batch, rows // 2, 2, columns // 2, 2, channels)
    return split.transpose(0, 1, 3, 5, 2, 4).reshape(batch, rows // 2, columns // 2, channels, 4)


CASES = [
    Case(
        "FractionalMaxPool",
        "",
        pooled("fractional_max_pool", False),
        normal((2, 6, 8, 3)),
        WIDE_FLOATS,
        expected=lambda x: [blocks(x).max(-1), np.arange(0, 7, 2), np.arange(0, 9, 2)],
    ),
    Case(
        "FractionalAvgPool",
        "",
        pooled("fractional_avg_pool", False),
        normal((2, 6, 8, 3)),
        WIDE_FLOATS,
        expected=lambda x: [blocks(x).mean(-1), np.arange(0, 7, 2), np.arange(0, 9, 2)],
    ),
    Case(
        "FractionalMaxPool",
        "overlapping",
        pooled("fractional_max_pool", True),
        normal((2, 6, 8, 3)),
        WIDE_FLOATS,
    ),
    Case(
        "FractionalAvgPool",
        "overlapping",
        pooled("fractional_avg_pool", True),
        normal((2, 6, 8, 3)),
        WIDE_FLOATS,
    ),
    *(
        Case(
            "FractionalAvgPoolGrad",
            "overlapping" * overlapping,
            averaged_back(overlapping),
            normal((2, 4, 4, 3)),
            WIDE_FLOATS,
            gradient=False,
        )
        for overlapping in (False, True)
    ),
    Case(
        "FractionalMaxPoolGrad",
        "",
        largest_back,
        normal((2, 8, 9, 3), (2, 4, 4, 3)),
        WIDE_FLOATS,
        gradient=False,
    ),
]
