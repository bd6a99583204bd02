"""Why tests were skipped, in one line at the end of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

#: The reason of a test that computes on a GPU where there is none.
NO_GPU = "no GPU"


def summary(reasons: Iterable[str]) -> str:
    """How many tests were skipped, and of them how many for each of the reasons."""
    counts = Counter(reasons)
    parts = [
        f"{count:,} need a GPU (make test-gpu)" if reason == NO_GPU else f'{count:,} "{reason}"'
        for reason, count in counts.most_common()
    ]
    return f"{counts.total():,} skipped: {', '.join(parts)}"
