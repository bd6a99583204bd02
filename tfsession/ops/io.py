"""Ops on readers and files."""

from __future__ import annotations

from typing import Any

from tfsession import shapes
from tfsession.graph.build import build
from tfsession.graph.operation import Operation, Tensor
from tfsession.registry import no_gradient, op, shape
from tfsession.shapes import Dims

__all__ = ["matching_files", "read_file", "write_file"]

# ---- IdentityReaderV2, WholeFileReaderV2, TextLineReaderV2, TFRecordReaderV2,
#      FixedLengthRecordReaderV2 ----

_SHARING = "container: string = ''; shared_name: string = ''"
for _name, _attributes in {
    "IdentityReaderV2": _SHARING,
    "WholeFileReaderV2": _SHARING,
    "TextLineReaderV2": f"skip_header_lines: int = 0; {_SHARING}",
    "TFRecordReaderV2": f"{_SHARING}; compression_type: string = ''",
    "FixedLengthRecordReaderV2": (
        "header_bytes: int = 0; record_bytes: int; footer_bytes: int = 0; hop_bytes: int = 0; "
        f"{_SHARING}; encoding: string = ''"
    ),
}.items():
    op(f"{_name}() -> reader_handle: resource", _attributes, stateful=True)
_READERS = (
    "IdentityReaderV2",
    "WholeFileReaderV2",
    "TextLineReaderV2",
    "TFRecordReaderV2",
    "FixedLengthRecordReaderV2",
)


@shape(*_READERS)
def reader_handle_shape() -> Dims:
    return ()


no_gradient(*_READERS)


# ---- ReaderReadV2, ReaderReadUpToV2 ----

op(
    "ReaderReadV2(reader_handle: resource, queue_handle: resource) -> key: string, value: string",
    stateful=True,
)
op(
    "ReaderReadUpToV2(reader_handle: resource, queue_handle: resource, num_records: int64)"
    " -> keys: string, values: string",
    stateful=True,
)


@shape("ReaderReadV2")
def reader_read_shape() -> list[Dims]:
    return [(), ()]


@shape("ReaderReadUpToV2")
def reader_read_up_to_shape() -> list[Dims]:
    return [(None,), (None,)]


no_gradient("ReaderReadV2", "ReaderReadUpToV2")


# ---- ReaderNumRecordsProducedV2, ReaderNumWorkUnitsCompletedV2 ----

op(
    "ReaderNumRecordsProducedV2(reader_handle: resource) -> records_produced: int64",
    stateful=True,
)
op(
    "ReaderNumWorkUnitsCompletedV2(reader_handle: resource) -> units_completed: int64",
    stateful=True,
)


@shape("ReaderNumRecordsProducedV2", "ReaderNumWorkUnitsCompletedV2")
def reader_count_shape() -> Dims:
    return ()


no_gradient("ReaderNumRecordsProducedV2", "ReaderNumWorkUnitsCompletedV2")


# ---- ReaderSerializeStateV2, ReaderRestoreStateV2, ReaderResetV2 ----

op("ReaderSerializeStateV2(reader_handle: resource) -> state: string", stateful=True)
op("ReaderRestoreStateV2(reader_handle: resource, state: string)", stateful=True)
op("ReaderResetV2(reader_handle: resource)", stateful=True)


@shape("ReaderSerializeStateV2")
def reader_serialize_state_shape() -> Dims:
    return ()


@shape("ReaderRestoreStateV2")
def reader_restore_state_shape(state: Tensor) -> list[Dims]:
    shapes.with_rank(state.dims, 0)
    return []


@shape("ReaderResetV2")
def reader_reset_shape() -> list[Dims]:
    return []


no_gradient("ReaderSerializeStateV2", "ReaderRestoreStateV2", "ReaderResetV2")


# ---- ReadFile, WriteFile, MatchingFiles ----

# Stateful, other than in TensorFlow: files change between steps, so a read is never folded.
op("ReadFile(filename: string) -> contents: string", stateful=True)
op("WriteFile(filename: string, contents: string)", stateful=True)
op("MatchingFiles(pattern: string) -> filenames: string", stateful=True)


@shape("ReadFile")
def read_file_shape(filename: Tensor) -> Dims:
    shapes.with_rank(filename.dims, 0)
    return ()


@shape("WriteFile")
def write_file_shape(filename: Tensor, contents: Tensor) -> list[Dims]:
    shapes.with_rank(filename.dims, 0)
    shapes.with_rank(contents.dims, 0)
    return []


@shape("MatchingFiles")
def matching_files_shape(pattern: Tensor) -> Dims:
    shapes.with_rank_at_most(pattern.dims, 1)
    return (None,)


no_gradient("ReadFile", "WriteFile", "MatchingFiles")


def read_file(filename: Any, name: str | None = None) -> Tensor:
    """Returns the content of a file, a string scalar.

    Args:
      filename: a string scalar.
      name: a name for the operation.

    Raises:
      NotFoundError: when run, and there is no such file.

    Source: TensorFlow 1.15 `tf.read_file`.
    """
    contents: Tensor = build("ReadFile", filename, name=name)
    return contents


def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """Writes a file, and makes the folders it is in.

    Args:
      filename: a string scalar.
      contents: a string scalar.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.write_file`.
    """
    operation: Operation = build("WriteFile", filename, contents, name=name)
    return operation


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """Returns the paths of the files that match, sorted; string, [files].

    Args:
      pattern: a string scalar or vector; ``*``, ``?`` and ``[...]`` match within one folder's name.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.matching_files`.
    """
    filenames: Tensor = build("MatchingFiles", pattern, name=name)
    return filenames
