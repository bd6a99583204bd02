"""`tf.compat.v1`: the whole interface once more, since it is TensorFlow 1's."""

from typing import Any


def __getattr__(name: str) -> Any:
    import tfsession

    return getattr(tfsession, name)


def __dir__() -> list[str]:
    import tfsession

    return dir(tfsession)
