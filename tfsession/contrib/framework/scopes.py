"""`arg_scope`: default arguments for functions, inside a `with` block."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

__all__ = [
    "add_arg_scope",
    "arg_scope",
    "arg_scope_func_key",
    "arg_scoped_arguments",
    "current_arg_scope",
    "has_arg_scope",
]

Function = TypeVar("Function", bound=Callable[..., Any])

#: Key of a function -> the names of its arguments that have defaults, for those that may be scoped.
_scoped: dict[str, tuple[str, ...]] = {}

#: The scopes that are open, innermost last: key of a function -> its arguments.
_open: list[dict[str, dict[str, Any]]] = [{}]


def arg_scope_func_key(op: Any) -> str:
    """The key of a function in scopes."""
    key: str = getattr(op, "_key_op", str(op))
    return key


def current_arg_scope() -> dict[str, dict[str, Any]]:
    """What the innermost scope holds: key of a function -> its arguments."""
    return _open[-1]


def has_arg_scope(func: Any) -> bool:
    """Whether a function takes arguments from scopes."""
    return arg_scope_func_key(func) in _scoped


def arg_scoped_arguments(func: Any) -> tuple[str, ...]:
    """The names of the arguments of a function that scopes may give.

    Raises:
      AssertionError: the function takes none from scopes.
    """
    assert has_arg_scope(func)
    return _scoped[arg_scope_func_key(func)]


def add_arg_scope(func: Function) -> Function:
    """Lets a function take default arguments from `arg_scope`.

    Source: TensorFlow 1.15 `tf.contrib.framework.add_arg_scope`.
    """

    @functools.wraps(func)
    def scoped(*args: Any, **kwargs: Any) -> Any:
        given = _open[-1].get(key)
        return func(*args, **(kwargs if given is None else {**given, **kwargs}))

    key = arg_scope_func_key(func)
    vars(scoped)["_key_op"] = key
    parameters = inspect.signature(func).parameters.values()
    _scoped[key] = tuple(p.name for p in parameters if p.default is not p.empty)
    result: Function = scoped  # type: ignore[assignment]  # it takes what `func` takes
    return result


@contextlib.contextmanager
def arg_scope(
    list_ops_or_scope: Sequence[Any] | dict[str, dict[str, Any]], **kwargs: Any
) -> Iterator[dict[str, dict[str, Any]]]:
    """Gives functions default arguments inside a `with` block.

    Args:
      list_ops_or_scope: functions with `add_arg_scope`, or what another block yielded, whose
        arguments then hold again.
      **kwargs: the arguments; what a call gives itself comes before them, and what an inner block
        gives before an outer one.

    Yields:
      The arguments that hold inside, by function.

    Raises:
      ValueError: a function does not take arguments from scopes, or there are arguments beside
        those of another block.
      TypeError: `list_ops_or_scope` is neither a list nor a dict.

    Source: TensorFlow 1.15 `tf.contrib.framework.arg_scope`.
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError(
                "When attempting to re-use a scope by suppling adictionary, kwargs must be empty."
            )
        scope = list_ops_or_scope.copy()
    elif isinstance(list_ops_or_scope, (list, tuple)):
        scope = _open[-1].copy()
        for op in list_ops_or_scope:
            if not has_arg_scope(op):
                raise ValueError(
                    "%s is not decorated with @add_arg_scope", (op.__module__, op.__name__)
                )
            key = arg_scope_func_key(op)
            scope[key] = {**scope.get(key, {}), **kwargs}
    else:
        raise TypeError("list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)")
    _open.append(scope)
    try:
        yield scope
    finally:
        _open.pop()
