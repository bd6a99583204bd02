"""Functions of matrices: exponentials, logarithms, roots, LU factors, least squares, tridiagonals.

Matrices are the last two axes of a tensor; the axes before them are a batch.
"""

from __future__ import annotations

import math as numbers
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.ops import array, check, control_flow, indexing, math, rearrange, reduction
from tfsession.ops.contraction import matmul
from tfsession.ops.decomposition import (
    cholesky,
    cholesky_solve,
    eye,
    matrix_solve,
    norm,
    svd,
)
from tfsession.registry import gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims, merge_dim, merge_dims, with_rank_at_least

__all__ = [
    "expm",
    "logm",
    "lstsq",
    "lu",
    "matrix_rank",
    "matrix_solve_ls",
    "matrix_square_root",
    "matvec",
    "normalize",
    "pinv",
    "sqrtm",
    "tridiagonal_matmul",
    "tridiagonal_solve",
]

_MATRIX_TYPES = "{float64, float32, float16, complex64, complex128}"
_WIDE_TYPES = "{float64, float32, complex64, complex128}"


def _square_dims(x: Tensor) -> Dims:
    """The shape of square matrices.

    Raises:
      ValueError: they are known not to be square.
    """
    dims = with_rank_at_least(x.dims, 2)
    if dims is None:
        return None
    rows = merge_dim(dims[-2], dims[-1])
    return (*dims[:-2], rows, rows)


# ---- Lu ----

op(
    "Lu(input: T) -> lu: T, p: output_idx_type",
    f"T: {_MATRIX_TYPES}; output_idx_type: {{int32, int64}} = int32",
)
undefined_gradient("Lu")


@shape("Lu")
def lu_shape(input: Tensor) -> list[Dims]:
    """The factors in one matrix, and a permutation."""
    dims = _square_dims(input)
    return [dims, None if dims is None else dims[:-1]]


def lu(
    input: TensorLike, output_idx_type: DTypeLike = dtypes.int32, name: str | None = None
) -> list[Tensor]:
    """Decomposes matrices into triangular factors: ``input[p] = L @ U``.

    Args:
      input: [..., n, n]; float32, float64, complex64 or complex128.
      output_idx_type: int32 or int64, the dtype of the permutations.
      name: a name for the operation.

    Returns:
      [lu, p]: [..., n, n], U in the upper triangle and the diagonal, L without its diagonal of
      ones below, and [..., n], the order of rows.

    Raises:
      ValueError: the matrices are not square.
      InvalidArgumentError: at a run, a matrix is singular.

    Source: TensorFlow 1.15, core/ops/linalg_ops.cc "Lu".
    """
    factors, order = build("Lu", input, output_idx_type=as_dtype(output_idx_type), name=name)
    return [factors, order]


# ---- MatrixLogarithm, MatrixSquareRoot ----

op("MatrixLogarithm(input: T) -> output: T", "T: {complex64, complex128}")
op("MatrixSquareRoot(input: T) -> output: T", f"T: {_MATRIX_TYPES}")
undefined_gradient("MatrixLogarithm")


@shape("MatrixLogarithm", "MatrixSquareRoot")
def matrix_function_shape(input: Tensor) -> Dims:
    """The shape of `input`."""
    return _square_dims(input)


@gradient("MatrixSquareRoot")
def matrix_square_root_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Solves dx @ root^H + root^H @ dx = dy, a linear equation for all elements of dx at once."""
    root = op.outputs[0]
    sizes = array.shape(root)
    identity = eye(sizes[-1], batch_shape=sizes[:-2], dtype=root.dtype)
    factor = _kronecker(rearrange.adjoint(root), identity) + _kronecker(identity, _conj(root))
    flat = array.reshape(dy, array.concat([sizes[:-2], [-1, 1]], 0))
    return [array.reshape(matrix_solve(factor, flat), sizes)]


def _kronecker(x: Tensor, y: Tensor) -> Tensor:
    """Kronecker products of square matrices of one shape."""
    sizes = array.shape(x)
    product = x[..., :, None, :, None] * y[..., None, :, None, :]
    rows = sizes[-1] * sizes[-1]
    return array.reshape(product, array.concat([sizes[:-2], [rows, rows]], 0))


def logm(input: TensorLike, name: str | None = None) -> Tensor:
    """Computes principal logarithms of matrices.

    Args:
      input: [..., n, n]; complex64 or complex128.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `input`.

    Source: TensorFlow 1.15, core/ops/linalg_ops.cc "MatrixLogarithm".
    """
    result: Tensor = build("MatrixLogarithm", input, name=name)
    return result


def matrix_square_root(input: TensorLike, name: str | None = None) -> Tensor:
    """Computes principal square roots of matrices.

    Args:
      input: [..., n, n]; float32, float64, complex64 or complex128.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `input`.

    Source: TensorFlow 1.15, core/ops/linalg_ops.cc "MatrixSquareRoot".
    """
    result: Tensor = build("MatrixSquareRoot", input, name=name)
    return result


sqrtm = matrix_square_root

# ---- Exponentials ----

# Numerators of Pade approximants of exp, and up to which 1-norm they hold (Higham, 2005).
_PADE = {
    4: ((17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0, 1.0), 3.92572478313866),
    8: (
        (
            64764752532480000.0,
            32382376266240000.0,
            7771770303897600.0,
            1187353796428800.0,
            129060195264000.0,
            10559470521600.0,
            670442572800.0,
            33522128640.0,
            1323241920.0,
            40840800.0,
            960960.0,
            16380.0,
            182.0,
            1.0,
        ),
        5.371920351148152,
    ),
}


def expm(input: TensorLike, name: str | None = None) -> Tensor:
    """Computes exponentials of matrices.

    Args:
      input: [..., n, n]; float32, float64, complex64 or complex128.
      name: a name for the scope of the operations.

    Returns:
      A Tensor of the shape and dtype of `input`.

    Raises:
      ValueError: the matrices are not square, or of another dtype.

    Source: Higham, "The scaling and squaring method for the matrix exponential revisited", 2005;
      TensorFlow 1.15 `tf.linalg.expm`.
    """
    with name_scope(name, "matrix_exponential", [input]):
        matrix = convert_to_tensor(input, name="input")
        if not (matrix.dtype.is_floating or matrix.dtype.is_complex):
            raise ValueError(f"tf.linalg.expm does not support matrices of type {matrix.dtype}")
        dims = _square_dims(matrix)
        if dims is not None and dims[-1] == 0:
            return matrix
        real = matrix.dtype.real_dtype
        coefficients, most = _PADE[min(8, real.size)]
        norms = reduction.reduce_max(
            reduction.reduce_sum(math.abs(matrix), axis=-2, keepdims=True), [-2, -1], keepdims=True
        )
        halvings = math.ceil(math.log(norms / most) / numbers.log(2.0))
        halvings = math.maximum(halvings, array.zeros_like(halvings))
        scaled = matrix / math.cast(math.pow(math.cast(2.0, real), halvings), matrix.dtype)
        return _squared(_pade(scaled, coefficients), halvings, dims)


def _pade(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """The diagonal approximant: p(x) / p(-x), by the even and the odd powers of p."""
    square = matmul(x, x)
    power = eye(array.shape(x)[-1], batch_shape=array.shape(x)[:-2], dtype=x.dtype)
    even, odd = coefficients[0] * power, coefficients[1] * power
    for first, second in zip(coefficients[2::2], coefficients[3::2], strict=True):
        power = matmul(power, square)
        even, odd = even + first * power, odd + second * power
    odd = matmul(x, odd)
    return matrix_solve(even - odd, even + odd)


def _squared(matrix: Tensor, times: Tensor, dims: Dims) -> Tensor:
    """Each matrix squared as often as it was halved before."""

    def square(turn: Tensor, now: Tensor) -> tuple[Tensor, Tensor]:
        is_halved = math.less(math.cast(turn, times.dtype), times)
        new = indexing.where_v2(is_halved, matmul(now, now), now)
        new.set_shape(dims)
        return turn + 1, new

    most = math.cast(reduction.reduce_max(times), dtypes.int32)
    _, result = control_flow.while_loop(lambda turn, _: math.less(turn, most), square, [0, matrix])
    final: Tensor = result
    return final


# ---- MatrixSolveLs ----

op(
    "MatrixSolveLs(matrix: T, rhs: T, l2_regularizer: float64) -> output: T",
    f"T: {_MATRIX_TYPES}; fast: bool = true",
)


@shape("MatrixSolveLs")
def matrix_solve_ls_shape(matrix: Tensor, rhs: Tensor) -> Dims:
    """[..., n, k] for matrices [..., m, n]."""
    left, right = with_rank_at_least(matrix.dims, 2), with_rank_at_least(rhs.dims, 2)
    if left is None or right is None:
        return None
    batch = merge_dims(left[:-2], right[:-2])
    merge_dim(left[-2], right[-2])
    return (*(batch or ()), left[-1], right[-1])


@gradient("MatrixSolveLs")
def matrix_solve_ls_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Of the normal equations; which of the two forms these have depends on the shape."""
    matrix, rhs, l2 = op.inputs
    weight = math.cast(l2, matrix.dtype)
    rows, columns = (None, None) if matrix.dims is None else matrix.dims[-2:]
    if rows is None or columns is None:
        raise ValueError("MatrixSolveLs: the gradient needs matrices of known sizes")
    x = op.outputs[0]
    if rows >= columns:
        factor = cholesky(_gramian(matrix, weight, first=True))
        z = cholesky_solve(factor, dy)
        residual = rhs - matmul(matrix, x)
        drhs = matmul(matrix, z)
        dmatrix = matmul(residual, z, adjoint_b=True) - matmul(drhs, x, adjoint_b=True)
        return [dmatrix, drhs, None]
    factor = cholesky(_gramian(matrix, weight, first=False))
    drhs = cholesky_solve(factor, matmul(matrix, dy))
    inner = cholesky_solve(factor, rhs)
    dmatrix = matmul(inner, dy - matmul(matrix, drhs, adjoint_a=True), adjoint_b=True)
    return [dmatrix - matmul(drhs, x, adjoint_b=True), drhs, None]


def _gramian(matrix: Tensor, weight: Any, first: bool) -> Tensor:
    """matrix^H @ matrix, or matrix @ matrix^H, plus the weight on the diagonal."""
    gramian: Tensor = matmul(matrix, matrix, adjoint_a=first, adjoint_b=not first)
    if isinstance(weight, (int, float)) and weight == 0:
        return gramian
    is_known = gramian.dims is not None and None not in gramian.dims
    sizes: Any = gramian.dims if is_known else array.shape(gramian)
    ridge: Tensor = weight * eye(sizes[-1], batch_shape=sizes[:-2], dtype=matrix.dtype)
    return gramian + ridge


def matrix_solve_ls(
    matrix: TensorLike,
    rhs: TensorLike,
    l2_regularizer: float = 0.0,
    fast: bool = True,
    name: str | None = None,
) -> Tensor:
    """Solves linear equations by least squares.

    Args:
      matrix: [..., m, n]; float32, float64, complex64 or complex128.
      rhs: [..., m, k], of the dtype of `matrix`.
      l2_regularizer: a number, the factor of the sum of squares of the solution.
      fast: whether the normal equations are solved, which needs matrices of full rank; else an
        orthogonal decomposition is used, which finds the smallest solution and knows no
        regularizer.
      name: a name for the scope of the operations.

    Returns:
      [..., n, k].

    Raises:
      ValueError: the shapes do not fit.

    Source: TensorFlow 1.15 `tf.matrix_solve_ls`.
    """
    matrix = convert_to_tensor(matrix, name="matrix")
    if matrix.dtype == dtypes.complex128 and l2_regularizer != 0:
        raise NotImplementedError(
            "matrix_solve_ls is currently disabled for complex128 and l2_regularizer != 0 due to "
            "poor accuracy."
        )
    if not fast:
        found: Tensor = build("MatrixSolveLs", matrix, rhs, l2_regularizer, fast=False, name=name)
        return found
    with name_scope(name, "matrix_solve_ls", [matrix, rhs, l2_regularizer]):
        rhs = convert_to_tensor(rhs, name="rhs")
        dims = None if matrix.dims is None else matrix.dims[-2:]
        if dims is not None and None not in dims:
            is_tall = dims[0] >= dims[1]
            solve = _solve_overdetermined if is_tall else _solve_underdetermined
            return solve(matrix, rhs, l2_regularizer)
        sizes = array.shape(matrix)[-2:]
        result: Tensor = control_flow.cond(
            math.greater_equal(sizes[0], sizes[1]),
            lambda: _solve_overdetermined(matrix, rhs, l2_regularizer),
            lambda: _solve_underdetermined(matrix, rhs, l2_regularizer),
        )
        return result


lstsq = matrix_solve_ls


def _solve_overdetermined(matrix: Tensor, rhs: Tensor, weight: Any) -> Tensor:
    factor = cholesky(_gramian(matrix, weight, first=True))
    return cholesky_solve(factor, matmul(matrix, rhs, adjoint_a=True))


def _solve_underdetermined(matrix: Tensor, rhs: Tensor, weight: Any) -> Tensor:
    factor = cholesky(_gramian(matrix, weight, first=False))
    return matmul(matrix, cholesky_solve(factor, rhs), adjoint_a=True)


# ---- TridiagonalMatMul, TridiagonalSolve ----

op(
    "TridiagonalMatMul(superdiag: T, maindiag: T, subdiag: T, rhs: T) -> output: T",
    f"T: {_WIDE_TYPES}",
)
op(
    "TridiagonalSolve(diagonals: T, rhs: T) -> output: T",
    f"partial_pivoting: bool = true; T: {_WIDE_TYPES}",
)


@shape("TridiagonalMatMul")
def tridiagonal_matmul_shape(
    superdiag: Tensor, maindiag: Tensor, subdiag: Tensor, rhs: Tensor
) -> Dims:
    """The shape of `rhs`."""
    diagonal: Dims = None
    for part in (superdiag, maindiag, subdiag):
        diagonal = merge_dims(diagonal, with_rank_at_least(part.dims, 2))
    right = with_rank_at_least(rhs.dims, 2)
    if diagonal is None or right is None:
        return right
    merge_dim(diagonal[-2], 1)
    batch = merge_dims(diagonal[:-2], right[:-2]) or ()
    return (*batch, merge_dim(diagonal[-1], right[-2]), right[-1])


@shape("TridiagonalSolve")
def tridiagonal_solve_shape(diagonals: Tensor, rhs: Tensor) -> Dims:
    """The shape of `rhs`."""
    left, right = with_rank_at_least(diagonals.dims, 2), with_rank_at_least(rhs.dims, 2)
    if left is None or right is None:
        return right
    merge_dim(left[-2], 3)
    batch = merge_dims(left[:-2], right[:-2]) or ()
    return (*batch, merge_dim(left[-1], right[-2]), right[-1])


def _shifted(x: Tensor, by: int) -> Tensor:
    """Moves rows along the last axis but one, up for a positive number; zeros come in."""
    none = array.zeros_like(x[..., :1, :])
    moved = [x[..., 1:, :], none] if by > 0 else [none, x[..., :-1, :]]
    return array.concat(moved, -2)


def _row_sums(x: Tensor) -> Tensor:
    return reduction.reduce_sum(x, -1)


def _conj(x: Tensor) -> Tensor:
    return math.conj(x) if x.dtype.is_complex else x


@gradient("TridiagonalMatMul")
def tridiagonal_matmul_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """Products with the diagonals' places in the transposed matrix."""
    upper, middle, lower, x = (_conj(part) for part in op.inputs)
    # Rows of `rhs` above and below those that they are multiplied with.
    dupper = _row_sums(_shifted(x, 1) * dy)
    dlower = _row_sums(_shifted(x, -1) * dy)
    diagonals = [array.expand_dims(part, -2) for part in (dupper, _row_sums(x * dy), dlower)]
    up, down, main = (rearrange.matrix_transpose(part) for part in (upper, lower, middle))
    dx = main * dy + _shifted(up * dy, -1) + _shifted(down * dy, 1)
    return [*diagonals, dx]


@gradient("TridiagonalSolve")
def tridiagonal_solve_gradient(op: Operation, dy: Tensor) -> list[Any]:
    """By the solution with the transposed matrix; as in TensorFlow, nothing is conjugated."""
    diagonals, x = op.inputs[0], op.outputs[0]
    upper, middle, lower = diagonals[..., 0, :], diagonals[..., 1, :], diagonals[..., 2, :]
    none = array.zeros_like(upper[..., :1])
    transposed = array.stack(
        [
            array.concat([lower[..., 1:], none], -1),
            middle,
            array.concat([none, upper[..., :-1]], -1),
        ],
        axis=-2,
    )
    pivoting = op.attrs["partial_pivoting"]
    drhs = build("TridiagonalSolve", transposed, dy, partial_pivoting=pivoting)
    products = [_row_sums(drhs * moved) for moved in (_shifted(x, 1), x, _shifted(x, -1))]
    return [-array.stack(products, axis=-2), drhs]


_FORMATS = ("matrix", "sequence", "compact")


def _three_diagonals(diagonals: Any, form: str) -> list[Tensor]:
    """The super-, main and sub-diagonal, each as long as the main one.

    Raises:
      ValueError: the format or the shapes are wrong.
    """
    if form == "compact":
        diagonals = convert_to_tensor(diagonals, name="diagonals")
        return [diagonals[..., place, :] for place in range(3)]
    if form == "sequence":
        return list(diagonals)
    if form != "matrix":
        raise ValueError(f"Unrecognized diagonals_format: {form}")
    matrix = convert_to_tensor(diagonals, name="diagonals")
    dims = with_rank_at_least(matrix.dims, 2)
    if dims is not None and None not in dims[-2:] and dims[-2] != dims[-1]:
        raise ValueError(
            f"Expected last two dimensions of diagonals to be same, got {dims[-1]} and {dims[-2]}"
        )
    none = array.zeros_like(matrix[..., :1, 0])
    upper = array.concat([rearrange.matrix_diag_part(matrix[..., :-1, 1:]), none], -1)
    lower = array.concat([none, rearrange.matrix_diag_part(matrix[..., 1:, :-1])], -1)
    return [upper, rearrange.matrix_diag_part(matrix), lower]


def tridiagonal_matmul(
    diagonals: Any, rhs: TensorLike, diagonals_format: str = "compact", name: str | None = None
) -> Tensor:
    """Multiplies tridiagonal matrices by matrices.

    Args:
      diagonals: of format "compact" [..., 3, m]: super-, main and sub-diagonals, of which the last
        element of the first and the first of the last do not count; of format "sequence" a tuple
        of these three, [..., m]; of format "matrix" [..., m, m].
      rhs: [..., m, n]; float32, float64, complex64 or complex128.
      diagonals_format: as above.
      name: a name for the operation.

    Returns:
      A Tensor of the shape and dtype of `rhs`.

    Raises:
      ValueError: the format is unknown, or the shapes do not fit.

    Source: TensorFlow 1.15 `tf.linalg.tridiagonal_matmul`.
    """
    parts = [array.expand_dims(part, -2) for part in _three_diagonals(diagonals, diagonals_format)]
    result: Tensor = build("TridiagonalMatMul", *parts, convert_to_tensor(rhs), name=name)
    return result


def tridiagonal_solve(
    diagonals: Any,
    rhs: TensorLike,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
) -> Tensor:
    """Solves equations with tridiagonal matrices.

    Args:
      diagonals: as of `tridiagonal_matmul`; those of a "sequence" may also have only the elements
        that count.
      rhs: [..., m] or [..., m, k]; float32, float64, complex64 or complex128.
      diagonals_format: "compact", "sequence" or "matrix".
      transpose_rhs: whether `rhs` is [..., k, m]; it has no effect on [..., m].
      conjugate_rhs: whether the conjugate of `rhs` is taken.
      name: a name for the scope of the operations.
      partial_pivoting: whether rows may change places, which keeps errors small.

    Returns:
      A Tensor of the shape and dtype of `rhs`.

    Raises:
      ValueError: the format is unknown, or the shapes do not fit.
      InvalidArgumentError: at a run, a matrix is singular.

    Source: TensorFlow 1.15 `tf.linalg.tridiagonal_solve`.
    """
    with name_scope(name, "tridiagonal_solve", [diagonals, rhs]):
        compact = _compact(diagonals, diagonals_format)
        rhs = convert_to_tensor(rhs, name="rhs")
        if compact.dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        if rhs.dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        if conjugate_rhs:
            rhs = math.conj(rhs)
        rank = len(compact.dims)
        if len(rhs.dims) not in (rank - 1, rank):
            raise ValueError(
                f"Expected the rank of rhs to be {rank - 1} or {rank}, got {len(rhs.dims)}"
            )
        is_vector = len(rhs.dims) == rank - 1
        if is_vector:
            columns = array.expand_dims(rhs, -1)
        else:
            columns = rearrange.matrix_transpose(rhs) if transpose_rhs else rhs
        left, right = compact.dims[-1], None if columns.dims is None else columns.dims[-2]
        if left is not None and right is not None and left != right:
            raise ValueError(
                "Expected number of left-hand sided and right-hand sides to be equal, got "
                f"{left} and {right}"
            )
        found: Tensor = build(
            "TridiagonalSolve", compact, columns, partial_pivoting=partial_pivoting
        )
        if is_vector:
            return array.squeeze(found, -1)
        return rearrange.matrix_transpose(found) if transpose_rhs else found


def _compact(diagonals: Any, form: str) -> Tensor:
    """[..., 3, m] of diagonals in any format."""
    if form == "compact":
        compact = convert_to_tensor(diagonals, name="diagonals")
        if compact.dims is not None and len(compact.dims) < 2:
            raise ValueError(f"Expected diagonals to have rank at least 2, got {len(compact.dims)}")
        if compact.dims is not None and compact.dims[-2] not in (None, 3):
            raise ValueError(f"Expected 3 diagonals got {compact.dims[-2]}")
        return compact
    if form == "sequence":
        if not isinstance(diagonals, (tuple, list)) or len(diagonals) != 3:
            raise ValueError("Expected diagonals to be a sequence of length 3.")
        upper, middle, lower = (convert_to_tensor(part) for part in diagonals)
        length = middle.shape[-1].value
        return array.stack([_padded(upper, length, 1), middle, _padded(lower, length, 0)], axis=-2)
    return array.stack(_three_diagonals(diagonals, form), axis=-2)


def _padded(diagonal: Tensor, length: int | None, place: int) -> Tensor:
    """A diagonal with an element more at its beginning (0) or end (1), unless it has that."""
    own = diagonal.shape[-1].value
    if own is None or length is None:
        raise ValueError("Expected diagonals to have known sizes.")
    if own == length:
        return diagonal
    if own != length - 1:
        raise ValueError(
            f"Expected {'superdiagonal' if place else 'subdiagonal'} to be have length {length} "
            f"or {length - 1}, got {own}."
        )
    none = array.zeros_like(diagonal[..., :1])
    return array.concat([diagonal, none] if place else [none, diagonal], -1)


# ---- By products and singular values ----


def matvec(
    a: TensorLike,
    b: TensorLike,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Multiplies matrices by vectors.

    Args:
      a: [..., m, n].
      b: [..., n], of the dtype of `a`.
      transpose_a: whether `a` is transposed before.
      adjoint_a: whether `a` is transposed and conjugated before.
      a_is_sparse: whether `a` is thought to have many zeros; of no effect on the result.
      b_is_sparse: the same of `b`.
      name: a name for the scope of the operations.

    Returns:
      [..., m].

    Source: TensorFlow 1.15 `tf.linalg.matvec`.
    """
    with name_scope(name, "MatVec", [a, b]):
        product = matmul(
            a,
            array.expand_dims(b, axis=-1),
            transpose_a=transpose_a,
            adjoint_a=adjoint_a,
            a_is_sparse=a_is_sparse,
            b_is_sparse=b_is_sparse,
        )
        return array.squeeze(product, axis=-1)


def normalize(
    tensor: TensorLike, ord: TensorLike = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Divides vectors, matrices or a whole tensor by their norms.

    Args:
      tensor, ord, axis: as of `tf.norm`.
      name: a name for the scope of the operations.

    Returns:
      (normalized, norms): Tensors of the shape of `tensor`, and with 1 in the place of `axis`.

    Source: TensorFlow 1.15 `tf.linalg.normalize`.
    """
    with name_scope(name, "normalize", [tensor]):
        tensor = convert_to_tensor(tensor)
        norms = norm(tensor, ord, axis, keepdims=True)
        norms = math.cast(norms, tensor.dtype)
        return tensor / norms, norms


def _matrices(a: Any, validates: bool) -> Tensor:
    """A tensor of matrices.

    Raises:
      ValueError: of a rank below 2.
    """
    a = convert_to_tensor(a, name="a")
    if a.dims is not None and len(a.dims) < 2:
        raise ValueError(f"Input `a` must have at least 2 dimensions (saw: {len(a.dims)}).")
    if validates and a.dims is None:
        checked = check.assert_rank_at_least(
            a, rank=2, message="Input `a` must have at least 2 dimensions."
        )
        with control_dependencies([checked]):
            a = array.identity(a)
    result: Tensor = a
    return result


def _largest_size(a: Tensor) -> Any:
    """The larger one of the numbers of rows and columns: a number, or a Tensor."""
    rows, columns = (None, None) if a.dims is None else a.dims[-2:]
    if rows is not None and columns is not None:
        return float(max(rows, columns))
    return math.cast(reduction.reduce_max(array.shape(a)[-2:]), a.dtype)


def _epsilon(dtype: Any) -> float:
    return float(np.finfo(dtype.as_numpy_dtype).eps)


def matrix_rank(
    a: TensorLike,
    tol: TensorLike | None = None,
    validate_args: bool = False,
    name: str | None = None,
) -> Tensor:
    """Counts singular values above a limit.

    Args:
      a: [..., m, n]; float32 or float64.
      tol: the limit; None: the largest singular value times the larger one of m and n times the
        distance between 1 and the next number.
      validate_args: whether the rank of `a` is checked at a run.
      name: a name for the scope of the operations.

    Returns:
      [...]; int32.

    Raises:
      ValueError: `a` is no tensor of matrices.

    Source: TensorFlow 1.15 `tf.linalg.matrix_rank`.
    """
    with name_scope(name, "matrix_rank", [a, tol]):
        a = _matrices(a, validate_args)
        values = svd(a, compute_uv=False)
        if tol is None:
            largest = reduction.reduce_max(values, axis=-1, keepdims=True)
            tol = _epsilon(a.dtype) * _largest_size(a) * largest
        return reduction.reduce_sum(math.cast(values > tol, dtypes.int32), axis=-1)


def pinv(
    a: TensorLike,
    rcond: TensorLike | None = None,
    validate_args: bool = False,
    name: str | None = None,
) -> Tensor:
    """Computes pseudo-inverses of matrices.

    Args:
      a: [..., m, n]; float32 or float64.
      rcond: [...], singular values up to this times the largest one are taken for 0; None: ten
        times the larger one of m and n times the distance between 1 and the next number.
      validate_args: whether the rank of `a` is checked at a run.
      name: a name for the scope of the operations.

    Returns:
      [..., n, m], of the dtype of `a`.

    Raises:
      TypeError: `a` has another dtype.
      ValueError: `a` is no tensor of matrices.

    Source: TensorFlow 1.15 `tf.linalg.pinv`.
    """
    with name_scope(name, "pinv", [a, rcond]):
        a = convert_to_tensor(a, name="a")
        if not a.dtype.is_floating:
            raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype.name}).")
        a = _matrices(a, validate_args)
        if rcond is None:
            rcond = 10.0 * _largest_size(a) * _epsilon(a.dtype)
        rcond = convert_to_tensor(rcond, dtype=a.dtype, name="rcond")
        values, left, right = svd(a, full_matrices=False, compute_uv=True)
        limit = rcond * reduction.reduce_max(values, axis=-1)
        infinity = math.cast(np.inf, a.dtype)
        kept = indexing.where_v2(values > array.expand_dims(limit, -1), values, infinity)
        inverse = matmul(right / array.expand_dims(kept, -2), left, adjoint_b=True)
        if a.dims is not None:
            inverse.set_shape((*a.dims[:-2], a.dims[-1], a.dims[-2]))
        return inverse
