"""Variables of models: how they are made, found and given values."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.contrib.framework.scopes import add_arg_scope
from tfsession.device_spec import DeviceSpec
from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import GraphKeys
from tfsession.ops import array, state
from tfsession.ops.control import group
from tfsession.train import training_step
from tfsession.variables.scope import get_variable, get_variable_scope
from tfsession.variables.variable import Variable, VariableAggregation, VariableSynchronization

__all__ = [
    "VariableDeviceChooser",
    "add_model_variable",
    "assert_global_step",
    "assert_or_get_global_step",
    "assign_from_values",
    "assign_from_values_fn",
    "create_global_step",
    "filter_variables",
    "get_global_step",
    "get_local_variables",
    "get_model_variables",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_unique_variable",
    "get_variable_full_name",
    "get_variables",
    "get_variables_by_name",
    "get_variables_by_suffix",
    "get_variables_to_restore",
    "global_variable",
    "local_variable",
    "model_variable",
    "variable",
    "zero_initializer",
]

# ---- The global step ----

get_global_step = training_step.get_global_step
create_global_step = training_step.create_global_step
get_or_create_global_step = training_step.get_or_create_global_step
assert_global_step = training_step.assert_global_step


def assert_or_get_global_step(graph: Graph | None = None, global_step_tensor: Any = None) -> Any:
    """The global step: the one given, which must be one, or that of the graph.

    Source: TensorFlow 1.15 `tf.contrib.framework.assert_or_get_global_step`.
    """
    if global_step_tensor is None:
        return get_global_step(graph)
    assert_global_step(global_step_tensor)
    return global_step_tensor


# ---- Making variables ----


def local_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """A variable that is neither trained nor saved, in LOCAL_VARIABLES.

    Args:
      initial_value: a tensor, or what converts to one.
      validate_shape: False allows an initial value of unknown shape.
      name: its name.
      use_resource: whether it is a resource variable.

    Source: TensorFlow 1.15 `tf.contrib.framework.local_variable`.
    """
    return Variable(
        initial_value,
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES],
        validate_shape=validate_shape,
        use_resource=use_resource,
        name=name,
    )


def global_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """A variable that is not trained, in GLOBAL_VARIABLES; arguments as of `local_variable`.

    Source: TensorFlow 1.15 `tf.contrib.framework.global_variable`.
    """
    return Variable(
        initial_value,
        trainable=False,
        collections=[GraphKeys.GLOBAL_VARIABLES],
        validate_shape=validate_shape,
        use_resource=use_resource,
        name=name,
    )


@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Any:
    """`tf.get_variable` on a device.

    Args:
      name, shape, dtype, initializer, regularizer, trainable, caching_device, partitioner,
        use_resource, synchronization, aggregation: as of `tf.get_variable`.
      collections: the graph collections it is added to; GLOBAL_VARIABLES when None.
      device: the device, or a function of the operation that gives it.
      custom_getter: called instead of `tf.get_variable`.

    Source: TensorFlow 1.15 `tf.contrib.framework.variable`.
    """
    names = [GraphKeys.GLOBAL_VARIABLES] if collections is None else collections
    getter: Callable[..., Any] = get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=get_variable_scope().reuse)
    with scopes.device(device or ""):
        return getter(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=list(dict.fromkeys(names)),
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )


@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = dtypes.float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Any:
    """`variable` that is in MODEL_VARIABLES, too; arguments as there.

    Source: TensorFlow 1.15 `tf.contrib.framework.model_variable`.
    """
    own = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    return variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=[*(collections or []), *own],
        caching_device=caching_device,
        device=device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def add_model_variable(var: Any) -> None:
    """Adds a variable to MODEL_VARIABLES, if it is not there."""
    variables = scopes.get_collection_ref(GraphKeys.MODEL_VARIABLES)
    if not any(var is other for other in variables):
        variables.append(var)


def zero_initializer(ref: Any, use_locking: bool = True, name: str = "zero_initializer") -> Any:
    """Sets a variable to zeros.

    Args:
      ref: a variable, which may have no value yet.
      use_locking: accepted for compatibility.
      name: a name for the operation.

    Returns:
      The variable after that.

    Source: TensorFlow 1.15 `tf.contrib.framework.zero_initializer`.
    """
    zeros = array.zeros(ref.shape.as_list(), ref.dtype.base_dtype)
    return state.assign(ref, zeros, name=name, use_locking=use_locking)


# ---- Finding variables ----


def get_variables(
    scope: Any = None, suffix: str | None = None, collection: str = GraphKeys.GLOBAL_VARIABLES
) -> list[Any]:
    """The variables of a collection whose names fit.

    Args:
      scope: a regular expression that names begin with, or a VariableScope.
      suffix: a regular expression that names end with.
      collection: the collection.

    Source: TensorFlow 1.15 `tf.contrib.framework.get_variables`.
    """
    pattern = getattr(scope, "name", scope)
    if suffix is not None:
        pattern = f"{pattern or ''}.*{suffix if ':' in suffix else suffix + ':'}"
    return scopes.get_collection(collection, pattern)


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """`get_variables` of MODEL_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """`get_variables` of LOCAL_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """`get_variables` of TRAINABLE_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """The global variables whose names end so."""
    return get_variables(scope=scope, suffix=suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """The global variables of that name, in whatever scope."""
    return get_variables(scope=scope, suffix=f"/{given_name}:|^{given_name}:")


def get_unique_variable(var_op_name: str) -> Any:
    """The variable of that full name.

    Raises:
      ValueError: there is none, or there are several.

    Source: TensorFlow 1.15 `tf.contrib.framework.get_unique_variable`.
    """
    candidates = get_variables(scope=var_op_name)
    if not candidates:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    for candidate in candidates:
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable")


def get_variable_full_name(var: Any) -> str:
    """The name under which checkpoints have a variable: of a part, that of the whole."""
    part = var._get_save_slice_info() if isinstance(var, Variable) else None
    name: str = part.full_name if part is not None else var.op.name
    return name


def get_variables_to_restore(
    include: list[Any] | tuple[Any, ...] | None = None,
    exclude: list[Any] | tuple[Any, ...] | None = None,
) -> list[Any]:
    """The global variables of some scopes, without those of others.

    Args:
      include: scopes, as of `get_variables`; all when None.
      exclude: scopes.

    Raises:
      TypeError: one of them is no list.

    Source: TensorFlow 1.15 `tf.contrib.framework.get_variables_to_restore`.
    """
    found = get_variables() if include is None else _of_scopes("include", include)
    excluded = [] if exclude is None else _of_scopes("exclude", exclude)
    return [v for v in found if not any(v is other for other in excluded)]


def _of_scopes(argument: str, names: Any) -> list[Any]:
    if not isinstance(names, (list, tuple)):
        raise TypeError(f"{argument} is provided but is not a list or a tuple.")
    return [variable for scope in names for variable in get_variables(scope)]


def filter_variables(
    var_list: Iterable[Any],
    include_patterns: Any = None,
    exclude_patterns: Any = None,
    reg_search: bool = True,
) -> list[Any]:
    """The variables whose names fit one of the patterns, and none of some others.

    Args:
      var_list: variables.
      include_patterns: regular expressions; all when None.
      exclude_patterns: regular expressions.
      reg_search: whether they may fit anywhere; otherwise, from the beginning of a name.

    Source: TensorFlow 1.15 `tf.contrib.framework.filter_variables`.
    """
    fits = re.search if reg_search else re.match
    included = [
        variable
        for variable in var_list
        if include_patterns is None or any(fits(p, variable.name) for p in include_patterns)
    ]
    return [
        variable
        for variable in included
        if not any(fits(p, variable.name) for p in exclude_patterns or ())
    ]


# ---- Giving values ----


def assign_from_values(
    var_names_to_values: dict[str, np.ndarray],
) -> tuple[Operation, dict[Tensor, np.ndarray]]:
    """An operation that gives variables values, and what to feed to it.

    Args:
      var_names_to_values: full name of a variable -> array.

    Raises:
      ValueError: there is no variable of a name.

    Source: TensorFlow 1.15 `tf.contrib.framework.assign_from_values`.
    """
    fed: dict[Tensor, np.ndarray] = {}
    assigned = []
    for name, value in var_names_to_values.items():
        found = scopes.get_collection(GraphKeys.GLOBAL_VARIABLES, name)
        if not found:
            raise ValueError(f"Variable {name} wasn't found")
        if len(found) > 1:
            found = [variable for variable in found if variable.op.name == name]
        dtype = found[0].dtype.base_dtype
        shape = found[0].get_shape()
        placeholder = array.placeholder(dtype, shape, name=f"placeholder/{name}")
        assigned.append(found[0].assign(placeholder))
        fed[placeholder] = value.reshape(shape.as_list())
    return group(*assigned), fed


def assign_from_values_fn(var_names_to_values: dict[str, np.ndarray]) -> Callable[[Any], None]:
    """A function of a session that gives variables values.

    Args:
      var_names_to_values: full name of a variable -> array.

    Raises:
      ValueError: there is no variable of a name.

    Source: TensorFlow 1.15 `tf.contrib.framework.assign_from_values_fn`.
    """
    assign, fed = assign_from_values(var_names_to_values)

    def assign_in(session: Any) -> None:
        session.run(assign, fed)

    return assign_in


# ---- Devices ----


class VariableDeviceChooser:
    """Gives variables to the tasks of a job in turns; for the argument `device` of `variable`.

    Args:
      num_tasks: how many tasks there are; 0 names none.
      job_name: the job.
      device_type: the type of the device.
      device_index: its number.
      replica: the replica.

    Source: TensorFlow 1.15 `tf.contrib.framework.VariableDeviceChooser`.
    """

    def __init__(
        self,
        num_tasks: int = 0,
        job_name: str = "ps",
        device_type: str = "CPU",
        device_index: int = 0,
        replica: int | None = None,
    ) -> None:
        self._job_name = job_name
        self._device_type = device_type
        self._device_index = device_index
        self._replica = replica
        self._num_tasks = num_tasks
        self._next_task_id = 0

    def __call__(self, op: Any) -> str:
        spec = DeviceSpec(
            replica=self._replica,
            device_type=self._device_type,
            device_index=self._device_index,
        )
        if self._num_tasks > 0:
            spec.job = self._job_name
            spec.task = self._next_task_id
            self._next_task_id = (self._next_task_id + 1) % self._num_tasks
        return spec.to_string()
