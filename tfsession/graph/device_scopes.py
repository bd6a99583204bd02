"""The device scopes of a graph: what they ask of the operations created inside."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tfsession.device_spec import DeviceSpec
from tfsession.graph.operation import Operation

# A canonical text; a spec, which its owner may change while the scope is open; or a function.
_Request: TypeAlias = str | DeviceSpec | Callable[[Operation], Any]


@dataclass(frozen=True, slots=True)
class DeviceScope:
    """An open device scope, together with the scopes around it.

    Attributes:
      requests: what an operation is asked for, innermost first. Neighbouring texts are merged, so
        that most operations take one text.
      places: text, file and line of each scope that has a say, innermost first.
    """

    requests: tuple[_Request, ...]
    places: tuple[tuple[str, str, int], ...]

    def apply(self, operation: Operation) -> None:
        """Requests the device for a new operation; what is requested already wins.

        Raises:
          TypeError: a function returns something else than a device.
        """
        operation.device_scopes = self.places
        for request in self.requests:
            if callable(request):
                operation.requested_device = _result_text(request(operation))
            else:
                outer = request if isinstance(request, str) else request.to_string()
                operation.requested_device = _merged(outer, operation.requested_device)


def open_scope(
    requested: Any, outer: DeviceScope | None, file: str, line: int
) -> DeviceScope | None:
    """The scope that a request opens inside another one; None where it asks for nothing.

    Args:
      requested: a device name, a DeviceSpec, a function of the Operation, or None, which hides
        the scopes outside.
      outer: the scope around it, or None.
      file: where the scope is opened.
      line: the line in this file.

    Raises:
      ValueError: the name cannot be read.
      AttributeError: it is no name, as TensorFlow 1.15 reports it.
    """
    if requested is None:
        return DeviceScope((), (("None", file, line),))
    around, places = (outer.requests, outer.places) if outer is not None else ((), ())
    if callable(requested):
        place = (_function_text(requested), file, line)
        return DeviceScope((requested, *around), (place, *places))
    spec = requested if isinstance(requested, DeviceSpec) else _spec_of(requested)
    text = spec.to_string()
    # A spec that says nothing constrains nothing.
    if not text:
        return None
    place = (str(spec), file, line)
    if spec is requested:
        return DeviceScope((spec, *around), (place, *places))
    if around and isinstance(around[0], str):
        text, around = _merged(around[0], text), around[1:]
    return DeviceScope((text, *around), (place, *places))


@functools.lru_cache(maxsize=1024)
def _merged(outer: str, inner: str) -> str:
    """The canonical text of `outer` with the parts of `inner`; `outer` is canonical."""
    if not inner:
        return outer
    return DeviceSpec.from_string(outer).make_merged_spec(DeviceSpec.from_string(inner)).to_string()


def _result_text(result: Any) -> str:
    """The text of what a device function returns."""
    if isinstance(result, DeviceSpec):
        return result.to_string()
    if not isinstance(result, str):
        raise TypeError(f"Expected binary or unicode string, got {result!r}")
    return result


def _spec_of(name: Any) -> DeviceSpec:
    if not isinstance(name, str):
        raise AttributeError(f"'{type(name).__name__}' object has no attribute 'split'")
    return DeviceSpec.from_string(name)


def _function_text(function: Any) -> str:
    code = getattr(function, "__code__", None)
    if code is None:
        return repr(function)
    return f"{function.__name__}<{code.co_filename}, {code.co_firstlineno}>"
