"""Functions of programs in configurations: by name, or, where they have none, by their code."""

from __future__ import annotations

import codecs
import importlib
import marshal
import types
from typing import Any

from tfsession.layers.identifiers import custom_objects


def described(function: Any) -> tuple[Any, str]:
    """What stands in a configuration for a function, and of which kind it is.

    Returns:
      A lambda as its code, its defaults and what it has closed over, "lambda"; another function's
      name, "function"; anything else as it is, "raw".
    """
    if isinstance(function, types.LambdaType) and function.__name__ == "<lambda>":
        code = codecs.encode(marshal.dumps(function.__code__), "base64").decode("ascii")
        cells = function.__closure__
        closure = None if cells is None else tuple(cell.cell_contents for cell in cells)
        return (code, function.__defaults__, closure), "lambda"
    if callable(function):
        return function.__name__, "function"
    return function, "raw"


def restored(value: Any, kind: str, module: str | None, objects: Any = None) -> Any:
    """The function that `described` has described.

    Args:
      value, kind: what it gave.
      module: the name of the module in which a named function is.
      objects: name -> function, asked first.

    Raises:
      ValueError: there is no such function, or the code is another Python's.
    """
    if kind == "function":
        found = {**custom_objects, **(objects or {})}.get(value)
        if found is None and module is not None:
            found = getattr(_imported(module), value, None)
        if found is None:
            raise ValueError(f"Unknown function: {value}; pass it in custom_objects")
        return found
    if kind == "lambda":
        return _of_code(value)
    return value


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def _of_code(value: Any) -> Any:
    code, defaults, closure = value
    try:
        loaded = marshal.loads(codecs.decode(code.encode("ascii"), "base64"))
    except (ValueError, EOFError, TypeError):
        raise ValueError(
            "Lambda: its code was written by another version of Python; use a named function, and "
            "pass it in custom_objects"
        ) from None
    if isinstance(defaults, list):
        defaults = tuple(defaults)
    cells = None if closure is None else tuple(types.CellType(x) for x in closure)
    return types.FunctionType(loaded, _globals(), argdefs=defaults, closure=cells)


def _globals() -> dict[str, Any]:
    """The names that a lambda finds: those of the program."""
    main = importlib.import_module("__main__")
    return vars(main)
