"""The gamma distribution and its relatives: exponential, beta, Dirichlet."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    Distribution,
    ScalarDistribution,
)
from tfsession.distributions.divergence import RegisterKL
from tfsession.distributions.location_scale import shapes_of
from tfsession.distributions.tensors import checked, gen_new_seed, of_shape, undefined_where_not
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, check, math, random, reduction, special
from tfsession.ops.rearrange import matrix_set_diag
from tfsession.shapes import TensorShape

__all__ = ["Beta", "Dirichlet", "Exponential", "Gamma"]


class Gamma(ScalarDistribution):
    """The gamma distribution.

    Args:
      concentration: floating, above zero; broadcasts with `rate`.
      rate: of the dtype of `concentration`, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: the parameters are not of one floating dtype.

    Source: TensorFlow 1.15 `tf.distributions.Gamma`.
    """

    def __init__(
        self,
        concentration: TensorLike,
        rate: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gamma",
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
    def _param_shapes(sample_shape: TensorLike) -> dict[str, Tensor]:
        return shapes_of(sample_shape, "concentration", "rate")

    @property
    def concentration(self) -> Tensor:
        """The concentration."""
        return self._concentration

    @property
    def rate(self) -> Tensor:
        """The rate, the inverse of a scale."""
        return self._rate

    def _batch_parameters(self) -> list[Tensor]:
        return [self.concentration, self.rate]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return random.random_gamma(
            [n], alpha=self.concentration, beta=self.rate, dtype=self.dtype, seed=seed
        )

    def _positive(self, x: Any) -> Any:
        check.assert_same_float_dtype([x, self.concentration])
        return checked(x, [check.assert_positive(x)] if self.validate_args else [])

    def _log_prob(self, value: Any) -> Any:
        unnormalized = math.xlogy(self.concentration - 1.0, self._positive(value))
        return unnormalized - self.rate * value - self._log_normalization()

    def _log_normalization(self) -> Any:
        return special.lgamma(self.concentration) - self.concentration * math.log(self.rate)

    def _entropy(self) -> Any:
        c = self.concentration
        return c - math.log(self.rate) + special.lgamma(c) + (1.0 - c) * special.digamma(c)

    def _mean(self) -> Any:
        return self.concentration / self.rate

    def _variance(self) -> Any:
        return self.concentration / math.square(self.rate)

    def _stddev(self) -> Any:
        return math.sqrt(self.concentration) / self.rate

    def _mode(self) -> Any:
        mode = (self.concentration - 1.0) / self.rate
        one = array.ones([], self.dtype)
        return undefined_where_not(
            math.greater(of_shape(self.concentration, self.rate), 1.0),
            mode,
            np.nan,
            self.allow_nan_stats,
            lambda: [
                check.assert_less(
                    one, self.concentration, message="mode not defined when any concentration <= 1"
                )
            ],
        )


@RegisterKL(Gamma, Gamma)
def _kl_gamma_gamma(g0: Any, g1: Any, name: str | None = None) -> Any:
    with name_scope(name, "kl_gamma_gamma", values=[g0.concentration, g1.concentration]):
        return (
            (g0.concentration - g1.concentration) * special.digamma(g0.concentration)
            + special.lgamma(g1.concentration)
            - special.lgamma(g0.concentration)
            + g1.concentration * math.log(g0.rate)
            - g1.concentration * math.log(g1.rate)
            + g0.concentration * (g1.rate / g0.rate - 1.0)
        )


class Exponential(Gamma):
    """The exponential distribution.

    Args:
      rate: floating, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.distributions.Exponential`.
    """

    def __init__(
        self,
        rate: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Exponential",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[rate]) as scope:
            self._rate = array.identity(rate, name="rate")
        super().__init__(
            concentration=array.ones([], dtype=self._rate.dtype),
            rate=self._rate,
            allow_nan_stats=allow_nan_stats,
            validate_args=validate_args,
            name=scope,
        )
        self._arguments = {k: v for k, v in parameters.items() if k not in ("self", "__class__")}

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> dict[str, Tensor]:
        return shapes_of(sample_shape, "rate")

    def _log_survival_function(self, value: Any) -> Any:
        return self._log_prob(value) - math.log(self._rate)

    def _cdf(self, value: Any) -> Any:
        return -math.expm1(-self._rate * self._positive(value))

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        # Zero itself would become infinite.
        smallest = np.finfo(self.dtype.as_numpy_dtype).tiny
        uniform = random.random_uniform(
            self._sample_shape(n), minval=smallest, maxval=1.0, seed=seed, dtype=self.dtype
        )
        return -math.log(uniform) / self._rate


class Beta(ScalarDistribution):
    """The beta distribution.

    Args:
      concentration1: floating, above zero; broadcasts with `concentration0`.
      concentration0: of the dtype of `concentration1`, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: the parameters are not of one floating dtype.

    Source: TensorFlow 1.15 `tf.distributions.Beta`.
    """

    def __init__(
        self,
        concentration1: TensorLike | None = None,
        concentration0: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Beta",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration1, concentration0]) as scope:
            self._concentration1 = self._concentration(
                concentration1, "concentration1", validate_args
            )
            self._concentration0 = self._concentration(
                concentration0, "concentration0", validate_args
            )
            check.assert_same_float_dtype([self._concentration1, self._concentration0])
            self._total_concentration = self._concentration1 + self._concentration0
        super().__init__(
            dtype=self._total_concentration.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration1, self._concentration0, self._total_concentration],
            name=scope,
        )

    @staticmethod
    def _concentration(x: Any, name: str, validate_args: bool) -> Tensor:
        x = array.identity(x, name=name)
        message = "Concentration parameter must be positive."
        return checked(x, [check.assert_positive(x, message=message)] if validate_args else [])

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> dict[str, Tensor]:
        return shapes_of(sample_shape, "concentration1", "concentration0")

    @property
    def concentration1(self) -> Tensor:
        """The concentration near one."""
        return self._concentration1

    @property
    def concentration0(self) -> Tensor:
        """The concentration near zero."""
        return self._concentration0

    @property
    def total_concentration(self) -> Tensor:
        """The sum of both concentrations."""
        return self._total_concentration

    def _batch_parameters(self) -> list[Tensor]:
        return [self.total_concentration]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        ones = array.ones_like(self.total_concentration, dtype=self.dtype)
        first, second = (
            random.random_gamma(shape=[n], alpha=alpha * ones, dtype=self.dtype, seed=its_seed)
            for alpha, its_seed in (
                (self.concentration1, seed),
                (self.concentration0, gen_new_seed(seed, "beta")),
            )
        )
        return first / (first + second)

    def _inside(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        one = array.ones([], self.dtype)
        return checked(
            x,
            [
                check.assert_positive(x, message="sample must be positive"),
                check.assert_less(x, one, message="sample must be less than `1`."),
            ],
        )

    def _log_prob(self, value: Any) -> Any:
        x = self._inside(value)
        unnormalized = math.xlogy(self.concentration1 - 1.0, x) + (
            self.concentration0 - 1.0
        ) * math.log1p(-x)
        return unnormalized - self._log_normalization()

    def _prob(self, value: Any) -> Any:
        return math.exp(self._log_prob(value))

    def _log_normalization(self) -> Any:
        return (
            special.lgamma(self.concentration1)
            + special.lgamma(self.concentration0)
            - special.lgamma(self.total_concentration)
        )

    def _entropy(self) -> Any:
        return (
            self._log_normalization()
            - (self.concentration1 - 1.0) * special.digamma(self.concentration1)
            - (self.concentration0 - 1.0) * special.digamma(self.concentration0)
            + (self.total_concentration - 2.0) * special.digamma(self.total_concentration)
        )

    def _mean(self) -> Any:
        return self._concentration1 / self._total_concentration

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self._mean()) / (1.0 + self.total_concentration)

    def _mode(self) -> Any:
        mode = (self.concentration1 - 1.0) / (self.total_concentration - 2.0)
        one = array.ones([], self.dtype)
        is_defined = math.logical_and(
            math.greater(of_shape(self.concentration1, mode), 1.0),
            math.greater(of_shape(self.concentration0, mode), 1.0),
        )
        return undefined_where_not(
            is_defined,
            mode,
            np.nan,
            self.allow_nan_stats,
            lambda: [
                check.assert_less(one, concentration, message=f"Mode undefined for {name} <= 1.")
                for name, concentration in (
                    ("concentration1", self.concentration1),
                    ("concentration0", self.concentration0),
                )
            ],
        )


@RegisterKL(Beta, Beta)
def _kl_beta_beta(d1: Any, d2: Any, name: str | None = None) -> Any:
    def delta(attribute: str) -> Any:
        return getattr(d2, attribute) - getattr(d1, attribute)

    values = [d1.concentration1, d1.concentration0, d1.total_concentration]
    with name_scope(name, "kl_beta_beta", values=values):
        return (
            d2._log_normalization()
            - d1._log_normalization()
            - special.digamma(d1.concentration1) * delta("concentration1")
            - special.digamma(d1.concentration0) * delta("concentration0")
            + special.digamma(d1.total_concentration) * delta("total_concentration")
        )


class Dirichlet(Distribution):
    """The Dirichlet distribution, over vectors of positive numbers whose sum is one.

    Args:
      concentration: [..., k]; floating, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.distributions.Dirichlet`.
    """

    def __init__(
        self,
        concentration: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Dirichlet",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration]) as scope:
            self._concentration: Tensor = vector_concentration(concentration, validate_args)
            self._total_concentration = reduction.reduce_sum(self._concentration, -1)
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration, self._total_concentration],
            name=scope,
        )

    @property
    def concentration(self) -> Tensor:
        """The concentration of each element."""
        return self._concentration

    @property
    def total_concentration(self) -> Tensor:
        """The sum of the concentrations."""
        return self._total_concentration

    def _batch_shape_tensor(self) -> Any:
        return array.shape(self.total_concentration)

    def _batch_shape(self) -> TensorShape:
        return self.total_concentration.shape

    def _event_shape_tensor(self) -> Any:
        return array.shape(self.concentration)[-1:]

    def _event_shape(self) -> TensorShape:
        return self.concentration.shape.with_rank_at_least(1)[-1:]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        gamma = random.random_gamma(
            shape=[n], alpha=self.concentration, dtype=self.dtype, seed=seed
        )
        return gamma / reduction.reduce_sum(gamma, -1, keepdims=True)

    def _inside(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        one = array.ones([], dtype=self.dtype)
        message = "sample last-dimension must sum to `1`"
        return checked(
            x,
            [
                check.assert_positive(x, message="samples must be positive"),
                check.assert_near(one, reduction.reduce_sum(x, -1), message=message),
            ],
        )

    def _log_prob(self, value: Any) -> Any:
        unnormalized = math.xlogy(self.concentration - 1.0, self._inside(value))
        return reduction.reduce_sum(unnormalized, -1) - self._log_normalization()

    def _prob(self, value: Any) -> Any:
        return math.exp(self._log_prob(value))

    def _log_normalization(self) -> Any:
        return special.lbeta(self.concentration)

    def _entropy(self) -> Any:
        k = math.cast(self.event_shape_tensor()[0], self.dtype)
        total = self.total_concentration
        each = (self.concentration - 1.0) * special.digamma(self.concentration)
        return (
            self._log_normalization()
            + (total - k) * special.digamma(total)
            - reduction.reduce_sum(each, axis=-1)
        )

    def _mean(self) -> Any:
        return self.concentration / self.total_concentration[..., np.newaxis]

    def _scale(self) -> Any:
        """What scales variances."""
        return math.rsqrt(1.0 + self.total_concentration[..., np.newaxis])

    def _covariance(self) -> Any:
        x = self._scale() * self._mean()
        product = -x[..., np.newaxis] * x[..., np.newaxis, :]
        return matrix_set_diag(product, self._variance())

    def _variance(self) -> Any:
        scale, mean = self._scale(), self._mean()
        x = scale * mean
        return x * (scale - x)

    def _mode(self) -> Any:
        k = math.cast(self.event_shape_tensor()[0], self.dtype)
        mode = (self.concentration - 1.0) / (self.total_concentration[..., np.newaxis] - k)
        is_defined = reduction.reduce_all(
            math.greater(self.concentration, 1.0), axis=-1, keepdims=True
        )
        one = array.ones([], self.dtype)
        return undefined_where_not(
            math.logical_and(is_defined, array.ones_like(mode, dtype=is_defined.dtype)),
            mode,
            np.nan,
            self.allow_nan_stats,
            lambda: [
                check.assert_less(
                    one, self.concentration, message="Mode undefined when any concentration <= 1"
                )
            ],
        )


def vector_concentration(x: Any, validate_args: bool) -> Any:
    """The concentrations of vectors.

    Args:
      x: [..., k].
      validate_args: whether they are checked.
    """
    x = convert_to_tensor(x, name="concentration")
    if not validate_args:
        return x
    return checked(
        x,
        [
            check.assert_positive(x, message="Concentration parameter must be positive."),
            check.assert_rank_at_least(
                x, 1, message="Concentration parameter must have >=1 dimensions."
            ),
            check.assert_less(
                1, array.shape(x)[-1], message="Concentration parameter must have event_size >= 2."
            ),
        ],
    )


@RegisterKL(Dirichlet, Dirichlet)
def _kl_dirichlet_dirichlet(d1: Any, d2: Any, name: str | None = None) -> Any:
    with name_scope(name, "kl_dirichlet_dirichlet", values=[d1.concentration, d2.concentration]):
        digammas = special.digamma(d1.concentration) - special.digamma(
            d1.total_concentration[..., np.newaxis]
        )
        delta = d1.concentration - d2.concentration
        return (
            reduction.reduce_sum(delta * digammas, axis=-1)
            - special.lbeta(d1.concentration)
            + special.lbeta(d2.concentration)
        )
