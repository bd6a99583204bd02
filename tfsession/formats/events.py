"""Event files, which TensorBoard reads: TFRecords of `Event` messages.

The first event of a file says which version the others have.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Iterator
from typing import IO, Any

from tfsession.formats.streams import file_error
from tfsession.formats.tfrecord import framed, tf_record_iterator
from tfsession.protos import Event

__all__ = ["EventsWriter", "summary_iterator"]

VERSION = "brain.Event:2"


class EventsWriter:
    """Writes one event file, `<prefix>.out.tfevents.<seconds>.<host><suffix>`.

    What is handed over is kept until `Flush`. When that fails, the file ends behind the last whole
    event, so that it can be read, and written again.

    Source: TensorFlow 1.15 `tensorflow.python.pywrap_tensorflow.EventsWriter`.
    """

    def __init__(self, file_prefix: Any) -> None:
        """Makes nothing yet: the file is made with its first event.

        Args:
          file_prefix: a path, to which the rest of the name is added.
        """
        self._prefix = os.fsdecode(file_prefix)
        self._suffix = ""
        self._path = ""
        self._file: IO[bytes] | None = None
        self._waiting: list[bytes] = []
        self._size = 0

    def InitWithSuffix(self, suffix: Any) -> None:  # TensorFlow's name
        """Makes the file, with a suffix to its name.

        Raises:
          OpError: it cannot be made.
        """
        self._suffix = os.fsdecode(suffix)
        self._open()

    def FileName(self) -> str:  # TensorFlow's name
        """The path of the file, which is made if need be."""
        self._open()
        return self._path

    def WriteEvent(self, event: Event) -> None:  # TensorFlow's name
        """Takes over an event.

        Raises:
          TypeError: it is no Event.
        """
        if not isinstance(event, Event):
            raise TypeError(f"Expected an event_pb2.Event proto,  but got {type(event)}")
        self.write_serialized(event.SerializeToString())

    def write_serialized(self, event: bytes) -> None:
        """Takes over the bytes of an event."""
        self._waiting.append(framed(event))

    def Flush(self) -> None:  # TensorFlow's name
        """Writes what waits.

        Raises:
          OpError: it cannot be written, and is lost.
        """
        self._open()
        data, self._waiting = b"".join(self._waiting), []
        self._write(data)

    def Close(self) -> None:  # TensorFlow's name
        """Writes what waits, and closes the file; the next event makes a new one.

        Raises:
          OpError: it cannot be written, and is lost.
        """
        if self._file is None and not self._waiting:
            return
        try:
            self.Flush()
        finally:
            file, self._file = self._file, None
            if file is not None:
                file.close()

    def _open(self) -> None:
        if self._file is not None:
            return
        # Two files of one second would have the same name, and the later one empty the other.
        second = int(time.time())
        while self._file is None:
            self._path = (
                f"{self._prefix}.out.tfevents.{second:010d}.{platform.node()}{self._suffix}"
            )
            try:
                self._file = open(self._path, "xb", buffering=0)
            except FileExistsError:
                second += 1
            except OSError as error:
                raise file_error(self._path, error) from None
        self._size = 0
        version = Event(wall_time=time.time(), file_version=VERSION)
        self._write(framed(version.SerializeToString()))

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            # A part of an event would hide all that come behind it.
            with contextlib.suppress(OSError):
                self._file.truncate(self._size)
                self._file.seek(self._size)
            raise file_error(self._path, error) from None
        self._size += len(data)


def summary_iterator(path: Any) -> Iterator[Event]:
    """Yields the events of an event file.

    Args:
      path: the file.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: the file is damaged.
      DecodeError: a record is no event; of `google.protobuf.message`.

    Source: TensorFlow 1.15 `tf.train.summary_iterator`.
    """
    for record in tf_record_iterator(path):
        yield Event.FromString(record)
