"""Iterators over datasets: what a session keeps of them, and the stages that have threads."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfsession.dtypes import DType
from tfsession.errors import (
    AlreadyExistsError,
    CancelledError,
    FailedPreconditionError,
    InvalidArgumentError,
    OutOfRangeError,
)
from tfsession.formats.streams import file_error
from tfsession.formats.tensor_proto import make_ndarray, make_tensor_proto
from tfsession.formats.tfrecord import RecordReader, TFRecordWriter
from tfsession.protos import TensorProto
from tfsession.resources import cancellation
from tfsession.resources.containers import ResourceManager
from tfsession.resources.dataset_stages import Map
from tfsession.resources.datasets import Context, Dataset, Element, Function, Selection, stage
from tfsession.shapes import Dims, dims_compatible, format_dims

KIND = "iterator"
"""The kind of resource that iterators are."""

_NEVER = object()


# ---- Stages with threads ----


class ParallelMap(Map):
    """A function of each element, of several at a time on threads; the order stays.

    A function whose calls are short is called by whoever asks for the element: it hardly lets other
    threads run meanwhile.
    """

    def __init__(
        self, source: Dataset, function: Function, types: Sequence[DType], calls: int
    ) -> None:
        super().__init__(source, function, types)
        self._calls = calls

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        call, elements = self._function.begin(context), self.source.begin(context)
        return stage(_Calls(context, call, elements, self._calls).next)


# Of a ParallelMap's calls, this many run alone at first, to see how long they take.
_TRIALS = 3

# Seconds. Up to the first, a call is short: handing it over to a thread would take a good part of
# it. After the second, others begin beside it.
_SHORT, _PATIENCE = 0.0005, 0.02


class _Calls:
    """The calls of a ParallelMap in their order."""

    def __init__(
        self,
        context: Context,
        call: Callable[[Element], Element],
        elements: Iterator[Element],
        number: int,
    ) -> None:
        from concurrent.futures import Future, ThreadPoolExecutor  # few programs have threads here

        self._context = context
        self._call = call
        self._elements = elements
        self._number = number
        pool = self._pool = ThreadPoolExecutor(number, "tfsession-map")
        context.on_close(lambda: pool.shutdown(wait=False, cancel_futures=True))
        self._running: deque[Future[Element]] = deque()
        self._trials_left = _TRIALS
        self._is_short = False
        self._is_over = False

    def next(self) -> Element:
        if self._is_short:
            return self._call(next(self._elements))
        if self._trials_left:
            self._try()
        if not self._trials_left and not self._is_short:
            while not self._is_over and len(self._running) < self._number:
                self._submit()
        if not self._running:
            raise StopIteration
        return self._running.popleft().result()

    def _try(self) -> None:
        """Starts one call alone, and waits a while for it."""
        from concurrent.futures import wait

        start = time.perf_counter()
        self._submit()
        self._trials_left -= 1
        if wait(self._running, _PATIENCE).not_done:
            self._trials_left = 0
        elif time.perf_counter() - start <= _SHORT:
            self._trials_left, self._is_short = 0, True

    def _submit(self) -> None:
        try:
            self._running.append(self._pool.submit(self._call, next(self._elements)))
        except StopIteration:
            self._is_over = True
        except RuntimeError:
            raise self._context.cancelled or CancelledError.of("") from None


class Prefetch(Selection):
    """The elements, made ahead on a thread; `size` is negative for as many as seem good."""

    def __init__(self, source: Dataset, size: int) -> None:
        super().__init__(source)
        self._size = _DEFAULT_AHEAD if size < 0 else size

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        elements = self.source.begin(context, as_numbers)
        if not self._size:
            return elements
        ahead = _Ahead(elements, self._size)
        context.on_close(ahead.close)
        # Whoever drops the iterator ends the thread, which holds on to `ahead` alone.
        iterator = _Follower(ahead)
        weakref.finalize(iterator, ahead.close)
        return iterator

    def count(self) -> int:
        return self.source.count()


_DEFAULT_AHEAD = 2


class _Follower:
    """The reader's end of a Prefetch."""

    def __init__(self, ahead: _Ahead) -> None:
        self._ahead = ahead

    def __iter__(self) -> _Follower:
        return self

    def __next__(self) -> Any:
        return self._ahead.take()


class _Ahead:
    """Elements that a thread makes before they are asked for.

    The thread begins with the first request. Results and errors are handed on in their order.
    """

    def __init__(self, elements: Iterator[Any], size: int) -> None:
        self._elements = elements
        self._size = size
        self._condition = threading.Condition(threading.RLock())
        # Pairs of an element and the error in its place.
        self._ready: deque[tuple[Any, BaseException | None]] = deque()
        self._thread: threading.Thread | None = None
        # Whether the last element has been made, or nobody wants more.
        self._is_over = False
        self._is_closed = False

    def take(self) -> Any:
        run = cancellation.current()
        with self._condition:
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(
                    target=self._work, name="tfsession-prefetch", daemon=True
                )
                self._thread.start()
            if not self._ready and not self._is_over:
                self._wait(run)
            if self._ready:
                element, error = self._ready.popleft()
                self._condition.notify_all()
            elif self._is_closed:
                raise CancelledError.of("The iterator was closed.")
            else:
                raise StopIteration
        if error is not None:
            raise error
        return element

    def _wait(self, run: cancellation.Cancellation | None) -> None:
        token = None if run is None else run.add(self._wake)
        try:
            while not self._ready and not self._is_over:
                if run is not None and run.reason is not None:
                    raise run.reason
                self._condition.wait()
        finally:
            if run is not None and token is not None:
                run.remove(token)

    def _wake(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def close(self) -> None:
        """Ends the thread."""
        with self._condition:
            self._is_over = self._is_closed = True
            self._ready.clear()
            self._condition.notify_all()

    def _work(self) -> None:
        while True:
            with self._condition:
                while len(self._ready) >= self._size and not self._is_over:
                    self._condition.wait()
                if self._is_over:
                    return
            element, error = None, None
            try:
                element = next(self._elements)
            except StopIteration:
                with self._condition:
                    self._is_over = True
                    self._condition.notify_all()
                return
            except Exception as raised:
                error = raised
            with self._condition:
                if not self._is_over:
                    self._ready.append((element, error))
                    self._condition.notify_all()


# ---- A cache in a file ----


class FileCache(Selection):
    """The elements, kept in a file from the first time that all of them have been made."""

    def __init__(self, source: Dataset, path: str) -> None:
        super().__init__(source)
        self.slices = None
        self._path = f"{path}.tfsession"

    def begin(self, context: Context, as_numbers: bool = False) -> Iterator[Any]:
        if os.path.exists(self._path):
            return self._stored()
        lock = f"{self._path}.lockfile"
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            raise AlreadyExistsError.of(
                f"There appears to be a concurrent caching iterator running - cache lockfile "
                f"already exists ('{lock}'). If you are sure no other running TF computations are "
                "using this cache prefix, delete the lockfile and re-initialize the iterator."
            ) from None
        except OSError as error:
            raise file_error(lock, error) from None
        elements, temporary = self.source.begin(context), f"{self._path}.part"
        writer = TFRecordWriter(temporary)

        def give_up() -> None:
            """Leaves no file behind that is not finished."""
            writer.close()
            _remove(lock, temporary)

        context.on_close(give_up)

        def advance() -> Any:
            try:
                element = next(elements)
            except StopIteration:
                writer.close()
                if os.path.exists(temporary):
                    os.replace(temporary, self._path)
                _remove(lock)
                raise
            for value in element:
                writer.write(make_tensor_proto(value).SerializeToString())
            return element

        return iter(advance, _NEVER)

    def _stored(self) -> Iterator[Element]:
        reader, count = RecordReader(self._path), len(self.types)

        def advance() -> Element:
            records = [reader.read() for _ in range(count)]
            if None in records:
                reader.close()
                raise StopIteration
            return tuple(make_ndarray(TensorProto.FromString(text or b"")) for text in records)

        return iter(advance, _NEVER)


def _remove(*paths: str) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


# ---- Iterators ----


class IteratorResource:
    """An iterator of a session; safe to use from several threads.

    Attributes:
      name: of the resource.
      types: the DType of each component; empty: any.
      shapes: the static shape of each component; empty: any.
    """

    def __init__(
        self,
        name: str,
        types: Sequence[DType],
        shapes: Sequence[Dims],
        resources: ResourceManager,
    ) -> None:
        self.name = name
        self.types = types
        self.shapes = shapes
        # Weak: what the session keeps, this is part of.
        self._resources = weakref.ref(resources)
        # Held while an element is made; reentrant, because a signal handler may close the session.
        self._lock = threading.RLock()
        self._elements: Iterator[Element] | None = None
        self._context: Context | None = None
        self._is_over = False
        # Makes the dataset of an iterator that initialises itself.
        self._late: Callable[[], Dataset] | None = None

    @property
    def handle(self) -> bytes:
        """The text by which other iterators are made to stand for this one."""
        return f"tfsession/iterator/{self.name}".encode()

    def check(self, types: Sequence[DType], shapes: Sequence[Dims]) -> None:
        """Raises where somebody takes the iterator for one over other elements.

        Raises:
          InvalidArgumentError: the dtypes, or their number, are others, or shapes do not fit.
        """
        if types and self.types:
            _check_types(types, self.types)
        if shapes and self.shapes:
            _check_shapes(shapes, self.shapes)

    def start_late(self, dataset: Callable[[], Dataset]) -> None:
        """Says what to begin with when the first element is asked for."""
        with self._lock:
            if self._elements is None:
                self._late = dataset

    def start(self, dataset: Dataset) -> None:
        """Begins going through a dataset, from its start.

        Raises:
          InvalidArgumentError: it has elements of other dtypes.
        """
        if self.types:
            _check_types(self.types, dataset.types)
        resources = self._resources()
        if resources is None:
            raise CancelledError.of("Session has been closed.")
        context = Context(resources)
        elements = dataset.begin(context)
        with self._lock:
            if self._context is not None:
                self._context.close()
            self._context, self._elements, self._is_over = context, elements, False

    def next(self) -> Element:
        """The next element.

        Raises:
          OutOfRangeError: there is none.
          FailedPreconditionError: the iterator has not been initialised.
        """
        with self._lock:
            if self._elements is None and self._late is not None:
                self.start(self._late())
            if self._elements is None:
                raise FailedPreconditionError.of(
                    "GetNext() failed because the iterator has not been initialized. Ensure that "
                    "you have run the initializer operation for this iterator before getting the "
                    "next element."
                )
            if not self._is_over:
                try:
                    element: Element = next(self._elements)
                    return element
                except StopIteration:
                    self._is_over = True
            raise OutOfRangeError.of("End of sequence")

    def release(self) -> None:
        """Ends what goes on; the session closes."""
        context = self._context
        if context is not None:
            context.close()

    def __del__(self) -> None:
        self.release()


def reduce(
    dataset: Dataset, state: Element, function: Function, resources: ResourceManager
) -> Element:
    """The last state of a function of a state and each element."""
    context = Context(resources)
    try:
        call = function.begin(context)
        for element in dataset.begin(context):
            state = call((*state, *element))
        return tuple(state)
    finally:
        context.close()


def single_element(dataset: Dataset, resources: ResourceManager) -> Element:
    """The only element.

    Raises:
      InvalidArgumentError: there is none, or another one.
    """
    context = Context(resources)
    try:
        found = list(itertools.islice(dataset.begin(context), 2))
    finally:
        context.close()
    if not found:
        raise InvalidArgumentError.of("Dataset was empty.")
    if len(found) > 1:
        raise InvalidArgumentError.of("Dataset had more than one element.")
    only: Element = found[0]
    return only


def checked(element: Element, shapes: Sequence[Dims]) -> Element:
    """An element whose shapes are those that were promised.

    Raises:
      InvalidArgumentError: they are not.
    """
    for index, (value, dims) in enumerate(zip(element, shapes, strict=True)):
        found = np.shape(value)
        if dims is not None and (
            len(found) != len(dims)
            or any(n not in (None, m) for n, m in zip(dims, found, strict=True))
        ):
            raise InvalidArgumentError.of(
                f"Expected shape {format_dims(dims)} but got shape {format_dims(found)} in "
                f"component {index}"
            )
    return element


def _check_types(expected: Sequence[DType], found: Sequence[DType]) -> None:
    if len(expected) != len(found):
        raise InvalidArgumentError.of(
            f"Number of components does not match: expected {len(expected)} types but got "
            f"{len(found)}."
        )
    for index, (one, other) in enumerate(zip(expected, found, strict=True)):
        if one is not other:
            raise InvalidArgumentError.of(
                f"Data type mismatch at component {index}: expected {one.runtime_name} but got "
                f"{other.runtime_name}."
            )


def _check_shapes(expected: Sequence[Dims], found: Sequence[Dims]) -> None:
    for index, (one, other) in enumerate(zip(expected, found, strict=True)):
        if not dims_compatible(one, other):
            raise InvalidArgumentError.of(
                f"Incompatible shapes at component {index}: expected {format_dims(one)} but got "
                f"{format_dims(other)}."
            )


def of_handle(resources: ResourceManager, handle: bytes) -> IteratorResource:
    """The iterator of a text that `IteratorResource.handle` gave.

    Raises:
      InvalidArgumentError: there is none.
    """
    name = handle.decode("utf-8", "replace").removeprefix("tfsession/iterator/")
    found: IteratorResource | None = resources.lookup("", KIND, name)
    if found is None or found.handle != handle:
        raise InvalidArgumentError.of("Could not parse string_handle as a valid ResourceHandle")
    return found
