"""Kernels of the ops on arrays of tensors.

A handle is the TensorArray itself. It lives as long as the step that made it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

_serial = itertools.count()
_FLOW = np.float32(0)


class TensorArray:
    """Tensors by index, each written once; those of a gradient add up instead.

    Attributes:
      name: what messages call it.
      dtype: the DType of the elements.
      dims: what is known of their shape, or None.
      values: the elements; None where there is none.
    """

    def __init__(
        self,
        name: str,
        dtype: Any,
        size: int,
        dims: Any,
        is_dynamic: bool,
        clears: bool,
        has_equal_shapes: bool,
        adds_up: bool = False,
    ) -> None:
        self.name = name
        self.dtype = dtype
        self.dims = dims
        self.values: list[Any] = [None] * size
        self.is_dynamic = is_dynamic
        self.clears = clears
        self.has_equal_shapes = has_equal_shapes
        self.adds_up = adds_up
        self.gradients: dict[bytes, TensorArray] = {}
        # How many elements a split has set: what is written after them has no part in its gradient.
        self.split_count: int | None = None
        # The array whose gradient this is: its elements have the same shapes.
        self.forward: TensorArray | None = None
        self.shapes: dict[int, tuple[int, ...]] = {}
        self.cleared: set[int] = set()
        self.is_closed = False

    def fail(self, text: str) -> InvalidArgumentError:
        """The error with this array's name before the text."""
        return InvalidArgumentError.of(f"TensorArray {self.name}: {text}")

    def check_open(self) -> None:
        """Raises InvalidArgumentError where the array has been closed."""
        if self.is_closed:
            raise InvalidArgumentError.of(f"TensorArray {self.name} has already been closed.")

    def write(self, xp: Any, index: int, value: Any) -> None:
        """Sets an element, or adds to it."""
        if np.dtype(value.dtype) != np.dtype(self.dtype.numpy):
            written = dtypes.as_dtype(value.dtype).runtime_name
            raise InvalidArgumentError.of(
                f"TensorArray dtype is {self.dtype.runtime_name} but Op is trying to write dtype "
                f"{written}.",
            )
        size = len(self.values)
        if index < 0 or (index >= size and not self.is_dynamic):
            raise self.fail(
                f"Tried to write to index {index} but array is not resizeable and size is: {size}"
            )
        if index >= size:
            self.values.extend([None] * (index + 1 - size))
        self._check_shape(index, value)
        if index in self.cleared:
            raise self.fail(
                f"Could not write to TensorArray index {index} because it has already been read."
            )
        present = self.values[index]
        if present is None:
            self.values[index] = value
        elif self.adds_up:
            if present.shape != value.shape:
                raise self.fail(
                    f"Could not aggregate to TensorArray index {index} because the existing shape "
                    f"is {_shape_text(present.shape)} but the new input shape is "
                    f"{_shape_text(value.shape)}."
                )
            self.values[index] = xp.add(present, value)
        else:
            raise self.fail(
                f"Could not write to TensorArray index {index} because it has already been written "
                "to."
            )
        self.shapes[index] = value.shape

    def _check_shape(self, index: int, value: Any) -> None:
        if not _compatible(self.dims, value.shape):
            raise self.fail(
                f"Could not write to TensorArray index {index} because the value shape is "
                f"{_shape_text(value.shape)} which is incompatible with the TensorArray's inferred "
                f"element shape: {_shape_text(self.dims)} (consider setting infer_shape=False)."
            )
        if self.has_equal_shapes:
            self.dims = value.shape

    def read(self, xp: Any, index: int) -> Any:
        """An element; zeros where none has been written and its shape is known."""
        size = len(self.values)
        if not 0 <= index < size:
            raise self.fail(f"Tried to read from index {index} but array size is: {size}")
        if index in self.cleared:
            raise self.fail(
                f"Could not read index {index} twice because it was cleared after a previous read "
                "(perhaps try setting clear_after_read = false?)."
            )
        value = self.values[index]
        if value is None:
            value = self._zeros(xp, index)
        if self.clears:
            self.values[index] = None
            self.cleared.add(index)
        return value

    def _zeros(self, xp: Any, index: int) -> Any:
        dims = self.dims
        if self.forward is not None and index in self.forward.shapes:
            dims = self.forward.shapes[index]
        if dims is None or None in dims:
            raise self.fail(
                f"Could not read from TensorArray index {index}.  Furthermore, the element shape "
                f"is not fully defined: {_shape_text(dims)}.  It is possible you are working with "
                "a resizeable TensorArray and stop_gradients is not allowing the gradients to be "
                "written.  If you set the full element_shape property on the forward TensorArray, "
                "the proper all-zeros tensor will be returned instead of incurring this error."
            )
        if self.dtype is dtypes.string:
            raise InvalidArgumentError.of("tensor_array::TensorSetZero type not supported: string")
        return xp.zeros(dims, self.dtype.numpy)

    def gradient(self, source: bytes) -> TensorArray:
        """The array of gradients that belongs to one call of `tf.gradients`."""
        found = self.gradients.get(source)
        if found is None:
            found = TensorArray(
                f"{self.name}@{source.decode()}",
                self.dtype,
                len(self.values),
                self.dims,
                False,
                False,
                self.has_equal_shapes,
                adds_up=True,
            )
            found.forward = self
            found.split_count = self.split_count
            self.gradients[source] = found
            # What has a gradient must not grow: the gradient would not know.
            self.is_dynamic = False
        return found


def _compatible(dims: Any, shape: tuple[int, ...]) -> bool:
    if dims is None:
        return True
    return len(dims) == len(shape) and all(
        a is None or a == b for a, b in zip(dims, shape, strict=True)
    )


def _shape_text(dims: Any) -> str:
    if dims is None:
        return "<unknown>"
    return f"[{','.join('?' if size is None else str(size) for size in dims)}]"


def _as_array(value: Any) -> Any:
    """Elements are arrays, so that they have a shape; numbers become such of rank 0."""
    return value if hasattr(value, "shape") else np.asarray(value)


# ---- TensorArrayV3 ----


@kernel("TensorArrayV3", host=("size", "flow"))
def tensor_array_v3(
    xp: Any,
    size: Any,
    dtype: Any,
    element_shape: Any,
    dynamic_size: bool,
    clear_after_read: bool,
    identical_element_shapes: bool,
    tensor_array_name: bytes,
) -> tuple[TensorArray, Any]:
    if size < 0:
        raise InvalidArgumentError.of(f"Size should be >= 0.  Actual: {int(size)}")
    name = f"{tensor_array_name.decode()}_{next(_serial)}"
    array = TensorArray(
        name,
        dtype,
        int(size),
        element_shape,
        dynamic_size,
        clear_after_read,
        identical_element_shapes,
    )
    return array, _FLOW


# ---- TensorArrayGradV3, TensorArrayGradWithShape ----


@kernel("TensorArrayGradV3", host=("flow_in", "flow_out"))
def tensor_array_grad_v3(
    xp: Any, handle: TensorArray, flow_in: Any, source: bytes
) -> tuple[TensorArray, Any]:
    handle.check_open()
    return handle.gradient(source), _FLOW


@kernel("TensorArrayGradWithShape", host=("flow_in", "flow_out", "shape_to_prepend"))
def tensor_array_grad_with_shape(
    xp: Any, handle: TensorArray, flow_in: Any, shape_to_prepend: Any, source: bytes
) -> tuple[TensorArray, Any]:
    handle.check_open()
    array = handle.gradient(source)
    prefix = tuple(int(size) for size in shape_to_prepend)
    if array.dims is not None and array.dims == handle.dims:
        array.dims = (*prefix, *array.dims)
    array.shapes = {}
    array.forward = None
    return array, _FLOW


# ---- TensorArrayWriteV3 ----


# An element must stay as it is: the value is not the step's own any more.
@kernel("TensorArrayWriteV3", host=("index", "flow_in", "flow_out"), aliases=True)
def tensor_array_write_v3(
    xp: Any, handle: TensorArray, index: Any, value: Any, flow_in: Any
) -> Any:
    handle.check_open()
    handle.write(xp, int(index), _as_array(value))
    return _FLOW


# ---- TensorArrayReadV3 ----


@kernel("TensorArrayReadV3", host=("index", "flow_in"), aliases=True)
def tensor_array_read_v3(xp: Any, handle: TensorArray, index: Any, flow_in: Any) -> Any:
    handle.check_open()
    return handle.read(xp, int(index))


# ---- TensorArrayGatherV3 ----


def _same_shape(handle: TensorArray, indices: Sequence[int], values: list[Any]) -> None:
    for index, value in zip(indices, values, strict=True):
        if value.shape != values[0].shape:
            raise handle.fail(
                "TensorArray has inconsistent shapes.  Index 0 has shape: "
                f"{_shape_text(values[0].shape)} but index {index} has shape: "
                f"{_shape_text(value.shape)}"
            )


@kernel("TensorArrayGatherV3", host=("indices", "flow_in"))
def tensor_array_gather_v3(
    xp: Any, handle: TensorArray, indices: Any, flow_in: Any, element_shape: Any
) -> Any:
    handle.check_open()
    wanted = indices.tolist()
    if not wanted:
        dims = element_shape if element_shape is not None else handle.dims
        if dims is None or None in dims:
            raise InvalidArgumentError.of(
                f"TensorArray has size zero, but element shape {_shape_text(dims)} is not fully "
                "defined. Currently only static shapes are supported when packing zero-size "
                "TensorArrays.",
            )
        return xp.zeros((0, *dims), handle.dtype.numpy)
    values = [handle.read(xp, index) for index in wanted]
    _same_shape(handle, wanted, values)
    if values[0].dtype == object:
        result = np.empty((len(values), *values[0].shape), object)
        for position, value in enumerate(values):
            # With the dots a scalar's element is stored, not the array around it.
            result[position, ...] = value
        return result
    return xp.stack([xp.asarray(value) for value in values])


# ---- TensorArrayScatterV3 ----


@kernel("TensorArrayScatterV3", host=("indices", "flow_in", "flow_out"), aliases=True)
def tensor_array_scatter_v3(
    xp: Any, handle: TensorArray, indices: Any, value: Any, flow_in: Any
) -> Any:
    handle.check_open()
    if value.shape[:1] != indices.shape:
        raise InvalidArgumentError.of(
            "Expected len(indices) == values.shape[0], but saw: "
            f"{indices.size} vs. {value.shape[0] if value.ndim else 0}",
        )
    for position, index in enumerate(indices.tolist()):
        handle.write(xp, index, value[position, ...])
    return _FLOW


# ---- TensorArrayConcatV3 ----


@kernel("TensorArrayConcatV3", host=("flow_in", "lengths"))
def tensor_array_concat_v3(
    xp: Any, handle: TensorArray, flow_in: Any, element_shape_except0: Any
) -> tuple[Any, Any]:
    handle.check_open()
    count = len(handle.values)
    if handle.adds_up and handle.split_count is not None:
        count = handle.split_count
    if count == 0:
        dims = element_shape_except0
        if dims is None or None in dims:
            raise InvalidArgumentError.of(
                f"TensorArray has size zero, but element_shape_except0 {_shape_text(dims)} is not "
                "fully defined. Currently only static shapes are supported when concatenating "
                "zero-size TensorArrays.",
            )
        return xp.zeros((0, *dims), handle.dtype.numpy), np.zeros(0, np.int64)
    values = [handle.read(xp, index) for index in range(count)]
    for index, value in enumerate(values):
        if value.ndim == 0:
            raise InvalidArgumentError.of(
                f"Concat saw a scalar shape at index {index} but requires at least "
                "vectors.  Did you mean to call pack?",
            )
        if value.shape[1:] != values[0].shape[1:]:
            raise handle.fail(
                "TensorArray has inconsistent shapes.  Index 0 has (excepting dimension 0) shape: "
                f"{_shape_text(values[0].shape[1:])} but index {index} has (excepting dimension 0) "
                f"shape: {_shape_text(value.shape[1:])}"
            )
    lengths = np.array([value.shape[0] for value in values], np.int64)
    return xp.concatenate(values), lengths


# ---- TensorArraySplitV3 ----


@kernel("TensorArraySplitV3", host=("lengths", "flow_in", "flow_out"), aliases=True)
def tensor_array_split_v3(
    xp: Any, handle: TensorArray, value: Any, lengths: Any, flow_in: Any
) -> Any:
    handle.check_open()
    total = int(lengths.sum())
    if value.ndim == 0 or total != value.shape[0]:
        raise InvalidArgumentError.of(
            "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is "
            f"{total} and value's shape is: {_shape_text(value.shape)} ",
        )
    if len(handle.values) != len(lengths) and not handle.is_dynamic:
        raise InvalidArgumentError.of(
            "TensorArray's size is not equal to the size of lengths "
            f"({len(handle.values)} vs. {len(lengths)}), and the TensorArray is not marked as "
            "dynamically resizeable",
        )
    if not handle.adds_up:
        handle.split_count = len(lengths)
    start = 0
    for index, length in enumerate(lengths.tolist()):
        handle.write(xp, index, value[start : start + length])
        start += length
    return _FLOW


# ---- TensorArraySizeV3, TensorArrayCloseV3 ----


@kernel("TensorArraySizeV3", host=("flow_in", "size"))
def tensor_array_size_v3(xp: Any, handle: TensorArray, flow_in: Any) -> Any:
    handle.check_open()
    return np.int32(len(handle.values))


@kernel("TensorArrayCloseV3")
def tensor_array_close_v3(xp: Any, handle: TensorArray) -> None:
    handle.is_closed = True
    handle.values = []
