"""`tf.keras.datasets.cifar100`: small images of a hundred kinds."""

import os
from typing import Any

from tfsession.keras.datasets.cifar import folder, load_batch, pair

__all__ = ["load_data"]


def load_data(label_mode: str = "fine") -> Any:
    """Images [32, 32, 3], and of which kinds they are.

    Args:
      label_mode: "fine" for a hundred kinds, "coarse" for twenty.

    Returns:
      Two pairs of images, uint8, and kinds [images, 1]: 50,000 to train with, 10,000 to test.

    Raises:
      ValueError: the mode is neither.
      FileNotFoundError: `~/.keras/datasets/cifar-100-python` is not there.

    Source: TensorFlow 1.15 `tf.keras.datasets.cifar100.load_data`.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError('`label_mode` must be one of `"fine"`, `"coarse"`.')
    place = folder("cifar-100-python")
    train, test = (
        load_batch(os.path.join(place, part), f"{label_mode}_labels") for part in ("train", "test")
    )
    return pair(*train), pair(*test)
