"""Kernels of softmax and of the cross-entropies with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .launch import C_FLOATS, C_INDICES, fits_int, over_rows
from .math import HALVES

Array = Any


# ---- Softmax ----


def _check_not_scalar(logits: Array) -> None:
    if not logits.ndim:
        raise InvalidArgumentError.of("logits must have >= 1 dimension, got []")


def _shifted(xp: Any, logits: Array) -> Array:
    """`logits` less the largest of each row, in at least float32; a new array."""
    x = logits.astype(np.float32) if logits.dtype in HALVES else logits
    if not x.size:
        return x.copy()
    return xp.subtract(x, xp.max(x, axis=-1, keepdims=True))


@kernel("Softmax")
def softmax(xp: Any, logits: Array) -> Array:
    """exp(x) over its sum along the last axis."""
    _check_not_scalar(logits)
    result = _shifted(xp, logits)
    xp.exp(result, out=result)
    xp.divide(result, xp.sum(result, axis=-1, keepdims=True), out=result)
    return result.astype(logits.dtype, copy=False)


def _rows_on_gpu(device: Any, name: str, logits: Array) -> Array | None:
    """The result of a kernel that maps rows to rows, or None where there is none for the array."""
    kind, columns = C_FLOATS.get(logits.dtype), logits.shape[-1]
    if kind is None or not fits_int(columns):
        return None
    x = device.xp.ascontiguousarray(logits)
    result = device.xp.empty(x.shape, x.dtype)
    if x.size:
        rows = x.size // columns
        arguments = (x, result, np.int64(rows), np.int32(columns))
        over_rows(device, "rows.cu", f"{name}<{kind}>", rows, columns, arguments)
    return result


@kernel("Softmax", device="GPU")
def softmax_gpu(device: Any, logits: Array) -> Array:
    """`softmax` by one kernel."""
    _check_not_scalar(logits)
    result = _rows_on_gpu(device, "softmax", logits)
    return softmax(device.xp, logits) if result is None else result


# ---- LogSoftmax ----


@kernel("LogSoftmax")
def log_softmax(xp: Any, logits: Array) -> Array:
    """The logarithm of `softmax`."""
    _check_not_scalar(logits)
    result = _shifted(xp, logits)
    total = xp.sum(xp.exp(result), axis=-1, keepdims=True)
    xp.subtract(result, xp.log(total), out=result)
    return result.astype(logits.dtype, copy=False)


@kernel("LogSoftmax", device="GPU")
def log_softmax_gpu(device: Any, logits: Array) -> Array:
    """`log_softmax` by one kernel."""
    _check_not_scalar(logits)
    result = _rows_on_gpu(device, "log_softmax", logits)
    return log_softmax(device.xp, logits) if result is None else result


def _shape(array: Array) -> str:
    """The shape of an array in the runtime's messages: ``[2,3]``."""
    return f"[{','.join(map(str, array.shape))}]"


# ---- SoftmaxCrossEntropyWithLogits ----


def _same_shapes(xp: Any, features: Array, labels: Array) -> tuple[Array, Array]:
    """Logits and labels, broadcast."""
    if features.shape == labels.shape:
        return features, labels
    try:
        features, labels = xp.broadcast_arrays(features, labels)
    except ValueError:
        raise InvalidArgumentError.of(
            "logits and labels must be broadcastable: logits_size="
            f"{_shape(features)} labels_size={_shape(labels)}",
        ) from None
    return features, labels


@kernel("SoftmaxCrossEntropyWithLogits")
def softmax_cross_entropy(xp: Any, features: Array, labels: Array) -> list[Array]:
    """The cross-entropy of each row and its gradient by the logits."""
    dtype = features.dtype
    features, labels = _same_shapes(xp, features, labels)
    shifted = _shifted(xp, features)
    labels = labels.astype(shifted.dtype, copy=False)
    backprop = xp.exp(shifted)
    total = xp.sum(backprop, axis=1, keepdims=True)
    xp.divide(backprop, total, out=backprop)
    xp.subtract(backprop, labels, out=backprop)
    xp.subtract(xp.log(total), shifted, out=shifted)
    xp.multiply(shifted, labels, out=shifted)
    loss = xp.sum(shifted, axis=1)
    return [loss.astype(dtype, copy=False), backprop.astype(dtype, copy=False)]


@kernel("SoftmaxCrossEntropyWithLogits", device="GPU")
def softmax_cross_entropy_gpu(device: Any, features: Array, labels: Array) -> list[Array]:
    """`softmax_cross_entropy` by one kernel, which computes loss and gradient."""
    xp, kind = device.xp, C_FLOATS.get(features.dtype)
    features, labels = _same_shapes(xp, features, labels)
    rows, columns = features.shape
    if kind is None or not features.size or not fits_int(columns):
        return softmax_cross_entropy(xp, features, labels)
    logits, labels = xp.ascontiguousarray(features), xp.ascontiguousarray(labels)
    loss, backprop = xp.empty(rows, logits.dtype), xp.empty(logits.shape, logits.dtype)
    arguments = (logits, labels, loss, backprop, np.int64(rows), np.int32(columns))
    over_rows(device, "rows.cu", f"cross_entropy<{kind}>", rows, columns, arguments)
    return [loss, backprop]


# ---- SparseSoftmaxCrossEntropyWithLogits ----


def _check_sparse(features: Array, labels: Array) -> None:
    if features.ndim != 2:
        text = f"logits must be 2-D, but got shape {_shape(features)}"
    elif labels.ndim != 1:
        text = f"labels must be 1-D, but got shape {_shape(labels)}"
    elif len(features) != len(labels):
        text = (
            "logits and labels must have the same first dimension, got logits shape "
            f"{_shape(features)} and labels shape {_shape(labels)}"
        )
    else:
        return
    raise InvalidArgumentError.of(text)


def _sparse_cross_entropy(xp: Any, features: Array, labels: Array) -> tuple[Array, Array]:
    """Loss and gradient; every label is in range."""
    shifted = _shifted(xp, features)
    rows = xp.arange(len(shifted))
    picked = shifted[rows, labels]
    xp.exp(shifted, out=shifted)
    total = xp.sum(shifted, axis=1, keepdims=True)
    xp.divide(shifted, total, out=shifted)
    shifted[rows, labels] -= shifted.dtype.type(1)
    return xp.log(total[:, 0]) - picked, shifted


@kernel("SparseSoftmaxCrossEntropyWithLogits", device="CPU")
def sparse_softmax_cross_entropy(xp: Any, features: Array, labels: Array) -> list[Array]:
    """The cross-entropy of each row with the class that its label names."""
    _check_sparse(features, labels)
    classes = features.shape[1]
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise InvalidArgumentError.of(
            f"Received a label value of {wrong} which is outside the valid range of "
            f"[0, {classes}).  Label values: {' '.join(map(str, labels.tolist()))}",
        )
    loss, backprop = _sparse_cross_entropy(np, features, labels)
    dtype = features.dtype
    return [loss.astype(dtype, copy=False), backprop.astype(dtype, copy=False)]


@kernel("SparseSoftmaxCrossEntropyWithLogits", device="GPU")
def sparse_softmax_cross_entropy_gpu(device: Any, features: Array, labels: Array) -> list[Array]:
    """The same; a label out of range gives NaN, as in TensorFlow: a check would stall the GPU."""
    xp = device.xp
    _check_sparse(features, labels)
    kind, label = C_FLOATS.get(features.dtype), C_INDICES.get(labels.dtype)
    rows, columns = features.shape
    if features.size and kind is not None and label is not None and fits_int(columns):
        logits, labels = xp.ascontiguousarray(features), xp.ascontiguousarray(labels)
        loss, backprop = xp.empty(rows, logits.dtype), xp.empty(logits.shape, logits.dtype)
        arguments = (logits, labels, loss, backprop, np.int64(rows), np.int32(columns))
        name = f"sparse_cross_entropy<{kind}, {label}>"
        over_rows(device, "rows.cu", name, rows, columns, arguments)
        return [loss, backprop]
    is_valid = (labels >= 0) & (labels < features.shape[1])
    loss, backprop = _sparse_cross_entropy(xp, features, xp.where(is_valid, labels, 0))
    nan = loss.dtype.type(np.nan)
    loss = xp.where(is_valid, loss, nan)
    backprop = xp.where(is_valid[:, None], backprop, nan)
    dtype = features.dtype
    return [loss.astype(dtype, copy=False), backprop.astype(dtype, copy=False)]
