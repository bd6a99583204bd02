"""Sets in the last dimension of tensors: their sizes, unions, intersections, differences."""

from __future__ import annotations

from typing import Any

from tfsession import dtypes
from tfsession.graph.build import build
from tfsession.graph.composites import SparseTensor, convert_to_tensor_or_sparse_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.static_values import constant_value_as_shape
from tfsession.registry import no_gradient, op, shape
from tfsession.shapes import (
    Dims,
    merge_dim,
    merge_dims,
    with_rank,
    with_rank_at_least,
    with_value,
)

__all__ = [
    "difference",
    "intersection",
    "set_difference",
    "set_intersection",
    "set_size",
    "set_union",
    "size",
    "union",
]

_TYPES = (
    dtypes.int8,
    dtypes.int16,
    dtypes.int32,
    dtypes.int64,
    dtypes.uint8,
    dtypes.uint16,
    dtypes.string,
)
_RESULT = "result_indices: int64, result_values: T, result_shape: int64"
_T = f"T: {{{', '.join(dtype.name for dtype in _TYPES)}}}"


# ---- SetSize ----

op(
    "SetSize(set_indices: int64, set_values: T, set_shape: int64) -> size: int32",
    f"validate_indices: bool = true; {_T}",
)


@shape("SetSize")
def set_size_shape() -> Dims:
    """Unknown: TensorFlow says nothing of it either."""
    return None


def size(a: Any, validate_indices: bool = True) -> Tensor:
    """How many different elements each set of a sparse tensor has.

    Args:
      a: a SparseTensor [groups..., elements] of integers or strings, whose indices are sorted.
      validate_indices: accepted for compatibility; indices are always checked.

    Returns:
      An int32 Tensor [groups...].

    Raises:
      TypeError: `a` is no SparseTensor, or its dtype is none of those.

    Source: TensorFlow 1.15 `tf.sets.size`.
    """
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    if a.values.dtype.base_dtype not in _TYPES:
        raise TypeError(f"Invalid dtype {a.values.dtype}.")
    result: Tensor = build(
        "SetSize", a.indices, a.values, a.dense_shape, validate_indices=validate_indices
    )
    return result


# ---- DenseToDenseSetOperation, DenseToSparseSetOperation, SparseToSparseSetOperation ----

_OPERATION = f"set_operation: string; validate_indices: bool = true; {_T}"

op(f"DenseToDenseSetOperation(set1: T, set2: T) -> {_RESULT}", _OPERATION)
op(
    "DenseToSparseSetOperation(set1: T, set2_indices: int64, set2_values: T, set2_shape: int64)"
    f" -> {_RESULT}",
    _OPERATION,
)
op(
    "SparseToSparseSetOperation(set1_indices: int64, set1_values: T, set1_shape: int64,"
    f" set2_indices: int64, set2_values: T, set2_shape: int64) -> {_RESULT}",
    _OPERATION,
)


def _parts(rank: int | None) -> list[Dims]:
    """The shapes of a sparse tensor of a rank."""
    return [(None, rank), (None,), (rank,)]


@shape("DenseToDenseSetOperation")
def dense_to_dense_shape(set1: Tensor, set2: Tensor) -> list[Dims]:
    """A sparse tensor of the rank of the sets, whose groups must be the same."""
    if set1.dims is None:
        dims = with_rank_at_least(set2.dims, 2)
    else:
        dims = with_rank_at_least(set1.dims, 2)
        if set2.dims is not None:
            merge_dims(set1.dims[:-1], with_rank(set2.dims, len(set1.dims))[:-1])
    return _parts(None if dims is None else len(dims))


def _check_parts(indices: Tensor, values: Tensor, shape: Tensor, rank: int | None) -> int | None:
    """The rank of a sparse tensor that should have a given one, if one is given."""
    (size,) = with_rank(shape.dims, 1)
    if rank is not None:
        with_value(size, rank)
    rank = merge_dim(rank, size)
    count, width = with_rank(indices.dims, 2)
    merge_dim(count, with_rank(values.dims, 1)[0])
    return merge_dim(rank, width)


@shape("DenseToSparseSetOperation")
def dense_to_sparse_shape(
    set1: Tensor, set2_indices: Tensor, set2_values: Tensor, set2_shape: Tensor
) -> list[Dims]:
    """A sparse tensor of the rank of the sets."""
    dims = with_rank_at_least(set1.dims, 2)
    rank = None if dims is None else len(dims)
    sizes = constant_value_as_shape(set2_shape)
    if dims is not None and sizes is not None and len(sizes) == rank and None not in sizes:
        _check_parts(set2_indices, set2_values, set2_shape, rank)
    return _parts(_check_parts(set2_indices, set2_values, set2_shape, rank))


@shape("SparseToSparseSetOperation")
def sparse_to_sparse_shape(
    set1_indices: Tensor,
    set1_values: Tensor,
    set1_shape: Tensor,
    set2_indices: Tensor,
    set2_values: Tensor,
    set2_shape: Tensor,
) -> list[Dims]:
    """A sparse tensor of the rank of the sets."""
    rank = _check_parts(set1_indices, set1_values, set1_shape, None)
    return _parts(_check_parts(set2_indices, set2_values, set2_shape, rank))


no_gradient(
    "SetSize",
    "DenseToDenseSetOperation",
    "DenseToSparseSetOperation",
    "SparseToSparseSetOperation",
)


def _converted(a: Any, b: Any) -> tuple[Any, Any, bool]:
    """Both as tensors of one dtype, a dense one first, and whether they have changed places.

    Raises:
      TypeError: dtypes differ, or are none that sets have.
    """
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if a.dtype.base_dtype not in _TYPES:
        raise TypeError(f"'a' invalid dtype {a.dtype}.")
    b = convert_to_tensor_or_sparse_tensor(b, name="b")
    if b.dtype.base_dtype is not a.dtype.base_dtype:
        raise TypeError(f"Types don't match, {a.dtype} vs {b.dtype}.")
    is_swapped = isinstance(a, SparseTensor) and not isinstance(b, SparseTensor)
    return (b, a, True) if is_swapped else (a, b, False)


def _operation(a: Any, b: Any, operation: str, validate_indices: bool) -> SparseTensor:
    parts = []
    kinds = []
    for operand in (a, b):
        is_sparse = isinstance(operand, SparseTensor)
        kinds.append("Sparse" if is_sparse else "Dense")
        if is_sparse:
            parts += [operand.indices, operand.values, operand.dense_shape]
        else:
            parts.append(operand)
    result = build(
        f"{kinds[0]}To{kinds[1]}SetOperation",
        *parts,
        set_operation=operation,
        validate_indices=validate_indices,
    )
    return SparseTensor(*result)


def intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in both of the sets of each group.

    Args:
      a: a Tensor or SparseTensor [groups..., elements] of integers or strings; indices sorted.
      b: the same, of the same groups.
      validate_indices: accepted for compatibility; indices are always checked.

    Returns:
      A SparseTensor [groups..., elements of the largest set]: the elements of each, sorted.

    Raises:
      TypeError: dtypes differ, or are none of those.
      ValueError: ranks or groups differ.

    Source: TensorFlow 1.15 `tf.sets.intersection`.
    """
    a, b, _ = _converted(a, b)
    return _operation(a, b, "intersection", validate_indices)


def difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """The elements of one set that are not in the other, for each group.

    Args:
      a: as `intersection` takes it.
      b: the same.
      aminusb: whether elements are those of `a`; else those of `b`.
      validate_indices: accepted for compatibility; indices are always checked.

    Returns:
      A SparseTensor, as of `intersection`.

    Raises:
      TypeError: dtypes differ, or are none of those.
      ValueError: ranks or groups differ.

    Source: TensorFlow 1.15 `tf.sets.difference`.
    """
    a, b, is_swapped = _converted(a, b)
    operation = "a-b" if aminusb is not is_swapped else "b-a"
    return _operation(a, b, operation, validate_indices)


def union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in any of the sets of each group; arguments are `intersection`'s.

    Source: TensorFlow 1.15 `tf.sets.union`.
    """
    a, b, _ = _converted(a, b)
    return _operation(a, b, "union", validate_indices)


set_size = size
set_intersection = intersection
set_difference = difference
set_union = union
