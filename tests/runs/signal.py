"""Programs of frames, windows and short Fourier transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

SIGNAL = np.sin(np.arange(2 * 23) * 0.7).reshape(2, 23).astype(np.float32)


def _parts(tf: Any, x: Any) -> Any:
    return [tf.identity(part, name="y") for part in (tf.math.real(x), tf.math.imag(x))]


def _stft(*arguments: Any, **named: Any) -> Build:
    return lambda tf: _parts(tf, tf.signal.stft(tf.constant(SIGNAL), *arguments, **named))


def _back(*arguments: Any, fft_length: Any = None) -> Build:
    def build(tf: Any) -> Any:
        stfts = tf.signal.stft(tf.constant(SIGNAL), *arguments, fft_length=fft_length)
        window = tf.signal.inverse_stft_window_fn(arguments[1])
        back = tf.signal.inverse_stft(stfts, *arguments, fft_length=fft_length, window_fn=window)
        plain = tf.signal.inverse_stft(stfts, *arguments, fft_length=fft_length)
        return [tf.identity(back, name="y"), tf.identity(plain, name="y")]

    return build


def _plain(function: str, *arguments: Any, **named: Any) -> Build:
    return lambda tf: tf.identity(getattr(tf.signal, function)(*arguments, **named), name="y")


RUNS: dict[str, Build] = {
    "hann": _plain("hann_window", 8),
    "hann-odd": _plain("hann_window", 7),
    "hann-symmetric": _plain("hann_window", 8, periodic=False),
    "hann-one": _plain("hann_window", 1),
    "hamming": _plain("hamming_window", 6),
    "frame": _plain("frame", SIGNAL, 6, 4),
    "frame-end": _plain("frame", SIGNAL, 6, 4, pad_end=True, pad_value=7.0),
    "frame-axis": _plain("frame", SIGNAL.T.copy(), 5, 2, axis=0),
    "frame-long": _plain("frame", SIGNAL, 30, 4),
    "add": _plain("overlap_and_add", SIGNAL[:, :20].reshape(2, 4, 5), 3),
    "add-apart": _plain("overlap_and_add", SIGNAL[:, :20].reshape(2, 4, 5), 7),
    "stft": _stft(8, 4),
    "stft-end": _stft(6, 5, pad_end=True),
    "stft-length": _stft(6, 3, fft_length=12, window_fn=None),
    "back": _back(8, 4),
    "back-length": _back(6, 3, fft_length=10),
}
