"""Arrays of other libraries: where their memory is, and how NumPy and CuPy take them.

Source: the CUDA Array Interface, version 3, and the Python side of DLPack.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from tfsession.devices.device import Array

# DLPack's number of the memory of a CUDA device.
_CUDA = 2


def is_on_gpu(value: object) -> bool:
    """Whether a value is an array in the memory of a GPU, whatever library it belongs to."""
    if hasattr(value, "__cuda_array_interface__"):
        return True
    asked = getattr(value, "__dlpack_device__", None)
    return asked is not None and asked()[0] == _CUDA


def on_host(value: Any) -> Any:
    """An array of a GPU as a new NumPy array, which is complete; anything else as it is."""
    if not is_on_gpu(value):
        # NumPy reads most things by itself; what offers DLPack alone is taken that way.
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            return np.from_dlpack(value)
        return value
    if hasattr(value, "get"):
        return value.get()
    import cupy

    return cupy.asnumpy(as_cupy(cupy, value))


def as_cupy(cupy: ModuleType, value: Any) -> Array:
    """An array of a GPU as CuPy's, in the same memory."""
    if isinstance(value, cupy.ndarray):
        return value
    if hasattr(value, "__cuda_array_interface__"):
        return cupy.asarray(value)
    return cupy.from_dlpack(value)


def owner_of(array: Any) -> Any:
    """The array, of NumPy or CuPy, that owns the memory that an array of it shows."""
    kind = type(array)
    while isinstance(getattr(array, "base", None), kind):
        array = array.base
    return array
