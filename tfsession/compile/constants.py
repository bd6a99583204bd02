"""The constants of steps on their devices: uploaded once, and given back when steps go."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from tfsession import dtypes, errors
from tfsession.compile.program import HOST, NOWHERE, Program
from tfsession.compile.trace_names import allocator_name
from tfsession.devices.device import Array, Device
from tfsession.shapes import format_dims

#: Which array of the host on which device. The step that has the copy keeps the array, too.
Key: TypeAlias = tuple[int, str]

# Of a device's memory, what the constants of other steps may take when one more is compiled.
PART_OF_LIMIT = 4

_clock = itertools.count()


class LastRun:
    """When a step ran last, by a clock of runs.

    Attributes:
      time: its last run, or else its making.
    """

    def __init__(self) -> None:
        self.time = next(_clock)

    def noted(self, call: Callable[[Sequence[Any]], Any]) -> Callable[[Sequence[Any]], Any]:
        """What calls a step and notes that it did."""

        def noted_call(arguments: Sequence[Any]) -> Any:
            self.time = next(_clock)
            return call(arguments)

        return noted_call


class Constants:
    """The copies of constants on the devices of a runner; steps that read the same share them.

    It is used under the lock of its runner.
    """

    def __init__(self, devices: Mapping[str, Device]) -> None:
        self._devices = devices
        # A copy lives as long as a step that reads it.
        self._copies: weakref.WeakValueDictionary[Key, Array] = weakref.WeakValueDictionary()

    def copy(self, array: np.ndarray, device: str, reader: str) -> Array:
        """A constant on a device, for the operation called `reader`.

        Raises:
          ResourceExhaustedError: the device has no room for it.
        """
        key = (id(array), device)
        copy = self._copies.get(key)
        if copy is None:
            copy = _uploaded(np.asarray(array), self._devices[device], reader)
            self._copies[key] = copy
        return copy

    def sizes(self, program: Program) -> dict[Key, int]:
        """What the copies of a program's constants need, in bytes."""
        return {
            (id(content), value.where): np.asarray(content).nbytes
            for number, content in program.constants.items()
            for value in [program.values[number]]
            if value.where not in (HOST, NOWHERE) and not self._devices[value.where].on_host
        }


class KeepsConstants(Protocol):
    """A step, as `idle` looks at it."""

    @property
    def constants(self) -> Mapping[Key, int]: ...
    @property
    def last_run(self) -> LastRun: ...


def idle(
    steps: Iterable[KeepsConstants], needed: Mapping[Key, int], devices: Mapping[str, Device]
) -> list[Any]:
    """The steps to forget before one more is compiled, so that constants leave room.

    Args:
      steps: those that are kept.
      needed: the constants of the new one, in bytes; what others share with it takes no room.
      devices: by name.

    Returns:
      Those that have not run for longest, where all together have too much on one device.
    """
    counted = set(needed)
    left = {name: device.memory_limit // PART_OF_LIMIT for name, device in devices.items()}
    for (_, name), size in needed.items():
        left[name] -= size
    forgotten = []
    with_constants = [step for step in steps if step.constants]
    for step in sorted(with_constants, key=lambda step: step.last_run.time, reverse=True):
        own = {key: size for key, size in step.constants.items() if key not in counted}
        if any(left[name] < size for (_, name), size in own.items()):
            forgotten.append(step)
            continue
        counted.update(own)
        for (_, name), size in own.items():
            left[name] -= size
    return forgotten


def _uploaded(array: np.ndarray, device: Device, reader: str) -> Array:
    try:
        with device.activate():
            return device.copy_in(array)
    except MemoryError as error:
        node = f"\n\t [[{{{{node {reader}}}}}]]" if reader else ""
        raise errors.ResourceExhaustedError.of(
            f"OOM when allocating tensor with shape{format_dims(array.shape)} and type "
            f"{dtypes.as_dtype(array.dtype).runtime_name} on {device.name} by allocator "
            f"{allocator_name(device.name)}{node}\nA constant: {error}",
        ) from error
