"""Kernels of the ops that save tensors to files and restore them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType
from tfsession.errors import InvalidArgumentError, NotFoundError
from tfsession.formats import tensor_bundle
from tfsession.formats.checkpoint import nearest_name, open_checkpoint
from tfsession.formats.slice_table import SliceTableReader, SliceTableWriter
from tfsession.formats.streams import path_of
from tfsession.formats.tensor_bundle import BundleReader, BundleWriter
from tfsession.formats.tensor_slices import TensorSlice, shape_and_slice
from tfsession.registry import kernel
from tfsession.shapes import format_dims

from .io import text

Array = Any
Reader = BundleReader | SliceTableReader


def _path(value: Array) -> str:
    return path_of(np.asarray(value, object).item())


def _texts(values: Array, count: int, what: str) -> list[str]:
    """A vector of texts, one for each tensor.

    Raises:
      InvalidArgumentError: their number is another.
    """
    found = [os.fsdecode(value) for value in np.ravel(np.asarray(values, object))]
    if len(found) != count:
        raise InvalidArgumentError.of(
            f"Got {len(found)} {what} but {count} tensors: there must be as many"
        )
    return found


# ---- SaveV2 ----


@kernel("SaveV2", device="CPU", brings=("tensors",))
def save_v2(
    xp: Any,
    prefix: Array,
    tensor_names: Array,
    shape_and_slices: Array,
    *tensors: Array,
    dtypes: Sequence[DType],
) -> None:
    """Writes tensor after tensor out of the memory in which they are."""
    names = _texts(tensor_names, len(tensors), "tensor_names")
    specs = _texts(shape_and_slices, len(tensors), "shape_and_slices")
    with BundleWriter(_path(prefix)) as writer:
        for name, spec, tensor, dtype in zip(names, specs, tensors, dtypes, strict=True):
            # Here what is on a GPU comes to the host; it goes with the next one.
            array = np.asarray(tensor)
            if spec:
                shape, part = _checked_part(spec, array)
                writer.add_slice(name, shape, part, array, dtype)
            else:
                writer.add(name, array, dtype)


def _checked_part(spec: str, array: np.ndarray) -> tuple[tuple[int, ...], TensorSlice]:
    """The shape of the whole and the part that `array` is of it."""
    shape, part, dims = shape_and_slice(spec)
    if dims != array.shape:
        raise InvalidArgumentError.of(
            "Slice in shape_and_slice specification does not match the shape of the tensor to  "
            f"save: {spec}, tensor: {format_dims(array.shape)}"
        )
    return shape, part


# ---- Save, SaveSlices ----


@kernel("Save", device="CPU")
def save(xp: Any, filename: Array, tensor_names: Array, *data: Array, T: Sequence[DType]) -> None:
    _save_slices(filename, tensor_names, [""] * len(data), data, T)


@kernel("SaveSlices", device="CPU")
def save_slices(
    xp: Any,
    filename: Array,
    tensor_names: Array,
    shapes_and_slices: Array,
    *data: Array,
    T: Sequence[DType],
) -> None:
    specs = _texts(shapes_and_slices, len(data), "shapes_and_slices")
    _save_slices(filename, tensor_names, specs, data, T)


def _save_slices(
    filename: Array, tensor_names: Array, specs: Sequence[str], data: Any, types: Sequence[DType]
) -> None:
    names = _texts(tensor_names, len(data), "tensor_names")
    writer = SliceTableWriter(_path(filename))
    for name, spec, tensor, dtype in zip(names, specs, data, types, strict=True):
        array = np.asarray(tensor)
        shape, part = (
            _checked_part(spec, array) if spec else (array.shape, TensorSlice.whole(array.ndim))
        )
        writer.add(name, shape, part, array, dtype)
    writer.finish()


# ---- RestoreV2 ----


@kernel("RestoreV2", device="CPU")
def restore_v2(
    xp: Any, prefix: Array, tensor_names: Array, shape_and_slices: Array, dtypes: Sequence[DType]
) -> Any:
    """Reads what was asked for; looks at the names, dtypes and shapes of all before that."""
    names = _texts(tensor_names, len(dtypes), "tensor_names")
    specs = _texts(shape_and_slices, len(dtypes), "shape_and_slices")
    with open_checkpoint(_path(prefix)) as reader:
        parts = [
            _found(reader, name, spec, dtype)
            for name, spec, dtype in zip(names, specs, dtypes, strict=True)
        ]
        values = [_value(reader, name, part) for name, part in zip(names, parts, strict=True)]
    return tuple(values) if len(values) > 1 else values[0]


def _found(reader: Reader, name: str, spec: str, dtype: DType) -> TensorSlice | None:
    """The part that is wanted of a tensor; None for all of it.

    Raises:
      NotFoundError: there is no such tensor.
      InvalidArgumentError: it has another dtype or shape.
    """
    try:
        stored, shape = reader.dtype_and_shape(name)
    except NotFoundError as error:
        near = nearest_name(name, reader)
        if near:
            error.add_note(f"the nearest name in the checkpoint is {near!r}")
        raise
    is_old = isinstance(reader, SliceTableReader)
    if stored is not dtype:
        raise InvalidArgumentError.of(_other_dtype(is_old, name, dtype, stored))
    if not spec:
        return None
    wanted, part, _ = shape_and_slice(spec)
    if wanted != shape:
        raise InvalidArgumentError.of(_other_shape(is_old, name, wanted, shape))
    return part


def _other_dtype(is_old: bool, name: str, wanted: DType, stored: DType) -> str:
    if is_old:
        return (
            f"Expected to restore a tensor of type {wanted.runtime_name}, got a tensor of type "
            f"{stored.runtime_name} instead: tensor_name = {name}"
        )
    return (
        f"tensor_name = {name}; expected dtype {wanted.runtime_name} does not equal original dtype "
        f"{stored.runtime_name}"
    )


def _other_shape(is_old: bool, name: str, wanted: tuple[int, ...], stored: tuple[int, ...]) -> str:
    if is_old:
        return (
            "Shape in shape_and_slice spec does not match the shape in the save file: "
            f"{format_dims(wanted)}, save file shape: {format_dims(stored)}"
        )
    return (
        f"tensor_name = {name}; shape in shape_and_slice spec {format_dims(wanted)} does not match "
        f"the shape stored in checkpoint: {format_dims(stored)}"
    )


def _value(reader: Reader, name: str, part: TensorSlice | None) -> np.ndarray:
    return reader.read(name) if part is None else reader.read_slice(name, part)


# ---- Restore, RestoreSlice ----


@kernel("Restore", device="CPU")
def restore(xp: Any, file_pattern: Array, tensor_name: Array, dt: DType) -> Any:
    return _restored(file_pattern, tensor_name, "", dt)


@kernel("RestoreSlice", device="CPU")
def restore_slice(
    xp: Any, file_pattern: Array, tensor_name: Array, shape_and_slice: Array, dt: DType
) -> Any:
    return _restored(file_pattern, tensor_name, _path(shape_and_slice), dt)


def _restored(file_pattern: Array, tensor_name: Array, spec: str, dtype: DType) -> Any:
    name = _path(tensor_name)
    with SliceTableReader(_path(file_pattern)) as reader:
        return _value(reader, name, _found(reader, name, spec, dtype))


# ---- MergeV2Checkpoints ----


@kernel("MergeV2Checkpoints", device="CPU")
def merge_v2_checkpoints(
    xp: Any, checkpoint_prefixes: Array, destination_prefix: Array, delete_old_dirs: bool
) -> None:
    prefixes = [path_of(p) for p in np.ravel(np.asarray(checkpoint_prefixes, object))]
    tensor_bundle.merge(prefixes, _path(destination_prefix), delete_old_dirs)


# ---- ShardedFilename, ShardedFilespec ----


@kernel("ShardedFilename", device="CPU")
def sharded_filename(xp: Any, basename: Array, shard: Array, num_shards: Array) -> Any:
    numbers = f"-{int(shard):05d}-of-{int(num_shards):05d}"
    return text(np.asarray(basename, object).item() + numbers.encode())


@kernel("ShardedFilespec", device="CPU")
def sharded_filespec(xp: Any, basename: Array, num_shards: Array) -> Any:
    return text(np.asarray(basename, object).item() + f"-?????-of-{int(num_shards):05d}".encode())
