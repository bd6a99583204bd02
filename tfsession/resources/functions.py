"""Functions that kernels call: what compiles them comes from the session that runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tfsession.resources.containers import ResourceManager

_KIND, _NAME = "functions", "compiler"

Call = Callable[[Sequence[Any]], Sequence[Any]]
"""Takes the arguments and then the captured values, as arrays; returns the results."""


class Compiler(Protocol):
    """Makes functions of tensors run."""

    def compile(self, function: Any) -> Call:
        """A traced function as one of arrays, whose random numbers begin anew.

        Args:
          function: a GraphFunction.
        """


def provide(resources: ResourceManager, compiler: Compiler) -> None:
    """Says who compiles the functions of a session."""
    resources.lookup_or_create("", _KIND, _NAME, lambda: compiler)


def compiled(resources: ResourceManager, function: Any) -> Call:
    """A traced function as one of arrays: see `Compiler.compile`."""
    compiler: Compiler | None = resources.lookup("", _KIND, _NAME)
    if compiler is None:
        raise RuntimeError("functions: nobody compiles them here")
    return compiler.compile(function)
