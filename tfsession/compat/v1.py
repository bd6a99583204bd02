"""`tf.compat.v1`: the whole interface once more, since it is TensorFlow 1's."""

from typing import Any


def disable_v2_behavior() -> None:
    """Nothing to disable: programs run as TensorFlow 1 programs."""


disable_eager_execution = disable_v2_behavior
disable_v2_tensorshape = disable_v2_behavior
disable_tensor_equality = disable_v2_behavior
disable_control_flow_v2 = disable_v2_behavior


def __getattr__(name: str) -> Any:
    import tfsession

    return getattr(tfsession, name)


def __dir__() -> list[str]:
    import tfsession

    return dir(tfsession)
