"""Hash tables: what they give, how they are filled, and their errors."""

from __future__ import annotations

import pytest

import tfsession as tf
from tfsession import errors
from tfsession.contrib import lookup
from tfsession.ops.lookup import TextFileIndex


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words").write_bytes(b"a\nb\r\nc")
    (tmp_path / "pairs").write_bytes(b"a\t1\nb\t2\n")
    (tmp_path / "bad").write_bytes(b"a\t1\nb\n")
    (tmp_path / "twice").write_bytes(b"a\na\n")
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def message(action):
    with pytest.raises(errors.OpError) as caught:
        action()
    return caught.value.message.split("\n")[0]


def filled(session, table):
    session.run(table.initializer)
    return table


def pairs(keys, values, **options):
    return lookup.KeyValueTensorInitializer(keys, values, **options)


def columns(session, name, key_dtype, key, value_dtype, value, default=-1, **options):
    initializer = lookup.TextFileInitializer(name, key_dtype, key, value_dtype, value, **options)
    return filled(session, lookup.HashTable(initializer, default))


# ---- Static tables ----


def test_values_have_the_shape_of_the_keys(session):
    table = filled(session, lookup.HashTable(pairs(["a", "b"], [1, 2]), -1))
    found = table.lookup(tf.constant([["a", "z"], ["b", "a"]]))
    assert (found.shape.as_list(), found.dtype) == ([2, 2], tf.int32)
    assert session.run(found).tolist() == [[1, -1], [2, 1]]
    assert session.run(table.lookup(tf.constant("b"))) == 2
    assert session.run(table.lookup(tf.constant([], tf.string))).tolist() == []
    assert session.run(table.size()) == 2


def test_strings_and_floats_are_values_too(session):
    names = lookup.HashTable(pairs([1, 2], ["x", "y"], key_dtype=tf.int64), "?")
    weights = lookup.HashTable(pairs(["q"], [0.5]), 0.0)
    session.run(tf.tables_initializer())
    assert session.run(names.lookup(tf.constant([2, 3], tf.int64))).tolist() == [b"y", b"?"]
    assert session.run(weights.lookup(tf.constant(["q", "r"]))).tolist() == [0.5, 0.0]


def test_a_table_must_be_filled_first(session):
    table = lookup.HashTable(pairs(["a"], [1]), -1)
    assert session.run(table.size()) == 0
    assert message(lambda: session.run(table.lookup(tf.constant("a")))) == "Table not initialized."


def test_filling_again(session):
    keys, values = tf.placeholder(tf.string, [None]), tf.placeholder(tf.int64, [None])
    table = lookup.HashTable(pairs(keys, values), -1)
    session.run(table.initializer, {keys: ["a", "b"], values: [1, 2]})
    session.run(table.initializer, {keys: ["c", "d"], values: [1, 2]})
    assert session.run(table.lookup(tf.constant("a"))) == 1
    again = {keys: ["a"], values: [1]}
    assert message(lambda: session.run(table.initializer, again)) == (
        "Table was already initialized with different data."
    )


def test_a_key_has_one_value(session):
    table = lookup.HashTable(pairs(["a", "a"], [1, 2]), -1)
    assert message(lambda: session.run(table.initializer)) == (
        "HashTable has different value for same key. Key a has 1 and trying to add value 2"
    )
    assert session.run(filled(session, lookup.HashTable(pairs(["a", "a"], [1, 1]), -1)).size()) == 1


def test_keys_must_have_the_tables_dtype(session):
    table = lookup.HashTable(pairs(["a"], [1]), -1)
    with pytest.raises(TypeError, match=r"Signature mismatch\. Keys must be dtype"):
        table.lookup(tf.constant([1]))


def test_sparse_keys_give_sparse_values(session):
    table = filled(session, lookup.HashTable(pairs(["a"], [1]), -1))
    sparse = tf.SparseTensor([[0, 1], [2, 0]], ["a", "b"], [3, 2])
    found = session.run(table.lookup(sparse))
    assert found.values.tolist() == [1, -1]
    assert found.dense_shape.tolist() == [3, 2]


# ---- Files ----


def test_lines_and_their_numbers(session):
    word, number = TextFileIndex.WHOLE_LINE, TextFileIndex.LINE_NUMBER
    ids = columns(session, "words", tf.string, word, tf.int64, number)
    assert session.run(ids.lookup(tf.constant(["c", "b", "z"]))).tolist() == [2, 1, -1]
    words = columns(session, "words", tf.int64, number, tf.string, word, "?")
    assert session.run(words.lookup(tf.constant([0, 9], tf.int64))).tolist() == [b"a", b"?"]
    assert tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)[0].name == "asset_path:0"


def test_columns(session):
    table = columns(session, "pairs", tf.string, 0, tf.int64, 1)
    assert session.run(table.lookup(tf.constant(["b", "c"]))).tolist() == [2, -1]


def test_mistakes_in_files(session):
    word, number = TextFileIndex.WHOLE_LINE, TextFileIndex.LINE_NUMBER

    def fill(*arguments, **options):
        return message(lambda: columns(session, *arguments, **options))

    assert fill("nope", tf.string, word, tf.int64, number) == "nope; No such file or directory"
    assert fill("words", tf.string, word, tf.int64, number, vocab_size=5) == (
        "Invalid vocab_size in words: expected 5 but got 3"
    )
    assert fill("bad", tf.string, 0, tf.int64, 1) == (
        "Invalid number of columns in bad line 1 (b) : expected at least 2 got 1"
    )
    assert fill("twice", tf.string, word, tf.int64, number).startswith("HashTable has different")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("f", tf.string, -3, tf.int64, 0), "Invalid key index -3"),
        (("f", tf.string, -1, tf.int64, 0), "Keys must be dtype"),
        (("f", tf.float32, -2, tf.int64, -1), "Keys must be integer or string"),
        (("f", tf.string, 0, tf.float32, -1), "Values must be dtype"),
        (("", tf.string, 0, tf.int64, -1), "Filename required"),
        (("f", tf.string, 0, tf.int64, -1, 0), "Invalid vocab_size 0"),
    ],
)
def test_mistakes_in_arguments(session, arguments, text):
    with pytest.raises(ValueError, match=text):
        lookup.TextFileInitializer(*arguments)


# ---- Vocabularies ----


def test_words_to_numbers_and_back(session):
    ids = lookup.index_table_from_tensor(["x", "y"], default_value=-5)
    words = lookup.index_to_string_table_from_tensor(["x", "y"])
    from_file = lookup.index_table_from_file("words", vocab_size=2)
    back = lookup.index_to_string_table_from_file("words", default_value="U")
    session.run(tf.tables_initializer())
    assert session.run(ids.lookup(tf.constant(["y", "q"]))).tolist() == [1, -5]
    assert session.run(words.lookup(tf.constant([1, 5], tf.int64))).tolist() == [b"y", b"UNK"]
    assert session.run(from_file.lookup(tf.constant(["b", "c"]))).tolist() == [1, -1]
    assert session.run(back.lookup(tf.constant([2, 5], tf.int64))).tolist() == [b"c", b"U"]


def test_integers_to_numbers(session):
    table = filled(session, lookup.index_table_from_tensor([5, 7], dtype=tf.int32))
    assert session.run(table.lookup(tf.constant([7, 9]))).tolist() == [1, -1]


def test_unknown_words_go_to_tensorflows_buckets(session):
    table = filled(session, lookup.index_table_from_tensor(["x", "y"], num_oov_buckets=3))
    found = session.run(table.lookup(tf.constant(["y", "q", "r", "x", "zz"])))
    assert found.tolist() == [1, 4, 3, 0, 3]
    assert session.run(table.size()) == 5


def test_mistakes_in_vocabularies(session):
    with pytest.raises(ValueError, match="vocabulary_list must be specified"):
        lookup.index_table_from_tensor(None)
    with pytest.raises(ValueError, match="Expected integer, got"):
        lookup.index_table_from_tensor(["a"], dtype=tf.int64)
    with pytest.raises(ValueError, match="vocab_size must be greater than 0, got 0"):
        lookup.index_table_from_file("words", vocab_size=0)
    with pytest.raises(TypeError, match="Only integer and string keys are supported"):
        lookup.index_table_from_file("words", key_dtype=tf.float32)


# ---- Mutable tables ----


def test_entries_come_and_go(session):
    table = lookup.MutableHashTable(tf.string, tf.int64, -1)
    session.run(table.insert(["a", "b"], [1, 2]))
    session.run(table.insert(["a"], [5]))
    assert session.run(table.lookup(tf.constant(["a", "c"]))).tolist() == [5, -1]
    session.run(table.remove(tf.constant(["b", "zz"])))
    keys, values = session.run(table.export())
    assert (keys.tolist(), values.tolist()) == ([b"a"], [5])
    assert session.run(table.size()) == 1


def test_static_vocabulary(session):
    words = lookup.KeyValueTensorInitializer(["x", "y"], [0, 1], tf.string, tf.int64)
    table = tf.lookup.StaticVocabularyTable(words, 2)
    session.run(tf.tables_initializer())
    ids = session.run(table.lookup(tf.constant(["y", "q", "ss"])))
    assert ids[0] == 1
    assert set(ids[1:].tolist()) <= {2, 3}
    assert session.run(table.size()) == 4
    hashed = tf.lookup.StaticVocabularyTable(None, 2)
    assert set(session.run(hashed.lookup(tf.constant(["y", "q"]))).tolist()) <= {0, 1}
    with pytest.raises(ValueError, match="oov_buckets must be > 0"):
        tf.lookup.StaticVocabularyTable(words, 0)
    with pytest.raises(TypeError, match="Invalid value dtype"):
        tf.lookup.StaticVocabularyTable(lookup.KeyValueTensorInitializer(["x"], ["y"]), 1)


def test_as_many_keys_as_values(session):
    initializer = lookup.KeyValueTensorInitializer(["x", "y"], [0, 1, 2], tf.string, tf.int64)
    with pytest.raises(ValueError, match=r"Dimension 0 in both shapes must be equal|but are 2 and"):
        tf.lookup.StaticHashTable(initializer, -1)
