"""The operations that control flow is made of: Switch, Merge, Enter, Exit and NextIteration.

Each has a second form for references. Definitions, shapes and gradients are in ops/control_flow.py.

Source: Yu et al., "Dynamic Control Flow in Large-Scale Machine Learning", EuroSys 2018.
"""

from __future__ import annotations

from collections.abc import Sequence

from tfsession.control_flow.loop_variables import check_round
from tfsession.graph.build import build
from tfsession.graph.operation import Tensor


def switch_ref_or_tensor(data: Tensor, pred: Tensor, name: str = "Switch") -> list[Tensor]:
    """The outputs (false, true) of a Switch; of a RefSwitch for a reference."""
    graph = data.graph
    with graph.colocate_with(data.op, ignore_existing=True):
        if data.dtype.is_ref_dtype:
            outputs: list[Tensor] = build("RefSwitch", data, pred, name=name)
        else:
            outputs = build("Switch", data, pred, name=name)
    return outputs


def merge(inputs: Sequence[Tensor], name: str | None = None) -> list[Tensor]:
    """The outputs (value, index) of a Merge; of a RefMerge for references."""
    kind = "RefMerge" if all(t.dtype.is_ref_dtype for t in inputs) else "Merge"
    outputs: list[Tensor] = build(kind, list(inputs), name=name or "Merge")
    return outputs


def enter(
    data: Tensor,
    frame_name: str,
    is_constant: bool = False,
    parallel_iterations: int = 10,
    name: str | None = None,
) -> Tensor:
    """The output of an Enter; of a RefEnter for a reference."""
    kind = "RefEnter" if data.dtype.is_ref_dtype else "Enter"
    result: Tensor = build(
        kind,
        data,
        frame_name=frame_name,
        is_constant=is_constant,
        parallel_iterations=parallel_iterations,
        name=name,
    )
    result.dims = data.dims
    return result


def leave(data: Tensor, name: str | None = None) -> Tensor:
    """The output of an Exit; of a RefExit for a reference."""
    kind = "RefExit" if data.dtype.is_ref_dtype else "Exit"
    result: Tensor = build(kind, data, name=name)
    return result


def next_iteration(data: Tensor, name: str | None = None) -> Tensor:
    """The output of a NextIteration; of a RefNextIteration for a reference."""
    kind = "RefNextIteration" if data.dtype.is_ref_dtype else "NextIteration"
    result: Tensor = build(kind, data, name=name)
    return result


def add_back_edge(merged: Tensor, value: Tensor, check_shape: bool = True) -> Tensor:
    """Leads a value to the Merge at the beginning of the next round.

    Raises:
      ValueError: it may not have the shape that the variable begins with.
    """
    following = next_iteration(value)
    if check_shape:
        check_round(merged, following)
    merged.op.update_input(1, following)
    return following


def identity_or_ref(tensor: Tensor) -> Tensor:
    """The output of an Identity; of a RefIdentity for a reference."""
    kind = "RefIdentity" if tensor.dtype.is_ref_dtype else "Identity"
    result: Tensor = build(kind, tensor)
    return result
