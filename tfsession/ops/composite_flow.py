"""Switch, Merge, Enter, Exit and NextIteration of composites: IndexedSlices and SparseTensors.

Each part of a composite goes through an operation of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession import dtypes
from tfsession.control_flow import primitives
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import IndexedSlices, SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope

__all__ = [
    "enter",
    "exit",
    "identity",
    "merge",
    "next_iteration",
    "switch",
]

Composite = IndexedSlices | SparseTensor


def _parts(value: Composite) -> list[Tensor]:
    """The tensors of a composite, in the order of its constructor."""
    if isinstance(value, SparseTensor):
        return [value.indices, value.values, value.dense_shape]
    parts = [value.values, value.indices]
    return parts if value.dense_shape is None else [*parts, value.dense_shape]


def _converted(value: Any, dtype: DTypeLike | None = None) -> Any:
    if isinstance(value, (IndexedSlices, SparseTensor)):
        return value
    return convert_to_tensor(value, dtype=dtype, name="data")


def switch(
    data: Any, pred: TensorLike, dtype: DTypeLike | None = None, name: str | None = None
) -> Any:
    """Hands a value to one of two outputs.

    Args:
      data: a tensor, or a composite.
      pred: a bool scalar.
      dtype: the dtype that `data` is converted to where it is no tensor yet.
      name: a name for the operation, or the scope of several.

    Returns:
      A pair: what has a value where `pred` is false, and what has one where it is true.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `switch`.
    """
    with name_scope(name, "Switch", [data, pred]) as scope:
        data = _converted(data, dtype)
        pred = convert_to_tensor(pred, name="pred")
        if isinstance(data, Tensor):
            return build("Switch", data, pred, name=scope)
        pairs = [build("Switch", part, pred, name="Switch") for part in _parts(data)]
        return type(data)(*(p[0] for p in pairs)), type(data)(*(p[1] for p in pairs))


def merge(inputs: Sequence[Any], name: str | None = None) -> Any:
    """Hands on the one value that is there.

    Args:
      inputs: tensors, references, or composites of one kind.
      name: a name for the operation, or the scope of several.

    Returns:
      A pair: the value, and the int32 position in `inputs` that it came from.

    Raises:
      ValueError: an input is None, or there are none.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `merge`.
    """
    if any(value is None for value in inputs):
        raise ValueError(f"At least one of the merge inputs is None: {inputs}")
    with name_scope(name, "Merge", list(inputs)) as scope:
        values = [_converted(value) for value in inputs]
        if all(isinstance(value, Tensor) for value in values):
            kind = "RefMerge" if all(v.dtype.is_ref_dtype for v in values) else "Merge"
            return build(kind, values, name=scope)
        if not all(isinstance(value, SparseTensor) for value in values):
            values = _alike(values)
        columns = zip(*map(_parts, values), strict=True)
        merged = [build("Merge", list(column), name="Merge") for column in columns]
        return type(values[0])(*(pair[0] for pair in merged)), merged[0][1]


def _alike(values: Sequence[Any]) -> list[IndexedSlices]:
    """IndexedSlices with indices of one dtype: int64 where it is not the same for all."""
    for value in values:
        if not isinstance(value, IndexedSlices):
            raise TypeError(f"Cannot merge {value} with IndexedSlices")
    if len({value.indices.dtype for value in values}) == 1:
        return list(values)
    return [
        value
        if value.indices.dtype is dtypes.int64
        else IndexedSlices(
            value.values, build("Cast", value.indices, DstT=dtypes.int64), value.dense_shape
        )
        for value in values
    ]


def _of_parts(data: Any, name: str | None, make: Callable[[Tensor, str | None], Tensor]) -> Any:
    """What an op with one output makes of a tensor, or of each part of a composite."""
    data = _converted(data)
    if isinstance(data, Tensor):
        return make(data, name)
    parts = _parts(data)
    names: list[str | None] = [name, *(None if name is None else f"{name}_part" for _ in parts[1:])]
    return type(data)(*(make(part, n) for part, n in zip(parts, names, strict=True)))


def exit(data: Any, name: str | None = None) -> Any:  # TensorFlow's name
    """Leaves the frame of a loop.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `exit`.
    """
    return _of_parts(data, name, primitives.leave)


def next_iteration(data: Any, name: str | None = None) -> Any:
    """Hands a value to the next round of a loop.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `_NextIteration`.
    """
    return _of_parts(data, name, primitives.next_iteration)


def identity(data: Any, name: str | None = None) -> Any:
    """Hands on a value; a reference stays one.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `_Identity`.
    """

    def make(part: Tensor, name: str | None) -> Tensor:
        kind = "RefIdentity" if part.dtype.is_ref_dtype else "Identity"
        result: Tensor = build(kind, part, name=name)
        return result

    return _of_parts(data, name, make)


def enter(
    data: Any,
    frame_name: str,
    is_constant: bool = False,
    parallel_iterations: int = 10,
    use_ref: bool = True,
    use_input_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Enters the frame of a loop.

    Args:
      data: a tensor, or a composite.
      frame_name: the frame.
      is_constant: whether the value is the same in every round.
      parallel_iterations: kept with the operation.
      use_ref: whether a reference stays one.
      use_input_shape: whether the result has the static shape of `data`.
      name: a name for the operation.

    Source: TensorFlow 1.15, python/ops/control_flow_ops.py `_Enter`.
    """

    def make(part: Tensor, name: str | None) -> Tensor:
        kind = "RefEnter" if use_ref and part.dtype.is_ref_dtype else "Enter"
        result: Tensor = build(
            kind,
            part,
            frame_name=frame_name,
            is_constant=is_constant,
            parallel_iterations=parallel_iterations,
            name=name,
        )
        if use_input_shape:
            result.set_shape(part.shape)
        return result

    return _of_parts(data, name, make)
