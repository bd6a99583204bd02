"""Files of data sets: those that are there already."""

from __future__ import annotations

import hashlib
import os
from typing import Any

__all__ = ["HDF5Matrix", "get_file", "home"]


def home() -> str:
    """The folder in which Keras keeps files: that of KERAS_HOME, or `~/.keras`."""
    given = os.environ.get("KERAS_HOME")
    return given or os.path.join(os.path.expanduser("~"), ".keras")


def get_file(
    fname: str,
    origin: str,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | None = None,
) -> str:
    """The path of a file that is there already; nothing is fetched.

    Args:
      fname: its name, or its path.
      origin: where it can be fetched from.
      untar, extract: whether it is an archive whose files are meant; these must be there, too.
      md5_hash, file_hash: what the file's hash is.
      cache_subdir: the folder below `cache_dir`.
      hash_algorithm: "md5", "sha256" or "auto".
      archive_format: kept.
      cache_dir: the folder; that of Keras when None.

    Raises:
      FileNotFoundError: it is not there.
      ValueError: it has another hash.

    Source: TensorFlow 1.15 `tf.keras.utils.get_file`.
    """
    path = os.path.join(cache_dir or home(), cache_subdir, fname)
    if untar:
        return _existing(path, origin)
    path = _existing(path, origin)
    wanted = file_hash or md5_hash
    if wanted is not None and os.path.isfile(path):
        kind = hash_algorithm
        if kind == "auto":
            kind = "sha256" if len(wanted) == 64 else "md5"
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, kind).hexdigest()
        if found != wanted:
            raise ValueError(f"get_file: {path!r} has the hash {found}; want {wanted}")
    return path


def _existing(path: str, origin: str) -> str:
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"get_file: {path!r} is not there, and nothing is fetched here; fetch {origin} and put "
            "it there"
        )
    return path


class HDF5Matrix:
    """A part of a data set of an HDF5 file, read when it is asked for.

    Args:
      datapath: the path of the file.
      dataset: the name of the data set.
      start, end: the rows.
      normalizer: is called on what is read.

    Source: TensorFlow 1.15 `tf.keras.utils.HDF5Matrix`.
    """

    def __init__(
        self,
        datapath: str,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Any = None,
    ) -> None:
        from tfsession.keras.saving import hdf5

        self.data = hdf5.file(datapath, "r")[dataset]
        self.start = start
        self.end = self.data.shape[0] if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            start, stop = key.start or 0, len(self) if key.stop is None else key.stop
            if stop + self.start > self.end:
                raise IndexError
            index: Any = slice(start + self.start, stop + self.start)
        elif isinstance(key, (int, list)):
            index = key + self.start if isinstance(key, int) else [k + self.start for k in key]
        else:
            index = [int(k) + self.start for k in key]
        values = self.data[index]
        return values if self.normalizer is None else self.normalizer(values)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the part."""
        return (len(self), *self.data.shape[1:])

    @property
    def dtype(self) -> Any:
        """The DType of the data set."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The rank."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        count = 1
        for size in self.shape:
            count *= size
        return count
