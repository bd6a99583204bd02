"""Records which ops real TensorFlow has gradients for.

Run it with a Python that has TensorFlow 1.15 installed (not tfsession's own)::

    python tests/golden/record_gradients.py

`gradients.txt` has a line for each op of TensorFlow: its name, and

* ``gradient``: it has one;
* ``none``: it is stated not to be differentiable, or its gradient is None for every input;
* ``undefined``: nothing is said, and `tf.gradients` raises LookupError.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow  # noqa: F401  # registers the gradients
from tensorflow.core.framework import op_def_pb2
from tensorflow.python import pywrap_tensorflow
from tensorflow.python.framework import ops

FILE = Path(__file__).with_name("gradients.txt")


def names() -> list[str]:
    """All ops that TensorFlow's runtime knows."""
    listed = op_def_pb2.OpList()
    listed.ParseFromString(pywrap_tensorflow.TF_GetBuffer(pywrap_tensorflow.TF_GetAllOpList()))
    return sorted(definition.name for definition in listed.op)


def kind(entry: dict[str, Any] | None) -> str:
    """What the registry's entry of an op says."""
    if entry is None:
        return "undefined"
    return "none" if entry["type"] is None or is_always_none(entry["type"]) else "gradient"


def is_always_none(function: Callable[..., Any]) -> bool:
    """Whether all that a gradient can return is None: it calls nothing and drops what it gets."""
    if function.__code__.co_names:
        return False
    result = function(*[1.0] * function.__code__.co_argcount)
    return result is None or (isinstance(result, (list, tuple)) and set(result) == {None})


def main() -> None:
    """Writes the file."""
    entries = ops._gradient_registry._registry
    lines = [f"{name} {kind(entries.get(name))}\n" for name in names()]
    FILE.write_text("".join(lines))
    sys.stdout.write(f"{len(lines)} ops\n")


if __name__ == "__main__":
    main()
