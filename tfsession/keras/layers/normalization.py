"""Layers that normalize."""

from __future__ import annotations

from typing import Any, ClassVar

from tfsession.layers import identifiers
from tfsession.layers.abstract import Layer
from tfsession.layers.normalization_bodies import BatchNormalizationBody
from tfsession.ops import array, normalization
from tfsession.shapes import TensorShape

__all__ = ["BatchNormalization", "LayerNormalization"]


class BatchNormalization(BatchNormalizationBody):
    """Gives each channel the mean `beta` and the standard deviation `gamma`.

    Args:
      axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer,
        moving_mean_initializer, moving_variance_initializer, beta_regularizer, gamma_regularizer,
        beta_constraint, gamma_constraint, renorm, renorm_clipping, renorm_momentum, fused,
        trainable, virtual_batch_size, adjustment, name: as of `tf.layers.BatchNormalization`.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.BatchNormalization`.
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis,
            momentum,
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            moving_mean_initializer,
            moving_variance_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            renorm,
            renorm_clipping,
            renorm_momentum,
            fused,
            trainable,
            virtual_batch_size,
            adjustment,
            name,
            **kwargs,
        )

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Normalizes; the learning phase says whether it is training, when None."""
        return super().call(inputs, training)


class LayerNormalization(Layer):
    """Gives each sample the mean `beta` and the standard deviation `gamma`.

    Args:
      axis: the axis, or axes, over which mean and deviation are taken.
      epsilon: is added to the variance.
      center: whether there is a `beta`.
      scale: whether there is a `gamma`.
      beta_initializer, gamma_initializer: of the variables.
      beta_regularizer, gamma_regularizer: map the variable to a loss.
      beta_constraint, gamma_constraint: map the value after an update to the one that is kept.
      trainable: whether the variables are trained.
      name: the name of the layer.
      **kwargs: what `Layer` takes.

    Source: Ba, Kiros and Hinton, arXiv 1607.06450; TensorFlow 1.15
      `tf.keras.layers.LayerNormalization`.
    """

    supports_masking = True
    _CONFIG: ClassVar = (
        "axis",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "beta_regularizer",
        "gamma_regularizer",
        "beta_constraint",
        "gamma_constraint",
    )

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise ValueError(
                "Expected an int or a list/tuple of ints for the argument 'axis', but received "
                f"instead: {axis}"
            )
        self.axis: Any = axis if isinstance(axis, int) else list(axis)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = identifiers.initializer(beta_initializer)
        self.gamma_initializer = identifiers.initializer(gamma_initializer)
        self.beta_regularizer = identifiers.regularizer(beta_regularizer)
        self.gamma_regularizer = identifiers.regularizer(gamma_regularizer)
        self.beta_constraint = identifiers.constraint(beta_constraint)
        self.gamma_constraint = identifiers.constraint(gamma_constraint)
        self.gamma: Any = None
        self.beta: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `gamma` and `beta`, of the sizes of the axes.

        Raises:
          ValueError: the rank is not known, or an axis does not exist or comes twice.
        """
        shape = TensorShape(input_shape)
        rank = shape.ndims
        if rank is None:
            raise ValueError(f"Input shape {input_shape} has undefined rank.")
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        axes = [axis + rank if axis < 0 else axis for axis in axes]
        for axis in axes:
            if not 0 <= axis < rank:
                raise ValueError(f"Invalid axis: {axis}")
        if len(axes) != len(set(axes)):
            raise ValueError(f"Duplicate axis: {tuple(axes)}")
        self.axis = axes
        sizes = [shape.as_list()[axis] for axis in axes]
        for name in ("gamma", "beta"):
            if self.scale if name == "gamma" else self.center:
                made = self.add_weight(
                    name=name,
                    shape=sizes,
                    initializer=getattr(self, f"{name}_initializer"),
                    regularizer=getattr(self, f"{name}_regularizer"),
                    constraint=getattr(self, f"{name}_constraint"),
                    trainable=True,
                )
                setattr(self, name, made)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns a tensor like the inputs."""
        dims = inputs.shape.as_list()
        mean, variance = normalization.moments(inputs, self.axis, keep_dims=True)
        shape = [dims[axis] if axis in self.axis else 1 for axis in range(len(dims))]

        def broadcast(value: Any) -> Any:
            if value is None or len(value.shape) == len(dims) or self.axis == [len(dims) - 1]:
                return value
            return array.reshape(value, shape)

        outputs = normalization.batch_normalization(
            inputs, mean, variance, broadcast(self.beta), broadcast(self.gamma), self.epsilon
        )
        outputs.set_shape(inputs.shape)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape
