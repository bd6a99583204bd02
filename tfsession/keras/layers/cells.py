"""Cells: one step of a recurrence."""

from __future__ import annotations

from typing import Any, ClassVar

from tfsession import nest
from tfsession.keras.backend import arithmetic, flow, nn
from tfsession.layers import identifiers
from tfsession.layers.abstract import Layer
from tfsession.ops import array, initializers
from tfsession.shapes import TensorShape

__all__ = [
    "AbstractRNNCell",
    "DropoutOfCells",
    "GRUCell",
    "LSTMCell",
    "SimpleRNNCell",
    "StackedRNNCells",
    "zero_state",
]


def zero_state(size: Any, inputs: Any, batch_size: Any, dtype: Any) -> Any:
    """Zeros of the shape of states.

    Args:
      size: the size of a state, or a structure of sizes; each an int or a shape.
      inputs: [batch, ...], for their batch and their DType; None where these are given.
      batch_size: the size of the batch.
      dtype: the DType.

    Raises:
      ValueError: batch or DType are not known.
    """
    if inputs is not None:
        batch_size = array.shape(inputs)[0]
        dtype = inputs.dtype
    if batch_size is None or dtype is None:
        raise ValueError(
            "batch_size and dtype cannot be None while constructing initial state: batch_size="
            f"{batch_size}, dtype={dtype}"
        )

    def zeros(one: Any) -> Any:
        return array.zeros([batch_size, *TensorShape(one).as_list()], dtype=dtype)

    if isinstance(size, (list, tuple)) and not isinstance(size, TensorShape):
        return [zeros(one) for one in size]
    return zeros(size)


class AbstractRNNCell(Layer):
    """One step of a recurrence; a subclass defines `call`, `state_size` and `output_size`.

    Source: TensorFlow 1.15 `tf.keras.layers.AbstractRNNCell`.
    """

    def call(self, inputs: Any, states: Any) -> Any:
        """The output and the new states."""
        raise NotImplementedError("Abstract method")

    @property
    def state_size(self) -> Any:
        """The sizes of the states."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """The size of the output."""
        raise NotImplementedError("Abstract method")

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Zeros."""
        return zero_state(self.state_size, inputs, batch_size, dtype)


class DropoutOfCells:
    """Masks of dropout that are the same in all steps."""

    dropout: float
    recurrent_dropout: float
    _masks: dict[str, Any]

    def reset_dropout_mask(self) -> None:
        """Drops the mask of the inputs."""
        self._masks.pop("inputs", None)

    def reset_recurrent_dropout_mask(self) -> None:
        """Drops the mask of the states."""
        self._masks.pop("states", None)

    def get_dropout_mask_for_cell(self, inputs: Any, training: Any, count: int = 1) -> Any:
        """The masks of the inputs, one for each gate; None without dropout."""
        return self._mask("inputs", self.dropout, inputs, training, count)

    def get_recurrent_dropout_mask_for_cell(
        self, inputs: Any, training: Any, count: int = 1
    ) -> Any:
        """The masks of the states, one for each gate; None without dropout."""
        return self._mask("states", self.recurrent_dropout, inputs, training, count)

    def _mask(self, what: str, rate: float, x: Any, training: Any, count: int) -> Any:
        if rate == 0:
            return None
        if what not in self._masks:
            ones = array.ones_like(x)

            def dropped() -> Any:
                return nn.dropout(ones, rate)

            masks = [flow.in_train_phase(dropped, ones, training=training) for _ in range(count)]
            self._masks[what] = masks if count > 1 else masks[0]
        return self._masks[what]


class _Cell(DropoutOfCells, Layer):
    """What the cells of Keras have in common: kernels, a bias, and dropout."""

    # How many gates the kernels have.
    _gates: ClassVar[int]

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._masks = {}
        self.units = units
        self.activation = identifiers.activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = identifiers.initializer(kernel_initializer)
        self.recurrent_initializer = identifiers.initializer(recurrent_initializer)
        self.bias_initializer = identifiers.initializer(bias_initializer)
        self.kernel_regularizer = identifiers.regularizer(kernel_regularizer)
        self.recurrent_regularizer = identifiers.regularizer(recurrent_regularizer)
        self.bias_regularizer = identifiers.regularizer(bias_regularizer)
        self.kernel_constraint = identifiers.constraint(kernel_constraint)
        self.recurrent_constraint = identifiers.constraint(recurrent_constraint)
        self.bias_constraint = identifiers.constraint(bias_constraint)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.state_size: Any = units
        self.output_size: Any = units
        self.kernel: Any = None
        self.recurrent_kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `kernel`, [inputs, gates * units], `recurrent_kernel` and `bias`."""
        size = TensorShape(input_shape).as_list()[-1]
        self.kernel = self.add_weight(
            shape=(size, self.units * self._gates),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units * self._gates),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=self._bias_shape(),
                name="bias",
                initializer=self._initializer_of_bias(),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.units * self._gates,)

    def _initializer_of_bias(self) -> Any:
        return self.bias_initializer

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Zeros."""
        return zero_state(self.state_size, inputs, batch_size, dtype)


def _masked(x: Any, mask: Any) -> Any:
    return x if mask is None else x * mask


_COMMON = (
    "units",
    "activation",
    "use_bias",
    "kernel_initializer",
    "recurrent_initializer",
    "bias_initializer",
    "kernel_regularizer",
    "recurrent_regularizer",
    "bias_regularizer",
    "kernel_constraint",
    "recurrent_constraint",
    "bias_constraint",
    "dropout",
    "recurrent_dropout",
)


class SimpleRNNCell(_Cell):
    """``activation(inputs @ kernel + state @ recurrent_kernel + bias)``.

    Args:
      units: the size of the state.
      activation: a function of tensors, or its name.
      use_bias: whether there is a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: of the variables.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: map the variable to a loss.
      kernel_constraint, recurrent_constraint, bias_constraint: map the value after an update to
        the one that is kept.
      dropout, recurrent_dropout: the shares of inputs and states that are dropped.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.SimpleRNNCell`.
    """

    _gates = 1
    _CONFIG: ClassVar = _COMMON

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """The output, which is the new state, too."""
        previous = states[0] if nest.is_sequence(states) else states
        mask = self.get_dropout_mask_for_cell(inputs, training)
        recurrent_mask = self.get_recurrent_dropout_mask_for_cell(previous, training)
        h = arithmetic.dot(_masked(inputs, mask), self.kernel)
        if self.bias is not None:
            h = nn.bias_add(h, self.bias)
        output = h + arithmetic.dot(_masked(previous, recurrent_mask), self.recurrent_kernel)
        output = self.activation(output)
        return output, [output]


class LSTMCell(_Cell):
    """Long short-term memory, by Hochreiter and Schmidhuber.

    Args:
      units: the size of the states.
      activation: of the candidate and the output.
      recurrent_activation: of the gates.
      use_bias: whether there is a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: of the variables.
      unit_forget_bias: whether the bias of the forget gate begins with 1.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: map the variable to a loss.
      kernel_constraint, recurrent_constraint, bias_constraint: map the value after an update to
        the one that is kept.
      dropout, recurrent_dropout: the shares of inputs and states that are dropped.
      implementation: 1 multiplies gate by gate, 2 all at once.
      **kwargs: what `Layer` takes.

    Source: Long Short-Term Memory (1997); TensorFlow 1.15 `tf.keras.layers.LSTMCell`.
    """

    _gates = 4
    _CONFIG: ClassVar = (
        *_COMMON[:2],
        "recurrent_activation",
        *_COMMON[2:6],
        "unit_forget_bias",
        *_COMMON[6:],
        "implementation",
    )

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            **kwargs,
        )
        self.recurrent_activation = identifiers.activation(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.implementation = implementation
        self.state_size = [units, units]

    def _initializer_of_bias(self) -> Any:
        if not self.unit_forget_bias:
            return self.bias_initializer

        def with_ones(_: Any, *args: Any, **kwargs: Any) -> Any:
            parts = [
                self.bias_initializer((self.units,), *args, **kwargs),
                initializers.ones_initializer()((self.units,), *args, **kwargs),
                self.bias_initializer((self.units * 2,), *args, **kwargs),
            ]
            return array.concat(parts, axis=0)

        return with_ones

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """The output, and the new output and carry."""
        h, c = states[0], states[1]
        masks = self.get_dropout_mask_for_cell(inputs, training, count=4) or [None] * 4
        recurrent_masks = self.get_recurrent_dropout_mask_for_cell(h, training, count=4)
        recurrent_masks = recurrent_masks or [None] * 4
        if self.implementation == 1:
            output, carry = self._gate_by_gate(inputs, h, c, masks, recurrent_masks)
        else:
            output, carry = self._at_once(inputs, h, c, masks[0], recurrent_masks[0])
        return output, [output, carry]

    def _gate_by_gate(self, inputs: Any, h: Any, c: Any, masks: Any, recurrent: Any) -> Any:
        each = [_masked(inputs, mask) for mask in masks]
        kernels = array.split(self.kernel, num_or_size_splits=4, axis=1)
        x = [arithmetic.dot(a, k) for a, k in zip(each, kernels, strict=True)]
        if self.use_bias:
            biases = array.split(self.bias, num_or_size_splits=4, axis=0)
            x = [nn.bias_add(a, b) for a, b in zip(x, biases, strict=True)]
        states = [_masked(h, mask) for mask in recurrent]

        def gate(number: int) -> Any:
            first = number * self.units
            kernel = (
                self.recurrent_kernel[:, : first + self.units]
                if number == 0
                else self.recurrent_kernel[:, first:]
                if number == 3
                else self.recurrent_kernel[:, first : first + self.units]
            )
            return x[number] + arithmetic.dot(states[number], kernel)

        i = self.recurrent_activation(gate(0))
        f = self.recurrent_activation(gate(1))
        carry = f * c + i * self.activation(gate(2))
        o = self.recurrent_activation(gate(3))
        return o * self.activation(carry), carry

    def _at_once(self, inputs: Any, h: Any, c: Any, mask: Any, recurrent_mask: Any) -> Any:
        z = arithmetic.dot(_masked(inputs, mask), self.kernel)
        z += arithmetic.dot(_masked(h, recurrent_mask), self.recurrent_kernel)
        if self.use_bias:
            z = nn.bias_add(z, self.bias)
        z0, z1, z2, z3 = array.split(z, num_or_size_splits=4, axis=1)
        i = self.recurrent_activation(z0)
        f = self.recurrent_activation(z1)
        carry = f * c + i * self.activation(z2)
        o = self.recurrent_activation(z3)
        return o * self.activation(carry), carry


class GRUCell(_Cell):
    """The gated recurrent unit, by Cho and others.

    Args:
      units: the size of the state.
      activation: of the candidate.
      recurrent_activation: of the gates.
      use_bias: whether there is a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: of the variables.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: map the variable to a loss.
      kernel_constraint, recurrent_constraint, bias_constraint: map the value after an update to
        the one that is kept.
      dropout, recurrent_dropout: the shares of inputs and states that are dropped.
      implementation: 1 multiplies gate by gate, 2 all at once.
      reset_after: whether the reset gate acts behind the matrix, as in cuDNN.
      **kwargs: what `Layer` takes.

    Source: arXiv 1406.1078; TensorFlow 1.15 `tf.keras.layers.GRUCell`.
    """

    _gates = 3
    _CONFIG: ClassVar = (
        *_COMMON[:2],
        "recurrent_activation",
        *_COMMON[2:],
        "implementation",
        "reset_after",
    )

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        reset_after: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            **kwargs,
        )
        self.recurrent_activation = identifiers.activation(recurrent_activation)
        self.implementation = implementation
        self.reset_after = reset_after

    def _bias_shape(self) -> tuple[int, ...]:
        size = self.units * 3
        return (2, size) if self.reset_after else (size,)

    def _biases(self) -> tuple[Any, Any]:
        if not self.use_bias:
            return None, None
        if not self.reset_after:
            return self.bias, None
        first, second = array.unstack(self.bias)
        return first, second

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """The output, which is the new state, too."""
        h = states[0] if nest.is_sequence(states) else states
        masks = self.get_dropout_mask_for_cell(inputs, training, count=3) or [None] * 3
        recurrent = self.get_recurrent_dropout_mask_for_cell(h, training, count=3)
        recurrent = recurrent or [None] * 3
        if self.implementation == 1:
            z, candidate = self._gate_by_gate(inputs, h, masks, recurrent)
        else:
            z, candidate = self._at_once(inputs, h, masks[0], recurrent[0])
        output = z * h + (1 - z) * candidate
        return output, [output]

    def _gate_by_gate(self, inputs: Any, h: Any, masks: Any, recurrent: Any) -> Any:
        u = self.units
        bias, recurrent_bias = self._biases()
        parts = (slice(None, u), slice(u, 2 * u), slice(2 * u, None))
        x = [
            arithmetic.dot(_masked(inputs, mask), self.kernel[:, part])
            for mask, part in zip(masks, parts, strict=True)
        ]
        if bias is not None:
            x = [nn.bias_add(a, bias[part]) for a, part in zip(x, parts, strict=True)]
        states = [_masked(h, mask) for mask in recurrent]
        inner = [
            arithmetic.dot(state, self.recurrent_kernel[:, part])
            for state, part in zip(states[:2], parts[:2], strict=True)
        ]
        if recurrent_bias is not None:
            inner = [
                nn.bias_add(a, recurrent_bias[part])
                for a, part in zip(inner, parts[:2], strict=True)
            ]
        z = self.recurrent_activation(x[0] + inner[0])
        r = self.recurrent_activation(x[1] + inner[1])
        if self.reset_after:
            last = arithmetic.dot(states[2], self.recurrent_kernel[:, parts[2]])
            if recurrent_bias is not None:
                last = nn.bias_add(last, recurrent_bias[parts[2]])
            last = r * last
        else:
            last = arithmetic.dot(r * states[2], self.recurrent_kernel[:, parts[2]])
        return z, self.activation(x[2] + last)

    def _at_once(self, inputs: Any, h: Any, mask: Any, recurrent_mask: Any) -> Any:
        u = self.units
        bias, recurrent_bias = self._biases()
        x = arithmetic.dot(_masked(inputs, mask), self.kernel)
        if bias is not None:
            x = nn.bias_add(x, bias)
        x_z, x_r, x_h = x[:, :u], x[:, u : 2 * u], x[:, 2 * u :]
        h = _masked(h, recurrent_mask)
        if self.reset_after:
            inner = arithmetic.dot(h, self.recurrent_kernel)
            if recurrent_bias is not None:
                inner = nn.bias_add(inner, recurrent_bias)
        else:
            inner = arithmetic.dot(h, self.recurrent_kernel[:, : 2 * u])
        z = self.recurrent_activation(x_z + inner[:, :u])
        r = self.recurrent_activation(x_r + inner[:, u : 2 * u])
        if self.reset_after:
            last = r * inner[:, 2 * u :]
        else:
            last = arithmetic.dot(r * h, self.recurrent_kernel[:, 2 * u :])
        return z, self.activation(x_h + last)


class StackedRNNCells(Layer):
    """Cells, each on the output of the one before, as one.

    Args:
      cells: the cells.
      **kwargs: what `Layer` takes; `reverse_state_order`, whether the states of the last cell come
        first.

    Raises:
      ValueError: something is no cell.

    Source: TensorFlow 1.15 `tf.keras.layers.StackedRNNCells`.
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        for cell in cells:
            if not hasattr(cell, "call"):
                raise ValueError("All cells must have a `call` method. received cells:", cells)
            if not hasattr(cell, "state_size"):
                raise ValueError(
                    "All cells must have a `state_size` attribute. received cells:", cells
                )
        self.reverse_state_order = kwargs.pop("reverse_state_order", False)
        super().__init__(**kwargs)
        self.cells = list(cells)

    def _in_order(self) -> list[Any]:
        return self.cells[::-1] if self.reverse_state_order else self.cells

    @property
    def state_size(self) -> tuple[Any, ...]:
        """The sizes of the states of each cell."""
        return tuple(cell.state_size for cell in self._in_order())

    @property
    def output_size(self) -> Any:
        """The size of the output of the last cell."""
        last = self.cells[-1]
        if getattr(last, "output_size", None) is not None:
            return last.output_size
        return last.state_size[0] if nest.is_sequence(last.state_size) else last.state_size

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """The initial states of the cells."""
        return tuple(
            zero_state(cell.state_size, inputs, batch_size, dtype)
            if getattr(cell, "get_initial_state", None) is None
            else cell.get_initial_state(inputs=inputs, batch_size=batch_size, dtype=dtype)
            for cell in self._in_order()
        )

    def build(self, input_shape: Any) -> None:
        """Builds the cells."""
        shape = tuple(TensorShape(input_shape).as_list())
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell._dtype = cell._dtype or self._dtype
                cell.build(shape)
                cell.built = True
            size = getattr(cell, "output_size", None)
            if size is None:
                size = cell.state_size[0] if nest.is_sequence(cell.state_size) else cell.state_size
            shape = (shape[0], *TensorShape(size).as_list())
        self.built = True

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """The output of the last cell, and the new states of all."""
        from tfsession.layers.calls import parameters_of

        ordered = list(states)[::-1] if self.reverse_state_order else list(states)
        new_states = []
        for cell, state in zip(self.cells, ordered, strict=True):
            state = state if nest.is_sequence(state) else [state]
            arguments = {}
            if "training" in parameters_of(type(cell).call):
                arguments["training"] = training
            inputs, state = cell.call(inputs, state, **arguments)
            new_states.append(state)
        new_states = new_states[::-1] if self.reverse_state_order else new_states
        return inputs, [s if len(s) > 1 else s[0] for s in new_states]

    def get_config(self) -> dict[str, Any]:
        """The cells."""
        described = [
            {"class_name": type(cell).__name__, "config": cell.get_config()} for cell in self.cells
        ]
        return super().get_config() | {"cells": described}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The cells that `get_config` described."""
        from tfsession.keras.layers.registry import deserialize

        config = dict(config)
        cells = [deserialize(c, custom_objects=custom_objects) for c in config.pop("cells")]
        return cls(cells, **config)
