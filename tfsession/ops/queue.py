"""Ops on queues. What users call are the classes of tfsession/queues.py."""

from __future__ import annotations

from typing import Any

from tfsession.graph.operation import Tensor
from tfsession.graph.static_values import constant_value
from tfsession.registry import no_gradient, op, shape
from tfsession.shapes import Dims

__all__: list[str] = []

# ---- FIFOQueueV2, PaddingFIFOQueueV2, PriorityQueueV2, RandomShuffleQueueV2 ----

_SHARING = "capacity: int = -1; {}container: string = ''; shared_name: string = ''"
for _name in ("FIFOQueueV2", "PaddingFIFOQueueV2"):
    op(
        f"{_name}() -> handle: resource",
        "component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; " + _SHARING.format(""),
        stateful=True,
    )
op(
    "PriorityQueueV2() -> handle: resource",
    "component_types: list(type) >= 0 = []; shapes: list(shape) >= 0; " + _SHARING.format(""),
    stateful=True,
)
op(
    "RandomShuffleQueueV2() -> handle: resource",
    "component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; "
    + _SHARING.format("min_after_dequeue: int = 0; seed: int = 0; seed2: int = 0; "),
    stateful=True,
)


@shape("FIFOQueueV2", "PaddingFIFOQueueV2", "PriorityQueueV2", "RandomShuffleQueueV2")
def queue_handle_shape() -> Dims:
    return ()


no_gradient("FIFOQueueV2", "PaddingFIFOQueueV2", "PriorityQueueV2", "RandomShuffleQueueV2")


# ---- QueueEnqueueV2, QueueEnqueueManyV2 ----

for _name in ("QueueEnqueueV2", "QueueEnqueueManyV2"):
    op(
        f"{_name}(handle: resource, components: Tcomponents)",
        "Tcomponents: list(type) >= 1; timeout_ms: int = -1",
        stateful=True,
    )


@shape("QueueEnqueueV2", "QueueEnqueueManyV2")
def queue_enqueue_shape() -> list[Dims]:
    return []


no_gradient("QueueEnqueueV2", "QueueEnqueueManyV2")


# ---- QueueDequeueV2, QueueDequeueManyV2, QueueDequeueUpToV2 ----

op(
    "QueueDequeueV2(handle: resource) -> components: component_types",
    "component_types: list(type) >= 1; timeout_ms: int = -1",
    stateful=True,
)
for _name in ("QueueDequeueManyV2", "QueueDequeueUpToV2"):
    op(
        f"{_name}(handle: resource, n: int32) -> components: component_types",
        "component_types: list(type) >= 1; timeout_ms: int = -1",
        stateful=True,
    )


@shape("QueueDequeueV2")
def queue_dequeue_shape(component_types: Any) -> list[Dims]:
    # The shapes are the queue's, which the classes of tfsession/queues.py know.
    return [None] * len(component_types)


@shape("QueueDequeueManyV2", "QueueDequeueUpToV2")
def queue_dequeue_many_shape(n: Tensor, component_types: Any) -> list[Dims]:
    count = constant_value(n)
    if count is not None and count < 0:
        raise ValueError(f"Input 'n' must be >= 0, but is {count}")
    return [None] * len(component_types)


no_gradient("QueueDequeueV2", "QueueDequeueManyV2", "QueueDequeueUpToV2")


# ---- QueueCloseV2, QueueIsClosedV2, QueueSizeV2 ----

op("QueueCloseV2(handle: resource)", "cancel_pending_enqueues: bool = false", stateful=True)
op("QueueIsClosedV2(handle: resource) -> is_closed: bool", stateful=True)
op("QueueSizeV2(handle: resource) -> size: int32", stateful=True)


@shape("QueueCloseV2")
def queue_close_shape() -> list[Dims]:
    return []


@shape("QueueIsClosedV2", "QueueSizeV2")
def queue_state_shape() -> Dims:
    return ()


no_gradient("QueueCloseV2", "QueueIsClosedV2", "QueueSizeV2")
