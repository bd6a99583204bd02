"""Writes what TensorBoard shows: scalars, a histogram, images, and the graph.

    python examples/tensorboard.py --logdir /tmp/run
    tensorboard --logdir /tmp/run

Prints what is in the file that it wrote.
"""

import argparse
import collections
import glob
import os
import tempfile

import numpy as np
from train_digits import load_digits

import tfsession as tf


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logdir", default=None)
    parser.add_argument("--steps", type=int, default=50)
    options = parser.parse_args()
    logdir = options.logdir or tempfile.mkdtemp()
    tf.set_random_seed(0)
    random = np.random.RandomState(0)
    (images, labels), _ = load_digits()

    x = tf.placeholder(tf.float32, [None, 8, 8, 1], name="images")
    y = tf.placeholder(tf.int32, [None], name="labels")
    logits = tf.layers.dense(tf.layers.flatten(x), 10, name="logits")
    loss = tf.losses.sparse_softmax_cross_entropy(y, logits)
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    tf.summary.scalar("loss", loss)
    tf.summary.histogram("weights", tf.trainable_variables("logits/kernel")[0])
    tf.summary.image("digits", x, max_outputs=2)
    merged = tf.summary.merge_all()

    with tf.Session() as session, tf.summary.FileWriter(logdir, session.graph) as writer:
        session.run(tf.global_variables_initializer())
        for step in range(options.steps):
            chosen = random.randint(len(images), size=64)
            feeds = {x: images[chosen], y: labels[chosen]}
            if step % 10 == 0:
                writer.add_summary(session.run(merged, feeds), step)
            session.run(train, feeds)

    tags = collections.Counter()
    (path,) = glob.glob(os.path.join(logdir, "events.out.tfevents.*"))
    for event in tf.train.summary_iterator(path):
        tags.update(value.tag for value in event.summary.value)
        tags.update(["the graph"] if event.graph_def else [])
    for tag, count in sorted(tags.items()):
        print(f"{tag}: {count}")


if __name__ == "__main__":
    main()
