"""Partial runs: one step whose feeds arrive, and whose values are asked for, in several calls.

The step is lowered once, as a Program for all its feeds and fetches. Each call generates and runs
a part of it: the instructions that can run now and have not run yet. What a later part reads of an
earlier one is kept with the handle. Parts are cached, so a loop of partial runs compiles once.

Source: TensorFlow 1.15, core/common_runtime/direct_session.cc `PRunSetup` and `PRun`.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tfsession import errors
from tfsession.compile.generate import Step, generate
from tfsession.compile.program import COPY, READ, Instruction, Program
from tfsession.compile.prune import prune
from tfsession.compile.step_runtime import own_copy
from tfsession.devices.interchange import on_host
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.protos import RunOptions
from tfsession.resources import cancellation
from tfsession.run.feeds import (
    Feed,
    fed_and_fetched,
    fed_twice,
    flatten,
    keys_of,
    no_target,
)
from tfsession.run.fetches import resolve
from tfsession.run.options import time_limit
from tfsession.run.plan import adjustment
from tfsession.run.runner import Runner, put

# Merged instructions would wait for the feeds of each other.
_PASSES_OFF = frozenset(("merge",))

_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Part:
    """Instructions of a program that run together.

    Attributes:
      step: what runs them.
      inputs: the values it takes, in order.
      outputs: the values it returns, in order.
      waits: the blocking operations it contains or comes after, as a bit set.
    """

    step: Step
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    waits: int


class PartialPlan:
    """What is cached for a setup: the program, and its parts.

    Several handles share a plan: but for the parts, which are made under a lock when they are
    first needed, it never changes.

    Attributes:
      feeds: the fed tensors with their converters, in order.
      tensors: the fetched tensors, in order.
      targets: the operations that only run.
      program: the whole step.
      number_of_feed: the value of the program that each fed tensor is.
      number_of_fetch: the same of each fetched tensor.
      guard_of_fetch: when a fetch has a value, where that is not always.
      needs: the values that must have been fed before a fetch has one.
    """

    def __init__(
        self, runner: Runner, tensors: list[Tensor], targets: list[Operation], fed: list[Feed]
    ) -> None:
        self.feeds = {feed.tensor: feed for feed in fed}
        self.tensors = tensors
        self.targets = targets
        keys = list(self.feeds)
        self.program = runner.program(tensors, targets, keys, passes_off=_PASSES_OFF)
        self.number_of_feed = dict(zip(keys, self.program.feeds, strict=True))
        self.number_of_fetch = dict(zip(tensors, self.program.fetches, strict=True))
        self.guard_of_fetch = dict(zip(tensors, self.program.fetch_guards, strict=False))
        operations = _operations_need(prune([*tensors, *targets], keys), self.number_of_feed)
        self._instructions_need, values_need = _needs(self.program, operations)
        self.needs = {
            t: operations.get(t.op, _NOTHING) | values_need.get(self.number_of_fetch[t], _NOTHING)
            for t in tensors
        }
        self._devices = runner.devices
        # What runs when feeds come, by the values fed before and after; an entry never changes.
        self._parts: dict[tuple[frozenset[int], frozenset[int]], list[Part]] = {}
        self._lock = threading.Lock()

    def parts(self, before: frozenset[int] | None, after: frozenset[int]) -> list[Part]:
        """What can run once the values `after` are fed and could not with `before`; None: setup."""
        key = (frozenset((-1,)) if before is None else before, after)
        with self._lock:
            found = self._parts.get(key)
            if found is None:
                found = self._parts[key] = self._cut(before, after)
            return found

    def _cut(self, before: frozenset[int] | None, after: frozenset[int]) -> list[Part]:
        program = self.program
        groups: dict[int, list[Instruction]] = {}
        for instruction, needs in zip(program.instructions, self._instructions_need, strict=True):
            if needs <= after and (before is None or not needs <= before):
                groups.setdefault(instruction.waits, []).append(instruction)
        if before is None:
            groups.setdefault(0, [])
        ordered = sorted(groups.items(), key=lambda item: item[0].bit_count())
        return [self._part(waits, group, before is None) for waits, group in ordered]

    def _part(self, waits: int, group: list[Instruction], is_first: bool) -> Part:
        program = self.program
        written = {v for instruction in group for v in instruction.outputs}
        inside = set(map(id, group))
        read_later = set(program.fetches)
        for guard in program.fetch_guards:
            read_later.update(number for number, _ in guard)
        for instruction in program.instructions:
            if id(instruction) not in inside:
                read_later.update(instruction.reads)
        outputs = [v for v in sorted(written) if v in read_later]
        branches = {v for instruction in group if instruction.guard for v in instruction.outputs}
        if is_first and not waits:
            outputs += [v for v in dict.fromkeys(program.fetches) if v in program.constants]
        inputs = dict.fromkeys(
            v
            for instruction in group
            for v in instruction.reads
            if v not in written and v not in program.constants
        )
        part = replace(
            program,
            feeds=tuple(inputs),
            fetches=tuple(outputs),
            instructions=group,
            fetch_guards=(),
            optional=frozenset(branches.intersection(outputs)),
        )
        return Part(generate(part, self._devices), part.feeds, part.fetches, waits)


def _operations_need(
    operations: Sequence[Operation], fed: Mapping[Tensor, int]
) -> dict[Operation, frozenset[int]]:
    """For each operation the fed values that must come before it, over data and control edges."""
    found: dict[Operation, frozenset[int]] = {}
    changed = True
    while changed:  # a second time round only where a loop leads back
        changed = False
        for op in operations:
            needs = set(found.get(op, _NOTHING))
            for tensor in op.inputs:
                number = fed.get(tensor)
                needs |= found.get(tensor.op, _NOTHING) if number is None else {number}
            for control in op.controls:
                number = fed.get(control.outputs[0]) if control.op_def_.is_fed else None
                needs |= found.get(control, _NOTHING) if number is None else {number}
            if needs != found.get(op, _NOTHING):
                found[op] = frozenset(needs)
                changed = True
        if all(t.op.number < op.number for op in operations for t in op.inputs):
            break
    return found


def _needs(
    program: Program, operations: Mapping[Operation, frozenset[int]]
) -> tuple[list[frozenset[int]], dict[int, frozenset[int]]]:
    """The fed values that each instruction, and each value, needs."""
    values = {number: frozenset((number,)) for number in program.feeds}
    readers: dict[int, Operation] = {}
    for instruction in reversed(program.instructions):
        readers.update((v, instruction.op) for v in instruction.reads)
    instructions = []
    for instruction in program.instructions:
        needs = _NOTHING
        if instruction.kernel is READ:
            # A variable is read where it is needed first, and not where the graph says so.
            reader = readers.get(instruction.outputs[0])
            needs = operations.get(instruction.op if reader is None else reader, _NOTHING)
        elif instruction.kernel is not COPY:
            # A copy serves all readers; the operation it names is only the first of them.
            needs = operations.get(instruction.op, _NOTHING)
        needs = needs.union(*(values.get(v, _NOTHING) for v in instruction.reads))
        instructions.append(needs)
        values.update((v, needs) for v in instruction.outputs)
    return instructions, values


class _Task(threading.Thread):
    """A part that may wait, on a thread of its own."""

    def __init__(self, partial: PartialStep, part: Part, before: Sequence[_Task]) -> None:
        super().__init__(name="tfsession partial run", daemon=True)
        self.part = part
        self._partial = partial
        self._before = before

    def run(self) -> None:
        """Runs the part after those it depends on."""
        for task in self._before:
            task.join()
        self._partial.execute(self.part)


class PartialStep:
    """The state of one handle: what has been fed, computed and fetched.

    Attributes:
      plan: what it runs.
      failure: what an operation has failed with first; from then on nothing more runs.
      lock: held by the call that continues it. Parts that wait run beside it, in threads of their
        own: they add to the values what nobody reads before they have ended.
      run: what closing the session cancels.
      fed: the tensors whose values have come.
      fetched: the tensors whose values have been handed out, each once.
    """

    def __init__(self, runner: Runner, plan: PartialPlan) -> None:
        self.plan = plan
        self.failure: BaseException | None = None
        self.lock = threading.RLock()
        self.run = cancellation.Cancellation()
        self.fed: set[Tensor] = set()
        self.fetched: set[Tensor] = set()
        # Weakly: a part that waits does not keep its session from being collected.
        self._runner = weakref.ref(runner)
        # What has been fed or computed, by the numbers of the program: an entry stays as it is.
        self._values: dict[int, Any] = {}
        # The parts that wait, or did, in the order in which they were started.
        self._tasks: list[_Task] = []

    def start(self) -> None:
        """Runs what needs no feed."""
        self._advance(None, _NOTHING)

    def feed(self, values: Mapping[Tensor, Any]) -> None:
        """Takes converted values, and runs what they complete."""
        number = self.plan.number_of_feed
        before = frozenset(number[t] for t in self.fed)
        for tensor, value in values.items():
            self._values[number[tensor]] = value
            self.fed.add(tensor)
        self._advance(before, frozenset(number[t] for t in self.fed))

    def fetch(self, tensor: Tensor) -> Any:
        """The value of a fetch whose feeds have come; waits where it is still computed."""
        number = self.plan.number_of_fetch[tensor]
        for task in self._tasks:
            if number in task.part.outputs:
                task.join()
        self.check()
        self.fetched.add(tensor)
        if not all(self._is(*part) for part in self.plan.guard_of_fetch.get(tensor, ())):
            raise errors.InvalidArgumentError.of(
                f"The tensor returned for {tensor.name} was not valid."
            )
        return own_copy(self._values[number])

    def _is(self, number: int, wanted: bool) -> bool:
        """Whether the condition of a branch is as the branch wants it."""
        constants = self.plan.program.constants
        return bool(constants[number] if number in constants else self._values[number]) is wanted

    def finish(self) -> None:
        """Waits until everything has run."""
        for task in self._tasks:
            task.join()
        self.check()

    @property
    def is_done(self) -> bool:
        """Whether everything has been fed and fetched."""
        return len(self.fed) == len(self.plan.feeds) and len(self.fetched) == len(
            set(self.plan.tensors)
        )

    def check(self) -> None:
        """Raises what an operation has failed with."""
        if self.failure is not None:
            raise self.failure

    def missing(self, tensor: Tensor, coming: Mapping[Tensor, Any]) -> Tensor | None:
        """A feed that a fetch still needs after those of this call; None where it has all."""
        needs = self.plan.needs[tensor]
        for fed, number in self.plan.number_of_feed.items():
            if number in needs and fed not in self.fed and fed not in coming:
                return fed
        return None

    def _advance(self, before: frozenset[int] | None, after: frozenset[int]) -> None:
        if self.failure is not None:
            return
        for part in self.plan.parts(before, after):
            if part.waits:
                earlier = [t for t in self._tasks if t.part.waits & part.waits == t.part.waits]
                task = _Task(self, part, earlier)
                self._tasks.append(task)
                task.start()
            else:
                self.execute(part)

    def cancel(self) -> None:
        """Ends what still waits."""
        self.run.cancel(errors.CancelledError.of("PRun cancellation"))

    def execute(self, part: Part) -> None:
        """Runs a part and keeps what it returns, or what it fails with."""
        if self.failure is not None:
            return
        arguments = [self._values[v] for v in part.inputs]
        try:
            results = cancellation.call(part.step.call, arguments, self.run)
        except Exception as error:
            self._fail(part, error)
            return
        self._values.update(zip(part.outputs, results, strict=True))

    def _fail(self, part: Part, error: Exception) -> None:
        """Keeps the first error, and ends what still waits."""
        runner = self._runner()
        if self.failure is None and runner is not None:
            self.failure = runner.failed(part.step, error, is_raw=False)
            if self.failure is not error:
                self.failure.__cause__ = error
        self.cancel()


class PartialRuns:
    """The partial runs of a session."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        # The steps that are neither done nor failed, by their handles. Threads add and remove
        # without a lock: either is one operation of the dict.
        self._steps: dict[str, PartialStep] = {}
        # Written under the lock of the runner.
        self._plans: dict[Any, PartialPlan] = {}
        self._numbers = itertools.count()

    def clear(self) -> None:
        """Ends all partial runs; the session closes."""
        steps, self._steps = self._steps, {}
        for step in steps.values():
            step.cancel()
        self._plans.clear()

    def setup(self, fetches: Any, feeds: Any) -> str:
        """Begins a partial run and returns its handle."""
        fed = _fed_tensors(self._runner.graph, feeds)
        wanted = resolve(self._runner.graph, fetches)
        _check_setup(wanted.tensors, wanted.operations, fed)
        plan = self.plan(wanted.tensors, wanted.operations, fed)
        handle = f"{_signature(fed, wanted.tensors, wanted.operations)};{next(self._numbers)}"
        self._steps[handle] = self.begin(plan)
        return handle

    def plan(
        self, tensors: list[Tensor], targets: list[Operation], fed: list[Tensor]
    ) -> PartialPlan:
        """The cached or new plan of a setup."""
        runner = self._runner
        key = (*tensors, None, *targets, None, *fed)
        with runner.lock:
            found = self._plans.get(key)
            if found is None:
                runner.changes.notice()
                converters = [runner.feed(tensor) for tensor in fed]
                found = PartialPlan(runner, tensors, targets, converters)
                put(self._plans, key, found)
        return found

    def begin(self, plan: PartialPlan) -> PartialStep:
        """A new step of a plan, in which everything has run that needs no feed; `end` it.

        Raises:
          CancelledError: the session is closed.
        """
        step = PartialStep(self._runner, plan)
        self._runner.note(step.run)
        try:
            step.start()
        except BaseException:  # Ctrl-C
            self.end(step)
            raise
        return step

    def end(self, step: PartialStep, handle: str = "") -> None:
        """Forgets a step, and cancels what of it still waits."""
        self._steps.pop(handle, None)
        step.cancel()
        self._runner.running.discard(step.run)

    def run(self, handle: str, fetches: Any, feed_dict: Any) -> Any:
        """Continues a partial run."""
        runner = self._runner
        wanted = resolve(runner.graph, fetches)
        given = flatten(runner.graph, feed_dict) if feed_dict else {}
        step = self._steps.get(handle)
        known = {} if step is None else step.plan.feeds
        # Values are looked at before the handle is.
        values = {t: (known.get(t) or runner.feed(t)).convert(on_host(v)) for t, v in given.items()}
        tensors = [t for t in wanted.tensors if t not in values]
        if wanted.operations:
            raise RuntimeError("partial_run() requires empty target_list.")
        results: dict[Tensor, Any] = dict(values)
        if tensors or values:
            if step is None:
                raise errors.InvalidArgumentError.of(
                    "Must run 'setup' before performing partial runs!"
                )
            with step.lock:
                _check_call(step, tensors, values)
                try:
                    with cancellation.deadline(step.run, time_limit(runner, RunOptions())):
                        step.feed(values)
                        results.update((t, step.fetch(t)) for t in tensors)
                        if step.is_done:
                            step.finish()
                        else:
                            step.check()
                except BaseException:
                    self.end(step, handle)
                    raise
                if step.is_done:
                    self.end(step, handle)
        adjust = adjustment(runner, wanted.tensors, [])
        found: Sequence[Any] = [results[t] for t in wanted.tensors]
        return wanted.assemble(found if adjust is None else adjust(found, ()))


def _fed_tensors(graph: Graph, feeds: Any) -> list[Tensor]:
    """The tensors behind the feeds of a setup.

    Raises:
      KeyError, TypeError, ValueError: one is no Tensor of the graph.
    """
    keys = feeds if isinstance(feeds, (list, tuple)) else [] if feeds is None else [feeds]
    found = []
    for key in keys:
        for element in keys_of(key):
            try:
                tensor = graph.as_graph_element(element, allow_operation=False)
            except (KeyError, TypeError, ValueError) as error:
                raise type(error)(
                    f"Cannot interpret feed_list key as Tensor: {error.args[0]}"
                ) from error
            assert isinstance(tensor, Tensor)
            found.append(tensor)
    return found


def _check_setup(
    tensors: Sequence[Tensor], operations: Sequence[Operation], fed: Sequence[Tensor]
) -> None:
    if not tensors and not operations:
        raise no_target()
    seen: set[Tensor] = set()
    for tensor in fed:
        if tensor in seen:
            raise fed_twice(tensor)
        seen.add(tensor)
    for tensor in tensors:
        if tensor in seen:
            raise fed_and_fetched(tensor)


def _signature(
    fed: Sequence[Tensor], tensors: Sequence[Tensor], targets: Sequence[Operation]
) -> str:
    """What a handle begins with: feeds, fetches and targets in alphabetical order."""
    texts = [",".join(sorted(element.name for element in group)) for group in (fed, tensors)]
    names = ",".join(sorted(op.name for op in targets))
    return f"{texts[0]}->{texts[1]}/{names}/1/"


def _check_call(step: PartialStep, tensors: Sequence[Tensor], values: Mapping[Tensor, Any]) -> None:
    """Raises where a call does not fit the setup; the handle stays usable."""
    for tensor in values:
        if tensor not in step.plan.feeds:
            raise errors.InvalidArgumentError.of(
                f"The feed {tensor.name} was not specified in partial_run_setup."
            )
        if tensor in step.fed:
            raise errors.InvalidArgumentError.of(f"The feed {tensor.name} has already been fed.")
    for tensor in tensors:
        if tensor not in step.plan.number_of_fetch:
            raise errors.InvalidArgumentError.of(
                f"The fetch {tensor.name} was not specified in partial_run_setup."
            )
        if tensor in step.fetched:
            raise errors.InvalidArgumentError.of(
                f"The fetch {tensor.name} has already been fetched."
            )
    for tensor in tensors:
        missing = step.missing(tensor, values)
        if missing is not None:
            raise errors.InvalidArgumentError.of(
                f"Fetch {missing.name} can't be computed from the feeds that have been fed so far."
            )
