"""Rows of variables, changed by those of gradients: for reference and resource variables."""

from __future__ import annotations

from typing import Any

from tfsession.graph import scopes
from tfsession.graph.build import build
from tfsession.graph.operation import Tensor
from tfsession.ops import state
from tfsession.variables.resource import ResourceVariable

__all__ = ["add_rows", "set_rows"]


def add_rows(variable: Any, indices: Tensor, rows: Tensor) -> Tensor:
    """Adds to rows of a variable; returns the variable as it is then."""
    if not isinstance(variable, ResourceVariable):
        changed: Tensor = state.scatter_add(variable, indices, rows)
        return changed
    return _after("ResourceScatterAdd", variable, indices, rows)


def set_rows(variable: Any, indices: Tensor, rows: Tensor) -> Tensor:
    """Replaces rows of a variable; returns the variable as it is then."""
    if not isinstance(variable, ResourceVariable):
        changed: Tensor = state.scatter_update(variable, indices, rows)
        return changed
    return _after("ResourceScatterUpdate", variable, indices, rows)


def _after(op: str, variable: ResourceVariable, indices: Tensor, rows: Tensor) -> Tensor:
    update = build(op, variable.handle, indices, rows)
    with scopes.control_dependencies([update]):
        return variable.read_value()
