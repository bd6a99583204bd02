"""Printing; it is done by the host."""

from __future__ import annotations

import sys
from typing import Any

from tfsession.registry import kernel

Array = Any

_PREFIX = "file://"
_LEVELS = {"log(info)": "I", "log(warning)": "W", "log(error)": "E"}


@kernel("PrintV2", device="CPU")
def print_v2(xp: Any, input: Array, output_stream: bytes, end: bytes) -> None:
    """Writes a text to a stream, to the log (with a letter for its level), or behind a file."""
    text, stream = input[()].decode(errors="replace"), output_stream.decode()
    if stream.startswith(_PREFIX):
        with open(stream.removeprefix(_PREFIX), "a") as file:
            file.write(text + end.decode())
    elif stream in _LEVELS:
        sys.stderr.write(f"{_LEVELS[stream]} {text}\n")
    else:
        target = sys.stdout if stream == "stdout" else sys.stderr
        target.write(text + end.decode())
        target.flush()
