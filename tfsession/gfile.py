"""`tf.gfile`: files, with the errors of `tf.errors`.

They are on this machine, or behind a scheme such as `gs://`, `s3://` or `hdfs://`: with fsspec, and
with what it needs for the scheme.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any

from tfsession import errors
from tfsession.compat import as_bytes, as_str_any
from tfsession.formats.filesystems import at
from tfsession.formats.streams import file_error


@contextlib.contextmanager
def _translated(path: str) -> Iterator[None]:
    """Raises the operating system's errors as those of `tf.errors`."""
    try:
        yield
    except OSError as error:
        raise file_error(path, error) from error


class GFile:
    """A file, opened for reading when it is first read, and for writing when first written.

    Reading has a position of its own. Writing goes to the end of what has been written so far; with
    'w', 'w+' and 'r+' it begins with an empty file. What is written can be read after `flush`.
    Offsets are in bytes; text is UTF-8, and its line ends are kept as they are.

    Args:
      name: path of the file.
      mode: 'r', 'w', 'a', 'r+', 'w+' or 'a+', with a 'b' for bytes instead of text.

    Raises:
      InvalidArgumentError: there is no such mode.

    Source: TensorFlow 1.15 `tf.gfile.GFile`.
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        plain = mode.replace("b", "")
        if plain not in ("r", "w", "a", "r+", "w+", "a+"):
            raise errors.InvalidArgumentError.of(
                "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'"
            )
        self._name = name
        self._system, self._path = at(name)
        self._mode = mode
        self._is_binary = "b" in mode
        self._reads = plain != "w" and plain != "a"
        self._writes = plain != "r"
        self._reader: IO[bytes] | None = None
        self._writer: IO[bytes] | None = None

    @property
    def name(self) -> Any:
        """The name that the file was opened by."""
        return self._name

    @property
    def mode(self) -> str:
        """The mode that the file was opened in."""
        return self._mode

    def _for_reading(self) -> IO[bytes]:
        if not self._reads:
            raise errors.PermissionDeniedError.of("File isn't open for reading")
        if self._reader is None:
            with _translated(self._path):
                self._reader = self._system.open(self._path, "rb")
        return self._reader

    def _for_writing(self) -> IO[bytes]:
        if not self._writes:
            raise errors.PermissionDeniedError.of("File isn't open for writing")
        if self._writer is None:
            with _translated(self._path):
                mode = "ab" if self._mode.startswith("a") else "wb"
                self._writer = self._system.open(self._path, mode)
        return self._writer

    def _decoded(self, data: bytes) -> Any:
        return data if self._is_binary else as_str_any(data)

    def size(self) -> int:
        """The size of the file in bytes, without what has not been flushed."""
        return Stat(self._name).length

    def read(self, n: int = -1) -> Any:
        """Reads `n` bytes; all that is left by default."""
        file = self._for_reading()
        with _translated(self._path):
            return self._decoded(file.read(n))

    def readline(self) -> Any:
        """Reads a line, with its end; empty at the end of the file."""
        file = self._for_reading()
        with _translated(self._path):
            return self._decoded(file.readline())

    def readlines(self) -> list[Any]:
        """Reads all lines that are left, with their ends."""
        return list(self)

    def __iter__(self) -> GFile:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__

    def write(self, file_content: Any) -> None:
        """Writes text or bytes."""
        file, data = self._for_writing(), as_bytes(file_content)
        with _translated(self._path):
            file.write(data)

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Moves to the place in the file where reading goes on.

        Args:
          offset: how far, in bytes.
          whence: 0 from the start, 1 from here, 2 from the end.
          position: an older name of `offset`.

        Raises:
          InvalidArgumentError: `whence` is none of these, or the place is before the start.
          OutOfRangeError: the place is behind the end.
        """
        offset = position if offset is None else offset
        if offset is None:
            raise TypeError("seek(): offset argument required")
        if whence not in (0, 1, 2):
            raise errors.InvalidArgumentError.of(
                f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2."
            )
        file = self._for_reading()
        size = self.size()
        target = offset + (0, file.tell(), size)[whence]
        if target < 0:
            raise errors.InvalidArgumentError.of(f"Seeking to a negative position: {target}")
        # Opened anew: what the file object has read ahead may have been written over.
        file.close()
        self._reader = None
        self._for_reading().seek(min(target, size))
        if target > size:
            raise errors.OutOfRangeError.of("reached end of file")

    def tell(self) -> int:
        """The place where reading goes on, or writing where the file is not read, in bytes."""
        return (self._for_reading() if self._reads else self._for_writing()).tell()

    def seekable(self) -> bool:
        """Whether `seek` works: always."""
        return True

    def flush(self) -> None:
        """Hands what is written to the operating system."""
        if self._writer is not None:
            with _translated(self._path):
                self._writer.flush()

    def close(self) -> None:
        """Closes the file; reading or writing on opens it anew."""
        files, self._reader, self._writer = (self._reader, self._writer), None, None
        for file in files:
            if file is not None:
                with _translated(self._path):
                    file.close()

    def __enter__(self) -> GFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Missing where the constructor failed.
        if "_writer" in self.__dict__:
            self.close()


class FastGFile(GFile):
    """The same as `GFile`."""


Open = GFile


@dataclass(frozen=True)
class FileStatistics:
    """What is known of a file.

    Attributes:
      length: its size in bytes.
      mtime_nsec: when it was changed last, in nanoseconds since the epoch.
      is_directory: whether it is a directory.
    """

    length: int
    mtime_nsec: int
    is_directory: bool


# ---- Names of files ----


def Exists(filename: Any) -> bool:
    """Whether there is a file or a directory of this name."""
    system, path = at(filename)
    return system.exists(path)


def IsDirectory(dirname: Any) -> bool:
    """Whether there is a directory of this name."""
    system, path = at(dirname)
    return system.isdir(path)


def Glob(filename: Any) -> list[str]:
    """The files that match a pattern, or any of several patterns, in the order of their names.

    Args:
      filename: a pattern with `*`, `?` and `[...]`, or a list of patterns.
    """
    patterns = [filename] if isinstance(filename, (str, bytes, os.PathLike)) else filename
    found: list[str] = []
    for pattern in patterns:
        system, path = at(pattern)
        found += sorted(system.glob(path))
    return found


def ListDirectory(dirname: Any) -> list[str]:
    """The names in a directory, in order, without `.` and `..`.

    Raises:
      NotFoundError: there is no such directory.
    """
    system, path = at(dirname)
    if not system.isdir(path):
        raise errors.NotFoundError.of(f"Could not find directory {path}")
    with _translated(path):
        return sorted(system.listdir(path))


def Walk(top: Any, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Visits a directory and all below it; nothing where there is none.

    Args:
      top: the directory.
      in_order: whether a directory comes before those in it.

    Yields:
      A directory's path, the names of the directories in it, and those of the files in it.
    """
    system, first = at(top)
    for path, directories, files in system.walk(first, in_order):
        directories.sort()
        yield path, directories, sorted(files)


def Stat(filename: Any) -> FileStatistics:
    """What is known of a file or directory.

    Raises:
      NotFoundError: there is none.
    """
    system, path = at(filename)
    with _translated(path):
        length, changed = system.stat(path)
    return FileStatistics(length, changed, system.isdir(path))


# ---- Changes ----


def MkDir(dirname: Any) -> None:
    """Makes a directory; no error where it is there already.

    Raises:
      NotFoundError: the directory above it is not there.
    """
    system, path = at(dirname)
    with _translated(path), contextlib.suppress(FileExistsError):
        system.mkdir(path)


def MakeDirs(dirname: Any) -> None:
    """Makes a directory, and those above it; no error where it is there already.

    Raises:
      FailedPreconditionError: there is a file of this name.
    """
    system, path = at(dirname)
    if system.exists(path) and not system.isdir(path):
        raise errors.FailedPreconditionError.of(f"{path} is not a directory")
    with _translated(path):
        system.makedirs(path)


def Remove(filename: Any) -> None:
    """Removes a file.

    Raises:
      NotFoundError: there is none.
      FailedPreconditionError: it is a directory.
    """
    system, path = at(filename)
    with _translated(path):
        system.remove(path)


def DeleteRecursively(dirname: Any) -> None:
    """Removes a directory with all that is in it, or a file.

    Raises:
      NotFoundError: there is none.
    """
    system, path = at(dirname)
    if not (system.exists(path) or os.path.islink(path)):
        raise errors.NotFoundError.of(f"{path} not found")
    with _translated(path):
        system.rmtree(path)


def Copy(oldpath: Any, newpath: Any, overwrite: bool = False) -> None:
    """Copies a file.

    Args:
      oldpath: the file.
      newpath: the name of the copy.
      overwrite: whether there may be a file of that name already.

    Raises:
      NotFoundError: there is no such file.
      AlreadyExistsError: there is a file of the new name.
    """
    _check_target(newpath, overwrite)
    (origin, source), (goal, target) = at(oldpath), at(newpath)
    if origin.isdir(source):
        raise errors.InvalidArgumentError.of(f"{source}; {os.strerror(errno.EINVAL)}")
    if origin is goal and origin.exists(source) and origin.samefile(source, target):
        return
    with _translated(source), origin.open(source, "rb") as read:
        with _translated(target), goal.open(target, "wb") as written:
            shutil.copyfileobj(read, written)


def Rename(oldname: Any, newname: Any, overwrite: bool = False) -> None:
    """Renames a file or directory; arguments and errors are those of `Copy`."""
    _check_target(newname, overwrite)
    (origin, source), (goal, target) = at(oldname), at(newname)
    if type(origin) is not type(goal):
        raise errors.UnimplementedError.of(
            f"Renaming {source} to {target} not implemented because they are in different file "
            "systems"
        )
    with _translated(source):
        origin.replace(source, target)


def _check_target(new: Any, overwrite: bool) -> None:
    if not overwrite and Exists(new):
        raise errors.AlreadyExistsError.of("file already exists")


__all__: Sequence[str] = [
    "Copy",
    "DeleteRecursively",
    "Exists",
    "FastGFile",
    "GFile",
    "Glob",
    "IsDirectory",
    "ListDirectory",
    "MakeDirs",
    "MkDir",
    "Open",
    "Remove",
    "Rename",
    "Stat",
    "Walk",
]
