"""Convolution of signals, images and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value_as_shape
from tfsession.ops.windows import (
    FLOATS,
    IMAGE_FORMAT,
    SAME_OR_VALID,
    VOLUME_FORMAT,
    attrs_of,
    channels_of,
    either,
    per_axis,
    read_padding,
    slide_windows,
)
from tfsession.registry import (
    gradient,
    op,
    run_ranks,
    shape,
)
from tfsession.shapes import Dims, with_rank

__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_backprop_filter",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "conv3d",
    "conv3d_backprop_filter",
    "conv3d_backprop_filter_v2",
    "conv3d_transpose",
    "conv_transpose",
    "convolution",
]


# ---- Static shapes ----


def _convolution_dims(
    input: Tensor,
    filter: Tensor,
    spatial: int,
    strides: Sequence[int],
    padding: bytes,
    data_format: bytes,
    dilations: Sequence[int],
    explicit_paddings: Sequence[int] = (),
) -> Dims:
    dims, window = with_rank(input.dims, spatial + 2), with_rank(filter.dims, spatial + 2)
    depth, wanted = channels_of(dims, data_format), window[-2]
    if depth is not None and wanted is not None and (wanted == 0 or depth % wanted):
        raise ValueError(
            f"Depth of input ({depth}) is not a multiple of input depth of filter ({wanted})"
        )
    return slide_windows(
        dims, window[:-2], window[-1], strides, dilations, padding, data_format, explicit_paddings
    )


# ---- Conv2D ----

_CONV2D_ATTRS = (
    f"T: {FLOATS}; strides: list(int); use_cudnn_on_gpu: bool = true;"
    " padding: {'SAME', 'VALID', 'EXPLICIT'}; explicit_paddings: list(int) = [];"
    f" {IMAGE_FORMAT}; dilations: list(int) = [1, 1, 1, 1]"
)

op("Conv2D(input: T, filter: T) -> output: T", _CONV2D_ATTRS)


@shape("Conv2D")
def conv2d_shape(
    input: Tensor,
    filter: Tensor,
    strides: list[int],
    padding: bytes,
    explicit_paddings: list[int],
    data_format: bytes,
    dilations: list[int],
) -> Dims:
    """[batch, windows, windows, out channels]."""
    if any(size < 0 for size in explicit_paddings):
        raise ValueError("All elements of explicit_paddings must be nonnegative")
    channels = 2 if data_format == b"NCHW" else 6
    if any(explicit_paddings[:2] + explicit_paddings[channels : channels + 2]):
        raise ValueError(
            "Nonzero explicit padding in the batch or depth dimensions is not supported"
        )
    return _convolution_dims(
        input, filter, 2, strides, padding, data_format, dilations, explicit_paddings
    )


def _conv2d_attrs(op: Operation) -> dict[str, Any]:
    return attrs_of(
        op,
        "strides",
        "use_cudnn_on_gpu",
        "padding",
        "explicit_paddings",
        "data_format",
        "dilations",
    )


@gradient("Conv2D")
def conv2d_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Gradients by input and filter."""
    input, filter = op.inputs
    attrs = _conv2d_attrs(op)
    input_shape, filter_shape = build("ShapeN", [input, filter])
    return [
        build("Conv2DBackpropInput", input_shape, filter, dy, **attrs),
        build("Conv2DBackpropFilter", input, filter_shape, dy, **attrs),
    ]


def conv2d(
    input: TensorLike,
    filter: TensorLike | None = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolves images with filters (without turning the filters around).

    Args:
      input: [batch, height, width, channels], or [batch, channels, height, width] for "NCHW";
        float16, bfloat16, float32 or float64.
      filter: [height, width, channels, out channels]; the dtype of `input`.
      strides: steps between windows: one, one for height and width, or one for each axis.
      padding: "SAME", "VALID", or ``[[before, after], ...]`` for each axis.
      use_cudnn_on_gpu: kept in the graph, without effect.
      data_format: "NHWC" or "NCHW".
      dilations: steps between the taps of a filter, given as `strides`.
      name: a name for the operation.
      filters: the same as `filter`.

    Returns:
      [batch, windows, windows, out channels], in the order of `data_format`.

    Raises:
      ValueError: a list has a wrong length, or shapes do not fit.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `conv2d`.
    """
    filter = either("filters", filters, "filter", filter)
    data_format = data_format or "NHWC"
    padding, explicit_paddings = read_padding(padding)
    result: Tensor = build(
        "Conv2D",
        input,
        filter,
        strides=per_axis(strides, 2, data_format, "strides"),
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=per_axis(dilations, 2, data_format, "dilations"),
        name=name,
    )
    return result


# ---- Conv2DBackpropInput ----

op(
    "Conv2DBackpropInput(input_sizes: int32, filter: T, out_backprop: T) -> output: T",
    _CONV2D_ATTRS,
)
run_ranks(
    "Conv2D",
    input=(4, "input must be 4-dimensional{input}"),
    filter=(4, "filter must be 4-dimensional: {filter}"),
)


def _input_dims(sizes: Tensor, filter: Tensor, dy: Tensor, spatial: int) -> Dims:
    """The value of `sizes`; of a pair, batch and channels follow from the other inputs."""
    dims = constant_value_as_shape(sizes)
    if dims is not None and len(dims) == spatial:
        kernel_dims = with_rank(filter.dims, spatial + 2)
        return (with_rank(dy.dims, spatial + 2)[0], *dims, kernel_dims[-2])
    return with_rank(dims, spatial + 2)


@shape("Conv2DBackpropInput")
def conv2d_backprop_input_shape(input_sizes: Tensor, filter: Tensor, out_backprop: Tensor) -> Dims:
    """The value of `input_sizes`."""
    return _input_dims(input_sizes, filter, out_backprop, 2)


@gradient("Conv2DBackpropInput")
def conv2d_backprop_input_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by filter and by the gradient that came in."""
    _, filter, out_backprop = op.inputs
    attrs = _conv2d_attrs(op)
    return [
        None,
        build("Conv2DBackpropFilter", dy, build("Shape", filter), out_backprop, **attrs),
        build("Conv2D", dy, filter, **attrs),
    ]


def conv2d_backprop_input(
    input_sizes: TensorLike,
    filter: TensorLike | None = None,
    out_backprop: TensorLike | None = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """The gradient of `conv2d` by its input.

    Args:
      input_sizes: [4]; int32, the shape of the input.
      filter: [height, width, channels, out channels].
      out_backprop: [batch, windows, windows, out channels], the gradient by the output.
      strides: as in `conv2d`.
      padding: as in `conv2d`.
      use_cudnn_on_gpu: kept in the graph, without effect.
      data_format: "NHWC" or "NCHW".
      dilations: as in `conv2d`.
      name: a name for the operation.
      filters: the same as `filter`.

    Returns:
      A Tensor of shape `input_sizes`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `conv2d_backprop_input`.
    """
    filter = either("filters", filters, "filter", filter)
    data_format = data_format or "NHWC"
    padding, explicit_paddings = read_padding(padding)
    result: Tensor = build(
        "Conv2DBackpropInput",
        input_sizes,
        filter,
        out_backprop,
        strides=per_axis(strides, 2, data_format, "strides"),
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=per_axis(dilations, 2, data_format, "dilations"),
        name=name,
    )
    return result


def conv2d_transpose(
    value: TensorLike | None = None,
    filter: TensorLike | None = None,
    output_shape: TensorLike | None = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv2d` as a linear map ("deconvolution").

    Args:
      value: [batch, height, width, in channels].
      filter: [height, width, out channels, in channels].
      output_shape: [4]; int32, the shape of the result.
      strides: as in `conv2d`.
      padding: as in `conv2d`.
      data_format: "NHWC" or "NCHW".
      name: a name for the operation.
      input: the same as `value`.
      filters: the same as `filter`.
      dilations: as in `conv2d`.

    Returns:
      A Tensor of shape `output_shape`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `conv2d_transpose`.
    """
    value = either("input", input, "value", value)
    filter = either("filters", filters, "filter", filter)
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        return conv2d_backprop_input(
            output_shape,
            filter,
            value,
            strides,
            padding,
            data_format=data_format,
            dilations=dilations,
            name=scope,
        )


# ---- Conv2DBackpropFilter ----

op(
    "Conv2DBackpropFilter(input: T, filter_sizes: int32, out_backprop: T) -> output: T",
    _CONV2D_ATTRS,
)


@shape("Conv2DBackpropFilter")
def conv2d_backprop_filter_shape(filter_sizes: Tensor) -> Dims:
    """The value of `filter_sizes`."""
    return with_rank(constant_value_as_shape(filter_sizes), 4)


@gradient("Conv2DBackpropFilter")
def conv2d_backprop_filter_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by input and by the gradient that came in."""
    input, _, out_backprop = op.inputs
    attrs = _conv2d_attrs(op)
    return [
        build("Conv2DBackpropInput", build("Shape", input), dy, out_backprop, **attrs),
        None,
        build("Conv2D", input, dy, **attrs),
    ]


def conv2d_backprop_filter(
    input: TensorLike,
    filter_sizes: TensorLike,
    out_backprop: TensorLike,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv2d` by its filter.

    Args:
      input: [batch, height, width, channels].
      filter_sizes: [4]; int32, the shape of the filter.
      out_backprop: [batch, windows, windows, out channels], the gradient by the output.
      strides: as in `conv2d`.
      padding: as in `conv2d`.
      use_cudnn_on_gpu: kept in the graph, without effect.
      data_format: "NHWC" or "NCHW".
      dilations: as in `conv2d`.
      name: a name for the operation.

    Returns:
      A Tensor of shape `filter_sizes`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `conv2d_backprop_filter`.
    """
    data_format = data_format or "NHWC"
    padding, explicit_paddings = read_padding(padding)
    result: Tensor = build(
        "Conv2DBackpropFilter",
        input,
        filter_sizes,
        out_backprop,
        strides=per_axis(strides, 2, data_format, "strides"),
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=per_axis(dilations, 2, data_format, "dilations"),
        name=name,
    )
    return result


# ---- Conv3D ----

_CONV3D_ATTRS = (
    f"T: {FLOATS}; strides: list(int) >= 5; {SAME_OR_VALID}; {VOLUME_FORMAT};"
    " dilations: list(int) = [1, 1, 1, 1, 1]"
)

op("Conv3D(input: T, filter: T) -> output: T", _CONV3D_ATTRS)


@shape("Conv3D")
def conv3d_shape(
    input: Tensor,
    filter: Tensor,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Dims:
    """[batch, windows, windows, windows, out channels]."""
    return _convolution_dims(input, filter, 3, strides, padding, data_format, dilations)


def _conv3d_attrs(op: Operation) -> dict[str, Any]:
    return attrs_of(op, "strides", "padding", "data_format", "dilations")


@gradient("Conv3D")
def conv3d_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Gradients by input and filter."""
    input, filter = op.inputs
    attrs = _conv3d_attrs(op)
    input_shape, filter_shape = build("ShapeN", [input, filter])
    return [
        build("Conv3DBackpropInputV2", input_shape, filter, dy, **attrs),
        build("Conv3DBackpropFilterV2", input, filter_shape, dy, **attrs),
    ]


def conv3d(
    input: TensorLike,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str | None = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolves volumes with filters.

    Args:
      input: [batch, depth, height, width, channels], or channels second for "NCDHW".
      filter: [depth, height, width, channels, out channels].
      strides: [5], steps between windows.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      dilations: [5], steps between the taps of a filter.
      name: a name for the operation.
      filters: the same as `filter`.

    Returns:
      [batch, windows, windows, windows, out channels].

    Source: TensorFlow 1.15, python/ops/nn_ops.py `conv3d_v1`.
    """
    data_format = data_format or "NDHWC"
    result: Tensor = build(
        "Conv3D",
        input,
        either("filters", filters, "filter", filter),
        strides=per_axis(strides, 3, data_format, "strides"),
        padding=padding,
        data_format=data_format,
        dilations=per_axis(dilations, 3, data_format, "dilations"),
        name=name,
    )
    return result


# ---- Conv3DBackpropInputV2 ----

op(
    "Conv3DBackpropInputV2(input_sizes: Tshape, filter: T, out_backprop: T) -> output: T",
    f"{_CONV3D_ATTRS}; Tshape: {{int32, int64}} = int32",
)


@shape("Conv3DBackpropInputV2")
def conv3d_backprop_input_shape(input_sizes: Tensor) -> Dims:
    """The value of `input_sizes`."""
    return with_rank(constant_value_as_shape(input_sizes), 5)


@gradient("Conv3DBackpropInputV2")
def conv3d_backprop_input_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by filter and by the gradient that came in."""
    _, filter, out_backprop = op.inputs
    attrs = _conv3d_attrs(op)
    return [
        None,
        build("Conv3DBackpropFilterV2", dy, build("Shape", filter), out_backprop, **attrs),
        build("Conv3D", dy, filter, **attrs),
    ]


def conv3d_transpose(
    value: TensorLike,
    filter: TensorLike | None = None,
    output_shape: TensorLike | None = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str | None = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv3d` as a linear map.

    Args:
      value: [batch, depth, height, width, in channels].
      filter: [depth, height, width, out channels, in channels].
      output_shape: [5]; int32 or int64, the shape of the result.
      strides: as in `conv3d`.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      name: a name for the operation.
      input: the same as `value`.
      filters: the same as `filter`.
      dilations: as in `conv3d`.

    Returns:
      A Tensor of shape `output_shape`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `conv3d_transpose`.
    """
    value = either("input", input, "value", value)
    filter = either("filters", filters, "filter", filter)
    data_format = data_format or "NDHWC"
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        result: Tensor = build(
            "Conv3DBackpropInputV2",
            output_shape,
            filter,
            value,
            strides=per_axis(strides, 3, data_format, "strides"),
            padding=padding,
            data_format=data_format,
            dilations=per_axis(dilations, 3, data_format, "dilations"),
            name=scope,
        )
        return result


# ---- Conv3DBackpropFilterV2 ----

op(
    "Conv3DBackpropFilterV2(input: T, filter_sizes: int32, out_backprop: T) -> output: T",
    _CONV3D_ATTRS,
)


@shape("Conv3DBackpropFilterV2")
def conv3d_backprop_filter_shape(filter_sizes: Tensor) -> Dims:
    """The value of `filter_sizes`."""
    return with_rank(constant_value_as_shape(filter_sizes), 5)


@gradient("Conv3DBackpropFilterV2")
def conv3d_backprop_filter_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by input and by the gradient that came in."""
    input, _, out_backprop = op.inputs
    attrs = _conv3d_attrs(op)
    return [
        build("Conv3DBackpropInputV2", build("Shape", input), dy, out_backprop, **attrs),
        None,
        build("Conv3D", input, dy, **attrs),
    ]


def conv3d_backprop_filter(
    input: TensorLike,
    filter_sizes: TensorLike,
    out_backprop: TensorLike,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv3d` by its filter.

    Args:
      input: [batch, depth, height, width, channels].
      filter_sizes: [5]; int32, the shape of the filter.
      out_backprop: [batch, windows, windows, windows, out channels].
      strides: as in `conv3d`.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      dilations: as in `conv3d`.
      name: a name for the operation.

    Returns:
      A Tensor of shape `filter_sizes`.

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "Conv3DBackpropFilterV2".
    """
    data_format = data_format or "NDHWC"
    result: Tensor = build(
        "Conv3DBackpropFilterV2",
        input,
        filter_sizes,
        out_backprop,
        strides=per_axis(strides, 3, data_format, "strides"),
        padding=padding,
        data_format=data_format,
        dilations=per_axis(dilations, 3, data_format, "dilations"),
        name=name,
    )
    return result


conv3d_backprop_filter_v2 = conv3d_backprop_filter


# ---- Convolution of any rank ----


def convolution(
    input: TensorLike,
    filter: TensorLike,
    padding: str,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves signals, images or volumes, by the rank of the filter.

    Args:
      input: [batch, sizes..., channels], or [batch, channels, sizes...] for a `data_format` that
        begins with "NC".
      filter: [window..., channels, out channels].
      padding: "SAME" or "VALID".
      strides: one for each spatial axis.
      dilation_rate: one for each spatial axis.
      name: a name for the operation.
      data_format: such as "NWC", "NHWC", "NCHW".
      filters: the same as `filter`.
      dilations: the same as `dilation_rate`.

    Returns:
      [batch, windows..., out channels].

    Raises:
      ValueError: the filter has not 1 to 3 spatial axes, or both strides and rates are above 1.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `convolution`. A rate becomes the op's
      attribute `dilations`, where 1.15 moves space to batch and back; the values are the same.
    """
    filter = either("filters", filters, "filter", filter)
    rate = either("dilations", dilations, "dilation_rate", dilation_rate)
    with name_scope(name, "convolution", [input, filter]) as scope:
        input = convert_to_tensor(input, name="input")
        filter = convert_to_tensor(filter, name="filter")
        rank = filter.dims if filter.dims is not None else input.dims
        if rank is None:
            raise ValueError("Cannot compute strides and dilations of a filter of unknown rank")
        spatial = len(rank) - 2
        if not 1 <= spatial <= 3:
            raise ValueError(f"num_spatial_dims must be one of 1, 2 or 3 but saw {spatial}.")
        steps = [1] * spatial if strides is None else [int(s) for s in strides]
        gaps = [1] * spatial if rate is None else [int(r) for r in rate]
        if len(steps) != spatial or len(gaps) != spatial:
            raise ValueError(
                f"strides and dilation_rate should have {spatial} entries, got {strides!r} and "
                f"{rate!r}"
            )
        if max(steps) > 1 and max(gaps) > 1:
            raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
        if spatial == 1:
            result = conv1d(
                input, filter, steps, padding, data_format=data_format, name=scope, dilations=gaps
            )
        elif spatial == 2:
            result = conv2d(
                input, filter, steps, padding, data_format=data_format, dilations=gaps, name=scope
            )
        else:
            result = conv3d(input, filter, steps, padding, data_format, gaps, name=scope)
        return result


def conv1d(
    value: TensorLike | None = None,
    filters: TensorLike | None = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves signals with filters.

    Args:
      value: [batch, width, channels], or [batch, channels, width] for "NCW".
      filters: [width, channels, out channels].
      stride: steps between windows.
      padding: "SAME" or "VALID".
      use_cudnn_on_gpu: kept in the graph, without effect.
      data_format: "NWC" ("NHWC") or "NCW" ("NCHW").
      name: a name for the operation.
      input: the same as `value`.
      dilations: steps between the taps of a filter.

    Returns:
      [batch, windows, out channels].

    Raises:
      ValueError: another `data_format`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `conv1d`: a `conv2d` of height 1.
    """
    value = either("input", input, "value", value)
    with name_scope(name, "conv1d", [value, filters]) as scope:
        if data_format in (None, "NHWC", "NWC"):
            layout, axis = "NHWC", 1
        elif data_format in ("NCHW", "NCW"):
            layout, axis = "NCHW", 2
        else:
            raise ValueError("data_format must be 'NWC' or 'NCW'.")
        steps = per_axis(stride, 1, data_format, "stride")
        gaps = per_axis(dilations, 1, data_format, "dilations")
        result = conv2d(
            build("ExpandDims", value, axis),
            build("ExpandDims", filters, 0),
            [*steps[:axis], 1, *steps[axis:]],
            padding,
            use_cudnn_on_gpu=True if use_cudnn_on_gpu is None else use_cudnn_on_gpu,
            data_format=layout,
            dilations=[*gaps[:axis], 1, *gaps[axis:]],
            name=scope,
        )
        squeezed: Tensor = build("Squeeze", result, squeeze_dims=[axis])
        return squeezed


def atrous_conv2d(
    value: TensorLike, filters: TensorLike, rate: Any, padding: str, name: str | None = None
) -> Tensor:
    """Convolves images with filters whose taps are `rate` apart.

    Args:
      value: [batch, height, width, channels].
      filters: [height, width, channels, out channels].
      rate: steps between taps along both axes.
      padding: "SAME" or "VALID".
      name: a name for the operation.

    Returns:
      [batch, windows, windows, out channels].

    Source: TensorFlow 1.15, python/ops/nn_ops.py `atrous_conv2d`.
    """
    rates = list(rate) if hasattr(rate, "__len__") else [rate, rate]
    return convolution(value, filters, padding, dilation_rate=rates, name=name)


def atrous_conv2d_transpose(
    value: TensorLike,
    filters: TensorLike,
    output_shape: TensorLike,
    rate: int,
    padding: str,
    name: str | None = None,
) -> Tensor:
    """The transpose of `atrous_conv2d` as a linear map.

    Args:
      value: [batch, height, width, in channels].
      filters: [height, width, out channels, in channels].
      output_shape: [4]; int32, the shape of the result.
      rate: steps between taps along both axes.
      padding: "SAME" or "VALID".
      name: a name for the operation.

    Returns:
      A Tensor of shape `output_shape`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `atrous_conv2d_transpose`.
    """
    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]) as scope:
        return conv2d_backprop_input(
            output_shape, filters, value, [1, 1, 1, 1], padding, dilations=[rate, rate], name=scope
        )


def conv1d_transpose(
    input: TensorLike,
    filters: TensorLike,
    output_shape: TensorLike,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv1d` as a linear map.

    Args:
      input: [batch, width, in channels], or [batch, in channels, width] for "NCW".
      filters: [width, out channels, in channels].
      output_shape: [3]; int32, the shape of the result.
      strides: a number, or one or three of them.
      padding: "SAME" or "VALID".
      data_format: "NWC" or "NCW".
      dilations: as `strides`: the steps between taps.
      name: a name for the scope of the operations.

    Returns:
      A Tensor of shape `output_shape`.

    Raises:
      ValueError: the data format is another one.

    Source: TensorFlow 1.15 `tf.nn.conv1d_transpose`.
    """
    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        if data_format not in (None, "NWC", "NCW"):
            raise ValueError('data_format must be "NWC" or "NCW".')
        layout, axis = ("NCHW", 2) if data_format == "NCW" else ("NHWC", 1)
        steps = per_axis(strides, 1, data_format or "NWC", "strides")
        gaps = per_axis(dilations, 1, data_format or "NWC", "dilations")
        sizes = convert_to_tensor(output_shape, name="output_shape")
        result = conv2d_backprop_input(
            build("ConcatV2", [sizes[:axis], [1], sizes[axis:]], 0),
            build("ExpandDims", filters, 0),
            build("ExpandDims", input, axis),
            [*steps[:axis], 1, *steps[axis:]],
            padding,
            data_format=layout,
            dilations=[*gaps[:axis], 1, *gaps[axis:]],
            name=scope,
        )
        squeezed: Tensor = build("Squeeze", result, squeeze_dims=[axis])
        return squeezed


def conv_transpose(
    input: TensorLike,
    filters: TensorLike,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `convolution` as a linear map.

    Args:
      input: [batch, sizes..., in channels]; one to three sizes.
      filters: [window..., out channels, in channels].
      output_shape: the shape of the result; its length says how many axes there are.
      strides: a number, or one for each spatial axis.
      padding: "SAME" or "VALID".
      data_format: such as "NWC", "NHWC", "NCHW".
      dilations: as `strides`: the steps between taps.
      name: a name for the operation.

    Returns:
      A Tensor of shape `output_shape`.

    Raises:
      ValueError: `output_shape` has not 3 to 5 elements.

    Source: TensorFlow 1.15 `tf.nn.conv_transpose`.
    """
    with name_scope(name, "conv_transpose", [input, filters, output_shape]) as scope:
        sizes = output_shape if isinstance(output_shape, Tensor) else list(output_shape)
        count = sizes.shape.num_elements() if isinstance(sizes, Tensor) else len(sizes)
        spatial = 0 if count is None else count - 2
        layouts = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
        if spatial not in layouts:
            known = "?" if count is None else count
            raise ValueError(f"output_shape must be of length 3, 4 or 5 but was {known}.")
        form = data_format or layouts[spatial]
        if spatial == 1:
            return conv1d_transpose(
                input, filters, sizes, strides, padding, form, dilations, name=scope
            )
        transposed = conv2d_transpose if spatial == 2 else conv3d_transpose
        return transposed(
            input,
            filters,
            sizes,
            strides,
            padding=padding,
            data_format=form,
            dilations=dilations,
            name=scope,
        )
