"""Generate: from a Program to a Step, one Python function written for this program alone.

Values are local variables, kernels and constants are bound as defaults, values are dropped at
their last use, and a kernel that can write into an array gets one of its inputs where that input
dies. Guards become `if`, loops become `while`. What may wait, and what depends on it, goes into
strands of its own, which run side by side.
The source is registered with linecache, so tracebacks and profilers show it.
"""

from __future__ import annotations

import itertools
import keyword
import linecache
import re
import textwrap
import types
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tfsession.compile.constants import Constants, Key, LastRun
from tfsession.compile.planned_memory import MemoryPlan, with_peaks
from tfsession.compile.program import (
    HOST,
    MERGE_VALUE,
    NOWHERE,
    READ,
    Guard,
    Instruction,
    Loop,
    Program,
    short_device,
)
from tfsession.compile.step_runtime import (
    as_numbers,
    own,
    own_copy,
    raise_no_value,
    run_strands,
)
from tfsession.devices.device import Device
from tfsession.devices.simulated import Counting
from tfsession.resources import blas_threads
from tfsession.shapes import Dims

_serial = itertools.count()


@dataclass(eq=False)
class Step:
    """A compiled step. It stays as it is, but for the two last attributes: they are written under
    the lock of the runner whose step it is.

    Attributes:
      function: takes the feeds in order and returns the tuple of fetched values.
      call: `function` of a list of arguments, as steps are run: NumPy does not warn of what
        TensorFlow computes in silence, and the BLAS library keeps to one thread where it is used.
      source: its text.
      file_name: the name under which linecache knows the source.
      instructions: line number in `source` to the instruction on that line.
      program: what it was made from.
      blocks: whether running it may wait for other runs.
      constants: the bytes of each constant that it has on a device.
      last_run: when it ran last, noted where it has such constants.
      measured_runs: how often it has run since its costs are measured every so many runs.
      instrumented: the variant that calls its kernels through a Recorder, once one was needed.
    """

    function: Callable[..., tuple[Any, ...]]
    call: Callable[[Sequence[Any]], tuple[Any, ...]]
    source: str
    file_name: str
    instructions: dict[int, Instruction]
    program: Program
    blocks: bool
    constants: Mapping[Key, int]
    last_run: LastRun
    measured_runs: int = 0
    instrumented: Step | None = None
    _cleanup: Any = field(default=None, repr=False)


def generate(
    program: Program,
    devices: Mapping[str, Device],
    instrumented: bool = False,
    constants: Constants | None = None,
) -> Step:
    """Writes and compiles the function of a program.

    Args:
      program: a verified Program.
      devices: full device name to Device.
      constants: what other steps have on the devices; default nothing.
      instrumented: the function takes a Recorder of report/trace.py before the feeds, through
        which every kernel is called.
    """
    constants = constants or Constants(devices)
    writer = _Writer(program, devices, instrumented, constants)
    source = writer.write()
    file_name = f"<tfsession step {next(_serial)}>"
    names: dict[str, Any] = {}
    # The binding is a function of its own, so that a constant never has to be spelled in source.
    exec(compile(source, file_name, "exec"), names)  # our own text
    # Out of its own globals: no circle keeps what it has bound when the step goes.
    function = names.pop("step")
    function.__kwdefaults__ = writer.bound
    if writer.counted:
        plain, function = function, _with_other_defaults(function, writer.bound | writer.counted)
        if writer.plan.is_known and not instrumented:
            function = with_peaks(plain, function, writer.plan.peaks())
    linecache.cache[file_name] = (len(source), None, source.splitlines(True), file_name)
    uses_blas = any(instruction.uses_blas for instruction in program.instructions)
    sizes, last_run = constants.sizes(program), LastRun()
    call = _caller(function, uses_blas)
    step = Step(
        function,
        last_run.noted(call) if sizes else call,
        source,
        file_name,
        writer.lines,
        program,
        any(instruction.kernel.blocks for instruction in program.instructions),
        sizes,
        last_run,
    )
    step._cleanup = weakref.finalize(step, linecache.cache.pop, file_name, None)
    return step


def _caller(
    function: Callable[..., tuple[Any, ...]], uses_blas: bool
) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """How a step is called."""
    errstate = np.errstate

    def call(arguments: Sequence[Any]) -> tuple[Any, ...]:
        with errstate(all="ignore"):
            return function(*arguments)

    def call_with_blas(arguments: Sequence[Any]) -> tuple[Any, ...]:
        with blas_threads.held, errstate(all="ignore"):
            return function(*arguments)

    return call_with_blas if uses_blas else call


def _with_other_defaults(function: Any, defaults: dict[str, Any]) -> Any:
    """The same code with other things bound."""
    other = types.FunctionType(function.__code__, function.__globals__, function.__name__)
    other.__kwdefaults__ = defaults
    return other


class _Writer:
    """The text of one step, and what it binds.

    Attributes:
      bound: what each name stands for; the names are parameters of the step, so that none is looked
        up while it runs.
      counted: what some stand for in a step that counts its results on simulated GPUs.
      lines: the instruction of each line that calls one; counted as if the signature took one line,
        until `write` knows how many it takes.
      plan: the memory of simulated GPUs.
    """

    def __init__(
        self,
        program: Program,
        devices: Mapping[str, Device],
        instrumented: bool,
        constants: Constants,
    ) -> None:
        # What is written; it stays the same.
        self._program = program
        self._devices = devices
        self._instrumented = instrumented
        self._copied = constants.copy
        self.bound: dict[str, Any] = {}
        self.counted: dict[str, Any] = {}
        self.lines: dict[int, Instruction] = {}
        self.plan = MemoryPlan(program, devices)
        # The identity of what is bound, and how it counts, to its name. `bound` keeps it alive.
        self._bound_of: dict[Any, str] = {}
        # How many things wanted a name: those after the first have it with a number.
        self._name_counts: dict[str, int] = {}
        # One bound method for each device: with another identity it would be bound twice.
        self._activations: dict[str, Callable[[], Any]] = {}
        # Outside of loops; a value without an entry is never dropped.
        self._last_use = _last_uses(program)
        # What may be overwritten, or given away as it is.
        self._owned = _owned_values(program)
        # The functions of loops that lie too deep, and the values that they write.
        self._functions: list[tuple[list[str], dict[int, Instruction]]] = []
        self._declared: set[int] = set()
        # Where an instruction is among all, those of loops included.
        self._position = {id(i): n for n, i in enumerate(program.all_instructions())}

    def write(self) -> str:
        program = self._program
        strands = _strands(program.instructions)
        body: list[str] = []
        if program.optional:
            body.append(f"    {' = '.join(map(_name, sorted(program.optional)))} = None")
        if len(strands) <= 1 or _is_chain(strands):
            ordered = [position for strand in strands.values() for position in strand]
            self._strand(body, ordered, "    ")
        else:
            self._side_by_side(body, strands)
        results = [self._fetch(index, number) for index, number in enumerate(program.fetches)]
        tail = "," if len(results) == 1 else ""
        body.append(f"    return ({', '.join(results)}{tail})")
        arguments = ["record"] if self._instrumented else []
        arguments += [_name(v) for v in program.feeds]
        if self.bound:
            arguments += ["*", *self.bound]
        signature = textwrap.wrap(f"def step({', '.join(arguments)}):", 100)
        header = [signature[0], *("         " + line for line in signature[1:])]
        self.lines = {line + len(header) - 1: i for line, i in self.lines.items()}
        return "\n".join([*header, *body]) + "\n"

    def _strand(self, body: list[str], positions: Sequence[int], indent: str) -> None:
        """Writes instructions one after the other."""
        instructions = [self._program.instructions[position] for position in positions]
        # Strands run in another order than the program: what is last is last among these.
        last_use: dict[int, int] = {}
        for position, instruction in enumerate(instructions):
            values = (*instruction.outputs, *instruction.reads)
            last_use.update((v, position) for v in values if v in self._last_use)
        main = self._apart(
            lambda text: self._sequence(text, instructions, _Blocks(indent, indent), last_use)
        )
        if self._declared:
            body.append(f"{indent}{' = '.join(map(_name, sorted(self._declared)))} = None")
        for text, lines in (*self._functions, main):
            self.lines.update((line + len(body), i) for line, i in lines.items())
            body += text
        self._functions.clear()
        self._declared.clear()

    def _apart(
        self, write: Callable[[list[str]], None]
    ) -> tuple[list[str], dict[int, Instruction]]:
        """Text that gets its place later, and the instructions on its lines."""
        lines, self.lines = self.lines, {}
        text: list[str] = []
        write(text)
        written, self.lines = self.lines, lines
        return text, written

    def _sequence(
        self,
        body: list[str],
        instructions: Sequence[Instruction],
        blocks: _Blocks,
        last_use: dict[int, int],
    ) -> None:
        program = self._program
        for position, instruction in enumerate(instructions):
            if instruction.guard or blocks.open:
                self._enter_guard(body, instruction.guard, blocks)
            if instruction.loop is not None:
                self._loop(body, position, instruction, blocks, last_use)
                continue
            device = self._devices[instruction.device]
            if not device.on_host and _on_gpu(instruction, program, device):
                if instruction.device != blocks.device:
                    # Kernels of a GPU need its stream and memory pool to be the thread's own.
                    blocks.device = instruction.device
                    activate = self._activations.setdefault(blocks.device, device.activate)
                    name = self._bind(activate, "activate")
                    short = short_device(blocks.device)
                    body.append(f"{blocks.outer}with {name}():  # {short}")
                    blocks.indent = blocks.outer + "    "
            body.append(blocks.indent + self._line(position, instruction, last_use))
            self.lines[len(body) + 1] = instruction

    def _enter_guard(self, body: list[str], guard: Guard, blocks: _Blocks) -> None:
        """Closes the `if` statements that an instruction is not in, and opens those it is in."""
        closed = blocks.leave(guard)
        missing = guard[sum(len(part) for part in blocks.open) :]
        if not missing:
            return
        negated = tuple((number, not wanted) for number, wanted in missing)
        is_else = closed == negated and len(missing) == 1
        words = "else:" if is_else else f"if {self._condition(missing)}:"
        body.append(f"{blocks.indent}{words}")
        blocks.enter(missing, is_else)

    def _condition(self, guard: Guard) -> str:
        """A guard as Python writes it."""
        return " and ".join(
            self._operand(number) if wanted else f"not {self._operand(number)}"
            for number, wanted in guard
        )

    def _loop(
        self,
        body: list[str],
        position: int,
        instruction: Instruction,
        blocks: _Blocks,
        last_use: dict[int, int],
    ) -> None:
        self.plan.is_known = False
        if blocks.loops < _Blocks.MAX_LOOPS:
            self._rounds(body, instruction, blocks.indent, blocks)
        else:
            self._call_loop(body, instruction, blocks)
        dead = self._dead(position, instruction, last_use)
        if dead:
            body.append(blocks.indent + self._dropped(dead).removeprefix("; "))

    def _rounds(
        self, body: list[str], instruction: Instruction, indent: str, blocks: _Blocks
    ) -> None:
        """Writes a loop as `while`."""
        loop = instruction.loop
        assert loop is not None
        first = instruction.inputs[: len(loop.variables)]
        self._assign(body, indent, loop.variables, first)
        body.append(f"{indent}while True:")
        self.lines[len(body) + 1] = instruction
        inner = _Blocks(indent + "    ", blocks.base, blocks.device, blocks.loops + 1)
        self._sequence(body, loop.instructions, inner, _last_uses_in_loop(loop))
        inner.leave(())
        if self._instrumented:
            body.append(f"{inner.outer}record.check()")
        if loop.goes_on:
            condition = self._condition(loop.goes_on)
            body.append(f"{inner.outer}if not ({condition}): break")
            self.lines[len(body) + 1] = instruction
        self._assign(body, inner.outer, loop.variables, loop.next_values)
        if body[-1].endswith("while True:"):
            body.append(f"{inner.outer}pass")
        self._assign(body, indent, instruction.outputs, loop.exits)

    def _call_loop(self, body: list[str], instruction: Instruction, blocks: _Blocks) -> None:
        """Writes a loop as a function without arguments, which assigns where it is called."""
        base = blocks.base
        fresh = _Blocks(base, base, blocks.device)
        text, lines = self._apart(
            lambda text: self._rounds(text, instruction, base + "    ", fresh)
        )
        written = _written_by_loop(instruction)
        name = f"loop_{len(self._functions)}"
        head = [
            f"{base}def {name}():",
            f"{base}    nonlocal {', '.join(map(_name, sorted(written)))}",
        ]
        self._functions.append(([*head, *text], {line + len(head): i for line, i in lines.items()}))
        self._declared.update(written)
        body.append(f"{blocks.indent}{name}()")

    def _assign(
        self, body: list[str], indent: str, targets: Sequence[int], sources: Sequence[int]
    ) -> None:
        pairs = [(_name(t), self._operand(s)) for t, s in zip(targets, sources, strict=True)]
        pairs = [(target, source) for target, source in pairs if target != source]
        if pairs:
            left, right = (", ".join(part) for part in zip(*pairs, strict=True))
            body.append(f"{indent}{left} = {right}")

    def _side_by_side(self, body: list[str], strands: dict[int, list[int]]) -> None:
        """Writes each strand as a function, and starts them so that none waits in vain."""
        program = self._program
        self.plan.is_known = False
        home: dict[int, int] = {}
        for waits, positions in strands.items():
            for position in positions:
                home.update((v, waits) for v in program.instructions[position].outputs)
        shared: set[int] = set(program.fetches)
        shared.update(number for guard in program.fetch_guards for number, _ in guard)
        for waits, positions in strands.items():
            for position in positions:
                reads = program.instructions[position].reads
                shared.update(v for v in reads if home.get(v, waits) != waits)
        # What several strands see is dropped when the step returns.
        for number in shared | set(program.feeds):
            self._last_use.pop(number, None)
        written = [_name(v) for v in sorted(shared & set(home))]
        if written:
            body.append(f"    {' = '.join(written)} = None")
        calls = []
        for index, (waits, positions) in enumerate(strands.items()):
            body.append(f"    def strand_{index}():")
            mine = [_name(v) for v in sorted(shared) if home.get(v) == waits]
            if mine:
                body.append(f"        nonlocal {', '.join(mine)}")
            self._strand(body, positions, "        ")
            before = [i for i, w in enumerate(strands) if w != waits and w & waits == w]
            calls.append(f"(strand_{index}, {tuple(before)})")
        body.append(f"    {self._bind(run_strands, 'run_strands')}([{', '.join(calls)}])")

    def _bind(self, thing: Any, name: str, counting: Counting | None = None) -> str:
        """The name under which a kernel is bound: `name`, or with a number where that is taken."""
        key = id(thing), counting
        present = self._bound_of.get(key)
        if present is None:
            count = self._name_counts.get(name, 0)
            self._name_counts[name] = count + 1
            present = f"{name}_{count}" if count or keyword.iskeyword(name) else name
            self._bound_of[key] = present
            self.bound[present] = thing
            if counting is not None:
                self.counted[present] = counting.around(thing)
                if counting.updates:
                    # The values of variables stay: they are counted one by one in any case.
                    self.bound[present] = self.counted[present]
        return present

    def _operand(self, number: int) -> str:
        program = self._program
        if number not in program.constants:
            return _name(number)
        name = f"c{number}"
        if name not in self.bound:
            value = program.values[number]
            content = program.constants[number]
            if value.where == HOST:
                content = _frozen(content)
            elif value.where != NOWHERE:
                content = self._copied(content, value.where, self._reader(number))
            self.bound[name] = content
        return name

    def _reader(self, number: int) -> str:
        """The operation that reads a constant first; empty where it is only fetched."""
        for instruction in self._program.all_instructions():
            if number in instruction.inputs:
                name: str = instruction.op.name
                return name
        return ""

    def _line(self, position: int, instruction: Instruction, last_use: dict[int, int]) -> str:
        arguments = [self._operand(v) for v in instruction.inputs]
        targets = ", ".join(_name(v) for v in instruction.outputs)
        dead = self._dead(position, instruction, last_use)
        if instruction.kernel is MERGE_VALUE and not self._instrumented:
            # A value takes the place of another: there is nothing to call.
            return f"{targets} = {arguments[0]}{self._dropped(dead)}"
        name = _function_name(instruction)
        function = self._bind(instruction.function, name, instruction.counting)
        buffer = self._reusable(position, instruction, last_use)
        if buffer is not None:
            arguments.append(buffer)
        if self._is_given(position, instruction, last_use):
            arguments.append("given=True")
        if self.plan.is_known:
            reused = [v for v in instruction.inputs if buffer == f"out={_name(v)}"]
            self.plan.follow(instruction, reused[0] if reused else None, dead)
        if self._instrumented:
            number = str(self._position[id(instruction)])
            line = f"record({', '.join([number, function, *arguments])})"
        else:
            line = f"{function}({', '.join(arguments)})"
        if targets:
            line = f"{targets} = {line}"
        return line + self._dropped(dead)

    def _dead(self, position: int, instruction: Instruction, last_use: dict[int, int]) -> list[int]:
        """The values that nobody reads after an instruction."""
        touched = dict.fromkeys((*instruction.inputs, *instruction.outputs))
        return [
            v for v in touched if last_use.get(v) == position and v not in self._program.constants
        ]

    def _dropped(self, dead: Sequence[int]) -> str:
        """The end of a line that drops the values that nobody reads any more."""
        return f"; del {', '.join(map(_name, dead))}" if dead else ""

    def _reusable(
        self, position: int, instruction: Instruction, last_use: dict[int, int]
    ) -> str | None:
        """An `out=` argument: an input that dies here and has the shape of the result."""
        program, kernel = self._program, instruction.kernel
        if not kernel.writes_out or len(instruction.outputs) != 1:
            return None
        result = program.values[instruction.outputs[0]]
        for number in instruction.inputs:
            value = program.values[number]
            if (
                number not in self._owned
                or last_use.get(number) != position
                or value.dtype is not result.dtype
                or value.where != result.where
                or not value.dims
            ):
                continue
            if kernel.like is not None:
                if instruction.inputs[kernel.like] == number:
                    return f"out={_name(number)}"
                continue
            if not kernel.is_broadcast:
                if value.dims == result.dims and None not in value.dims:
                    return f"out={_name(number)}"
                continue
            relation = _shape_relation(
                number, value.dims, [(v, program.values[v].dims) for v in instruction.inputs]
            )
            if relation is None:
                continue
            if not relation:
                return f"out={_name(number)}"
            # Unknown sizes are compared when the step runs.
            tests = " and ".join(
                f"{_name(number)}.shape == {self._operand(v)}.shape" for v in relation
            )
            return f"out={_name(number)} if {tests} else None"
        return None

    def _is_given(self, position: int, instruction: Instruction, last_use: dict[int, int]) -> bool:
        """Whether the input that a kernel would keep is the step's own, on the host, and dies."""
        if instruction.kernel.keeps is None:
            return False
        number = instruction.inputs[instruction.kernel.keeps]
        is_last = last_use.get(number) == position and instruction.inputs.count(number) == 1
        return is_last and number in self._owned and self._program.values[number].where == HOST

    def _fetch(self, index: int, number: int) -> str:
        """The fetched value as the caller's own: a NumPy scalar, or an array nobody else holds."""
        program = self._program
        value = program.values[number]
        operand = self._operand(number)
        if value.where == NOWHERE or program.is_part:
            return operand
        array = operand
        if value.dtype.is_quantized:
            array = f"{self._bind(as_numbers, 'as_numbers')}({operand})"
        repeated = number in program.fetches[:index]
        if number in self._owned and not repeated:
            text = f"{self._bind(own, 'own')}({array})"
        else:
            text = f"{self._bind(own_copy, 'own_copy')}({array})"
        guard = program.fetch_guards[index] if program.fetch_guards else ()
        if guard:
            no_value = self._bind(raise_no_value, "no_value")
            text = f"{text} if {self._condition(guard)} else {no_value}({index})"
        if number in program.optional:
            text = f"None if {operand} is None else {text}"
        return text


class _Blocks:
    """The `if` and `with` statements that are open where text is written.

    Attributes:
      outer: the indentation inside the innermost `if` or `while`.
      indent: the indentation inside a `with` in it, if there is one.
      base: the indentation of the function.
      device: the device that is active there.
      loops: how many `while` statements of the function are open.
      open: the conditions of the open `if` statements, from outside to inside.
    """

    # Python refuses text that is indented deeper than 100 levels.
    MAX_DEPTH = 40
    # Python refuses more than 20 `while` and `with` statements inside each other.
    MAX_LOOPS = 9

    def __init__(self, indent: str, base: str, device: str = "", loops: int = 0) -> None:
        self.outer = self.indent = indent
        self.base, self.device, self.loops = base, device, loops
        self.open: list[Guard] = []
        self._states: list[tuple[str, str, str, bool]] = []

    def leave(self, guard: Guard) -> Guard:
        """Closes what does not belong to a guard.

        Returns:
          The condition that an `else` would be the opposite of; empty where it could not follow.
        """
        kept = length = 0
        for part in self.open:
            if guard[length : length + len(part)] != part:
                break
            kept += 1
            length += len(part)
        if kept == len(self.open) == self.MAX_DEPTH and len(guard) > length:
            kept = 0
        closed: Guard = ()
        while len(self.open) > kept:
            closed = self.open.pop()
            self.outer, self.indent, self.device, is_else = self._states.pop()
            if is_else:
                closed = ()
        return closed

    def enter(self, part: Guard, is_else: bool) -> None:
        """Opens an `if`, or an `else`."""
        self._states.append((self.outer, self.indent, self.device, is_else))
        self.open.append(part)
        self.outer = self.indent = self.indent + "    "


def _strands(instructions: Sequence[Instruction]) -> dict[int, list[int]]:
    """Positions of instructions by what they wait for; those that wait for less come first."""
    strands: dict[int, list[int]] = {}
    for position, instruction in enumerate(instructions):
        strands.setdefault(instruction.waits, []).append(position)
    return dict(sorted(strands.items(), key=lambda item: (item[0].bit_count(), item[1][0])))


def _is_chain(strands: Mapping[int, list[int]]) -> bool:
    """Whether each strand depends on the one before it, so that one thread does for all."""
    masks = list(strands)
    return all(a & b == a for a, b in itertools.pairwise(masks))


def _frozen(content: Any) -> Any:
    """A constant that kernels cannot change by mistake."""
    if isinstance(content, np.ndarray) and content.flags.owndata:
        content.flags.writeable = False
    return content


def _function_name(instruction: Instruction) -> str:
    """What a kernel is called in the source: as NumPy calls it, or else after its op."""
    if isinstance(instruction.function, np.ufunc):
        name: str = instruction.function.__name__
        return name
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", instruction.name).lower().strip("_")


def _name(number: int) -> str:
    return f"v{number}"


def _on_gpu(instruction: Instruction, program: Program, device: Device) -> bool:
    """Whether an instruction touches arrays of a GPU, or handles that may lead to some."""
    wheres = [program.values[v].where for v in (*instruction.inputs, *instruction.outputs)]
    return (
        any(w == NOWHERE or w == device.name for w in wheres)
        or not wheres
        or instruction.kernel is READ
    )


def _last_uses(program: Program) -> dict[int, int]:
    """For each value, the position of the instruction after which nobody reads it."""
    last: dict[int, int] = {}
    for position, instruction in enumerate(program.instructions):
        for number in (*instruction.outputs, *instruction.reads):
            last[number] = position
    for number in program.fetches:
        last.pop(number, None)
    for guard in program.fetch_guards:
        for number, _ in guard:
            last.pop(number, None)
    return last


def _last_uses_in_loop(loop: Loop) -> dict[int, int]:
    """The same for one round of a loop: what comes from outside is needed in the next round."""
    last: dict[int, int] = {}
    written = set(loop.variables)
    for position, instruction in enumerate(loop.instructions):
        written.update(instruction.outputs)
        for number in (*instruction.outputs, *instruction.reads):
            if number in written:
                last[number] = position
    for number in (*loop.next_values, *loop.exits, *(v for v, _ in loop.goes_on)):
        last.pop(number, None)
    return last


def _written_by_loop(instruction: Instruction) -> set[int]:
    """The values that a loop assigns, inner loops included."""
    written = set(instruction.outputs)
    if instruction.loop is not None:
        written.update(instruction.loop.variables)
        for inner in instruction.loop.instructions:
            written |= _written_by_loop(inner)
    return written


def _owned_values(program: Program) -> set[int]:
    """Values whose memory belongs to the step alone.

    Not so: feeds and constants, reads of variables, and whatever may share memory with these or
    with another value.
    """
    owned: set[int] = set()
    for instruction in program.all_instructions():
        if instruction.kernel.aliases:
            # The result may be a view of any input: neither may be overwritten or given away.
            owned.difference_update(instruction.inputs)
            continue
        owned.update(v for v in instruction.outputs if program.values[v].where != NOWHERE)
    return owned


def _shape_relation(
    number: int, dims: Dims, inputs: Sequence[tuple[int, Dims]]
) -> list[int] | None:
    """Whether the result of broadcasting all inputs has the shape of one of them.

    Returns:
      An empty list when it certainly has; a list of inputs whose run-time shape must equal it;
      None when it cannot be told.
    """
    assert dims is not None
    to_compare = []
    for other, other_dims in inputs:
        if other == number:
            continue
        if other_dims is None:
            return None
        if len(other_dims) > len(dims):
            return None
        tail = dims[len(dims) - len(other_dims) :]
        certain = all(
            b == 1 or (a is not None and a == b) for a, b in zip(tail, other_dims, strict=True)
        )
        if certain:
            continue
        if len(other_dims) < len(dims):
            return None
        to_compare.append(other)
    return to_compare
