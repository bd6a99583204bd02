"""What a step needs of the memory of simulated GPUs, known before it runs.

A simulated GPU counts each result against its limit while the result lives, which takes longer than
computing a small one. Where all shapes are known, when values are made and dropped is in the
program, too: the step then takes its peak at once, and counts nothing while it runs. If there is no
room for the peak it counts after all, because then an error has to say which operation meets the
limit.

The peak is an upper bound: views count as copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tfsession.compile.program import COPY, NOWHERE, Instruction, Program
from tfsession.devices.device import Device
from tfsession.devices.simulated import SimulatedDevice
from tfsession.resources.variables import VariableCell


class MemoryPlan:
    """Follows the lines of a step, and the bytes that live after each of them.

    Attributes:
      is_known: whether there are simulated GPUs, and all that lives on them is known so far.
    """

    def __init__(self, program: Program, devices: Mapping[str, Device]) -> None:
        self._program = program
        self._devices = {
            name: device for name, device in devices.items() if isinstance(device, SimulatedDevice)
        }
        self._live: dict[int, int] = {}
        self._in_use = dict.fromkeys(self._devices, 0)
        self._peaks = dict.fromkeys(self._devices, 0)
        fetched = [program.values[v].where for v in program.fetches]
        self.is_known = bool(self._devices) and not any(w in self._devices for w in fetched)

    def follow(self, instruction: Instruction, reused: int | None, dead: Sequence[int]) -> None:
        """Adds a line.

        Args:
          instruction: what it calls.
          reused: the input that the result is written over, if any.
          dead: values that nobody reads after it.
        """
        if instruction.guard:
            self.is_known = False
        if instruction.counting is not None:
            if not instruction.counting.updates:
                self._make(instruction, reused)
            elif not all(map(self._is_of_variable, instruction.inputs)):
                self.is_known = False
        elif instruction.device in self._devices and instruction.kernel is not COPY:
            self._meet_other(instruction)
        for number in dead:
            self._drop(number)

    def _make(self, instruction: Instruction, reused: int | None) -> None:
        device = instruction.device
        for number in instruction.outputs:
            value = self._program.values[number]
            if value.where != device:
                continue
            size = value.size
            if size is None:
                self.is_known = False
                return
            if reused is not None and reused in self._live:
                self._drop(reused)
            self._live[number] = size
            self._in_use[device] += size
            self._peaks[device] = max(self._peaks[device], self._in_use[device])

    def _meet_other(self, instruction: Instruction) -> None:
        """An instruction whose results are not counted one by one."""
        keeps_arrays = any(v in self._live for v in instruction.inputs)
        if instruction.kernel.takes_device or keeps_arrays:
            # It sees what is counted, or keeps what this plan takes for dropped.
            self.is_known = False

    def _is_of_variable(self, number: int) -> bool:
        """Whether an input is an array, or a variable; other resources may keep arrays."""
        if self._program.values[number].where != NOWHERE:
            return True
        return isinstance(self._program.constants.get(number), VariableCell)

    def _drop(self, number: int) -> None:
        size = self._live.pop(number, 0)
        if size:
            self._in_use[self._program.values[number].where] -= size

    def peaks(self) -> list[tuple[SimulatedDevice, int]]:
        """The devices that the step needs memory of, and how much, in bytes."""
        return [(self._devices[name], size) for name, size in self._peaks.items() if size]


Function = Callable[..., Any]


def with_peaks(
    plain: Function, counting: Function, peaks: Sequence[tuple[SimulatedDevice, int]]
) -> Function:
    """A function that is `plain` where there is room for the peaks, and `counting` elsewhere."""

    def step(*arguments: Any) -> Any:
        taken = []
        try:
            for device, size in peaks:
                if not device.reserve(size):
                    break
                taken.append((device, size))
            else:
                return plain(*arguments)
        finally:
            for device, size in taken:
                device.release(size)
        return counting(*arguments)

    return step
