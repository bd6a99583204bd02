"""`tf.sparse`."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from tfsession.graph.composites import SparseTensor
from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.array import sparse_placeholder as placeholder
from tfsession.ops.sparse import (
    sparse_add as add,
    sparse_concat as concat,
    sparse_expand_dims as expand_dims,
    sparse_eye as eye,
    sparse_fill_empty_rows as fill_empty_rows,
    sparse_from_dense as from_dense,
    sparse_mask as mask,
    sparse_maximum as maximum,
    sparse_merge as merge,
    sparse_minimum as minimum,
    sparse_reduce_max as reduce_max,
    sparse_reduce_max_sparse as reduce_max_sparse,
    sparse_reduce_sum as reduce_sum,
    sparse_reduce_sum_sparse as reduce_sum_sparse,
    sparse_reorder as reorder,
    sparse_reset_shape as reset_shape,
    sparse_reshape as reshape,
    sparse_retain as retain,
    sparse_segment_mean as segment_mean,
    sparse_segment_sqrt_n as segment_sqrt_n,
    sparse_segment_sum as segment_sum,
    sparse_slice as slice,
    sparse_softmax as softmax,
    sparse_split as split,
    sparse_tensor_dense_matmul as sparse_dense_matmul,
    sparse_tensor_to_dense as to_dense,
    sparse_to_indicator as to_indicator,
    sparse_transpose as transpose,
)

# The older name.
matmul = sparse_dense_matmul

if _TYPE_CHECKING:
    from tfsession.ops.accumulators import (
        SparseConditionalAccumulator as SparseConditionalAccumulator,
    )

_explain_in(__name__)

__all__ = [
    "SparseTensor",
    "add",
    "concat",
    "expand_dims",
    "eye",
    "fill_empty_rows",
    "from_dense",
    "mask",
    "matmul",
    "maximum",
    "merge",
    "minimum",
    "placeholder",
    "reduce_max",
    "reduce_max_sparse",
    "reduce_sum",
    "reduce_sum_sparse",
    "reorder",
    "reset_shape",
    "reshape",
    "retain",
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
    "slice",
    "softmax",
    "sparse_dense_matmul",
    "split",
    "to_dense",
    "to_indicator",
    "transpose",
]
