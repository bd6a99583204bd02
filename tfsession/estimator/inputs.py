"""`tf.estimator.inputs`: input functions over arrays and data frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.dtypes import as_dtype, float32, int64, string
from tfsession.graph.operation import Operation
from tfsession.graph.scopes import name_scope
from tfsession.logging import warning
from tfsession.ops.array import placeholder
from tfsession.ops.math import cast, maximum
from tfsession.ops.queue import FIFOQueue, QueueBase, RandomShuffleQueue
from tfsession.ops.summary import scalar
from tfsession.train.queue_runner import QueueRunner, add_queue_runner

__all__ = ["numpy_input_fn", "pandas_input_fn"]

InputFn = Callable[[], Any]

# The part of a shuffled queue that stays filled, so that what leaves it is well mixed.
_FILLED = 0.25
_NO_SHUFFLE = (
    "shuffle must be provided and explicitly set as boolean (it is recommended to set it as True "
    "for training); got {}"
)


def numpy_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> InputFn:
    """An input function over arrays.

    Args:
      x: an array, or a dict of them, of features; their first dimension is that of examples.
      y: an array, or a dict of them, of labels; None for none.
      batch_size: how many examples a batch has; the last one may have fewer.
      num_epochs: how often the arrays are gone through; None for no end.
      shuffle: whether examples are shuffled; must be given.
      queue_capacity: how many examples the queue holds.
      num_threads: how many threads fill it.

    Returns:
      A function of nothing that gives features, or features and labels.

    Raises:
      ValueError: `shuffle` is no bool; from the function: lengths differ, or names are not unique.
      TypeError: from the function: `x` is neither array nor dict.

    Source: TensorFlow 1.15 `tf.estimator.inputs.numpy_input_fn`.
    """
    if not isinstance(shuffle, bool):
        raise ValueError(_NO_SHUFFLE.format(shuffle))

    def input_fn() -> Any:
        if not isinstance(x, (Mapping, np.ndarray)):
            raise TypeError(f"x must be a dict or array; got {type(x).__name__}")
        features, labels = _by_name(x, "x"), _labels_by_name(y)
        _check_distinct(features, labels)
        _check_lengths(features, labels if y is not None else None, x, y)
        columns = [*features.values(), *labels.values()]
        tensors = _enqueued(
            columns, queue_capacity, shuffle, num_threads, batch_size, num_epochs
        ).dequeued(batch_size)
        there = dict(zip(features, tensors, strict=False))
        found = there if isinstance(x, Mapping) else tensors[0]
        if y is None:
            return found
        targets = tensors[len(features) :]
        return found, dict(zip(labels, targets, strict=True)) if isinstance(y, dict) else targets[0]

    return input_fn


def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
    target_column: str = "target",
) -> InputFn:
    """An input function over a data frame.

    Args:
      x: a pandas DataFrame of features.
      y: a Series or DataFrame of labels with the same index; None for none.
      batch_size, num_epochs, shuffle, queue_capacity, num_threads: as of `numpy_input_fn`.
      target_column: the name of the labels; `x` must not have it.

    Returns:
      A function of nothing that gives a dict of features, or features and labels.

    Raises:
      TypeError: pandas is not installed, or `x` is no DataFrame.
      ValueError: `shuffle` is no bool, the indices differ, or a name is taken.

    Source: TensorFlow 1.15 `tf.estimator.inputs.pandas_input_fn`.
    """
    try:
        import pandas as pd  # type: ignore[import-untyped]
    except ImportError as error:
        raise TypeError("pandas_input_fn should not be called without pandas installed") from error
    if not isinstance(shuffle, bool):
        raise ValueError(_NO_SHUFFLE.format(shuffle))
    if not isinstance(target_column, str):
        raise TypeError("target_column must be a string type")
    labels: dict[str, Any] = {}
    if y is not None:
        if target_column in x:
            raise ValueError(
                f"Cannot use name {target_column} for target column: DataFrame already has a "
                f"column with that name: {x.columns}"
            )
        if not np.array_equal(x.index, y.index):
            raise ValueError(
                "Index for x and y are mismatched.\n"
                f"Index for x: {x.index}\nIndex for y: {y.index}\n"
            )
        is_frame = isinstance(y, pd.DataFrame)
        labels = {n: y[n].to_numpy() for n in y} if is_frame else {target_column: y.to_numpy()}
    features = {name: x[name].to_numpy() for name in x}

    def input_fn() -> Any:
        columns = [*features.values(), *labels.values()]
        tensors = _enqueued(
            columns, queue_capacity, shuffle, num_threads, batch_size, num_epochs
        ).dequeued(batch_size)
        found = dict(zip(features, tensors, strict=False))
        if y is None:
            return found
        targets = tensors[len(features) :]
        if isinstance(y, pd.DataFrame):
            return found, dict(zip(labels, targets, strict=True))
        return found, targets[0]

    return input_fn


# ---- Arguments ----


def _by_name(arrays: Any, what: str) -> dict[str, Any]:
    """Arrays by name, where one may have been given alone."""
    if isinstance(arrays, np.ndarray):
        return {"__direct_np_input__": arrays}
    if not arrays:
        raise ValueError(f"{what} cannot be an empty dict")
    return dict(arrays)


def _labels_by_name(labels: Any) -> dict[str, Any]:
    if labels is None:
        return {}
    if isinstance(labels, dict):
        if not labels:
            raise ValueError("y cannot be empty dict, use None instead.")
        return dict(labels)
    return {"__target_key__": labels}


def _check_distinct(features: Mapping[str, Any], labels: Mapping[str, Any]) -> None:
    both = set(features) & set(labels)
    if both:
        raise ValueError(f"{len(both)} duplicate keys are found in both x and y: {both}")


def _check_lengths(features: Any, labels: Any, x: Any, y: Any) -> None:
    lengths = {array.shape[0] for array in (*features.values(), *(labels or {}).values())}
    if len(lengths) == 1:
        return

    def shapes(arrays: Any) -> Any:
        if isinstance(arrays, Mapping):
            return {name: array.shape for name, array in arrays.items()}
        return None if arrays is None else arrays.shape

    raise ValueError(
        "Length of tensors in x and y is mismatched. All elements in x and y must have the same "
        f"length.\nShapes in x: {shapes(x)}\nShapes in y: {shapes(y)}\n"
    )


# ---- The queue ----


class _Enqueued:
    """A queue of rows that a queue runner fills."""

    def __init__(self, queue: QueueBase, is_endless: bool) -> None:
        self._queue = queue
        self._is_endless = is_endless

    def dequeued(self, batch_size: int) -> list[Any]:
        """The columns of a batch."""
        dequeue = self._queue.dequeue_many if self._is_endless else self._queue.dequeue_up_to
        # The first column is that of the numbers of rows.
        return list(dequeue(batch_size))[1:]


def _enqueued(
    columns: Sequence[Any],
    capacity: int,
    shuffle: bool,
    num_threads: int,
    enqueue_size: int,
    num_epochs: int | None,
) -> _Enqueued:
    _warn_of_threads(shuffle, num_threads, num_epochs)
    with name_scope("enqueue_input"):
        dtypes = [int64, *(_dtype_of(column) for column in columns)]
        shapes: list[Any] = [(), *(column.shape[1:] for column in columns)]
        least = int(capacity * _FILLED) if shuffle else 0
        queue: QueueBase
        if shuffle:
            queue = RandomShuffleQueue(capacity, least, dtypes=dtypes, shapes=shapes)
        else:
            queue = FIFOQueue(capacity, dtypes=dtypes, shapes=shapes)
        feeds: dict[Operation, Iterator[dict[Any, Any]]] = {}
        for _ in range(num_threads):
            placeholders = [placeholder(dtype) for dtype in dtypes]
            rows = _Rows(columns, enqueue_size, num_epochs)
            enqueue = queue.enqueue_many(placeholders)
            feeds[enqueue] = rows.feeds(placeholders)
        add_queue_runner(_FeedingQueueRunner(queue, feeds))
        full = cast(maximum(0, queue.size() - least), float32) * (1.0 / (capacity - least))
        name = queue.name
        scalar(f"queue/{name}fraction_over_{least}_of_{capacity - least}_full", full)
    return _Enqueued(queue, num_epochs is None)


def _dtype_of(column: Any) -> Any:
    return string if column.dtype.kind in "OSU" else as_dtype(column.dtype)


def _warn_of_threads(shuffle: bool, num_threads: int, num_epochs: int | None) -> None:
    if num_threads <= 1 or num_epochs is None:
        return
    warning(
        "enqueue_data was called with num_epochs and num_threads > 1. num_epochs is applied per "
        "thread, so this will produce more epochs than you probably intend. If you want to limit "
        "epochs, use one thread."
    )
    if shuffle:
        warning(
            "enqueue_data was called with shuffle=True, num_threads > 1, and num_epochs. This will "
            "create multiple threads, all reading the array/dataframe in order adding to the same "
            "shuffling queue; the results will likely not be sufficiently shuffled."
        )


class _Rows:
    """Goes through columns again and again, some rows at a time."""

    def __init__(self, columns: Sequence[Any], size: int, num_epochs: int | None) -> None:
        self._columns = columns
        self._size = size
        self._num_epochs = num_epochs

    def feeds(self, placeholders: Sequence[Any]) -> Iterator[dict[Any, Any]]:
        """What is fed, one time after the other."""
        for rows in self._numbers():
            values = [rows, *(column[rows] for column in self._columns)]
            yield dict(zip(placeholders, values, strict=True))

    def _numbers(self) -> Iterator[Any]:
        count = len(self._columns[0])
        start, end = 0, None if self._num_epochs is None else count * self._num_epochs
        while end is None or start < end:
            stop = start + self._size if end is None else min(start + self._size, end)
            yield np.arange(start, stop) % count
            start = stop


class _FeedingQueueRunner(QueueRunner):
    """A queue runner that feeds what it enqueues."""

    def __init__(self, queue: QueueBase, feeds: dict[Operation, Iterator[dict[Any, Any]]]) -> None:
        super().__init__(
            queue,
            list(feeds),
            queue_closed_exception_types=(errors.OutOfRangeError, errors.CancelledError),
        )
        self._feeds = feeds

    def _run_enqueue(self, sess: Any, enqueue_op: Operation) -> None:
        feed = next(self._feeds[enqueue_op], None)
        if feed is None:
            raise errors.OutOfRangeError(None, None, "Already emitted all rows.")
        sess.run(enqueue_op, feed_dict=feed)
