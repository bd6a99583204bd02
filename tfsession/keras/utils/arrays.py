"""Arrays of classes and of norms."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["normalize", "to_categorical"]


def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> Any:
    """A 1 where each class says, among zeros.

    Args:
      y: [...], classes as ints.
      num_classes: how many there are; one more than the greatest when None.
      dtype: of the result.

    Returns:
      [..., num_classes].

    Source: TensorFlow 1.15 `tf.keras.utils.to_categorical`.
    """
    y = np.array(y, dtype="int")
    shape = y.shape
    if shape and shape[-1] == 1 and len(shape) > 1:
        shape = tuple(shape[:-1])
    flat = y.ravel()
    num_classes = num_classes or int(np.max(flat)) + 1
    result = np.zeros((flat.shape[0], num_classes), dtype=dtype)
    result[np.arange(flat.shape[0]), flat] = 1
    return np.reshape(result, (*shape, num_classes))


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """An array, scaled to norm 1 along an axis; zeros stay.

    Source: TensorFlow 1.15 `tf.keras.utils.normalize`.
    """
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)
