"""`tf.contrib.seq2seq`: a decoder that follows the most likely sequences."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np

from tfsession import nest
from tfsession.dtypes import bool as bool_type, int32, int64
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.array import (
    concat,
    expand_dims,
    fill,
    one_hot,
    ones_like,
    reshape,
    sequence_mask,
    shape,
    size,
    stack,
    zeros,
)
from tfsession.ops.beam_search import gather_tree
from tfsession.ops.control_flow import cond
from tfsession.ops.indexing import gather, gather_nd, where
from tfsession.ops.math import (
    cast,
    div,
    equal,
    floormod,
    log,
    logical_not,
    logical_or,
    minimum,
    range as range_of,
    to_int64,
)
from tfsession.ops.nn import top_k
from tfsession.ops.rearrange import tile, transpose
from tfsession.ops.reduction import reduce_all, reduce_max, reduce_sum
from tfsession.ops.softmax import log_softmax
from tfsession.ops.tensor_array import TensorArray
from tfsession.rnn.attention import AttentionWrapperState
from tfsession.rnn.decoder import Decoder, check_layer
from tfsession.rnn.decoder_inputs import embedding_function, tokens_of
from tfsession.rnn.states import check_cell, dims_of_size
from tfsession.shapes import TensorShape

__all__ = [
    "BeamSearchDecoder",
    "BeamSearchDecoderOutput",
    "BeamSearchDecoderState",
    "FinalBeamSearchDecoderOutput",
    "gather_tree",
    "tile_batch",
]


class BeamSearchDecoderState(
    collections.namedtuple(
        "BeamSearchDecoderState",
        ("cell_state", "log_probs", "finished", "lengths", "accumulated_attention_probs"),
    )
):
    """The state of a search.

    Attributes:
      cell_state: that of the cell, of shape [batch, beams, ...].
      log_probs: the logarithm of each beam's probability, of shape [batch, beams].
      finished: whether each beam has ended.
      lengths: the length of each, int64.
      accumulated_attention_probs: how much each has looked at each place, or ().
    """


class BeamSearchDecoderOutput(
    collections.namedtuple("BeamSearchDecoderOutput", ("scores", "predicted_ids", "parent_ids"))
):
    """What a search puts out in a step, each of shape [batch, beams].

    Attributes:
      scores: of the beams.
      predicted_ids: the ids that they end with, int32.
      parent_ids: from which beam of the step before each went on, int32.
    """


class FinalBeamSearchDecoderOutput(
    collections.namedtuple(
        "FinalBeamSearchDecoderOutput", ("predicted_ids", "beam_search_decoder_output")
    )
):
    """What a search puts out.

    Attributes:
      predicted_ids: the ids along each beam, the most likely first, int32 of shape
        [batch, time, beams].
      beam_search_decoder_output: the outputs of all steps.
    """


# ---- Batches and beams ----


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Repeats each row of a batch in place.

    Args:
      t: a tensor of shape [batch, ...], or a structure of such tensors.
      multiplier: how often.
      name: a name for the scope of the operations.

    Returns:
      The same structure, of shape [batch * multiplier, ...].

    Raises:
      ValueError: a rank is not known.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.tile_batch`.
    """
    with name_scope(name, "tile_batch", [*nest.flatten(t), multiplier]):
        return nest.map_structure(lambda x: _tiled(x, multiplier), t)


def _tiled(t: Any, multiplier: int) -> Any:
    t = convert_to_tensor(t, name="t")
    sizes = shape(t)
    dims = t.dims
    if dims is None or not dims:
        raise ValueError("t must have statically known rank")
    counts = [1] * (len(dims) + 1)
    counts[1] = multiplier
    known = dims[0] * multiplier if dims[0] is not None else None
    tiled = tile(expand_dims(t, 1), counts)
    tiled = reshape(tiled, concat(([sizes[0] * multiplier], sizes[1:]), 0))
    tiled.set_shape((known, *dims[1:]))
    return tiled


class _Beams:
    """Moves between the batch of a cell, which has a row for each beam, and a batch of beams.

    Args:
      batch_size: the number of sequences, a scalar int32.
      width: the number of beams.
    """

    def __init__(self, batch_size: Any, width: int) -> None:
        self.batch_size = batch_size
        self.width = width

    def split(self, t: Any, size: Any) -> Any:
        """[batch * beams, size...] as [batch, beams, size...]."""
        size = TensorShape(dims_of_size(size))
        sizes = shape(t)
        known_batch = constant_value(self.batch_size)
        known = None if known_batch is None else int(known_batch)
        result = reshape(
            t,
            concat(([self.batch_size, self.width], cast(sizes[1:], int32)), 0),
        )
        expected = TensorShape([known, self.width]).concatenate(size)
        if not result.get_shape().is_compatible_with(expected):
            raise ValueError(
                "Unexpected behavior when reshaping between beam width and batch size.  The "
                f"reshaped tensor has shape: {result.get_shape()}.  We expected it to have shape "
                f"(batch_size, beam_width, depth) == {expected}.  Perhaps you forgot to create a "
                "zero_state with batch_size=encoder_batch_size * beam_width?"
            )
        result.set_shape(expected)
        return result

    def merge(self, t: Any, size: Any) -> Any:
        """[batch, beams, size...] as [batch * beams, size...]."""
        size = TensorShape(dims_of_size(size))
        sizes = shape(t)
        known_batch = constant_value(self.batch_size)
        known = None if known_batch is None else int(known_batch) * self.width
        result = reshape(t, concat(([self.batch_size * self.width], sizes[2:]), 0))
        result.set_shape(TensorShape([known]).concatenate(size))
        return result

    def split_state(self, t: Any, size: Any) -> Any:
        """`split` of a part of a state; scalars and arrays of tensors have no batch."""
        if isinstance(t, TensorArray):
            return t
        _check_rank(t)
        return self.split(t, size) if t.get_shape().ndims >= 1 else t

    def merge_state(self, t: Any, size: Any) -> Any:
        """`merge` of a part of a state."""
        if isinstance(t, TensorArray):
            return t
        _check_rank(t)
        return self.merge(t, size) if t.get_shape().ndims >= 2 else t

    def picked(
        self,
        values: Any,
        indices: Any,
        count: Any,
        rows: list[Any] | None = None,
        name: str | None = None,
    ) -> Any:
        """Entries of some beams, by their numbers within a sequence.

        Args:
          values: of shape [batch, beams, ...], of which each sequence has `count` entries.
          indices: which entries, of shape [batch, beams].
          count: the number of beams, or of all elements of a sequence.
          rows: for whole rows the shape that has one for each beam; None for single numbers.
          name: a name for the scope of the operations.

        Returns:
          A tensor of shape [batch, beams], or of that of `values` for whole rows.
        """
        rank = values.get_shape().ndims
        with name_scope(name, "tensor_gather_helper"):
            first = expand_dims(range_of(self.batch_size) * count, 1)
            flat = reshape(indices + first, [-1])
            found = gather(reshape(values, rows or [-1]), flat)
            kept = 2 if rows is None else rank
            result = reshape(found, shape(values)[:kept], name="output")
            known = constant_value(self.batch_size)
            batch = TensorShape([None if known is None else int(known)])
            result.set_shape(batch.concatenate(values.get_shape()[1:kept]))
            return result

    def _may_be_of_beams(self, dims: list[int | None]) -> bool:
        """Whether elements of a shape may have a row for each beam."""
        known = constant_value(self.batch_size)
        if known is None or dims[0] is None:
            return True
        if dims[0] != int(known) * self.width:
            return False
        # TensorFlow takes a second size that is known for the number of beams.
        return len(dims) < 2 or dims[1] is None

    def picked_state(self, t: Any, beams: Any) -> Any:
        """The rows of some beams of a part of a state."""
        rows = [self.batch_size * self.width, -1]
        if isinstance(t, TensorArray):
            return t
        _check_rank(t)
        if t.get_shape().ndims < 2:
            return t
        return self.picked(t, beams, self.width, rows)

    def sorted_array(self, t: Any, parent_ids: Any, lengths: Any) -> Any:
        """An array of what beams wrote in each step, as a tensor in the order of the last beams.

        Anything else is returned as it is.
        """
        if not isinstance(t, TensorArray):
            return t
        dims = t.element_shape.dims
        if not dims or not self._may_be_of_beams([d.value for d in dims]):
            return t
        stacked = t.stack()
        steps = shape(parent_ids)[0]
        own = tile(
            expand_dims(expand_dims(range_of(self.width), 0), 0), [steps, self.batch_size, 1]
        )
        longest = cast(reduce_max(lengths, axis=1), int32)
        found = gather_tree(own, parent_ids, longest, self.width + 1)
        counts = transpose(sequence_mask(lengths, maxlen=steps), perm=[2, 0, 1])
        found = where(counts, found, own)
        times = tile(reshape(range_of(steps), [-1, 1, 1]), [1, self.batch_size, self.width])
        rows = tile(reshape(range_of(self.batch_size), [1, -1, 1]), [steps, 1, self.width])
        indices = stack([times, rows, found], -1)
        beams = reshape(stacked, [steps, self.batch_size, self.width, -1])
        result = reshape(gather_nd(beams, indices), shape(stacked))
        result.set_shape(stacked.get_shape())
        return result


def _check_rank(t: Any) -> None:
    if t.get_shape().ndims is None:
        raise ValueError(f"Expected tensor ({t}) to have known rank, but ndims == None.")


# ---- The decoder ----


class BeamSearchDecoder(Decoder):
    """Follows the most likely sequences of ids.

    Args:
      cell: an RNNCell, which gets a row for each beam.
      embedding: a table, or a function from ids to inputs.
      start_tokens: the first ids, int32 of shape [batch].
      end_token: the id that ends a sequence, an int32 scalar.
      initial_state: the cell's first state, with a row for each beam (see `tile_batch`).
      beam_width: the number of beams.
      output_layer: a layer from the cell's output to logits.
      length_penalty_weight: the power of the length by which probabilities are divided.
      coverage_penalty_weight: how much places count that no step has looked at.
      reorder_tensor_arrays: whether arrays in the state are put in the order of the last beams.

    Raises:
      TypeError: `cell` is no cell, or `output_layer` no layer.
      ValueError: a rank is wrong.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.BeamSearchDecoder`; Wu et al., 2016,
      arXiv:1609.08144.
    """

    def __init__(
        self,
        cell: Any,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        initial_state: Any,
        beam_width: int,
        output_layer: Any = None,
        length_penalty_weight: Any = 0.0,
        coverage_penalty_weight: Any = 0.0,
        reorder_tensor_arrays: bool = True,
    ) -> None:
        check_cell("cell", cell)
        check_layer(output_layer)
        self._cell = cell
        self._output_layer = output_layer
        self._reorder_tensor_arrays = reorder_tensor_arrays
        self._embedding_fn = embedding_function(embedding)
        start, self._end_token = tokens_of(start_tokens, end_token)
        self._batch_size = size(start)
        self._beam_width = beam_width
        self._length_penalty_weight = length_penalty_weight
        self._coverage_penalty_weight = coverage_penalty_weight
        self._beams = _Beams(self._batch_size, beam_width)
        self._initial_cell_state = nest.map_structure(
            self._beams.split_state, initial_state, cell.state_size
        )
        self._start_tokens = tile(expand_dims(start, 1), [1, beam_width])
        self._start_inputs = self._embedding_fn(self._start_tokens)
        self._finished = one_hot(
            zeros([self._batch_size], dtype=int32),
            depth=beam_width,
            on_value=False,
            off_value=True,
            dtype=bool_type,
        )

    @property
    def batch_size(self) -> Any:
        """The number of sequences, a scalar int32."""
        return self._batch_size

    @property
    def tracks_own_finished(self) -> bool:
        """True: beams change places, so that one that has ended may run again."""
        return True

    @property
    def output_size(self) -> Any:
        """A number for each beam."""
        return BeamSearchDecoderOutput(*[TensorShape([self._beam_width])] * 3)

    @property
    def output_dtype(self) -> Any:
        """The dtype of the state for scores, and int32 for ids."""
        dtype = nest.flatten(self._initial_cell_state)[0].dtype
        return BeamSearchDecoderOutput(scores=dtype, predicted_ids=int32, parent_ids=int32)

    def initialize(self, name: str | None = None) -> Any:
        """Of each sequence one beam is alive, so that no two begin alike."""
        dtype = nest.flatten(self._initial_cell_state)[0].dtype
        log_probs = one_hot(
            zeros([self._batch_size], dtype=int32),
            depth=self._beam_width,
            on_value=convert_to_tensor(0.0, dtype=dtype),
            off_value=convert_to_tensor(-np.inf, dtype=dtype),
            dtype=dtype,
        )
        attention = _attention_of(self._initial_cell_state, self._coverage_penalty_weight)
        state = BeamSearchDecoderState(
            cell_state=self._initial_cell_state,
            log_probs=log_probs,
            finished=self._finished,
            lengths=zeros([self._batch_size, self._beam_width], dtype=int64),
            accumulated_attention_probs=() if attention is None else attention,
        )
        return self._finished, self._start_inputs, state

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Reads the ids along each beam."""
        lengths = cast(reduce_max(final_state.lengths, axis=1), int32)
        ids = gather_tree(outputs.predicted_ids, outputs.parent_ids, lengths, self._end_token)
        if self._reorder_tensor_arrays:
            cell_state = nest.map_structure(
                lambda t: self._beams.sorted_array(t, outputs.parent_ids, final_state.lengths),
                final_state.cell_state,
            )
            final_state = final_state._replace(cell_state=cell_state)
        return FinalBeamSearchDecoderOutput(ids, outputs), final_state

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """A call of the cell for all beams, and the best of what they may go on with."""
        beams = self._beams
        with name_scope(name, "BeamSearchDecoderStep", [time, inputs, state]):
            inputs = nest.map_structure(lambda x: beams.merge(x, x.get_shape()[2:]), inputs)
            cell_state = nest.map_structure(
                beams.merge_state, state.cell_state, self._cell.state_size
            )
            outputs, new_cell_state = self._cell(inputs, cell_state)
            outputs = nest.map_structure(lambda x: beams.split(x, x.get_shape()[1:]), outputs)
            new_cell_state = nest.map_structure(
                beams.split_state, new_cell_state, self._cell.state_size
            )
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            output, new_state = self._search(outputs, new_cell_state, state)
            finished, ids = new_state.finished, output.predicted_ids
            next_inputs = cond(
                reduce_all(finished),
                lambda: self._start_inputs,
                lambda: self._embedding_fn(ids),
            )
        return output, new_state, next_inputs, finished

    def _search(self, logits: Any, cell_state: Any, state: BeamSearchDecoderState) -> Any:
        """The best beams of all that those of a state may become."""
        beams, width, batch_size = self._beams, self._beam_width, self._batch_size
        running = logical_not(state.finished)
        log_probs = _only_end(log_softmax(logits), self._end_token, state.finished)
        total = expand_dims(state.log_probs, 2) + log_probs
        ids = logits.get_shape()[-1].value or shape(logits)[-1]
        longer = one_hot(
            fill([batch_size, width], self._end_token),
            depth=ids,
            on_value=to_int64(0),
            off_value=to_int64(1),
            dtype=int64,
        )
        longer *= expand_dims(cast(running, int64), 2)
        lengths = longer + expand_dims(state.lengths, 2)
        attention = _attention_of(cell_state, self._coverage_penalty_weight)
        seen = None
        if attention is not None:
            mask = expand_dims(cast(running, attention.dtype), 2)
            seen = state.accumulated_attention_probs + attention * mask
        scores = total / _length_penalty(lengths, self._length_penalty_weight, total.dtype)
        weight = convert_to_tensor(
            self._coverage_penalty_weight, dtype=scores.dtype, name="coverage_penalty_weight"
        )
        if seen is not None:
            # Only of what has ended is it known that it will not look at a place any more.
            coverage = _coverage(seen) * cast(state.finished, scores.dtype)
            scores += expand_dims(coverage * weight, 2)
        flat = reshape(scores, [batch_size, -1])
        best, indices = top_k(flat, k=convert_to_tensor(width, dtype=int32, name="beam_width"))
        known = constant_value(batch_size)
        dims = [None if known is None else int(known), width]
        best.set_shape(dims)
        indices.set_shape(dims)
        next_log_probs = beams.picked(total, indices, width * ids, name="next_beam_probs")
        words = cast(floormod(indices, ids, name="next_beam_word_ids"), int32)
        parents = cast(indices / ids, int32, name="next_beam_parent_ids")
        ended = beams.picked(state.finished, parents, width)
        next_finished = logical_or(ended, equal(words, self._end_token), name="next_beam_finished")
        longer = cast(logical_not(ended), int64)
        next_lengths = beams.picked(state.lengths, parents, width)
        next_lengths += longer
        next_seen: Any = ()
        if seen is not None:
            next_seen = beams.picked(
                seen,
                parents,
                width,
                [batch_size * width, -1],
                name="next_accumulated_attention_probs",
            )
        next_state = BeamSearchDecoderState(
            cell_state=nest.map_structure(lambda t: beams.picked_state(t, parents), cell_state),
            log_probs=next_log_probs,
            lengths=next_lengths,
            finished=next_finished,
            accumulated_attention_probs=next_seen,
        )
        return BeamSearchDecoderOutput(best, words, parents), next_state


def _only_end(log_probs: Any, end_token: Any, finished: Any) -> Any:
    """Gives beams that have ended no choice but to end again."""
    ids = shape(log_probs)[2]
    lowest = log_probs.dtype.min
    row = one_hot(
        end_token,
        ids,
        dtype=log_probs.dtype,
        on_value=convert_to_tensor(0.0, dtype=log_probs.dtype),
        off_value=lowest,
    )
    rows = tile(reshape(row, [1, 1, -1]), concat([shape(finished), [1]], 0))
    mask = tile(expand_dims(finished, 2), [1, 1, ids])
    return where(mask, rows, log_probs)


def _length_penalty(lengths: Any, weight: Any, dtype: Any) -> Any:
    """By what a score is divided: ((5 + length) / 6) ** weight."""
    power = convert_to_tensor(weight, dtype=dtype, name="penalty_factor")
    known = constant_value(power)
    if known is not None and known == 0:
        return cast(1.0, dtype)
    return div((5.0 + cast(lengths, dtype)) ** power, (5.0 + 1.0) ** power)


def _coverage(seen: Any) -> Any:
    """How much of all places has been looked at, of shape [batch, beams]."""
    seen = where(equal(seen, 0.0), ones_like(seen), seen)
    return reduce_sum(log(minimum(seen, 1.0)), 2)


def _attention_of(cell_state: Any, weight: Any) -> Any:
    """The alignments of all mechanisms, summed; None where coverage does not count."""
    if not isinstance(weight, Tensor) and weight == 0.0:
        return None
    states = cell_state if isinstance(cell_state, tuple) else (cell_state,)
    if isinstance(cell_state, AttentionWrapperState):
        states = (cell_state,)
    found = [_alignments_of(s) for s in states if isinstance(s, AttentionWrapperState)]
    if not found:
        raise ValueError(
            "coverage_penalty_weight must be 0.0 if the cell is not an AttentionWrapper"
        )
    total = found[0]
    for more in found[1:]:
        total += more
    return total


def _alignments_of(state: AttentionWrapperState) -> Any:
    if not isinstance(state.alignments, tuple):
        return state.alignments
    total = state.alignments[0]
    for more in state.alignments[1:]:
        total += more
    return total
