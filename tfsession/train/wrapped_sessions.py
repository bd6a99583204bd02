"""The layers of a managed session: recovery, threads that stop together, hooks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tfsession import errors
from tfsession.graph.graph import Graph
from tfsession.logging import info
from tfsession.protos import RunMetadata, RunOptions
from tfsession.train.coordinator import Coordinator
from tfsession.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)

__all__ = [
    "CoordinatedSession",
    "HookedSession",
    "RecoverableSession",
    "StepContext",
    "WrappedSession",
]

#: Errors that end a session, and that a new one may not meet.
PREEMPTIONS = (errors.AbortedError, errors.UnavailableError)


class StepContext:
    """What a function that `run_step_fn` calls may do.

    Source: TensorFlow 1.15 `tf.train.MonitoredSession.StepContext`.
    """

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        """Creates a context.

        Args:
          session: the Session below all hooks.
          run_with_hooks_fn: runs something with hooks.
        """
        self._session = session
        self._run_with_hooks_fn = run_with_hooks_fn

    @property
    def session(self) -> Any:
        """The Session; what it runs, hooks do not see."""
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """As `MonitoredSession.run`."""
        return self._run_with_hooks_fn(*args, **kwargs)

    def request_stop(self) -> None:
        """Ends the step and the loop around it.

        Raises:
          StopIteration: always.
        """
        raise StopIteration("step_fn has requested the iterations to stop.")


class WrappedSession:
    """A session around another one. TensorFlow calls the inner one `_sess`, and scripts use it."""

    def __init__(self, sess: Any) -> None:
        self._sess = sess

    @property
    def graph(self) -> Graph:
        """The graph of the session."""
        return self._sess.graph  # type: ignore[no-any-return]

    @property
    def sess_str(self) -> Any:
        """The target of the session."""
        return self._sess.sess_str

    def raw_session(self) -> Any:
        """The Session inside; None when closed."""
        inner = self._sess
        return inner.raw_session() if isinstance(inner, WrappedSession) else inner

    def should_stop(self) -> bool:
        """Whether this session, or one inside, is closed or wants no more runs."""
        inner = self._sess
        if inner is None or self._wants_stop():
            return True
        return isinstance(inner, WrappedSession) and inner.should_stop()

    def _wants_stop(self) -> bool:
        return False

    def close(self) -> None:
        """Closes the session; twice is no error."""
        inner, self._sess = self._sess, None
        if inner is not None:
            with contextlib.suppress(*PREEMPTIONS):
                inner.close()

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """As `Session.run`."""
        return self._sess.run(*args, **kwargs)

    def run_step_fn(self, step_fn: Callable[[StepContext], Any]) -> Any:
        """Calls a function with a StepContext, and returns what it returns."""
        return step_fn(StepContext(self.raw_session(), self.run))


class Creator(Protocol):
    """What makes sessions."""

    def create_session(self) -> Any:
        """Makes one."""


class RecoverableSession(WrappedSession):
    """Makes a new session where one has ended by a preemption, and runs the step again."""

    def __init__(self, creator: Creator) -> None:
        self._creator = creator
        super().__init__(self._create())

    def _create(self) -> Any:
        while True:
            try:
                return self._creator.create_session()
            except PREEMPTIONS as error:
                info(
                    "An error was raised while a session was being created. This may be due to a "
                    "preemption of a connected worker or parameter server. A new session will be "
                    "created. This error may also occur due to a gRPC failure caused by high "
                    "memory or network bandwidth usage in the parameter servers. If this error "
                    "occurs repeatedly, try increasing the number of parameter servers assigned to "
                    "the job. Error: %s",
                    error,
                )

    def _recovering(self, run: Callable[[Any], Any]) -> Any:
        """Calls a function of the session, again where that has been lost."""
        while True:
            try:
                if self._sess is None:
                    self._sess = self._create()
                return run(self._sess)
            except PREEMPTIONS as error:
                info(
                    "An error was raised. This may be due to a preemption in a connected worker or "
                    "parameter server. The current session will be closed and a new session will "
                    "be created. This error may also occur due to a gRPC failure caused by high "
                    "memory or network bandwidth usage in the parameter servers. If this error "
                    "occurs repeatedly, try increasing the number of parameter servers assigned to "
                    "the job. Error: %s",
                    error,
                )
                self.close()

    def should_stop(self) -> bool:
        """Whether the session wants no more runs; one that is lost does not: the next has to say.

        Errors of its threads count as those of a run.
        """
        try:
            return super().should_stop()
        except PREEMPTIONS as error:
            info(
                "An error was raised while considering whether the session is complete. This may "
                "be due to a preemption in a connected worker or parameter server. The current "
                "session will be closed and a new session will be created. Error: %s",
                error,
            )
            self.close()
            self._sess = self._create()
            return False

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """As `Session.run`, in as many sessions as that takes."""
        return self._recovering(lambda session: session.run(*args, **kwargs))

    def run_step_fn(self, step_fn: Callable[[StepContext], Any]) -> Any:
        """Calls the function in as many sessions as that takes."""
        return self._recovering(lambda session: session.run_step_fn(step_fn))


class CoordinatedSession(WrappedSession):
    """Stops with the threads of a Coordinator, and raises their errors."""

    def __init__(self, sess: Any, coord: Coordinator, stop_grace_period_secs: float = 120) -> None:
        super().__init__(sess)
        self._coord = coord
        self._stop_grace_period_secs = stop_grace_period_secs

    def _wants_stop(self) -> bool:
        self._coord.raise_requested_exception()
        return self._coord.should_stop()

    def close(self) -> None:
        """Waits for the threads, and closes the session.

        Raises:
          Exception: the error of a thread.
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                stop_grace_period_secs=self._stop_grace_period_secs, ignore_live_threads=True
            )
        finally:
            super().close()

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """As `Session.run`; where a thread was preempted, that is why the run failed."""
        try:
            return self._sess.run(*args, **kwargs)
        except PREEMPTIONS:
            raise
        except Exception:
            cause = self._coord.requested_exception
            if isinstance(cause, PREEMPTIONS):
                raise cause from None
            raise


class HookedSession(WrappedSession):
    """Runs steps with hooks."""

    def __init__(self, sess: Any, hooks: Sequence[SessionRunHook]) -> None:
        super().__init__(sess)
        self._hooks = hooks
        self._should_stop = False

    def _wants_stop(self) -> bool:
        return self._should_stop

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: RunOptions | None = None,
        run_metadata: RunMetadata | None = None,
    ) -> Any:
        """As `Session.run`, with what hooks add.

        Raises:
          RuntimeError: a stop was requested; a tensor is fed twice.
        """
        if self._should_stop:
            raise RuntimeError("Run called even after should_stop requested.")
        wanted: dict[Any, Any] = {"caller": fetches}
        merged = RunOptions()
        if options is not None:
            merged.CopyFrom(options)
        metadata = RunMetadata() if run_metadata is None else run_metadata
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self._sess)
        feeds = self._call_before(context, wanted, feed_dict, merged)
        # A run without options takes the short way; its metadata would be empty.
        extra: dict[str, Any] = {}
        if run_metadata is not None or merged.ByteSize():
            extra = {"options": merged, "run_metadata": metadata}
        found = self._sess.run(wanted, feed_dict=feeds, **extra)
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(found.get(hook), merged, metadata))
        self._should_stop = self._should_stop or context.stop_requested
        return found["caller"]

    def _call_before(
        self, context: SessionRunContext, wanted: dict[Any, Any], feed_dict: Any, merged: RunOptions
    ) -> dict[Any, Any]:
        """Asks the hooks what they add; returns all feeds."""
        from_hooks: dict[Any, Any] = {}
        for hook in self._hooks:
            request = hook.before_run(context)
            if request is None:
                continue
            if request.fetches is not None:
                wanted[hook] = request.fetches
            if request.feed_dict:
                _check_apart(from_hooks, request.feed_dict, "two hooks")
                from_hooks.update(request.feed_dict)
            if request.options:
                _merge(merged, request.options)
        if not feed_dict:
            return from_hooks
        if not from_hooks:
            return feed_dict  # type: ignore[no-any-return]
        _check_apart(from_hooks, feed_dict, "a SessionRunHook and user")
        return {**feed_dict, **from_hooks}


def _check_apart(first: Any, second: Any, owners: str) -> None:
    both = [key for key in first if key in second]
    if both:
        raise RuntimeError(f"Same tensor is fed by {owners}. Conflict(s): {both}")


def _merge(merged: RunOptions, options: RunOptions) -> None:
    """Joins options: of two numbers the larger one holds, of two flags either."""
    for name in ("trace_level", "timeout_in_ms", "inter_op_thread_pool"):
        number = max(getattr(merged, name), getattr(options, name))
        if number != getattr(merged, name):
            setattr(merged, name, number)
    if options.output_partition_graphs:
        merged.output_partition_graphs = True
    merged.debug_options.debug_tensor_watch_opts.extend(
        options.debug_options.debug_tensor_watch_opts
    )
