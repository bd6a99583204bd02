"""`tf.config`: the devices of this machine."""

from __future__ import annotations

from tfsession.config import experimental as experimental
from tfsession.config.experimental import list_logical_devices
from tfsession.names import absent

__all__ = ["experimental", "experimental_list_devices"]


def experimental_list_devices() -> list[str]:
    """The full names of the devices that a session would have.

    Source: TensorFlow 1.15 `tf.config.experimental_list_devices`.
    """
    return [device.name for device in list_logical_devices()]


absent.explain_in(__name__)
