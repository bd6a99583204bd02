"""Saving tensors to files and reading them back; the functions are those of `tf.raw_ops`.

A part of a tensor is described by a text such as ``4 3 1,2:-``: the shape of the whole, and begin
and length of the part along each axis, or ``-`` for all of it. An empty text stands for the whole.
"""

from __future__ import annotations

import numpy as np

from tfsession import errors, shapes
from tfsession.formats.tensor_slices import shape_and_slice
from tfsession.graph.operation import Tensor
from tfsession.graph.static_values import constant_value
from tfsession.registry import family, op, shape, undefined_gradient
from tfsession.shapes import Dims

family(is_light=True, is_storage=True)


# ---- SaveV2, Save, SaveSlices ----

op(
    "SaveV2(prefix: string, tensor_names: string, shape_and_slices: string, tensors: dtypes)",
    "dtypes: list(type) >= 1",
    stateful=True,
)
op("Save(filename: string, tensor_names: string, data: T)", "T: list(type) >= 1", stateful=True)
op(
    "SaveSlices(filename: string, tensor_names: string, shapes_and_slices: string, data: T)",
    "T: list(type) >= 1",
    stateful=True,
)
undefined_gradient("SaveV2", "Save", "SaveSlices")


def _check_counts(file: Tensor, names: list[Tensor], tensors: list[Tensor]) -> None:
    """Checks that there are as many texts as tensors."""
    shapes.with_rank(file.dims, 0)
    for texts in names:
        shapes.with_value(shapes.with_rank(texts.dims, 1)[0], len(tensors))


@shape("SaveV2")
def save_v2_shape(
    prefix: Tensor, tensor_names: Tensor, shape_and_slices: Tensor, tensors: list[Tensor]
) -> list[Dims]:
    _check_counts(prefix, [tensor_names, shape_and_slices], tensors)
    return []


@shape("Save")
def save_shape(filename: Tensor, tensor_names: Tensor, data: list[Tensor]) -> list[Dims]:
    _check_counts(filename, [tensor_names], data)
    return []


@shape("SaveSlices")
def save_slices_shape(
    filename: Tensor, tensor_names: Tensor, shapes_and_slices: Tensor, data: list[Tensor]
) -> list[Dims]:
    _check_counts(filename, [tensor_names, shapes_and_slices], data)
    return []


# ---- RestoreV2, Restore, RestoreSlice ----

op(
    "RestoreV2(prefix: string, tensor_names: string, shape_and_slices: string) -> tensors: dtypes",
    "dtypes: list(type) >= 1",
    stateful=True,
)
op(
    "Restore(file_pattern: string, tensor_name: string) -> tensor: dt",
    "dt: type; preferred_shard: int = -1",
    stateful=True,
)
op(
    "RestoreSlice(file_pattern: string, tensor_name: string, shape_and_slice: string)"
    " -> tensor: dt",
    "dt: type; preferred_shard: int = -1",
    stateful=True,
)
undefined_gradient("RestoreV2", "Restore", "RestoreSlice")


@shape("RestoreV2")
def restore_v2_shape(
    prefix: Tensor, tensor_names: Tensor, shape_and_slices: Tensor, dtypes: list[object]
) -> list[Dims]:
    shapes.with_rank(prefix.dims, 0)
    names, specs = (shapes.with_rank(t.dims, 1) for t in (tensor_names, shape_and_slices))
    if None not in (names[0], specs[0]) and names != specs:
        raise ValueError(
            f"Dimension 0 in both shapes must be equal, but are {names[0]} and {specs[0]}. Shapes "
            f"are {shapes.format_dims(names)} and {shapes.format_dims(specs)}."
        )
    value = constant_value(shape_and_slices)
    if value is None:
        return [None] * len(dtypes)
    if len(value) != len(dtypes):
        raise ValueError("The number of shape_and_slice doesn't match tensor outputs.")
    return [_dims_of_part(spec) for spec in value]


@shape("Restore")
def restore_shape(file_pattern: Tensor, tensor_name: Tensor) -> Dims:
    shapes.with_rank(file_pattern.dims, 0)
    shapes.with_rank(tensor_name.dims, 0)
    return None


@shape("RestoreSlice")
def restore_slice_shape(file_pattern: Tensor, tensor_name: Tensor, shape_and_slice: Tensor) -> Dims:
    shapes.with_rank(file_pattern.dims, 0)
    shapes.with_rank(tensor_name.dims, 0)
    shapes.with_rank(shape_and_slice.dims, 0)
    value = constant_value(shape_and_slice)
    return None if value is None else _dims_of_part(np.asarray(value).item())


def _dims_of_part(spec: bytes) -> Dims:
    """The shape of the part that a text describes; None for a whole tensor.

    Raises:
      ValueError: it describes none.
    """
    if not spec:
        return None
    try:
        return shape_and_slice(spec.decode(errors="replace"))[2]
    except errors.InvalidArgumentError as error:
        raise ValueError(error.message) from None


# ---- MergeV2Checkpoints ----

op(
    "MergeV2Checkpoints(checkpoint_prefixes: string, destination_prefix: string)",
    "delete_old_dirs: bool = true",
    stateful=True,
)
undefined_gradient("MergeV2Checkpoints")


@shape("MergeV2Checkpoints")
def merge_v2_checkpoints_shape(
    checkpoint_prefixes: Tensor, destination_prefix: Tensor
) -> list[Dims]:
    shapes.with_rank(checkpoint_prefixes.dims, 1)
    shapes.with_rank(destination_prefix.dims, 0)
    return []


# ---- ShardedFilename, ShardedFilespec ----

op("ShardedFilename(basename: string, shard: int32, num_shards: int32) -> filename: string")
op("ShardedFilespec(basename: string, num_shards: int32) -> filename: string")
undefined_gradient("ShardedFilename", "ShardedFilespec")


@shape("ShardedFilename")
def sharded_filename_shape(basename: Tensor, shard: Tensor, num_shards: Tensor) -> Dims:
    for tensor in (basename, shard, num_shards):
        shapes.with_rank(tensor.dims, 0)
    return ()


@shape("ShardedFilespec")
def sharded_filespec_shape(basename: Tensor, num_shards: Tensor) -> Dims:
    for tensor in (basename, num_shards):
        shapes.with_rank(tensor.dims, 0)
    return ()
