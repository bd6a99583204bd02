"""Connectionist temporal classification: sequences of labels without times."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, functional, indexing, math, rearrange, reduction, softmax
from tfsession.ops.array import deprecated_argument, expand_dims
from tfsession.ops.rearrange import transpose
from tfsession.registry import gradient, no_gradient, op, shape
from tfsession.shapes import Dims, merge_dim, with_rank

__all__ = [
    "collapse_repeated",
    "ctc_beam_search_decoder",
    "ctc_beam_search_decoder_v2",
    "ctc_greedy_decoder",
    "ctc_loss",
    "ctc_loss_v2",
    "ctc_unique_labels",
]

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
op(
    "CTCBeamSearchDecoder(inputs: T, sequence_length: int32) -> decoded_indices: top_paths * int64,"
    " decoded_values: top_paths * int64, decoded_shape: top_paths * int64, log_probability: T",
    "beam_width: int >= 1; top_paths: int >= 1; merge_repeated: bool = true;"
    " T: {float32, float64} = float32",
)
no_gradient("CTCGreedyDecoder", "CTCBeamSearchDecoder")


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


@shape("CTCBeamSearchDecoder")
def ctc_beam_search_decoder_shape(
    inputs: Tensor, sequence_length: Tensor, top_paths: int
) -> list[Dims]:
    """A sparse matrix for each path, and [batch, paths]."""
    _, batch, _ = with_rank(inputs.dims, 3)
    batch = merge_dim(batch, with_rank(sequence_length.dims, 1)[0])
    parts: list[Dims] = [(None, 2), (None,), (2,)]
    return [part for part in parts for _ in range(top_paths)] + [(batch, top_paths)]


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


def ctc_beam_search_decoder(
    inputs: TensorLike,
    sequence_length: TensorLike,
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
) -> tuple[list[SparseTensor], Tensor]:
    """The most probable sequences of labels, over all the ways to spread them in time.

    Args:
      inputs: [time, batch, classes]; float32 or float64 logits. The last class is the blank.
      sequence_length: [batch]; int32.
      beam_width: how many sequences are kept in a step.
      top_paths: how many are returned; at most `beam_width`.
      merge_repeated: whether a label that follows itself in a result is left out.

    Returns:
      A list of `top_paths` int64 SparseTensors [batch, labels], the most probable first, and their
      log-probabilities [batch, top_paths].

    Source: TensorFlow 1.15 `tf.nn.ctc_beam_search_decoder`; Graves and Jaitly, 2014.
    """
    indices, values, shapes, log_probability = build(
        "CTCBeamSearchDecoder",
        inputs,
        sequence_length,
        beam_width=beam_width,
        top_paths=top_paths,
        merge_repeated=merge_repeated,
    )
    decoded = [SparseTensor(*parts) for parts in zip(indices, values, shapes, strict=True)]
    return decoded, log_probability


def ctc_beam_search_decoder_v2(
    inputs: TensorLike, sequence_length: TensorLike, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[SparseTensor], Tensor]:
    """`ctc_beam_search_decoder` without `merge_repeated`.

    Source: TensorFlow 1.15 `tf.nn.ctc_beam_search_decoder_v2`.
    """
    return ctc_beam_search_decoder(inputs, sequence_length, beam_width, top_paths, False)


# ---- Any class as blank, dense labels ----


def ctc_loss_v2(
    labels: Any,
    logits: TensorLike,
    label_length: TensorLike | None,
    logit_length: TensorLike,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`ctc_loss` with a blank of any number, also of dense labels.

    Args:
      labels: an int32 SparseTensor [batch, labels], or a Tensor of this shape.
      logits: [time, batch, classes]; float32.
      label_length: [batch]; int32, how many labels of a dense tensor count; None for sparse ones.
      logit_length: [batch]; int32, how many steps each sequence has.
      logits_time_major: whether time comes before batch.
      unique: of dense labels, what `ctc_unique_labels` gave; nothing is gained by it here.
      blank_index: the class of the blank, from the end where negative; of dense labels 0 when None.
      name: a name for the scope of the operations.

    Returns:
      [batch]; the loss of each sequence.

    Raises:
      ValueError: sparse labels come without `blank_index`.

    Source: TensorFlow 1.15 `tf.nn.ctc_loss_v2`.
    """
    if isinstance(labels, SparseTensor):
        if blank_index is None:
            raise ValueError("blank_index must be given when using SparseTensor labels.")
        logits, moved = _blank_last(convert_to_tensor(logits), labels.values, blank_index)
        sparse = SparseTensor(labels.indices, moved, labels.dense_shape)
        return ctc_loss(sparse, logits, logit_length, time_major=logits_time_major)
    with name_scope(name, "ctc_loss_dense", [logits, labels, label_length, logit_length]):
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        logits, labels = _blank_last(logits, labels, blank_index or 0)
        if not logits_time_major:
            logits = transpose(logits, [1, 0, 2])
        steps = convert_to_tensor(logit_length, name="logit_length")
        return _dense_loss(labels, logits, convert_to_tensor(label_length), steps)


def _blank_last(logits: Tensor, labels: Tensor, blank: int) -> tuple[Tensor, Tensor]:
    """Classes in another order, in which the blank is the last one."""
    count = logits.shape[-1].value if logits.dims is not None else None
    classes: Any = array.shape(logits)[-1] if count is None else count
    if blank < 0:
        blank += classes
    if count is not None and isinstance(blank, int) and blank == count - 1:
        return logits, labels
    parts = [logits[..., :blank], logits[..., blank + 1 :], logits[..., blank : blank + 1]]
    moved = indexing.where(math.less(labels, blank), labels, labels - 1)
    return array.concat(parts, -1), moved


def _dense_loss(labels: Tensor, logits: Tensor, lengths: Tensor, steps: Tensor) -> Tensor:
    """The loss of labels in rows; a sequence that has none is all blanks."""
    counts = array.sequence_mask(lengths, array.shape(labels)[1])
    # An operation of a row that has no labels would fail: it gets one, which does not count.
    is_empty = math.equal(lengths, 0)
    first = array.concat([expand_dims(is_empty, 1), array.zeros_like(counts[:, 1:])], 1)
    places = indexing.where(math.logical_or(counts, first))
    safe = indexing.where(counts, labels, array.zeros_like(labels))
    sparse = SparseTensor(
        places, indexing.gather_nd(safe, places), array.shape(labels, out_type=dtypes.int64)
    )
    loss = ctc_loss(sparse, logits, steps, ignore_longer_outputs_than_inputs=True)
    needed = lengths + reduction.reduce_sum(
        math.cast(
            math.logical_and(math.equal(labels[:, 1:], labels[:, :-1]), counts[:, 1:]),
            dtypes.int32,
        ),
        1,
    )
    blanks = softmax.log_softmax(logits)[..., -1]
    is_step = transpose(array.sequence_mask(steps, array.shape(logits)[0], blanks.dtype))
    of_blanks = -reduction.reduce_sum(blanks * is_step, 0)
    impossible = array.fill(array.shape(loss), math.cast(np.inf, loss.dtype))
    loss = indexing.where(math.greater(needed, steps), impossible, loss)
    return indexing.where(is_empty, of_blanks, loss)


def ctc_unique_labels(labels: TensorLike, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The different labels of each sequence, for `ctc_loss_v2`.

    Args:
      labels: [batch, labels]; int32, zeros behind their end.
      name: a name for the scope of the operations.

    Returns:
      (different, places): [batch, labels], int64, the different labels of each row in the order
      in which they come, then zeros; and the place of each label among them, int32.

    Source: TensorFlow 1.15 `tf.nn.ctc_unique_labels`.
    """
    with name_scope(name, "ctc_unique_labels", [labels]):
        labels = convert_to_tensor(labels, name="labels")

        def of_row(row: Tensor) -> tuple[Tensor, Tensor]:
            unique, places = build("Unique", row)
            missing = array.shape(row)[0] - array.shape(unique)[0]
            return math.cast(rearrange.pad(unique, [[0, missing]]), dtypes.int64), places

        found: tuple[Tensor, Tensor] = functional.map_fn(
            of_row, labels, dtype=(dtypes.int64, dtypes.int32)
        )
        return found


def collapse_repeated(
    labels: TensorLike, seq_length: TensorLike, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Leaves out labels that follow themselves.

    Args:
      labels: [batch, labels]; integers.
      seq_length: [batch]; int32, how many labels count.
      name: a name for the scope of the operations.

    Returns:
      (collapsed, lengths): [batch, the longest length], zeros behind the ends; and [batch], int32.

    Source: TensorFlow 1.15 `tf.nn.collapse_repeated`.
    """
    with name_scope(name, "collapse_repeated_labels", [labels, seq_length]):
        labels = convert_to_tensor(labels, name="labels")
        seq_length = convert_to_tensor(seq_length, name="seq_length")
        differs = math.not_equal(labels[:, 1:], labels[:, :-1])
        is_first = array.concat([array.ones_like(labels[:, :1], dtypes.bool), differs], 1)
        within = array.sequence_mask(seq_length, array.shape(labels)[1])
        is_kept = math.logical_and(is_first, within)
        lengths = reduction.reduce_sum(math.cast(is_kept, dtypes.int32), 1)
        longest = reduction.reduce_max(lengths)
        places = indexing.where(array.sequence_mask(lengths, longest))
        kept = indexing.boolean_mask(labels, is_kept)
        sizes = math.cast(array.stack([array.shape(labels)[0], longest]), dtypes.int64)
        return indexing.scatter_nd(places, kept, sizes), lengths
