"""`tf.estimator.tpu.TPUEstimator`: an Estimator with a batch size for each mode."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfsession.estimator.estimator import Estimator
from tfsession.estimator.input_results import argument_names
from tfsession.estimator.mode_keys import ModeKeys
from tfsession.estimator.tpu_config import RunConfig, check_positive_integer
from tfsession.estimator.tpu_spec import TPUEstimatorSpec
from tfsession.graph.graph import Graph
from tfsession.logging import error as log_error, info, warning
from tfsession.protos import Summary
from tfsession.train.saving_hooks import CheckpointSaverListener, StepCounterHook
from tfsession.train.session_run_hook import SessionRunHook
from tfsession.train.training_step import make_global_step

__all__ = [
    "ErrorRendezvous",
    "ExamplesPerSecondHook",
    "TPUEstimator",
    "export_estimator_savedmodel",
]

_RESERVED = ["batch_size", "context"]


class TPUEstimator(Estimator):
    """An Estimator with a batch size for each mode, which runs on the local device.

    Source: TensorFlow 1.15 `tf.estimator.tpu.TPUEstimator`, with ``use_tpu=False``.
    """

    def __init__(
        self,
        model_fn: Callable[..., Any] | None = None,
        model_dir: str | None = None,
        config: RunConfig | None = None,
        params: Any = None,
        use_tpu: bool = True,
        train_batch_size: int | None = None,
        eval_batch_size: int | None = None,
        predict_batch_size: int | None = None,
        batch_axis: Sequence[int] | None = None,
        eval_on_tpu: bool = True,
        export_to_tpu: bool = True,
        export_to_cpu: bool = True,
        warm_start_from: Any = None,
        embedding_config_spec: Any = None,
        export_saved_model_api_version: Any = None,
    ) -> None:
        """Creates an Estimator.

        Args:
          model_fn: a function that builds the model, as of Estimator; it takes `params`, whose
            "batch_size" and "use_tpu" are set. It returns a TPUEstimatorSpec or an EstimatorSpec.
          model_dir: the folder of checkpoints.
          config: a `tf.estimator.tpu.RunConfig`.
          params: a dict or HParams, handed to `model_fn` and to input functions, which must take
            them.
          use_tpu: must be False before anything runs: there are no TPUs.
          train_batch_size, eval_batch_size, predict_batch_size: what "batch_size" is in each mode.
          batch_axis, eval_on_tpu, export_to_tpu, export_to_cpu, embedding_config_spec,
            export_saved_model_api_version: accepted; they say how TPUs are used.
          warm_start_from: as of Estimator.

        Raises:
          ValueError: `config` is none, `params` has a reserved name, or a batch size is missing.
          TypeError: a batch size is no int.
        """
        if config is None or not isinstance(config, RunConfig):
            raise ValueError("`config` must be provided with type `tpu_config.RunConfig`")
        if params is not None and any(key in params for key in _RESERVED):
            raise ValueError(f"{_RESERVED} are reserved keys but existed in params {params}.")
        sizes = {
            ModeKeys.TRAIN: ("train_batch_size", train_batch_size),
            ModeKeys.EVAL: ("eval_batch_size", eval_batch_size),
            ModeKeys.PREDICT: ("predict_batch_size", predict_batch_size),
        }
        if use_tpu:
            if train_batch_size is None:
                raise ValueError("`train_batch_size` cannot be `None`")
            for name, size in sizes.values():
                if size is not None:
                    check_positive_integer(size, name)
        if not callable(model_fn):
            raise TypeError("unsupported callable")
        self._log_every_n_steps = config.log_step_count_steps
        self._iterations = config.tpu_config.iterations_per_loop
        # Loss and speed are told by a hook of TPUEstimator's own.
        config = config.replace(log_step_count_steps=None)
        super().__init__(model_fn, model_dir, config, params, warm_start_from)
        self._batch_sizes = {mode: size for mode, (_, size) in sizes.items()}
        self._use_tpu = use_tpu
        self._export_to_tpu = export_to_tpu
        self._is_exporting = False
        info("_TPUContext: eval_on_tpu %s", eval_on_tpu)
        if eval_on_tpu and not use_tpu:
            warning("eval_on_tpu ignored because use_tpu is False.")

    def train(
        self,
        input_fn: Callable[..., Any],
        hooks: Sequence[SessionRunHook] | None = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Sequence[CheckpointSaverListener] | None = None,
    ) -> TPUEstimator:
        """Trains the model; see `Estimator.train`. Input functions must take `params`."""
        with self._loop("training_loop"):
            super().train(input_fn, hooks, steps, max_steps, saving_listeners)
        return self

    def evaluate(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Computes metrics; see `Estimator.evaluate`. Input functions must take `params`."""
        with self._loop("evaluation_loop"):
            return super().evaluate(input_fn, steps, hooks, checkpoint_path, name)
        raise AssertionError("an error of the loop is raised again")

    def predict(
        self,
        input_fn: Callable[..., Any],
        predict_keys: Any = None,
        hooks: Sequence[SessionRunHook] | None = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """Yields predictions; see `Estimator.predict`. Input functions must take `params`."""
        with self._loop("prediction_loop"):
            yield from super().predict(
                input_fn, predict_keys, hooks, checkpoint_path, yield_single_examples
            )
        ErrorRendezvous().record_done("prediction_loop")

    @contextlib.contextmanager
    def _loop(self, source: str) -> Iterator[None]:
        """Logs how a loop ends."""
        rendezvous = ErrorRendezvous()
        try:
            if self._use_tpu:
                raise RuntimeError(
                    "TPUEstimator: use_tpu=True: there are no TPUs here; pass use_tpu=False to run "
                    "on GPUs or the CPU."
                )
            yield
        except Exception as error:
            rendezvous.record_error(source, error)
        finally:
            rendezvous.record_done(source)
        rendezvous.raise_errors()

    # ---- What differs from Estimator ----

    # What Estimator lets subclasses override, and what TPUEstimator overrides itself.
    _OVERRIDABLE = Estimator._OVERRIDABLE | {"train", "evaluate", "predict"}

    def _create_global_step(self, graph: Graph) -> Any:
        return make_global_step(graph, use_resource=True)

    def _input_params(self, mode: str) -> Any:
        params = self.params
        size = self._batch_sizes[mode]
        if size is not None:
            _set(params, "batch_size", size)
        return params

    def _model_params(self, mode: str) -> Any:
        params = self.params if self._is_exporting else self._input_params(mode)
        _set(params, "use_tpu", False)
        return params

    def _call_input_fn(
        self, input_fn: Callable[..., Any], mode: str, input_context: Any = None
    ) -> Any:
        if "params" not in argument_names(input_fn):
            raise ValueError(
                f"input_fn ({input_fn}) does not include params argument, required by TPUEstimator "
                'to pass batch size as params["batch_size"]'
            )
        return super()._call_input_fn(input_fn, mode, input_context)

    def _spec_of(self, arguments: dict[str, Any], mode: str) -> Any:
        info("Running %s on CPU", mode)
        if "params" not in arguments:
            raise ValueError(
                f"model_fn ({self._model_fn}) does not include params argument, required by "
                "TPUEstimator to pass batch size as params['batch_size']"
            )
        spec = super()._spec_of(arguments, mode)
        if isinstance(spec, TPUEstimatorSpec):
            spec = spec.as_estimator_spec()
        if mode != ModeKeys.TRAIN or self._is_exporting:
            return spec
        return spec._replace(training_hooks=(*spec.training_hooks, *self._speed_hooks()))

    def _speed_hooks(self) -> list[SessionRunHook]:
        size = self._batch_sizes[ModeKeys.TRAIN]
        if self._log_every_n_steps is None or size is None:
            return []
        steps = self._iterations if isinstance(self._iterations, int) else 1
        return [
            ExamplesPerSecondHook(
                size, every_n_steps=self._log_every_n_steps / steps, output_dir=self.model_dir
            )
        ]

    def _add_meta_graph_for_mode(self, *arguments: Any, **named: Any) -> None:
        self._is_exporting = True
        try:
            super()._add_meta_graph_for_mode(*arguments, **named)
        finally:
            self._is_exporting = False


class ExamplesPerSecondHook(StepCounterHook):
    """Logs how many steps and examples there are in a second.

    Source: TensorFlow 1.15, tensorflow_estimator/python/estimator/tpu/tpu_estimator.py
      `ExamplesPerSecondHook`.
    """

    def __init__(
        self,
        batch_size: int,
        every_n_steps: float = 100,
        every_n_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
    ) -> None:
        """Creates a hook.

        Args:
          batch_size: how many examples a step has.
          every_n_steps, every_n_secs, output_dir, summary_writer: as of StepCounterHook.
        """
        self._batch_size = batch_size
        super().__init__(every_n_steps, every_n_secs, output_dir, summary_writer)  # type: ignore[arg-type]

    def _log(self, steps: int, seconds: float, global_step: int) -> None:
        super()._log(steps, seconds, global_step)
        speed = self._batch_size * (steps / seconds if seconds else float("inf"))
        if self._summary_writer is not None:
            value = Summary.Value(tag="examples/sec", simple_value=speed)
            self._summary_writer.add_summary(Summary(value=[value]), global_step)
        info("examples/sec: %g", speed)


class ErrorRendezvous:
    """Keeps the error of a loop until all loops have ended, and logs both.

    Source: TensorFlow 1.15, tensorflow_estimator/python/estimator/tpu/error_handling.py
      `ErrorRendezvous`.
    """

    def __init__(self, num_sources: int = 1) -> None:
        """Creates a rendezvous.

        Args:
          num_sources: how many loops there are.
        """
        self._errors: dict[str, BaseException] = {}

    def record_error(self, source: str, error: BaseException) -> None:
        """Keeps an error.

        Args:
          source: the name of the loop.
          error: the exception.
        """
        log_error("Error recorded from %s: %s", source, error)
        self._errors[source] = error

    def record_done(self, source: str) -> None:
        """Notes that a loop has ended."""
        info("%s marked as finished", source)

    def raise_errors(self, timeout_sec: float = 0) -> None:
        """Raises the first error again, where there is one."""
        for error in self._errors.values():
            warning("Reraising captured error")
            raise error


def export_estimator_savedmodel(
    estimator: TPUEstimator,
    export_dir_base: str,
    serving_input_receiver_fn: Callable[[], Any],
    assets_extra: Any = None,
    as_text: bool = False,
    checkpoint_path: str | None = None,
    strip_default_attrs: bool = False,
) -> bytes:
    """Writes a SavedModel: `Estimator.export_savedmodel`.

    Source: TensorFlow 1.15 `tf.contrib.tpu.export_estimator_savedmodel`.
    """
    return estimator.export_savedmodel(
        export_dir_base,
        serving_input_receiver_fn,
        assets_extra,
        as_text,
        checkpoint_path,
        strip_default_attrs,
    )


def _set(params: Any, name: str, value: Any) -> None:
    """Sets a parameter of a dict or of HParams."""
    if not hasattr(params, "set_hparam"):
        params[name] = value
    elif name in params:
        params.set_hparam(name, value)
    else:
        params.add_hparam(name, value)
