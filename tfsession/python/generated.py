"""Ops as functions of inputs and attributes, as TensorFlow's generated modules have them.

`gen_math_ops.mat_mul(a, b, transpose_a=True)`: the names are those of the ops in snake case, the
arguments are the op's inputs, the attributes without default, those with one, and `name`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession import registry
from tfsession.graph.build import build


def _function(definition: registry.OpDef) -> Callable[..., Any]:
    given = [a for a in definition.attributes.values() if a.name not in definition.inferred]
    names = [argument.name for argument in definition.inputs]
    names += [a.name for a in sorted(given, key=lambda a: a.has_default)]
    names.append("name")

    def call(*arguments: Any, **keywords: Any) -> Any:
        if len(arguments) > len(names):
            raise TypeError(
                f"{definition.name} takes {len(names)} arguments but {len(arguments)} were given"
            )
        for name, value in zip(names, arguments, strict=False):
            if name in keywords:
                raise TypeError(f"{definition.name} got several values for argument {name!r}")
            keywords[name] = value
        missing = [a.name for a in definition.inputs if a.name not in keywords]
        if missing:
            raise TypeError(f"{definition.name} misses its input {missing[0]!r}")
        inputs = [keywords.pop(argument.name) for argument in definition.inputs]
        return build(definition.name, *inputs, name=keywords.pop("name", None), **keywords)

    call.__name__ = call.__qualname__ = definition.name
    call.__doc__ = f"The op {definition.name}({', '.join(names)})."
    return call


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def __getattr__(name: str) -> Callable[..., Any]:
    wanted = "" if name.startswith("__") else _plain(name)
    registry.load_late_families()
    for op_type, definition in registry.OPS.items():
        if op_type.lower() == wanted:
            return _function(definition)
    raise AttributeError(f"tfsession has no op for the generated function {name!r}")


def __dir__() -> list[str]:
    registry.load_late_families()
    return sorted(_snake_case(op_type) for op_type in registry.OPS)


def _snake_case(op_type: str) -> str:
    """``Conv2DBackpropInput`` as ``conv2d_backprop_input``."""
    words = ""
    for index, letter in enumerate(op_type):
        before, after = op_type[index - 1 : index], op_type[index + 1 : index + 2]
        starts = letter.isupper() and (not before.isupper() or after.islower())
        # A dimension belongs to its word: conv2d.
        is_dimension = letter == "D" and before.isdigit()
        words += "_" if starts and index and not is_dimension else ""
        words += letter.lower()
    return words
