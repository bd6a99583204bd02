"""Records of connectionist temporal classification."""

from __future__ import annotations

from typing import Any

from tests.cases.record import Case, normal

INDICES = [[0, 0], [0, 1], [1, 0]]


def _loss(tf: Any, logits: Any) -> Any:
    labels = tf.SparseTensor(INDICES, tf.constant([1, 1, 0]), [2, 2])
    return tf.nn.ctc_loss(labels, logits, [5, 3])


CASES = [
    Case(
        "CTCLoss",
        "",
        build=_loss,
        inputs=normal((5, 2, 4)),
        dtypes=("float32", "float64"),
        tolerance=1e-4,
    ),
    Case(
        "CTCGreedyDecoder",
        "",
        build=lambda tf, x: [
            tf.nn.ctc_greedy_decoder(x, [5, 3])[0][0].values,
            tf.nn.ctc_greedy_decoder(x, [5, 3])[1],
        ],
        inputs=normal((5, 2, 4)),
        dtypes=("float32", "float64"),
        gradient=False,
    ),
]
