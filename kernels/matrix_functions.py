"""Kernels of LU factors, logarithms and roots of matrices, least squares and tridiagonals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession.dtypes import DType
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .decomposition import failing_with, wide

Array = Any


def _check_square(x: Array) -> None:
    if x.ndim < 2:
        raise InvalidArgumentError.of(f"Input tensor must have rank >= 2, got {x.ndim}")
    if x.shape[-1] != x.shape[-2]:
        raise InvalidArgumentError.of("Input matrix must be square.")


# ---- Lu ----


@kernel("Lu", capturable=False)
def lu(xp: Any, input: Array, output_idx_type: DType) -> tuple[Array, Array]:
    """Elimination column by column, with the largest pivot, in all matrices at once."""
    _check_square(input)
    if not input.size:
        return input.copy(), xp.zeros(input.shape[:-1], output_idx_type.numpy)
    size = input.shape[-1]
    # Batches lie behind rows and columns: a row of all matrices is one piece.
    work = wide(input).reshape(-1, size, size).transpose(1, 2, 0).copy()
    every = xp.arange(work.shape[-1])
    order = xp.broadcast_to(xp.arange(size)[:, None], (size, len(every))).copy()
    for step in range(size):
        pivot = step + abs(work[step:, step]).argmax(axis=0)
        for rows in (work, order):
            # Advanced indices gather rows matrix by matrix.
            upper, chosen = rows[step].copy(), _rows_of(rows, pivot, every).copy()
            _set_rows(rows, pivot, every, upper)
            rows[step] = chosen
        diagonal = work[step, step]
        if bool((diagonal == 0).any()):
            raise InvalidArgumentError.of("Input is not invertible.")
        work[step + 1 :, step] /= diagonal
        below, right = work[step + 1 :, step, None], work[None, step, step + 1 :]
        work[step + 1 :, step + 1 :] -= below * right
    factors = work.transpose(2, 0, 1).reshape(input.shape).astype(input.dtype)
    return factors, order.T.reshape(input.shape[:-1]).astype(output_idx_type.numpy)


def _rows_of(rows: Array, places: Array, every: Array) -> Array:
    """One row of each matrix; matrices are the last axis."""
    found = rows[places, ..., every]
    return found.T if found.ndim == 2 else found


def _set_rows(rows: Array, places: Array, every: Array, values: Array) -> None:
    rows[places, ..., every] = values.T if values.ndim == 2 else values


# ---- MatrixLogarithm, MatrixSquareRoot ----


def _deflated(matrix: Array) -> Array:
    """A unitary matrix whose first columns span invariant spaces, one eigenvector after another."""
    size = len(matrix)
    unitary = np.eye(size, dtype=np.complex128)
    for step in range(size - 1):
        rest = unitary[:, step:]
        _, vectors = np.linalg.eig(rest.conj().T @ matrix @ rest)
        basis, _ = np.linalg.qr(np.concatenate([vectors[:, :1], np.eye(size - step)], axis=1))
        unitary[:, step:] = rest @ basis
    return unitary


def _schur(matrix: Array) -> tuple[Array, Array]:
    """(q, t): ``matrix = q @ t @ q^H``, q unitary, t upper triangular."""
    _, vectors = np.linalg.eig(matrix)
    unitary, _ = np.linalg.qr(vectors)
    triangle = unitary.conj().T @ matrix @ unitary
    below = abs(np.tril(triangle, -1)).max(initial=0)
    if below > 100 * np.finfo(np.float64).eps * abs(matrix).max(initial=0):
        # Eigenvectors that nearly depend on each other: slower, and sure.
        unitary = _deflated(matrix)
        triangle = unitary.conj().T @ matrix @ unitary
    return unitary, np.triu(triangle)


def _root_of_triangle(triangle: Array) -> Array:
    """The principal square root of an upper triangular matrix, diagonal by diagonal."""
    size = len(triangle)
    root = np.diag(np.sqrt(np.diag(triangle)))
    for distance in range(1, size):
        for row in range(size - distance):
            column = row + distance
            inner = root[row, row + 1 : column] @ root[row + 1 : column, column]
            divisor = root[row, row] + root[column, column]
            difference = triangle[row, column] - inner
            root[row, column] = difference / divisor if divisor != 0 or difference != 0 else 0
    return root


def _log_of_triangle(triangle: Array) -> Array:
    """The principal logarithm: roots until near 1, then Gauss and Legendre's partial fractions.

    Source: Higham, "Functions of Matrices", 2008, section 11.4.
    """
    identity = np.eye(len(triangle))
    root, times = triangle, 0
    while abs(root - identity).sum(axis=0).max(initial=0) > 0.25 and times < 100:
        root, times = _root_of_triangle(root), times + 1
    x = root - identity
    nodes, weights = np.polynomial.legendre.leggauss(12)
    result = np.zeros_like(triangle)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        result += weight * np.linalg.solve(identity + node * x, x)
    result *= 2.0**times
    # Roots lose digits of the diagonal.
    np.fill_diagonal(result, np.log(np.diag(triangle)))
    return result


def _of_each(input: Array, function: Callable[[Array], Array]) -> Array:
    """A function of upper triangular matrices, applied to matrices of any kind."""
    _check_square(input)
    size = input.shape[-1]
    result = np.empty((int(np.prod(input.shape[:-2])), size, size), np.complex128)
    for matrix, out in zip(input.reshape(result.shape), result, strict=True):
        if not np.isfinite(matrix).all():
            out[...] = np.nan
            continue
        unitary, triangle = _schur(matrix.astype(np.complex128))
        with np.errstate(all="ignore"):
            out[...] = unitary @ function(triangle) @ unitary.conj().T
    return result.reshape(input.shape)


@kernel("MatrixLogarithm", device="CPU", uses_blas=True)
def matrix_logarithm(xp: Any, input: Array) -> Array:
    """By Schur's decomposition, in complex128."""
    return _of_each(input, _log_of_triangle).astype(input.dtype)


@kernel("MatrixSquareRoot", device="CPU", uses_blas=True)
def matrix_square_root(xp: Any, input: Array) -> Array:
    """By Schur's decomposition, in complex128; of real matrices the real part is taken."""
    root = _of_each(input, _root_of_triangle)
    return (root if input.dtype.kind == "c" else root.real).astype(input.dtype)


# ---- MatrixSolveLs ----


def _adjoint(x: Array) -> Array:
    return x.conj().swapaxes(-1, -2)


@kernel("MatrixSolveLs", device="CPU", uses_blas=True)
def matrix_solve_ls(xp: Any, matrix: Array, rhs: Array, l2_regularizer: Array, fast: bool) -> Array:
    """The normal equations, or the pseudo-inverse."""
    if matrix.ndim < 2 or matrix.shape[:-2] != rhs.shape[:-2] or matrix.shape[-2] != rhs.shape[-2]:
        raise InvalidArgumentError.of("Input matrix and rhs are incompatible.")
    a, b = wide(matrix), wide(rhs)
    rows, columns = a.shape[-2:]
    if not rows or not columns or not b.size:
        return np.zeros((*a.shape[:-2], columns, b.shape[-1]), matrix.dtype)
    if not fast:
        limit = max(rows, columns) * np.finfo(a.dtype).eps
        return (np.linalg.pinv(a, limit) @ b).astype(matrix.dtype)
    adjoint = _adjoint(a)
    size = min(rows, columns)
    ridge = float(l2_regularizer) * np.eye(size, dtype=a.dtype)
    with failing_with(
        xp,
        "Input matrix was rank deficient or ill-conditioned. Try setting fast=False or provide a "
        "larger l2_regularizer > 0.",
    ):
        if rows >= columns:
            found = np.linalg.solve(adjoint @ a + ridge, adjoint @ b)
        else:
            found = adjoint @ np.linalg.solve(a @ adjoint + ridge, b)
    return found.astype(matrix.dtype)


# ---- TridiagonalMatMul, TridiagonalSolve ----


@kernel("TridiagonalMatMul")
def tridiagonal_matmul(
    xp: Any, superdiag: Array, maindiag: Array, subdiag: Array, rhs: Array
) -> Array:
    """Three products with rows, of which two are shifted."""
    upper, middle, lower = (part[..., 0, :, None] for part in (superdiag, maindiag, subdiag))
    result = middle * rhs
    result[..., :-1, :] += upper[..., :-1, :] * rhs[..., 1:, :]
    result[..., 1:, :] += lower[..., 1:, :] * rhs[..., :-1, :]
    return result


def _check_pivot(pivot: Array) -> None:
    if bool((pivot == 0).any()):
        raise InvalidArgumentError.of("The matrix is not invertible.")


@kernel("TridiagonalSolve", capturable=False)
def tridiagonal_solve(xp: Any, diagonals: Array, rhs: Array, partial_pivoting: bool) -> Array:
    """Elimination row by row, in all matrices at once."""
    size = diagonals.shape[-1]
    if not size or not rhs.size:
        return rhs.copy()
    upper, middle, lower = (diagonals[..., part, :] for part in range(3))
    zero = xp.zeros_like(middle[..., 0])
    # A row is its element on the diagonal, the two right of it, and its right-hand side.
    row = (middle[..., 0], upper[..., 0] if size > 1 else zero, zero, rhs[..., 0, :])
    rows = []
    for step in range(1, size):
        above = upper[..., step] if step + 1 < size else zero
        low = (lower[..., step], middle[..., step], above, rhs[..., step, :])
        row, after = _eliminated(xp, row, low, partial_pivoting)
        rows.append(row)
        row = after
    _check_pivot(row[0])
    return xp.stack(_back_substituted([*rows, row]), axis=-2)


def _eliminated(xp: Any, row: Any, low: Any, pivots: bool) -> tuple[Any, Any]:
    """The row that stays, and what is left of the one below, which begins a column later."""
    if pivots:
        swaps = abs(low[0]) > abs(row[0])
        masks = (swaps, swaps, swaps, swaps[..., None])
        row, low = (
            tuple(xp.where(mask, one, other) for mask, one, other in zip(masks, *pair, strict=True))
            for pair in ((low, row), (row, low))
        )
    d, u, v, right = row
    _check_pivot(d)
    factor = low[0] / d
    after = (
        low[1] - factor * u,
        low[2] - factor * v,
        xp.zeros_like(v),
        low[3] - factor[..., None] * right,
    )
    return row, after


def _back_substituted(rows: list[Any]) -> list[Any]:
    found: list[Any] = []
    for d, u, v, value in reversed(rows):
        for factor, known in zip((u, v), found[-1:-3:-1], strict=False):
            value = value - factor[..., None] * known
        found.append(value / d[..., None])
    return found[::-1]
