"""Initializers that scale with the size of a layer, in the form of `tf.contrib.layers`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tfsession.dtypes import DTypeLike, as_dtype, float32
from tfsession.graph.operation import Tensor
from tfsession.ops.random import random_uniform, truncated_normal

__all__ = [
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]

#: How much cutting a normal distribution at two standard deviations takes from its variance.
_TRUNCATION = 1.3


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: DTypeLike = float32
) -> Callable[..., Tensor]:
    """Random numbers of variance ``2 / (fan_in + fan_out)``.

    Args:
      uniform: uniform numbers; otherwise, truncated normal ones.
      seed: the op-level seed.
      dtype: the default DType; must be floating.

    Raises:
      TypeError: the dtype is not floating.

    Source: Glorot and Bengio, 2010; TensorFlow 1.15 `tf.contrib.layers.xavier_initializer`.
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: DTypeLike = float32,
) -> Callable[..., Tensor]:
    """Random numbers of variance ``factor / n``.

    Args:
      factor: the numerator.
      mode: "FAN_IN", "FAN_OUT" or "FAN_AVG": what `n` is.
      uniform: uniform numbers; otherwise, truncated normal ones.
      seed: the op-level seed.
      dtype: the default DType; must be floating.

    Raises:
      TypeError: the dtype is not floating, or there is no such mode.

    Source: TensorFlow 1.15 `tf.contrib.layers.variance_scaling_initializer`.
    """
    _check_floating(dtype)
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError("Unknown mode %s [FAN_IN, FAN_OUT, FAN_AVG]", mode)

    def initializer(shape: Any, dtype: DTypeLike = dtype, partition_info: Any = None) -> Tensor:
        _check_floating(dtype)
        fan_in, fan_out = _fans(list(shape))
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return random_uniform(shape, -limit, limit, dtype, seed=seed)
        stddev = math.sqrt(_TRUNCATION * factor / n)
        return truncated_normal(shape, 0.0, stddev, dtype, seed=seed)

    return initializer


def _check_floating(dtype: DTypeLike) -> None:
    if not as_dtype(dtype).is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")


def _fans(sizes: list[Any]) -> tuple[float, float]:
    """How many inputs go into an output, and how many outputs an input goes into."""
    if not sizes:
        return 1.0, 1.0
    fan_in = float(sizes[-2] if len(sizes) > 1 else sizes[-1])
    field = math.prod(int(size) for size in sizes[:-2])
    return fan_in * field, float(sizes[-1]) * field
