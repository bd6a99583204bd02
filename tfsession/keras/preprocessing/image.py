"""`tf.keras.preprocessing.image`: images as arrays, and from files; needs the package `pillow`.

Random changes of images, which TensorFlow has here too, need SciPy and are not part of this.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.layers import arguments
from tfsession.layers.settings import floatx
from tfsession.names.absent import explain_in

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img"]


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "Could not import PIL.Image. The use of `load_img` requires PIL: pip install "
            "'tfsession[images]'"
        ) from None
    return Image


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """An array as an image of PIL.

    Args:
      x: [height, width, channels], or channels first.
      data_format: "channels_last" or "channels_first"; None for `image_data_format`.
      scale: whether values are scaled to 0 to 255.
      dtype: of the array before that; `floatx` when None.

    Raises:
      ValueError: it has another rank, or another number of channels than 1, 3 or 4.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.image.array_to_img`.
    """
    image = _pillow()
    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim != 3:
        raise ValueError(
            f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}"
        )
    if arguments.data_format(data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - np.min(x)
        greatest = np.max(x)
        if greatest != 0:
            x = x / greatest
        x = x * 255
    if x.shape[2] == 4:
        return image.fromarray(x.astype("uint8"), "RGBA")
    if x.shape[2] == 3:
        return image.fromarray(x.astype("uint8"), "RGB")
    if x.shape[2] == 1:
        if np.max(x) > 255:
            return image.fromarray(x[:, :, 0].astype("int32"), "I")
        return image.fromarray(x[:, :, 0].astype("uint8"), "L")
    raise ValueError("Unsupported channel number: ", x.shape[2])


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """An image of PIL as an array [height, width, channels], or channels first.

    Args:
      img: the image.
      data_format: "channels_last" or "channels_first"; None for `image_data_format`.
      dtype: of the array; `floatx` when None.

    Raises:
      ValueError: it has no such shape.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.image.img_to_array`.
    """
    layout = arguments.data_format(data_format)
    x = np.asarray(img, dtype=dtype or floatx())
    if x.ndim == 2:
        x = x.reshape((1, *x.shape) if layout == "channels_first" else (*x.shape, 1))
    elif x.ndim != 3:
        raise ValueError(f"Unsupported image shape: {x.shape}")
    elif layout == "channels_first":
        x = x.transpose(2, 0, 1)
    return x


def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
) -> Any:
    """An image of a file.

    Args:
      path: the path of the file.
      grayscale: the old way of saying "grayscale".
      color_mode: "grayscale", "rgb" or "rgba".
      target_size: height and width; its own when None.
      interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".

    Raises:
      ValueError: mode or interpolation are none of these.
      ImportError: the package `pillow` is missing.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.image.load_img`.
    """
    image = _pillow()
    mode = "grayscale" if grayscale else color_mode
    modes = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
    if mode not in modes:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    loaded = image.open(path)
    if not (mode == "grayscale" and loaded.mode in ("I;16", "I")) and loaded.mode != modes[mode]:
        loaded = loaded.convert(modes[mode])
    if target_size is None or loaded.size == (target_size[1], target_size[0]):
        return loaded
    methods = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
    if interpolation not in methods:
        raise ValueError(
            f"Invalid interpolation method {interpolation} specified. Supported methods are "
            f"{', '.join(methods)}"
        )
    method = getattr(image.Resampling, interpolation.upper())
    return loaded.resize((target_size[1], target_size[0]), method)


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Writes an array to a file, as an image.

    Args:
      path: the path of the file.
      x, data_format, scale: as of `array_to_img`.
      file_format: the format; that of the path's end when None.
      **kwargs: what PIL's `save` takes.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.image.save_img`.
    """
    made = array_to_img(x, data_format=data_format, scale=scale)
    if made.mode == "RGBA" and file_format in ("jpg", "jpeg"):
        made = made.convert("RGB")
    made.save(path, format=file_format, **kwargs)


explain_in(__name__)
