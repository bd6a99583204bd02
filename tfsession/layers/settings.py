"""What layers assume where nothing else is said: the type of floats, and where channels are."""

from __future__ import annotations

from typing import Any

import numpy as np


class _Settings:
    floatx = "float32"
    epsilon = 1e-7
    image_data_format = "channels_last"


_settings = _Settings()


def floatx() -> str:
    """The name of the DType of variables and placeholders: "float32".

    Source: TensorFlow 1.15 `tf.keras.backend.floatx`.
    """
    return _settings.floatx


def set_floatx(value: str) -> None:
    """Changes `floatx`.

    Raises:
      ValueError: it is not "float16", "float32" or "float64".

    Source: TensorFlow 1.15 `tf.keras.backend.set_floatx`.
    """
    if value not in ("float16", "float32", "float64"):
        raise ValueError(f"Unknown floatx type: {value}")
    _settings.floatx = str(value)


def epsilon() -> float:
    """What divisors and arguments of logarithms are kept away from zero by: 1e-7.

    Source: TensorFlow 1.15 `tf.keras.backend.epsilon`.
    """
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    """Changes `epsilon`.

    Source: TensorFlow 1.15 `tf.keras.backend.set_epsilon`.
    """
    _settings.epsilon = value


def image_data_format() -> str:
    """Where images have their channels: "channels_last" or "channels_first".

    Source: TensorFlow 1.15 `tf.keras.backend.image_data_format`.
    """
    return _settings.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Changes `image_data_format`.

    Raises:
      ValueError: it is neither.

    Source: TensorFlow 1.15 `tf.keras.backend.set_image_data_format`.
    """
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(f"Unknown data_format: {data_format}")
    _settings.image_data_format = str(data_format)


def cast_to_floatx(x: Any) -> Any:
    """An array of the type of `floatx`.

    Source: TensorFlow 1.15 `tf.keras.backend.cast_to_floatx`.
    """
    return np.asarray(x, dtype=_settings.floatx)
