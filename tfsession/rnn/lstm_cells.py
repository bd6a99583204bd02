"""`tf.contrib.rnn`: kinds of LSTMs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession import logging
from tfsession.dtypes import int32
from tfsession.layers.input_spec import InputSpec
from tfsession.ops.activation import relu
from tfsession.ops.array import concat, constant, split
from tfsession.ops.clip import clip_by_value
from tfsession.ops.contraction import matmul
from tfsession.ops.convolution import conv1d, conv2d, conv3d
from tfsession.ops.indexing import slice as slice_of
from tfsession.ops.initializers import (
    constant_initializer,
    random_uniform_initializer,
    zeros_initializer,
)
from tfsession.ops.math import add, multiply, sigmoid, tanh
from tfsession.ops.nn import bias_add, dropout
from tfsession.ops.normalization import batch_normalization, moments
from tfsession.ops.rearrange import tile
from tfsession.rnn.cell import LayerRNNCell, RNNCell, activation_of, check_floating, depth_of
from tfsession.rnn.states import LSTMStateTuple
from tfsession.shapes import TensorShape
from tfsession.variables.scope import get_variable, get_variable_scope, variable_scope

__all__ = [
    "CoupledInputForgetGateLSTMCell",
    "GLSTMCell",
    "IndyLSTMCell",
    "LayerNormBasicLSTMCell",
    "NASCell",
]

# What keeps the variance of a normalised gate from being zero.
_EPSILON = 1e-12


def _normalised(inputs: Any, scope: str, gain: float, shift: float) -> Any:
    """Moves a gate to mean `shift` and standard deviation `gain` over its units.

    Source: Ba et al., 2016, arXiv:1607.06450.
    """
    shape = inputs.get_shape()[-1:]
    with variable_scope(scope):
        get_variable("gamma", shape, dtype=inputs.dtype, initializer=constant_initializer(gain))
        get_variable("beta", shape, dtype=inputs.dtype, initializer=constant_initializer(shift))
    with variable_scope(scope, reuse=True):
        beta = get_variable("beta", shape, dtype=inputs.dtype)
        gamma = get_variable("gamma", shape, dtype=inputs.dtype)
        mean, variance = moments(inputs, [1], keep_dims=True)
        result = batch_normalization(
            inputs, mean, variance, offset=beta, scale=gamma, variance_epsilon=_EPSILON
        )
        result.set_shape(inputs.get_shape())
        return result


class LayerNormBasicLSTMCell(RNNCell):
    """An LSTM whose gates are normalised, with dropout of what is new in the cell.

    Args:
      num_units: the size of each part of the state, and of the output.
      forget_bias: what is added to the forget gate's input.
      input_size: deprecated, without effect.
      activation: a function.
      layer_norm: whether gates are normalised; otherwise there is a bias.
      norm_gain: the first standard deviation of normalised gates.
      norm_shift: their first mean.
      dropout_keep_prob: the probability with which an element of what is new is kept.
      dropout_prob_seed: the seed of that.
      reuse: whether the variables exist already in the scope.

    Source: TensorFlow 1.15 `tf.contrib.rnn.LayerNormBasicLSTMCell`; Ba et al., 2016,
      arXiv:1607.06450; Semeniuta et al., 2016, arXiv:1603.05118.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        activation: Callable[[Any], Any] = tanh,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        if input_size is not None:
            logging.warning("%s: The input_size parameter is deprecated.", self)
        self._num_units = num_units
        self._activation = activation
        self._forget_bias = forget_bias
        self._keep_prob = dropout_keep_prob
        self._seed = dropout_prob_seed
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units

    def _norm(self, inputs: Any, scope: str) -> Any:
        return _normalised(inputs, scope, self._norm_gain, self._norm_shift)

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        c, h = state
        i, j, f, o = split(value=self._gates(concat([inputs, h], 1)), num_or_size_splits=4, axis=1)
        if self._layer_norm:
            i, j = self._norm(i, "input"), self._norm(j, "transform")
            f, o = self._norm(f, "forget"), self._norm(o, "output")
        g = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            g = dropout(g, self._keep_prob, seed=self._seed)
        new_c = c * sigmoid(f + self._forget_bias) + sigmoid(i) * g
        if self._layer_norm:
            new_c = self._norm(new_c, "state")
        new_h = self._activation(new_c) * sigmoid(o)
        return new_h, LSTMStateTuple(new_c, new_h)

    def _gates(self, inputs: Any) -> Any:
        width = 4 * self._num_units
        kernel = get_variable("kernel", [inputs.get_shape()[-1], width], dtype=inputs.dtype)
        product = matmul(inputs, kernel)
        if self._layer_norm:
            return product
        return bias_add(product, get_variable("bias", [width], dtype=inputs.dtype))


class CoupledInputForgetGateLSTMCell(RNNCell):
    """An LSTM that takes in as much as it forgets.

    Args:
      num_units: the size of the cell.
      use_peepholes: whether gates read the cell.
      initializer: of all variables; the scope's when None.
      num_proj: the size that the output is projected to.
      proj_clip: keeps the projection within -proj_clip to proj_clip.
      num_unit_shards: in how many parts the kernel is kept.
      num_proj_shards: in how many parts the projection is kept.
      forget_bias: what is added to the forget gate's input.
      state_is_tuple: whether states are `LSTMStateTuple`, or [batch, num_units + output size].
      activation: a function.
      reuse: whether the variables exist already in the scope.
      layer_norm: whether gates are normalised; the bias is not added then.
      norm_gain: the first standard deviation of normalised gates.
      norm_shift: their first mean.

    Source: TensorFlow 1.15 `tf.contrib.rnn.CoupledInputForgetGateLSTMCell`; Greff et al., 2015,
      arXiv:1503.04069.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int = 1,
        num_proj_shards: int = 1,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Callable[[Any], Any] = tanh,
        reuse: Any = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._initializer = initializer
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift
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

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        units, act = self._num_units, self._activation
        if self._state_is_tuple:
            old_c, old_h = state
        else:
            old_c = slice_of(state, [0, 0], [-1, units])
            old_h = slice_of(state, [0, units], [-1, self._output_size])
        dtype = inputs.dtype
        scope = get_variable_scope()
        if self._initializer is not None:
            scope.set_initializer(self._initializer)
        depth = inputs.get_shape().with_rank(2)[1].value
        kernel = _sharded("W", [depth + self._output_size, 3 * units], dtype, self._num_unit_shards)
        bias = get_variable("B", [3 * units], initializer=zeros_initializer(), dtype=dtype)
        sums = matmul(concat([inputs, old_h], 1), kernel)
        if not self._layer_norm:
            sums = bias_add(sums, bias)
        j, f, o = split(value=sums, num_or_size_splits=3, axis=1)
        if self._layer_norm:
            j, f, o = (
                _normalised(gate, name, self._norm_gain, self._norm_shift)
                for gate, name in ((j, "transform"), (f, "forget"), (o, "output"))
            )
        w_f = w_o = None
        if self._use_peepholes:
            w_f, w_o = (get_variable(f"W_{gate}_diag", [units], dtype=dtype) for gate in ("F", "O"))
            forget = sigmoid(f + self._forget_bias + w_f * old_c)
        else:
            forget = sigmoid(f + self._forget_bias)
        c = forget * old_c + (1 - forget) * act(j)
        if self._layer_norm:
            c = _normalised(c, "state", self._norm_gain, self._norm_shift)
        h = sigmoid(o if w_o is None else o + w_o * c) * act(c)
        if self._num_proj is not None:
            h = matmul(h, _sharded("W_P", [units, self._num_proj], dtype, self._num_proj_shards))
            if self._proj_clip is not None:
                h = clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else concat([c, h], 1)


def _sharded(name: str, shape: list[int], dtype: Any, count: int) -> Any:
    """A matrix that is kept in parts, by rows; the first parts take what is left over.

    Raises:
      ValueError: there are more parts than rows.
    """
    if count > shape[0]:
        raise ValueError(f"Too many shards: shape={shape}, num_shards={count}")
    size, rest = divmod(shape[0], count)
    parts = [
        get_variable(f"{name}_{number}", [size + (number < rest), *shape[1:]], dtype=dtype)
        for number in range(count)
    ]
    return parts[0] if count == 1 else concat(parts, 0)


class NASCell(LayerRNNCell):
    """The cell that a search over cells found.

    Args:
      num_units: the size of the cell.
      num_proj: the size that the output is projected to.
      use_bias: whether there is a bias.
      reuse: whether the variables exist already in the scope.
      **kwargs: as of `tf.layers.Layer`.

    Source: TensorFlow 1.15 `tf.contrib.rnn.NASCell`; Zoph and Le, 2016, arXiv:1611.01578.
    """

    def __init__(
        self,
        num_units: int,
        num_proj: int | None = None,
        use_bias: bool = False,
        reuse: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, **kwargs)
        self._num_units = num_units
        self._num_proj = num_proj
        self._use_bias = use_bias
        self._output_size = num_units if num_proj is None else num_proj

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._output_size)

    @property
    def output_size(self) -> int:
        """`num_proj`, or `num_units` where the output is not projected."""
        return self._output_size

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables."""
        units = self._num_units
        depth = depth_of(inputs_shape)
        self._recurrent_kernel = self.add_variable(
            "recurrent_kernel", [self._output_size, 8 * units]
        )
        self._kernel = self.add_variable("kernel", [depth, 8 * units])
        self._bias = None
        if self._use_bias:
            self._bias = self.add_variable("bias", [8 * units], initializer=zeros_initializer())
        if self._num_proj is not None:
            self._proj_kernel = self.add_variable("projection_weights", [units, self._num_proj])
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        c, h = state
        products = matmul(h, self._recurrent_kernel)
        of_input = matmul(inputs, self._kernel)
        if self._bias is not None:
            products = bias_add(products, self._bias)
        ms = split(axis=1, num_or_size_splits=8, value=products)
        xs = split(axis=1, num_or_size_splits=8, value=of_input)
        acts = (sigmoid, relu, sigmoid, None, tanh, sigmoid, tanh, sigmoid)
        first = [
            relu(x * m) if act is None else act(x + m)
            for act, x, m in zip(acts, xs, ms, strict=True)
        ]
        a = tanh(first[0] * first[1])
        b = tanh(first[2] + first[3])
        d = tanh(first[4] * first[5])
        e = sigmoid(first[6] + first[7])
        a = tanh(a + c)
        new_c = a * b
        output = tanh(new_c * tanh(d + e))
        if self._num_proj is not None:
            output = matmul(output, self._proj_kernel)
        return output, LSTMStateTuple(new_c, output)


class IndyLSTMCell(LayerRNNCell):
    """An LSTM whose units each see of the last output only their own.

    Args:
      num_units: the size of each part of the state, and of the output.
      forget_bias: what is added to the forget gate's input.
      activation: a function or its name; tanh when None.
      reuse: whether the variables exist already in the scope.
      kernel_initializer: of the kernels; the scope's when None.
      bias_initializer: of the bias; zeros when None.
      name: the name of the scope.
      dtype: the DType of the variables; that of the first input when None.

    Source: TensorFlow 1.15 `tf.contrib.rnn.IndyLSTMCell`; Li et al., 2018, arXiv:1803.04831.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        check_floating(dtype)
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._activation = activation_of(activation)
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel_w`, `kernel_u` and `bias`."""
        width = 4 * self._num_units
        self._kernel_w = self.add_variable(
            "kernel_w", [depth_of(inputs_shape), width], initializer=self._kernel_initializer
        )
        self._kernel_u = self.add_variable(
            "kernel_u",
            [1, width],
            initializer=self._kernel_initializer or random_uniform_initializer(-1, 1),
        )
        self._bias = self.add_variable(
            "bias",
            [width],
            initializer=self._bias_initializer or zeros_initializer(dtype=self._kind),
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        one = constant(1, dtype=int32)
        c, h = state
        sums = matmul(inputs, self._kernel_w)
        sums += tile(h, [1, 4]) * self._kernel_u
        sums = bias_add(sums, self._bias)
        i, j, f, o = split(value=sums, num_or_size_splits=4, axis=one)
        forget_bias = constant(self._forget_bias, dtype=f.dtype)
        new_c = add(
            multiply(c, sigmoid(add(f, forget_bias))), multiply(sigmoid(i), self._activation(j))
        )
        new_h = multiply(self._activation(new_c), sigmoid(o))
        return new_h, LSTMStateTuple(new_c, new_h)


class GLSTMCell(RNNCell):
    """An LSTM of groups of units that see only their own part of input and state.

    Args:
      num_units: the size of the cell.
      initializer: of the kernels; the scope's when None.
      num_proj: the size that the output is projected to.
      number_of_groups: how many groups there are; divides all sizes.
      forget_bias: what is added to the forget gate's input.
      activation: a function.
      reuse: whether the variables exist already in the scope.

    Raises:
      ValueError: a size is no multiple of the number of groups.

    Source: TensorFlow 1.15 `tf.contrib.rnn.GLSTMCell`; Kuchaiev and Ginsburg, 2017,
      arXiv:1703.10722.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        num_proj: int | None = None,
        number_of_groups: int = 1,
        forget_bias: float = 1.0,
        activation: Callable[[Any], Any] = tanh,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._num_proj = num_proj
        self._forget_bias = forget_bias
        self._activation = activation
        self._groups = number_of_groups
        self._output_size = num_proj or num_units
        if number_of_groups < 1:
            raise ValueError(f"number_of_groups must be >= 1: {number_of_groups}")
        for name, size in (("num_units", num_units), ("num_proj", num_proj or 0)):
            if size % number_of_groups:
                raise ValueError(f"{name} must be divisible by number_of_groups")

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._output_size)

    @property
    def output_size(self) -> int:
        """`num_proj`, or `num_units` where the output is not projected."""
        return self._output_size

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        c, h = state
        dtype = inputs.dtype
        parts: list[list[Any]] = []
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            for number in range(self._groups):
                with variable_scope(f"group{number}"):
                    part = concat([self._part(inputs, number), self._part(h, number)], axis=1)
                    width = 4 * self._num_units // self._groups
                    kernel = get_variable("kernel", [part.get_shape()[1].value, width], dtype=dtype)
                    parts.append(split(matmul(part, kernel), 4, axis=1))
            biases = [self._bias(gate, dtype) for gate in "ijfo"]
            i, j, f, o = (
                bias_add(concat(list(gate), axis=1), bias)
                for gate, bias in zip(zip(*parts, strict=True), biases, strict=True)
            )
        new_c = sigmoid(f + self._forget_bias) * c + sigmoid(i) * self._activation(j)
        new_h = sigmoid(o) * self._activation(new_c)
        if self._num_proj is not None:
            with variable_scope("projection"):
                kernel = get_variable("kernel", [self._num_units, self._num_proj], dtype=dtype)
                new_h = matmul(new_h, kernel)
        return new_h, LSTMStateTuple(new_c, new_h)

    def _part(self, values: Any, number: int) -> Any:
        width = values.get_shape()[1].value // self._groups
        name = f"GLSTM_group{number}_input_generation"
        return slice_of(values, [0, number * width], [-1, width], name=name)

    def _bias(self, gate: str, dtype: Any) -> Any:
        return get_variable(
            f"bias_{gate}", [self._num_units], dtype=dtype, initializer=constant_initializer(0.0)
        )


# ---- Convolutions ----


class ConvLSTMCell(RNNCell):
    """An LSTM on images, whose products are convolutions.

    Args:
      conv_ndims: along how many axes it convolves: 1, 2 or 3.
      input_shape: the shape of one input, channels last.
      output_channels: the channels of state and output.
      kernel_shape: the sizes of the kernel.
      use_bias: whether there is a bias.
      skip_connection: whether the input is put out, too, behind the output's channels.
      forget_bias: what is added to the forget gate's input.
      initializers: a dict of initializers; accepted for compatibility.
      name: the name of the scope.

    Raises:
      ValueError: `conv_ndims` does not fit `input_shape`.

    Source: TensorFlow 1.15 `tf.contrib.rnn.ConvLSTMCell`; Shi et al., 2015, arXiv:1506.04214.
    """

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Any,
        output_channels: int,
        kernel_shape: Any,
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: str = "conv_lstm_cell",
    ) -> None:
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.")
        self._conv_ndims = conv_ndims
        self._kernel_shape = list(kernel_shape)
        self._output_channels = output_channels
        self._use_bias = use_bias
        self._skip_connection = skip_connection
        self._forget_bias = forget_bias
        total = output_channels + (input_shape[-1] if skip_connection else 0)
        self._state = TensorShape([*input_shape[:-1], output_channels])
        self._output = TensorShape([*input_shape[:-1], total])

    @property
    def state_size(self) -> Any:
        """The shapes of `c` and `h`."""
        return LSTMStateTuple(self._state, self._state)

    @property
    def output_size(self) -> Any:
        """The shape of one output."""
        return self._output

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step."""
        c, h = state
        sums = self._convolved([inputs, h])
        i, j, f, o = split(value=sums, num_or_size_splits=4, axis=self._conv_ndims + 1)
        new_c = sigmoid(f + self._forget_bias) * c
        new_c += sigmoid(i) * tanh(j)
        output = tanh(new_c) * sigmoid(o)
        if self._skip_connection:
            output = concat([output, inputs], axis=-1)
        return output, LSTMStateTuple(new_c, output)

    def _convolved(self, parts: list[Any]) -> Any:
        width = 4 * self._output_channels
        dims, dtype = self._conv_ndims, parts[0].dtype
        channels = sum(part.get_shape()[-1].value for part in parts)
        kernel = get_variable("kernel", [*self._kernel_shape, channels, width], dtype=dtype)
        inputs = concat(parts, axis=dims + 1)
        if dims == 1:
            sums = conv1d(inputs, kernel, 1, padding="SAME")
        else:
            convolve = conv2d if dims == 2 else conv3d
            sums = convolve(inputs, kernel, [1] * (dims + 2), padding="SAME")
        if not self._use_bias:
            return sums
        return sums + get_variable(
            "biases", [width], dtype=dtype, initializer=constant_initializer(0.0)
        )


class Conv1DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` along one axis."""

    def __init__(self, name: str = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` along two axes."""

    def __init__(self, name: str = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` along three axes."""

    def __init__(self, name: str = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=3, name=name, **kwargs)
