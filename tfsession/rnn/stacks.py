"""`tf.contrib.rnn`: bidirectional networks on top of each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.ops.array import concat
from tfsession.rnn.dynamic import bidirectional_dynamic_rnn
from tfsession.rnn.unroll import static_bidirectional_rnn
from tfsession.variables.scope import variable_scope

__all__ = ["stack_bidirectional_dynamic_rnn", "stack_bidirectional_rnn"]


def stack_bidirectional_rnn(
    cells_fw: Any,
    cells_bw: Any,
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> Any:
    """`static_bidirectional_rnn` in layers, of which each reads both outputs of the one before.

    Args:
      cells_fw: the cells that read forward, one for each layer.
      cells_bw: the cells that read backward, as many.
      inputs: as of `static_rnn`.
      initial_states_fw: a first state for each of `cells_fw`; zeros when None.
      initial_states_bw: a first state for each of `cells_bw`; zeros when None.
      dtype: of the zeros.
      sequence_length: ints of shape [batch].
      scope: a name, or a VariableScope, instead of "stack_bidirectional_rnn".

    Returns:
      The outputs of the last layer, and tuples of the last states of both kinds of cells.

    Raises:
      ValueError: there are no cells, or lists differ in length.

    Source: TensorFlow 1.15 `tf.contrib.rnn.stack_bidirectional_rnn`.
    """
    _check_stacks(cells_fw, cells_bw, initial_states_fw, initial_states_bw)

    def run(layer: int, below: Any, scope: Any) -> Any:
        return static_bidirectional_rnn(
            cells_fw[layer],
            cells_bw[layer],
            below,
            initial_states_fw and initial_states_fw[layer],
            initial_states_bw and initial_states_bw[layer],
            sequence_length=sequence_length,
            dtype=dtype,
            scope=scope,
        )

    with variable_scope(scope or "stack_bidirectional_rnn"):
        return _layers(run, len(cells_fw), inputs)


def stack_bidirectional_dynamic_rnn(
    cells_fw: Any,
    cells_bw: Any,
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> Any:
    """`bidirectional_dynamic_rnn` in layers, of which each reads both outputs of the one before.

    Args:
      cells_fw: the cells that read forward, one for each layer.
      cells_bw: the cells that read backward, as many.
      inputs: as of `dynamic_rnn`.
      initial_states_fw: a first state for each of `cells_fw`; zeros when None.
      initial_states_bw: a first state for each of `cells_bw`; zeros when None.
      dtype: of the zeros.
      sequence_length: ints of shape [batch].
      parallel_iterations: as of `dynamic_rnn`.
      time_major: as of `dynamic_rnn`.
      scope: a name, or a VariableScope, instead of "stack_bidirectional_rnn".
      swap_memory: as of `dynamic_rnn`.

    Returns:
      The outputs of the last layer, and tuples of the last states of both kinds of cells.

    Raises:
      ValueError: there are no cells, or lists differ in length.

    Source: TensorFlow 1.15 `tf.contrib.rnn.stack_bidirectional_dynamic_rnn`.
    """
    _check_stacks(cells_fw, cells_bw, initial_states_fw, initial_states_bw)

    def run(layer: int, below: Any, _: Any) -> Any:
        outputs, (state_fw, state_bw) = bidirectional_dynamic_rnn(
            cells_fw[layer],
            cells_bw[layer],
            below,
            initial_state_fw=initial_states_fw and initial_states_fw[layer],
            initial_state_bw=initial_states_bw and initial_states_bw[layer],
            sequence_length=sequence_length,
            parallel_iterations=parallel_iterations,
            dtype=dtype,
            swap_memory=swap_memory,
            time_major=time_major,
        )
        return concat(outputs, 2), state_fw, state_bw

    with variable_scope(scope or "stack_bidirectional_rnn"):
        return _layers(run, len(cells_fw), inputs)


def _layers(run: Callable[[int, Any, Any], Any], count: int, inputs: Any) -> Any:
    """Outputs of the last layer, and the states of all of them."""
    states_fw, states_bw = [], []
    for layer in range(count):
        with variable_scope(f"cell_{layer}") as scope:
            inputs, state_fw, state_bw = run(layer, inputs, scope)
        states_fw.append(state_fw)
        states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def _check_stacks(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> None:
    if not cells_fw:
        raise ValueError("Must specify at least one fw cell for BidirectionalRNN.")
    if not cells_bw:
        raise ValueError("Must specify at least one bw cell for BidirectionalRNN.")
    for name, cells in (("forward", cells_fw), ("backward", cells_bw)):
        if not isinstance(cells, list):
            raise ValueError(f"cells_{name[0]}w must be a list of RNNCells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for cells, states, letter in ((cells_fw, states_fw, "f"), (cells_bw, states_bw, "b")):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells)):
            raise ValueError(
                f"initial_states_{letter}w must be a list of state tensors (one per layer)."
            )
