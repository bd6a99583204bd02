"""Loads the emulated CUDA libraries when Python starts; `counters` tells what has been called.

The variables of the environment that it obeys are in README.md beside its source.
"""

from __future__ import annotations

import ctypes
import glob
import importlib.abc
import importlib.machinery
import os
import sys
import types
from collections.abc import Sequence
from typing import Any

_FOLDER = os.path.join(sys.prefix, "lib", "cuda_on_cpu")

# Those that others need come first.
_LIBRARIES = (
    "libcudart.so.12",
    "libcuda.so.1",
    "libnvrtc.so.12",
    "libcublasLt.so.12",
    "libcublas.so.12",
    "libnvJitLink.so.12",
    "libcusparse.so.12",
    "libcusolver.so.11",
    "libcurand.so.10",
    "libcufft.so.11",
    "libnvidia-ml.so.1",
)

# As struct Counters of state.h has them.
_NAMES = (
    "launches",
    "copies_to_device",
    "copies_to_host",
    "copies_on_device",
    "synchronisations",
    "allocations",
    "frees",
    "graph_launches",
    "compiled",
    "faults",
)


def _prepare_environment() -> None:
    # CUB's kernels are machine code of GPUs.
    os.environ.setdefault("CUPY_ACCELERATORS", "")
    os.environ.setdefault("CUPY_CACHE_DIR", os.path.join(sys.prefix, "kernel_cache"))
    beside = os.path.join(os.path.dirname(__file__), "numpy.libs", "libscipy_openblas64*")
    for file in glob.glob(beside):
        os.environ.setdefault("CUDA_ON_CPU_OPENBLAS", file)
    # The toolkit's headers are here, whatever else the machine has.
    os.environ["CUDA_PATH"] = _FOLDER


def _show_a_driver() -> None:
    """Programs look for this file to learn whether there is a driver at all."""
    exists = os.path.exists
    os.path.exists = lambda path: path == "/dev/nvidiactl" or exists(path)


_prepare_environment()
_show_a_driver()
_libraries = [
    ctypes.CDLL(os.path.join(_FOLDER, name), mode=ctypes.RTLD_GLOBAL) for name in _LIBRARIES
]
_get = _libraries[0].cuda_on_cpu_counters
_get.restype = ctypes.POINTER(ctypes.c_uint64 * len(_NAMES))


def counters() -> dict[str, int]:
    """What has been called since the process began, or since `reset`."""
    return dict(zip(_NAMES, _get().contents, strict=True))


def reset() -> None:
    """Sets all counters to zero."""
    ctypes.memset(_get(), 0, 8 * len(_NAMES))


def configure(lazy: int = 0, skip: bool = False) -> None:
    """Switches how kernels run.

    Args:
      lazy: 0 for at once, 1 for when somebody waits, 2 for random moments before that.
      skip: whether they are not executed at all.
    """
    _libraries[0].cuda_on_cpu_set(int(lazy), int(skip))


# ---- Thrust: its kernels are machine code of GPUs; sorting is done with NumPy ----


def _thrust() -> types.ModuleType:
    import numpy as np

    def view(address: int, dtype: Any, shape: Sequence[int]) -> np.ndarray:
        dtype = np.dtype(dtype)
        size = int(np.prod(shape)) * dtype.itemsize
        if not size:
            return np.empty(shape, dtype)
        memory = (ctypes.c_char * size).from_address(address)
        return np.frombuffer(memory, dtype).reshape(shape)

    def wait() -> None:
        import cupy

        cupy.cuda.get_current_stream().synchronize()

    def sort(dtype: Any, data: int, keys: int, shape: Sequence[int]) -> None:
        wait()
        view(data, dtype, shape).sort(axis=-1, kind="stable")

    def argsort(dtype: Any, index: int, data: int, keys: int, shape: Sequence[int]) -> None:
        wait()
        array = view(data, dtype, shape)
        order = np.argsort(array, axis=-1, kind="stable")
        view(index, np.uint64, shape)[...] = order
        array[...] = np.take_along_axis(array, order, -1)

    def lexsort(dtype: Any, index: int, keys: int, count: int, size: int) -> None:
        wait()
        view(index, np.uint64, (size,))[...] = np.lexsort(view(keys, dtype, (count, size)))

    module: Any = types.ModuleType("cupy.cuda.thrust")
    module.available = True
    module.get_build_version = lambda: 0
    module.sort, module.argsort, module.lexsort = sort, argsort, lexsort
    return module


class _Thrust(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, name: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self) if name == "cupy.cuda.thrust" else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _thrust()

    def exec_module(self, module: types.ModuleType) -> None:
        pass


sys.meta_path.insert(0, _Thrust())
