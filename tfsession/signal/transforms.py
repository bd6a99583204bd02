"""`tf.signal`: Fourier transforms, also of frames of a signal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph.build import TensorLike, constant, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.graph.static_values import constant_value
from tfsession.ops.array import concat, expand_dims, ones, reshape, shape, stack, zeros
from tfsession.ops.indexing import gather
from tfsession.ops.math import cast, cos, maximum, minimum, mod, range as range_of, square
from tfsession.ops.rearrange import pad, roll, tile, transpose
from tfsession.ops.reduction import reduce_sum, unsorted_segment_sum
from tfsession.ops.spectral import (
    fft as fft,
    fft2d as fft2d,
    fft3d as fft3d,
    ifft as ifft,
    ifft2d as ifft2d,
    ifft3d as ifft3d,
    irfft as irfft,
    irfft2d as irfft2d,
    irfft3d as irfft3d,
    rfft as rfft,
    rfft2d as rfft2d,
    rfft3d as rfft3d,
)

__all__ = [
    "fft",
    "fft2d",
    "fft3d",
    "fftshift",
    "frame",
    "hamming_window",
    "hann_window",
    "ifft",
    "ifft2d",
    "ifft3d",
    "ifftshift",
    "inverse_stft",
    "inverse_stft_window_fn",
    "irfft",
    "irfft2d",
    "irfft3d",
    "overlap_and_add",
    "rfft",
    "rfft2d",
    "rfft3d",
    "stft",
]

_Window = Callable[..., Tensor]


# ---- Windows ----


def _raised_cosine(
    window_length: TensorLike, is_periodic: TensorLike, dtype: Any, level: float, height: float
) -> Tensor:
    length = convert_to_tensor(window_length, dtype=dtypes.int32, name="window_length")
    if constant_value(length) == 1:
        return ones([1], dtype)
    even = 1 - mod(length, 2)
    periods = cast(length + cast(is_periodic, dtypes.int32) * even - 1, dtype)
    places = cast(range_of(length), dtype)
    angles = constant(2 * math.pi, dtype=dtype) * places / periods
    window: Tensor = cast(level - height * cos(angles), dtype)
    return window


def hann_window(
    window_length: TensorLike,
    periodic: TensorLike = True,
    dtype: DTypeLike = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """A window that rises from 0 and falls to 0, as a cosine.

    Args:
      window_length: scalar; int32.
      periodic: whether the first number of an even length follows the last one; else the window is
        symmetric.
      dtype: a float dtype.
      name: a name for the scope of the operations.

    Returns:
      A Tensor [window_length].

    Source: TensorFlow 1.15 `tf.signal.hann_window`.
    """
    with name_scope(name, "hann_window", [window_length, periodic]):
        return _raised_cosine(window_length, periodic, dtypes.as_dtype(dtype), 0.5, 0.5)


def hamming_window(
    window_length: TensorLike,
    periodic: TensorLike = True,
    dtype: DTypeLike = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """A window that rises from 0.08 and falls to it, as a cosine; see `hann_window`.

    Source: TensorFlow 1.15 `tf.signal.hamming_window`.
    """
    with name_scope(name, "hamming_window", [window_length, periodic]):
        return _raised_cosine(window_length, periodic, dtypes.as_dtype(dtype), 0.54, 0.46)


# ---- Frames ----


def frame(
    signal: TensorLike,
    frame_length: TensorLike,
    frame_step: TensorLike,
    pad_end: bool = False,
    pad_value: TensorLike = 0,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """Cuts an axis into frames that may overlap.

    Args:
      signal: [..., samples, ...].
      frame_length: scalar; integer, the samples of a frame.
      frame_step: scalar; integer, the samples between two starts.
      pad_end: whether frames that reach beyond the end are filled up; else they are left out.
      pad_value: what they are filled up with.
      axis: the axis of the samples.
      name: a name for the scope of the operations.

    Returns:
      A Tensor [..., frames, frame_length, ...].

    Source: TensorFlow 1.15 `tf.signal.frame`.
    """
    with name_scope(name, "frame", [signal, frame_length, frame_step, pad_value]):
        signal = convert_to_tensor(signal, name="signal")
        length = convert_to_tensor(frame_length, dtypes.int32, name="frame_length")
        step = convert_to_tensor(frame_step, dtypes.int32, name="frame_step")
        if signal.dims is None:
            raise ValueError("signal must have a known rank")
        rank = len(signal.dims)
        position = axis % rank
        samples = shape(signal)[position]
        if pad_end:
            count = -(-samples // step)
            missing = maximum(0, length + step * (count - 1) - samples)
            rows = [[0, missing] if i == position else [0, 0] for i in range(rank)]
            signal = pad(signal, stack([stack(row) for row in rows]), constant_values=pad_value)
        else:
            count = maximum(0, 1 + (samples - length) // step)
        places = expand_dims(range_of(count) * step, 1) + expand_dims(range_of(length), 0)
        return gather(signal, places, axis=position)


def overlap_and_add(signal: TensorLike, frame_step: TensorLike, name: str | None = None) -> Tensor:
    """Adds frames up, each a step behind the one before.

    Args:
      signal: [..., frames, frame_length].
      frame_step: scalar; integer, the samples between two starts.
      name: a name for the scope of the operations.

    Returns:
      A Tensor [..., (frames - 1) * frame_step + frame_length].

    Source: TensorFlow 1.15 `tf.signal.overlap_and_add`.
    """
    with name_scope(name, "overlap_and_add", [signal, frame_step]):
        signal = convert_to_tensor(signal, name="signal")
        step = convert_to_tensor(frame_step, dtypes.int32, name="frame_step")
        if signal.dims is None or len(signal.dims) < 2:
            raise ValueError("signal must have a known rank of 2 or more")
        outer = len(signal.dims) - 2
        sizes = shape(signal)
        count, length = sizes[outer], sizes[outer + 1]
        samples = step * (count - 1) + length
        places = expand_dims(range_of(count) * step, 1) + expand_dims(range_of(length), 0)
        moved = transpose(signal, [outer, outer + 1, *range(outer)])
        flat = reshape(moved, concat([[-1], sizes[:outer]], 0))
        added = unsorted_segment_sum(flat, reshape(places, [-1]), samples)
        return transpose(added, [*range(1, outer + 1), 0])


# ---- Short transforms ----


def _power_of_two(length: TensorLike) -> TensorLike:
    """The power of two that has room for a frame."""
    value = constant_value(convert_to_tensor(length, dtypes.int32))
    if value is None:
        raise ValueError("fft_length must be given where frame_length is not constant")
    return int(2 ** math.ceil(math.log2(int(value))))


def stft(
    signals: TensorLike,
    frame_length: TensorLike,
    frame_step: TensorLike,
    fft_length: TensorLike | None = None,
    window_fn: _Window | None = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """The short-time Fourier transform.

    Args:
      signals: [..., samples]; float32.
      frame_length: scalar; integer, the samples of a frame.
      frame_step: scalar; integer, the samples between two starts.
      fft_length: scalar; integer, the length of a transform; a power of two when None.
      window_fn: ``window_fn(frame_length, dtype=...)`` gives what frames are multiplied by; None
        for nothing.
      pad_end: whether frames that reach beyond the end are filled up with zeros.
      name: a name for the scope of the operations.

    Returns:
      A complex64 Tensor [..., frames, fft_length // 2 + 1].

    Source: TensorFlow 1.15 `tf.signal.stft`.
    """
    with name_scope(name, "stft", [signals, frame_length, frame_step]):
        signals = convert_to_tensor(signals, name="signals")
        if fft_length is None:
            fft_length = _power_of_two(frame_length)
        frames = frame(signals, frame_length, frame_step, pad_end=pad_end)
        if window_fn is not None:
            frames = frames * window_fn(frame_length, dtype=frames.dtype)
        return rfft(frames, [fft_length])


def inverse_stft_window_fn(
    frame_step: TensorLike,
    forward_window_fn: _Window = hann_window,
    name: str | None = None,
) -> _Window:
    """The window with which `inverse_stft` gives back what `stft` was given.

    Args:
      frame_step: scalar; integer, the samples between two starts.
      forward_window_fn: the window of `stft`.
      name: a name for the scope of the operations.

    Returns:
      A function as `window_fn` of `inverse_stft`.

    Source: TensorFlow 1.15 `tf.signal.inverse_stft_window_fn`; Griffin and Lim, 1984.
    """

    def window_fn(frame_length: TensorLike, dtype: DTypeLike) -> Tensor:
        with name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
            step = convert_to_tensor(frame_step, dtypes.int32, name="frame_step")
            length = convert_to_tensor(frame_length, dtypes.int32, name="frame_length")
            forward = forward_window_fn(length, dtype=dtype)
            overlaps = -(-length // step)
            squares = pad(square(forward), stack([stack([0, overlaps * step - length])]))
            sums = reduce_sum(reshape(squares, stack([overlaps, step])), 0, keepdims=True)
            sums = reshape(tile(sums, stack([overlaps, 1])), stack([overlaps * step]))
            inverse: Tensor = forward / sums[:length]
            return inverse

    return window_fn


def inverse_stft(
    stfts: TensorLike,
    frame_length: TensorLike,
    frame_step: TensorLike,
    fft_length: TensorLike | None = None,
    window_fn: _Window | None = hann_window,
    name: str | None = None,
) -> Tensor:
    """The inverse of the short-time Fourier transform, by overlapping frames.

    Args:
      stfts: [..., frames, fft_length // 2 + 1]; complex64.
      frame_length, frame_step, fft_length, window_fn: as of `stft`; the window by which frames are
        multiplied here is `inverse_stft_window_fn(frame_step, ...)` where the signal is to come
        back.
      name: a name for the scope of the operations.

    Returns:
      A float32 Tensor [..., samples].

    Source: TensorFlow 1.15 `tf.signal.inverse_stft`.
    """
    with name_scope(name, "inverse_stft", [stfts]):
        stfts = convert_to_tensor(stfts, name="stfts")
        if fft_length is None:
            fft_length = _power_of_two(frame_length)
        frames = irfft(stfts, [fft_length])
        kept = minimum(frame_length, fft_length)
        frames = frames[..., :kept]
        missing = frame_length - kept
        beyond = zeros(concat([shape(frames)[:-1], [missing]], 0), frames.dtype)
        frames = concat([frames, beyond], -1)
        if window_fn is not None:
            frames = frames * window_fn(frame_length, dtype=frames.dtype)
        return overlap_and_add(frames, frame_step)


# ---- Order of frequencies ----


def _shifted(x: TensorLike, axes: Any, name: str, forward: bool) -> Tensor:
    x = convert_to_tensor(x)
    if axes is None:
        axes = list(range(len(x.shape)))
    listed = [axes] if isinstance(axes, int) else list(axes)
    sizes = shape(x)
    halves = []
    for axis in listed:
        known = None if x.dims is None else x.dims[axis]
        size = sizes[axis] if known is None else known
        halves.append(size // 2 if forward else -(size // 2))
    return roll(x, halves, listed, name=name)


def fftshift(x: TensorLike, axes: Any = None, name: str | None = None) -> Tensor:
    """Moves the frequency 0 of a spectrum to the middle.

    Args:
      x: a Tensor.
      axes: an axis, or a list of axes; all when None.
      name: a name for the scope of the operations.

    Returns:
      A Tensor of the shape and dtype of `x`.

    Source: TensorFlow 1.15 `tf.signal.fftshift`.
    """
    with name_scope(name, "fftshift") as scope:
        return _shifted(x, axes, scope, True)


def ifftshift(x: TensorLike, axes: Any = None, name: str | None = None) -> Tensor:
    """Undoes `fftshift`; arguments as there.

    Source: TensorFlow 1.15 `tf.signal.ifftshift`.
    """
    with name_scope(name, "ifftshift") as scope:
        return _shifted(x, axes, scope, False)
