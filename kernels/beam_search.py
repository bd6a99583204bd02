"""The kernel that reads the beams of a search back from their ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel
from tfsession.shapes import format_dims

Array = Any


# ---- GatherTree ----


@kernel("GatherTree", host=("end_token",))
def gather_tree(
    xp: Any, step_ids: Array, parent_ids: Array, max_sequence_lengths: Array, end_token: Array
) -> Array:
    """Goes back from the last step that counts, all sequences and beams at once."""
    _check(step_ids, parent_ids, max_sequence_lengths)
    steps, batch, width = step_ids.shape
    end = int(end_token)
    lengths = max_sequence_lengths[:, None]
    rows = xp.arange(batch)[:, None]
    beams = xp.broadcast_to(xp.arange(width), (batch, width))
    result = xp.empty_like(step_ids)
    for time in range(steps - 1, -1, -1):
        counts = xp.broadcast_to(time < lengths, (batch, width))
        result[time] = xp.where(counts, step_ids[time][rows, beams], end)
        if time > 0:
            parents = parent_ids[time][rows, beams]
            _check_parents(xp, parents, counts, time)
            beams = xp.where(counts, parents, beams)
    # What stands behind the end of a sequence is its end again.
    ended = xp.zeros((batch, width), bool)
    for time in range(steps):
        result[time] = xp.where(ended, end, result[time])
        ended |= result[time] == end
    return result


def _check(step_ids: Array, parent_ids: Array, lengths: Array) -> None:
    if step_ids.shape != parent_ids.shape:
        raise InvalidArgumentError.of(
            "step_ids.shape must match parent_ids.shape.  but shapes are: "
            f"{format_dims(step_ids.shape)} and {format_dims(parent_ids.shape)}"
        )
    if lengths.shape[0] != step_ids.shape[1]:
        raise InvalidArgumentError.of(
            "batch size dimensions step_ids.shape[1] and max_sequence_lengths.shape[0] must match."
            f"  but shapes are: {format_dims(step_ids.shape)} and {format_dims(lengths.shape)}"
        )


def _check_parents(xp: Any, parents: Array, counts: Array, time: int) -> None:
    """Raises InvalidArgumentError of a beam that is none; a GPU is not asked, it would wait."""
    if xp is not np:
        return
    width = parents.shape[1]
    wrong = np.argwhere(counts & ((parents < 0) | (parents >= width)))
    if len(wrong):
        row, beam = wrong[0]
        raise InvalidArgumentError.of(
            f"Saw invalid parent id {parents[row, beam]} at (batch, time, beam) == "
            f"({row}, {time}, {beam})"
        )
