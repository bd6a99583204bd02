"""What scripts use of TensorFlow that has no public name there, and no other home here."""

from __future__ import annotations

from typing import Any

from tfsession import gfile
from tfsession.graph import Tensor
from tfsession.indexed_slices import IndexedSlices, SparseTensor
from tfsession.variables import Variable


def is_tensor(x: Any) -> bool:
    """Whether an object is a tensor, a sparse one, or a variable."""
    return isinstance(x, (Tensor, SparseTensor, IndexedSlices, Variable))


def _to_proto_fn(v: Any, export_scope: str | None = None) -> Any:
    """A variable's VariableDef, as collections of a MetaGraphDef hold it."""
    return v.to_proto(export_scope=export_scope)


def _from_proto_fn(v: Any, import_scope: str | None = None) -> Any:
    """The variable of a VariableDef."""
    return Variable.from_proto(v, import_scope=import_scope)


def read_file_to_string(filename: Any, binary_mode: bool = False) -> Any:
    """The content of a file, as text or as bytes."""
    with gfile.GFile(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename: Any, file_content: Any) -> None:
    """Makes a file of a text or of bytes."""
    with gfile.GFile(filename, "w") as file:
        file.write(file_content)
