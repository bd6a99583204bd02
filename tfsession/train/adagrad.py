"""Optimizers whose rate for each element depends on all its gradients: Adagrad, Adadelta, FTRL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.build import constant
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.ops import array, math
from tfsession.ops.initializers import constant_initializer
from tfsession.ops.training import apply_rule
from tfsession.train.optimizer import LearningRate, Optimizer, cast_like
from tfsession.variables.variable import Variable

__all__ = ["AdadeltaOptimizer", "AdagradOptimizer", "FtrlOptimizer"]


class AdagradOptimizer(Optimizer):
    """Steps of the gradient over the root of the sum of its squares.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      initial_accumulator_value: what the sum starts with; positive.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slots.

    Raises:
      ValueError: `initial_accumulator_value` is not positive.

    Source: Duchi et al., 2011; TensorFlow 1.15 `tf.train.AdagradOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for variable in var_list:
            dtype, shape = variable.dtype.base_dtype, variable.get_shape()
            value = self._initial_accumulator_value
            if not shape.is_fully_defined():
                sizes = array.shape(variable.initialized_value())
                initial = math.cast(array.fill(sizes, value), dtype)
                self._get_or_make_slot(variable, initial, "accumulator", self._name)
                continue
            self._get_or_make_slot_with_initializer(
                variable,
                constant_initializer(value, dtype),
                shape,
                dtype,
                "accumulator",
                self._name,
            )

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._scalar(self._learning_rate, "learning_rate")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return apply_rule(
            "Adagrad",
            [var, self.get_slot(var, "accumulator")],
            cast_like(self._learning_rate_tensor, var),
            grad,
            use_locking=self._use_locking,
        )

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._resource_apply_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        return apply_rule(
            "SparseAdagrad",
            [handle, self.get_slot(handle, "accumulator")],
            cast_like(self._learning_rate_tensor, handle),
            grad,
            indices,
            use_locking=self._use_locking,
        )


class AdadeltaOptimizer(Optimizer):
    """Steps of the gradient, scaled by the means of squares of earlier steps and gradients.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      rho: how much of the means is kept in a step.
      epsilon: added under the roots, so that nothing is divided by zero.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slots.

    Source: Zeiler, 2012; TensorFlow 1.15 `tf.train.AdadeltaOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: LearningRate = 0.95,
        epsilon: LearningRate = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._rho = rho
        self._epsilon = epsilon

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for variable in var_list:
            self._zeros_slot(variable, "accum", self._name)
            self._zeros_slot(variable, "accum_update", self._name)

    def _prepare(self) -> None:
        self._lr_t = self._scalar(self._lr, "lr")
        self._rho_t = self._scalar(self._rho, "rho")
        self._epsilon_t = self._scalar(self._epsilon, "epsilon")

    def _inputs(self, var: Variable) -> tuple[list[Any], list[Tensor]]:
        variables = [var, self.get_slot(var, "accum"), self.get_slot(var, "accum_update")]
        tensors = (self._lr_t, self._rho_t, self._epsilon_t)
        return variables, [cast_like(tensor, var) for tensor in tensors]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        variables, numbers = self._inputs(var)
        return apply_rule("Adadelta", variables, *numbers, grad, use_locking=self._use_locking)

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._resource_apply_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        variables, numbers = self._inputs(handle)
        return apply_rule(
            "SparseAdadelta", variables, *numbers, grad, indices, use_locking=self._use_locking
        )


class FtrlOptimizer(Optimizer):
    """Follows the regularised leader: gradient descent whose penalties make exact zeros.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      learning_rate_power: how the rate falls with the sum of squares; not positive.
      initial_accumulator_value: what the sum starts with; not negative.
      l1_regularization_strength: the factor of ``sum(|var|)``; not negative.
      l2_regularization_strength: the factor of ``sum(var ** 2)``; not negative.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slots.
      accum_name: a name for the slot of the sum; `name` when None.
      linear_name: a name for the other slot; `name` when None.
      l2_shrinkage_regularization_strength: the factor of a penalty on the size of the variable
        alone; not negative.

    Raises:
      ValueError: an argument has the wrong sign.

    Source: McMahan et al., 2013; TensorFlow 1.15 `tf.train.FtrlOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        if initial_accumulator_value < 0.0:
            raise ValueError(
                f"initial_accumulator_value {initial_accumulator_value:f} needs to be positive or "
                "zero"
            )
        if learning_rate_power > 0.0:
            raise ValueError(
                f"learning_rate_power {learning_rate_power:f} needs to be negative or zero"
            )
        strengths = {
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        for argument, strength in strengths.items():
            if strength < 0.0:
                raise ValueError(f"{argument} {strength:f} needs to be positive or zero")
        self._learning_rate = learning_rate
        self._learning_rate_power = learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._strengths = strengths
        self._has_shrinkage = l2_shrinkage_regularization_strength > 0.0
        self._accum_name = accum_name
        self._linear_name = linear_name

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for variable in var_list:
            with scopes.colocate_with(variable.op):
                initial = constant(
                    self._initial_accumulator_value,
                    variable.dtype.base_dtype,
                    shape=variable.get_shape().as_list(),
                )
                accum_name, linear_name = self._accum_name, self._linear_name
                self._get_or_make_slot(variable, initial, "accum", accum_name or self._name)
                self._zeros_slot(variable, "linear", linear_name or self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._scalar(self._learning_rate, "learning_rate")
        self._strength_tensors = {
            name: self._scalar(strength, name) for name, strength in self._strengths.items()
        }
        self._power_tensor = self._scalar(self._learning_rate_power, "learning_rate_power")

    def _inputs(self, var: Variable) -> tuple[str, list[Any], list[Tensor]]:
        """The rule, its variables and its hyperparameters."""
        strengths = list(self._strength_tensors.values())
        tensors = [
            self._learning_rate_tensor,
            *(strengths if self._has_shrinkage else strengths[:2]),
            self._power_tensor,
        ]
        variables = [var, self.get_slot(var, "accum"), self.get_slot(var, "linear")]
        rule = "FtrlV2" if self._has_shrinkage else "Ftrl"
        return rule, variables, [cast_like(tensor, var) for tensor in tensors]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        rule, variables, numbers = self._inputs(var)
        return apply_rule(rule, variables, grad, *numbers, use_locking=self._use_locking)

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._resource_apply_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        rule, variables, numbers = self._inputs(handle)
        return apply_rule(
            f"Sparse{rule}", variables, grad, indices, *numbers, use_locking=self._use_locking
        )
