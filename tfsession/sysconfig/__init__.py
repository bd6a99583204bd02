"""`tf.sysconfig`: how operations are built in C++, which is not to be done here."""

from __future__ import annotations

from typing import NoReturn

from tfsession.names import absent
from tfsession.sysconfig.libraries import unimplemented

__all__ = [
    "CXX11_ABI_FLAG",
    "MONOLITHIC_BUILD",
    "get_compile_flags",
    "get_include",
    "get_lib",
    "get_link_flags",
]

#: Those of the release whose behaviour this is.
CXX11_ABI_FLAG = 0
MONOLITHIC_BUILD = 0


def get_include() -> NoReturn:
    """Says that there are no headers of TensorFlow, and what to do instead.

    Raises:
      UnimplementedError: always.

    Source: TensorFlow 1.15 `tf.sysconfig.get_include`.
    """
    raise unimplemented("tf.sysconfig.get_include")


def get_lib() -> NoReturn:
    """Says that there is no library of TensorFlow; see `get_include`."""
    raise unimplemented("tf.sysconfig.get_lib")


def get_compile_flags() -> NoReturn:
    """Says that there is nothing to compile with; see `get_include`."""
    raise unimplemented("tf.sysconfig.get_compile_flags")


def get_link_flags() -> NoReturn:
    """Says that there is nothing to link with; see `get_include`."""
    raise unimplemented("tf.sysconfig.get_link_flags")


absent.explain_in(__name__)
