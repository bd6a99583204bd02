"""Discrete cosine transforms, and what speech recognition makes of spectra: mel scales, MFCCs."""

from __future__ import annotations

import math as numbers
from typing import Any

from tfsession import dtypes
from tfsession.dtypes import DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, convert_to_tensor
from tfsession.graph.operation import Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array, math, rearrange
from tfsession.ops.spectral import irfft, rfft

__all__ = ["dct", "idct", "linear_to_mel_weight_matrix", "mfccs_from_log_mel_spectrograms"]

# ---- Cosine transforms ----


def _check(type: Any, n: Any, axis: Any, norm: Any) -> None:
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if n is not None and n < 1:
        raise ValueError("n should be a positive integer or None")
    if type not in (1, 2, 3):
        raise ValueError("Only Types I, II and III (I)DCT are supported.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")
    if type == 1 and norm == "ortho":
        raise ValueError("Normalization is not supported for the Type-I DCT.")


def dct(
    input: TensorLike,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The discrete cosine transform of the last axis.

    Args:
      input: [..., samples]; computed in float32.
      type: 1, 2 or 3.
      n: the length of the transform: samples are left out, or zeros added; all samples when None.
      axis: -1.
      norm: None, or "ortho" for an orthonormal transform of type 2 or 3.
      name: a name for the scope of the operations.

    Returns:
      [..., n]; float32.

    Raises:
      ValueError: `type`, `n` or `norm` is another one, or a transform of type 1 has one sample.
      NotImplementedError: `axis` is another one.

    Source: TensorFlow 1.15 `tf.signal.dct`.
    """
    _check(type, n, axis, norm)
    with name_scope(name, "dct", [input]):
        x = math.cast(convert_to_tensor(input), dtypes.float32)
        length = x.shape[-1].value
        if n is not None:
            x = _of_length(x, length, n)
            length = n
        size: Any = array.shape(x)[-1] if length is None else length
        if type == 1:
            if length is not None and length < 2:
                raise ValueError("Type-I DCT requires the dimension to be greater than one.")
            return math.real(rfft(array.concat([x, x[..., -2:0:-1]], -1)))
        return _second(x, size, norm) if type == 2 else _third(x, size, norm)


def _of_length(x: Tensor, length: int | None, n: int) -> Tensor:
    x = x[..., :n]
    if length is not None and length >= n:
        return x
    missing = n - array.shape(x)[-1]
    zeros = array.zeros(array.concat([array.shape(x)[:-1], [missing]], 0), x.dtype)
    padded = array.concat([x, zeros], -1)
    padded.set_shape(None if x.dims is None else (*x.dims[:-1], n))
    return padded


def _turns(size: Any, sign: float) -> Tensor:
    """2 exp(sign * i pi k / 2n), k from 0 to n - 1."""
    places = math.range(math.cast(size, dtypes.float32))
    angles = sign * numbers.pi * 0.5 * places / math.cast(size, dtypes.float32)
    return 2.0 * math.exp(math.complex(array.zeros_like(angles), angles))


def _weights(size: Any, first: Any, others: Any) -> Tensor:
    """A vector of one number and then others."""
    ones = array.ones(array.stack([size - 1]), dtypes.float32)
    return array.concat([array.expand_dims(first, 0), others * ones], 0)


def _second(x: Tensor, size: Any, norm: str | None) -> Tensor:
    spectrum = rfft(x, fft_length=[2 * size])[..., :size]
    result = math.real(spectrum * _turns(size, -1.0))
    if norm is None:
        return result
    scale = 0.5 * math.rsqrt(math.cast(size, dtypes.float32))
    return result * _weights(size, scale, scale * numbers.sqrt(2.0))


def _third(x: Tensor, size: Any, norm: str | None) -> Tensor:
    length = math.cast(size, dtypes.float32)
    if norm is not None:
        scale = math.rsqrt(length)
        x = x * _weights(size, scale, scale * numbers.sqrt(0.5))
    halves = math.complex(x, array.zeros_like(x)) * _turns(size, 1.0)
    scaled = halves * math.complex(length, array.zeros_like(length))
    # One frequency more, which the signal does not have.
    zeros = array.zeros_like(scaled[..., :1])
    found: Tensor = irfft(array.concat([scaled, zeros], -1), fft_length=[2 * size])[..., :size]
    return found


def idct(
    input: TensorLike,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverse of `dct`, but for a factor where `norm` is None; arguments as there.

    Source: TensorFlow 1.15 `tf.signal.idct`.
    """
    _check(type, n, axis, norm)
    return dct(input, {1: 1, 2: 3, 3: 2}[type], n, axis, norm, name)


# ---- Mel scales ----


def _mel(frequencies: Any) -> Tensor:
    """Mels of hertz."""
    result: Tensor = 1127.0 * math.log(1.0 + frequencies / 700.0)
    return result


def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20,
    num_spectrogram_bins: TensorLike = 129,
    sample_rate: float = 8000,
    lower_edge_hertz: float = 125.0,
    upper_edge_hertz: float = 3800.0,
    dtype: DTypeLike = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """The matrix by which a spectrogram is multiplied for one in mels.

    Args:
      num_mel_bins: how many bands the result has.
      num_spectrogram_bins: how many frequencies the spectrogram has, from 0 to half the rate.
      sample_rate: samples per second.
      lower_edge_hertz: where the lowest band begins.
      upper_edge_hertz: where the highest band ends.
      dtype: a floating dtype.
      name: a name for the scope of the operations.

    Returns:
      [num_spectrogram_bins, num_mel_bins]: each column is a triangle on the scale of mels.

    Raises:
      ValueError: an argument is out of range.

    Source: TensorFlow 1.15 `tf.signal.linear_to_mel_weight_matrix`.
    """
    kind = as_dtype(dtype)
    _check_bands(num_mel_bins, sample_rate, lower_edge_hertz, upper_edge_hertz, kind)
    with name_scope(name, "linear_to_mel_weight_matrix") as scope:
        half = math.cast(sample_rate, kind) / 2.0
        zero = math.cast(0.0, kind)
        # The frequency 0 is in no band: its logarithm would be no triangle's.
        frequencies = math.linspace(zero, half, num_spectrogram_bins)[1:]
        mels = array.expand_dims(_mel(frequencies), 1)
        edges = math.linspace(
            _mel(math.cast(lower_edge_hertz, kind)),
            _mel(math.cast(upper_edge_hertz, kind)),
            num_mel_bins + 2,
        )
        lower, centre, upper = edges[None, :-2], edges[None, 1:-1], edges[None, 2:]
        rising = (mels - lower) / (centre - lower)
        falling = (upper - mels) / (upper - centre)
        triangles = math.maximum(zero, math.minimum(rising, falling))
        return rearrange.pad(triangles, [[1, 0], [0, 0]], name=scope)


def _check_bands(count: Any, rate: Any, lower: Any, upper: Any, dtype: Any) -> None:
    if count <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {count}")
    if lower < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {lower}")
    if lower >= upper:
        raise ValueError(f"lower_edge_hertz {lower:.1f} >= upper_edge_hertz {upper:.1f}")
    if rate <= 0.0:
        raise ValueError(f"sample_rate must be positive. Got: {rate}")
    if upper > rate / 2:
        raise ValueError(
            "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). "
            f"Got: {upper} for sample_rate: {rate}"
        )
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype}")


def mfccs_from_log_mel_spectrograms(
    log_mel_spectrograms: TensorLike, name: str | None = None
) -> Tensor:
    """The cepstral coefficients of speech recognition: an orthonormal cosine transform.

    Args:
      log_mel_spectrograms: [..., num_mel_bins]; float32.
      name: a name for the scope of the operations.

    Returns:
      [..., num_mel_bins]; float32. Usually the first 13 are used.

    Raises:
      ValueError: there are no bins.

    Source: TensorFlow 1.15 `tf.signal.mfccs_from_log_mel_spectrograms`.
    """
    with name_scope(name, "mfccs_from_log_mel_spectrograms", [log_mel_spectrograms]):
        x = convert_to_tensor(log_mel_spectrograms, name="log_mel_spectrograms")
        count = x.shape[-1].value if x.dims else None
        if count == 0:
            raise ValueError(f"num_mel_bins must be positive. Got: {x}")
        bins: Any = array.shape(x)[-1] if count is None else count
        return dct(x) * math.rsqrt(math.cast(bins, dtypes.float32) * 2.0)
