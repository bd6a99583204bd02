"""Hooks that stop, wait, log and feed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.graph import scopes
from tfsession.logging import error as log_error, info, warning
from tfsession.train.coordinator import Coordinator
from tfsession.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from tfsession.train.step_timer import SecondOrStepTimer
from tfsession.train.training_step import global_step_read

__all__ = [
    "FeedFnHook",
    "FinalOpsHook",
    "GlobalStepWaiterHook",
    "LoggingTensorHook",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "StopAtStepHook",
]

# From how many steps on a process that waits says again that it does.
_STEPS_BETWEEN_LOGS = 1000
# How long it waits before it looks again, in seconds.
_WAIT_SECS = 0.5


class StopAtStepHook(SessionRunHook):
    """Asks for a stop when a global step is reached.

    Source: TensorFlow 1.15 `tf.train.StopAtStepHook`.
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        """Creates a hook.

        Args:
          num_steps: how many steps to take from where the session starts.
          last_step: the global step to stop at.

        Raises:
          ValueError: neither or both are given.
        """
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps = num_steps
        self._last_step = last_step

    def begin(self) -> None:
        """Finds the global step."""
        self._global_step_tensor = global_step_read("StopAtStepHook")

    def after_create_session(self, session: Any, coord: Coordinator) -> None:
        """Settles the last step, once: recovery does not move it."""
        if self._last_step is None:
            self._last_step = session.run(self._global_step_tensor) + (self._num_steps or 0)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Fetches the global step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Asks for a stop at the last step."""
        # The step may have been read before or after it was counted up: near the end, look again.
        last = self._last_step
        assert last is not None
        if run_values.results + 1 >= last:
            if run_context.session.run(self._global_step_tensor) >= last:
                run_context.request_stop()


class LoggingTensorHook(SessionRunHook):
    """Logs the values of tensors, at level INFO.

    Source: TensorFlow 1.15 `tf.train.LoggingTensorHook`.
    """

    def __init__(
        self,
        tensors: Mapping[str, Any] | Sequence[Any],
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[dict[Any, Any]], str] | None = None,
    ) -> None:
        """Creates a hook.

        Args:
          tensors: tensors or their names, or a dict that gives them other names for the log.
          every_n_iter: how often to log, in runs.
          every_n_secs: how often to log, in seconds.
          at_end: whether to log at the end.
          formatter: a function that makes the text of a dict of names and values.

        Raises:
          ValueError: it is not said when to log, or in two ways; `every_n_iter` is not positive.
        """
        only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError(
                "either at_end and/or exactly one of every_n_iter and every_n_secs must be "
                "provided."
            )
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, Mapping):
            self._tensors = dict(sorted(tensors.items()))
        else:
            self._tensors = {item: item for item in tensors}
        self._formatter = formatter
        self._timer = (
            None
            if only_at_end
            else SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_iter)
        )
        self._log_at_end = at_end
        self._last_time: float | None = None

    def begin(self) -> None:
        """Finds the tensors."""
        self._iter_count = 0
        self._last_time = None
        if self._timer is not None:
            self._timer.reset()
        graph = scopes.get_default_graph()
        self._current_tensors = {
            tag: graph.as_graph_element(thing) for tag, thing in self._tensors.items()
        }

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Fetches the tensors where they are due."""
        timer = self._timer
        self._should_trigger = timer is not None and timer.should_trigger_for_step(self._iter_count)
        return SessionRunArgs(self._current_tensors) if self._should_trigger else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Logs the values where they are due."""
        if self._should_trigger:
            self._log_tensors(run_values.results)
        self._iter_count += 1

    def end(self, session: Any) -> None:
        """Logs the values at the end, where that was asked for."""
        if self._log_at_end:
            self._log_tensors(session.run(self._current_tensors))

    def _log_tensors(self, values: dict[Any, Any]) -> None:
        elapsed = None
        if self._timer is not None:
            elapsed, _ = self._timer.update_last_triggered_step(self._iter_count)
        if self._formatter:
            info(self._formatter(values))
            return
        with np.printoptions(suppress=True):
            text = ", ".join(f"{tag} = {values[tag]!s}" for tag in self._tensors)
        if elapsed is None:
            info("%s", text)
        else:
            info("%s (%.3f sec)", text, elapsed)


class NanLossDuringTrainingError(RuntimeError):
    """The loss is NaN.

    Source: TensorFlow 1.15 `tf.train.NanLossDuringTrainingError`.
    """

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Ends a training whose loss is NaN.

    Source: TensorFlow 1.15 `tf.train.NanTensorHook`.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        """Creates a hook.

        Args:
          loss_tensor: the loss.
          fail_on_nan_loss: whether to raise NanLossDuringTrainingError, or just to ask for a stop.
        """
        self._loss_tensor = loss_tensor
        self._fail_on_nan_loss = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Fetches the loss."""
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Looks at the loss.

        Raises:
          NanLossDuringTrainingError: it is NaN, and that is to be an error.
        """
        if not np.isnan(run_values.results):
            return
        if self._fail_on_nan_loss:
            log_error("Model diverged with loss = NaN.")
            raise NanLossDuringTrainingError
        warning("Model diverged with loss = NaN.")
        run_context.request_stop()


class GlobalStepWaiterHook(SessionRunHook):
    """Waits, before the first run, until others have reached a global step.

    Source: TensorFlow 1.15 `tf.train.GlobalStepWaiterHook`.
    """

    def __init__(self, wait_until_step: int) -> None:
        """Creates a hook.

        Args:
          wait_until_step: the global step.
        """
        self._wait_until_step = wait_until_step
        self._is_reached = wait_until_step <= 0

    def begin(self) -> None:
        """Finds the global step."""
        self._global_step_tensor = global_step_read("_GlobalStepWaiterHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Waits for the step."""
        if self._is_reached:
            return None
        info("Waiting for global step %d before starting training.", self._wait_until_step)
        logged = 0
        while (step := run_context.session.run(self._global_step_tensor)) < self._wait_until_step:
            if step - logged > _STEPS_BETWEEN_LOGS:
                info(
                    "Waiting for global step %d before starting training. Current step is %d.",
                    self._wait_until_step,
                    step,
                )
                logged = step
            time.sleep(_WAIT_SECS)
        self._is_reached = True
        return None


class FinalOpsHook(SessionRunHook):
    """Fetches something at the end.

    Source: TensorFlow 1.15 `tf.train.FinalOpsHook`.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        """Creates a hook.

        Args:
          final_ops: what to fetch, as of `Session.run`.
          final_ops_feed_dict: what to feed for it.
        """
        self._final_ops = final_ops
        self._final_ops_feed_dict = final_ops_feed_dict
        self._final_ops_values: Any = None

    @property
    def final_ops_values(self) -> Any:
        """The values; None before the end."""
        return self._final_ops_values

    def end(self, session: Any) -> None:
        """Fetches the values.

        Raises:
          OutOfRangeError: they need input that has ended.
        """
        if self._final_ops is None:
            return
        try:
            self._final_ops_values = session.run(
                self._final_ops, feed_dict=self._final_ops_feed_dict
            )
        except (errors.OutOfRangeError, StopIteration) as error:
            warning("FinalOpsHook: the final ops read input, and there is no more of it: %s", error)
            raise


class FeedFnHook(SessionRunHook):
    """Feeds what a function returns, in every run.

    Source: TensorFlow 1.15 `tf.train.FeedFnHook`.
    """

    def __init__(self, feed_fn: Callable[[], Mapping[Any, Any]]) -> None:
        """Creates a hook.

        Args:
          feed_fn: a function without arguments that returns a feed_dict.
        """
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Calls the function."""
        return SessionRunArgs(fetches=None, feed_dict=self.feed_fn())
