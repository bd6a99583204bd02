"""The Coordinator: how several threads stop together."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from tfsession import errors

__all__ = ["Coordinator", "LooperThread"]

logger = logging.getLogger("tfsession")

# A join looks whether its threads have ended at intervals that grow from the first to the last
# number, in seconds; a request to stop it notices at once.
_INTERVALS = (0.001, 0.1)


class Coordinator:
    """Stops a group of threads when one of them ends, and hands on the error it ended with.

    Threads ask `should_stop` in their loops and report with `request_stop`; the main thread waits
    in `join`, which raises the first error that was reported.

    Source: TensorFlow 1.15 `tf.train.Coordinator`.
    """

    def __init__(self, clean_stop_exception_types: Any = None) -> None:
        """Creates a coordinator.

        Args:
          clean_stop_exception_types: a tuple of exception types that ask for a stop without being
            an error; (OutOfRangeError,) when None.
        """
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (errors.OutOfRangeError,)
        self._clean_types = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._error: tuple[BaseException, TracebackType | None] | None = None
        self._joined = False
        # In the order in which they were registered.
        self._threads: dict[threading.Thread, None] = {}

    # -- Stopping --

    def request_stop(self, ex: Any = None) -> None:
        """Asks all threads to stop.

        Args:
          ex: an exception, or what `sys.exc_info()` returns, to be raised by `join`; only the first
            one counts, and none of the clean types does.

        Raises:
          Exception: `ex`, when the threads have been joined already and it is of no clean type.
        """
        with self._lock:
            error = _with_traceback(ex)
            if error is not None and self._is_clean(error[0]):
                error = None
            if self._joined:
                if error is not None:
                    raise error[0].with_traceback(error[1])
                return
            if self._stop.is_set():
                return
            if error is not None:
                logger.info("Error reported to Coordinator: %s, %s", type(error[0]), error[0])
                self._error = error
            self._stop.set()

    def _is_clean(self, error: BaseException) -> bool:
        return isinstance(error, self._clean_types)

    def clear_stop(self) -> None:
        """Forgets the request to stop, its error, and that the threads were joined."""
        with self._lock:
            self._joined = False
            self._error = None
            self._stop.clear()

    def should_stop(self) -> bool:
        """Whether a stop has been requested."""
        return self._stop.is_set()

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits until a stop is requested.

        Args:
          timeout: in seconds; None for no limit.

        Returns:
          Whether a stop was requested.
        """
        return self._stop.wait(timeout)

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Reports the exception with which a `with` block ends, and swallows it."""
        try:
            yield
        except BaseException as error:  # KeyboardInterrupt has to stop the others, too
            self.request_stop(error)

    @property
    def requested_exception(self) -> BaseException | None:
        """The error that was reported, if any."""
        with self._lock:
            return None if self._error is None else self._error[0]

    def raise_requested_exception(self) -> None:
        """Raises the error that was reported, if any."""
        with self._lock:
            error = self._error
        if error is not None:
            raise error[0].with_traceback(error[1])

    # -- Threads --

    def register_thread(self, thread: threading.Thread) -> None:
        """Adds a thread that `join` waits for."""
        with self._lock:
            self._threads[thread] = None

    @property
    def joined(self) -> bool:
        """Whether `join` has ended."""
        return self._joined

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Waits until all threads have ended, or a stop is requested and the grace period is over.

        Args:
          threads: threads to wait for, besides the registered ones.
          stop_grace_period_secs: how long the threads may go on after the request, in seconds.
          ignore_live_threads: whether threads that still run then are no error.

        Raises:
          RuntimeError: threads still run after the grace period.
          Exception: what was reported to `request_stop`.
        """
        with self._lock:
            waited = list({**self._threads, **dict.fromkeys(threads or ())})
        pause, longest = _INTERVALS
        while any(thread.is_alive() for thread in waited) and not self._stop.wait(pause):
            pause = min(2 * pause, longest)
        deadline = time.monotonic() + stop_grace_period_secs
        for thread in waited:
            # A thread that was never started cannot be joined.
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0))
        with self._lock:
            self._joined = True
            self._threads.clear()
            error = self._error
        if error is not None:
            raise error[0].with_traceback(error[1])
        self._report_left(waited, ignore_live_threads)

    def _report_left(self, threads: Sequence[threading.Thread], ignore: bool) -> None:
        left = [thread.name for thread in threads if thread.is_alive()]
        if not left:
            return
        text = f"Coordinator stopped with threads still running: {' '.join(left)}"
        if not ignore:
            raise RuntimeError(text)
        logger.info(text)


def _with_traceback(ex: Any) -> tuple[BaseException, TracebackType | None] | None:
    """Exception and traceback of an exception or of what `sys.exc_info()` returns."""
    if not ex:
        return None
    if isinstance(ex, tuple):
        return ex[1], ex[2]
    return ex, ex.__traceback__


class LooperThread(threading.Thread):
    """A thread that calls a function at intervals until its coordinator stops.

    Source: TensorFlow 1.15 `tf.train.LooperThread`.
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Creates the thread, a daemon; it is registered with the coordinator.

        Args:
          coord: the Coordinator.
          timer_interval_secs: from the beginning of one call to that of the next, in seconds; None
            for calls without pause.
          target: the function; a subclass may override `run_loop` instead.
          args: positional arguments for it.
          kwargs: keyword arguments for it.

        Raises:
          ValueError: an argument has the wrong type.
        """
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        super().__init__()
        self.daemon = True
        self._coord = coord
        self._timer_interval_secs = timer_interval_secs
        self._loop_target = target
        if target:
            self._loop_args = () if args is None else tuple(args)
            self._loop_kwargs = {} if kwargs is None else dict(kwargs)
        elif args or kwargs:
            raise ValueError("'args' and 'kwargs' argument require that you also pass 'target'")
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> LooperThread:
        """Starts a thread that calls `target` at intervals, and returns it.

        Arguments are those of the class.
        """
        looper = LooperThread(coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """Calls `run_loop` until the coordinator stops; an error in it is reported there."""
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._timer_interval_secs is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                # The first call is immediate; a call that takes long does not move the next ones.
                next_time = time.monotonic()
                while not self._coord.wait_for_stop(max(next_time - time.monotonic(), 0)):
                    next_time += self._timer_interval_secs
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called when the thread starts."""

    def stop_loop(self) -> None:
        """Called when the thread stops, unless by an error."""

    def run_loop(self) -> None:
        """One turn: calls the target."""
        if self._loop_target:
            self._loop_target(*self._loop_args, **self._loop_kwargs)
