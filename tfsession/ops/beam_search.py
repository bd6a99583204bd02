"""The op that reads the beams of a search back from their ends."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import build
from tfsession.graph.operation import Tensor
from tfsession.registry import no_gradient, op, shape
from tfsession.shapes import Dims, with_rank

__all__ = ["gather_tree"]


# ---- GatherTree ----

op(
    "GatherTree(step_ids: T, parent_ids: T, max_sequence_lengths: int32, end_token: T) -> beams: T",
    "T: {int32}",
)


@shape("GatherTree")
def gather_tree_shape(
    step_ids: Tensor, parent_ids: Tensor, max_sequence_lengths: Tensor, end_token: Tensor
) -> Dims:
    """The shape of `step_ids`."""
    with_rank(step_ids.dims, 3)
    with_rank(parent_ids.dims, 3)
    with_rank(max_sequence_lengths.dims, 1)
    with_rank(end_token.dims, 0)
    return step_ids.dims


no_gradient("GatherTree")


def gather_tree(
    step_ids: Any,
    parent_ids: Any,
    max_sequence_lengths: Any,
    end_token: Any,
    name: str | None = None,
) -> Tensor:
    """The ids of each beam of a search, read back from its last step.

    Args:
      step_ids: the ids that were chosen in each step, int32 of shape [time, batch, beams].
      parent_ids: from which beam of the step before each went on, of the same shape.
      max_sequence_lengths: the number of steps that count, int32 of shape [batch].
      end_token: the id that ends a sequence, an int32 scalar; fills what is behind the end.
      name: a name for the operation.

    Returns:
      The ids along each beam, of the shape of `step_ids`.

    Raises:
      ValueError: a rank is wrong.

    Source: TensorFlow 1.15, contrib/seq2seq/ops/beam_search_ops.cc "GatherTree".
    """
    result: Tensor = build(
        "GatherTree", step_ids, parent_ids, max_sequence_lengths, end_token, name=name
    )
    return result
