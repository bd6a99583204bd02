"""The BLAS library's own threads, held back while steps run.

Kernels cut large products themselves (kernels/threads.py). While any step that multiplies runs,
the library works with one thread; between steps it has what it had, since it is the process's.
"""

from __future__ import annotations

import functools
import threading
from typing import Any


@functools.cache
def _libraries() -> list[Any]:
    """Controllers of the BLAS libraries that are loaded."""
    import threadpoolctl

    return list(threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers)


class _Hold:
    """Holds the libraries at one thread inside a `with` block; blocks of several threads nest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._before: list[int] = []

    def __enter__(self) -> None:
        with self._lock:
            self._holders += 1
            if self._holders == 1:
                libraries = _libraries()
                self._before = [library.get_num_threads() for library in libraries]
                for library in libraries:
                    library.set_num_threads(1)

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                for library, threads in zip(_libraries(), self._before, strict=True):
                    library.set_num_threads(threads)


held = _Hold()


def set_threads(threads: int) -> None:
    """Sets how many threads the libraries use, inside a `held` block."""
    for library in _libraries():
        library.set_num_threads(threads)
