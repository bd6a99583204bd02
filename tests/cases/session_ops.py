"""Records of the ops on tensor handles: what has been kept comes back.

Handles are texts of a session, so a record keeps and reads within one step.
"""

from __future__ import annotations

from tests.cases.record import NUMBERS, Case


def matrix(rng, dtype):
    return [(rng.standard_normal((2, 3)) * 8).astype(dtype)]


def kept_and_read(tf, x):
    handle = tf.raw_ops.GetSessionHandle(value=x)
    return tf.raw_ops.GetSessionTensor(handle=handle, dtype=x.dtype)


def kept_and_deleted(tf, x):
    handle = tf.raw_ops.GetSessionHandle(value=x)
    read = tf.raw_ops.GetSessionTensor(handle=handle, dtype=x.dtype)
    with tf.control_dependencies([read]):
        deleted = tf.raw_ops.DeleteSessionTensor(handle=handle)
    with tf.control_dependencies([deleted]):
        return tf.identity(read)


def kept_twice(tf, x):
    with tf.control_dependencies([tf.raw_ops.GetSessionHandleV2(value=x)]):
        return tf.identity(x)


def same(x):
    return x


# TensorFlow keeps a tensor when the step ends, so it cannot be read in the same step there.
OWN = {"gradient": False, "golden": False}

CASES = [
    Case("GetSessionHandle", "", kept_and_read, matrix, NUMBERS, same, **OWN),
    Case("GetSessionTensor", "", kept_and_read, matrix, NUMBERS, same, **OWN),
    Case("DeleteSessionTensor", "", kept_and_deleted, matrix, NUMBERS, same, **OWN),
    Case("GetSessionHandleV2", "", kept_twice, matrix, NUMBERS, same, gradient=False),
]
