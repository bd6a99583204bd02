"""Trains one model on several GPUs: a tower for each, shared variables, averaged gradients.

`TFSESSION_SIMULATED_GPUS=2x4GiB python examples/data_parallel.py` tries it without any GPU.
"""

import argparse

import numpy as np

import tfsession as tf
from tfsession.python.client import device_lib

BATCH, FEATURES, HIDDEN = 64, 8, 16


def model_loss(x, y):
    """Every tower calls this; `reuse` makes them share the variables of the first."""
    with tf.variable_scope("model", reuse=tf.AUTO_REUSE):
        w1 = tf.get_variable("w1", [FEATURES, HIDDEN], initializer=tf.glorot_uniform_initializer(1))
        b1 = tf.get_variable("b1", [HIDDEN], initializer=tf.zeros_initializer())
        w2 = tf.get_variable("w2", [HIDDEN, 1], initializer=tf.glorot_uniform_initializer(2))
    hidden = tf.nn.relu(tf.matmul(x, w1) + b1)
    return tf.reduce_mean(tf.squared_difference(tf.matmul(hidden, w2), y))


def device_function(tower, variables):
    """Puts variables on one device and all else on another."""
    return lambda op: variables if op.type in ("VariableV2", "VarHandleOp") else tower


def training(towers, variables):
    """Returns placeholders, the operation of a training step and the mean loss of the towers."""
    with tf.device("/cpu:0"):
        x = tf.placeholder(tf.float32, [None, FEATURES], name="x")
        y = tf.placeholder(tf.float32, [None, 1], name="y")
        x_parts, y_parts = tf.split(x, len(towers)), tf.split(y, len(towers))
    optimizer = tf.train.MomentumOptimizer(0.01, 0.9)
    losses, gradients = [], []
    parts = zip(towers, x_parts, y_parts, strict=True)
    for number, (tower, x_part, y_part) in enumerate(parts):
        with tf.device(device_function(tower, variables)), tf.name_scope(f"tower{number}"):
            losses.append(model_loss(x_part, y_part))
            gradients.append(optimizer.compute_gradients(losses[-1]))
    with tf.device(variables):
        averaged = [
            (tf.add_n([gradient for gradient, _ in pairs]) / len(towers), pairs[0][1])
            for pairs in zip(*gradients, strict=True)
        ]
        step = optimizer.apply_gradients(averaged)
        loss = tf.add_n(losses) / len(towers)
    return x, y, step, loss


def train(towers, variables="/cpu:0", steps=5, config=None):
    """Returns the loss before each step, and the weights in the end."""
    random = np.random.RandomState(0)
    slope = random.standard_normal([FEATURES, 1])
    with tf.Graph().as_default(), tf.Session(config=config) as session:
        x, y, step, loss = training(towers, variables)
        session.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            points = random.standard_normal([BATCH, FEATURES])
            losses.append(session.run([loss, step], {x: points, y: points @ slope})[0])
        return losses, session.run(tf.trainable_variables())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    gpus = [d.name for d in device_lib.list_local_devices() if d.device_type == "GPU"]
    towers = gpus or ["/cpu:0"]
    losses, _ = train(towers, steps=options.steps)
    print(f"towers on {', '.join(towers)}")
    print(f"loss {losses[0]:.4f} before, {losses[-1]:.4f} after {options.steps} steps")


if __name__ == "__main__":
    main()
