"""`tf.config.experimental`: the devices of this machine, and how their memory grows."""

from __future__ import annotations

from typing import Any, NamedTuple

from tfsession.names import absent
from tfsession.python.local_devices import list_local_devices

__all__ = [
    "get_memory_growth",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "set_memory_growth",
]

# What the device names of a session begin with.
_TASK = "/job:localhost/replica:0/task:0"


class PhysicalDevice(NamedTuple):
    """A device of this machine.

    Attributes:
      name: such as "/physical_device:GPU:0".
      device_type: "CPU" or "GPU".
    """

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device of a session.

    Attributes:
      name: such as "/job:localhost/replica:0/task:0/device:GPU:0".
      device_type: "CPU" or "GPU".
    """

    name: str
    device_type: str


# What `set_memory_growth` was told.
_growth: dict[PhysicalDevice, bool] = {}


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this machine, without starting CUDA on them.

    Args:
      device_type: "CPU" or "GPU"; all when None.

    Source: TensorFlow 1.15 `tf.config.experimental.list_physical_devices`.
    """
    return [
        PhysicalDevice(f"/physical_device{device.name.removeprefix('/device')}", device.device_type)
        for device in list_local_devices()
        if device_type in (None, device.device_type)
    ]


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices that a session would have.

    Args:
      device_type: "CPU" or "GPU"; all when None.

    Source: TensorFlow 1.15 `tf.config.experimental.list_logical_devices`.
    """
    return [
        LogicalDevice(f"{_TASK}{device.name}", device.device_type)
        for device in list_local_devices()
        if device_type in (None, device.device_type)
    ]


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that sessions may use: all; see `list_physical_devices`.

    Source: TensorFlow 1.15 `tf.config.experimental.get_visible_devices`.
    """
    return list_physical_devices(device_type)


def _known(device: Any) -> PhysicalDevice:
    """A device of this machine.

    Raises:
      ValueError: it is none.
    """
    if device not in list_physical_devices():
        raise ValueError(f"Unrecognized device: {device!r}")
    found: PhysicalDevice = device
    return found


def get_memory_growth(device: Any) -> bool:
    """Whether the memory of a GPU grows as it is needed, which it does unless told otherwise.

    Args:
      device: a PhysicalDevice.

    Raises:
      ValueError: it is no device of this machine.
      KeyError: it is no GPU.

    Source: TensorFlow 1.15 `tf.config.experimental.get_memory_growth`, where it does not.
    """
    if _known(device).device_type != "GPU":
        raise KeyError(device)
    return _growth.get(device, True)


def set_memory_growth(device: Any, enable: bool) -> None:
    """Says whether the memory of a GPU grows as it is needed.

    It always does, but for sessions whose `ConfigProto.gpu_options.allow_growth` is False.

    Args:
      device: a PhysicalDevice.
      enable: whether it does.

    Raises:
      ValueError: it is no GPU of this machine.

    Source: TensorFlow 1.15 `tf.config.experimental.set_memory_growth`.
    """
    if _known(device).device_type != "GPU":
        raise ValueError("Cannot set memory growth on non-GPU devices")
    _growth[device] = enable


absent.explain_in(__name__)
