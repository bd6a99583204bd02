"""Losses and metrics that layers and networks add, beside those of a compiled model."""

from __future__ import annotations

from typing import Any

from tfsession.keras.metrics.base import Mean
from tfsession.layers.abstract import Layer

__all__ = ["AddLoss", "AddMetric", "metric_of"]


def metric_of(layer: Layer, value: Any, aggregation: str | None, name: str | None) -> Any:
    """The metric that keeps a value which a layer adds, and its results of each batch.

    Raises:
      ValueError: it is not clear how batches are put together, or under which name.
    """
    known = getattr(value, "_metric_obj", None)
    if known is not None:
        if aggregation is not None:
            raise ValueError(
                "Using the result of calling a `Metric` object when calling `add_metric` with "
                "aggregation is not supported"
            )
        known.call_result = value
        return known
    if aggregation is None:
        raise ValueError(
            "`aggregation` must be specified when passing a tensor to `add_metric`. Currently, "
            "only `mean` is supported: layer "
            f"{layer.name}"
        )
    if name is None:
        raise ValueError(
            "Please provide a name for your metric like "
            "`self.add_metric(tf.reduce_sum(inputs), name='mean_activation', aggregation='mean')`"
        )
    metric = Mean(name=name, dtype=value.dtype.base_dtype)
    metric.call_result = metric(value)
    return metric


class AddLoss(Layer):
    """Adds its input as a loss.

    Args:
      unconditional: whether the loss depends on no input.
      **kwargs: what `Layer` takes.
    """

    def __init__(self, unconditional: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unconditional = unconditional

    def call(self, inputs: Any) -> Any:
        """Returns the inputs."""
        self.add_loss(inputs, inputs=None if self.unconditional else inputs)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return super().get_config() | {"unconditional": self.unconditional}


class AddMetric(Layer):
    """Adds its input as a metric.

    Args:
      aggregation: "mean".
      metric_name: the name under which it is reported.
      **kwargs: what `Layer` takes.
    """

    def __init__(self, aggregation: Any = None, metric_name: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.aggregation = aggregation
        self.metric_name = metric_name

    def call(self, inputs: Any) -> Any:
        """Returns the inputs."""
        self.add_metric(inputs, self.aggregation, self.metric_name)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return super().get_config() | {
            "aggregation": self.aggregation,
            "metric_name": self.metric_name,
        }
