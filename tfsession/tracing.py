"""Trace: what a run did, when, on which device, as RunMetadata.

A traced run executes an instrumented variant of the same Program: every kernel call goes through a
`Recorder`, which also keeps the run's deadline. Plain runs know nothing of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.devices.device import Device
from tfsession.program import Instruction, Program
from tfsession.protos import (
    CostGraphDef,
    DeviceStepStats,
    GraphDef,
    NodeExecStats,
    RunMetadata,
    RunOptions,
    StepStats,
)
from tfsession.resources.cancellation import Cancellation
from tfsession.shapes import TensorShape


@dataclass(frozen=True, slots=True)
class Record:
    """One kernel call.

    Attributes:
      position: which instruction of the program.
      start: when it began, in nanoseconds since the epoch.
      end: when it ended, in nanoseconds since the epoch.
      thread: the identifier of the thread it ran on.
      outputs: dtype, shape, size in bytes and address of each array it returned.
    """

    position: int
    start: int
    end: int
    thread: int
    outputs: tuple[tuple[Any, tuple[int, ...], int, int], ...]


class Recorder:
    """Calls kernels for an instrumented step, and notes each call."""

    def __init__(
        self,
        program: Program,
        devices: Mapping[str, Device],
        run: Cancellation,
        records_outputs: bool = True,
    ) -> None:
        self._instructions = program.instructions
        self._devices = devices
        self._run = run
        self._records_outputs = records_outputs
        self.start = time.time_ns()
        self.records: list[Record] = []

    def __call__(
        self, position: int, function: Callable[..., Any], *inputs: Any, **keywords: Any
    ) -> Any:
        """Runs one instruction.

        Raises:
          DeadlineExceededError: the run's time is over.
          CancelledError: the session is closed.
        """
        if self._run.reason is not None:
            raise self._run.reason
        start = time.time_ns()
        result = function(*inputs, **keywords)
        device = self._devices[self._instructions[position].device]
        if not device.on_host:
            # A launch returns before the kernel has run; a traced run waits to know how long.
            device.synchronise()
        end = time.time_ns()
        outputs: tuple[Any, ...] = ()
        if self._records_outputs:
            several = isinstance(result, (list, tuple))
            outputs = tuple(_described(v) for v in (result if several else [result]))
        self.records.append(
            Record(position, start, end, threading.get_ident() & 0xFFFFFFFF, outputs)
        )
        return result


def _described(value: Any) -> tuple[Any, tuple[int, ...], int, int]:
    dtype = getattr(value, "dtype", None)
    shape = getattr(value, "shape", ())
    if dtype is None or isinstance(dtype, dtypes.DType):
        return None, (), 0, 0
    pointer = 0
    if isinstance(value, np.ndarray):
        pointer = value.ctypes.data
    elif hasattr(value, "data") and hasattr(value.data, "ptr"):
        pointer = value.data.ptr
    return dtype, tuple(shape), int(value.nbytes), pointer


# ---- RunMetadata ----


def run_metadata(
    options: RunOptions, program: Program, recorder: Recorder, devices: Mapping[str, Device]
) -> RunMetadata:
    """What the options ask to know of a run.

    Args:
      options: `trace_level` and `output_partition_graphs` are read.
      program: what ran.
      recorder: what it recorded.
      devices: the session's devices.
    """
    result = RunMetadata()
    if options.trace_level != RunOptions.NO_TRACE:
        result.step_stats.CopyFrom(step_stats(program, recorder))
    if options.output_partition_graphs:
        result.partition_graphs.extend(partition_graphs(program, devices))
    return result


def step_stats(program: Program, recorder: Recorder) -> StepStats:
    """The StepStats message: for each device, the nodes in the order in which they started."""
    stats = StepStats()
    by_device: dict[str, DeviceStepStats] = {}
    writers = _writers(program)
    for record in sorted(recorder.records, key=lambda r: r.start):
        instruction = program.instructions[record.position]
        device = by_device.get(instruction.device)
        if device is None:
            device = by_device[instruction.device] = stats.dev_stats.add(device=instruction.device)
            source = device.node_stats.add(node_name="_SOURCE", timeline_label="_SOURCE = NoOp()")
            _set_times(source, recorder.start, recorder.start, recorder.start)
        node = device.node_stats.add(
            node_name=node_name(instruction),
            timeline_label=_label(instruction, writers, program),
            thread_id=record.thread,
        )
        _set_times(node, recorder.start, record.start, record.end)
        for slot, (dtype, shape, size, pointer) in enumerate(record.outputs):
            if dtype is None:
                continue
            description = node.output.add(slot=slot).tensor_description
            description.dtype = dtypes.as_dtype(dtype).as_datatype_enum
            description.shape.CopyFrom(TensorShape(shape).as_proto())
            allocation = description.allocation_description
            allocation.requested_bytes = allocation.allocated_bytes = size
            allocation.ptr = pointer
            allocation.allocator_name = allocator_name(instruction.device)
            memory = node.memory.add(allocator_name=allocation.allocator_name)
            memory.total_bytes = memory.peak_bytes = memory.live_bytes = size
    return stats


def allocator_name(device: str) -> str:
    """``cpu`` or ``GPU_<index>_bfc``, as TensorFlow calls the allocator of a device."""
    kind, _, index = device.rpartition("device:")[2].partition(":")
    return "cpu" if kind == "CPU" else f"{kind}_{index}_bfc"


def _set_times(node: NodeExecStats, scheduled: int, start: int, end: int) -> None:
    node.all_start_micros = start // 1000
    node.op_end_rel_micros = node.all_end_rel_micros = max(1, (end - start) // 1000)
    node.scheduled_micros = scheduled // 1000
    node.all_start_nanos = start
    node.op_end_rel_nanos = node.all_end_rel_nanos = end - start
    node.scheduled_nanos = scheduled


def node_name(instruction: Instruction) -> str:
    """The node as StepStats call it; copies and reads are named after the operation they serve."""
    name = instruction.op.name
    if instruction.name in ("Copy", "Read"):
        return f"{name}/_{instruction.name.lower()}_{instruction.outputs[0]}"
    return name


def _writers(program: Program) -> dict[int, str]:
    """The node that writes each value."""
    return {v: node_name(i) for i in program.instructions for v in i.outputs}


def _label(instruction: Instruction, writers: dict[int, str], program: Program) -> str:
    inputs = ", ".join(writers.get(v, f"_arg_{v}") for v in instruction.inputs)
    return f"{node_name(instruction)} = {instruction.name}({inputs})"


def partition_graphs(program: Program, devices: Mapping[str, Device]) -> list[GraphDef]:
    """One GraphDef for each device that does something: its instructions, after optimisation."""
    writers = _writers(program)
    graphs: dict[str, GraphDef] = {}
    for instruction in program.instructions:
        graph = graphs.setdefault(instruction.device, GraphDef())
        node = graph.node.add()
        if instruction.name in ("Copy", "Read"):
            node.op = "_Recv" if instruction.name == "Copy" else "Identity"
        else:
            node.CopyFrom(instruction.op.node_def)
            del node.input[:]
        node.name = node_name(instruction)
        node.device = instruction.device
        node.input.extend(writers[v] for v in instruction.inputs if v in writers)
    return [graphs[name] for name in devices if name in graphs]


def cost_graph(program: Program, recorder: Recorder) -> CostGraphDef:
    """The measured cost of every node, in microseconds, and the sizes of its outputs."""
    graph = CostGraphDef()
    identifier = {v: k for k, i in enumerate(program.instructions) for v in i.outputs}
    for record in sorted(recorder.records, key=lambda r: r.position):
        instruction = program.instructions[record.position]
        node = graph.node.add(
            name=node_name(instruction), device=instruction.device, id=record.position
        )
        node.compute_cost = node.compute_time = max(1, (record.end - record.start) // 1000)
        node.is_final = any(v in program.fetches for v in instruction.outputs)
        for number in instruction.inputs:
            if number in identifier:
                node.input_info.add(preceding_node=identifier[number])
        for dtype, shape, size, _ in record.outputs:
            if dtype is not None:
                info = node.output_info.add(size=size, alias_input_port=-1)
                info.dtype = dtypes.as_dtype(dtype).as_datatype_enum
                info.shape.CopyFrom(TensorShape(shape).as_proto())
    return graph

