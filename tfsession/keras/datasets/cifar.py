"""Batches of CIFAR images, as they are pickled."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from tfsession.keras.utils.files import get_file
from tfsession.layers.settings import image_data_format

__all__ = ["folder", "load_batch", "pair"]


def folder(name: str) -> str:
    """The folder of batches below `~/.keras/datasets`.

    Raises:
      FileNotFoundError: it is not there.
    """
    origin = f"https://www.cs.toronto.edu/~kriz/{name.removesuffix('-batches-py')}-python.tar.gz"
    return get_file(name, origin, untar=True)


def load_batch(path: str, label_key: str = "labels") -> tuple[Any, Any]:
    """Images [3, 32, 32] of a batch, and what they are.

    The files are pickles, which run whatever is in them: only those of the data set are safe.
    """
    with open(path, "rb") as file:
        batch = pickle.load(file, encoding="bytes")
    images = batch[b"data"]
    return images.reshape(images.shape[0], 3, 32, 32), batch[label_key.encode()]


def pair(images: Any, labels: Any) -> tuple[Any, Any]:
    """Images with their channels where Keras wants them, and labels as a column."""
    if image_data_format() == "channels_last":
        images = images.transpose(0, 2, 3, 1)
    return images, np.reshape(labels, (len(labels), 1))
