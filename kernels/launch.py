"""Starting our own CUDA kernels: names of element types, grids and typed arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from tfsession.registry import kernel

Array = Any

# Element type of an array: its name in CUDA C++.
C_FLOATS = {
    np.dtype(np.float16): "__half",
    np.dtype(ml_dtypes.bfloat16): "__nv_bfloat16",
    np.dtype(np.float32): "float",
    np.dtype(np.float64): "double",
}

C_INDICES = {np.dtype(np.int32): "int", np.dtype(np.int64): "long long"}

# Bytes of an element: a type of that size, for kernels that only move elements.
C_SIZES = {
    1: "unsigned char",
    2: "unsigned short",
    4: "unsigned int",
    8: "unsigned long long",
    16: "Sixteen",
}

_THREADS = 256


def kernel_with(
    *names: str,
    on_cpu: Callable[[Any], Any],
    on_gpu: Callable[[Any], Any],
    **declared: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a function for both kinds of device that takes a part from each.

    Args:
      *names: the ops.
      on_cpu: the part, of the array library.
      on_gpu: the part, of the device.
      **declared: attributes of `Kernel`.

    Returns:
      A decorator of ``function(xp, part, *inputs, **attrs)``.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def for_cpu(xp: Any, *inputs: Any, **attrs: Any) -> Any:
            return function(xp, on_cpu(xp), *inputs, **attrs)

        @functools.wraps(function)
        def for_gpu(device: Any, *inputs: Any, **attrs: Any) -> Any:
            return function(device.xp, on_gpu(device), *inputs, **attrs)

        kernel(*names, device="CPU", **declared)(for_cpu)
        kernel(*names, device="GPU", **declared)(for_gpu)
        return function

    return register


# A grid this large fills any GPU several times over; threads then take several elements each.
_MOST_BLOCKS = 1 << 16

_MOST_INT = (1 << 31) - 1


def fits_int(*sizes: int) -> bool:
    """Whether sizes can be arguments of type `int`."""
    return max(sizes, default=0) <= _MOST_INT


def ints(*values: int) -> tuple[Any, ...]:
    """Arguments of type `int`."""
    return tuple(map(np.int32, values))


def over_elements(
    device: Any, source: str, kernel: str, count: int, arguments: tuple[Any, ...]
) -> None:
    """Starts a kernel with one thread an element.

    Args:
      device: what computes, active.
      source: file in kernels/cuda/.
      kernel: name with its template arguments.
      count: how many elements; with none, nothing is started.
      arguments: arrays, contiguous, and scalars of exactly the parameters' types.
    """
    if count:
        blocks = min(-(-count // _THREADS), _MOST_BLOCKS)
        device.function(source, kernel)((blocks,), (_THREADS,), arguments)


def over_rows(
    device: Any, source: str, kernel: str, rows: int, columns: int, arguments: tuple[Any, ...]
) -> None:
    """Starts a kernel with a warp a row, eight rows a block, or a block a row for long rows."""
    if not rows:
        return
    if columns <= 1024:
        block = (32, 8)
    else:
        block = (256 if columns <= 8192 else 1024, 1)
    blocks = min(-(-rows // block[1]), _MOST_BLOCKS)
    device.function(source, kernel)((blocks,), block, arguments)
