"""Optimise: passes from Program to Program that keep every fetched value.

Each pass is a function; `PASSES` names them in order, so that tests can switch each off.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np

from tfsession.compile import rewrites
from tfsession.compile.program import (
    READ,
    Guard,
    Instruction,
    Program,
    Value,
    renamed,
    renamed_guard,
    verify,
)

# A folded constant above this size costs more to keep than to compute.
MAX_FOLDED_BYTES = 10 << 20

Pass = Callable[[Program], Program]


def optimise(
    program: Program,
    switched_off: Collection[str] = (),
    max_folded_bytes: int = MAX_FOLDED_BYTES,
    check: bool = False,
) -> Program:
    """Runs all passes.

    Args:
      program: what `lower` made.
      switched_off: names of passes to leave out.
      max_folded_bytes: the largest constant that folding may make, in bytes.
      check: whether to verify the program after every pass.
    """
    for name, run in PASSES.items():
        if name in switched_off:
            continue
        program = fold(program, max_folded_bytes) if run is fold else run(program)
        if check:
            verify(program)
    return program


def forward(program: Program) -> Program:
    """Removes instructions that hand on their input: their readers read that input itself."""
    same: dict[int, int] = {}
    kept = _forwarded(program.instructions, same)
    return _with_renamed_results(replace(program, instructions=kept), same)


def _forwarded(instructions: list[Instruction], same: dict[int, int]) -> list[Instruction]:
    kept = []
    for instruction in instructions:
        if instruction.is_pure and instruction.op.op_def_.hands_on and instruction.is_own:
            inputs = [same.get(v, v) for v in instruction.inputs]
            same.update(zip(instruction.outputs, inputs, strict=True))
            continue
        kept.append(_with_body(instruction, same, lambda body: _forwarded(body, same)))
    return kept


def _with_body(
    instruction: Instruction,
    same: dict[int, int],
    change: Callable[[list[Instruction]], list[Instruction]],
) -> Instruction:
    """An instruction that reads other values, and a loop with a changed body."""
    loop = instruction.loop
    if loop is not None:
        body = change(loop.instructions)
        instruction = replace(instruction, loop=replace(loop, instructions=body))
    return renamed(instruction, same) if same or loop is not None else instruction


def _with_renamed_results(program: Program, same: dict[int, int]) -> Program:
    fetches = tuple(same.get(v, v) for v in program.fetches)
    guards = tuple(renamed_guard(guard, same) for guard in program.fetch_guards)
    return replace(program, fetches=fetches, fetch_guards=guards)


def fold(program: Program, max_bytes: int = MAX_FOLDED_BYTES) -> Program:
    """Computes at once what depends on constants alone.

    An instruction that fails stays, so that the error appears when, and only when, it is run.
    """
    constants = dict(program.constants)
    kept = _folded(program.instructions, program.values, constants, max_bytes)
    return replace(program, instructions=kept, constants=constants)


def _folded(
    instructions: list[Instruction],
    values: list[Value],
    constants: dict[int, Any],
    max_bytes: int,
) -> list[Instruction]:
    kept = []
    for instruction in instructions:
        if instruction.guard:
            guard = _decided(instruction.guard, constants)
            if guard is None:
                continue
            if guard != instruction.guard:
                instruction = replace(instruction, guard=guard)
        loop = instruction.loop
        if loop is not None:
            body = _folded(loop.instructions, values, constants, max_bytes)
            loop = replace(loop, instructions=body)
            if _decided(loop.goes_on, constants) is None:
                # There is no next round: what it would begin with is not computed any more.
                loop = replace(loop, next_values=loop.variables)
            captured = [v for v in loop.captured() if v not in constants]
            inputs = (*instruction.inputs[: len(loop.variables)], *captured)
            kept.append(replace(instruction, inputs=inputs, loop=loop))
            continue
        function = instruction.host_function
        if (
            not instruction.is_pure
            or function is None
            or not instruction.outputs
            or not all(v in constants and values[v].where for v in instruction.inputs)
            or (values[instruction.outputs[0]].size or 0) > max_bytes
        ):
            kept.append(instruction)
            continue
        results = _attempt(instruction, function, [constants[v] for v in instruction.inputs])
        if results is None or sum(r.nbytes for r in results) > max_bytes:
            kept.append(instruction)
            continue
        for number, result in zip(instruction.outputs, results, strict=True):
            constants[number] = result
    return kept


def _decided(guard: Guard, constants: dict[int, Any]) -> Guard | None:
    """A guard without the conditions that are known to hold; None where one does not."""
    for number, wanted in guard:
        if number in constants and bool(constants[number]) != wanted:
            return None
    return tuple([part for part in guard if part[0] not in constants])


def _attempt(
    instruction: Instruction, function: Callable[..., Any], inputs: list[Any]
) -> list[np.ndarray] | None:
    try:
        with np.errstate(all="ignore"):
            result = function(*inputs)
    except Exception:  # the run reports it, with the op's name
        return None
    results = [result] if len(instruction.outputs) == 1 else list(result)
    # A folded value outlives the step, so it must not be a view of a larger array.
    return [np.array(r, dtype=r.dtype if hasattr(r, "dtype") else object) for r in results]


def merge(program: Program) -> Program:
    """Computes equal things once: pure instructions with the same kernel, attributes and inputs."""
    same: dict[int, int] = {}
    kept = _merged(program.instructions, same, {})
    return _with_renamed_results(replace(program, instructions=kept), same)


def _merged(
    instructions: list[Instruction], same: dict[int, int], seen: dict[Any, tuple[int, ...]]
) -> list[Instruction]:
    kept = []
    for instruction in instructions:
        inputs, guard = instruction.inputs, instruction.guard
        if same:
            inputs = tuple([same.get(v, v) for v in inputs])
            guard = renamed_guard(guard, same) if guard else guard
        if instruction.is_pure and instruction.key is not None:
            # What is computed under other conditions may not be there.
            key = (instruction.key, inputs, instruction.device, instruction.waits, guard)
            present = seen.get(key)
            if present is not None:
                same.update(zip(instruction.outputs, present, strict=True))
                continue
            seen[key] = instruction.outputs
        # A loop may use what has been computed before it; what it computes is its own.
        kept.append(_with_body(instruction, same, lambda body: _merged(body, same, dict(seen))))
    return kept


def drop(program: Program) -> Program:
    """Removes what has no effect, pure instructions and constants that nobody reads."""
    read = set(program.fetches)
    read.update(number for guard in program.fetch_guards for number, _ in guard)
    kept = _read_of(program.instructions, read)
    constants = {number: value for number, value in program.constants.items() if number in read}
    return replace(program, instructions=kept, constants=constants)


def _read_of(instructions: list[Instruction], read: set[int]) -> list[Instruction]:
    """The instructions that are needed; adds what they read to `read`."""
    kept = []
    for instruction in reversed(instructions):
        if instruction.op.op_def_.only_orders and instruction.is_own:
            continue
        unread = not any(v in read for v in instruction.outputs)
        if unread and (instruction.is_pure or instruction.kernel is READ) and instruction.outputs:
            continue
        if instruction.loop is not None:
            instruction = _with_used_parts(instruction, read)
        read.update(instruction.reads)
        kept.append(instruction)
    kept.reverse()
    return kept


def _with_used_parts(instruction: Instruction, read: set[int]) -> Instruction:
    """A loop without the variables and instructions that nothing outside depends on."""
    loop = instruction.loop
    assert loop is not None
    pairs = zip(instruction.outputs, loop.exits, strict=True)
    exits = [(outer, inner) for outer, inner in pairs if outer in read]
    always = {inner for _, inner in exits} | {number for number, _ in loop.goes_on}
    first = dict(zip(loop.variables, instruction.inputs, strict=False))
    following = dict(zip(loop.variables, loop.next_values, strict=True))
    used: dict[int, None] = {}
    while True:
        inner = always | {following[v] for v in used}
        body = _read_of(loop.instructions, inner)
        more = [v for v in loop.variables if v in inner and v not in used]
        if not more:
            break
        used.update(dict.fromkeys(more))
    read.update(inner)
    variables = tuple(v for v in loop.variables if v in used)
    loop = replace(
        loop,
        variables=variables,
        instructions=body,
        next_values=tuple(following[v] for v in variables),
        exits=tuple(inner for _, inner in exits),
    )
    return replace(
        instruction,
        loop=loop,
        inputs=(*(first[v] for v in variables), *loop.captured()),
        outputs=tuple(outer for outer, _ in exits),
    )


PASSES: dict[str, Pass] = {
    "forward": forward,
    "fold": fold,
    "merge": merge,
    "join": rewrites.join,
    "exchange": rewrites.exchange,
    "drop": drop,
}
