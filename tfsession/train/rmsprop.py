"""RMSProp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.ops import array
from tfsession.ops.initializers import ones_initializer
from tfsession.ops.training import apply_rule
from tfsession.train.optimizer import LearningRate, Optimizer, cast_like
from tfsession.variables.variable import Variable

__all__ = ["RMSPropOptimizer"]


class RMSPropOptimizer(Optimizer):
    """Steps of the gradient over the root of the mean of its squares, with momentum.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      decay: how much of the mean of squares is kept in a step.
      momentum: how much of the last step is kept.
      epsilon: added under the root, so that nothing is divided by zero.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      centered: whether the square of the mean is subtracted, which leaves the variance.
      name: a name for the scope of the update, and for the slots.

    Source: Tieleman and Hinton, 2012; TensorFlow 1.15 `tf.train.RMSPropOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate,
        decay: LearningRate = 0.9,
        momentum: LearningRate = 0.0,
        epsilon: LearningRate = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._decay = decay
        self._momentum = momentum
        self._epsilon = epsilon
        self._centered = centered

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for variable in var_list:
            dtype, shape = variable.dtype.base_dtype, variable.get_shape()
            if shape.is_fully_defined():
                self._get_or_make_slot_with_initializer(
                    variable, ones_initializer(dtype), shape, dtype, "rms", self._name
                )
            else:
                ones = array.ones_like(variable.initialized_value())
                self._get_or_make_slot(variable, ones, "rms", self._name)
            if self._centered:
                self._zeros_slot(variable, "mg", self._name)
            self._zeros_slot(variable, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._scalar(self._learning_rate, "learning_rate")
        self._decay_tensor = self._scalar(self._decay, "decay")
        self._momentum_tensor = self._scalar(self._momentum, "momentum")
        self._epsilon_tensor = self._scalar(self._epsilon, "epsilon")

    def _inputs(self, var: Variable) -> tuple[str, list[Any], list[Tensor]]:
        """The rule, its variables and its hyperparameters."""
        slots = ["mg", "rms", "momentum"] if self._centered else ["rms", "momentum"]
        numbers = [
            cast_like(tensor, var)
            for tensor in (
                self._learning_rate_tensor,
                self._decay_tensor,
                self._momentum_tensor,
                self._epsilon_tensor,
            )
        ]
        rule = "CenteredRMSProp" if self._centered else "RMSProp"
        return rule, [var, *(self.get_slot(var, slot) for slot in slots)], numbers

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        rule, variables, numbers = self._inputs(var)
        return apply_rule(rule, variables, *numbers, grad, use_locking=self._use_locking)

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._resource_apply_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        rule, variables, numbers = self._inputs(handle)
        return apply_rule(
            f"Sparse{rule}", variables, *numbers, grad, indices, use_locking=self._use_locking
        )
