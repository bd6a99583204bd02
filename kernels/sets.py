"""Kernels of ops on sets; all run on the CPU, as in TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import shape_text
from .sparse import check_indices, positions

Array = Any


class Sets:
    """Elements with the number of the group that each belongs to.

    Attributes:
      shape: the shape of the groups.
      groups: [n], row-major positions in that shape.
      values: [n].
    """

    def __init__(self, shape: tuple[int, ...], groups: Array, values: Array) -> None:
        self.shape = shape
        self.groups = groups
        self.values = values


def _of_dense(x: Array) -> Sets:
    if x.ndim < 2:
        raise InvalidArgumentError.of(f"Shape {shape_text(x.shape)} has rank {x.ndim} < 2")
    shape = x.shape[:-1]
    groups = np.repeat(np.arange(math.prod(shape)), x.shape[-1])
    return Sets(shape, groups, x.ravel())


def _of_sparse(indices: Array, values: Array, dense_shape: Array) -> Sets:
    sizes = dense_shape.tolist()
    if len(sizes) < 2:
        raise InvalidArgumentError.of(f"Invalid rank {len(sizes)}.")
    check_indices(indices, sizes)
    shape = tuple(sizes[:-1])
    return Sets(shape, positions(indices[:, :-1], shape), values)


# ---- SetSize ----


@kernel("SetSize", device="CPU")
def set_size(xp: Any, set_indices: Array, set_values: Array, set_shape: Array) -> Array:
    """How many different elements each set has."""
    sets = _of_sparse(set_indices, set_values, set_shape)
    distinct, ranks = np.unique(sets.values, return_inverse=True)
    keys = np.unique(sets.groups * max(distinct.size, 1) + ranks.reshape(-1))
    counts = np.bincount(keys // max(distinct.size, 1), minlength=math.prod(sets.shape))
    return counts.astype(np.int32).reshape(sets.shape)


# ---- DenseToDenseSetOperation, DenseToSparseSetOperation, SparseToSparseSetOperation ----

_OPERATIONS: dict[bytes, Callable[[Array, Array], Array]] = {
    b"a-b": np.setdiff1d,
    b"b-a": lambda a, b: np.setdiff1d(b, a),
    b"intersection": np.intersect1d,
    b"union": np.union1d,
}


def _apply(a: Sets, b: Sets, set_operation: bytes) -> tuple[Array, Array, Array]:
    """The three parts of the sparse tensor that has the results, group by group, sorted."""
    if a.shape != b.shape:
        raise InvalidArgumentError.of(
            f"Mismatched shapes {shape_text(a.shape)} vs {shape_text(b.shape)}"
        )
    operation = _OPERATIONS.get(set_operation.lower())
    if operation is None:
        raise InvalidArgumentError.of(f"Invalid set_operation {set_operation.decode()}.")
    # An element of a group is one number: these are what the sets of NumPy hold.
    distinct, ranks = np.unique(np.concatenate([a.values, b.values]), return_inverse=True)
    ranks = ranks.reshape(-1)
    count = max(distinct.size, 1)
    keys_a = a.groups * count + ranks[: a.values.size]
    keys_b = b.groups * count + ranks[a.values.size :]
    keys = operation(keys_a, keys_b)
    groups, ranks = keys // count, keys % count
    sizes = np.bincount(groups, minlength=math.prod(a.shape))
    within = np.arange(keys.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    columns = [*np.unravel_index(groups, a.shape), within] if groups.size else []
    indices = np.empty((keys.size, len(a.shape) + 1), np.int64)
    for position, column in enumerate(columns):
        indices[:, position] = column
    dense_shape = np.array([*a.shape, int(sizes.max()) if sizes.size else 0], np.int64)
    return indices, distinct[ranks], dense_shape


@kernel("DenseToDenseSetOperation", device="CPU")
def dense_to_dense(xp: Any, set1: Array, set2: Array, set_operation: bytes) -> Any:
    return _apply(_of_dense(set1), _of_dense(set2), set_operation)


@kernel("DenseToSparseSetOperation", device="CPU")
def dense_to_sparse(
    xp: Any,
    set1: Array,
    set2_indices: Array,
    set2_values: Array,
    set2_shape: Array,
    set_operation: bytes,
) -> Any:
    second = _of_sparse(set2_indices, set2_values, set2_shape)
    return _apply(_of_dense(set1), second, set_operation)


@kernel("SparseToSparseSetOperation", device="CPU")
def sparse_to_sparse(
    xp: Any,
    set1_indices: Array,
    set1_values: Array,
    set1_shape: Array,
    set2_indices: Array,
    set2_values: Array,
    set2_shape: Array,
    set_operation: bytes,
) -> Any:
    first = _of_sparse(set1_indices, set1_values, set1_shape)
    second = _of_sparse(set2_indices, set2_values, set2_shape)
    return _apply(first, second, set_operation)
