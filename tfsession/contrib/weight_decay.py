"""Optimizers that also make variables smaller, apart from the gradients.

Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tfsession.contrib.row_updates import add_rows
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops import control, indexing, math
from tfsession.train.adam import AdamOptimizer
from tfsession.train.momentum import MomentumOptimizer
from tfsession.train.optimizer import LearningRate, Optimizer
from tfsession.variables.variable import Variable

__all__ = [
    "AdamWOptimizer",
    "DecoupledWeightDecayExtension",
    "MomentumWOptimizer",
    "extend_with_decoupled_weight_decay",
]

# To type checkers the extension is an optimizer; it stands before one among the bases of a class.
_Base: Any = Optimizer if TYPE_CHECKING else object


class DecoupledWeightDecayExtension(_Base):  # type: ignore[misc]  # Any to type checkers
    """Takes a part of each variable away before the step of the optimizer that is behind it.

    Source: TensorFlow 1.15 `tf.contrib.opt.DecoupledWeightDecayExtension`.
    """

    def __init__(self, weight_decay: LearningRate, **kwargs: Any) -> None:
        """Sets how much.

        Args:
          weight_decay: which part, a number, a scalar Tensor, or a callable that returns one; not
            multiplied by a learning rate.
          **kwargs: of the optimizer behind it.
        """
        self._decay_var_list: set[Any] = set()
        self._is_decaying = False
        self._weight_decay = weight_decay
        super().__init__(**kwargs)

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = Optimizer.GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
        decay_var_list: Sequence[Any] | None = None,
    ) -> Operation:
        """`minimize` of the optimizer; `decay_var_list` has the variables to take from, or all."""
        self._decay_var_list = set(decay_var_list or ())
        operation: Operation = super().minimize(
            loss,
            global_step=global_step,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            name=name,
            grad_loss=grad_loss,
        )
        return operation

    def apply_gradients(
        self,
        grads_and_vars: Any,
        global_step: Any = None,
        name: str | None = None,
        decay_var_list: Sequence[Any] | None = None,
    ) -> Operation:
        """`apply_gradients` of the optimizer; `decay_var_list` is that of `minimize`."""
        if decay_var_list:
            self._decay_var_list = set(decay_var_list)
        operation: Operation = super().apply_gradients(
            grads_and_vars, global_step=global_step, name=name
        )
        return operation

    def _prepare(self) -> None:
        decay = self._weight_decay
        value = decay() if callable(decay) else decay
        self._weight_decay_tensor = convert_to_tensor(value, name="weight_decay")
        super()._prepare()

    def _part(self, values: Any) -> Tensor:
        """What is taken from values."""
        part: Tensor = math.cast(self._weight_decay_tensor, values.dtype.base_dtype) * values
        return part

    def _decays(self, var: Variable) -> bool:
        return not self._decay_var_list or var in self._decay_var_list

    def _decay(self, var: Variable) -> Any:
        if not self._decays(var):
            return control.no_op()
        return var.assign_sub(self._part(var), use_locking=self._use_locking).op

    def _decay_rows(self, var: Variable, indices: Tensor) -> Any:
        if not self._decays(var):
            return control.no_op()
        return add_rows(var, indices, -self._part(indexing.gather(var, indices))).op

    def _after(self, decay: Any, rule: Any, *args: Any) -> Any:
        """Applies a rule of the optimizer behind the decay; a rule may stand on another one."""
        if self._is_decaying:
            return rule(*args)
        self._is_decaying = True
        try:
            with scopes.control_dependencies([decay()]):
                return rule(*args)
        finally:
            self._is_decaying = False

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        return self._after(lambda: self._decay(var), super()._apply_dense, grad, var)

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        rule = super()._resource_apply_dense
        return self._after(lambda: self._decay(handle), rule, grad, handle)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        rule = super()._apply_sparse
        return self._after(lambda: self._decay_rows(var, grad.indices), rule, grad, var)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        rule = super()._resource_apply_sparse
        return self._after(lambda: self._decay_rows(handle, indices), rule, grad, handle, indices)


def extend_with_decoupled_weight_decay(base_optimizer: type[Optimizer]) -> type[Any]:
    """A class of optimizers like another one, which make variables smaller, too.

    Args:
      base_optimizer: the other class.

    Returns:
      A class whose constructor takes `weight_decay` before the arguments of the other one, which
      are given by name.

    Source: TensorFlow 1.15 `tf.contrib.opt.extend_with_decoupled_weight_decay`.
    """

    class OptimizerWithDecoupledWeightDecay(DecoupledWeightDecayExtension, base_optimizer):  # type: ignore[misc, valid-type]
        pass

    return OptimizerWithDecoupledWeightDecay


class AdamWOptimizer(DecoupledWeightDecayExtension, AdamOptimizer):
    """`AdamOptimizer` with weight decay.

    Source: TensorFlow 1.15 `tf.contrib.opt.AdamWOptimizer`.
    """

    def __init__(
        self,
        weight_decay: LearningRate,
        learning_rate: LearningRate = 0.001,
        beta1: LearningRate = 0.9,
        beta2: LearningRate = 0.999,
        epsilon: LearningRate = 1e-8,
        use_locking: bool = False,
        name: str = "AdamW",
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            beta1=beta1,
            beta2=beta2,
            epsilon=epsilon,
            use_locking=use_locking,
            name=name,
        )


class MomentumWOptimizer(DecoupledWeightDecayExtension, MomentumOptimizer):
    """`MomentumOptimizer` with weight decay.

    Source: TensorFlow 1.15 `tf.contrib.opt.MomentumWOptimizer`.
    """

    def __init__(
        self,
        weight_decay: LearningRate,
        learning_rate: LearningRate,
        momentum: LearningRate,
        use_locking: bool = False,
        name: str = "MomentumW",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            momentum=momentum,
            use_locking=use_locking,
            name=name,
            use_nesterov=use_nesterov,
        )
