"""Which kernel computes an op on a device, how it is bound, and which arguments stay on the host.

What the compiler has to know of an op besides its inputs: `lower` asks, for one op at a time.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession import dtypes, registry
from tfsession.compile.kernel_table import kernel_threads
from tfsession.compile.placement_errors import no_kernel
from tfsession.compile.program import HOST
from tfsession.devices.device import Device
from tfsession.devices.simulated import Counting, SimulatedDevice
from tfsession.graph.operation import Operation
from tfsession.registry import Argument, Kernel
from tfsession.resources.containers import OP_STATE, ResourceManager

Function = Callable[..., Any]


@dataclass(frozen=True)
class Binding:
    """An op on a device, and the kernel that computes it there.

    Attributes:
      op: the operation.
      kernel: what computes it. Where NumPy does, as on a simulated GPU, that is the kernel for the
        CPU; arguments are where the kernel for the device has them.
      device: where the operation is.
      host: names of the inputs and outputs that stay in host memory, where others do not.
    """

    op: Operation
    kernel: Kernel
    device: Device
    host: frozenset[str]

    def place_of(self, argument: str) -> str:
        """Where an argument is that is no handle of a resource."""
        return HOST if self.device.on_host or argument in self.host else self.device.name

    @functools.cached_property
    def is_all_on_host(self) -> bool:
        """Whether an op on a GPU has no argument there."""
        return _is_all_in(self.host, self.op)

    @property
    def runs_on_host(self) -> bool:
        """Whether all of an op on a GPU is in host memory, and NumPy computes it."""
        return not (self.device.on_host or self.kernel.takes_device) and self.is_all_on_host

    @property
    def library(self) -> Any:
        """The array library that computes."""
        return np if self.runs_on_host else self.device.xp

    @property
    def uses_blas(self) -> bool:
        """Whether it multiplies matrices on the CPU."""
        return self.kernel.uses_blas and self.device.xp is np

    @property
    def makes_handle(self) -> bool:
        """Whether the op only names a resource of the session, which is known when lowering."""
        outputs = self.op.outputs
        if self.kernel.state is None or self.op.inputs or len(outputs) != 1:
            return False
        return outputs[0].dtype.is_handle

    @property
    def is_pure(self) -> bool:
        """Whether equal inputs always give equal outputs; what touches a variable has effects."""
        op = self.op
        if op.op_def_.is_stateful or self.kernel.state is not None or not op.outputs:
            return False
        return not any(
            argument.is_ref or tensor.dtype is dtypes.resource
            for argument, tensor in zip(input_arguments(op), op.inputs, strict=True)
        )

    @property
    def counting(self) -> Counting | None:
        """How a simulated GPU counts the results; None where there are none to count."""
        if not isinstance(self.device, SimulatedDevice):
            return None
        if self.is_all_on_host or self.kernel.takes_device:
            return None
        updates = any(t.dtype.is_handle for t in self.op.inputs)
        return Counting(self.device, updates)

    @property
    def may_be_large(self) -> bool:
        """Whether an element-wise op may have so many elements that several threads share it."""
        kernel = self.kernel
        if not kernel.writes_out or not (kernel.is_broadcast or kernel.like is not None):
            return False
        result = self.op.outputs[0]
        if result.dtype is dtypes.string or not result.dims:
            return False
        known = [size for size in result.dims if size is not None]
        is_open = len(known) < len(result.dims)
        return math.prod(known) >= (_LARGE_ROW if is_open else _LARGE)

    def bound(self, resources: ResourceManager) -> Bound:
        """Binds library, attributes and state.

        Args:
          resources: the session's; what the op keeps between steps is made there, so that every
            step that runs the op meets the same state.
        """
        op, kernel = self.op, self.kernel
        attrs = _attributes(kernel, op)
        if kernel.state is not None:
            make = functools.partial(kernel.state, resources, op)
            attrs["state"] = resources.lookup_or_create("", OP_STATE, op.name, make)
        takes_device = kernel.device == "GPU" or kernel.takes_device
        library = self.library
        function = bound(kernel, self.device if takes_device else library, attrs)
        if library is np and self.may_be_large:
            function = kernel_threads().by_rows(function, op.outputs[0].dtype.base_dtype.numpy)
        host_function = self._host_function(function)
        if any(tensor.dtype is dtypes.string for tensor in op.outputs):
            is_same = host_function is function
            function = keeping_scalars(function)
            if host_function is not None:
                host_function = function if is_same else keeping_scalars(host_function)
        key = (op.type, hashable(attrs), op.outputs and op.outputs[0].dtype)
        return Bound(function, host_function, key)

    def _host_function(self, function: Function) -> Function | None:
        """The kernel bound for NumPy, which is `function` where that computes with it anyway."""
        on_cpu = registry.KERNELS.get((self.op.type, "CPU"))
        if on_cpu is None or on_cpu.state is not None or self.op.op_def_.is_stateful:
            return None
        if self.device.on_host or self.runs_on_host:
            return function
        return bound(on_cpu, np, _attributes(on_cpu, self.op))


@dataclass(frozen=True)
class Bound:
    """A kernel of which only the inputs are missing.

    Attributes:
      function: takes the inputs, and `out` where the kernel does.
      host_function: the same for NumPy, to fold constants; None: not foldable.
      key: what, besides the inputs, determines the result of a pure op.
    """

    function: Function
    host_function: Function | None
    key: Any


def binding_of(op: Operation, device: Device) -> Binding:
    """Finds the kernel of an op on a device.

    Raises:
      InvalidArgumentError: there is none.
    """
    kernel = registry.KERNELS.get((op.type, device.kind))
    if kernel is None:
        kinds = [kind for name, kind in registry.KERNELS if name == op.type]
        raise no_kernel(op, [device.kind], kinds)
    host = host_arguments(op, kernel, device)
    # NumPy also computes what lies on a simulated GPU, and what of a GPU's is all on the host.
    if not kernel.takes_device and (device.xp is np or _is_all_in(host, op)):
        kernel = registry.KERNELS.get((op.type, "CPU"), kernel)
    return Binding(op, kernel, device, host)


def _is_all_in(host: frozenset[str], op: Operation) -> bool:
    """Whether an op has arguments, and all of them are among those on the host."""
    arguments = (*input_arguments(op), *output_arguments(op))
    return bool(op.outputs) and all(argument.name in host for argument in arguments)


# Elements from which threads are worth their start, and of a row of a batch of unknown size.
_LARGE, _LARGE_ROW = 1 << 17, 1 << 11


# ---- Binding ----


def _attributes(kernel: Kernel, op: Operation) -> dict[str, Any]:
    return {name: op.attrs[name] for name in kernel.attrs}


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


# ---- Arguments ----


def input_arguments(op: Operation) -> list[Argument]:
    """For each input tensor, its argument in the definition of the op."""
    return registry.flat_arguments(op.op_def_.inputs, op.attrs)


def output_arguments(op: Operation) -> list[Argument]:
    """For each output tensor, its argument in the definition of the op."""
    return registry.flat_arguments(op.op_def_.outputs, op.attrs)


def host_arguments(op: Operation, kernel: Kernel, device: Device) -> frozenset[str]:
    """Names of the inputs and outputs of an op that stay in host memory on a GPU.

    Strings and handles always do.
    """
    if device.on_host:
        return frozenset()
    named = [
        *zip(input_arguments(op), op.inputs, strict=True),
        *zip(output_arguments(op), op.outputs, strict=True),
    ]
    if kernel.host_types and element_type(op) in kernel.host_types:
        return frozenset(argument.name for argument, _ in named)
    off_device = (dtypes.string, dtypes.resource, dtypes.variant)
    return frozenset(
        (*kernel.host, *(a.name for a, t in named if t.dtype.base_dtype in off_device))
    )


def element_type(op: Operation) -> dtypes.DType | None:
    """What `Kernel.host_types` and `Kernel.cpu_types` are about; None where an op has no such."""
    return op.attrs.get("T") or op.attrs.get("dtype")


def hashable(value: Any) -> Any:
    """A hashable stand-in for attribute values; arrays and objects count by identity."""
    if isinstance(value, dict):
        return tuple((k, hashable(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return (type(value), *map(hashable, value))
    if isinstance(value, (int, float, bytes, str, bool, dtypes.DType, type(None))):
        return type(value), value
    return id(value)
