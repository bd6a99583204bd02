"""Batches of what tensors are in consecutive steps, in order or shuffled.

Each function makes a queue, adds a QueueRunner that fills it to the graph's collection, and returns
what is dequeued from it. `start_queue_runners` starts them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession import dtypes
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.control import no_op
from tfsession.ops.control_flow import cond
from tfsession.ops.math import cast
from tfsession.ops.partition import dynamic_partition
from tfsession.ops.queue import FIFOQueue, PaddingFIFOQueue, QueueBase, RandomShuffleQueue
from tfsession.ops.serialization import (
    deserialize_many_sparse,
    serialize_many_sparse,
    serialize_sparse,
)
from tfsession.train.producers import summarize_fullness
from tfsession.train.queue_runner import QueueRunner, add_queue_runner

__all__ = [
    "batch",
    "batch_join",
    "maybe_batch",
    "maybe_batch_join",
    "maybe_shuffle_batch",
    "maybe_shuffle_batch_join",
    "shuffle_batch",
    "shuffle_batch_join",
]


# ---- What is batched ----


def _as_list(tensors: Any) -> list[Any]:
    """The values of a dict by its sorted keys; the elements of a list."""
    if isinstance(tensors, dict):
        return [tensors[key] for key in sorted(tensors, key=str)]
    return list(tensors)


def _as_lists(tensors_list: Any) -> list[list[Any]]:
    if not tensors_list:
        raise ValueError("Expected at least one set of tensors")
    if isinstance(tensors_list[0], dict):
        keys = set(tensors_list[0])
        if any(set(tensors) != keys for tensors in tensors_list[1:]):
            raise ValueError("All dictionaries in tensors_list must have the same keys")
    return [_as_list(tensors) for tensors in tensors_list]


def _as_given(original: Any, dequeued: Any) -> Any:
    """The dequeued tensors, in a dict where they were given in one."""
    if not isinstance(original, dict):
        return dequeued
    values = [dequeued] if len(original) == 1 else dequeued
    return dict(zip(sorted(original, key=str), values, strict=True))


def _checked(tensors: list[Any], function: str, enqueue_many: bool) -> list[Tensor]:
    """The tensors that the queue holds: sparse ones are there as strings."""
    if not tensors:
        raise ValueError(f"Expected at least one tensor in {function}().")
    as_strings = serialize_many_sparse if enqueue_many else serialize_sparse
    return [
        as_strings(tensor) if isinstance(tensor, SparseTensor) else convert_to_tensor(tensor)
        for tensor in tensors
    ]


# The dtype and, where known, the rank of the elements of a sparse tensor; None for dense ones.
_Sparse = tuple[dtypes.DType, int | None] | None


def _sparse_elements(tensor_lists: Sequence[list[Any]], enqueue_many: bool) -> list[_Sparse]:
    """What has to be known of the sparse tensors to get them back.

    Raises:
      ValueError: what is sparse in one list is dense in another.
      TypeError: the dtypes of their values differ.
    """
    found: list[_Sparse] = []
    for tensors in zip(*tensor_lists, strict=True):
        sparse = [tensor for tensor in tensors if isinstance(tensor, SparseTensor)]
        if sparse and len(sparse) < len(tensors):
            raise ValueError("Inconsistent sparse and dense tensors in the lists of tensors")
        if not sparse:
            found.append(None)
            continue
        kinds = sorted({tensor.dtype.base_dtype.name for tensor in sparse})
        if len(kinds) > 1:
            raise TypeError(f"Expected types to be consistent: {' vs. '.join(kinds)}.")
        ranks = {tensor.shape.ndims for tensor in sparse}
        rank = ranks.pop() if len(ranks) == 1 else None
        found.append(
            (sparse[0].dtype.base_dtype, rank - 1 if rank is not None and enqueue_many else rank)
        )
    return found


def _with_sparse(dequeued: Any, sparse: list[_Sparse]) -> Any:
    """What was dequeued, with sparse tensors made of their strings."""
    parts = list(dequeued) if isinstance(dequeued, (list, tuple)) else [dequeued]
    made = [
        part if element is None else deserialize_many_sparse(part, *element)
        for part, element in zip(parts, sparse, strict=True)
    ]
    return made if isinstance(dequeued, (list, tuple)) else made[0]


def _types(tensor_lists: Sequence[list[Tensor]]) -> list[dtypes.DType]:
    """The dtypes that all lists have in common.

    Raises:
      TypeError: they differ.
    """
    all_types = [[tensor.dtype.base_dtype for tensor in tensors] for tensors in tensor_lists]
    first = all_types[0]
    for types in all_types[1:]:
        if types != first:
            raise TypeError(
                "Expected types to be consistent: "
                f"{', '.join(t.name for t in first)} vs. {', '.join(t.name for t in types)}."
            )
    return first


def _shapes(tensor_lists: Sequence[list[Tensor]], shapes: Any, enqueue_many: bool) -> Any:
    """The shapes of the components: those given, or those of the first list, which the others fit.

    What only another list knows need not hold for the first: its sizes may differ in every batch.
    """
    if shapes is not None:
        return shapes
    firsts = []
    for tensors in zip(*tensor_lists, strict=True):
        found = [tensor.shape for tensor in tensors]
        if enqueue_many:
            found = [rows.with_rank_at_least(1)[1:] for rows in found]
        for other in found[1:]:
            found[0].merge_with(other)  # raises where they do not fit
        firsts.append(found[0].as_list())
    return firsts


def _checked_keep_input(keep_input: Any, enqueue_many: bool) -> Tensor:
    keep = convert_to_tensor(keep_input)
    if keep.dims is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if not enqueue_many and len(keep.dims) == 1:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if len(keep.dims) > 1:
        raise ValueError("`keep_input` must be 0 or 1 dimensions.")
    return keep


def _enqueue(
    queue: QueueBase, tensors: list[Tensor], enqueue_many: bool, keep_input: Tensor
) -> Operation:
    """The operation that enqueues what is to be kept."""
    add: Callable[[Any], Operation] = queue.enqueue_many if enqueue_many else queue.enqueue
    if keep_input.dims:
        partition = cast(keep_input, dtypes.int32)
        return add([dynamic_partition(tensor, partition, 2)[1] for tensor in tensors])
    keep = constant_value(keep_input)
    if keep is not None:
        return add(tensors) if keep else no_op()
    merged: Any = cond(keep_input, lambda: add(tensors), no_op)
    return merged.op if isinstance(merged, Tensor) else merged


def _batches(
    tensor_lists: Sequence[list[Any]],
    make_queue: Callable[[Any, Any], QueueBase],
    batch_size: Any,
    capacity: int,
    name: str,
    *,
    function: str,
    keep_input: Any,
    copies: int,
    enqueue_many: bool,
    shapes: Any,
    allow_smaller_final_batch: bool,
    min_after_dequeue: int = 0,
) -> Any:
    """Fills a queue from lists of tensors, and takes batches from it.

    Args:
      tensor_lists: the lists; all have the same dtypes.
      make_queue: makes the queue of types and shapes.
      batch_size: an int32 scalar.
      capacity: of the queue.
      name: the name of the operation that dequeues.
      function: the public function, for the text of errors.
      keep_input: a bool scalar, or vector with `enqueue_many`: what is enqueued at all.
      copies: how many threads run each enqueue operation.
      enqueue_many: whether each tensor is already a batch.
      shapes: of the components, where they are not known.
      allow_smaller_final_batch: whether a closed queue gives what it has left.
      min_after_dequeue: of the queue.
    """
    lists = [_checked(tensors, function, enqueue_many) for tensors in tensor_lists]
    keep = _checked_keep_input(keep_input, enqueue_many)
    types = _types(lists)
    sparse = _sparse_elements(tensor_lists, enqueue_many)
    if shapes is not None and any(sparse):
        shapes = [
            given if element is None else [3] for given, element in zip(shapes, sparse, strict=True)
        ]
    queue = make_queue(types, _shapes(lists, shapes, enqueue_many))
    operations = [_enqueue(queue, tensors, enqueue_many, keep) for tensors in lists]
    add_queue_runner(QueueRunner(queue, operations * copies))
    tag = f"fraction_of_{capacity}_full"
    if isinstance(queue, RandomShuffleQueue):
        tag = f"fraction_over_{min_after_dequeue}_of_{capacity - min_after_dequeue}_full"
    summarize_fullness(tag, queue, capacity, min_after_dequeue)
    dequeue = queue.dequeue_up_to if allow_smaller_final_batch else queue.dequeue_many
    return _with_sparse(dequeue(batch_size, name=name), sparse)


# ---- Batches in order ----


def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Returns batches of what `tensors` are in consecutive steps.

    Args:
      tensors: a list or dict of tensors.
      batch_size: how many make a batch.
      num_threads: how many threads fill the queue; the order is kept with one.
      capacity: of the queue.
      enqueue_many: whether each tensor is a batch already, [elements, ...].
      shapes: the shapes of one element's tensors, where they are not known.
      dynamic_pad: whether sizes may be None; elements of a batch are padded with zeros.
      allow_smaller_final_batch: whether the last batch may have fewer elements.
      shared_name: queues of this name are one in a session.
      name: a name for the operations.

    Returns:
      A list or dict like `tensors`, a single tensor for a list of one; each [batch_size, ...].

    Raises:
      ValueError: a shape is not known, or there are no tensors.
      OutOfRangeError: when run, and the input has ended.

    Source: TensorFlow 1.15 `tf.train.batch`.
    """
    return maybe_batch(
        tensors,
        True,
        batch_size,
        num_threads=num_threads,
        capacity=capacity,
        enqueue_many=enqueue_many,
        shapes=shapes,
        dynamic_pad=dynamic_pad,
        allow_smaller_final_batch=allow_smaller_final_batch,
        shared_name=shared_name,
        name=name,
    )


def maybe_batch(
    tensors: Any,
    keep_input: TensorLike,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Returns batches of `tensors` in those steps in which `keep_input` is true.

    Args:
      tensors: as for `batch`, and so are all other arguments.
      keep_input: a bool scalar; with `enqueue_many` also a vector, one for each element.
      batch_size: see `batch`.
      num_threads: see `batch`.
      capacity: see `batch`.
      enqueue_many: see `batch`.
      shapes: see `batch`.
      dynamic_pad: see `batch`.
      allow_smaller_final_batch: see `batch`.
      shared_name: see `batch`.
      name: see `batch`.

    Source: TensorFlow 1.15 `tf.train.maybe_batch`.
    """
    values = _as_list(tensors)
    with name_scope(name, "batch", [*values, keep_input]) as scope:
        dequeued = _batches(
            [values],
            _ordered_queue(dynamic_pad, capacity, shared_name),
            batch_size,
            capacity,
            scope,
            function="batch",
            keep_input=keep_input,
            copies=num_threads,
            enqueue_many=enqueue_many,
            shapes=shapes,
            allow_smaller_final_batch=allow_smaller_final_batch,
        )
        return _as_given(tensors, dequeued)


def batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Returns batches of several lists of tensors, each with a thread of its own.

    Args:
      tensors_list: a list of lists or dicts of tensors, with the same dtypes.
      batch_size: see `batch`, also for what follows.
      capacity: of the queue.
      enqueue_many: whether each tensor is a batch already.
      shapes: the shapes of one element's tensors, where they are not known.
      dynamic_pad: whether sizes may be None.
      allow_smaller_final_batch: whether the last batch may have fewer elements.
      shared_name: queues of this name are one in a session.
      name: a name for the operations.

    Source: TensorFlow 1.15 `tf.train.batch_join`.
    """
    return maybe_batch_join(
        tensors_list,
        True,
        batch_size,
        capacity=capacity,
        enqueue_many=enqueue_many,
        shapes=shapes,
        dynamic_pad=dynamic_pad,
        allow_smaller_final_batch=allow_smaller_final_batch,
        shared_name=shared_name,
        name=name,
    )


def maybe_batch_join(
    tensors_list: Any,
    keep_input: TensorLike,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`batch_join` of the steps in which `keep_input` is true; see `maybe_batch`.

    Source: TensorFlow 1.15 `tf.train.maybe_batch_join`.
    """
    lists = _as_lists(tensors_list)
    flat = [tensor for tensors in lists for tensor in tensors]
    with name_scope(name, "batch_join", [*flat, keep_input]) as scope:
        dequeued = _batches(
            lists,
            _ordered_queue(dynamic_pad, capacity, shared_name),
            batch_size,
            capacity,
            scope,
            function="batch_join",
            keep_input=keep_input,
            copies=1,
            enqueue_many=enqueue_many,
            shapes=shapes,
            allow_smaller_final_batch=allow_smaller_final_batch,
        )
        return _as_given(tensors_list[0], dequeued)


def _ordered_queue(
    dynamic_pad: bool, capacity: int, shared_name: str | None
) -> Callable[[Any, Any], QueueBase]:
    kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    return lambda types, shapes: kind(
        capacity=capacity, dtypes=types, shapes=shapes, shared_name=shared_name
    )


# ---- Batches in random order ----


def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Returns batches of what `tensors` are in steps that are chosen at random.

    Args:
      tensors: a list or dict of tensors.
      batch_size: how many make a batch.
      capacity: of the queue.
      min_after_dequeue: how many elements stay in the queue; the more, the better the shuffling.
      num_threads: how many threads fill the queue.
      seed: the op's seed.
      enqueue_many: whether each tensor is a batch already, [elements, ...].
      shapes: the shapes of one element's tensors, where they are not known.
      allow_smaller_final_batch: whether the last batch may have fewer elements.
      shared_name: queues of this name are one in a session.
      name: a name for the operations.

    Returns:
      A list or dict like `tensors`, a single tensor for a list of one; each [batch_size, ...].

    Raises:
      ValueError: a shape is not known, there are no tensors, or `capacity` is too small.
      OutOfRangeError: when run, and the input has ended.

    Source: TensorFlow 1.15 `tf.train.shuffle_batch`.
    """
    return maybe_shuffle_batch(
        tensors,
        batch_size,
        capacity,
        min_after_dequeue,
        True,
        num_threads=num_threads,
        seed=seed,
        enqueue_many=enqueue_many,
        shapes=shapes,
        allow_smaller_final_batch=allow_smaller_final_batch,
        shared_name=shared_name,
        name=name,
    )


def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: TensorLike,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`shuffle_batch` of the steps in which `keep_input` is true; see `maybe_batch`.

    Source: TensorFlow 1.15 `tf.train.maybe_shuffle_batch`.
    """
    values = _as_list(tensors)
    with name_scope(name, "shuffle_batch", [*values, keep_input]) as scope:
        dequeued = _batches(
            [values],
            _random_queue(capacity, min_after_dequeue, seed, shared_name),
            batch_size,
            capacity,
            scope,
            function="shuffle_batch",
            keep_input=keep_input,
            copies=num_threads,
            enqueue_many=enqueue_many,
            shapes=shapes,
            allow_smaller_final_batch=allow_smaller_final_batch,
            min_after_dequeue=min_after_dequeue,
        )
        return _as_given(tensors, dequeued)


def shuffle_batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Returns shuffled batches of several lists of tensors, each with a thread of its own.

    Arguments are those of `batch_join` and `shuffle_batch`.

    Source: TensorFlow 1.15 `tf.train.shuffle_batch_join`.
    """
    return maybe_shuffle_batch_join(
        tensors_list,
        batch_size,
        capacity,
        min_after_dequeue,
        True,
        seed=seed,
        enqueue_many=enqueue_many,
        shapes=shapes,
        allow_smaller_final_batch=allow_smaller_final_batch,
        shared_name=shared_name,
        name=name,
    )


def maybe_shuffle_batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: TensorLike,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`shuffle_batch_join` of the steps in which `keep_input` is true; see `maybe_batch`.

    Source: TensorFlow 1.15 `tf.train.maybe_shuffle_batch_join`.
    """
    lists = _as_lists(tensors_list)
    flat = [tensor for tensors in lists for tensor in tensors]
    with name_scope(name, "shuffle_batch_join", [*flat, keep_input]) as scope:
        dequeued = _batches(
            lists,
            _random_queue(capacity, min_after_dequeue, seed, shared_name),
            batch_size,
            capacity,
            scope,
            function="shuffle_batch_join",
            keep_input=keep_input,
            copies=1,
            enqueue_many=enqueue_many,
            shapes=shapes,
            allow_smaller_final_batch=allow_smaller_final_batch,
            min_after_dequeue=min_after_dequeue,
        )
        return _as_given(tensors_list[0], dequeued)


def _random_queue(
    capacity: int, min_after_dequeue: int, seed: int | None, shared_name: str | None
) -> Callable[[Any, Any], QueueBase]:
    if capacity <= min_after_dequeue:
        raise ValueError(
            f"capacity {capacity} must be bigger than min_after_dequeue {min_after_dequeue}."
        )
    return lambda types, shapes: RandomShuffleQueue(
        capacity=capacity,
        min_after_dequeue=min_after_dequeue,
        seed=seed,
        dtypes=types,
        shapes=shapes,
        shared_name=shared_name,
    )
