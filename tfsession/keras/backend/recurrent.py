"""Recurrence: a step function along the time axis of tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tfsession import nest
from tfsession.dtypes import bool as bool_type, int32
from tfsession.graph.build import constant
from tfsession.ops import array, math
from tfsession.ops.control_flow import while_loop
from tfsession.ops.indexing import where
from tfsession.ops.rearrange import reverse, tile, transpose
from tfsession.ops.tensor_array import TensorArray

__all__ = ["rnn"]

Step = Callable[[Any, Any], tuple[Any, Any]]


def rnn(
    step_function: Step,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[Any, Any, Any]:
    """Calls a function for each step of time.

    Args:
      step_function: maps an input [batch, ...] and a list of states to an output [batch, ...] and
        the new states.
      inputs: [batch, time, ...], or a structure of these.
      initial_states: the states before the first step.
      go_backwards: whether time runs backwards; the outputs are in the order of the steps.
      mask: [batch, time], false where a step is left out: its output is the one before, and the
        states stay.
      constants: tensors that each step gets behind the states.
      unroll: whether the steps stand in the graph one after the other, instead of in a loop.
      input_length: the number of steps, where the shape does not tell.
      time_major: whether inputs, mask and outputs are [time, batch, ...].
      zero_output_for_mask: whether the output of a step that is left out is zero.

    Returns:
      The last output, all outputs [batch, time, ...], and the states after the last step.

    Raises:
      ValueError: the number of steps of an unrolled recurrence is not known.
    """
    if not time_major:
        inputs = nest.map_structure(_swapped, inputs)
    flat = nest.flatten(inputs)
    steps = flat[0].shape.as_list()[0]
    dynamic = array.shape(flat[0])[0]
    for x in flat:
        x.shape.with_rank_at_least(3)
    if mask is not None:
        if mask.dtype is not bool_type:
            mask = math.cast(mask, bool_type)
        if len(mask.shape) == 2:
            mask = array.expand_dims(mask, -1)
        if not time_major:
            mask = _swapped(mask)
    recurrence = _Recurrence(
        step_function,
        inputs,
        list(initial_states),
        go_backwards,
        mask,
        list(constants or ()),
        zero_output_for_mask,
    )
    if unroll:
        if not steps:
            raise ValueError("Unrolling requires a fixed number of timesteps.")
        last, outputs, states = recurrence.unrolled(steps)
    else:
        last, outputs, states = recurrence.looped(dynamic if input_length is None else input_length)
    outputs = nest.map_structure(lambda x: _with_time(x, steps), outputs)
    if not time_major:
        outputs = nest.map_structure(_swapped, outputs)
    return last, outputs, states


def _swapped(x: Any) -> Any:
    """The first two axes, swapped."""
    return transpose(x, [1, 0, *range(2, len(x.shape))])


def _with_time(x: Any, steps: int | None) -> Any:
    shape = x.shape.as_list()
    shape[0] = steps
    x.set_shape(shape)
    return x


@dataclass(frozen=True)
class _Recurrence:
    """A recurrence whose time is the first axis."""

    step: Step
    inputs: Any
    states: list[Any]
    go_backwards: bool
    mask: Any
    constants: list[Any]
    zero_output: bool

    # In the graph, one step after the other.

    def unrolled(self, steps: int) -> tuple[Any, Any, Any]:
        """Last output, outputs and states of a number of steps that is known."""
        parts = [self._in_order(array.unstack(x)) for x in nest.flatten(self.inputs)]
        masks = None if self.mask is None else self._in_order(array.unstack(self.mask))
        states: Any = self.states
        outputs: list[Any] = []
        for time in range(steps):
            x = nest.pack_sequence_as(self.inputs, [part[time] for part in parts])
            output, new_states = self.step(x, [*states, *self.constants])
            if masks is not None:
                before = outputs[-1] if outputs else None
                if before is None or self.zero_output:
                    before = nest.map_structure(array.zeros_like, output)
                output = _chosen(masks[time], output, before)
                new_states = _chosen(masks[time], new_states, states)
            outputs.append(output)
            states = new_states
        stacked = [array.stack(list(x)) for x in zip(*map(nest.flatten, outputs), strict=True)]
        return outputs[-1], nest.pack_sequence_as(outputs[0], stacked), states

    def _in_order(self, parts: list[Any]) -> list[Any]:
        return parts[::-1] if self.go_backwards else parts

    # As a loop.

    def looped(self, steps: Any) -> tuple[Any, Any, Any]:
        """Last output, outputs and states, whatever the number of steps."""
        flat = nest.flatten(self.inputs)
        arrays = [self._as_array(x, steps) for x in flat]
        first = nest.pack_sequence_as(self.inputs, [x[0] for x in flat])
        # Its outputs tell how many there are, and of which type.
        sample, _ = self.step(first, [*self.states, *self.constants])
        results = tuple(
            TensorArray(dtype=x.dtype, size=steps, tensor_array_name=f"output_ta_{i}")
            for i, x in enumerate(nest.flatten(sample))
        )
        time = constant(0, int32, name="time")
        if self.mask is None:
            variables: tuple[Any, ...] = (time, results, *self.states)
            body = self._plain_body(arrays, sample)
        else:
            masks = TensorArray(bool_type, size=steps, tensor_array_name="mask_ta")
            mask = reverse(self.mask, [0]) if self.go_backwards else self.mask
            zeros = tuple(array.zeros_like(x) for x in nest.flatten(sample))
            variables = (time, results, zeros, *self.states)
            body = self._masked_body(arrays, sample, masks.unstack(mask), zeros)
        final = while_loop(
            lambda time, *_: math.less(time, steps),
            body,
            loop_vars=variables,
            parallel_iterations=32,
            swap_memory=True,
            maximum_iterations=None,
        )
        outputs = [x.stack() for x in final[1]]
        last = [x[-1] for x in outputs]
        states = list(final[2:] if self.mask is None else final[3:])
        return (
            nest.pack_sequence_as(sample, last),
            nest.pack_sequence_as(sample, outputs),
            states,
        )

    def _as_array(self, x: Any, steps: Any) -> Any:
        made = TensorArray(dtype=x.dtype, size=steps, tensor_array_name="input_ta")
        return made.unstack(reverse(x, [0]) if self.go_backwards else x)

    def _stepped(self, arrays: list[Any], time: Any, states: Any) -> tuple[list[Any], Any]:
        x = nest.pack_sequence_as(self.inputs, [part.read(time) for part in arrays])
        output, new_states = self.step(x, [*states, *self.constants])
        return nest.flatten(output), new_states

    def _plain_body(self, arrays: list[Any], sample: Any) -> Any:
        del sample

        def body(time: Any, results: Any, *states: Any) -> Any:
            outputs, new_states = self._stepped(arrays, time, states)
            _keep_shapes(new_states, states)
            written = tuple(r.write(time, x) for r, x in zip(results, outputs, strict=True))
            return (time + 1, written, *new_states)

        return body

    def _masked_body(self, arrays: list[Any], sample: Any, masks: Any, zeros: Any) -> Any:
        del sample

        def body(time: Any, results: Any, before: Any, *states: Any) -> Any:
            mask = masks.read(time)
            outputs, new_states = self._stepped(arrays, time, states)
            kept = zeros if self.zero_output else before
            outputs = [_chosen(mask, x, b) for x, b in zip(outputs, kept, strict=True)]
            _keep_shapes(new_states, states)
            chosen = _chosen(mask, list(new_states), list(states))
            written = tuple(r.write(time, x) for r, x in zip(results, outputs, strict=True))
            return (time + 1, written, tuple(outputs), *chosen)

        return body


def _keep_shapes(new: Any, old: Any) -> None:
    for state, before in zip(nest.flatten(new), nest.flatten(old), strict=True):
        if hasattr(state, "set_shape"):
            state.set_shape(before.shape)


def _chosen(mask: Any, new: Any, old: Any) -> Any:
    """Where a mask [batch, 1] is true, the new tensors; elsewhere the old ones."""
    chosen = [
        where(_like(mask, x), x, before)
        for x, before in zip(nest.flatten(new), nest.flatten(old), strict=True)
    ]
    return nest.pack_sequence_as(new, chosen)


def _like(mask: Any, x: Any) -> Any:
    """A mask of the shape of a tensor [batch, ...]."""
    for _ in range(len(x.shape) - len(mask.shape)):
        mask = array.expand_dims(mask, -1)
    sizes = [1, *x.shape.as_list()[1:]]
    if None in sizes:
        return tile(mask, array.concat([[1], array.shape(x)[1:]], 0))
    return tile(mask, sizes)
