"""Activations that have parameters."""

from __future__ import annotations

from typing import Any, ClassVar

from tfsession.keras.backend import nn
from tfsession.layers import identifiers
from tfsession.layers.abstract import Layer
from tfsession.layers.input_spec import InputSpec
from tfsession.layers.settings import cast_to_floatx
from tfsession.ops import math
from tfsession.shapes import TensorShape

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU"]


class _ElementWise(Layer):
    supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape


class LeakyReLU(_ElementWise):
    """``x`` above 0, and ``alpha * x`` below.

    Args:
      alpha: the slope below 0.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.LeakyReLU`.
    """

    def __init__(self, alpha: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = cast_to_floatx(alpha)

    def call(self, inputs: Any) -> Any:
        """Returns a tensor of the shape of the inputs."""
        return nn.relu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return super().get_config() | {"alpha": float(self.alpha)}


class PReLU(Layer):
    """``x`` above 0, and ``alpha * x`` below, whose `alpha` is trained.

    Args:
      alpha_initializer, alpha_regularizer, alpha_constraint: of the variable `alpha`.
      shared_axes: the axes along which it is one.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.PReLU`.
    """

    supports_masking = True
    _CONFIG: ClassVar = (
        "alpha_initializer",
        "alpha_regularizer",
        "alpha_constraint",
        "shared_axes",
    )

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = identifiers.initializer(alpha_initializer)
        self.alpha_regularizer = identifiers.regularizer(alpha_regularizer)
        self.alpha_constraint = identifiers.constraint(alpha_constraint)
        if shared_axes is not None and not isinstance(shared_axes, (list, tuple)):
            shared_axes = [shared_axes]
        self.shared_axes = None if shared_axes is None else list(shared_axes)
        self.alpha: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `alpha`, of the shape of a sample."""
        sizes = TensorShape(input_shape).as_list()
        shape = sizes[1:]
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        self.alpha = self.add_weight(
            shape=shape,
            name="alpha",
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        fixed = {axis: sizes[axis] for axis in range(1, len(sizes))}
        if self.shared_axes:
            fixed = {axis: n for axis, n in fixed.items() if axis not in self.shared_axes}
        self.input_spec = InputSpec(ndim=len(sizes), axes=fixed)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns a tensor of the shape of the inputs."""
        return nn.relu(inputs) + -self.alpha * nn.relu(-inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape


class ELU(_ElementWise):
    """``x`` above 0, and ``alpha * (exp(x) - 1)`` below.

    Args:
      alpha: the factor.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.ELU`.
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = cast_to_floatx(alpha)

    def call(self, inputs: Any) -> Any:
        """Returns a tensor of the shape of the inputs."""
        return nn.elu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return super().get_config() | {"alpha": float(self.alpha)}


class ThresholdedReLU(_ElementWise):
    """``x`` above a threshold, and 0 below.

    Args:
      theta: the threshold.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.ThresholdedReLU`.
    """

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.theta = cast_to_floatx(theta)

    def call(self, inputs: Any) -> Any:
        """Returns a tensor of the shape of the inputs."""
        return inputs * math.cast(math.greater(inputs, self.theta), inputs.dtype.base_dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return super().get_config() | {"theta": float(self.theta)}


class Softmax(_ElementWise):
    """The softmax along an axis.

    Args:
      axis: the axis.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Softmax`.
    """

    _CONFIG: ClassVar = ("axis",)

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        """Returns a tensor of the shape of the inputs."""
        return nn.softmax(inputs, axis=self.axis)


class ReLU(_ElementWise):
    """``x`` above a threshold, a slope below, up to a greatest value.

    Args:
      max_value: the greatest value.
      negative_slope: the slope below the threshold.
      threshold: the threshold.
      **kwargs: what `Layer` takes.

    Raises:
      ValueError: the greatest value or the slope is negative.

    Source: TensorFlow 1.15 `tf.keras.layers.ReLU`.
    """

    def __init__(
        self,
        max_value: Any = None,
        negative_slope: Any = 0,
        threshold: Any = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0.0:
            raise ValueError("max_value of Relu layer cannot be negative value: " + str(max_value))
        if negative_slope < 0.0:
            raise ValueError(
                "negative_slope of Relu layer cannot be negative value: " + str(negative_slope)
            )
        self.max_value = None if max_value is None else cast_to_floatx(max_value)
        self.negative_slope = cast_to_floatx(negative_slope)
        self.threshold = cast_to_floatx(threshold)

    def call(self, inputs: Any) -> Any:
        """Returns a tensor of the shape of the inputs."""
        return nn.relu(
            inputs,
            alpha=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return super().get_config() | {
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }
