"""The session store: tensors that stay in the session, on their device, from one step to the next.

A handle is a text, ``<op name>;<number>;<device>``, that names one stored tensor of one session.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tfsession import device_spec
from tfsession.errors import InvalidArgumentError
from tfsession.resources.containers import ResourceManager

LOCAL_CPU = "/job:localhost/replica:0/task:0/device:CPU:0"

#: The container that handles name where they travel as resource handles.
CONTAINER = "tensor_handle_key"

_KIND, _NAME = "session store", "tensors"


def behind(handle: Any) -> Any:
    """The object that a handle is: tensors of handles hold it in a scalar array."""
    return handle[()] if isinstance(handle, np.ndarray) else handle


class Holder(Protocol):
    """The device of a stored tensor: a Device of devices/device.py."""

    def copy_in(self, array: Any) -> Any:
        """A host array on the device."""

    def copy_out(self, array: Any) -> Any:
        """An array of the device as a new host array."""

    def copy_from(self, array: Any, source: Any) -> Any:
        """An array of another device on this one."""


@dataclass(frozen=True)
class StoredTensor:
    """A tensor in the store.

    Attributes:
      array: the value, which nobody changes.
      device: the Device whose array it is; None where it is a host array.
    """

    array: Any
    device: Holder | None

    def on_host(self) -> Any:
        """The value as a host array, which the caller must not change."""
        return self.array if self.device is None else self.device.copy_out(self.array)

    def on(self, device: Holder) -> Any:
        """The value as an array of `device`, which the caller must not change."""
        if self.device is device:
            return self.array
        if self.device is None:
            return device.copy_in(self.array)
        return device.copy_from(self.array, self.device)


class SessionStore:
    """The stored tensors of one session; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tensors: dict[str, StoredTensor] = {}
        self._next = 0

    def add(self, op_name: str, device_name: str, tensor: StoredTensor) -> str:
        """Keeps a tensor and returns its handle."""
        with self._lock:
            handle = f"{op_name};{self._next};{device_name}"
            self._next += 1
            self._tensors[handle] = tensor
        return handle

    def get(self, handle: str) -> StoredTensor:
        """The tensor behind a handle.

        Raises:
          InvalidArgumentError: there is none.
        """
        found = self._tensors.get(handle)
        if found is None:
            raise InvalidArgumentError.of(
                f"The tensor with handle '{handle}' is not in the session store."
            )
        return found

    def delete(self, handle: str) -> None:
        """Drops a tensor.

        Raises:
          InvalidArgumentError: there is none of that handle.
        """
        if not self.discard(handle):
            raise InvalidArgumentError.of(
                f"Failed to delete a tensor with handle '{handle}' in the session store.",
            )

    def discard(self, handle: str) -> bool:
        """Drops a tensor if it is there, and returns whether it was."""
        # One operation on the dict, without the lock: collected handles call this at any moment,
        # also while this thread holds the lock.
        return self._tensors.pop(handle, None) is not None

    def release(self) -> None:
        """Drops everything; the session closes."""
        self._tensors.clear()

    def arrays(self) -> list[tuple[str, Any]]:
        """The tensors with their handles."""
        return [(handle, tensor.array) for handle, tensor in list(self._tensors.items())]

    def __len__(self) -> int:
        return len(self._tensors)


def session_store(resources: ResourceManager) -> SessionStore:
    """The store among a session's resources, made when it is first asked for."""
    store: SessionStore = resources.lookup_or_create("", _KIND, _NAME, SessionStore)
    return store


def device_of_host_op(requested: str) -> str:
    """The full name of the CPU on which an op with this requested device runs."""
    spec = device_spec.DeviceSpec.from_string(requested)
    if spec.device_type != "CPU" or not spec.device_index:
        return LOCAL_CPU
    return f"{LOCAL_CPU[:-1]}{spec.device_index}"
