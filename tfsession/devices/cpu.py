"""The CPU: arrays are NumPy's and copies cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType

import numpy as np

from tfsession.devices.device import (
    LOCAL_TASK,
    Array,
    Device,
    GpuProcess,
    HostArray,
    MemoryStatistics,
    new_incarnation,
)
from tfsession.devices.timer import HostTimer

#: What TensorFlow reports for a CPU; nothing enforces it.
CPU_MEMORY_LIMIT = 256 << 20

_ALWAYS_ACTIVE = nullcontext()


class CpuDevice:
    """A CPU of the session; several of them share the machine's memory and their buffers.

    Attributes:
      kept: tells the bytes of host memory that the session keeps between steps.
    """

    kind = "CPU"
    on_host = True
    memory_limit = CPU_MEMORY_LIMIT
    physical_description = ""
    xp: ModuleType = np

    def __init__(self, index: int = 0, *, task: str = LOCAL_TASK) -> None:
        self.index = index
        self.name = f"{task}/device:CPU:{index}"
        self.incarnation = new_incarnation()
        self.kept: Callable[[], int] = lambda: 0
        self._peak = 0

    def __repr__(self) -> str:
        return f"<CpuDevice {self.name}>"

    def copy_in(self, array: HostArray) -> Array:
        """Returns `array` itself."""
        return array

    def copy_out(self, array: Array) -> HostArray:
        """Returns a copy, so that what is fetched never aliases a variable."""
        return np.array(array, copy=True)

    def copy_out_all(self, arrays: Sequence[Array]) -> list[HostArray]:
        """Returns a copy of each array."""
        return [self.copy_out(array) for array in arrays]

    def copy_from(self, array: Array, source: Device) -> Array:
        """Returns `array` itself if it lives on a CPU, and otherwise a copy of it."""
        return array if source.on_host else source.copy_out(array)

    def copy(self, array: Array) -> Array:
        """Returns a copy."""
        return np.array(array, copy=True)

    def adopt(self, value: object) -> None:
        """Returns None: what is in host memory is converted when it is fed."""

    def activate(self) -> AbstractContextManager[None]:
        """Does nothing: NumPy has no current device."""
        return _ALWAYS_ACTIVE

    def synchronise(self) -> None:
        """Does nothing: NumPy's calls are complete when they return."""

    def timer(self) -> HostTimer:
        """Returns a timer on the clock of the host."""
        return HostTimer()

    def memory_statistics(self) -> MemoryStatistics:
        """Returns what the session keeps in host memory, which nothing limits.

        What steps need while they run is NumPy's and is not counted. The peak is the highest of
        the figures that were asked for.
        """
        in_use = self.kept()
        self._peak = max(self._peak, in_use)
        return MemoryStatistics(in_use=in_use, peak=self._peak, limit=0, reserved=in_use)

    def holds(self, array: Array) -> bool:
        """Says whether an array is NumPy's; those of a simulated GPU are, too."""
        return isinstance(array, np.ndarray)

    def processes(self) -> Sequence[GpuProcess]:
        """Returns nothing: a CPU is no card."""
        return ()

    def close(self) -> None:
        """Does nothing: NumPy's memory belongs to its arrays."""
