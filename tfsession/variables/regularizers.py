"""Regularizers: callables that map a variable to a loss, or to None."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.build import TensorLike, build, constant, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import math as math_ops, reduction

__all__ = [
    "L1L2",
    "apply_regularization",
    "l1_l2_regularizer",
    "l1_regularizer",
    "l2_regularizer",
    "sum_regularizer",
]

Regularizer = Callable[[Any], Any]


def _check_scale(scale: Any, name: str = "scale") -> None:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"{name} cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale:g}")


def _absolute_sum(weights: Any) -> Tensor:
    result: Tensor = reduction.reduce_sum(math_ops.abs(weights))
    return result


def l1_regularizer(scale: float, scope: str | None = None) -> Regularizer:
    """``scale * sum(|w|)``.

    Args:
      scale: a float, not negative; 0.0 means no loss.
      scope: a name for the scope of the operations.

    Source: TensorFlow 1.15 `tf.contrib.layers.l1_regularizer`.
    """
    _check_scale(scale)
    if scale == 0.0:
        return lambda _: None

    def l1(weights: Any, name: str | None = None) -> Tensor:
        with name_scope(scope, "l1_regularizer", [weights]) as own:
            factor = convert_to_tensor(
                scale, convert_to_tensor(weights).dtype.base_dtype, name="scale"
            )
            result: Tensor = build("Mul", factor, _absolute_sum(weights), name=name or own)
            return result

    return l1


def l2_regularizer(scale: float, scope: str | None = None) -> Regularizer:
    """``scale * sum(w ** 2) / 2``.

    Args:
      scale: a float, not negative; 0.0 means no loss.
      scope: a name for the scope of the operations.

    Source: TensorFlow 1.15 `tf.contrib.layers.l2_regularizer`.
    """
    _check_scale(scale)
    if scale == 0.0:
        return lambda _: None

    def l2(weights: Any) -> Tensor:
        with name_scope(scope, "l2_regularizer", [weights]) as own:
            factor = convert_to_tensor(
                scale, convert_to_tensor(weights).dtype.base_dtype, name="scale"
            )
            result: Tensor = build("Mul", factor, build("L2Loss", weights), name=own)
            return result

    return l2


def l1_l2_regularizer(
    scale_l1: float = 1.0, scale_l2: float = 1.0, scope: str | None = None
) -> Regularizer:
    """The sum of `l1_regularizer` and `l2_regularizer`.

    Source: TensorFlow 1.15 `tf.contrib.layers.l1_l2_regularizer`.
    """
    _check_scale(scale_l1, "scale_l1")
    _check_scale(scale_l2, "scale_l2")
    both: Regularizer = sum_regularizer(
        [l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope or "l1_l2_regularizer"
    )
    return both


def sum_regularizer(regularizer_list: Any, scope: str | None = None) -> Any:
    """The sum of several regularizers, of which some may be None.

    Source: TensorFlow 1.15 `tf.contrib.layers.sum_regularizer`.
    """
    chosen = [regularizer for regularizer in regularizer_list if regularizer is not None]
    if not chosen:
        return None

    def sum_of(weights: Any) -> Any:
        with name_scope(scope, "sum_regularizer", [weights]) as own:
            losses = [loss for loss in (r(weights) for r in chosen) if loss is not None]
            if len(losses) > 1:
                return build("AddN", losses, name=own)
            return losses[0] if losses else None

    return sum_of


def apply_regularization(regularizer: Regularizer, weights_list: Any = None) -> Tensor:
    """The sum of a regularizer over variables, added to REGULARIZATION_LOSSES.

    Args:
      regularizer: maps a variable to a scalar loss.
      weights_list: the variables; the collection WEIGHTS when None.

    Raises:
      ValueError: there are no variables.

    Source: TensorFlow 1.15 `tf.contrib.layers.apply_regularization`.
    """
    if not weights_list:
        weights_list = scopes.get_collection(scopes.GraphKeys.WEIGHTS)
    if not weights_list:
        raise ValueError("No weights to regularize.")
    with name_scope("get_regularization_penalty", values=weights_list) as own:
        penalties = [regularizer(weights) for weights in weights_list]
        penalties = [p if p is not None else constant(0.0) for p in penalties]
        total: Tensor = math_ops.add_n(penalties, name=own)
        scopes.add_to_collection(scopes.GraphKeys.REGULARIZATION_LOSSES, total)
        return total


class L1L2:
    """``l1 * sum(|w|) + l2 * sum(w ** 2)``.

    Args:
      l1: the factor of the first term.
      l2: the factor of the second term, which is not halved.

    Source: TensorFlow 1.15 `tf.keras.regularizers.L1L2`.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        for factor in (l1, l2):
            if math.isnan(factor):
                raise ValueError(f"L1L2: {factor!r}; want a number")
        self.l1 = float(l1)
        self.l2 = float(l2)

    def __call__(self, x: TensorLike) -> Any:
        if not self.l1 and not self.l2:
            return constant(0.0)
        regularization: Any = 0.0
        if self.l1:
            regularization += reduction.reduce_sum(self.l1 * math_ops.abs(x))
        if self.l2:
            regularization += reduction.reduce_sum(self.l2 * math_ops.square(x))
        return regularization

    def get_config(self) -> dict[str, float]:
        """The arguments that make an equal regularizer."""
        return {"l1": self.l1, "l2": self.l2}

    @classmethod
    def from_config(cls, config: dict[str, float]) -> L1L2:
        """The regularizer that `get_config` described."""
        return cls(**config)


def l1(l: float = 0.01) -> L1L2:  # noqa: E741  # TensorFlow's name
    """`L1L2` with the first term only; `tf.keras.regularizers.l1`."""
    return L1L2(l1=l)


def l2(l: float = 0.01) -> L1L2:  # noqa: E741  # TensorFlow's name
    """`L1L2` with the second term only; `tf.keras.regularizers.l2`."""
    return L1L2(l2=l)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """`L1L2` with both terms; `tf.keras.regularizers.l1_l2`."""
    return L1L2(l1=l1, l2=l2)
