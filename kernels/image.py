"""Kernels of ops on images: patches, contrast and colours."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import shape_text
from .patches import windows_inside

Array = Any

# ---- ExtractImagePatches ----


@kernel("ExtractImagePatches")
def extract_image_patches(
    xp: Any,
    images: Array,
    ksizes: list[int],
    strides: list[int],
    rates: list[int],
    padding: bytes,
) -> Array:
    """A view of all patches, copied once: it may be the whole of `images`, which others hold."""
    batch, *sides, channels = images.shape
    counts, pads = [], []
    for n, window, stride, rate in zip(sides, ksizes[1:3], strides[1:3], rates[1:3], strict=True):
        reach = (window - 1) * rate + 1
        count = -(-n // stride) if padding == b"SAME" else windows_inside(n, reach, stride)
        missing = max((count - 1) * stride + reach - n, 0) if padding == b"SAME" else 0
        counts.append(count)
        pads.append((missing // 2, missing - missing // 2))
    if any(map(any, pads)):
        images = xp.pad(images, ((0, 0), *pads, (0, 0)))
    step_batch, step_row, step_column, step_channel = images.strides
    view = xp.lib.stride_tricks.as_strided(
        images,
        (batch, *counts, ksizes[1], ksizes[2], channels),
        (
            step_batch,
            step_row * strides[1],
            step_column * strides[2],
            step_row * rates[1],
            step_column * rates[2],
            step_channel,
        ),
    )
    patch = ksizes[1] * ksizes[2] * channels
    return xp.array(view, order="C").reshape((batch, *counts, patch))


# ---- AdjustContrastv2 ----


@kernel("AdjustContrastv2")
def adjust_contrast(xp: Any, images: Array, contrast_factor: Array) -> Array:
    """Distances from the mean of each channel of each image, multiplied."""
    pixels = images.astype(np.float32, copy=False)
    # Sums of many float32 pixels are kept in float64.
    mean = pixels.mean(axis=(-3, -2), keepdims=True, dtype=np.float64).astype(np.float32)
    result = pixels - mean
    result *= contrast_factor
    result += mean
    return result.astype(images.dtype, copy=False)


# ---- RGBToHSV, HSVToRGB, AdjustHue, AdjustSaturation ----


def _wide(x: Array) -> Array:
    return x if x.dtype in (np.float32, np.float64) else x.astype(np.float32)


def _check_colours(images: Array) -> None:
    if images.shape[-1] != 3:
        raise InvalidArgumentError.of(
            f"input must have 3 channels but instead has {images.shape[-1]} channels."
        )


def _hue_saturation_value(xp: Any, images: Array) -> tuple[Array, Array, Array]:
    red, green, blue = images[..., 0], images[..., 1], images[..., 2]
    value = images.max(axis=-1)
    extent = value - images.min(axis=-1)
    zero = images.dtype.type(0)
    saturation = xp.where(value > 0, extent / value, zero)
    # A sixth of the circle for each edge of the colour cube.
    sixth = images.dtype.type(1) / (6 * extent)
    hue = xp.where(
        red == value,
        sixth * (green - blue),
        xp.where(
            green == value,
            sixth * (blue - red) + images.dtype.type(2 / 6),
            sixth * (red - green) + images.dtype.type(4 / 6),
        ),
    )
    hue = xp.where(extent > 0, hue, zero)
    hue += hue < 0
    return hue, saturation, value


def _red_green_blue(xp: Any, hue: Array, saturation: Array, value: Array) -> Array:
    edge = hue * 6
    parts = (abs(edge - 3) - 1, 2 - abs(edge - 2), 2 - abs(edge - 4))
    rest = 1 - saturation
    channels = [(rest + saturation * part.clip(0, 1)) * value for part in parts]
    return xp.stack(channels, axis=-1)


@kernel("RGBToHSV")
def rgb_to_hsv(xp: Any, images: Array) -> Array:
    """Hue, saturation, value."""
    _check_colours(images)
    hsv = xp.stack(_hue_saturation_value(xp, _wide(images)), axis=-1)
    return hsv.astype(images.dtype, copy=False)


@kernel("HSVToRGB")
def hsv_to_rgb(xp: Any, images: Array) -> Array:
    """Red, green, blue."""
    _check_colours(images)
    x = _wide(images)
    rgb = _red_green_blue(xp, x[..., 0], x[..., 1], x[..., 2])
    return rgb.astype(images.dtype, copy=False)


@kernel("AdjustHue")
def adjust_hue(xp: Any, images: Array, delta: Array) -> Array:
    """Hues turned, by way of hue, saturation and value."""
    _check_scalar("delta", delta)
    _check_colours(images)
    hue, saturation, value = _hue_saturation_value(xp, _wide(images))
    turned = xp.mod(hue + delta, 1)
    return _red_green_blue(xp, turned, saturation, value).astype(images.dtype, copy=False)


@kernel("AdjustSaturation")
def adjust_saturation(xp: Any, images: Array, scale: Array) -> Array:
    """Saturations multiplied, by way of hue, saturation and value."""
    _check_scalar("scale", scale)
    _check_colours(images)
    hue, saturation, value = _hue_saturation_value(xp, _wide(images))
    scaled = (saturation * scale).clip(0, 1)
    return _red_green_blue(xp, hue, scaled, value).astype(images.dtype, copy=False)


def _check_scalar(name: str, x: Array) -> None:
    if x.ndim:
        raise InvalidArgumentError.of(f"{name} must be scalar: {shape_text(x.shape)}")
