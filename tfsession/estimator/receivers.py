"""`tf.estimator.export`'s receivers: how a served model gets its features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tfsession.dtypes import string
from tfsession.estimator.input_results import features_and_labels
from tfsession.graph.composites import SparseTensor
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Tensor
from tfsession.ops.array import placeholder
from tfsession.ops.parsing import parse_example

__all__ = [
    "ServingInputReceiver",
    "SupervisedInputReceiver",
    "TensorServingInputReceiver",
    "build_parsing_serving_input_receiver_fn",
    "build_raw_serving_input_receiver_fn",
    "build_raw_supervised_input_receiver_fn",
    "build_supervised_input_receiver_fn_from_input_fn",
]

_FEATURE = "feature"
_LABEL = "label"
_RECEIVER = "input"


class _Receiver(NamedTuple):
    features: Any
    receiver_tensors: dict[str, Any]
    receiver_tensors_alternatives: dict[str, dict[str, Any]] | None


class ServingInputReceiver(_Receiver):
    """The features of a served model, and what they are made of.

    Source: TensorFlow 1.15 `tf.estimator.export.ServingInputReceiver`.
    """

    __slots__ = ()

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> ServingInputReceiver:
        """Creates a receiver.

        Args:
          features: a tensor or a dict of them: what the model function gets.
          receiver_tensors: the same: what a client sends.
          receiver_tensors_alternatives: name -> tensors that a client may send instead.

        Raises:
          ValueError: something is None, or no tensor.
        """
        return super().__new__(
            cls,
            _features(features),
            _receivers(receiver_tensors),
            _alternatives(receiver_tensors_alternatives),
        )


class TensorServingInputReceiver(_Receiver):
    """The same for a model function that gets one tensor.

    Source: TensorFlow 1.15 `tf.estimator.export.TensorServingInputReceiver`.
    """

    __slots__ = ()

    def __new__(
        cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None
    ) -> TensorServingInputReceiver:
        """Creates a receiver.

        Args:
          features: a tensor: what the model function gets.
          receiver_tensors: a tensor or a dict of them: what a client sends.
          receiver_tensors_alternatives: name -> tensors that a client may send instead.

        Raises:
          ValueError: something is None, or no tensor.
        """
        _check_defined(features, "features")
        _check_tensor(features, "feature must be a Tensor or SparseTensor.")
        return super().__new__(
            cls,
            features,
            _receivers(receiver_tensors),
            _alternatives(receiver_tensors_alternatives),
        )


class SupervisedInputReceiver(NamedTuple):
    """Features and labels of a model that is trained or evaluated after its export.

    Source: TensorFlow 1.15, python/saved_model/model_utils/export_utils.py
      `SupervisedInputReceiver`.
    """

    features: Any
    labels: Any
    receiver_tensors: dict[str, Any]


# ---- Functions that make receivers ----


def build_raw_serving_input_receiver_fn(
    features: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A function that makes a receiver whose clients send the features themselves.

    Args:
      features: name -> a tensor of the dtype and shape of the feature, with a batch.
      default_batch_size: the size of a batch; None for any.

    Source: TensorFlow 1.15 `tf.estimator.export.build_raw_serving_input_receiver_fn`.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        receivers = _placeholders(features, default_batch_size)
        return ServingInputReceiver(dict(receivers), receivers)

    return serving_input_receiver_fn


def build_parsing_serving_input_receiver_fn(
    feature_spec: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """A function that makes a receiver whose clients send serialized Examples.

    Args:
      feature_spec: as `tf.parse_example` takes it.
      default_batch_size: the size of a batch; None for any.

    Source: TensorFlow 1.15 `tf.estimator.export.build_parsing_serving_input_receiver_fn`.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        serialized = placeholder(string, [default_batch_size], name="input_example_tensor")
        features = parse_example(serialized, feature_spec)
        return ServingInputReceiver(features, {"examples": serialized})

    return serving_input_receiver_fn


def build_raw_supervised_input_receiver_fn(
    features: Any, labels: Any, default_batch_size: int | None = None
) -> Callable[[], SupervisedInputReceiver]:
    """A function that makes a receiver for training and evaluation.

    Args:
      features: a dict of tensors, or one, of the dtype and shape of the features.
      labels: the same of the labels.
      default_batch_size: the size of a batch; None for any.

    Raises:
      ValueError: a feature and a label have one name.

    Source: TensorFlow 1.15 `tf.estimator.experimental.build_raw_supervised_input_receiver_fn`.
    """
    _check_distinct(features, labels)

    def supervised_input_receiver_fn() -> SupervisedInputReceiver:
        features_there = _placeholders_like(features, default_batch_size)
        labels_there = _placeholders_like(labels, default_batch_size)
        receivers = {
            **_by_name(features_there, _RECEIVER),
            **_by_name(labels_there, _LABEL),
        }
        return SupervisedInputReceiver(features_there, labels_there, receivers)

    return supervised_input_receiver_fn


def build_supervised_input_receiver_fn_from_input_fn(
    input_fn: Callable[..., Any], **input_fn_args: Any
) -> Callable[[], SupervisedInputReceiver]:
    """The same, with dtypes and shapes of what an input function returns.

    Args:
      input_fn: the input function; it is called here, in a graph of its own.
      **input_fn_args: its arguments.

    Source: TensorFlow 1.15, contrib/estimator `build_supervised_input_receiver_fn_from_input_fn`.
    """
    with Graph().as_default():
        features, labels, _ = features_and_labels(input_fn(**input_fn_args))
        return build_raw_supervised_input_receiver_fn(features, labels)


# ---- Placeholders ----


def _placeholders(features: Mapping[str, Any], batch: int | None) -> dict[str, Tensor]:
    return {name: _placeholder(tensor, batch) for name, tensor in features.items()}


def _placeholders_like(tensors: Any, batch: int | None) -> Any:
    if isinstance(tensors, Mapping):
        return _placeholders(tensors, batch)
    return _placeholder(tensors, batch)


def _placeholder(tensor: Any, batch: int | None) -> Tensor:
    dims = tensor.get_shape().as_list()
    return placeholder(tensor.dtype, [batch, *dims[1:]], name=tensor.op.name)


# ---- Checks ----


def _by_name(tensors: Any, default: str) -> dict[str, Any]:
    return dict(tensors) if isinstance(tensors, Mapping) else {default: tensors}


def _check_distinct(features: Any, labels: Any) -> None:
    if not (isinstance(features, Mapping) and isinstance(labels, Mapping)):
        return
    for name in features:
        if name in labels:
            raise ValueError(
                "Features and labels are not permitted to have the same keys. "
                f"{set(features) & set(labels)}"
            )


def _check_defined(value: Any, name: str) -> None:
    if value is None:
        raise ValueError(f"{name} must be defined.")


def _check_tensor(value: Any, message: str) -> None:
    if not isinstance(value, (Tensor, SparseTensor)):
        raise ValueError(message)


def _features(features: Any) -> dict[Any, Any]:
    _check_defined(features, "features")
    named = _by_name(features, _FEATURE)
    for name, tensor in named.items():
        _check_tensor(tensor, f"feature {name} must be a Tensor or SparseTensor.")
    return named


def _receivers(tensors: Any) -> dict[str, Any]:
    _check_defined(tensors, "receiver_tensors")
    return _checked_receivers(tensors, "receiver_tensor")


def _checked_receivers(tensors: Any, what: str) -> dict[str, Any]:
    named = _by_name(tensors, _RECEIVER)
    for name, tensor in named.items():
        if not isinstance(name, str):
            raise ValueError(f"{what} keys must be strings: {name}.")
        _check_tensor(tensor, f"{what} {name} must be a Tensor or SparseTensor.")
    return named


def _alternatives(alternatives: Any) -> Any:
    if alternatives is None:
        return None
    if not isinstance(alternatives, dict):
        raise ValueError(f"receiver_tensors_alternatives must be a dict: {alternatives}.")
    return {
        name: _checked_receivers(tensors, "receiver_tensors_alternative")
        for name, tensors in alternatives.items()
    }
