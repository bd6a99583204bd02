"""Ops that order, group, check and print: they act on when things happen, not on values."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.registry import family, gradient, no_gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims

__all__ = [
    "Print",
    "colocate_with",
    "group",
    "no_op",
    "tuple",
]

# The name is taken by `tf.tuple` below.
_tuple: type[Any] = tuple

family(is_light=True)


# ---- NoOp, ControlTrigger ----

op("NoOp()")
op("ControlTrigger()", runs_always=True)


@shape("NoOp", "ControlTrigger")
def no_op_shape() -> list[Dims]:
    return []


undefined_gradient("NoOp", "ControlTrigger")


def no_op(name: str | None = None) -> Operation:
    """Does nothing: something to hang control dependencies on.

    Source: TensorFlow 1.15 `tf.no_op`.
    """
    operation: Operation = build("NoOp", name=name)
    return operation


def colocate_with(
    op: Any, ignore_existing: bool = False
) -> contextlib.AbstractContextManager[None]:
    """`Graph.colocate_with` of the default graph; numbers are made tensors.

    Source: TensorFlow 1.15 `tf.colocate_with`.
    """
    if op is not None and not isinstance(op, Operation) and not hasattr(op, "op"):
        op = convert_to_tensor(op)
    return scopes.colocate_with(op, ignore_existing)


def with_dependencies(
    dependencies: Sequence[Any], output_tensor: TensorLike, name: str | None = None
) -> Any:
    """Returns `output_tensor`, available only after `dependencies` have run.

    Args:
      dependencies: Operations or Tensors.
      output_tensor: a Tensor or IndexedSlices.
      name: a name for the operation.

    Raises:
      TypeError: `output_tensor` is neither.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `with_dependencies`.
    """
    with (
        name_scope(name, "control_dependency", [*dependencies, output_tensor]) as scope,
        colocate_with(output_tensor),
        scopes.control_dependencies(dependencies),
    ):
        if isinstance(output_tensor, IndexedSlices):
            return IndexedSlices(
                build("Identity", output_tensor.values, name=scope),
                output_tensor.indices,
                output_tensor.dense_shape,
            )
        return build("Identity", convert_to_tensor(output_tensor), name=scope)


def flatten(values: Any) -> list[Any]:
    """The leaves of nested dicts, lists and tuples; those of a dict in order of its sorted keys."""
    if isinstance(values, dict):
        return [leaf for key in sorted(values) for leaf in flatten(values[key])]
    if isinstance(values, (list, _tuple)):
        return [leaf for value in values for leaf in flatten(value)]
    return [values]


def group(*inputs: Any, **kwargs: Any) -> Operation:
    """Returns an operation that has run when all of `inputs` have.

    Args:
      *inputs: Operations and Tensors, also in nested lists.
      **kwargs: `name`, a name for the operation.

    Raises:
      ValueError: another keyword is given.
      TypeError: an input is neither Operation nor Tensor.

    Source: TensorFlow 1.15 `tf.group`.
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    with name_scope(name, "group_deps", flatten(inputs)) as scope:
        by_device: dict[str, list[Any]] = {}
        for element in flatten(inputs):
            if not hasattr(element, "device"):
                raise TypeError(
                    f"Expected tf.Tensor or tf.Operation, not {element} with type: {type(element)}"
                )
            by_device.setdefault(element.device or "", []).append(element)
        if not by_device:
            return no_op(scope)
        if len(by_device) == 1:
            ((device, elements),) = by_device.items()
            return _no_op_after(device, elements, scope)
        # One node for each device gathers what runs there, so that few edges cross devices.
        gathered = [_no_op_after(device, by_device[device], None) for device in sorted(by_device)]
        with scopes.control_dependencies(gathered):
            return no_op(scope)


def _no_op_after(device: str, elements: list[Any], name: str | None) -> Operation:
    with scopes.control_dependencies(elements), scopes.device(device):
        return no_op(name)


def tuple(  # TensorFlow's name
    tensors: Sequence[Any], name: str | None = None, control_inputs: Any = None
) -> list[Any]:
    """Returns copies of `tensors` that are available only when all of them are.

    Args:
      tensors: Tensors, IndexedSlices, Operations or None, which stays None.
      name: a name for the scope of the operations.
      control_inputs: further Operations that must have run.

    Raises:
      ValueError: there is neither a tensor nor an operation.
      TypeError: an element of `control_inputs` is neither Tensor nor Operation.

    Source: TensorFlow 1.15 `tf.tuple`.
    """
    kept = (Tensor, Operation, IndexedSlices, type(None))
    with name_scope(name, "tuple", tensors):
        values = [t if isinstance(t, kept) else convert_to_tensor(t) for t in tensors]
        gates = [v if isinstance(v, Operation) else v.op for v in values if v is not None]
        for control in control_inputs or ():
            if isinstance(control, Operation):
                gates.append(control)
            elif isinstance(control, Tensor):
                gates.append(control.op)
            else:
                raise TypeError(f"Control input must be Operation or Tensor: {control}")
        gates = sorted(dict.fromkeys(gates), key=lambda gate: gate.number)
        if not gates:
            raise ValueError(f"Must have at least one Tensor: {tensors}")
        gate = group(*gates)
        results: list[Any] = []
        for value in values:
            if isinstance(value, Operation):
                with scopes.control_dependencies([gate]):
                    results.append(group(value))
            elif value is None:
                results.append(None)
            else:
                results.append(with_dependencies([gate], value))
        return results


# ---- Assert ----

op(
    "Assert(condition: bool, data: T)",
    "T: list(type) >= 1; summarize: int = 3",
    stateful=True,
)


@shape("Assert")
def assert_shape(condition: Tensor, data: list[Tensor]) -> list[Dims]:
    return []


no_gradient("Assert")


# ---- Print ----

op(
    "Print(input: T, data: U) -> output: T",
    "T: type; U: list(type) >= 0; message: string = ''; first_n: int = -1; summarize: int = 3",
    stateful=True,
)


@shape("Print")
def print_shape(input: Tensor) -> Dims:
    return input.dims


@gradient("Print")
def print_gradient(op: Operation, dy: Any) -> list[Any]:
    return [dy] + [None] * (len(op.inputs) - 1)


def Print(  # TensorFlow's name
    input_: TensorLike,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Returns `input_`, and prints tensors to standard error whenever it is computed.

    Args:
      input_: a tensor, passed through.
      data: the tensors to print.
      message: printed before them.
      first_n: print only the first n times; always when None or negative.
      summarize: how many elements of each are printed; 3 when None, all when -1.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.Print`.
    """
    tensor: Tensor = build(
        "Print",
        input_,
        list(data),
        message=message,
        first_n=first_n,
        summarize=summarize,
        name=name,
    )
    return tensor
