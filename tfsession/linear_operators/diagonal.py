"""Operators of diagonal matrices: any diagonal, multiples of the identity, and zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value, constant_value_as_shape
from tfsession.linear_operators.dense import assert_no_zeros
from tfsession.linear_operators.operator import LinearOperator, _adjoint_if
from tfsession.ops import array, check, math, reduction
from tfsession.ops.rearrange import matrix_diag, matrix_diag_part, matrix_set_diag
from tfsession.shapes import TensorShape

__all__ = [
    "LinearOperatorDiag",
    "LinearOperatorIdentity",
    "LinearOperatorScaledIdentity",
    "LinearOperatorZeros",
]


class LinearOperatorDiag(LinearOperator):
    """The operator of a batch of diagonal matrices.

    Args:
      diag: [..., n]; the diagonals.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      ValueError: `diag` is a scalar, or what is said of the operator cannot be.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorDiag`.
    """

    def __init__(
        self,
        diag: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorDiag",
    ) -> None:
        with name_scope(name, values=[diag]):
            self._diag = convert_to_tensor(diag, name="diag")
            if self._diag.shape.ndims == 0:
                raise ValueError(
                    f"Argument diag must have at least 1 dimension.  Found: {self._diag}"
                )
            if not self._diag.dtype.is_complex:
                if is_self_adjoint is False:
                    raise ValueError("A real diagonal operator is always self adjoint.")
                is_self_adjoint = True
            if is_square is False:
                raise ValueError("Only square diagonal operators currently supported.")
        super().__init__(
            dtype=self._diag.dtype,
            graph_parents=[self._diag],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
        )

    @property
    def diag(self) -> Any:
        """[..., n]; the diagonals."""
        return self._diag

    def _shape(self) -> TensorShape:
        return self._diag.shape.concatenate(self._diag.shape[-1:])

    def _shape_tensor(self) -> Any:
        shape = array.shape(self._diag)
        return array.concat((shape, [shape[-1]]), 0)

    def _assert_non_singular(self) -> Any:
        return assert_no_zeros(self._diag)

    def _assert_positive_definite(self) -> Any:
        is_complex = self.dtype.is_complex
        message = (
            "Diagonal operator had diagonal entries with non-positive real part, thus was not "
            "positive definite."
            if is_complex
            else "Real diagonal operator had non-positive diagonal entries, thus was not positive "
            "definite."
        )
        return check.assert_positive(
            math.real(self._diag) if is_complex else self._diag, message=message
        )

    def _assert_self_adjoint(self) -> Any:
        return assert_no_imaginary_part(
            self._diag,
            "This diagonal operator contained non-zero imaginary values.  "
            " Thus it was not self-adjoint.",
        )

    def _adjoint_diag(self, adjoint: bool) -> Any:
        return math.conj(self._diag) if adjoint else self._diag

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return array.expand_dims(self._adjoint_diag(adjoint), -1) * _adjoint_if(x, adjoint_arg)

    def _matvec(self, x: Any, adjoint: bool = False) -> Any:
        return self._adjoint_diag(adjoint) * x

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return _adjoint_if(rhs, adjoint_arg) * array.expand_dims(
            1.0 / self._adjoint_diag(adjoint), -1
        )

    def _determinant(self) -> Any:
        return reduction.reduce_prod(self._diag, axis=[-1])

    def _log_abs_determinant(self) -> Any:
        logs = reduction.reduce_sum(math.log(math.abs(self._diag)), axis=[-1])
        return math.cast(logs, self.dtype) if self.dtype.is_complex else logs

    def _to_dense(self) -> Any:
        return matrix_diag(self._diag)

    def _diag_part(self) -> Any:
        return self._diag

    def _add_to_tensor(self, x: Any) -> Any:
        return matrix_set_diag(x, matrix_diag_part(x) + self._diag)


def assert_no_imaginary_part(x: Any, message: str) -> Any:
    """An Operation that fails where complex numbers are not real."""
    part = math.imag(x) if x.dtype.is_complex else array.zeros_like(x)
    zero = np.zeros((), part.dtype.as_numpy_dtype)
    return check.assert_equal(zero, part, message=message)


def _number(x: Any, name: str) -> Any:
    """A number of rows or columns.

    Raises:
      TypeError: it is no integer.
      ValueError: it is no scalar, or below zero.
    """
    number = convert_to_tensor(x, name=name)
    if not number.dtype.is_integer:
        raise TypeError(f"Argument {name} must be integer type.  Found: {number}")
    known = constant_value(number)
    if known is not None and known.ndim:
        raise ValueError(f"Argument {name} must be a 0-D Tensor.  Found: {known}")
    if known is not None and known < 0:
        raise ValueError(f"Argument {name} must be non-negative.  Found: {known}")
    return math.cast(number, dtypes.int32)


class _Sized(LinearOperator):
    """An operator whose shape is given, and no tensor has it."""

    _rows: Any
    _columns: Any
    _batch: Any

    def _set_shape(self, rows: Any, columns: Any, batch_shape: Any) -> None:
        self._rows, self._columns = rows, columns
        self._batch = None
        if batch_shape is not None:
            self._batch = convert_to_tensor(batch_shape, dtype=dtypes.int32, name="batch_shape_arg")
            if self._batch.shape.ndims != 1:
                known = constant_value(self._batch)
                raise ValueError(f"Argument batch_shape must be a 1-D Tensor.  Found: {known}")

    def _shape(self) -> TensorShape:
        sizes = [constant_value(size) for size in (self._rows, self._columns)]
        matrix = TensorShape([None if size is None else int(size) for size in sizes])
        batch = TensorShape([]) if self._batch is None else constant_value_as_shape(self._batch)
        return TensorShape(batch).concatenate(matrix)

    def _shape_tensor(self) -> Any:
        matrix = array.stack((self._rows, self._columns))
        return matrix if self._batch is None else array.concat((self._batch, matrix), 0)

    def _in_batch(self, x: Any) -> Any:
        """A matrix for each member of the batch, if there is one."""
        if self._batch is None:
            return x
        ones = array.ones(array.concat((self.batch_shape_tensor(), [1, 1]), 0), self.dtype)
        return x * ones

    def _full_diag(self, value: float) -> Any:
        size = math.minimum(self._rows, self._columns)
        shape = array.concat((self.batch_shape_tensor(), [size]), 0)
        return array.fill(shape, np.array(value, self.dtype.as_numpy_dtype))


class LinearOperatorIdentity(_Sized):
    """The operator of the identity.

    Args:
      num_rows: the number of rows and columns; an integer.
      batch_shape: [rank]; int32, the shape of the batch, [] when None.
      dtype: of the matrices; float32 when None.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.
      assert_proper_shapes: accepted; shapes are always checked.

    Raises:
      TypeError: `num_rows` is no integer.
      ValueError: `num_rows` is below zero, `batch_shape` is no vector, or what is said of the
        operator cannot be.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorIdentity`.
    """

    def __init__(
        self,
        num_rows: TensorLike,
        batch_shape: TensorLike | None = None,
        dtype: DTypeLike | None = None,
        is_non_singular: bool | None = True,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = True,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorIdentity",
    ) -> None:
        del assert_proper_shapes
        for is_so, words in (
            (is_self_adjoint, "self adjoint"),
            (is_square, "square"),
            (is_non_singular, "non-singular"),
            (is_positive_definite, "positive-definite"),
        ):
            if not is_so:
                raise ValueError(f"An identity operator is always {words}.")
        with name_scope(name):
            rows = _number(num_rows, "num_rows")
            self._set_shape(rows, rows, batch_shape)
        super().__init__(
            dtype=as_dtype(dtype or dtypes.float32),
            is_non_singular=True,
            is_self_adjoint=True,
            is_positive_definite=True,
            is_square=True,
            name=name,
        )

    def _assert_non_singular(self) -> Any:
        return self._passes()

    _assert_positive_definite = _assert_self_adjoint = _assert_non_singular

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._in_batch(_adjoint_if(x, adjoint_arg))

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._matmul(rhs, adjoint_arg=adjoint_arg)

    def _determinant(self) -> Any:
        return array.ones(shape=self.batch_shape_tensor(), dtype=self.dtype)

    def _log_abs_determinant(self) -> Any:
        return array.zeros(shape=self.batch_shape_tensor(), dtype=self.dtype)

    def _diag_part(self) -> Any:
        return self._full_diag(1.0)

    def _to_dense(self) -> Any:
        return matrix_diag(self._full_diag(1.0))

    def _add_to_tensor(self, x: Any) -> Any:
        return matrix_set_diag(x, matrix_diag_part(x) + 1)


class LinearOperatorScaledIdentity(_Sized):
    """The operator of multiples of the identity.

    Args:
      num_rows: the number of rows and columns; an integer.
      multiplier: [...]; floating or complex.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.
      assert_proper_shapes: accepted; shapes are always checked.

    Raises:
      ValueError: `is_square` is False, or `num_rows` is below zero.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorScaledIdentity`.
    """

    def __init__(
        self,
        num_rows: TensorLike,
        multiplier: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorScaledIdentity",
    ) -> None:
        del assert_proper_shapes
        if not is_square:
            raise ValueError("A ScaledIdentity operator is always square.")
        with name_scope(name, values=[multiplier, num_rows]):
            self._multiplier = convert_to_tensor(multiplier, name="multiplier")
            if not self._multiplier.dtype.is_complex:
                is_self_adjoint = True
            rows = _number(num_rows, "num_rows")
            self._set_shape(rows, rows, None)
        super().__init__(
            dtype=self._multiplier.dtype.base_dtype,
            graph_parents=[self._multiplier],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
        )

    @property
    def multiplier(self) -> Any:
        """[...]; what the identity is multiplied by."""
        return self._multiplier

    def _shape(self) -> TensorShape:
        return self._multiplier.shape.concatenate(super()._shape())

    def _shape_tensor(self) -> Any:
        return array.concat((array.shape(self._multiplier), super()._shape_tensor()), 0)

    def _assert_non_singular(self) -> Any:
        return check.assert_positive(
            math.abs(self._multiplier), message="LinearOperator was singular"
        )

    def _assert_positive_definite(self) -> Any:
        real = math.real(self._multiplier) if self.dtype.is_complex else self._multiplier
        return check.assert_positive(real, message="LinearOperator was not positive definite.")

    def _assert_self_adjoint(self) -> Any:
        return assert_no_imaginary_part(self._multiplier, "LinearOperator was not self-adjoint")

    def _factor(self, adjoint: bool) -> Any:
        factor = math.conj(self._multiplier) if adjoint else self._multiplier
        return factor[..., np.newaxis, np.newaxis]

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return _adjoint_if(x, adjoint_arg) * self._factor(adjoint)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return _adjoint_if(rhs, adjoint_arg) / self._factor(adjoint)

    def _determinant(self) -> Any:
        return self._multiplier ** math.cast(self._rows, self.dtype)

    def _log_abs_determinant(self) -> Any:
        modulus = math.abs(self._multiplier)
        return math.cast(self._rows, modulus.dtype) * math.log(modulus)

    def _diag_part(self) -> Any:
        ones = array.ones([self._rows], dtype=self.dtype)
        return self._multiplier[..., np.newaxis] * ones

    def _to_dense(self) -> Any:
        return matrix_diag(self._diag_part())

    def _trace(self) -> Any:
        return self._multiplier * math.cast(self._rows, self.dtype)

    def _add_to_tensor(self, x: Any) -> Any:
        return matrix_set_diag(x, matrix_diag_part(x) + self._multiplier[..., np.newaxis])


class LinearOperatorZeros(_Sized):
    """The operator of zeros.

    Args:
      num_rows: the number of rows; an integer.
      num_columns: the number of columns; that of rows when None.
      batch_shape: [rank]; int32, the shape of the batch, [] when None.
      dtype: of the matrices; float32 when None.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.
      assert_proper_shapes: accepted; shapes are always checked.

    Raises:
      TypeError: a number is no integer.
      ValueError: a number is below zero, or what is said of the operator cannot be.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorZeros`.
    """

    def __init__(
        self,
        num_rows: TensorLike,
        num_columns: TensorLike | None = None,
        batch_shape: TensorLike | None = None,
        dtype: DTypeLike | None = None,
        is_non_singular: bool | None = False,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = False,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorZeros",
    ) -> None:
        del assert_proper_shapes
        with name_scope(name):
            rows = _number(num_rows, "num_rows")
            columns = rows if num_columns is None else _number(num_columns, "num_columns")
            self._set_shape(rows, columns, batch_shape)
            if is_non_singular or is_positive_definite:
                raise ValueError("A zero operator is always singular.")
            known = constant_value(rows), constant_value(columns)
            if is_square and None not in known and known[0] != known[1]:
                raise ValueError(
                    "LinearOperatorZeros initialized as is_square=True, but got "
                    f"num_rows({known[0]}) != num_columns({known[1]})"
                )
        super().__init__(
            dtype=as_dtype(dtype or dtypes.float32),
            is_non_singular=False,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=False,
            is_square=is_square,
            name=name,
        )

    def _assert_non_singular(self) -> Any:
        raise ValueError("Zero operators are always non-invertible.")

    def _assert_positive_definite(self) -> Any:
        raise ValueError("Zero operators are always non-positive definite.")

    def _assert_self_adjoint(self) -> Any:
        return self._passes()

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        x = _adjoint_if(x, adjoint_arg)
        shape = array.shape(x)
        rows = self._columns if adjoint else self._rows
        zeros = array.zeros(array.concat((shape[:-2], [rows], shape[-1:]), 0), self.dtype)
        return self._in_batch(zeros)

    def _determinant(self) -> Any:
        return array.zeros(shape=self.batch_shape_tensor(), dtype=self.dtype)

    def _trace(self) -> Any:
        return self._determinant()

    def _diag_part(self) -> Any:
        return self._full_diag(0.0)

    def _to_dense(self) -> Any:
        return array.zeros(self.shape_tensor(), self.dtype)

    def _add_to_tensor(self, x: Any) -> Any:
        return self._in_batch(x)
