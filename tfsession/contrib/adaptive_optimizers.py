"""Optimizers like Adam, and those that ask for the signs of gradients."""

from __future__ import annotations

import math as numbers
from collections.abc import Callable, Sequence
from typing import Any

from tfsession.contrib.row_updates import add_rows, set_rows
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops import control, indexing, math
from tfsession.ops.training import apply_rule
from tfsession.train.adam import AdamOptimizer
from tfsession.train.optimizer import LearningRate, Optimizer, cast_like
from tfsession.variables.variable import Variable

__all__ = [
    "AdaMaxOptimizer",
    "AddSignOptimizer",
    "LazyAdamOptimizer",
    "NadamOptimizer",
    "PowerSignOptimizer",
]


class LazyAdamOptimizer(AdamOptimizer):
    """`AdamOptimizer` whose means decay only in the rows that a gradient has.

    Source: TensorFlow 1.15 `tf.contrib.opt.LazyAdamOptimizer`.
    """

    def _update_rows(self, grad: Tensor, var: Variable, indices: Tensor) -> Operation:
        beta1_power, beta2_power = (cast_like(p, var) for p in self._get_beta_accumulators())
        beta1, beta2 = cast_like(self._beta1_t, var), cast_like(self._beta2_t, var)
        rate = cast_like(self._lr_t, var) * math.sqrt(1 - beta2_power) / (1 - beta1_power)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        m_rows = beta1 * indexing.gather(m, indices) + (1 - beta1) * grad
        v_rows = beta2 * indexing.gather(v, indices) + (1 - beta2) * math.square(grad)
        step = rate * m_rows / (math.sqrt(v_rows) + cast_like(self._epsilon_t, var))
        updates = (set_rows(m, indices, m_rows), set_rows(v, indices, v_rows))
        return control.group(add_rows(var, indices, -step), *updates)


class NadamOptimizer(AdamOptimizer):
    """`AdamOptimizer` with Nesterov's momentum.

    Source: Dozat, Incorporating Nesterov Momentum into Adam, 2016; TensorFlow 1.15
      `tf.contrib.opt.NadamOptimizer`.
    """

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        beta1_power, beta2_power = self._get_beta_accumulators()
        inputs = (beta1_power, beta2_power, self._lr_t, self._beta1_t, self._beta2_t)
        return apply_rule(
            "Adam",
            [var, self.get_slot(var, "m"), self.get_slot(var, "v")],
            *(cast_like(value, var) for value in (*inputs, self._epsilon_t)),
            grad,
            use_locking=self._use_locking,
            use_nesterov=True,
        )

    def _update_rows(self, grad: Tensor, var: Variable, indices: Tensor) -> Operation:
        beta1_power, beta2_power = (cast_like(p, var) for p in self._get_beta_accumulators())
        beta1, beta2 = cast_like(self._beta1_t, var), cast_like(self._beta2_t, var)
        rate = cast_like(self._lr_t, var) * math.sqrt(1 - beta2_power) / (1 - beta1_power)
        m_rows = grad * (1 - beta1)
        m = self._decayed_and_added(self.get_slot(var, "m"), beta1, indices, m_rows)
        v_rows = math.square(grad) * (1 - beta2)
        v = self._decayed_and_added(self.get_slot(var, "v"), beta2, indices, v_rows)
        ahead = m_rows + beta1 * indexing.gather(m, indices)
        root = math.sqrt(indexing.gather(v, indices)) + cast_like(self._epsilon_t, var)
        return control.group(add_rows(var, indices, -rate * ahead / root), m, v)


class AdaMaxOptimizer(AdamOptimizer):
    """Adam with the largest gradient instead of the mean of squares.

    Source: Kingma and Ba, 2014, section 7.1; TensorFlow 1.15 `tf.contrib.opt.AdaMaxOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta1: LearningRate = 0.9,
        beta2: LearningRate = 0.999,
        epsilon: LearningRate = 1e-8,
        use_locking: bool = False,
        name: str = "AdaMax",
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _get_beta_accumulators(self) -> Any:
        return self._get_non_slot_variable("beta1_power", scopes.get_default_graph())

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        first = min(var_list, key=lambda variable: str(variable.name))
        self._create_non_slot_variable(self._call_if_callable(self._beta1), "beta1_power", first)
        for variable in var_list:
            self._zeros_slot(variable, "m", self._name)
            self._zeros_slot(variable, "v", self._name)

    def _new(self, var: Variable, grad: Tensor, m: Any, v: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The new mean, the new largest gradient, and the step."""
        beta1, beta2 = cast_like(self._beta1_t, var), cast_like(self._beta2_t, var)
        rate = cast_like(self._lr_t, var) / (1 - cast_like(self._get_beta_accumulators(), var))
        mean = beta1 * m + (1 - beta1) * grad
        largest = math.maximum(beta2 * v, math.abs(grad))
        return mean, largest, rate * mean / (largest + cast_like(self._epsilon_t, var))

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        mean, largest, step = self._new(var, grad, m, v)
        return control.group(m.assign(mean), v.assign(largest), var.assign_sub(step))

    def _update_rows(self, grad: Tensor, var: Variable, indices: Tensor) -> Operation:
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        old = indexing.gather(m, indices), indexing.gather(v, indices)
        mean, largest, step = self._new(var, grad, *old)
        updates = (set_rows(m, indices, mean), set_rows(v, indices, largest))
        return control.group(add_rows(var, indices, -step), *updates)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        with scopes.control_dependencies(update_ops):
            power = self._get_beta_accumulators()
            with scopes.colocate_with(power.op):
                update = power.assign(power * self._beta1_t, use_locking=self._use_locking)
        return control.group(*update_ops, update, name=name_scope)


# ---- Signs ----


class _SignOptimizer(Optimizer):
    """Steps along gradients, longer where they agree with the mean of those before."""

    def __init__(
        self,
        learning_rate: LearningRate,
        beta: LearningRate,
        sign_decay_fn: Callable[[Any], Any] | None,
        use_locking: bool,
        name: str,
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta = beta
        self._sign_decay_fn = sign_decay_fn
        self._global_step: Any = None

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """`Optimizer.apply_gradients`; `sign_decay_fn` is called with the global step.

        Raises:
          ValueError: there is a `sign_decay_fn`, and no global step.
        """
        if self._sign_decay_fn is not None and global_step is None:
            raise ValueError("A global_step must be specified if sign_decay_fn is not None.")
        self._global_step = global_step
        return super().apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for variable in var_list:
            self._zeros_slot(variable, "m", self._name)

    def _prepare(self) -> None:
        self._lr_t = self._scalar(self._lr, "learning_rate")
        self._beta_t = self._scalar(self._beta, "beta")
        decay = 1.0 if self._sign_decay_fn is None else self._sign_decay_fn(self._global_step)
        self._sign_decay_t = convert_to_tensor(decay, name="sign_decay")

    def _factor(self, agreement: Tensor, var: Variable) -> Tensor:
        """What the gradient is multiplied by; `agreement` is a decayed sign."""
        raise NotImplementedError

    def _step(self, grad: Tensor, mean: Tensor, var: Variable) -> Tensor:
        signs = math.sign(grad) * math.sign(mean)
        factor = self._factor(cast_like(self._sign_decay_t, var) * signs, var)
        return cast_like(self._lr_t, var) * factor * grad

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        beta = cast_like(self._beta_t, var)
        slot = self.get_slot(var, "m")
        mean = beta * slot + (1 - beta) * grad
        step = self._step(grad, mean, var)
        return control.group(slot.assign(mean), var.assign_sub(step))

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._resource_apply_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        beta = cast_like(self._beta_t, handle)
        slot = self.get_slot(handle, "m")
        decayed = slot.assign(beta * slot, use_locking=self._use_locking)
        with scopes.control_dependencies([decayed]):
            mean = add_rows(slot, indices, (1 - beta) * grad)
        step = self._step(grad, indexing.gather(mean, indices), handle)
        return control.group(add_rows(handle, indices, -step), mean)


class AddSignOptimizer(_SignOptimizer):
    """Steps along gradients, times `alpha` + sign(gradient) * sign(mean of gradients).

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      alpha: as above.
      beta: how much of the mean of gradients is kept in a step.
      sign_decay_fn: of the global step: what the signs are multiplied by; 1 when None.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slots.

    Source: Bello et al., Neural Optimizer Search with Reinforcement Learning, 2017; TensorFlow 1.15
      `tf.contrib.opt.AddSignOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.1,
        alpha: LearningRate = 1.0,
        beta: LearningRate = 0.9,
        sign_decay_fn: Callable[[Any], Any] | None = None,
        use_locking: bool = False,
        name: str = "AddSignOptimizer",
    ) -> None:
        super().__init__(learning_rate, beta, sign_decay_fn, use_locking, name)
        self._alpha = alpha

    def _prepare(self) -> None:
        super()._prepare()
        self._alpha_t = self._scalar(self._alpha, "alpha")

    def _factor(self, agreement: Tensor, var: Variable) -> Tensor:
        return cast_like(self._alpha_t, var) + agreement


class PowerSignOptimizer(_SignOptimizer):
    """Steps along gradients, times `base` to the power of sign(gradient) * sign(mean of gradients).

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      base: as above.
      beta: how much of the mean of gradients is kept in a step.
      sign_decay_fn: of the global step: what the signs are multiplied by; 1 when None.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slots.

    Source: Bello et al., Neural Optimizer Search with Reinforcement Learning, 2017; TensorFlow 1.15
      `tf.contrib.opt.PowerSignOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.1,
        base: float = numbers.e,
        beta: LearningRate = 0.9,
        sign_decay_fn: Callable[[Any], Any] | None = None,
        use_locking: bool = False,
        name: str = "PowerSignOptimizer",
    ) -> None:
        super().__init__(learning_rate, beta, sign_decay_fn, use_locking, name)
        self._base = base

    def _prepare(self) -> None:
        super()._prepare()
        self._logbase_t = self._scalar(numbers.log(self._base), "logbase")

    def _factor(self, agreement: Tensor, var: Variable) -> Tensor:
        return math.exp(cast_like(self._logbase_t, var) * agreement)
