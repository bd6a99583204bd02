"""What layers make of their arguments: sizes along axes, padding, formats."""

from __future__ import annotations

from typing import Any

from tfsession.layers.settings import image_data_format


def sizes(value: Any, rank: int, name: str) -> tuple[int, ...]:
    """An int, or a sequence of them, as one int for each spatial axis.

    Raises:
      ValueError: there are more or fewer, or they are not ints.
    """
    wanted = f"The `{name}` argument must be a tuple of {rank} integers. Received: {value}"
    if isinstance(value, int):
        return (value,) * rank
    try:
        found = tuple(value)
    except TypeError:
        raise ValueError(wanted) from None
    if len(found) != rank:
        raise ValueError(wanted)
    for element in found:
        try:
            int(element)
        except (TypeError, ValueError):
            raise ValueError(
                f"{wanted} including element {element} of type {type(element)}"
            ) from None
    return found


def padding(value: Any) -> str:
    """ "valid", "same" or "causal".

    Raises:
      ValueError: it is something else.
    """
    lower: Any = value.lower() if isinstance(value, str) else value
    if lower not in ("valid", "same", "causal"):
        raise ValueError(
            'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", '
            f"only for `Conv1D). Received: {value}"
        )
    result: str = lower
    return result


def data_format(value: Any) -> str:
    """ "channels_last" or "channels_first"; None is what `image_data_format` says.

    Raises:
      ValueError: it is something else.
    """
    lower = image_data_format() if value is None else str(value).lower()
    if lower not in ("channels_first", "channels_last"):
        raise ValueError(
            'The `data_format` argument must be one of "channels_first", "channels_last". '
            f"Received: {value}"
        )
    return lower


def op_format(value: str, rank: int) -> str:
    """The name that ops have for a data format of tensors of a rank: "NHWC" and its like.

    Raises:
      ValueError: there is none for that rank.
    """
    if rank not in (3, 4, 5):
        raise ValueError("Input rank not supported:", rank)
    axes = {3: "W", 4: "HW", 5: "DHW"}[rank]
    return f"NC{axes}" if value == "channels_first" else f"N{axes}C"


def output_size(size: Any, window: int, padding: str, stride: int, dilation: int = 1) -> int | None:
    """How many windows fit into an axis; None where its size is not known."""
    if size is None:
        return None
    reach = (window - 1) * dilation + 1
    length: int = size if padding in ("same", "causal") else size - reach + 1
    return (length + stride - 1) // stride


def input_size(size: Any, window: int, padding: str, stride: int) -> Any:
    """How long an axis is whose windows are so many: what a transposed convolution makes of it.

    Args:
      size: an int, a scalar tensor, or None where it is not known.
    """
    if size is None:
        return None
    longer = size * stride
    return longer + max(window - stride, 0) if padding == "valid" else longer
