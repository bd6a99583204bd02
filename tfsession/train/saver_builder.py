"""The operations of a Saver: what saves, and what restores.

Source: TensorFlow 1.15, python/training/saver.py `BaseSaverBuilder`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from tfsession.device_spec import DeviceSpec, canonical_name
from tfsession.dtypes import int32
from tfsession.graph import scopes
from tfsession.graph.build import build, constant
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import name_scope
from tfsession.ops import array
from tfsession.ops.control import group
from tfsession.ops.strings import string_join
from tfsession.protos import SaverDef
from tfsession.train.saveables import (
    ReferenceVariableSaveable,
    ResourceVariableSaveable,
    SaveableObject,
    SaveSpec,
    saveables_of,
)

__all__ = ["BaseSaverBuilder", "BulkSaverBuilder"]


class BaseSaverBuilder:
    """Builds the operations of Savers, with a restore operation for each tensor.

    Programs derive from it to save in another way.
    """

    def __init__(self, write_version: int = SaverDef.V2) -> None:
        """Creates a builder.

        Args:
          write_version: of the checkpoints that are written, a number of `SaverDef`.
        """
        self._write_version = write_version

    # What derived classes may do in another way.

    def save_op(self, filename_tensor: Tensor, saveables: Sequence[SaveableObject]) -> Operation:
        """An operation that writes saveables to a file."""
        specs = [spec for saveable in saveables for spec in saveable.specs]
        names = [spec.name for spec in specs]
        slices = [spec.slice_spec for spec in specs]
        tensors = [spec.tensor for spec in specs]
        if self._write_version == SaverDef.V1:
            kind, name = "SaveSlices", "save"
        elif self._write_version == SaverDef.V2:
            kind, name = "SaveV2", None
        else:
            raise RuntimeError(f"Unexpected write_version: {self._write_version}")
        operation: Operation = build(kind, filename_tensor, names, slices, tensors, name=name)
        return operation

    def restore_op(
        self, filename_tensor: Tensor, saveable: SaveableObject, preferred_shard: int
    ) -> list[Tensor]:
        """The tensors of a saveable, read from a file."""
        return [t for spec in saveable.specs for t in _restored(filename_tensor, [spec])]

    def bulk_restore(
        self,
        filename_tensor: Tensor,
        saveables: Sequence[SaveableObject],
        preferred_shard: int,
        restore_sequentially: bool,
    ) -> list[Tensor]:
        """The tensors of all saveables, read from a file."""
        tensors: list[Tensor] = []
        for saveable in saveables:
            device = _on_cpu(saveable.device) if saveable.device else None
            waits = tensors[-1:] if restore_sequentially else []
            with scopes.device(device), scopes.control_dependencies(waits):
                tensors += self.restore_op(filename_tensor, saveable, preferred_shard)
        return tensors

    def sharded_filename(self, filename_tensor: Tensor, shard: int, num_shards: Any) -> Tensor:
        """The name of the file of a shard."""
        tensor: Tensor = build("ShardedFilename", filename_tensor, shard, num_shards)
        return tensor

    # Building.

    def build(
        self,
        names_to_saveables: Any,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        filename: str = "model",
    ) -> SaverDef:
        """Builds the operations that save and restore.

        Args:
          names_to_saveables: a list of variables, or a dict from names to variables.
          reshape: whether a tensor may have another shape in the checkpoint.
          sharded: whether each device writes a file of its own.
          max_to_keep: kept in the result.
          keep_checkpoint_every_n_hours: kept in the result.
          name: a name for the scope of the operations.
          restore_sequentially: whether tensors are read one after the other.
          filename: the path where none is fed.

        Returns:
          A SaverDef that names the operations.

        Raises:
          TypeError: something is no variable.
          ValueError: a name or a variable occurs twice.
        """
        saveables = saveables_of(names_to_saveables)
        with name_scope(name, "save", [saveable.op for saveable in saveables]):
            # Programs feed the second one; where nothing is fed the first one says what.
            default = build(
                "PlaceholderWithDefault", filename or "model", shape=(), name="filename"
            )
            path = build("PlaceholderWithDefault", default, shape=(), name="Const")
            if sharded:
                shards = _by_device(saveables)
                if self._write_version == SaverDef.V1:
                    saved = self._add_sharded_save_ops(path, shards)
                else:
                    saved = self._add_sharded_save_ops_for_v2(path, shards)
                restored = self._add_sharded_restore_ops(
                    path, shards, restore_sequentially, reshape
                )
            else:
                saved = self._add_save_ops(path, saveables)
                restored = self._add_restore_ops(path, saveables, restore_sequentially, reshape)
        return SaverDef(
            filename_tensor_name=path.name,
            save_tensor_name=saved.name,
            restore_op_name=restored.name,
            max_to_keep=max_to_keep,
            sharded=sharded,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            version=self._write_version,  # type: ignore[arg-type]  # a number
        )

    def _add_save_ops(self, path: Tensor, saveables: Sequence[SaveableObject]) -> Tensor:
        save = self.save_op(path, saveables)
        with scopes.colocate_with(path.op), scopes.control_dependencies([save]):
            tensor: Tensor = build("Identity", path, name="control_dependency")
        return tensor

    def _add_restore_ops(
        self,
        path: Tensor,
        saveables: Sequence[SaveableObject],
        restore_sequentially: bool,
        reshape: bool,
        preferred_shard: int = -1,
        name: str = "restore_all",
    ) -> Operation:
        tensors = self.bulk_restore(path, saveables, preferred_shard, restore_sequentially)
        assignments = []
        start = 0
        for saveable in saveables:
            shapes = [_shape_of(spec.tensor) for spec in saveable.specs] if reshape else None
            end = start + len(saveable.specs)
            assignments.append(saveable.restore(tensors[start:end], shapes))
            start = end
        return group(*assignments, name=name)

    def _add_sharded_save_ops_for_v2(
        self, path: Tensor, shards: Sequence[tuple[str, list[SaveableObject]]]
    ) -> Tensor:
        """Each device writes a bundle in a folder of its own; the last one makes them one."""
        folder = f"_temp_{uuid.uuid4().hex}/part"
        prefix = string_join([path, folder])
        count = constant(len(shards), int32, name="num_shards")
        prefixes, saved, device = [], [], ""
        for shard, (device, saveables) in enumerate(shards):
            with scopes.device(_on_cpu(device)):
                prefixes.append(self.sharded_filename(prefix, shard, count))
                saved.append(self._add_save_ops(prefixes[-1], saveables))
        with scopes.control_dependencies(saved), scopes.device(_on_cpu(device)):
            merged = build("MergeV2Checkpoints", prefixes, path, delete_old_dirs=True)
            with scopes.control_dependencies([merged]):
                whole: Tensor = array.identity(path)
        return whole

    def _add_sharded_save_ops(
        self, path: Tensor, shards: Sequence[tuple[str, list[SaveableObject]]]
    ) -> Tensor:
        count = constant(len(shards), int32, name="num_shards")
        saved = []
        for shard, (device, saveables) in enumerate(shards):
            with scopes.device(device):
                file = self.sharded_filename(path, shard, count)
                saved.append(self._add_save_ops(file, saveables))
        with scopes.control_dependencies([tensor.op for tensor in saved]):
            tensor: Tensor = build("ShardedFilespec", path, count)
        return tensor

    def _add_sharded_restore_ops(
        self,
        path: Tensor,
        shards: Sequence[tuple[str, list[SaveableObject]]],
        restore_sequentially: bool,
        reshape: bool,
    ) -> Operation:
        restored = []
        for shard, (device, saveables) in enumerate(shards):
            with scopes.device(device):
                restored.append(
                    self._add_restore_ops(
                        path,
                        saveables,
                        restore_sequentially,
                        reshape,
                        preferred_shard=shard,
                        name="restore_shard",
                    )
                )
        return group(*restored, name="restore_all")


# Where programs that derive from these classes find them.
for _name, _class in {
    "SaveSpec": SaveSpec,
    "SaveableObject": SaveableObject,
    "VariableSaveable": ReferenceVariableSaveable,
    "ResourceVariableSaveable": ResourceVariableSaveable,
}.items():
    setattr(BaseSaverBuilder, _name, _class)


class BulkSaverBuilder(BaseSaverBuilder):
    """Builds the operations of Savers, with one restore operation for all tensors of a device."""

    def bulk_restore(
        self,
        filename_tensor: Tensor,
        saveables: Sequence[SaveableObject],
        preferred_shard: int,
        restore_sequentially: bool,
    ) -> list[Tensor]:
        """The tensors of all saveables, read from a file at once."""
        with scopes.device("CPU:0"):
            return _restored(filename_tensor, [s for one in saveables for s in one.specs])


def _restored(path: Tensor, specs: Iterable[Any]) -> list[Tensor]:
    """What a checkpoint has of some tensors."""
    specs = list(specs)
    tensors = build(
        "RestoreV2",
        path,
        [spec.name for spec in specs],
        [spec.slice_spec for spec in specs],
        dtypes=[spec.dtype.base_dtype for spec in specs],
    )
    return list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]


def _shape_of(tensor: Any) -> Any:
    shape = tensor.get_shape()
    return shape if shape.is_fully_defined() else array.shape(tensor)


def _on_cpu(device: str) -> str:
    """The first CPU of the machine that a device is on."""
    spec = DeviceSpec.from_string(device)
    spec.merge_from(DeviceSpec.from_string("/device:CPU:0"))
    return spec.to_string()


def _by_device(saveables: Sequence[SaveableObject]) -> list[tuple[str, list[SaveableObject]]]:
    """Saveables by the device on which they are.

    Raises:
      ValueError: the tensors of one are on several devices.
    """
    found: dict[str, list[SaveableObject]] = {}
    for saveable in saveables:
        devices = {canonical_name(spec.device) for spec in saveable.specs}
        if len(devices) != 1:
            raise ValueError(
                f"All tensors of a saveable object must be on the same device: {saveable.name}"
            )
        found.setdefault(devices.pop(), []).append(saveable)
    return sorted(found.items())
