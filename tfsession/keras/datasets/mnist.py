"""`tf.keras.datasets.mnist`: digits."""

from typing import Any

import numpy as np

from tfsession.keras.utils.files import get_file

__all__ = ["load_data"]


def load_data(path: str = "mnist.npz") -> Any:
    """Images [28, 28] of digits, and which they are.

    Args:
      path: the file, in `~/.keras/datasets`, with `x_train`, `y_train`, `x_test` and `y_test`.

    Returns:
      Two pairs of images, uint8, and digits: 60,000 to train with, 10,000 to test.

    Raises:
      FileNotFoundError: the file is not there.

    Source: TensorFlow 1.15 `tf.keras.datasets.mnist.load_data`.
    """
    origin = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
    with np.load(get_file(path, origin)) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])
