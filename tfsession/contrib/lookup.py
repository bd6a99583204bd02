"""`tf.contrib.lookup`: tables, and what fills them; some of it is in `tf.lookup`, too."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.names.paths import register as _register
from tfsession.ops.lookup import (
    FastHashSpec as FastHashSpec,
    HasherSpec as HasherSpec,
    HashTable as HashTable,
    IdTableWithHashBuckets as IdTableWithHashBuckets,
    KeyValueTensorInitializer as KeyValueTensorInitializer,
    LookupInterface as LookupInterface,
    MutableHashTable as MutableHashTable,
    StrongHashSpec as StrongHashSpec,
    TextFileIdTableInitializer as TextFileIdTableInitializer,
    TextFileIndex as TextFileIndex,
    TextFileInitializer as TextFileInitializer,
    TextFileStringTableInitializer as TextFileStringTableInitializer,
    index_table_from_file as index_table_from_file,
    index_table_from_tensor as index_table_from_tensor,
    index_to_string_table_from_file as index_to_string_table_from_file,
    index_to_string_table_from_tensor as index_to_string_table_from_tensor,
)

_explain_in(__name__)

# Scripts also import functions from the file in which TensorFlow defines them.
_register(__name__, {"lookup_ops": "contrib.lookup"})
