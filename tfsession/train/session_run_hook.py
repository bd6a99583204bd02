"""Hooks: what is told of, and takes part in, the runs of a managed session."""

from __future__ import annotations

from typing import Any, NamedTuple

from tfsession.protos import RunMetadata, RunOptions
from tfsession.train.coordinator import Coordinator

__all__ = ["SessionRunArgs", "SessionRunContext", "SessionRunHook", "SessionRunValues"]


class SessionRunArgs(NamedTuple):
    """What a hook adds to a run.

    Attributes:
      fetches: what to fetch, as of `Session.run`; None for nothing.
      feed_dict: what to feed, or None.
      options: a RunOptions, joined with those of others, or None.

    Source: TensorFlow 1.15 `tf.train.SessionRunArgs`.
    """

    fetches: Any
    feed_dict: Any = None
    options: RunOptions | None = None


class SessionRunValues(NamedTuple):
    """What a hook gets from a run.

    Attributes:
      results: the values of its own fetches.
      options: the RunOptions of the run.
      run_metadata: the RunMetadata of the run.

    Source: TensorFlow 1.15 `tf.train.SessionRunValues`.
    """

    results: Any
    options: RunOptions
    run_metadata: RunMetadata


class SessionRunContext:
    """One run, as its hooks see it.

    Source: TensorFlow 1.15 `tf.train.SessionRunContext`.
    """

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        """Creates a context.

        Args:
          original_args: what the caller asked for.
          session: the Session of the run.
        """
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs:
        """Fetches and feeds of the caller, without those of hooks."""
        return self._original_args

    @property
    def session(self) -> Any:
        """The Session of the run, below all hooks."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether a hook has asked for a stop in this run."""
        return self._stop_requested

    def request_stop(self) -> None:
        """Makes `should_stop` of the managed session true after this run."""
        self._stop_requested = True


class SessionRunHook:
    """Takes part in the runs of a managed session; each method may be overridden.

    Source: TensorFlow 1.15 `tf.train.SessionRunHook`.
    """

    def begin(self) -> None:
        """Called once, before the graph is finalized: operations may be added."""

    def after_create_session(self, session: Any, coord: Coordinator) -> None:
        """Called with every new session, also after a recovery.

        Args:
          session: the Session.
          coord: the Coordinator of its threads.
        """

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Called before a run; returns what to add to it.

        Args:
          run_context: the run.
        """
        return None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Called after a run that did not fail.

        Args:
          run_context: the run.
          run_values: what came of it.
        """

    def end(self, session: Any) -> None:
        """Called when the managed session is closed, unless by an error.

        Args:
          session: the Session, still open.
        """
