"""States of recurrent cells: their sizes, shapes, first values, and how they are carried on."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any

from tfsession import nest
from tfsession.dtypes import int32
from tfsession.graph import scopes
from tfsession.graph.operation import Tensor
from tfsession.graph.static_values import constant_value, constant_value_as_shape
from tfsession.ops.array import concat, constant, expand_dims, shape, zeros
from tfsession.ops.indexing import where
from tfsession.ops.tensor_array import TensorArray
from tfsession.shapes import Dims, TensorShape, as_dims, concatenate_dims, is_fully_defined

__all__ = ["LSTMStateTuple"]


class LSTMStateTuple(collections.namedtuple("LSTMStateTuple", ("c", "h"))):
    """The state of an LSTM: what the cell remembers, and what it put out last.

    Attributes:
      c: of shape [batch, units].
      h: of shape [batch, units], or of the projection's width.

    Source: TensorFlow 1.15 `tf.nn.rnn_cell.LSTMStateTuple`.
    """

    __slots__ = ()

    @property
    def dtype(self) -> Any:
        """The dtype of both parts.

        Raises:
          TypeError: they differ.
        """
        if self.c.dtype != self.h.dtype:
            raise TypeError(f"Inconsistent internal state: {self.c.dtype} vs {self.h.dtype}")
        return self.c.dtype


def check_cell(name: str, cell: Any) -> None:
    """Raises TypeError where an argument cannot be used as a cell.

    What has sizes, first values and can be called is one; it need not be an RNNCell.

    Args:
      name: of the argument, for the message.
      cell: what was given.
    """
    has_start = hasattr(cell, "zero_state") or hasattr(cell, "get_initial_state")
    missing = [
        text
        for found, text in (
            (hasattr(cell, "output_size"), "'output_size' property is missing"),
            (hasattr(cell, "state_size"), "'state_size' property is missing"),
            (has_start, "either 'zero_state' or 'get_initial_state' method is required"),
            (callable(cell), "is not callable"),
        )
        if not found
    ]
    if missing:
        raise TypeError(f"The argument {name!r} ({cell}) is not an RNNCell: {', '.join(missing)}.")


# ---- Shapes ----


def joined_shape(prefix: Any, suffix: Any) -> Tensor:
    """The shape, as a tensor, of a batch of things of a size.

    Args:
      prefix: the batch size: an int, a shape, or an int32 tensor of rank 0 or 1.
      suffix: the size of one, in the same forms.

    Raises:
      ValueError: a tensor has a rank above 1, or a shape is not known.
    """
    parts = [_shape_tensor(part, which) for part, which in ((prefix, "prefix"), (suffix, "suffix"))]
    if any(part is None for part in parts):
        raise ValueError(f"Provided a prefix or suffix of None: {parts[0]} and {parts[1]}")
    result: Tensor = concat(parts, 0)
    return result


def joined_dims(prefix: Any, suffix: Any) -> Dims:
    """What is known of `joined_shape` while the graph is built."""
    return concatenate_dims(_known_dims(prefix, "prefix"), _known_dims(suffix, "suffix"))


def _shape_tensor(part: Any, which: str) -> Tensor | None:
    if isinstance(part, Tensor):
        return _as_vector(part, which)
    dims = as_dims(part)
    return constant(list(dims), int32) if dims is not None and is_fully_defined(dims) else None


def _known_dims(part: Any, which: str) -> Dims:
    if not isinstance(part, Tensor):
        dims = as_dims(part)
        if dims is not None and is_fully_defined(dims):
            # TensorFlow makes these constants, and later names count them.
            constant(list(dims), int32)
        return dims
    value = constant_value(part)
    _as_vector(part, which)
    return None if value is None else tuple(int(size) for size in value.ravel())


def _as_vector(part: Tensor, which: str) -> Tensor:
    rank = None if part.dims is None else len(part.dims)
    if rank == 0:
        vector: Tensor = expand_dims(part, 0)
        return vector
    if rank != 1:
        raise ValueError(
            f"{which} tensor must be either a scalar or vector, but saw tensor: {part}"
        )
    return part


def dims_of_size(size: Any) -> Dims:
    """The dimensions of an output whose size may be a tensor."""
    if not isinstance(size, Tensor):
        return as_dims(size)
    if size.dims == ():
        value = constant_value(size)
        return (None if value is None else int(value),)
    return constant_value_as_shape(size)


# ---- First values ----


def zeros_of_size(batch_size: Any, size: Any, dtype: Any) -> Tensor:
    """Zeros of shape [batch_size, size...]."""
    result: Tensor = zeros(joined_shape(batch_size, size), dtype)
    return result


def zero_state_of(state_size: Any, batch_size: Any, dtype: Any) -> Any:
    """Zeros in the structure of a cell's `state_size`."""

    def zeros_of(size: Any) -> Tensor:
        tensor = zeros_of_size(batch_size, size, dtype)
        tensor.set_shape(joined_dims(batch_size, size))
        return tensor

    return nest.map_structure(zeros_of, state_size)


def first_state(cell: Any, batch_size: Any, dtype: Any) -> Any:
    """The state that a cell begins with."""
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def state_dtype(dtype: Any, state: Any) -> Any:
    """`dtype`, or that of all tensors of a state where it is None.

    Raises:
      ValueError: the state is empty, or of several dtypes.
    """
    if dtype is not None:
        return dtype
    if not nest.is_sequence(state):
        return state.dtype
    found = [tensor.dtype for tensor in nest.flatten(state)]
    if not found:
        raise ValueError("Unable to infer dtype from empty state.")
    if any(other != found[0] for other in found):
        raise ValueError(
            "State has tensors of different inferred_dtypes. Unable to infer a single "
            "representative dtype."
        )
    return found[0]


# ---- Batches ----


def batch_size_of(flat_inputs: Sequence[Tensor]) -> Any:
    """The batch size of inputs of shape [time, batch, ...]: an int where it is known.

    Raises:
      ValueError: an input has a rank below 2.
    """
    for tensor in flat_inputs:
        if tensor.dims is None:
            continue
        if len(tensor.dims) < 2:
            raise ValueError(f"Expected input tensor {tensor} to have rank at least 2")
        if tensor.dims[1] is not None:
            return tensor.dims[1]
    return shape(flat_inputs[0])[1]


# ---- Carrying on ----


def keep_where(condition: Any, old: Sequence[Any], new: Sequence[Any]) -> list[Any]:
    """Keeps rows of old values; arrays of tensors and scalars are always the new ones.

    Args:
      condition: a bool for each row of the batch: whether its old value stays.
      old: tensors of shape [batch, ...].
      new: the same, of the step that was just computed.
    """
    return [_kept(condition, *pair) for pair in zip(old, new, strict=True)]


def _kept(condition: Any, old: Any, new: Any) -> Any:
    if isinstance(old, TensorArray) or old.dims == ():
        return new
    with scopes.colocate_with(new):
        return where(condition, old, new)


def set_shapes(values: Sequence[Any], like: Sequence[Any]) -> None:
    """Gives tensors the static shapes of others; arrays of tensors have none."""
    for value, other in zip(values, like, strict=True):
        if not isinstance(value, TensorArray):
            value.set_shape(TensorShape(other.dims))
