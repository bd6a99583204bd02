"""`tf.train.Saver`, and MetaGraphDefs with the Savers of their graphs."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfsession import errors
from tfsession.formats.checkpoint import open_checkpoint
from tfsession.graph import meta_graph
from tfsession.graph.graph import Graph
from tfsession.graph.operation import Operation
from tfsession.graph.proto_functions import register_proto_function
from tfsession.graph.scopes import (
    GraphKeys,
    get_default_graph,
    prepend_name_scope,
    strip_name_scope,
)
from tfsession.graph.static_values import constant_value
from tfsession.logging import info
from tfsession.protos import MetaGraphDef, SaverDef
from tfsession.run.session import BaseSession
from tfsession.shapes import format_dims
from tfsession.train import checkpoint_state
from tfsession.train.object_graph import keys_by_name
from tfsession.train.saveables import all_saveable_objects, by_name
from tfsession.train.saver_builder import BaseSaverBuilder, BulkSaverBuilder
from tfsession.train.training_step import global_step as value_of_step

__all__ = [
    "BaseSaverBuilder",
    "BulkSaverBuilder",
    "Saver",
    "export_meta_graph",
    "import_meta_graph",
]

logger = logging.getLogger("tfsession")


# What a file that cannot be made because of its folder raises.
_NO_FOLDER = (errors.FailedPreconditionError, errors.NotFoundError, errors.AlreadyExistsError)


class Saver:
    """Saves variables to files, and restores them.

    A checkpoint is written under other names first and renamed when it is whole, and the file
    `checkpoint` names it after that: whoever is interrupted leaves the checkpoint before it.

    Source: TensorFlow 1.15 `tf.train.Saver`.
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: SaverDef | None = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: int = SaverDef.V2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        """Adds the operations that save and restore to the default graph.

        Args:
          var_list: a list of variables, or a dict from names in the checkpoint to variables or to
            lists of parts of one; None: all global variables, and the collection of saveables.
          reshape: whether a tensor may have another shape in the checkpoint, with as many elements.
          sharded: whether each device writes a file of its own.
          max_to_keep: how many checkpoints are kept; None or 0: all.
          keep_checkpoint_every_n_hours: how often one of them is kept for good, in hours.
          name: a name for the scope of the operations; of a Saver with `saver_def`, the scope in
            which its operations are.
          restore_sequentially: accepted; all tensors of a device are read by one operation.
          saver_def: a SaverDef that names operations which the graph has already.
          builder: a BaseSaverBuilder that builds the operations.
          defer_build: whether the operations are built later, by `build`.
          allow_empty: whether there may be no variables.
          write_version: `SaverDef.V2` or `SaverDef.V1`.
          pad_step_number: whether the step has at least eight digits in names of files.
          save_relative_paths: whether the file `checkpoint` has paths relative to its folder.
          filename: the path where a graph is run without one.

        Raises:
          ValueError: there are no variables; a name or variable occurs twice; `var_list` is given
            and `defer_build` set; `saver_def` lacks a name.
          TypeError: something is no variable.
          RuntimeError: the graph is finalized.
        """
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set "
                "defer_build=False or var_list=None."
            )
        self._var_list = var_list
        self._reshape = reshape
        self._sharded = sharded
        self._max_to_keep = max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self._name = name
        self._restore_sequentially = restore_sequentially
        self.saver_def: Any = saver_def
        self._builder = builder
        self._is_built = False
        self._allow_empty = allow_empty
        self._is_empty = False
        self._write_version = write_version
        self._pad_step_number = pad_step_number
        self._save_relative_paths = save_relative_paths
        self._filename = filename
        # Path and time of each checkpoint that counts, oldest first.
        self._last_checkpoints: list[tuple[str, float]] = []
        self._to_delete: list[tuple[str, float]] = []
        # Savers of the same variables for checkpoints that have them under other names.
        self._by_objects: dict[str, Saver] = {}
        if saver_def is not None and not isinstance(saver_def, SaverDef):
            raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {saver_def}")
        if not defer_build:
            self.build()
        if self.saver_def:
            self._check_saver_def()
            self._write_version = self.saver_def.version

    # -- The graph --

    def build(self) -> None:
        """Adds the operations to the graph, where that has not been done; see `Saver`."""
        if self._is_built:
            return
        self._is_built = True
        if self.saver_def is None or self._builder:
            self._build_operations()
        elif self._name:
            self.saver_def = _in_scope(self.saver_def, self._name)
        if self.saver_def is None:
            return
        self._check_saver_def()
        self._next_kept = time.time() + self.saver_def.keep_checkpoint_every_n_hours * 3600

    def _build_operations(self) -> None:
        if self._builder is None:
            self._builder = BulkSaverBuilder(self._write_version)
        if self._var_list is None:
            self._var_list = all_saveable_objects()
        if not self._var_list:
            if not self._allow_empty:
                raise ValueError("No variables to save")
            self._is_empty = True
            return
        get_default_graph().check_not_finalized()
        self.saver_def = self._builder.build(
            self._var_list,
            reshape=self._reshape,
            sharded=self._sharded,
            max_to_keep=self._max_to_keep or 0,
            keep_checkpoint_every_n_hours=self._keep_hours,
            name=self._name,
            restore_sequentially=self._restore_sequentially,
            filename=self._filename or "model",
        )

    def _check_saver_def(self) -> None:
        if not self.saver_def.save_tensor_name:
            raise ValueError(f"saver_def must specify the save_tensor_name: {self.saver_def}")
        if not self.saver_def.restore_op_name:
            raise ValueError(f"saver_def must specify the restore_op_name: {self.saver_def}")

    def as_saver_def(self) -> Any:
        """The SaverDef; None where nothing has been built."""
        return self.saver_def

    def to_proto(self, export_scope: str | None = None) -> SaverDef | None:
        """The SaverDef with its names as they are in a scope; None where it is not in it."""
        if export_scope is None:
            return self.saver_def  # type: ignore[no-any-return]
        if not self.saver_def.filename_tensor_name.startswith(export_scope):
            return None
        return _renamed(self.saver_def, lambda name: strip_name_scope(name, export_scope))

    @staticmethod
    def from_proto(saver_def: SaverDef, import_scope: str | None = None) -> Saver:
        """The Saver of a SaverDef, whose operations are in the default graph."""
        return Saver(saver_def=saver_def, name=import_scope)

    # -- Which checkpoints there are --

    @property
    def last_checkpoints(self) -> list[str]:
        """The checkpoints that this Saver keeps, oldest first."""
        return [path for path, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints: list[str]) -> None:
        """Sets what `last_checkpoints` are, as if they had been written just now.

        Args:
          last_checkpoints: paths, oldest first.
        """
        assert isinstance(last_checkpoints, list)
        self._last_checkpoints = [(path, float("inf")) for path in last_checkpoints]

    def set_last_checkpoints_with_time(
        self, last_checkpoints_with_time: list[tuple[str, float]]
    ) -> None:
        """Sets what `last_checkpoints` are.

        Args:
          last_checkpoints_with_time: paths, oldest first, each with the Unix time in seconds at
            which it was written.
        """
        assert isinstance(last_checkpoints_with_time, list)
        self._last_checkpoints = last_checkpoints_with_time

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Takes up the checkpoints that an earlier program has written.

        Args:
          checkpoint_paths: their paths, oldest first; those that are not there are left out.
        """
        found = []
        for path in checkpoint_paths:
            found += [(path, time) for time in checkpoint_state.get_checkpoint_mtimes([path])]
        self.set_last_checkpoints_with_time(found)

    def _record(self, path: str) -> None:
        """Notes a new checkpoint, and which one has to go for it."""
        if not self.saver_def.max_to_keep:
            return
        kept = [one for one in self._last_checkpoints if one[0] != path]
        self._last_checkpoints = [*kept, (path, time.time())]
        if len(self._last_checkpoints) > self.saver_def.max_to_keep:
            self._to_delete.append(self._last_checkpoints.pop(0))

    def _delete_old(self, meta_graph_suffix: str) -> None:
        """Deletes the checkpoint that has to go, unless the time has come to keep one."""
        if not self._to_delete:
            return
        path, written = self._to_delete.pop(0)
        if written > self._next_kept:
            self._next_kept += self.saver_def.keep_checkpoint_every_n_hours * 3600
            return
        try:
            checkpoint_state.remove_checkpoint(path, self.saver_def.version, meta_graph_suffix)
        except (OSError, errors.OpError) as error:
            logger.warning("Ignoring: %s", error)

    # -- Saving --

    def save(
        self,
        sess: Any,
        save_path: str,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Saves the variables.

        Args:
          sess: the Session that has them.
          save_path: where, without what tells the files apart; folders are made.
          global_step: a number that is appended, or a tensor or variable of it.
          latest_filename: the name of the state file, 'checkpoint' when None.
          meta_graph_suffix: of the file of the graph.
          write_meta_graph: whether the graph is written, too.
          write_state: whether the state file is.
          strip_default_attrs: whether the graph is written without attributes that have their
            default values.
          save_debug_info: accepted for compatibility; stacks are not written.

        Returns:
          The path as `restore` takes it; None of a Saver without variables.

        Raises:
          TypeError: `sess` is no Session, or `save_path` no text.
          ValueError: `latest_filename` has a folder, or is the name of the checkpoint.
          RuntimeError: the Saver has not been built, or the session is closed.
          FailedPreconditionError: a variable has no value.
          OpError: a file cannot be written.
        """
        if not self._is_built:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        latest_filename = "checkpoint" if latest_filename is None else latest_filename
        if os.path.split(latest_filename)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        folder = _folder_of(save_path)
        if not isinstance(sess, BaseSession):
            raise TypeError(f"'sess' must be a Session; {sess}")
        path = self._path(sess, save_path, global_step, latest_filename)
        result = None
        if not self._is_empty:
            result = self._run(sess, path, folder)
        if write_meta_graph:
            file = checkpoint_state.meta_graph_filename(path, meta_graph_suffix)
            with sess.graph.as_default():
                self.export_meta_graph(
                    file, strip_default_attrs=strip_default_attrs, save_debug_info=save_debug_info
                )
        if result is not None and write_state:
            self._record(result)
            checkpoint_state.update_checkpoint_state_internal(
                folder, result, self.last_checkpoints, latest_filename, self._save_relative_paths
            )
            self._delete_old(meta_graph_suffix)
        return result

    def _path(self, sess: Any, save_path: str, global_step: Any, latest_filename: str) -> str:
        """Where a checkpoint goes."""
        if global_step is None:
            if os.path.basename(save_path) == latest_filename and not self._sharded:
                raise ValueError(
                    f"'latest_filename' collides with 'save_path': '{latest_filename}' and "
                    f"'{save_path}'"
                )
            return save_path
        if not isinstance(global_step, (int, np.integer)):
            global_step = value_of_step(sess, global_step)
        number = f"{global_step:08d}" if self._pad_step_number else str(int(global_step))
        return f"{save_path}-{number}"

    def _run(self, sess: Any, path: str, folder: str) -> str:
        """Runs the operation that saves; returns what it wrote."""
        if self._write_version != SaverDef.V2:
            logger.warning(
                "TensorFlow's V1 checkpoint format has been deprecated. Consider switching to the "
                "more efficient V2 format: `tf.train.Saver(write_version=tf.train.SaverDef.V2)`, "
                "now on by default."
            )
        feeds = {self.saver_def.filename_tensor_name: path}
        try:
            written = sess.run(self.saver_def.save_tensor_name, feeds)
        except _NO_FOLDER as error:
            if os.path.isdir(folder or "."):
                raise
            raise ValueError(f"Parent directory of {path} doesn't exist, can't save.") from error
        return written.decode() if isinstance(written, bytes) else str(written)

    def export_meta_graph(
        self,
        filename: str | None = None,
        collection_list: Sequence[str] | None = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> MetaGraphDef:
        """Writes the default graph, with this Saver.

        See `tf.train.export_meta_graph` for arguments.
        """
        return export_meta_graph(
            filename=filename,
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
            save_debug_info=save_debug_info,
        )

    # -- Restoring --

    def restore(self, sess: Any, save_path: Any) -> None:
        """Gives the variables the values of a checkpoint; they need no value before that.

        Args:
          sess: a Session.
          save_path: what `save` returned, or `tf.train.latest_checkpoint`.

        Raises:
          ValueError: there is no checkpoint of that name.
          NotFoundError: the checkpoint lacks a tensor.
          InvalidArgumentError: a tensor has another dtype or shape.
          DataLossError: the checkpoint is damaged.
        """
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        path = save_path.decode() if isinstance(save_path, bytes) else os.fspath(save_path)
        if not checkpoint_state.checkpoint_exists(path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {path}")
        info("Restoring parameters from %s", path)
        restore = self.saver_def.restore_op_name
        try:
            sess.run(restore, {self.saver_def.filename_tensor_name: path})
        except errors.NotFoundError as error:
            if self._restore_by_objects(sess, path):
                return
            raise _restore_error(
                error, path, "a Variable name or other graph key that is missing"
            ) from error
        except errors.InvalidArgumentError as error:
            raise _restore_error(
                error, path, "a mismatch between the current graph and the graph"
            ) from error

    def _restore_by_objects(self, sess: Any, path: str) -> bool:
        """Restores a checkpoint of `tf.train.Checkpoint`; returns whether it is one that fits."""
        keys = keys_by_name(path)
        if not keys or not self._var_list:
            return False
        is_named = isinstance(self._var_list, dict)
        variables = self._var_list if is_named else by_name(self._var_list)
        if not keys.keys() >= variables.keys():
            return False
        if path not in self._by_objects:
            logger.warning(
                "Restoring an object-based checkpoint using a name-based saver. This may be "
                "somewhat fragile, and will re-build the Saver. Instead, consider loading "
                "object-based checkpoints using tf.train.Checkpoint()."
            )
            with sess.graph.as_default():
                renamed = {keys[name]: thing for name, thing in variables.items()}
                self._by_objects[path] = Saver(renamed)
        self._by_objects[path].restore(sess, path)
        return True


def _folder_of(save_path: Any) -> str:
    """The folder of a path that is to be written.

    Raises:
      TypeError: it is no text.
      ValueError: it is empty.
    """
    if isinstance(save_path, bytes):
        raise TypeError("Can't mix strings and bytes in path components")
    folder: str = os.path.dirname(os.fspath(save_path))
    if not os.fspath(save_path):
        raise ValueError("no path specified")
    return folder


def _renamed(saver_def: SaverDef, rename: Any) -> SaverDef:
    copy = SaverDef()
    copy.CopyFrom(saver_def)
    copy.filename_tensor_name = rename(saver_def.filename_tensor_name)
    copy.save_tensor_name = rename(saver_def.save_tensor_name)
    copy.restore_op_name = rename(saver_def.restore_op_name)
    return copy


def _in_scope(saver_def: SaverDef, scope: str) -> SaverDef:
    """A SaverDef whose operations have been added in a name scope."""
    return _renamed(saver_def, lambda name: prepend_name_scope(name, scope) if name else name)


register_proto_function(GraphKeys.SAVERS, "SaverDef", Saver.to_proto, Saver.from_proto)


# ---- Errors of restoring ----


def _restore_error(error: errors.OpError, path: str, reason: str) -> errors.OpError:
    """The error of a checkpoint that does not fit the graph."""
    text = (
        f"Restoring from checkpoint failed. This is most likely due to {reason} from the "
        "checkpoint. Please ensure that you have not altered the graph expected based on the "
        f"checkpoint. Original error:\n\n{error.message}"
    )
    kind: Any = type(error)
    found: errors.OpError = kind(error.node_def, error.op, text)
    for note in [*getattr(error, "__notes__", ()), *_comparison(error.op, path)]:
        found.add_note(note)
    return found


def _comparison(op: Operation | None, path: str) -> list[str]:
    """What is to be said of an assignment that failed: the shapes on both sides."""
    if op is None or op.type != "Assign":
        return []
    source = op.inputs[1]
    if source.op.type != "RestoreV2":
        return []
    names = constant_value(source.op.inputs[1])
    if names is None:
        return []
    name = names[source.value_index].decode()
    with open_checkpoint(path) as reader:
        _, shape = reader.dtype_and_shape(name)
    variable = op.inputs[0]
    return [
        f"the variable {variable.op.name!r} has the shape {format_dims(variable.dims)}, the tensor "
        f"{name!r} of {path} the shape {format_dims(shape)}"
    ]


# ---- Graphs with their Savers ----


def export_meta_graph(
    filename: str | None = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: SaverDef | None = None,
    collection_list: Sequence[str] | None = None,
    as_text: bool = False,
    graph: Graph | None = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> MetaGraphDef:
    """Writes a graph with its collections.

    Args:
      filename: a file to write, or None.
      meta_info_def: a MetaInfoDef to begin with.
      graph_def: the graph as a message; that of `graph` when None.
      saver_def: the SaverDef of a Saver.
      collection_list: names of collections; all when None.
      as_text: text in place of bytes.
      graph: the graph; the default graph when None.
      export_scope: only what is in this name scope, under its names there.
      clear_devices: forgets the devices of operations.
      clear_extraneous_savers: leaves out the operations of all Savers but that of `saver_def`.
      strip_default_attrs: removes attributes that have their default value.
      save_debug_info: accepted for compatibility; stacks are not written.
      **kwargs: none.

    Returns:
      The MetaGraphDef.

    Raises:
      TypeError: an argument is of another class, or not known.
      OSError: the file cannot be written.

    Source: TensorFlow 1.15 `tf.train.export_meta_graph`.
    """
    return meta_graph.export_scoped_meta_graph(
        filename=filename,
        meta_info_def=meta_info_def,
        graph_def=graph_def,
        saver_def=saver_def,
        collection_list=collection_list,
        as_text=as_text,
        graph=graph,
        export_scope=export_scope,
        clear_devices=clear_devices,
        clear_extraneous_savers=clear_extraneous_savers,
        strip_default_attrs=strip_default_attrs,
        save_debug_info=save_debug_info,
        **kwargs,
    )[0]


def import_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    **kwargs: Any,
) -> Saver | None:
    """Adds the graph of a MetaGraphDef, with its collections, to the default graph.

    Args:
      meta_graph_or_file: the message, or a file.
      clear_devices: forgets the devices of operations.
      import_scope: a name scope for all that is added.
      **kwargs: `input_map`, `return_elements`, `restore_collections_predicate` and
        `unbound_inputs_col_name` of `import_scoped_meta_graph_with_return_elements`.

    Returns:
      A Saver for its variables, which restores them by the names that they had; None where there
      are no variables.

    Raises:
      RuntimeError: the graph is finalized.
      OSError: the file cannot be read.
      ValueError: the graph cannot be added, or an input is unbound.

    Source: TensorFlow 1.15 `tf.train.import_meta_graph`.
    """
    return import_meta_graph_with_return_elements(
        meta_graph_or_file, clear_devices, import_scope, **kwargs
    )[0]


def import_meta_graph_with_return_elements(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    return_elements: Sequence[str] | None = None,
    **kwargs: Any,
) -> tuple[Saver | None, list[Any] | None]:
    """Adds the graph of a MetaGraphDef to the default graph; see `import_meta_graph`.

    Args:
      return_elements: names of operations and tensors in the message.

    Returns:
      A Saver or None, and the Operations and Tensors that `return_elements` names, or None.
    """
    message = meta_graph_or_file
    if not isinstance(message, MetaGraphDef):
        message = meta_graph.read_meta_graph_file(meta_graph_or_file)
    with get_default_graph().all_or_nothing():
        variables, elements = meta_graph.import_scoped_meta_graph_with_return_elements(
            message,
            clear_devices=clear_devices,
            import_scope=import_scope,
            return_elements=return_elements,
            **kwargs,
        )
        return _imported_saver(message, import_scope, variables), elements


def _imported_saver(
    message: MetaGraphDef, import_scope: str | None, variables: dict[str, Any]
) -> Saver | None:
    if message.HasField("saver_def"):
        # The scope got a number where it was taken: a variable says which.
        for name, variable in variables.items():
            import_scope = variable.name.removesuffix(name)
            break
        return Saver(saver_def=message.saver_def, name=import_scope)
    if all_saveable_objects(scope=import_scope):
        return Saver()
    info("Saver not created because there are no variables in the graph to restore")
    return None
