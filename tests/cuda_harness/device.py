"""A device whose CUDA kernels run on the CPU.

It stands for a `GpuDevice` in the kernels that are registered for GPUs: `function` returns what
CuPy would return, for NumPy arrays, so that both the CUDA source and the arguments it is called
with are put to the test.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfsession.devices import cuda_source

FOLDER = Path(__file__).parent

# Parameter of a kernel: `T*` takes arrays, everything else a scalar of that size.
_PARAMETERS = re.compile(r"__global__ void (\w+)\(([^)]*)\)")

_SCALARS = {
    "int": np.int32,
    "unsigned int": np.uint32,
    "long long": np.int64,
    "unsigned long long": np.uint64,
}


def host_source(source: str) -> str:
    """C++ that starts every kernel of a source file: functions `kernel_0`, `kernel_1`, ..."""
    starts = [
        f"HARNESS_KERNEL(kernel_{number}, {expression})"
        for number, expression in enumerate(cuda_source.instantiations(source))
    ]
    return "\n".join(['#include "cuda_on_host.h"', cuda_source.read(source), *starts, ""])


def start_compiler(compiler: str, name: str, text: str, folder: Path) -> subprocess.Popen[str]:
    """Compiles C++ to a shared library `name`.so in `folder`."""
    path = folder / f"{name}.cpp"
    path.write_text(text, encoding="utf-8")
    fibers = ["-DHARNESS_FIBERS"] if "__syncthreads" in text or "_sync(" in text else []
    # As on a GPU no sum is reordered; -O1 compiles in half the time of -O2.
    command = [
        compiler, "-std=c++17", "-O1", "-w", "-shared", "-fPIC", *fibers, f"-I{FOLDER}",
        str(path), "-o", str(folder / f"{name}.so"),
    ]  # fmt: skip
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def compile_sources(compiler: str, folder: Path, more: dict[str, str] | None = None) -> None:
    """Compiles all sources of kernels/cuda/, and `more` by name, beside each other."""
    texts = {source: host_source(source) for source in cuda_source.sources()} | (more or {})
    running = [start_compiler(compiler, name, text, folder) for name, text in texts.items()]
    errors = [process.communicate()[1] for process in running]
    assert not any(process.returncode for process in running), "\n".join(errors)


def parameters(source: str) -> dict[str, list[str]]:
    """The parameters of each kernel of a source file, as written."""
    text = re.sub(r"\s+", " ", cuda_source.read(source))
    return {name: args.split(", ") for name, args in _PARAMETERS.findall(text)}


class _Function:
    """What CuPy's `RawModule.get_function` returns, for NumPy arrays."""

    def __init__(self, function: Any, expression: str, declared: list[str]) -> None:
        self._function = function
        self._expression = expression
        self._declared = declared

    def __call__(self, grid: Sequence[int], block: Sequence[int], arguments: Sequence[Any]) -> None:
        assert len(arguments) == len(self._declared), self._expression
        assert np.prod(block) <= 1024
        assert grid[0] < 1 << 31
        assert all(size < 1 << 16 for size in grid[1:])
        kept = [
            self._argument(value, declared)
            for value, declared in zip(arguments, self._declared, strict=True)
        ]
        sizes = [*grid, *[1] * (3 - len(grid)), *block, *[1] * (3 - len(block))]
        addresses = (ctypes.c_void_p * len(kept))(*(k.ctypes.data for k in kept))
        error = self._function((ctypes.c_uint * 6)(*sizes), len(kept), addresses)
        assert error == 0, f"{self._expression}: a barrier was not reached by all threads"

    def _argument(self, value: Any, declared: str) -> Any:
        """The argument in memory: an array's address, or the scalar."""
        kind = declared.rpartition(" ")[0].removeprefix("const ")
        if kind.endswith("*"):
            assert isinstance(value, np.ndarray), f"{self._expression}: {declared} is {value!r}"
            assert value.flags.c_contiguous, f"{self._expression}: {declared} is not contiguous"
            return np.array([value.ctypes.data], np.uint64)
        # CuPy passes a scalar's own bytes, so the type has to be the parameter's.
        assert type(value) is _SCALARS[kind], f"{self._expression}: {declared} is {value!r}"
        return np.array([value])


class HostDevice:
    """Stands for a GPU; its arrays are NumPy's."""

    xp = np

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._functions: dict[tuple[str, str], _Function] = {}
        self.started: list[str] = []

    def function(self, source: str, expression: str) -> _Function:
        """A kernel; see `GpuDevice.function`."""
        self.started.append(expression)
        key = (source, expression)
        if key not in self._functions:
            number = cuda_source.instantiations(source).index(expression)
            library = ctypes.CDLL(str(self._folder / f"{source}.so"))
            name = expression.partition("<")[0]
            self._functions[key] = _Function(
                getattr(library, f"kernel_{number}"), expression, parameters(source)[name]
            )
        return self._functions[key]
