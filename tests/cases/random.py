"""Records of random ops: with a graph-independent seed they give TensorFlow's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case, normal, positive


def drawn(op: str, variant: str, build: Any, tolerance: float = 1e-6) -> Case:
    """A record without inputs."""
    return Case(op, variant, build, lambda rng, dtype: [], tolerance=tolerance, gradient=False)


CASES = [
    drawn("RandomUniform", "", lambda tf: tf.random_uniform([3, 5], -1.0, 3.0, seed=1)),
    drawn("RandomUniform", "float64", lambda tf: tf.random_uniform([5], dtype=tf.float64, seed=2)),
    drawn("RandomUniform", "float16", lambda tf: tf.random_uniform([7], dtype=tf.float16, seed=3)),
    drawn("RandomUniform", "empty", lambda tf: tf.random_uniform([0, 5], seed=1)),
    drawn("RandomUniform", "scalar", lambda tf: tf.random_uniform([], seed=4)),
    drawn("RandomUniform", "large", lambda tf: tf.random_uniform([70001], seed=5)[::997]),
    drawn("RandomUniformInt", "", lambda tf: tf.random_uniform([9], 0, 100, tf.int32, seed=1)),
    drawn(
        "RandomUniformInt", "int64", lambda tf: tf.random_uniform([9], -5, 10**12, tf.int64, seed=1)
    ),
    drawn("RandomStandardNormal", "", lambda tf: tf.random_normal([3, 5], 1.0, 2.0, seed=1), 1e-5),
    drawn(
        "RandomStandardNormal",
        "float64",
        lambda tf: tf.random_normal([5], dtype=tf.float64, seed=1),
        1e-5,
    ),
    drawn("TruncatedNormal", "", lambda tf: tf.truncated_normal([41, 50], seed=1), 1e-5),
    drawn(
        "TruncatedNormal",
        "float64",
        lambda tf: tf.truncated_normal([401], dtype=tf.float64, seed=1),
        1e-5,
    ),
    drawn("RandomShuffle", "", lambda tf: tf.random_shuffle(tf.range(10), seed=1)),
    Case(
        "RandomShuffle",
        "rows",
        lambda tf, x: tf.random_shuffle(x, seed=1),
        normal((6, 2)),
        gradient=False,
        unknown=False,
    ),
    Case(
        "Multinomial",
        "",
        lambda tf, x: tf.multinomial(x, 7, seed=1),
        normal((3, 4)),
        gradient=False,
        tolerance=0,
        same_on_gpu=False,
    ),
    drawn("RandomGamma", "", lambda tf: tf.random_gamma([5], [0.3, 1.0, 2.5], seed=1), 1e-5),
    Case(
        "RandomGamma",
        "gradient",
        lambda tf, x: tf.gradients(tf.random_gamma([4, 2], x, x + 1, seed=1) ** 2, x)[0],
        positive((2, 3)),
        tolerance=1e-5,
        gradient=False,
    ),
    Case(
        "RandomGammaGrad",
        "",
        lambda tf, x: tf.raw_ops.RandomGammaGrad(
            alpha=tf.constant([[0.01], [1], [29], [200]], x.dtype) * tf.ones_like(x), sample=x
        ),
        lambda rng, dtype: [
            np.array([[1e-30, 1e-3, 5], [0.1, 1, 30], [20, 29, 50], [150, 200, 260]], dtype)
        ],
        dtypes=("float64",),
        tolerance=1e-4,
    ),
    Case(
        "RandomUniform",
        "dropout",
        lambda tf, x: tf.nn.dropout(x, keep_prob=0.5, seed=1),
        normal((6, 7)),
        gradient=False,
    ),
    Case(
        "RandomUniform",
        "dropout_of_rows",
        lambda tf, x: tf.nn.dropout(x, rate=0.3, noise_shape=[6, 1], seed=1),
        normal((6, 7)),
        gradient=False,
    ),
    Case(
        "RandomUniformInt",
        "random_crop",
        lambda tf, x: tf.random_crop(x, [2, 3], seed=1),
        lambda rng, dtype: [np.arange(42).reshape(6, 7).astype(dtype)],
        gradient=False,
    ),
]
