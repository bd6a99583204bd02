"""Layers that convolve and pool, in the form of `tf.contrib.layers`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfsession.contrib.framework.scopes import add_arg_scope
from tfsession.contrib.framework.variables import model_variable
from tfsession.contrib.layers import outputs as names
from tfsession.contrib.layers.dense import check_format, normalized_and_activated
from tfsession.contrib.layers.initializers import xavier_initializer
from tfsession.graph.build import convert_to_tensor
from tfsession.graph.scopes import name_scope
from tfsession.layers import convolutional, pooling
from tfsession.ops import activation, nn
from tfsession.ops.depthwise import depthwise_conv2d
from tfsession.ops.initializers import zeros_initializer
from tfsession.ops.pooling import pool as pool_windows
from tfsession.ops.rearrange import tile
from tfsession.variables.scope import variable_scope

__all__ = [
    "avg_pool2d",
    "avg_pool3d",
    "conv1d",
    "conv2d",
    "conv2d_in_plane",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "convolution",
    "convolution1d",
    "convolution2d",
    "convolution2d_in_plane",
    "convolution2d_transpose",
    "convolution3d",
    "convolution3d_transpose",
    "max_pool2d",
    "max_pool3d",
    "pool",
    "separable_conv2d",
    "separable_convolution2d",
]

_LAYERS: dict[int, Callable[..., Any]] = {
    3: convolutional.Conv1D,
    4: convolutional.Conv2D,
    5: convolutional.Conv3D,
}


def _axes(data_format: str | None) -> str:
    """The data format as `tf.layers` calls it."""
    return "channels_first" if data_format and data_format.startswith("NC") else "channels_last"


def _collected(layer: Any, variables_collections: Any) -> None:
    """Adds the variables of a layer to the collections that were asked for."""
    names.add_to_collections(layer.kernel, variables_collections, "weights")
    if layer.bias is not None:
        names.add_to_collections(layer.bias, variables_collections, "biases")


# ---- Convolutions ----


@add_arg_scope
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    conv_dims: int | None = None,
) -> Any:
    """Convolves signals, images or volumes: a `Conv1D`, `Conv2D` or `Conv3D` layer.

    Args:
      inputs: [batch, sizes..., channels], or [batch, channels, sizes...] for a `data_format` that
        begins with "NC".
      num_outputs: the number of output channels.
      kernel_size: an int, or one for each spatial axis.
      stride: steps between windows.
      padding: "SAME" or "VALID".
      data_format: such as "NHWC" or "NCHW".
      rate: steps between the taps of a filter.
      activation_fn: a function of tensors; None for the identity.
      normalizer_fn: a function that is applied instead of biases, before the activation.
      normalizer_params: its further arguments.
      weights_initializer: of `weights`, [window..., channels, num_outputs].
      weights_regularizer: maps them to a loss.
      biases_initializer: of `biases`, [num_outputs]; None for no biases.
      biases_regularizer: maps them to a loss.
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by "weights" and "biases".
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      scope: a name for the variable scope; 'Conv' when None.
      conv_dims: the number of spatial axes that the inputs must have.

    Returns:
      [batch, windows..., num_outputs], or channels first.

    Raises:
      ValueError: there is no such `data_format`, or the inputs are of another rank.

    Source: TensorFlow 1.15 `tf.contrib.layers.convolution`.
    """
    if data_format not in (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW"):
        raise ValueError(f"Invalid data_format: {data_format!r}")
    getter = names.renaming_getter({"bias": "biases", "kernel": "weights"})
    with variable_scope(scope, "Conv", [inputs], reuse=reuse, custom_getter=getter) as own:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if conv_dims is not None and conv_dims + 2 != rank:
            raise ValueError(f"Convolution expects input with rank {conv_dims + 2}, got {rank}")
        if rank not in _LAYERS:
            raise ValueError("Convolution not supported for input with rank", rank)
        layer = _LAYERS[rank](
            filters=num_outputs,
            kernel_size=kernel_size,
            strides=stride,
            padding=padding,
            data_format=_axes(data_format),
            dilation_rate=rate,
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=own.name,
            dtype=inputs.dtype.base_dtype,
            _scope=own,
            _reuse=reuse,
        )
        outputs = layer(inputs)
        _collected(layer, variables_collections)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


@add_arg_scope
def convolution1d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """`convolution` of signals, [batch, width, channels]; arguments as there.

    Source: TensorFlow 1.15 `tf.contrib.layers.conv1d`.
    """
    return convolution(**locals(), conv_dims=1)


@add_arg_scope
def convolution2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """`convolution` of images, [batch, height, width, channels]; arguments as there.

    Source: TensorFlow 1.15 `tf.contrib.layers.conv2d`.
    """
    return convolution(**locals(), conv_dims=2)


@add_arg_scope
def convolution3d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """`convolution` of volumes, [batch, depth, height, width, channels]; arguments as there.

    Source: TensorFlow 1.15 `tf.contrib.layers.conv3d`.
    """
    return convolution(**locals(), conv_dims=3)


@add_arg_scope
def convolution2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = "NHWC",
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Spreads what it is given over windows: a `Conv2DTranspose` layer.

    Args:
      inputs: [batch, height, width, channels], or channels first for "NCHW".
      num_outputs: the number of output channels.
      kernel_size: an int, or one for each spatial axis.
      stride: steps between windows.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      activation_fn: a function of tensors; None for the identity.
      normalizer_fn: a function that is applied instead of biases, before the activation.
      normalizer_params: its further arguments.
      weights_initializer: of `weights`, [window..., num_outputs, channels].
      weights_regularizer: maps them to a loss.
      biases_initializer: of `biases`, [num_outputs]; None for no biases.
      biases_regularizer: maps them to a loss.
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by "weights" and "biases".
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      scope: a name for the variable scope; 'Conv2d_transpose' when None.

    Returns:
      [batch, height, width, num_outputs], or channels first.

    Raises:
      ValueError: there is no such `data_format`.

    Source: TensorFlow 1.15 `tf.contrib.layers.conv2d_transpose`.
    """
    check_format(data_format, ("NCHW", "NHWC"))
    getter = names.renaming_getter({"bias": "biases", "kernel": "weights"})
    with variable_scope(
        scope, "Conv2d_transpose", [inputs], reuse=reuse, custom_getter=getter
    ) as own:
        inputs = convert_to_tensor(inputs)
        layer = convolutional.Conv2DTranspose(
            filters=num_outputs,
            kernel_size=kernel_size,
            strides=stride,
            padding=padding,
            data_format=_axes(data_format),
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=own.name,
            dtype=inputs.dtype.base_dtype,
            _scope=own,
            _reuse=reuse,
        )
        outputs = layer(inputs)
        _collected(layer, variables_collections)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


@add_arg_scope
def convolution3d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = "NDHWC",
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Spreads what it is given over windows: a `Conv3DTranspose` layer.

    Args:
      inputs: [batch, depth, height, width, channels], or channels first for "NCDHW".
      num_outputs: the number of output channels.
      kernel_size: an int, or one for each spatial axis.
      stride: steps between windows.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      activation_fn: a function of tensors; None for the identity.
      normalizer_fn: a function that is applied instead of biases, before the activation.
      normalizer_params: its further arguments.
      weights_initializer: of `weights`, [window..., num_outputs, channels].
      weights_regularizer: maps them to a loss.
      biases_initializer: of `biases`, [num_outputs]; None for no biases.
      biases_regularizer: maps them to a loss.
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by "weights" and "biases".
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      scope: a name for the variable scope; 'Conv3d_transpose' when None.

    Returns:
      [batch, depth, height, width, num_outputs], or channels first.

    Raises:
      ValueError: there is no such `data_format`.

    Source: TensorFlow 1.15 `tf.contrib.layers.conv3d_transpose`.
    """
    check_format(data_format, ("NCDHW", "NDHWC"))
    getter = names.renaming_getter({"bias": "biases", "kernel": "weights"})
    with variable_scope(
        scope, "Conv3d_transpose", [inputs], reuse=reuse, custom_getter=getter
    ) as own:
        inputs = convert_to_tensor(inputs)
        layer = convolutional.Conv3DTranspose(
            filters=num_outputs,
            kernel_size=kernel_size,
            strides=stride,
            padding=padding,
            data_format=_axes(data_format),
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=own.name,
            dtype=inputs.dtype.base_dtype,
            _scope=own,
            _reuse=reuse,
        )
        outputs = layer(inputs)
        _collected(layer, variables_collections)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Convolves each channel by itself, then mixes channels point by point.

    Args:
      inputs: [batch, height, width, channels], or [batch, channels, height, width] for "NCHW".
      num_outputs: the number of output channels; None leaves out the second step.
      kernel_size: an int, or two.
      depth_multiplier: how many channels are made of each.
      stride: steps between windows, an int or two equal ones.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      rate: steps between the taps of a filter.
      activation_fn: a function of tensors; None for the identity.
      normalizer_fn: a function that is applied instead of biases, before the activation.
      normalizer_params: its further arguments.
      weights_initializer: of `depthwise_weights`, [height, width, channels, depth_multiplier].
      pointwise_initializer: of `pointwise_weights`, [1, 1, channels * depth_multiplier,
        num_outputs]; that of the others when None.
      weights_regularizer: maps either to a loss.
      biases_initializer: of `biases`; None for no biases.
      biases_regularizer: maps them to a loss.
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by "weights" and "biases".
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      scope: a name for the variable scope; 'SeparableConv2d' when None.

    Returns:
      [batch, windows, windows, num_outputs or channels * depth_multiplier], or channels first.

    Raises:
      ValueError: there is no such `data_format`.

    Source: TensorFlow 1.15 `tf.contrib.layers.separable_conv2d`.
    """
    check_format(data_format)
    getter = names.renaming_getter(
        {
            "bias": "biases",
            "depthwise_kernel": "depthwise_weights",
            "pointwise_kernel": "pointwise_weights",
        }
    )
    with variable_scope(
        scope, "SeparableConv2d", [inputs], reuse=reuse, custom_getter=getter
    ) as own:
        inputs = convert_to_tensor(inputs)
        if num_outputs is not None:
            layer = convolutional.SeparableConv2D(
                filters=num_outputs,
                kernel_size=kernel_size,
                strides=stride,
                padding=padding,
                data_format=_axes(data_format),
                dilation_rate=names.two_element_tuple(rate),
                depth_multiplier=depth_multiplier,
                use_bias=not normalizer_fn and biases_initializer,
                depthwise_initializer=weights_initializer,
                pointwise_initializer=pointwise_initializer or weights_initializer,
                bias_initializer=biases_initializer,
                depthwise_regularizer=weights_regularizer,
                pointwise_regularizer=weights_regularizer,
                bias_regularizer=biases_regularizer,
                trainable=trainable,
                name=own.name,
                dtype=inputs.dtype.base_dtype,
                _scope=own,
                _reuse=reuse,
            )
            outputs = layer(inputs)
            names.add_to_collections(layer.depthwise_kernel, variables_collections, "weights")
            names.add_to_collections(layer.pointwise_kernel, variables_collections, "weights")
            if layer.bias is not None:
                names.add_to_collections(layer.bias, variables_collections, "biases")
        else:
            channels = names.channel_dimension(inputs.shape, data_format, min_rank=4)
            height, width = names.two_element_tuple(stride)
            outputs = depthwise_conv2d(
                inputs,
                _model_weights(
                    "depthwise_weights",
                    [*names.two_element_tuple(kernel_size), channels, depth_multiplier],
                    inputs,
                    weights_initializer,
                    weights_regularizer,
                    trainable,
                    variables_collections,
                ),
                [1, 1, height, width] if data_format == "NCHW" else [1, height, width, 1],
                padding,
                rate=names.two_element_tuple(rate),
                data_format=data_format,
            )
            if normalizer_fn is None and biases_initializer is not None:
                biases = model_variable(
                    "biases",
                    shape=[depth_multiplier * channels],
                    dtype=inputs.dtype.base_dtype,
                    initializer=biases_initializer,
                    regularizer=biases_regularizer,
                    trainable=trainable,
                    collections=names.get_variable_collections(variables_collections, "biases"),
                )
                outputs = nn.bias_add(outputs, biases, data_format=data_format)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


def _model_weights(
    name: str,
    shape: list[int],
    inputs: Any,
    initializer: Any,
    regularizer: Any,
    trainable: bool,
    variables_collections: Any,
) -> Any:
    return model_variable(
        name,
        shape=shape,
        dtype=inputs.dtype.base_dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=names.get_variable_collections(variables_collections, "weights"),
    )


@add_arg_scope
def convolution2d_in_plane(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    activation_fn: Any = activation.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Convolves each channel with the same filter.

    Args:
      inputs: [batch, height, width, channels].
      kernel_size: an int, or two.
      stride: steps between windows.
      padding: "SAME" or "VALID".
      activation_fn: a function of tensors; None for the identity.
      normalizer_fn: a function that is applied instead of biases, before the activation.
      normalizer_params: its further arguments.
      weights_initializer: of `weights`, [height, width, 1, 1].
      weights_regularizer: maps them to a loss.
      biases_initializer: of `biases`, [channels]; None for no biases.
      biases_regularizer: maps them to a loss.
      reuse: whether the variables of `scope` exist already.
      variables_collections: collections of all variables, or by "weights" and "biases".
      outputs_collections: collections of the result.
      trainable: whether the variables are trained.
      scope: a name for the variable scope; 'ConvInPlane' when None.

    Returns:
      [batch, windows, windows, channels].

    Source: TensorFlow 1.15 `tf.contrib.layers.conv2d_in_plane`.
    """
    with variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as own:
        inputs = convert_to_tensor(inputs)
        channels = names.last_dimension(inputs.shape, min_rank=4)
        weights = _model_weights(
            "weights",
            [*names.two_element_tuple(kernel_size), 1, 1],
            inputs,
            weights_initializer,
            weights_regularizer,
            trainable,
            variables_collections,
        )
        outputs = depthwise_conv2d(
            inputs,
            tile(weights, [1, 1, channels, 1]),
            [1, *names.two_element_tuple(stride), 1],
            padding,
        )
        if normalizer_fn is None and biases_initializer is not None:
            biases = model_variable(
                "biases",
                shape=[channels],
                dtype=inputs.dtype.base_dtype,
                initializer=biases_initializer,
                regularizer=biases_regularizer,
                collections=names.get_variable_collections(variables_collections, "biases"),
                trainable=trainable,
            )
            outputs = nn.bias_add(outputs, biases)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return names.collect_named_outputs(outputs_collections, own.name, outputs)


conv1d = convolution1d
conv2d = convolution2d
conv3d = convolution3d
conv2d_transpose = convolution2d_transpose
conv3d_transpose = convolution3d_transpose
conv2d_in_plane = convolution2d_in_plane
separable_conv2d = separable_convolution2d

# ---- Pooling ----


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The mean of each window.

    Args:
      inputs: [batch, height, width, channels], or channels first for "NCHW".
      kernel_size: the window, an int or one for each spatial axis.
      stride: steps between windows.
      padding: "VALID" or "SAME".
      data_format: "NHWC" or "NCHW".
      outputs_collections: collections of the result.
      scope: a name for the scope; 'AvgPool2D' when None.

    Returns:
      Windows in the place of height and width.

    Raises:
      ValueError: there is no such `data_format`.

    Source: TensorFlow 1.15 `tf.contrib.layers.avg_pool2d`.
    """
    check_format(data_format, ("NCHW", "NHWC"))
    with name_scope(scope, "AvgPool2D", [inputs]) as own:
        layer = pooling.AveragePooling2D(
            kernel_size, stride, padding, _axes(data_format), _scope=own
        )
        outputs = layer(convert_to_tensor(inputs))
        return names.collect_named_outputs(outputs_collections, own, outputs)


@add_arg_scope
def avg_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The mean of each window.

    Args:
      inputs: [batch, depth, height, width, channels], or channels first for "NCDHW".
      kernel_size: the window, an int or one for each spatial axis.
      stride: steps between windows.
      padding: "VALID" or "SAME".
      data_format: "NDHWC" or "NCDHW".
      outputs_collections: collections of the result.
      scope: a name for the scope; 'AvgPool3D' when None.

    Returns:
      Windows in the place of depth, height and width.

    Raises:
      ValueError: there is no such `data_format`.

    Source: TensorFlow 1.15 `tf.contrib.layers.avg_pool3d`.
    """
    check_format(data_format, ("NCDHW", "NDHWC"))
    with name_scope(scope, "AvgPool3D", [inputs]) as own:
        layer = pooling.AveragePooling3D(
            kernel_size, stride, padding, _axes(data_format), _scope=own
        )
        outputs = layer(convert_to_tensor(inputs))
        return names.collect_named_outputs(outputs_collections, own, outputs)


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The greatest of each window.

    Args:
      inputs: [batch, height, width, channels], or channels first for "NCHW".
      kernel_size: the window, an int or one for each spatial axis.
      stride: steps between windows.
      padding: "VALID" or "SAME".
      data_format: "NHWC" or "NCHW".
      outputs_collections: collections of the result.
      scope: a name for the scope; 'MaxPool2D' when None.

    Returns:
      Windows in the place of height and width.

    Raises:
      ValueError: there is no such `data_format`.

    Source: TensorFlow 1.15 `tf.contrib.layers.max_pool2d`.
    """
    check_format(data_format, ("NCHW", "NHWC"))
    with name_scope(scope, "MaxPool2D", [inputs]) as own:
        layer = pooling.MaxPooling2D(kernel_size, stride, padding, _axes(data_format), _scope=own)
        outputs = layer(convert_to_tensor(inputs))
        return names.collect_named_outputs(outputs_collections, own, outputs)


@add_arg_scope
def max_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The greatest of each window.

    Args:
      inputs: [batch, depth, height, width, channels], or channels first for "NCDHW".
      kernel_size: the window, an int or one for each spatial axis.
      stride: steps between windows.
      padding: "VALID" or "SAME".
      data_format: "NDHWC" or "NCDHW".
      outputs_collections: collections of the result.
      scope: a name for the scope; 'MaxPool3D' when None.

    Returns:
      Windows in the place of depth, height and width.

    Raises:
      ValueError: there is no such `data_format`.

    Source: TensorFlow 1.15 `tf.contrib.layers.max_pool3d`.
    """
    check_format(data_format, ("NCDHW", "NDHWC"))
    with name_scope(scope, "MaxPool3D", [inputs]) as own:
        layer = pooling.MaxPooling3D(kernel_size, stride, padding, _axes(data_format), _scope=own)
        outputs = layer(convert_to_tensor(inputs))
        return names.collect_named_outputs(outputs_collections, own, outputs)


@add_arg_scope
def pool(
    inputs: Any,
    kernel_size: Any,
    pooling_type: str,
    padding: str = "VALID",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    stride: Any = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """`tf.nn.pool`.

    Args:
      inputs: [batch, sizes..., channels], or channels first for a `data_format` that begins with
        "NC"; of known rank.
      kernel_size: the window, an int or one for each spatial axis.
      pooling_type: "MAX" or "AVG".
      padding: "VALID" or "SAME".
      data_format: such as "NHWC" or "NCHW".
      dilation_rate: steps between the elements of a window.
      stride: steps between windows.
      outputs_collections: collections of the result.
      scope: a name for the scope; such as 'max_pool' when None.

    Returns:
      Windows in the place of the spatial axes.

    Raises:
      ValueError: the rank is not known, or less than 3.

    Source: TensorFlow 1.15 `tf.contrib.slim.pool`.
    """
    with name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as own:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None:
            raise ValueError("Rank of inputs must be known")
        if rank < 3:
            raise ValueError("Rank of inputs must be >= 3")
        spatial = rank - 2
        output = pool_windows(
            input=inputs,
            window_shape=names.n_positive_integers(spatial, kernel_size),
            pooling_type=pooling_type,
            padding=padding,
            data_format=data_format,
            dilation_rate=names.n_positive_integers(spatial, dilation_rate),
            strides=names.n_positive_integers(spatial, stride),
            name=own,
        )
        return names.collect_named_outputs(outputs_collections, own, output)
