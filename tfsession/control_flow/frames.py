"""Frames: which operations a loop repeats, and in which order everything runs.

TensorFlow 1's loops are cycles of the graph: Enter leads into a frame, NextIteration leads from one
round to the next, Exit leads out. Nothing else says what belongs to a loop, so what is found here
holds for imported graphs as for those that `tf.while_loop` has built.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tfsession.errors import InvalidArgumentError
from tfsession.graph.operation import Operation, Tensor

ENTER = frozenset(("Enter", "RefEnter"))
EXIT = frozenset(("Exit", "RefExit"))
MERGE = frozenset(("Merge", "RefMerge"))
NEXT_ITERATION = frozenset(("NextIteration", "RefNextIteration"))
SWITCH = frozenset(("Switch", "RefSwitch"))
LOOP_CONDITION = frozenset(("LoopCond",))
IDENTITY = frozenset(("Identity", "RefIdentity"))
#: What only leads values somewhere: it is no call of a kernel.
CONTROL_FLOW = (
    ENTER | EXIT | MERGE | NEXT_ITERATION | SWITCH | LOOP_CONDITION | frozenset(("RefIdentity",))
)


@dataclass(eq=False)
class Frame:
    """One loop, or what lies outside all loops.

    Attributes:
      name: the `frame_name` of its Enter operations; '' outside all loops.
      parent: the frame around it.
      members: its operations and the frames inside, in running order.
    """

    name: str = ""
    parent: Frame | None = None
    members: list[Operation | Frame] = field(default_factory=list)

    def around(self) -> list[Frame]:
        """The frames from the outermost to this one."""
        chain: list[Frame] = []
        frame: Frame | None = self
        while frame is not None:
            chain.append(frame)
            frame = frame.parent
        return chain[::-1]


def is_back_edge(tensor: Tensor, reader: Operation) -> bool:
    """Whether a value goes from one round of a loop to the next."""
    return tensor.op.type in NEXT_ITERATION and reader.type in MERGE


def awaited_controls(op: Operation, feeds: Collection[Tensor]) -> list[Operation]:
    """The control inputs that run before an operation: all but the placeholders that are fed.

    Other operations run as control inputs although their outputs are fed.
    """
    return [c for c in op.controls if not (c.op_def_.is_fed and c.outputs[0] in feeds)]


def find_frames(operations: Sequence[Operation], feeds: Collection[Tensor] = ()) -> Frame:
    """Sorts operations into frames.

    Args:
      operations: what runs, everything after what it needs but for the edges that close loops.
      feeds: tensors whose values are given: they belong to no frame.

    Returns:
      The frame outside all loops.

    Raises:
      InvalidArgumentError: an operation reads values of two different loops.
      ValueError: operations form a cycle that is no loop.
    """
    root = Frame()
    if not any(op.type in ENTER for op in operations):
        root.members = list(operations)
        return root
    fed = set(feeds)
    inside = _Sorting(root, fed)
    for op in operations:
        inside.add(op)
    inside.order(operations)
    return root


class _Sorting:
    def __init__(self, root: Frame, fed: set[Tensor]) -> None:
        self._root = root
        self._fed = fed
        self._frames: dict[tuple[Frame, str], Frame] = {}
        # Where an operation is run, and where its outputs are read.
        self._home: dict[Operation, Frame] = {}
        self._out: dict[Operation, Frame] = {}
        self._chains: dict[Frame, list[Frame]] = {root: [root]}

    def add(self, op: Operation) -> None:
        frame = self._innermost(op)
        if op.type in ENTER:
            name = op.attrs["frame_name"].decode()
            inner = self._frames.get((frame, name))
            if inner is None:
                inner = self._frames[frame, name] = Frame(name, frame)
                self._chains[inner] = inner.around()
            frame = inner
        self._home[op] = self._out[op] = frame
        if op.type in EXIT:
            if frame.parent is None:
                raise InvalidArgumentError.of(
                    f"{{{{node {op.name}}}}} leaves a loop that nothing has entered."
                )
            self._out[op] = frame.parent

    def _innermost(self, op: Operation) -> Frame:
        """The innermost of the frames in which the inputs of an operation are."""
        frame, source = self._root, ""
        for before in _needed(op, self._fed):
            found = self._out.get(before, self._root)
            if found is frame or found in self._chains[frame]:
                continue
            if frame not in self._chains[found]:
                raise InvalidArgumentError.of(
                    f"{{{{node {op.name}}}}} has inputs from different frames. The input "
                    f"{{{{node {before.name}}}}} is in frame '{found.name}'. The input {{{{node "
                    f"{source}}}}} is in frame '{frame.name}'.",
                )
            frame, source = found, before.name
        return frame

    def order(self, operations: Sequence[Operation]) -> None:
        """Fills the members of all frames."""
        position: dict[Operation | Frame, int] = {}
        waiting: dict[Operation | Frame, set[Operation | Frame]] = {}
        members: dict[Frame, list[Operation | Frame]] = {f: [] for f in self._chains}
        for index, op in enumerate(operations):
            home = self._home[op]
            position[op] = index
            waiting[op] = set()
            members[home].append(op)
            for frame in self._chains[home][1:]:
                if frame not in position:
                    assert frame.parent is not None
                    position[frame] = index
                    waiting[frame] = set()
                    members[frame.parent].append(frame)
        for op in operations:
            for before in _needed(op, self._fed):
                first, second = self._siblings(before, op)
                if first is not second:
                    waiting[second].add(first)
        # A frame begins with one of its own operations, so that no sibling has its position.
        for frame, inner in members.items():
            frame.members = in_dependency_order(inner, waiting, position)

    def _siblings(
        self, first: Operation, second: Operation
    ) -> tuple[Operation | Frame, Operation | Frame]:
        """Two operations, or the frames around them that lie in one frame."""
        a: list[Operation | Frame] = [*self._chains[self._home[first]], first]
        b: list[Operation | Frame] = [*self._chains[self._home[second]], second]
        for left, right in zip(a, b, strict=False):
            if left is not right:
                return left, right
        return first, first


def _needed(op: Operation, fed: set[Tensor]) -> list[Operation]:
    """The operations that an operation waits for in its own round."""
    data = [t.op for t in op.inputs if t not in fed and not is_back_edge(t, op)]
    return [*data, *awaited_controls(op, fed)]


Member = TypeVar("Member", bound=Operation | Frame)


def in_dependency_order(
    members: Collection[Member],
    waiting: Mapping[Member, Collection[Member]],
    position: Mapping[Member, int],
) -> list[Member]:
    """Sorts members so that each comes behind those it waits for, and as early as it can.

    Args:
      members: operations, or operations and the frames beside them.
      waiting: for each member those it waits for, each once.
      position: where a member comes that waits for nothing; no two have the same.

    Raises:
      InvalidArgumentError: members wait for each other.
    """
    count = {member: len(waiting[member]) for member in members}
    readers: dict[Member, list[Member]] = {}
    for member in members:
        for before in waiting[member]:
            readers.setdefault(before, []).append(member)
    ready = [position[member] for member in members if count[member] == 0]
    at = {position[member]: member for member in members}
    heapq.heapify(ready)
    order: list[Member] = []
    while ready:
        member = at[heapq.heappop(ready)]
        order.append(member)
        for reader in readers.get(member, ()):
            count[reader] -= 1
            if count[reader] == 0:
                heapq.heappush(ready, position[reader])
    if len(order) < len(members):
        stuck = sorted((m for m in members if count[m]), key=lambda m: position[m])
        names = ", ".join(member.name for member in stuck[:3])
        raise InvalidArgumentError.of(
            f"Graph is invalid, contains a cycle with {len(stuck)} nodes, including: {names}"
        )
    return order
