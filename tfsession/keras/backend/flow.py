"""Choices, and functions of the elements of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.dtypes import bool as bool_type
from tfsession.keras.backend.tensors import ndim
from tfsession.layers.phase import learning_phase
from tfsession.ops import array, control_flow, functional, math
from tfsession.ops.indexing import where
from tfsession.ops.rearrange import tile

__all__ = ["foldl", "foldr", "in_test_phase", "in_train_phase", "map_fn", "switch"]


def _made(x: Any) -> Any:
    return x() if callable(x) else x


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two values, chosen by a condition: a scalar, or one for each element.

    Args:
      condition: a tensor of booleans or numbers.
      then_expression, else_expression: tensors, or functions that make them.

    Raises:
      ValueError: the condition has more axes than what is chosen from.
    """
    if condition.dtype is not bool_type:
        condition = math.cast(condition, bool_type)
    if not ndim(condition):
        return control_flow.cond(
            condition, lambda: _made(then_expression), lambda: _made(else_expression)
        )
    chosen, other = _made(then_expression), _made(else_expression)
    missing = (ndim(chosen) or 0) - (ndim(condition) or 0)
    if missing < 0:
        raise ValueError(
            "Rank of `condition` should be less than or equal to rank of `then_expression` and "
            f"`else_expression`. ndim(condition)={ndim(condition)}, ndim(then_expression)="
            f"{ndim(chosen)}"
        )
    if missing:
        shape = array.concat([array.shape(condition), [1] * missing], axis=0)
        condition = array.reshape(condition, shape)
        sizes, wanted = array.shape(condition), array.shape(chosen)
        times = where(math.greater(wanted, sizes), wanted, array.ones_like(wanted))
        condition = tile(condition, times)
    return where(condition, chosen, other)


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` in training, `alt` otherwise.

    Args:
      x, alt: tensors, or functions that make them.
      training: whether it is training; `learning_phase` when None.
    """
    training = learning_phase() if training is None else training
    if isinstance(training, (bool, int)):
        return _made(x) if training else _made(alt)
    return switch(training, x, alt)


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` outside of training, `alt` in it."""
    return in_train_phase(alt, x, training=training)


def map_fn(fn: Callable[..., Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """A function of each element along the first axis."""
    return functional.map_fn(fn, elems, name=name, dtype=dtype)


def foldl(
    fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None
) -> Any:
    """The elements along the first axis, put together from the first to the last."""
    return functional.foldl(fn, elems, initializer=initializer, name=name)


def foldr(
    fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None
) -> Any:
    """The elements along the first axis, put together from the last to the first."""
    return functional.foldr(fn, elems, initializer=initializer, name=name)
