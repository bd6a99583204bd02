"""A program on two CPUs whose trace tfsession and TensorFlow are compared by."""

from __future__ import annotations

from typing import Any

import numpy as np


def run(tf: Any) -> Any:
    """Runs it and returns the RunMetadata of a full trace.

    Args:
      tf: tfsession, or TensorFlow.
    """
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 3], name="x")
        y = tf.matmul(x, tf.ones([3, 4]), name="y")
        left, right = tf.split(y, 2, axis=1, name="parts")
        with tf.device("/cpu:1"):
            z = tf.reduce_sum(left * 2.0 + right, name="z")
        large = tf.random_normal([256, 256], name="large")
        total = tf.reduce_sum(large, name="total")
        v = tf.Variable(np.ones([2, 2], np.float32), name="v", use_resource=False)
        update = tf.assign_add(v, v * 2.0, name="update")
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        metadata = tf.RunMetadata()
        with tf.Session(config=tf.ConfigProto(device_count={"CPU": 2})) as session:
            session.run(tf.global_variables_initializer())
            feeds = {x: np.ones([2, 3])}
            session.run([z, total, update], feeds)
            session.run([z, total, update], feeds, options=options, run_metadata=metadata)
    return metadata
