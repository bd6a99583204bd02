"""Kernels of batch normalisation and local response normalisation."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession.registry import kernel

from .column_sums import column_sums
from .launch import kernel_with
from .math import HALVES
from .nn import sum_of_rows

Array = Any
# The sum of [rows, columns] over rows.
Total = Callable[[Array], Array]

_with_totals = functools.partial(
    kernel_with,
    on_cpu=lambda xp: functools.partial(sum_of_rows, xp),
    on_gpu=lambda device: functools.partial(column_sums, device),
)


# ---- FusedBatchNorm ----


def _as_rows(x: Array, data_format: bytes) -> Array:
    """[N, ..., C] or [N, C, ...] as [rows, C] in float32 (float64 stays)."""
    if data_format.startswith(b"NC"):
        x = x.transpose(0, *range(2, x.ndim), 1)
    rows = x.reshape(-1, x.shape[-1])
    return rows.astype(np.float32) if rows.dtype in HALVES else rows


def _from_rows(xp: Any, rows: Array, like: Array, data_format: bytes) -> Array:
    """The inverse of `_as_rows`, in the dtype of `like`."""
    rows = rows.astype(like.dtype, copy=False)
    if not data_format.startswith(b"NC"):
        return rows.reshape(like.shape)
    shape = (like.shape[0], *like.shape[2:], like.shape[1])
    rank = like.ndim
    return xp.ascontiguousarray(rows.reshape(shape).transpose(0, rank - 1, *range(1, rank - 1)))


def _normalised(
    xp: Any,
    total: Total,
    x: Array,
    scale: Array,
    offset: Array,
    mean: Array,
    variance: Array,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[Array]:
    """y, the statistics for a running average, and those for the gradient."""
    rows = _as_rows(x, data_format)
    count = len(rows)
    if is_training:
        kind = rows.dtype.type
        # Nothing has no mean: its statistics are NaN.
        divisor = kind(count or np.nan)
        mean = total(rows) / divisor
        centred = rows - mean
        variance = total(xp.square(centred)) / divisor
        # The running average wants the unbiased estimate.
        unbiased = variance * kind(count / max(count - 1, 1))
    else:
        centred, unbiased = rows - mean, variance
    factor = scale / xp.sqrt(variance + variance.dtype.type(epsilon))
    xp.multiply(centred, factor, out=centred)
    xp.add(centred, offset, out=centred)
    # Every output is an array of its own, which a reader may overwrite.
    own = [statistic.copy() for statistic in (mean, unbiased, mean, variance)]
    return [_from_rows(xp, centred, x, data_format), *own]


@_with_totals("FusedBatchNorm", "FusedBatchNormV2")
def fused_batch_norm(
    xp: Any,
    total: Total,
    x: Array,
    scale: Array,
    offset: Array,
    mean: Array,
    variance: Array,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[Array]:
    """Batch normalisation."""
    return _normalised(
        xp, total, x, scale, offset, mean, variance, epsilon, data_format, is_training
    )


@_with_totals("FusedBatchNormV3")
def fused_batch_norm_v3(
    xp: Any,
    total: Total,
    x: Array,
    scale: Array,
    offset: Array,
    mean: Array,
    variance: Array,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[Array]:
    """Batch normalisation; the last output has no use outside cuDNN."""
    results = _normalised(
        xp, total, x, scale, offset, mean, variance, epsilon, data_format, is_training
    )
    return [*results, xp.zeros((), np.float32)]


# ---- FusedBatchNormGrad ----


def _normalised_gradient(
    xp: Any,
    total: Total,
    dy: Array,
    x: Array,
    scale: Array,
    mean: Array,
    variance: Array,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[Array]:
    """Gradients by x, scale and offset, and two empty arrays."""
    rows, gradients = _as_rows(x, data_format), _as_rows(dy, data_format)
    kind = rows.dtype.type
    inverse = 1 / xp.sqrt(variance + variance.dtype.type(epsilon))
    normal = (rows - mean) * inverse
    d_offset = total(gradients)
    d_scale = total(gradients * normal)
    if is_training:
        count = kind(max(len(rows), 1))
        xp.multiply(normal, d_scale / count, out=normal)
        xp.subtract(gradients, normal, out=normal)
        xp.subtract(normal, d_offset / count, out=normal)
        dx = xp.multiply(normal, scale * inverse, out=normal)
    else:
        dx = gradients * (scale * inverse)
    empty = xp.zeros(0, scale.dtype)
    return [_from_rows(xp, dx, x, data_format), d_scale, d_offset, empty, empty]


@_with_totals("FusedBatchNormGrad", "FusedBatchNormGradV2")
def fused_batch_norm_grad(
    xp: Any,
    total: Total,
    y_backprop: Array,
    x: Array,
    scale: Array,
    reserve_space_1: Array,
    reserve_space_2: Array,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[Array]:
    """Gradient of `fused_batch_norm`."""
    return _normalised_gradient(
        xp,
        total,
        y_backprop,
        x,
        scale,
        reserve_space_1,
        reserve_space_2,
        epsilon,
        data_format,
        is_training,
    )


@_with_totals("FusedBatchNormGradV3")
def fused_batch_norm_grad_v3(
    xp: Any,
    total: Total,
    y_backprop: Array,
    x: Array,
    scale: Array,
    reserve_space_1: Array,
    reserve_space_2: Array,
    reserve_space_3: Array,
    epsilon: float,
    data_format: bytes,
    is_training: bool,
) -> list[Array]:
    """Gradient of `fused_batch_norm_v3`."""
    return _normalised_gradient(
        xp,
        total,
        y_backprop,
        x,
        scale,
        reserve_space_1,
        reserve_space_2,
        epsilon,
        data_format,
        is_training,
    )


# ---- LRN ----


def _neighbour_sums(x: Array, radius: int) -> Array:
    """Sums over the channels at most `radius` away."""
    result = x.copy()
    for distance in range(1, min(radius, x.shape[-1] - 1) + 1):
        result[..., distance:] += x[..., :-distance]
        result[..., :-distance] += x[..., distance:]
    return result


@kernel("LRN")
def local_response_normalization(
    xp: Any, input: Array, depth_radius: int, bias: float, alpha: float, beta: float
) -> Array:
    """x over a power of the squares of its neighbouring channels."""
    wide = np.dtype(np.float32) if input.dtype in HALVES else input.dtype
    x = input.astype(wide, copy=False)
    norm = _neighbour_sums(xp.square(x), depth_radius) * wide.type(alpha) + wide.type(bias)
    return (x * norm ** wide.type(-beta)).astype(input.dtype, copy=False)


@kernel("LRNGrad")
def local_response_normalization_grad(
    xp: Any,
    input_grads: Array,
    input_image: Array,
    output_image: Array,
    depth_radius: int,
    bias: float,
    alpha: float,
    beta: float,
) -> Array:
    """Gradient of `local_response_normalization`."""
    dtype = input_image.dtype
    wide = np.dtype(np.float32) if dtype in HALVES else dtype
    x, y, dy = (a.astype(wide, copy=False) for a in (input_image, output_image, input_grads))
    norm = _neighbour_sums(xp.square(x), depth_radius) * wide.type(alpha) + wide.type(bias)
    shared = _neighbour_sums(dy * y / norm, depth_radius)
    result = dy * norm ** wide.type(-beta) - x * shared * wide.type(2 * alpha * beta)
    return result.astype(dtype, copy=False)
