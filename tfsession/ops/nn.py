"""Dense layers, biases, the L2 loss, dropout and selection of the largest."""

from __future__ import annotations

import logging
import numbers
from typing import Any, NamedTuple

import numpy as np

from tfsession import dtypes
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value, size_of_scalar
from tfsession.ops import array, reduction
from tfsession.ops.activation import FLOATS, relu
from tfsession.ops.math import REAL
from tfsession.ops.random import random_uniform
from tfsession.ops.windows import IMAGE_FORMAT
from tfsession.registry import (
    gradient,
    op,
    run_ranks,
    shape,
    undefined_gradient,
)
from tfsession.shapes import (
    Dims,
    merge_dim,
    with_rank,
    with_rank_at_least,
)

__all__ = [
    "bias_add",
    "dropout",
    "in_top_k",
    "l2_loss",
    "l2_normalize",
    "relu_layer",
    "top_k",
    "xw_plus_b",
    "zero_fraction",
]

_NUMBERS = (
    "{float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32,"
    " bfloat16, uint16, complex128, float16, uint32, uint64}"
)


# ---- Composed functions ----


def relu_layer(
    x: TensorLike, weights: TensorLike, biases: TensorLike, name: str | None = None
) -> Tensor:
    """relu(x weights + biases).

    Args:
      x: [batch, inputs].
      weights: [inputs, units].
      biases: [units].
      name: a name for the operation.

    Returns:
      [batch, units].

    Source: TensorFlow 1.15, python/ops/nn_impl.py `relu_layer`.
    """
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(weights, name="weights")
        biases = convert_to_tensor(biases, name="biases")
        return relu(bias_add(build("MatMul", x, weights), biases), name=scope)


def xw_plus_b(
    x: TensorLike, weights: TensorLike, biases: TensorLike, name: str | None = None
) -> Tensor:
    """x weights + biases.

    Args:
      x: [batch, inputs].
      weights: [inputs, units].
      biases: [units].
      name: a name for the operation.

    Returns:
      [batch, units].

    Source: TensorFlow 1.15, python/ops/nn_ops.py `xw_plus_b`.
    """
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(weights, name="weights")
        biases = convert_to_tensor(biases, name="biases")
        return bias_add(build("MatMul", x, weights), biases, name=scope)


def zero_fraction(value: TensorLike, name: str | None = None) -> Tensor:
    """The part of the elements that is zero.

    Args:
      value: a Tensor of numbers.
      name: a name for the operation.

    Returns:
      Scalar; float32.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `zero_fraction`.
    """
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        flat = build("Reshape", value, [-1])
        zero = build(
            "Cast", build("Equal", flat, np.zeros((), value.dtype.numpy)), DstT=dtypes.float32
        )
        result: Tensor = build("Mean", zero, [0], name="fraction")
        return result


# ---- BiasAdd ----

op("BiasAdd(value: T, bias: T) -> output: T", f"T: {_NUMBERS}; {IMAGE_FORMAT}")


def _channel(dims: Dims, data_format: bytes) -> int | None:
    """The number of channels.

    Raises:
      ValueError: the rank is below 2.
    """
    if dims is None:
        return None
    if len(dims) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(dims)}")
    return dims[1] if data_format == b"NCHW" and len(dims) > 2 else dims[-1]


@shape("BiasAdd")
def bias_add_shape(value: Tensor, bias: Tensor, data_format: bytes) -> Dims:
    """The shape of `value`."""
    count = with_rank(bias.dims, 1)[0]
    dims = value.dims
    if dims is None:
        return None
    merged = merge_dim(_channel(dims, data_format), count)
    if data_format == b"NCHW" and len(dims) > 2:
        return (dims[0], merged, *dims[2:])
    return (*dims[:-1], merged)


@gradient("BiasAdd")
def bias_add_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """dy, and its sums by channel."""
    return [dy, build("BiasAddGrad", dy, data_format=op.attrs["data_format"])]


def bias_add(
    value: TensorLike, bias: TensorLike, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """Adds a number to each channel.

    Args:
      value: [..., channels], or [batch, channels, ...] for a `data_format` that begins with "NC".
      bias: [channels]; the dtype of `value`.
      data_format: such as "NHWC" or "NCHW".
      name: a name for the operation.

    Returns:
      A Tensor like `value`.

    Raises:
      ValueError: another `data_format`, or shapes do not fit.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `bias_add`.
    """
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        if data_format is None or (data_format.startswith("N") and data_format.endswith("C")):
            layout = "NHWC"
        elif data_format.startswith("NC"):
            layout = "NCHW"
        else:
            raise ValueError("data_format must be of the form `N...C` or `NC...`")
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype.base_dtype, name="bias")
        result: Tensor = build("BiasAdd", value, bias, data_format=layout, name=scope)
        return result


# ---- BiasAddGrad ----

op("BiasAddGrad(out_backprop: T) -> output: T", f"T: {_NUMBERS}; {IMAGE_FORMAT}")


@shape("BiasAddGrad")
def bias_add_grad_shape(out_backprop: Tensor, data_format: bytes) -> Dims:
    """[channels]."""
    return (_channel(out_backprop.dims, data_format),)


@gradient("BiasAddGrad")
def bias_add_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """dy, repeated over everything but channels."""
    x = op.inputs[0]
    zeros = build("ZerosLike", x)
    return [build("BiasAdd", zeros, dy, data_format=op.attrs["data_format"])]


# ---- BiasAddV1 ----

op("BiasAddV1(value: T, bias: T) -> output: T", f"T: {_NUMBERS}")


@shape("BiasAddV1")
def bias_add_v1_shape(value: Tensor, bias: Tensor) -> Dims:
    """The shape of `value`."""
    return bias_add_shape(value, bias, b"NHWC")


@gradient("BiasAddV1")
def bias_add_v1_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """dy, and its sums by channel."""
    return [dy, build("BiasAddGrad", dy)]


def bias_add_v1(value: TensorLike, bias: TensorLike, name: str | None = None) -> Tensor:
    """The old form of `bias_add`, channels last; arguments as there.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `bias_add_v1`.
    """
    with name_scope(name, "BiasAddV1", [value, bias]) as scope:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype.base_dtype, name="bias")
        result: Tensor = build("BiasAddV1", value, bias, name=scope)
        return result


# ---- L2Loss ----

op("L2Loss(t: T) -> output: T", f"T: {FLOATS}")


@shape("L2Loss")
def l2_loss_shape() -> Dims:
    """Scalar."""
    return ()


@gradient("L2Loss")
def l2_loss_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """dy times the input."""
    return [build("Mul", op.inputs[0], dy)]


def l2_loss(t: TensorLike, name: str | None = None) -> Tensor:
    """Half the sum of squares.

    Args:
      t: a Tensor of floats.
      name: a name for the operation.

    Returns:
      Scalar, of the dtype of `t`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "L2Loss".
    """
    result: Tensor = build("L2Loss", t, name=name)
    return result


def l2_normalize(
    x: TensorLike,
    axis: Any = None,
    epsilon: float = 1e-12,
    name: str | None = None,
    dim: Any = None,
) -> Tensor:
    """x over its Euclidean norm along axes.

    Args:
      x: a Tensor of floats.
      axis: an axis or a list of them; None for all.
      epsilon: the least sum of squares that is divided by.
      name: a name for the operation.
      dim: the old name of `axis`.

    Returns:
      A Tensor like `x`.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `l2_normalize`.
    """
    axis = dim if axis is None else axis
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        total = reduction.reduce_sum(build("Square", x), axis, keepdims=True)
        inverse = build("Rsqrt", build("Maximum", total, epsilon))
        result: Tensor = build("Mul", x, inverse, name=scope)
        return result


# ---- Dropout ----

_log = logging.getLogger("tensorflow")


def dropout(
    x: TensorLike,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: TensorLike | None = None,
) -> Tensor:
    """Sets random elements to 0 and scales the others, so that the sum stays the same on average.

    Args:
      x: a Tensor of floats.
      keep_prob: the probability that an element is kept; 1 - `rate`.
      noise_shape: [rank]; int32, the shape of the random choices, which broadcasts with `x`.
      seed: the op's seed; see `tf.set_random_seed`.
      name: a name for the operation.
      rate: the probability that an element is dropped.

    Returns:
      A Tensor like `x`.

    Raises:
      ValueError: none or both of `keep_prob` and `rate` are given, they are out of range, or `x` is
        not of floats.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `dropout`; the same choices for the same seeds.
    """
    try:
        dropped = None if keep_prob is None else 1.0 - keep_prob
    except TypeError:
        raise ValueError(
            f"keep_prob must be a floating point number or Tensor (got {keep_prob!r})"
        ) from None
    if rate is not None and dropped is not None:
        raise ValueError("Cannot specify both 'rate' and 'keep_prob'")
    rate = dropped if rate is None else rate
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    return dropout_v2(x, rate, noise_shape, seed, name)


def dropout_v2(
    x: TensorLike,
    rate: TensorLike,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`dropout` by its rate; arguments as there.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `dropout_v2`.
    """
    with name_scope(name, "dropout", [x]):
        features: Tensor = convert_to_tensor(x, name="x")
        if not features.dtype.is_floating:
            raise ValueError(
                "x has to be a floating point tensor since it's going to be scaled. Got a "
                f"{features.dtype} tensor instead."
            )
        if isinstance(rate, numbers.Real):
            part = float(rate)
            if not 0 <= part < 1:
                raise ValueError(
                    f"rate must be a scalar tensor or a float in the range [0, 1), got {part:g}"
                )
            if part > 0.5:
                _log.warning(
                    "Large dropout rate: %g (>0.5); rate is the part that is dropped.", rate
                )
            if part == 0:
                return features
        rate = convert_to_tensor(rate, dtype=features.dtype.base_dtype, name="rate")
        rate.shape.assert_has_rank(0)
        if constant_value(rate) == 0:
            return features
        noise = random_uniform(
            _noise_shape(features, noise_shape), seed=seed, dtype=features.dtype.base_dtype
        )
        scale = 1 / (1 - rate)
        mask = build("GreaterEqual", noise, rate)
        scaled = build("Mul", features, scale, name="mul")
        result: Tensor = build(
            "Mul", scaled, build("Cast", mask, DstT=features.dtype.base_dtype), name="mul"
        )
        result.set_shape(features.shape)
        return result


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    """The shape of the random choices; unknown sizes of it are those of `x`."""
    if noise_shape is None:
        return array.shape(x)
    if isinstance(noise_shape, (list, tuple)) and None in noise_shape and x.dims is not None:
        if len(noise_shape) == len(x.dims):
            return [
                own if wanted is None else wanted
                for wanted, own in zip(noise_shape, x.dims, strict=True)
            ]
    return noise_shape


# ---- TopKV2 ----

op(
    "TopKV2(input: T, k: int32) -> values: T, indices: int32",
    f"sorted: bool = true; T: {{{REAL}}}",
)
run_ranks("BiasAdd", bias=(1, "Biases must be 1D: {bias}"))


run_ranks("TopKV2", k=(0, "k must be scalar, got shape {k}"))


@shape("TopKV2")
def top_k_shape(input: Tensor, k: Tensor) -> list[Dims]:
    """[..., k], twice."""
    dims, count = with_rank_at_least(input.dims, 1), size_of_scalar(k, 1)
    if dims is None:
        return [None, None]
    if count is not None and dims[-1] is not None and dims[-1] < count:
        raise ValueError(f"input must have last dimension >= k = {count} but is {dims[-1]}")
    return [(*dims[:-1], count)] * 2


@gradient("TopKV2")
def top_k_gradient(op: Operation, dy: Tensor, _: Any) -> list[Tensor | None]:
    """dy where the largest came from, zero elsewhere."""
    x, indices = op.inputs[0], op.outputs[1]
    in_shape, index_shape = build("Shape", x), build("Shape", indices)
    columns = build("GatherV2", in_shape, build("Sub", build("Size", in_shape), 1), 0)
    last = build("GatherV2", index_shape, build("Sub", build("Size", index_shape), 1), 0)
    flat = build("Reshape", indices, build("Pack", [-1, last]))
    rows = build("GatherV2", build("Shape", flat), 0, 0)
    starts = build("Range", 0, build("Mul", rows, columns), columns)
    places = build("AddV2", flat, build("ExpandDims", starts, -1))
    places = build("Reshape", places, build("Pack", [-1, 1]))
    size = build("Pack", [build("Prod", in_shape, [0])])
    spread = build("ScatterNd", places, build("Reshape", dy, [-1]), size)
    return [build("Reshape", spread, in_shape), None]


class _TopK(NamedTuple):
    """What `top_k` returns."""

    values: Tensor
    indices: Tensor


_TopK.__name__ = "TopKV2"


def top_k(
    input: TensorLike, k: TensorLike = 1, sorted: bool = True, name: str | None = None
) -> Any:
    """The largest entries along the last axis, and where they are.

    Args:
      input: [..., columns]; real numbers.
      k: scalar; int32, how many.
      sorted: whether they must come in descending order (they always do).
      name: a name for the operation.

    Returns:
      Values and indices, [..., k]; among equal values the first comes first.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `top_k`.
    """
    values, indices = build("TopKV2", input, k, sorted=sorted, name=name)
    return _TopK(values, indices)


# ---- InTopKV2 ----

op(
    "InTopKV2(predictions: float32, targets: T, k: T) -> precision: bool",
    "T: {int32, int64} = int32",
)
undefined_gradient("InTopKV2")


def in_top_k_shape(predictions: Tensor, targets: Tensor) -> Dims:
    """[batch]."""
    return (merge_dim(with_rank(predictions.dims, 2)[0], with_rank(targets.dims, 1)[0]),)


shape("InTopKV2")(in_top_k_shape)


def in_top_k(
    predictions: TensorLike, targets: TensorLike, k: TensorLike, name: str | None = None
) -> Tensor:
    """Whether each target is among the `k` highest predictions.

    Args:
      predictions: [batch, classes]; float32.
      targets: [batch]; int32 or int64, numbers of classes.
      k: scalar; the dtype of `targets`.
      name: a name for the operation.

    Returns:
      [batch]; bool. Classes as high as the target do not push it out.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `in_top_k`.
    """
    with name_scope(name, "in_top_k"):
        result: Tensor = build("InTopKV2", predictions, targets, k, name=None)
        return result


# ---- InTopK ----

op(
    "InTopK(predictions: float32, targets: T) -> precision: bool",
    "k: int; T: {int32, int64} = int32",
)
undefined_gradient("InTopK")
shape("InTopK")(in_top_k_shape)
