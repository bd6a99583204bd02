"""Layers that pool: the greatest, or the mean, of each window."""

from __future__ import annotations

from typing import Any

from tfsession.layers.base import Layer
from tfsession.layers.core import called
from tfsession.layers.pooling_bodies import (
    AveragePooling1DBody,
    AveragePooling2DBody,
    AveragePooling3DBody,
    MaxPooling1DBody,
    MaxPooling2DBody,
    MaxPooling3DBody,
)

__all__ = [
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "average_pooling1d",
    "average_pooling2d",
    "average_pooling3d",
    "max_pooling1d",
    "max_pooling2d",
    "max_pooling3d",
]


class AveragePooling1D(AveragePooling1DBody, Layer):
    """The mean of each window of signals.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.AveragePooling1D`.
    """


class AveragePooling2D(AveragePooling2DBody, Layer):
    """The mean of each window of images.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.AveragePooling2D`.
    """


class AveragePooling3D(AveragePooling3DBody, Layer):
    """The mean of each window of volumes.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.AveragePooling3D`.
    """


class MaxPooling1D(MaxPooling1DBody, Layer):
    """The greatest of each window of signals.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.MaxPooling1D`.
    """


class MaxPooling2D(MaxPooling2DBody, Layer):
    """The greatest of each window of images.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.MaxPooling2D`.
    """


class MaxPooling3D(MaxPooling3DBody, Layer):
    """The greatest of each window of volumes.

    Args:
      pool_size: the window, an int or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name of the layer.
      **kwargs: what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.MaxPooling3D`.
    """


# ---- Functions ----


def average_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """Makes a `AveragePooling1D` layer and calls it.

    Args:
      inputs: [batch, width, channels], or channels before the spatial axes.
      pool_size, strides, padding, data_format, name: as of `AveragePooling1D`.

    Returns:
      [batch, windows, channels], or channels first.

    Source: TensorFlow 1.15 `tf.layers.average_pooling1d`.
    """
    return called(AveragePooling1D, locals())


def average_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """Makes a `AveragePooling2D` layer and calls it.

    Args:
      inputs: [batch, height, width, channels], or channels before the spatial axes.
      pool_size, strides, padding, data_format, name: as of `AveragePooling2D`.

    Returns:
      [batch, windows, windows, channels], or channels first.

    Source: TensorFlow 1.15 `tf.layers.average_pooling2d`.
    """
    return called(AveragePooling2D, locals())


def average_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """Makes a `AveragePooling3D` layer and calls it.

    Args:
      inputs: [batch, depth, height, width, channels], or channels before the spatial axes.
      pool_size, strides, padding, data_format, name: as of `AveragePooling3D`.

    Returns:
      [batch, windows, windows, windows, channels], or channels first.

    Source: TensorFlow 1.15 `tf.layers.average_pooling3d`.
    """
    return called(AveragePooling3D, locals())


def max_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """Makes a `MaxPooling1D` layer and calls it.

    Args:
      inputs: [batch, width, channels], or channels before the spatial axes.
      pool_size, strides, padding, data_format, name: as of `MaxPooling1D`.

    Returns:
      [batch, windows, channels], or channels first.

    Source: TensorFlow 1.15 `tf.layers.max_pooling1d`.
    """
    return called(MaxPooling1D, locals())


def max_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """Makes a `MaxPooling2D` layer and calls it.

    Args:
      inputs: [batch, height, width, channels], or channels before the spatial axes.
      pool_size, strides, padding, data_format, name: as of `MaxPooling2D`.

    Returns:
      [batch, windows, windows, channels], or channels first.

    Source: TensorFlow 1.15 `tf.layers.max_pooling2d`.
    """
    return called(MaxPooling2D, locals())


def max_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """Makes a `MaxPooling3D` layer and calls it.

    Args:
      inputs: [batch, depth, height, width, channels], or channels before the spatial axes.
      pool_size, strides, padding, data_format, name: as of `MaxPooling3D`.

    Returns:
      [batch, windows, windows, windows, channels], or channels first.

    Source: TensorFlow 1.15 `tf.layers.max_pooling3d`.
    """
    return called(MaxPooling3D, locals())
