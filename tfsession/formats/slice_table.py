"""Slice tables: checkpoints of version 1, in which a sorted table holds the tensors themselves.

The empty key has a SavedTensorSlices with the names, shapes, dtypes and parts of all tensors; the
key of each part has one with its elements. Several files may make up a checkpoint.
"""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.dtypes import DType
from tfsession.formats.sorted_table import TableReader, TableWriter
from tfsession.formats.streams import file_error
from tfsession.formats.tensor_proto import listed_count, listed_elements, make_ndarray
from tfsession.formats.tensor_slices import TensorSlice, slice_key, slices_within, within
from tfsession.protos import SavedTensorSlices
from tfsession.shapes import TensorShape

_META_KEY = b""
_VERSION = 1
# Messages of protobuf are not larger.
_LARGEST_BYTES = 1 << 31


# ---- Writing ----


class SliceTableWriter:
    """Collects tensors, and writes a table of them when `finish` is called."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._meta = SavedTensorSlices()
        self._meta.meta.versions.producer = _VERSION
        self._tensors: dict[str, Any] = {}
        self._parts: dict[bytes, tuple[str, TensorSlice, np.ndarray, DType]] = {}

    def add(
        self, name: str, shape: Sequence[int], part: TensorSlice, array: np.ndarray, dtype: DType
    ) -> None:
        """Adds a part of a tensor.

        Args:
          name: the name of the tensor.
          shape: its shape.
          part: which part it is.
          array: the value of the part; bytes in an object array for strings.
          dtype: the dtype.

        Raises:
          InternalError: another part of the tensor says that it has another shape or dtype.
          InvalidArgumentError: the part is too large for this version.
        """
        tensor = self._tensors.get(name)
        if tensor is None:
            tensor = self._tensors[name] = self._meta.meta.tensor.add(
                name=name,
                shape=TensorShape(shape).as_proto(),
                type=dtype.as_datatype_enum,
            )
        elif [dim.size for dim in tensor.shape.dim] != list(shape) or tensor.type != dtype:
            raise errors.InternalError.of(f"Mismatching shapes or types of tensor {name}")
        if array.nbytes >= _LARGEST_BYTES:
            raise errors.InvalidArgumentError.of(
                "Tensor slice is too large to serialize (conservative estimate: "
                f"{array.nbytes} bytes)"
            )
        tensor.slice.append(part.as_proto())
        self._parts[slice_key(name, part)] = (name, part, array, dtype)

    def finish(self) -> None:
        """Writes the table under another name, and renames it.

        Raises:
          OpError: the file cannot be written.
        """
        unfinished = f"{self._path}.tempstate{secrets.randbits(64)}"
        try:
            os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
            with open(unfinished, "wb") as file:
                table = TableWriter(file)
                table.add(_META_KEY, self._meta.SerializeToString())
                for key in sorted(self._parts):
                    table.add(key, _serialized(*self._parts[key]))
                table.finish()
            os.replace(unfinished, self._path)
        except OSError as error:
            raise file_error(os.fsdecode(error.filename or self._path), error) from None
        finally:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)


def _serialized(name: str, part: TensorSlice, array: np.ndarray, dtype: DType) -> bytes:
    message = SavedTensorSlices()
    message.data.name = name
    message.data.slice.CopyFrom(part.as_proto())
    message.data.data.CopyFrom(listed_elements(array, dtype))
    return bytes(message.SerializeToString())


# ---- Reading ----


class SliceTableReader:
    """Reads a checkpoint of version 1.

    Attributes:
      pattern: the files, as they were asked for.
      tensors: SavedSliceMeta by name, in the order of the files.
    """

    def __init__(self, pattern: str) -> None:
        """Opens the files that match a pattern, and reads what they have.

        Raises:
          NotFoundError: there are none.
          InvalidArgumentError: nor is there their folder.
          DataLossError: a file is damaged, or none of these.
        """
        self.pattern = pattern
        self.tensors: dict[str, Any] = {}
        self._parts: dict[str, list[tuple[TensorSlice, TableReader]]] = {}
        self._tables: list[TableReader] = []
        try:
            for path in _matching(pattern):
                self._open(path)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SliceTableReader:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def close(self) -> None:
        """Closes the files."""
        for table in self._tables:
            table.close()

    def _open(self, path: str) -> None:
        try:
            table = TableReader(path)
        except errors.OpError as error:
            reason = errors.status_text(error.error_code or errors.UNKNOWN, error.message)
            raise errors.DataLossError.of(
                f"Unable to open table file {path}: {reason}: perhaps your file is in a different "
                "file format and you need to use a different restore operator?"
            ) from None
        self._tables.append(table)
        message = self._message(table, _META_KEY)
        if message is None:
            raise errors.InternalError.of(
                "Failed to find the saved tensor slices at the beginning of the checkpoint file: "
                f"{path}"
            )
        required = message.meta.versions.min_consumer
        if required > _VERSION:
            raise errors.InvalidArgumentError.of(
                f"Checkpoint min consumer version {required} above current version {_VERSION} for "
                "TensorFlow 1.15.0.  Please upgrade TensorFlow."
            )
        for tensor in message.meta.tensor:
            self._note(tensor, table)

    def _message(self, table: TableReader, key: bytes) -> Any:
        """The message of a key; None where it is not there, or damaged."""
        from google.protobuf.message import DecodeError

        try:
            content = table.get(key)
            return None if content is None else SavedTensorSlices.FromString(content)
        except (errors.DataLossError, DecodeError):
            return None

    def _note(self, tensor: Any, table: TableReader) -> None:
        """Notes what a file says of a tensor."""
        present = self.tensors.setdefault(tensor.name, tensor)
        if (present.type, present.shape) != (tensor.type, tensor.shape) or not _is_sound(tensor):
            raise errors.DataLossError.of(
                f"What {table.path} says of the tensor {tensor.name} cannot be true"
            )
        parts = [(TensorSlice.of_proto(message), table) for message in tensor.slice]
        self._parts.setdefault(tensor.name, []).extend(parts)

    def names(self) -> list[str]:
        """The names of the tensors."""
        return list(self.tensors)

    def has(self, name: str) -> bool:
        """Whether there is a tensor of that name."""
        return name in self.tensors

    def dtype_and_shape(self, name: str) -> tuple[DType, tuple[int, ...]]:
        """What a tensor is.

        Raises:
          NotFoundError: there is none of that name.
        """
        tensor = self.tensors.get(name)
        if tensor is None:
            raise errors.NotFoundError.of(
                f'Tensor name "{name}" not found in checkpoint files {self.pattern}'
            )
        return DType(tensor.type), tuple(dim.size for dim in tensor.shape.dim)

    def parts(self, name: str) -> list[TensorSlice]:
        """The parts in which a tensor lies."""
        return [part for part, _ in self._parts[name]]

    def read(self, name: str) -> np.ndarray:
        """The value of a tensor, put together where it lies in parts.

        Raises:
          NotFoundError: there is none of that name.
          DataLossError: it is damaged.
          InvalidArgumentError: parts are missing.
        """
        _, shape = self.dtype_and_shape(name)
        return self.read_slice(name, TensorSlice.whole(len(shape)))

    def read_slice(self, name: str, part: TensorSlice) -> np.ndarray:
        """A part of a tensor; errors are those of `read`.

        Raises:
          InternalError: it is no part of the tensor.
        """
        dtype, shape = self.dtype_and_shape(name)
        wanted = part.bounds(shape)
        tables = dict(self._parts[name])
        try:
            pieces = slices_within(wanted, list(tables), shape)
        except errors.InternalError as error:
            raise self._damaged(name, error.message) from None
        if pieces is None:
            raise errors.InvalidArgumentError.of(
                f"Does not have sufficient slices for partitioned tensor {name} to restore in "
                f"slice_spec: {part}"
            )
        found = [
            (piece, common, self._part(name, piece, tables[piece])) for piece, common in pieces
        ]
        whole = np.empty([end - start for start, end in wanted], dtype.numpy)
        for piece, common, value in found:
            source = within(common, [start for start, _ in piece.bounds(shape)])
            whole[within(common, [start for start, _ in wanted])] = value[source]
        return whole

    def _part(self, name: str, part: TensorSlice, table: TableReader) -> np.ndarray:
        """The value of a part as it lies in a file."""
        dtype, shape = self.dtype_and_shape(name)
        dims = [end - start for start, end in part.bounds(shape)]
        message = self._message(table, slice_key(name, part))
        if message is None:
            raise self._damaged(name, f"its part {part} is missing in {table.path}, or damaged")
        data = message.data.data
        if listed_count(data, dtype) != int(np.prod(dims, dtype=np.int64)):
            raise self._damaged(name, f"its part {part} has another size in {table.path}")
        data.dtype = dtype.as_datatype_enum
        data.tensor_shape.CopyFrom(TensorShape(dims).as_proto())
        return make_ndarray(data)

    def _damaged(self, name: str, why: str) -> errors.DataLossError:
        return errors.DataLossError.of(f"Unable to read {name} of {self.pattern}: {why}")


def _is_sound(tensor: Any) -> bool:
    """Whether a tensor can be of such a dtype and shape."""
    try:
        dtype = DType(tensor.type)
    except TypeError:
        return False
    dims = [dim.size for dim in tensor.shape.dim]
    return not dtype.is_ref_dtype and len(dims) <= 32 and min(dims, default=0) >= 0


def _matching(pattern: str) -> list[str]:
    """The files that match a pattern, sorted."""
    found = sorted(glob.glob(pattern))
    if found:
        return found
    begin = "Unsuccessful TensorSliceReader constructor: "
    folder = os.path.dirname(pattern)
    if folder and not os.path.isdir(folder):
        raise errors.InvalidArgumentError.of(
            f"{begin}Failed to get matching files on {pattern}: Not found: {folder}; No such file "
            "or directory"
        )
    raise errors.NotFoundError.of(f"{begin}Failed to find any matching files for {pattern}")
