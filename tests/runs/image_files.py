"""Programs that write images as files and read them again.

TensorFlow decodes JPEG files faster and less exactly, if it is not asked for INTEGER_ACCURATE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

_Y, _X = np.mgrid[0:16, 0:24]
SMOOTH = np.stack([_Y * 12, _X * 9, 255 - _Y * 5 - _X * 5], -1).astype(np.uint8)
NOISY = (np.arange(9 * 7 * 4).reshape(9, 7, 4) * 37 % 256).astype(np.uint8)
# A BMP file of 2 by 2 pixels.
BMP = bytes.fromhex(
    "424d460000000000000036000000280000000200000002000000010018000000000010000000130b0000130b"
    "000000000000000000000102030405060000070809fafbfc0000"
)


def _jpeg(image: Any = SMOOTH, channels: int = 0, ratio: int = 1, **named: Any) -> Build:
    def build(tf: Any) -> Any:
        contents = tf.image.encode_jpeg(image, **named)
        return tf.image.decode_jpeg(contents, channels, ratio, dct_method="INTEGER_ACCURATE")

    return build


def _png(image: Any = NOISY, channels: int = 0, dtype: str = "uint8", **named: Any) -> Build:
    def build(tf: Any) -> Any:
        contents = tf.image.encode_png(image, **named)
        return tf.image.decode_png(contents, channels, dtype=tf.as_dtype(dtype))

    return build


def _image(contents: Any, **named: Any) -> Build:
    def build(tf: Any) -> Any:
        file = contents(tf) if callable(contents) else tf.constant(contents)
        return tf.identity(tf.image.decode_image(file, **named), name="image")

    return build


def _as_jpeg(tf: Any) -> Any:
    return tf.image.encode_jpeg(SMOOTH)


def _as_png(tf: Any) -> Any:
    return tf.image.encode_png(NOISY[..., :3])


RUNS: dict[str, Build] = {
    "jpeg": _jpeg(),
    "jpeg-grey": _jpeg(SMOOTH[..., :1]),
    "jpeg-to_grey": _jpeg(channels=1),
    "jpeg-to_colours": _jpeg(SMOOTH[..., :1], channels=3),
    "jpeg-low": _jpeg(quality=30),
    "jpeg-full": _jpeg(quality=95, chroma_downsampling=False),
    "jpeg-progressive": _jpeg(progressive=True, optimize_size=True),
    "jpeg-half": _jpeg(ratio=2),
    "jpeg-eighth": _jpeg(ratio=8),
    "jpeg-four": _jpeg(channels=4),
    "jpeg-empty": lambda tf: tf.image.decode_jpeg(b""),
    "jpeg-no_image": lambda tf: tf.image.decode_jpeg(b"no image"),
    "jpeg-names": lambda tf: tf.image.decode_jpeg(
        _as_jpeg(tf), channels=3, name="my", dct_method="INTEGER_ACCURATE"
    ),
    "jpeg-shape": lambda tf: [
        tf.image.extract_jpeg_shape(_as_jpeg(tf)),
        tf.image.extract_jpeg_shape(tf.image.encode_jpeg(SMOOTH[..., :1]), tf.int64),
    ],
    "jpeg-is_jpeg": lambda tf: [tf.image.is_jpeg(_as_jpeg(tf)), tf.image.is_jpeg(b"no")],
    "jpeg-crop": lambda tf: tf.image.decode_and_crop_jpeg(
        _as_jpeg(tf), [3, 5, 8, 10], dct_method="INTEGER_ACCURATE"
    ),
    "jpeg-of_png": lambda tf: tf.image.decode_jpeg(_as_png(tf)),
    "jpeg-quality": lambda tf: tf.shape(tf.image.adjust_jpeg_quality(SMOOTH, 50)),
    "jpeg-quality_float": lambda tf: tf.shape(
        tf.image.adjust_jpeg_quality(SMOOTH.astype(np.float32) / 255, 50)
    ),
    "png": _png(),
    **{f"png-{n}": _png(NOISY[..., :n]) for n in (1, 2, 3)},
    **{
        f"png-{n}-to-{m}": _png(NOISY[..., :n], channels=m)
        for n in (1, 3, 4)
        for m in (1, 3, 4)
        if n != m
    },
    "png-wide": _png(NOISY[..., :1].astype(np.uint16) * 200, dtype="uint16"),
    "png-narrowed": _png(NOISY[..., :1].astype(np.uint16) * 200),
    "png-widened": _png(dtype="uint16"),
    "png-compression": _png(compression=9),
    "png-channels": _png(channels=5),
    "png-five": _png(np.zeros((2, 2, 5), np.uint8)),
    "png-of_jpeg": lambda tf: tf.shape(tf.image.decode_png(_as_jpeg(tf))),
    "png-rank": lambda tf: tf.image.encode_png(NOISY[0]),
    "bmp": lambda tf: tf.image.decode_bmp(BMP),
    "image-jpeg": lambda tf: tf.shape(_image(_as_jpeg)(tf)),
    "image-png": _image(_as_png, channels=3),
    "image-float": _image(_as_png, dtype="float32"),
    "image-bmp": _image(BMP),
    "image-none": _image(b"what is this"),
    "image-channels": _image(BMP, channels=2),
}
