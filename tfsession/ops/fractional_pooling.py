"""Pooling over windows of random sizes, so that an image shrinks by a ratio that is no integer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph.build import TensorLike, build
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.static_values import constant_value_as_shape
from tfsession.registry import gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims, with_rank

__all__ = ["fractional_avg_pool", "fractional_max_pool"]

_T = "T: {float32, float64, int32, int64}"
_ATTRS = (
    "pooling_ratio: list(float) >= 4; pseudo_random: bool = false; overlapping: bool = false;"
    f" deterministic: bool = false; seed: int = 0; seed2: int = 0; {_T}"
)
_SEQUENCES = "row_pooling_sequence: int64, col_pooling_sequence: int64"

# ---- FractionalMaxPool, FractionalAvgPool ----

for _name in ("FractionalMaxPool", "FractionalAvgPool"):
    op(f"{_name}(value: T) -> output: T, {_SEQUENCES}", _ATTRS)
op(
    f"FractionalMaxPoolGrad(orig_input: T, orig_output: T, out_backprop: T, {_SEQUENCES})"
    " -> output: T",
    f"overlapping: bool = false; {_T}",
)
op(
    f"FractionalAvgPoolGrad(orig_input_tensor_shape: int64, out_backprop: T, {_SEQUENCES})"
    " -> output: T",
    f"overlapping: bool = false; {_T}",
)
undefined_gradient("FractionalMaxPoolGrad", "FractionalAvgPoolGrad")


@shape("FractionalMaxPool", "FractionalAvgPool")
def fractional_pool_shape(value: Tensor, pooling_ratio: Sequence[float]) -> list[Dims]:
    """Sizes by their ratios, rounded down, and the limits of windows along two axes."""
    dims = with_rank(value.dims, 4)
    if len(pooling_ratio) != 4:
        raise ValueError("pooling_ratio field must specify 4 dimensions")
    sizes = [
        None if size is None or ratio <= 0 else int(size / ratio)
        for size, ratio in zip(dims, pooling_ratio, strict=True)
    ]
    return [tuple(sizes), (None,), (None,)]


@shape("FractionalMaxPoolGrad")
def fractional_max_pool_grad_shape(orig_input: Tensor) -> Dims:
    """The shape of the image."""
    return with_rank(orig_input.dims, 4)


@shape("FractionalAvgPoolGrad")
def fractional_avg_pool_grad_shape(orig_input_tensor_shape: Tensor) -> Dims:
    """The shape of the image, which is an input."""
    return with_rank(constant_value_as_shape(orig_input_tensor_shape), 4)


@gradient("FractionalMaxPool")
def fractional_max_pool_gradient(op: Operation, dy: Tensor, _: Any, __: Any) -> Tensor:
    """Of the largest elements."""
    value, (output, rows, columns) = op.inputs[0], op.outputs
    overlapping = op.attrs["overlapping"]
    result: Tensor = build(
        "FractionalMaxPoolGrad", value, output, dy, rows, columns, overlapping=overlapping
    )
    return result


@gradient("FractionalAvgPool")
def fractional_avg_pool_gradient(op: Operation, dy: Tensor, _: Any, __: Any) -> Tensor:
    """Spread over the windows."""
    sizes = build("Shape", op.inputs[0], out_type="int64")
    _, rows, columns = op.outputs
    overlapping = op.attrs["overlapping"]
    result: Tensor = build(
        "FractionalAvgPoolGrad", sizes, dy, rows, columns, overlapping=overlapping
    )
    return result


def _pool(
    op_type: str,
    value: TensorLike,
    pooling_ratio: Sequence[float],
    pseudo_random: bool,
    overlapping: bool,
    deterministic: bool,
    seed: int,
    seed2: int,
    name: str | None,
) -> Any:
    return build(
        op_type,
        value,
        pooling_ratio=pooling_ratio,
        pseudo_random=pseudo_random,
        overlapping=overlapping,
        deterministic=deterministic,
        seed=seed,
        seed2=seed2,
        name=name,
    )


def fractional_max_pool(
    value: TensorLike,
    pooling_ratio: Sequence[float],
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> Any:
    """Takes the largest elements of windows of random sizes.

    Args:
      value: [batch, height, width, channels]; float32, float64, int32 or int64.
      pooling_ratio: four numbers of 1 or more, the first and the last of which are 1: by how much
        the image shrinks.
      pseudo_random: whether the windows' limits are a random line, rounded; else their sizes are
        in a random order.
      overlapping: whether neighbours share their limits.
      deterministic: whether every run has the same windows.
      seed: of the random numbers.
      seed2: a second one.
      name: a name for the operation.

    Returns:
      (output, row_pooling_sequence, col_pooling_sequence): the pooled image, and the limits of
      windows along both axes, int64. Which windows there are is not what TensorFlow would draw.

    Raises:
      ValueError: the ratios do not fit.

    Source: Graham, "Fractional Max-Pooling", 2015; TensorFlow 1.15 `tf.nn.fractional_max_pool`.
    """
    return _pool(
        "FractionalMaxPool",
        value,
        pooling_ratio,
        pseudo_random,
        overlapping,
        deterministic,
        seed,
        seed2,
        name,
    )


def fractional_avg_pool(
    value: TensorLike,
    pooling_ratio: Sequence[float],
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> Any:
    """Takes the means of windows of random sizes; see `fractional_max_pool`.

    Source: TensorFlow 1.15 `tf.nn.fractional_avg_pool`.
    """
    return _pool(
        "FractionalAvgPool",
        value,
        pooling_ratio,
        pseudo_random,
        overlapping,
        deterministic,
        seed,
        seed2,
        name,
    )
