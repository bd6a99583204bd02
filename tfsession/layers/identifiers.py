"""What layers take by name: activations, initializers, regularizers and constraints."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.layers.constraints import MaxNorm, MinMaxNorm, NonNeg, RadialConstraint, UnitNorm
from tfsession.layers.narrow_initializers import RandomNormal, RandomUniform, TruncatedNormal
from tfsession.ops import activation as activations, initializers, math, softmax
from tfsession.ops.clip import clip_by_value
from tfsession.variables import regularizers

# ---- Objects of programs ----

# Name -> class or function: what programs add to what configurations may name.
custom_objects: dict[str, Any] = {}


class custom_object_scope:  # TensorFlow's name
    """Inside, configurations may name more objects.

    Args:
      *args: dicts from names to classes and functions.

    Source: TensorFlow 1.15 `tf.keras.utils.custom_object_scope`.
    """

    def __init__(self, *args: Any) -> None:
        self.custom_objects = args
        self._before: dict[str, Any] = {}

    def __enter__(self) -> custom_object_scope:
        self._before = dict(custom_objects)
        for objects in self.custom_objects:
            custom_objects.update(objects)
        return self

    def __exit__(self, *args: object) -> None:
        custom_objects.clear()
        custom_objects.update(self._before)


def deserialize(
    identifier: Any, table: dict[str, Any], kind: str, more: dict[str, Any] | None = None
) -> Any:
    """The object that a name or a configuration stands for.

    Args:
      identifier: a name, or a dict with `class_name` and `config`.
      table: name -> class or function.
      kind: what it is, for errors.
      more: name -> class or function, asked first.

    Raises:
      ValueError: there is none of that name, or the configuration is none.
    """
    objects = {**table, **custom_objects, **(more or {})}
    if isinstance(identifier, str):
        if identifier not in objects:
            raise ValueError(f"Unknown {kind}:{identifier}")
        found = objects[identifier]
        return found() if inspect.isclass(found) or found in _MAKERS else found
    if "class_name" not in identifier or "config" not in identifier:
        raise ValueError(f"Improper config format: {identifier}")
    made = objects.get(identifier["class_name"])
    if made is None:
        raise ValueError(f"Unknown {kind}: {identifier['class_name']}")
    config = identifier["config"]
    if not hasattr(made, "from_config"):
        with custom_object_scope(more or {}):
            return made(**config)
    if "custom_objects" in inspect.signature(made.from_config).parameters:
        return made.from_config(config, custom_objects={**custom_objects, **(more or {})})
    with custom_object_scope(more or {}):
        return made.from_config(config)


# Functions that make what they are named by.
_MAKERS = (
    initializers.he_normal_initializer,
    initializers.he_uniform_initializer,
    initializers.lecun_normal_initializer,
    initializers.lecun_uniform_initializer,
    regularizers.l1,
    regularizers.l2,
    regularizers.l1_l2,
)

# ---- Activations ----


def linear(x: Any) -> Any:
    """The identity, without an operation."""
    return x


def hard_sigmoid(x: Any) -> Any:
    """``0.2 * x + 0.5``, kept between 0 and 1.

    Source: TensorFlow 1.15 `tf.keras.activations.hard_sigmoid`.
    """
    x = convert_to_tensor(x)
    half = convert_to_tensor(0.5, x.dtype.base_dtype)
    slope = convert_to_tensor(0.2, x.dtype.base_dtype)
    zero = convert_to_tensor(0.0, x.dtype.base_dtype)
    one = convert_to_tensor(1.0, x.dtype.base_dtype)
    return clip_by_value(math.add(math.multiply(x, slope), half), zero, one)


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "elu": activations.elu,
    "exponential": math.exp,
    "hard_sigmoid": hard_sigmoid,
    "linear": linear,
    "relu": activations.relu,
    "selu": activations.selu,
    "sigmoid": math.sigmoid,
    "softmax": softmax.softmax,
    "softplus": activations.softplus,
    "softsign": activations.softsign,
    "tanh": math.tanh,
}


def activation(identifier: Any) -> Callable[..., Any]:
    """The activation that a layer was given: a name, a function, or None for the identity.

    Raises:
      ValueError: there is no activation of that name.
      TypeError: it is neither a name nor a function.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, (str, dict)):
        identifier = deserialize(identifier, ACTIVATIONS, "activation function")
    if callable(identifier):
        function: Callable[..., Any] = identifier
        return function
    raise TypeError(f"Could not interpret activation function identifier: {identifier!r}")


# ---- Initializers ----

INITIALIZERS: dict[str, Any] = {
    "Constant": initializers.constant_initializer,
    "GlorotNormal": initializers.glorot_normal_initializer,
    "GlorotUniform": initializers.glorot_uniform_initializer,
    "Identity": initializers.identity_initializer,
    "Initializer": initializers.Initializer,
    "Ones": initializers.ones_initializer,
    "Orthogonal": initializers.orthogonal_initializer,
    "RandomNormal": RandomNormal,
    "RandomUniform": RandomUniform,
    "TruncatedNormal": TruncatedNormal,
    "VarianceScaling": initializers.variance_scaling_initializer,
    "Zeros": initializers.zeros_initializer,
    "constant": initializers.constant_initializer,
    "glorot_normal": initializers.glorot_normal_initializer,
    "glorot_uniform": initializers.glorot_uniform_initializer,
    "he_normal": initializers.he_normal_initializer,
    "he_uniform": initializers.he_uniform_initializer,
    "identity": initializers.identity_initializer,
    "lecun_normal": initializers.lecun_normal_initializer,
    "lecun_uniform": initializers.lecun_uniform_initializer,
    "normal": RandomNormal,
    "one": initializers.ones_initializer,
    "ones": initializers.ones_initializer,
    "orthogonal": initializers.orthogonal_initializer,
    "random_normal": RandomNormal,
    "random_uniform": RandomUniform,
    "truncated_normal": TruncatedNormal,
    "uniform": RandomUniform,
    "zero": initializers.zeros_initializer,
    "zeros": initializers.zeros_initializer,
}


def initializer(identifier: Any) -> Any:
    """The initializer that a layer was given: a name, a configuration, a function, or None.

    Raises:
      ValueError: there is no initializer of that name, or it is nothing of these.
    """
    if identifier is None:
        return None
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier, INITIALIZERS, "initializer")
    if inspect.isclass(identifier):
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret initializer identifier: {identifier}")


# ---- Regularizers ----

REGULARIZERS: dict[str, Any] = {
    "l1": regularizers.l1,
    "l2": regularizers.l2,
    "l1_l2": regularizers.l1_l2,
    "L1L2": regularizers.L1L2,
}


def regularizer(identifier: Any) -> Any:
    """The regularizer that a layer was given: a name, a configuration, a function, or None.

    Raises:
      ValueError: there is no regularizer of that name, or it is nothing of these.
    """
    return _made(REGULARIZERS, identifier, "regularizer")


def _made(table: dict[str, Any], identifier: Any, kind: str) -> Any:
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier, table, kind)
    if identifier is None or callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret {kind} identifier: {identifier}")


# ---- Constraints ----

CONSTRAINTS: dict[str, Any] = {
    "MaxNorm": MaxNorm,
    "MinMaxNorm": MinMaxNorm,
    "NonNeg": NonNeg,
    "RadialConstraint": RadialConstraint,
    "UnitNorm": UnitNorm,
    "max_norm": MaxNorm,
    "min_max_norm": MinMaxNorm,
    "non_neg": NonNeg,
    "radial_constraint": RadialConstraint,
    "unit_norm": UnitNorm,
}


def constraint(identifier: Any) -> Any:
    """The constraint that a layer was given: a name, a configuration, a function, or None.

    Raises:
      ValueError: there is no constraint of that name, or it is nothing of these.
    """
    return _made(CONSTRAINTS, identifier, "constraint")


# ---- Configurations ----


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def described(thing: Any) -> Any:
    """What stands in a layer's configuration for an activation, an initializer and the like."""
    if thing is None or isinstance(thing, (str, dict)):
        return thing
    if hasattr(thing, "get_config"):
        name = type(thing).__name__.removesuffix("_initializer")
        return {
            "class_name": name if name[0].isupper() else _camel(name),
            "config": thing.get_config(),
        }
    return getattr(thing, "__name__", str(thing))
