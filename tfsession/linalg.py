"""`tf.linalg`."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.clip import global_norm
from tfsession.ops.contraction import cross, einsum, matmul, tensordot, trace
from tfsession.ops.decomposition import (
    cholesky,
    cholesky_solve,
    eye,
    logdet,
    matrix_determinant as det,
    matrix_inverse as inv,
    matrix_solve as solve,
    matrix_triangular_solve as triangular_solve,
    norm,
    qr,
    self_adjoint_eig as eigh,
    self_adjoint_eigvals as eigvalsh,
    slogdet,
    svd,
)
from tfsession.ops.nn import l2_normalize
from tfsession.ops.rearrange import (
    adjoint,
    diag as tensor_diag,
    diag_part as tensor_diag_part,
    matrix_band_part as band_part,
    matrix_diag as diag,
    matrix_diag_part as diag_part,
    matrix_set_diag as set_diag,
    matrix_transpose,
)

transpose = matrix_transpose

# Type checkers do not see what loads late.
if _TYPE_CHECKING:
    from tfsession.ops.matrix_functions import (
        expm as expm,
        logm as logm,
        lstsq as lstsq,
        lu as lu,
        matrix_rank as matrix_rank,
        matvec as matvec,
        normalize as normalize,
        pinv as pinv,
        sqrtm as sqrtm,
        tridiagonal_matmul as tridiagonal_matmul,
        tridiagonal_solve as tridiagonal_solve,
    )

_explain_in(__name__)

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
    "global_norm",
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
