"""The file `checkpoint` of a folder, which names its checkpoints, and the files of these."""

from __future__ import annotations

import contextlib
import glob
import logging
import os
import secrets
from collections.abc import Sequence

from tfsession.errors import NotFoundError
from tfsession.formats import tensor_bundle
from tfsession.protos import CheckpointState, SaverDef

__all__ = [
    "checkpoint_exists",
    "generate_checkpoint_state_proto",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "latest_checkpoint",
    "meta_graph_filename",
    "remove_checkpoint",
    "update_checkpoint_state",
    "update_checkpoint_state_internal",
]

logger = logging.getLogger("tfsession")


def generate_checkpoint_state_proto(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> CheckpointState:
    """Makes a CheckpointState.

    Args:
      save_dir: the folder of the file; where it is relative, so are the paths in the message.
      model_checkpoint_path: the latest checkpoint.
      all_model_checkpoint_paths: all checkpoints, oldest first.
      all_model_checkpoint_timestamps: when they were written, in seconds of Unix time.
      last_preserved_timestamp: when the last one that is kept for good was written.

    Raises:
      ValueError: there are not as many timestamps as paths.

    Source: TensorFlow 1.15 `tf.train.generate_checkpoint_state_proto`.
    """
    paths = list(all_model_checkpoint_paths or [])
    if not paths or paths[-1] != model_checkpoint_path:
        paths.append(model_checkpoint_path)
    times = all_model_checkpoint_timestamps
    if times and len(times) != len(paths):
        raise ValueError(
            "Checkpoint timestamps, if provided, must match checkpoint paths (got paths "
            f"{paths} and timestamps {times})"
        )
    if not os.path.isabs(save_dir):
        paths = [_relative(path, save_dir) for path in paths]
        model_checkpoint_path = _relative(model_checkpoint_path, save_dir)
    return CheckpointState(
        model_checkpoint_path=model_checkpoint_path,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=times,
        last_preserved_timestamp=last_preserved_timestamp,
    )


def _relative(path: str, folder: str) -> str:
    """A path seen from a folder; absolute ones stay."""
    return path if os.path.isabs(path) else os.path.relpath(path, folder)


def update_checkpoint_state(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Writes the state file of a folder; see `generate_checkpoint_state_proto` for arguments.

    Args:
      latest_filename: the name of the file, 'checkpoint' when None.

    Raises:
      RuntimeError: a checkpoint has the path of the file.

    Source: TensorFlow 1.15 `tf.train.update_checkpoint_state`.
    """
    update_checkpoint_state_internal(
        save_dir,
        model_checkpoint_path,
        all_model_checkpoint_paths,
        latest_filename,
        False,
        all_model_checkpoint_timestamps,
        last_preserved_timestamp,
    )


def update_checkpoint_state_internal(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    latest_filename: str | None = None,
    save_relative_paths: bool = False,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Writes the state file of a folder; see `update_checkpoint_state`.

    Args:
      save_relative_paths: whether absolute paths become relative to the folder, too.
    """
    from google.protobuf import text_format

    paths = list(all_model_checkpoint_paths or [])
    if save_relative_paths:
        paths = [os.path.relpath(path, save_dir) for path in paths]
        model_checkpoint_path = os.path.relpath(model_checkpoint_path, save_dir)
        save_dir_of_paths = os.path.abspath(save_dir)
    else:
        save_dir_of_paths = save_dir
    state = generate_checkpoint_state_proto(
        save_dir_of_paths,
        model_checkpoint_path,
        paths,
        all_model_checkpoint_timestamps,
        last_preserved_timestamp,
    )
    path = _state_path(save_dir, latest_filename)
    if path == state.model_checkpoint_path:
        raise RuntimeError(
            f"Save path '{model_checkpoint_path}' conflicts with path used for checkpoint state.  "
            "Please use a different save path."
        )
    _write_whole(path, text_format.MessageToString(state))


def _state_path(folder: str, name: str | None) -> str:
    return os.path.join(folder, "checkpoint" if name is None else name)


def _write_whole(path: str, text: str) -> None:
    """Writes a file under another name, and renames it: readers see all of it or nothing."""
    temporary = f"{path}.tmp{secrets.token_hex(16)}"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def get_checkpoint_state(
    checkpoint_dir: str, latest_filename: str | None = None
) -> CheckpointState | None:
    """Reads the state file of a folder.

    Args:
      checkpoint_dir: the folder.
      latest_filename: the name of the file, 'checkpoint' when None.

    Returns:
      A CheckpointState, relative paths joined with the folder; None where there is no such file, or
      where it cannot be read, which a warning says.

    Raises:
      ValueError: the file names no checkpoint.

    Source: TensorFlow 1.15 `tf.train.get_checkpoint_state`.
    """
    from google.protobuf import text_format

    path = _state_path(checkpoint_dir, latest_filename)
    if not os.path.exists(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            state = text_format.Merge(file.read(), CheckpointState())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        logger.warning("%s: %s", type(error).__name__, error)
        logger.warning("%s: Checkpoint ignored", path)
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {checkpoint_dir}")
    # Joining leaves what is absolute as it is.
    state.model_checkpoint_path = os.path.join(checkpoint_dir, state.model_checkpoint_path)
    paths = [os.path.join(checkpoint_dir, one) for one in state.all_model_checkpoint_paths]
    del state.all_model_checkpoint_paths[:]
    state.all_model_checkpoint_paths.extend(paths)
    return state


def latest_checkpoint(checkpoint_dir: str, latest_filename: str | None = None) -> str | None:
    """The latest checkpoint of a folder.

    Args:
      checkpoint_dir: the folder.
      latest_filename: the name of the state file, 'checkpoint' when None.

    Returns:
      Its path, as `Saver.restore` takes it; None where the state file names none, or one that is
      not there.

    Source: TensorFlow 1.15 `tf.train.latest_checkpoint`.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is not None and state.model_checkpoint_path:
        path = state.model_checkpoint_path
        if checkpoint_exists(path):
            return path
        logger.error("Couldn't match files for checkpoint %s", path)
    return None


def _file_of(checkpoint_prefix: str) -> str | None:
    """A file that every checkpoint of its version has; None where there is none."""
    for pattern in (tensor_bundle.index_path(checkpoint_prefix), checkpoint_prefix):
        found = [pattern] if os.path.exists(pattern) else sorted(glob.glob(pattern))
        if found:
            return found[0]
    return None


def checkpoint_exists(checkpoint_prefix: str) -> bool:
    """Whether there is a checkpoint of either version.

    Args:
      checkpoint_prefix: its path without what tells its files apart; may be a pattern.

    Source: TensorFlow 1.15 `tf.train.checkpoint_exists`.
    """
    return _file_of(checkpoint_prefix) is not None


def get_checkpoint_mtimes(checkpoint_prefixes: Sequence[str]) -> list[float]:
    """When checkpoints were written, in seconds of Unix time, without those that are not there.

    Source: TensorFlow 1.15 `tf.train.get_checkpoint_mtimes`.
    """
    files = map(_file_of, checkpoint_prefixes)
    return [os.stat(file).st_mtime for file in files if file is not None]


def remove_checkpoint(
    checkpoint_prefix: str,
    checkpoint_format_version: int = SaverDef.V2,
    meta_graph_suffix: str = "meta",
) -> None:
    """Deletes the files of a checkpoint, and of its graph; what is not there is no error.

    Args:
      checkpoint_prefix: its path without what tells its files apart.
      checkpoint_format_version: `SaverDef.V1` or `SaverDef.V2`.
      meta_graph_suffix: of the file of the graph.

    Source: TensorFlow 1.15 `tf.train.remove_checkpoint`.
    """
    _remove(meta_graph_filename(checkpoint_prefix, meta_graph_suffix))
    if checkpoint_format_version == SaverDef.V2:
        with contextlib.suppress(NotFoundError):
            tensor_bundle.remove(checkpoint_prefix)
    else:
        for path in glob.glob(checkpoint_prefix):
            _remove(path)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def meta_graph_filename(checkpoint_filename: str, meta_graph_suffix: str = "meta") -> str:
    """The file of the graph that belongs to a checkpoint.

    Args:
      checkpoint_filename: the path of the checkpoint, or of one of its shards.
      meta_graph_suffix: of the file.
    """
    whole, separator, count = checkpoint_filename.rpartition("-of-")
    name, dash, shard = whole.rpartition("-")
    if separator and dash and count.isdigit() and shard and not shard.strip("0123456789?"):
        checkpoint_filename = name
    return f"{checkpoint_filename}.{meta_graph_suffix}"
