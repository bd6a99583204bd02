"""The Program: the one intermediate form between a placed graph and the generated Step.

A Program is a list of instructions in static single assignment form over numbered values::

    %2 = MatMul(%0, %1)  # GPU:0  layer1/MatMul
    %3 = Copy(%2)  # CPU:0

Branches are guards: an instruction with a guard runs only where boolean values are as the guard
says. Loops are instructions that hold the instructions of their body::

    %4 = Exp(%3)  # CPU:0  cond/Exp  if %2
    %6 = Merge(%4)  # CPU:0  cond/Merge  if %2
    %6 = Merge(%3)  # CPU:0  cond/Merge  if not %2

Passes take a Program and return a Program; `verify` checks what must hold after each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tfsession.devices.simulated import Counting
from tfsession.dtypes import DType
from tfsession.errors import InvalidArgumentError
from tfsession.graph.operation import Operation
from tfsession.registry import Kernel
from tfsession.resources.cancellation import check_loop
from tfsession.shapes import Dims, element_count, format_dims

# Where a value lives: the full name of a device, or HOST. Resources live nowhere: they are handles.
HOST = "host"
NOWHERE = ""

# Under which conditions something happens: boolean values, in the order in which they are computed,
# and what each of them has to be. Empty: always.
Guard = tuple[tuple[int, bool], ...]


# ---- What only the compiler makes ----


def _hand_on(value: Any) -> Any:
    return value


def _not_called(*inputs: Any) -> Any:
    raise AssertionError("the function of such an instruction is its own")


def _scalar_condition(value: Any) -> Any:
    """The value itself, where it is a scalar, and not the memory that it lies in."""
    if np.shape(value) != ():
        raise InvalidArgumentError.of(
            "The second input must be a scalar, but it has shape "
            f"[{','.join(map(str, np.shape(value)))}]",
        )
    return np.bool_(value)


#: From device to device.
COPY = Kernel("Copy", _not_called)
#: The value of a reference variable.
READ = Kernel("Read", _not_called, aliases=True)
#: A value that takes the place of another one: each branch writes what comes after them.
MERGE_VALUE = Kernel("Merge", _hand_on, aliases=True)
#: A loop, which is written out and not called.
LOOP = Kernel("Loop", _not_called, aliases=True, blocks=True)
#: What begins a round of a loop: it ends when its session is closed.
ROUND = Kernel("LoopCond", check_loop, blocks=True)
#: The condition of a Switch whose shape is not known.
CONDITION = Kernel("Switch", _scalar_condition)


# ---- Values and instructions ----


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

    @property
    def size(self) -> int | None:
        """Its bytes, where its shape is known; of a string, those of the references to it."""
        count = element_count(self.dims)
        return None if count is None else count * self.dtype.size


@dataclass(frozen=True, slots=True)
class Instruction:
    """One call of a kernel.

    Attributes:
      kernel: what it calls, or one of those above.
      function: the kernel with everything bound but its inputs (and `out`).
      inputs: the values read.
      outputs: the values written.
      device: full name of the device it runs on.
      op: the Operation it comes from, or that needs it.
      is_pure: whether equal inputs always give equal outputs, without any effect.
      key: what, besides the inputs, determines the result of a pure instruction; None: unknown.
      host_function: the same kernel bound for NumPy, to fold constants; None: not foldable.
      uses_blas: whether it multiplies matrices on the CPU.
      counting: how a simulated GPU counts the results; None on other devices.
      waits: bit set of the blocking operations that must have finished before it runs, itself
        included.
      guard: when it runs; where it does not, its outputs have no value.
      loop: what a loop repeats; `inputs` are the first values of its variables, and then all else
        that its instructions read.
    """

    kernel: Kernel
    function: Callable[..., Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    device: str
    op: Operation
    is_pure: bool = True
    key: Any = None
    host_function: Callable[..., Any] | None = None
    uses_blas: bool = False
    counting: Counting | None = None
    waits: int = 0
    guard: Guard = ()
    loop: Loop | None = None

    @property
    def name(self) -> str:
        """The op type, or what the compiler calls it."""
        return self.kernel.op

    @property
    def is_own(self) -> bool:
        """Whether it does what its operation is there for, and not only prepares it."""
        return self.name == self.op.type

    @property
    def is_added(self) -> bool:
        """Whether it stands for no operation, and only brings a value to one."""
        return self.kernel is COPY or self.kernel is READ

    @property
    def reads(self) -> tuple[int, ...]:
        """The inputs, and the conditions of the guard."""
        if not self.guard:
            return self.inputs
        return (*self.inputs, *(number for number, _ in self.guard))


@dataclass(frozen=True, slots=True)
class Loop:
    """The body of a loop.

    Attributes:
      variables: values that each round begins with.
      instructions: one round; conditions included.
      next_values: what the variables are in the next round.
      goes_on: when there is a next round.
      exits: values of the last round, which are the outputs of the instruction.
    """

    variables: tuple[int, ...]
    instructions: list[Instruction]
    next_values: tuple[int, ...]
    goes_on: Guard
    exits: tuple[int, ...]

    def captured(self) -> tuple[int, ...]:
        """The values of outside that the loop reads, constants included."""
        written = set(self.variables)
        found: dict[int, None] = {}

        def note(numbers: Sequence[int]) -> None:
            found.update((v, None) for v in numbers if v not in written)

        for instruction in self.instructions:
            note(instruction.reads)
            written.update(instruction.outputs)
        note(self.next_values)
        note([number for number, _ in self.goes_on])
        note(self.exits)
        return tuple(found)


@dataclass(frozen=True)
class Program:
    """Instructions in the order in which they run.

    Attributes:
      values: what is known of each numbered value.
      constants: values that are known before the run, as host arrays or resource objects.
      feeds: the values that arrive as arguments, in order.
      fetches: the values that are returned, in order.
      instructions: the calls, in order.
      fetch_guards: for each fetch, when it has a value; empty where all always have.
      optional: fetches that are None where nothing has written them.
      is_part: whether fetches go to other parts of the same step, which share their memory, and
        not to a caller, who owns what he gets.
    """

    values: list[Value]
    constants: dict[int, Any]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]
    instructions: list[Instruction] = field(default_factory=list)
    fetch_guards: tuple[Guard, ...] = ()
    optional: frozenset[int] = frozenset()
    is_part: bool = False

    def all_instructions(self) -> list[Instruction]:
        """The instructions, each loop followed by those of its body."""
        if not any(instruction.loop for instruction in self.instructions):
            return self.instructions
        return list(_flat(self.instructions))

    def __str__(self) -> str:
        lines = [f"feeds {_numbers(self.feeds)}"] if self.feeds else []
        for number, constant in self.constants.items():
            if any(number in i.reads for i in self.instructions) or number in self.fetches:
                lines.append(f"%{number} = {_constant_text(self.values[number], constant)}")
        lines.extend(_texts(self.instructions))
        lines.append(f"return {_numbers(self.fetches)}")
        return "\n".join(lines)


def _flat(instructions: Sequence[Instruction]) -> Iterator[Instruction]:
    for instruction in instructions:
        yield instruction
        if instruction.loop is not None:
            yield from _flat(instruction.loop.instructions)


def _texts(instructions: Sequence[Instruction]) -> Iterator[str]:
    for instruction in instructions:
        yield instruction_text(instruction)
        loop = instruction.loop
        if loop is None:
            continue
        first = _numbers(instruction.inputs[: len(loop.variables)])
        yield f"  begin {_numbers(loop.variables)} = {first}"
        yield from ("  " + line for line in _texts(loop.instructions))
        again = f"  again {_numbers(loop.variables)} = {_numbers(loop.next_values)}"
        yield f"{again}  {guard_text(loop.goes_on)}".rstrip()
        yield f"  end {_numbers(loop.exits)}"


def guard_text(guard: Guard) -> str:
    """``if %2 and not %5``; nothing where it is always so."""
    words = " and ".join(f"%{number}" if wanted else f"not %{number}" for number, wanted in guard)
    return f"if {words}" if words else ""


def instruction_text(instruction: Instruction) -> str:
    """One line: ``%7 = MatMul(%3, %5)  # GPU:0  layer1/MatMul``."""
    target = f"{_numbers(instruction.outputs)} = " if instruction.outputs else ""
    call = f"{instruction.name}({_numbers(instruction.inputs)})"
    text = f"{target}{call}  # {short_device(instruction.device)}  {instruction.op.name}"
    return f"{text}  {guard_text(instruction.guard)}".rstrip()


def united(guards: Sequence[Guard]) -> Guard:
    """When all of several guards hold."""
    found: dict[tuple[int, bool], None] = {}
    for guard in guards:
        found.update(dict.fromkeys(guard))
    return tuple(sorted(found))


def renamed(instruction: Instruction, same: Mapping[int, int]) -> Instruction:
    """The same instruction reading other values."""
    inputs = tuple([same.get(v, v) for v in instruction.inputs])
    loop = instruction.loop
    if not instruction.guard and loop is None:
        return instruction if inputs == instruction.inputs else replace(instruction, inputs=inputs)
    if loop is not None:
        count = len(loop.variables)
        loop = replace(
            loop,
            instructions=[renamed(i, same) for i in loop.instructions],
            next_values=tuple(same.get(v, v) for v in loop.next_values),
            goes_on=renamed_guard(loop.goes_on, same),
            exits=tuple(same.get(v, v) for v in loop.exits),
        )
        inputs = (*inputs[:count], *loop.captured())
    guard = renamed_guard(instruction.guard, same)
    return replace(instruction, inputs=inputs, guard=guard, loop=loop)


def renamed_guard(guard: Guard, same: Mapping[int, int]) -> Guard:
    """The same guard over other values."""
    return tuple(sorted({(same.get(number, number), wanted) for number, wanted in guard}))


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
    _verify_instructions(program, program.instructions, written)
    for number in program.fetches:
        assert number in written, f"%{number} is fetched and never written"
        where = program.values[number].where
        assert where in (HOST, NOWHERE), f"%{number} is fetched from {short_device(where)}"


def _verify_instructions(
    program: Program, instructions: Sequence[Instruction], written: set[int]
) -> None:
    # A merge writes its value in each branch.
    merged: set[int] = set()
    for instruction in instructions:
        text = instruction_text(instruction)
        for number in instruction.reads:
            assert number in written, f"%{number} is read before it is written: {text}"
            where = program.values[number].where
            readable = (HOST, NOWHERE, instruction.device)
            kernel = instruction.kernel
            reads_all = kernel is COPY or kernel is LOOP or bool(kernel.brings)
            assert reads_all or where in readable, (
                f"%{number} lives on {short_device(where)} and is read on another device: {text}"
            )
        for number, _ in instruction.guard:
            assert program.values[number].where == HOST, f"a condition is not on the host: {text}"
        if instruction.loop is not None:
            _verify_loop(program, instruction, written)
        for number in instruction.outputs:
            assert number not in written or number in merged, f"%{number} is written twice: {text}"
            written.add(number)
            if instruction.kernel is MERGE_VALUE:
                merged.add(number)


def _verify_loop(program: Program, instruction: Instruction, written: set[int]) -> None:
    loop, text = instruction.loop, instruction_text(instruction)
    assert loop is not None
    count = len(loop.variables)
    assert len(loop.next_values) == count <= len(instruction.inputs), f"variables: {text}"
    assert len(loop.exits) == len(instruction.outputs), f"exits: {text}"
    captured = set(loop.captured()) - set(program.constants)
    assert captured <= set(instruction.inputs[count:]), f"hidden inputs: {text}"
    inner = {*written, *loop.variables}
    _verify_instructions(program, loop.instructions, inner)
    for number in (*loop.next_values, *loop.exits, *(v for v, _ in loop.goes_on)):
        assert number in inner, f"%{number} is read before it is written: {text}"
    pairs = zip(loop.variables, loop.next_values, instruction.inputs[:count], strict=True)
    for variable, following, first in pairs:
        where = program.values[variable].where
        for number in (following, first):
            assert program.values[number].where in (where, NOWHERE), (
                f"%{number} does not live where %{variable} does: {text}"
            )
