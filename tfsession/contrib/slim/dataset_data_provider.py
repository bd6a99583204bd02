"""`tf.contrib.slim.dataset_data_provider`: the items of the next example of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.contrib.slim.dataset import Dataset
from tfsession.contrib.slim.parallel_reader import parallel_read

__all__ = ["DataProvider", "DatasetDataProvider"]


class DataProvider:
    """Items of an example, by name.

    Args:
      items_to_tensors: name of an item -> tensor.
      num_samples: how many examples there are.
    """

    def __init__(self, items_to_tensors: dict[str, Any], num_samples: int | None) -> None:
        self._items_to_tensors = items_to_tensors
        self._num_samples = num_samples

    def get(self, items: Sequence[str]) -> list[Any]:
        """The items of those names, all of one example.

        Raises:
          ValueError: there is no item of a name.
        """
        valid = self.list_items()
        for item in items:
            if item not in valid:
                raise ValueError(f"Item [{item}] is invalid. Valid entries include: {valid}")
        return [self._items_to_tensors[item] for item in items]

    def list_items(self) -> list[str]:
        """The names of all items."""
        return list(self._items_to_tensors)

    def num_samples(self) -> int | None:
        """How many examples there are."""
        return self._num_samples


class DatasetDataProvider(DataProvider):
    """Items of the next example of a data set, which queue runners read.

    Args:
      dataset: a Dataset.
      num_readers: how many readers there are.
      reader_kwargs: their arguments.
      shuffle: whether files and records come in random order.
      num_epochs: how often each file is read; None for ever.
      common_queue_capacity: how many records are read ahead at most.
      common_queue_min: how many of these are kept, to shuffle them.
      record_key: the name of the item that is the key of the record.
      seed: a seed for shuffling.
      scope: a name for the scope.

    Raises:
      ValueError: an item is named as the key.

    Source: TensorFlow 1.15 `tf.contrib.slim.dataset_data_provider.DatasetDataProvider`.
    """

    def __init__(
        self,
        dataset: Dataset,
        num_readers: int = 1,
        reader_kwargs: dict[str, Any] | None = None,
        shuffle: bool = True,
        num_epochs: int | None = None,
        common_queue_capacity: int = 256,
        common_queue_min: int = 128,
        record_key: str = "record_key",
        seed: int | None = None,
        scope: str | None = None,
    ) -> None:
        key, data = parallel_read(
            dataset.data_sources,
            reader_class=dataset.reader,
            num_epochs=num_epochs,
            num_readers=num_readers,
            reader_kwargs=reader_kwargs,
            shuffle=shuffle,
            capacity=common_queue_capacity,
            min_after_dequeue=common_queue_min,
            seed=seed,
            scope=scope,
        )
        items = list(dataset.decoder.list_items())
        tensors = dataset.decoder.decode(data, items)
        if record_key in items:
            raise ValueError(
                "The item name used for `record_key` cannot also be used for a dataset item: "
                f"{record_key}"
            )
        super().__init__(
            {**dict(zip(items, tensors, strict=True)), record_key: key}, dataset.num_samples
        )
