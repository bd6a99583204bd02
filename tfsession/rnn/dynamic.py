"""Sequences of a length that is known only while the graph runs: a cell in a loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession import nest
from tfsession.dtypes import DType, int32
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.ops.array import concat, constant, identity, rank, shape, stack, zeros
from tfsession.ops.control_flow import Assert, while_loop
from tfsession.ops.math import (
    cast,
    equal,
    logical_not,
    logical_or,
    maximum,
    minimum,
    range as range_of,
)
from tfsession.ops.rearrange import reverse, reverse_sequence, transpose
from tfsession.ops.reduction import reduce_all
from tfsession.ops.tensor_array import TensorArray
from tfsession.rnn.states import (
    batch_size_of,
    check_cell,
    dims_of_size,
    first_state,
    joined_dims,
    joined_shape,
    keep_where,
    state_dtype,
    zeros_of_size,
)
from tfsession.rnn.unroll import Lengths, cache_variables, lengths_of
from tfsession.shapes import Dims, concatenate_dims, is_fully_defined, merge_dim
from tfsession.variables.scope import variable_scope

__all__ = ["bidirectional_dynamic_rnn", "dynamic_rnn", "raw_rnn"]

# How many rounds of a loop TensorFlow lets run at once where nothing is said.
_PARALLEL_ITERATIONS = 32


def transpose_batch_time(x: Tensor) -> Tensor:
    """Exchanges the first two axes; a tensor without two axes is returned as it is."""
    if x.dims is None or len(x.dims) < 2:
        return x
    axes = concat([[1, 0], range_of(2, rank(x))], axis=0)
    result: Tensor = transpose(x, axes)
    result.set_shape((x.dims[1], x.dims[0], *x.dims[2:]))
    return result


# ---- dynamic_rnn ----


def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> Any:
    """Calls a cell once for each step of its inputs, in a loop.

    Args:
      cell: an RNNCell.
      inputs: a tensor of shape [batch, time, ...], or a structure of such tensors.
      sequence_length: ints of shape [batch]. Past its length a sequence puts out zeros, and its
        state stays what it was. The loop ends with the longest.
      initial_state: the first state, in the structure of the cell's `state_size`; zeros when None.
      dtype: of the zeros; needed without an `initial_state`.
      parallel_iterations: accepted for compatibility; rounds run one after the other.
      swap_memory: accepted for compatibility.
      time_major: whether inputs and outputs are of shape [time, batch, ...], which spares two
        transpositions.
      scope: a name, or a VariableScope, instead of "rnn".

    Returns:
      The outputs, of shape [batch, time, ...] and in the structure of the cell's `output_size`, and
      the last state.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: the depth of the inputs is not known, sizes differ, there is neither state nor
        dtype, or `sequence_length` is no vector.

    Source: TensorFlow 1.15 `tf.nn.dynamic_rnn`.
    """
    check_cell("cell", cell)
    with variable_scope(scope or "rnn") as variables:
        cache_variables(variables)
        flat = nest.flatten(inputs)
        if not time_major:
            flat = [transpose_batch_time(convert_to_tensor(tensor)) for tensor in flat]
        lengths = None if sequence_length is None else _lengths_vector(sequence_length)
        batch_size = batch_size_of(flat)
        state = initial_state
        if state is None:
            if not dtype:
                raise ValueError("If there is no initial_state, you must give a dtype.")
            state = first_state(cell, batch_size, dtype)
        if lengths is not None:
            lengths = _checked_lengths(lengths, batch_size)
        outputs, state = _loop(
            cell,
            nest.pack_sequence_as(inputs, flat),
            state,
            parallel_iterations or _PARALLEL_ITERATIONS,
            swap_memory,
            lengths,
            dtype,
        )
        if not time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
        return outputs, state


def _lengths_vector(sequence_length: Any) -> Tensor:
    lengths = cast(sequence_length, int32)
    if lengths.dims is not None and len(lengths.dims) != 1:
        raise ValueError(
            "sequence_length must be a vector of length batch_size, but saw shape: "
            f"{lengths.get_shape()}"
        )
    result: Tensor = identity(lengths, name="sequence_length")
    return result


def _checked_lengths(lengths: Tensor, batch_size: Any) -> Tensor:
    """The lengths, once there are as many as sequences."""
    found, wanted = shape(lengths), stack([batch_size])
    check = Assert(
        reduce_all(equal(found, wanted)),
        [f"Expected shape for Tensor {lengths.name} is ", wanted, " but saw shape: ", found],
    )
    with scopes.control_dependencies([check]):
        result: Tensor = identity(lengths, name="CheckSeqLen")
    return result


def _loop(
    cell: Any,
    inputs: Any,
    state: Any,
    parallel_iterations: int,
    swap_memory: bool,
    lengths: Tensor | None,
    dtype: Any,
) -> tuple[Any, Any]:
    """The loop over inputs of shape [time, batch, ...]."""
    flat = nest.flatten(inputs)
    steps = shape(flat[0])[0]
    batch_size = batch_size_of(flat)
    known_steps, known_batch_size = _known_sizes(flat)
    output_sizes = nest.flatten(cell.output_size)
    output_dtype = state_dtype(dtype, state)
    zero_outputs = [zeros_of_size(batch_size, size, output_dtype) for size in output_sizes]
    early = None
    if lengths is not None:
        early = lengths_of(lengths, nest.pack_sequence_as(cell.output_size, zero_outputs))
    time = constant(0, int32, name="time")
    with scopes.name_scope("dynamic_rnn") as base:
        pass
    outputs = tuple(
        _array(
            steps,
            output_dtype,
            concatenate_dims((known_batch_size,), dims_of_size(size)),
            f"{base}output_{index}",
        )
        for index, size in enumerate(output_sizes)
    )
    rows = [
        _array(steps, tensor.dtype, tensor.dims[1:], f"{base}input_{index}")
        for index, tensor in enumerate(flat)
    ]
    rows = [array.unstack(tensor) for array, tensor in zip(rows, flat, strict=True)]

    def body(time: Tensor, outputs: tuple[TensorArray, ...], state: Any) -> Any:
        step_input = nest.pack_sequence_as(inputs, [array.read(time) for array in rows])
        output, state = _step(cell, time, step_input, state, early)
        flat_output = nest.flatten(output)
        written = tuple(a.write(time, o) for a, o in zip(outputs, flat_output, strict=True))
        return time + 1, written, state

    # A loop of no rounds would give outputs of no known shape.
    bound = minimum(steps, maximum(1, steps if early is None else early.longest))
    _, outputs, state = while_loop(
        lambda time, *_: time < bound,
        body,
        (time, outputs, state),
        parallel_iterations=parallel_iterations,
        maximum_iterations=steps,
        swap_memory=swap_memory,
    )
    stacked = [array.stack() for array in outputs]
    for output, size in zip(stacked, output_sizes, strict=True):
        output.set_shape(joined_dims([known_steps, known_batch_size], size))
    return nest.pack_sequence_as(cell.output_size, stacked), state


def _step(cell: Any, time: Tensor, step_input: Any, state: Any, early: Lengths | None) -> Any:
    if early is None:
        return cell(step_input, state)
    return early.step(time, state, lambda: cell(step_input, state), always_call=True)


def _array(steps: Any, dtype: DType, element_shape: Dims, name: str) -> TensorArray:
    return TensorArray(dtype, size=steps, element_shape=element_shape, tensor_array_name=name)


def _known_sizes(flat: Sequence[Tensor]) -> tuple[int | None, int | None]:
    """The numbers of steps and of sequences, where they are known.

    Raises:
      ValueError: inputs differ in them, or have a depth that is not known.
    """
    shapes = [tensor.get_shape().with_rank_at_least(3) for tensor in flat]
    if any(found.ndims is None for found in shapes):
        raise ValueError(
            "Input size (depth of inputs) must be accessible, but the rank is unknown."
        )
    steps, batch_size = shapes[0].as_list()[:2]
    for found in shapes:
        dims = found.as_list()
        if not is_fully_defined(tuple(dims[2:])):
            raise ValueError(
                "Input size (depth of inputs) must be accessible via shape inference, but saw "
                "value None."
            )
        if steps != dims[0]:
            raise ValueError(
                "Time steps is not the same for all the elements in the input in a batch."
            )
        if batch_size != dims[1]:
            raise ValueError("Batch_size is not the same for all the elements in the input.")
    return steps, batch_size


# ---- bidirectional_dynamic_rnn ----


def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> Any:
    """Two `dynamic_rnn`, of which one reads the inputs from the last step to the first.

    Args:
      cell_fw: the cell that reads forward.
      cell_bw: the cell that reads backward.
      inputs: as of `dynamic_rnn`.
      sequence_length: ints of shape [batch]; the backward cell begins at the end of each sequence.
      initial_state_fw: the first state of `cell_fw`; zeros when None.
      initial_state_bw: the first state of `cell_bw`; zeros when None.
      dtype: of the zeros.
      parallel_iterations: as of `dynamic_rnn`.
      swap_memory: as of `dynamic_rnn`.
      time_major: as of `dynamic_rnn`.
      scope: a name, or a VariableScope, instead of "bidirectional_rnn".

    Returns:
      The outputs of both cells, each in the order of the inputs, and the last states of both.

    Raises:
      TypeError: a cell is no cell.
      ValueError: as of `dynamic_rnn`.

    Source: TensorFlow 1.15 `tf.nn.bidirectional_dynamic_rnn`.
    """
    check_cell("cell_fw", cell_fw)
    check_cell("cell_bw", cell_bw)
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def turned(tensor: Any) -> Any:
        if sequence_length is None:
            return reverse(tensor, axis=[time_axis])
        return reverse_sequence(
            tensor, seq_lengths=sequence_length, seq_axis=time_axis, batch_axis=batch_axis
        )

    def run(cell: Any, inputs: Any, initial_state: Any, scope: Any) -> Any:
        return dynamic_rnn(
            cell,
            inputs,
            sequence_length,
            initial_state,
            dtype,
            parallel_iterations,
            swap_memory,
            time_major,
            scope,
        )

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw_scope:
            forward, state_fw = run(cell_fw, inputs, initial_state_fw, fw_scope)
        with variable_scope("bw") as bw_scope:
            turned_inputs = nest.map_structure(turned, inputs)
            backward, state_bw = run(cell_bw, turned_inputs, initial_state_bw, bw_scope)
    return (forward, nest.map_structure(turned, backward)), (state_fw, state_bw)


# ---- raw_rnn ----


def raw_rnn(
    cell: Any,
    loop_fn: Callable[..., Any],
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    scope: Any = None,
) -> Any:
    """Calls a cell in a loop, and a function of the caller's between the steps.

    Args:
      cell: an RNNCell.
      loop_fn: takes the number of the step, the cell's output, its state and the caller's own state
        (before the first step 0 and three None), and returns which sequences have ended (bools of
        shape [batch]), the next input, the next state, what to put out, and the caller's own state.
        Before the first step, what to put out is a structure of the shapes and dtypes, or None for
        the cell's outputs; the next state is the first one.
      parallel_iterations: accepted for compatibility; rounds run one after the other.
      swap_memory: accepted for compatibility.
      scope: a name, or a VariableScope, instead of "rnn".

    Returns:
      A structure of TensorArrays of what was put out, the last state, and the last of the caller's
      own states.

    Raises:
      TypeError: `cell` is no cell, `loop_fn` no function, or a structure changes.
      ValueError: a structure changes.

    Source: TensorFlow 1.15 `tf.nn.raw_rnn`.
    """
    check_cell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with variable_scope(scope or "rnn") as variables:
        cache_variables(variables)
        time = constant(0, dtype=int32)
        ended, next_input, state, emitted, own_state = loop_fn(time, None, None, None)
        loop_state = constant(0, dtype=int32) if own_state is None else own_state
        known_batch_size, batch_size = _batch_size_of_step(nest.flatten(next_input))
        nest.assert_same_structure(state, cell.state_size)
        flat_state = [convert_to_tensor(tensor) for tensor in nest.flatten(state)]
        state = nest.pack_sequence_as(state, flat_state)
        structure, sizes, emitted_dtypes = _emitted(cell, emitted, flat_state)
        arrays = [
            TensorArray(
                dtype,
                dynamic_size=True,
                size=0,
                element_shape=concatenate_dims((known_batch_size,), dims_of_size(size)),
                name=f"rnn_output_{index}",
            )
            for index, (size, dtype) in enumerate(zip(sizes, emitted_dtypes, strict=True))
        ]
        zero_emitted = [
            zeros(joined_shape(batch_size, size), dtype)
            for size, dtype in zip(sizes, emitted_dtypes, strict=True)
        ]

        def kept(ended: Tensor, old: Any, new: Any) -> Any:
            leaves = keep_where(ended, nest.flatten(old), nest.flatten(new))
            return nest.pack_sequence_as(old, leaves)

        def condition(time: Tensor, ended: Tensor, *_: Any) -> Any:
            return logical_not(reduce_all(ended))

        def body(
            time: Tensor, ended: Tensor, step_input: Any, arrays: Any, state: Any, loop_state: Any
        ) -> Any:
            output, cell_state = cell(step_input, state)
            nest.assert_same_structure(state, cell_state)
            nest.assert_same_structure(cell.output_size, output)
            next_time = time + 1
            next_ended, next_input, next_state, emitted, next_loop_state = loop_fn(
                next_time, output, cell_state, loop_state
            )
            nest.assert_same_structure(state, next_state)
            nest.assert_same_structure(step_input, next_input)
            nest.assert_same_structure(arrays, emitted)
            if next_loop_state is None:
                next_loop_state = loop_state
            emitted = kept(ended, nest.pack_sequence_as(structure, zero_emitted), emitted)
            next_state = kept(ended, state, next_state)
            arrays = nest.map_structure(lambda a, value: a.write(time, value), arrays, emitted)
            ended = logical_or(ended, next_ended)
            return next_time, ended, next_input, arrays, next_state, next_loop_state

        *_, arrays, state, loop_state = while_loop(
            condition,
            body,
            [time, ended, next_input, nest.pack_sequence_as(structure, arrays), state, loop_state],
            parallel_iterations=parallel_iterations or _PARALLEL_ITERATIONS,
            swap_memory=swap_memory,
        )
        return arrays, state, None if own_state is None else loop_state


def _batch_size_of_step(flat: Sequence[Tensor]) -> tuple[int | None, Any]:
    """The batch size of inputs of shape [batch, ...]: where it is known, and in any case."""
    known: int | None = None
    for tensor in flat:
        known = merge_dim(known, tensor.dims[0] if tensor.dims else None)
    return known, shape(flat[0])[0] if known is None else known


def _emitted(
    cell: Any, emitted: Any, flat_state: Sequence[Tensor]
) -> tuple[Any, list[Any], list[DType]]:
    """Structure, sizes and dtypes of what is put out in a step."""
    if emitted is None:
        sizes = nest.flatten(cell.output_size)
        return cell.output_size, sizes, [flat_state[0].dtype] * len(sizes)
    flat = nest.flatten(emitted)
    sizes = [
        tensor.get_shape() if tensor.get_shape().is_fully_defined() else shape(tensor)
        for tensor in flat
    ]
    return emitted, sizes, [tensor.dtype for tensor in flat]
