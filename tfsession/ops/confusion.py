"""Counts of how a classifier's predictions meet the labels."""

from __future__ import annotations

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import ones_like, rank, squeeze, stack
from tfsession.ops.check import assert_less, assert_non_negative
from tfsession.ops.control import with_dependencies
from tfsession.ops.control_flow import cond
from tfsession.ops.indexing import scatter_nd
from tfsession.ops.math import cast, equal, maximum
from tfsession.ops.reduction import reduce_max

__all__ = ["confusion_matrix"]


def confusion_matrix(
    labels: TensorLike,
    predictions: TensorLike,
    num_classes: TensorLike | None = None,
    dtype: DTypeLike = dtypes.int32,
    name: str | None = None,
    weights: TensorLike | None = None,
) -> Tensor:
    """Returns how often each label (a row) was predicted as each class (a column).

    Args:
      labels: [n]; classes from 0 on.
      predictions: [n]; either may have a last dimension of 1 more than the other.
      num_classes: how many classes there are; one more than the highest one when None.
      dtype: the DType of the result.
      name: a name for the scope of the operations.
      weights: [n]; what each prediction counts, 1 when None.

    Returns:
      [classes, classes]. A class that is negative or too high is an InvalidArgumentError.

    Raises:
      ValueError: shapes do not fit.

    Source: TensorFlow 1.15 `tf.confusion_matrix`.
    """
    with name_scope(name, "confusion_matrix", [predictions, labels, num_classes, weights]):
        labels, predictions = remove_squeezable_dimensions(
            convert_to_tensor(labels, name="labels"),
            convert_to_tensor(predictions, name="predictions"),
        )
        predictions = cast(predictions, dtypes.int64)
        labels = cast(labels, dtypes.int64)
        # Positions outside the matrix are reported by what they mean.
        labels = with_dependencies(
            [assert_non_negative(labels, message="`labels` contains negative values")], labels
        )
        predictions = with_dependencies(
            [assert_non_negative(predictions, message="`predictions` contains negative values")],
            predictions,
        )
        if num_classes is None:
            num_classes = maximum(reduce_max(predictions), reduce_max(labels)) + 1
        else:
            limit = cast(num_classes, dtypes.int64)
            labels = with_dependencies(
                [assert_less(labels, limit, message="`labels` out of bound")], labels
            )
            predictions = with_dependencies(
                [assert_less(predictions, limit, message="`predictions` out of bound")],
                predictions,
            )
        if weights is None:
            values = ones_like(predictions, dtype)
        else:
            weights = convert_to_tensor(weights, name="weights")
            predictions.get_shape().assert_is_compatible_with(weights.get_shape())
            values = cast(weights, dtype)
        shape = stack([num_classes, num_classes])
        indices = stack([labels, predictions], axis=1)
        return scatter_nd(indices, values, cast(shape, dtypes.int64))


def remove_squeezable_dimensions(
    labels: TensorLike,
    predictions: TensorLike,
    expected_rank_diff: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Takes off the last dimension of 1 that one of two tensors has too many.

    Args:
      labels: a tensor.
      predictions: a tensor.
      expected_rank_diff: how many dimensions more predictions should have.
      name: a name for the scope of the operations.

    Returns:
      Both, as they should be if they differ by one dimension from that.

    Raises:
      ValueError: the last dimension is known not to be 1.

    Source: TensorFlow 1.15, python/ops/confusion_matrix.py `remove_squeezable_dimensions`.
    """
    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        predictions = convert_to_tensor(predictions)
        labels = convert_to_tensor(labels)
        if labels.dims is not None and predictions.dims is not None:
            difference = len(predictions.dims) - len(labels.dims)
            if difference == expected_rank_diff + 1:
                predictions = squeeze(predictions, [-1])
            elif difference == expected_rank_diff - 1:
                labels = squeeze(labels, [-1])
            return labels, predictions
        excess = rank(predictions) - rank(labels)
        return (
            _squeezed_where(excess, expected_rank_diff - 1, labels),
            _squeezed_where(excess, expected_rank_diff + 1, predictions),
        )


def _squeezed_where(excess: Tensor, wanted: int, x: Tensor) -> Tensor:
    """A tensor without its last dimension, which may be 1, where `excess` is what is wanted."""
    if x.dims is not None and (not x.dims or x.dims[-1] not in (1, None)):
        return x
    found: Tensor = cond(equal(wanted, excess), lambda: squeeze(x, [-1]), lambda: x)
    return found
