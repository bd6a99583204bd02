"""`tf.contrib.rnn`: cells that TensorFlow computes by one operation each.

Here they are made of the operations of the plain cells: variables and numbers are the same, names
of operations are not.
"""

from __future__ import annotations

from typing import Any

from tfsession.layers.input_spec import InputSpec
from tfsession.ops.array import concat, split
from tfsession.ops.clip import clip_by_value
from tfsession.ops.contraction import matmul
from tfsession.ops.initializers import constant_initializer
from tfsession.ops.math import sigmoid, tanh
from tfsession.ops.nn import bias_add
from tfsession.rnn.cell import LayerRNNCell, depth_of
from tfsession.rnn.states import LSTMStateTuple

__all__ = ["GRUBlockCell", "GRUBlockCellV2", "LSTMBlockCell"]


class LSTMBlockCell(LayerRNNCell):
    """An LSTM with the variables of `LSTMCell`.

    Args:
      num_units: the size of each part of the state, and of the output.
      forget_bias: what is added to the forget gate's input.
      cell_clip: keeps the cell within -cell_clip to cell_clip, where it is positive.
      use_peephole: whether gates read the cell.
      dtype: the DType of the variables; that of the first input when None.
      reuse: whether the variables exist already in the scope.
      name: the name of the scope.

    Source: TensorFlow 1.15 `tf.contrib.rnn.LSTMBlockCell`; Zaremba et al., 2014, arXiv:1409.2329.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        dtype: Any = None,
        reuse: Any = None,
        name: str = "lstm_cell",
    ) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._cell_clip = cell_clip
        self._use_peephole = use_peephole

    @property
    def state_size(self) -> Any:
        """The sizes of `c` and `h`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes `kernel`, `bias`, and what peepholes need."""
        units = self._num_units
        depth = depth_of(inputs_shape)
        self._kernel = self.add_variable("kernel", [depth + units, 4 * units])
        zeros = constant_initializer(0.0)
        self._bias = self.add_variable("bias", [4 * units], initializer=zeros)
        if self._use_peephole:
            self._w_i, self._w_f, self._w_o = (
                self.add_variable(f"w_{gate}_diag", [units]) for gate in ("i", "f", "o")
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step.

        Raises:
          ValueError: the state is not of two tensors.
        """
        if len(state) != 2:
            raise ValueError("Expecting state to be a tuple with length 2.")
        old_c, old_h = state
        sums = bias_add(matmul(concat([inputs, old_h], 1), self._kernel), self._bias)
        i, j, f, o = split(value=sums, num_or_size_splits=4, axis=1)
        if self._use_peephole:
            i, f = i + self._w_i * old_c, f + self._w_f * old_c
        c = sigmoid(i) * tanh(j) + sigmoid(f + self._forget_bias) * old_c
        if self._cell_clip is not None and self._cell_clip > 0:
            c = clip_by_value(c, -self._cell_clip, self._cell_clip)
        if self._use_peephole:
            o += self._w_o * c
        h = sigmoid(o) * tanh(c)
        return h, LSTMStateTuple(c, h)


class GRUBlockCell(LayerRNNCell):
    """A gated recurrent unit, with variables of its own names.

    Args:
      num_units: the size of state and output.
      cell_size: the old name of `num_units`.
      reuse: whether the variables exist already in the scope.
      name: the name of the scope.

    Raises:
      ValueError: both or neither of `num_units` and `cell_size` are given.

    Source: TensorFlow 1.15 `tf.contrib.rnn.GRUBlockCell`; Cho et al., 2014, arXiv:1406.1078.
    """

    # Kernel and bias of the gates, then those of the candidate.
    _NAMES: tuple[str, str, str, str] = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(
        self,
        num_units: int | None = None,
        cell_size: int | None = None,
        reuse: Any = None,
        name: str = "gru_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name)
        if (num_units is None) == (cell_size is None):
            raise ValueError("Either num_units or cell_size must be given, and not both.")
        self.input_spec = InputSpec(ndim=2)
        self._num_units: int = num_units or cell_size or 0

    @property
    def state_size(self) -> int:
        """`num_units`."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """`num_units`."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes the kernels and biases of gates and candidate."""
        depth, units = depth_of(inputs_shape), self._num_units
        names = self._NAMES
        self._gate_kernel = self.add_variable(names[0], [depth + units, 2 * units])
        self._gate_bias = self.add_variable(
            names[1], [2 * units], initializer=constant_initializer(1.0)
        )
        self._candidate_kernel = self.add_variable(names[2], [depth + units, units])
        self._candidate_bias = self.add_variable(
            names[3], [units], initializer=constant_initializer(0.0)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; output and new state are the same tensor."""
        sums = bias_add(matmul(concat([inputs, state], 1), self._gate_kernel), self._gate_bias)
        reset, update = split(value=sigmoid(sums), num_or_size_splits=2, axis=1)
        known = concat([inputs, reset * state], 1)
        candidate = tanh(bias_add(matmul(known, self._candidate_kernel), self._candidate_bias))
        output = update * state + (1 - update) * candidate
        return output, output


class GRUBlockCellV2(GRUBlockCell):
    """`GRUBlockCell` with the variables of `GRUCell`.

    Args:
      num_units: the size of state and output.
      cell_size: the old name of `num_units`.
      reuse: whether the variables exist already in the scope.
      name: the name of the scope.

    Source: TensorFlow 1.15 `tf.contrib.rnn.GRUBlockCellV2`.
    """

    _NAMES = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
