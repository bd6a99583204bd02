"""Forked processes: CUDA does not work in the child of a process that uses it."""

from __future__ import annotations

import os

from tfsession import errors

_is_watched = False

#: Whether this process was forked from one that had CUDA in use.
in_child = False


def watch() -> None:
    """Notes that this process is about to use CUDA."""
    global _is_watched
    if not _is_watched:
        _is_watched = True
        os.register_at_fork(after_in_child=_note)


def _note() -> None:
    global in_child
    in_child = True


def check() -> None:
    """Refuses to go on in a forked process.

    Raises:
      InternalError: the process was forked from one that had CUDA in use.
    """
    if in_child:
        raise errors.InternalError.of(
            "CUDA does not work in a process that was forked from one that uses it;"
            " start processes by multiprocessing.get_context('spawn'), or fork before the first"
            " session"
        )
