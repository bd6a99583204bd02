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

    def compile_rows(self, function: Any) -> Call | None:
        """A traced function of elements as one of many of them.

        Returns:
          takes arrays with a row for each element, and then the captured values; None: there is no
          such function.
        """


def provide(resources: ResourceManager, compiler: Compiler) -> None:
    """Says who compiles the functions of a session."""
    resources.lookup_or_create("", _KIND, _NAME, lambda: compiler)


def compiled(resources: ResourceManager, function: Any) -> Call:
    """A traced function as one of arrays: see `Compiler.compile`."""
    return _compiler(resources).compile(function)


def compiled_rows(resources: ResourceManager, function: Any) -> Call | None:
    """A traced function of elements as one of many: see `Compiler.compile_rows`."""
    return _compiler(resources).compile_rows(function)


def _compiler(resources: ResourceManager) -> Compiler:
    compiler: Compiler | None = resources.lookup("", _KIND, _NAME)
    if compiler is None:
        raise RuntimeError("functions: nobody compiles them here")
    return compiler
