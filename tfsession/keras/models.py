"""`tf.keras.models`."""

import json as _json
from typing import Any as _Any

from tfsession.keras.engine.cloning import clone_model as clone_model
from tfsession.keras.engine.sequential import Sequential as Sequential
from tfsession.keras.engine.training import Model as Model
from tfsession.keras.layers.registry import deserialize as _deserialize
from tfsession.keras.saving.models import load_model as load_model, save_model as save_model
from tfsession.names.absent import explain_in as _explain_in


def model_from_config(config: _Any, custom_objects: _Any = None) -> _Any:
    """The model of a class and a configuration.

    Args:
      config: what `Model.get_config` gave, with the class.
      custom_objects: name -> class or function of the program.

    Raises:
      TypeError: it is a list.

    Source: TensorFlow 1.15 `tf.keras.models.model_from_config`.
    """
    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Maybe you meant to use "
            "`Sequential.from_config(config)`?"
        )
    return _deserialize(config, custom_objects=custom_objects)


def model_from_json(json_string: str, custom_objects: _Any = None) -> _Any:
    """The model that `Model.to_json` described.

    Source: TensorFlow 1.15 `tf.keras.models.model_from_json`.
    """
    return _deserialize(_json.loads(json_string), custom_objects=custom_objects)


def model_from_yaml(yaml_string: str, custom_objects: _Any = None) -> _Any:
    """The model that `Model.to_yaml` described; needs the package `pyyaml`.

    Raises:
      ImportError: it is missing.

    Source: TensorFlow 1.15 `tf.keras.models.model_from_yaml`.
    """
    try:
        import yaml
    except ImportError:
        raise ImportError("Requires yaml module installed (`pip install pyyaml`).") from None
    return _deserialize(yaml.safe_load(yaml_string), custom_objects=custom_objects)


_explain_in(__name__)
