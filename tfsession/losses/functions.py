"""`tf.losses`: losses of predictions against labels, weighted and summed up.

What a loss returns is also put into a collection, from which `get_total_loss` sums them up. In all
of them `weights` is a number, or a tensor of the rank of the losses whose sizes are theirs or 1,
and `reduction` one of `Reduction`.
"""

from __future__ import annotations

from typing import Any

from tfsession import dtypes
from tfsession.graph.build import TensorLike, constant, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import (
    GraphKeys,
    add_to_collection,
    control_dependencies,
    get_collection,
    name_scope,
)
from tfsession.ops.activation import relu
from tfsession.ops.array import (
    deprecated_argument,
    ones_like,
    rank,
    shape,
    size,
    squeeze,
    stop_gradient,
    zeros_like,
)
from tfsession.ops.confusion import remove_squeezable_dimensions
from tfsession.ops.control_flow import cond
from tfsession.ops.indexing import where
from tfsession.ops.math import (
    abs as absolute,
    add,
    add_n,
    cast,
    div_no_nan,
    equal,
    greater,
    log,
    maximum,
    minimum,
    multiply,
    negative,
    range as range_of,
    square,
    squared_difference,
    subtract,
)
from tfsession.ops.reduction import reduce_sum
from tfsession.ops.softmax import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from tfsession.ops.weights import assert_broadcastable, broadcast_weights

__all__ = [
    "Reduction",
    "absolute_difference",
    "add_loss",
    "compute_weighted_loss",
    "cosine_distance",
    "get_losses",
    "get_regularization_loss",
    "get_regularization_losses",
    "get_total_loss",
    "hinge_loss",
    "huber_loss",
    "log_loss",
    "mean_pairwise_squared_error",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


class Reduction:
    """How weighted losses become what a loss function returns.

    Attributes:
      NONE: the losses as they are.
      SUM: their sum.
      MEAN: the sum divided by the sum of the weights.
      SUM_OVER_BATCH_SIZE: the sum divided by the number of losses.
      SUM_BY_NONZERO_WEIGHTS: the sum divided by the number of losses whose weight is not zero.
      SUM_OVER_NONZERO_WEIGHTS: the same; the older name.

    Source: TensorFlow 1.15 `tf.losses.Reduction`.
    """

    NONE = "none"
    SUM = "weighted_sum"
    MEAN = "weighted_mean"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """The keys of all reductions."""
        return (
            cls.NONE,
            cls.SUM,
            cls.MEAN,
            cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raises ValueError if `key` is the key of no reduction."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


# ---- The collection ----


def add_loss(loss: TensorLike, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Adds a loss to a collection.

    Args:
      loss: a Tensor.
      loss_collection: the key of the collection; None for none.

    Source: TensorFlow 1.15 `tf.losses.add_loss`.
    """
    if loss_collection:
        add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = GraphKeys.LOSSES) -> list[Any]:
    """The losses of a collection.

    Args:
      scope: a regular expression; only losses whose names begin with a match of it.
      loss_collection: the key of the collection.

    Returns:
      A list of Tensors.

    Source: TensorFlow 1.15 `tf.losses.get_losses`.
    """
    return get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The losses of regularizers; `scope` is as in `get_losses`.

    Source: TensorFlow 1.15 `tf.losses.get_regularization_losses`.
    """
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(
    scope: str | None = None, name: str | None = "total_regularization_loss"
) -> Tensor:
    """The sum of the losses of regularizers.

    Args:
      scope: a regular expression; only losses whose names begin with a match of it.
      name: a name for the operation.

    Returns:
      A scalar Tensor, 0.0 where there are none.

    Source: TensorFlow 1.15 `tf.losses.get_regularization_loss`.
    """
    losses = get_regularization_losses(scope)
    return add_n(losses, name=name) if losses else constant(0.0)


def get_total_loss(
    add_regularization_losses: bool = True,
    name: str | None = "total_loss",
    scope: str | None = None,
) -> Tensor:
    """The sum of the losses of the default collection.

    Args:
      add_regularization_losses: whether those of regularizers are added.
      name: a name for the operation.
      scope: a regular expression; only losses whose names begin with a match of it.

    Returns:
      A Tensor.

    Raises:
      ValueError: there are none.

    Source: TensorFlow 1.15 `tf.losses.get_total_loss`.
    """
    losses = get_losses(scope)
    if add_regularization_losses:
        losses = losses + get_regularization_losses(scope)
    return add_n(losses, name=name)


# ---- Weights ----


def _num_present(losses: Tensor, weights: Tensor, per_batch: bool = False) -> Tensor:
    """How many losses have a weight other than zero: in all, or in each element of the batch.

    The latter keeps the rank: sizes but the first are 1.
    """
    with name_scope(None, "num_present", (losses, weights)) as scope:
        present = where(equal(weights, 0.0), zeros_like(weights), ones_like(weights))
        present = broadcast_weights(present, losses)
        if not per_batch:
            return reduce_sum(present, name=scope)
        axes = range_of(1, rank(present))
        return reduce_sum(present, axis=axes, keepdims=True, name=scope)


def _num_elements(losses: Tensor) -> Tensor:
    with name_scope(None, "num_elements", [losses]) as scope:
        count: Tensor = cast(size(losses, name=scope), losses.dtype)
        return count


def _mean(losses: Tensor, count: Tensor) -> Tensor:
    """The sum of losses divided by a count, 0 where the count is 0."""
    return div_no_nan(reduce_sum(losses), count, name="value")


def compute_weighted_loss(
    losses: TensorLike,
    weights: TensorLike = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Multiplies losses by weights, reduces them, and adds the result to a collection.

    Args:
      losses: a Tensor, computed with as float32.
      weights: a number, or a tensor of the rank of `losses` whose sizes are theirs or 1.
      scope: a name for the scope of the operations.
      loss_collection: where the result is added; None for nowhere.
      reduction: one of `Reduction`.

    Returns:
      A Tensor of the dtype of `losses`: a scalar, or of their shape for `Reduction.NONE`.

    Raises:
      ValueError: the reduction is none, or weights do not fit.

    Source: TensorFlow 1.15 `tf.losses.compute_weighted_loss`.
    """
    Reduction.validate(reduction)
    with name_scope(scope, "weighted_loss", (losses, weights)):
        with control_dependencies([assert_broadcastable(weights, losses)]):
            losses = convert_to_tensor(losses)
            dtype = losses.dtype
            losses = cast(losses, dtypes.float32)
            weights = cast(weights, dtypes.float32)
            losses = multiply(losses, weights)
            loss: Tensor = losses if reduction == Reduction.NONE else reduce_sum(losses)
            if reduction == Reduction.MEAN:
                loss = _mean(loss, reduce_sum(ones_like(losses) * weights))
            elif reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
                loss = _mean(loss, _num_present(losses, weights))
            elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
                loss = _mean(loss, _num_elements(losses))
            loss = cast(loss, dtype)
            add_loss(loss, loss_collection)
            return loss


def _given(**arguments: Any) -> None:
    """Raises ValueError for an argument that is None."""
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"{name} must not be None.")


def _float_pair(labels: TensorLike, predictions: TensorLike) -> tuple[Tensor, Tensor]:
    """Both as float32 tensors, of shapes that fit.

    Raises:
      ValueError: they do not.
    """
    predictions = cast(predictions, dtypes.float32)
    labels = cast(labels, dtypes.float32)
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    return labels, predictions


# ---- Losses ----


def absolute_difference(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss |predictions - labels|.

    Args:
      labels: any shape; numbers, computed with as float32.
      predictions: of the shape of `labels`.
      weights: a number, or a tensor of the rank of `labels` whose sizes are theirs or 1.
      scope: a name for the scope of the operations.
      loss_collection: where the result is added; None for nowhere.
      reduction: one of `Reduction`.

    Returns:
      A float32 Tensor: a scalar, or of the shape of `labels` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.absolute_difference`.
    """
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "absolute_difference", (predictions, labels, weights)) as scope:
        labels, predictions = _float_pair(labels, predictions)
        losses = absolute(subtract(predictions, labels))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def cosine_distance(
    labels: TensorLike,
    predictions: TensorLike,
    axis: int | None = None,
    weights: TensorLike = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: int | None = None,
) -> Tensor:
    """The loss 1 - cos(labels, predictions) of vectors of length 1.

    Args:
      labels: any shape; vectors along `axis`, which are not normalised here.
      predictions: of the shape of `labels`.
      axis: that of the vectors. In the losses its size is 1.
      weights, scope, loss_collection, reduction: as in `absolute_difference`.
      dim: the older name of `axis`.

    Returns:
      A float32 Tensor.

    Raises:
      ValueError: an argument or the axis is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.cosine_distance`.
    """
    axis = deprecated_argument("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "cosine_distance_loss", (predictions, labels, weights)) as scope:
        labels, predictions = _float_pair(labels, predictions)
        losses = 1 - reduce_sum(multiply(predictions, labels), axis=(axis,), keepdims=True)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def hinge_loss(
    labels: TensorLike,
    logits: TensorLike,
    weights: TensorLike = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss max(0, 1 - y * logits), where y is -1 for the label 0 and 1 for 1.

    Args:
      labels: any shape; 0 or 1.
      logits: of the shape of `labels`; a positive one stands for 1.
      weights, scope, loss_collection, reduction: as in `absolute_difference`.

    Returns:
      A float32 Tensor.

    Raises:
      ValueError: an argument is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.hinge_loss`.
    """
    _given(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", (logits, labels, weights)) as scope:
        labels, logits = _float_pair(labels, logits)
        all_ones = ones_like(labels)
        signs = subtract(2 * labels, all_ones)
        losses = relu(subtract(all_ones, multiply(signs, logits)))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def huber_loss(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike = 1.0,
    delta: TensorLike = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """A loss that is quadratic for small errors and linear for large ones.

    It is e^2 / 2 where |e| <= delta, and delta * |e| - delta^2 / 2 elsewhere.

    Args:
      labels, predictions: as in `absolute_difference`.
      delta: a number.
      weights, scope, loss_collection, reduction: as in `absolute_difference`.

    Returns:
      A float32 Tensor.

    Raises:
      ValueError: an argument is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.huber_loss`.
    """
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "huber_loss", (predictions, labels, weights)) as scope:
        labels, predictions = _float_pair(labels, predictions)
        error = absolute(subtract(predictions, labels))
        quadratic = minimum(error, delta)
        linear = subtract(error, quadratic)
        losses = add(
            multiply(constant(0.5, dtype=quadratic.dtype), multiply(quadratic, quadratic)),
            multiply(delta, linear),
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def log_loss(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss -labels * log(predictions) - (1 - labels) * log(1 - predictions).

    Args:
      labels: any shape; 0 to 1.
      predictions: of the shape of `labels`; probabilities of 1.
      epsilon: is added to what the logarithm is taken of.
      weights, scope, loss_collection, reduction: as in `absolute_difference`.

    Returns:
      A float32 Tensor.

    Raises:
      ValueError: an argument is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.log_loss`.
    """
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "log_loss", (predictions, labels, weights)) as scope:
        labels, predictions = _float_pair(labels, predictions)
        of_one = negative(multiply(labels, log(predictions + epsilon)))
        of_zero = multiply(1 - labels, log(1 - predictions + epsilon))
        losses = of_one - of_zero
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def mean_pairwise_squared_error(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Tensor:
    """How far differences between pairs of predictions are from those of the labels, squared.

    In each element of the batch that is the mean over all pairs; these are summed up.

    Args:
      labels: [batch, ...].
      predictions: of the shape of `labels`.
      weights: a number, or a tensor of the rank of `labels` whose sizes are theirs or 1.
      scope: a name for the scope of the operations.
      loss_collection: where the result is added; None for nowhere.

    Returns:
      A float32 scalar Tensor.

    Raises:
      ValueError: an argument is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.mean_pairwise_squared_error`.
    """
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_pairwise_squared_error", (predictions, labels, weights)):
        weights = cast(weights, dtypes.float32)
        labels = cast(labels, dtypes.float32)
        with control_dependencies([assert_broadcastable(weights, labels)]):
            labels, predictions = _float_pair(labels, predictions)
            errors = subtract(predictions, labels)
            axes = range_of(1, rank(errors))
            squares = reduce_sum(square(errors), axis=axes, keepdims=True)
            count = _num_present(errors, weights, per_batch=True)
            # sum((e_i - e_j)^2) over pairs is n * sum(e^2) - sum(e)^2.
            first = 2.0 * div_no_nan(squares, maximum(count - 1, 0), name="value")
            sums = reduce_sum(errors, axis=axes, keepdims=True)
            second = 2.0 * div_no_nan(
                square(sums), maximum(multiply(count, count - 1), 0), name="value"
            )
            loss = reduce_sum(multiply(first - second, weights))
            mean = where(greater(reduce_sum(count), 0), loss, zeros_like(loss), name="value")
            add_loss(mean, loss_collection)
            return mean


def mean_squared_error(
    labels: TensorLike,
    predictions: TensorLike,
    weights: TensorLike = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The loss (predictions - labels)^2; arguments are those of `absolute_difference`.

    Source: TensorFlow 1.15 `tf.losses.mean_squared_error`.
    """
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_squared_error", (predictions, labels, weights)) as scope:
        labels, predictions = _float_pair(labels, predictions)
        losses = squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: TensorLike,
    logits: TensorLike,
    weights: TensorLike = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The cross-entropy of independent yes-or-no labels with the sigmoid of logits.

    Args:
      multi_class_labels: [batch, classes]; 0 to 1.
      logits: of the shape of the labels; floats.
      label_smoothing: labels become `labels * (1 - label_smoothing) + label_smoothing / 2`.
      weights, scope, loss_collection, reduction: as in `absolute_difference`.

    Returns:
      A Tensor of the dtype of `logits`.

    Raises:
      ValueError: an argument is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.sigmoid_cross_entropy`.
    """
    _given(multi_class_labels=multi_class_labels, logits=logits)
    with name_scope(
        scope, "sigmoid_cross_entropy_loss", (logits, multi_class_labels, weights)
    ) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(multi_class_labels, logits.dtype)
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: TensorLike,
    logits: TensorLike,
    weights: TensorLike = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The cross-entropy of distributions with the softmax of logits.

    Args:
      onehot_labels: [batch, classes]; each row sums to 1. No gradient flows into them.
      logits: of the shape of the labels; floats.
      weights: a number, [batch] or [1].
      label_smoothing: labels become `labels * (1 - label_smoothing) + label_smoothing / classes`.
      scope, loss_collection, reduction: as in `absolute_difference`.

    Returns:
      A Tensor of the dtype of `logits`: a scalar, or [batch] for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.softmax_cross_entropy`.
    """
    _given(onehot_labels=onehot_labels, logits=logits)
    with name_scope(scope, "softmax_cross_entropy_loss", (logits, onehot_labels, weights)) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(onehot_labels, logits.dtype)
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        if label_smoothing > 0:
            classes = cast(shape(labels)[1], logits.dtype)
            smooth_negatives = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + smooth_negatives
        labels = stop_gradient(labels, name="labels_stop_gradient")
        losses = softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def _squeezed(labels: TensorLike, logits: Tensor, weights: TensorLike) -> tuple[Tensor, Any]:
    """Labels of one dimension less than logits, and weights of theirs: last sizes of 1 go."""
    labels, _ = remove_squeezable_dimensions(labels, logits, expected_rank_diff=1)
    weights = convert_to_tensor(weights)
    if weights.dims is not None and labels.dims is not None:
        if len(weights.dims) - len(labels.dims) == 1:
            weights = squeeze(weights, [-1])
        return labels, weights
    difference = rank(weights) - rank(labels)
    if weights.dims is None or (weights.dims and weights.dims[-1] in (1, None)):
        unchanged = weights
        weights = cond(equal(1, difference), lambda: squeeze(unchanged, [-1]), lambda: unchanged)
    return labels, weights


def sparse_softmax_cross_entropy(
    labels: TensorLike,
    logits: TensorLike,
    weights: TensorLike = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The cross-entropy of classes, given by number, with the softmax of logits.

    Args:
      labels: [batch...] or [batch..., 1]; int32 or int64, numbers in [0, classes).
      logits: [batch..., classes]; floats.
      weights: a number, or of the rank of `labels`.
      scope, loss_collection, reduction: as in `absolute_difference`.

    Returns:
      A Tensor of the dtype of `logits`: a scalar, or [batch...] for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, or shapes do not fit.

    Source: TensorFlow 1.15 `tf.losses.sparse_softmax_cross_entropy`.
    """
    _given(labels=labels, logits=logits)
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", (logits, labels, weights)) as scope:
        labels, weights = _squeezed(labels, convert_to_tensor(logits), weights)
        losses = sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)
