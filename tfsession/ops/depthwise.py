"""Convolution of each channel by itself."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import int32
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value_as_shape
from tfsession.ops import array
from tfsession.ops.convolution import conv2d
from tfsession.ops.windows import (
    FLOATS,
    IMAGE_FORMAT,
    SAME_OR_VALID,
    attrs_of,
    channels_of,
    either,
    per_axis,
    slide_windows,
)
from tfsession.registry import gradient, op, shape
from tfsession.shapes import Dims, merge_dims, with_rank

__all__ = [
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native",
    "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input",
    "separable_conv2d",
]

# ---- DepthwiseConv2dNative ----

_DEPTHWISE_ATTRS = (
    f"T: {FLOATS}; strides: list(int); {SAME_OR_VALID}; {IMAGE_FORMAT};"
    " dilations: list(int) = [1, 1, 1, 1]"
)

op("DepthwiseConv2dNative(input: T, filter: T) -> output: T", _DEPTHWISE_ATTRS)


@shape("DepthwiseConv2dNative")
def depthwise_conv2d_shape(
    input: Tensor,
    filter: Tensor,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Dims:
    """[batch, windows, windows, channels * multiplier]."""
    dims, window = with_rank(input.dims, 4), with_rank(filter.dims, 4)
    depth, wanted = channels_of(dims, data_format), window[2]
    if depth is not None and wanted is not None and depth != wanted:
        raise ValueError(f"Dimensions must be equal, but are {depth} and {wanted}")
    depth = wanted if depth is None else depth
    channels = None if depth is None or window[3] is None else depth * window[3]
    return slide_windows(dims, window[:2], channels, strides, dilations, padding, data_format)


def _depthwise_attrs(op: Operation) -> dict[str, Any]:
    return attrs_of(op, "strides", "padding", "data_format", "dilations")


@gradient("DepthwiseConv2dNative")
def depthwise_conv2d_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Gradients by input and filter."""
    input, filter = op.inputs
    attrs = _depthwise_attrs(op)
    return [
        build("DepthwiseConv2dNativeBackpropInput", build("Shape", input), filter, dy, **attrs),
        build("DepthwiseConv2dNativeBackpropFilter", input, build("Shape", filter), dy, **attrs),
    ]


def depthwise_conv2d_native(
    input: TensorLike,
    filter: TensorLike,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Convolves each channel with filters of its own.

    Args:
      input: [batch, height, width, channels].
      filter: [height, width, channels, multiplier].
      strides: [4], steps between windows.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      dilations: [4], steps between the taps of a filter.
      name: a name for the operation.

    Returns:
      [batch, windows, windows, channels * multiplier].

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "DepthwiseConv2dNative".
    """
    data_format = data_format or "NHWC"
    result: Tensor = build(
        "DepthwiseConv2dNative",
        input,
        filter,
        strides=per_axis(strides, 2, data_format, "strides"),
        padding=padding,
        data_format=data_format,
        dilations=per_axis(dilations, 2, data_format, "dilations"),
        name=name,
    )
    return result


def depthwise_conv2d(
    input: TensorLike,
    filter: TensorLike,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves each channel with filters of its own.

    Args:
      input: [batch, height, width, channels].
      filter: [height, width, channels, multiplier].
      strides: [4], steps between windows.
      padding: "SAME" or "VALID".
      rate: [2], steps between the taps of a filter.
      name: a name for the operation.
      data_format: "NHWC" or "NCHW".
      dilations: the same as `rate`.

    Returns:
      [batch, windows, windows, channels * multiplier].

    Source: TensorFlow 1.15, python/ops/nn_impl.py `depthwise_conv2d`. A rate becomes the op's
      attribute `dilations`, where 1.15 moves space to batch and back; the values are the same.
    """
    rate = either("dilations", dilations, "rate", rate)
    with name_scope(name, "depthwise", [input, filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        filter = convert_to_tensor(filter, name="filter_in")
        _note_space_to_batch(filter, rate)
        return depthwise_conv2d_native(
            input, filter, strides, padding, data_format, rate, name=scope
        )


def _note_space_to_batch(filter: Tensor, rate: Any) -> None:
    """Adds the two constants by which TensorFlow 1.15 looks whether space must become batch.

    Nothing reads them; without them later operations would have other default seeds.
    """
    array.shape(filter)
    convert_to_tensor([1, 1] if rate is None else list(rate), int32, name="dilation_rate")


def separable_conv2d(
    input: TensorLike,
    depthwise_filter: TensorLike,
    pointwise_filter: TensorLike,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves each channel by itself, then mixes channels point by point.

    Args:
      input: [batch, height, width, channels].
      depthwise_filter: [height, width, channels, multiplier].
      pointwise_filter: [1, 1, channels * multiplier, out channels].
      strides: [4], steps between windows.
      padding: "SAME" or "VALID".
      rate: [2], steps between the taps of a filter.
      name: a name for the operation.
      data_format: "NHWC" or "NCHW".
      dilations: the same as `rate`.

    Returns:
      [batch, windows, windows, out channels].

    Raises:
      ValueError: `pointwise_filter` is not 1 by 1.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `separable_conv2d`.
    """
    rate = either("dilations", dilations, "rate", rate)
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        depthwise_filter = convert_to_tensor(depthwise_filter, name="depthwise_filter")
        pointwise_filter = convert_to_tensor(pointwise_filter, name="pointwise_filter")
        with_rank(pointwise_filter.dims, 4)
        merge_dims(with_rank(pointwise_filter.dims, 4)[:2], (1, 1))
        _note_space_to_batch(depthwise_filter, rate)
        middle = depthwise_conv2d_native(
            input, depthwise_filter, strides, padding, data_format, rate, name="depthwise"
        )
        return conv2d(
            middle,
            pointwise_filter,
            [1, 1, 1, 1],
            "VALID",
            data_format=data_format,
            name=scope,
        )


# ---- DepthwiseConv2dNativeBackpropInput ----

op(
    "DepthwiseConv2dNativeBackpropInput(input_sizes: int32, filter: T, out_backprop: T)"
    " -> output: T",
    _DEPTHWISE_ATTRS,
)


@shape("DepthwiseConv2dNativeBackpropInput")
def depthwise_conv2d_backprop_input_shape(input_sizes: Tensor) -> Dims:
    """The value of `input_sizes`."""
    return with_rank(constant_value_as_shape(input_sizes), 4)


@gradient("DepthwiseConv2dNativeBackpropInput")
def depthwise_conv2d_backprop_input_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by filter and by the gradient that came in."""
    _, filter, out_backprop = op.inputs
    attrs = _depthwise_attrs(op)
    sizes = build("Shape", filter)
    return [
        None,
        build("DepthwiseConv2dNativeBackpropFilter", dy, sizes, out_backprop, **attrs),
        build("DepthwiseConv2dNative", dy, filter, **attrs),
    ]


def depthwise_conv2d_backprop_input(
    input_sizes: TensorLike,
    filter: TensorLike,
    out_backprop: TensorLike,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` by its input; arguments as there."""
    result: Tensor = build(
        "DepthwiseConv2dNativeBackpropInput",
        input_sizes,
        filter,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )
    return result


# ---- DepthwiseConv2dNativeBackpropFilter ----

op(
    "DepthwiseConv2dNativeBackpropFilter(input: T, filter_sizes: int32, out_backprop: T)"
    " -> output: T",
    _DEPTHWISE_ATTRS,
)


@shape("DepthwiseConv2dNativeBackpropFilter")
def depthwise_conv2d_backprop_filter_shape(filter_sizes: Tensor) -> Dims:
    """The value of `filter_sizes`."""
    return with_rank(constant_value_as_shape(filter_sizes), 4)


@gradient("DepthwiseConv2dNativeBackpropFilter")
def depthwise_conv2d_backprop_filter_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by input and by the gradient that came in."""
    input, _, out_backprop = op.inputs
    attrs = _depthwise_attrs(op)
    sizes = build("Shape", input)
    return [
        build("DepthwiseConv2dNativeBackpropInput", sizes, dy, out_backprop, **attrs),
        None,
        build("DepthwiseConv2dNative", input, dy, **attrs),
    ]


def depthwise_conv2d_backprop_filter(
    input: TensorLike,
    filter_sizes: TensorLike,
    out_backprop: TensorLike,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` by its filter; arguments as there."""
    result: Tensor = build(
        "DepthwiseConv2dNativeBackpropFilter",
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )
    return result


depthwise_conv2d_native_backprop_filter = depthwise_conv2d_backprop_filter
depthwise_conv2d_native_backprop_input = depthwise_conv2d_backprop_input
