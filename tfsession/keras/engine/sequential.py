"""`Sequential`: layers, one after the other."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tfsession import nest
from tfsession.keras.engine.inputs import Input, InputLayer
from tfsession.keras.engine.training import Model
from tfsession.layers.abstract import Layer
from tfsession.layers.base import Layer as ScopedLayer

__all__ = ["Sequential"]


class Sequential(Model):
    """Layers, one after the other, from one input to one output.

    Args:
      layers: the layers.
      name: the name.

    Source: TensorFlow 1.15 `tf.keras.Sequential`.
    """

    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self.supports_masking = True
        self.all_layers: list[Layer] = []
        self._build_input_shape: Any = None
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the placeholder."""
        return [x for x in self.all_layers if not isinstance(x, InputLayer)]

    def _nested(self) -> list[Layer]:
        return list(dict.fromkeys(self.all_layers))

    def add(self, layer: Any) -> None:
        """Adds a layer at the end.

        Raises:
          TypeError: it is no layer.
          ValueError: it has several inputs or outputs, or its name is taken.
        """
        history = getattr(layer, "_keras_history", None)
        if history is not None and isinstance(history.layer, InputLayer):
            layer = history.layer
        if isinstance(layer, ScopedLayer):
            raise TypeError(
                "The following are legacy tf.layers.Layers:\n  "
                f"{layer}\nTo use keras as a framework (for instance using the Network, Model, or "
                "Sequential classes), please use the tf.keras.layers implementation instead. (Or, "
                "if writing custom layers, subclass from tf.keras.layers rather than tf.layers)"
            )
        if not isinstance(layer, Layer):
            raise TypeError(f"The added layer must be an instance of class Layer. Found: {layer}")
        self.built = False
        if not self.all_layers:
            self._start(layer)
        elif self.outputs:
            output = layer(self.outputs[0])
            if isinstance(output, (list, tuple)):
                raise TypeError(
                    "All layers in a Sequential model should have a single output tensor. For "
                    "multi-output layers, use the functional API."
                )
            self.outputs = [output]
        if self.all_layers[-1:] != [layer]:
            self.all_layers.append(layer)
        self._connect()

    def _start(self, layer: Layer) -> None:
        """Begins with a layer, if it says on what."""
        if isinstance(layer, InputLayer):
            if len(layer.inbound_nodes[-1].output_tensors) != 1:
                raise ValueError(
                    "All layers in a Sequential model should have a single output tensor. For "
                    "multi-output layers, use the functional API."
                )
            self.all_layers.append(layer)
            self.outputs = list(nest.flatten(layer.inbound_nodes[-1].output_tensors))
            self.inputs = list(self.outputs)
            return
        shape, dtype = first_shape(layer)
        if shape is None:
            return
        x = Input(batch_shape=shape, dtype=dtype, name=f"{layer.name}_input")
        self.all_layers.append(x._keras_history.layer)
        self.inputs = [x]
        output = layer(x)
        self.all_layers.append(layer)
        if len(nest.flatten(output)) != 1:
            raise ValueError(
                "All layers in a Sequential model should have a single output tensor. For "
                "multi-output layers, use the functional API."
            )
        self.outputs = nest.flatten(output)

    def _connect(self) -> None:
        """Makes the network of the layers as far as they are there."""
        if not self.outputs:
            return
        del self.inbound_nodes[:]
        self._init_graph_network(self.inputs, self.outputs)
        self.built = True

    def pop(self) -> None:
        """Takes the last layer away.

        Raises:
          TypeError: there is none.
        """
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        self.all_layers.pop()
        if not self.layers:
            self.outputs = self.inputs = None
            self.built = False
            self.all_layers.clear()
            self._is_graph_network = False
        elif self._is_graph_network:
            last = self.layers[-1]
            del last.outbound_nodes[:]
            self.outputs = [last.output]
            self._connect()

    def build(self, input_shape: Any = None) -> None:
        """Makes the variables, of a shape if the first layer does not say it."""
        if self._is_graph_network:
            self.built = True
            return
        if input_shape is None:
            raise ValueError("You must provide an `input_shape` argument.")
        self._build_input_shape = tuple(getattr(s, "value", s) for s in input_shape)
        super().build(self._build_input_shape)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Calls one layer after the other."""
        if self._is_graph_network:
            return super().call(inputs, training=training, mask=mask)
        from tfsession.layers.calls import parameters_of

        outputs = inputs
        for layer in self.layers:
            arguments: dict[str, Any] = {}
            parameters = parameters_of(type(layer).call)
            if "mask" in parameters and mask is not None:
                arguments["mask"] = mask
            if "training" in parameters and training is not None:
                arguments["training"] = training
            outputs = layer(outputs, **arguments)
            mask = getattr(outputs, "_keras_mask", None)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the result, as the layers say."""
        shape = input_shape
        for layer in self.layers:
            shape = layer.compute_output_shape(shape)
        return shape

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the result."""
        outputs = self.call(inputs, mask=mask)
        return getattr(outputs, "_keras_mask", None)

    # ---- Prediction ----

    def predict_proba(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """The probabilities of the classes; the values of `predict`."""
        values = self.predict(x, batch_size, verbose)
        if values.min() < 0.0 or values.max() > 1.0:
            from tfsession import logging

            logging.warning(
                "Network returning invalid probability values. The last layer might not normalize "
                "predictions into probabilities (like softmax or sigmoid would)."
            )
        return values

    def predict_classes(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """The likeliest class of each sample; of one output, whether it is above 0.5."""
        values = self.predict(x, batch_size=batch_size, verbose=verbose)
        if values.shape[-1] > 1:
            return np.argmax(values, axis=-1)
        return (values > 0.5).astype("int32")

    # ---- Description ----

    def get_config(self) -> dict[str, Any]:
        """The layers, and the shape of the input where it was given to `build`."""
        config: dict[str, Any] = {
            "name": self.name,
            "layers": copy.deepcopy(
                [
                    {"class_name": type(layer).__name__, "config": layer.get_config()}
                    for layer in self.layers
                ]
            ),
        }
        if self._build_input_shape:
            config["build_input_shape"] = self._build_input_shape
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """The model that `get_config` described, with new variables."""
        from tfsession.keras.layers.registry import deserialize

        is_named = isinstance(config, dict)
        model = cls(name=config["name"] if is_named else None)
        for described in config["layers"] if is_named else config:
            model.add(deserialize(described, custom_objects=custom_objects))
        shape = config.get("build_input_shape") if is_named else None
        if not model.inputs and shape:
            model.build(shape)
        return model


def first_shape(layer: Any) -> tuple[Any, Any]:
    """The shape and the DType on which a model begins with a layer; None where it does not say."""
    shape = getattr(layer, "_batch_input_shape", None)
    if shape is not None:
        return shape, layer.dtype
    if getattr(layer, "_is_graph_network", False) or hasattr(layer, "all_layers"):
        inner = layer.layers
        if layer.inputs:
            x = layer.inputs[0]
            return tuple(x.shape.as_list()), x.dtype.base_dtype.name
        return first_shape(inner[0]) if inner else (None, None)
    return None, None
