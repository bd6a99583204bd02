"""Shapes of operations: what the op's shape function makes of those of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession import registry
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.static_values import InvalidSizeError, explained
from tfsession.shapes import with_rank

_NO_RANKS: dict[str, int] = {}


def infer_shapes(operation: Operation) -> None:
    """Sets the static shapes of an operation's outputs by the op's shape function.

    Raises:
      ValueError: the input shapes contradict the op; the text names it and its shapes.
    """
    function = registry.SHAPES.get(operation.type)
    if function is None:
        return
    try:
        result = inferred_shapes(operation, function, operation.inputs)
    except InvalidSizeError as error:
        raise ValueError(str(error)) from None
    except ValueError as error:
        inputs = operation.inputs
        found = explained(inputs, lambda: inferred_shapes(operation, function, inputs))
        text, known = found or (str(error), "")
        where = f"for '{operation.name}' (op: '{operation.type}')"
        raise ValueError(f"{text} {where} with {known}.") from error
    if type(result) is list:
        for tensor, dims in zip(operation.outputs, result, strict=True):
            tensor.dims = dims
    elif operation.outputs:
        operation.outputs[0].dims = result


def inferred_shapes(
    operation: Operation, function: Callable[..., Any], inputs: Sequence[Tensor]
) -> Any:
    """What a shape function says of an operation, were these its inputs: dims, or a list of them.

    Raises:
      ValueError: the input shapes or an attribute contradict the op.
    """
    definition, attrs = operation.op_def_, operation.attrs
    available: dict[str, Any] = {}
    position = 0
    for argument in definition.inputs:
        if argument.is_list:
            count = argument.count(attrs)
            available[argument.name] = inputs[position : position + count]
            position += count
        else:
            available[argument.name] = inputs[position]
            position += 1
    for name in registry.int32_attributes(operation.type):
        for value in attrs[name] if isinstance(attrs[name], list) else [attrs[name]]:
            registry.check_int32(name, value)
    for name, rank in registry.RANKS.get(operation.type, _NO_RANKS).items():
        with_rank(available[name].dims, rank)
    return function(
        *[
            available[p] if p in available else attrs.get(p)
            for p in registry.SHAPE_PARAMETERS[operation.type]
        ]
    )
