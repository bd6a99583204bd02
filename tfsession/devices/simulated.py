"""Simulated GPUs: GPUs in names, limits, copies and logging, whose arrays are NumPy's.

For tests on machines without a GPU, and for planning a placement on eight GPUs at a laptop:
`TFSESSION_SIMULATED_GPUS=8x24GiB`. They are never chosen unless that variable is set.
"""

from __future__ import annotations

import gc
import itertools
import re
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.devices.device import (
    LOCAL_TASK,
    Array,
    Device,
    DeviceMemoryError,
    GpuProcess,
    HostArray,
    MemoryStatistics,
    describe_gpu,
    new_incarnation,
)
from tfsession.devices.interchange import owner_of
from tfsession.devices.memory import Budget, open_budget
from tfsession.devices.timer import HostTimer
from tfsession.resources.variables import VariableCell

ENVIRONMENT_VARIABLE = "TFSESSION_SIMULATED_GPUS"
# Devices of one kind in a session; more are a mistake in writing.
MOST_DEVICES = 1024

#: Bytes of a simulated GPU whose size is not given.
DEFAULT_MEMORY = 16 << 30

SIMULATED_NAME = "Simulated GPU"
SIMULATED_CAPABILITY = (9, 0)

_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_ENTRY = re.compile(r"(?P<count>\d+)(?:x(?P<size>\d+(?:\.\d+)?)(?P<unit>[KMGT]iB))?")

_ALWAYS_ACTIVE = nullcontext()

# What a device takes of its budget at a time, as a pool does, so that most arrays find room: at
# most so many bytes, and this part of its limit.
_BLOCK, _BLOCKS_OF_LIMIT = 1 << 20, 256

#: Addresses of memory that nobody ever looks into.
_addresses = itertools.count(1)


def parse_simulated_gpus(text: str) -> list[int]:
    """Returns the memory of each simulated GPU in bytes.

    Args:
      text: comma list of `<count>` or `<count>x<size><unit>` with unit KiB, MiB, GiB or TiB.

    Raises:
      ValueError: an entry has another form, or a size of zero; or there are too many GPUs.

    >>> parse_simulated_gpus("2x256MiB")
    [268435456, 268435456]
    """
    memories: list[int] = []
    for entry in text.split(","):
        match = _ENTRY.fullmatch(entry.strip())
        size = DEFAULT_MEMORY
        if match and match["size"]:
            size = int(float(match["size"]) * _UNITS[match["unit"]])
        if match is None or size == 0:
            raise ValueError(
                f"{ENVIRONMENT_VARIABLE}: {entry.strip()!r} in {text!r} is not a group of GPUs;"
                " want '<count>' or '<count>x<size>' such as '2', '4x256MiB' or '2x24GiB,1x8GiB'"
            )
        count = int(match["count"])
        if len(memories) + count > MOST_DEVICES:
            raise ValueError(
                f"{ENVIRONMENT_VARIABLE}: {text!r} asks for {count} GPUs;"
                f" want at most {MOST_DEVICES}"
            )
        memories += [size] * count
    return memories


def simulated_bus_id(number: int) -> str:
    """Returns the PCI bus id that the simulated GPU `number` claims to have."""
    return f"0000:{number:02x}:00.0"


def simulated_budget(number: int, part: int, limit: int) -> Budget:
    """Returns what all sessions of the process may take of a simulated card, or of a part of it.

    A real card keeps the first limit while a session is open; here another limit is another card.
    """
    return open_budget(("simulated", number, part, limit), limit, _no_memory, _nothing_to_free)


def _no_memory(size: int) -> int:
    return next(_addresses)


def _nothing_to_free(address: int) -> None:
    pass


class _LiveArray(weakref.ref[HostArray]):
    """A weak reference that knows what to subtract when its array is gone."""

    __slots__ = ("key", "size")

    key: int
    size: int


class SimulatedDevice:
    """A simulated GPU.

    Arrays that enter are copied, so that a kernel that writes into its input is seen not to reach
    the host. What enters is counted against the limit while it lives; results of NumPy's functions
    are counted when they are handed to `account`.

    Attributes:
      copies_in: host arrays copied to the device.
      copies_out: arrays copied to the host.
      bytes: bytes moved by both.
    """

    kind = "GPU"
    on_host = False
    xp: ModuleType = np

    def __init__(
        self,
        index: int = 0,
        memory_limit: int = DEFAULT_MEMORY,
        *,
        physical: int | None = None,
        budget: Budget | None = None,
        reserve: bool = False,
        task: str = LOCAL_TASK,
    ) -> None:
        """Makes GPU number `index`.

        Args:
          index: TensorFlow's number of the GPU.
          memory_limit: bytes that the session may hold.
          physical: the simulated card that it is a part of; default `index`.
          budget: what it shares with other sessions; default one of its own.
          reserve: whether the whole limit counts as taken from the driver.
          task: first part of the name.
        """
        number = index if physical is None else physical
        self.index = index
        self.name = f"{task}/device:GPU:{index}"
        self.memory_limit = memory_limit
        self.incarnation = new_incarnation()
        self.physical_description = describe_gpu(
            number, SIMULATED_NAME, simulated_bus_id(number), SIMULATED_CAPABILITY
        )
        self.copies_in = 0
        self.copies_out = 0
        self.bytes = 0
        self._budget = budget or Budget(memory_limit, _no_memory, _nothing_to_free)
        self._budget.join(self)
        self._reserve = reserve
        # Reentrant, because a signal handler may close the session of the thread it interrupts.
        self._lock = threading.RLock()
        # What it has of the budget: addresses and sizes, and the sum of these.
        self._blocks: list[tuple[int, int]] = []
        self._granted = 0
        # What counts, by identity.
        self._known: dict[int, _LiveArray] = {}
        # Callbacks of weak references run at any moment, also while this thread holds the lock:
        # they only note what has gone, and the next count subtracts it.
        self._gone: deque[_LiveArray] = deque()
        self._in_use = 0
        self._peak = 0
        self._is_closed = False
        # References that are collected before their arrays tell nobody.
        weakref.finalize(self, _give_back, self._budget, self._blocks).atexit = False

    def __repr__(self) -> str:
        return f"<SimulatedDevice {self.name}>"

    def copy_in(self, array: HostArray) -> Array:
        """Returns a copy that counts as device memory.

        Raises:
          DeviceMemoryError: the limit would be passed.
          InternalError: the elements are not plain memory (strings).
        """
        if array.dtype.hasobject:
            raise errors.InternalError.of("GPU copy from non-DMA string tensor")
        with self._lock:
            self._claim(array)
            try:
                copy = np.array(array, copy=True)
            except MemoryError:
                self._in_use -= array.nbytes
                raise
            self._watch(copy)
            self.copies_in += 1
            self.bytes += copy.nbytes
        return copy

    def copy_out(self, array: Array) -> HostArray:
        """Returns a copy that belongs to the caller."""
        copy = np.array(array, copy=True)
        with self._lock:
            self.copies_out += 1
            self.bytes += copy.nbytes
        return copy

    def copy_out_all(self, arrays: Sequence[Array]) -> list[HostArray]:
        """Returns a copy of each array."""
        return [self.copy_out(array) for array in arrays]

    def copy_from(self, array: Array, source: Device) -> Array:
        """Copies an array of another device, counting the departure there and the arrival here."""
        return self.copy_in(array if source.on_host else source.copy_out(array))

    def copy(self, array: Array) -> Array:
        """Returns a copy that counts as device memory, without counting as moved."""
        copy = np.array(array, copy=True)
        self.account(copy)
        return copy

    def adopt(self, value: object) -> Array | None:
        """Returns an array that counts as memory of this device as it is, and None for others."""
        return value if self.holds(value) else None

    def account(self, array: Array) -> None:
        """Counts an array that NumPy made, until it is collected; views count as what they look at.

        Raises:
          DeviceMemoryError: the array passes the limit, as its allocation would have on a GPU.
        """
        owner = array if array.base is None else owner_of(array)
        known = self._known.get(id(owner))
        if known is not None and known() is owner:
            return
        with self._lock:
            # What is asked for is what the operation returns, where that is all of the memory.
            self._claim(array if array.nbytes == owner.nbytes else owner)
            self._watch(owner)

    def reserve(self, size: int) -> bool:
        """Counts `size` bytes of arrays that nobody counts; says whether there is room for them."""
        with self._lock:
            has_room = self._is_closed or self._has_room(size)
            if has_room:
                self._in_use += size
                self._peak = max(self._peak, self._in_use)
        return has_room

    def release(self, size: int) -> None:
        """Takes back what `reserve` counted."""
        with self._lock:
            self._in_use = max(0, self._in_use - size)

    def holds(self, array: Array) -> bool:
        """Says whether an array, or what it is a view of, counts as memory of this device."""
        if not isinstance(array, np.ndarray):
            return False
        array = owner_of(array)
        known = self._known.get(id(array))
        return known is not None and known() is array

    def processes(self) -> Sequence[GpuProcess]:
        """Returns nothing: nobody else uses a card that is not there."""
        return ()

    def trim(self) -> None:
        """Gives back what no array needs any more."""
        with self._lock:
            self._subtract_gone()
            for block in reversed(self._blocks):
                address, size = block
                if self._granted - size >= self._in_use:
                    self._blocks.remove(block)
                    self._granted -= size
                    self._budget.give(address)

    def activate(self) -> AbstractContextManager[None]:
        """Does nothing: NumPy has no current device."""
        return _ALWAYS_ACTIVE

    def synchronise(self) -> None:
        """Does nothing: NumPy's calls are complete when they return."""

    def timer(self) -> HostTimer:
        """Returns a timer on the clock of the host."""
        return HostTimer()

    def memory_statistics(self) -> MemoryStatistics:
        """Returns the figures of the arrays that were counted."""
        with self._lock:
            self._subtract_gone()
            is_reserved = self._reserve and not self._is_closed
            return MemoryStatistics(
                in_use=self._in_use,
                peak=self._peak,
                limit=self.memory_limit,
                reserved=self.memory_limit if is_reserved else self._granted,
                elsewhere=max(0, self._budget.taken - self._granted),
            )

    def close(self) -> None:
        """Forgets what was counted."""
        with self._lock:
            self._is_closed = True
            self._known.clear()
            self._gone.clear()
            _give_back(self._budget, self._blocks)
            self._in_use = self._granted = 0
        self._budget.leave(self)

    def _claim(self, array: HostArray) -> None:
        """Counts memory for an array; takes it, if need be, from what others have but do not use.

        Raises:
          DeviceMemoryError: there is no room for it.
        """
        size = array.nbytes
        if self._gone:
            self._subtract_gone()
        if self._in_use + size > self._granted and not self._is_closed:
            if not self._has_room(size):
                gc.collect()
                for pool in self._budget.pools.all():
                    pool.trim()
                if not self._has_room(size):
                    raise DeviceMemoryError(
                        size, self.memory_limit, self._in_use, array.shape, array.dtype
                    )
        self._in_use += size
        self._peak = max(self._peak, self._in_use)

    def _has_room(self, size: int) -> bool:
        """Says whether there is memory for `size` bytes more, after asking the budget for it."""
        self._subtract_gone()
        missing = self._in_use + size - self._granted
        if missing <= 0:
            return True
        left = self.memory_limit - self._granted
        block = min(_BLOCK, self.memory_limit // _BLOCKS_OF_LIMIT)
        for wanted in (min(max(missing, block), left), missing):
            if missing <= wanted <= left:
                try:
                    self._blocks.append((self._budget.take(wanted), wanted))
                except DeviceMemoryError:
                    continue
                self._granted += wanted
                return True
        return False

    def _watch(self, array: HostArray) -> None:
        """Notices when an array that was counted is gone."""
        if self._is_closed:
            # A step that still runs while its session closes leaves no trace.
            self._in_use = 0
            return
        live = _LiveArray(array, self._gone.append)
        key = id(array)
        live.key, live.size = key, array.nbytes
        former = self._known.get(key)
        if former is not None:
            # It is gone, and another array has its address before that was noted.
            self._in_use -= former.size
            former.size = 0
        self._known[key] = live

    def _subtract_gone(self) -> None:
        while self._gone:
            gone = self._gone.popleft()
            if self._known.get(gone.key) is gone:
                del self._known[gone.key]
                self._in_use -= gone.size


@dataclass(frozen=True)
class Counting:
    """How the results of a kernel are counted against the memory of a simulated GPU.

    Attributes:
      device: the GPU.
      updates: whether variables are among the inputs, whose values may have been made anew.
    """

    device: SimulatedDevice
    updates: bool

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns the kernel with its results counted."""
        account = self.device.account

        def call(*inputs: Any, out: Any = None) -> Any:
            result = function(*inputs) if out is None else function(*inputs, out=out)
            if type(result) is np.ndarray:
                if result is not out:
                    account(result)
            elif isinstance(result, (list, tuple)):
                for value in result:
                    if isinstance(value, np.ndarray):
                        account(value)
            return result

        def call_and_look_at_variables(*inputs: Any, out: Any = None) -> Any:
            result = call(*inputs, out=out)
            for value in inputs:
                if isinstance(value, VariableCell) and value.is_initialized:
                    account(value.read())
            return result

        return call_and_look_at_variables if self.updates else call


def _give_back(budget: Budget, blocks: list[tuple[int, int]]) -> None:
    """Gives back all that a device has of its budget."""
    while blocks:
        budget.give(blocks.pop()[0])
