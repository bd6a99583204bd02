"""`tf.train.SessionManager`: sessions whose variables come from a checkpoint or are initialised."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.logging import info, warning
from tfsession.run.session import Session
from tfsession.train.checkpoint_state import get_checkpoint_state

__all__ = ["SessionManager"]

# Whether something is ready, and what is missing where it is not.
Readiness = tuple[bool, str | None]


class SessionManager:
    """Opens sessions, and gives their variables values.

    Source: TensorFlow 1.15 `tf.train.SessionManager`.
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
    ) -> None:
        """Creates a manager.

        Args:
          local_init_op: runs in every new session, behind initialisation or restoring.
          ready_op: a vector of strings, what has no value yet; the session is ready if it is empty.
          ready_for_local_init_op: the same, for whether `local_init_op` may run.
          graph: the graph; the default one when None.
          recovery_wait_secs: between two looks whether something is there, in seconds.
          local_init_run_options: RunOptions for `local_init_op`.

        Raises:
          ValueError: there is a `ready_for_local_init_op` without a `local_init_op`.
        """
        self._graph = scopes.get_default_graph() if graph is None else graph
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._recovery_wait_secs = recovery_wait_secs
        self._local_init_run_options = local_init_run_options
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , "
                f"ready_for_local_init_op [{ready_for_local_init_op}]"
            )

    # -- Sessions --

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Any], Any] | None = None,
    ) -> Session:
        """A session that is ready: restored where there is a checkpoint, or else initialised.

        Args:
          master: the target of the session.
          init_op: initialises the variables.
          saver: a Saver that restores them.
          checkpoint_dir: a folder, whose latest checkpoint is restored.
          checkpoint_filename_with_path: a checkpoint.
          wait_for_checkpoint: whether to wait until there is one in the folder.
          max_wait_secs: how long, in seconds.
          config: a ConfigProto.
          init_feed_dict: is fed to `init_op`.
          init_fn: called with the session behind `init_op`.

        Raises:
          RuntimeError: nothing initialises the variables, or some have no value afterwards.
          ValueError: both a folder and a checkpoint are given.
        """
        session, is_loaded = self._restored(
            master,
            saver,
            checkpoint_dir,
            checkpoint_filename_with_path,
            wait_for_checkpoint,
            max_wait_secs,
            config,
        )
        try:
            if not is_loaded:
                self._initialise(session, init_op, init_feed_dict, init_fn)
            self._check_prepared(session, init_op, init_fn)
        except BaseException:
            session.close()
            raise
        return session

    def recover_session(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """A session restored from a checkpoint, where there is one.

        Args:
          master, saver, checkpoint_dir, checkpoint_filename_with_path: as of `prepare_session`.
          wait_for_checkpoint, max_wait_secs, config: as there, too.

        Returns:
          The session, and whether it was restored and is ready.

        Raises:
          ValueError: both a folder and a checkpoint are given.
        """
        session, is_loaded = self._restored(
            master,
            saver,
            checkpoint_dir,
            checkpoint_filename_with_path,
            wait_for_checkpoint,
            max_wait_secs,
            config,
        )
        is_done, missing = self._run_local_init_op(session)
        if not is_loaded:
            return session, False
        source = checkpoint_dir or checkpoint_filename_with_path
        if not is_done:
            info(
                "Restoring model from %s did not make model ready for local init: %s",
                source,
                missing,
            )
            return session, False
        is_ready, missing = _readiness(self._ready_op, session)
        if not is_ready:
            info("Restoring model from %s did not make model ready: %s", source, missing)
            return session, False
        info("Restored model from %s", source)
        return session, True

    def wait_for_session(
        self, master: str, config: Any = None, max_wait_secs: float = float("inf")
    ) -> Session:
        """A session, as soon as another process has initialised its variables.

        Args:
          master: the target of the session.
          config: a ConfigProto.
          max_wait_secs: how long to wait, in seconds.

        Raises:
          DeadlineExceededError: the variables have no values after this time.
        """
        end = time.monotonic() + (float("inf") if max_wait_secs is None else max_wait_secs)
        while True:
            session = Session(master, graph=self._graph, config=config)
            missing = None
            is_done, missing_for_local = self._run_local_init_op(session)
            if is_done:
                is_ready, missing = _readiness(self._ready_op, session)
                if is_ready:
                    return session
            session.close()
            if time.monotonic() + self._recovery_wait_secs > end:
                raise errors.DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {int(max_wait_secs)} secs."
                )
            info(
                "Waiting for model to be ready.  Ready_for_local_init_op:  %s, ready: %s",
                missing_for_local,
                missing,
            )
            time.sleep(self._recovery_wait_secs)

    # -- Values --

    def _restored(
        self,
        master: str,
        saver: Any,
        folder: str | None,
        file: str | None,
        wait: bool,
        max_wait_secs: float,
        config: Any,
    ) -> tuple[Session, bool]:
        """A new session, and whether a checkpoint was there to restore."""
        if folder and file:
            raise ValueError(
                "Can not provide both checkpoint_dir and checkpoint_filename_with_path."
            )
        session = Session(master, graph=self._graph, config=config)
        if not saver or not (folder or file):
            return session, False
        try:
            if file:
                saver.restore(session, file)
                return session, True
            state = self._state(folder, max_wait_secs if wait else 0)
            if state is None:
                return session, False
            saver.restore(session, state.model_checkpoint_path)
        except BaseException:
            session.close()
            raise
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return session, True

    def _state(self, folder: Any, max_wait_secs: float) -> Any:
        """What the folder says of its checkpoints, or None."""
        waited = 0.0
        while not (state := get_checkpoint_state(folder)) and waited < max_wait_secs:
            info("Waiting for checkpoint to be available.")
            time.sleep(self._recovery_wait_secs)
            waited += self._recovery_wait_secs
        return state

    def _initialise(self, session: Session, init_op: Any, feeds: Any, init_fn: Any) -> None:
        if init_op is None and not init_fn and self._local_init_op is None:
            raise RuntimeError(
                "Model is not initialized and no init_op or init_fn or local_init_op was given"
            )
        if init_op is not None:
            session.run(init_op, feed_dict=feeds)
        if init_fn:
            init_fn(session)

    def _check_prepared(self, session: Session, init_op: Any, init_fn: Any) -> None:
        is_done, missing = self._run_local_init_op(session)
        if not is_done:
            raise RuntimeError(
                "Init operations did not make model ready for local_init.  Init op: "
                f"{_name(init_op)}, init fn: {init_fn}, error: {missing}"
            )
        is_ready, missing = _readiness(self._ready_op, session)
        if not is_ready:
            raise RuntimeError(
                f"Init operations did not make model ready.  Init op: {_name(init_op)}, init fn: "
                f"{init_fn}, local_init_op: {self._local_init_op}, error: {missing}"
            )

    def _run_local_init_op(self, session: Session) -> Readiness:
        """Runs the operation if it may run; whether it could, and else what is missing."""
        if self._local_init_op is None:
            return True, None
        is_ready, missing = _readiness(self._ready_for_local_init_op, session)
        if is_ready:
            info("Running local_init_op.")
            session.run(self._local_init_op, options=self._local_init_run_options)
            info("Done running local_init_op.")
        return is_ready, missing


def _readiness(op: Any, session: Session) -> Readiness:
    """Whether an operation names nothing that is missing."""
    if op is None:
        return True, None
    try:
        missing = session.run(op)
    except errors.FailedPreconditionError as error:
        if "uninitialized" not in str(error):
            warning("Model not ready: error [%s]", error)
            raise
        return False, str(error)
    # Operations of another kind than names fail where something is missing.
    if missing is None or np.asarray(missing).dtype.kind in "iu" or not np.size(missing):
        return True, None
    names = ", ".join(name.decode() for name in np.ravel(missing))
    return False, f"Variables not initialized: {names}"


def _name(op: Any) -> Any:
    return getattr(op, "name", op)
