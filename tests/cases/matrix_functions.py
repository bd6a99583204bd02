"""Records of tfsession/ops/matrix_functions.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import WIDE_FLOATS, Case, normal


def positive_definite(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Two matrices whose roots are far from singular."""
    x = rng.standard_normal((2, 3, 3))
    return [(x @ x.swapaxes(-1, -2) + 2 * np.eye(3)).astype(dtype)]


def dominant(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Diagonals of which the main one is the largest, and right-hand sides."""
    diagonals = rng.standard_normal((2, 3, 5))
    diagonals[:, 1] += 4
    return [diagonals.astype(dtype), rng.standard_normal((2, 5, 2)).astype(dtype)]


def swapping(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    """Diagonals that cannot do without pivots."""
    diagonals = np.array([[2, 1, 3, 9], [0, 1, 0, 1], [9, 4, 1, 2]])
    return [diagonals.astype(dtype), rng.standard_normal((4, 2)).astype(dtype)]


def reconstructed(tf: Any, x: Any) -> Any:
    """What the factors of a matrix multiply to."""
    factors, order = tf.linalg.lu(x)
    upper = tf.linalg.band_part(factors, 0, -1)
    lower = tf.linalg.set_diag(tf.linalg.band_part(factors, -1, 0), tf.ones_like(x[..., 0]))
    return [
        factors,
        order,
        tf.gather(tf.matmul(lower, upper)[0], tf.math.invert_permutation(order[0])),
    ]


def solved(is_fast: bool) -> Any:
    """Least squares, by the op itself."""
    return lambda tf, a, b: tf.raw_ops.MatrixSolveLs(
        matrix=a, rhs=b, l2_regularizer=tf.constant(0.3 * is_fast, tf.float64), fast=is_fast
    )


CASES = [
    Case("Lu", "", reconstructed, normal((2, 5, 5)), WIDE_FLOATS, tolerance=1e-4, gradient=False),
    Case(
        "MatrixSquareRoot",
        "",
        lambda tf, x: tf.linalg.sqrtm(x),
        positive_definite,
        WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "MatrixLogarithm",
        "",
        lambda tf, x: tf.linalg.logm(tf.complex(x, 0.5 * x)),
        normal((2, 4, 4)),
        WIDE_FLOATS,
        tolerance=1e-3,
        gradient=False,
    ),
    Case(
        "MatrixSolve",
        "expm",
        lambda tf, x: tf.linalg.expm(x * tf.reshape(tf.cast([0.1, 1, 3], x.dtype), [3, 1, 1])),
        normal((3, 3, 3)),
        WIDE_FLOATS,
        tolerance=1e-3,
        gradient=False,
    ),
    Case(
        "MatrixSolveLs",
        "tall",
        solved(True),
        normal((2, 5, 3), (2, 5, 2)),
        WIDE_FLOATS,
        tolerance=1e-4,
        # The gradient needs to know which size is larger.
        unknown=False,
    ),
    Case(
        "MatrixSolveLs",
        "wide",
        solved(True),
        normal((2, 3, 5), (2, 3, 2)),
        WIDE_FLOATS,
        tolerance=1e-4,
        # The gradient needs to know which size is larger.
        unknown=False,
    ),
    Case(
        "MatrixSolveLs",
        "orthogonal",
        solved(False),
        normal((3, 5), (3, 2)),
        WIDE_FLOATS,
        tolerance=1e-4,
        gradient=False,
    ),
    Case(
        "Cholesky",
        "least squares",
        lambda tf, a, b: tf.matrix_solve_ls(a, b, l2_regularizer=0.1),
        normal((5, 3), (5, 2)),
        WIDE_FLOATS,
        tolerance=1e-4,
    ),
    Case(
        "TridiagonalMatMul",
        "",
        lambda tf, d, x: tf.linalg.tridiagonal_matmul(d, x),
        dominant,
        WIDE_FLOATS,
    ),
    Case(
        "TridiagonalSolve",
        "",
        lambda tf, d, x: tf.linalg.tridiagonal_solve(d, x),
        dominant,
        WIDE_FLOATS,
        tolerance=1e-4,
        # The gradient needs a known rank of the shape.
        unknown=False,
    ),
    Case(
        "TridiagonalSolve",
        "pivots",
        lambda tf, d, x: tf.linalg.tridiagonal_solve(d, x),
        swapping,
        WIDE_FLOATS,
        tolerance=1e-4,
        unknown=False,
    ),
    Case(
        "Svd",
        "pinv",
        lambda tf, x: [tf.linalg.pinv(x), tf.linalg.matrix_rank(x)],
        normal((2, 4, 3)),
        WIDE_FLOATS,
        tolerance=1e-4,
        gradient=False,
    ),
    Case(
        "BatchMatMulV2",
        "matvec",
        lambda tf, a, x: tf.linalg.matvec(a, x, transpose_a=True),
        normal((2, 4, 3), (2, 4)),
        WIDE_FLOATS,
    ),
    Case(
        "RealDiv",
        "normalize",
        lambda tf, x: list(tf.linalg.normalize(x, axis=1)),
        normal((3, 4)),
        WIDE_FLOATS,
    ),
]
