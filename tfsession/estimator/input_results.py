"""What input functions return: features, labels, and the hooks that start them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tfsession.data.dataset import Dataset
from tfsession.train.coordinator import Coordinator
from tfsession.train.session_run_hook import SessionRunHook

__all__ = ["argument_names", "features_and_labels"]


class DatasetInitializerHook(SessionRunHook):
    """Starts an iterator over a dataset when the session is there."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator

    def begin(self) -> None:
        """Finds the operation; the graph may be finalized later."""
        self._initializer = self._iterator.initializer

    def after_create_session(self, session: Any, coord: Coordinator) -> None:
        """Starts with the first element, also when the session is a new one."""
        session.run(self._initializer)


def features_and_labels(result: Any) -> tuple[Any, Any, list[SessionRunHook]]:
    """Takes apart what an input function has returned.

    Args:
      result: a dataset of features, or of features and labels; or tensors: features, or a pair.

    Returns:
      Features, labels or None, and hooks.

    Raises:
      ValueError: it has more parts than two.
    """
    hooks: list[SessionRunHook] = []
    if isinstance(result, Dataset):
        iterator = result.make_initializable_iterator()
        hooks.append(DatasetInitializerHook(iterator))
        result = iterator.get_next()
    if not isinstance(result, (list, tuple)):
        return result, None, hooks
    if len(result) != 2:
        raise ValueError("input_fn should return (features, labels) as a len 2 tuple.")
    return result[0], result[1], hooks


def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the arguments of a function, of an object that can be called, or of a partial.

    Raises:
      TypeError: it cannot be called.
    """
    if not callable(function):
        raise TypeError("unsupported callable")
    # An argument that a partial has set by position is not among them; by name, it stays.
    return tuple(inspect.signature(function).parameters)
