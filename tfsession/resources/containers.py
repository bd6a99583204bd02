"""Containers: the named places where a session keeps its variables, queues and readers.

A resource is found by its container, its kind and its name, so that two ops with the same
`shared_name` share it and `Session.reset` can drop a container as a whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

DEFAULT_CONTAINER = "localhost"

_Key = tuple[str, str, str]

#: The kind of what lowering keeps for an op: a resource in it is there under its own kind as well.
OP_STATE = "op state"


class ResourceManager:
    """The resources of one session; safe to use from several threads."""

    def __init__(self) -> None:
        # Reentrant, because making one resource may look up another.
        self._lock = threading.RLock()
        self._resources: dict[_Key, Any] = {}

    def lookup_or_create(
        self, container: str, kind: str, name: str, make: Callable[[], Any]
    ) -> Any:
        """Returns a resource, made by `make()` when there is none yet.

        Args:
          container: the container's name; '' is the default container.
          kind: what the resource is, such as "variable"; different kinds never share a name.
          name: the resource's name.
          make: called at most once.
        """
        key = (container or DEFAULT_CONTAINER, kind, name)
        with self._lock:
            found = self._resources.get(key)
            if found is None:
                found = self._resources[key] = make()
            return found

    def lookup(self, container: str, kind: str, name: str) -> Any | None:
        """Returns a resource, or None when there is none."""
        with self._lock:
            return self._resources.get((container or DEFAULT_CONTAINER, kind, name))

    def delete(self, container: str, kind: str, name: str) -> bool:
        """Removes a resource and releases it; returns whether it was there."""
        with self._lock:
            found = self._resources.pop((container or DEFAULT_CONTAINER, kind, name), None)
        if found is None:
            return False
        _release(found)
        return True

    def clear(self, containers: Iterable[str] | None = None) -> None:
        """Removes and releases all resources of some containers.

        Args:
          containers: the containers' names, of which '' is the default container; None means all
            containers.
        """
        names = None if containers is None else {name or DEFAULT_CONTAINER for name in containers}
        with self._lock:
            keys = [key for key in self._resources if names is None or key[0] in names]
            removed = [self._resources.pop(key) for key in keys]
        # Outside the lock: releasing a queue wakes threads that may ask for resources.
        for resource in removed:
            _release(resource)

    def arrays(self) -> list[tuple[str, str, Any]]:
        """What resources keep in memory: kind and name of the resource, and each array once."""
        with self._lock:
            resources = list(self._resources.items())
        found: dict[int, tuple[str, str, Any]] = {}
        for (_, kind, _), resource in resources:
            if kind != OP_STATE and hasattr(resource, "arrays"):
                found.update((id(a), (kind, name, a)) for name, a in resource.arrays())
        return list(found.values())

    def __len__(self) -> int:
        return len(self._resources)


def _release(resource: Any) -> None:
    """Lets a resource give back its memory although compiled steps still refer to it."""
    release = getattr(resource, "release", None)
    if release is not None:
        release()
