"""Networks as dictionaries: which layers there are, and how their calls are connected."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np

from tfsession import nest
from tfsession.graph.operation import Tensor
from tfsession.keras.engine.topology import node_key

__all__ = ["model_config", "network_config", "reconstruct", "to_json", "to_yaml"]

VERSION = "2.2.4-tf"


# ---- Writing ----


def network_config(network: Any) -> dict[str, Any]:
    """The layers of a network, each with its calls, and the network's inputs and outputs."""
    config: dict[str, Any] = {"name": network.name}
    numbers = _numbers_of_calls(network)
    config["layers"] = [
        {
            "name": layer.name,
            "class_name": type(layer).__name__,
            "config": layer.get_config(),
            "inbound_nodes": [
                _connections(node, numbers)
                for index, node in enumerate(layer.inbound_nodes)
                if node_key(layer.name, index) in network.topology.nodes
                and nest.flatten(node.inbound_layers)
            ],
        }
        for layer in network.layers
    ]
    config["input_layers"] = _places(network.nested_inputs, numbers)
    config["output_layers"] = _places(network.nested_outputs, numbers)
    return copy.deepcopy(config)


def _numbers_of_calls(network: Any) -> dict[str, int]:
    """For each call of a layer its number among those that belong to the network."""
    numbers: dict[str, int] = {}
    for layer in network.layers:
        # The first call of a network is the network itself.
        kept = 1 if getattr(layer, "_is_graph_network", False) else 0
        for index in range(len(layer.inbound_nodes)):
            key = node_key(layer.name, index)
            if key in network.topology.nodes:
                numbers[key] = kept
                kept += 1
    return numbers


def _connections(node: Any, numbers: dict[str, int]) -> Any:
    arguments = {name: _plain(value) for name, value in node.arguments.items()}
    return [
        [layer.name, numbers.get(node_key(layer.name, index), 0), tensor_index, arguments]
        for layer, index, tensor_index, _ in node.iterate_inbound()
    ]


def _plain(value: Any) -> Any:
    """An argument of a call, without tensors of layers: these are named."""
    if isinstance(value, Tensor) and hasattr(value, "_keras_history"):
        layer, node_index, tensor_index = value._keras_history
        return ["_CONSTANT_TENSOR", layer.name, node_index, tensor_index]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value


def _places(tensors: Any, numbers: dict[str, int]) -> Any:
    def place(x: Any) -> list[Any]:
        layer, index, tensor_index = x._keras_history
        return [layer.name, numbers.get(node_key(layer.name, index), 0), tensor_index]

    if isinstance(tensors, dict):
        return {name: place(x) for name, x in tensors.items()}
    return [place(x) for x in nest.flatten(tensors)]


def model_config(model: Any) -> dict[str, Any]:
    """The configuration of a model with its class and the versions."""
    return {
        "class_name": type(model).__name__,
        "config": model.get_config(),
        "keras_version": VERSION,
        "backend": "tensorflow",
    }


def json_value(value: Any) -> Any:
    """What JSON has instead of arrays, types, shapes and functions.

    Raises:
      TypeError: JSON has nothing for it.
    """
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if isinstance(value, np.ndarray):
        return {"type": type(value).__name__, "value": value.tolist()}
    if isinstance(value, np.generic):
        return value.item()
    if callable(value):
        return value.__name__
    if hasattr(value, "as_list"):
        return value.as_list()
    if hasattr(value, "as_numpy_dtype"):
        return value.name
    raise TypeError("Not JSON Serializable:", value)


def to_json(model: Any, **kwargs: Any) -> str:
    """The configuration of a model as JSON."""
    return json.dumps(model_config(model), default=json_value, **kwargs)


def to_yaml(model: Any, **kwargs: Any) -> str:
    """The configuration of a model as YAML.

    Raises:
      ImportError: the package `pyyaml` is missing.
    """
    try:
        import yaml
    except ImportError:
        raise ImportError("Requires yaml module installed (`pip install pyyaml`).") from None
    plain = json.loads(json.dumps(model_config(model), default=json_value))
    text: str = yaml.dump(plain, **kwargs)
    return text


# ---- Reading ----


def reconstruct(
    config: dict[str, Any], custom_objects: Any = None, layers: dict[str, Any] | None = None
) -> tuple[Any, Any, Any]:
    """Makes the layers of a network, and calls them as they were connected.

    Args:
      config: what `network_config` gave.
      custom_objects: name -> class or function of the program.
      layers: the layers by name, where they are there already.

    Returns:
      The inputs, the outputs, and the layers by name.

    Raises:
      ValueError: a class is not known, or a layer waits for a result that nothing makes.
    """
    from tfsession.keras.layers.registry import deserialize

    layers = {} if layers is None else layers
    waiting: list[tuple[Any, Any]] = []
    for described in config["layers"]:
        name = described["name"]
        if name not in layers:
            layers[name] = deserialize(described, custom_objects=custom_objects)
        layer = layers[name]
        calls = described["inbound_nodes"]
        waiting.extend((layer, call) for call in calls)
    while waiting:
        left = [(layer, call) for layer, call in waiting if not _called(layer, call, layers)]
        if len(left) == len(waiting):
            names = sorted({layer.name for layer, _ in left})
            raise ValueError(f"Model config: layers {names} wait for results that nothing makes")
        waiting = left
    inputs = _found(config["input_layers"], layers)
    outputs = _found(config["output_layers"], layers)
    return inputs, outputs, layers


def _called(layer: Any, call: Any, layers: dict[str, Any]) -> bool:
    """Calls a layer, if its inputs are there."""
    if isinstance(call, dict):
        call = list(call.values())
    entries = [call] if isinstance(call[0], str) else call
    tensors = []
    arguments: dict[str, Any] = {}
    for entry in entries:
        name, node_index, tensor_index = entry[:3]
        arguments = dict(entry[3]) if len(entry) > 3 else {}
        tensor = _output(layers[name], node_index, tensor_index)
        if tensor is None:
            return False
        tensors.append(tensor)
    for key, value in arguments.items():
        if isinstance(value, list) and value[:1] == ["_CONSTANT_TENSOR"]:
            arguments[key] = _output(layers[value[1]], value[2], value[3])
            if arguments[key] is None:
                return False
    layer(tensors[0] if len(tensors) == 1 else tensors, **arguments)
    return True


def _output(layer: Any, node_index: int, tensor_index: int) -> Any:
    if node_index >= len(layer.inbound_nodes):
        return None
    return nest.flatten(layer.inbound_nodes[node_index].output_tensors)[tensor_index]


def _found(places: Any, layers: dict[str, Any]) -> Any:
    if isinstance(places, dict):
        return {name: _output(layers[p[0]], p[1], p[2]) for name, p in places.items()}
    if places and isinstance(places[0], str):
        places = [places]
    return [_output(layers[p[0]], p[1], p[2]) for p in places]
