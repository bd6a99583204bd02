"""`tf.keras.initializers`."""

from typing import Any as _Any

from tfsession.layers import identifiers as _identifiers
from tfsession.layers.identifiers import initializer as get
from tfsession.layers.narrow_initializers import (
    RandomNormal as RandomNormal,
    RandomUniform as RandomUniform,
    TruncatedNormal as TruncatedNormal,
)
from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.initializers import (
    Initializer as Initializer,
    constant_initializer as Constant,
    glorot_normal_initializer as glorot_normal,
    glorot_uniform_initializer as glorot_uniform,
    he_normal_initializer as he_normal,
    he_uniform_initializer as he_uniform,
    identity_initializer as Identity,
    lecun_normal_initializer as lecun_normal,
    lecun_uniform_initializer as lecun_uniform,
    ones_initializer as Ones,
    orthogonal_initializer as Orthogonal,
    variance_scaling_initializer as VarianceScaling,
    zeros_initializer as Zeros,
)

__all__ = [
    "Constant",
    "Identity",
    "Initializer",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "truncated_normal",
    "uniform",
    "zeros",
]

constant = Constant
identity = Identity
normal = RandomNormal
ones = Ones
orthogonal = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
uniform = RandomUniform
zeros = Zeros


def serialize(initializer: _Any) -> _Any:
    """The class and the configuration of an initializer.

    Source: TensorFlow 1.15 `tf.keras.initializers.serialize`.
    """
    return _identifiers.described(initializer)


def deserialize(config: _Any, custom_objects: _Any = None) -> _Any:
    """The initializer that `serialize` described.

    Raises:
      ValueError: the class is not known.

    Source: TensorFlow 1.15 `tf.keras.initializers.deserialize`.
    """
    return _identifiers.deserialize(
        config, _identifiers.INITIALIZERS, "initializer", custom_objects
    )


_explain_in(__name__)
