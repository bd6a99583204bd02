"""Metrics as functions: one number for each sample."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.layers.settings import floatx
from tfsession.ops import array, math, nn, reduction

__all__ = [
    "accuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where truth and prediction are equal, else 0."""
    if y_true.dtype != y_pred.dtype:
        y_pred = math.cast(y_pred, y_true.dtype)
    return math.cast(math.equal(y_true, y_pred), floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """The share of elements that are right, where what is above a threshold is 1."""
    y_pred = convert_to_tensor(y_pred)
    threshold = math.cast(threshold, y_pred.dtype)
    y_pred = math.cast(math.greater(y_pred, threshold), y_pred.dtype)
    from tfsession.keras.backend.arithmetic import mean

    return mean(math.equal(convert_to_tensor(y_true), y_pred), axis=-1)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the greatest stands in the same place, else 0."""
    right = math.equal(reduction.argmax(y_true, axis=-1), reduction.argmax(y_pred, axis=-1))
    return math.cast(right, floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the greatest stands in the place that the truth is the number of, else 0."""
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    ranks = y_true.shape.ndims, y_pred.shape.ndims
    if None not in ranks and ranks[0] == ranks[1] and ranks[0]:
        y_true = array.squeeze(y_true, [-1])
    y_pred = reduction.argmax(y_pred, axis=-1)
    if y_pred.dtype.base_dtype is not y_true.dtype.base_dtype:
        y_pred = math.cast(y_pred, y_true.dtype.base_dtype)
    return math.cast(math.equal(y_true, y_pred), floatx())


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the right class is among the k greatest, else 0."""
    right = reduction.argmax(y_true, axis=-1)
    return math.cast(nn.in_top_k(y_pred, right, k), floatx())


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the class that the truth is the number of is among the k greatest, else 0."""
    ranks = convert_to_tensor(y_true).shape.ndims, convert_to_tensor(y_pred).shape.ndims
    if None not in ranks:
        if (ranks[1] or 0) > 2:
            y_pred = array.reshape(y_pred, [-1, y_pred.shape.as_list()[-1]])
        if (ranks[0] or 0) > 1:
            y_true = array.reshape(y_true, [-1])
    return math.cast(nn.in_top_k(y_pred, math.cast(y_true, "int32"), k), floatx())
