"""Counts of how a classifier's predictions meet the labels."""

from __future__ import annotations

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import ones_like, squeeze, stack
from tfsession.ops.check import assert_less, assert_non_negative
from tfsession.ops.control import with_dependencies
from tfsession.ops.indexing import scatter_nd
from tfsession.ops.math import cast, maximum
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
        labels, predictions = _of_one_rank(
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


def _of_one_rank(labels: Tensor, predictions: Tensor) -> tuple[Tensor, Tensor]:
    """The tensors, without the last dimension of 1 that one has more than the other."""
    if labels.dims is not None and predictions.dims is not None:
        difference = len(predictions.dims) - len(labels.dims)
        if difference == 1 and predictions.dims[-1] in (1, None):
            predictions = squeeze(predictions, [-1])
        elif difference == -1 and labels.dims[-1] in (1, None):
            labels = squeeze(labels, [-1])
    return labels, predictions
