"""Names of TensorFlow before 1.0 that programs still use, and what became of them."""

from __future__ import annotations

import importlib
import logging
from typing import Any

# Module of tfsession, "" for itself -> old name -> where it is, and what it is called today.
_NAMES: dict[str, dict[str, tuple[str, str]]] = {
    "": {
        "audio_summary": ("ops.summary:audio_summary", "tf.summary.audio"),
        "histogram_summary": ("ops.summary:histogram_summary", "tf.summary.histogram"),
        "image_summary": ("ops.summary:image_summary", "tf.summary.image"),
        "merge_all_summaries": ("ops.summary:merge_all_summaries", "tf.summary.merge_all"),
        "merge_summary": ("ops.summary:merge_summary", "tf.summary.merge"),
        "scalar_summary": ("ops.summary:scalar_summary", "tf.summary.scalar"),
    },
    "train": {"SummaryWriter": ("train.file_writer:FileWriter", "tf.summary.FileWriter")},
}

_told: set[str] = set()


def find(module: str, name: str) -> Any:
    """What an old name stands for; None where it is none. Its first use is logged.

    Args:
      module: the full name of the module that lacks the name, such as "tfsession.train".
      name: what was looked for.
    """
    path = module.removeprefix("tfsession").removeprefix(".")
    place, today = _NAMES.get(path, {}).get(name, ("", ""))
    if not place:
        return None
    old = f"tf.{path}.{name}" if path else f"tf.{name}"
    if old not in _told:
        _told.add(old)
        logging.getLogger("tensorflow").warning(
            "%s is a name of TensorFlow before 1.0; it has become %s.", old, today
        )
    source, _, attribute = place.partition(":")
    return getattr(importlib.import_module(f"tfsession.{source}"), attribute)
