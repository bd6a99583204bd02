"""`tf.keras.activations`."""

from typing import Any as _Any

from tfsession.keras.backend.nn import (
    elu as elu,
    hard_sigmoid as hard_sigmoid,
    relu as relu,
    sigmoid as sigmoid,
    softplus as softplus,
    softsign as softsign,
    tanh as tanh,
)
from tfsession.layers import identifiers as _identifiers
from tfsession.layers.identifiers import activation as get, linear as linear
from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.activation import selu as selu
from tfsession.ops.math import exp as exponential
from tfsession.ops.softmax import softmax as _softmax

__all__ = [
    "deserialize",
    "elu",
    "exponential",
    "get",
    "hard_sigmoid",
    "linear",
    "relu",
    "selu",
    "serialize",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def softmax(x: _Any, axis: int = -1) -> _Any:
    """The softmax along an axis.

    Args:
      x: of rank 2 or more.
      axis: the axis.

    Raises:
      ValueError: the rank is 1.

    Source: TensorFlow 1.15 `tf.keras.activations.softmax`.
    """
    if x.shape.ndims is not None and x.shape.ndims < 2:
        raise ValueError("Cannot apply softmax to a tensor that is 1D")
    return _softmax(x, axis=axis)


def serialize(activation: _Any) -> _Any:
    """The name of an activation.

    Source: TensorFlow 1.15 `tf.keras.activations.serialize`.
    """
    return "softmax" if activation is _softmax else activation.__name__


def deserialize(name: _Any, custom_objects: _Any = None) -> _Any:
    """The activation of a name.

    Raises:
      ValueError: there is none.

    Source: TensorFlow 1.15 `tf.keras.activations.deserialize`.
    """
    return _identifiers.deserialize(
        name, _identifiers.ACTIVATIONS, "activation function", custom_objects
    )


_explain_in(__name__)
