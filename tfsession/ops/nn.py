"""Activations, losses, normalisation, dropout and selection of the largest."""

from __future__ import annotations

import logging
import numbers
from typing import Any, NamedTuple

import numpy as np

from tfsession import dtypes
from tfsession.errors import InvalidArgumentError
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.registry import gradient, no_gradient, op, shape
from tfsession.shapes import Dims, broadcast_dims, merge_dim, merge_dims, with_rank

__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "bias_add",
    "bias_add_v1",
    "crelu",
    "dropout",
    "dropout_v2",
    "elu",
    "fused_batch_norm",
    "in_top_k",
    "l2_loss",
    "l2_normalize",
    "leaky_relu",
    "local_response_normalization",
    "log_poisson_loss",
    "log_softmax",
    "lrn",
    "moments",
    "normalize_moments",
    "relu",
    "relu6",
    "relu_layer",
    "selu",
    "sigmoid_cross_entropy_with_logits",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "softplus",
    "softsign",
    "sparse_softmax_cross_entropy_with_logits",
    "sufficient_statistics",
    "swish",
    "top_k",
    "weighted_cross_entropy_with_logits",
    "weighted_moments",
    "xw_plus_b",
    "zero_fraction",
]

_FLOATS = "{float16, bfloat16, float32, float64}"
_REALS = (
    "{float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32,"
    " uint64}"
)
_NUMBERS = (
    "{float32, float64, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32,"
    " bfloat16, uint16, complex128, float16, uint32, uint64}"
)
_IMAGE_FORMAT = "data_format: {'NHWC', 'NCHW'} = 'NHWC'"


def features_shape(features: Tensor) -> Dims:
    """The shape of the input."""
    return features.dims


def gradients_shape(gradients: Tensor, features: Tensor) -> Dims:
    """The shape of both inputs."""
    return merge_dims(gradients.dims, features.dims)


def gradients_of_outputs_shape(gradients: Tensor, outputs: Tensor) -> Dims:
    """The shape of both inputs."""
    return merge_dims(gradients.dims, outputs.dims)


# ---- Relu ----

op("Relu(features: T) -> activations: T", f"T: {_REALS}")
shape("Relu")(features_shape)


@gradient("Relu")
def relu_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """`ReluGrad`."""
    return [build("ReluGrad", dy, op.outputs[0])]


def relu(features: Any, name: str | None = None) -> Tensor:
    """max(x, 0), element by element.

    Args:
      features: a Tensor.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "Relu".
    """
    result: Tensor = build("Relu", features, name=name)
    return result


# ---- ReluGrad ----

op("ReluGrad(gradients: T, features: T) -> backprops: T", f"T: {_REALS}")
shape("ReluGrad")(gradients_shape)


@gradient("ReluGrad")
def relu_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by the gradient that came in and by the input."""
    features = op.inputs[1]
    return [build("ReluGrad", dy, features), build("ZerosLike", features)]


# ---- Relu6 ----

op("Relu6(features: T) -> activations: T", f"T: {_REALS}")
shape("Relu6")(features_shape)


@gradient("Relu6")
def relu6_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """`Relu6Grad`."""
    return [build("Relu6Grad", dy, op.inputs[0])]


def relu6(features: Any, name: str | None = None) -> Tensor:
    """min(max(x, 0), 6), element by element.

    Args:
      features: a Tensor.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "Relu6".
    """
    result: Tensor = build("Relu6", features, name=name)
    return result


# ---- Relu6Grad ----

op("Relu6Grad(gradients: T, features: T) -> backprops: T", f"T: {_REALS}")
shape("Relu6Grad")(gradients_shape)


@gradient("Relu6Grad")
def relu6_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by the gradient that came in and by the input."""
    features = op.inputs[1]
    return [build("Relu6Grad", dy, features), build("ZerosLike", features)]


# ---- Elu ----

op("Elu(features: T) -> activations: T", f"T: {_FLOATS}")
shape("Elu")(features_shape)


@gradient("Elu")
def elu_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """`EluGrad`."""
    return [build("EluGrad", dy, op.outputs[0])]


def elu(features: Any, name: str | None = None) -> Tensor:
    """exp(x) - 1 below 0 and x above, element by element (Clevert et al., 2015).

    Args:
      features: a Tensor.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "Elu".
    """
    result: Tensor = build("Elu", features, name=name)
    return result


# ---- EluGrad ----

op("EluGrad(gradients: T, outputs: T) -> backprops: T", f"T: {_FLOATS}")
shape("EluGrad")(gradients_of_outputs_shape)


@gradient("EluGrad")
def elu_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by the gradient that came in and by the output."""
    gradients, outputs = op.inputs
    # Below 0 the slope is the output plus 1, so it changes with the output.
    slope = build("Select", build("Less", outputs, 0.0), gradients, build("ZerosLike", outputs))
    return [build("EluGrad", dy, outputs), build("Mul", dy, slope)]


# ---- Selu ----

op("Selu(features: T) -> activations: T", f"T: {_FLOATS}")
shape("Selu")(features_shape)


@gradient("Selu")
def selu_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """`SeluGrad`."""
    return [build("SeluGrad", dy, op.outputs[0])]


def selu(features: Any, name: str | None = None) -> Tensor:
    """The scaled `elu` that keeps mean 0 and variance 1 (Klambauer et al., 2017).

    Args:
      features: a Tensor.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "Selu".
    """
    result: Tensor = build("Selu", features, name=name)
    return result


# ---- SeluGrad ----

op("SeluGrad(gradients: T, outputs: T) -> backprops: T", f"T: {_FLOATS}")
shape("SeluGrad")(gradients_of_outputs_shape)


@gradient("SeluGrad")
def selu_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by the gradient that came in and by the output."""
    gradients, outputs = op.inputs
    slope = build("Select", build("Less", outputs, 0.0), gradients, build("ZerosLike", outputs))
    return [build("SeluGrad", dy, outputs), build("Mul", dy, slope)]


# ---- Softplus ----

op("Softplus(features: T) -> activations: T", f"T: {_FLOATS}")
shape("Softplus")(features_shape)


@gradient("Softplus")
def softplus_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """`SoftplusGrad`."""
    return [build("SoftplusGrad", dy, op.inputs[0])]


def softplus(features: Any, name: str | None = None) -> Tensor:
    """log(1 + exp(x)), element by element.

    Args:
      features: a Tensor.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "Softplus".
    """
    result: Tensor = build("Softplus", features, name=name)
    return result


# ---- SoftplusGrad ----

op("SoftplusGrad(gradients: T, features: T) -> backprops: T", f"T: {_FLOATS}")
shape("SoftplusGrad")(gradients_shape)


@gradient("SoftplusGrad")
def softplus_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by the gradient that came in and by the input."""
    gradients, features = op.inputs
    # The derivative of the sigmoid: 1 / (exp(-x) + 2 + exp(x)).
    spread = build("AddV2", build("Exp", build("Neg", features)), build("Exp", features))
    curve = build("RealDiv", build("Mul", dy, gradients), build("AddV2", spread, 2.0))
    return [build("SoftplusGrad", dy, features), curve]


# ---- Softsign ----

op("Softsign(features: T) -> activations: T", f"T: {_FLOATS}")
shape("Softsign")(features_shape)


@gradient("Softsign")
def softsign_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """`SoftsignGrad`."""
    return [build("SoftsignGrad", dy, op.inputs[0])]


def softsign(features: Any, name: str | None = None) -> Tensor:
    """x / (1 + |x|), element by element.

    Args:
      features: a Tensor.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "Softsign".
    """
    result: Tensor = build("Softsign", features, name=name)
    return result


# ---- SoftsignGrad ----

op("SoftsignGrad(gradients: T, features: T) -> backprops: T", f"T: {_FLOATS}")
shape("SoftsignGrad")(gradients_shape)


@gradient("SoftsignGrad")
def softsign_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by the gradient that came in and by the input."""
    gradients, features = op.inputs
    width = build("AddV2", build("Abs", features), 1.0)
    cube = build("Mul", build("Square", width), width)
    curve = build("RealDiv", build("Mul", build("Sign", features), -2.0), cube)
    return [
        build("SoftsignGrad", dy, features),
        build("Mul", build("Mul", dy, gradients), curve),
    ]


# ---- LeakyRelu ----

_LEAKY_ATTRS = f"alpha: float = 0.2; T: {_FLOATS} = float32"

op("LeakyRelu(features: T) -> activations: T", _LEAKY_ATTRS)
shape("LeakyRelu")(features_shape)


@gradient("LeakyRelu")
def leaky_relu_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """`LeakyReluGrad`."""
    return [build("LeakyReluGrad", dy, op.inputs[0], alpha=op.attrs["alpha"])]


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """max(x, alpha x), element by element.

    Args:
      features: a Tensor; integers are taken as float32.
      alpha: the slope below 0, at most 1.
      name: a name for the operation.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `leaky_relu`.
    """
    with name_scope(name, "LeakyRelu", [features, alpha]) as scope:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = build("Cast", features, DstT=dtypes.float32, name="ToFloat")
        if isinstance(alpha, np.ndarray):
            alpha = alpha.item()
        result: Tensor = build("LeakyRelu", features, alpha=alpha, name=scope)
        return result


# ---- LeakyReluGrad ----

op("LeakyReluGrad(gradients: T, features: T) -> backprops: T", _LEAKY_ATTRS)
shape("LeakyReluGrad")(gradients_shape)


@gradient("LeakyReluGrad")
def leaky_relu_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Gradients by the gradient that came in and by the input."""
    features = op.inputs[1]
    return [
        build("LeakyReluGrad", dy, features, alpha=op.attrs["alpha"]),
        build("ZerosLike", features),
    ]


# ---- Composed activations ----


def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """The positive and the negated negative parts, side by side (Shang et al., 2016).

    Args:
      features: a Tensor.
      name: a name for the operation.
      axis: the axis along which the parts are joined.

    Returns:
      A Tensor with twice the size along `axis`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `crelu`.
    """
    with name_scope(name, "CRelu", [features]) as scope:
        features = convert_to_tensor(features, name="features")
        both = build("ConcatV2", [features, build("Neg", features)], axis, name=scope)
        return relu(both)


def swish(features: Any) -> Tensor:
    """x sigmoid(x), element by element (Ramachandran et al., 2017).

    Args:
      features: a Tensor.

    Returns:
      A Tensor like `features`.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `swish`.
    """
    features = convert_to_tensor(features, name="features")
    result: Tensor = build("Mul", features, build("Sigmoid", features), name="mul")
    return result


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
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


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
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


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
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


# ---- Softmax ----

op("Softmax(logits: T) -> softmax: T", f"T: {_FLOATS}")


@shape("Softmax")
def softmax_shape(logits: Tensor) -> Dims:
    """The shape of the input."""
    if logits.dims == ():
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    return logits.dims


@gradient("Softmax")
def softmax_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """(dy - sum(dy y)) y."""
    y = op.outputs[0]
    total = build("Sum", build("Mul", dy, y), [-1], keep_dims=True)
    return [build("Mul", build("Sub", dy, total), y)]


def _along_axis(op_type: str, logits: Any, axis: Any, name: str | None) -> Tensor:
    """An op of the last axis, applied to any.

    Raises:
      InvalidArgumentError: there is no such axis.
    """
    logits = convert_to_tensor(logits)
    rank = None if logits.dims is None else len(logits.dims)
    result: Tensor
    if axis == -1 or (rank is not None and axis == rank - 1):
        result = build(op_type, logits, name=name)
        return result
    if rank is None:
        raise ValueError(f"{op_type}: axis {axis!r} of a tensor of unknown rank; wanted -1")
    if not -rank <= axis < rank:
        raise InvalidArgumentError(
            None,
            None,
            f"`dim` must be in the range [{-rank}, {rank}) where {rank} is the number of "
            f"dimensions in the input. Received: dim={axis}",
        )
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    swapped = build(op_type, build("Transpose", logits, order, name="transpose"))
    result = build("Transpose", swapped, order, name=name or "transpose")
    return result


def _axis_argument(axis: Any, dim: Any) -> Any:
    """`axis`, or its old name `dim`; -1 by default.

    Raises:
      ValueError: both are given.
    """
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim'")
    return next((value for value in (axis, dim) if value is not None), -1)


def softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """exp(x) over its sum along an axis.

    Args:
      logits: a Tensor of rank 1 or more; float16, bfloat16, float32 or float64.
      axis: the axis, the last by default.
      name: a name for the operation.
      dim: the old name of `axis`.

    Returns:
      A Tensor like `logits`.

    Raises:
      InvalidArgumentError: there is no such axis.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `softmax`.
    """
    return _along_axis("Softmax", logits, _axis_argument(axis, dim), name)


# ---- LogSoftmax ----

op("LogSoftmax(logits: T) -> logsoftmax: T", f"T: {_FLOATS}")
shape("LogSoftmax")(softmax_shape)


@gradient("LogSoftmax")
def log_softmax_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """dy - sum(dy) exp(y)."""
    total = build("Sum", dy, [-1], keep_dims=True)
    return [build("Sub", dy, build("Mul", total, build("Exp", op.outputs[0])))]


def log_softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """The logarithm of `softmax`; arguments as there.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `log_softmax`.
    """
    return _along_axis("LogSoftmax", logits, _axis_argument(axis, dim), name)


# ---- SoftmaxCrossEntropyWithLogits ----

op(
    "SoftmaxCrossEntropyWithLogits(features: T, labels: T) -> loss: T, backprop: T",
    f"T: {_FLOATS}",
)


@shape("SoftmaxCrossEntropyWithLogits")
def softmax_cross_entropy_shape(features: Tensor, labels: Tensor) -> list[Dims]:
    """[batch] and [batch, classes]."""
    dims = with_rank(broadcast_dims(features.dims, labels.dims), 2)
    return [(dims[0],), dims]


def _times_rows(rows: Tensor, matrix: Tensor) -> Tensor:
    """[batch] times [batch, classes]."""
    result: Tensor = build("Mul", build("ExpandDims", rows, -1), matrix)
    return result


@gradient("SoftmaxCrossEntropyWithLogits")
def softmax_cross_entropy_gradient(
    op: Operation, dy: Tensor, d_backprop: Tensor | None
) -> list[Tensor]:
    """Gradients by logits and labels; that of the second output serves second derivatives."""
    logits = op.inputs[0]
    dx = _times_rows(dy, op.outputs[1])
    if d_backprop is not None and d_backprop.op.type not in ("ZerosLike", "Zeros"):
        probabilities = build("Softmax", logits)
        total = build("Sum", build("Mul", d_backprop, probabilities), [-1], keep_dims=True)
        dx = build("AddV2", dx, build("Mul", build("Sub", d_backprop, total), probabilities))
    return [dx, _times_rows(dy, build("Neg", build("LogSoftmax", logits)))]


def _check_named(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    """Raises ValueError unless labels and logits were given by name."""
    if sentinel is not None:
        raise ValueError(
            f"Only call `{function}` with named arguments (labels=..., logits=..., ...)"
        )
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


def _is_half(x: Tensor) -> bool:
    return x.dtype.base_dtype in (dtypes.float16, dtypes.bfloat16)


def _flatten_outer_dims(x: Tensor) -> Tensor:
    """[..., classes] as [rows, classes]."""
    rank = build("Rank", x)
    last = build("Slice", build("Shape", x), [build("Sub", rank, 1)], [1])
    result: Tensor = build("Reshape", x, build("ConcatV2", [[-1], last], 0, name="concat"))
    if result.dims is None or None in result.dims:
        dims = x.dims
        if dims is not None:
            outer = dims[:-1]
            rows = None if None in outer else int(np.prod(outer, dtype=np.int64))  # type: ignore[arg-type]  # no None
            result.set_shape((rows, dims[-1]))
    return result


def softmax_cross_entropy_with_logits_v2(
    labels: Any,
    logits: Any,
    axis: Any = None,
    name: str | None = None,
    dim: Any = None,
) -> Tensor:
    """The cross-entropy between labels and the softmax of logits; both receive gradients.

    Args:
      labels: [..., classes]; each row a probability distribution.
      logits: [..., classes]; float16, bfloat16, float32 or float64.
      axis: the axis of the classes, the last by default.
      name: a name for the operation.
      dim: the old name of `axis`.

    Returns:
      A Tensor like `logits` without the axis.

    Raises:
      ValueError: an argument is missing, or shapes do not fit.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `softmax_cross_entropy_with_logits_v2`.
    """
    axis = _axis_argument(axis, dim)
    _check_named("softmax_cross_entropy_with_logits", None, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        is_half = _is_half(logits)
        precise = build("Cast", logits, DstT=dtypes.float32) if is_half else logits
        if labels.dtype.base_dtype is not precise.dtype.base_dtype:
            labels = build("Cast", labels, DstT=precise.dtype.base_dtype)
        rank = None if logits.dims is None else len(logits.dims)
        if axis != -1 and axis != (None if rank is None else rank - 1):
            if rank is None:
                raise ValueError(f"axis {axis!r} of logits of unknown rank; wanted -1")
            order = [*range(axis % rank), *range(axis % rank + 1, rank), axis % rank]
            precise = build("Transpose", precise, order, name="transpose")
            labels = build("Transpose", labels, order, name="transpose")
        input_rank = build("Rank", precise)
        input_shape = build("Shape", precise)
        static = None if precise.dims is None else precise.dims[:-1]
        cost, _ = build(
            "SoftmaxCrossEntropyWithLogits",
            _flatten_outer_dims(precise),
            _flatten_outer_dims(labels),
            name=scope,
        )
        outer = build("Slice", input_shape, [0], [build("Sub", input_rank, 1)])
        result: Tensor = build("Reshape", cost, outer)
        if static is not None:
            result.set_shape(static)
        return _cast_to(result, logits)


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: Any = None,
) -> Tensor:
    """The cross-entropy between labels and the softmax of logits; only logits receive gradients.

    Args:
      _sentinel: must be None, so that labels and logits are given by name.
      labels: [..., classes]; each row a probability distribution.
      logits: [..., classes]; float16, bfloat16, float32 or float64.
      dim: the axis of the classes.
      name: a name for the operation.
      axis: the same as `dim`.

    Returns:
      A Tensor like `logits` without the axis.

    Raises:
      ValueError: an argument is missing or not named, or shapes do not fit.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `softmax_cross_entropy_with_logits`.
    """
    _check_named("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = build("StopGradient", labels, name="labels_stop_gradient")
        return softmax_cross_entropy_with_logits_v2(
            labels, logits, dim if axis is None else axis, name=scope
        )


# ---- SparseSoftmaxCrossEntropyWithLogits ----

op(
    "SparseSoftmaxCrossEntropyWithLogits(features: T, labels: Tlabels) -> loss: T, backprop: T",
    f"T: {_FLOATS}; Tlabels: {{int32, int64}} = int64",
)


@shape("SparseSoftmaxCrossEntropyWithLogits")
def sparse_softmax_cross_entropy_shape(features: Tensor, labels: Tensor) -> list[Dims]:
    """[batch] and [batch, classes]."""
    dims = with_rank(features.dims, 2)
    batch = merge_dim(dims[0], with_rank(labels.dims, 1)[0])
    return [(batch,), dims]


@gradient("SparseSoftmaxCrossEntropyWithLogits")
def sparse_softmax_cross_entropy_gradient(
    op: Operation, dy: Tensor, d_backprop: Tensor | None
) -> list[Tensor | None]:
    """The gradient by the logits; the labels are integers."""
    backprop = build(
        "PreventGradient",
        op.outputs[1],
        message=(
            "Currently there is no way to take the second derivative of sparse_softmax_cross_"
            "entropy_with_logits due to the fused implementation's interaction with tf.gradients()"
        ),
    )
    return [_times_rows(dy, backprop), None]


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross-entropy between classes, given by number, and the softmax of logits.

    Args:
      _sentinel: must be None, so that labels and logits are given by name.
      labels: [...]; int32 or int64, numbers in [0, classes).
      logits: [..., classes]; float16, bfloat16, float32 or float64.
      name: a name for the operation.

    Returns:
      A Tensor of the shape of `labels` and the dtype of `logits`.

    Raises:
      ValueError: an argument is missing or not named, or shapes do not fit.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `sparse_softmax_cross_entropy_with_logits`.
    """
    _check_named("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels = convert_to_tensor(labels)
        logits = convert_to_tensor(logits)
        is_half = _is_half(logits)
        precise = build("Cast", logits, DstT=dtypes.float32) if is_half else logits
        # TensorFlow names the operation again inside its scope.
        op_type = "SparseSoftmaxCrossEntropyWithLogits"
        labels_shape = build("Shape", labels)
        _check_sparse_shapes(labels, logits)
        if logits.dims is not None and len(logits.dims) == 2:
            result, _ = build(op_type, precise, labels, name=name)
        else:
            static = labels.dims
            last = build("Sub", build("Rank", logits), 1)
            classes = build("Shape", logits)[last]
            cost, _ = build(
                op_type,
                build("Reshape", precise, [-1, classes]),
                build("Reshape", labels, [-1]),
                name=name,
            )
            result = build("Reshape", cost, labels_shape)
            result.set_shape(static)
        return _cast_to(result, logits)


def _check_sparse_shapes(labels: Tensor, logits: Tensor) -> None:
    """Raises ValueError where ranks or sizes of labels and logits do not fit."""
    if logits.dims is not None and not logits.dims:
        raise ValueError(f"Logits cannot be scalars - received shape {logits.shape}.")
    if logits.dims is None or labels.dims is None:
        return
    if len(labels.dims) != len(logits.dims) - 1:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {len(labels.dims)}) should equal rank of "
            f"logits minus 1 (received {len(logits.dims)})."
        )
    if not labels.shape.is_compatible_with(logits.shape[:-1]):
        raise ValueError(
            f"Shape mismatch: The shape of labels (received {labels.shape}) should equal the "
            f"shape of logits except for the last dimension (received {logits.shape})."
        )


# ---- Composed losses ----


def _check_same_shape(labels_name: str, labels: Tensor, logits: Tensor, logits_name: str) -> None:
    """Raises ValueError where the shapes differ."""
    try:
        merge_dims(labels.dims, logits.dims)
    except ValueError:
        raise ValueError(
            f"{logits_name} and {labels_name} must have the same shape ({logits.shape} vs "
            f"{labels.shape})"
        ) from None


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross-entropy of independent yes-or-no labels, computed without overflow.

    Args:
      _sentinel: must be None, so that labels and logits are given by name.
      labels: a Tensor like `logits`, of numbers from 0 to 1.
      logits: a Tensor of floats.
      name: a name for the operation.

    Returns:
      max(x, 0) - x z + log(1 + exp(-|x|)) for logits x and labels z.

    Raises:
      ValueError: an argument is missing or not named, or the shapes differ.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `sigmoid_cross_entropy_with_logits`.
    """
    _check_named("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _check_same_shape("labels", labels, logits, "logits")
        # Both branches stay finite, so that their gradients do too.
        zeros = build("ZerosLike", logits, name="zeros_like")
        is_positive = build("GreaterEqual", logits, zeros)
        positive = build("Select", is_positive, logits, zeros)
        negative = build("Select", is_positive, build("Neg", logits), logits)
        linear = build("Sub", positive, build("Mul", logits, labels, name="mul"), name="sub")
        result: Tensor = build("Add", linear, build("Log1p", build("Exp", negative)), name=scope)
        return result


def weighted_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Tensor:
    """`sigmoid_cross_entropy_with_logits` with a weight on positive labels.

    Args:
      labels: a Tensor like `logits`, of numbers from 0 to 1.
      logits: a Tensor of floats.
      pos_weight: the weight of positive labels.
      name: a name for the operation.
      targets: the old name of `labels`.

    Returns:
      A Tensor like `logits`.

    Raises:
      ValueError: both names of `labels` are given, or the shapes differ.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `weighted_cross_entropy_with_logits`.
    """
    if labels is not None and targets is not None:
        raise ValueError("Cannot specify both 'labels' and 'targets'")
    labels = targets if labels is None else labels
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _check_same_shape("targets", labels, logits, "logits")
        weight = 1 + (pos_weight - 1) * labels
        tail = build("Log1p", build("Exp", build("Neg", build("Abs", logits))))
        tail = build("AddV2", tail, relu(build("Neg", logits)))
        result: Tensor = build("Add", (1 - labels) * logits, weight * tail, name=scope)
        return result


def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Tensor:
    """The negative log-likelihood of counts under Poisson distributions.

    Args:
      targets: a Tensor like `log_input`, the counts.
      log_input: a Tensor of floats, the logarithms of the expected counts.
      compute_full_loss: whether Stirling's approximation of the constant term is added.
      name: a name for the operation.

    Returns:
      A Tensor like `log_input`.

    Raises:
      ValueError: the shapes differ.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `log_poisson_loss`.
    """
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, name="targets")
        _check_same_shape("targets", targets, log_input, "log_input")
        result: Tensor = build("Exp", log_input) - log_input * targets
        if compute_full_loss:
            stirling = (
                targets * build("Log", targets)
                - targets
                + 0.5 * build("Log", (2.0 * np.pi) * targets)
            )
            zeros, ones = build("ZerosLike", targets), build("OnesLike", targets)
            is_small = build(
                "LogicalAnd",
                build("GreaterEqual", targets, zeros),
                build("LessEqual", targets, ones),
            )
            result = result + build("Select", is_small, zeros, stirling)
        return result


# ---- BiasAdd ----

op("BiasAdd(value: T, bias: T) -> output: T", f"T: {_NUMBERS}; {_IMAGE_FORMAT}")


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
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
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

op("BiasAddGrad(out_backprop: T) -> output: T", f"T: {_NUMBERS}; {_IMAGE_FORMAT}")


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


def bias_add_v1(value: Any, bias: Any, name: str | None = None) -> Tensor:
    """The old form of `bias_add`, channels last; arguments as there.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `bias_add_v1`.
    """
    with name_scope(name, "BiasAddV1", [value, bias]) as scope:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype.base_dtype, name="bias")
        result: Tensor = build("BiasAddV1", value, bias, name=scope)
        return result


# ---- L2Loss ----

op("L2Loss(t: T) -> output: T", f"T: {_FLOATS}")


@shape("L2Loss")
def l2_loss_shape() -> Dims:
    """Scalar."""
    return ()


@gradient("L2Loss")
def l2_loss_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """dy times the input."""
    return [build("Mul", op.inputs[0], dy)]


def l2_loss(t: Any, name: str | None = None) -> Tensor:
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
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
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
    from tfsession.ops import reduction

    axis = dim if axis is None else axis
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        total = reduction.reduce_sum(build("Square", x), axis, keepdims=True)
        inverse = build("Rsqrt", build("Maximum", total, epsilon))
        result: Tensor = build("Mul", x, inverse, name=scope)
        return result


# ---- Moments and batch normalisation ----


def moments(
    x: Any,
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
    from tfsession.ops import reduction

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
    x: Any,
    axes: Any,
    shift: Any = None,
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
    from tfsession.ops import reduction

    keeps = bool(keep_dims if keepdims is None else keepdims)
    places = sorted(set(_axis_list(axes)))
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        dims = x.dims
        known = None if dims is None else [dims[axis] for axis in places]
        if known is not None and None not in known:
            count = convert_to_tensor(
                np.asarray(np.prod(known), x.dtype.numpy),
                name="count",
            )
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
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
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
        square = build("Square", shifted)
        variance = build("Sub", build("Mul", variance_ss, divisor), square, name="variance")
        return mean, variance


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
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
    from tfsession.ops import reduction

    keeps = bool(keep_dims if keepdims is None else keepdims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        if weights.dtype.base_dtype is not x.dtype.base_dtype:
            weights = build("Cast", weights, DstT=x.dtype.base_dtype)
        whole = build("AddV2", weights, build("ZerosLike", x))
        total = reduction.reduce_sum(whole, axes, keepdims=True, name="sum_of_weights")
        weighted = build("Mul", weights, x)
        mean = build(
            "RealDiv",
            reduction.reduce_sum(weighted, axes, keepdims=True, name="weighted_input_sum"),
            total,
            name="mean",
        )
        distances = build("Mul", weights, build("SquaredDifference", x, mean))
        variance = build(
            "RealDiv",
            reduction.reduce_sum(distances, axes, keepdims=True),
            total,
            name="variance",
        )
        if not keeps:
            squeezed = _axis_list(axes)
            mean = build("Squeeze", mean, squeeze_dims=squeezed)
            variance = build("Squeeze", variance, squeeze_dims=squeezed)
        return mean, variance


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
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
        scaled = build("Mul", x, _cast_to(factor, x), name="mul")
        centre = build("Mul", mean, factor, name="mul")
        if offset is None:
            centre = build("Neg", centre)
        else:
            centre = build("Sub", offset, centre, name="sub")
        result: Tensor = build("AddV2", scaled, _cast_to(centre, x), name="add")
        return result


def _cast_to(value: Tensor, x: Tensor) -> Tensor:
    """`value` in the dtype of `x`."""
    if value.dtype.base_dtype is x.dtype.base_dtype:
        return value
    result: Tensor = build("Cast", value, DstT=x.dtype.base_dtype)
    return result


def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: Any = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
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
_NORM_ATTRS = f"epsilon: float = 0.0001; {_IMAGE_FORMAT}; is_training: bool = true"
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
def fused_batch_norm_gradient(op: Operation, dy: Tensor, *_: Tensor) -> list[Tensor | None]:
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
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
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
    found = gradients_of([dx, d_scale, d_offset], [gradient_y, x, scale], list(dy[:3]))
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
    input: Any,
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
no_gradient("LRNGrad")


@shape("LRNGrad")
def local_response_normalization_grad_shape(
    input_grads: Tensor, input_image: Tensor, output_image: Tensor
) -> Dims:
    """The shape of the inputs."""
    return with_rank(
        merge_dims(merge_dims(input_grads.dims, input_image.dims), output_image.dims), 4
    )


# ---- Dropout ----

_log = logging.getLogger("tensorflow")


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
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
    x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """`dropout` by its rate; arguments as there.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `dropout_v2`.
    """
    from tfsession.ops.random import random_uniform

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
    from tfsession.ops import array

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
    f"sorted: bool = true; T: {_REALS}",
)


@shape("TopKV2")
def top_k_shape(input: Tensor, k: Tensor) -> list[Dims]:
    """[..., k], twice."""
    with_rank(k.dims, 0)
    dims, value = input.dims, constant_value(k)
    if dims is None:
        return [None, None]
    if not dims:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    count = None if value is None else int(value)
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


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> Any:
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
no_gradient("InTopKV2")


def in_top_k_shape(predictions: Tensor, targets: Tensor) -> Dims:
    """[batch]."""
    return (merge_dim(with_rank(predictions.dims, 2)[0], with_rank(targets.dims, 1)[0]),)


shape("InTopKV2")(in_top_k_shape)


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
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
no_gradient("InTopK")
shape("InTopK")(in_top_k_shape)
