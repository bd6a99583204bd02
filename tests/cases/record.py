"""The record of an op's behaviour, from which all tests of the op follow.

A record builds the op through the public API with a given module, so the same record runs on
tfsession (tests/test_ops.py) and on real TensorFlow (tests/golden/record.py, which stores the
numbers that the tests compare with).
"""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

FLOATS = ("float16", "float32", "float64")
WIDE_FLOATS = ("float32", "float64")
INTS = ("int32", "int64")
NUMBERS = (*WIDE_FLOATS, *INTS)


@dataclass(frozen=True)
class Case:
    """One op in one variant.

    Attributes:
      op: the op type.
      variant: what is special about this record; part of the test's name.
      build: ``build(tf, *tensors)`` returns a Tensor or a list of Tensors; the tensors are
        placeholders with the inputs' static shapes.
      inputs: ``inputs(rng, dtype)`` returns the arrays to feed; `dtype` is one of `dtypes`.
      dtypes: dtype names the record is run with.
      expected: ``expected(*arrays)`` in NumPy, array or list of arrays; None: only the golden
        numbers recorded from TensorFlow are compared.
      tolerance: relative and absolute tolerance for float32; float64 and float16 follow from it.
      gradient: whether the gradients of all float inputs are checked against central differences.
      golden: whether numbers of real TensorFlow are recorded and compared (not for results that
        TensorFlow 2.21 computes otherwise than 1.15).
      unknown: whether the record also builds where the shapes of its inputs are unknown.
      same_on_gpu: whether a GPU gives the same values; TensorFlow draws some numbers otherwise.
    """

    op: str
    variant: str
    build: Callable[..., Any]
    inputs: Callable[[np.random.Generator, np.dtype], list[np.ndarray]]
    dtypes: tuple[str, ...] = ("float32",)
    expected: Callable[..., Any] | None = None
    tolerance: float = 1e-5
    gradient: bool = True
    golden: bool = True
    unknown: bool = True
    same_on_gpu: bool = True

    @property
    def id(self) -> str:
        """The record's name in test reports and golden files."""
        return f"{self.op}-{self.variant}" if self.variant else self.op

    def arrays(self, dtype: str) -> list[np.ndarray]:
        """The inputs for `dtype`: the same numbers each time, here and where they are recorded."""
        rng = np.random.default_rng(zlib.crc32(f"{self.id}/{dtype}".encode()))
        return [np.asarray(array) for array in self.inputs(rng, numpy_dtype(dtype))]


def numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype of a TensorFlow dtype name; strings are objects."""
    return np.dtype({"bfloat16": ml_dtypes.bfloat16, "string": object}.get(name, name))


def families() -> dict[str, list[Case]]:
    """The records of all modules in this folder, by module name."""
    package = __name__.rpartition(".")[0]
    folder = importlib.import_module(package).__path__
    modules = {
        module.name: importlib.import_module(f"{package}.{module.name}")
        for module in pkgutil.iter_modules(folder)
        if module.name != "record"
    }
    return {name: module.CASES for name, module in modules.items() if hasattr(module, "CASES")}


def normal(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs: standard normal numbers (small integers for integer dtypes) of the given shapes."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        if np.dtype(dtype).kind in "iu":
            return [
                rng.integers(0 if dtype.kind == "u" else -9, 10, s).astype(dtype) for s in shapes
            ]
        return [np.asarray(rng.standard_normal(s)).astype(dtype) for s in shapes]

    return make


def positive(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator, np.dtype], list[Any]]:
    """Inputs: numbers between 0.5 and 2 (1 to 9 for integer dtypes) of the given shapes."""

    def make(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
        if np.dtype(dtype).kind in "iu":
            return [rng.integers(1, 10, s).astype(dtype) for s in shapes]
        return [np.asarray(rng.uniform(0.5, 2.0, s)).astype(dtype) for s in shapes]

    return make


def raw(
    op: str,
    variant: str,
    shapes: list[tuple[int, ...]],
    names: list[str],
    dtypes: tuple[str, ...] = WIDE_FLOATS,
    **attrs: Any,
) -> Case:
    """A record of an op without a public function; its inputs are normal numbers, by name."""
    return Case(
        op,
        variant,
        lambda tf, *x: getattr(tf.raw_ops, op)(**dict(zip(names, x, strict=True)), **attrs),
        normal(*shapes),
        dtypes=dtypes,
        gradient=False,
        tolerance=1e-4,
    )
