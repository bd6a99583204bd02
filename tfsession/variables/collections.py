"""The variables of a graph: its collections of them, and what initialises all that are in one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from tfsession.dtypes import string
from tfsession.graph import scopes
from tfsession.graph.build import build, constant
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import GraphKeys, name_scope
from tfsession.ops.control import group, no_op
from tfsession.ops.indexing import boolean_mask
from tfsession.ops.state import is_variable_initialized
from tfsession.variables.initial_values import is_reference_variable

__all__ = [
    "all_variables",
    "assert_variables_initialized",
    "global_variables",
    "global_variables_initializer",
    "initialize_all_variables",
    "initialize_local_variables",
    "initialize_variables",
    "is_variable_initialized",
    "local_variables",
    "local_variables_initializer",
    "model_variables",
    "moving_average_variables",
    "report_uninitialized_variables",
    "trainable_variables",
    "variables_initializer",
]


# ---- Collections ----


def global_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection GLOBAL_VARIABLES, filtered as by `tf.get_collection`."""
    return scopes.get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables() -> list[Any]:
    """The old name of `global_variables`."""
    return global_variables()


def local_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection LOCAL_VARIABLES."""
    return scopes.get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection MODEL_VARIABLES."""
    return scopes.get_collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection TRAINABLE_VARIABLES."""
    return scopes.get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Any]:
    """The variables of the collection MOVING_AVERAGE_VARIABLES."""
    return scopes.get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


# ---- Initialisation ----


def variables_initializer(var_list: Sequence[Any], name: str = "init") -> Operation:
    """An operation that initialises the variables of a list."""
    if var_list:
        return group(*[variable.initializer for variable in var_list], name=name)
    return no_op(name=name)


def initialize_variables(var_list: Sequence[Any], name: str = "init") -> Operation:
    """The old name of `variables_initializer`."""
    return variables_initializer(var_list, name)


def global_variables_initializer() -> Operation:
    """An operation that initialises all global variables."""
    return variables_initializer(global_variables())


def initialize_all_variables() -> Operation:
    """The old name of `global_variables_initializer`."""
    return global_variables_initializer()


def local_variables_initializer() -> Operation:
    """An operation that initialises all local variables."""
    return variables_initializer(local_variables())


def initialize_local_variables() -> Operation:
    """The old name of `local_variables_initializer`."""
    return local_variables_initializer()


def _all_or(var_list: Sequence[Any] | None) -> Sequence[Any]:
    if var_list is not None:
        return var_list
    found: list[Any] = global_variables() + local_variables()
    if found:
        return found
    operations = scopes.get_default_graph().get_operations()
    return [op.outputs[0] for op in operations if is_reference_variable(op)]


def assert_variables_initialized(var_list: Sequence[Any] | None = None) -> Tensor | None:
    """A tensor that fails with FailedPreconditionError when a variable has no value.

    Args:
      var_list: all global and local variables when None.
    """
    var_list = _all_or(var_list)
    if not var_list:
        return None
    ranks: list[Tensor] = []
    for variable in var_list:
        with scopes.colocate_with(variable.op):
            ranks.append(build("Rank", variable))
    if len(ranks) == 1:
        return ranks[0]
    tensor: Tensor = build("Pack", ranks, name="stack")
    return tensor


def report_uninitialized_variables(
    var_list: Sequence[Any] | None = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """The names of the variables that have no value, as a vector of strings.

    Args:
      var_list: all global and local variables when None.
      name: a name for the scope of the operations.

    Source: TensorFlow 1.15 `tf.report_uninitialized_variables`.
    """
    var_list = _all_or(var_list)
    with name_scope(name):
        initialized = [is_variable_initialized(variable) for variable in var_list]
        device = os.environ.get("TF_DEVICE_FOR_UNINITIALIZED_VARIABLE_REPORTING", "/cpu:0")
        with scopes.device(device):
            if not initialized:
                return constant([], string, name="Const")
            missing = build("LogicalNot", build("Pack", initialized, name="stack"))
            names = constant([variable.op.name for variable in var_list], string, name="Const")
            result: Tensor = boolean_mask(names, missing)
            return result
