"""`tf.contrib.seq2seq`: decoders, and the loop that runs them."""

from __future__ import annotations

import abc
import collections
from typing import Any

from tfsession import nest
from tfsession.dtypes import int32
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.layers.base import Layer
from tfsession.ops.array import constant, fill, shape, zeros_like
from tfsession.ops.control_flow import while_loop
from tfsession.ops.indexing import where
from tfsession.ops.math import logical_not, logical_or
from tfsession.ops.reduction import reduce_all
from tfsession.ops.tensor_array import TensorArray
from tfsession.rnn.decoder_inputs import Helper
from tfsession.rnn.dynamic import transpose_batch_time
from tfsession.rnn.states import check_cell, zero_state_of
from tfsession.rnn.unroll import cache_variables
from tfsession.shapes import TensorShape
from tfsession.variables.scope import variable_scope

__all__ = ["BasicDecoder", "BasicDecoderOutput", "Decoder", "dynamic_decode"]


class Decoder(abc.ABC):
    """What `dynamic_decode` runs, step by step.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.Decoder`.
    """

    @property
    def batch_size(self) -> Any:
        """The number of sequences: an int or a scalar tensor."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """The shapes of an output, without the batch, in any structure."""
        raise NotImplementedError

    @property
    def output_dtype(self) -> Any:
        """The dtypes of an output, in the same structure."""
        raise NotImplementedError

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """What stands before the first step.

        Args:
          name: a name for the scope of the operations.

        Returns:
          Which sequences have ended, the first input, and the first state.
        """

    @abc.abstractmethod
    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """One step.

        Args:
          time: its number, a scalar int32.
          inputs: what the step before said is read now.
          state: the state before it.
          name: a name for the scope of the operations.

        Returns:
          The output, the new state, the next input, and which sequences have ended.
        """

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """What becomes of outputs and state after the last step; the same when not defined.

        Args:
          outputs: of all steps, of shape [time, batch, ...].
          final_state: the last state.
          sequence_lengths: int32 of shape [batch].

        Raises:
          NotImplementedError: nothing becomes of them.
        """
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """Whether a sequence that has ended may be running again in the next step."""
        return False


def dynamic_decode(
    decoder: Any,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
    **kwargs: Any,
) -> Any:
    """Runs a decoder until all sequences have ended.

    Args:
      decoder: a Decoder.
      output_time_major: whether outputs are of shape [time, batch, ...].
      impute_finished: whether a sequence that has ended puts out zeros and keeps its state.
      maximum_iterations: a bound on the number of steps.
      parallel_iterations: accepted for compatibility; rounds run one after the other.
      swap_memory: accepted for compatibility.
      scope: a name, or a VariableScope, instead of "decoder".
      **kwargs: none is known.

    Returns:
      The outputs, of shape [batch, time, ...] and in the structure of the decoder's `output_size`;
      the last state; and the lengths, int32 of shape [batch], which count the step that ended a
      sequence.

    Raises:
      TypeError: `decoder` is no Decoder.
      ValueError: `maximum_iterations` is no scalar, or a structure changes.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.dynamic_decode`.
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    with variable_scope(scope, "decoder") as variables:
        cache_variables(variables)
        limit = None if maximum_iterations is None else _limit(maximum_iterations)
        finished, inputs, state = decoder.initialize(**kwargs)
        batch_size = decoder.batch_size
        zero_outputs = nest.map_structure(
            lambda size, dtype: zero_state_of(size, batch_size, dtype),
            decoder.output_size,
            decoder.output_dtype,
        )
        if limit is not None:
            finished = logical_or(finished, limit <= 0)
        lengths = zeros_like(finished, dtype=int32)
        time = constant(0, dtype=int32)
        arrays = nest.map_structure(
            lambda size, dtype: TensorArray(
                dtype,
                size=0,
                dynamic_size=True,
                element_shape=_element_shape(decoder.batch_size, size),
            ),
            decoder.output_size,
            decoder.output_dtype,
        )

        def condition(time: Any, arrays: Any, state: Any, inputs: Any, ended: Any, _: Any) -> Any:
            return logical_not(reduce_all(ended))

        def body(time: Any, arrays: Any, state: Any, inputs: Any, ended: Any, lengths: Any) -> Any:
            outputs, new_state, next_inputs, now_ended = decoder.step(time, inputs, state)
            next_ended = now_ended
            if not decoder.tracks_own_finished:
                next_ended = logical_or(now_ended, ended)
            running = logical_not(ended)
            next_lengths = where(running, fill(shape(lengths), time + 1), lengths)
            nest.assert_same_structure(state, new_state)
            nest.assert_same_structure(arrays, outputs)
            nest.assert_same_structure(inputs, next_inputs)
            if impute_finished:
                outputs = nest.map_structure(
                    lambda output, zero: where(ended, zero, output), outputs, zero_outputs
                )
                new_state = nest.map_structure(
                    lambda new, old: _kept(ended, old, new), new_state, state
                )
            arrays = nest.map_structure(lambda a, output: a.write(time, output), arrays, outputs)
            return time + 1, arrays, new_state, next_inputs, next_ended, next_lengths

        _, arrays, state, _, _, lengths = while_loop(
            condition,
            body,
            (time, arrays, state, inputs, finished, lengths),
            parallel_iterations=parallel_iterations,
            maximum_iterations=limit,
            swap_memory=swap_memory,
        )
        outputs = nest.map_structure(lambda array: array.stack(), arrays)
        try:
            outputs, state = decoder.finalize(outputs, state, lengths)
        except NotImplementedError:
            pass
        if not output_time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
        return outputs, state, lengths


def _limit(maximum_iterations: Any) -> Any:
    limit = convert_to_tensor(maximum_iterations, dtype=int32, name="maximum_iterations")
    if limit.get_shape().ndims != 0:
        raise ValueError("maximum_iterations must be a scalar")
    return limit


def _element_shape(batch_size: Any, size: Any) -> TensorShape | None:
    """The static shape of the outputs of one step."""
    if not isinstance(size, TensorShape) or size.ndims == 0:
        return None
    known = constant_value(convert_to_tensor(batch_size, name="batch_size"))
    return TensorShape([None if known is None else int(known)]).concatenate(size)


def _kept(ended: Any, old: Any, new: Any) -> Any:
    if isinstance(old, TensorArray):
        return new
    new.set_shape(old.get_shape())
    return new if new.get_shape().ndims == 0 else where(ended, old, new)


# ---- BasicDecoder ----


class BasicDecoderOutput(collections.namedtuple("BasicDecoderOutput", ("rnn_output", "sample_id"))):
    """What a `BasicDecoder` puts out.

    Attributes:
      rnn_output: what the cell, or the output layer, put out.
      sample_id: what was chosen by it.
    """

    __slots__ = ()


class BasicDecoder(Decoder):
    """A cell whose next input a Helper chooses.

    Args:
      cell: an RNNCell.
      helper: a Helper.
      initial_state: the first state of the cell.
      output_layer: a Layer between the cell's output and the Helper.

    Raises:
      TypeError: an argument is of the wrong kind.

    Source: TensorFlow 1.15 `tf.contrib.seq2seq.BasicDecoder`.
    """

    def __init__(
        self, cell: Any, helper: Any, initial_state: Any, output_layer: Any = None
    ) -> None:
        check_cell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        check_layer(output_layer)
        self._cell = cell
        self._helper = helper
        self._initial_state = initial_state
        self._output_layer = output_layer

    @property
    def batch_size(self) -> Any:
        """That of the Helper."""
        return self._helper.batch_size

    @property
    def output_size(self) -> Any:
        """The shapes of an output, without the batch."""
        return BasicDecoderOutput(
            rnn_output=size_behind(self._output_layer, self._cell.output_size),
            sample_id=self._helper.sample_ids_shape,
        )

    @property
    def output_dtype(self) -> Any:
        """The dtypes of an output: that of the state, and that of the choices."""
        dtype = nest.flatten(self._initial_state)[0].dtype
        size = size_behind(self._output_layer, self._cell.output_size)
        return BasicDecoderOutput(
            nest.map_structure(lambda _: dtype, size), self._helper.sample_ids_dtype
        )

    def initialize(self, name: str | None = None) -> Any:
        """What the Helper begins with, and the first state."""
        return (*self._helper.initialize(), self._initial_state)

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """A call of the cell, and the Helper's choice."""
        with name_scope(name, "BasicDecoderStep", [time, inputs, state]):
            outputs, new_state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            chosen = self._helper.sample(time=time, outputs=outputs, state=new_state)
            ended, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=outputs, state=new_state, sample_ids=chosen
            )
        return BasicDecoderOutput(outputs, chosen), next_state, next_inputs, ended


def check_layer(output_layer: Any) -> None:
    """Raises TypeError where an output layer is none."""
    if output_layer is not None and not isinstance(output_layer, Layer):
        raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")


def size_behind(output_layer: Any, size: Any) -> Any:
    """The size of a cell's output behind an output layer."""
    if output_layer is None:
        return size
    batches = nest.map_structure(lambda s: TensorShape([None]).concatenate(s), size)
    shapes = output_layer.compute_output_shape(batches)
    return nest.map_structure(lambda s: s[1:], shapes)
