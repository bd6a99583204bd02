"""Which operator the product, the adjoint, the inverse and the factor of operators is.

There is a short way for some kinds, and for all others an operator that stands for the operation.
Each entry is a function of the operators that says None where it knows no short way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Way = Callable[..., Any]

_PRODUCTS: list[Way] = []
_INVERSES: list[Way] = []
_SOLUTIONS: list[Way] = []
_ADJOINTS: list[Way] = []
_FACTORS: list[Way] = []


def _registrar(ways: list[Way]) -> Callable[[Way], Way]:
    def register(way: Way) -> Way:
        ways.append(way)
        return way

    return register


register_product = _registrar(_PRODUCTS)
register_inverse = _registrar(_INVERSES)
register_solution = _registrar(_SOLUTIONS)
register_adjoint = _registrar(_ADJOINTS)
register_cholesky = _registrar(_FACTORS)


def _first(ways: list[Way], *operators: Any) -> Any:
    """What the way that was registered last makes of operators, or one before it."""
    for way in reversed(ways):
        if (found := way(*operators)) is not None:
            return found
    raise AssertionError(f"no way for {operators}")


def product(left: Any, right: Any) -> Any:
    """The operator of the products of the matrices of two."""
    return _first(_PRODUCTS, left, right)


def solution(left: Any, right: Any) -> Any:
    """The operator of the products of the inverses of one with the matrices of another."""
    return _first(_SOLUTIONS, left, right)


def adjoint(operator: Any) -> Any:
    """The operator of the adjoint matrices."""
    return _first(_ADJOINTS, operator)


def inverse(operator: Any) -> Any:
    """The operator of the inverse matrices."""
    return _first(_INVERSES, operator)


def cholesky(operator: Any) -> Any:
    """The operator of the Cholesky factors."""
    return _first(_FACTORS, operator)


def both(left: bool | None, right: bool | None) -> bool | None:
    """What is known of a product of two operators when something is known of each."""
    return True if left and right else None
