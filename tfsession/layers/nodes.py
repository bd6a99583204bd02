"""How layers of Keras hang together: each call of a layer on tensors of other layers is a node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tfsession import nest
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array


class KerasHistory(NamedTuple):
    """Where a tensor comes from: the result of a number, of a call of a number, of a layer."""

    layer: Any
    node_index: int
    tensor_index: int


def history_of(tensor: Any) -> KerasHistory | None:
    """Where a tensor comes from; None when no layer of Keras has made it."""
    history: KerasHistory | None = getattr(tensor, "_keras_history", None)
    return history


def have_history(tensors: Any) -> bool:
    """Whether there are tensors, and all are results of layers of Keras."""
    flat = nest.flatten(tensors)
    return bool(flat) and all(history_of(tensor) is not None for tensor in flat)


def shape_of(tensor: Any) -> Any:
    """The shape as a tuple, None where a size is not known; None where the rank is not."""
    shape = tensor.shape
    return None if shape.ndims is None else tuple(shape.as_list())


def unpacked(things: Any) -> Any:
    """The only one of several, or all of them."""
    if isinstance(things, (list, tuple)) and len(things) == 1:
        return things[0]
    return things


class Node:
    """A call of a layer.

    Attributes:
      outbound_layer: the layer that was called.
      inbound_layers: the layers that have made the inputs, in their structure.
      node_indices, tensor_indices: which call, and which of its results, each input is.
      input_tensors, output_tensors: the inputs and results, in their structures.
      input_shapes, output_shapes: their shapes.
      arguments: what else the layer was called with.

    Source: TensorFlow 1.15 `tf.keras` `Node`.
    """

    def __init__(
        self,
        outbound_layer: Any,
        inputs: Any = (),
        outputs: Any = (),
        arguments: dict[str, Any] | None = None,
        connects: bool = True,
    ) -> None:
        """Connects a layer with those that made its inputs, and marks its outputs.

        Args:
          outbound_layer: the layer that was called.
          inputs: what it was called on; nothing for a layer with which networks begin.
          outputs: what it returned.
          arguments: what else it was called with.
          connects: False for a network as a whole, which its layers connect.
        """
        is_start = isinstance(inputs, tuple) and not inputs
        connects = connects and not is_start
        histories = nest.map_structure(history_of, inputs) if connects else []
        self.outbound_layer = outbound_layer
        self.inbound_layers = _each(histories, "layer")
        self.node_indices = _each(histories, "node_index")
        self.tensor_indices = _each(histories, "tensor_index")
        self.input_tensors = outputs if is_start else inputs
        self.output_tensors = outputs
        self.arguments = arguments or {}
        self.output_shapes = nest.map_structure(shape_of, outputs)
        self.input_shapes = nest.map_structure(shape_of, self.input_tensors)
        for layer in nest.flatten(self.inbound_layers):
            layer.outbound_nodes.append(self)
        number = len(outbound_layer.inbound_nodes)
        outbound_layer.inbound_nodes.append(self)
        for index, tensor in enumerate(nest.flatten(outputs) if connects or is_start else ()):
            tensor._keras_history = KerasHistory(outbound_layer, number, index)

    def iterate_inbound(self) -> Iterator[tuple[Any, int, int, Any]]:
        """For each input: the layer, the number of its call, of its result, and the tensor."""
        return zip(
            nest.flatten(self.inbound_layers),
            nest.flatten(self.node_indices),
            nest.flatten(self.tensor_indices),
            nest.flatten(self.input_tensors),
            strict=False,
        )

    def get_config(self) -> dict[str, Any]:
        """The names and numbers that say how the call is connected."""
        return {
            "outbound_layer": self.outbound_layer.name,
            "inbound_layers": [layer.name for layer in nest.flatten(self.inbound_layers)],
            "node_indices": self.node_indices,
            "tensor_indices": self.tensor_indices,
        }


def _each(histories: Any, field: str) -> Any:
    if histories == []:
        return []
    if isinstance(histories, KerasHistory):
        return getattr(histories, field)
    if isinstance(histories, dict):
        return {key: _each(value, field) for key, value in histories.items()}
    return [_each(history, field) for history in histories]


def own_outputs(inputs: Any, outputs: Any, name: str) -> Any:
    """Results that are no inputs: a layer that returns its input gives an identity of it."""
    given = {id(x) for x in nest.flatten(inputs)}
    if not any(id(x) in given for x in nest.flatten(outputs)):
        return outputs

    def own(x: Any) -> Any:
        if id(x) not in given or not isinstance(x, Tensor):
            return x
        with name_scope(name):
            return array.identity(x)

    return nest.map_structure(own, outputs)


class Connected:
    """What a layer says of the calls in which it is connected with others."""

    _inbound_nodes: list[Node]
    _outbound_nodes: list[Node]

    @property
    def name(self) -> str:
        """The name of the layer."""
        # Of the layer that has this as a base.
        raise NotImplementedError

    @property
    def inbound_nodes(self) -> list[Node]:
        """The calls of the layer on results of layers of Keras."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self) -> list[Node]:
        """The calls of other layers on results of this one."""
        return self._outbound_nodes

    def _at_node(self, node_index: int, attribute: str, what: str) -> Any:
        if not self._inbound_nodes:
            raise RuntimeError(f"The layer has never been called and thus has no defined {what}.")
        if node_index >= len(self._inbound_nodes):
            raise ValueError(
                f"Asked to get {what} at node {node_index}, but the layer has only "
                f"{len(self._inbound_nodes)} inbound nodes."
            )
        return unpacked(getattr(self._inbound_nodes[node_index], attribute))

    def get_input_at(self, node_index: int) -> Any:
        """The inputs of a call."""
        return self._at_node(node_index, "input_tensors", "input")

    def get_output_at(self, node_index: int) -> Any:
        """The results of a call."""
        return self._at_node(node_index, "output_tensors", "output")

    def get_input_shape_at(self, node_index: int) -> Any:
        """The shapes of the inputs of a call."""
        return self._at_node(node_index, "input_shapes", "input shape")

    def get_output_shape_at(self, node_index: int) -> Any:
        """The shapes of the results of a call."""
        return self._at_node(node_index, "output_shapes", "output shape")

    def get_input_mask_at(self, node_index: int) -> Any:
        """The masks of the inputs of a call."""
        return _masks(self.get_input_at(node_index))

    def get_output_mask_at(self, node_index: int) -> Any:
        """The masks of the results of a call."""
        return _masks(self.get_output_at(node_index))

    @property
    def input(self) -> Any:
        """The inputs of the first call.

        Raises:
          AttributeError: the layer is not connected.
        """
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} is not connected, no input to return.")
        return self.get_input_at(0)

    @property
    def output(self) -> Any:
        """The results of the first call.

        Raises:
          AttributeError: the layer is not connected.
        """
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} has no inbound nodes.")
        return self.get_output_at(0)

    @property
    def input_mask(self) -> Any:
        """The masks of the inputs of the only call.

        Raises:
          AttributeError: the layer is connected several times, or not at all.
        """
        self._check_one("input")
        return _masks(self.input)

    @property
    def output_mask(self) -> Any:
        """The masks of the results of the only call.

        Raises:
          AttributeError: the layer is connected several times, or not at all.
        """
        self._check_one("output")
        return _masks(self.output)

    def _check_one(self, what: str) -> None:
        if len(self._inbound_nodes) > 1:
            raise AttributeError(
                f"Layer {self.name} has multiple inbound nodes, hence the notion of "
                f'"layer {what} mask" is ill-defined. Use `get_{what}_mask_at(node_index)` '
                "instead."
            )

    @property
    def input_shape(self) -> Any:
        """The shape of the input, or those of all inputs.

        Raises:
          AttributeError: the layer is not connected, or several times with different shapes.
        """
        return self._only_shape("input")

    @property
    def output_shape(self) -> Any:
        """The shape of the result, or those of all results.

        Raises:
          AttributeError: the layer is not connected, or several times with different shapes.
        """
        return self._only_shape("output")

    def _only_shape(self, what: str) -> Any:
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer has never been called and thus has no defined {what} shape."
            )
        shapes = [getattr(node, f"{what}_shapes") for node in self._inbound_nodes]
        if any(str(shape) != str(shapes[0]) for shape in shapes):
            raise AttributeError(
                f'The layer "{self.name} has multiple inbound nodes, with different {what} '
                f'shapes. Hence the notion of "{what} shape" is ill-defined for the layer. Use '
                f"`get_{what}_shape_at(node_index)` instead."
            )
        return shapes[0]


def _masks(tensors: Any) -> Any:
    if isinstance(tensors, list):
        return [getattr(x, "_keras_mask", None) for x in tensors]
    return getattr(tensors, "_keras_mask", None)
