"""Trace: what a run did, when, on which device, as RunMetadata.

A traced run executes an instrumented variant of the same Program: every kernel call goes through a
`Recorder`, which also keeps the run's deadline. Plain runs know nothing of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.compile.program import HOST, Instruction, Program
from tfsession.compile.trace_names import Names, allocator_name, node_name
from tfsession.devices.device import Device
from tfsession.protos import (
    DeviceStepStats,
    NodeExecStats,
    RunMetadata,
    RunOptions,
    StepStats,
)
from tfsession.report.cost_graph import Output, cost_graph
from tfsession.report.device_trace import DeviceTrace, device_rows
from tfsession.report.partition_graphs import partition_graphs
from tfsession.resources.cancellation import Cancellation
from tfsession.shapes import TensorShape

# TensorFlow puts the memory of a node into its label from this size on.
_WORTH_TELLING = 0.1 * (1 << 20)


@dataclass(frozen=True, slots=True)
class Array:
    """What is known of an array of a device.

    Attributes:
      dtype: NumPy's dtype.
      shape: the sizes of its dimensions.
      size: in bytes.
      pointer: its address.
      is_new: whether it was allocated for this output.
    """

    dtype: Any
    shape: tuple[int, ...]
    size: int
    pointer: int
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One kernel call, as the host saw it.

    Attributes:
      position: which instruction of the program.
      start: when it began, in nanoseconds since the epoch.
      end: when it returned, in nanoseconds since the epoch; a GPU may be at it still.
      thread: the identifier of the thread it ran on.
      outputs: the arrays that it returned; None for what is no array.
      in_use: bytes that the session held on a GPU when it returned.
    """

    position: int
    start: int
    end: int
    thread: int
    outputs: tuple[Array | None, ...]
    in_use: int


class Recorder:
    """Calls kernels for an instrumented step, and notes each call."""

    def __init__(
        self,
        program: Program,
        devices: Mapping[str, Device],
        run: Cancellation,
        *,
        records_outputs: bool = True,
        times_devices: bool = True,
        feeds: Sequence[Any] = (),
    ) -> None:
        """Sets the clocks.

        Args:
          program: what will run.
          devices: full device name to Device.
          run: ends the run when it is cancelled.
          records_outputs: whether to describe what kernels return.
          times_devices: whether GPUs note when they do what the kernels ask of them.
          feeds: what is fed, for its description.
        """
        self._instructions = program.all_instructions()
        self._devices = devices
        self._run = run
        self._records_outputs = records_outputs
        # The clock of the day may be set while the step runs; this one only goes on.
        self._epoch = time.time_ns() - time.perf_counter_ns()
        self.device_trace = DeviceTrace(program, devices, self.now) if times_devices else None
        self.feeds = [_described(value) for value in feeds] if records_outputs else []
        self.records: list[Record] = []
        self.start = self.now()

    def now(self) -> int:
        """The time, in nanoseconds since the epoch."""
        return self._epoch + time.perf_counter_ns()

    def check(self) -> None:
        """Ends a run whose time is over, between the rounds of a loop.

        Raises:
          DeadlineExceededError: the run's time is over.
          CancelledError: the session is closed.
        """
        if self._run.reason is not None:
            raise self._run.reason

    def wait(self) -> None:
        """Waits until the GPUs have done what they are timed at."""
        if self.device_trace is not None:
            self.device_trace.wait()

    def __call__(
        self, position: int, function: Callable[..., Any], *inputs: Any, **keywords: Any
    ) -> Any:
        """Runs one instruction.

        Raises:
          DeadlineExceededError: the run's time is over.
          CancelledError: the session is closed.
        """
        self.check()
        trace = self.device_trace
        start = self.now()
        if trace is None:
            result = function(*inputs, **keywords)
        else:
            point = trace.begin(position)
            result = function(*inputs, **keywords)
            trace.end(position, point, result)
        end = self.now()
        if self._records_outputs:
            instruction = self._instructions[position]
            outputs = _outputs(instruction, result, (*inputs, *keywords.values()))
            device = self._devices[instruction.device]
            in_use = 0 if device.on_host else device.memory_statistics().in_use
            thread = threading.get_ident() & 0xFFFFFFFF
            self.records.append(Record(position, start, end, thread, outputs, in_use))
        return result


def _outputs(
    instruction: Instruction, result: Any, inputs: Sequence[Any]
) -> tuple[Array | None, ...]:
    """The arrays that an instruction returned, and which of them took memory."""
    read = [array for array in map(_described, inputs) if array is not None]
    results = result if isinstance(result, (list, tuple)) else [result]
    if instruction.kernel.aliases and not read:
        # What a variable holds has been there before.
        return tuple([_described(value) for value in results])
    return tuple([_described(value, read) for value in results])


def _described(value: Any, read: Sequence[Array] | None = None) -> Array | None:
    """What is known of a value; it is new where it is in none of the arrays `read`."""
    dtype = getattr(value, "dtype", None)
    if dtype is None or isinstance(dtype, dtypes.DType):
        return None
    pointer = 0
    if isinstance(value, np.ndarray):
        pointer = value.ctypes.data
    elif hasattr(value, "data") and hasattr(value.data, "ptr"):
        pointer = value.data.ptr
    size = int(value.nbytes)
    is_new = (
        read is not None
        and size > 0
        and not any(a.pointer <= pointer < a.pointer + a.size for a in read)
    )
    return Array(dtype, tuple(value.shape), size, pointer, is_new)


# ---- RunMetadata ----


def times_devices(options: RunOptions) -> bool:
    """Whether a run's options ask for the times of devices besides those of the host."""
    return options.trace_level in (RunOptions.HARDWARE_TRACE, RunOptions.FULL_TRACE)


def run_metadata(
    options: RunOptions,
    program: Program,
    recorder: Recorder,
    devices: Mapping[str, Device],
    is_measured: bool = False,
) -> RunMetadata:
    """What is to be known of a run.

    Args:
      options: `trace_level` and `output_partition_graphs` are read.
      program: what ran.
      recorder: what it recorded.
      devices: the session's devices.
      is_measured: whether the config asks for the costs of this run.
    """
    result = RunMetadata()
    if is_measured or options.trace_level != RunOptions.NO_TRACE:
        result.step_stats.CopyFrom(step_stats(program, recorder, devices))
    if is_measured:
        result.cost_graph.CopyFrom(cost_graph(program, *_costs(recorder)))
    if options.output_partition_graphs:
        result.partition_graphs.extend(partition_graphs(program, devices))
    return result


def step_stats(program: Program, recorder: Recorder, devices: Mapping[str, Device]) -> StepStats:
    """The StepStats message: for each device, the nodes in the order in which they started.

    These are the times at which the host called the kernels. Rows of what GPUs did when follow.
    """
    end = recorder.now()
    names = Names(program)
    by_device = {name: DeviceStepStats(device=name) for name in devices}
    host = next(name for name, device in devices.items() if device.on_host)
    for position, number in enumerate(program.feeds):
        node = by_device[host].node_stats.add(node_name=names.of[number])
        node.timeline_label = f"{names.of[number]} = _Arg()"
        _set_times(node, recorder.start, recorder.start, recorder.start)
        _set_outputs(node, recorder.feeds[position : position + 1], [allocator_name(host)])
    instructions = program.all_instructions()
    for record in sorted(recorder.records, key=lambda r: r.start):
        instruction = instructions[record.position]
        node = by_device[instruction.device].node_stats.add(
            node_name=node_name(instruction), thread_id=record.thread
        )
        _set_times(node, recorder.start, record.start, record.end)
        allocators = [
            allocator_name(host if program.values[v].where == HOST else instruction.device)
            for v in instruction.outputs
        ]
        _set_outputs(node, record.outputs, allocators)
        _set_memory(node, record, allocators)
        node.timeline_label = _label(instruction, names, node)
    for index, number in enumerate(program.fetches):
        name = names.fetch(index, number)
        node = by_device[host].node_stats.add(node_name=name)
        node.timeline_label = f"{name} = _Retval({names.of[number]})"
        _set_times(node, recorder.start, end, end)
    stats = StepStats()
    for device in by_device.values():
        if device.node_stats:
            source = stats.dev_stats.add(device=device.device).node_stats.add()
            source.node_name, source.timeline_label = "_SOURCE", "_SOURCE = NoOp()"
            _set_times(source, recorder.start, recorder.start, recorder.start)
            stats.dev_stats[-1].MergeFrom(device)
    if recorder.device_trace is not None:
        stats.dev_stats.extend(device_rows(recorder.device_trace.records, program, node_name))
    return stats


def _set_outputs(
    node: NodeExecStats, outputs: Sequence[Array | None], allocators: Sequence[str]
) -> None:
    for slot, (array, allocator) in enumerate(zip(outputs, allocators, strict=False)):
        if array is None:
            continue
        description = node.output.add(slot=slot).tensor_description
        description.dtype = dtypes.as_dtype(array.dtype).as_datatype_enum  # type: ignore[assignment]  # a number
        description.shape.CopyFrom(TensorShape(array.shape).as_proto())
        allocation = description.allocation_description
        allocation.requested_bytes = allocation.allocated_bytes = array.size
        allocation.ptr = array.pointer
        allocation.allocator_name = allocator


def _set_memory(node: NodeExecStats, record: Record, allocators: Sequence[str]) -> None:
    """Tells the memory that a call has taken for its outputs, by allocator."""
    sizes: dict[str, int] = {}
    for array, allocator in zip(record.outputs, allocators, strict=False):
        if array is not None and array.is_new:
            sizes[allocator] = sizes.get(allocator, 0) + array.size
    for allocator, size in sizes.items():
        node.memory.add(
            allocator_name=allocator,
            total_bytes=size,
            peak_bytes=size,
            live_bytes=size,
            allocator_bytes_in_use=0 if allocator == "cpu" else record.in_use,
        )


def _set_times(node: NodeExecStats, scheduled: int, start: int, end: int) -> None:
    node.all_start_micros = start // 1000
    node.op_end_rel_micros = node.all_end_rel_micros = max(1, (end - start) // 1000)
    node.scheduled_micros = scheduled // 1000
    node.all_start_nanos = start
    node.op_end_rel_nanos = node.all_end_rel_nanos = end - start
    node.scheduled_nanos = scheduled


def _label(instruction: Instruction, names: Names, node: NodeExecStats) -> str:
    """``[cpu 1.0MB 1.0MB] c = MatMul(a, b)``; the memory only where it is much."""
    inputs = ", ".join(names.of[v] for v in instruction.inputs)
    memory = "".join(
        f"[{used.allocator_name} {used.total_bytes / (1 << 20):.1f}MB"
        f" {used.peak_bytes / (1 << 20):.1f}MB] "
        for used in node.memory
        if used.total_bytes >= _WORTH_TELLING
    )
    return f"{memory}{node_name(instruction)} = {instruction.name}({inputs})"


def _costs(recorder: Recorder) -> tuple[dict[int, int], dict[int, list[Output]]]:
    """By position the longest time of a call, and its outputs; a GPU's time is its own."""
    host: dict[int, int] = {}
    outputs: dict[int, list[Output]] = {}
    for record in recorder.records:
        host[record.position] = max(host.get(record.position, 0), record.end - record.start)
        outputs[record.position] = [
            (None, (), 0) if array is None else (array.dtype, array.shape, array.size)
            for array in record.outputs
        ]
    device: dict[int, int] = {}
    for work in recorder.device_trace.records if recorder.device_trace is not None else ():
        device[work.position] = max(device.get(work.position, 0), work.end - work.start)
    return {**host, **device}, outputs
