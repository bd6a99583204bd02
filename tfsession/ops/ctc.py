"""Connectionist temporal classification: sequences of labels without times."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops.array import deprecated_argument, expand_dims
from tfsession.ops.rearrange import transpose
from tfsession.registry import gradient, no_gradient, op, shape
from tfsession.shapes import Dims, merge_dim, with_rank

__all__ = ["ctc_greedy_decoder", "ctc_loss"]

op(
    "CTCLoss(inputs: T, labels_indices: int64, labels_values: int32, sequence_length: int32)"
    " -> loss: T, gradient: T",
    "preprocess_collapse_repeated: bool = false; ctc_merge_repeated: bool = true;"
    " ignore_longer_outputs_than_inputs: bool = false; T: {float32, float64} = float32",
)
op(
    "CTCGreedyDecoder(inputs: T, sequence_length: int32) -> decoded_indices: int64,"
    " decoded_values: int64, decoded_shape: int64, log_probability: T",
    "merge_repeated: bool = false; T: {float32, float64} = float32",
)
no_gradient("CTCGreedyDecoder")


@shape("CTCLoss")
def ctc_loss_shape(
    inputs: Tensor, labels_indices: Tensor, labels_values: Tensor, sequence_length: Tensor
) -> list[Dims]:
    """[batch] and [time, batch, classes]."""
    time, batch, classes = with_rank(inputs.dims, 3)
    with_rank(labels_indices.dims, 2)
    with_rank(labels_values.dims, 1)
    batch = merge_dim(batch, with_rank(sequence_length.dims, 1)[0])
    return [(batch,), (time, batch, classes)]


@gradient("CTCLoss")
def ctc_loss_gradient(op: Operation, dloss: Tensor, _: Any) -> list[Any]:
    """The gradient that the operation has computed, for each sequence times dloss."""
    found = build("PreventGradient", op.outputs[1], message=_SECOND)
    return [expand_dims(expand_dims(dloss, 0), -1) * found, None, None, None]


_SECOND = "Currently there is no way to take the second derivative of ctc_loss."


@shape("CTCGreedyDecoder")
def ctc_greedy_decoder_shape(inputs: Tensor, sequence_length: Tensor) -> list[Dims]:
    """A sparse matrix, and [batch, 1]."""
    _, batch, _ = with_rank(inputs.dims, 3)
    batch = merge_dim(batch, with_rank(sequence_length.dims, 1)[0])
    return [(None, 2), (None,), (2,), (batch, 1)]


def ctc_loss(
    labels: Any,
    inputs: TensorLike | None = None,
    sequence_length: TensorLike | None = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: TensorLike | None = None,
) -> Tensor:
    """Minus the log-probability of sequences of labels, over all the ways to spread them in time.

    Args:
      labels: an int32 SparseTensor [batch, labels]; numbers in [0, classes - 1).
      inputs: [time, batch, classes]; float32 or float64 logits. The last class is the blank.
      sequence_length: [batch]; int32, how many steps each sequence has.
      preprocess_collapse_repeated: whether labels that follow themselves are one label.
      ctc_merge_repeated: whether a label that stays for several steps is one label; else each step
        is a label of its own.
      ignore_longer_outputs_than_inputs: whether sequences with more labels than steps have loss and
        gradient 0; else they are an error.
      time_major: whether time comes before batch.
      logits: the newer name of `inputs`.

    Returns:
      [batch]; the loss of each sequence.

    Raises:
      TypeError: `labels` is no SparseTensor.
      InvalidArgumentError: at a run, labels are no classes, or do not fit.

    Source: TensorFlow 1.15 `tf.nn.ctc_loss`; Graves et al., "Connectionist temporal
      classification", 2006.
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    inputs = convert_to_tensor(deprecated_argument("logits", logits, "inputs", inputs))
    if not time_major:
        inputs = transpose(inputs, [1, 0, 2])
    loss, _ = build(
        "CTCLoss",
        inputs,
        labels.indices,
        labels.values,
        sequence_length,
        preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated,
        ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )
    result: Tensor = loss
    return result


def ctc_greedy_decoder(
    inputs: TensorLike, sequence_length: TensorLike, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """The labels of the most probable class of each step.

    Args:
      inputs: [time, batch, classes]; float32 or float64 logits. The last class is the blank.
      sequence_length: [batch]; int32.
      merge_repeated: whether a class that stays for several steps is one label.

    Returns:
      A list of one int64 SparseTensor [batch, labels], and [batch, 1]: minus the sum of the highest
      logits.

    Source: TensorFlow 1.15 `tf.nn.ctc_greedy_decoder`.
    """
    indices, values, dense_shape, log_probability = build(
        "CTCGreedyDecoder", inputs, sequence_length, merge_repeated=merge_repeated
    )
    return [SparseTensor(indices, values, dense_shape)], log_probability
