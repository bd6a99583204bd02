"""Readers: they take work items, most often names of files, from a queue and give records.

A reader has at most one work item in progress. A kind of reader says how an item is begun, and
gives its records one by one; the rest is book-keeping.

Source: TensorFlow 1.15, core/framework/reader_base.cc.
"""

from __future__ import annotations

import abc
import threading
from typing import IO, ClassVar

from tfsession.dtypes import string
from tfsession.errors import InvalidArgumentError, OutOfRangeError, UnimplementedError
from tfsession.formats.streams import file_error, open_to_read, path_of
from tfsession.formats.tfrecord import RecordReader
from tfsession.resources.queues import Queue

Record = tuple[bytes, bytes]
"""Key and value."""


class Reader(abc.ABC):
    """What all readers have in common; safe to use from several threads.

    Attributes:
      node: the name of the operation that makes the reader.
    """

    kind: ClassVar[str]

    def __init__(self, node: str) -> None:
        self.node = node
        self._lock = threading.RLock()
        self._work = b""
        self._work_started = 0
        self._work_finished = 0
        self._records_produced = 0

    # -- What a kind of reader does; always called under the lock --

    def _begin(self) -> None:  # noqa: B027  # some have nothing to begin
        """Begins with the work item `_work`.

        Raises:
          OpError: it cannot be begun; it is then skipped.
        """

    @abc.abstractmethod
    def _next(self) -> tuple[Record | None, bool]:
        """The next record or None, and whether the work item has come to its end."""

    def _end(self) -> None:  # noqa: B027  # some hold nothing
        """Gives back what the work item holds."""

    # -- Reading --

    def read(self, queue: Queue) -> Record:
        """The next record.

        Args:
          queue: where work items come from; read only where none is in progress.

        Raises:
          OutOfRangeError: the queue is closed and empty.
          OpError: the work item cannot be read.
        """
        records: list[Record] = []
        with self._lock:
            while not records:
                self._advance(queue, records)
        return records[0]

    def read_up_to(self, queue: Queue, count: int) -> list[Record]:
        """The next records, at most `count`, of one work item; one at least unless `count` is 0.

        Raises:
          OutOfRangeError: the queue is closed and empty.
          OpError: the work item cannot be read.
        """
        records: list[Record] = []
        with self._lock:
            while len(records) < count:
                if self._advance(queue, records) and records:
                    break
        return records

    def _advance(self, queue: Queue, records: list[Record]) -> bool:
        """Adds at most one record; returns whether that ended the work item."""
        if self._work_finished >= self._work_started:
            self._work = b""
            self._work = _work_item(queue)
            self._begin()
            self._work_started += 1
        record, is_over = self._next()
        if record is not None:
            self._records_produced += 1
            records.append(record)
        if is_over:
            self._end()
            self._work_finished = self._work_started
        return is_over

    # -- Book-keeping --

    @property
    def records_produced(self) -> int:
        """How many records the reader has given."""
        with self._lock:
            return self._records_produced

    @property
    def work_units_completed(self) -> int:
        """How many work items it has come to the end of."""
        with self._lock:
            return self._work_finished

    def reset(self) -> None:
        """Makes the reader as new."""
        with self._lock:
            self._end()
            self._work = b""
            self._work_started = self._work_finished = self._records_produced = 0

    def serialize_state(self) -> bytes:
        """The state as a serialised ReaderBaseState.

        Raises:
          UnimplementedError: this kind of reader cannot.
        """
        raise UnimplementedError.of("Reader SerializeState")

    def restore_state(self, state: bytes) -> None:
        """Takes up a state that `serialize_state` gave.

        Raises:
          UnimplementedError: this kind of reader cannot.
          InvalidArgumentError: `state` is no such state.
        """
        raise UnimplementedError.of("Reader RestoreState")

    def release(self) -> None:
        """Closes what is open."""
        self.reset()


def _work_item(queue: Queue) -> bytes:
    components = queue.dequeue()
    if len(components) != 1:
        raise InvalidArgumentError.of("Expected single component queue")
    if queue.component_types[0] is not string:
        raise InvalidArgumentError.of("Expected queue with single string component")
    if components[0].size != 1:
        raise InvalidArgumentError.of("Expected to dequeue a one-element string tensor")
    item: bytes = components[0].item()
    return item


class _SerializableReader(Reader):
    """A reader that is never within a work item, so that its state is a few numbers."""

    def serialize_state(self) -> bytes:
        from tfsession.protos import ReaderBaseState

        with self._lock:
            state = ReaderBaseState(
                work_started=self._work_started,
                work_finished=self._work_finished,
                num_records_produced=self._records_produced,
                current_work=self._work,
            )
        serialized: bytes = state.SerializeToString(deterministic=True)
        return serialized

    def restore_state(self, state: bytes) -> None:
        from google.protobuf.message import DecodeError

        from tfsession.protos import ReaderBaseState

        try:
            parsed = ReaderBaseState.FromString(state)
        except DecodeError:
            raise InvalidArgumentError.of(
                f"Could not parse state for {self._title()}: {_escaped(state)}"
            ) from None
        numbers = parsed.work_started, parsed.work_finished, parsed.num_records_produced
        if min(numbers) < 0:
            raise InvalidArgumentError.of(
                f"Unexpected negative value when restoring in {self._title()}: {parsed}"
            )
        if parsed.work_started > parsed.work_finished:
            raise InvalidArgumentError.of(
                f"Inconsistent work started vs. finished when restoring in {self._title()}: "
                f"{parsed}",
            )
        with self._lock:
            self._work_started, self._work_finished, self._records_produced = numbers
            self._work = parsed.current_work

    def _title(self) -> str:
        return f"{self.kind} '{self.node}'"


_ESCAPES = {ord(c): f"\\{c}" for c in "\\'\""} | {9: "\\t", 10: "\\n", 13: "\\r"}


def _escaped(data: bytes) -> str:
    """The bytes as C writes them in a string."""
    return "".join(
        _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in data
    )


# ---- Kinds of readers ----


class IdentityReader(_SerializableReader):
    """Gives each work item as a record, key and value alike."""

    kind = "IdentityReader"

    def _next(self) -> tuple[Record | None, bool]:
        return (self._work, self._work), True


class WholeFileReader(_SerializableReader):
    """Gives the content of each file as one record."""

    kind = "WholeFileReader"

    def _next(self) -> tuple[Record | None, bool]:
        return (self._work, read_whole(path_of(self._work))), True


def read_whole(path: str) -> bytes:
    """The content of a file.

    Raises:
      OpError: the file cannot be read.
    """
    try:
        with open_to_read(path) as file:
            return file.read()
    except OSError as error:
        raise file_error(path, error) from None


class TextLineReader(Reader):
    """Gives the lines of each file, without the ends of lines."""

    kind = "TextLineReader"

    def __init__(self, node: str, skip_header_lines: int = 0) -> None:
        """Makes a reader that leaves out the first `skip_header_lines` lines of each file."""
        super().__init__(node)
        self._skip_header_lines = skip_header_lines
        self._file: IO[bytes] | None = None
        self._line = 0

    def _begin(self) -> None:
        self._file = open_to_read(path_of(self._work))
        self._line = 0
        while self._line < self._skip_header_lines and self._read_line():
            self._line += 1

    def _read_line(self) -> bytes:
        assert self._file is not None
        try:
            return self._file.readline()
        except OSError as error:
            raise file_error(path_of(self._work), error) from None

    def _next(self) -> tuple[Record | None, bool]:
        line = self._read_line()
        if not line:
            return None, True
        self._line += 1
        return (b"%b:%d" % (self._work, self._line), _without_line_end(line)), False

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _without_line_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


class TFRecordReader(Reader):
    """Gives the records of TFRecord files."""

    kind = "TFRecordReader"

    def __init__(self, node: str, compression: str = "") -> None:
        """Makes a reader; `compression` is '', 'ZLIB' or 'GZIP'."""
        super().__init__(node)
        self._compression = compression
        self._records: RecordReader | None = None

    def _begin(self) -> None:
        self._records = RecordReader(path_of(self._work), self._compression)

    def _next(self) -> tuple[Record | None, bool]:
        assert self._records is not None
        offset = self._records.offset
        value = self._records.read()
        if value is None:
            return None, True
        return (b"%b:%d" % (self._work, offset), value), False

    def _end(self) -> None:
        if self._records is not None:
            self._records.close()
            self._records = None


class FixedLengthRecordReader(Reader):
    """Gives records of one length, at equal distances, between a header and a footer."""

    kind = "FixedLengthRecordReader"

    def __init__(
        self,
        node: str,
        header_bytes: int,
        record_bytes: int,
        footer_bytes: int,
        hop_bytes: int,
        encoding: str = "",
    ) -> None:
        """Makes a reader.

        Args:
          node: the name of the operation that makes the reader.
          header_bytes: left out at the beginning of each file.
          record_bytes: the length of a record.
          footer_bytes: left out at the end of each file.
          hop_bytes: from the beginning of one record to that of the next; 0: a record's length.
          encoding: '', 'ZLIB' or 'GZIP'.
        """
        super().__init__(node)
        self._header_bytes = header_bytes
        self._record_bytes = record_bytes
        self._footer_bytes = footer_bytes
        self._hop_bytes = hop_bytes or record_bytes
        self._encoding = encoding
        self._file: IO[bytes] | None = None
        self._ahead = b""
        self._index = 0

    def _begin(self) -> None:
        self._end()
        self._file = open_to_read(path_of(self._work), self._encoding)
        self._ahead = b""
        self._index = 0
        if len(self._read_bytes(self._header_bytes)) < self._header_bytes:
            raise OutOfRangeError.of("reached end of file")

    def _read_bytes(self, count: int) -> bytes:
        assert self._file is not None
        try:
            return self._file.read(count)
        except OSError as error:
            raise file_error(path_of(self._work), error) from None

    def _next(self) -> tuple[Record | None, bool]:
        # A record is given only after the footer's length behind it has been seen: what is read
        # ahead may be the beginning of the next record, or the footer.
        if self._index:
            known = len(self._ahead)
            self._ahead = self._ahead[self._hop_bytes :]
            gap = self._hop_bytes - known
            if gap > 0 and len(self._read_bytes(gap)) < gap:
                return None, True
        missing = self._record_bytes + self._footer_bytes - len(self._ahead)
        self._ahead += self._read_bytes(max(missing, 0))
        if len(self._ahead) < self._record_bytes + self._footer_bytes:
            return None, True
        key = b"%b:%d" % (self._work, self._index)
        self._index += 1
        return (key, self._ahead[: self._record_bytes]), False

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
