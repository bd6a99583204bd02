"""Kernels of the ops on tensor handles. On a GPU the kept tensor stays in its memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.dtypes import DType, as_dtype
from tfsession.errors import InternalError
from tfsession.registry import kernel
from tfsession.resources.handles import (
    SessionStore,
    StoredTensor,
    device_of_host_op,
    session_store,
)

from .handles import behind, made_handle

# ---- GetSessionHandle, GetSessionHandleV2 ----


class _Keeper:
    """Puts values of one op into the store."""

    def __init__(self, resources: Any, op: Any) -> None:
        self.store = session_store(resources)
        self.name = op.name
        self.requested = op.device

    def keep(self, xp: Any, value: Any, device: Any) -> str:
        # A copy: the memory of the value belongs to a variable, a feed or the step.
        array = xp.array(value)
        if hasattr(device, "account"):
            # A simulated GPU does not see what NumPy allocates.
            device.account(array)
        tensor = StoredTensor(array, device)
        where = device_of_host_op(self.requested) if device is None else device.name
        return self.store.add(self.name, where, tensor)


def _text(handle: str) -> np.ndarray:
    result = np.empty((), object)
    result[()] = handle.encode()
    return result


@kernel("GetSessionHandle", device="CPU", state=_Keeper)
def get_session_handle(xp: Any, value: Any, state: _Keeper) -> Any:
    return _text(state.keep(xp, value, None))


@kernel(
    "GetSessionHandle",
    device="GPU",
    takes_device=True,
    host=("handle",),
    state=_Keeper,
    capturable=False,
)
def get_session_handle_on_gpu(device: Any, value: Any, state: _Keeper) -> Any:
    return _text(state.keep(device.xp, value, device))


@kernel("GetSessionHandleV2", device="CPU", state=_Keeper)
def get_session_handle_v2(xp: Any, value: Any, state: _Keeper) -> Any:
    return made_handle(state.keep(xp, value, None))


@kernel("GetSessionHandleV2", device="GPU", takes_device=True, state=_Keeper, capturable=False)
def get_session_handle_v2_on_gpu(device: Any, value: Any, state: _Keeper) -> Any:
    return made_handle(state.keep(device.xp, value, device))


# ---- GetSessionTensor ----


class _Reader:
    """Takes values for one op from the store."""

    def __init__(self, resources: Any, op: Any) -> None:
        self.store = session_store(resources)
        self.name = op.name

    def tensor(self, handle: Any, dtype: DType) -> StoredTensor:
        found = self.store.get(text_of(handle))
        if found.array.dtype != dtype.numpy:
            raise InternalError.of(
                f"Output 0 of type {as_dtype(found.array.dtype).runtime_name} does not match "
                f"declared output type {dtype.runtime_name} for node {{{{node {self.name}}}}}",
            )
        return found


def text_of(handle: Any) -> str:
    """The text of a handle that arrives as a scalar string tensor."""
    text: str = behind(handle).decode()
    return text


# The kept tensor itself is handed on: as the value of a variable, it may be read and not changed.
@kernel("GetSessionTensor", device="CPU", aliases=True, state=_Reader)
def get_session_tensor(xp: Any, handle: Any, dtype: DType, state: _Reader) -> Any:
    return state.tensor(handle, dtype).on_host()


@kernel(
    "GetSessionTensor",
    device="GPU",
    takes_device=True,
    host=("handle",),
    aliases=True,
    state=_Reader,
    capturable=False,
)
def get_session_tensor_on_gpu(device: Any, handle: Any, dtype: DType, state: _Reader) -> Any:
    return state.tensor(handle, dtype).on(device)


# ---- DeleteSessionTensor ----


@kernel(
    "DeleteSessionTensor",
    host=("handle",),
    state=lambda resources, op: session_store(resources),
    capturable=False,
)
def delete_session_tensor(xp: Any, handle: Any, state: SessionStore) -> None:
    state.delete(text_of(handle))
