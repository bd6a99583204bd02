"""Metrics that are means."""

from __future__ import annotations

from tfsession import dtypes
from tfsession.graph.build import TensorLike
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import control_dependencies
from tfsession.metrics.state import Collections, collected, fitted, metric_variable
from tfsession.ops.array import ones_like, size, zeros_like
from tfsession.ops.confusion import remove_squeezable_dimensions
from tfsession.ops.indexing import where
from tfsession.ops.math import (
    abs as absolute,
    cast,
    div,
    div_no_nan,
    equal,
    less,
    maximum,
    multiply,
    sqrt,
    squared_difference,
    subtract,
)
from tfsession.ops.reduction import reduce_sum
from tfsession.ops.state import assign_add
from tfsession.ops.weights import broadcast_weights
from tfsession.variables.scope import variable_scope


def _ratio(total: Tensor, count: Tensor, name: str) -> Tensor:
    """total / count; 0 where count is 0 or less."""
    return div_no_nan(total, maximum(count, 0), name=name)


def mean(
    values: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The weighted mean of all values.

    Args:
      values: numbers of any shape.
      weights: None, or a number, or a tensor of the rank of `values` whose sizes are theirs or 1.
      metrics_collections: keys of collections that the value is added to.
      updates_collections: keys of collections that the update is added to.
      name: a name for the scope of the operations.

    Returns:
      The value, a float32 scalar, and the operation that updates it.

    Raises:
      ValueError: weights do not fit.

    Source: TensorFlow 1.15 `tf.metrics.mean`.
    """
    with variable_scope(name, "mean", (values, weights)):
        values = cast(values, dtypes.float32)
        total = metric_variable([], dtypes.float32, name="total")
        count = metric_variable([], dtypes.float32, name="count")
        if weights is None:
            number = cast(size(values), dtypes.float32)
        else:
            values, _, weights = fitted(values, None, weights)
            weights = broadcast_weights(cast(weights, dtypes.float32), values)
            values = multiply(values, weights)
            number = reduce_sum(weights)
        new_total = assign_add(total, reduce_sum(values))
        with control_dependencies([values]):
            new_count = assign_add(count, number)
        value = _ratio(total, count, "value")
        update = _ratio(new_total, new_count, "update_op")
        return collected(value, update, metrics_collections, updates_collections)


def mean_tensor(
    values: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The weighted mean of each element, over the runs.

    Args:
      values: numbers, of a known shape.
      weights, metrics_collections, updates_collections, name: as in `mean`.

    Returns:
      The value, float32 of the shape of `values`, and the operation that updates it.

    Raises:
      ValueError: the shape is not known, or weights do not fit.

    Source: TensorFlow 1.15 `tf.metrics.mean_tensor`.
    """
    with variable_scope(name, "mean", (values, weights)):
        values = cast(values, dtypes.float32)
        total = metric_variable(values.get_shape(), dtypes.float32, name="total_tensor")
        count = metric_variable(values.get_shape(), dtypes.float32, name="count_tensor")
        number = ones_like(values)
        if weights is not None:
            values, _, weights = fitted(values, None, weights)
            weights = broadcast_weights(cast(weights, dtypes.float32), values)
            values = multiply(values, weights)
            number = multiply(number, weights)
        new_total = assign_add(total, values)
        with control_dependencies([values]):
            new_count = assign_add(count, number)
        value = _ratio(total, count, "value")
        update = _ratio(new_total, new_count, "update_op")
        return collected(value, update, metrics_collections, updates_collections)


def percentage_below(
    values: TensorLike,
    threshold: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of all values that is below a threshold, 0 to 1; see `mean`.

    Source: TensorFlow 1.15 `tf.metrics.percentage_below`.
    """
    is_below = cast(less(values, threshold), dtypes.float32)
    name = name or "percentage_below_threshold"
    return mean(is_below, weights, metrics_collections, updates_collections, name)


def mean_absolute_error(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean of |predictions - labels|; see `mean`. Both are of one shape and dtype.

    Source: TensorFlow 1.15 `tf.metrics.mean_absolute_error`.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    errors = absolute(predictions - labels)
    name = name or "mean_absolute_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def mean_squared_error(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean of (predictions - labels)^2; see `mean`. Both are of one shape and dtype.

    Source: TensorFlow 1.15 `tf.metrics.mean_squared_error`.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    errors = squared_difference(labels, predictions)
    name = name or "mean_squared_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def root_mean_squared_error(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The root of `mean_squared_error`.

    Source: TensorFlow 1.15 `tf.metrics.root_mean_squared_error`.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    value, update = mean_squared_error(
        labels, predictions, weights, None, None, name or "root_mean_squared_error"
    )
    return collected(sqrt(value), sqrt(update), metrics_collections, updates_collections)


def mean_relative_error(
    labels: TensorLike,
    predictions: TensorLike,
    normalizer: TensorLike,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean of |labels - predictions| / normalizer, 0 where `normalizer` is 0; see `mean`.

    Source: TensorFlow 1.15 `tf.metrics.mean_relative_error`.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    predictions, divisor = remove_squeezable_dimensions(predictions, normalizer)
    predictions.get_shape().assert_is_compatible_with(divisor.get_shape())
    errors = where(
        equal(divisor, 0.0), zeros_like(labels), div(absolute(labels - predictions), divisor)
    )
    name = name or "mean_relative_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


def mean_cosine_distance(
    labels: TensorLike,
    predictions: TensorLike,
    dim: int,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean of 1 - cos(labels, predictions) of vectors of length 1 along `dim`; see `mean`.

    Source: TensorFlow 1.15 `tf.metrics.mean_cosine_distance`.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    cosines = reduce_sum(multiply(predictions, labels), axis=[dim], keepdims=True)
    value, update = mean(cosines, weights, None, None, name or "mean_cosine_distance")
    value, update = subtract(1.0, value), subtract(1.0, update)
    return collected(value, update, metrics_collections, updates_collections)
