"""`tf.train.MonitoredSession` and its kin: sessions that start, recover and end by themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from tfsession import errors
from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.graph.scopes import GraphKeys, get_collection
from tfsession.train.coordinator import Coordinator
from tfsession.train.queue_runner import start_queue_runners
from tfsession.train.saving_hooks import CheckpointSaverHook, StepCounterHook, SummarySaverHook
from tfsession.train.scaffold import Scaffold
from tfsession.train.session_manager import SessionManager
from tfsession.train.session_run_hook import SessionRunHook
from tfsession.train.wrapped_sessions import (
    CoordinatedSession,
    Creator,
    HookedSession,
    RecoverableSession,
    StepContext as _StepContext,
)

__all__ = [
    "ChiefSessionCreator",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "SessionCreator",
    "SingularMonitoredSession",
    "WorkerSessionCreator",
]

# What is chosen where an argument is not given: None is a choice.
USE_DEFAULT = object()


# ---- Sessions below ----


class SessionCreator:
    """Makes the sessions of a managed one.

    Source: TensorFlow 1.15 `tf.train.SessionCreator`.
    """

    def create_session(self) -> Any:
        """Makes a Session.

        Raises:
          NotImplementedError: the class does not say how.
        """
        raise NotImplementedError(f"create_session is not implemented for {self}.")


class ChiefSessionCreator(SessionCreator):
    """Makes sessions whose variables are restored or initialised.

    Source: TensorFlow 1.15 `tf.train.ChiefSessionCreator`.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        """Creates a creator.

        Args:
          scaffold: a Scaffold; a new one when None.
          master: the target of sessions.
          config: a ConfigProto.
          checkpoint_dir: a folder, whose latest checkpoint is restored.
          checkpoint_filename_with_path: a checkpoint to restore.
        """
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint_filename_with_path = checkpoint_filename_with_path
        self._scaffold = scaffold or Scaffold()
        self._session_manager: SessionManager | None = None
        self._master = master
        self._config = config

    def create_session(self) -> Any:
        """Makes a Session; its graph is finalized.

        Raises:
          RuntimeError: variables have no values after initialisation.
        """
        self._scaffold.finalize()
        self._session_manager = self._session_manager or _manager(self._scaffold)
        return self._session_manager.prepare_session(
            self._master,
            saver=self._scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint_filename_with_path,
            config=self._config,
            init_op=self._scaffold.init_op,
            init_feed_dict=self._scaffold.init_feed_dict,
            init_fn=self._scaffold.init_fn,
        )


class WorkerSessionCreator(SessionCreator):
    """Makes sessions that wait until the chief has initialised their variables.

    Source: TensorFlow 1.15 `tf.train.WorkerSessionCreator`.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        """Creates a creator.

        Args:
          scaffold: a Scaffold; a new one when None.
          master: the target of sessions.
          config: a ConfigProto.
          max_wait_secs: how long to wait for the chief, in seconds.
        """
        self._scaffold = scaffold or Scaffold()
        self._session_manager: SessionManager | None = None
        self._master = master
        self._config = config
        self._max_wait_secs = max_wait_secs

    def create_session(self) -> Any:
        """Makes a Session; its graph is finalized.

        Raises:
          DeadlineExceededError: the variables have no values after `max_wait_secs`.
        """
        self._scaffold.finalize()
        self._session_manager = self._session_manager or _manager(self._scaffold)
        return self._session_manager.wait_for_session(
            self._master, config=self._config, max_wait_secs=self._max_wait_secs
        )


def _manager(scaffold: Scaffold) -> SessionManager:
    return SessionManager(
        local_init_op=scaffold.local_init_op,
        ready_op=scaffold.ready_op,
        ready_for_local_init_op=scaffold.ready_for_local_init_op,
        graph=scopes.get_default_graph(),
    )


class _CoordinatedSessionCreator:
    """Makes sessions with hooks, and starts their queue runners."""

    def __init__(
        self, creator: Creator, hooks: Sequence[SessionRunHook], stop_grace_period_secs: float
    ) -> None:
        self._session_creator = creator
        self._hooks = hooks
        self._stop_grace_period_secs = stop_grace_period_secs
        self.coord: Coordinator | None = None
        self.tf_sess: Any = None

    def create_session(self) -> CoordinatedSession:
        self.tf_sess = self._session_creator.create_session()
        # A queue runner at the end of its input ends by itself; no error is a clean stop.
        self.coord = Coordinator(clean_stop_exception_types=[])
        if get_collection(GraphKeys.QUEUE_RUNNERS):
            start_queue_runners(sess=self.tf_sess, coord=self.coord)
        for hook in self._hooks:
            hook.after_create_session(self.tf_sess, self.coord)
        return CoordinatedSession(
            HookedSession(self.tf_sess, self._hooks), self.coord, self._stop_grace_period_secs
        )


# ---- Managed sessions ----


class _MonitoredSession:
    """What both kinds of managed sessions share."""

    # The class of what functions of `run_step_fn` get.
    StepContext = _StepContext

    def __init__(
        self,
        session_creator: Creator | None,
        hooks: Sequence[SessionRunHook] | None,
        should_recover: bool,
        stop_grace_period_secs: float = 120,
    ) -> None:
        self._graph_was_finalized = scopes.get_default_graph().finalized
        self._hooks = hooks or []
        for hook in self._hooks:
            hook.begin()
        self._coordinated_creator = _CoordinatedSessionCreator(
            session_creator or ChiefSessionCreator(), self._hooks, stop_grace_period_secs
        )
        self._sess: Any
        if should_recover:
            self._sess = RecoverableSession(self._coordinated_creator)
        else:
            self._sess = self._coordinated_creator.create_session()

    @property
    def graph(self) -> Graph | None:
        """The graph of the session; None when closed."""
        session = self._tf_sess()
        return None if session is None else session.graph

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Runs a step with hooks; arguments and result are those of `Session.run`.

        Raises:
          RuntimeError: a stop has been requested; a tensor is fed twice.
          AttributeError: the session is closed.
        """
        return self._sess.run(
            fetches, feed_dict=feed_dict, options=options, run_metadata=run_metadata
        )

    def run_step_fn(self, step_fn: Callable[[_StepContext], Any]) -> Any:
        """Calls a function that may run several things for one step.

        Args:
          step_fn: a function of `step_context`, a StepContext; or a method with this argument.

        Returns:
          What the function returns.

        Raises:
          StopIteration: the function has requested a stop.
          ValueError: the function has other arguments.
        """
        names = tuple(inspect.getfullargspec(step_fn).args)
        if names not in (("step_context",), ("self", "step_context")):
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and "
                "`step_context` arguments if it's an instance method. Got "
                f"{names} instead."
            )
        return self._sess.run_step_fn(step_fn)

    def should_stop(self) -> bool:
        """Whether no more steps should be run: a stop was requested, or the session is closed."""
        return self._sess is None or self._sess.should_stop()

    def close(self) -> None:
        """Ends the hooks, stops the threads and closes the session.

        Raises:
          RuntimeError: it is closed already.
          Exception: the error of a thread.
        """
        self._close_internal(is_clean=True)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, exception_type: Any, exception_value: Any, traceback: Any) -> bool:
        is_clean = exception_type in (None, errors.OutOfRangeError, StopIteration)
        self._close_internal(is_clean)
        return is_clean

    def _close_internal(self, is_clean: bool) -> None:
        try:
            if is_clean:
                for hook in self._hooks:
                    hook.end(self._tf_sess())
        finally:
            session, self._sess = self._sess, None
            try:
                if session is None:
                    raise RuntimeError("Session is already closed.")
                session.close()
            finally:
                self._coordinated_creator.tf_sess = None
                self._coordinated_creator.coord = None
                if not self._graph_was_finalized:
                    scopes.get_default_graph()._unsafe_unfinalize()

    def _is_closed(self) -> bool:
        return self._sess is None

    def _tf_sess(self) -> Any:
        """The Session below; scripts call this, for savers."""
        return self._coordinated_creator.tf_sess


class MonitoredSession(_MonitoredSession):
    """A session with hooks that initialises or restores its variables, and recovers.

    It runs queue runners, raises their errors, and starts anew behind an AbortedError or an
    UnavailableError. An OutOfRangeError or StopIteration ends a `with` block without an error.

    Source: TensorFlow 1.15 `tf.train.MonitoredSession`.
    """

    def __init__(
        self,
        session_creator: Creator | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        """Calls `begin` of the hooks, finalizes the default graph and makes the session.

        Args:
          session_creator: makes sessions; a ChiefSessionCreator when None.
          hooks: SessionRunHooks.
          stop_grace_period_secs: how long threads may go on behind `close`, in seconds.
        """
        super().__init__(session_creator, hooks, True, stop_grace_period_secs)


class SingularMonitoredSession(_MonitoredSession):
    """A session with hooks that does not recover.

    Source: TensorFlow 1.15 `tf.train.SingularMonitoredSession`.
    """

    def __init__(
        self,
        hooks: Sequence[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        """Calls `begin` of the hooks, finalizes the default graph and makes the session.

        Args:
          hooks: SessionRunHooks.
          scaffold, master, config: as of ChiefSessionCreator.
          checkpoint_dir: a folder, whose latest checkpoint is restored.
          stop_grace_period_secs: how long threads may go on behind `close`, in seconds.
          checkpoint_filename_with_path: a checkpoint to restore.
        """
        creator = ChiefSessionCreator(
            scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path
        )
        super().__init__(creator, hooks, False, stop_grace_period_secs)

    def raw_session(self) -> Any:
        """The Session below; None when closed."""
        return self._tf_sess()


def MonitoredTrainingSession(  # TensorFlow's name
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: str | None = None,
    scaffold: Scaffold | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
    chief_only_hooks: Sequence[SessionRunHook] | None = None,
    save_checkpoint_secs: Any = USE_DEFAULT,
    save_summaries_steps: Any = USE_DEFAULT,
    save_summaries_secs: Any = USE_DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: Any = USE_DEFAULT,
    summary_dir: str | None = None,
) -> MonitoredSession:
    """A MonitoredSession for training, with the hooks that write checkpoints and summaries.

    Args:
      master: the target of the session.
      is_chief: whether this process initialises variables and writes files; others wait for it.
      checkpoint_dir: the folder of checkpoints; the latest one is restored.
      scaffold: a Scaffold; a new one when None.
      hooks: SessionRunHooks.
      chief_only_hooks: hooks for the chief alone.
      save_checkpoint_secs, save_checkpoint_steps: seconds or steps between checkpoints; 600 seconds
        where neither is given, None for none.
      save_summaries_steps, save_summaries_secs: steps or seconds between summaries; 100 steps where
        neither is given, None for none.
      config: a ConfigProto.
      stop_grace_period_secs: how long threads may go on behind `close`, in seconds.
      log_step_count_steps: steps between messages of the speed; None or 0 for none.
      max_wait_secs: how long to wait for the chief, in seconds.
      summary_dir: the folder of summaries; that of checkpoints when None.

    Returns:
      The session.

    Raises:
      RuntimeError: there is a folder, and no global step.
      ValueError: two intervals are given for one thing.

    Source: TensorFlow 1.15 `tf.train.MonitoredTrainingSession`.
    """
    summary_steps, summary_secs = _interval(save_summaries_steps, save_summaries_secs, (100, None))
    saving_steps, saving_secs = _interval(save_checkpoint_steps, save_checkpoint_secs, (None, 600))
    scaffold = scaffold or Scaffold()
    if not is_chief:
        worker = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(worker, hooks or [], stop_grace_period_secs)
    all_hooks = list(chief_only_hooks or ())
    summary_dir = summary_dir or checkpoint_dir
    if summary_dir:
        if log_step_count_steps and log_step_count_steps > 0:
            all_hooks.append(StepCounterHook(log_step_count_steps, output_dir=summary_dir))
        if (summary_steps or 0) > 0 or (summary_secs or 0) > 0:
            all_hooks.append(
                SummarySaverHook(summary_steps, summary_secs, summary_dir, scaffold=scaffold)
            )
    if checkpoint_dir and ((saving_secs or 0) > 0 or (saving_steps or 0) > 0):
        all_hooks.append(
            CheckpointSaverHook(checkpoint_dir, saving_secs, saving_steps, scaffold=scaffold)
        )
    all_hooks.extend(hooks or ())
    chief = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(chief, all_hooks, stop_grace_period_secs)


def _interval(steps: Any, secs: Any, default: tuple[Any, Any]) -> tuple[Any, Any]:
    """Steps and seconds from what was given of them."""
    if steps is USE_DEFAULT and secs is USE_DEFAULT:
        return default
    return None if steps is USE_DEFAULT else steps, None if secs is USE_DEFAULT else secs
