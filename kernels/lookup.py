"""Kernels of the ops on hash tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsession.errors import InvalidArgumentError
from tfsession.formats.streams import path_of
from tfsession.registry import kernel
from tfsession.resources import queues, tables
from tfsession.resources.tables import HashTable

from .handles import behind, made_handle, of_node

# ---- HashTableV2, MutableHashTableV2 ----


def _make_table(resources: Any, op: Any) -> Any:
    attrs = op.attrs
    name = attrs["shared_name"].decode()
    if not name:
        name = op.name if attrs["use_node_name_sharing"] else queues.unique_name(op.name)
    kind = tables.StaticHashTable if op.type == "HashTableV2" else tables.HashTable
    key_dtype, value_dtype = attrs["key_dtype"], attrs["value_dtype"]
    table = resources.lookup_or_create(
        attrs["container"].decode(), "table", name, lambda: kind(name, key_dtype, value_dtype)
    )
    try:
        table.check_dtypes(key_dtype, value_dtype)
    except InvalidArgumentError as error:
        raise of_node(op, error) from None
    return table


@kernel("HashTableV2", "MutableHashTableV2", device="CPU", state=_make_table)
def table_handle(xp: Any, state: HashTable) -> Any:
    return made_handle(state)


# ---- InitializeTableV2, InitializeTableFromTextFileV2 ----


@kernel("InitializeTableV2", device="CPU")
def initialize_table(xp: Any, table_handle: Any, keys: Any, values: Any) -> None:
    behind(table_handle).replace(keys, values)


@kernel("InitializeTableFromTextFileV2", device="CPU")
def initialize_table_from_text_file(
    xp: Any,
    table_handle: Any,
    filename: Any,
    key_index: int,
    value_index: int,
    vocab_size: int,
    delimiter: bytes,
    offset: int,
) -> None:
    table = behind(table_handle)
    name = filename.item() if isinstance(filename, np.ndarray) else filename
    pairs = tables.file_pairs(
        path_of(name),
        table.key_dtype,
        table.value_dtype,
        key_index,
        value_index,
        vocab_size,
        delimiter,
        offset,
    )
    table.initialize(pairs)


# ---- LookupTableFindV2, LookupTableSizeV2 ----


@kernel("LookupTableFindV2", device="CPU")
def lookup_table_find(
    xp: Any,
    table_handle: Any,
    keys: Any,
    default_value: Any,
    Tin: Any,
    Tout: Any,
) -> Any:
    table = behind(table_handle)
    table.check_dtypes(Tin, Tout)
    return table.find(keys, default_value)


@kernel("LookupTableSizeV2", device="CPU")
def lookup_table_size(xp: Any, table_handle: Any) -> Any:
    return np.int64(behind(table_handle).size)


# ---- LookupTableInsertV2, LookupTableRemoveV2, LookupTableImportV2, LookupTableExportV2 ----


@kernel("LookupTableInsertV2", device="CPU")
def lookup_table_insert(xp: Any, table_handle: Any, keys: Any, values: Any) -> None:
    behind(table_handle).insert(keys, values)


@kernel("LookupTableRemoveV2", device="CPU")
def lookup_table_remove(xp: Any, table_handle: Any, keys: Any) -> None:
    behind(table_handle).remove(keys)


@kernel("LookupTableImportV2", device="CPU")
def lookup_table_import(xp: Any, table_handle: Any, keys: Any, values: Any) -> None:
    behind(table_handle).replace(keys, values)


@kernel("LookupTableExportV2", device="CPU")
def lookup_table_export(xp: Any, table_handle: Any) -> Any:
    return behind(table_handle).export()
