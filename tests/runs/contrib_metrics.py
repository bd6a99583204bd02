"""Programs of `tf.contrib.metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.runs.metrics import (
    CLASSES,
    LABELS,
    LOGITS,
    NUMBERS,
    SCORES,
    SEVERAL,
    THRESHOLDS,
    WEIGHTS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]


def _metric(metric: str, *arguments: Any, **named: Any) -> Build:
    """A metric, its value before and after an update."""

    def build(tf: Any) -> Any:
        with tf.name_scope("given"):
            given = [_argument(tf, value) for value in arguments]
            options = {key: _argument(tf, value) for key, value in named.items()}
        value, update = getattr(tf.contrib.metrics, metric)(*given, **options)
        return [[value], [update], [value]]

    return build


def _argument(tf: Any, value: Any) -> Any:
    return tf.constant(value) if isinstance(value, np.ndarray) else value


def _maps(tf: Any) -> Any:
    metrics = tf.contrib.metrics
    values, updates = metrics.aggregate_metric_map(
        {
            "a": metrics.streaming_accuracy(CLASSES, LABELS),
            "b": metrics.streaming_mean(SCORES),
        }
    )
    more_values, more_updates = metrics.aggregate_metrics(metrics.streaming_mean(SCORES + 1))
    return [[updates["a"], updates["b"], *more_updates], [values["a"], values["b"], *more_values]]


SIMPLE = {
    "streaming_accuracy": (CLASSES, LABELS),
    "streaming_auc": (SCORES, LABELS),
    "streaming_covariance": (SCORES, NUMBERS),
    "streaming_false_negative_rate": (CLASSES, LABELS),
    "streaming_false_negatives": (CLASSES, LABELS),
    "streaming_false_positive_rate": (CLASSES, LABELS),
    "streaming_false_positives": (CLASSES, LABELS),
    "streaming_mean": (SCORES,),
    "streaming_mean_absolute_error": (SCORES, NUMBERS),
    "streaming_mean_iou": (CLASSES, LABELS, 2),
    "streaming_mean_relative_error": (SCORES, NUMBERS, SCORES),
    "streaming_mean_squared_error": (SCORES, NUMBERS),
    "streaming_pearson_correlation": (SCORES, NUMBERS),
    "streaming_percentage_less": (SCORES, 0.65),
    "streaming_precision": (CLASSES, LABELS),
    "streaming_precision_at_thresholds": (SCORES, LABELS, THRESHOLDS),
    "streaming_recall": (CLASSES, LABELS),
    "streaming_recall_at_thresholds": (SCORES, LABELS, THRESHOLDS),
    "streaming_root_mean_squared_error": (SCORES, NUMBERS),
    "streaming_sensitivity_at_specificity": (SCORES, LABELS, 0.6),
    "streaming_specificity_at_sensitivity": (SCORES, LABELS, 0.6),
    "streaming_true_negatives": (CLASSES, LABELS),
    "streaming_true_positives": (CLASSES, LABELS),
    "streaming_true_positives_at_thresholds": (SCORES, LABELS, THRESHOLDS),
}

RUNS: dict[str, Build] = {
    **{name: _metric(name, *arguments) for name, arguments in SIMPLE.items()},
    **{f"{name}-weights": _metric(name, *args, weights=WEIGHTS) for name, args in SIMPLE.items()},
    "recall_at_k": _metric("streaming_recall_at_k", LOGITS, np.int64([1, 2, 0]), 2),
    "sparse_precision": _metric("streaming_sparse_precision_at_k", LOGITS, SEVERAL, 2),
    "sparse_recall": _metric("streaming_sparse_recall_at_k", LOGITS, SEVERAL, 2, class_id=1),
    "sparse_average": _metric("streaming_sparse_average_precision_at_k", LOGITS, SEVERAL, 3),
    "names": _metric("streaming_accuracy", labels=LABELS, predictions=CLASSES, name="my"),
    "covariance-one": _metric("streaming_covariance", SCORES[:1], NUMBERS[:1]),
    "concat": _metric("streaming_concat", LOGITS),
    "concat-axis": _metric("streaming_concat", LOGITS, axis=1),
    "concat-max": _metric("streaming_concat", LOGITS, max_size=4),
    "concat-no_axis": _metric("streaming_concat", LOGITS, axis=3),
    "accuracy": lambda tf: tf.contrib.metrics.accuracy(tf.constant(CLASSES), tf.constant(LABELS)),
    "accuracy-dtypes": lambda tf: tf.contrib.metrics.accuracy(
        tf.constant(CLASSES), tf.constant(LABELS.astype(np.int32))
    ),
    "accuracy-floats": lambda tf: tf.contrib.metrics.accuracy(
        tf.constant(SCORES), tf.constant(NUMBERS)
    ),
    "maps": _maps,
    "no_metrics": lambda tf: tf.contrib.metrics.aggregate_metrics(),
}
