"""Looking up rows of embedding tables."""

from __future__ import annotations

import warnings
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, int32
from tfsession.graph.build import TensorLike, as_list, build, convert_n_to_tensor, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import colocate_with, name_scope
from tfsession.ops import array, clip, indexing, math, rearrange, reduction, sparse
from tfsession.shapes import TensorShape
from tfsession.variables.partitions import PartitionedVariable
from tfsession.variables.resource import ResourceVariable

__all__ = ["embedding_lookup", "embedding_lookup_sparse", "safe_embedding_lookup_sparse"]


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
    ids: TensorLike,
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


def _total_rows(parts: list[Any], dtype: DTypeLike) -> Tensor:
    shapes = [part.get_shape() for part in parts]
    sizes = [None if shape.dims is None else shape[0].value for shape in shapes]
    if None not in sizes:
        return convert_to_tensor(sum(sizes), dtype)
    counts = [array.shape(part, out_type=dtype)[0] for part in parts]
    return reduction.reduce_sum(array.stack(counts))


# ---- Embeddings of sparse ids ----


def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: Any = None,
) -> Tensor:
    """Looks up the embeddings of the ids of each row, and combines them to one.

    Args:
      params: [ids, ...], or a list of such: the parts of one table.
      sp_ids: SparseTensor [rows, n] of int32 or int64 ids, with none of the rows empty.
      sp_weights: SparseTensor of a weight for each id, or None for 1.
      partition_strategy: "mod" or "div", how the table is divided; see `embedding_lookup`.
      name: prefix of the operations' names.
      combiner: "mean", "sqrtn" (sum divided by the root of the sum of squared weights) or "sum";
        "mean" when None.
      max_norm: the largest L2 norm of an embedding; larger ones are scaled down first.

    Returns:
      [rows, ...], of the dtype of the table.

    Raises:
      TypeError: ids or weights are not sparse.
      ValueError: the combiner is unknown, or weights do not fit the ids.

    Source: TensorFlow 1.15 `tf.nn.embedding_lookup_sparse`.
    """
    if combiner is None:
        warnings.warn(
            'The default value of combiner will change from "mean" to "sqrtn" after 2016/11/01.',
            stacklevel=2,
        )
        combiner = "mean"
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    parts = as_list(params)
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError("sp_ids must be SparseTensor")
    if sp_weights is not None:
        if not isinstance(sp_weights, SparseTensor):
            raise TypeError("sp_weights must be either None or SparseTensor")
        for part in ("indices", "values", "dense_shape"):
            getattr(sp_ids, part).shape.assert_is_compatible_with(getattr(sp_weights, part).shape)
    with name_scope(name, "embedding_lookup_sparse", [*parts, sp_ids]) as scope:
        segments = math.cast(sp_ids.indices[:, 0], dtypes.int32)
        ids, places = indexing.unique(sp_ids.values)
        rows = embedding_lookup(
            parts, ids, partition_strategy=partition_strategy, max_norm=max_norm
        )
        if rows.dtype in (dtypes.float16, dtypes.bfloat16):
            rows = math.cast(rows, dtypes.float32)
        if sp_weights is None:
            combine = {
                "mean": sparse.sparse_segment_mean,
                "sqrtn": sparse.sparse_segment_sqrt_n,
                "sum": sparse.sparse_segment_sum,
            }[combiner]
            return combine(rows, places, segments, name=scope)
        weights = math.cast(sp_weights.values, rows.dtype)
        return _weighted(indexing.gather(rows, places), weights, segments, combiner, scope)


def _weighted(rows: Tensor, weights: Tensor, segments: Tensor, combiner: str, scope: str) -> Tensor:
    """The weighted sum of the rows of each segment, divided as the combiner says."""
    ones = array.fill(array.expand_dims(array.rank(rows) - 1, 0), 1)
    dims, rank = weights.dims, rows.shape.ndims
    weights = array.reshape(weights, array.concat([array.shape(weights), ones], 0))
    if dims is not None and rank is not None:
        weights.set_shape((*dims, *[1] * (rank - 1)))
    if combiner == "sum":
        return reduction.segment_sum(rows * weights, segments, name=scope)
    total = reduction.segment_sum(rows * weights, segments)
    if combiner == "mean":
        size = reduction.segment_sum(weights, segments)
    else:
        size = math.sqrt(reduction.segment_sum(math.pow(weights, 2), segments))
    result: Tensor = build("RealDiv", total, size, name=scope)
    return result


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: SparseTensor,
    sparse_weights: SparseTensor | None = None,
    combiner: str = "mean",
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: Any = None,
) -> Tensor:
    """Looks up and combines embeddings; rows may be empty, and ids or weights below 0.

    Args:
      embedding_weights: [ids, size], or a list of such: the parts of one table.
      sparse_ids: SparseTensor [..., n] of int64 ids; negative ones are left out.
      sparse_weights: SparseTensor of a weight for each id, or None for 1; elements whose weight is
        not above 0 are left out unless the combiner is "sum".
      combiner: "mean", "sqrtn" or "sum"; see `embedding_lookup_sparse`.
      default_id: the id of empty rows; their embedding is 0 when None.
      name: prefix of the operations' names.
      partition_strategy: "div" or "mod", how the table is divided; see `embedding_lookup`.
      max_norm: the largest L2 norm of an embedding; larger ones are scaled down first.

    Returns:
      [..., size].

    Raises:
      ValueError: there is no table.

    Source: TensorFlow 1.15 `tf.nn.safe_embedding_lookup_sparse`.
    """
    if embedding_weights is None or not len(as_list(embedding_weights)):
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    dtype = None if sparse_weights is None else sparse_weights.dtype
    tables = [
        table
        if isinstance(table, ResourceVariable) and dtype in (None, table.dtype)
        else convert_to_tensor(table, dtype=dtype)
        for table in as_list(embedding_weights)
    ]
    with name_scope(name, "embedding_lookup", [*tables, sparse_ids, sparse_weights]) as scope:
        sizes = sparse_ids.dense_shape
        known_rank = sizes.shape[0].value
        rank = array.size(sizes) if known_rank is None else known_rank
        front = indexing.slice(sizes, [0], array.stack([rank - 1]))
        matrix = array.stack([reduction.reduce_prod(front), indexing.gather(sizes, rank - 1)])
        sparse_ids = sparse.sparse_reshape(sparse_ids, matrix)
        if sparse_weights is not None:
            sparse_weights = SparseTensor(
                sparse_ids.indices, sparse_weights.values, sparse_ids.dense_shape
            )
        sparse_ids, sparse_weights = _pruned(sparse_ids, sparse_weights, combiner)
        sparse_ids, is_empty = sparse.sparse_fill_empty_rows(sparse_ids, default_id or 0)
        if sparse_weights is not None:
            sparse_weights, _ = sparse.sparse_fill_empty_rows(sparse_weights, 1.0)
        result = embedding_lookup_sparse(
            tables,
            sparse_ids,
            sparse_weights,
            partition_strategy=partition_strategy,
            name=None if default_id is None else scope,
            combiner=combiner,
            max_norm=max_norm,
        )
        if default_id is None:
            columns = array.stack([1, array.shape(result)[1]])
            is_empty = rearrange.tile(array.reshape(is_empty, [-1, 1]), columns)
            result = indexing.where(is_empty, array.zeros_like(result), result, name=scope)
        tail = indexing.slice(array.shape(result), [1], [-1])
        final = array.reshape(result, array.concat([math.cast(front, dtypes.int32), tail], 0))
        if known_rank is not None:
            final.set_shape(TensorShape([None] * (known_rank - 1)).concatenate(result.shape[1:]))
        return final


def _pruned(
    ids: SparseTensor, weights: SparseTensor | None, combiner: str
) -> tuple[SparseTensor, SparseTensor | None]:
    """The ids that are not negative and have, where that matters, a weight above 0."""
    is_valid = math.greater_equal(ids.values, 0)
    if weights is not None:
        if combiner != "sum":
            is_valid = math.logical_and(is_valid, math.greater(weights.values, 0))
        return sparse.sparse_retain(ids, is_valid), sparse.sparse_retain(weights, is_valid)
    return sparse.sparse_retain(ids, is_valid), None
