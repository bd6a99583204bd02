"""`tf.linalg`."""

from tfsession.ops.contraction import cross, einsum, matmul, tensordot, trace
from tfsession.ops.nn import l2_normalize
from tfsession.ops.rearrange import diag as tensor_diag
from tfsession.ops.rearrange import diag_part as tensor_diag_part
from tfsession.ops.rearrange import matrix_band_part as band_part
from tfsession.ops.rearrange import matrix_diag as diag
from tfsession.ops.rearrange import matrix_diag_part as diag_part
from tfsession.ops.rearrange import matrix_set_diag as set_diag
from tfsession.ops.rearrange import matrix_transpose

__all__ = [
    "band_part",
    "cross",
    "diag",
    "diag_part",
    "einsum",
    "l2_normalize",
    "matmul",
    "matrix_transpose",
    "set_diag",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
]
