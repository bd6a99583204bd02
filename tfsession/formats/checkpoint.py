"""Checkpoints of either version as files: what is in them, and its values."""

from __future__ import annotations

import difflib
import os
import weakref
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.dtypes import DType
from tfsession.formats import tensor_bundle
from tfsession.formats.slice_table import SliceTableReader
from tfsession.formats.tensor_bundle import BundleReader
from tfsession.protos import DataType
from tfsession.shapes import format_dims

__all__ = ["CheckpointReader", "NewCheckpointReader", "nearest_name", "open_checkpoint"]


def open_checkpoint(prefix: str) -> BundleReader | SliceTableReader:
    """Opens a checkpoint of whichever version is there.

    Raises:
      NotFoundError: there is none.
      InvalidArgumentError: nor is there its folder.
      DataLossError: it is damaged.
    """
    if os.path.exists(tensor_bundle.index_path(prefix)):
        return BundleReader(prefix)
    return SliceTableReader(prefix)


def nearest_name(name: str, reader: BundleReader | SliceTableReader) -> str:
    """The name of a tensor of a checkpoint that is most like `name`, or ''."""
    near = difflib.get_close_matches(name, reader.names(), n=1)
    return near[0] if near else ""


class CheckpointReader:
    """What is in a checkpoint.

    Source: TensorFlow 1.15 `tf.train.NewCheckpointReader`.
    """

    def __init__(self, filepattern: Any) -> None:
        """Opens a checkpoint; see `open_checkpoint` for errors.

        Args:
          filepattern: its path without what tells its files apart; text or bytes.

        Raises:
          TypeError: it is neither.
        """
        if not isinstance(filepattern, (str, bytes)):
            raise TypeError(f"Expected binary or unicode string, got {filepattern!r}")
        self._reader = open_checkpoint(os.fsdecode(filepattern))
        # Programs drop readers, and have no way to close them.
        weakref.finalize(self, self._reader.close)

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The shape of each tensor, as a list of sizes, by its name."""
        return {n: list(self._reader.dtype_and_shape(n)[1]) for n in self._reader.names()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        """The DType of each tensor by its name."""
        return {n: self._reader.dtype_and_shape(n)[0] for n in self._reader.names()}

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is a tensor of that name."""
        return self._reader.has(tensor_str)

    def get_tensor(self, tensor_str: Any) -> Any:
        """The value of a tensor.

        Args:
          tensor_str: its name.

        Returns:
          An array of its dtype; of `bytes` in an object array for strings.

        Raises:
          NotFoundError: there is none of that name.
          DataLossError: it is damaged.
          UnimplementedError: it lies in several parts in a checkpoint of version 1.
        """
        name = tensor_str.decode() if isinstance(tensor_str, bytes) else tensor_str
        if isinstance(self._reader, SliceTableReader):
            if not self._reader.has(name):
                raise errors.NotFoundError.of(f"{name} not found in checkpoint file")
            if len(self._reader.parts(name)) > 1:
                raise errors.UnimplementedError.of("Sliced checkpoints are not supported")
        value: np.ndarray = self._reader.read(name)
        return value if value.ndim else value[()]

    def debug_string(self) -> bytes:
        """A line for each tensor: its name, DataType and shape."""
        return "".join(f"{line}\n" for line in self._lines()).encode(errors="surrogateescape")

    def _lines(self) -> list[str]:
        if isinstance(self._reader, SliceTableReader):
            lines = []
            for name in self._reader.names():
                count = len(self._reader.parts(name))
                more = f", {count} slices" if count > 1 else ""
                lines.append(_line(name, *self._reader.dtype_and_shape(name)) + more)
            return lines
        return [
            _line(key, *self._reader.dtype_and_shape(key)) for key in self._reader.stored_keys()
        ]


def _line(name: str, dtype: DType, dims: tuple[int, ...]) -> str:
    return f"{name} ({DataType.Name(dtype.as_datatype_enum)}) {format_dims(dims)}"


def NewCheckpointReader(filepattern: Any) -> CheckpointReader:  # TensorFlow's name
    """Opens a checkpoint.

    Args:
      filepattern: its path without what tells its files apart.

    Returns:
      A CheckpointReader.

    Raises:
      NotFoundError: there is no checkpoint.
      InvalidArgumentError: nor is there its folder.
      DataLossError: it is damaged.

    Source: TensorFlow 1.15 `tf.train.NewCheckpointReader`.
    """
    return CheckpointReader(filepattern)
