"""The graph of objects in checkpoints of `tf.train.Checkpoint`: which object has which tensors.

Objects are numbered, the root first, then their children layer by layer. The key of a tensor is the
path to its object, by the names of attributes, and what it is of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfsession import errors
from tfsession.formats.checkpoint import NewCheckpointReader
from tfsession.layers.abstract import Layer
from tfsession.protos import TrackableObjectGraph
from tfsession.train.optimizer import Optimizer
from tfsession.variables.variable import Variable

OBJECT_GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
VALUE = "VARIABLE_VALUE"


class Tracked:
    """What `tf.train.Checkpoint` derives from: its attributes are its children."""

    def children(self) -> dict[str, Any]:
        """The objects that belong to it, by the names of its attributes."""
        own = {name: thing for name, thing in vars(self).items() if name[0] != "_"}
        return {name: thing for name, thing in own.items() if is_trackable(thing)}


def is_trackable(thing: Any) -> bool:
    """Whether an object, or all in a list or dict, can be part of a checkpoint."""
    if isinstance(thing, (list, tuple)):
        return all(is_trackable(part) for part in thing)
    if isinstance(thing, dict):
        return all(isinstance(k, str) and is_trackable(part) for k, part in thing.items())
    known = isinstance(thing, (Variable, Layer, Optimizer, Tracked))
    return known or hasattr(thing, "checkpoint_children")


def children_of(thing: Any) -> dict[str, Any]:
    """The objects that belong to an object, by their names in it."""
    if isinstance(thing, Tracked):
        return thing.children()
    if hasattr(thing, "checkpoint_children"):
        # Models and optimizers of Keras say it themselves.
        found: dict[str, Any] = thing.checkpoint_children()
        return found
    if isinstance(thing, (list, tuple)):
        return {str(index): part for index, part in enumerate(thing)}
    if isinstance(thing, dict):
        return dict(thing)
    if isinstance(thing, Optimizer):
        return thing.non_slots()
    if isinstance(thing, Layer):
        inner = {k: v for k, v in vars(thing).items() if _holds_variables(v)}
        return {name: part for name, part in inner.items() if name[0] != "_"}
    return {}


def _holds_variables(thing: Any) -> bool:
    """Whether something is a variable or a layer, or a list or dict of such."""
    if isinstance(thing, (list, tuple, dict)):
        parts = thing.values() if isinstance(thing, dict) else thing
        return bool(thing) and all(_holds_variables(part) for part in parts)
    return isinstance(thing, (Variable, Layer))


def _escaped(name: str) -> str:
    return name.replace(".", "..").replace("/", ".S")


class ObjectGraph:
    """The objects that can be reached from one.

    Attributes:
      objects: all of them, by number.
      message: the TrackableObjectGraph.
      variables: the variables among them, by key.
    """

    def __init__(self, root: Any) -> None:
        self.objects: list[Any] = [root]
        self.message = TrackableObjectGraph()
        self.variables: dict[str, Variable] = {}
        self._number = {id(root): 0}
        self._path = {0: ""}
        self.message.nodes.add()
        position = 0
        while position < len(self.objects):
            self._add_children(position)
            position += 1
        for number, thing in enumerate(list(self.objects)):
            if isinstance(thing, Variable):
                self._add_value(number, self._path[number])
        for number, thing in enumerate(list(self.objects)):
            if hasattr(thing, "get_slot_names"):
                self._add_slots(number, thing)

    def _add_children(self, parent: int) -> None:
        for name, child in children_of(self.objects[parent]).items():
            number = self._number.get(id(child))
            if number is None:
                number = self._add(child)
                above = self._path[parent]
                self._path[number] = f"{above}/{_escaped(name)}" if above else _escaped(name)
            self.message.nodes[parent].children.add(node_id=number, local_name=name)

    def _add(self, thing: Any) -> int:
        number = self._number[id(thing)] = len(self.objects)
        self.objects.append(thing)
        self.message.nodes.add()
        return number

    def _add_value(self, number: int, path: str) -> None:
        variable = self.objects[number]
        key = f"{path}/.ATTRIBUTES/{VALUE}"
        self.variables[key] = variable
        self.message.nodes[number].attributes.add(
            name=VALUE, full_name=variable.op.name, checkpoint_key=key
        )

    def _add_slots(self, number: int, optimizer: Any) -> None:
        """The slots of an optimizer for the variables that are objects themselves."""
        originals = [(n, v) for n, v in enumerate(self.objects) if isinstance(v, Variable)]
        for slot_name in optimizer.get_slot_names():
            for original, variable in originals:
                slot = optimizer.get_slot(variable, slot_name)
                if slot is None or id(slot) in self._number:
                    continue
                added = self._add(slot)
                path = (
                    f"{self._path[original]}/.OPTIMIZER_SLOT/{self._path[number]}/"
                    f"{_escaped(slot_name)}"
                )
                self._add_value(added, path)
                self.message.nodes[number].slot_variables.add(
                    original_variable_node_id=original,
                    slot_name=slot_name,
                    slot_variable_node_id=added,
                )


# ---- Graphs that checkpoints have ----


def read_object_graph(path: str) -> TrackableObjectGraph | None:
    """The graph of objects of a checkpoint; None where it has none.

    Raises:
      NotFoundError: there is no checkpoint.
      DataLossError: it is damaged.
    """
    from google.protobuf.message import DecodeError

    reader = NewCheckpointReader(path)
    if not reader.has_tensor(OBJECT_GRAPH_KEY):
        return None
    try:
        return TrackableObjectGraph.FromString(reader.get_tensor(OBJECT_GRAPH_KEY))
    except DecodeError:
        raise errors.DataLossError.of(f"The graph of objects of {path} cannot be read") from None


def keys_by_name(path: str) -> dict[str, str]:
    """The keys of tensors in a checkpoint, by the names of the variables that they were."""
    graph = read_object_graph(path)
    nodes = () if graph is None else graph.nodes
    return {a.full_name: a.checkpoint_key for node in nodes for a in node.attributes}


def matches(stored: TrackableObjectGraph, root: Any) -> dict[int, Any]:
    """The objects that belong to the nodes of a stored graph, by the names of attributes."""
    found = {0: root}
    waiting = [0]
    while waiting:
        number = waiting.pop()
        children = children_of(found[number])
        for child in stored.nodes[number].children:
            if child.local_name in children and child.node_id not in found:
                found[child.node_id] = children[child.local_name]
                waiting.append(child.node_id)
    for number, thing in list(found.items()):
        for slot in stored.nodes[number].slot_variables if isinstance(thing, Optimizer) else ():
            original = found.get(slot.original_variable_node_id)
            if isinstance(original, Variable):
                variable = thing.get_slot(original, slot.slot_name)
                if variable is not None:
                    found[slot.slot_variable_node_id] = variable
    return found


def places(stored: TrackableObjectGraph) -> Iterator[tuple[int, str, Any]]:
    """Each node of a stored graph that has a parent, with its path and the reference to it."""
    paths = {0: "(root)"}
    waiting = [0]
    while waiting:
        number = waiting.pop(0)
        for child in stored.nodes[number].children:
            if child.node_id not in paths:
                paths[child.node_id] = f"{paths[number]}.{child.local_name}"
                waiting.append(child.node_id)
                yield child.node_id, paths[child.node_id], stored.nodes[child.node_id]
