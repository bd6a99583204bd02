"""`tf.contrib.slim.parallel_reader`: several readers that fill one queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.dtypes import float32, string
from tfsession.formats.filesystems import at
from tfsession.graph.scopes import name_scope
from tfsession.ops import math
from tfsession.ops.queue import FIFOQueue, QueueBase, RandomShuffleQueue
from tfsession.ops.summary import scalar
from tfsession.train.producers import string_input_producer
from tfsession.train.queue_runner import QueueRunner, add_queue_runner

__all__ = ["ParallelReader", "get_data_files", "parallel_read", "single_pass_read"]


class ParallelReader:
    """Readers whose records go into one queue.

    Args:
      reader_class: makes a reader.
      common_queue: the queue, of keys and values.
      num_readers: how many readers there are.
      reader_kwargs: their arguments.

    Source: TensorFlow 1.15 `tf.contrib.slim.parallel_reader.ParallelReader`.
    """

    def __init__(
        self,
        reader_class: Any,
        common_queue: QueueBase,
        num_readers: int = 4,
        reader_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self._readers = [reader_class(**(reader_kwargs or {})) for _ in range(num_readers)]
        self._common_queue = common_queue

    @property
    def common_queue(self) -> QueueBase:
        """The queue."""
        return self._common_queue

    def read(self, queue: Any, name: str | None = None) -> Any:
        """The next record of any reader, and adds a queue runner that reads.

        Args:
          queue: a queue of file names.
          name: a name for the operation.

        Returns:
          Key and value, scalar strings.
        """
        steps = [self._common_queue.enqueue(list(reader.read(queue))) for reader in self._readers]
        add_queue_runner(QueueRunner(self._common_queue, steps))
        return self._common_queue.dequeue(name=name)


def get_data_files(data_sources: Any) -> list[str]:
    """The files of paths and patterns.

    Raises:
      ValueError: there are none.

    Source: TensorFlow 1.15 `tf.contrib.slim.parallel_reader.get_data_files`.
    """
    if isinstance(data_sources, (list, tuple)):
        files = [file for source in data_sources for file in get_data_files(source)]
    elif any(mark in data_sources for mark in "*?["):
        system, path = at(data_sources)
        files = sorted(system.glob(path))
    else:
        files = [data_sources]
    if not files:
        raise ValueError(f"No data files found in {data_sources}")
    return files


def parallel_read(
    data_sources: Any,
    reader_class: Any,
    num_epochs: int | None = None,
    num_readers: int = 4,
    reader_kwargs: dict[str, Any] | None = None,
    shuffle: bool = True,
    dtypes: Sequence[Any] | None = None,
    capacity: int = 256,
    min_after_dequeue: int = 128,
    seed: int | None = None,
    scope: str | None = None,
) -> Any:
    """Reads records of several files at a time.

    Args:
      data_sources: paths and patterns of files.
      reader_class: makes a reader of such files.
      num_epochs: how often each file is read; None for ever.
      num_readers: how many readers there are.
      reader_kwargs: their arguments.
      shuffle: whether files and records come in random order.
      dtypes: those of key and value; strings when None.
      capacity: how many records the queue holds at most.
      min_after_dequeue: how many it keeps, to shuffle them.
      seed: a seed for that.
      scope: a name for the scope; 'parallel_read' when None.

    Returns:
      Key and value.

    Source: TensorFlow 1.15 `tf.contrib.slim.parallel_reader.parallel_read`.
    """
    files = get_data_files(data_sources)
    with name_scope(scope, "parallel_read"):
        names = string_input_producer(
            files, num_epochs=num_epochs, shuffle=shuffle, seed=seed, name="filenames"
        )
        kinds = list(dtypes or [string, string])
        queue: Any
        if shuffle:
            queue = RandomShuffleQueue(
                capacity=capacity,
                min_after_dequeue=min_after_dequeue,
                dtypes=kinds,
                seed=seed,
                name="common_queue",
            )
        else:
            queue = FIFOQueue(capacity=capacity, dtypes=kinds, name="common_queue")
        scalar(f"fraction_of_{capacity}_full", math.cast(queue.size(), float32) * (1.0 / capacity))
        return ParallelReader(reader_class, queue, num_readers, reader_kwargs).read(names)


def single_pass_read(
    data_sources: Any,
    reader_class: Any,
    reader_kwargs: dict[str, Any] | None = None,
    scope: str | None = None,
) -> Any:
    """Reads each record once, in order.

    Args:
      data_sources: paths and patterns of files.
      reader_class: makes a reader of such files.
      reader_kwargs: its arguments.
      scope: a name for the scope; 'single_pass_read' when None.

    Returns:
      Key and value.

    Source: TensorFlow 1.15 `tf.contrib.slim.parallel_reader.single_pass_read`.
    """
    files = get_data_files(data_sources)
    with name_scope(scope, "single_pass_read"):
        names = string_input_producer(
            files, num_epochs=1, shuffle=False, capacity=1, name="filenames"
        )
        return reader_class(**(reader_kwargs or {})).read(names)
