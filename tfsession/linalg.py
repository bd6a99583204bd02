"""`tf.linalg`."""

from tfsession.names.absent import getattr_of as _getattr_of
from tfsession.ops.contraction import cross, einsum, matmul, tensordot, trace
from tfsession.ops.decomposition import (
    cholesky,
    cholesky_solve,
    eye,
    logdet,
    norm,
    qr,
    slogdet,
    svd,
)
from tfsession.ops.decomposition import matrix_determinant as det
from tfsession.ops.decomposition import matrix_inverse as inv
from tfsession.ops.decomposition import matrix_solve as solve
from tfsession.ops.decomposition import matrix_triangular_solve as triangular_solve
from tfsession.ops.decomposition import self_adjoint_eig as eigh
from tfsession.ops.decomposition import self_adjoint_eigvals as eigvalsh
from tfsession.ops.nn import l2_normalize
from tfsession.ops.rearrange import adjoint, matrix_transpose
from tfsession.ops.rearrange import diag as tensor_diag
from tfsession.ops.rearrange import diag_part as tensor_diag_part
from tfsession.ops.rearrange import matrix_band_part as band_part
from tfsession.ops.rearrange import matrix_diag as diag
from tfsession.ops.rearrange import matrix_diag_part as diag_part
from tfsession.ops.rearrange import matrix_set_diag as set_diag

transpose = matrix_transpose

__getattr__ = _getattr_of(__name__)

__all__ = [
    "adjoint",
    "band_part",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "eigh",
    "eigvalsh",
    "einsum",
    "eye",
    "inv",
    "l2_normalize",
    "logdet",
    "matmul",
    "matrix_transpose",
    "norm",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "transpose",
    "triangular_solve",
]
