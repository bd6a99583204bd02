"""Threads for the CPU: large work is cut into parts that run beside each other.

NumPy releases the interpreter's lock inside its loops and products, so threads of Python do.

A single product may also use the BLAS library's own threads. They spin while they wait for each
other: on idle cores nothing is faster, but a product that takes 0.1 ms takes ten when another
process holds one of the cores. So the library's threads are used as long as they pay, and after a
product that took too long the pool takes over for a while.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np

from tfsession.resources import blas_threads

Array = Any

# From this many multiplications on, a product is worth the library's threads; ours start later.
_FOR_LIBRARY, _FOR_POOL = 2_000_000, 16_000_000
# The dtypes that the library multiplies.
_OF_LIBRARY = "fdFD"
# Below this many, calls cost more than multiplications.
_SMALL = 1_000_000
# The least rows or columns of a part.
_LEAST = 16
# Seconds for which the library's threads are left alone after a slow product: at first, at most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 10.0
# A product is slow that takes this many times what one thread takes.
_SLOW = 1.3
# Seconds for which the pool keeps the library's threads away after its last work.
_STAND_BACK = 1.0
# Seconds for which the library's threads may spin after a product.
_SPINNING = 0.05
# By how much a product that was not slow shortens the next pause.
_REGAINED = 0.98


class _Job:
    """Parts of one piece of work; whoever is free takes the next."""

    def __init__(self, parts: int, work: Callable[[int], None]) -> None:
        self.parts = parts
        self.work = work
        self.next = itertools.count()
        self.lock = threading.Lock()
        self.left = parts
        self.finished = threading.Lock()
        self.finished.acquire()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Works on parts until none is left."""
        while (part := next(self.next)) < self.parts:
            try:
                if self.failure is None:
                    self.work(part)
            except BaseException as error:  # handed to the thread that waits
                self.failure = error
            with self.lock:
                self.left -= 1
                if not self.left:
                    self.finished.release()


class _Pool:
    """Threads that wait for jobs; made when the first large work comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._threads = 0
        self.size = _cores()

    def help_with(self, job: _Job, helpers: int) -> None:
        """Wakes threads for a job."""
        if self._threads < helpers:
            with self._lock:
                while self._threads < helpers:
                    self._threads += 1
                    name = f"tfsession worker {self._threads}"
                    threading.Thread(target=self._serve, name=name, daemon=True).start()
        for _ in range(helpers):
            self._jobs.put(job)

    def _serve(self) -> None:
        # Floating point warnings are a thread's own; those of a step are silenced.
        np.seterr(all="ignore")
        while True:
            self._jobs.get().run()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_pool = _Pool()


def _after_fork() -> None:
    """A child process has none of its parent's threads."""
    global _pool
    size, _pool = _pool.size, _Pool()
    _pool.size = size


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def set_size(threads: int) -> None:
    """Sets how many threads work on one kernel; 0 for one on each core."""
    _pool.size = threads or _cores()


def size() -> int:
    """How many threads work on one kernel."""
    return _pool.size


def parallel(parts: int, work: Callable[[int], None], is_light: bool = False) -> None:
    """Calls ``work(0)`` to ``work(parts - 1)``, side by side; raises the first error.

    The calling thread works too, so that nothing waits for a thread of the pool that is busy.

    Args:
      parts: how many calls.
      work: what to call; NumPy must release the interpreter's lock in it to gain anything.
      is_light: whether it is little beside the products of a step. Light work stays with the
        calling thread while the BLAS library's threads are in use; other work sends these home,
        because they go on spinning after a product and would hold a core.
    """
    if not is_light:
        _library.stand_back()
    elif _library.is_in_use():
        for part in range(parts):
            work(part)
        return
    _run(parts, work)


def _run(parts: int, work: Callable[[int], None]) -> None:
    """`parallel` without regard to the library's threads."""
    helpers = min(parts, _pool.size) - 1
    if helpers <= 0:
        for part in range(parts):
            work(part)
        return
    job = _Job(parts, work)
    _pool.help_with(job, helpers)
    job.run()
    try:
        job.finished.acquire()
    except BaseException as error:  # Ctrl-C: nobody may still be writing when it is raised
        job.failure = error
        job.finished.acquire()
    if job.failure is not None:
        raise job.failure


def shares(count: int, least: int = 1) -> list[slice]:
    """Cuts `count` things into equal slices, one for each thread, of at least `least`."""
    parts = max(1, min(_pool.size, count // max(1, least)))
    bounds = [count * part // parts for part in range(parts + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(bounds)]


def multiply(a: Array, b: Array, out: Array | None = None) -> Array:
    """The matrix product of [rows, inner] and [inner, columns], by all threads when it is large."""
    rows, inner = a.shape
    columns = b.shape[1]
    work = rows * columns * inner
    if work >= _FOR_LIBRARY and _pool.size > 1:
        if a.dtype.char in _OF_LIBRARY and _library.is_trusted():
            return _library.multiply(a, b, out, work)
        if work >= _FOR_POOL:
            return _multiply_in_parts(a, b, out)
    return _multiply_alone(a, b, out, work)


def _multiply_alone(a: Array, b: Array, out: Array | None, work: int) -> Array:
    """The product by the calling thread."""
    if 4 * a.shape[0] <= b.shape[1] and work > _SMALL and b.flags.f_contiguous:
        return _few_rows(a, b, out)
    # For small matrices `dot` costs half of what `matmul` does.
    return np.dot(a, b, out)


class _Library:
    """The BLAS library's threads, and whether they have paid of late."""

    def __init__(self) -> None:
        # Seconds of one thread for a multiplication, by dtype: the best seen.
        self._one_thread: dict[str, float] = {}
        self._rest_until = 0.0
        self._pause = _FIRST_PAUSE
        self._last_use = 0.0

    def is_trusted(self) -> bool:
        """Whether the next product should try the library's threads."""
        return time.perf_counter() >= self._rest_until

    def is_in_use(self) -> bool:
        """Whether the library's threads have just worked, and may be spinning."""
        return time.perf_counter() - self._last_use < _SPINNING

    def stand_back(self) -> None:
        """Leaves the cores to the pool for a while."""
        self._rest_until = max(self._rest_until, time.perf_counter() + _STAND_BACK)

    def multiply(self, a: Array, b: Array, out: Array | None, work: int) -> Array:
        """The product by the library's threads; one that takes too long is the last for a while."""
        kind = a.dtype.char
        one_thread = self._one_thread.get(kind)
        if one_thread is None:
            start = time.perf_counter()
            result = _multiply_alone(a, b, out, work)
            self._one_thread[kind] = (time.perf_counter() - start) / work
            return result
        blas_threads.set_threads(_pool.size)
        start = time.perf_counter()
        result = np.dot(a, b, out)
        end = time.perf_counter()
        blas_threads.set_threads(1)
        self._last_use = end
        if end - start > _SLOW * one_thread * work:
            self._rest_until = end + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        else:
            # Trust comes back slowly: beside a process that works now and then, every new start
            # may cost a slow product.
            self._pause = max(_FIRST_PAUSE, _REGAINED * self._pause)
            # The first estimate may come from a bad moment; threads are not slower than one.
            self._one_thread[kind] = min(one_thread, _pool.size * (end - start) / work)
        return result


_library = _Library()


def _multiply_in_parts(a: Array, b: Array, out: Array | None) -> Array:
    """The product by the pool."""
    rows, columns = a.shape[0], b.shape[1]
    if out is None:
        out = np.empty((rows, columns), np.result_type(a, b))
    by_rows = rows >= columns
    parts = shares(rows if by_rows else columns, _LEAST)
    target = out

    def work(part: int) -> None:
        cut = parts[part]
        if by_rows:
            np.matmul(a[cut], b, out=target[cut])
        elif b.flags.f_contiguous:
            _few_rows(a, b[:, cut], target[:, cut])
        else:
            np.matmul(a, b[:, cut], out=target[:, cut])

    _run(len(parts), work)
    return out


def _few_rows(a: Array, b: Array, out: Array | None) -> Array:
    """A product of few rows with a transposed matrix; the other way round BLAS is faster."""
    product = np.dot(b.T, a.T).T
    if out is None:
        return np.ascontiguousarray(product)
    out[...] = product
    return out


# Elements from which an element-wise kernel is worth cutting.
LARGE = 1 << 17


def by_rows(
    function: Callable[..., Array], dtype: np.dtype, large: int = LARGE
) -> Callable[..., Array]:
    """An element-wise function whose large results are computed by all threads.

    Args:
      function: ``function(*inputs, out=out)``; its result has the shape of the inputs broadcast
        together, or of the first.
      dtype: of the result.
      large: elements from which it is cut.
    """

    def compute(*inputs: Array, out: Array | None = None) -> Array:
        largest = max(inputs, key=_size)
        if largest.size < large or len(largest) == 1 or _pool.size == 1:
            return function(*inputs, out=out)
        shape = largest.shape
        if not all(_fits(x.shape, shape) for x in inputs):
            return function(*inputs, out=out)
        target = np.empty(shape, dtype) if out is None else out
        is_cut = [x.ndim == len(shape) and len(x) == shape[0] for x in inputs]
        parts = shares(shape[0])

        def work(part: int) -> None:
            cut = parts[part]
            result_rows = target[cut]
            # A kernel asks whether `out` is one of its inputs: its rows are the same array, too.
            rows = [
                result_rows if x is target else x[cut] if c else x
                for x, c in zip(inputs, is_cut, strict=True)
            ]
            result = function(*rows, out=result_rows)
            # `out` is an offer: a kernel may return an array of its own.
            if result is not result_rows:
                result_rows[...] = result

        parallel(len(parts), work, is_light=True)
        return target

    return compute


def _size(x: Array) -> int:
    size: int = x.size
    return size


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether broadcasting leaves an array of the wanted shape as it is."""
    tail = wanted[len(wanted) - len(shape) :]
    return len(shape) <= len(wanted) and all(a in (1, b) for a, b in zip(shape, tail, strict=True))
