"""`tf.contrib.staging`: tensors put aside for another part of a step, or for the next one."""

from __future__ import annotations

from tfsession.names import absent
from tfsession.ops.staging import StagingArea as StagingArea

__all__ = ["StagingArea"]

absent.explain_in(__name__)
