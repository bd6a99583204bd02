"""The order of the layers of a network, from its inputs to its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tfsession import nest
from tfsession.layers.nodes import Node


@dataclass(frozen=True)
class Topology:
    """What a network of layers consists of.

    Attributes:
      nodes: layer name and number of each call that belongs to it.
      nodes_by_depth: the calls; the outputs have depth 0.
      layers: the layers, those of greatest depth first, and in each depth as they were found.
      layers_by_depth: the same, by depth.
    """

    nodes: frozenset[str]
    nodes_by_depth: dict[int, list[Node]]
    layers: list[Any]
    layers_by_depth: dict[int, list[Any]]


def node_key(layer_name: str, node_index: int) -> str:
    """The name of a call: `dense_ib-0`."""
    return f"{layer_name}_ib-{node_index}"


def topology(inputs: list[Any], outputs: list[Any]) -> Topology:
    """The layers that lead from inputs to outputs.

    Raises:
      ValueError: an output depends on other inputs, layers form a circle, or two have one name.
    """
    order, positions = _post_order(outputs)
    node_depths, layer_depths = _depths(order)
    for tensor in inputs:
        layer = tensor._keras_history.layer
        if layer not in layer_depths:
            layer_depths[layer] = 0
            positions[layer] = -1
            node_depths[layer.inbound_nodes[tensor._keras_history.node_index]] = 0
    layers_by_depth: dict[int, list[Any]] = {}
    for layer, depth in layer_depths.items():
        layers_by_depth.setdefault(depth, []).append(layer)
    layers_by_depth = {
        depth: sorted(layers_by_depth[depth], key=lambda layer: positions[layer])
        for depth in sorted(layers_by_depth, reverse=True)
    }
    layers = [layer for depth in layers_by_depth.values() for layer in depth]
    nodes_by_depth: dict[int, list[Node]] = {}
    for node, depth in node_depths.items():
        nodes_by_depth.setdefault(depth, []).append(node)
    nodes_by_depth = {d: nodes_by_depth[d] for d in sorted(nodes_by_depth, reverse=True)}
    _check_connected(inputs, nodes_by_depth)
    _check_names(layers)
    nodes = frozenset(
        node_key(node.outbound_layer.name, node.outbound_layer.inbound_nodes.index(node))
        for node in node_depths
    )
    return Topology(nodes, nodes_by_depth, layers, layers_by_depth)


def _post_order(outputs: list[Any]) -> tuple[list[Node], dict[Any, int]]:
    """The calls, each behind those that it depends on, and where each layer was met first."""
    order: list[Node] = []
    finished: set[Node] = set()
    running: set[Node] = set()
    positions: dict[Any, int] = {}
    for output in outputs:
        stack: list[tuple[Node, Any]] = [_entered(output, positions, running)]
        while stack:
            node, following = stack[-1]
            child = next(following, None)
            if child is None:
                stack.pop()
                running.discard(node)
                if node not in finished:
                    finished.add(node)
                    order.append(node)
                continue
            history = child._keras_history
            inner = history.layer.inbound_nodes[history.node_index]
            if inner in running:
                raise ValueError(
                    f'The tensor {child} at layer "{history.layer.name}" is part of a cycle.'
                )
            if inner not in finished:
                stack.append(_entered(child, positions, running))
    return order, positions


def _entered(tensor: Any, positions: dict[Any, int], running: set[Node]) -> tuple[Node, Any]:
    layer, node_index, _ = tensor._keras_history
    node = layer.inbound_nodes[node_index]
    positions.setdefault(layer, len(positions))
    running.add(node)
    is_start = not nest.flatten(node.inbound_layers)
    return node, iter(() if is_start else nest.flatten(node.input_tensors))


def _depths(order: list[Node]) -> tuple[dict[Node, int], dict[Any, int]]:
    """How far each call, and each layer, is from the outputs."""
    nodes: dict[Node, int] = {}
    layers: dict[Any, int] = {}
    for node in reversed(order):
        depth = max(nodes.setdefault(node, 0), layers.get(node.outbound_layer, 0))
        layers[node.outbound_layer] = nodes[node] = depth
        for layer, index, _, _ in node.iterate_inbound():
            inner = layer.inbound_nodes[index]
            nodes[inner] = max(depth + 1, nodes.get(inner, 0))
    return nodes, layers


def _check_connected(inputs: list[Any], nodes_by_depth: dict[int, list[Node]]) -> None:
    known = {id(x) for x in inputs}
    passed: list[str] = []
    for nodes in nodes_by_depth.values():
        for node in nodes:
            layer = node.outbound_layer
            if nest.flatten(node.inbound_layers):
                for x in nest.flatten(node.input_tensors):
                    if id(x) not in known:
                        raise ValueError(
                            f"Graph disconnected: cannot obtain value for tensor {x} at layer "
                            f'"{layer.name}". The following previous layers were accessed without '
                            f"issue: {passed}"
                        )
                passed.append(layer.name)
            elif not any(id(x) in known for x in nest.flatten(node.output_tensors)):
                # An input layer that is no input of the network: what reads it complains.
                continue
            known.update(id(x) for x in nest.flatten(node.output_tensors))


def _check_names(layers: list[Any]) -> None:
    names = [layer.name for layer in layers]
    for name in names:
        if names.count(name) != 1:
            raise ValueError(
                f'The name "{name}" is used {names.count(name)} times in the model. All layer '
                "names should be unique."
            )
