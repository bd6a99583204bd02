"""Lower: from placed operations to a Program.

Every op becomes one instruction with its attributes bound. What TensorFlow leaves implicit becomes
explicit here: copies between devices, reads of reference variables, constants and handles.
"""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tfsession import dtypes, registry
from tfsession.devices.device import Device
from tfsession.errors import InvalidArgumentError
from tfsession.graph import Operation, Tensor
from tfsession.program import HOST, NOWHERE, Instruction, Program, Value
from tfsession.registry import Kernel

_loaded_families: set[str] = set()


def load_kernels(operations: Iterable[Operation] | None = None) -> None:
    """Imports the kernels of the families that operations belong to.

    Args:
      operations: what is about to be placed; None for every op of the registry.
    """
    definitions = registry.OPS.values() if operations is None else (o.op_def_ for o in operations)
    for family in {definition.family for definition in definitions} - _loaded_families:
        importlib.import_module(f"tfsession.kernels.{family}")
        _loaded_families.add(family)


def lower(
    operations: Sequence[Operation],
    fetches: Sequence[Tensor],
    feeds: Sequence[Tensor],
    placement: Mapping[Operation, str],
    devices: Mapping[str, Device],
    resources: Any,
    places: Mapping[Tensor, str] | None = None,
) -> Program:
    """Makes the Program of a step.

    Args:
      operations: what must run, in running order.
      fetches: the tensors to return, on the host.
      feeds: the tensors whose values arrive as arguments, on the host.
      placement: operation to full device name.
      devices: full device name to Device.
      resources: the session's resources; what ops keep between steps is made there.
      places: for feeds that arrive, and fetches that stay, on a device: its full name.

    Returns:
      A Program that has not been optimised.

    Raises:
      InvalidArgumentError: an op has no kernel on its device.
    """
    load_kernels(operations)
    lowering = _Lowering(placement, devices, resources)
    places = places or {}
    for tensor in feeds:
        lowering.feed(tensor, places.get(tensor, HOST))
    for op in operations:
        lowering.operation(op)
    return lowering.finish(fetches, places)


class _Lowering:
    """The Program under construction."""

    def __init__(
        self, placement: Mapping[Operation, str], devices: Mapping[str, Device], resources: Any
    ) -> None:
        self._placement = placement
        self._devices = devices
        self._resources = resources
        self._values: list[Value] = []
        self._constants: dict[int, Any] = {}
        self._instructions: list[Instruction] = []
        self._feeds: list[int] = []
        self._of_tensor: dict[Tensor, int] = {}
        self._copies: dict[tuple[int, str], int] = {}
        self._producer: dict[int, Operation] = {}
        self._resource_device: dict[int, Device] = {}
        # For operations that wait, and for what depends on these: which ones, as a bit set.
        self._waits: dict[Operation, int] = {}
        self._blocking = 0

    # -- Values --

    def _new(self, value: Value) -> int:
        self._values.append(value)
        return len(self._values) - 1

    def feed(self, tensor: Tensor, where: str = HOST) -> None:
        """Adds an argument of the step."""
        number = self._new(Value(tensor.dtype.base_dtype, tensor.dims, where))
        self._of_tensor[tensor] = number
        self._feeds.append(number)

    def _constant(self, dtype: dtypes.DType, dims: Any, where: str, content: Any) -> int:
        number = self._new(Value(dtype, dims, where))
        self._constants[number] = content
        return number

    def _at(self, number: int, where: str, reader: Operation) -> int:
        """The value, copied to where it is read if it lives elsewhere."""
        value = self._values[number]
        if value.where in (where, NOWHERE):
            return number
        present = self._copies.get((number, where))
        if present is not None:
            return present
        if number in self._constants:
            # A constant is uploaded when the program is made, not in every run.
            copy = self._constant(value.dtype, value.dims, where, self._constants[number])
        else:
            copy = self._new(Value(value.dtype, value.dims, where))
            producer = self._producer.get(number)
            waits = 0 if producer is None else self._waits.get(producer, 0)
            self._instructions.append(self._copy_instruction(number, copy, reader, waits))
        self._copies[number, where] = copy
        return copy

    def _copy_instruction(
        self, source: int, target: int, reader: Operation, waits: int
    ) -> Instruction:
        origin, destination = self._values[source].where, self._values[target].where
        function: Callable[..., Any]
        if origin == HOST:
            function, device = self._devices[destination].copy_in, destination
        elif destination == HOST:
            function, device = self._devices[origin].copy_out, origin
        else:
            function = functools.partial(
                self._devices[destination].copy_from, source=self._devices[origin]
            )
            device = destination
        key = ("Copy", origin, destination)
        return Instruction(
            "Copy", function, (source,), (target,), device, reader, key=key, waits=waits
        )

    def _read(self, number: int, tensor: Tensor, reader: Operation) -> int:
        """The value a reference variable has at this moment."""
        cell = self._constants.get(number)
        device = self._resource_device.get(number)
        where = HOST if device is None or device.on_host else device.name
        name = self._placement[tensor.op] if device is None else device.name
        target = self._new(Value(tensor.dtype.base_dtype, tensor.dims, where))
        function = _read_cell if cell is None else cell.read
        inputs = (number,) if cell is None else ()
        waits = self._waits.get(reader, 0)
        self._producer[target] = reader
        self._instructions.append(
            Instruction(
                "Read",
                function,
                inputs,
                (target,),
                name,
                reader,
                is_pure=False,
                aliases=True,
                waits=waits,
            )
        )
        return target

    # -- Operations --

    def operation(self, op: Operation) -> None:
        """Adds what one operation does."""
        if op.type == "Const":
            dims = op.outputs[0].dims
            number = self._constant(op.attrs["dtype"], dims, HOST, op.attrs["value"])
            self._set_outputs(op, [number])
            return
        device = self._devices[self._placement[op]]
        kernel = registry.KERNELS.get((op.type, device.kind))
        if kernel is None:
            raise no_kernel(op, device.kind)
        host = host_arguments(op, kernel, device)
        if kernel.blocks or self._waits:
            self._note_waits(op, kernel)
        inputs = self._inputs(op, device, host)
        function, host_function, key = self._bind(op, kernel, device, host)
        if _makes_handle(op, kernel):
            content = function(*inputs)
            number = self._constant(op.outputs[0].dtype, op.outputs[0].dims, NOWHERE, content)
            self._resource_device[number] = device
            self._set_outputs(op, [number])
            return
        numbers = []
        for name, tensor in zip(_output_names(op), op.outputs, strict=True):
            dtype = tensor.dtype
            if dtype.is_ref_dtype or dtype is dtypes.resource:
                where = NOWHERE
            else:
                where = HOST if device.on_host or name in host else device.name
            number = self._new(Value(dtype, tensor.dims, where))
            if where == NOWHERE:
                self._resource_device[number] = device
            numbers.append(number)
        self._set_outputs(op, numbers)
        self._instructions.append(
            Instruction(
                op.type,
                function,
                tuple(inputs),
                tuple(numbers),
                device.name,
                op,
                is_pure=_is_pure(op, kernel),
                aliases=kernel.aliases,
                writes_out=kernel.writes_out,
                like=kernel.like,
                broadcasts=kernel.ufunc is not None or kernel.expression is not None,
                key=key,
                host_function=host_function,
                blocks=kernel.blocks,
                uses_blas=kernel.uses_blas and device.xp is np,
                waits=self._waits.get(op, 0),
            )
        )

    def _note_waits(self, op: Operation, kernel: Kernel) -> None:
        """Records which blocking operations come before an operation."""
        waits = 0
        for tensor in op.inputs:
            # A fed tensor waits for nobody.
            if self._of_tensor[tensor] in self._producer:
                waits |= self._waits.get(tensor.op, 0)
        for control in op._control_inputs:
            waits |= self._waits.get(control, 0)
        if kernel.blocks:
            waits |= 1 << self._blocking
            self._blocking += 1
        if waits:
            self._waits[op] = waits

    def _set_outputs(self, op: Operation, numbers: Sequence[int]) -> None:
        for tensor, number in zip(op.outputs, numbers, strict=True):
            # A fed tensor keeps the fed value, though its operation runs.
            if self._of_tensor.setdefault(tensor, number) == number:
                self._producer[number] = op

    def _inputs(self, op: Operation, device: Device, host: frozenset[str]) -> list[int]:
        numbers = []
        for (name, is_ref), tensor in zip(_input_names(op), op.inputs, strict=True):
            number = self._of_tensor[tensor]
            if self._values[number].where == NOWHERE:
                if self._values[number].dtype.is_ref_dtype and not is_ref:
                    number = self._read(number, tensor, op)
                else:
                    numbers.append(number)
                    continue
            where = HOST if device.on_host or name in host else device.name
            numbers.append(self._at(number, where, op))
        return numbers

    def _bind(
        self, op: Operation, kernel: Kernel, device: Device, host: frozenset[str]
    ) -> tuple[Callable[..., Any], Callable[..., Any] | None, Any]:
        """The kernel with library, attributes and state bound; the same for NumPy; and a key."""
        attrs = {name: op.attrs[name] for name in kernel.attrs}
        if kernel.state is not None:
            # Kept by the session: every step that runs the op meets the same state.
            make = functools.partial(kernel.state, self._resources, op)
            attrs["state"] = self._resources.lookup_or_create("", "op state", op.name, make)
        runs_on_host = not device.on_host and _all_on_host(op, host)
        library = np if runs_on_host else device.xp
        if runs_on_host or (library is np and op.type not in _KEEP_ON_DEVICE):
            # A simulated GPU computes with NumPy, as int32 arithmetic of a real one does.
            kernel = registry.KERNELS.get((op.type, "CPU"), kernel)
        function = _bound(kernel, device if kernel.device == "GPU" else library, attrs)
        if library is np and _may_be_large(op, kernel):
            threads = importlib.import_module("tfsession.kernels.threads")
            function = threads.by_rows(function, op.outputs[0].dtype.base_dtype.numpy)
        cpu = registry.KERNELS.get((op.type, "CPU"))
        host_function = None
        if cpu is not None and cpu.state is None and not op.op_def_.is_stateful:
            host_function = (
                function
                if device.on_host or runs_on_host
                else _bound(cpu, np, {name: op.attrs[name] for name in cpu.attrs})
            )
        return (
            function,
            host_function,
            (op.type, _hashable(attrs), op.outputs and op.outputs[0].dtype),
        )

    def finish(self, fetches: Sequence[Tensor], places: Mapping[Tensor, str]) -> Program:
        """Brings fetched values to their places, mostly the host; references are read last."""
        numbers = []
        for tensor in fetches:
            number = self._of_tensor[tensor]
            if self._values[number].dtype.is_ref_dtype:
                number = self._read(number, tensor, tensor.op)
            numbers.append(self._at(number, places.get(tensor, HOST), tensor.op))
        return Program(
            self._values, self._constants, tuple(self._feeds), tuple(numbers), self._instructions
        )


# Ops that compute nothing: their kernels for a GPU ask the Device alone, simulated or not.
_KEEP_ON_DEVICE = frozenset(("GetSessionHandle", "GetSessionHandleV2", "GetSessionTensor"))


def _may_be_large(op: Operation, kernel: Kernel) -> bool:
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


def _read_cell(cell: Any) -> Any:
    return cell.read()


def _bound(kernel: Kernel, library: Any, attrs: dict[str, Any]) -> Callable[..., Any]:
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


def _makes_handle(op: Operation, kernel: Kernel) -> bool:
    """Whether an op only names a resource of the session, which is known when lowering."""
    if kernel.state is None or op.inputs or len(op.outputs) != 1:
        return False
    dtype = op.outputs[0].dtype
    return dtype.is_ref_dtype or dtype is dtypes.resource


def _is_pure(op: Operation, kernel: Kernel) -> bool:
    """Whether equal inputs always give equal outputs; what touches a variable has effects."""
    if op.op_def_.is_stateful or kernel.state is not None or not op.outputs:
        return False
    return not any(
        is_ref or tensor.dtype is dtypes.resource
        for (_, is_ref), tensor in zip(_input_names(op), op.inputs, strict=True)
    )


def _input_names(op: Operation) -> list[tuple[str, bool]]:
    """For each input tensor, the name of its argument and whether that takes a reference."""
    names = []
    for argument in op.op_def_.inputs:
        names.extend([(argument.name, argument.is_ref)] * _length(op, argument))
    return names


def _output_names(op: Operation) -> list[str]:
    names = []
    for argument in op.op_def_.outputs:
        names.extend([argument.name] * _length(op, argument))
    return names


def _length(op: Operation, argument: registry.Argument) -> int:
    if argument.number_attr is not None:
        length: int = op.attrs[argument.number_attr]
        return length
    if argument.type_list_attr is not None:
        return len(op.attrs[argument.type_list_attr])
    return 1


# Ops whose int32 variant on a GPU works on shapes, sizes and indices: all of it stays in host
# memory, so that no step waits for the GPU to learn a shape. Source: TensorFlow's GPU kernel
# registrations with HostMemory for every argument.
_INT32_ON_HOST = frozenset(
    (
        "Abs Add AddN AddV2 BroadcastArgs BroadcastGradientArgs BroadcastTo Concat ConcatV2 Const "
        "Div Equal ExpandDims Fill FloorDiv FloorMod Greater GreaterEqual Identity IdentityN "
        "InvertPermutation Less LessEqual Max Maximum Min Minimum Mod Mul Neg NotEqual OnesLike "
        "Pack Pad PadV2 PlaceholderWithDefault Range Rank Reshape ReverseV2 Shape ShapeN Sign Size "
        "Slice Split SplitV Square SquaredDifference Squeeze StopGradient StridedSlice "
        "StridedSliceGrad Sub Sum TruncateMod Unique Unpack ZerosLike"
    ).split()
)


def host_arguments(op: Operation, kernel: Kernel, device: Device) -> frozenset[str]:
    """Names of the inputs and outputs of an op that stay in host memory on a GPU.

    Strings and handles always do.
    """
    if device.on_host:
        return frozenset()
    named = [
        *zip((name for name, _ in _input_names(op)), op.inputs, strict=True),
        *zip(_output_names(op), op.outputs, strict=True),
    ]
    kind = op.attrs.get("T") or op.attrs.get("dtype")
    if kind is dtypes.int32 and op.type in _INT32_ON_HOST:
        return frozenset(name for name, _ in named)
    off_device = (dtypes.string, dtypes.resource, dtypes.variant)
    return frozenset(
        (*kernel.host, *(name for name, t in named if t.dtype.base_dtype in off_device))
    )


def _all_on_host(op: Operation, host: frozenset[str]) -> bool:
    return bool(op.outputs) and all(
        name in host for name in (*(n for n, _ in _input_names(op)), *_output_names(op))
    )


def _hashable(value: Any) -> Any:
    """A hashable stand-in for attribute values; arrays and objects count by identity."""
    if isinstance(value, dict):
        return tuple((k, _hashable(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return (type(value), *map(_hashable, value))
    if isinstance(value, (int, float, bytes, str, bool, dtypes.DType, type(None))):
        return type(value), value
    return id(value)


def no_kernel(op: Operation, kind: str) -> InvalidArgumentError:
    """The error for an op that nothing computes on a kind of device."""
    kinds = [k for name, k in registry.KERNELS if name == op.type]
    lines = "\n".join(f"  device='{k}'" for k in kinds) or "  <no registered kernels>"
    return InvalidArgumentError(
        None,
        None,
        f"No OpKernel was registered to support Op '{op.type}' used by {{{{node {op.name}}}}}with "
        f"these attrs: []\nRegistered devices: [CPU, GPU]\nRegistered kernels:\n{lines}\n\n"
        f"\t [[{op.name}]]",
    )
