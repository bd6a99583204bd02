"""Metrics of predictions that are numbers of classes."""

from __future__ import annotations

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.metrics.means import mean
from tfsession.metrics.state import Collections, collected, fitted, metric_variable
from tfsession.ops.array import ones, ones_like, reshape, size
from tfsession.ops.confusion import confusion_matrix
from tfsession.ops.indexing import where
from tfsession.ops.math import cast, div, div_no_nan, equal, greater, maximum, not_equal
from tfsession.ops.rearrange import diag_part
from tfsession.ops.reduction import reduce_mean, reduce_sum
from tfsession.ops.state import assign_add, scatter_add
from tfsession.variables.scope import variable_scope


def accuracy(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of predictions that equals the labels.

    Args:
      labels: of any shape and dtype.
      predictions: of the shape of `labels`.
      weights: None, or a number, or a tensor of the rank of `labels` whose sizes are theirs or 1.
      metrics_collections: keys of collections that the value is added to.
      updates_collections: keys of collections that the update is added to.
      name: a name for the scope of the operations.

    Returns:
      The value, a float32 scalar, and the operation that updates it.

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.metrics.accuracy`.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    if labels.dtype != predictions.dtype:
        predictions = cast(predictions, labels.dtype)
    is_correct = cast(equal(predictions, labels), dtypes.float32)
    collections = metrics_collections, updates_collections
    return mean(is_correct, weights, *collections, name or "accuracy")


def _vector(x: Tensor) -> Tensor:
    return reshape(x, [-1]) if x.dims is None or len(x.dims) > 1 else x


def mean_iou(
    labels: TensorLike,
    predictions: TensorLike,
    num_classes: int,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean over the classes of intersection over union: hits / (hits + what is wrong).

    Args:
      labels: of any shape; numbers of classes.
      predictions: of the shape of `labels`.
      num_classes: how many classes there are.
      weights: None, or a tensor of the shape of `labels`.
      metrics_collections, updates_collections, name: as in `accuracy`.

    Returns:
      The value, a float32 scalar, and the operation that updates it, which returns the float64
      confusion matrix [num_classes, num_classes].

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.metrics.mean_iou`.
    """
    with variable_scope(name, "mean_iou", (predictions, labels, weights)):
        predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        total, update = _confusions(labels, predictions, num_classes, weights)
        value = _iou(total)
        return collected(value, update, metrics_collections, updates_collections)


def _confusions(
    labels: Tensor, predictions: Tensor, num_classes: int, weights: TensorLike | None
) -> tuple[Tensor, Tensor]:
    """The confusion matrix of all predictions, and its update."""
    total = metric_variable(
        [num_classes, num_classes], dtypes.float64, name="total_confusion_matrix"
    )
    predictions = _vector(cast(predictions, dtypes.int64))
    labels = _vector(cast(labels, dtypes.int64))
    if weights is not None:
        weights = _vector(convert_to_tensor(weights))
    current = confusion_matrix(
        labels, predictions, cast(num_classes, dtypes.int64), weights=weights, dtype=dtypes.float64
    )
    return total, assign_add(total, current)


def _iou(total: Tensor) -> Tensor:
    sum_over_row = cast(reduce_sum(total, 0), dtypes.float32)
    sum_over_column = cast(reduce_sum(total, 1), dtypes.float32)
    hits = cast(diag_part(total), dtypes.float32)
    union = sum_over_row + sum_over_column - hits
    # Classes that there have been neither as labels nor as predictions do not count.
    present = reduce_sum(cast(not_equal(union, 0), dtypes.float32))
    union = where(greater(union, 0), union, ones_like(union))
    ratios = div(hits, union)
    return where(greater(present, 0), reduce_sum(ratios, name="mean_iou") / present, 0)


def mean_per_class_accuracy(
    labels: TensorLike,
    predictions: TensorLike,
    num_classes: int,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean over the classes of the part of their labels that is found.

    Args:
      labels, predictions, num_classes, weights: as in `mean_iou`.
      metrics_collections, updates_collections, name: as in `accuracy`.

    Returns:
      The value, a float32 scalar, and the operation that updates it, which returns the accuracies
      of all classes.

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.metrics.mean_per_class_accuracy`.
    """
    with variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        labels = _vector(cast(labels, dtypes.int64))
        predictions = _vector(convert_to_tensor(predictions))
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        total = metric_variable([num_classes], dtypes.float32, name="total")
        count = metric_variable([num_classes], dtypes.float32, name="count")
        each = ones([size(labels)], dtypes.float32)
        if labels.dtype != predictions.dtype:
            predictions = cast(predictions, labels.dtype)
        is_correct = cast(equal(predictions, labels), dtypes.float32)
        if weights is not None:
            weights = cast(_vector(convert_to_tensor(weights)), dtypes.float32)
            is_correct *= weights
            each *= weights
        new_total = scatter_add(total, labels, each)
        new_count = scatter_add(count, labels, is_correct)
        accuracies = div_no_nan(count, maximum(total, 0))
        value = reduce_mean(accuracies, name="mean_accuracy")
        update = div_no_nan(new_count, maximum(new_total, 0), name="update_op")
        return collected(value, update, metrics_collections, updates_collections)
