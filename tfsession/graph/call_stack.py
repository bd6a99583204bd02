"""The Python stack at the moment at which something is added to a graph.

The stack of an operation is kept as code objects and offsets, which cost little and keep no values
alive; lines are looked up when somebody asks.
"""

from __future__ import annotations

import contextlib
import sys
import types

from tfsession.errors import is_framework_file

# (code, offset of its instruction) of each frame, innermost first.
Frames = tuple[tuple[types.CodeType, int], ...]


def line_number(code: types.CodeType, instruction: int) -> int:
    """The source line of a bytecode offset."""
    for start, end, line in code.co_lines():
        if start <= instruction < end and line is not None:
            return line
    return code.co_firstlineno


def call_frames() -> Frames:
    """The Python stack without the caller, as (code, instruction) pairs, innermost first."""
    frame: types.FrameType | None = sys._getframe(2)
    frames = []
    while frame is not None:
        frames.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(frames)


def user_line() -> tuple[str, int]:
    """File and line of the innermost frame outside tfsession and contextlib."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not is_framework_file(file) and file != contextlib.__file__:
            return file, frame.f_lineno
        frame = frame.f_back
    return "", 0
