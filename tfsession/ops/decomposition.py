"""Decompositions of matrices, inverses, determinants, linear equations, and norms.

Matrices are the last two axes of a tensor; the axes before them are a batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, build, convert_sizes, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.ops import array, math, rearrange, reduction
from tfsession.ops.array import deprecated_argument
from tfsession.ops.contraction import matmul
from tfsession.registry import gradient, op, shape
from tfsession.shapes import Dims, TensorShape, merge_dim, merge_dims, with_rank_at_least

__all__ = [
    "cholesky",
    "cholesky_solve",
    "eye",
    "matrix_determinant",
    "matrix_inverse",
    "matrix_solve",
    "matrix_triangular_solve",
    "norm",
    "qr",
    "self_adjoint_eig",
    "self_adjoint_eigvals",
    "svd",
]

_MATRIX_TYPES = "T: {float64, float32, float16, complex64, complex128}"


def _square(x: Tensor) -> tuple[Dims, int | None]:
    """The batch axes of square matrices, and the number of rows.

    Raises:
      ValueError: the matrices are known not to be square.
    """
    dims = with_rank_at_least(x.dims, 2)
    if dims is None:
        return None, None
    return dims[:-2], merge_dim(dims[-2], dims[-1])


# ---- Identity matrices ----


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: DTypeLike = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Makes identity matrices.

    Args:
      num_rows: a number or scalar int32 Tensor.
      num_columns: the same; None: as many as rows.
      batch_shape: the axes before the matrices: numbers, or an int32 Tensor; None: none.
      dtype: dtype of the result.
      name: name of the operations' scope.

    Returns:
      [batch_shape..., num_rows, num_columns], ones on the diagonals and zeros elsewhere.

    Source: TensorFlow 1.15 `tf.eye`.
    """
    with name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        is_square = num_columns is None
        columns = num_rows if num_columns is None else num_columns
        batch = [] if batch_shape is None else batch_shape
        if isinstance(num_rows, Tensor) or isinstance(columns, Tensor):
            diagonal: Any = math.minimum(num_rows, columns)
        else:
            is_square = num_rows == columns
            diagonal = min(num_rows, columns)
        sizes: list[Any] = [num_rows, columns]
        is_symbolic = isinstance(batch, Tensor) or (
            isinstance(batch, (list, tuple)) and any(isinstance(n, Tensor) for n in batch)
        )
        if is_symbolic or isinstance(diagonal, Tensor):
            batch = convert_sizes(batch, "shape")
            diagonal_shape: Any = array.concat([batch, [diagonal]], axis=0)
            full_shape: Any = None if is_square else array.concat([batch, sizes], axis=0)
        else:
            batch = TensorShape(batch).as_list()
            diagonal_shape = [*batch, diagonal]
            full_shape = None if is_square else batch + sizes
        ones = array.ones(diagonal_shape, dtype=dtype)
        if full_shape is None:
            return rearrange.matrix_diag(ones)
        return rearrange.matrix_set_diag(array.zeros(full_shape, dtype=dtype), ones)


# ---- Cholesky ----

op("Cholesky(input: T) -> output: T", _MATRIX_TYPES)


@shape("Cholesky")
def cholesky_shape(input: Tensor) -> Dims:
    batch, rows = _square(input)
    return None if batch is None else (*batch, rows, rows)


@gradient("Cholesky")
def cholesky_gradient(op: Operation, dy: Tensor) -> list[Any]:
    # S. P. Smith, "Differentiation of the Cholesky algorithm", 1995, in terms of matrices.
    factor = op.outputs[0]
    sizes = array.shape(factor)
    identity = eye(sizes[-1], batch_shape=sizes[:-2], dtype=factor.dtype)
    inverse = matrix_triangular_solve(factor, identity)
    middle = matmul(factor, dy, adjoint_a=True)
    middle = rearrange.matrix_set_diag(middle, 0.5 * rearrange.matrix_diag_part(middle))
    middle = rearrange.matrix_band_part(middle, -1, 0)
    dx = matmul(matmul(inverse, middle, adjoint_a=True), inverse)
    return [(dx + rearrange.adjoint(dx)) * 0.5]


def cholesky(input: TensorLike, name: str | None = None) -> Tensor:
    """Returns the Cholesky factors of matrices.

    Args:
      input: [..., n, n], positive definite, of which the lower triangles are read; float16,
        float32, float64, complex64 or complex128.
      name: a name for the operation.

    Returns:
      Lower triangular matrices ``L`` of the shape and dtype of `input`, ``input = L @ L^H``.

    Raises:
      ValueError: the matrices are known not to be square.

    Source: TensorFlow 1.15 `tf.cholesky`.
    """
    factor: Tensor = build("Cholesky", input, name=name)
    return factor


def cholesky_solve(chol: TensorLike, rhs: TensorLike, name: str | None = None) -> Tensor:
    """Solves ``A @ x = rhs`` where the Cholesky factors of A are known.

    Args:
      chol: [..., n, n], what `cholesky` returns for A.
      rhs: [..., n, k], of the dtype of `chol`.
      name: name of the operations' scope.

    Returns:
      [..., n, k].

    Source: TensorFlow 1.15 `tf.cholesky_solve`.
    """
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        y = matrix_triangular_solve(chol, rhs, adjoint=False, lower=True)
        return matrix_triangular_solve(chol, y, adjoint=True, lower=True)


# ---- MatrixInverse ----

op("MatrixInverse(input: T) -> output: T", f"adjoint: bool = false; {_MATRIX_TYPES}")


@shape("MatrixInverse")
def matrix_inverse_shape(input: Tensor) -> Dims:
    batch, rows = _square(input)
    return None if batch is None else (*batch, rows, rows)


@gradient("MatrixInverse")
def matrix_inverse_gradient(op: Operation, dy: Tensor) -> list[Any]:
    inverse = op.outputs[0]
    if op.attrs["adjoint"]:
        return [-matmul(inverse, matmul(dy, inverse, adjoint_a=True))]
    return [-matmul(inverse, matmul(dy, inverse, adjoint_b=True), adjoint_a=True)]


def matrix_inverse(input: TensorLike, adjoint: bool = False, name: str | None = None) -> Tensor:
    """Returns the inverses of matrices.

    Args:
      input: [..., n, n]; float16, float32, float64, complex64 or complex128.
      adjoint: take the matrices conjugated and transposed.
      name: a name for the operation.

    Raises:
      ValueError: the matrices are known not to be square.

    Source: TensorFlow 1.15 `tf.matrix_inverse`.
    """
    inverse: Tensor = build("MatrixInverse", input, adjoint=adjoint, name=name)
    return inverse


# ---- MatrixDeterminant, LogMatrixDeterminant ----

op("MatrixDeterminant(input: T) -> output: T", _MATRIX_TYPES)
op("LogMatrixDeterminant(input: T) -> sign: T, log_abs_determinant: T", _MATRIX_TYPES)


@shape("MatrixDeterminant")
def matrix_determinant_shape(input: Tensor) -> Dims:
    return _square(input)[0]


@shape("LogMatrixDeterminant")
def log_matrix_determinant_shape(input: Tensor) -> list[Dims]:
    return [_square(input)[0]] * 2


def _on_matrices(x: Tensor) -> Tensor:
    """Numbers of a batch as matrices of one element."""
    return array.reshape(x, array.concat([array.shape(x), [1, 1]], axis=0))


@gradient("MatrixDeterminant")
def matrix_determinant_gradient(op: Operation, dy: Tensor) -> list[Any]:
    inverse = matrix_inverse(op.inputs[0], adjoint=True)
    return [_on_matrices(dy * op.outputs[0]) * inverse]


@gradient("LogMatrixDeterminant")
def log_matrix_determinant_gradient(op: Operation, _: Any, dy: Tensor) -> list[Any]:
    # The sign is a constant where it has a derivative at all.
    return [_on_matrices(dy) * matrix_inverse(op.inputs[0], adjoint=True)]


def matrix_determinant(input: TensorLike, name: str | None = None) -> Tensor:
    """Returns the determinants of matrices.

    Args:
      input: [..., n, n]; float16, float32, float64, complex64 or complex128.
      name: a name for the operation.

    Returns:
      [...], of the dtype of `input`.

    Raises:
      ValueError: the matrices are known not to be square.

    Source: TensorFlow 1.15 `tf.matrix_determinant`.
    """
    determinant: Tensor = build("MatrixDeterminant", input, name=name)
    return determinant


def slogdet(input: TensorLike, name: str | None = None) -> list[Tensor]:
    """Returns the signs of determinants, and the logarithms of their absolute values.

    Args:
      input: [..., n, n]; float16, float32, float64, complex64 or complex128.
      name: a name for the operation.

    Returns:
      Two Tensors [...], of the dtype of `input`.

    Source: TensorFlow 1.15 `tf.linalg.slogdet`.
    """
    found: list[Tensor] = build("LogMatrixDeterminant", input, name=name)
    return found


def logdet(matrix: TensorLike, name: str | None = None) -> Tensor:
    """Returns the logarithms of the determinants of positive definite matrices.

    Args:
      matrix: [..., n, n], positive definite.
      name: name of the operations' scope.

    Returns:
      [...].

    Source: TensorFlow 1.15 `tf.linalg.logdet`.
    """
    with name_scope(name, "logdet", [matrix]):
        diagonal = rearrange.matrix_diag_part(cholesky(matrix))
        return 2.0 * reduction.reduce_sum(math.log(math.real(diagonal)), axis=[-1])


# ---- MatrixSolve, MatrixTriangularSolve ----

op("MatrixSolve(matrix: T, rhs: T) -> output: T", f"adjoint: bool = false; {_MATRIX_TYPES}")
op(
    "MatrixTriangularSolve(matrix: T, rhs: T) -> output: T",
    "lower: bool = true; adjoint: bool = false;"
    " T: {bfloat16, float64, float32, float16, complex64, complex128}",
)


@shape("MatrixSolve", "MatrixTriangularSolve")
def matrix_solve_shape(matrix: Tensor, rhs: Tensor) -> Dims:
    batch, rows = _square(matrix)
    right = with_rank_at_least(rhs.dims, 2)
    if right is None:
        return None if batch is None else (*batch, rows, None)
    merged = merge_dims(batch, right[:-2])
    if merged is None:
        return None
    return (*merged, merge_dim(rows, right[-2]), right[-1])


def _products(op: Operation, drhs: Tensor) -> Tensor:
    """The gradient of the matrix, from that of the right side."""
    x = op.outputs[0]
    if op.attrs["adjoint"]:
        return -matmul(x, drhs, adjoint_b=True)
    return -matmul(drhs, x, adjoint_b=True)


@gradient("MatrixSolve")
def matrix_solve_gradient(op: Operation, dy: Tensor) -> list[Any]:
    drhs = matrix_solve(op.inputs[0], dy, adjoint=not op.attrs["adjoint"])
    return [_products(op, drhs), drhs]


@gradient("MatrixTriangularSolve")
def matrix_triangular_solve_gradient(op: Operation, dy: Tensor) -> list[Any]:
    lower = op.attrs["lower"]
    drhs = matrix_triangular_solve(op.inputs[0], dy, lower=lower, adjoint=not op.attrs["adjoint"])
    dmatrix = _products(op, drhs)
    if lower:
        return [rearrange.matrix_band_part(dmatrix, -1, 0), drhs]
    return [rearrange.matrix_band_part(dmatrix, 0, -1), drhs]


def matrix_solve(
    matrix: TensorLike, rhs: TensorLike, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """Solves ``matrix @ x = rhs``.

    Args:
      matrix: [..., n, n]; float16, float32, float64, complex64 or complex128.
      rhs: [..., n, k], of the dtype of `matrix`.
      adjoint: take `matrix` conjugated and transposed.
      name: a name for the operation.

    Returns:
      [..., n, k].

    Raises:
      ValueError: the shapes are known not to fit.

    Source: TensorFlow 1.15 `tf.matrix_solve`.
    """
    x: Tensor = build("MatrixSolve", matrix, rhs, adjoint=adjoint, name=name)
    return x


def matrix_triangular_solve(
    matrix: TensorLike,
    rhs: TensorLike,
    lower: bool = True,
    adjoint: bool = False,
    name: str | None = None,
) -> Tensor:
    """Solves ``matrix @ x = rhs`` with triangular matrices.

    Args:
      matrix: [..., n, n], of which one triangle is read; bfloat16, float16, float32, float64,
        complex64 or complex128.
      rhs: [..., n, k], of the dtype of `matrix`.
      lower: read the lower triangle, otherwise the upper.
      adjoint: take the triangle conjugated and transposed.
      name: a name for the operation.

    Returns:
      [..., n, k].

    Raises:
      ValueError: the shapes are known not to fit.

    Source: TensorFlow 1.15 `tf.matrix_triangular_solve`.
    """
    x: Tensor = build("MatrixTriangularSolve", matrix, rhs, lower=lower, adjoint=adjoint, name=name)
    return x


# ---- SelfAdjointEigV2 ----

op("SelfAdjointEigV2(input: T) -> e: T, v: T", f"compute_v: bool = true; {_MATRIX_TYPES}")


@shape("SelfAdjointEigV2")
def self_adjoint_eig_v2_shape(input: Tensor, compute_v: bool) -> list[Dims]:
    batch, rows = _square(input)
    if batch is None:
        return [None, None if compute_v else (0,)]
    return [(*batch, rows), (*batch, rows, rows) if compute_v else (0,)]


@gradient("SelfAdjointEigV2")
def self_adjoint_eig_v2_gradient(op: Operation, de: Tensor, dv: Tensor) -> list[Any]:
    e = op.outputs[0]
    with control_dependencies([de.op, dv.op]):
        if op.attrs["compute_v"]:
            v = op.outputs[1]
            gaps = math.reciprocal(array.expand_dims(e, -2) - array.expand_dims(e, -1))
            gaps = rearrange.matrix_set_diag(gaps, array.zeros_like(e))
            inner = rearrange.matrix_diag(de) + gaps * matmul(v, dv, adjoint_a=True)
        else:
            v = self_adjoint_eig(op.inputs[0])[1]
            inner = rearrange.matrix_diag(de)
        dx = matmul(v, matmul(inner, v, adjoint_b=True))
        # Only the lower triangle is read, so it alone has a gradient, that of both.
        dx = rearrange.matrix_band_part(dx + rearrange.adjoint(dx), -1, 0)
        return [rearrange.matrix_set_diag(dx, 0.5 * rearrange.matrix_diag_part(dx))]


def self_adjoint_eig(tensor: TensorLike, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Returns the eigenvalues and eigenvectors of Hermitian matrices.

    Args:
      tensor: [..., n, n], of which the lower triangles are read; float16, float32, float64,
        complex64 or complex128.
      name: a name for the operation.

    Returns:
      e: [..., n], the eigenvalues in ascending order, of the dtype of `tensor`.
      v: [..., n, n], whose columns are the eigenvectors.

    Raises:
      ValueError: the matrices are known not to be square.

    Source: TensorFlow 1.15 `tf.self_adjoint_eig`.
    """
    e, v = build("SelfAdjointEigV2", tensor, compute_v=True, name=name)
    return e, v


def self_adjoint_eigvals(tensor: TensorLike, name: str | None = None) -> Tensor:
    """Returns the eigenvalues of Hermitian matrices in ascending order, [..., n].

    Args:
      tensor: [..., n, n], as for `self_adjoint_eig`.
      name: a name for the operation.

    Source: TensorFlow 1.15 `tf.self_adjoint_eigvals`.
    """
    e: Tensor = build("SelfAdjointEigV2", tensor, compute_v=False, name=name)[0]
    return e


# ---- Svd ----

op(
    "Svd(input: T) -> s: T, u: T, v: T",
    f"compute_uv: bool = true; full_matrices: bool = false; {_MATRIX_TYPES}",
)


@shape("Svd")
def svd_shape(input: Tensor, compute_uv: bool, full_matrices: bool) -> list[Dims]:
    dims = with_rank_at_least(input.dims, 2)
    if dims is None:
        return [None, None, None] if compute_uv else [None, (0,), (0,)]
    *batch, rows, columns = dims
    rank = None if rows is None or columns is None else min(rows, columns)
    if not compute_uv:
        return [(*batch, rank), (0,), (0,)]
    if full_matrices:
        return [(*batch, rank), (*batch, rows, rows), (*batch, columns, columns)]
    return [(*batch, rank), (*batch, rows, rank), (*batch, columns, rank)]


@gradient("Svd")
def svd_gradient(op: Operation, ds: Tensor, du: Tensor, dv: Tensor) -> list[Any]:
    x = op.inputs[0]
    if not op.attrs["compute_uv"]:
        _, u, v = build("Svd", x, compute_uv=True)
        return [matmul(u, matmul(rearrange.matrix_diag(ds), v, adjoint_b=True))]
    if x.dtype.is_complex:
        raise NotImplementedError("Svd: the gradient of complex singular vectors is not known")
    s, u, v = op.outputs
    if op.attrs["full_matrices"] and (
        x.dims is None or x.dims[-2] is None or x.dims[-2] != x.dims[-1]
    ):
        raise NotImplementedError(
            "Svd: the gradient with full_matrices is only known for square matrices"
        )
    # J. Townsend, "Differentiating the singular value decomposition", 2016.
    squares = math.square(s)
    gaps = math.reciprocal(array.expand_dims(squares, -2) - array.expand_dims(squares, -1))
    gaps = rearrange.matrix_set_diag(gaps, array.zeros_like(s))
    utdu, vtdv = matmul(u, du, adjoint_a=True), matmul(v, dv, adjoint_a=True)
    row, column = array.expand_dims(s, -2), array.expand_dims(s, -1)
    inner = (
        gaps * (utdu - rearrange.adjoint(utdu)) * row
        + gaps * (vtdv - rearrange.adjoint(vtdv)) * column
        + rearrange.matrix_diag(ds)
    )
    dx = matmul(u, matmul(inner, v, adjoint_b=True))
    # What lies outside of the spaces that u and v span.
    dx += matmul((du - matmul(u, utdu)) / row, v, adjoint_b=True)
    dx += matmul(u / row, dv - matmul(v, vtdv), adjoint_b=True)
    return [dx]


def svd(
    tensor: TensorLike,
    full_matrices: bool = False,
    compute_uv: bool = True,
    name: str | None = None,
) -> Any:
    """Returns the singular values of matrices, and their singular vectors.

    Args:
      tensor: [..., m, n]; float16, float32, float64, complex64 or complex128.
      full_matrices: return all m and n singular vectors, not only the first min(m, n).
      compute_uv: whether to return singular vectors.
      name: a name for the operation.

    Returns:
      s: [..., min(m, n)], real, in descending order.
      u: [..., m, min(m, n)], left singular vectors as columns; only with `compute_uv`.
      v: [..., n, min(m, n)], right singular vectors as columns; only with `compute_uv`.

    Source: TensorFlow 1.15 `tf.svd`. Where the gradient of the vectors is not unique for want of
      singular vectors (`full_matrices` of matrices that are not square) there is none here.
    """
    s, u, v = build("Svd", tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (math.real(s), u, v) if compute_uv else math.real(s)


# ---- Qr ----

op("Qr(input: T) -> q: T, r: T", f"full_matrices: bool = false; {_MATRIX_TYPES}")


@shape("Qr")
def qr_shape(input: Tensor, full_matrices: bool) -> list[Dims]:
    dims = with_rank_at_least(input.dims, 2)
    if dims is None:
        return [None, None]
    *batch, rows, columns = dims
    if full_matrices:
        return [(*batch, rows, rows), (*batch, rows, columns)]
    rank = None if rows is None or columns is None else min(rows, columns)
    return [(*batch, rows, rank), (*batch, rank, columns)]


@gradient("Qr")
def qr_gradient(op: Operation, dq: Tensor, dr: Tensor) -> list[Any]:
    q, r = op.outputs
    if q.dtype.is_complex:
        raise NotImplementedError(f"QrGrad not implemented for dtype: {q.dtype}")
    if r.dims is None or r.dims[-2] is None or r.dims[-1] is None:
        raise NotImplementedError("QrGrad not implemented with dynamic shapes.")
    if r.dims[-2] != r.dims[-1]:
        raise NotImplementedError(
            "QrGrad not implemented when ncols > nrows or full_matrices is true and ncols != nrows."
        )
    # S. F. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions", 2018.
    qdq = matmul(q, dq, adjoint_a=True)
    rdr = matmul(r, dr, adjoint_b=True)
    lower = rearrange.matrix_band_part(
        qdq - rearrange.adjoint(qdq) + rdr - rearrange.adjoint(rdr), -1, 0
    )
    dx = matmul(q, dr + _solve_from_right(lower, r))
    return [dx + _solve_from_right(dq - matmul(q, qdq), r)]


def _solve_from_right(x: Tensor, r: Tensor) -> Tensor:
    """``x @ r^-H`` with an upper triangular `r`."""
    return rearrange.adjoint(matrix_triangular_solve(r, rearrange.adjoint(x), lower=False))


def qr(
    input: TensorLike, full_matrices: bool = False, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Returns the QR decompositions of matrices.

    Args:
      input: [..., m, n]; float16, float32, float64, complex64 or complex128.
      full_matrices: return all m columns of q.
      name: a name for the operation.

    Returns:
      q: [..., m, min(m, n)], with orthonormal columns.
      r: [..., min(m, n), n], upper triangular; ``input = q @ r``.

    Source: TensorFlow 1.15 `tf.qr`.
    """
    factors: tuple[Tensor, Tensor] = build("Qr", input, full_matrices=full_matrices, name=name)
    return factors


# ---- Norms ----

_MATRIX_NORMS = ["euclidean", "fro", 1, 2, np.inf]
_VECTOR_NORMS = ["euclidean", 1, 2, np.inf]
_AXIS_HELP = "'axis' must be None, an integer, or a tuple of 2 unique integers"


def norm(
    tensor: TensorLike,
    ord: TensorLike = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Returns norms of vectors, of matrices, or of a whole tensor.

    Args:
      tensor: [...], floats or complex numbers.
      ord: of vectors: "euclidean", infinity or a positive number; of matrices: "fro" or
        "euclidean" (of the elements), 1 (largest column sum), 2 (largest singular value), infinity
        (largest row sum).
      axis: the axis of vectors, the pair of axes of matrices, or None: the tensor is one vector.
      keepdims: keep reduced axes with size 1.
      name: name of the operations' scope.
      keep_dims: the old name of `keepdims`.

    Returns:
      `tensor` without the reduced axes.

    Raises:
      ValueError: another `ord` or `axis`.

    Source: TensorFlow 1.15 `tf.norm`.
    """
    keep = bool(deprecated_argument("keepdims", keepdims, "keep_dims", keep_dims))
    is_matrix_norm = isinstance(axis, (tuple, list)) and len(axis) == 2
    if is_matrix_norm:
        axes: Any = tuple(axis)
        if not all(isinstance(a, int) for a in axes) or axes[0] == axes[1]:
            raise ValueError(_AXIS_HELP)
        if ord not in _MATRIX_NORMS:
            raise ValueError(f"'ord' must be a supported matrix norm in {_MATRIX_NORMS}, got {ord}")
    else:
        if not (axis is None or isinstance(axis, int)):
            raise ValueError(_AXIS_HELP)
        if ord not in _VECTOR_NORMS and (isinstance(ord, str) or not np.isreal(ord) or ord <= 0):
            raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
        axes = None if axis is None else (axis,)
    with name_scope(name, "norm", [tensor]):
        tensor = convert_to_tensor(tensor)
        if is_matrix_norm and ord == 2:
            result = _spectral_norm(tensor, axes)
        elif ord in ("fro", "euclidean", 2):
            squares = tensor * math.conj(tensor)
            result = math.sqrt(reduction.reduce_sum(squares, axes, keepdims=True))
        else:
            result = _norm_of_moduli(math.abs(tensor), ord, axes, is_matrix_norm)
        return result if keep else array.squeeze(result, axes)


def _norm_of_moduli(moduli: Tensor, ord: Any, axes: Any, is_matrix_norm: bool) -> Tensor:
    first = None if axes is None else axes[0]
    if ord == 1:
        result = reduction.reduce_sum(moduli, first, keepdims=True)
        return reduction.reduce_max(result, axes[-1], keepdims=True) if is_matrix_norm else result
    if ord == np.inf:
        if is_matrix_norm:
            moduli = reduction.reduce_sum(moduli, axes[1], keepdims=True)
        return reduction.reduce_max(moduli, first, keepdims=True)
    powers = reduction.reduce_sum(math.pow(moduli, ord), axes, keepdims=True)
    return math.pow(powers, 1.0 / ord)


def _spectral_norm(tensor: Tensor, axes: tuple[int, int]) -> Tensor:
    """The largest singular values of matrices in two axes, which stay with size 1."""
    order: Any
    if tensor.dims is None:
        rank = build("Rank", tensor)
        last = (np.array(axes, np.int32) + rank) % rank
        others = build("ListDiff", build("Range", 0, rank, 1), last)[0]
        order = build("ConcatV2", [others, last], 0)
        back = build("InvertPermutation", order)
    else:
        count = len(tensor.dims)
        order = [a for a in range(count) if a not in [axis % count for axis in axes]]
        order += [axis % count for axis in axes]
        back = np.argsort(order).astype(np.int32)
    values = svd(rearrange.transpose(tensor, order), compute_uv=False)
    largest = reduction.reduce_max(values, axis=-1, keepdims=True)
    return rearrange.transpose(array.expand_dims(largest, -1), back)
