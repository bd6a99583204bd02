"""Libraries of operations that are written in C++: what to do instead of loading them."""

from __future__ import annotations

import os
from typing import NoReturn

from tfsession.errors import NotFoundError, UnimplementedError

_INSTEAD = (
    "operations that are written in C++ for TensorFlow do not run in tfsession, which has no "
    "TensorFlow underneath; tf.py_func runs Python on the CPU, and tf.custom_gradient gives it a "
    "gradient"
)


def unimplemented(name: str) -> UnimplementedError:
    """The error of a function that would build or load such operations."""
    return UnimplementedError(None, None, f"{name}: {_INSTEAD}")


def load_op_library(library_filename: str) -> NoReturn:
    """Says why a library of operations is not loaded, and what to do instead.

    Args:
      library_filename: the path of the library.

    Raises:
      NotFoundError: there is no such file.
      UnimplementedError: there is one.

    Source: TensorFlow 1.15 `tf.load_op_library`.
    """
    if not os.path.exists(library_filename):
        text = "cannot open shared object file: No such file or directory"
        raise NotFoundError(None, None, f"{library_filename}: {text}")
    raise unimplemented(f"tf.load_op_library({library_filename!r})")


def load_library(library_location: str) -> NoReturn:
    """Says why libraries of operations are not loaded, and what to do instead.

    Args:
      library_location: the path of a library, or of a folder of them.

    Raises:
      OSError: there is no such file or folder.
      UnimplementedError: there is one.

    Source: TensorFlow 1.15 `tf.load_library`.
    """
    if not os.path.exists(library_location):
        text = "The file or folder to load kernel libraries from does not exist."
        raise FileNotFoundError(2, text, library_location)
    raise unimplemented(f"tf.load_library({library_location!r})")
