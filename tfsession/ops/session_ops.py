"""Ops on tensor handles: tensors that stay in the session between two runs."""

from __future__ import annotations

from typing import Any

from tfsession import device_spec, dtypes
from tfsession.dtypes import DTypeLike
from tfsession.graph import scopes
from tfsession.graph.build import build
from tfsession.graph.operation import Operation, Tensor
from tfsession.ops.array import placeholder
from tfsession.registry import family, no_gradient, op, shape
from tfsession.shapes import Dims

__all__ = ["delete_session_tensor", "get_session_handle", "get_session_tensor"]

family(is_light=True)


# ---- GetSessionHandle, GetSessionHandleV2 ----

op(
    "GetSessionHandle(value: T) -> handle: string",
    "T: type",
    stateful=True,
    keeps_tensor=True,
)
op(
    "GetSessionHandleV2(value: T) -> handle: resource",
    "T: type",
    stateful=True,
    keeps_tensor=True,
)


@shape("GetSessionHandle", "GetSessionHandleV2")
def get_session_handle_shape() -> Dims:
    return ()


no_gradient("GetSessionHandle", "GetSessionHandleV2")


def get_session_handle(data: Tensor, name: str | None = None) -> Tensor:
    """Keeps a tensor in the session, on its device; `Session.run` returns a `TensorHandle` for it.

    Args:
      data: the tensor to keep.
      name: a name for the operation.

    Returns:
      [], string: the handle.

    Raises:
      TypeError: `data` is not a Tensor.

    Source: TensorFlow 1.15 `tf.get_session_handle`.
    """
    if not isinstance(data, Tensor):
        raise TypeError("`data` must be of type Tensor.")
    with scopes.colocate_with(data):
        result: Tensor = build("GetSessionHandle", data, name=name)
    return result


def device_of_handle(handle: Any) -> str:
    """The device named in a handle, in canonical form.

    Raises:
      ValueError: the handle ends with no device.
    """
    text = handle.decode() if isinstance(handle, bytes) else str(handle)
    return device_spec.canonical_name(text.split(";")[-1])


# ---- GetSessionTensor ----

op("GetSessionTensor(handle: string) -> value: dtype", "dtype: type", stateful=True)


@shape("GetSessionTensor")
def get_session_tensor_shape() -> Dims:
    return None


no_gradient("GetSessionTensor")


def get_session_tensor(
    handle: Any, dtype: DTypeLike, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """A tensor that has been kept in the session.

    Args:
      handle: the text of a handle; the result is placed on its device.
      dtype: the dtype of the kept tensor.
      name: a name for the operation.

    Returns:
      A placeholder to which the text of the handle is fed, and the tensor.

    Raises:
      ValueError: `handle` names no device.

    Source: TensorFlow 1.15 `tf.get_session_tensor`.
    """
    with scopes.device(device_of_handle(handle)):
        holder = placeholder(dtypes.string)
        tensor = build("GetSessionTensor", holder, dtype=dtypes.as_dtype(dtype), name=name)
    return holder, tensor


# ---- DeleteSessionTensor ----

op("DeleteSessionTensor(handle: string)", stateful=True)


@shape("DeleteSessionTensor")
def delete_session_tensor_shape() -> list[Dims]:
    return []


no_gradient("DeleteSessionTensor")


def delete_session_tensor(handle: Any, name: str | None = None) -> tuple[Tensor, Operation]:
    """Drops a tensor that has been kept in the session.

    Args:
      handle: the text of a handle; the operation is placed on its device.
      name: a name for the operation.

    Returns:
      A placeholder to which the text of the handle is fed, and the operation.

    Raises:
      ValueError: `handle` names no device.

    Source: TensorFlow 1.15 `tf.delete_session_tensor`.
    """
    with scopes.device(device_of_handle(handle)):
        holder = placeholder(dtypes.string)
        deleter = build("DeleteSessionTensor", holder, name=name)
    return holder, deleter
