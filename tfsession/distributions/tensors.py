"""Tensors that parameters and events of distributions are made of."""

from __future__ import annotations

import hashlib
import math as python_math
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.graph import scopes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, check, indexing, math, reduction, softmax, special
from tfsession.ops.activation import softplus
from tfsession.ops.control import with_dependencies

__all__ = [
    "checked",
    "gen_new_seed",
    "get_logits_and_probs",
    "log_combinations",
    "of_shape",
    "prefer_static_shape",
    "softplus_inverse",
    "undefined_where_not",
]


def gen_new_seed(seed: int | None, salt: str) -> int | None:
    """Another seed, made from one and from a text."""
    if seed is None:
        return None
    digest = hashlib.md5((str(seed) + salt).encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) & 0x7FFFFFFF


def prefer_static_shape(x: Tensor) -> Tensor:
    """The shape of a tensor, as a constant where it is known; int32."""
    if x.shape.is_fully_defined():
        return convert_to_tensor(x.shape.as_list(), dtype=dtypes.int32, name="shape")
    return array.shape(x)


def of_shape(x: Tensor, *others: Tensor) -> Tensor:
    """A tensor in the shape to which it and others broadcast."""
    for other in others:
        x = x * array.ones_like(other, dtype=x.dtype)
    return x


def checked(x: Tensor, checks: list[Any]) -> Tensor:
    """A tensor that is there after checks have run."""
    return with_dependencies(checks, x) if checks else x


def undefined_where_not(
    is_defined: Tensor, value: Tensor, undefined: float, allow_nan_stats: bool, check_of: Any
) -> Tensor:
    """A moment, and what stands where it is undefined.

    Args:
      is_defined: bool, in the shape of `value`.
      value: the moment where it is defined.
      undefined: what it is elsewhere.
      allow_nan_stats: whether `undefined` stands there; otherwise the graph fails.
      check_of: a function that returns the operations that fail.
    """
    if allow_nan_stats:
        other = array.fill(array.shape(value), np.array(undefined, value.dtype.as_numpy_dtype))
        return indexing.where(is_defined, value, other)
    return checked(value, check_of())


def _probabilities_checks(probs: Tensor, is_vector: bool) -> list[Any]:
    one = convert_to_tensor(1.0, dtype=probs.dtype)
    checks = [check.assert_non_negative(probs)]
    if is_vector:
        message = "probs does not sum to 1."
        return [*checks, check.assert_near(reduction.reduce_sum(probs, -1), one, message=message)]
    message = "probs has components greater than 1."
    return [*checks, check.assert_less_equal(probs, one, message=message)]


def get_logits_and_probs(
    logits: TensorLike | None = None,
    probs: TensorLike | None = None,
    multidimensional: bool = False,
    validate_args: bool = False,
    name: str = "get_logits_and_probs",
) -> tuple[Tensor, Tensor]:
    """Logits, and the probabilities that belong to them.

    Args:
      logits: logits, or None.
      probs: probabilities, where there are no logits.
      multidimensional: whether the last axis is that of classes; otherwise each is a probability
        of its own.
      validate_args: whether probabilities are checked when the graph runs.
      name: a name for the operations.

    Raises:
      ValueError: both are there, or none.
    """
    with name_scope(name, values=[probs, logits]):
        if (probs is None) == (logits is None):
            raise ValueError("Must pass probs or logits, but not both.")
        if probs is None:
            logits = convert_to_tensor(logits, name="logits")
            if not logits.dtype.is_floating:
                raise TypeError("logits must having floating type.")
            convert = softmax.softmax if multidimensional else math.sigmoid
            if multidimensional:
                check.assert_rank_at_least(logits, 1)
            return logits, convert(logits, name="probs")
        probs = convert_to_tensor(probs, name="probs")
        if not probs.dtype.is_floating:
            raise TypeError("probs must having floating type.")
        if validate_args:
            with name_scope("validate_probs"):
                probs = checked(probs, _probabilities_checks(probs, multidimensional))
        with name_scope("logits"):
            if multidimensional:
                return math.log(probs), probs
            return math.log(probs) - math.log1p(-1.0 * probs), probs


def log_combinations(n: Tensor, counts: Tensor, name: str = "log_combinations") -> Tensor:
    """The logarithm of the number of orders of `n` things, `counts` of each kind.

    Args:
      n: [...].
      counts: [..., kinds], of sum `n`.
      name: a name for the operations.
    """
    with name_scope(name, values=[n, counts]):
        orders = special.lgamma(n + 1)
        return orders - reduction.reduce_sum(special.lgamma(counts + 1), axis=[-1])


def softplus_inverse(x: TensorLike, name: str | None = None) -> Tensor:
    """What softplus turns into `x`.

    Args:
      x: floating, above zero.
      name: a name for the operations.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.softplus_inverse`.
    """
    with name_scope(name, "softplus_inverse", values=[x]):
        x = convert_to_tensor(x, name="x")
        # Where x is tiny, the result is log(x), where it is large, x, to the last bit.
        threshold = python_math.log(np.finfo(x.dtype.as_numpy_dtype).eps) + 2.0
        is_too_small = math.less(x, float(np.exp(threshold)))
        is_too_large = math.greater(x, -threshold)
        inside = indexing.where(math.logical_or(is_too_small, is_too_large), array.ones_like(x), x)
        result = inside + math.log(-math.expm1(-inside))
        return indexing.where(is_too_small, math.log(x), indexing.where(is_too_large, x, result))


def positive_by_softplus(x: TensorLike, name: str) -> Tensor:
    """The softplus of a parameter that has no bounds."""
    return softplus(x, name=name)


def nonnegative_integers(x: Tensor, message: str) -> list[Any]:
    """Operations that fail where a tensor has other than whole numbers from zero on."""
    return [
        check.assert_non_negative(x, message=f"'{message}' must be non-negative."),
        *(
            [
                check.assert_equal(
                    x, math.round(x), message=f"'{message}' cannot contain fractional components."
                )
            ]
            if not x.dtype.is_integer
            else []
        ),
    ]


def control(checks: list[Any]) -> Any:
    """The scope of operations that run after checks."""
    return scopes.control_dependencies(checks)
