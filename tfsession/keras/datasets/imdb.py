"""`tf.keras.datasets.imdb`: reviews of films, good and bad."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tfsession.keras.datasets.words import limited, shuffled
from tfsession.keras.utils.files import get_file

__all__ = ["get_word_index", "load_data"]

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> Any:
    """Reviews as lists of the numbers of words, and whether they are good.

    Args:
      path: the file, in `~/.keras/datasets`.
      num_words: how many frequent words are kept; all when None.
      skip_top: how many of the most frequent ones are left out.
      maxlen: longer reviews are left out.
      seed: of the order.
      start_char, oov_char, index_from: the marks before a review and for words that are left out,
        and what is added to all numbers.
      **kwargs: `nb_words`, the old name of `num_words`.

    Returns:
      Two pairs of reviews and 0 or 1: 25,000 each.

    Raises:
      FileNotFoundError: the file is not there.
      TypeError: an argument is not known.
      ValueError: no review is short enough.

    Source: TensorFlow 1.15 `tf.keras.datasets.imdb.load_data`.
    """
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
    # The lists in the file are pickled, which runs whatever is in them.
    with np.load(get_file(path, _ORIGIN + "imdb.npz"), allow_pickle=True) as file:
        x_train, y_train = file["x_train"], file["y_train"]
        x_test, y_test = file["x_test"], file["y_test"]
    x_train, y_train = shuffled(x_train, y_train, seed, True)
    x_test, y_test = shuffled(x_test, y_test, seed, False)
    texts = limited([*x_train, *x_test], None, 0, start_char, None, index_from)
    labels = np.concatenate([y_train, y_test])
    at = len(x_train)
    if maxlen:
        kept = [i for i, text in enumerate(texts) if len(text) < maxlen]
        at = sum(i < at for i in kept)
        texts, labels = [texts[i] for i in kept], labels[kept]
        if not texts:
            raise ValueError(
                f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was "
                "kept. Increase maxlen."
            )
    texts = limited(texts, num_words, skip_top, None, oov_char, 0)
    lists = np.empty(len(texts), dtype=object)
    lists[:] = texts
    return (lists[:at], np.array(labels[:at])), (lists[at:], np.array(labels[at:]))


def get_word_index(path: str = "imdb_word_index.json") -> Any:
    """The number of each word, without what `load_data` adds.

    Source: TensorFlow 1.15 `tf.keras.datasets.imdb.get_word_index`.
    """
    with open(get_file(path, _ORIGIN + "imdb_word_index.json")) as file:
        return json.load(file)
