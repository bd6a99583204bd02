"""Convolution and pooling of signals, images and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession import dtypes
from tfsession.build import build, convert_to_tensor
from tfsession.graph import Operation, Tensor
from tfsession.registry import gradient, op, shape
from tfsession.scopes import name_scope
from tfsession.shape_inference import constant_value, constant_value_as_shape
from tfsession.shapes import Dims, merge_dims, with_rank

__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "avg_pool_v2",
    "conv1d",
    "conv2d",
    "conv2d_backprop_filter",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "conv3d",
    "conv3d_backprop_filter",
    "conv3d_transpose",
    "convolution",
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_v2",
    "max_pool_with_argmax",
    "pool",
    "separable_conv2d",
]

_FLOATS = "{float16, bfloat16, float32, float64}"
_REALS = (
    "{float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32,"
    " uint64}"
)
_MAX_POOL_DTYPES = (
    "{float16, bfloat16, float32, float64, int32, int64, uint8, int16, int8, uint16, qint8}"
)
_SAME_OR_VALID = "padding: {'SAME', 'VALID'}"
_IMAGE_FORMAT = "data_format: {'NHWC', 'NCHW'} = 'NHWC'"
_VOLUME_FORMAT = "data_format: {'NDHWC', 'NCDHW'} = 'NDHWC'"
_POOL_ATTRS = f"ksize: list(int) >= 4; strides: list(int) >= 4; {_SAME_OR_VALID}; {_IMAGE_FORMAT}"
_POOL3D_ATTRS = (
    f"ksize: list(int) >= 5; strides: list(int) >= 5; {_SAME_OR_VALID}; {_VOLUME_FORMAT}"
)


# ---- Arguments ----


def _is_channels_first(data_format: Any) -> bool:
    text = data_format.decode() if isinstance(data_format, bytes) else data_format or ""
    return bool(text.startswith("NC"))


def _either(new_name: str, new: Any, old_name: str, old: Any, is_required: bool = False) -> Any:
    """The value of an argument that has two names.

    Raises:
      ValueError: both are given, or neither where one must be.
    """
    if new is not None and old is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    if is_required and new is None and old is None:
        raise ValueError(f"missing argument {old_name!r}")
    return old if new is None else new


def _per_axis(value: Any, spatial: int, data_format: Any, name: str) -> list[int]:
    """A list with an entry for every axis, from one for all, each or only the spatial axes.

    Raises:
      ValueError: the list has another length.
    """
    if value is None:
        value = [1]
    elif not hasattr(value, "__len__"):
        value = [value]
    values = [int(entry) for entry in value]
    if len(values) == spatial + 2:
        return values
    if len(values) not in (1, spatial):
        raise ValueError(
            f"{name} should be of length 1, {spatial} or {spatial + 2} but was {len(values)}"
        )
    inner = values * spatial if len(values) == 1 else values
    return [1, 1, *inner] if _is_channels_first(data_format) else [1, *inner, 1]


def _padding(padding: Any) -> tuple[Any, list[int]]:
    """The attributes `padding` and `explicit_paddings` of what users may write.

    Raises:
      ValueError: a list has not the form ``[[before, after], ...]``, one pair an axis.
    """
    if not isinstance(padding, (list, tuple)):
        if padding == "EXPLICIT":
            raise ValueError(
                '"EXPLICIT" is not a valid value for the padding parameter. To use explicit '
                "padding, the padding parameter must be a list."
            )
        return padding, []
    for index, pair in enumerate(padding):
        if not isinstance(pair, (list, tuple)):
            raise ValueError(
                "When padding is a list, each element of padding must be a list/tuple of size 2. "
                f"Element with index {index} of padding is not a list/tuple"
            )
        if len(pair) != 2:
            raise ValueError(
                "When padding is a list, each element of padding must be a list/tuple of size 2. "
                f"Element with index {index} of padding has size {len(pair)}"
            )
    if len(padding) != 4:
        raise ValueError(
            f"When padding is a list, it must be of size 4. Got padding of size: {len(padding)}"
        )
    return "EXPLICIT", [size for pair in padding for size in pair]


# ---- Static shapes ----


def _window_count(
    size: int | None,
    window: int | None,
    stride: int,
    dilation: int,
    padding: bytes,
    pads: tuple[int, int],
) -> int | None:
    """How many windows an axis has room for.

    Raises:
      ValueError: the window is larger than the axis.
    """
    if stride <= 0:
        raise ValueError(f"Stride must be > 0, but got {stride}")
    if dilation <= 0:
        raise ValueError(f"Dilation rate must be >= 1, but got {dilation}")
    if size is None:
        return None
    if padding == b"SAME":
        return -(-size // stride)
    if window is None:
        return None
    reach = (window - 1) * dilation + 1
    room = size + pads[0] + pads[1]
    if room < reach:
        raise ValueError(f"Negative dimension size caused by subtracting {reach} from {room}")
    return (room - reach + stride) // stride


def _windows(
    dims: Dims,
    window: Sequence[int | None],
    channels: int | None,
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: bytes,
    data_format: bytes,
    explicit_paddings: Sequence[int] = (),
) -> Dims:
    """The shape of an op that slides windows over `dims` and gives `channels`.

    Raises:
      ValueError: a rank, a list's length or a window's size does not fit.
    """
    rank = len(window) + 2
    dims = with_rank(dims, rank)
    for values, what in ((strides, "strides"), (dilations, "dilations")):
        if len(values) != rank:
            raise ValueError(
                f"the {what} attribute should contain {rank} values, but got: {len(values)}"
            )
    first = 2 if _is_channels_first(data_format) else 1
    pairs = list(zip(explicit_paddings[0::2], explicit_paddings[1::2], strict=True))
    outs = tuple(
        _window_count(
            dims[first + axis],
            taps,
            strides[first + axis],
            dilations[first + axis],
            padding,
            pairs[first + axis] if pairs else (0, 0),
        )
        for axis, taps in enumerate(window)
    )
    return (dims[0], channels, *outs) if first == 2 else (dims[0], *outs, channels)


def _channels(dims: Dims, data_format: bytes) -> int | None:
    if dims is None:
        return None
    return dims[1] if _is_channels_first(data_format) else dims[-1]


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
    depth, wanted = _channels(dims, data_format), window[-2]
    if depth is not None and wanted is not None and (wanted == 0 or depth % wanted):
        raise ValueError(
            f"Depth of input ({depth}) is not a multiple of input depth of filter ({wanted})"
        )
    return _windows(
        dims, window[:-2], window[-1], strides, dilations, padding, data_format, explicit_paddings
    )


# ---- Conv2D ----

_CONV2D_ATTRS = (
    f"T: {_FLOATS}; strides: list(int); use_cudnn_on_gpu: bool = true;"
    " padding: {'SAME', 'VALID', 'EXPLICIT'}; explicit_paddings: list(int) = [];"
    f" {_IMAGE_FORMAT}; dilations: list(int) = [1, 1, 1, 1]"
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
    return _convolution_dims(
        input, filter, 2, strides, padding, data_format, dilations, explicit_paddings
    )


def _attrs(op: Operation, *names: str) -> dict[str, Any]:
    return {name: op.attrs[name] for name in names}


def _conv2d_attrs(op: Operation) -> dict[str, Any]:
    return _attrs(
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
    input: Any,
    filter: Any = None,
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
    filter = _either("filters", filters, "filter", filter)
    data_format = data_format or "NHWC"
    padding, explicit_paddings = _padding(padding)
    result: Tensor = build(
        "Conv2D",
        input,
        filter,
        strides=_per_axis(strides, 2, data_format, "strides"),
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=_per_axis(dilations, 2, data_format, "dilations"),
        name=name,
    )
    return result


# ---- Conv2DBackpropInput ----

op(
    "Conv2DBackpropInput(input_sizes: int32, filter: T, out_backprop: T) -> output: T",
    _CONV2D_ATTRS,
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
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
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
    filter = _either("filters", filters, "filter", filter)
    data_format = data_format or "NHWC"
    padding, explicit_paddings = _padding(padding)
    result: Tensor = build(
        "Conv2DBackpropInput",
        input_sizes,
        filter,
        out_backprop,
        strides=_per_axis(strides, 2, data_format, "strides"),
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=_per_axis(dilations, 2, data_format, "dilations"),
        name=name,
    )
    return result


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
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
    value = _either("input", input, "value", value)
    filter = _either("filters", filters, "filter", filter)
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
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
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
    padding, explicit_paddings = _padding(padding)
    result: Tensor = build(
        "Conv2DBackpropFilter",
        input,
        filter_sizes,
        out_backprop,
        strides=_per_axis(strides, 2, data_format, "strides"),
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        padding=padding,
        explicit_paddings=explicit_paddings,
        data_format=data_format,
        dilations=_per_axis(dilations, 2, data_format, "dilations"),
        name=name,
    )
    return result


# ---- Conv3D ----

_CONV3D_ATTRS = (
    f"T: {_FLOATS}; strides: list(int) >= 5; {_SAME_OR_VALID}; {_VOLUME_FORMAT};"
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
    return _attrs(op, "strides", "padding", "data_format", "dilations")


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
    input: Any,
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
        _either("filters", filters, "filter", filter),
        strides=_per_axis(strides, 3, data_format, "strides"),
        padding=padding,
        data_format=data_format,
        dilations=_per_axis(dilations, 3, data_format, "dilations"),
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
    value: Any,
    filter: Any = None,
    output_shape: Any = None,
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
    value = _either("input", input, "value", value)
    filter = _either("filters", filters, "filter", filter)
    data_format = data_format or "NDHWC"
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        result: Tensor = build(
            "Conv3DBackpropInputV2",
            output_shape,
            filter,
            value,
            strides=_per_axis(strides, 3, data_format, "strides"),
            padding=padding,
            data_format=data_format,
            dilations=_per_axis(dilations, 3, data_format, "dilations"),
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
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
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
        strides=_per_axis(strides, 3, data_format, "strides"),
        padding=padding,
        data_format=data_format,
        dilations=_per_axis(dilations, 3, data_format, "dilations"),
        name=name,
    )
    return result


# ---- DepthwiseConv2dNative ----

_DEPTHWISE_ATTRS = (
    f"T: {_FLOATS}; strides: list(int); {_SAME_OR_VALID}; {_IMAGE_FORMAT};"
    " dilations: list(int) = [1, 1, 1, 1]"
)

op("DepthwiseConv2dNative(input: T, filter: T) -> output: T", _DEPTHWISE_ATTRS)


@shape("DepthwiseConv2dNative")
def depthwise_conv2d_shape(
    input: Tensor,
    filter: Tensor,
    strides: list[int],
    padding: bytes,
    data_format: bytes,
    dilations: list[int],
) -> Dims:
    """[batch, windows, windows, channels * multiplier]."""
    dims, window = with_rank(input.dims, 4), with_rank(filter.dims, 4)
    depth, wanted = _channels(dims, data_format), window[2]
    if depth is not None and wanted is not None and depth != wanted:
        raise ValueError(f"Dimensions must be equal, but are {depth} and {wanted}")
    depth = wanted if depth is None else depth
    channels = None if depth is None or window[3] is None else depth * window[3]
    return _windows(dims, window[:2], channels, strides, dilations, padding, data_format)


def _depthwise_attrs(op: Operation) -> dict[str, Any]:
    return _attrs(op, "strides", "padding", "data_format", "dilations")


@gradient("DepthwiseConv2dNative")
def depthwise_conv2d_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Gradients by input and filter."""
    input, filter = op.inputs
    attrs = _depthwise_attrs(op)
    return [
        build("DepthwiseConv2dNativeBackpropInput", build("Shape", input), filter, dy, **attrs),
        build("DepthwiseConv2dNativeBackpropFilter", input, build("Shape", filter), dy, **attrs),
    ]


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Convolves each channel with filters of its own.

    Args:
      input: [batch, height, width, channels].
      filter: [height, width, channels, multiplier].
      strides: [4], steps between windows.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      dilations: [4], steps between the taps of a filter.
      name: a name for the operation.

    Returns:
      [batch, windows, windows, channels * multiplier].

    Source: TensorFlow 1.15, core/ops/nn_ops.cc "DepthwiseConv2dNative".
    """
    data_format = data_format or "NHWC"
    result: Tensor = build(
        "DepthwiseConv2dNative",
        input,
        filter,
        strides=_per_axis(strides, 2, data_format, "strides"),
        padding=padding,
        data_format=data_format,
        dilations=_per_axis(dilations, 2, data_format, "dilations"),
        name=name,
    )
    return result


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves each channel with filters of its own.

    Args:
      input: [batch, height, width, channels].
      filter: [height, width, channels, multiplier].
      strides: [4], steps between windows.
      padding: "SAME" or "VALID".
      rate: [2], steps between the taps of a filter.
      name: a name for the operation.
      data_format: "NHWC" or "NCHW".
      dilations: the same as `rate`.

    Returns:
      [batch, windows, windows, channels * multiplier].

    Source: TensorFlow 1.15, python/ops/nn_impl.py `depthwise_conv2d`. A rate becomes the op's
      attribute `dilations`, where 1.15 moves space to batch and back; the values are the same.
    """
    rate = _either("dilations", dilations, "rate", rate)
    with name_scope(name, "depthwise", [input, filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        filter = convert_to_tensor(filter, name="filter_in")
        return depthwise_conv2d_native(
            input, filter, strides, padding, data_format, rate, name=scope
        )


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves each channel by itself, then mixes channels point by point.

    Args:
      input: [batch, height, width, channels].
      depthwise_filter: [height, width, channels, multiplier].
      pointwise_filter: [1, 1, channels * multiplier, out channels].
      strides: [4], steps between windows.
      padding: "SAME" or "VALID".
      rate: [2], steps between the taps of a filter.
      name: a name for the operation.
      data_format: "NHWC" or "NCHW".
      dilations: the same as `rate`.

    Returns:
      [batch, windows, windows, out channels].

    Raises:
      ValueError: `pointwise_filter` is not 1 by 1.

    Source: TensorFlow 1.15, python/ops/nn_impl.py `separable_conv2d`.
    """
    rate = _either("dilations", dilations, "rate", rate)
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        input = convert_to_tensor(input, name="tensor_in")
        depthwise_filter = convert_to_tensor(depthwise_filter, name="depthwise_filter")
        pointwise_filter = convert_to_tensor(pointwise_filter, name="pointwise_filter")
        with_rank(pointwise_filter.dims, 4)
        merge_dims(with_rank(pointwise_filter.dims, 4)[:2], (1, 1))
        middle = depthwise_conv2d_native(
            input, depthwise_filter, strides, padding, data_format, rate, name="depthwise"
        )
        return conv2d(
            middle,
            pointwise_filter,
            [1, 1, 1, 1],
            "VALID",
            data_format=data_format,
            name=scope,
        )


# ---- DepthwiseConv2dNativeBackpropInput ----

op(
    "DepthwiseConv2dNativeBackpropInput(input_sizes: int32, filter: T, out_backprop: T)"
    " -> output: T",
    _DEPTHWISE_ATTRS,
)


@shape("DepthwiseConv2dNativeBackpropInput")
def depthwise_conv2d_backprop_input_shape(input_sizes: Tensor) -> Dims:
    """The value of `input_sizes`."""
    return with_rank(constant_value_as_shape(input_sizes), 4)


@gradient("DepthwiseConv2dNativeBackpropInput")
def depthwise_conv2d_backprop_input_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by filter and by the gradient that came in."""
    _, filter, out_backprop = op.inputs
    attrs = _depthwise_attrs(op)
    sizes = build("Shape", filter)
    return [
        None,
        build("DepthwiseConv2dNativeBackpropFilter", dy, sizes, out_backprop, **attrs),
        build("DepthwiseConv2dNative", dy, filter, **attrs),
    ]


def depthwise_conv2d_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` by its input; arguments as there."""
    result: Tensor = build(
        "DepthwiseConv2dNativeBackpropInput",
        input_sizes,
        filter,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )
    return result


# ---- DepthwiseConv2dNativeBackpropFilter ----

op(
    "DepthwiseConv2dNativeBackpropFilter(input: T, filter_sizes: int32, out_backprop: T)"
    " -> output: T",
    _DEPTHWISE_ATTRS,
)


@shape("DepthwiseConv2dNativeBackpropFilter")
def depthwise_conv2d_backprop_filter_shape(filter_sizes: Tensor) -> Dims:
    """The value of `filter_sizes`."""
    return with_rank(constant_value_as_shape(filter_sizes), 4)


@gradient("DepthwiseConv2dNativeBackpropFilter")
def depthwise_conv2d_backprop_filter_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Gradients by input and by the gradient that came in."""
    input, _, out_backprop = op.inputs
    attrs = _depthwise_attrs(op)
    sizes = build("Shape", input)
    return [
        build("DepthwiseConv2dNativeBackpropInput", sizes, dy, out_backprop, **attrs),
        None,
        build("DepthwiseConv2dNative", input, dy, **attrs),
    ]


def depthwise_conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` by its filter; arguments as there."""
    result: Tensor = build(
        "DepthwiseConv2dNativeBackpropFilter",
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )
    return result


# ---- Convolution of any rank ----


def convolution(
    input: Any,
    filter: Any,
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
    filter = _either("filters", filters, "filter", filter)
    rate = _either("dilations", dilations, "dilation_rate", dilation_rate)
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
    value: Any = None,
    filters: Any = None,
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
    value = _either("input", input, "value", value)
    with name_scope(name, "conv1d", [value, filters]):
        if data_format in (None, "NHWC", "NWC"):
            layout, axis = "NHWC", 1
        elif data_format in ("NCHW", "NCW"):
            layout, axis = "NCHW", 2
        else:
            raise ValueError("data_format must be 'NWC' or 'NCW'.")
        steps = _per_axis(stride, 1, data_format, "stride")
        gaps = _per_axis(dilations, 1, data_format, "dilations")
        result = conv2d(
            build("ExpandDims", value, axis),
            build("ExpandDims", filters, 0),
            [*steps[:axis], 1, *steps[axis:]],
            padding,
            use_cudnn_on_gpu=True if use_cudnn_on_gpu is None else use_cudnn_on_gpu,
            data_format=layout,
            dilations=[*gaps[:axis], 1, *gaps[axis:]],
        )
        squeezed: Tensor = build("Squeeze", result, squeeze_dims=[axis])
        return squeezed


def atrous_conv2d(
    value: Any, filters: Any, rate: Any, padding: str, name: str | None = None
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
    value: Any,
    filters: Any,
    output_shape: Any,
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


# ---- MaxPool ----

op("MaxPool(input: T) -> output: T", f"T: {_MAX_POOL_DTYPES} = float32; {_POOL_ATTRS}")


def _pool_dims(
    x: Tensor, ksize: Sequence[int], strides: Sequence[int], padding: bytes, data_format: bytes
) -> Dims:
    """The shape of a pooling op.

    Raises:
      ValueError: a rank, a list's length or a window's size does not fit.
    """
    rank = 5 if len(data_format) == 5 else 4
    dims = with_rank(x.dims, rank)
    if len(ksize) != rank:
        raise ValueError(
            f"Pool requires the ksize attribute to contain {rank} values, but got: {len(ksize)}"
        )
    window = ksize[2:] if _is_channels_first(data_format) else ksize[1:-1]
    channels = _channels(dims, data_format)
    return _windows(dims, window, channels, strides, [1] * rank, padding, data_format)


@shape("MaxPool")
def max_pool_shape(
    input: Tensor, ksize: list[int], strides: list[int], padding: bytes, data_format: bytes
) -> Dims:
    """[batch, windows, windows, channels]."""
    return _pool_dims(input, ksize, strides, padding, data_format)


def _pool_attrs(op: Operation) -> dict[str, Any]:
    return _attrs(op, "ksize", "strides", "padding", "data_format")


@gradient("MaxPool")
def max_pool_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Each window's gradient at its first maximum."""
    return [build("MaxPoolGrad", op.inputs[0], op.outputs[0], dy, **_pool_attrs(op))]


def _pool(
    op_type: str,
    default_name: str,
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    name: str | None,
    spatial: int = 2,
) -> Tensor:
    """A pooling op under a name scope of its own."""
    layout = data_format or ("NHWC" if spatial == 2 else "NDHWC")
    with name_scope(name, default_name, [value]) as scope:
        result: Tensor = build(
            op_type,
            convert_to_tensor(value, name="input"),
            ksize=_per_axis(ksize, spatial, layout, "ksize"),
            strides=_per_axis(strides, spatial, layout, "strides"),
            padding=padding,
            data_format=layout,
            name=scope,
        )
        return result


def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Maxima of windows of images.

    Args:
      value: [batch, height, width, channels], or [batch, channels, height, width] for "NCHW".
      ksize: the window: one size, one for height and width, or one for each axis; a Tensor [4] too.
      strides: steps between windows, given as `ksize`.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      name: a name for the operation.
      input: the same as `value`.

    Returns:
      [batch, windows, windows, channels].

    Source: TensorFlow 1.15, python/ops/nn_ops.py `max_pool`.
    """
    value = _either("input", input, "value", value)
    if isinstance(ksize, Tensor) or isinstance(strides, Tensor):
        result: Tensor = build(
            "MaxPoolV2", value, ksize, strides, padding=padding, data_format=data_format, name=name
        )
        return result
    return _pool("MaxPool", "MaxPool", value, ksize, strides, padding, data_format, name)


def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`max_pool` under its newer name; arguments as there."""
    return _pool("MaxPool", "MaxPool2d", input, ksize, strides, padding, data_format, name)


def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """Maxima of windows of signals.

    Args:
      input: [batch, width, channels], or [batch, channels, width] for "NCW".
      ksize: the window.
      strides: steps between windows.
      padding: "SAME" or "VALID".
      data_format: "NWC" or "NCW".
      name: a name for the operation.

    Returns:
      [batch, windows, channels].

    Source: TensorFlow 1.15, python/ops/nn_ops.py `max_pool1d`.
    """
    return _pool1d("MaxPool", "MaxPool1d", input, ksize, strides, padding, data_format, name)


def _pool1d(
    op_type: str,
    default_name: str,
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str,
    name: str | None,
) -> Tensor:
    """A pooling op of images of height 1."""
    with name_scope(name, default_name, [value]) as scope:
        axis = 2 if _is_channels_first(data_format) else 1
        window = _per_axis(ksize, 1, data_format, "ksize")
        steps = _per_axis(strides, 1, data_format, "strides")
        pooled = build(
            op_type,
            build("ExpandDims", value, axis),
            ksize=[*window[:axis], 1, *window[axis:]],
            strides=[*steps[:axis], 1, *steps[axis:]],
            padding=padding,
            data_format="NCHW" if axis == 2 else "NHWC",
        )
        result: Tensor = build("Squeeze", pooled, squeeze_dims=[axis], name=scope)
        return result


def _spatial_rank(value: Any) -> int:
    dims = convert_to_tensor(value).dims
    if dims is None:
        raise ValueError("Input must have a known rank")
    return len(dims) - 2


def max_pool_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Maxima of windows of signals, images or volumes, by the rank of `input`.

    Args:
      input: [batch, sizes..., channels].
      ksize: the window.
      strides: steps between windows.
      padding: "SAME" or "VALID".
      data_format: such as "NWC", "NHWC", "NCHW".
      name: a name for the operation.

    Returns:
      [batch, windows..., channels].

    Source: TensorFlow 1.15, python/ops/nn_ops.py `max_pool_v2`.
    """
    spatial = _spatial_rank(input)
    if spatial == 1:
        return max_pool1d(input, ksize, strides, padding, data_format or "NWC", name)
    op_type = "MaxPool" if spatial == 2 else "MaxPool3D"
    return _pool(op_type, "max_pool", input, ksize, strides, padding, data_format, name, spatial)


# ---- MaxPoolGrad ----

op(
    "MaxPoolGrad(orig_input: T, orig_output: T, grad: T) -> output: T",
    f"{_POOL_ATTRS}; T: {_REALS} = float32",
)


@shape("MaxPoolGrad")
def max_pool_grad_shape(orig_input: Tensor) -> Dims:
    """The shape of the input."""
    return with_rank(orig_input.dims, 4)


@gradient("MaxPoolGrad")
def max_pool_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """The entries of `dy` at the maxima."""
    x, y, _ = op.inputs
    return [
        build("ZerosLike", x),
        build("ZerosLike", y),
        build("MaxPoolGradGrad", x, y, dy, **_pool_attrs(op)),
    ]


# ---- MaxPoolGradGrad ----

op(
    "MaxPoolGradGrad(orig_input: T, orig_output: T, grad: T) -> output: T",
    f"{_POOL_ATTRS}; T: {_REALS}",
)


@shape("MaxPoolGradGrad")
def max_pool_grad_grad_shape(orig_output: Tensor) -> Dims:
    """The shape of the output."""
    return with_rank(orig_output.dims, 4)


@gradient("MaxPoolGradGrad")
def max_pool_grad_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """`dy` at the maxima."""
    x, y, _ = op.inputs
    return [
        build("ZerosLike", x),
        build("ZerosLike", y),
        build("MaxPoolGrad", x, y, dy, **_pool_attrs(op)),
    ]


# ---- MaxPoolV2 ----

op(
    "MaxPoolV2(input: T, ksize: int32, strides: int32) -> output: T",
    f"T: {_MAX_POOL_DTYPES} = float32; {_SAME_OR_VALID}; {_IMAGE_FORMAT}",
)


@shape("MaxPoolV2")
def max_pool_v2_shape(
    input: Tensor, ksize: Tensor, strides: Tensor, padding: bytes, data_format: bytes
) -> Dims:
    """[batch, windows, windows, channels]."""
    window, steps = constant_value(ksize), constant_value(strides)
    if window is None or steps is None:
        dims = with_rank(input.dims, 4)
        channels = _channels(dims, data_format)
        first = _is_channels_first(data_format)
        return (dims[0], channels, None, None) if first else (dims[0], None, None, channels)
    return _pool_dims(
        input, [int(k) for k in window], [int(s) for s in steps], padding, data_format
    )


@gradient("MaxPoolV2")
def max_pool_v2_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Each window's gradient at its first maximum."""
    x, ksize, strides = op.inputs
    attrs = _attrs(op, "padding", "data_format")
    return [build("MaxPoolGradV2", x, op.outputs[0], dy, ksize, strides, **attrs), None, None]


# ---- MaxPoolGradV2 ----

op(
    "MaxPoolGradV2(orig_input: T, orig_output: T, grad: T, ksize: int32, strides: int32)"
    " -> output: T",
    f"{_SAME_OR_VALID}; {_IMAGE_FORMAT}; T: {_REALS} = float32",
)


@shape("MaxPoolGradV2")
def max_pool_grad_v2_shape(orig_input: Tensor) -> Dims:
    """The shape of the input."""
    return with_rank(orig_input.dims, 4)


@gradient("MaxPoolGradV2")
def max_pool_grad_v2_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """The entries of `dy` at the maxima, where the window is known.

    Raises:
      LookupError: window or strides are not constants.
    """
    x, y, _, ksize, strides = op.inputs
    window, steps = constant_value(ksize), constant_value(strides)
    if window is None or steps is None:
        raise LookupError("MaxPoolGradV2 has a gradient only with constant ksize and strides")
    attrs = _attrs(op, "padding", "data_format")
    picked = build(
        "MaxPoolGradGrad", x, y, dy, ksize=window.tolist(), strides=steps.tolist(), **attrs
    )
    return [build("ZerosLike", x), build("ZerosLike", y), picked, None, None]


# ---- MaxPoolWithArgmax ----

op(
    "MaxPoolWithArgmax(input: T) -> output: T, argmax: Targmax",
    "ksize: list(int) >= 4; strides: list(int) >= 4; Targmax: {int32, int64} = int64;"
    f" {_SAME_OR_VALID}; include_batch_in_index: bool = false; T: {_REALS}",
)


@shape("MaxPoolWithArgmax")
def max_pool_with_argmax_shape(
    input: Tensor, ksize: list[int], strides: list[int], padding: bytes
) -> list[Dims]:
    """[batch, windows, windows, channels], twice."""
    return [_pool_dims(input, ksize, strides, padding, b"NHWC")] * 2


@gradient("MaxPoolWithArgmax")
def max_pool_with_argmax_gradient(op: Operation, dy: Tensor, _: Any) -> list[Tensor]:
    """Gradients at the positions of the maxima."""
    attrs = _attrs(op, "ksize", "strides", "padding", "include_batch_in_index")
    return [build("MaxPoolGradWithArgmax", op.inputs[0], dy, op.outputs[1], **attrs)]


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    Targmax: Any = None,  # TensorFlow's name
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> list[Tensor]:
    """Maxima of windows of images, and where they are.

    Args:
      input: [batch, height, width, channels].
      ksize: [4], the window.
      strides: [4], steps between windows.
      padding: "SAME" or "VALID".
      data_format: "NHWC".
      Targmax: int32 or int64, which is the default.
      name: a name for the operation.
      output_dtype: the same as `Targmax`.
      include_batch_in_index: whether positions count through the batch or through each image.

    Returns:
      The maxima, and their positions in the flattened input.

    Raises:
      ValueError: another `data_format`.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `max_pool_with_argmax_v1`.
    """
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    kind = _either("output_dtype", output_dtype, "Targmax", Targmax)
    result: list[Tensor] = build(
        "MaxPoolWithArgmax",
        input,
        ksize=ksize,
        strides=strides,
        padding=padding,
        Targmax=dtypes.int64 if kind is None else kind,
        include_batch_in_index=include_batch_in_index,
        name=name,
    )
    return result


# ---- MaxPoolGradWithArgmax ----

op(
    "MaxPoolGradWithArgmax(input: T, grad: T, argmax: Targmax) -> output: T",
    f"ksize: list(int) >= 4; strides: list(int) >= 4; {_SAME_OR_VALID};"
    f" include_batch_in_index: bool = false; Targmax: {{int32, int64}}; T: {_REALS}",
)


@shape("MaxPoolGradWithArgmax")
def max_pool_grad_with_argmax_shape(input: Tensor) -> Dims:
    """The shape of the input."""
    return with_rank(input.dims, 4)


@gradient("MaxPoolGradWithArgmax")
def max_pool_grad_with_argmax_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """The entries of `dy` at the positions of the maxima."""
    x, _, argmax = op.inputs
    if op.attrs["include_batch_in_index"]:
        flat = build("Reshape", dy, [-1])
        return [build("ZerosLike", x), build("GatherV2", flat, argmax, 0), None]
    batch = build("Shape", x)[0]
    rows = build("Reshape", dy, build("Pack", [batch, -1]))
    places = build("Reshape", argmax, build("Pack", [batch, -1]))
    picked = build("GatherV2", rows, places, 1, batch_dims=1)
    return [build("ZerosLike", x), build("Reshape", picked, build("Shape", argmax)), None]


# ---- AvgPool ----

op("AvgPool(value: T) -> output: T", f"{_POOL_ATTRS}; T: {_FLOATS}")


@shape("AvgPool")
def avg_pool_shape(
    value: Tensor, ksize: list[int], strides: list[int], padding: bytes, data_format: bytes
) -> Dims:
    """[batch, windows, windows, channels]."""
    return _pool_dims(value, ksize, strides, padding, data_format)


@gradient("AvgPool")
def avg_pool_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Each window's gradient spread over it."""
    return [build("AvgPoolGrad", build("Shape", op.inputs[0]), dy, **_pool_attrs(op))]


def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Means of windows of images; what lies outside an image does not count.

    Args:
      value: [batch, height, width, channels], or [batch, channels, height, width] for "NCHW".
      ksize: the window: one size, one for height and width, or one for each axis.
      strides: steps between windows, given as `ksize`.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      name: a name for the operation.
      input: the same as `value`.

    Returns:
      [batch, windows, windows, channels].

    Source: TensorFlow 1.15, python/ops/nn_ops.py `avg_pool`.
    """
    value = _either("input", input, "value", value)
    return _pool("AvgPool", "AvgPool", value, ksize, strides, padding, data_format, name)


def avg_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`avg_pool` under its newer name; arguments as there."""
    return _pool("AvgPool", "AvgPool2D", input, ksize, strides, padding, data_format, name)


def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """Means of windows of signals; arguments as in `max_pool1d`."""
    return _pool1d("AvgPool", "AvgPool1D", input, ksize, strides, padding, data_format, name)


def avg_pool_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Means of windows of signals, images or volumes; arguments as in `max_pool_v2`."""
    spatial = _spatial_rank(input)
    if spatial == 1:
        return avg_pool1d(input, ksize, strides, padding, data_format or "NWC", name)
    op_type = "AvgPool" if spatial == 2 else "AvgPool3D"
    return _pool(op_type, "avg_pool", input, ksize, strides, padding, data_format, name, spatial)


# ---- AvgPoolGrad ----

op(
    "AvgPoolGrad(orig_input_shape: int32, grad: T) -> output: T",
    f"{_POOL_ATTRS}; T: {_FLOATS}",
)


@shape("AvgPoolGrad")
def avg_pool_grad_shape(orig_input_shape: Tensor) -> Dims:
    """The value of `orig_input_shape`."""
    return with_rank(constant_value_as_shape(orig_input_shape), 4)


@gradient("AvgPoolGrad")
def avg_pool_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """The means of `dy`."""
    return [None, build("AvgPool", dy, **_pool_attrs(op))]


# ---- MaxPool3D ----

op("MaxPool3D(input: T) -> output: T", f"{_POOL3D_ATTRS}; T: {{float16, bfloat16, float32}}")


@shape("MaxPool3D")
def max_pool3d_shape(
    input: Tensor, ksize: list[int], strides: list[int], padding: bytes, data_format: bytes
) -> Dims:
    """[batch, windows, windows, windows, channels]."""
    return _pool_dims(input, ksize, strides, padding, data_format)


@gradient("MaxPool3D")
def max_pool3d_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Each window's gradient at its first maximum."""
    return [build("MaxPool3DGrad", op.inputs[0], op.outputs[0], dy, **_pool_attrs(op))]


def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """Maxima of windows of volumes.

    Args:
      input: [batch, depth, height, width, channels], or channels second for "NCDHW".
      ksize: the window.
      strides: steps between windows.
      padding: "SAME" or "VALID".
      data_format: "NDHWC" or "NCDHW".
      name: a name for the operation.

    Returns:
      [batch, windows, windows, windows, channels].

    Source: TensorFlow 1.15, python/ops/nn_ops.py `max_pool3d`.
    """
    return _pool("MaxPool3D", "MaxPool3D", input, ksize, strides, padding, data_format, name, 3)


# ---- MaxPool3DGrad ----

op(
    "MaxPool3DGrad(orig_input: TInput, orig_output: TInput, grad: T) -> output: T",
    f"{_POOL3D_ATTRS}; T: {{float16, bfloat16, float32}} = float32;"
    " TInput: {float16, bfloat16, float32} = float32",
)


@shape("MaxPool3DGrad")
def max_pool3d_grad_shape(orig_input: Tensor) -> Dims:
    """The shape of the input."""
    return with_rank(orig_input.dims, 5)


@gradient("MaxPool3DGrad")
def max_pool3d_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """The entries of `dy` at the maxima."""
    x, y, _ = op.inputs
    return [
        build("ZerosLike", x),
        build("ZerosLike", y),
        build("MaxPool3DGradGrad", x, y, dy, **_pool_attrs(op)),
    ]


# ---- MaxPool3DGradGrad ----

op(
    "MaxPool3DGradGrad(orig_input: T, orig_output: T, grad: T) -> output: T",
    f"{_POOL3D_ATTRS}; T: {_REALS}",
)


@shape("MaxPool3DGradGrad")
def max_pool3d_grad_grad_shape(orig_output: Tensor) -> Dims:
    """The shape of the output."""
    return with_rank(orig_output.dims, 5)


@gradient("MaxPool3DGradGrad")
def max_pool3d_grad_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """`dy` at the maxima."""
    x, y, _ = op.inputs
    return [
        build("ZerosLike", x),
        build("ZerosLike", y),
        build("MaxPool3DGrad", x, y, dy, **_pool_attrs(op)),
    ]


# ---- AvgPool3D ----

op("AvgPool3D(input: T) -> output: T", f"{_POOL3D_ATTRS}; T: {_FLOATS}")


@shape("AvgPool3D")
def avg_pool3d_shape(
    input: Tensor, ksize: list[int], strides: list[int], padding: bytes, data_format: bytes
) -> Dims:
    """[batch, windows, windows, windows, channels]."""
    return _pool_dims(input, ksize, strides, padding, data_format)


@gradient("AvgPool3D")
def avg_pool3d_gradient(op: Operation, dy: Tensor) -> list[Tensor]:
    """Each window's gradient spread over it."""
    return [build("AvgPool3DGrad", build("Shape", op.inputs[0]), dy, **_pool_attrs(op))]


def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """Means of windows of volumes; arguments as in `max_pool3d`."""
    return _pool("AvgPool3D", "AvgPool3D", input, ksize, strides, padding, data_format, name, 3)


# ---- AvgPool3DGrad ----

op(
    "AvgPool3DGrad(orig_input_shape: int32, grad: T) -> output: T",
    f"{_POOL3D_ATTRS}; T: {_FLOATS}",
)


@shape("AvgPool3DGrad")
def avg_pool3d_grad_shape(orig_input_shape: Tensor) -> Dims:
    """The value of `orig_input_shape`."""
    return with_rank(constant_value_as_shape(orig_input_shape), 5)


@gradient("AvgPool3DGrad")
def avg_pool3d_grad_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """The means of `dy`."""
    return [None, build("AvgPool3D", dy, **_pool_attrs(op))]


# ---- Pooling of any rank ----


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Pools signals, images or volumes.

    Args:
      input: [batch, sizes..., channels], or [batch, channels, sizes...] for a `data_format` that
        begins with "NC".
      window_shape: one size for each of 1 to 3 spatial axes.
      pooling_type: "AVG" or "MAX".
      padding: "SAME" or "VALID".
      dilation_rate: 1 for each spatial axis.
      strides: one for each spatial axis, 1 by default.
      name: a name for the operation.
      data_format: such as "NWC", "NHWC", "NCHW".
      dilations: the same as `dilation_rate`.

    Returns:
      [batch, windows..., channels].

    Raises:
      ValueError: another number of spatial axes, another type, or a rate above 1.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `pool`, which has rates above 1 too.
    """
    rate = _either("dilations", dilations, "dilation_rate", dilation_rate)
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        window = [int(size) for size in window_shape]
        if rate is not None and max(rate) > 1:
            raise ValueError(f"pool: dilation_rate {rate!r} is above 1, which is not supported")
        functions: dict[tuple[str, int], Any] = {
            ("AVG", 1): avg_pool1d,
            ("AVG", 2): avg_pool,
            ("AVG", 3): avg_pool3d,
            ("MAX", 1): max_pool1d,
            ("MAX", 2): max_pool,
            ("MAX", 3): max_pool3d,
        }
        function = functions.get((pooling_type, len(window)))
        if function is None:
            raise ValueError(
                f"Input has {len(window)} spatial dimensions and pooling_type {pooling_type!r}; "
                "wanted 1 to 3 and 'AVG' or 'MAX'."
            )
        defaults = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
        layout = data_format or defaults[len(window)]
        steps = [1] * len(window) if strides is None else list(strides)
        result: Tensor = function(input, window, steps, padding, layout, name=scope)
        return result
