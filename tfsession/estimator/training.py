"""`tf.estimator.train_and_evaluate`: training with evaluations in between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tfsession.estimator.cluster_environment import TaskType
from tfsession.estimator.estimator import Estimator
from tfsession.estimator.exporters import Exporter
from tfsession.logging import info
from tfsession.train.saving_hooks import CheckpointSaverListener
from tfsession.train.session_run_hook import SessionRunHook
from tfsession.train.step_timer import SecondOrStepTimer

__all__ = ["EvalSpec", "TrainSpec", "train_and_evaluate"]


class _TrainFields(NamedTuple):
    input_fn: Callable[..., Any]
    max_steps: int | None
    hooks: tuple[SessionRunHook, ...]


class TrainSpec(_TrainFields):
    """How to train.

    Source: TensorFlow 1.15 `tf.estimator.TrainSpec`.
    """

    __slots__ = ()

    def __new__(
        cls,
        input_fn: Callable[..., Any],
        max_steps: int | None = None,
        hooks: Iterable[SessionRunHook] | None = None,
    ) -> TrainSpec:
        """Creates a spec.

        Args:
          input_fn: a function that gives a dataset, or features and labels.
          max_steps: the global step to stop at; None: at the end of the data.
          hooks: SessionRunHooks.

        Raises:
          TypeError: `input_fn` cannot be called, or something is no hook.
          ValueError: `max_steps` is not positive.
        """
        _check_input_fn(input_fn)
        if max_steps is not None and max_steps <= 0:
            raise ValueError(f"Must specify max_steps > 0, given: {max_steps}")
        return super().__new__(cls, input_fn, max_steps, _checked_hooks(hooks))


class _EvalFields(NamedTuple):
    input_fn: Callable[..., Any]
    steps: int | None
    name: str | None
    hooks: tuple[SessionRunHook, ...]
    exporters: tuple[Exporter, ...]
    start_delay_secs: float
    throttle_secs: float


class EvalSpec(_EvalFields):
    """How to evaluate, and to export.

    Source: TensorFlow 1.15 `tf.estimator.EvalSpec`.
    """

    __slots__ = ()

    def __new__(
        cls,
        input_fn: Callable[..., Any],
        steps: int | None = 100,
        name: str | None = None,
        hooks: Iterable[SessionRunHook] | None = None,
        exporters: Any = None,
        start_delay_secs: float = 120,
        throttle_secs: float = 600,
    ) -> EvalSpec:
        """Creates a spec.

        Args:
          input_fn: a function that gives a dataset, or features and labels.
          steps: how many batches; None for all.
          name: the name of the evaluation, for its folder of event files.
          hooks: SessionRunHooks.
          exporters: an Exporter, or several.
          start_delay_secs: how long an evaluator waits before it begins, in seconds.
          throttle_secs: the least time between two evaluations, in seconds.

        Raises:
          TypeError: `input_fn` cannot be called, or something is no hook, or no exporter.
          ValueError: a number is out of its range, or the names of exporters are not unique.
        """
        _check_input_fn(input_fn)
        if steps is not None and steps <= 0:
            raise ValueError(f"Must specify steps > 0, given: {steps}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"`name` must be string, given: {name}")
        hooks = _checked_hooks(hooks)
        exporters = _checked_exporters(exporters)
        if start_delay_secs < 0:
            raise ValueError(f"Must specify start_delay_secs >= 0, given: {start_delay_secs}")
        if throttle_secs < 0:
            raise ValueError(f"Must specify throttle_secs >= 0, given: {throttle_secs}")
        return super().__new__(
            cls, input_fn, steps, name, hooks, exporters, start_delay_secs, throttle_secs
        )


def train_and_evaluate(
    estimator: Estimator, train_spec: TrainSpec, eval_spec: EvalSpec
) -> tuple[dict[str, Any] | None, list[Any] | None]:
    """Trains, and evaluates and exports at checkpoints on the way.

    Args:
      estimator: the Estimator.
      train_spec: how to train.
      eval_spec: how to evaluate.

    Returns:
      The last evaluation's results, and what each exporter has given; None and None where nothing
      was evaluated.

    Raises:
      TypeError: something is of another type.
      ValueError: the process is a task of a cluster of several.

    Source: TensorFlow 1.15 `tf.estimator.train_and_evaluate`.
    """
    for argument, value, kind in (
        ("eval_spec", eval_spec, EvalSpec),
        ("train_spec", train_spec, TrainSpec),
        ("estimator", estimator, Estimator),
    ):
        if not isinstance(value, kind):
            raise TypeError(
                f"`{argument}` must have type `tf.estimator.{kind.__name__}`. Got: {type(value)}"
            )
    info("Not using Distribute Coordinator.")
    config = estimator.config
    # The chief of a cluster without other tasks has no master.
    if (config.cluster_spec and config.task_type != TaskType.CHIEF) or config.master:
        raise ValueError(
            f"train_and_evaluate: task {config.task_type!r} of the cluster {config.cluster_spec}: "
            "tfsession trains on one machine; remove the variable TF_CONFIG from the environment."
        )
    return _train_here(estimator, train_spec, eval_spec)


def _train_here(
    estimator: Estimator, train_spec: TrainSpec, eval_spec: EvalSpec
) -> tuple[dict[str, Any] | None, list[Any] | None]:
    config = estimator.config
    info("Running training and evaluation locally (non-distributed).")
    info(
        "Start train and evaluate loop. The evaluate will happen after every checkpoint. "
        "Checkpoint frequency is determined based on RunConfig arguments: save_checkpoints_steps "
        "%s or save_checkpoints_secs %s.",
        config.save_checkpoints_steps,
        config.save_checkpoints_secs,
    )
    evaluator = _Evaluator(estimator, eval_spec, train_spec.max_steps)
    listener = _EvaluationListener(evaluator, eval_spec.throttle_secs)
    estimator.train(
        input_fn=train_spec.input_fn,
        max_steps=train_spec.max_steps,
        hooks=list(train_spec.hooks),
        saving_listeners=[listener],
    )
    return listener.results


class _Evaluator:
    """Evaluates the latest checkpoint, and exports it."""

    def __init__(self, estimator: Estimator, spec: EvalSpec, max_steps: int | None) -> None:
        self._estimator = estimator
        self._spec = spec
        self._max_steps = max_steps

    def evaluate(self) -> tuple[dict[str, Any] | None, list[Any] | None]:
        path = self._estimator.latest_checkpoint()
        if path is None:
            return None, None
        results = self._estimator.evaluate(
            input_fn=self._spec.input_fn,
            steps=self._spec.steps,
            name=self._spec.name,
            checkpoint_path=path,
            hooks=list(self._spec.hooks),
        )
        is_final = bool(self._max_steps and results["global_step"] >= self._max_steps)
        return results, self._export(path, results, is_final)

    def _export(self, checkpoint: str, results: dict[str, Any], is_final: bool) -> list[Any]:
        base = os.path.join(self._estimator.model_dir, "export")
        return [
            exporter.export(
                estimator=self._estimator,
                export_path=os.path.join(base, exporter.name),
                checkpoint_path=checkpoint,
                eval_result=results,
                is_the_final_export=is_final,
            )
            for exporter in self._spec.exporters
        ]


class _EvaluationListener(CheckpointSaverListener):
    """Evaluates behind checkpoints, but for the first one of a session, and not too often."""

    def __init__(self, evaluator: _Evaluator, throttle_secs: float) -> None:
        self._evaluator = evaluator
        self._throttle_secs = throttle_secs
        self.results: tuple[dict[str, Any] | None, list[Any] | None] = None, None

    def begin(self) -> None:
        self._timer = SecondOrStepTimer(every_secs=self._throttle_secs)
        self._is_first_run = True

    def after_save(self, session: Any, global_step_value: int) -> bool | None:
        # The first checkpoint is what training has begun with.
        if self._is_first_run:
            self._is_first_run = False
            return None
        if not self._timer.should_trigger_for_step(global_step_value):
            info(
                "Skip the current checkpoint eval due to throttle secs (%s secs).",
                self._throttle_secs,
            )
            return None
        self._evaluate(global_step_value)
        return None

    def end(self, session: Any, global_step_value: int) -> None:
        # Nothing has been evaluated since the last checkpoint where it was too early for it.
        if global_step_value != self._timer.last_triggered_step():
            self._evaluate(global_step_value)

    def _evaluate(self, step: int) -> None:
        self._timer.update_last_triggered_step(step)
        self.results = self._evaluator.evaluate()


# ---- Checks ----


def _check_input_fn(input_fn: Any) -> None:
    if not callable(input_fn):
        raise TypeError(f"`input_fn` must be callable, given: {input_fn}")


def _checked_hooks(hooks: Iterable[SessionRunHook] | None) -> tuple[SessionRunHook, ...]:
    checked = tuple(hooks or ())
    for hook in checked:
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"All hooks must be `SessionRunHook` instances, given: {hook}")
    return checked


def _checked_exporters(exporters: Any) -> tuple[Exporter, ...]:
    if not exporters:
        return ()
    found = [exporters] if isinstance(exporters, Exporter) else exporters
    if not isinstance(found, Iterable) or not all(isinstance(x, Exporter) for x in found):
        raise TypeError(
            "`exporters` must be an Exporter, an iterable of Exporter, or `None`, found "
            f"{exporters}."
        )
    names = [exporter.name for exporter in found]
    if not all(names):
        raise ValueError(
            f"An Exporter cannot have a name that is `None` or empty. All exporter names: {names}"
        )
    if len(set(names)) < len(names):
        raise ValueError(
            "`exporters` must have unique names. Such a name cannot be `None`. All exporter names: "
            f"{names}"
        )
    return tuple(found)
