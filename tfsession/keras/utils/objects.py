"""Objects of programs in configurations, and what networks begin with."""

from __future__ import annotations

from typing import Any

from tfsession import nest
from tfsession.layers import identifiers
from tfsession.layers.identifiers import custom_object_scope as CustomObjectScope

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_source_inputs",
    "serialize_keras_object",
]


def custom_object_scope(*args: Any) -> CustomObjectScope:
    """Inside, configurations may name more objects: those of some dicts.

    Source: TensorFlow 1.15 `tf.keras.utils.custom_object_scope`.
    """
    return CustomObjectScope(*args)


def get_custom_objects() -> dict[str, Any]:
    """The objects that configurations may name, which programs may add to.

    Source: TensorFlow 1.15 `tf.keras.utils.get_custom_objects`.
    """
    return identifiers.custom_objects


def serialize_keras_object(instance: Any) -> Any:
    """The class and the configuration of an object, or the name of a function.

    Raises:
      ValueError: it is neither.

    Source: TensorFlow 1.15 `tf.keras.utils.serialize_keras_object`.
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        return {"class_name": type(instance).__name__, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError("Cannot serialize", instance)


def deserialize_keras_object(
    identifier: Any,
    module_objects: Any = None,
    custom_objects: Any = None,
    printable_module_name: str = "object",
) -> Any:
    """The object that `serialize_keras_object` described.

    Args:
      identifier: a name, or class and configuration; None stays None.
      module_objects: name -> class or function.
      custom_objects: the same, asked first.
      printable_module_name: what it is, for errors.

    Raises:
      ValueError: the name is not known.

    Source: TensorFlow 1.15 `tf.keras.utils.deserialize_keras_object`.
    """
    if identifier is None:
        return None
    if callable(identifier) and not isinstance(identifier, (str, dict)):
        return identifier
    if not isinstance(identifier, (str, dict)):
        raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier}")
    return identifiers.deserialize(
        identifier, module_objects or {}, printable_module_name, custom_objects
    )


def get_source_inputs(tensor: Any, layer: Any = None, node_index: int | None = None) -> list[Any]:
    """The inputs on which a tensor depends.

    Args:
      tensor: a result of a layer of Keras.
      layer: the layer whose result it is.
      node_index: the number of the call.

    Source: TensorFlow 1.15 `tf.keras.utils.get_source_inputs`.
    """
    if not hasattr(tensor, "_keras_history"):
        return [tensor]
    if layer is None or node_index:
        layer, node_index, _ = tensor._keras_history
    if not layer.inbound_nodes:
        return [tensor]
    node = layer.inbound_nodes[node_index or 0]
    if not nest.flatten(node.inbound_layers):
        inputs: list[Any] = nest.flatten(node.input_tensors)
        return inputs
    found: list[Any] = []
    for inner, index, _, x in node.iterate_inbound():
        for source in get_source_inputs(x, inner, index):
            if not any(source is known for known in found):
                found.append(source)
    return found
