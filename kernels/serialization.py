"""Kernels that turn sparse tensors into TensorProtos and back; on the CPU, as in TensorFlow."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from tfsession.dtypes import DType, as_dtype, int64, variant
from tfsession.errors import InvalidArgumentError
from tfsession.formats.tensor_proto import make_ndarray
from tfsession.protos import TensorProto
from tfsession.registry import kernel

from .array import shape_text
from .parsing import serialize_tensor
from .sparse import check_indices
from .strings import strings

Array = Any
Parts = tuple[Array, Array, Array]


# ---- SerializeSparse, SerializeManySparse ----


def _check_parts(indices: Array, values: Array, shape: Array) -> None:
    wanted = (("indices", indices, 2), ("values", values, 1), ("shape", shape, 1))
    for name, part, rank in wanted:
        if part.ndim != rank:
            kind = "matrix" if rank == 2 else "vector"
            found = shape_text(part.shape)
            raise InvalidArgumentError.of(
                f"Input {name} should be a {kind} but received shape {found}"
            )


def _kept_parts(indices: Array, values: Array, shape: Array) -> Array:
    _check_parts(indices, values, shape)
    found = np.empty(3, object)
    found[:] = [indices, values, shape]
    return found


@kernel("SerializeSparse", device="CPU", is_maker=True)
def serialize_sparse(xp: Any, T: DType, out_type: DType) -> Callable[[Array, Array, Array], Array]:
    """A sparse tensor as three strings, or as the three arrays."""
    if out_type is variant:
        return _kept_parts
    of_numbers, of_values = serialize_tensor(xp, int64), serialize_tensor(xp, T)

    def serialize(indices: Array, values: Array, shape: Array) -> Array:
        _check_parts(indices, values, shape)
        parts = (of_numbers(indices), of_values(values), of_numbers(shape))
        return strings([part.item() for part in parts], (3,))

    return serialize


@kernel("SerializeManySparse", device="CPU", is_maker=True)
def serialize_many_sparse(
    xp: Any, T: DType, out_type: DType
) -> Callable[[Array, Array, Array], Array]:
    """Each row of a sparse tensor as three strings."""
    serialize = serialize_sparse(xp, T, out_type)

    def serialize_rows(indices: Array, values: Array, shape: Array) -> Array:
        _check_parts(indices, values, shape)
        if shape.size < 2:
            raise InvalidArgumentError.of(
                f"Rank of input SparseTensor should be > 1, but saw rank: {shape.size}"
            )
        check_indices(indices, shape.tolist())
        rows = int(shape[0])
        ends = np.searchsorted(indices[:, 0], np.arange(rows + 1))
        found = []
        for start, end in itertools.pairwise(ends):
            row = serialize(indices[start:end, 1:], values[start:end], shape[1:])
            found.extend(row.tolist())
        if out_type is not variant:
            return strings(found, (rows, 3))
        result = np.empty(3 * rows, object)
        result[:] = found
        return result.reshape(rows, 3)

    return serialize_rows


# ---- DeserializeManySparse ----


@kernel("DeserializeManySparse", device="CPU", is_maker=True)
def deserialize_many_sparse(xp: Any, dtype: DType) -> Callable[[Array], Parts]:
    """The sparse tensor that has those of each row below one another."""

    def part(text: bytes, row: int, column: int) -> tuple[Array, DType]:
        try:
            message = TensorProto.FromString(text)
            return make_ndarray(message), as_dtype(message.dtype)
        except (DecodeError, TypeError):
            raise InvalidArgumentError.of(
                f"Could not parse serialized_sparse[{row}, {column}]"
            ) from None

    def tensor(texts: list[bytes], row: int) -> Parts:
        (indices, _), (values, kind), (shape, _) = (
            part(text, row, column) for column, text in enumerate(texts)
        )
        if kind is not dtype:
            raise InvalidArgumentError.of(
                f"Requested SparseTensor of type {dtype.runtime_name} but SparseTensor[{row}]."
                f"values.dtype() == {kind.runtime_name}"
            )
        return indices, values, shape

    def deserialize(serialized: Array) -> Parts:
        if serialized.ndim != 2 or serialized.shape[1] != 3:
            raise InvalidArgumentError.of(
                "Serialized sparse should have 3 as the last dimension but received shape "
                f"{shape_text(serialized.shape)}"
            )
        if not len(serialized):
            raise InvalidArgumentError.of(
                "Must have at least 1 serialized SparseTensor, but input matrix has 0 rows"
            )
        found = [tensor(texts, row) for row, texts in enumerate(serialized.tolist())]
        return _below(found)

    return deserialize


def _below(found: Sequence[Parts]) -> Parts:
    """Sparse tensors of one rank below one another."""
    rank = found[0][2].size
    for row, (_, _, shape) in enumerate(found):
        if shape.size != rank:
            raise InvalidArgumentError.of(
                f"Inconsistent shape across SparseTensors: rank prior to SparseTensor[{row}] "
                f"was: {rank} but rank of SparseTensor[{row}] is: {shape.size}"
            )
    numbers = np.repeat(np.arange(len(found)), [len(indices) for indices, _, _ in found])
    below = np.concatenate([indices for indices, _, _ in found])
    sizes = np.max([shape for _, _, shape in found], axis=0, initial=0)
    return (
        np.concatenate([numbers[:, None], below], axis=1).astype(np.int64),
        np.concatenate([values for _, values, _ in found]),
        np.concatenate([[len(found)], sizes]).astype(np.int64),
    )


# ---- DeserializeSparse ----


@kernel("DeserializeSparse", device="CPU", is_maker=True)
def deserialize_sparse(xp: Any, dtype: DType, Tserialized: DType) -> Callable[[Array], Parts]:
    """The sparse tensor of three parts, or those of batches below one another."""
    of_rows = deserialize_many_sparse(xp, dtype)

    def rows(serialized: Array) -> Parts:
        flat = serialized.reshape(-1, 3)
        return of_rows(flat) if Tserialized is not variant else _below(list(flat))

    def deserialize(serialized: Array) -> Parts:
        if serialized.ndim < 1 or serialized.shape[-1] != 3:
            raise InvalidArgumentError.of(
                "Serialized sparse should have 3 as the last dimension but received shape "
                f"{shape_text(serialized.shape)}"
            )
        batches = serialized.shape[:-1]
        if not serialized.size:
            empty = np.zeros((0, len(batches)), np.int64)
            return empty, np.zeros(0, dtype.numpy), np.array(batches, np.int64)
        indices, values, shape = rows(serialized)
        # The first column counts all rows: it becomes one for each dimension of batches.
        places = (
            np.stack(np.unravel_index(indices[:, 0], batches), 1) if batches else indices[:, :0]
        )
        return (
            np.concatenate([places, indices[:, 1:]], axis=1).astype(np.int64),
            values,
            np.concatenate([batches, shape[1:]]).astype(np.int64),
        )

    return deserialize
