"""Distributions of what bijectors make of samples, and those that take conditions."""

from __future__ import annotations

from typing import Any

from tfsession.contrib.distributions.bijectors import Identity
from tfsession.distributions.distribution import Distribution
from tfsession.dtypes import int32
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value, constant_value_as_shape
from tfsession.ops import array, math, reduction
from tfsession.ops.rearrange import transpose
from tfsession.shapes import TensorShape

__all__ = [
    "ConditionalDistribution",
    "ConditionalTransformedDistribution",
    "TransformedDistribution",
]


class TransformedDistribution(Distribution):
    """The distribution of what a bijector makes of samples of another.

    Args:
      distribution: where samples come from.
      bijector: what is made of them; the identity when None.
      batch_shape: [rank]; int32, a batch of independent copies, where `distribution` is a scalar
        batch.
      event_shape: [rank]; int32, events of independent copies, where events of `distribution` are
        scalars.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations; that of the bijector and the distribution when None.

    Raises:
      ValueError: a shape is given where `distribution` has one.

    Source: TensorFlow 1.15 `tf.contrib.distributions.TransformedDistribution`.
    """

    def __init__(
        self,
        distribution: Any,
        bijector: Any = None,
        batch_shape: TensorLike | None = None,
        event_shape: TensorLike | None = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        self._base = distribution
        self._bijector = Identity(validate_args=validate_args) if bijector is None else bijector
        name = name or self._bijector.name + distribution.name.split("/")[-2]
        with name_scope(name, values=[event_shape, batch_shape]) as scope:
            self._batch_override = self._override(
                batch_shape, distribution.batch_shape, "batch_shape"
            )
            self._event_override = self._override(
                event_shape, distribution.event_shape, "event_shape"
            )
        super().__init__(
            dtype=distribution.dtype,
            reparameterization_type=distribution.reparameterization_type,
            validate_args=validate_args,
            allow_nan_stats=distribution.allow_nan_stats,
            parameters=parameters,
            graph_parents=distribution.graph_parents + self._bijector.graph_parents,
            name=scope,
        )

    @staticmethod
    def _override(shape: Any, own: TensorShape, name: str) -> Any:
        """A shape that is given; None where there is none.

        Raises:
          ValueError: the distribution has a shape of its own.
        """
        if shape is None:
            return None
        given = convert_to_tensor(shape, dtype=int32, name=name)
        known = constant_value(given)
        if known is not None and known.size == 0:
            return None
        if own.ndims is not None and own.ndims > 0:
            raise ValueError(f"base distribution is not scalar: {name}")
        return given

    @property
    def distribution(self) -> Any:
        """Where samples come from."""
        return self._base

    @property
    def bijector(self) -> Any:
        """What is made of them."""
        return self._bijector

    # ---- Shapes ----

    def _base_event_shape(self) -> TensorShape:
        if self._event_override is not None:
            return TensorShape(constant_value_as_shape(self._event_override))
        shape: TensorShape = self._base.event_shape
        return shape

    def _base_event_shape_tensor(self) -> Any:
        if self._event_override is not None:
            return self._event_override
        return self._base.event_shape_tensor()

    def _event_shape(self) -> Any:
        return self._bijector.forward_event_shape(self._base_event_shape())

    def _event_shape_tensor(self) -> Any:
        return self._bijector.forward_event_shape_tensor(self._base_event_shape_tensor())

    def _batch_shape(self) -> Any:
        if self._batch_override is not None:
            return TensorShape(constant_value_as_shape(self._batch_override))
        return self._base.batch_shape

    def _batch_shape_tensor(self) -> Any:
        if self._batch_override is not None:
            return self._batch_override
        return self._base.batch_shape_tensor()

    def _needs_rotation(self) -> bool:
        """Whether the batch of the base comes behind the axes of the given events."""
        return self._event_override is not None and self._base.batch_shape.ndims != 0

    def _rotated(self, x: Any) -> Any:
        """The axes of given events put before those of the batch."""
        if not self._needs_rotation():
            return x
        count = self._event_override.shape.as_list()[0]
        batch = self._base.batch_shape.ndims
        front = list(range(x.shape.ndims - count - batch))
        last = list(range(len(front), x.shape.ndims))
        return transpose(x, front + last[batch:] + last[:batch])

    # ---- Samples ----

    def _sample_n(self, n: Any, seed: Any = None, **distribution_kwargs: Any) -> Any:
        count = convert_to_tensor([n], dtype=int32)
        parts = [count, self._batch_override, self._event_override]
        if self._needs_rotation():
            parts = [self._event_override, count]
        shape = array.concat([part for part in parts if part is not None], 0)
        x = self._base.sample(sample_shape=shape, seed=seed, **distribution_kwargs)
        if not self._needs_rotation():
            return x
        events = self._event_override.shape.as_list()[0]
        return transpose(x, [*range(events, x.shape.ndims), *range(events)])

    def _call_sample_n(self, sample_shape: Any, seed: Any, name: str, **kwargs: Any) -> Any:
        conditions = kwargs.pop("bijector_kwargs", None) or {}
        own = kwargs.pop("distribution_kwargs", None) or {}
        with self._name_scope(name, values=[sample_shape]):
            sample_shape = convert_to_tensor(sample_shape, dtype=int32, name="sample_shape")
            sample_shape, n = self._expand_sample_shape_to_vector(sample_shape, "sample_shape")
            x = self._sample_n(n, seed, **own, **kwargs)
            x = array.reshape(x, array.concat([sample_shape, array.shape(x)[1:]], 0))
            # Nothing comes behind the bijector: it knows what it has made, and of what.
            y = self._bijector.forward(x, **conditions)
            return self._set_sample_static_shape(y, sample_shape)

    # ---- Probabilities ----

    def _event_ndims(self, static: TensorShape, shape: Any) -> Any:
        return array.size(shape()) if static.ndims is None else static.ndims

    def _inverted(self, y: Any, conditions: dict[str, Any]) -> tuple[Any, Any]:
        """What a value comes from, and the logarithm of how volumes change on the way back."""
        x = self._bijector.inverse(y, **conditions)
        event_ndims = self._event_ndims(self.event_shape, self._event_shape_tensor)
        jacobian = self._bijector.inverse_log_det_jacobian(y, event_ndims=event_ndims, **conditions)
        return x, jacobian

    def _log_prob(
        self, value: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        x, jacobian = self._inverted(value, bijector_kwargs or {})
        if isinstance(x, tuple):
            logs = [
                self._fiber(each, volume, distribution_kwargs or {})
                for each, volume in zip(x, jacobian, strict=True)
            ]
            return reduction.reduce_logsumexp(array.stack(logs), axis=0)
        return self._fiber(x, jacobian, distribution_kwargs or {})

    def _fiber(self, x: Any, jacobian: Any, conditions: dict[str, Any]) -> Any:
        log_prob = self._base.log_prob(self._rotated(x), **conditions)
        if self._event_override is not None:
            count = self._event_override.shape.as_list()[0]
            axes = (
                list(range(-self._base.batch_shape.ndims - count, -self._base.batch_shape.ndims))
                if self._needs_rotation()
                else list(range(-count, 0))
            )
            log_prob = reduction.reduce_sum(log_prob, axis=axes)
        return jacobian + log_prob

    def _prob(self, value: Any, **kwargs: Any) -> Any:
        return math.exp(self._log_prob(value, **kwargs))

    def _of_scalars(self, what: str) -> None:
        if self._event_override is not None:
            raise NotImplementedError(f"{what} is not implemented when overriding event_shape")

    def _cdf(self, value: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None) -> Any:
        self._of_scalars("cdf")
        x = self._bijector.inverse(value, **(bijector_kwargs or {}))
        return self._base.cdf(x, **(distribution_kwargs or {}))

    def _log_cdf(
        self, value: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        self._of_scalars("log_cdf")
        x = self._bijector.inverse(value, **(bijector_kwargs or {}))
        return self._base.log_cdf(x, **(distribution_kwargs or {}))

    def _survival_function(
        self, value: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        self._of_scalars("survival_function")
        x = self._bijector.inverse(value, **(bijector_kwargs or {}))
        return self._base.survival_function(x, **(distribution_kwargs or {}))

    def _log_survival_function(
        self, value: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        self._of_scalars("log_survival_function")
        x = self._bijector.inverse(value, **(bijector_kwargs or {}))
        return self._base.log_survival_function(x, **(distribution_kwargs or {}))

    def _quantile(
        self, value: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        self._of_scalars("quantile")
        inverse = self._base.quantile(value, **(distribution_kwargs or {}))
        return self._bijector.forward(inverse, **(bijector_kwargs or {}))

    def _entropy(self) -> Any:
        if not self._bijector.is_constant_jacobian:
            raise NotImplementedError("entropy is not implemented")
        entropy = self._base.entropy()
        if self._event_override is not None:
            count = reduction.reduce_prod(self._event_override)
            entropy *= math.cast(count, entropy.dtype)
        if self._batch_override is not None:
            entropy *= array.ones(self._batch_override, dtype=entropy.dtype)
        shape = self._event_shape()
        known = shape.is_fully_defined()
        zeros = array.zeros(
            shape.as_list() if known else self._event_shape_tensor(), dtype=self.dtype
        )
        event_ndims = self._event_ndims(shape, self._event_shape_tensor)
        entropy -= self._bijector.inverse_log_det_jacobian(zeros, event_ndims=event_ndims)
        entropy.set_shape(self.batch_shape)
        return entropy


class ConditionalDistribution(Distribution):
    """A distribution whose methods take conditions by name.

    Source: TensorFlow 1.15 `tf.contrib.distributions.ConditionalDistribution`.
    """

    def sample(
        self,
        sample_shape: TensorLike = (),
        seed: int | None = None,
        name: str = "sample",
        **condition_kwargs: Any,
    ) -> Any:
        """Random events under conditions; see `Distribution`."""
        return self._call_sample_n(sample_shape, seed, name, **condition_kwargs)

    def log_prob(self, value: TensorLike, name: str = "log_prob", **condition_kwargs: Any) -> Any:
        """See `Distribution`."""
        return self._call_log_prob(value, name, **condition_kwargs)

    def prob(self, value: TensorLike, name: str = "prob", **condition_kwargs: Any) -> Any:
        """See `Distribution`."""
        return self._call_prob(value, name, **condition_kwargs)

    def log_cdf(self, value: TensorLike, name: str = "log_cdf", **condition_kwargs: Any) -> Any:
        """See `Distribution`."""
        return self._call_log_cdf(value, name, **condition_kwargs)

    def cdf(self, value: TensorLike, name: str = "cdf", **condition_kwargs: Any) -> Any:
        """See `Distribution`."""
        return self._call_cdf(value, name, **condition_kwargs)

    def log_survival_function(
        self, value: TensorLike, name: str = "log_survival_function", **condition_kwargs: Any
    ) -> Any:
        """See `Distribution`."""
        return self._call_log_survival_function(value, name, **condition_kwargs)

    def survival_function(
        self, value: TensorLike, name: str = "survival_function", **condition_kwargs: Any
    ) -> Any:
        """See `Distribution`."""
        return self._call_survival_function(value, name, **condition_kwargs)

    def quantile(self, value: TensorLike, name: str = "quantile", **condition_kwargs: Any) -> Any:
        """See `Distribution`."""
        return self._call_quantile(value, name, **condition_kwargs)


class ConditionalTransformedDistribution(ConditionalDistribution, TransformedDistribution):
    """A `TransformedDistribution` whose methods take `bijector_kwargs` and `distribution_kwargs`.

    Source: TensorFlow 1.15 `tf.contrib.distributions.ConditionalTransformedDistribution`.
    """
