"""Models like other ones, with variables of their own."""

from __future__ import annotations

from typing import Any

from tfsession.keras.engine.config import network_config, reconstruct
from tfsession.keras.engine.inputs import Input, InputLayer
from tfsession.keras.engine.sequential import Sequential
from tfsession.keras.engine.training import Model
from tfsession.layers.abstract import Layer

__all__ = ["clone_model"]


def clone_model(model: Any, input_tensors: Any = None, clone_function: Any = None) -> Any:
    """A model of the same layers, with new variables.

    Args:
      model: a model with a graph of layers, or a Sequential.
      input_tensors: what it begins with; new placeholders when None.
      clone_function: maps a layer to its copy; makes it of the configuration when None.

    Raises:
      ValueError: the model is a subclass without a graph of layers.

    Source: TensorFlow 1.15 `tf.keras.models.clone_model`.
    """
    copy = clone_function or (lambda layer: type(layer).from_config(layer.get_config()))
    if isinstance(model, Sequential):
        copies: list[Layer] = [copy(layer) for layer in model.layers]
        if input_tensors is None:
            starts = [x for x in model.all_layers if isinstance(x, InputLayer)]
            return Sequential(
                [*(type(x).from_config(x.get_config()) for x in starts), *copies], name=model.name
            )
        tensor = input_tensors[0] if isinstance(input_tensors, (list, tuple)) else input_tensors
        if not hasattr(tensor, "_keras_history"):
            tensor = Input(tensor=tensor)
        return Sequential([tensor._keras_history.layer, *copies], name=model.name)
    if not model._is_graph_network:
        raise ValueError(
            "Expected `model` argument to be a functional `Model` instance, but got a subclass "
            "model instead."
        )
    return _clone_functional(model, input_tensors, copy)


def _clone_functional(model: Any, input_tensors: Any, copy: Any) -> Any:
    by_name: dict[str, Any] = {}
    if input_tensors is not None:
        given = list(input_tensors) if isinstance(input_tensors, (list, tuple)) else [input_tensors]
        for name, tensor in zip(model.input_names, given, strict=True):
            if not hasattr(tensor, "_keras_history"):
                tensor = Input(tensor=tensor, name=f"input_wrapper_for_{name}")
            by_name[name] = tensor._keras_history.layer
    for layer in model.layers:
        if layer.name not in by_name:
            is_start = isinstance(layer, InputLayer)
            by_name[layer.name] = (
                InputLayer.from_config(layer.get_config()) if is_start else copy(layer)
            )
    config = network_config(model)
    inputs, outputs, _ = reconstruct(config, layers=by_name)
    return Model(inputs, outputs, name=model.name)
