"""Distributions over single numbers that `tf.distributions` lacks."""

from __future__ import annotations

import math as python_math
from typing import Any

import numpy as np

from tfsession.distributions.discrete import total_count_of
from tfsession.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED,
    ScalarDistribution,
)
from tfsession.distributions.gamma import Exponential, Gamma
from tfsession.distributions.location_scale import (
    Laplace,
    LocationScale,
    Normal,
    StudentT,
    shapes_of,
)
from tfsession.distributions.tensors import (
    checked,
    get_logits_and_probs,
    nonnegative_integers,
    of_shape,
    undefined_where_not,
)
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, check, indexing, math, random, special
from tfsession.ops.activation import softplus

__all__ = [
    "Binomial",
    "Cauchy",
    "Chi2",
    "Deterministic",
    "ExponentialWithSoftplusRate",
    "GammaWithSoftplusConcentrationRate",
    "Geometric",
    "HalfNormal",
    "InverseGamma",
    "LaplaceWithSoftplusScale",
    "Logistic",
    "NormalWithSoftplusScale",
    "Poisson",
    "StudentTWithAbsDfSoftplusScale",
]


class Cauchy(LocationScale):
    """The Cauchy distribution; for its arguments see `tf.distributions.Normal`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Cauchy`.
    """

    def __init__(
        self,
        loc: TensorLike,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Cauchy",
    ) -> None:
        parameters = dict(locals())
        super().__init__(loc, scale, validate_args, allow_nan_stats, name, parameters)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        uniform = random.random_uniform(
            self._sample_shape(n), minval=0.0, maxval=1.0, dtype=self.dtype, seed=seed
        )
        return self._quantile(uniform)

    def _log_prob(self, value: Any) -> Any:
        normalization = python_math.log(python_math.pi) + math.log(self.scale)
        return -math.log1p(math.square(self._z(value))) - normalization

    def _cdf(self, value: Any) -> Any:
        return math.atan(self._z(value)) / python_math.pi + 0.5

    def _log_cdf(self, value: Any) -> Any:
        return math.log1p(2 / python_math.pi * math.atan(self._z(value))) - python_math.log(2)

    def _quantile(self, value: Any) -> Any:
        return self.loc + self.scale * math.tan(python_math.pi * (value - 0.5))

    def _entropy(self) -> Any:
        constant = python_math.log(4 * python_math.pi)
        return constant + math.log(of_shape(self.scale, self.loc))

    def _mean(self) -> Any:
        return self._undefined("mean")

    def _stddev(self) -> Any:
        return self._undefined("stddev")

    def _undefined(self, what: str) -> Any:
        if not self.allow_nan_stats:
            raise ValueError(f"`{what}` is undefined for Cauchy distribution.")
        kind = self.dtype.as_numpy_dtype
        return array.fill(self.batch_shape_tensor(), np.array(np.nan, kind))


class Logistic(LocationScale):
    """The logistic distribution; for its arguments see `tf.distributions.Normal`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Logistic`.
    """

    def __init__(
        self,
        loc: TensorLike,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Logistic",
    ) -> None:
        parameters = dict(locals())
        super().__init__(loc, scale, validate_args, allow_nan_stats, name, parameters)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        uniform = random.random_uniform(
            self._sample_shape(n),
            minval=np.finfo(self.dtype.as_numpy_dtype).tiny,
            maxval=1.0,
            dtype=self.dtype,
            seed=seed,
        )
        standard = math.log(uniform) - math.log1p(-1.0 * uniform)
        return standard * self.scale + self.loc

    def _log_prob(self, value: Any) -> Any:
        z = self._z(value)
        return -z - 2.0 * softplus(-z) - math.log(self.scale)

    def _log_cdf(self, value: Any) -> Any:
        return -softplus(-self._z(value))

    def _cdf(self, value: Any) -> Any:
        return math.sigmoid(self._z(value))

    def _log_survival_function(self, value: Any) -> Any:
        return -softplus(self._z(value))

    def _survival_function(self, value: Any) -> Any:
        return math.sigmoid(-self._z(value))

    def _entropy(self) -> Any:
        return 2 + math.log(of_shape(self.scale, self.loc))

    def _mean(self) -> Any:
        return of_shape(self.loc, self.scale)

    def _stddev(self) -> Any:
        return of_shape(self.scale, self.loc) * python_math.pi / python_math.sqrt(3)


class HalfNormal(ScalarDistribution):
    """The distribution of the modulus of a normal number of mean zero.

    Args:
      scale: floating, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.HalfNormal`.
    """

    def __init__(
        self,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "HalfNormal",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as scope:
            checks = [check.assert_positive(scale)] if validate_args else []
            self._scale = checked(array.identity(scale, name="scale"), checks)
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._scale],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> Any:
        return shapes_of(sample_shape, "scale")

    @property
    def scale(self) -> Any:
        """How wide it is."""
        return self._scale

    def _batch_parameters(self) -> Any:
        return [self._scale]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        shape = self._sample_shape(n)
        return math.abs(random.random_normal(shape, dtype=self.dtype, seed=seed) * self.scale)

    def _prob(self, value: Any) -> Any:
        factor = python_math.sqrt(2 / python_math.pi) / self.scale
        density = factor * math.exp(-0.5 * (value / self.scale) ** 2)
        return density * math.cast(math.greater_equal(value, 0.0), self.dtype)

    def _cdf(self, value: Any) -> Any:
        truncated = math.maximum(value, 0.0)
        return special.erf(truncated / self.scale / python_math.sqrt(2.0))

    def _entropy(self) -> Any:
        return 0.5 * math.log(python_math.pi * self.scale**2.0 / 2.0) + 0.5

    def _mean(self) -> Any:
        return self.scale * python_math.sqrt(2.0) / python_math.sqrt(python_math.pi)

    def _mode(self) -> Any:
        return array.zeros(self.batch_shape_tensor(), dtype=self.dtype)

    def _variance(self) -> Any:
        return self.scale**2.0 * (1.0 - 2.0 / python_math.pi)


class InverseGamma(ScalarDistribution):
    """The distribution of the inverse of a gamma number.

    Args:
      concentration: floating, above zero; broadcasts with `rate`.
      rate: of the dtype of `concentration`, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.InverseGamma`.
    """

    def __init__(
        self,
        concentration: TensorLike,
        rate: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "InverseGamma",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as scope:
            checks = []
            if validate_args:
                checks = [check.assert_positive(concentration), check.assert_positive(rate)]
            self._concentration = checked(
                array.identity(concentration, name="concentration"), checks
            )
            self._rate = checked(array.identity(rate, name="rate"), checks)
            check.assert_same_float_dtype([self._concentration, self._rate])
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration, self._rate],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> Any:
        return shapes_of(sample_shape, "concentration", "rate")

    @property
    def concentration(self) -> Any:
        """The concentration."""
        return self._concentration

    @property
    def rate(self) -> Any:
        """The rate."""
        return self._rate

    def _batch_parameters(self) -> Any:
        return [self._concentration, self._rate]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return 1.0 / random.random_gamma(
            shape=[n], alpha=self.concentration, beta=self.rate, dtype=self.dtype, seed=seed
        )

    def _log_prob(self, value: Any) -> Any:
        normalization = special.lgamma(self.concentration) - self.concentration * math.log(
            self.rate
        )
        unnormalized = -(1.0 + self.concentration) * math.log(value) - self.rate / value
        return unnormalized - normalization

    def _entropy(self) -> Any:
        c = self.concentration
        return c + math.log(self.rate) + special.lgamma(c) - (1.0 + c) * special.digamma(c)

    def _above(self, least: float, value: Any, what: str) -> Any:
        """A moment that is there where the concentration is above a number."""
        c = of_shape(self.concentration, self.rate)
        bound = convert_to_tensor(least, dtype=self.dtype)
        message = f"{what} undefined when any concentration <= {int(least)}"
        return undefined_where_not(
            math.greater(c, bound),
            value,
            np.nan,
            self.allow_nan_stats,
            lambda: [check.assert_less(bound, self.concentration, message=message)],
        )

    def _mean(self) -> Any:
        return self._above(1.0, self.rate / (self.concentration - 1.0), "mean")

    def _variance(self) -> Any:
        variance = math.square(self.rate) / (
            math.square(self.concentration - 1.0) * (self.concentration - 2.0)
        )
        return self._above(2.0, variance, "variance")

    def _mode(self) -> Any:
        return self.rate / (1.0 + self.concentration)


class Chi2(Gamma):
    """The chi-squared distribution.

    Args:
      df: degrees of freedom; floating, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Chi2`.
    """

    def __init__(
        self,
        df: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Chi2",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df]) as scope:
            checks = [check.assert_positive(df)] if validate_args else []
            self._df = checked(array.identity(df, name="df"), checks)
        super().__init__(
            concentration=0.5 * self._df,
            rate=convert_to_tensor(0.5, dtype=self._df.dtype),
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=scope,
        )
        self._arguments = {k: v for k, v in parameters.items() if k not in ("self", "__class__")}

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> Any:
        return shapes_of(sample_shape, "df")

    @property
    def df(self) -> Any:
        """Degrees of freedom."""
        return self._df


class Deterministic(ScalarDistribution):
    """The distribution of one number.

    Args:
      loc: the number.
      atol: how far from it a number may be to count as it; 0 when None.
      rtol: the same as a share of its modulus; 0 when None.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Deterministic`.
    """

    def __init__(
        self,
        loc: TensorLike,
        atol: TensorLike | None = None,
        rtol: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Deterministic",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, atol, rtol]) as scope:
            self._loc = convert_to_tensor(loc, name="loc")
            self._atol, self._rtol = (
                convert_to_tensor(0 if x is None else x, dtype=self._loc.dtype, name=which)
                for x, which in ((atol, "atol"), (rtol, "rtol"))
            )
        super().__init__(
            dtype=self._loc.dtype,
            reparameterization_type=(
                FULLY_REPARAMETERIZED if self._loc.dtype.is_floating else NOT_REPARAMETERIZED
            ),
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._loc],
            name=scope,
        )

    @property
    def loc(self) -> Any:
        """The number."""
        return self._loc

    @property
    def atol(self) -> Any:
        """How far from it a number may be to count as it."""
        return self._atol

    @property
    def rtol(self) -> Any:
        """The same as a share of its modulus."""
        return self._rtol

    def _batch_parameters(self) -> Any:
        return [self._loc]

    def _slack(self) -> Any:
        return self._atol + self._rtol * math.abs(self._loc)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return array.broadcast_to(self._loc, self._sample_shape(n))

    def _prob(self, value: Any) -> Any:
        is_near = math.less_equal(math.abs(value - self._loc), self._slack())
        return math.cast(is_near, self.dtype)

    def _cdf(self, value: Any) -> Any:
        return math.cast(math.greater_equal(value, self._loc - self._slack()), self.dtype)

    def _entropy(self) -> Any:
        return array.zeros(self.batch_shape_tensor(), dtype=self.dtype)

    def _mean(self) -> Any:
        return array.identity(self._loc)

    _mode = _mean

    def _variance(self) -> Any:
        return array.zeros_like(self._loc)


class _OfProbability(ScalarDistribution):
    """A distribution over counts, whose parameter is the probability of a success."""

    _logits: Any
    _probs: Any

    @property
    def logits(self) -> Any:
        """The logarithms of the odds of a success."""
        return self._logits

    @property
    def probs(self) -> Any:
        """The probabilities of a success."""
        return self._probs


class Geometric(_OfProbability):
    """The distribution of the number of failures before the first success.

    Args:
      logits: the logarithms of the odds of a success; floating.
      probs: the probabilities of a success, where there are no logits.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both logits and probs are there, or none.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Geometric`.
    """

    def __init__(
        self,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Geometric",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=scope
            )
            self._probs = array.identity(self._probs, name="probs")
        super().__init__(
            dtype=self._probs.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._probs, self._logits],
            name=scope,
        )

    def _batch_parameters(self) -> Any:
        return [self._probs]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        uniform = random.random_uniform(
            self._sample_shape(n),
            np.finfo(self.dtype.as_numpy_dtype).tiny,
            1.0,
            seed=seed,
            dtype=self.dtype,
        )
        return math.floor(math.log(uniform) / math.log1p(-self.probs))

    def _cdf(self, value: Any) -> Any:
        counts = math.maximum(math.floor(value) + 1.0, 0.0)
        return -math.expm1(counts * math.log1p(-self.probs))

    def _log_prob(self, value: Any) -> Any:
        if self.validate_args:
            value = checked(value, nonnegative_integers(value, "counts"))
        # Where the probability is 1, nothing times -inf counts for zero.
        probs = self.probs * array.ones_like(value)
        safe = indexing.where(math.equal(value, 0.0), array.zeros_like(probs), probs)
        return value * math.log1p(-safe) + math.log(probs)

    def _entropy(self) -> Any:
        return (-self.logits * (math.sigmoid(self.logits) - 1.0) + softplus(-self.logits)) / (
            self.probs
        )

    def _mean(self) -> Any:
        return math.exp(-self.logits)

    def _variance(self) -> Any:
        return self._mean() / self.probs

    def _mode(self) -> Any:
        return array.zeros(self.batch_shape_tensor(), dtype=self.dtype)


class Binomial(_OfProbability):
    """The distribution of the number of successes, without samples, as in TensorFlow.

    Args:
      total_count: the number of trials; floating, broadcasts with the probabilities.
      logits: the logarithms of the odds of a success; floating.
      probs: the probabilities of a success, where there are no logits.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both logits and probs are there, or none.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Binomial`.
    """

    def __init__(
        self,
        total_count: TensorLike,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Binomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            self._total_count = total_count_of(total_count, validate_args)
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, name=scope
            )
        super().__init__(
            dtype=self._probs.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._logits, self._probs],
            name=scope,
        )

    @property
    def total_count(self) -> Any:
        """The number of trials."""
        return self._total_count

    def _batch_parameters(self) -> Any:
        return [self._total_count, self._probs]

    def _log_prob(self, value: Any) -> Any:
        failures = self.total_count - value
        normalization = (
            special.lgamma(1.0 + failures)
            + special.lgamma(1.0 + value)
            - special.lgamma(1.0 + self.total_count)
        )
        return value * math.log(self.probs) + failures * math.log1p(-self.probs) - normalization

    def _mean(self) -> Any:
        return self._total_count * self._probs

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Any:
        return math.floor((1.0 + self._total_count) * self._probs)


class Poisson(ScalarDistribution):
    """The Poisson distribution.

    Args:
      rate: floating, above zero.
      log_rate: its logarithm, where there is no rate.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both are there, or none.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Poisson`.
    """

    def __init__(
        self,
        rate: TensorLike | None = None,
        log_rate: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Poisson",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[rate]) as scope:
            if (rate is None) == (log_rate is None):
                raise ValueError("Must specify exactly one of `rate` and `log_rate`.")
            if log_rate is None:
                checks = [check.assert_positive(rate)] if validate_args else []
                self._rate = checked(convert_to_tensor(rate, name="rate"), checks)
                if not self._rate.dtype.is_floating:
                    raise TypeError(f"rate.dtype ({self._rate.dtype.name}) is a not a float-type.")
                self._log_rate = math.log(self._rate, name="log_rate")
            else:
                self._log_rate = convert_to_tensor(log_rate, name="log_rate")
                self._rate = math.exp(self._log_rate, name="rate")
        super().__init__(
            dtype=self._rate.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._rate],
            name=scope,
        )

    @property
    def rate(self) -> Any:
        """The mean."""
        return self._rate

    @property
    def log_rate(self) -> Any:
        """Its logarithm."""
        return self._log_rate

    def _batch_parameters(self) -> Any:
        return [self._rate]

    def _log_prob(self, value: Any) -> Any:
        x = math.maximum(value, 0.0) if not self.validate_args else value
        log_prob = x * self._log_rate - special.lgamma(1.0 + x) - self._rate
        below = array.fill(array.shape(log_prob), np.array(-np.inf, self.dtype.as_numpy_dtype))
        is_count = math.equal(value + array.zeros_like(log_prob), x)
        return indexing.where(is_count, log_prob, below)

    def _mean(self) -> Any:
        return array.identity(self._rate)

    def _variance(self) -> Any:
        return array.identity(self._rate)

    def _mode(self) -> Any:
        return math.floor(self._rate)


# ---- Parameters that have no bounds ----


class NormalWithSoftplusScale(Normal):
    """`tf.distributions.Normal` whose scale is the softplus of what is given.

    Source: TensorFlow 1.15 `tf.contrib.distributions.NormalWithSoftplusScale`.
    """

    def __init__(
        self,
        loc: TensorLike,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "NormalWithSoftplusScale",
    ) -> None:
        given = {key: value for key, value in locals().items() if key not in ("self", "__class__")}
        with name_scope(name, values=[scale]) as scope:
            scale = softplus(scale, name="softplus_scale")
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope)
        self._arguments = given


class LaplaceWithSoftplusScale(Laplace):
    """`tf.distributions.Laplace` whose scale is the softplus of what is given.

    Source: TensorFlow 1.15 `tf.contrib.distributions.LaplaceWithSoftplusScale`.
    """

    def __init__(
        self,
        loc: TensorLike,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "LaplaceWithSoftplusScale",
    ) -> None:
        given = {key: value for key, value in locals().items() if key not in ("self", "__class__")}
        with name_scope(name, values=[loc, scale]) as scope:
            scale = softplus(scale, name="softplus_scale")
        super().__init__(loc, scale, validate_args, allow_nan_stats, scope)
        self._arguments = given


class ExponentialWithSoftplusRate(Exponential):
    """`tf.distributions.Exponential` whose rate is the softplus of what is given.

    Source: TensorFlow 1.15 `tf.contrib.distributions.ExponentialWithSoftplusRate`.
    """

    def __init__(
        self,
        rate: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExponentialWithSoftplusRate",
    ) -> None:
        given = {key: value for key, value in locals().items() if key not in ("self", "__class__")}
        with name_scope(name, values=[rate]) as scope:
            rate = softplus(rate, name="softplus_rate")
        super().__init__(rate, validate_args, allow_nan_stats, scope)
        self._arguments = given


class GammaWithSoftplusConcentrationRate(Gamma):
    """`tf.distributions.Gamma` whose parameters are the softplus of what is given.

    Source: TensorFlow 1.15 `tf.contrib.distributions.GammaWithSoftplusConcentrationRate`.
    """

    def __init__(
        self,
        concentration: TensorLike,
        rate: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "GammaWithSoftplusConcentrationRate",
    ) -> None:
        given = {key: value for key, value in locals().items() if key not in ("self", "__class__")}
        with name_scope(name, values=[concentration, rate]) as scope:
            concentration = softplus(concentration, name="softplus_concentration")
            rate = softplus(rate, name="softplus_rate")
        super().__init__(concentration, rate, validate_args, allow_nan_stats, scope)
        self._arguments = given


class StudentTWithAbsDfSoftplusScale(StudentT):
    """`tf.distributions.StudentT` of floor(|df|) degrees of freedom, and a softplus for a scale.

    Source: TensorFlow 1.15 `tf.contrib.distributions.StudentTWithAbsDfSoftplusScale`.
    """

    def __init__(
        self,
        df: TensorLike,
        loc: TensorLike,
        scale: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentTWithAbsDfSoftplusScale",
    ) -> None:
        given = {key: value for key, value in locals().items() if key not in ("self", "__class__")}
        with name_scope(name, values=[df, scale]) as scope:
            df = math.floor(math.abs(df))
            scale = softplus(scale, name="softplus_scale")
        super().__init__(df, loc, scale, validate_args, allow_nan_stats, scope)
        self._arguments = given
