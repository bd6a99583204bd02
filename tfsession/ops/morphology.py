"""Dilation and erosion of images in grey."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.rearrange import reverse
from tfsession.ops.windows import either
from tfsession.registry import gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims, merge_dim, with_rank

__all__ = ["dilation2d", "erosion2d"]

_REAL = (
    "{float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32,"
    " uint64}"
)
_ATTRS = f"T: {_REAL}; strides: list(int) >= 4; rates: list(int) >= 4; padding: {{'SAME', 'VALID'}}"

# ---- Dilation2D ----

op("Dilation2D(input: T, filter: T) -> output: T", _ATTRS)
op("Dilation2DBackpropInput(input: T, filter: T, out_backprop: T) -> in_backprop: T", _ATTRS)
op("Dilation2DBackpropFilter(input: T, filter: T, out_backprop: T) -> filter_backprop: T", _ATTRS)
undefined_gradient("Dilation2DBackpropInput", "Dilation2DBackpropFilter")


@shape("Dilation2D")
def dilation2d_shape(
    input: Tensor, filter: Tensor, strides: list[int], rates: list[int], padding: bytes
) -> Dims:
    """[batch, windows, windows, channels]."""
    dims, window = with_rank(input.dims, 4), with_rank(filter.dims, 3)
    for name, values in (("strides", strides), ("rates", rates)):
        if len(values) != 4:
            raise ValueError(
                f"Dilation2D requires the {'stride' if name == 'strides' else 'rates'} attribute "
                f"to contain 4 values, but got: {len(values)}"
            )
        for value in values[1:3]:
            if value <= 0:
                what = "Stride" if name == "strides" else "Dilation rate"
                raise ValueError(f"{what} must be > 0, but got {value}")
    channels = merge_dim(dims[3], window[2])
    sizes = [
        _windows(*pair, padding)
        for pair in zip(dims[1:3], window[:2], strides[1:3], rates[1:3], strict=True)
    ]
    return (dims[0], *sizes, channels)


def _windows(
    size: int | None, window: int | None, stride: int, rate: int, padding: bytes
) -> int | None:
    """How many windows an axis has."""
    if size is None or window is None:
        return None
    if padding == b"SAME":
        return -(-size // stride)
    return (size - (window - 1) * rate - 1) // stride + 1


@shape("Dilation2DBackpropInput")
def dilation2d_backprop_input_shape(input: Tensor) -> Dims:
    """The shape of `input`."""
    return input.dims


@shape("Dilation2DBackpropFilter")
def dilation2d_backprop_filter_shape(filter: Tensor) -> Dims:
    """The shape of `filter`."""
    return filter.dims


@gradient("Dilation2D")
def dilation2d_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Of the element and the tap that make a maximum."""
    attrs = {name: op.attrs[name] for name in ("strides", "rates", "padding")}
    return [
        build("Dilation2DBackpropInput", *op.inputs, dy, **attrs),
        build("Dilation2DBackpropFilter", *op.inputs, dy, **attrs),
    ]


def dilation2d(
    input: TensorLike,
    filter: TensorLike | None = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    filters: TensorLike | None = None,
    dilations: Any = None,
) -> Tensor:
    """Computes the largest sum of image and filter in every window.

    Args:
      input: [batch, height, width, channels]; a real dtype.
      filter: [height, width, channels], of the dtype of `input`.
      strides: four numbers, of which the first and the last are 1.
      rates: the same: the steps between taps of the filter.
      padding: "SAME" or "VALID".
      name: a name for the operation.
      filters: the same as `filter`.
      dilations: the same as `rates`.

    Returns:
      [batch, windows, windows, channels].

    Raises:
      ValueError: the shapes do not fit.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "Dilation2D".
    """
    filter = either("filters", filters, "filter", filter)
    rates = either("dilations", dilations, "rates", rates)
    result: Tensor = build(
        "Dilation2D", input, filter, strides=strides, rates=rates, padding=padding, name=name
    )
    return result


def erosion2d(
    value: TensorLike,
    kernel: TensorLike,
    strides: Any,
    rates: Any,
    padding: Any,
    name: str | None = None,
) -> Tensor:
    """Computes the smallest difference of image and reflected filter in every window.

    Args:
      value: [batch, height, width, channels]; a real dtype.
      kernel: [height, width, channels], of the dtype of `value`.
      strides, rates, padding: as of `dilation2d`.
      name: a name for the operation.

    Returns:
      [batch, windows, windows, channels].

    Source: TensorFlow 1.15 `tf.nn.erosion2d`.
    """
    with name_scope(name, "erosion2d", [value, kernel]) as scope:
        value = convert_to_tensor(value, name="value")
        kernel = convert_to_tensor(kernel, name="kernel")
        dilated = dilation2d(-value, reverse(kernel, [0, 1]), strides, rates, padding)
        result: Tensor = build("Neg", dilated, name=scope)
        return result
