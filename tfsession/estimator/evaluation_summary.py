"""What an evaluation found, as messages and in event files."""

from __future__ import annotations

from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from tfsession.formats.tensor_proto import make_tensor_proto
from tfsession.graph.scopes import GraphKeys
from tfsession.logging import info, warning
from tfsession.protos import Summary
from tfsession.train.file_writer import FileWriterCache

__all__ = ["write_results"]


def write_results(
    folder: str, results: dict[str, Any], global_step: int, checkpoint_path: str | None
) -> None:
    """Logs results, and writes them to the event file of a folder.

    Args:
      folder: the folder.
      results: value of each metric by its name.
      global_step: the step of the checkpoint.
      checkpoint_path: its path, or None.
    """
    shown = sorted((name, x) for name, x in results.items() if not isinstance(x, bytes))
    text = ", ".join(f"{name} = {value!s}" for name, value in shown)
    info("Saving dict for global step %d: %s", global_step, text)
    writer = FileWriterCache.get(folder)
    summary = Summary()
    for name, value in results.items():
        if value is not None and name != GraphKeys.GLOBAL_STEP:
            _add(summary, name, value)
    writer.add_summary(summary, global_step)
    writer.flush()
    if checkpoint_path:
        info(
            "Saving 'checkpoint_path' summary for global step %d: %s", global_step, checkpoint_path
        )
        summary = Summary()
        value = summary.value.add(tag="checkpoint_path")
        value.tensor.CopyFrom(make_tensor_proto(checkpoint_path))
        writer.add_summary(summary, global_step)
        writer.flush()


def _add(summary: Summary, name: str, value: Any) -> None:
    if isinstance(value, (np.float32, float, np.int64, np.int32, int)) and not isinstance(
        value, bool
    ):
        summary.value.add(tag=name, simple_value=float(value))
    elif isinstance(value, bytes):
        _add_summary(summary, name, value)
    elif isinstance(value, np.ndarray):
        added = summary.value.add(tag=name, node_name=name)
        added.tensor.CopyFrom(make_tensor_proto(value))
        info(
            "Summary for np.ndarray is not visible in Tensorboard by default. Consider using a "
            "Tensorboard plugin for visualization (see "
            "https://github.com/tensorflow/tensorboard-plugin-example/blob/master/README.md for "
            "more information)."
        )
    else:
        warning(
            "Skipping summary for %s, must be a float, np.float32, np.int64, np.int32 or int or "
            "np.ndarray or a serialized string of Summary.",
            name,
        )


def _add_summary(summary: Summary, name: str, value: bytes) -> None:
    """The parts of a summary that a metric has as its value."""
    try:
        parts = Summary.FromString(value)
    except DecodeError:
        warning("Skipping summary for %s, cannot parse string to Summary.", name)
        return
    for number, part in enumerate(parts.value):
        part.tag = f"{name}/{number}"
    summary.value.extend(parts.value)
