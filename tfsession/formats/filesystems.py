"""Where files are: on this machine, or behind a scheme such as `gs://`, reached through fsspec."""

from __future__ import annotations

import glob
import importlib
import os
import shutil
from collections.abc import Iterator
from typing import IO, Any, Protocol

from tfsession import errors


def path_of(name: Any) -> str:
    """A file's name as text; bytes that are no UTF-8 survive."""
    return os.fsdecode(name)


Visit = tuple[str, list[str], list[str]]


class FileSystem(Protocol):
    """What a file system does; its errors are those of Python, subclasses of OSError."""

    def open(self, path: str, mode: str, buffering: int = -1) -> IO[bytes]: ...
    def exists(self, path: str) -> bool: ...
    def isdir(self, path: str) -> bool: ...
    def glob(self, pattern: str) -> list[str]: ...
    def listdir(self, path: str) -> list[str]: ...
    def walk(self, top: str, topdown: bool) -> Iterator[Visit]: ...
    def stat(self, path: str) -> tuple[int, int]:
        """The size in bytes, and the time of the last change in nanoseconds since the epoch."""

    def mkdir(self, path: str) -> None: ...
    def makedirs(self, path: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def rmtree(self, path: str) -> None: ...
    def replace(self, source: str, target: str) -> None: ...
    def samefile(self, path: str, other: str) -> bool: ...


def at(name: Any) -> tuple[FileSystem, str]:
    """The file system of a name, and the path in it.

    Args:
      name: text, bytes or a path object.

    Raises:
      UnimplementedError: there is no way to reach it.
      TypeError: the name is none.
    """
    if not isinstance(name, (str, bytes, os.PathLike)):
        raise TypeError(f"Expected binary or unicode string, got {name!r}")
    path = path_of(name)
    scheme, separator, rest = path.partition("://")
    if not separator:
        return _LOCAL, path
    if scheme == "file":
        return _LOCAL, rest
    return _Remote(scheme, path), path


class _Local:
    """The files of this machine."""

    exists = staticmethod(os.path.exists)
    isdir = staticmethod(os.path.isdir)
    listdir = staticmethod(os.listdir)
    mkdir = staticmethod(os.mkdir)
    remove = staticmethod(os.remove)
    replace = staticmethod(os.replace)

    def open(self, path: str, mode: str, buffering: int = -1) -> Any:
        return open(path, mode, buffering)

    def glob(self, pattern: str) -> list[str]:
        # As in the shell, `*` does not match names that begin with a dot; TensorFlow's does.
        return glob.glob(pattern, include_hidden=True)

    def walk(self, top: str, topdown: bool) -> Iterator[Visit]:
        return os.walk(top, topdown=topdown)

    def stat(self, path: str) -> tuple[int, int]:
        found = os.stat(path)
        return found.st_size, found.st_mtime_ns

    def makedirs(self, path: str) -> None:
        os.makedirs(path, exist_ok=True)

    def rmtree(self, path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)

    def samefile(self, path: str, other: str) -> bool:
        return os.path.exists(other) and os.path.samefile(path, other)


_LOCAL = _Local()


class _Remote:
    """Files behind a scheme; paths go in and out with it."""

    def __init__(self, scheme: str, path: str) -> None:
        try:
            fsspec: Any = importlib.import_module("fsspec")
            self._fs: Any = fsspec.core.url_to_fs(path)[0]
        except (ImportError, ValueError) as error:
            # fsspec, or what it needs for the scheme, is not installed; or nobody knows the scheme.
            raise errors.UnimplementedError.of(
                f"File system scheme '{scheme}' not implemented (file: '{path}'); tfsession "
                f"reaches it through fsspec: {error}"
            ) from error

    def _outside(self, path: str) -> str:
        name: str = self._fs.unstrip_protocol(path)
        return name

    def open(self, path: str, mode: str, buffering: int = -1) -> IO[bytes]:
        # fsspec has buffers of its own.
        file: IO[bytes] = self._fs.open(path, mode)
        return file

    def exists(self, path: str) -> bool:
        return bool(self._fs.exists(path))

    def isdir(self, path: str) -> bool:
        return bool(self._fs.isdir(path))

    def glob(self, pattern: str) -> list[str]:
        return [self._outside(path) for path in self._fs.glob(pattern)]

    def listdir(self, path: str) -> list[str]:
        return [_last(name) for name in self._fs.ls(path, detail=False)]

    def walk(self, top: str, topdown: bool) -> Iterator[Visit]:
        for path, directories, files in self._fs.walk(top, topdown=topdown):
            yield self._outside(path), directories, files

    def stat(self, path: str) -> tuple[int, int]:
        info = self._fs.info(path)
        try:
            changed = int(self._fs.modified(path).timestamp() * 1e9)
        except (NotImplementedError, FileNotFoundError, KeyError):
            # Stores of objects have no time for what they take for a directory.
            changed = 0
        return info.get("size") or 0, changed

    def mkdir(self, path: str) -> None:
        self._fs.mkdir(path, create_parents=False)

    def makedirs(self, path: str) -> None:
        self._fs.makedirs(path, exist_ok=True)

    def remove(self, path: str) -> None:
        if self._fs.isdir(path):
            raise IsADirectoryError(path)
        self._fs.rm_file(path)

    def rmtree(self, path: str) -> None:
        self._fs.rm(path, recursive=True)

    def replace(self, source: str, target: str) -> None:
        if self._fs.exists(target):
            self._fs.rm(target, recursive=True)
        self._fs.mv(source, target, recursive=True)

    def samefile(self, path: str, other: str) -> bool:
        return path == other


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
