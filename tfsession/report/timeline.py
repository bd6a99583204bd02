"""Timeline: a traced step as a Chrome trace, to be opened in chrome://tracing or Perfetto.

The trace has a process for the operations of each device and one for its tensors, besides one for
memory. Operations that overlap in time stand in separate lanes of their device.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tfsession.protos import NodeExecStats, StepStats

Event = dict[str, Any]

# What a kernel wrote into timeline_label: `<node> = <Op>(<input>, <input>)`.
_LABEL = re.compile(r"(.*) = (.*)\((.*)\)")
# The node that a GPU kernel was launched for: `<kernel>@@<node>:<op>#...`.
_KERNEL_LABEL = re.compile(r"@@([^#]+)#")

_ALLOCATORS_PID = 0


class AllocationMaximum(NamedTuple):
    """When an allocator had given out most.

    Attributes:
      timestamp: when this was, in microseconds.
      num_bytes: how much it was, in bytes.
      tensors: the names of the tensors that lived then.
    """

    timestamp: int
    num_bytes: int
    tensors: set[str]


class StepStatsAnalysis(NamedTuple):
    """What `Timeline.analyze_step_stats` finds.

    Attributes:
      chrome_trace: the ChromeTrace.
      allocator_maximums: allocator name to AllocationMaximum; empty without `show_memory`.
    """

    chrome_trace: ChromeTrace
    allocator_maximums: dict[str, AllocationMaximum]


class ChromeTrace:
    """Events in Chrome's trace format."""

    def __init__(self) -> None:
        self._processes: list[Event] = []
        self._events: list[Event] = []

    def add_process(self, name: str, pid: int) -> None:
        """Names a process."""
        self._processes.append(
            {"name": "process_name", "ph": "M", "pid": pid, "args": {"name": name}}
        )

    def add(
        self, phase: str, category: str, name: str, place: tuple[int, int], time: int, **more: Any
    ) -> None:
        """Adds an event.

        Args:
          phase: the letter that says what kind of event it is.
          category: what the viewer filters by.
          name: what the viewer shows.
          place: process and thread.
          time: when, in microseconds.
          **more: further members of the event.
        """
        event = {"ph": phase, "cat": category, "name": name, "pid": place[0], "tid": place[1]}
        self._events.append({**event, "ts": time, **more})

    def format_to_string(self, pretty: bool = False) -> str:
        """The trace as JSON.

        Args:
          pretty: whether to indent it.
        """
        trace = {"traceEvents": self._processes + self._events}
        if pretty:
            return json.dumps(trace, indent=4, separators=(",", ": "))
        return json.dumps(trace, separators=(",", ":"))


@dataclass
class _Tensor:
    """A tensor's life.

    Attributes:
      identifier: its number among the objects of the trace.
      pid: the process that shows it.
      created: when its producer began, in microseconds.
      produced: when its producer ended, in microseconds.
      producer: process and lane of its producer.
      last_use: when the last of its readers ended, in microseconds.
      allocator: name of its allocator.
      size: in bytes.
    """

    identifier: int
    pid: int
    created: int
    produced: int
    producer: tuple[int, int]
    last_use: int
    allocator: str
    size: int


@dataclass(frozen=True)
class _Node:
    """A NodeExecStats message, and the place where the trace shows it."""

    stats: NodeExecStats
    place: tuple[int, int]
    tensors_pid: int
    is_kernel: bool

    @property
    def start(self) -> int:
        return int(self.stats.all_start_micros)

    @property
    def end(self) -> int:
        return self.start + int(self.stats.all_end_rel_micros)


class Timeline:
    """Shows the operations of a traced step over time.

    Args:
      step_stats: the StepStats message of a run's RunMetadata.
      graph: accepted, and not used.

    Source: TensorFlow 1.15 `tensorflow.python.client.timeline.Timeline`. The lanes are not written
      into `thread_id` of the caller's message, and a second trace of one Timeline starts anew.

    >>> import tfsession as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     metadata = tf.RunMetadata()
    ...     options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    ...     _ = session.run(tf.random.normal([2]), options=options, run_metadata=metadata)
    >>> trace = Timeline(metadata.step_stats).generate_chrome_trace_format()
    >>> trace.count("process_name")
    3
    """

    def __init__(self, step_stats: StepStats, graph: object = None) -> None:
        self._step_stats = step_stats
        self._graph = graph

    def analyze_step_stats(
        self, show_dataflow: bool = True, show_memory: bool = True
    ) -> StepStatsAnalysis:
        """Makes the trace.

        Args:
          show_dataflow: whether arrows lead from the producer of a tensor to its readers.
          show_memory: whether tensors and the bytes of each allocator are shown.
        """
        trace = ChromeTrace()
        nodes = list(self._placed(trace))
        tensors = _produced_tensors(nodes, trace if show_memory else None)
        _show_operations(nodes, tensors, trace, show_dataflow)
        maximums = _show_memory(tensors, trace) if show_memory else {}
        return StepStatsAnalysis(trace, maximums)

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """The trace as JSON text; the arguments are those of `analyze_step_stats`."""
        analysis = self.analyze_step_stats(show_dataflow, show_memory)
        return analysis.chrome_trace.format_to_string(pretty=True)

    def _placed(self, trace: ChromeTrace) -> Iterator[_Node]:
        """Every node, with the process and the lane that it gets."""
        trace.add_process("Allocators", _ALLOCATORS_PID)
        devices = self._step_stats.dev_stats
        # A device that is listed twice has the numbers of its last entry.
        pids = {device.device: 2 * index + 1 for index, device in enumerate(devices)}
        for index, device in enumerate(devices):
            trace.add_process(f"{device.device} Compute", 2 * index + 1)
            trace.add_process(f"{device.device} Tensors", 2 * index + 2)
        for device in devices:
            pid = pids[device.device]
            is_kernel = "/stream:" in device.device or "/memcpy" in device.device
            lanes = [0]
            for stats in device.node_stats:
                yield _Node(stats, (pid, _lane(lanes, stats)), pid + 1, is_kernel)


def _lane(lanes: list[int], stats: NodeExecStats) -> int:
    """The first lane that is free when a node starts; `lanes` holds when each is free again."""
    start, end = stats.all_start_micros, stats.all_start_micros + stats.all_end_rel_micros
    for lane, free in enumerate(lanes):
        if start > free:
            lanes[lane] = end
            return lane
    lanes.append(end)
    return len(lanes) - 1


def _produced_tensors(nodes: list[_Node], trace: ChromeTrace | None) -> dict[str, _Tensor]:
    """The outputs of all nodes by name, shown in the trace if there is one."""
    tensors: dict[str, _Tensor] = {}
    for node in nodes:
        pid, lane = node.place
        for index, output in enumerate(node.stats.output):
            name = f"{node.stats.node_name}:{index}" if index else node.stats.node_name
            description = output.tensor_description
            allocation = description.allocation_description
            tensor = tensors[name] = _Tensor(
                identifier=len(tensors),
                pid=node.tensors_pid,
                created=node.start,
                produced=node.end,
                producer=(pid, lane),
                last_use=node.end,
                allocator=allocation.allocator_name,
                size=allocation.requested_bytes,
            )
            if trace is not None:
                text = str(description).replace('"', "")
                place, number = (tensor.pid, lane), tensor.identifier
                trace.add("N", "Tensor", name, place, node.start, id=number)
                snapshot = {"snapshot": {"tensor_description": text}}
                trace.add("O", "Tensor", name, place, node.end - 1, id=number, args=snapshot)
    return tensors


def _show_operations(
    nodes: list[_Node], tensors: dict[str, _Tensor], trace: ChromeTrace, show_dataflow: bool
) -> None:
    """Adds every operation, and what flows between them."""
    flows = 0
    for node in nodes:
        name, op, inputs = _described(node)
        arguments = {"name": name, "op": op}
        arguments.update((f"input{index}", tensor) for index, tensor in enumerate(inputs))
        duration = node.stats.all_end_rel_micros
        trace.add("X", "Op", op, node.place, node.start, dur=duration, args=arguments)
        for tensor_name in inputs:
            # What came from another device carries the name of the transfer behind its own.
            if tensor_name not in tensors and tensor_name.rfind("/_") > 0:
                tensor_name = tensor_name[: tensor_name.rfind("/_")]
            tensor = tensors.get(tensor_name)
            if tensor is None:
                continue
            tensor.last_use = max(tensor.last_use, node.end - 1)
            if show_dataflow and tensor.producer != node.place:
                trace.add("s", "DataFlow", tensor_name, tensor.producer, tensor.produced, id=flows)
                trace.add("t", "DataFlow", tensor_name, node.place, node.start, id=flows)
                flows += 1


def _described(node: _Node) -> tuple[str, str, list[str]]:
    """Name, op type and inputs of a node."""
    name, label = node.stats.node_name, node.stats.timeline_label
    if node.is_kernel:
        found = _KERNEL_LABEL.search(label)
        fields = [*(found[1] if found else name).split(":"), "unknown"]
        return fields[0], fields[1], []
    if name == "RecvTensor":
        return name, name, []
    parsed = _LABEL.match(label)
    if parsed is None:
        return name, "unknown", []
    return name, parsed[2], parsed[3].split(", ") if parsed[3] else []


def _show_memory(tensors: dict[str, _Tensor], trace: ChromeTrace) -> dict[str, AllocationMaximum]:
    """Adds the end of every tensor, and a counter for each allocator; returns its maximum."""
    changes: dict[str, list[tuple[int, int, str]]] = {}
    for name, tensor in tensors.items():
        place, number = (tensor.pid, 0), tensor.identifier
        trace.add("D", "Tensor", name, place, tensor.last_use, id=number)
        changes.setdefault(tensor.allocator, []).extend(
            [(tensor.created, tensor.size, name), (tensor.last_use, -tensor.size, name)]
        )
    maximums = {}
    for allocator, of_allocator in changes.items():
        total, alive = 0, set()
        maximum = AllocationMaximum(0, 0, set())
        for time, size, name in sorted(of_allocator):
            total += size
            if size < 0:
                alive.discard(name)
            else:
                alive.add(name)
            if total > maximum.num_bytes:
                maximum = AllocationMaximum(time, total, set(alive))
            place = (_ALLOCATORS_PID, 0)
            trace.add("C", "Memory", allocator, place, time, args={allocator: total})
        maximums[allocator] = maximum
    return maximums
