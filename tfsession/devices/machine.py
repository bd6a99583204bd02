"""What this machine offers for GPUs, and what it lacks, without loading CUDA.

Nothing here imports CuPy, except where NVML is silent although a driver is there.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tfsession.devices import lister, nvml

#: The CUDA releases that there is an extra for, newest first, and the oldest driver of each.
EXTRAS = {13: "580", 12: "525"}
#: The releases of CuPy that the extras bring.
CUPY_RELEASES = ">=14,<15"

_CUPY_DISTRIBUTIONS = {"cupy-cuda13x": 13, "cupy-cuda12x": 12, "cupy-cuda11x": 11, "cupy": None}


@dataclass(frozen=True)
class InstalledCupy:
    """CuPy as its package describes it.

    Attributes:
      distribution: name of the package, such as `cupy-cuda13x`; empty where no package is known.
      version: such as `14.2.0`; empty where no package is known.
      cuda: the major release of CUDA that it was built for; None where the name does not tell.
    """

    distribution: str = ""
    version: str = ""
    cuda: int | None = None


@dataclass(frozen=True)
class Problem:
    """Something that keeps GPUs from being used, and what to do about it."""

    what: str
    advice: str


def installed_version(distribution: str) -> str | None:
    """Returns the version of an installed package, or None."""
    from importlib import metadata  # twenty milliseconds that a machine without CuPy need not wait

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def installed_cupy() -> InstalledCupy | None:
    """Returns the CuPy that `import cupy` would load, without loading it; None without one."""
    if importlib.util.find_spec("cupy") is None:
        return None
    for distribution, cuda in _CUPY_DISTRIBUTIONS.items():
        version = installed_version(distribution)
        if version is not None:
            return InstalledCupy(distribution, version, cuda)
    return InstalledCupy()


@dataclass(frozen=True)
class Machine:
    """Whom to ask about the machine; tests put their own answers here.

    Attributes:
      environ: environment variables.
      driver: says whether an NVIDIA driver may be there.
      nvml: asks NVML.
      cuda: asks CUDA through CuPy.
      cupy: looks for CuPy's package.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    driver: Callable[[], bool] = lister.driver_present
    nvml: Callable[[], nvml.NvmlReport] = nvml.query
    cuda: Callable[[], list[lister.CudaCard]] = lister.query_cuda
    cupy: Callable[[], InstalledCupy | None] = installed_cupy


def version_numbers(text: str) -> tuple[int, ...]:
    """Returns the numbers of a version.

    >>> version_numbers("5.26.1rc1")
    (5, 26, 1)
    """
    match = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def misfit(version: str, releases: str) -> str:
    """Returns how a version misses a range of releases, "" where it is among them.

    >>> misfit("8.0", ">=6.31,<8")
    'too new: want one before 8'
    """
    lowest, _, before = releases.removeprefix(">=").partition(",<")
    numbers = version_numbers(version)
    if numbers < version_numbers(lowest):
        return f"older than {lowest}"
    if before and numbers >= version_numbers(before):
        return f"too new: want one before {before}"
    return ""


def cuda_extra(driver_cuda: tuple[int, int] | None, capability: tuple[int, int] | None) -> int:
    """Returns the CUDA release whose extra fits, the newest where nothing speaks against it.

    Args:
      driver_cuda: the newest CUDA that the driver runs.
      capability: the lowest compute capability among the GPUs.
    """
    # CUDA 13 has no code for GPUs before Turing.
    if capability is not None and capability < (7, 5):
        return 12
    return 12 if driver_cuda is not None and driver_cuda < (13, 0) else 13


def install_cupy(cuda: int) -> str:
    """Returns the command that installs what the extra of a CUDA release brings."""
    return f"pip install 'cupy-cuda{cuda}x[ctk]{CUPY_RELEASES}'"


def lowest_capability(report: nvml.NvmlReport) -> tuple[int, int] | None:
    """Returns the lowest compute capability among the GPUs, or None where none is known."""
    known = [gpu.compute_capability for gpu in report.gpus if gpu.compute_capability is not None]
    return min(known, default=None)


def driver_problem(driver: bool, report: nvml.NvmlReport) -> Problem | None:
    """Returns what is wrong with the driver or with NVML."""
    if not driver:
        return Problem(
            "no NVIDIA driver was found",
            f"install NVIDIA's driver ({EXTRAS[13]} or newer for CUDA 13, {EXTRAS[12]} or newer for"
            " CUDA 12); a container must be started with the GPUs, as in docker run --gpus all",
        )
    if "is not installed" in report.problem:
        return Problem(report.problem, "pip install nvidia-ml-py")
    if report.problem:
        return Problem(
            report.problem,
            "run nvidia-smi, which asks the same library; after an update of the driver, restart"
            " the machine",
        )
    return None


def cupy_problem(cupy: InstalledCupy | None, report: nvml.NvmlReport) -> Problem | None:
    """Returns why CuPy cannot use the driver, as far as versions tell."""
    capability = lowest_capability(report)
    extra = cuda_extra(report.cuda_driver_version, capability)
    install = install_cupy(extra)
    if cupy is None:
        return Problem("CuPy is not installed", install)
    if cupy.cuda is None:
        return None
    if cupy.cuda not in EXTRAS:
        return Problem(
            f"CuPy is built for CUDA {cupy.cuda}, which is too old",
            f"pip uninstall {cupy.distribution}, then {install}",
        )
    newest = report.cuda_driver_version
    if newest is not None and newest[0] < cupy.cuda:
        return Problem(
            f"CuPy is built for CUDA {cupy.cuda}, and the driver runs CUDA {newest[0]}.{newest[1]}"
            " at most",
            f"update the driver to {EXTRAS[cupy.cuda]} or newer, or pip uninstall"
            f" {cupy.distribution}, then {install}",
        )
    if capability is not None and cupy.cuda != extra and extra == 12:
        return Problem(
            f"CuPy is built for CUDA {cupy.cuda}, which has no code for GPUs of compute capability"
            f" {capability[0]}.{capability[1]}",
            f"pip uninstall {cupy.distribution}, then {install}",
        )
    return None
