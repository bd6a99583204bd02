"""Turns numbers round with an encoder, a decoder and attention (tf.contrib.seq2seq).

The decoder looks back at the encoder's outputs (Luong et al., 2015). Trained on what should come
out, it is then given its own digits. Prints a few results, and the share of sequences that come out
right.
"""

import argparse

import numpy as np

import tfsession as tf

LENGTH, DIGITS, UNITS = 5, 10, 48
START, END = DIGITS, DIGITS + 1
WORDS = DIGITS + 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=600)
    options = parser.parse_args()
    tf.set_random_seed(0)
    random = np.random.RandomState(0)
    seq2seq = tf.contrib.seq2seq

    given = tf.placeholder(tf.int32, [None, LENGTH], name="given")
    wanted = tf.reverse(given, axis=[1])
    size = tf.shape(given)[0]
    table = tf.get_variable("digits", [WORDS, 16])
    outputs, state = tf.nn.dynamic_rnn(
        tf.nn.rnn_cell.GRUCell(UNITS), tf.nn.embedding_lookup(table, given), dtype=tf.float32
    )
    attention = seq2seq.LuongAttention(UNITS, outputs)
    cell = seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(UNITS), attention, UNITS)
    first = cell.zero_state(size, tf.float32).clone(cell_state=state)
    to_words = tf.layers.Dense(WORDS, name="words")

    def decoded(helper, reuse=None):
        decoder = seq2seq.BasicDecoder(cell, helper, first, to_words)
        with tf.variable_scope("decoder", reuse=reuse):
            return seq2seq.dynamic_decode(decoder, maximum_iterations=LENGTH)[0]

    read = tf.concat([tf.fill([size, 1], START), wanted[:, :-1]], axis=1)
    lengths = tf.fill([size], LENGTH)
    helper = seq2seq.TrainingHelper(tf.nn.embedding_lookup(table, read), lengths)
    logits = decoded(helper).rnn_output
    loss = seq2seq.sequence_loss(logits, wanted, tf.ones([size, LENGTH]))
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    own = seq2seq.GreedyEmbeddingHelper(table, tf.fill([size], START), END)
    found = decoded(own, reuse=True).sample_id

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(options.steps):
            session.run(train, {given: random.randint(DIGITS, size=(64, LENGTH))})
        test = random.randint(DIGITS, size=(200, LENGTH))
        results = session.run(found, {given: test})
    for before, after in zip(test[:3].tolist(), results[:3].tolist(), strict=True):
        print(f"{before} -> {after}")
    right = np.mean([list(a) == list(b[::-1]) for a, b in zip(results, test, strict=True)])
    print(f"right: {right:.2f}")


if __name__ == "__main__":
    main()
