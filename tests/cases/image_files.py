"""Records of images in the formats of files; tests/runs/image_files.py has their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.record import Case
from tests.runs.image_files import BMP


def _pixels(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [rng.integers(0, np.iinfo(dtype).max, (5, 7, 3)).astype(dtype)]


def _smooth(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [np.linspace(0, 255, 8 * 8 * 3).reshape(8, 8, 3).astype(dtype)]


def _case(
    op: str,
    build: Callable[..., Any],
    expected: Callable[..., Any],
    dtypes: tuple[str, ...] = ("uint8",),
    inputs: Any = _smooth,
) -> Case:
    # Shapes of files are not known: TensorFlow's numbers of whole programs are stored instead.
    return Case(op, "", build=build, inputs=inputs, dtypes=dtypes, expected=expected, golden=False)


def _shape_of_jpeg(tf: Any, x: Any) -> Any:
    return tf.shape(tf.image.decode_jpeg(tf.image.encode_jpeg(x), 1, ratio=2))


CASES = [
    _case(
        "EncodePng",
        lambda tf, x: tf.image.decode_png(tf.image.encode_png(x)),
        lambda x: x,
        inputs=_pixels,
    ),
    _case(
        "DecodePng",
        lambda tf, x: tf.image.decode_png(tf.image.encode_png(x[..., :1]), dtype=x.dtype),
        lambda x: x[..., :1],
        ("uint8", "uint16"),
        _pixels,
    ),
    _case("DecodeJpeg", _shape_of_jpeg, lambda x: np.int32([4, 4, 1])),
    _case(
        "EncodeJpeg",
        lambda tf, x: tf.image.is_jpeg(tf.image.encode_jpeg(x)),
        lambda x: np.True_,
    ),
    _case(
        "EncodeJpegVariableQuality",
        lambda tf, x: tf.shape(tf.image.adjust_jpeg_quality(x, 70)),
        lambda x: np.int32([8, 8, 3]),
    ),
    _case(
        "DecodeAndCropJpeg",
        lambda tf, x: tf.shape(
            tf.image.decode_and_crop_jpeg(tf.image.encode_jpeg(x), [1, 2, 3, 4])
        ),
        lambda x: np.int32([3, 4, 3]),
    ),
    _case(
        "ExtractJpegShape",
        lambda tf, x: tf.image.extract_jpeg_shape(tf.image.encode_jpeg(x)),
        lambda x: np.int32([8, 8, 3]),
    ),
    _case(
        "DecodeGif",
        lambda tf, x: tf.image.decode_gif(tf.image.encode_png(x)),
        lambda x: x[None],
        inputs=_pixels,
    ),
    _case(
        "DecodeBmp",
        lambda tf, x: tf.image.decode_bmp(BMP),
        lambda x: np.uint8([[[9, 8, 7], [252, 251, 250]], [[3, 2, 1], [6, 5, 4]]]),
    ),
]
