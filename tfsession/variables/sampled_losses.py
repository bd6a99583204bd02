"""Losses over a few sampled classes of many."""

from __future__ import annotations

from typing import Any

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops.array import (
    concat,
    expand_dims,
    ones,
    ones_like,
    reshape,
    shape,
    stack,
    stop_gradient,
    zeros_like,
)
from tfsession.ops.candidates import compute_accidental_hits, log_uniform_candidate_sampler
from tfsession.ops.contraction import matmul
from tfsession.ops.indexing import slice as part
from tfsession.ops.math import cast, log, multiply
from tfsession.ops.softmax import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
)
from tfsession.ops.sparse import sparse_to_dense
from tfsession.variables.embedding import embedding_lookup
from tfsession.variables.partitions import PartitionedVariable

__all__ = ["nce_loss", "sampled_softmax_loss"]


def _sum_of_rows(x: Tensor) -> Tensor:
    """[rows]; the sums of the rows of a matrix, by a product with ones."""
    columns = shape(x)[1]
    return reshape(matmul(x, ones(stack([columns, 1]), x.dtype)), [-1])


def _logits(
    weights: Any,
    biases: Any,
    labels: TensorLike,
    inputs: TensorLike,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    name: str | None,
    seed: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The logits of the true and the sampled classes of each example, and what they should be.

    Both are [batch, num_true + num_sampled].
    """
    is_divided = isinstance(weights, (list, tuple, PartitionedVariable))
    tables = list(weights) if is_divided else [weights]
    with name_scope(name, "compute_sampled_logits", [*tables, biases, inputs, labels]):
        labels = convert_to_tensor(labels)
        if labels.dtype != dtypes.int64:
            labels = cast(labels, dtypes.int64)
        labels_flat = reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = log_uniform_candidate_sampler(
                true_classes=labels,
                num_true=num_true,
                num_sampled=num_sampled,
                unique=True,
                range_max=num_classes,
                seed=seed,
            )
        sampled, true_count, sampled_count = (stop_gradient(value) for value in sampled_values)
        sampled = cast(sampled, dtypes.int64)
        all_ids = concat([labels_flat, sampled], 0)
        all_w = embedding_lookup(weights, all_ids, partition_strategy)
        true_w = part(all_w, [0, 0], stack([shape(labels_flat)[0], -1]))
        sampled_w = part(all_w, stack([shape(labels_flat)[0], 0]), [-1, -1])
        sampled_logits = matmul(inputs, sampled_w, transpose_b=True)
        all_b = embedding_lookup(biases, all_ids, partition_strategy)
        true_b = part(all_b, [0], shape(labels_flat))
        sampled_b = part(all_b, shape(labels_flat), [-1])
        true_logits = _true_logits(inputs, true_w, num_true) + reshape(true_b, [-1, num_true])
        sampled_logits = sampled_logits + sampled_b
        if remove_accidental_hits:
            sampled_logits = sampled_logits + _of_hits(
                labels, sampled, num_true, num_sampled, sampled_logits.dtype
            )
        true_logits = true_logits - log(true_count)
        sampled_logits = sampled_logits - log(sampled_count)
        logits = concat([true_logits, sampled_logits], 1)
        wanted = [ones_like(true_logits) / num_true, zeros_like(sampled_logits)]
        return logits, concat(wanted, 1)


def _true_logits(inputs: TensorLike, true_w: Tensor, num_true: int) -> Tensor:
    """[batch, num_true]; the products of inputs and the weights of their true classes."""
    dim = shape(true_w)[1:2]
    by_example = concat([[-1, num_true], dim], 0)
    products = multiply(expand_dims(inputs, 1), reshape(true_w, by_example))
    products = reshape(products, concat([[-1], dim], 0))
    return reshape(_sum_of_rows(products), [-1, num_true])


def _of_hits(
    labels: Tensor, sampled: Tensor, num_true: int, num_sampled: int, dtype: dtypes.DType
) -> Tensor:
    """[batch, num_sampled]; the lowest float32 where a sampled class is a true one, 0 elsewhere."""
    rows, ids, weights = compute_accidental_hits(labels, sampled, num_true=num_true)
    rows = reshape(rows, [-1, 1])
    places = concat([rows, reshape(cast(ids, dtypes.int32), [-1, 1])], 1, "sparse_indices")
    sizes = concat([shape(labels)[:1], expand_dims(num_sampled, 0)], 0)
    weights = cast(weights, dtype)
    return sparse_to_dense(places, sizes, weights, default_value=0.0, validate_indices=False)


def nce_loss(
    weights: Any,
    biases: Any,
    labels: TensorLike,
    inputs: TensorLike,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str | None = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation: tells true classes from sampled ones.

    Args:
      weights: [num_classes, dim], or a list of tensors that together are.
      biases: [num_classes].
      labels: [batch, num_true]; int64, the true classes.
      inputs: [batch, dim].
      num_sampled: how many classes to sample for a batch.
      num_classes: how many classes there are.
      num_true: how many true classes an example has.
      sampled_values: what a sampler has returned; None for `log_uniform_candidate_sampler`, which
        wants classes in the order of falling frequency.
      remove_accidental_hits: whether sampled classes that are true ones are left out.
      partition_strategy: how rows are divided among a list of weights: "mod" or "div".
      name: a name for the scope of the operations.

    Returns:
      [batch]; the loss of each example.

    Source: TensorFlow 1.15 `tf.nn.nce_loss`; Gutmann and Hyvarinen, "Noise-contrastive
      estimation", 2010.
    """
    logits, wanted = _logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
    )
    losses = sigmoid_cross_entropy_with_logits(labels=wanted, logits=logits, name="sampled_losses")
    return _sum_of_rows(losses)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: TensorLike,
    inputs: TensorLike,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str | None = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """The cross-entropy with the softmax over the true classes and sampled ones.

    It is below that over all classes, so it is for training only. Arguments are those of
    `nce_loss`; `seed` is the seed of the sampler.

    Returns:
      [batch]; the loss of each example.

    Source: TensorFlow 1.15 `tf.nn.sampled_softmax_loss`; Jean et al., "On using very large target
      vocabulary for neural machine translation", 2014.
    """
    logits, wanted = _logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
        seed,
    )
    wanted = stop_gradient(wanted, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels=wanted, logits=logits)
