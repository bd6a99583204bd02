"""Programs of connectionist temporal classification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

# [time, batch, classes]; the last class is the blank.
LOGITS = (np.sin(np.arange(7 * 3 * 5) * 1.7).reshape(7, 3, 5) * 3).astype(np.float32)
LENGTHS = [7, 4, 6]
ROWS: dict[str, list[list[int]]] = {
    "plain": [[0, 1, 2], [3], [1, 0]],
    "repeated": [[0, 0, 2], [3, 3], [1, 1, 1]],
    "long": [[0, 1, 2], [3, 1, 0, 2], [1]],
    "too_long": [[0, 1, 2], [3, 1, 0, 2, 1], [1]],
    "blank": [[0, 4, 1], [3], [1]],
    "blank_last": [[0, 1, 4], [3], [1]],
    "no_class": [[0, 7], [3], [1]],
    "empty_row": [[0, 1], [], [2]],
}


def _sparse(tf: Any, rows: Any) -> Any:
    places = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = np.array([value for row in rows for value in row], np.int32)
    shape = [len(rows), max(map(len, rows))]
    return tf.SparseTensor(np.array(places, np.int64).reshape(-1, 2), values, shape)


def _loss(rows: str, lengths: Any = LENGTHS, dtype: Any = np.float32, **named: Any) -> Build:
    def build(tf: Any) -> Any:
        logits = tf.constant(LOGITS.astype(dtype))
        loss = tf.nn.ctc_loss(_sparse(tf, ROWS[rows]), logits, lengths, **named)
        (dx,) = tf.gradients(loss * [1.0, 2.0, 3.0], logits)
        return [loss, tf.identity(dx, name="dx")]

    return build


def _decoded(lengths: Any = LENGTHS, dtype: Any = np.float32, **named: Any) -> Build:
    def build(tf: Any) -> Any:
        (found,), score = tf.nn.ctc_greedy_decoder(
            tf.constant(LOGITS.astype(dtype)), lengths, **named
        )
        return [found.indices, found.values, found.dense_shape, score]

    return build


RUNS: dict[str, Build] = {
    **{f"loss-{rows}": _loss(rows) for rows in ROWS},
    "loss-wide": _loss("plain", dtype=np.float64),
    "loss-collapsed": _loss("repeated", preprocess_collapse_repeated=True),
    "loss-unmerged": _loss("repeated", ctc_merge_repeated=False),
    "loss-ignored": _loss("too_long", ignore_longer_outputs_than_inputs=True),
    "loss-lengths": _loss("plain", lengths=[7, 4, 9]),
    "loss-no_steps": _loss("plain", lengths=[7, 0, 6]),
    "loss-batch_first": lambda tf: tf.nn.ctc_loss(
        _sparse(tf, ROWS["plain"]), LOGITS.transpose(1, 0, 2), LENGTHS, time_major=False
    ),
    "loss-logits": lambda tf: tf.nn.ctc_loss(
        _sparse(tf, ROWS["plain"]), logits=LOGITS, sequence_length=LENGTHS
    ),
    "loss-dense": lambda tf: tf.nn.ctc_loss(tf.constant([[1, 2]]), LOGITS, LENGTHS),
    "greedy": _decoded(),
    "greedy-unmerged": _decoded(merge_repeated=False),
    "greedy-short": _decoded(lengths=[0, 1, 2]),
    "greedy-lengths": _decoded(lengths=[7, 4, 9]),
}
