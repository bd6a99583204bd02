"""Programs of `tf.metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

LABELS = np.int64([0, 1, 1, 0, 1])
NUMBERS = LABELS.astype(np.float32)
CLASSES = np.int64([0, 1, 0, 1, 1])
SCORES = np.float32([0.1, 0.9, 0.4, 0.6, 0.7])
WEIGHTS = np.float32([1.0, 0.5, 2.0, 0.0, 1.5])
VALUES = np.float32([[1.0, 2.0], [3.0, -4.0], [0.5, 0.25]])
TARGETS = np.float32([[0.0, 2.5], [3.0, -1.0], [1.5, 0.25]])
THRESHOLDS = [0.0, 0.3, 0.6, 1.0]
# [batch, classes], and the classes that are right: one of them, or several.
LOGITS = np.float32([[0.1, 0.6, 0.3, 0.0], [0.4, 0.1, 0.2, 0.3], [0.2, 0.3, 0.4, 0.1]])
ONE = np.int64([[1], [2], [0]])
SEVERAL = np.int64([[1, 2], [3, 1], [0, 2]])
TOP = np.int64([[1, 2], [0, 3], [2, 1]])


def _sparse(tf: Any) -> Any:
    return tf.SparseTensor([[0, 0], [1, 0], [1, 1], [2, 0]], np.int64([1, 3, 0, 2]), [3, 2])


def _metric(metric: str, *arguments: Any, **named: Any) -> Build:
    """A metric, its value before and after an update; functions are given `tf`."""

    def build(tf: Any) -> Any:
        with tf.name_scope("given"):
            given = [_argument(tf, value) for value in arguments]
            options = {key: _argument(tf, value) for key, value in named.items()}
        value, update = getattr(tf.metrics, metric)(*given, **options)
        return [[value], [update]]

    return build


def _argument(tf: Any, value: Any) -> Any:
    if callable(value):
        return value(tf)
    return tf.constant(value) if isinstance(value, np.ndarray) else value


def _unknown(value: Any) -> Build:
    return lambda tf: tf.placeholder_with_default(value, None)


WEIGHTED: dict[str, tuple[Any, ...]] = {
    "accuracy": (LABELS, CLASSES),
    "auc": (LABELS, SCORES),
    "false_negatives": (LABELS, CLASSES),
    "false_negatives_at_thresholds": (LABELS, SCORES, THRESHOLDS),
    "false_positives": (LABELS, CLASSES),
    "false_positives_at_thresholds": (LABELS, SCORES, THRESHOLDS),
    "mean": (SCORES,),
    "mean_absolute_error": (NUMBERS, SCORES),
    "mean_iou": (LABELS, CLASSES, 3),
    "mean_per_class_accuracy": (LABELS, CLASSES, 3),
    "mean_relative_error": (NUMBERS, SCORES, SCORES + 1),
    "mean_squared_error": (NUMBERS, SCORES),
    "mean_tensor": (SCORES,),
    "percentage_below": (SCORES, 0.65),
    "precision": (LABELS, CLASSES),
    "precision_at_thresholds": (LABELS, SCORES, THRESHOLDS),
    "recall": (LABELS, CLASSES),
    "recall_at_thresholds": (LABELS, SCORES, THRESHOLDS),
    "root_mean_squared_error": (NUMBERS, SCORES),
    "sensitivity_at_specificity": (LABELS, SCORES, 0.6),
    "specificity_at_sensitivity": (LABELS, SCORES, 0.6),
    "true_negatives": (LABELS, CLASSES),
    "true_negatives_at_thresholds": (LABELS, SCORES, THRESHOLDS),
    "true_positives": (LABELS, CLASSES),
    "true_positives_at_thresholds": (LABELS, SCORES, THRESHOLDS),
}

RANKED: dict[str, tuple[Any, ...]] = {
    "average_precision_at_k": (SEVERAL, LOGITS, 3),
    "precision_at_k": (SEVERAL, LOGITS, 2),
    "precision_at_top_k": (SEVERAL, TOP, 2),
    "recall_at_k": (SEVERAL, LOGITS, 2),
    "recall_at_top_k": (SEVERAL, TOP, 2),
    "sparse_average_precision_at_k": (SEVERAL, LOGITS, 3),
    "sparse_precision_at_k": (SEVERAL, LOGITS, 2),
}

BY_CLASS = ("precision_at_k", "precision_at_top_k", "recall_at_k", "recall_at_top_k")


def _collected(name: str, *arguments: Any) -> Build:
    return _metric(
        name, *arguments, metrics_collections="values", updates_collections=["updates", "more"]
    )


def _twice(tf: Any) -> Any:
    found = [tf.metrics.accuracy(LABELS, CLASSES) for _ in range(2)]
    with tf.variable_scope("ev"):
        found.append(tf.metrics.mean(SCORES))
    with tf.name_scope("ns"):
        found.append(tf.metrics.mean(SCORES, name="m"))
    return [[update for _, update in found], [value for value, _ in found]]


def _changing(metric: str, *rest: Any, **named: Any) -> Build:
    """A metric of what is another at every step."""

    def build(tf: Any) -> Any:
        step = tf.get_variable("step", initializer=0.0, dtype=tf.float32)
        with tf.control_dependencies([tf.assign_add(step, 0.3)]):
            scores = tf.minimum(tf.constant(SCORES) * step.read_value() + 0.1, 1.0)
        labels = tf.constant(NUMBERS)
        value, update = getattr(tf.metrics, metric)(labels, scores, *rest, **named)
        return [[update], [value]]

    return build


RUNS: dict[str, Build] = {
    **{name: _metric(name, *arguments) for name, arguments in WEIGHTED.items()},
    **{
        f"{name}-weights": _metric(name, *arguments, weights=WEIGHTS)
        for name, arguments in WEIGHTED.items()
    },
    **{
        f"{name}-weight": _metric(name, *arguments, weights=0.5, name="my")
        for name, arguments in WEIGHTED.items()
        if name not in ("mean_iou", "mean_per_class_accuracy")
    },
    **{
        f"{name}-unknown": _metric(
            name, *(_unknown(a) if isinstance(a, np.ndarray) else a for a in arguments)
        )
        for name, arguments in WEIGHTED.items()
        if name not in ("mean_iou", "mean_per_class_accuracy")
    },
    **{
        f"{name}-columns": _metric(name, arguments[0][:, None], *arguments[1:])
        for name, arguments in WEIGHTED.items()
        if len(arguments) > 1 and name not in ("percentage_below", "mean_relative_error")
    },
    **{f"{name}-collected": _collected(name, *args) for name, args in WEIGHTED.items()},
    **{f"{name}": _metric(name, *arguments) for name, arguments in RANKED.items()},
    **{
        f"{name}-weights": _metric(name, *arguments, weights=[1.0, 0.5, 0.0])
        for name, arguments in RANKED.items()
    },
    **{
        f"{name}-one": _metric(name, ONE, *arguments[1:], name="my")
        for name, arguments in RANKED.items()
    },
    **{
        f"{name}-sparse": _metric(name, _sparse, *arguments[1:])
        for name, arguments in RANKED.items()
    },
    **{f"{name}-class": _metric(name, *RANKED[name], class_id=2) for name in BY_CLASS},
    **{f"{name}-collected": _collected(name, *args) for name, args in RANKED.items()},
    "cosine": _metric("mean_cosine_distance", TARGETS, VALUES, 1),
    "cosine-weights": _metric("mean_cosine_distance", TARGETS, VALUES, 1, [[1.0], [0.5], [0.0]]),
    **{
        f"{name}-matrix": _metric(name, *arguments, weights=[[1.0], [0.5], [0.0]])
        for name, arguments in {
            "mean": (VALUES,),
            "mean_tensor": (VALUES,),
            "mean_squared_error": (TARGETS, VALUES),
            "mean_absolute_error": (TARGETS, VALUES),
        }.items()
    },
    "twice": _twice,
    **{
        f"changing-{name}": _changing(name, *rest)
        for name, rest in {
            "auc": (),
            "mean_squared_error": (),
            "precision_at_thresholds": (THRESHOLDS,),
            "sensitivity_at_specificity": (0.5,),
        }.items()
    },
    **{
        f"auc-{kind}": _metric("auc", LABELS, SCORES, **named)
        for kind, named in {
            "pr": {"curve": "PR"},
            "careful": {"curve": "PR", "summation_method": "careful_interpolation"},
            "minoring": {"summation_method": "minoring"},
            "majoring": {"summation_method": "majoring"},
            "few": {"num_thresholds": 5},
            "given": {"thresholds": [0.2, 0.5]},
            "curve": {"curve": "X"},
            "method": {"summation_method": "x"},
            "careful_roc": {"summation_method": "careful_interpolation"},
        }.items()
    },
    "auc-range": _metric("auc", LABELS, SCORES * 2),
    "auc-bools": _metric("auc", LABELS > 0, SCORES),
    "accuracy-texts": _metric("accuracy", np.array(["a", "b"]), np.array(["a", "c"])),
    "accuracy-shapes": _metric("accuracy", LABELS, CLASSES[:3]),
    "mean-weights_shape": _metric("mean", VALUES, weights=[1.0, 2.0]),
    "mean-integers": _metric("mean", [1, 2, 4]),
    "mean-nothing": _metric("mean", np.zeros(0, np.float32)),
    "mean-nan": _metric("mean", np.float32([1.0, np.nan])),
    "specificity-range": _metric("sensitivity_at_specificity", LABELS, SCORES, 1.5),
    "sensitivity-range": _metric("specificity_at_sensitivity", LABELS, SCORES, -0.5),
    "precision_at_k-0": _metric("precision_at_k", SEVERAL, LOGITS, 0),
    "average_precision_at_k-0": _metric("average_precision_at_k", SEVERAL, LOGITS, 0),
    "recall_at_k-int32": _metric("recall_at_k", SEVERAL.astype(np.int32), LOGITS, 2),
}
