"""`tf.estimator.tpu.TPUEstimatorSpec`: what the model function of a TPUEstimator returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from tfsession.estimator import model_fn
from tfsession.estimator.model_fn import EstimatorSpec
from tfsession.train.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook

__all__ = ["TPUEstimatorSpec"]


class _Fields(NamedTuple):
    mode: str
    predictions: Any
    loss: Any
    train_op: Any
    eval_metrics: Any
    export_outputs: Any
    scaffold_fn: Callable[[], Any] | None
    host_call: Any
    training_hooks: tuple[SessionRunHook, ...]
    evaluation_hooks: tuple[SessionRunHook, ...]
    prediction_hooks: tuple[SessionRunHook, ...]


class TPUEstimatorSpec(_Fields):
    """What the model function of a TPUEstimator returns.

    Source: TensorFlow 1.15 `tf.estimator.tpu.TPUEstimatorSpec`.
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metrics: Any = None,
        export_outputs: Any = None,
        scaffold_fn: Callable[[], Any] | None = None,
        host_call: Any = None,
        training_hooks: Iterable[SessionRunHook] | None = None,
        evaluation_hooks: Iterable[SessionRunHook] | None = None,
        prediction_hooks: Iterable[SessionRunHook] | None = None,
    ) -> TPUEstimatorSpec:
        """Creates a spec.

        Args:
          mode, predictions, loss, train_op, export_outputs, training_hooks, evaluation_hooks,
            prediction_hooks: as of EstimatorSpec.
          eval_metrics: a pair of a function that makes a dict of metrics, and of the tensors that
            it is called with: a list, or a dict by the names of its arguments.
          scaffold_fn: a function of nothing that makes a Scaffold.
          host_call: a pair of a function and of the tensors that it is called with: what it returns
            is run with each step.

        Raises:
          ValueError: something that the mode needs is missing.
          TypeError: something is of another type.
          RuntimeError: a function takes another number of arguments.
        """
        calls = {"eval_metrics": eval_metrics, "host_call": host_call}
        for name, call in calls.items():
            if call is not None:
                _check_call(name, call)
        hooks = [
            model_fn.checked_hooks(given)
            for given in (training_hooks, evaluation_hooks, prediction_hooks)
        ]
        train_op = model_fn.checked_train_op(train_op, mode)
        loss = model_fn.checked_loss(loss, mode)
        predictions = model_fn.checked_predictions(predictions, mode)
        export_outputs = model_fn.checked_export_outputs(export_outputs, predictions, mode)
        return super().__new__(
            cls,
            mode,
            predictions,
            loss,
            train_op,
            eval_metrics,
            export_outputs,
            scaffold_fn,
            host_call,
            *hooks,
        )

    def as_estimator_spec(self) -> EstimatorSpec:
        """The same for an Estimator: metrics and host call are made, and the scaffold."""
        metrics = None if self.eval_metrics is None else _called(self.eval_metrics)
        hooks: tuple[SessionRunHook, ...] = ()
        if self.host_call is not None:
            hooks = (_HostCallHook(_called(self.host_call)),)
        scaffold = self.scaffold_fn() if self.scaffold_fn else None
        return EstimatorSpec(
            mode=self.mode,
            predictions=self.predictions,
            loss=self.loss,
            train_op=self.train_op,
            eval_metric_ops=metrics,
            export_outputs=self.export_outputs,
            scaffold=scaffold,
            training_hooks=(*self.training_hooks, *hooks),
            evaluation_hooks=(*self.evaluation_hooks, *hooks),
            prediction_hooks=(*self.prediction_hooks, *hooks),
        )


class _HostCallHook(SessionRunHook):
    """Runs what a host call has returned, with each step."""

    def __init__(self, tensors: Any) -> None:
        self._tensors = tensors

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        return None if self._tensors is None else SessionRunArgs(self._tensors)


def _check_call(name: str, call: Any) -> None:
    if not isinstance(call, (tuple, list)):
        raise ValueError(f"{name} should be tuple or list")
    if len(call) != 2:
        raise ValueError(f"{name} should have two elements.")
    function, tensors = call
    if not callable(function):
        raise TypeError(f"{name}[0] should be callable.")
    if not isinstance(tensors, (tuple, list, Mapping)):
        raise ValueError(f"{name}[1] should be tuple or list, or dict.")
    if isinstance(tensors, (tuple, list)):
        _check_arguments(name, function, len(tensors))


def _check_arguments(name: str, function: Callable[..., Any], count: int) -> None:
    parameters = inspect.signature(function).parameters.values()
    named = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
    if any(p.kind is p.VAR_POSITIONAL for p in named):
        return
    least = sum(p.default is p.empty for p in named)
    if not least <= count <= len(named):
        raise RuntimeError(
            f"In TPUEstimatorSpec.{name}, length of tensors {count} does not match method args of "
            f"the function, which takes {len(named)}."
        )


def _called(call: Any) -> Any:
    """What a function returns for its tensors."""
    function, tensors = call
    return function(**tensors) if isinstance(tensors, Mapping) else function(*tensors)
