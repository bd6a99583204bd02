"""Random tensors; without a seed, one is drawn from NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.dtypes import as_dtype
from tfsession.layers.settings import floatx
from tfsession.ops import array, math, random
from tfsession.ops.indexing import where

__all__ = ["random_binomial", "random_normal", "random_uniform", "truncated_normal"]


def _seed(seed: int | None) -> int:
    # np.random.seed is enough to repeat what programs of Keras draw.
    return int(np.random.randint(10_000_000)) if seed is None else seed


def random_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Normal values."""
    return random.random_normal(
        shape, mean=mean, stddev=stddev, dtype=as_dtype(dtype or floatx()), seed=_seed(seed)
    )


def random_uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Uniform values from `minval` to `maxval`."""
    return random.random_uniform(
        shape, minval=minval, maxval=maxval, dtype=as_dtype(dtype or floatx()), seed=_seed(seed)
    )


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Normal values within two deviations."""
    return random.truncated_normal(
        shape, mean, stddev, dtype=as_dtype(dtype or floatx()), seed=_seed(seed)
    )


def random_binomial(shape: Any, p: Any = 0.0, dtype: Any = None, seed: int | None = None) -> Any:
    """1 with probability `p`, and 0."""
    dtype = as_dtype(dtype or floatx())
    drawn = random.random_uniform(shape, dtype=dtype, seed=_seed(seed))
    return where(
        math.less_equal(drawn, p), array.ones(shape, dtype=dtype), array.zeros(shape, dtype=dtype)
    )
