"""Fetches: from whatever a user asks for to a flat list of tensors, and back to the same shape.

A `Fetches` is made once for a signature. It knows the distinct tensors and operations to run, and
puts the values together in the structure of what was asked for.
"""

from __future__ import annotations

import collections.abc
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tfsession.graph.composites import (
    IndexedSlices,
    IndexedSlicesValue,
    SparseTensor,
    SparseTensorValue,
    parts_of_slices,
)
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation, Tensor

# Puts a structure together from the values of the distinct tensors.
Assemble = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True)
class Fetches:
    """What one signature asks for.

    Attributes:
      tensors: the distinct tensors, in the order in which they are first asked for.
      operations: the operations that only run.
      assemble: from the tensors' values to the structure.
    """

    tensors: list[Tensor]
    operations: list[Operation]
    assemble: Assemble


# ---- Types that stand for several tensors ----

FetchFunction = Callable[[Any], tuple[list[Any], Callable[[list[Any]], Any]]]
FeedFunction = Callable[[Any, Any], list[tuple[Any, Any]]]


@dataclass(frozen=True)
class Expansion:
    """How a type is fetched and fed."""

    kind: type
    fetch: FetchFunction
    feed: FeedFunction | None
    feed_for_partial_run: Callable[[Any], list[Any]] | None


_expansions: list[Expansion] = []


def register_session_run_conversion_functions(
    tensor_type: type,
    fetch_function: FetchFunction,
    feed_function: FeedFunction | None = None,
    feed_function_for_partial_run: Callable[[Any], list[Any]] | None = None,
) -> None:
    """Teaches `Session.run` a type.

    Args:
      tensor_type: the type; its instances and those of subclasses are converted.
      fetch_function: ``f(object) -> (tensors, g)`` where ``g(values)`` makes the fetched value.
      feed_function: ``f(object, value) -> [(tensor, value), ...]``.
      feed_function_for_partial_run: ``f(object) -> [tensor, ...]``.

    Raises:
      ValueError: the type, or a subclass of it, is registered already.

    Source: TensorFlow 1.15, python/client/session.py `register_session_run_conversion_functions`.
    """
    for expansion in _expansions:
        if issubclass(expansion.kind, tensor_type):
            raise ValueError(f"{tensor_type} has already been registered so ignore it.")
    _expansions.insert(
        0, Expansion(tensor_type, fetch_function, feed_function, feed_function_for_partial_run)
    )


def _sparse_parts(sparse: SparseTensor) -> list[Tensor]:
    return [sparse.indices, sparse.values, sparse.dense_shape]


def _slices_value(values: list[Any]) -> IndexedSlicesValue:
    return IndexedSlicesValue(values[0], values[1], values[2] if len(values) == 3 else None)


register_session_run_conversion_functions(
    SparseTensor,
    lambda sparse: (_sparse_parts(sparse), lambda values: SparseTensorValue(*values)),
    # A value may be shorter than the key: the rest stays unfed.
    lambda sparse, value: list(zip(_sparse_parts(sparse), value, strict=False)),
    _sparse_parts,
)
register_session_run_conversion_functions(
    IndexedSlices,
    lambda slices: (parts_of_slices(slices), _slices_value),
    lambda slices, value: list(zip(parts_of_slices(slices), value, strict=False)),
    parts_of_slices,
)


def expansion_of(value: Any) -> Expansion | None:
    """The newest registered expansion for a value's type."""
    for expansion in _expansions:
        if isinstance(value, expansion.kind):
            return expansion
    return None


# ---- Resolving ----


def resolve(graph: Graph, fetches: Any) -> Fetches:
    """Finds the tensors and operations behind `fetches`.

    Args:
      graph: the session's graph.
      fetches: a leaf (Tensor, Operation, name, Variable, ...) or a nesting of lists, tuples,
        namedtuples, dicts, attrs objects and dataclass objects of leaves.

    Raises:
      TypeError: a leaf of an unusable type, or None.
      ValueError: a leaf that is not in the graph.
    """
    resolver = _Resolver(graph)
    assemble = resolver.structure(fetches)
    return Fetches(list(resolver.index), list(resolver.operations), assemble)


class _Resolver:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.index: dict[Tensor, int] = {}
        self.operations: dict[Operation, None] = {}

    def structure(self, fetch: Any) -> Assemble:
        if fetch is None:
            raise TypeError(f"Fetch argument {fetch!r} has invalid type {type(fetch)!r}")
        if isinstance(fetch, list):
            parts = [self.structure(f) for f in fetch]
            return lambda values: [part(values) for part in parts]
        if isinstance(fetch, tuple):
            parts = [self.structure(f) for f in fetch]
            kind = type(fetch)
            if kind is tuple:
                return lambda values: tuple([part(values) for part in parts])
            return lambda values: kind(*[part(values) for part in parts])
        if isinstance(fetch, collections.abc.Mapping):
            return self._mapping(fetch)
        if hasattr(type(fetch), "__attrs_attrs__"):
            cls = type(fetch)
            fields = [getattr(fetch, a.name) for a in cls.__attrs_attrs__]
            parts = [self.structure(f) for f in fields]
            return lambda values: cls(*[part(values) for part in parts])
        if _is_dataclass_object(fetch):
            return self._dataclass(fetch)
        expansion = expansion_of(fetch)
        if expansion is not None:
            tensors, contract = expansion.fetch(fetch)
            parts = [self.leaf(t) for t in tensors]
            return lambda values: contract([part(values) for part in parts])
        return self.leaf(fetch)

    def _mapping(self, fetch: Any) -> Assemble:
        cls = type(fetch)
        keys = list(fetch)
        parts = [self.structure(fetch[key]) for key in keys]

        def assemble(values: Sequence[Any]) -> Any:
            result = cls()
            for key, part in zip(keys, parts, strict=True):
                result[key] = part(values)
            return result

        return assemble

    def _dataclass(self, fetch: Any) -> Assemble:
        parts = {f.name: self.structure(getattr(fetch, f.name)) for f in _fields(fetch)}
        return lambda values: dataclasses.replace(
            fetch, **{name: part(values) for name, part in parts.items()}
        )

    def leaf(self, fetch: Any) -> Assemble:
        try:
            element = self.graph.as_graph_element(fetch)
        except TypeError as error:
            raise TypeError(
                f"Fetch argument {fetch!r} has invalid type {type(fetch)!r}, must be a string or "
                f"Tensor. ({error})"
            ) from error
        except (ValueError, KeyError) as error:
            raise ValueError(
                f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})"
            ) from error
        self.graph.check_fetchable(element)
        if isinstance(element, Operation):
            self.operations[element] = None
            return lambda values: None
        position = self.index.setdefault(element, len(self.index))
        return lambda values: values[position]


def _is_dataclass_object(fetch: Any) -> bool:
    """Whether a fetch is a dataclass instance that stands for its fields, not for a tensor."""
    return (
        dataclasses.is_dataclass(fetch)
        and not isinstance(fetch, type)
        and not hasattr(fetch, "_as_graph_element")
    )


def _fields(fetch: Any) -> list[Any]:
    """The fields that a dataclass object is rebuilt from."""
    return [field for field in dataclasses.fields(fetch) if field.init]


# ---- Signatures ----


def signature(fetches: Any) -> Any:
    """A hashable stand-in for `fetches`: equal where the same step and structure are asked for.

    Raises:
      TypeError: it may ask for something else next time; it is then resolved anew in every run.
    """
    kind = type(fetches)
    if kind is Tensor or kind is Operation or kind is str or kind is bytes:
        return fetches
    if kind is list or kind is tuple:
        return (kind, *map(signature, fetches))
    if kind is dict:
        return (kind, tuple(fetches), *map(signature, fetches.values()))
    return _other_signature(fetches, kind)


def _other_signature(fetches: Any, kind: Any) -> Any:
    convert = getattr(fetches, "_as_graph_element", None)
    if convert is not None and expansion_of(fetches) is None:
        return convert()
    if isinstance(fetches, (list, tuple)):
        return (kind, *map(signature, fetches))
    if isinstance(fetches, collections.abc.Mapping):
        return (kind, tuple(fetches), *(signature(fetches[key]) for key in fetches))
    if hasattr(kind, "__attrs_attrs__"):
        return (kind, *(signature(getattr(fetches, a.name)) for a in kind.__attrs_attrs__))
    if isinstance(fetches, (SparseTensor, IndexedSlices)):
        # The object stays in the key, and with it alive, so its identity is not reused.
        return _ByIdentity(fetches)
    # A dataclass object may carry fields besides its fetches, and a registered type may name other
    # tensors each time it is asked.
    raise TypeError(f"{kind} has no signature")


class _ByIdentity:
    """Compares by identity whatever the object says of equality."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.thing is self.thing
