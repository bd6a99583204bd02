"""`tf.compat.v1`: the whole interface once more, since it is TensorFlow 1's."""

from typing import TYPE_CHECKING

# Type checkers take a module with a `__getattr__` for one that has every name.
if TYPE_CHECKING:
    from tfsession import *
else:

    def __getattr__(name):
        import tfsession

        return getattr(tfsession, name)


def __dir__() -> list[str]:
    import tfsession

    return [name for name in dir(tfsession) if name != "contrib"]
