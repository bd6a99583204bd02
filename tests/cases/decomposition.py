"""Records of tfsession.ops.decomposition.

Vectors that are only defined up to their sign are recorded in products in which it does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.array import anything
from tests.cases.record import WIDE_FLOATS, Case, normal

KINDS = (*WIDE_FLOATS, "complex64", "complex128")
Inputs = Callable[[np.random.Generator, np.dtype], list[Any]]


def positive_definite(*shapes: tuple[int, ...]) -> Inputs:
    """Inputs: Hermitian matrices with eigenvalues of 1 and more; then anything."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        x, *others = anything(*shapes)(rng, dtype)
        square = x @ x.swapaxes(-1, -2).conj() + np.eye(x.shape[-1])
        return [square.astype(dtype), *others]

    return make


def dominant(*shapes: tuple[int, ...]) -> Inputs:
    """Inputs: matrices that are far from singular; then anything."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        x, *others = anything(*shapes)(rng, dtype)
        return [(x + 4 * np.eye(x.shape[-1])).astype(dtype), *others]

    return make


def _symmetric(tf: Any, x: Any) -> Any:
    return x + tf.linalg.adjoint(x)


def _lower(tf: Any, x: Any) -> Any:
    """The op reads lower triangles; so do central differences."""
    return tf.matrix_band_part(x, -1, 0)


def _functions_of_eigen(tf: Any, x: Any) -> list[Any]:
    e, v = tf.self_adjoint_eig(_symmetric(tf, x))
    return [e, tf.matmul(v * tf.expand_dims(tf.exp(0.2 * e), -2), v, adjoint_b=True)]


def _functions_of_svd(full: bool) -> Callable[..., Any]:
    def build(tf: Any, x: Any) -> list[Any]:
        s, u, v = tf.svd(x, full_matrices=full)
        k = min(x.shape[-1].value, x.shape[-2].value) if full else None
        scaled = u[..., :k] * tf.cast(tf.expand_dims(tf.sqrt(s), -2), x.dtype)
        return [s, tf.matmul(scaled, v[..., :k], adjoint_b=True)]

    return build


def _functions_of_qr(full: bool) -> Callable[..., Any]:
    def build(tf: Any, x: Any) -> list[Any]:
        q, r = tf.qr(x, full_matrices=full)
        return [tf.matmul(q, r), tf.matmul(q, q, adjoint_b=True), tf.abs(r)]

    return build


def _norm(**arguments: Any) -> Callable[..., Any]:
    return lambda tf, x: tf.norm(x, **arguments)


CASES = [
    Case("Cholesky", "", lambda tf, x: tf.cholesky(x), positive_definite((3, 3)), KINDS,
         np.linalg.cholesky, gradient=False),
    Case("Cholesky", "batch", lambda tf, x: tf.cholesky(x), positive_definite((2, 2, 3, 3)),
         WIDE_FLOATS, np.linalg.cholesky, gradient=False),
    Case("Cholesky", "differentiable",
         lambda tf, x: tf.cholesky(tf.matmul(x, x, transpose_b=True)), dominant((2, 3, 3)),
         WIDE_FLOATS),
    Case("Cholesky", "solve", lambda tf, x, y: tf.cholesky_solve(tf.cholesky(x), y),
         positive_definite((3, 3), (3, 2)), KINDS, np.linalg.solve, gradient=False),
    Case("Cholesky", "logdet", lambda tf, x: tf.linalg.logdet(x), positive_definite((2, 3, 3)),
         WIDE_FLOATS, lambda x: np.linalg.slogdet(x)[1], gradient=False),
    Case("MatrixInverse", "", lambda tf, x: tf.matrix_inverse(x), dominant((2, 3, 3)), KINDS,
         np.linalg.inv),
    Case("MatrixInverse", "adjoint", lambda tf, x: tf.matrix_inverse(x, adjoint=True),
         dominant((3, 3)), KINDS, lambda x: np.linalg.inv(x.T.conj())),
    Case("MatrixDeterminant", "", lambda tf, x: tf.matrix_determinant(x), dominant((2, 3, 3)),
         KINDS, np.linalg.det, tolerance=1e-4),
    Case("LogMatrixDeterminant", "", lambda tf, x: list(tf.linalg.slogdet(x)),
         dominant((2, 3, 3)), KINDS, lambda x: list(np.linalg.slogdet(x))),
    Case("MatrixSolve", "", lambda tf, a, b: tf.matrix_solve(a, b),
         dominant((2, 3, 3), (2, 3, 2)), KINDS, np.linalg.solve),
    Case("MatrixSolve", "adjoint", lambda tf, a, b: tf.matrix_solve(a, b, adjoint=True),
         dominant((3, 3), (3, 2)), KINDS, lambda a, b: np.linalg.solve(a.T.conj(), b)),
    *(
        Case("MatrixTriangularSolve", f"{'lower' if lower else 'upper'}{'-adjoint' * adjoint}",
             lambda tf, a, b, lower=lower, adjoint=adjoint: tf.matrix_triangular_solve(
                 a, b, lower=lower, adjoint=adjoint),
             dominant((2, 3, 3), (2, 3, 2)), KINDS)
        for lower in (True, False)
        for adjoint in (True, False)
    ),
    Case("SelfAdjointEigV2", "", _functions_of_eigen, anything((2, 3, 3)), KINDS, tolerance=1e-4),
    Case("SelfAdjointEigV2", "values",
         lambda tf, x: tf.self_adjoint_eigvals(_lower(tf, x)), normal((2, 3, 3)), WIDE_FLOATS,
         lambda x: np.linalg.eigvalsh(x)),
    Case("Svd", "", _functions_of_svd(False), anything((2, 3, 3)), KINDS, tolerance=1e-4),
    Case("Svd", "tall", _functions_of_svd(False), normal((4, 3)), WIDE_FLOATS, tolerance=1e-4),
    Case("Svd", "wide", _functions_of_svd(False), normal((2, 3, 4)), WIDE_FLOATS, tolerance=1e-4),
    Case("Svd", "full", _functions_of_svd(True), normal((4, 3)), WIDE_FLOATS, tolerance=1e-4,
         gradient=False, unknown=False),
    Case("Svd", "values", lambda tf, x: tf.svd(x, compute_uv=False), anything((2, 3, 4)), KINDS,
         lambda x: np.linalg.svd(x, compute_uv=False), tolerance=1e-4),
    Case("Qr", "", _functions_of_qr(False), normal((2, 3, 3)), WIDE_FLOATS, tolerance=1e-4,
         unknown=False),
    Case("Qr", "complex", _functions_of_qr(False), anything((4, 3)), ("complex64", "complex128"),
         tolerance=1e-4, gradient=False),
    Case("Qr", "tall", _functions_of_qr(False), normal((4, 3)), WIDE_FLOATS, tolerance=1e-4,
         unknown=False),
    Case("Qr", "wide", _functions_of_qr(False), normal((3, 4)), WIDE_FLOATS, tolerance=1e-4,
         gradient=False),
    Case("Qr", "full", _functions_of_qr(True), normal((4, 3)), WIDE_FLOATS, tolerance=1e-4,
         gradient=False),
    # ---- Compositions ----
    Case("Sqrt", "norm", _norm(), normal((2, 3)), WIDE_FLOATS, np.linalg.norm),
    Case("Sqrt", "norm-axis", _norm(axis=1, keepdims=True), normal((2, 3)), WIDE_FLOATS,
         lambda x: np.linalg.norm(x, axis=1, keepdims=True)),
    Case("Sqrt", "norm-matrices", _norm(axis=[-2, -1]), normal((4, 2, 3)), WIDE_FLOATS,
         lambda x: np.linalg.norm(x, axis=(-2, -1))),
    Case("Sum", "norm-1", _norm(ord=1, axis=0), normal((2, 3)), WIDE_FLOATS,
         lambda x: np.abs(x).sum(0)),
    Case("Max", "norm-inf", _norm(ord=np.inf), normal((2, 3)), WIDE_FLOATS,
         lambda x: np.abs(x).max()),
    Case("Pow", "norm-3", _norm(ord=3, axis=-1), normal((2, 3)), WIDE_FLOATS,
         lambda x: np.linalg.norm(x, 3, axis=-1)),
    Case("Max", "norm-matrix-1", _norm(ord=1, axis=(0, 1)), normal((2, 3)), WIDE_FLOATS,
         lambda x: np.abs(x).sum(0).max()),
    Case("Max", "norm-matrix-inf", _norm(ord=np.inf, axis=(0, 1)), normal((2, 3)), WIDE_FLOATS,
         lambda x: np.abs(x).sum(1).max()),
    Case("Svd", "norm-matrix-2", _norm(ord=2, axis=(2, 0), keepdims=True), normal((2, 5, 3)),
         WIDE_FLOATS, lambda x: np.linalg.norm(x, 2, axis=(2, 0), keepdims=True),
         tolerance=1e-4, unknown=False),
    Case("MatrixDiag", "eye", lambda tf: [tf.eye(3), tf.eye(2, batch_shape=[2, 1])],
         lambda rng, dtype: [], expected=lambda: [np.eye(3), np.tile(np.eye(2), (2, 1, 1, 1))]),
    Case("MatrixSetDiag", "eye", lambda tf: [tf.eye(2, 3), tf.eye(4, 3, dtype=tf.int32)],
         lambda rng, dtype: [], expected=lambda: [np.eye(2, 3), np.eye(4, 3)]),
    Case("MatrixDiag", "eye-sizes", lambda tf, n: tf.eye(n, batch_shape=tf.stack([2])),
         lambda rng, dtype: [np.int32(3)], expected=lambda n: np.stack([np.eye(3)] * 2)),
]  # fmt: skip
