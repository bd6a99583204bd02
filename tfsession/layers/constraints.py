"""Constraints: what variables are kept to, after each update of an optimizer."""

from __future__ import annotations

from typing import Any

from tfsession.ops import array, math, reduction
from tfsession.ops.clip import clip_by_value
from tfsession.ops.rearrange import pad


class Constraint:
    """Maps a variable's value to the one that is kept after an update."""

    def __call__(self, w: Any) -> Any:
        return w

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {}


def _norms(w: Any, axis: Any) -> Any:
    return math.sqrt(reduction.reduce_sum(math.square(w), axis=axis, keepdims=True))


# What norms are kept away from, so that nothing is divided by zero.
_EPSILON = 1e-7


class MaxNorm(Constraint):
    """Shrinks what is longer than `max_value`.

    Args:
      max_value: the greatest norm.
      axis: the axes along which norms are taken.

    Source: TensorFlow 1.15 `tf.keras.constraints.MaxNorm`.
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        desired = clip_by_value(norms, 0.0, float(self.max_value))
        return w * (desired / (_EPSILON + norms))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Sets negative elements to zero.

    Source: TensorFlow 1.15 `tf.keras.constraints.NonNeg`.
    """

    def __call__(self, w: Any) -> Any:
        return w * math.cast(math.greater_equal(w, 0.0), w.dtype.base_dtype)


class UnitNorm(Constraint):
    """Gives the norm 1 along axes.

    Source: TensorFlow 1.15 `tf.keras.constraints.UnitNorm`.
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        return w / (_EPSILON + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Moves norms towards the range from `min_value` to `max_value`.

    Args:
      min_value, max_value: the range of norms.
      rate: the share of the way to go, from 0 to 1.
      axis: the axes along which norms are taken.

    Source: TensorFlow 1.15 `tf.keras.constraints.MinMaxNorm`.
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        clipped = clip_by_value(norms, float(self.min_value), float(self.max_value))
        desired = self.rate * clipped + (1 - self.rate) * norms
        return w * (desired / (_EPSILON + norms))

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


class RadialConstraint(Constraint):
    """Makes convolution kernels [height, width, channels, filters] symmetric around their middle.

    Height and width are equal and odd. Elements as far from the edge as each other get the value
    of the one that stands in the middle row, left of the middle or in it.

    Source: TensorFlow 1.15 `tf.keras.constraints.RadialConstraint`.
    """

    def __call__(self, w: Any) -> Any:
        height, width, channels, filters = w.shape.as_list()
        flat = array.reshape(w, (height, width, channels * filters))
        kernels = [self._symmetric(kernel) for kernel in array.unstack(flat, axis=-1)]
        return array.reshape(array.stack(kernels, axis=-1), (height, width, channels, filters))

    @staticmethod
    def _symmetric(kernel: Any) -> Any:
        size = kernel.shape.as_list()[0]
        start = size // 2
        rings = math.cast(size % 2, "float32") * kernel[start : start + 1, start : start + 1]
        for step in range(size // 2):
            ring = kernel[start, start - 1 - step]
            rings = pad(rings, [[1, 1], [1, 1]], constant_values=ring)
        return rings
