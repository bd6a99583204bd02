"""`tf.examples`: what TensorFlow's tutorials import, `tensorflow.examples.tutorials.mnist`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfsession.names import absent
from tfsession.names.paths import register

# Type checkers do not see what is registered below.
if TYPE_CHECKING:
    tutorials: Any

__all__ = ["tutorials"]

absent.explain_in(__name__)

register(
    __name__,
    {
        "tutorials": "",
        "tutorials.mnist": "",
        "tutorials.mnist.input_data": "contrib.mnist",
        "tutorials.mnist.mnist": "examples.mnist_network",
    },
)
