"""Records of moments, batch normalisation and local response normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case, normal


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


CASES = [
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
]
