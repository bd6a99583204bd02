"""Stores what TensorFlow 1.15 makes of the programs of Keras: ``python record_keras.py``.

It also writes a model and a checkpoint of TensorFlow's, which are read here.
"""

import json
import os
import sys

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(os.path.dirname(HERE)))

from tests.keras_programs import PROGRAMS  # noqa: E402


def main():
    """Runs all programs, and writes the files."""
    found = {}
    for name, program in PROGRAMS.items():
        tf.keras.backend.clear_session()
        found[name] = program(tf)
    with open(os.path.join(HERE, "keras.json"), "w") as file:
        json.dump(found, file, indent=1, sort_keys=True)
        file.write("\n")
    folder = os.path.join(HERE, "keras")
    os.makedirs(folder, exist_ok=True)
    tf.keras.backend.clear_session()
    tf.set_random_seed(1)
    model = tf.keras.Sequential(
        [tf.keras.layers.Dense(3, activation="relu", input_shape=(2,)), tf.keras.layers.Dense(1)]
    )
    model.compile("adam", "mse", metrics=["mae"])
    x = np.arange(8.0).reshape(4, 2) / 8
    model.train_on_batch(x, x[:, :1])
    model.save(os.path.join(folder, "model.h5"))
    model.save_weights(os.path.join(folder, "weights"))
    losses = [float(v) for v in model.evaluate(x, x[:, :1], verbose=0)]
    following = [float(model.train_on_batch(x, x[:, :1])[0]) for _ in range(3)]
    with open(os.path.join(folder, "losses.json"), "w") as file:
        json.dump([losses, following], file)
        file.write("\n")


if __name__ == "__main__":
    main()
