"""Staging areas: tuples of tensors that wait, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from tfsession.resources import cancellation


class StagingArea:
    """Tuples of tensors between steps; safe to use from several threads."""

    def __init__(self, capacity: int, memory_limit: int) -> None:
        """Makes an empty one.

        Args:
          capacity: how many tuples there may be; any number where it is 0.
          memory_limit: how many bytes they may have together; any number where it is 0.
        """
        self._capacity = capacity
        self._memory_limit = memory_limit
        self._tuples: deque[Sequence[Any]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def put(self, values: Sequence[Any]) -> None:
        """Adds a tuple; waits while there is no room.

        Raises:
          CancelledError: the run was cancelled while it waited.
        """
        size = _size(values)
        with self._changed:
            cancellation.wait_for(self._changed, lambda: self._has_room(size), "Stage")
            self._tuples.append(values)
            self._bytes += size
            self._changed.notify_all()

    def _has_room(self, size: int) -> bool:
        if self._capacity and len(self._tuples) >= self._capacity:
            return False
        # What is larger than the limit has room alone.
        return not (self._memory_limit and self._tuples and self._bytes + size > self._memory_limit)

    def get(self) -> Sequence[Any]:
        """Takes the first tuple; waits while there is none.

        Raises:
          CancelledError: the run was cancelled while it waited.
        """
        with self._changed:
            cancellation.wait_for(self._changed, lambda: bool(self._tuples), "Unstage")
            values = self._tuples.popleft()
            self._bytes -= _size(values)
            self._changed.notify_all()
            return values

    def peek(self, index: int) -> Sequence[Any]:
        """Returns a tuple, which stays; waits until it is there.

        Args:
          index: its number, 0 for the one that comes next.

        Raises:
          CancelledError: the run was cancelled while it waited.
        """
        with self._changed:
            cancellation.wait_for(self._changed, lambda: len(self._tuples) > index, "StagePeek")
            return self._tuples[index]

    def size(self) -> int:
        """How many tuples there are."""
        return len(self._tuples)

    def clear(self) -> None:
        """Forgets all tuples."""
        with self._changed:
            self._tuples.clear()
            self._bytes = 0
            self._changed.notify_all()


def _size(values: Sequence[Any]) -> int:
    return sum(getattr(value, "nbytes", 0) for value in values)
