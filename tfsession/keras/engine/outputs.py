"""What a compiled model knows of each output: its loss, its target, its weights, its metrics."""

from __future__ import annotations

from typing import Any

from tfsession.keras import losses, metrics as metrics_namespace
from tfsession.keras.backend.tensors import constant, int_shape, placeholder
from tfsession.keras.losses.classes import Loss, LossFunctionWrapper
from tfsession.keras.metrics.base import Mean, MeanMetricWrapper, Metric
from tfsession.layers.settings import floatx
from tfsession.ops.array import placeholder_with_default

__all__ = ["Output", "by_output", "loss_of", "metric_of"]


class Output:
    """An output of a model that is trained.

    Attributes:
      tensor: the output.
      name: its name.
      loss: what it is trained with; None where it is not.
      loss_weight: the factor of its loss.
      target: what it is compared with.
      sample_weight: the weights of samples; None as long as none were given.
      weight_mode: "temporal" where each step of a sequence has a weight.
      metrics, weighted_metrics: by their names.
      loss_metric: the mean of its loss, where there are several outputs.
    """

    def __init__(self, tensor: Any, name: str, loss: Any, loss_weight: float) -> None:
        self.tensor = tensor
        self.name = name
        self.loss = loss
        self.loss_weight = loss_weight
        self.target: Any = None
        self.is_fed = False
        self.sample_weight: Any = None
        self.weight_mode: Any = None
        self.metrics: dict[str, Metric] = {}
        self.weighted_metrics: dict[str, Metric] = {}
        self.loss_metric: Any = None

    @property
    def loss_name(self) -> str:
        """The name under which its loss is reported."""
        return f"{self.name}_loss"

    def make_target(self, given: Any) -> None:
        """Makes the placeholder of the target, if no tensor was given."""
        if self.loss is None:
            return
        if given is not None:
            self.target = given
            self.is_fed = getattr(given.op, "type", "") == "Placeholder"
            return
        self.target = placeholder(
            ndim=len(self.tensor.shape), name=f"{self.name}_target", dtype=self._target_dtype()
        )
        self.is_fed = True

    def _target_dtype(self) -> str:
        dtype: str = self.tensor.dtype.base_dtype.name
        return dtype

    def make_sample_weight(self) -> None:
        """Makes the placeholder of the weights, which are 1 where none are fed."""
        if self.loss is None:
            return
        temporal = self.weight_mode == "temporal"
        self.sample_weight = placeholder_with_default(
            constant([[1.0]] if temporal else [1.0], dtype=floatx()),
            shape=[None, None] if temporal else [None],
            name=f"{self.name}_sample_weights",
        )

    def target_shape(self) -> Any:
        """The shape of what is fed as target; None where the loss takes any."""
        function = getattr(self.loss, "fn", None)
        shape = int_shape(self.tensor)
        sparse = losses.sparse_categorical_crossentropy
        if function is sparse:
            return (*shape[:-1], 1)
        known = function is not None and function in vars(losses).values()
        return shape if known else None


def loss_of(loss: Any) -> Any:
    """The object of a loss: of a name, a function or an object; None stays None."""
    if loss is None or isinstance(loss, Loss):
        return loss
    found = losses.get(loss)
    if isinstance(found, Loss):
        return found
    if isinstance(found, type):
        return found()
    return LossFunctionWrapper(found, name=getattr(found, "__name__", type(found).__name__))


def metric_of(metric: Any, output: Output, is_weighted: bool) -> tuple[str, Metric]:
    """The name and the object of a metric: of a name, a function or an object."""
    if isinstance(metric, Metric):
        return metric.name, metric
    prefix = "weighted_" if is_weighted else ""
    if metric in ("accuracy", "acc", "crossentropy", "ce"):
        name = "acc" if metric in ("accuracy", "acc") else "ce"
        function = _fitting(metric, output)
    else:
        function = metrics_namespace.get(metric)
        if isinstance(function, Metric):
            return function.name, function
        name = str(
            getattr(function, "name", None)
            or getattr(function, "__name__", type(function).__name__)
        )
    return prefix + name, MeanMetricWrapper(function, name=prefix + name)


def _fitting(metric: str, output: Output) -> Any:
    """The accuracy, or the cross entropy, that fits an output and its loss."""
    is_accuracy = metric in ("accuracy", "acc")
    function = getattr(output.loss, "fn", output.loss)
    is_binary = function is losses.binary_crossentropy or int_shape(output.tensor)[-1] == 1
    if is_binary:
        kind = "binary"
    elif function is losses.sparse_categorical_crossentropy:
        kind = "sparse_categorical"
    else:
        kind = "categorical"
    return getattr(metrics_namespace, f"{kind}_{'accuracy' if is_accuracy else 'crossentropy'}")


def by_output(given: Any, names: list[str], what: str, default: Any = None) -> list[Any]:
    """What was given for each output: as a dict by their names, a list, or one for all.

    Raises:
      ValueError: a name is no output, or a list has more or fewer entries.
    """
    if isinstance(given, dict):
        unknown = set(given) - set(names)
        if unknown:
            raise ValueError(
                f"Unknown entries in {what} dictionary: {sorted(unknown)}. Only expected following "
                f"keys: {names}"
            )
        return [given.get(name, default) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ValueError(
                f"When passing a list as {what}, it should have one entry per model output. The "
                f"model has {len(names)} outputs, but you passed {what}={given}"
            )
        return list(given)
    return [default if given is None else given] * len(names)


def mean_of_loss(output: Output) -> Mean:
    """The metric that reports the loss of one of several outputs."""
    return Mean(name=output.loss_name)
