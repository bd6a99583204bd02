"""Images in the formats of files: JPEG, PNG, GIF and BMP."""

from __future__ import annotations

from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import image as image_ops
from tfsession.ops.control_flow import Assert, cond
from tfsession.ops.math import cast, equal
from tfsession.ops.random import random_uniform
from tfsession.ops.strings import substr
from tfsession.registry import op, shape, undefined_gradient
from tfsession.shapes import Dims, with_rank, with_value

__all__ = [
    "adjust_jpeg_quality",
    "decode_and_crop_jpeg",
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "is_jpeg",
    "random_jpeg_quality",
]

_JPEG = (
    "channels: int = 0; ratio: int = 1; fancy_upscaling: bool = true;"
    " try_recover_truncated: bool = false; acceptable_fraction: float = 1.0;"
    " dct_method: string = ''"
)

op("DecodeJpeg(contents: string) -> image: uint8", _JPEG)
op("DecodeAndCropJpeg(contents: string, crop_window: int32) -> image: uint8", _JPEG)
op(
    "DecodePng(contents: string) -> image: dtype",
    "channels: int = 0; dtype: {uint8, uint16} = uint8",
)
op("DecodeGif(contents: string) -> image: uint8")
op("DecodeBmp(contents: string) -> image: uint8", "channels: int = 0")
op(
    "EncodeJpeg(image: uint8) -> contents: string",
    "format: {'', 'grayscale', 'rgb'} = ''; quality: int = 95; progressive: bool = false;"
    " optimize_size: bool = false; chroma_downsampling: bool = true;"
    " density_unit: {'in', 'cm'} = 'in'; x_density: int = 300; y_density: int = 300;"
    " xmp_metadata: string = ''",
)
op("EncodeJpegVariableQuality(images: uint8, quality: int32) -> contents: string")
op(
    "EncodePng(image: T) -> contents: string",
    "compression: int = -1; T: {uint8, uint16} = uint8",
)
op(
    "ExtractJpegShape(contents: string) -> image_shape: output_type",
    "output_type: {int32, int64} = int32",
)
undefined_gradient(
    *("DecodeJpeg", "DecodeAndCropJpeg", "DecodePng", "DecodeGif", "DecodeBmp"),
    *("EncodeJpeg", "EncodeJpegVariableQuality", "EncodePng", "ExtractJpegShape"),
)


def _channels(channels: int) -> int | None:
    if channels < 0:
        raise ValueError(f"channels must be non-negative, got {channels}")
    return channels or None


@shape("DecodeJpeg", "DecodePng", "DecodeBmp")
def decode_shape(contents: Tensor, channels: int) -> Dims:
    """[height, width, channels]."""
    with_rank(contents.dims, 0)
    return (None, None, _channels(channels))


@shape("DecodeAndCropJpeg")
def decode_and_crop_jpeg_shape(contents: Tensor, crop_window: Tensor, channels: int) -> Dims:
    """[height, width, channels], as the window says."""
    with_rank(contents.dims, 0)
    with_value(with_rank(crop_window.dims, 1)[0], 4)
    window = constant_value(crop_window)
    height, width = (None, None) if window is None else (int(window[2]), int(window[3]))
    return (height, width, _channels(channels))


@shape("DecodeGif")
def decode_gif_shape(contents: Tensor) -> Dims:
    """[frames, height, width, 3]."""
    with_rank(contents.dims, 0)
    return (None, None, None, 3)


@shape("EncodeJpeg", "EncodePng")
def encode_shape(image: Tensor) -> Dims:
    """A scalar."""
    with_rank(image.dims, 3)
    return ()


@shape("EncodeJpegVariableQuality")
def encode_variable_shape(images: Tensor, quality: Tensor) -> Dims:
    """A scalar."""
    with_rank(images.dims, 3)
    with_rank(quality.dims, 0)
    return ()


@shape("ExtractJpegShape")
def extract_jpeg_shape_shape(contents: Tensor) -> Dims:
    """[3]."""
    with_rank(contents.dims, 0)
    return (3,)


# ---- Decoding ----


def decode_jpeg(
    contents: TensorLike,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """Decodes a JPEG file, also a PNG, GIF or BMP file.

    Args:
      contents: scalar string; the file.
      channels: 0 for what the file has, 1 for grey, 3 for RGB.
      ratio: by which the image is made smaller while it is decoded: 1, 2, 4 or 8.
      fancy_upscaling, dct_method: accepted for compatibility; the decoder's defaults hold.
      try_recover_truncated: whether what is missing of a file is grey; else it is an error.
      acceptable_fraction: accepted for compatibility.
      name: a name for the operation.

    Returns:
      A uint8 Tensor [height, width, channels].

    Raises:
      InvalidArgumentError: at a run, it is no image.
      UnimplementedError: at a run, Pillow is not installed.

    Source: TensorFlow 1.15 `tf.image.decode_jpeg`.
    """
    result: Tensor = build(
        "DecodeJpeg",
        contents,
        channels=channels,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )
    return result


def decode_and_crop_jpeg(
    contents: TensorLike,
    crop_window: TensorLike,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """Decodes a part of a JPEG file.

    Args:
      contents: scalar string; the file.
      crop_window: [4]; int32: y, x, height and width of the part in pixels.
      channels, ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method: as
        in `decode_jpeg`.
      name: a name for the operation.

    Returns:
      A uint8 Tensor [height, width, channels].

    Source: TensorFlow 1.15 `tf.image.decode_and_crop_jpeg`.
    """
    result: Tensor = build(
        "DecodeAndCropJpeg",
        contents,
        crop_window,
        channels=channels,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )
    return result


def decode_png(
    contents: TensorLike,
    channels: int = 0,
    dtype: DTypeLike = dtypes.uint8,
    name: str | None = None,
) -> Tensor:
    """Decodes a PNG file, also a JPEG, GIF or BMP file.

    Args:
      contents: scalar string; the file.
      channels: 0 for what the file has, 1 for grey, 3 for RGB, 4 for RGBA.
      dtype: uint8 or uint16.
      name: a name for the operation.

    Returns:
      A Tensor [height, width, channels].

    Raises:
      InvalidArgumentError: at a run, it is no image.
      UnimplementedError: at a run, Pillow is not installed.

    Source: TensorFlow 1.15 `tf.image.decode_png`.
    """
    result: Tensor = build("DecodePng", contents, channels=channels, dtype=dtype, name=name)
    return result


def decode_gif(contents: TensorLike, name: str | None = None) -> Tensor:
    """Decodes a GIF file: a uint8 Tensor [frames, height, width, 3].

    Source: TensorFlow 1.15 `tf.image.decode_gif`.
    """
    result: Tensor = build("DecodeGif", contents, name=name)
    return result


def decode_bmp(contents: TensorLike, channels: int = 0, name: str | None = None) -> Tensor:
    """Decodes a BMP file: a uint8 Tensor [height, width, channels].

    Args:
      contents: scalar string; the file.
      channels: 0 for what the file has, 3 or 4.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.image.decode_bmp`.
    """
    result: Tensor = build("DecodeBmp", contents, channels=channels, name=name)
    return result


def is_jpeg(contents: TensorLike, name: str | None = None) -> Tensor:
    """Whether a file is a JPEG file, by its first three bytes; a bool scalar.

    Source: TensorFlow 1.15 `tf.image.is_jpeg`.
    """
    with name_scope(name, "is_jpeg"):
        return equal(substr(contents, 0, 3), b"\xff\xd8\xff", name=name)


def decode_image(
    contents: TensorLike,
    channels: int | None = None,
    dtype: DTypeLike = dtypes.uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """Decodes a JPEG, PNG, GIF or BMP file, whichever it is.

    Args:
      contents: scalar string; the file.
      channels: None or 0 for what the file has, 1, 3 or 4.
      dtype: of the result; other than uint8 by `tf.image.convert_image_dtype`.
      name: a name for the scope of the operations.
      expand_animations: whether a GIF file gives all its frames, in a fourth dimension; else the
        first.

    Returns:
      A Tensor of unknown shape: [height, width, channels], or of a GIF file [frames, height, width,
      3].

    Raises:
      ValueError: there are no images of so many channels.
      InvalidArgumentError: at a run, it is no image.

    Source: TensorFlow 1.15 `tf.image.decode_image`.
    """
    with name_scope(name, "decode_image"):
        if channels not in (None, 0, 1, 3, 4):
            raise ValueError("channels must be in (None, 0, 1, 3, 4)")
        contents = convert_to_tensor(contents, name="contents", dtype=dtypes.string)
        start = substr(contents, 0, 3)
        number = channels or 0

        def converted(image: Tensor) -> Tensor:
            return image_ops.convert_image_dtype(image, dtype)

        def gif() -> Tensor:
            with control_dependencies(
                [_checked(channels not in (1, 4), "GIF", channels or 0, contents)]
            ):
                frames = decode_gif(contents)
                return converted(frames if expand_animations else frames[0])

        def bmp() -> Tensor:
            is_bmp = equal(substr(contents, 0, 2), b"BM", name="is_bmp")
            message = "Unable to decode bytes as JPEG, PNG, GIF, or BMP"
            with control_dependencies([Assert(is_bmp, [message])]):
                return converted(decode_bmp(contents, number))

        def other() -> Any:
            return cond(equal(start, b"\x47\x49\x46", name="is_gif"), gif, bmp)

        def png() -> Tensor:
            return converted(decode_png(contents, number))

        def no_jpeg() -> Any:
            return cond(equal(start, b"\x89PN", name="is_png"), png, other)

        def jpeg() -> Tensor:
            with control_dependencies([_checked(channels != 4, "JPEG", channels or 0, contents)]):
                return converted(decode_jpeg(contents, min(number, 3)))

        found: Tensor = cond(is_jpeg(contents), jpeg, no_jpeg, name="cond_jpeg")
        found.set_shape(None)
        return found


def _checked(is_right: bool, kind: str, channels: int, contents: Tensor) -> Any:
    """An operation that fails where a kind of file has no images of so many channels."""
    message = f"Channels must not be {channels} when decoding {kind} images"
    return Assert(convert_to_tensor(is_right), [message])


def extract_jpeg_shape(
    contents: TensorLike, output_type: DTypeLike = dtypes.int32, name: str | None = None
) -> Tensor:
    """Height, width and channels of a JPEG file, without decoding it: [3], int32 or int64.

    Source: TensorFlow 1.15 `tf.image.extract_jpeg_shape`.
    """
    result: Tensor = build("ExtractJpegShape", contents, output_type=output_type, name=name)
    return result


# ---- Encoding ----


def encode_jpeg(
    image: TensorLike,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    """Encodes an image as a JPEG file.

    Args:
      image: [height, width, 1 or 3]; uint8.
      format: "grayscale" or "rgb"; "" for what the channels say.
      quality: 0 to 100.
      progressive: whether a file that is not whole yet shows the whole image.
      optimize_size: whether to take more time for a smaller file.
      chroma_downsampling: whether colours have half the resolution.
      density_unit: "in" or "cm", the unit of the densities.
      x_density: pixels for each unit.
      y_density: the same.
      xmp_metadata: XMP metadata for the file.
      name: a name for the operation.

    Returns:
      A scalar string.

    Raises:
      InvalidArgumentError: at a run, the image has other channels.
      UnimplementedError: at a run, Pillow is not installed.

    Source: TensorFlow 1.15 `tf.image.encode_jpeg`.
    """
    result: Tensor = build(
        "EncodeJpeg",
        image,
        format=format,
        quality=quality,
        progressive=progressive,
        optimize_size=optimize_size,
        chroma_downsampling=chroma_downsampling,
        density_unit=density_unit,
        x_density=x_density,
        y_density=y_density,
        xmp_metadata=xmp_metadata,
        name=name,
    )
    return result


def encode_png(image: TensorLike, compression: int = -1, name: str | None = None) -> Tensor:
    """Encodes an image as a PNG file.

    Args:
      image: [height, width, 1 to 4 channels]; uint8 or uint16.
      compression: 0 to 9, or -1 for the default.
      name: a name for the operation.

    Returns:
      A scalar string.

    Source: TensorFlow 1.15 `tf.image.encode_png`.
    """
    result: Tensor = build("EncodePng", image, compression=compression, name=name)
    return result


def adjust_jpeg_quality(
    image: TensorLike, jpeg_quality: TensorLike, name: str | None = None
) -> Tensor:
    """An image as it is after being stored as a JPEG file.

    Args:
      image: [height, width, 1 or 3]; any dtype of images.
      jpeg_quality: scalar; int32, 0 to 100.
      name: a name for the scope of the operations.

    Returns:
      A Tensor like `image`.

    Source: TensorFlow 1.15 `tf.image.adjust_jpeg_quality`.
    """
    with name_scope(name, "adjust_jpeg_quality", [image]):
        image = convert_to_tensor(image, name="image")
        dtype = image.dtype
        image = image_ops.convert_image_dtype(image, dtypes.uint8)
        contents = build("EncodeJpegVariableQuality", image, cast(jpeg_quality, dtypes.int32))
        return image_ops.convert_image_dtype(decode_jpeg(contents), dtype)


def random_jpeg_quality(
    image: TensorLike, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None
) -> Tensor:
    """An image as it is after being stored as a JPEG file of a random quality.

    Args:
      image: as of `adjust_jpeg_quality`.
      min_jpeg_quality: the lowest quality.
      max_jpeg_quality: one more than the highest.
      seed: the seed of the operation.

    Returns:
      A Tensor like `image`.

    Raises:
      ValueError: qualities are not 0 to 100, or the second is not higher than the first.

    Source: TensorFlow 1.15 `tf.image.random_jpeg_quality`.
    """
    if min(min_jpeg_quality, max_jpeg_quality) < 0 or max(min_jpeg_quality, max_jpeg_quality) > 100:
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if min_jpeg_quality >= max_jpeg_quality:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    quality = random_uniform(
        [], minval=min_jpeg_quality, maxval=max_jpeg_quality, seed=seed, dtype=dtypes.int32
    )
    return adjust_jpeg_quality(image, quality)
