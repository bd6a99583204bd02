"""All callbacks of a loop, as one."""

from __future__ import annotations

from typing import Any

from tfsession.keras.callbacks.base import Callback
from tfsession.keras.callbacks.logs import History, ProgbarLogger

__all__ = ["Callbacks", "configured"]


class Callbacks:
    """Calls callbacks one after the other, and the progress bar last.

    Args:
      callbacks: the callbacks.
      progress: prints how far a loop is; None prints nothing.
      mode: "train", "test" or "predict".
    """

    def __init__(self, callbacks: list[Callback], progress: Any, mode: str) -> None:
        self.callbacks = callbacks
        self.progress = progress
        self.mode = mode

    def _each(self, name: str, *args: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, name)(*args)

    def on_train_begin(self) -> None:
        """Before training."""
        self._each("on_train_begin", {})
        if self.progress is not None:
            self.progress.on_train_begin()

    def on_train_end(self) -> None:
        """After training."""
        self._each("on_train_end", {})

    def on_epoch_begin(self, epoch: int, calls_callbacks: bool = True) -> None:
        """Before an epoch, or before all batches of evaluation and prediction."""
        if calls_callbacks:
            self._each("on_epoch_begin", epoch, {})
        if self.progress is not None:
            self.progress.on_epoch_begin(epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any], calls_callbacks: bool = True) -> None:
        """After an epoch, or after all batches of evaluation and prediction."""
        if calls_callbacks:
            self._each("on_epoch_end", epoch, logs)
        if self.progress is not None:
            self.progress.on_epoch_end(epoch, logs)

    def on_batch_begin(self, batch: int, size: int) -> None:
        """Before a batch is trained on."""
        self._each("on_train_batch_begin", batch, {"batch": batch, "size": size})

    def on_batch_end(self, batch: int, size: int, logs: dict[str, Any]) -> None:
        """After a batch was trained on."""
        self._end("on_train_batch_end", batch, {"batch": batch, "size": size, **logs})

    def _end(self, name: str, batch: int, logs: dict[str, Any]) -> None:
        self._each(name, batch, logs)
        if self.progress is not None:
            self.progress.on_batch_end(batch, logs)

    def on_test_begin(self) -> None:
        """Before evaluation."""
        self._each("on_test_begin", {})

    def on_test_end(self) -> None:
        """After evaluation."""
        self._each("on_test_end", {})

    def on_test_batch_begin(self, batch: int, size: int) -> None:
        """Before a batch is evaluated."""
        self._each("on_test_batch_begin", batch, {"batch": batch, "size": size})

    def on_test_batch_end(
        self, batch: int, size: int, logs: dict[str, Any], within_fit: bool
    ) -> None:
        """After a batch was evaluated; within training the bar is that of the epoch."""
        logs = {"batch": batch, "size": size, **logs}
        if within_fit:
            self._each("on_test_batch_end", batch, logs)
        else:
            self._end("on_test_batch_end", batch, logs)

    def on_predict_begin(self) -> None:
        """Before prediction."""
        self._each("on_predict_begin", {})

    def on_predict_end(self) -> None:
        """After prediction."""
        self._each("on_predict_end", {})

    def on_predict_batch_begin(self, batch: int, size: int) -> None:
        """Before the outputs of a batch are computed."""
        self._each("on_predict_batch_begin", batch, {"batch": batch, "size": size})

    def on_predict_batch_end(self, batch: int, size: int, logs: dict[str, Any]) -> None:
        """After the outputs of a batch were computed."""
        self._end("on_predict_batch_end", batch, {"batch": batch, "size": size, **logs})


def configured(
    callbacks: Any,
    model: Any,
    verbose: int = 0,
    epochs: int = 1,
    source: Any = None,
    validation: Any = None,
    mode: str = "train",
) -> Callbacks:
    """The callbacks of a loop, told of the model and of its numbers.

    Args:
      callbacks: those of the program, or None.
      model: the model; training gives it its History.
      verbose: 0 prints nothing.
      epochs: up to which epoch it trains.
      source: what gives the batches.
      validation: what gives those of validation, or None.
      mode: "train", "test" or "predict".
    """
    given = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    given = [callback for callback in given if callback is not None]
    if mode == "train":
        model.history = History()
        given = [*given, model.history]
    counts_steps = source.unit == "step"
    names = [] if mode == "predict" else list(model.metrics_names)
    reported = list(names)
    if mode == "train" and validation is not None:
        reported += [f"val_{name}" for name in names]
    elif mode == "train":
        reported += [f"val_{name}" for name in names]
    params = {
        "batch_size": getattr(source, "size", None),
        "epochs": epochs,
        "steps": source.target if counts_steps else None,
        "samples": None if counts_steps else source.target,
        "verbose": verbose,
        "do_validation": validation is not None,
        "metrics": reported,
    }
    progress = None
    if verbose:
        progress = ProgbarLogger("steps" if counts_steps else "samples", names[1:])
    for callback in [*given, *([progress] if progress else [])]:
        callback.set_params(params)
        callback.set_model(model)
        if validation is not None and not counts_steps and hasattr(validation, "batch"):
            callback.validation_data = [part for group in validation.batch for part in group]
    return Callbacks(given, progress, mode)
