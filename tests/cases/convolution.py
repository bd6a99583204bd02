"""Records of convolution."""

from __future__ import annotations

from typing import Any

from tests.cases.record import WIDE_FLOATS, Case, normal, raw


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
    *(
        Case(
            "Conv2DBackpropInput",
            f"transposed in {len(sizes)} axes",
            lambda tf, x, f, sizes=sizes: tf.nn.conv_transpose(x, f, sizes, 2),
            normal(shape, window),
            dtypes=WIDE_FLOATS,
            tolerance=1e-4,
            unknown=False,
        )
        for sizes, shape, window in (
            ([2, 8, 5], (2, 4, 3), (3, 5, 3)),
            ([1, 6, 8, 2], (1, 3, 4, 3), (3, 3, 2, 3)),
        )
    ),
    Case(
        "SpaceToBatchND",
        "any function",
        lambda tf, x: tf.nn.with_space_to_batch(
            x,
            [2, 3],
            "SAME",
            lambda image, num_spatial_dims, padding: tf.nn.avg_pool(image, 2, 1, padding),
            filter_shape=[2, 2],
        ),
        normal((1, 7, 8, 2)),
        dtypes=WIDE_FLOATS,
        unknown=False,
    ),
]
