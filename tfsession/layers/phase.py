"""Whether it is training: a tensor that programs feed, or what they have set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import placeholder_with_default

_KEY = "learning_phase"


def learning_phase() -> Any:
    """1 or 0 where it was set for the default graph; else a bool tensor, False where it is not fed.

    Source: TensorFlow 1.15 `tf.keras.backend.learning_phase`.
    """
    graph = scopes.get_default_graph()
    if _KEY not in graph.attachments:
        with name_scope(""):
            graph.attachments[_KEY] = placeholder_with_default(
                False, shape=(), name="keras_learning_phase"
            )
    return graph.attachments[_KEY]


def phase_of(graph: Graph) -> Any:
    """The learning phase of a graph, where it has one; or None."""
    return graph.attachments.get(_KEY)


def set_learning_phase(value: Any) -> None:
    """Fixes the learning phase of the default graph.

    Args:
      value: 1 for training, 0 for inference.

    Raises:
      ValueError: it is neither.

    Source: TensorFlow 1.15 `tf.keras.backend.set_learning_phase`.
    """
    if value not in (0, 1):
        raise ValueError("Expected learning phase to be 0 or 1.")
    scopes.get_default_graph().attachments[_KEY] = value


@contextlib.contextmanager
def learning_phase_scope(value: Any) -> Iterator[None]:
    """Inside, the learning phase of the default graph is `value`.

    Raises:
      ValueError: it is neither 0 nor 1.

    Source: TensorFlow 1.15 `tf.keras.backend.learning_phase_scope`.
    """
    attachments = scopes.get_default_graph().attachments
    before = attachments.get(_KEY)
    set_learning_phase(value)
    try:
        yield
    finally:
        attachments.pop(_KEY)
        if before is not None:
            attachments[_KEY] = before
