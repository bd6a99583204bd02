"""`tf.estimator.export`'s outputs: what a served model gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import control_dependencies
from tfsession.ops.array import constant
from tfsession.protos import SignatureDef
from tfsession.saved_model import signature_def_utils
from tfsession.saved_model.utils import build_tensor_info
from tfsession.variables.variable import is_tensor

__all__ = [
    "ClassificationOutput",
    "EvalOutput",
    "ExportOutput",
    "PredictOutput",
    "RegressionOutput",
    "SupervisedOutput",
    "TrainOutput",
]

_KEY_SEPARATOR = "/"


class ExportOutput:
    """What a served model gives; its subclasses say how it is described.

    Source: TensorFlow 1.15 `tf.estimator.export.ExportOutput`.
    """

    def as_signature_def(self, receiver_tensors: dict[str, Any]) -> SignatureDef:
        """The description of a model.

        Args:
          receiver_tensors: its inputs by name.

        Raises:
          NotImplementedError: the class does not say how.
        """
        # As in TensorFlow: programs make their own classes of it.
        raise NotImplementedError


class ClassificationOutput(ExportOutput):
    """Classes of examples.

    Source: TensorFlow 1.15 `tf.estimator.export.ClassificationOutput`.
    """

    def __init__(self, scores: Any = None, classes: Any = None) -> None:
        """Creates an output.

        Args:
          scores: float, [batch, classes] or [batch, best].
          classes: string, of the same shape, or [classes] for all examples.

        Raises:
          ValueError: neither is given, or one is of another dtype.
        """
        if scores is not None and not (isinstance(scores, Tensor) and scores.dtype.is_floating):
            raise ValueError(f"Classification scores must be a float32 Tensor; got {scores}")
        if classes is not None and not _is_string(classes):
            raise ValueError(f"Classification classes must be a string Tensor; got {classes}")
        if scores is None and classes is None:
            raise ValueError("At least one of scores and classes must be set.")
        self._scores = scores
        self._classes = classes

    @property
    def scores(self) -> Any:
        """The scores, or None."""
        return self._scores

    @property
    def classes(self) -> Any:
        """The classes, or None."""
        return self._classes

    def as_signature_def(self, receiver_tensors: dict[str, Any]) -> SignatureDef:
        """The description of a model that classifies.

        Raises:
          ValueError: the input is not one string tensor.
        """
        examples = _examples("Classification", receiver_tensors)
        return signature_def_utils.classification_signature_def(
            examples, self._classes, self._scores
        )


class RegressionOutput(ExportOutput):
    """A number for each example.

    Source: TensorFlow 1.15 `tf.estimator.export.RegressionOutput`.
    """

    def __init__(self, value: Any) -> None:
        """Creates an output.

        Args:
          value: float, [batch] or [batch, dimension].

        Raises:
          ValueError: it is of another dtype.
        """
        if not (isinstance(value, Tensor) and value.dtype.is_floating):
            raise ValueError(f"Regression output value must be a float32 Tensor; got {value}")
        self._value = value

    @property
    def value(self) -> Any:
        """The numbers."""
        return self._value

    def as_signature_def(self, receiver_tensors: dict[str, Any]) -> SignatureDef:
        """The description of a model that regresses.

        Raises:
          ValueError: the input is not one string tensor.
        """
        examples = _examples("Regression", receiver_tensors)
        return signature_def_utils.regression_signature_def(examples, self._value)


class PredictOutput(ExportOutput):
    """Tensors by name.

    Source: TensorFlow 1.15 `tf.estimator.export.PredictOutput`.
    """

    def __init__(self, outputs: Any) -> None:
        """Creates an output.

        Args:
          outputs: a dict of tensors, or one.

        Raises:
          ValueError: a name is no string, or a value no tensor.
        """
        self._outputs = _named(outputs, "output", "Prediction")

    @property
    def outputs(self) -> dict[str, Any]:
        """The tensors by name."""
        return self._outputs

    def as_signature_def(self, receiver_tensors: dict[str, Any]) -> SignatureDef:
        """The description of a model that predicts."""
        return signature_def_utils.predict_signature_def(receiver_tensors, self._outputs)


class SupervisedOutput(ExportOutput):
    """Loss, predictions and metrics of a model with labels.

    Source: TensorFlow 1.15, python/saved_model/model_utils/export_output.py `_SupervisedOutput`.
    """

    # What a server does with it.
    method_name = ""

    def __init__(self, loss: Any = None, predictions: Any = None, metrics: Any = None) -> None:
        """Creates an output.

        Args:
          loss: a dict of tensors, or one.
          predictions: the same.
          metrics: name -> value and update.

        Raises:
          ValueError: a name is no string, or a value no tensor.
        """
        self._loss = None if loss is None else _named(loss, "loss", "Loss")
        self._predictions = (
            None if predictions is None else _named(predictions, "predictions", "Prediction")
        )
        self._metrics: dict[str, Any] = {}
        for name, (value, update) in (metrics or {}).items():
            name = _joined(name) if isinstance(name, tuple) else name
            self._metrics[f"{name}/value"] = value
            self._metrics[f"{name}/update_op"] = _tensor_of(update)

    @property
    def loss(self) -> dict[str, Any] | None:
        """The losses by name, or None."""
        return self._loss

    @property
    def predictions(self) -> dict[str, Any] | None:
        """The predictions by name, or None."""
        return self._predictions

    @property
    def metrics(self) -> dict[str, Any]:
        """Values and updates by name."""
        return self._metrics

    def as_signature_def(self, receiver_tensors: dict[str, Any]) -> SignatureDef:
        """The description of a model with labels."""
        outputs = {
            **_below("loss", self._loss or {}),
            **_below("predictions", self._predictions or {}),
            **_below("metrics", self._metrics),
        }
        return signature_def_utils.build_signature_def(
            {name: build_tensor_info(tensor) for name, tensor in receiver_tensors.items()},
            {name: build_tensor_info(tensor) for name, tensor in outputs.items()},
            self.method_name,
        )


class TrainOutput(SupervisedOutput):
    """What a model gives that is trained."""

    method_name = "tensorflow/supervised/training"


class EvalOutput(SupervisedOutput):
    """What a model gives that is evaluated."""

    method_name = "tensorflow/supervised/eval"


def _is_string(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype.base_dtype.name == "string"


def _examples(what: str, receiver_tensors: dict[str, Any]) -> Any:
    """The one input of a model, which is made of serialized examples."""
    (examples,) = receiver_tensors.values() if len(receiver_tensors) == 1 else (None,)
    if examples is None or not _is_string(examples):
        raise ValueError(f"{what} input must be a single string Tensor; got {receiver_tensors}")
    return examples


def _named(outputs: Any, default: str, label: str) -> dict[str, Any]:
    """Tensors by name, where one may have been given alone, and names may be tuples."""
    if not isinstance(outputs, Mapping):
        outputs = {default: outputs}
    named: dict[str, Any] = {}
    for key, value in outputs.items():
        name = _joined(key) if isinstance(key, tuple) else key
        if not isinstance(name, str):
            raise ValueError(f"{label} output key must be a string; got {name}.")
        if not is_tensor(value):
            raise ValueError(f"{label} output value must be a Tensor; got {value}.")
        named[name] = value
    return named


def _joined(key: tuple[str, ...]) -> str:
    return _KEY_SEPARATOR.join(key)


def _tensor_of(update: Any) -> Any:
    """A tensor, also where an update is an operation that gives none."""
    if not isinstance(update, Operation):
        return update
    with control_dependencies([update]):
        return constant([], name="metric_op_wrapper")


def _below(prefix: str, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Names below a prefix, which a name alone already is."""
    return {
        name if name == prefix else f"{prefix}{_KEY_SEPARATOR}{name}": tensor
        for name, tensor in tensors.items()
    }
