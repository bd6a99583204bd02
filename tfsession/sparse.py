"""`tf.sparse`."""

from tfsession.graph.composites import SparseTensor
from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.array import sparse_placeholder as placeholder
from tfsession.ops.sparse import sparse_add as add
from tfsession.ops.sparse import sparse_concat as concat
from tfsession.ops.sparse import sparse_expand_dims as expand_dims
from tfsession.ops.sparse import sparse_eye as eye
from tfsession.ops.sparse import sparse_fill_empty_rows as fill_empty_rows
from tfsession.ops.sparse import sparse_from_dense as from_dense
from tfsession.ops.sparse import sparse_mask as mask
from tfsession.ops.sparse import sparse_maximum as maximum
from tfsession.ops.sparse import sparse_merge as merge
from tfsession.ops.sparse import sparse_minimum as minimum
from tfsession.ops.sparse import sparse_reduce_max as reduce_max
from tfsession.ops.sparse import sparse_reduce_max_sparse as reduce_max_sparse
from tfsession.ops.sparse import sparse_reduce_sum as reduce_sum
from tfsession.ops.sparse import sparse_reduce_sum_sparse as reduce_sum_sparse
from tfsession.ops.sparse import sparse_reorder as reorder
from tfsession.ops.sparse import sparse_reset_shape as reset_shape
from tfsession.ops.sparse import sparse_reshape as reshape
from tfsession.ops.sparse import sparse_retain as retain
from tfsession.ops.sparse import sparse_segment_mean as segment_mean
from tfsession.ops.sparse import sparse_segment_sqrt_n as segment_sqrt_n
from tfsession.ops.sparse import sparse_segment_sum as segment_sum
from tfsession.ops.sparse import sparse_slice as slice
from tfsession.ops.sparse import sparse_softmax as softmax
from tfsession.ops.sparse import sparse_split as split
from tfsession.ops.sparse import sparse_tensor_dense_matmul as sparse_dense_matmul
from tfsession.ops.sparse import sparse_tensor_to_dense as to_dense
from tfsession.ops.sparse import sparse_to_indicator as to_indicator
from tfsession.ops.sparse import sparse_transpose as transpose

# The older name.
matmul = sparse_dense_matmul

__getattr__ = _getattr_of(__name__)

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
