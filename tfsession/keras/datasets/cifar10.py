"""`tf.keras.datasets.cifar10`: small images of ten kinds."""

import os
from typing import Any

import numpy as np

from tfsession.keras.datasets.cifar import folder, load_batch, pair

__all__ = ["load_data"]


def load_data() -> Any:
    """Images [32, 32, 3], and of which of ten kinds they are.

    Returns:
      Two pairs of images, uint8, and kinds [images, 1]: 50,000 to train with, 10,000 to test.

    Raises:
      FileNotFoundError: `~/.keras/datasets/cifar-10-batches-py` is not there.

    Source: TensorFlow 1.15 `tf.keras.datasets.cifar10.load_data`.
    """
    place = folder("cifar-10-batches-py")
    parts = [load_batch(os.path.join(place, f"data_batch_{i}")) for i in range(1, 6)]
    images = np.concatenate([x for x, _ in parts])
    labels = np.concatenate([np.asarray(y, "uint8") for _, y in parts])
    test_images, test_labels = load_batch(os.path.join(place, "test_batch"))
    return pair(images, labels), pair(test_images, np.asarray(test_labels))
