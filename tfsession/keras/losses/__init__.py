"""`tf.keras.losses`."""

from typing import Any as _Any

from tfsession.keras.losses.classes import (
    BinaryCrossentropy as BinaryCrossentropy,
    CategoricalCrossentropy as CategoricalCrossentropy,
    CategoricalHinge as CategoricalHinge,
    CosineSimilarity as CosineSimilarity,
    Hinge as Hinge,
    Huber as Huber,
    KLDivergence as KLDivergence,
    LogCosh as LogCosh,
    Loss as Loss,
    MeanAbsoluteError as MeanAbsoluteError,
    MeanAbsolutePercentageError as MeanAbsolutePercentageError,
    MeanSquaredError as MeanSquaredError,
    MeanSquaredLogarithmicError as MeanSquaredLogarithmicError,
    Poisson as Poisson,
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
    SquaredHinge as SquaredHinge,
)
from tfsession.keras.losses.functions import (
    binary_crossentropy as binary_crossentropy,
    categorical_crossentropy as categorical_crossentropy,
    categorical_hinge as categorical_hinge,
    cosine_proximity as cosine_proximity,
    hinge as hinge,
    kullback_leibler_divergence as kullback_leibler_divergence,
    logcosh as logcosh,
    mean_absolute_error as mean_absolute_error,
    mean_absolute_percentage_error as mean_absolute_percentage_error,
    mean_squared_error as mean_squared_error,
    mean_squared_logarithmic_error as mean_squared_logarithmic_error,
    poisson as poisson,
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
    squared_hinge as squared_hinge,
)
from tfsession.layers.identifiers import deserialize as _deserialize
from tfsession.names.absent import explain_in as _explain_in

cosine = cosine_proximity
cosine_similarity = cosine_proximity
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


def serialize(loss: _Any) -> _Any:
    """The name of a function; class and configuration of an object.

    Source: TensorFlow 1.15 `tf.keras.losses.serialize`.
    """
    if hasattr(loss, "get_config"):
        return {"class_name": type(loss).__name__, "config": loss.get_config()}
    return loss.__name__


def deserialize(name: _Any, custom_objects: _Any = None) -> _Any:
    """The loss that `serialize` described.

    Args:
      name: a name, or class and configuration.
      custom_objects: name -> class or function, asked first.

    Raises:
      ValueError: the name is not known.

    Source: TensorFlow 1.15 `tf.keras.losses.deserialize`.
    """
    known = {name: thing for name, thing in globals().items() if not name.startswith("_")}
    return _deserialize(name, known, "loss function", custom_objects)


def get(identifier: _Any) -> _Any:
    """The loss that a name, a configuration or a function stands for; None stays None.

    Raises:
      ValueError: it is none of these.

    Source: TensorFlow 1.15 `tf.keras.losses.get`.
    """
    if identifier is None:
        return None
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret loss function identifier:", identifier)


_explain_in(__name__)
