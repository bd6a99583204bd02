"""Kernels of activations, losses, normalisation and selection of the largest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.kernels.launch import C_FLOATS, C_INDICES, fits_int, over_rows
from tfsession.kernels.math import HALVES, buffer_for, widened
from tfsession.registry import kernel

Array = Any

# Klambauer et al., "Self-normalizing neural networks", 2017.
SELU_SCALE = 1.0507009873554804934193349852946
SELU_SCALE_ALPHA = 1.7580993408473768599402175208123


# ---- Relu ----


# NumPy has vector code for clipping, and none for the maximum with a scalar: a third of the time.
# `np.clip` spends more on its arguments than small arrays take, so the function behind it is used.
_clip = getattr(getattr(np, "_core", None), "umath", np).clip
_RELU_LIMITS = {np.dtype(kind): (kind(0), kind(np.inf)) for kind in (np.float32, np.float64)}


@kernel("Relu", expression="x > 0 ? x : (x == x ? 0 : x)", writes_out=True)
def relu(xp: Any, features: Array, out: Array | None = None) -> Array:
    """max(x, 0)."""
    limits = _RELU_LIMITS.get(features.dtype) if xp is np else None
    if limits is not None:
        return _clip(features, *limits, out=out)
    return xp.maximum(features, features.dtype.type(0), out=out)


@kernel("ReluGrad", expression="y > 0 ? x : 0", writes_out=True)
def relu_grad(xp: Any, gradients: Array, features: Array, out: Array | None = None) -> Array:
    """dy where x > 0."""
    return xp.multiply(gradients, features > 0, out=out)


# ---- Relu6 ----


@kernel("Relu6", expression="x > 6 ? 6 : (x < 0 ? 0 : x)", writes_out=True)
def relu6(xp: Any, features: Array, out: Array | None = None) -> Array:
    """min(max(x, 0), 6)."""
    kind = features.dtype.type
    result = xp.maximum(features, kind(0), out=buffer_for(xp, features, out))
    return xp.minimum(result, kind(6), out=result)


@kernel("Relu6Grad", expression="y > 0 && y < 6 ? x : 0", writes_out=True)
def relu6_grad(xp: Any, gradients: Array, features: Array, out: Array | None = None) -> Array:
    """dy where 0 < x < 6."""
    return xp.multiply(gradients, (features > 0) & (features < 6), out=out)


# ---- Elu ----


def _chosen(xp: Any, condition: Array, x: Array, y: Array, out: Array | None) -> Array:
    """`where` with `out`."""
    result = xp.where(condition, x, y)
    if out is None:
        return result
    out[...] = result
    return out


@kernel("Elu", expression="x < 0 ? exp(x) - 1 : x", writes_out=True)
@widened
def elu(xp: Any, features: Array, out: Array | None = None) -> Array:
    """exp(x) - 1 below 0, x above."""
    below = xp.minimum(features, 0, out=xp.empty_like(features))
    xp.exp(below, out=below)
    xp.subtract(below, 1, out=below)
    return _chosen(xp, features < 0, below, features, out)


@kernel("EluGrad", expression="y < 0 ? (y + 1) * x : x", writes_out=True)
@widened
def elu_grad(xp: Any, gradients: Array, outputs: Array, out: Array | None = None) -> Array:
    """dy (y + 1) below 0, dy above."""
    return xp.multiply(gradients, xp.minimum(outputs, 0) + 1, out=out)


# ---- Selu ----


@kernel(
    "Selu",
    expression=f"x < 0 ? {SELU_SCALE_ALPHA} * (exp(x) - 1) : {SELU_SCALE} * x",
    writes_out=True,
)
@widened
def selu(xp: Any, features: Array, out: Array | None = None) -> Array:
    """The scaled `elu` that keeps mean 0 and variance 1."""
    below = xp.exp(xp.minimum(features, 0)) - 1
    return _chosen(xp, features < 0, below * SELU_SCALE_ALPHA, features * SELU_SCALE, out)


@kernel(
    "SeluGrad",
    expression=f"y < 0 ? x * (y + {SELU_SCALE_ALPHA}) : x * {SELU_SCALE}",
    writes_out=True,
)
@widened
def selu_grad(xp: Any, gradients: Array, outputs: Array, out: Array | None = None) -> Array:
    """Gradient of `selu` from its output."""
    slope = xp.where(outputs < 0, outputs + SELU_SCALE_ALPHA, outputs.dtype.type(SELU_SCALE))
    return xp.multiply(gradients, slope, out=out)


# ---- Softplus ----


@kernel("Softplus", expression="(x > 0 ? x : 0) + log1p(exp(x > 0 ? -x : x))", writes_out=True)
@widened
def softplus(xp: Any, features: Array, out: Array | None = None) -> Array:
    """log(1 + exp(x)) without overflow."""
    u = xp.negative(xp.absolute(features), out=xp.empty_like(features))
    xp.exp(u, out=u)
    # log1p(u) by way of the vectorised logarithm: the rounding of 1 + u cancels (Kahan).
    rounded = xp.add(u, 1, out=xp.empty_like(u))
    logarithm = xp.log(rounded, out=xp.empty_like(u))
    xp.subtract(rounded, 1, out=rounded)
    is_tiny = rounded == 0
    xp.add(rounded, is_tiny, out=rounded)
    xp.add(logarithm, is_tiny, out=logarithm)
    xp.divide(u, rounded, out=u)
    xp.multiply(u, logarithm, out=u)
    return xp.add(u, xp.maximum(features, 0, out=rounded), out=out)


@kernel("SoftplusGrad", expression="x / (exp(-y) + 1)", writes_out=True)
@widened
def softplus_grad(xp: Any, gradients: Array, features: Array, out: Array | None = None) -> Array:
    """dy times the sigmoid of x."""
    slope = xp.negative(features, out=xp.empty_like(features))
    xp.exp(slope, out=slope)
    xp.add(slope, 1, out=slope)
    return xp.divide(gradients, slope, out=out)


# ---- Softsign ----


@kernel("Softsign", expression="x / ((x < 0 ? -x : x) + 1)", writes_out=True)
@widened
def softsign(xp: Any, features: Array, out: Array | None = None) -> Array:
    """x / (1 + |x|)."""
    return xp.divide(features, xp.absolute(features) + 1, out=out)


@kernel(
    "SoftsignGrad",
    expression="x / ((1 + (y < 0 ? -y : y)) * (1 + (y < 0 ? -y : y)))",
    writes_out=True,
)
@widened
def softsign_grad(xp: Any, gradients: Array, features: Array, out: Array | None = None) -> Array:
    """dy / (1 + |x|)^2."""
    return xp.divide(gradients, xp.square(xp.absolute(features) + 1), out=out)


# ---- LeakyRelu ----

# Attributes are float32 in TensorFlow, whatever the dtype of the arrays.


@kernel("LeakyRelu")
def leaky_relu(xp: Any, features: Array, alpha: float) -> Array:
    """max(x, alpha x)."""
    return xp.maximum(features, features * features.dtype.type(np.float32(alpha)))


@kernel("LeakyReluGrad")
def leaky_relu_grad(xp: Any, gradients: Array, features: Array, alpha: float) -> Array:
    """dy above 0, alpha dy below."""
    return xp.where(features > 0, gradients, gradients * gradients.dtype.type(np.float32(alpha)))


# ---- Softmax ----


def _check_not_scalar(logits: Array) -> None:
    if not logits.ndim:
        raise InvalidArgumentError(None, None, "logits must have >= 1 dimension, got []")


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
        raise InvalidArgumentError(
            None,
            None,
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
    raise InvalidArgumentError(None, None, text)


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
        raise InvalidArgumentError(
            None,
            None,
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
        raise InvalidArgumentError(None, None, f"Input tensor must be at least 2D: [{shape}]")
    axis = _channel_axis(data_format, value.ndim)
    if bias.ndim != 1 or len(bias) != value.shape[axis]:
        raise InvalidArgumentError(
            None,
            None,
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


def _sum_of_rows(xp: Any, matrix: Array) -> Array:
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
        raise InvalidArgumentError(None, None, f"Input tensor must be at least 2D: [{shape}]")
    axis = _channel_axis(data_format, out_backprop.ndim)
    channels = out_backprop.shape[axis]
    if axis == out_backprop.ndim - 1:
        return _sum_of_rows(xp, out_backprop.reshape(-1, channels))
    wide = np.float32 if out_backprop.dtype in HALVES else out_backprop.dtype
    rest = tuple(a for a in range(out_backprop.ndim) if a != axis)
    return xp.sum(out_backprop, axis=rest, dtype=wide).astype(out_backprop.dtype, copy=False)


# Rows that one block sums up, and the blocks that keep a GPU busy.
_ROWS_OF_STRIP = 128
_BUSY_BLOCKS = 2048


def _column_sums(device: Any, matrix: Array, kind: str) -> Array:
    """The sum of [rows, columns], contiguous, over rows: of strips first, then of their sums."""
    xp, (rows, columns) = device.xp, matrix.shape
    result = xp.empty(columns, matrix.dtype)
    if not columns:
        return result
    across = -(-columns // 32)
    strips = max(1, min(-(-rows // _ROWS_OF_STRIP), _BUSY_BLOCKS // across))
    height = -(-rows // strips)

    def start(x: Array, sums: Array, kinds: str, rows: int, height: int, strips: int) -> None:
        function = device.function("rows.cu", f"column_sums<{kinds}>")
        sizes = (np.int64(rows), np.int64(height), np.int64(columns))
        function((across, strips), (32, min(32, max(height, 1))), (x, sums, *sizes))

    if strips == 1:
        start(matrix, result, f"{kind}, {kind}", rows, rows, 1)
        return result
    wide = "float" if matrix.dtype in HALVES else kind
    partial = xp.empty((strips, columns), np.float64 if wide == "double" else np.float32)
    start(matrix, partial, f"{kind}, {wide}", rows, height, strips)
    start(partial, result, f"{wide}, {kind}", strips, strips, 1)
    return result


@kernel("BiasAddGrad", device="GPU")
def bias_add_grad_gpu(device: Any, out_backprop: Array, data_format: bytes) -> Array:
    """`bias_add_grad`; with channels last, by kernels of our own."""
    xp, kind, rank = device.xp, C_FLOATS.get(out_backprop.dtype), out_backprop.ndim
    if kind is None or rank < 2 or _channel_axis(data_format, rank) != rank - 1:
        return bias_add_grad(xp, out_backprop, data_format)
    shape = (math.prod(out_backprop.shape[:-1]), out_backprop.shape[-1])
    return _column_sums(device, xp.ascontiguousarray(out_backprop).reshape(shape), kind)


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


# ---- FusedBatchNorm ----


def _as_rows(xp: Any, x: Array, data_format: bytes) -> Array:
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
    rows = _as_rows(xp, x, data_format)
    count = len(rows)
    if is_training:
        kind = rows.dtype.type
        mean = _sum_of_rows(xp, rows) / kind(max(count, 1))
        centred = rows - mean
        variance = _sum_of_rows(xp, xp.square(centred)) / kind(max(count, 1))
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


@kernel("FusedBatchNorm", "FusedBatchNormV2")
def fused_batch_norm(
    xp: Any,
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
    return _normalised(xp, x, scale, offset, mean, variance, epsilon, data_format, is_training)


@kernel("FusedBatchNormV3")
def fused_batch_norm_v3(
    xp: Any,
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
    results = _normalised(xp, x, scale, offset, mean, variance, epsilon, data_format, is_training)
    return [*results, xp.zeros((), np.float32)]


# ---- FusedBatchNormGrad ----


def _normalised_gradient(
    xp: Any,
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
    rows, gradients = _as_rows(xp, x, data_format), _as_rows(xp, dy, data_format)
    kind = rows.dtype.type
    inverse = 1 / xp.sqrt(variance + variance.dtype.type(epsilon))
    normal = (rows - mean) * inverse
    d_offset = _sum_of_rows(xp, gradients)
    d_scale = _sum_of_rows(xp, gradients * normal)
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


@kernel("FusedBatchNormGrad", "FusedBatchNormGradV2")
def fused_batch_norm_grad(
    xp: Any,
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
        y_backprop,
        x,
        scale,
        reserve_space_1,
        reserve_space_2,
        epsilon,
        data_format,
        is_training,
    )


@kernel("FusedBatchNormGradV3")
def fused_batch_norm_grad_v3(
    xp: Any,
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


def _neighbour_sums(xp: Any, x: Array, radius: int) -> Array:
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
    norm = _neighbour_sums(xp, xp.square(x), depth_radius) * wide.type(alpha) + wide.type(bias)
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
    norm = _neighbour_sums(xp, xp.square(x), depth_radius) * wide.type(alpha) + wide.type(bias)
    shared = _neighbour_sums(xp, dy * y / norm, depth_radius)
    result = dy * norm ** wide.type(-beta) - x * shared * wide.type(2 * alpha * beta)
    return result.astype(dtype, copy=False)


# ---- TopKV2 ----


def _check_k(x: Array, k: int) -> None:
    if k < 0:
        raise InvalidArgumentError(None, None, f"Need k >= 0, got {k}")
    if not x.ndim or x.shape[-1] < k:
        raise InvalidArgumentError(
            None,
            None,
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
        return np.argmax(rows, axis=1)[:, None]
    if 0 < k <= columns // 4:
        threshold = np.partition(rows, columns - k, axis=1)[:, columns - k, None]
        chosen, equal = rows > threshold, rows == threshold
        missing = k - np.count_nonzero(chosen, axis=1)[:, None]
        chosen |= equal & (np.cumsum(equal, axis=1) <= missing)
        positions = np.nonzero(chosen)[1]
        # NaN is neither greater nor equal; such rows are left to the full sort.
        if positions.size == len(rows) * k:
            positions = positions.reshape(-1, k)
            order = _descending(np, np.take_along_axis(rows, positions, 1))
            return np.take_along_axis(positions, order, 1)
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
        raise InvalidArgumentError(
            None,
            None,
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
