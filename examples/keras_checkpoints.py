"""Trains a Keras model, stops, and goes on from its checkpoint in another process.

    python keras_checkpoints.py [FOLDER]

The model learns to tell two spirals apart. Each epoch is saved; the second call finds what the
first one has saved, and trains on.
"""

import glob
import os
import sys
import tempfile

import numpy as np

import tfsession as tf


def spirals(count, seed):
    """Points on two spirals, [2 * count, 2], and on which one they are."""
    random = np.random.RandomState(seed)
    angle = np.sqrt(random.uniform(size=count)) * 3 * np.pi
    arm = np.stack([np.cos(angle), np.sin(angle)], 1) * angle[:, None] / 10
    points = np.concatenate([arm, -arm]) + random.normal(scale=0.02, size=(2 * count, 2))
    return points, np.repeat([0, 1], count)


def build():
    """A network with dropout, compiled."""
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Dense(64, activation="relu", input_shape=(2,)),
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dropout(0.1),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(tf.keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


def main(folder):
    """Trains for ten epochs, from the latest checkpoint on."""
    tf.set_random_seed(1)
    np.random.seed(1)
    x, y = spirals(500, seed=0)
    model = build()
    done = len(glob.glob(os.path.join(folder, "epoch-*.index")))
    if done:
        model.load_weights(tf.train.latest_checkpoint(folder))
    save = tf.keras.callbacks.ModelCheckpoint(
        os.path.join(folder, "epoch-{epoch:02d}"), save_weights_only=True
    )
    model.fit(
        x,
        y,
        epochs=done + 10,
        initial_epoch=done,
        validation_data=spirals(200, seed=1),
        callbacks=[save],
        verbose=0,
    )
    loss, accuracy = model.evaluate(*spirals(200, seed=1), verbose=0)
    print(f"epochs {done + 1} to {done + 10}: loss {loss:.3f}, accuracy {accuracy:.3f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(folder)
            tf.keras.backend.clear_session()
            main(folder)
