"""Cancellation: how a run that waits is told to stop waiting.

Every run that may block carries a `Cancellation`. Whoever waits inside it registers a callback that
wakes it; closing the session, an expired deadline or the failure of another part of the step calls
`cancel`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tfsession import errors


class Cancellation:
    """The cancellation of one run; safe to use from several threads.

    Attributes:
      reason: the error that the run ends with, once it is cancelled; None before.
    """

    def __init__(self) -> None:
        # Reentrant, because a signal handler may close the session of the thread it interrupts.
        self._lock = threading.RLock()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next = 0
        self.reason: BaseException | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the run has been told to stop."""
        return self.reason is not None

    def cancel(self, reason: BaseException) -> bool:
        """Tells the run to stop; only the first reason counts.

        Args:
          reason: the error that the run ends with.

        Returns:
          Whether this was the first.
        """
        with self._lock:
            if self.reason is not None:
                return False
            self.reason = reason
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        # Outside the lock: a callback takes the lock of the queue it wakes.
        for callback in callbacks:
            callback()
        return True

    def add(self, callback: Callable[[], None]) -> int | None:
        """Registers what wakes a waiting thread.

        Returns:
          A token for `remove`; None where the run is cancelled already: do not wait.
        """
        with self._lock:
            self._next += 1
            token = self._next
            self._callbacks[token] = callback
            # Only now: a signal handler may have cancelled the run since this function began.
            return token if self.reason is None else None

    def remove(self, token: int) -> None:
        """Forgets a callback."""
        with self._lock:
            self._callbacks.pop(token, None)


class _Current(threading.local):
    cancellation: Cancellation | None = None


_current = _Current()


def current() -> Cancellation | None:
    """The Cancellation of the run that this thread works for; None outside such a run."""
    return _current.cancellation


def set_current(cancellation: Cancellation | None) -> Cancellation | None:
    """Makes this thread work for a run, and returns the one it worked for before."""
    previous, _current.cancellation = _current.cancellation, cancellation
    return previous


def call(
    function: Callable[[Sequence[Any]], Any], arguments: Sequence[Any], run: Cancellation
) -> Any:
    """What a function returns; whatever waits or loops in it ends when the run is cancelled."""
    previous = set_current(run)
    try:
        return function(arguments)
    except BaseException:
        # Ctrl-C may leave threads of the step waiting for what nobody will ask for.
        run.cancel(errors.CancelledError.of("Run call was cancelled"))
        raise
    finally:
        set_current(previous)


def session_closed() -> errors.CancelledError:
    """What a run ends with whose session is closed."""
    return errors.CancelledError.of("Session has been closed.")


def check_loop() -> None:
    """Called in each round of a loop.

    Raises:
      CancelledError: the run has been cancelled.
    """
    run = _current.cancellation
    if run is not None and run.reason is not None:
        raise errors.CancelledError.of("Loop execution was cancelled.")


@contextmanager
def deadline(run: Cancellation, seconds: float) -> Iterator[None]:
    """Ends what a run does inside when its time is over.

    Args:
      run: the run.
      seconds: how long it may take; no limit where this is not positive.

    Raises:
      DeadlineExceededError: it took longer, however it ended.
    """
    if seconds <= 0:
        yield
        return
    late = errors.DeadlineExceededError.of("Timed out waiting for notification")
    # No clock counts further than that.
    timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), run.cancel, [late])
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if run.reason is late:
            raise late from None
        raise
    finally:
        timer.cancel()
    if run.reason is late:
        # What was under way when the time was over has come to its end meanwhile.
        raise late


def wait_for(changed: threading.Condition, ready: Callable[[], bool], operation: str) -> None:
    """Waits until something holds.

    Args:
      changed: told of what may have changed that; the caller holds it.
      ready: whether it holds.
      operation: for the text of the error.

    Raises:
      CancelledError: the current run was cancelled before.
    """

    def wake() -> None:
        with changed:
            changed.notify_all()

    run = current()
    if run is None:
        changed.wait_for(ready)
        return
    token = run.add(wake)
    try:
        changed.wait_for(lambda: run.is_cancelled or ready())
    finally:
        if token is not None:
            run.remove(token)
    if run.is_cancelled:
        raise errors.CancelledError.of(f"{operation} operation was cancelled")
