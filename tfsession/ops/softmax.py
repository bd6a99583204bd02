"""Softmax, and losses that compare logits with labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.errors import InvalidArgumentError
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.activation import FLOATS, relu
from tfsession.ops.array import shape as shape_of
from tfsession.ops.math import cast
from tfsession.registry import gradient, op, shape
from tfsession.shapes import Dims, broadcast_dims, merge_dim, merge_dims, with_rank

__all__ = [
    "log_poisson_loss",
    "log_softmax",
    "sigmoid_cross_entropy_with_logits",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "sparse_softmax_cross_entropy_with_logits",
    "weighted_cross_entropy_with_logits",
]


# ---- Softmax ----

op("Softmax(logits: T) -> softmax: T", f"T: {FLOATS}")


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
    if isinstance(axis, Tensor) and (known := constant_value(axis)) is not None:
        axis = int(known)
    if not isinstance(axis, Tensor) and axis in (-1, None if rank is None else rank - 1):
        result = build(op_type, logits, name=name)
        return result
    if rank is None or isinstance(axis, Tensor):
        exchange = _exchange_with_last(logits, axis)
        swapped = build(op_type, build("Transpose", logits, exchange, name="transpose"))
        result = build("Transpose", swapped, exchange, name=name or "transpose")
        result.set_shape(logits.shape)
        return result
    if not -rank <= axis < rank:
        raise InvalidArgumentError.of(
            f"`dim` must be in the range [{-rank}, {rank}) where {rank} is the number of "
            f"dimensions in the input. Received: dim={axis}",
        )
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    swapped = build(op_type, build("Transpose", logits, order, name="transpose"))
    result = build("Transpose", swapped, order, name=name or "transpose")
    return result


def _exchange_with_last(x: Tensor, axis: Any) -> Tensor:
    """The order of axes in which one and the last have changed places, where ranks are unknown."""
    rank = build("Rank", x)
    axis, last, axes = (axis + rank) % rank, rank - 1, build("Range", 0, rank, 1)
    others = build("SelectV2", build("Equal", axes, last), axis, axes)
    order: Tensor = build("SelectV2", build("Equal", axes, axis), last, others)
    return order


def _axis_argument(axis: Any, dim: Any) -> Any:
    """`axis`, or its old name `dim`; -1 by default.

    Raises:
      ValueError: both are given.
    """
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim'")
    return next((value for value in (axis, dim) if value is not None), -1)


def softmax(
    logits: TensorLike, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
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

op("LogSoftmax(logits: T) -> logsoftmax: T", f"T: {FLOATS}")
shape("LogSoftmax")(softmax_shape)


@gradient("LogSoftmax")
def log_softmax_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """dy - sum(dy) exp(y)."""
    total = build("Sum", dy, [-1], keep_dims=True)
    return [build("Sub", dy, build("Mul", total, build("Exp", op.outputs[0])))]


def log_softmax(
    logits: TensorLike, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """The logarithm of `softmax`; arguments as there.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `log_softmax`.
    """
    return _along_axis("LogSoftmax", logits, _axis_argument(axis, dim), name)


# ---- SoftmaxCrossEntropyWithLogits ----

op(
    "SoftmaxCrossEntropyWithLogits(features: T, labels: T) -> loss: T, backprop: T",
    f"T: {FLOATS}",
)


@shape("SoftmaxCrossEntropyWithLogits")
def softmax_cross_entropy_shape(features: Tensor, labels: Tensor) -> list[Dims]:
    """[batch] and [batch, classes]."""
    dims = with_rank(broadcast_dims(features.dims, labels.dims) or features.dims or labels.dims, 2)
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
    d_labels = _times_rows(dy, build("Neg", build("LogSoftmax", logits)))
    if d_backprop is not None and d_backprop.op.type not in ("ZerosLike", "Zeros"):
        probabilities = build("Softmax", logits)
        total = build("Sum", build("Mul", d_backprop, probabilities), [-1], keep_dims=True)
        dx = build("AddV2", dx, build("Mul", build("Sub", d_backprop, total), probabilities))
        # The second output is probabilities - labels; TensorFlow leaves this out.
        d_labels = build("Sub", d_labels, d_backprop)
    return [dx, d_labels]


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
    labels: TensorLike,
    logits: TensorLike,
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
        loss: Tensor = cast(result, logits.dtype)
        return loss


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: TensorLike | None = None,
    logits: TensorLike | None = None,
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
    f"T: {FLOATS}; Tlabels: {{int32, int64}} = int64",
)


@shape("SparseSoftmaxCrossEntropyWithLogits")
def sparse_softmax_cross_entropy_shape(features: Tensor, labels: Tensor) -> list[Dims]:
    """[batch] and [batch, classes]."""
    dims = with_rank(features.dims, 2)
    batch = merge_dim(dims[0], with_rank(labels.dims, 1)[0])
    return [(batch,), (batch, dims[1])]


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
    _sentinel: Any = None,
    labels: TensorLike | None = None,
    logits: TensorLike | None = None,
    name: str | None = None,
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
        labels_shape = shape_of(labels)
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
        loss: Tensor = cast(result, logits.dtype)
        return loss


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
    _sentinel: Any = None,
    labels: TensorLike | None = None,
    logits: TensorLike | None = None,
    name: str | None = None,
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
    labels: TensorLike | None = None,
    logits: TensorLike | None = None,
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
    targets: TensorLike,
    log_input: TensorLike,
    compute_full_loss: bool = False,
    name: str | None = None,
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
