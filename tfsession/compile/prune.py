"""Prune: what the fetches need, in the order in which it runs.

Order is defined: data and control edges first, and among operations that nothing orders, the order
of their creation.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable

from tfsession.control_flow.frames import awaited_controls, is_back_edge
from tfsession.graph.operation import Operation, Tensor


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
        return sorted(needed, key=_creation)
    return _in_dependency_order(needed, fed)


def _creation(op: Operation) -> int:
    return op.number


def _in_dependency_order(needed: set[Operation], fed: Collection[Tensor]) -> list[Operation]:
    """Orders a graph whose edges users have changed: creation order does not do."""
    waiting: dict[Operation, int] = {}
    readers: dict[Operation, list[Operation]] = {}
    for op in needed:
        before = {t.op for t in op.inputs if t not in fed and not is_back_edge(t, op)}
        before.update(awaited_controls(op, fed))
        waiting[op] = len(before)
        for producer in before:
            readers.setdefault(producer, []).append(op)
    ready = [(op.number, op) for op, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        _, op = heapq.heappop(ready)
        order.append(op)
        for reader in readers.get(op, ()):
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, (reader.number, reader))
    if len(order) < len(needed):
        stuck = min((op for op in needed if waiting[op]), key=_creation)
        raise ValueError(f"The graph has a cycle through operation {stuck.name!r}.")
    return order
