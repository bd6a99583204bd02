"""`tf.contrib.tensorboard.plugins.projector`: which embeddings TensorBoard's projector shows."""

from __future__ import annotations

import os
from typing import Any

from google.protobuf import text_format

from tfsession.formats.filesystems import at
from tfsession.protos import (
    EmbeddingInfo as EmbeddingInfo,
    ProjectorConfig as ProjectorConfig,
    SpriteMetadata as SpriteMetadata,
)

__all__ = ["EmbeddingInfo", "ProjectorConfig", "SpriteMetadata", "visualize_embeddings"]

_FILE = "projector_config.pbtxt"


def visualize_embeddings(summary_writer: Any, config: ProjectorConfig) -> None:
    """Writes what the projector shows into the folder of a writer.

    Args:
      summary_writer: a `tf.summary.FileWriter`.
      config: the ProjectorConfig.

    Raises:
      ValueError: the writer has no folder.

    Source: TensorFlow 1.15 `tf.contrib.tensorboard.plugins.projector.visualize_embeddings`.
    """
    folder = summary_writer.get_logdir()
    if folder is None:
        raise ValueError("Summary writer must have a logdir")
    system, path = at(os.path.join(folder, _FILE))
    with system.open(path, "wb") as file:
        file.write(text_format.MessageToString(config).encode())
