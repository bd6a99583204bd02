"""Simulated GPUs: GPUs in names, limits, copies and logging, whose arrays are NumPy's.

For tests on machines without a GPU, and for planning a placement on eight GPUs at a laptop:
`TFSESSION_SIMULATED_GPUS=8x24GiB`. They are never chosen unless that variable is set.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType

import numpy as np

from tfsession import errors
from tfsession.devices.device import (
    LOCAL_TASK,
    Array,
    Device,
    DeviceMemoryError,
    HostArray,
    MemoryStatistics,
    describe_gpu,
    new_incarnation,
)

ENVIRONMENT_VARIABLE = "TFSESSION_SIMULATED_GPUS"

#: Bytes of a simulated GPU whose size is not given.
DEFAULT_MEMORY = 16 << 30

SIMULATED_NAME = "Simulated GPU"
SIMULATED_CAPABILITY = (9, 0)

_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_ENTRY = re.compile(r"(?P<count>\d+)(?:x(?P<size>\d+(?:\.\d+)?)(?P<unit>[KMGT]iB))?")

_ALWAYS_ACTIVE = nullcontext()


def parse_simulated_gpus(text: str) -> list[int]:
    """Returns the memory of each simulated GPU in bytes.

    Args:
        text: comma list of `<count>` or `<count>x<size><unit>` with unit KiB, MiB, GiB or TiB.

    Raises:
        ValueError: an entry has another form, or a size of zero.

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
        memories += [size] * int(match["count"])
    return memories


def simulated_bus_id(number: int) -> str:
    """Returns the PCI bus id that the simulated GPU `number` claims to have."""
    return f"0000:{number:02x}:00.0"


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
        task: str = LOCAL_TASK,
    ) -> None:
        """Makes GPU number `index`, a part of the simulated card `physical` (default: `index`)."""
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
        self._lock = threading.Lock()
        self._live: dict[int, _LiveArray] = {}
        # Callbacks of weak references run at any moment, also while this thread holds the lock:
        # they only note what has gone, and the next count subtracts it.
        self._gone: deque[_LiveArray] = deque()
        self._in_use = 0
        self._peak = 0

    def __repr__(self) -> str:
        return f"<SimulatedDevice {self.name}>"

    def copy_in(self, array: HostArray) -> Array:
        """Returns a copy that counts as device memory.

        Raises:
            DeviceMemoryError: the limit would be passed.
            InternalError: the elements are not plain memory (strings).
        """
        if array.dtype.hasobject:
            raise errors.InternalError(None, None, "GPU copy from non-DMA string tensor")
        with self._lock:
            self._require(array.nbytes)
            copy = np.array(array, copy=True)
            self._count(copy)
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

    def account(self, array: Array) -> None:
        """Counts an array that NumPy made, until it is collected; views count as what they look at.

        Raises:
            DeviceMemoryError: the array passes the limit, as its allocation would have on a GPU.
        """
        while isinstance(array.base, np.ndarray):
            array = array.base
        with self._lock:
            self._subtract_gone()
            known = self._live.get(id(array))
            if known is not None and known() is array:
                return
            self._require(array.nbytes)
            self._count(array)

    def activate(self) -> AbstractContextManager[None]:
        """Does nothing: NumPy has no current device."""
        return _ALWAYS_ACTIVE

    def synchronise(self) -> None:
        """Does nothing: NumPy's calls are complete when they return."""

    def memory_statistics(self) -> MemoryStatistics:
        """Returns the figures of the arrays that were counted."""
        with self._lock:
            self._subtract_gone()
            return MemoryStatistics(
                in_use=self._in_use,
                peak=self._peak,
                limit=self.memory_limit,
                reserved=self._in_use,
            )

    def close(self) -> None:
        """Forgets what was counted."""
        with self._lock:
            self._live.clear()
            self._gone.clear()
            self._in_use = 0

    def _require(self, size: int) -> None:
        self._subtract_gone()
        if self._in_use + size > self.memory_limit:
            raise DeviceMemoryError(size, self.memory_limit, self._in_use)

    def _count(self, array: HostArray) -> None:
        live = _LiveArray(array, self._gone.append)
        live.key, live.size = id(array), array.nbytes
        self._live[live.key] = live
        self._in_use += live.size
        self._peak = max(self._peak, self._in_use)

    def _subtract_gone(self) -> None:
        while self._gone:
            gone = self._gone.popleft()
            # A new array may have taken the address, and so the key, of the one that is gone.
            if self._live.get(gone.key) is gone:
                del self._live[gone.key]
            self._in_use -= gone.size
