"""TFRecord files: byte strings one after the other, each with checksums (`tf.python_io`).

A record is its length (uint64), the masked CRC-32C of these eight bytes (uint32), the data, and the
masked CRC-32C of the data (uint32), all little-endian. Compression goes around the whole file.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

from tfsession import errors
from tfsession.formats.crc32c import masked_crc
from tfsession.formats.filesystems import at
from tfsession.formats.streams import WINDOW_BITS, file_error, open_to_read

__all__ = [
    "TFRecordCompressionType",
    "TFRecordOptions",
    "TFRecordWriter",
    "tf_record_iterator",
]

# The length, and its checksum.
_HEADER = struct.Struct("<QI")
HEADER_BYTES = _HEADER.size
FOOTER_BYTES = 4
# So much is read in one piece.
_AT_ONCE = 16 << 20


def framed(data: bytes) -> bytes:
    """A record as it stands in a file: with its length and the checksums."""
    length = struct.pack("<Q", len(data))
    return b"".join(
        [
            length,
            struct.pack("<I", masked_crc(length)),
            data,
            struct.pack("<I", masked_crc(data)),
        ]
    )


# ---- Options ----


class TFRecordCompressionType:
    """The kinds of compression, as numbers.

    Source: TensorFlow 1.15 `tf.python_io.TFRecordCompressionType`.
    """

    NONE = 0
    ZLIB = 1
    GZIP = 2


class TFRecordOptions:
    """How a TFRecord file is compressed.

    Source: TensorFlow 1.15 `tf.python_io.TFRecordOptions`.
    """

    compression_type_map = {  # noqa: RUF012  # public in TensorFlow
        TFRecordCompressionType.ZLIB: "ZLIB",
        TFRecordCompressionType.GZIP: "GZIP",
        TFRecordCompressionType.NONE: "",
    }

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        """Collects options; those of zlib are zlib's own, None for the default.

        Args:
          compression_type: 'GZIP', 'ZLIB', '' or None, or a `TFRecordCompressionType`.
          flush_mode: zlib's flush mode.
          input_buffer_size: in bytes; kept for the caller.
          output_buffer_size: in bytes; kept for the caller.
          window_bits: binary logarithm of zlib's window in bytes, 8 to 15.
          compression_level: 0 to 9, or -1 for zlib's default.
          compression_method: zlib's method, 8.
          mem_level: 1 to 9.
          compression_strategy: zlib's strategy.

        Raises:
          ValueError: there is no such compression.
        """
        self.get_compression_type_string(compression_type)
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """The compression that `options` ask for.

        Args:
          options: a TFRecordOptions, a `TFRecordCompressionType`, a string, or None.

        Returns:
          'ZLIB', 'GZIP' or ''.

        Raises:
          ValueError: there is no such compression.
        """
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if options in cls.compression_type_map:
            return cls.compression_type_map[options]
        if options in cls.compression_type_map.values():
            return str(options)
        raise ValueError(f'Not a valid compression_type: "{options}"')

    def _compressor(self) -> Any:
        """A compressing object of zlib, or None."""
        compression = self.get_compression_type_string(self)
        if not compression:
            return None
        bits = WINDOW_BITS[compression]
        if self.window_bits is not None:
            bits += self.window_bits - 15
        return zlib.compressobj(
            _given(self.compression_level, zlib.Z_DEFAULT_COMPRESSION),
            _given(self.compression_method, zlib.DEFLATED),
            bits,
            _given(self.mem_level, zlib.DEF_MEM_LEVEL),
            _given(self.compression_strategy, zlib.Z_DEFAULT_STRATEGY),
        )


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


# ---- Writing ----


class TFRecordWriter:
    """Writes a TFRecord file; also a context manager that closes it.

    Source: TensorFlow 1.15 `tf.python_io.TFRecordWriter`.
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        """Opens the file and empties it.

        Args:
          path: the file.
          options: a TFRecordOptions, a `TFRecordCompressionType` or its name, or None.

        Raises:
          OpError: the file cannot be opened.
        """
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(compression_type=options)
        self._path = os.fsdecode(path)
        self._compressor = options._compressor()
        self._flush_mode = _given(options.flush_mode, zlib.Z_NO_FLUSH)
        try:
            system, self._path = at(path)
            self._file: IO[bytes] | None = system.open(self._path, "wb")
        except OSError as error:
            raise file_error(self._path, error) from None

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def write(self, record: bytes | str) -> None:
        """Appends one record.

        Args:
          record: bytes; text is encoded as UTF-8.

        Raises:
          TypeError: it is neither.
          FailedPreconditionError: the file is closed.
        """
        if isinstance(record, str):
            record = record.encode()
        if not isinstance(record, (bytes, bytearray, memoryview)):
            raise TypeError(f"TFRecordWriter.write: {record!r} is not bytes")
        self._write(framed(bytes(record)))

    def _write(self, data: bytes) -> None:
        file = self._opened()
        if self._compressor is not None:
            data = self._compressor.compress(data)
            if self._flush_mode != zlib.Z_NO_FLUSH:
                data += self._compressor.flush(self._flush_mode)
        file.write(data)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise errors.FailedPreconditionError.of("Writer is closed.")
        return self._file

    def flush(self) -> None:
        """Hands what has been written to the operating system."""
        file = self._opened()
        if self._compressor is not None:
            file.write(self._compressor.flush(zlib.Z_SYNC_FLUSH))
        file.flush()

    def close(self) -> None:
        """Closes the file; closing twice is no error."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            if self._compressor is not None:
                file.write(self._compressor.flush())
        finally:
            file.close()


# ---- Reading ----


class RecordReader:
    """Reads the records of a TFRecord file.

    Attributes:
      offset: where the next record begins, in bytes of the uncompressed file.
    """

    def __init__(self, path: str, compression: str = "") -> None:
        """Opens the file.

        Args:
          path: the file.
          compression: '', 'ZLIB' or 'GZIP'.

        Raises:
          OpError: the file cannot be opened.
        """
        self._path = path
        self._stream = open_to_read(path, compression)
        self._damage = ""
        self.offset = 0

    def read(self) -> bytes | None:
        """The next record; None at the end of the file, and for what is shorter than a header.

        Raises:
          DataLossError: a checksum is wrong, or the file ends within a record; reading on gives the
            same error again.
        """
        if not self._damage:
            data = self._read()
            if not self._damage:
                return data
        raise errors.DataLossError.of(self._damage)

    def _read(self) -> bytes | None:
        try:
            header = self._stream.read(HEADER_BYTES)
            if len(header) < HEADER_BYTES:
                return None
            length, checksum = _HEADER.unpack(header)
            if checksum != masked_crc(header[:8]):
                self._damage = f"corrupted record at {self.offset}"
                return None
            rest = _up_to(self._stream, length + FOOTER_BYTES)
        except OSError as error:
            raise file_error(self._path, error) from None
        if len(rest) < length + FOOTER_BYTES:
            self._damage = f"truncated record at {self.offset}"
            return None
        data = rest[:length]
        if int.from_bytes(rest[length:], "little") != masked_crc(data):
            self._damage = f"corrupted record at {self.offset + HEADER_BYTES}"
            return None
        self.offset += HEADER_BYTES + length + FOOTER_BYTES
        return data

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()


def _up_to(stream: IO[bytes], count: int) -> bytes:
    """The next bytes of a stream. What a damaged length asks for is not allocated ahead."""
    if count <= _AT_ONCE:
        return stream.read(count)
    pieces: list[bytes] = []
    while count > 0 and (piece := stream.read(min(count, _AT_ONCE))):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """Yields the records of a TFRecord file.

    Args:
      path: the file.
      options: a TFRecordOptions, a `TFRecordCompressionType` or its name, or None.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: the file is damaged.

    Source: TensorFlow 1.15 `tf.python_io.tf_record_iterator`.
    """
    compression = TFRecordOptions.get_compression_type_string(options)
    reader = RecordReader(os.fsdecode(path), compression)
    try:
        while (record := reader.read()) is not None:
            yield record
    finally:
        reader.close()
