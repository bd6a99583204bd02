"""`tf.contrib.rnn`: cells whose input or output goes through something else."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tfsession import logging, nest
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import device, name_scope
from tfsession.ops.array import concat, expand_dims, reshape
from tfsession.ops.convolution import conv2d
from tfsession.ops.indexing import slice as slice_of
from tfsession.ops.initializers import constant_initializer, random_uniform_initializer
from tfsession.ops.math import sigmoid, tanh
from tfsession.ops.nn import xw_plus_b
from tfsession.ops.reduction import reduce_sum
from tfsession.ops.softmax import softmax
from tfsession.rnn.cell import RNNCell
from tfsession.rnn.linear import Linear
from tfsession.rnn.states import check_cell
from tfsession.variables.embedding import embedding_lookup
from tfsession.variables.scope import get_variable, get_variable_scope, variable_scope

__all__ = [
    "AttentionCellWrapper",
    "EmbeddingWrapper",
    "HighwayWrapper",
    "InputProjectionWrapper",
    "OutputProjectionWrapper",
]


class _Around(RNNCell):
    """A cell around another one, whose variables lie below its own scope."""

    def __init__(self, cell: Any, reuse: Any) -> None:
        super().__init__(_reuse=reuse)
        check_cell("cell", cell)
        self._cell = cell

    @property
    def state_size(self) -> Any:
        """That of the cell."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """That of the cell."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell."""
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)


class EmbeddingWrapper(_Around):
    """A cell whose inputs are ids, of which it gets the rows of a table.

    Args:
      cell: the cell.
      embedding_classes: the number of rows.
      embedding_size: the size of a row.
      initializer: of the table; the scope's, or uniform of variance 1, when None.
      reuse: whether the variables exist already in the scope.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: a size is not positive.

    Source: TensorFlow 1.15 `tf.contrib.rnn.EmbeddingWrapper`.
    """

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "Both embedding_classes and embedding_size must be > 0: "
                f"{embedding_classes}, {embedding_size}."
            )
        self._embedding_classes = embedding_classes
        self._embedding_size = embedding_size
        self._initializer = initializer

    def call(self, inputs: Any, state: Any) -> Any:
        """One step, on ids of shape [batch] or [batch, 1]."""
        with device("/cpu:0"):
            initializer = self._initializer or get_variable_scope().initializer
            if not initializer:
                bound = math.sqrt(3)
                initializer = random_uniform_initializer(-bound, bound)
            # A plain tuple of states has no dtype of its own.
            dtype = state[0].dtype if type(state) is tuple else state.dtype
            table = get_variable(
                "embedding",
                [self._embedding_classes, self._embedding_size],
                initializer=initializer,
                dtype=dtype,
            )
            rows = embedding_lookup(table, reshape(inputs, [-1]))
            return self._cell(rows, state)


class InputProjectionWrapper(_Around):
    """A cell whose input is multiplied by a matrix first.

    Args:
      cell: the cell.
      num_proj: the size that inputs are projected to.
      activation: a function of the projected input.
      input_size: deprecated, without effect.
      reuse: whether the variables exist already in the scope.

    Raises:
      TypeError: `cell` is no cell.

    Source: TensorFlow 1.15 `tf.contrib.rnn.InputProjectionWrapper`.
    """

    def __init__(
        self,
        cell: Any,
        num_proj: int,
        activation: Callable[[Any], Any] | None = None,
        input_size: Any = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(cell, reuse)
        if input_size is not None:
            logging.warning("%s: The input_size parameter is deprecated.", self)
        self._num_proj = num_proj
        self._activation = activation
        self._linear: Linear | None = None

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        if self._linear is None:
            self._linear = Linear(inputs, self._num_proj, True)
        projected = self._linear(inputs)
        if self._activation:
            projected = self._activation(projected)
        return self._cell(projected, state)


class OutputProjectionWrapper(_Around):
    """A cell whose output is multiplied by a matrix.

    Args:
      cell: the cell.
      output_size: the size that outputs are projected to.
      activation: a function of the projected output.
      reuse: whether the variables exist already in the scope.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: `output_size` is not positive.

    Source: TensorFlow 1.15 `tf.contrib.rnn.OutputProjectionWrapper`.
    """

    def __init__(
        self,
        cell: Any,
        output_size: int,
        activation: Callable[[Any], Any] | None = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._output_size = output_size
        self._activation = activation
        self._linear: Linear | None = None

    @property
    def output_size(self) -> int:
        """The size that outputs are projected to."""
        return self._output_size

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        output, new_state = self._cell(inputs, state)
        if self._linear is None:
            self._linear = Linear(output, self._output_size, True)
        projected = self._linear(output)
        if self._activation:
            projected = self._activation(projected)
        return projected, new_state


class HighwayWrapper(_Around):
    """A cell of whose input a gate lets through a part, beside its output.

    Args:
      cell: the cell, whose output has the size of its input.
      couple_carry_transform_gates: whether of the output there is what of the input there is not.
      carry_bias_init: the first value of the gate's bias.

    Source: TensorFlow 1.15 `tf.contrib.rnn.HighwayWrapper`; Srivastava et al., 2015,
      arXiv:1505.00387.
    """

    def __init__(
        self, cell: Any, couple_carry_transform_gates: bool = True, carry_bias_init: float = 1.0
    ) -> None:
        super().__init__(cell, None)
        self._couple_carry_transform_gates = couple_carry_transform_gates
        self._carry_bias_init = carry_bias_init

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; the gate's variables lie in the current scope, beside the cell's."""
        outputs, new_state = self._cell(inputs, state, scope=scope)
        nest.assert_same_structure(inputs, outputs)
        for one, other in zip(nest.flatten(inputs), nest.flatten(outputs), strict=True):
            one.get_shape().assert_is_compatible_with(other.get_shape())
        return nest.map_structure(self._mixed, inputs, outputs), new_state

    def _mixed(self, inputs: Tensor, outputs: Tensor) -> Any:
        carry = self._gate("carry", inputs, self._carry_bias_init)
        if self._couple_carry_transform_gates:
            transform = 1 - carry
        else:
            transform = self._gate("transform", inputs, -self._carry_bias_init)
        return inputs * carry + outputs * transform

    def _gate(self, name: str, inputs: Tensor, bias: float) -> Any:
        size = inputs.get_shape().with_rank(2)[1].value
        kernel = get_variable(f"{name}_w", [size, size])
        offset = get_variable(f"{name}_b", [size], initializer=constant_initializer(bias))
        return sigmoid(xw_plus_b(inputs, kernel, offset))


class AttentionCellWrapper(RNNCell):
    """A cell that looks back at its last outputs.

    Args:
      cell: the cell.
      attn_length: how many outputs it looks back at.
      attn_size: the size of an output as it is kept; the cell's output size when None.
      attn_vec_size: the width of the comparison; `attn_size` when None.
      input_size: the size of the input that the cell gets; that of the input when None.
      state_is_tuple: whether states are (the cell's, the last attention, the last outputs), or
        these one behind the other.
      reuse: whether the variables exist already in the scope.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: the cell's state is a tuple and this one must not be, or `attn_length` is not
        positive.

    Source: TensorFlow 1.15 `tf.contrib.rnn.AttentionCellWrapper`; Bahdanau et al., 2014,
      arXiv:1409.0473.
    """

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        check_cell("cell", cell)
        if nest.is_sequence(cell.state_size) and not state_is_tuple:
            raise ValueError(
                "Cell returns tuple of states, but the flag state_is_tuple is not set. State size "
                f"is: {cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        if not state_is_tuple:
            logging.warning(
                "%s: Using a concatenated state is slower and will soon be deprecated.", self
            )
        self._cell = cell
        self._attn_length = attn_length
        self._attn_size = cell.output_size if attn_size is None else attn_size
        self._attn_vec_size = self._attn_size if attn_vec_size is None else attn_vec_size
        self._input_size = input_size
        self._state_is_tuple = state_is_tuple
        self._linears: dict[str, Linear] = {}

    @property
    def state_size(self) -> Any:
        """The sizes of the cell's state, the attention and the outputs kept, or their sum."""
        size = (self._cell.state_size, self._attn_size, self._attn_size * self._attn_length)
        return size if self._state_is_tuple else sum(size)

    @property
    def output_size(self) -> int:
        """`attn_size`."""
        return self._attn_size

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        size, length = self._attn_size, self._attn_length
        cell_state, attention, kept = state if self._state_is_tuple else self._parts(state)
        kept = reshape(kept, [-1, length, size])
        input_size = self._input_size or inputs.get_shape().as_list()[1]
        inputs = self._linear("input", [inputs, attention], input_size)
        output, cell_state = self._cell(inputs, cell_state)
        query = concat(nest.flatten(cell_state), 1) if self._state_is_tuple else cell_state
        attention, kept = self._attention(query, kept)
        with variable_scope("attn_output_projection"):
            output = self._linear("output", [output, attention], size)
        kept = reshape(concat([kept, expand_dims(output, 1)], 1), [-1, length * size])
        new_state = (cell_state, attention, kept)
        return output, new_state if self._state_is_tuple else concat(list(new_state), 1)

    def _parts(self, state: Any) -> list[Any]:
        cell_size, size = self._cell.state_size, self._attn_size
        return [
            slice_of(state, [0, first], [-1, width])
            for first, width in (
                (0, cell_size),
                (cell_size, size),
                (cell_size + size, size * self._attn_length),
            )
        ]

    def _linear(self, name: str, arguments: Any, output_size: int) -> Any:
        if name not in self._linears:
            self._linears[name] = Linear(arguments, output_size, True)
        return self._linears[name](arguments)

    def _attention(self, query: Any, kept: Any) -> tuple[Any, Any]:
        """What of the last outputs a query asks for, and the outputs without the oldest."""
        size, length, width = self._attn_size, self._attn_length, self._attn_vec_size
        with variable_scope("attention"):
            kernel = get_variable("attn_w", [1, 1, size, width])
            v = get_variable("attn_v", [width])
            hidden = reshape(kept, [-1, length, 1, size])
            features = conv2d(hidden, kernel, [1, 1, 1, 1], "SAME")
            y = reshape(self._linear("query", query, width), [-1, 1, 1, width])
            weights = softmax(reduce_sum(v * tanh(features + y), [2, 3]))
            found = reduce_sum(reshape(weights, [-1, length, 1, 1]) * hidden, [1, 2])
            found = reshape(found, [-1, size])
            return found, slice_of(kept, [0, 1, 0], [-1, -1, -1])
