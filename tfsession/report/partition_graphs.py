"""Partition graphs: what each device executes, as a GraphDef, after optimisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfsession.compile.program import (
    COPY,
    HOST,
    MERGE_VALUE,
    NOWHERE,
    READ,
    Instruction,
    Loop,
    Program,
)
from tfsession.compile.trace_names import Names, node_name
from tfsession.devices.device import Device
from tfsession.formats.tensor_proto import make_tensor_proto
from tfsession.protos import GraphDef, NodeDef


def partition_graphs(program: Program, devices: Mapping[str, Device]) -> list[GraphDef]:
    """One GraphDef for each device that does something: its instructions, after optimisation.

    What a device gets from another one it receives in a `_Recv` node, which has a `_Send` node on
    the other. Feeds and fetches are `_Arg` and `_Retval` nodes of the CPU. Branches end in `Merge`
    nodes, and each variable of a loop is a `Merge` of its first and next values; `Switch` nodes are
    not shown.
    """
    partitions = _Partitions(program, devices)
    for index, number in enumerate(program.feeds):
        partitions.add_end("_Arg", partitions.names.of[number], number, index)
    for instruction in program.all_instructions():
        partitions.add_instruction(instruction)
    for index, number in enumerate(program.fetches):
        partitions.add_end("_Retval", partitions.names.fetch(index, number), number, index)
    return [graph for graph in partitions.graphs.values() if graph.node]


class _Partitions:
    """The graphs of the devices under construction."""

    def __init__(self, program: Program, devices: Mapping[str, Device]) -> None:
        self.graphs = {name: GraphDef() for name in devices}
        self.names = Names(program)
        self._host = next(name for name, device in devices.items() if device.on_host)
        self._program = program
        self._devices = devices
        # Constants and resources are nodes of each partition that reads them.
        self._present: set[tuple[str, str]] = set()
        self._merges: dict[tuple[str, str], NodeDef] = {}
        self._home = {v: i.device for i in program.all_instructions() for v in i.outputs}
        self._home.update(dict.fromkeys(program.feeds, self._host))

    def _add(
        self, device: str, name: str, op: str, inputs: Sequence[int] = (), origin: Any = None
    ) -> NodeDef:
        """Adds a node.

        Args:
          device: the partition.
          name: of the node.
          op: its type.
          inputs: the values that it reads.
          origin: the NodeDef whose attributes it has.
        """
        for number in inputs:
            known = (device, self.names.of[number])
            if number in self._program.constants and known not in self._present:
                self._present.add(known)
                self._add_constant(device, number)
        node = self.graphs[device].node.add()
        if origin is not None:
            node.CopyFrom(origin)
            del node.input[:]
        node.name, node.op, node.device = name, op, device
        node.input.extend(self.names.of[v] for v in inputs)
        return node

    def _add_constant(self, device: str, number: int) -> None:
        tensor = self.names.tensors.get(number)
        name = self.names.of[number].partition(":")[0]
        if self._program.values[number].where == NOWHERE:
            origin = None if tensor is None else tensor.op.node_def
            self._add(device, name, "Const" if origin is None else origin.op, (), origin)
            return
        node = self._add(device, name, "Const")
        self._set_type(node, "dtype", number)
        dtype = self._program.values[number].dtype
        content = make_tensor_proto(self._program.constants[number], dtype=dtype)
        node.attr["value"].tensor.CopyFrom(content)

    def _set_type(self, node: NodeDef, attribute: str, number: int) -> None:
        dtype = self._program.values[number].dtype
        node.attr[attribute].type = dtype.as_datatype_enum  # type: ignore[assignment]  # a number

    def add_end(self, op: str, name: str, number: int, index: int) -> None:
        """Adds a node through which a value enters or leaves the step."""
        node = self._add(self._host, name, op, [number] if op == "_Retval" else ())
        self._set_type(node, "T", number)
        node.attr["index"].i = index

    def add_instruction(self, instruction: Instruction) -> None:
        """Adds the nodes of an instruction."""
        name, device = node_name(instruction), instruction.device
        if instruction.loop is not None:
            self._add_loop(instruction, instruction.loop)
        elif instruction.kernel is MERGE_VALUE and (device, name) in self._merges:
            # Each branch writes the value that they merge in.
            values = instruction.inputs
            self._merges[device, name].input.extend(self.names.of[v] for v in values)
        elif instruction.kernel is READ:
            node = self._add(device, name, "Identity")
            self._set_type(node, "T", instruction.outputs[0])
        elif instruction.kernel is not COPY:
            op = instruction.op
            node = self._add(device, name, op.type, instruction.inputs, op.node_def)
            if instruction.kernel is MERGE_VALUE:
                self._merges[device, name] = node
        else:
            self._add_copy(name, instruction.inputs[0], instruction.outputs[0])

    def _add_loop(self, instruction: Instruction, loop: Loop) -> None:
        device, of = instruction.device, self.names.of
        firsts = instruction.inputs[: len(loop.variables)]
        for variable, first, following in zip(
            loop.variables, firsts, loop.next_values, strict=True
        ):
            name = of[variable]
            again = self._add(device, f"{name}/_next", "NextIteration", [following])
            enter = self._add(device, f"{name}/_first", "Enter", [first])
            enter.attr["frame_name"].s = node_name(instruction).encode()
            merge = self._add(device, name, "Merge")
            merge.input.extend([enter.name, again.name])
            merge.attr["N"].i = 2
            for node in (again, enter, merge):
                self._set_type(node, "T", variable)
        for result, last in zip(instruction.outputs, loop.exits, strict=True):
            self._set_type(self._add(device, of[result], "Exit", [last]), "T", result)

    def _add_copy(self, name: str, source: int, target: int) -> None:
        # A copy to the host runs on the device that it leaves.
        where = self._program.values[target].where
        destination = self._host if where == HOST else where
        origin = self._home.get(source, self._host)
        sender = self._add(origin, f"{name}/send", "_Send", [source])
        receiver = self._add(destination, name, "_Recv")
        self._set_type(sender, "T", source)
        self._set_type(receiver, "tensor_type", source)
        for node in (sender, receiver):
            node.attr["tensor_name"].s = f"edge_{target}_{self.names.of[source]}".encode()
            node.attr["send_device"].s = origin.encode()
            node.attr["recv_device"].s = destination.encode()
            node.attr["send_device_incarnation"].i = self._devices[origin].incarnation
            node.attr["client_terminated"].b = False
