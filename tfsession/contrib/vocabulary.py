"""Words as numbers (`tf.contrib.learn.preprocessing`)."""

from __future__ import annotations

import itertools
import pickle
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tfsession.formats.streams import file_error

__all__ = [
    "TOKENIZER_RE",
    "ByteProcessor",
    "CategoricalVocabulary",
    "VocabularyProcessor",
    "tokenizer",
]

TOKENIZER_RE = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+")


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """Yields the words of each text.

    Source: TensorFlow 1.15 `tf.contrib.learn.preprocessing.tokenizer`.
    """
    for value in iterator:
        yield TOKENIZER_RE.findall(value)


class CategoricalVocabulary:
    """Numbers for categories, in the order in which they are first seen; 0 for unknown ones.

    Source: TensorFlow 1.15 `tf.contrib.learn.preprocessing.CategoricalVocabulary`.
    """

    def __init__(self, unknown_token: str = "<UNK>", support_reverse: bool = True) -> None:
        """Begins with the unknown category.

        Args:
          unknown_token: its name.
          support_reverse: whether `reverse` is to work.
        """
        self._unknown_token = unknown_token
        self._mapping: dict[Any, int] = {unknown_token: 0}
        self._support_reverse = support_reverse
        self._reverse_mapping = [unknown_token] if support_reverse else []
        self._freq: Counter[Any] = Counter()
        self._freeze = False

    def __len__(self) -> int:
        """How many numbers there are, with that of the unknown category."""
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """Sets whether categories that are new are unknown."""
        self._freeze = freeze

    def get(self, category: Any) -> int:
        """The number of a category, which gets one if it is new and nothing is frozen."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._number(category)
        return self._mapping[category]

    def _number(self, category: Any) -> None:
        self._mapping[category] = len(self._mapping)
        if self._support_reverse:
            self._reverse_mapping.append(category)

    def add(self, category: Any, count: int = 1) -> None:
        """Counts a category."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Numbers categories anew, the most frequent first, without rare ones.

        Args:
          min_frequency: those that were counted no more often than this become unknown.
          max_frequency: and so do those that were counted as often or more, where it is positive.
        """
        counted = sorted(self._freq.items(), key=lambda item: (-item[1], item[0]))
        self._mapping = {self._unknown_token: 0}
        self._reverse_mapping = [self._unknown_token] if self._support_reverse else []
        self._freq = Counter()
        for category, count in counted:
            if count > min_frequency and not 0 < max_frequency <= count:
                self._number(category)
                self._freq[category] = count

    def reverse(self, class_id: int) -> Any:
        """The category of a number.

        Raises:
          ValueError: the vocabulary does not keep them.
          IndexError: there is no such number.
        """
        if not self._support_reverse:
            raise ValueError(
                "This vocabulary wasn't initialized with support_reverse to support reverse() "
                "function."
            )
        return self._reverse_mapping[class_id]


class VocabularyProcessor:
    """Turns texts into the numbers of their words.

    Attributes:
      max_document_length: how many words of a text there are at most.
      min_frequency: words that `fit` has counted no more often are unknown.
      vocabulary_: the CategoricalVocabulary.

    Source: TensorFlow 1.15 `tf.contrib.learn.preprocessing.VocabularyProcessor`.
    """

    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: CategoricalVocabulary | None = None,
        tokenizer_fn: Callable[[Iterable[Any]], Iterable[Any]] | None = None,
    ) -> None:
        """Sets what is kept of texts.

        Args:
          max_document_length: longer texts are cut, shorter ones filled up with 0.
          min_frequency: as above.
          vocabulary: a CategoricalVocabulary; a new one when None.
          tokenizer_fn: turns an iterator over texts into one over lists of words.
        """
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> VocabularyProcessor:
        """Gives a number to each word of some texts, and no further ones from then on."""
        for tokens in self._tokenizer(raw_documents):
            for token in tokens:
                self.vocabulary_.add(token)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(
        self, raw_documents: Iterable[str], unused_y: Any = None
    ) -> Iterator[np.ndarray]:
        """`fit` and `transform` of the same texts, which are gone through twice."""
        self.fit(raw_documents)
        return self.transform(raw_documents)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[np.ndarray]:
        """Yields of each text the numbers of its words, [max_document_length], int64."""
        for tokens in self._tokenizer(raw_documents):
            word_ids = np.zeros(self.max_document_length, np.int64)
            for index, token in enumerate(itertools.islice(tokens, self.max_document_length)):
                word_ids[index] = self.vocabulary_.get(token)
            yield word_ids

    def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yields of each list of numbers its words, with blanks between them."""
        for class_ids in documents:
            yield " ".join(self.vocabulary_.reverse(class_id) for class_id in class_ids)

    def save(self, filename: Any) -> None:
        """Keeps it in a file, as `pickle` does."""
        try:
            Path(filename).write_bytes(pickle.dumps(self))
        except OSError as error:
            raise file_error(str(filename), error) from None

    @classmethod
    def restore(cls, filename: Any) -> VocabularyProcessor:
        """What `save` has kept. A pickle runs code: read none that you do not trust."""
        try:
            data = Path(filename).read_bytes()
        except OSError as error:
            raise file_error(str(filename), error) from None
        kept: VocabularyProcessor = pickle.loads(data)
        return kept


class ByteProcessor:
    """Turns texts into the numbers of their bytes.

    Source: TensorFlow 1.15 `tf.contrib.learn.preprocessing.ByteProcessor`.
    """

    def __init__(self, max_document_length: int) -> None:
        """Sets how many bytes of a text there are; shorter ones are filled up with 0."""
        self.max_document_length = max_document_length

    def fit(self, x: Any) -> ByteProcessor:
        """Does nothing: bytes have their numbers."""
        return self

    def fit_transform(self, x: Iterable[Any]) -> Iterator[np.ndarray]:
        """`transform`."""
        return self.transform(x)

    def reverse(self, x: Iterable[np.ndarray]) -> Iterator[str]:
        """Yields the texts again; bytes that are no UTF-8 are replaced."""
        for data in x:
            yield bytes(np.trim_zeros(data, "b")).decode("utf-8", "replace")

    def transform(self, x: Iterable[Any]) -> Iterator[np.ndarray]:
        """Yields of each text its bytes, [max_document_length], uint8."""
        for document in x:
            data = document if isinstance(document, bytes) else str(document).encode()
            numbers = np.zeros(self.max_document_length, np.uint8)
            kept = np.frombuffer(data, np.uint8)[: self.max_document_length]
            numbers[: kept.size] = kept
            yield numbers
