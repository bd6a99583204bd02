"""Guards: when operations run, and when tensors and values exist, where that is not always."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tfsession.compile.program import Guard, united
from tfsession.control_flow.frames import MERGE
from tfsession.graph.operation import Operation, Tensor


class Guards:
    """The guards of a Program under construction.

    An operation runs when all that it depends on has run; so has a tensor a value. The guard of a
    value is that of the instruction that writes it, which may be less strict: a value that several
    branches read is copied once, where it is made.
    """

    def __init__(self) -> None:
        # What always runs, or always has a value, is in none of these three.
        # An operation runs exactly when its guard holds.
        self._of_operation: dict[Operation, Guard] = {}
        # A tensor has a value exactly when its guard holds. For most it is that of the operation;
        # each output of a Switch has a narrower one.
        self._of_tensor: dict[Tensor, Guard] = {}
        # A value is written at least when one of its tensors has it.
        self._of_value: dict[int, Guard] = {}
        # These always have a value, whatever becomes of their operations.
        self._fed: set[Tensor] = set()
        # What holds in all of the loop that is being written, that it has been entered: no guard of
        # an operation or tensor inside repeats it.
        self._given: frozenset[tuple[int, bool]] = frozenset()

    def of_tensor(self, tensor: Tensor) -> Guard:
        """When a tensor has a value."""
        return self._of_tensor.get(tensor, ())

    def of_value(self, number: int) -> Guard:
        """When a value is written."""
        return self._of_value.get(number, ())

    def add_fed(self, tensor: Tensor) -> None:
        """Notes a tensor that is fed."""
        self._fed.add(tensor)

    def before(self, op: Operation) -> Guard:
        """When an operation runs: when all it depends on has run; a Merge, when one of it has."""
        if op.op_def_.runs_always:
            return ()
        tensors, operations = self._of_tensor, self._of_operation
        guards = [tensors[t] for t in op.inputs if t in tensors]
        guards += [operations[c] for c in op.controls if c in operations]
        if not guards:
            return ()
        guard = self._narrowed(united(guards))
        if op.type not in MERGE:
            self.note(op, guard)
        return guard

    def note(self, op: Operation, guard: Guard) -> None:
        """Records when an operation runs, and its outputs have values."""
        self._of_operation[op] = guard
        for tensor in op.outputs:
            self.note_tensor(tensor, guard)

    def note_tensor(self, tensor: Tensor, guard: Guard) -> None:
        """Records when a tensor has a value."""
        if tensor not in self._fed:
            self._of_tensor[tensor] = guard

    def note_value(self, number: int, guard: Guard) -> None:
        """Records when a value is written."""
        if guard:
            self._of_value[number] = guard

    def note_branch(self, tensor: Tensor, around: Guard, condition: int, wanted: bool) -> None:
        """Records that an output of a Switch has a value where the condition is as wanted."""
        self.note_tensor(tensor, self._narrowed(united([around, ((condition, wanted),)])))

    def forget(self, op: Operation) -> None:
        """Takes back what was noted of an operation with one output: it is there in any case."""
        self._of_operation.pop(op, None)
        self._of_tensor.pop(op.outputs[0], None)

    @contextmanager
    def given(self, guard: Guard) -> Iterator[None]:
        """Lets go without saying, inside a `with` block, what holds wherever its loop runs."""
        outer, self._given = self._given, self._given | frozenset(guard)
        try:
            yield
        finally:
            self._given = outer

    def _narrowed(self, guard: Guard) -> Guard:
        """A guard without what holds anyway."""
        if not self._given:
            return guard
        return tuple([part for part in guard if part not in self._given])


def disjunction(guards: Sequence[frozenset[tuple[int, bool]]]) -> list[frozenset[tuple[int, bool]]]:
    """Fewer guards of which one holds whenever one of the given does."""
    simple = list(dict.fromkeys(guards))
    changed = True
    while changed:
        changed = False
        for a, b in itertools.combinations(simple, 2):
            if a <= b or b <= a:
                joined = a & b
            elif len(a ^ b) == 2 and len({number for number, _ in a ^ b}) == 1:
                joined = a & b
            else:
                continue
            simple = [guard for guard in simple if guard not in (a, b)] + [joined]
            changed = True
            break
    return simple
