"""Distributions over numbers of classes, and over counts of them."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.distributions.distribution import (
    NOT_REPARAMETERIZED,
    Distribution,
    ScalarDistribution,
)
from tfsession.distributions.divergence import RegisterKL
from tfsession.distributions.gamma import vector_concentration
from tfsession.distributions.location_scale import shapes_of
from tfsession.distributions.tensors import (
    checked,
    gen_new_seed,
    get_logits_and_probs,
    log_combinations,
    nonnegative_integers,
)
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, check, indexing, math, random, reduction, softmax, special
from tfsession.ops.activation import softplus
from tfsession.ops.functional import map_fn
from tfsession.ops.rearrange import matrix_set_diag, transpose
from tfsession.shapes import TensorShape

__all__ = ["Bernoulli", "Categorical", "DirichletMultinomial", "Multinomial"]


class Bernoulli(ScalarDistribution):
    """The distribution of a zero or a one.

    Args:
      logits: the logarithms of the odds of a one; floating.
      probs: the probabilities of a one, where there are no logits.
      dtype: of samples.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both logits and probs are there, or none.

    Source: TensorFlow 1.15 `tf.distributions.Bernoulli`.
    """

    def __init__(
        self,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        dtype: DTypeLike = dtypes.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Bernoulli",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits=logits, probs=probs, validate_args=validate_args, name=scope
            )
        super().__init__(
            dtype=as_dtype(dtype),
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> dict[str, Tensor]:
        return shapes_of(sample_shape, "logits")

    @property
    def logits(self) -> Tensor:
        """The logarithms of the odds of a one."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of a one."""
        return self._probs

    def _batch_parameters(self) -> list[Tensor]:
        return [self._logits]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        uniform = random.random_uniform(self._sample_shape(n), seed=seed, dtype=self.probs.dtype)
        return math.cast(math.less(uniform, self.probs), self.dtype)

    def _log_prob(self, value: Any) -> Any:
        if self.validate_args:
            one = convert_to_tensor(1, dtype=value.dtype)
            message = "Elements cannot exceed 1."
            value = checked(
                value,
                [
                    *nonnegative_integers(value, "event"),
                    check.assert_less_equal(value, one, message=message),
                ],
            )
        event = math.cast(value, self.logits.dtype)
        zeros = array.zeros_like(event * self.logits)
        return -softmax.sigmoid_cross_entropy_with_logits(
            labels=event + zeros, logits=self.logits + zeros
        )

    def _entropy(self) -> Any:
        return -self.logits * (math.sigmoid(self.logits) - 1) + softplus(-self.logits)

    def _mean(self) -> Any:
        return array.identity(self.probs)

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Any:
        return math.cast(math.greater(self.probs, 0.5), self.dtype)


@RegisterKL(Bernoulli, Bernoulli)
def _kl_bernoulli_bernoulli(a: Any, b: Any, name: str | None = None) -> Any:
    with name_scope(name, "kl_bernoulli_bernoulli", values=[a.logits, b.logits]):
        zero = softplus(-a.logits) * -1.0 + softplus(-b.logits)
        one = softplus(b.logits) - softplus(a.logits)
        return math.sigmoid(a.logits) * zero + math.sigmoid(-a.logits) * one


class Categorical(Distribution):
    """The distribution of the number of a class.

    Args:
      logits: [..., classes]; floating, logarithms of probabilities, up to a constant.
      probs: [..., classes]; the probabilities, where there are no logits.
      dtype: of samples.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both logits and probs are there, or none, or they are scalars.

    Source: TensorFlow 1.15 `tf.distributions.Categorical`.
    """

    def __init__(
        self,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        dtype: DTypeLike = dtypes.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Categorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits=logits,
                probs=probs,
                validate_args=validate_args,
                multidimensional=True,
                name=scope,
            )
            shape = self._logits.shape.with_rank_at_least(1)
            self._static_batch = shape[:-1] if shape.ndims is not None else TensorShape(None)
            size = None if shape.ndims is None else shape.as_list()[-1]
            dynamic = array.shape(self._logits, name="logits_shape")
            if size is None:
                self._event_size = dynamic[-1]
            else:
                self._event_size = convert_to_tensor(size, dtype=dtypes.int32, name="event_size")
            self._dynamic_batch = dynamic[:-1]
        super().__init__(
            dtype=as_dtype(dtype),
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=scope,
        )

    @property
    def event_size(self) -> Tensor:
        """The number of classes; int32."""
        return self._event_size

    @property
    def logits(self) -> Tensor:
        """[..., classes]; logarithms of probabilities, up to a constant."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """[..., classes]; the probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Any:
        return array.identity(self._dynamic_batch)

    def _batch_shape(self) -> TensorShape:
        return self._static_batch

    def _event_shape_tensor(self) -> Any:
        return convert_to_tensor([], dtype=dtypes.int32)

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return draw_classes(
            self.logits, self._event_size, n, seed, self.dtype, self.batch_shape_tensor()
        )

    def _event_and_logits(self, k: Any, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers of classes, and parameters, in one shape but for the last axis of these."""
        if k.dtype.is_floating:
            k = math.cast(k, dtypes.int64 if self.dtype == dtypes.int64 else dtypes.int32)
        if self.validate_args:
            below = math.cast(self.event_size, k.dtype)
            k = checked(
                k,
                [
                    check.assert_non_negative(k),
                    check.assert_less(k, below, message="k is not in [0, event_size)"),
                ],
            )
        if k.shape.is_fully_defined() and k.shape == parameters.shape[:-1]:
            return k, parameters
        parameters = parameters * array.ones_like(k[..., np.newaxis], dtype=parameters.dtype)
        return k * array.ones_like(parameters[..., 0], dtype=k.dtype), parameters

    def _log_prob(self, value: Any) -> Any:
        k, logits = self._event_and_logits(value, self.logits)
        return -softmax.sparse_softmax_cross_entropy_with_logits(labels=k, logits=logits)

    def _cdf(self, value: Any) -> Any:
        k, probs = self._event_and_logits(value, self.probs)
        classes = math.range(self.event_size)
        is_below = math.less(classes, math.cast(k, dtypes.int32)[..., np.newaxis])
        below = indexing.where(is_below, probs, array.zeros_like(probs))
        return reduction.reduce_sum(below, axis=-1)

    def _entropy(self) -> Any:
        return -reduction.reduce_sum(softmax.log_softmax(self.logits) * self.probs, axis=-1)

    def _mode(self) -> Any:
        mode = math.cast(reduction.argmax(self.logits, axis=-1), self.dtype)
        mode.set_shape(self.batch_shape)
        return mode


def draw_classes(
    logits: Tensor, size: Any, n: Any, seed: Any, dtype: DType, batch_shape: Tensor
) -> Any:
    """Numbers of classes.

    Args:
      logits: [..., classes].
      size: the number of classes.
      n: how many for each row of logits.
      seed: the op's seed.
      dtype: of the result.
      batch_shape: the shape of the rows.

    Returns:
      [n, ...].
    """
    rows = logits if logits.shape.ndims == 2 else array.reshape(logits, [-1, size])
    kind = dtypes.int64 if dtype.size > 4 else dtypes.int32
    draws = random.multinomial(rows, n, seed=seed, output_dtype=kind)
    draws = array.reshape(transpose(draws), array.concat([[n], batch_shape], 0))
    return math.cast(draws, dtype)


@RegisterKL(Categorical, Categorical)
def kl_categorical(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The divergence of two distributions over classes."""
    with name_scope(name, "kl_categorical_categorical", values=[a.logits, b.logits]):
        delta = softmax.log_softmax(a.logits) - softmax.log_softmax(b.logits)
        return reduction.reduce_sum(softmax.softmax(a.logits) * delta, axis=-1)


class CountDistribution(Distribution, abc.ABC):
    """A distribution of how often each class is drawn, in `total_count` draws."""

    _total_count: Tensor

    @property
    def total_count(self) -> Tensor:
        """The number of draws."""
        return self._total_count

    @abc.abstractmethod
    def _mean_of_batch(self) -> Tensor:
        """The mean, whose shape is that of the batch and of events."""

    def _batch_shape_tensor(self) -> Any:
        return array.shape(self._mean_of_batch())[:-1]

    def _batch_shape(self) -> TensorShape:
        return self._mean_of_batch().shape.with_rank_at_least(1)[:-1]

    def _event_shape_tensor(self) -> Any:
        return array.shape(self._mean_of_batch())[-1:]

    def _event_shape(self) -> TensorShape:
        return self._mean_of_batch().shape.with_rank_at_least(1)[-1:]

    def _counts(self, counts: Any) -> Any:
        if not self.validate_args:
            return counts
        total = reduction.reduce_sum(counts, -1)
        message = "counts must sum to `self.total_count`"
        return checked(
            counts,
            [
                *nonnegative_integers(counts, "counts"),
                check.assert_equal(self.total_count, total, message=message),
            ],
        )


def total_count_of(total_count: Any, validate_args: bool) -> Tensor:
    """A number of draws, checked where that is wanted."""
    total = convert_to_tensor(total_count, name="total_count")
    return checked(total, nonnegative_integers(total, "total_count") if validate_args else [])


class Multinomial(CountDistribution):
    """The distribution of how often each class is drawn.

    Args:
      total_count: the number of draws; floating, [...].
      logits: [..., classes]; logarithms of probabilities, up to a constant.
      probs: [..., classes]; the probabilities, where there are no logits.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both logits and probs are there, or none.

    Source: TensorFlow 1.15 `tf.distributions.Multinomial`.
    """

    def __init__(
        self,
        total_count: TensorLike,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Multinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            self._total_count = total_count_of(total_count, validate_args)
            self._logits, self._probs = get_logits_and_probs(
                logits=logits,
                probs=probs,
                multidimensional=True,
                validate_args=validate_args,
                name=scope,
            )
            self._mean_val = self._total_count[..., np.newaxis] * self._probs
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
    def logits(self) -> Tensor:
        """[..., classes]; logarithms of probabilities, up to a constant."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """[..., classes]; the probabilities."""
        return self._probs

    def _mean_of_batch(self) -> Tensor:
        return self._mean_val

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        draws = math.cast(self.total_count, dtype=dtypes.int32)
        k = self.event_shape_tensor()[0]
        # Rows of logits, and how often each is drawn from, one by one: they may differ.
        ones = array.ones_like(self._mean_val[..., :1])
        draws = array.reshape(
            draws * math.cast(array.ones_like(self.logits[..., 0]), dtypes.int32), [-1]
        )
        rows = array.reshape(self.logits * ones, [-1, k])

        def of_row(row: Any) -> Tensor:
            logits, count = row[0], row[1]
            drawn = random.multinomial(logits[np.newaxis, ...], n * count, seed=seed)
            drawn = array.reshape(drawn, [n, -1])
            return reduction.reduce_sum(array.one_hot(drawn, depth=k), axis=-2)

        x = map_fn(of_row, [rows, draws], dtype=self.dtype)
        x = transpose(x, perm=[1, 0, 2])
        shape = array.concat([[n], self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        return array.reshape(x, shape)

    def _log_prob(self, value: Any) -> Any:
        counts = self._counts(value)
        unnormalized = reduction.reduce_sum(counts * softmax.log_softmax(self.logits), -1)
        return unnormalized + log_combinations(self.total_count, counts)

    def _mean(self) -> Any:
        return array.identity(self._mean_val)

    def _covariance(self) -> Any:
        p = self.probs * array.ones_like(self.total_count)[..., np.newaxis]
        product = -self._mean_val[..., np.newaxis] * p[..., np.newaxis, :]
        return matrix_set_diag(product, self._variance())

    def _variance(self) -> Any:
        p = self.probs * array.ones_like(self.total_count)[..., np.newaxis]
        return self._mean_val - self._mean_val * p


class DirichletMultinomial(CountDistribution):
    """A `Multinomial` whose probabilities are drawn from a `Dirichlet`.

    Args:
      total_count: the number of draws; floating, [...].
      concentration: [..., classes]; of the dtype of `total_count`, above zero.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Source: TensorFlow 1.15 `tf.distributions.DirichletMultinomial`.
    """

    def __init__(
        self,
        total_count: TensorLike,
        concentration: TensorLike,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "DirichletMultinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, concentration]) as scope:
            self._total_count = total_count_of(total_count, validate_args)
            self._concentration: Tensor = vector_concentration(concentration, validate_args)
            self._total_concentration = reduction.reduce_sum(self._concentration, -1)
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._concentration],
            name=scope,
        )

    @property
    def concentration(self) -> Tensor:
        """[..., classes]; the concentration of each class."""
        return self._concentration

    @property
    def total_concentration(self) -> Tensor:
        """The sum of the concentrations."""
        return self._total_concentration

    def _mean_of_batch(self) -> Any:
        return self._total_count[..., np.newaxis] * self._share()

    def _share(self) -> Any:
        return self.concentration / self.total_concentration[..., np.newaxis]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        draws = math.cast(self.total_count, dtype=dtypes.int32)
        k = self.event_shape_tensor()[0]
        alpha = self._mean_of_batch() * 0.0 + self.concentration
        logits = array.reshape(
            math.log(random.random_gamma(shape=[n], alpha=alpha, dtype=self.dtype, seed=seed)),
            [-1, k],
        )
        drawn = random.multinomial(
            logits, draws, seed=gen_new_seed(seed, salt="dirichlet_multinomial")
        )
        x = reduction.reduce_sum(array.one_hot(drawn, depth=k), -2)
        shape = array.concat([[n], self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        return math.cast(array.reshape(x, shape), self.dtype)

    def _log_prob(self, value: Any) -> Any:
        counts = self._counts(value)
        ordered = special.lbeta(self.concentration + counts) - special.lbeta(self.concentration)
        return ordered + log_combinations(self.total_count, counts)

    def _prob(self, value: Any) -> Any:
        return math.exp(self._log_prob(value))

    def _mean(self) -> Any:
        return self._mean_of_batch()

    def _scale(self) -> Any:
        """What scales variances."""
        total = self.total_concentration[..., np.newaxis]
        return math.sqrt((1.0 + total / self.total_count[..., np.newaxis]) / (1.0 + total))

    def _covariance(self) -> Any:
        x = self._scale() * self._mean()
        product = -x[..., np.newaxis] * x[..., np.newaxis, :]
        return matrix_set_diag(product, self._variance())

    def _variance(self) -> Any:
        scale = self._scale()
        x = scale * self._mean()
        return x * (self.total_count[..., np.newaxis] * scale - x)
