"""Files, and readers, which turn files that are named by a queue into records."""

from __future__ import annotations

from typing import Any

from tfsession import shapes
from tfsession.formats.tfrecord import TFRecordOptions
from tfsession.graph.build import TensorLike, build
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops.queue import QueueBase
from tfsession.registry import family, op, ranks, shape, undefined_gradient
from tfsession.shapes import Dims

__all__ = [
    "FixedLengthRecordReader",
    "IdentityReader",
    "ReaderBase",
    "TFRecordReader",
    "TextLineReader",
    "WholeFileReader",
    "matching_files",
    "read_file",
    "write_file",
]

family(is_light=True)


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


undefined_gradient(*_READERS)


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


ranks("ReaderReadUpToV2", num_records=0)


@shape("ReaderReadUpToV2")
def reader_read_up_to_shape() -> list[Dims]:
    return [(None,), (None,)]


undefined_gradient("ReaderReadV2", "ReaderReadUpToV2")


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


undefined_gradient("ReaderNumRecordsProducedV2", "ReaderNumWorkUnitsCompletedV2")


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


undefined_gradient("ReaderSerializeStateV2", "ReaderRestoreStateV2", "ReaderResetV2")


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


undefined_gradient("ReadFile", "WriteFile", "MatchingFiles")


def read_file(filename: TensorLike, name: str | None = None) -> Tensor:
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


def write_file(filename: TensorLike, contents: TensorLike, name: str | None = None) -> Operation:
    """Writes a file, and makes the folders it is in.

    Args:
      filename: a string scalar.
      contents: a string scalar.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.write_file`.
    """
    operation: Operation = build("WriteFile", filename, contents, name=name)
    return operation


def matching_files(pattern: TensorLike, name: str | None = None) -> Tensor:
    """Returns the paths of the files that match, sorted; string, [files].

    Args:
      pattern: a string scalar or vector; ``*``, ``?`` and ``[...]`` match within one folder's name.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.matching_files`.
    """
    filenames: Tensor = build("MatchingFiles", pattern, name=name)
    return filenames


class ReaderBase:
    """What all readers have in common.

    A reader takes work items, such as names of files, from a queue and gives records, each a key
    and a value.

    Source: TensorFlow 1.15 `tf.ReaderBase`.
    """

    def __init__(self, reader_ref: Tensor, supports_serialize: bool = False) -> None:
        """Wraps the handle `reader_ref` of a reader."""
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    @property
    def reader_ref(self) -> Tensor:
        """The handle of the reader, a resource scalar."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether the state can be serialised and restored."""
        return self._supports_serialize

    def read(self, queue: QueueBase | Tensor, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Returns the next record; takes a work item from the queue when none is in progress.

        Args:
          queue: a queue, or the handle of one, with one string component.
          name: a name for the operation.

        Returns:
          Key and value, string scalars.

        Raises:
          OutOfRangeError: when run, and the queue is closed and empty.

        Source: TensorFlow 1.15 `tf.ReaderBase.read`.
        """
        record: tuple[Tensor, Tensor] = build(
            "ReaderReadV2", self._reader_ref, _handle(queue), name=name
        )
        return record

    def read_up_to(
        self, queue: QueueBase | Tensor, num_records: TensorLike, name: str | None = None
    ) -> tuple[Tensor, Tensor]:
        """Returns records of one work item, fewer than `num_records` at its end.

        Args:
          queue: as for `read`.
          num_records: an int64 scalar.
          name: a name for the operation.

        Returns:
          Keys and values, string vectors.

        Source: TensorFlow 1.15 `tf.ReaderBase.read_up_to`.
        """
        records: tuple[Tensor, Tensor] = build(
            "ReaderReadUpToV2", self._reader_ref, _handle(queue), num_records, name=name
        )
        return records

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """Returns how many records the reader has given, an int64 scalar.

        Source: TensorFlow 1.15 `tf.ReaderBase.num_records_produced`.
        """
        result: Tensor = build("ReaderNumRecordsProducedV2", self._reader_ref, name=name)
        return result

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """Returns how many work items the reader has noticed the end of, an int64 scalar.

        Source: TensorFlow 1.15 `tf.ReaderBase.num_work_units_completed`.
        """
        result: Tensor = build("ReaderNumWorkUnitsCompletedV2", self._reader_ref, name=name)
        return result

    def serialize_state(self, name: str | None = None) -> Tensor:
        """Returns the state of the reader, a string scalar.

        Raises:
          UnimplementedError: when run, and the reader does not support it.

        Source: TensorFlow 1.15 `tf.ReaderBase.serialize_state`.
        """
        state: Tensor = build("ReaderSerializeStateV2", self._reader_ref, name=name)
        return state

    def restore_state(self, state: TensorLike, name: str | None = None) -> Operation:
        """Takes up a state that `serialize_state` gave.

        Args:
          state: a string scalar.
          name: a name for the operation.

        Raises:
          UnimplementedError: when run, and the reader does not support it.
          InvalidArgumentError: when run, and `state` is no such state.

        Source: TensorFlow 1.15 `tf.ReaderBase.restore_state`.
        """
        operation: Operation = build("ReaderRestoreStateV2", self._reader_ref, state, name=name)
        return operation

    def reset(self, name: str | None = None) -> Operation:
        """Makes the reader as new.

        Source: TensorFlow 1.15 `tf.ReaderBase.reset`.
        """
        operation: Operation = build("ReaderResetV2", self._reader_ref, name=name)
        return operation


def _handle(queue: QueueBase | Tensor) -> Tensor:
    handle: Tensor = queue if isinstance(queue, Tensor) else queue.queue_ref
    return handle


# ---- Kinds of readers ----


class WholeFileReader(ReaderBase):
    """Gives the content of each file as one record, with the file's name as key.

    Source: TensorFlow 1.15 `tf.WholeFileReader`.
    """

    def __init__(self, name: str | None = None) -> None:
        """Creates a reader; `name` is a name for the operation."""
        super().__init__(build("WholeFileReaderV2", name=name), supports_serialize=True)


class TextLineReader(ReaderBase):
    """Gives the lines of each file, with ``<file>:<line>`` as key.

    Source: TensorFlow 1.15 `tf.TextLineReader`.
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        """Creates a reader that leaves out the first `skip_header_lines` lines of each file."""
        super().__init__(build("TextLineReaderV2", skip_header_lines=skip_header_lines, name=name))


class FixedLengthRecordReader(ReaderBase):
    """Gives records of one length, with ``<file>:<number>`` as key.

    Source: TensorFlow 1.15 `tf.FixedLengthRecordReader`.
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        """Creates a reader.

        Args:
          record_bytes: the length of a record.
          header_bytes: left out at the beginning of each file.
          footer_bytes: left out at the end of each file.
          hop_bytes: from the beginning of one record to that of the next; None or 0: the length of
            a record.
          name: a name for the operation.
          encoding: None or '', 'ZLIB' or 'GZIP'.
        """
        super().__init__(
            build(
                "FixedLengthRecordReaderV2",
                record_bytes=record_bytes,
                header_bytes=header_bytes,
                footer_bytes=footer_bytes,
                hop_bytes=hop_bytes,
                encoding=encoding,
                name=name,
            )
        )


class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files, with ``<file>:<offset in bytes>`` as key.

    Source: TensorFlow 1.15 `tf.TFRecordReader`.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        """Creates a reader; `options` is a `tf.python_io.TFRecordOptions`."""
        compression = TFRecordOptions.get_compression_type_string(options)
        super().__init__(build("TFRecordReaderV2", compression_type=compression, name=name))


class IdentityReader(ReaderBase):
    """Gives each work item as a record, key and value alike.

    Source: TensorFlow 1.15 `tf.IdentityReader`.
    """

    def __init__(self, name: str | None = None) -> None:
        """Creates a reader; `name` is a name for the operation."""
        super().__init__(build("IdentityReaderV2", name=name), supports_serialize=True)
