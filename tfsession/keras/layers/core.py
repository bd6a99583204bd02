"""Layers of general use."""

from __future__ import annotations

import types
from typing import Any, ClassVar

import numpy as np

from tfsession.keras.backend import arrangement
from tfsession.keras.layers import functions
from tfsession.layers import identifiers
from tfsession.layers.abstract import Layer
from tfsession.layers.calls import parameters_of
from tfsession.layers.core_bodies import DenseBody, DropoutBody, FlattenBody
from tfsession.layers.input_spec import InputSpec
from tfsession.ops import array, math, reduction
from tfsession.shapes import TensorShape
from tfsession.variables.regularizers import L1L2

__all__ = [
    "Activation",
    "ActivityRegularization",
    "Dense",
    "Dropout",
    "Flatten",
    "Lambda",
    "Masking",
    "Permute",
    "RepeatVector",
    "Reshape",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
]


class Dense(DenseBody):
    """``activation(inputs @ kernel + bias)``.

    Args:
      units: the size of the last axis of the result.
      activation: a function of tensors, or its name; None for the identity.
      use_bias: whether there is a bias.
      kernel_initializer: of `kernel`, [last axis of the inputs, units].
      bias_initializer: of `bias`, [units].
      kernel_regularizer, bias_regularizer: map the variable to a loss.
      activity_regularizer: maps the result to a loss.
      kernel_constraint, bias_constraint: map the value after an update to the one that is kept.
      **kwargs: `input_dim`, the size of the last axis of the inputs, and what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Dense`.
    """

    supports_masking = True

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs and "input_dim" in kwargs:
            kwargs["input_shape"] = (kwargs.pop("input_dim"),)
        super().__init__(
            units,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **kwargs,
        )


class Dropout(DropoutBody):
    """Sets random elements to 0 in training, and scales the others.

    Args:
      rate: the probability that an element is dropped.
      noise_shape: the shape of the random choices; None in it stands for the inputs' size.
      seed: the op's seed.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Dropout`.
    """

    def __init__(
        self, rate: Any, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, noise_shape, seed, **kwargs)

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Drops elements in training; the learning phase says whether it is, when None."""
        return super().call(inputs, training)


class _SpatialDropout(Dropout):
    """Drops whole channels.

    Args:
      rate: the probability that a channel is dropped.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.SpatialDropout2D` and its like.
    """

    rank: ClassVar[int]

    def __init__(self, rate: Any, data_format: Any = None, **kwargs: Any) -> None:
        from tfsession.layers import arguments

        super().__init__(rate, **kwargs)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _noise_shape(self, inputs: Any) -> Any:
        shape = array.shape(inputs)
        ones = [1] * self.rank
        if self.data_format == "channels_first":
            return (shape[0], shape[1], *ones)
        return (shape[0], *ones, shape[self.rank + 1])


class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of signals.

    Source: TensorFlow 1.15 `tf.keras.layers.SpatialDropout1D`.
    """

    rank = 1

    def __init__(self, rate: Any, **kwargs: Any) -> None:
        super().__init__(rate, "channels_last", **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of images.

    Source: TensorFlow 1.15 `tf.keras.layers.SpatialDropout2D`.
    """

    rank = 2


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of volumes.

    Source: TensorFlow 1.15 `tf.keras.layers.SpatialDropout3D`.
    """

    rank = 3


class Flatten(FlattenBody):
    """Makes one axis of all but the first.

    Args:
      data_format: "channels_last" or "channels_first".
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Flatten`.
    """


class Activation(Layer):
    """An activation.

    Args:
      activation: a function of tensors, or its name.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Activation`.
    """

    supports_masking = True
    _CONFIG: ClassVar = ("activation",)

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = identifiers.activation(activation)

    def call(self, inputs: Any) -> Any:
        """Returns a tensor of the shape of the inputs."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape


class ActivityRegularization(Layer):
    """Adds a loss of what passes through it.

    Args:
      l1: the factor of the sum of absolute values.
      l2: the factor of the sum of squares.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.ActivityRegularization`.
    """

    supports_masking = True
    _CONFIG: ClassVar = ("l1", "l2")

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape


class Reshape(Layer):
    """The elements of each sample in another shape.

    Args:
      target_shape: the shape without the batch; -1 at most once, for what is left.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Reshape`.
    """

    _CONFIG: ClassVar = ("target_shape",)

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def call(self, inputs: Any) -> Any:
        """Returns [batch, target_shape...]."""
        return array.reshape(inputs, (array.shape(inputs)[0], *self.target_shape))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, target_shape...].

        Raises:
          ValueError: the elements do not fit.
        """
        batch, *sizes = TensorShape(input_shape).as_list()
        if None in sizes:
            return TensorShape([batch, *(s if s != -1 else None for s in self.target_shape)])
        return TensorShape([batch, *self._fitting([s for s in sizes if s is not None])])

    def _fitting(self, sizes: list[int]) -> list[int]:
        total = int(np.prod(sizes, dtype=int))
        known = int(np.prod([s for s in self.target_shape if s != -1], dtype=int))
        is_open = -1 in self.target_shape
        if (is_open and (known == 0 or total % known)) or (not is_open and total != known):
            raise ValueError("total size of new array must be unchanged")
        return [total // known if s == -1 else s for s in self.target_shape]


class Permute(Layer):
    """The axes of each sample in another order.

    Args:
      dims: the order; the axes of a sample are counted from 1.
      **kwargs: what `Layer` takes.

    Raises:
      ValueError: it is no order.

    Source: TensorFlow 1.15 `tf.keras.layers.Permute`.
    """

    _CONFIG: ClassVar = ("dims",)

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                f"Invalid permutation `dims` for Permute Layer: {dims}. The set of indices in "
                "`dims` must be consecutive and start from 1."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Returns the inputs with their axes moved."""
        from tfsession.ops.rearrange import transpose

        return transpose(inputs, perm=(0, *self.dims))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The sizes in the new order."""
        sizes = TensorShape(input_shape).as_list()
        return TensorShape([sizes[0], *(sizes[axis] for axis in self.dims)])


class RepeatVector(Layer):
    """[batch, n, size] from [batch, size].

    Args:
      n: how often.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.RepeatVector`.
    """

    _CONFIG: ClassVar = ("n",)

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Returns [batch, n, size]."""
        return arrangement.repeat(inputs, self.n)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, n, size]."""
        batch, size = TensorShape(input_shape).as_list()
        return TensorShape([batch, self.n, size])


class Masking(Layer):
    """Leaves out the steps of sequences whose features all have a value.

    Args:
      mask_value: the value.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Masking`.
    """

    supports_masking = True
    _computes_masks = True
    _CONFIG: ClassVar = ("mask_value",)

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Which steps have another value."""
        return reduction.reduce_any(math.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Returns the inputs, with zeros in the steps that are left out."""
        kept = reduction.reduce_any(math.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        outputs = inputs * math.cast(kept, inputs.dtype)
        outputs._keras_mask = array.squeeze(kept, axis=-1)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape


class Lambda(Layer):
    """A function of tensors.

    Args:
      function: maps the inputs to the result; may take `mask` and `training`, too.
      output_shape: the shape of the result without the batch, or a function of the input's.
      mask: the mask of the result, or a function of inputs and mask.
      arguments: further arguments of `function`.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Lambda`.
    """

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.arguments = arguments or {}
        self.supports_masking = mask is not None
        self.mask = mask
        self._output_shape = output_shape

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """Returns what the function returns."""
        arguments = dict(self.arguments)
        takes = _parameters(self.function)
        if "mask" in takes:
            arguments["mask"] = mask
        if "training" in takes:
            arguments["training"] = training
        return self.function(inputs, **arguments)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask that was given, or what its function makes."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape that was given, or what its function makes.

        Raises:
          NotImplementedError: none was given.
        """
        if self._output_shape is None:
            raise NotImplementedError(
                "We could not automatically infer the shape of the Lambda's output. Please specify "
                "the `output_shape` argument for this Lambda layer."
            )
        if callable(self._output_shape):
            return TensorShape(self._output_shape(input_shape))
        first = TensorShape(input_shape).as_list()[0]
        return TensorShape([first, *self._output_shape])

    def get_config(self) -> dict[str, Any]:
        """The function and the other arguments; a lambda as its code."""
        config = super().get_config()
        config["function"], config["function_type"] = functions.described(self.function)
        config["module"] = self.function.__module__
        shape, kind = functions.described(self._output_shape)
        config["output_shape"] = shape
        config["output_shape_type"] = kind
        config["output_shape_module"] = getattr(self._output_shape, "__module__", None)
        if self.mask is not None:
            config["mask"], config["mask_type"] = functions.described(self.mask)
            config["mask_module"] = getattr(self.mask, "__module__", None)
        config["arguments"] = self.arguments
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` described."""
        config = dict(config)
        for name in ("function", "output_shape", "mask"):
            if name in config:
                kind = config.pop(f"{name}_type", "raw")
                # A function stands for itself here: what the module has under the name.
                module = config.pop("module" if name == "function" else f"{name}_module", None)
                config[name] = functions.restored(config[name], kind, module, custom_objects)
        return cls(**config)


def _parameters(function: Any) -> Any:
    if isinstance(function, types.FunctionType):
        return function.__code__.co_varnames[: function.__code__.co_argcount]
    return parameters_of(function) if callable(function) else ()
