"""Layers around layers."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from tfsession import nest
from tfsession.graph.scopes import name_scope
from tfsession.keras.backend import recurrent
from tfsession.keras.layers.recurrent import _listed
from tfsession.layers.abstract import Layer
from tfsession.layers.calls import parameters_of
from tfsession.layers.input_spec import InputSpec
from tfsession.ops import array
from tfsession.ops.rearrange import reverse
from tfsession.shapes import TensorShape

__all__ = ["Bidirectional", "TimeDistributed", "Wrapper"]


class Wrapper(Layer):
    """A layer around another one.

    Args:
      layer: the layer inside.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Wrapper`.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer inside."""
        if not self.layer.built:
            self._build_inner(self.layer, input_shape)
        self.built = True

    def _build_inner(self, layer: Any, shape: Any) -> None:
        layer._dtype = layer._dtype or self._dtype
        layer.build(shape)
        layer.built = True

    def get_config(self) -> dict[str, Any]:
        """The layer inside."""
        inner = {"class_name": type(self.layer).__name__, "config": self.layer.get_config()}
        return super().get_config() | {"layer": inner}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` described."""
        from tfsession.keras.layers.registry import deserialize

        config = copy.deepcopy(config)
        layer = deserialize(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)


class TimeDistributed(Wrapper):
    """A layer, applied to each step of sequences.

    Args:
      layer: the layer.
      **kwargs: what `Layer` takes.

    Raises:
      ValueError: it is no layer.

    Source: TensorFlow 1.15 `tf.keras.layers.TimeDistributed`.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                "Please initialize `TimeDistributed` layer with a `Layer` instance. You passed: "
                f"{layer}"
            )
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer for single steps.

        Raises:
          ValueError: the inputs are no sequences.
        """
        sizes = TensorShape(input_shape).as_list()
        if len(sizes) < 3:
            raise ValueError(
                "`TimeDistributed` Layer should be passed an `input_shape ` with at least 3 "
                f"dimensions, received: {sizes}"
            )
        self.input_spec = InputSpec(shape=(None, None, *sizes[2:]))
        super().build(TensorShape([sizes[0], *sizes[2:]]))

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Returns [batch, time, ...]."""
        takes = parameters_of(type(self.layer).call)
        arguments = {"training": training} if "training" in takes else {}
        sizes = inputs.shape.as_list()
        if sizes[0]:

            def step(x: Any, _: Any) -> Any:
                return self.layer.call(x, **arguments), []

            _, outputs, _ = recurrent.rnn(
                step, inputs, initial_states=[], input_length=sizes[1], unroll=False
            )
            return outputs
        dynamic = array.shape(inputs)[1] if sizes[1] is None else sizes[1]
        flat = array.reshape(inputs, self._shape_tuple((-1,), inputs, 2))
        if "mask" in takes and mask is not None:
            arguments["mask"] = array.reshape(mask, self._shape_tuple((-1,), mask, 2))
        y = self.layer.call(flat, **arguments)
        rest = self.compute_output_shape(TensorShape(sizes)).as_list()[2:]
        return array.reshape(y, (-1, dynamic, *self._known(rest, y)))

    @staticmethod
    def _known(sizes: list[Any], x: Any) -> list[Any]:
        """Sizes behind the batch: numbers where they are known."""
        if None not in sizes:
            return sizes
        dynamic = array.shape(x)
        return [dynamic[1 + i] if size is None else size for i, size in enumerate(sizes)]

    @staticmethod
    def _shape_tuple(first: tuple[int, ...], x: Any, start: int) -> tuple[Any, ...]:
        sizes = x.shape.as_list()[start:]
        if None not in sizes:
            return first + tuple(sizes)
        dynamic = array.shape(x)
        return first + tuple(
            dynamic[start + i] if size is None else size for i, size in enumerate(sizes)
        )

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, time, ...]."""
        sizes = TensorShape(input_shape).as_list()
        inner = self.layer.compute_output_shape(TensorShape([sizes[0], *sizes[2:]]))
        inner = TensorShape(inner).as_list()
        return TensorShape([inner[0], sizes[1], *inner[1:]])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the steps."""
        return mask


class Bidirectional(Wrapper):
    """A recurrence in both directions.

    Args:
      layer: a recurrent layer; its copy goes backwards.
      merge_mode: "sum", "mul", "concat", "ave", or None, which gives both outputs.
      weights: the initial values of the variables.
      **kwargs: what `Layer` takes.

    Raises:
      ValueError: it is no layer, or the mode is none of these.

    Source: TensorFlow 1.15 `tf.keras.layers.Bidirectional`.
    """

    _MODES: ClassVar = ("sum", "mul", "ave", "concat", None)

    def __init__(
        self, layer: Any, merge_mode: Any = "concat", weights: Any = None, **kwargs: Any
    ) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                "Please initialize `Bidirectional` layer with a `Layer` instance. You passed: "
                f"{layer}"
            )
        if merge_mode not in self._MODES:
            raise ValueError(
                'Invalid merge mode. Merge mode should be one of {"sum", "mul", "ave", "concat", '
                "None}"
            )
        super().__init__(layer, **kwargs)
        pattern: Any = layer
        half = len(weights or ()) // 2
        first, last = (weights[:half], weights[half:]) if weights else (None, None)
        self.forward_layer = _copied(layer, f"forward_{layer.name}", pattern.go_backwards, first)
        self.backward_layer = _copied(
            layer, f"backward_{layer.name}", not pattern.go_backwards, last
        )
        self.merge_mode = merge_mode
        self.stateful = pattern.stateful
        self.return_sequences = pattern.return_sequences
        self.return_state = pattern.return_state
        self.supports_masking = True
        self._num_constants = 0
        self.input_spec = layer.input_spec

    def _tracked(self) -> dict[str, Any]:
        # The layer that was given is but a pattern.
        return {name: thing for name, thing in super()._tracked().items() if name != "layer"}

    def build(self, input_shape: Any = None) -> None:
        """Builds both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            with name_scope(layer.name):
                self._build_inner(layer, input_shape)
        self.built = True

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
          inputs: [batch, time, ...]; or a list of these and the states.
          *args, **kwargs: further arguments of `call`.
          initial_state: the states of the forward and of the backward layer.
          constants: tensors that the cells get in each step.
        """
        if isinstance(inputs, list) and len(inputs) > 1:
            initial_state = inputs[1:]
            inputs = inputs[0]
        states = _listed(initial_state)
        if not states:
            return super().__call__(inputs, *args, **kwargs)
        if len(states) % 2:
            raise ValueError(
                "When passing `initial_state` to a Bidirectional RNN, the state should be a list "
                f"containing the states of the underlying RNNs. Found: {states}"
            )
        del constants
        spec, self.input_spec = self.input_spec, None
        try:
            return super().__call__([inputs, *states], *args, **kwargs)
        finally:
            self.input_spec = spec

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Returns both outputs, merged, and the states where these are asked for."""
        takes = parameters_of(type(self.layer).call)
        arguments: dict[str, Any] = {}
        if "training" in takes:
            arguments["training"] = training
        if "mask" in takes:
            arguments["mask"] = mask
        first, second = inputs, inputs
        if isinstance(inputs, list):
            x, *states = inputs
            half = len(states) // 2
            first, second = [x, *states[:half]], [x, *states[half:]]
        y = self.forward_layer.call(first, **arguments)
        y_back = self.backward_layer.call(second, **arguments)
        states = []
        if self.return_state:
            states = y[1:] + y_back[1:]
            y, y_back = y[0], y_back[0]
        if self.return_sequences:
            y_back = reverse(y_back, [1])
        output = self._merged(y, y_back)
        if not self.return_state:
            return output
        return [*output, *states] if self.merge_mode is None else [output, *states]

    def _merged(self, y: Any, y_back: Any) -> Any:
        if self.merge_mode == "concat":
            return array.concat([y, y_back], axis=len(y.shape) - 1)
        if self.merge_mode == "sum":
            return y + y_back
        if self.merge_mode == "ave":
            return (y + y_back) / 2
        if self.merge_mode == "mul":
            return y * y_back
        return [y, y_back]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs, merged, and those of the states."""
        found = self.forward_layer.compute_output_shape(input_shape)
        shapes = list(found) if isinstance(found, list) else [found]
        output, states = TensorShape(shapes[0]), shapes[1:]
        if self.merge_mode == "concat":
            sizes: list[Any] = output.as_list()
            output = TensorShape([*sizes[:-1], sizes[-1] * 2])
        outputs = [output, output] if self.merge_mode is None else [output]
        if self.return_state:
            return [*outputs, *states, *states]
        return outputs if self.merge_mode is None else output

    def reset_states(self) -> None:
        """Sets the states of both layers to zero."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs of all steps; none for the last one and for states."""
        if isinstance(mask, list):
            mask = mask[0]
        if self.return_sequences:
            output = [mask, mask] if self.merge_mode is None else mask
        else:
            output = [None, None] if self.merge_mode is None else None
        if self.return_state:
            states = [None] * len(nest.flatten(self.layer.cell.state_size)) * 2
            return (output if isinstance(output, list) else [output]) + states
        return output

    def get_config(self) -> dict[str, Any]:
        """The layer inside, and how the outputs are merged."""
        return super().get_config() | {"merge_mode": self.merge_mode}


def _copied(layer: Any, name: str, go_backwards: bool, weights: Any) -> Any:
    config = layer.get_config() | {"name": name, "go_backwards": go_backwards}
    return type(layer).from_config(config if weights is None else config | {"weights": weights})
