"""`tf.keras.preprocessing.text`."""

from __future__ import annotations

import collections
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence"]

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(
    text: str, filters: str = _FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """The words of a text.

    Args:
      text: the text.
      filters: characters that separate words, too.
      lower: whether words are in lower case.
      split: what separates words.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.text.text_to_word_sequence`.
    """
    text = text.lower() if lower else text
    separators: dict[str, int | str | None] = dict.fromkeys(filters, split)
    text = text.translate(str.maketrans(separators))
    return [word for word in text.split(split) if word]


def one_hot(
    text: str, n: int, filters: str = _FILTERS, lower: bool = True, split: str = " "
) -> list[int]:
    """The words of a text as numbers from 1 to n - 1, by Python's hashes.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.text.one_hot`.
    """
    return hashing_trick(text, n, hash_function=hash, filters=filters, lower=lower, split=split)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Any = None,
    filters: str = _FILTERS,
    lower: bool = True,
    split: str = " ",
) -> list[int]:
    """The words of a text as numbers from 1 to n - 1, by hashes.

    Args:
      text: the text.
      n: one more than the greatest number.
      hash_function: maps a word to an int; Python's `hash` when None, or "md5".
      filters, lower, split: as of `text_to_word_sequence`.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.text.hashing_trick`.
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    words = text_to_word_sequence(text, filters=filters, lower=lower, split=split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode()).hexdigest(), 16)


class Tokenizer:
    """Texts as lists of the numbers of words; frequent words have low numbers.

    Attributes:
      word_index: word -> number.
      index_word: number -> word.
      word_counts: how often each word has been seen.
      word_docs: in how many texts each word has been seen.

    Args:
      num_words: numbers from there on are left out; none when None.
      filters, lower, split: as of `text_to_word_sequence`.
      char_level: whether characters are taken instead of words.
      oov_token: stands for unknown words; None leaves them out.
      document_count: how many texts have been seen.
      **kwargs: `nb_words`, the old name of `num_words`.

    Raises:
      TypeError: an argument is not known.

    Source: TensorFlow 1.15 `tf.keras.preprocessing.text.Tokenizer`.
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = _FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
        **kwargs: Any,
    ) -> None:
        num_words = kwargs.pop("nb_words", num_words)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.word_counts: dict[str, int] = collections.OrderedDict()
        self.word_docs: dict[str, int] = collections.defaultdict(int)
        self.filters = filters
        self.split = split
        self.lower = lower
        self.num_words = num_words
        self.document_count = document_count
        self.char_level = char_level
        self.oov_token = oov_token
        self.index_docs: dict[int, int] = collections.defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: Any) -> Any:
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text
            return [w.lower() for w in text] if isinstance(text, list) else text.lower()
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Any) -> None:
        """Takes the words of texts into account, and numbers them."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        counted = sorted(self.word_counts.items(), key=lambda pair: pair[1], reverse=True)
        first = [] if self.oov_token is None else [self.oov_token]
        ordered = first + [word for word, _ in counted]
        self.word_index = dict(zip(ordered, range(1, len(ordered) + 1), strict=True))
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Any) -> None:
        """Takes lists of numbers into account, without the words."""
        self.document_count += len(sequences)
        for one in sequences:
            for number in set(one):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts: Any) -> list[list[int]]:
        """Texts as lists of numbers."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Any) -> Iterator[list[int]]:
        """Texts as lists of numbers, one after the other."""
        unknown = self.word_index.get(self.oov_token or "")
        for text in texts:
            numbers = []
            for word in self._words(text):
                number = self.word_index.get(word, unknown)
                if number is not None and self.num_words and number >= self.num_words:
                    number = unknown
                if number is not None:
                    numbers.append(number)
            yield numbers

    def sequences_to_texts(self, sequences: Any) -> list[str]:
        """Lists of numbers as texts."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Any) -> Iterator[str]:
        """Lists of numbers as texts, one after the other."""
        for one in sequences:
            words = []
            for number in one:
                word = self.index_word.get(number)
                if word is not None and self.num_words and number >= self.num_words:
                    word = None
                word = self.oov_token if word is None else word
                if word is not None:
                    words.append(word)
            yield " ".join(words)

    def texts_to_matrix(self, texts: Any, mode: str = "binary") -> Any:
        """A row for each text; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> Any:
        """A row for each list of numbers, a column for each number.

        Args:
          sequences: the lists.
          mode: "binary", "count", "freq" or "tfidf".

        Raises:
          ValueError: the mode is none of these, or it is not known how many words there are.
        """
        if not self.num_words and not self.word_index:
            raise ValueError(
                "Specify a dimension (`num_words` argument), or fit on some text data first."
            )
        columns = self.num_words or len(self.word_index) + 1
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        result = np.zeros((len(sequences), columns))
        for row, one in enumerate(sequences):
            counts = collections.Counter(n for n in one if n < columns)
            for number, count in counts.items():
                result[row][number] = self._weight(mode, number, count, len(one))
        return result

    def _weight(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "count":
            return count
        if mode == "freq":
            return count / length
        if mode == "binary":
            return 1
        if mode == "tfidf":
            documents = self.document_count / (1 + self.index_docs.get(number, 0))
            return float((1 + np.log(count)) * np.log(1 + documents))
        raise ValueError("Unknown vectorization mode:", mode)

    def get_config(self) -> dict[str, Any]:
        """The arguments, and what has been seen, as JSON."""
        seen = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
        } | {name: json.dumps(getattr(self, name)) for name in seen}

    def to_json(self, **kwargs: Any) -> str:
        """Class and configuration as JSON; the arguments are those of `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The Tokenizer that `to_json` described.

    Source: TensorFlow 1.15 `keras_preprocessing.text.tokenizer_from_json`.
    """
    config = json.loads(json_string)["config"]
    seen = {
        name: json.loads(config.pop(name))
        for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    }
    made = Tokenizer(**config)
    made.word_counts = seen["word_counts"]
    made.word_docs = seen["word_docs"]
    made.index_docs = {int(k): v for k, v in seen["index_docs"].items()}
    made.index_word = {int(k): v for k, v in seen["index_word"].items()}
    made.word_index = seen["word_index"]
    return made
