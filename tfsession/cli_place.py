"""`tfsession place`: where a session would put the operations of a saved graph, and why.

GPUs are simulated, so a placement on eight of them can be planned where there is none. `--json`
prints `{"devices": [{"name", "memory_limit_bytes", "operations", "variable_bytes"}],
"operations": [{"name", "type", "device", "reason"}]}`.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from google.protobuf import text_format
from google.protobuf.message import DecodeError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tfsession import errors
from tfsession.cli_config import parse_config
from tfsession.cli_devices import size
from tfsession.devices import simulated
from tfsession.devices.device import Device
from tfsession.devices.lister import (
    CudaLister,
    DeviceLister,
    GpuPlan,
    PhysicalGpu,
    SimulatedLister,
    create_devices,
)
from tfsession.graph import Graph, Operation
from tfsession.graph_def import import_graph_def
from tfsession.lower import load_kernels
from tfsession.place import Placement, place
from tfsession.program import short_device
from tfsession.protos import ConfigProto, GraphDef

_HEADINGS = ("Operation", "Type", "Device", "Reason")
#: Rows from which on lines are as long as they need to be: a table takes 0.5 ms a row.
_LONG = 2000
_VARIABLES = frozenset(("Variable", "VariableV2", "TemporaryVariable", "VarHandleOp"))


class PlaceError(Exception):
    """A file or an argument cannot be read; the text says which and why."""


# ---- reading ----


def read_graph_def(path: str) -> GraphDef:
    """Reads a GraphDef, as text where the name ends with `.pbtxt` or `.txt`.

    Raises:
        PlaceError: the file cannot be read, or is no GraphDef.
    """
    message = GraphDef()
    try:
        with open(path, "rb") as file:
            content = file.read()
        if path.endswith((".pbtxt", ".txt")):
            text_format.Parse(content, message)
        else:
            message.ParseFromString(content)
    except OSError as error:
        raise PlaceError(f"{path}: {error.strerror}") from None
    except text_format.ParseError as error:
        raise PlaceError(f"{path}:{error}") from None
    except (DecodeError, UnicodeDecodeError) as error:
        raise PlaceError(f"{path}: not a GraphDef in binary form ({error})") from None
    if content and not message.node:
        raise PlaceError(f"{path}: a GraphDef without nodes, or another kind of file")
    return message


def read_config(path: str | None) -> ConfigProto:
    """Reads a ConfigProto text file; None for the default config.

    Raises:
        PlaceError: the file cannot be read, or has a mistake.
    """
    if path is None:
        return ConfigProto()
    try:
        with open(path, encoding="utf-8") as file:
            config, mistake = parse_config(file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise PlaceError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if mistake is not None:
        raise PlaceError(f"{path}:{mistake.line}:{mistake.column}: {mistake.message}")
    return config


class PlannedLister:
    """The GPUs of another lister, which open as simulated devices: a plan takes no memory."""

    def __init__(self, lister: DeviceLister) -> None:
        self._lister = lister

    def physical_gpus(self) -> list[PhysicalGpu]:
        """Returns the GPUs of the other lister."""
        return self._lister.physical_gpus()

    def memory(self, gpu: PhysicalGpu) -> tuple[int, int]:
        """Returns what the other lister says."""
        return self._lister.memory(gpu)

    def open_gpu(self, plan: GpuPlan, *, reserve: bool, task: str) -> Device:
        """Makes a simulated device of the planned size."""
        return simulated.SimulatedDevice(
            plan.index, plan.memory_limit, physical=plan.gpu.index, task=task
        )


def planned_devices(
    text: str | None, config: ConfigProto, environ: Mapping[str, str] = os.environ
) -> list[Device]:
    """Returns the devices to place on.

    Args:
        text: comma list of `cpu`, `cpu:<count>` and `gpu:<count>` or `gpu:<count>x<size>`, as in
            `cpu:2,gpu:8x24GiB`; None for what a session of this process would have.
        config: `device_count` and `gpu_options` apply, where `text` does not say otherwise.
        environ: environment variables, read where `text` is None.

    Raises:
        PlaceError: `text` has another form, or the config does not fit the devices.
    """
    if text is None:
        played = environ.get(simulated.ENVIRONMENT_VARIABLE, "")
        real = CudaLister(environ, touch_cuda=False)
        lister: DeviceLister = SimulatedLister(played, environ) if played else PlannedLister(real)
        return _devices(config, lister)
    cpus, gpus = None, []
    for entry in text.split(","):
        match = re.fullmatch(r"\s*(cpu|gpu)(?::(.+?))?\s*", entry, re.IGNORECASE)
        if match is None:
            raise PlaceError(f"--devices: {entry!r} in {text!r}; want cpu:2, gpu:8 or gpu:8x24GiB")
        kind, amount = match[1].lower(), match[2] or "1"
        if kind == "gpu":
            gpus.append(amount)
        elif amount.isdigit() and int(amount) > 0:
            cpus = int(amount)
        else:
            raise PlaceError(f"--devices: {entry!r} in {text!r}; want a number of CPUs")
    own = ConfigProto()
    own.CopyFrom(config)
    if cpus is not None:
        own.device_count["CPU"] = cpus
    if not gpus:
        own.device_count["GPU"] = 0
    try:
        lister = SimulatedLister(",".join(gpus) or "1", {})
    except ValueError as error:
        message = str(error).replace(simulated.ENVIRONMENT_VARIABLE, "--devices gpu")
        raise PlaceError(message) from None
    return _devices(own, lister)


def _devices(config: ConfigProto, lister: DeviceLister) -> list[Device]:
    try:
        return create_devices(config, lister, {})
    except errors.OpError as error:
        raise PlaceError(f"{type(error).__name__}: {error.message}") from None


# ---- placing ----


def place_graph_def(
    graph_def: GraphDef, devices: Sequence[Device], allow_soft_placement: bool = False
) -> Placement:
    """Places every operation of a GraphDef.

    Raises:
        PlaceError: the graph cannot be read, or the placement contradicts itself.
    """
    load_kernels()
    graph = Graph()
    try:
        with graph.as_default():
            import_graph_def(graph_def, name="")
        operations = graph.get_operations()
        placement = place(operations, devices, allow_soft_placement)
    except errors.OpError as error:
        raise PlaceError(f"{type(error).__name__}: {error.message}") from None
    except (ValueError, TypeError) as error:
        raise PlaceError(str(error)) from None
    # Readers look for operations where the graph has them, not in the order of decisions.
    return Placement({op: placement.devices[op] for op in operations}, placement.reasons)


def variable_bytes(op: Operation) -> int:
    """Returns the bytes that a variable holds; 0 where its shape is not known, or for other ops."""
    if op.type not in _VARIABLES:
        return 0
    shape, dtype = op.attrs.get("shape"), op.attrs.get("dtype")
    if shape is None or dtype is None or any(one is None or one < 0 for one in shape):
        return 0
    return int(math.prod(shape)) * int(dtype.size)


def totals(placement: Placement, devices: Sequence[Device]) -> dict[str, tuple[int, int]]:
    """Returns operations and bytes of variables for each device, also for those without any."""
    counts = Counter(placement.devices.values())
    held: Counter[str] = Counter()
    for op, name in placement.devices.items():
        held[name] += variable_bytes(op)
    return {device.name: (counts[device.name], held[device.name]) for device in devices}


# ---- the command ----


def show_placement(
    console: Console,
    graph: str,
    devices: str | None = None,
    config: str | None = None,
    as_json: bool = False,
    only_totals: bool = False,
) -> int:
    """Prints the placement of a graph and returns the exit code.

    Args:
        console: where to print.
        graph: path of a GraphDef.
        devices: as for `planned_devices`.
        config: path of a ConfigProto text file.
        as_json: for programs.
        only_totals: leave the operations out.

    Raises:
        PlaceError: something cannot be read or placed.
    """
    options = read_config(config)
    planned = planned_devices(devices, options)
    placement = place_graph_def(read_graph_def(graph), planned, options.allow_soft_placement)
    sums = totals(placement, planned)
    if as_json:
        console.out(json.dumps(_dictionary(placement, planned, sums), indent=2), highlight=False)
        return 0
    if not only_totals:
        rows = [
            (op.name, op.type, short_device(name), placement.reasons.get(op, ""))
            for op, name in placement.devices.items()
        ]
        _print_rows(console, rows)
    console.print(_totals_table(planned, sums))
    return 0


def _print_rows(console: Console, rows: Sequence[tuple[str, str, str, str]]) -> None:
    if len(rows) > _LONG:
        widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (_HEADINGS, *rows)]
        console.out("\n".join(lines), highlight=False)
        return
    table = Table(*_HEADINGS, box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    table.columns[2].no_wrap = True
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)


def _dictionary(
    placement: Placement, devices: Sequence[Device], sums: Mapping[str, tuple[int, int]]
) -> dict[str, list[dict[str, str | int]]]:
    return {
        "devices": [
            {
                "name": device.name,
                "memory_limit_bytes": device.memory_limit,
                "operations": sums[device.name][0],
                "variable_bytes": sums[device.name][1],
            }
            for device in devices
        ],
        "operations": [
            {
                "name": op.name,
                "type": op.type,
                "device": name,
                "reason": placement.reasons.get(op, ""),
            }
            for op, name in placement.devices.items()
        ],
    }


def _totals_table(devices: Sequence[Device], sums: Mapping[str, tuple[int, int]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Device", no_wrap=True)
    for name in ("Operations", "Variables", "Memory limit"):
        table.add_column(name, justify="right", no_wrap=True)
    for device in devices:
        count, held = sums[device.name]
        # A CPU's limit is nominal: nothing enforces it.
        limit = "" if device.on_host else size(device.memory_limit)
        too_much = not device.on_host and held > device.memory_limit
        table.add_row(
            short_device(device.name),
            str(count),
            f"[red]{size(held)}[/]" if too_much else size(held),
            limit,
        )
    return table
