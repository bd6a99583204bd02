"""Every op of the registry as a function of keyword arguments: ``raw_ops.MatMul(a=x, b=y)``.

Inputs and attributes have TensorFlow's names. The functions are made on first use.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from tfsession import registry
from tfsession.graph.build import build


def _function(definition: registry.OpDef) -> Callable[..., Any]:
    names = [argument.name for argument in definition.inputs]

    def call(*, name: str | None = None, **arguments: Any) -> Any:
        missing = [n for n in names if n not in arguments]
        if missing:
            raise TypeError(
                f"{definition.name}() missing required keyword-only argument: {missing[0]!r}"
            )
        inputs = [arguments.pop(n) for n in names]
        return build(definition.name, *inputs, name=name, **arguments)

    call.__name__ = call.__qualname__ = definition.name
    call.__doc__ = f"The op {definition.name}; inputs {names}, attributes " + (
        f"{list(definition.attributes)}."
    )
    return call


def __getattr__(name: str) -> Callable[..., Any]:
    definition = registry.find(name)
    if definition is None:
        near = difflib.get_close_matches(name, registry.OPS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"tfsession has no op {name!r}.{hint}")
    function = globals()[name] = _function(definition)
    return function


def __dir__() -> list[str]:
    registry.load_late_families()
    return sorted(registry.OPS)
