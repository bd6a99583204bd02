"""Variables that get their values from a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession.contrib.framework.variables import get_variable_full_name
from tfsession.graph.operation import Operation, Tensor
from tfsession.logging import warning
from tfsession.ops import array
from tfsession.ops.control import group
from tfsession.train.checkpoint_values import load_checkpoint
from tfsession.train.saver import Saver

__all__ = ["assign_from_checkpoint", "assign_from_checkpoint_fn"]


def assign_from_checkpoint(
    model_path: str, var_list: Any, ignore_missing_vars: bool = False
) -> tuple[Operation, dict[Tensor, np.ndarray]]:
    """An operation that gives variables the values of a checkpoint, and what to feed to it.

    Args:
      model_path: the path of the checkpoint.
      var_list: variables, or name in the checkpoint -> variable, or a list of its parts.
      ignore_missing_vars: whether names that the checkpoint lacks are left out.

    Raises:
      ValueError: the checkpoint lacks a name, or has a tensor of another shape.

    Source: TensorFlow 1.15 `tf.contrib.framework.assign_from_checkpoint`.
    """
    reader = load_checkpoint(model_path)
    fed: dict[Tensor, np.ndarray] = {}
    assigned = []
    for name, variables in _by_name(var_list).items():
        if not reader.has_tensor(name):
            text = f"Checkpoint is missing variable [{name}]"
            if not ignore_missing_vars:
                raise ValueError(text)
            warning(text)
            continue
        value = reader.get_tensor(name)
        for variable in variables:
            placeholder = array.placeholder(
                variable.dtype.base_dtype,
                variable.get_shape(),
                name=f"placeholder/{variable.op.name}",
            )
            assigned.append(variable.assign(placeholder))
            fed[placeholder] = _part_of(value, name, variable)
    return group(*assigned), fed


def _by_name(var_list: Any) -> dict[str, list[Any]]:
    """Name in the checkpoint -> the variables that are made of it."""
    grouped: dict[str, list[Any]] = {}
    if isinstance(var_list, (list, tuple)):
        for variable in var_list:
            grouped.setdefault(get_variable_full_name(variable), []).append(variable)
        return grouped
    for name, value in var_list.items():
        grouped[name] = list(value) if isinstance(value, (list, tuple)) else [value]
    return grouped


def _part_of(value: np.ndarray, name: str, variable: Any) -> np.ndarray:
    """What of a tensor belongs to a variable, which may be a part of it."""
    part = variable._get_save_slice_info()
    if part is not None:
        ranges = zip(part.var_offset, part.var_shape, strict=True)
        return value[tuple(slice(start, start + size) for start, size in ranges)]
    if variable.get_shape().as_list() != list(value.shape):
        raise ValueError(
            f"Total size of new array must be unchanged for {name} lh_shape: [{value.shape}], "
            f"rh_shape: [{variable.get_shape()}]"
        )
    return value


def assign_from_checkpoint_fn(
    model_path: str,
    var_list: Any,
    ignore_missing_vars: bool = False,
    reshape_variables: bool = False,
) -> Callable[[Any], None] | None:
    """A function of a session that restores variables from a checkpoint.

    Args:
      model_path: the path of the checkpoint.
      var_list: variables, or name in the checkpoint -> variable.
      ignore_missing_vars: whether names that the checkpoint lacks are left out.
      reshape_variables: whether shapes may differ where sizes are equal.

    Returns:
      The function; None where there is nothing to restore.

    Raises:
      ValueError: there are no variables.

    Source: TensorFlow 1.15 `tf.contrib.framework.assign_from_checkpoint_fn`.
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        reader = load_checkpoint(model_path)
        by_name = var_list if isinstance(var_list, dict) else {v.op.name: v for v in var_list}
        var_list = {}
        for name, variable in by_name.items():
            if reader.has_tensor(name):
                var_list[name] = variable
            else:
                warning("Variable %s missing in checkpoint %s", name, model_path)
        if not var_list:
            warning("No Variables to restore")
            return None
    saver = Saver(var_list, reshape=reshape_variables)

    def restore(session: Any) -> None:
        saver.restore(session, model_path)

    return restore
