"""Layers that go along the time axis of sequences."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tfsession import nest
from tfsession.keras.backend import recurrent, tensors
from tfsession.keras.layers.cells import (
    DropoutOfCells,
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
    zero_state,
)
from tfsession.layers.abstract import Layer
from tfsession.layers.calls import parameters_of
from tfsession.layers.identifiers import regularizer
from tfsession.layers.input_spec import InputSpec
from tfsession.layers.sessions import set_values
from tfsession.shapes import TensorShape

__all__ = ["GRU", "LSTM", "RNN", "SimpleRNN"]


class RNN(Layer):
    """A cell, called for each step of a sequence.

    Args:
      cell: the cell, or a list of cells, each on the output of the one before.
      return_sequences: whether the outputs of all steps are returned, or the last one.
      return_state: whether the states after the last step are returned, too.
      go_backwards: whether time runs backwards.
      stateful: whether the states after a batch are those before the next one.
      unroll: whether the steps stand in the graph one after the other.
      time_major: whether sequences are [time, batch, ...].
      **kwargs: `input_dim`, `input_length`, and what `Layer` takes.

    Raises:
      ValueError: the cell has no `call` or no `state_size`.

    Source: TensorFlow 1.15 `tf.keras.layers.RNN`.
    """

    _RNN_CONFIG: ClassVar = (
        "return_sequences",
        "return_state",
        "go_backwards",
        "stateful",
        "unroll",
        "time_major",
    )

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        time_major: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        if not hasattr(cell, "call"):
            raise ValueError("`cell` should have a `call` method. The RNN was passed:", cell)
        if not hasattr(cell, "state_size"):
            raise ValueError(
                "The RNN cell should have an attribute `state_size` (tuple of integers, one "
                "integer per RNN state)."
            )
        self.zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        if "input_shape" not in kwargs and ("input_dim" in kwargs or "input_length" in kwargs):
            kwargs["input_shape"] = (
                kwargs.pop("input_length", None),
                kwargs.pop("input_dim", None),
            )
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.time_major = time_major
        self.supports_masking = True
        self._states: Any = None
        self._state_variables: list[Any] = []
        self._num_constants = 0
        self.input_spec = None

    # ---- States ----

    @property
    def states(self) -> list[Any]:
        """The states that are kept; None for each where none are kept yet."""
        if not self._state_variables:
            return [None] * len(nest.flatten(self.cell.state_size))
        return self._state_variables

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Zeros, or what the cell says."""
        from tfsession.ops import array

        first = nest.flatten(inputs)[0]
        shape = array.shape(first)
        batch = shape[1 if self.time_major else 0]
        make = getattr(self.cell, "get_initial_state", None)
        if make is not None:
            state = make(inputs=None, batch_size=batch, dtype=first.dtype)
        else:
            state = zero_state(self.cell.state_size, None, batch, first.dtype)
        return list(state) if nest.is_sequence(state) else [state]

    def reset_states(self, states: Any = None) -> None:
        """Gives the states that are kept new values.

        Args:
          states: arrays; zeros when None.

        Raises:
          AttributeError: the layer keeps no states.
          ValueError: the size of the batch is not known, or shapes do not fit.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        if not self._state_variables:
            self._make_state_variables()
        if states is None:
            set_values([(v, np.zeros(v.shape.as_list())) for v in self._state_variables])
            return
        given = list(states) if isinstance(states, (list, tuple)) else [states]
        if len(given) != len(self._state_variables):
            raise ValueError(
                f"Layer {self.name} expects {len(self._state_variables)} states, but it received "
                f"{len(given)} state values. Input received: {states}"
            )
        for number, (variable, value) in enumerate(zip(self._state_variables, given, strict=True)):
            if value.shape != tuple(variable.shape.as_list()):
                raise ValueError(
                    f"State {number} is incompatible with layer {self.name}: expected shape="
                    f"{tuple(variable.shape.as_list())}, found shape={value.shape}"
                )
        set_values(zip(self._state_variables, given, strict=True))

    def _make_state_variables(self) -> None:
        spec = nest.flatten(self.input_spec)
        batch = spec[0].shape[1 if self.time_major else 0] if spec and spec[0] else None
        if not batch:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size. Specify the batch size of "
                "your input tensors: \n- If using a Sequential model, specify the batch size by "
                "passing a `batch_input_shape` argument to your first layer.\n- If using the "
                "functional API, specify the batch size by passing a `batch_shape` argument to "
                "your Input layer."
            )
        self._state_variables = [
            tensors.zeros([batch, *TensorShape(size).as_list()])
            for size in nest.flatten(self.cell.state_size)
        ]

    # ---- Building ----

    def build(self, input_shape: Any) -> None:
        """Builds the cell."""
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        sizes = TensorShape(input_shape).as_list()
        batch, time = (1, 0) if self.time_major else (0, 1)
        kept = list(sizes)
        kept[time] = None
        if not self.stateful:
            kept[batch] = None
        self.input_spec = [InputSpec(shape=tuple(kept))]
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell._dtype = self.cell._dtype or self._dtype
            self.cell.build((sizes[batch], *sizes[2:]))
            self.cell.built = True
        if self.stateful:
            self.reset_states()
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """[batch, units], or [batch, time, units], and the shapes of the states."""
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        sizes = TensorShape(input_shape).as_list()
        batch, time = (sizes[1], sizes[0]) if self.time_major else (sizes[0], sizes[1])
        around = [time, batch] if self.time_major else [batch, time]
        output_size = self._output_size()
        output = [*(around if self.return_sequences else [batch]), *output_size]
        if not self.return_state:
            return TensorShape(output)
        states = [
            TensorShape([batch, *TensorShape(size).as_list()])
            for size in nest.flatten(self.cell.state_size)
        ]
        return [TensorShape(output), *states]

    def _output_size(self) -> list[Any]:
        size = getattr(self.cell, "output_size", None)
        if size is None:
            size = nest.flatten(self.cell.state_size)[0]
        result: list[Any] = TensorShape(size).as_list()
        return result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs of all steps; none for the last one and for states."""
        if isinstance(mask, list):
            mask = mask[0]
        output = mask if self.return_sequences else None
        if self.return_state:
            return [output] + [None] * len(self.states)
        return output

    # ---- Calling ----

    def __call__(
        self,
        inputs: Any,
        *args: Any,
        initial_state: Any = None,
        constants: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Calls the layer.

        Args:
          inputs: [batch, time, ...]; or a list of these, the states and the constants.
          *args, **kwargs: further arguments of `call`.
          initial_state: the states before the first step; zeros when None.
          constants: tensors that the cell gets in each step.
        """
        if isinstance(inputs, list) and len(inputs) > 1 and not self._is_structure(inputs):
            if self._num_constants:
                constants = inputs[-self._num_constants :]
                inputs = inputs[: -self._num_constants]
            initial_state = inputs[1:] or initial_state
            inputs = inputs[0]
        if args and initial_state is None and not isinstance(args[0], bool) and len(args) > 2:
            initial_state = args[2]
            args = args[:2]
        states = _listed(initial_state)
        more = _listed(constants)
        if not states and not more:
            return super().__call__(inputs, *args, **kwargs)
        self._num_constants = len(more)
        are_of_keras = any(hasattr(x, "_keras_history") for x in [*states, *more])
        if not are_of_keras:
            if states:
                kwargs["initial_state"] = states
            if more:
                kwargs["constants"] = more
            return super().__call__(inputs, *args, **kwargs)
        spec, self.input_spec = self.input_spec, None
        try:
            # All of them are inputs of the layer, so that networks find them.
            return super().__call__([inputs, *states, *more], *args, **kwargs)
        finally:
            self.input_spec = spec or self.input_spec

    @staticmethod
    def _is_structure(inputs: list[Any]) -> bool:
        return False

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        initial_state: Any = None,
        constants: Any = None,
    ) -> Any:
        """Returns the last output, or all, and the states where these are asked for.

        Raises:
          ValueError: the recurrence is unrolled and the number of steps is not known.
        """
        self._reset_masks()
        if isinstance(inputs, list):
            inputs, *others = inputs
            count = self._num_constants
            constants = others[len(others) - count :] if count else None
            initial_state = others[: len(others) - count] or initial_state
        states = self._starting_states(inputs, initial_state)
        if isinstance(mask, list):
            mask = mask[0]
        steps = TensorShape(nest.flatten(inputs)[0].shape).as_list()[0 if self.time_major else 1]
        if self.unroll and steps is None:
            raise ValueError(
                "Cannot unroll a RNN if the time dimension is undefined. \n- If using a Sequential "
                "model, specify the time dimension by passing an `input_shape` or "
                "`batch_input_shape` argument to your first layer. If your first layer is an "
                "Embedding, you can also use the `input_length` argument.\n- If using the "
                "functional API, specify the time dimension by passing a `shape` or `batch_shape` "
                "argument to your Input layer."
            )
        last, outputs, new_states = recurrent.rnn(
            self._step(training, states),
            inputs,
            nest.flatten(states),
            go_backwards=self.go_backwards,
            mask=mask,
            constants=constants,
            unroll=self.unroll,
            time_major=self.time_major,
            zero_output_for_mask=self.zero_output_for_mask,
        )
        if self.stateful:
            self.add_update(
                [
                    tensors.update(variable, value)
                    for variable, value in zip(self._state_variables, new_states, strict=True)
                ]
            )
        output = outputs if self.return_sequences else last
        return [output, *new_states] if self.return_state else output

    def _starting_states(self, inputs: Any, given: Any) -> list[Any]:
        if given is not None:
            states = _listed(given)
        elif self.stateful:
            states = list(self._state_variables)
        else:
            states = self.get_initial_state(inputs)
        wanted = len(nest.flatten(self.cell.state_size))
        if len(nest.flatten(states)) != wanted:
            raise ValueError(
                f"Layer has {wanted} states but was passed {len(states)} initial states."
            )
        return states

    def _step(self, training: Any, states: list[Any]) -> Any:
        """The cell as a function of inputs and plain lists of states."""
        takes = parameters_of(type(self.cell).call)
        is_stacked = isinstance(self.cell, StackedRNNCells)
        sizes = self.cell.state_size

        def step(inputs: Any, flat: Any) -> Any:
            arguments: dict[str, Any] = {}
            if "training" in takes:
                arguments["training"] = training
            if self._num_constants:
                arguments["constants"] = list(flat[-self._num_constants :])
                flat = flat[: -self._num_constants]
            packed = list(flat)
            if is_stacked:
                packed = nest.pack_sequence_as(nest.map_structure(lambda x: x, sizes), packed)
            # Only a cell with one plain state gets it alone.
            elif (
                len(packed) == 1
                and not nest.is_sequence(sizes)
                and not isinstance(self.cell, Layer)
            ):
                packed = packed[0]
            output, new_states = self.cell.call(inputs, packed, **arguments)
            return output, nest.flatten(new_states)

        return step

    def _reset_masks(self) -> None:
        cells = self.cell.cells if isinstance(self.cell, StackedRNNCells) else [self.cell]
        for cell in cells:
            if isinstance(cell, DropoutOfCells):
                cell.reset_dropout_mask()
                cell.reset_recurrent_dropout_mask()

    # ---- Configuration ----

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, without its variables."""
        config = super().get_config() | {name: getattr(self, name) for name in self._RNN_CONFIG}
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = True
        return config | self._config_of_cell()

    def _config_of_cell(self) -> dict[str, Any]:
        return {"cell": {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` described."""
        from tfsession.keras.layers.registry import deserialize

        config = dict(config)
        constants = config.pop("num_constants", 0)
        cell = deserialize(config.pop("cell"), custom_objects=custom_objects)
        layer = cls(cell, **config)
        layer._num_constants = constants
        return layer


def _listed(states: Any) -> list[Any]:
    if states is None:
        return []
    return list(states) if isinstance(states, (list, tuple)) else [states]


class _OfCell(RNN):
    """A recurrence of one of the cells of Keras; takes what the cell takes."""

    _make_cell: ClassVar[Any]

    def __init__(
        self,
        units: int,
        *args: Any,
        activity_regularizer: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        names = type(self)._make_cell.config_names()
        given = dict(zip(names[1:], args, strict=False))
        given |= {name: kwargs.pop(name) for name in names if name in kwargs}
        if given.get("implementation") == 0:
            given["implementation"] = 1
        super().__init__(
            type(self)._make_cell(units, **given),
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            activity_regularizer=regularizer(activity_regularizer),
            **kwargs,
        )
        self.input_spec = [InputSpec(ndim=3)]

    def __getattr__(self, name: str) -> Any:
        cell = self.__dict__.get("cell")
        if cell is not None and name in type(cell).config_names():
            return getattr(cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _config_of_cell(self) -> dict[str, Any]:
        config = self.cell.get_config()
        names = list(type(self.cell).config_names())
        items = [(name, config[name]) for name in names]
        place = names.index("bias_regularizer") + 1
        items.insert(place, ("activity_regularizer", _plain(self.activity_regularizer)))
        return dict(items)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` described."""
        return cls(**config)


def _plain(regularizer: Any) -> Any:
    from tfsession.layers.identifiers import described

    return described(regularizer)


class SimpleRNN(_OfCell):
    """A recurrence whose output is its state.

    Args:
      units: the size of the state.
      *args, **kwargs: as of `SimpleRNNCell` and `RNN`; `activity_regularizer`.

    Source: TensorFlow 1.15 `tf.keras.layers.SimpleRNN`.
    """

    _make_cell = SimpleRNNCell


class GRU(_OfCell):
    """Gated recurrent units along a sequence.

    Args:
      units: the size of the state.
      *args, **kwargs: as of `GRUCell` and `RNN`; `activity_regularizer`.

    Source: TensorFlow 1.15 `tf.keras.layers.GRU`.
    """

    _make_cell = GRUCell


class LSTM(_OfCell):
    """Long short-term memory along a sequence.

    Args:
      units: the size of the states.
      *args, **kwargs: as of `LSTMCell` and `RNN`; `activity_regularizer`.

    Source: TensorFlow 1.15 `tf.keras.layers.LSTM`.
    """

    _make_cell = LSTMCell
