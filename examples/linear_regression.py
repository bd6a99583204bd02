"""Fits a line to noisy points with gradient descent."""

import argparse

import numpy as np

import tfsession as tf

SLOPE, INTERCEPT, NOISE = 3.0, -2.0, 0.1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()

    random = np.random.RandomState(0)
    points = random.uniform(-1.0, 1.0, 500)
    values = SLOPE * points + INTERCEPT + NOISE * random.standard_normal(500)

    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.placeholder(tf.float32, [None], name="y")
    slope = tf.Variable(0.0, name="slope")
    intercept = tf.Variable(0.0, name="intercept")
    loss = tf.reduce_mean(tf.square(slope * x + intercept - y), name="loss")

    step = tf.Variable(0, trainable=False, name="step")
    rate = tf.train.exponential_decay(0.5, step, decay_steps=100, decay_rate=0.5)
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(options.steps):
            session.run(train, {x: points, y: values})
        found = session.run([slope, intercept])
        error, steps = session.run([loss, step], {x: points, y: values})

    print(f"after {steps} steps: y = {found[0]:.2f} x + {found[1]:.2f}, squared error {error:.4f}")


if __name__ == "__main__":
    main()
