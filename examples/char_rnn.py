"""Learns a text letter by letter, and goes on writing it.

A GRU reads the text (`tf.nn.dynamic_rnn`) and says which letter comes next. Then it is given its
own letters: with --temperature 0 always the likeliest one, which continues the rhyme word for word.
"""

import argparse

import numpy as np

import tfsession as tf

TEXT = "humpty dumpty sat on a wall, humpty dumpty had a great fall. "
LETTERS = sorted(set(TEXT))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--temperature", type=float, default=0.0)
    options = parser.parse_args()
    tf.set_random_seed(0)
    numbers = np.array([LETTERS.index(letter) for letter in TEXT * 4])

    read = tf.placeholder(tf.int32, [None, None], name="read")
    following = tf.placeholder(tf.int32, [None, None], name="following")
    cell = tf.nn.rnn_cell.GRUCell(64)
    state = cell.zero_state(tf.shape(read)[0], tf.float32)
    outputs, last = tf.nn.dynamic_rnn(cell, tf.one_hot(read, len(LETTERS)), initial_state=state)
    logits = tf.layers.dense(outputs, len(LETTERS))
    loss = tf.losses.sparse_softmax_cross_entropy(following, logits)
    optimizer = tf.train.AdamOptimizer(0.01)
    gradients, variables = zip(*optimizer.compute_gradients(loss), strict=True)
    clipped, _ = tf.clip_by_global_norm(gradients, 5.0)
    train = optimizer.apply_gradients(zip(clipped, variables, strict=True))
    scaled = logits[:, -1] / max(options.temperature, 1e-4)
    letter = tf.multinomial(scaled, 1, seed=0, output_dtype=tf.int32)

    random = np.random.RandomState(0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(options.steps):
            starts = random.randint(len(numbers) - 41, size=16)
            windows = np.stack([numbers[start : start + 41] for start in starts])
            session.run(train, {read: windows[:, :-1], following: windows[:, 1:]})
        text = "humpty "
        feeds = {read: [[LETTERS.index(c) for c in text]]}
        while len(text) < len(TEXT):
            found, memory = session.run([letter, last], feeds)
            text += LETTERS[found[0, 0]]
            feeds = {read: found, state: memory}
    print(text)


if __name__ == "__main__":
    main()
