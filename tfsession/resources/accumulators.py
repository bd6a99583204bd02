"""Accumulators: gradients that are added up until enough of them are there."""

from __future__ import annotations

import abc
import logging
import threading
from collections import deque
from typing import Any

import numpy as np

from tfsession.dtypes import DType
from tfsession.errors import InvalidArgumentError
from tfsession.resources import cancellation
from tfsession.shapes import Dims, dims_compatible, format_dims

logger = logging.getLogger("tfsession")

Array = Any


class Accumulator(abc.ABC):
    """Adds up gradients of one global step; safe to use from several threads.

    Attributes:
      name: for texts of errors.
      dtype: of the gradients.
      dims: what is known of their shape.
      reduction: b"MEAN" or b"SUM".
    """

    def __init__(self, name: str, dtype: DType, dims: Dims, reduction: bytes) -> None:
        """Makes an empty one, at step 0."""
        self.name, self.dtype, self.dims, self.reduction = name, dtype, dims, reduction
        self._step = 0
        self._count = 0
        # Those who wait, in the order in which they came.
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    def size(self) -> int:
        """How many gradients have been added up."""
        return self._count

    def set_step(self, step: int) -> None:
        """Sets the global step: gradients of steps before it are dropped."""
        with self._changed:
            if step < self._step:
                logger.warning(
                    "Attempt to set current_global_step_ to smaller value: current_global_step_ = "
                    "%d >= %d = new_global_step.",
                    self._step,
                    step,
                )
            self._step = step

    def apply(self, step: int, gradient: Any) -> None:
        """Adds a gradient; one of a step before the global step is dropped.

        Raises:
          InvalidArgumentError: its shape is another one.
        """
        with self._changed:
            if step < self._step:
                return
            self._check(gradient)
            self._add(gradient, is_first=self._count == 0)
            self._count += 1
            self._changed.notify_all()

    def take(self, wanted: int) -> Any:
        """Takes the mean or the sum, and goes on to the next step; waits until enough are there.

        Raises:
          InvalidArgumentError: `wanted` is not positive.
          CancelledError: the run was cancelled while it waited.
        """
        if wanted <= 0:
            raise InvalidArgumentError.of(
                f"Argument num_required must be positive, but was {wanted}"
            )
        mine = object()
        with self._changed:
            self._waiting.append(mine)
            try:
                cancellation.wait_for(
                    self._changed,
                    lambda: self._waiting[0] is mine and self._count >= wanted,
                    "TakeGrad",
                )
                found = self._taken(self._count)
                self._count = 0
                self._step += 1
                return found
            finally:
                self._waiting.remove(mine)
                self._changed.notify_all()

    @abc.abstractmethod
    def _check(self, gradient: Any) -> None:
        """Raises InvalidArgumentError where the shape of a gradient is another one."""

    @abc.abstractmethod
    def _add(self, gradient: Any, is_first: bool) -> None:
        """Adds a gradient to the others."""

    @abc.abstractmethod
    def _taken(self, count: int) -> Any:
        """What `count` gradients are together."""


class DenseAccumulator(Accumulator):
    """Gradients that are arrays."""

    _total: Array

    def _check(self, gradient: Array) -> None:
        wanted: Dims = self._total.shape if self._count else self.dims
        if not dims_compatible(wanted, gradient.shape):
            raise InvalidArgumentError.of(
                f"Shape mismatch: expected {_text(wanted)}, got {_text(gradient.shape)}"
            )

    def _add(self, gradient: Array, is_first: bool) -> None:
        if is_first:
            self._total = np.array(gradient)
        else:
            self._total += gradient

    def _taken(self, count: int) -> Array:
        if self.reduction == b"SUM":
            return self._total
        return (self._total / count).astype(self._total.dtype)


class SparseAccumulator(Accumulator):
    """Gradients that are rows: indices, their values and, or None, the shape of the whole."""

    _indices: Array
    _values: Array
    _counts: Array

    def _check(self, gradient: tuple[Array, Array, Array | None]) -> None:
        indices, values, sizes = gradient
        if indices.ndim != 1:
            raise InvalidArgumentError.of(
                f"Input indices should be vector but received shape: {_text(indices.shape)}"
            )
        if values.ndim == 0:
            raise InvalidArgumentError.of("Values cannot be 0-dimensional.")
        if len(values) != len(indices):
            raise InvalidArgumentError.of(
                f"Expected {len(indices)} non-empty input values, got {len(values)}"
            )
        if sizes is not None:
            self._check_sizes(indices, sizes.tolist())
        if self._count:
            _check_values(self._values.shape, values.shape)
        elif self.dims is not None:
            _check_values(self.dims, values.shape)

    def _check_sizes(self, indices: Array, sizes: list[int]) -> None:
        """Refuses another shape of the whole, and rows outside it."""
        wanted = self.dims or ()
        if len(sizes) < len(wanted):
            raise InvalidArgumentError.of(
                f"Shape mismatch: expected shape rank at least {len(wanted)}, got {len(sizes)}"
            )
        for axis, size in enumerate(wanted):
            if size is not None and sizes[axis] != size:
                raise InvalidArgumentError.of(
                    f"Shape mismatch: expected shape dim {axis} to be {size}, got {sizes[axis]}"
                )
        rows = wanted[0] if wanted else None
        if rows is not None and (indices >= rows).any():
            place = int(np.argmax(indices >= rows))
            raise InvalidArgumentError.of(
                f"Shape mismatch: index of slice {place} exceeded limits of shape; index is "
                f"{indices[place]} exceeded {rows}"
            )

    def _add(self, gradient: tuple[Array, Array, Array | None], is_first: bool) -> None:
        indices, values, _ = gradient
        ones = np.ones(len(indices), np.int64)
        if is_first:
            self._indices, self._values, self._counts = indices.copy(), values.copy(), ones
            return
        merged, old, new = _merged(self._indices.tolist(), indices.tolist())
        rows = np.zeros((len(merged), *values.shape[1:]), values.dtype)
        counts = np.zeros(len(merged), np.int64)
        rows[old], counts[old] = self._values, self._counts
        rows[new] += values
        counts[new] += ones
        self._indices, self._values, self._counts = np.array(merged, np.int64), rows, counts

    def _taken(self, count: int) -> tuple[Array, Array, Array]:
        values = self._values
        if self.reduction != b"SUM":
            counts = self._counts.reshape(-1, *[1] * (values.ndim - 1))
            values = (values / counts).astype(values.dtype)
        rows = self.dims[0] if self.dims else None
        sizes = [-1 if rows is None else rows, *values.shape[1:]]
        return self._indices, values, np.array(sizes, np.int64)


def _check_values(wanted: Dims, shape: tuple[int, ...]) -> None:
    """Refuses rows of another shape than `wanted` has behind its first axis."""
    assert wanted is not None
    if len(wanted) != len(shape):
        raise InvalidArgumentError.of(
            f"Shape mismatch: expected values rank {len(wanted)}, got {len(shape)}"
        )
    for axis in range(1, len(shape)):
        if wanted[axis] not in (None, shape[axis]):
            raise InvalidArgumentError.of(
                f"Shape mismatch: expected values dim {axis} to be {wanted[axis]}, "
                f"got {shape[axis]}"
            )


def _merged(old: list[int], new: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Two lists of indices in one, and the places in it of each list; equal ones meet.

    Both are looked at in order, once, as in TensorFlow: what is out of order, or twice in one list,
    stays so.
    """
    merged: list[int] = []
    places: tuple[list[int], list[int]] = [], []
    i = j = 0
    while i < len(old) or j < len(new):
        takes_old = j == len(new) or (i < len(old) and old[i] <= new[j])
        takes_new = i == len(old) or (j < len(new) and new[j] <= old[i])
        index = old[i] if takes_old else new[j]
        if takes_old:
            places[0].append(len(merged))
            i += 1
        if takes_new:
            places[1].append(len(merged))
            j += 1
        merged.append(index)
    return merged, *places


def _text(dims: Dims) -> str:
    return "<unknown>" if dims is None else format_dims(dims)
