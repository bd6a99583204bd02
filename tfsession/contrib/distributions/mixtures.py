"""Distributions made of others: mixtures, and batches that are taken for events."""

from __future__ import annotations

from typing import Any

from tfsession.distributions.discrete import Categorical
from tfsession.distributions.distribution import (
    NOT_REPARAMETERIZED,
    Distribution,
)
from tfsession.distributions.divergence import RegisterKL, kl_divergence
from tfsession.distributions.tensors import gen_new_seed
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, math, reduction
from tfsession.ops.softmax import log_softmax, softmax
from tfsession.shapes import TensorShape

__all__ = ["Independent", "Mixture", "MixtureSameFamily"]


class Mixture(Distribution):
    """A distribution that draws one of several, and then from that.

    Args:
      cat: a `Categorical` over the components.
      components: Distributions of one dtype and of one shape.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      use_static_graph: accepted; samples are always drawn from all components.
      name: the name scope of its operations.

    Raises:
      TypeError: `cat` is no Categorical, `components` no list of Distributions, or dtypes differ.
      ValueError: there are no components, or shapes or their number do not fit.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Mixture`.
    """

    def __init__(
        self,
        cat: Any,
        components: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        use_static_graph: bool = False,
        name: str = "Mixture",
    ) -> None:
        parameters = dict(locals())
        if not isinstance(cat, Categorical):
            raise TypeError(f"cat must be a Categorical distribution, but saw: {cat}")
        if not components:
            raise ValueError("components must be a non-empty list or tuple")
        if not isinstance(components, (list, tuple)):
            raise TypeError(f"components must be a list or tuple, but saw: {components}")
        if not all(isinstance(c, Distribution) for c in components):
            raise TypeError(
                f"all entries in components must be Distribution instances but saw: {components}"
            )
        dtype = components[0].dtype
        if not all(c.dtype == dtype for c in components):
            found = [(c.name, c.dtype) for c in components]
            raise TypeError(f"All components must have the same dtype, but saw dtypes: {found}")
        count = cat.logits.shape.as_list()[-1]
        if count is not None and count != len(components):
            raise ValueError(f"cat.num_classes != len(components): {count} vs. {len(components)}")
        batch, event = cat.batch_shape, components[0].event_shape
        for component in components:
            batch = batch.merge_with(component.batch_shape)
            event = event.merge_with(component.event_shape)
        with name_scope(name) as scope:
            self._cat, self._components = cat, list(components)
            self._known = TensorShape(batch), TensorShape(event)
        super().__init__(
            dtype=dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=cat.graph_parents,
            name=scope,
        )

    @property
    def cat(self) -> Any:
        """The distribution over the components."""
        return self._cat

    @property
    def components(self) -> list[Any]:
        """What is drawn from."""
        return self._components

    @property
    def num_components(self) -> int:
        """The number of components."""
        return len(self._components)

    def _batch_shape(self) -> TensorShape:
        return self._known[0]

    def _batch_shape_tensor(self) -> Any:
        return self._cat.batch_shape_tensor()

    def _event_shape(self) -> TensorShape:
        return self._known[1]

    def _event_shape_tensor(self) -> Any:
        return self._components[0].event_shape_tensor()

    def _weights(self) -> list[Any]:
        """The probability of each component, with axes of size 1 for those of events."""
        probs = softmax(self.cat.logits)
        ones = [1] * (self._known[1].ndims or 0)
        weights = array.unstack(probs, num=self.num_components, axis=-1)
        if not ones:
            return list(weights)
        return [array.reshape(w, array.concat([array.shape(w), ones], 0)) for w in weights]

    def _averaged(self, values: list[Any]) -> Any:
        total = None
        for weight, value in zip(self._weights(), values, strict=True):
            total = weight * value if total is None else total + weight * value
        return total

    def _mean(self) -> Any:
        return self._averaged([component.mean() for component in self.components])

    def _variance(self) -> Any:
        means = [component.mean() for component in self.components]
        squares = [
            math.square(component.stddev()) + math.square(mean)
            for component, mean in zip(self.components, means, strict=True)
        ]
        return self._averaged(squares) - math.square(self._averaged(means))

    def _stddev(self) -> Any:
        return math.sqrt(self._variance())

    def _mixed(self, logs: list[Any]) -> Any:
        weights = array.unstack(log_softmax(self.cat.logits), num=self.num_components, axis=-1)
        added = [log + weight for log, weight in zip(logs, weights, strict=True)]
        return reduction.reduce_logsumexp(array.stack(added, axis=0), axis=[0])

    def _log_prob(self, value: Any) -> Any:
        return self._mixed([component.log_prob(value) for component in self.components])

    def _log_cdf(self, value: Any) -> Any:
        return self._mixed([component.log_cdf(value) for component in self.components])

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        which = self.cat.sample(n, seed=seed)
        result = None
        for number, component in enumerate(self.components):
            seed = gen_new_seed(seed, "mixture")
            sample = component.sample(n, seed=seed)
            ones = [1] * (self._known[1].ndims or 0)
            is_this = math.equal(which, number)
            is_this = array.reshape(is_this, array.concat([array.shape(which), ones], 0))
            chosen = math.cast(is_this, self.dtype) * sample
            result = chosen if result is None else result + chosen
        return result

    def entropy_lower_bound(self, name: str = "entropy_lower_bound") -> Any:
        """A number that the entropy is not below: the mean of the components' entropies."""
        with self._name_scope(name, values=[self.cat.logits]):
            weights = array.unstack(softmax(self.cat.logits), num=self.num_components, axis=-1)
            parts = [w * c.entropy() for w, c in zip(weights, self.components, strict=True)]
            total = parts[0]
            for part in parts[1:]:
                total += part
            return total


class MixtureSameFamily(Distribution):
    """A mixture whose components are the last axis of the batch of one distribution.

    Args:
      mixture_distribution: a `Categorical`, whose batch is scalar or that of the mixture.
      components_distribution: a Distribution, the last axis of whose batch is that of components.
      validate_args: whether values are checked when the graph runs.
      allow_nan_stats: whether what is undefined is nan; otherwise it is an error.
      name: the name scope of its operations.

    Raises:
      ValueError: the numbers of components differ.

    Source: TensorFlow 1.15 `tf.contrib.distributions.MixtureSameFamily`.
    """

    def __init__(
        self,
        mixture_distribution: Any,
        components_distribution: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MixtureSameFamily",
    ) -> None:
        parameters = dict(locals())
        if not mixture_distribution.dtype.is_integer:
            raise ValueError(
                "`mixture_distribution.dtype` "
                f"({mixture_distribution.dtype.name}) is not over integers"
            )
        batch = components_distribution.batch_shape
        if batch.ndims == 0:
            raise ValueError("`components_distribution` must have at least one batch dimension")
        one = mixture_distribution.logits.shape.as_list()[-1]
        other = None if batch.ndims is None else batch.as_list()[-1]
        if one is not None and other is not None and one != other:
            raise ValueError(
                f"`mixture_distribution components` ({one}) does not equal "
                f"`components_distribution.batch_shape[-1]` ({other})"
            )
        with name_scope(name) as scope:
            self._mixture, self._parts = mixture_distribution, components_distribution
        super().__init__(
            dtype=components_distribution.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=mixture_distribution.graph_parents
            + components_distribution.graph_parents,
            name=scope,
        )

    @property
    def mixture_distribution(self) -> Any:
        """The distribution over the components."""
        return self._mixture

    @property
    def components_distribution(self) -> Any:
        """What is drawn from."""
        return self._parts

    def _batch_shape(self) -> TensorShape:
        return TensorShape(self._parts.batch_shape[:-1])

    def _batch_shape_tensor(self) -> Any:
        return self._parts.batch_shape_tensor()[:-1]

    def _event_shape(self) -> Any:
        return self._parts.event_shape

    def _event_shape_tensor(self) -> Any:
        return self._parts.event_shape_tensor()

    def _event_ndims(self) -> int:
        return self._parts.event_shape.ndims or 0

    def _at_components(self, x: Any) -> Any:
        """A tensor with an axis of size 1 where that of the components is."""
        return array.expand_dims(x, -1 - self._event_ndims())

    def _weights(self, probabilities: Any) -> Any:
        """Probabilities with axes of size 1 for those of events."""
        shape = array.concat([array.shape(probabilities), [1] * self._event_ndims()], 0)
        return array.reshape(probabilities, shape)

    def _sum(self, x: Any) -> Any:
        return reduction.reduce_sum(x, axis=-1 - self._event_ndims())

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        x = self._parts.sample(n, seed=seed)
        which = self._mixture.sample(n, seed=gen_new_seed(seed, "mixture"))
        batch = array.concat([[n], self.batch_shape_tensor()], 0)
        if self._mixture.batch_shape.ndims == 0 and self.batch_shape.ndims != 0:
            which = self._mixture.sample(batch, seed=gen_new_seed(seed, "mixture"))
        count = array.shape(self._mixture.logits)[-1]
        mask = array.one_hot(which, count, on_value=1.0, off_value=0.0, dtype=x.dtype)
        return self._sum(x * self._weights(mask))

    def _log_prob(self, value: Any) -> Any:
        log_prob = self._parts.log_prob(self._at_components(value))
        return reduction.reduce_logsumexp(log_prob + log_softmax(self._mixture.logits), axis=-1)

    def _mean(self) -> Any:
        return self._sum(self._weights(self._mixture.probs) * self._parts.mean())

    def _variance(self) -> Any:
        weights = self._weights(self._mixture.probs)
        deviation = self._parts.mean() - self._at_components(self._mean())
        within = self._sum(weights * self._parts.variance())
        return within + self._sum(weights * math.square(deviation))

    def _cdf(self, value: Any) -> Any:
        cdf = self._parts.cdf(self._at_components(value))
        return reduction.reduce_sum(cdf * self._mixture.probs, axis=-1)


class Independent(Distribution):
    """A distribution of which some axes of the batch are taken for axes of events.

    Args:
      distribution: a Distribution.
      reinterpreted_batch_ndims: how many, the last ones; all but the first when None.
      validate_args: whether values are checked when the graph runs.
      name: the name scope of its operations.

    Raises:
      ValueError: the batch has fewer axes.

    Source: TensorFlow 1.15 `tf.contrib.distributions.Independent`.
    """

    def __init__(
        self,
        distribution: Any,
        reinterpreted_batch_ndims: int | None = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or "Independent" + distribution.name.split("/")[-2]
        rank = distribution.batch_shape.ndims
        with name_scope(name) as scope:
            if reinterpreted_batch_ndims is None:
                reinterpreted_batch_ndims = max(0, rank - 1)
            if rank is not None and reinterpreted_batch_ndims > rank:
                raise ValueError(
                    f"reinterpreted_batch_ndims({reinterpreted_batch_ndims}) cannot exceed "
                    f"distribution.batch_ndims({rank})"
                )
            self._base, self._count = distribution, reinterpreted_batch_ndims
        super().__init__(
            dtype=distribution.dtype,
            reparameterization_type=distribution.reparameterization_type,
            validate_args=validate_args,
            allow_nan_stats=distribution.allow_nan_stats,
            parameters=parameters,
            graph_parents=distribution.graph_parents,
            name=scope,
        )

    @property
    def distribution(self) -> Any:
        """What the axes are those of."""
        return self._base

    @property
    def reinterpreted_batch_ndims(self) -> Any:
        """How many axes of the batch are taken for axes of events."""
        return self._count

    def _batch_shape(self) -> TensorShape:
        shape = self._base.batch_shape
        return TensorShape(shape[: len(shape) - self._count])

    def _batch_shape_tensor(self) -> Any:
        shape = self._base.batch_shape_tensor()
        return shape[: array.shape(shape)[0] - self._count]

    def _event_shape(self) -> TensorShape:
        shape = self._base.batch_shape
        return TensorShape(shape[len(shape) - self._count :]).concatenate(self._base.event_shape)

    def _event_shape_tensor(self) -> Any:
        shape = self._base.batch_shape_tensor()
        own = shape[array.shape(shape)[0] - self._count :]
        return array.concat([own, self._base.event_shape_tensor()], 0)

    def _sum(self, x: Any) -> Any:
        return reduction.reduce_sum(x, axis=list(range(-self._count, 0)))

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return self._base.sample(sample_shape=n, seed=seed)

    def _log_prob(self, value: Any) -> Any:
        return self._sum(self._base.log_prob(value))

    def _entropy(self) -> Any:
        return self._sum(self._base.entropy())

    def _mean(self) -> Any:
        return self._base.mean()

    def _variance(self) -> Any:
        return self._base.variance()

    def _stddev(self) -> Any:
        return self._base.stddev()

    def _mode(self) -> Any:
        return self._base.mode()


@RegisterKL(Independent, Independent)
def _kl_independent(a: Any, b: Any, name: str | None = None) -> Any:
    """The sum of those of the axes that are taken for events.

    Raises:
      ValueError: the shapes of events differ.
    """
    if a.event_shape != b.event_shape:
        raise ValueError("Event shapes do not match.")
    divergence = kl_divergence(a.distribution, b.distribution, name=name)
    return reduction.reduce_sum(divergence, axis=list(range(-a.reinterpreted_batch_ndims, 0)))
