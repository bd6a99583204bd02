"""Kernels of summaries: Summary messages made of tensors, on the CPU."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from tfsession.dtypes import as_dtype
from tfsession.errors import InvalidArgumentError
from tfsession.formats.audio import encode_wav
from tfsession.formats.images import encode_png
from tfsession.protos import HistogramProto, Summary, SummaryMetadata, TensorProto
from tfsession.registry import kernel
from tfsession.shapes import format_dims

from .io import text

Array = Any


def _scalar(value: Any, message: str) -> bytes:
    """A string, which stands alone."""
    if np.ndim(value):
        raise InvalidArgumentError.of(message)
    found: bytes = value.item() if isinstance(value, np.ndarray) else value
    return found


def _tag(value: Any, message: str) -> str:
    # A tag is text in the message; TensorFlow writes bytes that are no UTF-8 as they are.
    return _scalar(value, message).decode(errors="replace")


def _summary(*values: Summary.Value) -> Any:
    return text(Summary(value=values).SerializeToString())


# ---- ScalarSummary ----


@kernel("ScalarSummary", device="CPU")
def scalar_summary(xp: Any, tags: Any, values: Array) -> Any:
    """A value for each tag."""
    given, numbers = np.asarray(tags, object), np.asarray(values)
    if given.shape != numbers.shape:
        alone = f" (tag '{given.item().decode(errors='replace')}')" if given.size == 1 else ""
        raise InvalidArgumentError.of(
            "tags and values not the same shape: "
            f"{format_dims(given.shape)} != {format_dims(numbers.shape)}{alone}"
        )
    with np.errstate(over="ignore"):
        floats = numbers.astype(np.float32)
    return _summary(
        *(
            Summary.Value(tag=tag.decode(errors="replace"), simple_value=float(number))
            for tag, number in zip(given.flat, floats.flat, strict=True)
        )
    )


# ---- HistogramSummary ----

_LARGEST = sys.float_info.max


def _bucket_limits() -> np.ndarray:
    """The upper limits of buckets: zero, and powers of 1.1 on either side of it."""
    limits = []
    limit = 1e-12
    while limit < 1e20:
        limits.append(limit)
        limit *= 1.1
    limits.append(_LARGEST)
    return np.array([*(-n for n in reversed(limits)), 0.0, *limits])


_LIMITS = _bucket_limits()


@kernel("HistogramSummary", device="CPU", state=lambda resources, op: op.name)
def histogram_summary(xp: Any, tag: Any, values: Array, state: str) -> Any:
    """Counts the values between limits."""
    name = _tag(tag, "tags must be scalar")
    numbers = np.asarray(values).astype(np.float64).ravel()
    finite = np.isfinite(numbers)
    if not finite.all():
        first = numbers[np.argmin(finite)]
        kind = "Nan" if np.isnan(first) else "Infinity"
        raise InvalidArgumentError.of(f"{kind} in summary histogram for: {state}")
    return _summary(Summary.Value(tag=name, histo=_histogram(numbers)))


def _histogram(numbers: np.ndarray) -> HistogramProto:
    buckets = np.searchsorted(_LIMITS, numbers, side="right")
    counts = np.bincount(np.minimum(buckets, _LIMITS.size - 1), minlength=_LIMITS.size)
    # Of a run of empty buckets the last one stands for all.
    shown = counts > 0
    shown[:-1] |= counts[1:] > 0
    shown[-1] = True
    return HistogramProto(
        min=numbers.min(initial=_LARGEST),
        max=numbers.max(initial=-_LARGEST),
        num=numbers.size,
        sum=_running_sum(numbers),
        sum_squares=_running_sum(numbers * numbers),
        bucket_limit=_LIMITS[shown],
        bucket=counts[shown],
    )


def _running_sum(numbers: np.ndarray) -> float:
    """A sum in the order of the numbers, as TensorFlow adds them."""
    return float(np.add.accumulate(numbers)[-1] + 0.0) if numbers.size else 0.0


# ---- ImageSummary ----

# A largest value below this one is taken for zero.
_DARK = 1e-6


@kernel("ImageSummary", device="CPU")
def image_summary(xp: Any, tag: Any, tensor: Array, max_images: int, bad_color: Array) -> Any:
    """A PNG file for each image."""
    name = _tag(tag, "Tags must be a scalar")
    if tensor.ndim != 4 or tensor.shape[3] not in (1, 3, 4):
        dims = ",".join(map(str, tensor.shape))
        raise InvalidArgumentError.of(f"Tensor must be 4-D with last dim 1, 3, or 4, not [{dims}]")
    _, height, width, depth = tensor.shape
    if not (height and width):
        dims = ", ".join(map(str, tensor.shape))
        raise InvalidArgumentError.of(f"input tensor must have non-zero dims. Found: [{dims}].")
    colour = np.ravel(bad_color)
    if tensor.dtype != np.uint8 and depth > colour.size:
        raise InvalidArgumentError.of(
            f"expected depth <= bad_color.size, got depth = {depth}, bad_color.size = {colour.size}"
        )
    images = (_pixels(image, colour[:depth]) for image in tensor[:max_images])
    return _summary(
        *(
            Summary.Value(
                tag=numbered,
                image=Summary.Image(
                    height=height,
                    width=width,
                    colorspace=depth,
                    encoded_image_string=encode_png(image),
                ),
            )
            for numbered, image in zip(_numbered(name, "image", max_images), images, strict=False)
        )
    )


def _numbered(tag: str, kind: str, limit: int) -> Iterator[str]:
    """The tags of what comes in batches."""
    if limit == 1:
        return iter([f"{tag}/{kind}"])
    return (f"{tag}/{kind}/{number}" for number in range(limit))


def _pixels(image: Array, bad_color: Array) -> Array:
    """Numbers as bytes of colour."""
    if image.dtype == np.uint8:
        return image
    wide = image.astype(np.float32) if image.dtype == np.float16 else image
    good = np.isfinite(wide).all(axis=-1)
    lowest = wide[good].min(initial=np.inf)
    highest = wide[good].max(initial=-np.inf)
    largest = max(-lowest, highest) if lowest < 0 else highest
    reach, zero = (127, 128) if lowest < 0 else (255, 0)
    scale = wide.dtype.type(0 if largest < _DARK else reach / largest)
    bytes_ = np.broadcast_to(bad_color, wide.shape).astype(np.uint8)
    bytes_[good] = (wide[good] * scale + wide.dtype.type(zero)).astype(np.uint8)
    return bytes_


# ---- AudioSummary, AudioSummaryV2 ----


@kernel("AudioSummary", device="CPU")
def audio_summary(xp: Any, tag: Any, tensor: Array, sample_rate: float, max_outputs: int) -> Any:
    return _audio(tag, tensor, sample_rate, max_outputs)


@kernel("AudioSummaryV2", device="CPU")
def audio_summary_v2(xp: Any, tag: Any, tensor: Array, sample_rate: Array, max_outputs: int) -> Any:
    return _audio(tag, tensor, np.asarray(sample_rate).item(), max_outputs)


def _audio(tag: Any, tensor: Array, sample_rate: float, max_outputs: int) -> Any:
    """A WAV file for each sound."""
    name = _tag(tag, "Tag must be a scalar")
    if tensor.ndim not in (2, 3):
        raise InvalidArgumentError.of(
            f"Tensor must be 3-D or 2-D, got: {format_dims(tensor.shape)}"
        )
    if not sample_rate > 0:
        raise InvalidArgumentError.of("sample_rate must be > 0")
    sounds = tensor if tensor.ndim == 3 else tensor[:, :, np.newaxis]
    if sounds[:max_outputs].shape[0] and not sounds[0].size:
        raise InvalidArgumentError.of("audio is null")
    return _summary(
        *(
            Summary.Value(
                tag=numbered,
                audio=Summary.Audio(
                    sample_rate=sample_rate,
                    num_channels=sound.shape[1],
                    length_frames=sound.shape[0],
                    encoded_audio_string=encode_wav(sound, int(sample_rate)),
                    content_type="audio/wav",
                ),
            )
            for numbered, sound in zip(
                _numbered(name, "audio", max_outputs), sounds[:max_outputs], strict=False
            )
        )
    )


# ---- TensorSummary, TensorSummaryV2 ----


def _tensor_message(tensor: Array) -> TensorProto:
    array = np.asarray(tensor)
    message = TensorProto(dtype=as_dtype(array.dtype).as_datatype_enum)  # type: ignore[arg-type]  # a number
    # A scalar has a shape, without sizes.
    message.tensor_shape.SetInParent()
    for size in array.shape:
        message.tensor_shape.dim.add(size=size)
    if array.dtype == object:
        message.string_val.extend(array.ravel().tolist())
    else:
        message.tensor_content = array.tobytes()
    return message


@kernel("TensorSummary", device="CPU", state=lambda resources, op: op.name)
def tensor_summary(xp: Any, tensor: Array, state: str) -> Any:
    return _summary(Summary.Value(node_name=state, tensor=_tensor_message(tensor)))


@kernel("TensorSummaryV2", device="CPU")
def tensor_summary_v2(xp: Any, tag: Any, tensor: Array, serialized_summary_metadata: Any) -> Any:
    name = _tag(tag, "tag must be scalar")
    metadata = SummaryMetadata()
    given = np.asarray(serialized_summary_metadata, object)
    if given.size != 1:
        raise InvalidArgumentError.of("serialized_summary_metadata must be scalar")
    try:
        metadata.ParseFromString(given.item())
    except DecodeError:
        # What is no metadata is none, as in TensorFlow.
        metadata.Clear()
    return _summary(Summary.Value(tag=name, tensor=_tensor_message(tensor), metadata=metadata))


# ---- MergeSummary ----


@kernel("MergeSummary", device="CPU")
def merge_summary(xp: Any, *inputs: Any) -> Any:
    """The values of all summaries, in their order."""
    merged = Summary()
    tags: set[str] = set()
    for given in inputs:
        for serialized in np.asarray(given, object).flat:
            try:
                one = Summary.FromString(serialized)
            except DecodeError:
                raise InvalidArgumentError.of("Could not parse one of the summary inputs") from None
            for value in one.value:
                if value.tag in tags:
                    raise InvalidArgumentError.of(
                        f"Duplicate tag {value.tag} found in summary inputs"
                    )
                if value.tag:
                    tags.add(value.tag)
            merged.MergeFrom(one)
    return text(merged.SerializeToString())
