"""Queues: their ops, and the classes that stand for them.

A queue passes tuples of tensors between steps. Its operations wait, on the CPU, until there is room
or until there are enough elements.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DType, as_dtype
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.array import stack
from tfsession.ops.indexing import gather
from tfsession.ops.random import get_seed
from tfsession.registry import family, op, shape, undefined_gradient
from tfsession.shapes import Dimension, Dims, TensorShape, as_shape, with_rank

__all__ = [
    "FIFOQueue",
    "PaddingFIFOQueue",
    "PriorityQueue",
    "QueueBase",
    "RandomShuffleQueue",
]

family(is_light=True)


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


undefined_gradient("FIFOQueueV2", "PaddingFIFOQueueV2", "PriorityQueueV2", "RandomShuffleQueueV2")


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


undefined_gradient("QueueEnqueueV2", "QueueEnqueueManyV2")


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
    # The shapes are the queue's, which the classes of resources/queues.py know.
    return [None] * len(component_types)


@shape("QueueDequeueManyV2", "QueueDequeueUpToV2")
def queue_dequeue_many_shape(n: Tensor, component_types: Any) -> list[Dims]:
    with_rank(n.dims, 0)
    count = constant_value(n)
    if count is not None and count < 0:
        raise ValueError(f"Input 'n' must be >= 0, but is {count}")
    return [None] * len(component_types)


undefined_gradient("QueueDequeueV2", "QueueDequeueManyV2", "QueueDequeueUpToV2")


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


undefined_gradient("QueueCloseV2", "QueueIsClosedV2", "QueueSizeV2")


# ---- Arguments ----


def _type_list(types: Any) -> list[DType]:
    if types is None:
        raise TypeError("queue: dtypes is None; want a DType or a list of them")
    if not isinstance(types, (list, tuple)):
        types = [types]
    return [as_dtype(dtype) for dtype in types]


def _shape_list(shapes: Any, open_dimensions: bool = False) -> list[TensorShape] | None:
    """The shapes of components; a list of numbers is one shape.

    Raises:
      TypeError: they are no list of shapes.
      ValueError: a size that must be known is not.
    """
    if shapes is None:
        return None
    if isinstance(shapes, TensorShape):
        shapes = [shapes]
    if not isinstance(shapes, (list, tuple)):
        raise TypeError("shapes must be a TensorShape or a list or tuple of TensorShapes.")
    if all(size is None or isinstance(size, int) for size in shapes):
        shapes = [shapes]
    found = [as_shape(shape) for shape in shapes]
    if not open_dimensions and not all(shape.is_fully_defined() for shape in found):
        raise ValueError(f"All shapes must be fully defined: {found}")
    if any(shape.ndims is None for shape in found):
        raise ValueError(f"All shapes must have a defined rank: {found}")
    return found


def _name_list(names: Any, types: Sequence[DType]) -> list[str] | None:
    if names is None:
        return None
    if not isinstance(names, (list, tuple)):
        names = [names]
    if len(names) != len(types):
        raise ValueError(
            "List of names must have the same length as the list of dtypes, received "
            f"len(names)={len(names)},len(dtypes)={len(types)}"
        )
    return list(names)


# ---- QueueBase ----


class QueueBase:
    """What all queues have in common.

    An element of a queue is a tuple of tensors, its components, each of a fixed dtype and, if the
    queue was made with shapes, of a fixed shape. Components may have names; an element is then a
    dict.

    Source: TensorFlow 1.15 `tf.QueueBase`.
    """

    def __init__(self, dtypes: Any, shapes: Any, names: Any, queue_ref: Tensor) -> None:
        """Wraps a handle.

        Args:
          dtypes: the dtypes of the components.
          shapes: their shapes, or None.
          names: their names, or None.
          queue_ref: the handle of a queue.

        Raises:
          ValueError: the lists differ in length.
        """
        self._dtypes = dtypes
        if shapes is None:
            self._shapes = [TensorShape(None) for _ in dtypes]
        else:
            if len(shapes) != len(dtypes):
                raise ValueError(
                    "Queue shapes must have the same length as dtypes, received "
                    f"len(shapes)={len(shapes)}, len(dtypes)={len(dtypes)}"
                )
            self._shapes = [TensorShape(shape) for shape in shapes]
        if names is not None and len(names) != len(dtypes):
            raise ValueError(
                "Queue names must have the same length as dtypes,received "
                f"len(names)={len(names)},len(dtypes)={len(dtypes)}"
            )
        self._names = names or None
        self._queue_ref = queue_ref
        self._name = queue_ref.op.name.split("/")[-1]

    @staticmethod
    def from_list(index: TensorLike, queues: Sequence[QueueBase]) -> QueueBase:
        """The queue at a position that is known only when the step runs.

        Args:
          index: an integer scalar.
          queues: queues with the same dtypes and names.

        Returns:
          A queue; its components have what the shapes of all queues have in common.

        Raises:
          TypeError: `queues` is no list of queues, or their dtypes or names differ.
        """
        if not queues or not isinstance(queues, list):
            raise TypeError("A list of queues expected")
        if not all(isinstance(queue, QueueBase) for queue in queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if not all(queue.dtypes == first.dtypes for queue in queues[1:]):
            raise TypeError("Queues do not have matching component dtypes.")
        if not all(queue.names == first.names for queue in queues[1:]):
            raise TypeError("Queues do not have matching component names.")
        shapes = [
            functools.reduce(_in_common, shapes)
            for shapes in zip(*[queue.shapes for queue in queues], strict=True)
        ]
        selected = gather(stack([queue.queue_ref for queue in queues]), index)
        return QueueBase(first.dtypes, shapes, first.names, selected)

    @property
    def queue_ref(self) -> Tensor:
        """The handle of the queue, a resource scalar."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """The name of the operation that makes the queue."""
        name: str = self._queue_ref.op.name
        return name

    @property
    def dtypes(self) -> list[DType]:
        """The dtypes of the components."""
        return list(self._dtypes)

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of the components."""
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        """The names of the components, or None."""
        names: list[str] | None = self._names
        return names

    # -- Adding --

    def _components(self, vals: Any) -> list[Tensor]:
        """One tensor for each component.

        Raises:
          ValueError: a dict for a queue without names, another value for one with names, or other
            keys than the names.
        """
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            given, wanted = sorted(vals, key=str), sorted(self._names, key=str)
            if given != wanted:
                raise ValueError(
                    "Keys in dictionary to enqueue do not match names of Queue.  Dictionary: "
                    f"{given},Queue: {wanted}"
                )
            vals = [vals[name] for name in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        elif not isinstance(vals, (list, tuple)):
            vals = [vals]
        return [
            convert_to_tensor(value, dtype, name=f"component_{index}")
            for index, (value, dtype) in enumerate(zip(vals, self._dtypes, strict=False))
        ]

    def _values(self, vals: Any) -> list[Any]:
        """What the name scope of an operation has to look at."""
        if isinstance(vals, (list, tuple)):
            return list(vals)
        return list(vals.values()) if isinstance(vals, dict) else [vals]

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """Adds one element; waits while the queue is full.

        Args:
          vals: a tensor, a list of tensors, or a dict where the queue has names.
          name: a name for the operation.

        Raises:
          ValueError: `vals` does not fit the names or shapes of the components.
          CancelledError: when run, and the queue is closed or the step is cancelled.

        Source: TensorFlow 1.15 `tf.QueueBase.enqueue`.
        """
        with name_scope(name, f"{self._name}_enqueue", self._values(vals)) as scope:
            tensors = self._components(vals)
            for tensor, shape in zip(tensors, self._shapes, strict=False):
                tensor.shape.assert_is_compatible_with(shape)
            operation: Operation = build("QueueEnqueueV2", self._queue_ref, tensors, name=scope)
            return operation

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """Adds as many elements as the tensors have rows, one by one as there is room.

        Args:
          vals: as for `enqueue`, each tensor with a leading dimension more; [batch, ...].
          name: a name for the operation.

        Raises:
          ValueError: `vals` does not fit the names or shapes of the components.
          CancelledError: when run, and the queue is closed or the step is cancelled.

        Source: TensorFlow 1.15 `tf.QueueBase.enqueue_many`.
        """
        with name_scope(name, f"{self._name}_EnqueueMany", self._values(vals)) as scope:
            tensors = self._components(vals)
            batch = Dimension(None)
            for tensor, shape in zip(tensors, self._shapes, strict=False):
                rows = tensor.shape.with_rank_at_least(1)
                batch = batch.merge_with(rows[0])
                rows[1:].assert_is_compatible_with(shape)
            operation: Operation = build("QueueEnqueueManyV2", self._queue_ref, tensors, name=scope)
            return operation

    # -- Taking --

    def _element(self, tensors: list[Tensor]) -> Any:
        """A dict where components have names, one tensor where there is one, otherwise the list."""
        if self._names:
            return dict(zip(self._names, tensors, strict=True))
        return tensors[0] if len(tensors) == 1 else tensors

    def dequeue(self, name: str | None = None) -> Any:
        """Takes one element; waits while there is none.

        Returns:
          A tensor, a list of tensors for several components, or a dict where they have names.

        Raises:
          OutOfRangeError: when run, and the queue is closed and empty.
          CancelledError: when run, and the step is cancelled.

        Source: TensorFlow 1.15 `tf.QueueBase.dequeue`.
        """
        tensors = build(
            "QueueDequeueV2",
            self._queue_ref,
            component_types=self._dtypes,
            name=name or f"{self._name}_Dequeue",
        )
        for tensor, static in zip(tensors, self._shapes, strict=True):
            tensor.set_shape(static)
        return self._element(tensors)

    def dequeue_many(self, n: TensorLike, name: str | None = None) -> Any:
        """Takes `n` elements together and stacks each component.

        Args:
          n: an int32 scalar.
          name: a name for the operation.

        Returns:
          As `dequeue`, each tensor with a leading dimension more; [n, ...].

        Raises:
          ValueError: `n` is known to be negative.
          InvalidArgumentError: when run, and the queue has no shapes.
          OutOfRangeError: when run, and the queue is closed and has fewer than `n` elements.
          CancelledError: when run, and the step is cancelled.

        Source: TensorFlow 1.15 `tf.QueueBase.dequeue_many`.
        """
        return self._dequeue_together("QueueDequeueManyV2", n, name or f"{self._name}_DequeueMany")

    def dequeue_up_to(self, n: TensorLike, name: str | None = None) -> Any:
        """Takes `n` elements together, or what a closed queue has left.

        Arguments and errors are those of `dequeue_many`, but that a closed queue fails only when it
        is empty.

        Returns:
          As `dequeue`, each tensor with a leading dimension more, at most `n`.

        Source: TensorFlow 1.15 `tf.QueueBase.dequeue_up_to`.
        """
        return self._dequeue_together("QueueDequeueUpToV2", n, name or f"{self._name}_DequeueUpTo")

    def _dequeue_together(self, op_type: str, n: Any, name: str) -> Any:
        tensors = build(op_type, self._queue_ref, n, component_types=self._dtypes, name=name)
        batch = None
        if op_type == "QueueDequeueManyV2":
            count = constant_value(tensors[0].op.inputs[1])
            batch = None if count is None else int(count)
        for tensor, static in zip(tensors, self._shapes, strict=True):
            tensor.set_shape(TensorShape([batch]).concatenate(static))
        return self._element(tensors)

    # -- State --

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Ends the queue: enqueueing fails from then on, dequeueing goes on until it is empty.

        Args:
          cancel_pending_enqueues: whether waiting enqueues fail; otherwise closing waits for them.
          name: a name for the operation.

        Source: TensorFlow 1.15 `tf.QueueBase.close`.
        """
        operation: Operation = build(
            "QueueCloseV2",
            self._queue_ref,
            cancel_pending_enqueues=cancel_pending_enqueues,
            name=name or f"{self._name}_Close",
        )
        return operation

    def is_closed(self, name: str | None = None) -> Tensor:
        """Returns a bool scalar: whether the queue is closed.

        Source: TensorFlow 1.15 `tf.QueueBase.is_closed`.
        """
        result: Tensor = build(
            "QueueIsClosedV2", self._queue_ref, name=name or f"{self._name}_Is_Closed"
        )
        return result

    def size(self, name: str | None = None) -> Tensor:
        """Returns an int32 scalar: how many elements the queue holds.

        Source: TensorFlow 1.15 `tf.QueueBase.size`.
        """
        result: Tensor = build("QueueSizeV2", self._queue_ref, name=name or f"{self._name}_Size")
        return result


def _in_common(a: TensorShape, b: TensorShape) -> TensorShape:
    """The most specific shape that both are instances of."""
    if a.dims is None or b.dims is None or len(a) != len(b):
        return TensorShape(None)
    pairs = zip(a.as_list(), b.as_list(), strict=True)
    return TensorShape([m if m == n else None for m, n in pairs])


# ---- Kinds of queues ----


class FIFOQueue(QueueBase):
    """A queue that gives elements in the order in which they came.

    Source: TensorFlow 1.15 `tf.FIFOQueue`.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        """Creates a queue.

        Args:
          capacity: the most elements it holds; negative for no limit.
          dtypes: the dtype, or list of dtypes, of the components.
          shapes: their shapes, fully known; None for any. Elements can be dequeued together only
            where there are shapes.
          names: their names; None for elements that are no dicts.
          shared_name: queues of this name are one in a session.
          name: a name for the operation that makes the queue.

        Raises:
          ValueError: shapes are not fully known, or the lists differ in length.
        """
        types = _type_list(dtypes)
        checked = _shape_list(shapes)
        names = _name_list(names, types)
        handle = build(
            "FIFOQueueV2",
            component_types=types,
            shapes=checked,
            capacity=capacity,
            shared_name=shared_name,
            name=name,
        )
        super().__init__(types, checked, names, handle)


class PaddingFIFOQueue(QueueBase):
    """A FIFO queue whose elements may differ in size; a batch of them is padded with zeros.

    Source: TensorFlow 1.15 `tf.PaddingFIFOQueue`.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        """Creates a queue; see `FIFOQueue`.

        Args:
          capacity: the most elements it holds; negative for no limit.
          dtypes: the dtype, or list of dtypes, of the components.
          shapes: their shapes; the rank must be known, sizes may be None.
          names: their names; None for elements that are no dicts.
          shared_name: queues of this name are one in a session.
          name: a name for the operation that makes the queue.

        Raises:
          ValueError: shapes are missing or have no rank, or the lists differ in length.
        """
        types = _type_list(dtypes)
        checked = _shape_list(shapes, open_dimensions=True)
        names = _name_list(names, types)
        if checked is None:
            raise ValueError("When providing partial shapes, a list of shapes must be provided.")
        if len(types) != len(checked):
            raise ValueError("Shapes must be provided for all components.")
        handle = build(
            "PaddingFIFOQueueV2",
            component_types=types,
            shapes=checked,
            capacity=capacity,
            shared_name=shared_name,
            name=name,
        )
        super().__init__(types, checked, names, handle)


class RandomShuffleQueue(QueueBase):
    """A queue that gives elements in random order.

    Source: TensorFlow 1.15 `tf.RandomShuffleQueue`.
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        """Creates a queue; see `FIFOQueue`.

        Args:
          capacity: the most elements it holds; negative for no limit.
          min_after_dequeue: dequeueing waits rather than leave fewer elements than this, until the
            queue is closed. The larger, the better the shuffling.
          dtypes: the dtype, or list of dtypes, of the components.
          shapes: their shapes, fully known; None for any.
          names: their names; None for elements that are no dicts.
          seed: the op's seed; see `tf.set_random_seed`.
          shared_name: queues of this name are one in a session.
          name: a name for the operation that makes the queue.

        Raises:
          ValueError: shapes are not fully known, or the lists differ in length.
          InvalidArgumentError: when run, and `min_after_dequeue` is negative or not below the
            capacity.
        """
        types = _type_list(dtypes)
        checked = _shape_list(shapes)
        names = _name_list(names, types)
        first, second = get_seed(seed)
        if first is None or second is None:
            first, second = 0, 0
        elif seed is None and shared_name is not None:
            # The queue is shared between graphs, whose operations are numbered differently.
            digest = hashlib.md5(f"{first}{shared_name}".encode(), usedforsecurity=False)
            second = int(digest.hexdigest()[:8], 16) & 0x7FFFFFFF
        handle = build(
            "RandomShuffleQueueV2",
            component_types=types,
            shapes=checked,
            capacity=capacity,
            min_after_dequeue=min_after_dequeue,
            seed=first,
            seed2=second,
            shared_name=shared_name,
            name=name,
        )
        super().__init__(types, checked, names, handle)


class PriorityQueue(QueueBase):
    """A queue that gives the element with the lowest priority number first.

    Each element begins with its priority, an int64 scalar.

    Source: TensorFlow 1.15 `tf.PriorityQueue`.
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "priority_queue",
    ) -> None:
        """Creates a queue; see `FIFOQueue`.

        Args:
          capacity: the most elements it holds; negative for no limit.
          types: the dtype, or list of dtypes, of the components after the priority.
          shapes: their shapes, fully known.
          names: the names of all components, the priority's first; None for elements that are no
            dicts.
          shared_name: queues of this name are one in a session.
          name: a name for the operation that makes the queue.

        Raises:
          TypeError: there are no shapes.
          ValueError: shapes are not fully known, or the lists differ in length.
        """
        value_types = _type_list(types)
        if shapes is None:
            raise TypeError(
                "Expected list for 'shapes' argument to 'priority_queue_v2' Op, not None."
            )
        checked = _shape_list(shapes)
        handle = build(
            "PriorityQueueV2",
            component_types=value_types,
            shapes=checked,
            capacity=capacity,
            shared_name=shared_name,
            name=name,
        )
        all_types = [dtypes.int64, *value_types]
        all_shapes = [TensorShape([]), *checked] if checked else checked
        super().__init__(all_types, all_shapes, _name_list(names, all_types), handle)
