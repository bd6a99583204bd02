"""The number of edits between sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.graph.build import build
from tfsession.graph.composites import SparseTensor, SparseTensorValue
from tfsession.graph.operation import Tensor
from tfsession.graph.static_values import constant_value
from tfsession.registry import no_gradient, op, shape
from tfsession.shapes import Dims, merge_dim, with_rank

__all__ = ["edit_distance"]

# ---- EditDistance ----

op(
    "EditDistance(hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64,"
    " truth_indices: int64, truth_values: T, truth_shape: int64) -> output: float32",
    "normalize: bool = true; T: type",
)
no_gradient("EditDistance")


@shape("EditDistance")
def edit_distance_shape(
    hypothesis_indices: Tensor,
    hypothesis_values: Tensor,
    hypothesis_shape: Tensor,
    truth_indices: Tensor,
    truth_values: Tensor,
    truth_shape: Tensor,
) -> Dims:
    """All axes but the last, each as long as the longer one of the two."""
    for indices, values in ((hypothesis_indices, hypothesis_values), (truth_indices, truth_values)):
        rows = with_rank(indices.dims, 2)[0]
        merge_dim(rows, with_rank(values.dims, 1)[0])
    ranks = [with_rank(sizes.dims, 1)[0] for sizes in (hypothesis_shape, truth_shape)]
    rank = merge_dim(*ranks)
    first, second = constant_value(hypothesis_shape), constant_value(truth_shape)
    if first is not None and second is not None:
        return tuple(np.maximum(first[:-1], second[:-1]).tolist())
    return None if rank is None else (None,) * max(0, rank - 1)


def edit_distance(
    hypothesis: Any, truth: Any, normalize: bool = True, name: str | None = "edit_distance"
) -> Tensor:
    """How many elements are to be put in, taken out or exchanged to make one sequence of another.

    Args:
      hypothesis: a SparseTensor [..., places], or a SparseTensorValue: the sequences that are made
        others of.
      truth: the same, of as many axes and of the same dtype: what they are made.
      normalize: whether the number is divided by the length of the true sequence.
      name: a name for the operation.

    Returns:
      [...]; float32. Of an empty true sequence a normalized distance is infinite, or 0 where the
      other one is empty, too.

    Raises:
      TypeError: an argument is no SparseTensor.

    Source: Levenshtein, 1966; TensorFlow 1.15 `tf.edit_distance`.
    """
    parts: list[Any] = []
    for what, sequences in (("Hypothesis", hypothesis), ("Truth", truth)):
        if not isinstance(sequences, (SparseTensor, SparseTensorValue)):
            raise TypeError(f"{what} must be a SparseTensor.")
        tensor = SparseTensor.from_value(sequences)
        parts += [tensor.indices, tensor.values, tensor.dense_shape]
    result: Tensor = build("EditDistance", *parts, normalize=normalize, name=name)
    return result
