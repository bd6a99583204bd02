"""Rewrites of particular ops: what is the same as they are together, and takes less time.

Each is a pass of `optimise`. Here ops are named by their types, as mathematics is about them; what
holds of many ops is declared with these, and no pass knows their names.
"""

from __future__ import annotations

import collections
import functools
from dataclasses import replace

import numpy as np

from tfsession import dtypes, registry
from tfsession.compile.program import Instruction, Program
from tfsession.graph.operation import Operation


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
    reads = collections.Counter(v for i in program.instructions for v in i.reads)
    reads.update(program.fetches)
    joined: set[int] = set()
    kept = []
    for instruction in program.instructions:
        terms = [products.get(v) for v in instruction.inputs]
        if (
            instruction.name == "AddN"
            and len(terms) >= _LEAST_PRODUCTS
            and all(
                t is not None and reads[t.outputs[0]] == 1 and t.guard == instruction.guard
                for t in terms
            )
        ):
            found = [t for t in terms if t is not None]
            instruction = replace(
                instruction,
                kernel=kernel,
                function=functools.partial(kernel.function, np),
                inputs=(*(t.inputs[0] for t in found), *(t.inputs[1] for t in found)),
                key=None,
                host_function=None,
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


def exchange(program: Program) -> Program:
    """Applies the gradient of a Relu to the gradients of pooling windows, before they are spread.

    Where y are the maxima of windows of x, and dy goes to where they came from::

      ReluGrad(MaxPoolGrad(x, y, dy), x) = MaxPoolGrad(x, y, ReluGrad(dy, y))

    An element that is a maximum is positive if the maximum is, and the others get nothing. Windows
    are fewer than elements.
    """
    reads = collections.Counter(v for i in program.instructions for v in i.reads)
    reads.update(program.fetches)
    values = list(program.values)
    pools = {i.outputs[0]: i for i in program.instructions if i.name in _POOL_GRADIENTS}
    moved: dict[int, list[Instruction]] = {}
    for mask in program.instructions if pools else ():
        pool = pools.get(mask.inputs[0]) if mask.name == "ReluGrad" else None
        if (
            pool is None
            or mask.inputs[1] != pool.inputs[0]
            or reads[pool.outputs[0]] != 1
            or (pool.guard, pool.device, pool.waits) != (mask.guard, mask.device, mask.waits)
        ):
            continue
        x, y, dy = pool.inputs
        values.append(values[dy])
        masked = len(values) - 1
        moved[pool.outputs[0]] = [
            replace(mask, inputs=(dy, y), outputs=(masked,)),
            replace(pool, inputs=(x, y, masked), outputs=mask.outputs),
        ]
        moved[mask.outputs[0]] = []
    if not moved:
        return program
    kept: list[Instruction] = []
    for instruction in program.instructions:
        first = instruction.outputs[0] if instruction.outputs else None
        kept.extend(moved.get(first, [instruction]) if first is not None else [instruction])
    return replace(program, instructions=kept, values=values)


# With the inputs x, y and dy; attributes hold the windows.
_POOL_GRADIENTS = frozenset(("MaxPoolGrad", "MaxPool3DGrad"))
