"""The collections of a graph: named lists, by which parts of a program find what others made.

They refuse changes with the graph, once it is finalized.
"""

from __future__ import annotations

import re
from typing import Any


class Collections:
    """What of a Graph is about its collections, and about the end of all changes."""

    def __init__(self) -> None:
        self._collections: dict[Any, list[Any]] = {}
        self._finalized = False

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Appends `value` to the collection called `name`."""
        self.check_not_finalized()
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Appends `value` to several collections, each once."""
        names = (names,) if isinstance(names, str) else dict.fromkeys(names)
        for name in names:
            self.add_to_collection(name, value)

    def get_collection_ref(self, name: Any) -> list[Any]:
        """The collection itself: changing the list changes the collection."""
        return self._collections.setdefault(name, [])

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A copy of the collection.

        Args:
          name: the collection.
          scope: a regular expression; only items with a `name` that it matches at the start.
        """
        items = self._collections.get(name, [])
        if scope is None:
            return list(items)
        pattern = re.compile(scope)
        return [item for item in items if hasattr(item, "name") and pattern.match(item.name)]

    def get_all_collection_keys(self) -> list[Any]:
        """The names of all collections that are strings."""
        return [name for name in self._collections if isinstance(name, str)]

    def clear_collection(self, name: Any) -> None:
        """Empties a collection."""
        self.check_not_finalized()
        self._collections.pop(name, None)

    @property
    def collections(self) -> list[Any]:
        """The names of all collections."""
        return list(self._collections)

    def kept_collections(self) -> dict[Any, list[Any]]:
        """A copy of all, for `set_collections`."""
        return {name: list(items) for name, items in self._collections.items()}

    def set_collections(self, collections: dict[Any, list[Any]]) -> None:
        """Gives each collection its items again, in the lists that others may hold."""
        for name in self._collections.keys() - collections.keys():
            del self._collections[name]
        for name, items in collections.items():
            self._collections.setdefault(name, [])[:] = items

    # -- The end of changes --

    @property
    def finalized(self) -> bool:
        """Whether the graph refuses new operations."""
        return self._finalized

    def finalize(self) -> None:
        """Refuses new operations from now on."""
        self._finalized = True

    def _unsafe_unfinalize(self) -> None:
        self._finalized = False

    def check_not_finalized(self) -> None:
        """Raises RuntimeError where the graph refuses new operations."""
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
