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
from tfsession.devices.device import Device
from tfsession.graph import Tensor
from tfsession.program import HOST, NOWHERE, Instruction, Program
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
from tfsession.tensor_proto import make_tensor_proto

# Instructions that stand for no operation of the graph.
_COMPILERS_OWN = ("Copy", "Read")


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
        self._instructions = program.all_instructions()
        self._devices = devices
        self._run = run
        self._records_outputs = records_outputs
        # The clock of the day may be set while the step runs; this one only goes on.
        self._epoch = time.time_ns() - time.perf_counter_ns()
        self.start = self.now()
        self.records: list[Record] = []

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

    def __call__(
        self, position: int, function: Callable[..., Any], *inputs: Any, **keywords: Any
    ) -> Any:
        """Runs one instruction.

        Raises:
          DeadlineExceededError: the run's time is over.
          CancelledError: the session is closed.
        """
        self.check()
        start = self.now()
        result = function(*inputs, **keywords)
        device = self._devices[self._instructions[position].device]
        if not device.on_host:
            # A launch returns before the kernel has run; a traced run waits to know how long.
            device.synchronise()
        end = self.now()
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
        result.step_stats.CopyFrom(step_stats(program, recorder, devices))
    if options.output_partition_graphs:
        result.partition_graphs.extend(partition_graphs(program, devices))
    return result


def step_stats(program: Program, recorder: Recorder, devices: Mapping[str, Device]) -> StepStats:
    """The StepStats message: for each device, the nodes in the order in which they started."""
    end = recorder.now()
    names = _Names(program)
    by_device = {name: DeviceStepStats(device=name) for name in devices}
    host = _host(devices)
    for number in program.feeds:
        node = by_device[host].node_stats.add(node_name=names.of[number])
        node.timeline_label = f"{names.of[number]} = _Arg()"
        _set_times(node, recorder.start, recorder.start, recorder.start)
    instructions = program.all_instructions()
    for record in sorted(recorder.records, key=lambda r: r.start):
        instruction = instructions[record.position]
        node = by_device[instruction.device].node_stats.add(
            node_name=node_name(instruction),
            timeline_label=_label(instruction, names),
            thread_id=record.thread,
        )
        _set_times(node, recorder.start, record.start, record.end)
        _set_outputs(node, record, allocator_name(instruction.device))
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
    return stats


def _set_outputs(node: NodeExecStats, record: Record, allocator: str) -> None:
    for slot, (dtype, shape, size, pointer) in enumerate(record.outputs):
        if dtype is None:
            continue
        description = node.output.add(slot=slot).tensor_description
        description.dtype = dtypes.as_dtype(dtype).as_datatype_enum  # type: ignore[assignment]  # a number
        description.shape.CopyFrom(TensorShape(shape).as_proto())
        allocation = description.allocation_description
        allocation.requested_bytes = allocation.allocated_bytes = size
        allocation.ptr = pointer
        allocation.allocator_name = allocator
        memory = node.memory.add(allocator_name=allocator)
        memory.total_bytes = memory.peak_bytes = memory.live_bytes = size


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
    if instruction.name in _COMPILERS_OWN:
        return f"{name}/_{instruction.name.lower()}_{instruction.outputs[0]}"
    return name


class _Names:
    """What the values of a program are called.

    Attributes:
      of: for each value the name of the tensor, ``split:1``; ``_arg_<name>_<index>_<n>`` for
        feed n.
    """

    def __init__(self, program: Program) -> None:
        tensors = _tensors_read(program)
        self.of: dict[int, str] = {}
        for number in range(len(program.values)):
            tensor = tensors.get(number)
            self.of[number] = f"_value_{number}" if tensor is None else _short_name(tensor)
        for position, number in enumerate(program.feeds):
            tensor = tensors.get(number)
            if tensor is not None:
                self.of[number] = f"_arg_{tensor.op.name}_{tensor.value_index}_{position}"
        for instruction in program.all_instructions():
            for slot, number in enumerate(instruction.outputs):
                self.of[number] = node_name(instruction) + (f":{slot}" if slot else "")

    def fetch(self, index: int, number: int) -> str:
        """The node that returns a value as fetch number `index`."""
        name, _, slot = self.of[number].partition(":")
        return f"_retval_{name}_{slot or 0}_{index}"


def _tensors_read(program: Program) -> dict[int, Tensor]:
    """The tensors that operations read, by the values that stand for them."""
    tensors: dict[int, Tensor] = {}
    for instruction in program.all_instructions():
        inputs = instruction.op.inputs
        if instruction.name not in _COMPILERS_OWN and len(inputs) == len(instruction.inputs):
            for number, tensor in zip(instruction.inputs, inputs, strict=True):
                tensors.setdefault(number, tensor)
    # What is copied is the tensor that the copy is read for.
    for instruction in reversed(program.all_instructions()):
        if instruction.name == "Copy" and instruction.outputs[0] in tensors:
            tensors.setdefault(instruction.inputs[0], tensors[instruction.outputs[0]])
    return tensors


def _short_name(tensor: Tensor) -> str:
    return f"{tensor.op.name}:{tensor.value_index}" if tensor.value_index else tensor.op.name


def _label(instruction: Instruction, names: _Names) -> str:
    inputs = ", ".join(names.of[v] for v in instruction.inputs)
    return f"{node_name(instruction)} = {instruction.name}({inputs})"


def _host(devices: Mapping[str, Device]) -> str:
    """The device that takes feeds in and hands fetches out."""
    return next(name for name, device in devices.items() if device.on_host)


# ---- Partition graphs ----


def partition_graphs(program: Program, devices: Mapping[str, Device]) -> list[GraphDef]:
    """One GraphDef for each device that does something: its instructions, after optimisation.

    What a device gets from another one it receives in a `_Recv` node, which has a `_Send` node on
    the other. Feeds and fetches are `_Arg` and `_Retval` nodes of the CPU.
    """
    partitions = _Partitions(program, devices)
    for number in program.feeds:
        partitions.add(partitions.host, partitions.names.of[number], "_Arg")
    for instruction in program.all_instructions():
        partitions.add_instruction(instruction)
    for index, number in enumerate(program.fetches):
        name = partitions.names.fetch(index, number)
        partitions.add(partitions.host, name, "_Retval", [number])
    return [graph for graph in partitions.graphs.values() if graph.node]


class _Partitions:
    """The graphs of the devices under construction."""

    def __init__(self, program: Program, devices: Mapping[str, Device]) -> None:
        self.graphs = {name: GraphDef() for name in devices}
        self.names = _Names(program)
        self.host = _host(devices)
        self._program = program
        self._tensors = _tensors_read(program)
        # Constants and resources are nodes of each partition that reads them.
        self._present: set[tuple[str, int]] = set()
        self._home = {v: i.device for i in program.all_instructions() for v in i.outputs}
        self._home.update(dict.fromkeys(program.feeds, self.host))

    def add(
        self, device: str, name: str, op: str, inputs: Sequence[int] = (), origin: Any = None
    ) -> None:
        """Adds a node.

        Args:
          device: the partition.
          name: of the node.
          op: its type.
          inputs: the values that it reads.
          origin: the NodeDef whose attributes it has.
        """
        for number in inputs:
            if number in self._program.constants and (device, number) not in self._present:
                self._present.add((device, number))
                self._add_constant(device, number)
        node = self.graphs[device].node.add()
        if origin is not None:
            node.CopyFrom(origin)
            del node.input[:]
        node.name, node.op, node.device = name, op, device
        node.input.extend(self.names.of[v] for v in inputs)

    def _add_constant(self, device: str, number: int) -> None:
        tensor = self._tensors.get(number)
        name = self.names.of[number].partition(":")[0]
        if self._program.values[number].where == NOWHERE:
            origin = None if tensor is None else tensor.op.node_def
            self.add(device, name, "Const" if origin is None else origin.op, (), origin)
            return
        self.add(device, name, "Const")
        node = self.graphs[device].node[-1]
        dtype = self._program.values[number].dtype
        node.attr["dtype"].type = dtype.as_datatype_enum  # type: ignore[assignment]  # a number
        content = make_tensor_proto(self._program.constants[number], dtype=dtype)
        node.attr["value"].tensor.CopyFrom(content)

    def add_instruction(self, instruction: Instruction) -> None:
        """Adds the nodes of an instruction."""
        name, device = node_name(instruction), instruction.device
        if instruction.name == "Read":
            self.add(device, name, "Identity")
        elif instruction.name != "Copy":
            self.add(device, name, instruction.op.type, instruction.inputs, instruction.op.node_def)
        else:
            # A copy to the host runs on the device that it leaves.
            (source,), (target,) = instruction.inputs, instruction.outputs
            where = self._program.values[target].where
            destination = self.host if where == HOST else where
            sender = f"{name}/send"
            self.add(self._home.get(source, self.host), sender, "_Send", [source])
            self.add(destination, name, "_Recv")


# ---- Costs ----


def cost_graph(program: Program, recorder: Recorder) -> CostGraphDef:
    """The measured cost of every node, in microseconds, and the sizes of its outputs."""
    graph = CostGraphDef()
    instructions = program.all_instructions()
    identifier = {v: k for k, i in enumerate(instructions) for v in i.outputs}
    for record in sorted(recorder.records, key=lambda r: r.position):
        instruction = instructions[record.position]
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
                info.dtype = dtypes.as_dtype(dtype).as_datatype_enum  # type: ignore[assignment]  # a number
                info.shape.CopyFrom(TensorShape(shape).as_proto())
    return graph
