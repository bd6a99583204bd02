"""Operations on every n-th pixel, by moving space to the batch and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, rearrange

__all__ = ["with_space_to_batch"]


def with_space_to_batch(
    input: TensorLike,
    dilation_rate: Any,
    padding: str,
    op: Callable[[Tensor, int, str], Any],
    filter_shape: Any = None,
    spatial_dims: Sequence[int] | None = None,
    data_format: str | None = None,
) -> Any:
    """Applies a function to images of every n-th pixel, and puts its results together.

    Args:
      input: [batch, sizes..., channels], or [batch, channels, sizes...].
      dilation_rate: n, one for each axis in question; positive.
      padding: "SAME" or "VALID".
      op: ``op(image, count of axes, padding)`` gives the image that results; its padding is
        "VALID" where pixels are moved.
      filter_shape: for "SAME", the sizes of windows of the function.
      spatial_dims: the axes in question, sorted; by default the ones that `data_format` has.
      data_format: such as "NHWC" or "NCHW".

    Returns:
      What `op` returns, with the pixels in their places.

    Raises:
      ValueError: an argument does not fit.

    Source: TensorFlow 1.15 `tf.nn.with_space_to_batch`.
    """
    image = convert_to_tensor(input, name="input")
    rate = convert_to_tensor(dilation_rate, dtypes.int32, name="dilation_rate")
    if rate.shape.ndims not in (None, 1):
        raise ValueError("rate must be rank 1")
    count = rate.shape.num_elements()
    if count is None:
        raise ValueError("rate must have known shape")
    first = 2 if data_format is not None and data_format.startswith("NC") else 1
    axes = list(range(first, count + first)) if spatial_dims is None else list(spatial_dims)
    if axes != sorted(set(axes)) or any(axis < 1 for axis in axes):
        raise ValueError(
            "spatial_dims must be a montonically increasing sequence of positive integers"
        )
    if image.shape.ndims is not None and image.shape.ndims < axes[-1] + 1:
        raise ValueError(f"input tensor must have rank {axes[-1] + 1} at least")
    known = constant_value(rate)
    if known is not None and not (known >= 1).all():
        raise ValueError("dilation_rate must be positive")
    if known is not None and (known == 1).all():
        return op(image, count, padding)
    before, after = _padding(padding, filter_shape, axes, known if known is not None else rate)
    sizes = array.shape(image)
    space = array.stack([sizes[axis] for axis in axes])
    static = [None if image.dims is None else image.dims[axis] for axis in axes]
    if None not in static:
        space = convert_to_tensor(np.array(static, np.int32))
    pads, crops = rearrange.required_space_to_batch_paddings(
        space, rate, array.stack([before, after], 1)
    )
    # Axes before the first one in question take no part.
    blocks, pads, crops = _on_all_axes(rate, pads, crops, axes)
    moved = rearrange.space_to_batch_nd(image, blocks, pads)
    result = convert_to_tensor(op(moved, count, "VALID"))
    return rearrange.batch_to_space_nd(result, blocks, crops)


def _padding(padding: str, filter_shape: Any, axes: Sequence[int], rate: Any) -> tuple[Any, Any]:
    """What is added before and after each axis for the windows at the borders."""
    if padding == "VALID":
        none = np.zeros(len(axes), np.int32)
        return none, none
    if padding != "SAME":
        raise ValueError(f"Invalid padding method {padding!r}")
    if filter_shape is None:
        raise ValueError("filter_shape must be specified for SAME padding")
    window = convert_to_tensor(filter_shape, name="filter_shape")
    known = constant_value(window)
    sizes = (window if known is None else known)[: len(axes)]
    total = (sizes - 1) * rate
    before = total // 2
    return before, total - before


def _on_all_axes(rate: Any, pads: Any, crops: Any, axes: Sequence[int]) -> tuple[Any, Any, Any]:
    """The same for all axes up to the last one in question; the others are left as they are."""
    if len(axes) == axes[-1]:
        return rate, pads, crops
    one, none = array.ones([1], dtypes.int32), array.zeros([1, 2], dtypes.int32)
    places = {axis: place for place, axis in enumerate(axes)}
    columns: list[list[Any]] = [[], [], []]
    for axis in range(1, axes[-1] + 1):
        place = places.get(axis)
        chosen = (
            (one, none, none)
            if place is None
            else tuple(x[place : place + 1] for x in (rate, pads, crops))
        )
        for column, value in zip(columns, chosen, strict=True):
            column.append(value)
    blocks, padded, cropped = (array.concat(column, 0) for column in columns)
    return blocks, padded, cropped
