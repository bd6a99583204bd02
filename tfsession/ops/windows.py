"""What convolution and pooling share: their arguments, and the shapes that windows give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfsession.graph.operation import Operation
from tfsession.shapes import Dims, with_rank

FLOATS = "{float16, bfloat16, float32, float64}"
SAME_OR_VALID = "padding: {'SAME', 'VALID'}"
IMAGE_FORMAT = "data_format: {'NHWC', 'NCHW'} = 'NHWC'"
VOLUME_FORMAT = "data_format: {'NDHWC', 'NCDHW'} = 'NDHWC'"


# ---- Arguments ----


def is_channels_first(data_format: Any) -> bool:
    """Whether a data format, text or bytes or None, has the channels before the spatial axes."""
    text = data_format.decode() if isinstance(data_format, bytes) else data_format or ""
    return bool(text.startswith("NC"))


def either(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    """The value of an argument that has two names.

    Raises:
      ValueError: both are given.
    """
    if new is not None and old is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old if new is None else new


def per_axis(value: Any, spatial: int, data_format: Any, name: str) -> list[int]:
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
    return [1, 1, *inner] if is_channels_first(data_format) else [1, *inner, 1]


def read_padding(padding: Any) -> tuple[Any, list[int]]:
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


def attrs_of(op: Operation, *names: str) -> dict[str, Any]:
    """The named attributes of an op, for another that takes them too."""
    return {name: op.attrs[name] for name in names}


# ---- Static shapes ----


def window_count(
    size: int | None,
    window: int | None,
    stride: int,
    dilation: int,
    padding: bytes,
    pads: tuple[int, int] = (0, 0),
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


def slide_windows(
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
    first = 2 if is_channels_first(data_format) else 1
    pairs = list(zip(explicit_paddings[0::2], explicit_paddings[1::2], strict=True))
    outs = tuple(
        window_count(
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


def channels_of(dims: Dims, data_format: bytes) -> int | None:
    """The size of the channels' axis, where it is known."""
    if dims is None:
        return None
    return dims[1] if is_channels_first(data_format) else dims[-1]
