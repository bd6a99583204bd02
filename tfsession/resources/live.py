"""Weak references to objects that other threads, and the collector, may take away at any moment."""

from __future__ import annotations

import weakref
from typing import Generic, TypeVar

_T = TypeVar("_T")


class LiveObjects(Generic[_T]):
    """The objects of a kind that are in use, without keeping them in use.

    A `weakref.WeakSet` fails where it is copied while another thread, or a finalizer in the same
    thread, changes it. Here every change is one operation on a dict, and takes no lock.
    """

    def __init__(self) -> None:
        self._references: dict[int, weakref.ref[_T]] = {}

    def add(self, item: _T) -> None:
        """Notes an object until it is collected or removed."""
        key, references = id(item), self._references

        def forget(gone: weakref.ref[_T]) -> None:
            # A new object may have taken the address of the one that is gone.
            if references.get(key) is gone:
                del references[key]

        references[key] = weakref.ref(item, forget)

    def discard(self, item: _T) -> None:
        """Forgets an object, if it is there."""
        self._references.pop(id(item), None)

    def all(self) -> list[_T]:
        """The objects of this moment."""
        found = [reference() for reference in list(self._references.values())]
        return [item for item in found if item is not None]
