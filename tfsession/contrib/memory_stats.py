"""`tf.contrib.memory_stats`: ops that tell how much memory a device has."""

from __future__ import annotations

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.memory_stats import (
    bytes_in_use as BytesInUse,
    bytes_limit as BytesLimit,
    max_bytes_in_use as MaxBytesInUse,
)

#: Below this module there is what `tfsession.contrib` registers.
__path__: list[str] = []

_explain_in(__name__)

__all__ = ["BytesInUse", "BytesLimit", "MaxBytesInUse"]
