"""Producers: queues of file names, numbers and rows of tensors, over and over again.

Each function makes a queue, adds a QueueRunner that fills it to the graph's collection, and returns
the queue or what is dequeued from it. `start_queue_runners` starts them all.
"""

from __future__ import annotations

import importlib
from typing import Any

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import GraphKeys, control_dependencies, name_scope
from tfsession.ops.array import identity, shape, size
from tfsession.ops.control_flow import Assert
from tfsession.ops.indexing import gather
from tfsession.ops.io import matching_files
from tfsession.ops.math import cast, greater, maximum, range as range_of
from tfsession.ops.queue import FIFOQueue, QueueBase
from tfsession.ops.random import random_shuffle
from tfsession.shapes import ShapeLike, TensorShape
from tfsession.train.queue_runner import QueueRunner, add_queue_runner
from tfsession.variables.variable import Variable

__all__ = [
    "input_producer",
    "limit_epochs",
    "match_filenames_once",
    "range_input_producer",
    "slice_input_producer",
    "string_input_producer",
]


def match_filenames_once(pattern: TensorLike, name: str | None = None) -> Any:
    """Returns a local variable with the names of the files that match.

    Args:
      pattern: a string, or a vector of strings, as for `tf.io.matching_files`.
      name: a name for the variable.

    Source: TensorFlow 1.15 `tf.train.match_filenames_once`.
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return Variable(
            matching_files(pattern),
            name=scope,
            trainable=False,
            validate_shape=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )


def limit_epochs(tensor: TensorLike, num_epochs: int | None = None, name: str | None = None) -> Any:
    """Returns `tensor` for a number of times, then fails with OutOfRangeError.

    The count is kept in a local variable.

    Args:
      tensor: any tensor.
      num_epochs: how many times; `tensor` itself is returned when None.
      name: a name for the operation.

    Raises:
      ValueError: `num_epochs` is not positive.

    Source: TensorFlow 1.15 `tf.train.limit_epochs`.
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        epochs = Variable(
            convert_to_tensor(0, dtypes.int64),
            name="epochs",
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )
        with control_dependencies([epochs.count_up_to(num_epochs)]):
            return identity(tensor, name=scope)


def input_producer(
    input_tensor: TensorLike,
    element_shape: ShapeLike | None = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> QueueBase:
    """Returns a queue of the rows of a tensor, over and over again.

    Args:
      input_tensor: [rows, ...].
      element_shape: the shape of a row, where it is not known.
      num_epochs: how many times the rows are produced; without end when None. A local variable
        counts.
      shuffle: whether the rows are shuffled in each epoch.
      seed: the op's seed for shuffling.
      capacity: of the queue.
      shared_name: queues of this name are one in a session.
      summary_name: the tag of a summary of how full the queue is; none when None.
      name: a name for the queue.
      cancel_op: the operation that cancels what waits on a stop.

    Raises:
      ValueError: the shape of a row is not fully known.

    Source: TensorFlow 1.15 `tf.train.input_producer`.
    """
    with name_scope(name, "input_producer", [input_tensor]):
        tensor = convert_to_tensor(input_tensor, name="input_tensor")
        rows = tensor.shape[1:].merge_with(TensorShape(element_shape))
        if not rows.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be "
                "specified"
            )
        if shuffle:
            tensor = random_shuffle(tensor, seed=seed)
        tensor = limit_epochs(tensor, num_epochs)
        kind: Any = FIFOQueue
        queue: QueueBase = kind(
            capacity,
            dtypes=[tensor.dtype.base_dtype],
            shapes=[rows],
            shared_name=shared_name,
            name=name,
        )
        enqueue = queue.enqueue_many([tensor])
        add_queue_runner(QueueRunner(queue, [enqueue], cancel_op=cancel_op))
        if summary_name is not None:
            summarize_fullness(summary_name, queue, capacity)
        return queue


def summarize_fullness(tag: str, queue: QueueBase, capacity: int, ignored: int = 0) -> None:
    """Adds a scalar summary of how full a queue is.

    Args:
      tag: the tag of the summary.
      queue: the queue.
      capacity: of the queue.
      ignored: as many elements count as none.
    """
    count: Any = queue.size()
    if ignored:
        count = maximum(0, count - ignored)
    fullness = cast(count, dtypes.float32) * (1.0 / (capacity - ignored))
    try:
        summary = importlib.import_module("tfsession.summary")
    except ModuleNotFoundError:
        return
    summary.scalar(tag, fullness)


def string_input_producer(
    string_tensor: TensorLike,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> QueueBase:
    """Returns a queue of strings, most often names of files.

    Args:
      string_tensor: a string vector, not empty.
      num_epochs: how many times the strings are produced; without end when None.
      shuffle: whether they are shuffled in each epoch.
      seed: the op's seed for shuffling.
      capacity: of the queue.
      shared_name: queues of this name are one in a session.
      name: a name for the queue.
      cancel_op: the operation that cancels what waits on a stop.

    Raises:
      ValueError: `string_tensor` is an empty list.
      InvalidArgumentError: when run, and `string_tensor` is empty.

    Source: TensorFlow 1.15 `tf.train.string_input_producer`.
    """
    problem = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, Tensor) and not _has_elements(string_tensor):
        raise ValueError(problem)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        strings = convert_to_tensor(string_tensor, dtypes.string)
        with control_dependencies([Assert(greater(size(strings), 0), [problem])]):
            strings = identity(strings)
        return input_producer(
            input_tensor=strings,
            element_shape=[],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
            name=scope,
            summary_name=f"fraction_of_{capacity}_full",
            cancel_op=cancel_op,
        )


def _has_elements(value: Any) -> bool:
    try:
        return len(value) > 0
    except TypeError:
        # Variables and whatever else has no length until it runs.
        return value is not None


def range_input_producer(
    limit: TensorLike,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """Returns a queue of the integers from 0 to `limit` - 1.

    Args:
      limit: an int32 scalar.
      num_epochs: how many times they are produced; without end when None.
      shuffle: whether they are shuffled in each epoch.
      seed: the op's seed for shuffling.
      capacity: of the queue.
      shared_name: queues of this name are one in a session.
      name: a name for the queue.

    Source: TensorFlow 1.15 `tf.train.range_input_producer`.
    """
    with name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(
            range_of(limit),
            [],
            num_epochs,
            shuffle,
            seed,
            capacity,
            shared_name=shared_name,
            summary_name=f"fraction_of_{capacity}_full",
            name=scope,
        )


def slice_input_producer(
    tensor_list: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """Returns one row of each tensor, another in each step.

    Args:
      tensor_list: tensors, all [rows, ...].
      num_epochs: how many times each row is produced; without end when None.
      shuffle: whether the rows are shuffled in each epoch.
      seed: the op's seed for shuffling.
      capacity: of the queue.
      shared_name: queues of this name are one in a session.
      name: a name for the operations.

    Raises:
      ValueError: there are no tensors.

    Source: TensorFlow 1.15 `tf.train.slice_input_producer`.
    """
    with name_scope(name, "input_producer", tensor_list):
        tensors = [convert_to_tensor(tensor) for tensor in tensor_list]
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        rows = shape(tensors[0])[0]
        queue = range_input_producer(
            rows,
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
        )
        index = queue.dequeue()
        return [gather(tensor, index) for tensor in tensors]
