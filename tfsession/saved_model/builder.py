"""`tf.saved_model.builder`: graphs with their variables and files, in a folder of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tfsession.graph.operation import Operation
from tfsession.graph.scopes import GraphKeys, add_to_collection, get_collection, get_default_graph
from tfsession.graph.static_values import constant_value
from tfsession.logging import info
from tfsession.protos import AssetFileDef, SavedModel, SaverDef, SignatureDef, TensorInfo
from tfsession.saved_model import constants, tag_constants
from tfsession.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from tfsession.saved_model.signature_def_utils import predict_signature_def
from tfsession.train.saveables import all_saveable_objects
from tfsession.train.saver import Saver

__all__ = ["SavedModelBuilder"]

# The type under which TensorFlow knows the message of a file.
_ASSET_TYPE = "type.googleapis.com/tensorflow.AssetFileDef"
_RESERVED_KEYS = ("__saved_model_init_op", "__saved_model_train_op")


class SavedModelBuilder:
    """Writes a SavedModel: `saved_model.pb`, the folder `variables`, and the folder `assets`.

    Source: TensorFlow 1.15 `tf.saved_model.builder.SavedModelBuilder`.
    """

    def __init__(self, export_dir: str) -> None:
        """Makes the folder.

        Args:
          export_dir: the folder, which is empty or not there.

        Raises:
          AssertionError: it is not empty.
        """
        self._saved_model = SavedModel(
            saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION
        )
        self._export_dir = export_dir
        if os.path.exists(export_dir) and os.listdir(export_dir):
            raise AssertionError(
                "Export directory already exists, and isn't empty. Please choose a different "
                "export directory, or delete all the contents of the specified directory: "
                f"{export_dir}"
            )
        os.makedirs(export_dir, exist_ok=True)
        self._has_saved_variables = False

    def add_meta_graph_and_variables(
        self,
        sess: Any,
        tags: Iterable[str],
        signature_def_map: Mapping[str, SignatureDef] | None = None,
        assets_collection: Sequence[Any] | None = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Adds the default graph, and writes variables and files.

        Args:
          sess: the Session that has the variables.
          tags: what the graph is for.
          signature_def_map: SignatureDefs by name.
          assets_collection: string constants that are paths of files, which are copied.
          legacy_init_op: the old name of `main_op`.
          clear_devices: whether the devices of operations are forgotten.
          main_op: an Operation that is run when the model has been loaded.
          strip_default_attrs: whether attributes that have their default value are left out.
          saver: what writes the variables; a new Saver when None.

        Raises:
          AssertionError: variables have been written already, or a signature lacks a tensor.
          ValueError: there is a main operation already, or the path of a file is empty.
          TypeError: `main_op` is no Operation.
          KeyError: the name of a signature is reserved.
        """
        if self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has already been saved. Please invoke "
                "`add_meta_graph()` instead."
            )
        main_op = legacy_init_op if main_op is None else main_op
        saver = self._prepared(signature_def_map, assets_collection, main_op, saver)
        folder = os.path.join(self._export_dir, constants.VARIABLES_DIRECTORY)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, constants.VARIABLES_FILENAME)
        saver.save(sess, path, write_meta_graph=False, write_state=False)
        if not os.listdir(folder):
            os.rmdir(folder)
        self._add(saver, tags, signature_def_map, clear_devices, strip_default_attrs)
        self._has_saved_variables = True

    def add_meta_graph(
        self,
        tags: Iterable[str],
        signature_def_map: Mapping[str, SignatureDef] | None = None,
        assets_collection: Sequence[Any] | None = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Adds the default graph, which has variables that have been written already.

        Arguments and errors are those of `add_meta_graph_and_variables`.

        Raises:
          AssertionError: variables have not been written.
        """
        if not self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has not been saved yet. Please invoke "
                "`add_meta_graph_and_variables()` first."
            )
        main_op = legacy_init_op if main_op is None else main_op
        saver = self._prepared(signature_def_map, assets_collection, main_op, saver)
        self._add(saver, tags, signature_def_map, clear_devices, strip_default_attrs)

    def save(self, as_text: bool = False) -> bytes:
        """Writes the graphs.

        Args:
          as_text: whether as text, in `saved_model.pbtxt`.

        Returns:
          The path of the file.
        """
        from google.protobuf import text_format

        os.makedirs(self._export_dir, exist_ok=True)
        name = (
            constants.SAVED_MODEL_FILENAME_PBTXT if as_text else constants.SAVED_MODEL_FILENAME_PB
        )
        path = os.path.join(self._export_dir, name)
        temporary = f"{path}.{os.getpid()}.tmp"
        with open(temporary, "wb") as file:
            if as_text:
                file.write(text_format.MessageToString(self._saved_model).encode())
            else:
                file.write(self._saved_model.SerializeToString())
        os.replace(temporary, path)
        info("SavedModel written to: %s", path)
        return os.fsencode(path)

    def _prepared(
        self,
        signatures: Mapping[str, SignatureDef] | None,
        assets: Sequence[Any] | None,
        main_op: Any,
        saver: Saver | None,
    ) -> Saver:
        """Adds to the graph's collections what a loader asks for; returns the Saver."""
        _check_signatures(signatures)
        self._save_assets(assets or ())
        if main_op is not None:
            _add_main_op(main_op)
        return saver or Saver(
            all_saveable_objects(), sharded=True, write_version=SaverDef.V2, allow_empty=True
        )

    def _save_assets(self, assets: Sequence[Any]) -> None:
        """Copies files, and notes which tensor each belongs to."""
        from google.protobuf.any_pb2 import Any as AnyMessage

        folder = os.path.join(self._export_dir, constants.ASSETS_DIRECTORY)
        names: dict[str, str] = {}
        for tensor in assets:
            value = constant_value(tensor)
            source = "" if value is None else value.item().decode()
            if not source:
                raise ValueError(f"Invalid asset filepath tensor {tensor}")
            name = names.setdefault(source, _free_name(os.path.basename(source), names))
            asset = AssetFileDef(tensor_info=TensorInfo(name=tensor.name), filename=name)
            message = AnyMessage(type_url=_ASSET_TYPE, value=asset.SerializeToString())
            add_to_collection(constants.ASSETS_KEY, message)
        for source, name in names.items():
            os.makedirs(folder, exist_ok=True)
            shutil.copyfile(source, os.path.join(folder, name))
        info("Assets added to graph.")
        if names:
            info("Assets written to: %s", folder)
        else:
            info("No assets to write.")

    def _add(
        self,
        saver: Saver,
        tags: Iterable[str],
        signatures: Mapping[str, SignatureDef] | None,
        clear_devices: bool,
        strip_default_attrs: bool,
    ) -> None:
        message = saver.export_meta_graph(
            clear_devices=clear_devices, strip_default_attrs=strip_default_attrs
        )
        message.meta_info_def.tags.extend(tags)
        for name, signature in (signatures or {}).items():
            message.signature_def[name].CopyFrom(signature)
        self._saved_model.meta_graphs.add().CopyFrom(message)


def _free_name(name: str, names: Mapping[str, str]) -> str:
    """A name that no other file has."""
    count, wished = 0, name
    while name in names.values():
        count += 1
        name = f"{wished}_{count}"
    return name


def _add_main_op(main_op: Any) -> None:
    key = constants.MAIN_OP_KEY
    if not isinstance(main_op, Operation):
        raise TypeError(f"main_op needs to be an Operation: {main_op!r}")
    if get_collection(key):
        raise ValueError(f"Graph already contains one or more main ops under the collection {key}.")
    add_to_collection(key, main_op)


def _check_signatures(signatures: Mapping[str, SignatureDef] | None) -> None:
    for signature in (signatures or {}).values():
        for infos in (signature.inputs, signature.outputs):
            for described in infos.values():
                if described.WhichOneof("encoding") is None:
                    raise AssertionError(
                        "All TensorInfo protos used in the SignatureDefs must have one of the "
                        f"'encoding' fields (e.g., name or coo_sparse) set: {described}"
                    )
    for key in _RESERVED_KEYS:
        if key in (signatures or {}):
            raise KeyError(
                f'SignatureDef map key "{key}" is reserved for initialization. Please use a '
                "different key."
            )


def simple_save(
    session: Any,
    export_dir: str,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    legacy_init_op: Any = None,
) -> None:
    """Writes a SavedModel of the default graph that serves predictions.

    Args:
      session: the Session that has the variables.
      export_dir: the folder, which is empty or not there.
      inputs: tensors by name.
      outputs: tensors by name.
      legacy_init_op: an Operation that is run when the model has been loaded.

    Source: TensorFlow 1.15 `tf.saved_model.simple_save`.
    """
    signature = predict_signature_def(inputs, outputs)
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session,
        [tag_constants.SERVING],
        {DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
        assets_collection=get_default_graph().get_collection(GraphKeys.ASSET_FILEPATHS),
        main_op=legacy_init_op,
        clear_devices=True,
    )
    builder.save()
