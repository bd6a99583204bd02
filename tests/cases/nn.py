"""Records of activations, losses, normalisation and selection of the largest."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import FLOATS, WIDE_FLOATS, Case, normal

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
HALF_TOO = (*FLOATS, "bfloat16")


def activation(op: str, function: str) -> Case:
    return Case(
        op, "", lambda tf, x: getattr(tf.nn, function)(3 * x), normal((3, 5)), dtypes=HALF_TOO
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


def probabilities(*shape: int):
    """Inputs: logits, and rows that sum to 1."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        labels = rng.uniform(0.1, 1, shape)
        labels /= labels.sum(-1, keepdims=True)
        return [rng.standard_normal(shape).astype(dtype), labels.astype(dtype)]

    return make


def classes(shape: tuple[int, ...], count: int, kind: str = "int32"):
    """Inputs: logits and numbers of classes."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        logits = rng.standard_normal((*shape, count)).astype(dtype)
        return [logits, rng.integers(0, count, shape).astype(kind)]

    return make


def norm_inputs(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    x = rng.standard_normal((3, 4, 2, 5)).astype(dtype)
    vectors = [rng.uniform(0.5, 2, 5).astype(np.float32) for _ in range(4)]
    return [x, *vectors]


def norm(op: str, is_training: bool):
    """A record of batch normalisation, without the outputs that only gradients use."""

    def build(tf: Any, x: Any, scale: Any, offset: Any, mean: Any, variance: Any) -> Any:
        if is_training:
            mean = variance = np.zeros(0, np.float32)
        return getattr(tf.raw_ops, op)(
            x=x, scale=scale, offset=offset, mean=mean, variance=variance, is_training=is_training
        )[:3]

    variant = "training" if is_training else "inference"
    return Case(op, variant, build, norm_inputs, gradient=False, tolerance=1e-4, unknown=False)


def norm_gradient(op: str, is_training: bool):
    """A record of the gradient of batch normalisation."""

    def inputs(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        x, scale, mean, variance, _ = norm_inputs(rng, dtype)
        if is_training:
            wide = x.astype(np.float64)
            mean = wide.mean((0, 1, 2)).astype(np.float32)
            variance = wide.var((0, 1, 2)).astype(np.float32)
        return [rng.standard_normal(x.shape).astype(dtype), x, scale, mean, variance]

    def build(tf: Any, dy: Any, x: Any, scale: Any, mean: Any, variance: Any) -> Any:
        extra = {"reserve_space_3": np.float32(0)} if op.endswith("V3") else {}
        return getattr(tf.raw_ops, op)(
            y_backprop=dy,
            x=x,
            scale=scale,
            reserve_space_1=mean,
            reserve_space_2=variance,
            is_training=is_training,
            **extra,
        )[:3]

    variant = "training" if is_training else "inference"
    return Case(op, variant, build, inputs, gradient=False, tolerance=1e-4, unknown=False)


def distinct(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [rng.permutation(60).reshape(3, 20).astype(dtype)]


def equal(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [rng.integers(0, 4, (2, 3, 20)).astype(dtype)]


CASES = [
    *(activation(op, function) for op, function in FUNCTIONS.items()),
    *(activation_gradient(op, argument) for op, argument in GRADIENTS.items()),
    Case("LeakyRelu", "", lambda tf, x: tf.nn.leaky_relu(x, 0.3), normal((3, 5)), dtypes=FLOATS),
    Case("Relu", "integers", lambda tf, x: tf.nn.relu(x), normal((4,)), dtypes=("int32", "int8")),
    Case("Relu", "crelu", lambda tf, x: tf.nn.crelu(x), normal((3, 5))),
    Case("Softmax", "", lambda tf, x: tf.nn.softmax(x), normal((3, 5)), dtypes=HALF_TOO),
    Case(
        "Softmax", "axis", lambda tf, x: tf.nn.softmax(x, axis=1), normal((2, 3, 4)), unknown=False
    ),
    Case("Softmax", "empty", lambda tf, x: tf.nn.softmax(x), normal((0, 5))),
    Case("LogSoftmax", "", lambda tf, x: tf.nn.log_softmax(x), normal((2, 3, 5)), dtypes=HALF_TOO),
    Case(
        "SoftmaxCrossEntropyWithLogits",
        "",
        lambda tf, x, z: tf.nn.softmax_cross_entropy_with_logits_v2(labels=z, logits=x),
        probabilities(4, 5),
        dtypes=FLOATS,
    ),
    Case(
        "SoftmaxCrossEntropyWithLogits",
        "rank_3",
        lambda tf, x, z: tf.nn.softmax_cross_entropy_with_logits_v2(labels=z, logits=x),
        probabilities(2, 3, 5),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "SoftmaxCrossEntropyWithLogits",
        "both_outputs",
        lambda tf, x, z: list(tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=x, labels=z)),
        probabilities(4, 5),
        dtypes=WIDE_FLOATS,
        gradient=False,
    ),
    Case(
        "SparseSoftmaxCrossEntropyWithLogits",
        "",
        lambda tf, x, z: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=z, logits=x),
        classes((4,), 5),
        dtypes=FLOATS,
    ),
    Case(
        "SparseSoftmaxCrossEntropyWithLogits",
        "rank_3",
        lambda tf, x, z: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=z, logits=x),
        classes((2, 3), 5, "int64"),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Softplus",
        "sigmoid_cross_entropy",
        lambda tf, x, z: tf.nn.sigmoid_cross_entropy_with_logits(labels=z, logits=x),
        probabilities(4, 5),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Softplus",
        "weighted_cross_entropy",
        lambda tf, x, z: tf.nn.weighted_cross_entropy_with_logits(z, x, 2.5),
        probabilities(4, 5),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Softplus",
        "log_poisson_loss",
        lambda tf, x, z: tf.nn.log_poisson_loss(5 * z, x, compute_full_loss=True),
        probabilities(4, 5),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "BiasAdd",
        "",
        lambda tf, x, b: tf.nn.bias_add(x, b),
        normal((2, 3, 4), (4,)),
        dtypes=HALF_TOO,
    ),
    Case(
        "BiasAdd",
        "channels_first",
        lambda tf, x, b: tf.nn.bias_add(x, b, data_format="NCHW"),
        normal((2, 3, 4, 5), (3,)),
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "BiasAddV1",
        "",
        lambda tf, x, b: tf.raw_ops.BiasAddV1(value=x, bias=b),
        normal((2, 4), (4,)),
    ),
    Case(
        "BiasAddGrad",
        "",
        lambda tf, dy: tf.raw_ops.BiasAddGrad(out_backprop=dy),
        normal((2, 3, 4)),
        dtypes=(*FLOATS, "int32"),
    ),
    Case(
        "BiasAddGrad",
        "channels_first",
        lambda tf, dy: tf.raw_ops.BiasAddGrad(out_backprop=dy, data_format="NCHW"),
        normal((2, 3, 4, 5)),
        dtypes=WIDE_FLOATS,
    ),
    Case("L2Loss", "", lambda tf, x: tf.nn.l2_loss(x), normal((3, 4)), dtypes=FLOATS),
    Case("L2Loss", "l2_normalize", lambda tf, x: tf.nn.l2_normalize(x, 1), normal((3, 4))),
    Case("L2Loss", "moments", lambda tf, x: list(tf.nn.moments(x, [0, 1])), normal((3, 4, 5))),
    Case(
        "L2Loss",
        "batch_normalization",
        lambda tf, x, m, s: tf.nn.batch_normalization(x, m, tf.square(s) + 1.0, m, s, 1e-3),
        normal((3, 4), (4,), (4,)),
    ),
    *(
        make(f"FusedBatchNorm{middle}{version}", is_training)
        for version in ("", "V2", "V3")
        for make, middle in ((norm, ""), (norm_gradient, "Grad"))
        for is_training in (True, False)
    ),
    Case(
        "LRN",
        "",
        lambda tf, x: tf.nn.lrn(x, 2, 1.0, 0.5, 0.75),
        normal((2, 3, 2, 7)),
        tolerance=1e-4,
        gradient=False,
    ),
    Case(
        "LRNGrad",
        "",
        lambda tf, dy, x: tf.raw_ops.LRNGrad(
            input_grads=dy, input_image=x, output_image=tf.nn.lrn(x, 2), depth_radius=2
        ),
        normal((2, 3, 2, 7), (2, 3, 2, 7)),
        gradient=False,
        tolerance=1e-4,
    ),
    Case(
        "TopKV2",
        "",
        lambda tf, x: list(tf.nn.top_k(x, 4)),
        distinct,
        dtypes=(*WIDE_FLOATS, "int32", "uint8"),
    ),
    Case("TopKV2", "one", lambda tf, x: list(tf.nn.top_k(x)), distinct),
    Case("TopKV2", "all", lambda tf, x: list(tf.nn.top_k(x, 20)), distinct),
    Case("TopKV2", "equal", lambda tf, x: list(tf.nn.top_k(x, 3)), equal, gradient=False),
    Case(
        "InTopKV2", "", lambda tf, x, z: tf.nn.in_top_k(x, z, 2), classes((6,), 4), gradient=False
    ),
    Case(
        "InTopK",
        "",
        lambda tf, x, z: tf.raw_ops.InTopK(predictions=x, targets=z, k=2),
        classes((6,), 4),
        gradient=False,
    ),
]
