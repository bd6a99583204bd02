"""Cost graph: what each node of a measured run cost, and the sizes of what it made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.compile.program import COPY, MERGE_VALUE, NOWHERE, Instruction, Loop, Program
from tfsession.compile.trace_names import Names, node_name
from tfsession.protos import CostGraphDef
from tfsession.shapes import TensorShape

#: dtype, shape and bytes of an array.
Output = tuple[Any, tuple[int, ...], int]


def cost_graph(
    program: Program, nanoseconds: Mapping[int, int], outputs: Mapping[int, Sequence[Output]]
) -> CostGraphDef:
    """The cost of every node in microseconds, and the sizes of its outputs in bytes.

    Args:
      program: what ran.
      nanoseconds: by position of the instruction, the longest time that it took.
      outputs: by position of the instruction, the arrays that it returned.
    """
    costs = _Costs(program)
    for number in program.feeds:
        costs.add_source(number)
    for position, instruction in enumerate(program.all_instructions()):
        if instruction.loop is not None:
            costs.add_loop(instruction, instruction.loop)
        else:
            costs.add_instruction(
                instruction, nanoseconds.get(position, 0), outputs.get(position, ())
            )
    for index, number in enumerate(program.fetches):
        costs.add(costs.names.fetch(index, number), "", [number])
    costs.link()
    return costs.graph


class _Costs:
    """The graph under construction: node 0 is before, node 1 after all others."""

    def __init__(self, program: Program) -> None:
        self.graph = CostGraphDef()
        self.names = Names(program)
        self._program = program
        self._reads: list[Sequence[int]] = []
        # Where a value comes from: the node and which of its outputs.
        self._ports: dict[int, tuple[int, int]] = {}
        self._sources: dict[str, int] = {}  # by name
        self.add("_SOURCE", "", ())
        self.add("_SINK", "", ())

    def add(self, name: str, device: str, reads: Sequence[int]) -> CostGraphDef.Node:
        """Adds a node that reads some values."""
        for number in reads:
            if number in self._program.constants and number not in self._ports:
                self.add_source(number)
        self._reads.append(reads)
        return self.graph.node.add(name=name, device=device, id=len(self._reads) - 1)

    def add_source(self, number: int) -> None:
        """Adds the node of a feed or constant."""
        name, _, port = self.names.of[number].partition(":")
        # The same constant may be in the memory of several devices.
        present = self._sources.setdefault(name, len(self._reads))
        self._ports[number] = (present, int(port or 0))
        if present < len(self._reads):
            return
        node = self.add(name, "", ())
        value = self._program.values[number]
        content = self._program.constants.get(number)
        if value.where != NOWHERE and isinstance(content, (np.ndarray, np.generic)):
            _add_outputs(node, [(content.dtype, content.shape, content.nbytes)])
            node.persistent_memory_size = content.nbytes

    def add_instruction(
        self, instruction: Instruction, nanoseconds: int, outputs: Iterable[Output]
    ) -> None:
        """Adds the node of an instruction."""
        name = node_name(instruction)
        if instruction.kernel is MERGE_VALUE and name in self._sources:
            # Each branch writes the value that they merge in.
            merge = self._sources[name]
            self._reads[merge] = (*self._reads[merge], *instruction.inputs)
            return
        node = self.add(name, instruction.device, instruction.inputs)
        self._sources[name] = node.id
        self._ports.update((v, (node.id, port)) for port, v in enumerate(instruction.outputs))
        node.compute_cost = max(1, nanoseconds // 1000)
        # What leaves a device is final for it.
        node.is_final = instruction.kernel is COPY
        _add_outputs(node, outputs)

    def add_loop(self, instruction: Instruction, loop: Loop) -> None:
        """Adds nodes for the variables of a loop, and for what leaves it."""
        firsts = instruction.inputs[: len(loop.variables)]
        merged = zip(firsts, loop.next_values, strict=True)
        ends = zip(loop.exits, strict=True)
        for number, reads in (
            *zip(loop.variables, merged, strict=True),
            *zip(instruction.outputs, ends, strict=True),
        ):
            node = self.add(self.names.of[number], instruction.device, reads)
            self._ports[number] = (node.id, 0)

    def link(self) -> None:
        """Leads from each node to those whose values it reads."""
        is_read = {0, 1}
        for node, reads in zip(self.graph.node[2:], self._reads[2:], strict=True):
            for number in reads:
                preceding, port = self._ports.get(number, (0, 0))
                if preceding:
                    node.input_info.add(preceding_node=preceding, preceding_port=port)
                    is_read.add(preceding)
            if not node.input_info:
                node.control_input.append(0)
        leaves = [node.id for node in self.graph.node if node.id not in is_read]
        self.graph.node[1].control_input.extend([0, *leaves])


def _add_outputs(node: CostGraphDef.Node, outputs: Iterable[Output]) -> None:
    for dtype, shape, size in outputs:
        if dtype is not None:
            info = node.output_info.add(size=size, alias_input_port=-1)
            info.dtype = dtypes.as_dtype(dtype).as_datatype_enum  # type: ignore[assignment]  # a number
            info.shape.CopyFrom(TensorShape(shape).as_proto())
