"""Texts as lists of the numbers of words."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["limited", "shuffled"]


def shuffled(x: Any, y: Any, seed: int, has_own_seed: bool) -> tuple[Any, Any]:
    """Texts and labels in an order of a seed."""
    if has_own_seed:
        np.random.seed(seed)
    order = np.arange(len(x))
    np.random.shuffle(order)
    return x[order], y[order]


def limited(
    texts: list[Any],
    num_words: int | None,
    skip_top: int,
    start_char: int | None,
    oov_char: int | None,
    index_from: int,
) -> list[list[int]]:
    """Texts with a mark before them, of some of the words.

    Args:
      texts: lists of numbers; frequent words have low ones.
      num_words: numbers from there on are left out; none when None.
      skip_top: numbers below it are left out.
      start_char: the mark; None for none.
      oov_char: stands for what is left out; None drops it.
      index_from: is added to all numbers.
    """
    if start_char is not None:
        texts = [[start_char, *(w + index_from for w in text)] for text in texts]
    elif index_from:
        texts = [[w + index_from for w in text] for text in texts]
    if num_words is None and oov_char is None and not skip_top:
        return texts
    # As in TensorFlow, the greatest number of all is left out where none is said.
    most = num_words or max(max(text) for text in texts)
    if oov_char is None:
        return [[w for w in text if skip_top <= w < most] for text in texts]
    return [[w if skip_top <= w < most else oov_char for w in text] for text in texts]
