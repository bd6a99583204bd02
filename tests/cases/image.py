"""Records of tfsession.ops.image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import INTS, Case, normal

PIXELS = ("float32", "uint8")


def pixels(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs: images; floats from 0 to 1, integers of all that the dtype has."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        if np.dtype(dtype).kind in "iu":
            return [rng.integers(0, np.iinfo(dtype).max, s, dtype, endpoint=True) for s in shapes]
        return [rng.random(s).astype(dtype) for s in shapes]

    return make


def public(name: str, *arguments: Any, **keywords: Any) -> Callable[..., Any]:
    """Builds with a function of tf.image."""
    return lambda tf, x: getattr(tf.image, name)(x, *arguments, **keywords)


def edges(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Inputs: pixels whose colours are equal, or at an end of their range."""
    levels = np.linspace(0, 1, 3)
    return [np.stack(np.meshgrid(levels, levels, levels), -1).astype(dtype)]


def hsv_slope(channel: int) -> Callable[..., Any]:
    """Builds the gradient of the hue, the saturation or the value."""

    def build(tf: Any, x: Any) -> Any:
        return tf.gradients(tf.image.rgb_to_hsv(x)[..., channel], x)[0]

    return build


def patches(padding: str, *sizes: int) -> Callable[..., Any]:
    """Patches of rows x columns pixels, with a stride and a rate for each."""
    ksizes, strides, rates = ([1, *sizes[i : i + 2], 1] for i in (0, 2, 4))
    return lambda tf, x: tf.extract_image_patches(x, ksizes, strides, rates, padding)


def _case(op: str, variant: str, build: Any, shape: tuple[int, ...], **keywords: Any) -> Case:
    keywords.setdefault("dtypes", PIXELS)
    return Case(op, variant, build, pixels(shape), **keywords)


IMAGE, BATCH = (5, 7, 3), (2, 5, 7, 3)

CASES = [
    # ---- ExtractImagePatches ----
    Case("ExtractImagePatches", "valid", patches("VALID", 2, 3, 1, 1, 1, 1), normal(BATCH),
         ("float32", "float64", *INTS, "uint8")),
    Case("ExtractImagePatches", "same", patches("SAME", 3, 2, 2, 3, 1, 1), normal(BATCH)),
    Case("ExtractImagePatches", "rates", patches("SAME", 2, 2, 1, 2, 2, 3), normal(BATCH)),
    Case("ExtractImagePatches", "valid-rates", patches("VALID", 2, 3, 2, 1, 3, 2), normal(BATCH)),
    Case("ExtractImagePatches", "fit", patches("VALID", 1, 1, 2, 2, 1, 1), normal((1, 3, 3, 1)),
         expected=lambda x: x[:, ::2, ::2]),
    # ---- Colours ----
    _case("AdjustContrastv2", "", public("adjust_contrast", 1.7), BATCH),
    _case("AdjustContrastv2", "image", public("adjust_contrast", -0.5), IMAGE),
    _case("AdjustHue", "", public("adjust_hue", 0.3), BATCH, tolerance=1e-4),
    _case("AdjustHue", "back", public("adjust_hue", -0.6), IMAGE, tolerance=1e-4,
          dtypes=("float32",)),
    _case("AdjustSaturation", "", public("adjust_saturation", 0.6), BATCH, dtypes=("float32",)),
    _case("AdjustSaturation", "full", public("adjust_saturation", 3.0), IMAGE,
          dtypes=("float32",)),
    _case("RGBToHSV", "", public("rgb_to_hsv"), BATCH, dtypes=("float32", "float64")),
    Case("RGBToHSV", "edges", public("rgb_to_hsv"), edges, gradient=False),
    *(
        Case("RGBToHSV", f"gradient-at-edges-{channel}", hsv_slope(channel), edges, gradient=False)
        for channel in range(3)
    ),
    _case("HSVToRGB", "", public("hsv_to_rgb"), BATCH, dtypes=("float32", "float64"),
          gradient=False),
    # ---- Compositions ----
    *(
        _case("Cast", f"convert-{wanted}{'-saturate' * saturate}",
              public("convert_image_dtype", wanted, saturate=saturate), (3, 4),
              dtypes=("uint8", "int32", "float32", *(() if saturate else ("int16",))),
              gradient=False)
        for wanted, saturate in (("float32", False), ("uint8", True), ("int16", False))
    ),
    _case("Mul", "rgb-to-grayscale", public("rgb_to_grayscale"), BATCH, unknown=False,
          gradient=False,
          dtypes=("float32",)),
    _case("Tile", "grayscale-to-rgb", public("grayscale_to_rgb"), (2, 3, 1)),
    _case("Add", "brightness", public("adjust_brightness", 0.25), BATCH, gradient=False),
    _case("Pow", "gamma", public("adjust_gamma", 2.0, 0.5), IMAGE, gradient=False,
          dtypes=("float32",)),
    _case("RealDiv", "standardization", public("per_image_standardization"), BATCH),
    _case("RealDiv", "standardization-image", public("per_image_standardization"), IMAGE,
          dtypes=("float32",), tolerance=1e-4),
    _case("Sum", "total-variation", public("total_variation"), BATCH, dtypes=("float32",),
          unknown=False, gradient=False),
    *(
        _case("ReverseV2", f"{name}-{len(shape)}", public(name), shape, unknown=False)
        for name in ("flip_left_right", "flip_up_down")
        for shape in (IMAGE, BATCH)
    ),
    *(
        _case("Transpose", f"rot90-{k}-{len(shape)}", public("rot90", k), shape, unknown=False)
        for k in (0, 1, 2, 3, -1)
        for shape in (IMAGE, BATCH)
    ),
    _case("Transpose", "image", public("transpose_image"), BATCH, unknown=False),
    _case("Pad", "to-bounding-box", public("pad_to_bounding_box", 1, 2, 9, 10), BATCH,
          unknown=False),
    _case("Pad", "image-to-bounding-box", public("pad_to_bounding_box", 0, 0, 5, 8), IMAGE),
    _case("Slice", "to-bounding-box", public("crop_to_bounding_box", 1, 2, 3, 5), BATCH,
          unknown=False),
    _case("Slice", "image-to-bounding-box", public("crop_to_bounding_box", 0, 6, 5, 1), IMAGE),
    *(
        _case("Slice", f"crop-or-pad-{height}-{width}",
              public("resize_image_with_crop_or_pad", height, width), IMAGE)
        for height, width in ((8, 12), (2, 4), (8, 4), (4, 10), (5, 7))
    ),
    _case("Slice", "central-crop", public("central_crop", 0.5), BATCH, unknown=False),
    _case("Slice", "central-crop-image", public("central_crop", 0.3), IMAGE, unknown=False),
]  # fmt: skip
