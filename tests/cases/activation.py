"""Records of activations."""

from __future__ import annotations

from tests.cases.math import ALL_FLOATS
from tests.cases.record import FLOATS, Case, normal

FUNCTIONS = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Elu": "elu",
    "Selu": "selu",
    "Softplus": "softplus",
    "Softsign": "softsign",
}
# Gradient ops: the name of the second argument.
GRADIENTS = {
    "ReluGrad": "features",
    "Relu6Grad": "features",
    "EluGrad": "outputs",
    "SeluGrad": "outputs",
    "SoftplusGrad": "features",
    "SoftsignGrad": "features",
    "LeakyReluGrad": "features",
}


def activation(op: str, function: str) -> Case:
    return Case(
        op, "", lambda tf, x: getattr(tf.nn, function)(3 * x), normal((3, 5)), dtypes=ALL_FLOATS
    )


def activation_gradient(op: str, argument: str) -> Case:
    return Case(
        op,
        "",
        lambda tf, dy, x: getattr(tf.raw_ops, op)(gradients=dy, **{argument: x}),
        normal((3, 5), (3, 5)),
        dtypes=FLOATS,
        gradient=False,
    )


CASES = [
    *(activation(op, function) for op, function in FUNCTIONS.items()),
    *(activation_gradient(op, argument) for op, argument in GRADIENTS.items()),
    Case("LeakyRelu", "", lambda tf, x: tf.nn.leaky_relu(x, 0.3), normal((3, 5)), dtypes=FLOATS),
    Case("Relu", "integers", lambda tf, x: tf.nn.relu(x), normal((4,)), dtypes=("int32", "int8")),
    Case("Relu", "crelu", lambda tf, x: tf.nn.crelu(x), normal((3, 5))),
]
