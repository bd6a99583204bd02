"""Records of connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case, normal

INDICES = [[0, 0], [0, 1], [1, 0]]


def _loss(tf: Any, logits: Any) -> Any:
    labels = tf.SparseTensor(INDICES, tf.constant([1, 1, 0]), [2, 2])
    return tf.nn.ctc_loss(labels, logits, [5, 3])


def _decoded(tf: Any, logits: Any, width: int, paths: int, merges: bool) -> Any:
    decoded, scores = tf.nn.ctc_beam_search_decoder(logits * 3, [7, 5], width, paths, merges)
    return [part for x in decoded for part in (x.indices, x.values, x.dense_shape)] + [scores]


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
    Case(
        "CTCLoss",
        "any blank, dense labels",
        build=lambda tf, x: tf.nn.ctc_loss_v2(
            tf.constant([[1, 2, 2], [3, 0, 0], [0, 0, 0]]), x, [3, 1, 0], [8, 7, 8], blank_index=0
        ),
        inputs=normal((8, 3, 5)),
        dtypes=("float32",),
        tolerance=1e-4,
        gradient=False,
    ),
    *(
        Case(
            "CTCBeamSearchDecoder",
            f"{width} beams",
            build=lambda tf, x, width=width, paths=paths, merges=merges: _decoded(
                tf, x, width, paths, merges
            ),
            inputs=normal((7, 2, 4)),
            # TensorFlow computes those of float64 in float32.
            dtypes=("float32",),
            tolerance=1e-4,
            gradient=False,
        )
        for width, paths, merges in ((1, 1, True), (4, 2, False), (50, 3, True))
    ),
    Case(
        "Unique",
        "labels of CTC",
        build=lambda tf, x: [
            *tf.nn.ctc_unique_labels(x),
            *tf.nn.collapse_repeated(x, [4, 2]),
        ],
        inputs=lambda rng, dtype: [np.array([[3, 1, 1, 3], [2, 2, 0, 0]], dtype)],
        dtypes=("int32",),
        gradient=False,
        unknown=False,
    ),
]
