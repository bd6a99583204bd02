"""The variables of loops: their shapes, and the values that stand for them inside.

A loop carries tensors. IndexedSlices and SparseTensors travel as the tensors that they consist of,
TensorArrays as their flows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession import nest
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import IndexedSlices, SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.shapes import Dims, TensorShape, as_dims

# ---- Shapes ----


def _less_specific(entry: Dims, following: Dims) -> bool:
    """Whether every shape of the next round is one the variable may have."""
    if entry is None:
        return True
    if following is None or len(entry) != len(following):
        return False
    return all(a is None or a == b for a, b in zip(entry, following, strict=True))


def check_round(merged: Tensor, following: Tensor) -> None:
    """Raises ValueError where a variable may have another shape after a round than before it."""
    if _less_specific(merged.dims, following.dims):
        return
    source = merged.op.inputs[0].op.inputs[0]
    raise ValueError(
        f"Input tensor '{source.name}' enters the loop with shape {TensorShape(source.dims)}, but "
        f"has shape {TensorShape(following.dims)} after one iteration. To allow the shape to vary "
        "across iterations, use the `shape_invariants` argument of tf.while_loop to specify a "
        "less-specific shape."
    )


def check_invariant(tensor: Tensor, invariant: Dims) -> None:
    """Raises ValueError where the first value of a variable contradicts its shape invariant."""
    if not _less_specific(invariant, tensor.dims):
        raise ValueError(
            f"The shape invariant specified for {tensor.name} is not compatible with the initial "
            "shape of the loop variable. It enters the loop with shape "
            f"{TensorShape(tensor.dims)}, but the specified shape invariant is "
            f"{TensorShape(invariant)}."
        )


def flat_invariants(values: Sequence[Any], invariants: Sequence[Any]) -> list[Dims]:
    """A shape for each tensor that a loop variable consists of."""
    shapes: list[Dims] = []
    for value, invariant in zip(values, invariants, strict=True):
        dims = as_dims(invariant)
        if isinstance(value, IndexedSlices):
            shapes.append(dims)
            shapes.append((None,) if dims is None else dims[:1])
            if value.dense_shape is not None:
                shapes.append((None if dims is None else len(dims),))
        elif isinstance(value, SparseTensor):
            # The invariant is the shape of the dense shape.
            if dims is not None and len(dims) != 1:
                raise ValueError("Expected a shape with 1 dimension")
            rank = None if dims is None else dims[0]
            shapes += [(None, rank), (None,), (rank,)]
        else:
            shapes.append(dims)
    return shapes


def default_invariants(values: Sequence[Any]) -> list[Dims] | None:
    """The same where none are given: sparse tensors may change their number of elements."""
    if not any(isinstance(value, SparseTensor) for value in values):
        return None
    shapes: list[Dims] = []
    for value in values:
        parts = nest.flatten(value, expand_composites=True)
        if isinstance(value, SparseTensor):
            indices, elements, dense_shape = (part.dims for part in parts)
            shapes.append(None if indices is None else (None, indices[1]))
            shapes.append(None if elements is None else (None,))
            shapes.append(dense_shape)
        else:
            shapes += [part.dims for part in parts]
    return shapes


def tensor_or_composite(value: Any) -> Any:
    """The first value of a loop variable as a tensor, or composite."""
    if isinstance(value, (IndexedSlices, SparseTensor)):
        return value
    return convert_to_tensor(value)


# ---- Tensor arrays, which travel as their flows ----


def flow_of(value: Any) -> Any:
    """The flow of a TensorArray; anything else as it is."""
    from tfsession.ops.tensor_array import TensorArray

    return value.flow if isinstance(value, TensorArray) else value


def arrays_of(originals: Sequence[Any], values: Sequence[Tensor]) -> list[Any]:
    """The values, with a TensorArray for each flow that stands for one."""
    from tfsession.ops.tensor_array import TensorArray, with_flow

    if len(originals) != len(values):
        return list(values)
    return [
        with_flow(old, new) if isinstance(old, TensorArray) else new
        for old, new in zip(originals, values, strict=True)
    ]


def pack(structure: Any, leaves: Sequence[Any]) -> Any:
    """The values in the structure of the loop variables."""
    return nest.pack_sequence_as(structure, leaves, expand_composites=True)
