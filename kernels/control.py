"""Kernels of the ops that order, check and print."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

# ---- NoOp, ControlTrigger ----


@kernel("NoOp", "ControlTrigger")
def no_op(xp: Any) -> None:
    return None


# ---- Assert ----


def _element_text(element: Any) -> str:
    if isinstance(element, bytes):
        return "".join(
            _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
            for byte in element
        )
    if isinstance(element, (bool, np.bool_)):
        return str(int(element))
    if isinstance(element, (complex, np.complexfloating)):
        kind = np.float32 if isinstance(element, np.complex64) else np.float64
        return f"({_element_text(kind(element.real))},{_element_text(kind(element.imag))})"
    if isinstance(element, (int, np.integer)):
        return str(element)
    # The shortest of two lengths that reads back as the same number.
    short, long = (15, 17) if isinstance(element, np.float64) else (6, 8)
    number = float(element)
    text = f"{number:.{short}g}"
    if type(element)(text) != element and number == number:
        text = f"{number:.{long}g}"
    return text


_ESCAPES = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}


def summarize_array(array: Any, limit: int) -> str:
    """The first elements of an array as messages show them: ``[1 2][3...]``.

    Args:
      array: any array or scalar in host memory.
      limit: how many elements; negative for all.
    """
    array = np.asarray(array)
    limit = array.size if limit < 0 else min(limit, array.size)
    texts = [_element_text(element) for element in itertools.islice(array.flat, limit)]
    rest = "..." if array.size > limit else ""
    if array.ndim == 0:
        return "".join(texts) + rest
    return _nested(texts, array.shape, [0], 0) + rest


def _nested(texts: list[str], dims: tuple[int, ...], position: list[int], axis: int) -> str:
    """Texts in brackets by axis; `position` holds the number of texts used so far."""
    if position[0] >= len(texts):
        return ""
    if axis == len(dims) - 1:
        start = position[0]
        position[0] = min(start + dims[axis], len(texts))
        cut = "..." if axis != 0 and position[0] - start < dims[axis] else ""
        return " ".join(texts[start : position[0]]) + cut
    result = ""
    for _ in range(dims[axis]):
        if position[0] >= len(texts):
            break
        result += f"[{_nested(texts, dims, position, axis + 1)}]"
    return result


@kernel("Assert", host=("condition", "data"), capturable=False)
def check(xp: Any, condition: Any, *data: Any, summarize: int) -> None:
    if not condition:
        shown = " ".join(f"[{summarize_array(value, summarize)}]" for value in data)
        raise InvalidArgumentError.of(f"assertion failed: {shown}")


# ---- Print ----


class _Times:
    """How often a Print has printed, in one session."""

    def __init__(self) -> None:
        self.count = 0


@kernel(
    "Print",
    device="CPU",
    aliases=True,
    state=lambda resources, op: resources.lookup_or_create("", "print", op.name, _Times),
)
def print_(
    xp: Any,
    input: Any,
    *data: Any,
    message: bytes,
    first_n: int,
    summarize: int,
    state: _Times,
) -> Any:
    if first_n < 0 or state.count < first_n:
        state.count += 1
        shown = "".join(f"[{summarize_array(value, summarize)}]" for value in data)
        sys.stderr.write(f"{message.decode(errors='replace')}{shown}\n")
    return input
