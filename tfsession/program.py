"""The Program: the one intermediate form between a placed graph and the generated Step.

A Program is a list of instructions in static single assignment form over numbered values::

    %2 = MatMul(%0, %1)  # GPU:0  layer1/MatMul
    %3 = Copy(%2)  # CPU:0

Passes take a Program and return a Program; `verify` checks what must hold after each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tfsession.dtypes import DType
from tfsession.graph import Operation
from tfsession.shapes import Dims, format_dims

# Where a value lives: the full name of a device, or HOST. Resources live nowhere: they are handles.
HOST = "host"
NOWHERE = ""


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a value before the step runs.

    Attributes:
      dtype: its dtype.
      dims: its static shape.
      where: HOST, the full name of the device it lives on, or NOWHERE for resources.
    """

    dtype: DType
    dims: Dims
    where: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One call of a kernel.

    Attributes:
      name: the op type, or "Copy" and "Read", which only the compiler makes.
      function: the kernel with everything bound but its inputs (and `out`).
      inputs: the values read.
      outputs: the values written.
      device: full name of the device it runs on.
      op: the Operation it comes from, or that needs it.
      is_pure: whether equal inputs always give equal outputs, without any effect.
      aliases: whether an output may share memory with an input.
      writes_out: whether the function takes `out`, an array for its result.
      like: the position of the input whose shape the result always has; None: none has.
      broadcasts: whether the shape of the result is that of all inputs broadcast together.
      key: what, besides the inputs, determines the result of a pure instruction; None: unknown.
      host_function: the same kernel bound for NumPy, to fold constants; None: not foldable.
      blocks: whether it may wait for another run.
      uses_blas: whether it multiplies matrices on the CPU.
      waits: bit set of the blocking operations that must have finished before it runs, itself
        included.
    """

    name: str
    function: Callable[..., Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    device: str
    op: Operation
    is_pure: bool = True
    aliases: bool = False
    writes_out: bool = False
    like: int | None = None
    broadcasts: bool = False
    key: Any = None
    host_function: Callable[..., Any] | None = None
    blocks: bool = False
    uses_blas: bool = False
    waits: int = 0


@dataclass(frozen=True)
class Program:
    """Instructions in the order in which they run.

    Attributes:
      values: what is known of each numbered value.
      constants: values that are known before the run, as host arrays or resource objects.
      feeds: the values that arrive as arguments, in order.
      fetches: the values that are returned, in order.
      instructions: the calls, in order.
    """

    values: list[Value]
    constants: dict[int, Any]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]
    instructions: list[Instruction] = field(default_factory=list)

    def with_instructions(self, instructions: list[Instruction]) -> Program:
        """The same program with other instructions."""
        return replace(self, instructions=instructions)

    def __str__(self) -> str:
        lines = [f"feeds {_numbers(self.feeds)}"] if self.feeds else []
        for number, constant in self.constants.items():
            if any(number in i.inputs for i in self.instructions) or number in self.fetches:
                lines.append(f"%{number} = {_constant_text(self.values[number], constant)}")
        lines.extend(instruction_text(i) for i in self.instructions)
        lines.append(f"return {_numbers(self.fetches)}")
        return "\n".join(lines)


def instruction_text(instruction: Instruction) -> str:
    """One line: ``%7 = MatMul(%3, %5)  # GPU:0  layer1/MatMul``."""
    target = f"{_numbers(instruction.outputs)} = " if instruction.outputs else ""
    call = f"{instruction.name}({_numbers(instruction.inputs)})"
    return f"{target}{call}  # {short_device(instruction.device)}  {instruction.op.name}"


def short_device(name: str) -> str:
    """``GPU:0`` for ``/job:localhost/replica:0/task:0/device:GPU:0``."""
    return name.rpartition("device:")[2]


def _numbers(values: tuple[int, ...]) -> str:
    return ", ".join(f"%{v}" for v in values)


def _constant_text(value: Value, constant: Any) -> str:
    if value.where == NOWHERE:
        return f"resource {getattr(constant, 'name', constant)!s}"
    where = "" if value.where == HOST else f" on {short_device(value.where)}"
    return f"constant {value.dtype.name}{format_dims(value.dims)}{where}"


def verify(program: Program) -> None:
    """Checks what must hold of a Program after every pass.

    Raises:
      AssertionError: a value is written twice, read before it is written, or read on another
        device than it lives on; the text names the instruction.
    """
    written: set[int] = set(program.constants)
    for number in program.feeds:
        assert number not in written, f"feed %{number} is also a constant"
        written.add(number)
    assert len(set(program.feeds)) == len(program.feeds), "a value is fed twice"
    for instruction in program.instructions:
        text = instruction_text(instruction)
        for number in instruction.inputs:
            assert number in written, f"%{number} is read before it is written: {text}"
            where = program.values[number].where
            readable = (HOST, NOWHERE, instruction.device)
            assert instruction.name == "Copy" or where in readable, (
                f"%{number} lives on {short_device(where)} and is read on another device: {text}"
            )
        for number in instruction.outputs:
            assert number not in written, f"%{number} is written twice: {text}"
            written.add(number)
    for number in program.fetches:
        assert number in written, f"%{number} is fetched and never written"
        where = program.values[number].where
        assert where in (HOST, NOWHERE), f"%{number} is fetched from {short_device(where)}"
