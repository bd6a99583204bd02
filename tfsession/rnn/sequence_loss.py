"""`tf.contrib.seq2seq`: the loss of sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.dtypes import int64
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import reshape, shape
from tfsession.ops.math import cast, div_no_nan
from tfsession.ops.reduction import count_nonzero, reduce_sum
from tfsession.ops.softmax import sparse_softmax_cross_entropy_with_logits

__all__ = ["sequence_loss"]


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The weighted cross entropy of logits of sequences.

    Args:
      logits: of shape [batch, time, classes].
      targets: ints of shape [batch, time].
      weights: floats of shape [batch, time].
      average_across_timesteps: whether the loss is the mean over the steps, by weight.
      average_across_batch: whether it is the mean over the batch, by weight.
      sum_over_timesteps: whether it is summed over the steps, and divided by how many count.
      sum_over_batch: whether it is summed over the batch, and divided by how many count.
      softmax_loss_function: takes `labels` and `logits`, returns losses; the cross entropy when
        None.
      name: a name for the scope of the operations.

    Returns:
      A scalar where both axes are gone, else a loss for each step, for each sequence, or for each
      step of each.

    Raises:
      ValueError: a rank is wrong, or an axis is both averaged and summed over.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.sequence_loss`.
    """
    if len(logits.get_shape()) != 3:
        raise ValueError("Logits must be a [batch_size x sequence_length x logits] tensor")
    if len(targets.get_shape()) != 2:
        raise ValueError("Targets must be a [batch_size x sequence_length] tensor")
    if len(weights.get_shape()) != 2:
        raise ValueError("Weights must be a [batch_size x sequence_length] tensor")
    if average_across_timesteps and sum_over_timesteps:
        raise ValueError(
            "average_across_timesteps and sum_over_timesteps cannot be set to True at same time."
        )
    if average_across_batch and sum_over_batch:
        raise ValueError(
            "average_across_batch and sum_over_batch cannot be set to True at same time."
        )
    with name_scope(name, "sequence_loss", [logits, targets, weights]):
        classes = shape(logits)[2]
        flat_logits = reshape(logits, [-1, classes])
        flat_targets = reshape(targets, [-1])
        if softmax_loss_function is None:
            losses = sparse_softmax_cross_entropy_with_logits(
                labels=flat_targets, logits=flat_logits
            )
        else:
            losses = softmax_loss_function(labels=flat_targets, logits=flat_logits)
        losses *= reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return div_no_nan(reduce_sum(losses), reduce_sum(weights))
        if sum_over_timesteps and sum_over_batch:
            count = cast(_count(weights), losses.dtype)
            return div_no_nan(reduce_sum(losses), count)
        losses = reshape(losses, shape(logits)[0:2])
        if average_across_timesteps or average_across_batch:
            axes = [0] if average_across_batch else [1]
            return div_no_nan(reduce_sum(losses, axis=axes), reduce_sum(weights, axis=axes))
        if sum_over_timesteps or sum_over_batch:
            axes = [0] if sum_over_batch else [1]
            count = cast(_count(weights, axes), losses.dtype)
            return div_no_nan(reduce_sum(losses, axis=axes), count)
        return losses


def _count(weights: Any, axes: list[int] | None = None) -> Any:
    """How many weights are not zero."""
    return count_nonzero(weights, axis=axes, dtype=int64)
