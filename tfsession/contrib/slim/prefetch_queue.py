"""`tf.contrib.slim.prefetch_queue`: a queue that is filled ahead."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import float32
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import math
from tfsession.ops.queue import FIFOQueue, PaddingFIFOQueue, QueueBase
from tfsession.ops.summary import scalar
from tfsession.train.queue_runner import QueueRunner, add_queue_runner

__all__ = ["prefetch_queue"]


def prefetch_queue(
    tensors: Any,
    capacity: int = 8,
    num_threads: int = 1,
    dynamic_pad: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """A queue of what tensors give, which a queue runner fills.

    Args:
      tensors: a list or a dictionary of tensors.
      capacity: how many elements it holds at most.
      num_threads: how many threads fill it.
      dynamic_pad: whether sizes of the tensors may differ.
      shared_name: a name under which sessions share the queue.
      name: a name for the operations.

    Source: TensorFlow 1.15 `tf.contrib.slim.prefetch_queue.prefetch_queue`.
    """
    names = sorted(tensors) if isinstance(tensors, dict) else None
    given = [tensors[key] for key in names] if names else list(tensors)
    with name_scope(name, "prefetch_queue", given):
        flat = [convert_to_tensor(tensor) for tensor in given]
        make: Any = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        queue: QueueBase
        queue = make(
            capacity=capacity,
            dtypes=[tensor.dtype for tensor in flat],
            shapes=[tensor.shape for tensor in flat],
            names=names,
            shared_name=shared_name,
        )
        step = queue.enqueue(dict(zip(names, flat, strict=True)) if names else flat)
        add_queue_runner(QueueRunner(queue, [step] * num_threads))
        share = math.cast(queue.size(), float32) * (1.0 / capacity)
        scalar(f"fraction_of_{capacity}_full", share)
        return queue
