"""`tfsession devices`: the CPU, every GPU of the machine, and which of them a session gets.

`--json` prints one object; with `--watch`, one such object on a line for every sample:

```
schema                      1; grows when a key changes its meaning or goes
cpu                         tensorflow_name, model, cores, memory_total_bytes,
                            memory_available_bytes
driver                      version, cuda_version
gpus[]
  index                     number in NVML's order, or of the simulated GPU
  tensorflow_name           "/device:GPU:0", or null where no session of this process gets it
  model  uuid  pci_bus_id   strings
  compute_capability        "9.0"
  memory_total_bytes  memory_free_bytes  memory_used_bytes
  utilisation_percent  temperature_celsius  power_watts  power_limit_watts
  mig_mode  mig_uuids       whether the card is cut into MIG instances, and which
  numa_node                 the host's memory node next to the card
  processes[]               pid, memory_bytes
  visible                   whether a session of this process gets it
  reason                    why not; "" where it is visible
  simulated                 whether it is only played
problems[]                  what, advice
```

A value that the driver does not tell is null.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table

from tfsession.cli.output import show
from tfsession.devices import simulated, visible
from tfsession.devices.device import GpuProcess, size_text
from tfsession.devices.lister import CudaLister, PhysicalGpu, SimulatedLister
from tfsession.devices.machine import Machine, Problem, cupy_problem, driver_problem
from tfsession.devices.nvml import GpuDescription, NvmlReport

SCHEMA = 1

_UNKNOWN = "?"


@dataclass(frozen=True)
class CpuDescription:
    """The machine's processor; sizes in bytes, None where the system does not tell."""

    model: str
    cores: int
    memory_total: int | None
    memory_available: int | None


@dataclass(frozen=True)
class GpuRow:
    """A GPU, and what it is for a session of this process.

    Attributes:
      gpu: what is known about it.
      number: TensorFlow's number of it; None where no session gets it.
      reason: why no session gets it.
      simulated: whether it is only played.
    """

    gpu: GpuDescription
    number: int | None
    reason: str = ""
    simulated: bool = False


@dataclass(frozen=True)
class DeviceReport:
    """All that `tfsession devices` shows.

    Attributes:
      cpu: the processor.
      driver_version: of NVIDIA's driver.
      cuda_driver_version: the newest CUDA that the driver runs.
      gpus: simulated ones first, then the machine's in NVML's order.
      problems: what keeps GPUs from being used.
      is_misconfigured: whether the first problem is a setting that cannot be read.
    """

    cpu: CpuDescription
    driver_version: str | None
    cuda_driver_version: tuple[int, int] | None
    gpus: tuple[GpuRow, ...]
    problems: tuple[Problem, ...]
    is_misconfigured: bool = False


# ---- asking ----


def describe_cpu() -> CpuDescription:
    """Returns what the system says about its processor and its memory."""
    affinity = getattr(os, "sched_getaffinity", None)
    memory = dict(_lines_of("/proc/meminfo"))
    return CpuDescription(
        model=dict(_lines_of("/proc/cpuinfo")).get("model name")
        or platform.processor()
        or platform.machine(),
        cores=len(affinity(0)) if affinity is not None else os.cpu_count() or 1,
        memory_total=_kibibytes(memory.get("MemTotal")),
        memory_available=_kibibytes(memory.get("MemAvailable")),
    )


def _lines_of(path: str) -> list[tuple[str, str]]:
    """Returns the `key: value` lines of a file of the kernel, none where it does not exist."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            pairs = [line.partition(":") for line in file]
    except OSError:
        return []
    return [(key.strip(), value.strip()) for key, _, value in pairs]


def _kibibytes(text: str | None) -> int | None:
    return None if text is None else int(text.split()[0]) << 10


def inspect_devices(machine: Machine | None = None) -> DeviceReport:
    """Asks the machine for its devices; allocates nothing on any of them.

    Args:
      machine: whom to ask; default this machine.
    """
    machine = machine or Machine()
    driver = machine.driver()
    report = machine.nvml() if driver else NvmlReport()
    cupy = machine.cupy()
    unusable = cupy_problem(cupy, report)
    problems = [one for one in (driver_problem(driver, report), unusable) if one is not None]
    real: list[GpuRow] = []
    if report.gpus:
        real = _rows(machine, report, "" if unusable is None else unusable.what)
    elif driver and unusable is None:
        real, failure = _rows_of_cuda(machine)
        problems += failure
    elif driver and not report.problem:
        problems.append(Problem("the driver finds no GPU", "run nvidia-smi"))
    text = machine.environ.get(simulated.ENVIRONMENT_VARIABLE, "")
    played: list[GpuRow] = []
    is_misconfigured = False
    if text:
        hidden = f"{simulated.ENVIRONMENT_VARIABLE}={text} replaces the real GPUs"
        real = [replace(row, number=None, reason=hidden) for row in real]
        try:
            played = _simulated_rows(text, machine.environ)
            # Nobody has asked for the machine's own GPUs.
            problems = []
        except ValueError as error:
            advice = f"correct or unset {simulated.ENVIRONMENT_VARIABLE}"
            problems.insert(0, Problem(str(error), advice))
            is_misconfigured = True
    return DeviceReport(
        cpu=describe_cpu(),
        driver_version=report.driver_version,
        cuda_driver_version=report.cuda_driver_version,
        gpus=(*played, *real),
        problems=tuple(problems),
        is_misconfigured=is_misconfigured,
    )


def _rows(machine: Machine, report: NvmlReport, unusable: str) -> list[GpuRow]:
    lister = CudaLister(
        machine.environ, touch_cuda=False, driver=lambda: True, report=lambda: report
    )
    seen = {} if unusable else {gpu.pci_bus_id: gpu for gpu in lister.physical_gpus()}
    rows = []
    for gpu in report.gpus:
        bus = gpu.pci_bus_id and visible.normal_bus_id(gpu.pci_bus_id)
        found = seen.get(bus) if bus else None
        if found is None:
            reason = unusable or _hidden(machine, report, gpu)
            rows.append(GpuRow(gpu, None, reason))
        else:
            rows.append(GpuRow(gpu, found.index))
    return rows


def _hidden(machine: Machine, report: NvmlReport, gpu: GpuDescription) -> str:
    """Returns why CUDA would not show a card."""
    if not (gpu.uuid and gpu.pci_bus_id):
        return "the driver does not tell its UUID or its bus"
    if "CUDA_VISIBLE_DEVICES" in machine.environ:
        return _hidden_by_variable(machine.environ)
    if any(one.mig_uuids for one in report.gpus):
        return "CUDA shows one MIG instance, and no other GPU beside it"
    return "CUDA does not show it"


def _hidden_by_variable(environ: Mapping[str, str]) -> str:
    return f"hidden by CUDA_VISIBLE_DEVICES={environ['CUDA_VISIBLE_DEVICES']!r}"


def _rows_of_cuda(machine: Machine) -> tuple[list[GpuRow], list[Problem]]:
    """Asks CUDA where NVML is silent: on Jetson boards, and where its library is broken."""
    try:
        cards = machine.cuda()
    except Exception as error:  # CUDA's errors have several classes, depending on the driver
        return [], [Problem(f"CUDA does not work: {error}", "run tfsession doctor")]
    return [
        GpuRow(
            GpuDescription(
                index,
                name=card.name,
                pci_bus_id=card.pci_bus_id,
                compute_capability=card.compute_capability,
            ),
            index,
        )
        for index, card in enumerate(cards)
    ], []


def _simulated_rows(text: str, environ: Mapping[str, str]) -> list[GpuRow]:
    """All simulated GPUs, also those that a variable hides."""
    lister = SimulatedLister(text, {})
    numbers = {gpu.uuid: gpu.index for gpu in SimulatedLister(text, environ).physical_gpus()}

    def described(gpu: PhysicalGpu) -> GpuDescription:
        total, free = lister.memory(gpu)
        return GpuDescription(
            gpu.index,
            name=gpu.name,
            uuid=gpu.uuid,
            pci_bus_id=gpu.pci_bus_id,
            compute_capability=gpu.compute_capability,
            memory_total=total,
            memory_free=free,
            memory_used=total - free,
        )

    return [
        GpuRow(
            described(gpu),
            numbers.get(gpu.uuid),
            "" if gpu.uuid in numbers else _hidden_by_variable(environ),
            simulated=True,
        )
        for gpu in lister.physical_gpus()
    ]


# ---- for programs ----


def as_dictionary(report: DeviceReport) -> dict[str, Any]:
    """Returns the report under the keys that the module's docstring lists."""
    return {
        "schema": SCHEMA,
        "cpu": {
            "tensorflow_name": "/device:CPU:0",
            "model": report.cpu.model,
            "cores": report.cpu.cores,
            "memory_total_bytes": report.cpu.memory_total,
            "memory_available_bytes": report.cpu.memory_available,
        },
        "driver": {
            "version": report.driver_version,
            "cuda_version": _dotted(report.cuda_driver_version),
        },
        "gpus": [_gpu_dictionary(row) for row in report.gpus],
        "problems": [{"what": one.what, "advice": one.advice} for one in report.problems],
    }


def _gpu_dictionary(row: GpuRow) -> dict[str, Any]:
    gpu = row.gpu
    return {
        "index": gpu.index,
        "tensorflow_name": None if row.number is None else f"/device:GPU:{row.number}",
        "model": gpu.name,
        "uuid": gpu.uuid,
        "pci_bus_id": gpu.pci_bus_id and visible.normal_bus_id(gpu.pci_bus_id),
        "compute_capability": _dotted(gpu.compute_capability),
        "memory_total_bytes": gpu.memory_total,
        "memory_free_bytes": gpu.memory_free,
        "memory_used_bytes": gpu.memory_used,
        "utilisation_percent": gpu.utilisation,
        "temperature_celsius": gpu.temperature,
        "power_watts": gpu.power,
        "power_limit_watts": gpu.power_limit,
        "mig_mode": gpu.mig_mode,
        "mig_uuids": list(gpu.mig_uuids),
        "numa_node": gpu.numa_node,
        "processes": [{"pid": one.pid, "memory_bytes": one.memory} for one in gpu.processes],
        "visible": row.number is not None,
        "reason": row.reason,
        "simulated": row.simulated,
    }


def _dotted(version: tuple[int, int] | None) -> str | None:
    return None if version is None else f"{version[0]}.{version[1]}"


# ---- for people ----


def size(count: int | None) -> str:
    """Returns bytes for reading.

    >>> size(150 << 30)
    '150.0 GiB'
    """
    return _UNKNOWN if count is None else size_text(count)


def render(report: DeviceReport, console: Console, height: int | None = None) -> RenderableType:
    """Returns the report as text and tables that fit the console's width.

    Args:
      report: what to show.
      console: where to show it.
      height: lines that there are; where the report has more, less is told about each GPU.
    """
    full = _render(report, console, short=False)
    if height is None or len(console.render_lines(full)) <= height:
        return full
    return _render(report, console, short=True)


def _render(report: DeviceReport, console: Console, short: bool) -> RenderableType:
    parts: list[RenderableType] = [_cpu_line(report.cpu)]
    if report.driver_version:
        cuda = _dotted(report.cuda_driver_version) or _UNKNOWN
        parts.append(f"[bold]Driver[/] {escape(report.driver_version)}, runs CUDA {cuda} and older")
    if report.gpus:
        wide = _wide_table(report.gpus)
        # The least width that breaks no line except in the columns that may fold.
        needed = Measurement.get(console, console.options.update(max_width=1 << 16), wide).minimum
        parts.append("")
        if short:
            parts += [_short_table(report.gpus), *_reasons(report.gpus)]
        elif needed <= console.width:
            parts += [wide, *_instances(report.gpus), *_reasons(report.gpus)]
        else:
            parts.append(_narrow_table(report.gpus))
    if report.problems:
        parts.append("")
        head = "" if any(row.number is not None for row in report.gpus) else "No GPU: "
        for one in report.problems:
            what = head + one.what if head else f"{one.what[0].upper()}{one.what[1:]}"
            parts.append(f"[yellow]{escape(what)}.[/]")
            parts.append(Padding(escape(_sentence(one.advice)), (0, 0, 0, 2), expand=False))
    return Group(*parts)


def _sentence(text: str) -> str:
    # A command to copy stays as it is.
    return text if text.startswith("pip ") else f"{text[0].upper()}{text[1:]}."


def _cpu_line(cpu: CpuDescription) -> str:
    memory = f"{size(cpu.memory_available)} of {size(cpu.memory_total)} memory available"
    cores = "1 core" if cpu.cores == 1 else f"{cpu.cores} cores"
    return f"[bold]CPU:0[/] {escape(cpu.model)}, {cores}, {memory}"


def _wide_table(rows: tuple[GpuRow, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("Index", "Device", "Visible", "Model", "UUID", "PCI bus", "Capability"):
        table.add_column(name, no_wrap=True)
    for name in ("Free", "Total", "Use", "Temp.", "Power"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("MIG", no_wrap=True)
    table.add_column("Processes", overflow="fold", min_width=len("Processes"))
    for row in rows:
        gpu = row.gpu
        table.add_row(
            str(gpu.index),
            _device(row),
            "no" if row.number is None else "yes",
            escape(gpu.name or _UNKNOWN),
            escape(gpu.uuid or _UNKNOWN),
            _bus(gpu),
            _dotted(gpu.compute_capability) or _UNKNOWN,
            size(gpu.memory_free),
            size(gpu.memory_total),
            _use(gpu),
            _temperature(gpu),
            _power(gpu),
            _mig(gpu),
            _processes(gpu.processes),
            style="" if row.number is not None else "dim",
        )
    return table


def _instances(rows: tuple[GpuRow, ...]) -> list[str]:
    return [
        f"Index {row.gpu.index} has the MIG instances {', '.join(map(escape, row.gpu.mig_uuids))}"
        for row in rows
        if row.gpu.mig_uuids
    ]


def _reasons(rows: tuple[GpuRow, ...]) -> list[str]:
    indices: dict[str, list[str]] = {}
    for row in rows:
        if row.number is None:
            indices.setdefault(row.reason, []).append(str(row.gpu.index))
    return [
        f"[yellow]Index {', '.join(found)} {'is' if len(found) == 1 else 'are'} not visible:"
        f" {escape(reason)}[/]"
        for reason, found in indices.items()
    ]


def _narrow_table(rows: tuple[GpuRow, ...]) -> Table:
    """Returns a table of a few lines for each GPU."""
    table = Table(show_lines=True)
    table.add_column("Device", no_wrap=True)
    table.add_column("GPU", overflow="fold", ratio=1)
    table.add_column("Memory", justify="right", no_wrap=True)
    table.add_column("Load", justify="right", no_wrap=True)
    for row in rows:
        gpu = row.gpu
        capability = _dotted(gpu.compute_capability) or _UNKNOWN
        lines = [
            f"{escape(gpu.name or _UNKNOWN)}, capability {capability}",
            escape(gpu.uuid or "UUID unknown"),
            f"{_bus(gpu)}, MIG {_mig(gpu)}",
            *map(escape, gpu.mig_uuids),
        ]
        if gpu.processes:
            lines.append(f"processes {_processes(gpu.processes)}")
        if row.number is None:
            lines.append(f"[yellow]not visible: {escape(row.reason)}[/]")
        load = [_use(gpu), _temperature(gpu), *_power(gpu).split(" / ")]
        known = [one for one in load if one != _UNKNOWN]
        table.add_row(
            f"{_device(row)}\nindex {gpu.index}",
            "\n".join(lines),
            f"{size(gpu.memory_free)}\nfree of\n{size(gpu.memory_total)}",
            "\n".join(known[:3] + [f"of {limit}" for limit in known[3:]]),
            style="" if row.number is not None else "dim",
        )
    return table


def _short_table(rows: tuple[GpuRow, ...]) -> Table:
    """Returns a table of one line for each GPU, with what changes."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("Index")
    table.add_column("Device", no_wrap=True)
    table.add_column("Model", no_wrap=True, overflow="ellipsis")
    for name in ("Free", "Total", "Use", "Temp.", "Power"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        gpu = row.gpu
        table.add_row(
            str(gpu.index),
            _device(row),
            escape(gpu.name or _UNKNOWN),
            size(gpu.memory_free),
            size(gpu.memory_total),
            _use(gpu),
            _temperature(gpu),
            _power(gpu).partition(" / ")[0],
            style="" if row.number is not None else "dim",
        )
    return table


def _device(row: GpuRow) -> str:
    return "-" if row.number is None else f"[bold]GPU:{row.number}[/]"


def _bus(gpu: GpuDescription) -> str:
    return visible.normal_bus_id(gpu.pci_bus_id) if gpu.pci_bus_id else _UNKNOWN


def _use(gpu: GpuDescription) -> str:
    return _UNKNOWN if gpu.utilisation is None else f"{gpu.utilisation} %"


def _temperature(gpu: GpuDescription) -> str:
    return _UNKNOWN if gpu.temperature is None else f"{gpu.temperature} C"


def _power(gpu: GpuDescription) -> str:
    if gpu.power is None:
        return _UNKNOWN
    limit = "" if gpu.power_limit is None else f" / {gpu.power_limit:.0f} W"
    return f"{gpu.power:.0f} W{limit}"


def _mig(gpu: GpuDescription) -> str:
    if gpu.mig_mode is None:
        return "none"
    return "on" if gpu.mig_mode else "off"


def _processes(processes: tuple[GpuProcess, ...]) -> str:
    return ", ".join(
        str(one.pid) if one.memory is None else f"{one.pid} ({size(one.memory)})"
        for one in processes
    )


# ---- the command ----


def show_devices(console: Console, as_json: bool, machine: Machine | None = None) -> int:
    """Prints the devices once; returns the exit code, 2 where a setting cannot be read."""
    report = inspect_devices(machine)
    if as_json:
        console.out(json.dumps(as_dictionary(report), indent=2), highlight=False)
    else:
        show(console, render(report, console))
    return 2 if report.is_misconfigured else 0


def watch_devices(
    console: Console,
    as_json: bool,
    seconds: float,
    machine: Machine | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Shows the devices again every `seconds` until the user interrupts; returns 0.

    A terminal has one view that changes; a file or a pipe gets one report after the other.
    """
    try:
        if as_json:
            while True:
                sample = as_dictionary(inspect_devices(machine))
                console.out(json.dumps(sample), highlight=False)
                console.file.flush()
                sleep(seconds)
        if not console.is_terminal:
            while True:
                show_devices(console, False, machine)
                console.file.flush()
                sleep(seconds)
        from rich.live import Live

        def view() -> RenderableType:
            # One line is left for the cursor.
            return render(inspect_devices(machine), console, console.height - 1)

        with Live(view(), console=console, auto_refresh=False) as live:
            while True:
                sleep(seconds)
                live.update(view(), refresh=True)
    except KeyboardInterrupt:
        return 0
