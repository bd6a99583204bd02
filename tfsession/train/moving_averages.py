"""Exponential moving averages of variables."""

from __future__ import annotations

import itertools
from typing import Any

from tfsession.dtypes import DTypeLike, bfloat16, float16, float32, float64
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Operation
from tfsession.graph.scopes import GraphKeys, init_scope, name_scope
from tfsession.ops import control, math, state
from tfsession.ops.initializers import zeros_initializer
from tfsession.shapes import ShapeLike
from tfsession.train import slots
from tfsession.variables.collections import (
    global_variables,
    moving_average_variables,
    trainable_variables,
)
from tfsession.variables.scope import get_variable, get_variable_scope, variable_scope
from tfsession.variables.variable import Variable

__all__ = ["ExponentialMovingAverage"]


def assign_moving_average(
    variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None
) -> Any:
    """``variable -= (variable - value) * (1 - decay)``.

    Args:
      variable: a Variable.
      value: a tensor of its shape and dtype.
      decay: how much of the average is kept.
      zero_debias: takes the start at zero for no value at all: the average, kept in a variable
        `biased` of its own, is divided by ``1 - decay**n`` after update n, counted in `local_step`.
      name: a name for the operation.

    Source: TensorFlow 1.15, python/training/moving_averages.py `assign_moving_average`; the
      correction is that of Adam, section 3 of Kingma and Ba, arXiv 1412.6980.
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        kept = convert_to_tensor(1.0 - decay, name="decay")
        if kept.dtype is not variable.dtype.base_dtype:
            kept = math.cast(kept, variable.dtype.base_dtype)
        with scopes.colocate_with(variable.op):
            if zero_debias:
                average = _unbiased_average(variable, value, kept)
                return state.assign(variable, average, name=scope)
            return state.assign_sub(variable, (variable - value) * kept, name=scope)


def _unbiased_average(variable: Any, value: Any, kept: Any) -> Any:
    """The average of all values so far, as if there had been nothing before the first.

    Args:
      variable: gives its name, shape and dtype to the two variables that this needs.
      value: the next value.
      kept: how much of it goes into the average.
    """
    shape, dtype = variable.get_shape(), variable.dtype.base_dtype
    with variable_scope(variable.op.name, values=[variable, value, kept]), init_scope():
        biased = _zeros("biased", shape, dtype)
        local_step = _zeros("local_step", (), dtype)
    total = state.assign_sub(biased, (biased - value) * kept)
    count = state.assign_add(local_step, convert_to_tensor(1, dtype, name="AssignAdd/value"))
    return total / (1.0 - math.pow(1.0 - kept, count))


def _zeros(name: str, shape: ShapeLike, dtype: DTypeLike) -> Variable:
    """A variable of the current scope; a second average of the same one has `name_1` and so on."""
    scope = get_variable_scope()
    free = name
    if not scope.reuse:
        taken = {variable.op.name for variable in global_variables(f"{scope.name}/")}
        numbered = (f"{name}_{number}" for number in itertools.count(1))
        while f"{scope.name}/{free}" in taken:
            free = next(numbered)
    made: Variable = get_variable(
        free, shape, dtype, initializer=zeros_initializer(dtype=dtype), trainable=False
    )
    return made


class ExponentialMovingAverage:
    """Keeps averages of variables in shadow variables.

    Args:
      decay: how much of the average is kept in an update.
      num_updates: the number of updates so far; early averages then move faster.
      zero_debias: whether averages of tensors, which start at zero, are corrected for that;
        those of Variables start at their values.
      name: a name for the shadow variables.

    Source: TensorFlow 1.15 `tf.train.ExponentialMovingAverage`.
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict[Any, Any] = {}

    @property
    def name(self) -> str:
        """The name given to the constructor."""
        return self._name

    def apply(self, var_list: Any = None) -> Operation:
        """An operation that moves the averages; makes the shadow variables when needed.

        Args:
          var_list: Variables or Tensors; the trainable variables when None.

        Raises:
          TypeError: one is not of a floating dtype.
        """
        if var_list is None:
            var_list = trainable_variables()
        for variable in var_list:
            if variable.dtype.base_dtype not in (bfloat16, float16, float32, float64):
                raise TypeError(f"The variables must be half, float, or double: {variable.name}")
            if variable not in self._averages:
                self._averages[variable] = self._shadow(variable)
        with name_scope(self._name) as scope:
            decay = convert_to_tensor(self._decay, float32, name="decay")
            if self._num_updates is not None:
                count = math.cast(self._num_updates, float32, name="num_updates")
                decay = math.minimum(decay, (1.0 + count) / (10.0 + count))
            updates = [
                assign_moving_average(
                    self._averages[v], v, decay, self._zero_debias and not isinstance(v, Variable)
                )
                for v in var_list
            ]
            return control.group(*updates, name=scope)

    def _shadow(self, variable: Any) -> Any:
        with init_scope():
            if isinstance(variable, Variable):
                shadow = slots.create_slot(
                    variable, variable.initialized_value(), self._name, colocate_with_primary=True
                )
                scopes.add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, variable)
            else:
                from_variable = variable.op.op_def_.is_variable
                shadow = slots.create_zeros_slot(
                    variable, self._name, colocate_with_primary=from_variable
                )
        return shadow

    def average(self, var: Any) -> Any:
        """The shadow variable of `var`, or None."""
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        """The name of the shadow variable of `var`, which need not exist."""
        if var in self._averages:
            name: str = self._averages[var].op.name
            return name
        return scopes.get_default_graph().unique_name(
            f"{var.op.name}/{self._name}", mark_as_used=False
        )

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Any]:
        """Names in a checkpoint to variables, so that averages are restored into the variables.

        Args:
          moving_avg_variables: the variables that have averages; those of the graph when None.
        """
        if moving_avg_variables is None:
            moving_avg_variables = [*trainable_variables(), *moving_average_variables()]
        averaged = list(dict.fromkeys(moving_avg_variables))
        names = {self.average_name(variable): variable for variable in averaged}
        taken = {variable.name for variable in averaged}
        for variable in dict.fromkeys(global_variables()):
            if variable.name not in taken and variable.op.name not in names:
                names[variable.op.name] = variable
        return names
