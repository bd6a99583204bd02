"""`Callback`: what is called while a model trains, is evaluated or predicts."""

from __future__ import annotations

from typing import Any

__all__ = ["Callback"]


class Callback:
    """What is called at certain points; a subclass overrides what it needs.

    Attributes:
      model: the model.
      params: "batch_size", "epochs", "steps", "samples", "verbose", "do_validation", "metrics".
      validation_data: what the model is validated on: inputs, targets and weights.

    Source: TensorFlow 1.15 `tf.keras.callbacks.Callback`.
    """

    def __init__(self) -> None:
        self.validation_data: Any = None
        self.model: Any = None
        self.params: Any = None

    def set_params(self, params: Any) -> None:
        """Takes the numbers of the loop."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Takes the model."""
        self.model = model

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Is called before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Is called after an epoch, with its loss and metrics."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Is called before a batch, where `on_train_batch_begin` is not overridden."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Is called after a batch, where `on_train_batch_end` is not overridden."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Is called before a batch is trained on."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Is called after a batch was trained on."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Is called before a batch is evaluated."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Is called after a batch was evaluated."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Is called before the outputs of a batch are computed."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Is called after the outputs of a batch were computed."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Is called before training."""

    def on_train_end(self, logs: Any = None) -> None:
        """Is called after training."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Is called before evaluation."""

    def on_test_end(self, logs: Any = None) -> None:
        """Is called after evaluation."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Is called before prediction."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Is called after prediction."""
