"""Prune: what the fetches need, in the order in which it runs.

Order is defined: data and control edges first, and among operations that nothing orders, the order
of their creation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tfsession.control_flow.frames import awaited_controls, in_dependency_order, is_back_edge
from tfsession.graph.operation import Operation, Tensor, by_creation


def prune(fetches: Iterable[Tensor | Operation], feeds: Collection[Tensor] = ()) -> list[Operation]:
    """The operations that must run to produce the fetches.

    Args:
      fetches: what is asked for; an Operation runs even where its outputs are fed.
      feeds: tensors whose values are given; their producers are needed only for other reasons.

    Returns:
      The operations in running order; what a loop hands to its next round is no matter of order.

    Raises:
      ValueError: the operations form a cycle that is no loop.
    """
    fed = feeds if isinstance(feeds, (set, frozenset, dict)) else set(feeds)
    needed: set[Operation] = set()
    stack = [
        f if isinstance(f, Operation) else f.op
        for f in fetches
        if isinstance(f, Operation) or f not in fed
    ]
    in_creation_order = True
    while stack:
        op = stack.pop()
        if op in needed:
            continue
        needed.add(op)
        position = op.number
        for tensor in op.inputs:
            if tensor in fed:
                continue
            producer = tensor.op
            if producer.number >= position and not is_back_edge(tensor, op):
                in_creation_order = False
            if producer not in needed:
                stack.append(producer)
        for control in awaited_controls(op, fed) if op.controls else ():
            if control.number >= position:
                in_creation_order = False
            if control not in needed:
                stack.append(control)
    if in_creation_order:
        return sorted(needed, key=by_creation)
    return _in_dependency_order(needed, fed)


def _in_dependency_order(needed: set[Operation], fed: Collection[Tensor]) -> list[Operation]:
    """Orders a graph whose edges users have changed: creation order does not do."""
    waiting = {
        op: {
            *(t.op for t in op.inputs if t not in fed and not is_back_edge(t, op)),
            *awaited_controls(op, fed),
        }
        for op in needed
    }
    return in_dependency_order(needed, waiting, {op: op.number for op in needed})
