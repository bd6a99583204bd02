"""Records of biases, the L2 loss and selection of the largest."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.math import ALL_FLOATS
from tests.cases.record import FLOATS, WIDE_FLOATS, Case, normal
from tests.cases.softmax import classes


def distinct(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [rng.permutation(60).reshape(3, 20).astype(dtype)]


def equal(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [rng.integers(0, 4, (2, 3, 20)).astype(dtype)]


CASES = [
    Case(
        "BiasAdd",
        "",
        lambda tf, x, b: tf.nn.bias_add(x, b),
        normal((2, 3, 4), (4,)),
        dtypes=ALL_FLOATS,
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
