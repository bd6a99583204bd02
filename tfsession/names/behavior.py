"""Switches between the versions of TensorFlow's behaviour: here it is always that of version 1."""

from __future__ import annotations

__all__ = [
    "control_flow_v2_enabled",
    "disable_control_flow_v2",
    "disable_eager_execution",
    "disable_tensor_equality",
    "disable_v2_behavior",
    "disable_v2_tensorshape",
    "executing_eagerly_outside_functions",
]


def disable_v2_behavior() -> None:
    """Nothing to disable: programs run as TensorFlow 1 programs."""


disable_eager_execution = disable_v2_behavior
disable_v2_tensorshape = disable_v2_behavior
disable_tensor_equality = disable_v2_behavior
disable_control_flow_v2 = disable_v2_behavior


def control_flow_v2_enabled() -> bool:
    """False: `tf.cond` and `tf.while_loop` build Switch and Merge operations."""
    return False


def executing_eagerly_outside_functions() -> bool:
    """False: programs build graphs and run them in sessions."""
    return False
