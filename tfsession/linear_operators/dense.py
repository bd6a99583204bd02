"""Operators of matrices that are there in full, or in half: dense and lower triangular ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.linear_operators.operator import (
    LinearOperator,
    _adjoint_if,
    dense_product,
    triangular_solve,
)
from tfsession.ops import array, check, math, reduction
from tfsession.ops.rearrange import matrix_band_part, matrix_diag_part
from tfsession.shapes import TensorShape

__all__ = ["LinearOperatorFullMatrix", "LinearOperatorLowerTriangular"]

_ALLOWED = [
    dtypes.float16,
    dtypes.float32,
    dtypes.float64,
    dtypes.complex64,
    dtypes.complex128,
]


def check_matrix(matrix: Any, name: str) -> None:
    """Checks dtype and rank of an argument.

    Raises:
      TypeError: it is not of a floating or complex dtype.
      ValueError: it has less than two axes.
    """
    if matrix.dtype not in _ALLOWED:
        raise TypeError(f"Argument {name} must have dtype in {_ALLOWED}.  Found: {matrix.dtype!r}")
    if matrix.shape.ndims is not None and matrix.shape.ndims < 2:
        raise ValueError(f"Argument {name} must have at least 2 dimensions.  Found: {matrix}")


class LinearOperatorFullMatrix(LinearOperator):
    """The operator of a batch of matrices.

    Args:
      matrix: [..., rows, columns]; floating or complex.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      TypeError: `matrix` is of another dtype.
      ValueError: `matrix` has less than two axes.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorFullMatrix`.
    """

    def __init__(
        self,
        matrix: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorFullMatrix",
    ) -> None:
        with name_scope(name, values=[matrix]):
            self._matrix = convert_to_tensor(matrix, name="matrix")
            check_matrix(self._matrix, "matrix")
        super().__init__(
            dtype=self._matrix.dtype,
            graph_parents=[self._matrix],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
        )

    def _shape(self) -> TensorShape:
        return self._matrix.shape

    def _shape_tensor(self) -> Any:
        return array.shape(self._matrix)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return dense_product(self._matrix, x, adjoint, adjoint_arg)

    def _to_dense(self) -> Any:
        return self._matrix


class LinearOperatorLowerTriangular(LinearOperator):
    """The operator of a batch of lower triangular matrices.

    Args:
      tril: [..., n, n]; floating or complex. What is above the diagonal counts for nothing.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      TypeError: `tril` is of another dtype.
      ValueError: `tril` has less than two axes, or `is_square` is False.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorLowerTriangular`.
    """

    def __init__(
        self,
        tril: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        if is_square is False:
            raise ValueError("Only square lower triangular operators supported at this time.")
        with name_scope(name, values=[tril]):
            self._tril = convert_to_tensor(tril, name="tril")
            check_matrix(self._tril, "tril")
            self._lower = matrix_band_part(self._tril, -1, 0)
            self._diag = matrix_diag_part(self._tril)
        super().__init__(
            dtype=self._tril.dtype,
            graph_parents=[self._tril],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
        )

    def _shape(self) -> TensorShape:
        return self._tril.shape

    def _shape_tensor(self) -> Any:
        return array.shape(self._tril)

    def _assert_non_singular(self) -> Any:
        return assert_no_zeros(self._diag)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return dense_product(self._lower, x, adjoint, adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return triangular_solve(self._lower, _adjoint_if(rhs, adjoint_arg), adjoint=adjoint)

    def _determinant(self) -> Any:
        return reduction.reduce_prod(self._diag, axis=[-1])

    def _log_abs_determinant(self) -> Any:
        return reduction.reduce_sum(math.log(math.abs(self._diag)), axis=[-1])

    def _diag_part(self) -> Any:
        return self._diag

    def _to_dense(self) -> Any:
        return self._lower


def assert_no_zeros(diagonal: Any) -> Any:
    """An Operation that fails where a diagonal has zeros."""
    modulus = math.abs(diagonal)
    return check.assert_less(
        np.zeros((), modulus.dtype.as_numpy_dtype),
        modulus,
        message="Singular operator:  Diagonal contained zero values.",
    )
