"""Kernels of biases, the L2 loss and selection of the largest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

from .column_sums import column_sums
from .math import HALVES

Array = Any


# ---- BiasAdd ----


def _channel_axis(data_format: bytes, rank: int) -> int:
    return 1 if data_format.startswith(b"NC") and rank > 2 else rank - 1


@kernel("BiasAdd", writes_out=True, like=0)
def bias_add(
    xp: Any, value: Array, bias: Array, data_format: bytes, out: Array | None = None
) -> Array:
    """Adds a number to each channel."""
    if value.ndim < 2:
        shape = ",".join(map(str, value.shape))
        raise InvalidArgumentError.of(f"Input tensor must be at least 2D: [{shape}]")
    if bias.ndim != 1:
        raise ValueError("bias")  # in the words of registry.run_ranks
    axis = _channel_axis(data_format, value.ndim)
    if len(bias) != value.shape[axis]:
        raise InvalidArgumentError.of(
            "Must provide as many biases as the last dimension of the input tensor: "
            f"[{','.join(map(str, bias.shape))}] vs. [{','.join(map(str, value.shape))}]",
        )
    if xp is np and axis == value.ndim - 1 > 1 and len(bias) < _LONG_RUN and value.size:
        return _add_to_rows(value, bias, out)
    return xp.add(value, bias.reshape(-1, *(1,) * (value.ndim - 1 - axis)), out=out)


# NumPy adds a bias in loops of its length; shorter ones than this cost more than the additions.
_LONG_RUN = 256


def _add_to_rows(value: Array, bias: Array, out: Array | None) -> Array:
    """Adds the bias of few channels, repeated along a row of pixels, to whole rows."""
    if not value.flags.c_contiguous or not (out is None or out.flags.c_contiguous):
        return np.add(value, bias, out=out)
    result = np.empty(value.shape, value.dtype) if out is None else out
    row = np.tile(bias, value.shape[-2])
    np.add(value.reshape(-1, len(row)), row, out=result.reshape(-1, len(row)))
    return result


@kernel("BiasAddV1", writes_out=True, like=0)
def bias_add_v1(xp: Any, value: Array, bias: Array, out: Array | None = None) -> Array:
    """Adds a number to each channel; channels last."""
    return bias_add(xp, value, bias, b"NHWC", out)


# ---- BiasAddGrad ----


def sum_of_rows(xp: Any, matrix: Array) -> Array:
    """The sum of [rows, columns] over rows."""
    if matrix.dtype in (np.float32, np.float64) and xp is np:
        # A product with ones runs on all cores and is twice as fast as NumPy's sum.
        return np.dot(np.ones(len(matrix), matrix.dtype), matrix)
    wide = np.float32 if matrix.dtype in HALVES else matrix.dtype
    return xp.sum(matrix, axis=0, dtype=wide).astype(matrix.dtype, copy=False)


@kernel("BiasAddGrad")
def bias_add_grad(xp: Any, out_backprop: Array, data_format: bytes) -> Array:
    """The sum over everything but channels."""
    if out_backprop.ndim < 2:
        shape = ",".join(map(str, out_backprop.shape))
        raise InvalidArgumentError.of(f"Input tensor must be at least 2D: [{shape}]")
    axis = _channel_axis(data_format, out_backprop.ndim)
    channels = out_backprop.shape[axis]
    if axis == out_backprop.ndim - 1:
        return sum_of_rows(xp, out_backprop.reshape(-1, channels))
    wide = np.float32 if out_backprop.dtype in HALVES else out_backprop.dtype
    rest = tuple(a for a in range(out_backprop.ndim) if a != axis)
    return xp.sum(out_backprop, axis=rest, dtype=wide).astype(out_backprop.dtype, copy=False)


@kernel("BiasAddGrad", device="GPU")
def bias_add_grad_gpu(device: Any, out_backprop: Array, data_format: bytes) -> Array:
    """`bias_add_grad`; with channels last, by kernels of our own."""
    rank = out_backprop.ndim
    if rank < 2 or _channel_axis(data_format, rank) != rank - 1:
        return bias_add_grad(device.xp, out_backprop, data_format)
    shape = (math.prod(out_backprop.shape[:-1]), out_backprop.shape[-1])
    return column_sums(device, out_backprop.reshape(shape))


# ---- L2Loss ----


@kernel("L2Loss")
def l2_loss(xp: Any, t: Array) -> Array:
    """Half the sum of squares."""
    flat = t.reshape(-1)
    if xp is np and t.dtype not in HALVES:
        return np.vdot(flat, flat) * t.dtype.type(0.5)
    wide = np.float32 if t.dtype in HALVES else t.dtype
    return (
        xp.sum(xp.square(flat.astype(wide, copy=False))) * wide(0.5)
        if wide is np.float32
        else xp.sum(xp.square(flat)) / 2
    ).astype(t.dtype)


# ---- TopKV2 ----


def _check_k(x: Array, k: int) -> None:
    if k < 0:
        raise InvalidArgumentError.of(f"Need k >= 0, got {k}")
    if not x.ndim or x.shape[-1] < k:
        raise InvalidArgumentError.of(
            f"input must have at least k columns. Had {x.shape[-1] if x.ndim else 0}, needed {k}",
        )


def _descending(xp: Any, rows: Array) -> Array:
    """Positions by value from the highest; among equals the first comes first."""
    order = xp.argsort(rows[:, ::-1], axis=1, kind="stable")
    return (rows.shape[1] - 1) - order[:, ::-1]


def _largest(rows: Array, k: int) -> Array:
    """The positions of the `k` largest of each row, in order; [rows, k]."""
    columns = rows.shape[1]
    if k == 1:
        found = np.argmax(rows, axis=1)[:, None]
        if rows.dtype.kind in "iu" or not np.isnan(np.take_along_axis(rows, found, 1)).any():
            return found
        # NaN, which NumPy takes for the largest, is passed over.
        return np.argmax(np.where(np.isnan(rows), -np.inf, rows), axis=1)[:, None]
    if 0 < k <= columns // 4:
        threshold = np.partition(rows, columns - k, axis=1)[:, columns - k, None]
        chosen, equal = rows > threshold, rows == threshold
        missing = k - np.count_nonzero(chosen, axis=1)[:, None]
        chosen |= equal & (np.cumsum(equal, axis=1) <= missing)
        positions = np.nonzero(chosen)[1]
        # NaN is neither greater nor equal; such rows are left to the full sort.
        if positions.size == len(rows) * k:
            table = positions.reshape(-1, k)
            order = _descending(np, np.take_along_axis(rows, table, 1))
            return np.take_along_axis(table, order, 1)
    return _descending(np, rows)[:, :k]


@kernel("TopKV2", host=("k",), device="CPU")
def top_k(xp: Any, input: Array, k: Array) -> list[Array]:
    """The largest entries along the last axis and their positions."""
    count = int(k)
    _check_k(input, count)
    shape = (*input.shape[:-1], count)
    rows = input.reshape(math.prod(input.shape[:-1]), input.shape[-1])
    positions = _largest(rows, count) if rows.size and count else np.zeros(shape, np.int64)
    positions = positions.reshape(-1, count) if count else positions.reshape(len(rows), 0)
    values = np.take_along_axis(rows, positions, 1)
    return [values.reshape(shape), positions.astype(np.int32).reshape(shape)]


@kernel("TopKV2", host=("k",), device="GPU")
def top_k_gpu(device: Any, input: Array, k: Array) -> list[Array]:
    """The largest entries along the last axis by a full sort, which needs no look at the values."""
    xp, count = device.xp, int(k)
    _check_k(input, count)
    shape = (*input.shape[:-1], count)
    rows = input.reshape(math.prod(input.shape[:-1]), input.shape[-1])
    positions = _descending(xp, rows)[:, :count]
    values = xp.take_along_axis(rows, positions, 1)
    return [values.reshape(shape), positions.astype(np.int32).reshape(shape)]


# ---- InTopKV2 ----


def _in_top_k(xp: Any, predictions: Array, targets: Array, k: int) -> Array:
    """Whether each target is among the `k` highest predictions; equals count as one."""
    if predictions.ndim != 2 or targets.ndim != 1 or len(predictions) != len(targets):
        raise InvalidArgumentError.of(
            f"First dimension of predictions {len(predictions)} must match length of targets "
            f"{len(targets)}",
        )
    classes = predictions.shape[1]
    is_valid = (targets >= 0) & (targets < classes)
    picked = predictions[xp.arange(len(targets)), xp.where(is_valid, targets, 0)]
    higher = xp.sum(predictions > picked[:, None], axis=1)
    return is_valid & (higher < k) & xp.all(xp.isfinite(predictions), axis=1)


@kernel("InTopK", device="CPU")
def in_top_k(xp: Any, predictions: Array, targets: Array, k: int) -> Array:
    """`in_top_k_v2` with `k` an attribute."""
    return _in_top_k(xp, predictions, targets, k)


@kernel("InTopKV2", host=("k",))
def in_top_k_v2(xp: Any, predictions: Array, targets: Array, k: Array) -> Array:
    """Whether each target is among the `k` highest predictions."""
    return _in_top_k(xp, predictions, targets, int(k))
