"""Callbacks that save, stop, and change the learning rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession import logging
from tfsession.keras.backend.state import get_value, set_value
from tfsession.keras.callbacks.base import Callback

__all__ = ["EarlyStopping", "LearningRateScheduler", "ModelCheckpoint", "ReduceLROnPlateau"]


def _comparison(mode: str, monitor: str, highs: tuple[str, ...], what: str) -> Any:
    """Whether less or more is better."""
    if mode not in ("auto", "min", "max"):
        logging.warning("%s mode %s is unknown, fallback to auto mode.", what, mode)
        mode = "auto"
    if mode == "auto":
        is_high = any(part in monitor for part in highs)
        return np.greater if is_high else np.less
    return np.less if mode == "min" else np.greater


class ModelCheckpoint(Callback):
    """Saves the model, or its variables, after epochs.

    Args:
      filepath: the path, which may have `{epoch}` and the names of metrics in it.
      monitor: the metric that tells which model is best.
      verbose: 1 prints when the model is saved.
      save_best_only: whether a model that is no better is not saved.
      save_weights_only: whether only the variables are saved.
      mode: "min", "max" or "auto": what is best.
      save_freq: "epoch", or after how many samples.
      **kwargs: `period`, after how many epochs.

    Source: TensorFlow 1.15 `tf.keras.callbacks.ModelCheckpoint`.
    """

    def __init__(
        self,
        filepath: str,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.verbose = verbose
        self.filepath = filepath
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.load_weights_on_restart = kwargs.get("load_weights_on_restart", False)
        self.period = kwargs.get("period", 1)
        self.epochs_since_last_save = 0
        self._samples_since_save = 0
        self._epoch = 0
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}")
        self.monitor_op = _comparison(mode, monitor, ("acc", "fmeasure"), "ModelCheckpoint")
        self.best = np.inf if self.monitor_op is np.less else -np.inf

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        if isinstance(self.save_freq, int):
            self._samples_since_save += (logs or {}).get("size", 1)
            if self._samples_since_save >= self.save_freq:
                self._save_model(self._epoch, logs or {})
                self._samples_since_save = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs_since_last_save += 1
        if self.save_freq == "epoch":
            self._save_model(epoch, logs or {})

    def _save_model(self, epoch: int, logs: dict[str, Any]) -> None:
        is_due = isinstance(self.save_freq, int) or self.epochs_since_last_save >= self.period
        if not is_due:
            return
        self.epochs_since_last_save = 0
        plain = {k: v for k, v in logs.items() if k != "epoch"}
        path = self.filepath.format(epoch=epoch + 1, **plain)
        if not self.save_best_only:
            if self.verbose > 0:
                print(f"\nEpoch {epoch + 1:05d}: saving model to {path}")
            self._write(path)
            return
        current = logs.get(self.monitor)
        if current is None:
            logging.warning("Can save best model only with %s available, skipping.", self.monitor)
        elif self.monitor_op(current, self.best):
            if self.verbose > 0:
                print(
                    f"\nEpoch {epoch + 1:05d}: {self.monitor} improved from {self.best:0.5f} to "
                    f"{current:0.5f}, saving model to {path}"
                )
            self.best = current
            self._write(path)
        elif self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: {self.monitor} did not improve from {self.best:0.5f}")

    def _write(self, path: str) -> None:
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)


class EarlyStopping(Callback):
    """Stops training when a metric does not get better any more.

    Args:
      monitor: the metric.
      min_delta: by how much it has to get better.
      patience: for how many epochs it may not.
      verbose: 1 prints when training stops.
      mode: "min", "max" or "auto": what is better.
      baseline: what it has to be better than.
      restore_best_weights: whether the model gets the variables of its best epoch.

    Source: TensorFlow 1.15 `tf.keras.callbacks.EarlyStopping`.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.wait = 0
        self.stopped_epoch = 0
        self.restore_best_weights = restore_best_weights
        self.best_weights: Any = None
        self.monitor_op = _comparison(mode, monitor, ("acc",), "EarlyStopping")
        self.min_delta = abs(min_delta) * (1 if self.monitor_op is np.greater else -1)
        self.best: float = 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        start = np.inf if self.monitor_op is np.less else -np.inf
        self.best = start if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.monitor_op(current - self.min_delta, self.best):
            self.best = current
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.restore_best_weights:
                if self.verbose > 0:
                    print("Restoring model weights from the end of the best epoch.")
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Any = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")

    def get_monitor_value(self, logs: Any) -> Any:
        """The metric, or None, with a warning, where there is none of that name."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            logging.warning(
                "Early stopping conditioned on metric `%s` which is not available. Available "
                "metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
        return value


def _check_rate(model: Any) -> None:
    if not hasattr(model.optimizer, "lr"):
        raise ValueError('Optimizer must have a "lr" attribute.')


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
      schedule: maps the number of the epoch, and the present rate if it takes it, to a rate.
      verbose: 1 prints it.

    Source: TensorFlow 1.15 `tf.keras.callbacks.LearningRateScheduler`.
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        _check_rate(self.model)
        present = float(get_value(self.model.optimizer.lr))
        try:
            rate = self.schedule(epoch, present)
        except TypeError:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.float32, np.float64)):
            raise ValueError('The output of the "schedule" function should be float.')
        set_value(self.model.optimizer.lr, rate)
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1:05d}: LearningRateScheduler reducing learning rate to {rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["lr"] = get_value(self.model.optimizer.lr)


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate when a metric does not get better any more.

    Args:
      monitor: the metric.
      factor: the new rate is `rate * factor`.
      patience: for how many epochs the metric may not get better.
      verbose: 1 prints when the rate changes.
      mode: "min", "max" or "auto": what is better.
      min_delta: by how much it has to get better.
      cooldown: for how many epochs after a change nothing is done.
      min_lr: the lowest rate.
      **kwargs: `epsilon`, the old name of `min_delta`.

    Raises:
      ValueError: the factor is 1 or more.

    Source: TensorFlow 1.15 `tf.keras.callbacks.ReduceLROnPlateau`.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if factor >= 1.0:
            raise ValueError("ReduceLROnPlateau does not support a factor >= 1.0.")
        self.monitor = monitor
        self.factor = factor
        self.min_lr = min_lr
        self.min_delta = kwargs.pop("epsilon", min_delta)
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.cooldown_counter = 0
        self.wait = 0
        self.mode = mode
        self.best: float = 0.0
        self.monitor_op: Callable[[Any, Any], Any]
        self._reset()

    def _reset(self) -> None:
        compare = _comparison(self.mode, self.monitor, ("acc",), "Learning Rate Plateau Reducing")
        if compare is np.less:
            self.monitor_op = lambda a, b: np.less(a, b - self.min_delta)
            self.best = np.inf
        else:
            self.monitor_op = lambda a, b: np.greater(a, b + self.min_delta)
            self.best = -np.inf
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: Any = None) -> None:
        self._reset()

    def in_cooldown(self) -> bool:
        """Whether the rate has been changed lately."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = {} if logs is None else logs
        logs["lr"] = get_value(self.model.optimizer.lr)
        current = logs.get(self.monitor)
        if current is None:
            logging.warning(
                "Reduce LR on plateau conditioned on metric `%s` which is not available. Available "
                "metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._lower(epoch)

    def _lower(self, epoch: int) -> None:
        old = float(get_value(self.model.optimizer.lr))
        if old <= self.min_lr:
            return
        new = max(old * self.factor, self.min_lr)
        set_value(self.model.optimizer.lr, new)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0
