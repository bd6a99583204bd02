"""What traces, costs and partition graphs call the values and instructions of a program."""

from __future__ import annotations

from tfsession.compile.program import COPY, READ, Instruction, Program
from tfsession.graph.operation import Tensor, node_input


def node_name(instruction: Instruction) -> str:
    """The node of an instruction; copies and reads are named after the operation they serve."""
    name = instruction.op.name
    if instruction.is_added:
        return f"{name}/_{instruction.name.lower()}_{instruction.outputs[0]}"
    return name


def allocator_name(device: str) -> str:
    """``cpu`` or ``GPU_<index>_bfc``, as TensorFlow calls the allocator of a device."""
    kind, _, index = device.rpartition("device:")[2].partition(":")
    return "cpu" if kind == "CPU" else f"{kind}_{index}_bfc"


class Names:
    """What the values of a program are called.

    Attributes:
      of: for each value the name of the tensor, ``split:1``; ``_arg_<name>_<index>_<n>`` for
        feed n.
      tensors: the tensors that operations read, by the values that stand for them.
    """

    def __init__(self, program: Program) -> None:
        self.tensors = _tensors_read(program)
        self.of: dict[int, str] = {}
        for number in range(len(program.values)):
            tensor = self.tensors.get(number)
            self.of[number] = f"_value_{number}" if tensor is None else node_input(tensor)
        for position, number in enumerate(program.feeds):
            tensor = self.tensors.get(number)
            if tensor is not None:
                self.of[number] = f"_arg_{tensor.op.name}_{tensor.value_index}_{position}"
        # What a fetch of a copy, or of a variable read for it, is called by the user.
        self._fetched: dict[int, str] = {}
        for instruction in program.all_instructions():
            name = node_name(instruction)
            # The values that leave a loop do so through nodes of their own: Exit, Exit_1.
            mark = ":" if instruction.loop is None else "_"
            for slot, number in enumerate(instruction.outputs):
                self.of[number] = f"{name}{mark}{slot}" if slot else name
            if instruction.kernel is READ:
                self._fetched[instruction.outputs[0]] = instruction.op.name
            elif instruction.kernel is COPY:
                self._fetched[instruction.outputs[0]] = self._called(instruction.inputs[0])

    def _called(self, number: int) -> str:
        return self._fetched.get(number, self.of[number])

    def fetch(self, index: int, number: int) -> str:
        """The node that returns a value as fetch number `index`."""
        name, _, slot = self._called(number).partition(":")
        return f"_retval_{name}_{slot or 0}_{index}"


def _tensors_read(program: Program) -> dict[int, Tensor]:
    tensors: dict[int, Tensor] = {}
    for instruction in program.all_instructions():
        inputs = instruction.op.inputs
        if not instruction.is_added and len(inputs) == len(instruction.inputs):
            for number, tensor in zip(instruction.inputs, inputs, strict=True):
                tensors.setdefault(number, tensor)
    # What is copied is the tensor that the copy is read for.
    for instruction in reversed(program.all_instructions()):
        if instruction.kernel is COPY and instruction.outputs[0] in tensors:
            tensors.setdefault(instruction.inputs[0], tensors[instruction.outputs[0]])
    return tensors
