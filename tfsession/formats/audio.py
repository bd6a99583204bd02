"""Sounds as WAV files: 16-bit PCM in a RIFF container."""

from __future__ import annotations

import struct

import numpy as np

__all__ = ["encode_wav"]

_PCM = 1
_BYTES_PER_SAMPLE = 2
_LARGEST = np.iinfo(np.int16).max
_SMALLEST = np.iinfo(np.int16).min


def encode_wav(audio: np.ndarray, sample_rate: int) -> bytes:
    """A WAV file of a sound.

    Args:
      audio: [frames, channels], float32 in [-1, 1]; what lies outside is clipped, NaN is silence.
      sample_rate: frames in a second.
    """
    channels = audio.shape[1]
    frame_bytes = channels * _BYTES_PER_SAMPLE
    data = _samples(audio).tobytes()
    layout = struct.pack(
        "<HHIIHH",
        _PCM,
        channels,
        sample_rate,
        sample_rate * frame_bytes,
        frame_bytes,
        8 * _BYTES_PER_SAMPLE,
    )
    body = b"WAVE" + _chunk(b"fmt ", layout) + _chunk(b"data", data)
    return _chunk(b"RIFF", body)


def _samples(audio: np.ndarray) -> np.ndarray:
    """Numbers as 16-bit integers; halves are rounded away from zero."""
    scaled = np.nan_to_num(audio.astype(np.float64)) * -_SMALLEST
    rounded = np.copysign(np.floor(np.abs(scaled) + 0.5), scaled)
    return np.clip(rounded, _SMALLEST, _LARGEST).astype("<i2")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data
