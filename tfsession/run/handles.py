"""Tensor handles: what `Session.run` returns for a tensor that stays in the session."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from tfsession.dtypes import DType
from tfsession.protos import ResourceHandleProto
from tfsession.resources.containers import ResourceManager
from tfsession.resources.handles import CONTAINER, session_store

#: The dtype in which resource handles leave a session.
RESOURCE_BYTES = np.dtype([("resource", np.ubyte)])


class Owner(Protocol):
    """The Runner of a session, as a handle sees it."""

    resources: ResourceManager

    def check_open(self) -> None:
        """Raises where the session is closed."""


class TensorHandle:
    """A tensor that stays in its session.

    Fed to any tensor, it stands for its value. The tensor is dropped from the session with the last
    reference to its handle, unless `get_raw_handle` has been called.

    Source: TensorFlow 1.15, python/ops/session_ops.py `TensorHandle`. There, ops are added to the
      graph to read and to delete the tensor; here the graph stays as it is.
    """

    def __init__(self, handle: str | bytes, dtype: DType, owner: Owner) -> None:
        self._handle = handle.decode() if isinstance(handle, bytes) else handle
        self._dtype = dtype
        self._owner = owner
        self._store = session_store(owner.resources)
        self._auto_gc_enabled = True

    def __del__(self) -> None:
        if getattr(self, "_auto_gc_enabled", False):
            self._store.discard(self._handle)

    def __str__(self) -> str:
        return self._handle

    @property
    def handle(self) -> str:
        """The text of the handle, ``<op name>;<number>;<device>``."""
        return self._handle

    def eval(self) -> np.ndarray:
        """The value.

        Raises:
          TypeError: the tensor has been deleted, or `get_raw_handle` has been called.
          RuntimeError: the session is closed.
        """
        self._check_live()
        self._owner.check_open()
        value = self._store.get(self._handle).on_host()
        copy: np.ndarray = np.array(value)[()]
        return copy

    def delete(self) -> None:
        """Drops the tensor from the session.

        Raises:
          TypeError: the tensor has been deleted, or `get_raw_handle` has been called.
          RuntimeError: the session is closed.
        """
        self._check_live()
        self._auto_gc_enabled = False
        self._owner.check_open()
        self._store.delete(self._handle)

    def get_raw_handle(self) -> str:
        """The text of the handle; from now on the tensor stays until it is deleted by that text."""
        self._auto_gc_enabled = False
        return self._handle

    def to_numpy_array(self) -> np.ndarray:
        """The handle, not the value, as the bytes of a ResourceHandleProto."""
        proto = ResourceHandleProto(
            device=self._handle.split(";")[-1], container=CONTAINER, name=self._handle
        )
        return np.frombuffer(proto.SerializeToString(), RESOURCE_BYTES).copy()

    def _check_live(self) -> None:
        if not self._auto_gc_enabled:
            raise TypeError(f"Persistent tensor {self._handle} may have already been deleted.")
