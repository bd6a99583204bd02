"""Adam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.build import build
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops import control, math, state
from tfsession.ops.training import apply_rule
from tfsession.train.optimizer import LearningRate, Optimizer, cast_like
from tfsession.variables.resource import ResourceVariable
from tfsession.variables.variable import Variable

__all__ = ["AdamOptimizer"]


class AdamOptimizer(Optimizer):
    """Steps of the mean of gradients over the root of the mean of their squares.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      beta1: how much of the mean of gradients is kept in a step.
      beta2: how much of the mean of squares is kept in a step.
      epsilon: added to the root, so that nothing is divided by zero.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slots.

    Source: Kingma and Ba, 2014, where epsilon is the "epsilon hat" before section 2.1; TensorFlow
      1.15 `tf.train.AdamOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta1: LearningRate = 0.9,
        beta2: LearningRate = 0.999,
        epsilon: LearningRate = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta1 = beta1
        self._beta2 = beta2
        self._epsilon = epsilon

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        graph = scopes.get_default_graph()
        return (
            self._get_non_slot_variable("beta1_power", graph),
            self._get_non_slot_variable("beta2_power", graph),
        )

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        # The first by name, so that the order of variables does not matter.
        first = min(var_list, key=lambda variable: str(variable.name))
        self._create_non_slot_variable(self._call_if_callable(self._beta1), "beta1_power", first)
        self._create_non_slot_variable(self._call_if_callable(self._beta2), "beta2_power", first)
        for variable in var_list:
            self._zeros_slot(variable, "m", self._name)
            self._zeros_slot(variable, "v", self._name)

    def _prepare(self) -> None:
        self._lr_t = self._scalar(self._lr, "learning_rate")
        self._beta1_t = self._scalar(self._beta1, "beta1")
        self._beta2_t = self._scalar(self._beta2, "beta2")
        self._epsilon_t = self._scalar(self._epsilon, "epsilon")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        beta1_power, beta2_power = self._get_beta_accumulators()
        return apply_rule(
            "Adam",
            [var, self.get_slot(var, "m"), self.get_slot(var, "v")],
            cast_like(beta1_power, var),
            cast_like(beta2_power, var),
            cast_like(self._lr_t, var),
            cast_like(self._beta1_t, var),
            cast_like(self._beta2_t, var),
            cast_like(self._epsilon_t, var),
            grad,
            use_locking=self._use_locking,
        )

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._update_rows(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        return self._update_rows(grad, handle, indices)

    def _update_rows(self, grad: Tensor, var: Variable, indices: Tensor) -> Operation:
        """Takes the rows of a gradient; the means of all rows decay, as with a dense gradient."""
        beta1_power, beta2_power = (cast_like(p, var) for p in self._get_beta_accumulators())
        beta1, beta2 = cast_like(self._beta1_t, var), cast_like(self._beta2_t, var)
        epsilon = cast_like(self._epsilon_t, var)
        rate = cast_like(self._lr_t, var) * math.sqrt(1 - beta2_power) / (1 - beta1_power)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        m_rows = grad * (1 - beta1)
        m_new = self._decayed_and_added(m, beta1, indices, m_rows)
        v_rows = (grad * grad) * (1 - beta2)
        v_new = self._decayed_and_added(v, beta2, indices, v_rows)
        step = rate * m_new / (math.sqrt(v_new) + epsilon)
        update = state.assign_sub(var, step, use_locking=self._use_locking)
        return control.group(update, m_new, v_new)

    def _decayed_and_added(self, slot: Any, keep: Tensor, indices: Tensor, rows: Tensor) -> Tensor:
        decayed = state.assign(slot, slot * keep, use_locking=self._use_locking)
        with scopes.control_dependencies([decayed.op]):
            if not isinstance(slot, ResourceVariable):
                result: Tensor = state.scatter_add(slot, indices, rows, self._use_locking)
                return result
            added = build("ResourceScatterAdd", slot.handle, indices, rows)
        with scopes.control_dependencies([added]):
            return slot.value()

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        # The powers change once all variables have used them.
        with scopes.control_dependencies(update_ops):
            beta1_power, beta2_power = self._get_beta_accumulators()
            with scopes.colocate_with(beta1_power.op):
                update_beta1 = beta1_power.assign(
                    beta1_power * self._beta1_t, use_locking=self._use_locking
                )
                update_beta2 = beta2_power.assign(
                    beta2_power * self._beta2_t, use_locking=self._use_locking
                )
        return control.group(*update_ops, update_beta1, update_beta2, name=name_scope)
