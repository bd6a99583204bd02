"""Cross entropies of probabilities; of logits where it is known what has made them."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.keras.backend.tensors import int_shape
from tfsession.layers.settings import epsilon
from tfsession.ops import array, math, reduction, softmax
from tfsession.ops.clip import clip_by_value
from tfsession.ops.rearrange import transpose

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
]


def _made_by(output: Any, op: str) -> bool:
    return getattr(getattr(output, "op", None), "type", None) == op


def _epsilon(output: Any) -> Any:
    return convert_to_tensor(epsilon(), output.dtype.base_dtype)


def _kept_from_zero(output: Any) -> Any:
    smallest = _epsilon(output)
    return clip_by_value(output, smallest, 1.0 - smallest)


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """The cross entropy of probabilities of classes.

    Args:
      target: the probabilities of the classes, of the shape of `output`.
      output: what was predicted.
      from_logits: whether `output` are logits.
      axis: the axis of the classes.
    """
    if not from_logits and not _made_by(output, "Softmax"):
        output = output / reduction.reduce_sum(output, axis, True)
        output = _kept_from_zero(output)
        return -reduction.reduce_sum(target * math.log(output), axis)
    logits = output if from_logits else output.op.inputs[0]
    return softmax.softmax_cross_entropy_with_logits_v2(labels=target, logits=logits, axis=axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """The cross entropy where one class is right.

    Args:
      target: the numbers of the right classes.
      output: what was predicted.
      from_logits: whether `output` are logits.
      axis: the axis of the classes.
    """
    if not from_logits:
        if _made_by(output, "Softmax"):
            output = output.op.inputs[0]
        else:
            output = math.log(_kept_from_zero(output))
    rank = len(output.shape)
    axis %= rank
    if axis != rank - 1:
        output = transpose(output, [*range(axis), *range(axis + 1, rank), axis])
    shape = array.shape(output)
    target = math.cast(array.reshape(target, [-1]), "int64")
    logits = array.reshape(output, [-1, int_shape(output)[-1]])
    loss = softmax.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logits)
    return array.reshape(loss, shape[:-1]) if rank >= 3 else loss


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """The cross entropy of yes and no, of each element.

    Args:
      target: 0, 1 or a probability.
      output: the probabilities that were predicted.
      from_logits: whether `output` are logits.
    """
    if not from_logits and not _made_by(output, "Sigmoid"):
        smallest = _epsilon(output)
        output = _kept_from_zero(output)
        entropy = target * math.log(output + smallest)
        entropy += (1 - target) * math.log(1 - output + smallest)
        return -entropy
    logits = output if from_logits else output.op.inputs[0]
    return softmax.sigmoid_cross_entropy_with_logits(labels=target, logits=logits)
