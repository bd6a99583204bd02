"""Batches of a small MNIST, in the order of TensorFlow 1.15, which records them.

Usage: python tests/golden/record_mnist.py tests/golden/mnist.json
"""

from __future__ import annotations

import gzip
import json
import os
import struct
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

IMAGES = {"train": 70, "t10k": 20}


def files() -> dict[str, bytes]:
    """The four files of an MNIST of 70 and 20 images; the labels go round from 0 to 9."""
    made = {}
    for name, count in IMAGES.items():
        pixels = (np.arange(count * 784) % 251).astype(np.uint8).tobytes()
        labels = (np.arange(count) % 10).astype(np.uint8).tobytes()
        header = struct.pack(">IIII", 2051, count, 28, 28)
        made[name + "-images-idx3-ubyte.gz"] = gzip.compress(header + pixels)
        header = struct.pack(">II", 2049, count)
        made[name + "-labels-idx1-ubyte.gz"] = gzip.compress(header + labels)
    return made


def write(folder: str) -> None:
    """Puts the files into a folder."""
    for name, data in files().items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def reader(tf: Any) -> Callable[..., Any]:
    """The function that scripts import."""
    path = tf.__name__ + ".examples.tutorials.mnist.input_data"
    return import_module(path).read_data_sets  # type: ignore[no-any-return]


def batches(tf: Any, folder: str) -> dict[str, Any]:
    """The labels of batches, by what was asked for."""
    read = reader(tf)
    found: dict[str, Any] = {}
    for seed in (0, 1, 42):
        train = read(folder, validation_size=10, seed=seed).train
        found[f"seed {seed}"] = [train.next_batch(8)[1].tolist() for _ in range(16)]
    with tf.Graph().as_default():
        tf.set_random_seed(5)
        test = read(folder, validation_size=10).test
        found["graph seed"] = [test.next_batch(8)[1].tolist() for _ in range(4)]
        test = read(folder, validation_size=10, seed=3).test
        found["both seeds"] = [test.next_batch(8)[1].tolist() for _ in range(4)]
    train = read(folder, validation_size=0).train
    found["in order"] = [train.next_batch(33, shuffle=False)[1].tolist() for _ in range(4)]
    sets = read(folder, validation_size=10, one_hot=True, reshape=False, dtype=tf.uint8)
    np.random.seed(0)
    images, labels = sets.train.next_batch(5)
    found["images"] = images[:, 3, 4, 0].tolist()
    found["rows"] = labels.tolist()
    sets = read(folder, validation_size=10)
    found["pixels"] = sets.validation.images[1, :5].tolist()
    found["sizes"] = [one.num_examples for one in sets]
    found["dtypes"] = [str(one.dtype) for one in (images, labels, sets.test.images)]
    fakes = read("", fake_data=True, one_hot=True)
    images, labels = fakes.train.next_batch(2, fake_data=True)
    found["fakes"] = [len(images), sum(images[0]), labels, fakes.test.num_examples]
    return found


def main(path: str) -> None:
    """Writes the file."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.logging.set_verbosity(tf.logging.FATAL)
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        recorded = batches(tf, folder)
    with open(path, "w") as file:
        json.dump(recorded, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
