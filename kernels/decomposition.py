"""Kernels of matrix decompositions, inverses, determinants and linear equations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .array import shape_text
from .math import HALVES

Array = Any


@contextmanager
def failing_with(xp: Any, text: str) -> Iterator[None]:
    """Turns the error of LAPACK, or of cuSOLVER, into that of the op."""
    try:
        with _looking_at_errors(xp):
            yield
    except np.linalg.LinAlgError:
        raise InvalidArgumentError.of(text) from None


def _looking_at_errors(xp: Any) -> AbstractContextManager[Any]:
    """Lets CuPy wait for cuSOLVER's verdict; by default it hands out whatever was computed."""
    if xp is np:
        return nullcontext()
    import cupyx

    errors: AbstractContextManager[Any] = cupyx.errstate(linalg="raise")
    return errors


def wide(x: Array) -> Array:
    """16-bit floats as float32: LAPACK does not know them."""
    return x.astype(np.float32) if x.dtype in HALVES else x


def _check_square(x: Array) -> None:
    if x.ndim < 2:
        raise InvalidArgumentError.of(f"Input tensor 0 must have rank >= 2, got {x.ndim}")
    if x.shape[-1] != x.shape[-2]:
        raise InvalidArgumentError.of(
            f"Input matrix must be square, got shape {shape_text(x.shape[-2:])} of matrices"
        )


def _adjoint(x: Array) -> Array:
    return x.swapaxes(-1, -2).conj()


# ---- Cholesky ----


@kernel("Cholesky", capturable=False)
def cholesky(xp: Any, input: Array) -> Array:
    """The lower factor, from the lower triangle."""
    _check_square(input)
    text = "Cholesky decomposition was not successful. The input might not be valid."
    with failing_with(xp, text):
        factor = xp.linalg.cholesky(wide(input))
    return factor.astype(input.dtype, copy=False)


# ---- MatrixInverse ----


@kernel("MatrixInverse", capturable=False)
def matrix_inverse(xp: Any, input: Array, adjoint: bool) -> Array:
    """Inverses by LU decomposition."""
    _check_square(input)
    x = wide(input)
    with failing_with(xp, "Input is not invertible."):
        inverse = xp.linalg.inv(_adjoint(x) if adjoint else x)
    return inverse.astype(input.dtype, copy=False)


# ---- MatrixDeterminant, LogMatrixDeterminant ----


def _if_finite(xp: Any, x: Array, value: Array, of_nan: float, of_infinity: float) -> Array:
    """What is computed of matrices, or what TensorFlow gives for those that are not finite."""
    other = xp.where(xp.isnan(x).any(axis=(-2, -1)), of_nan, of_infinity)
    return xp.where(xp.isfinite(x).all(axis=(-2, -1)), value, other).astype(value.dtype)


@kernel("MatrixDeterminant", capturable=False)
def matrix_determinant(xp: Any, input: Array) -> Array:
    """Determinants by LU decomposition."""
    _check_square(input)
    x = wide(input)
    determinant = _if_finite(xp, x, xp.linalg.det(x), 0, math.nan)
    return determinant.astype(input.dtype, copy=False)


@kernel("LogMatrixDeterminant", capturable=False)
def log_matrix_determinant(xp: Any, input: Array) -> tuple[Array, Array]:
    """Signs of determinants and logarithms of their moduli."""
    _check_square(input)
    x = wide(input)
    sign, logarithm = xp.linalg.slogdet(x)
    sign = _if_finite(xp, x, sign, 0, 0)
    logarithm = _if_finite(xp, x, logarithm, -math.inf, math.inf)
    return sign.astype(input.dtype, copy=False), logarithm.astype(input.dtype, copy=False)


# ---- MatrixSolve, MatrixTriangularSolve ----


def _check_equations(matrix: Array, rhs: Array) -> None:
    _check_square(matrix)
    if rhs.ndim < 2 or rhs.shape[:-1] != matrix.shape[:-1]:
        raise InvalidArgumentError.of(
            f"Input matrix and rhs are incompatible: {shape_text(matrix.shape)} vs. "
            f"{shape_text(rhs.shape)}"
        )


def _solved(xp: Any, matrix: Array, rhs: Array, adjoint: bool) -> Array:
    with failing_with(xp, "Input matrix is not invertible."):
        return xp.linalg.solve(_adjoint(matrix) if adjoint else matrix, rhs)


@kernel("MatrixSolve", capturable=False)
def matrix_solve(xp: Any, matrix: Array, rhs: Array, adjoint: bool) -> Array:
    """Solutions by LU decomposition."""
    _check_equations(matrix, rhs)
    x = _solved(xp, wide(matrix), wide(rhs), adjoint)
    return x.astype(rhs.dtype, copy=False)


@kernel("MatrixTriangularSolve", capturable=False)
def matrix_triangular_solve(
    xp: Any, matrix: Array, rhs: Array, lower: bool, adjoint: bool
) -> Array:
    """Solutions that read one triangle."""
    _check_equations(matrix, rhs)
    triangle: Callable[[Array], Array] = xp.tril if lower else xp.triu
    x = _solved(xp, triangle(wide(matrix)), wide(rhs), adjoint)
    return x.astype(rhs.dtype, copy=False)


# ---- SelfAdjointEigV2 ----


@kernel("SelfAdjointEigV2", capturable=False)
def self_adjoint_eig_v2(xp: Any, input: Array, compute_v: bool) -> tuple[Array, Array]:
    """Eigenvalues in ascending order, and eigenvectors, from the lower triangle."""
    _check_square(input)
    dtype = input.dtype
    with failing_with(
        xp, "Self-adjoint eigen decomposition was not successful. The input might not be valid."
    ):
        if not compute_v:
            values = xp.linalg.eigvalsh(wide(input), "L")
            return values.astype(dtype, copy=False), xp.empty(0, dtype)
        values, vectors = xp.linalg.eigh(wide(input), "L")
    return values.astype(dtype, copy=False), vectors.astype(dtype, copy=False)


# ---- Svd ----


@kernel("Svd", capturable=False)
def svd(xp: Any, input: Array, compute_uv: bool, full_matrices: bool) -> tuple[Array, Array, Array]:
    """Singular values in descending order, and singular vectors as columns."""
    if input.ndim < 2:
        raise InvalidArgumentError.of(f"Input tensor 0 must have rank >= 2, got {input.ndim}")
    dtype = input.dtype
    with failing_with(xp, "SVD decomposition was not successful. The input might not be valid."):
        if not compute_uv:
            s = xp.linalg.svd(wide(input), compute_uv=False)
            return s.astype(dtype, copy=False), xp.empty(0, dtype), xp.empty(0, dtype)
        u, s, vh = xp.linalg.svd(wide(input), full_matrices)
    return (
        s.astype(dtype, copy=False),
        u.astype(dtype, copy=False),
        _adjoint(vh).astype(dtype, copy=False),
    )


# ---- Qr ----


@kernel("Qr", capturable=False)
def qr(xp: Any, input: Array, full_matrices: bool) -> tuple[Array, Array]:
    """Orthonormal columns and an upper triangle, by reflections."""
    if input.ndim < 2:
        raise InvalidArgumentError.of(f"Input tensor 0 must have rank >= 2, got {input.ndim}")
    q, r = xp.linalg.qr(wide(input), "complete" if full_matrices else "reduced")
    return q.astype(input.dtype, copy=False), r.astype(input.dtype, copy=False)
