"""Kernels of ops that say between which bounds numbers lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.dtypes import DType
from tfsession.errors import InvalidArgumentError
from tfsession.registry import kernel

Array = Any

# ---- Bucketize ----


@kernel("Bucketize", capturable=False)
def bucketize(xp: Any, input: Array, boundaries: list[float]) -> Array:
    """How many boundaries are not above each number."""
    # The attribute is of float32, whatever the input.
    bounds = np.array(boundaries, np.float32)
    if (bounds[1:] < bounds[:-1]).any():
        raise InvalidArgumentError.of("Expected sorted boundaries")
    return xp.searchsorted(xp.asarray(bounds), input, side="right").astype(np.int32)


# ---- HistogramFixedWidth ----


@kernel("HistogramFixedWidth", host=("value_range", "nbins"), capturable=False)
def histogram_fixed_width(
    xp: Any, values: Array, value_range: Array, nbins: Array, dtype: DType
) -> Array:
    """Counts in bins of equal width."""
    if value_range.shape != (2,):
        raise InvalidArgumentError.of(
            f"value_range should be a vector{' of 2 elements' if value_range.ndim == 1 else ''}."
        )
    low, high = value_range.tolist()
    if low >= high:
        raise InvalidArgumentError.of(
            f"value_range should satisfy value_range[0] < value_range[1], but got "
            f"'[{low:g}, {high:g}]'"
        )
    count = int(nbins)
    if count <= 0:
        raise InvalidArgumentError.of(f"nbins should be a positive number, but got '{count}'")
    bins = (xp.maximum(values.reshape(-1), low) - low) / np.float64((high - low) / count)
    return xp.bincount(xp.minimum(bins, count - 1).astype(np.int64), minlength=count).astype(
        dtype.numpy
    )


# ---- LowerBound, UpperBound ----


def _positions(xp: Any, sorted_inputs: Array, values: Array, out_type: DType, side: str) -> Array:
    """Where the values of each row go."""
    if sorted_inputs.shape[0] != values.shape[0]:
        raise InvalidArgumentError.of("Leading dim_size of both tensors must match.")
    result = xp.empty(values.shape, out_type.numpy)
    for row, (sequence, wanted) in enumerate(zip(sorted_inputs, values, strict=True)):
        result[row] = xp.searchsorted(sequence, wanted, side=side)
    return result


@kernel("LowerBound")
def lower_bound(xp: Any, sorted_inputs: Array, values: Array, out_type: DType) -> Array:
    """Before equal numbers."""
    return _positions(xp, sorted_inputs, values, out_type, "left")


@kernel("UpperBound")
def upper_bound(xp: Any, sorted_inputs: Array, values: Array, out_type: DType) -> Array:
    """Behind equal numbers."""
    return _positions(xp, sorted_inputs, values, out_type, "right")
