"""Calls of layers: which ones are going on, and what their inputs and results have to do."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from tfsession import nest
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Operation, Tensor


class Call(NamedTuple):
    """A layer that is being called."""

    inputs: list[Any]
    training: Any


class _Calls(threading.local):
    """The calls that this thread is inside of, outermost first."""

    def __init__(self) -> None:
        self.stack: list[Call] = []


calls = _Calls()


@functools.cache
def parameters_of(function: Callable[..., Any]) -> dict[str, int]:
    """The names of a method's parameters behind `self`, with their positions; `**` for kwargs."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return {
        "**" if parameter.kind is inspect.Parameter.VAR_KEYWORD else parameter.name: position
        for position, parameter in enumerate(parameters)
    }


def argument(
    function: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What a call hands over under a name, by position behind the inputs or by keyword; or None."""
    if name in kwargs:
        return kwargs[name]
    position = parameters_of(function).get(name, 0)
    return args[position - 1] if 0 < position <= len(args) else None


def as_tensor(value: Any) -> Any:
    """An array or a number as a tensor; anything else as it is."""
    return convert_to_tensor(value) if isinstance(value, (np.ndarray, float, int)) else value


def depends_on(thing: Tensor | Operation, inputs: Iterable[Any]) -> bool:
    """Whether what a tensor or an operation computes depends on some of the given tensors."""
    wanted = {tensor for tensor in nest.flatten(inputs) if isinstance(tensor, Tensor)}
    pending: list[Tensor | Operation] = [thing]
    seen: set[Tensor | Operation] = set()
    while pending:
        current = pending.pop()
        if current in wanted:
            return True
        op = current.op if isinstance(current, Tensor) else current
        if op not in seen:
            seen.add(op)
            pending.extend(op.inputs)
            pending.extend(op.control_inputs)
    return False


# ---- Masks ----


def mask_of(tensors: Any) -> Any:
    """The masks of tensors that layers of Keras made, in their structure; None where there is none.

    A mask is a boolean tensor: False for a step of a sequence that is to be left out.
    """
    masks = nest.map_structure(lambda x: getattr(x, "_keras_mask", None), tensors)
    return None if all(mask is None for mask in nest.flatten(masks)) else masks


def set_masks(outputs: Any, masks: Any) -> None:
    """Gives the results of a call their masks, where they have none yet."""
    flat = nest.flatten(outputs)
    flat_masks = [None] * len(flat) if masks is None else nest.flatten(masks)
    for output, mask in zip(flat, flat_masks, strict=False):
        if getattr(output, "_keras_mask", None) is None and isinstance(output, Tensor):
            output._keras_mask = mask  # type: ignore[attr-defined]
