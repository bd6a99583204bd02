"""A small stand-in for the module of nvidia-ml-py."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


class NVMLError(Exception):
    """The base of NVML's errors."""


class NVMLErrorNotSupported(NVMLError):
    """A card that does not know the answer."""


@dataclass
class FakeGpu:
    """A card; what stands in `silent` raises NotSupported when it is asked for."""

    name: Any = "NVIDIA H200"
    uuid: str = "GPU-0001"
    bus: str = "00000000:3B:00.0"
    capability: tuple[int, int] = (9, 0)
    total: int = 141 << 30
    free: int = 140 << 30
    mig: tuple[str, ...] | None = None
    silent: set[str] = field(default_factory=set)


class FakeNvml:
    """The functions that `tfsession.devices.nvml` calls, over a list of cards."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, gpus: list[FakeGpu], *, broken: str = "", second_memory: bool = True):
        self.gpus = gpus
        self.broken = broken
        self.open = 0
        if second_memory:
            self.nvmlMemory_v2 = 0x02000028

    def nvmlInit(self) -> None:
        if self.broken:
            raise NVMLError(self.broken)
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlSystemGetDriverVersion(self) -> str:
        return "580.65.06"

    def nvmlSystemGetNVMLVersion(self) -> bytes:
        return b"13.580.65.06"

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:
        return 13020

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any:
        gpu = self.gpus[index]
        self._ask(gpu, "handle")
        return gpu

    def nvmlDeviceGetName(self, gpu: FakeGpu) -> Any:
        return self._ask(gpu, "name")

    def nvmlDeviceGetUUID(self, gpu: Any) -> str:
        return gpu if isinstance(gpu, str) else self._ask(gpu, "uuid")

    def nvmlDeviceGetPciInfo(self, gpu: FakeGpu) -> Any:
        return SimpleNamespace(busId=self._ask(gpu, "bus"))

    def nvmlDeviceGetCudaComputeCapability(self, gpu: FakeGpu) -> tuple[int, int]:
        return self._ask(gpu, "capability")

    def nvmlDeviceGetMemoryInfo(self, gpu: Any, version: int | None = None) -> Any:
        if isinstance(gpu, str):  # a MIG instance
            return SimpleNamespace(total=10 << 30, free=9 << 30, used=1 << 30)
        self._ask(gpu, "total")
        return SimpleNamespace(total=gpu.total, free=gpu.free, used=gpu.total - gpu.free)

    def nvmlDeviceGetUtilizationRates(self, gpu: FakeGpu) -> Any:
        self._ask(gpu, "utilisation")
        return SimpleNamespace(gpu=17, memory=3)

    def nvmlDeviceGetTemperature(self, gpu: FakeGpu, sensor: int) -> int:
        self._ask(gpu, "temperature")
        return 41

    def nvmlDeviceGetPowerUsage(self, gpu: FakeGpu) -> int:
        self._ask(gpu, "power")
        return 76500

    def nvmlDeviceGetEnforcedPowerLimit(self, gpu: FakeGpu) -> int:
        self._ask(gpu, "power")
        return 700000

    def nvmlDeviceGetMigMode(self, gpu: FakeGpu) -> list[int]:
        if gpu.mig is None:
            raise NVMLErrorNotSupported("no MIG")
        return [int(bool(gpu.mig)), 0]

    def nvmlDeviceGetMaxMigDeviceCount(self, gpu: FakeGpu) -> int:
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, gpu: FakeGpu, slot: int) -> str:
        if gpu.mig is None or slot >= len(gpu.mig):
            raise NVMLError("not found")
        return gpu.mig[slot]

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: FakeGpu) -> list[Any]:
        self._ask(gpu, "processes")
        return [SimpleNamespace(pid=4321, usedGpuMemory=None)]

    def _ask(self, gpu: FakeGpu, what: str) -> Any:
        if what in gpu.silent:
            raise NVMLErrorNotSupported(what)
        return getattr(gpu, what, None)
