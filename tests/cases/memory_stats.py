"""Records of the ops that tell about memory; on a CPU, a session that keeps nothing has nothing.

What they tell of other devices and of variables is in tests/test_memory.py.
"""

from __future__ import annotations

import numpy as np

from tests.cases.record import Case


def nothing(rng, dtype):
    return []


def zero():
    return np.int64(0)


def told_by(op):
    def build(tf):
        with tf.device("/cpu:0"):
            return getattr(tf.raw_ops, op)()

    return build


CASES = [
    # TensorFlow 2 has the ops no more.
    Case(op, "", told_by(op), nothing, ("int64",), zero, gradient=False, golden=False)
    for op in ("BytesInUse", "MaxBytesInUse", "BytesLimit")
]
