"""Kernels of the ops on readers and files."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.formats.streams import file_error, path_of
from tfsession.registry import kernel
from tfsession.resources import queues, readers
from tfsession.resources.readers import Reader
from tfsession.shapes import format_dims

from .handles import behind, made_handle, of_node


def text(value: Any) -> Any:
    """A byte string as a scalar tensor."""
    scalar = np.empty((), object)
    scalar[()] = value
    return scalar


def texts(values: list[bytes]) -> Any:
    """Byte strings as a vector."""
    vector = np.empty(len(values), object)
    vector[:] = values
    return vector


def _scalar(value: Any) -> bytes:
    if np.ndim(value):
        shape = format_dims(value.shape)
        raise InvalidArgumentError.of(
            f"Input filename tensor must be scalar, but had shape: {shape}"
        )
    text: bytes = value.item() if isinstance(value, np.ndarray) else value
    return text


# ---- IdentityReaderV2, WholeFileReaderV2, TextLineReaderV2, TFRecordReaderV2,
#      FixedLengthRecordReaderV2 ----


def _make_reader(op: Any) -> Reader:
    attrs = op.attrs
    for name in ("skip_header_lines", "header_bytes", "record_bytes", "footer_bytes", "hop_bytes"):
        if attrs.get(name, 0) < 0:
            raise InvalidArgumentError.of(f"{name} must be >= 0 not {attrs[name]}")
    if op.type == "TextLineReaderV2":
        return readers.TextLineReader(op.name, attrs["skip_header_lines"])
    if op.type == "TFRecordReaderV2":
        return readers.TFRecordReader(op.name, _compression(attrs["compression_type"]))
    if op.type == "FixedLengthRecordReaderV2":
        return readers.FixedLengthRecordReader(
            op.name,
            attrs["header_bytes"],
            attrs["record_bytes"],
            attrs["footer_bytes"],
            attrs["hop_bytes"],
            _compression(attrs["encoding"]),
        )
    kinds: dict[str, Callable[[str], Reader]] = {
        "IdentityReaderV2": readers.IdentityReader,
        "WholeFileReaderV2": readers.WholeFileReader,
    }
    return kinds[op.type](op.name)


def _compression(name: bytes) -> str:
    if name not in (b"", b"ZLIB", b"GZIP"):
        raise InvalidArgumentError.of(f"Unsupported compression: {name.decode()!r}")
    return name.decode()


def _reader_state(resources: Any, op: Any) -> Any:
    name = op.attrs["shared_name"].decode() or queues.unique_name(op.name)
    container = op.attrs["container"].decode()
    try:
        return resources.lookup_or_create(container, "reader", name, lambda: _make_reader(op))
    except InvalidArgumentError as error:
        raise of_node(op, error) from None


@kernel(
    "FixedLengthRecordReaderV2",
    "IdentityReaderV2",
    "TFRecordReaderV2",
    "TextLineReaderV2",
    "WholeFileReaderV2",
    device="CPU",
    state=_reader_state,
)
def reader_handle(xp: Any, state: Reader) -> Any:
    return made_handle(state)


# ---- ReaderReadV2, ReaderReadUpToV2 ----


@kernel("ReaderReadV2", device="CPU", blocks=True)
def reader_read(xp: Any, reader_handle: Any, queue_handle: Any) -> Any:
    key, value = behind(reader_handle).read(behind(queue_handle))
    return text(key), text(value)


@kernel("ReaderReadUpToV2", device="CPU", blocks=True)
def reader_read_up_to(xp: Any, reader_handle: Any, queue_handle: Any, num_records: Any) -> Any:
    found = behind(reader_handle).read_up_to(behind(queue_handle), int(num_records))
    return texts([key for key, _ in found]), texts([value for _, value in found])


# ---- ReaderNumRecordsProducedV2, ReaderNumWorkUnitsCompletedV2 ----


@kernel("ReaderNumRecordsProducedV2", device="CPU", blocks=True)
def reader_num_records_produced(xp: Any, reader_handle: Any) -> Any:
    return np.int64(behind(reader_handle).records_produced)


@kernel("ReaderNumWorkUnitsCompletedV2", device="CPU", blocks=True)
def reader_num_work_units_completed(xp: Any, reader_handle: Any) -> Any:
    return np.int64(behind(reader_handle).work_units_completed)


# ---- ReaderSerializeStateV2, ReaderRestoreStateV2, ReaderResetV2 ----


@kernel("ReaderSerializeStateV2", device="CPU", blocks=True)
def reader_serialize_state(xp: Any, reader_handle: Any) -> Any:
    return text(behind(reader_handle).serialize_state())


@kernel("ReaderRestoreStateV2", device="CPU", blocks=True)
def reader_restore_state(xp: Any, reader_handle: Any, state: Any) -> None:
    behind(reader_handle).restore_state(_scalar(state))


@kernel("ReaderResetV2", device="CPU", blocks=True)
def reader_reset(xp: Any, reader_handle: Any) -> None:
    behind(reader_handle).reset()


# ---- ReadFile, WriteFile, MatchingFiles ----


@kernel("ReadFile", device="CPU")
def read_file(xp: Any, filename: Any) -> Any:
    return text(readers.read_whole(path_of(_scalar(filename))))


@kernel("WriteFile", device="CPU")
def write_file(xp: Any, filename: Any, contents: Any) -> None:
    path = path_of(_scalar(filename))
    try:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as file:
            file.write(_scalar(contents))
    except OSError as error:
        raise file_error(os.fsdecode(error.filename or path), error) from None


@kernel("MatchingFiles", device="CPU")
def matching_files(xp: Any, pattern: Any) -> Any:
    """Paths that match a scalar or a vector of patterns, sorted."""
    patterns = [_below_a_folder(one) for one in np.ravel(np.asarray(pattern, object))]
    found = [path for one in patterns for path in glob.iglob(one, include_hidden=True)]
    return texts(sorted(found))


def _below_a_folder(pattern: bytes) -> bytes:
    """The pattern, with the working folder in front where it names none."""
    fixed = re.split(rb"[*?\[\\]", pattern, maxsplit=1)[0]
    return pattern if b"/" in fixed else b"./" + pattern
