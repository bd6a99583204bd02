"""`tf.io.gfile`: what `tf.gfile` does, by other names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfsession import errors, gfile as _gfile
from tfsession.gfile import FileStatistics as _FileStatistics, GFile as GFile
from tfsession.names.absent import explain_in as _explain_in

_explain_in(__name__)

__all__ = [
    "GFile",
    "copy",
    "exists",
    "glob",
    "isdir",
    "listdir",
    "makedirs",
    "mkdir",
    "remove",
    "rename",
    "rmtree",
    "stat",
    "walk",
]


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copies a file; see `tf.gfile.Copy`."""
    _gfile.Copy(src, dst, overwrite)


def exists(path: Any) -> bool:
    """Whether there is a file or a folder; see `tf.gfile.Exists`."""
    return _gfile.Exists(path)


def glob(pattern: Any) -> list[str]:
    """The files that fit a pattern, or one of several; see `tf.gfile.Glob`."""
    return _gfile.Glob(pattern)


def isdir(path: Any) -> bool:
    """Whether a path is a folder; see `tf.gfile.IsDirectory`."""
    return _gfile.IsDirectory(path)


def listdir(path: Any) -> list[str]:
    """What is in a folder; see `tf.gfile.ListDirectory`."""
    return _gfile.ListDirectory(path)


def makedirs(path: Any) -> None:
    """Makes a folder and those that it lies in; see `tf.gfile.MakeDirs`."""
    _gfile.MakeDirs(path)


def mkdir(path: Any) -> None:
    """Makes a folder; see `tf.gfile.MkDir`."""
    _gfile.MkDir(path)


def remove(path: Any) -> None:
    """Removes a file; see `tf.gfile.Remove`."""
    _gfile.Remove(path)


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Renames a file or a folder; see `tf.gfile.Rename`."""
    _gfile.Rename(src, dst, overwrite)


def rmtree(path: Any) -> None:
    """Removes a folder and all that is in it; see `tf.gfile.DeleteRecursively`."""
    _gfile.DeleteRecursively(path)


def stat(path: Any) -> _FileStatistics:
    """Facts of a file; see `tf.gfile.Stat`."""
    return _gfile.Stat(path)


def walk(
    top: Any, topdown: bool = True, onerror: Callable[[errors.OpError], Any] | None = None
) -> Iterator[tuple[str, list[str], Sequence[str]]]:
    """Goes through a folder and all below it.

    Args:
      top: the folder.
      topdown: whether a folder comes before those in it.
      onerror: called with the error where a folder cannot be read.

    Yields:
      (folder, the folders in it, the files in it).
    """
    top = str(top)
    try:
        names = listdir(top)
    except errors.OpError as error:
        if onerror is not None:
            onerror(error)
        return
    folders = [name.rstrip("/") for name in names if isdir(f"{top}/{name}")]
    files = [name for name in names if not isdir(f"{top}/{name}")]
    if topdown:
        yield top, folders, files
    for folder in folders:
        yield from walk(f"{top.rstrip('/')}/{folder}", topdown, onerror)
    if not topdown:
        yield top, folders, files
