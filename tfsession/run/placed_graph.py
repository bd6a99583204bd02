"""The placement of a session's graph, which grows.

TensorFlow places a graph that has grown as a whole anew, but for what has a state. The result here
is the same; what is placed anew is only what the new operations may move, so that a loop which
makes operations does not pay for the whole graph in every round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tfsession.compile.kernel_table import load_kernels
from tfsession.compile.place import (
    Placement,
    Surroundings,
    add_controls,
    is_generator,
    place,
)
from tfsession.devices.device import Device
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, by_creation
from tfsession.protos import ConfigProto
from tfsession.report.placement_log import PlacementLog


class PlacedGraph:
    """Where the operations of a graph are in one session.

    Attributes:
      placement: of all that has been placed.

    Args:
      graph: the session's.
      devices: the session's.
      config: `allow_soft_placement`, `log_device_placement` and `place_pruned_graph` count.
    """

    def __init__(self, graph: Graph, devices: Sequence[Device], config: ConfigProto) -> None:
        # An operation that is in it stays in it; only its device may become another one.
        self.placement = Placement()
        # They stay the same; all else changes under the lock of the runner only.
        self._graph = graph
        self._devices = devices
        self._soft = config.allow_soft_placement
        self._prunes = config.graph_options.place_pruned_graph
        # Is told of each placement before it takes effect, once.
        self._log = PlacementLog(config, devices)
        # The first so many operations of the graph are placed, and are all that `placement` has;
        # 0 where only what steps need is placed.
        self._version = 0
        # What a next placement can build on: as many operations, or none after `_forget`.
        self._known = 0
        # So many of the graph's mutations are reflected in what is known.
        self._seen_changes = 0
        # What has a state stays where it is: an entry is never changed or removed.
        self._stateful: dict[Operation, str] = {}
        # Those that the last placement has added to `_stateful`. That they are bound counts from
        # the next placement on, which looks at them again.
        self._unbound: list[Operation] = []
        # Of the known operations and no others: those of each `loc:@` class, and those after each
        # operation.
        self._classes: dict[bytes, list[Operation]] = {}
        self._controls: dict[Operation, list[Operation]] = {}

    def place(self, operations: Sequence[Operation]) -> dict[Operation, str]:
        """Places what has been added to the graph, or only what a step needs.

        What has a state stays where it is, everything else goes where it would go if the graph was
        placed anew. Steps that were compiled before go on as they were placed.

        Args:
          operations: of the step.

        Returns:
          Full names of the devices of all operations that have been placed.

        Raises:
          InvalidArgumentError: what `place` raises; the next call raises it, too.
        """
        found = self._place_pruned(operations) if self._prunes else self._place_added()
        if found.devices:
            try:
                self._log.note(found, self.placement.devices)
            finally:  # what has been placed is so, also where stderr is a pipe that has broken
                self.placement.update(found)
        return self.placement.devices

    def _place_pruned(self, operations: Sequence[Operation]) -> Placement:
        if all(op in self.placement.devices for op in operations):
            return Placement()
        load_kernels(operations)
        found = place(operations, self._devices, self._soft, self._stateful)
        self._bind(found)
        return found

    def _place_added(self) -> Placement:
        if self._graph.version == self._version:
            return Placement()
        with self._graph.lock:  # other threads may be adding operations: none is there by half
            if self._has_changed():
                self._forget()
            added = self._graph.operations[self._known :]
        version = self._known + len(added)
        load_kernels(added)
        try:
            self._index(added)
            # Where nothing is known, everything has been added.
            affected = self._affected(added, version) if self._known else added
            around = Surroundings(self.placement.devices, self._controls)
            found = place(affected, self._devices, self._soft, self._stateful, around)
        except BaseException:
            self._forget()
            raise
        self._version = self._known = version
        self._unbound = self._bind(found)
        return found

    def _bind(self, found: Placement) -> list[Operation]:
        """Keeps where operations with a state are; returns those that are new."""
        new = [op for op in found.devices if op.op_def_.is_stateful and op not in self._stateful]
        self._stateful.update((op, found.devices[op]) for op in new)
        return new

    # -- What new operations may move --

    def _has_changed(self) -> bool:
        """Whether known operations have been changed since the last placement."""
        changes = self._graph.mutations[self._seen_changes :]
        self._seen_changes += len(changes)
        return any(op.number <= self._known for op, _ in changes)

    def _forget(self) -> None:
        self._known = 0
        self._classes.clear()
        self._controls.clear()
        self._unbound.clear()

    def _index(self, operations: Iterable[Operation]) -> None:
        add_controls(self._controls, operations)
        for op in operations:
            for name in _classes_of(op):
                self._classes.setdefault(name, []).append(op)

    def _affected(self, added: Sequence[Operation], version: int) -> list[Operation]:
        """The operations that may go elsewhere than they are, and the new ones, as created."""
        waiting = [*added, *self._unbound]
        found = set(waiting)
        while waiting:
            for other in self._affected_by(waiting.pop()):
                is_there = 0 < other.number <= version  # and not added since
                if is_there and other not in found:
                    found.add(other)
                    waiting.append(other)
        return sorted(found, key=by_creation)

    def _affected_by(self, op: Operation) -> Iterator[Operation]:
        """What may move when an operation is new, or moves: each of the placer's rules, reversed.

        What is named here too often costs time; what is missing makes placement wrong.
        """
        yield from self._colocated(op)
        for source in (*(tensor.op for tensor in op.inputs), *op.controls):
            if is_generator(source):
                yield source
        for tensor in op.outputs:
            for consumer in tensor.readers:
                if consumer.op_def_.is_metadata:
                    yield consumer

    def _colocated(self, op: Operation) -> Iterator[Operation]:
        for tensor in op.inputs:
            if tensor.dtype.is_handle:
                yield tensor.op
        for tensor in op.outputs:
            if tensor.dtype.is_handle:
                yield from tensor.readers
        for name in _classes_of(op):
            yield from self._classes.get(name, ())
            # Every operation is in the group of its own name, too.
            named = self._graph.operations_by_name.get(name.removeprefix(b"loc:@").decode())
            if named is not None:
                yield named
        yield from self._classes.get(b"loc:@" + op.name.encode(), ())


def _classes_of(op: Operation) -> list[bytes]:
    return [name for name in op.attrs.get("_class", ()) if name.startswith(b"loc:@")]
