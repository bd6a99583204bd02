"""Ops that tell how much memory the device they run on has."""

from __future__ import annotations

from tfsession.graph.build import build
from tfsession.graph.operation import Tensor
from tfsession.registry import op, shape, undefined_gradient
from tfsession.shapes import Dims

__all__ = ["bytes_in_use", "bytes_limit", "max_bytes_in_use"]


# ---- BytesInUse, MaxBytesInUse, BytesLimit ----

op("BytesInUse() -> out: int64", stateful=True)
op("MaxBytesInUse() -> out: int64", stateful=True)
op("BytesLimit() -> out: int64", stateful=True)


@shape("BytesInUse", "MaxBytesInUse", "BytesLimit")
def memory_stats_shape() -> Dims:
    return ()


undefined_gradient("BytesInUse", "MaxBytesInUse", "BytesLimit")


def bytes_in_use(name: str | None = None) -> Tensor:
    """What the session holds of the device's memory at the moment the op runs.

    Args:
      name: a name for the operation.

    Returns:
      [], int64: bytes, as `bytes_in_use` of `Session.memory_info`.

    Source: TensorFlow 1.15 `tf.contrib.memory_stats.BytesInUse`, which has no `name`.
    """
    result: Tensor = build("BytesInUse", name=name)
    return result


def max_bytes_in_use(name: str | None = None) -> Tensor:
    """The most that the session has held of the device's memory.

    Args:
      name: a name for the operation.

    Returns:
      [], int64: bytes, as `peak_bytes_in_use` of `Session.memory_info`.

    Source: TensorFlow 1.15 `tf.contrib.memory_stats.MaxBytesInUse`, which has no `name`.
    """
    result: Tensor = build("MaxBytesInUse", name=name)
    return result


def bytes_limit(name: str | None = None) -> Tensor:
    """The most that the session may hold of the device's memory.

    Args:
      name: a name for the operation.

    Returns:
      [], int64: bytes, as `bytes_limit` of `Session.memory_info`; 0 on a CPU.

    Source: TensorFlow 1.15 `tf.contrib.memory_stats.BytesLimit`, which has no `name`.
    """
    result: Tensor = build("BytesLimit", name=name)
    return result
