"""Connectionist temporal classification, on batches of probabilities.

Source: Graves and others, Connectionist Temporal Classification (2006).
"""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import int32, int64
from tfsession.graph.composites import SparseTensor
from tfsession.layers.settings import epsilon
from tfsession.ops import array, indexing, math
from tfsession.ops.rearrange import transpose
from tfsession.ops.sparse import sparse_tensor_to_dense

__all__ = ["ctc_batch_cost", "ctc_decode", "ctc_label_dense_to_sparse"]


def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> SparseTensor:
    """Labels [batch, steps] as a SparseTensor of the first ones of each row.

    Args:
      labels: numbers of classes.
      label_lengths: [batch], how many of a row count.
    """
    shape = array.shape(labels)
    mask = array.sequence_mask(math.cast(label_lengths, int32), shape[1])
    indices = indexing.where(mask)
    values = indexing.gather_nd(labels, indices)
    return SparseTensor(math.cast(indices, int64), values, math.cast(shape, int64))


def _logarithms(y_pred: Any) -> Any:
    return math.log(transpose(y_pred, perm=[1, 0, 2]) + epsilon())


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """The loss of each sequence.

    Args:
      y_true: [batch, longest label], the labels.
      y_pred: [batch, steps, classes], probabilities.
      input_length: [batch, 1], the steps of each sequence.
      label_length: [batch, 1], the length of each label.

    Returns:
      [batch, 1].
    """
    from tfsession.ops.ctc import ctc_loss

    label_length = math.cast(array.squeeze(label_length, axis=[-1]), int32)
    input_length = math.cast(array.squeeze(input_length, axis=[-1]), int32)
    labels = ctc_label_dense_to_sparse(math.cast(y_true, int32), label_length)
    loss = ctc_loss(inputs=_logarithms(y_pred), labels=labels, sequence_length=input_length)
    return array.expand_dims(loss, 1)


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[Any], Any]:
    """The labels that probabilities stand for.

    Args:
      y_pred: [batch, steps, classes], probabilities.
      input_length: [batch], the steps of each sequence.
      greedy: whether the likeliest class of each step is taken.
      beam_width: how many labels are followed otherwise.
      top_paths: how many labels are returned otherwise.

    Returns:
      The labels, [batch, longest], -1 behind their end; and how likely each is.

    Raises:
      NotImplementedError: `greedy` is False.
    """
    from tfsession.ops.ctc import ctc_greedy_decoder

    if not greedy:
        raise NotImplementedError(
            f"ctc_decode: greedy=False, beam_width={beam_width}, top_paths={top_paths}; there is "
            "no beam search here; want greedy=True"
        )
    decoded, scores = ctc_greedy_decoder(
        inputs=_logarithms(y_pred), sequence_length=math.cast(input_length, int32)
    )
    return [sparse_tensor_to_dense(labels, default_value=-1) for labels in decoded], scores
