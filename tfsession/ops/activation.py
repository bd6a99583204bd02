"""Activations: functions of each element, and their gradients.

An activation is a line of a table, as the element-wise ops of math.py are; `sigmoid` and `tanh` are
there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfsession import dtypes
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.math import REAL, Gradient
from tfsession.registry import gradient, op, shape
from tfsession.shapes import Dims, merge_dims

__all__ = [
    "crelu",
    "elu",
    "leaky_relu",
    "relu",
    "relu6",
    "selu",
    "softplus",
    "softsign",
    "swish",
]

FLOATS = "{float16, bfloat16, float32, float64}"


# ---- Second derivatives ----


def _straight(z: Tensor, dy: Tensor, g: Tensor) -> Tensor:
    """Zero: the activation is made of straight lines."""
    result: Tensor = build("ZerosLike", z)
    return result


def _exponential(z: Tensor, dy: Tensor, g: Tensor) -> Tensor:
    """Below 0 the slope is the output plus a constant, so it changes with the output."""
    slope = build("Select", build("Less", z, 0.0), dy, build("ZerosLike", z))
    result: Tensor = build("Mul", g, slope)
    return result


def _of_softplus(z: Tensor, dy: Tensor, g: Tensor) -> Tensor:
    """The derivative of the sigmoid: 1 / (exp(-x) + 2 + exp(x))."""
    spread = build("AddV2", build("Exp", build("Neg", z)), build("Exp", z))
    result: Tensor = build("RealDiv", build("Mul", g, dy), build("AddV2", spread, 2.0))
    return result


def _of_softsign(z: Tensor, dy: Tensor, g: Tensor) -> Tensor:
    """-2 sign(x) / (1 + |x|)^3."""
    width = build("AddV2", build("Abs", z), 1.0)
    cube = build("Mul", build("Square", width), width)
    curve = build("RealDiv", build("Mul", build("Sign", z), -2.0), cube)
    result: Tensor = build("Mul", build("Mul", g, dy), curve)
    return result


# ---- The table ----


class Activation(NamedTuple):
    """An activation y of x, and its gradient op, which takes dy and z: x or y.

    Attributes:
      attributes: of both ops, as `registry.op` reads them.
      of_output: whether z is y.
      argument: what the gradient op calls z.
      curve: the gradient of the gradient op for z, of z, dy and the incoming gradient.
      shared: attributes, besides the dtype, that the gradient op takes over.
    """

    attributes: str
    of_output: bool
    argument: str
    curve: Gradient
    shared: tuple[str, ...] = ()


ACTIVATIONS: dict[str, Activation] = {
    "Elu": Activation(f"T: {FLOATS}", True, "outputs", _exponential),
    "LeakyRelu": Activation(
        f"alpha: float = 0.2; T: {FLOATS} = float32", False, "features", _straight, ("alpha",)
    ),
    # The output is positive where the input was, and is kept for the next operation anyway.
    "Relu": Activation(f"T: {{{REAL}}}", True, "features", _straight),
    "Relu6": Activation(f"T: {{{REAL}}}", False, "features", _straight),
    "Selu": Activation(f"T: {FLOATS}", True, "outputs", _exponential),
    "Softplus": Activation(f"T: {FLOATS}", False, "features", _of_softplus),
    "Softsign": Activation(f"T: {FLOATS}", False, "features", _of_softsign),
}


def features_shape(features: Tensor) -> Dims:
    """The shape of the input."""
    return features.dims


def gradients_shape(gradients: Tensor, features: Tensor) -> Dims:
    """The shape of both inputs."""
    return merge_dims(gradients.dims, features.dims)


def gradients_of_outputs_shape(gradients: Tensor, outputs: Tensor) -> Dims:
    """The shape of both inputs."""
    return merge_dims(gradients.dims, outputs.dims)


def _shared_attrs(op: Operation, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: op.attrs[name] for name in names}


def _gradient(line: Activation) -> Callable[[Operation, Tensor], list[Tensor]]:
    """The gradient of an activation: its gradient op."""

    def compute(op: Operation, dy: Tensor) -> list[Tensor]:
        z = op.outputs[0] if line.of_output else op.inputs[0]
        return [build(f"{op.type}Grad", dy, z, **_shared_attrs(op, line.shared))]

    return compute


def _second_gradient(line: Activation) -> Callable[[Operation, Tensor], list[Tensor]]:
    """The gradient of a gradient op, for dy and z."""

    def compute(op: Operation, g: Tensor) -> list[Tensor]:
        dy, z = op.inputs
        first = build(op.type, g, z, **_shared_attrs(op, line.shared))
        return [first, line.curve(z, dy, g)]

    return compute


_GRADIENT_SHAPES = {"features": gradients_shape, "outputs": gradients_of_outputs_shape}

for _name, _line in ACTIVATIONS.items():
    op(f"{_name}(features: T) -> activations: T", _line.attributes)
    shape(_name)(features_shape)
    gradient(_name)(_gradient(_line))
    op(f"{_name}Grad(gradients: T, {_line.argument}: T) -> backprops: T", _line.attributes)
    shape(f"{_name}Grad")(_GRADIENT_SHAPES[_line.argument])
    gradient(f"{_name}Grad")(_second_gradient(_line))


# ---- Public functions ----


def _activation(op_type: str, summary: str) -> Callable[..., Tensor]:
    """The public function of an activation without attributes."""

    def function(features: Any, name: str | None = None) -> Tensor:
        result: Tensor = build(op_type, features, name=name)
        return result

    function.__name__ = function.__qualname__ = op_type.lower()
    function.__doc__ = f"""{summary}

    Args:
      features: a Tensor.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "{op_type}".
    """
    return function


elu = _activation(
    "Elu", "exp(x) - 1 below 0 and x above, element by element (Clevert et al., 2015)."
)
relu = _activation("Relu", "max(x, 0), element by element.")
relu6 = _activation("Relu6", "min(max(x, 0), 6), element by element.")
selu = _activation(
    "Selu", "The scaled `elu` that keeps mean 0 and variance 1 (Klambauer et al., 2017)."
)
softplus = _activation("Softplus", "log(1 + exp(x)), element by element.")
softsign = _activation("Softsign", "x / (1 + |x|), element by element.")


def leaky_relu(features: TensorLike, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """max(x, alpha x), element by element.

    Args:
      features: a Tensor; integers are taken as float32.
      alpha: the slope below 0, at most 1.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `leaky_relu`.
    """
    with name_scope(name, "LeakyRelu", [features, alpha]) as scope:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = build("Cast", features, DstT=dtypes.float32, name="ToFloat")
        if isinstance(alpha, np.ndarray):
            alpha = alpha.item()
        result: Tensor = build("LeakyRelu", features, alpha=alpha, name=scope)
        return result


def crelu(features: TensorLike, name: str | None = None, axis: int = -1) -> Tensor:
    """The positive and the negated negative parts, side by side (Shang et al., 2016).

    Args:
      features: a Tensor.
      name: a name for the operation.
      axis: the axis along which the parts are joined.

    Returns:
      A Tensor with twice the size along `axis`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `crelu`.
    """
    with name_scope(name, "CRelu", [features]) as scope:
        features = convert_to_tensor(features, name="features")
        both = build("ConcatV2", [features, build("Neg", features)], axis, name=scope)
        return relu(both)


def swish(features: TensorLike) -> Tensor:
    """x sigmoid(x), element by element (Ramachandran et al., 2017).

    Args:
      features: a Tensor.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `swish`.
    """
    features = convert_to_tensor(features, name="features")
    result: Tensor = build("Mul", features, build("Sigmoid", features), name="mul")
    return result
