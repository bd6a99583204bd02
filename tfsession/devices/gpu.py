"""A GPU through CuPy: one compute stream, one stream for copies to the host, one memory pool.

All work of a session on a GPU goes to its compute stream, copies from the host included: their
target may be a block that earlier kernels still read, so they have to wait for these anyway.
Copies to the host have a stream of their own, so that a fetch waits for what it fetches and not
for what another thread asked for meanwhile.
"""

from __future__ import annotations

import ctypes
import functools
import threading
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.devices import cuda_source, forks
from tfsession.devices.blas import WORKSPACE_BEFORE_HOPPER, WORKSPACE_HOPPER, Blas
from tfsession.devices.capture import GpuRecorder
from tfsession.devices.device import (
    LOCAL_TASK,
    Array,
    Device,
    GpuProcess,
    HostArray,
    MemoryStatistics,
    new_incarnation,
)
from tfsession.devices.interchange import as_cupy, is_on_gpu
from tfsession.devices.memory import (
    SessionPool,
    cuda_free,
    cuda_malloc,
    cuda_wait,
    open_budget,
    pool_within,
)
from tfsession.devices.stream import DeviceStream
from tfsession.devices.timer import COMPUTE, TO_HOST, EventTimer

#: Largest piece of pinned memory that a copy uses; larger arrays pass through in several.
PIECE = 32 << 20

#: Bytes on their way to the host before the copies are waited for.
WINDOW = 128 << 20

#: Pairs of CUDA devices, reader and read, for which peer access was asked; it lasts as the process.
_peers: set[tuple[int, int]] = set()


def pieces(size: int, piece: int = PIECE) -> Iterator[tuple[int, int]]:
    """Yields offset and length of each part of `size` bytes.

    >>> list(pieces(5, 2))
    [(0, 2), (2, 2), (4, 1)]
    """
    for offset in range(0, size, piece):
        yield offset, min(piece, size - offset)


class GpuDevice:
    """A GPU of the session, or a part of one."""

    kind = "GPU"
    on_host = False

    def __init__(
        self,
        index: int,
        ordinal: int,
        memory_limit: int,
        *,
        budget_key: Hashable,
        physical_description: str,
        reserve: bool = False,
        overhead: int = 0,
        processes: Callable[[], Sequence[GpuProcess]] = tuple,
        task: str = LOCAL_TASK,
    ) -> None:
        """Makes a CUDA context, if there is none, and two streams.

        Args:
          index: TensorFlow's number of the GPU.
          ordinal: CUDA's number of the card.
          memory_limit: bytes that all sessions of the process together may take of this GPU. A
            limit that another open session has set before stays in force.
          budget_key: names the GPU, or part of one, whose memory sessions share.
          physical_description: as TensorFlow prints it.
          reserve: whether to take the whole limit from the driver now.
          overhead: bytes of the limit that the CUDA context takes.
          processes: tells who uses the card.
          task: first part of the name.

        Raises:
          DeviceMemoryError: `reserve` is set and the card has not even half of the limit.
        """
        import cupy

        self.index = index
        self.ordinal = ordinal
        self.name = f"{task}/device:GPU:{index}"
        self.incarnation = new_incarnation()
        self.physical_description = physical_description
        self.xp: ModuleType = cupy
        self._runtime = cupy.cuda.runtime
        self._device = cupy.cuda.Device(ordinal)
        with self._device:
            self._compute = cupy.cuda.Stream(non_blocking=True)
            self._to_host = cupy.cuda.Stream(non_blocking=True)
            budget = open_budget(
                budget_key,
                memory_limit,
                cuda_malloc,
                cuda_free,
                wait=cuda_wait,
                reserve=reserve,
                overhead=overhead,
            )
        self.memory_limit = budget.limit
        self._pool = SessionPool(
            budget,
            pool_within(budget),
            cupy.cuda.memory.OutOfMemoryError,
            functools.partial(cupy.cuda.Device, ordinal),
        )
        self._pinned = cupy.cuda.PinnedMemoryPool()
        self._stream = DeviceStream(
            self._device, self._compute, self._pool.malloc, self._workspace(), Blas
        )
        # Pinned memory of copies to the device that may still be under way, oldest first.
        self._staged: deque[tuple[Any, Any]] = deque()
        self._staged_lock = threading.Lock()
        self._recorders: weakref.WeakSet[GpuRecorder] = weakref.WeakSet()
        self._functions: dict[tuple[str, str], Any] = {}
        self._processes = processes
        self._closed = False

    def __repr__(self) -> str:
        return f"<GpuDevice {self.name} on CUDA device {self.ordinal}>"

    @property
    def stream(self) -> Any:
        """The compute stream, a `cupy.cuda.Stream`."""
        return self._compute

    @property
    def blas(self) -> Blas:
        """cuBLAS on the compute stream."""
        return self._stream.blas

    def function(self, source: str, expression: str) -> Any:
        """Returns a kernel of kernels/cuda/, compiled for this GPU, which must be active.

        Args:
          source: file name, such as ``"pooling.cu"``.
          expression: the kernel with its template arguments, such as ``"max_pool<float>"``.

        Returns:
          ``kernel(grid, block, arguments)``, which starts it on the current stream.

        Raises:
          ValueError: there is no such kernel.
        """
        key = (source, expression)
        found = self._functions.get(key)
        if found is None:
            module = cuda_source.module(self.xp, source, expression)
            found = self._functions[key] = module.get_function(expression)
        return found

    def activate(self) -> AbstractContextManager[None]:
        """Makes the GPU, its compute stream and its pool current for this thread.

        Raises:
          RuntimeError: the device is closed.
          InternalError: this process was forked from the one that opened it.
        """
        if self._closed:
            raise RuntimeError(f"{self.name} is closed")
        if forks.in_child:
            forks.check()
        return self._stream.activate()

    def recorder(self) -> GpuRecorder:
        """Returns what a `CapturedStep` records with."""
        recorder = GpuRecorder(
            self._device, self._compute, self._pool.budget, self._workspace(), Blas
        )
        self._recorders.add(recorder)
        return recorder

    def copy_in(self, array: HostArray) -> Array:
        """Copies a host array to the GPU through pinned memory, without waiting for the GPU.

        Raises:
          DeviceMemoryError: there is no room.
          InternalError: the elements are not plain memory (strings).
        """
        host = np.asarray(array, order="C")
        if host.dtype.hasobject:
            raise errors.InternalError.of("GPU copy from non-DMA string tensor")
        with self.activate():
            target = self.xp.empty(host.shape, host.dtype)
            for offset, length in pieces(host.nbytes):
                self._release_staged()
                staging = self._pinned.malloc(length)
                ctypes.memmove(staging.ptr, host.ctypes.data + offset, length)
                self._runtime.memcpyAsync(
                    target.data.ptr + offset,
                    staging.ptr,
                    length,
                    self._runtime.memcpyHostToDevice,
                    self._compute.ptr,
                )
                self._staged.append((self._record(self._compute), staging))
        return target

    def copy_out(self, array: Array) -> HostArray:
        """Copies an array to the host and waits until it is there."""
        return self.copy_out_all([array])[0]

    def copy_out_all(self, arrays: Sequence[Array]) -> list[HostArray]:
        """Copies arrays to the host and waits once, or once per `WINDOW` bytes."""
        with self.activate():
            sources = [a if a.flags.c_contiguous else a.copy(order="C") for a in arrays]
            targets = [np.empty(source.shape, source.dtype) for source in sources]
            self._to_host.wait_event(self._record(self._compute))
            under_way: list[tuple[Any, int, int]] = []
            total = 0
            for source, target in zip(sources, targets, strict=True):
                for offset, length in pieces(source.nbytes):
                    if total + length > WINDOW:
                        self._land(under_way)
                        total = 0
                    staging = self._pinned.malloc(length)
                    self._runtime.memcpyAsync(
                        staging.ptr,
                        source.data.ptr + offset,
                        length,
                        self._runtime.memcpyDeviceToHost,
                        self._to_host.ptr,
                    )
                    under_way.append((staging, target.ctypes.data + offset, length))
                    total += length
            self._land(under_way)
        return targets

    def copy_from(self, array: Array, source: Device) -> Array:
        """Copies an array of another device, directly between GPUs.

        This GPU waits for the kernel that makes the array, and the other one waits for the copy
        before it may use the memory again.
        """
        if not isinstance(source, GpuDevice):
            return self.copy_in(array if source.on_host else source.copy_out(array))
        with source.activate():
            array = array if array.flags.c_contiguous else array.copy(order="C")
            ready = self._record(source.stream)
        with self.activate():
            self._enable_peer(source.ordinal)
            target = self.xp.empty(array.shape, array.dtype)
            self._compute.wait_event(ready)
            if source.ordinal == self.ordinal:  # two parts of one card
                self._runtime.memcpyAsync(
                    target.data.ptr,
                    array.data.ptr,
                    array.nbytes,
                    self._runtime.memcpyDeviceToDevice,
                    self._compute.ptr,
                )
            else:
                self._runtime.memcpyPeerAsync(
                    target.data.ptr,
                    self.ordinal,
                    array.data.ptr,
                    source.ordinal,
                    array.nbytes,
                    self._compute.ptr,
                )
            copied = self._record(self._compute)
        with source.activate():
            source.stream.wait_event(copied)
        return target

    def copy(self, array: Array) -> Array:
        """Copies an array on the compute stream."""
        with self.activate():
            return array.copy()

    def adopt(self, value: object) -> Array | None:
        """Takes an array of this card, whatever library it belongs to, as CuPy's.

        The compute stream waits for the stream of the card that is current in this thread: what
        has made the array is there, or has been waited for there.
        """
        if not is_on_gpu(value):
            return None
        array = as_cupy(self.xp, value)
        if array.device.id != self.ordinal:
            return None
        with self._device:
            self._compute.wait_event(self._record(self.xp.cuda.get_current_stream()))
        return array

    def synchronise(self) -> None:
        """Waits for both streams."""
        with self.activate():
            self._compute.synchronize()
            self._to_host.synchronize()

    def timer(self) -> EventTimer:
        """Returns a timer whose points are CUDA events on both streams."""
        streams = {COMPUTE: self._compute, TO_HOST: self._to_host}
        return EventTimer(self.xp.cuda, self.activate, streams)

    def memory_statistics(self) -> MemoryStatistics:
        """Returns the figures of the session's pool and of its captured graphs."""
        budget = self._pool.budget
        if self._closed:
            elsewhere = budget.overhead + budget.taken
            return MemoryStatistics(0, self._pool.peak, self.memory_limit, 0, elsewhere)
        with self.activate():
            graphs = [recorder.pool for recorder in self._recorders]
            reserved = self._pool.reserved + sum(pool.reserved for pool in graphs)
            return MemoryStatistics(
                in_use=self._pool.in_use + sum(pool.in_use for pool in graphs),
                peak=self._pool.peak + sum(pool.peak for pool in graphs),
                limit=self.memory_limit,
                reserved=budget.limit - budget.overhead if budget.is_reserved else reserved,
                elsewhere=budget.overhead + max(0, budget.taken - reserved),
            )

    def holds(self, array: Array) -> bool:
        """Says whether an array is in memory of this GPU, or this part of one."""
        pointer = getattr(getattr(array, "data", None), "ptr", None)
        return pointer is not None and self._pool.budget.holds(pointer)

    def processes(self) -> Sequence[GpuProcess]:
        """Returns the processes that use the card."""
        return self._processes()

    def close(self) -> None:
        """Waits for the GPU and gives handle, pools and pinned memory back.

        What live arrays hold goes back when they do. A second call does nothing.
        """
        if self._closed:
            return
        self._closed = True
        with self._stream.activate():
            try:
                self._compute.synchronize()
                self._to_host.synchronize()
                for recorder in list(self._recorders):
                    recorder.close()
                self._stream.close()
            finally:
                # A kernel that failed makes every call above fail, and holds no memory back.
                self._staged.clear()
                self._pinned.free_all_blocks()
                self._pool.close()

    def _workspace(self) -> int:
        """Returns the bytes of a cuBLAS workspace, small where the whole limit is."""
        hopper = int(self._device.compute_capability) >= 90
        wanted = WORKSPACE_HOPPER if hopper else WORKSPACE_BEFORE_HOPPER
        return max(1 << 20, min(wanted, self.memory_limit // 16))

    def _enable_peer(self, other: int) -> None:
        """Lets the current GPU read the memory of `other` directly, where the machine can."""
        if other == self.ordinal or (self.ordinal, other) in _peers:
            return
        _peers.add((self.ordinal, other))
        if self._runtime.deviceCanAccessPeer(self.ordinal, other):
            # Where somebody has been faster, deviceEnablePeerAccess leaves an error behind, which
            # the next library that looks at the runtime's last error would take for its own.
            self._runtime._deviceEnsurePeerAccess(other)

    def _record(self, stream: Any) -> Any:
        event = self.xp.cuda.Event(disable_timing=True)
        event.record(stream)
        return event

    def _release_staged(self) -> None:
        with self._staged_lock:
            while self._staged and self._staged[0][0].done:
                self._staged.popleft()

    def _land(self, under_way: list[tuple[Any, int, int]]) -> None:
        """Waits for copies to pinned memory and moves them on to where they belong."""
        if not under_way:
            return
        self._record(self._to_host).synchronize()
        for staging, address, length in under_way:
            ctypes.memmove(address, staging.ptr, length)
        under_way.clear()
