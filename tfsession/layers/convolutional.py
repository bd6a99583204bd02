"""Layers that convolve."""

from __future__ import annotations

from typing import Any

from tfsession.layers.base import Layer
from tfsession.layers.convolution_bodies import (
    Conv1DBody,
    Conv2DBody,
    Conv2DTransposeBody,
    Conv3DBody,
    Conv3DTransposeBody,
    SeparableConv1DBody,
    SeparableConv2DBody,
)
from tfsession.layers.core import called
from tfsession.ops import initializers

__all__ = [
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "SeparableConv1D",
    "SeparableConv2D",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "separable_conv1d",
    "separable_conv2d",
]


class Conv1D(Conv1DBody, Layer):
    """Convolves signals, [batch, width, channels]; for the arguments see `Conv`.

    Source: TensorFlow 1.15 `tf.layers.Conv1D`.
    """


class Conv2D(Conv2DBody, Layer):
    """Convolves images, [batch, height, width, channels]; for the arguments see `Conv`.

    Source: TensorFlow 1.15 `tf.layers.Conv2D`.
    """


class Conv3D(Conv3DBody, Layer):
    """Convolves volumes, [batch, depth, height, width, channels]; for the arguments see `Conv`.

    Source: TensorFlow 1.15 `tf.layers.Conv3D`.
    """


# ---- Transposed ----


class Conv2DTranspose(Conv2DTransposeBody, Layer):
    """A transposed convolution of images.

    Source: TensorFlow 1.15 `tf.layers.Conv2DTranspose`.
    """


class Conv3DTranspose(Conv3DTransposeBody, Layer):
    """A transposed convolution of volumes.

    Source: TensorFlow 1.15 `tf.layers.Conv3DTranspose`.
    """


# ---- Separable ----


class SeparableConv1D(SeparableConv1DBody, Layer):
    """A separable convolution of signals.

    Source: TensorFlow 1.15 `tf.layers.SeparableConv1D`.
    """


class SeparableConv2D(SeparableConv2DBody, Layer):
    """A separable convolution of images.

    Source: TensorFlow 1.15 `tf.layers.SeparableConv2D`.
    """


# ---- Functions ----


def conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = initializers.zeros_initializer(),
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Makes a `Conv1D` layer and calls it.

    Args:
      inputs: [batch, width, channels], or [batch, channels, width] for "channels_first".
      reuse: whether the variables of the scope `name` exist already.
      filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint,
        trainable, name: as of `Conv1D`.

    Returns:
      [batch, windows, filters], or channels first.

    Source: TensorFlow 1.15 `tf.layers.conv1d`.
    """
    return called(Conv1D, locals())


def conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = initializers.zeros_initializer(),
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Makes a `Conv2D` layer and calls it.

    Args:
      inputs: [batch, height, width, channels], or [batch, channels, height, width] for
        "channels_first".
      reuse: whether the variables of the scope `name` exist already.
      filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint,
        trainable, name: as of `Conv2D`.

    Returns:
      [batch, windows, windows, filters], or channels first.

    Source: TensorFlow 1.15 `tf.layers.conv2d`.
    """
    return called(Conv2D, locals())


def conv3d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1, 1),
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = initializers.zeros_initializer(),
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Makes a `Conv3D` layer and calls it.

    Args:
      inputs: [batch, depth, height, width, channels], or channels before the spatial axes.
      reuse: whether the variables of the scope `name` exist already.
      filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint,
        trainable, name: as of `Conv3D`.

    Returns:
      [batch, windows, windows, windows, filters], or channels first.

    Source: TensorFlow 1.15 `tf.layers.conv3d`.
    """
    return called(Conv3D, locals())


def conv2d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = initializers.zeros_initializer(),
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Makes a `Conv2DTranspose` layer and calls it.

    Args:
      inputs: [batch, height, width, channels], or [batch, channels, height, width] for
        "channels_first".
      reuse: whether the variables of the scope `name` exist already.
      filters, kernel_size, strides, padding, data_format, activation, use_bias,
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name: as of
        `Conv2DTranspose`.

    Returns:
      [batch, height, width, filters], or channels first.

    Source: TensorFlow 1.15 `tf.layers.conv2d_transpose`.
    """
    return called(Conv2DTranspose, locals())


def conv3d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = initializers.zeros_initializer(),
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Makes a `Conv3DTranspose` layer and calls it.

    Args:
      inputs: [batch, depth, height, width, channels], or channels before the spatial axes.
      reuse: whether the variables of the scope `name` exist already.
      filters, kernel_size, strides, padding, data_format, activation, use_bias,
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name: as of
        `Conv3DTranspose`.

    Returns:
      [batch, depth, height, width, filters], or channels first.

    Source: TensorFlow 1.15 `tf.layers.conv3d_transpose`.
    """
    return called(Conv3DTranspose, locals())


def separable_conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = initializers.zeros_initializer(),
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Makes a `SeparableConv1D` layer and calls it.

    Args:
      inputs: [batch, width, channels], or [batch, channels, width] for "channels_first".
      reuse: whether the variables of the scope `name` exist already.
      filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier,
        activation, use_bias, depthwise_initializer, pointwise_initializer,
        bias_initializer, depthwise_regularizer, pointwise_regularizer, bias_regularizer,
        activity_regularizer, depthwise_constraint, pointwise_constraint, bias_constraint,
        trainable, name: as of `SeparableConv1D`.

    Returns:
      [batch, windows, filters], or channels first.

    Source: TensorFlow 1.15 `tf.layers.separable_conv1d`.
    """
    return called(SeparableConv1D, locals())


def separable_conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = initializers.zeros_initializer(),
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Makes a `SeparableConv2D` layer and calls it.

    Args:
      inputs: [batch, height, width, channels], or [batch, channels, height, width] for
        "channels_first".
      reuse: whether the variables of the scope `name` exist already.
      filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier,
        activation, use_bias, depthwise_initializer, pointwise_initializer,
        bias_initializer, depthwise_regularizer, pointwise_regularizer, bias_regularizer,
        activity_regularizer, depthwise_constraint, pointwise_constraint, bias_constraint,
        trainable, name: as of `SeparableConv2D`.

    Returns:
      [batch, windows, windows, filters], or channels first.

    Source: TensorFlow 1.15 `tf.layers.separable_conv2d`.
    """
    return called(SeparableConv2D, locals())
