"""Losses as functions: one number for each sample."""

from __future__ import annotations

import math as numbers
from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.keras.backend import crossentropy
from tfsession.keras.backend.arithmetic import clip
from tfsession.layers.settings import epsilon, floatx
from tfsession.ops import activation, array, math, nn, reduction
from tfsession.ops.control_flow import smart_cond

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine_proximity",
    "hinge",
    "huber_loss",
    "kullback_leibler_divergence",
    "logcosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]


def _both(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred = convert_to_tensor(y_pred)
    return math.cast(y_true, y_pred.dtype), y_pred


def _mean(x: Any) -> Any:
    return reduction.reduce_mean(x, axis=-1)


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squares of the differences."""
    y_true, y_pred = _both(y_true, y_pred)
    return _mean(math.squared_difference(y_pred, y_true))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the differences."""
    y_true, y_pred = _both(y_true, y_pred)
    return _mean(math.abs(y_pred - y_true))


def _above_zero(x: Any) -> Any:
    return clip(x, epsilon(), None)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the differences, in percent of the true values."""
    y_true, y_pred = _both(y_true, y_pred)
    difference = math.abs((y_true - y_pred) / _above_zero(math.abs(y_true)))
    return 100.0 * _mean(difference)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squares of the differences of ``log(1 + y)``."""
    y_true, y_pred = _both(y_true, y_pred)
    first = math.log(_above_zero(y_pred) + 1.0)
    second = math.log(_above_zero(y_true) + 1.0)
    return _mean(math.squared_difference(first, second))


def _signs(y_true: Any) -> Any:
    """-1 and 1, also of 0 and 1."""
    are_zeros, are_ones = math.equal(y_true, 0), math.equal(y_true, 1)
    are_binary = reduction.reduce_all(math.logical_or(are_zeros, are_ones))
    return smart_cond(are_binary, lambda: 2.0 * y_true - 1.0, lambda: y_true)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of ``max(1 - y_true * y_pred, 0) ** 2``."""
    y_true, y_pred = _both(y_true, y_pred)
    return _mean(math.square(math.maximum(1.0 - _signs(y_true) * y_pred, 0.0)))


def hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of ``max(1 - y_true * y_pred, 0)``."""
    y_true, y_pred = _both(y_true, y_pred)
    return _mean(math.maximum(1.0 - _signs(y_true) * y_pred, 0.0))


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """``max(best of the wrong classes - the right class + 1, 0)``."""
    y_true, y_pred = _both(y_true, y_pred)
    right = reduction.reduce_sum(y_true * y_pred, axis=-1)
    wrong = reduction.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return math.maximum(0.0, wrong - right + 1.0)


def huber_loss(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Squares of small differences, multiples of large ones, of each element."""
    y_pred = math.cast(y_pred, floatx())
    y_true = math.cast(y_true, floatx())
    error = math.subtract(y_pred, y_true)
    size = math.abs(error)
    quadratic = math.minimum(size, delta)
    linear = math.subtract(size, quadratic)
    half = convert_to_tensor(0.5, quadratic.dtype)
    return math.add(
        math.multiply(half, math.multiply(quadratic, quadratic)), math.multiply(delta, linear)
    )


def logcosh(y_true: Any, y_pred: Any) -> Any:
    """The mean of ``log(cosh(y_pred - y_true))``."""
    y_true, y_pred = _both(y_true, y_pred)

    def log_of_cosh(x: Any) -> Any:
        return x + activation.softplus(-2.0 * x) - numbers.log(2.0)

    return _mean(log_of_cosh(y_pred - y_true))


def _smoothing(label_smoothing: Any) -> Any:
    return convert_to_tensor(label_smoothing, dtype=floatx())


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: Any = 0
) -> Any:
    """The cross entropy of probabilities of classes.

    Args:
      y_true, y_pred: [..., classes].
      from_logits: whether `y_pred` are logits.
      label_smoothing: the share of the truth that is spread over all classes.
    """
    y_true, y_pred = _both(y_true, y_pred)
    smoothing = _smoothing(label_smoothing)

    def smooth() -> Any:
        classes = math.cast(array.shape(y_true)[1], y_pred.dtype)
        return y_true * (1.0 - smoothing) + (smoothing / classes)

    y_true = smart_cond(label_smoothing != 0, smooth, lambda: y_true)
    return crossentropy.categorical_crossentropy(y_true, y_pred, from_logits=from_logits)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """The cross entropy where one class is right; `y_true` has its number."""
    return crossentropy.sparse_categorical_crossentropy(
        y_true, y_pred, from_logits=from_logits, axis=axis
    )


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: Any = 0
) -> Any:
    """The mean of the cross entropies of yes and no."""
    y_true, y_pred = _both(y_true, y_pred)
    smoothing = _smoothing(label_smoothing)
    y_true = smart_cond(
        label_smoothing != 0,
        lambda: y_true * (1.0 - smoothing) + 0.5 * smoothing,
        lambda: y_true,
    )
    return _mean(crossentropy.binary_crossentropy(y_true, y_pred, from_logits=from_logits))


def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Any:
    """``sum(y_true * log(y_true / y_pred))``."""
    y_true, y_pred = _both(y_true, y_pred)
    y_true = clip(y_true, epsilon(), 1)
    y_pred = clip(y_pred, epsilon(), 1)
    return reduction.reduce_sum(y_true * math.log(y_true / y_pred), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """The mean of ``y_pred - y_true * log(y_pred)``."""
    y_true, y_pred = _both(y_true, y_pred)
    return _mean(y_pred - y_true * math.log(y_pred + epsilon()))


def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between two vectors."""
    y_true = nn.l2_normalize(y_true, axis=axis)
    y_pred = nn.l2_normalize(y_pred, axis=axis)
    return reduction.reduce_sum(y_true * y_pred, axis=axis)
