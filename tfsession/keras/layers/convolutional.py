"""Layers that convolve, and that pad, crop and enlarge."""

from __future__ import annotations

from typing import Any, ClassVar

from tfsession.keras.backend import nn as backend
from tfsession.layers import arguments, identifiers
from tfsession.layers.convolution_bodies import (
    Conv1DBody,
    Conv2DBody,
    Conv2DTransposeBody,
    Conv3DBody,
    Conv3DTransposeBody,
    ConvBody,
    ConvTransposeBody,
    SeparableConv1DBody,
    SeparableConv2DBody,
    SeparableConvBody,
)
from tfsession.layers.input_spec import InputSpec
from tfsession.ops import nn
from tfsession.shapes import TensorShape

__all__ = [
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "DepthwiseConv2D",
    "SeparableConv1D",
    "SeparableConv2D",
]


class _Conv(ConvBody):
    """What layers of Keras that convolve take.

    Args:
      filters: the number of output channels.
      kernel_size: an int, or one for each spatial axis.
      strides: steps between windows.
      padding: "valid" or "same"; also "causal", over one axis.
      data_format: "channels_last" or "channels_first"; None for `image_data_format`.
      dilation_rate: steps between the taps of a filter.
      activation: a function of tensors, or its name.
      use_bias: whether there is a bias.
      kernel_initializer, bias_initializer: of the variables.
      kernel_regularizer, bias_regularizer: map the variable to a loss.
      activity_regularizer: maps the result to a loss.
      kernel_constraint, bias_constraint: map the value after an update to the one that is kept.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.Conv2D` and its like.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
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


class Conv1D(_Conv, Conv1DBody):
    """Convolves signals, [batch, width, channels].

    Source: TensorFlow 1.15 `tf.keras.layers.Conv1D`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, kernel_size, strides, padding, data_format, *args, **kwargs)


class Conv2D(_Conv, Conv2DBody):
    """Convolves images, [batch, height, width, channels].

    Source: TensorFlow 1.15 `tf.keras.layers.Conv2D`.
    """


class Conv3D(_Conv, Conv3DBody):
    """Convolves volumes, [batch, depth, height, width, channels].

    Source: TensorFlow 1.15 `tf.keras.layers.Conv3D`.
    """


class _ConvTranspose(ConvTransposeBody):
    """What transposed convolutions of Keras take.

    Args:
      filters, kernel_size, strides, padding: as of `Conv2D`.
      output_padding: how much longer the result is; None for what follows from the rest.
      data_format, dilation_rate, activation, use_bias, kernel_initializer, bias_initializer,
        kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
        bias_constraint: as of `Conv2D`; a dilation above 1 is not possible.
      **kwargs: what `Layer` takes.

    Raises:
      ValueError: an output padding is not below its stride.

    Source: TensorFlow 1.15 `tf.keras.layers.Conv2DTranspose` and its like.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
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
        self.dilation_rate = arguments.sizes(dilation_rate, self.rank, "dilation_rate")
        self.output_padding = output_padding
        if output_padding is not None:
            self.output_padding = arguments.sizes(output_padding, self.rank, "output_padding")
            for stride, padded in zip(self.strides, self.output_padding, strict=True):
                if padded >= stride:
                    raise ValueError(
                        f"Stride {self.strides} must be greater than output padding "
                        f"{self.output_padding}"
                    )

    def _longer(self, size: Any, window: int, stride: int, axis: int) -> Any:
        if self.output_padding is None or size is None:
            return arguments.input_size(size, window, self.padding, stride)
        edge = window // 2 if self.padding == "same" else 0
        return (size - 1) * stride + window - 2 * edge + self.output_padding[axis]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, without its variables."""
        config = super().get_config()
        if self.rank == 2:
            # Behind the format, as in TensorFlow.
            items = list(config.items())
            place = [name for name, _ in items].index("data_format") + 1
            items.insert(place, ("dilation_rate", self.dilation_rate))
            config = dict(items)
        return config | {"output_padding": self.output_padding}


class Conv2DTranspose(_ConvTranspose, Conv2DTransposeBody):
    """The transposed convolution of images.

    Source: TensorFlow 1.15 `tf.keras.layers.Conv2DTranspose`.
    """


class Conv3DTranspose(_ConvTranspose, Conv3DTransposeBody):
    """The transposed convolution of volumes.

    Source: TensorFlow 1.15 `tf.keras.layers.Conv3DTranspose`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        # It has no dilation.
        super().__init__(
            filters, kernel_size, strides, padding, output_padding, data_format, 1, *args, **kwargs
        )


class _SeparableConv(SeparableConvBody):
    """What separable convolutions of Keras take.

    Args:
      filters, kernel_size, strides, padding, data_format, dilation_rate: as of `Conv2D`.
      depth_multiplier: how many channels are made of each.
      activation, use_bias: as of `Conv2D`.
      depthwise_initializer, pointwise_initializer, bias_initializer: of the variables.
      depthwise_regularizer, pointwise_regularizer, bias_regularizer: map the variable to a loss.
      activity_regularizer: maps the result to a loss.
      depthwise_constraint, pointwise_constraint, bias_constraint: map the value after an update to
        the one that is kept.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.SeparableConv2D` and its like.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            depth_multiplier,
            activation,
            use_bias,
            depthwise_initializer,
            pointwise_initializer,
            bias_initializer,
            depthwise_regularizer,
            pointwise_regularizer,
            bias_regularizer,
            activity_regularizer,
            depthwise_constraint,
            pointwise_constraint,
            bias_constraint,
            **kwargs,
        )
        # That of plain convolutions, which stands in configurations.
        self.kernel_initializer = identifiers.initializer("glorot_uniform")

    _CONFIG: ClassVar[tuple[str, ...]] = (
        *ConvBody._CONFIG,
        "depth_multiplier",
        "depthwise_initializer",
        "pointwise_initializer",
        "depthwise_regularizer",
        "pointwise_regularizer",
        "depthwise_constraint",
        "pointwise_constraint",
    )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described."""
        unused = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")
        return cls(**{name: value for name, value in config.items() if name not in unused})


class SeparableConv1D(_SeparableConv, SeparableConv1DBody):
    """A separable convolution of signals.

    Source: TensorFlow 1.15 `tf.keras.layers.SeparableConv1D`.
    """


class SeparableConv2D(_SeparableConv, SeparableConv2DBody):
    """A separable convolution of images.

    Source: TensorFlow 1.15 `tf.keras.layers.SeparableConv2D`.
    """


class DepthwiseConv2D(Conv2DBody):
    """Convolves each channel of images by itself.

    Args:
      kernel_size, strides, padding: as of `Conv2D`.
      depth_multiplier: how many channels are made of each.
      data_format, activation, use_bias: as of `Conv2D`.
      depthwise_initializer, bias_initializer: of the variables.
      depthwise_regularizer, bias_regularizer: map the variable to a loss.
      activity_regularizer: maps the result to a loss.
      depthwise_constraint, bias_constraint: map the value after an update to the one that is kept.
      **kwargs: what `Layer` takes.

    Source: TensorFlow 1.15 `tf.keras.layers.DepthwiseConv2D`.
    """

    _CONFIG: ClassVar[tuple[str, ...]] = (
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "activation",
        "use_bias",
        "bias_initializer",
        "bias_regularizer",
        "activity_regularizer",
        "bias_constraint",
        "depth_multiplier",
        "depthwise_initializer",
        "depthwise_regularizer",
        "depthwise_constraint",
    )

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            0,
            kernel_size,
            strides,
            padding,
            data_format,
            kwargs.pop("dilation_rate", 1),
            activation,
            use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = identifiers.initializer(depthwise_initializer)
        self.depthwise_regularizer = identifiers.regularizer(depthwise_regularizer)
        self.depthwise_constraint = identifiers.constraint(depthwise_constraint)
        self.depthwise_kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `depthwise_kernel`, [height, width, channels, depth_multiplier], and `bias`.

        Raises:
          ValueError: the rank is below 4, or the number of channels is not known.
        """
        if len(input_shape) < 4:
            raise ValueError(
                "Inputs to `DepthwiseConv2D` should have rank 4. Received input shape:",
                str(input_shape),
            )
        channels = TensorShape(input_shape).as_list()[self._channel_axis]
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs to `DepthwiseConv2D` should be defined. Found "
                "`None`."
            )
        self.depthwise_kernel = self.add_weight(
            name="depthwise_kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.filters = channels * self.depth_multiplier
        self._add_bias()
        self.input_spec = InputSpec(ndim=4, axes={self._channel_axis: channels})
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns [batch, windows, windows, channels * depth_multiplier], or channels first."""
        outputs = backend.depthwise_conv2d(
            inputs,
            self.depthwise_kernel,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        if self.use_bias:
            layout = "NCHW" if self._is_channels_first else "NHWC"
            outputs = nn.bias_add(outputs, self.bias, data_format=layout)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, windows, windows, channels * depth_multiplier], or channels first."""
        channels: Any = TensorShape(input_shape).as_list()[self._channel_axis]
        shape = super().compute_output_shape(input_shape).as_list()
        shape[self._channel_axis] = channels * self.depth_multiplier
        return TensorShape(shape)
