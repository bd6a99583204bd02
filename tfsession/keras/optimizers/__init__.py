"""`tf.keras.optimizers`."""

from typing import Any as _Any

from tfsession.keras.optimizers import schedules as schedules
from tfsession.keras.optimizers.base import Optimizer as Optimizer
from tfsession.keras.optimizers.rules import (
    SGD as SGD,
    Adadelta as Adadelta,
    Adagrad as Adagrad,
    Adam as Adam,
    Adamax as Adamax,
    Ftrl as Ftrl,
    Nadam as Nadam,
    RMSprop as RMSprop,
)
from tfsession.keras.optimizers.wrapped import TFOptimizer as _TFOptimizer
from tfsession.layers.identifiers import deserialize as _deserialize
from tfsession.names.absent import explain_in as _explain_in
from tfsession.train.optimizer import Optimizer as _PlainOptimizer


def serialize(optimizer: _Any) -> dict[str, _Any]:
    """The class and the configuration of an optimizer.

    Source: TensorFlow 1.15 `tf.keras.optimizers.serialize`.
    """
    return {"class_name": type(optimizer).__name__, "config": optimizer.get_config()}


def deserialize(config: dict[str, _Any], custom_objects: _Any = None) -> _Any:
    """The optimizer that `serialize` described.

    Args:
      config: its class, in any case, and its configuration.
      custom_objects: name -> class, asked first.

    Raises:
      ValueError: the class is not known.

    Source: TensorFlow 1.15 `tf.keras.optimizers.deserialize`.
    """
    classes = (SGD, Adadelta, Adagrad, Adam, Adamax, Ftrl, Nadam, RMSprop)
    known = {cls.__name__.lower(): cls for cls in classes}
    if config["class_name"].lower() in known:
        config = {**config, "class_name": config["class_name"].lower()}
    return _deserialize(config, known, "optimizer", custom_objects)


def get(identifier: _Any) -> _Any:
    """The optimizer that a name, a configuration or an optimizer of `tf.train` stands for.

    Raises:
      ValueError: it is none of these.

    Source: TensorFlow 1.15 `tf.keras.optimizers.get`.
    """
    if isinstance(identifier, (Optimizer, _TFOptimizer)):
        return identifier
    if isinstance(identifier, _PlainOptimizer):
        return _TFOptimizer(identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    raise ValueError("Could not interpret optimizer identifier:", identifier)


_explain_in(__name__)
