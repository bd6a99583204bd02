"""Convolution: every layout of patches against a plain sum over taps."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

import tfsession as tf
from tfsession.kernels import convolution
from tfsession.kernels.patches import make_geometry

GEOMETRIES = [
    (window, strides, dilations, padding)
    for window in ((1, 1), (3, 3), (5, 4), (2, 3))
    for strides, dilations in (
        ((1, 1), (1, 1)),
        ((2, 2), (1, 1)),
        ((3, 1), (1, 1)),
        ((1, 1), (2, 1)),
        ((1, 1), (1, 2)),
    )
    for padding in (b"SAME", b"VALID")
]


def summed_over_taps(x, filter, geometry):
    """The convolution, tap by tap."""
    result = np.zeros((len(x), *geometry.outs, filter.shape[-1]))
    axes = [list(geometry.taps(axis)) for axis in range(2)]
    for tap, ((rows, from_rows), (columns, from_columns)) in enumerate(itertools.product(*axes)):
        part = x[:, from_rows, from_columns] @ filter.reshape(-1, *filter.shape[2:])[tap]
        result[:, rows, columns] += part
    return result


@pytest.mark.parametrize("tile_bytes", [3 << 20, 2000])
@pytest.mark.parametrize("channels", [1, 3, 8, 48])
def test_convolution_and_its_gradients(channels, tile_bytes, monkeypatch):
    """Few channels, many channels and tiles smaller than an image use different layouts."""
    monkeypatch.setattr(convolution, "_TILE_BYTES", tile_bytes)
    device = SimpleNamespace(xp=np)
    rng = np.random.default_rng(channels)
    for window, strides, dilations, padding in GEOMETRIES:
        x, filter = (
            rng.standard_normal((2, 9, 8, channels)),
            rng.standard_normal((*window, channels, 3)),
        )
        geometry = make_geometry((9, 8), window, strides, dilations, padding)
        attrs = {
            "strides": [1, *strides, 1],
            "padding": padding,
            "explicit_paddings": [],
            "data_format": b"NHWC",
            "dilations": [1, *dilations, 1],
        }
        y = convolution.conv2d(np, x, filter, **attrs)
        np.testing.assert_allclose(y, summed_over_taps(x, filter, geometry), 1e-9, 1e-9)
        np.testing.assert_allclose(
            convolution.conv2d_gpu(device, x, filter, **attrs), y, 1e-9, 1e-9
        )
        dy = rng.standard_normal(y.shape)
        sizes, filter_sizes = np.array(x.shape), np.array(filter.shape)
        dx = convolution.conv2d_backprop_input(np, sizes, filter, dy, **attrs)
        df = convolution.conv2d_backprop_filter(np, x, filter_sizes, dy, **attrs)
        # Convolution is linear in both inputs, so <dy, y> is <dx, x> and <df, filter>.
        np.testing.assert_allclose(
            [np.vdot(dx, x), np.vdot(df, filter)], np.vdot(dy, y), 1e-8, 1e-8
        )
        other = convolution.conv2d_backprop_input_gpu(device, sizes, filter, dy, **attrs)
        np.testing.assert_allclose(other, dx, 1e-9, 1e-9)
        other = convolution.conv2d_backprop_filter_gpu(device, x, filter_sizes, dy, **attrs)
        np.testing.assert_allclose(other, df, 1e-9, 1e-9)


def test_static_shapes():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 28, None, 3])
        filter = tf.zeros([5, 5, 3, 8])
        y = tf.nn.conv2d(x, filter, [1, 2, 2, 1], "VALID")
        assert y.shape.as_list() == [None, 12, None, 8]


def test_filter_larger_than_image():
    with (
        tf.Graph().as_default(),
        pytest.raises(
            ValueError, match="Negative dimension size caused by subtracting 5 from 3 for 'Conv2D'"
        ),
    ):
        tf.nn.conv2d(tf.zeros([1, 3, 3, 1]), tf.zeros([5, 5, 1, 1]), [1, 1, 1, 1], "VALID")


def test_signal_and_image_agree():
    rng = np.random.default_rng(0)
    x, filter = rng.standard_normal((2, 9, 3)), rng.standard_normal((4, 3, 5))
    with tf.Graph().as_default(), tf.Session() as session:
        signal = tf.nn.conv1d(x, filter, 2, "SAME")
        image = tf.nn.conv2d(x[:, None], filter[None], [1, 1, 2, 1], "SAME")
        values = session.run([signal, image])
    np.testing.assert_allclose(values[0], values[1][:, 0])


IMAGES = np.zeros((2, 4, 4, 3), np.float32)
VOLUMES = np.zeros((2, 4, 4, 4, 3), np.float32)
FILTER, FILTER_3D = np.zeros((2, 2, 3, 3), np.float32), np.zeros((2, 2, 2, 3, 3), np.float32)
EACH_CHANNEL = np.zeros((2, 2, 3, 1), np.float32)

# op, its inputs by name, the class of error that refuses strides
CONVOLUTIONS = [
    ("Conv2D", {"input": IMAGES, "filter": FILTER}, tf.errors.UnimplementedError),
    (
        "Conv2DBackpropInput",
        {"input_sizes": IMAGES.shape, "filter": FILTER, "out_backprop": IMAGES},
        tf.errors.InvalidArgumentError,
    ),
    (
        "Conv2DBackpropFilter",
        {"input": IMAGES, "filter_sizes": FILTER.shape, "out_backprop": IMAGES},
        tf.errors.InvalidArgumentError,
    ),
    ("Conv3D", {"input": VOLUMES, "filter": FILTER_3D}, tf.errors.UnimplementedError),
    (
        "Conv3DBackpropInputV2",
        {"input_sizes": VOLUMES.shape, "filter": FILTER_3D, "out_backprop": VOLUMES},
        tf.errors.InvalidArgumentError,
    ),
    (
        "Conv3DBackpropFilterV2",
        {"input": VOLUMES, "filter_sizes": FILTER_3D.shape, "out_backprop": VOLUMES},
        tf.errors.InvalidArgumentError,
    ),
    (
        "DepthwiseConv2dNative",
        {"input": IMAGES, "filter": EACH_CHANNEL},
        tf.errors.UnimplementedError,
    ),
    (
        "DepthwiseConv2dNativeBackpropInput",
        {"input_sizes": IMAGES.shape, "filter": EACH_CHANNEL, "out_backprop": IMAGES},
        tf.errors.InvalidArgumentError,
    ),
    (
        "DepthwiseConv2dNativeBackpropFilter",
        {"input": IMAGES, "filter_sizes": EACH_CHANNEL.shape, "out_backprop": IMAGES},
        tf.errors.InvalidArgumentError,
    ),
]


@pytest.mark.parametrize(("op", "inputs", "error"), CONVOLUTIONS, ids=[c[0] for c in CONVOLUTIONS])
@pytest.mark.parametrize("axis", [0, -1], ids=["batch", "depth"])
def test_steps_over_images_or_channels_are_refused_when_run(op, inputs, error, axis):
    """The graph may hold such an op; TensorFlow refuses to run it."""
    rank = 5 if "3D" in op else 4
    ones, steps = [1] * rank, [1] * rank
    steps[axis] = 2
    dilations = "dilations rates" if op.startswith("Conv3D") else "dilations"
    text = "Current implementation does not yet support {} in the batch and depth dimensions."
    build = getattr(tf.raw_ops, op)
    with tf.Graph().as_default(), tf.Session() as session:
        strided = build(**inputs, strides=steps, padding="SAME")
        dilated = build(**inputs, strides=ones, dilations=steps, padding="SAME")
        with pytest.raises(error, match=text.format("strides")):
            session.run(strided)
        with pytest.raises(tf.errors.InvalidArgumentError, match=text.format(dilations)):
            session.run(dilated)
