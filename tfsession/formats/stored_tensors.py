"""The bytes of tensors in the data files of checkpoints.

Numbers lie there as they lie in memory. Strings are the varint lengths of all, a masked CRC-32C of
these lengths as integers, and the bytes of all.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

from tfsession import dtypes, errors
from tfsession.dtypes import DType
from tfsession.formats.crc32c import extended, masked, unmasked
from tfsession.formats.sorted_table import read_varint, varint

# What is read or written at once, and summed while it is in the processor's cache, in bytes.
_CHUNK = 4 << 20


def _is_stored(dtype: DType) -> bool:
    return dtype not in (dtypes.resource, dtypes.variant)


def may_have_size(dtype: DType, dims: Sequence[int], size: int) -> bool:
    """Whether tensors of this dtype and shape may take so many bytes."""
    count = math.prod(dims)
    if dtype is dtypes.string:
        return size >= count + 4
    return size == count * dtype.size or not _is_stored(dtype)


# ---- Writing ----


def write(file: IO[bytes], array: np.ndarray, dtype: DType) -> tuple[int, int]:
    """Appends a tensor to a file that is not buffered.

    Args:
      file: the file.
      array: the value; bytes in an object array for strings.
      dtype: its dtype.

    Returns:
      The number of bytes, and their masked checksum.

    Raises:
      UnimplementedError: tensors of this dtype are not stored.
    """
    if not _is_stored(dtype):
        raise errors.UnimplementedError.of(f"Tensors of type {dtype.runtime_name} are not saved")
    if dtype is dtypes.string:
        return _write_strings(file, array)
    data = _bytes_of(array)
    crc = 0
    for chunk in _chunks(data):
        crc = extended(crc, chunk)
        _write_all(file, chunk)
    return len(data), masked(crc)


def _bytes_of(array: np.ndarray) -> Any:
    """The memory of an array, without a copy where it is contiguous."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(np.uint8)


def _chunks(data: Any) -> Iterator[Any]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]


def _write_all(file: IO[bytes], data: Any) -> None:
    """Writes everything: a file without buffer may write less."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _write_strings(file: IO[bytes], array: np.ndarray) -> tuple[int, int]:
    strings: list[bytes] = array.reshape(-1).tolist()
    lengths = b"".join([varint(len(text)) for text in strings])
    crc = extended(0, _packed_lengths([len(text) for text in strings]))
    checksum = struct.pack("<I", masked(crc))
    _write_all(file, lengths + checksum)
    crc = extended(crc, checksum)
    size = len(lengths) + len(checksum)
    for piece in _joined(strings):
        crc = extended(crc, piece)
        _write_all(file, piece)
        size += len(piece)
    return size, masked(crc)


def _packed_lengths(lengths: Sequence[int]) -> bytes:
    """Lengths as their checksum sees them."""
    if max(lengths, default=0) < 1 << 32:
        return struct.pack(f"<{len(lengths)}I", *lengths)
    return b"".join([struct.pack("<I" if n < 1 << 32 else "<Q", n) for n in lengths])


def _joined(strings: Sequence[bytes]) -> Iterator[bytes]:
    """Strings one after the other, in pieces that are large enough to write at once."""
    waiting: list[bytes] = []
    size = 0
    for text in strings:
        waiting.append(text)
        size += len(text)
        if size >= _CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


# ---- Reading ----


def read(
    file: IO[bytes],
    offset: int,
    size: int,
    stored_crc: int,
    dtype: DType,
    dims: Sequence[int],
    place: str,
) -> np.ndarray:
    """Reads a tensor.

    Args:
      file: the file, in which there are so many bytes.
      offset: where the tensor begins.
      size: how many bytes it takes, of which `may_have_size` is true.
      stored_crc: their masked checksum.
      dtype: its dtype.
      dims: its shape.
      place: what errors say of it.

    Returns:
      An array that owns its memory.

    Raises:
      DataLossError: checksums do not match.
      OutOfRangeError: the file is too short.
      UnimplementedError: tensors of this dtype are not stored.
    """
    if not _is_stored(dtype):
        raise errors.UnimplementedError.of(f"Tensors of type {dtype.runtime_name} are not restored")
    if dtype is dtypes.string:
        data = np.empty(size, np.uint8)
        _read_into(file, offset, data, place)
        array, crc = _strings(data.tobytes(), math.prod(dims), place)
        array = array.reshape(dims)
    else:
        array = np.empty(dims, dtype.numpy)
        crc = _read_into(file, offset, _bytes_of(array), place)
    if crc != unmasked(stored_crc):
        raise errors.DataLossError.of(
            f"Checksum does not match: stored {unmasked(stored_crc)} vs. calculated on the "
            f"restored bytes {crc} ({place})"
        )
    return array


def _read_into(file: Any, offset: int, data: Any, place: str) -> int:
    """Fills an array; returns the checksum of what has been read."""
    file.seek(offset)
    crc = 0
    for chunk in _chunks(data):
        view = memoryview(chunk)
        while view:
            count = file.readinto(view)
            if not count:
                raise errors.OutOfRangeError.of(f"Read less bytes than requested ({place})")
            view = view[count:]
        crc = extended(crc, chunk)
    return crc


def _strings(content: bytes, count: int, place: str) -> tuple[np.ndarray, int]:
    """The strings, and the checksum of all."""
    position = 0
    lengths = []
    try:
        for _ in range(count):
            length, position = read_varint(content, position)
            lengths.append(length)
    except (IndexError, ValueError):
        raise errors.DataLossError.of(f"Unable to read the lengths of strings ({place})") from None
    if position + 4 + sum(lengths) != len(content):
        raise errors.DataLossError.of(
            f"The lengths of the strings do not add up to the size of the tensor ({place})"
        )
    crc = extended(0, _packed_lengths(lengths))
    checksum = content[position : position + 4]
    expected = unmasked(struct.unpack("<I", checksum)[0])
    if crc != expected:
        raise errors.DataLossError.of(
            f"The length checksum does not match: expected {expected} but actual is {crc} ({place})"
        )
    position += 4
    array = np.empty(count, object)
    crc = extended(extended(crc, checksum), content[position:])
    for index, length in enumerate(lengths):
        array[index] = content[position : position + length]
        position += length
    return array, crc
