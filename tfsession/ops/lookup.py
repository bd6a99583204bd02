"""Ops on hash tables. What users call are the classes of tfsession/lookup.py."""

from __future__ import annotations

from tfsession import shapes
from tfsession.graph.operation import Tensor
from tfsession.registry import no_gradient, op, shape
from tfsession.shapes import Dims

__all__: list[str] = []

# ---- HashTableV2, MutableHashTableV2 ----

for _name in ("HashTableV2", "MutableHashTableV2"):
    op(
        f"{_name}() -> table_handle: resource",
        "container: string = ''; shared_name: string = ''; use_node_name_sharing: bool = false; "
        "key_dtype: type; value_dtype: type",
        stateful=True,
    )


@shape("HashTableV2", "MutableHashTableV2")
def table_handle_shape() -> Dims:
    return ()


no_gradient("HashTableV2", "MutableHashTableV2")


# ---- InitializeTableV2, InitializeTableFromTextFileV2 ----

op(
    "InitializeTableV2(table_handle: resource, keys: Tkey, values: Tval)",
    "Tkey: type; Tval: type",
    stateful=True,
)
op(
    "InitializeTableFromTextFileV2(table_handle: resource, filename: string)",
    "key_index: int >= -2; value_index: int >= -2; vocab_size: int >= -1 = -1; "
    "delimiter: string = '\t'; offset: int = 0",
    stateful=True,
)


@shape("InitializeTableV2")
def initialize_table_shape(keys: Tensor, values: Tensor) -> list[Dims]:
    shapes.merge_dims(shapes.with_rank(keys.dims, 1), values.dims)
    return []


@shape("InitializeTableFromTextFileV2")
def initialize_table_from_text_file_shape(filename: Tensor) -> list[Dims]:
    shapes.with_rank(filename.dims, 0)
    return []


no_gradient("InitializeTableV2", "InitializeTableFromTextFileV2")


# ---- LookupTableFindV2, LookupTableSizeV2 ----

op(
    "LookupTableFindV2(table_handle: resource, keys: Tin, default_value: Tout) -> values: Tout",
    "Tin: type; Tout: type",
    stateful=True,
)
op("LookupTableSizeV2(table_handle: resource) -> size: int64", stateful=True)


@shape("LookupTableFindV2")
def lookup_table_find_shape(keys: Tensor) -> Dims:
    return keys.dims


@shape("LookupTableSizeV2")
def lookup_table_size_shape() -> Dims:
    return ()


no_gradient("LookupTableFindV2", "LookupTableSizeV2")


# ---- LookupTableInsertV2, LookupTableRemoveV2, LookupTableImportV2, LookupTableExportV2 ----

for _name in ("LookupTableInsertV2", "LookupTableImportV2"):
    op(
        f"{_name}(table_handle: resource, keys: Tin, values: Tout)",
        "Tin: type; Tout: type",
        stateful=True,
    )
op("LookupTableRemoveV2(table_handle: resource, keys: Tin)", "Tin: type", stateful=True)
op(
    "LookupTableExportV2(table_handle: resource) -> keys: Tkeys, values: Tvalues",
    "Tkeys: type; Tvalues: type",
    stateful=True,
)


@shape("LookupTableImportV2")
def lookup_table_import_shape(keys: Tensor, values: Tensor) -> list[Dims]:
    return initialize_table_shape(keys, values)


@shape("LookupTableInsertV2", "LookupTableRemoveV2")
def lookup_table_change_shape() -> list[Dims]:
    return []


@shape("LookupTableExportV2")
def lookup_table_export_shape() -> list[Dims]:
    return [(None,), (None,)]


no_gradient(
    "LookupTableInsertV2", "LookupTableRemoveV2", "LookupTableImportV2", "LookupTableExportV2"
)
