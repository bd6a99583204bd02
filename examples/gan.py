"""Two networks against each other: one learns to draw numbers that look like a normal distribution.

Prints mean and standard deviation of what the generator draws: near those of the real numbers,
4.0 and 1.5.
"""

import argparse

import numpy as np

import tfsession as tf

MEAN, DEVIATION = 4.0, 1.5


def generator(noise):
    """[n, 4] noise to [n, 1] numbers."""
    with tf.variable_scope("generator"):
        return tf.layers.dense(tf.layers.dense(noise, 16, tf.nn.tanh), 1)


def discriminator(numbers, reuse=False):
    """[n, 1] numbers to [n, 1] logits of being real."""
    with tf.variable_scope("discriminator", reuse=reuse):
        x = tf.concat([numbers, tf.square(numbers - MEAN)], axis=1)
        return tf.layers.dense(tf.layers.dense(x, 16, tf.nn.tanh, name="hidden"), 1, name="logit")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000)
    options = parser.parse_args()
    tf.set_random_seed(1)

    real = tf.random_normal([256, 1], MEAN, DEVIATION, seed=1)
    drawn = generator(tf.random_normal([256, 4], seed=2))
    of_real, of_drawn = discriminator(real), discriminator(drawn, reuse=True)
    loss = tf.losses.sigmoid_cross_entropy
    judge_loss = loss(tf.ones_like(of_real), of_real) + loss(tf.zeros_like(of_drawn), of_drawn)
    draw_loss = loss(tf.ones_like(of_drawn), of_drawn)
    variables = {scope: tf.trainable_variables(scope) for scope in ("generator", "discriminator")}
    judge = tf.train.AdamOptimizer(0.005, beta1=0.5).minimize(
        judge_loss, var_list=variables["discriminator"]
    )
    draw = tf.train.AdamOptimizer(0.005, beta1=0.5).minimize(
        draw_loss, var_list=variables["generator"]
    )

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(options.steps):
            session.run(judge)
            session.run(draw)
        numbers = np.concatenate([session.run(drawn) for _ in range(20)])
    print(f"mean {numbers.mean():.2f}, standard deviation {numbers.std():.2f}")


if __name__ == "__main__":
    main()
