"""Operators made of others: products, adjoints, inverses, Kronecker products, blocks."""

from __future__ import annotations

from typing import Any

from tfsession import dtypes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.linear_operators.operator import LinearOperator, _adjoint_if
from tfsession.ops import array, math
from tfsession.ops.contraction import matmul
from tfsession.ops.control import group
from tfsession.ops.rearrange import adjoint as adjoint_of
from tfsession.shapes import TensorShape

__all__ = [
    "LinearOperatorAdjoint",
    "LinearOperatorBlockDiag",
    "LinearOperatorComposition",
    "LinearOperatorInversion",
    "LinearOperatorKronecker",
]


def _all(operators: list[Any], attribute: str) -> bool:
    return all(getattr(operator, attribute) for operator in operators)


def _checked_list(operators: Any) -> Any:
    """Operators of one dtype.

    Raises:
      ValueError: there are none.
      TypeError: their dtypes differ.
    """
    operators = list(operators)
    if not operators:
        raise ValueError(f"Expected a non-empty list of operators. Found: {operators}")
    if any(operator.dtype != operators[0].dtype for operator in operators):
        found = "   ".join(str((o.name, o.dtype)) for o in operators)
        raise TypeError(f"Expected all operators to have the same dtype.  Found {found}")
    return operators


def _static_batch(operators: list[Any]) -> TensorShape:
    batch = operators[0].batch_shape
    for operator in operators[1:]:
        batch = array.broadcast_static_shape(batch, operator.batch_shape)
    return TensorShape(batch)


def _dynamic_batch(operators: list[Any]) -> Any:
    batch = operators[0].batch_shape_tensor()
    for operator in operators[1:]:
        batch = array.broadcast_dynamic_shape(batch, operator.batch_shape_tensor())
    return batch


class _OfSeveral(LinearOperator):
    """An operator made of a list of others."""

    def __init__(
        self,
        operators: Any,
        hints: dict[str, bool | None],
        is_square: bool | None,
        name: str | None,
        sign: str,
    ) -> None:
        self._operators = operators
        graph_parents = [parent for operator in operators for parent in operator.graph_parents]
        name = name or sign.join(operator.name for operator in operators)
        with name_scope(name):
            super().__init__(
                dtype=operators[0].dtype,
                graph_parents=graph_parents,
                is_square=is_square,
                name=name,
                **hints,
            )

    @property
    def operators(self) -> Any:
        """What it is made of; a list."""
        return self._operators


class LinearOperatorComposition(_OfSeveral):
    """The operator of products of matrices, the first operator to the left.

    Args:
      operators: LinearOperators of one dtype whose shapes fit.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      ValueError: there are no operators.
      TypeError: their dtypes differ.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorComposition`.
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        operators = _checked_list(operators)
        if _all(operators, "is_non_singular"):
            if is_non_singular is False:
                raise ValueError(
                    "The composition of non-singular operators is always non-singular."
                )
            is_non_singular = True
        hints = {
            "is_non_singular": is_non_singular,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
        }
        super().__init__(operators, hints, is_square, name, "_o_")

    def _shape(self) -> TensorShape:
        first, last = self.operators[0], self.operators[-1]
        for left, right in zip(self.operators[:-1], self.operators[1:], strict=True):
            left.domain_dimension.assert_is_compatible_with(right.range_dimension)
        matrix = TensorShape([first.range_dimension, last.domain_dimension])
        return _static_batch(self.operators).concatenate(matrix)

    def _shape_tensor(self) -> Any:
        first, last = self.operators[0], self.operators[-1]
        matrix = array.stack([first.range_dimension_tensor(), last.domain_dimension_tensor()])
        return array.concat((_dynamic_batch(self.operators), matrix), 0)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        result = _adjoint_if(x, adjoint_arg)
        for operator in self.operators if adjoint else reversed(self.operators):
            result = operator.matmul(result, adjoint=adjoint)
        return result

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        result = _adjoint_if(rhs, adjoint_arg)
        for operator in reversed(self.operators) if adjoint else self.operators:
            result = operator.solve(result, adjoint=adjoint)
        return result

    def _determinant(self) -> Any:
        result = self.operators[0].determinant()
        for operator in self.operators[1:]:
            result *= operator.determinant()
        return result

    def _log_abs_determinant(self) -> Any:
        result = self.operators[0].log_abs_determinant()
        for operator in self.operators[1:]:
            result += operator.log_abs_determinant()
        return result


class _OfOne(LinearOperator):
    """An operator made of another."""

    def __init__(
        self, operator: Any, hints: dict[str, bool | None], name: str | None, ending: str
    ) -> None:
        self._operator = operator
        known = {hint: getattr(operator, hint) for hint in hints}
        hints = {hint: known[hint] if value is None else value for hint, value in hints.items()}
        name = name or f"{operator.name}{ending}"
        with name_scope(name, values=operator.graph_parents):
            super().__init__(
                dtype=operator.dtype, graph_parents=operator.graph_parents, name=name, **hints
            )

    @property
    def operator(self) -> Any:
        """What it is made of."""
        return self._operator

    def _assert_non_singular(self) -> Any:
        return self.operator.assert_non_singular()

    def _assert_positive_definite(self) -> Any:
        return self.operator.assert_positive_definite()

    def _assert_self_adjoint(self) -> Any:
        return self.operator.assert_self_adjoint()


class LinearOperatorAdjoint(_OfOne):
    """The operator of adjoint matrices.

    Args:
      operator: a LinearOperator.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`; those of `operator` where they are None.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorAdjoint`.
    """

    def __init__(
        self,
        operator: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        hints = {
            "is_non_singular": is_non_singular,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
            "is_square": is_square,
        }
        super().__init__(operator, hints, name, "_adjoint")

    def _shape(self) -> TensorShape:
        shape = self.operator.shape
        return TensorShape(shape[:-2].concatenate(shape[-1:]).concatenate(shape[-2:-1]))

    def _shape_tensor(self) -> Any:
        shape = self.operator.shape_tensor()
        return array.concat([shape[:-2], [shape[-1], shape[-2]]], axis=-1)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self.operator.matmul(x, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self.operator.solve(rhs, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _conjugate(self, x: Any) -> Any:
        return math.conj(x) if x.dtype.is_complex else x

    def _determinant(self) -> Any:
        return self._conjugate(self.operator.determinant())

    def _log_abs_determinant(self) -> Any:
        return self.operator.log_abs_determinant()

    def _trace(self) -> Any:
        return self._conjugate(self.operator.trace())

    def _to_dense(self) -> Any:
        return adjoint_of(self.operator.to_dense())


class LinearOperatorInversion(_OfOne):
    """The operator of inverse matrices.

    Args:
      operator: a LinearOperator that is not known to be singular.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`; those of `operator` where they are None.

    Raises:
      ValueError: `operator` is known to be singular, or to be self-adjoint or positive definite
        where this one is said not to be.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorInversion`.
    """

    def __init__(
        self,
        operator: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        if operator.is_non_singular is False:
            raise ValueError("operator and supplied hints must have is_non_singular=True or None")
        if is_non_singular is False:
            raise ValueError("operator and supplied hints must have is_non_singular=True or None")
        hints = {
            "is_non_singular": True,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
            "is_square": is_square,
        }
        super().__init__(operator, hints, name, "_inv")

    def _shape(self) -> Any:
        return self.operator.shape

    def _shape_tensor(self) -> Any:
        return self.operator.shape_tensor()

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self.operator.solve(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self.operator.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _determinant(self) -> Any:
        return 1.0 / self.operator.determinant()

    def _log_abs_determinant(self) -> Any:
        return -1.0 * self.operator.log_abs_determinant()


def _hints_of_all(operators: list[Any], **given: bool | None) -> dict[str, bool | None]:
    """What is known of blocks and Kronecker products: what is known of all operators."""
    return {
        hint: True if value is None and _all(operators, hint) else value
        for hint, value in given.items()
    }


class LinearOperatorKronecker(_OfSeveral):
    """The operator of Kronecker products of square matrices.

    Args:
      operators: square LinearOperators of one dtype.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      ValueError: there are no operators.
      TypeError: their dtypes differ.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorKronecker`.
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        operators = _checked_list(operators)
        hints = _hints_of_all(
            operators,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
        )
        super().__init__(operators, hints, is_square, name, "_x_")

    def _shape(self) -> TensorShape:
        rows: Any = 1
        columns: Any = 1
        for operator in self.operators:
            rows = operator.range_dimension * rows
            columns = operator.domain_dimension * columns
        return _static_batch(self.operators).concatenate(TensorShape([rows, columns]))

    def _sizes(self) -> tuple[Any, Any]:
        rows: Any = 1
        columns: Any = 1
        for operator in self.operators:
            rows *= operator.range_dimension_tensor()
            columns *= operator.domain_dimension_tensor()
        return rows, columns

    def _shape_tensor(self) -> Any:
        return array.concat((_dynamic_batch(self.operators), array.stack(self._sizes())), 0)

    def _to_dense(self) -> Any:
        product = self.operators[0].to_dense()
        for operator in self.operators[1:]:
            product = product[..., :, None, :, None]
            product *= operator.to_dense()[..., None, :, None, :]
            shape = array.shape(product)
            product = array.reshape(
                product,
                array.concat([shape[:-4], [shape[-4] * shape[-3], shape[-2] * shape[-1]]], 0),
            )
        product.set_shape(self.shape)
        return product

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return matmul(self.to_dense(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _power(self, operator: Any) -> Any:
        """How often the determinant of one operator is in that of the product."""
        total = self.domain_dimension_tensor()
        return math.cast(total / operator.domain_dimension_tensor(), operator.dtype)

    def _determinant(self) -> Any:
        result = self.operators[0].determinant() ** self._power(self.operators[0])
        for operator in self.operators[1:]:
            result *= operator.determinant() ** self._power(operator)
        return result

    def _log_abs_determinant(self) -> Any:
        result = self.operators[0].log_abs_determinant() * self._power(self.operators[0])
        for operator in self.operators[1:]:
            result += operator.log_abs_determinant() * self._power(operator)
        return result

    def _trace(self) -> Any:
        result = self.operators[0].trace()
        for operator in self.operators[1:]:
            result *= operator.trace()
        return result

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        inverse = LinearOperatorKronecker([operator.inverse() for operator in self.operators])
        return inverse.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _assert_non_singular(self) -> Any:
        return group(*(operator.assert_non_singular() for operator in self.operators))

    def _assert_self_adjoint(self) -> Any:
        return group(*(operator.assert_self_adjoint() for operator in self.operators))


class LinearOperatorBlockDiag(_OfSeveral):
    """The operator of matrices whose blocks on the diagonal are others.

    Args:
      operators: square LinearOperators of one dtype.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of
        `LinearOperator`.

    Raises:
      ValueError: there are no operators, or one is not square.
      TypeError: their dtypes differ.

    Source: TensorFlow 1.15 `tf.linalg.LinearOperatorBlockDiag`.
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = None,
    ) -> None:
        operators = _checked_list(operators)
        for operator in operators:
            if operator.is_square is False:
                raise ValueError(
                    f"Can only represent a block diagonal of square matrices. Found {operator}"
                )
        hints = _hints_of_all(
            operators,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
        )
        super().__init__(operators, hints, is_square, name, "_ds_")

    def _shape(self) -> TensorShape:
        size: Any = 0
        for operator in self.operators:
            size = operator.range_dimension + size
        return _static_batch(self.operators).concatenate(TensorShape([size, size]))

    def _shape_tensor(self) -> Any:
        size: Any = 0
        for operator in self.operators:
            size += operator.range_dimension_tensor()
        return array.concat((_dynamic_batch(self.operators), array.stack([size, size])), 0)

    def _parts(self, x: Any) -> list[Any]:
        """The rows of a matrix that belong to each block."""
        sizes = [operator.domain_dimension_tensor() for operator in self.operators]
        parts: list[Any] = array.split(x, array.stack(sizes), axis=-2, num=len(sizes))
        for part, operator in zip(parts, self.operators, strict=True):
            known = operator.domain_dimension.value
            if part.shape.ndims is not None:
                part.set_shape([*part.shape.as_list()[:-2], known, part.shape.as_list()[-1]])
        return parts

    def _by_blocks(self, x: Any, adjoint_arg: bool, of_block: Any) -> Any:
        parts = self._parts(_adjoint_if(x, adjoint_arg))
        results = [of_block(*pair) for pair in zip(self.operators, parts, strict=True)]
        return array.concat(_in_one_batch(results), axis=-2)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._by_blocks(
            x, adjoint_arg, lambda block, part: block.matmul(part, adjoint=adjoint)
        )

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._by_blocks(
            rhs, adjoint_arg, lambda block, part: block.solve(part, adjoint=adjoint)
        )

    def _determinant(self) -> Any:
        result = self.operators[0].determinant()
        for operator in self.operators[1:]:
            result *= operator.determinant()
        return result

    def _log_abs_determinant(self) -> Any:
        result = self.operators[0].log_abs_determinant()
        for operator in self.operators[1:]:
            result += operator.log_abs_determinant()
        return result

    def _diag_part(self) -> Any:
        parts = [operator.diag_part()[..., None] for operator in self.operators]
        return array.squeeze(array.concat(_in_one_batch(parts), axis=-2), axis=-1)

    def _trace(self) -> Any:
        result = self.operators[0].trace()
        for operator in self.operators[1:]:
            result += operator.trace()
        return result

    def _assert_non_singular(self) -> Any:
        return group(*(operator.assert_non_singular() for operator in self.operators))

    def _assert_self_adjoint(self) -> Any:
        return group(*(operator.assert_self_adjoint() for operator in self.operators))

    def _assert_positive_definite(self) -> Any:
        return group(*(operator.assert_positive_definite() for operator in self.operators))


def _in_one_batch(matrices: list[Any]) -> list[Any]:
    """Matrices broadcast to one batch shape."""
    if all(
        m.shape[:-2].is_fully_defined() and m.shape[:-2] == matrices[0].shape[:-2] for m in matrices
    ):
        return matrices
    batch = convert_to_tensor([], dtype=dtypes.int32)
    for matrix in matrices:
        batch = array.broadcast_dynamic_shape(batch, array.shape(matrix)[:-2])
    return [
        array.broadcast_to(matrix, array.concat([batch, array.shape(matrix)[-2:]], 0))
        for matrix in matrices
    ]
