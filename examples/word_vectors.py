"""Learns a vector for each word from its neighbours, with sparse gradients.

Words of the same kind stand in the same places of a small made-up language, so that their vectors
become alike: skip-gram with negative samples (Mikolov et al., 2013).
"""

import argparse

import numpy as np

import tfsession as tf

KINDS = [["cat", "dog", "cow"], ["eats", "sees", "finds"], ["bread", "grass", "fish"]]
WORDS = [word for kind in KINDS for word in kind]
SIZE = 8


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    random = np.random.RandomState(0)
    tf.set_random_seed(0)

    words = tf.placeholder(tf.int32, [None], name="words")
    neighbours = tf.placeholder(tf.int32, [None], name="neighbours")
    strangers = tf.placeholder(tf.int32, [None], name="strangers")
    vectors = tf.Variable(tf.random_uniform([len(WORDS), SIZE], -0.5, 0.5), name="vectors")
    contexts = tf.Variable(tf.zeros([len(WORDS), SIZE]), name="contexts")

    def score(others):
        pair = tf.nn.embedding_lookup(vectors, words), tf.nn.embedding_lookup(contexts, others)
        return tf.reduce_sum(tf.multiply(*pair), axis=1)

    gain = tf.log_sigmoid(score(neighbours)) + tf.log_sigmoid(-score(strangers))
    loss = -tf.reduce_mean(gain)
    train = tf.train.AdagradOptimizer(0.5).minimize(loss)
    directions = tf.nn.l2_normalize(vectors, axis=1)
    likeness = tf.matmul(directions, directions, transpose_b=True)

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(options.steps):
            # A sentence is a word of each kind; its words are each other's neighbours.
            animals, verbs, foods = (3 * kind + random.randint(3, size=32) for kind in range(3))
            feeds = {
                words: np.concatenate([animals, animals, verbs, verbs, foods, foods]),
                neighbours: np.concatenate([verbs, foods, animals, foods, animals, verbs]),
                strangers: random.randint(len(WORDS), size=6 * 32),
            }
            session.run(train, feeds)
        nearest = np.argsort(-session.run(likeness), axis=1)

    for word, order in zip(WORDS, nearest, strict=True):
        print(f"{word}: {', '.join(WORDS[i] for i in order[1:3])}")


if __name__ == "__main__":
    main()
