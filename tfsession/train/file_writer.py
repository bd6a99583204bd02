"""`tf.summary.FileWriter`: events of a training, written into a folder while it goes on."""

from __future__ import annotations

import atexit
import os
import threading
import time
import warnings
import weakref
from typing import Any

from tfsession import errors, logging
from tfsession.formats.events import EventsWriter
from tfsession.formats.streams import file_error
from tfsession.graph.graph import Graph
from tfsession.graph.meta_graph import create_meta_graph_def
from tfsession.graph.scopes import get_default_graph
from tfsession.protos import (
    Event,
    GraphDef,
    MetaGraphDef,
    RunMetadata,
    SessionLog,
    Summary,
    TaggedRunMetadata,
)

__all__ = ["EventFileWriter", "FileWriter", "FileWriterCache"]


# ---- Events to a file, in a thread ----


class EventFileWriter:
    """Writes events into a file of a folder. Adding one never waits for the disk.

    When the disk is full, or away, an error is logged and the training goes on: what could not be
    written is lost, what comes later is written once that is possible.

    Source: TensorFlow 1.15 `tensorflow.python.summary.writer.event_file_writer.EventFileWriter`.
      There an event waits where `max_queue` others do, and events that are lost are not mentioned.
    """

    def __init__(
        self,
        logdir: Any,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str | None = None,
    ) -> None:
        """Makes the folder and the file.

        Args:
          logdir: the folder, made with those above it.
          max_queue: how many events may wait before they are written.
          flush_secs: how long they may wait, in seconds.
          filename_suffix: what the name of the file ends with.

        Raises:
          OpError: the folder or the file cannot be made.
        """
        self._logdir = os.fsdecode(logdir)
        try:
            os.makedirs(self._logdir, exist_ok=True)
        except OSError as error:
            raise file_error(os.fsdecode(error.filename or self._logdir), error) from None
        self._max_queue = max_queue
        self._flush_secs = flush_secs
        self._file = EventsWriter(os.path.join(self._logdir, "events"))
        self._waiting: list[bytes] = []
        # Guards the list and wakes the thread; the other one is held while the file is written.
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._is_failing = False
        self._closed = True
        self._suffix = filename_suffix or ""
        self._open()

    def _open(self) -> None:
        self._file.InitWithSuffix(self._suffix)
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="events", daemon=True)
        self._thread.start()
        _open_writers.add(self)

    def get_logdir(self) -> str:
        """The folder."""
        return self._logdir

    def reopen(self) -> None:
        """Begins a new file, where the writer is closed."""
        if self._closed:
            self._open()

    def add_event(self, event: Event) -> None:
        """Takes over an event; nothing happens where the writer is closed.

        Args:
          event: an Event, as it is now.
        """
        if not isinstance(event, Event):
            raise TypeError(f"Expected an event_pb2.Event proto,  but got {type(event)}")
        if self._closed:
            return
        data = event.SerializeToString()
        with self._changed:
            self._waiting.append(data)
            # The first one starts the clock.
            if len(self._waiting) in (1, self._max_queue):
                self._changed.notify_all()

    def flush(self) -> None:
        """Writes all events that have been added."""
        if not self._closed:
            self._write()

    def close(self) -> None:
        """Writes what waits, and closes the file. `reopen` begins another one."""
        if self._closed:
            return
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        self._write(last=True)
        _open_writers.discard(self)

    def _work(self) -> None:
        """What the thread does: writes when enough events wait, or long enough."""
        while not self._closed:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                self._changed.wait_for(
                    lambda: self._closed or len(self._waiting) >= max(self._max_queue, 1),
                    timeout=self._flush_secs,
                )
                if self._closed:
                    return
            self._write()

    def _write(self, last: bool = False) -> None:
        with self._writing:
            with self._changed:
                events, self._waiting = self._waiting, []
            for event in events:
                self._file.write_serialized(event)
            try:
                if last:
                    self._file.Close()
                else:
                    self._file.Flush()
            except errors.OpError as error:
                self._log(error, len(events))
            else:
                self._is_failing = False

    def _log(self, error: errors.OpError, count: int) -> None:
        """Says once of a full disk that it is full, not every time."""
        if not self._is_failing:
            logging.error(
                "Events cannot be written and are lost, %d so far: %s", count, error.message
            )
        self._is_failing = True


# Those that a program has not closed when it ends.
_open_writers: weakref.WeakSet[EventFileWriter] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for writer in list(_open_writers):
        writer.close()


# ---- What users write ----

_CLOSED = (
    "Attempting to use a closed FileWriter. The operation will be a noop unless the FileWriter is "
    "explicitly reopened."
)


class FileWriter:
    """Writes summaries, graphs and other events of a training into a file for TensorBoard.

    A thread writes, so a training does not wait for the disk. What has been added is in the file
    after `flush` or `close`, after `flush_secs`, and when the program ends. Also a context manager
    that closes it.

    Attributes:
      event_writer: the EventFileWriter behind it.

    Source: TensorFlow 1.15 `tf.summary.FileWriter`.
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        """Makes the folder and the file, and writes the graph if there is one.

        Args:
          logdir: the folder, made with those above it.
          graph: a Graph to show, such as `session.graph`.
          max_queue: how many events may wait before they are written.
          flush_secs: how long they may wait, in seconds.
          graph_def: the same as `graph`, as a GraphDef; deprecated.
          filename_suffix: what the name of the file ends with.
          session: not needed here; TensorFlow writes by operations of its graph.

        Raises:
          OpError: the folder or the file cannot be made.
          ValueError: there are a graph and a graph_def.
          TypeError: the graph is none.
        """
        self._seen_tags: set[str] = set()
        self._run_metadata_tags: set[str] = set()
        self.event_writer = EventFileWriter(logdir, max_queue, flush_secs, filename_suffix)
        if graph is not None or graph_def is not None:
            definition = _definition(graph, graph_def)
            self._add_graph_def(definition)
            self.add_meta_graph(create_meta_graph_def(graph_def=definition))

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def get_logdir(self) -> str:
        """The folder."""
        return self.event_writer.get_logdir()

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Adds a summary.

        What the summary says of a tag beside its value, its metadata, is written with the first
        value of the tag only.

        Args:
          summary: a Summary, or its bytes as a summary operation gives them.
          global_step: the step that it belongs to; a number.

        Raises:
          DecodeError: the bytes are no Summary; of `google.protobuf.message`.
        """
        if isinstance(summary, bytes):
            summary = Summary.FromString(summary)
        event = Event(summary=Summary(value=summary.value))
        for value in event.summary.value:
            if value.HasField("metadata"):
                if value.tag in self._seen_tags:
                    value.ClearField("metadata")
                self._seen_tags.add(value.tag)
        self._add_event(event, global_step)

    def add_session_log(self, session_log: SessionLog, global_step: Any = None) -> None:
        """Adds a SessionLog: that a session has started, stopped or saved a checkpoint.

        Args:
          session_log: the message.
          global_step: the step that it belongs to; a number.
        """
        self._add_event(Event(session_log=session_log), global_step)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Adds a graph.

        Args:
          graph: a Graph.
          global_step: the step that it belongs to; a number.
          graph_def: the same as `graph`, as a GraphDef; deprecated.

        Raises:
          ValueError: there are a graph and a graph_def.
          TypeError: the graph is none.
        """
        self._add_graph_def(_definition(graph, graph_def), global_step)

    def _add_graph_def(self, graph_def: GraphDef, global_step: Any = None) -> None:
        self._add_event(Event(graph_def=graph_def.SerializeToString()), global_step)

    def add_meta_graph(self, meta_graph_def: MetaGraphDef, global_step: Any = None) -> None:
        """Adds a graph with what belongs to it.

        Args:
          meta_graph_def: the message.
          global_step: the step that it belongs to; a number.

        Raises:
          TypeError: it is no MetaGraphDef.
        """
        if not isinstance(meta_graph_def, MetaGraphDef):
            raise TypeError(
                f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}"
            )
        self._add_event(Event(meta_graph_def=meta_graph_def.SerializeToString()), global_step)

    def add_run_metadata(
        self, run_metadata: RunMetadata, tag: str, global_step: Any = None
    ) -> None:
        """Adds what a run has told of itself.

        Args:
          run_metadata: the message.
          tag: the name under which TensorBoard shows it.
          global_step: the step that it belongs to; a number.

        Raises:
          ValueError: the tag has been used before.
        """
        if tag in self._run_metadata_tags:
            raise ValueError("The provided tag was already used for this event type")
        self._run_metadata_tags.add(tag)
        tagged = TaggedRunMetadata(tag=tag, run_metadata=run_metadata.SerializeToString())
        self._add_event(Event(tagged_run_metadata=tagged), global_step)

    def _add_event(self, event: Event, global_step: Any) -> None:
        event.wall_time = time.time()
        if global_step is not None:
            event.step = int(global_step)
        self.add_event(event)

    def add_event(self, event: Event) -> None:
        """Adds an Event as it is."""
        self._warn_if_closed()
        self.event_writer.add_event(event)

    def flush(self) -> None:
        """Writes all that has been added to the file."""
        self._warn_if_closed()
        self.event_writer.flush()

    def close(self) -> None:
        """Writes all that has been added, and closes the file."""
        self._warn_if_closed()
        self.event_writer.close()
        self._closed = True

    def reopen(self) -> None:
        """Begins a new file in the folder, where the writer has been closed."""
        self.event_writer.reopen()
        self._closed = False

    _closed = False

    def _warn_if_closed(self) -> None:
        if self._closed:
            # Shown at the line that uses the writer, not at one of this file.
            warnings.warn(_CLOSED, stacklevel=3)


def _definition(graph: Any, graph_def: Any) -> GraphDef:
    """The message of a graph that is given in one form or the other."""
    if graph is not None and graph_def is not None:
        raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
    given = graph if graph is not None else graph_def
    if isinstance(given, Graph):
        return given.as_graph_def(add_shapes=True)
    if isinstance(given, GraphDef):
        logging.warning(
            "Passing a `GraphDef` to the SummaryWriter is deprecated. Pass a `Graph` object "
            "instead, such as `sess.graph`."
        )
        return given
    raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")


class FileWriterCache:
    """One FileWriter for each folder.

    Source: TensorFlow 1.15 `tf.summary.FileWriterCache`.
    """

    _cache: dict[str, FileWriter] = {}  # noqa: RUF012  # one for all
    _lock = threading.RLock()

    @staticmethod
    def get(logdir: str) -> FileWriter:
        """The writer of a folder, made on first use, with the default graph."""
        with FileWriterCache._lock:
            if logdir not in FileWriterCache._cache:
                FileWriterCache._cache[logdir] = FileWriter(logdir, get_default_graph())
            return FileWriterCache._cache[logdir]

    @staticmethod
    def clear() -> None:
        """Closes all writers and forgets them."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._cache.values():
                writer.close()
            FileWriterCache._cache.clear()
