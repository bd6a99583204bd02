"""`tf.contrib.rnn`: cells that read a whole sequence at once."""

from __future__ import annotations

import abc
from typing import Any

from tfsession.ops.array import stack, unstack
from tfsession.ops.rearrange import reverse, reverse_sequence
from tfsession.rnn.dynamic import dynamic_rnn
from tfsession.rnn.unroll import static_rnn

__all__ = ["FusedRNNCell", "FusedRNNCellAdaptor", "TimeReversedFusedRNN"]


class FusedRNNCell(abc.ABC):
    """The base of cells that are called on a whole sequence.

    Source: TensorFlow 1.15 `tf.contrib.rnn.FusedRNNCell`.
    """

    @abc.abstractmethod
    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Runs over a sequence.

        Args:
          inputs: a tensor of shape [time, batch, depth], or a list of steps.
          initial_state: the first state; zeros when None.
          dtype: of the zeros.
          sequence_length: ints of shape [batch].
          scope: a name, or a VariableScope.

        Returns:
          The outputs, in the form of the inputs, and the last state.
        """


class FusedRNNCellAdaptor(FusedRNNCell):
    """An RNNCell as a cell that is called on a whole sequence.

    Args:
      cell: the RNNCell.
      use_dynamic_rnn: whether it runs in a loop, or in a copy for each step.

    Source: TensorFlow 1.15 `tf.contrib.rnn.FusedRNNCellAdaptor`.
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell = cell
        self._use_dynamic_rnn = use_dynamic_rnn

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Runs the cell over a sequence; see `FusedRNNCell`."""
        is_list = isinstance(inputs, list)
        if self._use_dynamic_rnn:
            outputs, state = dynamic_rnn(
                self._cell,
                stack(inputs) if is_list else inputs,
                sequence_length=sequence_length,
                initial_state=initial_state,
                dtype=dtype,
                time_major=True,
                scope=scope,
            )
            return unstack(outputs, axis=0, num=len(inputs)) if is_list else outputs, state
        outputs, state = static_rnn(
            self._cell,
            inputs if is_list else unstack(inputs),
            initial_state=initial_state,
            dtype=dtype,
            sequence_length=sequence_length,
            scope=scope,
        )
        return outputs if is_list else stack(outputs), state


class TimeReversedFusedRNN(FusedRNNCell):
    """A cell that reads a sequence from its end; outputs are in the order of the inputs.

    Args:
      cell: a FusedRNNCell.

    Source: TensorFlow 1.15 `tf.contrib.rnn.TimeReversedFusedRNN`.
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    def _reversed(self, steps: Any, lengths: Any) -> Any:
        if isinstance(steps, list):
            return list(reversed(steps))
        if lengths is None:
            return reverse(steps, [0])
        return reverse_sequence(steps, lengths, 0, 1)

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Runs the cell over the reversed sequence; see `FusedRNNCell`."""
        outputs, state = self._cell(
            self._reversed(inputs, sequence_length),
            initial_state=initial_state,
            dtype=dtype,
            sequence_length=sequence_length,
            scope=scope,
        )
        return self._reversed(outputs, sequence_length), state
