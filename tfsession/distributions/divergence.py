"""The Kullback-Leibler divergence: each pair of kinds of distributions has its own function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, math
from tfsession.ops.control_flow import Assert
from tfsession.ops.reduction import reduce_any

__all__ = ["RegisterKL", "cross_entropy", "kl_divergence"]

#: A pair of classes -> a function of two distributions, and of `name`.
_FUNCTIONS: dict[tuple[type, type], Callable[..., Any]] = {}


def _registered(kind_a: type, kind_b: type) -> Callable[..., Any] | None:
    """The function of the nearest classes above two, those above the first counting less."""
    pairs = [
        (above_a + above_b, above_a, pair)
        for above_a, a in enumerate(inspect.getmro(kind_a))
        for above_b, b in enumerate(inspect.getmro(kind_b))
        if (pair := (a, b)) in _FUNCTIONS
    ]
    return _FUNCTIONS[min(pairs, key=lambda found: found[:2])[2]] if pairs else None


def kl_divergence(
    distribution_a: Any, distribution_b: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Tensor:
    """The Kullback-Leibler divergence of one distribution to another, in nats.

    Args:
      distribution_a: a Distribution.
      distribution_b: a Distribution.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: a name for the operations.

    Returns:
      A Tensor in the shape of the batches.

    Raises:
      NotImplementedError: no function is registered for the two kinds.

    Source: TensorFlow 1.15 `tf.distributions.kl_divergence`.
    """
    kinds = type(distribution_a), type(distribution_b)
    function = _registered(*kinds)
    if function is None:
        raise NotImplementedError(
            "No KL(distribution_a || distribution_b) registered for distribution_a "
            f"type {kinds[0].__name__} and distribution_b type {kinds[1].__name__}"
        )
    with name_scope("KullbackLeibler"):
        divergence: Tensor = function(distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return divergence
        divergence = array.identity(divergence, name="kl")
        check = Assert(
            math.logical_not(reduce_any(math.is_nan(divergence))),
            [
                f"KL calculation between {distribution_a.name} and {distribution_b.name} "
                "returned NaN values (and was called with allow_nan_stats=False). Values:",
                divergence,
            ],
        )
        with scopes.control_dependencies([check]):
            checked: Tensor = array.identity(divergence, name="checked_kl")
            return checked


def cross_entropy(ref: Any, other: Any, allow_nan_stats: bool = True, name: Any = None) -> Tensor:
    """The entropy of `ref`, and its divergence to `other`, in nats; see `kl_divergence`."""
    with name_scope(name, "cross_entropy"):
        entropy = ref.entropy()
        total: Tensor = entropy + kl_divergence(ref, other, allow_nan_stats=allow_nan_stats)
        return total


class RegisterKL:
    """Makes a function that of the divergence of two kinds of distributions.

    Args:
      dist_cls_a: the class of the first distribution.
      dist_cls_b: the class of the second.

    Source: TensorFlow 1.15 `tf.distributions.RegisterKL`.
    """

    def __init__(self, dist_cls_a: type, dist_cls_b: type) -> None:
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn: Callable[..., Any]) -> Callable[..., Any]:
        """Registers a function.

        Args:
          kl_fn: a function of two distributions, and of `name`.

        Returns:
          The function.

        Raises:
          TypeError: it cannot be called.
          ValueError: there is a function of these classes already.
        """
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        if self._key in _FUNCTIONS:
            names = " || ".join(kind.__name__ for kind in self._key)
            raise ValueError(f"KL({names}) has already been registered to: {_FUNCTIONS[self._key]}")
        _FUNCTIONS[self._key] = kl_fn
        return kl_fn
