"""What a step calls while it runs, besides its kernels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.resources import cancellation


def raise_no_value(index: int) -> None:
    """Ends the step because a fetched value is in a branch that was not taken."""
    raise errors.InvalidArgumentError.of(f"Retval[{index}] does not have value")


class SeveralFailures(Exception):
    """Strands that failed side by side; the session turns it into one error.

    Attributes:
      failures: what they raised, the first one first.
    """

    def __init__(self, failures: Sequence[BaseException]) -> None:
        super().__init__()
        self.failures = failures


def run_strands(strands: Sequence[tuple[Callable[[], None], tuple[int, ...]]]) -> None:
    """Runs strands, each as soon as those before it have finished; the first error wins.

    Args:
      strands: a function, and the indices of the strands that must have finished before it.
    """
    run = cancellation.current() or cancellation.Cancellation()
    finished = [threading.Event() for _ in strands]
    failures: list[BaseException] = []

    def work(index: int) -> None:
        function, before = strands[index]
        previous = cancellation.set_current(run)
        try:
            for other in before:
                finished[other].wait()
            if not failures:
                with np.errstate(all="ignore"):
                    function()
        except BaseException as error:  # every kind ends the step
            failures.append(error)
            run.cancel(errors.CancelledError.of("Run call was cancelled"))
        finally:
            finished[index].set()
            cancellation.set_current(previous)

    threads = [
        threading.Thread(target=work, args=(index,), name=f"tfsession strand {index}", daemon=True)
        for index in range(1, len(strands))
    ]
    for thread in threads:
        thread.start()
    work(0)
    try:
        for thread in threads:
            thread.join()
    except BaseException as error:  # Ctrl-C while waiting
        run.cancel(errors.CancelledError.of("Run call was cancelled"))
        for thread in threads:
            thread.join()
        raise error
    for failure in failures:
        if not isinstance(failure, Exception):  # Ctrl-C is no failure of an operation
            raise failure
    if len(failures) > 1:
        raise SeveralFailures(failures)
    if failures:
        raise failures[0]


def as_numbers(array: Any) -> Any:
    """A quantized value as the integers that it is made of."""
    return array.view(array.dtype[0])


def own(array: Any) -> Any:
    """A fetched value that no one else holds, in row-major order: scalars as NumPy scalars."""
    if type(array) is np.ndarray:
        if not array.ndim:
            return array[()]
        flags = array.flags
        is_own = array.base is None and flags.owndata and flags.c_contiguous
        return array if is_own else array.copy()
    return array


def own_copy(array: Any) -> Any:
    """A fetched value that something else holds too: the caller gets a copy."""
    if type(array) is np.ndarray:
        return array.copy() if array.ndim else array[()]
    return array
