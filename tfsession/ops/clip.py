"""Keeping values and norms within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph.build import TensorLike, build, constant, convert_to_tensor
from tfsession.graph.composites import IndexedSlices
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import colocate_with, name_scope
from tfsession.ops import array, indexing, math, reduction

__all__ = [
    "clip_by_average_norm",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "global_norm",
]


def _values(t: Any) -> Tensor:
    return t.values if isinstance(t, IndexedSlices) else convert_to_tensor(t, name="t")


def _like(t: Any, values: Tensor) -> Any:
    """`values` as rows where `t` is rows of a tensor."""
    if isinstance(t, IndexedSlices):
        return IndexedSlices(values, t.indices, t.dense_shape)
    return values


def clip_by_value(
    t: TensorLike, clip_value_min: Any, clip_value_max: Any, name: str | None = None
) -> Any:
    """Limits each element to ``[clip_value_min, clip_value_max]``.

    Args:
      t: a tensor or IndexedSlices of a number dtype.
      clip_value_min: a scalar, or a tensor that broadcasts to the shape of `t`.
      clip_value_max: the same.
      name: a name for the operation.

    Returns:
      A tensor or IndexedSlices of the shape and dtype of `t`.

    Raises:
      ValueError: a bound would broadcast `t` to a larger shape.

    Source: TensorFlow 1.15 `tf.clip_by_value`.
    """
    with name_scope(name, "clip_by_value", [_values(t), clip_value_min, clip_value_max]) as scope:
        values = _values(t)
        smaller = math.minimum(values, clip_value_max)
        values.shape.assert_is_compatible_with(smaller.shape)
        limited = math.maximum(smaller, clip_value_min, name=scope)
        values.shape.assert_is_compatible_with(limited.shape)
        return _like(t, limited)


def clip_by_norm(t: TensorLike, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """Scales a tensor down so that its L2 norm is at most `clip_norm`.

    Args:
      t: a tensor or IndexedSlices of a floating dtype.
      clip_norm: the largest norm, a positive scalar.
      axes: the axes over which the norm is taken; all when None.
      name: a name for the operation.

    Returns:
      A tensor or IndexedSlices of the shape and dtype of `t`.

    Source: TensorFlow 1.15 `tf.clip_by_norm`.
    """
    with name_scope(name, "clip_by_norm", [_values(t), clip_norm]) as scope:
        values = _values(t)
        square_sum = reduction.reduce_sum(values * values, axes, keepdims=True)
        positive = square_sum > 0
        # The gradient of a root is infinite at zero, and infinity times zero is no number.
        safe = indexing.where(positive, square_sum, array.ones_like(square_sum))
        norm = indexing.where(positive, math.sqrt(safe), square_sum)
        scaled = values * clip_norm
        values.shape.assert_is_compatible_with(scaled.shape)
        limited = array.identity(scaled / math.maximum(norm, clip_norm), name=scope)
        return _like(t, limited)


def _check_sequence(t_list: Any) -> None:
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError("t_list should be a sequence")


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The L2 norm of several tensors together.

    Args:
      t_list: tensors, IndexedSlices or None, which counts nothing.
      name: a name for the operation.

    Returns:
      A scalar.

    Raises:
      TypeError: `t_list` is not a sequence.

    Source: TensorFlow 1.15 `tf.global_norm`.
    """
    _check_sequence(t_list)
    tensors = [_values(t) for t in t_list if t is not None]
    with name_scope(name, "global_norm", tensors):
        halves = []
        for values in tensors:
            with colocate_with(values):
                halves.append(build("L2Loss", values))
        half_square_norm = reduction.reduce_sum(array.stack(halves))
        two = constant(2.0, half_square_norm.dtype)
        result: Tensor = math.sqrt(half_square_norm * two, name="global_norm")
        return result


def clip_by_global_norm(
    t_list: Any, clip_norm: TensorLike, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """Scales several tensors down together so that their common L2 norm is at most `clip_norm`.

    Args:
      t_list: tensors, IndexedSlices or None, which stays None.
      clip_norm: the largest norm, a positive scalar.
      use_norm: the norm, where it is known already.
      name: a name for the scope of the operations.

    Returns:
      The list of scaled tensors, and the norm before; all are NaN when the norm is not finite.

    Raises:
      TypeError: `t_list` is not a sequence.

    Source: TensorFlow 1.15 `tf.clip_by_global_norm`.
    """
    _check_sequence(t_list)
    t_list = list(t_list)
    norm = global_norm(t_list, name) if use_norm is None else use_norm
    tensors = [_values(t) for t in t_list if t is not None]
    with name_scope(name, "clip_by_global_norm", [*tensors, clip_norm]) as scope:
        one = constant(1.0, norm.dtype)
        scale_for_finite = clip_norm * math.minimum(
            1.0 / norm, one / convert_to_tensor(clip_norm, norm.dtype)
        )
        scale = scale_for_finite + (norm - norm)
        clipped: list[Any] = []
        for position, t in enumerate(t_list):
            if t is None:
                clipped.append(None)
                continue
            values = _values(t)
            with colocate_with(values):
                scaled = values * math.cast(scale, values.dtype)
                limited = array.identity(scaled, name=f"{scope}_{position}")
            clipped.append(_like(t, limited))
        return clipped, norm


def clip_by_average_norm(t: TensorLike, clip_norm: TensorLike, name: str | None = None) -> Tensor:
    """Scales a tensor down so that its L2 norm by element is at most `clip_norm`.

    Args:
      t: a tensor of a floating dtype.
      clip_norm: the largest norm by element, a positive scalar.
      name: a name for the operation.

    Returns:
      A tensor of the shape and dtype of `t`.

    Source: TensorFlow 1.15 `tf.clip_by_average_norm`.
    """
    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        t = convert_to_tensor(t, name="t")
        count = math.cast(array.size(t), t.dtype)
        inverse = math.rsqrt(reduction.reduce_sum(t * t, keepdims=True))
        one = constant(1.0, t.dtype)
        factor = math.minimum(inverse * count, one / convert_to_tensor(clip_norm, t.dtype))
        clipped: Tensor = array.identity(t * clip_norm * factor, name=scope)
        return clipped
