"""Means of functions of truth and prediction."""

from __future__ import annotations

from typing import Any

from tfsession.keras.losses import functions as losses
from tfsession.keras.metrics import functions
from tfsession.keras.metrics.base import MeanMetricWrapper

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "TopKCategoricalAccuracy",
]


class Accuracy(MeanMetricWrapper):
    """The share of predictions that are equal to the truth.

    Source: TensorFlow 1.15 `tf.keras.metrics.Accuracy`.
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(functions.accuracy, name, dtype=dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """The share of elements that are right, where what is above a threshold is 1.

    Source: TensorFlow 1.15 `tf.keras.metrics.BinaryAccuracy`.
    """

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(functions.binary_accuracy, name, dtype=dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose likeliest class is right.

    Source: TensorFlow 1.15 `tf.keras.metrics.CategoricalAccuracy`.
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.categorical_accuracy, name, dtype=dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose likeliest class is the one that the truth is the number of.

    Source: TensorFlow 1.15 `tf.keras.metrics.SparseCategoricalAccuracy`.
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.sparse_categorical_accuracy, name, dtype=dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose right class is among the k likeliest.

    Source: TensorFlow 1.15 `tf.keras.metrics.TopKCategoricalAccuracy`.
    """

    def __init__(
        self, name: str | None = "top_k_categorical_accuracy", dtype: Any = None, k: int = 5
    ) -> None:
        super().__init__(functions.top_k_categorical_accuracy, name, dtype=dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose right class, given by its number, is among the k likeliest.

    Source: TensorFlow 1.15 `tf.keras.metrics.SparseTopKCategoricalAccuracy`.
    """

    def __init__(
        self, name: str | None = "sparse_top_k_categorical_accuracy", dtype: Any = None, k: int = 5
    ) -> None:
        super().__init__(functions.sparse_top_k_categorical_accuracy, name, dtype=dtype, k=k)


class CosineSimilarity(MeanMetricWrapper):
    """The mean of the cosines between truth and prediction.

    Source: TensorFlow 1.15 `tf.keras.metrics.CosineSimilarity`.
    """

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(losses.cosine_proximity, name, dtype=dtype, axis=axis)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of the differences.

    Source: TensorFlow 1.15 `tf.keras.metrics.MeanAbsoluteError`.
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype=dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of the differences, in percent of the true values.

    Source: TensorFlow 1.15 `tf.keras.metrics.MeanAbsolutePercentageError`.
    """

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype=dtype)


class MeanSquaredError(MeanMetricWrapper):
    """The mean of the squares of the differences.

    Source: TensorFlow 1.15 `tf.keras.metrics.MeanSquaredError`.
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype=dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of the squares of the differences of ``log(1 + y)``.

    Source: TensorFlow 1.15 `tf.keras.metrics.MeanSquaredLogarithmicError`.
    """

    def __init__(
        self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype=dtype)


class Hinge(MeanMetricWrapper):
    """The mean of ``max(1 - y_true * y_pred, 0)``.

    Source: TensorFlow 1.15 `tf.keras.metrics.Hinge`.
    """

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(losses.hinge, name, dtype=dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of ``max(1 - y_true * y_pred, 0) ** 2``.

    Source: TensorFlow 1.15 `tf.keras.metrics.SquaredHinge`.
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(losses.squared_hinge, name, dtype=dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean of ``max(best of the wrong classes - the right class + 1, 0)``.

    Source: TensorFlow 1.15 `tf.keras.metrics.CategoricalHinge`.
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(losses.categorical_hinge, name, dtype=dtype)


class LogCoshError(MeanMetricWrapper):
    """The mean of ``log(cosh(y_pred - y_true))``.

    Source: TensorFlow 1.15 `tf.keras.metrics.LogCoshError`.
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.logcosh, name, dtype=dtype)


class Poisson(MeanMetricWrapper):
    """The mean of ``y_pred - y_true * log(y_pred)``.

    Source: TensorFlow 1.15 `tf.keras.metrics.Poisson`.
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(losses.poisson, name, dtype=dtype)


class KLDivergence(MeanMetricWrapper):
    """The mean of ``sum(y_true * log(y_true / y_pred))``.

    Source: TensorFlow 1.15 `tf.keras.metrics.KLDivergence`.
    """

    def __init__(self, name: str | None = "kullback_leibler_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kullback_leibler_divergence, name, dtype=dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean of the cross entropies of yes and no.

    Source: TensorFlow 1.15 `tf.keras.metrics.BinaryCrossentropy`.
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: Any = 0,
    ) -> None:
        super().__init__(
            losses.binary_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean of the cross entropies of probabilities of classes.

    Source: TensorFlow 1.15 `tf.keras.metrics.CategoricalCrossentropy`.
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: Any = 0,
    ) -> None:
        super().__init__(
            losses.categorical_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean of the cross entropies where one class is right.

    Source: TensorFlow 1.15 `tf.keras.metrics.SparseCategoricalCrossentropy`.
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.sparse_categorical_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            axis=axis,
        )
