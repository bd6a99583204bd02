"""Shapes of networks: of the results of given shapes, and placeholders of them."""

from __future__ import annotations

from typing import Any

from tfsession import nest
from tfsession.keras.backend.tensors import placeholder
from tfsession.shapes import TensorShape


def _tuple(shape: Any) -> Any:
    shape = TensorShape(shape)
    return None if shape.ndims is None else tuple(shape.as_list())


def _is_shape(shape: Any) -> bool:
    if isinstance(shape, TensorShape):
        return True
    return isinstance(shape, (tuple, list)) and all(
        size is None or isinstance(getattr(size, "value", size), int) for size in shape
    )


def listed(shapes: Any) -> list[Any]:
    """A shape, or a list of shapes, as a list of tuples."""
    return [_tuple(shapes)] if _is_shape(shapes) else [_tuple(shape) for shape in shapes]


def shapes_of_outputs(network: Any, input_shape: Any) -> Any:
    """The shapes of the results of a network of layers, as its layers say them.

    Raises:
      ValueError: there are more or fewer shapes than inputs.
    """
    given = listed(input_shape)
    if len(given) != len(network.inputs):
        raise ValueError(
            f"Invalid input_shape argument {input_shape}: model has {len(network.inputs)} tensor "
            "inputs."
        )
    shapes = {id(x): shape for x, shape in zip(network.inputs, given, strict=True)}
    for nodes in network.topology.nodes_by_depth.values():
        for node in nodes:
            needed = nest.flatten(node.input_tensors)
            if not nest.flatten(node.inbound_layers) or any(id(x) not in shapes for x in needed):
                continue
            of_inputs = [shapes[id(x)] for x in needed]
            result = node.outbound_layer.compute_output_shape(
                of_inputs[0] if len(of_inputs) == 1 else of_inputs
            )
            outputs = nest.flatten(node.output_tensors)
            shapes.update(zip(map(id, outputs), listed(result), strict=True))
    found = [TensorShape(shapes[id(x)]) for x in network.outputs]
    return found[0] if len(found) == 1 else found


def placeholders_of(shapes: Any) -> Any:
    """Placeholders of a shape, or in the structure of several.

    Raises:
      ValueError: they are no shapes.
    """
    if isinstance(shapes, dict):
        return {name: placeholder(_tuple(shape)) for name, shape in shapes.items()}
    if _is_shape(shapes):
        return placeholder(_tuple(shapes))
    if isinstance(shapes, list):
        return [placeholder(_tuple(shape)) for shape in shapes]
    raise ValueError(
        "Specified input shape is not one of the valid types. Please specify a batch input shape "
        "of type tuple or list of input shapes. User provided input type: "
        f"{type(shapes)}"
    )
