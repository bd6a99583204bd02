"""`tf.nn.rnn_cell`: the cells that compute something themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from tfsession.dtypes import int32
from tfsession.layers import identifiers
from tfsession.layers.input_spec import InputSpec
from tfsession.ops.array import concat, constant, split
from tfsession.ops.clip import clip_by_value
from tfsession.ops.contraction import matmul
from tfsession.ops.indexing import slice as slice_of
from tfsession.ops.initializers import constant_initializer, zeros_initializer
from tfsession.ops.math import add, multiply, sigmoid
from tfsession.ops.nn import bias_add
from tfsession.rnn.cell import LayerRNNCell, activation_of, check_floating, depth_of
from tfsession.rnn.states import LSTMStateTuple
from tfsession.variables.partitions import fixed_size_partitioner

__all__ = ["BasicLSTMCell", "BasicRNNCell", "GRUCell", "LSTMCell"]


class BasicRNNCell(LayerRNNCell):
    """``output = new_state = activation(kernel * [input, state] + bias)``.

    Args:
      num_units: the size of state and output.
      activation: a function or its name; tanh when None.
      reuse: whether the variables exist already in the scope.
      name: the name of the scope.
      dtype: the DType of the variables; that of the first input when None.
      **kwargs: as of `tf.layers.Layer`.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.BasicRNNCell`.
    """

    _CONFIG: ClassVar = ("num_units", "activation", "reuse")

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_floating(dtype)
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
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

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel` and `bias`."""
        depth = depth_of(inputs_shape)
        check_floating(self.dtype)
        self._kernel = self.add_variable("kernel", [depth + self._num_units, self._num_units])
        self._bias = self.add_variable(
            "bias", [self._num_units], initializer=zeros_initializer(dtype=self._kind)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; output and new state are the same tensor."""
        check_floating(inputs.dtype)
        sums = bias_add(matmul(concat([inputs, state], 1), self._kernel), self._bias)
        output = self._activation(sums)
        return output, output


class GRUCell(LayerRNNCell):
    """A gated recurrent unit.

    ``reset, update = sigmoid(gates * [input, state])``, ``candidate = activation(candidate *
    [input, reset * state])``, ``new_state = update * state + (1 - update) * candidate``.

    Args:
      num_units: the size of state and output.
      activation: a function or its name; tanh when None.
      reuse: whether the variables exist already in the scope.
      kernel_initializer: of both kernels; the scope's when None.
      bias_initializer: of both biases; 1 for the gates and 0 for the candidate when None.
      name: the name of the scope.
      dtype: the DType of the variables; that of the first input when None.
      **kwargs: as of `tf.layers.Layer`.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.GRUCell`; Cho et al., 2014, arXiv:1406.1078.
    """

    _CONFIG: ClassVar = (
        "num_units",
        "kernel_initializer",
        "bias_initializer",
        "activation",
        "reuse",
    )

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_floating(dtype)
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation_of(activation)
        self._kernel_initializer = identifiers.initializer(kernel_initializer)
        self._bias_initializer = identifiers.initializer(bias_initializer)

    @property
    def state_size(self) -> int:
        """`num_units`."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes `gates/kernel`, `gates/bias`, `candidate/kernel` and `candidate/bias`."""
        depth = depth_of(inputs_shape)
        check_floating(self.dtype)
        units = self._num_units
        self._gate_kernel = self.add_variable(
            "gates/kernel", [depth + units, 2 * units], initializer=self._kernel_initializer
        )
        self._gate_bias = self.add_variable(
            "gates/bias",
            [2 * units],
            initializer=self._bias_initializer or constant_initializer(1.0, dtype=self._kind),
        )
        self._candidate_kernel = self.add_variable(
            "candidate/kernel", [depth + units, units], initializer=self._kernel_initializer
        )
        self._candidate_bias = self.add_variable(
            "candidate/bias",
            [units],
            initializer=self._bias_initializer or zeros_initializer(dtype=self._kind),
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; output and new state are the same tensor."""
        check_floating(inputs.dtype)
        sums = bias_add(matmul(concat([inputs, state], 1), self._gate_kernel), self._gate_bias)
        reset, update = split(value=sigmoid(sums), num_or_size_splits=2, axis=1)
        known = concat([inputs, reset * state], 1)
        sums = bias_add(matmul(known, self._candidate_kernel), self._candidate_bias)
        candidate = self._activation(sums)
        output = update * state + (1 - update) * candidate
        return output, output


class BasicLSTMCell(LayerRNNCell):
    """An LSTM without clipping, projection or peepholes.

    Args:
      num_units: the size of each part of the state, and of the output.
      forget_bias: what is added to the forget gate's input.
      state_is_tuple: whether states are `LSTMStateTuple`, or [batch, 2 * num_units].
      activation: a function or its name; tanh when None.
      reuse: whether the variables exist already in the scope.
      name: the name of the scope.
      dtype: the DType of the variables; that of the first input when None.
      **kwargs: as of `tf.layers.Layer`.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.BasicLSTMCell`; Zaremba et al., 2014, arXiv:1409.2329.
    """

    _CONFIG: ClassVar = ("num_units", "forget_bias", "state_is_tuple", "activation", "reuse")

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_floating(dtype)
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation_of(activation)

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`, or their sum."""
        units = self._num_units
        return LSTMStateTuple(units, units) if self._state_is_tuple else 2 * units

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel` and `bias`, whose columns are input gate, new input, forget, output."""
        depth = depth_of(inputs_shape)
        check_floating(self.dtype)
        units = self._num_units
        self._kernel = self.add_variable("kernel", [depth + units, 4 * units])
        self._bias = self.add_variable(
            "bias", [4 * units], initializer=zeros_initializer(dtype=self._kind)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        check_floating(inputs.dtype)
        one = constant(1, dtype=int32)
        if self._state_is_tuple:
            c, h = state
        else:
            c, h = split(value=state, num_or_size_splits=2, axis=one)
        sums = bias_add(matmul(concat([inputs, h], 1), self._kernel), self._bias)
        i, j, f, o = split(value=sums, num_or_size_splits=4, axis=one)
        forget_bias = constant(self._forget_bias, dtype=f.dtype)
        new_c = add(
            multiply(c, sigmoid(add(f, forget_bias))), multiply(sigmoid(i), self._activation(j))
        )
        new_h = multiply(self._activation(new_c), sigmoid(o))
        if self._state_is_tuple:
            return new_h, LSTMStateTuple(new_c, new_h)
        return new_h, concat([new_c, new_h], 1)


class LSTMCell(LayerRNNCell):
    """An LSTM with peepholes, clipping and a projection of its output, each where it is asked for.

    Args:
      num_units: the size of the cell.
      use_peepholes: whether gates read the cell.
      cell_clip: keeps the cell within -cell_clip to cell_clip.
      initializer: of the kernels; the scope's when None.
      num_proj: the size that the output is projected to.
      proj_clip: keeps the projection within -proj_clip to proj_clip.
      num_unit_shards: in how many parts the kernel is kept; deprecated.
      num_proj_shards: in how many parts the projection is kept; deprecated.
      forget_bias: what is added to the forget gate's input.
      state_is_tuple: whether states are `LSTMStateTuple`, or [batch, num_units + output size].
      activation: a function or its name; tanh when None.
      reuse: whether the variables exist already in the scope.
      name: the name of the scope.
      dtype: the DType of the variables; that of the first input when None.
      **kwargs: as of `tf.layers.Layer`.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.LSTMCell`; Hochreiter and Schmidhuber, 1997; Sak et al.,
      2014.
    """

    _CONFIG: ClassVar = (
        "num_units",
        "use_peepholes",
        "cell_clip",
        "initializer",
        "num_proj",
        "proj_clip",
        "num_unit_shards",
        "num_proj_shards",
        "forget_bias",
        "state_is_tuple",
        "activation",
        "reuse",
    )

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        check_floating(dtype)
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer = identifiers.initializer(initializer)
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation_of(activation)
        self._output_size = num_proj or num_units

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`, or their sum."""
        sizes = LSTMStateTuple(self._num_units, self._output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        """`num_proj`, or `num_units` where the output is not projected."""
        return self._output_size

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel`, `bias`, and what peepholes and projection need."""
        depth = depth_of(inputs_shape)
        check_floating(self.dtype)
        units = self._num_units
        self._kernel = self.add_variable(
            "kernel",
            [depth + self._output_size, 4 * units],
            initializer=self._initializer,
            partitioner=_in_parts(self._num_unit_shards),
        )
        zeros = None if self.dtype is None else zeros_initializer(dtype=self._kind)
        self._bias = self.add_variable("bias", [4 * units], initializer=zeros)
        if self._use_peepholes:
            self._w_f_diag, self._w_i_diag, self._w_o_diag = (
                self.add_variable(f"w_{gate}_diag", [units], initializer=self._initializer)
                for gate in ("f", "i", "o")
            )
        if self._num_proj is not None:
            self._proj_kernel = self.add_variable(
                "projection/kernel",
                [units, self._num_proj],
                initializer=self._initializer,
                partitioner=_in_parts(self._num_proj_shards),
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        check_floating(inputs.dtype)
        if self._state_is_tuple:
            old_c, old_h = state
        else:
            old_c = slice_of(state, [0, 0], [-1, self._num_units])
            old_h = slice_of(state, [0, self._num_units], [-1, self._output_size])
        sums = bias_add(matmul(concat([inputs, old_h], 1), self._kernel), self._bias)
        i, j, f, o = split(value=sums, num_or_size_splits=4, axis=1)
        if self._use_peepholes:
            forgotten = sigmoid(f + self._forget_bias + self._w_f_diag * old_c) * old_c
            c = forgotten + sigmoid(i + self._w_i_diag * old_c) * self._activation(j)
        else:
            c = sigmoid(f + self._forget_bias) * old_c + sigmoid(i) * self._activation(j)
        if self._cell_clip is not None:
            c = clip_by_value(c, -self._cell_clip, self._cell_clip)
        h = self._output(o, c)
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else concat([c, h], 1)

    def _output(self, o: Any, c: Any) -> Any:
        if self._use_peepholes:
            h = sigmoid(o + self._w_o_diag * c) * self._activation(c)
        else:
            h = sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            h = matmul(h, self._proj_kernel)
            if self._proj_clip is not None:
                h = clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h


def _in_parts(count: int | None) -> Any:
    return None if count is None else fixed_size_partitioner(count)
