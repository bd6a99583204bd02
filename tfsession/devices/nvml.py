"""What NVML says about the machine's GPUs: no CUDA context, and no failure where it is silent."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tfsession.devices.device import GpuProcess
from tfsession.devices.visible import normal_bus_id

_T = TypeVar("_T")


@dataclass(frozen=True)
class GpuDescription:
    """One physical GPU; a value is None where the driver or the card does not tell.

    Attributes:
      index: NVML's number of the GPU, which is neither CUDA's nor stable between reboots.
      name: product name.
      uuid: `GPU-<uuid>`.
      pci_bus_id: such as `00000000:3B:00.0`.
      compute_capability: major and minor.
      memory_total: bytes.
      memory_free: bytes.
      memory_used: bytes; whether the driver's own reserve counts depends on the driver.
      utilisation: percent of the last sample period in which a kernel ran.
      temperature: degrees Celsius.
      power: watts.
      power_limit: watts.
      mig_mode: whether the card is cut into MIG instances.
      mig_uuids: the instances, `MIG-<uuid>`.
      mig_memory: total and free bytes of those instances that tell, by UUID.
      numa_node: the host's memory node next to the card.
      processes: processes with a compute context on the card.
    """

    index: int
    name: str | None = None
    uuid: str | None = None
    pci_bus_id: str | None = None
    compute_capability: tuple[int, int] | None = None
    memory_total: int | None = None
    memory_free: int | None = None
    memory_used: int | None = None
    utilisation: int | None = None
    temperature: int | None = None
    power: float | None = None
    power_limit: float | None = None
    mig_mode: bool | None = None
    mig_uuids: tuple[str, ...] = ()
    mig_memory: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    numa_node: int | None = None
    processes: tuple[GpuProcess, ...] = ()


@dataclass(frozen=True)
class NvmlReport:
    """All GPUs of the machine, whatever `CUDA_VISIBLE_DEVICES` says.

    Attributes:
      driver_version: such as `580.65.06`.
      cuda_driver_version: the newest CUDA that the driver runs, major and minor.
      gpus: in NVML's order.
      nvml_version: of NVML's library, such as `13.580.65.06`.
      problem: why there is nothing to report; empty where NVML works.
    """

    driver_version: str | None = None
    cuda_driver_version: tuple[int, int] | None = None
    gpus: tuple[GpuDescription, ...] = ()
    problem: str = ""
    nvml_version: str | None = None


def query(pynvml: Any = None, *, measure: bool = True) -> NvmlReport:
    """Asks NVML for everything it knows.

    Args:
      pynvml: the module of nvidia-ml-py, imported here where it is not given.
      measure: whether to ask for what changes all the time as well: utilisation, temperature,
        power and processes. A card takes milliseconds to answer that.

    Returns:
      The report. A machine without a driver gives one with `problem` set, never an exception.
    """
    if pynvml is None:
        try:
            pynvml = importlib.import_module("pynvml")
        except ImportError as error:
            return NvmlReport(problem=f"nvidia-ml-py is not installed: {error}")
    try:
        pynvml.nvmlInit()
    except Exception as error:  # beside NVMLError there is NVMLLibraryMismatchError, a class apart
        return NvmlReport(problem=f"NVML does not start: {error}")
    try:
        return _report(pynvml, measure)
    finally:
        _optional(pynvml.nvmlShutdown)


def processes_on(pci_bus_id: str, pynvml: Any = None) -> tuple[GpuProcess, ...]:
    """Returns the processes with a compute context on a card; none where NVML does not tell.

    Args:
      pci_bus_id: the card, in any of the forms that CUDA and NVML use.
      pynvml: as for `query`.
    """
    wanted = normal_bus_id(pci_bus_id)
    for gpu in query(pynvml).gpus:
        if gpu.pci_bus_id is not None and normal_bus_id(gpu.pci_bus_id) == wanted:
            return gpu.processes
    return ()


def _report(nvml: Any, measure: bool) -> NvmlReport:
    number = _optional(lambda: int(nvml.nvmlSystemGetCudaDriverVersion_v2()))
    gpus = []
    for index in range(_optional(nvml.nvmlDeviceGetCount) or 0):
        handle = _optional(nvml.nvmlDeviceGetHandleByIndex, index)
        # A card that has fallen off the bus keeps its number and has no handle.
        if handle is not None:
            gpu = _describe(nvml, index, handle)
            gpus.append(_measure(nvml, handle, gpu) if measure else gpu)
    return NvmlReport(
        driver_version=_text(_optional(nvml.nvmlSystemGetDriverVersion)),
        cuda_driver_version=None if number is None else (number // 1000, number % 1000 // 10),
        gpus=tuple(gpus),
        nvml_version=_text(_optional(lambda: nvml.nvmlSystemGetNVMLVersion())),
    )


def _describe(nvml: Any, index: int, handle: Any) -> GpuDescription:
    memory = _memory(nvml, handle)
    capability = _optional(lambda: nvml.nvmlDeviceGetCudaComputeCapability(handle))
    mode = _optional(lambda: nvml.nvmlDeviceGetMigMode(handle))
    instances = _mig_instances(nvml, handle) if mode is not None and mode[0] else {}
    return GpuDescription(
        index=index,
        name=_text(_optional(lambda: nvml.nvmlDeviceGetName(handle))),
        uuid=_text(_optional(lambda: nvml.nvmlDeviceGetUUID(handle))),
        pci_bus_id=_text(_optional(lambda: nvml.nvmlDeviceGetPciInfo(handle).busId)),
        compute_capability=None if capability is None else (capability[0], capability[1]),
        memory_total=None if memory is None else int(memory.total),
        memory_free=None if memory is None else int(memory.free),
        memory_used=None if memory is None else int(memory.used),
        mig_mode=None if mode is None else bool(mode[0]),
        mig_uuids=tuple(instances),
        mig_memory={uuid: known for uuid, known in instances.items() if known is not None},
        numa_node=_optional(lambda: int(nvml.nvmlDeviceGetNumaNodeId(handle))),
    )


def _measure(nvml: Any, handle: Any, gpu: GpuDescription) -> GpuDescription:
    return replace(
        gpu,
        utilisation=_optional(lambda: int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)),
        temperature=_optional(
            lambda: int(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))
        ),
        power=_watts(lambda: nvml.nvmlDeviceGetPowerUsage(handle)),
        power_limit=_watts(lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle)),
        processes=_processes(nvml, handle),
    )


def _memory(nvml: Any, handle: Any) -> Any:
    # The second version keeps the driver's reserve apart from what is used; old drivers lack it.
    second = _optional(lambda: nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2))
    return second or _optional(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))


def _mig_instances(nvml: Any, handle: Any) -> dict[str, tuple[int, int] | None]:
    """Returns the memory of each MIG instance by its UUID, total and free bytes."""
    found: dict[str, tuple[int, int] | None] = {}
    for slot in range(_optional(lambda: nvml.nvmlDeviceGetMaxMigDeviceCount(handle)) or 0):
        instance = _optional(nvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, slot)
        uuid = None if instance is None else _optional(nvml.nvmlDeviceGetUUID, instance)
        if uuid is not None:
            memory = _memory(nvml, instance)
            known = None if memory is None else (int(memory.total), int(memory.free))
            found[str(_text(uuid))] = known
    return found


def _processes(nvml: Any, handle: Any) -> tuple[GpuProcess, ...]:
    running = _optional(lambda: nvml.nvmlDeviceGetComputeRunningProcesses(handle)) or []
    return tuple(
        GpuProcess(int(one.pid), one.usedGpuMemory, _program(nvml, int(one.pid))) for one in running
    )


def _program(nvml: Any, pid: int) -> str | None:
    return _text(_optional(lambda: nvml.nvmlSystemGetProcessName(pid)))


def _watts(ask: Callable[[], Any]) -> float | None:
    milliwatts = _optional(ask)
    return None if milliwatts is None else milliwatts / 1000


def _text(value: Any) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _optional(ask: Callable[..., _T], *arguments: Any) -> _T | None:
    """Returns what `ask` returns, or None where driver, card or module do not know."""
    try:
        return ask(*arguments)
    except Exception:  # errors of NVML, of a module without the function, of texts that are none
        return None
