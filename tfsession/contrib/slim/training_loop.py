"""`slim.learning.train`: runs training steps, with checkpoints and summaries from time to time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tfsession import errors
from tfsession.dtypes import int64
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.graph import Graph
from tfsession.graph.scopes import name_scope
from tfsession.logging import info
from tfsession.ops import math
from tfsession.ops.control import group
from tfsession.ops.lookup import tables_initializer
from tfsession.ops.summary import merge_all
from tfsession.train import training_step
from tfsession.train.saver import Saver
from tfsession.train.supervisor import Supervisor
from tfsession.variables.collections import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)

__all__ = ["train", "train_step"]

#: What is chosen where an argument is not given.
_DEFAULT = 0


def train_step(
    sess: Any, train_op: Any, global_step: Any, train_step_kwargs: dict[str, Any]
) -> tuple[Any, Any]:
    """Runs a training step.

    Args:
      sess: a Session.
      train_op: the step; what it hands on is the loss.
      global_step: the variable that counts steps.
      train_step_kwargs: "should_log" and "should_stop", scalar bool tensors.

    Returns:
      The loss, and whether to stop.

    Source: TensorFlow 1.15 `tf.contrib.slim.learning.train_step`.
    """
    start = time.time()
    total_loss, step = sess.run([train_op, global_step])
    seconds = time.time() - start
    if "should_log" in train_step_kwargs and sess.run(train_step_kwargs["should_log"]):
        info("global step %d: loss = %.4f (%.3f sec/step)", step, total_loss, seconds)
    should_stop = train_step_kwargs.get("should_stop")
    return total_loss, False if should_stop is None else sess.run(should_stop)


def train(
    train_op: Any,
    logdir: str | None,
    train_step_fn: Callable[..., tuple[Any, Any]] = train_step,
    train_step_kwargs: Any = _DEFAULT,
    log_every_n_steps: int = 1,
    graph: Graph | None = None,
    master: str = "",
    is_chief: bool = True,
    global_step: Any = None,
    number_of_steps: int | None = None,
    init_op: Any = _DEFAULT,
    init_feed_dict: Any = None,
    local_init_op: Any = _DEFAULT,
    init_fn: Callable[[Any], None] | None = None,
    ready_op: Any = _DEFAULT,
    summary_op: Any = _DEFAULT,
    save_summaries_secs: float = 600,
    summary_writer: Any = _DEFAULT,
    startup_delay_steps: int = 0,
    saver: Any = None,
    save_interval_secs: float = 600,
    sync_optimizer: None = None,
    session_config: Any = None,
    session_wrapper: Callable[[Any], Any] | None = None,
    trace_every_n_steps: None = None,
    ignore_live_threads: bool = False,
) -> Any:
    """Trains until a number of steps is reached, or there are no more examples.

    Variables come from the latest checkpoint in `logdir`, or else are initialised.

    Args:
      train_op: the step; what it hands on is the loss.
      logdir: the folder of checkpoints and summaries; None writes none.
      train_step_fn: runs a step; arguments and result as of `train_step`.
      train_step_kwargs: its last argument.
      log_every_n_steps: how often the loss is logged; 0 logs it never.
      graph: the graph; the default one when None.
      master: the target of the session.
      is_chief: whether this process initialises variables and writes files.
      global_step: the variable that counts steps; that of the graph when None.
      number_of_steps: the global step at which training stops; None for no such step.
      init_op, init_feed_dict: initialises variables; all global ones by default.
      local_init_op: initialises what no checkpoint has; local variables and tables by default.
      init_fn: a function of the session that is called after `init_op`.
      ready_op: names of variables that have no value yet.
      summary_op: the summaries; all of the graph by default, None for none.
      save_summaries_secs: seconds between summaries.
      summary_writer: a FileWriter; one for `logdir` by default, None for none.
      startup_delay_steps: the global step for which a process that is not chief waits.
      saver: a Saver; one of all variables when None.
      save_interval_secs: seconds between checkpoints.
      sync_optimizer: accepted for compatibility; must be None.
      session_config: a ConfigProto.
      session_wrapper: a function that returns the session to use instead of one.
      trace_every_n_steps: accepted for compatibility; must be None.
      ignore_live_threads: whether threads may go on at the end.

    Returns:
      The loss of the last step.

    Raises:
      ValueError: arguments exclude each other.
      RuntimeError: variables have no values after initialisation.

    Source: TensorFlow 1.15 `tf.contrib.slim.learning.train`.
    """
    _check(train_op, logdir, number_of_steps, summary_op, saver)
    for name, value in (
        ("sync_optimizer", sync_optimizer),
        ("trace_every_n_steps", trace_every_n_steps),
    ):
        if value is not None:
            raise ValueError(f"slim.learning.train: {name}={value!r}; only None is supported")
    graph = scopes.get_default_graph() if graph is None else graph
    with graph.as_default():
        if global_step is None:
            global_step = training_step.get_or_create_global_step()
        saver = saver or Saver()
        with name_scope("init_ops"):
            if init_op is _DEFAULT:
                init_op = global_variables_initializer()
            if ready_op is _DEFAULT:
                ready_op = report_uninitialized_variables()
            if local_init_op is _DEFAULT:
                local_init_op = group(local_variables_initializer(), tables_initializer())
        if summary_op is _DEFAULT:
            summary_op = None if logdir is None else merge_all()
        if train_step_kwargs is _DEFAULT:
            train_step_kwargs = _conditions(global_step, number_of_steps, log_every_n_steps)
    supervisor = Supervisor(
        graph=graph,
        is_chief=is_chief,
        logdir=logdir,
        init_op=init_op,
        init_feed_dict=init_feed_dict,
        local_init_op=local_init_op,
        ready_for_local_init_op=None,
        ready_op=ready_op,
        summary_op=summary_op,
        summary_writer=Supervisor.USE_DEFAULT if summary_writer is _DEFAULT else summary_writer,
        global_step=global_step,
        saver=saver,
        save_summaries_secs=save_summaries_secs,
        save_model_secs=save_interval_secs,
        init_fn=init_fn,
    )
    step = _Steps(train_step_fn, train_op, global_step, train_step_kwargs)
    while True:
        try:
            with supervisor.managed_session(
                master, start_standard_services=False, config=session_config
            ) as session:
                info("Starting Session.")
                if session_wrapper is not None:
                    info("Wrapping session with wrapper function: %s", session_wrapper)
                    session = session_wrapper(session)
                if is_chief and logdir:
                    supervisor.start_standard_services(session)
                elif not is_chief:
                    _wait_for_chief(session, global_step, startup_delay_steps)
                threads = supervisor.start_queue_runners(session)
                info("Starting Queues.")
                step.repeat(session, supervisor)
                if logdir and is_chief:
                    info("Finished training! Saving model to disk.")
                    supervisor.saver.save(session, supervisor.save_path, global_step=global_step)
                supervisor.stop(
                    threads, close_summary_writer=False, ignore_live_threads=ignore_live_threads
                )
            return step.loss
        except (errors.AbortedError, errors.UnavailableError):
            # What the session ran on is gone: another one starts from the last checkpoint.
            info("Retrying training!")


def _check(
    train_op: Any, logdir: str | None, number_of_steps: int | None, summary_op: Any, saver: Any
) -> None:
    """Checks that arguments go together.

    Raises:
      ValueError: they do not.
    """
    if train_op is None:
        raise ValueError("train_op cannot be None.")
    if number_of_steps is not None and number_of_steps <= 0:
        raise ValueError("`number_of_steps` must be either None or a positive number.")
    if logdir is None:
        if summary_op is not _DEFAULT:
            raise ValueError("Cannot provide summary_op because logdir=None")
        if saver is not None:
            raise ValueError("Cannot provide saver because logdir=None")


class _Steps:
    """The steps of a training.

    Attributes:
      loss: that of the last step; None before the first.
    """

    def __init__(self, function: Any, train_op: Any, global_step: Any, kwargs: Any) -> None:
        self._function = function
        self._arguments = (train_op, global_step, kwargs)
        self.loss: Any = None

    def repeat(self, session: Any, supervisor: Supervisor) -> None:
        """Trains until there is reason to stop."""
        try:
            while not supervisor.should_stop():
                self.loss, should_stop = self._function(session, *self._arguments)
                if should_stop:
                    info("Stopping Training.")
                    supervisor.request_stop()
                    break
        except errors.OutOfRangeError as error:
            # The end of the examples.
            info("Caught OutOfRangeError. Stopping Training. %s", error)


def _conditions(global_step: Any, number_of_steps: int | None, log_every_n: int) -> dict[str, Any]:
    """When to stop, and when to log, as tensors."""
    with name_scope("train_step"):
        conditions: dict[str, Any] = {"should_stop": convert_to_tensor(False)}
        if number_of_steps:
            conditions["should_stop"] = math.greater_equal(global_step, number_of_steps)
        if log_every_n > 0:
            every = convert_to_tensor(log_every_n, int64)
            step = math.cast(global_step, int64)
            conditions["should_log"] = math.equal(math.floormod(step, every), 0)
        return conditions


def _wait_for_chief(session: Any, global_step: Any, step: int) -> None:
    while step and session.run(global_step) < step:
        info("Waiting for step %d before starting training.", step)
        time.sleep(1)
