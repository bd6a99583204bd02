"""`tf.contrib`: of what TensorFlow 1 kept there, the parts that are here."""

from __future__ import annotations

from typing import Any

from tfsession.contrib import memory_stats
from tfsession.path_modules import register


def __getattr__(name: str) -> Any:
    text = f"module {__name__!r} has no attribute {name!r}"
    if not name.startswith("_"):
        text += f"; of tf.contrib there is {', '.join(__all__)}"
    raise AttributeError(text)


# Scripts also import functions from the files in which TensorFlow defines them.
register(
    "tfsession.contrib.memory_stats",
    {"python.ops.memory_stats_ops": "contrib.memory_stats:BytesInUse,BytesLimit,MaxBytesInUse"},
)

__all__ = ["memory_stats"]
