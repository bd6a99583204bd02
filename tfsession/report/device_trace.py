"""What the GPUs of a traced step did and when, by their own clocks.

A call of a kernel returns before the GPU has run it. Around the calls that give a GPU something to
do a point of its stream is noted (a CUDA event); nothing waits for the GPU until the step is over,
and the points are read then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from tfsession.compile.program import (
    COPY,
    HOST,
    LOOP,
    MERGE_VALUE,
    NOWHERE,
    READ,
    Instruction,
    Program,
    short_device,
)
from tfsession.devices.device import Device
from tfsession.devices.timer import COMPUTE, TO_HOST, Timer
from tfsession.protos import DeviceStepStats

# Between which kinds of memory a copy goes, as TensorFlow names them.
_MEMORY = {"HtoD": "Pinned to Device", "DtoH": "Device to Pinned", "PtoP": "Device to Device"}


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One piece of work of a GPU.

    Attributes:
      position: which instruction of the program asked for it.
      device: full name of the GPU that did it.
      stream: `COMPUTE` or `TO_HOST`.
      copy: ``HtoD``, ``DtoH`` or ``PtoP``; empty for kernels.
      size: bytes copied.
      start: when it began, in nanoseconds since the epoch.
      end: when it ended, in nanoseconds since the epoch.
    """

    position: int
    device: str
    stream: int
    copy: str
    size: int
    start: int
    end: int


class _Work(NamedTuple):
    """Where an instruction gives a GPU something to do; `origin` is the GPU that a copy leaves."""

    device: str
    stream: int = COMPUTE
    origin: str = ""
    copy: str = ""


class _Clock(NamedTuple):
    """A timer, one point of it, and when the host saw the device there."""

    timer: Timer
    base: Any
    host_time: int


class _Span(NamedTuple):
    position: int
    start: Any
    end: Any
    size: int


class DeviceTrace:
    """Notes when GPUs begin and end what the instructions of a step ask of them."""

    def __init__(
        self, program: Program, devices: Mapping[str, Device], now: Callable[[], int]
    ) -> None:
        """Waits once for each GPU that has something to do, to set its clock.

        Args:
          program: what will run.
          devices: full device name to Device.
          now: the time, in nanoseconds since the epoch.
        """
        instructions = program.all_instructions()
        self._works = [_work(instruction, program, devices) for instruction in instructions]
        names = {name for w in self._works if w is not None for name in (w.device, w.origin)}
        self._clocks = {n: _started(d.timer(), now) for n, d in devices.items() if n in names}
        self._spans: list[_Span] = []

    def begin(self, position: int) -> Any:
        """Notes that an instruction is about to be called; the result is for `end`."""
        work = self._works[position]
        if work is None:
            return None
        timer = self._clocks[work.device].timer
        if not work.origin:
            return timer.record(work.stream)
        # A copy waits for what it copies: this wait is none of its own time.
        ready = self._clocks[work.origin].timer.record()
        return timer.record(work.stream, after=ready)

    def end(self, position: int, start: Any, result: Any) -> None:
        """Notes that an instruction has been called.

        Args:
          position: which instruction of the program.
          start: what `begin` returned.
          result: what the call returned.
        """
        work = self._works[position]
        if work is not None:
            point = self._clocks[work.device].timer.record(work.stream)
            size = int(getattr(result, "nbytes", 0)) if work.copy else 0
            self._spans.append(_Span(position, start, point, size))

    def wait(self) -> None:
        """Waits until the GPUs have passed all that was noted, once each."""
        for clock in self._clocks.values():
            clock.timer.wait()

    @cached_property
    def records(self) -> list[DeviceRecord]:
        """What was noted, by time; to be looked at after `wait`."""
        return sorted((self._record(span) for span in self._spans), key=lambda r: r.start)

    def _record(self, span: _Span) -> DeviceRecord:
        work = self._works[span.position]
        assert work is not None
        timer, base, host_time = self._clocks[work.device]
        start = host_time + timer.elapsed(base, span.start)
        end = start + max(0, timer.elapsed(span.start, span.end))
        return DeviceRecord(
            span.position, work.device, work.stream, work.copy, span.size, start, end
        )


def _started(timer: Timer, now: Callable[[], int]) -> _Clock:
    base = timer.record()
    timer.wait()
    return _Clock(timer, base, now())


def _work(
    instruction: Instruction, program: Program, devices: Mapping[str, Device]
) -> _Work | None:
    """What an instruction asks of a GPU; None where it is the host's own business."""
    if instruction.kernel in (LOOP, MERGE_VALUE, READ):
        return None
    if instruction.kernel is COPY:
        source = program.values[instruction.inputs[0]].where
        target = program.values[instruction.outputs[0]].where
        if source == HOST:
            return _Work(target, copy="HtoD")
        if target == HOST:
            return _Work(source, TO_HOST, source, "DtoH")
        return _Work(target, COMPUTE, source, "PtoP")
    if devices[instruction.device].on_host:
        return None
    wheres = {program.values[v].where for v in (*instruction.inputs, *instruction.outputs)}
    if wheres and not wheres & {instruction.device, NOWHERE}:
        return None
    return _Work(instruction.device)


# ---- Rows ----


def device_rows(
    records: Sequence[DeviceRecord], program: Program, names: Callable[[Instruction], str]
) -> list[DeviceStepStats]:
    """The rows of the GPUs in StepStats, in TensorFlow's form.

    For each GPU ``/device:GPU:0/stream:all`` has its kernels, ``/device:GPU:0/memcpy`` its copies,
    and ``/device:GPU:0/stream:<n>`` both, by stream. Nodes are named ``<node>:<op type>`` and
    ``<node>:MEMCPYHtoD``.

    Args:
      records: what the GPUs did, by time.
      program: what ran.
      names: the name of the node of an instruction.
    """
    instructions = program.all_instructions()
    rows: dict[str, DeviceStepStats] = {}
    for record in records:
        instruction = instructions[record.position]
        gpu = f"/device:{short_device(record.device)}"
        for row in (
            f"{gpu}/memcpy" if record.copy else f"{gpu}/stream:all",
            f"{gpu}/stream:{record.stream}",
        ):
            stats = rows.setdefault(row, DeviceStepStats(device=row))
            op = f"MEMCPY{record.copy}" if record.copy else instruction.name
            node = stats.node_stats.add(node_name=f"{names(instruction)}:{op}")
            if record.copy:
                node.timeline_label = f"{op} {record.size} bytes ({_MEMORY[record.copy]})"
            node.all_start_micros = record.start // 1000
            duration = record.end - record.start
            node.op_end_rel_micros = node.all_end_rel_micros = max(1, duration // 1000)
            node.all_start_nanos = record.start
            node.op_end_rel_nanos = node.all_end_rel_nanos = duration
    return [rows[name] for name in sorted(rows, key=_row_order)]


def _row_order(name: str) -> tuple[int, int, str]:
    """By GPU: all kernels, then copies, then the streams."""
    gpu, _, row = name.rpartition("/")
    return int(gpu.rpartition(":")[2]), {"stream:all": 0, "memcpy": 1}.get(row, 2), row
