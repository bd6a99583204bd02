"""Python functions that ops call, by the token that a graph has of them."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any


class PythonFunction:
    """A function, for as long as somebody holds this: the graphs whose ops call it do.

    Attributes:
      function: what is called.
      token: the name that no other function of the process has had.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.token = f"pyfunc_{next(_NUMBERS)}"
        _FUNCTIONS[self.token] = self


_NUMBERS = itertools.count()
_FUNCTIONS: weakref.WeakValueDictionary[str, PythonFunction] = weakref.WeakValueDictionary()


def function_of(token: str) -> Any:
    """The function that has a token.

    Raises:
      ValueError: there is none: the graphs that called it are gone, or were of another process.
    """
    found = _FUNCTIONS.get(token)
    if found is None:
        raise ValueError(f"callback {token} is not found")
    return found.function
