"""`tf.saved_model.loader`: graphs of SavedModels, with their variables, in a session."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from typing import Any

from tfsession.graph.graph import Graph
from tfsession.graph.scopes import prepend_name_scope
from tfsession.protos import AssetFileDef, MetaGraphDef, SavedModel
from tfsession.saved_model import constants
from tfsession.train.saver import import_meta_graph

__all__ = ["load", "maybe_saved_model_directory"]

logger = logging.getLogger("tfsession")


def _files(export_dir: str) -> tuple[str, str]:
    """The files in which the graphs may be, as bytes and as text."""
    names = (constants.SAVED_MODEL_FILENAME_PB, constants.SAVED_MODEL_FILENAME_PBTXT)
    return os.path.join(export_dir, names[0]), os.path.join(export_dir, names[1])


def maybe_saved_model_directory(export_dir: str) -> bool:
    """Whether there is a SavedModel in a folder.

    Source: TensorFlow 1.15 `tf.saved_model.loader.maybe_saved_model_directory`.
    """
    return any(os.path.exists(path) for path in _files(export_dir))


def parse_saved_model(export_dir: str) -> SavedModel:
    """Reads the message of a SavedModel.

    Raises:
      OSError: there is none, or it cannot be read.

    Source: TensorFlow 1.15 `tensorflow.python.saved_model.loader_impl.parse_saved_model`.
    """
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError

    binary, text = _files(export_dir)
    message = SavedModel()
    try:
        if os.path.exists(binary):
            with open(binary, "rb") as file:
                message.ParseFromString(file.read())
            return message
        if os.path.exists(text):
            with open(text, encoding="utf-8") as file:
                text_format.Merge(file.read(), message)
            return message
    except (DecodeError, UnicodeDecodeError, text_format.ParseError) as error:
        path = binary if os.path.exists(binary) else text
        raise OSError(f"Cannot parse file {path}: {error}.") from None
    raise OSError(
        f"SavedModel file does not exist at: {export_dir}/"
        f"{{{constants.SAVED_MODEL_FILENAME_PBTXT}|{constants.SAVED_MODEL_FILENAME_PB}}}"
    )


def load(
    sess: Any,
    tags: Iterable[str],
    export_dir: str,
    import_scope: str | None = None,
    **saver_kwargs: Any,
) -> MetaGraphDef:
    """Adds a graph of a SavedModel to the graph of a session, restores its variables, and runs it.

    Args:
      sess: the Session.
      tags: all that the graph is for.
      export_dir: the folder of the SavedModel.
      import_scope: a name scope for all that is added.
      **saver_kwargs: further arguments of `tf.train.import_meta_graph`.

    Returns:
      The MetaGraphDef, with its signatures.

    Raises:
      OSError: there is no SavedModel.
      RuntimeError: it has no graph with these tags.

    Source: TensorFlow 1.15 `tf.saved_model.loader.load`.
    """
    model = parse_saved_model(export_dir)
    message = _with_tags(model, tags)
    with sess.graph.as_default():
        before = sess.graph.unique_name(import_scope, mark_as_used=False) if import_scope else ""
        saver = import_meta_graph(message, import_scope=import_scope, **saver_kwargs)
        if saver is None:
            logger.info("The specified SavedModel has no variables; no checkpoints were restored.")
        else:
            folder = os.path.join(export_dir, constants.VARIABLES_DIRECTORY)
            saver.restore(sess, os.path.join(folder, constants.VARIABLES_FILENAME))
        _initialise(sess, message, export_dir, before)
    return message


def _with_tags(model: SavedModel, tags: Iterable[str]) -> MetaGraphDef:
    wanted = set(tags)
    for message in model.meta_graphs:
        if set(message.meta_info_def.tags) == wanted:
            return message
    there = [set(message.meta_info_def.tags) for message in model.meta_graphs]
    raise RuntimeError(
        f"MetaGraphDef associated with tags {str(tags).strip('[]')} could not be found in "
        "SavedModel. To inspect available tag-sets in the SavedModel, please use the SavedModel "
        f"CLI: `saved_model_cli`\navailable_tags: {there}"
    )


def _initialise(sess: Any, message: MetaGraphDef, export_dir: str, scope: str) -> None:
    """Runs the main operation; the tensors of files have the paths of their copies."""
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        if key not in message.collection_def:
            continue
        names = message.collection_def[key].node_list.value
        if len(names) != 1:
            raise RuntimeError(f"Expected exactly one main op in : {list(names)}")
        sess.run(
            prepend_name_scope(names[0], scope),
            _asset_feeds(sess.graph, message, export_dir, scope),
        )
        return


def _asset_feeds(
    graph: Graph, message: MetaGraphDef, export_dir: str, scope: str
) -> dict[Any, str]:
    feeds = {}
    folder = os.path.join(export_dir, constants.ASSETS_DIRECTORY)
    for content in message.collection_def[constants.ASSETS_KEY].any_list.value:
        asset = AssetFileDef.FromString(content.value)
        name = prepend_name_scope(asset.tensor_info.name, scope)
        feeds[graph.get_tensor_by_name(name)] = os.path.join(folder, asset.filename)
    return feeds
