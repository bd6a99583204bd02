"""What every distribution has: samples, probabilities, moments, and distances to others."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

from tfsession.distributions import divergence
from tfsession.dtypes import DType, int32
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value, constant_value_as_shape
from tfsession.ops import array, math, reduction
from tfsession.shapes import TensorShape

__all__ = ["FULLY_REPARAMETERIZED", "NOT_REPARAMETERIZED", "Distribution", "ReparameterizationType"]


class ReparameterizationType:
    """Whether gradients flow through samples into the parameters.

    Source: TensorFlow 1.15 `tf.distributions.ReparameterizationType`.
    """

    def __init__(self, rep_type: str) -> None:
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameteriation Type: {self._rep_type}>"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


#: Samples are a function of the parameters and of noise that does not depend on them.
FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
#: Samples have no gradient in the parameters.
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")


class Distribution:
    """A batch of distributions of one kind, each over events of one shape.

    Kinds of distributions say what they know in methods that begin with an underscore, `_log_prob`,
    `_sample_n`, `_mean` and so on; what follows from that is here.

    Args:
      dtype: of samples.
      reparameterization_type: FULLY_REPARAMETERIZED or NOT_REPARAMETERIZED.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      parameters: the arguments from which the distribution was made.
      graph_parents: tensors on which it depends.
      name: the name scope of its operations.

    Raises:
      ValueError: a graph parent is not a Tensor.

    Source: TensorFlow 1.15 `tf.distributions.Distribution`.
    """

    def __init__(
        self,
        dtype: DType,
        reparameterization_type: ReparameterizationType,
        validate_args: bool,
        allow_nan_stats: bool,
        parameters: dict[str, Any] | None = None,
        graph_parents: Any = None,
        name: str | None = None,
    ) -> None:
        self._graph_parents = list(graph_parents or ())
        for number, parent in enumerate(self._graph_parents):
            if not isinstance(parent, Tensor):
                raise ValueError(f"Graph parent item {number} is not a Tensor; {parent}.")
        if not name or not name.endswith("/"):
            with name_scope(name or type(self).__name__) as name:
                pass
        self._dtype = dtype
        self._reparameterization_type = reparameterization_type
        self._validate_args = validate_args
        self._allow_nan_stats = allow_nan_stats
        self._arguments = {
            key: value
            for key, value in (parameters or {}).items()
            if not key.startswith("__") and key != "self"
        }
        self._name = str(name)

    # ---- What it is ----

    @property
    def name(self) -> str:
        """The name scope of its operations."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype of samples."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments from which it was made."""
        return dict(self._arguments)

    @property
    def graph_parents(self) -> list[Tensor]:
        """The tensors on which it depends."""
        return list(self._graph_parents)

    @property
    def reparameterization_type(self) -> ReparameterizationType:
        """Whether gradients flow through samples."""
        return self._reparameterization_type

    @property
    def allow_nan_stats(self) -> bool:
        """Whether what is undefined is nan."""
        return self._allow_nan_stats

    @property
    def validate_args(self) -> bool:
        """Whether values are checked when the graph runs."""
        return self._validate_args

    def copy(self, **override_parameters_kwargs: Any) -> Any:
        """A distribution of this kind with other arguments.

        Args:
          override_parameters_kwargs: the arguments that are others.
        """
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    def __str__(self) -> str:
        shapes = [
            f", {key}={_as_tuple(shape)}"
            for key, shape in (
                ("batch_shape", self.batch_shape),
                ("event_shape", self.event_shape),
            )
            if shape.ndims is not None
        ]
        kind = type(self).__name__
        return f'tfp.distributions.{kind}("{self.name}"{"".join(shapes)}, dtype={self.dtype.name})'

    def __repr__(self) -> str:
        return (
            f"<tfp.distributions.{type(self).__name__} '{self.name}'"
            f" batch_shape={_as_tuple(self.batch_shape)}"
            f" event_shape={_as_tuple(self.event_shape)} dtype={self.dtype.name}>"
        )

    def _name_scope(self, name: str | None, values: Any = None) -> _Scopes:
        return _Scopes(self._name, name, values)

    def _lacks(self, what: str) -> NotImplementedError:
        return NotImplementedError(f"{what} is not implemented: {type(self).__name__}")

    # ---- Shapes ----

    @classmethod
    def param_shapes(
        cls, sample_shape: TensorLike, name: str = "DistributionParamShapes"
    ) -> dict[str, Tensor]:
        """The shapes that parameters must have for `sample()` to have a shape.

        Args:
          sample_shape: [rank]; int32.
          name: a name for the operations.
        """
        with name_scope(name, values=[sample_shape]):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape: Any) -> dict[str, TensorShape]:
        """`param_shapes` of a shape that is known before the graph runs.

        Raises:
          ValueError: it is not known.
        """
        if isinstance(sample_shape, Tensor):
            sample_shape = constant_value_as_shape(sample_shape)
        shape = TensorShape(sample_shape)
        if not shape.is_fully_defined():
            raise ValueError("TensorShape sample_shape must be fully defined")
        found = {}
        for key, parameter in cls.param_shapes(shape.as_list()).items():
            value = constant_value(parameter)
            if value is None:
                raise ValueError("sample_shape must be a fully-defined TensorShape or list.")
            found[key] = TensorShape(value.tolist())
        return found

    @staticmethod
    def _param_shapes(sample_shape: TensorLike) -> dict[str, Tensor]:
        raise NotImplementedError("_param_shapes not implemented")

    def _batch_shape_tensor(self) -> Tensor:
        raise self._lacks("batch_shape_tensor")

    def _batch_shape(self) -> TensorShape:
        return TensorShape(None)

    def _event_shape_tensor(self) -> Tensor:
        raise self._lacks("event_shape_tensor")

    def _event_shape(self) -> TensorShape:
        return TensorShape(None)

    @property
    def batch_shape(self) -> TensorShape:
        """The shape of the batch of distributions, as far as it is known."""
        return TensorShape(self._batch_shape())

    @property
    def event_shape(self) -> TensorShape:
        """The shape of a sample of one distribution, as far as it is known."""
        return TensorShape(self._event_shape())

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """The shape of the batch of distributions; int32."""
        with self._name_scope(name):
            known = self.batch_shape
            if known.is_fully_defined():
                return convert_to_tensor(known.as_list(), dtype=int32, name="batch_shape")
            return self._batch_shape_tensor()

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Tensor:
        """The shape of a sample of one distribution; int32."""
        with self._name_scope(name):
            known = self.event_shape
            if known.is_fully_defined():
                return convert_to_tensor(known.as_list(), dtype=int32, name="event_shape")
            return self._event_shape_tensor()

    def is_scalar_event(self, name: str = "is_scalar_event") -> Tensor:
        """Whether a sample of one distribution is a scalar."""
        with self._name_scope(name):
            return self._is_scalar(self.event_shape, self.event_shape_tensor, "is_scalar_event")

    def is_scalar_batch(self, name: str = "is_scalar_batch") -> Tensor:
        """Whether there is only one distribution, and no batch."""
        with self._name_scope(name):
            return self._is_scalar(self.batch_shape, self.batch_shape_tensor, "is_scalar_batch")

    @staticmethod
    def _is_scalar(known: TensorShape, shape: Callable[[], Tensor], name: str) -> Tensor:
        if known.ndims is not None:
            return convert_to_tensor(known.ndims == 0, name=name)
        return math.equal(array.shape(shape())[0], 0, name=name)

    # ---- Samples ----

    def _sample_n(self, n: Any, seed: Any = None) -> Tensor:
        raise self._lacks("sample_n")

    def sample(
        self, sample_shape: TensorLike = (), seed: int | None = None, name: str = "sample"
    ) -> Tensor:
        """Random events.

        Args:
          sample_shape: how many; int32, a scalar or a vector.
          seed: the op's seed.
          name: a name for the operations.

        Returns:
          A Tensor of shape sample_shape + batch_shape + event_shape.

        Raises:
          ValueError: `sample_shape` has more than one axis.
        """
        return self._call_sample_n(sample_shape, seed, name)

    def _call_sample_n(
        self, sample_shape: TensorLike, seed: int | None, name: str, **kwargs: Any
    ) -> Tensor:
        with self._name_scope(name, values=[sample_shape]):
            sample_shape = convert_to_tensor(sample_shape, dtype=int32, name="sample_shape")
            sample_shape, n = self._expand_sample_shape_to_vector(sample_shape, "sample_shape")
            samples = self._sample_n(n, seed, **kwargs)
            each = array.shape(samples)[1:]
            samples = array.reshape(samples, array.concat([sample_shape, each], 0))
            return self._set_sample_static_shape(samples, sample_shape)

    def _expand_sample_shape_to_vector(self, x: Tensor, name: str) -> tuple[Tensor, Tensor]:
        """A shape as a vector, and how many elements it has."""
        if x.shape.ndims is None:
            return array.reshape(x, [-1]), reduction.reduce_prod(x)
        if x.shape.ndims > 1:
            raise ValueError("Input is neither scalar nor vector.")
        known = constant_value(x)
        if known is None:
            return (x if x.shape.ndims else array.reshape(x, [1])), reduction.reduce_prod(x)
        number = convert_to_tensor(int(known.prod()), dtype=x.dtype, name="prod")
        vector = x if x.shape.ndims else convert_to_tensor(known.reshape(1), name=name)
        return vector, number

    def _set_sample_static_shape(self, x: Tensor, sample_shape: Tensor) -> Tensor:
        known = constant_value_as_shape(sample_shape)
        batch, event = self.batch_shape, self.event_shape
        x.set_shape(TensorShape(known).concatenate(batch).concatenate(event))
        return x

    # ---- Probabilities ----

    def _log_prob(self, value: Any) -> Tensor:
        raise self._lacks("log_prob")

    def _prob(self, value: Any) -> Tensor:
        raise self._lacks("prob")

    def _log_cdf(self, value: Any) -> Tensor:
        raise self._lacks("log_cdf")

    def _cdf(self, value: Any) -> Tensor:
        raise self._lacks("cdf")

    def _log_survival_function(self, value: Any) -> Tensor:
        raise self._lacks("log_survival_function")

    def _survival_function(self, value: Any) -> Tensor:
        raise self._lacks("survival_function")

    def _quantile(self, value: Any) -> Tensor:
        raise self._lacks("quantile")

    def _of_value(
        self, value: Any, name: str, ways: tuple[Callable[[Tensor], Tensor], ...], **kwargs: Any
    ) -> Tensor:
        """What the first of some ways that is known makes of a value.

        Raises:
          NotImplementedError: none is known; the error is that of the first.
        """
        with self._name_scope(name, values=[value]):
            value = convert_to_tensor(value, name="value", preferred_dtype=self.dtype)
            first = None
            for way in ways:
                try:
                    return way(value, **kwargs)
                except NotImplementedError as error:
                    first = first or error
            assert first is not None
            raise first

    def log_prob(self, value: TensorLike, name: str = "log_prob") -> Tensor:
        """The logarithm of the probability density or mass.

        Args:
          value: an event of each distribution, or of one that broadcasts with them.
          name: a name for the operations.

        Raises:
          NotImplementedError: it is not known for this kind.
        """
        return self._call_log_prob(value, name)

    def _call_log_prob(self, value: Any, name: str, **kwargs: Any) -> Tensor:
        ways = (self._log_prob, lambda x, **kwargs: math.log(self._prob(x, **kwargs)))
        return self._of_value(value, name, ways, **kwargs)

    def prob(self, value: TensorLike, name: str = "prob") -> Tensor:
        """The probability density or mass; see `log_prob`."""
        return self._call_prob(value, name)

    def _call_prob(self, value: Any, name: str, **kwargs: Any) -> Tensor:
        ways = (self._prob, lambda x, **kwargs: math.exp(self._log_prob(x, **kwargs)))
        return self._of_value(value, name, ways, **kwargs)

    def log_cdf(self, value: TensorLike, name: str = "log_cdf") -> Tensor:
        """The logarithm of the probability of events up to `value`; see `log_prob`."""
        return self._call_log_cdf(value, name)

    def _call_log_cdf(self, value: Any, name: str, **kwargs: Any) -> Tensor:
        ways = (self._log_cdf, lambda x, **kwargs: math.log(self._cdf(x, **kwargs)))
        return self._of_value(value, name, ways, **kwargs)

    def cdf(self, value: TensorLike, name: str = "cdf") -> Tensor:
        """The probability of events up to `value`; see `log_prob`."""
        return self._call_cdf(value, name)

    def _call_cdf(self, value: Any, name: str, **kwargs: Any) -> Tensor:
        ways = (self._cdf, lambda x, **kwargs: math.exp(self._log_cdf(x, **kwargs)))
        return self._of_value(value, name, ways, **kwargs)

    def log_survival_function(
        self, value: TensorLike, name: str = "log_survival_function"
    ) -> Tensor:
        """The logarithm of the probability of events beyond `value`; see `log_prob`."""
        return self._call_log_survival_function(value, name)

    def _call_log_survival_function(self, value: Any, name: str, **kwargs: Any) -> Tensor:
        # Without `cdf` there is no way at all, and that is what is said then.
        ways = (
            self._log_survival_function,
            lambda x, **kwargs: math.log1p(-self._cdf_in_any_way(x, **kwargs)),
        )
        return self._of_value(value, name, ways, **kwargs)

    def survival_function(self, value: TensorLike, name: str = "survival_function") -> Tensor:
        """The probability of events beyond `value`; see `log_prob`."""
        return self._call_survival_function(value, name)

    def _call_survival_function(self, value: Any, name: str, **kwargs: Any) -> Tensor:
        ways = (
            self._survival_function,
            lambda x, **kwargs: 1.0 - self._cdf_in_any_way(x, **kwargs),
        )
        return self._of_value(value, name, ways, **kwargs)

    def _cdf_in_any_way(self, value: Any, **kwargs: Any) -> Tensor:
        return self._call_cdf(value, "cdf", **kwargs)

    def quantile(self, value: TensorLike, name: str = "quantile") -> Tensor:
        """The event up to which events have a probability.

        Args:
          value: probabilities from 0 to 1.
          name: a name for the operations.

        Raises:
          NotImplementedError: it is not known for this kind.
        """
        return self._call_quantile(value, name)

    def _call_quantile(self, value: Any, name: str, **kwargs: Any) -> Tensor:
        return self._of_value(value, name, (self._quantile,), **kwargs)

    # ---- Moments ----

    def _entropy(self) -> Tensor:
        raise self._lacks("entropy")

    def _mean(self) -> Tensor:
        raise self._lacks("mean")

    def _variance(self) -> Tensor:
        raise self._lacks("variance")

    def _stddev(self) -> Tensor:
        raise self._lacks("stddev")

    def _covariance(self) -> Tensor:
        raise self._lacks("covariance")

    def _mode(self) -> Tensor:
        raise self._lacks("mode")

    def entropy(self, name: str = "entropy") -> Tensor:
        """The entropy in nats; batch_shape."""
        with self._name_scope(name):
            return self._entropy()

    def mean(self, name: str = "mean") -> Tensor:
        """The mean; batch_shape + event_shape."""
        with self._name_scope(name):
            return self._mean()

    def variance(self, name: str = "variance") -> Tensor:
        """The variance of each element of events; batch_shape + event_shape."""
        with self._name_scope(name):
            try:
                return self._variance()
            except NotImplementedError as error:
                return self._or_else(error, lambda: math.square(self._stddev()))

    def stddev(self, name: str = "stddev") -> Tensor:
        """The standard deviation of each element of events; batch_shape + event_shape."""
        with self._name_scope(name):
            try:
                return self._stddev()
            except NotImplementedError as error:
                return self._or_else(error, lambda: math.sqrt(self._variance()))

    @staticmethod
    def _or_else(error: NotImplementedError, way: Callable[[], Tensor]) -> Tensor:
        try:
            return way()
        except NotImplementedError:
            raise error from None

    def covariance(self, name: str = "covariance") -> Tensor:
        """The covariance of the elements of events; batch_shape + [elements, elements]."""
        with self._name_scope(name):
            return self._covariance()

    def mode(self, name: str = "mode") -> Tensor:
        """The most probable event; batch_shape + event_shape."""
        with self._name_scope(name):
            return self._mode()

    # ---- Distances ----

    def _cross_entropy(self, other: Any) -> Tensor:
        return divergence.cross_entropy(self, other, allow_nan_stats=self.allow_nan_stats)

    def _kl_divergence(self, other: Any) -> Tensor:
        return divergence.kl_divergence(self, other, allow_nan_stats=self.allow_nan_stats)

    def cross_entropy(self, other: Any, name: str = "cross_entropy") -> Tensor:
        """The mean of -log(other.prob(x)) over events x of this distribution, in nats."""
        with self._name_scope(name):
            return self._cross_entropy(other)

    def kl_divergence(self, other: Any, name: str = "kl_divergence") -> Tensor:
        """The Kullback-Leibler divergence to another distribution, in nats; see `RegisterKL`."""
        with self._name_scope(name):
            return self._kl_divergence(other)


class _Scopes:
    """The scope of a distribution, and one in it."""

    def __init__(self, outer: str, inner: str | None, values: Any) -> None:
        self._scopes = [name_scope(outer), name_scope(inner, values=values or [])]

    def __enter__(self) -> None:
        for scope in self._scopes:
            scope.__enter__()

    def __exit__(self, *error: Any) -> None:
        for scope in reversed(self._scopes):
            scope.__exit__(*error)


def _as_tuple(shape: TensorShape) -> str:
    if shape.ndims is None:
        return "<unknown>"
    sizes = ["?" if size is None else str(size) for size in shape.as_list()]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


class ScalarDistribution(Distribution, abc.ABC):
    """A distribution over scalars, whose parameters broadcast to its batch shape."""

    @abc.abstractmethod
    def _batch_parameters(self) -> list[Tensor]:
        """The parameters whose shapes make up the shape of the batch."""

    def _batch_shape(self) -> TensorShape:
        first, *others = (parameter.shape for parameter in self._batch_parameters())
        for other in others:
            first = array.broadcast_static_shape(first, other)
        return first

    def _batch_shape_tensor(self) -> Tensor:
        first, *others = (array.shape(parameter) for parameter in self._batch_parameters())
        for other in others:
            first = array.broadcast_dynamic_shape(first, other)
        return first

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _event_shape_tensor(self) -> Tensor:
        return convert_to_tensor([], dtype=int32)

    def _sample_shape(self, n: Any) -> Tensor:
        """The shape of `n` samples of the batch."""
        return array.concat([[n], self.batch_shape_tensor()], 0)

    def _full(self, x: Tensor) -> Tensor:
        """A tensor in the shape of the batch."""
        if x.shape.is_fully_defined() and x.shape == self.batch_shape:
            return x
        return x * array.ones(self.batch_shape_tensor(), dtype=x.dtype)
