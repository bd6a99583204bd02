"""Losses of one replica among several; here there is one."""

from __future__ import annotations

from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.ops import array, math, reduction

__all__ = ["compute_average_loss", "scale_regularization_loss"]


def compute_average_loss(
    per_example_loss: TensorLike,
    sample_weight: TensorLike | None = None,
    global_batch_size: TensorLike | None = None,
) -> Tensor:
    """The sum of weighted losses over the number of examples in the whole batch.

    Args:
      per_example_loss: [batch, ...]; of integers the result is float64.
      sample_weight: what losses are multiplied by; a weight for each example, where it has a rank
        less.
      global_batch_size: how many examples all replicas have together; those of this one when None.

    Returns:
      A scalar.

    Raises:
      ValueError: `per_example_loss` is a scalar.

    Source: TensorFlow 1.15 `tf.nn.compute_average_loss`.
    """
    losses = convert_to_tensor(per_example_loss)
    if losses.dims == ():
        raise ValueError(
            "Invalid value passed for `per_example_loss`. Expected a tensor with at least rank 1, "
            f"received: {losses}"
        )
    weighted = losses
    if sample_weight is not None:
        weights = math.cast(convert_to_tensor(sample_weight), losses.dtype)
        if weights.dims and losses.dims is not None and len(weights.dims) == len(losses.dims) - 1:
            weights = array.expand_dims(weights, -1)
        weighted = losses * weights
    count = array.shape(losses)[0] if global_batch_size is None else global_batch_size
    total = reduction.reduce_sum(weighted)
    result: Tensor = total / math.cast(count, losses.dtype)
    return result


def scale_regularization_loss(regularization_loss: TensorLike) -> Tensor:
    """The sum of losses over the number of replicas, of which there is one.

    Source: TensorFlow 1.15 `tf.nn.scale_regularization_loss`.
    """
    loss = reduction.reduce_sum(convert_to_tensor(regularization_loss))
    # Integers become float64, as with any quotient.
    result: Tensor = loss / math.cast(1, loss.dtype)
    return result
