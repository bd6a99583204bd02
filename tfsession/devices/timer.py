"""When a device reaches points of its streams, by its own clock and without a wait at each point.

A launch returns before its kernel has run: the host's clock tells when work was asked for, and only
the device itself when it was done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

#: The stream of kernels, and of copies from the host and between GPUs; as traces number it.
COMPUTE = 1

#: The stream of copies to the host.
TO_HOST = 2


class Timer(Protocol):
    """Notes points of the streams of one device, and tells the time between them."""

    def record(self, stream: int = COMPUTE, after: Any = None) -> Any:
        """Notes a point behind all that a stream has been given so far; does not wait.

        Args:
          stream: `COMPUTE` or `TO_HOST`.
          after: a point of any device that the stream has to wait for first.
        """

    def wait(self) -> None:
        """Waits until the device has passed every point; `elapsed` may be called then."""

    def elapsed(self, earlier: Any, later: Any) -> int:
        """Returns the nanoseconds between two points of this timer."""


class HostTimer:
    """The timer of a device whose calls are complete when they return."""

    def record(self, stream: int = COMPUTE, after: Any = None) -> int:
        """Returns the time on the clock of the host, in nanoseconds."""
        return time.perf_counter_ns()

    def wait(self) -> None:
        """Does nothing: all is done."""

    def elapsed(self, earlier: int, later: int) -> int:
        """Returns the difference."""
        return later - earlier


class EventTimer:
    """The timer of a GPU: points are CUDA events, which the GPU stamps when it comes to them."""

    def __init__(
        self,
        cuda: Any,
        activate: Callable[[], AbstractContextManager[None]],
        streams: Mapping[int, Any],
    ) -> None:
        """Puts the parts together.

        Args:
          cuda: the module `cupy.cuda`.
          activate: makes the GPU current.
          streams: `COMPUTE` and `TO_HOST`, each a `cupy.cuda.Stream` of the GPU.
        """
        self._cuda = cuda
        self._activate = activate
        self._streams = streams

    def record(self, stream: int = COMPUTE, after: Any = None) -> Any:
        """Returns an event on the stream."""
        with self._activate():
            target = self._streams[stream]
            if after is not None:
                target.wait_event(after)
            event = self._cuda.Event()
            event.record(target)
        return event

    def wait(self) -> None:
        """Waits for the streams."""
        with self._activate():
            for stream in self._streams.values():
                stream.synchronize()

    def elapsed(self, earlier: Any, later: Any) -> int:
        """Returns what CUDA says; its clock has a resolution of about half a microsecond."""
        with self._activate():
            milliseconds: float = self._cuda.get_elapsed_time(earlier, later)
        return round(milliseconds * 1e6)
