"""Files as streams of bytes, compressed or not, with the errors of TensorFlow's file system."""

from __future__ import annotations

import errno
import io
import os
import zlib
from typing import IO, Any

from tfsession import errors
from tfsession.formats.filesystems import at, path_of as path_of

# Bits of the window, plus what stands around the compressed data.
WINDOW_BITS = {"ZLIB": 15, "GZIP": 31}

_CHUNK = 256 << 10

_CLASSES: dict[int | None, type[errors.OpError]] = {
    errno.ENOENT: errors.NotFoundError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EROFS: errors.PermissionDeniedError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.ENOTEMPTY: errors.FailedPreconditionError,
    errno.EBUSY: errors.FailedPreconditionError,
    errno.EINVAL: errors.InvalidArgumentError,
    errno.ENAMETOOLONG: errors.InvalidArgumentError,
    errno.ENOSPC: errors.ResourceExhaustedError,
    errno.EDQUOT: errors.ResourceExhaustedError,
    errno.EMFILE: errors.ResourceExhaustedError,
    errno.ENFILE: errors.ResourceExhaustedError,
}

_NUMBERS: dict[type[OSError], int] = {
    FileNotFoundError: errno.ENOENT,
    FileExistsError: errno.EEXIST,
    PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR,
    NotADirectoryError: errno.ENOTDIR,
}


def file_error(path: str, error: OSError) -> errors.OpError:
    """The error of an operation that cannot use a file.

    Args:
      path: the file.
      error: what the operating system said.
    """
    # An error that no operating system has raised has no number.
    number = error.errno or _NUMBERS.get(type(error), 0)
    kind: Any = _CLASSES.get(number, errors.UnknownError)
    made: errors.OpError = kind.of(f"{path}; {os.strerror(number) if number else error}")
    return made


def open_to_read(path: str, compression: str = "", buffering: int = -1) -> IO[bytes]:
    """Opens a file.

    Args:
      path: the file.
      compression: '', 'ZLIB' or 'GZIP'.
      buffering: of the file, as `open` takes it.

    Returns:
      A stream of the decompressed bytes.

    Raises:
      NotFoundError: there is no such file.
      PermissionDeniedError: it may not be read.
      FailedPreconditionError: it is a directory.
    """
    try:
        system, path = at(path)
        file: IO[bytes] = system.open(path, "rb", buffering)
    except OSError as error:
        raise file_error(path, error) from None
    if not compression:
        return file
    return io.BufferedReader(_Decompressing(file, WINDOW_BITS[compression]), _CHUNK)


class _Decompressing(io.RawIOBase):
    """The bytes of a compressed file; several compressed streams in a row count as one."""

    def __init__(self, file: IO[bytes], window_bits: int) -> None:
        self._file = file
        self._window_bits = window_bits
        self._inflate = zlib.decompressobj(window_bits)
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._inflate.eof:
                self._waiting = self._inflate.unused_data
                self._inflate = zlib.decompressobj(self._window_bits)
            source = self._waiting or self._file.read(_CHUNK)
            if not source:
                return 0
            try:
                produced = self._inflate.decompress(source, len(buffer))
            except zlib.error as error:
                raise errors.DataLossError.of(f"inflate() failed: {error}") from None
            self._waiting = self._inflate.unconsumed_tail
            if produced:
                buffer[: len(produced)] = produced
                return len(produced)

    def close(self) -> None:
        self._file.close()
        super().close()
