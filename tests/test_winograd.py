"""Convolutions with fewer multiplications, against a plain sum over taps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tfsession as tf
from tests.test_convolution import summed_over_taps
from tfsession.kernels import threads, winograd
from tfsession.kernels.patches import Geometry, make_geometry
from tfsession.kernels.winograd import Tiling, convolve, filter_gradient, find_tiling

ONES = (1, 1)


def geometry_of(sizes, window, padding=b"SAME", strides=ONES, dilations=ONES) -> Geometry:
    return make_geometry(sizes, window, strides, dilations, padding)


def chosen(geometry, images=64, channels=32, out_channels=64) -> int | None:
    """The reach of the tiling that is taken, None for the plain sum."""
    tiling = find_tiling(geometry, images, channels, out_channels)
    return None if tiling is None else tiling.reach


@pytest.mark.parametrize("block_bytes", [1 << 20, 1 << 10])
@pytest.mark.parametrize("window", [(3, 3), (4, 3), (5, 5), (3, 5)])
def test_convolution_and_its_gradient_by_the_filter(window, block_bytes, monkeypatch):
    """Sizes that tiles fit and do not; blocks of several images, and of a part of one."""
    monkeypatch.setattr(winograd, "_BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(winograd, "_LEAST_TILES", 1)
    rng = np.random.default_rng(0)
    for sizes, padding, reach in itertools.product([(12, 8), (7, 11)], [b"SAME", b"VALID"], [6, 8]):
        tiling = Tiling(geometry_of(sizes, window, padding), reach)
        x = rng.standard_normal((5, *sizes, 3))
        filter = rng.standard_normal((*window, 3, 4))
        y = convolve(x, filter, tiling)
        np.testing.assert_allclose(y, summed_over_taps(x, filter, tiling.geometry), 1e-9, 1e-9)
        # Convolution is linear in the filter, so <dy, y> is <df, filter> for every filter.
        dy = rng.standard_normal(y.shape)
        df = filter_gradient(x, dy, tiling)
        assert df.shape == filter.shape
        for _ in range(3):
            filter = rng.standard_normal(filter.shape)
            wanted = np.vdot(dy, convolve(x, filter, tiling))
            np.testing.assert_allclose(np.vdot(df, filter), wanted, 1e-8)


@pytest.mark.parametrize("size", [1, 3])
def test_any_number_of_threads(size, monkeypatch):
    monkeypatch.setattr(winograd, "_BLOCK_BYTES", 1 << 10)
    monkeypatch.setattr(winograd, "_LEAST_TILES", 1)
    monkeypatch.setattr(threads, "_pool", threads._Pool())
    threads.set_size(size)
    rng = np.random.default_rng(0)
    x, filter = rng.standard_normal((7, 9, 9, 2)), rng.standard_normal((3, 3, 2, 2))
    tiling = Tiling(geometry_of((9, 9), (3, 3)), 6)
    wanted = summed_over_taps(x, filter, tiling.geometry)
    np.testing.assert_allclose(convolve(x, filter, tiling), wanted, 1e-9, 1e-9)


@pytest.mark.parametrize("taps", [3, 4, 5])
def test_rounding_stays_near_that_of_the_plain_sum(taps):
    geometry = geometry_of((16, 16), (taps, taps), b"VALID")
    reach = chosen(geometry)
    assert reach is not None
    rng = np.random.default_rng(taps)
    x, filter = rng.standard_normal((4, 16, 16, 32)), rng.standard_normal((taps, taps, 32, 8))
    exact = summed_over_taps(x, filter, geometry)
    y = convolve(x.astype(np.float32), filter.astype(np.float32), Tiling(geometry, reach))
    assert y.dtype == np.float32
    assert np.sqrt(np.mean((y - exact) ** 2)) < 5e-6 * exact.std()


def test_what_gains_is_taken():
    assert chosen(geometry_of((28, 28), (3, 3)), channels=64) == 6
    assert chosen(geometry_of((14, 14), (5, 5))) in (6, 7, 8)
    assert chosen(geometry_of((14, 14), (5, 5)), images=1) is None, "too little work"
    assert chosen(geometry_of((28, 28), (3, 3)), channels=4, out_channels=4) is None, "few channels"
    assert chosen(geometry_of((28, 28), (3, 3), strides=(2, 2))) is None
    assert chosen(geometry_of((28, 28), (3, 3), dilations=(2, 2))) is None
    assert chosen(geometry_of((28, 28), (1, 1))) is None
    assert chosen(geometry_of((28, 28), (7, 7))) is None
    volume = make_geometry((14,) * 3, (3,) * 3, (1,) * 3, (1,) * 3, b"SAME")
    assert chosen(volume) is None


def test_a_session_uses_it(monkeypatch):
    """All three products of a layer, in one step, against those without."""
    rng = np.random.default_rng(0)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(rng.standard_normal((32, 14, 14, 32)), tf.float32)
        filter = tf.constant(rng.standard_normal((5, 5, 32, 32)), tf.float32)
        y = tf.nn.conv2d(x, filter, [1, 1, 1, 1], "SAME")
        fetches = [y, *tf.gradients(tf.reduce_sum(y * y), [x, filter])]
        calls = []
        for name in ("convolve", "filter_gradient"):
            function = getattr(winograd, name)
            monkeypatch.setattr(
                winograd, name, lambda *a, f=function, n=name: calls.append(n) or f(*a)
            )
        values = session.run(fetches)
        assert calls == ["convolve", "convolve", "filter_gradient"]
        monkeypatch.setattr(winograd, "find_tiling", lambda *arguments: None)
        for value, plain in zip(values, session.run(fetches), strict=True):
            np.testing.assert_allclose(value, plain, 1e-4, 1e-5 * np.abs(plain).max())
