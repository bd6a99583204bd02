"""The kernel that decompresses strings."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from tfsession.errors import DataLossError, InvalidArgumentError
from tfsession.registry import kernel

Array = Any

# How zlib is told what lies around the data.
_WINDOWS = {b"ZLIB": zlib.MAX_WBITS, b"GZIP": zlib.MAX_WBITS | 16}

# ---- DecodeCompressed ----


@kernel("DecodeCompressed", device="CPU")
def decode_compressed(xp: Any, bytes: Array, compression_type: bytes) -> Array:
    """String by string."""
    if compression_type == b"":
        return bytes
    window = _WINDOWS.get(compression_type)
    if window is None:
        raise InvalidArgumentError.of(
            "Only ZLIB, GZIP or NONE are supported compressions, but received: "
            f"{compression_type.decode(errors='replace')}"
        )
    result = np.empty(bytes.shape, object)
    for place, text in enumerate(bytes.ravel().tolist()):
        try:
            result.flat[place] = zlib.decompress(text, window)
        except zlib.error as error:
            raise DataLossError.of(f"inflate() failed with error: {error}") from None
    return result
