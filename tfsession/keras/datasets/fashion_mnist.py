"""`tf.keras.datasets.fashion_mnist`: pieces of clothing."""

import gzip
import os
from typing import Any

import numpy as np

from tfsession.keras.utils.files import get_file

__all__ = ["load_data"]

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def _read(name: str, header: int) -> Any:
    path = get_file(name, _ORIGIN + name, cache_subdir=os.path.join("datasets", "fashion-mnist"))
    with gzip.open(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def load_data() -> Any:
    """Images [28, 28] of pieces of clothing, and of which of ten kinds they are.

    Returns:
      Two pairs of images, uint8, and kinds: 60,000 to train with, 10,000 to test.

    Raises:
      FileNotFoundError: the files are not in `~/.keras/datasets/fashion-mnist`.

    Source: TensorFlow 1.15 `tf.keras.datasets.fashion_mnist.load_data`.
    """
    pairs = []
    for part in ("train", "t10k"):
        labels = _read(f"{part}-labels-idx1-ubyte.gz", 8)
        images = _read(f"{part}-images-idx3-ubyte.gz", 16)
        pairs.append((images.reshape(len(labels), 28, 28), labels))
    return tuple(pairs)
