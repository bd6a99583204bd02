"""`tf.contrib.slim.evaluation`: runs metrics over data with what checkpoints hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession.graph.operation import Tensor
from tfsession.ops.summary import merge_all
from tfsession.train.checkpoint_values import checkpoints_iterator
from tfsession.train.evaluation import (
    StopAfterNEvalsHook,
    SummaryAtEndHook,
    evaluate_once as evaluate_checkpoint,
    evaluate_repeatedly,
)
from tfsession.train.saver import Saver
from tfsession.train.scaffold import Scaffold

__all__ = ["checkpoints_iterator", "evaluate_once", "evaluation_loop"]

#: All summaries of the graph.
_DEFAULT = 0


def _saver(variables: Any) -> Saver | None:
    return None if variables is None else Saver(variables)


def _hooks(num_evals: int, logdir: str, summary_op: Any, feed_dict: Any, hooks: Any) -> list[Any]:
    """Stops after some runs, writes summaries, and what else is wanted."""
    all_hooks: list[Any] = [StopAfterNEvalsHook(num_evals)]
    if not isinstance(summary_op, Tensor) and summary_op == _DEFAULT:
        summary_op = merge_all()
    if summary_op is not None:
        all_hooks.append(
            SummaryAtEndHook(log_dir=logdir, summary_op=summary_op, feed_dict=feed_dict)
        )
    return [*all_hooks, *(hooks or ())]


def evaluate_once(
    master: str,
    checkpoint_path: str | None,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    session_config: Any = None,
    hooks: Sequence[Any] | None = None,
) -> Any:
    """Restores a checkpoint, and evaluates it.

    Args:
      master: the target of the session.
      checkpoint_path: the checkpoint.
      logdir: the folder of summaries.
      num_evals: how often `eval_op` runs.
      initial_op: initialises variables.
      initial_op_feed_dict: is fed to it.
      eval_op: what runs; operations that update metrics.
      eval_op_feed_dict: is fed to it.
      final_op: tensors that are fetched once, at the end.
      final_op_feed_dict: is fed to them.
      summary_op: the summaries; all of the graph by default, None for none.
      summary_op_feed_dict: is fed to them.
      variables_to_restore: what the checkpoint is read for; all variables when None.
      session_config: a ConfigProto.
      hooks: further SessionRunHooks.

    Returns:
      The values of `final_op`, or None.

    Source: TensorFlow 1.15 `tf.contrib.slim.evaluation.evaluate_once`.
    """
    return evaluate_checkpoint(
        checkpoint_path,
        master=master,
        scaffold=Scaffold(
            init_op=initial_op,
            init_feed_dict=initial_op_feed_dict,
            saver=_saver(variables_to_restore),
        ),
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        hooks=_hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks),
        config=session_config,
    )


def evaluation_loop(
    master: str,
    checkpoint_dir: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    init_fn: Callable[[Any, Any], None] | None = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    eval_interval_secs: float = 60,
    max_number_of_evaluations: int | None = None,
    session_config: Any = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
    hooks: Sequence[Any] | None = None,
) -> Any:
    """Evaluates each new checkpoint of a folder.

    Args:
      master: the target of sessions.
      checkpoint_dir: the folder of checkpoints.
      logdir: the folder of summaries.
      num_evals: how often `eval_op` runs for each.
      initial_op: initialises variables.
      initial_op_feed_dict: is fed to it.
      init_fn: a function of the scaffold and the session that is called behind `initial_op`.
      eval_op: what runs; operations that update metrics.
      eval_op_feed_dict: is fed to it.
      final_op: tensors that are fetched once, at the end.
      final_op_feed_dict: is fed to them.
      summary_op: the summaries; all of the graph by default, None for none.
      summary_op_feed_dict: is fed to them.
      variables_to_restore: what checkpoints are read for; all variables when None.
      eval_interval_secs: the least time between two evaluations, in seconds.
      max_number_of_evaluations: after how many to stop; None for no end.
      session_config: a ConfigProto.
      timeout: how long to wait for a new checkpoint, in seconds; None for no end.
      timeout_fn: a function that says behind a timeout whether to stop.
      hooks: further SessionRunHooks.

    Returns:
      The values of `final_op` of the last evaluation, or None.

    Source: TensorFlow 1.15 `tf.contrib.slim.evaluation.evaluation_loop`.
    """
    return evaluate_repeatedly(
        checkpoint_dir,
        master=master,
        scaffold=Scaffold(
            init_op=initial_op,
            init_feed_dict=initial_op_feed_dict,
            init_fn=init_fn,
            saver=_saver(variables_to_restore),
        ),
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        eval_interval_secs=eval_interval_secs,
        hooks=_hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks),
        config=session_config,
        max_number_of_evaluations=max_number_of_evaluations,
        timeout=timeout,
        timeout_fn=timeout_fn,
    )
