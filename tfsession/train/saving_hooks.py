"""Hooks that write: checkpoints, summaries, the speed of a training, timelines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from tfsession.graph import scopes
from tfsession.graph.graph_def import write_graph
from tfsession.graph.meta_graph import create_meta_graph_def
from tfsession.graph.scopes import GraphKeys
from tfsession.logging import WARN, info, log_first_n
from tfsession.protos import RunOptions, SessionLog, Summary
from tfsession.report.timeline import Timeline
from tfsession.train.coordinator import Coordinator
from tfsession.train.file_writer import FileWriterCache
from tfsession.train.scaffold import Scaffold, only_saver
from tfsession.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from tfsession.train.step_timer import SecondOrStepTimer
from tfsession.train.training_step import get_global_step, global_step_read

__all__ = [
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "ProfilerHook",
    "StepCounterHook",
    "SummarySaverHook",
]

# How often it is said that the global step stands still.
_WARNINGS = 5


class CheckpointSaverListener:
    """Is told of each checkpoint that a CheckpointSaverHook writes; methods may be overridden.

    Source: TensorFlow 1.15 `tf.train.CheckpointSaverListener`.
    """

    def begin(self) -> None:
        """Called once, before the graph is finalized."""

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Called before a checkpoint is written.

        Args:
          session: the Session.
          global_step_value: the global step.
        """

    def after_save(self, session: Any, global_step_value: int) -> bool | None:
        """Called after a checkpoint has been written; True asks for a stop.

        Args:
          session: the Session.
          global_step_value: the global step.
        """
        return None

    def end(self, session: Any, global_step_value: int) -> None:
        """Called at the end, behind the last checkpoint.

        Args:
          session: the Session.
          global_step_value: the global step.
        """


class CheckpointSaverHook(SessionRunHook):
    """Writes checkpoints: when the session starts, from time to time, and at the end.

    Source: TensorFlow 1.15 `tf.train.CheckpointSaverHook`.
    """

    def __init__(
        self,
        checkpoint_dir: str,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Scaffold | None = None,
        listeners: Sequence[CheckpointSaverListener] | None = None,
    ) -> None:
        """Creates a hook.

        Args:
          checkpoint_dir: the folder.
          save_secs: seconds between checkpoints.
          save_steps: steps between them.
          saver: a Saver.
          checkpoint_basename: what the names of the files begin with.
          scaffold: a Scaffold that has the Saver; where neither is given, that of the graph.
          listeners: are told of each checkpoint.

        Raises:
          ValueError: neither or both of `save_secs` and `save_steps` are given, or both a Saver and
            a Scaffold.
        """
        info("Create CheckpointSaverHook.")
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver = saver
        self._checkpoint_dir = checkpoint_dir
        self._save_path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._listeners = list(listeners or ())

    def listen(self, listeners: Sequence[CheckpointSaverListener]) -> None:
        """Tells more listeners of each checkpoint, from now on."""
        self._listeners.extend(listeners)

    def begin(self) -> None:
        """Opens the event file, and finds the global step."""
        self._summary_writer = FileWriterCache.get(self._checkpoint_dir)
        self._global_step_tensor = global_step_read("CheckpointSaverHook")
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Coordinator) -> None:
        """Writes the graph and the first checkpoint."""
        graph = scopes.get_default_graph()
        step = session.run(self._global_step_tensor)
        write_graph(graph.as_graph_def(add_shapes=True), self._checkpoint_dir, "graph.pbtxt")
        saver = self._get_saver()
        self._summary_writer.add_graph(graph)
        self._summary_writer.add_meta_graph(
            create_meta_graph_def(
                graph_def=graph.as_graph_def(add_shapes=True),
                saver_def=saver.saver_def if saver else None,
            )
        )
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Fetches the global step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Writes a checkpoint where one is due."""
        if not self._timer.should_trigger_for_step(run_values.results + 1):
            return
        # The step may have been read before or after it was counted up.
        step = run_context.session.run(self._global_step_tensor)
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session: Any) -> None:
        """Writes the last checkpoint."""
        step = session.run(self._global_step_tensor)
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session: Any, step: int) -> bool:
        """Writes a checkpoint; whether a listener asks for a stop."""
        info("Saving checkpoints for %d into %s.", step, self._save_path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._get_saver().save(session, self._save_path, global_step=step)
        self._summary_writer.add_session_log(
            SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._save_path), step
        )
        should_stop = False
        for listener in self._listeners:
            if listener.after_save(session, step):
                info(
                    "A CheckpointSaverListener requested that training be stopped. listener: %s",
                    listener,
                )
                should_stop = True
        return should_stop

    def _get_saver(self) -> Any:
        if self._saver is None:
            self._saver = only_saver() if self._scaffold is None else self._scaffold.saver
            if self._saver is None:
                raise RuntimeError(
                    f"No items in collection {GraphKeys.SAVERS}. Please add a saver to the "
                    "collection or provide a saver or scaffold."
                )
        return self._saver


class SummarySaverHook(SessionRunHook):
    """Writes summaries from time to time.

    Source: TensorFlow 1.15 `tf.train.SummarySaverHook`.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
        scaffold: Scaffold | None = None,
        summary_op: Any = None,
    ) -> None:
        """Creates a hook.

        Args:
          save_steps: steps between summaries.
          save_secs: seconds between them.
          output_dir: the folder of the event file.
          summary_writer: a FileWriter, in place of a folder.
          scaffold: a Scaffold that has the summaries.
          summary_op: the summaries: a string tensor, or a list of these.

        Raises:
          ValueError: neither or both of `scaffold` and `summary_op` are given, or of `save_steps`
            and `save_secs`.
        """
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op = summary_op
        self._summary_writer = summary_writer
        self._output_dir = output_dir
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Opens the event file, and finds the global step."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = FileWriterCache.get(self._output_dir)
        self._next_step: int | None = None
        self._global_step_tensor = global_step_read("SummarySaverHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Fetches the global step, and the summaries where they are due."""
        self._request_summary = self._next_step is None or self._timer.should_trigger_for_step(
            self._next_step
        )
        requests: dict[str, Any] = {"global_step": self._global_step_tensor}
        summaries = self._summaries()
        if self._request_summary and summaries:
            requests["summary"] = summaries
        return SessionRunArgs(requests)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Writes the summaries where they are due."""
        writer = self._summary_writer
        if not writer:
            return
        step = run_values.results["global_step"] + 1
        if self._request_summary:
            step = run_context.session.run(self._global_step_tensor)
        if self._next_step is None:
            writer.add_session_log(SessionLog(status=SessionLog.START), step)
        if self._request_summary:
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summary", ()):
                writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any = None) -> None:
        """Writes out what waits."""
        if self._summary_writer:
            self._summary_writer.flush()

    def _summaries(self) -> list[Any]:
        op = self._summary_op
        if op is None and self._scaffold is not None:
            op = self._scaffold.summary_op
        if op is None:
            return []
        return list(op) if isinstance(op, (list, tuple)) else [op]


class StepCounterHook(SessionRunHook):
    """Logs how many steps are taken in a second, and writes it as a summary.

    Source: TensorFlow 1.15 `tf.train.StepCounterHook`.
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
    ) -> None:
        """Creates a hook.

        Args:
          every_n_steps: steps from one message to the next.
          every_n_secs: seconds between them.
          output_dir: the folder of the event file.
          summary_writer: a FileWriter, in place of a folder.

        Raises:
          ValueError: neither or both of `every_n_steps` and `every_n_secs` are given.
        """
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_steps=every_n_steps, every_secs=every_n_secs)
        self._summary_writer = summary_writer
        self._output_dir = output_dir

    def begin(self) -> None:
        """Opens the event file, and finds the global step."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = FileWriterCache.get(self._output_dir)
        self._last_step: int | None = None
        self._global_step_tensor = global_step_read("StepCounterHook")
        self._tag = f"{get_global_step().op.name}/sec"

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Fetches the global step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Logs the speed where that is due."""
        found = run_values.results
        if self._timer.should_trigger_for_step(found + 1):
            # The step may have been read before or after it was counted up.
            step = run_context.session.run(self._global_step_tensor)
            if self._timer.should_trigger_for_step(step):
                seconds, steps = self._timer.update_last_triggered_step(step)
                if seconds is not None and steps is not None:
                    self._log(steps, seconds, step)
        if found == self._last_step:
            log_first_n(
                WARN,
                "It seems that global step (tf.train.get_global_step) has not been increased. "
                "Current value (could be stable): %s vs previous value: %s. You could increase the "
                "global step by passing tf.train.get_global_step() to Optimizer.apply_gradients or "
                "Optimizer.minimize.",
                _WARNINGS,
                found,
                self._last_step,
            )
        self._last_step = found

    def _log(self, steps: int, seconds: float, global_step: int) -> None:
        # Clocks may stand still between two short steps.
        speed = steps / seconds if seconds else float("inf")
        if self._summary_writer is not None:
            value = Summary.Value(tag=self._tag, simple_value=speed)
            self._summary_writer.add_summary(Summary(value=[value]), global_step)
        info("%s: %g", self._tag, speed)


class ProfilerHook(SessionRunHook):
    """Writes timelines of runs, which `chrome://tracing` shows.

    Source: TensorFlow 1.15 `tf.train.ProfilerHook`.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        """Creates a hook.

        Args:
          save_steps: steps between timelines.
          save_secs: seconds between them.
          output_dir: the folder; files are named ``timeline-<step>.json``.
          show_dataflow: whether arrows go from an operation to those that use it.
          show_memory: whether the memory of tensors is shown.

        Raises:
          ValueError: neither or both of `save_steps` and `save_secs` are given.
        """
        self._output_file = os.path.join(output_dir, "timeline-{}.json")
        self._output_dir = output_dir
        self._show_dataflow = show_dataflow
        self._show_memory = show_memory
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Opens the event file, and finds the global step."""
        self._next_step: int | None = None
        self._global_step_tensor = global_step_read("ProfilerHook")
        self._summary_writer = FileWriterCache.get(self._output_dir) if self._output_dir else None

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for a trace where a timeline is due; the first run is never traced."""
        self._is_due = self._next_step is not None and self._timer.should_trigger_for_step(
            self._next_step
        )
        options = RunOptions(trace_level=RunOptions.FULL_TRACE) if self._is_due else None
        return SessionRunArgs({"global_step": self._global_step_tensor}, options=options)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Writes the timeline where one is due."""
        step = run_values.results["global_step"] + 1
        if self._next_step is None:
            # The first run takes longer than all others.
            self._timer.update_last_triggered_step(step)
        if self._is_due:
            step = run_context.session.run(self._global_step_tensor)
            self._timer.update_last_triggered_step(step)
            self._save(step, run_values.run_metadata)
        self._next_step = step + 1

    def _save(self, step: int, metadata: Any) -> None:
        path = self._output_file.format(step)
        info("Saving timeline for %d into '%s'.", step, path)
        trace = Timeline(metadata.step_stats).generate_chrome_trace_format(
            show_dataflow=self._show_dataflow, show_memory=self._show_memory
        )
        with open(path, "w", encoding="utf-8") as file:
            file.write(trace)
        if self._summary_writer is not None:
            self._summary_writer.add_run_metadata(metadata, f"step_{step}")
