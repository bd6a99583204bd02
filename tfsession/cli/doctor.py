"""`tfsession doctor`: which versions are installed, whether they fit each other, and what to do.

`--json` prints `{"schema": 1, "findings": [{"part", "version", "state", "detail", "advice"}]}`; a
`state` is `ok`, `optional` (not there, and not needed on this machine) or `problem`.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tfsession.cli.output import show
from tfsession.devices.machine import (
    CUPY_RELEASES,
    InstalledCupy,
    Machine,
    cuda_extra,
    cupy_problem,
    driver_problem,
    install_cupy,
    installed_version,
    lowest_capability,
    misfit,
    version_numbers,
)
from tfsession.devices.nvml import NvmlReport

SCHEMA = 1

State = Literal["ok", "optional", "problem"]

#: Packages that tfsession cannot do without: name, releases, and what it does.
PACKAGES = (
    ("numpy", ">=2.0", "arrays and kernels on the CPU"),
    ("protobuf", ">=6.31,<8", "GraphDef, ConfigProto and Example messages"),
    ("ml_dtypes", ">=0.4", "bfloat16"),
    ("absl-py", ">=2.0", "flags of programs"),
    ("google-crc32c", ">=1.5", "checksums of TFRecord files"),
    ("threadpoolctl", ">=3.1", "threads of NumPy's BLAS"),
    ("rich", ">=13.8", "these tables"),
    ("nvidia-ml-py", ">=12", "asks NVML"),
)


@dataclass(frozen=True)
class Finding:
    """One part of the installation.

    Attributes:
      part: its name.
      version: such as `14.2.0`; None where it is not there.
      state: whether that is good.
      detail: what it is for, or what is wrong with it.
      advice: what to do; empty where nothing is to be done.
    """

    part: str
    version: str | None
    state: State
    detail: str
    advice: str = ""


@dataclass(frozen=True)
class Probes:
    """How to look at what is installed; tests put their own answers here.

    Attributes:
      version: returns the version of an installed package, or None.
      library: loads `nvrtc` or `cublas` of a CUDA release and returns its version.
      try_gpu: computes something on the first GPU and returns what went wrong, or "".
    """

    version: Callable[[str], str | None] = installed_version
    library: Callable[[str, int], str | None] = lambda name, cuda: library_version(name, cuda)
    try_gpu: Callable[[], str] = lambda: try_gpu()


# ---- looking ----


def library_version(name: str, cuda: int) -> str | None:
    """Loads a library of CUDA where CuPy would find it.

    Args:
      name: `nvrtc` or `cublas`.
      cuda: major release of CUDA.

    Returns:
      Its version, or None where it is not found.
    """
    library = _load(name, cuda)
    try:
        return None if library is None else _ASK[name](library)
    except AttributeError:
        return None


def _load(name: str, cuda: int) -> Any:
    paths = []
    try:
        pathfinder = importlib.import_module("cuda.pathfinder")
        paths.append(str(pathfinder.load_nvidia_dynamic_lib(name).abs_path))
    except Exception:  # the loader is optional and raises its own errors where it finds nothing
        pass
    paths.append(f"{name}64_{cuda}.dll" if os.name == "nt" else f"lib{name}.so.{cuda}")
    for path in paths:
        try:
            return ctypes.CDLL(path)
        except OSError:
            continue
    return None


def _ask_nvrtc(library: Any) -> str:
    major, minor = ctypes.c_int(), ctypes.c_int()
    library.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return f"{major.value}.{minor.value}"


def _ask_cublas(library: Any) -> str:
    numbers = []
    for which in range(3):  # libraryPropertyType: MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL
        value = ctypes.c_int()
        library.cublasGetProperty(which, ctypes.byref(value))
        numbers.append(str(value.value))
    return ".".join(numbers)


_ASK: dict[str, Callable[[Any], str]] = {"nvrtc": _ask_nvrtc, "cublas": _ask_cublas}


def try_gpu() -> str:
    """Adds numbers on the first GPU with CuPy; returns what went wrong, or ""."""
    try:
        cupy = importlib.import_module("cupy")
        total = int((cupy.arange(4) + 1).sum())
    except Exception as error:  # whatever driver, CUDA and compiler may raise
        text = str(error).strip().partition("\n")[0]
        return f"{type(error).__name__}: {text}"
    return "" if total == 10 else f"1 + 2 + 3 + 4 gave {total}"


# ---- judging ----


def examine(machine: Machine | None = None, probes: Probes | None = None) -> list[Finding]:
    """Returns what is installed and whether it fits, part by part.

    Args:
      machine: whom to ask about driver and GPUs; default this machine.
      probes: how to look at packages and libraries.
    """
    machine, probes = machine or Machine(), probes or Probes()
    driver = machine.driver()
    report = machine.nvml() if driver else NvmlReport()
    cupy = machine.cupy()
    system = platform.system()
    findings = [
        Finding(
            "Python",
            platform.python_version(),
            "ok",
            f"{system} on {platform.machine()}",
        ),
        Finding("tfsession", probes.version("tfsession"), "ok", "version of the package"),
        *(_package(probes, *package) for package in PACKAGES),
        *_driver(driver, report),
    ]
    findings.append(_cupy(cupy, report, driver))
    cuda = cupy.cuda if cupy is not None else None
    if cupy is None or cuda is None:
        cuda = cuda_extra(report.cuda_driver_version, lowest_capability(report))
    usable = driver and findings[-1].state == "ok"
    findings += [
        _library(probes, "NVRTC", "nvrtc", cuda, usable, "compiles tfsession's CUDA kernels"),
        _library(probes, "cuBLAS", "cublas", cuda, usable, "matrix products on the GPU"),
    ]
    if usable and report.gpus:
        findings.append(_attempt(probes))
    return findings


def _package(probes: Probes, name: str, releases: str, purpose: str) -> Finding:
    version = probes.version(name)
    problem = "not installed" if version is None else misfit(version, releases)
    if problem:
        install = f"pip install '{name}{releases}'"
        return Finding(name, version, "problem", f"{problem}; {purpose}", install)
    return Finding(name, version, "ok", purpose)


def _driver(driver: bool, report: NvmlReport) -> list[Finding]:
    problem = driver_problem(driver, report)
    if problem is not None:
        state: State = "problem" if driver else "optional"
        detail = problem.what if driver else "not found: everything runs on the CPU"
        return [Finding("NVIDIA driver", report.driver_version, state, detail, problem.advice)]
    newest = report.cuda_driver_version
    cuda = None if newest is None else f"{newest[0]}.{newest[1]}"
    names = ", ".join(gpu.name or "unknown GPU" for gpu in report.gpus) or "no GPU"
    found = [Finding("NVIDIA driver", report.driver_version, "ok", names)]
    if newest is not None and newest[0] < 12:
        found.append(
            Finding("CUDA of the driver", cuda, "problem", "older than 12", "update the driver")
        )
    else:
        found.append(Finding("CUDA of the driver", cuda, "ok", "the newest CUDA that it runs"))
    found.append(Finding("NVML", report.nvml_version, "ok", "what the GPUs are and do"))
    return found


def _cupy(cupy: InstalledCupy | None, report: NvmlReport, driver: bool) -> Finding:
    problem = cupy_problem(cupy, report)
    version = None if cupy is None else cupy.version or "unknown"
    purpose = "arrays and kernels on the GPU"
    if problem is not None:
        # Without a driver nobody needs it; CuPy for another CUDA does no harm there either.
        return Finding(
            "CuPy",
            version,
            "problem" if driver else "optional",
            f"{problem.what}; {purpose}",
            problem.advice if driver else "",
        )
    if cupy is not None and cupy.version:
        unfit = misfit(cupy.version, CUPY_RELEASES)
        if unfit:
            advice = f"pip install '{cupy.distribution}[ctk]{CUPY_RELEASES}'"
            return Finding("CuPy", version, "problem", unfit, advice)
    if cupy is not None and cupy.distribution:
        purpose += f" ({cupy.distribution})"
    return Finding("CuPy", version, "ok", purpose)


def _library(
    probes: Probes, part: str, name: str, cuda: int, needed: bool, purpose: str
) -> Finding:
    version = probes.library(name, cuda)
    install = install_cupy(cuda)
    if version is None:
        state: State = "problem" if needed else "optional"
        return Finding(part, None, state, f"not found; {purpose}", install if needed else "")
    if needed and version_numbers(version)[0] != cuda:
        detail = f"of CUDA {version_numbers(version)[0]}, CuPy is built for CUDA {cuda}"
        return Finding(part, version, "problem", detail, install)
    return Finding(part, version, "ok", purpose)


def _attempt(probes: Probes) -> Finding:
    failure = probes.try_gpu()
    if failure:
        advice = "tfsession devices shows which GPUs are visible; nvidia-smi shows who uses them"
        return Finding("A sum on the GPU", None, "problem", failure, advice)
    return Finding("A sum on the GPU", None, "ok", "right")


# ---- the command ----

_MARKS: dict[State, str] = {
    "ok": "[green]ok[/]",
    "optional": "[dim]optional[/]",
    "problem": "[red]problem[/]",
}


def show_doctor(
    console: Console,
    as_json: bool,
    machine: Machine | None = None,
    probes: Probes | None = None,
) -> int:
    """Prints the findings and returns the exit code: 1 where there is a problem."""
    findings = examine(machine, probes)
    if as_json:
        listed = [vars(finding) for finding in findings]
        console.out(json.dumps({"schema": SCHEMA, "findings": listed}, indent=2), highlight=False)
    else:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        table.add_column("Part", no_wrap=True)
        table.add_column("Version", overflow="fold")
        table.add_column("State", no_wrap=True)
        table.add_column("Detail", overflow="fold")
        for one in findings:
            table.add_row(one.part, one.version or "-", _MARKS[one.state], escape(one.detail))
        show(console, table)
        advised = [one for one in findings if one.advice]
        if advised:
            console.print()
        for one in advised:
            # One line for each, however long: commands are there to be copied.
            line = f"[bold]{one.part}[/]: {escape(one.advice)}"
            console.print(line, highlight=False, soft_wrap=True)
    return int(any(finding.state == "problem" for finding in findings))
