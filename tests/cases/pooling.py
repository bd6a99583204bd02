"""Records of pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import FLOATS, WIDE_FLOATS, Case, normal, raw


def distinct(*shape: int):
    """Inputs without equal numbers, so that a maximum has a gradient."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        numbers = rng.permutation(int(np.prod(shape))).reshape(shape)
        return [(numbers / 8 - 4).astype(dtype)]

    return make


def pooled(function: str, variant: str, shape: tuple[int, ...], dtypes=WIDE_FLOATS, **attrs: Any):
    """A record of a pooling function; the op is named by its capital form."""
    names = {
        "max_pool": "MaxPool",
        "avg_pool": "AvgPool",
        "max_pool3d": "MaxPool3D",
        "avg_pool3d": "AvgPool3D",
    }
    return Case(
        names[function],
        variant,
        lambda tf, x: getattr(tf.nn, function)(x, **attrs),
        distinct(*shape),
        dtypes=dtypes,
    )


POOL = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "SAME"}
POOL3D = {"ksize": [1, 2, 2, 2, 1], "strides": [1, 2, 2, 2, 1], "padding": "SAME"}
OVERLAP = {"ksize": [1, 3, 3, 1], "strides": [1, 2, 2, 1]}


def max_pool_grad(tf: Any, x: Any, dy: Any) -> Any:
    y = tf.nn.max_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], "SAME")
    return tf.raw_ops.MaxPoolGrad(
        orig_input=x,
        orig_output=y,
        grad=dy,
        ksize=[1, 3, 3, 1],
        strides=[1, 2, 2, 1],
        padding="SAME",
    )


def whole_image_gradient(tf: Any, x: Any, dy: Any) -> Any:
    y = tf.nn.max_pool(x, [1, 4, 2, 1], [1, 1, 1, 1], "VALID")
    return tf.raw_ops.MaxPoolGrad(
        orig_input=x,
        orig_output=y,
        grad=dy,
        ksize=[1, 4, 2, 1],
        strides=[1, 1, 1, 1],
        padding="VALID",
    )


def max_pool_grad_grad(tf: Any, x: Any, ddx: Any) -> Any:
    y = tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    return tf.raw_ops.MaxPoolGradGrad(orig_input=x, orig_output=y, grad=ddx, **POOL)


def max_pool_grad_v2(tf: Any, x: Any, dy: Any) -> Any:
    y = tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    return tf.raw_ops.MaxPoolGradV2(
        orig_input=x,
        orig_output=y,
        grad=dy,
        ksize=[1, 2, 2, 1],
        strides=[1, 2, 2, 1],
        padding="SAME",
    )


def max_pool_grad_with_argmax(tf: Any, x: Any, dy: Any) -> Any:
    _, argmax = tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    return tf.raw_ops.MaxPoolGradWithArgmax(input=x, grad=dy, argmax=argmax, **POOL)


def max_pool3d_grad(tf: Any, x: Any, dy: Any) -> Any:
    y = tf.nn.max_pool3d(x, **POOL3D)
    return tf.raw_ops.MaxPool3DGrad(orig_input=x, orig_output=y, grad=dy, **POOL3D)


def max_pool3d_grad_grad(tf: Any, x: Any, ddx: Any) -> Any:
    y = tf.nn.max_pool3d(x, **POOL3D)
    return tf.raw_ops.MaxPool3DGradGrad(orig_input=x, orig_output=y, grad=ddx, **POOL3D)


CASES = [
    pooled("max_pool", "", (2, 4, 6, 3), FLOATS, **POOL),
    pooled("max_pool", "odd", (2, 5, 7, 3), **POOL),
    pooled("max_pool", "overlap", (2, 7, 6, 3), padding="SAME", **OVERLAP),
    pooled("max_pool", "overlap_valid", (2, 7, 6, 3), padding="VALID", **OVERLAP),
    pooled(
        "max_pool",
        "across_channels",
        (2, 3, 4, 6),
        ksize=[1, 1, 1, 3],
        strides=[1, 1, 1, 3],
        padding="SAME",
    ),
    Case(
        "MaxPoolV2",
        "",
        lambda tf, x: tf.raw_ops.MaxPoolV2(
            input=x, ksize=[1, 2, 3, 1], strides=[1, 2, 2, 1], padding="VALID"
        ),
        distinct(2, 5, 6, 3),
    ),
    Case(
        "MaxPoolV2",
        "across_channels",
        lambda tf, x: tf.raw_ops.MaxPoolV2(
            input=x, ksize=[1, 1, 1, 2], strides=[1, 1, 1, 2], padding="VALID"
        ),
        distinct(2, 5, 6, 4),
    ),
    Case("MaxPoolGrad", "", max_pool_grad, normal((2, 5, 7, 3), (2, 3, 4, 3)), gradient=False),
    Case(
        "MaxPoolGrad",
        "ties",
        max_pool_grad,
        lambda rng, dtype: [
            rng.integers(0, 2, (2, 5, 7, 3)).astype(dtype),
            rng.standard_normal((2, 3, 4, 3)).astype(dtype),
        ],
        gradient=False,
    ),
    Case(
        "MaxPoolGrad",
        "one window an image",
        whole_image_gradient,
        normal((3, 4, 2, 3), (3, 1, 1, 3)),
        dtypes=WIDE_FLOATS,
        gradient=False,
    ),
    Case(
        "MaxPoolGradGrad",
        "",
        max_pool_grad_grad,
        normal((2, 5, 7, 3), (2, 5, 7, 3)),
        gradient=False,
    ),
    Case("MaxPoolGradV2", "", max_pool_grad_v2, normal((2, 5, 7, 3), (2, 3, 4, 3)), gradient=False),
    Case(
        "MaxPoolWithArgmax",
        "",
        lambda tf, x: list(tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")),
        distinct(2, 5, 6, 3),
    ),
    Case(
        "MaxPoolWithArgmax",
        "batch",
        lambda tf, x: list(
            tf.nn.max_pool_with_argmax(
                x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID", include_batch_in_index=True
            )
        ),
        distinct(2, 5, 6, 3),
    ),
    Case(
        "MaxPoolGradWithArgmax",
        "",
        max_pool_grad_with_argmax,
        normal((2, 5, 6, 3), (2, 3, 3, 3)),
        gradient=False,
    ),
    pooled("avg_pool", "", (2, 4, 6, 3), FLOATS, **POOL),
    pooled("avg_pool", "odd", (2, 5, 7, 3), **POOL),
    pooled("avg_pool", "overlap", (2, 7, 6, 3), padding="SAME", **OVERLAP),
    pooled("avg_pool", "overlap_valid", (2, 7, 6, 3), padding="VALID", **OVERLAP),
    raw(
        "AvgPoolGrad",
        "",
        [(2, 3, 4, 3)],
        ["grad"],
        orig_input_shape=[2, 5, 7, 3],
        ksize=[1, 3, 3, 1],
        strides=[1, 2, 2, 1],
        padding="SAME",
    ),
    pooled("max_pool3d", "", (1, 4, 5, 6, 3), ("float32",), **POOL3D),
    Case(
        "MaxPool3DGrad",
        "",
        max_pool3d_grad,
        normal((1, 4, 5, 6, 3), (1, 2, 3, 3, 3)),
        gradient=False,
    ),
    Case(
        "MaxPool3DGradGrad",
        "",
        max_pool3d_grad_grad,
        normal((1, 4, 5, 6, 3), (1, 4, 5, 6, 3)),
        gradient=False,
    ),
    pooled("avg_pool3d", "", (1, 4, 5, 6, 3), ("float32",), **POOL3D),
    raw(
        "AvgPool3DGrad",
        "",
        [(1, 2, 3, 3, 3)],
        ["grad"],
        dtypes=("float32",),
        orig_input_shape=[1, 4, 5, 6, 3],
        **POOL3D,
    ),
]
