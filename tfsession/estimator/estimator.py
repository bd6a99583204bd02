"""`tf.estimator.Estimator`: a model that trains, evaluates, predicts and exports itself."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tfsession import metrics
from tfsession.data.dataset import Dataset
from tfsession.estimator import exporting
from tfsession.estimator.cluster_environment import TaskType, default_session_config
from tfsession.estimator.evaluation_summary import write_results
from tfsession.estimator.input_results import argument_names, features_and_labels
from tfsession.estimator.mode_keys import ModeKeys
from tfsession.estimator.model_fn import LOSS_METRIC_KEY, EstimatorSpec
from tfsession.estimator.run_config import RunConfig
from tfsession.graph import scopes
from tfsession.graph.graph import Graph
from tfsession.graph.scopes import GraphKeys
from tfsession.logging import info, warning
from tfsession.ops.control import group
from tfsession.ops.summary import scalar
from tfsession.train.checkpoint_state import latest_checkpoint
from tfsession.train.checkpoint_values import list_variables, load_checkpoint
from tfsession.train.evaluation import StopAfterNEvalsHook, evaluate_once
from tfsession.train.hooks import LoggingTensorHook, NanTensorHook, StopAtStepHook
from tfsession.train.monitored_session import (
    ChiefSessionCreator,
    MonitoredSession,
    MonitoredTrainingSession,
)
from tfsession.train.saver import Saver
from tfsession.train.saving_hooks import CheckpointSaverHook, CheckpointSaverListener
from tfsession.train.session_run_hook import SessionRunHook
from tfsession.train.training_step import (
    assert_global_step,
    create_global_step,
    get_or_create_global_step,
    global_step_read,
)
from tfsession.train.warm_starting import WarmStartSettings, checked_settings, warm_start

__all__ = ["Estimator", "WarmStartSettings"]

_MODEL_FN_ARGUMENTS = {"features", "labels", "mode", "params", "self", "config"}
InputFn = Callable[..., Any]


class Estimator:
    """A model that trains, evaluates, predicts and exports itself, with checkpoints in a folder.

    Each call builds a graph of its own.

    Source: TensorFlow 1.15 `tf.estimator.Estimator`.
    """

    # What subclasses may override besides `__init__`.
    _OVERRIDABLE = frozenset(
        (
            "_add_meta_graph_for_mode _call_input_fn _call_model_fn _convert_eval_steps_to_hooks "
            "_convert_train_steps_to_hooks _create_and_assert_global_step _create_global_step "
            "_input_params _model_params _OVERRIDABLE _spec_of _validate_features_in_predict_input"
        ).split()
    )

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: str | None = None,
        config: RunConfig | None = None,
        params: Any = None,
        warm_start_from: Any = None,
    ) -> None:
        """Creates an Estimator.

        Args:
          model_fn: a function that builds the model. Its arguments are known by their names:
            `features`, and optionally `labels`, `mode`, `params` and `config`. It returns an
            EstimatorSpec.
          model_dir: the folder of checkpoints; that of `config`, or a new one, when None.
          config: a RunConfig.
          params: is handed to `model_fn` and to input functions.
          warm_start_from: a checkpoint or SavedModel, or WarmStartSettings: where values of
            variables come from before the first step.

        Raises:
          ValueError: there is no `model_fn`, it has other arguments, or there are two folders; a
            subclass overrides what it must not.
          TypeError: `model_fn` cannot be called.
        """
        self._check_overrides()
        self._config = _checked_config(config, model_dir)
        self._model_dir: str = self._config.model_dir
        self._session_config = self._config.session_config
        info("Using config: %s", str(vars(self._config)))
        if model_fn is None:
            raise ValueError("model_fn must be provided to Estimator.")
        _check_model_fn(model_fn, params)
        self._model_fn = model_fn
        self._params = copy.deepcopy(params or {})
        self._warm_start_settings = checked_settings(warm_start_from)

    @property
    def model_dir(self) -> str:
        """The folder of checkpoints."""
        return self._model_dir

    @property
    def config(self) -> RunConfig:
        """A copy of the configuration."""
        return copy.deepcopy(self._config)

    @property
    def params(self) -> Any:
        """A copy of the parameters."""
        return copy.deepcopy(self._params)

    @property
    def model_fn(self) -> Callable[..., EstimatorSpec]:
        """A function of features, labels, mode and config that calls the model function."""

        def public_model_fn(features: Any, labels: Any, mode: str, config: Any) -> EstimatorSpec:
            return self._call_model_fn(features, labels, mode, config)

        return public_model_fn

    def get_variable_value(self, name: str) -> Any:
        """The value of a variable in the latest checkpoint, as an array.

        Args:
          name: its name.

        Raises:
          ValueError: there is no checkpoint.
          NotFoundError: it has no such variable.
        """
        return load_checkpoint(self._checkpoint()).get_tensor(name)

    def get_variable_names(self) -> list[str]:
        """The names of all variables in the latest checkpoint.

        Raises:
          ValueError: there is no checkpoint.
        """
        return [name for name, _ in list_variables(self._checkpoint())]

    def latest_checkpoint(self) -> str | None:
        """The path of the latest checkpoint, or None."""
        return latest_checkpoint(self._model_dir)

    def eval_dir(self, name: str | None = None) -> str:
        """The folder of event files of an evaluation.

        Args:
          name: the name of the evaluation.
        """
        return os.path.join(self._model_dir, f"eval_{name}" if name else "eval")

    def _checkpoint(self) -> str:
        path = latest_checkpoint(self._model_dir)
        if path is None:
            raise ValueError(f"Could not find trained model in model_dir: {self._model_dir}.")
        return path

    # ---- Training ----

    def train(
        self,
        input_fn: InputFn,
        hooks: Sequence[SessionRunHook] | None = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Sequence[CheckpointSaverListener] | None = None,
    ) -> Estimator:
        """Trains the model, until its data end or a number of steps is reached.

        Args:
          input_fn: a function that gives a dataset, or features and labels.
          hooks: SessionRunHooks.
          steps: how many steps to take.
          max_steps: the global step to stop at; nothing happens where it is reached already.
          saving_listeners: are told of each checkpoint.

        Returns:
          The Estimator itself.

        Raises:
          ValueError: both numbers are given, one is not positive, the model function returns no
            EstimatorSpec, or there are listeners and no checkpoints.
          TypeError: something is no hook, or no listener.
          NanLossDuringTrainingError: the loss is not a number.
        """
        if self.config.task_type in (TaskType.EVALUATOR, TaskType.PS):
            raise ValueError(
                "Train has been called wrong configuration. Please use "
                "tf.estimator.train_and_evaluate which calls proper API according to given "
                f"configuration. Current configuration: {self.config}."
            )
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        _check_positive("steps", steps)
        _check_positive("max_steps", max_steps)
        if max_steps is not None and _global_step_of(self._model_dir) >= max_steps:
            info("Skipping training since max_steps has already saved.")
            return self
        all_hooks = _checked_hooks(hooks)
        all_hooks.extend(self._convert_train_steps_to_hooks(steps, max_steps))
        loss = self._train_model(input_fn, all_hooks, _checked_listeners(saving_listeners))
        info("Loss for final step: %s.", loss)
        return self

    def _convert_train_steps_to_hooks(
        self, steps: int | None, max_steps: int | None
    ) -> list[SessionRunHook]:
        if steps is None and max_steps is None:
            return []
        return [StopAtStepHook(steps, max_steps)]

    def _train_model(
        self,
        input_fn: InputFn,
        hooks: list[SessionRunHook],
        listeners: list[CheckpointSaverListener],
    ) -> Any:
        with Graph().as_default() as graph, graph.device(self._config.device_fn):
            scopes.set_random_seed(self._config.tf_random_seed)
            global_step = self._create_and_assert_global_step(graph)
            # Hooks ask for this tensor, here as early as it can be.
            if global_step is get_or_create_global_step(graph):
                global_step_read("Estimator")
            features, labels, input_hooks = self._inputs(input_fn, ModeKeys.TRAIN)
            spec = self._call_model_fn(features, labels, ModeKeys.TRAIN, self.config)
            return self._train_with_spec(spec, [*input_hooks, *hooks], global_step, listeners)

    def _train_with_spec(
        self,
        spec: EstimatorSpec,
        hooks: list[SessionRunHook],
        global_step: Any,
        listeners: list[CheckpointSaverListener],
    ) -> Any:
        if self._warm_start_settings:
            info("Warm-starting with WarmStartSettings: %s", (self._warm_start_settings,))
            warm_start(*self._warm_start_settings)
        loss = spec.loss
        if not any(x.op.name == "loss" for x in scopes.get_collection(GraphKeys.SUMMARIES)):
            scalar("loss", loss)
        scopes.add_to_collection(GraphKeys.LOSSES, loss)
        all_hooks = [*hooks, NanTensorHook(loss)]
        if self._config.log_step_count_steps is not None:
            logged = {"loss": loss, "step": global_step}
            all_hooks.append(
                LoggingTensorHook(logged, every_n_iter=self._config.log_step_count_steps)
            )
        all_hooks.extend(spec.training_hooks)
        self._add_saver(spec)
        chief_hooks = self._saver_hooks(spec, all_hooks, listeners)
        with MonitoredTrainingSession(
            master=self._config.master,
            is_chief=self._config.is_chief,
            checkpoint_dir=self._model_dir,
            scaffold=spec.scaffold,
            hooks=all_hooks,
            chief_only_hooks=(*chief_hooks, *spec.training_chief_hooks),
            save_checkpoint_secs=0,
            save_summaries_steps=self._config.save_summary_steps,
            config=self._session_config,
            max_wait_secs=self._config.session_creation_timeout_secs,
            log_step_count_steps=self._config.log_step_count_steps,
        ) as session:
            value = None
            was_run = False
            while not session.should_stop():
                _, value = session.run([spec.train_op, loss])
                was_run = True
        if not was_run:
            warning(
                "Training with estimator made no steps. Perhaps input is empty or misspecified."
            )
        return value

    def _add_saver(self, spec: EstimatorSpec) -> None:
        """A Saver, unless the model function has made one."""
        if spec.scaffold.saver or scopes.get_collection(GraphKeys.SAVERS):
            return
        saver = Saver(
            sharded=True,
            max_to_keep=self._config.keep_checkpoint_max,
            keep_checkpoint_every_n_hours=self._config.keep_checkpoint_every_n_hours,
            defer_build=True,
            save_relative_paths=True,
        )
        scopes.add_to_collection(GraphKeys.SAVERS, saver)

    def _saver_hooks(
        self,
        spec: EstimatorSpec,
        hooks: list[SessionRunHook],
        listeners: list[CheckpointSaverListener],
    ) -> list[SessionRunHook]:
        """A hook that writes checkpoints, unless there is one; listeners are told of the first."""
        all_hooks = [*hooks, *spec.training_chief_hooks]
        found = [hook for hook in all_hooks if isinstance(hook, CheckpointSaverHook)]
        made: list[SessionRunHook] = []
        secs, steps = self._config.save_checkpoints_secs, self._config.save_checkpoints_steps
        if (secs or steps) and not found:
            hook = CheckpointSaverHook(self._model_dir, secs, steps, scaffold=spec.scaffold)
            made, found = [hook], [hook]
        if listeners and not found:
            raise ValueError(
                "There should be a CheckpointSaverHook to use saving_listeners. Please set one of "
                "the RunConfig.save_checkpoints_steps or RunConfig.save_checkpoints_secs."
            )
        if listeners:
            found[0].listen(listeners)
        return made

    # ---- Evaluation ----

    def evaluate(
        self,
        input_fn: InputFn,
        steps: int | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Computes metrics over data.

        Args:
          input_fn: a function that gives a dataset, or features and labels.
          steps: how many batches; None for all.
          hooks: SessionRunHooks.
          checkpoint_path: the checkpoint; the latest one when None.
          name: the name of the evaluation, for its folder of event files.

        Returns:
          Name of a metric -> its value; "loss" is the mean over batches, "global_step" that of the
          checkpoint. Without a checkpoint, variables have their initial values.

        Raises:
          ValueError: `steps` is not positive, or the model function returns no EstimatorSpec, or
            gives a metric a name that is taken.
        """
        all_hooks = _checked_hooks(hooks)
        all_hooks.extend(self._convert_eval_steps_to_hooks(steps))
        path = checkpoint_path or latest_checkpoint(self._model_dir)
        if not path:
            info(
                "Could not find trained model in model_dir: %s, running initialization to "
                "evaluate.",
                self._model_dir,
            )
        with Graph().as_default() as graph, graph.device(self._config.device_fn):
            scopes.set_random_seed(self._config.tf_random_seed)
            global_step = self._create_and_assert_global_step(graph)
            features, labels, input_hooks = self._inputs(input_fn, ModeKeys.EVAL)
            spec = self._call_model_fn(features, labels, ModeKeys.EVAL, self.config)
            update, values = _metric_operations(spec, global_step)
            self._maybe_warm_start(path)
            found = evaluate_once(
                checkpoint_path=path,
                master=self._config.evaluation_master,
                scaffold=spec.scaffold,
                eval_ops=update,
                final_ops=values,
                hooks=[*input_hooks, *all_hooks, *spec.evaluation_hooks],
                config=self._session_config,
            )
            write_results(self.eval_dir(name), found, found["global_step"], path)
        return found  # type: ignore[no-any-return]

    def _convert_eval_steps_to_hooks(self, steps: int | None) -> list[SessionRunHook]:
        if steps is None:
            return []
        _check_positive("steps", steps)
        return [StopAfterNEvalsHook(num_evals=steps)]

    def _maybe_warm_start(self, checkpoint_path: str | None) -> None:
        if not checkpoint_path and self._warm_start_settings:
            info("Warm-starting with WarmStartSettings: %s", (self._warm_start_settings,))
            warm_start(*self._warm_start_settings)

    # ---- Prediction ----

    def predict(
        self,
        input_fn: InputFn,
        predict_keys: Any = None,
        hooks: Sequence[SessionRunHook] | None = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """Yields predictions.

        Args:
          input_fn: a function that gives a dataset, or features; labels are dropped.
          predict_keys: the names of predictions to give; all when None.
          hooks: SessionRunHooks.
          checkpoint_path: the checkpoint; the latest one when None.
          yield_single_examples: whether to yield each example by itself, or whole batches.

        Yields:
          What the model function predicts, as arrays.

        Raises:
          ValueError: no name is known, or the batches of predictions differ in size.
        """
        all_hooks = _checked_hooks(hooks)
        path = checkpoint_path or latest_checkpoint(self._model_dir)
        if not path:
            info(
                "Could not find trained model in model_dir: %s, running initialization to predict.",
                self._model_dir,
            )
        with Graph().as_default() as graph, graph.device(self._config.device_fn):
            scopes.set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(graph)
            result = self._call_input_fn(input_fn, ModeKeys.PREDICT)
            features, _, input_hooks = features_and_labels(result)
            self._validate_features_in_predict_input(result)
            spec = self._call_model_fn(features, None, ModeKeys.PREDICT, self.config)
            self._maybe_warm_start(path)
            predictions = _chosen(spec.predictions, predict_keys)
            creator = ChiefSessionCreator(
                checkpoint_filename_with_path=path,
                master=self._config.master,
                scaffold=spec.scaffold,
                config=self._session_config,
            )
            all_hooks = [*input_hooks, *all_hooks, *spec.prediction_hooks]
            with MonitoredSession(session_creator=creator, hooks=all_hooks) as session:
                while not session.should_stop():
                    found = session.run(predictions)
                    yield from _examples(found) if yield_single_examples else [found]

    def _validate_features_in_predict_input(self, result: Any) -> None:
        if not isinstance(result, Dataset) and not scopes.get_collection(GraphKeys.QUEUE_RUNNERS):
            warning(
                "Input graph does not use tf.data.Dataset or contain a QueueRunner. That means "
                "predict yields forever. This is probably a mistake."
            )

    # ---- Export ----

    def export_saved_model(
        self,
        export_dir_base: str,
        serving_input_receiver_fn: Callable[[], Any] | None,
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        experimental_mode: str = ModeKeys.PREDICT,
    ) -> bytes:
        """Writes a SavedModel.

        Args:
          export_dir_base: the folder below which the model gets one, named by the time.
          serving_input_receiver_fn: a function that gives a ServingInputReceiver.
          assets_extra: path below the folder ``assets.extra`` -> a file to copy there.
          as_text: whether the graph is written as text.
          checkpoint_path: the checkpoint; the latest one when None.
          experimental_mode: the mode that the model is built for.

        Returns:
          The path of the folder.

        Raises:
          ValueError: there is no checkpoint, no function, or no output.
        """
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        receivers = {experimental_mode: serving_input_receiver_fn}
        return self._export(
            export_dir_base, receivers, assets_extra, as_text, checkpoint_path, True
        )

    def export_savedmodel(
        self,
        export_dir_base: str,
        serving_input_receiver_fn: Callable[[], Any] | None,
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """The same under its old name.

        Args:
          export_dir_base, serving_input_receiver_fn, assets_extra, as_text, checkpoint_path: as of
            `export_saved_model`.
          strip_default_attrs: whether attributes that have their default value are left out.
        """
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        receivers = {ModeKeys.PREDICT: serving_input_receiver_fn}
        return self._export(
            export_dir_base, receivers, assets_extra, as_text, checkpoint_path, strip_default_attrs
        )

    def experimental_export_all_saved_models(
        self,
        export_dir_base: str,
        input_receiver_fn_map: Mapping[str, Callable[[], Any]],
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
    ) -> bytes:
        """Writes a SavedModel with a graph for each of several modes.

        Args:
          export_dir_base, assets_extra, as_text, checkpoint_path: as of `export_saved_model`.
          input_receiver_fn_map: mode -> a function that gives its receiver.
        """
        return self._export(
            export_dir_base, input_receiver_fn_map, assets_extra, as_text, checkpoint_path, True
        )

    def _export(
        self,
        export_dir_base: str,
        receivers: Mapping[str, Callable[[], Any]],
        assets_extra: Mapping[str, str] | None,
        as_text: bool,
        checkpoint_path: str | None,
        strip_default_attrs: bool,
    ) -> bytes:
        path = checkpoint_path or latest_checkpoint(self._model_dir)
        if not path:
            raise ValueError(f"Couldn't find trained model at {self._model_dir}.")
        with exporting.folder(export_dir_base, assets_extra, as_text) as (builder, there):
            is_first = True
            for mode in exporting.MODES:
                if receivers.get(mode):
                    self._add_meta_graph_for_mode(
                        builder, receivers[mode], path, mode, is_first, strip_default_attrs
                    )
                    is_first = False
            if is_first:
                raise ValueError(f"No valid modes for exporting found. Got {list(receivers)}.")
        return there

    def _add_meta_graph_for_mode(
        self,
        builder: Any,
        input_receiver_fn: Callable[[], Any],
        checkpoint_path: str,
        mode: str,
        save_variables: bool,
        strip_default_attrs: bool,
        tags: list[str] | None = None,
    ) -> None:
        """Adds the graph of a mode to a SavedModel, and its variables where it is the first."""
        with Graph().as_default() as graph:
            self._create_and_assert_global_step(graph)
            scopes.set_random_seed(self._config.tf_random_seed)
            receiver = input_receiver_fn()
            spec = self._call_model_fn(
                receiver.features, getattr(receiver, "labels", None), mode, self.config
            )
            exporting.add_graph(
                builder,
                receiver,
                spec,
                mode,
                checkpoint_path,
                self._session_config,
                save_variables,
                strip_default_attrs,
                tags,
            )

    # ---- What all of them share ----

    def _create_global_step(self, graph: Graph) -> Any:
        return create_global_step(graph)

    def _create_and_assert_global_step(self, graph: Graph) -> Any:
        step = self._create_global_step(graph)
        assert_global_step(step)
        return step

    def _inputs(self, input_fn: InputFn, mode: str) -> tuple[Any, Any, list[SessionRunHook]]:
        return features_and_labels(self._call_input_fn(input_fn, mode))

    def _call_input_fn(self, input_fn: InputFn, mode: str, input_context: Any = None) -> Any:
        """Calls an input function with those of `mode`, `params` and `config` that it takes."""
        names = argument_names(input_fn)
        given = {"mode": mode, "params": self._input_params(mode), "config": self.config}
        with scopes.device("/cpu:0"):
            return input_fn(**{name: given[name] for name in given if name in names})

    def _input_params(self, mode: str) -> Any:
        """What an input function gets as `params`."""
        return self.params

    def _model_params(self, mode: str) -> Any:
        """What the model function gets as `params`."""
        return self.params

    def _call_model_fn(self, features: Any, labels: Any, mode: str, config: Any) -> EstimatorSpec:
        """Calls the model function with what it takes.

        Raises:
          ValueError: it takes no labels, and there are some; it returns no EstimatorSpec.
        """
        names = argument_names(self._model_fn)
        given: dict[str, Any] = {"features": features}
        if "labels" in names:
            given["labels"] = labels
        elif labels is not None:
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        others = {"mode": mode, "params": self._model_params(mode), "config": config}
        given.update((name, value) for name, value in others.items() if name in names)
        info("Calling model_fn.")
        spec = self._spec_of(given, mode)
        info("Done calling model_fn.")
        if not isinstance(spec, EstimatorSpec):
            raise ValueError("model_fn should return an EstimatorSpec.")
        return spec

    def _spec_of(self, arguments: dict[str, Any], mode: str) -> Any:
        """What the model function returns."""
        return self._model_fn(**arguments)

    def _check_overrides(self) -> None:
        """Raises where a subclass overrides a member that others rely on."""
        allowed = self._OVERRIDABLE
        members = [
            name for name in Estimator.__dict__ if name not in allowed and not name.startswith("__")
        ]
        changed = [
            name for name in members if getattr(type(self), name) != getattr(Estimator, name)
        ]
        if changed:
            raise ValueError(
                "Subclasses of Estimator cannot override members of Estimator. "
                f"{type(self)} does override {changed}"
            )


# ---- Checks ----


def _checked_config(config: Any, model_dir: str | None) -> RunConfig:
    """A copy of the configuration, with a folder and options of sessions."""
    if config is None:
        config = RunConfig()
        info("Using default config.")
    elif not isinstance(config, RunConfig):
        raise ValueError(f"config must be an instance of `RunConfig`, but provided {config}.")
    if model_dir:
        if config.model_dir not in (None, model_dir):
            raise ValueError(
                "`model_dir` are set both in constructor and `RunConfig`, but with different "
                f"values. In constructor: '{model_dir}', in `RunConfig`: '{config.model_dir}' "
            )
        config = config.replace(model_dir=model_dir)
    elif config.model_dir is None:
        made = tempfile.mkdtemp()
        warning("Using temporary folder as model directory: %s", made)
        config = config.replace(model_dir=made)
    if config.session_config is None:
        config = config.replace(session_config=default_session_config())
    checked: RunConfig = config
    return checked


def _check_model_fn(model_fn: Callable[..., Any], params: Any) -> None:
    names = set(argument_names(model_fn))
    if "features" not in names:
        raise ValueError(f"model_fn ({model_fn}) must include features argument.")
    if params is not None and "params" not in names:
        raise ValueError(
            f"model_fn ({model_fn}) does not include params argument, but params ({params}) is "
            "passed to Estimator."
        )
    if params is None and "params" in names:
        warning(
            "Estimator's model_fn (%s) includes params argument, but params are not passed to "
            "Estimator.",
            model_fn,
        )
    unknown = list(names - _MODEL_FN_ARGUMENTS)
    if unknown:
        raise ValueError(f"model_fn ({model_fn}) has following not expected args: {unknown}")


def _check_positive(name: str, value: int | None) -> None:
    if value is not None and value <= 0:
        raise ValueError(f"Must specify {name} > 0, given: {value}")


def _checked_hooks(hooks: Sequence[SessionRunHook] | None) -> list[SessionRunHook]:
    checked = list(hooks or ())
    for hook in checked:
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"Hooks must be a SessionRunHook, given: {hook}")
    return checked


def _checked_listeners(
    listeners: Sequence[CheckpointSaverListener] | None,
) -> list[CheckpointSaverListener]:
    checked = list(listeners or ())
    for listener in checked:
        if not isinstance(listener, CheckpointSaverListener):
            raise TypeError(
                f"saving_listeners must be a list of CheckpointSaverListener, given: {listener}"
            )
    return checked


# ---- Values ----


def _global_step_of(model_dir: str) -> int:
    """The global step of the latest checkpoint of a folder; 0 where there is none."""
    path = latest_checkpoint(model_dir)
    if path is None:
        return 0
    try:
        return int(load_checkpoint(path).get_tensor(GraphKeys.GLOBAL_STEP))
    except Exception:  # a checkpoint without a global step, or one that cannot be read
        return 0


def _metric_operations(spec: EstimatorSpec, global_step: Any) -> tuple[Any, dict[str, Any]]:
    """What updates all metrics, and their values by name; mean loss and global step are added."""
    if LOSS_METRIC_KEY in spec.eval_metric_ops:
        raise ValueError(
            f'Metric with name "{LOSS_METRIC_KEY}" is not allowed, because Estimator already '
            "defines a default metric with the same name."
        )
    operations = {**spec.eval_metric_ops, LOSS_METRIC_KEY: metrics.mean(spec.loss)}
    pairs = sorted(operations.items())
    update = group(*(update for _, (_, update) in pairs))
    values = {name: value for name, (value, _) in pairs}
    if GraphKeys.GLOBAL_STEP in values:
        raise ValueError(
            "Metric with name `global_step` is not allowed, because Estimator already defines a "
            "default metric with the same name."
        )
    values[GraphKeys.GLOBAL_STEP] = global_step
    return update, values


def _chosen(predictions: Any, keys: Any) -> Any:
    """Those of the predictions that were asked for."""
    if not keys:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError("predict_keys argument is not valid in case of non-dict predictions.")
    chosen = {name: value for name, value in predictions.items() if name in keys}
    if not chosen:
        raise ValueError(
            f"Expected to run at least one output from {predictions.keys()}, provided {keys}."
        )
    return chosen


def _examples(predictions: Any) -> Iterator[Any]:
    """The examples of a batch, one after the other."""
    if not isinstance(predictions, dict):
        yield from predictions
        return
    for number in range(_batch_length(predictions)):
        yield {name: value[number] for name, value in predictions.items()}


def _batch_length(predictions: dict[str, Any]) -> int:
    length: int | None = None
    for name, value in predictions.items():
        length = length or np.shape(value)[0]
        if np.shape(value)[0] != length:
            raise ValueError(
                f"Batch length of predictions should be same. {name} has different batch length "
                "than others."
            )
    return length or 0
