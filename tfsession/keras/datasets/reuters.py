"""`tf.keras.datasets.reuters`: news on 46 topics."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tfsession.keras.datasets.words import limited, shuffled
from tfsession.keras.utils.files import get_file

__all__ = ["get_word_index", "load_data"]

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> Any:
    """News as lists of the numbers of words, and their topics.

    Args:
      path: the file, in `~/.keras/datasets`.
      num_words, skip_top, maxlen, seed, start_char, oov_char, index_from: as of `imdb.load_data`.
      test_split: the share to test with.
      **kwargs: `nb_words`, the old name of `num_words`.

    Returns:
      Two pairs of news and topics.

    Raises:
      FileNotFoundError: the file is not there.
      TypeError: an argument is not known.

    Source: TensorFlow 1.15 `tf.keras.datasets.reuters.load_data`.
    """
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
    # The lists in the file are pickled, which runs whatever is in them.
    with np.load(get_file(path, _ORIGIN + "reuters.npz"), allow_pickle=True) as file:
        x, y = shuffled(file["x"], file["y"], seed, True)
    texts = limited(list(x), None, 0, start_char, None, index_from)
    if maxlen:
        kept = [i for i, text in enumerate(texts) if len(text) < maxlen]
        texts, y = [texts[i] for i in kept], y[kept]
    texts = limited(texts, num_words, skip_top, None, oov_char, 0)
    lists = np.empty(len(texts), dtype=object)
    lists[:] = texts
    at = int(len(lists) * (1 - test_split))
    return (lists[:at], np.array(y[:at])), (lists[at:], np.array(y[at:]))


def get_word_index(path: str = "reuters_word_index.json") -> Any:
    """The number of each word, without what `load_data` adds.

    Source: TensorFlow 1.15 `tf.keras.datasets.reuters.get_word_index`.
    """
    with open(get_file(path, _ORIGIN + "reuters_word_index.json")) as file:
        return json.load(file)
