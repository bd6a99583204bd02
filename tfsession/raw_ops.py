"""Every op of the registry as a function of keyword arguments: ``raw_ops.MatMul(a=x, b=y)``.

Inputs and attributes have TensorFlow's names. The functions are made on first use: no name that is
imported here may be that of an op, such as `Any`.
"""

from __future__ import annotations

import difflib
import typing
from collections.abc import Callable
from inspect import Parameter, Signature

from tfsession import registry
from tfsession.graph.build import build

# Arguments whose names differ from those of the op's definition.
_AXIS = {"reduction_indices": "axis"}
RENAMED = {
    **dict.fromkeys(("All", "Any", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum"), _AXIS),
    "ExpandDims": {"dim": "axis"},
    "Select": {"t": "x", "e": "y"},
    "Split": {"split_dim": "axis"},
    "SplitV": {"split_dim": "axis"},
    "Squeeze": {"squeeze_dims": "axis"},
    "Where": {"input": "condition"},
}


def _signature(definition: registry.OpDef, renamed: dict[str, str]) -> Signature:
    """Inputs, attributes without and with a default, and the name."""
    inferred = definition.inferred
    attributes = [a for n, a in definition.attributes.items() if n not in inferred]
    attributes.sort(key=lambda attribute: attribute.has_default)
    kind = Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        Parameter(renamed.get(argument.name, argument.name), kind) for argument in definition.inputs
    ]
    for attribute in attributes:
        default = attribute.default if attribute.has_default else Parameter.empty
        name = renamed.get(attribute.name, attribute.name)
        parameters.append(Parameter(name, kind, default=default))
    return Signature([*parameters, Parameter("name", kind, default=None)])


def _function(definition: registry.OpDef) -> Callable[..., typing.Any]:
    renamed = RENAMED.get(definition.name, {})
    defined = {new: old for old, new in renamed.items()}
    names = [renamed.get(argument.name, argument.name) for argument in definition.inputs]

    def call(*, name: str | None = None, **arguments: typing.Any) -> typing.Any:
        missing = [n for n in names if n not in arguments]
        if missing:
            raise TypeError(
                f"{definition.name}() missing required keyword-only argument: {missing[0]!r}"
            )
        inputs = [arguments.pop(n) for n in names]
        attrs = {defined.get(key, key): value for key, value in arguments.items()}
        return build(definition.name, *inputs, name=name, **attrs)

    call.__name__ = call.__qualname__ = definition.name
    call.__signature__ = _signature(definition, renamed)  # type: ignore[attr-defined]
    call.__doc__ = f"The op {definition.name}; inputs {names}, attributes " + (
        f"{list(definition.attributes)}."
    )
    return call


def __getattr__(name: str) -> Callable[..., typing.Any]:
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
