"""Batches of examples that are alike: queues by bucket."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.dtypes import float32, int32
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import control_flow, indexing, math, reduction
from tfsession.ops.control import group, with_dependencies
from tfsession.ops.queue import FIFOQueue, PaddingFIFOQueue
from tfsession.ops.summary import scalar
from tfsession.train.queue_runner import QueueRunner, add_queue_runner

__all__ = ["bucket", "bucket_by_sequence_length"]


def bucket(
    tensors: Any,
    which_bucket: Any,
    batch_size: Any,
    num_buckets: int,
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Sequence[int] | None = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Tensor, Any]:
    """Batches of examples of one bucket each.

    Args:
      tensors: a list or a dictionary of tensors, one example.
      which_bucket: the bucket of the example, a scalar int32.
      batch_size: an int, or one for each bucket.
      num_buckets: how many buckets there are.
      num_threads: how many threads put examples into buckets.
      capacity: how many examples a bucket holds at most.
      bucket_capacities: the same for each bucket.
      shapes: the shapes of the tensors, those that are known when None.
      dynamic_pad: whether unknown sizes are padded to the greatest of a batch.
      allow_smaller_final_batch: whether what is left at the end makes smaller batches.
      keep_input: whether the example is used, a scalar bool.
      shared_name: a name under which sessions share the queues.
      name: a name for the operations.

    Returns:
      The bucket, a scalar int32, and the batch, as `tensors`.

    Raises:
      ValueError: sizes do not fit, or shapes are not known.

    Source: TensorFlow 1.15 `tf.contrib.training.bucket`.
    """
    keys = sorted(tensors) if isinstance(tensors, dict) else None
    given_tensors = [tensors[key] for key in keys] if keys else list(tensors)
    if not given_tensors:
        raise ValueError("Expected at least one tensor in bucket().")
    is_list = isinstance(batch_size, (list, tuple))
    sizes = list(batch_size) if is_list else [batch_size] * num_buckets
    if len(sizes) != num_buckets:
        raise ValueError("If batch_size is a list it must have num_buckets elements")
    capacities = [capacity] * num_buckets if bucket_capacities is None else list(bucket_capacities)
    if len(capacities) != num_buckets:
        raise ValueError(
            f"The list bucket_capacities ({bucket_capacities}) must have exactly num_buckets "
            f"({num_buckets}) elements."
        )
    with name_scope(name, "bucket", given_tensors):
        flat = [convert_to_tensor(tensor) for tensor in given_tensors]
        given = [t.shape for t in flat] if shapes is None else shapes
        batches, index = _batched(
            flat,
            convert_to_tensor(which_bucket, int32, name="bucket"),
            sizes,
            capacities,
            given,
            (num_threads, dynamic_pad, allow_smaller_final_batch, keep_input, shared_name),
        )
        return index, dict(zip(keys, batches, strict=True)) if keys else batches


def _batched(
    tensors: list[Tensor],
    which: Tensor,
    sizes: list[Any],
    capacities: list[int],
    shapes: Any,
    options: tuple[Any, ...],
) -> tuple[list[Tensor], Tensor]:
    """Queues for the buckets, whose batches go into one more queue."""
    num_threads, dynamic_pad, smaller, keep_input, shared_name = options
    make = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    dtypes = [tensor.dtype for tensor in tensors]
    queues = [
        make(
            capacity=capacity,
            dtypes=dtypes,
            shapes=shapes,
            shared_name=shared_name,
            name=f"bucket_queue_{number}",
        )
        for number, capacity in enumerate(capacities)
    ]
    lengths = set(sizes)
    length = None if smaller or len(lengths) > 1 else next(iter(lengths))
    wholes = [[length, *_dims(shape)] for shape in shapes]
    top = (
        make(
            capacity=max(capacities),
            dtypes=[int32, *dtypes],
            shapes=[[], *wholes],
            shared_name=shared_name,
            name="top_queue",
        )
        if dynamic_pad or length is not None
        else FIFOQueue(
            capacity=max(capacities),
            dtypes=[int32, *dtypes],
            shared_name=shared_name,
            name="top_queue",
        )
    )
    _enqueue_examples(queues, tensors, which, keep_input, num_threads)
    _enqueue_batches(queues, top, sizes, smaller, num_threads)
    for queue in queues:
        scalar(f"bucket/{queue.name}/size", math.cast(queue.size(), float32))
    share = math.cast(top.size(), float32) * (1.0 / capacities[-1])
    scalar(f"bucket/{top.name}/fraction_of_{capacities[-1]}_full", share)
    index, *batch = top.dequeue(name="dequeue_top")
    for tensor, whole in zip(batch, wholes, strict=True):
        tensor.set_shape(whole)
    index.set_shape([])
    return batch, index


def _dims(shape: Any) -> list[Any]:
    return list(shape.as_list() if hasattr(shape, "as_list") else shape)


def _enqueue_examples(
    queues: list[Any], tensors: list[Tensor], which: Tensor, keep_input: Any, threads: int
) -> None:
    def enqueue() -> Any:
        branches: list[tuple[Any, Callable[[], Any]]] = [
            (math.equal(which, number), functools.partial(queue.enqueue, tensors, name="enqueue"))
            for number, queue in enumerate(queues)
        ]
        return control_flow.case(branches, default=branches[-1][1], exclusive=False)

    keep = convert_to_tensor(keep_input)
    kept = constant_value(keep)
    if kept is None:
        step = control_flow.cond(keep, lambda: _done(enqueue()), lambda: convert_to_tensor(False))
    else:
        step = enqueue()
    add_queue_runner(
        QueueRunner(
            queues[0],
            [step] * threads,
            close_op=_closed(queues, False),
            cancel_op=_closed(queues, True),
        )
    )


def _done(step: Any) -> Tensor:
    done: Tensor = with_dependencies([step], convert_to_tensor(True))
    return done


def _closed(queues: list[Any], cancels: bool) -> Any:
    return group(*[queue.close(cancel_pending_enqueues=cancels) for queue in queues])


def _enqueue_batches(
    queues: list[Any], top: Any, sizes: list[Any], smaller: bool, threads: int
) -> None:
    steps = []
    for number, (queue, size) in enumerate(zip(queues, sizes, strict=True)):
        batch = queue.dequeue_up_to(size) if smaller else queue.dequeue_many(size)
        batch = batch if isinstance(batch, (list, tuple)) else [batch]
        steps.append(top.enqueue([convert_to_tensor(number, int32), *batch]))
    # One runner: the queue is closed when no bucket has any more.
    ends = (errors.OutOfRangeError, errors.CancelledError)
    add_queue_runner(QueueRunner(top, steps * threads, queue_closed_exception_types=ends))


def bucket_by_sequence_length(
    input_length: Any,
    tensors: Any,
    batch_size: Any,
    bucket_boundaries: Sequence[int],
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Sequence[int] | None = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Tensor, Any]:
    """Batches of sequences of about one length.

    Args:
      input_length: the length of the example, a scalar int32.
      bucket_boundaries: lengths in increasing order; each is the first of a bucket.
      tensors, batch_size, num_threads, capacity, bucket_capacities, shapes, dynamic_pad,
        allow_smaller_final_batch, keep_input, shared_name, name: as of `bucket`, with one bucket
        more than boundaries.

    Returns:
      The lengths, [batch], and the batch, as `tensors`.

    Raises:
      ValueError, TypeError: boundaries are not ints in increasing order.

    Source: TensorFlow 1.15 `tf.contrib.training.bucket_by_sequence_length`.
    """
    tensors_list = list(tensors.values()) if isinstance(tensors, dict) else list(tensors)
    if not isinstance(bucket_boundaries, (list, tuple)):
        raise TypeError(
            f"bucket_boundaries must be a list or tuple, but received: {bucket_boundaries}"
        )
    if not bucket_boundaries:
        raise ValueError("bucket_boundaries must not be empty")
    for low, high in itertools.pairwise(bucket_boundaries):
        if not isinstance(low, int) or not isinstance(high, int):
            raise TypeError(f"bucket boundaries must be integers, but saw: {low} and {high}")
        if low >= high:
            raise ValueError(
                f"Buckets must contain sequential increasing lengths, but saw: {low} before {high}"
            )
    with name_scope(name, "bucket_by_sequence_length", [input_length, *tensors_list]):
        length = convert_to_tensor(input_length, int32, name="input_length")
        # From boundary to boundary; the last bucket has no end.
        starts = np.array([np.iinfo(np.int32).min, *bucket_boundaries], np.int32)
        ends = np.array([*bucket_boundaries, np.iinfo(np.int32).max], np.int32)
        inside = math.logical_and(math.less_equal(starts, length), math.less(length, ends))
        which = math.cast(reduction.reduce_min(indexing.where(inside)), int32)
        which.set_shape([])
        given = None if shapes is None else [[], *shapes]
        is_dict = isinstance(tensors, dict)
        keys = sorted(tensors) if is_dict else []
        flat = [tensors[key] for key in keys] if is_dict else tensors_list
        _, batch = bucket(
            [length, *flat],
            which,
            batch_size,
            len(bucket_boundaries) + 1,
            num_threads,
            capacity,
            bucket_capacities,
            given,
            dynamic_pad,
            allow_smaller_final_batch,
            keep_input,
            shared_name,
        )
        lengths, *others = batch
        return lengths, dict(zip(keys, others, strict=True)) if is_dict else others
