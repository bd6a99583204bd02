"""The default session: the one in which `Tensor.eval` and `Operation.run` run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfsession import scopes
from tfsession.graph import Graph

if TYPE_CHECKING:
    from tfsession.session import BaseSession

default_sessions: scopes.DefaultStack[BaseSession] = scopes.DefaultStack()


def get_default_session() -> BaseSession | None:
    """The default session of this thread, or None."""
    return default_sessions.top()


def session_for_eval(graph: Graph, session: BaseSession | None) -> BaseSession:
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


def session_for_run(graph: Graph, session: BaseSession | None) -> BaseSession:
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
    graph: Graph, session: BaseSession | None, none: str, default_differs: str, given_differs: str
) -> BaseSession:
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
