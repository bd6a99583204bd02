"""`tf.contrib.slim.dataset`: where the examples of a data set are, and how they are read."""

from __future__ import annotations

from typing import Any

__all__ = ["Dataset"]


class Dataset:
    """A data set.

    Args:
      data_sources: the paths of its files, or patterns of them.
      reader: the class of a reader of such files.
      decoder: a decoder of their records.
      num_samples: how many examples there are.
      items_to_descriptions: name of an item -> what it is.
      **kwargs: anything else that belongs to it, as attributes.

    Source: TensorFlow 1.15 `tf.contrib.slim.dataset.Dataset`.
    """

    def __init__(
        self,
        data_sources: Any,
        reader: Any,
        decoder: Any,
        num_samples: int | None,
        items_to_descriptions: dict[str, str],
        **kwargs: Any,
    ) -> None:
        self.data_sources = data_sources
        self.reader = reader
        self.decoder = decoder
        self.num_samples = num_samples
        self.items_to_descriptions = items_to_descriptions
        vars(self).update(kwargs)

    # Type checkers see no names that are given while a program runs.
    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
