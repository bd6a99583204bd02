"""Looking up rows of embedding tables."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import int32
from tfsession.graph.build import build, convert_n_to_tensor, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import colocate_with, name_scope
from tfsession.ops import array, clip, indexing, math, reduction
from tfsession.variables.partitions import PartitionedVariable
from tfsession.variables.resource import ResourceVariable

__all__ = ["embedding_lookup"]


def _rows(params: Any, ids: Any, name: str | None = None) -> Tensor:
    """Reads rows of a variable without reading all of it."""
    if isinstance(params, ResourceVariable):
        return params.sparse_read(ids, name=name)
    return indexing.gather(params, ids, name=name)


def _limited(rows: Tensor, ids: Tensor, max_norm: Any) -> Tensor:
    """Scales each looked-up embedding down to the L2 norm `max_norm`."""
    if max_norm is None:
        return rows
    ids_rank = None if ids.dims is None else len(ids.dims)
    if ids_rank is not None and rows.dims is not None:
        axes: Any = list(range(ids_rank, len(rows.dims)))
    else:
        axes = math.range(array.rank(ids), array.rank(rows))
    result: Tensor = clip.clip_by_norm(rows, max_norm, axes=axes)
    return result


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """Reads rows of a table that may be divided into several tensors.

    Args:
      params: [rows, ...], or a list of such: the parts of one table.
      ids: int32 or int64, any shape; the rows.
      partition_strategy: which part holds a row: "mod": part ``id % parts``; "div": parts hold
        consecutive rows, the first ``rows % parts`` of them one more than the others.
      name: a name for the operation.
      validate_indices: accepted for compatibility.
      max_norm: the largest L2 norm of a result; larger ones are scaled down.

    Returns:
      ids.shape + params.shape[1:], of the dtype of `params`. Its gradient is IndexedSlices.

    Raises:
      ValueError: there are no parts, or the strategy is unknown.

    Source: TensorFlow 1.15 `tf.nn.embedding_lookup`.
    """
    if params is None or (isinstance(params, (list, tuple)) and not params):
        raise ValueError("Need at least one param")
    is_divided = isinstance(params, (list, tuple, PartitionedVariable))
    parts = list(params) if is_divided else [params]
    with name_scope(name, "embedding_lookup", [*parts, ids]) as scope:
        # A resource variable stays one, so that only the rows are read.
        if not any(isinstance(part, ResourceVariable) for part in parts):
            parts = convert_n_to_tensor(parts, name="params")
        ids = convert_to_tensor(ids, name="ids")
        if len(parts) == 1:
            with colocate_with(parts[0].op):
                rows = _limited(_rows(parts[0], ids, name=scope), ids, max_norm)
                result: Tensor = array.identity(rows)
                return result
        return _lookup_in_parts(parts, ids, partition_strategy, max_norm)


def _lookup_in_parts(
    parts: list[Any], ids: Tensor, partition_strategy: str, max_norm: Any
) -> Tensor:
    count = len(parts)
    flat = array.reshape(ids, [-1])
    positions = math.range(array.size(flat))
    if partition_strategy == "mod":
        part_of = flat % count
        row_of = flat // count
    elif partition_strategy == "div":
        total = _total_rows(parts, flat.dtype)
        per_part, extras = total // count, total % count
        part_of = math.maximum(flat // (per_part + 1), (flat - extras) // per_part)
        row_of = indexing.where(part_of < extras, flat % (per_part + 1), (flat - extras) % per_part)
    else:
        raise ValueError(f"Unrecognized partition strategy: {partition_strategy}")
    part_of = math.cast(part_of, int32)
    rows_by_part = build("DynamicPartition", row_of, part_of, num_partitions=count)
    positions_by_part = build("DynamicPartition", positions, part_of, num_partitions=count)
    found = []
    for part, rows in zip(parts, rows_by_part, strict=True):
        with colocate_with(part.op):
            found.append(_rows(part, rows))
    joined = build("DynamicStitch", positions_by_part, found)
    element_dims = convert_to_tensor(parts[0]).shape[1:]
    if element_dims.is_fully_defined():
        tail: Any = element_dims.as_list()
    else:
        tail = array.shape(parts[0])[1:]
    result = array.reshape(joined, array.concat([array.shape(ids), tail], 0))
    if ids.dims is not None and element_dims.dims is not None:
        result.set_shape(ids.shape.concatenate(element_dims))
    return _limited(result, ids, max_norm)


def _total_rows(parts: list[Any], dtype: Any) -> Tensor:
    sizes = [part.get_shape().as_list()[0] for part in parts]
    if None not in sizes:
        return convert_to_tensor(sum(sizes), dtype)
    counts = [array.shape(part, out_type=dtype)[0] for part in parts]
    return reduction.reduce_sum(array.stack(counts))
