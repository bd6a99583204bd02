"""Gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.ops.training import apply_rule
from tfsession.train.optimizer import LearningRate, Optimizer, cast_like
from tfsession.variables.variable import Variable

__all__ = ["MomentumOptimizer"]


class MomentumOptimizer(Optimizer):
    """``accumulation = momentum * accumulation + gradient; var -= learning_rate * accumulation``.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      momentum: the same.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slots.
      use_nesterov: whether the gradient is taken as if at the place where momentum leads.

    Source: Sutskever et al., 2013; TensorFlow 1.15 `tf.train.MomentumOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate,
        momentum: LearningRate,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for variable in var_list:
            self._zeros_slot(variable, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._scalar(self._learning_rate, "learning_rate")
        self._momentum_tensor = self._scalar(self._momentum, "momentum")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return apply_rule(
            "Momentum",
            [var, self.get_slot(var, "momentum")],
            cast_like(self._learning_rate_tensor, var),
            grad,
            cast_like(self._momentum_tensor, var),
            use_locking=self._use_locking,
            use_nesterov=self._use_nesterov,
        )

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._resource_apply_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        return apply_rule(
            "SparseMomentum",
            [handle, self.get_slot(handle, "momentum")],
            cast_like(self._learning_rate_tensor, handle),
            grad,
            indices,
            cast_like(self._momentum_tensor, handle),
            use_locking=self._use_locking,
            use_nesterov=self._use_nesterov,
        )
