"""Records of softmax, and of losses that compare logits with labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.math import ALL_FLOATS
from tests.cases.record import FLOATS, WIDE_FLOATS, Case, normal


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


CASES = [
    Case("Softmax", "", lambda tf, x: tf.nn.softmax(x), normal((3, 5)), dtypes=ALL_FLOATS),
    Case(
        "Softmax", "axis", lambda tf, x: tf.nn.softmax(x, axis=1), normal((2, 3, 4)), unknown=False
    ),
    Case("Softmax", "empty", lambda tf, x: tf.nn.softmax(x), normal((0, 5))),
    Case(
        "LogSoftmax", "", lambda tf, x: tf.nn.log_softmax(x), normal((2, 3, 5)), dtypes=ALL_FLOATS
    ),
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
]
