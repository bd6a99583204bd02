"""From the machine and a ConfigProto to the devices of a session."""

from __future__ import annotations

import functools
import logging
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tfsession import errors
from tfsession.devices import forks, memory, nvml, simulated, visible
from tfsession.devices.cpu import CpuDevice
from tfsession.devices.device import LOCAL_TASK, Device, describe_gpu

if TYPE_CHECKING:
    from tfsession.protos import ConfigProto, GPUOptions

_LOGGER = logging.getLogger("tfsession")

#: One of these exists wherever an NVIDIA driver runs: Linux, Windows' Linux subsystem, Jetson.
_DRIVER_FILES = ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg", "/dev/nvhost-gpu")


@dataclass(frozen=True)
class PhysicalGpu:
    """A GPU that the process sees.

    Attributes:
      index: its number among the visible ones, CUDA's ordinal.
      name: product name.
      pci_bus_id: as CUDA writes it, such as `0000:3b:00.0`.
      compute_capability: major and minor.
      uuid: `GPU-<uuid>`, empty where nobody tells.
      simulated: whether it is only played.
    """

    index: int
    name: str
    pci_bus_id: str
    compute_capability: tuple[int, int]
    uuid: str = ""
    simulated: bool = False

    @property
    def description(self) -> str:
        """TensorFlow's line about the GPU."""
        return describe_gpu(self.index, self.name, self.pci_bus_id, self.compute_capability)


@dataclass(frozen=True)
class GpuPlan:
    """A GPU device of the session before it is opened.

    Attributes:
      index: TensorFlow's number.
      gpu: the card.
      part: which part of the card, 0 where it is not split.
      memory_limit: bytes.
      overhead: bytes of the limit that the CUDA context takes.
    """

    index: int
    gpu: PhysicalGpu
    part: int
    memory_limit: int
    overhead: int = 0


class DeviceLister(Protocol):
    """The seam to the machine's GPUs."""

    def physical_gpus(self) -> list[PhysicalGpu]:
        """Returns the visible GPUs in CUDA's order; none where no driver works."""

    def memory(self, gpu: PhysicalGpu) -> tuple[int, int]:
        """Returns the total and the free bytes of a GPU."""

    def context_bytes(self, gpu: PhysicalGpu) -> int:
        """Returns what the CUDA context of this process takes of a GPU, as far as it is known."""

    def open_gpu(self, plan: GpuPlan, *, reserve: bool, task: str) -> Device:
        """Makes the device, which may take all of its memory at once (`reserve`)."""


# ---- the listers ----


class SimulatedLister:
    """Simulated GPUs; `CUDA_VISIBLE_DEVICES` hides some of them, as it would real ones."""

    def __init__(self, text: str, environ: Mapping[str, str] = os.environ) -> None:
        """Reads `TFSESSION_SIMULATED_GPUS`.

        Raises:
          ValueError: the text has another form than `4x256MiB`.
        """
        memories = simulated.parse_simulated_gpus(text)
        uuids = [f"GPU-51300000-0000-0000-0000-{number:012x}" for number in range(len(memories))]
        seen = visible.visible_devices(environ.get("CUDA_VISIBLE_DEVICES"), uuids)
        self._memories = [memories[number] for number in seen]
        self._uuids = [uuids[number] for number in seen]

    def physical_gpus(self) -> list[PhysicalGpu]:
        """Returns the simulated GPUs that are visible."""
        return [
            PhysicalGpu(
                index,
                simulated.SIMULATED_NAME,
                simulated.simulated_bus_id(index),
                simulated.SIMULATED_CAPABILITY,
                uuid,
                simulated=True,
            )
            for index, uuid in enumerate(self._uuids)
        ]

    def memory(self, gpu: PhysicalGpu) -> tuple[int, int]:
        """Returns the memory of the card twice: nobody else uses it."""
        return self._memories[gpu.index], self._memories[gpu.index]

    def context_bytes(self, gpu: PhysicalGpu) -> int:
        """Returns 0: there is no driver."""
        return 0

    def open_gpu(self, plan: GpuPlan, *, reserve: bool, task: str) -> Device:
        """Makes a simulated device."""
        card = plan.gpu.index
        return simulated.SimulatedDevice(
            plan.index,
            plan.memory_limit,
            physical=card,
            budget=simulated.simulated_budget(card, plan.part, plan.memory_limit),
            reserve=reserve,
            task=task,
        )


def driver_present() -> bool:
    """Says whether an NVIDIA driver may be there, without loading anything."""
    if os.name == "nt":
        system = os.environ.get("SYSTEMROOT", r"C:\Windows")
        return os.path.exists(os.path.join(system, "System32", "nvcuda.dll"))
    return any(map(os.path.exists, _DRIVER_FILES))


def query_nvml() -> nvml.NvmlReport:
    """Asks NVML which cards there are, and not what they are doing."""
    return nvml.query(measure=False)


#: What the context of this process took of a card, by PCI bus id, seen when it was made.
_contexts: dict[str, int] = {}

#: More than any context takes: a larger difference is another process's.
_LARGEST_CONTEXT = 1 << 30


class CudaCard(NamedTuple):
    """What CUDA itself says about one of its devices."""

    name: str
    pci_bus_id: str
    compute_capability: tuple[int, int]
    memory_total: int = 0


def query_cuda() -> list[CudaCard]:
    """Asks CUDA, through CuPy, for the devices that this process sees.

    Raises:
      ImportError: CuPy is not installed.
      RuntimeError: CUDA does not work.
    """
    from cupy.cuda import runtime

    cards = []
    for ordinal in range(runtime.getDeviceCount()):
        properties = runtime.getDeviceProperties(ordinal)
        cards.append(
            CudaCard(
                properties["name"].decode(),
                runtime.deviceGetPCIBusId(ordinal),
                (properties["major"], properties["minor"]),
                int(properties["totalGlobalMem"]),
            )
        )
    return cards


class CudaLister:
    """The GPUs of NVIDIA's driver.

    NVML tells what a card is, and CUDA which cards there are and in which order; both are matched
    by PCI bus id, because their numbers differ.
    """

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        touch_cuda: bool = True,
        driver: Callable[[], bool] = driver_present,
        report: Callable[[], nvml.NvmlReport] = query_nvml,
        cards: Callable[[], list[CudaCard]] = query_cuda,
    ) -> None:
        """Prepares a lister; nothing is asked yet.

        Args:
          environ: where `CUDA_VISIBLE_DEVICES` is read, without `touch_cuda`.
          touch_cuda: whether to ask CUDA. It fixes the visible devices for the life of the
            process and cannot be followed by a fork; without it NVML and the variable answer,
            and CUDA is asked only where NVML does not work.
          driver: says whether a driver may be there.
          report: asks NVML.
          cards: asks CUDA.
        """
        self._environ = environ
        self._touch_cuda = touch_cuda
        self._driver = driver
        self._report = report
        self._cards = cards
        # Free bytes before this process had a context, by PCI bus id.
        self._free_before: dict[str, int] = {}
        # Bytes of the cards that CUDA has told of, by PCI bus id.
        self._totals: dict[str, int] = {}

    def physical_gpus(self) -> list[PhysicalGpu]:
        """Returns the visible GPUs; none, and a line in the log, where something is missing."""
        # The two usual ways of hiding all GPUs need nobody's answer.
        hidden = self._environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1")
        if hidden:
            return []
        if not self._driver():
            _LOGGER.info("No GPU is used: there is no NVIDIA driver on this machine.")
            return []
        report = self._report()
        if not (self._touch_cuda or report.problem):
            return self._visible_in(report)
        forks.check()
        try:
            cards = self._cards()
        except ImportError as error:
            _LOGGER.warning(
                "No GPU is used: CuPy is not installed (%s). Install the one for the"
                " driver's CUDA version: pip install 'cupy-cuda13x[ctk]' or 'cupy-cuda12x[ctk]'.",
                error,
            )
            return []
        except Exception as error:  # CUDA's errors have several classes, depending on the driver
            why = f" NVML: {report.problem}." if report.problem else ""
            _LOGGER.warning("No GPU is used: CUDA does not work (%s).%s", error, why)
            return []
        if report.problem:
            _LOGGER.info("GPUs are used without NVML, which does not work: %s", report.problem)
        described = _by_bus(report)
        self._totals = {visible.normal_bus_id(c.pci_bus_id): c.memory_total for c in cards}
        self._free_before = {
            bus: gpu.memory_free
            for bus, gpu in described.items()
            if gpu.memory_free is not None and not gpu.mig_mode
        }
        return [_join(number, card, described) for number, card in enumerate(cards)]

    def memory(self, gpu: PhysicalGpu) -> tuple[int, int]:
        """Returns total and free bytes, from CUDA if it may be asked: a MIG instance is a part."""
        if self._touch_cuda:
            import cupy

            forks.watch()
            with cupy.cuda.Device(gpu.index):
                free, total = cupy.cuda.runtime.memGetInfo()
            self._note_context(gpu, int(free))
            return int(total), int(free)
        described = _by_bus(self._report()).get(visible.normal_bus_id(gpu.pci_bus_id))
        if described is None:
            # What is free would take a context on the card to learn.
            total = self._totals.get(gpu.pci_bus_id, 0)
            return total, total
        if gpu.uuid in described.mig_memory:
            return described.mig_memory[gpu.uuid]
        return described.memory_total or 0, described.memory_free or 0

    def context_bytes(self, gpu: PhysicalGpu) -> int:
        """Returns what the card had less when the context was made; 0 where another made it."""
        return _contexts.get(gpu.pci_bus_id, 0)

    def _note_context(self, gpu: PhysicalGpu, free: int) -> None:
        taken = self._free_before.get(gpu.pci_bus_id, free) - free
        # A second session finds the context there.
        _contexts.setdefault(gpu.pci_bus_id, taken if 0 < taken <= _LARGEST_CONTEXT else 0)

    def open_gpu(self, plan: GpuPlan, *, reserve: bool, task: str) -> Device:
        """Makes a device on CuPy."""
        from tfsession.devices.gpu import GpuDevice

        return GpuDevice(
            plan.index,
            plan.gpu.index,
            plan.memory_limit,
            budget_key=(plan.gpu.pci_bus_id, plan.part),
            physical_description=plan.gpu.description,
            reserve=reserve,
            overhead=plan.overhead,
            processes=functools.partial(nvml.processes_on, plan.gpu.pci_bus_id),
            task=task,
        )

    def _visible_in(self, report: nvml.NvmlReport) -> list[PhysicalGpu]:
        known = [gpu for gpu in report.gpus if gpu.uuid and gpu.pci_bus_id]
        identities = [
            visible.GpuIdentity(
                gpu.uuid or "",
                gpu.pci_bus_id or "",
                gpu.compute_capability or (0, 0),
                gpu.memory_total or 0,
            )
            for gpu in known
        ]
        order = visible.enumeration_order(identities, self._environ.get("CUDA_DEVICE_ORDER"))
        entries = [
            (uuid, known[number])
            for number in order
            for uuid in (known[number].uuid or "", *known[number].mig_uuids)
        ]
        value = self._environ.get("CUDA_VISIBLE_DEVICES")
        seen = visible.visible_devices(value, [uuid for uuid, _ in entries])
        return [
            PhysicalGpu(
                index,
                entries[place][1].name or "",
                visible.normal_bus_id(entries[place][1].pci_bus_id or "0:0"),
                entries[place][1].compute_capability or (0, 0),
                entries[place][0],
            )
            for index, place in enumerate(seen)
        ]


def _by_bus(report: nvml.NvmlReport) -> dict[str, nvml.GpuDescription]:
    return {
        visible.normal_bus_id(gpu.pci_bus_id): gpu
        for gpu in report.gpus
        if gpu.pci_bus_id is not None
    }


def _join(
    ordinal: int, card: CudaCard, described: Mapping[str, nvml.GpuDescription]
) -> PhysicalGpu:
    bus = visible.normal_bus_id(card.pci_bus_id)
    found = described.get(bus)
    uuid = found.uuid if found is not None and found.uuid else ""
    return PhysicalGpu(ordinal, card.name, bus, card.compute_capability, uuid)


# ---- the devices of a session ----


def create_devices(
    config: ConfigProto,
    lister: DeviceLister | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    task: str = LOCAL_TASK,
) -> list[Device]:
    """Makes the devices of a session: CPUs first, then GPUs.

    Where the process sees no GPU, no GPU option is looked at. Sessions of one process may map the
    same GPU number to different cards, which TensorFlow 1.15 refuses.

    Args:
      config: `device_count` and `gpu_options` are read.
      lister: the machine; default the simulated GPUs of `TFSESSION_SIMULATED_GPUS` if it is set,
        the driver's otherwise.
      environ: environment variables.
      task: first part of the devices' names.

    Raises:
      NotFoundError: `device_count['CPU']` is not positive.
      InvalidArgumentError: `visible_device_list` or `virtual_devices` cannot be followed.
      UnknownError: `virtual_devices` does not fit the number of GPUs.
      InternalError: `allocator_type` is unknown, or unified memory is impossible.
      UnimplementedError: unified memory is asked for.
      ValueError: `TFSESSION_SIMULATED_GPUS` cannot be read.
    """
    devices: list[Device] = [CpuDevice(index, task=task) for index in range(cpu_count(config))]
    if lister is None:
        lister = _default_lister(environ)
    try:
        for plan in plan_gpus(config, lister):
            devices.append(_open(plan, lister, config.gpu_options, environ, task))
    except BaseException:
        for device in devices:
            device.close()
        raise
    return devices


def cpu_count(config: ConfigProto) -> int:
    """Returns how many CPU devices a session has.

    Raises:
      NotFoundError: `device_count['CPU']` is not positive.
      InvalidArgumentError: it is more than a session takes.
    """
    cpus: int = config.device_count.get("CPU", 1)
    if cpus <= 0:
        raise errors.NotFoundError.of("No CPU devices are available in this process")
    if cpus > simulated.MOST_DEVICES:
        raise errors.InvalidArgumentError.of(
            f"device_count['CPU']: {cpus}, want at most {simulated.MOST_DEVICES}"
        )
    return cpus


def _default_lister(environ: Mapping[str, str]) -> DeviceLister:
    text = environ.get(simulated.ENVIRONMENT_VARIABLE, "")
    return SimulatedLister(text, environ) if text else CudaLister(environ)


def _open(
    plan: GpuPlan,
    lister: DeviceLister,
    options: GPUOptions,
    environ: Mapping[str, str],
    task: str,
) -> Device:
    reserve = memory.reserve_at_once(options, environ)
    if options.allocator_type not in ("", "BFC"):
        _LOGGER.error("Invalid allocator type: %s", options.allocator_type)
        raise errors.InternalError.of(
            f"Failed to get memory allocator for TF GPU {plan.index}"
            f" with {plan.memory_limit} bytes of memory.",
        )
    device = lister.open_gpu(plan, reserve=reserve, task=task)
    _LOGGER.info(
        "Created TensorFlow device (%s with %d MB memory) -> physical GPU (%s)",
        device.name,
        device.memory_limit >> 20,
        device.physical_description,
    )
    return device


def plan_gpus(config: ConfigProto, lister: DeviceLister) -> list[GpuPlan]:
    """Decides the GPUs of a session, without opening any.

    Raises:
      InvalidArgumentError, UnknownError, InternalError, UnimplementedError: as `create_devices`.
    """
    wanted = config.device_count.get("GPU")
    if wanted is not None and wanted <= 0:
        return []
    physical = lister.physical_gpus()
    if not physical:
        return []
    options = config.gpu_options
    chosen = visible.parse_visible_device_list(options.visible_device_list, len(physical))
    used = len(chosen) if wanted is None else min(wanted, len(chosen))
    parts = [list(entry.memory_limit_mb) for entry in options.experimental.virtual_devices]
    if parts:
        _check_virtual_devices(options, used, len(chosen))
    plans: list[GpuPlan] = []
    for number, parts_of_card in zip(chosen, parts or [[]] * used, strict=False):
        gpu = physical[number]
        if not parts_of_card:
            limit, overhead = _whole_limit(gpu, lister, options)
            plans.append(GpuPlan(len(plans), gpu, 0, limit, overhead))
            continue
        limits = [_part_limit(megabytes) for megabytes in parts_of_card]
        plans += [GpuPlan(len(plans) + part, gpu, part, limit) for part, limit in enumerate(limits)]
    return plans


def _whole_limit(gpu: PhysicalGpu, lister: DeviceLister, options: GPUOptions) -> tuple[int, int]:
    """Returns the limit of a card that is not split, and what the context takes of it."""
    total, free = lister.memory(gpu)
    limit = memory.memory_limit(
        total,
        free,
        options,
        compute_capability=gpu.compute_capability,
        # A simulated card has no driver and no libraries that need a share of its memory.
        reserve=0 if gpu.simulated else None,
    )
    if memory.stated_limit(total, options) is None:
        # What is free is so beside the context.
        return limit, 0
    overhead = lister.context_bytes(gpu)
    if overhead * 2 > limit:
        _LOGGER.warning(
            "The CUDA context takes %d MB of the %d MB that the session may have of %s.",
            overhead >> 20,
            limit >> 20,
            gpu.description,
        )
    return limit, overhead


def _part_limit(megabytes: float) -> int:
    """Returns the bytes of a part of a card.

    Raises:
      InvalidArgumentError: it is no amount of memory.
    """
    if not 0 <= megabytes < math.inf:
        raise errors.InvalidArgumentError.of(
            f"virtual_devices.memory_limit_mb={megabytes!r} is no amount of memory;"
            " want 0 or more MiB for each part of the GPU",
        )
    return int(megabytes * (1 << 20))


def _check_virtual_devices(options: GPUOptions, used: int, visible_count: int) -> None:
    """Raises TensorFlow's errors, in its order, where `virtual_devices` does not fit."""
    entries = len(options.experimental.virtual_devices)
    if options.per_process_gpu_memory_fraction > 0:
        raise errors.InvalidArgumentError.of(
            "It's invalid to set per_process_gpu_memory_fraction when virtual_devices is set.",
        )
    if options.experimental.memory_limit_bytes:
        raise errors.InvalidArgumentError.of(
            "It's invalid to set memory_limit_bytes when virtual_devices is set."
        )
    if used < entries:
        raise errors.UnknownError.of(
            "Not enough GPUs to create virtual devices."
            f" num_gpus_to_use: {used} #virtual_devices: {entries}",
        )
    if options.visible_device_list and visible_count != entries:
        raise errors.InvalidArgumentError.of(
            "The number of GPUs in visible_device_list doesn't match the number of elements in the"
            f" virtual_devices list. #GPUs in visible_device_list: {visible_count}"
            f" virtual_devices.size(): {entries}",
        )
    if visible_count != entries:
        raise errors.UnknownError.of(
            "The number of valid GPUs doesn't match the number of elements in the virtual_devices"
            f" list. #valid GPUs: {visible_count} virtual_devices.size(): {entries}",
        )
