"""Programs of `tf.contrib.losses`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.runs.losses import LABELS, LOGITS, PREDICTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]


def _of(name: str, predictions: Any, labels: Any, *rest: Any, **named: Any) -> Build:
    def build(tf: Any) -> Any:
        first, second = tf.constant(predictions), tf.constant(labels)
        return getattr(tf.contrib.losses, name)(first, second, *rest, **named)

    return build


def _weighted(values: Any, weights: Any) -> Build:
    return lambda tf: tf.contrib.losses.compute_weighted_loss(tf.constant(values), weights)


def _total(tf: Any) -> Any:
    tf.contrib.losses.mean_squared_error(tf.constant(LABELS), tf.constant(PREDICTIONS))
    tf.contrib.losses.add_loss(tf.constant(5.0))
    return [tf.contrib.losses.get_total_loss(), *tf.contrib.losses.get_losses()]


WEIGHTS = {
    "number": 2.0,
    "zero": 0.0,
    "rows": [1.0, 0.0],
    "column": [[1.0], [0.0]],
    "each": [[1.0, 0.0, 1.0], [0.0, 0.0, 3.0]],
    "none": None,
    "integers": [1, 0],
}

RUNS: dict[str, Build] = {
    **{f"weighted-{kind}": _weighted(PREDICTIONS, w) for kind, w in WEIGHTS.items()},
    **{f"wide-{kind}": _weighted(PREDICTIONS.astype(np.float64), w) for kind, w in WEIGHTS.items()},
    **{
        f"{name}-{kind}": _of(name, predictions, LABELS, weights=w)
        for name, predictions in {
            "absolute_difference": PREDICTIONS,
            "log_loss": PREDICTIONS,
            "mean_pairwise_squared_error": PREDICTIONS,
            "mean_squared_error": PREDICTIONS,
            "sigmoid_cross_entropy": LOGITS,
            "softmax_cross_entropy": LOGITS,
        }.items()
        for kind, w in WEIGHTS.items()
        if kind in ("number", "rows", "zero")
    },
    "cosine": _of("cosine_distance", PREDICTIONS, LABELS, 1),
    "cosine-dim": _of("cosine_distance", PREDICTIONS, LABELS, dim=1, weights=[1.0, 0.0]),
    "cosine-no_axis": _of("cosine_distance", PREDICTIONS, LABELS),
    "hinge": _of("hinge_loss", LOGITS, LABELS),
    "smooth_sigmoid": _of("sigmoid_cross_entropy", LOGITS, LABELS, label_smoothing=0.1),
    "smooth_softmax": _of("softmax_cross_entropy", LOGITS, LABELS, label_smoothing=0.1),
    "sparse": _of("sparse_softmax_cross_entropy", LOGITS, [0, 2]),
    "sparse-rows": _of("sparse_softmax_cross_entropy", LOGITS, [[0], [2]], [[1.0], [0.0]]),
    "shapes": _of("mean_squared_error", PREDICTIONS, LABELS[:1]),
    "total": _total,
    "no_total": lambda tf: tf.contrib.losses.get_total_loss(),
}
