"""`tf.saved_model.signature_def_utils`: what a graph takes and gives, as messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfsession.dtypes import float32, string
from tfsession.graph.build import convert_to_tensor
from tfsession.protos import SignatureDef, TensorInfo
from tfsession.saved_model import signature_constants as names
from tfsession.saved_model.utils import build_tensor_info

__all__ = [
    "build_signature_def",
    "classification_signature_def",
    "is_valid_signature",
    "predict_signature_def",
    "regression_signature_def",
]


def build_signature_def(
    inputs: Mapping[str, TensorInfo] | None = None,
    outputs: Mapping[str, TensorInfo] | None = None,
    method_name: str | None = None,
) -> SignatureDef:
    """Makes a SignatureDef.

    Args:
      inputs: the TensorInfo of each input by its name.
      outputs: the same of each output.
      method_name: what a server does with it.

    Source: TensorFlow 1.15 `tf.saved_model.signature_def_utils.build_signature_def`.
    """
    signature = SignatureDef(method_name=method_name)
    for given, target in ((inputs, signature.inputs), (outputs, signature.outputs)):
        for name, info in (given or {}).items():
            target[name].CopyFrom(info)
    return signature


def _infos(tensors: Mapping[str, Any]) -> dict[str, TensorInfo]:
    return {name: build_tensor_info(tensor) for name, tensor in tensors.items()}


def _checked(tensor: Any, dtype: Any, what: str) -> Any:
    """A tensor, where it is of the dtype that it has to be of.

    Raises:
      ValueError: it is of another one.
    """
    tensor = convert_to_tensor(tensor)
    if tensor.dtype is not dtype:
        kind = "a string" if dtype is string else "a float"
        raise ValueError(f"{what} must be {kind} Tensor.")
    return tensor


def regression_signature_def(examples: Any, predictions: Any) -> SignatureDef:
    """The signature of a model that gives numbers for serialized Examples.

    Args:
      examples: a string Tensor.
      predictions: a float32 Tensor.

    Raises:
      ValueError: one is None, or of another dtype.

    Source: TensorFlow 1.15 `tf.saved_model.signature_def_utils.regression_signature_def`.
    """
    if examples is None:
        raise ValueError("Regression examples cannot be None.")
    examples = _checked(examples, string, "Regression examples")
    if predictions is None:
        raise ValueError("Regression predictions cannot be None.")
    predictions = _checked(predictions, float32, "Regression output")
    return build_signature_def(
        _infos({names.REGRESS_INPUTS: examples}),
        _infos({names.REGRESS_OUTPUTS: predictions}),
        names.REGRESS_METHOD_NAME,
    )


def classification_signature_def(examples: Any, classes: Any, scores: Any) -> SignatureDef:
    """The signature of a model that gives classes for serialized Examples.

    Args:
      examples: a string Tensor.
      classes: a string Tensor, or None.
      scores: a float32 Tensor, or None.

    Raises:
      ValueError: `examples` or both others are None, or a Tensor is of another dtype.

    Source: TensorFlow 1.15 `tf.saved_model.signature_def_utils.classification_signature_def`.
    """
    if examples is None:
        raise ValueError("Classification examples cannot be None.")
    examples = _checked(examples, string, "Classification examples")
    if classes is None and scores is None:
        raise ValueError("Classification classes and scores cannot both be None.")
    outputs = {}
    if classes is not None:
        classes = _checked(classes, string, "Classification classes")
        outputs[names.CLASSIFY_OUTPUT_CLASSES] = classes
    if scores is not None:
        scores = _checked(scores, float32, "Classification scores")
        outputs[names.CLASSIFY_OUTPUT_SCORES] = scores
    return build_signature_def(
        _infos({names.CLASSIFY_INPUTS: examples}), _infos(outputs), names.CLASSIFY_METHOD_NAME
    )


def predict_signature_def(
    inputs: Mapping[str, Any] | None, outputs: Mapping[str, Any] | None
) -> SignatureDef:
    """The signature of a model that takes and gives tensors.

    Args:
      inputs: tensors by name.
      outputs: tensors by name.

    Raises:
      ValueError: there are none.

    Source: TensorFlow 1.15 `tf.saved_model.signature_def_utils.predict_signature_def`.
    """
    if not inputs:
        raise ValueError("Prediction inputs cannot be None or empty.")
    if not outputs:
        raise ValueError("Prediction outputs cannot be None or empty.")
    return build_signature_def(_infos(inputs), _infos(outputs), names.PREDICT_METHOD_NAME)


def is_valid_signature(signature_def: SignatureDef | None) -> bool:
    """Whether a signature is one that servers know: of prediction, classification or regression.

    Source: TensorFlow 1.15 `tf.saved_model.signature_def_utils.is_valid_signature`.
    """
    if signature_def is None:
        return False
    inputs, outputs = signature_def.inputs, signature_def.outputs
    if signature_def.method_name == names.PREDICT_METHOD_NAME:
        return bool(inputs) and bool(outputs)
    if signature_def.method_name == names.REGRESS_METHOD_NAME:
        return _has(inputs, names.REGRESS_INPUTS, string) and (
            set(outputs) == {names.REGRESS_OUTPUTS}
            and _has(outputs, names.REGRESS_OUTPUTS, float32)
        )
    if signature_def.method_name == names.CLASSIFY_METHOD_NAME:
        kinds = {names.CLASSIFY_OUTPUT_CLASSES: string, names.CLASSIFY_OUTPUT_SCORES: float32}
        return (
            _has(inputs, names.CLASSIFY_INPUTS, string)
            and bool(outputs)
            and all(name in kinds and _has(outputs, name, kinds[name]) for name in outputs)
        )
    return False


def _has(infos: Mapping[str, TensorInfo], name: str, dtype: Any) -> bool:
    """Whether there is a tensor of that name and dtype."""
    return name in infos and infos[name].dtype == dtype.as_datatype_enum
