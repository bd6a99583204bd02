"""Which GPUs a process and a session see.

`CUDA_VISIBLE_DEVICES` and `CUDA_DEVICE_ORDER` decide for the process, `visible_device_list` for a
session. Pure functions of text and lists: a process can know its GPUs before it touches CUDA.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tfsession import errors

_INT32 = range(-(1 << 31), 1 << 31)


@dataclass(frozen=True)
class GpuIdentity:
    """What decides the place of a GPU in CUDA's enumeration.

    Attributes:
      uuid: `GPU-<uuid>`, or `MIG-<...>` for a MIG instance.
      pci_bus_id: such as `00000000:3B:00.0`; libraries differ in the width of the first part.
      compute_capability: major and minor.
      memory_total: bytes.
    """

    uuid: str
    pci_bus_id: str
    compute_capability: tuple[int, int] = (0, 0)
    memory_total: int = 0


def normal_bus_id(text: str) -> str:
    """Returns a PCI bus id with a domain of four digits, in lower case.

    NVML writes the domain with eight digits and CUDA with four. What is no bus id, as boards and
    virtual machines may tell, only matches itself.

    >>> normal_bus_id("00000000:3B:00.0")
    '0000:3b:00.0'
    """
    lower = text.strip().lower()
    match = re.fullmatch(r"([0-9a-f]+):(.+)", lower)
    return lower if match is None else f"{int(match[1], 16):04x}:{match[2]}"


def enumeration_order(gpus: Sequence[GpuIdentity], order: str | None) -> list[int]:
    """Returns indices of `gpus` in the order in which CUDA numbers them.

    Args:
      gpus: all GPUs of the machine.
      order: value of `CUDA_DEVICE_ORDER`. `PCI_BUS_ID` sorts by bus. Anything else means
        `FASTEST_FIRST`, whose heuristic NVIDIA does not publish: here the most capable GPU
        comes first and the rest stay in bus order.
    """
    by_bus = sorted(range(len(gpus)), key=lambda index: normal_bus_id(gpus[index].pci_bus_id))
    if order == "PCI_BUS_ID" or not by_bus:
        return by_bus
    fastest = max(
        by_bus, key=lambda index: (gpus[index].compute_capability, gpus[index].memory_total)
    )
    return [fastest, *(index for index in by_bus if index != fastest)]


def visible_devices(value: str | None, uuids: Sequence[str]) -> list[int]:
    """Returns the devices that `CUDA_VISIBLE_DEVICES` leaves, as indices in its own order.

    The list ends at its first invalid entry; its first entry fixes the kind (number, `GPU-` or
    `MIG-`) of the others; a device named twice leaves none. A MIG instance hides all whole GPUs,
    and only one instance is ever enumerated.

    Args:
      value: the variable, or None where it is not set.
      uuids: the devices in enumeration order.

    Source: CUDA programming guide, environment variables; duplicates and mixed kinds as in the
      parsers of PyTorch and nvitop.

    >>> visible_devices("2,0,-1,1", ["GPU-a", "GPU-b", "GPU-c"])
    [2, 0]
    """
    instances = [index for index, uuid in enumerate(uuids) if uuid.startswith("MIG-")]
    if value is None:
        return instances[:1] or list(range(len(uuids)))
    entries = [entry.strip() for entry in value.split(",")]
    kind = _kind(entries[0])
    chosen: list[int] = []
    for entry in entries:
        index = _find(entry, kind, uuids) if _kind(entry) == kind else None
        if index is None:
            break
        if index in chosen:
            return []
        chosen.append(index)
    if instances:
        return [index for index in chosen if index in instances][:1]
    return chosen


def _kind(entry: str) -> str:
    return next((prefix for prefix in ("GPU-", "MIG-") if entry.startswith(prefix)), "number")


def _find(entry: str, kind: str, uuids: Sequence[str]) -> int | None:
    if kind == "number":
        # The driver reads numbers as strtoul does: up to the first character that is no digit.
        digits = re.match(r"\+?(\d+)", entry)
        index = int(digits[1]) if digits else len(uuids)
        return index if index < len(uuids) else None
    found = [index for index, uuid in enumerate(uuids) if uuid.startswith(entry)]
    return found[0] if len(found) == 1 else None


def parse_visible_device_list(text: str, count: int) -> list[int]:
    """Returns the physical GPU of each GPU of the session, from `GPUOptions.visible_device_list`.

    Args:
      text: comma list of numbers among the `count` GPUs that `CUDA_VISIBLE_DEVICES` left; empty
        for all of them.
      count: number of those GPUs.

    Raises:
      InvalidArgumentError: an entry is no number, names no GPU, or comes twice.
    """
    if not text:
        return list(range(count))
    chosen: list[int] = []
    for entry in text.split(","):
        if re.fullmatch(r"\s*-?[0-9]+\s*", entry) is None or int(entry) not in _INT32:
            raise errors.InvalidArgumentError.of(
                f"Could not parse entry in 'visible_device_list': '{entry}'."
                f" visible_device_list = {text}",
            )
        if not 0 <= int(entry) < count:
            raise errors.InvalidArgumentError.of(
                f"'visible_device_list' listed an invalid GPU id '{int(entry)}'"
                f" but visible device count is {count}",
            )
        chosen.append(int(entry))
    if len(set(chosen)) < len(chosen):
        raise errors.InvalidArgumentError.of(
            f"visible_device_list contained a duplicate entry: {text}"
        )
    return chosen
