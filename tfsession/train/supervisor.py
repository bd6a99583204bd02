"""`tf.train.Supervisor`: what came before managed sessions, and does the same with threads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.graph.graph_def import write_graph
from tfsession.graph.meta_graph import create_meta_graph_def
from tfsession.graph.scopes import GraphKeys, add_to_collection, get_collection
from tfsession.logging import info, warning
from tfsession.ops.control import group
from tfsession.ops.lookup import tables_initializer
from tfsession.ops.summary import merge_all
from tfsession.protos import SessionLog, Summary
from tfsession.train import training_step
from tfsession.train.coordinator import Coordinator, LooperThread
from tfsession.train.file_writer import FileWriter
from tfsession.train.queue_runner import start_queue_runners
from tfsession.train.saveables import all_saveable_objects
from tfsession.train.saver import Saver
from tfsession.train.session_manager import SessionManager
from tfsession.variables.collections import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from tfsession.variables.initial_values import is_reference_variable

__all__ = ["Supervisor", "basic_train_loop"]


class Supervisor:
    """Prepares a session, and writes its checkpoints and summaries in threads.

    Source: TensorFlow 1.15 `tf.train.Supervisor`.
    """

    #: What is chosen where an argument is not given: None is a choice.
    USE_DEFAULT = 0

    def __init__(
        self,
        graph: Graph | None = None,
        ready_op: Any = USE_DEFAULT,
        ready_for_local_init_op: Any = USE_DEFAULT,
        is_chief: bool = True,
        init_op: Any = USE_DEFAULT,
        init_feed_dict: Any = None,
        local_init_op: Any = USE_DEFAULT,
        logdir: str | None = None,
        summary_op: Any = USE_DEFAULT,
        saver: Any = USE_DEFAULT,
        global_step: Any = USE_DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: SessionManager | None = None,
        summary_writer: Any = USE_DEFAULT,
        init_fn: Callable[[Any], Any] | None = None,
        local_init_run_options: Any = None,
    ) -> None:
        """Adds what is missing to the graph, and finalizes it.

        Args:
          graph: the graph; the default one when None.
          ready_op: a vector of strings, the names of variables that have no value.
          ready_for_local_init_op: the same, for whether `local_init_op` may run.
          is_chief: whether this process initialises variables and writes files.
          init_op, init_feed_dict: initialises variables; by default all global ones.
          local_init_op: initialises what no checkpoint has; by default local variables and tables.
          logdir: the folder of checkpoints and summaries; None writes none.
          summary_op: the summaries; by default all of the graph.
          saver: a Saver; by default one of all variables.
          global_step: the variable that counts steps; by default that of the graph.
          save_summaries_secs: seconds between summaries; 0 for none.
          save_model_secs: seconds between checkpoints; 0 for none.
          recovery_wait_secs: between two looks whether something is there, in seconds.
          stop_grace_secs: how long threads may go on behind `stop`, in seconds.
          checkpoint_basename: what the names of checkpoints begin with.
          session_manager: makes the sessions; a SessionManager when None.
          summary_writer: a FileWriter; by default one for `logdir`.
          init_fn: called with the session behind `init_op`.
          local_init_run_options: RunOptions for `local_init_op`.

        Raises:
          RuntimeError: the graph is finalized, and something is missing.
          ValueError: this process is not the chief, and a variable has no device.
        """
        self._graph = scopes.get_default_graph() if graph is None else graph
        self._is_chief = is_chief
        self._init_feed_dict = init_feed_dict
        self._init_fn = init_fn
        self._recovery_wait_secs = recovery_wait_secs
        self._stop_grace_secs = stop_grace_secs
        self._coord = Coordinator()
        with self._graph.as_default():
            self._ready_op = self._or_first(
                ready_op, GraphKeys.READY_OP, report_uninitialized_variables
            )
            self._ready_for_local_init_op = self._or_first(
                ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP, lambda: None
            )
            self._init_op = self._or_first(init_op, GraphKeys.INIT_OP, global_variables_initializer)
            self._local_init_op = self._or_first(
                local_init_op,
                GraphKeys.LOCAL_INIT_OP,
                lambda: group(local_variables_initializer(), tables_initializer()),
            )
            self._saver = self._or_first(saver, GraphKeys.SAVERS, _saver_of_all)
            if is_chief and logdir:
                self._summary_op = self._or_first(summary_op, GraphKeys.SUMMARY_OP, merge_all)
            else:
                self._summary_op = None if summary_op is self.USE_DEFAULT else summary_op
            if global_step is self.USE_DEFAULT:
                global_step = training_step.get_global_step(self._graph)
        self._global_step = global_step
        self._logdir = logdir if is_chief else None
        self._save_path = os.path.join(self._logdir, checkpoint_basename) if self._logdir else None
        self._save_model_secs = save_model_secs if is_chief else None
        self._save_summaries_secs = save_summaries_secs if is_chief else None
        if summary_writer is self.USE_DEFAULT:
            summary_writer = FileWriter(self._logdir) if self._logdir else None
        self._summary_writer: Any = summary_writer if is_chief else None
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=self._graph,
            recovery_wait_secs=recovery_wait_secs,
            local_init_run_options=local_init_run_options,
        )
        self._is_graph_added = False
        if not is_chief:
            _check_devices(self._graph)
        self._graph.finalize()

    def _or_first(self, given: Any, collection: str, make: Callable[[], Any]) -> Any:
        """What is given, or the first item of a collection, or what is made and added to it."""
        if given is not self.USE_DEFAULT:
            return given
        found = get_collection(collection)
        if found:
            return found[0]
        made = make()
        if made is not None:
            add_to_collection(collection, made)
        return made

    # -- Properties --

    @property
    def is_chief(self) -> bool:
        """Whether this process initialises variables and writes files."""
        return self._is_chief

    @property
    def session_manager(self) -> SessionManager:
        """What makes the sessions."""
        return self._session_manager

    @property
    def coord(self) -> Coordinator:
        """The Coordinator of the threads."""
        return self._coord

    @property
    def init_op(self) -> Any:
        """Initialises variables."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What is fed to `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """Names of variables that have no value."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Names of variables that must have values before the local initialisation, or None."""
        return self._ready_for_local_init_op

    @property
    def summary_writer(self) -> Any:
        """The FileWriter, or None."""
        return self._summary_writer

    @property
    def summary_op(self) -> Any:
        """The summaries, or None."""
        return self._summary_op

    @property
    def save_summaries_secs(self) -> float | None:
        """Seconds between summaries; None where this process is not the chief."""
        return self._save_summaries_secs

    @property
    def global_step(self) -> Any:
        """The variable that counts steps, or None."""
        return self._global_step

    @property
    def saver(self) -> Any:
        """The Saver."""
        return self._saver

    @property
    def save_model_secs(self) -> float | None:
        """Seconds between checkpoints; None where this process is not the chief."""
        return self._save_model_secs

    @property
    def save_path(self) -> str | None:
        """What the paths of checkpoints begin with, or None."""
        return self._save_path

    # -- Sessions --

    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Any:
        """A Session that is ready, and whose queue runners run.

        Args:
          master: the target of the session.
          config: a ConfigProto.
          wait_for_checkpoint: whether to wait until there is a checkpoint.
          max_wait_secs: how long to wait, in seconds.
          start_standard_services: whether to start the threads that write files.

        Raises:
          RuntimeError: variables have no values after initialisation.
          DeadlineExceededError: the chief has not initialised them in time.
        """
        self._coord.clear_stop()
        if self._summary_writer:
            self._summary_writer.reopen()
        if not self._is_chief:
            session = self._session_manager.wait_for_session(
                master, config=config, max_wait_secs=max_wait_secs
            )
        else:
            session = self._session_manager.prepare_session(
                master,
                init_op=self._init_op,
                saver=self._saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                info("Starting standard services.")
                self.start_standard_services(session)
        info("Starting queue runners.")
        self.start_queue_runners(session)
        return session

    @contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Any]:
        """A `with` block with a Session; at its end threads are stopped and the session closed.

        Args:
          master: the target of the session.
          config: a ConfigProto.
          start_standard_services: whether to start the threads that write files.
          close_summary_writer: whether to close the event file at the end.

        Yields:
          The Session.

        Raises:
          Exception: the error of the block or of a thread; OutOfRangeError just ends it.
        """
        session = None
        try:
            session = self.prepare_or_wait_for_session(
                master, config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as error:
            self.request_stop(error)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if session is not None:
                    session.close()

    def start_queue_runners(self, sess: Any, queue_runners: Sequence[Any] | None = None) -> Any:
        """Starts queue runners.

        Args:
          sess: the Session.
          queue_runners: QueueRunners; those of the graph when None.

        Returns:
          Their threads.
        """
        if queue_runners is None:
            with self._graph.as_default():
                if not get_collection(GraphKeys.QUEUE_RUNNERS):
                    return []
                return start_queue_runners(sess, self._coord)
        return [
            thread
            for runner in queue_runners
            for thread in runner.create_threads(sess, coord=self._coord, daemon=True, start=True)
        ]

    # -- Files --

    def _write_graph(self) -> None:
        """Writes the graph into the folder and the event file, once."""
        if self._logdir:
            definition = self._graph.as_graph_def(add_shapes=True)
            write_graph(definition, self._logdir, "graph.pbtxt")
        if self._summary_writer and not self._is_graph_added:
            saver_def = self._saver.saver_def if self._saver else None
            self._summary_writer.add_graph(self._graph)
            self._summary_writer.add_meta_graph(
                create_meta_graph_def(
                    graph_def=self._graph.as_graph_def(add_shapes=True), saver_def=saver_def
                )
            )
            self._is_graph_added = True

    def start_standard_services(self, sess: Any) -> list[LooperThread] | None:
        """Starts the threads that write summaries, the speed, and checkpoints.

        Args:
          sess: the Session.

        Returns:
          The threads; None without a folder.

        Raises:
          RuntimeError: this process is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief supervisors "
                "can write events."
            )
        if not self._logdir:
            warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        step, writer = self._global_step, self._summary_writer
        if step is not None and writer:
            value = training_step.global_step(sess, step)
            writer.add_session_log(SessionLog(status=SessionLog.START), value)
        threads: list[LooperThread] = []

        def start(seconds: float, target: Callable[..., None]) -> None:
            threads.append(self.loop(seconds, target, args=(sess,)))

        if writer and self._save_summaries_secs:
            if self._summary_op is not None:
                start(self._save_summaries_secs, self._write_summaries)
            if step is not None:
                self._last_time = time.time()
                self._last_step = training_step.global_step(sess, step)
                start(self._save_summaries_secs, self._write_speed)
        if self._saver and self._save_model_secs:
            start(self._save_model_secs, self._write_checkpoint)
        return threads

    def _write_summaries(self, sess: Any) -> None:
        """A turn of the thread that writes summaries."""
        if self._global_step is None:
            self._summary_writer.add_summary(sess.run(self._summary_op))
        else:
            summary, step = sess.run([self._summary_op, self._global_step])
            self._summary_writer.add_summary(summary, step)

    def _write_speed(self, sess: Any) -> None:
        """A turn of the thread that counts steps."""
        now, step = time.time(), training_step.global_step(sess, self._global_step)
        seconds = now - self._last_time
        speed = (step - self._last_step) / seconds if seconds > 0 else float("inf")
        self._last_time, self._last_step = now, step
        tag = f"{self._global_step.op.name}/sec"
        value = Summary.Value(tag=tag, simple_value=speed)
        self._summary_writer.add_summary(Summary(value=[value]), step)
        info("%s: %g", tag, speed)

    def _write_checkpoint(self, sess: Any) -> None:
        """A turn of the thread that writes checkpoints."""
        info("Saving checkpoint to path %s", self._save_path)
        self._saver.save(sess, self._save_path, global_step=self._global_step)
        if self._summary_writer and self._global_step is not None:
            self._summary_writer.add_session_log(
                SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._save_path),
                training_step.global_step(sess, self._global_step),
            )

    def summary_computed(self, sess: Any, summary: Any, global_step: Any = None) -> None:
        """Writes a summary.

        Args:
          sess: the Session.
          summary: a Summary, or its bytes.
          global_step: the step that it belongs to; that of the session when None.

        Raises:
          RuntimeError: there is no FileWriter.
        """
        if not self._summary_writer:
            raise RuntimeError("Writing a summary requires a summary writer.")
        if global_step is None and self._global_step is not None:
            global_step = training_step.global_step(sess, self._global_step)
        self._summary_writer.add_summary(summary, global_step)

    # -- Threads --

    def loop(
        self,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> LooperThread:
        """Starts a thread that calls a function until a stop is requested, and returns it.

        Args:
          timer_interval_secs: seconds between calls; None for calls without pause.
          target: the function.
          args: positional arguments for it.
          kwargs: keyword arguments for it.
        """
        return LooperThread.loop(self._coord, timer_interval_secs, target, args, kwargs)

    def should_stop(self) -> bool:
        """Whether a stop has been requested."""
        return self._coord.should_stop()

    def request_stop(self, ex: Any = None) -> None:
        """Asks all threads to stop; see `Coordinator.request_stop`.

        Args:
          ex: an exception, or what `sys.exc_info()` returns.
        """
        self._coord.request_stop(ex)

    def stop_on_exception(self) -> AbstractContextManager[None]:
        """A `with` block that reports its exception; see `Coordinator.stop_on_exception`."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self) -> None:
        """Waits until a stop is requested."""
        self._coord.wait_for_stop()

    def stop(
        self,
        threads: Sequence[Any] | None = None,
        close_summary_writer: bool = True,
        ignore_live_threads: bool = False,
    ) -> None:
        """Stops the threads, and closes the event file. The session stays open.

        Args:
          threads: threads to wait for; all registered ones when None.
          close_summary_writer: whether to close the event file.
          ignore_live_threads: whether threads that go on are no error.

        Raises:
          Exception: the error of a thread.
          RuntimeError: threads go on after the grace period.
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                threads,
                stop_grace_period_secs=self._stop_grace_secs,
                ignore_live_threads=ignore_live_threads,
            )
        finally:
            if close_summary_writer and self._summary_writer:
                self._summary_writer.add_session_log(SessionLog(status=SessionLog.STOP))
                self._summary_writer.close()
                self._is_graph_added = False

    # Names of before TensorFlow 1.0, which it still has.
    PrepareSession = prepare_or_wait_for_session
    StartQueueRunners = start_queue_runners
    StartStandardServices = start_standard_services
    Stop = stop
    RequestStop = request_stop
    Loop = loop
    ShouldStop = should_stop
    StopOnException = stop_on_exception
    WaitForStop = wait_for_stop
    SummaryComputed = summary_computed


def _check_devices(graph: Graph) -> None:
    for op in graph.get_operations():
        if is_reference_variable(op) and not op.device:
            raise ValueError(f"When using replicas, all Variables must have their device set: {op}")


def _saver_of_all() -> Saver | None:
    """A Saver of all variables; None of a graph that has none."""
    return Saver() if all_saveable_objects() else None


def basic_train_loop(
    supervisor: Supervisor,
    train_step_fn: Callable[..., Any],
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    master: str = "",
) -> None:
    """Calls a function of a managed session until a stop is requested.

    Args:
      supervisor: a Supervisor.
      train_step_fn: a function of the Session, `args` and `kwargs`.
      args: positional arguments for it.
      kwargs: keyword arguments for it.
      master: the target of the session.

    Source: TensorFlow 1.15 `tf.train.basic_train_loop`.
    """
    with supervisor.managed_session(master) as session:
        while not supervisor.should_stop():
            train_step_fn(session, *(args or ()), **(kwargs or {}))
