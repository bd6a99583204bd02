"""`tf.contrib.rnn`: cells that are no LSTMs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.layers.input_spec import InputSpec
from tfsession.ops.activation import relu
from tfsession.ops.array import concat, split
from tfsession.ops.contraction import matmul
from tfsession.ops.initializers import (
    constant_initializer,
    random_uniform_initializer,
    zeros_initializer,
)
from tfsession.ops.math import sigmoid, tanh
from tfsession.ops.nn import bias_add
from tfsession.ops.rearrange import tile
from tfsession.rnn.cell import LayerRNNCell, RNNCell, activation_of, check_floating, depth_of
from tfsession.rnn.cells import GRUCell
from tfsession.rnn.linear import Linear
from tfsession.variables.scope import get_variable_scope, variable_scope

__all__ = [
    "IndRNNCell",
    "IndyGRUCell",
    "IntersectionRNNCell",
    "SRUCell",
    "UGRNNCell",
]


class UGRNNCell(RNNCell):
    """A cell with one gate, between the old state and the new.

    Args:
      num_units: the size of state and output.
      initializer: of the variables; the scope's when None.
      forget_bias: what is added to the gate's input.
      activation: a function.
      reuse: whether the variables exist already in the scope.

    Source: TensorFlow 1.15 `tf.contrib.rnn.UGRNNCell`; Collins et al., 2016, arXiv:1611.09913.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: float = 1.0,
        activation: Callable[[Any], Any] = tanh,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._activation = activation
        self._linear: Linear | None = None

    @property
    def state_size(self) -> int:
        """`num_units`."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; output and new state are the same tensor."""
        depth_of(inputs.get_shape())
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            both = concat([inputs, state], 1)
            if self._linear is None:
                self._linear = Linear(both, 2 * self._num_units, True)
            gate, candidate = split(axis=1, num_or_size_splits=2, value=self._linear(both))
            candidate = self._activation(candidate)
            gate = sigmoid(gate + self._forget_bias)
            output = gate * state + (1.0 - gate) * candidate
        return output, output


class IntersectionRNNCell(RNNCell):
    """A cell with a gate for its state and another for its output.

    Args:
      num_units: the size of state and output.
      num_in_proj: the size that inputs are projected to, where they are not of size `num_units`.
      initializer: of the variables; the scope's when None.
      forget_bias: what is added to the gates' inputs.
      y_activation: a function of what is new in the output.
      reuse: whether the variables exist already in the scope.

    Raises:
      ValueError: at a call, the inputs have another size than `num_units` and are not projected to
        it.

    Source: TensorFlow 1.15 `tf.contrib.rnn.IntersectionRNNCell`; Collins et al., 2016,
      arXiv:1611.09913.
    """

    def __init__(
        self,
        num_units: int,
        num_in_proj: int | None = None,
        initializer: Any = None,
        forget_bias: float = 1.0,
        y_activation: Callable[[Any], Any] = relu,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._num_input_proj = num_in_proj
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._y_activation = y_activation
        self._in_projection: Linear | None = None
        self._linear: Linear | None = None

    @property
    def state_size(self) -> int:
        """`num_units`."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        depth_of(inputs.get_shape())
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            return self._step(inputs, state)

    def _step(self, inputs: Any, state: Any) -> Any:
        units = self._num_units
        if inputs.get_shape()[-1].value != units:
            if self._num_input_proj != units:
                raise ValueError("Must have input size == output size for Intersection RNN. ")
            with variable_scope("in_projection"):
                if self._in_projection is None:
                    self._in_projection = Linear(inputs, self._num_input_proj, True)
                inputs = self._in_projection(inputs)
        both = concat([inputs, state], 1)
        if self._linear is None:
            self._linear = Linear(both, 4 * units, True)
        sums = self._linear(both)
        gh, h, gy, y = (
            sums[:, :units],
            sums[:, units : 2 * units],
            sums[:, 2 * units : 3 * units],
            sums[:, 3 * units :],
        )
        h, y = tanh(h), self._y_activation(y)
        gh = sigmoid(gh + self._forget_bias)
        gy = sigmoid(gy + self._forget_bias)
        new_state = gh * state + (1.0 - gh) * h
        return gy * inputs + (1.0 - gy) * y, new_state


class _UnitsCell(LayerRNNCell):
    """A cell whose state and output are of the same size."""

    def __init__(
        self, num_units: int, activation: Any, reuse: Any, name: str | None, dtype: Any, **more: Any
    ) -> None:
        check_floating(dtype)
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **more)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation_of(activation)

    @property
    def state_size(self) -> int:
        """`num_units`."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units


class SRUCell(_UnitsCell):
    """A simple recurrent unit, whose products do not wait for the state.

    Args:
      num_units: the size of state and output, and of the input.
      activation: a function or its name; tanh when None.
      reuse: whether the variables exist already in the scope.
      name: the name of the scope.
      **kwargs: as of `tf.layers.Layer`.

    Source: TensorFlow 1.15 `tf.contrib.rnn.SRUCell`; Lei et al., 2017, arXiv:1709.02755.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, None, **kwargs)

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel` and `bias`."""
        self._kernel = self.add_variable("kernel", [depth_of(inputs_shape), 4 * self._num_units])
        self._bias = self.add_variable(
            "bias", [2 * self._num_units], initializer=zeros_initializer()
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        products = matmul(inputs, self._kernel)
        x_bar, f, r, x = split(value=products, num_or_size_splits=4, axis=1)
        gates = sigmoid(bias_add(concat([f, r], 1), self._bias))
        f, r = split(value=gates, num_or_size_splits=2, axis=1)
        c = f * state + (1.0 - f) * x_bar
        return r * self._activation(c) + (1.0 - r) * x, c


class IndRNNCell(_UnitsCell):
    """A cell whose units each see of the last output only their own.

    Args:
      num_units: the size of state and output.
      activation: a function or its name; tanh when None.
      reuse: whether the variables exist already in the scope.
      name: the name of the scope.
      dtype: the DType of the variables; that of the first input when None.

    Source: TensorFlow 1.15 `tf.contrib.rnn.IndRNNCell`; Li et al., 2018, arXiv:1803.04831.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel_w`, `kernel_u` and `bias`."""
        units = self._num_units
        self._kernel_w = self.add_variable("kernel_w", [depth_of(inputs_shape), units])
        self._kernel_u = self.add_variable(
            "kernel_u", [1, units], initializer=random_uniform_initializer(-1, 1)
        )
        self._bias = self.add_variable(
            "bias", [units], initializer=zeros_initializer(dtype=self._kind)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; output and new state are the same tensor."""
        sums = matmul(inputs, self._kernel_w) + (state * self._kernel_u)
        output = self._activation(bias_add(sums, self._bias))
        return output, output


class IndyGRUCell(_UnitsCell):
    """A gated recurrent unit whose units each see of the last output only their own.

    Args:
      num_units: the size of state and output.
      activation: a function or its name; tanh when None.
      reuse: whether the variables exist already in the scope.
      kernel_initializer: of the kernels; the scope's when None.
      bias_initializer: of the biases; 1 for the gates and 0 for the candidate when None.
      name: the name of the scope.
      dtype: the DType of the variables; that of the first input when None.

    Source: TensorFlow 1.15 `tf.contrib.rnn.IndyGRUCell`; Li et al., 2018, arXiv:1803.04831.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer

    def build(self, inputs_shape: Any) -> None:
        """Makes the kernels and biases of gates and candidate."""
        depth, units, kernels = depth_of(inputs_shape), self._num_units, self._kernel_initializer
        of_state = kernels or random_uniform_initializer(-1, 1)
        self._gate_kernel_w = self.add_variable(
            "gates/kernel_w", [depth, 2 * units], initializer=kernels
        )
        self._gate_kernel_u = self.add_variable(
            "gates/kernel_u", [1, 2 * units], initializer=of_state
        )
        self._gate_bias = self.add_variable(
            "gates/bias",
            [2 * units],
            initializer=self._bias_initializer or constant_initializer(1.0, dtype=self._kind),
        )
        self._candidate_kernel_w = self.add_variable(
            "candidate/kernel", [depth, units], initializer=kernels
        )
        self._candidate_kernel_u = self.add_variable(
            "candidate/kernel_u", [1, units], initializer=of_state
        )
        self._candidate_bias = self.add_variable(
            "candidate/bias",
            [units],
            initializer=self._bias_initializer or zeros_initializer(dtype=self._kind),
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; output and new state are the same tensor."""
        sums = matmul(inputs, self._gate_kernel_w) + tile(state, [1, 2]) * self._gate_kernel_u
        gates = sigmoid(bias_add(sums, self._gate_bias))
        reset, update = split(value=gates, num_or_size_splits=2, axis=1)
        known = reset * state
        sums = matmul(inputs, self._candidate_kernel_w) + known * self._candidate_kernel_u
        candidate = self._activation(bias_add(sums, self._candidate_bias))
        output = update * state + (1 - update) * candidate
        return output, output


class CudnnCompatibleGRUCell(GRUCell):
    """A gated recurrent unit as cuDNN has it: the reset gate acts behind the product.

    Args:
      num_units: the size of state and output.
      reuse: whether the variables exist already in the scope.
      kernel_initializer: of the kernels; the scope's when None.

    Source: TensorFlow 1.15 `tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell`.
    """

    def __init__(self, num_units: int, reuse: Any = None, kernel_initializer: Any = None) -> None:
        super().__init__(
            num_units, activation=None, reuse=reuse, kernel_initializer=kernel_initializer
        )

    def build(self, inputs_shape: Any) -> None:
        """Makes the kernels and biases of gates and candidate."""
        depth, units, kernels = depth_of(inputs_shape), self._num_units, self._kernel_initializer
        self._gate_kernel = self.add_variable(
            "gates/kernel", [depth + units, 2 * units], initializer=kernels
        )
        self._gate_bias = self.add_variable(
            "gates/bias",
            [2 * units],
            initializer=self._bias_initializer or constant_initializer(1.0, dtype=self._kind),
        )
        self._input_kernel, self._hidden_kernel = (
            self.add_variable(f"candidate/{of}_projection/kernel", [n, units], initializer=kernels)
            for of, n in (("input", depth), ("hidden", units))
        )
        self._input_bias, self._hidden_bias = (
            self.add_variable(
                f"candidate/{of}_projection/bias",
                [units],
                initializer=self._bias_initializer or zeros_initializer(dtype=self._kind),
            )
            for of in ("input", "hidden")
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; output and new state are the same tensor."""
        sums = bias_add(matmul(concat([inputs, state], 1), self._gate_kernel), self._gate_bias)
        reset, update = split(value=sigmoid(sums), num_or_size_splits=2, axis=1)
        of_input = bias_add(matmul(inputs, self._input_kernel), self._input_bias)
        of_state = bias_add(matmul(state, self._hidden_kernel), self._hidden_bias)
        candidate = self._activation(of_input + reset * of_state)
        output = (1 - update) * candidate + update * state
        return output, output
