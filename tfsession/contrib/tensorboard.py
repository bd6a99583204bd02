"""`tf.contrib.tensorboard`: of it, the projector of embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfsession.names import absent
from tfsession.names.paths import register

# Type checkers do not see what is registered below.
if TYPE_CHECKING:
    plugins: Any

__all__ = ["plugins"]

absent.explain_in(__name__)

#: Below this module there is what it registers.
__path__: list[str] = []

register(
    __name__,
    {
        "plugins": "",
        "plugins.projector": "contrib.projector",
        "plugins.projector.projector_config_pb2": "protos.projector_config_pb2",
    },
)
