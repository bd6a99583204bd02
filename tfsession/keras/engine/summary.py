"""What `Model.summary` prints."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import nest

__all__ = ["count_parameters", "print_summary"]


def count_parameters(weights: list[Any]) -> int:
    """The number of elements of variables, each counted once."""
    return int(sum(np.prod(w.shape.as_list()) for w in {id(w): w for w in weights}.values()))


def print_summary(
    model: Any, line_length: int | None = None, positions: Any = None, print_fn: Any = None
) -> None:
    """Prints the layers of a model, their shapes and their numbers of parameters.

    Args:
      model: a Network.
      line_length: the width in characters.
      positions: where the columns end, as shares of the width or in characters.
      print_fn: is called with each line; prints it when None.
    """
    _Summary(model, line_length, positions, print_fn or print).print()


def _is_sequential(model: Any) -> bool:
    """Whether each layer follows the one before, and nothing else."""
    if type(model).__name__ == "Sequential" or not model._is_graph_network:
        return True
    nodes = [node for depth in model.topology.nodes_by_depth.values() for node in depth]
    if any(len(depth) > 1 for depth in model.topology.nodes_by_depth.values()):
        return False
    if any(len(nest.flatten(node.inbound_layers)) > 1 for node in nodes):
        return False
    calls = [node for layer in model.layers for node in layer.inbound_nodes if node in nodes]
    return len(calls) <= len(model.layers)


class _Summary:
    """A table, line by line."""

    def __init__(self, model: Any, line_length: Any, positions: Any, write: Any) -> None:
        self.model = model
        self.write = write
        self.is_sequential = _is_sequential(model)
        self.length = line_length or (65 if self.is_sequential else 98)
        default: list[Any] = [0.45, 0.85, 1.0] if self.is_sequential else [0.33, 0.55, 0.67, 1.0]
        ends: list[Any] = positions or default
        if ends[-1] <= 1:
            ends = [int(self.length * share) for share in ends]
        self.ends: list[int] = ends

    def print(self) -> None:
        """Prints everything."""
        headings = ["Layer (type)", "Output Shape", "Param #"]
        if not self.is_sequential:
            headings.append("Connected to")
        self.write(f'Model: "{self.model.name}"')
        self.write("_" * self.length)
        self._row(headings)
        self.write("=" * self.length)
        for number, layer in enumerate(self.model.layers, start=1):
            self._row(self._described(layer))
            if not self.is_sequential:
                for line in self._connections(layer)[1:]:
                    self._row(["", "", "", line])
            is_last = number == len(self.model.layers)
            self.write(("=" if is_last else "_") * self.length)
        self._totals()

    def _row(self, fields: list[Any]) -> None:
        line = ""
        for index, field in enumerate(fields):
            line = f"{line[:-1]} " if index else line
            line += str(field)
            line = line[: self.ends[index]]
            line += " " * (self.ends[index] - len(line))
        self.write(line)

    def _described(self, layer: Any) -> list[Any]:
        try:
            shape = layer.output_shape
        except AttributeError:
            shape = "multiple"
        except RuntimeError:
            shape = "?"
        if not layer.built and not getattr(layer, "_is_graph_network", False):
            parameters: Any = "0 (unused)" if hasattr(layer, "_is_graph_network") else 0
        else:
            parameters = layer.count_params()
        fields = [f"{layer.name} ({type(layer).__name__})", shape, parameters]
        if not self.is_sequential:
            fields.append((self._connections(layer) or [""])[0])
        return fields

    def _connections(self, layer: Any) -> list[str]:
        nodes = {id(n) for depth in self.model.topology.nodes_by_depth.values() for n in depth}
        return [
            f"{inner.name}[{node_index}][{tensor_index}]"
            for node in layer.inbound_nodes
            if id(node) in nodes
            for inner, node_index, tensor_index, _ in node.iterate_inbound()
        ]

    def _totals(self) -> None:
        trained = count_parameters(
            getattr(self.model, "collected_trainable_weights", self.model.trainable_weights)
        )
        fixed = count_parameters(self.model.non_trainable_weights)
        self.write(f"Total params: {trained + fixed:,}")
        self.write(f"Trainable params: {trained:,}")
        self.write(f"Non-trainable params: {fixed:,}")
        self.write("_" * self.length)
