"""Random initializers of the narrow ranges that are Keras's defaults."""

from __future__ import annotations

from typing import Any

from tfsession.dtypes import float32
from tfsession.ops import initializers


class RandomNormal(initializers.random_normal_initializer):
    """Normal values, of deviation 0.05 where nothing else is said.

    Source: TensorFlow 1.15 `tf.keras.initializers.RandomNormal`.
    """

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None, dtype: Any = float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


class RandomUniform(initializers.random_uniform_initializer):
    """Values between -0.05 and 0.05 where nothing else is said.

    Source: TensorFlow 1.15 `tf.keras.initializers.RandomUniform`.
    """

    def __init__(
        self,
        minval: float = -0.05,
        maxval: float = 0.05,
        seed: int | None = None,
        dtype: Any = float32,
    ) -> None:
        super().__init__(minval, maxval, seed, dtype)


class TruncatedNormal(initializers.truncated_normal_initializer):
    """Normal values within two deviations, of deviation 0.05 where nothing else is said.

    Source: TensorFlow 1.15 `tf.keras.initializers.TruncatedNormal`.
    """

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None, dtype: Any = float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)
