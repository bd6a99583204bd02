"""Reference variables while a Program is made: what is their memory, and when it is written.

A reference variable, and a plain read of it, are the variable's memory: an operation that reads
them sees what is there when it runs, whoever wrote it, and no snapshot is taken. Values are
numbered once and for all, so three things have to be known of a Program that writes variables:

* between which writes a value was read or made of such memory, so that equal operations before and
  after a write are not taken for one (`version`);
* which values share memory with a variable (`roots_of`): they change with it;
* which of these TensorFlow makes by copying, although NumPy returns a view (`settle`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tfsession.compile.program import COPY, MERGE_VALUE, READ, Instruction
from tfsession.control_flow.frames import CONTROL_FLOW, MERGE, Frame
from tfsession.graph.operation import Operation, Tensor

# Where a variable is: container and name. None: a reference leads to one of several.
Root = tuple[bytes, bytes] | None


def root_of(tensor: Tensor) -> Root:
    """The variable that a reference, or a plain read of one, leads to."""
    while tensor.op.inputs:
        if tensor.op.type in MERGE:
            return None
        # An update hands on the reference that it is given first; a plain read has one input.
        inputs = tensor.op.inputs
        tensor = next((t for t in inputs if t.dtype.is_ref_dtype), inputs[0])
    op = tensor.op
    return op.attrs.get("container", b""), op.attrs.get("shared_name") or op.name.encode()


def is_write(op: Operation) -> bool:
    """Whether an operation takes a reference to write through it."""
    return (
        op.op_def_.takes_references and op.type not in CONTROL_FLOW and not op.op_def_.asks_variable
    )


def written_by(op: Operation) -> frozenset[Root]:
    """The variables that an operation writes."""
    if not is_write(op):
        return frozenset()
    return frozenset(root_of(tensor) for tensor in op.inputs if tensor.dtype.is_ref_dtype)


class Memory:
    """What is known of the memory of reference variables in a Program under construction."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Notes what a step writes.

        Args:
          operations: all that run in the step.
        """
        # What the step writes at any time; empty in steps for which all of this does not matter.
        self.written = frozenset[Root]().union(*map(written_by, operations))
        # How often each variable may have been written up to now.
        self._writes: dict[Root, int] = {}
        # The variables that a value may share memory with.
        self._roots: dict[int, frozenset[Root]] = {}

    def is_written(self, root: Root) -> bool:
        """Whether the step may write a variable."""
        return bool(self.written) and (root in self.written or None in self.written or root is None)

    def version(self, root: Root) -> tuple[int, int]:
        """What tells apart the moments between the writes of a variable."""
        if root is None:
            return -1, sum(self._writes.values())
        return self._writes.get(root, 0), self._writes.get(None, 0)

    def versions(self, numbers: Iterable[int]) -> tuple[Any, ...]:
        """What tells apart the moments at which values are read; () where they never change."""
        if not self.written:
            return ()
        roots = {root for number in numbers for root in self.roots_of(number)}
        return tuple((root, self.version(root)) for root in sorted(roots, key=repr))

    def roots_of(self, number: int) -> frozenset[Root]:
        """The variables, written in this step, with which a value shares memory."""
        return self._roots.get(number, frozenset())

    def note_value(self, number: int, roots: Iterable[Root]) -> None:
        """Records the variables with which a value shares memory."""
        found = frozenset(root for root in roots if self.is_written(root))
        if found:
            self._roots[number] = self.roots_of(number) | found

    def note_writes(self, roots: Iterable[Root]) -> None:
        """Records that variables are written now."""
        for root in roots:
            self._writes[root] = self._writes.get(root, 0) + 1

    @contextmanager
    def loop(self, frame: Frame) -> Iterator[frozenset[Root]]:
        """Records what the rounds of a loop write, which each of them may find written.

        Yields:
          The variables that it writes.
        """
        roots = frozenset[Root]()
        if self.written:
            roots = roots.union(*map(written_by, _operations_of(frame)))
        self.note_writes(roots)
        yield roots
        self.note_writes(roots)

    # -- Views --

    def settle(
        self, instructions: list[Instruction], kept: Iterable[int], is_ordered: bool
    ) -> list[Instruction]:
        """Lets copy what TensorFlow copies, where a write would show in a view.

        Args:
          instructions: in running order.
          kept: values that are needed after the last instruction.
          is_ordered: whether they run in this order, one after the other.
        """
        if not self._roots:
            return instructions
        last = _last_readers(instructions, kept)
        settled = []
        for position, instruction in enumerate(instructions):
            loop = instruction.loop
            if loop is not None:
                needed = (*loop.next_values, *loop.exits, *(number for number, _ in loop.goes_on))
                body = self.settle(loop.instructions, needed, is_ordered)
                instruction = replace(instruction, loop=replace(loop, instructions=body))
            elif instruction.kernel.aliases and instruction.kernel not in (READ, MERGE_VALUE):
                reader = max((last.get(v, -1) for v in instruction.outputs), default=-1)
                if self._changes(instructions, position, reader, is_ordered):
                    function = functools.partial(_settled, instruction.function)
                    instruction = replace(instruction, function=function)
            settled.append(instruction)
        return settled

    def _changes(
        self, instructions: Sequence[Instruction], position: int, last: int, is_ordered: bool
    ) -> bool:
        """Whether what an instruction returns may be written before it is read the last time."""
        roots = frozenset[Root]().union(*map(self.roots_of, instructions[position].outputs))
        if not roots or last < 0:
            return False
        if not is_ordered or last >= len(instructions):
            return True
        return any(
            None in written or None in roots or not roots.isdisjoint(written)
            for written in map(_written, instructions[position + 1 : last + 1])
            if written
        )


def _written(instruction: Instruction) -> frozenset[Root]:
    """The variables that an instruction writes."""
    if instruction.loop is not None:
        return frozenset[Root]().union(*map(_written, instruction.loop.instructions))
    if instruction.kernel in (READ, COPY):
        return frozenset()  # what they name is their reader
    return written_by(instruction.op)


def _operations_of(frame: Frame) -> Iterator[Operation]:
    for member in frame.members:
        if isinstance(member, Frame):
            yield from _operations_of(member)
        else:
            yield member


def _last_readers(instructions: Sequence[Instruction], kept: Iterable[int]) -> dict[int, int]:
    """Where each value, or what may share its memory, is read the last time."""
    last = dict.fromkeys(kept, len(instructions))
    for position in reversed(range(len(instructions))):
        instruction = instructions[position]
        reader = position
        if instruction.kernel.aliases:
            reader = max([position, *(last.get(v, -1) for v in instruction.outputs)])
        for number in instruction.reads:
            last[number] = max(last.get(number, -1), reader)
    return last


# TensorFlow hands on a part of a tensor without copying where it begins and ends at such bytes.
_ALIGNMENT = 64


def _settled(function: Callable[..., Any], *inputs: Any) -> Any:
    """What a kernel returns, copied where TensorFlow's op would return memory of its own."""
    result = function(*inputs)
    if isinstance(result, (tuple, list)):
        return [_own_or_shared(array) for array in result]
    return _own_or_shared(result)


def _own_or_shared(array: Any) -> Any:
    owner = getattr(array, "base", None)
    if owner is None or (array.flags.c_contiguous and _is_shared(array, owner)):
        return array
    return array.copy()


def _is_shared(array: Any, owner: Any) -> bool:
    if array.nbytes == owner.nbytes:
        return True
    offset = _address(array) - _address(owner)
    return offset % _ALIGNMENT == 0 and array.nbytes % _ALIGNMENT == 0


def _address(array: Any) -> int:
    address: int = array.ctypes.data if hasattr(array, "ctypes") else array.data.ptr
    return address
