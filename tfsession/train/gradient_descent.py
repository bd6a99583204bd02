"""Gradient descent."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import build
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.ops.training import apply_rule
from tfsession.train.optimizer import LearningRate, Optimizer, cast_like
from tfsession.variables.variable import Variable

__all__ = ["GradientDescentOptimizer"]


class GradientDescentOptimizer(Optimizer):
    """``var -= learning_rate * gradient``.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update.

    Source: TensorFlow 1.15 `tf.train.GradientDescentOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate,
        use_locking: bool = False,
        name: str = "GradientDescent",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._scalar(self._learning_rate, "learning_rate")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return apply_rule(
            "GradientDescent",
            [var],
            cast_like(self._learning_rate_tensor, var),
            grad,
            use_locking=self._use_locking,
        )

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Variable) -> Any:
        step = grad.values * cast_like(self._learning_rate_tensor, var)
        delta = IndexedSlices(step, grad.indices, grad.dense_shape)
        return var.scatter_sub(delta, use_locking=self._use_locking)

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, handle: Any, indices: Tensor
    ) -> Any:
        step = -grad * cast_like(self._learning_rate_tensor, handle)
        return build("ResourceScatterAdd", handle.handle, indices, step)
