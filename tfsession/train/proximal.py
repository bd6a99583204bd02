"""Optimizers whose penalties make exact zeros: proximal steps and dual averaging."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.build import constant
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.ops import array, math
from tfsession.ops.training import apply_rule
from tfsession.train.optimizer import LearningRate, Optimizer, cast_like
from tfsession.variables.variable import Variable

__all__ = [
    "AdagradDAOptimizer",
    "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer",
]


class _ProximalOptimizer(Optimizer):
    """Steps along gradients, after each of which variables are drawn towards 0.

    Subclasses say what the rule is called, and which slots it has.
    """

    _rule: str

    def __init__(
        self,
        learning_rate: LearningRate,
        l1_regularization_strength: LearningRate,
        l2_regularization_strength: LearningRate,
        use_locking: bool,
        name: str,
    ) -> None:
        super().__init__(use_locking, name)
        self._numbers: dict[str, LearningRate] = {
            "learning_rate": learning_rate,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
        }

    def _prepare(self) -> None:
        self._tensors = [self._scalar(value, name) for name, value in self._numbers.items()]

    def _inputs(self, var: Variable) -> tuple[list[Any], list[Tensor]]:
        """The variables of the rule, and its hyperparameters."""
        slots = [self.get_slot(var, slot) for slot in self.get_slot_names()]
        return [var, *slots], [cast_like(tensor, var) for tensor in self._tensors]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        variables, numbers = self._inputs(var)
        return apply_rule(self._rule, variables, *numbers, grad, use_locking=self._use_locking)

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._resource_apply_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        variables, numbers = self._inputs(handle)
        rule = f"Sparse{self._rule}"
        return apply_rule(rule, variables, *numbers, grad, indices, use_locking=self._use_locking)


class ProximalGradientDescentOptimizer(_ProximalOptimizer):
    """Gradient descent whose penalties make exact zeros.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      l1_regularization_strength: the factor of ``sum(|var|)``.
      l2_regularization_strength: the factor of ``sum(var ** 2) / 2``.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update.

    Source: Duchi and Singer, 2009; TensorFlow 1.15 `tf.train.ProximalGradientDescentOptimizer`.
    """

    _rule = "ProximalGradientDescent"

    def __init__(
        self,
        learning_rate: LearningRate,
        l1_regularization_strength: LearningRate = 0.0,
        l2_regularization_strength: LearningRate = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(
            learning_rate,
            l1_regularization_strength,
            l2_regularization_strength,
            use_locking,
            name,
        )


class ProximalAdagradOptimizer(_ProximalOptimizer):
    """Adagrad whose penalties make exact zeros.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      initial_accumulator_value: what the sum of squares starts with; positive.
      l1_regularization_strength: the factor of ``sum(|var|)``.
      l2_regularization_strength: the factor of ``sum(var ** 2) / 2``.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slot.

    Raises:
      ValueError: `initial_accumulator_value` is not positive.

    Source: Duchi and Singer, 2009; TensorFlow 1.15 `tf.train.ProximalAdagradOptimizer`.
    """

    _rule = "ProximalAdagrad"

    def __init__(
        self,
        learning_rate: LearningRate,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: LearningRate = 0.0,
        l2_regularization_strength: LearningRate = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(
            learning_rate,
            l1_regularization_strength,
            l2_regularization_strength,
            use_locking,
            name,
        )
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for variable in var_list:
            with scopes.colocate_with(variable.op):
                initial = constant(
                    self._initial_accumulator_value,
                    variable.dtype.base_dtype,
                    shape=variable.get_shape().as_list(),
                )
            self._get_or_make_slot(variable, initial, "accumulator", self._name)


class AdagradDAOptimizer(Optimizer):
    """Dual averaging with Adagrad's rates: every step is from 0 along the sum of all gradients.

    Args:
      learning_rate: a number, a scalar Tensor, or a callable that returns one.
      global_step: the number of the step, an integer variable or scalar Tensor.
      initial_gradient_squared_accumulator_value: what the sum of squares starts with; positive.
      l1_regularization_strength: the factor of ``sum(|var|)``; above 0 it makes exact zeros.
      l2_regularization_strength: the factor of ``sum(var ** 2) / 2``.
      use_locking: accepted for compatibility; updates of one variable never overlap.
      name: a name for the scope of the update, and for the slots.

    Raises:
      ValueError: `initial_gradient_squared_accumulator_value` is not positive.

    Source: Duchi et al., 2011; TensorFlow 1.15 `tf.train.AdagradDAOptimizer`.
    """

    def __init__(
        self,
        learning_rate: LearningRate,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError(
                "initial_gradient_squared_accumulator_value must be positive: "
                f"{initial_gradient_squared_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._global_step = global_step
        self._initial_value = initial_gradient_squared_accumulator_value
        self._strengths = (l1_regularization_strength, l2_regularization_strength)

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for variable in var_list:
            with scopes.colocate_with(variable.op):
                shape, dtype = variable.get_shape().as_list(), variable.dtype.base_dtype
                sums = constant(0.0, dtype, shape=shape)
                squares = constant(self._initial_value, dtype, shape=shape)
            self._get_or_make_slot(variable, sums, "gradient_accumulator", self._name)
            self._get_or_make_slot(variable, squares, "gradient_squared_accumulator", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._scalar(self._learning_rate, "learning_rate")
        # This step counts already, and nobody adds one to it meanwhile.
        with scopes.colocate_with(self._learning_rate_tensor.op):
            self._step = array.identity(self._global_step) + 1

    def _inputs(self, var: Variable) -> tuple[list[Any], list[Tensor]]:
        slots = ("gradient_accumulator", "gradient_squared_accumulator")
        variables = [var, *(self.get_slot(var, slot) for slot in slots)]
        step = array.identity(self._step)
        rate = cast_like(self._learning_rate_tensor, var)
        strengths = [math.cast(strength, var.dtype.base_dtype) for strength in self._strengths]
        return variables, [rate, *strengths, math.cast(step, "int64")]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        variables, numbers = self._inputs(var)
        return apply_rule("AdagradDA", variables, grad, *numbers, use_locking=self._use_locking)

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply_dense(grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        return self._resource_apply_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        variables, numbers = self._inputs(handle)
        return apply_rule(
            "SparseAdagradDA", variables, grad, indices, *numbers, use_locking=self._use_locking
        )
