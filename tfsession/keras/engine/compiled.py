"""What `compile` makes: losses and metrics in the graph, and the functions that train and test."""

from __future__ import annotations

from typing import Any

from tfsession.graph.scopes import name_scope
from tfsession.keras.backend.state import GraphFunction
from tfsession.keras.engine.outputs import Output, by_output, loss_of, mean_of_loss, metric_of
from tfsession.keras.losses.reduction import Reduction, fitted, reduced, weighted
from tfsession.layers.phase import learning_phase
from tfsession.ops import math

__all__ = ["Compiled"]


class Compiled:
    """The loss of a model, its metrics, and its functions.

    Args:
      model: the model.
      optimizer: the optimizer.
      loss, metrics, loss_weights, sample_weight_mode, weighted_metrics, target_tensors: as of
        `Model.compile`.
      **kwargs: those of `Session.run` that functions take.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        sample_weight_mode: Any = None,
        weighted_metrics: Any = None,
        target_tensors: Any = None,
        **kwargs: Any,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.session_arguments = kwargs
        names = model.output_names
        given_losses = by_output(loss, names, "`loss`")
        weights = by_output(loss_weights, names, "loss_weights", 1.0)
        self.outputs = [
            Output(tensor, name, loss_of(given), weight)
            for tensor, name, given, weight in zip(
                model.outputs, names, given_losses, weights, strict=True
            )
        ]
        self._name_metrics(metrics, weighted_metrics)
        targets = self._targets(target_tensors, names)
        for output, target in zip(self.outputs, targets, strict=True):
            output.make_target(target)
        modes = by_output(sample_weight_mode, names, "sample_weight_mode")
        for output, mode in zip(self.outputs, modes, strict=True):
            output.weight_mode = mode
            if mode == "temporal":
                output.make_sample_weight()
        self._make_metrics()
        self.metrics_tensors: dict[str, Any] = {}
        self.total_loss: Any = None
        self._connect_metrics(is_weighted=False)
        self.connect_loss()
        self._functions: dict[str, GraphFunction] = {}

    @staticmethod
    def _targets(given: Any, names: list[str]) -> list[Any]:
        if given is None or (isinstance(given, (list, tuple)) and not given):
            return [None] * len(names)
        if isinstance(given, (list, tuple)) and len(given) != len(names):
            raise ValueError(
                "When passing a list as `target_tensors`, it should have one entry per model "
                f"output. The model has {len(names)} outputs, but you passed target_tensors={given}"
            )
        return by_output(given, names, "target_tensors")

    # ---- Metrics ----

    def _name_metrics(self, metrics: Any, weighted_metrics: Any) -> None:
        """Distributes the metrics over outputs; those that are objects have their variables."""
        self._given = [self._listed(given) for given in (metrics, weighted_metrics)]

    def _listed(self, given: Any) -> list[list[Any]]:
        names = [output.name for output in self.outputs]
        if isinstance(given, dict):
            each = by_output(given, names, "metrics")
        elif given and any(isinstance(entry, (list, tuple)) for entry in given):
            each = by_output(list(given), names, "`metrics`")
        else:
            each = [given] * len(names)
        lists: list[list[Any]] = []
        for entry in each:
            if entry is None:
                lists.append([])
            elif isinstance(entry, (list, tuple)):
                lists.append(list(entry))
            else:
                lists.append([entry])
        is_shared = len(names) > 1 and not isinstance(given, dict) and lists and each[0] is given
        return [[_copied(m) for m in one] if is_shared else one for one in lists]

    def _make_metrics(self) -> None:
        for index, output in enumerate(self.outputs):
            if output.loss is None:
                continue
            for is_weighted, given in enumerate(self._given):
                found = output.weighted_metrics if is_weighted else output.metrics
                for entry in given[index]:
                    name, metric = metric_of(entry, output, bool(is_weighted))
                    name = self._unique(name, output)
                    metric.rename(name)
                    found[name] = metric
        if len(self.trained) > 1 or len(self.outputs) > 1:
            for output in self.trained:
                output.loss_metric = mean_of_loss(output)

    def _unique(self, name: str, output: Output) -> str:
        if len(self.outputs) > 1:
            name = f"{output.name}_{name}"
        taken = {key for o in self.outputs for key in (*o.metrics, *o.weighted_metrics)}
        unique, number = name, 1
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        return unique

    @property
    def trained(self) -> list[Output]:
        """The outputs that have a loss."""
        return [output for output in self.outputs if output.loss is not None]

    @property
    def metrics(self) -> list[Any]:
        """All metrics: first the losses of outputs, then those of outputs, then those of layers."""
        found = [o.loss_metric for o in self.trained if o.loss_metric is not None]
        for output in self.outputs:
            found += [*output.metrics.values(), *output.weighted_metrics.values()]
        found += self.model.layer_metrics()
        return found

    @property
    def metrics_names(self) -> list[str]:
        """ "loss", and the names of all metrics."""
        return ["loss", *(metric.name for metric in self.metrics)]

    def _connect_metrics(self, is_weighted: bool) -> None:
        with name_scope("metrics"):
            for output in self.outputs:
                found = output.weighted_metrics if is_weighted else output.metrics
                for name, metric in found.items():
                    with name_scope(name):
                        weights = _masked_weights(output) if is_weighted else _mask_of(output)
                        self.metrics_tensors[name] = metric(
                            output.target, output.tensor, sample_weight=weights
                        )

    # ---- Loss ----

    def connect_loss(self) -> None:
        """Makes the losses, and the metrics that take weights, for the weights there are."""
        self._connect_metrics(is_weighted=True)
        with name_scope("loss"):
            self.total_loss = self._total()
        self._functions = {}

    def _total(self) -> Any:
        total: Any = None
        for output in self.trained:
            with name_scope(output.loss_name):
                loss = _loss(output)
            if output.loss_metric is not None:
                self.metrics_tensors[output.loss_name] = output.loss_metric(loss)
            part = output.loss_weight * loss
            total = part if total is None else total + part
        if total is None and not self.model.losses:
            raise ValueError("The model cannot be compiled because it has no loss to optimize.")
        custom = self.model.losses
        if custom:
            # Asked for again, as in TensorFlow: the losses of variables are made anew.
            added = math.add_n(self.model.losses)
            total = added if total is None else total + added
        return total

    def use_sample_weights(self) -> None:
        """Makes the placeholders of weights, and all that depends on them, if there are none."""
        if all(output.sample_weight is not None for output in self.trained):
            return
        for output in self.trained:
            if output.sample_weight is None:
                output.make_sample_weight()
        self.connect_loss()

    # ---- Functions ----

    @property
    def feed_outputs(self) -> list[Output]:
        """The outputs whose targets are fed."""
        return [output for output in self.trained if output.is_fed]

    def _feeds(self) -> list[Any]:
        weights = [o.sample_weight for o in self.trained if o.sample_weight is not None]
        return [*self.model.feed_inputs, *(o.target for o in self.feed_outputs), *weights]

    def _results(self) -> list[Any]:
        tensors = [
            self.metrics_tensors.get(metric.name, getattr(metric, "call_result", None))
            for metric in self.metrics
        ]
        return [self.total_loss, *tensors]

    def train_function(self) -> GraphFunction:
        """Trains on a batch; returns the loss and the metrics."""
        if "train" not in self._functions:
            inputs = self._feeds()
            phase = learning_phase()
            inputs += [] if isinstance(phase, int) else [phase]
            with name_scope("training"):
                with name_scope(type(self.optimizer).__name__):
                    updates = self.optimizer.get_updates(
                        params=self.model.collected_trainable_weights, loss=self.total_loss
                    )
                updates += self.model.get_updates_for(None)
                updates += self.model.get_updates_for(self.model.inputs)
            with name_scope("training"):
                self._functions["train"] = GraphFunction(
                    inputs,
                    self._results(),
                    updates=updates,
                    name="train_function",
                    **self.session_arguments,
                )
        return self._functions["train"]

    def test_function(self) -> GraphFunction:
        """Returns the loss and the metrics of a batch."""
        if "test" not in self._functions:
            inputs = self._feeds()
            phase = learning_phase()
            inputs += [] if isinstance(phase, int) else [phase]
            with name_scope("evaluation"):
                self._functions["test"] = GraphFunction(
                    inputs,
                    self._results(),
                    updates=self.model.state_updates,
                    name="test_function",
                    **self.session_arguments,
                )
        return self._functions["test"]


def _copied(metric: Any) -> Any:
    """A metric of its own for each output."""
    if hasattr(metric, "get_config") and hasattr(metric, "update_state"):
        return type(metric).from_config(metric.get_config())
    return metric


def _mask_of(output: Output) -> Any:
    mask = getattr(output.tensor, "_keras_mask", None)
    return None if mask is None else math.cast(mask, output.tensor.dtype)


def _masked_weights(output: Output) -> Any:
    """The weights of samples, 0 where an output is masked."""
    mask = _mask_of(output)
    if mask is None or output.sample_weight is None:
        return output.sample_weight if mask is None else mask
    mask, _, weights = fitted(mask, None, output.sample_weight)
    return weights * mask


def _loss(output: Output) -> Any:
    """The loss of an output, as one number."""
    weights = _masked_weights(output)
    if not hasattr(output.loss, "effective_reduction"):
        return output.loss(output.target, output.tensor, sample_weight=weights)
    samples = output.loss.call(output.target, output.tensor)
    products = weighted(samples, weights, reduction=Reduction.NONE)
    kind = output.loss.effective_reduction()
    if kind == Reduction.NONE:
        kind = Reduction.SUM_OVER_BATCH_SIZE
    return reduced(products, kind)
