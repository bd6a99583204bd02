"""Optimise: passes from Program to Program that keep every fetched value.

Each pass is a function; `PASSES` names them in order, so that tests can switch each off.
"""

from __future__ import annotations

import collections
import functools
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np

from tfsession import dtypes, registry
from tfsession.graph import Operation
from tfsession.program import Instruction, Program, Value, verify

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
    kept = []
    for instruction in program.instructions:
        inputs = tuple([same.get(v, v) for v in instruction.inputs])
        if instruction.name in _HAND_ON and instruction.is_pure:
            if len(inputs) == len(instruction.outputs):
                same.update(zip(instruction.outputs, inputs, strict=True))
                continue
        if inputs != instruction.inputs:
            instruction = replace(instruction, inputs=inputs)
        kept.append(instruction)
    fetches = tuple(same.get(v, v) for v in program.fetches)
    return replace(program, instructions=kept, fetches=fetches)


_HAND_ON = frozenset(
    (
        "Identity",
        "IdentityN",
        "StopGradient",
        "PreventGradient",
        "Snapshot",
        "PlaceholderWithDefault",
    )
)


def fold(program: Program, max_bytes: int = MAX_FOLDED_BYTES) -> Program:
    """Computes at once what depends on constants alone.

    An instruction that fails stays, so that the error appears when, and only when, it is run.
    """
    constants = dict(program.constants)
    values = program.values
    kept = []
    for instruction in program.instructions:
        function = instruction.host_function
        if (
            not instruction.is_pure
            or function is None
            or not instruction.outputs
            or not all(v in constants and values[v].where for v in instruction.inputs)
            or _known_bytes(values[instruction.outputs[0]]) > max_bytes
        ):
            kept.append(instruction)
            continue
        results = _attempt(instruction, function, [constants[v] for v in instruction.inputs])
        if results is None or sum(r.nbytes for r in results) > max_bytes:
            kept.append(instruction)
            continue
        for number, result in zip(instruction.outputs, results, strict=True):
            constants[number] = result
    return replace(program, instructions=kept, constants=constants)


def _known_bytes(value: Value) -> int:
    if value.dims is None or None in value.dims:
        return 0
    count = 1
    for size in value.dims:
        count *= size or 0
    return count * value.dtype.size


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
    seen: dict[Any, tuple[int, ...]] = {}
    kept = []
    for instruction in program.instructions:
        inputs = instruction.inputs
        if same:
            inputs = tuple([same.get(v, v) for v in inputs])
        if instruction.is_pure and instruction.key is not None:
            key = (instruction.key, inputs, instruction.device, instruction.waits)
            present = seen.get(key)
            if present is not None:
                same.update(zip(instruction.outputs, present, strict=True))
                continue
            seen[key] = instruction.outputs
        if inputs is not instruction.inputs and inputs != instruction.inputs:
            instruction = replace(instruction, inputs=inputs)
        kept.append(instruction)
    fetches = tuple(same.get(v, v) for v in program.fetches)
    return replace(program, instructions=kept, fetches=fetches)


# Their control inputs are needed, and run; they themselves have nothing to run.
_DO_NOTHING = frozenset(("NoOp", "ControlTrigger"))


def join(program: Program) -> Program:
    """Turns a sum of many products ``a.T @ b`` into one product.

    Such sums are the gradients of weights that are used in several places, as in every step of an
    unrolled recurrent network.
    """
    kernel = registry.KERNELS.get(("_SumOfProducts", "CPU"))
    if kernel is None:
        return program
    products = {
        i.outputs[0]: i
        for i in program.instructions
        if i.name == "MatMul" and i.uses_blas and _is_transposed_a(i.op)
    }
    if len(products) < _LEAST_PRODUCTS:
        return program
    reads = collections.Counter(v for i in program.instructions for v in i.inputs)
    reads.update(program.fetches)
    joined: set[int] = set()
    kept = []
    for instruction in program.instructions:
        terms = [products.get(v) for v in instruction.inputs]
        if (
            instruction.name == "AddN"
            and len(terms) >= _LEAST_PRODUCTS
            and all(t is not None and reads[t.outputs[0]] == 1 for t in terms)
        ):
            found = [t for t in terms if t is not None]
            instruction = replace(
                instruction,
                name="_SumOfProducts",
                function=functools.partial(kernel.function, np),
                inputs=(*(t.inputs[0] for t in found), *(t.inputs[1] for t in found)),
                key=None,
                host_function=None,
                writes_out=False,
                broadcasts=False,
                uses_blas=True,
            )
            joined.update(t.outputs[0] for t in found)
        kept.append(instruction)
    return replace(program, instructions=[i for i in kept if not joined.intersection(i.outputs)])


# Below this many products the copies cost more than they save.
_LEAST_PRODUCTS = 4


def _is_transposed_a(op: Operation) -> bool:
    attrs = op.attrs
    is_wide = attrs["T"] in (dtypes.float32, dtypes.float64)
    return is_wide and attrs["transpose_a"] and not attrs["transpose_b"]


def drop(program: Program) -> Program:
    """Removes what has no effect, pure instructions and constants that nobody reads."""
    read = set(program.fetches)
    kept = []
    for instruction in reversed(program.instructions):
        if instruction.name in _DO_NOTHING:
            continue
        unread = not any(v in read for v in instruction.outputs)
        if unread and (instruction.is_pure or instruction.name == "Read") and instruction.outputs:
            continue
        read.update(instruction.inputs)
        kept.append(instruction)
    kept.reverse()
    constants = {number: value for number, value in program.constants.items() if number in read}
    return replace(program, instructions=kept, constants=constants)


PASSES: dict[str, Pass] = {
    "forward": forward,
    "fold": fold,
    "merge": merge,
    "join": join,
    "drop": drop,
}
