"""`tf.contrib.losses`: the losses as they were before `tf.losses`, predictions first.

Weights are a number or [batch, ...], of which the last dimensions may be left out. Results are
summed up, divided by the number of losses whose weight is not zero, and added to the collection of
losses.
"""

from __future__ import annotations

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.losses import (
    add_loss as add_loss,
    get_losses as get_losses,
    get_regularization_losses as get_regularization_losses,
)
from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.ops.activation import relu
from tfsession.ops.array import (
    deprecated_argument,
    ones_like,
    reshape,
    shape,
    size,
    squeeze,
    zeros_like,
)
from tfsession.ops.indexing import where
from tfsession.ops.math import (
    abs as absolute,
    add_n,
    cast,
    div_no_nan,
    equal,
    greater,
    log,
    multiply,
    negative,
    not_equal,
    square,
    squared_difference,
    subtract,
)
from tfsession.ops.reduction import reduce_prod, reduce_sum
from tfsession.ops.softmax import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)

_explain_in(__name__)
_register("tfsession.contrib.losses", {"python.losses.loss_ops": "contrib.losses"})

__all__ = [
    "absolute_difference",
    "add_loss",
    "compute_weighted_loss",
    "cosine_distance",
    "get_losses",
    "get_regularization_losses",
    "get_total_loss",
    "hinge_loss",
    "log_loss",
    "mean_pairwise_squared_error",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


def get_total_loss(
    add_regularization_losses: bool = True, name: str | None = "total_loss"
) -> Tensor:
    """The sum of the losses of the default collection, as `tf.losses.get_total_loss` gives it."""
    losses = get_losses()
    if add_regularization_losses:
        losses = losses + get_regularization_losses()
    return add_n(losses, name=name)


def _sum_of_rest(x: Tensor, rank: int) -> Tensor:
    """The sum over all dimensions behind the first `rank`."""
    return reduce_sum(x, axis=list(range(rank, _rank(x))))


def _rank(x: Tensor) -> int:
    assert x.dims is not None
    return len(x.dims)


def _checked(losses: TensorLike, weights: TensorLike) -> tuple[Tensor, Tensor]:
    """Both as float32 tensors, weights without a last dimension of 1 that losses have not.

    Raises:
      ValueError: a rank is not known.
    """
    losses = cast(convert_to_tensor(losses), dtypes.float32)
    weights = cast(convert_to_tensor(weights), dtypes.float32)
    for name, tensor in (("losses", losses), ("weights", weights)):
        if tensor.dims is None:
            raise ValueError(f"{name}.get_shape().ndims cannot be None")
    if _rank(weights) > 1 and weights.dims[-1] == 1:
        weights = squeeze(weights, [-1])
    return losses, weights


def _num_present(losses: Tensor, weights: Tensor) -> Tensor:
    """How many losses of each element of the batch have a weight other than zero: float32."""
    sizes = shape(losses)
    if _rank(weights) == 0:
        batch = reshape(sizes[0:1], [])
        each = cast(size(losses), dtypes.float32) / cast(batch, dtypes.float32)
        each = where(equal(weights, 0), zeros_like(each), each)
        return reshape(each, [1]) * ones_like(_sum_of_rest(losses, 1))
    present = cast(not_equal(weights, 0), dtypes.float32)
    rest = reduce_prod(sizes[_rank(weights) :])
    return multiply(_sum_of_rest(present, 1), cast(rest, dtypes.float32))


def compute_weighted_loss(
    losses: TensorLike, weights: TensorLike = 1.0, scope: str | None = None
) -> Tensor:
    """Multiplies losses by weights and takes the mean over those whose weight is not zero.

    Args:
      losses: [batch, ...], of a known rank.
      weights: a number or [batch, ...], of a known rank.
      scope: a name for the scope of the operations.

    Returns:
      A scalar Tensor of the dtype of `losses`, which is added to the collection of losses.

    Raises:
      ValueError: a rank is not known, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.contrib.losses.compute_weighted_loss`.
    """
    with name_scope(scope, "weighted_loss", [losses, weights]):
        losses = convert_to_tensor(losses)
        dtype = losses.dtype
        losses, weights = _checked(losses, weights)
        total = reduce_sum(multiply(_sum_of_rest(losses, _rank(weights)), weights))
        count = reduce_sum(_num_present(losses, weights))
        loss: Tensor = cast(div_no_nan(total, count, name="value"), dtype)
        add_loss(loss)
        return loss


def _float_pair(predictions: TensorLike, labels: TensorLike) -> tuple[Tensor, Tensor]:
    """Both as float32 tensors, of shapes that fit.

    Raises:
      ValueError: they do not.
    """
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    return cast(predictions, dtypes.float32), cast(labels, dtypes.float32)


def absolute_difference(
    predictions: TensorLike,
    labels: TensorLike = None,
    weights: TensorLike = 1.0,
    scope: str | None = None,
) -> Tensor:
    """The mean of |predictions - labels|; see `compute_weighted_loss`."""
    with name_scope(scope, "absolute_difference", [predictions, labels, weights]) as scope:
        predictions, labels = _float_pair(predictions, labels)
        return compute_weighted_loss(absolute(subtract(predictions, labels)), weights, scope)


def sigmoid_cross_entropy(
    logits: TensorLike,
    multi_class_labels: TensorLike,
    weights: TensorLike = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """The mean of `tf.losses.sigmoid_cross_entropy`; see `compute_weighted_loss`."""
    with name_scope(
        scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels, weights]
    ) as scope:
        logits, labels = convert_to_tensor(logits), convert_to_tensor(multi_class_labels)
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        labels = cast(labels, logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope)


def softmax_cross_entropy(
    logits: TensorLike,
    onehot_labels: TensorLike,
    weights: TensorLike = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """The mean of `tf.losses.softmax_cross_entropy`; see `compute_weighted_loss`."""
    with name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels, weights]) as scope:
        logits, labels = convert_to_tensor(logits), convert_to_tensor(onehot_labels)
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        labels = cast(labels, logits.dtype)
        if label_smoothing > 0:
            classes = cast(shape(labels)[1], logits.dtype)
            smooth_negatives = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + smooth_negatives
        losses = softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope)


def sparse_softmax_cross_entropy(
    logits: TensorLike, labels: TensorLike, weights: TensorLike = 1.0, scope: str | None = None
) -> Tensor:
    """The mean of `tf.losses.sparse_softmax_cross_entropy`; see `compute_weighted_loss`."""
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]) as scope:
        labels = convert_to_tensor(labels)
        labels = reshape(labels, [shape(labels)[0]])
        losses = sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope)


def log_loss(
    predictions: TensorLike,
    labels: TensorLike = None,
    weights: TensorLike = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
) -> Tensor:
    """The mean of `tf.losses.log_loss`; see `compute_weighted_loss`."""
    with name_scope(scope, "log_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _float_pair(predictions, labels)
        of_one = negative(multiply(labels, log(predictions + epsilon)))
        of_zero = multiply(1 - labels, log(1 - predictions + epsilon))
        return compute_weighted_loss(of_one - of_zero, weights, scope)


def hinge_loss(logits: TensorLike, labels: TensorLike = None, scope: str | None = None) -> Tensor:
    """The losses of `tf.losses.hinge_loss` as they are: neither weighted nor collected."""
    with name_scope(scope, "hinge_loss", [logits, labels]):
        logits, labels = _float_pair(logits, labels)
        all_ones = ones_like(labels)
        signs = subtract(2 * labels, all_ones)
        return relu(subtract(all_ones, multiply(signs, logits)))


def mean_squared_error(
    predictions: TensorLike,
    labels: TensorLike = None,
    weights: TensorLike = 1.0,
    scope: str | None = None,
) -> Tensor:
    """The mean of (predictions - labels)^2; see `compute_weighted_loss`."""
    with name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as scope:
        predictions, labels = _float_pair(predictions, labels)
        return compute_weighted_loss(squared_difference(predictions, labels), weights, scope)


def mean_pairwise_squared_error(
    predictions: TensorLike,
    labels: TensorLike = None,
    weights: TensorLike = 1.0,
    scope: str | None = None,
) -> Tensor:
    """How far differences between pairs of predictions are from those of the labels, squared.

    Unlike `tf.losses.mean_pairwise_squared_error` it takes the mean over all n^2 ordered pairs,
    also those of an element with itself.
    """
    with name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        predictions, labels = _float_pair(predictions, labels)
        errors, weights = _checked(subtract(predictions, labels), weights)
        squares = _sum_of_rest(square(errors), 1)
        count = _num_present(errors, weights)
        first = 2.0 * div_no_nan(squares, count, name="value")
        sums = _sum_of_rest(errors, 1)
        second = 2.0 * div_no_nan(square(sums), square(count), name="value")
        loss = reduce_sum(multiply(_sum_of_rest(first - second, _rank(weights)), weights))
        mean = where(greater(reduce_sum(count), 0), loss, zeros_like(loss), name="value")
        add_loss(mean)
        return mean


def cosine_distance(
    predictions: TensorLike,
    labels: TensorLike = None,
    axis: int | None = None,
    weights: TensorLike = 1.0,
    scope: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """The mean of 1 - cos(labels, predictions) of vectors of length 1 along `axis`, or `dim`."""
    axis = deprecated_argument("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    with name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _float_pair(predictions, labels)
        losses = 1 - reduce_sum(multiply(predictions, labels), axis=[axis])
        return compute_weighted_loss(losses, weights, scope)
