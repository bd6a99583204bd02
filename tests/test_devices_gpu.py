"""The GPU device: its Python on a stand-in for CuPy, and all of it where there is a GPU."""

from __future__ import annotations

import ctypes
import gc
import itertools
import sys
import threading
import time
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tfsession import errors
from tfsession.devices import blas
from tfsession.devices.capture import CapturedStep
from tfsession.devices.cpu import CpuDevice
from tfsession.devices.device import DeviceMemoryError, GpuProcess
from tfsession.devices.gpu import GpuDevice, pieces
from tfsession.devices.simulated import SimulatedDevice
from tfsession.devices.stream import current_stream
from tfsession.devices.timer import COMPUTE, TO_HOST

# ---- a stand-in for CuPy, over host memory ----


class FakeRuntimeError(RuntimeError):
    """CUDARuntimeError."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class FakeMemory:
    """BaseMemory: gives itself back when it goes."""

    def __init__(self, pointer: int, size: int, give: Any) -> None:
        self.ptr, self.size, self._give = pointer, size, give

    def __del__(self) -> None:
        self._give(self.ptr)


class FakeCupy(ModuleType):
    """As much of CuPy as the device touches; streams execute at once and note their waits."""

    def __init__(self) -> None:
        super().__init__("cupy")
        self.blocks: dict[int, Any] = {}
        self.device = 0
        self.stack: list[Any] = []
        self.allocator: Any = None
        self.log: list[Any] = []
        self.streams: dict[int, Any] = {}
        self.pinned_made = 0
        #: What the GPUs' clocks show.
        self.milliseconds = 0.0
        fake = self

        class Device:
            def __init__(self, ordinal: int) -> None:
                self.id = ordinal
                self.compute_capability = "90"
                self.outer: list[int] = []

            def __enter__(self) -> None:
                self.outer.append(fake.device)
                fake.device = self.id

            def __exit__(self, *rest: Any) -> None:
                fake.device = self.outer.pop()

        class Event:
            done = True

            def __init__(self, disable_timing: bool = False) -> None:
                self.stream: Any = None
                self.is_timed = not disable_timing
                self.device_id = fake.device

            def record(self, stream: Any) -> None:
                # CUDA refuses an event on a stream of another GPU.
                assert stream.device_id == self.device_id
                self.stream = stream
                self.time = fake.milliseconds

            def synchronize(self) -> None:
                fake.log.append(("wait on host", self.stream.name))

        class Stream:
            made = 0

            def __init__(self, non_blocking: bool) -> None:
                assert non_blocking
                Stream.made += 1
                self.ptr = self.name = Stream.made
                self.device_id = fake.device
                self.capturing = False

            def __enter__(self) -> None:
                assert fake.device == self.device_id
                fake.stack.append(self)

            def __exit__(self, *rest: Any) -> None:
                assert fake.device == self.device_id
                assert fake.stack.pop() is self

            def record(self) -> Any:
                event = Event()
                event.record(self)
                return event

            def wait_event(self, event: Any) -> None:
                fake.log.append((self.name, "after", event.stream.name))

            def synchronize(self) -> None:
                fake.log.append(("wait on host", self.name))

        class using_allocator:
            def __init__(self, allocator: Any) -> None:
                self.allocator = allocator

            def __enter__(self) -> None:
                self.outer, fake.allocator = fake.allocator, self.allocator

            def __exit__(self, *rest: Any) -> None:
                fake.allocator = self.outer

        class PythonFunctionAllocator:
            def __init__(self, take: Any, give: Any) -> None:
                self.take, self.give = take, give

            def malloc(self, size: int) -> Any:
                pointer = self.take(size, fake.device)
                give, device = self.give, fake.device
                memory = FakeMemory(pointer, size, lambda pointer: give(pointer, device))
                return SimpleNamespace(mem=memory, ptr=pointer)

        class OutOfMemoryError(MemoryError):
            pass

        class MemoryPool:
            def __init__(self, allocator: Any) -> None:
                self.allocator, self.used = allocator, 0

            def malloc(self, size: int) -> Any:
                try:
                    pointer = self.allocator(size)
                except FakeRuntimeError:
                    raise OutOfMemoryError from None
                self.used += size
                memory = FakeMemory(pointer.ptr, size, lambda _: self.forget(pointer.mem))
                return SimpleNamespace(mem=memory, ptr=pointer.ptr)

            def forget(self, memory: Any) -> None:
                self.used -= memory.size

            def used_bytes(self) -> int:
                return self.used

            total_bytes = used_bytes

            def free_all_blocks(self) -> None:
                fake.log.append(("trim", fake.device))

        class PinnedMemoryPool:
            def __init__(self) -> None:
                self.free: list[Any] = []

            def malloc(self, size: int) -> Any:
                fitting = [place for place, block in enumerate(self.free) if len(block) == size]
                if fitting:
                    block = self.free.pop(fitting[0])
                else:
                    block = ctypes.create_string_buffer(size)
                    fake.pinned_made += 1
                return FakeMemory(ctypes.addressof(block), size, lambda _: self.free.append(block))

            def free_all_blocks(self) -> None:
                pass

        runtime = ModuleType("cupy.cuda.runtime")
        vars(runtime).update(
            CUDARuntimeError=FakeRuntimeError,
            memcpyHostToDevice=1,
            memcpyDeviceToHost=2,
            memcpyDeviceToDevice=3,
            malloc=self.malloc,
            free=self.free,
            memcpyAsync=self.memcpy,
            memcpyPeerAsync=lambda to, d, source, s, size, stream: self.memcpy(
                to, source, size, ("peer", d, s), stream
            ),
            deviceCanAccessPeer=lambda reader, other: True,
            _deviceEnsurePeerAccess=lambda other: fake.log.append(("peer", fake.device, other)),
            memGetInfo=lambda: (0, 16 << 20),
        )

        def get_elapsed_time(earlier: Any, later: Any) -> float:
            assert earlier.is_timed
            assert later.is_timed
            assert earlier.device_id == later.device_id == fake.device
            return float(later.time - earlier.time)

        self.runtime = runtime
        self.ndarray = FakeArray
        self.cuda = ModuleType("cupy.cuda")
        vars(self.cuda).update(
            Device=Device,
            Event=Event,
            get_elapsed_time=get_elapsed_time,
            Stream=Stream,
            MemoryPool=MemoryPool,
            PinnedMemoryPool=PinnedMemoryPool,
            PythonFunctionAllocator=PythonFunctionAllocator,
            using_allocator=using_allocator,
            alloc=lambda size: fake.allocator(size),
            get_current_stream=lambda: fake.callers_stream(),
            runtime=runtime,
            memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
        )

    def callers_stream(self) -> Any:
        """The stream that a user's code has made current, one on each GPU."""
        with self.cuda.Device(self.device):
            return self.streams.setdefault(self.device, self.cuda.Stream(non_blocking=True))

    def asarray(self, value: Any) -> Any:
        """CuPy's view of an array of another library."""
        return value.array.view(FakeArray)

    from_dlpack = asarray

    def malloc(self, size: int) -> int:
        if sum(map(len, self.blocks.values())) + size > 16 << 20:
            raise FakeRuntimeError(2)
        block = ctypes.create_string_buffer(size)
        self.blocks[ctypes.addressof(block)] = block
        return ctypes.addressof(block)

    def free(self, pointer: int) -> None:
        del self.blocks[pointer]

    def memcpy(self, to: int, source: int, size: int, kind: Any, stream: int) -> None:
        self.log.append((stream, "copies", kind, size))
        ctypes.memmove(to, source, size)

    def empty(self, shape: Any, dtype: Any) -> Any:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        pointer = self.allocator(max(size, 1))
        memory = (ctypes.c_char * size).from_address(pointer.ptr)
        array = np.frombuffer(memory, dtype).reshape(shape).view(FakeArray)
        array.owner = pointer
        return array


class FakeArray(np.ndarray):
    """An array that knows its pointer and its GPU, as CuPy's do."""

    owner: Any = None
    device = SimpleNamespace(id=1)
    __cuda_array_interface__ = None

    def __array_finalize__(self, made_from: Any) -> None:
        self.owner = getattr(made_from, "owner", None)

    @property
    def data(self) -> Any:
        return SimpleNamespace(ptr=self.__array_interface__["data"][0])

    def copy(self, order: Any = "C") -> Any:
        copy = sys.modules["cupy"].empty(self.shape, self.dtype)
        copy[...] = self
        return copy


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCupy]:
    fake = FakeCupy()
    monkeypatch.setitem(sys.modules, "cupy", fake)
    monkeypatch.setitem(sys.modules, "cupy.cuda", fake.cuda)
    monkeypatch.setitem(sys.modules, "cupy.cuda.runtime", fake.runtime)
    yield fake
    gc.collect()


def fake_gpu(index: int = 0, ordinal: int = 0, limit: int = 1 << 16) -> GpuDevice:
    return GpuDevice(
        index,
        ordinal,
        limit,
        budget_key=("fake", ordinal, index),
        physical_description=f"device: {ordinal}",
    )


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.float64(3.5),
        np.zeros((0, 4), np.int32),
        np.arange(6).reshape(2, 3).T,
        np.ones((2, 2), ml_dtypes.bfloat16),
        np.array([True, False]),
    ],
)
def test_copies_there_and_back(cupy: FakeCupy, value: Any) -> None:
    device = fake_gpu()
    array = device.copy_in(value)
    back = device.copy_out(array)
    assert (back.shape, back.dtype) == (value.shape, value.dtype)
    np.testing.assert_array_equal(back, value)
    assert not np.shares_memory(back, array)
    assert current_stream() is None
    assert (cupy.stack, cupy.allocator, cupy.device) == ([], None, 0)


def test_several_fetches_wait_once(cupy: FakeCupy) -> None:
    device = fake_gpu()
    arrays = [device.copy_in(np.full(3, number)) for number in range(4)]
    cupy.log.clear()
    fetched = device.copy_out_all(arrays)
    assert [int(array[0]) for array in fetched] == [0, 1, 2, 3]
    assert [entry for entry in cupy.log if entry[0] == "wait on host"] == [
        ("wait on host", device._to_host.name)
    ]
    assert cupy.log[0] == (device._to_host.name, "after", device.stream.name)


def test_large_copies_go_in_pieces(cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfsession.devices.gpu.WINDOW", 40)
    monkeypatch.setattr("tfsession.devices.gpu.pieces", lambda size: pieces(size, 16))
    device = fake_gpu()
    value = np.arange(100, dtype=np.uint8)
    np.testing.assert_array_equal(device.copy_out(device.copy_in(value)), value)
    sizes = [entry[3] for entry in cupy.log if entry[1] == "copies"]
    assert sizes == [16] * 6 + [4] + [16] * 6 + [4]
    assert sum(entry[0] == "wait on host" for entry in cupy.log) == 3


def test_copy_between_gpus_orders_both_streams(cupy: FakeCupy) -> None:
    one, two = fake_gpu(0, 0), fake_gpu(1, 1)
    array = one.copy_in(np.arange(4.0))
    cupy.log.clear()
    copy = two.copy_from(array, one)
    assert cupy.log == [
        ("peer", 1, 0),
        (two.stream.name, "after", one.stream.name),
        (two.stream.name, "copies", ("peer", 1, 0), 32),
        (one.stream.name, "after", two.stream.name),
    ]
    np.testing.assert_array_equal(two.copy_out(copy), np.arange(4.0))


def test_copy_between_parts_of_a_card(cupy: FakeCupy) -> None:
    """The same pair of events, and no peer access of a card to itself."""
    one, two = fake_gpu(0, 0), fake_gpu(1, 0)
    array = one.copy_in(np.arange(4.0))
    cupy.log.clear()
    copy = two.copy_from(array, one)
    assert cupy.log == [
        (two.stream.name, "after", one.stream.name),
        (two.stream.name, "copies", cupy.runtime.memcpyDeviceToDevice, 32),
        (one.stream.name, "after", two.stream.name),
    ]
    np.testing.assert_array_equal(two.copy_out(copy), np.arange(4.0))


@pytest.mark.parametrize("can", [True, False])
def test_peer_access_is_asked_for_once_and_each_way(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch, can: bool
) -> None:
    """Where cards cannot reach each other, CUDA takes the copy through the host."""
    monkeypatch.setattr("tfsession.devices.gpu._peers", set())
    monkeypatch.setattr(cupy.runtime, "deviceCanAccessPeer", lambda reader, other: can)
    one, two = fake_gpu(0, 0), fake_gpu(1, 1)
    array = one.copy_in(np.arange(4.0))
    for _ in range(3):
        back = one.copy_from(two.copy_from(array, one), two)
    np.testing.assert_array_equal(one.copy_out(back), np.arange(4.0))
    asked = [entry for entry in cupy.log if entry[0] == "peer"]
    assert asked == ([("peer", 1, 0), ("peer", 0, 1)] if can else [])
    assert sum(entry[1:2] == ("copies",) and entry[2] != 1 for entry in cupy.log) >= 6


def test_a_strided_array_is_packed_before_it_is_copied(cupy: FakeCupy) -> None:
    one, two = fake_gpu(0, 0), fake_gpu(1, 1)
    array = one.copy_in(np.arange(6.0).reshape(2, 3))
    copy = two.copy_from(array.T, one)
    np.testing.assert_array_equal(two.copy_out(copy), np.arange(6.0).reshape(2, 3).T)
    np.testing.assert_array_equal(one.copy_out(array.T), np.arange(6.0).reshape(2, 3).T)


def test_pinned_buffers_of_feeds_are_kept_until_their_copy_has_ended_and_reused(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = fake_gpu()
    pinned = [device.copy_in(np.full(8, float(n))) for n in range(3)]
    # Every copy had ended when the next one began, so one buffer was enough.
    assert cupy.pinned_made == 1
    monkeypatch.setattr(cupy.cuda.Event, "done", False)
    pinned += [device.copy_in(np.full(8, float(n))) for n in range(3)]
    assert cupy.pinned_made == 4
    monkeypatch.setattr(cupy.cuda.Event, "done", True)
    pinned += [device.copy_in(np.full(8, float(n))) for n in range(6)]
    assert cupy.pinned_made == 4
    assert [float(device.copy_out(array)[0]) for array in pinned] == [0, 1, 2] * 2 + [*range(6)]


class ByDlpack:
    """An array of another library on a GPU, which offers DLPack."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, 1


def test_arrays_of_the_card_are_adopted_after_the_work_on_them(cupy: FakeCupy) -> None:
    one, two = fake_gpu(0, 0), fake_gpu(1, 1)
    array = np.arange(4.0).view(FakeArray)
    with cupy.cuda.Device(1):
        theirs = cupy.callers_stream()
    for value in (array, ByDlpack(array)):
        cupy.log.clear()
        found = two.adopt(value)
        assert np.shares_memory(found, array)
        assert cupy.log == [(two.stream.name, "after", theirs.name)]
    cupy.log.clear()
    assert one.adopt(array) is None
    assert two.adopt(np.arange(4.0)) is two.adopt([1.0]) is two.adopt(3) is None
    assert cupy.log == []


def test_copies_stay_on_the_device(cupy: FakeCupy) -> None:
    for device in (fake_gpu(), SimulatedDevice(), CpuDevice()):
        array = device.copy_in(np.arange(4.0))
        in_use = device.memory_statistics().in_use
        copy = device.copy(array)
        np.testing.assert_array_equal(copy, array)
        assert not np.shares_memory(copy, array)
        if not device.on_host:
            assert device.holds(copy)
            assert device.memory_statistics().in_use == in_use + copy.nbytes


def test_what_a_simulated_gpu_adopts() -> None:
    device, other = SimulatedDevice(), SimulatedDevice(1)
    array = device.copy_in(np.arange(4.0))
    assert device.adopt(array) is array
    assert device.adopt(array[1:]) is not None
    assert other.adopt(array) is device.adopt(np.arange(4.0)) is CpuDevice().adopt(array) is None


def test_each_device_of_each_session_has_two_streams(cupy: FakeCupy) -> None:
    devices = [fake_gpu(0, 0), fake_gpu(1, 0), fake_gpu(0, 0)]
    streams = [s.name for d in devices for s in (d._compute, d._to_host)]
    assert len(set(streams)) == 6 == cupy.cuda.Stream.made


def test_the_host_waits_for_no_copy_to_the_device_and_none_between_devices(
    cupy: FakeCupy,
) -> None:
    one, two = fake_gpu(0, 0), fake_gpu(1, 1)
    two.copy_from(one.copy_in(np.arange(4.0)), one)
    assert not [entry for entry in cupy.log if entry[0] == "wait on host"]


def test_copies_from_other_kinds(cupy: FakeCupy) -> None:
    device, played = fake_gpu(), SimulatedDevice()
    host = np.arange(3)
    np.testing.assert_array_equal(device.copy_out(device.copy_from(host, CpuDevice())), host)
    np.testing.assert_array_equal(
        device.copy_out(device.copy_from(played.copy_in(host), played)), host
    )
    assert played.copies_out == 1


def test_activation_nests_and_switches(cupy: FakeCupy) -> None:
    one, two = fake_gpu(0, 0), fake_gpu(1, 1)
    with one.activate():
        first = current_stream()
        assert first is not None
        with two.activate():
            assert (cupy.device, cupy.stack[-1]) == (1, two.stream)
            with one.activate():
                assert (cupy.device, cupy.stack[-1]) == (0, one.stream)
            assert cupy.device == 1
        with one.activate():
            assert len(cupy.stack) == 1
        assert current_stream() is first
        seen: list[Any] = []
        thread = threading.Thread(target=lambda: seen.append(current_stream()))
        thread.start()
        thread.join()
        assert seen == [None]
    assert (cupy.device, cupy.stack, cupy.allocator) == (0, [], None)


def test_activation_is_undone_by_an_exception(cupy: FakeCupy) -> None:
    device = fake_gpu(0, 1)
    with pytest.raises(KeyError), device.activate():
        raise KeyError
    assert (cupy.device, cupy.stack, cupy.allocator) == (0, [], None)


def test_memory_is_counted_limited_and_given_back(cupy: FakeCupy) -> None:
    device = fake_gpu(limit=1000)
    array = device.copy_in(np.zeros(100))
    with pytest.raises(DeviceMemoryError) as caught:
        device.copy_in(np.zeros(100))
    assert (caught.value.size, caught.value.limit, caught.value.in_use) == (800, 1000, 800)
    statistics = device.memory_statistics()
    assert (statistics.in_use, statistics.peak, statistics.limit) == (800, 800, 1000)
    del array, caught
    gc.collect()
    assert device.memory_statistics().in_use == 0
    device.close()
    device.close()
    assert cupy.blocks == {}
    assert device.memory_statistics().peak == 800
    with pytest.raises(RuntimeError, match="GPU:0 is closed"):
        device.activate()


def test_a_gpu_knows_its_arrays_and_who_else_is_there(cupy: FakeCupy) -> None:
    class Card:
        processes = (GpuProcess(7, 100, "train"),)

    mine, other = fake_gpu(limit=10_000), fake_gpu(limit=10_000)
    part = fake_gpu(1, limit=10_000)
    mine._processes = lambda: Card.processes
    array = mine.copy_in(np.zeros(100))
    assert mine.holds(array)
    assert not part.holds(array)
    assert not mine.holds(np.zeros(100))
    assert mine.processes() == Card.processes
    assert (other.memory_statistics().in_use, other.memory_statistics().elsewhere) == (0, 800)
    del array
    gc.collect()
    assert other.memory_statistics().elsewhere == 0
    for device in (mine, other, part):
        device.close()


def test_a_closed_gpu_keeps_nothing_of_what_it_reserved(cupy: FakeCupy) -> None:
    device = GpuDevice(
        *(0, 0, 1 << 16),
        budget_key="reserved at once",
        physical_description="",
        reserve=True,
        overhead=1 << 12,
    )
    assert [len(block) for block in cupy.blocks.values()] == [(1 << 16) - (1 << 12)]
    array = device.copy_in(np.zeros(100))
    statistics = device.memory_statistics()
    assert (statistics.reserved, statistics.elsewhere) == ((1 << 16) - (1 << 12), 1 << 12)
    del array
    gc.collect()
    device.close()
    assert cupy.blocks == {}


def test_a_broken_gpu_still_gives_its_memory_back(
    cupy: FakeCupy, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = fake_gpu()
    array = device.copy_in(np.zeros(100))

    def fail() -> None:
        raise FakeRuntimeError(700)

    monkeypatch.setattr(device.stream, "synchronize", fail)
    with pytest.raises(FakeRuntimeError):
        device.close()
    device.close()
    assert ("trim", 0) in cupy.log
    assert current_stream() is None
    del array


def test_cupy_has_what_the_device_uses() -> None:
    cuda = pytest.importorskip("cupy").cuda
    for name in (
        *("Device", "Event", "MemoryPool", "PinnedMemoryPool", "PythonFunctionAllocator"),
        *("Stream", "alloc", "get_current_stream", "get_elapsed_time", "using_allocator"),
    ):
        assert hasattr(cuda, name), name
    for name in (
        *("CUDARuntimeError", "malloc", "free", "memGetInfo", "memcpyAsync", "memcpyPeerAsync"),
        *("memcpyHostToDevice", "memcpyDeviceToHost", "memcpyDeviceToDevice"),
        *("deviceCanAccessPeer", "_deviceEnsurePeerAccess", "deviceGetPCIBusId"),
        *("getDevice", "getDeviceCount", "getDeviceProperties", "runtimeGetVersion"),
    ):
        assert hasattr(cuda.runtime, name), name
    assert issubclass(cuda.memory.OutOfMemoryError, MemoryError)
    assert cuda.runtime.CUDARuntimeError(2).status == 2
    for name in ("begin_capture", "end_capture", "record", "wait_event", "synchronize"):
        assert hasattr(cuda.Stream, name), name


def test_strings_stay_on_the_host(cupy: FakeCupy) -> None:
    with pytest.raises(errors.InternalError, match="GPU copy from non-DMA string tensor"):
        fake_gpu().copy_in(np.array([b"a"], object))


def test_a_recorder_takes_turns_with_the_compute_stream(cupy: FakeCupy) -> None:
    device = fake_gpu()
    feed = device.copy_in(np.arange(3.0))
    recorder = device.recorder()
    cupy.log.clear()
    with recorder.activate():
        buffer = recorder.buffer_like(feed)
        recorder.fill(buffer, feed)
        assert cupy.stack[-1] is not device.stream
    private, main = recorder._stream.name, device.stream.name
    assert cupy.log == [
        (private, "after", main),
        (private, "copies", 3, 24),
        (main, "after", private),
    ]
    np.testing.assert_array_equal(buffer, [0, 1, 2])
    assert device.memory_statistics().in_use == 48
    del buffer
    gc.collect()
    assert len(cupy.blocks) == 2
    recorder.close()
    assert len(cupy.blocks) == 1
    device.close()


def test_events_tell_the_time_between_points(cupy: FakeCupy) -> None:
    device = fake_gpu(1, 1)
    timer = device.timer()
    first = timer.record()
    cupy.milliseconds = 1.25
    second = timer.record(TO_HOST)
    assert cupy.log == []
    timer.wait()
    compute, to_host = device.stream.name, device._to_host.name
    assert cupy.log == [("wait on host", compute), ("wait on host", to_host)]
    assert timer.elapsed(first, second) == 1_250_000
    assert timer.elapsed(second, first) == -1_250_000
    assert (first.stream.name, second.stream.name) == (compute, to_host)
    assert current_stream() is None


def test_a_point_may_come_after_one_of_another_gpu(cupy: FakeCupy) -> None:
    one, two = fake_gpu(0, 0), fake_gpu(1, 1)
    ready = one.timer().record()
    point = two.timer().record(COMPUTE, after=ready)
    assert cupy.log == [(two.stream.name, "after", one.stream.name)]
    assert point.stream is two.stream


def test_pieces() -> None:
    assert list(pieces(0)) == []
    assert list(pieces(10, 4)) == [(0, 4), (4, 4), (8, 2)]


# ---- cuBLAS on the stand-in ----

CUDA_TYPES = {
    2: np.float16,
    14: ml_dtypes.bfloat16,
    0: np.float32,
    1: np.float64,
    4: np.complex64,
    5: np.complex128,
}


def random_array(shape: tuple[int, ...], dtype: str) -> Any:
    numbers = np.random.default_rng(sum(shape))
    values = numbers.standard_normal(shape)
    if dtype.startswith("complex"):
        values = values + 1j * numbers.standard_normal(shape)
    return values.astype(getattr(ml_dtypes, dtype) if dtype == "bfloat16" else dtype)


def wide(array: Any) -> Any:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


class FakeCublas:
    """cuBLAS's functions over host memory."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.compute: list[int] = []
        self.fail = 0

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> int:
            self.calls.append(name)
            if name == "cublasCreate_v2":
                ctypes.cast(arguments[0], ctypes.POINTER(ctypes.c_void_p))[0] = 77
            elif name == "cublasGemmEx_64":
                (*product, compute, _) = arguments
                self.compute.append(compute)
                self.product(*product)
            elif name == "cublasGemmStridedBatchedEx_64":
                self.batch(*arguments)
            return self.fail

        return call

    def batch(self, handle: Any, ta: int, tb: int, *rest: Any) -> None:
        m, n, k, one, a, ka, lda, sa, b, kb, ldb, sb, zero, c, kc, ldc, sc, count, *_ = rest
        size = np.dtype(CUDA_TYPES[kc]).itemsize
        for i in range(count):
            step = i * size
            self.product(
                *(handle, ta, tb, m, n, k, one, a + step * sa, ka, lda),
                *(b + step * sb, kb, ldb, zero, c + step * sc, kc, ldc),
            )

    def product(self, handle: Any, ta: int, tb: int, m: int, n: int, k: int, *rest: Any) -> None:
        one, a, ka, lda, b, kb, ldb, zero, c, kc, ldc = rest
        assert handle.value == 77
        assert (one[0], one[1], zero[0], zero[1]) == (1, 0, 0, 0)
        first = self.matrix(a, ka, lda, *((k, m) if ta else (m, k)))
        second = self.matrix(b, kb, ldb, *((n, k) if tb else (k, n)))
        self.matrix(c, kc, ldc, m, n)[...] = wide(first.T if ta else first) @ wide(
            second.T if tb else second
        )

    @staticmethod
    def matrix(pointer: int, kind: int, leading: int, rows: int, columns: int) -> Any:
        assert leading >= rows
        dtype = np.dtype(CUDA_TYPES[kind])
        size = (leading * (columns - 1) + rows) * dtype.itemsize
        memory = (ctypes.c_char * size).from_address(pointer)
        strides = (dtype.itemsize, leading * dtype.itemsize)
        return np.ndarray((rows, columns), dtype, memory, 0, strides)


@pytest.fixture
def cublas(monkeypatch: pytest.MonkeyPatch) -> FakeCublas:
    fake = FakeCublas()
    monkeypatch.setattr(blas, "load_library", lambda: fake)
    return fake


FLAGS = list(itertools.product([False, True], repeat=2))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64"])
@pytest.mark.parametrize(("transpose_a", "transpose_b"), FLAGS)
def test_gemm_on_the_stand_in(
    cupy: FakeCupy, cublas: FakeCublas, dtype: str, transpose_a: bool, transpose_b: bool
) -> None:
    device = fake_gpu(limit=8 << 20)
    a = random_array((5, 3) if transpose_a else (3, 5), dtype)
    b = random_array((4, 5) if transpose_b else (5, 4), dtype)
    with device.activate():
        left, right = device.copy_in(a), device.copy_in(b)
        out = blas.gemm(left, right, None, transpose_a, transpose_b)
        turned = blas.gemm(left.T, right.T, None, not transpose_a, not transpose_b)
    expected = wide(a.T if transpose_a else a) @ wide(b.T if transpose_b else b)
    for found in (out, turned):
        np.testing.assert_allclose(wide(found), wide(expected.astype(a.dtype)), rtol=1e-6)
    assert cublas.calls[:4] == [
        *("cublasCreate_v2", "cublasSetStream_v2"),
        *("cublasSetWorkspace_v2", "cublasSetMathMode"),
    ]
    assert cublas.compute == [70 if dtype == "float64" else 68] * 2
    device.close()
    assert cublas.calls.count("cublasDestroy_v2") == 1


@pytest.mark.parametrize(("batch_a", "batch_b"), [(3, 3), (1, 3), (3, 1), (1, 1)])
@pytest.mark.parametrize(("transpose_a", "transpose_b"), FLAGS)
def test_batched_gemm_on_the_stand_in(
    cupy: FakeCupy,
    cublas: FakeCublas,
    batch_a: int,
    batch_b: int,
    transpose_a: bool,
    transpose_b: bool,
) -> None:
    device = fake_gpu(limit=8 << 20)
    a = random_array((batch_a, 5, 2) if transpose_a else (batch_a, 2, 5), "float32")
    b = random_array((batch_b, 4, 5) if transpose_b else (batch_b, 5, 4), "float32")
    with device.activate():
        left, right = device.copy_in(a), device.copy_in(b)
        out = blas.batched_gemm(left, right, None, transpose_a, transpose_b)
        backwards = blas.batched_gemm(left[::-1], right[::-1], None, transpose_a, transpose_b)
    expected = wide(a.swapaxes(1, 2) if transpose_a else a) @ wide(
        b.swapaxes(1, 2) if transpose_b else b
    )
    np.testing.assert_allclose(wide(out), expected, rtol=1e-5)
    np.testing.assert_allclose(wide(backwards), expected[::-1], rtol=1e-5)


def test_gemm_refuses_what_does_not_fit(cupy: FakeCupy, cublas: FakeCublas) -> None:
    device = fake_gpu(limit=8 << 20)
    with device.activate():
        a = device.copy_in(np.ones((2, 3), np.float32))
        with pytest.raises(ValueError, match="inner sizes 3 and 2"):
            blas.gemm(a, a)
        with pytest.raises(ValueError, match="dtypes float32 and float64"):
            blas.gemm(a, a.T.astype(np.float64))
        with pytest.raises(TypeError, match="'int32'; want one of float16"):
            blas.gemm(a.astype(np.int32), a.T.astype(np.int32))
        with pytest.raises(ValueError, match=r"want a C-contiguous \(2, 2\) of float32"):
            blas.gemm(a, a.T, a)
        with pytest.raises(ValueError, match="batches of 2 and 3"):
            blas.batched_gemm(np.ones((2, 1, 1)), np.ones((3, 1, 1)))
        nothing = blas.gemm(a[:, :0], a.T[:0])
        assert not np.asarray(nothing).any()
        cublas.fail = 13
        with pytest.raises(blas.CublasError, match=r"cublasGemmEx_64 failed with .* 13"):
            blas.gemm(a, a.T)
        cublas.fail = 0
        assert blas.gemm(a, a.T)[0, 0] == 3


def test_tf32_is_asked_for_explicitly(cupy: FakeCupy, cublas: FakeCublas) -> None:
    device = fake_gpu(limit=8 << 20)
    with device.activate():
        a = device.copy_in(np.ones((2, 2), np.float32))
        blas.gemm(a, a)
        device.blas.allow_tf32 = True
        blas.gemm(a, a)
        wide_a = device.copy_in(np.ones((2, 2)))
        blas.gemm(wide_a, wide_a)
    assert cublas.compute == [68, 77, 70]


def test_kernels_are_compiled_once_a_device(cupy: FakeCupy) -> None:
    class RawModule:
        def __init__(self, **arguments: Any) -> None:
            made.append(arguments["name_expressions"])

        def get_function(self, expression: str) -> Any:
            made.append(expression)
            return object()

    made: list[Any] = []
    cupy.RawModule = RawModule  # type: ignore[attr-defined]
    device, other = fake_gpu(), fake_gpu(1, 1)
    found = device.function("pooling.cu", "max_pool<float>")
    assert device.function("pooling.cu", "max_pool<float>") is found
    assert other.function("pooling.cu", "max_pool<float>") is not found
    assert made == [("max_pool<float>",), "max_pool<float>", "max_pool<float>"]
    device.close()
    other.close()


# ---- on a GPU ----


@pytest.fixture
def gpu(real_cupy: Any) -> Iterator[GpuDevice]:
    device = GpuDevice(
        0, 0, 1 << 30, budget_key="test_devices_gpu", physical_description="device: 0"
    )
    yield device
    device.close()


GEMM_TYPES = {
    "float16": 2e-2,
    "bfloat16": 1e-1,
    "float32": 1e-5,
    "float64": 1e-12,
    "complex64": 1e-5,
    "complex128": 1e-12,
}


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", list(GEMM_TYPES))
@pytest.mark.parametrize(
    ("transpose_a", "transpose_b"), list(itertools.product([False, True], repeat=2))
)
def test_gemm_against_numpy(
    gpu: GpuDevice, dtype: str, transpose_a: bool, transpose_b: bool
) -> None:
    a = random_array((33, 65) if not transpose_a else (65, 33), dtype)
    b = random_array((65, 17) if not transpose_b else (17, 65), dtype)
    left, right = gpu.copy_in(a), gpu.copy_in(b)
    with gpu.activate():
        out = gpu.blas.gemm(left, right, transpose_a=transpose_a, transpose_b=transpose_b)
    found = gpu.copy_out(out)
    expected = wide(a.T if transpose_a else a) @ wide(b.T if transpose_b else b)
    tolerance = GEMM_TYPES[dtype]
    np.testing.assert_allclose(wide(found), expected, rtol=tolerance, atol=tolerance * 8)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", list(GEMM_TYPES))
@pytest.mark.parametrize(("batch_a", "batch_b"), [(5, 5), (1, 5), (5, 1), (1, 1)])
@pytest.mark.parametrize("transposed", [False, True])
def test_batched_gemm_against_numpy(
    gpu: GpuDevice, dtype: str, batch_a: int, batch_b: int, transposed: bool
) -> None:
    a, b = random_array((batch_a, 9, 20), dtype), random_array((batch_b, 20, 7), dtype)
    with gpu.activate():
        if transposed:
            left = gpu.copy_in(a.transpose(0, 2, 1))
            right = gpu.copy_in(b.transpose(0, 2, 1))
        else:
            left, right = gpu.copy_in(a), gpu.copy_in(b)
        found = gpu.copy_out(gpu.blas.batched_gemm(left, right, None, transposed, transposed))
    tolerance = GEMM_TYPES[dtype]
    np.testing.assert_allclose(wide(found), wide(a) @ wide(b), rtol=tolerance, atol=tolerance * 8)


@pytest.mark.gpu
def test_gemm_of_views_into_out_and_of_nothing(gpu: GpuDevice) -> None:
    host = np.arange(48.0, dtype=np.float32).reshape(6, 8)
    with gpu.activate():
        array = gpu.copy_in(host)
        out = gpu.xp.empty((6, 6), np.float32)
        assert gpu.blas.gemm(array, array.T, out) is out
        np.testing.assert_allclose(gpu.copy_out(out), host @ host.T)
        sliced = gpu.blas.gemm(array[:, 2:5], array[1:4, ::2])
        np.testing.assert_allclose(gpu.copy_out(sliced), host[:, 2:5] @ host[1:4, ::2])
        nothing = gpu.blas.gemm(array[:, :0], array[:0])
        assert not gpu.copy_out(nothing).any()
        with pytest.raises(ValueError, match="inner sizes"):
            gpu.blas.gemm(array, array)
        with pytest.raises(TypeError, match="'int32'"):
            gpu.blas.gemm(array.astype("int32"), array.T.astype("int32"))


@pytest.mark.gpu
@pytest.mark.parametrize("size", [0, 1, 1000, (64 << 20) + 3])
def test_gpu_copies_there_and_back(gpu: GpuDevice, size: int) -> None:
    value = np.arange(size, dtype=np.uint8)
    array = gpu.copy_in(value)
    expected = value.copy()
    value[...] = 0
    np.testing.assert_array_equal(gpu.copy_out(array), expected)


@pytest.mark.gpu
def test_gpu_times_are_those_of_its_work(gpu: GpuDevice) -> None:
    timer = gpu.timer()
    with gpu.activate():
        x = gpu.xp.ones((4096, 4096), np.float32)
        blas.gemm(x, x)
        timer.wait()
        begin = timer.record()
        for _ in range(20):
            blas.gemm(x, x)
        end = timer.record()
    before = time.perf_counter_ns()
    timer.wait()
    waited = time.perf_counter_ns() - before
    # 2.7 TFLOP at less than 1 PFLOP/s; the host asked for them long before they were done.
    assert timer.elapsed(begin, end) > 2_700_000
    assert timer.elapsed(begin, end) >= waited / 2
    copy = timer.record(TO_HOST, after=timer.record())
    gpu.copy_out(x)
    done = timer.record(TO_HOST)
    timer.wait()
    # 64 MiB at less than 1 TB/s.
    assert timer.elapsed(copy, done) > 67_000


@pytest.mark.gpu
def test_gpu_memory_peaks_and_returns_to_the_driver(gpu: GpuDevice) -> None:
    runtime = gpu.xp.cuda.runtime
    gpu.copy_out(gpu.copy_in(np.zeros(1)))
    free = runtime.memGetInfo()[0]
    with gpu.activate():
        array = gpu.xp.zeros(256 << 20, np.uint8)
    assert gpu.memory_statistics().in_use >= 256 << 20
    del array
    statistics = gpu.memory_statistics()
    assert statistics.peak >= 256 << 20 > statistics.in_use
    with pytest.raises(DeviceMemoryError), gpu.activate():
        gpu.xp.zeros(2 << 30, np.uint8)
    with gpu.activate():
        gpu.xp.zeros(900 << 20, np.uint8)
    gpu.close()
    # What the driver keeps for loaded kernels is not the session's.
    assert runtime.memGetInfo()[0] >= free - (64 << 20)


@pytest.mark.gpu
def test_reserved_memory_is_taken_at_once(gpu: GpuDevice) -> None:
    runtime = gpu.xp.cuda.runtime
    free = runtime.memGetInfo()[0]
    device = GpuDevice(
        *(1, 0, 512 << 20), budget_key="reserved", physical_description="", reserve=True
    )
    assert free - runtime.memGetInfo()[0] >= 512 << 20
    array = device.copy_in(np.arange(10))
    np.testing.assert_array_equal(device.copy_out(array), np.arange(10))
    del array
    device.close()
    del device
    gc.collect()
    assert runtime.memGetInfo()[0] >= free - (64 << 20)


@pytest.mark.gpu
def test_virtual_gpus_copy_between_each_other(gpu: GpuDevice) -> None:
    other = GpuDevice(1, 0, 1 << 28, budget_key="other part", physical_description="")
    for number in range(20):
        array = gpu.copy_in(np.full(1 << 20, number, np.float32))
        with gpu.activate():
            array = array * 2
        np.testing.assert_array_equal(other.copy_out(other.copy_from(array, gpu))[:3], number * 2)
    other.close()


@pytest.mark.gpu
def test_a_captured_step_replays_gemm_and_updates(gpu: GpuDevice) -> None:
    with gpu.activate():
        weights = gpu.copy_in(np.eye(64, dtype=np.float32))

    def body(feed: Any) -> list[Any]:
        product = blas.gemm(feed, weights)
        weights[...] = weights + gpu.xp.float32(1)
        return [product * 2]

    step = CapturedStep(gpu, body)
    held = np.eye(64, dtype=np.float32)
    for number in range(8):
        feed = np.full((8, 64), number, np.float32)
        (fetch,) = gpu.copy_out_all(step(gpu.copy_in(feed)))
        np.testing.assert_allclose(fetch, feed @ held * 2, rtol=1e-5)
        held += 1
        with gpu.activate():
            gpu._pool.trim()
    assert step.captured, step.reason
    step.close()


@pytest.mark.gpu
def test_a_step_that_cannot_be_captured_stays_eager(gpu: GpuDevice) -> None:
    def body(feed: Any) -> list[Any]:
        return [feed + float(feed.sum())]

    step = CapturedStep(gpu, body)
    for number in range(5):
        (fetch,) = gpu.copy_out_all(step(gpu.copy_in(np.full(4, float(number)))))
        np.testing.assert_allclose(fetch, number * 5.0)
    assert step.eager
    assert step.reason
