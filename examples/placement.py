"""Plans a placement on two GPUs at a machine without any: simulated GPUs stand in.

Their arrays are NumPy's; names, memory limits, copies and logging are those of GPUs.
"""

import os

import numpy as np

import tfsession as tf

# Read when the first session looks for devices; set it outside to plan for other machines.
os.environ.setdefault("TFSESSION_SIMULATED_GPUS", "2x4GiB")

x = tf.placeholder(tf.float32, [None, 4], name="x")
results = []
for index, part in enumerate(tf.split(x, 2)):
    with tf.device(f"/gpu:{index}"), tf.name_scope(f"tower{index}"):
        results.append(tf.matmul(part, tf.ones([4, 2]), name="product"))
with tf.device("/cpu:0"):
    total = tf.concat(results, axis=0, name="total")

with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
    for device in session.list_devices():
        print(device.name)
    print(session.run(total, {x: np.arange(16).reshape(4, 4)}).tolist())
