"""Records of tfsession.ops.beam_search."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.array import int32
from tests.cases.record import Case

IDS = int32([[1, 2, 3], [5, 5, 5]], [[4, 10, 6], [1, 2, 3]], [[7, 8, 9], [3, 2, 1]])
PARENTS = int32([[0, 0, 0]] * 2, [[0, 1, 1], [2, 1, 0]], [[2, 1, 2], [1, 1, 0]])
LENGTHS = int32(3, 2)
END = 10

# Sequence 0 is read back from step 2: beam 0 came from beam 2, which came from beam 1. Sequence 1
# has two steps. Whatever stands behind an end is an end.
BEAMS = int32(
    [[2, 2, 2], [5, 5, 5]],
    [[6, 10, 6], [1, 2, 3]],
    [[7, 10, 9], [10, 10, 10]],
)


def gathered(tf: Any, ids: Any, parents: Any, lengths: Any) -> Any:
    """The op itself: its public function is in contrib."""
    return tf.raw_ops.GatherTree(
        step_ids=ids, parent_ids=parents, max_sequence_lengths=lengths, end_token=END
    )


CASES = [
    Case(
        "GatherTree",
        "",
        gathered,
        lambda rng, dtype: [IDS, PARENTS, LENGTHS],
        expected=lambda *_: np.array(BEAMS),
        golden=False,
    ),
]
