"""`tf.keras.optimizers.schedules`: learning rates that change with the number of updates."""

from __future__ import annotations

from typing import Any

from tfsession.graph.build import convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.layers.identifiers import deserialize as deserialized
from tfsession.ops import math
from tfsession.ops.control_flow import case

__all__ = [
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


class LearningRateSchedule:
    """A learning rate for each number of updates; a subclass defines `__call__`.

    Source: TensorFlow 1.15 `tf.keras.optimizers.schedules.LearningRateSchedule`.
    """

    def __call__(self, step: Any) -> Any:
        """The rate.

        Raises:
          NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError("Learning rate schedule must override __call__")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule.

        Raises:
          NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError("Learning rate schedule must override get_config")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The schedule that `get_config` described."""
        return cls(**config)


class _Decay(LearningRateSchedule):
    """A rate that shrinks with the share of `decay_steps` that are done."""

    initial_learning_rate: Any
    decay_steps: Any
    decay_rate: Any
    staircase: bool
    name: str | None

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def _share(self, step: Any, rate: Any) -> Any:
        share = math.cast(step, rate.dtype) / math.cast(self.decay_steps, rate.dtype)
        return math.floor(share) if self.staircase else share

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class ExponentialDecay(_Decay):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    Source: TensorFlow 1.15 `tf.keras.optimizers.schedules.ExponentialDecay`.
    """

    def __call__(self, step: Any) -> Any:
        with name_scope(self.name or "ExponentialDecay"):
            rate = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            factor = math.pow(math.cast(self.decay_rate, rate.dtype), self._share(step, rate))
            return math.multiply(rate, factor)


class InverseTimeDecay(_Decay):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Source: TensorFlow 1.15 `tf.keras.optimizers.schedules.InverseTimeDecay`.
    """

    def __call__(self, step: Any) -> Any:
        with name_scope(self.name or "InverseTimeDecay"):
            rate = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            share = math.multiply(math.cast(self.decay_rate, rate.dtype), self._share(step, rate))
            return rate / (math.cast(1, rate.dtype) + share)


class PiecewiseConstantDecay(LearningRateSchedule):
    """A rate that is constant between boundaries.

    Args:
      boundaries: increasing numbers of updates.
      values: the rates, one more than boundaries.
      name: a name for the operations.

    Raises:
      ValueError: there are more or fewer.

    Source: TensorFlow 1.15 `tf.keras.optimizers.schedules.PiecewiseConstantDecay`.
    """

    def __init__(self, boundaries: Any, values: Any, name: str | None = None) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError("The length of boundaries should be 1 less than the length of values")
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope(self.name or "PiecewiseConstant"):
            step = convert_to_tensor(step)
            bounds = [math.cast(b, step.dtype) for b in self.boundaries]
            values = [convert_to_tensor(float(v)) for v in self.values]
            choices = [
                (step <= bounds[0], lambda: values[0]),
                (step > bounds[-1], lambda: values[-1]),
            ]
            for low, high, value in zip(bounds[:-1], bounds[1:], values[1:-1], strict=True):
                inside = math.logical_and(step > low, step <= high)
                choices.append((inside, lambda v=value: v))  # type: ignore[misc]
            return case(choices, lambda: values[0], exclusive=True)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


class PolynomialDecay(LearningRateSchedule):
    """From one rate to another, along a power of the share of steps that are left.

    Args:
      initial_learning_rate: the first rate.
      decay_steps: after how many updates the last one is reached.
      end_learning_rate: the last rate.
      power: the power.
      cycle: whether it begins anew, over longer and longer times.
      name: a name for the operations.

    Source: TensorFlow 1.15 `tf.keras.optimizers.schedules.PolynomialDecay`.
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        from tfsession.ops.indexing import where

        with name_scope(self.name or "PolynomialDecay"):
            rate = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            dtype = rate.dtype
            last, power = math.cast(self.end_learning_rate, dtype), math.cast(self.power, dtype)
            done, steps = math.cast(step, dtype), math.cast(self.decay_steps, dtype)
            if self.cycle:
                times = where(
                    math.equal(done, 0), math.cast(1.0, dtype), math.ceil(done / self.decay_steps)
                )
                steps = math.multiply(steps, times)
            else:
                done = math.minimum(done, math.cast(self.decay_steps, dtype))
            left = math.pow(1 - done / steps, power)
            return math.add(math.multiply(rate - last, left), last)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


def serialize(learning_rate_schedule: Any) -> dict[str, Any]:
    """The class and the configuration of a schedule."""
    return {
        "class_name": type(learning_rate_schedule).__name__,
        "config": learning_rate_schedule.get_config(),
    }


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The schedule that `serialize` described.

    Raises:
      ValueError: the class is not known.
    """
    known = {
        cls.__name__: cls
        for cls in (ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay)
    }
    return deserialized(config, known, "decay", custom_objects)
