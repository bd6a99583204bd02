"""`tf.train.warm_start`: initial values of variables from a checkpoint of another model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tfsession.graph import scopes
from tfsession.graph.scopes import GraphKeys
from tfsession.logging import info
from tfsession.ops.array import constant
from tfsession.ops.indexing import where
from tfsession.train.checkpoint_values import init_from_checkpoint, load_checkpoint
from tfsession.train.saveables import saveables_of
from tfsession.variables.variable import Variable

__all__ = ["VocabInfo", "WarmStartSettings", "checked_settings", "warm_start"]


class VocabInfo(NamedTuple):
    """The vocabularies of the rows, or columns, of a variable, now and in a checkpoint.

    Attributes:
      new_vocab: the file of the vocabulary, a word in each line.
      new_vocab_size: how many of its lines count.
      num_oov_buckets: how many rows behind these are for other words.
      old_vocab: the file of the checkpoint's vocabulary.
      old_vocab_size: how many of its lines count; -1 for all.
      backup_initializer: initial values of words that the checkpoint lacks; zeros when None.
      axis: 0 for rows, 1 for columns.

    Source: TensorFlow 1.15 `tf.train.VocabInfo`.
    """

    new_vocab: str
    new_vocab_size: int
    num_oov_buckets: int
    old_vocab: str
    old_vocab_size: int = -1
    backup_initializer: Any = None
    axis: int = 0


class _Settings(NamedTuple):
    ckpt_to_initialize_from: str
    vars_to_warm_start: Any
    var_name_to_vocab_info: dict[str, VocabInfo]
    var_name_to_prev_var_name: dict[str, str]


class WarmStartSettings(_Settings):
    """Where an Estimator's variables get their first values from.

    Source: TensorFlow 1.15 `tf.estimator.WarmStartSettings`.
    """

    __slots__ = ()

    def __new__(
        cls,
        ckpt_to_initialize_from: str,
        vars_to_warm_start: Any = ".*",
        var_name_to_vocab_info: Mapping[str, VocabInfo] | None = None,
        var_name_to_prev_var_name: Mapping[str, str] | None = None,
    ) -> WarmStartSettings:
        """Creates settings; arguments are those of `warm_start`.

        Raises:
          ValueError: there is no checkpoint.
        """
        if not ckpt_to_initialize_from:
            raise ValueError("`ckpt_to_initialize_from` MUST be set in WarmStartSettings")
        return super().__new__(
            cls,
            ckpt_to_initialize_from,
            vars_to_warm_start,
            dict(var_name_to_vocab_info or {}),
            dict(var_name_to_prev_var_name or {}),
        )


def checked_settings(warm_start_from: Any) -> WarmStartSettings | None:
    """The settings that were meant: themselves, or the path of a checkpoint or SavedModel.

    Raises:
      ValueError: it is something else.
    """
    if warm_start_from is None:
        return None
    if isinstance(warm_start_from, (str, bytes)):
        return WarmStartSettings(_checkpoint_of(warm_start_from))
    if isinstance(warm_start_from, WarmStartSettings):
        return warm_start_from
    raise ValueError(
        "warm_start_from must be a string or a WarmStartSettings, instead got "
        f"{type(warm_start_from)}"
    )


def _checkpoint_of(path: str | bytes) -> str:
    """The path of the variables where it is that of a SavedModel."""
    path = os.fsdecode(path)
    index = os.path.join(path, "variables", "variables.index")
    if os.path.exists(index):
        info("Warm-starting from: %s", path)
        return os.path.join(path, "variables", "variables")
    return path


def warm_start(
    ckpt_to_initialize_from: str,
    vars_to_warm_start: Any = ".*",
    var_name_to_vocab_info: Mapping[str, VocabInfo] | None = None,
    var_name_to_prev_var_name: Mapping[str, str] | None = None,
) -> None:
    """Makes values of a checkpoint the initial values of variables.

    Args:
      ckpt_to_initialize_from: the path of a checkpoint, or a folder: the latest one in it.
      vars_to_warm_start: a regular expression of names of trainable variables; a list of such
        expressions, of all variables; a list of variables; or None for those alone that have
        vocabularies.
      var_name_to_vocab_info: name of a variable -> the vocabularies of its rows.
      var_name_to_prev_var_name: name of a variable -> its name in the checkpoint.

    Raises:
      ValueError: the checkpoint lacks a variable, a name is not used, or `vars_to_warm_start` is
        something else.
      NotFoundError: there is no checkpoint.

    Source: TensorFlow 1.15 `tf.train.warm_start`.
    """
    vocabularies = dict(var_name_to_vocab_info or {})
    renamed = dict(var_name_to_prev_var_name or {})
    info("Warm-starting from: %s", ckpt_to_initialize_from)
    groups = _grouped(_chosen(vars_to_warm_start))
    for name in vocabularies:
        found = _grouped(_of_collection(GraphKeys.GLOBAL_VARIABLES, name)).get(name)
        if found is not None:
            groups.setdefault(name, found)
    assignments: dict[str, Any] = {}
    for name, parts in groups.items():
        old = renamed.get(name, name)
        if name in vocabularies:
            _remap(ckpt_to_initialize_from, old, parts, vocabularies[name])
        else:
            assignments[old] = parts if len(parts) > 1 else parts[0]
    if assignments:
        init_from_checkpoint(ckpt_to_initialize_from, assignments)
    info("Warm-started %d variables.", len(groups))
    _check_used("var_name_to_prev_var_name", set(renamed) - set(groups), groups)
    _check_used("var_name_to_vocab_info", set(vocabularies) - set(groups), groups)


def _check_used(argument: str, unused: set[str], groups: Mapping[str, Any]) -> None:
    if unused:
        raise ValueError(
            f"You provided the following variables in {argument} that were not used: {unused}.  "
            "Perhaps you misspelled them?  Here is the list of viable variable names: "
            f"{groups.keys()}"
        )


# ---- Which variables ----


def _of_collection(key: str, scope: str) -> list[Any]:
    return scopes.get_default_graph().get_collection(key, scope=scope)


def _chosen(wanted: Any) -> list[Any]:
    if wanted is None or isinstance(wanted, str):
        # A scope of None would be all of them, and what matches no name is none of them.
        info("Warm-starting variables only in TRAINABLE_VARIABLES.")
        return [] if wanted is None else _of_collection(GraphKeys.TRAINABLE_VARIABLES, wanted)
    if not isinstance(wanted, list):
        raise ValueError(
            f"`vars_to_warm_start must be a `list` or `str`.  Given type is {type(wanted)}"
        )
    if all(isinstance(item, str) for item in wanted):
        return [v for item in wanted for v in _of_collection(GraphKeys.GLOBAL_VARIABLES, item)]
    if all(isinstance(item, Variable) for item in wanted):
        return list(wanted)
    raise ValueError("If `vars_to_warm_start` is a list, it must be all `Variable` or all `str`.")


def _grouped(variables: list[Any]) -> dict[str, list[Any]]:
    """The parts of each variable by its name."""
    groups: dict[str, list[Any]] = {}
    for variable in variables:
        part = variable.save_slice_info
        name = variable.op.name if part is None else part.full_name
        groups.setdefault(name, []).append(variable)
    return groups


# ---- Vocabularies ----


def _remap(checkpoint: str, old_name: str, parts: list[Any], vocabulary: VocabInfo) -> None:
    """Gives rows the values that the same words have in the checkpoint."""
    old = load_checkpoint(checkpoint).get_tensor(old_name)
    old_words = _words(vocabulary.old_vocab, vocabulary.old_vocab_size)
    rows = {word: row for row, word in enumerate(old_words)}
    new_words = _words(vocabulary.new_vocab, vocabulary.new_vocab_size)
    source = np.array(
        [rows.get(word, -1) for word in new_words] + [-1] * vocabulary.num_oov_buckets
    )
    moved = np.moveaxis(old, vocabulary.axis, 0)[np.maximum(source, 0)]
    known = np.broadcast_to((source >= 0).reshape(-1, *[1] * (moved.ndim - 1)), moved.shape)
    values = np.moveaxis(moved, 0, vocabulary.axis)
    known = np.moveaxis(known, 0, vocabulary.axis)
    for part in parts:
        index = _index_of(part)
        _initialise(part, values[index], known[index], vocabulary.backup_initializer)


def _words(path: str, size: int) -> list[bytes]:
    with open(path, "rb") as file:
        words = file.read().splitlines()
    return words if size < 0 else words[:size]


def _index_of(part: Any) -> tuple[slice, ...]:
    """Where a part lies in its variable."""
    info = part.save_slice_info
    if info is None:
        return (slice(None),)
    pairs = zip(info.var_offset, info.var_shape, strict=True)
    return tuple(slice(offset, offset + size) for offset, size in pairs)


def _initialise(part: Any, values: Any, known: Any, backup: Any) -> None:
    dtype = part.dtype.base_dtype
    tensor = constant(np.where(known, values, np.zeros_like(values)), dtype)
    if backup is not None:
        tensor = where(constant(known), tensor, backup(part.get_shape().as_list(), dtype))
    (saveable,) = saveables_of([part])
    part.initialise_by(saveable.restore([tensor], restored_shapes=None), tensor)
