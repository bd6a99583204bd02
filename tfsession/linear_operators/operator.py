"""What every linear operator has: products, solutions, determinants, and what is known of it."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np

from tfsession.dtypes import DType, int32
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.linear_operators import algebra
from tfsession.ops import array, check, math, reduction
from tfsession.ops.contraction import matmul
from tfsession.ops.control import no_op
from tfsession.ops.decomposition import (
    cholesky,
    cholesky_solve,
    eye,
    matrix_determinant,
    matrix_solve,
    matrix_triangular_solve,
    slogdet,
    svd,
)
from tfsession.ops.rearrange import adjoint, matrix_diag_part
from tfsession.shapes import TensorShape

__all__ = ["LinearOperator", "broadcast_batches"]


class LinearOperator(abc.ABC):
    """A batch of matrices, of which only what is needed is ever computed.

    Kinds of operators say in `_shape`, `_shape_tensor` and `_matmul` what they are, and in other
    methods that begin with an underscore what they know a shorter way to.

    Args:
      dtype: of the matrices.
      graph_parents: tensors on which it depends.
      is_non_singular: whether each matrix has an inverse; None where that is not known.
      is_self_adjoint: whether each is its own adjoint.
      is_positive_definite: whether the real part of x^H A x is positive for all x but zero.
      is_square: whether each has as many rows as columns.
      name: the name scope of its operations.

    Raises:
      ValueError: what is said of it cannot be.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperator`.
    """

    def __init__(
        self,
        dtype: DType,
        graph_parents: Any = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        if is_positive_definite and is_non_singular is False:
            raise ValueError("A positive definite matrix is always non-singular.")
        if is_positive_definite:
            is_non_singular = True
        if is_non_singular:
            if is_square is False:
                raise ValueError("A non-singular matrix is always square.")
            is_square = True
        if is_self_adjoint:
            if is_square is False:
                raise ValueError("A self-adjoint matrix is always square.")
            is_square = True
        self._dtype = dtype
        self._graph_parents = list(graph_parents or ())
        self._is_non_singular = is_non_singular
        self._is_self_adjoint = is_self_adjoint
        self._is_positive_definite = is_positive_definite
        self._is_square = is_square
        self._name = name or type(self).__name__

    # ---- What is known of it ----

    @property
    def dtype(self) -> DType:
        """The dtype of the matrices."""
        return self._dtype

    @property
    def name(self) -> str:
        """The name scope of its operations."""
        return self._name

    @property
    def graph_parents(self) -> list[Any]:
        """The tensors on which it depends."""
        return self._graph_parents

    @property
    def is_non_singular(self) -> bool | None:
        """Whether each matrix has an inverse; None where that is not known."""
        return self._is_non_singular

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether each matrix is its own adjoint; None where that is not known."""
        return self._is_self_adjoint

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether each matrix is positive definite; None where that is not known."""
        return self._is_positive_definite

    @property
    def is_square(self) -> bool | None:
        """Whether each matrix is square; None where that is not known."""
        rows, columns = self.range_dimension.value, self.domain_dimension.value
        found: bool | None = None if rows is None or columns is None else rows == columns
        if found is None:
            return self._is_square
        if self._is_square is not None and found != self._is_square:
            raise ValueError(
                f"User set is_square hint to {self._is_square}, but the operator was actually "
                f"is_square={found}, based on static shape."
            )
        return found

    def _name_scope(self, name: str | None = None, values: Any = None) -> Any:
        return name_scope(f"{self.name}/{name}", values=values or [])

    # ---- Shapes ----

    @abc.abstractmethod
    def _shape(self) -> TensorShape:
        """The shape, as far as it is known."""

    @abc.abstractmethod
    def _shape_tensor(self) -> Any:
        """The shape; int32."""

    @property
    def shape(self) -> TensorShape:
        """[..., rows, columns], as far as it is known."""
        return self._shape()

    @property
    def batch_shape(self) -> TensorShape:
        """The shape of the batch of matrices, as far as it is known."""
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> Any:
        """The rank of the shape, as far as it is known."""
        return self.shape.ndims

    @property
    def domain_dimension(self) -> Any:
        """The number of columns, as far as it is known; a Dimension."""
        return TensorShape([None])[0] if self.shape.ndims is None else self.shape[-1]

    @property
    def range_dimension(self) -> Any:
        """The number of rows, as far as it is known; a Dimension."""
        return TensorShape([None])[0] if self.shape.ndims is None else self.shape[-2]

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """[..., rows, columns]; int32."""
        with self._name_scope(name):
            if self.shape.is_fully_defined():
                return convert_to_tensor(self.shape.as_list(), dtype=int32)
            found: Tensor = self._shape_tensor()
            return found

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """The shape of the batch of matrices; int32."""
        with self._name_scope(name):
            found: Tensor = self.shape_tensor()[:-2]
            return found

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """The rank of the shape; int32."""
        with self._name_scope(name):
            found: Tensor = array.size(self.shape_tensor())
            return found

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """The number of columns; int32."""
        with self._name_scope(name):
            found: Tensor = self.shape_tensor()[-1]
            return found

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """The number of rows; int32."""
        with self._name_scope(name):
            found: Tensor = self.shape_tensor()[-2]
            return found

    # ---- Checks ----

    def _assert_non_singular(self) -> Any:
        """By the ratio of the largest and the smallest singular value."""
        values = svd(self.to_dense(), compute_uv=False)
        condition = reduction.reduce_max(values, -1) / reduction.reduce_min(values, -1)
        kind = np.finfo(self.dtype.real_dtype.as_numpy_dtype)
        size = math.cast(self.shape_tensor()[-1], self.dtype.real_dtype)
        return check.assert_less(
            condition, 1.0 / (kind.eps * size), message="Singular matrix up to precision epsilon."
        )

    def _assert_positive_definite(self) -> Any:
        if not self.is_self_adjoint:
            raise NotImplementedError("assert_positive_definite is not implemented.")
        return cholesky(self.to_dense()).op

    def _assert_self_adjoint(self) -> Any:
        dense = self.to_dense()
        return check.assert_equal(
            dense, adjoint(dense), message="Matrix was not equal to its adjoint."
        )

    def assert_non_singular(self, name: str = "assert_non_singular") -> Any:
        """An Operation that fails where a matrix has no inverse, up to rounding."""
        with self._name_scope(name):
            return self._assert_non_singular()

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Any:
        """An Operation that fails where a matrix is not positive definite.

        Raises:
          NotImplementedError: there is no way to find that out.
        """
        with self._name_scope(name):
            return self._assert_positive_definite()

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> Any:
        """An Operation that fails where a matrix is not its own adjoint."""
        with self._name_scope(name):
            return self._assert_self_adjoint()

    def _passes(self) -> Any:
        """An Operation that never fails."""
        return no_op("assert")

    # ---- Products ----

    @abc.abstractmethod
    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        """The product with a batch of matrices."""

    def matmul(
        self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul"
    ) -> Any:
        """The product with matrices.

        Args:
          x: [..., columns, n]; of the dtype of the operator. Or a LinearOperator.
          adjoint: whether the adjoint of this operator is multiplied.
          adjoint_arg: whether the adjoint of `x` is.
          name: a name for the operations.

        Returns:
          [..., rows, n], or a LinearOperator where `x` is one.

        Raises:
          ValueError: the shapes do not fit.
          TypeError: `x` is of another dtype.
        """
        if isinstance(x, LinearOperator):
            left = self.adjoint() if adjoint else self
            right = x.adjoint() if adjoint_arg else x
            _check_sizes(left.domain_dimension, right.range_dimension, "x")
            with self._name_scope(name):
                return algebra.product(left, right)
        with self._name_scope(name, values=[x]):
            x = self._argument(x, "x")
            own = self.range_dimension if adjoint else self.domain_dimension
            _check_sizes(own, x.shape[-1 if adjoint_arg else -2], "x")
            return self._matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def __matmul__(self, other: Any) -> Any:
        return self.matmul(other)

    def _matvec(self, x: Any, adjoint: bool = False) -> Any:
        return array.squeeze(self.matmul(array.expand_dims(x, axis=-1), adjoint=adjoint), axis=-1)

    def matvec(self, x: TensorLike, adjoint: bool = False, name: str = "matvec") -> Tensor:
        """The product with vectors, [..., columns]; see `matmul`."""
        with self._name_scope(name, values=[x]):
            x = self._argument(x, "x")
            _check_sizes(
                self.range_dimension if adjoint else self.domain_dimension, x.shape[-1], "x"
            )
            found: Tensor = self._matvec(x, adjoint=adjoint)
            return found

    def _argument(self, x: Any, name: str) -> Any:
        x = convert_to_tensor(x, name=name)
        if x.dtype.base_dtype != self.dtype.base_dtype:
            raise TypeError(
                f"Expected argument to have dtype {self.dtype!r}.  Found: {x.dtype!r} in tensor {x}"
            )
        return x

    # ---- Solutions ----

    def _can_use_cholesky(self) -> bool:
        return bool(self.is_self_adjoint and self.is_positive_definite)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        rhs = _adjoint_if(rhs, adjoint_arg)
        dense, rhs = broadcast_batches(self.to_dense(), rhs)
        if self._can_use_cholesky():
            return cholesky_solve(cholesky(dense), rhs)
        return matrix_solve(dense, rhs, adjoint=adjoint)

    def solve(
        self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve"
    ) -> Any:
        """The matrices whose product with the operator is `rhs`.

        Args:
          rhs: [..., rows, n]; of the dtype of the operator. Or a LinearOperator.
          adjoint: whether the product is one with the adjoint.
          adjoint_arg: whether the adjoint of `rhs` is taken.
          name: a name for the operations.

        Returns:
          [..., columns, n], or a LinearOperator where `rhs` is one.

        Raises:
          NotImplementedError: the operator is known to be singular, or not square.
          ValueError: the shapes do not fit.
          TypeError: `rhs` is of another dtype.
        """
        self._check_solvable("Exact solve")
        if isinstance(rhs, LinearOperator):
            left = self.adjoint() if adjoint else self
            right = rhs.adjoint() if adjoint_arg else rhs
            _check_sizes(left.range_dimension, right.range_dimension, "rhs")
            with self._name_scope(name):
                return algebra.solution(left, right)
        with self._name_scope(name, values=[rhs]):
            rhs = self._argument(rhs, "rhs")
            own = self.domain_dimension if adjoint else self.range_dimension
            _check_sizes(own, rhs.shape[-1 if adjoint_arg else -2], "rhs")
            return self._solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _check_solvable(self, what: str) -> None:
        if self.is_non_singular is False:
            raise NotImplementedError(
                f"{what} not implemented for an operator that is expected to be singular."
            )
        if self.is_square is False:
            raise NotImplementedError(
                f"{what} not implemented for an operator that is expected to not be square."
            )

    def _solvevec(self, rhs: Any, adjoint: bool = False) -> Any:
        return array.squeeze(self.solve(array.expand_dims(rhs, axis=-1), adjoint=adjoint), axis=-1)

    def solvevec(self, rhs: TensorLike, adjoint: bool = False, name: str = "solve") -> Tensor:
        """The vectors whose product with the operator is `rhs`, [..., rows]; see `solve`."""
        with self._name_scope(name, values=[rhs]):
            found: Tensor = self._solvevec(self._argument(rhs, "rhs"), adjoint=adjoint)
            return found

    # ---- Other operators ----

    def adjoint(self, name: str = "adjoint") -> Any:
        """The operator of the adjoint matrices."""
        if self.is_self_adjoint:
            return self
        with self._name_scope(name):
            return algebra.adjoint(self)

    @property
    def H(self) -> Any:
        """The operator of the adjoint matrices."""
        return self.adjoint()

    def inverse(self, name: str = "inverse") -> Any:
        """The operator of the inverse matrices.

        Raises:
          ValueError: the operator is known to be singular, or not square.
        """
        if self.is_square is False:
            raise ValueError(
                "Cannot take the Inverse: This operator represents a non square matrix."
            )
        if self.is_non_singular is False:
            raise ValueError("Cannot take the Inverse: This operator represents a singular matrix.")
        with self._name_scope(name):
            return algebra.inverse(self)

    def cholesky(self, name: str = "cholesky") -> Any:
        """The operator of the lower triangular Cholesky factors.

        Raises:
          ValueError: the operator is not known to be positive definite and self-adjoint.
        """
        if not self._can_use_cholesky():
            raise ValueError(
                "Cannot take the Cholesky decomposition: Not a positive definite self adjoint "
                "matrix."
            )
        with self._name_scope(name):
            return algebra.cholesky(self)

    # ---- Numbers and dense matrices ----

    def _to_dense(self) -> Any:
        batch = self.batch_shape_tensor()
        return self.matmul(
            eye(self.domain_dimension_tensor(), batch_shape=batch, dtype=self.dtype)
            if self.batch_shape.ndims != 0
            else eye(_size(self.domain_dimension_tensor()), dtype=self.dtype)
        )

    def to_dense(self, name: str = "to_dense") -> Tensor:
        """The matrices themselves, [..., rows, columns]."""
        with self._name_scope(name):
            found: Tensor = self._to_dense()
            return found

    def _diag_part(self) -> Any:
        return matrix_diag_part(self.to_dense())

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """The diagonals, [..., min(rows, columns)]."""
        with self._name_scope(name):
            found: Tensor = self._diag_part()
            return found

    def _trace(self) -> Any:
        return reduction.reduce_sum(self.diag_part(), axis=-1)

    def trace(self, name: str = "trace") -> Tensor:
        """The sums of the diagonals, [...]."""
        with self._name_scope(name):
            found: Tensor = self._trace()
            return found

    def _determinant(self) -> Any:
        if self._can_use_cholesky():
            return math.exp(self.log_abs_determinant())
        return matrix_determinant(self.to_dense())

    def determinant(self, name: str = "det") -> Tensor:
        """The determinants, [...].

        Raises:
          NotImplementedError: the operator is known not to be square.
        """
        self._check_determinant()
        with self._name_scope(name):
            found: Tensor = self._determinant()
            return found

    def _log_abs_determinant(self) -> Any:
        if self._can_use_cholesky():
            diagonal = matrix_diag_part(cholesky(self.to_dense()))
            return 2 * reduction.reduce_sum(math.log(diagonal), axis=[-1])
        return slogdet(self.to_dense())[1]

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """The logarithms of the moduli of the determinants, [...]; see `determinant`."""
        self._check_determinant()
        with self._name_scope(name):
            found: Tensor = self._log_abs_determinant()
            return found

    def _check_determinant(self) -> None:
        if self.is_square is False:
            raise NotImplementedError(
                "Determinant not implemented for an operator that is expected to not be square."
            )

    def _add_to_tensor(self, x: Any) -> Any:
        return self.to_dense() + x

    def add_to_tensor(self, x: TensorLike, name: str = "add_to_tensor") -> Tensor:
        """The matrices plus others.

        Args:
          x: [..., rows, columns]; of the dtype of the operator.
          name: a name for the operations.
        """
        with self._name_scope(name, values=[x]):
            found: Tensor = self._add_to_tensor(self._argument(x, "x"))
            return found


def _check_sizes(own: Any, other: Any, name: str) -> None:
    own.assert_is_compatible_with(other)


def _size(x: Any) -> Any:
    known = constant_value(x)
    return x if known is None else int(known)


def _adjoint_if(x: Any, condition: bool) -> Any:
    return adjoint(x) if condition else x


def broadcast_batches(matrix: Any, rhs: Any) -> tuple[Any, Any]:
    """Two batches of matrices in one shape of batches.

    Args:
      matrix: [..., n, m].
      rhs: [..., k, l].
    """
    one, other = matrix.shape[:-2], rhs.shape[:-2]
    if one.is_fully_defined() and other.is_fully_defined() and one == other:
        return matrix, rhs
    batch = array.broadcast_dynamic_shape(array.shape(matrix)[:-2], array.shape(rhs)[:-2])
    both = (
        array.broadcast_to(x, array.concat([batch, array.shape(x)[-2:]], 0)) for x in (matrix, rhs)
    )
    matrix, rhs = both
    return matrix, rhs


def triangular_solve(matrix: Any, rhs: Any, adjoint: bool = False) -> Any:
    """The solutions with lower triangular matrices, batches of either broadcast."""
    matrix, rhs = broadcast_batches(matrix, rhs)
    return matrix_triangular_solve(matrix, rhs, lower=True, adjoint=adjoint)


def dense_product(matrix: Any, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
    """The product of two batches of matrices."""
    return matmul(matrix, x, adjoint_a=adjoint, adjoint_b=adjoint_arg)
