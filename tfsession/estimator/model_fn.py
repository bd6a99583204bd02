"""`tf.estimator.EstimatorSpec`: what a model function returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tfsession.estimator.export_outputs import (
    EvalOutput,
    ExportOutput,
    PredictOutput,
    TrainOutput,
)
from tfsession.estimator.mode_keys import ModeKeys
from tfsession.graph import scopes
from tfsession.graph.operation import Operation
from tfsession.ops.array import reshape
from tfsession.saved_model import tag_constants
from tfsession.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from tfsession.train.scaffold import Scaffold
from tfsession.train.session_run_hook import SessionRunHook
from tfsession.variables.variable import is_tensor

__all__ = ["EXPORT_TAGS", "LOSS_METRIC_KEY", "EstimatorSpec", "ModeKeys"]

#: The names of metrics that an Estimator adds itself.
LOSS_METRIC_KEY = "loss"
AVERAGE_LOSS_METRIC_KEY = "average_loss"

#: Mode -> the tags of its graph in a SavedModel.
EXPORT_TAGS = {
    ModeKeys.PREDICT: [tag_constants.SERVING],
    ModeKeys.TRAIN: [tag_constants.TRAINING],
    ModeKeys.EVAL: ["eval"],
}


class _Fields(NamedTuple):
    mode: str
    predictions: Any
    loss: Any
    train_op: Any
    eval_metric_ops: dict[str, Any]
    export_outputs: dict[str, ExportOutput] | None
    training_chief_hooks: tuple[SessionRunHook, ...]
    training_hooks: tuple[SessionRunHook, ...]
    scaffold: Any
    evaluation_hooks: tuple[SessionRunHook, ...]
    prediction_hooks: tuple[SessionRunHook, ...]


class EstimatorSpec(_Fields):
    """What a model function returns.

    Source: TensorFlow 1.15 `tf.estimator.EstimatorSpec`.
    """

    __slots__ = ()

    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: Any = None,
        export_outputs: Any = None,
        training_chief_hooks: Iterable[SessionRunHook] | None = None,
        training_hooks: Iterable[SessionRunHook] | None = None,
        scaffold: Any = None,
        evaluation_hooks: Iterable[SessionRunHook] | None = None,
        prediction_hooks: Iterable[SessionRunHook] | None = None,
    ) -> EstimatorSpec:
        """Creates a spec.

        Args:
          mode: one of ModeKeys.
          predictions: a Tensor or a dict of them; needed to predict.
          loss: scalar, or of one element; needed to train and to evaluate.
          train_op: an Operation or Tensor, a training step; needed to train.
          eval_metric_ops: name -> (value, update), as metrics return them.
          export_outputs: name -> ExportOutput; by default one PredictOutput of `predictions`.
          training_chief_hooks: hooks of training, of the chief alone.
          training_hooks: hooks of training.
          scaffold: a Scaffold.
          evaluation_hooks: hooks of evaluation.
          prediction_hooks: hooks of prediction.

        Raises:
          ValueError: something that the mode needs is missing, the loss is no scalar, a tensor is
            of another graph than the default one, or no output is the default one.
          TypeError: a value is of another type.
        """
        train_op = checked_train_op(train_op, mode)
        loss = checked_loss(loss, mode)
        predictions = checked_predictions(predictions, mode)
        export_outputs = checked_export_outputs(export_outputs, predictions, mode)
        return super().__new__(
            cls,
            mode,
            predictions,
            loss,
            train_op,
            _checked_metrics(eval_metric_ops),
            export_outputs,
            checked_hooks(training_chief_hooks),
            checked_hooks(training_hooks),
            _checked_scaffold(scaffold),
            checked_hooks(evaluation_hooks),
            checked_hooks(prediction_hooks),
        )


# ---- Checks ----


def checked_train_op(train_op: Any, mode: str) -> Any:
    if train_op is None:
        if mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        return None
    if not (isinstance(train_op, Operation) or is_tensor(train_op)):
        raise TypeError(f"train_op must be Operation or Tensor, given: {train_op}")
    _check_graph(train_op, "train_op")
    return train_op


def checked_loss(loss: Any, mode: str) -> Any:
    if loss is None:
        if mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("Missing loss.")
        return None
    loss = _checked_tensor(loss, "loss")
    shape = loss.get_shape()
    if shape.num_elements() not in (None, 1):
        raise ValueError(f"Loss must be scalar, given: {loss}")
    if not shape.is_compatible_with([]):
        loss = reshape(loss, [])
    _check_graph(loss, "loss")
    return loss


def checked_predictions(predictions: Any, mode: str) -> Any:
    if predictions is None:
        if mode == ModeKeys.PREDICT:
            raise ValueError("Missing predictions.")
        return {}
    if isinstance(predictions, Mapping):
        for name, value in predictions.items():
            _checked_tensor(value, f"predictions[{name}]")
            _check_graph(value, "prediction values", f"{name}: ")
    else:
        _checked_tensor(predictions, "predictions")
        _check_graph(predictions, "prediction values")
    return predictions


def _checked_metrics(metrics: Any) -> Any:
    if metrics is None:
        return {}
    if not isinstance(metrics, Mapping):
        raise TypeError(f"eval_metric_ops must be a dict, given: {metrics}")
    for name, pair in metrics.items():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(
                "Values of eval_metric_ops must be (metric_value, update_op) tuples, given: "
                f"{pair} for key: {name}"
            )
    for name, pair in metrics.items():
        for value in pair:
            _check_graph(value, "eval_metric_ops", f"{name}: ")
    return metrics


def checked_export_outputs(outputs: Any, predictions: Any, mode: str) -> Any:
    if mode != ModeKeys.PREDICT:
        return outputs
    default = DEFAULT_SERVING_SIGNATURE_DEF_KEY
    if outputs is None:
        return {default: PredictOutput(predictions)}
    if not isinstance(outputs, dict):
        raise TypeError(f"export_outputs must be dict, given: {outputs}")
    if not all(isinstance(output, ExportOutput) for output in outputs.values()):
        raise TypeError(f"Values in export_outputs must be ExportOutput objects. Given: {outputs}")
    if len(outputs) == 1 and default not in outputs:
        (only,) = outputs.values()
        outputs[default] = only
    if len(outputs) > 1 and default not in outputs:
        raise ValueError(
            "Multiple export_outputs were provided, but none of them is specified as the default.  "
            "Do this by naming one of them with "
            "signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY."
        )
    return outputs


def checked_hooks(hooks: Iterable[SessionRunHook] | None) -> tuple[SessionRunHook, ...]:
    hooks = tuple(hooks or ())
    for hook in hooks:
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"All hooks must be SessionRunHook instances, given: {hook}")
    return hooks


def _checked_scaffold(scaffold: Any) -> Scaffold:
    scaffold = scaffold or Scaffold()
    if not isinstance(scaffold, Scaffold):
        raise TypeError(f"scaffold must be tf.train.Scaffold. Given: {scaffold}")
    return scaffold


def _checked_tensor(value: Any, name: str) -> Any:
    if not is_tensor(value):
        raise TypeError(f"{name} must be Tensor, given: {value}")
    return value


def _check_graph(value: Any, what: str, prefix: str = "") -> None:
    """A tensor of another graph was most likely made by another call of the model function."""
    if value.graph is not scopes.get_default_graph():
        raise ValueError(
            f'{what} with "{prefix}{value.name}" must be from the default graph. Possible causes '
            f"of this error include: \n\n1) {what} was created outside the context of the default "
            "graph.\n\n2) The object passed through to EstimatorSpec was not created in the most "
            'recent call to "model_fn".'
        )


def export_outputs_for_mode(
    mode: str,
    serving_outputs: Any = None,
    predictions: Any = None,
    loss: Any = None,
    metrics: Any = None,
) -> dict[str, ExportOutput]:
    """The outputs under which a graph of a mode is exported.

    Args:
      mode: one of ModeKeys.
      serving_outputs: name -> ExportOutput, for prediction.
      predictions, loss, metrics: those of the spec, for training and evaluation.

    Source: TensorFlow 1.15, python/saved_model/model_utils/export_utils.py
      `export_outputs_for_mode`.
    """
    if mode == ModeKeys.PREDICT:
        return checked_export_outputs(serving_outputs, predictions, mode)  # type: ignore[no-any-return]
    output = TrainOutput if mode == ModeKeys.TRAIN else EvalOutput
    return {mode: output(loss=loss, predictions=predictions, metrics=metrics)}
