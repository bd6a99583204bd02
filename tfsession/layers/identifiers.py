"""What layers take by name: activations, initializers, regularizers and constraints."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.ops import activation as activations, initializers, math, reduction, softmax
from tfsession.ops.clip import clip_by_value
from tfsession.variables import regularizers

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


_ACTIVATIONS: dict[str, Callable[..., Any]] = {
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
    if isinstance(identifier, str):
        identifier = _named(_ACTIVATIONS, identifier, "activation function")
    if callable(identifier):
        function: Callable[..., Any] = identifier
        return function
    raise TypeError(f"Could not interpret activation function identifier: {identifier!r}")


def _named(table: dict[str, Any], name: str, kind: str) -> Any:
    if name not in table:
        raise ValueError(f"Unknown {kind}:{name}")
    return table[name]


# ---- Initializers ----

_INITIALIZERS: dict[str, Any] = {
    "constant": initializers.constant_initializer,
    "glorot_normal": initializers.glorot_normal_initializer,
    "glorot_uniform": initializers.glorot_uniform_initializer,
    "he_normal": initializers.he_normal_initializer,
    "he_uniform": initializers.he_uniform_initializer,
    "identity": initializers.identity_initializer,
    "lecun_normal": initializers.lecun_normal_initializer,
    "lecun_uniform": initializers.lecun_uniform_initializer,
    "normal": initializers.random_normal_initializer,
    "one": initializers.ones_initializer,
    "ones": initializers.ones_initializer,
    "orthogonal": initializers.orthogonal_initializer,
    "random_normal": initializers.random_normal_initializer,
    "random_uniform": initializers.random_uniform_initializer,
    "truncated_normal": initializers.truncated_normal_initializer,
    "uniform": initializers.random_uniform_initializer,
    "uniform_unit_scaling": initializers.uniform_unit_scaling_initializer,
    "variance_scaling": initializers.variance_scaling_initializer,
    "zero": initializers.zeros_initializer,
    "zeros": initializers.zeros_initializer,
}


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


# Names of classes, under which initializers stand in configurations.
_INITIALIZERS |= {_camel(name): made for name, made in _INITIALIZERS.items()}


def initializer(identifier: Any) -> Any:
    """The initializer that a layer was given: a name, a configuration, a function, or None.

    Raises:
      ValueError: there is no initializer of that name, or it is nothing of these.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        made = _named(_INITIALIZERS, identifier["class_name"], "initializer")
        return made(**_accepted(made, identifier.get("config", {})))
    if isinstance(identifier, str):
        return _named(_INITIALIZERS, identifier, "initializer")()
    if inspect.isclass(identifier):
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret initializer identifier: {identifier}")


def _accepted(function: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters
    return {name: value for name, value in arguments.items() if name in parameters}


# ---- Regularizers ----

_REGULARIZERS: dict[str, Any] = {
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
    return _made(_REGULARIZERS, identifier, "regularizer")


def _made(table: dict[str, Any], identifier: Any, kind: str) -> Any:
    if identifier is None or (callable(identifier) and not isinstance(identifier, (str, dict))):
        return identifier
    if isinstance(identifier, dict):
        made = _named(table, identifier["class_name"], kind)
        return made(**identifier.get("config", {}))
    if isinstance(identifier, str):
        return _named(table, identifier, kind)()
    raise ValueError(f"Could not interpret {kind} identifier: {identifier}")


# ---- Constraints ----


class Constraint:
    """Maps a variable's value to the one that is kept after an update."""

    def __call__(self, w: Any) -> Any:
        return w

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {}


def _norms(w: Any, axis: Any) -> Any:
    return math.sqrt(reduction.reduce_sum(math.square(w), axis=axis, keepdims=True))


# What norms are kept away from, so that nothing is divided by zero.
_EPSILON = 1e-7


class MaxNorm(Constraint):
    """Shrinks what is longer than `max_value`.

    Args:
      max_value: the greatest norm.
      axis: the axes along which norms are taken.

    Source: TensorFlow 1.15 `tf.keras.constraints.MaxNorm`.
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        desired = clip_by_value(norms, 0.0, float(self.max_value))
        return w * (desired / (_EPSILON + norms))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Sets negative elements to zero.

    Source: TensorFlow 1.15 `tf.keras.constraints.NonNeg`.
    """

    def __call__(self, w: Any) -> Any:
        return w * math.cast(math.greater_equal(w, 0.0), w.dtype.base_dtype)


class UnitNorm(Constraint):
    """Gives the norm 1 along axes.

    Source: TensorFlow 1.15 `tf.keras.constraints.UnitNorm`.
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        return w / (_EPSILON + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Moves norms towards the range from `min_value` to `max_value`.

    Args:
      min_value, max_value: the range of norms.
      rate: the share of the way to go, from 0 to 1.
      axis: the axes along which norms are taken.

    Source: TensorFlow 1.15 `tf.keras.constraints.MinMaxNorm`.
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        clipped = clip_by_value(norms, float(self.min_value), float(self.max_value))
        desired = self.rate * clipped + (1 - self.rate) * norms
        return w * (desired / (_EPSILON + norms))

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


_CONSTRAINTS: dict[str, Any] = {
    "MaxNorm": MaxNorm,
    "MinMaxNorm": MinMaxNorm,
    "NonNeg": NonNeg,
    "UnitNorm": UnitNorm,
    "max_norm": MaxNorm,
    "min_max_norm": MinMaxNorm,
    "non_neg": NonNeg,
    "unit_norm": UnitNorm,
}


def constraint(identifier: Any) -> Any:
    """The constraint that a layer was given: a name, a configuration, a function, or None.

    Raises:
      ValueError: there is no constraint of that name, or it is nothing of these.
    """
    return _made(_CONSTRAINTS, identifier, "constraint")


# ---- Configurations ----


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
