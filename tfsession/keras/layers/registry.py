"""Layers by the names of their classes, for configurations."""

from __future__ import annotations

import importlib
from typing import Any

from tfsession.layers.identifiers import deserialize as deserialized

__all__ = ["deserialize", "serialize"]


def _classes() -> dict[str, Any]:
    # Layers that have layers inside ask here for what these are: all of them stand on this module.
    layers, operations, models, added = (
        importlib.import_module(f"tfsession.keras.{name}")
        for name in ("layers", "engine.operations", "models", "metrics.layers")
    )
    found = {name: thing for name, thing in vars(layers).items() if isinstance(thing, type)}
    found["BatchNormalizationV1"] = found["BatchNormalization"]
    return found | {
        "AddLoss": added.AddLoss,
        "AddMetric": added.AddMetric,
        "Model": models.Model,
        "Network": models.Model,
        "Sequential": models.Sequential,
        "TensorFlowOpLayer": operations.TensorFlowOpLayer,
    }


def serialize(layer: Any) -> dict[str, Any]:
    """The class and the configuration of a layer.

    Source: TensorFlow 1.15 `tf.keras.layers.serialize`.
    """
    return {"class_name": type(layer).__name__, "config": layer.get_config()}


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The layer that `serialize` described.

    Args:
      config: the class and the configuration.
      custom_objects: name -> class or function, asked first.

    Raises:
      ValueError: the class is not known.

    Source: TensorFlow 1.15 `tf.keras.layers.deserialize`.
    """
    return deserialized(config, _classes(), "layer", custom_objects)
