"""`Sequence`: batches by their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["Sequence"]


class Sequence:
    """Batches by their numbers; a subclass defines `__getitem__` and `__len__`.

    Source: TensorFlow 1.15 `tf.keras.utils.Sequence`.
    """

    def __getitem__(self, index: int) -> Any:
        """The batch of a number."""
        # As in TensorFlow: the class is the interface of what programs make.
        raise NotImplementedError

    def __len__(self) -> int:
        """The number of batches."""
        # As in TensorFlow: the class is the interface of what programs make.
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Is called after each epoch."""

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]
