"""Weights of values, as losses and metrics take them: one for all, one for each, or one an axis."""

from __future__ import annotations

import numpy as np

from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import control_dependencies, name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops import sets
from tfsession.ops.array import concat, expand_dims, ones_like, rank, shape, size
from tfsession.ops.control import no_op
from tfsession.ops.control_flow import Assert, cond
from tfsession.ops.math import equal, multiply

__all__ = ["assert_broadcastable", "broadcast_weights"]

_REFUSED = "weights can not be broadcast to values."


def assert_broadcastable(weights: TensorLike, values: TensorLike) -> Operation:
    """Checks that weights are a scalar, or have the rank of the values and each size theirs or 1.

    Args:
      weights: a tensor.
      values: the tensor that is weighted.

    Returns:
      The Operation that checks when it runs what is not known yet.

    Raises:
      ValueError: they do not, as is known from their static shapes.

    Source: TensorFlow 1.15, python/ops/weights_broadcast_ops.py `assert_broadcastable`.
    """
    with name_scope(None, "assert_broadcastable", [weights, values]) as scope:
        with name_scope(None, "weights", [weights]) as weights_scope:
            weights = convert_to_tensor(weights, name=weights_scope)
            weights_shape = shape(weights, name="shape")
            weights_rank = rank(weights, name="rank")
        with name_scope(None, "values", [values]) as values_scope:
            values = convert_to_tensor(values, name=values_scope)
            values_shape = shape(values, name="shape")
            values_rank = rank(values, name="rank")
        if weights.dims is not None and values.dims is not None:
            if not weights.dims:
                return no_op("static_scalar_check_success")
            _check_ranks(weights, values)
            ours, theirs = constant_value(weights_shape), constant_value(values_shape)
            if ours is not None and theirs is not None:
                _check_sizes(ours, theirs)
                return no_op("static_dims_check_success")
        is_scalar = equal(0, weights_rank, name="is_scalar")
        is_valid = cond(
            is_scalar,
            lambda: is_scalar,
            lambda: _has_valid_shape(weights_rank, weights_shape, values_rank, values_shape),
            name="is_valid_shape",
        )
        data = [
            _REFUSED,
            "weights.shape=",
            weights.name,
            weights_shape,
            "values.shape=",
            values.name,
            values_shape,
            "is_scalar=",
            is_scalar,
        ]
        return Assert(is_valid, data, name=scope)


def _check_ranks(weights: Tensor, values: Tensor) -> None:
    if weights.shape.ndims != values.shape.ndims:
        raise ValueError(
            f"{_REFUSED} values.rank={values.shape.ndims}. weights.rank={weights.shape.ndims}. "
            f"values.shape={values.shape}. weights.shape={weights.shape}."
        )


def _check_sizes(weights_shape: np.ndarray, values_shape: np.ndarray) -> None:
    """Raises ValueError where a size is neither 1 nor that of the values."""
    for axis, (ours, theirs) in enumerate(zip(weights_shape, values_shape, strict=True)):
        if ours not in (1, theirs):
            raise ValueError(
                f"{_REFUSED} Mismatch at dim {axis}. values.shape={values_shape} "
                f"weights.shape={weights_shape}."
            )


def _has_valid_shape(
    weights_rank: Tensor, weights_shape: Tensor, values_rank: Tensor, values_shape: Tensor
) -> Tensor:
    """Whether weights, which are no scalar, fit; when it runs."""
    with name_scope(
        None,
        "has_valid_nonscalar_shape",
        [weights_rank, weights_shape, values_rank, values_shape],
    ) as scope:
        is_same_rank = equal(values_rank, weights_rank, name="is_same_rank")
        found: Tensor = cond(
            is_same_rank,
            lambda: _has_valid_sizes(weights_shape, values_shape),
            lambda: is_same_rank,
            name=scope,
        )
        return found


def _has_valid_sizes(weights_shape: Tensor, values_shape: Tensor) -> Tensor:
    with name_scope(None, "has_invalid_dims", [weights_shape, values_shape]) as scope:
        wanted = expand_dims(values_shape, -1)
        allowed = concat([wanted, ones_like(wanted)], axis=1)
        invalid = sets.difference(expand_dims(weights_shape, -1), allowed)
        count = size(invalid.values, name="num_invalid_dims")
        return equal(0, count, name=scope)


def broadcast_weights(weights: TensorLike, values: TensorLike) -> Tensor:
    """Weights of the shape of the values.

    Args:
      weights: a scalar, or a tensor of the rank of the values whose sizes are theirs or 1.
      values: the tensor that is weighted.

    Returns:
      A Tensor of the dtype of the weights.

    Raises:
      ValueError: the weights do not fit, as is known from their static shapes.

    Source: TensorFlow 1.15, python/ops/weights_broadcast_ops.py `broadcast_weights`.
    """
    with name_scope(None, "broadcast_weights", [weights, values]) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        if (
            weights.shape.is_fully_defined()
            and values.shape.is_fully_defined()
            and weights.shape.is_compatible_with(values.shape)
        ):
            same: Tensor = weights
            return same
        with control_dependencies([assert_broadcastable(weights, values)]):
            result: Tensor = multiply(weights, ones_like(values), name=scope)
            return result
