"""Programs of `tf.losses`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

LABELS = np.float32([[1, 0, 0], [0, 1, 0]])
PREDICTIONS = np.float32([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4]])
LOGITS = np.float32([[2, 1, 0], [0.5, 1.5, 1]])
REDUCTIONS = (
    "none",
    "weighted_sum",
    "weighted_mean",
    "weighted_sum_over_batch_size",
    "weighted_sum_by_nonzero_weights",
)


def _unknown(tf: Any, value: Any) -> Any:
    return tf.placeholder_with_default(np.asarray(value, np.float32), None)


WEIGHTS: dict[str, Build] = {
    "one": lambda tf: 1.0,
    "integer": lambda tf: 2,
    "rows": lambda tf: [[2.0], [0.0]],
    "unknown": lambda tf: _unknown(tf, [[2], [0]]),
    "none": lambda tf: None,
    "rank": lambda tf: [1.0, 2.0, 3.0, 4.0],
    "size": lambda tf: [[1.0, 2.0]],
    "unknown_size": lambda tf: _unknown(tf, [[1, 2]]),
}

LOSSES: dict[str, Callable[..., Any]] = {
    "absolute_difference": lambda tf, **k: tf.losses.absolute_difference(LABELS, PREDICTIONS, **k),
    "cosine_distance": lambda tf, **k: tf.losses.cosine_distance(LABELS, PREDICTIONS, axis=1, **k),
    "hinge_loss": lambda tf, **k: tf.losses.hinge_loss(LABELS, LOGITS, **k),
    "huber_loss": lambda tf, **k: tf.losses.huber_loss(LABELS, LOGITS, **k),
    "log_loss": lambda tf, **k: tf.losses.log_loss(LABELS, PREDICTIONS, **k),
    "mean_pairwise_squared_error": lambda tf, **k: tf.losses.mean_pairwise_squared_error(
        LABELS, PREDICTIONS, **k
    ),
    "mean_squared_error": lambda tf, **k: tf.losses.mean_squared_error(LABELS, PREDICTIONS, **k),
    "sigmoid_cross_entropy": lambda tf, **k: tf.losses.sigmoid_cross_entropy(LABELS, LOGITS, **k),
    "smooth_sigmoid": lambda tf, **k: tf.losses.sigmoid_cross_entropy(
        LABELS, LOGITS, label_smoothing=0.1, **k
    ),
    "softmax_cross_entropy": lambda tf, **k: tf.losses.softmax_cross_entropy(LABELS, LOGITS, **k),
    "smooth_softmax": lambda tf, **k: tf.losses.softmax_cross_entropy(
        LABELS, LOGITS, label_smoothing=0.1, **k
    ),
    "sparse": lambda tf, **k: tf.losses.sparse_softmax_cross_entropy([0, 2], LOGITS, **k),
    "sparse_column": lambda tf, **k: tf.losses.sparse_softmax_cross_entropy(
        [[0], [2]], LOGITS, **k
    ),
}


def _weighted(loss: Callable[..., Any], weights: Build) -> Build:
    return lambda tf: loss(tf, weights=weights(tf))


def _reduced(dtype: Any, weights: Any, reduction: str) -> Build:
    return lambda tf: tf.losses.compute_weighted_loss(
        PREDICTIONS.astype(dtype), weights, reduction=reduction, scope="sc"
    )


def _named(name: str, labels: Any, predictions: Any) -> Build:
    return lambda tf: getattr(tf.losses, name)(labels, predictions)


def _empty(reduction: str) -> Build:
    return lambda tf: tf.losses.compute_weighted_loss(
        np.zeros((0, 3), np.float32), reduction=reduction
    )


def _total(tf: Any) -> Any:
    first = tf.losses.mean_squared_error(LABELS, PREDICTIONS, scope="a")
    second = tf.losses.log_loss(LABELS, PREDICTIONS, scope="b")
    tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, tf.constant(2.0, name="reg"))
    tf.losses.add_loss(tf.constant(5.0))
    tf.losses.add_loss(tf.constant(7.0), None)
    assert tf.losses.get_losses("a") == [first]
    assert tf.losses.get_losses()[:2] == [first, second]
    assert tf.losses.get_losses(loss_collection="other") == []
    return [
        tf.losses.get_total_loss(),
        tf.losses.get_total_loss(add_regularization_losses=False, name="plain"),
        tf.losses.get_total_loss(scope="a"),
        tf.losses.get_regularization_loss(),
        tf.losses.get_regularization_loss("none"),
    ]


def _gradient(loss: Callable[..., Any]) -> Build:
    def build(tf: Any) -> Any:
        with tf.name_scope("x"):
            x = tf.constant(LOGITS)
        (dx,) = tf.gradients(loss(tf, x), x)
        return tf.identity(dx, name="dx")

    return build


def _unknown_labels(tf: Any) -> Any:
    labels = tf.placeholder_with_default([[0], [2]], None)
    weights = tf.placeholder_with_default([[1.0], [2.0]], [None, 1])
    return tf.losses.sparse_softmax_cross_entropy(labels, LOGITS, weights)


RUNS: dict[str, Build] = {
    **{
        f"{name}-{kind}": _weighted(loss, weights)
        for name, loss in LOSSES.items()
        for kind, weights in WEIGHTS.items()
    },
    **{
        f"{np.dtype(dtype).name}-{reduction}-{i}": _reduced(dtype, weights, reduction)
        for dtype in (np.float16, np.float32, np.float64, np.int32)
        for reduction in (*REDUCTIONS, "mean")
        for i, weights in enumerate((1.0, [[1.0], [0.0]], 0.0))
    },
    **{
        f"{name}-{kind}": _named(name, *arguments)
        for name in LOSSES
        if not name.startswith(("smooth", "sparse", "cosine"))
        for kind, arguments in {
            "no_labels": (None, PREDICTIONS),
            "no_predictions": (LABELS, None),
            "shapes": (LABELS[:1, :2], PREDICTIONS),
            "integers": ([[1, 0], [0, 1]], [[1, 2], [3, 4]]),
            "half": (LABELS.astype(np.float16), PREDICTIONS.astype(np.float16)),
        }.items()
    },
    **{f"empty-{reduction}": _empty(reduction) for reduction in REDUCTIONS},
    **{
        f"gradient-{name}": _gradient(loss)
        for name, loss in {
            "huber": lambda tf, x: tf.losses.huber_loss(LABELS, x, [[2.0], [0.0]]),
            "softmax": lambda tf, x: tf.losses.softmax_cross_entropy(LABELS, x, [1.0, 0.5]),
            "sparse": lambda tf, x: tf.losses.sparse_softmax_cross_entropy([2, 0], x),
            "pairwise": lambda tf, x: tf.losses.mean_pairwise_squared_error(LABELS, x),
        }.items()
    },
    "dim": lambda tf: tf.losses.cosine_distance(LABELS, PREDICTIONS, dim=1),
    "no_axis": lambda tf: tf.losses.cosine_distance(LABELS, PREDICTIONS),
    "two_axes": lambda tf: tf.losses.cosine_distance(LABELS, PREDICTIONS, axis=1, dim=1),
    "delta": lambda tf: tf.losses.huber_loss(LABELS, LOGITS, delta=0.3),
    "epsilon": lambda tf: tf.losses.log_loss(LABELS, PREDICTIONS, epsilon=0.1),
    "no_collection": lambda tf: tf.losses.log_loss(LABELS, PREDICTIONS, loss_collection=None),
    "cube": lambda tf: tf.losses.mean_pairwise_squared_error(
        np.arange(12.0).reshape(2, 3, 2) ** 1.5, np.arange(12).reshape(2, 3, 2)
    ),
    "float_classes": lambda tf: tf.losses.sparse_softmax_cross_entropy([0.0, 2.0], LOGITS),
    "unknown_labels": _unknown_labels,
    "total": _total,
    "no_total": lambda tf: tf.losses.get_total_loss(),
    "no_regularization": lambda tf: tf.losses.get_regularization_loss(),
}
