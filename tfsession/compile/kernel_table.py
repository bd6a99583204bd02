"""The kernels of the ops that a session runs, imported family by family when they are needed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from types import ModuleType

from tfsession import registry
from tfsession.graph.operation import Operation

_loaded_families: set[str] = set()


def load_kernels(operations: Iterable[Operation] | None = None) -> None:
    """Imports the kernels of the families that operations belong to.

    Args:
      operations: what is about to be placed; None for every op of the registry.
    """
    if operations is None:
        registry.load_late_families()
    definitions = registry.OPS.values() if operations is None else (o.op_def_ for o in operations)
    for family in {definition.family for definition in definitions} - _loaded_families:
        importlib.import_module(f"tfsession.kernels.{family}")
        _loaded_families.add(family)


def kernel_threads() -> ModuleType:
    """The module that cuts kernels into rows and works on them with several threads."""
    return importlib.import_module("tfsession.kernels.threads")


def set_kernel_threads(threads: int) -> None:
    """Sets how many threads work on one kernel, in the whole process."""
    kernel_threads().set_size(threads)
