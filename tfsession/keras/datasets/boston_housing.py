"""`tf.keras.datasets.boston_housing`: prices of houses."""

from typing import Any

import numpy as np

from tfsession.keras.utils.files import get_file

__all__ = ["load_data"]


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Any:
    """Thirteen numbers on each of 506 districts, and the prices of houses there.

    Args:
      path: the file, in `~/.keras/datasets`, with `x` and `y`.
      test_split: the share to test with.
      seed: of the order.

    Returns:
      Two pairs of numbers and prices.

    Raises:
      FileNotFoundError: the file is not there.

    Source: TensorFlow 1.15 `tf.keras.datasets.boston_housing.load_data`.
    """
    assert 0 <= test_split < 1
    origin = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/boston_housing.npz"
    with np.load(get_file(path, origin)) as file:
        x, y = file["x"], file["y"]
    np.random.seed(seed)
    order = np.arange(len(x))
    np.random.shuffle(order)
    x, y = x[order], y[order]
    at = int(len(x) * (1 - test_split))
    return (np.array(x[:at]), np.array(y[:at])), (np.array(x[at:]), np.array(y[at:]))
