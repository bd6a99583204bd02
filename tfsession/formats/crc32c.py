"""CRC-32C checksums as TensorFlow's files hold them: masked, little-endian.

A checksum of data that holds checksums is weak, so that those in files are rotated and shifted.
"""

from __future__ import annotations

from typing import Any

import google_crc32c

_MASK_DELTA = 0xA282EAD8


def extended(crc: int, data: Any) -> int:
    """The CRC-32C of what `crc` is the checksum of, followed by `data`.

    Args:
      crc: 0 at the beginning.
      data: bytes, or an array of NumPy, whose memory is read without a copy.
    """
    return int(google_crc32c.extend(crc, data))


def masked(crc: int) -> int:
    """The form in which files hold `crc`."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def unmasked(stored: int) -> int:
    """The CRC-32C of which `stored` is the masked form."""
    rotated = stored - _MASK_DELTA & 0xFFFFFFFF
    return (rotated >> 17 | rotated << 15) & 0xFFFFFFFF


def masked_crc(data: bytes) -> int:
    """The masked CRC-32C of `data`."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF
