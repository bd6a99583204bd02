"""Short ways from operators to their products, adjoints, inverses and factors."""

from __future__ import annotations

from typing import Any

from tfsession.linear_operators import algebra
from tfsession.linear_operators.composed import (
    LinearOperatorAdjoint,
    LinearOperatorBlockDiag,
    LinearOperatorComposition,
    LinearOperatorInversion,
    LinearOperatorKronecker,
)
from tfsession.linear_operators.dense import LinearOperatorLowerTriangular
from tfsession.linear_operators.diagonal import (
    LinearOperatorDiag,
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
    LinearOperatorZeros,
)
from tfsession.linear_operators.structured import (
    LinearOperatorCirculant,
    LinearOperatorHouseholder,
)
from tfsession.ops import math
from tfsession.ops.decomposition import cholesky

_Diagonals = (LinearOperatorDiag, LinearOperatorScaledIdentity)


def _hints(operator: Any, *others: Any) -> dict[str, Any]:
    """What is known of a product of operators that commute when it is known of each of them."""
    return {
        hint: True if all(getattr(o, hint) for o in (operator, *others)) else None
        for hint in ("is_non_singular", "is_self_adjoint", "is_positive_definite")
    }


def _same_hints(operator: Any) -> dict[str, Any]:
    return {
        hint: getattr(operator, hint)
        for hint in ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")
    }


# ---- Products: those registered last come first ----


@algebra.register_product
def composition(left: Any, right: Any) -> Any:
    """The product of any two."""
    known = True if left.is_non_singular and right.is_non_singular else None
    return LinearOperatorComposition([left, right], is_non_singular=known)


@algebra.register_product
def triangular_product(left: Any, right: Any) -> Any:
    """Of a diagonal and a lower triangular operator."""
    if isinstance(left, LinearOperatorDiag) and isinstance(right, LinearOperatorLowerTriangular):
        tril = left.diag_part()[..., None] * right.to_dense()
    elif isinstance(left, LinearOperatorLowerTriangular) and isinstance(right, LinearOperatorDiag):
        tril = left.to_dense() * right.diag_part()[..., None, :]
    else:
        return None
    known = True if left.is_non_singular and right.is_non_singular else None
    return LinearOperatorLowerTriangular(tril, is_non_singular=known)


@algebra.register_product
def diagonal_product(left: Any, right: Any) -> Any:
    """Of two diagonal operators, of which one is no multiple of the identity."""
    if not (isinstance(left, _Diagonals) and isinstance(right, _Diagonals)):
        return None
    if not any(isinstance(operator, LinearOperatorDiag) for operator in (left, right)):
        return None
    return LinearOperatorDiag(left.diag_part() * right.diag_part(), **_hints(left, right))


@algebra.register_product
def circulant_product(left: Any, right: Any) -> Any:
    """Of two circulant operators of one axis."""
    kinds = (LinearOperatorCirculant, LinearOperatorCirculant)
    if not all(isinstance(*pair) for pair in zip((left, right), kinds, strict=True)):
        return None
    return LinearOperatorCirculant(
        left.spectrum * right.spectrum, input_output_dtype=left.dtype, **_hints(left, right)
    )


@algebra.register_product
def identity_product(left: Any, right: Any) -> Any:
    """Of the identity and any operator."""
    if isinstance(left, LinearOperatorIdentity):
        return right
    return left if isinstance(right, LinearOperatorIdentity) else None


@algebra.register_product
def zeros_product(left: Any, right: Any) -> Any:
    """Of zeros and any operator."""
    if not any(isinstance(operator, LinearOperatorZeros) for operator in (left, right)):
        return None
    if left.is_square and right.is_square:
        return left if isinstance(left, LinearOperatorZeros) else right
    return LinearOperatorZeros(
        left.range_dimension_tensor(),
        right.domain_dimension_tensor(),
        dtype=left.dtype,
        is_square=None,
    )


# ---- Solutions ----


@algebra.register_solution
def inverse_product(left: Any, right: Any) -> Any:
    """The product with the inverse."""
    return left.inverse().matmul(right)


# ---- Adjoints ----


@algebra.register_adjoint
def any_adjoint(operator: Any) -> Any:
    """The adjoint of any operator."""
    return LinearOperatorAdjoint(operator, **_same_hints(operator))


@algebra.register_adjoint
def short_adjoint(operator: Any) -> Any:
    """Of those that hold their adjoint's elements."""
    hints = _same_hints(operator)
    if isinstance(operator, LinearOperatorAdjoint):
        return operator.operator
    if isinstance(operator, LinearOperatorDiag):
        return LinearOperatorDiag(math.conj(operator.diag), **hints)
    if isinstance(operator, LinearOperatorScaledIdentity):
        return LinearOperatorScaledIdentity(
            operator.range_dimension_tensor(), math.conj(operator.multiplier), **hints
        )
    if isinstance(operator, LinearOperatorCirculant):
        return LinearOperatorCirculant(
            math.conj(operator.spectrum), input_output_dtype=operator.dtype, **hints
        )
    if isinstance(operator, (LinearOperatorBlockDiag, LinearOperatorKronecker)):
        return type(operator)([inner.adjoint() for inner in operator.operators], **hints)
    return None


# ---- Inverses ----


@algebra.register_inverse
def any_inverse(operator: Any) -> Any:
    """The inverse of any operator."""
    return LinearOperatorInversion(operator, is_non_singular=True)


@algebra.register_inverse
def short_inverse(operator: Any) -> Any:
    """Of those whose inverse is of their kind."""
    hints = _same_hints(operator)
    if isinstance(operator, (LinearOperatorIdentity, LinearOperatorHouseholder)):
        return operator
    if isinstance(operator, LinearOperatorInversion):
        return operator.operator
    if isinstance(operator, LinearOperatorDiag):
        return LinearOperatorDiag(1.0 / operator.diag, **hints)
    if isinstance(operator, LinearOperatorScaledIdentity):
        return LinearOperatorScaledIdentity(
            operator.range_dimension_tensor(), 1.0 / operator.multiplier, **hints
        )
    if isinstance(operator, LinearOperatorCirculant):
        return LinearOperatorCirculant(
            1.0 / operator.spectrum, input_output_dtype=operator.dtype, **hints
        )
    if isinstance(operator, (LinearOperatorBlockDiag, LinearOperatorKronecker)):
        parts = [inner.inverse() for inner in operator.operators]
        sign = "_ds_" if isinstance(operator, LinearOperatorBlockDiag) else "_x_"
        name = sign.join(inner.name for inner in operator.operators) + "_inv"
        return type(operator)(parts, **hints, name=name)
    return None


# ---- Cholesky factors ----


@algebra.register_cholesky
def any_cholesky(operator: Any) -> Any:
    """The factor of any operator."""
    return LinearOperatorLowerTriangular(
        cholesky(operator.to_dense()),
        is_non_singular=True,
        is_self_adjoint=False,
        is_square=True,
    )


@algebra.register_cholesky
def short_cholesky(operator: Any) -> Any:
    """Of those whose factor is of their kind."""
    definite: dict[str, Any] = {
        "is_non_singular": True,
        "is_self_adjoint": True,
        "is_positive_definite": True,
    }
    if isinstance(operator, LinearOperatorIdentity):
        return operator
    if isinstance(operator, LinearOperatorDiag):
        return LinearOperatorDiag(math.sqrt(operator.diag), **definite)
    if isinstance(operator, LinearOperatorScaledIdentity):
        return LinearOperatorScaledIdentity(
            operator.range_dimension_tensor(), math.sqrt(operator.multiplier), **definite
        )
    if isinstance(operator, (LinearOperatorBlockDiag, LinearOperatorKronecker)):
        return type(operator)(
            [inner.cholesky() for inner in operator.operators],
            is_non_singular=True,
            is_self_adjoint=None,
            is_square=True,
        )
    return None
