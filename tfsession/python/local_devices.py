"""The devices of this machine, as `tensorflow.python.client.device_lib` lists them."""

from __future__ import annotations

import os
from typing import Any

from tfsession.devices import simulated
from tfsession.devices.cpu import CPU_MEMORY_LIMIT
from tfsession.devices.device import new_incarnation
from tfsession.devices.lister import (
    CudaLister,
    DeviceLister,
    SimulatedLister,
    cpu_count,
    plan_gpus,
)
from tfsession.protos import ConfigProto, DeviceAttributes


def list_local_devices(session_config: Any = None) -> list[Any]:
    """Lists the devices that a session would have.

    The GPUs are asked through NVML: nothing is allocated on them, and CUDA is not started, so that
    a script may still set `CUDA_VISIBLE_DEVICES`. Where NVML does not work, CUDA is asked, and no
    context is made.

    Args:
      session_config: the ConfigProto of the session; the default one when None.

    Returns:
      DeviceAttributes messages, CPUs first, with names such as `/device:GPU:0` and
      `memory_limit` in bytes.

    Raises:
      NotFoundError: `device_count['CPU']` is not positive.
      InvalidArgumentError: a GPU option cannot be followed.

    Source: TensorFlow 1.15 `device_lib.list_local_devices`.
    """
    config = ConfigProto() if session_config is None else session_config
    devices = [
        DeviceAttributes(
            name=f"/device:CPU:{index}",
            device_type="CPU",
            memory_limit=CPU_MEMORY_LIMIT,
            incarnation=_incarnation(),
        )
        for index in range(cpu_count(config))
    ]
    for plan in plan_gpus(config, _lister()):
        device = DeviceAttributes(
            name=f"/device:GPU:{plan.index}",
            device_type="GPU",
            memory_limit=plan.memory_limit,
            incarnation=_incarnation(),
            physical_device_desc=plan.gpu.description,
        )
        device.locality.bus_id = 1
        device.locality.links.SetInParent()
        devices.append(device)
    for device in devices:
        device.locality.SetInParent()
    return devices


def _lister() -> DeviceLister:
    text = os.environ.get(simulated.ENVIRONMENT_VARIABLE, "")
    return SimulatedLister(text) if text else CudaLister(touch_cuda=False)


def _incarnation() -> int:
    # The field is unsigned here, where a session's list has it signed.
    return new_incarnation() & (1 << 64) - 1
