"""The value of a variable, between and during steps.

A `VariableCell` owns one array. Reading hands out that array itself, without a copy; updating
writes into it. So what was read of a reference variable is its memory, and changes with it. What
was read of a resource variable never changes: before an update the cell asks how many references
to its array exist, and when somebody else still holds it (or a view, which refers to its base) the
update goes to a copy.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import numpy as np

from tfsession.dtypes import DType, float32
from tfsession.errors import FailedPreconditionError, NotFoundError
from tfsession.resources.containers import DEFAULT_CONTAINER
from tfsession.shapes import Dims


class VariableCell:
    """The state of one variable in one session.

    Attributes:
      lock: held while the array is read out, replaced or updated in place.
      name: the resource's name.
      dtype: the DType of the elements.
      dims: the declared shape; None for unknown.
      container: the container that holds the variable.
      is_resource: whether it belongs to a resource variable, for the text of errors.
    """

    __slots__ = ("_buffer", "container", "dims", "dtype", "is_resource", "lock", "name")

    def __init__(
        self,
        name: str,
        dtype: DType,
        dims: Dims,
        container: str = DEFAULT_CONTAINER,
        is_resource: bool = False,
    ) -> None:
        self.lock = threading.RLock()
        self.name = name
        self.dtype = dtype
        self.dims = dims
        self.container = container
        self.is_resource = is_resource
        # Always an array that owns its memory: a view of a view refers to the owner, so the
        # references to any other array would not tell who can see this memory.
        self._buffer: Any = None

    @property
    def is_initialized(self) -> bool:
        """Whether the variable has a value."""
        return self._buffer is not None

    def read(self) -> Any:
        """Returns the value: an array that the caller must not change.

        Raises:
          FailedPreconditionError: the variable has no value yet.
        """
        # An update in place is finished when the lock is free.
        with self.lock:
            buffer = self._buffer
        if buffer is None:
            raise self._uninitialized()
        return buffer

    def assign(self, array: Any, given: bool = False) -> None:
        """Makes a copy of `array` the value, or `array` itself.

        The copy goes into the present memory where dtype and shape allow; for a resource variable,
        where also nobody else refers to that memory.

        Args:
          array: an array of NumPy or CuPy, or a NumPy scalar.
          given: whether nobody else has it, so that no copy is needed.
        """
        with self.lock:
            buffer = self._buffer
            fits = (
                buffer is not None
                and buffer.shape == array.shape
                and buffer.dtype == array.dtype
                and isinstance(buffer, np.ndarray) == isinstance(array, (np.ndarray, np.generic))
            )
            # The local variable must not count as a reader.
            del buffer
            if given and (self.is_resource or not fits) and _is_own(array):
                self._buffer = array
            elif fits and not self._is_held():
                self._buffer[...] = array
            else:
                self._buffer = _owned_copy(array)

    def writable(self) -> Any:
        """Returns the array for an update in place; call it, and use the array, under `lock`.

        Raises:
          FailedPreconditionError: the variable has no value yet.
          NotFoundError: so has a resource variable.
        """
        if self._buffer is None:
            raise self.missing() if self.is_resource else self._uninitialized()
        if self._is_held():
            self._buffer = _owned_copy(self._buffer)
        return self._buffer

    def release(self) -> None:
        """Drops the value: the variable is uninitialized again."""
        with self.lock:
            self._buffer = None

    def arrays(self) -> list[tuple[str, Any]]:
        """The value with the variable's name, where there is one."""
        buffer = self._buffer
        return [] if buffer is None else [(self.name, buffer)]

    def _is_held(self) -> bool:
        """Whether somebody holds the memory who must not see it change."""
        return self.is_resource and self._references() != _OWN_REFERENCES

    def _references(self) -> int:
        return sys.getrefcount(self._buffer)

    def missing(self) -> NotFoundError:
        """The error of looking up a resource variable that has no value, other than to read it."""
        return NotFoundError.of(self._absence())

    def _absence(self) -> str:
        return f"Resource {self.container}/{self.name}/N10tensorflow3VarE does not exist."

    def _uninitialized(self) -> FailedPreconditionError:
        if not self.is_resource:
            return FailedPreconditionError.of(f"Attempting to use uninitialized value {self.name}")
        return FailedPreconditionError.of(
            f"Error while reading resource variable {self.name} from Container: {self.container}. "
            f"This could mean that the variable was uninitialized. Not found: {self._absence()}",
        )

    def __repr__(self) -> str:
        return f"<VariableCell {self.name!r} dtype={self.dtype.name} dims={self.dims}>"


def _is_own(array: Any) -> bool:
    """Whether an array of NumPy owns its memory, as the value of a variable must."""
    if type(array) is not np.ndarray or array.base is not None:
        return False
    return bool(array.flags.owndata and array.flags.c_contiguous and array.flags.writeable)


def _owned_copy(array: Any) -> Any:
    """Returns a contiguous copy that owns its memory."""
    if isinstance(array, (np.ndarray, np.generic)):
        return np.array(array, order="C", subok=False)
    return array.copy(order="C")


def _measure_own_references() -> int:
    """Counts, by the same call, the references to an array that only its cell holds."""
    cell = VariableCell("", float32, ())
    cell.assign(np.zeros(1, np.float32))
    return cell._references()


# How many of the references come from the cell and from counting depends on the interpreter.
_OWN_REFERENCES = -1
_OWN_REFERENCES = _measure_own_references()
