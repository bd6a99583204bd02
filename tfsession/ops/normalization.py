"""Moments, batch normalisation and local response normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import reduction
from tfsession.ops.math import cast
from tfsession.ops.windows import IMAGE_FORMAT
from tfsession.registry import gradient, op, ranks, shape, undefined_gradient
from tfsession.shapes import Dims, merge_dim, merge_dims, with_rank

__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "fused_batch_norm",
    "local_response_normalization",
    "lrn",
    "moments",
    "normalize_moments",
    "sufficient_statistics",
    "weighted_moments",
]


# ---- Moments and batch normalisation ----


def moments(
    x: TensorLike,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and variance of a tensor along axes.

    Args:
      x: a Tensor of floats; float16 is summed in float32.
      axes: the axes over which is averaged.
      shift: without effect.
      name: a name for the operation.
      keep_dims: whether the axes stay, with size 1.
      keepdims: the same.

    Returns:
      Mean and variance (of the population).

    Source: TensorFlow 1.15, python/ops/nn_impl.py `moments`.
    """
    keeps = bool(keep_dims if keepdims is None else keepdims)
    with name_scope(name, "moments", [x, axes]):
        x = convert_to_tensor(x, name="x")
        is_half = x.dtype.base_dtype is dtypes.float16
        y = build("Cast", x, DstT=dtypes.float32) if is_half else x
        mean = reduction.reduce_mean(y, axes, keepdims=True, name="mean")
        distances = build(
            "SquaredDifference", y, build("StopGradient", mean), name="SquaredDifference"
        )
        variance = reduction.reduce_mean(distances, axes, keepdims=True, name="variance")
        if not keeps:
            squeezed = _axis_list(axes)
            mean = build("Squeeze", mean, squeeze_dims=squeezed)
            variance = build("Squeeze", variance, squeeze_dims=squeezed)
        if is_half:
            mean = build("Cast", mean, DstT=dtypes.float16)
            variance = build("Cast", variance, DstT=dtypes.float16)
        return mean, variance


def _axis_list(axes: Any) -> list[int]:
    """Axes as a list of ints, also of a constant Tensor."""
    if isinstance(axes, Tensor):
        axes = constant_value(axes)
    return [int(axis) for axis in np.reshape(axes, -1)]


def sufficient_statistics(
    x: TensorLike,
    axes: Any,
    shift: TensorLike | None = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Count, sum and sum of squares of a tensor along axes, each less `shift`.

    Args:
      x: a Tensor of floats.
      axes: the axes that are summed over.
      shift: a number near the mean, for precision.
      keep_dims: whether the axes stay, with size 1.
      name: a name for the operation.
      keepdims: the same as `keep_dims`.

    Returns:
      Count, sum, sum of squares, and the shift or None.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `sufficient_statistics`.
    """
    keeps = bool(keep_dims if keepdims is None else keepdims)
    places = sorted(set(_axis_list(axes)))
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        dims = x.dims
        known = None if dims is None else [dims[axis] for axis in places]
        if known is not None and None not in known:
            count = convert_to_tensor(np.asarray(np.prod(known), x.dtype.numpy))
        else:
            sizes = build("GatherV2", build("Shape", x), places, 0)
            count = build("Cast", build("Prod", sizes, [0]), DstT=x.dtype.base_dtype, name="count")
        if shift is not None:
            shift = convert_to_tensor(shift, name="shift")
            total, squares = build("Sub", x, shift), build("SquaredDifference", x, shift)
        else:
            total, squares = x, build("Square", x)
        total = reduction.reduce_sum(total, places, keepdims=keeps, name="mean_ss")
        squares = reduction.reduce_sum(squares, places, keepdims=keeps, name="var_ss")
        return count, total, squares, shift


def normalize_moments(
    counts: TensorLike,
    mean_ss: TensorLike,
    variance_ss: TensorLike,
    shift: TensorLike,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Mean and variance of what `sufficient_statistics` gives.

    Args:
      counts: the number of elements.
      mean_ss: their sum, less the shift.
      variance_ss: the sum of their squares, less the shift.
      shift: the shift, or None.
      name: a name for the operation.

    Returns:
      Mean and variance.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `normalize_moments`.
    """
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = build("Reciprocal", counts, name="divisor")
        if shift is not None:
            shifted = build("Mul", mean_ss, divisor, name="shifted_mean")
            mean = build("Add", shifted, shift, name="mean")
        else:
            shifted = mean = build("Mul", mean_ss, divisor, name="mean")
        mean_square = build("Mul", variance_ss, divisor)
        variance = build("Sub", mean_square, build("Square", shifted), name="variance")
        return mean, variance


def weighted_moments(
    x: TensorLike,
    axes: Any,
    frequency_weights: TensorLike,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and variance of a tensor along axes, each element with a weight.

    Args:
      x: a Tensor of floats.
      axes: the axes over which is averaged.
      frequency_weights: broadcasts with `x`.
      name: a name for the operation.
      keep_dims: whether the axes stay, with size 1.
      keepdims: the same.

    Returns:
      Mean and variance.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `weighted_moments`.
    """
    keeps = bool(keep_dims if keepdims is None else keepdims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        kind = x.dtype.base_dtype
        # Sums of 16-bit floats overflow.
        x = cast(x, dtypes.float32 if kind is dtypes.float16 else kind)
        weights = cast(weights, x.dtype.base_dtype)
        weighted = build("Mul", weights, x, name="mul")
        weighted = reduction.reduce_sum(weighted, axes, keepdims=True, name="weighted_input_sum")
        whole = build("AddV2", weights, build("ZerosLike", x, name="zeros_like"), name="add")
        total = reduction.reduce_sum(whole, axes, keepdims=True, name="sum_of_weights")
        divisor = build("Reciprocal", total, name="inv_weight_sum")
        mean = build("Mul", weighted, divisor)
        squares = build("SquaredDifference", x, mean)
        distances = build("Mul", weights, squares, name="mul")
        distances = reduction.reduce_sum(distances, axes, keepdims=True, name="weighted_distsq")
        variance = build("Mul", distances, divisor)
        if not keeps:
            squeezed = _axis_list(axes)
            mean = build("Squeeze", mean, squeeze_dims=squeezed)
            variance = build("Squeeze", variance, squeeze_dims=squeezed)
        return cast(mean, kind), cast(variance, kind)


def batch_normalization(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    offset: TensorLike,
    scale: TensorLike,
    variance_epsilon: TensorLike,
    name: str | None = None,
) -> Tensor:
    """(x - mean) scale / sqrt(variance + epsilon) + offset (Ioffe and Szegedy, 2015).

    Args:
      x: a Tensor of floats.
      mean: broadcasts with `x`.
      variance: broadcasts with `x`.
      offset: broadcasts with `x`; None for 0.
      scale: broadcasts with `x`; None for 1.
      variance_epsilon: a small number that keeps the division safe.
      name: a name for the operation.

    Returns:
      A Tensor like `x`.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `batch_normalization`.
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        x = convert_to_tensor(x)
        factor = build("Rsqrt", build("AddV2", variance, variance_epsilon, name="add"))
        if scale is not None:
            factor = build("Mul", factor, scale, name="mul")
        scaled = build("Mul", x, cast(factor, x.dtype), name="mul")
        if offset is None:
            centre = build("Mul", build("Neg", mean), factor, name="mul")
        else:
            centre = build("Sub", offset, build("Mul", mean, factor, name="mul"), name="sub")
        result: Tensor = build("AddV2", scaled, cast(centre, x.dtype), name="add")
        return result


def batch_norm_with_global_normalization(
    t: TensorLike | None = None,
    m: TensorLike | None = None,
    v: TensorLike | None = None,
    beta: TensorLike | None = None,
    gamma: TensorLike | None = None,
    variance_epsilon: TensorLike | None = None,
    scale_after_normalization: Any = None,
    name: str | None = None,
    input: TensorLike | None = None,
    mean: TensorLike | None = None,
    variance: TensorLike | None = None,
) -> Tensor:
    """The old form of `batch_normalization`.

    Args:
      t: [batch, height, width, channels].
      m: [channels], the mean.
      v: [channels], the variance.
      beta: [channels], the offset.
      gamma: [channels], the scale.
      variance_epsilon: a small number that keeps the division safe.
      scale_after_normalization: whether `gamma` is used.
      name: a name for the operation.
      input: the same as `t`.
      mean: the same as `m`.
      variance: the same as `v`.

    Returns:
      A Tensor like `t`.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `batch_norm_with_global_normalization`.
    """
    return batch_normalization(
        t if input is None else input,
        m if mean is None else mean,
        v if variance is None else variance,
        beta,
        gamma if scale_after_normalization else None,
        variance_epsilon,
        name,
    )


# ---- FusedBatchNorm ----

_NORM_INPUTS = "x: T, scale: {0}, offset: {0}, mean: {0}, variance: {0}"
_NORM_OUTPUTS = (
    "y: T, batch_mean: {0}, batch_variance: {0}, reserve_space_1: {0}, reserve_space_2: {0}"
)
_NORM_ATTRS = f"epsilon: float = 0.0001; {IMAGE_FORMAT}; is_training: bool = true"
_NORM_TYPES = "T: {float16, bfloat16, float32}; U: {float32}"

op(
    f"FusedBatchNorm({_NORM_INPUTS.format('T')}) -> {_NORM_OUTPUTS.format('T')}",
    f"T: {{float32}}; {_NORM_ATTRS}",
)
op(
    f"FusedBatchNormV2({_NORM_INPUTS.format('U')}) -> {_NORM_OUTPUTS.format('U')}",
    f"{_NORM_TYPES}; {_NORM_ATTRS}",
)
op(
    f"FusedBatchNormV3({_NORM_INPUTS.format('U')}) -> {_NORM_OUTPUTS.format('U')},"
    " reserve_space_3: U",
    f"{_NORM_TYPES}; {_NORM_ATTRS}",
)


@shape("FusedBatchNorm", "FusedBatchNormV2")
def fused_batch_norm_shape(
    x: Tensor, scale: Tensor, offset: Tensor, data_format: bytes
) -> list[Dims]:
    """The shape of `x`, then [channels] four times."""
    dims = with_rank(x.dims, 4)
    channels = dims[1] if data_format == b"NCHW" else dims[3]
    for vector in (scale, offset):
        channels = merge_dim(channels, with_rank(vector.dims, 1)[0])
    full = (dims[0], channels, *dims[2:]) if data_format == b"NCHW" else (*dims[:3], channels)
    return [full, *[(channels,)] * 4]


@shape("FusedBatchNormV3")
def fused_batch_norm_v3_shape(
    x: Tensor, scale: Tensor, offset: Tensor, data_format: bytes
) -> list[Dims]:
    """Those of the other forms; the last output has no shape of its own."""
    return [*fused_batch_norm_shape(x, scale, offset, data_format), None]


@gradient("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def fused_batch_norm_gradient(op: Operation, dy: Tensor, *_dys: Any) -> list[Tensor | None]:
    """Gradients by x, scale and offset."""
    x, scale, _, mean, variance = op.inputs
    is_training = op.attrs["is_training"]
    statistics = list(op.outputs[3:5]) if is_training else [mean, variance]
    attrs = {name: op.attrs[name] for name in ("epsilon", "data_format", "is_training")}
    if op.type == "FusedBatchNorm":
        results = build("FusedBatchNormGrad", dy, x, scale, *statistics, **attrs)
    else:
        version = op.type[-2:]
        extra = [op.outputs[5]] if version == "V3" else []
        results = build(f"FusedBatchNormGrad{version}", dy, x, scale, *statistics, *extra, **attrs)
    return [*results[:3], None, None]


def fused_batch_norm(
    x: TensorLike,
    scale: TensorLike,
    offset: TensorLike,
    mean: TensorLike | None = None,
    variance: TensorLike | None = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalisation of images in one op.

    Args:
      x: [batch, height, width, channels], or [batch, channels, height, width] for "NCHW".
      scale: [channels]; float32.
      offset: [channels]; float32.
      mean: [channels]; float32, where `is_training` is False.
      variance: [channels]; float32, where `is_training` is False.
      epsilon: a small number that keeps the division safe.
      data_format: "NHWC" or "NCHW".
      is_training: whether mean and variance are those of the batch.
      name: a name for the operation.

    Returns:
      The result, like `x`, and the mean and (unbiased) variance of the batch, [channels].

    Raises:
      ValueError: mean or variance is given in training.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `fused_batch_norm`.
    """
    x = convert_to_tensor(x, name="input")
    scale = convert_to_tensor(scale, name="scale")
    offset = convert_to_tensor(offset, name="offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    empty = np.zeros(0, np.float32)
    mean = convert_to_tensor(empty if mean is None else mean, name="Const")
    variance = convert_to_tensor(empty if variance is None else variance, name="Const")
    # cuDNN accepts nothing smaller, and TensorFlow keeps to that on every device.
    least = 1.001e-5
    results = build(
        "FusedBatchNormV3",
        x,
        scale,
        offset,
        mean,
        variance,
        epsilon=epsilon if epsilon > least else least,
        data_format=data_format,
        is_training=is_training,
        name=name,
    )
    return results[0], results[1], results[2]


# ---- FusedBatchNormGrad ----

_NORM_GRAD_OUTPUTS = (
    "x_backprop: T, scale_backprop: {0}, offset_backprop: {0}, reserve_space_{1}: {0},"
    " reserve_space_{2}: {0}"
)

op(
    "FusedBatchNormGrad(y_backprop: T, x: T, scale: T, reserve_space_1: T, reserve_space_2: T)"
    f" -> {_NORM_GRAD_OUTPUTS.format('T', 3, 4)}",
    f"T: {{float32}}; {_NORM_ATTRS}",
)
op(
    "FusedBatchNormGradV2(y_backprop: T, x: T, scale: float32, reserve_space_1: U,"
    f" reserve_space_2: U) -> {_NORM_GRAD_OUTPUTS.format('U', 3, 4)}",
    f"{_NORM_TYPES}; {_NORM_ATTRS}",
)
op(
    "FusedBatchNormGradV3(y_backprop: T, x: T, scale: float32, reserve_space_1: U,"
    f" reserve_space_2: U, reserve_space_3: U) -> {_NORM_GRAD_OUTPUTS.format('U', 4, 5)}",
    f"{_NORM_TYPES}; {_NORM_ATTRS}",
)


ranks(
    "FusedBatchNormGrad",
    "FusedBatchNormGradV2",
    "FusedBatchNormGradV3",
    scale=1,
    reserve_space_1=1,
    reserve_space_2=1,
)


@shape("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3")
def fused_batch_norm_grad_shape(y_backprop: Tensor, x: Tensor, data_format: bytes) -> list[Dims]:
    """The shape of `x`, [channels] twice, and two empty vectors."""
    dims = with_rank(merge_dims(y_backprop.dims, x.dims), 4)
    channels = dims[1] if data_format == b"NCHW" else dims[3]
    return [dims, (channels,), (channels,), (0,), (0,)]


@gradient("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3")
def fused_batch_norm_grad_gradient(op: Operation, *dy: Tensor) -> list[Tensor | None]:
    """Gradients through the formula of the op, built of plain ops.

    Source: TensorFlow 1.15, python/ops/nn_grad.py `_BatchNormGrad`, `_FusedBatchNormGradGrad`.
    """
    from tfsession.autodiff.gradients import gradients as gradients_of

    gradient_y, x, scale, mean, variance = op.inputs[:5]
    attrs = op.attrs
    axes = [0, 2, 3] if attrs["data_format"] == b"NCHW" else [0, 1, 2]
    column = [1, -1, 1, 1] if attrs["data_format"] == b"NCHW" else [1, 1, 1, -1]
    wide_y = build("Cast", gradient_y, DstT=dtypes.float32)
    wide_x = build("Cast", x, DstT=dtypes.float32)
    factor = build("Reshape", scale, column)
    if attrs["is_training"]:
        mean = build("Mean", wide_x, axes, keep_dims=True)
        distances = build("SquaredDifference", wide_x, mean)
        variance = build("Mean", distances, axes, keep_dims=True)
    else:
        mean, variance = build("Reshape", mean, column), build("Reshape", variance, column)
    inverse = build("Rsqrt", build("AddV2", variance, attrs["epsilon"]))
    normal = build("Mul", build("Sub", wide_x, mean), inverse)
    product = build("Mul", wide_y, normal)
    d_offset, d_scale = build("Sum", wide_y, axes), build("Sum", product, axes)
    dx = wide_y
    if attrs["is_training"]:
        centred = build("Sub", wide_y, build("Mean", wide_y, axes, keep_dims=True))
        share = build("Mul", normal, build("Mean", product, axes, keep_dims=True))
        dx = build("Sub", centred, share)
    dx = build("Cast", build("Mul", dx, build("Mul", factor, inverse)), DstT=x.dtype.base_dtype)
    # These depend on each other, through what they were computed from: only the formula counts.
    own = [gradient_y, x, scale]
    found = gradients_of([dx, d_scale, d_offset], own, list(dy[:3]), stop_gradients=own)
    return [*found, *[None] * (len(op.inputs) - 3)]


# ---- LRN ----

_LRN_ATTRS = (
    "depth_radius: int = 5; bias: float = 1.0; alpha: float = 1.0; beta: float = 0.5;"
    " T: {float16, bfloat16, float32} = float32"
)

op("LRN(input: T) -> output: T", _LRN_ATTRS)


@shape("LRN")
def local_response_normalization_shape(input: Tensor) -> Dims:
    """The shape of the input."""
    return with_rank(input.dims, 4)


@gradient("LRN")
def local_response_normalization_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """`LRNGrad`."""
    attrs = {name: op.attrs[name] for name in ("depth_radius", "bias", "alpha", "beta")}
    return [build("LRNGrad", dy, op.inputs[0], op.outputs[0], **attrs)]


def local_response_normalization(
    input: TensorLike,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """x / (bias + alpha sum of squares of neighbouring channels)^beta (Krizhevsky et al., 2012).

    Args:
      input: [batch, height, width, channels]; float16, bfloat16 or float32.
      depth_radius: how many channels on each side are neighbours.
      bias: keeps the division safe.
      alpha: a factor of the sum.
      beta: an exponent.
      name: a name for the operation.

    Returns:
      A Tensor like `input`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "LRN".
    """
    result: Tensor = build(
        "LRN", input, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta, name=name
    )
    return result


lrn = local_response_normalization


# ---- LRNGrad ----

op("LRNGrad(input_grads: T, input_image: T, output_image: T) -> output: T", _LRN_ATTRS)
undefined_gradient("LRNGrad")


@shape("LRNGrad")
def local_response_normalization_grad_shape(
    input_grads: Tensor, input_image: Tensor, output_image: Tensor
) -> Dims:
    """The shape of the inputs."""
    return with_rank(
        merge_dims(merge_dims(input_grads.dims, input_image.dims), output_image.dims), 4
    )
