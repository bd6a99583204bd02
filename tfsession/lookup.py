"""`tf.lookup`; contrib/lookup.py has more tables."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.lookup import (
    KeyValueTensorInitializer as KeyValueTensorInitializer,
    StaticHashTable as StaticHashTable,
    StaticVocabularyTable as StaticVocabularyTable,
    TextFileIndex as TextFileIndex,
    TextFileInitializer as TextFileInitializer,
)

_explain_in(__name__)
