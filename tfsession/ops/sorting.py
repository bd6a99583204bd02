"""Sorting along an axis."""

from __future__ import annotations

import numpy as np

from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.array import concat, rank, shape
from tfsession.ops.math import range as range_of
from tfsession.ops.nn import top_k
from tfsession.ops.rearrange import transpose

__all__ = ["argsort", "sort"]

_DIRECTIONS = ("ASCENDING", "DESCENDING")


def sort(
    values: TensorLike,
    axis: TensorLike = -1,
    direction: str = "ASCENDING",
    name: str | None = None,
) -> Tensor:
    """Sorts a tensor along an axis.

    Args:
      values: of rank 1 or more; ascending: floats, int32 or int64.
      axis: an integer, or a constant tensor.
      direction: "ASCENDING" or "DESCENDING".
      name: a name for the scope of the operations.

    Returns:
      A Tensor of the shape and dtype of `values`.

    Raises:
      ValueError: the axis is not constant or not there, or the direction none of those.

    Source: TensorFlow 1.15 `tf.sort`.
    """
    with name_scope(name, "sort"):
        found, is_negative = _sorted(values, axis, direction, 0)
        return -found if is_negative else found


def argsort(
    values: TensorLike,
    axis: TensorLike = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """The indices that sort a tensor along an axis; arguments are those of `sort`.

    Of equal elements the first comes first, whether or not `stable` asks for it.

    Returns:
      An int32 Tensor of the shape of `values`.

    Source: TensorFlow 1.15 `tf.argsort`.
    """
    del stable
    with name_scope(name, "argsort"):
        return _sorted(values, axis, direction, 1)[0]


def _sorted(
    values: TensorLike, axis: TensorLike, direction: str, output: int
) -> tuple[Tensor, bool]:
    """The sorted values (output 0) or their indices (1), and whether it is minus the values."""
    if direction not in _DIRECTIONS:
        raise ValueError(f"{direction} should be one of {', '.join(_DIRECTIONS)}")
    constant_axis = constant_value(convert_to_tensor(axis, name="axis"))
    if constant_axis is None:
        raise ValueError("axis must be a constant scalar")
    position = int(constant_axis)
    values = convert_to_tensor(values, name="values")
    is_negative = direction == "ASCENDING"
    return _descending(-values if is_negative else values, position, output), is_negative


def _descending(values: Tensor, axis: int, output: int) -> Tensor:
    count = shape(values)[axis]
    dims = values.dims
    if axis == -1 or (dims is not None and axis + 1 == len(dims)):
        last: Tensor = top_k(values, count)[output]
        return last
    order: TensorLike
    if dims is not None:
        swapped = list(range(len(dims)))
        swapped[axis], swapped[-1] = swapped[-1], swapped[axis]
        order = np.array(swapped, np.int32)
    else:
        number = rank(values)
        last_axis = [number - 1]
        order = concat([range_of(axis), last_axis, range_of(axis + 1, number - 1), [axis]], 0)
    return transpose(top_k(transpose(values, order), count)[output], order)
