"""How the elements of collections become messages, and messages elements again.

Modules that put objects of their own into collections register here; `graph.meta_graph`, which
writes collections to files, asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["ProtoFunctions", "proto_functions_of", "register_proto_function"]


@dataclass(frozen=True)
class ProtoFunctions:
    """What belongs to a collection.

    Attributes:
      message: the name of the message in `tfsession.protos`, or its class.
      to_proto: ``to_proto(element, export_scope=None)`` returns the message, or None where the
        element is outside of the scope.
      from_proto: ``from_proto(message, import_scope=None)`` returns the element; what it is made of
        is in the default graph.
    """

    message: Any
    to_proto: Callable[..., Any] | None
    from_proto: Callable[..., Any] | None


_functions: dict[str, ProtoFunctions] = {}


def register_proto_function(
    collection_name: str,
    proto_type: Any = None,
    to_proto: Callable[..., Any] | None = None,
    from_proto: Callable[..., Any] | None = None,
) -> None:
    """Says how the elements of a collection are written to files.

    Args:
      collection_name: the collection.
      proto_type: the class of the message.
      to_proto: makes the message of an element.
      from_proto: makes the element of a message.

    Raises:
      TypeError: a function cannot be called.
      KeyError: the collection has functions already.

    Source: TensorFlow 1.15, python/framework/ops.py `register_proto_function`.
    """
    if to_proto is not None and not callable(to_proto):
        raise TypeError("to_proto must be callable.")
    if from_proto is not None and not callable(from_proto):
        raise TypeError("from_proto must be callable.")
    if collection_name in _functions:
        raise KeyError(f"Registering two proto functions with name '{collection_name}'!")
    _functions[collection_name] = ProtoFunctions(proto_type, to_proto, from_proto)


def register_collections(
    names: Iterable[str], message: str, to_proto: Callable[..., Any], from_proto: Callable[..., Any]
) -> None:
    """Registers the same functions for several collections; the message goes by its name."""
    for name in names:
        register_proto_function(name, message, to_proto, from_proto)


def proto_functions_of(collection_name: str) -> ProtoFunctions | None:
    """What has been registered for a collection, or None."""
    return _functions.get(collection_name)
