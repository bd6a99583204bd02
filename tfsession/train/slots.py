"""Slots: variables that belong to another, such as its momentum, and are named after it."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import DType
from tfsession.graph import scopes
from tfsession.ops import array
from tfsession.ops.initializers import zeros_initializer
from tfsession.shapes import ShapeLike, TensorShape
from tfsession.variables.reference import RefVariable
from tfsession.variables.resource import ResourceVariable
from tfsession.variables.scope import get_variable, get_variable_scope, variable_scope
from tfsession.variables.variable import Variable

__all__ = ["create_slot", "create_slot_with_initializer", "create_zeros_slot"]


def _new_slot(
    primary: Any, initializer: Any, scope: str, validate_shape: bool, shape: Any, dtype: Any
) -> Any:
    """Makes a slot in the current variable scope, of the same form as its variable."""
    use_resource = None
    if isinstance(primary, ResourceVariable):
        use_resource = True
    elif isinstance(primary, RefVariable):
        use_resource = False
    current = get_variable_scope()
    partitioner = current.partitioner
    current.set_partitioner(None)
    slot = get_variable(
        scope,
        initializer=initializer,
        trainable=False,
        use_resource=use_resource,
        shape=shape if callable(initializer) else None,
        dtype=dtype,
        validate_shape=validate_shape,
    )
    current.set_partitioner(partitioner)
    part = primary._get_save_slice_info() if isinstance(primary, Variable) else None
    if part is not None:
        # The slot of a part is a part of the whole's slot.
        name = slot.op.name[len(primary.op.name) + 1 :]
        slot._set_save_slice_info(
            Variable.SaveSliceInfo(
                f"{part.full_name}/{name}",
                list(part.full_shape),
                list(part.var_offset),
                list(part.var_shape),
            )
        )
    return slot


def _prefix(primary: Any) -> str:
    name: str = primary._shared_name if isinstance(primary, Variable) else primary.op.name
    return name


def _create(
    primary: Any,
    initializer: Any,
    name: str,
    validate_shape: bool,
    shape: Any,
    dtype: Any,
    colocate_with_primary: bool,
) -> Any:
    with variable_scope(None, f"{_prefix(primary)}/{name}"):
        if colocate_with_primary:
            with scopes.colocate_with(primary.op):
                return _new_slot(primary, initializer, "", validate_shape, shape, dtype)
        return _new_slot(primary, initializer, "", validate_shape, shape, dtype)


def create_slot(primary: Any, val: Any, name: str, colocate_with_primary: bool = True) -> Any:
    """Makes a slot from an initial value.

    Args:
      primary: the Variable it belongs to.
      val: a Tensor, the slot's initial value.
      name: the slot's name after the variable's.
      colocate_with_primary: whether it is on the variable's device.

    Source: TensorFlow 1.15, python/training/slot_creator.py `create_slot`.
    """
    validate_shape = val.get_shape().is_fully_defined()
    return _create(primary, val, name, validate_shape, None, None, colocate_with_primary)


def create_slot_with_initializer(
    primary: Any,
    initializer: Any,
    shape: ShapeLike,
    dtype: Any,
    name: str,
    colocate_with_primary: bool = True,
) -> Any:
    """Makes a slot from an initializer.

    Args:
      primary: the Variable it belongs to.
      initializer: makes the initial value.
      shape: the slot's shape.
      dtype: the slot's DType.
      name: the slot's name after the variable's.
      colocate_with_primary: whether it is on the variable's device.

    Source: TensorFlow 1.15, python/training/slot_creator.py `create_slot_with_initializer`.
    """
    shape = TensorShape(shape)
    validate_shape = shape.is_fully_defined()
    return _create(primary, initializer, name, validate_shape, shape, dtype, colocate_with_primary)


def create_zeros_slot(
    primary: Any, name: str, dtype: DType | None = None, colocate_with_primary: bool = True
) -> Any:
    """Makes a slot of zeros, of the variable's shape.

    Args:
      primary: the Variable it belongs to.
      name: the slot's name after the variable's.
      dtype: the variable's own DType when None.
      colocate_with_primary: whether it is on the variable's device.

    Source: TensorFlow 1.15, python/training/slot_creator.py `create_zeros_slot`.
    """
    if dtype is None:
        dtype = primary.dtype
    dtype = dtype.base_dtype
    shape = primary.get_shape()
    if shape.is_fully_defined():
        return create_slot_with_initializer(
            primary, zeros_initializer(), shape, dtype, name, colocate_with_primary
        )
    value = primary.initialized_value() if isinstance(primary, Variable) else primary
    zeros = array.zeros(array.shape(value), dtype=dtype)
    return create_slot(primary, zeros, name, colocate_with_primary)
