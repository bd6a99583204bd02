"""Trains, stops, and goes on in another session from the checkpoint.

Prints the loss before the stop and after the restart: the same number; then the end.
"""

import argparse
import os
import tempfile

import numpy as np

import tfsession as tf


def build():
    """A line through points: the loss and the training step."""
    x = np.linspace(-1, 1, 50).astype(np.float32)
    w, b = tf.get_variable("w", initializer=0.0), tf.get_variable("b", initializer=0.0)
    loss = tf.reduce_mean(tf.square(w * x + b - (3 * x - 1)))
    step = tf.train.get_or_create_global_step()
    return loss, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss, global_step=step)


def train(folder, steps):
    """Trains for some steps from the newest checkpoint, or from the start; saves at the end."""
    with tf.Graph().as_default(), tf.Session() as session:
        loss, update = build()
        saver = tf.train.Saver(max_to_keep=2)
        newest = tf.train.latest_checkpoint(folder)
        if newest:
            saver.restore(session, newest)
        else:
            session.run(tf.global_variables_initializer())
        step = tf.train.get_global_step()
        print(f"step {session.run(step)}: loss {session.run(loss):.6f}")
        for _ in range(steps):
            session.run(update)
        print(f"step {session.run(step)}: loss {session.run(loss):.6f}")
        saver.save(session, os.path.join(folder, "model.ckpt"), global_step=step)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", default=None, help="where the checkpoints are; a new one")
    options = parser.parse_args()
    folder = options.folder or tempfile.mkdtemp()
    for _ in range(3):
        train(folder, 40)
    for name, shape in tf.train.list_variables(folder):
        print(name, shape)


if __name__ == "__main__":
    main()
