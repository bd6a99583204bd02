"""The current GPU of a thread: device, stream, allocator and cuBLAS handle change together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar


class Closes(Protocol):
    """A handle of cuBLAS, as far as a stream deals with it."""

    def close(self) -> None:
        """Destroys the handle."""


Handle = TypeVar("Handle", bound=Closes)


class _Thread(threading.local):
    def __init__(self) -> None:
        self.current: DeviceStream[Any] | None = None


_thread = _Thread()


class DeviceStream(Generic[Handle]):
    """A stream with all that belongs to it.

    Attributes:
      device: the `cupy.cuda.Device`.
      stream: the `cupy.cuda.Stream`.
      malloc: the allocator of arrays that are made while the stream is current.
    """

    def __init__(
        self,
        device: Any,
        stream: Any,
        malloc: Callable[[int], Any],
        workspace: int,
        make_blas: Callable[[int, int], Handle],
    ) -> None:
        """Puts the parts together.

        Args:
          device: `cupy.cuda.Device` that `stream` was made on.
          stream: a non-blocking `cupy.cuda.Stream`.
          malloc: CuPy allocator for arrays made while the stream is current.
          workspace: bytes of cuBLAS's workspace.
          make_blas: makes the cuBLAS handle of a stream pointer with so many bytes of workspace.
        """
        self.stream = stream
        self.device = device
        self.malloc = malloc
        self._workspace = workspace
        self._make_blas = make_blas
        self._blas: Handle | None = None
        # Reentrant, because a signal handler may close the session of the thread it interrupts.
        self._lock = threading.RLock()

    def activate(self) -> Activation:
        """Returns a context manager that makes device, stream and allocator current."""
        return Activation(self)

    @property
    def blas(self) -> Handle:
        """The cuBLAS handle of this stream, made on first use."""
        with self._lock:
            if self._blas is None:
                with self.activate():
                    self._blas = self._make_blas(self.stream.ptr, self._workspace)
            return self._blas

    def close(self) -> None:
        """Destroys the cuBLAS handle."""
        with self._lock:
            blas, self._blas = self._blas, None
        if blas is not None:
            with self.activate():
                blas.close()


class Activation:
    """Makes a stream current while it is entered; entering the current one again costs nothing."""

    __slots__ = ("_allocator", "_outer", "_target")

    def __init__(self, target: DeviceStream[Any]) -> None:
        self._target = target
        self._outer: DeviceStream[Any] | None = None
        self._allocator: Any = None

    def __enter__(self) -> None:
        target = self._target
        self._outer = _thread.current
        if self._outer is target:
            return
        import cupy

        target.device.__enter__()
        try:
            target.stream.__enter__()
        except BaseException:
            target.device.__exit__(None, None, None)
            raise
        self._allocator = cupy.cuda.using_allocator(target.malloc)
        self._allocator.__enter__()
        _thread.current = target

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._outer is self._target:
            return
        _thread.current = self._outer
        # The allocator's generator must not see the error: it would re-raise it from here.
        self._allocator.__exit__(None, None, None)
        self._target.stream.__exit__(None, None, None)
        self._target.device.__exit__(None, None, None)


def current_stream() -> DeviceStream[Any] | None:
    """Returns the stream that this thread has activated last, None outside of any."""
    return _thread.current
