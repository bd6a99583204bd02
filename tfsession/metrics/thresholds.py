"""Metrics of scores, at each of many thresholds above which a score is a yes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tfsession import dtypes, logging
from tfsession.graph.build import TensorLike, constant
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import control_dependencies
from tfsession.metrics.state import Collections, collected, fitted, metric_variable
from tfsession.ops.array import expand_dims, identity, ones_like, reshape, shape, stack
from tfsession.ops.check import assert_greater_equal, assert_less_equal
from tfsession.ops.indexing import where
from tfsession.ops.math import (
    abs as absolute,
    cast,
    div,
    div_no_nan,
    equal,
    greater,
    log,
    logical_and,
    logical_not,
    maximum,
    minimum,
    multiply,
)
from tfsession.ops.rearrange import tile, transpose
from tfsession.ops.reduction import argmax, argmin, cumsum, reduce_min, reduce_sum
from tfsession.ops.state import assign_add
from tfsession.ops.weights import broadcast_weights
from tfsession.variables.scope import variable_scope

# Thresholds beyond 0 and 1, and divisors that are not 0.
_EPSILON = 1e-7

# In the order of their variables: is the label positive, is the prediction.
_KINDS = {
    "true_positives": (True, True),
    "false_negatives": (True, False),
    "true_negatives": (False, False),
    "false_positives": (False, True),
}

Counts = dict[str, Tensor]


def _default_thresholds(num_thresholds: int) -> list[float]:
    """Evenly spaced from 0 to 1, the ends a little beyond."""
    inner = [(i + 1) * 1.0 / (num_thresholds - 1) for i in range(num_thresholds - 2)]
    return [0.0 - _EPSILON, *inner, 1.0 + _EPSILON]


def counts_at(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None,
    kinds: Sequence[str],
) -> tuple[Counts, Counts]:
    """How often predictions were right or wrong at each threshold, and the updates of that.

    All are float32 [thresholds]. Scores beyond [0, 1] are an error when it runs.
    """
    predictions, labels, weights = _checked(labels, predictions, weights)
    count = len(thresholds)
    scores = reshape(predictions, [-1, 1])
    truths = reshape(cast(labels, dtypes.bool), [1, -1])
    dims = scores.dims
    number = shape(scores)[0] if dims is None or dims[0] is None else dims[0]
    limits = tile(expand_dims(constant(thresholds), [1]), stack([1, number]))
    is_positive = greater(tile(transpose(scores), [count, 1]), limits)
    signs = {True: is_positive}
    if "false_negatives" in kinds or "true_negatives" in kinds:
        signs[False] = logical_not(is_positive)
    label_is_positive = tile(truths, [count, 1])
    truth = {True: label_is_positive}
    if "false_positives" in kinds or "true_negatives" in kinds:
        truth[False] = logical_not(label_is_positive)
    tiled_weights = None
    if weights is not None:
        weights = broadcast_weights(cast(weights, dtypes.float32), predictions)
        tiled_weights = tile(reshape(weights, [1, -1]), [count, 1])
    values: Counts = {}
    updates: Counts = {}
    for kind, (label, sign) in _KINDS.items():
        if kind in kinds:
            values[kind] = metric_variable([count], dtypes.float32, name=kind)
            found = cast(logical_and(truth[label], signs[sign]), dtypes.float32)
            if tiled_weights is not None:
                found *= tiled_weights
            updates[kind] = assign_add(values[kind], reduce_sum(found, 1))
    return values, updates


def _checked(
    labels: TensorLike, predictions: TensorLike, weights: TensorLike | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Predictions as float32, labels as bool; fails at a run where a score is not 0 to 1."""
    message = "predictions must be in [0, 1]"
    zero, one = (cast(bound, predictions.dtype) for bound in (0.0, 1.0))
    with control_dependencies(
        [
            assert_greater_equal(predictions, zero, message=message),
            assert_less_equal(predictions, one, message=message),
        ]
    ):
        return fitted(cast(predictions, dtypes.float32), cast(labels, dtypes.bool), weights)


# ---- auc ----


def auc(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Sequence[float] | None = None,
) -> tuple[Tensor, Tensor]:
    """The area under a curve of rates at many thresholds, by a sum.

    Args:
      labels: of any shape; cast to bool.
      predictions: of the shape of `labels`; floats in [0, 1].
      weights: None, or a number, or a tensor of the rank of `labels` whose sizes are theirs or 1.
      num_thresholds: how many thresholds there are, at even distances.
      metrics_collections: keys of collections that the value is added to.
      updates_collections: keys of collections that the update is added to.
      curve: "ROC" (true positives over false positives) or "PR" (precision over recall).
      name: a name for the scope of the operations.
      summation_method: "trapezoidal", "careful_interpolation" (of PR: Davis and Goadrich, "The
        relationship between precision-recall and ROC curves", 2006), "minoring" or "majoring" (the
        lower or the higher end of each interval).
      thresholds: thresholds in [0, 1], in the place of evenly spaced ones.

    Returns:
      The value, a float32 scalar, and the operation that updates it. A score that is not in [0, 1]
      is an InvalidArgumentError when it runs.

    Raises:
      ValueError: there is no such curve or method, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.metrics.auc`.
    """
    with variable_scope(name, "auc", (labels, predictions, weights)):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        if thresholds is None:
            limits = _default_thresholds(num_thresholds)
        else:
            limits = [0.0 - _EPSILON, *sorted(thresholds), 1.0 + _EPSILON]
        if curve == "PR" and summation_method == "trapezoidal":
            logging.warn(
                "Trapezoidal rule is known to produce incorrect PR-AUCs; please switch to "
                '"careful_interpolation" instead.'
            )
        values, updates = counts_at(labels, predictions, limits, weights, tuple(_KINDS))
        area = _area_of(curve, summation_method, len(limits))
        value = area(values, "value")
        update = area(updates, "update_op")
        return collected(value, update, metrics_collections, updates_collections)


def _area_of(curve: str, method: str, count: int) -> Callable[[Counts, str], Tensor]:
    """The function of counts, and of a name, that gives the area."""
    heights: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
        "trapezoidal": lambda left, right: (left + right) / 2.0,
        "careful_interpolation": lambda left, right: (left + right) / 2.0,
        "minoring": minimum,
        "majoring": maximum,
    }
    if method not in heights:
        raise ValueError(f"Invalid summation_method: {method}")

    def area(counts: Counts, name: str) -> Tensor:
        if curve == "PR" and method == "careful_interpolation":
            return _interpolated(counts, count)
        x, y = _curve(curve, counts)
        widths = x[: count - 1] - x[1:]
        height = heights[method](y[: count - 1], y[1:])
        return reduce_sum(multiply(widths, height), name=name)

    return area


def _curve(curve: str, counts: Counts) -> tuple[Tensor, Tensor]:
    """x and y of the points of a curve."""
    epsilon = 1.0e-6
    tp, fn = counts["true_positives"], counts["false_negatives"]
    tn, fp = counts["true_negatives"], counts["false_positives"]
    found = div(tp + epsilon, tp + fn + epsilon)
    if curve == "ROC":
        return div(fp, fp + tn + epsilon), found
    return found, div(tp + epsilon, tp + fp + epsilon)


def _interpolated(counts: Counts, count: int) -> Tensor:
    """The area below precision over recall: between two points precision is no straight line."""
    tp, fn = counts["true_positives"], counts["false_negatives"]
    gained = tp[: count - 1] - tp[1:]
    said = tp + counts["false_positives"]
    slope = div_no_nan(gained, maximum(said[: count - 1] - said[1:], 0))
    intercept = tp[1:] - multiply(slope, said[1:])
    ratio = where(
        logical_and(said[: count - 1] > 0, said[1:] > 0),
        div_no_nan(said[: count - 1], maximum(said[1:], 0)),
        ones_like(said[1:]),
    )
    areas = div_no_nan(slope * (gained + intercept * log(ratio)), maximum(tp[1:] + fn[1:], 0))
    return reduce_sum(areas, name="interpolate_pr_auc")


# ---- Counts at thresholds ----


def _count_at_thresholds(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None,
    metrics_collections: Collections,
    updates_collections: Collections,
    name: str | None,
    kind: str,
) -> tuple[Tensor, Tensor]:
    with variable_scope(name, kind, (predictions, labels, weights)):
        values, updates = counts_at(labels, predictions, thresholds, weights, (kind,))
        value = identity(values[kind])
        return collected(value, updates[kind], metrics_collections, updates_collections)


def true_positives_at_thresholds(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often a score is above each threshold and the label is true.

    Args:
      labels: of any shape; cast to bool.
      predictions: of the shape of `labels`; floats in [0, 1].
      thresholds: numbers in [0, 1].
      weights, metrics_collections, updates_collections, name: as in `auc`.

    Returns:
      The value, float32 [thresholds], and the operation that updates it.

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.metrics.true_positives_at_thresholds`.
    """
    collections = metrics_collections, updates_collections
    kind = "true_positives"
    return _count_at_thresholds(labels, predictions, thresholds, weights, *collections, name, kind)


def true_negatives_at_thresholds(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often a score is not above a threshold and the label is false.

    See `true_positives_at_thresholds`.

    Source: TensorFlow 1.15 `tf.metrics.true_negatives_at_thresholds`.
    """
    collections = metrics_collections, updates_collections
    kind = "true_negatives"
    return _count_at_thresholds(labels, predictions, thresholds, weights, *collections, name, kind)


def false_positives_at_thresholds(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often a score is above a threshold and the label is false.

    See `true_positives_at_thresholds`.

    Source: TensorFlow 1.15 `tf.metrics.false_positives_at_thresholds`.
    """
    collections = metrics_collections, updates_collections
    kind = "false_positives"
    return _count_at_thresholds(labels, predictions, thresholds, weights, *collections, name, kind)


def false_negatives_at_thresholds(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often a score is not above a threshold and the label is true.

    See `true_positives_at_thresholds`.

    Source: TensorFlow 1.15 `tf.metrics.false_negatives_at_thresholds`.
    """
    collections = metrics_collections, updates_collections
    kind = "false_negatives"
    return _count_at_thresholds(labels, predictions, thresholds, weights, *collections, name, kind)


def _rate_at_thresholds(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None,
    metrics_collections: Collections,
    updates_collections: Collections,
    name: str | None,
    rate: str,
    other: str,
) -> tuple[Tensor, Tensor]:
    """True positives over these and another count."""
    with variable_scope(name, f"{rate}_at_thresholds", (predictions, labels, weights)):
        kinds = ("true_positives", other)
        values, updates = counts_at(labels, predictions, thresholds, weights, kinds)

        def part(counts: Counts, of: str) -> Tensor:
            hits = counts["true_positives"]
            return div(hits, _EPSILON + hits + counts[other], name=f"{rate}_{of}")

        value, update = part(values, "value"), part(updates, "update_op")
        return collected(value, update, metrics_collections, updates_collections)


def precision_at_thresholds(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of scores above each threshold whose label is true.

    See `true_positives_at_thresholds`.

    Source: TensorFlow 1.15 `tf.metrics.precision_at_thresholds`.
    """
    collections = metrics_collections, updates_collections
    kinds = "precision", "false_positives"
    return _rate_at_thresholds(labels, predictions, thresholds, weights, *collections, name, *kinds)


def recall_at_thresholds(
    labels: TensorLike,
    predictions: TensorLike,
    thresholds: Sequence[float],
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of true labels whose score is above each threshold.

    See `true_positives_at_thresholds`.

    Source: TensorFlow 1.15 `tf.metrics.recall_at_thresholds`.
    """
    collections = metrics_collections, updates_collections
    kinds = "recall", "false_negatives"
    return _rate_at_thresholds(labels, predictions, thresholds, weights, *collections, name, *kinds)


# ---- One rate where another has a value ----


def sensitivity_at_specificity(
    labels: TensorLike,
    predictions: TensorLike,
    specificity: float,
    weights: TensorLike | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of true labels that is found, where a given part of false labels is.

    Args:
      labels, predictions, weights: as in `auc`.
      specificity: the part of false labels, 0 to 1; the threshold that is nearest to it counts.
      num_thresholds: how many thresholds there are, at even distances.
      metrics_collections, updates_collections, name: as in `auc`.

    Returns:
      The value, a float32 scalar, and the operation that updates it.

    Raises:
      ValueError: `specificity` is not 0 to 1, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.metrics.sensitivity_at_specificity`.
    """
    if specificity < 0 or specificity > 1:
        raise ValueError("`specificity` must be in the range [0, 1].")
    with variable_scope(name, "sensitivity_at_specificity", (predictions, labels, weights)):
        limits = _default_thresholds(num_thresholds)
        values, updates = counts_at(labels, predictions, limits, weights, tuple(_KINDS))

        def rate(counts: Counts, name: str) -> Tensor:
            tp, fn = counts["true_positives"], counts["false_negatives"]
            tn, fp = counts["true_negatives"], counts["false_positives"]
            specificities = div(tn, tn + fp + _EPSILON)
            place = argmin(absolute(specificities - specificity), 0)
            place = cast(place, dtypes.int32)
            return div(tp[place], tp[place] + fn[place] + _EPSILON, name)

        value, update = rate(values, "value"), rate(updates, "update_op")
        return collected(value, update, metrics_collections, updates_collections)


def specificity_at_sensitivity(
    labels: TensorLike,
    predictions: TensorLike,
    sensitivity: float,
    weights: TensorLike | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of false labels that is found, where a given part of true labels is.

    Of several thresholds that are equally near the highest counts. Arguments are those of
    `sensitivity_at_specificity`.

    Source: TensorFlow 1.15 `tf.metrics.specificity_at_sensitivity`.
    """
    if sensitivity < 0 or sensitivity > 1:
        raise ValueError("`sensitivity` must be in the range [0, 1].")
    with variable_scope(name, "specificity_at_sensitivity", (predictions, labels, weights)):
        limits = _default_thresholds(num_thresholds)
        values, updates = counts_at(labels, predictions, limits, weights, tuple(_KINDS))

        def rate(counts: Counts, name: str) -> Tensor:
            tp, fn = counts["true_positives"], counts["false_negatives"]
            tn, fp = counts["true_negatives"], counts["false_positives"]
            distances = absolute(div(tp, tp + fn + _EPSILON) - sensitivity)
            is_nearest = cast(equal(distances, reduce_min(distances)), dtypes.int64)
            place = cast(argmax(cumsum(is_nearest), 0), dtypes.int32)
            return div(tn[place], tn[place] + fp[place] + _EPSILON, name)

        value, update = rate(values, "value"), rate(updates, "update_op")
        return collected(value, update, metrics_collections, updates_collections)
