"""What type checkers read of TensorFlow's module paths: `python -m tfsession.python.stubs`.

The modules below `tfsession.python` and `tfsession.core` are made from tables when a program runs.
Type checkers run nothing: they read a stub for each line of the tables, which this writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tfsession import core, python
from tfsession.names.paths import module_of, read_sources

PACKAGE = Path(__file__).parents[1]

# There is a function for each op of the registry.
_GENERATED = """\
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ..."""


def stub(sources: str) -> str:
    """The stub of a module, whose sources are given as to `names.paths.register`."""
    lines = [line for module, names in read_sources(sources) for line in _lines(module, names)]
    return "\n".join(["# Written by tfsession/python/stubs.py.", *lines, ""])


def _lines(module: str, names: dict[str, str] | None) -> Iterator[str]:
    full = "tfsession" if module == "tf" else f"tfsession.{module}"
    if module == "python.generated":
        yield _GENERATED
    elif names is None:
        yield f"from {full} import *"
    else:
        # What TensorFlow has and tfsession lacks is in the tables, too.
        there = {new: old for new, old in names.items() if hasattr(module_of(module), old)}
        for new, old in there.items():
            # An import is public under its own name only.
            yield f"from {full} import {old} as {old if new == old else f'_{old}'}"
            if new != old:
                yield f"{new} = _{old}"


def stubs() -> dict[Path, str]:
    """The files, and what belongs into them."""
    tables = {"core": core.PATHS, "python": python.PATHS}
    return {
        PACKAGE.joinpath(package, *path.split(".")).with_suffix(".pyi"): stub(sources)
        for package, paths in tables.items()
        for path, sources in paths.items()
    }


if __name__ == "__main__":
    for file, text in stubs().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
