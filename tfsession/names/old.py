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

# Module of tfsession -> name of TensorFlow before 1.0 that is gone -> what it has become. Programs
# ask whether some of these are there, to tell releases apart.
_GONE: dict[str, dict[str, str]] = {
    "": {
        "HParams": "tf.contrib.training.HParams",
        "all_variables": "tf.global_variables",
        "batch_cholesky": "tf.cholesky",
        "batch_matmul": "tf.matmul",
        "batch_matrix_inverse": "tf.matrix_inverse",
        "batch_matrix_solve": "tf.matrix_solve",
        "batch_self_adjoint_eig": "tf.self_adjoint_eig",
        "batch_svd": "tf.svd",
        "complex_abs": "tf.abs",
        "concat_v2": "tf.concat",
        "inv": "tf.reciprocal",
        "list_diff": "tf.setdiff1d",
        "mul": "tf.multiply",
        "neg": "tf.negative",
        "pack": "tf.stack",
        "select": "tf.where",
        "sub": "tf.subtract",
        "unpack": "tf.unstack",
    },
    "nn": {
        "deconv2d": "tf.nn.conv2d_transpose",
        "rnn": "tf.nn.static_rnn",
        "seq2seq": "tf.contrib.legacy_seq2seq",
    },
}

_told: set[str] = set()


def today(module: str, name: str) -> str:
    """What an old name that works is called today; nothing where it is none."""
    path = module.removeprefix("tfsession").removeprefix(".")
    return _NAMES.get(path, {}).get(name, ("", ""))[1]


def became(module: str, name: str) -> str:
    """What a name of TensorFlow before 1.0 that is gone has become; nothing where it is none."""
    path = module.removeprefix("tfsession").removeprefix(".")
    return _GONE.get(path, {}).get(name, "")


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
