"""`tf.keras.regularizers`."""

from typing import Any as _Any

from tfsession.layers import identifiers as _identifiers
from tfsession.layers.identifiers import regularizer as get
from tfsession.names.absent import explain_in as _explain_in
from tfsession.variables.regularizers import L1L2 as L1L2, l1 as l1, l1_l2 as l1_l2, l2 as l2

__all__ = ["L1L2", "Regularizer", "deserialize", "get", "l1", "l1_l2", "l2", "serialize"]


class Regularizer:
    """Maps a variable to a loss; a subclass defines `__call__` and `get_config`.

    Source: TensorFlow 1.15 `tf.keras.regularizers.Regularizer`.
    """

    def __call__(self, x: _Any) -> _Any:
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, _Any]) -> _Any:
        """The regularizer that `get_config` described."""
        return cls(**config)


def serialize(regularizer: _Any) -> _Any:
    """The class and the configuration of a regularizer.

    Source: TensorFlow 1.15 `tf.keras.regularizers.serialize`.
    """
    return _identifiers.described(regularizer)


def deserialize(config: _Any, custom_objects: _Any = None) -> _Any:
    """The regularizer that `serialize` described.

    Raises:
      ValueError: the class is not known.

    Source: TensorFlow 1.15 `tf.keras.regularizers.deserialize`.
    """
    return _identifiers.deserialize(
        config, _identifiers.REGULARIZERS, "regularizer", custom_objects
    )


_explain_in(__name__)
