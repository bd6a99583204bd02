"""Operators of matrices with a pattern: reflections, low-rank updates, Toeplitz and circulant."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.linear_operators.dense import LinearOperatorFullMatrix, assert_no_zeros
from tfsession.linear_operators.diagonal import (
    LinearOperatorDiag,
    LinearOperatorIdentity,
    assert_no_imaginary_part,
)
from tfsession.linear_operators.operator import LinearOperator, _adjoint_if, broadcast_batches
from tfsession.ops import array, check, math, reduction
from tfsession.ops.contraction import matmul
from tfsession.ops.decomposition import cholesky, cholesky_solve, matrix_solve
from tfsession.ops.indexing import gather
from tfsession.ops.nn import l2_normalize
from tfsession.ops.rearrange import matrix_diag_part, matrix_transpose
from tfsession.ops.spectral import fft, fft2d, fft3d, ifft, ifft2d, ifft3d
from tfsession.shapes import TensorShape

__all__ = [
    "LinearOperatorCirculant",
    "LinearOperatorCirculant2D",
    "LinearOperatorCirculant3D",
    "LinearOperatorHouseholder",
    "LinearOperatorLowRankUpdate",
    "LinearOperatorToeplitz",
]


class LinearOperatorHouseholder(LinearOperator):
    """The operator of reflections, I - 2 v v^H for unit vectors v.

    Args:
      reflection_axis: [..., n]; the vectors, of any length but zero.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      ValueError: `reflection_axis` is a scalar, or what is said of the operator cannot be.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorHouseholder`.
    """

    def __init__(
        self,
        reflection_axis: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorHouseholder",
    ) -> None:
        with name_scope(name, values=[reflection_axis]):
            self._axis = convert_to_tensor(reflection_axis, name="reflection_axis")
            if self._axis.shape.ndims == 0:
                raise ValueError(
                    f"Argument reflection_axis must have at least 1 dimension.  Found: {self._axis}"
                )
        if is_self_adjoint is False:
            raise ValueError("A Householder operator is always self adjoint.")
        if is_positive_definite:
            raise ValueError("A Householder operator is always non-positive definite.")
        if is_square is False:
            raise ValueError("A Householder operator is always square.")
        super().__init__(
            dtype=self._axis.dtype,
            graph_parents=[self._axis],
            is_non_singular=is_non_singular,
            is_self_adjoint=True,
            is_positive_definite=False,
            is_square=True,
            name=name,
        )

    @property
    def reflection_axis(self) -> Any:
        """[..., n]; the vectors."""
        return self._axis

    def _shape(self) -> TensorShape:
        return self._axis.shape.concatenate(self._axis.shape[-1:])

    def _shape_tensor(self) -> Any:
        shape = array.shape(self._axis)
        return array.concat((shape, [shape[-1]]), 0)

    def _assert_non_singular(self) -> Any:
        return self._passes()

    _assert_self_adjoint = _assert_non_singular

    def _assert_positive_definite(self) -> Any:
        raise ValueError("Householder operators are always non-positive definite.")

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        x = _adjoint_if(x, adjoint_arg)
        unit = array.expand_dims(l2_normalize(self._axis, axis=-1), -1)
        return x - 2 * unit * matmul(unit, x, adjoint_a=True)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _trace(self) -> Any:
        shape = self.shape_tensor()
        size = math.cast(self.domain_dimension_tensor() - 2, self.dtype)
        return size * array.ones(shape=shape[:-2], dtype=self.dtype)

    def _determinant(self) -> Any:
        return -array.ones(shape=self.shape_tensor()[:-2], dtype=self.dtype)

    def _log_abs_determinant(self) -> Any:
        return array.zeros(shape=self.shape_tensor()[:-2], dtype=self.dtype)

    def _diag_part(self) -> Any:
        unit = l2_normalize(self._axis, axis=-1)
        return 1.0 - 2 * unit * math.conj(unit)


class LinearOperatorLowRankUpdate(LinearOperator):
    """The operator of L + U D V^H, for an operator L, narrow matrices U and V, and diagonals D.

    Args:
      base_operator: L, a LinearOperator.
      u: [..., rows, k].
      diag_update: [..., k]; the diagonals of D, ones when None.
      v: [..., columns, k]; that of `u` when None.
      is_diag_update_positive: whether all of `diag_update` is above zero.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      ValueError: the shapes do not fit, or what is said of the operator cannot be.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorLowRankUpdate`; solutions and determinants by
      Woodbury's identity and the matrix determinant lemma.
    """

    def __init__(
        self,
        base_operator: Any,
        u: TensorLike,
        diag_update: TensorLike | None = None,
        v: TensorLike | None = None,
        is_diag_update_positive: bool | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowRankUpdate",
    ) -> None:
        dtype = base_operator.dtype
        if diag_update is not None and is_diag_update_positive and dtype.is_complex:
            is_diag_update_positive = None
        if diag_update is None:
            is_diag_update_positive = True
        self._base_operator = base_operator
        self._is_diag_update_positive = is_diag_update_positive
        with name_scope(name, values=[*base_operator.graph_parents, u, diag_update, v]):
            self._u = convert_to_tensor(u, name="u")
            self._v = self._u if v is None else convert_to_tensor(v, name="v")
            if diag_update is None:
                self._diag_update = None
                rank = self._u.shape.as_list()[-1]
                self._diag_operator: Any = LinearOperatorIdentity(
                    array.shape(self._u)[-1] if rank is None else rank, dtype=dtype
                )
            else:
                self._diag_update = convert_to_tensor(diag_update, name="diag_update")
                self._diag_operator = LinearOperatorDiag(
                    self._diag_update, is_positive_definite=is_diag_update_positive
                )
            base_operator.range_dimension.assert_is_compatible_with(self._u.shape[-2])
            base_operator.domain_dimension.assert_is_compatible_with(self._v.shape[-2])
            self._u.shape[-1:].assert_is_compatible_with(self._v.shape[-1:])
            self._diag_operator.domain_dimension.assert_is_compatible_with(self._u.shape[-1])
            if v is None and base_operator.is_self_adjoint:
                is_self_adjoint = True
            if v is None and base_operator.is_positive_definite and is_diag_update_positive:
                is_positive_definite = is_non_singular = True
        parents = [*base_operator.graph_parents, self._u, self._diag_update, self._v]
        super().__init__(
            dtype=dtype,
            graph_parents=[parent for parent in parents if parent is not None],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
        )
        self._is_symmetric = v is None

    @property
    def u(self) -> Any:
        """[..., rows, k]."""
        return self._u

    @property
    def v(self) -> Any:
        """[..., columns, k]."""
        return self._v

    @property
    def is_diag_update_positive(self) -> bool | None:
        """Whether all of `diag_update` is above zero."""
        return self._is_diag_update_positive

    @property
    def diag_update(self) -> Any:
        """[..., k]; None where it is all ones."""
        return self._diag_update

    @property
    def diag_operator(self) -> Any:
        """The operator of `diag_update`."""
        return self._diag_operator

    @property
    def base_operator(self) -> Any:
        """What is updated."""
        return self._base_operator

    def _shape(self) -> TensorShape:
        batch = self.base_operator.batch_shape
        for other in (self._diag_operator.batch_shape, self._u.shape[:-2], self._v.shape[:-2]):
            batch = array.broadcast_static_shape(batch, other)
        return TensorShape(batch).concatenate(self.base_operator.shape[-2:])

    def _shape_tensor(self) -> Any:
        batch = self.base_operator.batch_shape_tensor()
        for other in (
            self._diag_operator.batch_shape_tensor(),
            array.shape(self._u)[:-2],
            array.shape(self._v)[:-2],
        ):
            batch = array.broadcast_dynamic_shape(batch, other)
        return array.concat([batch, self.base_operator.shape_tensor()[-2:]], 0)

    def _sides(self, adjoint: bool) -> tuple[Any, Any]:
        return (self._v, self._u) if adjoint else (self._u, self._v)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        left, right = self._sides(adjoint)
        base = self.base_operator.matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)
        inner = matmul(right, x, adjoint_a=True, adjoint_b=adjoint_arg)
        return base + matmul(left, self._diag_operator.matmul(inner, adjoint=adjoint))

    def _uses_cholesky(self) -> bool:
        base = self.base_operator
        return bool(
            self._is_symmetric
            and base.is_positive_definite
            and base.is_self_adjoint
            and self._is_diag_update_positive
        )

    def _capacitance(self) -> Any:
        """D^-1 + V^H L^-1 U."""
        inner = matmul(self._v, self.base_operator.solve(self._u), adjoint_a=True)
        return self._diag_operator.inverse().add_to_tensor(inner)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        left, right = self._sides(adjoint)
        base = self.base_operator.solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
        inner = matmul(right, base, adjoint_a=True)
        capacitance = self._capacitance()
        capacitance, inner = broadcast_batches(capacitance, inner)
        if self._uses_cholesky():
            inner = cholesky_solve(cholesky(capacitance), inner)
        else:
            inner = matrix_solve(capacitance, inner, adjoint=adjoint)
        return base - self.base_operator.solve(matmul(left, inner), adjoint=adjoint)

    def _determinant(self) -> Any:
        capacitance = LinearOperatorFullMatrix(self._capacitance())
        return (
            capacitance.determinant()
            * self._diag_operator.determinant()
            * self.base_operator.determinant()
        )

    def _log_abs_determinant(self) -> Any:
        capacitance = self._capacitance()
        if self._uses_cholesky():
            diagonal = matrix_diag_part(cholesky(capacitance))
            inner = 2 * reduction.reduce_sum(math.log(diagonal), axis=[-1])
        else:
            inner = LinearOperatorFullMatrix(capacitance).log_abs_determinant()
        return (
            inner
            + self._diag_operator.log_abs_determinant()
            + self.base_operator.log_abs_determinant()
        )


class LinearOperatorToeplitz(LinearOperator):
    """The operator of matrices that are constant along each diagonal.

    Args:
      col: [..., n]; the first columns.
      row: [..., n]; the first rows, whose first elements count for nothing.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      ValueError: the shapes do not fit.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorToeplitz`.
    """

    def __init__(
        self,
        col: TensorLike,
        row: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorToeplitz",
    ) -> None:
        with name_scope(name, values=[row, col]):
            self._row = convert_to_tensor(row, name="row")
            self._col = convert_to_tensor(col, name="col")
            for tensor, what in ((self._row, "row"), (self._col, "col")):
                if tensor.shape.ndims == 0:
                    raise ValueError(
                        f"Argument {what} must have at least 1 dimension.  Found: {tensor}"
                    )
            if is_square is False:
                raise ValueError("Only square Toeplitz operators currently supported.")
        super().__init__(
            dtype=self._row.dtype,
            graph_parents=[self._row, self._col],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
        )

    @property
    def col(self) -> Any:
        """[..., n]; the first columns."""
        return self._col

    @property
    def row(self) -> Any:
        """[..., n]; the first rows."""
        return self._row

    def _shape(self) -> TensorShape:
        vector = array.broadcast_static_shape(self._row.shape, self._col.shape)
        return TensorShape(vector).concatenate(vector[-1:])

    def _shape_tensor(self) -> Any:
        vector = array.broadcast_dynamic_shape(array.shape(self._row), array.shape(self._col))
        return array.concat((vector, [vector[-1]]), 0)

    def _to_dense(self) -> Any:
        size = self.domain_dimension_tensor()
        # What is on a diagonal: the row from its end to above the diagonal, then the column.
        vector = array.shape(self._row + self._col)
        row, col = (array.broadcast_to(x, vector) for x in (self._row, self._col))
        diagonals = array.concat([row[..., :0:-1], col], axis=-1)
        numbers = math.range(size)
        which = numbers[:, None] - numbers[None, :] + size - 1
        return gather(diagonals, which, axis=-1)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return matmul(self.to_dense(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _trace(self) -> Any:
        return math.cast(self.domain_dimension_tensor(), self.dtype) * self._diag()

    def _diag(self) -> Any:
        return self._col[..., 0] * array.ones_like(self._row[..., 0])

    def _diag_part(self) -> Any:
        ones = array.ones([self.domain_dimension_tensor()], dtype=self.dtype)
        return self._diag()[..., None] * ones

    def _assert_self_adjoint(self) -> Any:
        return check.assert_equal(
            self._row, self._col, message="row and col are not the same, and so not self-adjoint."
        )


class _Circulant(LinearOperator):
    """An operator whose matrices are diagonal after Fourier transforms of some number of axes."""

    _axes = 1

    def __init__(
        self,
        spectrum: TensorLike,
        input_output_dtype: DTypeLike,
        is_non_singular: bool | None,
        is_self_adjoint: bool | None,
        is_positive_definite: bool | None,
        is_square: bool | None,
        name: str,
    ) -> None:
        with name_scope(name, values=[spectrum]):
            self._spectrum = convert_to_tensor(spectrum, name="spectrum")
            rank = self._spectrum.shape.ndims
            if rank is not None and rank < self._axes:
                raise ValueError(
                    f"Argument spectrum must have at least {self._axes} dimensions.  "
                    f"Found: {self._spectrum}"
                )
            if not self._spectrum.dtype.is_complex:
                if is_self_adjoint is False:
                    raise ValueError(
                        "A real spectrum always corresponds to a self-adjoint operator."
                    )
                is_self_adjoint = True
            if is_square is False:
                raise ValueError("A [[nested] block] circulant operator is always square.")
        super().__init__(
            dtype=as_dtype(input_output_dtype),
            graph_parents=[self._spectrum],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
        )

    @property
    def block_depth(self) -> int:
        """The number of axes that are transformed."""
        return self._axes

    @property
    def spectrum(self) -> Any:
        """[..., n1, ...]; the eigenvalues."""
        return self._spectrum

    @property
    def block_shape(self) -> TensorShape:
        """The shape of the axes that are transformed."""
        return TensorShape(self._spectrum.shape[-self._axes :])

    def block_shape_tensor(self) -> Any:
        """The shape of the axes that are transformed; int32."""
        return array.shape(self._spectrum)[-self._axes :]

    def _shape(self) -> TensorShape:
        size: Any = 1
        for dimension in self.block_shape.as_list():
            size = None if None in (size, dimension) else size * dimension
        return TensorShape(self._spectrum.shape[: -self._axes]).concatenate([size, size])

    def _shape_tensor(self) -> Any:
        shape = array.shape(self._spectrum)
        size = reduction.reduce_prod(shape[-self._axes :])
        return array.concat((shape[: -self._axes], [size, size]), 0)

    def _transform(self, x: Any, inverse: bool) -> Any:
        forward_ways, inverse_ways = (fft, fft2d, fft3d), (ifft, ifft2d, ifft3d)
        return (inverse_ways if inverse else forward_ways)[self._axes - 1](x)

    def _complex(self, x: Any) -> Any:
        kind = dtypes.complex128 if x.dtype.real_dtype == dtypes.float64 else dtypes.complex64
        return math.cast(x, kind)

    def _own(self, x: Any) -> Any:
        """Numbers in the dtype of the operator; of real ones the imaginary part is rounding."""
        if x.dtype.is_complex and not self.dtype.is_complex:
            x = math.real(x)
        return math.cast(x, self.dtype)

    def _in_spectrum(self, x: Any, adjoint_arg: bool, change: Any) -> Any:
        """Changes columns of matrices where they are sums of waves.

        Args:
          x: [..., n, k].
          adjoint_arg: whether the adjoint of `x` is taken.
          change: a function of [..., k, n1, ...].
        """
        columns = _adjoint_if(x, adjoint_arg)
        rows = matrix_transpose(columns)
        blocks = array.concat((array.shape(rows)[:-1], self.block_shape_tensor()), 0)
        waves = self._transform(array.reshape(self._complex(rows), blocks), False)
        changed = self._transform(change(waves), True)
        shape = array.shape(changed)
        size = self.domain_dimension_tensor()
        rows = array.reshape(changed, array.concat((shape[: -self._axes], [size]), 0))
        return self._own(matrix_transpose(rows))

    def _values(self, adjoint: bool) -> Any:
        values = self._complex(self._spectrum)
        values = math.conj(values) if adjoint else values
        return array.expand_dims(values, -self._axes - 1)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._in_spectrum(x, adjoint_arg, lambda waves: waves * self._values(adjoint))

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._in_spectrum(rhs, adjoint_arg, lambda waves: waves / self._values(adjoint))

    def _eigenvalue_axes(self) -> list[int]:
        return list(range(-self._axes, 0))

    def _determinant(self) -> Any:
        return self._own(reduction.reduce_prod(self._spectrum, self._eigenvalue_axes()))

    def _log_abs_determinant(self) -> Any:
        logs = reduction.reduce_sum(math.log(math.abs(self._spectrum)), self._eigenvalue_axes())
        return math.cast(logs, self.dtype)

    def _trace(self) -> Any:
        return self._own(reduction.reduce_sum(self._spectrum, self._eigenvalue_axes()))

    def _diag_part(self) -> Any:
        size = self.domain_dimension_tensor()
        each = self._trace() / math.cast(size, self.dtype)
        return each[..., None] * array.ones([size], self.dtype)

    def convolution_kernel(self, name: str = "convolution_kernel") -> Any:
        """The kernel with which the operator convolves, of the shape of the spectrum."""
        with self._name_scope(name):
            return self._own(self._transform(self._complex(self._spectrum), True))

    def assert_hermitian_spectrum(self, name: str = "assert_hermitian_spectrum") -> Any:
        """An Operation that fails where the matrices are not real, up to rounding."""
        with self._name_scope(name):
            kernel = self._transform(self._complex(self._spectrum), True)
            part = math.abs(math.imag(kernel))
            largest = math.abs(kernel) + np.array(1, part.dtype.as_numpy_dtype)
            eps = np.finfo(part.dtype.as_numpy_dtype).eps
            message = "Spectrum was not Hermitian"
            return check.assert_less(part, 5 * eps * reduction.reduce_sum(largest), message=message)

    def _assert_non_singular(self) -> Any:
        return assert_no_zeros(self._spectrum)

    def _assert_positive_definite(self) -> Any:
        message = "Not positive definite:  Real part of spectrum was not all positive."
        real = math.real(self._spectrum) if self._spectrum.dtype.is_complex else self._spectrum
        return check.assert_positive(real, message=message)

    def _assert_self_adjoint(self) -> Any:
        return assert_no_imaginary_part(
            self._spectrum,
            "Not self-adjoint:  The spectrum contained non-zero imaginary part.",
        )


class LinearOperatorCirculant(_Circulant):
    """The operator of circulant matrices, each row the one before it shifted by one.

    Args:
      spectrum: [..., n]; the eigenvalues, the Fourier transform of the first column.
      input_output_dtype: the dtype of the matrices.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      ValueError: `spectrum` is a scalar, or what is said of the operator cannot be.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorCirculant`.
    """

    def __init__(
        self,
        spectrum: TensorLike,
        input_output_dtype: DTypeLike = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str = "LinearOperatorCirculant",
    ) -> None:
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        super().__init__(spectrum, input_output_dtype, *hints, name)


class LinearOperatorCirculant2D(_Circulant):
    """The operator of circulant matrices of circulant blocks; `spectrum` is [..., n1, n2].

    For the other arguments see `LinearOperatorCirculant`.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorCirculant2D`.
    """

    _axes = 2

    def __init__(
        self,
        spectrum: TensorLike,
        input_output_dtype: DTypeLike = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str = "LinearOperatorCirculant2D",
    ) -> None:
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        super().__init__(spectrum, input_output_dtype, *hints, name)


class LinearOperatorCirculant3D(_Circulant):
    """The operator of circulant blocks of circulant blocks; `spectrum` is [..., n1, n2, n3].

    For the other arguments see `LinearOperatorCirculant`.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorCirculant3D`.
    """

    _axes = 3

    def __init__(
        self,
        spectrum: TensorLike,
        input_output_dtype: DTypeLike = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str = "LinearOperatorCirculant3D",
    ) -> None:
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        super().__init__(spectrum, input_output_dtype, *hints, name)
