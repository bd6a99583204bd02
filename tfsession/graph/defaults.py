"""Stacks of defaults, such as the default graph and the default session, one for each thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class DefaultStack(threading.local, Generic[Item]):
    """A stack of defaults, one for each thread."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def top(self) -> Item | None:
        """The default of this thread, or None."""
        return self.items[-1] if self.items else None

    # What TensorFlow's own stack offers, and tests of programs call.
    get_default = top

    def reset(self) -> None:
        """Empties the stack of this thread."""
        self.items.clear()

    def is_cleared(self) -> bool:
        """Whether the stack of this thread is empty."""
        return not self.items

    @contextlib.contextmanager
    def pushed(self, item: Item) -> Iterator[Item]:
        """Makes `item` the default inside a `with` block.

        Raises:
          AssertionError: on leaving, another item is on top.
        """
        self.items.append(item)
        try:
            yield item
        finally:
            self.remove(item)

    def remove(self, item: Item) -> None:
        """Takes `item` off the top.

        Raises:
          AssertionError: another item is on top; `item` stays where it is.
        """
        if not self.items:
            return
        if self.items[-1] is not item:
            raise AssertionError(f"Nesting violated for default stack of {type(item)} objects")
        self.items.pop()
