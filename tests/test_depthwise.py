"""Convolution of each channel by itself: blocks of any size against a plain sum over taps."""

from __future__ import annotations

import numpy as np
import pytest

from tfsession.kernels import depthwise
from tfsession.kernels.patches import make_geometry
from tfsession.kernels.windows import each_tap

GEOMETRIES = [
    (window, strides, dilations, padding)
    for window in ((1, 1), (3, 3), (2, 4))
    for strides, dilations in (((1, 1), (1, 1)), ((2, 3), (1, 1)), ((1, 1), (2, 1)))
    for padding in (b"SAME", b"VALID")
]


def summed_over_taps(x, filter, geometry):
    """The convolution, tap by tap."""
    result = np.zeros((len(x), *geometry.outs, *filter.shape[2:]))
    taps = filter.reshape(-1, *filter.shape[2:])
    for factors, (windows, places) in zip(taps, each_tap(geometry), strict=True):
        result[windows] += x[places][..., None] * factors
    return result.reshape(*result.shape[:3], -1)


@pytest.mark.parametrize("block_bytes", [1, 2000, 1 << 20])
@pytest.mark.parametrize("multiplier", [1, 3])
def test_convolution_and_its_gradients(multiplier, block_bytes, monkeypatch):
    """Blocks are rows of windows of an image, images, and the whole batch."""
    monkeypatch.setattr(depthwise, "_BLOCK_BYTES", block_bytes)
    rng = np.random.default_rng(multiplier)
    for window, strides, dilations, padding in GEOMETRIES:
        x, filter = rng.standard_normal((3, 9, 8, 2)), rng.standard_normal((*window, 2, multiplier))
        geometry = make_geometry((9, 8), window, strides, dilations, padding)
        attrs = {
            "strides": [1, *strides, 1],
            "padding": padding,
            "data_format": b"NHWC",
            "dilations": [1, *dilations, 1],
        }
        y = depthwise.depthwise_conv2d(np, x, filter, **attrs)
        np.testing.assert_allclose(y, summed_over_taps(x, filter, geometry), 1e-9, 1e-9)
        dy = rng.standard_normal(y.shape)
        sizes, filter_sizes = np.array(x.shape), np.array(filter.shape)
        dx = depthwise.depthwise_conv2d_backprop_input(np, sizes, filter, dy, **attrs)
        df = depthwise.depthwise_conv2d_backprop_filter(np, x, filter_sizes, dy, **attrs)
        # Convolution is linear in both inputs, so <dy, y> is <dx, x> and <df, filter>.
        np.testing.assert_allclose(
            [np.vdot(dx, x), np.vdot(df, filter)], np.vdot(dy, y), 1e-8, 1e-8
        )


@pytest.mark.parametrize(("images", "size"), [(0, 4), (2, 0), (2, 1)])
def test_no_images_and_no_windows(images, size):
    attrs = {
        "strides": [1, 1, 1, 1],
        "padding": b"VALID",
        "data_format": b"NHWC",
        "dilations": [1, 1, 1, 1],
    }
    x, filter = np.ones((images, size + 1, 4, 2)), np.ones((2, 2, 2, 3))
    y = depthwise.depthwise_conv2d(np, x, filter, **attrs)
    assert y.shape == (images, size, 3, 6)
    dx = depthwise.depthwise_conv2d_backprop_input(np, np.array(x.shape), filter, y, **attrs)
    df = depthwise.depthwise_conv2d_backprop_filter(np, x, np.array(filter.shape), y, **attrs)
    assert (dx.shape, df.shape) == (x.shape, filter.shape)
