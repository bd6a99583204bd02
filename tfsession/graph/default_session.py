"""The default session: the one in which `Tensor.eval` and `Operation.run` run."""

from __future__ import annotations

from typing import Any, Protocol

from tfsession.graph.defaults import DefaultStack


class Runs(Protocol):
    """A session, as tensors and operations see it."""

    @property
    def graph(self) -> Any:
        """The Graph that it runs."""

    def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        """The values of `fetches`."""


default_sessions: DefaultStack[Runs] = DefaultStack()


def get_default_session() -> Runs | None:
    """The default session of this thread, or None."""
    return default_sessions.top()


def session_for_eval(graph: object, session: Runs | None) -> Runs:
    """The session in which `Tensor.eval` runs.

    Raises:
      ValueError: there is none, or it runs another graph.
    """
    return _session_for(
        graph,
        session,
        "Cannot evaluate tensor using `eval()`: No default session is registered. Use `with "
        "sess.as_default()` or pass an explicit session to `eval(session=sess)`",
        "Cannot use the default session to evaluate tensor: the tensor's graph is different from "
        "the session's graph. Pass an explicit session to `eval(session=sess)`.",
        "Cannot use the given session to evaluate tensor: the tensor's graph is different from the "
        "session's graph.",
    )


def session_for_run(graph: object, session: Runs | None) -> Runs:
    """The session in which `Operation.run` runs.

    Raises:
      ValueError: there is none, or it runs another graph.
    """
    return _session_for(
        graph,
        session,
        "Cannot execute operation using `run()`: No default session is registered. Use `with "
        "sess.as_default():` or pass an explicit session to `run(session=sess)`",
        "Cannot use the default session to execute operation: the operation's graph is different "
        "from the session's graph. Pass an explicit session to run(session=sess).",
        "Cannot use the given session to execute operation: the operation's graph is different "
        "from the session's graph.",
    )


def _session_for(
    graph: object, session: Runs | None, none: str, default_differs: str, given_differs: str
) -> Runs:
    if session is not None:
        if session.graph is not graph:
            raise ValueError(given_differs)
        return session
    found = default_sessions.top()
    if found is None:
        raise ValueError(none)
    if found.graph is not graph:
        raise ValueError(default_differs)
    return found
