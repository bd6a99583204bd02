"""Ops that say between which bounds numbers lie."""

from __future__ import annotations

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import array, clip, math
from tfsession.registry import (
    op,
    run_ranks,
    shape,
    undefined_gradient,
)
from tfsession.shapes import Dims, with_rank

__all__ = [
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
    "searchsorted",
]

# ---- Bucketize ----

op(
    "Bucketize(input: T) -> output: int32",
    "T: {int32, int64, float32, float64}; boundaries: list(float)",
)


@shape("Bucketize")
def bucketize_shape(input: Tensor) -> Dims:
    return input.dims


undefined_gradient("Bucketize")


# ---- HistogramFixedWidth ----

op(
    "HistogramFixedWidth(values: T, value_range: T, nbins: int32) -> out: dtype",
    "T: {int32, int64, float32, float64}; dtype: {int32, int64} = int32",
)
run_ranks(
    "HistogramFixedWidth",
    value_range=(1, "value_range should be a vector."),
    nbins=(0, "nbins should be a scalar."),
)


@shape("HistogramFixedWidth")
def histogram_fixed_width_shape(value_range: Tensor, nbins: Tensor) -> Dims:
    with_rank(value_range.dims, 1)
    with_rank(nbins.dims, 0)
    count = constant_value(nbins)
    if count is None:
        return (None,)
    if int(count) <= 0:
        raise ValueError(f"Requires nbins > 0: {int(count)}")
    return (int(count),)


undefined_gradient("HistogramFixedWidth")


def histogram_fixed_width(
    values: TensorLike,
    value_range: TensorLike,
    nbins: TensorLike = 100,
    dtype: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Counts numbers in bins of equal width.

    Args:
      values: [...], int32, int64, float32 or float64.
      value_range: [2], of the dtype of `values`, where the first bin begins and the last ends; what
        lies outside is counted in the first and the last.
      nbins: a scalar int32, the number of bins.
      dtype: int32 or int64, of the result.
      name: a name for the operation.

    Returns:
      [nbins], the counts.

    Raises:
      ValueError: `nbins` is known and not positive.

    Source: TensorFlow 1.15 `tf.histogram_fixed_width`.
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        counts: Tensor = build(
            "HistogramFixedWidth", values, value_range, nbins, dtype=dtype, name=scope
        )
        return counts


def histogram_fixed_width_bins(
    values: TensorLike,
    value_range: TensorLike,
    nbins: TensorLike = 100,
    dtype: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Says in which of a number of bins of equal width each number lies.

    Args:
      values: [...], int32, int64, float32 or float64.
      value_range: [2], of the dtype of `values`, where the first bin begins and the last ends; what
        lies outside is in the first and the last.
      nbins: a scalar int32, the number of bins.
      dtype: accepted for compatibility; the result is int32.
      name: a name for the operations' scope.

    Returns:
      An int32 Tensor of the shape of `values`.

    Source: TensorFlow 1.15 `tf.histogram_fixed_width_bins`.
    """
    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values, name="values")
        sizes = array.shape(values)
        values = array.reshape(values, [-1])
        value_range = convert_to_tensor(value_range, name="value_range")
        nbins = convert_to_tensor(nbins, dtypes.int32, name="nbins")
        count = math.cast(nbins, values.dtype)
        width = value_range[1] - value_range[0]
        scaled = math.truediv(values - value_range[0], width, name="scaled_values")
        count = math.cast(count, scaled.dtype)
        bins = math.floor(count * scaled, name="indices")
        bins = math.cast(clip.clip_by_value(bins, 0, count - 1), dtypes.int32)
        return array.reshape(bins, sizes)


# ---- LowerBound, UpperBound ----

for _name in ("LowerBound", "UpperBound"):
    op(
        f"{_name}(sorted_inputs: T, values: T) -> output: out_type",
        "T: type; out_type: {int32, int64} = int32",
    )


@shape("LowerBound", "UpperBound")
def lower_bound_shape(sorted_inputs: Tensor, values: Tensor) -> Dims:
    with_rank(sorted_inputs.dims, 2)
    return with_rank(values.dims, 2)


undefined_gradient("LowerBound", "UpperBound")


def searchsorted(
    sorted_sequence: TensorLike,
    values: TensorLike,
    side: str = "left",
    out_type: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Says where numbers would have to be inserted so that sequences stay sorted.

    Args:
      sorted_sequence: [..., n], numbers in ascending order along the last axis.
      values: [..., m], of the same dtype and leading axes.
      side: "left": before equal numbers; "right": behind them.
      out_type: int32 or int64, of the result.
      name: a name for the operation.

    Returns:
      The positions, 0 to n, of the shape of `values`.

    Raises:
      ValueError: another `side`.

    Source: TensorFlow 1.15 `tf.searchsorted`.
    """
    sorted_sequence = convert_to_tensor(sorted_sequence)
    values = convert_to_tensor(values, sorted_sequence.dtype)
    sequences = array.reshape(sorted_sequence, [-1, array.shape(sorted_sequence)[-1]])
    rows = array.reshape(values, [-1, array.shape(values)[-1]])
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'.  Saw: {side}.")
    op_type = "LowerBound" if side == "left" else "UpperBound"
    positions = build(op_type, sequences, rows, out_type=out_type, name=name)
    return array.reshape(positions, array.shape(values))
