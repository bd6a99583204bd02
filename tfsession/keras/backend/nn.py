"""Activations, dropout, normalization, convolution and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.graph.build import convert_to_tensor
from tfsession.keras.backend.arrangement import concatenate, permute_dimensions
from tfsession.keras.backend.tensors import int_shape, ndim
from tfsession.layers import arguments, identifiers
from tfsession.ops import (
    activation,
    array,
    clip,
    contraction,
    convolution,
    depthwise,
    math,
    nn,
    normalization,
    pooling,
    softmax as softmaxes,
)
from tfsession.ops.rearrange import pad

__all__ = [
    "batch_normalization",
    "bias_add",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "depthwise_conv2d",
    "dropout",
    "elu",
    "hard_sigmoid",
    "in_top_k",
    "local_conv1d",
    "local_conv2d",
    "normalize_batch_in_training",
    "pool2d",
    "pool3d",
    "relu",
    "separable_conv2d",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]

# ---- Activations ----


def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0) -> Any:
    """``x`` above a threshold, and ``alpha * (x - threshold)`` below it.

    Args:
      x: a tensor.
      alpha: the slope below the threshold.
      max_value: the greatest value.
      threshold: from where on `x` is let through.
    """
    if alpha != 0.0:
        if max_value is None and threshold == 0:
            return activation.leaky_relu(x, alpha=alpha)
        negative = activation.relu(-x + threshold) if threshold != 0 else activation.relu(-x)
    clips = max_value is not None
    if threshold != 0:
        x = x * math.cast(math.greater(x, threshold), x.dtype.base_dtype)
    elif max_value == 6:
        x, clips = activation.relu6(x), False
    else:
        x = activation.relu(x)
    if clips:
        dtype = x.dtype.base_dtype
        x = clip.clip_by_value(
            x, convert_to_tensor(0.0, dtype), convert_to_tensor(max_value, dtype)
        )
    if alpha != 0.0:
        x -= convert_to_tensor(alpha, x.dtype.base_dtype) * negative
    return x


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """``x`` above 0, and ``alpha * (exp(x) - 1)`` below."""
    result = activation.elu(x)
    if alpha == 1:
        return result
    from tfsession.ops.indexing import where

    return where(math.greater(x, 0), result, alpha * result)


def softmax(x: Any, axis: int = -1) -> Any:
    """The softmax along an axis."""
    return softmaxes.softmax(x, axis=axis)


def softplus(x: Any) -> Any:
    """``log(exp(x) + 1)``."""
    return activation.softplus(x)


def softsign(x: Any) -> Any:
    """``x / (abs(x) + 1)``."""
    return activation.softsign(x)


def sigmoid(x: Any) -> Any:
    """The logistic function."""
    return math.sigmoid(x)


def hard_sigmoid(x: Any) -> Any:
    """``0.2 * x + 0.5``, kept between 0 and 1."""
    return identifiers.hard_sigmoid(x)


def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return math.tanh(x)


def dropout(x: Any, level: Any, noise_shape: Any = None, seed: int | None = None) -> Any:
    """Sets a share of elements to 0, and scales the others.

    Args:
      x: a tensor of floats.
      level: the share.
      noise_shape: the shape of the random choices.
      seed: the seed; drawn from NumPy when None.
    """
    seed = np.random.randint(10_000_000) if seed is None else seed
    return nn.dropout(x, rate=level, noise_shape=noise_shape, seed=seed)


def in_top_k(predictions: Any, targets: Any, k: Any) -> Any:
    """Whether each target is among the k greatest predictions."""
    return nn.in_top_k(predictions, targets, k)


# ---- Normalization ----


def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """A batch, normalized by its own mean and variance.

    Returns:
      The batch, its mean and its variance.
    """
    mean, variance = normalization.moments(x, reduction_axes)
    axes = sorted(reduction_axes)
    if axes == list(range((ndim(x) or 0) - 1)):
        normed = normalization.batch_normalization(x, mean, variance, beta, gamma, epsilon)
        return normed, mean, variance
    shape = array.stack(
        [1 if axis in axes else array.shape(x)[axis] for axis in range(ndim(x) or 0)]
    )
    parts: list[Any] = [
        None if p is None else array.reshape(p, shape) for p in (mean, variance, beta, gamma)
    ]
    m, v, b, g = parts
    return normalization.batch_normalization(x, m, v, b, g, epsilon), mean, variance


def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """A batch, normalized by a given mean and variance."""
    del axis
    return normalization.batch_normalization(x, mean, var, beta, gamma, epsilon)


def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """Adds a bias: a vector, or one for each position.

    Raises:
      ValueError: the format is not known, or the bias has neither rank.
    """
    layout = arguments.data_format(data_format)
    bias_shape = int_shape(bias)
    rank = ndim(x) or 0
    if len(bias_shape) not in (1, rank - 1):
        raise ValueError(
            f"Unexpected bias dimensions {len(bias_shape)}, expect to be 1 or {rank} dimensions"
        )
    if len(bias_shape) == 1:
        if rank in (4, 5):
            return nn.bias_add(
                x, bias, data_format="NCHW" if layout == "channels_first" else "NHWC"
            )
        if rank == 3 and layout == "channels_first":
            return x + array.reshape(bias, (1, bias_shape[0], 1))
        return nn.bias_add(x, bias)
    if layout == "channels_first":
        return x + array.reshape(bias, (1, bias_shape[-1], *bias_shape[:-1]))
    return x + array.reshape(bias, (1, *bias_shape))


# ---- Convolution and pooling ----


def _padding(padding: str) -> str:
    if padding not in ("same", "valid"):
        raise ValueError(f"Invalid padding: {padding}")
    return padding.upper()


def _convolved(
    x: Any, kernel: Any, strides: Any, padding: str, data_format: Any, rate: Any, rank: int
) -> Any:
    layout = arguments.data_format(data_format)
    return convolution.convolution(
        x,
        kernel,
        padding=_padding(padding),
        strides=arguments.sizes(strides, rank, "strides"),
        dilation_rate=arguments.sizes(rate, rank, "dilation_rate"),
        data_format=arguments.op_format(layout, rank + 2),
    )


def conv1d(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolves signals; the padding may be "causal"."""
    if padding == "causal":
        before = dilation_rate * (kernel.shape.as_list()[0] - 1)
        x = pad(x, [[0, 0], [before, 0], [0, 0]])
        padding = "valid"
    return _convolved(x, kernel, strides, padding, data_format, dilation_rate, 1)


def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolves images."""
    return _convolved(x, kernel, strides, padding, data_format, dilation_rate, 2)


def conv3d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = (1, 1, 1),
) -> Any:
    """Convolves volumes."""
    return _convolved(x, kernel, strides, padding, data_format, dilation_rate, 3)


def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """The transposed convolution of images.

    Raises:
      ValueError: the format or the padding is not known.
      NotImplementedError: the dilation is not 1.
    """
    if tuple(dilation_rate) != (1, 1):
        raise NotImplementedError(f"conv2d_transpose: dilation_rate={dilation_rate!r}; want (1, 1)")
    layout = arguments.data_format(data_format)
    sizes = list(output_shape)
    if sizes[0] is None:
        sizes[0] = array.shape(x)[0]
    around = ([1, 1], []) if layout == "channels_first" else ([1], [1])
    return convolution.conv2d_transpose(
        x,
        kernel,
        array.stack(sizes),
        [*around[0], *strides, *around[1]],
        padding=_padding(padding),
        data_format=arguments.op_format(layout, 4),
    )


def _with_axes(spatial: Any, layout: str) -> list[int]:
    return [1, 1, *spatial] if layout == "channels_first" else [1, *spatial, 1]


def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolves each channel of images by itself, then mixes channels point by point.

    Raises:
      ValueError: `strides` is no pair.
    """
    if len(strides) != 2:
        raise ValueError("`strides` must be a tuple of 2 integers.")
    layout = arguments.data_format(data_format)
    return depthwise.separable_conv2d(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides=_with_axes(strides, layout),
        padding=_padding(padding),
        rate=dilation_rate,
        data_format=arguments.op_format(layout, 4),
    )


def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolves each channel of images by itself."""
    layout = arguments.data_format(data_format)
    return depthwise.depthwise_conv2d(
        x,
        depthwise_kernel,
        strides=_with_axes(strides, layout),
        padding=_padding(padding),
        rate=dilation_rate,
        data_format=arguments.op_format(layout, 4),
    )


def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Any = None,
    pool_mode: str = "max",
) -> Any:
    """The greatest ("max") or the mean ("avg") of each window of images."""
    pools = {"max": pooling.max_pool, "avg": pooling.avg_pool}
    return _pooled(x, pool_size, strides, padding, data_format, _mode(pools, pool_mode), 2)


def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: Any = None,
    pool_mode: str = "max",
) -> Any:
    """The greatest ("max") or the mean ("avg") of each window of volumes."""
    pools = {"max": pooling.max_pool3d, "avg": pooling.avg_pool3d}
    return _pooled(x, pool_size, strides, padding, data_format, _mode(pools, pool_mode), 3)


def _mode(pools: dict[str, Any], mode: str) -> Any:
    if mode not in pools:
        raise ValueError(f"Invalid pooling mode: {mode}")
    return pools[mode]


def _pooled(
    x: Any, size: Any, strides: Any, padding: str, data_format: Any, pool: Any, rank: int
) -> Any:
    layout = arguments.data_format(data_format)
    return pool(
        x,
        _with_axes(size, layout),
        _with_axes(strides, layout),
        padding=_padding(padding),
        data_format=arguments.op_format(layout, rank + 2),
    )


def local_conv1d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: Any = None
) -> Any:
    """A convolution of signals whose kernel is another one in each window."""
    shape = (kernel.shape.as_list()[0],)
    return _locally_convolved(inputs, kernel, kernel_size, strides, shape, data_format)


def local_conv2d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    output_shape: Any,
    data_format: Any = None,
) -> Any:
    """A convolution of images whose kernel is another one in each window."""
    return _locally_convolved(inputs, kernel, kernel_size, strides, output_shape, data_format)


def _locally_convolved(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, output_shape: Any, data_format: Any
) -> Any:
    layout = arguments.data_format(data_format)
    _, features, filters = int_shape(kernel)
    rank = len(output_shape)
    windows = []
    for position in np.ndindex(*output_shape):
        spatial = tuple(
            slice(p * s, p * s + k) for p, s, k in zip(position, strides, kernel_size, strict=True)
        )
        all_of = (slice(None),)
        index = (*all_of, *all_of, *spatial) if layout == "channels_first" else (*all_of, *spatial)
        windows.append(array.reshape(inputs[index], (1, -1, features)))
    product = contraction.matmul(concatenate(windows, axis=0), kernel)
    result = array.reshape(product, (*output_shape, -1, filters))
    if layout == "channels_first":
        return permute_dimensions(result, [rank, rank + 1, *range(rank)])
    return permute_dimensions(result, [rank, *range(rank), rank + 1])
