"""Classes as vectors: one-hot ones, and soft ones that gradients flow through."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession import dtypes
from tfsession.contrib.distributions.bijectors import Exp, Sigmoid
from tfsession.contrib.distributions.scalars import Logistic
from tfsession.contrib.distributions.transformed import TransformedDistribution
from tfsession.distributions.discrete import kl_categorical
from tfsession.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED,
    Distribution,
)
from tfsession.distributions.divergence import RegisterKL
from tfsession.distributions.tensors import get_logits_and_probs
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, check, math, random, reduction, softmax, special
from tfsession.ops.control import with_dependencies
from tfsession.ops.rearrange import matrix_set_diag, transpose
from tfsession.shapes import TensorShape

__all__ = [
    "ExpRelaxedOneHotCategorical",
    "OneHotCategorical",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
]


class _OverClasses(Distribution):
    """A distribution over vectors with an element for each class."""

    _logits: Any
    _probs: Any

    @property
    def event_size(self) -> Any:
        """The number of classes; int32."""
        known = self._logits.shape.as_list()[-1]
        return array.shape(self._logits)[-1] if known is None else convert_to_tensor(known)

    @property
    def logits(self) -> Any:
        """[..., classes]; logarithms of probabilities, up to a constant."""
        return self._logits

    @property
    def probs(self) -> Any:
        """[..., classes]; the probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Any:
        return array.shape(self._logits)[:-1]

    def _batch_shape(self) -> TensorShape:
        return TensorShape(self._logits.shape[:-1])

    def _event_shape_tensor(self) -> Any:
        return array.shape(self._logits)[-1:]

    def _event_shape(self) -> TensorShape:
        return TensorShape(self._logits.shape.with_rank_at_least(1)[-1:])


class OneHotCategorical(_OverClasses):
    """The distribution of a class as a vector of zeros and a one.

    Args:
      logits: [..., classes]; floating, logarithms of probabilities, up to a constant.
      probs: [..., classes]; the probabilities, where there are no logits.
      dtype: of samples.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both logits and probs are there, or none.

    Source: TensorFlow 1.15 `tf.contrib.distributions.OneHotCategorical`.
    """

    def __init__(
        self,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        dtype: DTypeLike = dtypes.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "OneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, multidimensional=True, name=scope
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

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        count = self.event_size
        shape = array.concat([[n], array.shape(self.logits)], 0)
        logits = (
            self.logits if self.logits.shape.ndims == 2 else array.reshape(self.logits, [-1, count])
        )
        samples = random.multinomial(logits, n, seed=seed)
        one_hot = array.one_hot(transpose(samples), count, dtype=self.dtype)
        return array.reshape(one_hot, shape)

    def _log_prob(self, value: Any) -> Any:
        x = math.cast(value, self.logits.dtype)
        x, logits = x + array.zeros_like(self.logits), self.logits + array.zeros_like(x)
        return -softmax.softmax_cross_entropy_with_logits_v2(labels=x, logits=logits)

    def _entropy(self) -> Any:
        return -reduction.reduce_sum(softmax.log_softmax(self.logits) * self.probs, axis=-1)

    def _mode(self) -> Any:
        return array.one_hot(
            reduction.argmax(self.logits, axis=-1), self.event_size, dtype=self.dtype
        )

    def _covariance(self) -> Any:
        p = self.probs
        return matrix_set_diag(-p[..., None] * p[..., None, :], self._variance())

    def _variance(self) -> Any:
        return self.probs * (1.0 - self.probs)


RegisterKL(OneHotCategorical, OneHotCategorical)(kl_categorical)


class ExpRelaxedOneHotCategorical(_OverClasses):
    """The distribution of the logarithm of a `RelaxedOneHotCategorical`; for arguments see there.

    Source: TensorFlow 1.15 `tf.contrib.distributions.ExpRelaxedOneHotCategorical`.
    """

    def __init__(
        self,
        temperature: TensorLike,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        dtype: DTypeLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExpRelaxedOneHotCategorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs, temperature]) as scope:
            self._logits, self._probs = get_logits_and_probs(
                logits, probs, validate_args=validate_args, multidimensional=True, name=scope
            )
            kind = self._logits.dtype if dtype is None else as_dtype(dtype)
            self._temperature = convert_to_tensor(temperature, name="temperature", dtype=kind)
            if validate_args:
                with_check = check.assert_positive(self._temperature)
                self._temperature = with_dependencies([with_check], self._temperature)
        super().__init__(
            dtype=kind,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs, self._temperature],
            name=scope,
        )

    @property
    def temperature(self) -> Any:
        """How soft samples are."""
        return self._temperature

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        shape = array.concat([[n], array.shape(self.logits)], 0)
        logits = self.logits * array.ones(shape, dtype=self.dtype)
        rows = array.reshape(logits, [-1, self.event_size])
        # Zero itself would become infinite.
        smallest = np.finfo(self.dtype.as_numpy_dtype).tiny
        uniform = random.random_uniform(
            shape=array.shape(rows), minval=smallest, maxval=1, dtype=self.dtype, seed=seed
        )
        gumbel = -math.log(-math.log(uniform))
        noisy = array.reshape((gumbel + rows) / self._temperature, shape)
        return softmax.log_softmax(noisy)

    def _log_prob(self, value: Any) -> Any:
        x, logits = value, self.logits
        k = math.cast(self.event_size, x.dtype)
        temperature = self._temperature
        normalization = special.lgamma(k) + (k - 1) * math.log(temperature)
        inner = softmax.log_softmax(logits - x * temperature[..., None])
        return reduction.reduce_sum(inner, axis=[-1]) + normalization


class RelaxedOneHotCategorical(TransformedDistribution):
    """The distribution of soft one-hot vectors, positive and of sum one.

    Args:
      temperature: how soft they are; floating, above zero, a scalar.
      logits: [..., classes]; floating, logarithms of probabilities, up to a constant.
      probs: [..., classes]; the probabilities, where there are no logits.
      dtype: of samples; that of the logits when None.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both logits and probs are there, or none.

    Source: TensorFlow 1.15 `tf.contrib.distributions.RelaxedOneHotCategorical`; Jang et al., 2016,
      arXiv:1611.01144, and Maddison et al., 2016, arXiv:1611.00712.
    """

    def __init__(
        self,
        temperature: TensorLike,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        dtype: DTypeLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "RelaxedOneHotCategorical",
    ) -> None:
        base = ExpRelaxedOneHotCategorical(
            temperature,
            logits=logits,
            probs=probs,
            dtype=dtype,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
        )
        super().__init__(distribution=base, bijector=Exp(), validate_args=validate_args, name=name)


class RelaxedBernoulli(TransformedDistribution):
    """The distribution of soft zeros and ones.

    Args:
      temperature: how soft they are; floating, above zero.
      logits: the logarithms of the odds of a one; floating.
      probs: the probabilities of a one, where there are no logits.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: both logits and probs are there, or none.

    Source: TensorFlow 1.15 `tf.contrib.distributions.RelaxedBernoulli`; Maddison et al., 2016,
      arXiv:1611.00712.
    """

    def __init__(
        self,
        temperature: TensorLike,
        logits: TensorLike | None = None,
        probs: TensorLike | None = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "RelaxedBernoulli",
    ) -> None:
        given = {key: value for key, value in locals().items() if key not in ("self", "__class__")}
        with name_scope(name, values=[logits, probs, temperature]) as scope:
            self._temperature = convert_to_tensor(temperature, name="temperature")
            self._logits, self._probs = get_logits_and_probs(
                logits=logits, probs=probs, validate_args=validate_args
            )
            base = Logistic(
                self._logits / self._temperature,
                1.0 / self._temperature,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=f"{scope}Logistic",
            )
        super().__init__(
            distribution=base,
            bijector=Sigmoid(validate_args=validate_args),
            validate_args=validate_args,
            name=name,
        )
        self._arguments = given

    @property
    def temperature(self) -> Any:
        """How soft samples are."""
        return self._temperature

    @property
    def logits(self) -> Any:
        """The logarithms of the odds of a one."""
        return self._logits

    @property
    def probs(self) -> Any:
        """The probabilities of a one."""
        return self._probs
