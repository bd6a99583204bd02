"""Initializers: ``f(shape, dtype=None, partition_info=None)`` makes an initial value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from tfsession import dtypes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import constant
from tfsession.graph.operation import Tensor
from tfsession.ops import array, random, rearrange
from tfsession.ops.decomposition import qr
from tfsession.ops.math import sign
from tfsession.shapes import ShapeLike, as_dims

__all__ = [
    "constant_initializer",
    "glorot_normal_initializer",
    "glorot_uniform_initializer",
    "ones_initializer",
    "orthogonal_initializer",
    "random_normal_initializer",
    "random_uniform_initializer",
    "truncated_normal_initializer",
    "uniform_unit_scaling_initializer",
    "variance_scaling_initializer",
    "zeros_initializer",
]


class Part(Protocol):
    """Which part of a larger variable it is: a PartitionInfo of variables/partitions.py."""

    @property
    def full_shape(self) -> Sequence[int]:
        """The shape of the whole."""

    @property
    def var_offset(self) -> Sequence[int]:
        """Where the part begins on each axis of the whole."""


class Initializer:
    """What makes the initial value of a variable."""

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        """Returns the initial value.

        Args:
          shape: its shape, fully known.
          dtype: its DType; the initializer's own when None.
          partition_info: which part of a larger variable it is; None for a whole one.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The initializer that `get_config` described."""
        config = dict(config)
        if "dtype" not in cls.__init__.__code__.co_varnames:
            config.pop("dtype", None)
        return cls(**config)


def _floating(dtype: DTypeLike) -> DType:
    kind = as_dtype(dtype)
    if not kind.is_floating:
        raise ValueError(f"Expected floating point type, got {kind}.")
    return kind


def _sizes(shape: ShapeLike) -> list[int]:
    return [0 if size is None else size for size in as_dims(shape) or ()]


class zeros_initializer(Initializer):  # TensorFlow's name
    """Zeros.

    Args:
      dtype: the default DType.

    Source: TensorFlow 1.15 `tf.zeros_initializer`.
    """

    def __init__(self, dtype: DTypeLike = dtypes.float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        return array.zeros(shape, self.dtype if dtype is None else dtype)

    def get_config(self) -> dict[str, Any]:
        return {"dtype": self.dtype.name}


class ones_initializer(Initializer):
    """Ones.

    Args:
      dtype: the default DType.

    Source: TensorFlow 1.15 `tf.ones_initializer`.
    """

    def __init__(self, dtype: DTypeLike = dtypes.float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        return array.ones(shape, self.dtype if dtype is None else dtype)

    def get_config(self) -> dict[str, Any]:
        return {"dtype": self.dtype.name}


class constant_initializer(Initializer):
    """A constant.

    Args:
      value: a number, or a list or array of as many elements as the shape has; with fewer, the last
        one fills the rest.
      dtype: the default DType.
      verify_shape: whether `value` must have the shape itself.

    Raises:
      TypeError: `value` is no number, list or array.

    Source: TensorFlow 1.15 `tf.constant_initializer`.
    """

    def __init__(
        self, value: Any = 0, dtype: DTypeLike = dtypes.float32, verify_shape: bool = False
    ) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected Python scalar, list or "
                "tuple of values, or numpy.ndarray)."
            )
        self.value = value
        self.dtype = as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(
        self,
        shape: ShapeLike,
        dtype: DTypeLike | None = None,
        partition_info: Part | None = None,
        verify_shape: bool | None = None,
    ) -> Tensor:
        if verify_shape is None:
            verify_shape = self._verify_shape
        return array.constant(
            self.value,
            dtype=self.dtype if dtype is None else dtype,
            shape=shape,
            verify_shape=verify_shape,
        )

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value, "dtype": self.dtype.name}


class random_uniform_initializer(Initializer):
    """Numbers uniform in ``[minval, maxval)``.

    Args:
      minval: the lower bound.
      maxval: the upper bound; None is 1 for floats.
      seed: the op-level seed.
      dtype: the default DType.

    Source: TensorFlow 1.15 `tf.random_uniform_initializer`.
    """

    def __init__(
        self,
        minval: Any = 0,
        maxval: Any = None,
        seed: int | None = None,
        dtype: DTypeLike = dtypes.float32,
    ) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self.dtype = as_dtype(dtype)

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        return random.random_uniform(shape, self.minval, self.maxval, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "minval": self.minval,
            "maxval": self.maxval,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class random_normal_initializer(Initializer):
    """Normal numbers.

    Args:
      mean: the mean.
      stddev: the standard deviation.
      seed: the op-level seed.
      dtype: the default DType; must be floating.

    Source: TensorFlow 1.15 `tf.random_normal_initializer`.
    """

    def __init__(
        self,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        seed: int | None = None,
        dtype: DTypeLike = dtypes.float32,
    ) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = _floating(dtype)

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        return random.random_normal(shape, self.mean, self.stddev, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "mean": self.mean,
            "stddev": self.stddev,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class truncated_normal_initializer(random_normal_initializer):
    """Normal numbers, without those further than two standard deviations from the mean.

    Arguments are those of `random_normal_initializer`.

    Source: TensorFlow 1.15 `tf.truncated_normal_initializer`.
    """

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        return random.truncated_normal(shape, self.mean, self.stddev, dtype, seed=self.seed)


class uniform_unit_scaling_initializer(Initializer):
    """Uniform numbers that keep the scale of inputs: up to ``sqrt(3 / input size) * factor``.

    Args:
      factor: the scale.
      seed: the op-level seed.
      dtype: the default DType; must be floating.

    Source: TensorFlow 1.15 `tf.uniform_unit_scaling_initializer`.
    """

    def __init__(
        self, factor: float = 1.0, seed: int | None = None, dtype: DTypeLike = dtypes.float32
    ) -> None:
        self.factor = factor
        self.seed = seed
        self.dtype = _floating(dtype)

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        sizes = _sizes(shape if partition_info is None else partition_info.full_shape)
        input_size = 1.0
        for size in sizes[:-1]:
            input_size *= float(size)
        largest = math.sqrt(3 / max(input_size, 1.0)) * self.factor
        return random.random_uniform(shape, -largest, largest, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


def _fans(sizes: list[int]) -> tuple[float, float]:
    """The numbers of inputs and outputs of a unit; kernels of convolutions count their window."""
    if not sizes:
        return 1.0, 1.0
    if len(sizes) == 1:
        return float(sizes[0]), float(sizes[0])
    window = math.prod(sizes[:-2])
    return float(sizes[-2] * window), float(sizes[-1] * window)


# The standard deviation of normal numbers that are cut at two standard deviations.
_TRUNCATED_DEVIATION = 0.87962566103423978


class variance_scaling_initializer(Initializer):
    """Random numbers whose variance is ``scale / n``.

    Args:
      scale: a positive number.
      mode: what n is: "fan_in", "fan_out" or "fan_avg".
      distribution: "uniform", "truncated_normal", also called "normal", or "untruncated_normal".
      seed: the op-level seed.
      dtype: the default DType; must be floating.

    Raises:
      ValueError: an argument is none of these.

    Source: TensorFlow 1.15 `tf.variance_scaling_initializer`.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: DTypeLike = dtypes.float32,
    ) -> None:
        if scale <= 0.0:
            raise ValueError("`scale` must be positive float.")
        if mode not in {"fan_in", "fan_out", "fan_avg"}:
            raise ValueError("Invalid `mode` argument:", mode)
        distribution = distribution.lower()
        if distribution not in {"normal", "uniform", "truncated_normal", "untruncated_normal"}:
            raise ValueError("Invalid `distribution` argument:", distribution)
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed
        self.dtype = _floating(dtype)

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        sizes = _sizes(shape if partition_info is None else partition_info.full_shape)
        fan_in, fan_out = _fans(sizes)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}
        variance = self.scale / max(1.0, count[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random.random_uniform(shape, -limit, limit, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            deviation = math.sqrt(variance)
            return random.random_normal(shape, 0.0, deviation, dtype, seed=self.seed)
        deviation = math.sqrt(variance) / _TRUNCATED_DEVIATION
        return random.truncated_normal(shape, 0.0, deviation, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class glorot_uniform_initializer(variance_scaling_initializer):
    """Uniform numbers up to ``sqrt(6 / (fan_in + fan_out))``.

    Args:
      seed: the op-level seed.
      dtype: the default DType; must be floating.

    Source: Glorot and Bengio, 2010; TensorFlow 1.15 `tf.glorot_uniform_initializer`.
    """

    def __init__(self, seed: int | None = None, dtype: DTypeLike = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


class glorot_normal_initializer(variance_scaling_initializer):
    """Truncated normal numbers of variance ``2 / (fan_in + fan_out)``.

    Args:
      seed: the op-level seed.
      dtype: the default DType; must be floating.

    Source: Glorot and Bengio, 2010; TensorFlow 1.15 `tf.glorot_normal_initializer`.
    """

    def __init__(self, seed: int | None = None, dtype: DTypeLike = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


def he_normal_initializer(seed: int | None = None) -> variance_scaling_initializer:
    """Truncated normal numbers of variance ``2 / fan_in``.

    Source: He et al., 2015; TensorFlow 1.15 `tf.initializers.he_normal`.
    """
    return variance_scaling_initializer(2.0, "fan_in", "truncated_normal", seed)


def he_uniform_initializer(seed: int | None = None) -> variance_scaling_initializer:
    """Uniform numbers of variance ``2 / fan_in``.

    Source: He et al., 2015; TensorFlow 1.15 `tf.initializers.he_uniform`.
    """
    return variance_scaling_initializer(2.0, "fan_in", "uniform", seed)


def lecun_normal_initializer(seed: int | None = None) -> variance_scaling_initializer:
    """Truncated normal numbers of variance ``1 / fan_in``.

    Source: LeCun et al., 1998; TensorFlow 1.15 `tf.initializers.lecun_normal`.
    """
    return variance_scaling_initializer(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform_initializer(seed: int | None = None) -> variance_scaling_initializer:
    """Uniform numbers of variance ``1 / fan_in``.

    Source: LeCun et al., 1998; TensorFlow 1.15 `tf.initializers.lecun_uniform`.
    """
    return variance_scaling_initializer(1.0, "fan_in", "uniform", seed)


class identity_initializer(Initializer):
    """The identity matrix.

    Args:
      gain: what stands on the diagonal.
      dtype: the default DType; must be floating.

    Source: TensorFlow 1.15 `tf.initializers.identity`.
    """

    def __init__(self, gain: float = 1.0, dtype: DTypeLike = dtypes.float32) -> None:
        self.gain = gain
        self.dtype = _floating(dtype)

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        """Returns the matrix.

        Raises:
          ValueError: `shape` is not that of a matrix.
        """
        kind = self.dtype if dtype is None else as_dtype(dtype)
        sizes = _sizes(shape if partition_info is None else partition_info.full_shape)
        if len(sizes) != 2:
            raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
        matrix = (np.eye(sizes[0], sizes[1]) * self.gain).astype(kind.numpy)
        if partition_info is not None:
            ends = zip(partition_info.var_offset, _sizes(shape), strict=True)
            matrix = matrix[tuple(slice(begin, begin + size) for begin, size in ends)]
        return constant(matrix, kind)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "dtype": self.dtype.name}


class orthogonal_initializer(Initializer):
    """A random matrix with orthonormal columns, or rows where there are fewer.

    A shape of more than two dimensions is that of a matrix whose rows are all but the last one.

    Args:
      gain: what the matrix is multiplied by.
      seed: the op-level seed.
      dtype: the default DType; must be floating.

    Source: Saxe et al., 2014; TensorFlow 1.15 `tf.orthogonal_initializer`.
    """

    def __init__(
        self, gain: float = 1.0, seed: int | None = None, dtype: DTypeLike = dtypes.float32
    ) -> None:
        self.gain = gain
        self.seed = seed
        self.dtype = _floating(dtype)

    def __call__(
        self, shape: ShapeLike, dtype: DTypeLike | None = None, partition_info: Part | None = None
    ) -> Tensor:
        """Returns the matrix.

        Raises:
          ValueError: `shape` has fewer than two dimensions.
        """
        kind = self.dtype if dtype is None else as_dtype(dtype)
        sizes = _sizes(shape)
        if len(sizes) < 2:
            raise ValueError("The tensor to initialize must be at least two-dimensional")
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        tall = [max(rows, columns), min(rows, columns)]
        q, r = qr(random.random_normal(tall, dtype=kind, seed=self.seed))
        # Without the signs, the matrices would not be spread evenly over all orthogonal ones.
        q = q * sign(rearrange.diag_part(r))
        if rows < columns:
            q = rearrange.matrix_transpose(q)
        result: Tensor = self.gain * array.reshape(q, shape)
        return result

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}
