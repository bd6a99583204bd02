"""Distributions that are moved and stretched: normal, Laplace, Student's t, uniform."""

from __future__ import annotations

import math as python_math
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.distributions.distribution import FULLY_REPARAMETERIZED, ScalarDistribution
from tfsession.distributions.divergence import RegisterKL
from tfsession.distributions.normal_functions import log_cdf_laplace, log_ndtr, ndtr, ndtri
from tfsession.distributions.tensors import checked, gen_new_seed, of_shape, undefined_where_not
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, check, indexing, math, random, special

__all__ = ["Laplace", "Normal", "StudentT", "Uniform"]


def shapes_of(sample_shape: TensorLike, *names: str) -> dict[str, Tensor]:
    """The same shape for each of some parameters."""
    shape = convert_to_tensor(sample_shape, dtype=dtypes.int32)
    return dict.fromkeys(names, shape)


class LocationScale(ScalarDistribution):
    """A standard distribution times `scale` plus `loc`.

    Args:
      loc: floating; broadcasts with `scale`.
      scale: of the dtype of `loc`, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: the parameters are not of one floating dtype.
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool,
        allow_nan_stats: bool,
        name: str,
        parameters: dict[str, Any],
    ) -> None:
        with name_scope(name, values=[loc, scale]) as scope:
            checks = [check.assert_positive(scale)] if validate_args else []
            self._loc: Tensor = array.identity(loc, name="loc")
            self._scale: Tensor = checked(array.identity(scale, name="scale"), checks)
            check.assert_same_float_dtype([self._loc, self._scale])
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._loc, self._scale],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> dict[str, Tensor]:
        return shapes_of(sample_shape, "loc", "scale")

    @property
    def loc(self) -> Tensor:
        """Where the middle is."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """How wide it is."""
        return self._scale

    def _batch_parameters(self) -> list[Tensor]:
        return [self._loc, self._scale]

    def _z(self, x: Tensor) -> Any:
        with name_scope("standardize", values=[x]):
            return (x - self._loc) / self._scale

    def _mode(self) -> Any:
        return of_shape(self._loc, self._scale)


class Normal(LocationScale):
    """The normal distribution.

    Args:
      loc: the mean; floating, broadcasts with `scale`.
      scale: the standard deviation; of the dtype of `loc`, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: the parameters are not of one floating dtype.

    Source: TensorFlow 1.15 `tf.distributions.Normal`.
    """

    def __init__(
        self,
        loc: TensorLike,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Normal",
    ) -> None:
        parameters = dict(locals())
        super().__init__(loc, scale, validate_args, allow_nan_stats, name, parameters)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        shape = self._sample_shape(n)
        standard = random.random_normal(shape, dtype=self.loc.dtype, seed=seed)
        return standard * self.scale + self.loc

    def _log_prob(self, value: Any) -> Any:
        normalization = 0.5 * python_math.log(2.0 * python_math.pi) + math.log(self.scale)
        return -0.5 * math.square(self._z(value)) - normalization

    def _log_cdf(self, value: Any) -> Any:
        return log_ndtr(self._z(value))

    def _cdf(self, value: Any) -> Any:
        return ndtr(self._z(value))

    def _log_survival_function(self, value: Any) -> Any:
        return log_ndtr(-self._z(value))

    def _survival_function(self, value: Any) -> Any:
        return ndtr(-self._z(value))

    def _quantile(self, value: Any) -> Any:
        return ndtri(value) * self._scale + self._loc

    def _entropy(self) -> Any:
        scale = of_shape(self.scale, self.loc)
        return 0.5 * python_math.log(2.0 * python_math.pi * python_math.e) + math.log(scale)

    def _mean(self) -> Any:
        return of_shape(self.loc, self.scale)

    def _stddev(self) -> Any:
        return of_shape(self.scale, self.loc)


@RegisterKL(Normal, Normal)
def _kl_normal_normal(n_a: Any, n_b: Any, name: str | None = None) -> Any:
    with name_scope(name, "kl_normal_normal", [n_a.loc, n_b.loc]):
        variance_a, variance_b = math.square(n_a.scale), math.square(n_b.scale)
        ratio = variance_a / variance_b
        distance = math.squared_difference(n_a.loc, n_b.loc) / (2.0 * variance_b)
        return distance + 0.5 * (ratio - 1.0 - math.log(ratio))


class Laplace(LocationScale):
    """The Laplace distribution; for its arguments see `Normal`.

    Source: TensorFlow 1.15 `tf.distributions.Laplace`.
    """

    def __init__(
        self,
        loc: TensorLike,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Laplace",
    ) -> None:
        parameters = dict(locals())
        super().__init__(loc, scale, validate_args, allow_nan_stats, name, parameters)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        # -1 itself would become infinite.
        kind = self.dtype.as_numpy_dtype
        uniform = random.random_uniform(
            self._sample_shape(n),
            minval=np.nextafter(kind(-1.0), kind(0.0)),
            maxval=1.0,
            dtype=self.dtype,
            seed=seed,
        )
        return self.loc - self.scale * math.sign(uniform) * math.log1p(-math.abs(uniform))

    def _log_prob(self, value: Any) -> Any:
        return -math.abs(self._z(value)) - (python_math.log(2.0) + math.log(self.scale))

    def _prob(self, value: Any) -> Any:
        return math.exp(self._log_prob(value))

    def _log_cdf(self, value: Any) -> Any:
        return log_cdf_laplace(self._z(value))

    def _log_survival_function(self, value: Any) -> Any:
        return log_cdf_laplace(-self._z(value))

    def _cdf(self, value: Any) -> Any:
        z = self._z(value)
        return 0.5 + 0.5 * math.sign(z) * (1.0 - math.exp(-math.abs(z)))

    def _entropy(self) -> Any:
        return python_math.log(2.0) + 1 + math.log(of_shape(self.scale, self.loc))

    def _mean(self) -> Any:
        return of_shape(self.loc, self.scale)

    def _stddev(self) -> Any:
        return python_math.sqrt(2.0) * of_shape(self.scale, self.loc)


class StudentT(ScalarDistribution):
    """Student's t distribution.

    Args:
      df: degrees of freedom; floating, above zero; the parameters broadcast.
      loc: the middle; of the dtype of `df`.
      scale: the width, of the dtype of `df`; its sign has no effect on probabilities.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: the parameters are not of one floating dtype.

    Source: TensorFlow 1.15 `tf.distributions.StudentT`.
    """

    def __init__(
        self,
        df: TensorLike,
        loc: TensorLike,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentT",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df, loc, scale]) as scope:
            checks = [check.assert_positive(df)] if validate_args else []
            self._df: Tensor = checked(array.identity(df, name="df"), checks)
            self._loc: Tensor = array.identity(loc, name="loc")
            self._scale: Tensor = array.identity(scale, name="scale")
            check.assert_same_float_dtype((self._df, self._loc, self._scale))
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._df, self._loc, self._scale],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> dict[str, Tensor]:
        return shapes_of(sample_shape, "df", "loc", "scale")

    @property
    def df(self) -> Tensor:
        """Degrees of freedom."""
        return self._df

    @property
    def loc(self) -> Tensor:
        """Where the middle is."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """How wide it is."""
        return self._scale

    def _batch_parameters(self) -> list[Tensor]:
        return [self.df, self.loc, self.scale]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        normal = random.random_normal(self._sample_shape(n), dtype=self.dtype, seed=seed)
        df = self._full(self.df)
        gamma = random.random_gamma(
            [n], 0.5 * df, beta=0.5, dtype=self.dtype, seed=gen_new_seed(seed, "student_t")
        )
        return normal * math.rsqrt(gamma / df) * self.scale + self.loc

    def _log_prob(self, value: Any) -> Any:
        y = (value - self.loc) / self.scale
        return -0.5 * (self.df + 1.0) * math.log1p(y**2.0 / self.df) - self._log_normalization()

    def _log_normalization(self) -> Any:
        return (
            math.log(math.abs(self.scale))
            + 0.5 * math.log(self.df)
            + 0.5 * python_math.log(python_math.pi)
            + special.lgamma(0.5 * self.df)
            - special.lgamma(0.5 * (self.df + 1.0))
        )

    def _entropy(self) -> Any:
        scale = self._full(math.abs(self.scale))
        half, df = 0.5 * self.df, self.df
        beta = special.lgamma(half) + special.lgamma(0.5) - special.lgamma(half + 0.5)
        digammas = special.digamma(0.5 * (df + 1.0)) - special.digamma(half)
        return math.log(scale) + 0.5 * math.log(df) + beta + 0.5 * (df + 1.0) * digammas

    def _mean(self) -> Any:
        mean, df = self._full(self.loc), self._full(self.df)
        one = array.ones([], dtype=self.dtype)
        message = "mean not defined for components of df <= 1"
        return undefined_where_not(
            math.greater(df, one),
            mean,
            np.nan,
            self.allow_nan_stats,
            lambda: [check.assert_less(one, self.df, message=message)],
        )

    def _variance(self) -> Any:
        df = self._full(self.df)
        # What is infinite or undefined must not be a division by zero.
        safe = indexing.where(math.greater(df, 2.0), df - 2.0, array.ones_like(df))
        variance = self._full(math.square(self.scale)) * df / safe
        infinite = array.fill(array.shape(df), np.array(np.inf, self.dtype.as_numpy_dtype))
        variance = indexing.where(math.greater(df, 2.0), variance, infinite)
        one = array.ones([], dtype=self.dtype)
        message = "variance not defined for components of df <= 1"
        return undefined_where_not(
            math.greater(df, one),
            variance,
            np.nan,
            self.allow_nan_stats,
            lambda: [check.assert_less(one, self.df, message=message)],
        )

    def _mode(self) -> Any:
        return array.identity(self.loc)


class Uniform(ScalarDistribution):
    """The uniform distribution from `low` to below `high`.

    Args:
      low: floating; broadcasts with `high`.
      high: of the dtype of `low`, above it.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: the parameters are not of one floating dtype.

    Source: TensorFlow 1.15 `tf.distributions.Uniform`.
    """

    def __init__(
        self,
        low: TensorLike = 0.0,
        high: TensorLike = 1.0,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Uniform",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[low, high]) as scope:
            message = "uniform not defined when low >= high."
            checks = [check.assert_less(low, high, message=message)] if validate_args else []
            self._low: Tensor = checked(array.identity(low, name="low"), checks)
            self._high: Tensor = checked(array.identity(high, name="high"), checks)
            check.assert_same_float_dtype([self._low, self._high])
        super().__init__(
            dtype=self._low.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._low, self._high],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> dict[str, Tensor]:
        return shapes_of(sample_shape, "low", "high")

    @property
    def low(self) -> Tensor:
        """The lowest number."""
        return self._low

    @property
    def high(self) -> Tensor:
        """What all numbers are below."""
        return self._high

    def range(self, name: str = "range") -> Tensor:
        """The difference of `high` and `low`."""
        with self._name_scope(name):
            return self.high - self.low

    def _batch_parameters(self) -> list[Tensor]:
        return [self.low, self.high]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        samples = random.random_uniform(self._sample_shape(n), dtype=self.dtype, seed=seed)
        return self.low + self.range() * samples

    def _prob(self, value: Any) -> Any:
        value = value * array.ones_like(self.low + self.high)
        is_outside = math.logical_or(
            math.less(value, self.low), math.greater_equal(value, self.high)
        )
        inside = array.ones_like(value) / self.range()
        known = indexing.where(is_outside, array.zeros_like(value), inside)
        return indexing.where(math.is_nan(value), value, known)

    def _cdf(self, value: Any) -> Any:
        shape = array.broadcast_dynamic_shape(array.shape(value), self.batch_shape_tensor())
        zeros, ones = array.zeros(shape, dtype=self.dtype), array.ones(shape, dtype=self.dtype)
        value = value * ones
        up_to = indexing.where(
            math.less(value, self.low * ones), zeros, (value - self.low) / self.range()
        )
        return indexing.where(math.greater_equal(value, self.high * ones), ones, up_to)

    def _entropy(self) -> Any:
        return math.log(self.range())

    def _mean(self) -> Any:
        return (self.low + self.high) / 2.0

    def _variance(self) -> Any:
        return math.square(self.range()) / 12.0

    def _stddev(self) -> Any:
        return self.range() / python_math.sqrt(12.0)
