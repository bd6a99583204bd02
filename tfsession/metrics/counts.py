"""Metrics that count how yes-or-no predictions meet the labels."""

from __future__ import annotations

from tfsession import dtypes
from tfsession.graph.build import TensorLike
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import control_dependencies
from tfsession.metrics.state import Collections, collected, fitted, metric_variable
from tfsession.ops.array import identity, rank
from tfsession.ops.check import assert_rank_in, assert_type
from tfsession.ops.indexing import where
from tfsession.ops.math import cast, div, equal, greater, logical_and, multiply
from tfsession.ops.reduction import reduce_sum
from tfsession.ops.state import assign_add
from tfsession.variables.scope import variable_scope


def _booleans(
    labels: TensorLike, predictions: TensorLike, weights: TensorLike | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """All three, of shapes that fit: labels and predictions as booleans."""
    predictions, labels, weights = fitted(
        cast(predictions, dtypes.bool), cast(labels, dtypes.bool), weights
    )
    return labels, predictions, weights


def _count(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None,
    metrics_collections: Collections,
    updates_collections: Collections,
    name: str | None,
    kind: str,
) -> tuple[Tensor, Tensor]:
    """How often a prediction was right or wrong in one way, summed up.

    Args:
      kind: "true_positives" or one of the three like it; the default name of the scope.
    """
    is_positive = kind.endswith("positives")
    is_label = kind.startswith("true") is is_positive
    with variable_scope(name, kind, (predictions, labels, weights)):
        labels, predictions, weights = _booleans(labels, predictions, weights)
        values = logical_and(equal(labels, is_label), equal(predictions, is_positive))
        assert_type(values, dtypes.bool)
        count = metric_variable([], dtypes.float32, name="count")
        values = cast(values, dtypes.float32)
        if weights is not None:
            with control_dependencies([assert_rank_in(weights, (0, rank(values)))]):
                weights = cast(weights, dtypes.float32)
                values = multiply(values, weights)
        value = identity(count)
        update = assign_add(count, reduce_sum(values))
        return collected(value, update, metrics_collections, updates_collections)


def true_positives(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often the prediction is true and the label, too.

    Args:
      labels: of any shape; cast to bool.
      predictions: of the shape of `labels`; cast to bool.
      weights: None, or a number, or a tensor of the rank of `labels` whose sizes are theirs or 1.
      metrics_collections: keys of collections that the value is added to.
      updates_collections: keys of collections that the update is added to.
      name: a name for the scope of the operations.

    Returns:
      The value, a float32 scalar, and the operation that updates it.

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.metrics.true_positives`.
    """
    collections = metrics_collections, updates_collections
    return _count(labels, predictions, weights, *collections, name, "true_positives")


def true_negatives(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often the prediction is false and the label, too; see `true_positives`.

    Source: TensorFlow 1.15 `tf.metrics.true_negatives`.
    """
    collections = metrics_collections, updates_collections
    return _count(labels, predictions, weights, *collections, name, "true_negatives")


def false_positives(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often the prediction is true and the label is not; see `true_positives`.

    Source: TensorFlow 1.15 `tf.metrics.false_positives`.
    """
    collections = metrics_collections, updates_collections
    return _count(labels, predictions, weights, *collections, name, "false_positives")


def false_negatives(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """How often the prediction is false and the label is not; see `true_positives`.

    Source: TensorFlow 1.15 `tf.metrics.false_negatives`.
    """
    collections = metrics_collections, updates_collections
    return _count(labels, predictions, weights, *collections, name, "false_negatives")


def _part(right: Tensor, wrong: Tensor, name: str) -> Tensor:
    """right / (right + wrong), 0 where there is nothing."""
    return where(greater(right + wrong, 0), div(right, right + wrong), 0, name)


def precision(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of positive predictions that is right; see `true_positives`.

    Source: TensorFlow 1.15 `tf.metrics.precision`.
    """
    with variable_scope(name, "precision", (predictions, labels, weights)):
        labels, predictions, weights = _booleans(labels, predictions, weights)
        right, new_right = true_positives(labels, predictions, weights)
        wrong, new_wrong = false_positives(labels, predictions, weights)
        value = _part(right, wrong, "value")
        update = _part(new_right, new_wrong, "update_op")
        return collected(value, update, metrics_collections, updates_collections)


def recall(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of positive labels that is found; see `true_positives`.

    Source: TensorFlow 1.15 `tf.metrics.recall`.
    """
    with variable_scope(name, "recall", (predictions, labels, weights)):
        labels, predictions, weights = _booleans(labels, predictions, weights)
        right, new_right = true_positives(labels, predictions, weights)
        missed, new_missed = false_negatives(labels, predictions, weights)
        value = _part(right, missed, "value")
        update = _part(new_right, new_missed, "update_op")
        return collected(value, update, metrics_collections, updates_collections)
