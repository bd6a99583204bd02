"""The kernels that serve GPUs use what CuPy has, as CuPy has it.

Every record of tests/cases runs on a device whose arrays are as strict as CuPy's
(tests/strict_cupy.py) and whose CUDA kernels run on the CPU (tests/cuda_harness).
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import strict_cupy
from cuda_harness.device import HostDevice, compile_sources
from golden import record_cupy

from tests.test_ops import RUNS, Run, check_values
from tfsession.compile.kernel_table import load_kernels
from tfsession.devices import simulated
from tfsession.kernels import training
from tfsession.registry import KERNELS

KERNEL_FILES = sorted((Path(__file__).parents[1] / "kernels").glob("*.py"))

load_kernels()


def test_names_of_the_array_library_are_cupys() -> None:
    offered = strict_cupy.offered()
    missing = {
        (path.name, name)
        for path in KERNEL_FILES
        for name in re.findall(r"\bxp\.(\w+)", path.read_text(encoding="utf-8"))
        if name not in offered
    }
    assert missing == set()


@pytest.mark.skipif(importlib.util.find_spec("cupy") is None, reason="needs CuPy")
def test_recorded_names_are_those_of_the_installed_cupy() -> None:
    import cupy

    if not cupy.__version__.startswith("14.2."):
        pytest.skip("recorded from CuPy 14.2")
    recorded = record_cupy.FILE.read_text(encoding="utf-8").splitlines()
    assert record_cupy.record() == recorded


class StrictDevice(simulated.SimulatedDevice):
    """A GPU whose arrays are as strict as CuPy's."""

    xp = strict_cupy.module
    folder: Path

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._host = HostDevice(self.folder)

    def copy_in(self, array: Any) -> Any:
        return strict_cupy.CupyArray(super().copy_in(np.asarray(array)))

    def copy_out(self, array: Any) -> Any:
        assert isinstance(array, strict_cupy.CupyArray), f"{type(array)} is not on the GPU"
        return super().copy_out(array._array)

    def copy_from(self, array: Any, source: Any) -> Any:
        return self.copy_in(array if source.on_host else source.copy_out(array))

    def account(self, array: Any) -> None:
        """Arrays are not counted."""

    def function(self, source: str, expression: str) -> Any:
        """A kernel of kernels/cuda/, on the CPU."""
        start = self._host.function(source, expression)
        return lambda grid, block, arguments: start(grid, block, strict_cupy.plain(arguments))

    @property
    def blas(self) -> Any:
        """Products by NumPy in place of cuBLAS."""
        return SimpleNamespace(gemm=_product, batched_gemm=_product)


def _product(
    a: Any, b: Any, out: Any = None, transpose_a: bool = False, transpose_b: bool = False
) -> Any:
    assert a.dtype == b.dtype
    assert a.dtype.kind in "fcV"
    left, right = strict_cupy.plain((a, b))
    left = left.swapaxes(-1, -2) if transpose_a else left
    right = right.swapaxes(-1, -2) if transpose_b else right
    wide = np.float32 if a.dtype.itemsize == 2 else a.dtype
    result = np.matmul(left.astype(wide), right.astype(wide)).astype(a.dtype)
    if out is None:
        return strict_cupy.ours(result)
    assert out.flags.c_contiguous
    out[...] = strict_cupy.ours(result)
    return out


class ElementwiseKernel:
    """Runs the update rule whose name it is given by NumPy's form of the rule."""

    def __init__(self, inputs: str, outputs: str, body: str, name: str, preamble: str) -> None:
        words = [part.split()[-1].rstrip("_") for part in f"{inputs}, {outputs}".split(", ")]
        self._names, self._count = words, len(outputs.split(", "))
        self._flags = {
            flag: value == "true" for flag, value in re.findall(r"bool (\w+) = (true|false);", body)
        }
        rules = {rule.lower(): rule for rule in training._FORMULAS}
        self._formula = training._FORMULAS[rules[name.removeprefix("tfsession_apply_")]]

    def __call__(self, *arguments: Any) -> None:
        assert all(isinstance(a, strict_cupy.CupyArray) or np.isscalar(a) for a in arguments)
        values = dict(zip(self._names, strict_cupy.plain(arguments), strict=True))
        arrays = [values.pop(name) for name in self._names[-self._count :]]
        g = values.pop("g")
        scalars = {**{k: v[()] for k, v in values.items()}, **self._flags}
        if self._formula.prepare is not None:
            self._formula.prepare(scalars)
        training._update_pieces(self._formula, arrays, g, scalars)


@pytest.fixture(scope="module")
def folder_of_libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("needs g++")
    folder = tmp_path_factory.mktemp("cuda")
    compile_sources(compiler, folder)
    return folder


@pytest.fixture
def strict_gpu(folder_of_libraries: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(simulated.ENVIRONMENT_VARIABLE, "1x4GiB")
    monkeypatch.setattr(StrictDevice, "folder", folder_of_libraries, raising=False)
    monkeypatch.setattr(simulated, "SimulatedDevice", StrictDevice)
    monkeypatch.setattr(strict_cupy.module, "ElementwiseKernel", ElementwiseKernel, raising=False)
    monkeypatch.setitem(sys.modules, "cupyx", strict_cupy.more)
    training._gpu_kernel.cache_clear()
    strict_cupy.waits.clear()
    return


@pytest.mark.usefixtures("strict_gpu")
@pytest.mark.parametrize(("family", "case", "dtype"), RUNS)
def test_record_on_a_strict_gpu(family: str, case: Any, dtype: str) -> None:
    kernel = KERNELS.get((case.op, "GPU"))
    if kernel is None:
        pytest.skip("has no kernel for GPUs")
    run = Run(case, dtype, "GPU")
    values = run.results()
    if case.same_on_gpu:
        check_values(family, case, dtype, run, values)
    kernels = [KERNELS.get((op.type, "GPU")) for op in run.graph.get_operations()]
    if all(k is None or k.capturable for k in kernels):
        assert strict_cupy.waits == []
