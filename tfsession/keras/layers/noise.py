"""Layers that add or multiply noise in training."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

import numpy as np

from tfsession.keras.backend import chance, flow
from tfsession.layers.abstract import Layer
from tfsession.ops import array, math

__all__ = ["AlphaDropout", "GaussianDropout", "GaussianNoise"]


class _Noise(Layer, abc.ABC):
    supports_masking = True

    @abc.abstractmethod
    def _noised(self, inputs: Any) -> Any:
        """The inputs with noise, as in training."""

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Changes the inputs in training; the learning phase says whether it is, when None."""
        return flow.in_train_phase(lambda: self._noised(inputs), inputs, training=training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape


class GaussianNoise(_Noise):
    """Adds normal noise.

    Args:
      stddev: its standard deviation.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.GaussianNoise`.
    """

    _CONFIG: ClassVar = ("stddev",)

    def __init__(self, stddev: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stddev = stddev

    def _noised(self, inputs: Any) -> Any:
        return inputs + chance.random_normal(
            shape=array.shape(inputs), mean=0.0, stddev=self.stddev, dtype=inputs.dtype
        )


class GaussianDropout(_Noise):
    """Multiplies with normal noise around 1.

    Args:
      rate: the share that dropout of the same deviation drops.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.GaussianDropout`.
    """

    _CONFIG: ClassVar = ("rate",)

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Changes the inputs in training, where the rate is between 0 and 1."""
        return super().call(inputs, training) if 0 < self.rate < 1 else inputs

    def _noised(self, inputs: Any) -> Any:
        return inputs * chance.random_normal(
            shape=array.shape(inputs),
            mean=1.0,
            stddev=np.sqrt(self.rate / (1.0 - self.rate)),
            dtype=inputs.dtype,
        )


# Of the activation selu: what a dropped element becomes, so that mean and variance stay.
_DROPPED = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946


class AlphaDropout(_Noise):
    """Dropout that keeps mean and variance of self-normalizing networks.

    Args:
      rate: the probability that an element is dropped.
      noise_shape: the shape of the random choices.
      seed: the op's seed.
      **kwargs: what `Layer` takes.

    Source: Klambauer and others, arXiv 1706.02515; TensorFlow 1.15 `tf.keras.layers.AlphaDropout`.
    """

    _CONFIG: ClassVar = ("rate",)

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed
        self._shape: Any = noise_shape

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Changes the inputs in training, where the rate is between 0 and 1."""
        if not 0.0 < self.rate < 1.0:
            return inputs
        given = self.noise_shape
        self._shape = array.shape(inputs) if given is None else given
        return super().call(inputs, training)

    def _noised(self, inputs: Any) -> Any:
        kept = math.greater_equal(chance.random_uniform(self._shape, seed=self.seed), self.rate)
        kept = math.cast(kept, inputs.dtype)
        a = ((1 - self.rate) * (1 + self.rate * _DROPPED**2)) ** -0.5
        b = -a * _DROPPED * self.rate
        x = inputs * kept + _DROPPED * (1 - kept)
        return a * x + b
