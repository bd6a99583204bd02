"""Queues: what enqueue and dequeue operations of a session share.

A queue has two lists, of waiting enqueue attempts and of waiting dequeue attempts. Only the head of
each is tried, alternately, until neither makes progress::

    enqueue attempts   [e1, e2, close]          dequeue attempts   [d1, d2]
                        |                                           |
                        +----->  elements (at most capacity)  ----->+

So attempts of one kind finish in the order in which they came, and an attempt that needs many
elements takes them as they arrive. Whoever makes an attempt advances all that can advance, under
the queue's lock, and then waits until its own is done.

Source: TensorFlow 1.15, core/kernels/queue_base.h.
"""

from __future__ import annotations

import abc
import functools
import heapq
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tfsession.dtypes import DType, int64
from tfsession.errors import CancelledError, InvalidArgumentError, OutOfRangeError
from tfsession.resources import cancellation
from tfsession.shapes import Dims, dims_compatible, format_dims

logger = logging.getLogger("tfsession")

UNBOUNDED = 2**31 - 1
"""The capacity of a queue that was asked for a negative one."""

_thread = threading.local()


@contextmanager
def closing_because(reason: str | None) -> Iterator[None]:
    """Gives the queues that this thread closes inside a reason, which their errors will note."""
    _thread.reason = reason
    try:
        yield
    finally:
        _thread.reason = None


Element = tuple[Any, ...]
"""One array, NumPy scalar or bytes for each component."""


@dataclass(frozen=True)
class QueueStatistics:
    """The state of a queue at one moment.

    Attributes:
      size: elements in the queue.
      capacity: the most it may hold.
      is_closed: whether it takes no more elements.
      waiting_enqueues: attempts to enqueue, or to close, that wait.
      waiting_dequeues: attempts to dequeue that wait.
    """

    size: int
    capacity: int
    is_closed: bool
    waiting_enqueues: int
    waiting_dequeues: int


class _Attempt:
    """What one thread wants of a queue.

    Attributes:
      advance: does what can be done now and returns whether that was anything; calls `finish` when
        nothing is left to do. It runs under the queue's lock.
      elements: the elements to enqueue, or those dequeued so far.
      wanted: how many elements are still missing.
      error: what the attempt failed with.
      is_done: whether the attempt has finished, failed or been given up.
      is_cancelled: whether it has been given up.
    """

    __slots__ = ("advance", "condition", "elements", "error", "is_cancelled", "is_done", "wanted")

    def __init__(
        self, advance: Callable[[_Attempt], bool], elements: list[Element], wanted: int
    ) -> None:
        self.advance = advance
        self.elements = elements
        self.wanted = wanted
        self.error: BaseException | None = None
        self.is_done = False
        self.is_cancelled = False
        self.condition: threading.Condition | None = None

    def finish(self, error: BaseException | None = None) -> bool:
        """Ends the attempt and wakes its thread; True, which is what `advance` then returns."""
        self.error = error
        self.is_done = True
        if self.condition is not None:
            self.condition.notify_all()
        return True


class Queue(abc.ABC):
    """A queue of tuples of arrays, on the host; safe to use from several threads.

    Attributes:
      name: the resource's name.
      component_types: the DType of each component.
      shapes: the shape of each component, or an empty list where elements may have any.
      capacity: the most elements it may hold.
    """

    kind: ClassVar[str]
    """The name in texts of errors."""
    batch_kind: ClassVar[str]
    """The same, where several elements are dequeued together."""

    def __init__(
        self, name: str, component_types: Sequence[DType], shapes: Sequence[Dims], capacity: int
    ) -> None:
        self.name = name
        self.component_types = list(component_types)
        self.shapes = list(shapes)
        self.capacity = UNBOUNDED if capacity < 0 else capacity
        # Reentrant, because a signal handler may close the session of the thread it interrupts.
        self._lock = threading.RLock()
        self._enqueues: deque[_Attempt] = deque()
        self._dequeues: deque[_Attempt] = deque()
        self._closed = False
        # Why it was closed, where that was no ordinary end.
        self._reason: str | None = None

    # -- The elements; always called under the lock --

    @abc.abstractmethod
    def _count(self) -> int:
        """How many elements there are."""

    @abc.abstractmethod
    def _put(self, elements: Sequence[Element]) -> None:
        """Adds elements."""

    @abc.abstractmethod
    def _take(self) -> Element:
        """Removes the element that is next."""

    @abc.abstractmethod
    def _put_back(self, elements: Sequence[Element]) -> None:
        """Adds elements that were taken, in the order in which they were."""

    @abc.abstractmethod
    def _remove_all(self) -> None:
        """Removes all elements."""

    @abc.abstractmethod
    def _contents(self) -> Sequence[Element]:
        """All elements, in any order."""

    def _available(self) -> int:
        """How many elements may be taken now."""
        return self._count()

    # -- What operations do --

    @property
    def size(self) -> int:
        """How many elements there are."""
        with self._lock:
            return self._count()

    @property
    def is_closed(self) -> bool:
        """Whether the queue takes no more elements."""
        return self._closed

    def statistics(self) -> QueueStatistics:
        """The state of the queue at this moment."""
        with self._lock:
            return QueueStatistics(
                self._count(),
                self.capacity,
                self._closed,
                len(self._enqueues),
                len(self._dequeues),
            )

    def enqueue(self, components: Sequence[Any]) -> None:
        """Adds one element; waits while the queue is full.

        Args:
          components: one array for each component; they are copied.

        Raises:
          InvalidArgumentError: a component has the wrong shape.
          CancelledError: the queue is closed, or the run was cancelled while it waited.
        """
        self._check_element(components)
        element = tuple([_private(component) for component in components])
        self._enqueue([element])

    def enqueue_many(self, components: Sequence[Any]) -> None:
        """Adds the rows of `components`, one by one as there is room.

        Args:
          components: for each component an array [batch, ...]; they are copied.

        Raises:
          InvalidArgumentError: a component has the wrong shape.
          CancelledError: the queue is closed, or the run was cancelled while it waited; elements
            added until then stay.
        """
        self._check_batch(components)
        elements = list(zip(*[_rows(component) for component in components], strict=True))
        if elements:
            self._enqueue(elements)

    def _enqueue(self, elements: list[Element]) -> None:
        attempt = _Attempt(self._advance_enqueue, elements, len(elements))
        self._perform(self._enqueues, attempt, "Enqueue")

    def dequeue(self) -> list[Any]:
        """Takes one element; waits while there is none.

        Returns:
          A list with an array, or NumPy scalar, for each component.

        Raises:
          OutOfRangeError: the queue is closed and empty.
          CancelledError: the run was cancelled while it waited.
        """
        attempt = _Attempt(self._advance_dequeue, [], 1)
        self._perform(self._dequeues, attempt, "Dequeue")
        return [_as_array(component) for component in attempt.elements[0]]

    def dequeue_many(self, count: int, allow_fewer: bool = False) -> list[Any]:
        """Takes `count` elements together, as they arrive.

        Args:
          count: how many.
          allow_fewer: whether a closed queue gives what it has left.

        Returns:
          A list with an array [count, ...] for each component.

        Raises:
          InvalidArgumentError: the components have no shapes.
          OutOfRangeError: the queue is closed and has too few elements; those taken are put back.
          CancelledError: the run was cancelled while it waited; the elements taken are lost.
        """
        if not self.shapes:
            raise InvalidArgumentError.of(
                f"{self.batch_kind}'s DequeueMany and DequeueUpTo require the components to have "
                "specified shapes.",
            )
        if count == 0:
            return self._empty_batch()
        step = self._advance_dequeue_up_to if allow_fewer else self._advance_dequeue_many
        attempt = _Attempt(step, [], count)
        self._perform(self._dequeues, attempt, "Dequeue")
        return self._batch(attempt.elements)

    def close(self, cancel_pending_enqueues: bool = False) -> None:
        """Ends the queue: no more elements may be added.

        Args:
          cancel_pending_enqueues: whether waiting enqueues fail; otherwise the call waits for them.

        Raises:
          CancelledError: the queue is closed already, and no enqueue had to be cancelled.
        """
        reason = getattr(_thread, "reason", None)
        if not cancel_pending_enqueues:
            # Any thread may be the one that advances it.
            attempt = _Attempt(functools.partial(self._advance_close, reason=reason), [], 0)
            self._perform(self._enqueues, attempt, "Enqueue")
            return
        with self._lock:
            self._reason = self._reason if self._closed else reason
            self._closed = True
            for waiting in self._enqueues:
                if not waiting.is_done:
                    _give_up(waiting, "Enqueue")
            self._flush()

    def release(self) -> None:
        """Drops all elements."""
        with self._lock:
            self._remove_all()

    def arrays(self) -> list[tuple[str, Any]]:
        """The components of all elements, each with the name of the queue."""
        with self._lock:
            return [(self.name, part) for element in self._contents() for part in element]

    # -- Attempts --

    def _perform(self, attempts: deque[_Attempt], attempt: _Attempt, verb: str) -> None:
        """Adds an attempt to its list and waits until it is done.

        Raises:
          CancelledError: the run was cancelled before.
          OpError: what the attempt failed with.
        """
        run = cancellation.current()
        if run is not None and run.is_cancelled:
            raise CancelledError.of(f"{verb} operation was cancelled")
        try:
            with self._lock:
                attempts.append(attempt)
                self._flush()
                if not attempt.is_done:
                    self._wait(attempt, run, verb)
        except BaseException:
            # Ctrl-C: nobody will fetch what the attempt still gets.
            self._cancel(attempt, verb)
            raise
        if attempt.error is not None:
            raise attempt.error

    def _wait(self, attempt: _Attempt, run: cancellation.Cancellation | None, verb: str) -> None:
        attempt.condition = threading.Condition(self._lock)
        token = None
        if run is not None:
            token = run.add(lambda: self._cancel(attempt, verb))
            if token is None:
                self._cancel(attempt, verb)
        while not attempt.is_done:
            attempt.condition.wait()
        if run is not None and token is not None:
            run.remove(token)

    def _cancel(self, attempt: _Attempt, verb: str) -> None:
        """Gives an attempt up, so that those behind it can go on."""
        with self._lock:
            if not attempt.is_done:
                _give_up(attempt, verb)
                self._flush()

    def _flush(self) -> None:
        """Advances whatever can advance."""
        moved = True
        while moved:
            moved = self._advance_all(self._enqueues, "enqueue")
            moved = self._advance_all(self._dequeues, "dequeue") or moved

    def _advance_all(self, attempts: deque[_Attempt], what: str) -> bool:
        """Advances attempts until one has to wait; returns whether anything happened."""
        moved = False
        while attempts:
            attempt = attempts[0]
            if attempt.is_cancelled:
                level = logging.DEBUG if self._closed else logging.WARNING
                state = "closed" if self._closed else "not closed"
                logger.log(
                    level,
                    "%s: Skipping cancelled %s attempt with queue %s",
                    self.name,
                    what,
                    state,
                )
            else:
                moved = attempt.advance(attempt) or moved
                if not attempt.is_done:
                    break
            attempts.popleft()
        return moved

    def _advance_enqueue(self, attempt: _Attempt) -> bool:
        if self._closed:
            return attempt.finish(CancelledError.of(f"{self.kind} '{self.name}' is closed."))
        room = self.capacity - self._count()
        if room <= 0:
            return False
        first = len(attempt.elements) - attempt.wanted
        part = attempt.elements[first : first + room]
        self._put(part)
        attempt.wanted -= len(part)
        return True if attempt.wanted else attempt.finish()

    def _advance_close(self, attempt: _Attempt, reason: str | None) -> bool:
        if self._closed:
            return attempt.finish(CancelledError.of(f"Queue '{self.name}' is already closed."))
        self._closed, self._reason = True, reason
        return attempt.finish()

    def _advance_dequeue(self, attempt: _Attempt) -> bool:
        if self._closed and not self._count():
            return attempt.finish(self._insufficient(self.kind, 1, 0))
        if self._available() <= 0:
            return False
        attempt.elements.append(self._take())
        return attempt.finish()

    def _advance_dequeue_many(self, attempt: _Attempt) -> bool:
        size = self._count()
        if self._closed and size < attempt.wanted:
            self._put_back(attempt.elements)
            return attempt.finish(self._insufficient(self.batch_kind, attempt.wanted, size))
        return self._take_into(attempt)

    def _advance_dequeue_up_to(self, attempt: _Attempt) -> bool:
        size = self._count()
        if self._closed and size < attempt.wanted:
            self._put_back(attempt.elements)
            attempt.elements = []
            if not self._count():
                # Enqueues that wait fail next, and nothing comes after them.
                return attempt.finish(self._insufficient(self.batch_kind, attempt.wanted, size))
            attempt.wanted = self._count()
        return self._take_into(attempt)

    def _take_into(self, attempt: _Attempt) -> bool:
        """Takes as many of the wanted elements as there are."""
        count = min(self._available(), attempt.wanted)
        if count <= 0:
            return False
        attempt.elements += [self._take() for _ in range(count)]
        attempt.wanted -= count
        return True if attempt.wanted else attempt.finish()

    def _insufficient(self, kind: str, wanted: int, size: int) -> OutOfRangeError:
        error = OutOfRangeError.of(
            f"{kind} '{self.name}' is closed and has insufficient elements (requested {wanted}, "
            f"current size {size})",
        )
        if self._reason is not None:
            error.add_note(self._reason)
        return error

    # -- Shapes --

    def has_shapes_like(self, shapes: Sequence[Dims]) -> bool:
        """Whether the components may have these shapes."""
        return self.shapes == list(shapes)

    def _check_element(self, components: Sequence[Any]) -> None:
        for index, (component, wanted) in enumerate(zip(components, self.shapes, strict=False)):
            if not _fits(component.shape, wanted):
                raise _mismatch(index, wanted, component.shape)

    def _check_batch(self, components: Sequence[Any]) -> None:
        for index, component in enumerate(components):
            if not component.ndim:
                raise InvalidArgumentError.of(
                    f"Component {index} is a scalar, and must have a batch dimension"
                )
        batch = components[0].shape[0]
        for index, component in enumerate(components):
            if self.shapes:
                wanted = _batch_dims(batch, self.shapes[index])
                if not _fits(component.shape, wanted):
                    raise _mismatch(index, wanted, component.shape)
            elif component.shape[0] != batch:
                raise InvalidArgumentError.of(
                    "All input tensors must have the same size in the 0th dimension. Component "
                    f"{index} has {component.shape[0]}, and should have {batch}",
                )

    def _empty_batch(self) -> list[Any]:
        return [
            np.empty((0, *[size or 0 for size in dims or ()]), dtype.numpy)
            for dtype, dims in zip(self.component_types, self.shapes, strict=True)
        ]

    def _batch(self, elements: Sequence[Element]) -> list[Any]:
        """Stacks elements, component by component."""
        columns = zip(*elements, strict=True)
        return [
            _stacked(column, dtype.numpy)
            for column, dtype in zip(columns, self.component_types, strict=True)
        ]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.statistics()}>"


def _give_up(attempt: _Attempt, verb: str) -> None:
    attempt.is_cancelled = True
    attempt.finish(CancelledError.of(f"{verb} operation was cancelled"))


def _private(component: Any) -> Any:
    """A copy that nobody else can change; scalars of NumPy cannot change anyway."""
    if not isinstance(component, np.ndarray):
        return component
    return component.copy() if component.ndim else component[()]


def _rows(component: Any) -> Iterable[Any]:
    """Private copies of the rows of a batch."""
    if component.ndim == 1:
        return list(component)
    # A view of a common copy would keep the whole batch alive as long as one of its rows.
    return [row.copy() for row in component]


def _as_array(component: Any) -> Any:
    if isinstance(component, (np.ndarray, np.generic)):
        return component
    array = np.empty((), object)
    array[()] = component
    return array


def _stacked(column: Sequence[Any], dtype: np.dtype[Any]) -> np.ndarray:
    """An array [len(column), ...] of elements of one shape."""
    shape = np.shape(column[0])
    if shape:
        return np.concatenate(column).reshape((len(column), *shape))
    # Given the dtype, NumPy still looks into bytes for characters; an assignment does not.
    result: np.ndarray = np.empty(len(column), dtype)
    result[:] = column
    return result


def _padded(column: Sequence[Any], dtype: np.dtype[Any]) -> np.ndarray:
    """An array of elements of one rank, each padded at its ends to the size of the largest."""
    shapes = {np.shape(element) for element in column}
    if len(shapes) == 1:
        return _stacked(column, dtype)
    largest = tuple([max(sizes) for sizes in zip(*shapes, strict=True)])
    filling = b"" if dtype.kind == "O" else np.zeros((), dtype)
    result = np.full((len(column), *largest), filling, dtype)
    for index, element in enumerate(column):
        result[index][tuple([slice(size) for size in element.shape])] = element
    return result


def _fits(shape: tuple[int, ...], dims: Dims) -> bool:
    if shape == dims or dims is None:
        return True
    return len(shape) == len(dims) and all(
        wanted is None or size == wanted for size, wanted in zip(shape, dims, strict=True)
    )


def _batch_dims(batch: int, dims: Dims) -> Dims:
    return None if dims is None else (batch, *dims)


def _mismatch(index: int, wanted: Dims, shape: tuple[int, ...]) -> InvalidArgumentError:
    return InvalidArgumentError.of(
        f"Shape mismatch in tuple component {index}. Expected {format_dims(wanted)}, got "
        f"{format_dims(shape)}",
    )


# ---- Kinds of queues ----


class FIFOQueue(Queue):
    """Gives elements in the order in which they came."""

    kind = batch_kind = "FIFOQueue"

    def __init__(
        self, name: str, component_types: Sequence[DType], shapes: Sequence[Dims], capacity: int
    ) -> None:
        super().__init__(name, component_types, shapes, capacity)
        self._elements: deque[Element] = deque()

    def _count(self) -> int:
        return len(self._elements)

    def _put(self, elements: Sequence[Element]) -> None:
        self._elements.extend(elements)

    def _take(self) -> Element:
        return self._elements.popleft()

    def _put_back(self, elements: Sequence[Element]) -> None:
        self._elements.extendleft(reversed(elements))

    def _remove_all(self) -> None:
        self._elements.clear()

    def _contents(self) -> Sequence[Element]:
        return self._elements


class PaddingFIFOQueue(FIFOQueue):
    """A FIFO queue whose elements may differ in the sizes that `shapes` leaves open.

    Elements that are dequeued together are padded with zeros at the end of each open dimension.
    """

    batch_kind = "PaddingFIFOQueue"

    def has_shapes_like(self, shapes: Sequence[Dims]) -> bool:
        return len(shapes) == len(self.shapes) and all(map(dims_compatible, self.shapes, shapes))

    def _batch(self, elements: Sequence[Element]) -> list[Any]:
        columns = zip(*elements, strict=True)
        return [
            _padded(column, dtype.numpy)
            for column, dtype in zip(columns, self.component_types, strict=True)
        ]


class RandomShuffleQueue(Queue):
    """Gives elements in random order."""

    kind = batch_kind = "RandomShuffleQueue"

    def __init__(
        self,
        name: str,
        component_types: Sequence[DType],
        shapes: Sequence[Dims],
        capacity: int,
        min_after_dequeue: int,
        seeds: tuple[int, int],
        next_word: Callable[[], int],
    ) -> None:
        """Makes an empty queue.

        Args:
          name: the resource's name.
          component_types: the DType of each component.
          shapes: the shape of each component, or empty.
          capacity: the most elements; unbounded when negative.
          min_after_dequeue: how many elements a dequeue leaves while the queue is open.
          seeds: the two seeds that were asked for.
          next_word: the generator of random 32-bit integers.
        """
        super().__init__(name, component_types, shapes, capacity)
        self.min_after_dequeue = min_after_dequeue
        self.seeds = seeds
        self._next_word = next_word
        self._elements: list[Element] = []

    def _count(self) -> int:
        return len(self._elements)

    def _available(self) -> int:
        return len(self._elements) - (0 if self._closed else self.min_after_dequeue)

    def _put(self, elements: Sequence[Element]) -> None:
        self._elements.extend(elements)

    def _take(self) -> Element:
        # The last element takes the place of the chosen one: no element has to move up.
        index = self._next_word() % len(self._elements)
        last = self._elements.pop()
        if index == len(self._elements):
            return last
        chosen, self._elements[index] = self._elements[index], last
        return chosen

    def _put_back(self, elements: Sequence[Element]) -> None:
        self._elements.extend(reversed(elements))

    def _remove_all(self) -> None:
        self._elements.clear()

    def _contents(self) -> Sequence[Element]:
        return self._elements


class PriorityQueue(Queue):
    """Gives the element with the lowest priority number first, equal ones in the order they came.

    The first component is the priority, an int64 scalar.
    """

    kind = batch_kind = "PriorityQueue"

    def __init__(
        self, name: str, component_types: Sequence[DType], shapes: Sequence[Dims], capacity: int
    ) -> None:
        """Makes an empty queue; types and shapes are those of the values, without the priority."""
        super().__init__(name, *_with_priority(component_types, shapes), capacity)
        self._heap: list[tuple[int, int, Element]] = []
        self._arrivals = itertools.count()

    def _count(self) -> int:
        return len(self._heap)

    def _put(self, elements: Sequence[Element]) -> None:
        for element in elements:
            heapq.heappush(self._heap, (int(element[0]), next(self._arrivals), element))

    def _take(self) -> Element:
        return heapq.heappop(self._heap)[2]

    def _put_back(self, elements: Sequence[Element]) -> None:
        self._put(elements)

    def _take_into(self, attempt: _Attempt) -> bool:
        # What is taken early might not be what comes first in the end.
        return self._count() >= attempt.wanted and super()._take_into(attempt)

    def _remove_all(self) -> None:
        self._heap.clear()

    def _contents(self) -> Sequence[Element]:
        return [element for _, _, element in self._heap]

    def _check_element(self, components: Sequence[Any]) -> None:
        if components[0].ndim:
            raise _mismatch(0, (), components[0].shape)
        super()._check_element(components)

    def _check_batch(self, components: Sequence[Any]) -> None:
        super()._check_batch(components)
        if components[0].ndim != 1:
            raise _mismatch(0, (components[0].shape[0],), components[0].shape)


def _with_priority(
    types: Sequence[DType], shapes: Sequence[Dims]
) -> tuple[list[DType], list[Dims]]:
    """The types and shapes of all components of a priority queue, from those of the values."""
    return [int64, *types], [(), *shapes] if shapes else []


# ---- Shared queues ----


def unique_name(node: str) -> str:
    """The name of a resource that no other node can share."""
    return f"_{next(_serial)}_{node}"


_serial = itertools.count()


def check_same(
    queue: Queue,
    wanted: type[Queue],
    op_type: str,
    component_types: Sequence[DType],
    shapes: Sequence[Dims],
    capacity: int,
    min_after_dequeue: int = 0,
    seeds: tuple[int, int] = (0, 0),
) -> None:
    """Checks that an operation asks for the queue that another one has made.

    Args:
      queue: the queue that exists under the name.
      wanted: the kind asked for.
      op_type: the op that asks.
      component_types: the DType of each component.
      shapes: the shape of each component, or empty.
      capacity: as the op's attribute.
      min_after_dequeue: as the op's attribute.
      seeds: as the op's attributes; zeros fit any.

    Raises:
      InvalidArgumentError: something differs.
    """
    if type(queue) is not wanted:
        expected = type(queue).__name__
        raise InvalidArgumentError.of(f"Expected {expected}, found {op_type}")
    shared = f"Shared queue '{queue.name}' has"
    capacity = UNBOUNDED if capacity < 0 else capacity
    types = list(component_types)
    if wanted is PriorityQueue:
        types, shapes = _with_priority(types, shapes)
    problem = ""
    if capacity != queue.capacity:
        problem = f"capacity {queue.capacity} but requested capacity was {capacity}"
    elif isinstance(queue, RandomShuffleQueue) and min_after_dequeue != queue.min_after_dequeue:
        problem = (
            f"min_after_dequeue {queue.min_after_dequeue} but requested min_after_dequeue was "
            f"{min_after_dequeue}."
        )
    elif isinstance(queue, RandomShuffleQueue) and any(seeds) and seeds != queue.seeds:
        problem = f"random seeds {queue.seeds} but requested seeds are {seeds}."
    elif types != queue.component_types:
        problem = (
            f"component types {_type_list(queue.component_types)} but requested component types "
            f"were {_type_list(types)}"
        )
    elif not queue.has_shapes_like(shapes):
        problem = (
            f"component shapes {_shape_list(queue.shapes)} but requested component shapes were "
            f"{_shape_list(shapes)}"
        )
    if problem:
        raise InvalidArgumentError.of(f"{shared} {problem}")


def _type_list(types: Sequence[DType]) -> str:
    return ", ".join([dtype.runtime_name for dtype in types])


def _shape_list(shapes: Sequence[Dims]) -> str:
    return f"[{', '.join(map(format_dims, shapes))}]"


def check_signature(
    queue: Queue, inputs: Sequence[DType], outputs: Sequence[DType], extra: Sequence[str] = ()
) -> None:
    """Checks the components that an operation puts in or takes out.

    Args:
      queue: the queue the operation works on.
      inputs: the dtypes of the components it puts in.
      outputs: the dtypes of the components it takes out.
      extra: names of the dtypes of its other inputs.

    Raises:
      InvalidArgumentError: they are not those of the queue.
    """
    types = queue.component_types
    if types == list(inputs or outputs):
        return
    names = [dtype.runtime_name for dtype in types]

    def signature(before: Sequence[str], after: Sequence[str]) -> str:
        return f"{', '.join(['resource', *extra, *before])}->{', '.join(after)}"

    have = signature([d.runtime_name for d in inputs], [d.runtime_name for d in outputs])
    expected = signature(names, []) if inputs else signature([], names)
    raise InvalidArgumentError.of(f"Signature mismatch, have: {have} expected: {expected}")
