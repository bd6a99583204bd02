"""Evaluations: sessions that run metrics over data, and read their values at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tfsession.dtypes import int64
from tfsession.graph import scopes
from tfsession.graph.operation import Operation
from tfsession.graph.scopes import GraphKeys, control_dependencies
from tfsession.logging import info
from tfsession.ops.array import identity
from tfsession.ops.initializers import zeros_initializer
from tfsession.ops.state import assign_add
from tfsession.ops.summary import merge_all
from tfsession.train.checkpoint_values import checkpoints_iterator
from tfsession.train.file_writer import FileWriterCache
from tfsession.train.hooks import FinalOpsHook
from tfsession.train.monitored_session import ChiefSessionCreator, MonitoredSession
from tfsession.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from tfsession.train.training_step import get_global_step
from tfsession.variables.scope import get_variable

__all__ = [
    "StopAfterNEvalsHook",
    "SummaryAtEndHook",
    "evaluate_once",
    "evaluate_repeatedly",
    "get_or_create_eval_step",
]

# From how many runs on not each of them is logged, and how many messages there are then.
_MANY = 20
_MESSAGES = 10


def get_or_create_eval_step() -> Any:
    """The variable that counts runs of an evaluation, made when there is none.

    Raises:
      ValueError: there are several.

    Source: TensorFlow 1.15 `tf.contrib.training.get_or_create_eval_step`.
    """
    graph = scopes.get_default_graph()
    found = graph.get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple tensors added to tf.GraphKeys.EVAL_STEP")
    if found:
        return found[0]
    return get_variable(
        "eval_step",
        shape=[],
        dtype=int64,
        initializer=zeros_initializer(),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP],
    )


class StopAfterNEvalsHook(SessionRunHook):
    """Asks for a stop after so many runs of an evaluation, and logs how far it is.

    Source: TensorFlow 1.15 `tf.contrib.training.StopAfterNEvalsHook`.
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        """Creates a hook.

        Args:
          num_evals: how many runs; None for no end.
          log_progress: whether to log.
        """
        self._num_evals = num_evals
        self._log_progress = log_progress
        many = num_evals is not None and num_evals >= _MANY
        self._log_frequency = (num_evals or 0) // _MESSAGES if many else 1
        self._evals_completed: Any = None

    def set_evals_completed(self, tensor: Any) -> None:
        """Says what counts the runs."""
        self._evals_completed = tensor

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Fetches the number of runs."""
        return SessionRunArgs({"evals_completed": self._evals_completed})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Logs, and asks for a stop at the end."""
        done = run_values.results["evals_completed"]
        if self._log_progress:
            if self._num_evals is None:
                info("Evaluation [%d]", done)
            elif done % self._log_frequency == 0 or self._num_evals == done:
                info("Evaluation [%d/%d]", done, self._num_evals)
        if self._num_evals is not None and done >= self._num_evals:
            run_context.request_stop()


class SummaryAtEndHook(SessionRunHook):
    """Writes summaries at the end of an evaluation.

    Source: TensorFlow 1.15 `tf.contrib.training.SummaryAtEndHook`.
    """

    def __init__(
        self,
        log_dir: str | None = None,
        summary_writer: Any = None,
        summary_op: Any = None,
        feed_dict: Any = None,
    ) -> None:
        """Creates a hook.

        Args:
          log_dir: the folder of the event file.
          summary_writer: a FileWriter, in place of a folder.
          summary_op: the summaries; all of the graph when None.
          feed_dict: is fed to them.

        Raises:
          ValueError: neither a folder nor a writer is given.
        """
        if not log_dir and not summary_writer:
            raise ValueError("Both log_dir and summary_writer cannot be None.")
        self._summary_op = summary_op
        self._replace_summary_op = summary_op is None
        self._feed_dict = feed_dict
        self._summary_writer = summary_writer
        self._log_dir = log_dir

    def begin(self) -> None:
        """Finds the summaries, and the global step."""
        if self._replace_summary_op:
            self._summary_op = merge_all()
        self._global_step = get_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Opens the event file."""
        if self._summary_writer is None and self._log_dir:
            self._summary_writer = FileWriterCache.get(self._log_dir)

    def end(self, session: Any) -> None:
        """Writes the summaries."""
        step = None if self._global_step is None else session.run(self._global_step)
        if self._summary_op is not None:
            summary = session.run(self._summary_op, self._feed_dict)
            if self._summary_writer:
                self._summary_writer.add_summary(summary, step)
        if self._summary_writer:
            self._summary_writer.flush()


def evaluate_once(
    checkpoint_path: str | None,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    hooks: Sequence[SessionRunHook] | None = None,
    config: Any = None,
) -> Any:
    """Restores a checkpoint, runs operations until a hook or the end of data stops them.

    Args:
      checkpoint_path: the checkpoint; None: variables are initialised.
      master: the target of the session.
      scaffold: a Scaffold; a new one when None.
      eval_ops: operations to run again and again: one, or a list or dict of them; None for none.
      feed_dict: is fed to them.
      final_ops: tensors that are fetched once, at the end.
      final_ops_feed_dict: is fed to them.
      hooks: SessionRunHooks.
      config: a ConfigProto.

    Returns:
      The values of `final_ops`, or None.

    Source: TensorFlow 1.15 `tf.contrib.training.evaluate_once`.
    """
    eval_step = get_or_create_eval_step()
    all_hooks = list(hooks or ())
    if eval_ops is not None:
        eval_ops = _counting(eval_ops, assign_add(eval_step, 1, use_locking=True))
        with control_dependencies(_operations(eval_ops)):
            completed = identity(eval_step.read_value())
        for hook in all_hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook.set_evals_completed(completed)
    info("Starting evaluation at %s", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.localtime()))
    creator = ChiefSessionCreator(
        scaffold=scaffold,
        checkpoint_filename_with_path=checkpoint_path,
        master=master,
        config=config,
    )
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    all_hooks.append(final)
    with MonitoredSession(session_creator=creator, hooks=all_hooks) as session:
        if eval_ops is not None:
            while not session.should_stop():
                session.run(eval_ops, feed_dict)
    info("Finished evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime()))
    return final.final_ops_values


def evaluate_repeatedly(
    checkpoint_dir: str,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    eval_interval_secs: float = 60,
    hooks: Sequence[SessionRunHook] | None = None,
    config: Any = None,
    max_number_of_evaluations: int | None = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Any:
    """Evaluates each new checkpoint of a folder.

    Args:
      checkpoint_dir: the folder.
      master, scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks, config: as of
        `evaluate_once`.
      eval_interval_secs: the least time between two evaluations, in seconds.
      max_number_of_evaluations: after how many to stop; None for no end.
      timeout: how long to wait for a new checkpoint, in seconds; None for no end.
      timeout_fn: a function that says behind a timeout whether to stop.

    Returns:
      The values of `final_ops` of the last evaluation, or None.

    Source: TensorFlow 1.15 `tf.contrib.training.evaluate_repeatedly`.
    """
    if max_number_of_evaluations is not None and max_number_of_evaluations <= 0:
        raise ValueError("`max_number_of_evaluations` must be either None or a positive number.")
    values = None
    paths: Iterator[str] = checkpoints_iterator(
        checkpoint_dir, eval_interval_secs, timeout, timeout_fn
    )
    for number, path in enumerate(paths, 1):
        values = evaluate_once(
            path,
            master,
            scaffold,
            eval_ops,
            feed_dict,
            final_ops,
            final_ops_feed_dict,
            hooks,
            config,
        )
        if number == max_number_of_evaluations:
            break
    return values


def _counting(eval_ops: Any, update: Any) -> Any:
    """What is run, with the operation that counts."""
    if isinstance(eval_ops, Mapping):
        return {**eval_ops, "update_eval_step": update}
    if isinstance(eval_ops, (tuple, list)):
        return [*eval_ops, update]
    return [eval_ops, update]


def _operations(eval_ops: Any) -> Iterable[Operation]:
    return list(eval_ops.values()) if isinstance(eval_ops, Mapping) else eval_ops
