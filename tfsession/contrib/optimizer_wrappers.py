"""Optimizers around others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.contrib.row_updates import add_rows
from tfsession.graph import scopes
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops import clip, control, control_flow, indexing, math, reduction
from tfsession.train.moving_averages import ExponentialMovingAverage
from tfsession.train.optimizer import Optimizer
from tfsession.variables.collections import global_variables
from tfsession.variables.variable import Variable

__all__ = [
    "MovingAverageOptimizer",
    "MultitaskOptimizerWrapper",
    "VariableClippingOptimizer",
    "clip_gradients_by_global_norm",
]


class MovingAverageOptimizer(Optimizer):
    """An optimizer that keeps moving averages of the variables that it changes.

    Source: TensorFlow 1.15 `tf.contrib.opt.MovingAverageOptimizer`.
    """

    def __init__(
        self,
        opt: Optimizer,
        average_decay: Any = 0.9999,
        num_updates: Any = None,
        sequential_update: bool = True,
    ) -> None:
        """Wraps an optimizer.

        Args:
          opt: the optimizer.
          average_decay: how much of an average is kept in a step.
          num_updates: as of `tf.train.ExponentialMovingAverage`.
          sequential_update: whether the averages are of the variables after the step; otherwise
            nothing orders the two.
        """
        super().__init__(False, opt.get_name())
        self._optimizer = opt
        self._ema = ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._swapped: dict[str, str] | None = None
        self._sequential_update = sequential_update

    def compute_gradients(self, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """`compute_gradients` of the optimizer."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """`apply_gradients` of the optimizer, and the update of the averages."""
        pairs = list(grads_and_vars)
        train = self._optimizer.apply_gradients(pairs, global_step=global_step, name=name)
        changed = [variable for gradient, variable in pairs if gradient is not None]
        with scopes.control_dependencies([train] if self._sequential_update else []):
            average = self._ema.apply(changed)
        self._swapped = {}
        for variable in changed:
            shadow = self._ema.average(variable)
            self._swapped[variable.op.name] = shadow.op.name
            self._swapped[shadow.op.name] = variable.op.name
        return control.group(train, average, name="train_with_avg")

    def swapping_saver(
        self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any
    ) -> Any:
        """A Saver that writes averages under the names of variables, and the other way round.

        Args:
          var_list: variables, or a dict of them; all when None.
          name: of the Saver.
          **kwargs: of the Saver.

        Raises:
          RuntimeError: `apply_gradients` has not been called yet.
          ValueError: a variable is to be saved, and its average is not.
        """
        from tfsession.train.saver import Saver

        if self._swapped is None:
            raise RuntimeError(
                "Must call apply_gradients or minimize before creating the swapping_saver"
            )
        given = global_variables() if var_list is None else var_list
        by_name = given if isinstance(given, dict) else {v.op.name: v for v in given}
        swapped = {}
        for key, variable in by_name.items():
            other = self._swapped.get(key, key)
            if other not in by_name:
                raise ValueError(
                    f"Variable to swap {other} is not part of variables to save. This breaks "
                    "MovingAverageOptimizer."
                )
            swapped[other] = variable
        return Saver(swapped, name=name, **kwargs)

    def get_slot(self, var: Variable, name: str) -> Any:
        """`get_slot` of the optimizer."""
        return self._optimizer.get_slot(var, name)

    def get_slot_names(self) -> list[str]:
        """`get_slot_names` of the optimizer."""
        return self._optimizer.get_slot_names()


class VariableClippingOptimizer(Optimizer):
    """An optimizer that keeps the norms of variables, or of parts of them, below a limit.

    Source: TensorFlow 1.15 `tf.contrib.opt.VariableClippingOptimizer`.
    """

    def __init__(
        self,
        opt: Optimizer,
        vars_to_clip_dims: dict[Any, Sequence[int]],
        max_norm: float,
        use_locking: bool = False,
        colocate_clip_ops_with_vars: bool = False,
        name: str = "VariableClipping",
    ) -> None:
        """Wraps an optimizer.

        Args:
          opt: the optimizer.
          vars_to_clip_dims: variable -> the axes over which norms are taken.
          max_norm: the limit.
          use_locking: accepted for compatibility; updates of one variable never overlap.
          colocate_clip_ops_with_vars: whether this is done on the devices of the variables.
          name: a name for the scope of the update.
        """
        super().__init__(use_locking, name)
        self._opt = opt
        self._dims = list(vars_to_clip_dims.items())
        self._max_norm = max_norm
        self._colocates = colocate_clip_ops_with_vars

    def compute_gradients(self, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """`compute_gradients` of the optimizer."""
        return self._opt.compute_gradients(*args, **kwargs)

    def get_slot(self, var: Variable, name: str) -> Any:
        """`get_slot` of the optimizer."""
        return self._opt.get_slot(var, name)

    def get_slot_names(self) -> list[str]:
        """`get_slot_names` of the optimizer."""
        return self._opt.get_slot_names()

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """`apply_gradients` of the optimizer, and then the clipping."""
        pairs = list(grads_and_vars)
        with scopes.name_scope(self._name):
            update = self._opt.apply_gradients(pairs, global_step=global_step)
            with scopes.control_dependencies([update]):
                clipped = [
                    self._clip(gradient, variable, dims)
                    for gradient, variable in pairs
                    for limited, dims in self._dims
                    if gradient is not None and limited is variable
                ]
        with scopes.control_dependencies([update, *clipped]):
            return control.no_op(name=name or self._name)

    def _clip(self, gradient: Any, variable: Any, dims: Sequence[int]) -> Any:
        with scopes.colocate_with(variable.op if self._colocates else None, True):
            if not isinstance(gradient, IndexedSlices) or 0 in dims:
                value = variable.read_value()
                excess = value - clip.clip_by_norm(value, self._max_norm, dims)
                return variable.assign_sub(excess, use_locking=self._use_locking).op
            rows = indexing.gather(variable, gradient.indices)
            normal = clip.clip_by_norm(rows, self._max_norm, dims)
            # A row that the gradient has twice is made smaller twice, as in TensorFlow.
            return add_rows(variable, gradient.indices, normal - rows).op


class MultitaskOptimizerWrapper:
    """An optimizer that leaves variables alone whose gradient is zero everywhere, and their slots.

    Other tasks than the one at hand have such gradients; momentum would move their variables on.

    Source: TensorFlow 1.15 `tf.contrib.opt.MultitaskOptimizerWrapper`.
    """

    _RULES = (
        "_apply_dense",
        "_resource_apply_dense",
        "_apply_sparse_duplicate_indices",
        "_resource_apply_sparse_duplicate_indices",
    )

    def __init__(self, opt: Optimizer) -> None:
        """Wraps an optimizer.

        Raises:
          TypeError: it is none.
        """
        if not isinstance(opt, Optimizer):
            raise TypeError("Supplied optimizer must be an instance of tf.train.Optimizer")
        self._opt = opt
        for rule in self._RULES:
            setattr(opt, rule, _unless_zero(getattr(opt, rule)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opt, name)


def _unless_zero(rule: Any) -> Any:
    def apply(grad: Any, *args: Any, **kwargs: Any) -> Any:
        values = grad.values if isinstance(grad, IndexedSlices) else grad
        is_zero = math.equal(reduction.count_nonzero(values), 0)
        return control_flow.cond(
            is_zero, control.no_op, lambda: control.group(rule(grad, *args, **kwargs))
        )

    return apply


def clip_gradients_by_global_norm(
    gradients_variables: Sequence[tuple[Any, Any]], clip_norm: float = 20.0
) -> list[tuple[Any, Any]]:
    """Gradients, made smaller together where their norm is above a limit.

    Args:
      gradients_variables: pairs (gradient, variable), as of `compute_gradients`.
      clip_norm: the limit.

    Returns:
      Such pairs.

    Source: TensorFlow 1.15 `tf.contrib.opt.clip_gradients_by_global_norm`.
    """
    gradients, variables = zip(*gradients_variables, strict=True)
    clipped: list[Tensor] = clip.clip_by_global_norm(list(gradients), clip_norm)[0]
    return list(zip(clipped, variables, strict=True))
