"""Metrics: layers that keep counts, and compute a result of them."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from tfsession.graph import scopes
from tfsession.keras.losses.reduction import fitted
from tfsession.layers.abstract import Layer
from tfsession.layers.sessions import set_values
from tfsession.layers.settings import floatx
from tfsession.ops import array, math, reduction
from tfsession.ops.weights import broadcast_weights
from tfsession.variables.variable import VariableAggregation, VariableSynchronization

__all__ = ["Mean", "MeanMetricWrapper", "MeanRelativeError", "MeanTensor", "Metric", "Sum"]


class Metric(Layer):
    """A metric; a subclass makes its variables by `add_weight`, and defines two methods.

    `update_state` takes the values of a batch into account, and `result` computes the metric from
    the variables. A call does both.

    Args:
      name: the name.
      dtype: the DType of the variables; `floatx` when None.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.metrics.Metric`.
    """

    _is_metric = True
    stateful = True

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Makes a metric whose updates are known to it, and whose results know it."""
        made = super().__new__(cls)
        made.update_state = types.MethodType(_noted(cls.update_state), made)  # type: ignore[method-assign]
        made.result = types.MethodType(_known(cls.result), made)  # type: ignore[method-assign]
        return made

    def __init__(self, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=floatx() if dtype is None else dtype, **kwargs)
        self.built = True

    # What it was called with by a layer that added it, and returned.
    call_result: Any = None

    @property
    def dtype(self) -> str:
        """The name of the DType of the variables."""
        return self._dtype or floatx()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Takes the values of a batch into account, and returns the result after that."""
        update = self.update_state(*args, **kwargs)
        with scopes.control_dependencies([update] if update is not None else []):
            result = self.result()
            result._metric_obj = self
            return result

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Takes the values of a batch into account.

        Raises:
          NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError("Must be implemented in subclasses.")

    def result(self) -> Any:
        """The metric, from the variables.

        Raises:
          NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError("Must be implemented in subclasses.")

    def reset_states(self) -> None:
        """Sets the variables to zero."""
        set_values([(v, np.zeros(v.shape.as_list())) for v in self.variables])

    def add_weight(  # type: ignore[override]  # TensorFlow's order of arguments
        self,
        name: str,
        shape: Any = (),
        aggregation: VariableAggregation = VariableAggregation.SUM,
        synchronization: VariableSynchronization = VariableSynchronization.ON_READ,
        initializer: Any = None,
        dtype: Any = None,
    ) -> Any:
        """Makes a variable of the metric, which is not trained."""
        return super().add_weight(
            name=name,
            shape=shape,
            dtype=self.dtype if dtype is None else dtype,
            trainable=False,
            initializer=initializer,
            collections=[scopes.GraphKeys.GLOBAL_VARIABLES],
            synchronization=synchronization,
            aggregation=aggregation,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype} | {
            name: getattr(self, name) for name in self._CONFIG
        }


def _noted(update_state: Callable[..., Any]) -> Callable[..., Any]:
    def noted(self: Metric, *args: Any, **kwargs: Any) -> Any:
        update = update_state(self, *args, **kwargs)
        if update is not None:
            self.add_update(update)
        return update

    return noted


def _known(result: Callable[..., Any]) -> Callable[..., Any]:
    def known(self: Metric, *args: Any) -> Any:
        value = array.identity(result(self, *args))
        value._metric_obj = self
        return value

    return known


class _Reduce(Metric):
    """The sum of values, and how many there were, where the mean is asked for."""

    _counts: ClassVar[bool]

    def __init__(self, name: str | None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_weight("total", initializer="zeros")
        if self._counts:
            self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Adds values, times their weights."""
        values = math.cast(values, self.dtype)
        if sample_weight is not None:
            values, sample_weight = _with_weights(values, sample_weight, self.dtype)
            values = math.multiply(values, sample_weight)
        total = reduction.reduce_sum(values)
        with scopes.control_dependencies([total]):
            added = self.total.assign_add(total)
        if not self._counts:
            return added
        if sample_weight is None:
            count = math.cast(array.size(values), self.dtype)
        else:
            count = reduction.reduce_sum(sample_weight)
        with scopes.control_dependencies([added]):
            return self.count.assign_add(count)

    def result(self) -> Any:
        """The sum, or the mean."""
        if self._counts:
            return math.div_no_nan(self.total, self.count)
        return array.identity(self.total)


def _with_weights(values: Any, sample_weight: Any, dtype: Any) -> tuple[Any, Any]:
    """Values and weights of one shape: values of more axes are averaged over these."""
    sample_weight = math.cast(sample_weight, dtype)
    values, _, sample_weight = fitted(values, None, sample_weight)
    try:
        sample_weight = broadcast_weights(sample_weight, values)
    except ValueError:
        rank, of_weights = len(values.shape), len(sample_weight.shape)
        values = reduction.reduce_mean(values, list(range(of_weights, rank)))
    return values, sample_weight


class Sum(_Reduce):
    """The sum of values.

    Source: TensorFlow 1.15 `tf.keras.metrics.Sum`.
    """

    _counts = False

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)


class Mean(_Reduce):
    """The mean of values.

    Source: TensorFlow 1.15 `tf.keras.metrics.Mean`.
    """

    _counts = True

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)


class MeanRelativeError(Mean):
    """The mean of the differences over a normalizer.

    Args:
      normalizer: of the shape of the predictions.
      name, dtype: as of `Metric`.

    Source: TensorFlow 1.15 `tf.keras.metrics.MeanRelativeError`.
    """

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.normalizer = math.cast(normalizer, self.dtype)

    def update_state(  # type: ignore[override]  # truth and prediction make the values
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        """Adds the relative errors of a batch."""
        y_true = math.cast(y_true, self.dtype)
        y_pred, y_true, _ = fitted(math.cast(y_pred, self.dtype), y_true)
        errors = math.div_no_nan(math.abs(y_true - y_pred), self.normalizer)
        return super().update_state(errors, sample_weight=sample_weight)


class MeanMetricWrapper(Mean):
    """The mean of a function of truth and prediction.

    Args:
      fn: maps `y_true` and `y_pred` to values.
      name, dtype: as of `Metric`.
      **kwargs: further arguments of `fn`.

    Source: TensorFlow 1.15 `tf.keras.metrics` `MeanMetricWrapper`.
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(  # type: ignore[override]  # truth and prediction make the values
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        """Adds the values of a batch."""
        y_true = math.cast(y_true, self.dtype)
        y_pred = math.cast(y_pred, self.dtype)
        y_pred, y_true, _ = fitted(y_pred, y_true)
        matches = self._fn(y_true, y_pred, **self._fn_kwargs)
        return super().update_state(matches, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return super().get_config() | self._fn_kwargs


class MeanTensor(Metric):
    """The mean of tensors, element by element.

    Args:
      name, dtype: as of `Metric`.

    Source: TensorFlow 1.15 `tf.keras.metrics.MeanTensor`.
    """

    def __init__(self, name: str | None = "mean_tensor", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self._shape: Any = None
        self.total: Any = None
        self.count: Any = None
        self.built = False

    def _build(self, shape: Any) -> None:
        self._shape = shape
        self.total = self.add_weight("total", shape=shape, initializer="zeros")
        self.count = self.add_weight("count", shape=shape, initializer="zeros")
        self.built = True

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Adds a tensor.

        Raises:
          ValueError: it has another shape than the first one.
        """
        values = math.cast(values, self.dtype)
        if not self.built:
            self._build(values.shape)
        elif values.shape != self._shape:
            raise ValueError(
                "MeanTensor input values must always have the same shape. Expected shape (set "
                f"during the first call): {self._shape}. Got: {values.shape}"
            )
        count = array.ones_like(values)
        if sample_weight is not None:
            values, sample_weight = _with_weights(values, sample_weight, self.dtype)
            count = math.multiply(count, sample_weight)
            values = math.multiply(values, sample_weight)
        added = self.total.assign_add(values)
        with scopes.control_dependencies([added]):
            return self.count.assign_add(count)

    def result(self) -> Any:
        """The mean.

        Raises:
          ValueError: no tensor was added.
        """
        if not self.built:
            raise ValueError(
                "MeanTensor does not have any result yet. Please call the MeanTensor instance or "
                "use `.update_state(value)` before retrieving the result."
            )
        return math.div_no_nan(self.total, self.count)

    def reset_states(self) -> None:
        """Sets the variables to zero."""
        if self.built:
            super().reset_states()
