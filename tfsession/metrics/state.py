"""What all metrics share: the variables they keep, and how their arguments fit together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import GraphKeys, add_to_collections
from tfsession.ops.array import expand_dims, rank, squeeze, zeros
from tfsession.ops.confusion import remove_squeezable_dimensions
from tfsession.ops.control_flow import cond
from tfsession.ops.math import equal
from tfsession.variables.variable import Variable

# The keys of collections, or one, or None.
Collections: TypeAlias = Any


def metric_variable(
    shape: Sequence[int], dtype: dtypes.DType, name: str, validate_shape: bool = True
) -> Any:
    """A variable that a metric keeps: local, and among those of metrics.

    Source: TensorFlow 1.15, python/ops/metrics_impl.py `metric_variable`.
    """
    return Variable(
        lambda: zeros(shape, dtype),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        validate_shape=validate_shape,
        name=name,
    )


def collected(
    value: Tensor,
    update: Tensor,
    metrics_collections: Collections,
    updates_collections: Collections,
) -> tuple[Tensor, Tensor]:
    """Both, added to collections."""
    if metrics_collections:
        add_to_collections(metrics_collections, value)
    if updates_collections:
        add_to_collections(updates_collections, update)
    return value, update


def fitted(
    predictions: TensorLike, labels: TensorLike | None, weights: TensorLike | None
) -> tuple[Tensor, Any, Any]:
    """Predictions, labels and weights, without a last dimension of 1 that one has too many.

    Raises:
      ValueError: labels have not the shape of the predictions.
    """
    predictions = convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = remove_squeezable_dimensions(labels, predictions)
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    if weights is None:
        return predictions, labels, None
    return predictions, labels, _fitted_weights(convert_to_tensor(weights), predictions)


def _fitted_weights(weights: Tensor, predictions: Tensor) -> Tensor:
    """Weights that are no scalar, of the rank of the predictions where they differ by one."""
    dims = weights.dims
    if dims == ():
        return weights
    if dims is not None and predictions.dims is not None:
        excess = len(dims) - len(predictions.dims)
        if excess == 1:
            return squeeze(weights, [-1])
        return expand_dims(weights, [-1]) if excess == -1 else weights
    weights_rank = rank(weights)
    difference = weights_rank - rank(predictions)

    def expanded() -> Any:
        return cond(equal(difference, -1), lambda: expand_dims(weights, [-1]), lambda: weights)

    adjusted = expanded
    if dims is None or dims[-1] in (1, None):

        def adjusted() -> Any:
            return cond(equal(difference, 1), lambda: squeeze(weights, [-1]), expanded)

    found: Tensor = cond(equal(weights_rank, 0), lambda: weights, adjusted)
    return found
