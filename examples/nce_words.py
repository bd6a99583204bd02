"""Learns word vectors with noise-contrastive estimation: `tf.nn.nce_loss`.

The language is that of word_vectors.py: an animal, a verb, a food. Prints the word that is nearest
to each: one of its own kind.
"""

import argparse

import numpy as np
from word_vectors import KINDS, WORDS

import tfsession as tf

SIZE = 8


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=400)
    options = parser.parse_args()
    random = np.random.RandomState(0)
    tf.set_random_seed(0)

    words = tf.placeholder(tf.int32, [None], name="words")
    neighbours = tf.placeholder(tf.int64, [None, 1], name="neighbours")
    vectors = tf.get_variable("vectors", [len(WORDS), SIZE])
    weights = tf.get_variable("weights", [len(WORDS), SIZE])
    biases = tf.get_variable("biases", [len(WORDS)], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(
        tf.nn.nce_loss(
            weights,
            biases,
            labels=neighbours,
            inputs=tf.nn.embedding_lookup(vectors, words),
            num_sampled=4,
            num_classes=len(WORDS),
        )
    )
    train = tf.train.AdagradOptimizer(0.5).minimize(loss)
    directions = tf.nn.l2_normalize(vectors, axis=1)
    likeness = tf.matmul(directions, directions, transpose_b=True)

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(options.steps):
            parts = [len(kind) * i + random.randint(3, size=32) for i, kind in enumerate(KINDS)]
            left, right = random.permutation(3)[:2]
            session.run(train, {words: parts[left], neighbours: parts[right][:, None]})
        nearest = np.argsort(-session.run(likeness), axis=1)[:, 1]
    for word, number in zip(WORDS, nearest, strict=True):
        print(f"{word}: {WORDS[number]}")


if __name__ == "__main__":
    main()
