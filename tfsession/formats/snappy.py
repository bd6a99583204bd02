"""Decompression of Snappy blocks, as tables of other writers may hold them."""

from __future__ import annotations


def decompressed(data: bytes) -> bytes:
    """The content of a block.

    Raises:
      ValueError: the block is damaged, or claims to be longer than it can be.

    Source: the format description of Snappy, google/snappy/format_description.txt.
    """
    try:
        return _decompressed(data)
    except IndexError:
        raise ValueError("the block ends too early") from None


# The most that a byte of a block can stand for: a copy of 64 bytes takes 3.
_MOST_PER_BYTE = 22


def _decompressed(data: bytes) -> bytes:
    length, position = _length(data)
    if length > _MOST_PER_BYTE * len(data):
        raise ValueError("the block is longer than it can be")
    out = bytearray()
    while position < len(data):
        tag = data[position]
        position += 1
        if tag & 3 == 0:
            size, position = _literal_size(data, tag >> 2, position)
            if position + size > len(data):
                raise ValueError("a literal ends too late")
            out += data[position : position + size]
            position += size
        else:
            size, distance, position = _copy(data, tag, position)
            _append_copy(out, size, distance)
        if len(out) > length:
            raise ValueError("the block is longer than it says")
    if len(out) != length:
        raise ValueError("the block is shorter than it says")
    return bytes(out)


def _length(data: bytes) -> tuple[int, int]:
    length = shift = position = 0
    while True:
        byte = data[position]
        position += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return length, position
        shift += 7
        if shift > 28:
            raise ValueError("the length has more than 32 bits")


def _literal_size(data: bytes, code: int, position: int) -> tuple[int, int]:
    if code < 60:
        return code + 1, position
    count = code - 59
    return int.from_bytes(data[position : position + count], "little") + 1, position + count


def _copy(data: bytes, tag: int, position: int) -> tuple[int, int, int]:
    """Size and distance of a copy, and where what says so ends."""
    if tag & 3 == 1:
        return (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[position], position + 1
    count = 2 if tag & 3 == 2 else 4
    distance = int.from_bytes(data[position : position + count], "little")
    return (tag >> 2) + 1, distance, position + count


def _append_copy(out: bytearray, size: int, distance: int) -> None:
    """Appends what began `distance` bytes ago; where it is shorter than `size`, over and over."""
    if not 0 < distance <= len(out):
        raise ValueError("a copy begins before the block")
    start = len(out) - distance
    piece = out[start : start + size]
    out += (piece * (size // len(piece) + 1))[:size]
