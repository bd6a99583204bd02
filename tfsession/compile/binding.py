"""Which kernel computes an op on a device, how it is bound, and which arguments stay on the host.

What the compiler has to know of an op besides its inputs: `lower` asks, for one op at a time.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession import dtypes, registry
from tfsession.devices.device import Device
from tfsession.devices.simulated import Counting, SimulatedDevice
from tfsession.errors import InvalidArgumentError
from tfsession.graph.operation import Operation
from tfsession.registry import Kernel


def computing_kernel(op: Operation, kernel: Kernel, device: Device, host: frozenset[str]) -> Kernel:
    """The kernel that computes what the device's own, which places arguments, stands for.

    A simulated GPU computes with NumPy, as int32 arithmetic of a real one does.
    """
    with_numpy = device.xp is np or runs_on_host(op, kernel, device, host)
    if not with_numpy or kernel.takes_device or op.type in _KEEP_ON_DEVICE:
        return kernel
    return registry.KERNELS.get((op.type, "CPU"), kernel)


def runs_on_host(op: Operation, kernel: Kernel, device: Device, host: frozenset[str]) -> bool:
    """Whether all of an op on a GPU is in host memory, and NumPy computes it."""
    return not (device.on_host or kernel.takes_device) and _all_on_host(op, host)


# Ops that compute nothing: their kernels for a GPU ask the Device alone, simulated or not.
_KEEP_ON_DEVICE = frozenset(("GetSessionHandle", "GetSessionHandleV2", "GetSessionTensor"))


def counting(
    op: Operation, kernel: Kernel, device: Device, host: frozenset[str]
) -> Counting | None:
    """How a simulated GPU counts the results of a kernel; None where there are none to count."""
    if not isinstance(device, SimulatedDevice) or _all_on_host(op, host):
        return None
    if kernel.takes_device or op.type in _KEEP_ON_DEVICE:
        return None
    updates = any(t._dtype.is_ref_dtype or t._dtype is dtypes.resource for t in op.inputs)
    return Counting(device, updates)


def may_be_large(op: Operation, kernel: Kernel) -> bool:
    """Whether an element-wise op may have so many elements that several threads share it."""
    if kernel.ufunc is None and kernel.expression is None and kernel.like is None:
        return False
    if not kernel.writes_out or op.outputs[0].dtype is dtypes.string or not op.outputs[0].dims:
        return False
    known = [size for size in op.outputs[0].dims if size is not None]
    is_open = len(known) < len(op.outputs[0].dims)
    return math.prod(known) >= (_LARGE_ROW if is_open else _LARGE)


# Elements from which threads are worth their start, and of a row of a batch of unknown size.
_LARGE, _LARGE_ROW = 1 << 17, 1 << 11


def bound(kernel: Kernel, library: Any, attrs: dict[str, Any]) -> Callable[..., Any]:
    """The kernel as a function of its inputs, and of `out` where it takes that."""
    if kernel.is_maker:
        made: Callable[..., Any] = kernel.function(library, **attrs)
        return made
    if kernel.ufunc is not None and kernel.device is None:
        # The library's own function: nothing of ours is called in between.
        found: Callable[..., Any] = getattr(library, kernel.ufunc)
        return found
    if kernel.writes_out:
        function = kernel.function

        def call(*inputs: Any, out: Any = None) -> Any:
            return function(library, *inputs, out=out, **attrs)

        call.__name__ = function.__name__
        return call
    return functools.partial(kernel.function, library, **attrs)


def keeping_scalars(function: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel with strings among its results, whose scalars are arrays of rank 0 as well.

    NumPy's indexing and arithmetic return the element itself, without shape and dtype.
    """

    def call(*inputs: Any, **out: Any) -> Any:
        result = function(*inputs, **out)
        if type(result) is bytes:
            return np.array(result, object)
        if type(result) in (tuple, list):
            return [np.array(r, object) if type(r) is bytes else r for r in result]
        return result

    return call


def makes_handle(op: Operation, kernel: Kernel) -> bool:
    """Whether an op only names a resource of the session, which is known when lowering."""
    if kernel.state is None or op.inputs or len(op.outputs) != 1:
        return False
    dtype = op.outputs[0].dtype
    return dtype.is_ref_dtype or dtype is dtypes.resource


def is_pure(op: Operation, kernel: Kernel) -> bool:
    """Whether equal inputs always give equal outputs; what touches a variable has effects."""
    if op.op_def_.is_stateful or kernel.state is not None or not op.outputs:
        return False
    return not any(
        is_ref or tensor.dtype is dtypes.resource
        for (_, is_ref), tensor in zip(input_names(op), op.inputs, strict=True)
    )


def input_names(op: Operation) -> list[tuple[str, bool]]:
    """For each input tensor, the name of its argument and whether that takes a reference."""
    names = []
    for argument in op.op_def_.inputs:
        names.extend([(argument.name, argument.is_ref)] * argument.count(op.attrs))
    return names


def output_names(op: Operation) -> list[str]:
    """For each output tensor, the name of its argument."""
    names = []
    for argument in op.op_def_.outputs:
        names.extend([argument.name] * argument.count(op.attrs))
    return names


def host_arguments(op: Operation, kernel: Kernel, device: Device) -> frozenset[str]:
    """Names of the inputs and outputs of an op that stay in host memory on a GPU.

    Strings and handles always do.
    """
    if device.on_host:
        return frozenset()
    named = [
        *zip((name for name, _ in input_names(op)), op.inputs, strict=True),
        *zip(output_names(op), op.outputs, strict=True),
    ]
    if kernel.host_types and element_type(op) in kernel.host_types:
        return frozenset(name for name, _ in named)
    off_device = (dtypes.string, dtypes.resource, dtypes.variant)
    return frozenset(
        (*kernel.host, *(name for name, t in named if t.dtype.base_dtype in off_device))
    )


def element_type(op: Operation) -> Any:
    """What `Kernel.host_types` and `Kernel.cpu_types` are about; None where an op has no such."""
    return op.attrs.get("T") or op.attrs.get("dtype")


def _all_on_host(op: Operation, host: frozenset[str]) -> bool:
    return bool(op.outputs) and all(
        name in host for name in (*(n for n, _ in input_names(op)), *output_names(op))
    )


def hashable(value: Any) -> Any:
    """A hashable stand-in for attribute values; arrays and objects count by identity."""
    if isinstance(value, dict):
        return tuple((k, hashable(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return (type(value), *map(hashable, value))
    if isinstance(value, (int, float, bytes, str, bool, dtypes.DType, type(None))):
        return type(value), value
    return id(value)


def no_kernel(op: Operation, kind: str) -> InvalidArgumentError:
    """The error for an op that nothing computes on a kind of device."""
    kinds = [k for name, k in registry.KERNELS if name == op.type]
    lines = "\n".join(f"  device='{k}'" for k in kinds) or "  <no registered kernels>"
    return InvalidArgumentError.of(
        f"No OpKernel was registered to support Op '{op.type}' used by {{{{node {op.name}}}}}with "
        f"these attrs: []\nRegistered devices: [CPU, GPU]\nRegistered kernels:\n{lines}\n\n"
        f"\t [[{op.name}]]",
    )
