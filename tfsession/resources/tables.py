"""Hash tables from keys to values, which lookup operations of a session share."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tfsession.dtypes import DType, string
from tfsession.errors import FailedPreconditionError, InvalidArgumentError
from tfsession.formats.streams import file_error, open_to_read

WHOLE_LINE = -2
LINE_NUMBER = -1


class HashTable:
    """A table whose entries may change; safe to use from several threads.

    Attributes:
      name: the resource's name.
      key_dtype: the DType of the keys.
      value_dtype: the DType of the values.
    """

    def __init__(self, name: str, key_dtype: DType, value_dtype: DType) -> None:
        self.name = name
        self.key_dtype = key_dtype
        self.value_dtype = value_dtype
        self._lock = threading.Lock()
        self._entries: dict[Any, Any] = {}

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    def check_dtypes(self, key_dtype: DType, value_dtype: DType) -> None:
        """Checks what an operation takes for keys and values.

        Raises:
          InvalidArgumentError: the table has others.
        """
        if (key_dtype, value_dtype) != (self.key_dtype, self.value_dtype):
            raise InvalidArgumentError.of(
                f"Conflicting key/value dtypes {key_dtype.runtime_name}->"
                f"{value_dtype.runtime_name} with {self.key_dtype.runtime_name}-"
                f"{self.value_dtype.runtime_name} for table {self.name}",
            )

    def find(self, keys: Any, default: Any) -> Any:
        """The values of `keys`, of the same shape.

        Args:
          keys: an array, or NumPy scalar.
          default: the value for what is not in the table: a scalar, or one for each key.
        """
        entries = self._entries
        flat = np.ravel(np.asarray(keys, self.key_dtype.numpy)).tolist()
        result = np.empty(len(flat), self.value_dtype.numpy)
        if np.ndim(default):
            if np.shape(default) != np.shape(keys):
                raise InvalidArgumentError.of(
                    "Expected shape [] for default value, got "
                    f"[{','.join(map(str, np.shape(default)))}]",
                )
            others = np.ravel(default).tolist()
            result[:] = [entries.get(k, d) for k, d in zip(flat, others, strict=True)]
        else:
            other = np.asarray(default, self.value_dtype.numpy).item()
            result[:] = [entries.get(key, other) for key in flat]
        return result.reshape(np.shape(keys))

    def insert(self, keys: Any, values: Any) -> None:
        """Adds or replaces entries."""
        pairs = list(_pairs(keys, values))
        with self._lock:
            # A new dictionary: who looks something up at this moment keeps the old one.
            self._entries = {**self._entries, **dict(pairs)}

    def remove(self, keys: Any) -> None:
        """Removes entries; keys that are not there are no error."""
        gone = set(np.ravel(keys).tolist())
        with self._lock:
            self._entries = {k: v for k, v in self._entries.items() if k not in gone}

    def replace(self, keys: Any, values: Any) -> None:
        """Makes these the only entries."""
        entries = dict(_pairs(keys, values))
        with self._lock:
            self._entries = entries

    def export(self) -> tuple[Any, Any]:
        """All keys and all values, two vectors."""
        entries = self._entries
        keys = np.empty(len(entries), self.key_dtype.numpy)
        values = np.empty(len(entries), self.value_dtype.numpy)
        keys[:], values[:] = list(entries), list(entries.values())
        return keys, values

    def release(self) -> None:
        """Drops all entries."""
        self._entries = {}


def _pairs(keys: Any, values: Any) -> Iterator[tuple[Any, Any]]:
    if np.shape(keys) != np.shape(values):
        raise InvalidArgumentError.of(
            f"Keys and values must have the same shape, got {np.shape(keys)} and "
            f"{np.shape(values)}",
        )
    return zip(np.ravel(keys).tolist(), np.ravel(values).tolist(), strict=True)


class StaticHashTable(HashTable):
    """A table that is filled once, before anything is looked up."""

    def __init__(self, name: str, key_dtype: DType, value_dtype: DType) -> None:
        super().__init__(name, key_dtype, value_dtype)
        self._is_initialized = False

    def find(self, keys: Any, default: Any) -> Any:
        """As in `HashTable`.

        Raises:
          FailedPreconditionError: the table has not been filled.
        """
        if not self._is_initialized:
            raise FailedPreconditionError.of("Table not initialized.")
        return super().find(keys, default)

    def insert(self, keys: Any, values: Any) -> None:
        """Fills the table; the same as `replace`."""
        self.initialize(_pairs(keys, values))

    def replace(self, keys: Any, values: Any) -> None:
        """Fills the table."""
        self.initialize(_pairs(keys, values))

    def initialize(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Fills the table; doing so again with as many entries is no error, and changes nothing.

        Raises:
          FailedPreconditionError: a key has two values, or the table has other entries already.
        """
        with self._lock:
            if self._is_initialized:
                if len(list(pairs)) != len(self._entries):
                    raise FailedPreconditionError.of(
                        "Table was already initialized with different data."
                    )
                return
            entries: dict[Any, Any] = {}
            for key, value in pairs:
                present = entries.setdefault(key, value)
                if present != value:
                    raise FailedPreconditionError.of(
                        "HashTable has different value for same key. Key "
                        f"{_text(key)} has {_text(present)} and trying to add value "
                        f"{_text(value)}",
                    )
            self._entries = entries
            self._is_initialized = True

    def release(self) -> None:
        """Makes the table as new."""
        super().release()
        self._is_initialized = False


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


# ---- Text files ----


def file_pairs(
    path: str,
    key_dtype: DType,
    value_dtype: DType,
    key_index: int,
    value_index: int,
    vocab_size: int,
    delimiter: bytes,
    offset: int = 0,
) -> Iterator[tuple[Any, Any]]:
    """The entries that the lines of a text file stand for.

    Args:
      path: the file.
      key_dtype: the DType of the keys.
      value_dtype: the DType of the values.
      key_index: the column of the key; WHOLE_LINE, or LINE_NUMBER from 0.
      value_index: the same for the value.
      vocab_size: how many lines to read; -1 for all.
      delimiter: between columns, one byte.
      offset: added to line numbers.

    Raises:
      NotFoundError: there is no such file.
      InvalidArgumentError: a line has too few columns or is no number, or the file too few lines.
    """
    columns = max(key_index, value_index) + 1
    count = 0
    try:
        with open_to_read(path) as file:
            for raw in file:
                if count == vocab_size:
                    break
                line = raw.removesuffix(b"\n").removesuffix(b"\r")
                parts = line.split(delimiter) if columns > 0 else []
                if len(parts) < columns:
                    raise InvalidArgumentError.of(
                        f"Invalid number of columns in {path} line {count} ({_text(line)}) : "
                        f"expected at least {columns} got {len(parts)}",
                    )
                yield (
                    _field(line, parts, count + offset, key_index, key_dtype),
                    _field(line, parts, count + offset, value_index, value_dtype),
                )
                count += 1
    except OSError as error:
        raise file_error(path, error) from None
    if count < vocab_size:
        raise InvalidArgumentError.of(
            f"Invalid vocab_size in {path}: expected {vocab_size} but got {count}"
        )


def _field(line: bytes, parts: list[bytes], number: int, index: int, dtype: DType) -> Any:
    if index == LINE_NUMBER:
        return number
    text = line if index == WHOLE_LINE else parts[index]
    if dtype is string:
        return text
    try:
        return int(text) if dtype.is_integer else float(text)
    except ValueError:
        raise InvalidArgumentError.of(
            f"Field {_text(text)} in line {number} is not a valid {dtype.runtime_name}.",
        ) from None
