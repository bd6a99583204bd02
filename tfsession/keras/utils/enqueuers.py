"""Batches that are made ahead, on a thread."""

from __future__ import annotations

import abc
import queue
import random
import threading
from collections.abc import Iterator
from typing import Any

from tfsession.keras.utils.sequences import Sequence

__all__ = ["GeneratorEnqueuer", "OrderedEnqueuer", "SequenceEnqueuer"]

# How long a thread waits for room before it looks whether it shall stop, in seconds.
_PATIENCE = 0.1


class _End:
    """Stands behind the last batch; has the error that ended it, if there was one."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class SequenceEnqueuer(abc.ABC):
    """Makes batches ahead; a subclass says in which order.

    Args:
      sequence: what gives the batches.
      use_multiprocessing: kept; batches are made on a thread.

    Source: TensorFlow 1.15 `tf.keras.utils.SequenceEnqueuer`.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False) -> None:
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.queue: queue.Queue[Any] = queue.Queue()
        self.stop_signal: Any = None
        self.run_thread: Any = None

    def is_running(self) -> bool:
        """Whether batches are being made."""
        return self.stop_signal is not None and not self.stop_signal.is_set()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begins to make batches.

        Args:
          workers: kept; there is one thread, so that batches keep their order.
          max_queue_size: how many are made ahead.
        """
        self.queue = queue.Queue(max_queue_size)
        self.stop_signal = threading.Event()
        self.run_thread = threading.Thread(target=self._run, daemon=True)
        self.run_thread.start()

    @abc.abstractmethod
    def _batches(self) -> Iterator[Any]:
        """The batches, one after the other."""

    def _run(self) -> None:
        try:
            for batch in self._batches():
                if not self._put(batch):
                    return
            self._put(_End(None))
        except Exception as error:
            self._put(_End(error))

    def _put(self, thing: Any) -> bool:
        """Puts a batch into the queue; False where it shall stop."""
        while not self.stop_signal.is_set():
            try:
                self.queue.put(thing, timeout=_PATIENCE)
            except queue.Full:
                continue
            return True
        return False

    def get(self) -> Iterator[Any]:
        """The batches, one after the other."""
        while self.is_running():
            batch = self.queue.get()
            if isinstance(batch, _End):
                if batch.error is not None:
                    raise batch.error
                return
            yield batch

    def stop(self, timeout: float | None = None) -> None:
        """Ends the thread, and drops what is in the queue.

        Args:
          timeout: how long it waits for the thread, in seconds.
        """
        self.stop_signal.set()
        self.run_thread.join(timeout)


class OrderedEnqueuer(SequenceEnqueuer):
    """Makes the batches of a `Sequence` ahead, epoch after epoch.

    Args:
      sequence: the Sequence.
      use_multiprocessing: kept.
      shuffle: whether each epoch has another order.

    Source: TensorFlow 1.15 `tf.keras.utils.OrderedEnqueuer`.
    """

    def __init__(
        self, sequence: Sequence, use_multiprocessing: bool = False, shuffle: bool = False
    ) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _batches(self) -> Iterator[Any]:
        order = list(range(len(self.sequence)))
        while True:
            if self.shuffle:
                random.shuffle(order)
            for index in order:
                yield self.sequence[index]
            self.sequence.on_epoch_end()


class GeneratorEnqueuer(SequenceEnqueuer):
    """Makes the batches of a generator ahead.

    Args:
      sequence: the generator.
      use_multiprocessing: kept.
      random_seed: kept.

    Source: TensorFlow 1.15 `tf.keras.utils.GeneratorEnqueuer`.
    """

    def __init__(
        self, sequence: Any, use_multiprocessing: bool = False, random_seed: Any = None
    ) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.random_seed = random_seed

    def _batches(self) -> Iterator[Any]:
        yield from self.sequence
