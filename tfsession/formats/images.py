"""Images as PNG files.

Source: Portable Network Graphics (PNG) Specification, 2nd edition, ISO/IEC 15948.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

__all__ = ["encode_png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"

# Number of channels -> PNG's colour type: grey, grey and alpha, RGB, RGB and alpha.
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}

# The filter of a row: each byte less the byte of the pixel to its left.
_SUB = 1


def encode_png(image: np.ndarray, compression: int = -1) -> bytes:
    """A PNG file of an image.

    Args:
      image: [height, width, channels] with one to four channels, uint8 or uint16, not empty.
      compression: zlib's level, 0 to 9, or -1 for zlib's default.
    """
    height, width, channels = image.shape
    bits = 8 * image.itemsize
    header = struct.pack(">IIBBBBB", width, height, bits, _COLOUR_TYPES[channels], 0, 0, 0)
    rows = image.astype(image.dtype.newbyteorder(">")).reshape(height, -1).view(np.uint8)
    pixel = channels * image.itemsize
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = _SUB
    filtered[:, 1 : 1 + pixel] = rows[:, :pixel]
    np.subtract(rows[:, pixel:], rows[:, :-pixel], out=filtered[:, 1 + pixel :])
    pixels = zlib.compress(filtered.tobytes(), compression)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
