"""`slim.learning.train`: runs training steps, with checkpoints and summaries from time to time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tfsession import errors
from tfsession.dtypes import int64
from tfsession.graph import scopes
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.graph import Graph
from tfsession.graph.graph_def import write_graph
from tfsession.graph.scopes import name_scope
from tfsession.logging import info
from tfsession.ops import math
from tfsession.ops.control import group
from tfsession.ops.lookup import tables_initializer
from tfsession.ops.summary import merge_all
from tfsession.run.session import Session
from tfsession.train import training_step
from tfsession.train.checkpoint_state import latest_checkpoint
from tfsession.train.coordinator import Coordinator
from tfsession.train.file_writer import FileWriter
from tfsession.train.queue_runner import start_queue_runners
from tfsession.train.saver import Saver
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

    Source: TensorFlow 1.15 `tf.contrib.slim.learning.train`. Checkpoints and summaries are written
      between steps, and not by threads beside them.
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
    files = _Files(
        logdir if is_chief else None,
        graph,
        saver,
        summary_op,
        summary_writer,
        global_step,
        save_interval_secs,
        save_summaries_secs,
    )
    with graph.as_default(), Session(master, graph=graph, config=session_config) as session:
        files.initialise(session, (init_op, init_feed_dict, local_init_op, ready_op), init_fn)
        info("Starting Session.")
        if session_wrapper is not None:
            info("Wrapping session with wrapper function: %s", session_wrapper)
            session = session_wrapper(session)
        files.start(session)
        loss = None
        with _queue_runners(session, ignore_live_threads) as coordinator:
            _wait_for_chief(session, global_step, 0 if is_chief else startup_delay_steps)
            try:
                while not coordinator.should_stop():
                    loss, should_stop = train_step_fn(
                        session, train_op, global_step, train_step_kwargs
                    )
                    if should_stop:
                        info("Stopping Training.")
                        break
                    files.write_if_due(session)
            except errors.OutOfRangeError as error:
                info("Caught OutOfRangeError. Stopping Training. %s", error)
            files.finish(session)
        return loss


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


@contextmanager
def _queue_runners(session: Any, ignore_live_threads: bool) -> Iterator[Coordinator]:
    """Runs the queue runners of the default graph inside a `with` block."""
    coordinator = Coordinator()
    threads = start_queue_runners(session, coordinator)
    try:
        yield coordinator
    finally:
        coordinator.request_stop()
        coordinator.join(threads, ignore_live_threads=ignore_live_threads)


def _wait_for_chief(session: Any, global_step: Any, step: int) -> None:
    while step and session.run(global_step) < step:
        info("Waiting for step %d before starting training.", step)
        time.sleep(1)


class _Files:
    """The checkpoints and summaries of a training."""

    def __init__(
        self,
        folder: str | None,
        graph: Graph,
        saver: Any,
        summary_op: Any,
        summary_writer: Any,
        global_step: Any,
        save_every: float,
        summarize_every: float,
    ) -> None:
        self._folder = folder
        self._graph = graph
        self._saver = saver
        self._summary_op = summary_op
        self._global_step = global_step
        self._save_every = save_every
        self._summarize_every = summarize_every
        self._saved = self._summarized = 0.0
        if summary_writer is _DEFAULT:
            summary_writer = None if folder is None else FileWriter(folder)
        self._writer = None if folder is None else summary_writer

    def initialise(
        self, session: Any, steps: tuple[Any, ...], init_fn: Callable[[Any], None] | None
    ) -> None:
        """Gives all variables values: those of the latest checkpoint, or initial ones."""
        init_op, init_feed_dict, local_init_op, ready_op = steps
        latest = None if self._folder is None else latest_checkpoint(self._folder)
        if latest is not None:
            self._saver.restore(session, latest)
        else:
            if init_op is not None:
                session.run(init_op, feed_dict=init_feed_dict)
            if init_fn is not None:
                init_fn(session)
        if local_init_op is not None:
            session.run(local_init_op)
        missing = [] if ready_op is None else session.run(ready_op)
        if len(missing):
            names = ", ".join(name.decode() for name in missing)
            raise RuntimeError(
                "Init operations did not make model ready.  Init op: "
                f"{getattr(init_op, 'name', None)}, init fn: {init_fn}, error: Variables not "
                f"initialized: {names}"
            )

    def start(self, session: Any) -> None:
        """Writes the graph, and the first checkpoint and summary."""
        if self._folder is not None:
            write_graph(self._graph.as_graph_def(add_shapes=True), self._folder, "graph.pbtxt")
        if self._writer is not None:
            self._writer.add_graph(self._graph)
        self.write_if_due(session)

    def write_if_due(self, session: Any) -> None:
        """Writes what has not been written for so long."""
        now = time.monotonic()
        if self._folder is not None and self._is_due(self._saved, self._save_every, now):
            self._saved = now
            self._save(session)
        is_due = self._is_due(self._summarized, self._summarize_every, now)
        if self._writer is not None and self._summary_op is not None and is_due:
            self._summarized = now
            summary, step = session.run([self._summary_op, self._global_step])
            self._writer.add_summary(summary, step)

    @staticmethod
    def _is_due(last: float, every: float, now: float) -> bool:
        return every > 0 and (last == 0.0 or now - last >= every)

    def _save(self, session: Any) -> None:
        path = os.path.join(str(self._folder), "model.ckpt")
        self._saver.save(session, path, global_step=self._global_step)

    def finish(self, session: Any) -> None:
        """Writes the last checkpoint."""
        if self._folder is not None:
            info("Finished training! Saving model to disk.")
            self._save(session)
        if self._writer is not None:
            self._writer.close()
