"""Records of convolution of each channel by itself."""

from __future__ import annotations

from tests.cases.record import WIDE_FLOATS, Case, normal, raw

CASES = [
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
]
