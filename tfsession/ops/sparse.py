"""Ops on sparse tensors, and sums over segments of picked rows.

An op takes the three parts of a SparseTensor; the public functions put them together again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, as_list, build, constant_of_array, convert_to_tensor
from tfsession.graph.composites import IndexedSlices, SparseTensor, SparseTensorValue
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.graph.static_values import (
    Known,
    constant_value,
    constant_value_as_shape,
    size_of_scalar,
)
from tfsession.ops import array, control_flow, indexing, math, rearrange, reduction
from tfsession.ops.array import deprecated_argument
from tfsession.registry import (
    gradient,
    no_gradient,
    op,
    ranks,
    shape,
    static_value,
    undefined_gradient,
)
from tfsession.shapes import (
    Dims,
    TensorShape,
    merge_dim,
    merge_dims,
    with_rank,
    with_rank_at_least,
)

__all__ = [
    "sparse_add",
    "sparse_concat",
    "sparse_fill_empty_rows",
    "sparse_mask",
    "sparse_maximum",
    "sparse_merge",
    "sparse_minimum",
    "sparse_reduce_max",
    "sparse_reduce_max_sparse",
    "sparse_reduce_sum",
    "sparse_reduce_sum_sparse",
    "sparse_reorder",
    "sparse_reset_shape",
    "sparse_reshape",
    "sparse_retain",
    "sparse_segment_mean",
    "sparse_segment_sqrt_n",
    "sparse_segment_sum",
    "sparse_slice",
    "sparse_softmax",
    "sparse_split",
    "sparse_tensor_dense_matmul",
    "sparse_tensor_to_dense",
    "sparse_to_dense",
    "sparse_to_indicator",
    "sparse_transpose",
]

_REAL = (
    "float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32, uint64"
)
_NUMBER = f"{_REAL}, complex64, complex128, qint8, quint8, qint32"
_PARTS = "input_indices: int64, input_values: T, input_shape: int64"
_PAIR = (
    "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, b_shape: int64"
)


def _sparse(value: Any) -> SparseTensor:
    """A SparseTensor of a SparseTensor or SparseTensorValue.

    Raises:
      TypeError: it is neither.
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        raise TypeError("Input must be a SparseTensor.")
    return value


def _sparse_dims(indices: Tensor, values: Tensor, dense_shape: Tensor) -> tuple[Any, Any]:
    """Count and rank, as far as the three parts of a sparse tensor tell them."""
    count, rank = with_rank(indices.dims, 2)
    count = merge_dim(count, with_rank(values.dims, 1)[0])
    rank = merge_dim(rank, with_rank(dense_shape.dims, 1)[0])
    return count, rank


# ---- SparseToDense ----

op(
    "SparseToDense(sparse_indices: Tindices, output_shape: Tindices, sparse_values: T,"
    " default_value: T) -> dense: T",
    "validate_indices: bool = true; T: type; Tindices: {int32, int64}",
)


@shape("SparseToDense")
def sparse_to_dense_shape(output_shape: Tensor) -> Dims:
    """The shape asked for."""
    return constant_value_as_shape(output_shape)


@gradient("SparseToDense")
def sparse_to_dense_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy at the values; the rest of it belongs to the default."""
    indices, output_shape, values, _ = op.inputs
    if indices.dims is None or len(indices.dims) != 2:
        indices = array.reshape(indices, array.stack([-1, array.size(output_shape)]))
    picked = indexing.gather_nd(dy, indices)
    rest = reduction.reduce_sum(dy) - reduction.reduce_sum(picked)
    sizes = array.shape(values)
    if values.dims is None or not values.dims:
        # One value may be at all the indices.
        axes = build("BroadcastGradientArgs", sizes, array.shape(picked))[0]
        picked = reduction.reduce_sum(picked, axes)
    return [None, None, array.reshape(picked, sizes), rest]


def sparse_to_dense(
    sparse_indices: TensorLike,
    output_shape: TensorLike,
    sparse_values: TensorLike,
    default_value: TensorLike = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """Makes a dense tensor of elements and their indices.

    Args:
      sparse_indices: [n, rank]; [n] or a scalar for rank 1; int32 or int64.
      output_shape: [rank], of the dtype of the indices.
      sparse_values: [n], or a scalar for all.
      default_value: scalar, the elements elsewhere.
      validate_indices: whether indices must be distinct and in row-major order.
      name: a name for the operation.

    Returns:
      A tensor of shape `output_shape`.

    Raises:
      InvalidArgumentError: when it runs: an index is outside, repeated or out of order.

    Source: TensorFlow 1.15 `tf.sparse_to_dense`.
    """
    result: Tensor = build(
        "SparseToDense",
        sparse_indices,
        output_shape,
        sparse_values,
        default_value,
        validate_indices=validate_indices,
        name=name,
    )
    return result


def sparse_tensor_to_dense(
    sp_input: Any,
    default_value: TensorLike | None = None,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """Makes a dense tensor of a sparse one.

    Args:
      sp_input: a SparseTensor.
      default_value: scalar, the elements that the sparse tensor lacks; 0 when None.
      validate_indices: whether indices must be distinct and in row-major order.
      name: a name for the operation.

    Raises:
      TypeError: `sp_input` is not sparse.
      InvalidArgumentError: when it runs: an index is outside, repeated or out of order.

    Source: TensorFlow 1.15 `tf.sparse.to_dense`.
    """
    sp_input = _sparse(sp_input)
    if default_value is None:
        default_value = b"" if sp_input.dtype is dtypes.string else 0
    result = sparse_to_dense(
        sp_input.indices,
        sp_input.dense_shape,
        sp_input.values,
        default_value,
        validate_indices,
        name,
    )
    result.set_shape(sp_input.shape)
    return result


# ---- SparseTensorDenseMatMul ----

op(
    "SparseTensorDenseMatMul(a_indices: Tindices, a_values: T, a_shape: int64, b: T) -> product: T",
    "T: type; Tindices: {int32, int64} = int64; adjoint_a: bool = false; adjoint_b: bool = false",
)


@shape("SparseTensorDenseMatMul")
def sparse_tensor_dense_matmul_shape(
    a_indices: Tensor,
    a_values: Tensor,
    a_shape: Tensor,
    b: Tensor,
    adjoint_a: bool,
    adjoint_b: bool,
) -> Dims:
    """[rows of a, columns of b]."""
    with_rank(a_indices.dims, 2)
    with_rank(a_values.dims, 1)
    a = with_rank(constant_value_as_shape(a_shape), 2)
    columns = with_rank(b.dims, 2)
    rows, inner = a[::-1] if adjoint_a else a
    inner_b, count = columns[::-1] if adjoint_b else columns
    merge_dim(inner, inner_b)
    return rows, count


@gradient("SparseTensorDenseMatMul")
def sparse_tensor_dense_matmul_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """For `b` a product again; for each value of `a` the product of two rows."""
    indices, values, sizes, b = op.inputs
    adjoint_a, adjoint_b = op.attrs["adjoint_a"], op.attrs["adjoint_b"]
    # Columns of the product by rows of `b` as it was multiplied.
    b_gradient = build(
        "SparseTensorDenseMatMul", indices, values, sizes, dy, adjoint_a=not adjoint_a
    )
    if adjoint_b:
        b_gradient = _adjoint(b_gradient)
        b = _adjoint(b)
    rows, columns = indices[:, 0], indices[:, 1]
    if adjoint_a:
        rows, columns = columns, rows
    of_a = indexing.gather(dy, rows)
    of_b = indexing.gather(b, columns)
    values_gradient = reduction.reduce_sum(of_a * math.conj(of_b), 1)
    if adjoint_a:
        values_gradient = math.conj(values_gradient)
    return [None, values_gradient, None, b_gradient]


def _adjoint(matrix: Tensor) -> Tensor:
    return rearrange.matrix_transpose(math.conj(matrix))


def sparse_tensor_dense_matmul(
    sp_a: TensorLike,
    b: TensorLike,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiplies a sparse matrix by a dense one.

    Args:
      sp_a: SparseTensor [rows, inner]; fastest where its indices are in row-major order.
      b: [inner, columns], of the dtype of `sp_a`. One of the two operands is sparse.
      adjoint_a: take the conjugate transpose of `sp_a`.
      adjoint_b: take the conjugate transpose of `b`.
      name: a name for the operation.

    Returns:
      [rows, columns].

    Source: TensorFlow 1.15 `tf.sparse.sparse_dense_matmul`.
    """
    if isinstance(b, (SparseTensor, SparseTensorValue)):
        flip = adjoint_a == adjoint_b
        product = sparse_tensor_dense_matmul(b, sp_a, adjoint_a ^ flip, adjoint_b ^ flip)
        return rearrange.transpose(product)
    sp_a = _sparse(sp_a)
    with name_scope(name, "SparseTensorDenseMatMul", [sp_a.indices, sp_a.values, b]):
        result: Tensor = build(
            "SparseTensorDenseMatMul",
            sp_a.indices,
            sp_a.values,
            sp_a.dense_shape,
            convert_to_tensor(b, name="b"),
            adjoint_a=adjoint_a,
            adjoint_b=adjoint_b,
        )
        return result


# ---- SparseAdd ----

op(
    f"SparseAdd({_PAIR}, thresh: Treal) -> sum_indices: int64, sum_values: T, sum_shape: int64",
    f"T: {{{_NUMBER}}}; Treal: {{{_REAL}}}",
)
op(
    "SparseAddGrad(backprop_val_grad: T, a_indices: int64, b_indices: int64, sum_indices: int64)"
    " -> a_val_grad: T, b_val_grad: T",
    f"T: {{{_NUMBER}}}",
)
op(
    "SparseTensorDenseAdd(a_indices: Tindices, a_values: T, a_shape: Tindices, b: T) -> output: T",
    f"T: {{{_NUMBER}}}; Tindices: {{int32, int64}}",
)
no_gradient("SparseAddGrad")


@shape("SparseAdd")
def sparse_add_shape(a_shape: Tensor) -> list[Dims]:
    """An unknown number of elements."""
    (rank,) = with_rank(a_shape.dims, 1)
    return [(None, rank), (None,), (rank,)]


@shape("SparseAddGrad")
def sparse_add_grad_shape(a_indices: Tensor, b_indices: Tensor) -> list[Dims]:
    """A number for each value of the operands."""
    return [with_rank(a_indices.dims, 2)[:1], with_rank(b_indices.dims, 2)[:1]]


@shape("SparseTensorDenseAdd")
def sparse_tensor_dense_add_shape(b: Tensor) -> Dims:
    """The shape of the dense operand."""
    return b.dims


@gradient("SparseAdd")
def sparse_add_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    """dy of each value that is left in the sum."""
    a, b = build("SparseAddGrad", dy[1], op.inputs[0], op.inputs[3], op.outputs[0])
    a.set_shape(op.inputs[1].shape)
    b.set_shape(op.inputs[4].shape)
    return [None, a, None, None, b, None, None]


@gradient("SparseTensorDenseAdd")
def sparse_tensor_dense_add_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy at the values, and all of it."""
    return [None, indexing.gather_nd(dy, op.inputs[0]), None, dy]


def sparse_add(a: Any, b: Any, threshold: TensorLike | None = None, thresh: Any = None) -> Any:
    """Adds two tensors of which at least one is sparse.

    Args:
      a: a SparseTensor or a tensor.
      b: a SparseTensor or a tensor of the same shape.
      threshold: elements of a sparse sum below it in size are left out; 0 when None.
      thresh: the older name of `threshold`.

    Returns:
      A SparseTensor if both are sparse, else a Tensor.

    Raises:
      TypeError: neither is sparse.

    Source: TensorFlow 1.15 `tf.sparse.add`.
    """
    threshold = deprecated_argument("threshold", threshold, "thresh", thresh)
    kinds = (SparseTensor, SparseTensorValue)
    if not isinstance(a, kinds) and not isinstance(b, kinds):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if isinstance(a, kinds) and isinstance(b, kinds):
        a, b = _sparse(a), _sparse(b)
        limit = convert_to_tensor(
            0 if threshold is None else threshold,
            dtype=a.dtype.real_dtype.base_dtype,
            name="thresh",
        )
        indices, values, sizes = build("SparseAdd", *_parts(a), *_parts(b), limit)
        a.shape.assert_is_compatible_with(b.shape)
        result = SparseTensor(indices, values, sizes)
        result.known_dims = merge_dims(a.shape.dims_tuple, b.shape.dims_tuple)
        return result
    if isinstance(b, kinds):
        a, b = b, a
    a = _sparse(a)
    return build("SparseTensorDenseAdd", *_parts(a), b)


def _parts(tensor: SparseTensor) -> tuple[Tensor, Tensor, Tensor]:
    return tensor.indices, tensor.values, tensor.dense_shape


# ---- SparseReorder ----

op(f"SparseReorder({_PARTS}) -> output_indices: int64, output_values: T", "T: type")


@shape("SparseReorder")
def sparse_reorder_shape(
    input_indices: Tensor, input_values: Tensor, input_shape: Tensor
) -> list[Dims]:
    """The same number of elements."""
    count, rank = _sparse_dims(input_indices, input_values, input_shape)
    return [(count, rank), (count,)]


@gradient("SparseReorder")
def sparse_reorder_gradient(op: Operation, _: Any, dy: Tensor) -> list[Any]:
    """dy in the order before."""
    indices, _values, sizes = op.inputs
    entries = math.range(array.shape(indices)[0])
    order = build("SparseReorder", indices, entries, sizes)[1]
    return [None, indexing.gather(dy, rearrange.invert_permutation(order)), None]


def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Brings the elements of a sparse tensor into row-major order.

    Source: TensorFlow 1.15 `tf.sparse.reorder`.
    """
    sp_input = _sparse(sp_input)
    indices, values = build("SparseReorder", *_parts(sp_input), name=name)
    result = SparseTensor(indices, values, array.identity(sp_input.dense_shape))
    result.known_dims = sp_input.shape.dims_tuple
    return result


def sparse_transpose(
    sp_input: Any, perm: TensorLike | None = None, name: str | None = None
) -> SparseTensor:
    """Puts the axes of a sparse tensor into another order.

    Args:
      sp_input: a SparseTensor.
      perm: [rank], for each axis of the result the axis it was; reversed when None.
      name: prefix of the operations' names.

    Source: TensorFlow 1.15 `tf.sparse.transpose`.
    """
    with name_scope(name, "SparseTranspose", [sp_input]):
        sp_input = _sparse(sp_input)
        if perm is None:
            dims = sp_input.dense_shape.dims
            if dims is not None and dims[0] is not None:
                perm = np.arange(dims[0] - 1, -1, -1, dtype=np.int32)
            else:
                rank = array.size(sp_input.dense_shape)
                perm = (rank - 1) - math.range(0, rank, 1)
        columns = rearrange.transpose(indexing.gather(rearrange.transpose(sp_input.indices), perm))
        sizes = indexing.gather(sp_input.dense_shape, perm)
        result = sparse_reorder(SparseTensor(columns, sp_input.values, sizes))
        order = perm if isinstance(perm, np.ndarray) else constant_value(convert_to_tensor(perm))
        known = sp_input.shape.dims_tuple
        if known is not None and order is not None:
            result.known_dims = tuple(known[axis] for axis in order.tolist())
        return result


# ---- SparseReshape ----

op(
    "SparseReshape(input_indices: int64, input_shape: int64, new_shape: int64)"
    " -> output_indices: int64, output_shape: int64"
)
undefined_gradient("SparseReshape")


@shape("SparseReshape")
def sparse_reshape_shape(
    input_indices: Tensor, input_shape: Tensor, new_shape: Tensor
) -> list[Dims]:
    """The same number of elements, of the new rank."""
    with_rank(input_shape.dims, 1)
    sizes = with_rank(new_shape.dims, 1)
    return [(with_rank(input_indices.dims, 2)[0], sizes[0]), sizes]


def sparse_reshape(sp_input: Any, shape: TensorLike, name: str | None = None) -> SparseTensor:
    """Gives a sparse tensor another shape of as many elements.

    Args:
      sp_input: a SparseTensor.
      shape: [new rank], int64; one size may be -1, for what is left.
      name: prefix of the operations' names.

    Raises:
      ValueError: the shapes are known and differ in the number of elements, or two sizes are -1.
      InvalidArgumentError: when it runs: they do.

    Source: TensorFlow 1.15 `tf.sparse.reshape`.
    """
    sp_input = _sparse(sp_input)
    sizes = convert_to_tensor(shape, dtype=dtypes.int64)
    with name_scope(name, "SparseReshape", [sp_input]) as scope:
        indices, new_shape = build(
            "SparseReshape", sp_input.indices, sp_input.dense_shape, sizes, name=scope
        )
        known = _reshaped(sp_input.shape, sizes)
        result = SparseTensor(indices, array.identity(sp_input.values), new_shape)
        result.known_dims = known
        return result


def _reshaped(old: TensorShape, shape: Tensor) -> Dims:
    """The new shape, completed and checked where the old one is known."""
    sizes = constant_value(shape)
    if sizes is None:
        return constant_value_as_shape(shape)
    new = [None if size == -1 else int(size) for size in sizes]
    total = old.num_elements()
    if total is None:
        return tuple(new)
    if new.count(None) > 1:
        raise ValueError(f"At most one dimension can be inferred (-1). Found: {sizes}")
    known = int(np.prod([n for n in new if n is not None], dtype=np.int64))
    full = tuple((total // known if known else 0) if n is None else n for n in new)
    reached = int(np.prod(full, dtype=np.int64))
    if reached != total:
        raise ValueError(
            f"Cannot reshape a tensor with {total} elements to shape {sizes.tolist()} "
            f"({reached} elements)."
        )
    return full


def sparse_expand_dims(
    sp_input: Any, axis: TensorLike | None = None, name: str | None = None
) -> SparseTensor:
    """Adds an axis of size 1.

    Args:
      sp_input: a SparseTensor.
      axis: where the new axis is, a scalar; -1, the last, when None.
      name: prefix of the operations' names.

    Source: TensorFlow 1.15 `tf.sparse.expand_dims`.
    """
    sp_input = _sparse(sp_input)
    rank = sp_input.dense_shape.shape[0].value
    axis = -1 if axis is None else axis
    where = constant_value(axis) if isinstance(axis, Tensor) else axis
    at: Any
    with name_scope(name, "expand_dims", [sp_input]):
        if rank is None or where is None:
            size = array.size(sp_input.dense_shape)
            axis = convert_to_tensor(axis, dtypes.int32)
            at = indexing.where(axis < 0, axis + size + 1, axis)
        elif not -rank - 1 <= where <= rank:
            raise ValueError(f"axis should be in the range [{-rank - 1}, {rank}]: {where}")
        else:
            at = int(where + rank + 1 if where < 0 else where)
        column = array.zeros(array.stack([array.shape(sp_input.indices)[0], 1]), dtypes.int64)
        indices = array.concat([sp_input.indices[:, :at], column, sp_input.indices[:, at:]], 1)
        one = constant_of_array(np.ones(1, np.int64))
        sizes = array.concat([sp_input.dense_shape[:at], one, sp_input.dense_shape[at:]], 0)
        return SparseTensor(indices, sp_input.values, sizes)


# ---- SparseSlice ----

op(
    "SparseSlice(indices: int64, values: T, shape: int64, start: int64, size: int64)"
    " -> output_indices: int64, output_values: T, output_shape: int64",
    "T: type",
)
op(
    "SparseSliceGrad(backprop_val_grad: T, input_indices: int64, input_start: int64,"
    " output_indices: int64) -> val_grad: T",
    f"T: {{{_NUMBER}}}",
)
undefined_gradient("SparseSliceGrad")


@shape("SparseSlice")
def sparse_slice_shape(shape: Tensor) -> list[Dims]:
    """An unknown number of elements."""
    (rank,) = with_rank(shape.dims, 1)
    return [(None, rank), (None,), (rank,)]


@shape("SparseSliceGrad")
def sparse_slice_grad_shape(input_indices: Tensor) -> Dims:
    """A number for each value of the input."""
    return with_rank(input_indices.dims, 2)[:1]


@gradient("SparseSlice")
def sparse_slice_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    """dy of each value that is in the block."""
    result = build("SparseSliceGrad", dy[1], op.inputs[0], op.inputs[3], op.outputs[0])
    result.set_shape(op.inputs[1].shape)
    return [None, result, None, None, None]


def sparse_slice(
    sp_input: Any, start: TensorLike, size: TensorLike, name: str | None = None
) -> SparseTensor:
    """Takes a block of a sparse tensor.

    Args:
      sp_input: a SparseTensor.
      start: [rank], int64, the first index of the block.
      size: [rank], int64, its shape; what is outside the tensor is left out.
      name: prefix of the operations' names.

    Source: TensorFlow 1.15 `tf.sparse.slice`.
    """
    sp_input = _sparse(sp_input)
    first = convert_to_tensor(start, dtypes.int64)
    sizes = convert_to_tensor(size, dtypes.int64)
    with name_scope(name, "SparseSlice", [sp_input]) as scope:
        return SparseTensor(*build("SparseSlice", *_parts(sp_input), first, sizes, name=scope))


# ---- SparseSplit ----

op(
    "SparseSplit(split_dim: int64, indices: int64, values: T, shape: int64)"
    " -> output_indices: num_split * int64, output_values: num_split * T,"
    " output_shape: num_split * int64",
    "num_split: int >= 1; T: type",
)
undefined_gradient("SparseSplit")


@shape("SparseSplit")
def sparse_split_shape(shape: Tensor, num_split: int) -> list[Dims]:
    """Unknown numbers of elements."""
    (rank,) = with_rank(shape.dims, 1)
    kinds: list[Dims] = [(None, rank), (None,), (rank,)]
    return [dims for dims in kinds for _ in range(num_split)]


class _KeywordsOnly:
    """What stands where nothing may be given by position."""

    def __repr__(self) -> str:
        return "KeywordRequired()"


_KEYWORDS_ONLY = _KeywordsOnly()


def sparse_split(
    keyword_required: Any = _KEYWORDS_ONLY,
    sp_input: Any = None,
    num_split: int | None = None,
    axis: TensorLike | None = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """Splits a sparse tensor along an axis.

    Args:
      keyword_required: nothing: the other arguments are given by name.
      sp_input: a SparseTensor.
      num_split: int, the number of parts; the first ones are larger by 1 where the size of the axis
        is no multiple of it.
      axis: scalar int, the axis.
      name: a name for the operation.
      split_dim: the older name of `axis`.

    Raises:
      ValueError: an argument is missing or given by position.
      TypeError: `sp_input` is not sparse.

    Source: TensorFlow 1.15 `tf.sparse.split`.
    """
    if keyword_required is not _KEYWORDS_ONLY:
        raise ValueError("Keyword arguments are required for this function.")
    if sp_input is None:
        raise ValueError("sp_input is required")
    if num_split is None:
        raise ValueError("num_split is required")
    if axis is None and split_dim is None:
        raise ValueError("axis is required")
    axis = deprecated_argument("axis", axis, "split_dim", split_dim)
    sp_input = _sparse(sp_input)
    parts = build(
        "SparseSplit",
        convert_to_tensor(axis, dtypes.int64),
        *_parts(sp_input),
        num_split=num_split,
        name=name,
    )
    return [SparseTensor(*part) for part in zip(*parts, strict=True)]


# ---- SparseConcat ----

op(
    "SparseConcat(indices: N * int64, values: N * T, shapes: N * int64)"
    " -> output_indices: int64, output_values: T, output_shape: int64",
    "concat_dim: int; N: int >= 2; T: type",
)
no_gradient("SparseConcat")


@shape("SparseConcat")
def sparse_concat_shape(
    indices: list[Tensor], values: list[Tensor], shapes: list[Tensor]
) -> list[Dims]:
    """All the elements."""
    total: int | None = 0
    rank: int | None = None
    for part in zip(indices, values, shapes, strict=True):
        count, part_rank = _sparse_dims(*part)
        total = None if total is None or count is None else total + count
        rank = merge_dim(rank, part_rank)
    return [(total, rank), (total,), (rank,)]


@static_value("SparseConcat")
def _sparse_concat_value(op: Operation, known: Known) -> Any:
    """The dense shape, which is that of the first input but for one axis."""
    count, axis = op.attrs["N"], op.attrs["concat_dim"]
    found = [known.value(tensor) for tensor in op.inputs[2 * count :]]
    shapes = [sizes for sizes in found if sizes is not None]
    if len(shapes) < count:
        return None
    whole = shapes[0].copy()
    whole[axis] = sum(sizes[axis] for sizes in shapes)
    return [None, None, whole]


def sparse_concat(
    axis: int | None,
    sp_inputs: Sequence[Any],
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: int | None = None,
    expand_nonconcat_dims: bool | None = None,
) -> SparseTensor:
    """Joins sparse tensors along an axis.

    Args:
      axis: int, the axis.
      sp_inputs: list of SparseTensor of one rank and dtype.
      name: prefix of the operations' names.
      expand_nonconcat_dim: whether the other axes may differ, and become as large as the largest;
        otherwise they must be equal.
      concat_dim: the older name of `axis`.
      expand_nonconcat_dims: the newer name of `expand_nonconcat_dim`.

    Raises:
      TypeError: an input is not sparse.
      InvalidArgumentError: when it runs: shapes do not fit.

    Source: TensorFlow 1.15 `tf.sparse.concat`.
    """
    if expand_nonconcat_dims is not None:
        expand_nonconcat_dim = expand_nonconcat_dims
    axis = deprecated_argument("axis", axis, "concat_dim", concat_dim)
    assert axis is not None
    tensors = [_sparse(tensor) for tensor in sp_inputs]
    if len(tensors) == 1:
        return tensors[0]
    shapes = [math.cast(tensor.dense_shape, dtypes.int64) for tensor in tensors]
    if expand_nonconcat_dim:
        largest = reduction.reduce_max(array.stack(shapes), 0)
        if axis == -1:
            shapes = [array.concat([largest[:-1], sizes[-1:]], 0) for sizes in shapes]
        else:
            shapes = [
                array.concat([largest[:axis], sizes[axis : axis + 1], largest[axis + 1 :]], 0)
                for sizes in shapes
            ]
    return SparseTensor(
        *build(
            "SparseConcat",
            [tensor.indices for tensor in tensors],
            [tensor.values for tensor in tensors],
            shapes,
            concat_dim=axis,
            name=name,
        )
    )


# ---- SparseSoftmax ----

op(
    "SparseSoftmax(sp_indices: int64, sp_values: T, sp_shape: int64) -> output: T",
    "T: {float32, float64}",
)


@shape("SparseSoftmax")
def sparse_softmax_shape(sp_indices: Tensor, sp_values: Tensor, sp_shape: Tensor) -> Dims:
    """A number for each value."""
    return (_sparse_dims(sp_indices, sp_values, sp_shape)[0],)


@gradient("SparseSoftmax")
def sparse_softmax_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """(dy - the sum of dy * y over the row) * y."""
    indices, _, sizes = op.inputs
    y = op.outputs[0]
    total = build("SparseReduceSum", indices, y * dy, sizes, [-1], keep_dims=True)
    centred = build("SparseDenseCwiseAdd", indices, dy, sizes, -total)
    return [None, centred * y, None]


def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Normalises the elements that each row of a sparse tensor has; the others stay absent.

    Args:
      sp_input: SparseTensor [..., rows, columns], float32 or float64.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.sparse.softmax`.
    """
    sp_input = _sparse(sp_input)
    with name_scope(name, "SparseSoftmax", [sp_input.indices, sp_input.values]):
        values = build("SparseSoftmax", *_parts(sp_input))
        return SparseTensor(sp_input.indices, values, sp_input.dense_shape)


# ---- SparseReduceSum, SparseReduceMax ----

for _name, _types in (("Sum", _NUMBER), ("Max", _REAL)):
    op(
        f"SparseReduce{_name}({_PARTS}, reduction_axes: int32) -> output: T",
        f"keep_dims: bool = false; T: {{{_types}}}",
    )
    op(
        f"SparseReduce{_name}Sparse({_PARTS}, reduction_axes: int32)"
        " -> output_indices: int64, output_values: T, output_shape: int64",
        f"keep_dims: bool = false; T: {{{_types}}}",
    )
undefined_gradient("SparseReduceSumSparse", "SparseReduceMax", "SparseReduceMaxSparse")


@shape("SparseReduceSum", "SparseReduceMax")
def sparse_reduce_shape(input_shape: Tensor, reduction_axes: Tensor, keep_dims: bool) -> Dims:
    """What is left without the reduced axes, or with size 1 in their place."""
    dims, axes = constant_value_as_shape(input_shape), constant_value(reduction_axes)
    if dims is None or axes is None:
        return (None,) * len(dims) if keep_dims and dims is not None else None
    rank = len(dims)
    reduced = set()
    for axis in axes.ravel().tolist():
        if not -rank <= axis < rank:
            return None  # an error when it runs
        reduced.add(axis % rank)
    if keep_dims:
        return tuple(1 if axis in reduced else n for axis, n in enumerate(dims))
    return tuple(n for axis, n in enumerate(dims) if axis not in reduced)


@shape("SparseReduceSumSparse", "SparseReduceMaxSparse")
def sparse_reduce_sparse_shape() -> list[Dims]:
    """An unknown number of elements."""
    return [(None, None), (None,), (None,)]


@gradient("SparseReduceSum")
def sparse_reduce_sum_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """dy of the sum that each value is part of."""
    indices, _, sizes, axes = op.inputs
    rank = array.size(sizes)
    kept = build(
        "DynamicStitch",
        [math.range(rank), (axes + rank) % rank],
        [math.cast(sizes, dtypes.int32), array.ones_like(axes)],
    )
    spread = array.reshape(dy, kept)
    scale = build("FloorDiv", sizes, math.cast(kept, dtypes.int64))
    # An axis of size 0 has no elements to look for.
    scale = math.maximum(scale, constant_of_array(np.array(1, np.int64)))
    return [None, indexing.gather_nd(spread, build("FloorDiv", indices, scale)), None, None]


def _reduction_axes(sp_input: SparseTensor, axis: Any) -> Any:
    if axis is not None:
        return axis
    dims = sp_input.dense_shape.dims
    if dims is not None and dims[0] is not None:
        return np.arange(dims[0], dtype=np.int32)
    return math.range(0, array.size(sp_input.dense_shape))


_REDUCTION = """Computes the {what} over axes of a sparse tensor.

    Args:
      sp_input: a SparseTensor.
      axis: int or list of int, the axes; all when None.
      keepdims: whether the axes stay, with size 1.
      reduction_axes: the older name of `axis`.
      keep_dims: the older name of `keepdims`.

    Returns:
      A {kind}.

    Source: TensorFlow 1.15 `tf.sparse.{name}`.
    """


def _reduce(op_type: str, sp_input: Any, options: tuple[Any, Any, Any, Any]) -> Any:
    axis, keepdims, reduction_axes, keep_dims = options
    keepdims = deprecated_argument("keepdims", keepdims, "keep_dims", keep_dims)
    axis = deprecated_argument("axis", axis, "reduction_axes", reduction_axes)
    sp_input = _sparse(sp_input)
    return build(
        op_type,
        *_parts(sp_input),
        _reduction_axes(sp_input, axis),
        keep_dims=bool(keepdims),
    )


def _dense_reduction(kind: str, what: str) -> Callable[..., Tensor]:
    def function(
        sp_input: Any,
        axis: Any = None,
        keepdims: Any = None,
        reduction_axes: Any = None,
        keep_dims: Any = None,
    ) -> Tensor:
        options = (axis, keepdims, reduction_axes, keep_dims)
        result: Tensor = _reduce(f"SparseReduce{kind}", sp_input, options)
        return result

    name = f"reduce_{kind.lower()}"
    function.__name__ = function.__qualname__ = f"sparse_{name}"
    function.__doc__ = _REDUCTION.format(what=what, kind="Tensor", name=name)
    return function


def _sparse_reduction(kind: str, what: str) -> Callable[..., SparseTensor]:
    def function(
        sp_input: Any,
        axis: Any = None,
        keepdims: Any = None,
        reduction_axes: Any = None,
        keep_dims: Any = None,
    ) -> SparseTensor:
        options = (axis, keepdims, reduction_axes, keep_dims)
        return SparseTensor(*_reduce(f"SparseReduce{kind}Sparse", sp_input, options))

    name = f"reduce_{kind.lower()}_sparse"
    function.__name__ = function.__qualname__ = f"sparse_{name}"
    function.__doc__ = _REDUCTION.format(what=what, kind="SparseTensor", name=name)
    return function


sparse_reduce_sum = _dense_reduction("Sum", "sum")
sparse_reduce_max = _dense_reduction("Max", "largest element present")
sparse_reduce_sum_sparse = _sparse_reduction("Sum", "sum")
sparse_reduce_max_sparse = _sparse_reduction("Max", "largest element present")


# ---- SparseFillEmptyRows ----

op(
    "SparseFillEmptyRows(indices: int64, values: T, dense_shape: int64, default_value: T)"
    " -> output_indices: int64, output_values: T, empty_row_indicator: bool,"
    " reverse_index_map: int64",
    "T: type",
)
op(
    "SparseFillEmptyRowsGrad(reverse_index_map: int64, grad_values: T)"
    " -> d_values: T, d_default_value: T",
    "T: type",
)
undefined_gradient("SparseFillEmptyRowsGrad")


@shape("SparseFillEmptyRows")
def sparse_fill_empty_rows_shape(
    indices: Tensor, values: Tensor, dense_shape: Tensor, default_value: Tensor
) -> list[Dims]:
    """An unknown number of elements, a truth value for each row."""
    count, rank = _sparse_dims(indices, values, dense_shape)
    with_rank(default_value.dims, 0)
    sizes = constant_value_as_shape(dense_shape)
    rows = sizes[0] if sizes else None
    return [(None, rank), (None,), (rows,), (count,)]


@shape("SparseFillEmptyRowsGrad")
def sparse_fill_empty_rows_grad_shape(reverse_index_map: Tensor, grad_values: Tensor) -> list[Dims]:
    """A number for each value, and one for the default."""
    with_rank(grad_values.dims, 1)
    return [with_rank(reverse_index_map.dims, 1), ()]


@gradient("SparseFillEmptyRows")
def sparse_fill_empty_rows_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    """dy of each value; the default has the sum of the others."""
    values, default = build("SparseFillEmptyRowsGrad", op.outputs[3], dy[1])
    return [None, values, None, default]


def sparse_fill_empty_rows(
    sp_input: Any, default_value: TensorLike, name: str | None = None
) -> tuple[SparseTensor, Tensor]:
    """Puts an element into each row that has none.

    Args:
      sp_input: SparseTensor [rows, ...].
      default_value: scalar, the new elements; they are at index 0 of the other axes.
      name: prefix of the operations' names.

    Returns:
      The SparseTensor, in row-major order of rows, and bool [rows]: which rows were empty.

    Source: TensorFlow 1.15 `tf.sparse.fill_empty_rows`.
    """
    sp_input = _sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [sp_input]):
        default = convert_to_tensor(default_value, dtype=sp_input.dtype)
        indices, values, is_empty, _ = build("SparseFillEmptyRows", *_parts(sp_input), default)
        return SparseTensor(indices, values, sp_input.dense_shape), is_empty


# ---- Sparse with dense, element by element ----

for _name in ("Add", "Mul", "Div"):
    op(
        f"SparseDenseCwise{_name}(sp_indices: int64, sp_values: T, sp_shape: int64, dense: T)"
        " -> output: T",
        f"T: {{{_NUMBER}}}",
    )


@shape("SparseDenseCwiseAdd", "SparseDenseCwiseMul", "SparseDenseCwiseDiv")
def sparse_dense_cwise_shape(sp_indices: Tensor) -> Dims:
    """A number for each value."""
    return with_rank(sp_indices.dims, 2)[:1]


@gradient("SparseDenseCwiseAdd")
def sparse_dense_cwise_add_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Not known in TensorFlow either."""
    raise NotImplementedError("Gradient for SparseDenseCwiseAdd is currently not implemented yet.")


@gradient("SparseDenseCwiseMul", "SparseDenseCwiseDiv")
def sparse_dense_cwise_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """A sum over the values that an element of the dense operand meets."""
    indices, x, sizes, y = op.inputs
    y_sizes = array.shape(y, out_type=dtypes.int64)
    added = array.expand_dims(array.size(sizes) - array.size(y_sizes), 0)
    ones = array.fill(added, constant_of_array(np.array(1, np.int64)))
    scale = build("FloorDiv", sizes, array.concat([ones, y_sizes], 0))
    places = build("FloorDiv", indices, scale)
    places = indexing.slice(places, array.concat([[0], added], 0), [-1, -1])
    met = indexing.gather_nd(y, places)
    if op.type == "SparseDenseCwiseMul":
        dx, terms = dy * met, dy * x
    else:
        dx, terms = dy / met, dy * (-x / (met * met))
    return [None, dx, None, build("ScatterNd", places, terms, y_sizes)]


def _operator(op_type: str, name: str) -> Callable[[SparseTensor, Any], SparseTensor]:
    def combine(x: SparseTensor, y: Any) -> SparseTensor:
        with name_scope(None, name, [x, y]) as scope:
            dense = convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
            return SparseTensor(
                x.indices, build(op_type, *_parts(x), dense, name=scope), x.dense_shape
            )

    combine.__doc__ = f"Combines the elements with those of a tensor: {op_type}."
    return combine


for _method, _op_type, _name in (
    ("__truediv__", "SparseDenseCwiseDiv", "truediv"),
    ("__mul__", "SparseDenseCwiseMul", "mul"),
):
    setattr(SparseTensor, _method, _operator(_op_type, _name))


def _reflected_product(x: SparseTensor, y: Any) -> Any:
    """The product of a dense tensor or a variable with a sparse tensor."""
    if not hasattr(y, "op"):
        return NotImplemented
    return x * y


setattr(SparseTensor, "__rmul__", _reflected_product)  # noqa: B010  # as the other operators


# ---- SparseSparseMaximum, SparseSparseMinimum ----

for _name, _types in (("Maximum", _REAL), ("Minimum", _NUMBER)):
    op(
        f"SparseSparse{_name}({_PAIR}) -> output_indices: int64, output_values: T",
        f"T: {{{_types}}}",
    )


ranks(
    "SparseSparseMaximum",
    "SparseSparseMinimum",
    a_values=1,
    a_shape=1,
    b_indices=2,
    b_values=1,
    b_shape=1,
)


@shape("SparseSparseMaximum", "SparseSparseMinimum")
def sparse_sparse_extreme_shape(a_indices: Tensor) -> list[Dims]:
    """An unknown number of elements."""
    return [(None, with_rank(a_indices.dims, 2)[1]), (None,)]


@gradient("SparseSparseMaximum", "SparseSparseMinimum")
def sparse_sparse_extreme_gradient(op: Operation, *dy: Tensor) -> list[Any]:
    """Not known in TensorFlow either."""
    raise NotImplementedError(f"Gradient for {op.type} is currently not implemented yet.")


def _extreme(op_type: str, sp_a: Any, sp_b: Any, name: str | None) -> SparseTensor:
    sp_a, sp_b = _sparse(sp_a), _sparse(sp_b)
    values = [sp_a.indices, sp_a.values, sp_b.indices, sp_b.values]
    with name_scope(name, op_type, values) as scope:
        indices, elements = build(op_type, *_parts(sp_a), *_parts(sp_b), name=scope)
    return SparseTensor(indices, elements, sp_a.dense_shape)


def sparse_maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """Takes the larger element of two sparse tensors of one shape; absent elements count as 0.

    Source: TensorFlow 1.15 `tf.sparse.maximum`.
    """
    return _extreme("SparseSparseMaximum", sp_a, sp_b, name)


def sparse_minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """Takes the smaller element of two sparse tensors of one shape; absent elements count as 0.

    Source: TensorFlow 1.15 `tf.sparse.minimum`.
    """
    return _extreme("SparseSparseMinimum", sp_a, sp_b, name)


# ---- Functions made of other ops ----


def sparse_from_dense(tensor: TensorLike, name: str | None = None) -> SparseTensor:
    """Makes a sparse tensor of the elements of a dense one that are not 0.

    Source: TensorFlow 1.15 `tf.sparse.from_dense`.
    """
    with name_scope(name, "dense_to_sparse"):
        dense = convert_to_tensor(tensor)
        zero = constant_of_array(
            np.array(b"" if dense.dtype is dtypes.string else 0, dense.dtype.base_dtype.numpy)
        )
        indices = indexing.where(math.not_equal(dense, zero))
        values = indexing.gather_nd(dense, indices)
        return SparseTensor(indices, values, array.shape(dense, out_type=dtypes.int64))


def sparse_eye(
    num_rows: TensorLike,
    num_columns: TensorLike | None = None,
    dtype: DTypeLike = dtypes.float32,
    name: str | None = None,
) -> SparseTensor:
    """Makes a sparse matrix with ones on the diagonal.

    Args:
      num_rows: scalar int.
      num_columns: scalar int; as many as rows when None.
      dtype: dtype of the ones.
      name: prefix of the operations' names.

    Source: TensorFlow 1.15 `tf.sparse.eye`.
    """
    with name_scope(name, "eye", [num_rows, num_columns]):
        rows = math.cast(num_rows, dtypes.int64)
        columns = rows if num_columns is None else math.cast(num_columns, dtypes.int64)
        size = math.minimum(rows, columns)
        diagonal = math.range(size)
        return SparseTensor(
            array.stack([diagonal, diagonal], axis=1),
            array.ones(array.expand_dims(size, 0), dtype=dtype),
            array.stack([rows, columns]),
        )


def sparse_retain(sp_input: Any, to_retain: TensorLike) -> SparseTensor:
    """Keeps some elements of a sparse tensor.

    Args:
      sp_input: SparseTensor with n elements.
      to_retain: [n], bool.

    Source: TensorFlow 1.15 `tf.sparse.retain`.
    """
    sp_input = _sparse(sp_input)
    keep = convert_to_tensor(to_retain)
    keep.shape.assert_has_rank(1)
    sp_input.values.shape[0].merge_with(keep.shape[0])
    kept = array.reshape(indexing.where(keep), [-1])
    return SparseTensor(
        indexing.gather(sp_input.indices, kept),
        indexing.gather(sp_input.values, kept),
        array.identity(sp_input.dense_shape),
    )


def sparse_reset_shape(sp_input: Any, new_shape: TensorLike | None = None) -> SparseTensor:
    """Gives a sparse tensor another dense shape, with the same elements.

    Args:
      sp_input: a SparseTensor.
      new_shape: [rank], integers, no smaller than the shape before; the smallest that has room for
        the elements when None.

    Raises:
      ValueError: ranks differ, or a size is known to be smaller than before.
      InvalidArgumentError: when it runs: a size is smaller than before.

    Source: TensorFlow 1.15 `tf.sparse.reset_shape`.
    """
    sp_input = _sparse(sp_input)
    indices, values = array.identity(sp_input.indices), array.identity(sp_input.values)
    before = array.identity(sp_input.dense_shape)
    if new_shape is None:
        # Without elements the smallest int64 wraps around to a positive number or stays below 0.
        last = reduction.reduce_max(indices, axis=0)
        sizes = math.maximum(
            constant_of_array(np.array(0, np.int64)), math.add(last, array.ones_like(before))
        )
        return SparseTensor(indices, values, sizes)
    sizes = math.cast(new_shape, dtypes.int64)
    sizes.shape.assert_has_rank(1)
    before.shape[0].merge_with(sizes.shape[0])
    old, new = constant_value_as_shape(before), constant_value_as_shape(sizes)
    if old is not None and new is not None and None not in (*old, *new):
        if len(old) != len(new):
            raise ValueError(
                f"Shapes {TensorShape(old)} and {TensorShape(new)} must have the same rank"
            )
        if any((m or 0) < (n or 0) for n, m in zip(old, new, strict=True)):
            raise ValueError(
                f"Requested dimension sizes {list(new)} should be no smaller than {list(old)}"
            )
    else:
        fits = reduction.reduce_all(math.less_equal(before, sizes))
        with control_dependencies([control_flow.Assert(fits, [before, sizes])]):
            sizes = array.identity(sizes)
    return SparseTensor(indices, values, sizes)


def sparse_merge(
    sp_ids: Any,
    sp_values: Any,
    vocab_size: Any,
    name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:
    """Puts values where ids say: a matrix of features, a row an example.

    Args:
      sp_ids: SparseTensor of int32 or int64 ids, or a list of such: the last indices of the result.
      sp_values: SparseTensor with the same indices: the values of the result.
      vocab_size: int, or a list of as many as there are ids: the last sizes of the result.
      name: prefix of the operations' names.
      already_sorted: whether ids rise within each row.

    Returns:
      SparseTensor [..., vocab_size].

    Raises:
      TypeError: an input is not sparse, or `vocab_size` is no list though `sp_ids` is.
      ValueError: there are not as many sizes as ids.

    Source: TensorFlow 1.15 `tf.sparse.merge`.
    """
    if isinstance(sp_ids, SparseTensorValue) or isinstance(sp_ids, SparseTensor):
        id_tensors = [_sparse(sp_ids)]
        if not isinstance(vocab_size, Tensor) and isinstance(vocab_size, (list, tuple)):
            raise TypeError("vocab_size has to be a scalar where sp_ids is a SparseTensor.")
        sizes = [vocab_size]
    else:
        if not isinstance(vocab_size, (list, tuple)):
            raise TypeError("vocab_size has to be a list of Tensors or Python ints. ")
        id_tensors, sizes = [_sparse(ids) for ids in as_list(sp_ids)], list(vocab_size)
        if len(id_tensors) != len(sizes):
            raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    with name_scope(name, "SparseMerge", [*id_tensors, sp_values]):
        values = _sparse(sp_values)
        columns = [array.expand_dims(math.cast(ids.values, dtypes.int64), 1) for ids in id_tensors]
        indices = array.concat([id_tensors[0].indices[:, :-1], *columns], 1)
        last = array.stack([math.cast(size, dtypes.int64) for size in sizes])
        dense_shape = array.concat([id_tensors[0].dense_shape[:-1], last], 0)
        result = SparseTensor(indices, values.values, dense_shape)
        if already_sorted:
            return result
        ordered = sparse_reorder(result)
        return SparseTensor(ordered.indices, ordered.values, dense_shape)


def sparse_to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Tensor:
    """Tells which ids each row has.

    Args:
      sp_input: SparseTensor [..., n] of int32 or int64 ids.
      vocab_size: int, above all ids.
      name: prefix of the operations' names.

    Returns:
      [..., vocab_size], bool.

    Source: TensorFlow 1.15 `tf.sparse.to_indicator`.
    """
    sp_input = _sparse(sp_input)
    with name_scope(name, "SparseToIndicator", [sp_input]) as scope:
        count = array.shape(sp_input.indices)[0]
        flags = array.fill(array.expand_dims(count, 0), True)
        sp_values = SparseTensor(sp_input.indices, flags, sp_input.dense_shape)
        merged = sparse_merge(sp_input, sp_values, vocab_size)
        # An id may occur more than once in a row.
        return sparse_tensor_to_dense(
            merged, default_value=False, validate_indices=False, name=scope
        )


def sparse_mask(
    a: IndexedSlices, mask_indices: TensorLike, name: str | None = None
) -> IndexedSlices:
    """Leaves slices out of an IndexedSlices.

    Args:
      a: an IndexedSlices.
      mask_indices: [n], the indices of the slices to leave out.
      name: prefix of the operations' names.

    Source: TensorFlow 1.15 `tf.sparse.mask`.
    """
    with name_scope(name, "sparse_mask", [a, mask_indices]) as scope:
        indices, kept = indexing.setdiff1d(a.indices, mask_indices)
        values = indexing.gather(a.values, kept, name=scope)
        return IndexedSlices(values, indices, a.dense_shape)


# ---- Segments of picked rows ----

_MEAN_TYPES = "float32, float64"
_ROWS = "data: T, indices: Tidx, segment_ids: int32"

for _name, _types in (("Sum", _REAL), ("Mean", _MEAN_TYPES), ("SqrtN", _MEAN_TYPES)):
    op(
        f"SparseSegment{_name}({_ROWS}) -> output: T",
        f"T: {{{_types}}}; Tidx: {{int32, int64}} = int32",
    )
    op(
        f"SparseSegment{_name}WithNumSegments({_ROWS}, num_segments: Tnumsegments) -> output: T",
        f"T: {{{_types}}}; Tidx: {{int32, int64}} = int32; Tnumsegments: {{int32, int64}} = int32",
    )
for _name in ("Mean", "SqrtN"):
    op(
        f"SparseSegment{_name}Grad(grad: T, indices: Tidx, segment_ids: int32, output_dim0: int32)"
        " -> output: T",
        f"T: {{{_MEAN_TYPES}}}; Tidx: {{int32, int64}} = int32",
    )
undefined_gradient("SparseSegmentMeanGrad", "SparseSegmentSqrtNGrad")


@shape("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN")
def sparse_segment_shape(data: Tensor, indices: Tensor, segment_ids: Tensor) -> Dims:
    """An unknown number of segments, of the shape of a row."""
    with_rank_at_least(data.dims, 1)
    merge_dims(with_rank(indices.dims, 1), with_rank(segment_ids.dims, 1))
    return None if data.dims is None else (None, *data.dims[1:])


@shape(
    "SparseSegmentSumWithNumSegments",
    "SparseSegmentMeanWithNumSegments",
    "SparseSegmentSqrtNWithNumSegments",
)
def sparse_segment_with_num_segments_shape(
    data: Tensor, indices: Tensor, segment_ids: Tensor, num_segments: Tensor
) -> Dims:
    """`num_segments` rows."""
    dims = sparse_segment_shape(data, indices, segment_ids)
    with_rank(num_segments.dims, 0)
    count = constant_value(num_segments)
    if dims is None or count is None:
        return dims
    if int(count) < 0:
        raise ValueError("Cannot specify a negative value for num_segments")
    return (int(count), *dims[1:])


@shape("SparseSegmentMeanGrad", "SparseSegmentSqrtNGrad")
def sparse_segment_grad_shape(
    grad: Tensor, indices: Tensor, segment_ids: Tensor, output_dim0: Tensor
) -> Dims:
    """`output_dim0` rows."""
    with_rank_at_least(grad.dims, 1)
    merge_dims(with_rank(indices.dims, 1), with_rank(segment_ids.dims, 1))
    with_rank(output_dim0.dims, 0)
    rows = size_of_scalar(output_dim0, 3)
    return None if grad.dims is None else (rows, *grad.dims[1:])


def _no_more(op: Operation) -> list[Any]:
    """No gradient for the inputs after the first."""
    return [None] * (len(op.inputs) - 1)


@gradient("SparseSegmentSum", "SparseSegmentSumWithNumSegments")
def sparse_segment_sum_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """For each row the sum of dy of its segments."""
    data, indices, ids = op.inputs[:3]
    rows = array.shape(data)[0]
    dx = build("UnsortedSegmentSum", indexing.gather(dy, ids), indices, rows)
    return [dx, *_no_more(op)]


@gradient("SparseSegmentMean", "SparseSegmentMeanWithNumSegments")
def sparse_segment_mean_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """The same, each divided by the size of the segment."""
    data, indices, ids = op.inputs[:3]
    rows = array.shape(data)[0]
    return [build("SparseSegmentMeanGrad", dy, indices, ids, rows), *_no_more(op)]


@gradient("SparseSegmentSqrtN", "SparseSegmentSqrtNWithNumSegments")
def sparse_segment_sqrt_n_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """The same, each divided by the root of the size."""
    data, indices, ids = op.inputs[:3]
    rows = array.shape(data)[0]
    return [build("SparseSegmentSqrtNGrad", dy, indices, ids, rows), *_no_more(op)]


def _segments(kind: str, name: str, what: str) -> Callable[..., Tensor]:
    op_type = f"SparseSegment{kind}"

    def function(
        data: Any,
        indices: Any,
        segment_ids: Any,
        name: str | None = None,
        num_segments: Any = None,
    ) -> Tensor:
        result: Tensor
        if num_segments is None:
            result = build(op_type, data, indices, segment_ids, name=name)
        else:
            result = build(
                f"{op_type}WithNumSegments", data, indices, segment_ids, num_segments, name=name
            )
        return result

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Computes the {what} of picked rows, segment by segment.

    Args:
      data: [rows, ...].
      indices: [n], int32 or int64, which rows are picked.
      segment_ids: [n], int32, the segment of each picked row, in rising order.
      name: a name for the operation.
      num_segments: scalar int, the number of segments; the last id + 1 when None.

    Returns:
      [segments, ...], of the dtype of `data`; 0 for segments without rows.

    Raises:
      InvalidArgumentError: when it runs: an index or id is out of range, or ids do not rise.

    Source: TensorFlow 1.15 `tf.sparse.{name.removeprefix("sparse_")}`.
    """
    return function


sparse_segment_sum = _segments("Sum", "sparse_segment_sum", "sum")
sparse_segment_mean = _segments("Mean", "sparse_segment_mean", "mean")
sparse_segment_sqrt_n = _segments(
    "SqrtN", "sparse_segment_sqrt_n", "sum, divided by the root of the number,"
)
