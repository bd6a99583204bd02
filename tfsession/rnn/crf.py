"""`tf.contrib.crf`: conditional random fields over sequences of tags."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.dtypes import float32, int32, int64
from tfsession.graph.build import convert_to_tensor
from tfsession.ops.array import (
    concat,
    constant,
    expand_dims,
    ones_like,
    reshape,
    sequence_mask,
    shape,
    squeeze,
    zeros_like,
)
from tfsession.ops.control_flow import smart_cond
from tfsession.ops.indexing import gather, gather_nd, slice as slice_of, where
from tfsession.ops.math import cast, equal, maximum, range as range_of
from tfsession.ops.rearrange import reverse_sequence
from tfsession.ops.reduction import argmax, reduce_logsumexp, reduce_max, reduce_sum
from tfsession.rnn.cell import RNNCell
from tfsession.rnn.dynamic import dynamic_rnn
from tfsession.variables.scope import get_variable

__all__ = [
    "CrfDecodeBackwardRnnCell",
    "CrfDecodeForwardRnnCell",
    "CrfForwardRnnCell",
    "crf_binary_score",
    "crf_decode",
    "crf_log_likelihood",
    "crf_log_norm",
    "crf_multitag_sequence_score",
    "crf_sequence_score",
    "crf_unary_score",
    "viterbi_decode",
]


def _is_one_step(inputs: Any) -> Any:
    """Whether sequences have one step: a bool where that is known."""
    known = inputs.get_shape()[1].value
    return equal(shape(inputs)[1], 1) if known is None else known == 1


def _lengths_less_one(sequence_lengths: Any) -> Any:
    one = constant(1, dtype=sequence_lengths.dtype)
    return maximum(constant(0, dtype=sequence_lengths.dtype), sequence_lengths - one)


# ---- Scores ----


def crf_sequence_score(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """The score of tags: the sum of what speaks for each, and for each pair of neighbours.

    Args:
      inputs: floats of shape [batch, time, tags].
      tag_indices: ints of shape [batch, time].
      sequence_lengths: ints of shape [batch].
      transition_params: of shape [tags, tags]: from each tag to each.

    Returns:
      A tensor of shape [batch].

    Source: TensorFlow 1.15 `tf.contrib.crf.crf_sequence_score`; Lafferty et al., 2001.
    """

    def one_step() -> Any:
        rows = expand_dims(range_of(0, shape(inputs)[0]), 1)
        indices = concat([rows, cast(slice_of(tag_indices, [0, 0], [-1, 1]), int32)], axis=1)
        scores = gather_nd(squeeze(inputs, [1]), indices)
        return _without_empty(scores, sequence_lengths)

    def several_steps() -> Any:
        unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
        return unary + crf_binary_score(tag_indices, sequence_lengths, transition_params)

    return smart_cond(_is_one_step(inputs), one_step, several_steps)


def _without_empty(scores: Any, sequence_lengths: Any) -> Any:
    """Scores, but zero for sequences of no steps."""
    return where(sequence_lengths <= 0, zeros_like(scores), scores)


def crf_multitag_sequence_score(
    inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """The score of all tag sequences that go through given tags.

    Args:
      inputs: floats of shape [batch, time, tags].
      tag_bitmap: bools of that shape: which tags may stand at each step.
      sequence_lengths: ints of shape [batch].
      transition_params: of shape [tags, tags].

    Returns:
      A tensor of shape [batch].

    Source: TensorFlow 1.15 `tf.contrib.crf.crf_multitag_sequence_score`.
    """
    lowest = constant(-np.inf, dtype=inputs.dtype) * ones_like(inputs)
    filtered = where(tag_bitmap, inputs, lowest)

    def one_step() -> Any:
        return _without_empty(
            reduce_logsumexp(squeeze(filtered, [1]), axis=[1], keepdims=False), sequence_lengths
        )

    def several_steps() -> Any:
        return crf_log_norm(filtered, sequence_lengths, transition_params)

    return smart_cond(_is_one_step(inputs), one_step, several_steps)


def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """The logarithm of the sum of what all tag sequences score.

    Args:
      inputs: floats of shape [batch, time, tags].
      sequence_lengths: ints of shape [batch].
      transition_params: of shape [tags, tags].

    Returns:
      A tensor of shape [batch].

    Source: TensorFlow 1.15 `tf.contrib.crf.crf_log_norm`.
    """
    first = squeeze(slice_of(inputs, [0, 0, 0], [-1, 1, -1]), [1])

    def one_step() -> Any:
        return _without_empty(reduce_logsumexp(first, [1]), sequence_lengths)

    def several_steps() -> Any:
        rest = slice_of(inputs, [0, 1, 0], [-1, -1, -1])
        _, alphas = dynamic_rnn(
            cell=CrfForwardRnnCell(transition_params),
            inputs=rest,
            sequence_length=_lengths_less_one(sequence_lengths),
            initial_state=first,
            dtype=float32,
        )
        return _without_empty(reduce_logsumexp(alphas, [1]), sequence_lengths)

    return smart_cond(_is_one_step(inputs), one_step, several_steps)


def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> Any:
    """The logarithm of the probability of tags.

    Args:
      inputs: floats of shape [batch, time, tags].
      tag_indices: ints of shape [batch, time].
      sequence_lengths: ints of shape [batch].
      transition_params: of shape [tags, tags]; a variable `transitions` when None.

    Returns:
      A tensor of shape [batch], and the transition parameters.

    Source: TensorFlow 1.15 `tf.contrib.crf.crf_log_likelihood`.
    """
    if transition_params is None:
        count = inputs.get_shape()[2].value
        transition_params = get_variable("transitions", [count, count])
    sequence_lengths = convert_to_tensor(sequence_lengths)
    score = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    log_norm = crf_log_norm(inputs, sequence_lengths, transition_params)
    return score - log_norm, transition_params


def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Any:
    """The sum of what speaks for each tag.

    Args:
      tag_indices: ints of shape [batch, time].
      sequence_lengths: ints of shape [batch].
      inputs: floats of shape [batch, time, tags].

    Returns:
      A tensor of shape [batch].

    Source: TensorFlow 1.15 `tf.contrib.crf.crf_unary_score`.
    """
    sizes = shape(inputs)
    batch_size, steps, tags = sizes[0], sizes[1], sizes[2]
    flat = reshape(inputs, [-1])
    offsets = expand_dims(range_of(batch_size) * steps * tags, 1)
    offsets += expand_dims(range_of(steps) * tags, 0)
    if tag_indices.dtype == int64:
        offsets = cast(offsets, int64)
    indices = reshape(offsets + tag_indices, [-1])
    scores = reshape(gather(flat, indices), [batch_size, steps])
    masks = sequence_mask(sequence_lengths, maxlen=shape(tag_indices)[1], dtype=float32)
    return reduce_sum(scores * masks, 1)


def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """The sum of what speaks for each pair of neighbours.

    Args:
      tag_indices: ints of shape [batch, time].
      sequence_lengths: ints of shape [batch].
      transition_params: of shape [tags, tags].

    Returns:
      A tensor of shape [batch].

    Source: TensorFlow 1.15 `tf.contrib.crf.crf_binary_score`.
    """
    tags = transition_params.get_shape()[0].value
    count = shape(tag_indices)[1] - 1
    starts = slice_of(tag_indices, [0, 0], [-1, count])
    ends = slice_of(tag_indices, [0, 1], [-1, count])
    flat = reshape(transition_params, [-1])
    scores = gather(flat, starts * tags + ends)
    masks = sequence_mask(sequence_lengths, maxlen=shape(tag_indices)[1], dtype=float32)
    pairs = slice_of(masks, [0, 1], [-1, -1])
    return reduce_sum(scores * pairs, 1)


class CrfForwardRnnCell(RNNCell):
    """A step of the forward algorithm: adds up what leads to each tag.

    Args:
      transition_params: of shape [tags, tags].

    Source: TensorFlow 1.15 `tf.contrib.crf.CrfForwardRnnCell`.
    """

    def __init__(self, transition_params: Any) -> None:
        super().__init__()
        self._transition_params = expand_dims(transition_params, 0)
        self._num_tags = transition_params.get_shape()[0].value

    @property
    def state_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    @property
    def output_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; output and new state are the same tensor."""
        state = expand_dims(state, 2)
        alphas = inputs + reduce_logsumexp(state + self._transition_params, [1])
        return alphas, alphas


# ---- Decoding ----


def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[int], Any]:
    """The tags of the highest score, outside of TensorFlow.

    Args:
      score: an array of shape [time, tags].
      transition_params: an array of shape [tags, tags].

    Returns:
      The tags, and their score.

    Source: TensorFlow 1.15 `tf.contrib.crf.viterbi_decode`.
    """
    trellis = np.zeros_like(score)
    back = np.zeros_like(score, dtype=np.int32)
    trellis[0] = score[0]
    for t in range(1, score.shape[0]):
        v = np.expand_dims(trellis[t - 1], 1) + transition_params
        trellis[t] = score[t] + np.max(v, 0)
        back[t] = np.argmax(v, 0)
    tags: list[Any] = [np.argmax(trellis[-1])]
    for pointers in reversed(back[1:]):
        tags.append(pointers[tags[-1]])
    tags.reverse()
    return tags, np.max(trellis[-1])


class CrfDecodeForwardRnnCell(RNNCell):
    """A step of Viterbi's algorithm: keeps the best way to each tag.

    Args:
      transition_params: of shape [tags, tags].

    Source: TensorFlow 1.15 `tf.contrib.crf.CrfDecodeForwardRnnCell`.
    """

    def __init__(self, transition_params: Any) -> None:
        super().__init__()
        self._transition_params = expand_dims(transition_params, 0)
        self._num_tags = transition_params.get_shape()[0].value

    @property
    def state_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    @property
    def output_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step: where each tag is best come from, and its score."""
        sums = expand_dims(state, 2) + self._transition_params
        new_state = inputs + reduce_max(sums, [1])
        return cast(argmax(sums, 1), dtype=int32), new_state


class CrfDecodeBackwardRnnCell(RNNCell):
    """A step back along the best way.

    Args:
      num_tags: the number of tags.

    Source: TensorFlow 1.15 `tf.contrib.crf.CrfDecodeBackwardRnnCell`.
    """

    def __init__(self, num_tags: int) -> None:
        super().__init__()
        self._num_tags = num_tags

    @property
    def state_size(self) -> int:
        """A tag."""
        return 1

    @property
    def output_size(self) -> int:
        """A tag."""
        return 1

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; output and new state are the same tensor."""
        state = squeeze(state, axis=[1])
        rows = range_of(shape(inputs)[0])
        indices = concat([expand_dims(rows, 1), expand_dims(state, 1)], axis=1)
        new_tags = expand_dims(gather_nd(inputs, indices), axis=-1)
        return new_tags, new_tags


def crf_decode(potentials: Any, transition_params: Any, sequence_length: Any) -> Any:
    """The tags of the highest score.

    Args:
      potentials: floats of shape [batch, time, tags].
      transition_params: of shape [tags, tags].
      sequence_length: ints of shape [batch].

    Returns:
      The tags, int32 of shape [batch, time], 0 behind the end; and their scores, of shape [batch].

    Source: TensorFlow 1.15 `tf.contrib.crf.crf_decode`.
    """

    def one_step() -> Any:
        squeezed = squeeze(potentials, [1])
        tags = expand_dims(argmax(squeezed, axis=1), 1)
        return cast(tags, dtype=int32), reduce_max(squeezed, axis=1)

    def several_steps() -> Any:
        count = potentials.get_shape()[2].value
        lengths = _lengths_less_one(convert_to_tensor(sequence_length))
        state = squeeze(slice_of(potentials, [0, 0, 0], [-1, 1, -1]), axis=[1])
        back, last = dynamic_rnn(
            CrfDecodeForwardRnnCell(transition_params),
            inputs=slice_of(potentials, [0, 1, 0], [-1, -1, -1]),
            sequence_length=lengths,
            initial_state=state,
            time_major=False,
            dtype=int32,
        )
        back = reverse_sequence(back, lengths, seq_axis=1)
        best = expand_dims(cast(argmax(last, axis=1), dtype=int32), axis=-1)
        tags, _ = dynamic_rnn(
            CrfDecodeBackwardRnnCell(count),
            inputs=back,
            sequence_length=lengths,
            initial_state=best,
            time_major=False,
            dtype=int32,
        )
        tags = squeeze(tags, axis=[2])
        tags = reverse_sequence(concat([best, tags], axis=1), sequence_length, seq_axis=1)
        return tags, reduce_max(last, axis=1)

    return smart_cond(_is_one_step(potentials), one_step, several_steps)
