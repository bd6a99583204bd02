"""`tf.keras.metrics`."""

from typing import Any as _Any

from tfsession.keras.losses.functions import (
    binary_crossentropy as binary_crossentropy,
    categorical_crossentropy as categorical_crossentropy,
    cosine_proximity as cosine_proximity,
    hinge as hinge,
    kullback_leibler_divergence as kullback_leibler_divergence,
    mean_absolute_error as mean_absolute_error,
    mean_absolute_percentage_error as mean_absolute_percentage_error,
    mean_squared_error as mean_squared_error,
    mean_squared_logarithmic_error as mean_squared_logarithmic_error,
    poisson as poisson,
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
    squared_hinge as squared_hinge,
)
from tfsession.keras.metrics.base import (
    Mean as Mean,
    MeanRelativeError as MeanRelativeError,
    MeanTensor as MeanTensor,
    Metric as Metric,
    Sum as Sum,
)
from tfsession.keras.metrics.confusion import *
from tfsession.keras.metrics.functions import (
    binary_accuracy as binary_accuracy,
    categorical_accuracy as categorical_accuracy,
    sparse_categorical_accuracy as sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy as top_k_categorical_accuracy,
)
from tfsession.keras.metrics.others import *
from tfsession.keras.metrics.wrapped import *
from tfsession.layers.identifiers import deserialize as _deserialize
from tfsession.names.absent import explain_in as _explain_in

cosine = cosine_proximity
kld = kullback_leibler_divergence
KLD = kullback_leibler_divergence
mae = mean_absolute_error
MAE = mean_absolute_error
mape = mean_absolute_percentage_error
MAPE = mean_absolute_percentage_error
mse = mean_squared_error
MSE = mean_squared_error
msle = mean_squared_logarithmic_error
MSLE = mean_squared_logarithmic_error


def serialize(metric: _Any) -> _Any:
    """The name of a function; class and configuration of an object.

    Source: TensorFlow 1.15 `tf.keras.metrics.serialize`.
    """
    if hasattr(metric, "get_config"):
        return {"class_name": type(metric).__name__, "config": metric.get_config()}
    return metric.__name__


def deserialize(config: _Any, custom_objects: _Any = None) -> _Any:
    """The metric that `serialize` described.

    Args:
      config: a name, or class and configuration.
      custom_objects: name -> class or function, asked first.

    Raises:
      ValueError: the name is not known.

    Source: TensorFlow 1.15 `tf.keras.metrics.deserialize`.
    """
    known = {name: thing for name, thing in globals().items() if not name.startswith("_")}
    return _deserialize(config, known, "metric function", custom_objects)


def get(identifier: _Any) -> _Any:
    """The metric that a name, a configuration or a function stands for.

    Raises:
      ValueError: it is none of these.

    Source: TensorFlow 1.15 `tf.keras.metrics.get`.
    """
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier if isinstance(identifier, dict) else str(identifier))
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret metric function identifier: {identifier}")


_explain_in(__name__)
