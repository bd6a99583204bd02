"""Sequences of a length that is known while the graph is built: a copy of a cell for each step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from tfsession import nest
from tfsession.control_flow.contexts import while_context_around
from tfsession.dtypes import int32
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.ops.array import concat, identity, shape, stack, unstack
from tfsession.ops.control_flow import cond
from tfsession.ops.math import cast
from tfsession.ops.rearrange import reverse_sequence
from tfsession.ops.reduction import reduce_max, reduce_min
from tfsession.rnn.states import (
    check_cell,
    first_state,
    joined_dims,
    keep_where,
    set_shapes,
    state_dtype,
    zeros_of_size,
)
from tfsession.shapes import Dims, merge_dims
from tfsession.variables.scope import VariableScope, variable_scope

__all__ = ["static_bidirectional_rnn", "static_rnn", "static_state_saving_rnn"]


def cache_variables(scope: VariableScope) -> None:
    """Copies variables once to the device of the steps, not in every step.

    Not so in a loop, where a copy would belong to one round.
    """
    context: Any = scopes.get_default_graph().control_flow_context
    if scope.caching_device is None and while_context_around(context) is None:
        scope.set_caching_device(lambda op: op.device)


# ---- Sequences that end early ----


@dataclasses.dataclass(frozen=True)
class Lengths:
    """How long each sequence of a batch is, and what stands in the output past its end.

    Attributes:
      lengths: int32 of shape [batch].
      shortest: their minimum, a scalar.
      longest: their maximum, a scalar.
      zero_output: zeros in the structure of the cell's output.
    """

    lengths: Tensor
    shortest: Tensor
    longest: Tensor
    zero_output: Any

    def step(
        self, time: Any, state: Any, call: Callable[[], Any], always_call: bool
    ) -> tuple[Any, Any]:
        """A step in which ended sequences put out zeros and keep their state.

        Args:
          time: the number of the step, an int or a scalar int32.
          state: the state before it.
          call: calls the cell: output and new state.
          always_call: False leaves the cell alone once all sequences have ended, at the price of a
            branch.
        """
        zero_output, old_state = nest.flatten(self.zero_output), nest.flatten(state)
        ended = time >= self.lengths

        def called() -> list[Any]:
            output, new_state = call()
            nest.assert_same_structure(self.zero_output, output)
            nest.assert_same_structure(state, new_state)
            return nest.flatten(output) + nest.flatten(new_state)

        def kept(new: list[Any]) -> list[Any]:
            count = len(zero_output)
            outputs = keep_where(ended, zero_output, new[:count])
            return outputs + keep_where(ended, old_state, new[count:])

        def called_and_kept() -> Any:
            new = called()
            return cond(time < self.shortest, lambda: new, lambda: kept(new))

        if always_call:
            final = kept(called())
        else:
            final = cond(time >= self.longest, lambda: zero_output + old_state, called_and_kept)
        set_shapes(final, zero_output + old_state)
        output = nest.pack_sequence_as(self.zero_output, final[: len(zero_output)])
        return output, nest.pack_sequence_as(state, final[len(zero_output) :])


def lengths_of(sequence_length: Tensor, zero_output: Any) -> Lengths:
    """`Lengths` of an int32 vector."""
    shortest, longest = reduce_min(sequence_length), reduce_max(sequence_length)
    return Lengths(sequence_length, shortest, longest, zero_output)


# ---- static_rnn ----


def static_rnn(
    cell: Any,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> Any:
    """Calls a cell once for each input; the graph holds a copy of it for each step.

    Args:
      cell: an RNNCell.
      inputs: a list with an entry for each step: tensors of shape [batch, ...], or structures of
        them.
      initial_state: the first state, in the structure of the cell's `state_size`; zeros when None.
      dtype: of the zeros; needed without an `initial_state`.
      sequence_length: ints of shape [batch]. Past its length a sequence puts out zeros, and its
        state stays what it was.
      scope: a name, or a VariableScope, instead of "rnn".

    Returns:
      The list of outputs, and the last state.

    Raises:
      TypeError: `cell` is no cell, or `inputs` no sequence.
      ValueError: there are no inputs, their sizes are not known or differ, there is neither state
        nor dtype, or `sequence_length` is no vector.

    Source: TensorFlow 1.15 `tf.nn.static_rnn`.
    """
    check_cell("cell", cell)
    _check_steps(inputs)
    with variable_scope(scope or "rnn") as variables:
        cache_variables(variables)
        fixed = _fixed_batch_size(inputs)
        batch_size = fixed or shape(_first_leaf(inputs))[0]
        state = initial_state
        if state is None:
            if not dtype:
                raise ValueError("If no initial_state is provided, dtype must be specified")
            state = first_state(cell, batch_size, dtype)
        lengths = None
        if sequence_length is not None:
            lengths = _static_lengths(cell, sequence_length, batch_size, fixed, dtype, state)
        outputs = []
        for time, step_input in enumerate(inputs):
            if time > 0 and not is_keras_cell(cell):
                variables.reuse_variables()
            output, state = _static_step(cell, time, step_input, state, lengths)
            outputs.append(output)
        return outputs, state


def is_keras_cell(cell: Any) -> bool:
    """Whether a cell keeps its variables itself, without scopes."""
    return getattr(cell, "_keras_style", False) is True


def _static_step(
    cell: Any, time: int, step_input: Any, state: Any, lengths: Lengths | None
) -> tuple[Any, Any]:
    if lengths is None:
        output, new_state = cell(step_input, state)
        return output, new_state
    return lengths.step(time, state, lambda: cell(step_input, state), always_call=False)


def _check_steps(inputs: Any) -> None:
    if not nest.is_sequence(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")


def _first_leaf(inputs: Any) -> Tensor:
    while nest.is_sequence(inputs):
        inputs = inputs[0]
    tensor: Tensor = inputs
    return tensor


def _fixed_batch_size(inputs: Any) -> int | None:
    """The batch size where it is known; checks that all inputs have it."""
    first = _first_leaf(inputs).get_shape()
    if first.ndims == 1:
        return first.as_list()[0]
    fixed = first.with_rank_at_least(2)[0]
    for tensor in nest.flatten(inputs):
        batch, *size = tensor.get_shape().with_rank_at_least(2).dims
        fixed.assert_is_compatible_with(batch)
        for index, dimension in enumerate(size):
            if dimension.value is None:
                raise ValueError(
                    f"Input size (dimension {index} of inputs) must be accessible via shape "
                    "inference, but saw value None."
                )
    return fixed.value


def _static_lengths(
    cell: Any, sequence_length: Any, batch_size: Any, fixed: int | None, dtype: Any, state: Any
) -> Lengths:
    lengths = convert_to_tensor(sequence_length, name="sequence_length")
    if lengths.dims is not None and len(lengths.dims) != 1:
        raise ValueError("sequence_length must be a vector of length batch_size")

    def zeros_of(size: Any) -> Tensor:
        tensor = zeros_of_size(batch_size, size, state_dtype(dtype, state))
        tensor.set_shape(joined_dims(fixed, size))
        return tensor

    zero_output = nest.map_structure(zeros_of, cell.output_size)
    return lengths_of(cast(lengths, int32), zero_output)


# ---- static_state_saving_rnn ----


def static_state_saving_rnn(
    cell: Any,
    inputs: Any,
    state_saver: Any,
    state_name: Any,
    sequence_length: Any = None,
    scope: Any = None,
) -> Any:
    """`static_rnn` whose first state is read from an object, and whose last state goes back there.

    Args:
      cell: an RNNCell.
      inputs: as of `static_rnn`.
      state_saver: has `state(name)`, which returns a tensor, and `save_state(name, value)`, which
        returns an operation.
      state_name: a name for each part of the state, in the structure of the cell's `state_size`.
      sequence_length: as of `static_rnn`.
      scope: as of `static_rnn`.

    Returns:
      The list of outputs, of which the last waits for the state to be saved, and the last state.

    Raises:
      TypeError: as of `static_rnn`.
      ValueError: as of `static_rnn`, or `state_name` and `state_size` differ in form.

    Source: TensorFlow 1.15 `tf.nn.static_state_saving_rnn`.
    """
    size = cell.state_size
    if nest.is_sequence(size) != nest.is_sequence(state_name):
        raise ValueError(
            "state_name should be the same type as cell.state_size.  state_name: "
            f"{state_name}, cell.state_size: {size}"
        )
    names = nest.flatten(state_name)
    if len(names) != len(nest.flatten(size)):
        raise ValueError(
            f"#elems(state_name) != #elems(state_size): {len(names)} vs. {len(nest.flatten(size))}"
        )
    initial_state = nest.pack_sequence_as(size, [state_saver.state(name) for name in names])
    outputs, state = static_rnn(
        cell, inputs, initial_state=initial_state, sequence_length=sequence_length, scope=scope
    )
    saved = [
        state_saver.save_state(name, value)
        for name, value in zip(names, nest.flatten(state), strict=True)
    ]
    with scopes.control_dependencies(saved):
        outputs[-1] = nest.map_structure(identity, outputs[-1])
        return outputs, nest.map_structure(identity, state)


# ---- static_bidirectional_rnn ----


def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> Any:
    """Two `static_rnn`, of which one reads the inputs from the last to the first.

    Args:
      cell_fw: the cell that reads forward.
      cell_bw: the cell that reads backward.
      inputs: as of `static_rnn`.
      initial_state_fw: the first state of `cell_fw`; zeros when None.
      initial_state_bw: the first state of `cell_bw`; zeros when None.
      dtype: of the zeros.
      sequence_length: ints of shape [batch]; the backward cell begins at the end of each sequence.
      scope: a name, or a VariableScope, instead of "bidirectional_rnn".

    Returns:
      The list of the outputs of both, one behind the other along axis 1, and the last state of
      either.

    Raises:
      TypeError: a cell is no cell, or `inputs` no sequence.
      ValueError: as of `static_rnn`.

    Source: TensorFlow 1.15 `tf.nn.static_bidirectional_rnn`.
    """
    check_cell("cell_fw", cell_fw)
    check_cell("cell_bw", cell_bw)
    _check_steps(inputs)
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw_scope:
            forward, state_fw = static_rnn(
                cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope=fw_scope
            )
        with variable_scope("bw") as bw_scope:
            reversed_inputs = reversed_steps(inputs, sequence_length)
            backward, state_bw = static_rnn(
                cell_bw, reversed_inputs, initial_state_bw, dtype, sequence_length, scope=bw_scope
            )
    backward = reversed_steps(backward, sequence_length)
    pairs = zip(nest.flatten(forward), nest.flatten(backward), strict=True)
    outputs = nest.pack_sequence_as(forward, [concat([fw, bw], 1) for fw, bw in pairs])
    return outputs, state_fw, state_bw


def reversed_steps(steps: Sequence[Any], lengths: Any) -> list[Any]:
    """Steps from the last to the first.

    Args:
      steps: tensors of shape [batch, ...], or structures of them.
      lengths: None, or ints of shape [batch]: what is past the end of a sequence stays there.
    """
    if lengths is None:
        return list(reversed(steps))
    columns = zip(*(nest.flatten(step) for step in steps), strict=True)
    turned = zip(*(_reversed_column(column, lengths) for column in columns), strict=True)
    return [
        nest.pack_sequence_as(step, list(leaves))
        for step, leaves in zip(steps, turned, strict=True)
    ]


def _reversed_column(column: Sequence[Tensor], lengths: Any) -> list[Tensor]:
    dims: Dims = column[0].dims and (None,) * len(column[0].dims)
    for tensor in column:
        dims = merge_dims(dims, tensor.dims)
        tensor.set_shape(dims)
    joined = reverse_sequence(stack(column), lengths, 0, 1)
    result: list[Tensor] = unstack(joined)
    for tensor in result:
        tensor.set_shape(dims)
    return result
