"""What layers of `tf.layers` and of Keras that convolve have in common."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

from tfsession.dtypes import int32
from tfsession.graph.build import build, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.layers import arguments, identifiers
from tfsession.layers.abstract import Layer
from tfsession.layers.input_spec import InputSpec
from tfsession.ops import array, convolution, initializers, nn
from tfsession.ops.depthwise import separable_conv2d as convolve_separably
from tfsession.ops.rearrange import pad
from tfsession.shapes import TensorShape


class ConvBody(Layer, abc.ABC):
    """What layers that convolve have in common; a subclass says over how many axes.

    Args:
      filters: the number of output channels.
      kernel_size: an int, or one for each spatial axis.
      strides: steps between windows, an int or one for each spatial axis.
      padding: "valid" or "same", or "causal", over one axis only.
      data_format: "channels_last" or "channels_first".
      dilation_rate: steps between the taps of a filter.
      activation: a function of tensors, or its name; None for the identity.
      use_bias: whether there is a bias.
      kernel_initializer: of `kernel`, [window..., channels, filters]; the scope's, or
        glorot_uniform, when None.
      bias_initializer: of `bias`, [filters].
      kernel_regularizer, bias_regularizer: map the variable to a loss.
      activity_regularizer: maps the result to a loss.
      kernel_constraint, bias_constraint: map the value after an update to the one that is kept.
      trainable: whether the variables are trained.
      name: the name of the layer.
      **kwargs: `dtype`, and what `Layer` takes besides.

    Raises:
      ValueError: an argument is not one of these.

    Source: TensorFlow 1.15 `tf.layers.Conv2D` and its like.
    """

    rank: ClassVar[int]
    _CONFIG: ClassVar[tuple[str, ...]] = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
    )

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = initializers.zeros_initializer(),
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trainable=trainable,
            name=name,
            activity_regularizer=identifiers.regularizer(activity_regularizer),
            **kwargs,
        )
        self.filters = int(filters)
        self.kernel_size = arguments.sizes(kernel_size, self.rank, "kernel_size")
        self.strides = arguments.sizes(strides, self.rank, "strides")
        self.padding = arguments.padding(padding)
        if self.padding == "causal" and not isinstance(self, (Conv1DBody, SeparableConv1DBody)):
            raise ValueError("Causal padding is only supported for `Conv1D`and ``SeparableConv1D`.")
        self.data_format = arguments.data_format(data_format)
        self.dilation_rate = arguments.sizes(dilation_rate, self.rank, "dilation_rate")
        self.activation = identifiers.activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = identifiers.initializer(kernel_initializer)
        self.bias_initializer = identifiers.initializer(bias_initializer)
        self.kernel_regularizer = identifiers.regularizer(kernel_regularizer)
        self.bias_regularizer = identifiers.regularizer(bias_regularizer)
        self.kernel_constraint = identifiers.constraint(kernel_constraint)
        self.bias_constraint = identifiers.constraint(bias_constraint)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.kernel: Any = None
        self.bias: Any = None

    # Where the axes are.

    @property
    def _is_channels_first(self) -> bool:
        return self.data_format == "channels_first"

    @property
    def _channel_axis(self) -> int:
        return 1 if self._is_channels_first else -1

    @property
    def _spatial_axes(self) -> range:
        first = 2 if self._is_channels_first else 1
        return range(first, first + self.rank)

    def with_axes(self, spatial: Any, batch: Any = 1, channels: Any = 1) -> list[Any]:
        """What is said of all axes, from what is said of the spatial ones."""
        if self._is_channels_first:
            return [batch, channels, *spatial]
        return [batch, *spatial, channels]

    def _channels(self, input_shape: Any) -> int:
        channels: int | None = TensorShape(input_shape).as_list()[self._channel_axis]
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        return channels

    # Building and calling.

    def build(self, input_shape: Any) -> None:
        """Makes `kernel` and `bias`.

        Raises:
          ValueError: the number of channels is not known, or both strides and rates are above 1.
        """
        channels = self._channels(input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, channels, self.filters))
        self._add_bias()
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        self._note_dilation()
        self.built = True

    def _add_kernel(self, shape: tuple[int, ...]) -> Any:
        return self.add_weight(
            "kernel",
            shape=shape,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            trainable=True,
            dtype=self.dtype,
        )

    def _add_bias(self) -> None:
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                shape=(self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                trainable=True,
                dtype=self.dtype,
            )

    def _note_dilation(self) -> None:
        # Nothing reads it; without it later operations would have other default seeds.
        convert_to_tensor(self.dilation_rate, int32, name="dilation_rate")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")

    def call(self, inputs: Any) -> Any:
        """Returns [batch, windows..., filters], or channels first."""
        return self._finished(self._convolved(inputs))

    @abc.abstractmethod
    def _convolved(self, inputs: Any) -> Any:
        """The convolution without bias and activation."""

    @property
    def _op_padding(self) -> str:
        return "VALID" if self.padding == "causal" else self.padding.upper()

    def _finished(self, outputs: Any) -> Any:
        """Adds the bias, and activates."""
        if self.use_bias:
            if self._is_channels_first and self.rank == 1:
                outputs = outputs + array.reshape(self.bias, (1, self.filters, 1))
            else:
                layout = "NCHW" if self._is_channels_first else "NHWC"
                outputs = nn.bias_add(outputs, self.bias, data_format=layout)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, windows..., filters], or channels first."""
        dims = TensorShape(input_shape).as_list()
        spatial = [
            arguments.output_size(dims[axis], window, self.padding, stride, rate)
            for axis, window, stride, rate in zip(
                self._spatial_axes,
                self.kernel_size,
                self.strides,
                self.dilation_rate,
                strict=True,
            )
        ]
        return TensorShape(self.with_axes(spatial, dims[0], self.filters))


class Conv1DBody(ConvBody):
    """Convolves signals, [batch, width, channels]; for the arguments see `Conv`.

    Source: TensorFlow 1.15 `tf.layers.Conv1D`.
    """

    rank = 1

    def _convolved(self, inputs: Any) -> Any:
        if self.padding == "causal":
            inputs = _padded_causally(self, inputs)
        return convolution.conv1d(
            inputs,
            self.kernel,
            self.strides,
            self._op_padding,
            data_format=arguments.op_format(self.data_format, 3),
            dilations=self.dilation_rate,
        )


class Conv2DBody(ConvBody):
    """Convolves images, [batch, height, width, channels]; for the arguments see `Conv`.

    Source: TensorFlow 1.15 `tf.layers.Conv2D`.
    """

    rank = 2

    def _convolved(self, inputs: Any) -> Any:
        return convolution.conv2d(
            inputs,
            self.kernel,
            self.with_axes(self.strides),
            self._op_padding,
            data_format=arguments.op_format(self.data_format, 4),
            dilations=self.with_axes(self.dilation_rate),
        )


class Conv3DBody(ConvBody):
    """Convolves volumes, [batch, depth, height, width, channels]; for the arguments see `Conv`.

    Source: TensorFlow 1.15 `tf.layers.Conv3D`.
    """

    rank = 3

    def _convolved(self, inputs: Any) -> Any:
        return convolution.conv3d(
            inputs,
            self.kernel,
            self.with_axes(self.strides),
            self._op_padding,
            arguments.op_format(self.data_format, 5),
            self.with_axes(self.dilation_rate),
        )


class ConvTransposeBody(ConvBody):
    """Spreads what it is given over windows: the gradient of a convolution.

    Args:
      filters: the number of output channels.
      kernel_size: an int, or one for each spatial axis.
      strides: steps between windows.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      activation, use_bias: as of `Conv`.
      kernel_initializer: of `kernel`, [window..., filters, channels].
      bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
        kernel_constraint, bias_constraint, trainable, name: as of `Conv`.
      **kwargs: `dtype`, and what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.Conv2DTranspose`, `tf.layers.Conv3DTranspose`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = initializers.zeros_initializer(),
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            1,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            trainable,
            name,
            **kwargs,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, without its variables."""
        config = super().get_config()
        del config["dilation_rate"]
        return config

    def build(self, input_shape: Any) -> None:
        """Makes `kernel` and `bias`.

        Raises:
          ValueError: the number of channels is not known.
        """
        channels = self._channels(input_shape)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        self.kernel = self._add_kernel((*self.kernel_size, self.filters, channels))
        self._add_bias()
        self.built = True

    def _longer(self, size: Any, window: int, stride: int, axis: int) -> Any:
        """How long an axis is whose windows are so many."""
        del axis
        return arguments.input_size(size, window, self.padding, stride)

    def _output_shape(self, inputs: Any) -> Any:
        """The shape of the result, as a tensor: the sizes may not be known yet."""
        shape = array.shape(inputs)
        batch, *spatial = (shape[axis] for axis in (0, *self._spatial_axes))
        longer = [
            self._longer(size, window, stride, axis)
            for axis, (size, window, stride) in enumerate(
                zip(spatial, self.kernel_size, self.strides, strict=True)
            )
        ]
        return array.stack(self.with_axes(longer, batch, self.filters))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """[batch, sizes..., filters], or channels first."""
        dims = TensorShape(input_shape).as_list()
        spatial = [
            self._longer(dims[axis], window, stride, number)
            for number, (axis, window, stride) in enumerate(
                zip(self._spatial_axes, self.kernel_size, self.strides, strict=True)
            )
        ]
        return TensorShape(self.with_axes(spatial, dims[0], self.filters))


class Conv2DTransposeBody(ConvTransposeBody):
    """A transposed convolution of images.

    Source: TensorFlow 1.15 `tf.layers.Conv2DTranspose`.
    """

    rank = 2

    def _convolved(self, inputs: Any) -> Any:
        shape = self._output_shape(inputs)
        # Nothing reads it; without it later operations would have other default seeds.
        shape[0]
        outputs = convolution.conv2d_transpose(
            inputs,
            self.kernel,
            shape,
            self.with_axes(self.strides),
            self._op_padding,
            arguments.op_format(self.data_format, 4),
        )
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs


class Conv3DTransposeBody(ConvTransposeBody):
    """A transposed convolution of volumes.

    Source: TensorFlow 1.15 `tf.layers.Conv3DTranspose`.
    """

    rank = 3

    def _channels(self, input_shape: Any) -> int:
        channels: int | None = TensorShape(input_shape).as_list()[self._channel_axis]
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs should be defined, found None: "
                f"{TensorShape(input_shape)}"
            )
        return channels

    def _convolved(self, inputs: Any) -> Any:
        outputs = convolution.conv3d_transpose(
            inputs,
            self.kernel,
            self._output_shape(inputs),
            self.with_axes(self.strides),
            self._op_padding,
            arguments.op_format(self.data_format, 5),
        )
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs


class SeparableConvBody(ConvBody):
    """Convolves each channel by itself, then mixes channels point by point.

    Args:
      filters: the number of output channels.
      kernel_size, strides, padding, data_format, dilation_rate: as of `Conv`.
      depth_multiplier: how many channels are made of each.
      activation, use_bias: as of `Conv`.
      depthwise_initializer: of `depthwise_kernel`, [window..., channels, depth_multiplier].
      pointwise_initializer: of `pointwise_kernel`, [1..., channels * depth_multiplier, filters].
      bias_initializer: of `bias`, [filters].
      depthwise_regularizer, pointwise_regularizer, bias_regularizer: map the variable to a loss.
      activity_regularizer: maps the result to a loss.
      depthwise_constraint, pointwise_constraint, bias_constraint: map the value after an update to
        the one that is kept.
      trainable: whether the variables are trained.
      name: the name of the layer.
      **kwargs: `dtype`, and what `Layer` takes besides.

    Source: TensorFlow 1.15 `tf.layers.SeparableConv1D`, `tf.layers.SeparableConv2D`.
    """

    _CONFIG: ClassVar[tuple[str, ...]] = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "depth_multiplier",
        "activation",
        "use_bias",
        "depthwise_initializer",
        "pointwise_initializer",
        "bias_initializer",
        "depthwise_regularizer",
        "pointwise_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "depthwise_constraint",
        "pointwise_constraint",
        "bias_constraint",
    )

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = initializers.zeros_initializer(),
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
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
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            trainable=trainable,
            name=name,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = identifiers.initializer(depthwise_initializer)
        self.pointwise_initializer = identifiers.initializer(pointwise_initializer)
        self.depthwise_regularizer = identifiers.regularizer(depthwise_regularizer)
        self.pointwise_regularizer = identifiers.regularizer(pointwise_regularizer)
        self.depthwise_constraint = identifiers.constraint(depthwise_constraint)
        self.pointwise_constraint = identifiers.constraint(pointwise_constraint)
        self.depthwise_kernel: Any = None
        self.pointwise_kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes `depthwise_kernel`, `pointwise_kernel` and `bias`.

        Raises:
          ValueError: the number of channels is not known.
        """
        channels = self._channels(input_shape)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
            trainable=True,
            dtype=self.dtype,
        )
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            shape=(*[1] * self.rank, channels * self.depth_multiplier, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
            trainable=True,
            dtype=self.dtype,
        )
        self._add_bias()
        self.built = True


class SeparableConv1DBody(SeparableConvBody):
    """A separable convolution of signals.

    Source: TensorFlow 1.15 `tf.layers.SeparableConv1D`.
    """

    rank = 1

    def _convolved(self, inputs: Any) -> Any:
        """That of an image of one row."""
        if self.padding == "causal":
            inputs = _padded_causally(self, inputs)
        axis = self._spatial_axes[0]
        stride = self.strides[0]
        return convolve_separably(
            build("ExpandDims", inputs, axis),
            build("ExpandDims", self.depthwise_kernel, 0),
            build("ExpandDims", self.pointwise_kernel, 0),
            strides=self.with_axes([stride, stride]),
            padding=self._op_padding,
            rate=(1, self.dilation_rate[0]),
            data_format="NCHW" if self._is_channels_first else "NHWC",
        )

    def _finished(self, outputs: Any) -> Any:
        """Adds the bias, takes the row out of the image, and activates."""
        if self.use_bias:
            layout = "NCHW" if self._is_channels_first else "NHWC"
            outputs = nn.bias_add(outputs, self.bias, data_format=layout)
        return self.activation(array.squeeze(outputs, [self._spatial_axes[0]]))


class SeparableConv2DBody(SeparableConvBody):
    """A separable convolution of images.

    Source: TensorFlow 1.15 `tf.layers.SeparableConv2D`.
    """

    rank = 2

    def _convolved(self, inputs: Any) -> Any:
        return convolve_separably(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            strides=self.with_axes(self.strides),
            padding=self._op_padding,
            rate=self.dilation_rate,
            data_format=arguments.op_format(self.data_format, 4),
        )


def _padded_causally(layer: ConvBody, inputs: Any) -> Tensor:
    """A signal with zeros before it, so that no window sees what comes after its last element."""
    before = layer.dilation_rate[0] * (layer.kernel_size[0] - 1)
    return pad(inputs, layer.with_axes([[before, 0]], [0, 0], [0, 0]))
