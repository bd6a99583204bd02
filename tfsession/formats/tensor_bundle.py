"""Tensor bundles: checkpoints of version 2, an index and files with the bytes of tensors.

`<prefix>.index` is a sorted table of BundleEntryProtos by the names of tensors; the empty name has
a BundleHeaderProto. `<prefix>.data-00000-of-00001` and its like have what the entries point to.

Both are written under other names first, so that whoever is interrupted leaves the bundle that was
there: the data are renamed, then the index. An index that waits beside data that have been renamed
already counts as if it had been renamed, too.
"""

from __future__ import annotations

import contextlib
import glob
import math
import os
import secrets
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

from tfsession import errors
from tfsession.dtypes import DType
from tfsession.formats import stored_tensors
from tfsession.formats.sorted_table import TableReader, TableWriter
from tfsession.formats.streams import file_error, open_to_read
from tfsession.formats.tensor_slices import TensorSlice, slice_key, slices_within, within
from tfsession.protos import BundleEntryProto, BundleHeaderProto
from tfsession.shapes import TensorShape

_HEADER_KEY = b""
_VERSION = 1
# How files are called while they are written, before a number of their own.
_UNFINISHED = ".tempstate"


def index_path(prefix: str) -> str:
    """The file of the index."""
    return prefix + ".index"


def data_path(prefix: str, shard: int, shards: int) -> str:
    """The file of some of the data."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


# ---- Writing ----


class BundleWriter:
    """Writes a bundle with one file of data, tensor by tensor; nothing is kept in memory.

    Used as a context manager: it is there under its name when the block is left, and not at all
    where an exception leaves it.
    """

    def __init__(self, prefix: str) -> None:
        """Begins a bundle; makes its folder.

        Raises:
          OpError: folder or file cannot be made.
        """
        self._prefix = prefix
        self._entries: dict[bytes, BundleEntryProto] = {}
        self._offset = 0
        suffix = f"{_UNFINISHED}{secrets.randbits(64)}"
        self._data = data_path(prefix, 0, 1)
        self._unfinished = self._data + suffix
        self._unfinished_index = index_path(prefix) + suffix
        with _file_errors(self._unfinished):
            os.makedirs(os.path.dirname(prefix) or ".", exist_ok=True)
            self._file: IO[bytes] = open(self._unfinished, "wb", buffering=0)

    def __enter__(self) -> BundleWriter:
        return self

    def __exit__(self, kind: Any, *exception: Any) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._file.close()
            for path in (self._unfinished_index, self._unfinished):
                with contextlib.suppress(OSError):
                    os.unlink(path)

    def add(self, name: str, array: np.ndarray, dtype: DType) -> None:
        """Appends a tensor.

        Args:
          name: its name.
          array: its value; bytes in an object array for strings.
          dtype: its dtype.

        Raises:
          InvalidArgumentError: there is one of this name already.
          UnimplementedError: tensors of this dtype are not written.
          ResourceExhaustedError: the disk is full.
        """
        self._add(name.encode(), array, dtype)

    def add_slice(
        self, name: str, shape: Sequence[int], part: TensorSlice, array: np.ndarray, dtype: DType
    ) -> None:
        """Appends a part of a tensor; arguments and errors are those of `add`.

        Args:
          shape: the shape of the whole.
          part: which part it is.
        """
        if part.is_whole(shape):
            self.add(name, array, dtype)
            return
        key = name.encode()
        present = self._entries.get(key)
        made = _described(dtype, shape)
        if present is not None:
            _check_same_tensor(name, present, made)
        self._add(slice_key(name, part), array, dtype)
        self._entries.setdefault(key, made).slices.append(part.as_proto())

    def _add(self, key: bytes, array: np.ndarray, dtype: DType) -> None:
        if key in self._entries:
            shown = key.partition(b"\0")[0].decode(errors="replace")
            raise errors.InvalidArgumentError.of(f"Adding duplicate key: {shown}")
        with _file_errors(self._unfinished):
            size, crc = stored_tensors.write(self._file, array, dtype)
        entry = self._entries[key] = _described(dtype, array.shape)
        entry.offset, entry.size, entry.crc32c = self._offset, size, crc
        self._offset += size

    def _finish(self) -> None:
        _write_index(self._unfinished_index, 1, self._entries)
        with _file_errors(self._data):
            self._file.close()
            _settle(self._prefix, besides=self._unfinished_index)
            os.replace(self._unfinished, self._data)
            os.replace(self._unfinished_index, index_path(self._prefix))


def _described(dtype: DType, dims: Sequence[int]) -> BundleEntryProto:
    """The entry of a tensor that is nowhere yet."""
    number: Any = dtype.as_datatype_enum
    return BundleEntryProto(dtype=number, shape=TensorShape(dims).as_proto())


def _check_same_tensor(name: str, present: Any, other: Any) -> None:
    """Raises InvalidArgumentError where parts are not of the same tensor."""
    for what, a, b in (
        ("dtype", present.dtype, other.dtype),
        ("shape", present.shape, other.shape),
    ):
        if a != b:
            raise errors.InvalidArgumentError.of(
                f"Slices of the tensor {name} differ in the {what} of the whole"
            )


def _write_index(path: str, shards: int, entries: dict[bytes, BundleEntryProto]) -> None:
    header = BundleHeaderProto(num_shards=shards)
    header.version.producer = _VERSION
    with _file_errors(path), open(path, "wb") as file:
        table = TableWriter(file)
        table.add(_HEADER_KEY, header.SerializeToString())
        for key in sorted(entries):
            table.add(key, entries[key].SerializeToString(deterministic=True))
        table.finish()


@contextlib.contextmanager
def _file_errors(path: str) -> Iterator[None]:
    """Turns errors of the operating system into those of TensorFlow's file system."""
    try:
        yield
    except OSError as error:
        raise file_error(os.fsdecode(error.filename or path), error) from None


# ---- What an interrupted writer leaves ----


def _waiting_index(prefix: str) -> str | None:
    """The index of a writer that was interrupted when it had renamed the data already."""
    index = index_path(prefix)
    for path in glob.glob(f"{glob.escape(index)}{_UNFINISHED}*"):
        data = data_path(prefix, 0, 1) + path[len(index) :]
        with contextlib.suppress(OSError):
            # One that is older belongs to data that have been replaced since.
            if not os.path.exists(data) and os.stat(path).st_mtime_ns >= os.stat(index).st_mtime_ns:
                return path
    return None


def _settle(prefix: str, besides: str) -> None:
    """Finishes what another writer of this bundle has begun, or clears it away."""
    waiting = _waiting_index(prefix)
    if waiting is not None:
        os.replace(waiting, index_path(prefix))
    for path in glob.glob(f"{glob.escape(index_path(prefix))}{_UNFINISHED}*"):
        if path != besides:
            with contextlib.suppress(OSError):
                os.unlink(path)


# ---- Reading ----


class BundleReader:
    """Reads tensors of a bundle.

    Attributes:
      prefix: the bundle.
      entries: the BundleEntryProto of each key as bytes; parts of tensors have keys of their own.
      shards: the number of files with data.
    """

    def __init__(self, prefix: str) -> None:
        """Reads the index.

        Raises:
          OpError: it cannot be read.
          DataLossError: it is damaged.
        """
        self.prefix = prefix
        index = index_path(prefix)
        table = TableReader(_waiting_index(prefix) or index)
        try:
            self.entries = dict(table.entries())
        except errors.DataLossError as error:
            raise errors.DataLossError.of(
                f"Unable to read file ({index}). Perhaps the file is corrupt or was produced by a "
                "newer version of TensorFlow with format changes (failed to seek to header entry): "
                f"{error.message}"
            ) from None
        finally:
            table.close()
        self.shards = self._read_header(index)
        self._files: dict[int, tuple[IO[bytes], int]] = {}

    def _read_header(self, index: str) -> int:
        content = self.entries.pop(_HEADER_KEY, None)
        header = None if content is None else _parsed(BundleHeaderProto, content)
        if header is None or header.num_shards < 0:
            raise errors.DataLossError.of(
                f"Unable to read file ({index}). Perhaps the file is corrupt or was produced by a "
                "newer version of TensorFlow with format changes (failed to parse header entry)"
            )
        if header.endianness != BundleHeaderProto.LITTLE:
            raise errors.UnimplementedError.of(
                f"Reading a bundle with different endianness from the reader ({index})"
            )
        if header.version.min_consumer > _VERSION:
            raise errors.InvalidArgumentError.of(
                f"Checkpoint min consumer version {header.version.min_consumer} above current "
                f"version {_VERSION} for TensorFlow 1.15.0.  Please upgrade TensorFlow."
            )
        return int(header.num_shards)

    def __enter__(self) -> BundleReader:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def close(self) -> None:
        """Closes the files of data."""
        while self._files:
            self._files.popitem()[1][0].close()

    def names(self) -> list[str]:
        """The names of the tensors, in their order."""
        return [key.decode(errors="surrogateescape") for key in self.entries if key[0]]

    def has(self, name: str) -> bool:
        """Whether there is a tensor of that name."""
        return name.encode(errors="surrogateescape") in self.entries

    def stored_keys(self) -> list[str]:
        """The keys of tensors and parts that have values of their own, in their order."""
        keys = [key.decode(errors="surrogateescape") for key in self.entries]
        return [key for key in keys if not self.entry(key).slices]

    def entry(self, name: str) -> BundleEntryProto:
        """The entry of a tensor.

        Raises:
          NotFoundError: there is none of that name.
          DataLossError: it is damaged.
        """
        return self.entry_of(name.encode(errors="surrogateescape"), name)

    def entry_of(self, key: bytes, name: str) -> BundleEntryProto:
        """The entry of a key, which belongs to the tensor `name`; see `entry` for errors."""
        content = self.entries.get(key)
        if content is None:
            raise errors.NotFoundError.of(f"Key {name} not found in checkpoint")
        entry: BundleEntryProto | None = _parsed(BundleEntryProto, content)
        if entry is None or not _is_sound(entry):
            raise self._damaged(name, "its entry in the index cannot be read")
        return entry

    def _damaged(self, name: str, why: str) -> errors.DataLossError:
        return errors.DataLossError.of(f"Unable to read {name} of {self.prefix}: {why}")

    def dtype_and_shape(self, name: str) -> tuple[DType, tuple[int, ...]]:
        """What a tensor is; see `entry` for errors."""
        entry = self.entry(name)
        return DType(entry.dtype), _dims(entry)

    def read(self, name: str) -> np.ndarray:
        """The value of a tensor, put together where it lies in parts.

        Raises:
          NotFoundError: there is none of that name, or a file is missing.
          DataLossError: the value is damaged.
          OutOfRangeError: a file is too short.
          InvalidArgumentError: parts are missing.
        """
        entry = self.entry(name)
        if not entry.slices:
            return self._value(name, entry)
        return self._assembled(name, entry, TensorSlice.whole(len(entry.shape.dim)))

    def read_slice(self, name: str, part: TensorSlice) -> np.ndarray:
        """A part of a tensor; errors are those of `read`.

        Raises:
          InternalError: it is no part of the tensor.
        """
        entry = self.entry(name)
        if not entry.slices:
            bounds = [slice(*pair) for pair in part.bounds(_dims(entry))]
            return np.ascontiguousarray(self._value(name, entry)[tuple(bounds)])
        return self._assembled(name, entry, part)

    def _assembled(self, name: str, entry: BundleEntryProto, part: TensorSlice) -> np.ndarray:
        """A part of a tensor, of the parts that are there."""
        shape = _dims(entry)
        wanted = part.bounds(shape)
        stored = [TensorSlice.of_proto(message) for message in entry.slices]
        try:
            pieces = slices_within(wanted, stored, shape)
        except errors.InternalError as error:
            raise self._damaged(name, error.message) from None
        if pieces is None:
            raise errors.InvalidArgumentError.of(
                f"Does not have sufficient slices for partitioned tensor {name} to restore in "
                f"slice_spec: {part}"
            )
        if len(pieces) == 1 and pieces[0][1] == pieces[0][0].bounds(shape):
            return self._stored_part(name, entry, pieces[0][0])
        self._check_room(name, [self._part_entry(name, entry, piece) for piece, _ in pieces])
        whole = np.empty([end - start for start, end in wanted], DType(entry.dtype).numpy)
        for piece, common in pieces:
            value = self._stored_part(name, entry, piece)
            source = within(common, [start for start, _ in piece.bounds(shape)])
            whole[within(common, [start for start, _ in wanted])] = value[source]
        return whole

    def _check_room(self, name: str, entries: Sequence[BundleEntryProto]) -> None:
        """Raises DataLossError where parts are said to take more bytes than there are."""
        files = {entry.shard_id: self._file(entry.shard_id)[1] for entry in entries}
        if sum(entry.size for entry in entries) > sum(files.values()):
            raise self._damaged(name, "its parts lie over each other")

    def _part_entry(
        self, name: str, whole: BundleEntryProto, part: TensorSlice
    ) -> BundleEntryProto:
        key = slice_key(name, part)
        if key not in self.entries:
            raise self._damaged(name, f"its part {part} is missing")
        entry = self.entry_of(key, name)
        dims = tuple(end - start for start, end in part.bounds(_dims(whole)))
        if _dims(entry) != dims or entry.dtype != whole.dtype or entry.slices:
            raise self._damaged(name, f"its part {part} has another shape or dtype")
        return entry

    def _stored_part(self, name: str, whole: BundleEntryProto, part: TensorSlice) -> np.ndarray:
        return self._value(name, self._part_entry(name, whole, part))

    def _value(self, name: str, entry: BundleEntryProto) -> np.ndarray:
        file, file_bytes = self._file(entry.shard_id)
        place = f"tensor {name} at byte {entry.offset} of {file.name}"
        if entry.offset + entry.size > file_bytes:
            raise errors.OutOfRangeError.of(f"Read less bytes than requested ({place})")
        return stored_tensors.read(
            file, entry.offset, entry.size, entry.crc32c, DType(entry.dtype), _dims(entry), place
        )

    def _file(self, shard: int) -> tuple[IO[bytes], int]:
        """A file of data, and its size in bytes."""
        if shard not in self._files:
            file = open_to_read(data_path(self.prefix, shard, self.shards), buffering=0)
            self._files[shard] = file, os.fstat(file.fileno()).st_size
        return self._files[shard]


def _parsed(kind: Any, content: bytes) -> Any:
    """The message, or None."""
    from google.protobuf.message import DecodeError

    try:
        return kind.FromString(content)
    except DecodeError:
        return None


# What arrays of NumPy may have.
_MOST_DIMS = 32
_MOST_BYTES = 1 << 60


def _is_sound(entry: BundleEntryProto) -> bool:
    """Whether numbers of an entry are such that it can be read, and its shape fits its size."""
    try:
        dtype = DType(entry.dtype)
    except TypeError:
        return False
    dims = _dims(entry)
    if entry.shape.unknown_rank or min((entry.offset, entry.size, entry.shard_id, *dims)) < 0:
        return False
    extent = math.prod(size or 1 for size in dims) * dtype.size
    if dtype.is_ref_dtype or len(dims) > _MOST_DIMS or extent > _MOST_BYTES:
        return False
    return bool(entry.slices) or stored_tensors.may_have_size(dtype, dims, entry.size)


def _dims(entry: BundleEntryProto) -> tuple[int, ...]:
    return tuple(dim.size for dim in entry.shape.dim)


# ---- Merging ----


def merge(prefixes: Sequence[str], destination: str, delete_old_dirs: bool) -> None:
    """Makes one bundle of several: renames their data, and writes one index.

    Args:
      prefixes: the bundles, which are gone afterwards.
      destination: the new one.
      delete_old_dirs: whether their folders are deleted, too.

    Raises:
      InvalidArgumentError: two have a tensor of the same name.
      OpError: a file cannot be read or written.
    """
    sources: list[tuple[str, str]] = []
    entries: dict[bytes, BundleEntryProto] = {}
    readers = [BundleReader(prefix) for prefix in prefixes]
    shards = sum(reader.shards for reader in readers)
    for reader in readers:
        first = len(sources)
        for shard in range(reader.shards):
            old = data_path(reader.prefix, shard, reader.shards)
            sources.append((old, data_path(destination, len(sources), shards)))
        _merge_entries(reader, first, entries)
    unfinished = f"{index_path(destination)}{_UNFINISHED}{secrets.randbits(64)}"
    with _file_errors(destination):
        os.makedirs(os.path.dirname(destination) or ".", exist_ok=True)
        for old, new in sources:
            os.replace(old, new)
        _write_index(unfinished, shards, entries)
        os.replace(unfinished, index_path(destination))
    for prefix in prefixes:
        with contextlib.suppress(OSError):
            os.unlink(index_path(prefix))
    for folder in {os.path.dirname(prefix) for prefix in prefixes} if delete_old_dirs else ():
        # Only what is empty: it might be the folder of something else.
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def _merge_entries(
    reader: BundleReader, first_shard: int, entries: dict[bytes, BundleEntryProto]
) -> None:
    for key in reader.entries:
        name = key.decode(errors="surrogateescape")
        entry = reader.entry_of(key, name)
        present = entries.get(key)
        if present is None:
            entry.shard_id += first_shard
            entries[key] = entry
        elif present.slices and entry.slices:
            _check_same_tensor(name, present, entry)
            present.slices.extend(entry.slices)
        else:
            raise errors.InvalidArgumentError.of(
                f"Duplicate tensor keyed by {name} encountered, when merging prefix: "
                f"{reader.prefix}"
            )


def remove(prefix: str) -> None:
    """Deletes the files of a bundle; the index first, so that it is never half there."""
    paths = [index_path(prefix), *glob.glob(f"{glob.escape(prefix)}.data-?????-of-?????")]
    for path in paths:
        with _file_errors(path):
            os.unlink(path)
