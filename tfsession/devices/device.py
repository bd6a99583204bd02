"""What a run needs of a device: the protocol, its memory figures, and the error for a full one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol, TypeAlias

import numpy as np

from tfsession.devices.timer import Timer

#: An array of some device's library: `numpy.ndarray` or `cupy.ndarray`, which share no base class.
Array: TypeAlias = Any

HostArray: TypeAlias = "np.ndarray[Any, Any]"

#: The task that the devices of an in-process session belong to.
LOCAL_TASK = "/job:localhost/replica:0/task:0"


@dataclass(frozen=True)
class MemoryStatistics:
    """Memory of one device as one session sees it, in bytes.

    Attributes:
      in_use: what live arrays hold.
      peak: the highest `in_use` since the device was made.
      limit: the most that the session may hold; 0 where nothing limits it.
      reserved: what the session has taken from the driver, cached blocks included.
      elsewhere: what other sessions of the process have taken, and the CUDA context where it
        counts against the limit.
    """

    in_use: int
    peak: int
    limit: int
    reserved: int
    elsewhere: int = 0


@dataclass(frozen=True)
class GpuProcess:
    """A process that uses a GPU.

    Attributes:
      pid: its number, as the driver counts processes.
      memory: bytes; None where the driver does not tell.
      name: of its program; None where the driver does not tell.
    """

    pid: int
    memory: int | None
    name: str | None = None


class DeviceMemoryError(MemoryError):
    """A device has no room for an array; the session turns it into `ResourceExhaustedError`.

    Attributes:
      size: bytes asked for.
      limit: bytes that the session may hold on the device.
      in_use: bytes that live arrays held at that moment.
      shape: of the array; None where only its size is known.
      dtype: of the array, a NumPy dtype; None where only its size is known.
    """

    def __init__(
        self,
        size: int,
        limit: int,
        in_use: int,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(size, limit, in_use)
        self.size = size
        self.limit = limit
        self.in_use = in_use
        self.shape = shape
        self.dtype = dtype

    def __str__(self) -> str:
        return f"no room for {self.size} bytes: {self.in_use} of {self.limit} bytes are in use"


class Device(Protocol):
    """One device of a session.

    Attributes:
      name: full name, such as `/job:localhost/replica:0/task:0/device:GPU:0`.
      kind: `CPU` or `GPU`.
      index: the number in the name.
      xp: the array library, `numpy` or `cupy`.
      on_host: True where arrays of this device are plain host arrays that need no copy.
      memory_limit: bytes that a session may hold.
      incarnation: random and non-zero, signed 64 bit, new for every session.
      physical_description: empty for a CPU, otherwise
        `device: 0, name: <name>, pci bus id: <bus>, compute capability: 9.0`.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def xp(self) -> ModuleType: ...
    @property
    def on_host(self) -> bool: ...
    @property
    def memory_limit(self) -> int: ...
    @property
    def incarnation(self) -> int: ...
    @property
    def physical_description(self) -> str: ...

    def copy_in(self, array: HostArray) -> Array:
        """Brings a host array to the device, asynchronously where possible.

        The caller may write to `array` as soon as this returns, except on a CPU, where the array
        itself comes back.

        Raises:
          DeviceMemoryError: the device has no room.
          InternalError: the elements are not plain memory (strings).
        """

    def copy_out(self, array: Array) -> HostArray:
        """Returns a new host array, owned by the caller and complete on return."""

    def copy_out_all(self, arrays: Sequence[Array]) -> list[HostArray]:
        """Does what `copy_out` does for several arrays, and waits for the device once."""

    def copy_from(self, array: Array, source: Device) -> Array:
        """Brings an array of device `source` to this one."""

    def copy(self, array: Array) -> Array:
        """Copies an array of this device on the device."""

    def adopt(self, value: object) -> Array | None:
        """Takes an array that is in the memory of this device already, of whatever library.

        Returns:
          An array in the same memory, which the device reads after what its owner has asked for
          so far; None for everything else.
        """

    def activate(self) -> AbstractContextManager[None]:
        """Makes device, stream and allocator current for this thread; cheap, may be nested."""

    def synchronise(self) -> None:
        """Waits until the device has finished what was asked of it."""

    def timer(self) -> Timer:
        """Returns a new timer of the device's work, for the trace of one step."""

    def memory_statistics(self) -> MemoryStatistics:
        """Returns the memory figures of this moment."""

    def holds(self, array: Array) -> bool:
        """Says whether an array is in the memory of this device."""

    def processes(self) -> Sequence[GpuProcess]:
        """Returns the processes that use the card of this device; none where nobody tells."""

    def close(self) -> None:
        """Gives all memory back to the driver; a second call does nothing."""


def new_incarnation() -> int:
    """Returns a random non-zero signed 64 bit number."""
    number = 0
    while number == 0:
        number = secrets.randbits(64) - (1 << 63)
    return number


def describe_gpu(number: int, name: str, bus: str, capability: tuple[int, int]) -> str:
    """Returns TensorFlow's one-line description of a physical GPU."""
    major, minor = capability
    return f"device: {number}, name: {name}, pci bus id: {bus}, compute capability: {major}.{minor}"


def size_text(count: int) -> str:
    """Returns bytes for reading.

    >>> size_text(150 << 30)
    '150.0 GiB'
    """
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.0f} B" if units[0] == "B" else f"{value:.1f} {units[0]}"
