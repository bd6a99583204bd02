"""Reads handwritten digits with tf.layers, batch normalisation and tf.data.

    python examples/layers_digits.py

Prints the share of test images that are read rightly: above 0.95 after four epochs.
"""

import argparse

import numpy as np
from train_digits import load_digits

import tfsession as tf


def network(images, training):
    """[n, 8, 8, 1] images to [n, 10] logits."""
    x = tf.layers.conv2d(images, 16, 3, padding="same", use_bias=False, name="conv1")
    x = tf.nn.relu(tf.layers.batch_normalization(x, training=training, name="norm1"))
    x = tf.layers.max_pooling2d(x, 2, 2)
    x = tf.layers.conv2d(x, 32, 3, padding="same", activation=tf.nn.relu, name="conv2")
    x = tf.layers.dropout(tf.layers.flatten(x), 0.25, training=training)
    return tf.layers.dense(x, 10, name="logits")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    tf.set_random_seed(0)
    training, test = load_digits()

    batches = tf.data.Dataset.from_tensor_slices(training).shuffle(1500, seed=0).batch(32)
    whole = tf.data.Dataset.from_tensors(test)
    iterator = tf.data.Iterator.from_structure(batches.output_types, ([None, 8, 8, 1], [None]))
    images, labels = iterator.get_next()
    is_training = tf.placeholder_with_default(False, [])
    logits = network(images, is_training)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.AdamOptimizer(0.003).minimize(loss)
    is_right = tf.equal(tf.argmax(logits, 1, output_type=tf.int32), labels)
    to_training, to_test = iterator.make_initializer(batches), iterator.make_initializer(whole)

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for epoch in range(options.epochs):
            session.run(to_training)
            losses = []
            while True:
                try:
                    losses.append(session.run([loss, train], {is_training: True})[0])
                except tf.errors.OutOfRangeError:
                    break
            session.run(to_test)
            accuracy = np.mean(session.run(is_right))
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, test accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
