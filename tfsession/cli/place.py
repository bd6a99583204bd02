"""`tfsession place`: where a session would put the operations of a graph, and why.

The graph is a saved GraphDef, or that of a script. GPUs are simulated, so a placement on eight of
them can be planned where there is none. `--json` prints
`{"schema": 1, "devices": [{"name", "memory_limit_bytes", "operations", "variable_bytes"}],
"copies": [{"tensor", "source", "target", "bytes", "readers"}],
"operations": [{"name", "type", "device", "reason"}]}`; `copies` is null where it is not known what
would be copied, and so are the `bytes` of a tensor whose shape is not known.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import DecodeError
from rich.console import Console

from tfsession import errors
from tfsession.cli.config import parse_config
from tfsession.cli.devices import size
from tfsession.cli.run import finish
from tfsession.cli.script_graph import ScriptGraph, graph_of_script
from tfsession.compile.kernel_table import load_kernels
from tfsession.compile.lower import lower
from tfsession.compile.place import Placement, place
from tfsession.compile.program import short_device
from tfsession.compile.prune import prune
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
from tfsession.graph.graph import Graph
from tfsession.graph.importer import import_graph_def
from tfsession.protos import ConfigProto, GraphDef
from tfsession.report import placement_picture
from tfsession.report.placement import (
    DeviceCopy,
    PlacementReport,
    copies_text,
    device_copies,
    device_totals,
    devices_text,
    ops_text,
    placed_ops,
)
from tfsession.resources.containers import ResourceManager

SCHEMA = 1

#: Columns of what goes to a file or a pipe: a line for each operation, so that one can search.
_ONE_LINE = 1 << 16


class PlaceError(Exception):
    """What cannot be placed; the text says why. The exit code is 1."""

    exit_code = 1


class ReadError(PlaceError):
    """A file or an argument cannot be read; the text says which and why. The exit code is 2."""

    exit_code = 2


# ---- reading ----


def read_graph_def(path: str) -> GraphDef:
    """Reads a GraphDef, as text where the name ends with `.pbtxt` or `.txt`.

    Raises:
      ReadError: the file cannot be read, or is no GraphDef.
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
        raise ReadError(f"{path}: {error.strerror}") from None
    except text_format.ParseError as error:
        raise ReadError(f"{path}:{error}") from None
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: not a GraphDef in text form ({error})") from None
    except DecodeError as error:
        if not path.endswith(".pb"):
            raise ReadError(f"{path}: not a graph; want .pb, .pbtxt or .py") from None
        raise ReadError(f"{path}: not a GraphDef in binary form ({error})") from None
    if content and not message.node:
        raise ReadError(f"{path}: a GraphDef without nodes, or another kind of file")
    return message


def read_config(path: str | None) -> ConfigProto:
    """Reads a ConfigProto text file; None for the default config.

    Raises:
      ReadError: the file cannot be read, or has a mistake.
    """
    if path is None:
        return ConfigProto()
    try:
        with open(path, encoding="utf-8") as file:
            config, mistake = parse_config(file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if mistake is not None:
        raise ReadError(f"{path}:{mistake.line}:{mistake.column}: {mistake.message}")
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

    def context_bytes(self, gpu: PhysicalGpu) -> int:
        """Returns what the other lister says."""
        return self._lister.context_bytes(gpu)

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
      ReadError: `text` has another form, or the config does not fit the devices.
    """
    if text is None:
        played = environ.get(simulated.ENVIRONMENT_VARIABLE, "")
        real = CudaLister(environ, touch_cuda=False)
        lister: DeviceLister = SimulatedLister(played, environ) if played else PlannedLister(real)
        return _devices(config, lister)
    cpus, gpus = _parse_devices(text)
    own = ConfigProto()
    own.CopyFrom(config)
    if cpus is not None:
        own.device_count["CPU"] = cpus
    if not gpus:
        own.device_count["GPU"] = 0
    try:
        lister = SimulatedLister(gpus or "1", {})
    except ValueError as error:
        message = str(error).replace(simulated.ENVIRONMENT_VARIABLE, "--devices gpu")
        raise ReadError(message) from None
    return _devices(own, lister)


def _parse_devices(text: str) -> tuple[int | None, str]:
    """Returns the number of CPUs, None where nothing is said, and the GPUs to simulate."""
    cpus, gpus = None, []
    for entry in text.split(","):
        match = re.fullmatch(r"\s*(cpu|gpu)(?::(.+?))?\s*", entry, re.IGNORECASE)
        if match is None:
            raise ReadError(f"--devices: {entry!r} in {text!r}; want cpu:2, gpu:8 or gpu:8x24GiB")
        kind, amount = match[1].lower(), match[2] or "1"
        if kind == "gpu":
            gpus.append(amount)
        elif amount.isdigit() and int(amount) > 0:
            cpus = int(amount)
        else:
            raise ReadError(f"--devices: {entry!r} in {text!r}; want a number of CPUs")
    return cpus, ",".join(gpus)


def script_environment(
    text: str | None, environ: Mapping[str, str] = os.environ
) -> dict[str, str | None]:
    """Returns what to set for a script, None to unset, so that it sees GPUs as they are planned.

    The arguments are those of `planned_devices`.
    """
    if text is not None:
        _, gpus = _parse_devices(text)
    elif environ.get(simulated.ENVIRONMENT_VARIABLE):
        return {}
    else:
        real = CudaLister(environ, touch_cuda=False)
        sizes = [real.memory(gpu)[0] for gpu in real.physical_gpus()]
        gpus = ",".join(f"1x{one >> 10}KiB" for one in sizes)
    return {
        simulated.ENVIRONMENT_VARIABLE: gpus or None,
        "CUDA_VISIBLE_DEVICES": None if gpus else "-1",
    }


def _devices(config: ConfigProto, lister: DeviceLister) -> list[Device]:
    try:
        return create_devices(config, lister, {})
    except errors.OpError as error:
        raise ReadError(f"{type(error).__name__}: {error.message}") from None


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
    except errors.OpError as error:
        raise PlaceError(f"{type(error).__name__}: {error.message}") from None
    except (ValueError, TypeError) as error:
        raise PlaceError(str(error)) from None
    return place_graph(graph, devices, allow_soft_placement)


def place_graph(
    graph: Graph, devices: Sequence[Device], allow_soft_placement: bool = False
) -> Placement:
    """Places every operation of a graph.

    Raises:
      PlaceError: the placement contradicts itself.
    """
    load_kernels()
    operations = graph.get_operations()
    try:
        placement = place(operations, devices, allow_soft_placement)
    except errors.OpError as error:
        raise PlaceError(f"{type(error).__name__}: {error.message}") from None
    # Readers look for operations where the graph has them, not in the order of decisions.
    devices_of = {op: placement.devices[op] for op in operations}
    return Placement(devices_of, placement.reasons, placement.moved)


def planned_copies(
    placement: Placement, devices: Sequence[Device]
) -> tuple[DeviceCopy, ...] | None:
    """Returns what is copied between devices where every operation runs once.

    Placeholders are fed, and nothing is fetched. None where the operations do not make a program,
    as where a graph has a part of a loop only.
    """
    feeds = [op.outputs[0] for op in placement.devices if op.op_def_.is_fed]
    others = [op for op in placement.devices if not op.op_def_.is_fed]
    named = {device.name: device for device in devices}
    try:
        operations = prune(others, feeds)
        program = lower(
            operations, [], feeds, placement.devices, named, ResourceManager(), required=others
        )
    except (errors.OpError, ValueError, LookupError):  # the last of loops without their ends
        return None
    return device_copies(program, feeds, devices[0].name)


# ---- the command ----


def show_placement(
    console: Console,
    graph: str,
    devices: str | None = None,
    config: str | None = None,
    as_json: bool = False,
    only_totals: bool = False,
    arguments: Sequence[str] = (),
    pictures: Mapping[str, str] | None = None,
) -> int:
    """Prints the placement of a graph and returns the exit code.

    Args:
      console: where to print.
      graph: path of a GraphDef, or of a script, which ends with `.py`.
      devices: as for `planned_devices`.
      config: path of a ConfigProto text file; without one, a script's session has its own.
      as_json: for programs.
      only_totals: leave the operations out.
      arguments: of the script.
      pictures: files to write, by their kind: `svg` or `html`.

    Raises:
      PlaceError: something cannot be read or placed.
    """
    options = read_config(config)
    planned = planned_devices(devices, options)
    if graph.endswith(".py"):
        _check_script(graph)
        environ = script_environment(devices)
        built: list[ScriptGraph] = []
        code = finish(lambda: built.append(graph_of_script(graph, arguments, environ)))
        if code:
            return code
        if config is None:
            options = built[0].config
            planned = planned_devices(devices, options)
        if not built[0].graph.get_operations():
            raise PlaceError(f"{graph}: the script ended without a session, and made no operations")
        placement = place_graph(built[0].graph, planned, options.allow_soft_placement)
    elif arguments:
        raise ReadError(f"{graph}: arguments are for scripts, which end with .py")
    else:
        placement = place_graph_def(read_graph_def(graph), planned, options.allow_soft_placement)
    _draw(placement, planned, os.path.basename(graph), pictures or {})
    copies = planned_copies(placement, planned)
    names = [device.name for device in planned]
    report = PlacementReport(
        placed_ops(placement.devices, placement),
        copies or (),
        device_totals(placement.devices, names, copies or ()),
    )
    if as_json:
        found = _dictionary(report, planned, knows_copies=copies is not None)
        console.out(json.dumps(found, indent=2), highlight=False)
        return 0
    is_wide = not console.is_terminal and "COLUMNS" not in os.environ
    width = _ONE_LINE if is_wide else console.width
    parts = [devices_text(report.devices), *_limits(planned), *_notes(report, planned)]
    if copies is None:
        parts.append("The copies are not known: the operations do not make a program.")
    if not only_totals:
        parts += [copies_text(copies, width)] if copies else []
        parts.append(ops_text(report.ops, width))
    console.out("\n\n".join(parts), highlight=False)
    return 0


def _check_script(path: str) -> None:
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise ReadError(f"{path}: {error.strerror}") from None


def _draw(
    placement: Placement, devices: Sequence[Device], title: str, files: Mapping[str, str]
) -> None:
    draw = {"svg": placement_picture.svg, "html": placement_picture.html}
    for kind, path in files.items():
        text = draw[kind](placement, [device.name for device in devices], title)
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise ReadError(f"{path}: {error.strerror}") from None


def _dictionary(
    report: PlacementReport, devices: Sequence[Device], knows_copies: bool
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "devices": [
            {
                "name": device.name,
                "memory_limit_bytes": device.memory_limit,
                "operations": sums.operations,
                "variable_bytes": sums.variable_bytes,
            }
            for device, sums in zip(devices, report.devices, strict=True)
        ],
        "copies": [
            {
                "tensor": copy.tensor,
                "source": copy.source,
                "target": copy.target,
                "bytes": copy.bytes,
                "readers": list(copy.readers),
            }
            for copy in report.copies
        ]
        if knows_copies
        else None,
        "operations": [
            {"name": op.name, "type": op.type, "device": op.device, "reason": op.reason}
            for op in report.ops
        ],
    }


def _limits(devices: Sequence[Device]) -> Iterator[str]:
    names: dict[int, list[str]] = {}
    for device in devices:
        if not device.on_host:  # a CPU's limit is nominal: nothing enforces it
            names.setdefault(device.memory_limit, []).append(short_device(device.name))
    for limit, those in names.items():
        yield f"Memory limit of {', '.join(those)}: {size(limit)}"


def _notes(report: PlacementReport, devices: Sequence[Device]) -> Iterator[str]:
    yield from report.notes()
    for device, sums in zip(devices, report.devices, strict=True):
        if not device.on_host and sums.variable_bytes > device.memory_limit:
            yield f"The variables of {short_device(device.name)} do not fit into its memory."
