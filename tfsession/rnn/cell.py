"""What every recurrent cell is: a layer that maps an input and a state to an output and a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession import dtypes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.graph import Graph
from tfsession.graph.scopes import get_default_graph, name_scope
from tfsession.layers import identifiers
from tfsession.layers.base import Layer
from tfsession.ops.array import shape
from tfsession.ops.math import tanh
from tfsession.rnn.states import zero_state_of
from tfsession.variables.partitions import PartitionedVariable
from tfsession.variables.scope import get_variable_scope, variable_scope

__all__ = ["RNNCell"]


class RNNCell(Layer):
    """The base of recurrent cells.

    A subclass has the properties `state_size` and `output_size`, and computes in
    ``call(inputs, state)``, which returns the output and the new state. Variables that `call` makes
    by `tf.get_variable` are the cell's.

    Args:
      trainable: whether its variables are added to TRAINABLE_VARIABLES.
      name: the name of its scope; made from the class when None.
      dtype: the DType of its variables; that of the first input when None.
      **kwargs: as of `tf.layers.Layer`.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.RNNCell`.
    """

    def __init__(
        self, trainable: bool = True, name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        # The scope in which the cell was called first, which every call enters again.
        self._entered_scope: Any = None

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Calls the cell on an input and a state.

        Args:
          inputs: a tensor of shape [batch, depth], or a structure of tensors.
          state: tensors of shape [batch, size], in the structure of `state_size`.
          scope: a variable scope for the cell's variables, instead of one named after the cell.

        Returns:
          The output, of shape [batch, output_size], and the new state.
        """
        if scope is not None:
            with variable_scope(scope, custom_getter=self._noted) as entered:
                return super().__call__(inputs, state, scope=entered)
        if self._entered_scope is None:
            self._entered_scope = variable_scope(get_variable_scope(), custom_getter=self._noted)
        with self._entered_scope:
            return super().__call__(inputs, state)

    def _noted(self, getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Makes or finds a variable, and keeps it among those of the cell."""
        variable = getter(*args, **kwargs)
        part = next(iter(variable)) if isinstance(variable, PartitionedVariable) else variable
        own = self._trainable_weights if _is_trained(part) else self._non_trainable_weights
        if not any(variable is other for other in own):
            own.append(variable)
        return variable

    @property
    def state_size(self) -> Any:
        """The sizes of the state: an int or TensorShape, or a structure of these.

        Raises:
          NotImplementedError: the cell does not say.
        """
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """The size of the output: an int or TensorShape, or a structure of these.

        Raises:
          NotImplementedError: the cell does not say.
        """
        raise NotImplementedError("Abstract method")

    def build(self, input_shape: Any) -> None:
        """Makes no variables here: cells of one's own may make theirs in `call`."""

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """One step, from an input and a state to an output and a new state.

        Raises:
          NotImplementedError: the cell does not say.
        """
        raise NotImplementedError("Abstract method")

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """The state to begin with: zeros, unless a cell has something else.

        Args:
          inputs: a tensor of which batch size and dtype are taken.
          batch_size: an int or a scalar tensor.
          dtype: of the state.

        Raises:
          ValueError: batch size or dtype are missing, or are not those of `inputs`.
        """
        if inputs is not None:
            inputs = convert_to_tensor(inputs, name="inputs")
            known = inputs.dims and inputs.dims[0]
            if batch_size is not None and not _may_be(known, batch_size):
                raise ValueError(
                    "batch size from input tensor is different from the input param. Input tensor "
                    f"batch: {known}, batch_size: {batch_size}"
                )
            if dtype is not None and inputs.dtype != dtype:
                raise ValueError(
                    "dtype from input tensor is different from the input param. Input tensor "
                    f"dtype: {inputs.dtype}, dtype: {dtype}"
                )
            batch_size = known or shape(inputs)[0]
            dtype = inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                "batch_size and dtype cannot be None while constructing initial state: "
                f"batch_size={batch_size}, dtype={dtype}"
            )
        return self.zero_state(batch_size, dtype)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros in the structure of `state_size`.

        Args:
          batch_size: an int or a scalar int32 tensor.
          dtype: of the zeros.
        """
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return zero_state_of(self.state_size, batch_size, dtype)


def _is_trained(variable: Any) -> bool:
    from_graph: Graph = get_default_graph()
    trained = from_graph.get_collection_ref("trainable_variables")
    return any(variable is other for other in reversed(trained))


def _may_be(known: int | None, batch_size: Any) -> bool:
    return known is None or not isinstance(batch_size, int) or known == batch_size


class LayerRNNCell(RNNCell):
    """A cell that makes its variables in `build`, as other layers do.

    Source: TensorFlow 1.15 `tf.contrib.rnn.LayerRNNCell`.
    """

    def __call__(
        self, inputs: Any, state: Any, scope: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Calls the cell on an input and a state; see `RNNCell`."""
        return Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)

    @property
    def _kind(self) -> str:
        """The name of the DType of the variables, also where `build` is called by itself."""
        return self.dtype or "float32"


# ---- What cells check and take ----


def depth_of(input_shape: Any) -> int:
    """The last size of an input.

    Raises:
      ValueError: it is not known.
    """
    depth: int | None = input_shape[-1].value
    if depth is None:
        raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {input_shape}")
    return depth


def check_floating(dtype: Any) -> None:
    """Raises ValueError where the variables of a cell would be no floats."""
    if dtype is not None:
        kind = dtypes.as_dtype(dtype)
        if not (kind.is_floating or kind.is_complex):
            raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {kind}")


def activation_of(activation: Any) -> Callable[..., Any]:
    """The activation that a cell was given: a function or a name; tanh when None."""
    return identifiers.activation(activation) if activation else tanh
