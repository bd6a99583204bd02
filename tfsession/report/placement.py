"""Where the operations of a step are, why, and what is copied from device to device.

`Session.explain_placement` returns a `PlacementReport`; `tfsession place` takes its rows and totals
from the same functions.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tfsession import dtypes
from tfsession.compile.place import Placement
from tfsession.compile.program import COPY, HOST, READ, Instruction, Program, short_device
from tfsession.device_spec import parse_runtime_name
from tfsession.devices.device import size_text
from tfsession.dtypes import DType
from tfsession.graph.operation import Operation, Tensor
from tfsession.report.notebooks import html_of
from tfsession.shapes import Dims, element_count, format_dims

#: Columns of text that a report takes, as far as the names in it allow.
WIDTH = 80
_LEAST_LAST_COLUMN = 28

# Why an operation of a cached step is not where it would be placed now.
_EARLIER = "placed when this step was compiled"


@dataclass(frozen=True)
class PlacedOp:
    """An operation and its device.

    Attributes:
      name: of the operation.
      type: op type.
      device: full name of the device.
      requested: what the operation itself asks for; empty: nothing.
      reason: what decided, in words: the request, a colocation, a kernel, or the placer's choice.
      is_moved: whether soft placement put it elsewhere than was asked for.
    """

    name: str
    type: str
    device: str
    requested: str
    reason: str
    is_moved: bool


@dataclass(frozen=True)
class DeviceCopy:
    """What one run copies between two devices.

    Attributes:
      tensor: name of the tensor.
      dtype: of its elements.
      dims: its static shape.
      source: full name of the device that it is copied from; the first CPU for host memory.
      target: full name of the device that it is copied to.
      readers: names of the operations that read the copy; empty: it is fetched.
      bytes: its size; None where the shape is not known before the run, and for strings.
    """

    tensor: str
    dtype: DType
    dims: Dims
    source: str
    target: str
    readers: tuple[str, ...]
    bytes: int | None


@dataclass(frozen=True)
class DeviceTotals:
    """What one device has to do.

    Attributes:
      name: full name of the device.
      operations: how many are there.
      variable_bytes: what the variables there hold, of those whose shape is known.
      constant_bytes: what the constants there hold, strings left out.
      copies_in: copies to the device, in one run.
      copies_out: copies from the device, in one run.
    """

    name: str
    operations: int
    variable_bytes: int
    constant_bytes: int
    copies_in: tuple[DeviceCopy, ...] = ()
    copies_out: tuple[DeviceCopy, ...] = ()

    @property
    def bytes_in(self) -> int:
        """Bytes copied to the device, of the copies whose size is known."""
        return sum(copy.bytes or 0 for copy in self.copies_in)

    @property
    def bytes_out(self) -> int:
        """Bytes copied from the device, of the copies whose size is known."""
        return sum(copy.bytes or 0 for copy in self.copies_out)


@dataclass(frozen=True)
class PlacementReport:
    """The placement of one step; `str()` of it is a table.

    Attributes:
      ops: the operations, in the order in which they run.
      copies: the copies between devices, in the order in which they run. Those inside of a loop
        run in each round.
      devices: totals of every device of the session.
    """

    ops: tuple[PlacedOp, ...]
    copies: tuple[DeviceCopy, ...]
    devices: tuple[DeviceTotals, ...]

    def _repr_html_(self) -> str:
        """What notebooks show."""
        return html_of(str(self))

    def __str__(self) -> str:
        parts = [ops_text(self.ops)] if self.ops else ["nothing runs: every fetch is fed"]
        parts.extend(self.notes())
        if self.copies:
            parts.append(copies_text(self.copies))
        parts.append(devices_text(self.devices))
        return "\n\n".join(parts) + "\n"

    def notes(self) -> Iterator[str]:
        """Yields what else there is to say, in sentences."""
        moved = [op for op in self.ops if op.is_moved]
        if moved:
            yield f"Soft placement moved {len(moved)} of {len(self.ops)} operations."
        has_gpus = any("device:GPU:" in device.name for device in self.devices)
        if not has_gpus and any(_asks_for_gpu(op) for op in moved):
            yield "No GPU is visible to this session: `tfsession doctor` says why."


# ---- from a placement ----


def report(
    operations: Sequence[Operation],
    placement: Placement,
    devices: Sequence[str],
    program: Program | None,
    feeds: Sequence[Tensor],
) -> PlacementReport:
    """What is known of a step's placement.

    Args:
      operations: what runs, in running order.
      placement: of these operations, and maybe of others.
      devices: full names of the session's devices, CPUs first.
      program: the step's; None where nothing runs.
      feeds: the tensors that arrive as the program's feeds.
    """
    copies: tuple[DeviceCopy, ...] = ()
    homes = {op: placement.devices[op] for op in operations}
    if program is not None:
        copies = device_copies(program, feeds, devices[0])
        # A cached step goes on as it was placed, also where a graph that has grown is placed anew.
        homes.update({i.op: i.device for i in program.all_instructions() if i.is_own})
    ops = tuple(
        op if op.device == home else replace(op, device=home, reason=_EARLIER)
        for op, home in zip(placed_ops(homes, placement), homes.values(), strict=True)
    )
    return PlacementReport(ops, copies, device_totals(homes, devices, copies))


def placed_ops(operations: Iterable[Operation], placement: Placement) -> tuple[PlacedOp, ...]:
    """Returns what a placement says of operations."""
    return tuple(
        PlacedOp(
            op.name,
            op.type,
            placement.devices[op],
            op.device,
            placement.reasons.get(op, ""),
            op in placement.moved,
        )
        for op in operations
    )


def device_totals(
    homes: Mapping[Operation, str], devices: Sequence[str], copies: Sequence[DeviceCopy] = ()
) -> tuple[DeviceTotals, ...]:
    """Sums up what is on each device, also on those that have nothing.

    Args:
      homes: operations with full names of their devices.
      devices: full names of all devices.
      copies: between the devices.
    """
    on: dict[str, list[Operation]] = {name: [] for name in devices}
    for op, name in homes.items():
        on[name].append(op)
    return tuple(
        DeviceTotals(
            name,
            len(there),
            sum(map(variable_bytes, there)),
            sum(map(constant_bytes, there)),
            tuple(copy for copy in copies if copy.target == name),
            tuple(copy for copy in copies if copy.source == name),
        )
        for name, there in on.items()
    )


def variable_bytes(op: Operation) -> int:
    """Returns the bytes that a variable holds; 0 where its shape is not known, or for other ops."""
    if not op.op_def_.is_variable:
        return 0
    shape, dtype = op.attrs.get("shape"), op.attrs.get("dtype")
    if shape is None or dtype is None or any(one is None or one < 0 for one in shape):
        return 0
    return tensor_bytes(dtype, tuple(shape)) or 0


def constant_bytes(op: Operation) -> int:
    """Returns the bytes of a constant; 0 for strings and for other ops."""
    if not op.op_def_.is_constant:
        return 0
    return tensor_bytes(op.outputs[0].dtype, op.outputs[0].dims) or 0


def tensor_bytes(dtype: DType, dims: Dims) -> int | None:
    """Returns the bytes of a tensor's elements; None where they are not known before a run."""
    count = element_count(dims)
    return None if count is None or dtype.base_dtype is dtypes.string else count * dtype.size


# ---- from a program ----


def device_copies(program: Program, feeds: Sequence[Tensor], host: str) -> tuple[DeviceCopy, ...]:
    """Returns the copies between devices that a program makes.

    Args:
      program: the program.
      feeds: the tensors that arrive as its feeds, in order.
      host: the name to give to host memory.
    """
    instructions = program.all_instructions()
    names = {number: tensor.name for number, tensor in zip(program.feeds, feeds, strict=True)}
    readers: dict[int, dict[str, None]] = {}
    for instruction in instructions:
        names.update(_output_names(instruction))
        if instruction.loop is None:
            for number in instruction.reads:
                readers.setdefault(number, {})[instruction.op.name] = None
    copies = []
    for instruction in instructions:
        if instruction.kernel is not COPY:
            continue
        (number,), (target,) = instruction.inputs, instruction.outputs
        value = program.values[number]
        source, destination = value.where, program.values[target].where
        copies.append(
            DeviceCopy(
                names.get(number, instruction.op.name),
                value.dtype,
                value.dims,
                host if source == HOST else source,
                host if destination == HOST else destination,
                tuple(readers.get(target, ())),
                tensor_bytes(value.dtype, value.dims),
            )
        )
    return tuple(copies)


def _output_names(instruction: Instruction) -> Iterator[tuple[int, str]]:
    op = instruction.op
    if instruction.kernel is READ:
        # The operation is the one that reads the variable.
        for tensor in op.inputs:
            if tensor.dtype.is_ref_dtype:
                yield instruction.outputs[0], tensor.name
                return
    outputs = [tensor.name for tensor in op.outputs] if instruction.is_own else []
    for position, number in enumerate(instruction.outputs):
        yield number, outputs[position] if position < len(outputs) else op.name


# ---- words ----


def ops_text(ops: Sequence[PlacedOp], width: int = WIDTH) -> str:
    """The table of operations, in `width` columns as far as the names allow."""
    rows = [(op.name, op.type, short_device(op.device), op.reason) for op in ops]
    return _table(("Operation", "Type", "Device", "Why"), rows, width)


def copies_text(copies: Sequence[DeviceCopy], width: int = WIDTH) -> str:
    """The table of copies, in `width` columns as far as the names allow."""
    rows = [
        (
            copy.tensor,
            short_device(copy.source),
            short_device(copy.target),
            _bytes_text(copy),
            ", ".join(copy.readers) or "the fetch",
        )
        for copy in copies
    ]
    return _table(("Copy of", "From", "To", "Size", "For"), rows, width)


def devices_text(devices: Sequence[DeviceTotals]) -> str:
    """The table of totals."""
    headings = ("Device", "Operations", "Variables", "Constants", "Copies in", "Copies out")
    rows = [
        (
            short_device(device.name),
            str(device.operations),
            size_text(device.variable_bytes),
            size_text(device.constant_bytes),
            _sum_text(device.copies_in),
            _sum_text(device.copies_out),
        )
        for device in devices
    ]
    return _table(headings, rows, WIDTH)


def _asks_for_gpu(op: PlacedOp) -> bool:
    asked = parse_runtime_name(op.requested) if op.requested else None
    return asked is None or asked.kind == "GPU"


def _bytes_text(copy: DeviceCopy) -> str:
    """``24 B``; ``12 B x ?`` where one size is unknown; the shape's text where nothing is known."""
    if copy.bytes is not None:
        return size_text(copy.bytes)
    if copy.dims is None or copy.dtype is dtypes.string:
        return f"unknown {copy.dtype.name}{format_dims(copy.dims)}"
    unknown = " x ?" * copy.dims.count(None)
    known = tuple(size for size in copy.dims if size is not None)
    return f"{size_text(tensor_bytes(copy.dtype, known) or 0)}{unknown}"


def _sum_text(copies: Sequence[DeviceCopy]) -> str:
    if not copies:
        return "0"
    known = [copy.bytes for copy in copies if copy.bytes is not None]
    parts = [size_text(sum(known))] if known else []
    if len(known) < len(copies):
        parts.append("?")
    return f"{len(copies)} ({' + '.join(parts)})"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Lines of columns: the first may be too long for its place, the last one is wrapped."""
    columns = list(zip(headings, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    middle = sum(one + 2 for one in widths[1:-1])
    last = min(widths[-1], _LEAST_LAST_COLUMN)
    widths[0] = min(widths[0], max(len(headings[0]), width - middle - last - 2))
    widths[-1] = min(widths[-1], max(last, width - middle - widths[0] - 2))
    lines = list(_row(headings, widths))
    lines.append("  ".join("-" * one for one in widths))
    for row in rows:
        lines.extend(_row(row, widths))
    return "\n".join(lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    first, *others = cells
    if len(first) > widths[0]:
        # A name stays whole, so that one can search for it.
        yield first
        first = ""
    # Names have no spaces: they are not broken either.
    wrapped = textwrap.wrap(others[-1], widths[-1], break_long_words=False, break_on_hyphens=False)
    for number, text in enumerate(wrapped or [""]):
        start = [first, *others[:-1]] if number == 0 else [""] * (len(cells) - 1)
        yield "  ".join(map(str.ljust, [*start, text], widths)).rstrip()
