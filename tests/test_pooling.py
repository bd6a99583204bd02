"""Pooling: where gradients go, windows across channels, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tfsession as tf
from tfsession.kernels import pooling as kernels, threads


def test_gradient_of_equal_numbers_goes_to_the_first():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.zeros([1, 2, 4, 1])
        y = tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        dx = session.run(tf.gradients(y, x)[0])
    assert dx[0, :, :, 0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]]


def test_static_shapes():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 12, None, 8])
        assert tf.nn.max_pool(x, 2, 2, "SAME").shape.as_list() == [None, 6, None, 8]
        across = tf.nn.max_pool(x, [1, 1, 1, 4], [1, 1, 1, 4], "VALID")
        assert across.shape.as_list() == [None, 12, None, 2]
        ksize = tf.placeholder(tf.int32, [4])
        assert tf.nn.max_pool(x, ksize, ksize, "SAME").shape.as_list() == [None] * 4


# ---- Blocks of windows and images ----

GEOMETRIES = [
    (window, strides, padding)
    for window in (1, 2, 3)
    for strides in (1, 2, 3)
    for padding in (b"SAME", b"VALID")
]


def over_windows(x, window, strides, padding, combine):
    """``combine(window of x)`` for every window, one by one."""
    size = x.shape[1]
    outs = -(-size // strides) if padding == b"SAME" else (size - window) // strides + 1
    before = max(0, (outs - 1) * strides + window - size) // 2 if padding == b"SAME" else 0
    cuts = [
        slice(max(0, out * strides - before), out * strides - before + window)
        for out in range(outs)
    ]
    return np.stack([[combine(x[:, row, column]) for column in cuts] for row in cuts], 0)


@pytest.mark.parametrize("block_bytes", [1, 1000, 1 << 20])
def test_blocks_of_any_size(block_bytes, monkeypatch):
    """Blocks are rows of windows of an image, images, and the whole batch."""
    monkeypatch.setattr(threads, "LARGE", 1)
    monkeypatch.setattr(kernels, "_BLOCK_BYTES", block_bytes)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 8, 8, 2))
    for window, strides, padding in GEOMETRIES:
        attrs = {
            "ksize": [1, window, window, 1],
            "strides": [1, strides, strides, 1],
            "padding": padding,
            "data_format": b"NHWC",
        }
        for function, combine in ((kernels.max_pool, np.max), (kernels.avg_pool, np.mean)):
            wanted = over_windows(
                x, window, strides, padding, lambda part, f=combine: f(part, axis=(1, 2))
            )
            y = function(np, x, **attrs)
            np.testing.assert_allclose(y, wanted.transpose(2, 0, 1, 3), 1e-12, 1e-12)
            assert not np.shares_memory(x, y)
        dy = rng.standard_normal(y.shape)
        dx = kernels.avg_pool_grad(np, np.array(x.shape), dy, **attrs)
        np.testing.assert_allclose(np.vdot(dx, x), np.vdot(dy, y), 1e-9, 1e-9)


# ---- Windows across channels ----


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_maxima_across_channels_and_their_gradient(data_format):
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, 3, 4, 6)), rng.standard_normal((2, 3, 4, 2))
    first = data_format == "NCHW"
    order = (0, 3, 1, 2) if first else (0, 1, 2, 3)
    ksize = [1, 3, 1, 1] if first else [1, 1, 1, 3]
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.constant(x.transpose(order))
        y = tf.nn.max_pool(images, ksize, ksize, "VALID", data_format)
        dx = tf.gradients(y, images, tf.constant(dy.transpose(order)))[0]
        dy_again = tf.gradients(tf.reduce_sum(dx * dx), dx)[0]
        y, dx, _ = session.run([y, dx, dy_again])
    groups = x.reshape(2, 3, 4, 2, 3)
    np.testing.assert_array_equal(y, groups.max(axis=-1).transpose(order))
    is_maximum = groups == groups.max(axis=-1, keepdims=True)
    wanted = (is_maximum * dy[..., None]).reshape(x.shape)
    np.testing.assert_array_equal(dx, wanted.transpose(order))


def test_maxima_across_channels_of_no_images():
    with tf.Graph().as_default(), tf.Session() as session:
        y = tf.nn.max_pool(tf.zeros([0, 3, 4, 6]), [1, 1, 1, 3], [1, 1, 1, 3], "SAME")
        assert session.run(y).shape == (0, 3, 4, 2)


# ---- What is refused when it runs ----

BATCH = "Pooling is not yet supported on the batch dimension."
DEPTH = "Pooling is not yet supported on the depth dimension."
NOT_SPATIAL = "Non-spatial pooling is not yet supported. Volunteers? :)"
EITHER = "MaxPooling supports exactly one of pooling across depth or pooling across width/height."
DIVIDES = "Depthwise max pooling requires the depth window to evenly divide the input depth"
EQUALS = "Depthwise max pooling requires the depth window to equal the depth stride"


def pooling(op, ksize, strides):
    """An op of the pooling family, with inputs of fitting shapes."""
    shape = [2, 4, 4, 4, 6] if "3D" in op else [2, 4, 4, 6]
    x = tf.zeros(shape)
    y = tf.zeros([-(-size // step) for size, step in zip(shape, strides, strict=True)])
    inputs = {
        "MaxPool": {"input": x},
        "MaxPoolV2": {"input": x},
        "MaxPoolWithArgmax": {"input": x},
        "MaxPoolGrad": {"orig_input": x, "orig_output": y, "grad": y},
        "MaxPoolGradV2": {"orig_input": x, "orig_output": y, "grad": y},
        "MaxPoolGradGrad": {"orig_input": x, "orig_output": y, "grad": x},
        "MaxPool3D": {"input": x},
        "MaxPool3DGrad": {"orig_input": x, "orig_output": y, "grad": y},
        "AvgPool": {"value": x},
        "AvgPoolGrad": {"orig_input_shape": shape, "grad": y},
        "AvgPool3D": {"input": x},
        "AvgPool3DGrad": {"orig_input_shape": shape, "grad": y},
    }[op]
    result = getattr(tf.raw_ops, op)(**inputs, ksize=ksize, strides=strides, padding="SAME")
    return result[0] if op == "MaxPoolWithArgmax" else result


IMAGE_OPS = [
    *("MaxPool", "MaxPoolV2", "MaxPoolWithArgmax", "MaxPoolGrad", "MaxPoolGradV2"),
    *("MaxPoolGradGrad", "AvgPool", "AvgPoolGrad"),
]
VOLUME_OPS = ["MaxPool3D", "MaxPool3DGrad", "AvgPool3D", "AvgPool3DGrad"]
ONES, VOLUME_ONES = [1, 1, 1, 1], [1, 1, 1, 1, 1]

REFUSED = [
    *((op, [2, 1, 1, 1], ONES, BATCH) for op in IMAGE_OPS),
    *((op, ONES, [2, 1, 1, 1], BATCH) for op in IMAGE_OPS if op != "MaxPoolGradGrad"),
    *((op, [2, 1, 1, 1, 1], VOLUME_ONES, BATCH) for op in VOLUME_OPS),
    *((op, [1, 1, 1, 1, 2], [1, 1, 1, 1, 2], DEPTH) for op in VOLUME_OPS),
    *((op, [1, 1, 1, 2], [1, 1, 1, 2], NOT_SPATIAL) for op in ("AvgPool", "AvgPoolGrad")),
    *((op, [1, 2, 2, 2], [1, 2, 2, 2], EITHER) for op in ("MaxPool", "MaxPoolV2", "AvgPool")),
    *((op, [1, 1, 1, 4], [1, 1, 1, 4], DIVIDES) for op in ("MaxPool", "MaxPoolV2", "AvgPool")),
    *((op, [1, 1, 1, 2], ONES, EQUALS) for op in ("MaxPool", "MaxPoolV2", "AvgPool")),
    # TensorFlow gives positions of another shape than the maxima.
    ("MaxPoolWithArgmax", [1, 1, 1, 2], [1, 1, 1, 2], DEPTH),
]


@pytest.mark.parametrize(("op", "ksize", "strides", "text"), REFUSED)
def test_windows_over_images_or_channels_are_refused_when_run(op, ksize, strides, text):
    with tf.Graph().as_default(), tf.Session() as session:
        result = pooling(op, ksize, strides)
        with pytest.raises(tf.errors.UnimplementedError, match=re.escape(text)):
            session.run(result)


@pytest.mark.parametrize("kind", ["MAX", "AVG"])
@pytest.mark.parametrize(
    ("sizes", "window", "rates"),
    [([8], [2], [2]), ([7], [3], [3]), ([8, 7], [2, 3], [2, 1]), ([5, 4, 6], [2, 2, 2], [2, 1, 3])],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_windows_may_have_gaps(kind, sizes, window, rates, is_known):
    values = np.random.default_rng(0).standard_normal([2, *sizes, 3]).astype(np.float32)
    spans = [(size - 1) * rate + 1 for size, rate in zip(window, rates, strict=True)]
    axes = tuple(range(1, len(sizes) + 1))
    views = np.lib.stride_tricks.sliding_window_view(values, spans, axes)
    views = views[(..., *(slice(None, None, rate) for rate in rates))]
    reduce = np.max if kind == "MAX" else np.mean
    expected = reduce(views, axis=tuple(range(-len(sizes), 0)))
    x = tf.placeholder_with_default(values, values.shape if is_known else [None] * values.ndim)
    pooled = tf.nn.pool(x, window, kind, "VALID", dilation_rate=rates)
    first = {1: "NCW", 2: "NCHW", 3: "NCDHW"}[len(sizes)]
    order = [0, values.ndim - 1, *axes]
    other = tf.nn.pool(
        tf.transpose(x, order), window, kind, "VALID", dilations=rates, data_format=first
    )
    if is_known:
        assert pooled.shape.as_list() == list(expected.shape)
    with tf.Session() as session:
        found, transposed = session.run([pooled, other])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(transposed, expected.transpose(order), rtol=1e-5, atol=1e-6)


def test_windows_with_gaps_have_limits():
    x = tf.ones([1, 8, 1])
    with pytest.raises(ValueError, match="pooling with SAME padding is not implemented for dil"):
        tf.nn.pool(x, [2], "MAX", "SAME", dilation_rate=[2])
    with pytest.raises(ValueError, match="strides > 1 not supported in conjunction with dil"):
        tf.nn.pool(x, [2], "MAX", "VALID", dilation_rate=[2], strides=[2])
