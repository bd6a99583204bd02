"""From the losses of samples to one number."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, math, reduction as reductions
from tfsession.ops.confusion import remove_squeezable_dimensions
from tfsession.ops.weights import broadcast_weights

__all__ = ["Reduction", "fitted", "reduced", "weighted"]


class Reduction:
    """How the losses of samples become one: none, their sum, or the sum over their number.

    Source: TensorFlow 1.15 `tf.keras.losses` `Reduction`.
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """The names."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key: str) -> None:
        """Refuses other names.

        Raises:
          ValueError: it is none of them.
        """
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


def fitted(y_pred: Any, y_true: Any = None, sample_weight: Any = None) -> tuple[Any, Any, Any]:
    """Predictions, truth and weights, without an axis of size 1 that only some of them have."""
    rank = y_pred.shape.ndims
    if y_true is not None and rank is not None and y_true.shape.ndims is not None:
        has_one = rank > 0 and y_pred.shape.as_list()[-1] == 1
        if rank != y_true.shape.ndims or has_one:
            y_true, y_pred = remove_squeezable_dimensions(y_true, y_pred)
            rank = y_pred.shape.ndims
    if sample_weight is None or sample_weight.shape.ndims in (0, None) or rank is None:
        return y_pred, y_true, sample_weight
    if sample_weight.shape.ndims - rank == 1:
        sample_weight = array.squeeze(sample_weight, [-1])
    elif rank - sample_weight.shape.ndims == 1:
        sample_weight = array.expand_dims(sample_weight, [-1])
    return y_pred, y_true, sample_weight


def weighted(losses: Any, sample_weight: Any = None, reduction: str = "sum_over_batch_size") -> Any:
    """The losses of samples, times their weights, as one number.

    Args:
      losses: [batch, ...].
      sample_weight: a tensor that broadcasts to `losses`; 1 when None.
      reduction: how they become one.

    Raises:
      ValueError: the reduction is not known, or the weights do not broadcast.
    """
    Reduction.validate(reduction)
    with name_scope("weighted_loss", values=(losses, sample_weight)):
        losses = convert_to_tensor(losses)
        dtype = losses.dtype
        weights = math.cast(1.0 if sample_weight is None else sample_weight, "float32")
        losses = math.cast(losses, "float32")
        losses, _, weights = fitted(losses, None, weights)
        products = math.multiply(losses, broadcast_weights(weights, losses), name="Mul")
        return math.cast(reduced(products, reduction), dtype)


def reduced(losses: Any, reduction: str) -> Any:
    """Losses as one number."""
    if reduction == Reduction.NONE:
        return losses
    total = reductions.reduce_sum(losses)
    if reduction == Reduction.SUM:
        return total
    with name_scope("num_elements") as scope:
        count = math.cast(array.size(losses, name=scope), losses.dtype)
    return math.div_no_nan(reductions.reduce_sum(total), count, name="value")
