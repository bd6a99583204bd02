"""What the names of tensors and operations stand for."""

from __future__ import annotations

from collections.abc import Mapping

from tfsession.graph.operation import Operation, Tensor


def element_by_name(
    operations: Mapping[str, Operation], name: str, allow_tensor: bool, allow_operation: bool
) -> Tensor | Operation:
    """The Tensor or Operation that a name stands for.

    Args:
      operations: those of the graph, by name.
      name: `<operation>` or `<operation>:<index>`.
      allow_tensor: whether a Tensor will do.
      allow_operation: whether an Operation will do.

    Raises:
      ValueError: the name is malformed, or of the wrong kind.
      KeyError: nothing has it.
    """
    if ":" in name and allow_tensor:
        op_name, *rest = name.split(":")
        try:
            (index,) = (int(part) for part in rest)
        except ValueError:
            raise ValueError(
                f"The name {name!r} looks a like a Tensor name, but is not a valid one. Tensor "
                'names must be of the form "<op_name>:<output_index>".'
            ) from None
        operation = operations.get(op_name)
        if operation is None:
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The operation, "
                f"{op_name!r}, does not exist in the graph."
            )
        try:
            return operation.outputs[index]
        except IndexError:
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The operation, "
                f"{op_name!r}, exists but only has {len(operation.outputs)} outputs."
            ) from None
    if ":" in name:
        raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a Operation.")
    operation = operations.get(name)
    if not allow_operation:
        expected = 'Tensor names must be of the form "<op_name>:<output_index>".'
        if operation is not None:
            raise ValueError(f"The name {name!r} refers to an Operation, not a Tensor. {expected}")
        raise ValueError(
            f"The name {name!r} looks like an (invalid) Operation name, not a Tensor. {expected}"
        )
    if operation is None:
        raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
    return operation
