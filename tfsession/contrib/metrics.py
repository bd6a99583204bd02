"""`tf.contrib.metrics`: the metrics of `tf.metrics` with predictions first, and some more.

What is not defined here is the function of `tf.metrics` of the same name, without "streaming_".
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tfsession import dtypes, metrics
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.metrics.state import Collections, collected, fitted, metric_variable
from tfsession.metrics.thresholds import counts_at
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.ops.array import concat, identity, shape, size
from tfsession.ops.confusion import confusion_matrix as confusion_matrix
from tfsession.ops.indexing import where
from tfsession.ops.math import (
    cast,
    div,
    div_no_nan,
    equal,
    less_equal,
    minimum,
    multiply,
    sqrt,
    truediv,
)
from tfsession.ops.nn import in_top_k
from tfsession.ops.reduction import reduce_mean, reduce_sum
from tfsession.ops.sets import (
    set_difference as set_difference,
    set_intersection as set_intersection,
    set_size as set_size,
    set_union as set_union,
)
from tfsession.ops.state import assign, assign_add
from tfsession.ops.weights import broadcast_weights
from tfsession.variables.scope import variable_scope

_explain_in(__name__)
_register("tfsession.contrib.metrics", {"python.ops.metric_ops": "contrib.metrics"})

_Metric = Callable[..., tuple[Tensor, Tensor]]


def _predictions_first(metric: _Metric, first: str = "predictions") -> _Metric:
    """A metric with its first two arguments in the other order."""
    labels, predictions, *rest = inspect.signature(metric).parameters.values()

    @functools.wraps(metric)
    def swapped(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        bound = signature.bind(*args, **kwargs).arguments
        given = {predictions.name if key == first else key: bound[key] for key in bound}
        return metric(**given)

    signature = inspect.Signature([predictions.replace(name=first), labels, *rest])
    swapped.__signature__ = signature  # type: ignore[attr-defined]
    return swapped


def _at_thresholds(kind: str) -> _Metric:
    """How often predictions are right or wrong in one way, as a variable without a scope."""

    def at_thresholds(
        predictions: TensorLike,
        labels: TensorLike,
        thresholds: Sequence[float],
        weights: TensorLike | None = None,
    ) -> tuple[Tensor, Tensor]:
        values, updates = counts_at(labels, predictions, thresholds, weights, (kind,))
        return values[kind], updates[kind]

    return at_thresholds


streaming_mean = metrics.mean
streaming_mean_tensor = metrics.mean_tensor
streaming_percentage_less = metrics.percentage_below
streaming_accuracy = _predictions_first(metrics.accuracy)
streaming_auc = _predictions_first(metrics.auc)
streaming_false_negatives = _predictions_first(metrics.false_negatives)
streaming_false_negatives_at_thresholds = _at_thresholds("false_negatives")
streaming_false_positives = _predictions_first(metrics.false_positives)
streaming_false_positives_at_thresholds = _at_thresholds("false_positives")
streaming_mean_absolute_error = _predictions_first(metrics.mean_absolute_error)
streaming_mean_cosine_distance = _predictions_first(metrics.mean_cosine_distance)
streaming_mean_iou = _predictions_first(metrics.mean_iou)
streaming_mean_relative_error = _predictions_first(metrics.mean_relative_error)
streaming_mean_squared_error = _predictions_first(metrics.mean_squared_error)
streaming_precision = _predictions_first(metrics.precision)
streaming_precision_at_thresholds = _predictions_first(metrics.precision_at_thresholds)
streaming_recall = _predictions_first(metrics.recall)
streaming_recall_at_thresholds = _predictions_first(metrics.recall_at_thresholds)
streaming_root_mean_squared_error = _predictions_first(metrics.root_mean_squared_error)
streaming_sensitivity_at_specificity = _predictions_first(metrics.sensitivity_at_specificity)
streaming_sparse_average_precision_at_k = _predictions_first(metrics.average_precision_at_k)
streaming_sparse_precision_at_k = _predictions_first(metrics.precision_at_k)
streaming_sparse_recall_at_k = _predictions_first(metrics.recall_at_k)
streaming_specificity_at_sensitivity = _predictions_first(metrics.specificity_at_sensitivity)
streaming_true_negatives = _predictions_first(metrics.true_negatives)
streaming_true_negatives_at_thresholds = _at_thresholds("true_negatives")
streaming_true_positives = _predictions_first(metrics.true_positives)
streaming_true_positives_at_thresholds = _at_thresholds("true_positives")


# ---- In one step ----


def accuracy(
    predictions: TensorLike,
    labels: TensorLike,
    weights: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """The part of predictions that equals the labels, in this step.

    Args:
      predictions: strings, integers or booleans.
      labels: of the shape and dtype of `predictions`.
      weights: None, or numbers that are broadcast.
      name: a name for the scope of the operations.

    Returns:
      A float32 scalar.

    Raises:
      ValueError: dtypes differ or are none of those, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.contrib.metrics.accuracy`.
    """
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    dtype = predictions.dtype
    if not (dtype.is_integer or dtype in (dtypes.bool, dtypes.string)):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {labels.dtype!r}")
    if labels.dtype != dtype:
        raise ValueError(
            f"Dtypes of predictions and labels should match. Given: predictions ({dtype!r}) and "
            f"labels ({labels.dtype!r})"
        )
    with name_scope(name, "accuracy", [predictions, labels]):
        is_correct = cast(equal(predictions, labels), dtypes.float32)
        if weights is None:
            return reduce_mean(is_correct)
        is_correct = multiply(is_correct, weights)
        counts = multiply(weights, cast(equal(predictions, predictions), dtypes.float32))
        return div(reduce_sum(is_correct), reduce_sum(counts))


# ---- Over many ----


def streaming_recall_at_k(
    predictions: TensorLike,
    labels: TensorLike,
    k: int,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often the class that is right is among the k with the highest scores.

    Args:
      predictions: [batch, classes]; float32 scores.
      labels: [batch]; int32 or int64.
      k: how many classes are looked at.
      weights, metrics_collections, updates_collections, name: as in `tf.metrics.mean`.

    Returns:
      The value, a float32 scalar, and the operation that updates it.

    Source: TensorFlow 1.15 `tf.contrib.metrics.streaming_recall_at_k`.
    """
    is_found = cast(in_top_k(predictions, labels, k), dtypes.float32)
    collections = metrics_collections, updates_collections
    return metrics.mean(is_found, weights, *collections, name or f"recall_at_{k}")


def _rate(
    predictions: TensorLike,
    labels: TensorLike,
    weights: TensorLike | None,
    metrics_collections: Collections,
    updates_collections: Collections,
    name: str | None,
    default: str,
    wrong: _Metric,
    right: _Metric,
) -> tuple[Tensor, Tensor]:
    """wrong / (wrong + right), 0 where there is nothing."""
    with variable_scope(name, default, (predictions, labels, weights)):
        counted, new_counted = wrong(labels, predictions, weights)
        other, new_other = right(labels, predictions, weights)
        value = div_no_nan(counted, counted + other, name="value")
        update = div_no_nan(new_counted, new_counted + new_other, name="update_op")
        return collected(value, update, metrics_collections, updates_collections)


def streaming_false_positive_rate(
    predictions: TensorLike,
    labels: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of false labels that is predicted as true; see `tf.metrics.false_positives`.

    Source: TensorFlow 1.15 `tf.contrib.metrics.streaming_false_positive_rate`.
    """
    collections = metrics_collections, updates_collections
    counts = metrics.false_positives, metrics.true_negatives
    return _rate(predictions, labels, weights, *collections, name, "false_positive_rate", *counts)


def streaming_false_negative_rate(
    predictions: TensorLike,
    labels: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of true labels that is predicted as false; see `tf.metrics.false_negatives`.

    Source: TensorFlow 1.15 `tf.contrib.metrics.streaming_false_negative_rate`.
    """
    collections = metrics_collections, updates_collections
    counts = metrics.false_negatives, metrics.true_positives
    return _rate(predictions, labels, weights, *collections, name, "false_negative_rate", *counts)


class _Mean:
    """A mean over many steps, as it was before this step, in it and after it."""

    def __init__(self, name: str, values: Tensor, batch: Tensor, count: Tensor) -> None:
        """Makes the variable.

        Args:
          name: that of the variable.
          values: the weighted values of this step.
          batch: how many these are.
          count: how many there have been with them.
        """
        mean = metric_variable([], dtypes.float32, name=name)
        self.of_step = div_no_nan(reduce_sum(values), batch)
        change = div_no_nan((self.of_step - mean) * batch, count)
        self.before = assign_add(mean, change) - change


def streaming_covariance(
    predictions: TensorLike,
    labels: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The sample covariance of predictions and labels.

    Args:
      predictions: float32 of any shape.
      labels: of the shape of `predictions`.
      weights: how often each pair counts.
      metrics_collections, updates_collections, name: as in `tf.metrics.mean`.

    Returns:
      The value, a float32 scalar (NaN for one pair or none), and the operation that updates it.

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.contrib.metrics.streaming_covariance`; Chan, Golub and LeVeque,
      "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    """
    with variable_scope(name, "covariance", (predictions, labels)):
        predictions, labels, weights = fitted(predictions, labels, weights)
        count = metric_variable([], dtypes.float32, name="count")
        if weights is None:
            batch = cast(size(labels), dtypes.float32)
            of_predictions, of_labels = predictions, labels
        else:
            weights = broadcast_weights(weights, labels)
            batch = reduce_sum(weights)
            of_predictions = multiply(predictions, weights)
            of_labels = multiply(labels, weights)
        new_count = assign_add(count, batch)
        old_count = new_count - batch
        x = _Mean("mean_prediction", of_predictions, batch, new_count)
        y = _Mean("mean_label", of_labels, batch, new_count)
        products = (predictions - x.of_step) * (labels - y.of_step)
        of_step = reduce_sum(products if weights is None else products * weights)
        comoment = metric_variable([], dtypes.float32, name="comoment")
        between = (x.before - x.of_step) * (y.before - y.of_step)
        change = of_step + between * (old_count * batch / new_count)
        new_comoment = assign_add(comoment, change)

        def covariance(name: str) -> Tensor:
            ratio = truediv(comoment, count - 1)
            return where(less_equal(count, 1.0), float("nan"), ratio, name=name)

        value = covariance("covariance")
        with control_dependencies([new_comoment]):
            update = covariance("update_op")
        return collected(value, update, metrics_collections, updates_collections)


def streaming_pearson_correlation(
    predictions: TensorLike,
    labels: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Pearson's correlation of predictions and labels; see `streaming_covariance`.

    Source: TensorFlow 1.15 `tf.contrib.metrics.streaming_pearson_correlation`.
    """
    with variable_scope(name, "pearson_r", (predictions, labels, weights)):
        predictions, labels, weights = fitted(predictions, labels, weights)
        if weights is not None:
            weights = broadcast_weights(weights, labels)
        pairs = {
            "covariance": (predictions, labels),
            "variance_predictions": (predictions, predictions),
            "variance_labels": (labels, labels),
        }
        found = [streaming_covariance(*pairs[key], weights, name=key) for key in pairs]
        values, updates = zip(*found, strict=True)

        def correlation(covariances: Sequence[Tensor], name: str) -> Tensor:
            both, first, second = covariances
            return truediv(both, multiply(sqrt(first), sqrt(second)), name=name)

        value = correlation(values, "pearson_r")
        update = correlation(updates, "update_op")
        return collected(value, update, metrics_collections, updates_collections)


def streaming_concat(
    values: TensorLike,
    axis: int = 0,
    max_size: int | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Any]:
    """The values of all steps, one behind the other.

    Args:
      values: of a shape that is known but for `axis`.
      axis: the dimension in which they are joined.
      max_size: how many of that dimension are kept, the first ones; None for all.
      metrics_collections, updates_collections, name: as in `tf.metrics.mean`.

    Returns:
      The value, of the dtype of `values`, and the operation that updates it.

    Raises:
      ValueError: the axis is not there, or another dimension not known.

    Source: TensorFlow 1.15 `tf.contrib.metrics.streaming_concat`.
    """
    with variable_scope(name, "streaming_concat", (values,)):
        values = convert_to_tensor(values)
        dims = values.get_shape().as_list()
        if not 0 <= axis < len(dims):
            raise ValueError(f"axis = {axis} not in [0, {len(dims)})")
        if None in (dim for number, dim in enumerate(dims) if number != axis):
            raise ValueError(
                "all dimensions of `values` other than the dimension to concatenate "
                "along must have statically known size"
            )
        first = [0 if number == axis else dim for number, dim in enumerate(dims)]
        array = metric_variable(first, values.dtype, name="array", validate_shape=False)
        count = metric_variable([], dtypes.int32, name="size")
        kept = tuple(slice(None) for _ in range(axis))
        joined = concat([array, values], axis, name="joined")
        number = shape(joined)[axis]
        if max_size is not None:
            number = minimum(number, max_size)
        joined = joined[(*kept, slice(None, number))]
        new_array = assign(array, joined, validate_shape=False, name="update")
        with control_dependencies([new_array]):
            update = assign(count, number)
        value = identity(array.value()[(*kept, slice(None, count))], name="concat")
        value.set_shape([None if number == axis else dim for number, dim in enumerate(dims)])
        return collected(value, update, metrics_collections, updates_collections)


# ---- Several metrics ----


def aggregate_metrics(*value_update_tuples: tuple[Tensor, Tensor]) -> tuple[list[Any], list[Any]]:
    """The values and the updates of several metrics, as two lists.

    Raises:
      ValueError: there are none.

    Source: TensorFlow 1.15 `tf.contrib.metrics.aggregate_metrics`.
    """
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(
    names_to_tuples: Mapping[str, tuple[Tensor, Tensor]],
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The values and the updates of named metrics, as two dictionaries.

    Source: TensorFlow 1.15 `tf.contrib.metrics.aggregate_metric_map`.
    """
    values = {name: pair[0] for name, pair in names_to_tuples.items()}
    return values, {name: pair[1] for name, pair in names_to_tuples.items()}
