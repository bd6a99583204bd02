"""Values of checkpoints, read without a graph, or put into the initial values of variables."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from tfsession.formats.checkpoint import CheckpointReader, NewCheckpointReader
from tfsession.graph import scopes
from tfsession.graph.build import build
from tfsession.shapes import TensorShape
from tfsession.train.checkpoint_state import latest_checkpoint
from tfsession.train.saveables import saveables_of
from tfsession.variables.partitions import PartitionedVariable
from tfsession.variables.store import VariableStore
from tfsession.variables.variable import Variable

__all__ = [
    "checkpoints_iterator",
    "init_from_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "wait_for_new_checkpoint",
]

logger = logging.getLogger("tfsession")


# ---- Reading ----


def _prefix_of(ckpt_dir_or_file: str) -> str:
    """The path of a checkpoint; of a folder, the latest one in it."""
    if os.path.isdir(ckpt_dir_or_file):
        return latest_checkpoint(ckpt_dir_or_file) or ""
    return ckpt_dir_or_file


def load_checkpoint(ckpt_dir_or_file: str) -> CheckpointReader:
    """Opens a checkpoint.

    Args:
      ckpt_dir_or_file: its path, or a folder: the latest one in it.

    Raises:
      ValueError: the folder has none.
      NotFoundError: there is no such checkpoint.
      DataLossError: it is damaged.

    Source: TensorFlow 1.15 `tf.train.load_checkpoint`.
    """
    prefix = _prefix_of(ckpt_dir_or_file)
    if not prefix:
        raise ValueError(
            f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}"
        )
    return NewCheckpointReader(prefix)


def load_variable(ckpt_dir_or_file: str, name: str) -> Any:
    """The value of a tensor of a checkpoint, as an array.

    Args:
      ckpt_dir_or_file: as of `load_checkpoint`.
      name: of the tensor; a variable's own name, with ``:0``, will do.

    Raises:
      NotFoundError: there is no such tensor, or no such checkpoint.

    Source: TensorFlow 1.15 `tf.train.load_variable`.
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: str) -> list[tuple[str, list[int]]]:
    """Name and shape of each tensor of a checkpoint, sorted by name.

    Args:
      ckpt_dir_or_file: as of `load_checkpoint`.

    Source: TensorFlow 1.15 `tf.train.list_variables`.
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


# ---- Waiting ----


def wait_for_new_checkpoint(
    checkpoint_dir: str,
    last_checkpoint: str | None = None,
    seconds_to_sleep: float = 1,
    timeout: float | None = None,
) -> str | None:
    """Waits until a folder has another checkpoint.

    Args:
      checkpoint_dir: the folder.
      last_checkpoint: the one that is known already.
      seconds_to_sleep: between two looks, in seconds.
      timeout: how long to wait, in seconds; None: for ever.

    Returns:
      The path of the latest checkpoint; None where the time is over.

    Source: TensorFlow 1.15 `tf.contrib.training.wait_for_new_checkpoint`.
    """
    stop = None if timeout is None else time.monotonic() + timeout
    while True:
        path = latest_checkpoint(checkpoint_dir)
        if path is not None and path != last_checkpoint:
            return path
        if stop is not None and time.monotonic() + seconds_to_sleep > stop:
            return None
        time.sleep(seconds_to_sleep)


def checkpoints_iterator(
    checkpoint_dir: str,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """Yields the path of each new checkpoint of a folder; those that are overtaken are left out.

    Args:
      checkpoint_dir: the folder.
      min_interval_secs: at least between two of them, in seconds.
      timeout: how long to wait for one, in seconds; None: for ever.
      timeout_fn: is asked when that time is over, and says whether to end; None: it ends.

    Source: TensorFlow 1.15 `tf.train.checkpoints_iterator`.
    """
    path: str | None = None
    while True:
        new = wait_for_new_checkpoint(checkpoint_dir, path, timeout=timeout)
        if new is None:
            if timeout_fn is None:
                logger.info("Timed-out waiting for a checkpoint.")
                return
            if timeout_fn():
                return
            continue
        start = time.monotonic()
        path = new
        yield path
        rest = start + min_interval_secs - time.monotonic()
        if rest > 0:
            time.sleep(rest)


# ---- Initial values ----


def init_from_checkpoint(ckpt_dir_or_file: str, assignment_map: dict[str, Any]) -> None:
    """Makes values of a checkpoint the initial values of variables.

    Running the initializers gives the variables these values; so does an operation for all of them
    that is made after this call.

    Args:
      ckpt_dir_or_file: the path of a checkpoint, or a folder: the latest one in it.
      assignment_map: tensors of the checkpoint, and the variables that they are for: ``name`` to
        the name of a variable, to a Variable, or to the list of the parts of one; ``scope/`` to
        ``other_scope/``, for all variables in that scope; ``/`` is the scope of all.

    Raises:
      ValueError: the checkpoint lacks a tensor, or it has another shape than the variable; or a
        scope stands for what is none.
      NotFoundError: there is no checkpoint.

    Source: TensorFlow 1.15 `tf.train.init_from_checkpoint`.
    """
    prefix = _prefix_of(ckpt_dir_or_file)
    shapes = load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map()
    store = scopes.attachment(scopes.get_default_graph(), "variable_store", VariableStore)
    known: dict[str, Any] = store.variables
    for tensor_name, target in sorted(assignment_map.items(), key=lambda item: item[0]):
        variable = _variable_of(target, known)
        if variable is None:
            pairs = _in_scope(ckpt_dir_or_file, tensor_name, target, known, shapes)
        else:
            if tensor_name not in shapes:
                raise ValueError(
                    f"Tensor {tensor_name} is not found in {ckpt_dir_or_file} checkpoint {shapes}"
                )
            pairs = [(tensor_name, variable)]
        for name, variable in pairs:
            _check_shape(variable, name, shapes)
            _initialise_from(prefix, name, variable)


def _variable_of(target: Any, known: dict[str, Any]) -> Any:
    """A variable, or the list of the parts of one; None for the name of a scope.

    Raises:
      TypeError: it is no variable, nor a name.
    """
    if isinstance(target, str):
        return known[target] if target in known else _parts_of(target, known)
    if isinstance(target, (list, tuple, PartitionedVariable)) and all(
        isinstance(part, Variable) for part in target
    ):
        return list(target)
    if isinstance(target, Variable):
        return target
    raise TypeError(f"init_from_checkpoint: {target!r} is no variable, nor the name of one")


def _parts_of(name: str, known: dict[str, Any]) -> list[Any] | None:
    """The parts of a variable that is divided, or None."""
    parts: list[Any] = []
    while (part := known.get(f"{name}/part_{len(parts)}")) is not None:
        parts.append(part)
    return parts or None


def _in_scope(
    checkpoint: str, tensor_scope: str, scope: str, known: dict[str, Any], shapes: dict[str, Any]
) -> list[tuple[str, Any]]:
    """The tensors of a scope of the checkpoint, and the variables of another scope."""
    within = scope.rpartition("/")[0]
    if not tensor_scope.endswith("/"):
        raise ValueError(
            f"Assignment map with scope only name {within} should map to scope only "
            f"{tensor_scope}. Should be 'scope/': 'other_scope/'."
        )
    names = {
        name.partition("/part_")[0] for name in known if not within or name.startswith(within + "/")
    }
    pairs = []
    for name in sorted(names):
        rest = name[len(within) :] if scope == "/" else name[len(within) + 1 :]
        tensor_name = rest if tensor_scope == "/" else tensor_scope + rest
        if tensor_name not in shapes:
            inner = name[len(within) + 1 :]
            raise ValueError(
                f"Tensor {tensor_name} ({inner} in {tensor_scope}) is not found in {checkpoint} "
                "checkpoint"
            )
        variable = known[name] if name in known else _parts_of(name, known)
        pairs.append((tensor_name, variable))
    return pairs


def _check_shape(variable: Any, name: str, shapes: dict[str, Any]) -> None:
    if isinstance(variable, list):
        return
    if not variable.get_shape().is_compatible_with(TensorShape(shapes[name])):
        raise ValueError(
            f"Shape of variable {variable.name} ({variable.get_shape()}) doesn't match with shape "
            f"of tensor {name} ({shapes[name]}) from checkpoint reader."
        )


def _initialise_from(prefix: str, tensor_name: str, variable: Any) -> None:
    full_name: str | None = None
    for part in variable if isinstance(variable, list) else [variable]:
        info = part.save_slice_info if isinstance(variable, list) else None
        if info is not None and full_name not in (None, info.full_name):
            raise ValueError(
                f"Slices must all be from the same tensor: {full_name} != {info.full_name}"
            )
        full_name = None if info is None else info.full_name
        with scopes.device(part.device), scopes.device("/cpu:0"):
            restored = build(
                "RestoreV2",
                prefix,
                [tensor_name],
                ["" if info is None else info.spec],
                dtypes=[part.dtype.base_dtype],
                name="checkpoint_initializer",
            )
        restored = restored[0] if isinstance(restored, (list, tuple)) else restored
        (saveable,) = saveables_of([part])
        initializer = saveable.restore([restored], restored_shapes=None)
        restored.set_shape(part.get_shape())
        part.initialise_by(initializer, restored)
