"""Optimizers of `tf.train`, as models of Keras call them."""

from __future__ import annotations

from typing import Any

from tfsession.layers.sessions import track_variable
from tfsession.train.training_step import create_global_step, get_global_step

__all__ = ["TFOptimizer"]


class TFOptimizer:
    """An optimizer of `tf.train`.

    Args:
      optimizer: the optimizer.
      iterations: the variable that counts updates; the global step when None.
    """

    def __init__(self, optimizer: Any, iterations: Any = None) -> None:
        self.optimizer = optimizer
        if iterations is None:
            iterations = get_global_step()
            iterations = create_global_step() if iterations is None else iterations
            track_variable(iterations)
        self.iterations = iterations

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """The operations that update variables once."""
        pairs = self.optimizer.compute_gradients(loss, params)
        operation = self.optimizer.apply_gradients(pairs, global_step=self.iterations)
        for variable in self.optimizer.variables():
            track_variable(variable)
        return [operation]

    @property
    def weights(self) -> list[Any]:
        """What Keras saves of it.

        Raises:
          NotImplementedError: always.
        """
        # As in TensorFlow: an optimizer of tf.train does not say it.
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer.

        Raises:
          NotImplementedError: always.
        """
        # As in TensorFlow: an optimizer of tf.train does not say it.
        raise NotImplementedError
