"""Hash tables: their ops, and the classes that stand for tables.

A table is filled by an operation, which `tables_initializer` collects, before it is used.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from tfsession import dtypes, shapes
from tfsession.dtypes import DType, DTypeLike, as_dtype
from tfsession.graph.build import TensorLike, build, convert_to_tensor
from tfsession.graph.composites import SparseTensor
from tfsession.graph.operation import Operation, Tensor
from tfsession.graph.scopes import GraphKeys, add_to_collection, get_collection, name_scope
from tfsession.ops.array import size
from tfsession.ops.control import group
from tfsession.ops.indexing import where_v2
from tfsession.ops.math import add, cast, not_equal, range as range_of
from tfsession.ops.strings import (
    as_string,
    string_to_hash_bucket_fast,
    string_to_hash_bucket_strong,
)
from tfsession.registry import family, no_gradient, op, shape, undefined_gradient
from tfsession.shapes import Dims

__all__ = [
    "FastHashSpec",
    "HashTable",
    "HasherSpec",
    "IdTableWithHashBuckets",
    "KeyValueTensorInitializer",
    "LookupInterface",
    "MutableHashTable",
    "StaticHashTable",
    "StaticVocabularyTable",
    "StrongHashSpec",
    "TextFileIdTableInitializer",
    "TextFileIndex",
    "TextFileInitializer",
    "TextFileStringTableInitializer",
    "index_table_from_file",
    "index_table_from_tensor",
    "index_to_string_table_from_file",
    "index_to_string_table_from_tensor",
    "initialize_all_tables",
    "tables_initializer",
]

family(is_light=True)


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
    initializes=True,
)
op(
    "InitializeTableFromTextFileV2(table_handle: resource, filename: string)",
    "key_index: int >= -2; value_index: int >= -2; vocab_size: int >= -1 = -1; "
    "delimiter: string = '\t'; offset: int = 0",
    stateful=True,
    initializes=True,
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


no_gradient("LookupTableInsertV2")
undefined_gradient("LookupTableRemoveV2", "LookupTableImportV2", "LookupTableExportV2")


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """Returns the operation that fills all tables of the default graph.

    Source: TensorFlow 1.15 `tf.tables_initializer`.
    """
    return group(*get_collection(GraphKeys.TABLE_INITIALIZERS), name=name)


def initialize_all_tables(name: str = "init_all_tables") -> Operation:
    """The old name of `tables_initializer`."""
    return tables_initializer(name)


# ---- What fills tables ----


class _Initializer:
    """What fills a table.

    Attributes:
      key_dtype: the DType of the keys.
      value_dtype: the DType of the values.
      shared_name: the name under which tables with this content are one; '' for none.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any, shared_name: str = "") -> None:
        self._key_dtype = as_dtype(key_dtype)
        self._value_dtype = as_dtype(value_dtype)
        self.shared_name = shared_name

    @property
    def key_dtype(self) -> DType:
        """The DType of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The DType of the values."""
        return self._value_dtype

    def initialize(self, table: LookupInterface) -> Operation:
        """Returns the operation that fills `table`."""
        raise NotImplementedError


def _check_dtypes(table: LookupInterface, key_dtype: DType, value_dtype: DType) -> None:
    if key_dtype.base_dtype != table.key_dtype:
        raise TypeError(f"Invalid key dtype, expected {table.key_dtype} but got {key_dtype}.")
    if value_dtype.base_dtype != table.value_dtype:
        raise TypeError(f"Invalid value dtype, expected {table.value_dtype} but got {value_dtype}.")


class KeyValueTensorInitializer(_Initializer):
    """Fills a table from two tensors.

    Source: TensorFlow 1.15 `tf.lookup.KeyValueTensorInitializer`.
    """

    def __init__(
        self,
        keys: TensorLike,
        values: TensorLike,
        key_dtype: DTypeLike | None = None,
        value_dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> None:
        """Converts keys and values.

        Args:
          keys: [entries].
          values: [entries].
          key_dtype: the dtype of the keys; their own when None.
          value_dtype: the dtype of the values; their own when None.
          name: a name for the operation.
        """
        self._keys = convert_to_tensor(keys, key_dtype, name="keys")
        self._values = convert_to_tensor(values, value_dtype, name="values")
        self._name = name or "key_value_init"
        super().__init__(self._keys.dtype.base_dtype, self._values.dtype.base_dtype)

    def initialize(self, table: LookupInterface) -> Operation:
        """Returns the operation that fills `table`.

        Raises:
          TypeError: the table has other dtypes.
        """
        _check_dtypes(table, self._keys.dtype, self._values.dtype)
        with name_scope(self._name, values=[table.resource_handle, self._keys, self._values]):
            operation: Operation = build(
                "LookupTableImportV2", table.resource_handle, self._keys, self._values
            )
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, operation)
        return operation


class TextFileIndex:
    """Columns that are none: the whole line, and its number from 0.

    Source: TensorFlow 1.15 `tf.lookup.TextFileIndex`.
    """

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class TextFileInitializer(_Initializer):
    """Fills a table from the lines of a text file.

    Source: TensorFlow 1.15 `tf.lookup.TextFileInitializer`.
    """

    def __init__(
        self,
        filename: TensorLike,
        key_dtype: DTypeLike,
        key_index: int,
        value_dtype: DTypeLike,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
        value_index_offset: int = 0,
    ) -> None:
        """Checks and collects the arguments.

        Args:
          filename: the file, a string or a string scalar.
          key_dtype: the dtype of the keys.
          key_index: the column of the key, or a `TextFileIndex`.
          value_dtype: the dtype of the values.
          value_index: the column of the value, or a `TextFileIndex`.
          vocab_size: how many lines to read; all when None.
          delimiter: between columns, one character.
          name: a name for the operation.
          value_index_offset: added to line numbers.

        Raises:
          ValueError: there is no file name, an index or `vocab_size` is out of range, or a dtype
            does not fit its index.
        """
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError(f"Filename required for {name}.")
        columns = vocab_size, key_index, value_index, value_index_offset
        super().__init__(key_dtype, value_dtype, _shared_name(filename, *columns))
        self._check_column("key", key_index, self.key_dtype)
        self._check_column("value", value_index, self.value_dtype)
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        self._filename = convert_to_tensor(filename, dtypes.string, name="asset_path")
        self._key_index = key_index
        self._value_index = value_index
        self._vocab_size = vocab_size
        self._delimiter = delimiter
        self._name = name or "text_file_init"
        self._offset = value_index_offset

    def _check_column(self, what: str, index: int, dtype: DType) -> None:
        if index < TextFileIndex.WHOLE_LINE:
            raise ValueError(f"Invalid {what} index {index}.")
        mismatch = f"Signature mismatch. {what.capitalize()}s must be"
        if index == TextFileIndex.LINE_NUMBER and dtype != dtypes.int64:
            raise ValueError(f"{mismatch} dtype {dtypes.int64}, got {dtype}.")
        if index != TextFileIndex.WHOLE_LINE:
            return
        if what == "value" and dtype != dtypes.string:
            raise ValueError(f"{mismatch} dtype {dtypes.string}, got {dtype}.")
        if what == "key" and not dtype.is_integer and dtype != dtypes.string:
            raise ValueError(f"{mismatch} integer or string, got {dtype}.")

    def initialize(self, table: LookupInterface) -> Operation:
        """Returns the operation that fills `table`.

        Raises:
          TypeError: the table has other dtypes.
        """
        _check_dtypes(table, self.key_dtype, self.value_dtype)
        with name_scope(self._name, "text_file_init", [table.resource_handle]):
            operation: Operation = build(
                "InitializeTableFromTextFileV2",
                table.resource_handle,
                self._filename,
                key_index=self._key_index,
                value_index=self._value_index,
                vocab_size=self._vocab_size,
                delimiter=self._delimiter,
                offset=self._offset,
            )
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, operation)
        if self._filename.op.op_def_.is_constant:
            add_to_collection(GraphKeys.ASSET_FILEPATHS, self._filename)
        return operation


def _shared_name(
    filename: Any, vocab_size: int | None, key_index: int, value_index: int, offset: int
) -> str:
    """Tables of one file with the same columns are one table."""
    if isinstance(filename, Tensor):
        return ""
    parts = [filename, vocab_size, key_index, value_index]
    name = "hash_table_" + "_".join(str(part) for part in parts if part is not None)
    return f"{name}_{offset}" if offset else name


class TextFileStringTableInitializer(TextFileInitializer):
    """Fills a table from line numbers to strings from a text file.

    Source: TensorFlow 1.15 `tf.contrib.lookup.TextFileStringTableInitializer`.
    """

    def __init__(
        self,
        filename: TensorLike,
        key_column_index: int = TextFileIndex.LINE_NUMBER,
        value_column_index: int = TextFileIndex.WHOLE_LINE,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_string_table_init",
    ) -> None:
        """Takes the arguments of `TextFileInitializer`."""
        super().__init__(
            filename,
            dtypes.int64,
            key_column_index,
            dtypes.string,
            value_column_index,
            vocab_size=vocab_size,
            delimiter=delimiter,
            name=name,
        )


class TextFileIdTableInitializer(TextFileInitializer):
    """Fills a table from strings to line numbers from a text file.

    Source: TensorFlow 1.15 `tf.contrib.lookup.TextFileIdTableInitializer`.
    """

    def __init__(
        self,
        filename: TensorLike,
        key_column_index: int = TextFileIndex.WHOLE_LINE,
        value_column_index: int = TextFileIndex.LINE_NUMBER,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_id_table_init",
        key_dtype: DTypeLike = dtypes.string,
    ) -> None:
        """Takes the arguments of `TextFileInitializer`."""
        super().__init__(
            filename,
            key_dtype,
            key_column_index,
            dtypes.int64,
            value_column_index,
            vocab_size=vocab_size,
            delimiter=delimiter,
            name=name,
        )


# ---- Tables ----


def _like(keys: Any, find: Callable[[Tensor], Tensor]) -> Any:
    """What `find` gives for the values of `keys`, sparse where `keys` is sparse."""
    if isinstance(keys, SparseTensor):
        return SparseTensor(keys.indices, find(keys.values), keys.dense_shape)
    return find(convert_to_tensor(keys))


class LookupInterface:
    """What all tables have in common.

    Attributes:
      resource_handle: the handle of the table, a resource scalar.
    """

    resource_handle: Tensor

    def __init__(self, key_dtype: DTypeLike, value_dtype: DTypeLike) -> None:
        """Notes the dtypes of keys and values."""
        self._key_dtype = as_dtype(key_dtype)
        self._value_dtype = as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The DType of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The DType of the values."""
        return self._value_dtype

    @property
    def name(self) -> str:
        """The last part of the name of the operation that makes the table."""
        return self.resource_handle.op.name.split("/")[-1]

    def _checked_keys(self, keys: Tensor) -> Tensor:
        if keys.dtype.base_dtype != self._key_dtype:
            raise TypeError(
                f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {keys.dtype}."
            )
        return keys

    def size(self, name: str | None = None) -> Tensor:
        """Returns how many entries there are, an int64 scalar."""
        with name_scope(name, f"{self.name}_Size", [self.resource_handle]):
            result: Tensor = build("LookupTableSizeV2", self.resource_handle)
            return result


class StaticHashTable(LookupInterface):
    """A table that is filled once.

    Source: TensorFlow 1.15 `tf.lookup.StaticHashTable`, `tf.contrib.lookup.HashTable`.
    """

    def __init__(
        self,
        initializer: Any,
        default_value: TensorLike,
        shared_name: str | None = None,
        name: str | None = None,
    ) -> None:
        """Creates a table.

        Args:
          initializer: what fills it, such as a `KeyValueTensorInitializer`.
          default_value: the value of keys that are not in the table, a scalar.
          shared_name: tables of this name are one in a session.
          name: a name for the table.

        Raises:
          ValueError: `default_value` is no scalar.
        """
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default_value = convert_to_tensor(default_value, self._value_dtype)
        self._default_value.shape.merge_with([])
        # A name of its own, so that steps which are compiled apart find the same table.
        shared_name = shared_name or initializer.shared_name or f"hash_table_{uuid.uuid4()}"
        self.resource_handle = build(
            "HashTableV2",
            shared_name=shared_name,
            key_dtype=self._key_dtype,
            value_dtype=self._value_dtype,
            name=name or "hash_table",
        )
        self._init_op: Operation = initializer.initialize(self)

    @property
    def default_value(self) -> Tensor:
        """The value of keys that are not in the table."""
        return self._default_value

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self._init_op

    @property
    def init(self) -> Operation:
        """The operation that fills the table."""
        return self._init_op

    def lookup(self, keys: TensorLike, name: str | None = None) -> Any:
        """Returns the values of keys.

        Args:
          keys: a tensor or SparseTensor of the table's key dtype.
          name: a name for the operation.

        Returns:
          The values, with the shape of `keys`, sparse if these are.

        Raises:
          TypeError: `keys` has another dtype.
          FailedPreconditionError: when run, and the table has not been filled.
        """

        def find(flat: Tensor) -> Tensor:
            self._checked_keys(flat)
            with name_scope(
                name, f"{self.name}_Lookup", [self.resource_handle, flat, self._default_value]
            ):
                values: Tensor = build(
                    "LookupTableFindV2", self.resource_handle, flat, self._default_value
                )
                return values

        return _like(keys, find)

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Returns all keys and all values, two vectors."""
        with name_scope(name, f"{self.name}_Export", [self.resource_handle]):
            keys, values = build(
                "LookupTableExportV2",
                self.resource_handle,
                Tkeys=self._key_dtype,
                Tvalues=self._value_dtype,
            )
            return keys, values


HashTable = StaticHashTable


class MutableHashTable(LookupInterface):
    """A table whose entries are added and removed by operations.

    Source: TensorFlow 1.15 `tf.contrib.lookup.MutableHashTable`. Values are scalars, and the table
      is not saved in checkpoints.
    """

    def __init__(
        self,
        key_dtype: DTypeLike,
        value_dtype: DTypeLike,
        default_value: TensorLike,
        shared_name: str | None = None,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
    ) -> None:
        """Creates an empty table.

        Args:
          key_dtype: the dtype of the keys.
          value_dtype: the dtype of the values.
          default_value: the value of keys that are not in the table, a scalar.
          shared_name: tables of this name are one in a session.
          name: a name for the table.
          checkpoint: accepted for compatibility.
        """
        super().__init__(key_dtype, value_dtype)
        self._default_value = convert_to_tensor(default_value, self._value_dtype)
        self.resource_handle = build(
            "MutableHashTableV2",
            shared_name=shared_name,
            use_node_name_sharing=shared_name is None,
            key_dtype=self._key_dtype,
            value_dtype=self._value_dtype,
            name=name,
        )

    def lookup(self, keys: TensorLike, name: str | None = None) -> Any:
        """Returns the values of keys, with their shape; see `StaticHashTable.lookup`."""

        def find(flat: Tensor) -> Tensor:
            self._checked_keys(flat)
            with name_scope(
                name,
                f"{self.name}_lookup_table_find",
                [self.resource_handle, flat, self._default_value],
            ):
                values: Tensor = build(
                    "LookupTableFindV2", self.resource_handle, flat, self._default_value
                )
                return values

        return _like(keys, find)

    def insert(self, keys: TensorLike, values: TensorLike, name: str | None = None) -> Operation:
        """Returns the operation that adds or replaces entries.

        Args:
          keys: of the table's key dtype, any shape.
          values: of the table's value dtype and of the shape of `keys`.
          name: a name for the operation.
        """
        with name_scope(
            name, f"{self.name}_lookup_table_insert", [self.resource_handle, keys, values]
        ):
            keys = convert_to_tensor(keys, self._key_dtype, name="keys")
            values = convert_to_tensor(values, self._value_dtype, name="values")
            operation: Operation = build("LookupTableInsertV2", self.resource_handle, keys, values)
            return operation

    def remove(self, keys: TensorLike, name: str | None = None) -> Operation:
        """Returns the operation that removes entries; unknown keys are no error."""
        with name_scope(name, f"{self.name}_lookup_table_remove", [self.resource_handle, keys]):
            keys = self._checked_keys(convert_to_tensor(keys, name="keys"))
            operation: Operation = build("LookupTableRemoveV2", self.resource_handle, keys)
            return operation

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """Returns all keys and all values, two vectors."""
        with name_scope(name, f"{self.name}_lookup_table_export_values", [self.resource_handle]):
            keys, values = build(
                "LookupTableExportV2",
                self.resource_handle,
                Tkeys=self._key_dtype,
                Tvalues=self._value_dtype,
            )
            return keys, values


# ---- Buckets for words outside the vocabulary ----


class HasherSpec(NamedTuple):
    """A hash function: its name, and its key or None."""

    hasher: str
    key: Any


FastHashSpec = HasherSpec("fasthash", None)


class StrongHashSpec(HasherSpec):
    """The hash function with a key of two integers.

    Source: TensorFlow 1.15 `tf.contrib.lookup.StrongHashSpec`.
    """

    __slots__ = ()

    def __new__(cls, key: Any) -> StrongHashSpec:
        """Takes the key, a list of two integers.

        Raises:
          ValueError: it is no such list.
        """
        if len(key) != 2:
            raise ValueError(f"key must have size 2, got {len(key)}.")
        return super().__new__(cls, "stronghash", key)


class IdTableWithHashBuckets(LookupInterface):
    """A table that gives what it does not know a number behind those of its entries, by a hash.

    Source: TensorFlow 1.15 `tf.contrib.lookup.IdTableWithHashBuckets`.
    """

    def __init__(
        self,
        table: StaticHashTable | None,
        num_oov_buckets: int,
        hasher_spec: HasherSpec = FastHashSpec,
        name: str | None = None,
        key_dtype: DTypeLike | None = None,
    ) -> None:
        """Wraps a table.

        Args:
          table: a table from strings or integers to int64; None for hashing alone.
          num_oov_buckets: how many numbers the hash has.
          hasher_spec: the hash function.
          name: a name for the operations.
          key_dtype: the dtype of the keys; the table's when None.

        Raises:
          ValueError: there is neither a table nor a bucket.
          TypeError: a dtype does not fit.
        """
        if table is None:
            name = name or "hash_bucket"
            key_dtype = dtypes.string if key_dtype is None else as_dtype(key_dtype)
            if num_oov_buckets <= 0:
                raise ValueError(
                    f"oov_buckets must be > 0 if no vocab table is supplied, got {num_oov_buckets}."
                )
        else:
            name = name or table.name
            key_dtype = table.key_dtype if key_dtype is None else as_dtype(key_dtype)
            self.resource_handle = table.resource_handle
        if not key_dtype.is_integer and key_dtype != dtypes.string:
            raise TypeError(f"Invalid key_dtype: {key_dtype}")
        if not isinstance(hasher_spec, HasherSpec):
            raise TypeError(f"hasher_spec must be of type HasherSpec, got {hasher_spec}")
        super().__init__(key_dtype, dtypes.int64)
        self._table = table
        self._num_oov_buckets = num_oov_buckets
        self._hasher_spec = hasher_spec
        self._name = name.split("/")[-1]

    @property
    def name(self) -> str:
        """The last part of the table's name."""
        return self._name

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        if self._table is not None:
            return self._table.initializer
        return group(name="init")

    @property
    def init(self) -> Operation:
        """The operation that fills the table."""
        return self.initializer

    def size(self, name: str | None = None) -> Tensor:
        """Returns how many numbers there are: entries and buckets."""
        with name_scope(name, f"{self._name}_Size"):
            if self._table is None:
                return convert_to_tensor(self._num_oov_buckets, dtypes.int64)
            return self._table.size() + self._num_oov_buckets

    def _hashed(self, keys: Tensor) -> Tensor:
        if self._hasher_spec.hasher == "fasthash":
            return string_to_hash_bucket_fast(keys, self._num_oov_buckets, name="hash_bucket")
        if self._hasher_spec.hasher == "stronghash":
            key = list(self._hasher_spec.key)
            return string_to_hash_bucket_strong(
                keys, self._num_oov_buckets, key, name="hash_bucket"
            )
        raise ValueError(f"Unknown hasher {self._hasher_spec.hasher}")

    def lookup(self, keys: TensorLike, name: str | None = None) -> Any:
        """Returns the numbers of keys, with their shape; see `StaticHashTable.lookup`."""

        def find(flat: Tensor) -> Tensor:
            self._checked_keys(flat)
            table = self._table
            if table is not None and flat.dtype.base_dtype != table.key_dtype:
                flat = cast(flat, table.key_dtype)
            if self._num_oov_buckets == 0:
                assert table is not None
                known: Tensor = table.lookup(flat, name=name)
                return known
            with name_scope(name, f"{self.name}_Lookup"):
                text = as_string(flat) if flat.dtype.is_integer else flat
                buckets = self._hashed(text)
                if table is None:
                    return buckets
                ids = table.lookup(flat)
                buckets = add(buckets, table.size(), name="Add")
                is_known = not_equal(ids, table.default_value)
                return where_v2(is_known, ids, buckets)

        return _like(keys, find)


class StaticVocabularyTable(IdTableWithHashBuckets):
    """A table from strings or integers to numbers, of an initializer and of hash buckets.

    Source: TensorFlow 1.15 `tf.lookup.StaticVocabularyTable`.
    """

    def __init__(
        self,
        initializer: Any,
        num_oov_buckets: int,
        lookup_key_dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> None:
        """Creates a table.

        Args:
          initializer: what fills it, with int64 values; None for hashing alone.
          num_oov_buckets: how many numbers the hash has.
          lookup_key_dtype: the dtype of the keys; the initializer's when None.
          name: a name for the operations.

        Raises:
          ValueError: there is no bucket.
          TypeError: a dtype does not fit.
        """
        if num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0.")
        table = None
        if initializer is not None:
            if initializer.value_dtype != dtypes.int64:
                raise TypeError(
                    f"Invalid value dtype, expected {dtypes.int64} but got "
                    f"{initializer.value_dtype}."
                )
            table = StaticHashTable(initializer, default_value=-1)
        super().__init__(table, num_oov_buckets, name=name, key_dtype=lookup_key_dtype)


# ---- Vocabularies ----


def _with_buckets(
    table: StaticHashTable,
    num_oov_buckets: int,
    hasher_spec: HasherSpec,
    name: str,
    key_dtype: DType,
) -> LookupInterface:
    if not num_oov_buckets and table.key_dtype == key_dtype:
        return table
    return IdTableWithHashBuckets(
        table,
        num_oov_buckets=num_oov_buckets,
        hasher_spec=hasher_spec,
        name=name,
        key_dtype=key_dtype,
    )


def _check_index_table(num_oov_buckets: int, key_dtype: DType) -> None:
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")
    if not key_dtype.is_integer and key_dtype.base_dtype != dtypes.string:
        raise TypeError("Only integer and string keys are supported.")


def index_table_from_file(
    vocabulary_file: TensorLike | None = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    key_dtype: DTypeLike = dtypes.string,
    name: str | None = None,
    key_column_index: int = TextFileIndex.WHOLE_LINE,
    value_column_index: int = TextFileIndex.LINE_NUMBER,
    delimiter: str = "\t",
) -> Any:
    """Returns a table from the words of a file to their line numbers.

    Args:
      vocabulary_file: the file.
      num_oov_buckets: how many numbers there are for other words, chosen by a hash.
      vocab_size: how many lines to read; all when None.
      default_value: the number of other words where there are no buckets.
      hasher_spec: the hash function.
      key_dtype: string or an integer dtype.
      name: a name for the operations.
      key_column_index: the column of the word.
      value_column_index: the column of the number.
      delimiter: between columns.

    Raises:
      ValueError: the file is missing, or a number is out of range.
      TypeError: `key_dtype` is neither string nor integer.

    Source: TensorFlow 1.15 `tf.contrib.lookup.index_table_from_file`.
    """
    if vocabulary_file is None or (isinstance(vocabulary_file, str) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")
    key_dtype = as_dtype(key_dtype)
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")
    _check_index_table(num_oov_buckets, key_dtype)
    with name_scope(name, "string_to_index"), name_scope(None, "hash_table"):
        initializer = TextFileIdTableInitializer(
            vocabulary_file,
            key_column_index,
            value_column_index,
            vocab_size,
            delimiter,
            name="table_init",
            key_dtype=dtypes.int64 if key_dtype.is_integer else key_dtype,
        )
        table = StaticHashTable(initializer, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, table.name, key_dtype)


def index_table_from_tensor(
    vocabulary_list: TensorLike,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    dtype: DTypeLike = dtypes.string,
    name: str | None = None,
) -> Any:
    """Returns a table from the elements of a vector to their positions.

    Args:
      vocabulary_list: [words].
      num_oov_buckets: how many numbers there are for other words, chosen by a hash.
      default_value: the number of other words where there are no buckets.
      hasher_spec: the hash function.
      dtype: string or an integer dtype.
      name: a name for the operations.

    Raises:
      ValueError: the list is missing or has another dtype, or a number is out of range.
      TypeError: `dtype` is neither string nor integer.

    Source: TensorFlow 1.15 `tf.contrib.lookup.index_table_from_tensor`.
    """
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    key_dtype = as_dtype(dtype)
    _check_index_table(num_oov_buckets, key_dtype)
    with name_scope(name, "string_to_index"):
        keys = convert_to_tensor(vocabulary_list)
        if keys.dtype.is_integer != key_dtype.is_integer:
            wanted = "integer" if key_dtype.is_integer else "non-integer"
            raise ValueError(f"Expected {wanted}, got {keys.dtype}.")
        if not key_dtype.is_integer and keys.dtype.base_dtype != key_dtype:
            raise ValueError(f"Expected {key_dtype}, got {keys.dtype}.")
        values = cast(range_of(size(keys)), dtypes.int64)
        with name_scope(None, "hash_table"):
            if keys.dtype.is_integer:
                keys = cast(keys, dtypes.int64)
            initializer = KeyValueTensorInitializer(
                keys, values, keys.dtype.base_dtype, dtypes.int64, name="table_init"
            )
            table = StaticHashTable(initializer, default_value)
            return _with_buckets(table, num_oov_buckets, hasher_spec, table.name, key_dtype)


def index_to_string_table_from_file(
    vocabulary_file: TensorLike,
    vocab_size: int | None = None,
    default_value: str = "UNK",
    name: str | None = None,
    key_column_index: int = TextFileIndex.LINE_NUMBER,
    value_column_index: int = TextFileIndex.WHOLE_LINE,
    delimiter: str = "\t",
) -> StaticHashTable:
    """Returns a table from line numbers to the words of a file.

    Args:
      vocabulary_file: the file.
      vocab_size: how many lines to read; all when None.
      default_value: the word of other numbers.
      name: a name for the operations.
      key_column_index: the column of the number.
      value_column_index: the column of the word.
      delimiter: between columns.

    Raises:
      ValueError: the file is missing, or `vocab_size` is not positive.

    Source: TensorFlow 1.15 `tf.contrib.lookup.index_to_string_table_from_file`.
    """
    if vocabulary_file is None or (isinstance(vocabulary_file, str) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")
    with name_scope(name, "index_to_string"):
        initializer = TextFileStringTableInitializer(
            vocabulary_file,
            key_column_index,
            value_column_index,
            vocab_size,
            delimiter,
            name="table_init",
        )
        return StaticHashTable(initializer, default_value)


def index_to_string_table_from_tensor(
    vocabulary_list: TensorLike, default_value: str = "UNK", name: str | None = None
) -> StaticHashTable:
    """Returns a table from positions to the elements of a string vector.

    Args:
      vocabulary_list: [words]; string.
      default_value: the word of other numbers.
      name: a name for the operations.

    Raises:
      ValueError: the list is missing.

    Source: TensorFlow 1.15 `tf.contrib.lookup.index_to_string_table_from_tensor`.
    """
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    with name_scope(name, "index_to_string"):
        words = convert_to_tensor(vocabulary_list, dtypes.string)
        keys = cast(range_of(size(words)), dtypes.int64)
        initializer = KeyValueTensorInitializer(
            keys, words, dtypes.int64, dtypes.string, name="table_init"
        )
        return StaticHashTable(initializer, default_value)
