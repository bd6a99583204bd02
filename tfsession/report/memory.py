"""What a session says about memory: how much it has, and why there was not enough.

A plain step keeps no list of its tensors. When memory runs out, the local variables of the step's
function, which the traceback still holds, are that list; nobody pays for it before.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsession import dtypes, registry
from tfsession.compile.generate import Step
from tfsession.compile.program import COPY, Instruction, short_device
from tfsession.compile.trace_names import Names, allocator_name
from tfsession.devices.device import Device, MemoryStatistics
from tfsession.devices.interchange import owner_of
from tfsession.graph.build import constant_of_array, stand_in
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Tensor, node_input
from tfsession.graph.shape_inference import inferred_shapes
from tfsession.resources.containers import ResourceManager
from tfsession.shapes import Dims, element_count, format_dims

logger = logging.getLogger("tfsession")

# Values with more elements than this are no shapes, axes or sizes.
_MOST_ELEMENTS = 1024

#: Live tensors that an error names where the full list is not asked for.
LARGEST = 5

_HINT = (
    "\nHint: If you want to see a list of allocated tensors when OOM happens, add "
    "report_tensor_allocations_upon_oom to RunOptions for current allocation info.\n"
)

_CUDA_OUT_OF_MEMORY = 2  # cudaErrorMemoryAllocation
_CUBLAS_OUT_OF_MEMORY = 3  # CUBLAS_STATUS_ALLOC_FAILED


# ---- How much there is ----


@dataclass(frozen=True)
class MemoryInfo:
    """Memory of one device as one session has it, in bytes.

    Attributes:
      bytes_in_use: what live tensors hold.
      peak_bytes_in_use: the highest `bytes_in_use` so far.
      bytes_limit: the most that the session may hold; 0 where nothing limits it.
      bytes_reserved: what the session has taken from the driver, kept for reuse included.
    """

    bytes_in_use: int
    peak_bytes_in_use: int
    bytes_limit: int
    bytes_reserved: int


def memory_info(device: Device) -> MemoryInfo:
    """The figures of this moment."""
    found = device.memory_statistics()
    return MemoryInfo(found.in_use, found.peak, found.limit, found.reserved)


def host_bytes(resources: ResourceManager, others: Sequence[Device]) -> int:
    """Bytes of host memory that variables, queues and kept tensors of a session hold.

    Args:
      resources: the session's.
      others: its devices that are not the host.
    """
    sizes = {
        id(owner_of(array)): array.nbytes
        for _, _, array in resources.arrays()
        if isinstance(array, np.ndarray) and not any(device.holds(array) for device in others)
    }
    return sum(sizes.values())


# ---- Why there was not enough ----


@dataclass(frozen=True)
class SessionMemory:
    """What a session knows of its memory.

    Attributes:
      devices: full device name to Device.
      resources: what it keeps between steps.
      steps: returns its compiled steps, whose constants are on the devices.
      lists_tensors: whether an error lists all live tensors.
    """

    devices: Mapping[str, Device]
    resources: ResourceManager
    steps: Callable[[], Iterable[Step]]
    lists_tensors: bool = False


@dataclass(frozen=True)
class LiveTensor:
    """A tensor that is in memory.

    Attributes:
      name: its operation, or the resource that keeps it.
      kind: "variable", "constant" and so on; empty for a value of the step.
      dtype: as the runtime names it.
      shape: sizes.
      size: bytes.
    """

    name: str
    kind: str
    dtype: str
    shape: tuple[int, ...]
    size: int

    def __str__(self) -> str:
        what = f"{self.dtype}{format_dims(self.shape)}{', ' if self.kind else ''}{self.kind}"
        return f"{readable(self.size)} from {self.name} ({what})"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, also one of CUDA's libraries, says that there was no memory."""
    status = {"CUDARuntimeError": _CUDA_OUT_OF_MEMORY, "CublasError": _CUBLAS_OUT_OF_MEMORY}
    wanted = status.get(type(error).__name__)
    return isinstance(error, MemoryError) or (
        wanted is not None and getattr(error, "status", None) == wanted
    )


def first_line(
    error: BaseException, step: Step, instruction: Instruction, inputs: Sequence[Any]
) -> str:
    """TensorFlow's text for an allocation that failed.

    Args:
      error: what the allocation raised.
      step: what ran.
      instruction: what needed the memory.
      inputs: its values.
    """
    dtype, shape = _asked_for(error, step, instruction, inputs)
    return (
        f"OOM when allocating tensor with shape{shape} and type {dtype} on {instruction.device} "
        f"by allocator {allocator_name(instruction.device)}"
    )


def details(
    error: BaseException, step: Step, instruction: Instruction, memory: SessionMemory
) -> str:
    """The lines below TensorFlow's text: what was asked for, what there is, and who has it."""
    device = memory.devices[instruction.device]
    try:
        tensors = live_tensors(error, step, memory, device)
        copied = " (a copy of an input)" if instruction.kernel is COPY else ""
        op = instruction.op
        found = device.memory_statistics()
        lines = [f"{op.type} {op.name!r}{copied} {_state(error, found)}"]
        lines += _holders(device)
        if memory.lists_tensors:
            return "\n" + "\n".join([*lines, "", *_full_list(tensors, device)])
        if tensors:
            lines.append(f"Largest live tensors on {short_device(device.name)}:")
            lines += [f"  {tensor}" for tensor in tensors[:LARGEST]]
            # Smaller ones, and those of other runs and steps.
            rest = found.in_use - sum(tensor.size for tensor in tensors[:LARGEST])
            if rest > 0 and not device.on_host:
                lines.append(f"  {readable(rest)} in other tensors of this session")
        return "\n" + "\n".join(lines) + _HINT
    except Exception:  # a card that fails must not hide which operation met it
        logger.debug("memory of %s cannot be described", device.name, exc_info=True)
        return _HINT


def live_tensors(
    error: BaseException, step: Step, memory: SessionMemory, device: Device
) -> list[LiveTensor]:
    """The tensors on a device while a step failed, the largest first.

    Args:
      error: with the traceback of the step.
      step: what ran.
      memory: of the session.
      device: whose tensors are wanted.
    """
    others = [d for d in memory.devices.values() if not d.on_host] if device.on_host else []
    found: dict[int, LiveTensor] = {}
    for name, kind, array in _named_arrays(error, step, memory):
        owner = owner_of(array)
        if id(owner) in found or not device.holds(array):
            continue
        if not any(other.holds(array) for other in others):
            dtype = _dtype_name(array.dtype)
            found[id(owner)] = LiveTensor(name, kind, dtype, tuple(array.shape), int(owner.nbytes))
    return sorted(found.values(), key=lambda tensor: -tensor.size)


def release_values(error: BaseException) -> None:
    """Drops the local variables of the frames that an error came through.

    Whoever keeps the error, as notebooks do, would keep the tensors of the step with it.
    """
    for failure in (error, *getattr(error, "failures", ())):
        traceback.clear_frames(failure.__traceback__)
        for frame, _ in traceback.walk_tb(failure.__traceback__):
            # Asked for once, a frame keeps this dict beside its variables; here it is emptied.
            frame.f_locals  # noqa: B018


def readable(size: int) -> str:
    """Bytes as TensorFlow writes them.

    >>> readable(512), readable(1536), readable(3 << 20)
    ('512B', '1.5KiB', '3.00MiB')
    """
    if size < 1024:
        return f"{size}B"
    value, units = size / 1024, "KMGTPE"
    while value >= 1024:
        value, units = value / 1024, units[1:]
    return f"{value:.1f}KiB" if units[0] == "K" else f"{value:.2f}{units[0]}iB"


# ---- What was asked for ----


def _asked_for(
    error: BaseException, step: Step, instruction: Instruction, inputs: Sequence[Any]
) -> tuple[str, str]:
    """The dtype and the shape of the array that found no room, as far as they can be told."""
    dtype, shape = getattr(error, "dtype", None), getattr(error, "shape", None)
    if dtype is not None and shape is not None:
        return _dtype_name(dtype), format_dims(tuple(shape))
    size = getattr(error, "size", None)
    values = [step.program.values[number] for number in instruction.outputs]
    inferred = _shapes_if_taken(instruction, inputs) or []
    for position, value in enumerate(values):
        dims = _result_dims(instruction, value.dims, inputs)
        if element_count(dims) is None and position < len(inferred):
            dims = inferred[position]
        count = element_count(dims)
        if count is not None and size in (None, count * _item_size(value.dtype)):
            return value.dtype.runtime_name, format_dims(dims)
    if size is None or not values or size % _item_size(values[0].dtype):
        # Room for something that is no tensor of the graph.
        return "int8", "[?]" if size is None else f"[{size}]"
    return values[0].dtype.runtime_name, f"[{size // _item_size(values[0].dtype)}]"


def _result_dims(instruction: Instruction, dims: Dims, inputs: Sequence[Any]) -> Dims:
    if dims is not None and None not in dims:
        return dims
    kernel = instruction.kernel
    if kernel is COPY:
        return tuple(np.shape(inputs[0]))
    if kernel.like is not None:
        return tuple(np.shape(inputs[kernel.like]))
    if kernel.is_broadcast:
        return np.broadcast_shapes(*(tuple(np.shape(value)) for value in inputs))
    return dims


def _shapes_if_taken(instruction: Instruction, inputs: Sequence[Any]) -> list[Dims] | None:
    try:
        return shapes_for(instruction, inputs)
    except ValueError:
        return None


def shapes_for(instruction: Instruction, inputs: Sequence[Any]) -> list[Dims] | None:
    """What the op's shape function says of the outputs for inputs as they are.

    Returns:
      None where the function does not speak of what the instruction computes.

    Raises:
      ValueError: the op does not take these inputs.
    """
    operation = instruction.op
    function = registry.SHAPES.get(operation.type)
    is_own = instruction.name == operation.type and len(inputs) == len(operation.inputs)
    if function is None or not is_own:
        return None
    with Graph().as_default():
        known = [_stand_in(*pair) for pair in zip(inputs, operation.inputs, strict=True)]
        found = inferred_shapes(operation, function, known)
    return found if isinstance(found, list) else [found]


def _stand_in(value: Any, tensor: Tensor) -> Tensor:
    """A constant of a short value in host memory; of any other, a placeholder of its shape."""
    if isinstance(value, (np.ndarray, np.generic)) and value.size <= _MOST_ELEMENTS:
        return constant_of_array(np.asarray(value), dtype=tensor.dtype.base_dtype)
    dims = tuple(value.shape) if hasattr(value, "dtype") and hasattr(value, "shape") else None
    return stand_in(tensor.dtype.base_dtype, dims)


def _item_size(dtype: dtypes.DType) -> int:
    return max(1, dtype.size or 1)


def _dtype_name(dtype: Any) -> str:
    try:
        return dtypes.as_dtype(dtype).runtime_name
    except TypeError:
        return str(dtype)


# ---- What there is, and who has it ----


def _state(error: BaseException, found: MemoryStatistics) -> str:
    size = getattr(error, "size", getattr(error, "_total_size", None))
    asked = "memory" if size is None else f"{readable(size)} ({size} bytes)"
    if not found.limit:
        return f"asked for {asked}; the session keeps {readable(found.in_use)} in host memory"
    free = max(0, found.reserved - found.in_use)
    return (
        f"asked for {asked}; of the limit of {readable(found.limit)} ({found.limit} bytes) "
        f"{readable(found.in_use)} ({found.in_use} bytes) are in use and {readable(free)} are "
        "reserved and free"
    )


def _holders(device: Device) -> Iterator[str]:
    """Lines about what else is on the card."""
    elsewhere = device.memory_statistics().elsewhere
    if elsewhere:
        yield f"Other sessions and the CUDA context of this process hold {readable(elsewhere)}."
    processes = sorted(device.processes(), key=lambda process: -(process.memory or 0))
    if processes:
        # In a container the driver may call this process by another number.
        yield "Processes on the card, by the driver's numbers:"
    for process in processes:
        name = "this process" if process.pid == os.getpid() else process.name or "name unknown"
        memory = "an unknown amount" if process.memory is None else readable(process.memory)
        yield f"  process {process.pid} ({name}) holds {memory}"


def _full_list(tensors: Sequence[LiveTensor], device: Device) -> list[str]:
    head = f"Current usage from device: {device.name}, allocator: {allocator_name(device.name)}"
    return [head, *(f"  {tensor}" for tensor in tensors)]


def _named_arrays(
    error: BaseException, step: Step, memory: SessionMemory
) -> Iterator[tuple[str, str, Any]]:
    """Name, kind and array of all that may be in memory; what is kept comes before views of it."""
    for kind, name, array in memory.resources.arrays():
        yield name, "variable" if "variable" in kind else kind, array
    for each in (step, *memory.steps()):
        names = Names(each.program)
        for number, value in _numbered(each.function.__kwdefaults__ or {}, "c"):
            yield _name(names, number), "constant", value
    names = Names(step.program)
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == step.file_name:
            for number, value in _numbered(frame.f_locals, "v"):
                yield _name(names, number), "", value


def _name(names: Names, number: int) -> str:
    """The tensor that a value is, also where it is a copy of it or a variable's value."""
    tensor = names.tensors.get(number)
    return names.of[number] if tensor is None else node_input(tensor)


def _numbered(variables: Mapping[str, Any], letter: str) -> list[tuple[int, Any]]:
    """The arrays among the variables of a step, such as `v7`, by the numbers of the program."""
    found = [
        (int(name[1:]), value)
        for name, value in list(variables.items())
        if re.fullmatch(rf"{letter}\d+", name)
    ]
    return [
        (n, value) for n, value in found if hasattr(value, "nbytes") and hasattr(value, "dtype")
    ]
