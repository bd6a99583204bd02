"""`tf.keras.preprocessing.sequence`."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tfsession.keras.utils.sequences import Sequence

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:
    """Sequences of different lengths as one array.

    Args:
      sequences: a list of lists.
      maxlen: the length; that of the longest when None.
      dtype: of the array.
      padding: "pre" or "post": where short ones are filled up.
      truncating: "pre" or "post": where long ones are cut.
      value: what they are filled up with.

    Returns:
      [sequences, maxlen, ...].

    Raises:
      ValueError: an argument is not one of these, or elements have different shapes.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.sequence.pad_sequences`.
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    for one in sequences:
        if not hasattr(one, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {one}")
    maxlen = max((len(one) for one in sequences), default=0) if maxlen is None else maxlen
    sample = next((np.asarray(one).shape[1:] for one in sequences if len(one)), ())
    is_text = np.issubdtype(dtype, np.str_)
    if isinstance(value, str) and dtype is not object and not is_text:
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\nYou should set "
            "`dtype=object` for variable length strings."
        )
    result = np.full((len(sequences), maxlen, *sample), value, dtype=dtype)
    for number, one in enumerate(sequences):
        if not len(one):
            continue
        if truncating == "pre":
            kept = one[-maxlen:]
        elif truncating == "post":
            kept = one[:maxlen]
        else:
            raise ValueError(f'Truncating type "{truncating}" not understood')
        kept = np.asarray(kept, dtype=dtype)
        if kept.shape[1:] != sample:
            raise ValueError(
                f"Shape of sample {kept.shape[1:]} of sequence at position {number} is different "
                f"from expected shape {sample}"
            )
        if padding == "post":
            result[number, : len(kept)] = kept
        elif padding == "pre":
            result[number, -len(kept) :] = kept
        else:
            raise ValueError(f'Padding type "{padding}" not understood')
    return result


def make_sampling_table(size: int, sampling_factor: float = 1e-05) -> Any:
    """How likely each word is kept, if words are as frequent as Zipf's law says.

    Args:
      size: how many words there are.
      sampling_factor: the lower, the fewer frequent words are kept.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.sequence.make_sampling_table`.
    """
    gamma = 0.577
    rank = np.arange(size)
    rank[0] = 1
    inverse = rank * (np.log(rank) + gamma) + 0.5 - 1.0 / (12.0 * rank)
    share = sampling_factor * inverse
    return np.minimum(1.0, share / np.sqrt(share))


def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[Any], list[Any]]:
    """Pairs of words that stand near each other, and of words that do not.

    Args:
      sequence: the numbers of words; 0 is no word.
      vocabulary_size: how many words there are.
      window_size: how far apart near ones are.
      negative_samples: how many pairs of others come to each pair.
      shuffle: whether the pairs are shuffled.
      categorical: whether labels are [0, 1] and [1, 0] instead of 1 and 0.
      sampling_table: how likely each word is kept.
      seed: of the order.

    Returns:
      The pairs and their labels.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.sequence.skipgrams`.
    """
    couples: list[Any] = []
    labels: list[Any] = []
    for place, word in enumerate(sequence):
        if not word:
            continue
        if sampling_table is not None and sampling_table[word] < random.random():
            continue
        near = range(max(0, place - window_size), min(len(sequence), place + window_size + 1))
        for other in near:
            if other != place and sequence[other]:
                couples.append([word, sequence[other]])
                labels.append([0, 1] if categorical else 1)
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [couple[0] for couple in couples]
        random.shuffle(words)
        couples += [
            [words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)
        ]
        labels += ([[1, 0]] if categorical else [0]) * count
    if shuffle:
        seed = random.randint(0, int(10e6)) if seed is None else seed
        random.seed(seed)
        random.shuffle(couples)
        random.seed(seed)
        random.shuffle(labels)
    return couples, labels


class TimeseriesGenerator(Sequence):
    """Windows of a series, and what comes after them, in batches.

    Args:
      data: the series, [time, ...].
      targets: of the same length.
      length: of a window.
      sampling_rate: the steps between elements of a window.
      stride: the steps between windows.
      start_index, end_index: the part of the series.
      shuffle: whether windows are drawn at random.
      reverse: whether windows run backwards.
      batch_size: windows per batch.

    Raises:
      ValueError: the lengths differ, or the part is shorter than a window.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.sequence.TimeseriesGenerator`.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length. Data length is {len(data)} while "
                f"target length is {len(targets)}"
            )
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is "
                "disallowed, as no part of the sequence would be left to be used as current step."
            )

    def __len__(self) -> int:
        span = self.end_index - self.start_index + self.batch_size * self.stride
        return int(span // (self.batch_size * self.stride))

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            last = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = np.arange(first, last, self.stride)
        windows = np.array(
            [self.data[row - self.length : row : self.sampling_rate] for row in rows]
        )
        targets = np.array([self.targets[row] for row in rows])
        return (windows[:, ::-1, ...] if self.reverse else windows), targets

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal generator."""
        data, targets = (
            x.tolist() if isinstance(x, np.ndarray) else x for x in (self.data, self.targets)
        )
        return {
            "data": data,
            "targets": targets,
            "length": self.length,
            "sampling_rate": self.sampling_rate,
            "stride": self.stride,
            "start_index": self.start_index,
            "end_index": self.end_index,
            "shuffle": self.shuffle,
            "reverse": self.reverse,
            "batch_size": self.batch_size,
        }
