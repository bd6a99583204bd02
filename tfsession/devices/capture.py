"""Replays a step as a CUDA graph: warm up, capture once, launch from then on.

What makes it correct, and what CuPy leaves to us (addresses are baked into a graph):

* the step runs on a stream of its own with a pool of its own, which gives nothing back to the
  driver before the graph goes;
* feeds are copied into buffers that stay; the first runs compile kernels, make the cuBLAS handle
  and fill the pool; a capture that still had to grow the pool is thrown away and done again;
* Python's collector is off meanwhile: a finalizer that destroys an event or another graph would
  be recorded, or break the capture.
"""

from __future__ import annotations

import functools
import gc
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol

from tfsession.devices.device import Array
from tfsession.devices.memory import Budget, SessionPool, pool_within
from tfsession.devices.stream import Closes, DeviceStream

_LOGGER = logging.getLogger("tfsession")

#: Runs before a capture: the first compiles, the second shows what is allocated in the long run.
WARM_UP = 2

_ATTEMPTS = 2

#: One capture at a time in the process: library handles made meanwhile would disturb another.
_capturing = threading.Lock()


class Recorder(Protocol):
    """What a step needs in order to be captured."""

    def activate(self) -> AbstractContextManager[None]:
        """Makes the private stream and pool current, after and before all other work."""

    def buffer_like(self, array: Array) -> Array:
        """Returns a buffer of the shape and dtype of `array`."""

    def fill(self, buffer: Array, array: Array) -> None:
        """Copies `array` into `buffer`."""

    def begin(self) -> None:
        """Starts to record instead of executing."""

    def end(self) -> Callable[[], None]:
        """Stops recording and returns what launches the record."""

    def abandon(self) -> None:
        """Stops a recording that failed; never raises."""

    def grew(self) -> bool:
        """Says whether memory was taken from the driver since `begin`."""

    def close(self) -> None:
        """Drops stream and pool."""


class Capturable(Protocol):
    """A device whose work can be recorded."""

    def activate(self) -> AbstractContextManager[None]:
        """Makes the device current for eager work."""

    def recorder(self) -> Recorder:
        """Returns a new recorder."""


class CapturedStep:
    """A step for feeds of fixed shapes and dtypes, captured after two runs.

    Every call executes the step exactly once, whichever way. One call at a time.

    Attributes:
      eager: True once capture was given up, for good.
      reason: why it was given up.
    """

    def __init__(
        self,
        device: Capturable,
        body: Callable[..., Sequence[Array]],
        *,
        warm_up: int = WARM_UP,
    ) -> None:
        """Prepares a step; nothing is taken from the device before the first call.

        Args:
          device: where the step runs.
          body: function of the feeds, arrays of the device, that returns the fetches. It
            changes variables in place only, and has no other effect in Python: a capture
            runs it without executing anything.
          warm_up: runs before the capture.
        """
        self.eager = False
        self.reason = ""
        self._device = device
        self._body = body
        self._warm_up = warm_up
        self._runs = 0
        self._recorder: Recorder | None = None
        self._signature: list[tuple[Any, Any]] = []
        self._buffers: list[Array] = []
        self._outputs: list[Array] = []
        self._launch: Callable[[], None] | None = None

    @property
    def captured(self) -> bool:
        """Whether calls replay a graph."""
        return self._launch is not None

    def __call__(self, *feeds: Array) -> list[Array]:
        """Runs the step.

        Args:
          feeds: arrays of the device. Feeds that differ in shape or dtype from the first call's
            run eagerly.

        Returns:
          The fetches on the device, to be copied out before the next call, which overwrites them.
        """
        if not self.eager and self._accepts(feeds):
            fetches = self._run_private(feeds)
            if fetches is not None:
                return fetches
        with self._device.activate():
            return list(self._body(*feeds))

    def close(self) -> None:
        """Drops the graph and its memory; later calls run eagerly."""
        self.eager = True
        self._launch = None
        self._outputs = []
        self._buffers = []
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.close()

    def _accepts(self, feeds: Sequence[Array]) -> bool:
        signature = [(feed.shape, feed.dtype) for feed in feeds]
        if self._recorder is None:
            self._recorder = self._device.recorder()
            self._signature = signature
        return signature == self._signature

    def _run_private(self, feeds: Sequence[Array]) -> list[Array] | None:
        """Returns the fetches, or None where capture failed and nothing was executed."""
        recorder = self._recorder
        assert recorder is not None
        with recorder.activate():
            if len(self._buffers) < len(feeds):
                self._buffers = [recorder.buffer_like(feed) for feed in feeds]
            for buffer, feed in zip(self._buffers, feeds, strict=True):
                recorder.fill(buffer, feed)
            if self._launch is None and self._runs < self._warm_up:
                return self._warm()
            if self._launch is None:
                self._try_capture(recorder)
            if self._launch is not None:
                self._launch()
                return list(self._outputs)
        self.close()
        return None

    def _warm(self) -> list[Array]:
        self._runs += 1
        try:
            return list(self._body(*self._buffers))
        except MemoryError:
            # Beside the private pool the step may not fit; without it the next run may.
            self.eager, self.reason = True, "out of memory while warming up"
            raise

    def _try_capture(self, recorder: Recorder) -> None:
        try:
            for _ in range(_ATTEMPTS):
                outputs, launch = self._record(recorder)
                if not recorder.grew():
                    self._outputs, self._launch = outputs, launch
                    return
                del outputs, launch
            self.reason = "the step allocates differently from run to run"
        except Exception as error:
            self.reason = f"{type(error).__name__}: {error}"
        _LOGGER.info("A step runs without CUDA graph: %s", self.reason)

    def _record(self, recorder: Recorder) -> tuple[list[Array], Callable[[], None]]:
        with _capturing, _collector_off():
            recorder.begin()
            try:
                outputs = list(self._body(*self._buffers))
            except BaseException:
                recorder.abandon()
                raise
            return outputs, recorder.end()


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class GpuRecorder:
    """The recorder of a GPU: a non-blocking stream, and a pool that keeps what it has."""

    def __init__(
        self,
        device: Any,
        main: Any,
        budget: Budget,
        workspace: int,
        make_blas: Callable[[int, int], Closes],
    ) -> None:
        """Makes the stream and an empty pool.

        Args:
          device: `cupy.cuda.Device`.
          main: the stream of eager work, which the private one takes turns with.
          budget: where the memory comes from.
          workspace: bytes of cuBLAS's workspace.
          make_blas: makes the cuBLAS handle of a stream pointer with so many bytes of workspace.
        """
        import cupy

        with device:
            self._stream = cupy.cuda.Stream(non_blocking=True)
            self._ready = cupy.cuda.Event(disable_timing=True)
            self._finished = cupy.cuda.Event(disable_timing=True)
        self._main = main
        self._hold: list[Any] = []
        self._held_at_begin = 0
        self._pool = SessionPool(
            budget,
            pool_within(budget, self._hold),
            cupy.cuda.memory.OutOfMemoryError,
            functools.partial(cupy.cuda.Device, device.id),
        )
        # Dropping its cached blocks would free nothing and only make it grow again.
        budget.pools.discard(self._pool)
        self._place = DeviceStream(device, self._stream, self._pool.malloc, workspace, make_blas)

    @property
    def pool(self) -> SessionPool:
        """The private pool, for its figures."""
        return self._pool

    @contextmanager
    def activate(self) -> Iterator[None]:
        """Makes the private stream and pool current, after and before all other work."""
        with self._place.activate():
            self._ready.record(self._main)
            self._stream.wait_event(self._ready)
            try:
                yield
            finally:
                self._finished.record(self._stream)
                self._main.wait_event(self._finished)

    def buffer_like(self, array: Array) -> Array:
        """Returns a C-contiguous buffer of the private pool."""
        import cupy

        return cupy.empty(array.shape, array.dtype)

    def fill(self, buffer: Array, array: Array) -> None:
        """Copies `array` into `buffer` on the private stream."""
        from cupy.cuda import runtime

        if array.flags.c_contiguous:
            runtime.memcpyAsync(
                buffer.data.ptr,
                array.data.ptr,
                array.nbytes,
                runtime.memcpyDeviceToDevice,
                self._stream.ptr,
            )
        else:
            buffer[...] = array

    def begin(self) -> None:
        """Starts the capture."""
        self._stream.synchronize()
        self._held_at_begin = len(self._hold)
        self._stream.begin_capture()

    def end(self) -> Callable[[], None]:
        """Ends the capture and returns the launch of its graph."""
        graph = self._stream.end_capture()
        stream = self._stream

        def launch() -> None:
            graph.launch(stream)

        return launch

    def abandon(self) -> None:
        """Ends a broken capture, which CUDA reports by an error of its own."""
        with suppress(Exception):
            self._stream.end_capture()

    def grew(self) -> bool:
        """Says whether the pool took memory from the driver since `begin`."""
        return len(self._hold) > self._held_at_begin

    def close(self) -> None:
        """Waits for the stream and drops handle, pool and what the pool held."""
        with self._place.activate():
            self._stream.synchronize()
            self._place.close()
            self._pool.close()
            self._hold.clear()
