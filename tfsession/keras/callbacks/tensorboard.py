"""`TensorBoard`: losses, metrics and histograms in files of events."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfsession.keras.callbacks.base import Callback
from tfsession.layers.sessions import get_session
from tfsession.ops import summary
from tfsession.protos import Summary
from tfsession.train.file_writer import FileWriter

__all__ = ["TensorBoard"]


class TensorBoard(Callback):
    """Writes what TensorBoard shows.

    Args:
      log_dir: the folder.
      histogram_freq: after how many epochs the distributions of variables are written.
      batch_size: kept.
      write_graph: whether the graph is written.
      write_grads: not possible.
      write_images: whether variables are written as images, too.
      embeddings_freq, embeddings_layer_names, embeddings_metadata, embeddings_data: kept.
      update_freq: "epoch", "batch", or after how many samples losses and metrics are written.
      profile_batch: kept.

    Source: TensorFlow 1.15 `tf.keras.callbacks.TensorBoard`.
    """

    def __init__(
        self,
        log_dir: str = "./logs",
        histogram_freq: int = 0,
        batch_size: int = 32,
        write_graph: bool = True,
        write_grads: bool = False,
        write_images: bool = False,
        embeddings_freq: int = 0,
        embeddings_layer_names: Any = None,
        embeddings_metadata: Any = None,
        embeddings_data: Any = None,
        update_freq: Any = "epoch",
        profile_batch: int = 2,
    ) -> None:
        super().__init__()
        if write_grads:
            raise NotImplementedError(
                "TensorBoard: write_grads=True; gradients are not written here; want False"
            )
        self.log_dir = log_dir
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.update_freq: Any = 1 if update_freq == "batch" else update_freq
        self.writer: Any = None
        self._merged: Any = None
        self._seen = 0
        self._written = 0
        self._batches = 0

    def set_model(self, model: Any) -> None:
        """Takes the model, and writes its graph."""
        super().set_model(model)
        session = get_session()
        graph = session.graph if self.write_graph else None
        self.writer = FileWriter(os.fspath(self.log_dir), graph)
        if self.histogram_freq and self._merged is None:
            with session.graph.as_default():
                self._merged = self._summaries()

    def _summaries(self) -> Any:
        made = []
        for layer in self.model.layers:
            for weight in layer.weights:
                name = weight.name.replace(":", "_")
                made.append(summary.histogram(name, weight))
            if hasattr(layer, "output"):
                outputs = layer.output
                for output in outputs if isinstance(outputs, list) else [outputs]:
                    made.append(summary.histogram(f"{layer.name}_out", output))
        return summary.merge(made) if made else None

    def _write(self, values: dict[str, Any], step: int) -> None:
        for name, value in values.items():
            record = Summary.Value(tag=name, simple_value=float(np.asarray(value)))
            self.writer.add_summary(Summary(value=[record]), step)
        self.writer.flush()

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = logs or {}
        self._batches += 1
        self._seen += logs.get("size", 1)
        if self.update_freq == "epoch" or self._seen - self._written < self.update_freq:
            return
        self._written = self._seen
        kept = {f"batch_{k}": v for k, v in logs.items() if k not in ("batch", "size", "num_steps")}
        self._write(kept, self._batches)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        kept = {f"epoch_{k}": v for k, v in (logs or {}).items()}
        self._write(kept, epoch if self.update_freq == "epoch" else self._seen)
        if self._merged is not None and epoch % self.histogram_freq == 0:
            self._write_histograms(epoch)

    def _write_histograms(self, epoch: int) -> None:
        """The variables, and what layers return of the samples that the model is validated on."""
        if self.validation_data is None:
            raise ValueError(
                "If printing histograms, validation_data must be provided, and cannot be a "
                "generator."
            )
        feeds = dict(zip(self.model.feed_inputs, self.validation_data, strict=False))
        self.writer.add_summary(get_session().run(self._merged, feeds), epoch)
        self.writer.flush()

    def on_train_end(self, logs: Any = None) -> None:
        self.writer.close()
