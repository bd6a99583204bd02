"""Metrics of the k best of many classes, against the classes that are right."""

from __future__ import annotations

from typing import Any

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.composites import SparseTensor, convert_to_tensor_or_sparse_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.metrics.state import Collections, collected, metric_variable
from tfsession.ops.array import concat, expand_dims, fill, ones_like, shape, size, zeros_like
from tfsession.ops.control_flow import cond
from tfsession.ops.indexing import where_v2
from tfsession.ops.math import add, cast, div, div_no_nan, equal, minimum, multiply
from tfsession.ops.nn import top_k
from tfsession.ops.rearrange import tile
from tfsession.ops.reduction import cumsum, reduce_max, reduce_sum
from tfsession.ops.sets import set_difference, set_intersection, set_size
from tfsession.ops.sparse import sparse_concat, sparse_reshape, sparse_retain
from tfsession.ops.state import assign_add
from tfsession.ops.weights import assert_broadcastable, broadcast_weights

# Labels: dense [..., classes that are right], or sparse with a different number for each example.
_Labels = Any


def _at_k(name: str, k: int | None = None, class_id: int | None = None) -> str:
    name = f"{name}_at_{k}" if k is not None else f"{name}_at_k"
    return name if class_id is None else f"{name}_class{class_id}"


def _with_last(labels: TensorLike, predictions: Tensor) -> _Labels:
    """Labels with a last dimension for the classes of an example, which they may lack."""
    labels = convert_to_tensor_or_sparse_tensor(labels)
    rank = len(labels.shape) if labels.shape.ndims is not None else None
    if rank is not None and predictions.dims is not None and rank == len(predictions.dims) - 1:
        if isinstance(labels, SparseTensor):
            return sparse_reshape(labels, concat([labels.dense_shape, [1]], 0))
        return expand_dims(labels, -1)
    return labels


# ---- One class ----


def _selected(ids: _Labels, class_id: int | None) -> _Labels:
    """Of ids, those of one class alone, if one is asked for."""
    if class_id is None:
        return ids
    ids = convert_to_tensor_or_sparse_tensor(ids)
    if isinstance(ids, SparseTensor):
        return sparse_retain(ids, equal(ids.values, class_id))
    sizes = shape(ids, out_type=dtypes.int64)
    wanted = fill(concat([sizes[:-1], [1]], 0), cast(class_id, dtypes.int64))
    found = set_intersection(wanted, ids)
    return SparseTensor(found.indices, found.values, sizes)


# ---- Counts ----


def _weighted(counts: Tensor, weights: TensorLike | None) -> Tensor:
    counts = cast(counts, dtypes.float64)
    if weights is None:
        return counts
    with control_dependencies([assert_broadcastable(weights, counts)]):
        return multiply(counts, cast(weights, dtypes.float64))


def _true_positives(
    labels: _Labels,
    predictions: Tensor,
    class_id: int | None = None,
    weights: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """[...]; how many of the predicted classes of each example are right; float64."""
    with name_scope(name, "true_positives", (predictions, labels, weights)):
        labels, found = _selected(labels, class_id), _selected(predictions, class_id)
        return _weighted(set_size(set_intersection(found, labels)), weights)


def _false_positives(
    labels: _Labels, predictions: Tensor, class_id: int | None, weights: TensorLike | None
) -> Tensor:
    with name_scope(None, "false_positives", (predictions, labels, weights)):
        labels, found = _selected(labels, class_id), _selected(predictions, class_id)
        return _weighted(set_size(set_difference(found, labels)), weights)


def _false_negatives(
    labels: _Labels, predictions: Tensor, class_id: int | None, weights: TensorLike | None
) -> Tensor:
    with name_scope(None, "false_negatives", (predictions, labels, weights)):
        labels, found = _selected(labels, class_id), _selected(predictions, class_id)
        return _weighted(set_size(set_difference(found, labels, aminusb=False)), weights)


_COUNTS = {
    "true_positive": _true_positives,
    "false_positive": _false_positives,
    "false_negative": _false_negatives,
}


def _total(
    kind: str,
    labels: _Labels,
    predictions: Tensor,
    k: int | None,
    class_id: int | None,
    weights: TensorLike | None,
) -> tuple[Tensor, Tensor]:
    """A count over all examples, and its update."""
    name = _at_k(kind, k, class_id)
    with name_scope(None, name, (predictions, labels, weights)) as scope:
        counts = _COUNTS[kind](labels, predictions, class_id, weights)
        batch = cast(reduce_sum(counts), dtypes.float64)
        total = metric_variable([], dtypes.float64, name=scope)
        return total, assign_add(total, batch, name="update")


def _rate(
    labels: TensorLike,
    predictions_idx: TensorLike,
    k: int | None,
    class_id: int | None,
    weights: TensorLike | None,
    metrics_collections: Collections,
    updates_collections: Collections,
    name: str | None,
    rate: str,
    other: str,
) -> tuple[Tensor, Tensor]:
    """True positives over these and another count."""
    default = _at_k(rate, k, class_id)
    with name_scope(name, default, (predictions_idx, labels, weights)) as scope:
        predictions = convert_to_tensor(predictions_idx)
        labels = _with_last(labels, predictions)
        predictions = cast(predictions, dtypes.int64)
        arguments = labels, predictions, k, class_id, weights
        right, new_right = _total("true_positive", *arguments)
        wrong, new_wrong = _total(other, *arguments)
        value = div(right, add(right, wrong), name=scope)
        update = div(new_right, add(new_right, new_wrong), name="update")
        return collected(value, update, metrics_collections, updates_collections)


# ---- Precision and recall ----


def precision_at_top_k(
    labels: TensorLike,
    predictions_idx: TensorLike,
    k: int | None = None,
    class_id: int | None = None,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of predicted classes that is right.

    Args:
      labels: int64 [...], [..., classes that are right], or a SparseTensor of these.
      predictions_idx: [..., k]; the predicted classes.
      k: their number, for names alone.
      class_id: a class, if only this one counts.
      weights: None, or a number, or a tensor of the rank of the examples whose sizes are theirs or
        1.
      metrics_collections: keys of collections that the value is added to.
      updates_collections: keys of collections that the update is added to.
      name: a name for the scope of the operations.

    Returns:
      The value, a float64 scalar (NaN before the first update), and the operation that updates it.

    Source: TensorFlow 1.15 `tf.metrics.precision_at_top_k`.
    """
    collections = metrics_collections, updates_collections
    kinds = "precision", "false_positive"
    return _rate(labels, predictions_idx, k, class_id, weights, *collections, name, *kinds)


def recall_at_top_k(
    labels: TensorLike,
    predictions_idx: TensorLike,
    k: int | None = None,
    class_id: int | None = None,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of classes that are right that is predicted; see `precision_at_top_k`.

    Source: TensorFlow 1.15 `tf.metrics.recall_at_top_k`.
    """
    collections = metrics_collections, updates_collections
    kinds = "recall", "false_negative"
    return _rate(labels, predictions_idx, k, class_id, weights, *collections, name, *kinds)


def precision_at_k(
    labels: TensorLike,
    predictions: TensorLike,
    k: int,
    class_id: int | None = None,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of the k classes with the highest scores that is right.

    Args:
      labels, class_id, weights: as in `precision_at_top_k`.
      predictions: [..., classes]; scores.
      k: how many classes are predicted.
      metrics_collections, updates_collections, name: as in `precision_at_top_k`.

    Returns:
      The value, a float64 scalar (NaN before the first update), and the operation that updates it.

    Source: TensorFlow 1.15 `tf.metrics.precision_at_k`.
    """
    default = _at_k("precision", k, class_id)
    with name_scope(name, default, (predictions, labels, weights)) as scope:
        _, best = top_k(predictions, k)
        collections = metrics_collections, updates_collections
        return precision_at_top_k(labels, best, k, class_id, weights, *collections, scope)


def recall_at_k(
    labels: TensorLike,
    predictions: TensorLike,
    k: int,
    class_id: int | None = None,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The part of classes that are right that is among the k best; see `precision_at_k`.

    Source: TensorFlow 1.15 `tf.metrics.recall_at_k`.
    """
    default = _at_k("recall", k, class_id)
    with name_scope(name, default, (predictions, labels, weights)) as scope:
        _, best = top_k(predictions, k)
        collections = metrics_collections, updates_collections
        return recall_at_top_k(labels, best, k, class_id, weights, *collections, scope)


sparse_precision_at_k = precision_at_k


# ---- Average precision ----


def _known_classes(labels: _Labels, predictions: Tensor) -> _Labels:
    """Labels with -1 in the place of what is no class of the predictions."""
    count = cast(shape(predictions)[-1], dtypes.int64)

    def cleaned(values: Tensor) -> Any:
        return cond(
            reduce_max(values) >= count,
            lambda: where_v2(values >= count, -1 * ones_like(values), values),
            lambda: values,
        )

    if isinstance(labels, SparseTensor):
        return SparseTensor(labels.indices, cleaned(labels.values), labels.dense_shape)
    return cleaned(labels)


def _tiled(labels: _Labels, multiple: Any) -> _Labels:
    """[..., multiple, classes]: labels again and again, in a new dimension before the last."""
    with name_scope("labels_per_k", "expand_and_tile", (labels, multiple)) as scope:
        if isinstance(labels, SparseTensor):
            sizes = labels.dense_shape
            again = sparse_reshape(labels, concat([sizes[:-1], [1], sizes[-1:]], 0))
            return sparse_concat(-2, [again] * multiple, name=scope)
        expanded = expand_dims(labels, -2)
        ones = ones_like(shape(expanded))
        multiples = concat([ones[:-2], [multiple], ones[-1:]], 0, name="multiples")
        return tile(expanded, multiples, name=scope)


def _relevant(labels: _Labels, k: Any) -> Tensor:
    """[...]; how many classes are right, but no more than k."""
    with name_scope(None, "num_relevant", (labels,)) as scope:
        if isinstance(labels, SparseTensor):
            return minimum(set_size(labels), k, name=scope)
        is_class = where_v2(labels >= 0, ones_like(labels), zeros_like(labels))
        return minimum(reduce_sum(is_class, -1), k, name=scope)


def _average_precision(labels: _Labels, predictions_idx: Tensor) -> Tensor:
    """[...]; the mean precision over the places at which a class is right; float64."""
    with name_scope(None, "average_precision", (predictions_idx, labels)) as scope:
        predictions = cast(predictions_idx, dtypes.int64, name="predictions_idx")
        dims = predictions.dims
        k = shape(predictions)[-1] if dims is None or dims[-1] is None else dims[-1]
        one_by_one = expand_dims(predictions, -1, name="predictions_idx_per_k")
        relevant = _true_positives(_tiled(labels, k), one_by_one, name="relevant_per_k")
        hits = cumsum(relevant, axis=-1, name="tp_per_k")
        seen = cumsum(ones_like(relevant), axis=-1, name="retrieved_per_k")
        precisions = div(hits, seen, name="precision_per_k")
        precisions = multiply(precisions, relevant, name="relevant_precision_per_k")
        sums = reduce_sum(precisions, axis=[-1], name="precision_sum")
        return div(sums, cast(_relevant(labels, k), dtypes.float64), name=scope)


def _running(name: str, batch: Any) -> tuple[Tensor, Tensor]:
    """A sum over all batches in a scope of its own, and its update."""
    with name_scope(None, name) as scope:
        total = metric_variable([], dtypes.float64, name=scope)
        return total, assign_add(total, batch(f"batch_{name}"), name="update")


def average_precision_at_k(
    labels: TensorLike,
    predictions: TensorLike,
    k: int,
    weights: TensorLike | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean over the examples of the average precision of the k best classes.

    That of an example is the mean, over the places at which there is a right class, of the
    precision up to there.

    Args:
      labels, weights: as in `precision_at_top_k`.
      predictions: [..., classes]; scores.
      k: how many classes are predicted, 1 or more.
      metrics_collections, updates_collections, name: as in `precision_at_top_k`.

    Returns:
      The value, a float64 scalar, and the operation that updates it.

    Raises:
      ValueError: `k` is below 1.

    Source: TensorFlow 1.15 `tf.metrics.average_precision_at_k`.
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    default = _at_k("average_precision", k)
    with name_scope(name, default, (predictions, labels, weights)) as scope:
        predictions = convert_to_tensor(predictions)
        _, best = top_k(predictions, k)
        labels = _known_classes(_with_last(labels, best), predictions)
        precisions = _average_precision(labels, best)
        if weights is not None:
            weights = broadcast_weights(cast(weights, dtypes.float64), precisions)
            precisions = multiply(precisions, weights)

        def examples(name: str) -> Tensor:
            if weights is None:
                count: Tensor = cast(size(precisions, name=name), dtypes.float64)
                return count
            return reduce_sum(weights, name=name)

        most, new_most = _running("max", examples)
        total, new_total = _running("total", lambda name: reduce_sum(precisions, name=name))
        value = div_no_nan(total, most, name="mean")
        update = div_no_nan(new_total, new_most, name=scope)
        return collected(value, update, metrics_collections, updates_collections)


sparse_average_precision_at_k = average_precision_at_k
