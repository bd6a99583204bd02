"""Pooling of signals, images and volumes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value, constant_value_as_shape
from tfsession.ops import array, rearrange
from tfsession.ops.windows import (
    FLOATS,
    IMAGE_FORMAT,
    SAME_OR_VALID,
    VOLUME_FORMAT,
    attrs_of,
    channels_of,
    either,
    is_channels_first,
    per_axis,
    slide_windows,
    window_count,
)
from tfsession.registry import gradient, op, ranks, shape
from tfsession.shapes import Dims, merge_dims, with_rank

__all__ = [
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "avg_pool_v2",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_v2",
    "max_pool_with_argmax",
    "pool",
]

_REALS = (
    "{float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32,"
    " uint64}"
)
_MAX_POOL_DTYPES = (
    "{float16, bfloat16, float32, float64, int32, int64, uint8, int16, int8, uint16, qint8}"
)
_POOL_ATTRS = f"ksize: list(int) >= 4; strides: list(int) >= 4; {SAME_OR_VALID}; {IMAGE_FORMAT}"
_POOL3D_ATTRS = f"ksize: list(int) >= 5; strides: list(int) >= 5; {SAME_OR_VALID}; {VOLUME_FORMAT}"


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
    window = ksize[2:] if is_channels_first(data_format) else ksize[1:-1]
    channels = channels_of(dims, data_format)
    return slide_windows(dims, window, channels, strides, [1] * rank, padding, data_format)


def _max_pool_dims(
    x: Tensor, ksize: Sequence[int], strides: Sequence[int], padding: bytes, data_format: bytes
) -> Dims:
    """The shape of an op of maxima of images, whose windows may lie across the channels instead.

    Raises:
      ValueError: a rank, a list's length or a window's size does not fit.
    """
    dims = _pool_dims(x, ksize, strides, padding, data_format)
    axis = 1 if is_channels_first(data_format) else 3
    windows = window_count(channels_of(dims, data_format), ksize[axis], strides[axis], 1, padding)
    return None if dims is None else (*dims[:axis], windows, *dims[axis + 1 :])


@shape("MaxPool")
def max_pool_shape(
    input: Tensor, ksize: list[int], strides: list[int], padding: bytes, data_format: bytes
) -> Dims:
    """[batch, windows, windows, channels], or a window of channels in the place of each."""
    return _max_pool_dims(input, ksize, strides, padding, data_format)


def _pool_attrs(op: Operation) -> dict[str, Any]:
    return attrs_of(op, "ksize", "strides", "padding", "data_format")


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
            ksize=per_axis(ksize, spatial, layout, "ksize"),
            strides=per_axis(strides, spatial, layout, "strides"),
            padding=padding,
            data_format=layout,
            name=scope,
        )
        return result


def max_pool(
    value: TensorLike,
    ksize: TensorLike,
    strides: TensorLike,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Maxima of windows of images, or of windows of channels.

    Windows of channels are 1 by 1, side by side, and divide the channels evenly.

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
    value = either("input", input, "value", value)
    if isinstance(ksize, Tensor) or isinstance(strides, Tensor):
        result: Tensor = build(
            "MaxPoolV2", value, ksize, strides, padding=padding, data_format=data_format, name=name
        )
        return result
    return _pool("MaxPool", "MaxPool", value, ksize, strides, padding, data_format, name)


def max_pool2d(
    input: TensorLike,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`max_pool` under its newer name; arguments as there."""
    return _pool("MaxPool", "MaxPool2d", input, ksize, strides, padding, data_format, name)


def max_pool1d(
    input: TensorLike,
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
        axis = 2 if is_channels_first(data_format) else 1
        window = per_axis(ksize, 1, data_format, "ksize")
        steps = per_axis(strides, 1, data_format, "strides")
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
    input: TensorLike,
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


ranks("MaxPoolGradGrad", orig_input=4)


@shape("MaxPoolGradGrad")
def max_pool_grad_grad_shape(
    orig_input: Tensor,
    orig_output: Tensor,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Dims:
    """The shape of the output."""
    dims = _max_pool_dims(orig_input, ksize, strides, padding, data_format)
    merge_dims(dims, with_rank(orig_output.dims, 4))
    return dims


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
    f"T: {_MAX_POOL_DTYPES} = float32; {SAME_OR_VALID}; {IMAGE_FORMAT}",
)


@shape("MaxPoolV2")
def max_pool_v2_shape(
    input: Tensor, ksize: Tensor, strides: Tensor, padding: bytes, data_format: bytes
) -> Dims:
    """[batch, windows, windows, channels]."""
    with_rank(ksize.dims, 1)
    with_rank(strides.dims, 1)
    window, steps = constant_value(ksize), constant_value(strides)
    if window is None or steps is None:
        return (with_rank(input.dims, 4)[0], None, None, None)
    return _max_pool_dims(
        input, [int(k) for k in window], [int(s) for s in steps], padding, data_format
    )


@gradient("MaxPoolV2")
def max_pool_v2_gradient(op: Operation, dy: Tensor) -> list[Tensor | None]:
    """Each window's gradient at its first maximum."""
    x, ksize, strides = op.inputs
    attrs = attrs_of(op, "padding", "data_format")
    return [build("MaxPoolGradV2", x, op.outputs[0], dy, ksize, strides, **attrs), None, None]


# ---- MaxPoolGradV2 ----

op(
    "MaxPoolGradV2(orig_input: T, orig_output: T, grad: T, ksize: int32, strides: int32)"
    " -> output: T",
    f"{SAME_OR_VALID}; {IMAGE_FORMAT}; T: {_REALS} = float32",
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
    attrs = attrs_of(op, "padding", "data_format")
    picked = build(
        "MaxPoolGradGrad", x, y, dy, ksize=window.tolist(), strides=steps.tolist(), **attrs
    )
    return [build("ZerosLike", x), build("ZerosLike", y), picked, None, None]


# ---- MaxPoolWithArgmax ----

op(
    "MaxPoolWithArgmax(input: T) -> output: T, argmax: Targmax",
    "ksize: list(int) >= 4; strides: list(int) >= 4; Targmax: {int32, int64} = int64;"
    f" {SAME_OR_VALID}; include_batch_in_index: bool = false; T: {_REALS}",
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
    attrs = attrs_of(op, "ksize", "strides", "padding", "include_batch_in_index")
    return [build("MaxPoolGradWithArgmax", op.inputs[0], dy, op.outputs[1], **attrs)]


def max_pool_with_argmax(
    input: TensorLike,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    Targmax: Any = None,  # TensorFlow's name
    name: str | None = None,
    output_dtype: DTypeLike | None = None,
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
    kind = either("output_dtype", output_dtype, "Targmax", Targmax)
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
    f"ksize: list(int) >= 4; strides: list(int) >= 4; {SAME_OR_VALID};"
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

op("AvgPool(value: T) -> output: T", f"{_POOL_ATTRS}; T: {FLOATS}")


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
    value: TensorLike,
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
    value = either("input", input, "value", value)
    return _pool("AvgPool", "AvgPool", value, ksize, strides, padding, data_format, name)


def avg_pool2d(
    input: TensorLike,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`avg_pool` under its newer name; arguments as there."""
    return _pool("AvgPool", "AvgPool2D", input, ksize, strides, padding, data_format, name)


def avg_pool1d(
    input: TensorLike,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """Means of windows of signals; arguments as in `max_pool1d`."""
    return _pool1d("AvgPool", "AvgPool1D", input, ksize, strides, padding, data_format, name)


def avg_pool_v2(
    input: TensorLike,
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
    f"{_POOL_ATTRS}; T: {FLOATS}",
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
    input: TensorLike,
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


ranks("MaxPool3DGradGrad", orig_input=5)


@shape("MaxPool3DGradGrad")
def max_pool3d_grad_grad_shape(
    orig_input: Tensor,
    orig_output: Tensor,
    ksize: list[int],
    strides: list[int],
    padding: bytes,
    data_format: bytes,
) -> Dims:
    """The shape of the output."""
    dims = _pool_dims(orig_input, ksize, strides, padding, data_format)
    merge_dims(dims, with_rank(orig_output.dims, 5))
    return dims


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

op("AvgPool3D(input: T) -> output: T", f"{_POOL3D_ATTRS}; T: {FLOATS}")


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
    input: TensorLike,
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
    f"{_POOL3D_ATTRS}; T: {FLOATS}",
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
    input: TensorLike,
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
      dilation_rate: how far apart the elements of a window are, for each spatial axis; 1 by
        default.
      strides: one for each spatial axis, 1 by default.
      name: a name for the operation.
      data_format: such as "NWC", "NHWC", "NCHW".
      dilations: the same as `dilation_rate`.

    Returns:
      [batch, windows..., channels].

    Raises:
      ValueError: another number of spatial axes, another type, or a rate above 1 together with
        "SAME" or with strides above 1.

    Source: TensorFlow 1.15, python/ops/nn_ops.py `pool`.
    """
    rate = either("dilations", dilations, "dilation_rate", dilation_rate)
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        window = [int(size) for size in window_shape]
        # Nothing reads it; without it later operations would have other default seeds.
        convert_to_tensor(rate or [1] * len(window), dtypes.int32, name="dilation_rate")
        rates = [1] * len(window) if rate is None else [int(step) for step in rate]
        steps = [1] * len(window) if strides is None else list(strides)
        _check_rates(rates, steps, padding)
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
        if max(rates) > 1:
            return _dilated(lambda x: function(x, window, steps, padding), input, rates, layout)
        result: Tensor = function(input, window, steps, padding, layout, name=scope)
        return result


def _check_rates(rates: Sequence[int], steps: Sequence[int], padding: str) -> None:
    """Raises ValueError for dilation rates that are not positive, or not possible."""
    if min(rates) < 1:
        raise ValueError("all values of dilation_rate must be positive")
    if max(rates) > 1:
        if max(steps) > 1:
            raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
        if padding == "SAME":
            raise ValueError("pooling with SAME padding is not implemented for dilation_rate > 1")


def _dilated(
    function: Callable[[Tensor], Tensor], x: Tensor, rates: Sequence[int], layout: str
) -> Tensor:
    """Applies a function with windows to what lies `rates` apart, as images of a larger batch."""
    count, is_first = len(rates), layout.startswith("NC")
    if is_first:
        x = rearrange.transpose(x, [0, *range(2, count + 2), 1])
    sizes = array.shape(x)[1 : count + 1]
    paddings, crops = rearrange.required_space_to_batch_paddings(sizes, rates)
    parts = function(rearrange.space_to_batch_nd(x, rates, paddings))
    result = rearrange.batch_to_space_nd(parts, rates, crops)
    if is_first:
        result = rearrange.transpose(result, [0, count + 1, *range(1, count + 1)])
    return result
