"""`tf.contrib.slim.queues`: threads that fill queues inside a `with` block."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.scopes import GraphKeys
from tfsession.train.coordinator import Coordinator

__all__ = ["NestedQueueRunnerError", "QueueRunners"]


class NestedQueueRunnerError(Exception):
    """Threads that fill queues are running already."""


_running = threading.Lock()


@contextlib.contextmanager
def QueueRunners(session: Any) -> Iterator[None]:  # TensorFlow's name
    """Runs the queue runners of the default graph inside a `with` block.

    Args:
      session: a Session.

    Raises:
      NestedQueueRunnerError: inside another such block.

    Source: TensorFlow 1.15 `tf.contrib.slim.queues.QueueRunners`.
    """
    if not _running.acquire(blocking=False):
        raise NestedQueueRunnerError("QueueRunners cannot be nested")
    coordinator = Coordinator()
    try:
        threads = [
            thread
            for runner in scopes.get_collection(GraphKeys.QUEUE_RUNNERS)
            for thread in runner.create_threads(session, coord=coordinator, daemon=True, start=True)
        ]
        try:
            yield
        finally:
            coordinator.request_stop()
            coordinator.join(threads, stop_grace_period_secs=120)
    finally:
        _running.release()
