"""Records of tfsession/ops/lookup.py."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.cases.record import Case

PATH = str(Path(tempfile.gettempdir()) / "tfsession-records" / "vocabulary")
ENTRIES = {b"a": 1, b"b": 2, b"c": 3}


def keys(rng: Any, dtype: Any) -> list[np.ndarray]:
    """Inputs: keys that are in the table, and one that is not."""
    return [np.array([[b"c", b"a"], [b"?", b"b"]], object)]


def table(tf: Any, kind: str) -> Any:
    """A table of strings and integers."""
    return getattr(tf.raw_ops, kind)(key_dtype=tf.string, value_dtype=tf.int64)


def fill(tf: Any, op: str, handle: Any) -> Any:
    """The operation that puts the entries in."""
    return getattr(tf.raw_ops, op)(
        table_handle=handle,
        keys=tf.constant(list(ENTRIES)),
        values=tf.constant(list(ENTRIES.values()), tf.int64),
    )


def found(kind: str, op: str) -> Any:
    """The values of the keys, -1 for an unknown one."""

    def build(tf: Any, x: Any) -> Any:
        handle = table(tf, kind)
        with tf.control_dependencies([fill(tf, op, handle)]):
            return tf.raw_ops.LookupTableFindV2(
                table_handle=handle, keys=x, default_value=tf.constant(-1, tf.int64)
            )

    return build


def sizes(tf: Any, x: Any) -> Any:
    """The number of entries, and what is left of them when the keys have been removed."""
    handle = table(tf, "MutableHashTableV2")
    with tf.control_dependencies([fill(tf, "LookupTableInsertV2", handle)]):
        before = tf.raw_ops.LookupTableSizeV2(table_handle=handle)
    with tf.control_dependencies([before]):
        remove = tf.raw_ops.LookupTableRemoveV2(table_handle=handle, keys=x)
    with tf.control_dependencies([remove]):
        return [before, tf.raw_ops.LookupTableSizeV2(table_handle=handle)]


def exported(tf: Any, x: Any) -> Any:
    """The keys and the values, each in some order."""
    handle = table(tf, "MutableHashTableV2")
    with tf.control_dependencies([fill(tf, "LookupTableImportV2", handle)]):
        _, values = tf.raw_ops.LookupTableExportV2(
            table_handle=handle, Tkeys=tf.string, Tvalues=tf.int64
        )
        return tf.reduce_sum(values)


def from_file(tf: Any, x: Any) -> Any:
    """Line numbers of words, from 1."""
    handle = table(tf, "HashTableV2")
    with tf.control_dependencies([tf.raw_ops.WriteFile(filename=PATH, contents="a\nb\nc\n")]):
        ready = tf.raw_ops.InitializeTableFromTextFileV2(
            table_handle=handle, filename=PATH, key_index=-2, value_index=-1, offset=1
        )
    with tf.control_dependencies([ready]):
        return tf.raw_ops.LookupTableFindV2(
            table_handle=handle, keys=x, default_value=tf.constant(-1, tf.int64)
        )


def case(op: str, build: Any, expected: Any) -> Case:
    """A record whose value follows from its input alone."""
    return Case(op, "", build, keys, ("string",), expected=expected, gradient=False, golden=False)


def numbers(x: np.ndarray) -> np.ndarray:
    """The values of keys."""
    return np.array([ENTRIES.get(key, -1) for key in x.ravel()], np.int64).reshape(x.shape)


def after_removal(x: np.ndarray) -> list[Any]:
    """Three entries, then none."""
    return [np.int64(3), np.int64(0)]


MUTABLE = "MutableHashTableV2"

CASES = [
    case("HashTableV2", found("HashTableV2", "LookupTableImportV2"), numbers),
    case(MUTABLE, found(MUTABLE, "LookupTableInsertV2"), numbers),
    case("InitializeTableV2", found("HashTableV2", "InitializeTableV2"), numbers),
    case("InitializeTableFromTextFileV2", from_file, numbers),
    case("LookupTableFindV2", found(MUTABLE, "LookupTableImportV2"), numbers),
    case("LookupTableSizeV2", sizes, after_removal),
    case("LookupTableInsertV2", found(MUTABLE, "LookupTableInsertV2"), numbers),
    case("LookupTableRemoveV2", sizes, after_removal),
    case("LookupTableImportV2", found(MUTABLE, "LookupTableImportV2"), numbers),
    case("LookupTableExportV2", exported, lambda x: np.int64(6)),
]
