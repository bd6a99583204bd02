"""Kernels of the ops that tell about memory: the device knows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.registry import kernel

# ---- BytesInUse, MaxBytesInUse, BytesLimit ----


@kernel("BytesInUse", host=("out",), takes_device=True, capturable=False)
def bytes_in_use(device: Any) -> np.ndarray:
    return np.array(device.memory_statistics().in_use, np.int64)


@kernel("MaxBytesInUse", host=("out",), takes_device=True, capturable=False)
def max_bytes_in_use(device: Any) -> np.ndarray:
    return np.array(device.memory_statistics().peak, np.int64)


@kernel("BytesLimit", host=("out",), takes_device=True, capturable=False)
def bytes_limit(device: Any) -> np.ndarray:
    return np.array(device.memory_statistics().limit, np.int64)
