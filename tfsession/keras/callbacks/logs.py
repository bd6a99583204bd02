"""Callbacks that keep, print and write what happens."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from tfsession import logging
from tfsession.keras.callbacks.base import Callback
from tfsession.keras.utils.progress import Progbar

__all__ = [
    "BaseLogger",
    "CSVLogger",
    "History",
    "LambdaCallback",
    "ProgbarLogger",
    "RemoteMonitor",
    "TerminateOnNaN",
]


class BaseLogger(Callback):
    """Makes the means of metrics over an epoch.

    Args:
      stateful_metrics: the names of metrics that are not averaged.

    Source: TensorFlow 1.15 `tf.keras.callbacks.BaseLogger`.
    """

    def __init__(self, stateful_metrics: Any = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())
        self.seen = 0
        self.totals: dict[str, float] = {}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.seen = 0
        self.totals = {}

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = logs or {}
        size = logs.get("size", 0) * logs.get("num_steps", 1)
        self.seen += size
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = value
            else:
                self.totals[name] = self.totals.get(name, 0) + value * size

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is None:
            return
        for name in self.params["metrics"]:
            if name in self.totals:
                is_kept = name in self.stateful_metrics
                logs[name] = self.totals[name] / (1 if is_kept else self.seen)


class History(Callback):
    """Keeps the loss and the metrics of all epochs; `fit` returns one.

    Attributes:
      epoch: the numbers of the epochs.
      history: name -> list of values.

    Source: TensorFlow 1.15 `tf.keras.callbacks.History`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """Prints how far an epoch is.

    Args:
      count_mode: "samples" or "steps".
      stateful_metrics: the names of metrics that are not averaged.

    Raises:
      ValueError: the mode is neither.

    Source: TensorFlow 1.15 `tf.keras.callbacks.ProgbarLogger`.
    """

    def __init__(self, count_mode: str = "samples", stateful_metrics: Any = None) -> None:
        super().__init__()
        if count_mode not in ("samples", "steps"):
            raise ValueError(f"Unknown `count_mode`: {count_mode}")
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or ())
        self.seen = 0
        self.verbose = 0
        self.epochs = 1
        self.target: Any = None
        self._bar: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        self.verbose = self.params["verbose"]
        self.epochs = self.params["epochs"]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.verbose = self.params["verbose"]
        self.epochs = self.params["epochs"]
        self.seen = 0
        self.target = self.params["steps" if self.use_steps else "samples"]
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")
        self._bar = Progbar(
            target=self.target,
            verbose=self.verbose,
            stateful_metrics=self.stateful_metrics,
            unit_name="step" if self.use_steps else "sample",
        )

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = logs or {}
        steps = logs.get("num_steps", 1)
        self.seen += steps if self.use_steps else logs.get("size", 0) * steps
        if self.verbose and (self.target is None or self.seen < self.target):
            self._bar.update(self.seen, self._values(logs))
        else:
            self._last = self._values(logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.on_batch_end(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self.on_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if not self.verbose:
            return
        if self.target is None:
            self._bar.target = self.seen
        self._bar.update(self.seen, self._values(logs or {}))

    def _values(self, logs: Any) -> list[tuple[str, Any]]:
        return [(name, logs[name]) for name in self.params["metrics"] if name in logs]


class CSVLogger(Callback):
    """Writes the loss and the metrics of epochs to a file.

    Args:
      filename: its path.
      separator: between columns.
      append: whether a file that exists is continued.

    Source: TensorFlow 1.15 `tf.keras.callbacks.CSVLogger`.
    """

    def __init__(self, filename: str, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename = filename
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None
        self._writer: Any = None
        self._file: Any = None
        self._writes_header = True

    def on_train_begin(self, logs: Any = None) -> None:
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as file:
                self._writes_header = not bool(len(file.readline()))
        self._file = open(self.filename, "a" if self.append else "w", newline="")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = dict(logs or {})
        if self.keys is None:
            self.keys = sorted(logs)
        if self.model.stop_training:
            logs = {name: logs.get(name, "NA") for name in self.keys}
        if self._writer is None:
            self._writer = csv.DictWriter(
                self._file,
                fieldnames=["epoch", *self.keys],
                delimiter=self.sep,
                lineterminator="\n",
            )
            if self._writes_header:
                self._writer.writeheader()
        row = {"epoch": epoch} | {name: _cell(logs[name]) for name in self.keys}
        self._writer.writerow(row)
        self._file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        self._file.close()
        self._writer = None


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray) and value.ndim > 0:
        return f'"[{", ".join(map(str, value))}]"'
    return value


class LambdaCallback(Callback):
    """Functions, called at certain points.

    Args:
      on_epoch_begin, on_epoch_end: take the number of the epoch and the logs.
      on_batch_begin, on_batch_end: take the number of the batch and the logs.
      on_train_begin, on_train_end: take the logs.
      **kwargs: other methods of `Callback`.

    Source: TensorFlow 1.15 `tf.keras.callbacks.LambdaCallback`.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_batch_begin: Callable[..., Any] | None = None,
        on_batch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.__dict__.update(kwargs)
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
        }
        self.__dict__.update({name: f for name, f in given.items() if f is not None})


class TerminateOnNaN(Callback):
    """Stops training when the loss is no number any more.

    Source: TensorFlow 1.15 `tf.keras.callbacks.TerminateOnNaN`.
    """

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and (np.isnan(loss) or np.isinf(loss)):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


class RemoteMonitor(Callback):
    """Sends the loss and the metrics of epochs to a server.

    Args:
      root: its address.
      path: the path there.
      field: the name of the field of the form.
      headers: of the request.
      send_as_json: whether JSON is sent instead of a form.

    Source: TensorFlow 1.15 `tf.keras.callbacks.RemoteMonitor`.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Any = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        from urllib import error, parse, request

        sent = json.dumps({"epoch": epoch} | {k: float(v) for k, v in (logs or {}).items()})
        if self.send_as_json:
            body, kind = sent, "application/json"
        else:
            body, kind = parse.urlencode({self.field: sent}), "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **(self.headers or {})}
        call = request.Request(self.root + self.path, body.encode(), headers)
        try:
            request.urlopen(call).close()
        except error.URLError:
            logging.warning("Could not reach RemoteMonitor root server at %s", self.root)
