"""Records of convolution and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import FLOATS, WIDE_FLOATS, Case, normal


def conv(
    variant: str, x: tuple[int, ...], f: tuple[int, ...], golden: bool = True, **attrs: Any
) -> Case:
    """A record of Conv2D."""
    options = {"strides": [1, 1, 1, 1], "padding": "SAME", **attrs}
    return Case(
        "Conv2D",
        variant,
        lambda tf, x, f: tf.nn.conv2d(x, f, **options),
        normal(x, f),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
        golden=golden,
    )


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


def raw(
    op: str,
    variant: str,
    shapes: list[tuple[int, ...]],
    names: list[str],
    dtypes: tuple[str, ...] = WIDE_FLOATS,
    **attrs: Any,
):
    """A record of an op without a public function."""
    return Case(
        op,
        variant,
        lambda tf, *x: getattr(tf.raw_ops, op)(**dict(zip(names, x, strict=True)), **attrs),
        normal(*shapes),
        dtypes=dtypes,
        gradient=False,
        tolerance=1e-4,
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
    conv("", (2, 5, 6, 3), (3, 3, 3, 4)),
    conv("one_channel", (2, 6, 6, 1), (5, 5, 1, 3)),
    conv("wide_rows", (2, 5, 5, 64), (3, 3, 64, 2)),
    conv("valid", (2, 5, 6, 3), (3, 2, 3, 4), padding="VALID"),
    conv("strides", (2, 7, 6, 3), (3, 3, 3, 4), strides=[1, 2, 3, 1]),
    conv("strides_valid", (1, 7, 8, 5), (3, 2, 5, 4), strides=[1, 2, 2, 1], padding="VALID"),
    conv("pointwise", (2, 3, 4, 3), (1, 1, 3, 4)),
    conv("pointwise_strides", (2, 5, 4, 3), (1, 1, 3, 4), strides=[1, 2, 2, 1]),
    conv("dilations", (1, 8, 9, 5), (3, 2, 5, 4), dilations=[1, 2, 2, 1], padding="VALID"),
    conv("explicit", (1, 4, 5, 5), (3, 2, 5, 4), padding=[[0, 0], [1, 2], [0, 3], [0, 0]]),
    # TensorFlow 2.21 gives an empty batch the wrong number of channels.
    conv("empty", (0, 4, 5, 3), (3, 2, 3, 4), golden=False),
    Case(
        "Conv2D",
        "float16",
        lambda tf, x, f: tf.nn.conv2d(x, f, strides=1, padding="SAME"),
        normal((1, 4, 5, 3), (3, 3, 3, 2)),
        dtypes=("float16",),
        tolerance=1e-2,
        gradient=False,
    ),
    Case(
        "Conv2D",
        "transposed_layout",
        lambda tf, x, f: tf.nn.conv2d(x, f, strides=2, padding="SAME", data_format="NCHW"),
        normal((2, 3, 5, 6), (3, 3, 3, 4)),
        expected=None,
        golden=False,
        dtypes=WIDE_FLOATS,
    ),
    Case(
        "Conv2D",
        "signal",
        lambda tf, x, f: tf.nn.conv1d(x, f, stride=2, padding="SAME"),
        normal((2, 7, 3), (3, 3, 4)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "Conv2D",
        "atrous",
        lambda tf, x, f: tf.nn.atrous_conv2d(x, f, 2, "SAME"),
        normal((2, 7, 8, 3), (3, 3, 3, 4)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
        unknown=False,
    ),
    Case(
        "Conv2D",
        "separable",
        lambda tf, x, d, p: tf.nn.separable_conv2d(x, d, p, [1, 1, 1, 1], "SAME"),
        normal((2, 5, 4, 3), (3, 3, 3, 2), (1, 1, 6, 4)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "Conv2DBackpropInput",
        "",
        lambda tf, f, dy: tf.nn.conv2d_backprop_input([2, 7, 6, 5], f, dy, [1, 2, 1, 1], "SAME"),
        normal((3, 2, 5, 4), (2, 4, 6, 4)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "Conv2DBackpropInput",
        "transpose",
        lambda tf, x, f: tf.nn.conv2d_transpose(x, f, [2, 8, 6, 3], [1, 2, 2, 1]),
        normal((2, 4, 3, 5), (4, 4, 3, 5)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "Conv2DBackpropFilter",
        "",
        lambda tf, x, dy: tf.nn.conv2d_backprop_filter(x, [3, 2, 5, 4], dy, [1, 2, 1, 1], "SAME"),
        normal((2, 7, 6, 5), (2, 4, 6, 4)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "DepthwiseConv2dNative",
        "",
        lambda tf, x, f: tf.nn.depthwise_conv2d(x, f, [1, 1, 1, 1], "SAME"),
        normal((2, 5, 6, 3), (3, 2, 3, 2)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "DepthwiseConv2dNative",
        "strides",
        lambda tf, x, f: tf.nn.depthwise_conv2d(x, f, [1, 2, 2, 1], "VALID"),
        normal((2, 5, 6, 3), (3, 3, 3, 1)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    raw(
        "DepthwiseConv2dNativeBackpropInput",
        "",
        [(3, 2, 3, 2), (2, 3, 3, 6)],
        ["filter", "out_backprop"],
        input_sizes=[2, 5, 6, 3],
        strides=[1, 2, 2, 1],
        padding="SAME",
    ),
    raw(
        "DepthwiseConv2dNativeBackpropFilter",
        "",
        [(2, 5, 6, 3), (2, 3, 3, 6)],
        ["input", "out_backprop"],
        filter_sizes=[3, 2, 3, 2],
        strides=[1, 2, 2, 1],
        padding="SAME",
    ),
    Case(
        "Conv3D",
        "",
        lambda tf, x, f: tf.nn.conv3d(x, f, [1, 1, 2, 1, 1], "SAME"),
        normal((2, 4, 5, 3, 3), (2, 3, 3, 3, 4)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "Conv3DBackpropInputV2",
        "",
        lambda tf, x, f: tf.nn.conv3d_transpose(x, f, [1, 4, 4, 6, 2], [1, 2, 2, 2, 1]),
        normal((1, 2, 2, 3, 5), (2, 3, 3, 2, 5)),
        dtypes=WIDE_FLOATS,
        tolerance=1e-4,
    ),
    raw(
        "Conv3DBackpropFilterV2",
        "",
        [(2, 4, 5, 3, 3), (2, 4, 3, 3, 4)],
        ["input", "out_backprop"],
        filter_sizes=[2, 3, 3, 3, 4],
        strides=[1, 1, 2, 1, 1],
        padding="SAME",
    ),
    pooled("max_pool", "", (2, 4, 6, 3), FLOATS, **POOL),
    pooled("max_pool", "odd", (2, 5, 7, 3), **POOL),
    pooled("max_pool", "overlap", (2, 7, 6, 3), padding="SAME", **OVERLAP),
    pooled("max_pool", "overlap_valid", (2, 7, 6, 3), padding="VALID", **OVERLAP),
    Case(
        "MaxPoolV2",
        "",
        lambda tf, x: tf.raw_ops.MaxPoolV2(
            input=x, ksize=[1, 2, 3, 1], strides=[1, 2, 2, 1], padding="VALID"
        ),
        distinct(2, 5, 6, 3),
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
