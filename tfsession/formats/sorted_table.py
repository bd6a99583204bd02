"""Sorted string tables: the files that hold the index of a checkpoint, and old checkpoints whole.

A table is a row of blocks, and a footer of 48 bytes. A block has entries in the order of their
keys, each with the part of its key that the one before it lacks, then the offsets of the entries
whose keys are whole, and their number; a byte that says how it is compressed and a masked CRC-32C
follow it. The last block is the index: keys that separate the others, and where those are.
"""

from __future__ import annotations

import bisect
import os
import struct
from collections.abc import Iterator
from typing import IO

from tfsession import errors
from tfsession.formats import snappy
from tfsession.formats.crc32c import extended, masked
from tfsession.formats.streams import file_error, open_to_read

MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
_TRAILER_BYTES = 5
_RAW, _SNAPPY = 0, 1

# Bytes of a block at which the next one is begun.
BLOCK_BYTES = 256 << 10
# How many entries share the beginnings of their keys.
_RESTART_INTERVAL = 16


# ---- Numbers ----


def varint(number: int) -> bytes:
    """A number of 0 or more, seven bits a byte, the lowest first."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """The number that begins at `position`, and where it ends.

    Raises:
      IndexError: the data end within the number.
      ValueError: it has more than 64 bits.
    """
    byte = data[position]
    if byte < 0x80:
        return byte, position + 1
    number = shift = 0
    while True:
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


# ---- Writing ----


def _shared(a: bytes, b: bytes) -> int:
    """How many bytes two keys have in common at their beginning."""
    length = min(len(a), len(b))
    if a[:length] == b[:length]:
        return length
    return next(i for i in range(length) if a[i] != b[i])


class _BlockWriter:
    def __init__(self, restart_interval: int) -> None:
        self._restart_interval = restart_interval
        self.clear()

    def clear(self) -> None:
        """Begins the next block."""
        self._data = bytearray()
        self._restarts = [0]
        self._count = 0
        self._last_key = b""

    def add(self, key: bytes, value: bytes) -> None:
        shared = 0
        if self._count == self._restart_interval:
            self._restarts.append(len(self._data))
            self._count = 0
        else:
            shared = _shared(self._last_key, key)
        self._data += varint(shared) + varint(len(key) - shared) + varint(len(value))
        self._data += key[shared:]
        self._data += value
        self._last_key = key
        self._count += 1

    def size(self) -> int:
        """How many bytes the block would have now."""
        return len(self._data) + 4 * len(self._restarts) + 4

    def __bool__(self) -> bool:
        return bool(self._data)

    def content(self) -> bytes:
        return bytes(self._data) + struct.pack(
            f"<{len(self._restarts) + 1}I", *self._restarts, len(self._restarts)
        )


class TableWriter:
    """Writes a table into a file; keys come in the order of their bytes, each once."""

    def __init__(self, file: IO[bytes], block_bytes: int = BLOCK_BYTES) -> None:
        self._file = file
        self._block_bytes = block_bytes
        self._offset = 0
        self._block = _BlockWriter(_RESTART_INTERVAL)
        self._index = _BlockWriter(1)
        self._last_key = b""
        # The block that is written, but not in the index yet: its key depends on the next one.
        self._pending: bytes | None = None

    def add(self, key: bytes, value: bytes) -> None:
        """Appends an entry.

        Raises:
          ValueError: the key does not come after the one before it.
        """
        if self._block or self._pending is not None:
            if key <= self._last_key:
                raise ValueError(f"TableWriter.add: {key!r} does not follow {self._last_key!r}")
        if self._pending is not None:
            self._index.add(_separator(self._last_key, key), self._pending)
            self._pending = None
        self._block.add(key, value)
        self._last_key = key
        if self._block.size() >= self._block_bytes:
            self._flush()

    def finish(self) -> None:
        """Writes what is left, the index and the footer; the file stays open."""
        if self._block:
            self._flush()
        metaindex = self._write(_BlockWriter(_RESTART_INTERVAL))
        if self._pending is not None:
            self._index.add(_successor(self._last_key), self._pending)
        footer = metaindex + self._write(self._index)
        self._file.write(footer.ljust(FOOTER_BYTES - 8, b"\0") + struct.pack("<Q", MAGIC))

    def _flush(self) -> None:
        self._pending = self._write(self._block)
        self._block.clear()

    def _write(self, block: _BlockWriter) -> bytes:
        """Writes a block; returns where it is."""
        content = block.content()
        kind = bytes([_RAW])
        crc = masked(extended(extended(0, content), kind))
        self._file.write(content + kind + struct.pack("<I", crc))
        handle = varint(self._offset) + varint(len(content))
        self._offset += len(content) + _TRAILER_BYTES
        return handle


def _separator(before: bytes, after: bytes) -> bytes:
    """A short key that is not less than `before`, and less than `after`."""
    at = _shared(before, after)
    if at < min(len(before), len(after)) and before[at] < 0xFF and before[at] + 1 < after[at]:
        return before[:at] + bytes([before[at] + 1])
    return before


def _successor(key: bytes) -> bytes:
    """A short key that is not less than `key`."""
    for at, byte in enumerate(key):
        if byte != 0xFF:
            return key[:at] + bytes([byte + 1])
    return key


# ---- Reading ----


class TableReader:
    """Reads a table.

    Memory stays in proportion to the size of the file, whatever is in it.
    """

    def __init__(self, path: str) -> None:
        """Opens a table.

        Raises:
          OpError: the file cannot be opened.
          DataLossError: it is no table, or its index is damaged.
        """
        self.path = path
        self._file = open_to_read(path)
        try:
            self._size = os.fstat(self._file.fileno()).st_size
            self._index = self._read_footer()
            # The block that was looked into last: keys are mostly asked for in their order.
            self._kept_at = -1
            self._kept: dict[bytes, bytes] = {}
        except BaseException:
            self._file.close()
            raise

    def _read_footer(self) -> list[tuple[bytes, bytes]]:
        if self._size < FOOTER_BYTES:
            raise errors.DataLossError.of("file is too short to be an sstable")
        footer = self._read(self._size - FOOTER_BYTES, FOOTER_BYTES)
        if struct.unpack("<Q", footer[-8:])[0] != MAGIC:
            raise errors.DataLossError.of("not an sstable (bad magic number)")
        try:
            _, position = _handle(footer, 0)
            index, _ = _handle(footer, position)
        except (IndexError, ValueError):
            raise errors.DataLossError.of("bad block handle") from None
        return list(self._block(*index))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def entries(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys with their values, in order.

        Raises:
          DataLossError: a block is damaged.
        """
        for _, handle in self._index:
            yield from self._block_of(handle)

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, or None.

        Raises:
          DataLossError: the block in which it would be is damaged.
        """
        at = bisect.bisect_left(self._index, key, key=lambda entry: entry[0])
        if at == len(self._index):
            return None
        if at != self._kept_at:
            self._kept_at, self._kept = at, dict(self._block_of(self._index[at][1]))
        return self._kept.get(key)

    def _block_of(self, handle: bytes) -> Iterator[tuple[bytes, bytes]]:
        try:
            (offset, size), _ = _handle(handle, 0)
        except (IndexError, ValueError):
            raise errors.DataLossError.of("bad block handle") from None
        return self._block(offset, size)

    def _block(self, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
        """The entries of a block."""
        if offset + size + _TRAILER_BYTES > self._size - FOOTER_BYTES:
            raise self._damaged("truncated block read", offset)
        data = self._read(offset, size + _TRAILER_BYTES)
        content, kind = data[:size], data[size]
        if struct.unpack("<I", data[size + 1 :])[0] != masked(extended(0, data[: size + 1])):
            raise self._damaged("block checksum mismatch", offset)
        try:
            if kind == _SNAPPY:
                content = snappy.decompressed(content)
            elif kind != _RAW:
                raise self._damaged("bad block type", offset)
        except ValueError:
            raise self._damaged("corrupted compressed block contents", offset) from None
        return self._entries(content, offset)

    def _entries(self, content: bytes, offset: int) -> Iterator[tuple[bytes, bytes]]:
        bad = self._damaged("bad entry in block", offset)
        if len(content) < 4:
            raise bad
        end = len(content) - 4 - 4 * int(struct.unpack("<I", content[-4:])[0])
        if end < 0:
            raise bad
        # Shared beginnings let keys take more than the block; those of a writer never do so by
        # more than the number of entries that may share.
        room = _RESTART_INTERVAL * len(content) + (1 << 20)
        position, key = 0, b""
        while position < end:
            try:
                shared, position = read_varint(content, position)
                own, position = read_varint(content, position)
                length, position = read_varint(content, position)
            except (IndexError, ValueError):
                raise bad from None
            room -= shared + own
            if shared > len(key) or position + own + length > end or room < 0:
                raise bad
            key = key[:shared] + content[position : position + own]
            position += own
            yield key, content[position : position + length]
            position += length

    def _read(self, offset: int, size: int) -> bytes:
        try:
            self._file.seek(offset)
            data = self._file.read(size)
        except OSError as error:
            raise file_error(self.path, error) from None
        if len(data) < size:
            raise self._damaged("truncated block read", offset)
        return data

    def _damaged(self, what: str, offset: int) -> errors.DataLossError:
        return errors.DataLossError.of(f"{what} (the block at byte {offset} of {self.path})")


def _handle(data: bytes, position: int) -> tuple[tuple[int, int], int]:
    """Offset and size of a block, and where they end."""
    offset, position = read_varint(data, position)
    size, position = read_varint(data, position)
    return (offset, size), position
