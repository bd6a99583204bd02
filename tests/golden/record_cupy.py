"""Records what CuPy offers in cupy_names.txt; needs CuPy, and no GPU.

    python tests/golden/record_cupy.py

A line is a name, its kind and what it takes: the loops of a ufunc, the parameters of a function or
method where they can be found out.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "cupy_names.txt"


def parameters(function: Any) -> str:
    """The parameters of a function as Python writes them, without annotations, or "?"."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        found = re.match(r"[\w.]+(\(.*?\))( ->.*)?$", (function.__doc__ or "").split("\n")[0])
        text = re.sub(r"\b(bool|int|str) (?=\w)", "", found[1]) if found else ""
        try:
            ast.parse(f"def function{text}: pass")
        except SyntaxError:
            return "?"
        return text
    plain = [
        p.replace(
            annotation=p.empty,
            default=p.default
            if p.default is p.empty or isinstance(p.default, (int, str, bool, type(None)))
            else None,
        )
        for p in signature.parameters.values()
    ]
    return str(signature.replace(parameters=plain, return_annotation=signature.empty))


def lines(prefix: str, owner: Any) -> list[str]:
    """One line for each public name of a module or class."""
    import cupy

    found = []
    for name in dir(owner):
        if name.startswith("_"):
            continue
        value = getattr(owner, name)
        if isinstance(value, cupy.ufunc):
            kind, detail = "ufunc", " ".join(value.types)
        elif inspect.ismodule(value):
            kind, detail = "module", ""
        elif inspect.isclass(value):
            kind, detail = "class", ""
        elif callable(value):
            kind, detail = "function", parameters(value)
        else:
            kind, detail = "value", ""
        found.append("\t".join((prefix + name, kind, detail)).rstrip())
    return found


def record() -> list[str]:
    """All lines, of the installed CuPy."""
    import cupy

    return [
        *lines("", cupy),
        *lines("fft.", cupy.fft),
        *lines("linalg.", cupy.linalg),
        *lines("ndarray.", cupy.ndarray),
        "lib.stride_tricks.as_strided\tfunction\t" + parameters(cupy.lib.stride_tricks.as_strided),
    ]


if __name__ == "__main__":
    FILE.write_text("\n".join(record()) + "\n", encoding="utf-8")
