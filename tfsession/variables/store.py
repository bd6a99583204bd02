"""The variables of a graph by their full names, which `tf.get_variable` makes and shares."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.errors import is_framework_file
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import private_name
from tfsession.graph.scopes import GraphKeys, init_scope, name_scope
from tfsession.ops import initializers
from tfsession.ops.indexing import slice as slice_tensor
from tfsession.shapes import ShapeLike, TensorShape
from tfsession.variables.partitions import (
    PartitionedVariable,
    PartitionInfo,
    SaveSliceInfo,
    parts_of,
)
from tfsession.variables.variable import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
    resource_variables_enabled,
)


class VariableStore:
    """The variables of one graph that `get_variable` made."""

    def __init__(self) -> None:
        self.variables: dict[str, Any] = {}
        self.partitioned: dict[str, PartitionedVariable] = {}

    _vars = private_name("variables")

    def get_variable(self, name: str, *, custom_getter: Any = None, **arguments: Any) -> Any:
        """A variable that exists, or a new one.

        Args:
          name: the full name.
          custom_getter: see `tf.get_variable`.
          **arguments: `reuse`, and the other arguments of `tf.get_variable`.
        """
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
        dtype = as_dtype(arguments["dtype"])
        if dtype.is_ref_dtype:
            arguments["dtype"] = dtype.base_dtype
        if custom_getter is None:
            return self._true_getter(name, **arguments)
        if not _accepts(custom_getter, "constraint"):
            del arguments["constraint"]
        return custom_getter(getter=self._true_getter, name=name, **arguments)

    def _true_getter(
        self,
        name: str,
        shape: ShapeLike | None = None,
        dtype: DTypeLike = dtypes.float32,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        constraint: Any = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
    ) -> Any:
        arguments: dict[str, Any] = {
            "dtype": dtype,
            "initializer": initializer,
            "regularizer": regularizer,
            "reuse": reuse,
            "trainable": trainable,
            "collections": collections,
            "caching_device": caching_device,
            "validate_shape": validate_shape,
            "use_resource": use_resource,
            "constraint": constraint,
            "synchronization": synchronization,
            "aggregation": aggregation,
        }
        if partitioner is not None and not callable(partitioner):
            raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
        is_scalar = isinstance(shape, (list, tuple)) and not shape
        if partitioner is not None and not is_scalar:
            with name_scope(None):
                return self._get_partitioned(name, shape, partitioner, **arguments)
        if partitioner is None and reuse is True and name in self.partitioned:
            return self._found_partitioned(name, TensorShape(shape), as_dtype(dtype), None, reuse)
        if f"{name}/part_0" in self.variables:
            raise ValueError(
                "No partitioner was provided, but a partitioned version of the variable was found: "
                f"{name}/part_0. Perhaps a variable of the same name was already created with "
                "partitioning?"
            )
        return self._get_single(name, shape, **arguments)

    def _get_partitioned(
        self, name: str, shape: Any, partitioner: Any, dtype: Any, initializer: Any, **others: Any
    ) -> PartitionedVariable:
        """A variable in several parts that exists, or a new one."""
        if name in self.variables:
            raise ValueError(
                "A partitioner was provided, but an unpartitioned version of the variable was "
                f"found: {name}.  Perhaps a variable of the same name was already created without "
                "partitioning?"
            )
        dtype, shape, reuse = as_dtype(dtype), TensorShape(shape), others["reuse"]
        if initializer is not None and not callable(initializer):
            initializer = convert_to_tensor(initializer)
            dtype = initializer.dtype.base_dtype
            shape = shape.merge_with(initializer.get_shape())
        counts, slices = parts_of(partitioner, shape, dtype)
        if name in self.partitioned:
            return self._found_partitioned(name, shape, dtype, counts, reuse)
        if reuse is True:
            raise ValueError(
                f"PartitionedVariable {name} does not exist, or was not created with "
                "tf.get_variable(). Did you mean to set reuse=False or reuse=tf.AUTO_REUSE in "
                "VarScope?"
            )
        if initializer is None:
            initializer, _ = _default_initializer(name, dtype)
        sizes = [int(size) for size in shape.as_list()]
        parts = []
        for index, (offset, part_sizes) in enumerate(slices):
            part_name = f"{name}/part_{index}"
            if callable(initializer):
                value: Any = _bound(
                    part_name,
                    initializer,
                    TensorShape(part_sizes),
                    dtype,
                    PartitionInfo(sizes, offset),
                )
            else:
                with name_scope(f"{part_name}/PartitionedInitializer"):
                    value = slice_tensor(initializer, offset, part_sizes)
            part = self._get_single(part_name, None, dtype=dtype, initializer=value, **others)
            part._set_save_slice_info(SaveSliceInfo(name, sizes, offset, part_sizes))
            parts.append(part)
        whole = PartitionedVariable(name, shape, dtype, parts, counts)
        self.partitioned[name] = whole
        return whole

    def _found_partitioned(
        self, name: str, shape: TensorShape, dtype: DType, counts: list[int] | None, reuse: Any
    ) -> PartitionedVariable:
        """A variable in parts that exists, when it may be shared and is what was asked for."""
        if reuse is False or reuse is None:
            raise ValueError(
                f"Partitioned variable with name {name} already exists. Did you mean to set "
                "reuse=True or reuse=tf.AUTO_REUSE in VarScope?"
            )
        found = self.partitioned[name]
        prefix = f"Trying to reuse partitioned variable {name}, but specified"
        if not shape.is_compatible_with(found.get_shape()):
            raise ValueError(f"{prefix} shape {shape} and found shape {found.get_shape()}.")
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(f"{prefix} dtype {dtype.name} and found dtype {found.dtype.name}.")
        if counts is not None and found._get_partitions() != counts:
            raise ValueError(
                f"{prefix} partitions {counts} and found partitions {found._get_partitions()}."
            )
        return found

    def _get_single(
        self,
        name: str,
        shape: Any,
        *,
        dtype: Any,
        initializer: Any,
        regularizer: Any,
        reuse: Any,
        trainable: bool | None,
        collections: Any,
        caching_device: Any,
        validate_shape: bool,
        use_resource: bool | None,
        constraint: Any,
        synchronization: VariableSynchronization,
        aggregation: VariableAggregation,
    ) -> Any:
        """A variable in one part that exists, or a new one."""
        from_value = initializer is not None and not callable(initializer)
        if shape is not None and from_value:
            raise ValueError("If initializer is a constant, do not specify shape.")
        dtype = as_dtype(dtype)
        shape = TensorShape(shape)
        if name in self.variables:
            return self._found(name, shape, dtype, reuse)
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). Did "
                "you mean to set reuse=tf.AUTO_REUSE in VarScope?"
            )
        if initializer is None:
            initializer, from_value = _default_initializer(name, dtype)
        variable = Variable(
            initial_value=initializer if from_value else _bound(name, initializer, shape, dtype),
            name=name,
            trainable=trainable,
            collections=collections,
            caching_device=caching_device,
            dtype=dtype.base_dtype if not from_value and shape.is_fully_defined() else None,
            validate_shape=validate_shape,
            constraint=constraint,
            use_resource=resource_variables_enabled() if use_resource is None else use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )
        self.variables[name] = variable
        if regularizer:
            with (
                scopes.colocate_with(variable.op),
                name_scope(f"{name}/Regularizer/"),
                init_scope(),
            ):
                loss = regularizer(variable)
            if loss is not None:
                scopes.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
        return variable

    def _found(self, name: str, shape: TensorShape, dtype: DType, reuse: Any) -> Any:
        """A variable that exists, when it may be shared and is what was asked for."""
        variable = self.variables[name]
        if reuse is False or reuse is None:
            text = (
                f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or "
                "reuse=tf.AUTO_REUSE in VarScope?"
            )
            if variable.dtype.is_ref_dtype:
                frames = [
                    frame
                    for frame in reversed(variable.op.traceback)
                    if not is_framework_file(frame.filename)
                ]
                origin = "".join(traceback.format_list(frames[:5]))
                text = f"{text} Originally defined at:\n\n{origin}"
            raise ValueError(text)
        if not shape.is_compatible_with(variable.get_shape()):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape {shape} and found shape "
                f"{variable.get_shape()}."
            )
        if not dtype.is_compatible_with(variable.dtype):
            raise ValueError(
                f"Trying to share variable {name}, but specified dtype {dtype.name} and found "
                f"dtype {variable.dtype.name}."
            )
        return variable


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}


def _accepts(function: Any, name: str) -> bool:
    """Whether a function takes the keyword `name`."""
    parameters = _parameters(function)
    return name in parameters or any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()
    )


def _default_initializer(name: str, dtype: DType) -> tuple[Any, bool]:
    """What initialises a variable when nobody says; and whether it is a value."""
    if dtype.is_floating:
        return initializers.glorot_uniform_initializer(), False
    if dtype.is_integer or dtype.is_bool or dtype is dtypes.string:
        return initializers.zeros_initializer(), False
    raise ValueError(f"An initializer for variable {name} of {dtype.base_dtype} is required")


def _bound(
    name: str,
    initializer: Any,
    shape: TensorShape,
    dtype: DType,
    partition_info: PartitionInfo | None = None,
) -> Callable[[], Any]:
    """An initializer as a function without arguments."""
    if inspect.isclass(initializer):
        initializer = initializer()
    if shape.is_fully_defined():
        parameters = _parameters(initializer)
        arguments: dict[str, Any] = {"dtype": dtype.base_dtype}
        if "partition_info" in parameters:
            arguments["partition_info"] = partition_info
        return functools.partial(initializer, shape.as_list(), **arguments)
    required = [
        parameter
        for parameter in _parameters(initializer).values()
        if parameter.default is inspect.Parameter.empty
        and parameter.kind
        in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    ]
    if not required:
        bound: Callable[[], Any] = initializer
        return bound
    raise ValueError(
        f"Shape of a new variable ({name}) must be fully defined, but instead was {shape}."
    )
