"""Kernels of the ops that decide what runs.

Branches and loops are not called: the compiler writes them out (see tfsession/compile/lower.py).
What is registered here says on which devices they are and what they read from host memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

# ---- Switch, RefSwitch ----


@kernel("Switch", "RefSwitch", host=("pred",), host_types=(dtypes.bool, dtypes.int32), aliases=True)
def switch(xp: Any, data: Any, pred: Any) -> tuple[Any, Any]:
    return data, data


# ---- Merge, RefMerge ----


@kernel(
    "Merge", "RefMerge", host=("value_index",), host_types=(dtypes.bool, dtypes.int32), aliases=True
)
def merge(xp: Any, *inputs: Any) -> tuple[Any, Any]:
    return inputs[0], np.int32(0)


# ---- Enter, Exit, NextIteration and their variants for references ----


@kernel("Enter", "RefEnter", "Exit", "RefExit", aliases=True, host_types=(dtypes.int32,))
@kernel("NextIteration", "RefNextIteration", aliases=True, host_types=(dtypes.int32,))
def hand_on(xp: Any, data: Any) -> Any:
    return data


# ---- LoopCond ----


@kernel("LoopCond", host=("input", "output"), aliases=True)
def loop_cond(xp: Any, input: Any) -> Any:
    return input


# ---- RefIdentity ----


@kernel("RefIdentity", aliases=True)
def ref_identity(xp: Any, input: Any) -> Any:
    return input


# ---- StackV2, StackPushV2, StackPopV2, StackCloseV2 ----


class Stack:
    """Values of a loop's rounds, last in, first out."""

    def __init__(self, name: str, max_size: int) -> None:
        self.name = name
        self.max_size = max_size
        self.values: list[Any] = []
        self.is_closed = False

    def check_open(self) -> None:
        """Raises InvalidArgumentError where the stack has been closed."""
        if self.is_closed:
            raise InvalidArgumentError.of(f"Stack[{self.name}] has already been closed.")


@kernel("StackV2", host=("max_size",))
def stack_v2(xp: Any, max_size: Any, stack_name: bytes) -> Stack:
    return Stack(stack_name.decode(), int(max_size))


@kernel("StackPushV2", aliases=True)
def stack_push_v2(xp: Any, handle: Stack, elem: Any) -> Any:
    handle.check_open()
    if 0 <= handle.max_size <= len(handle.values):
        raise InvalidArgumentError.of(
            f"Stack[{handle.name}] overflowed its max_size ({handle.max_size})"
        )
    handle.values.append(elem)
    return elem


@kernel("StackPopV2", aliases=True)
def stack_pop_v2(xp: Any, handle: Stack) -> Any:
    handle.check_open()
    if not handle.values:
        raise InvalidArgumentError.of(f"Stack[{handle.name}] is empty when calling Pop().")
    return handle.values.pop()


@kernel("StackCloseV2")
def stack_close_v2(xp: Any, handle: Stack) -> None:
    handle.check_open()
    handle.is_closed = True
    handle.values.clear()
