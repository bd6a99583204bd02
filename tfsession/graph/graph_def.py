"""Graphs in files."""

from __future__ import annotations

import os

from google.protobuf import text_format

from tfsession.graph.graph import Graph
from tfsession.protos import GraphDef

__all__ = ["write_graph"]


def write_graph(
    graph_or_graph_def: Graph | GraphDef, logdir: str, name: str, as_text: bool = True
) -> str:
    """Writes a graph to a file.

    Args:
      graph_or_graph_def: what to write.
      logdir: the folder, which is made where it does not exist.
      name: of the file.
      as_text: protobuf's text format; binary when False.

    Returns:
      The path of the file.

    Source: TensorFlow 1.15 `tf.train.write_graph`.
    """
    message = graph_or_graph_def
    if isinstance(message, Graph):
        message = message.as_graph_def()
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(logdir, name)
    content = text_format.MessageToString(message).encode() if as_text else None
    # Readers never see half a file.
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "wb") as file:
        file.write(message.SerializeToString() if content is None else content)
    os.replace(temporary, path)
    return path
