"""Images in the formats of files, by Pillow; they are read and written by the host."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError, UnimplementedError
from tfsession.formats import images
from tfsession.registry import kernel

from .strings import strings

Array = Any

# How a file of each format begins.
_STARTS = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "GIF": b"GIF8", "BMP": b"BM"}

# Of a BMP with one bit for a pixel, or runs of 255 pixels in two bytes.
_MOST_PIXELS_OF_A_BYTE = 128

# Weights of red, green and blue for grey, of 32768.
_GREY = np.array([9798, 19235, 3735], np.int64)


def _pillow() -> Any:
    """Pillow, which is loaded when an image is first read or written.

    Raises:
      UnimplementedError: it is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise UnimplementedError.of(
            "images in the formats of files need Pillow: pip install 'tfsession[images]'"
        ) from None
    return Image


def _format_of(contents: bytes) -> str:
    """The format of a file.

    Raises:
      InvalidArgumentError: it is none that is known.
    """
    for name, start in _STARTS.items():
        if contents.startswith(start):
            return name
    if not contents:
        raise InvalidArgumentError.of("Expected image (JPEG, PNG, or GIF), got empty file")
    start_text = contents[:16].decode("latin-1").encode("unicode_escape").decode()
    raise InvalidArgumentError.of(
        f"Expected image (JPEG, PNG, or GIF), got unknown format starting with '{start_text}'"
    )


def _opened(contents: bytes, kind: str) -> Any:
    """An image of Pillow's, whose pixels are not read yet."""
    pillow = _pillow()
    try:
        opened = pillow.open(io.BytesIO(contents), formats=[kind])
    except _refusals() as error:
        raise _damaged(contents, kind) from error
    columns, rows = opened.size
    if kind == "BMP" and columns * rows > _MOST_PIXELS_OF_A_BYTE * len(contents):
        # There must be something of the rows, whole or packed, before memory is taken for them.
        raise _damaged(contents, kind)
    return opened


def _refusals() -> tuple[type[Exception], ...]:
    """What Pillow raises of a file. Of large images it warns, and refuses those twice as large."""
    pillow = _pillow()
    bombs = (pillow.DecompressionBombError, pillow.DecompressionBombWarning)
    return OSError, SyntaxError, ValueError, EOFError, *bombs


def _damaged(contents: bytes, kind: str) -> InvalidArgumentError:
    data = "JPEG data or crop window, data" if kind == "JPEG" else f"{kind} data,"
    return InvalidArgumentError.of(f"Invalid {data} size {len(contents)}")


def _loaded(opened: Any, contents: bytes, kind: str, mode: str) -> Array:
    """The pixels, [height, width, channels], in a mode of Pillow's."""
    try:
        pixels = np.array(opened if opened.mode == mode else opened.convert(mode))
    except _refusals() as error:
        raise _damaged(contents, kind) from error
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


# ---- Decoding ----


def _jpeg(contents: bytes, channels: int, ratio: int = 1) -> Array:
    if channels not in (0, 1, 3):
        raise InvalidArgumentError.of(f"channels must be 0, 1, or 3 for JPEG, got {channels}")
    opened = _opened(contents, "JPEG")
    own = 1 if opened.mode == "L" else 3
    mode = "L" if (channels or own) == 1 else "RGB"
    size = tuple(-(-side // ratio) for side in opened.size)
    # The decoder itself makes it smaller, or leaves colours out.
    opened.draft(mode, size if ratio > 1 else None)
    return _loaded(opened, contents, "JPEG", mode)


def _grey(pixels: Array) -> Array:
    return ((pixels[..., :3].astype(np.int64) @ _GREY) >> 15)[..., None].astype(pixels.dtype)


def _with_channels(pixels: Array, channels: int) -> Array:
    """Pixels with other channels: colours from grey, grey from colours, alpha added or left out."""
    own = pixels.shape[-1]
    if channels in (0, own):
        return pixels
    colours, alpha = (pixels[..., :-1], pixels[..., -1:]) if own in (2, 4) else (pixels, None)
    if channels in (1, 2) and colours.shape[-1] == 3:
        colours = _grey(colours)
    elif channels in (3, 4) and colours.shape[-1] == 1:
        colours = np.repeat(colours, 3, axis=-1)
    if channels in (1, 3):
        return colours
    if alpha is None:
        alpha = np.full((*pixels.shape[:-1], 1), np.iinfo(pixels.dtype).max, pixels.dtype)
    return np.concatenate([colours, alpha], axis=-1)


def _png(contents: bytes, channels: int, dtype: Any) -> Array:
    if channels not in (0, 1, 3, 4):
        raise InvalidArgumentError.of(f"channels must be 0, 1, 3, or 4, got {channels}")
    opened = _opened(contents, "PNG")
    if opened.mode.startswith("I"):
        pixels = _loaded(opened, contents, "PNG", opened.mode).astype(np.uint16)
        wide = _with_channels(pixels, channels)
        return wide if dtype == np.uint16 else (wide >> 8).astype(np.uint8)
    has_alpha = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
    is_grey = opened.mode in ("1", "L", "LA")
    mode = ("LA" if has_alpha else "L") if is_grey else ("RGBA" if has_alpha else "RGB")
    found = _with_channels(_loaded(opened, contents, "PNG", mode), channels)
    return found if dtype == np.uint8 else found.astype(np.uint16) * 257


def _gif(contents: bytes) -> Array:
    """[frames, height, width, 3]."""
    opened = _opened(contents, "GIF")
    frames = []
    try:
        for number in range(getattr(opened, "n_frames", 1)):
            opened.seek(number)
            frames.append(_loaded(opened, contents, "GIF", "RGB"))
    except _refusals() as error:
        raise _damaged(contents, "GIF") from error
    return np.stack(frames)


def _bmp(contents: bytes, channels: int) -> Array:
    opened = _opened(contents, "BMP")
    mode = {"L": "L", "RGBA": "RGBA"}.get(opened.mode, "RGB")
    pixels = _loaded(opened, contents, "BMP", mode)
    if channels not in (0, pixels.shape[-1]):
        raise InvalidArgumentError.of(
            f"channels attribute {channels} does not match bits per pixel from file "
            f"{pixels.shape[-1]}"
        )
    return pixels


def _any(contents: bytes, channels: int, ratio: int, dtype: Any) -> Array:
    """Decodes whatever it is, as one image."""
    kind = _format_of(contents)
    if kind == "PNG":
        return _png(contents, channels, dtype)
    if kind == "GIF":
        frames = _gif(contents)
        if len(frames) != 1:
            raise InvalidArgumentError.of(
                f"Got {len(frames)} frames, but animated gifs can only be decoded by "
                "tf.image.decode_gif or tf.image.decode_image"
            )
        pixels = _with_channels(frames[0], channels)
    elif kind == "JPEG":
        pixels = _jpeg(contents, channels, ratio)
    else:
        pixels = _with_channels(_bmp(contents, 0), channels)
    return pixels if dtype == np.uint8 else pixels.astype(np.uint16) * 257


def _file(contents: Array) -> bytes:
    file: bytes = contents[()]
    return file


@kernel("DecodeJpeg", device="CPU")
def decode_jpeg(xp: Any, contents: Array, channels: int, ratio: int) -> Array:
    return _any(_file(contents), channels, ratio, np.uint8)


@kernel("DecodeAndCropJpeg", device="CPU")
def decode_and_crop_jpeg(
    xp: Any, contents: Array, crop_window: Array, channels: int, ratio: int
) -> Array:
    file = _file(contents)
    pixels = _jpeg(file, channels, ratio)
    y, x, height, width = (int(n) for n in crop_window)
    if min(y, x) < 0 or min(height, width) <= 0:
        raise _damaged(file, "JPEG")
    if y + height > pixels.shape[0] or x + width > pixels.shape[1]:
        raise _damaged(file, "JPEG")
    return pixels[y : y + height, x : x + width].copy()


@kernel("DecodePng", device="CPU")
def decode_png(xp: Any, contents: Array, channels: int, dtype: Any) -> Array:
    return _any(_file(contents), channels, 1, dtype.numpy)


@kernel("DecodeGif", device="CPU")
def decode_gif(xp: Any, contents: Array) -> Array:
    file = _file(contents)
    if _format_of(file) == "GIF":
        return _gif(file)
    return _any(file, 3, 1, np.uint8)[None]


@kernel("DecodeBmp", device="CPU")
def decode_bmp(xp: Any, contents: Array, channels: int) -> Array:
    file = _file(contents)
    if not file.startswith(_STARTS["BMP"]):
        raise InvalidArgumentError.of("Incomplete bmp content, requires at least 32 bytes")
    return _bmp(file, channels)


@kernel("ExtractJpegShape", device="CPU")
def extract_jpeg_shape(xp: Any, contents: Array, output_type: Any) -> Array:
    file = _file(contents)
    if not file.startswith(_STARTS["JPEG"]):
        raise InvalidArgumentError.of("Invalid JPEG data, size " + str(len(file)))
    opened = _opened(file, "JPEG")
    width, height = opened.size
    return np.array([height, width, len(opened.getbands())], output_type.numpy)


# ---- Encoding ----


def _encoded(image: Array, **options: Any) -> Array:
    if image.ndim != 3:
        raise InvalidArgumentError.of(f"image must be 3-dimensional{list(image.shape)}")
    channels = image.shape[2]
    if channels not in (1, 3):
        raise InvalidArgumentError.of(f"image must have 1 or 3 channels, got {channels}")
    pixels = np.ascontiguousarray(image[:, :, 0] if channels == 1 else image)
    file = io.BytesIO()
    _pillow().fromarray(pixels).save(file, "JPEG", **options)
    return strings([file.getvalue()], ())


@kernel("EncodeJpeg", device="CPU")
def encode_jpeg(
    xp: Any,
    image: Array,
    format: bytes,
    quality: int,
    progressive: bool,
    optimize_size: bool,
    chroma_downsampling: bool,
    density_unit: bytes,
    x_density: int,
    y_density: int,
    xmp_metadata: bytes,
) -> Array:
    wanted = {b"grayscale": 1, b"rgb": 3}.get(format)
    if wanted is not None and image.ndim == 3 and image.shape[2] != wanted:
        raise InvalidArgumentError.of(
            f"format {format.decode()!r} expects {wanted} channels, got {image.shape[2]}"
        )
    unit = 2.54 if density_unit == b"cm" else 1.0
    metadata = {"xmp": xmp_metadata} if xmp_metadata else {}
    return _encoded(
        image,
        quality=quality,
        progressive=progressive,
        optimize=optimize_size,
        subsampling=2 if chroma_downsampling else 0,
        dpi=(round(x_density * unit), round(y_density * unit)),
        **metadata,
    )


@kernel("EncodeJpegVariableQuality", device="CPU")
def encode_jpeg_variable_quality(xp: Any, images: Array, quality: Array) -> Array:
    if not 0 <= int(quality) <= 100:
        raise InvalidArgumentError.of(f"quality must be in [0,100], got {int(quality)}")
    return _encoded(images, quality=int(quality), subsampling=2)


@kernel("EncodePng", device="CPU")
def encode_png(xp: Any, image: Array, compression: int) -> Array:
    if image.ndim != 3:
        raise InvalidArgumentError.of(f"image must be 3-dimensional{list(image.shape)}")
    if not image.size:
        raise InvalidArgumentError.of(f"image must not be empty, got {list(image.shape)}")
    if image.shape[2] not in (1, 2, 3, 4):
        raise InvalidArgumentError.of(
            f"image must have 1, 2, 3, or 4 channels, got {image.shape[2]}"
        )
    return strings([images.encode_png(image, compression)], ())
