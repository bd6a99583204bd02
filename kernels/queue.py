"""Kernels of the ops on queues."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel
from tfsession.resources import queues
from tfsession.resources.queues import Queue

from .handles import behind, made_handle, of_node
from .random import philox_words

# Random words made together, four a block.
_WORD_BLOCKS = 64


def words(seed: int, seed2: int) -> Callable[[], int]:
    """The random 32-bit integers of a pair of seeds, one at each call.

    Both seeds 0 ask for numbers that nobody can repeat.
    """
    if seed == 0 and seed2 == 0:
        seed = int.from_bytes(os.urandom(8), "little")
        seed2 = int.from_bytes(os.urandom(8), "little")
    key = seed & (2**64 - 1)

    def generate() -> Iterator[int]:
        counter = (seed2 & (2**64 - 1)) << 64
        while True:
            yield from philox_words(np, key, counter, _WORD_BLOCKS).ravel().tolist()
            counter += _WORD_BLOCKS

    return generate().__next__


# ---- FIFOQueueV2, PaddingFIFOQueueV2, PriorityQueueV2, RandomShuffleQueueV2 ----


_KINDS: dict[str, type[Queue]] = {
    "FIFOQueueV2": queues.FIFOQueue,
    "PaddingFIFOQueueV2": queues.PaddingFIFOQueue,
    "PriorityQueueV2": queues.PriorityQueue,
    "RandomShuffleQueueV2": queues.RandomShuffleQueue,
}


def _make_queue(resources: Any, op: Any) -> Any:
    attrs = op.attrs
    wanted = _KINDS[op.type]
    described = attrs["component_types"], attrs["shapes"], attrs["capacity"]
    random: tuple[Any, ...] = ()
    if wanted is queues.RandomShuffleQueue:
        random = attrs["min_after_dequeue"], (attrs["seed"], attrs["seed2"])
    name = attrs["shared_name"].decode() or queues.unique_name(op.name)

    def make() -> Queue:
        if not random:
            return wanted(name, *described)
        least, seeds = random
        return queues.RandomShuffleQueue(name, *described, least, seeds, words(*seeds))

    try:
        _check_attributes(op)
        queue = resources.lookup_or_create(attrs["container"].decode(), "queue", name, make)
        queues.check_same(queue, wanted, op.type, *described, *random)
    except InvalidArgumentError as error:
        raise of_node(op, error) from None
    return queue


def _check_attributes(op: Any) -> None:
    attrs = op.attrs
    types, shapes = attrs["component_types"], attrs["shapes"]
    if shapes and len(shapes) != len(types):
        raise InvalidArgumentError.of(
            "Different number of component types.  "
            f"Types: {', '.join(t.runtime_name for t in types)}, Shapes: {len(shapes)}",
        )
    minimum = attrs.get("min_after_dequeue")
    if minimum is None:
        return
    if minimum < 0:
        raise InvalidArgumentError.of(f"min_after_dequeue {minimum} must be >= 0")
    capacity = queues.UNBOUNDED if attrs["capacity"] < 0 else attrs["capacity"]
    if minimum >= capacity:
        raise InvalidArgumentError.of(f"min_after_dequeue {minimum} must be < capacity {capacity}")


@kernel(
    "FIFOQueueV2",
    "PaddingFIFOQueueV2",
    "PriorityQueueV2",
    "RandomShuffleQueueV2",
    device="CPU",
    state=_make_queue,
)
def queue_handle(xp: Any, state: Queue) -> Any:
    return made_handle(state)


# ---- QueueEnqueueV2, QueueEnqueueManyV2 ----


@kernel("QueueEnqueueV2", device="CPU", blocks=True)
def queue_enqueue(xp: Any, handle: Any, *components: Any, Tcomponents: Any) -> None:
    queue: Queue = behind(handle)
    queues.check_signature(queue, Tcomponents, [])
    queue.enqueue(components)


@kernel("QueueEnqueueManyV2", device="CPU", blocks=True)
def queue_enqueue_many(
    xp: Any,
    handle: Any,
    *components: Any,
    Tcomponents: Any,
) -> None:
    queue: Queue = behind(handle)
    queues.check_signature(queue, Tcomponents, [])
    queue.enqueue_many(components)


# ---- QueueDequeueV2, QueueDequeueManyV2, QueueDequeueUpToV2 ----


def _outputs(components: list[Any]) -> Any:
    return components[0] if len(components) == 1 else components


@kernel("QueueDequeueV2", device="CPU", blocks=True)
def queue_dequeue(xp: Any, handle: Any, component_types: Any) -> Any:
    queue: Queue = behind(handle)
    queues.check_signature(queue, [], component_types)
    return _outputs(queue.dequeue())


@kernel("QueueDequeueManyV2", device="CPU", blocks=True)
def queue_dequeue_many(xp: Any, handle: Any, n: Any, component_types: Any) -> Any:
    queue = _batch_queue(handle, n, component_types, "DequeueManyOp")
    return _outputs(queue.dequeue_many(int(n)))


@kernel("QueueDequeueUpToV2", device="CPU", blocks=True)
def queue_dequeue_up_to(xp: Any, handle: Any, n: Any, component_types: Any) -> Any:
    queue = _batch_queue(handle, n, component_types, "DequeueUpToOp")
    return _outputs(queue.dequeue_many(int(n), allow_fewer=True))


def _batch_queue(handle: Any, n: Any, component_types: Any, op: str) -> Queue:
    if n < 0:
        raise InvalidArgumentError.of(f"{op} requested {n} < 0 elements")
    queue: Queue = behind(handle)
    queues.check_signature(queue, [], component_types, ["int32"])
    return queue


# ---- QueueCloseV2, QueueIsClosedV2, QueueSizeV2 ----


@kernel("QueueCloseV2", device="CPU", blocks=True)
def queue_close(xp: Any, handle: Any, cancel_pending_enqueues: bool) -> None:
    behind(handle).close(cancel_pending_enqueues)


@kernel("QueueIsClosedV2", device="CPU")
def queue_is_closed(xp: Any, handle: Any) -> Any:
    return np.bool_(behind(handle).is_closed)


@kernel("QueueSizeV2", device="CPU")
def queue_size(xp: Any, handle: Any) -> Any:
    return np.int32(behind(handle).size)
